//! The words of PDF syntax (ISO 32000-1, 7.2 and 7.3), read without copying; every byte is read at most twice.

/// A word. Composite objects come as their brackets.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Token<'a> {
    Number(f64),
    /// As it is written, without the slash; `#xx` is not undone.
    Name(&'a [u8]),
    /// Between its brackets, as it is written.
    Literal(&'a [u8]),
    Hex(&'a [u8]),
    ArrayOpen,
    ArrayClose,
    DictOpen,
    DictClose,
    /// An operator, a keyword, or what is neither.
    Word(&'a [u8]),
}

/// Reads words one after another.
#[derive(Debug, Clone)]
pub struct Lexer<'a> {
    bytes: &'a [u8],
    at: usize,
    unclosed: bool,
}

pub fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\r' | b'\t' | 0 | 0x0c)
}

fn is_delimiter(byte: u8) -> bool {
    matches!(
        byte,
        b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%'
    )
}

impl<'a> Lexer<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self::from(bytes, 0)
    }

    /// Reads from this byte on.
    pub fn from(bytes: &'a [u8], at: usize) -> Self {
        Self {
            bytes,
            at,
            unclosed: false,
        }
    }

    /// The byte after the last word.
    pub fn at(&self) -> usize {
        self.at
    }

    /// Whether a string was still open when the bytes ended.
    pub fn is_unclosed(&self) -> bool {
        self.unclosed
    }

    /// Whether the last word ends where it must: before white space, a delimiter or the end.
    pub fn is_set_off(&self) -> bool {
        let next = self.bytes.get(self.at);
        next.is_none_or(|b| is_space(*b) || is_delimiter(*b))
    }

    pub fn next(&mut self) -> Option<Token<'a>> {
        self.skip_space();
        let first = *self.bytes.get(self.at)?;
        Some(match first {
            b'/' => {
                self.at += 1;
                Token::Name(self.run(|b| !is_space(b) && !is_delimiter(b)))
            }
            b'(' => self.literal(),
            b'<' if self.bytes.get(self.at + 1) == Some(&b'<') => self.bracket(2, Token::DictOpen),
            b'>' if self.bytes.get(self.at + 1) == Some(&b'>') => self.bracket(2, Token::DictClose),
            b'<' => {
                self.at += 1;
                let hex = self.run(|b| b != b'>');
                self.unclosed |= self.at >= self.bytes.len();
                self.at = self.bytes.len().min(self.at + 1);
                Token::Hex(hex)
            }
            b'[' => self.bracket(1, Token::ArrayOpen),
            b']' => self.bracket(1, Token::ArrayClose),
            b'0'..=b'9' | b'+' | b'-' | b'.' => self.number(),
            b')' | b'>' | b'{' | b'}' => {
                let word = self.bytes.get(self.at..=self.at).unwrap_or_default();
                self.at += 1;
                Token::Word(word)
            }
            _ => Token::Word(self.run(|b| !is_space(b) && !is_delimiter(b))),
        })
    }

    /// Past the data of an inline image, after its `ID`; false if no `EI` follows.
    pub fn skip_image(&mut self) -> bool {
        let mut at = self.at + 1;
        while let Some(found) = self.find(b"EI", at) {
            let before = found.checked_sub(1).and_then(|i| self.bytes.get(i));
            let after = self.bytes.get(found + 2);
            let ends = before.is_some_and(|b| is_space(*b))
                && after.is_none_or(|b| is_space(*b) || is_delimiter(*b));
            // Bytes of the picture may happen to read `EI`: what follows must be text.
            let follows = self.bytes.get(found + 2..).unwrap_or_default();
            let text = |b: &u8| matches!(b, b'\t' | b'\n' | b'\r' | 0x20..=0x7e);
            if ends && follows.iter().take(12).all(text) {
                self.at = found + 2;
                return true;
            }
            at = found + 2;
        }
        self.at = self.bytes.len();
        false
    }

    fn find(&self, needle: &[u8], from: usize) -> Option<usize> {
        let rest = self.bytes.get(from..)?;
        let at = rest.windows(needle.len()).position(|w| w == needle)?;
        Some(from + at)
    }

    fn bracket(&mut self, length: usize, token: Token<'a>) -> Token<'a> {
        self.at += length;
        token
    }

    fn run(&mut self, belongs: impl Fn(u8) -> bool) -> &'a [u8] {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let length = rest.iter().position(|b| !belongs(*b)).unwrap_or(rest.len());
        self.at += length;
        rest.get(..length).unwrap_or_default()
    }

    fn skip_space(&mut self) {
        loop {
            self.run(is_space);
            if self.bytes.get(self.at) != Some(&b'%') {
                return;
            }
            self.run(|b| b != b'\n' && b != b'\r');
        }
    }

    fn number(&mut self) -> Token<'a> {
        let text = self.run(|b| matches!(b, b'0'..=b'9' | b'+' | b'-' | b'.'));
        let value = std::str::from_utf8(text).ok().and_then(|t| t.parse().ok());
        // `--5` and `1.2.3`: readers take them for some number, and they are no operator at any rate.
        Token::Number(value.unwrap_or(f64::NAN))
    }

    fn literal(&mut self) -> Token<'a> {
        self.at += 1;
        let start = self.at;
        let mut depth = 1_usize;
        while let Some(byte) = self.bytes.get(self.at) {
            match byte {
                b'\\' => self.at += 1,
                b'(' => depth += 1,
                b')' => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                break;
            }
            self.at += 1;
        }
        self.unclosed |= depth > 0;
        let end = self.at.min(self.bytes.len());
        self.at = (end + 1).min(self.bytes.len());
        Token::Literal(self.bytes.get(start..end).unwrap_or_default())
    }
}

