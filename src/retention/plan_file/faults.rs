//! What is wrong with a plan's file: each fault with its line, its key and its weight.

use std::fmt;

use serde::Serialize;

/// How much a fault matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Weight {
    /// The plan cannot be loaded.
    Error,
    /// It can, and someone should look at it.
    Warning,
    /// Worth knowing.
    Note,
}

/// A line and a column of a file, both from 1; columns are characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Position {
    pub line: usize,
    pub column: usize,
}

/// One thing that is wrong, or worth a look.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    pub weight: Weight,
    #[serde(flatten)]
    pub at: Position,
    /// The key with the tables it stands in: `row.archive`.
    pub key: String,
    pub problem: String,
}

/// All faults of a file that is no plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Faults {
    /// The name that messages give.
    pub file: String,
    /// By line.
    pub all: Vec<Fault>,
}

impl Fault {
    /// `file:12:9: row.archive: problem`.
    pub fn told(&self, file: &str) -> String {
        let Self {
            at: Position { line, column },
            key,
            problem,
            ..
        } = self;
        match key.is_empty() {
            true => format!("{file}:{line}:{column}: {problem}"),
            false => format!("{file}:{line}:{column}: {key}: {problem}"),
        }
    }
}

impl Faults {
    pub fn lines(&self) -> impl Iterator<Item = String> {
        self.all.iter().map(|fault| fault.told(&self.file))
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut errors = self.all.iter().filter(|f| f.weight == Weight::Error);
        match (errors.next(), errors.count()) {
            (Some(first), 0) => f.write_str(&first.told(&self.file)),
            (Some(first), more) => write!(f, "{} (and {more} more)", first.told(&self.file)),
            (None, _) => write!(f, "{} has no errors", self.file),
        }
    }
}

impl std::error::Error for Faults {}

impl Weight {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

impl fmt::Display for Weight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Where the lines of a text begin, so that a byte's place is found at once.
#[derive(Debug)]
pub(super) struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        let ends = text.match_indices('\n').map(|(at, _)| at + 1);
        Self {
            text,
            starts: std::iter::once(0).chain(ends).collect(),
        }
    }

    pub(super) fn position(&self, byte: usize) -> Position {
        let line = self.starts.partition_point(|start| *start <= byte).max(1);
        let start = self.starts.get(line - 1).copied().unwrap_or_default();
        let before = self.text.get(start..byte).unwrap_or_default();
        // A byte order mark is no character that anyone sees.
        let column = before.chars().filter(|c| *c != '\u{feff}').count() + 1;
        Position { line, column }
    }
}
