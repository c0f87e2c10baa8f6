//! Single values out of a font file, by its table directory (OpenType 1.9, "Organization of an OpenType font").

/// A table of the font, or of that one of a collection.
fn table_of<'a>(font: &'a [u8], index: u32, tag: &[u8; 4]) -> Option<&'a [u8]> {
    let at = if font.starts_with(b"ttcf") {
        long(font, 12 + 4 * usize::try_from(index).ok()?)?
    } else {
        0
    };
    let tables = usize::from(short(font, at.checked_add(4)?)?);
    let records = font.get(at.checked_add(12)?..)?;
    let record = records.chunks_exact(16).take(tables);
    let record = record.into_iter().find(|r| r.starts_with(tag))?;
    let (at, length) = (long(record, 8)?, long(record, 12)?);
    font.get(at..at.checked_add(length)?)
}

pub fn table<'a>(font: &'a [u8], tag: &[u8; 4]) -> Option<&'a [u8]> {
    table_of(font, 0, tag)
}

/// Whether outlines are in the compact form, a CFF table.
pub fn is_compact(font: &[u8], index: u32) -> bool {
    table_of(font, index, b"CFF ").is_some()
}

/// `numGlyphs` of the maxp table.
pub fn glyph_count(font: &[u8]) -> Option<usize> {
    short(table(font, b"maxp")?, 4).map(usize::from)
}

/// `fontRevision` of the head table, with three decimals: `2.004`.
pub fn revision(font: &[u8], index: u32) -> Option<String> {
    let head = table_of(font, index, b"head")?;
    let whole = f64::from(short(head, 4)?);
    let part = f64::from(short(head, 6)?);
    Some(format!("{:.3}", whole + part / 65_536.0))
}

fn short(bytes: &[u8], at: usize) -> Option<u16> {
    let two = bytes.get(at..at.checked_add(2)?)?;
    Some(u16::from_be_bytes(two.try_into().ok()?))
}

fn long(bytes: &[u8], at: usize) -> Option<usize> {
    let four = bytes.get(at..at.checked_add(4)?)?;
    usize::try_from(u32::from_be_bytes(four.try_into().ok()?)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_programs_own_fonts_are_read_and_what_is_none_is_not() {
        let font = include_bytes!("../../fonts/NotoSans-Regular.ttf");
        assert_eq!(revision(font, 0).unwrap(), "2.004");
        assert!(glyph_count(font).unwrap() > 2_000);
        assert_eq!(table(font, b"none"), None);
        for cut in [0, 3, 11, 40, 300] {
            assert_eq!(glyph_count(&font[..cut]), None, "{cut}");
        }
        assert_eq!(revision(b"ttcf\0\0\0\0", 2), None);
    }
}
