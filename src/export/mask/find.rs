//! Where what is to be masked stands in a text.

use std::ops::Range;

use regex::{Regex, RegexBuilder};

use super::Fault;
use super::entity::unescaped;
use super::fold::{Break, Letter, Look, Placed, decoded, is_sign, letters_as, placed};
use super::number;
use super::pattern::patterns;
use super::spelling::{addresses, plain_letters, spellings, within};
use super::visual::visual;

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
    /// The ways in which words may be written, and how many letters they have.
    Words(Vec<Needle>, usize),
    Pattern(Regex),
}

/// Where words are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Where {
    #[default]
    Anywhere,
    /// Only as whole words, with or without a genitive's s.
    Whole,
    /// As whole words that begin with a capital, and not in what addresses make of them: `Bo`.
    Capital,
}

/// One way to write words.
#[derive(Debug, Clone)]
pub(super) struct Needle {
    script: Script,
    letters: Vec<Letter>,
    /// The letters as a text.
    text: String,
    stands: Where,
}

/// What is read as letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Script {
    As(Look),
    /// Addresses alone, without what they write otherwise.
    Address,
}

impl Needle {
    fn of(script: Script, letters: Vec<Letter>, stands: Where) -> Self {
        let text = letters.iter().map(|l| l.letter).collect();
        Self {
            script,
            letters,
            text,
            stands,
        }
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }
}

impl Sought {
    /// # Errors
    /// Words without a letter, or too many.
    pub(super) fn words(text: &str, stands: Where) -> Result<Self, Fault> {
        let placed = placed(text);
        let look = match placed.iter().any(|(c, _)| is_sign(*c)) {
            true => Look::Signs,
            false => Look::Plain,
        };
        let letters = letters_as(&placed, look);
        let size = letters.len();
        match size {
            0 => return Err(Fault::NoWords(text.to_owned())),
            1..=MOST_LETTERS => {}
            n => {
                return Err(Fault::ManyLetters {
                    letters: n,
                    most: MOST_LETTERS,
                });
            }
        }
        let mut all = vec![Needle::of(Script::As(look), letters, stands)];
        if look == Look::Plain {
            let alike = letters_as(&placed, Look::Alike);
            all.push(Needle::of(Script::As(Look::Alike), alike, stands));
        }
        if stands != Where::Capital {
            for one in spellings(text, stands == Where::Whole) {
                let stands = match one.whole {
                    true => Where::Whole,
                    false => Where::Anywhere,
                };
                all.push(Needle::of(Script::Address, one.letters, stands));
            }
        }
        for number in number::others(text) {
            let letters = letters_as(&self::placed(&number), Look::Plain);
            all.push(Needle::of(Script::As(Look::Plain), letters, Where::Whole));
        }
        all.retain(|needle| !needle.letters.is_empty());
        Ok(Self::Words(all, size))
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
            Self::Words(_, size) => *size,
            Self::Pattern(_) => 0,
        }
    }

    /// The ways to write it; a pattern has none.
    pub(super) fn needles(&self) -> &[Needle] {
        match self {
            Self::Words(needles, _) => needles,
            Self::Pattern(_) => &[],
        }
    }
}

/// A text in the ways that it may be read.
pub(super) struct Ways {
    placed: Vec<Vec<Placed>>,
    written: Vec<Written>,
}

/// A way to read a text, as letters.
struct Written {
    script: Script,
    letters: Vec<Letter>,
    /// The letters as a text, and where each begins in it.
    text: String,
    starts: Vec<usize>,
}

impl Written {
    fn of(script: Script, letters: Vec<Letter>) -> Self {
        let (mut text, mut starts) = (String::new(), Vec::with_capacity(letters.len()));
        for letter in &letters {
            starts.push(text.len());
            text.push(letter.letter);
        }
        Self {
            script,
            letters,
            text,
            starts,
        }
    }
}

impl Ways {
    pub(super) fn of(text: &str) -> Self {
        let addresses = addresses(text);
        Self::read(text, |way| {
            let some = !addresses.is_empty();
            some.then(|| plain_letters(&within(way, &addresses)))
        })
    }

    /// Of a text that is an address.
    pub(super) fn of_address(text: &str) -> Self {
        Self::read(text, |way| Some(plain_letters(way)))
    }

    fn read(text: &str, address: impl Fn(&[Placed]) -> Option<Vec<Letter>>) -> Self {
        let placed = readings(text);
        let mut written = Vec::new();
        for way in &placed {
            for look in [Look::Plain, Look::Alike, Look::Signs] {
                if look != Look::Signs || way.iter().any(|(c, _)| is_sign(*c)) {
                    written.push(Written::of(Script::As(look), letters_as(way, look)));
                }
            }
            written.extend(address(way).map(|letters| Written::of(Script::Address, letters)));
        }
        Self { placed, written }
    }

