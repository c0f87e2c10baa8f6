//! Mutated pictures of every kind: no panic, no hang, and the document conforms. PROPTEST_CASES sets how many.

use std::sync::LazyLock;

use image::ImageFormat;
use moxcms::ColorProfile;
use proptest::prelude::*;

use super::made::*;
use super::sample::{scene, written};
use super::shown::typeset;

static SEEDS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let small = scene(40, 30, 1);
    let mut out = Vec::new();
    for format in [
        ImageFormat::Png,
        ImageFormat::Gif,
        ImageFormat::WebP,
        ImageFormat::Bmp,
        ImageFormat::Tiff,
        ImageFormat::Ico,
    ] {
        let picture = image::DynamicImage::ImageRgb8(small.clone()).into_rgba8();
        out.push(written(picture, format));
    }
    let p3 = ColorProfile::new_display_p3().encode().unwrap();
    for colours in [jpeg_encoder::ColorType::Rgb, jpeg_encoder::ColorType::Cmyk] {
        for progressive in [false, true] {
            let mut bytes = Vec::new();
            let mut encoder = jpeg_encoder::Encoder::new(&mut bytes, 80);
            encoder.set_progressive(progressive);
            encoder.set_restart_interval(3);
            if progressive {
                encoder.add_icc_profile(&p3).unwrap();
            }
            let pixels = match colours {
                jpeg_encoder::ColorType::Rgb => small.to_vec(),
                _ => small.pixels().flat_map(|p| [p[0], p[1], p[2], 9]).collect(),
            };
            encoder.encode(&pixels, 40, 30, colours).unwrap();
            out.push(bytes);
        }
    }
    for (colour, bits) in [(0, 1), (0, 8), (2, 8), (2, 16), (6, 8)] {
        let count = [1, 0, 3, 0, 0, 0, 4][colour as usize];
        let png = Png::new(colour, bits).with(b"gAMA", 100_000_u32.to_be_bytes());
        let png = if bits == 16 { png.interlaced() } else { png };
        out.push(png.written(|x, y| vec![(x ^ y) as u16; count]));
    }
    let palette = Png::new(3, 4)
        .with(b"PLTE", QUARTERS.concat())
        .with(b"tRNS", [9, 99]);
    out.push(palette.written(|x, y| vec![quarter(x, y) as u16]));
    out.push(
        b"<svg xmlns='http://www.w3.org/2000/svg' width='64' height='64'><defs><pattern id='p' width='9' height='9' \
          patternUnits='userSpaceOnUse'><rect width='5' height='5'/></pattern><mask id='m'><rect width='50' height='50' \
          fill='white'/></mask><filter id='f'><feGaussianBlur stdDeviation='2'/><feMorphology radius='2'/></filter>\
          </defs><g mask='url(#m)'><circle r='40' fill='url(#p)' stroke='red' stroke-dasharray='3 1'/></g>\
          <text x='9' y='40' filter='url(#f)' font-size='20'>Hej</text><use href='#q'/><path id='q' d='M0 0Q9 9 40 3z'/></svg>"
            .to_vec(),
    );
    out
});

#[derive(Debug, Clone)]
enum Change {
    Set(usize, u8),
    Flip(usize, u8),
    Cut(usize),
    Double(usize, usize),
    Drop(usize, usize),
    Word(usize, u32),
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        4 => (any::<usize>(), any::<u8>()).prop_map(|(a, b)| Change::Set(a, b)),
        4 => (any::<usize>(), 0..8_u8).prop_map(|(a, b)| Change::Flip(a, b)),
        1 => any::<usize>().prop_map(Change::Cut),
        1 => (any::<usize>(), 1..40_usize).prop_map(|(a, b)| Change::Double(a, b)),
        1 => (any::<usize>(), 1..40_usize).prop_map(|(a, b)| Change::Drop(a, b)),
        1 => (any::<usize>(), prop_oneof![Just(u32::MAX), Just(0), Just(0x7fff_ffff), any::<u32>()])
            .prop_map(|(a, b)| Change::Word(a, b)),
    ]
}

fn mutated(seed: &[u8], changes: &[Change], mend: bool) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for change in changes {
        let length = bytes.len();
        if length == 0 {
            break;
        }
        match change {
            Change::Set(at, value) => bytes[at % length] = *value,
            Change::Flip(at, bit) => bytes[at % length] ^= 1 << bit,
            Change::Cut(at) => bytes.truncate(at % length),
            Change::Double(at, n) => {
                let at = at % length;
                let piece = bytes[at..(at + n).min(length)].to_vec();
                bytes.splice(at..at, piece);
            }
            Change::Drop(at, n) => {
                let at = at % length;
                bytes.drain(at..(at + n).min(length));
            }
            Change::Word(at, value) => {
                for (to, from) in bytes[at % length..].iter_mut().zip(value.to_be_bytes()) {
                    *to = from;
                }
            }
        }
    }
    if mend { mended(&bytes) } else { bytes }
}

/// A PNG whose checksums fit again, so that damage is met deeper in.
fn mended(bytes: &[u8]) -> Vec<u8> {
    let mut out = bytes.to_vec();
    let mut at = 8;
    while bytes.starts_with(b"\x89PNG") && at + 12 <= out.len() {
        let length = u32::from_be_bytes(out[at..at + 4].try_into().unwrap()) as usize;
        let Some(end) = at
            .checked_add(8 + length)
            .filter(|end| end + 4 <= out.len())
        else {
            break;
        };
        let mut crc = flate2::Crc::new();
        crc.update(&out[at + 4..end]);
        out[end..end + 4].copy_from_slice(&crc.sum().to_be_bytes());
        at = end + 4;
    }
    out
}

fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").map_or(48, |cases| cases.parse().unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_picture_breaks_the_document(
        made in prop::collection::vec(
            (any::<prop::sample::Index>(), prop::collection::vec(change(), 1..6), any::<bool>()),
            8,
        )
    ) {
        let names = ["a", "b", "c", "d", "e", "f", "g", "h"];
        let pictures: Vec<(&str, Vec<u8>)> = names
            .into_iter()
            .zip(&made)
            .map(|(name, (seed, changes, mend))| (name, mutated(&SEEDS[seed.index(SEEDS.len())], changes, *mend)))
            .collect();
        let (_, part) = typeset(&pictures);
        for (level, violations) in arkivd::pdfa::check_all(&part.bytes, part.levels).unwrap() {
            prop_assert!(violations.is_empty(), "{} {:?}", level, violations);
        }
    }
}
