//! Pictures: what can stand in the file as it is, what must be encoded anew, and what cannot be drawn.
//!
//! JPEG (grey or colour, sRGB) and PNG (not interlaced, at most 8 bits, no alpha but in a palette) pass through
//! unchanged, proven whole. The rest is decoded, made sRGB, flattened on white and written without loss, or as JPEG of
//! high quality where the source lost detail too.

mod anew;
mod colour;
mod decode;
mod encoded;
mod gamma;
mod handed;
mod kind;
mod passed;
mod svg;

use std::collections::HashMap;
use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use flate2::Crc;
use image::ImageFormat;
use image::metadata::Orientation;
use lopdf::Stream;

use self::anew::anew;
pub use self::colour::{Change, Profiles};
use self::decode::{BROKEN, decode};
pub use self::decode::{decode_jpeg, flat};
use self::encoded::Encoded;
pub use self::encoded::{ColourSpace, Filter, dictionary};
pub use self::handed::{HandedPicture, PixelBox, blackened, picture_anew, picture_size};
use self::kind::{Kind, kind};
pub use self::passed::{Facts, colours};
use super::Error;
use super::jpeg::{self, Coding, Colours, Flaw, Jpeg};
use super::png::Png;
use crate::record::Digest;

/// Pictures that pass through may be this large; a larger one is encoded anew.
const MAX_PASSED: usize = 12_000_000;
/// Pixels of a JPEG that passes through: the largest a camera of today makes.
const MAX_PASSED_PIXELS: u64 = 210_000_000;
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
    /// The file has more frames or pages than the first, which is drawn.
    pub first_frame: bool,
    /// Of the stored file: what was proven of it once holds for the same bytes.
    sum: u32,
    again: Again,
}

/// How to come by the picture's data when it is written.
#[derive(Debug, Clone)]
enum Again {
    Kept(Rc<Encoded>),
    /// The stored file's first bytes.
    Start(Rc<Encoded>, usize),
    /// The stored file's image data.
    ImageData(Rc<Encoded>),
    Encode,
}

/// Why a stored picture is not drawn, as printed.
pub type NotDrawn = String;

/// A picture as it was met.
struct Met {
    encoded: Encoded,
    /// Its size on the page, in pixels.
    shown: (u32, u32),
    passed: Passed,
    first_frame: bool,
}

impl Met {
    fn of(encoded: Encoded, passed: Passed, first_frame: bool) -> Self {
        Self {
            shown: encoded.shown(),
            encoded,
            passed,
            first_frame,
        }
    }
}

/// What of the stored file stands in the document.
enum Passed {
    Start(usize),
    ImageData,
    Nothing,
}

/// The pictures of one document, each measured once.
#[derive(Default)]
pub struct Pictures {
    measured: HashMap<Digest, Result<Measured, NotDrawn>>,
    refused: Vec<(String, NotDrawn)>,
    kept: usize,
    profiles: Profiles,
}

impl Pictures {
    pub fn known(&self, digest: &Digest) -> Option<&Result<Measured, NotDrawn>> {
        self.measured.get(digest)
    }

