//! The fonts that documents are set in: Noto Sans in four cuts and Noto Emoji come with the binary (fonts/NOTICE.md),
//! those of other scripts are opened when text first asks for them.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, OnceLock};

use harfrust::font::Blob;
use harfrust::{
    Buffer, BufferFlags, Direction, Font, GlyphId, Script, ShapeOptions, ShapePlan, ShaperFont,
};
use lopdf::Stream;

use super::emoji::ColourFont;
use super::sfnt::is_compact;
use super::system_fonts::FontFile;
use super::{Error, SystemFonts};
use crate::record::Digest;

/// The cut a text asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Face {
    Regular,
    Bold,
    Italic,
    BoldItalic,
}

impl Face {
    pub const ALL: [Self; 4] = [Self::Regular, Self::Bold, Self::Italic, Self::BoldItalic];

    pub fn of(bold: bool, italic: bool) -> Self {
        match (bold, italic) {
            (false, false) => Self::Regular,
            (true, false) => Self::Bold,
            (false, true) => Self::Italic,
            (true, true) => Self::BoldItalic,
        }
    }

    /// The font of the program in this cut.
    pub fn key(self) -> FontKey {
        FontKey(self as u16)
    }

    pub fn is_bold(self) -> bool {
        matches!(self, Self::Bold | Self::BoldItalic)
    }
}

/// A font's place among those opened so far: the program's own first, then the system's in order of first use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FontKey(u16);

impl FontKey {
    pub const EMOJI: Self = Self(4);
    /// The emoji font in colour: its glyphs are pictures, and no file embeds it.
    pub const COLOUR: Self = Self(u16::MAX);

    pub fn of_index(index: usize) -> Self {
        Self(u16::try_from(index).unwrap_or(u16::MAX))
    }

    pub fn index(self) -> usize {
        usize::from(self.0)
    }

    /// The name content streams call it by.
    pub fn resource(self) -> String {
        format!("T{}", self.0)
    }
}

/// The program's own fonts, by [`FontKey`].
pub static BUILT_IN: [(&str, &[u8]); 5] = [
    (
        "NotoSans-Regular",
        include_bytes!("../../fonts/NotoSans-Regular.ttf"),
    ),
    (
        "NotoSans-Bold",
        include_bytes!("../../fonts/NotoSans-Bold.ttf"),
    ),
    (
        "NotoSans-Italic",
        include_bytes!("../../fonts/NotoSans-Italic.ttf"),
    ),
    (
        "NotoSans-BoldItalic",
        include_bytes!("../../fonts/NotoSans-BoldItalic.ttf"),
    ),
    (
        "NotoEmoji-Regular",
        include_bytes!("../../fonts/NotoEmoji-Regular.ttf"),
    ),
];

/// Their digests, once somebody asked for them.
static BUILT_IN_SHA256: [OnceLock<Digest>; BUILT_IN.len()] =
    [const { OnceLock::new() }; BUILT_IN.len()];

/// Measures of a face in thousandths of an em, for its FontDescriptor.
#[derive(Debug, Clone, Copy)]
pub struct Measures {
    pub ascent: i32,
    pub descent: i32,
    pub cap_height: i32,
    pub bounds: [i32; 4],
    pub italic_angle: i32,
}

/// A glyph as shaping placed it; all measures in thousandths of an em.
#[derive(Debug, Clone, Copy)]
pub struct Placed {
    pub gid: u16,
    pub advance: i32,
    pub dx: i32,
    pub dy: i32,
    /// Byte in the text where its cluster begins.
    pub cluster: u32,
}

struct Loaded {
    name: String,
    bytes: Bytes,
    /// Which font of a collection.
    index: u32,
    /// Whether outlines are in the compact form (CFF).
    compact: bool,
    font: Font,
    upem: i32,
    bold: bool,
    plans: HashMap<(Option<Script>, bool), ShapePlan>,
}

