//! What a report is made of, whatever form it takes: a head, rows of cells, a tail.
//!
//! The command line speaks English and documents Swedish: what we say ourselves has both words.

use std::ops::ControlFlow;

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Value, json};

use crate::calendar::local_time;

/// What takes a report. It says when it takes no more.
pub trait Sheet {
    fn head(&mut self, head: &Head) -> ControlFlow<()>;
    fn row(&mut self, row: Vec<Cell>) -> ControlFlow<()>;
    fn tail(&mut self, tail: &Tail) -> ControlFlow<()>;
}

/// What stands above the rows.
#[derive(Debug, Clone, Default)]
pub struct Head {
    /// `unanswered`: the word of the command line.
    pub report: &'static str,
    /// In Swedish, as the document is called.
    pub title: String,
    /// What kind of document it is, in Swedish.
    pub kind: String,
    /// The committee it is about; empty for all.
    pub committee: String,
    pub made: DateTime<Utc>,
    /// By which rules it was made, and what it rests on.
    pub stated: Vec<Stated>,
    pub columns: &'static [Column],
}

#[derive(Debug)]
pub struct Column {
    /// Its name in JSON.
    pub key: &'static str,
    pub english: &'static str,
    pub swedish: &'static str,
    /// False for what a page has no room for; CSV and JSON have all.
    pub on_paper: bool,
    /// False for what a terminal has no room for.
    pub in_table: bool,
}

/// A thing that the report says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stated {
    pub key: &'static str,
    pub english_label: &'static str,
    pub swedish_label: &'static str,
    pub english: String,
    pub swedish: String,
}

impl Stated {
    pub fn new(
        key: &'static str,
        english_label: &'static str,
        swedish_label: &'static str,
        english: impl Into<String>,
        swedish: impl Into<String>,
    ) -> Self {
        Self {
            key,
            english_label,
            swedish_label,
            english: english.into(),
            swedish: swedish.into(),
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    Nothing,
    /// What others wrote, or a name.
    Text(String),
    Time(DateTime<Utc>),
    Day(NaiveDate),
    Count(u64),
    /// With one decimal.
    Decimal(f64),
    Yes(bool),
    /// A word of ours: as JSON has it, and in Swedish.
    Word(&'static str, &'static str),
    /// A sentence of ours, in English and Swedish.
    Told(String, String),
    List(Vec<String>),
    /// First and last day of each.
    Days(Vec<(NaiveDate, NaiveDate)>),
}

impl Cell {
    pub fn text(text: Option<impl Into<String>>) -> Self {
        text.map_or(Self::Nothing, |t| Self::Text(t.into()))
    }

    pub fn time(at: Option<DateTime<Utc>>) -> Self {
        at.map_or(Self::Nothing, Self::Time)
    }

    pub fn english(&self) -> String {
        match self {
            Self::Yes(yes) => if *yes { "yes" } else { "no" }.to_owned(),
            Self::Word(english, _) => (*english).to_owned(),
            Self::Told(english, _) => english.clone(),
            Self::Decimal(number) => format!("{number:.1}"),
            other => other.swedish(),
        }
    }

    pub fn swedish(&self) -> String {
        match self {
            Self::Nothing => String::new(),
            Self::Text(text) => text.clone(),
            Self::Time(at) => local_time(*at),
            Self::Day(day) => day.to_string(),
            Self::Count(n) => n.to_string(),
            Self::Decimal(number) => format!("{number:.1}").replace('.', ","),
            Self::Yes(yes) => if *yes { "ja" } else { "nej" }.to_owned(),
            Self::Word(_, swedish) => (*swedish).to_owned(),
            Self::Told(_, swedish) => swedish.clone(),
            Self::List(all) => all.join(", "),
            Self::Days(days) => {
                let told = days.iter().map(|(first, last)| match first == last {
                    true => first.to_string(),
                    false => format!("{first}–{last}"),
                });
                told.collect::<Vec<_>>().join(", ")
            }
        }
    }

    pub fn json(&self) -> Value {
        match self {
            Self::Nothing => Value::Null,
            Self::Text(text) => json!(text),
            Self::Time(at) => json!(at),
            Self::Day(day) => json!(day),
            Self::Count(n) => json!(n),
            Self::Decimal(number) => json!((number * 10.0).round() / 10.0),
            Self::Yes(yes) => json!(yes),
            Self::Word(word, _) => json!(word),
            Self::Told(english, _) => json!(english),
            Self::List(all) => json!(all),
            Self::Days(days) => {
                let all = days
                    .iter()
                    .map(|(first, last)| json!({ "from": first, "to": last }));
                all.collect()
            }
        }
    }
}

/// What stands below the rows.
#[derive(Debug, Clone, Default)]
pub struct Tail {
    pub totals: Vec<Total>,
    /// What a reader must know to read it right, in English and Swedish.
    pub notes: Vec<(String, String)>,
}

/// A sum, of the whole or of one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Total {
    pub key: &'static str,
    pub english: &'static str,
    pub swedish: &'static str,
    pub account: Option<String>,
    pub value: u64,
    /// Of how many, where it is a share.
    pub of: Option<u64>,
}

impl Total {
    pub fn new(
        key: &'static str,
        english: &'static str,
        swedish: &'static str,
        value: u64,
    ) -> Self {
        Self {
            key,
            english,
            swedish,
            account: None,
            value,
            of: None,
        }
    }

    pub fn of(self, of: u64) -> Self {
        Self {
            of: Some(of),
            ..self
        }
    }

    pub fn on(self, account: impl Into<String>) -> Self {
        Self {
            account: Some(account.into()),
            ..self
        }
    }

    /// `12 av 40 (30 %)`, with the word for `av`.
    pub fn told(&self, of_word: &str) -> String {
        match self.of {
            None => self.value.to_string(),
            Some(0) => format!("{} {of_word} 0", self.value),
            Some(of) => {
                let share = (u128::from(self.value) * 200 + u128::from(of)) / (u128::from(of) * 2);
                format!("{} {of_word} {of} ({share}\u{a0}%)", self.value)
            }
        }
    }
}

macro_rules! columns {
    ($($key:literal $english:literal $swedish:literal $where:ident;)*) => {
        &[$($crate::workflow::reports::Column {
            key: $key, english: $english, swedish: $swedish,
            on_paper: columns!(@paper $where), in_table: columns!(@table $where),
        }),*]
    };
    (@paper both) => { true }; (@paper paper) => { true }; (@paper table) => { false }; (@paper data) => { false };
    (@table both) => { true }; (@table paper) => { false }; (@table table) => { true }; (@table data) => { false };
}
pub(super) use columns;
