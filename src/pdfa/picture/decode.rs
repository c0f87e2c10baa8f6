//! Pixels of what cannot stand in the file as it is, computed within limits, in sRGB, on white, eight bits a colour.

use std::io::Cursor;

use image::RgbImage;
use image::metadata::Orientation;
use image::{
    DynamicImage, ExtendedColorType, GrayImage, ImageDecoder, ImageError, ImageFormat, ImageReader,
    Limits,
};
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use super::NotDrawn;
use super::colour::{Change, Profiles, of_inks};
use super::passed::Facts;
use crate::pdfa::jpeg::Jpeg;

/// Pixels a picture that must be decoded may have.
pub const MAX_PIXELS: u64 = 40_000_000;
/// Memory its decoding may take.
const MAX_DECODING: u64 = 160 << 20;
/// Pixels across or down.
const MAX_SIDE: u32 = 65_535;

pub const BROKEN: &str = "filen är skadad eller avbruten";

pub fn too_large() -> NotDrawn {
    format!(
        "bilden har fler bildpunkter än gränsen på {} miljoner",
        MAX_PIXELS / 1_000_000
    )
}

/// Decodes within limits, turned the way the camera was held. `facts` are a PNG's: its profile is not all that counts.
pub fn decode(
    bytes: &[u8],
    format: ImageFormat,
    profiles: &mut Profiles,
    facts: Option<&Facts<'_>>,
) -> Result<DynamicImage, NotDrawn> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_DECODING);
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(why)?;
    let (width, height) = decoder.dimensions();
    if width == 0 || height == 0 {
        return Err(BROKEN.to_owned());
    }
    let pixels = u64::from(width) * u64::from(height);
    if pixels > MAX_PIXELS || decoder.total_bytes() > MAX_DECODING {
        return Err(too_large());
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let components = match decoder.color_type().has_color() {
        true => 3,
        false => 1,
    };
    let profile = decoder.icc_profile().ok().flatten();
    let inks = matches!(
        decoder.original_color_type(),
        ExtendedColorType::Cmyk8 | ExtendedColorType::Cmyk16
    );
    if inks && profile.is_some() {
        // The decoder mixes the inks itself, without it.
        return Err("bilden är i CMYK med en färgprofil, vilket inte kan återges".to_owned());
    }
    let image = DynamicImage::from_decoder(decoder).map_err(why)?;
    let change = match (facts, profile) {
        (Some(facts), _) => facts.change(components, profiles),
        (None, Some(icc)) => profiles.change(&icc, components),
        (None, None) => None,
    };
    let mut image = flat(image, change.as_ref());
    image.apply_orientation(orientation);
    Ok(image)
}

fn why(error: ImageError) -> NotDrawn {
    match error {
        ImageError::Limits(_) => too_large(),
        ImageError::Unsupported(_) => {
            "bilden är kodad på ett sätt som inte kan återges i dokumentet".to_owned()
        }
        _ => BROKEN.to_owned(),
    }
}

