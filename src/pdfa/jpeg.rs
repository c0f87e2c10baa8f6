//! A JPEG's outer shape, read without computing its pixels: size, colours, orientation, and whether it is whole.
//!
//! ITU-T T.81, annex B. What PDF 1.4 takes as DCTDecode (ISO 32000-1, 7.4.8) passes through as it is.

mod bits;
mod scan;

use std::collections::BTreeMap;

use image::metadata::Orientation;

pub use scan::Flaw;
use scan::Walk;

#[derive(Debug, Clone, PartialEq)]
pub struct Jpeg {
    pub width: u32,
    pub height: u32,
    pub components: u8,
    pub bits: u8,
    pub coding: Coding,
    pub orientation: Orientation,
    pub colours: Colours,
    /// Of the Adobe marker, which also says that four colours stand inverted.
    pub adobe: bool,
    /// The ICC profile, if all its pieces are there.
    pub profile: Option<Vec<u8>>,
    /// Bytes to the end of its data; some cameras put other things behind it.
    pub length: usize,
    /// The EOI marker stands there.
    pub ended: bool,
    /// What is wrong with its data.
    pub flaw: Option<Flaw>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coding {
    /// Baseline, extended or progressive Huffman coding: what every PDF reader takes.
    Huffman,
    Arithmetic,
    /// Lossless or hierarchical.
    Rare,
}

/// What the numbers of three or four colours mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colours {
    /// As a reader takes them that is told nothing: YCbCr for three, as they are for one and four.
    Usual,
    /// Red, green and blue, which only the names of the components say.
    NamedRgb,
}

/// `None` for what has no frame that could be a picture.
pub fn read(bytes: &[u8]) -> Option<Jpeg> {
    let mut reading = Reading {
        jpeg: None,
        walk: Walk::default(),
        orientation: Orientation::NoTransforms,
        adobe: false,
        jfif: false,
        pieces: Pieces::default(),
    };
    let end = reading.segments(bytes);
    let mut jpeg = reading.jpeg?;
    if jpeg.width == 0 || jpeg.height == 0 {
        return None;
    }
    match end {
        Ok((length, ended)) => (jpeg.length, jpeg.ended) = (length, ended),
        Err(flaw) => jpeg.flaw = Some(flaw),
    }
    jpeg.orientation = reading.orientation;
    jpeg.adobe = reading.adobe;
    jpeg.profile = reading.pieces.whole();
    if reading.jfif || reading.adobe {
        jpeg.colours = Colours::Usual;
    }
    Some(jpeg)
}

struct Reading {
    jpeg: Option<Jpeg>,
    walk: Walk,
    orientation: Orientation,
    adobe: bool,
    jfif: bool,
    pieces: Pieces,
}

impl Reading {
    /// Where the picture ends, and whether its EOI marker stands there.
    fn segments(&mut self, bytes: &[u8]) -> Result<(usize, bool), Flaw> {
        if bytes.get(..2) != Some(&[0xff, 0xd8]) {
            return Err(Flaw::Corrupt);
        }
        let mut at = 2;
        loop {
            let (Some(lead), Some(marker)) = (bytes.get(at), bytes.get(at + 1)) else {
                // All scans are there, and only the last marker is missing.
                let whole = self.walk.complete();
                return match whole && at <= bytes.len() {
                    true => Ok((at, false)),
                    false => Err(Flaw::Cut),
                };
            };
            if *lead != 0xff {
                return Err(Flaw::Corrupt);
            }
            match marker {
                0xff => {
                    at += 1;
                    continue;
                }
                0xd9 => {
                    let whole = self.walk.complete();
                    return match whole {
                        true => Ok((at + 2, true)),
                        false => Err(Flaw::Cut),
                    };
                }
                0x01 | 0xd0..=0xd7 => {
                    at += 2;
                    continue;
                }
                _ => {}
            }
            let length = bytes.get(at + 2..at + 4).ok_or(Flaw::Cut)?;
            let length = usize::from(u16::from_be_bytes([length[0], length[1]]));
            if length < 2 {
                return Err(Flaw::Corrupt);
            }
            let body = bytes.get(at + 4..at + 2 + length).ok_or(Flaw::Cut)?;
            at += 2 + length;
            match marker {
                0xda => at = self.walk.scan(body, bytes, at)?,
                _ => self.segment(*marker, body).ok_or(Flaw::Corrupt)?,
            }
        }
    }

