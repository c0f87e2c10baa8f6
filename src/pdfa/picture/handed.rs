//! A picture as it is handed out: its pixels alone, without anything else its file said, and without what is masked.

use std::io::Cursor;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageFormat, Luma, Rgb};

use super::colour::Profiles;
use super::decode::{BROKEN, decode, decode_jpeg};
use super::kind::{Kind, kind};
use super::passed::Facts;
use super::{NotDrawn, svg};
use crate::pdfa::jpeg::{self, Coding, Flaw};
use crate::pdfa::png::Png;

/// A part of a picture, in pixels as it is shown, from its left upper corner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PixelBox {
    pub x: u32,
    pub y: u32,
    pub width: u32,
    pub height: u32,
}

/// A picture whose file holds nothing but its pixels.
#[derive(Debug, Clone)]
pub struct HandedPicture {
    pub bytes: Vec<u8>,
    pub media_type: &'static str,
    /// `jpg` or `png`
    pub extension: &'static str,
    pub width: u32,
    pub height: u32,
    /// The file had more frames or pages than the first, which this is.
    pub first_frame: bool,
}

/// A JPEG is encoded in squares of so many pixels: a mask that fills whole ones takes no colour from what is beside it.
const SQUARE: u32 = 16;
const QUALITY: u8 = 92;

/// Decodes a picture, blackens the boxes and encodes it anew: no EXIF, XMP, profile, comment, thumbnail or trailing byte
/// of the file is left, and nothing of the pixels below a box.
///
/// # Errors
/// Why it cannot be drawn, in Swedish.
pub fn picture_anew(bytes: &[u8], boxes: &[PixelBox]) -> Result<HandedPicture, String> {
    let drawn = catch_unwind(AssertUnwindSafe(|| drawn(bytes)));
    let (image, lossy, first_frame) = drawn.unwrap_or_else(|_| Err(BROKEN.to_owned()))?;
    Ok(HandedPicture {
        first_frame,
        ..blackened(image, boxes, lossy)?
    })
}

/// Pixels without what stands in the boxes, encoded as JPEG or without loss.
///
/// # Errors
/// Why they cannot be encoded, in Swedish.
pub fn blackened(
    mut image: DynamicImage,
    boxes: &[PixelBox],
    lossy: bool,
) -> Result<HandedPicture, String> {
    let grid = if lossy { SQUARE } else { 1 };
    boxes
        .iter()
        .for_each(|area| blacken(&mut image, *area, grid));
    let mut out = Vec::new();
    let failed = |_| "bilden gick inte att koda om".to_owned();
    match lossy {
        true => JpegEncoder::new_with_quality(&mut out, QUALITY)
            .encode_image(&image)
            .map_err(failed)?,
        false => image
            .write_to(&mut Cursor::new(&mut out), ImageFormat::Png)
            .map_err(failed)?,
    }
    Ok(HandedPicture {
        bytes: out,
        media_type: if lossy { "image/jpeg" } else { "image/png" },
        extension: if lossy { "jpg" } else { "png" },
        width: image.width(),
        height: image.height(),
        first_frame: false,
    })
}

/// The size of a picture as it is shown, which boxes are measured in.
///
/// # Errors
/// Why it cannot be drawn, in Swedish.
pub fn picture_size(bytes: &[u8]) -> Result<(u32, u32), String> {
    let drawn = catch_unwind(AssertUnwindSafe(|| drawn(bytes)));
    let (image, ..) = drawn.unwrap_or_else(|_| Err(BROKEN.to_owned()))?;
    Ok((image.width(), image.height()))
}

