//! ToUnicode of composite fonts against the codes that are shown (ISO 32000-1, 9.10.3).

use std::collections::HashMap;

use super::lexer::{self, Lexer, Token};

/// What each two-byte code is mapped to: UTF-16, big-endian.
pub struct ToUnicode {
    codes: HashMap<u16, Vec<u8>>,
}

impl ToUnicode {
    /// None where the map is not of the form that PDF demands.
    pub fn read(data: &[u8]) -> Option<Self> {
        let mut lexer = Lexer::new(data);
        let mut codes = HashMap::new();
        while let Some(token) = lexer.next() {
            if lexer.is_unclosed() {
                return None;
            }
            match token {
                Token::Word(b"beginbfchar") => single(&mut lexer, &mut codes)?,
                Token::Word(b"beginbfrange") => ranges(&mut lexer, &mut codes)?,
                Token::Word(b"endbfchar" | b"endbfrange") => return None,
                _ => {}
            }
        }
        Some(Self { codes })
    }

    pub fn has(&self, code: u16) -> bool {
        self.codes.get(&code).is_some_and(|text| !text.is_empty())
    }

    /// Whether the code is U+0000, U+FEFF or U+FFFE (ISO 19005-2, 6.2.11.7.2; ISO 14289-1, 7.21.7).
    pub fn is_bad(&self, code: u16) -> bool {
        let bad = [[0, 0], [0xfe, 0xff], [0xff, 0xfe]];
        self.codes
            .get(&code)
            .is_some_and(|text| text.chunks(2).any(|unit| bad.iter().any(|b| b == unit)))
    }
}

fn single(lexer: &mut Lexer<'_>, codes: &mut HashMap<u16, Vec<u8>>) -> Option<()> {
    loop {
        match lexer.next()? {
            Token::Hex(from) => {
                let Token::Hex(to) = lexer.next()? else {
                    return None;
                };
                codes.insert(code(from)?, text(to)?);
            }
            Token::Word(b"endbfchar") => return Some(()),
            _ => return None,
        }
    }
}

fn ranges(lexer: &mut Lexer<'_>, codes: &mut HashMap<u16, Vec<u8>>) -> Option<()> {
    loop {
        let from = match lexer.next()? {
            Token::Hex(from) => code(from)?,
            Token::Word(b"endbfrange") => return Some(()),
            _ => return None,
        };
        let Token::Hex(to) = lexer.next()? else {
            return None;
        };
        let mut range = from..=code(to)?;
        match lexer.next()? {
            Token::Hex(first) => {
                let first = text(first)?;
                let (last, before) = first.split_last()?;
                for (i, code) in range.enumerate() {
                    let mut mapped = before.to_vec();
                    // Only the last byte counts on, and does not overflow.
                    mapped.push(last.checked_add(u8::try_from(i).ok()?)?);
                    codes.insert(code, mapped);
                }
            }
            Token::ArrayOpen => loop {
                match lexer.next()? {
                    Token::Hex(to) => {
                        codes.insert(range.next()?, text(to)?);
                    }
                    Token::ArrayClose => break,
                    _ => return None,
                }
            },
            _ => return None,
        }
    }
}

fn code(written: &[u8]) -> Option<u16> {
    let bytes: [u8; 2] = digits(written)?.try_into().ok()?;
    Some(u16::from_be_bytes(bytes))
}

/// Whole units of UTF-16.
fn text(written: &[u8]) -> Option<Vec<u8>> {
    digits(written).filter(|bytes| bytes.len() % 2 == 0)
}

fn digits(written: &[u8]) -> Option<Vec<u8>> {
    let good = |b: &u8| b.is_ascii_hexdigit() || lexer::is_space(*b);
    written.iter().all(good).then(|| lexer::hex(written))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_mapped_one_by_one_and_in_ranges() {
        let map = b"2 beginbfchar <0003> <0041> <0004> <D83DDE00> endbfchar
            1 beginbfrange <0010> <0012> <0061> <0020> <0021> [<0031> <FEFF>] endbfrange";
        let map = ToUnicode::read(map).unwrap();
        let held: Vec<u16> = (0..64).filter(|code| map.has(*code)).collect();
        assert_eq!(held, [3, 4, 0x10, 0x11, 0x12, 0x20, 0x21]);
        assert_eq!(map.codes[&0x12], [0, 0x63]);
        assert!(map.is_bad(0x21) && !map.is_bad(0x20) && !map.is_bad(7));
    }

    #[test]
    fn what_is_no_map_is_told() {
        let bad: [&[u8]; 7] = [
            b"beginbfchar <0003> 65 endbfchar",
            b"beginbfchar <0003> <0041>",
            b"beginbfchar <0003> <004> endbfchar endbfchar",
            b"beginbfchar <0003> <00x1> endbfchar",
            b"beginbfrange <0003> <0001 endbfrange",
            b"beginbfrange <0003> <0004> [<0041> <0042> <0043>] endbfrange",
            b"<0003> <0041> endbfchar",
        ];
        for map in bad {
            assert!(
                ToUnicode::read(map).is_none(),
                "{}",
                String::from_utf8_lossy(map)
            );
        }
    }
}
