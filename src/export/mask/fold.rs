//! A text as letters that can be compared, each with the place in the text that it stands for.
//!
//! A letter is the same whatever its case, its way of being composed (NFC, NFD, ligatures, full width, circled ...), the
//! invisible characters in it (soft hyphen, zero width, direction) and its accents, but for those that make å, ä and ö
//! letters of their own. Between letters stand breaks.

use std::ops::Range;

use icu_normalizer::DecomposingNormalizerBorrowed;
use icu_properties::CodePointSetData;
use icu_properties::props::DefaultIgnorableCodePoint;
use url::quirks::domain_to_unicode;

use super::alike::shown;

/// What stands between a letter and the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Break {
    No,
    /// A hyphen at the end of a line.
    Hyphenated,
    /// The end of a line or of a block.
    Line,
    /// A space or a sign.
    Other,
}

#[derive(Debug, Clone)]
pub(super) struct Letter {
    pub(super) letter: char,
    pub(super) before: Break,
    /// A word may begin here: after a break, between letters and digits or signs, at a capital after a small letter.
    pub(super) edge: bool,
    pub(super) capital: bool,
    /// It is not what it looks like.
    pub(super) odd: bool,
    /// In the text, in bytes.
    pub(super) at: Range<usize>,
}

/// What counts as a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    Plain,
    /// Signs such as an emoji too.
    Signs,
    /// What the eye takes for one, whatever it is.
    Alike,
}

/// A character with its place in the text.
pub(super) type Placed = (char, Range<usize>);

pub(super) fn placed(text: &str) -> Vec<Placed> {
    let each = text.char_indices();
    each.map(|(at, c)| (c, at..at + c.len_utf8())).collect()
}

/// The letters of a text in their order.
pub(super) fn letters(text: &[Placed]) -> Vec<Letter> {
    letters_as(text, Look::Plain)
}

pub(super) fn letters_as(text: &[Placed], look: Look) -> Vec<Letter> {
    let decomposing = DecomposingNormalizerBorrowed::new_nfkd();
    let mut out: Vec<Letter> = Vec::with_capacity(text.len());
    let mut since = Since::default();
    let mut last = Sort::Other;
    for (c, at) in text {
        if is_blank(*c) {
            since.space = true;
            continue;
        }
        if is_invisible(*c) {
            since.hyphen |= *c == '\u{ad}';
            continue;
        }
        let sort = Sort::of(*c);
        let mut edge = sort != last && (last, sort) != (Sort::Capital, Sort::Small);
        let mut room = [0; 4];
        let whole = decomposing.normalize(c.encode_utf8(&mut room));
        for part in whole.chars() {
            if is_accent(part) {
                let letter = out.last_mut().filter(|_| !since.is_break());
                if let Some(letter) = letter {
                    letter.letter = accented(letter.letter, part);
                    letter.at.end = letter.at.end.max(at.end);
                }
                continue;
            }
            let mut is_letter = false;
            as_seen(part, look, |letter, odd| {
                let before = since.taken();
                out.push(Letter {
                    letter,
                    edge: edge || before != Break::No,
                    before,
                    capital: c.is_uppercase(),
                    odd,
                    at: at.clone(),
                });
                (is_letter, edge) = (true, false);
            });
            match is_letter {
                true => last = sort,
                false => since.note(part),
            }
        }
    }
    out
}

/// The letters that one character stands for, each with whether it only looks like it.
fn as_seen(part: char, look: Look, mut seen: impl FnMut(char, bool)) {
    let is_plain = is_letter(part) || look == Look::Signs && is_sign(part);
    if look == Look::Alike {
        let plain = is_plain.then(|| lower(part).next()).flatten();
        let mut none = true;
        shown(part, |letter| {
            none = false;
            seen(letter, !part.is_ascii() && plain != Some(letter));
        });
        if !none {
            return;
        }
    }
    if is_plain {
        lower(part).for_each(|letter| seen(letter, false));
    }
}

/// What a character is for who looks for the ends of words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    Capital,
    Small,
    Digit,
    /// Emoji, ™, ², ½, ⓐ.
    Other,
}

impl Sort {
    fn of(c: char) -> Self {
        use icu_properties::props::GeneralCategory as Category;
        match icu_properties::CodePointMapData::<Category>::new().get(c) {
            Category::UppercaseLetter | Category::TitlecaseLetter => Self::Capital,
            Category::LowercaseLetter
            | Category::OtherLetter
            | Category::NonspacingMark
            | Category::SpacingMark
            | Category::EnclosingMark => Self::Small,
            Category::DecimalNumber => Self::Digit,
            _ => Self::Other,
        }
    }
}

