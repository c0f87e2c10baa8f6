//! A picture's data as the file holds them.

use image::metadata::Orientation;
use lopdf::{Dictionary, Object, Stream};

#[derive(Debug, Clone)]
pub struct Encoded {
    pub width: u32,
    pub height: u32,
    /// How the data are to be turned to stand as they were seen.
    pub orientation: Orientation,
    pub colour: ColourSpace,
    pub bits: u8,
    pub filter: Filter,
    pub data: Vec<u8>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum ColourSpace {
    Grey,
    Rgb,
    /// Red, green and blue of each entry that a pixel can name: readers of PDF show the last for one that is not
    /// there, those of PNG black.
    Palette(Vec<u8>),
}

impl ColourSpace {
    pub fn object(self) -> Object {
        match self {
            Self::Grey => "DeviceGray".into(),
            Self::Rgb => "DeviceRGB".into(),
            Self::Palette(table) => Object::Array(vec![
                "Indexed".into(),
                "DeviceRGB".into(),
                ((table.len() / 3).saturating_sub(1) as i64).into(),
                Object::String(table, lopdf::StringFormat::Hexadecimal),
            ]),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Filter {
    /// JPEG; `named_rgb` when only the names of its colours say that they are not YCbCr.
    Dct { named_rgb: bool },
    /// Flate with PNG's row filters over so many colours.
    Png(u8),
}

impl Encoded {
    /// Pixels as shown, after the orientation.
    pub fn shown(&self) -> (u32, u32) {
        use Orientation::{Rotate90, Rotate90FlipH, Rotate270, Rotate270FlipH};
        match self.orientation {
            Rotate90 | Rotate270 | Rotate90FlipH | Rotate270FlipH => (self.height, self.width),
            _ => (self.width, self.height),
        }
    }

    /// Bytes it adds to the file.
    pub fn size(&self) -> u64 {
        let palette = match &self.colour {
            ColourSpace::Palette(table) => 2 * table.len(),
            _ => 0,
        };
        (self.data.len() + palette) as u64 + 400
    }

    pub fn into_stream(mut self) -> Stream {
        // A carriage return before `endstream` could be read as its line end. What follows the end of Flate data is
        // no part of them, and readers pass over it.
        if self.data.last() == Some(&b'\r') {
            self.data.push(0);
        }
        let dict = dictionary(self.width, self.height, self.bits, self.colour, self.filter);
        Stream::new(dict, self.data).with_compression(false)
    }
}

/// The dictionary of an image XObject (ISO 32000-1, 8.9.5).
pub fn dictionary(
    width: u32,
    height: u32,
    bits: u8,
    colour: ColourSpace,
    filter: Filter,
) -> Dictionary {
    let mut dict = Dictionary::from_iter([
        ("Type", "XObject".into()),
        ("Subtype", "Image".into()),
        ("Width", i64::from(width).into()),
        ("Height", i64::from(height).into()),
        ("BitsPerComponent", i64::from(bits).into()),
        ("ColorSpace", colour.object()),
        ("Interpolate", false.into()),
    ]);
    match filter {
        Filter::Dct { named_rgb } => {
            dict.set("Filter", "DCTDecode");
            if named_rgb {
                let parameters = Dictionary::from_iter([("ColorTransform", 0.into())]);
                dict.set("DecodeParms", parameters);
            }
        }
        Filter::Png(colours) => {
            dict.set("Filter", "FlateDecode");
            dict.set(
                "DecodeParms",
                Dictionary::from_iter([
                    ("Predictor", 15.into()),
                    ("Colors", i64::from(colours).into()),
                    ("BitsPerComponent", i64::from(bits).into()),
                    ("Columns", i64::from(width).into()),
                ]),
            );
        }
    }
    dict
}