    /// The letters of each way to read it.
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        self.written.iter().map(|way| way.text.as_str())
    }

    /// Where it stands, in order; ranges do not touch.
    pub(super) fn find(&self, sought: &Sought) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        match sought {
            Sought::Words(needles, _) => {
                for (way, needle) in self
                    .written
                    .iter()
                    .flat_map(|w| needles.iter().map(move |n| (w, n)))
                {
                    if way.script == needle.script {
                        words(way, needle, &mut found);
                    }
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

/// The text as it stands, and with what is escaped in it or turned around read, once and again.
fn readings(text: &str) -> Vec<Vec<Placed>> {
    let mut all = vec![placed(text)];
    let mut from = 0;
    for _ in 0..DEPTH {
        let read: Vec<_> = all
            .iter()
            .skip(from)
            .flat_map(|way| [decoded(way), unescaped(way), visual(way)])
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

fn words(text: &Written, needle: &Needle, found: &mut Vec<Range<usize>>) {
    let mut at = 0;
    while let Some(next) = text.text.get(at..).and_then(|rest| rest.find(&needle.text)) {
        at += next;
        let from = text.starts.partition_point(|start| *start < at);
        let here = text.letters.get(from..from + needle.letters.len());
        let here = here.unwrap_or_default();
        let start = here.iter().map(|l| l.at.start).min();
        // One character may be read as several letters, and one letter of a label as all of it.
        let end = here.iter().map(|l| l.at.end).max();
        if stands(&text.letters, from, here, needle)
            && let (Some(start), Some(end)) = (start, end)
        {
            found.push(start..end);
        }
        at += text
            .text
            .get(at..)
            .and_then(|rest| rest.chars().next())
            .map_or(1, char::len_utf8);
    }
}

fn stands(text: &[Letter], from: usize, here: &[Letter], needle: &Needle) -> bool {
    let sought = &needle.letters;
    let odd = || here.iter().zip(sought).any(|(a, b)| a.odd || b.odd);
    if needle.script == Script::As(Look::Alike) && !odd() {
        return false;
    }
    let begins = from == 0 || here.first().is_some_and(|l| l.edge);
    let apart = |at: usize| text.get(at).is_none_or(|l| l.edge);
    let after = from + here.len();
    // Svenssons is Svensson's.
    let genitive = text.get(after).is_some_and(|l| l.letter == 's') && apart(after + 1);
    let ends = apart(after) || genitive;
    let is_as_sought = match needle.stands {
        Where::Anywhere => true,
        Where::Whole => begins && ends,
        Where::Capital => begins && ends && here.first().is_some_and(|l| l.capital),
    };
    if !is_as_sought {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn found<'t>(sought: &Sought, text: &'t str) -> Vec<&'t str> {
        let ranges = Ways::of(text).find(sought);
        ranges.into_iter().map(|r| &text[r]).collect()
    }

    fn words<'t>(needle: &str, text: &'t str) -> Vec<&'t str> {
        found(&Sought::words(needle, Where::Anywhere).unwrap(), text)
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
            "Аnnа Svеnssоn",
            "ᴀɴɴᴀ sᴠᴇɴssᴏɴ",
            "🅰🅽🅽🅰 Svensson",
            "🇦🇳🇳🇦 Svensson",
            "Anna\u{2800}Svensson",
            "Anna★Svensson",
            "Anna → Svensson",
            "nossnevS annA",
        ] {
            if text.starts_with("noss") {
                let text = format!("\u{202e}{text}\u{202c}");
                assert_eq!(words("Anna Svensson", &text), [&text[3..text.len() - 3]]);
                continue;
            }
            assert_eq!(words("Anna Svensson", text), [text], "{text}");
        }
        assert_eq!(words("Sofi", "vi såg Soﬁas"), ["Soﬁ"]);
        assert_eq!(words("Söder", "xn--sder-5qa.se"), ["xn--sder-5qa"]);
        assert_eq!(words("070-123 45 67", "ring 0701234567!"), ["0701234567"]);
        assert_eq!(words("070-123 45 67", "tel:+46701234567"), ["46701234567"]);
        assert_eq!(words("+46 70 123 45 67", "070-1234567"), ["070-1234567"]);
        assert_eq!(words("800101-1234", "800101−1234"), ["800101−1234"]);
        assert_eq!(words("19800101-1234", "8001011234"), ["8001011234"]);
        assert_eq!(words("800101-1234", "19 800101-1234"), ["19 800101-1234"]);
        assert_eq!(
            words("0701234567", "ring 070-123 45 67!"),
            ["070-123 45 67"]
        );
    }

    #[test]
    fn addresses_and_handles_tell_names_without_their_dots() {
        let name = Sought::words("Åke Östberg", Where::Anywhere).unwrap();
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
        let other = Sought::words("Oestberg", Where::Anywhere).unwrap();
        assert_eq!(found(&other, "@östberg"), ["östberg"]);
    }

    #[test]
    fn other_words_stay() {
        assert!(words("Anna", "kan nabo se").is_empty());
        assert!(words("får", "far").is_empty());
        assert_eq!(words("Bo", "Bo i Borås"), ["Bo", "Bo"]);
        let whole = Sought::words("Bo", Where::Whole).unwrap();
        assert_eq!(found(&whole, "Bo i Borås, Bos hus"), ["Bo", "Bo"]);
        for text in ["Bo🎉", "Bo™", "½Bo²", "Bo2", "★Bo★", "Bo\u{2800}"] {
            assert_eq!(found(&whole, text), ["Bo"], "{text}");
        }
        let short = Sought::words("Ek", Where::Capital).unwrap();
        assert_eq!(
            found(&short, "Mvh Ek. Eks hus, EK! en ek, Eken, x.se/ek"),
            ["Ek", "Ek", "EK"]
        );
        assert_eq!(words("🍆", "en 🍆🎉 och 🥕"), ["🍆"]);
        assert!(Sought::words(" - ", Where::Anywhere).is_err());
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
            "800101\u{2011}1234",
            "800101−1234",
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
