//! What a PNG's chunks say of its colours (PNG, third edition, 4.3): cICP before iCCP before sRGB before gAMA and cHRM.

use std::io::Read;

use flate2::read::ZlibDecoder;
use moxcms::{
    Chromaticity, CicpColorPrimaries, CicpProfile, ColorPrimaries, ColorProfile, DataColorSpace,
    MatrixCoefficients, ToneReprCurve, TransferCharacteristics, XyY,
};

use crate::pdfa::png::Png;

/// Larger profiles count for nothing.
const MAX_PROFILE: u64 = 4 << 20;
/// Gamma, in 100,000ths: this much around 1/2.2 is what sRGB is written as.
const USUAL_GAMMA: std::ops::RangeInclusive<u32> = 44_000..=47_000;
/// sRGB's white and primaries, in 100,000ths, and how far off they are written.
const SRGB: [u32; 8] = [
    31_270, 32_900, 64_000, 33_000, 30_000, 60_000, 15_000, 6_000,
];
const NEAR: u32 = 500;

/// The embedded profile, unless cICP goes before it.
pub fn embedded(png: &Png) -> Option<Vec<u8>> {
    if png.said(b"cICP").is_some() {
        return None;
    }
    let body = png.said(b"iCCP")?;
    let name = body.iter().take(80).position(|b| *b == 0)?;
    let [0, packed @ ..] = body.get(name + 1..)? else {
        return None;
    };
    let mut icc = Vec::new();
    let read = ZlibDecoder::new(packed)
        .take(MAX_PROFILE)
        .read_to_end(&mut icc);
    read.is_ok().then_some(icc)
}

/// The colours that numbers declare; `None` for sRGB.
pub fn declared(png: &Png) -> Option<ColorProfile> {
    if let Some([primaries, transfer, 0, _]) = png.said(b"cICP") {
        let mut profile = ColorProfile::new_srgb();
        profile.cicp = None;
        // Whether it knew the numbers, it says by keeping them (moxcms 0.8: it returns false always).
        profile.update_rgb_colorimetry_from_cicp(CicpProfile {
            color_primaries: CicpColorPrimaries::try_from(*primaries).ok()?,
            transfer_characteristics: TransferCharacteristics::try_from(*transfer).ok()?,
            matrix_coefficients: MatrixCoefficients::Identity,
            full_range: true,
        });
        profile.cicp.take()?;
        return Some(profile);
    }
    if png.said(b"sRGB").is_some() {
        return None;
    }
    let word = |b: &[u8]| Some(u32::from_be_bytes(*b.first_chunk()?));
    let gamma = png.said(b"gAMA").and_then(word).filter(|g| *g > 0);
    let white: Option<Vec<u32>> = png
        .said(b"cHRM")
        .filter(|c| c.len() == 32)
        .and_then(|c| c.chunks_exact(4).map(word).collect());
    let usual_gamma = gamma.is_none_or(|g| USUAL_GAMMA.contains(&g));
    let usual_white = white
        .as_ref()
        .is_none_or(|c| c.iter().zip(SRGB).all(|(a, b)| a.abs_diff(b) <= NEAR));
    if usual_gamma && usual_white {
        return None;
    }
    let mut profile = ColorProfile::new_srgb();
    // What the numbers say counts, not that the model was sRGB.
    profile.cicp = None;
    if !usual_white {
        let at = |i: usize| Some(*white.as_ref()?.get(i)? as f32 / 100_000.0);
        let colour = |i: usize| Some(Chromaticity::new(at(i)?, at(i + 1)?));
        let white = XyY {
            x: f64::from(at(0)?),
            y: f64::from(at(1)?),
            yb: 1.0,
        };
        let primaries = ColorPrimaries {
            red: colour(2)?,
            green: colour(4)?,
            blue: colour(6)?,
        };
        profile.update_rgb_colorimetry(white, primaries);
    }
    if !usual_gamma {
        let exponent = 100_000.0 / gamma? as f32;
        let curve = ToneReprCurve::Parametric(vec![exponent]);
        profile.red_trc = Some(curve.clone());
        profile.green_trc = Some(curve.clone());
        profile.blue_trc = Some(curve);
    }
    Some(profile)
}

/// The same colours for a picture of so many: grey takes the curve alone.
pub fn grey_of(profile: &ColorProfile, components: u8) -> ColorProfile {
    let mut profile = profile.clone();
    if components == 1 {
        profile.gray_trc = profile.green_trc.take();
        profile.color_space = DataColorSpace::Gray;
        profile.cicp = None;
    }
    profile
}
