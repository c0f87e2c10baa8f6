//! The bytes of indirect objects and of the cross-reference table (ISO 19005-1, 6.1.4 and 6.1.8), read to the letter:
//! readers guess differently at what is written wrongly.

use lopdf::xref::XrefEntry;
use lopdf::{Object, ObjectId};

use super::lexer::{Lexer, Token};
use super::subject::{MAX_DEPTH, Subject};
use super::violation::Fault;

/// Faults that are told of one file; more say nothing new.
const MAX_FAULTS: usize = 100;
/// Bytes of an entry of the table.
const ENTRY: usize = 20;

/// What is wrong with the objects that the table leads to, and with the table.
pub fn check(subject: &Subject<'_>) -> Vec<(Option<ObjectId>, Fault)> {
    let mut faults = Vec::new();
    if let Some(problem) = table(subject.bytes) {
        faults.push((None, Fault::Xref { problem }));
    }
    for (number, entry) in &subject.doc.reference_table.entries {
        let XrefEntry::Normal { offset, generation } = entry else {
            continue;
        };
        let id = (*number, *generation);
        let problem = match usize::try_from(*offset) {
            Ok(offset) => object(subject, offset, id),
            Err(_) => Some("it stands behind the end of the file"),
        };
        if let Some(problem) = problem {
            faults.push((Some(id), Fault::Object { problem }));
        }
        if faults.len() >= MAX_FAULTS {
            break;
        }
    }
    faults
}

fn object(subject: &Subject<'_>, offset: usize, id: ObjectId) -> Option<&'static str> {
    let mut lexer = Lexer::from(subject.bytes, offset);
    let mut header = || Some([lexer.next()?, lexer.next()?, lexer.next()?]);
    match header() {
        Some(
            [
                Token::Number(number),
                Token::Number(generation),
                Token::Word(b"obj"),
            ],
        ) if number == f64::from(id.0) && generation == f64::from(id.1) => {}
        _ => return Some("the cross-reference table leads to where it does not begin"),
    }
    if let Err(problem) = value(&mut lexer) {
        return Some(problem);
    }
    match (subject.doc.objects.get(&id), lexer.next()) {
        (_, Some(Token::Word(b"endobj"))) => None,
        // What stands behind `stream` is measured elsewhere.
        (Some(Object::Stream(_)), _) => None,
        (None, _) => Some("it cannot be read"),
        _ => Some("no `endobj` stands behind it"),
    }
}

enum Open {
    Array,
    /// Before a key.
    Key,
    /// Before a value.
    Value,
}

/// Reads one object past its end.
fn value(lexer: &mut Lexer<'_>) -> Result<(), &'static str> {
    let mut open: Vec<Open> = Vec::new();
    loop {
        let token = lexer.next().ok_or("it does not end")?;
        if lexer.is_unclosed() {
            return Err("a string in it does not end");
        }
        match (open.last_mut(), token) {
            (Some(top @ Open::Key), Token::Name(name)) => {
                named(name)?;
                *top = Open::Value;
                continue;
            }
            (Some(Open::Key), Token::DictClose) | (Some(Open::Array), Token::ArrayClose) => {
                open.pop();
            }
            (Some(Open::Key), _) => return Err("a key of a dictionary in it is no name"),
            (_, Token::ArrayOpen) => open.push(Open::Array),
            (_, Token::DictOpen) => open.push(Open::Key),
            (_, Token::Number(n)) => {
                if n.is_nan() || !lexer.is_set_off() {
                    return Err("a number in it is none");
                }
                reference(lexer);
            }
            (_, Token::Name(name)) => named(name)?,
            (_, Token::Literal(_) | Token::Hex(_) | Token::Word(b"true" | b"false" | b"null")) => {}
            _ => return Err("it is not of the words that objects are made of"),
        }
        if open.len() > MAX_DEPTH {
            return Err("its arrays and dictionaries are nested too deep");
        }
        if matches!(token, Token::ArrayOpen | Token::DictOpen) {
            continue;
        }
        match open.last_mut() {
            None => return Ok(()),
            Some(top @ Open::Value) => *top = Open::Key,
            Some(_) => {}
        }
    }
}

/// Past the generation and `R`, where they follow.
fn reference(lexer: &mut Lexer<'_>) {
    let mut ahead = lexer.clone();
    if let (Some(Token::Number(_)), true, Some(Token::Word(b"R"))) =
        (ahead.next(), ahead.is_set_off(), ahead.next())
    {
        *lexer = ahead;
    }
}

/// ISO 32000-1, 7.3.5.
fn named(name: &[u8]) -> Result<(), &'static str> {
    let mut escapes = name.split(|b| *b == b'#').skip(1);
    let good = |after: &[u8]| after.len() > 1 && after.iter().take(2).all(u8::is_ascii_hexdigit);
    match escapes.all(good) {
        true => Ok(()),
        false => Err("a name in it has `#` without two digits"),
    }
}

/// What is wrong with the table that `startxref` leads to; a stream is judged by others.
fn table(bytes: &[u8]) -> Option<&'static str> {
    let keyword = b"startxref";
    let from = bytes.len().saturating_sub(2048);
    let tail = bytes.get(from..)?;
    let found = tail.windows(keyword.len()).rposition(|w| w == keyword)?;
    let mut lexer = Lexer::from(bytes, from + found + keyword.len());
    let Some(Token::Number(at)) = lexer.next() else {
        return Some("no number follows `startxref`");
    };
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    // what is no place leads past the end of the file
    let at = at as usize;
    let mut lexer = Lexer::from(bytes, at);
    match lexer.next() {
        Some(Token::Word(b"xref")) => {}
        Some(Token::Number(_)) => return None,
        _ => return Some("`startxref` does not lead to it"),
    }
    loop {
        match lexer.next() {
            Some(Token::Number(_)) => {}
            Some(Token::Word(b"trailer")) => break,
            _ => return Some("no `trailer` follows it"),
        }
        let Some(Token::Number(count)) = lexer.next() else {
            return Some("a part of it does not say how many entries it has");
        };
        let rest = bytes.get(lexer.at()..).unwrap_or_default();
        let spaces = rest.iter().take_while(|b| super::lexer::is_space(**b));
        let first = lexer.at() + spaces.count();
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let length = (count as usize).saturating_mul(ENTRY);
        let entries = first
            .checked_add(length)
            .and_then(|end| bytes.get(first..end));
        let Some(entries) = entries else {
            return Some("it has fewer entries than it says");
        };
        if !entries.chunks(ENTRY).all(is_entry) {
            return Some("an entry is not written as the standard wants it");
        }
        lexer = Lexer::from(bytes, first + length);
    }
    value(&mut lexer).err()
}

/// `0000000017 00000 n`, and an end of line of two bytes (ISO 32000-1, 7.5.4).
fn is_entry(entry: &[u8]) -> bool {
    let [number @ .., kind, first, second] = entry else {
        return false;
    };
    let digits = |range: std::ops::Range<usize>| {
        number
            .get(range)
            .is_some_and(|d| d.iter().all(u8::is_ascii_digit))
    };
    digits(0..10)
        && digits(11..16)
        && number.get(10) == Some(&b' ')
        && number.get(16) == Some(&b' ')
        && matches!(kind, b'n' | b'f')
        && matches!((first, second), (b' ', b'\r' | b'\n') | (b'\r', b'\n'))
}