/// The bytes of a literal string, its escapes undone (ISO 32000-1, 7.3.4.2).
pub fn literal(written: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(written.len());
    let mut bytes = written.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' => match bytes.next() {
                Some(b'n') => out.push(b'\n'),
                Some(b'r') => out.push(b'\r'),
                Some(b't') => out.push(b'\t'),
                Some(b'b') => out.push(8),
                Some(b'f') => out.push(0x0c),
                Some(b'\r') => {
                    bytes.next_if_eq(&b'\n');
                }
                Some(b'\n') | None => {}
                Some(digit @ b'0'..=b'7') => {
                    let mut value = u32::from(digit - b'0');
                    for _ in 0..2 {
                        let Some(next) = bytes.next_if(|b| matches!(b, b'0'..=b'7')) else {
                            break;
                        };
                        value = value * 8 + u32::from(next - b'0');
                    }
                    // A high-order overflow is ignored, the standard says.
                    out.push((value & 0xff) as u8);
                }
                Some(other) => out.push(other),
            },
            b'\r' => {
                bytes.next_if_eq(&b'\n');
                out.push(b'\n');
            }
            other => out.push(other),
        }
    }
    out
}

/// The bytes of a hexadecimal string; a missing last digit is 0 (ISO 32000-1, 7.3.4.3).
pub fn hex(written: &[u8]) -> Vec<u8> {
    let digits: Vec<u8> = written
        .iter()
        .filter_map(|b| char::from(*b).to_digit(16))
        .filter_map(|d| u8::try_from(d).ok())
        .collect();
    digits
        .chunks(2)
        .map(|pair| match pair {
            [high, low] => high << 4 | low,
            [high] => high << 4,
            _ => 0,
        })
        .collect()
}

/// A name with `#xx` undone (ISO 32000-1, 7.3.5).
pub fn unescaped(name: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(name.len());
    let mut rest = name;
    while let Some((first, after)) = rest.split_first() {
        let code = match after {
            [high, low, ..] if *first == b'#' => std::str::from_utf8(&[*high, *low])
                .ok()
                .and_then(|digits| u8::from_str_radix(digits, 16).ok()),
            _ => None,
        };
        match code {
            Some(code) => {
                out.push(code);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                out.push(*first);
                rest = after;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(bytes: &[u8]) -> Vec<Token<'_>> {
        let mut lexer = Lexer::new(bytes);
        std::iter::from_fn(|| lexer.next()).collect()
    }

    #[test]
    fn names_are_read_as_they_are_meant() {
        assert_eq!(unescaped(b"A#20B#zz#4"), b"A B#zz#4");
    }

    #[test]
    fn words_are_told_apart() {
        use Token::*;
        assert_eq!(
            all(b"/F1 12 Tf(a\\)(b)c)Tj<0a0B> [-1.5]TJ %x\n<</A 1>>T* 0.5w \""),
            [
                Name(b"F1"),
                Number(12.0),
                Word(b"Tf"),
                Literal(b"a\\)(b)c"),
                Word(b"Tj"),
                Hex(b"0a0B"),
                ArrayOpen,
                Number(-1.5),
                ArrayClose,
                Word(b"TJ"),
                DictOpen,
                Name(b"A"),
                Number(1.0),
                DictClose,
                Word(b"T*"),
                Number(0.5),
                Word(b"w"),
                Word(b"\""),
            ]
        );
    }

    #[test]
    fn strings_give_their_bytes() {
        assert_eq!(literal(b"a\\053\\53\\\r\nb\\(\\q\r\nc"), b"a++b(q\nc");
        assert_eq!(hex(b"0a 0B7"), [0x0a, 0x0b, 0x70]);
    }

    #[test]
    fn what_never_ends_ends_with_the_bytes() {
        assert_eq!(all(b"(abc\\"), [Token::Literal(b"abc\\")]);
        assert_eq!(all(b"<ab"), [Token::Hex(b"ab")]);
        assert_eq!(all(b"> }"), [Token::Word(b">"), Token::Word(b"}")]);
    }

    #[test]
    fn an_image_ends_where_text_goes_on() {
        let bytes = b"ID \x01 EI \x02\x03 EI Q";
        let mut lexer = Lexer::new(bytes);
        assert_eq!(lexer.next(), Some(Token::Word(b"ID")));
        assert!(lexer.skip_image());
        assert_eq!(lexer.next(), Some(Token::Word(b"Q")));
        assert!(!Lexer::new(b"ID nothing").skip_image());
    }
}
