//! One picture of a screenshot: how it can stand in the file.

use std::io::{BufReader, Cursor, ErrorKind, Read, Seek, SeekFrom};

use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};

use super::{AsWritten, Tile};
use crate::pdfa::Error;
use crate::pdfa::jpeg::{self, Coding, Colours, Flaw};
use crate::pdfa::picture::{Change, ColourSpace, Facts, Profiles, colours, decode_jpeg, flat};
use crate::pdfa::png::{Fault, Png};

/// Pixels a PNG may have that goes by row by row.
const MAX_PIXELS: u64 = 8_000_000_000;
pub const MAX_HEIGHT: u64 = 4_000_000;
/// Pixels of a picture that must be decoded whole, and the memory that may take.
const MAX_WHOLE: u64 = 40_000_000;
const MAX_DECODING: u64 = 160 << 20;
/// Bytes of a JPEG: it is held while it is read.
const MAX_JPEG: u64 = 32 << 20;

/// A picture whose head has been read.
pub struct Source<R> {
    pub name: String,
    pub from: BufReader<R>,
    /// As shown, in pixels.
    pub width: u32,
    pub height: u32,
    pub kind: Kind,
}

pub enum Kind {
    /// Its image data go into the file as they are, and its palette with what was changed in it.
    Png(Png, ColourSpace, Option<AsWritten>),
    /// It is decoded and packed anew, row by row.
    Rows(AsWritten),
    Jpeg(Jpeg),
    /// It is decoded whole.
    Whole(ImageFormat, AsWritten),
}

pub struct Jpeg {
    pub width: u32,
    pub height: u32,
    pub grey: bool,
    pub orientation: Orientation,
    pub length: u64,
}

impl<R: Read + Seek> Source<R> {
    pub fn open(tile: Tile<R>, profiles: &mut Profiles) -> Result<Self, Error> {
        let Tile { name, from } = tile;
        let mut from = BufReader::new(from);
        let mut head = [0; 2];
        let read = from
            .seek(SeekFrom::Start(0))
            .and_then(|_| from.read_exact(&mut head));
        match read {
            Err(e) if e.kind() == ErrorKind::UnexpectedEof => {
                return Err(Error::NoScreenshot { file: name });
            }
            Err(source) => return Err(Error::Load { file: name, source }),
            Ok(()) => {}
        }
        if head == [0xff, 0xd8] {
            return Self::open_jpeg(name, from, profiles);
        }
        let mut png = match Png::read(&mut from) {
            Ok(png) => png,
            Err(Fault::NoPng) => return Err(Error::NoScreenshot { file: name }),
            Err(source) => return Err(Error::Png { file: name, source }),
        };
        let pixels = u64::from(png.width) * u64::from(png.height);
        let turned = png.orientation != Orientation::NoTransforms;
        let coloured = Facts::of(&png).change(png.colours(), profiles).is_some();
        let passed = colours(&png, profiles).filter(|_| !turned);
        let reason = if coloured {
            Some(AsWritten::Colours)
        } else if turned {
            Some(AsWritten::Turned)
        } else if png.interlaced {
            Some(AsWritten::Interlaced)
        } else if png.bits == 16 {
            Some(AsWritten::Deep)
        } else {
            let opaque = passed.is_some() && png.said(b"tRNS").is_none();
            (!opaque).then_some(AsWritten::Flattened)
        };
        // There may be thousands of pictures, each with a profile.
        png.said.clear();
        let why = reason.unwrap_or(AsWritten::Flattened);
        let kind = match passed {
            Some(colour) => Kind::Png(png.clone(), colour, reason),
            None if turned || png.interlaced => Kind::Whole(ImageFormat::Png, why),
            None => Kind::Rows(why),
        };
        let most = if matches!(kind, Kind::Whole(..)) {
            MAX_WHOLE
        } else {
            MAX_PIXELS
        };
        if pixels > most || u64::from(png.height) > MAX_HEIGHT {
            return Err(Error::ScreenshotTooLarge {
                file: name,
                problem: format!(
                    "{} x {} pixels; such a picture may have {most} pixels and {MAX_HEIGHT} rows",
                    png.width, png.height
                ),
            });
        }
        let (width, height) = shown(png.width, png.height, png.orientation);
        Ok(Self {
            name,
            from,
            width,
            height,
            kind,
        })
    }

