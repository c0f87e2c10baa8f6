//! A JPEG's outer shape, read without decoding it: size, colours, orientation, and whether it is whole.
//!
//! ITU-T T.81, annex B. What PDF 1.4 takes as DCTDecode (ISO 32000-1, 7.4.8) passes through as it is.

use image::metadata::Orientation;

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Jpeg {
    pub width: u32,
    pub height: u32,
    pub components: u8,
    pub bits: u8,
    /// Baseline, extended or progressive Huffman coding: what every PDF reader takes.
    pub common: bool,
    pub orientation: Orientation,
    /// Bytes to the end of its EOI marker; some cameras put other things behind it.
    pub length: usize,
}

/// `None` for what is not a whole JPEG.
pub fn read(bytes: &[u8]) -> Option<Jpeg> {
    if bytes.get(..2)? != [0xff, 0xd8] {
        return None;
    }
    let mut at = 2;
    let mut frame: Option<Jpeg> = None;
    let mut orientation = Orientation::NoTransforms;
    let mut scanned = false;
    loop {
        if *bytes.get(at)? != 0xff {
            return None;
        }
        let marker = *bytes.get(at + 1)?;
        match marker {
            0xff => {
                at += 1;
                continue;
            }
            0xd9 => {
                let jpeg = frame.filter(|_| scanned)?;
                return Some(Jpeg {
                    orientation,
                    length: at + 2,
                    ..jpeg
                });
            }
            0x01 | 0xd0..=0xd7 => {
                at += 2;
                continue;
            }
            _ => {}
        }
        let length = usize::from(u16::from_be_bytes([
            *bytes.get(at + 2)?,
            *bytes.get(at + 3)?,
        ]));
        let body = bytes.get(at + 4..at + 2 + length)?;
        match marker {
            0xe1 => {
                if let Some(exif) = body.strip_prefix(b"Exif\0\0") {
                    orientation = Orientation::from_exif_chunk(exif).unwrap_or(orientation);
                }
            }
            0xc0..=0xcf if !matches!(marker, 0xc4 | 0xc8 | 0xcc) => {
                if frame.is_some() {
                    return None;
                }
                frame = Some(Jpeg {
                    bits: *body.first()?,
                    height: u32::from(u16::from_be_bytes([*body.get(1)?, *body.get(2)?])),
                    width: u32::from(u16::from_be_bytes([*body.get(3)?, *body.get(4)?])),
                    components: *body.get(5)?,
                    common: marker <= 0xc2,
                    orientation,
                    length: 0,
                });
            }
            _ => {}
        }
        at += 2 + length;
        if marker == 0xda {
            scanned = true;
            at = end_of_scan(bytes, at)?;
        }
    }
}

/// The next marker after entropy-coded data: stuffed zeros and restart markers belong to it.
fn end_of_scan(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        at += bytes.get(at..)?.iter().position(|b| *b == 0xff)?;
        match bytes.get(at + 1)? {
            0x00 | 0xd0..=0xd7 => at += 2,
            _ => return Some(at),
        }
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
        assert!(jpeg.common && jpeg.bits == 8);
        assert_eq!(jpeg.length, whole);
    }

    #[test]
    fn a_cut_picture_is_not_whole_wherever_it_is_cut() {
        let bytes = sample();
        for cut in 0..bytes.len() {
            assert_eq!(read(&bytes[..cut]), None, "{cut}");
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
