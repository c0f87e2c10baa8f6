//! Pictures made bit by bit, of kinds that no common encoder writes.

use std::io::Write;

use flate2::write::ZlibEncoder;
use flate2::{Compression, Crc};
use image::RgbImage;

pub const RED: [u8; 3] = [220, 30, 40];
pub const GREEN: [u8; 3] = [20, 160, 60];
pub const BLUE: [u8; 3] = [30, 60, 200];
pub const SAND: [u8; 3] = [230, 200, 120];
pub const QUARTERS: [[u8; 3]; 4] = [RED, GREEN, BLUE, SAND];

pub const SIDE: u32 = 64;

/// Which quarter a pixel is in.
pub fn quarter(x: u32, y: u32) -> usize {
    usize::from(x >= SIDE / 2) + 2 * usize::from(y >= SIDE / 2)
}

pub fn quarters() -> RgbImage {
    RgbImage::from_fn(SIDE, SIDE, |x, y| image::Rgb(QUARTERS[quarter(x, y)]))
}

/// A PNG to be written: colour type, bits, interlaced, and further chunks before the image data.
pub struct Png {
    pub width: u32,
    pub height: u32,
    pub colour: u8,
    pub bits: u8,
    pub interlaced: bool,
    pub chunks: Vec<([u8; 4], Vec<u8>)>,
}

impl Png {
    pub fn new(colour: u8, bits: u8) -> Self {
        Self {
            width: SIDE,
            height: SIDE,
            colour,
            bits,
            interlaced: false,
            chunks: vec![],
        }
    }

    pub fn interlaced(mut self) -> Self {
        self.interlaced = true;
        self
    }

    pub fn with(mut self, kind: &[u8; 4], body: impl Into<Vec<u8>>) -> Self {
        self.chunks.push((*kind, body.into()));
        self
    }

    /// `pixel` gives the samples of each.
    pub fn written(&self, pixel: impl Fn(u32, u32) -> Vec<u16>) -> Vec<u8> {
        let passes: &[(u32, u32, u32, u32)] = match self.interlaced {
            false => &[(0, 0, 1, 1)],
            true => &[
                (0, 0, 8, 8),
                (4, 0, 8, 8),
                (0, 4, 4, 8),
                (2, 0, 4, 4),
                (0, 2, 2, 4),
                (1, 0, 2, 2),
                (0, 1, 1, 2),
            ],
        };
        let mut raw = Vec::new();
        for (x0, y0, dx, dy) in passes {
            for y in (*y0..self.height).step_by(*dy as usize) {
                let mut bits: Vec<bool> = Vec::new();
                for x in (*x0..self.width).step_by(*dx as usize) {
                    for sample in pixel(x, y) {
                        bits.extend((0..self.bits).rev().map(|b| sample >> b & 1 == 1));
                    }
                }
                if bits.is_empty() {
                    continue;
                }
                raw.push(0);
                raw.extend(bits.chunks(8).map(|b| {
                    b.iter()
                        .enumerate()
                        .fold(0_u8, |byte, (i, bit)| byte | u8::from(*bit) << (7 - i))
                }));
            }
        }
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::new(6));
        zlib.write_all(&raw).unwrap();
        self.around(&zlib.finish().unwrap())
    }

    /// The file around image data that are packed already.
    pub fn around(&self, data: &[u8]) -> Vec<u8> {
        let mut out = vec![0x89, b'P', b'N', b'G', 13, 10, 26, 10];
        let mut header = Vec::new();
        header.extend(self.width.to_be_bytes());
        header.extend(self.height.to_be_bytes());
        header.extend([self.bits, self.colour, 0, 0, u8::from(self.interlaced)]);
        chunk(&mut out, b"IHDR", &header);
        for (kind, body) in &self.chunks {
            chunk(&mut out, kind, body);
        }
        for piece in data.chunks(8_192) {
            chunk(&mut out, b"IDAT", piece);
        }
        chunk(&mut out, b"IEND", &[]);
        out
    }
}

pub fn chunk(out: &mut Vec<u8>, kind: &[u8; 4], body: &[u8]) {
    out.extend((body.len() as u32).to_be_bytes());
    let mut crc = Crc::new();
    crc.update(kind);
    crc.update(body);
    out.extend(kind);
    out.extend(body);
    out.extend(crc.sum().to_be_bytes());
}

pub fn packed(raw: &[u8]) -> Vec<u8> {
    let mut zlib = ZlibEncoder::new(Vec::new(), Compression::new(6));
    zlib.write_all(raw).unwrap();
    zlib.finish().unwrap()
}

/// Zeros, packed as they are made.
pub fn packed_zeros(length: u64) -> Vec<u8> {
    let mut zlib = ZlibEncoder::new(Vec::new(), Compression::new(9));
    let block = vec![0; 1 << 20];
    let mut left = length;
    while left > 0 {
        let some = left.min(block.len() as u64) as usize;
        zlib.write_all(&block[..some]).unwrap();
        left -= some as u64;
    }
    zlib.finish().unwrap()
}

/// The EXIF of a camera that was held so.
pub fn exif(orientation: u8) -> Vec<u8> {
    let mut out = b"MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    out.push(orientation);
    out.extend([0; 6]);
    out
}

/// A JPEG with a segment more, after its first marker.
pub fn with_segment(jpeg: &[u8], marker: u8, body: &[u8]) -> Vec<u8> {
    let mut out = jpeg[..2].to_vec();
    out.extend([0xff, marker]);
    out.extend((body.len() as u16 + 2).to_be_bytes());
    out.extend(body);
    out.extend(&jpeg[2..]);
    out
}

/// A JPEG without its segments of a kind.
pub fn without(jpeg: &[u8], marker: u8) -> Vec<u8> {
    let mut out = jpeg[..2].to_vec();
    let mut at = 2;
    while jpeg[at + 1] != 0xda {
        let end = at + 2 + usize::from(u16::from_be_bytes([jpeg[at + 2], jpeg[at + 3]]));
        if jpeg[at + 1] != marker {
            out.extend(&jpeg[at..end]);
        }
        at = end;
    }
    out.extend(&jpeg[at..]);
    out
}

/// Where the first segment of a kind begins.
pub fn segment(jpeg: &[u8], marker: u8) -> usize {
    let mut at = 2;
    while jpeg[at + 1] != marker {
        at += 2 + usize::from(u16::from_be_bytes([jpeg[at + 2], jpeg[at + 3]]));
    }
    at
}

/// Display P3 to sRGB by its matrix (W3C, CSS Color 4, 10.9), apart from any library.
pub fn from_p3(colour: [u8; 3]) -> [u8; 3] {
    let [r, g, b] = colour.map(|v| {
        let v = f64::from(v) / 255.0;
        if v <= 0.04045 {
            v / 12.92
        } else {
            ((v + 0.055) / 1.055).powf(2.4)
        }
    });
    let rows = [
        1.224_940 * r - 0.224_940 * g,
        -0.042_057 * r + 1.042_057 * g,
        -0.019_638 * r - 0.078_636 * g + 1.098_274 * b,
    ];
    rows.map(|v| {
        let v = v.clamp(0.0, 1.0);
        let v = if v <= 0.003_130_8 {
            v * 12.92
        } else {
            1.055 * v.powf(1.0 / 2.4) - 0.055
        };
        (v * 255.0).round() as u8
    })
}

/// An iCCP chunk.
pub fn iccp(profile: &[u8]) -> Vec<u8> {
    let mut body = b"profil\0\0".to_vec();
    body.extend(packed(profile));
    body
}
