//! Pictures: what can stand in the file as it is, what must be encoded anew, and what cannot be drawn.
//!
//! JPEG (grey or RGB) and PNG (no alpha, not interlaced, at most 8 bits) pass through unchanged. The rest is
//! decoded, flattened on white and written as PNG data, or as JPEG of high quality where the source lost detail too.

use std::collections::HashMap;
use std::io::Cursor;
use std::rc::Rc;

use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};
use lopdf::{Dictionary, Object, Stream};

use super::{Error, jpeg, png};
use crate::record::Digest;

/// Pixels a picture that must be decoded may have.
const MAX_PIXELS: u64 = 40_000_000;
/// Memory its decoding may take.
const MAX_DECODING: u64 = 160 << 20;
/// A picture encoded anew gets no more pixels across than print can show in our column (300 dpi).
const MAX_WIDTH: u32 = 1_900;
const MAX_HEIGHT: u32 = 2_600;
/// Pictures that pass through may be this large; a larger one is encoded anew.
const MAX_PASSED: usize = 12_000_000;
/// Encoded pictures kept between measuring and writing.
const KEPT: usize = 8 << 20;

/// A picture as the page sees it.
#[derive(Debug, Clone)]
pub struct Measured {
    pub file: String,
    /// Pixels as shown, after the camera's orientation.
    pub width: u32,
    pub height: u32,
    pub orientation: Orientation,
    /// Bytes it adds to the file.
    pub bytes: u64,
    encoded: Option<Rc<Encoded>>,
}

/// Why a stored picture is not drawn, as printed.
pub type NotDrawn = String;

#[derive(Debug, Clone)]
struct Encoded {
    width: u32,
    height: u32,
    orientation: Orientation,
    colour: ColourSpace,
    bits: u8,
    filter: Filter,
    data: Vec<u8>,
}

#[derive(Debug, Clone)]
enum ColourSpace {
    Grey,
    Rgb,
    Palette(Vec<u8>),
}

#[derive(Debug, Clone, Copy)]
enum Filter {
    Dct,
    /// Flate with PNG's row filters over so many colours.
    Png(u8),
}

/// The pictures of one document, each measured once.
#[derive(Default)]
pub struct Pictures {
    measured: HashMap<Digest, Result<Measured, NotDrawn>>,
    refused: Vec<(String, NotDrawn)>,
    kept: usize,
}

impl Pictures {
    pub fn known(&self, digest: &Digest) -> Option<&Result<Measured, NotDrawn>> {
        self.measured.get(digest)
    }

    /// Looks at a picture's bytes; drawing needs them again.
    pub fn measure(&mut self, file: &str, digest: Digest, bytes: Vec<u8>) {
        let measured = encode(bytes).map(|(encoded, passed)| {
            let bytes = encoded.data.len() as u64 + 400;
            let turned = matches!(
                encoded.orientation,
                Orientation::Rotate90
                    | Orientation::Rotate270
                    | Orientation::Rotate90FlipH
                    | Orientation::Rotate270FlipH
            );
            let (width, height) = if turned {
                (encoded.height, encoded.width)
            } else {
                (encoded.width, encoded.height)
            };
            let keep = !passed && self.kept + encoded.data.len() <= KEPT;
            if keep {
                self.kept += encoded.data.len();
            }
            Measured {
                file: file.to_owned(),
                width,
                height,
                orientation: encoded.orientation,
                bytes,
                encoded: keep.then(|| Rc::new(encoded)),
            }
        });
        if let Err(why) = &measured {
            self.refused.push((file.to_owned(), why.clone()));
        }
        self.measured.insert(digest, measured);
    }

    /// Stored files that could not be drawn, and why, in the order of their names.
    pub fn not_drawn(&self) -> Vec<(String, NotDrawn)> {
        let mut out: Vec<_> = self.refused.clone();
        out.sort();
        out
    }

