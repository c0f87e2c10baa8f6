//! Where what is to be masked stands in a text.

use std::ops::Range;

use icu_normalizer::ComposingNormalizerBorrowed;
use regex::{Regex, RegexBuilder};

use super::Fault;
use super::entity::unescaped;
use super::fold::{Break, Letter, Placed, decoded, is_invisible, letters, placed};
use super::spelling::{Spelling, addresses, plain_letters, spellings, within};

/// Letters that words to be masked may have.
const MOST_LETTERS: usize = 400;
/// Letters from which words that are written together are found wherever they stand.
const LONG: usize = 6;
/// Times that a text may be escaped: an address within an address is written so.
const DEPTH: usize = 3;
/// Bytes that a pattern may take once it is read.
const PATTERN_SIZE: usize = 4 << 20;

/// Something to be found.
#[derive(Debug, Clone)]
pub(super) enum Sought {
    Words {
        letters: Vec<Letter>,
        /// As addresses write them.
        spelt: Vec<Spelling>,
        whole: bool,
    },
    Pattern(Regex),
}

impl Sought {
    /// # Errors
    /// Words without a letter, or too many.
    pub(super) fn words(text: &str, whole: bool) -> Result<Self, Fault> {
        let letters = letters(&placed(text));
        match letters.len() {
            0 => Err(Fault::NoWords(text.to_owned())),
            1..=MOST_LETTERS => Ok(Self::Words {
                letters,
                spelt: spellings(text, whole),
                whole,
            }),
            n => Err(Fault::ManyLetters {
                letters: n,
                most: MOST_LETTERS,
            }),
        }
    }

    /// # Errors
    /// A pattern that cannot be read, or that finds what is nothing.
    pub(super) fn pattern(text: &str) -> Result<Self, Fault> {
        let pattern = RegexBuilder::new(text)
            .case_insensitive(true)
            .multi_line(true)
            .size_limit(PATTERN_SIZE)
            .build()
            .map_err(|source| Fault::Pattern {
                pattern: text.to_owned(),
                source: Box::new(source),
            })?;
        match pattern.is_match("") {
            true => Err(Fault::Empty(text.to_owned())),
            false => Ok(Self::Pattern(pattern)),
        }
    }

    /// Letters that it has; a pattern has none.
    pub(super) fn size(&self) -> usize {
        match self {
            Self::Words { letters, .. } => letters.len(),
            Self::Pattern(_) => 0,
        }
    }
}

/// A text in the ways that it may be read.
pub(super) struct Ways {
    placed: Vec<Vec<Placed>>,
    letters: Vec<Vec<Letter>>,
    /// Those of addresses, without what they write otherwise.
    plain: Vec<Vec<Letter>>,
}

impl Ways {
    pub(super) fn of(text: &str) -> Self {
        let placed = readings(text);
        let addresses = addresses(text);
        let plain = match addresses.is_empty() {
            true => Vec::new(),
            false => placed
                .iter()
                .map(|way| plain_letters(&within(way, &addresses)))
                .collect(),
        };
        Self {
            letters: placed.iter().map(|way| letters(way)).collect(),
            plain,
            placed,
        }
    }

    /// Of a text that is an address.
    pub(super) fn of_address(text: &str) -> Self {
        let placed = readings(text);
        Self {
            letters: placed.iter().map(|way| letters(way)).collect(),
            plain: placed.iter().map(|way| plain_letters(way)).collect(),
            placed,
        }
    }

    /// Where it stands, in order; ranges do not touch.
    pub(super) fn find(&self, sought: &Sought) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        match sought {
            Sought::Words {
                letters,
                spelt,
                whole,
            } => {
                for way in &self.letters {
                    words(way, letters, *whole, &mut found);
                }
                for (way, one) in self
                    .plain
                    .iter()
                    .flat_map(|w| spelt.iter().map(move |s| (w, s)))
                {
                    words(way, &one.letters, one.whole, &mut found);
                }
            }
            Sought::Pattern(pattern) => {
                for way in &self.placed {
                    patterns(way, pattern, &mut found);
                }
            }
        }
        merged(found)
    }
}

/// The text as it stands, and with what is escaped in it read, once and again.
fn readings(text: &str) -> Vec<Vec<Placed>> {
    let mut all = vec![placed(text)];
    let mut from = 0;
    for _ in 0..DEPTH {
        let read: Vec<_> = all
            .iter()
            .skip(from)
            .flat_map(|way| [decoded(way), unescaped(way)])
            .flatten()
            .collect();
        from = all.len();
        all.extend(read);
    }
    all
}