    fn open_jpeg(name: String, from: BufReader<R>, profiles: &mut Profiles) -> Result<Self, Error> {
        let mut source = Self {
            name,
            from,
            width: 0,
            height: 0,
            kind: Kind::Whole(ImageFormat::Jpeg, AsWritten::OtherJpeg),
        };
        let bytes = source.bytes(MAX_JPEG)?;
        let broken = || Error::BrokenScreenshot {
            file: source.name.clone(),
        };
        let jpeg = jpeg::read(&bytes).ok_or_else(broken)?;
        match jpeg.flaw {
            None => {}
            Some(Flaw::Unreasonable) => {
                return Err(Error::ScreenshotTooLarge {
                    file: source.name,
                    problem: format!(
                        "its {} x {} pixels ask for unreasonable work",
                        jpeg.width, jpeg.height
                    ),
                });
            }
            Some(Flaw::Cut | Flaw::Corrupt) => return Err(broken()),
        }
        (source.width, source.height) = shown(jpeg.width, jpeg.height, jpeg.orientation);
        let profile = jpeg.profile.as_ref();
        let coloured = profile.is_some_and(|icc| profiles.change(icc, jpeg.components).is_some());
        let usual = matches!(jpeg.components, 1 | 3) && jpeg.colours == Colours::Usual;
        if coloured && usual {
            source.kind = Kind::Whole(ImageFormat::Jpeg, AsWritten::Colours);
        } else if usual && jpeg.coding == Coding::Huffman && jpeg.bits == 8 {
            source.kind = Kind::Jpeg(Jpeg {
                width: jpeg.width,
                height: jpeg.height,
                grey: jpeg.components == 1,
                orientation: jpeg.orientation,
                length: jpeg.length as u64,
            });
        }
        let pixels = u64::from(jpeg.width) * u64::from(jpeg.height);
        let work = pixels * u64::from(jpeg.components.max(3));
        if matches!(source.kind, Kind::Whole(..)) && work > 3 * MAX_WHOLE {
            return Err(Error::ScreenshotTooLarge {
                file: source.name,
                problem: format!(
                    "{} x {} pixels in {} colours; such a picture may have {MAX_WHOLE} pixels in three",
                    jpeg.width, jpeg.height, jpeg.components
                ),
            });
        }
        Ok(source)
    }

    /// What makes the colours of a PNG sRGB.
    pub fn change(&mut self, profiles: &mut Profiles) -> Result<Option<Change>, Error> {
        let png = Png::read(&mut self.from).map_err(|source| Error::Png {
            file: self.name.clone(),
            source,
        })?;
        Ok(Facts::of(&png).change(png.colours(), profiles))
    }

    /// The whole file.
    pub fn bytes(&mut self, most: u64) -> Result<Vec<u8>, Error> {
        let unread = |source| Error::Load {
            file: self.name.clone(),
            source,
        };
        let size = self.from.seek(SeekFrom::End(0)).map_err(unread)?;
        if size > most {
            return Err(Error::ScreenshotTooLarge {
                file: self.name.clone(),
                problem: format!("{size} bytes; such a picture may have {most}"),
            });
        }
        let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
        self.from.seek(SeekFrom::Start(0)).map_err(unread)?;
        let from = &mut self.from;
        from.take(most).read_to_end(&mut bytes).map_err(unread)?;
        Ok(bytes)
    }

    /// Decoded whole, the way it was held, on white: red, green and blue, or grey, in sRGB.
    pub fn decoded(
        &mut self,
        format: ImageFormat,
        profiles: &mut Profiles,
    ) -> Result<DynamicImage, Error> {
        if format == ImageFormat::Jpeg {
            let bytes = self.bytes(MAX_JPEG)?;
            let image = jpeg::read(&bytes).and_then(|j| decode_jpeg(&bytes, &j, profiles).ok());
            return image.ok_or_else(|| Error::BrokenScreenshot {
                file: self.name.clone(),
            });
        }
        let change = self.change(profiles)?;
        let bytes = self.bytes(MAX_DECODING)?;
        let broken = |_| Error::BrokenScreenshot {
            file: self.name.clone(),
        };
        let mut limits = Limits::default();
        limits.max_alloc = Some(MAX_DECODING);
        let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
        reader.limits(limits);
        let mut decoder = reader.into_decoder().map_err(broken)?;
        if decoder.total_bytes() > MAX_DECODING {
            return Err(Error::ScreenshotTooLarge {
                file: self.name.clone(),
                problem: format!(
                    "it takes {} bytes to decode; the limit is {MAX_DECODING}",
                    decoder.total_bytes()
                ),
            });
        }
        let turned = decoder.orientation().unwrap_or(Orientation::NoTransforms);
        let mut image = DynamicImage::from_decoder(decoder).map_err(broken)?;
        image.apply_orientation(turned);
        Ok(flat(image, change.as_ref()))
    }

    /// Bytes it can be expected to add to the file.
    pub fn estimate(&mut self) -> u64 {
        match &self.kind {
            Kind::Png(png, ..) => png.data,
            Kind::Jpeg(jpeg) => jpeg.length,
            Kind::Rows(_) | Kind::Whole(ImageFormat::Png, _) => {
                self.from.seek(SeekFrom::End(0)).unwrap_or(u64::MAX)
            }
            Kind::Whole(..) => u64::from(self.width) * u64::from(self.height) / 2,
        }
    }
}

fn shown(width: u32, height: u32, turned: Orientation) -> (u32, u32) {
    use Orientation::{Rotate90, Rotate90FlipH, Rotate270, Rotate270FlipH};
    match turned {
        Rotate90 | Rotate270 | Rotate90FlipH | Rotate270FlipH => (height, width),
        _ => (width, height),
    }
}