#[derive(Default)]
struct Since {
    hyphen: bool,
    line: bool,
    space: bool,
    sign: bool,
}

impl Since {
    fn is_break(&self) -> bool {
        self.line || self.space || self.sign
    }

    fn note(&mut self, c: char) {
        match c {
            '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => {
                self.line = true;
            }
            c if is_hyphen(c) => {
                self.hyphen = true;
                self.space = true;
            }
            c if c.is_whitespace() => self.space = true,
            _ => self.sign = true,
        }
    }

    fn taken(&mut self) -> Break {
        let kind = match (self.sign, self.line, self.hyphen) {
            _ if !self.is_break() => Break::No,
            (false, true, true) => Break::Hyphenated,
            (false, true, false) => Break::Line,
            _ => Break::Other,
        };
        *self = Self::default();
        kind
    }
}

fn lower(c: char) -> impl Iterator<Item = char> {
    let (one, two) = match c {
        'ß' | 'ẞ' => ('s', Some('s')),
        'ı' => ('i', None),
        'ς' => ('σ', None),
        // Its second character is an accent, which counts for nothing.
        c => (c.to_lowercase().next().unwrap_or(c), None),
    };
    std::iter::once(one).chain(two)
}

fn accented(letter: char, accent: char) -> char {
    match (letter, accent) {
        ('a', '\u{30a}') => 'å',
        ('a', '\u{308}') => 'ä',
        ('o', '\u{308}') => 'ö',
        _ => letter,
    }
}

pub(super) fn is_accent(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}')
}

/// Letters, digits, the vowel signs of other scripts.
fn is_letter(c: char) -> bool {
    c.is_alphanumeric() || (c > '\u{900}' && !c.is_whitespace() && is_mark(c))
}

/// An emoji, an arrow, a star.
pub(super) fn is_sign(c: char) -> bool {
    matches!(c, '\u{2190}'..='\u{2bff}' | '\u{1f000}'..='\u{1faff}')
        && !is_hyphen(c)
        && !is_blank(c)
}

/// Hyphens, dashes and the minus.
pub(super) fn is_hyphen(c: char) -> bool {
    matches!(
        c,
        '-' | '\u{58a}' | '\u{5be}' | '\u{2010}'
            ..='\u{2015}' | '\u{2043}' | '\u{2212}' | '\u{2e3a}' | '\u{2e3b}'
    ) || matches!(c, '\u{fe58}' | '\u{fe63}' | '\u{ff0d}')
}

/// Shown as a space, and none by its properties: a cell of Braille without dots, fillers of Hangul.
fn is_blank(c: char) -> bool {
    matches!(c, '\u{115f}' | '\u{2800}' | '\u{3164}' | '\u{ffa0}')
}

fn is_mark(c: char) -> bool {
    use icu_properties::props::{GeneralCategory, GeneralCategoryGroup};
    let of = icu_properties::CodePointMapData::<GeneralCategory>::new().get(c);
    GeneralCategoryGroup::Mark.contains(of)
}

/// Shown as nothing: soft hyphen, zero width, direction, control characters that are no line end.
pub(super) fn is_invisible(c: char) -> bool {
    c == '\u{ad}'
        || (c < ' ' || c == '\u{7f}') && !matches!(c, '\t' | '\n' | '\r' | '\u{b}' | '\u{c}')
        || matches!(c, '\u{86}'..='\u{9f}' | '\u{fff9}'..='\u{fffb}' | '\u{1f3fb}'..='\u{1f3ff}')
        || c >= '\u{300}' && CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
}

/// The text with what is written in the ways of addresses read: percent signs (UTF-8, else Latin-1), and labels in
/// punycode. `None` where there is nothing such.
pub(super) fn decoded(text: &[Placed]) -> Option<Vec<Placed>> {
    let mut out = Vec::with_capacity(text.len());
    let mut found = false;
    let mut rest = text;
    while let Some(((c, at), after)) = rest.split_first() {
        if let Some((bytes, ranges, after)) = percents(rest) {
            push_bytes(&bytes, &ranges, &mut out);
            (found, rest) = (true, after);
            continue;
        }
        if matches!(c, 'x' | 'X')
            && let Some((label, range, after)) = punycode(rest)
        {
            out.extend(label.chars().map(|c| (c, range.clone())));
            (found, rest) = (true, after);
            continue;
        }
        out.push((*c, at.clone()));
        rest = after;
    }
    found.then_some(out)
}

type Percents<'a> = (Vec<u8>, Vec<Range<usize>>, &'a [Placed]);

