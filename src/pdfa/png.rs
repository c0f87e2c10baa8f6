//! A PNG's outer shape, read without holding its picture.
//!
//! Portable Network Graphics (third edition), 5 and 11. What PDF 1.4 takes as FlateDecode with PNG's own row filters
//! (ISO 32000-1, 7.4.4.4) passes through as it is: the IDAT chunks, one after the other.

mod proof;

use std::collections::BTreeMap;
use std::io::{self, Read, Seek, SeekFrom};

use flate2::Crc;
use image::metadata::Orientation;

pub use proof::Proof;

const SIGNATURE: [u8; 8] = [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n'];
/// Chunks that are kept may be this long.
const MAX_CHUNK: u32 = 4 << 20;

/// Why a PNG cannot stand in a document.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    #[error("it cannot be read")]
    Read(#[from] io::Error),
    #[error("it is no PNG")]
    NoPng,
    #[error("it is cut off")]
    Cut,
    #[error("its {0} chunk is damaged")]
    Chunk(&'static str),
    #[error("its image data are damaged in row {0}")]
    Row(u64),
    #[error("a row of {0} pixels is longer than the limit")]
    Wide(u32),
}

/// What the pixels are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    Grey,
    Rgb,
    Palette,
    GreyAlpha,
    RgbAlpha,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Png {
    pub width: u32,
    pub height: u32,
    /// Bits of each colour of a pixel: 1, 2, 4, 8 or 16.
    pub bits: u8,
    pub colour: Colour,
    pub interlaced: bool,
    /// Red, green and blue of each entry.
    pub palette: Option<Vec<u8>>,
    /// What chunks before the image data say of its colours: tRNS, cICP, iCCP, sRGB, gAMA and cHRM.
    pub said: BTreeMap<[u8; 4], Vec<u8>>,
    /// It has more pictures than one.
    pub animated: bool,
    pub orientation: Orientation,
    /// Bytes of image data, compressed.
    pub data: u64,
}

impl Png {
    /// Reads the chunks from first to last, and skips the image data.
    ///
    /// # Errors
    /// No PNG, cut off, or damaged before or behind the image data, which [`Proof`] looks at.
    pub fn read(from: &mut (impl Read + Seek)) -> Result<Self, Fault> {
        signature(from)?;
        let end = from.seek(SeekFrom::End(0))?;
        let mut at = from.seek(SeekFrom::Start(8))?;
        let mut png: Option<Self> = None;
        loop {
            let (length, kind) = chunk_head(from)?.ok_or(Fault::Cut)?;
            let next = at + 12 + u64::from(length);
            if next > end {
                return Err(Fault::Cut);
            }
            let Some(png) = &mut png else {
                if kind != *b"IHDR" || length != 13 {
                    return Err(Fault::Chunk("IHDR"));
                }
                png = Some(Self::of_header(&body(from, length, "IHDR", kind)?)?);
                at = next;
                continue;
            };
            match &kind {
                b"IHDR" => return Err(Fault::Chunk("IHDR")),
                b"PLTE" => {
                    let palette = body(from, length, "PLTE", kind)?;
                    if palette.is_empty() || palette.len() % 3 != 0 || palette.len() > 768 {
                        return Err(Fault::Chunk("PLTE"));
                    }
                    png.palette = Some(palette);
                }
                b"tRNS" | b"cICP" | b"iCCP" | b"sRGB" | b"gAMA" | b"cHRM"
                    if png.data == 0 && length <= MAX_CHUNK =>
                {
                    match body(from, length, "colour", kind) {
                        Ok(body) => {
                            png.said.entry(kind).or_insert(body);
                        }
                        // As in browsers, the picture is shown without it.
                        Err(Fault::Chunk(_)) => {}
                        Err(other) => return Err(other),
                    }
                }
                b"acTL" if png.data == 0 && length == 8 => {
                    // Behind the image data it counts for nothing, and one picture is no animation.
                    let mut frames = [0; 4];
                    from.read_exact(&mut frames)?;
                    png.animated = u32::from_be_bytes(frames) > 1;
                }
                b"eXIf" if length <= MAX_CHUNK => {
                    let exif = body(from, length, "eXIf", kind)?;
                    let turned = Orientation::from_exif_chunk(&exif);
                    png.orientation = turned.unwrap_or(png.orientation);
                }
                b"IDAT" => png.data += u64::from(length),
                b"IEND" => break,
                _ => {}
            }
            at = from.seek(SeekFrom::Start(next))?;
        }
        let png = png.ok_or(Fault::Cut)?;
        if png.colour == Colour::Palette && png.palette.is_none() {
            return Err(Fault::Chunk("PLTE"));
        }
        Ok(png)
    }

    fn of_header(header: &[u8]) -> Result<Self, Fault> {
        let wrong = || Fault::Chunk("IHDR");
        let &[
            w0,
            w1,
            w2,
            w3,
            h0,
            h1,
            h2,
            h3,
            bits,
            colour,
            0,
            0,
            interlace @ (0 | 1),
        ] = header
        else {
            return Err(wrong());
        };
        let colour = match (colour, bits) {
            (0, 1 | 2 | 4 | 8 | 16) => Colour::Grey,
            (2, 8 | 16) => Colour::Rgb,
            (3, 1 | 2 | 4 | 8) => Colour::Palette,
            (4, 8 | 16) => Colour::GreyAlpha,
            (6, 8 | 16) => Colour::RgbAlpha,
            _ => return Err(wrong()),
        };
        let width = u32::from_be_bytes([w0, w1, w2, w3]);
        let height = u32::from_be_bytes([h0, h1, h2, h3]);
        if width == 0 || height == 0 || width > i32::MAX as u32 || height > i32::MAX as u32 {
            return Err(wrong());
        }
        Ok(Self {
            width,
            height,
            bits,
            colour,
            interlaced: interlace == 1,
            palette: None,
            said: BTreeMap::new(),
            animated: false,
            orientation: Orientation::NoTransforms,
            data: 0,
        })
    }

    /// Whether PDF/A-1 can hold the image data as they are: no alpha, not interlaced, at most 8 bits.
    pub fn holds(&self) -> bool {
        let opaque = matches!(self.colour, Colour::Grey | Colour::Rgb | Colour::Palette);
        opaque && !self.interlaced && self.bits <= 8
    }

    /// Colours of a pixel as shown: 1 or 3.
    pub fn colours(&self) -> u8 {
        match self.colour {
            Colour::Grey | Colour::GreyAlpha => 1,
            Colour::Rgb | Colour::RgbAlpha | Colour::Palette => 3,
        }
    }

    pub fn said(&self, kind: &[u8; 4]) -> Option<&[u8]> {
        self.said.get(kind).map(Vec::as_slice)
    }

    /// Values that make a pixel.
    pub fn components(&self) -> u8 {
        match self.colour {
            Colour::Grey | Colour::Palette => 1,
            Colour::GreyAlpha => 2,
            Colour::Rgb => 3,
            Colour::RgbAlpha => 4,
        }
    }

    /// Bytes of a row, without the one that names its filter.
    pub fn row(&self) -> u64 {
        (u64::from(self.width) * u64::from(self.components()) * u64::from(self.bits)).div_ceil(8)
    }
}

fn signature(from: &mut (impl Read + Seek)) -> Result<(), Fault> {
    let mut signature = [0; 8];
    from.seek(SeekFrom::Start(0))?;
    match from.read_exact(&mut signature) {
        Ok(()) if signature == SIGNATURE => Ok(()),
        Err(e) if e.kind() != io::ErrorKind::UnexpectedEof => Err(e.into()),
        _ => Err(Fault::NoPng),
    }
}

/// Length and kind; `None` where the file ends.
fn chunk_head(from: &mut impl Read) -> io::Result<Option<(u32, [u8; 4])>> {
    let mut head = [0; 8];
    match from.read_exact(&mut head) {
        Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        other => other?,
    }
    let [l0, l1, l2, l3, kind @ ..] = head;
    Ok(Some((u32::from_be_bytes([l0, l1, l2, l3]), kind)))
}

/// What a chunk holds, held against its checksum.
fn body(
    from: &mut impl Read,
    length: u32,
    name: &'static str,
    kind: [u8; 4],
) -> Result<Vec<u8>, Fault> {
    if length > MAX_CHUNK {
        return Err(Fault::Chunk(name));
    }
    let mut body = vec![0; length as usize];
    let mut sum = [0; 4];
    from.read_exact(&mut body)?;
    from.read_exact(&mut sum)?;
    let mut crc = Crc::new();
    crc.update(&kind);
    crc.update(&body);
    if crc.sum() != u32::from_be_bytes(sum) {
        return Err(Fault::Chunk(name));
    }
    Ok(body)
}

/// The image data of a PNG that [`Png::read`] has read: its IDAT chunks, one after the other, each held against its
/// checksum ([`io::ErrorKind::InvalidData`]).
pub struct Data<R> {
    from: R,
    /// Bytes that the chunk at hand still has.
    left: u32,
    /// Of the chunk at hand so far.
    crc: Crc,
    ended: bool,
}

impl<R: Read + Seek> Data<R> {
    /// # Errors
    /// No PNG, or not readable.
    pub fn of(mut from: R) -> Result<Self, Fault> {
        signature(&mut from)?;
        Ok(Self {
            from,
            left: 0,
            crc: Crc::new(),
            ended: false,
        })
    }

    fn next_chunk(&mut self) -> io::Result<()> {
        loop {
            let Some((length, kind)) = chunk_head(&mut self.from)? else {
                return Err(io::ErrorKind::UnexpectedEof.into());
            };
            match &kind {
                b"IDAT" if length > 0 => {
                    self.left = length;
                    self.crc.reset();
                    self.crc.update(&kind);
                    return Ok(());
                }
                b"IEND" => {
                    self.ended = true;
                    return Ok(());
                }
                _ => self.from.seek_relative(i64::from(length) + 4)?,
            }
        }
    }
}

impl<R: Read + Seek> Read for Data<R> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        while self.left == 0 && !self.ended {
            self.next_chunk()?;
        }
        if self.ended {
            return Ok(0);
        }
        let most = to.len().min(self.left as usize);
        let Some(to) = to.get_mut(..most) else {
            return Ok(0);
        };
        let read = self.from.read(to)?;
        if read == 0 && most > 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.crc.update(to.get(..read).unwrap_or_default());
        self.left -= read as u32;
        if self.left == 0 {
            let mut sum = [0; 4];
            self.from.read_exact(&mut sum)?;
            if self.crc.sum() != u32::from_be_bytes(sum) {
                return Err(io::ErrorKind::InvalidData.into());
            }
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use image::{DynamicImage, ExtendedColorType, ImageEncoder};

    pub fn sample(width: u32, height: u32) -> Vec<u8> {
        let pixels = image::RgbImage::from_fn(width, height, |x, y| {
            let y = if y % 50 > 20 { 7 } else { y };
            image::Rgb([(x * y) as u8, (x ^ y) as u8, 7])
        });
        let mut out = Cursor::new(Vec::new());
        DynamicImage::ImageRgb8(pixels)
            .write_to(&mut out, image::ImageFormat::Png)
            .unwrap();
        out.into_inner()
    }

    #[test]
    fn what_pdf_can_hold_passes() {
        let read = |bytes: &[u8]| Png::read(&mut Cursor::new(bytes));
        let bytes = sample(9, 5);
        let png = read(&bytes).unwrap();
        assert_eq!((png.width, png.height, png.bits), (9, 5, 8));
        assert!(png.holds());
        let mut data = Vec::new();
        let mut from = Data::of(Cursor::new(&bytes)).unwrap();
        from.read_to_end(&mut data).unwrap();
        assert_eq!(png.data, data.len() as u64);
        let mut out = Vec::new();
        let encoder = image::codecs::png::PngEncoder::new(&mut out);
        encoder
            .write_image(&[0; 64], 4, 4, ExtendedColorType::Rgba8)
            .unwrap();
        assert!(!read(&out).unwrap().holds());
        assert!(read(b"").is_err());
    }
}
