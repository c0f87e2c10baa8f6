//! Words by which what is destroyed would be known in a file, however the file writes them. Pure.

use std::collections::{BTreeSet, HashSet};

use aho_corasick::{AhoCorasick, BuildError};

use crate::record::{Block, Content, Span};

/// Shorter runs of letters stand in any text.
const SHORTEST: usize = 12;
/// The beginning of a run is enough: excerpts end anywhere.
const LONGEST: usize = 32;

/// What the contents say, each run by its beginning.
#[derive(Debug)]
pub(super) struct Telltales {
    runs: Vec<String>,
    patterns: Option<AhoCorasick>,
    /// Runs that what stays says too: they tell nothing.
    common: HashSet<usize>,
}

impl Telltales {
    pub(super) fn of<'c>(
        contents: impl IntoIterator<Item = &'c Content>,
    ) -> Result<Self, BuildError> {
        let runs: BTreeSet<String> = contents.into_iter().flat_map(runs).collect();
        let runs: Vec<String> = runs.into_iter().collect();
        Ok(Self {
            patterns: match runs.is_empty() {
                true => None,
                false => Some(AhoCorasick::new(&runs)?),
            },
            runs,
            common: HashSet::new(),
        })
    }

    /// Notes what something that stays says: its text, its links, where it stands.
    pub(super) fn is_also_said(&mut self, text: &str) {
        if let Some(patterns) = &self.patterns {
            let bare = bare(text);
            let found = patterns.find_overlapping_iter(&bare);
            self.common.extend(found.map(|m| m.pattern().as_usize()));
        }
    }

    /// Leaves out what was noted.
    ///
    /// # Errors
    /// When the words cannot be looked for.
    pub(super) fn settled(self) -> Result<Self, BuildError> {
        if self.common.is_empty() {
            return Ok(self);
        }
        let stay = |(n, _): &(usize, String)| !self.common.contains(n);
        let runs: Vec<String> = self
            .runs
            .into_iter()
            .enumerate()
            .filter(stay)
            .map(|(_, r)| r)
            .collect();
        Ok(Self {
            patterns: match runs.is_empty() {
                true => None,
                false => Some(AhoCorasick::new(&runs)?),
            },
            runs,
            common: HashSet::new(),
        })
    }

    /// Whether a text tells any of it, as it stands or as JSON, HTML or XML write it.
    pub(super) fn stand_in(&self, text: &str) -> bool {
        let Some(patterns) = &self.patterns else {
            return false;
        };
        patterns.is_match(&bare(text))
            || text.contains('\\') && patterns.is_match(&bare(&unescaped(text)))
    }
}

fn runs(content: &Content) -> BTreeSet<String> {
    let bare = words(content).into_iter().map(|run| bare(&run));
    bare.filter(|run| run.chars().count() >= SHORTEST)
        .map(|run| run.chars().take(LONGEST).collect())
        .collect()
}

/// All that a content says, a run a block.
fn words(content: &Content) -> Vec<String> {
    let joined = |spans: &[Span]| spans.iter().map(|s| s.text.as_str()).collect::<String>();
    let mut runs: Vec<String> = content.title.iter().cloned().collect();
    for block in &content.body {
        match block {
            Block::Paragraph { spans }
            | Block::Heading { spans, .. }
            | Block::ListItem { spans, .. }
            | Block::Quote { spans } => runs.push(joined(spans)),
            Block::Preformatted { text } => runs.push(text.clone()),
            Block::TableRow { cells, .. } => runs.extend(cells.iter().map(|cell| joined(cell))),
            Block::Medium { .. } | Block::Rule => {}
        }
    }
    for medium in &content.media {
        runs.extend(medium.alt.iter().chain(&medium.caption).cloned());
    }
    runs
}