enum Bytes {
    BuiltIn(&'static [u8]),
    Read(Arc<FontFile>),
}

impl Loaded {
    fn new(name: &str, bytes: Bytes, index: u32) -> Option<Self> {
        let blob = match &bytes {
            Bytes::BuiltIn(bytes) => Blob::Static(bytes),
            Bytes::Read(file) => Blob::Shared(Arc::clone(&file.bytes) as _),
        };
        let font = Font::new(blob, index)?;
        let own = match &bytes {
            Bytes::BuiltIn(bytes) => bytes,
            Bytes::Read(file) => file.bytes.as_slice(),
        };
        Some(Self {
            index,
            compact: is_compact(own, index),
            name: name.to_owned(),
            bytes,
            upem: i32::from(font.units_per_em()).max(1),
            font,
            bold: name.contains("-Bold"),
            plans: HashMap::new(),
        })
    }

    fn bytes(&self) -> &[u8] {
        match &self.bytes {
            Bytes::BuiltIn(bytes) => bytes,
            Bytes::Read(file) => &file.bytes,
        }
    }

    fn covers(&self, c: char) -> bool {
        !is_private(c) && self.font.charmap().map_unicode(c).is_some()
    }
}

/// A font as the record tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FontUsed {
    pub name: String,
    /// `fontRevision` of its `head` table, with three decimals.
    pub version: String,
    pub sha256: Digest,
}

/// Above this many clusters the memory of choices begins anew.
const REMEMBERED_CHOICES: usize = 20_000;

/// All fonts opened so far, ready to shape.
pub struct Fonts {
    loaded: Vec<Loaded>,
    system: Arc<SystemFonts>,
    /// By candidate of the fallback.
    opened: HashMap<usize, FontKey>,
    /// Candidates that could not be read when they were wanted.
    broken: HashSet<usize>,
    /// By cluster and boldness: what stands in for it.
    chosen: HashMap<(Box<str>, bool), Option<FontKey>>,
    buffer: Option<Buffer>,
    /// Looked for when the first emoji comes; `Some(None)`: it is not installed.
    colour: Option<Option<ColourFont>>,
}

impl Fonts {
    /// The program's own fonts; those of the system are looked at when a character is in none of them.
    pub fn new(system: &Arc<SystemFonts>) -> Result<Self, Error> {
        let load = |(name, bytes): (&'static str, &'static [u8])| {
            Loaded::new(name, Bytes::BuiltIn(bytes), 0).ok_or_else(|| Error::Font {
                font: name.to_owned(),
                problem: "is not a font".to_owned(),
            })
        };
        Ok(Self {
            loaded: BUILT_IN
                .into_iter()
                .map(load)
                .collect::<Result<_, Error>>()?,
            system: Arc::clone(system),
            opened: HashMap::new(),
            broken: HashSet::new(),
            chosen: HashMap::new(),
            buffer: None,
            colour: None,
        })
    }

    fn loaded(&self, font: FontKey) -> Option<&Loaded> {
        self.loaded.get(font.index())
    }

    pub fn covers(&self, font: FontKey, c: char) -> bool {
        self.loaded(font).is_some_and(|f| f.covers(c))
    }

    /// The system's font that has the whole cluster, if any has; `characters` are those of it that leave a mark.
    pub fn stand_in(&mut self, cluster: &str, characters: &[char], bold: bool) -> Option<FontKey> {
        if characters.iter().any(|c| is_private(*c)) {
            return None;
        }
        if let Some(known) = self.chosen.get(&(Box::from(cluster), bold)) {
            return *known;
        }
        let found = self.open_best(characters, bold);
        if self.chosen.len() >= REMEMBERED_CHOICES {
            self.chosen.clear();
        }
        if cluster.len() <= 64 {
            self.chosen.insert((cluster.into(), bold), found);
        }
        found
    }

