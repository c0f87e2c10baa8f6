//! The keys of one TOML table, taken one by one; all that is wrong with them is gathered.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt::Display;
use std::ops::Range;
use std::str::FromStr;

use chrono::NaiveDate;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::faults::{Fault, Lines, Position, Weight};

/// A text of a plan longer than this is none.
const LONGEST_TEXT: usize = 10_000;

/// A file that is being read.
#[derive(Debug)]
pub(super) struct Reader<'t> {
    lines: Lines<'t>,
    faults: RefCell<Vec<Fault>>,
    places: RefCell<HashMap<String, Position>>,
}

/// One of its tables.
pub(super) struct Keys<'r, 't> {
    reader: &'r Reader<'t>,
    table: &'r DeTable<'t>,
    /// As errors name it: `row`.
    name: &'static str,
    /// As it is found again: `row.3`.
    path: String,
    at: Position,
    known: RefCell<Vec<&'static str>>,
}

impl<'t> Reader<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self {
            lines: Lines::of(text),
            faults: RefCell::default(),
            places: RefCell::default(),
        }
    }

    pub(super) fn position(&self, span: &Range<usize>) -> Position {
        self.lines.position(span.start)
    }

    pub(super) fn fault(&self, at: Position, key: impl Into<String>, problem: impl Into<String>) {
        self.faults.borrow_mut().push(Fault {
            weight: Weight::Error,
            at,
            key: key.into(),
            problem: problem.into(),
        });
    }

    pub(super) fn keys<'r>(
        &'r self,
        table: &'r DeTable<'t>,
        name: &'static str,
        path: String,
        at: Position,
    ) -> Keys<'r, 't> {
        self.places.borrow_mut().insert(path.clone(), at);
        Keys {
            reader: self,
            table,
            name,
            path,
            at,
            known: RefCell::default(),
        }
    }

    pub(super) fn end(self) -> (Vec<Fault>, HashMap<String, Position>) {
        (self.faults.into_inner(), self.places.into_inner())
    }
}

impl<'r, 't> Keys<'r, 't> {
    pub(super) fn at(&self) -> Position {
        self.at
    }

    fn value(&self, key: &'static str) -> Option<&'r Spanned<DeValue<'t>>> {
        self.known.borrow_mut().push(key);
        let value = self.table.get(key)?;
        let at = self.reader.position(&value.span());
        let mut places = self.reader.places.borrow_mut();
        places.insert(format!("{}.{key}", self.path), at);
        Some(value)
    }

    fn named(&self, key: &str) -> String {
        match self.name {
            "" => key.to_owned(),
            name => format!("{name}.{key}"),
        }
    }

    fn wrong(&self, key: &str, value: &Spanned<DeValue<'t>>, problem: impl Into<String>) {
        let at = self.reader.position(&value.span());
        self.reader.fault(at, self.named(key), problem);
    }