    /// The picture as an image XObject; its bytes are asked for when they were not kept.
    pub fn stream(
        &self,
        digest: &Digest,
        load: &mut dyn FnMut(&str) -> std::io::Result<Vec<u8>>,
    ) -> Result<Option<Stream>, Error> {
        let Some(Ok(measured)) = self.measured.get(digest) else {
            return Ok(None);
        };
        if let Some(kept) = &measured.encoded {
            return Ok(Some(Encoded::clone(kept).into_stream()));
        }
        let file = &measured.file;
        let bytes = load(file).map_err(|source| Error::Load {
            file: file.clone(),
            source,
        })?;
        match encode(bytes) {
            Ok((encoded, _)) if encoded.data.len() as u64 + 400 == measured.bytes => {
                Ok(Some(encoded.into_stream()))
            }
            _ => Err(Error::PictureChanged { file: file.clone() }),
        }
    }
}

impl Encoded {
    fn into_stream(self) -> Stream {
        let colour = match self.colour {
            ColourSpace::Grey => Object::Name(b"DeviceGray".to_vec()),
            ColourSpace::Rgb => Object::Name(b"DeviceRGB".to_vec()),
            ColourSpace::Palette(table) => Object::Array(vec![
                "Indexed".into(),
                "DeviceRGB".into(),
                ((table.len() / 3).saturating_sub(1) as i64).into(),
                Object::String(table, lopdf::StringFormat::Hexadecimal),
            ]),
        };
        let mut dict = Dictionary::from_iter([
            ("Type", "XObject".into()),
            ("Subtype", "Image".into()),
            ("Width", i64::from(self.width).into()),
            ("Height", i64::from(self.height).into()),
            ("BitsPerComponent", i64::from(self.bits).into()),
            ("ColorSpace", colour),
            ("Interpolate", false.into()),
        ]);
        match self.filter {
            Filter::Dct => dict.set("Filter", "DCTDecode"),
            Filter::Png(colours) => {
                dict.set("Filter", "FlateDecode");
                dict.set(
                    "DecodeParms",
                    Dictionary::from_iter([
                        ("Predictor", 15.into()),
                        ("Colors", i64::from(colours).into()),
                        ("BitsPerComponent", i64::from(self.bits).into()),
                        ("Columns", i64::from(self.width).into()),
                    ]),
                );
            }
        }
        Stream::new(dict, self.data).with_compression(false)
    }
}

/// How the picture stands in the file, and whether its own bytes do.
fn encode(mut bytes: Vec<u8>) -> Result<(Encoded, bool), NotDrawn> {
    if bytes.starts_with(&[0xff, 0xd8]) {
        let jpeg = jpeg::read(&bytes)
            .filter(|j| j.width > 0 && j.height > 0)
            .ok_or("filen är skadad eller avbruten")?;
        if jpeg.common
            && jpeg.bits == 8
            && matches!(jpeg.components, 1 | 3)
            && jpeg.length <= MAX_PASSED
        {
            bytes.truncate(jpeg.length);
            return Ok((
                Encoded {
                    width: jpeg.width,
                    height: jpeg.height,
                    orientation: jpeg.orientation,
                    colour: if jpeg.components == 1 {
                        ColourSpace::Grey
                    } else {
                        ColourSpace::Rgb
                    },
                    bits: 8,
                    filter: Filter::Dct,
                    data: bytes,
                },
                true,
            ));
        }
    }
    let (image, format) = decode(&bytes)?;
    if format == ImageFormat::Png
        && bytes.len() <= MAX_PASSED
        && let Some(png) = pass_png(&bytes)
    {
        return Ok((png, true));
    }
    drop(bytes);
    anew(image, format).map(|e| (e, false))
}

/// Decodes within limits, turned the way the camera was held.
fn decode(bytes: &[u8]) -> Result<(DynamicImage, ImageFormat), NotDrawn> {
    let format = image::guess_format(bytes)
        .ok()
        .filter(|f| {
            use ImageFormat::{Gif, Jpeg, Png, WebP};
            matches!(f, Jpeg | Png | Gif | WebP)
        })
        .ok_or("bildformatet kan inte återges i dokumentet")?;
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_DECODING);
    limits.max_image_width = Some(30_000);
    limits.max_image_height = Some(30_000);
    reader.limits(limits.clone());
    let broken = |_| "filen är skadad eller avbruten".to_owned();
    let mut decoder = reader.into_decoder().map_err(|e| match e {
        image::ImageError::Limits(_) => too_large(),
        e => broken(e),
    })?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MAX_PIXELS || decoder.total_bytes() > MAX_DECODING {
        return Err(too_large());
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut image = DynamicImage::from_decoder(decoder).map_err(|e| match e {
        image::ImageError::Limits(_) => too_large(),
        e => broken(e),
    })?;
    image.apply_orientation(orientation);
    Ok((image, format))
}