    fn open_best(&mut self, characters: &[char], bold: bool) -> Option<FontKey> {
        let fallback = self.system.fallback();
        while let Some(best) = fallback.choose(characters, bold, &self.broken) {
            if let Some(key) = self.opened.get(&best) {
                return Some(*key);
            }
            let candidate = fallback.candidates.get(best)?;
            let file = self.system.file(&candidate.path);
            let loaded = file.and_then(|file| {
                Loaded::new(&candidate.name(), Bytes::Read(file), candidate.index)
            });
            // A font that changed since the scan may lack what it had.
            match loaded.filter(|l| characters.iter().all(|c| l.covers(*c))) {
                Some(loaded) => {
                    let key = FontKey::of_index(self.loaded.len());
                    self.loaded.push(loaded);
                    self.opened.insert(best, key);
                    return Some(key);
                }
                None => {
                    self.broken.insert(best);
                }
            }
        }
        None
    }

    /// Leaves emoji without colour, for a document without pictures.
    pub fn without_colour(&mut self) {
        self.colour = Some(None);
    }

    /// The picture that the emoji font in colour has for the whole cluster, as its glyph.
    pub fn colour_emoji(&mut self, cluster: &str) -> Option<u16> {
        let system = &self.system;
        let font = self.colour.get_or_insert_with(|| ColourFont::find(system));
        font.as_mut()?.glyph(cluster)
    }

    pub fn emoji_picture(&self, gid: u16) -> Option<&Stream> {
        self.colour.as_ref()?.as_ref()?.picture(gid)
    }

    /// The glyph that stands unseen over emoji in colour, in [`FontKey::EMOJI`]: it has their width.
    pub fn unseen_emoji(&self) -> u16 {
        let font = self.loaded(FontKey::EMOJI);
        let gid = font.and_then(|f| f.font.charmap().map_unicode('\u{1f600}'));
        gid.and_then(|g| u16::try_from(g.to_u32()).ok())
            .unwrap_or(0)
    }

    /// A glyph that is neither seen nor takes room, if the font has one.
    pub fn blank(&self, font: FontKey) -> Option<u16> {
        let f = self.loaded(font)?;
        let gid = u16::try_from(f.font.charmap().map_unicode('\u{200c}')?.to_u32()).ok()?;
        (self.width(font, gid) == 0).then_some(gid)
    }

    /// The font's file, which font of that file it is, and its name.
    pub fn file(&self, font: FontKey) -> Option<(&[u8], u32, &str)> {
        self.loaded(font)
            .map(|f| (f.bytes(), f.index, f.name.as_str()))
    }

    /// Whether its outlines are in the compact form (CFF), where a glyph has one CID only.
    pub fn is_compact(&self, font: FontKey) -> bool {
        self.loaded(font).is_some_and(|f| f.compact)
    }

    pub fn is_bold(&self, font: FontKey) -> bool {
        self.loaded(font).is_some_and(|f| f.bold)
    }

    pub fn used(&self, font: FontKey) -> Option<FontUsed> {
        if font == FontKey::COLOUR {
            return Some(self.colour.as_ref()?.as_ref()?.used());
        }
        let f = self.loaded(font)?;
        Some(FontUsed {
            name: f.name.clone(),
            version: super::sfnt::revision(f.bytes(), f.index).unwrap_or_default(),
            sha256: match &f.bytes {
                Bytes::BuiltIn(bytes) => match BUILT_IN_SHA256.get(font.index()) {
                    Some(known) => *known.get_or_init(|| Digest::of(bytes)),
                    None => Digest::of(bytes),
                },
                Bytes::Read(file) => file.sha256(),
            },
        })
    }

    /// The width the file itself gives a glyph, in thousandths of an em.
    pub fn width(&self, font: FontKey, gid: u16) -> i32 {
        self.loaded(font).map_or(0, |f| {
            let units = f.font.glyph_metrics().h_advance(GlyphId::from(gid)) as i32;
            thousandths(units, f.upem)
        })
    }

