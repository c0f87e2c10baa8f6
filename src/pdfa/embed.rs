//! Fonts in the file: subsets as Type0 with widths, ToUnicode and CIDSet (ISO 19005-1, 6.3).

use std::collections::HashMap;

use lopdf::{Dictionary, Document, Object, Stream, StringFormat};
use subsetter::GlyphRemapper;

use super::Error;
use super::file::{Pad, compressed};
use super::fonts::{FontKey, Fonts};
use super::sfnt::{glyph_count, table};
use super::shape::{Glyph, is_invisible};
use crate::record::Digest;

/// What one part uses of each font.
#[derive(Default)]
pub struct Embeds {
    /// By [`FontKey`].
    fonts: Vec<Embed>,
}

#[derive(Default)]
struct Embed {
    remapper: Option<GlyphRemapper>,
    /// By glyph of the source font: its first CID and its width.
    known: HashMap<u16, (u16, i32)>,
    /// By CID: the glyph in the subset.
    gids: Vec<u16>,
    widths: Vec<i32>,
    /// What a glyph reads as by itself.
    texts: Vec<Option<Box<str>>>,
    /// What it read as, `ActualText` aside, in clusters that it was drawn in and that never settled it.
    hints: Vec<Option<Box<str>>>,
    /// CIDs beside the first one of a glyph, for what else it reads as.
    others: HashMap<(u16, Box<str>), u16>,
}

impl Embed {
    fn cid(&mut self, fonts: &Fonts, font: FontKey, gid: u16) -> (u16, i32) {
        if let Some(known) = self.known.get(&gid) {
            return *known;
        }
        if self.remapper.is_none() {
            self.add(0, fonts.width(font, 0));
        }
        let new = self
            .remapper
            .get_or_insert_with(GlyphRemapper::new)
            .remap(gid);
        let width = fonts.width(font, gid);
        let cid = self.add(new, width);
        self.known.insert(gid, (cid, width));
        (cid, width)
    }

    fn add(&mut self, gid: u16, width: i32) -> u16 {
        self.gids.push(gid);
        self.widths.push(width);
        self.texts.push(None);
        self.hints.push(None);
        u16::try_from(self.gids.len() - 1).unwrap_or(0)
    }

    /// Another CID for the glyph, that reads as `text`.
    fn other(&mut self, cid: u16, width: i32, text: &str) -> Option<u16> {
        let gid = *self.gids.get(usize::from(cid))?;
        if let Some(other) = self.others.get(&(gid, Box::from(text))) {
            return Some(*other);
        }
        if self.gids.len() >= usize::from(u16::MAX) {
            return None;
        }
        let other = self.add(gid, width);
        *self.texts.get_mut(usize::from(other))? = Some(text.into());
        self.others.insert((gid, text.into()), other);
        Some(other)
    }
}

impl Embeds {
    fn of(&mut self, font: FontKey) -> Option<&mut Embed> {
        if self.fonts.len() <= font.index() {
            self.fonts.resize_with(font.index() + 1, Embed::default);
        }
        self.fonts.get_mut(font.index())
    }

    /// The CID of a glyph and its width in thousandths of an em.
    pub fn cid(&mut self, fonts: &Fonts, font: FontKey, gid: u16) -> (u16, i32) {
        self.of(font).map_or((0, 0), |e| e.cid(fonts, font, gid))
    }

    /// The CID of the glyph that reads as `text` in this file; the first use settles what a glyph reads as. `None`:
    /// it reads as something else, and `ActualText` must say what it is here.
    /// With `insist` the glyph gets a CID of its own for what it reads as here.
    pub fn reading(
        &mut self,
        fonts: &Fonts,
        glyph: &Glyph,
        text: &str,
        insist: bool,
    ) -> Option<u16> {
        let font = glyph.font?;
        if text.encode_utf16().count() > LONGEST_READING {
            return None;
        }
        // Such fonts have no map from CIDs to glyphs (ISO 32000-1, 9.7.4.2).
        let insist = insist && !fonts.is_compact(font);
        let embed = self.of(font)?;
        let (cid, width) = embed.cid(fonts, font, glyph.gid);
        match embed.texts.get_mut(usize::from(cid))? {
            Some(settled) if **settled == *text => Some(cid),
            Some(_) if insist && !text.contains('\u{feff}') => embed.other(cid, width, text),
            Some(_) => None,
            vacant if settles(font, text) => {
                *vacant = Some(text.into());
                Some(cid)
            }
            None => None,
        }
    }