/// Ranges in order, those that overlap as one.
pub(super) fn merged(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    ranges.sort_by_key(|r| (r.start, r.end));
    let mut out: Vec<Range<usize>> = Vec::with_capacity(ranges.len());
    for range in ranges {
        match out.last_mut() {
            Some(last) if range.start < last.end => last.end = last.end.max(range.end),
            _ => out.push(range),
        }
    }
    out
}

fn words(text: &[Letter], sought: &[Letter], whole: bool, found: &mut Vec<Range<usize>>) {
    let mut from = 0;
    while let Some(here) = text.get(from..from + sought.len()) {
        if stands(text, from, here, sought, whole)
            && let (Some(first), Some(last)) = (here.first(), here.last())
        {
            // One character may be read as several letters, and one letter of a label as all of it.
            let end = here.iter().map(|l| l.at.end).fold(last.at.end, usize::max);
            found.push(first.at.start..end);
        }
        from += 1;
    }
}

fn stands(text: &[Letter], from: usize, here: &[Letter], sought: &[Letter], whole: bool) -> bool {
    if here.iter().zip(sought).any(|(a, b)| a.letter != b.letter) {
        return false;
    }
    let begins = from == 0 || here.first().is_some_and(|l| l.before != Break::No);
    let apart = |at: usize| text.get(at).is_none_or(|l| l.before != Break::No);
    let after = from + here.len();
    // Svenssons is Svensson's.
    let genitive = text.get(after).is_some_and(|l| l.letter == 's') && apart(after + 1);
    let ends = apart(after) || genitive;
    if whole && !(begins && ends) {
        return false;
    }
    here.iter()
        .zip(sought)
        .skip(1)
        .all(|(a, b)| match (b.before, a.before) {
            (Break::No, Break::No | Break::Hyphenated) => true,
            (Break::No, Break::Line) => begins || ends,
            (Break::No, Break::Other) => begins && ends,
            (_, Break::No) => begins || ends || sought.len() >= LONG,
            _ => true,
        })
}

/// A pattern is held against the text as it is seen, with its lines as they are, on one line, and with words that are
/// split over lines whole again.
fn patterns(text: &[Placed], pattern: &Regex, found: &mut Vec<Range<usize>>) {
    let seen = composed(text);
    let mut ways = vec![seen.clone()];
    if seen.iter().any(|(c, _)| is_line(*c)) {
        let spaced = seen
            .iter()
            .map(|(c, at)| (if is_line(*c) { ' ' } else { *c }, at.clone()));
        ways.push(spaced.collect());
        ways.push(joined(&seen));
    }
    for way in ways {
        let text: String = way.iter().map(|(c, _)| *c).collect();
        let mut offsets = Vec::with_capacity(way.len());
        let mut at = 0;
        for (c, _) in &way {
            offsets.push(at);
            at += c.len_utf8();
        }
        for hit in pattern.find_iter(&text).filter(|hit| !hit.is_empty()) {
            let from = offsets.partition_point(|o| *o < hit.start());
            let to = offsets.partition_point(|o| *o < hit.end());
            let Some(over) = way.get(from..to) else {
                continue;
            };
            let start = over.iter().map(|(_, at)| at.start).min();
            let end = over.iter().map(|(_, at)| at.end).max();
            if let (Some(start), Some(end)) = (start, end) {
                found.push(start..end);
            }
        }
    }
}

fn is_line(c: char) -> bool {
    matches!(
        c,
        '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}'
    )
}

/// Line ends are gone, with the hyphens and spaces before them.
fn joined(text: &[Placed]) -> Vec<Placed> {
    let mut out: Vec<Placed> = Vec::with_capacity(text.len());
    for (c, at) in text {
        if !is_line(*c) {
            out.push((*c, at.clone()));
            continue;
        }
        while out.last().is_some_and(|(c, _)| *c == ' ') {
            out.pop();
        }
        if out
            .last()
            .is_some_and(|(c, _)| matches!(c, '-' | '\u{2010}'))
        {
            out.pop();
        }
    }
    out
}