    fn kind(value: &DeValue<'_>) -> &'static str {
        match value {
            DeValue::String(_) => "text",
            DeValue::Integer(_) | DeValue::Float(_) => "a number",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a day",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        }
    }

    /// Text that says something; a key that is left empty says nothing.
    pub(super) fn text(&self, key: &'static str) -> Option<String> {
        let value = self.value(key)?;
        self.text_of(key, value)
    }

    fn text_of(&self, key: &str, value: &Spanned<DeValue<'t>>) -> Option<String> {
        let DeValue::String(text) = value.get_ref() else {
            let kind = Self::kind(value.get_ref());
            self.wrong(
                key,
                value,
                format!("it is text in quotation marks, and this is {kind}"),
            );
            return None;
        };
        let text = text.trim().replace("\r\n", "\n");
        if text.chars().count() > LONGEST_TEXT {
            self.wrong(
                key,
                value,
                format!("it is longer than {LONGEST_TEXT} characters"),
            );
            return None;
        }
        if let Some(c) = text.chars().find(|c| c.is_control() && *c != '\n') {
            self.wrong(
                key,
                value,
                format!("it holds the control character {:?}", c),
            );
            return None;
        }
        (!text.is_empty()).then_some(text)
    }

    /// Text of one line that must be there.
    pub(super) fn required(&self, key: &'static str) -> Option<String> {
        let text = self.line(key);
        if text.is_none() {
            self.lacks(key, "is missing, or empty");
        }
        text
    }

    /// Text of one line.
    pub(super) fn line(&self, key: &'static str) -> Option<String> {
        let text = self.text(key)?;
        match (text.contains('\n'), self.table.get(key)) {
            (true, Some(value)) => {
                self.wrong(key, value, "it is more than one line");
                None
            }
            _ => Some(text),
        }
    }

    /// Says that a key lacks, unless what stands there was told already.
    pub(super) fn lacks(&self, key: &'static str, problem: &str) {
        let value = self.table.get(key);
        let says_nothing = value
            .is_none_or(|v| matches!(v.get_ref(), DeValue::String(text) if text.trim().is_empty()));
        if says_nothing {
            let at = value.map_or(self.at, |v| self.reader.position(&v.span()));
            self.reader.fault(at, self.name, format!("{key} {problem}"));
        }
    }

    /// Text that has a meaning of its own.
    pub(super) fn word<T: FromStr<Err: Display>>(&self, key: &'static str) -> Option<T> {
        let text = self.line(key)?;
        match text.parse() {
            Ok(word) => Some(word),
            Err(problem) => {
                if let Some(value) = self.table.get(key) {
                    self.wrong(key, value, problem.to_string());
                }
                None
            }
        }
    }

    /// A day, with quotation marks or without.
    pub(super) fn day(&self, key: &'static str) -> Option<NaiveDate> {
        const FORM: &str = "a day is written 2026-11-21";
        let value = self.value(key)?;
        let text = match value.get_ref() {
            DeValue::String(text) if text.trim().is_empty() => return None,
            DeValue::String(text) => text.trim().to_owned(),
            DeValue::Datetime(day) => day.to_string(),
            DeValue::Integer(number) => number.to_string(),
            other => {
                let kind = Self::kind(other);
                self.wrong(key, value, format!("{FORM}, and this is {kind}"));
                return None;
            }
        };
        let day = text.parse::<NaiveDate>().ok();
        if day.is_none() {
            self.wrong(
                key,
                value,
                format!("{text:?} is no day of the calendar: {FORM}"),
            );
        }
        day
    }

    pub(super) fn flag(&self, key: &'static str) -> Option<bool> {
        let value = self.value(key)?;
        match value.get_ref() {
            DeValue::Boolean(flag) => Some(*flag),
            other => {
                let kind = Self::kind(other);
                self.wrong(
                    key,
                    value,
                    format!("it is true or false, and this is {kind}"),
                );
                None
            }
        }
    }

    /// A list of texts; a single text is a list of one.
    pub(super) fn list<T, E: Display>(
        &self,
        key: &'static str,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Vec<T> {
        let Some(value) = self.value(key) else {
            return Vec::new();
        };
        let items = match value.get_ref() {
            DeValue::Array(items) => items.iter().collect::<Vec<_>>(),
            DeValue::String(_) => vec![value],
            other => {
                let kind = Self::kind(other);
                self.wrong(
                    key,
                    value,
                    format!("it is a list such as [\"a\", \"b\"], and this is {kind}"),
                );
                return Vec::new();
            }
        };
        let mut out = Vec::with_capacity(items.len());
        for item in items {
            let told = self.reader.faults.borrow().len();
            match self.text_of(key, item).map(|text| parse(&text)) {
                Some(Ok(word)) => out.push(word),
                Some(Err(problem)) => self.wrong(key, item, problem.to_string()),
                None if self.reader.faults.borrow().len() == told => {
                    self.wrong(key, item, "it is empty");
                }
                None => {}
            }
        }
        out
    }

    /// A table within this one.
    pub(super) fn table(&self, key: &'static str, name: &'static str) -> Option<Keys<'r, 't>> {
        let value = self.value(key)?;
        let at = self.reader.position(&value.span());
        match value.get_ref() {
            DeValue::Table(table) => {
                Some(
                    self.reader
                        .keys(table, name, format!("{}.{key}", self.path), at),
                )
            }
            other => {
                let kind = Self::kind(other);
                self.wrong(
                    key,
                    value,
                    format!("it is a table, [{name}], and this is {kind}"),
                );
                None
            }
        }
    }

    /// Tables `[[key]]` of this one.
    pub(super) fn tables(&self, key: &'static str) -> Vec<Keys<'r, 't>> {
        let Some(value) = self.value(key) else {
            return Vec::new();
        };
        let DeValue::Array(items) = value.get_ref() else {
            self.wrong(
                key,
                value,
                format!("each is written as a table of its own, [[{key}]]"),
            );
            return Vec::new();
        };
        let mut out = Vec::new();
        for (n, item) in items.iter().enumerate() {
            let at = self.reader.position(&item.span());
            match item.get_ref() {
                DeValue::Table(table) => {
                    out.push(self.reader.keys(table, key, format!("{key}.{n}"), at));
                }
                other => {
                    let kind = Self::kind(other);
                    self.wrong(
                        key,
                        item,
                        format!("it is a table, [[{key}]], and this is {kind}"),
                    );
                }
            }
        }
        out
    }

    /// Tells of every key that nobody asked for.
    pub(super) fn end(self) {
        let known = self.known.borrow();
        for (key, _) in self.table {
            let given: &str = key.get_ref();
            if known.contains(&given) {
                continue;
            }
            let nearest = known
                .iter()
                .map(|name| (strsim::levenshtein(given, name), *name))
                .min()
                .filter(|(distance, _)| *distance <= 3);
            let problem = match nearest {
                Some((_, name)) => format!("unknown key {given:?}: did you mean {name:?}?"),
                None => format!("unknown key {given:?}: known are {}", known.join(", ")),
            };
            let at = self.reader.position(&key.span());
            self.reader.fault(at, self.named(given), problem);
        }
    }
}