/// Letters and digits alone, in lower case: without tags, entities, spaces and signs, which each format writes its way.
fn bare(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let skipped = match c {
            '<' => rest
                .find('>')
                .filter(|end| rest[..*end].starts_with(|_| true) && is_tag(&rest[1..*end])),
            '&' => rest
                .find(';')
                .filter(|end| *end < 12 && is_entity(&rest[1..*end])),
            _ => None,
        };
        if let Some(end) = skipped {
            let meant = entity(&rest[1..end]).filter(|meant| c == '&' && meant.is_alphanumeric());
            out.extend(meant.into_iter().flat_map(char::to_lowercase));
            rest = &rest[end + 1..];
            continue;
        }
        if c.is_alphanumeric() {
            out.extend(c.to_lowercase());
        }
        rest = &rest[c.len_utf8()..];
    }
    out
}

/// The letter that an entity stands for: by its number, or one of those that Swedish is written with.
fn entity(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let number = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        };
        return char::from_u32(number);
    }
    Some(match name {
        "aring" | "Aring" => 'å',
        "auml" | "Auml" => 'ä',
        "ouml" | "Ouml" => 'ö',
        "eacute" | "Eacute" => 'é',
        _ => return None,
    })
}

fn is_tag(inside: &str) -> bool {
    inside.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?'))
}

fn is_entity(inside: &str) -> bool {
    !inside.is_empty()
        && inside
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '#')
}

/// `\u00e5` and its like as JSON means them.
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut units: Vec<u16> = Vec::new();
    let mut rest = text;
    let flush = |units: &mut Vec<u16>, out: &mut String| {
        out.extend(char::decode_utf16(units.drain(..)).map(|c| c.unwrap_or('\u{fffd}')));
    };
    while let Some(c) = rest.chars().next() {
        if c == '\\' {
            let hex = rest.get(2..6).filter(|_| rest[1..].starts_with('u'));
            if let Some(unit) = hex.and_then(|hex| u16::from_str_radix(hex, 16).ok()) {
                units.push(unit);
                rest = &rest[6..];
                continue;
            }
            flush(&mut units, &mut out);
            // `\n` and its like separate words; nothing that `bare` keeps.
            let next = rest[1..].chars().next();
            out.push(
                next.filter(|c| matches!(c, '/' | '"' | '\\'))
                    .unwrap_or(' '),
            );
            rest = &rest[1 + next.map_or(0, char::len_utf8)..];
            continue;
        }
        flush(&mut units, &mut out);
        out.push(c);
        rest = &rest[c.len_utf8()..];
    }
    flush(&mut units, &mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(text: &str) -> Content {
        Content {
            body: vec![Block::Paragraph {
                spans: vec![Span::plain(text)],
            }],
            ..Content::default()
        }
    }

    #[test]
    fn words_are_known_however_they_are_written() {
        let gone = content("Räksmörgås på torget i morgon klockan tolv");
        let telltales = Telltales::of([&gone]).unwrap();
        for text in [
            "xx Räksmörgås på torget i morgon klockan tolv",
            "<p>R&#228;ksm&ouml;rg&#xE5;s p&aring; torget i&#8209;morgon klockan tolv",
            r#"{"t":"R\u00e4ksm\u00f6rg\u00e5s p\u00e5\ntorget i <b>morgon<\/b> klockan tolv"}"#,
            "RÄKSMÖRGÅS<br>på torget, i morgon klockan&nbsp;tolv",
        ] {
            assert!(telltales.stand_in(text), "{text}");
        }
        assert!(!telltales.stand_in("Räksmörgås"));
    }

    #[test]
    fn what_others_say_too_tells_nothing() {
        let gone = content("Välkommen till kommunens sida");
        let mut telltales = Telltales::of([&gone]).unwrap();
        assert!(telltales.stand_in("Välkommen till kommunens sida"));
        telltales
            .is_also_said("https://a.example/valkommen Hej! Välkommen till kommunens sida, alla.");
        let telltales = telltales.settled().unwrap();
        assert!(!telltales.stand_in("Välkommen till kommunens sida"));
    }

    #[test]
    fn any_text_is_stood() {
        let telltales = Telltales::of([&content("abcdefghijklmnopqrst")]).unwrap();
        for text in [
            "",
            "\\",
            "\\u",
            "\\u12",
            "<",
            "&",
            "&;",
            "<å",
            "\\å",
            "a\\ud800b",
            "<<>>",
        ] {
            assert!(!telltales.stand_in(text), "{text}");
        }
    }
}
