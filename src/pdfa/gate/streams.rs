//! Where the data of streams begins and ends in the file (ISO 19005-1, 6.1.7; ISO 19005-2, 6.1.7.1).

use std::collections::HashSet;
use std::ops::Range;

use lopdf::ObjectId;
use lopdf::xref::XrefEntry;

use super::lexer::{Lexer, Token};
use super::subject::{MAX_DEPTH, Subject};
use super::violation::Fault;

/// What is wrong with the streams that the cross-reference table leads to.
pub struct Streams {
    pub faults: Vec<(ObjectId, Fault)>,
    /// False when one of them could not be measured.
    pub all_measured: bool,
    /// Those that are as long as their dictionary itself says.
    pub measured: Vec<Measured>,
}

/// Where a faultless stream stands in the file.
pub struct Measured {
    pub id: ObjectId,
    /// The digits of its `/Length`.
    pub digits: Range<usize>,
    pub data: Range<usize>,
}

pub fn check(subject: &Subject<'_>) -> Streams {
    let mut found = Streams {
        faults: Vec::new(),
        all_measured: true,
        measured: Vec::new(),
    };
    let mut located = HashSet::new();
    for (number, entry) in &subject.doc.reference_table.entries {
        let XrefEntry::Normal { offset, generation } = entry else {
            continue;
        };
        let Ok(offset) = usize::try_from(*offset) else {
            continue;
        };
        let id = (*number, *generation);
        let Some(stream) = Located::at(subject.bytes, offset, id) else {
            continue;
        };
        located.insert(id);
        let before = found.faults.len();
        found
            .faults
            .extend(stream.start_fault(subject.bytes).map(|f| (id, f)));
        match stream.length(subject) {
            Some(length) => found
                .faults
                .extend(stream.end_fault(subject.bytes, length).map(|f| (id, f))),
            None if found.faults.len() == before => found.all_measured = false,
            None => {}
        }
        if found.faults.len() == before {
            let (digits, data) = (stream.digits(subject.bytes), stream.data(subject.bytes));
            if let (Some(digits), Some(data)) = (digits, data) {
                found.measured.push(Measured { id, digits, data });
            }
        }
    }
    let stored = subject.doc.objects.iter();
    let mut streams = stored.filter(|(_, object)| object.as_stream().is_ok());
    found.all_measured &= streams.all(|(id, _)| located.contains(id));
    found
}

/// A stream in the bytes of the file.
struct Located {
    /// After the keyword `stream`.
    keyword_end: usize,
    length: Option<Length>,
}

#[derive(Clone, Copy)]
enum Length {
    Direct {
        length: i64,
        /// The byte after its digits.
        end: usize,
    },
    Stored(ObjectId),
}

impl Located {
    /// None where no stream stands there.
    fn at(bytes: &[u8], offset: usize, id: ObjectId) -> Option<Self> {
        let mut lexer = Lexer::from(bytes, offset);
        let header = [lexer.next()?, lexer.next()?, lexer.next()?];
        let [Token::Number(number), Token::Number(_), Token::Word(b"obj")] = header else {
            return None;
        };
        if number != f64::from(id.0) || lexer.next()? != Token::DictOpen {
            return None;
        }
        let mut depth = 1_usize;
        let mut length = None;
        // The last two numbers that stand after `/Length`.
        let mut values: Option<Vec<i64>> = None;
        let mut end = 0;
        while depth > 0 {
            let token = lexer.next()?;
            match token {
                Token::DictOpen | Token::ArrayOpen => depth += 1,
                Token::DictClose | Token::ArrayClose => depth -= 1,
                _ => {}
            }
            if depth > MAX_DEPTH {
                return None;
            }
            match (&mut values, token) {
                #[allow(clippy::cast_possible_truncation)]
                // a length that is no whole number fits no stream
                (Some(values), Token::Number(n)) => {
                    if values.is_empty() {
                        end = lexer.at();
                    }
                    values.push(n as i64);
                }
                (Some(values), Token::Word(b"R")) => {
                    if let [number, generation] = values[..] {
                        let id = (u32::try_from(number), u16::try_from(generation));
                        if let (Ok(number), Ok(generation)) = id {
                            length = Some(Length::Stored((number, generation)));
                        }
                    }
                }
                _ => {
                    if let (Some(values), None) = (&values, length) {
                        let first = values.first().copied();
                        length = first.map(|length| Length::Direct { length, end });
                    }
                    values = None;
                }
            }
            if depth == 1 && token == Token::Name(b"Length") {
                values = Some(Vec::new());
            }
        }
        (lexer.next()? == Token::Word(b"stream") || stream_keyword(bytes, &lexer)).then(|| Self {
            keyword_end: keyword_end(bytes, lexer.at()),
            length,
        })
    }

    fn length(&self, subject: &Subject<'_>) -> Option<i64> {
        match self.length? {
            Length::Direct { length, .. } => Some(length),
            Length::Stored(id) => subject
                .resolve(subject.doc.objects.get(&id)?)?
                .as_i64()
                .ok(),
        }
    }

    /// The digits of a length that stands in the dictionary.
    fn digits(&self, bytes: &[u8]) -> Option<Range<usize>> {
        let Some(Length::Direct { length, end }) = self.length else {
            return None;
        };
        let before = bytes.get(..end)?.iter().rev();
        let start = end - before.take_while(|b| b.is_ascii_digit()).count();
        let written = std::str::from_utf8(bytes.get(start..end)?).ok()?;
        (written.parse() == Ok(length)).then_some(start..end)
    }