    /// Tells what the glyph reads as to readers that pass over `ActualText`, if nothing better comes.
    pub fn hint(&mut self, fonts: &Fonts, glyph: &Glyph, text: &str) {
        let Some(font) = glyph.font else { return };
        let Some(embed) = self.of(font) else { return };
        let (cid, _) = embed.cid(fonts, font, glyph.gid);
        if let Some(hint) = embed.hints.get_mut(usize::from(cid))
            && hint.is_none()
        {
            let seen = text.chars().filter(|c| !is_invisible(*c));
            let seen: String = seen.take(LONGEST_READING / 2).collect();
            // A part of a cluster that has no character of its own reads as nothing seen.
            let seen = if seen.is_empty() { "\u{200b}" } else { &seen };
            *hint = Some(seen.into());
        }
    }

    pub fn used(&self) -> impl Iterator<Item = FontKey> + '_ {
        let used = |(i, e): (usize, &Embed)| e.remapper.is_some().then(|| FontKey::of_index(i));
        self.fonts.iter().enumerate().filter_map(used)
    }

    /// Writes the fonts; the dictionary is what pages call them by.
    pub fn write(self, doc: &mut Document, fonts: &Fonts) -> Result<Dictionary, Error> {
        let mut names = Dictionary::new();
        for (i, embed) in self.fonts.iter().enumerate() {
            let font = FontKey::of_index(i);
            if let Some(remapper) = &embed.remapper {
                let written = write_font(doc, fonts, font, remapper, embed)?;
                names.set(font.resource(), written);
            }
        }
        Ok(names)
    }
}

/// A character outside the first plane of 65,536.
pub fn is_beyond(text: &str) -> bool {
    text.chars().any(|c| u32::from(c) > 0xffff)
}

/// Whether a glyph may read as this for good. A joiner or a byte order mark that happens to stand beside it is not
/// what it reads as; in emoji they are part of it.
fn settles(font: FontKey, text: &str) -> bool {
    let alone = font == FontKey::EMOJI || text.chars().count() == 1;
    let foreign = |c: char| is_invisible(c) && (!alone || c == '\u{feff}');
    !text.is_empty() && !text.contains(foreign)
}

/// Units of UTF-16 that a code may read as: poppler reads at most 255 characters between the brackets of an entry, and
/// loses the block with it.
const LONGEST_READING: usize = 60;
const LONGEST_ARRAY: usize = 8_000;

/// The widths of all codes from 0 on, as `W` has them: an array holds 8,191 elements (ISO 19005-1, 6.1.12).
pub fn widths_by_code(widths: impl Iterator<Item = i64>) -> Vec<Object> {
    let widths: Vec<Object> = widths.map(Object::Integer).collect();
    let mut out = Vec::new();
    for (i, some) in widths.chunks(LONGEST_ARRAY).enumerate() {
        out.push(((i * LONGEST_ARRAY) as i64).into());
        out.push(some.to_vec().into());
    }
    out
}

/// Codes that are those of the font itself.
pub fn identity() -> Dictionary {
    Dictionary::from_iter([
        ("Registry", Object::string_literal("Adobe")),
        ("Ordering", Object::string_literal("Identity")),
        ("Supplement", 0.into()),
    ])
}