/// A JPEG's pixels; what is damaged shows as browsers show it.
pub fn decode_jpeg(
    bytes: &[u8],
    jpeg: &Jpeg,
    profiles: &mut Profiles,
) -> Result<DynamicImage, NotDrawn> {
    let pixels = u64::from(jpeg.width) * u64::from(jpeg.height);
    if pixels * u64::from(jpeg.components.max(3)) > 3 * MAX_PIXELS {
        return Err(too_large());
    }
    let broken = |_| BROKEN.to_owned();
    let options = DecoderOptions::default()
        .set_strict_mode(false)
        .set_max_width(usize::MAX)
        .set_max_height(usize::MAX);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().map_err(broken)?;
    let held = decoder.input_colorspace().unwrap_or(ColorSpace::RGB);
    let wanted = match held {
        ColorSpace::Luma | ColorSpace::CMYK | ColorSpace::YCCK => held,
        _ => ColorSpace::RGB,
    };
    decoder.set_options(options.jpeg_set_out_colorspace(wanted));
    let mut data = decoder.decode().map_err(broken)?;
    let change = jpeg
        .profile
        .as_ref()
        .and_then(|icc| profiles.change(icc, jpeg.components));
    let (width, height) = (jpeg.width, jpeg.height);
    let image = match wanted {
        ColorSpace::Luma => {
            if let Some(change) = &change {
                data.iter_mut().for_each(|v| *v = change.grey(*v));
            }
            GrayImage::from_raw(width, height, data).map(DynamicImage::ImageLuma8)
        }
        ColorSpace::RGB => {
            if let Some(change) = &change {
                change.rgb(&mut data);
            }
            RgbImage::from_raw(width, height, data).map(DynamicImage::ImageRgb8)
        }
        _ => {
            if wanted == ColorSpace::YCCK {
                data.chunks_exact_mut(4).for_each(ycck);
            }
            // Adobe writes inks inverted, and says so by its marker.
            if jpeg.adobe {
                data.iter_mut().for_each(|v| *v = 255 - *v);
            }
            let data = of_inks(&data, change.as_ref());
            RgbImage::from_raw(width, height, data).map(DynamicImage::ImageRgb8)
        }
    };
    let mut image = image.ok_or(BROKEN)?;
    image.apply_orientation(jpeg.orientation);
    Ok(image)
}

/// YCCK as the inks it stands for (Adobe TN 5116): red, green and blue, turned round.
fn ycck(pixel: &mut [u8]) {
    let [y, cb, cr, _] = pixel else { return };
    let luma = f32::from(*y);
    let (blue, red) = (f32::from(*cb) - 128.0, f32::from(*cr) - 128.0);
    let r = luma + 1.402 * red;
    let g = luma - 0.344_136 * blue - 0.714_136 * red;
    let b = luma + 1.772 * blue;
    (*y, *cb, *cr) = (
        255 - r.round() as u8,
        255 - g.round() as u8,
        255 - b.round() as u8,
    );
}

/// Eight bits a colour, in sRGB, alpha laid on white: PDF/A-1 knows no transparency (ISO 19005-1, 6.4).
pub fn flat(image: DynamicImage, change: Option<&Change>) -> DynamicImage {
    match (image.color().has_alpha(), image.color().has_color()) {
        (true, true) => {
            let image = image.into_rgba8();
            let mut flat = RgbImage::new(image.width(), image.height());
            let alpha = |pixel: &image::Rgba<u8>| u32::from(pixel.0[3]);
            for (from, to) in image.pixels().zip(flat.pixels_mut()) {
                let [r, g, b, _] = from.0;
                to.0 = [r, g, b];
            }
            if let Some(change) = change {
                change.rgb(&mut flat);
            }
            for (from, to) in image.pixels().zip(flat.pixels_mut()) {
                to.0 = to.0.map(|c| on_white(c, alpha(from)));
            }
            DynamicImage::ImageRgb8(flat)
        }
        (true, false) => {
            let image = image.into_luma_alpha8();
            let mut flat = GrayImage::new(image.width(), image.height());
            for (from, to) in image.pixels().zip(flat.pixels_mut()) {
                let [level, alpha] = from.0;
                let level = change.map_or(level, |c| c.grey(level));
                to.0 = [on_white(level, u32::from(alpha))];
            }
            DynamicImage::ImageLuma8(flat)
        }
        (false, true) => {
            let mut image = image.into_rgb8();
            if let Some(change) = change {
                change.rgb(&mut image);
            }
            DynamicImage::ImageRgb8(image)
        }
        (false, false) => {
            let mut image = image.into_luma8();
            if let Some(change) = change {
                image.iter_mut().for_each(|v| *v = change.grey(*v));
            }
            DynamicImage::ImageLuma8(image)
        }
    }
}

pub fn on_white(colour: u8, alpha: u32) -> u8 {
    ((u32::from(colour) * alpha + 255 * (255 - alpha) + 127) / 255) as u8
}
