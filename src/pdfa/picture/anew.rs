//! Pixels written anew: as JPEG of high quality where the source lost detail too, else without loss.

use std::collections::HashMap;
use std::io::{Cursor, Write};

use flate2::Compression;
use flate2::write::ZlibEncoder;
use image::metadata::Orientation;
use image::{DynamicImage, ImageFormat, RgbImage};

use super::encoded::{ColourSpace, Encoded, Filter};
use super::{NotDrawn, passed};

/// A picture encoded anew gets no more pixels across than print can show in our column (300 dpi).
pub const MAX_WIDTH: u32 = 1_900;
pub const MAX_HEIGHT: u32 = 2_600;
/// Its loss cannot be seen: more than 40 dB over the source, which was a JPEG or the like.
const QUALITY: u8 = 95;

/// `image` has eight bits a colour and no alpha.
pub fn anew(mut image: DynamicImage, lossy: bool) -> Result<Encoded, NotDrawn> {
    if image.width() > MAX_WIDTH || image.height() > MAX_HEIGHT {
        image = image.resize(
            MAX_WIDTH,
            MAX_HEIGHT,
            image::imageops::FilterType::CatmullRom,
        );
    }
    let failed = || "bilden gick inte att koda om".to_owned();
    let mut out = Vec::new();
    if lossy {
        image::codecs::jpeg::JpegEncoder::new_with_quality(&mut out, QUALITY)
            .encode_image(&image)
            .map_err(|_| failed())?;
        return Ok(Encoded {
            width: image.width(),
            height: image.height(),
            orientation: Orientation::NoTransforms,
            colour: match image.color().has_color() {
                true => ColourSpace::Rgb,
                false => ColourSpace::Grey,
            },
            bits: 8,
            filter: Filter::Dct { named_rgb: false },
            data: out,
        });
    }
    if let DynamicImage::ImageRgb8(rgb) = &image
        && let Some(few) = paletted(rgb)
    {
        return Ok(few);
    }
    image
        .write_to(&mut Cursor::new(&mut out), ImageFormat::Png)
        .map_err(|_| failed())?;
    passed::written(&out).ok_or_else(failed)
}

/// A picture of at most 256 colours, in the order of their first pixels, with a palette.
fn paletted(image: &RgbImage) -> Option<Encoded> {
    let mut places: HashMap<[u8; 3], u8> = HashMap::new();
    let mut palette = Vec::new();
    let mut last = ([0; 3], None);
    let mut indices = Vec::with_capacity(image.len() / 3);
    for pixel in image.pixels() {
        let place = match last {
            (colour, Some(place)) if colour == pixel.0 => place,
            _ => match places.get(&pixel.0) {
                Some(place) => *place,
                None => {
                    let place = u8::try_from(places.len()).ok()?;
                    places.insert(pixel.0, place);
                    palette.extend(pixel.0);
                    place
                }
            },
        };
        last = (pixel.0, Some(place));
        indices.push(place);
    }
    let bits = match places.len() {
        0..=2 => 1,
        3..=4 => 2,
        5..=16 => 4,
        _ => 8,
    };
    let per_byte = 8 / bits;
    let mut zlib = ZlibEncoder::new(Vec::new(), Compression::new(6));
    for row in indices.chunks(image.width() as usize) {
        zlib.write_all(&[0]).ok()?;
        if bits == 8 {
            zlib.write_all(row).ok()?;
            continue;
        }
        let packed: Vec<u8> = row
            .chunks(per_byte)
            .map(|few| {
                let places = (1..).zip(few);
                places.fold(0, |byte, (n, place)| byte | place << (8 - n * bits))
            })
            .collect();
        zlib.write_all(&packed).ok()?;
    }
    Some(Encoded {
        width: image.width(),
        height: image.height(),
        orientation: Orientation::NoTransforms,
        colour: ColourSpace::Palette(palette),
        bits: bits as u8,
        filter: Filter::Png(1),
        data: zlib.finish().ok()?,
    })
}