    pub fn measures(&self, font: FontKey) -> Measures {
        let Some(f) = self.loaded(font) else {
            return Measures {
                ascent: 1000,
                descent: -200,
                cap_height: 700,
                bounds: [0, -200, 1000, 1000],
                italic_angle: 0,
            };
        };
        let m = f.font.metrics().scaled_f32(1000.0);
        let line = m.hhea_line();
        let box_ = m.bounds();
        Measures {
            ascent: line.map_or(1000, |l| l.ascender as i32),
            descent: line.map_or(-200, |l| l.descender as i32),
            cap_height: m.cap_height().map_or(714, |h| h as i32),
            bounds: [
                box_.x_min as i32,
                box_.y_min as i32,
                box_.x_max as i32,
                box_.y_max as i32,
            ],
            italic_angle: if [Face::Italic, Face::BoldItalic]
                .iter()
                .any(|i| i.key() == font)
            {
                -12
            } else {
                0
            },
        }
    }

    /// Shapes one run of one font; glyphs come in the order they stand in, left to right. `offset` is added to
    /// each cluster.
    pub fn shape(
        &mut self,
        font: FontKey,
        text: &str,
        offset: usize,
        leftwards: bool,
        out: &mut Vec<Placed>,
    ) {
        let mut buffer = self.buffer.take().unwrap_or_default();
        buffer.clear();
        buffer.set_flags(BufferFlags::REMOVE_DEFAULT_IGNORABLES);
        for (at, c) in text.char_indices() {
            buffer.push(u32::from(c), u32::try_from(offset + at).unwrap_or(u32::MAX));
        }
        let direction = if leftwards {
            Direction::RightToLeft
        } else {
            Direction::LeftToRight
        };
        buffer.set_direction(direction);
        buffer.guess_segment_properties();
        if let Some(f) = self.loaded.get_mut(font.index()) {
            let script = buffer.script();
            let plan = f
                .plans
                .entry((script, leftwards))
                .or_insert_with(|| ShapePlan::new(&f.font, direction, script, None, &[]));
            let shaper = ShaperFont::new(&f.font);
            if harfrust::shape(&shaper, &mut buffer, ShapeOptions::new().plan(Some(plan))).is_ok() {
                let glyphs = buffer.glyph_infos().iter().zip(buffer.glyph_positions());
                out.extend(glyphs.map(|(info, at)| Placed {
                    gid: u16::try_from(info.glyph_id).unwrap_or(0),
                    advance: thousandths(at.x_advance, f.upem),
                    dx: thousandths(at.x_offset, f.upem),
                    dy: thousandths(at.y_offset, f.upem),
                    cluster: info.cluster,
                }));
            }
        }
        self.buffer = Some(buffer);
    }
}

/// What a code point of private use looks like is the font's own affair, and says nothing to a reader.
fn is_private(c: char) -> bool {
    matches!(c, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..)
}

/// The letters of the text that a face lacks, by the face's name; emoji are not asked of the faces of text.
///
/// # Errors
/// When a face is not a font.
pub fn missing_letters(text: &str) -> Result<Vec<(&'static str, char)>, Error> {
    let fonts = Fonts::new(&Arc::new(SystemFonts::none()))?;
    let faces = Face::ALL.into_iter().zip(BUILT_IN);
    let missing = faces.flat_map(|(face, (name, _))| {
        let lacks = text.chars().filter(|c| !fonts.covers(face.key(), *c));
        lacks.map(|c| (name, c)).collect::<Vec<_>>()
    });
    Ok(missing.collect())
}

fn thousandths(units: i32, upem: i32) -> i32 {
    if upem == 1000 {
        units
    } else {
        (f64::from(units) * 1000.0 / f64::from(upem)).round() as i32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_that_no_face_has_are_named() {
        assert_eq!(missing_letters("ÅÄÖ åäö").unwrap(), []);
        let missing = missing_letters("a\u{10ffff}").unwrap();
        assert_eq!(missing.len(), 4, "once a face");
        assert_eq!(missing[0], ("NotoSans-Regular", '\u{10ffff}'));
    }
}
