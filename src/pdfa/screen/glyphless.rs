//! A TrueType font whose glyphs have a size and nothing to draw: text that is found and copied, and not seen.
//!
//! OpenType 1.9; the tables are those that ISO 32000-1, 9.9 demands of a font in the file.

pub const UNITS: u16 = 1_000;
pub const ASCENT: i16 = 800;
pub const DESCENT: i16 = -200;

/// The font program; glyph by glyph the width, the first of them `.notdef`.
pub fn program(widths: &[u16]) -> Vec<u8> {
    let count = u16::try_from(widths.len()).unwrap_or(u16::MAX);
    let widest = widths.iter().copied().max().unwrap_or_default();
    let mut metrics = Vec::with_capacity(widths.len() * 4);
    for width in widths {
        metrics.extend_from_slice(&width.to_be_bytes());
        metrics.extend_from_slice(&[0, 0]);
    }
    let tables: [([u8; 4], Vec<u8>); 6] = [
        (*b"glyf", outlines(widths)),
        (*b"head", head(widest)),
        (*b"hhea", hhea(widest, count)),
        (*b"hmtx", metrics),
        (*b"loca", places(widths.len())),
        (*b"maxp", maxp(count)),
    ];
    let mut out = words(&[0x0001, 0x0000, 6, 64, 2, 32]);
    let mut at = 12 + 16 * tables.len();
    for (tag, data) in &tables {
        out.extend_from_slice(tag);
        out.extend_from_slice(&sum(data).to_be_bytes());
        out.extend_from_slice(&(at as u32).to_be_bytes());
        out.extend_from_slice(&(data.len() as u32).to_be_bytes());
        at += data.len().next_multiple_of(4);
    }
    let mut head_at = 0;
    for (tag, data) in &tables {
        if tag == b"head" {
            head_at = out.len();
        }
        out.extend_from_slice(data);
        out.resize(out.len().next_multiple_of(4), 0);
    }
    let adjustment = 0xb1b0_afba_u32.wrapping_sub(sum(&out));
    if let Some(place) = out.get_mut(head_at + 8..head_at + 12) {
        place.copy_from_slice(&adjustment.to_be_bytes());
    }
    out
}

fn words(words: &[u16]) -> Vec<u8> {
    words.iter().flat_map(|w| w.to_be_bytes()).collect()
}

fn sum(data: &[u8]) -> u32 {
    data.chunks(4).fold(0, |sum: u32, chunk| {
        let mut four = [0; 4];
        for (to, from) in four.iter_mut().zip(chunk) {
            *to = *from;
        }
        sum.wrapping_add(u32::from_be_bytes(four))
    })
}

/// Bytes of a glyph's outline.
const OUTLINE: usize = 22;

/// For each glyph but `.notdef` a line to the far corner of its box and back: no surface, but readers that mark what
/// was found see how large it is.
fn outlines(widths: &[u16]) -> Vec<u8> {
    const ON_CURVE: u16 = 0x01;
    const SAME_X: u16 = 0x10;
    let (low, high) = (DESCENT as u16, ASCENT as u16);
    let outline = |width: &u16| {
        let flags = (ON_CURVE | SAME_X) << 8 | ON_CURVE;
        let rise = high.wrapping_sub(low);
        words(&[1, 0, low, *width, high, 1, 0, flags, *width, low, rise])
    };
    widths.iter().skip(1).flat_map(outline).collect()
}

/// Where each outline begins, and the last one ends.
fn places(count: usize) -> Vec<u8> {
    let at = |i: usize| (i.saturating_sub(1) * OUTLINE) as u32;
    (0..=count).flat_map(|i| at(i).to_be_bytes()).collect()
}

fn head(widest: u16) -> Vec<u8> {
    words(&[
        1,
        0, // version
        1,
        0, // revision
        0,
        0, // checksum adjustment, set last
        0x5f0f,
        0x3cf5,
        0b1011,
        UNITS,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0, // created and modified: no time, so that the same text gives the same bytes
        0,
        DESCENT as u16,
        widest,
        ASCENT as u16,
        0,
        8,
        2,
        1, // long offsets in loca
        0,
    ])
}

fn hhea(widest: u16, count: u16) -> Vec<u8> {
    words(&[
        1,
        0,
        ASCENT as u16,
        DESCENT as u16,
        0,
        widest,
        0,
        0,
        0,
        1,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        count,
    ])
}

fn maxp(count: u16) -> Vec<u8> {
    words(&[1, 0, count, 2, 1, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pdfa::sfnt::glyph_count;

    #[test]
    fn a_font_reader_finds_the_widths() {
        use read_fonts::{FontRef, TableProvider as _, types::GlyphId};
        let widths: Vec<u16> = (0..300).map(|i| 100 + i).collect();
        let program = program(&widths);
        assert_eq!(glyph_count(&program), Some(300));
        assert_eq!(sum(&program), 0xb1b0_afba);
        let font = FontRef::new(&program).unwrap();
        let metrics = font.hmtx().unwrap();
        for (i, width) in widths.iter().enumerate() {
            assert_eq!(metrics.advance(GlyphId::new(i as u32)), Some(*width));
        }
        assert_eq!(font.head().unwrap().units_per_em(), UNITS);
        assert_eq!(font.maxp().unwrap().num_glyphs(), 300);
        let (loca, glyf) = (font.loca(None).unwrap(), font.glyf().unwrap());
        assert!(loca.get_glyf(GlyphId::new(0), &glyf).unwrap().is_none());
        let last = loca.get_glyf(GlyphId::new(299), &glyf).unwrap().unwrap();
        assert_eq!(
            (last.x_max(), last.y_min(), last.y_max()),
            (399, DESCENT, ASCENT)
        );
    }
}