fn too_large() -> String {
    format!(
        "bilden har fler bildpunkter än gränsen på {} miljoner",
        MAX_PIXELS / 1_000_000
    )
}

/// A PNG that PDF/A-1 can hold as it is. The file has already been decoded whole.
fn pass_png(bytes: &[u8]) -> Option<Encoded> {
    let (png, data) = png::pass(bytes)?;
    Some(Encoded {
        width: png.width,
        height: png.height,
        orientation: Orientation::NoTransforms,
        bits: png.bits,
        filter: Filter::Png(png.components()),
        colour: match (png.colour, png.palette) {
            (png::Colour::Palette, palette) => ColourSpace::Palette(palette?),
            (png::Colour::Grey, _) => ColourSpace::Grey,
            _ => ColourSpace::Rgb,
        },
        data,
    })
}

fn anew(image: DynamicImage, format: ImageFormat) -> Result<Encoded, NotDrawn> {
    let mut image = flatten(image);
    if image.width() > MAX_WIDTH || image.height() > MAX_HEIGHT {
        image = image.resize(
            MAX_WIDTH,
            MAX_HEIGHT,
            image::imageops::FilterType::CatmullRom,
        );
    }
    let failed = |_| "bilden gick inte att koda om".to_owned();
    let mut out = Vec::new();
    if matches!(format, ImageFormat::Jpeg | ImageFormat::WebP) {
        image::codecs::jpeg::JpegEncoder::new_with_quality(&mut out, 93)
            .encode_image(&image)
            .map_err(failed)?;
        return Ok(Encoded {
            width: image.width(),
            height: image.height(),
            orientation: Orientation::NoTransforms,
            colour: if image.color().has_color() {
                ColourSpace::Rgb
            } else {
                ColourSpace::Grey
            },
            bits: 8,
            filter: Filter::Dct,
            data: out,
        });
    }
    image
        .write_to(&mut Cursor::new(&mut out), ImageFormat::Png)
        .map_err(failed)?;
    if let Some(png) = pass_png(&out) {
        return Ok(png);
    }
    // The checksum happened to end in a carriage return: one white row more moves it.
    let mut taller = image::RgbImage::from_pixel(
        image.width(),
        image.height() + 1,
        image::Rgb([255, 255, 255]),
    );
    image::imageops::replace(&mut taller, &image.to_rgb8(), 0, 0);
    out.clear();
    DynamicImage::ImageRgb8(taller)
        .write_to(&mut Cursor::new(&mut out), ImageFormat::Png)
        .map_err(failed)?;
    pass_png(&out).ok_or_else(|| "bilden gick inte att koda om".to_owned())
}

/// Eight bits a colour, alpha laid on white: PDF/A-1 knows no transparency (ISO 19005-1, 6.4).
fn flatten(image: DynamicImage) -> DynamicImage {
    if !image.color().has_alpha() {
        return if image.color().has_color() {
            DynamicImage::ImageRgb8(image.into_rgb8())
        } else {
            DynamicImage::ImageLuma8(image.into_luma8())
        };
    }
    let with_alpha = image.into_rgba8();
    let mut flat = image::RgbImage::new(with_alpha.width(), with_alpha.height());
    for (from, to) in with_alpha.pixels().zip(flat.pixels_mut()) {
        let [r, g, b, a] = from.0;
        let on_white = |c: u8| {
            let a = u32::from(a);
            ((u32::from(c) * a + 255 * (255 - a) + 127) / 255) as u8
        };
        to.0 = [on_white(r), on_white(g), on_white(b)];
    }
    DynamicImage::ImageRgb8(flat)
}