fn percents(mut text: &[Placed]) -> Option<Percents<'_>> {
    let (mut bytes, mut ranges) = (Vec::new(), Vec::new());
    while let [('%', from), (a, _), (b, to), rest @ ..] = text
        && let (Some(a), Some(b)) = (a.to_digit(16), b.to_digit(16))
    {
        bytes.push((a * 16 + b) as u8);
        ranges.push(from.start..to.end);
        text = rest;
    }
    (!bytes.is_empty()).then_some((bytes, ranges, text))
}

fn push_bytes(bytes: &[u8], ranges: &[Range<usize>], out: &mut Vec<Placed>) {
    let over = |from: usize, to: usize| {
        let start = ranges.get(from).map_or(0, |r| r.start);
        start..ranges.get(to).map_or(start, |r| r.end)
    };
    let mut at = 0;
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            out.push((c, over(at, at + c.len_utf8() - 1)));
            at += c.len_utf8();
        }
        for byte in chunk.invalid() {
            out.push((char::from(*byte), over(at, at)));
            at += 1;
        }
    }
}

fn punycode(text: &[Placed]) -> Option<(String, Range<usize>, &[Placed])> {
    let is_of = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let length = text.iter().take(64).take_while(|(c, _)| is_of(*c)).count();
    let (label, rest) = text.split_at_checked(length)?;
    let written: String = label.iter().map(|(c, _)| *c).collect();
    if !written.get(..4)?.eq_ignore_ascii_case("xn--") {
        return None;
    }
    let read = domain_to_unicode(&written);
    let range = label.first()?.1.start..label.last()?.1.end;
    (!read.is_empty() && !read.eq_ignore_ascii_case(&written)).then_some((read, range, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(text: &str) -> String {
        let mut out = String::new();
        for letter in letters(&placed(text)) {
            if letter.before != Break::No && !out.is_empty() {
                out.push(' ');
            }
            out.push(letter.letter);
        }
        out
    }

    #[test]
    fn letters_are_the_same_however_they_are_written() {
        for text in [
            "Söder",
            "So\u{308}der",
            "SÖDER",
            "s\u{ad}ö\u{200b}der",
            "Ｓöder",
            "o\u{202e}",
            "Ⓢöder",
            "S\u{332}ö\u{332}d\u{336}er",
            "so\u{200d}\u{308}der",
        ] {
            let is = folded(text);
            assert!(
                is == "söder" || text.starts_with('o') && is == "o",
                "{text}: {is}"
            );
        }
        assert_eq!(folded("ﬁlm ﬀ"), "film ff");
        assert_eq!(folded("André Müller Straße"), "andre muller strasse");
        assert_ne!(folded("får"), folded("far"));
        assert_eq!(folded("한"), folded("\u{1112}\u{1161}\u{11ab}"));
    }

    #[test]
    fn words_end_where_the_eye_sees_it() {
        let edges = |text: &str| -> String {
            let all = letters(&placed(text));
            let each = all.iter().map(|l| if l.edge { '|' } else { '.' });
            each.collect()
        };
        for (text, ends) in [
            ("Ek™ab", "|.|.|."),
            ("Ek🎉ab", "|.|."),
            ("Ek½", "|.||"),
            ("Ek²", "|.|"),
            ("Ek2", "|.|"),
            ("ekÅs", "|.|."),
            ("EKÅS", "|..."),
            ("Ek\u{2800}ab", "|.|."),
        ] {
            assert_eq!(edges(text), ends, "{text}");
        }
    }

    #[test]
    fn breaks_tell_what_they_are() {
        let breaks = |text| -> Vec<Break> {
            let all = letters(&placed(text)).into_iter();
            all.map(|l| l.before).filter(|b| *b != Break::No).collect()
        };
        assert_eq!(
            breaks("a-\nb a\nb a b"),
            [
                Break::Hyphenated,
                Break::Other,
                Break::Line,
                Break::Other,
                Break::Other
            ]
        );
        assert_eq!(breaks("a\u{ad}\nb"), [Break::Hyphenated]);
        assert_eq!(breaks("a\u{ad}b"), []);
    }

    #[test]
    fn addresses_are_read() {
        let read = |text: &str| -> Option<String> {
            Some(
                decoded(&placed(text))?
                    .into_iter()
                    .map(|(c, _)| c)
                    .collect(),
            )
        };
        assert_eq!(read("/S%C3%B6der%20a").as_deref(), Some("/Söder a"));
        assert_eq!(read("/S%F6der").as_deref(), Some("/Söder"));
        assert_eq!(read("xn--sder-5qa.se").as_deref(), Some("söder.se"));
        assert_eq!(read("100 % av"), None);
        let text = "x%C3%B6y";
        let places = decoded(&placed(text)).unwrap();
        assert_eq!(text.get(places[1].1.clone()), Some("%C3%B6"));
    }
}