    fn segment(&mut self, marker: u8, body: &[u8]) -> Option<()> {
        match marker {
            0xc4 => self.walk.tables(body)?,
            0xdd => self.walk.restart = u32::from(u16::from_be_bytes(*body.first_chunk()?)),
            0xe0 => self.jfif |= body.starts_with(b"JFIF\0"),
            0xe1 => {
                if let Some(exif) = body.strip_prefix(b"Exif\0\0") {
                    self.orientation =
                        Orientation::from_exif_chunk(exif).unwrap_or(self.orientation);
                }
            }
            0xe2 => self.pieces.add(body),
            0xee => self.adobe |= body.starts_with(b"Adobe") && body.len() >= 12,
            0xc0..=0xcf if !matches!(marker, 0xc8 | 0xcc) => self.frame(marker, body)?,
            _ => {}
        }
        Some(())
    }

    fn frame(&mut self, marker: u8, body: &[u8]) -> Option<()> {
        let head: &[u8; 6] = body.first_chunk()?;
        let count = usize::from(head[5]);
        let listed = body.get(6..6 + 3 * count)?;
        if self.jpeg.is_some() {
            return None;
        }
        let height = u32::from(u16::from_be_bytes([head[1], head[2]]));
        let width = u32::from(u16::from_be_bytes([head[3], head[4]]));
        let named_rgb = listed.iter().step_by(3).eq(b"RGB");
        let coding = match marker {
            0xc0..=0xc2 => Coding::Huffman,
            0xc9 | 0xca => Coding::Arithmetic,
            _ => Coding::Rare,
        };
        self.jpeg = Some(Jpeg {
            width,
            height,
            components: head[5],
            bits: head[0],
            coding,
            orientation: Orientation::NoTransforms,
            colours: if named_rgb {
                Colours::NamedRgb
            } else {
                Colours::Usual
            },
            adobe: false,
            profile: None,
            length: 0,
            ended: false,
            flaw: None,
        });
        // What is coded otherwise is not walked.
        if coding != Coding::Huffman || head[0] != 8 {
            return None;
        }
        self.walk.begin(width, height, marker == 0xc2, listed)
    }
}

/// The pieces of an ICC profile (ICC.1, annex B.4).
#[derive(Default)]
struct Pieces {
    count: u8,
    found: BTreeMap<u8, Vec<u8>>,
    broken: bool,
}

impl Pieces {
    fn add(&mut self, body: &[u8]) {
        let Some([number, count, data @ ..]) = body.strip_prefix(b"ICC_PROFILE\0") else {
            return;
        };
        self.broken |= self.count != 0 && self.count != *count;
        self.count = *count;
        self.broken |= self.found.insert(*number, data.to_vec()).is_some();
    }

    fn whole(self) -> Option<Vec<u8>> {
        let numbers = self.found.keys().copied();
        let whole = !self.broken && self.count > 0 && numbers.eq(1..=self.count);
        whole.then(|| self.found.into_values().flatten().collect())
    }
}
#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Vec<u8> {
        let mut out = Vec::new();
        let pixels = image::RgbImage::from_fn(40, 24, |x, y| image::Rgb([x as u8, y as u8, 7]));
        image::codecs::jpeg::JpegEncoder::new_with_quality(&mut out, 90)
            .encode_image(&pixels)
            .unwrap();
        out
    }

    #[test]
    fn a_whole_picture_is_measured_and_what_stands_behind_it_is_left_out() {
        let mut bytes = sample();
        let whole = bytes.len();
        bytes.extend_from_slice(b"trailer");
        let jpeg = read(&bytes).unwrap();
        assert_eq!((jpeg.width, jpeg.height, jpeg.components), (40, 24, 3));
        assert_eq!(
            (jpeg.coding, jpeg.bits, jpeg.flaw),
            (Coding::Huffman, 8, None)
        );
        assert!(jpeg.ended);
        assert_eq!(jpeg.length, whole);
    }

    #[test]
    fn a_cut_picture_is_not_whole_wherever_it_is_cut() {
        let bytes = sample();
        for cut in 0..bytes.len() {
            let Some(jpeg) = read(&bytes[..cut]) else {
                continue;
            };
            // Where the end marker alone is cut, the picture is there.
            let whole = cut >= bytes.len() - 2;
            assert_eq!(jpeg.flaw.is_none(), whole, "{cut}");
            assert!(!jpeg.ended);
        }
    }

    #[test]
    fn the_cameras_orientation_is_found() {
        let mut bytes = vec![0xff, 0xd8, 0xff, 0xe1, 0, 34];
        bytes.extend_from_slice(
            b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0",
        );
        bytes.extend_from_slice(&sample()[2..]);
        assert_eq!(read(&bytes).unwrap().orientation, Orientation::Rotate90);
    }
}
