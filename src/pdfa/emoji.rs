//! Emoji in colour: the small pictures of the system's emoji font, where it is installed.
//!
//! The font has each emoji as a PNG (the `CBDT` table). On the page such a picture lies among what is not text, and
//! over it stands a glyph that is not seen and reads as the emoji: so the words are read with or without pictures.

use std::collections::HashMap;
use std::io::Cursor;
use std::path::Path;
use std::sync::Arc;

use harfrust::font::Blob;
use harfrust::{Buffer, BufferFlags, Direction, Font, ShapeOptions, ShapePlan, ShaperFont};
use icu_properties::CodePointSetData;
use icu_properties::props::EmojiPresentation;
use image::{DynamicImage, ImageFormat, ImageReader, Limits, RgbImage};
use lopdf::{Dictionary, Object, Stream};
use read_fonts::tables::bitmap::{BitmapContent, BitmapDataFormat};
use read_fonts::types::GlyphId;
use read_fonts::{FontRef, TableProvider as _};

use super::file::{Pad, compressed};
use super::fonts::FontUsed;
use super::sfnt::revision;
use super::system_fonts::{FontFile, SystemFonts};

/// The file of Debian's package fonts-noto-color-emoji.
const FILE: &str = "NotoColorEmoji.ttf";
const NAME: &str = "NotoColorEmoji";
/// Pixels across a picture on the page: some 390 to the inch in body text.
const WIDTH: u32 = 68;
const HEIGHT: u32 = 64;
/// The strike's size in thousandths of an em: 136 by 128 pixels, 27 of them below the baseline, 109 to the em.
pub const SHOWN_WIDTH: i32 = 1248;
pub const SHOWN_HEIGHT: i32 = 1174;
pub const SHOWN_DEPTH: i32 = 248;
/// The dictionary of one page's pictures has 4,095 entries at most (ISO 19005-1, 6.1.12); emoji beyond these are
/// without colour.
const MOST_PICTURES: usize = 3_900;

/// The font, and the pictures that were asked of it.
pub struct ColourFont {
    system: Arc<SystemFonts>,
    file: Arc<FontFile>,
    font: Font,
    plan: ShapePlan,
    buffer: Option<Buffer>,
    /// By glyph; `None`: it has no picture that can be read.
    pictures: HashMap<u16, Option<Stream>>,
}

impl ColourFont {
    /// The font, from the first of the folders that has it.
    pub fn find(system: &Arc<SystemFonts>) -> Option<Self> {
        let folders = system.folders().iter();
        folders
            .map(|folder| folder.join(FILE))
            .find_map(|path| Self::open(system, &path))
    }

    fn open(system: &Arc<SystemFonts>, path: &Path) -> Option<Self> {
        let file = system.file(path)?;
        let font = FontRef::new(&file.bytes).ok()?;
        (font.cblc().is_ok() && font.cbdt().is_ok()).then_some(())?;
        let font = Font::new(Blob::Shared(Arc::clone(&file.bytes) as _), 0)?;
        Some(Self {
            plan: ShapePlan::new(&font, Direction::LeftToRight, None, None, &[]),
            font,
            system: Arc::clone(system),
            file,
            buffer: None,
            pictures: HashMap::new(),
        })
    }

    /// The one glyph for the whole cluster, if it asks for colour and the font has a picture of it.
    pub fn glyph(&mut self, cluster: &str) -> Option<u16> {
        if !wants_colour(cluster) {
            return None;
        }
        let mut buffer = self.buffer.take().unwrap_or_default();
        buffer.clear();
        buffer.set_flags(BufferFlags::REMOVE_DEFAULT_IGNORABLES);
        buffer.push_str(cluster);
        buffer.set_direction(Direction::LeftToRight);
        let shaper = ShaperFont::new(&self.font);
        let options = ShapeOptions::new().plan(Some(&self.plan));
        let shaped = harfrust::shape(&shaper, &mut buffer, options).is_ok();
        let gid = match buffer.glyph_infos() {
            [one] if shaped && one.glyph_id != 0 => u16::try_from(one.glyph_id).ok(),
            _ => None,
        };
        self.buffer = Some(buffer);
        let gid = gid?;
        if !self.pictures.contains_key(&gid) {
            let make = || self.strike(gid).and_then(small).map(|p| stream(&p));
            let picture = self.system.emoji(&self.file, gid, make);
            let room = self.pictures.len() < MOST_PICTURES;
            self.pictures.insert(gid, picture.filter(|_| room));
        }
        self.picture(gid).map(|_| gid)
    }

    /// The glyph's picture as an image XObject, once [`Self::glyph`] has given the glyph.
    pub fn picture(&self, gid: u16) -> Option<&Stream> {
        self.pictures.get(&gid)?.as_ref()
    }