    /// Looks at a picture's bytes; drawing needs them again.
    pub fn measure(&mut self, file: &str, digest: Digest, bytes: Vec<u8>) {
        let sum = sum(&bytes);
        let measured = meet(bytes, &mut self.profiles).map(|met| {
            let mut encoded = met.encoded;
            let (width, height) = met.shown;
            let bytes = encoded.size();
            let orientation = encoded.orientation;
            let size = encoded.data.len();
            let again = match met.passed {
                Passed::Start(length) => {
                    encoded.data = Vec::new();
                    Again::Start(Rc::new(encoded), length)
                }
                Passed::ImageData => {
                    encoded.data = Vec::new();
                    Again::ImageData(Rc::new(encoded))
                }
                Passed::Nothing if self.kept + size <= KEPT => {
                    self.kept += size;
                    Again::Kept(Rc::new(encoded))
                }
                Passed::Nothing => Again::Encode,
            };
            Measured {
                file: file.to_owned(),
                width,
                height,
                orientation,
                bytes,
                first_frame: met.first_frame,
                sum,
                again,
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
        if let Again::Kept(kept) = &measured.again {
            return Ok(Some(Encoded::clone(kept).into_stream()));
        }
        let file = &measured.file;
        let bytes = load(file).map_err(|source| Error::Load {
            file: file.clone(),
            source,
        })?;
        let changed = || Error::PictureChanged { file: file.clone() };
        if sum(&bytes) != measured.sum {
            return Err(changed());
        }
        let encoded = measured.again.encoded(bytes).ok_or_else(changed)?;
        Ok(Some(encoded.into_stream()))
    }
}

impl Again {
    /// From the bytes that were measured; `None` only for others.
    fn encoded(&self, mut bytes: Vec<u8>) -> Option<Encoded> {
        let with = |shape: &Encoded, data| {
            let mut encoded = shape.clone();
            encoded.data = data;
            encoded
        };
        match self {
            Self::Kept(kept) => Some(Encoded::clone(kept)),
            Self::Start(shape, length) => {
                end_jpeg(&mut bytes, *length);
                Some(with(shape, bytes))
            }
            Self::ImageData(shape) => {
                let png = Png::read(&mut Cursor::new(&bytes)).ok()?;
                Some(with(shape, passed::image_data(&bytes, &png)?))
            }
            Self::Encode => Some(meet(bytes, &mut Profiles::default()).ok()?.encoded),
        }
    }
}

fn sum(bytes: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum()
}

/// How the picture stands in the file. Decoders are others' work on hostile bytes: where one stumbles, the picture
/// counts as damaged.
fn meet(bytes: Vec<u8>, profiles: &mut Profiles) -> Result<Met, NotDrawn> {
    let met = catch_unwind(AssertUnwindSafe(|| look(bytes, profiles)));
    met.unwrap_or_else(|_| Err(BROKEN.to_owned()))
}

fn look(bytes: Vec<u8>, profiles: &mut Profiles) -> Result<Met, NotDrawn> {
    let (format, lossless, first_frame) = match kind(&bytes) {
        Kind::Jpeg => return met_jpeg(bytes, profiles),
        Kind::Png => return met_png(&bytes, profiles),
        Kind::Svg => return met_svg(&bytes),
        Kind::Svgz => return met_svg(&svg::unpacked(&bytes)?),
        Kind::Gif => (ImageFormat::Gif, true, kind::gif_moves(&bytes)),
        Kind::WebP => {
            let lossless = kind::webp_lossless(&bytes);
            (ImageFormat::WebP, lossless, kind::webp_moves(&bytes))
        }
        Kind::Bmp => (ImageFormat::Bmp, true, false),
        Kind::Ico => (ImageFormat::Ico, true, false),
        Kind::Tiff => (ImageFormat::Tiff, true, kind::tiff_pages(&bytes)),
        Kind::Named(name) => {
            return Err(format!("formatet {name} kan inte återges i dokumentet"));
        }
        Kind::Unknown if bytes.is_empty() => return Err("filen är tom".to_owned()),
        Kind::Unknown => return Err("bildformatet kan inte återges i dokumentet".to_owned()),
    };
    let image = decode(&bytes, format, profiles, None)?;
    drop(bytes);
    drawn_anew(image, !lossless, first_frame)
}

fn drawn_anew(image: image::DynamicImage, lossy: bool, first_frame: bool) -> Result<Met, NotDrawn> {
    Ok(Met::of(anew(image, lossy)?, Passed::Nothing, first_frame))
}

fn met_svg(bytes: &[u8]) -> Result<Met, NotDrawn> {
    let drawn = svg::render(bytes)?;
    Ok(Met {
        shown: (drawn.width, drawn.height),
        ..drawn_anew(drawn.image, false, false)?
    })
}

fn met_png(bytes: &[u8], profiles: &mut Profiles) -> Result<Met, NotDrawn> {
    let png = Png::read(&mut Cursor::new(bytes)).map_err(|_| BROKEN)?;
    if let Some(encoded) = passed::pass(bytes, &png, profiles) {
        return Ok(Met::of(encoded, Passed::ImageData, png.animated));
    }
    let image = decode(bytes, ImageFormat::Png, profiles, Some(&Facts::of(&png)))?;
    drawn_anew(image, false, png.animated)
}

fn met_jpeg(mut bytes: Vec<u8>, profiles: &mut Profiles) -> Result<Met, NotDrawn> {
    let jpeg = jpeg::read(&bytes).ok_or(BROKEN)?;
    match jpeg.coding {
        Coding::Huffman => {}
        Coding::Arithmetic => {
            return Err("JPEG-bilden är aritmetiskt kodad, vilket inte kan återges".to_owned());
        }
        Coding::Rare => {
            return Err("JPEG-bilden är kodad på ett sätt som inte kan återges".to_owned());
        }
    }
    if jpeg.bits != 8 {
        let bits = jpeg.bits;
        return Err(format!(
            "JPEG-bilden har {bits} bitar per färg, vilket inte kan återges"
        ));
    }
    match jpeg.flaw {
        Some(Flaw::Cut) => return Err(BROKEN.to_owned()),
        Some(Flaw::Unreasonable) => {
            return Err("JPEG-bilden kräver orimligt mycket arbete att visa".to_owned());
        }
        Some(Flaw::Corrupt) | None => {}
    }
    if passes(&jpeg, profiles) {
        end_jpeg(&mut bytes, jpeg.length);
        let encoded = Encoded {
            width: jpeg.width,
            height: jpeg.height,
            orientation: jpeg.orientation,
            colour: match jpeg.components {
                1 => ColourSpace::Grey,
                _ => ColourSpace::Rgb,
            },
            bits: 8,
            filter: Filter::Dct {
                named_rgb: jpeg.colours == Colours::NamedRgb,
            },
            data: bytes,
        };
        return Ok(Met::of(encoded, Passed::Start(jpeg.length), false));
    }
    let image = decode_jpeg(&bytes, &jpeg, profiles)?;
    drop(bytes);
    drawn_anew(image, true, false)
}

/// Whether the JPEG can stand in the file as it is (ISO 32000-1, 7.4.8; ISO 19005-1, 6.1.10, 6.2.3.3).
fn passes(jpeg: &Jpeg, profiles: &mut Profiles) -> bool {
    let pixels = u64::from(jpeg.width) * u64::from(jpeg.height);
    let profile = jpeg.profile.as_ref();
    jpeg.flaw.is_none()
        && matches!(jpeg.components, 1 | 3)
        && jpeg.length <= MAX_PASSED
        && pixels <= MAX_PASSED_PIXELS
        && profile.is_none_or(|icc| profiles.change(icc, jpeg.components).is_none())
}

/// Leaves the picture's own bytes, with the end marker that they may lack.
pub fn end_jpeg(bytes: &mut Vec<u8>, length: usize) {
    bytes.truncate(length);
    if !bytes.ends_with(&[0xff, 0xd9]) {
        bytes.extend([0xff, 0xd9]);
    }
}
