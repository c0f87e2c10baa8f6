//! A file whose cross-reference table lopdf cannot read, though page_validation can: a table is made anew behind it.

use std::collections::BTreeMap;

use super::lexer::{Lexer, Token, is_space};

/// The file with a table of the objects that stand in it, and its last trailer; none where it has no trailer.
///
/// The objects keep their places.
pub fn with_new_table(bytes: &[u8]) -> Option<Vec<u8>> {
    let trailer = trailer(bytes)?;
    let mut table: BTreeMap<u32, (usize, u16)> = BTreeMap::new();
    for (at, _) in bytes
        .windows(4)
        .enumerate()
        .filter(|(_, word)| word == b" obj")
    {
        let Some((generation, before)) = number_before(bytes, at).filter(|(_, start)| *start < at)
        else {
            continue;
        };
        let Some((number, start)) = number_before(bytes, before) else {
            continue;
        };
        if let (Ok(number), Ok(generation)) = (u32::try_from(number), u16::try_from(generation)) {
            table.insert(number, (start, generation));
        }
    }
    let mut out = bytes.to_vec();
    out.push(b'\n');
    let start = out.len();
    out.extend(b"xref\n0 1\n0000000000 65535 f \n");
    for (number, (at, generation)) in table {
        out.extend(format!("{number} 1\n{at:010} {generation:05} n \n").bytes());
    }
    out.extend(b"trailer\n");
    out.extend(trailer);
    out.extend(format!("\nstartxref\n{start}\n%%EOF\n").bytes());
    Some(out)
}

/// The digits that end before the spaces that end there, and where they begin; 0 digits begin where they end.
fn number_before(bytes: &[u8], end: usize) -> Option<(u64, usize)> {
    let read = bytes.get(..end)?;
    let digits_end = read
        .iter()
        .rposition(|b| !is_space(*b))
        .map_or(0, |i| i + 1);
    let digits = read.get(..digits_end)?;
    let start = digits
        .iter()
        .rposition(|b| !b.is_ascii_digit())
        .map_or(0, |i| i + 1);
    let text = std::str::from_utf8(digits.get(start..)?).ok()?;
    Some((text.parse().unwrap_or(u64::MAX), start))
}

/// The dictionary of the last trailer, without what leads to other tables.
fn trailer(bytes: &[u8]) -> Option<Vec<u8>> {
    let at = bytes.windows(7).rposition(|w| w == b"trailer")? + 7;
    let mut lexer = Lexer::from(bytes, at);
    pass_trailer(&mut lexer)?;
    bytes.get(at..lexer.at()).map(<[u8]>::to_vec)
}

/// Reads to the end of a trailer's dictionary; none where it leads to other tables.
pub fn pass_trailer(lexer: &mut Lexer<'_>) -> Option<()> {
    let mut depth = 0_usize;
    loop {
        match lexer.next()? {
            Token::DictOpen => depth += 1,
            Token::DictClose => depth = depth.checked_sub(1)?,
            Token::Name(b"Prev" | b"XRefStm") => return None,
            _ => {}
        }
        if depth == 0 {
            return Some(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_found_again() {
        let broken = b"%PDF-1.4\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n2 0 obj\n<</Type/Pages/Kids[]/Count 0>>\nendobj\nxref\nnonsense\ntrailer\n<</Root 1 0 R/Size 3>>\nstartxref\n9\n%%EOF";
        assert!(lopdf::Document::load_mem(broken).is_err());
        let repaired = with_new_table(broken).unwrap();
        let doc = lopdf::Document::load_mem(&repaired).unwrap();
        assert_eq!(doc.objects.len(), 2);
        assert!(doc.catalog().is_ok());
        assert_eq!(with_new_table(b"%PDF-1.4 1 0 obj"), None);
    }
}