    /// The data, where its length stands in the dictionary.
    fn data(&self, bytes: &[u8]) -> Option<Range<usize>> {
        let Some(Length::Direct { length, .. }) = self.length else {
            return None;
        };
        let gap = match bytes.get(self.keyword_end..)? {
            [b'\r', b'\n', ..] => 2,
            _ => 1,
        };
        let start = self.keyword_end.checked_add(gap)?;
        Some(start..start.checked_add(usize::try_from(length).ok()?)?)
    }

    fn start_fault(&self, bytes: &[u8]) -> Option<Fault> {
        let after = bytes.get(self.keyword_end..).unwrap_or_default();
        let good = after.starts_with(b"\r\n") || after.starts_with(b"\n");
        (!good).then(|| Fault::StreamEol {
            found: format!("after `stream` stands {}", shown(after)),
        })
    }

    fn end_fault(&self, bytes: &[u8], length: i64) -> Option<Fault> {
        let after = bytes.get(self.keyword_end..)?;
        let gap = if after.starts_with(b"\r\n") { 2 } else { 1 };
        let end = usize::try_from(length)
            .ok()
            .and_then(|length| self.keyword_end.checked_add(gap)?.checked_add(length));
        let rest = end.and_then(|end| bytes.get(end..)).unwrap_or_default();
        let ends: [&[u8]; 3] = [b"\r\nendstream", b"\nendstream", b"\rendstream"];
        if let Some(rest) = ends.iter().find_map(|e| rest.strip_prefix(*e)) {
            let mut lexer = Lexer::from(rest, 0);
            let good = lexer.next() == Some(Token::Word(b"endobj")) && lexer.is_set_off();
            let problem = "no `endobj` stands behind its `endstream`";
            return (!good).then_some(Fault::Object { problem });
        }
        Some(if rest.starts_with(b"endstream") {
            Fault::StreamEol {
                found: "no end-of-line stands before `endstream`".to_owned(),
            }
        } else {
            Fault::StreamLength { declared: length }
        })
    }
}

/// True when the last word read begins with `stream` and the data follows it at once.
fn stream_keyword(bytes: &[u8], lexer: &Lexer<'_>) -> bool {
    let read = bytes.get(..lexer.at()).unwrap_or_default();
    let start = read
        .iter()
        .rposition(|b| super::lexer::is_space(*b) || *b == b'>')
        .map_or(0, |i| i + 1);
    read.get(start..).is_some_and(|w| w.starts_with(b"stream"))
}

/// The end of the keyword in the word that ends there.
fn keyword_end(bytes: &[u8], word_end: usize) -> usize {
    let read = bytes.get(..word_end).unwrap_or_default();
    let start = read
        .iter()
        .rposition(|b| super::lexer::is_space(*b) || *b == b'>')
        .map_or(0, |i| i + 1);
    word_end.min(start + b"stream".len())
}

fn shown(bytes: &[u8]) -> String {
    match bytes {
        [] => "the end of the file".to_owned(),
        [b'\r', ..] => "CR alone".to_owned(),
        [first, ..] => format!("the byte 0x{first:02x}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(written: &[u8], length: i64) -> Option<Fault> {
        let stream = Located::at(written, 0, (7, 0))?;
        stream
            .start_fault(written)
            .or_else(|| stream.end_fault(written, length))
    }

    #[test]
    fn the_ends_of_lines_are_as_the_standard_wants_them() {
        let good: [&[u8]; 3] = [
            b"7 0 obj\n<</Length 3/A<</Length 9>>>>\nstream\nabc\nendstream\nendobj",
            b"7 0 obj <</Length 3>> stream\r\nabc\r\nendstream endobj",
            b"7 0 obj <</Length 3>>stream\nab\r\nendstream\rendobj",
        ];
        for written in good {
            assert_eq!(fault(written, 3), None);
            let found = Located::at(written, 0, (7, 0)).unwrap();
            assert!(matches!(
                found.length,
                Some(Length::Direct { length: 3, .. })
            ));
        }
    }

    #[test]
    fn what_is_wrong_is_told() {
        let eol = |found: &str| {
            Some(Fault::StreamEol {
                found: found.to_owned(),
            })
        };
        assert_eq!(
            fault(b"7 0 obj<<>>stream\rabc\nendstream", 3),
            eol("after `stream` stands CR alone")
        );
        assert_eq!(
            fault(b"7 0 obj<<>>stream \nabc\nendstream", 3),
            eol("after `stream` stands the byte 0x20")
        );
        assert_eq!(
            fault(b"7 0 obj<<>>stream\nabcendstream", 3),
            eol("no end-of-line stands before `endstream`")
        );
        assert_eq!(
            fault(b"7 0 obj<<>>stream\nabcd\nendstream", 3),
            Some(Fault::StreamLength { declared: 3 })
        );
        for end in ["mndobj", "0 endobj", "/ endobj", ""] {
            let written = format!("7 0 obj<<>>stream\nabc\nendstream {end}");
            let found = fault(written.as_bytes(), 3);
            assert!(matches!(found, Some(Fault::Object { .. })), "{end}");
        }
    }

    #[test]
    fn a_length_may_stand_elsewhere() {
        let found = Located::at(b"7 0 obj<</Length 12 0 R/B 1>>stream\n", 0, (7, 0)).unwrap();
        assert!(matches!(found.length, Some(Length::Stored((12, 0)))));
    }
}
