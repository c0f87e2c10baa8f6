//! Embedded font programs: which glyphs they hold, and how wide these are.

use std::collections::HashMap;

use read_fonts::ps::cff::CffFontRef;
use read_fonts::ps::type1::Type1Font;
use read_fonts::types::{GlyphId, Tag};
use read_fonts::{FontRef, TableProvider as _};

/// The horizontal metrics of a TrueType program (ISO/IEC 14496-22).
pub struct TrueType {
    advances: Vec<u16>,
    glyphs: u16,
    units_per_em: u16,
    /// Glyphs without an outline; empty where that cannot be read.
    blank: Vec<bool>,
}

impl TrueType {
    pub fn read(data: &[u8]) -> Option<Self> {
        let font = FontRef::new(data).ok()?;
        let table = |tag| {
            font.table_data(Tag::new(tag))
                .map(|t| t.as_bytes().to_vec())
        };
        let units_per_em = be16(&table(b"head")?, 18).filter(|u| *u != 0)?;
        let long = usize::from(be16(&table(b"hhea")?, 34)?);
        let glyphs = font.maxp().ok()?.num_glyphs();
        let hmtx = table(b"hmtx")?;
        let loca = table(b"loca").unwrap_or_default();
        let short = be16(&table(b"head")?, 50)? == 0;
        let place = |i: usize| match short {
            true => be16(&loca, i * 2).map(u32::from),
            false => be32(&loca, i * 4),
        };
        let blank = (0..usize::from(glyphs))
            .map_while(|i| Some(place(i)? >= place(i + 1)?))
            .collect();
        let advances = (0..long).map_while(|i| be16(&hmtx, i * 4)).collect();
        Some(Self {
            advances,
            glyphs,
            units_per_em,
            blank,
        })
    }

    pub fn glyphs(&self) -> u16 {
        self.glyphs
    }

    pub fn is_blank(&self, glyph: u16) -> bool {
        self.blank.get(usize::from(glyph)).copied().unwrap_or(false)
    }

    /// Whether the outline of the glyph can be read; `data` is what this was read from.
    pub fn draws(&self, glyph: u16, data: &[u8]) -> bool {
        let read = || {
            let font = FontRef::new(data).ok()?;
            let (loca, glyf) = (font.loca(None).ok()?, font.glyf().ok()?);
            loca.get_glyf(GlyphId::from(glyph), &glyf).ok()
        };
        glyph < self.glyphs && read().is_some()
    }

    /// In thousandths of an em; none for a glyph that the program has not.
    pub fn width(&self, glyph: u16) -> Option<f64> {
        if glyph >= self.glyphs {
            return None;
        }
        let advance = self
            .advances
            .get(usize::from(glyph))
            .or(self.advances.last())?;
        Some(f64::from(*advance) * 1000.0 / f64::from(self.units_per_em))
    }
}

/// A CFF program with CIDs (Adobe technical notes 5176 and 5177).
pub struct CidCff<'a> {
    font: CffFontRef<'a>,
    glyphs: HashMap<u16, u16>,
}

impl<'a> CidCff<'a> {
    pub fn read(data: &'a [u8]) -> Option<Self> {
        let font = CffFontRef::new_cff(data, 0, None).ok()?;
        let charset = font.charset()?;
        let count = u16::try_from(font.num_glyphs()).ok()?;
        let mut glyphs = HashMap::with_capacity(usize::from(count));
        for glyph in 0..count {
            let cid = if font.is_cid() {
                charset.string_id(GlyphId::from(glyph))?.to_u16()
            } else {
                // Without CIDs of its own, CIDs are glyph numbers (ISO 32000-1, 9.7.4.2).
                glyph
            };
            glyphs.entry(cid).or_insert(glyph);
        }
        Some(Self { font, glyphs })
    }

    pub fn cids(&self) -> impl Iterator<Item = u16> + '_ {
        self.glyphs.keys().copied()
    }

    /// In thousandths of an em; none for a CID that the program has not, or whose glyph cannot be read.
    pub fn width(&self, cid: u16) -> Option<f64> {
        let glyph = GlyphId::from(*self.glyphs.get(&cid)?);
        let subfont = self
            .font
            .subfont(self.font.subfont_index(glyph)?, &[])
            .ok()?;
        let width = self.font.evaluate_width(&subfont, glyph, &[]).ok()??;
        let upem = self.font.upem();
        (upem > 0).then(|| f64::from(width.to_f32()) * 1000.0 / f64::from(upem))
    }
}

/// The names of the glyphs of a CFF program without CIDs, `.notdef` left out.
pub fn cff_names(data: &[u8]) -> Option<Vec<String>> {
    let font = CffFontRef::new_cff(data, 0, None).ok()?;
    if font.is_cid() {
        return None;
    }
    let charset = font.charset()?;
    let names = (1..font.num_glyphs()).filter_map(|glyph| {
        let name = font.string(charset.string_id(GlyphId::new(glyph))?)?;
        std::str::from_utf8(name).ok().map(str::to_owned)
    });
    Some(names.collect())
}

/// The names of the glyphs of a Type 1 program, `.notdef` left out.
pub fn type1_names(data: &[u8]) -> Option<Vec<String>> {
    let font = Type1Font::new(data).ok()?;
    let names = font.glyph_names().map(|(_, name)| name);
    Some(
        names
            .filter(|n| *n != ".notdef")
            .map(str::to_owned)
            .collect(),
    )
}

fn be16(bytes: &[u8], at: usize) -> Option<u16> {
    let pair = bytes.get(at..at.checked_add(2)?)?;
    Some(u16::from_be_bytes(pair.try_into().ok()?))
}

fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_be_bytes(four.try_into().ok()?))
}
