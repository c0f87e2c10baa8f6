//! Fonts in the file: subsets as Type0 with widths, ToUnicode and CIDSet (ISO 19005-1, 6.3).

use std::collections::HashMap;

use lopdf::{Dictionary, Document, Object, Stream, StringFormat};
use subsetter::GlyphRemapper;

use super::Error;
use super::file::compressed;
use super::fonts::{Face, Fonts};
use super::shape::Glyph;
use crate::record::Digest;

/// What one part uses of each face.
#[derive(Default)]
pub struct Embeds {
    faces: [Embed; 5],
}

#[derive(Default)]
struct Embed {
    remapper: Option<GlyphRemapper>,
    /// By glyph of the source font: its CID and width.
    known: HashMap<u16, (u16, i32)>,
    /// By CID.
    widths: Vec<i32>,
    texts: Vec<Option<Box<str>>>,
}

impl Embed {
    fn cid(&mut self, fonts: &Fonts, face: Face, gid: u16) -> (u16, i32) {
        if let Some(known) = self.known.get(&gid) {
            return *known;
        }
        let remapper = self.remapper.get_or_insert_with(|| {
            self.widths.push(fonts.width(face, 0));
            self.texts.push(None);
            GlyphRemapper::new()
        });
        let cid = remapper.remap(gid);
        let width = fonts.width(face, gid);
        self.widths.push(width);
        self.texts.push(None);
        self.known.insert(gid, (cid, width));
        (cid, width)
    }
}

impl Embeds {
    /// The CID of a glyph and its width in thousandths of an em.
    pub fn cid(&mut self, fonts: &Fonts, face: Face, gid: u16) -> (u16, i32) {
        self.faces
            .get_mut(face as usize)
            .map_or((0, 0), |f| f.cid(fonts, face, gid))
    }

    /// Whether the glyph reads as `text` in this file; the first use settles what it reads as.
    pub fn means(&mut self, fonts: &Fonts, glyph: &Glyph, text: &str) -> bool {
        let Some(face) = glyph.face else {
            return false;
        };
        let Some(embed) = self.faces.get_mut(face as usize) else {
            return false;
        };
        let (cid, _) = embed.cid(fonts, face, glyph.gid);
        match embed.texts.get_mut(usize::from(cid)) {
            Some(Some(settled)) => **settled == *text,
            Some(vacant) if !text.is_empty() && text != "\u{ad}" => {
                *vacant = Some(text.into());
                true
            }
            _ => false,
        }
    }

    pub fn used(&self) -> impl Iterator<Item = Face> + '_ {
        Face::ALL
            .into_iter()
            .zip(&self.faces)
            .filter(|(_, e)| e.remapper.is_some())
            .map(|(f, _)| f)
    }

    /// Writes the fonts; the dictionary is what pages call them by.
    pub fn write(self, doc: &mut Document, fonts: &Fonts) -> Result<Dictionary, Error> {
        let mut names = Dictionary::new();
        for (face, embed) in Face::ALL.into_iter().zip(self.faces) {
            if let Some(remapper) = &embed.remapper {
                let font = write_face(doc, fonts, face, remapper, &embed)?;
                names.set(face.resource(), font);
            }
        }
        Ok(names)
    }
}

fn write_face(
    doc: &mut Document,
    fonts: &Fonts,
    face: Face,
    remapper: &GlyphRemapper,
    embed: &Embed,
) -> Result<Object, Error> {
    let program = subsetter::subset(face.bytes(), 0, remapper).map_err(|e| Error::Font {
        font: face.name(),
        problem: e.to_string(),
    })?;
    // The subset may hold more glyphs than were asked for: the parts of composed ones.
    let glyphs = glyph_count(&program).unwrap_or(embed.widths.len());
    let name = format!("{}+{}", tag(&program), face.name());
    let m = fonts.measures(face);

    let mut bits = vec![0u8; glyphs.div_ceil(8)];
    for cid in 0..glyphs {
        if let Some(byte) = bits.get_mut(cid / 8) {
            *byte |= 0x80 >> (cid % 8);
        }
    }
    // Uncompressed: its last byte begins with ones, so it cannot be a carriage return.
    let set = doc.add_object(Stream::new(Dictionary::new(), bits).with_compression(false));
    let length = program.len() as i64;
    let file = doc.add_object(compressed(
        Dictionary::from_iter([("Length1", Object::from(length))]),
        program,
        1,
    ));
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
        (
            "StemV",
            if matches!(face, Face::Bold | Face::BoldItalic) {
                140
            } else {
                80
            }
            .into(),
        ),
        ("FontFile2", file.into()),
        ("CIDSet", set.into()),
    ]));
    let widths = embed.widths.iter().map(|w| i64::from(*w).into()).collect();
    let descendant = doc.add_object(Dictionary::from_iter([
        ("Type", "Font".into()),
        ("Subtype", "CIDFontType2".into()),
        ("BaseFont", name.as_str().into()),
        (
            "CIDSystemInfo",
            Dictionary::from_iter([
                ("Registry", Object::string_literal("Adobe")),
                ("Ordering", Object::string_literal("Identity")),
                ("Supplement", 0.into()),
            ])
            .into(),
        ),
        ("FontDescriptor", descriptor.into()),
        ("DW", 1000.into()),
        ("W", Object::Array(vec![0.into(), Object::Array(widths)])),
        ("CIDToGIDMap", "Identity".into()),
    ]));
    let unicode = doc.add_object(compressed(Dictionary::new(), to_unicode(embed), b'\n'));
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

/// `numGlyphs` of the maxp table.
fn glyph_count(program: &[u8]) -> Option<usize> {
    let tables = usize::from(u16::from_be_bytes(program.get(4..6)?.try_into().ok()?));
    let record = (0..tables)
        .filter_map(|i| program.get(12 + 16 * i..28 + 16 * i))
        .find(|r| r.starts_with(b"maxp"))?;
    let at = u32::from_be_bytes(record.get(8..12)?.try_into().ok()?) as usize;
    let count = program.get(at + 4..at + 6)?.try_into().ok()?;
    Some(usize::from(u16::from_be_bytes(count)))
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
        .enumerate()
        .skip(1)
        // Each code must say something (ISO 19005-1, 6.3.8); these stand only where ActualText says what.
        .map(|(cid, t)| (cid, t.as_deref().unwrap_or("\u{fffd}")))
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
