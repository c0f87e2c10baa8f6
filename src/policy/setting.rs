//! One setting: its value, the requirement it serves, where it stands and in which words.

use std::fmt;
use std::ops::RangeInclusive;

use serde::Deserialize;

/// A value that a guideline, a law or SKR's advice sets.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setting<T> {
    pub value: T,
    pub requirement: Requirement,
    pub source: Source,
    pub quote: Quote,
}

/// One entry of a list that a guideline gives: a purpose, a point to check, a category of forbidden content.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Stays the same when the words change: `a-z`, `0-9`, `-`.
    pub id: EntryId,
    /// What people call it, in Swedish.
    pub name: Quote,
    pub requirement: Requirement,
    pub source: Source,
    pub quote: Quote,
}

/// The id of a requirement (`TIB-1`), or the name of what demands it (`SKR`, `BBS-lagen 5 §`).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Requirement(String);

/// Words as they stand in the source; ` … ` marks words left out.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Quote(String);

/// The short name of an [`Entry`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct EntryId(String);

/// Where the words stand.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum Source {
    /// Lines of a guideline's text: `tibro.txt:55-57,68`.
    Guideline { file: String, lines: Lines },
    /// A law, a decision or advice, as one cites it: `SFS 1998:112, 5 §`.
    Cited(String),
}

/// Line numbers from 1, in rising order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lines(Vec<RangeInclusive<usize>>);

impl Lines {
    pub fn ranges(&self) -> &[RangeInclusive<usize>] {
        &self.0
    }

    fn parse(text: &str) -> Option<Self> {
        let number = |s: &str| s.parse::<usize>().ok().filter(|n| *n > 0);
        let mut last = 0;
        let mut ranges = Vec::new();
        for part in text.split(',') {
            let (from, to) = part.split_once('-').unwrap_or((part, part));
            let (from, to) = (number(from)?, number(to)?);
            if from <= last || to < from {
                return None;
            }
            last = to;
            ranges.push(from..=to);
        }
        Some(Self(ranges))
    }
}

impl TryFrom<String> for Source {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        if text.trim().is_empty() {
            return Err("the source is empty".to_owned());
        }
        // A citation may hold a colon too (SFS 1998:112): only the name of a text file tells them apart.
        match text.split_once(".txt:") {
            None => Ok(Self::Cited(text)),
            Some((name, lines)) => match Lines::parse(lines) {
                Some(lines) => Ok(Self::Guideline {
                    file: format!("{name}.txt"),
                    lines,
                }),
                None => Err(format!(
                    "source {text:?}: the lines must be numbers or ranges in rising order, as in {name}.txt:55-57,68"
                )),
            },
        }
    }
}

macro_rules! text {
    ($name:ident, $what:literal) => {
        impl $name {
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = &'static str;
            fn try_from(text: String) -> Result<Self, &'static str> {
                if text.trim().is_empty() {
                    return Err(concat!("the ", $what, " is empty"));
                }
                Ok(Self(text))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}
text!(Requirement, "requirement");
text!(Quote, "text");

impl EntryId {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for EntryId {
    type Error = String;
    fn try_from(id: String) -> Result<Self, String> {
        let good = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if id.is_empty() || !id.bytes().all(good) {
            return Err(format!("id {id:?} must be of a-z, 0-9 and -"));
        }
        Ok(Self(id))
    }
}

impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cited(text) => f.write_str(text),
            Self::Guideline { file, lines } => write!(f, "{file}:{lines}"),
        }
    }
}

impl fmt::Display for Lines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, range) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str(",")?;
            }
            write!(f, "{}", range.start())?;
            if range.end() > range.start() {
                write!(f, "-{}", range.end())?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_lines_of_a_text_or_a_citation() {
        for text in [
            "tibro.txt:55",
            "tibro.txt:55-57",
            "lilla-edet.txt:3,26,28-30",
        ] {
            let source = Source::try_from(text.to_owned()).unwrap();
            assert!(matches!(source, Source::Guideline { .. }), "{text}");
            assert_eq!(source.to_string(), text);
        }
        let law = Source::try_from("SFS 1998:112, 5 §".to_owned()).unwrap();
        assert_eq!(law, Source::Cited("SFS 1998:112, 5 §".into()));
    }

    #[test]
    fn lines_that_cannot_be_are_refused() {
        for bad in ["0", "7-5", "7,5", "5,5", "x", "", "5-", "1-2-3", "-1"] {
            let error = Source::try_from(format!("tibro.txt:{bad}")).unwrap_err();
            assert!(error.contains("rising order"), "{bad}: {error}");
        }
        assert!(Source::try_from(" ".to_owned()).is_err());
    }
}