/// What is seen, in NFKC: a letter with its marks as one.
fn composed(text: &[Placed]) -> Vec<Placed> {
    let composing = ComposingNormalizerBorrowed::new_nfkc();
    let mut out = Vec::with_capacity(text.len());
    let mut cluster = String::new();
    let mut over: Option<Range<usize>> = None;
    let mut flush = |cluster: &mut String, over: &mut Option<Range<usize>>| {
        if let Some(range) = over.take() {
            let whole = composing.normalize(cluster);
            out.extend(whole.chars().map(|c| (c, range.clone())));
            cluster.clear();
        }
    };
    for (c, at) in text.iter().filter(|(c, _)| !is_invisible(*c)) {
        let joins = matches!(c, '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}' | '\u{1160}'..='\u{11ff}');
        match &mut over {
            Some(range) if joins => {
                range.end = range.end.max(at.end);
                cluster.push(*c);
            }
            _ => {
                flush(&mut cluster, &mut over);
                cluster.push(*c);
                over = Some(at.clone());
            }
        }
    }
    flush(&mut cluster, &mut over);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found<'t>(sought: &Sought, text: &'t str) -> Vec<&'t str> {
        let ranges = Ways::of(text).find(sought);
        ranges.into_iter().map(|r| &text[r]).collect()
    }

    fn words<'t>(needle: &str, text: &'t str) -> Vec<&'t str> {
        found(&Sought::words(needle, false).unwrap(), text)
    }

    #[test]
    fn words_are_found_however_they_are_written() {
        for text in [
            "Anna Svensson",
            "anna\u{a0}SVENSSON",
            "Anna\nSvensson",
            "Anna Sven-\nsson",
            "Anna Sven\u{ad}sson",
            "Anna Sven\nsson",
            "A\u{200b}nna Sven\u{2060}sson",
            "Ａｎｎａ Ｓｖｅｎｓｓｏｎ",
            "anna.svensson",
            "AnnaSvensson",
            "Anna%20Svensson",
            "Anna Śvénsson",
            "A n n a S v e n s s o n",
            "A\u{332}n\u{332}n\u{332}a\u{332} Svensson",
            "Anna%2520Svensson",
            "𝐀𝐧𝐧𝐚 𝐒𝐯𝐞𝐧𝐬𝐬𝐨𝐧",
            "&#65;nna&nbsp;Sv&eacute;nsson",
            "Anna&amp;nbsp;Svensson",
            "Anna%26nbsp%3BSvensson",
        ] {
            assert_eq!(words("Anna Svensson", text), [text], "{text}");
        }
        assert_eq!(words("Sofi", "vi såg Soﬁas"), ["Soﬁ"]);
        assert_eq!(words("Söder", "xn--sder-5qa.se"), ["xn--sder-5qa"]);
        assert_eq!(words("070-123 45 67", "ring 0701234567!"), ["0701234567"]);
        assert_eq!(
            words("0701234567", "ring 070-123 45 67!"),
            ["070-123 45 67"]
        );
    }

    #[test]
    fn addresses_and_handles_tell_names_without_their_dots() {
        let name = Sought::words("Åke Östberg", false).unwrap();
        for (text, hit) in [
            ("se https://x.se/2025/ake-ostberg-vann", "ake-ostberg"),
            ("se x.se/aake-oestberg", "aake-oestberg"),
            ("@akeostberg #AkeOstberg2", "akeostberg #AkeOstberg"),
            ("ake_ostberg", "ake_ostberg"),
            ("till ake.ostberg@x.se.", "ake.ostberg"),
            ("x.se/?p=ake%20ostberg", "ake%20ostberg"),
            ("x.se/ke-stberg", "ke-stberg"),
        ] {
            let hits = Ways::of(text).find(&name);
            let from = hits.first().map_or(0, |r| r.start);
            let to = hits.last().map_or(0, |r| r.end);
            assert_eq!(&text[from..to], hit, "{text}");
        }
        assert!(found(&name, "Ake Ostberg sade att rake ostberg finns.").is_empty());
        let other = Sought::words("Oestberg", false).unwrap();
        assert_eq!(found(&other, "@östberg"), ["östberg"]);
    }

    #[test]
    fn other_words_stay() {
        assert!(words("Anna", "kan nabo se").is_empty());
        assert!(words("får", "far").is_empty());
        assert_eq!(words("Bo", "Bo i Borås"), ["Bo", "Bo"]);
        let whole = Sought::words("Bo", true).unwrap();
        assert_eq!(found(&whole, "Bo i Borås, Bos hus"), ["Bo", "Bo"]);
        assert!(Sought::words(" - ", false).is_err());
    }

    #[test]
    fn patterns_see_through_lines_and_forms() {
        let number = Sought::pattern(r"\b\d{6}[-+]?\d{4}\b").unwrap();
        for text in [
            "800101-1234",
            "8001\u{ad}01-1234",
            "８００１０１-1234",
            "800101\n1234",
            "80-\n0101-1234",
        ] {
            assert_eq!(found(&number, text), [text], "{text:?}");
        }
        let name = Sought::pattern("söder(ström)?").unwrap();
        assert_eq!(
            found(&name, "So\u{308}derström och SÖDER"),
            ["So\u{308}derström", "SÖDER"]
        );
        assert_eq!(found(&Sought::pattern("^b$").unwrap(), "a\nb\nc"), ["b"]);
        for bad in ["(", "a*", "a{1000}{1000}{100}"] {
            assert!(Sought::pattern(bad).is_err(), "{bad}");
        }
    }
}