/// Eight bits a colour, sRGB, no alpha; whether its format loses detail, and whether there are more frames.
fn drawn(bytes: &[u8]) -> Result<(DynamicImage, bool, bool), NotDrawn> {
    let mut profiles = Profiles::default();
    let (format, lossy, first_frame) = match kind(bytes) {
        Kind::Jpeg => {
            let jpeg = jpeg::read(bytes).ok_or(BROKEN)?;
            if jpeg.coding != Coding::Huffman || jpeg.bits != 8 {
                return Err("JPEG-bilden är kodad på ett sätt som inte kan återges".to_owned());
            }
            if matches!(jpeg.flaw, Some(Flaw::Cut | Flaw::Unreasonable)) {
                return Err(BROKEN.to_owned());
            }
            return Ok((decode_jpeg(bytes, &jpeg, &mut profiles)?, true, false));
        }
        Kind::Png => {
            let png = Png::read(&mut Cursor::new(bytes)).map_err(|_| BROKEN)?;
            let facts = Facts::of(&png);
            let image = decode(bytes, ImageFormat::Png, &mut profiles, Some(&facts))?;
            return Ok((image, false, png.animated));
        }
        Kind::Svg => return Ok((svg::render(bytes)?.image, false, false)),
        Kind::Svgz => return Ok((svg::render(&svg::unpacked(bytes)?)?.image, false, false)),
        Kind::Gif => (ImageFormat::Gif, false, super::kind::gif_moves(bytes)),
        Kind::WebP => {
            let lossless = super::kind::webp_lossless(bytes);
            (ImageFormat::WebP, !lossless, super::kind::webp_moves(bytes))
        }
        Kind::Bmp => (ImageFormat::Bmp, false, false),
        Kind::Ico => (ImageFormat::Ico, false, false),
        Kind::Tiff => (ImageFormat::Tiff, false, super::kind::tiff_pages(bytes)),
        Kind::Named(name) => return Err(format!("formatet {name} kan inte återges")),
        Kind::Unknown => return Err("bildformatet kan inte återges".to_owned()),
    };
    Ok((
        decode(bytes, format, &mut profiles, None)?,
        lossy,
        first_frame,
    ))
}

fn blacken(image: &mut DynamicImage, area: PixelBox, grid: u32) {
    let down = |n: u32| n / grid * grid;
    let up = |n: u32, most: u32| n.div_ceil(grid).saturating_mul(grid).min(most);
    let (width, height) = (image.width(), image.height());
    let across = down(area.x)..up(area.x.saturating_add(area.width), width);
    let below = down(area.y)..up(area.y.saturating_add(area.height), height);
    match image {
        DynamicImage::ImageLuma8(grey) => {
            let black = |(x, y)| {
                if let Some(pixel) = grey.get_pixel_mut_checked(x, y) {
                    *pixel = Luma([0]);
                }
            };
            pixels(across, below).for_each(black);
        }
        image => {
            let mut rgb = std::mem::take(image).into_rgb8();
            for (x, y) in pixels(across, below) {
                if let Some(pixel) = rgb.get_pixel_mut_checked(x, y) {
                    *pixel = Rgb([0; 3]);
                }
            }
            *image = DynamicImage::ImageRgb8(rgb);
        }
    }
}

fn pixels(across: Range<u32>, below: Range<u32>) -> impl Iterator<Item = (u32, u32)> {
    below.flat_map(move |y| across.clone().map(move |x| (x, y)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::RgbImage;

    fn noise(width: u32, height: u32) -> RgbImage {
        let mut state = 1u32;
        RgbImage::from_fn(width, height, |_, _| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            Rgb([(state >> 24) as u8, (state >> 16) as u8, (state >> 8) as u8])
        })
    }

    fn encoded(image: &RgbImage, format: ImageFormat) -> Vec<u8> {
        let mut out = Cursor::new(Vec::new());
        image.write_to(&mut out, format).unwrap();
        out.into_inner()
    }

    #[test]
    fn a_masked_part_is_of_one_colour_and_nothing_else_is_left() {
        let image = noise(150, 90);
        let area = PixelBox {
            x: 33,
            y: 20,
            width: 41,
            height: 90,
        };
        for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::Bmp] {
            let mut bytes = encoded(&image, format);
            bytes.extend(b"trailing secret");
            let handed = picture_anew(&bytes, &[area]).unwrap();
            let hidden = handed.bytes.windows(6).any(|w| w == b"secret");
            assert!(!hidden, "{format:?}");
            let shown = image::load_from_memory(&handed.bytes).unwrap().into_rgb8();
            assert_eq!(shown.dimensions(), (150, 90));
            for (x, y, pixel) in shown.enumerate_pixels() {
                if (33..74).contains(&x) && (20..90).contains(&y) {
                    assert_eq!(pixel.0, [0; 3], "{format:?} {x},{y}");
                }
            }
            assert_ne!(shown.get_pixel(5, 5).0, [0; 3]);
        }
    }

    #[test]
    fn a_file_that_is_no_picture_is_told() {
        assert!(picture_anew(b"hej", &[]).is_err());
        assert!(picture_anew(b"", &[]).is_err());
    }
}