    /// The PNG of the glyph.
    fn strike(&self, gid: u16) -> Option<&[u8]> {
        let font = FontRef::new(&self.file.bytes).ok()?;
        let index = font.cblc().ok()?;
        let size = index.bitmap_sizes().first()?;
        let place = size
            .location(index.offset_data(), GlyphId::from(gid))
            .ok()?;
        match font.cbdt().ok()?.data(&place).ok()?.content {
            BitmapContent::Data(BitmapDataFormat::Png, bytes) => Some(bytes),
            _ => None,
        }
    }

    pub fn used(&self) -> FontUsed {
        FontUsed {
            name: NAME.to_owned(),
            version: revision(&self.file.bytes, 0).unwrap_or_default(),
            sha256: self.file.sha256(),
        }
    }
}

/// Whether the cluster is an emoji and not a sign of text (UTS #51, 2): by itself, or by what follows it.
fn wants_colour(cluster: &str) -> bool {
    let shown_so = CodePointSetData::new::<EmojiPresentation>();
    let asks = |c: char| match c {
        '\u{fe0f}' | '\u{20e3}' => true,
        // Beyond the first plane people and their platforms mean the picture, whatever the default is.
        c => u32::from(c) > 0xffff || shown_so.contains(c),
    };
    !cluster.contains('\u{fe0e}') && cluster.chars().any(asks)
}

/// The PNG on white, at the size of the page.
fn small(png: &[u8]) -> Option<RgbImage> {
    let mut reader = ImageReader::with_format(Cursor::new(png), ImageFormat::Png);
    let mut limits = Limits::default();
    limits.max_image_width = Some(1_024);
    limits.max_image_height = Some(1_024);
    reader.limits(limits);
    let mut whole = reader.decode().ok()?.into_rgba8();
    for pixel in whole.chunks_exact_mut(4) {
        // PDF/A-1 knows no transparency (ISO 19005-1, 6.4).
        if let [colours @ .., alpha] = pixel
            && *alpha < 255
        {
            let opaque = u32::from(std::mem::replace(alpha, 255));
            for colour in colours {
                let laid = u32::from(*colour) * opaque + 255 * (255 - opaque);
                *colour = ((laid + 127) / 255) as u8;
            }
        }
    }
    let shrunk = DynamicImage::from(whole).thumbnail_exact(WIDTH, HEIGHT);
    Some(shrunk.into_rgb8())
}

fn stream(picture: &RgbImage) -> Stream {
    let dict = Dictionary::from_iter([
        ("Type", Object::from("XObject")),
        ("Subtype", "Image".into()),
        ("Width", i64::from(picture.width()).into()),
        ("Height", i64::from(picture.height()).into()),
        ("BitsPerComponent", 8.into()),
        ("ColorSpace", "DeviceRGB".into()),
        ("Interpolate", false.into()),
        // What is wholly white lets the tint below through (ISO 32000-1, 8.9.6.4).
        ("Mask", vec![Object::from(255); 6].into()),
    ]);
    compressed(dict, picture.as_raw().clone(), Pad::Full)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emoji_ask_for_colour_and_signs_of_text_do_not() {
        for emoji in ["😀", "⚽", "❤\u{fe0f}", "1\u{fe0f}\u{20e3}", "☝🏽", "🇸🇪"] {
            assert!(wants_colour(emoji), "{emoji}");
        }
        for sign in ["❤", "☃", "1", "©", "😀\u{fe0e}", "⚽\u{fe0e}"] {
            assert!(!wants_colour(sign), "{sign}");
        }
    }

    #[test]
    fn what_is_no_colour_font_is_passed_over() {
        let dir = tempfile::tempdir().unwrap();
        for bytes in [
            &b"no font"[..],
            include_bytes!("../../fonts/NotoEmoji-Regular.ttf"),
        ] {
            std::fs::write(dir.path().join(FILE), bytes).unwrap();
            let system = SystemFonts::in_folders(vec![dir.path().to_owned()]);
            assert!(ColourFont::find(&Arc::new(system)).is_none());
        }
    }

    #[test]
    fn a_picture_is_laid_on_white_and_shrunk() {
        let mut whole = image::RgbaImage::new(136, 128);
        whole.put_pixel(0, 0, image::Rgba([0, 0, 0, 255]));
        let mut png = Cursor::new(Vec::new());
        whole.write_to(&mut png, ImageFormat::Png).unwrap();
        let picture = small(png.get_ref()).unwrap();
        assert_eq!(picture.dimensions(), (WIDTH, HEIGHT));
        assert_eq!(picture.get_pixel(0, 0).0, [191; 3], "a quarter is black");
        assert_eq!(picture.get_pixel(9, 9).0, [255; 3]);
        assert!(small(b"\x89PNG none").is_none());
    }
}