fn write_font(
    doc: &mut Document,
    fonts: &Fonts,
    font: FontKey,
    remapper: &GlyphRemapper,
    embed: &Embed,
) -> Result<Object, Error> {
    let (bytes, index, font_name) = fonts.file(font).unwrap_or_default();
    let wrong = |problem: String| Error::Font {
        font: font_name.to_owned(),
        problem,
    };
    let program = subsetter::subset(bytes, index, remapper).map_err(|e| wrong(e.to_string()))?;
    // The subset may hold more glyphs than were asked for: the parts of composed ones. Each gets a CID.
    let glyphs = glyph_count(&program).unwrap_or(embed.gids.len());
    let asked = usize::from(remapper.num_gids());
    let mut gids = embed.gids.clone();
    gids.extend((asked..glyphs).filter_map(|gid| u16::try_from(gid).ok()));
    let name = format!("{}+{font_name}", tag(&program));
    let m = fonts.measures(font);

    let mut bits = vec![0u8; gids.len().div_ceil(8)];
    for cid in 0..gids.len() {
        if let Some(byte) = bits.get_mut(cid / 8) {
            *byte |= 0x80 >> (cid % 8);
        }
    }
    // Uncompressed: its last byte begins with ones, so it cannot be a carriage return.
    let set = doc.add_object(Stream::new(Dictionary::new(), bits).with_compression(false));
    let compact = fonts.is_compact(font);
    let (file_key, file) = if compact {
        let outlines =
            table(&program, b"CFF ").ok_or_else(|| wrong("has no outlines".to_owned()))?;
        let dict = Dictionary::from_iter([("Subtype", Object::from("CIDFontType0C"))]);
        ("FontFile3", compressed(dict, outlines.to_vec(), Pad::Full))
    } else {
        let length = Object::from(program.len() as i64);
        let dict = Dictionary::from_iter([("Length1", length)]);
        ("FontFile2", compressed(dict, program, Pad::One))
    };
    let file = doc.add_object(file);
    let descriptor = doc.add_object(Dictionary::from_iter([
        ("Type", "FontDescriptor".into()),
        ("FontName", name.as_str().into()),
        ("Flags", 4.into()),
        (
            "FontBBox",
            Object::Array(m.bounds.iter().map(|b| i64::from(*b).into()).collect()),
        ),
        ("ItalicAngle", i64::from(m.italic_angle).into()),
        ("Ascent", i64::from(m.ascent).into()),
        ("Descent", i64::from(m.descent).into()),
        ("CapHeight", i64::from(m.cap_height).into()),
        ("StemV", if fonts.is_bold(font) { 140 } else { 80 }.into()),
        (file_key, file.into()),
        ("CIDSet", set.into()),
    ]));
    let widths = widths_by_code(embed.widths.iter().map(|w| i64::from(*w)));
    let same = gids
        .iter()
        .enumerate()
        .all(|(cid, gid)| usize::from(*gid) == cid);
    let map: Object = if same {
        "Identity".into()
    } else {
        let map = gids.iter().flat_map(|gid| gid.to_be_bytes()).collect();
        doc.add_object(compressed(Dictionary::new(), map, Pad::One))
            .into()
    };
    let kind = if compact {
        "CIDFontType0"
    } else {
        "CIDFontType2"
    };
    let mut descendant = Dictionary::from_iter([
        ("Type", "Font".into()),
        ("Subtype", kind.into()),
        ("BaseFont", name.as_str().into()),
        ("CIDSystemInfo", identity().into()),
        ("FontDescriptor", descriptor.into()),
        ("DW", 1000.into()),
        ("W", Object::Array(widths)),
    ]);
    if !compact {
        descendant.set("CIDToGIDMap", map);
    }
    let descendant = doc.add_object(descendant);
    let unicode = doc.add_object(compressed(
        Dictionary::new(),
        to_unicode(embed),
        Pad::LineFeed,
    ));
    let font = doc.add_object(Dictionary::from_iter([
        ("Type", "Font".into()),
        ("Subtype", "Type0".into()),
        ("BaseFont", name.as_str().into()),
        ("Encoding", "Identity-H".into()),
        ("DescendantFonts", Object::Array(vec![descendant.into()])),
        ("ToUnicode", unicode.into()),
    ]));
    Ok(font.into())
}

/// Six letters that differ between subsets of the same font (ISO 32000-1, 9.6.4).
fn tag(program: &[u8]) -> String {
    let digest = Digest::of(program);
    digest
        .0
        .iter()
        .take(6)
        .map(|b| char::from(b'A' + b % 26))
        .collect()
}

fn to_unicode(embed: &Embed) -> Vec<u8> {
    use std::fmt::Write;
    let mut out = String::from(
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n\
         /CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n\
         /CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n\
         1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n",
    );
    let texts: Vec<(usize, &str)> = embed
        .texts
        .iter()
        .zip(&embed.hints)
        .enumerate()
        .skip(1)
        // Each code must say something (ISO 19005-1, 6.3.8); these stand only where ActualText says what.
        .map(|(cid, (text, hint))| {
            (
                cid,
                text.as_deref().or(hint.as_deref()).unwrap_or("\u{fffd}"),
            )
        })
        .collect();
    for some in texts.chunks(100) {
        let _ = writeln!(out, "{} beginbfchar", some.len());
        for (cid, text) in some {
            let _ = write!(out, "<{cid:04X}> <");
            for unit in text.encode_utf16() {
                let _ = write!(out, "{unit:04X}");
            }
            out.push_str(">\n");
        }
        out.push_str("endbfchar\n");
    }
    out.push_str("endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n");
    out.into_bytes()
}

/// Text outside content streams: ASCII as it is, the rest in UTF-16 (ISO 32000-1, 7.9.2).
pub fn text_string(text: &str) -> Object {
    if text.is_ascii() {
        return Object::string_literal(text);
    }
    let mut data = vec![0xfe, 0xff];
    data.extend(text.encode_utf16().flat_map(u16::to_be_bytes));
    Object::String(data, StringFormat::Hexadecimal)
}
