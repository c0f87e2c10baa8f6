//! What becomes of a record in one place, in the words of a plan: `bevaras`, `gallras 2 år efter publicering`.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike as _, Months, NaiveDate, TimeDelta};
use serde::{Deserialize, Serialize};

/// What arkivd's copy becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Fate {
    /// `bevaras`: kept for ever.
    Preserve,
    /// `gallras vid inaktualitet`, `gallras 2 år efter publicering`: destroyed, once decided, when the period after the
    /// event has passed.
    Gallring { after: Period, from: Trigger },
}

/// What is done on the platform (mediet).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Medium {
    /// `ingen åtgärd`
    Keep,
    /// `döljs genast`
    Hide,
    /// `gallras genast från mediet`
    AtOnce,
    /// `gallras vid inaktualitet`, `gallras 1 år efter publicering`
    Gallring { after: Period, from: Trigger },
}

/// A gallringsfrist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Period {
    /// Years are twelve of them.
    pub months: u32,
    pub days: u32,
}

/// The event that a period runs from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Trigger {
    /// The day it was published, or sent to the municipality.
    Published,
    /// The day arkivd first captured it.
    Captured,
    /// The day it was registered in the diarium.
    Registered,
    /// The day a person said that it is no longer current (vid inaktualitet).
    Inaktuell,
    /// The day its account was closed.
    ChannelEnds,
}

/// The days on which the events of a record came; `None`: not yet, or not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Happened {
    pub published: Option<NaiveDate>,
    pub captured: Option<NaiveDate>,
    pub registered: Option<NaiveDate>,
    pub inaktuell: Option<NaiveDate>,
    pub channel_ended: Option<NaiveDate>,
}

/// When something may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DayOf {
    /// It is kept.
    Never,
    /// Its event has not come.
    Awaits(Trigger),
    /// The first day.
    On(NaiveDate),
}

impl Happened {
    pub fn day(&self, trigger: Trigger) -> Option<NaiveDate> {
        match trigger {
            Trigger::Published => self.published,
            Trigger::Captured => self.captured,
            Trigger::Registered => self.registered,
            Trigger::Inaktuell => self.inaktuell,
            Trigger::ChannelEnds => self.channel_ended,
        }
    }

    fn after(&self, after: Period, from: Trigger) -> DayOf {
        match self.day(from) {
            None => DayOf::Awaits(from),
            // Beyond what can be counted is never.
            Some(day) => after.from(day).map_or(DayOf::Never, DayOf::On),
        }
    }
}

impl Fate {
    /// The first day on which arkivd's copy may go.
    pub fn day(self, happened: &Happened) -> DayOf {
        match self {
            Self::Preserve => DayOf::Never,
            Self::Gallring { after, from } => happened.after(after, from),
        }
    }
}

impl Medium {
    /// The first day on which it is to be hidden or gone from the platform.
    pub fn day(self, happened: &Happened) -> DayOf {
        match self {
            Self::Keep => DayOf::Never,
            Self::Hide | Self::AtOnce => happened
                .published
                .or(happened.captured)
                .map_or(DayOf::Awaits(Trigger::Captured), DayOf::On),
            Self::Gallring { after, from } => happened.after(after, from),
        }
    }
}

impl Period {
    pub const NONE: Self = Self { months: 0, days: 0 };

    /// The first day after the period has passed in full. A month that lacks the day ends before it: two years from
    /// 2024-02-29 have passed on 2026-03-01, never a day early. `None` beyond what a calendar can count.
    pub fn from(self, day: NaiveDate) -> Option<NaiveDate> {
        let moved = day.checked_add_months(Months::new(self.months))?;
        let moved = match moved.day() < day.day() {
            true => moved.succ_opt()?,
            false => moved,
        };
        moved.checked_add_signed(TimeDelta::try_days(i64::from(self.days))?)
    }
}

/// Words of a plan that say no fate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FateFault {
    #[error(
        "{0:?} is not one of: bevaras; gallras vid inaktualitet; gallras PERIOD efter HÄNDELSE, as in gallras 2 år efter publicering"
    )]
    Fate(String),
    #[error(
        "{0:?} is not one of: ingen åtgärd; döljs genast; gallras genast; gallras vid inaktualitet; gallras PERIOD efter HÄNDELSE, as in gallras 1 år efter publicering"
    )]
    Medium(String),
    #[error(
        "{0:?} is not a period: it is a number with dagar, veckor, månader or år, as in 6 månader"
    )]
    Period(String),
    #[error(
        "{0:?} is not an event: it is publicering, insamling, registrering, inaktualitet or avslutad kanal"
    )]
    Event(String),
}

const EVENTS: [(&str, Trigger); 5] = [
    ("publicering", Trigger::Published),
    ("insamling", Trigger::Captured),
    ("registrering", Trigger::Registered),
    ("inaktualitet", Trigger::Inaktuell),
    ("avslutad kanal", Trigger::ChannelEnds),
];

impl fmt::Display for Trigger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let found = EVENTS.iter().find(|(_, t)| t == self);
        f.write_str(found.map_or("", |(word, _)| word))
    }
}

impl FromStr for Trigger {
    type Err = FateFault;
    fn from_str(text: &str) -> Result<Self, FateFault> {
        let found = EVENTS.iter().find(|(word, _)| *word == text);
        found
            .map(|(_, t)| *t)
            .ok_or_else(|| FateFault::Event(text.to_owned()))
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let many = |n: u32, one: &str, more: &str| match n {
            1 => format!("1 {one}"),
            n => format!("{n} {more}"),
        };
        let mut parts = Vec::new();
        match (self.months / 12, self.months % 12) {
            (0, 0) => {}
            (years, 0) => parts.push(many(years, "år", "år")),
            _ => parts.push(many(self.months, "månad", "månader")),
        }
        if self.days > 0 || parts.is_empty() {
            parts.push(many(self.days, "dag", "dagar"));
        }
        f.write_str(&parts.join(" och "))
    }
}

impl FromStr for Period {
    type Err = FateFault;
    fn from_str(text: &str) -> Result<Self, FateFault> {
        let fault = || FateFault::Period(text.to_owned());
        let mut period = Self::NONE;
        for part in text.split(" och ") {
            let (number, unit) = part.trim().split_once(' ').ok_or_else(fault)?;
            let number: u32 = number.parse().map_err(|_| fault())?;
            let (months, days) = match unit.trim() {
                "år" => (number.checked_mul(12), Some(0)),
                "månad" | "månader" => (Some(number), Some(0)),
                "vecka" | "veckor" => (Some(0), number.checked_mul(7)),
                "dag" | "dagar" => (Some(0), Some(number)),
                _ => return Err(fault()),
            };
            let add = |a: u32, b: Option<u32>| b.and_then(|b| a.checked_add(b)).ok_or_else(fault);
            period = Self {
                months: add(period.months, months)?,
                days: add(period.days, days)?,
            };
        }
        Ok(period)
    }
}

/// `gallras vid inaktualitet`, `gallras när kanalen upphör`, `gallras 2 år efter publicering`.
fn gallring(text: &str) -> Result<Option<(Period, Trigger)>, FateFault> {
    let text = text.strip_suffix(" från mediet").unwrap_or(text);
    let Some(rest) = text.strip_prefix("gallras ") else {
        return Ok(None);
    };
    if rest == "vid inaktualitet" {
        return Ok(Some((Period::NONE, Trigger::Inaktuell)));
    }
    if rest == "när kanalen upphör" {
        return Ok(Some((Period::NONE, Trigger::ChannelEnds)));
    }
    match rest.split_once(" efter ") {
        Some((period, event)) => Ok(Some((period.parse()?, event.parse()?))),
        None => Ok(None),
    }
}

fn told(after: Period, from: Trigger) -> String {
    match (after, from) {
        (Period::NONE, Trigger::Inaktuell) => "gallras vid inaktualitet".to_owned(),
        (Period::NONE, Trigger::ChannelEnds) => "gallras när kanalen upphör".to_owned(),
        _ => format!("gallras {after} efter {from}"),
    }
}

impl fmt::Display for Fate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Preserve => f.pad("bevaras"),
            Self::Gallring { after, from } => f.pad(&told(*after, *from)),
        }
    }
}

impl fmt::Display for Medium {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Keep => f.pad("ingen åtgärd"),
            Self::Hide => f.pad("döljs genast"),
            Self::AtOnce => f.pad("gallras genast"),
            Self::Gallring { after, from } => f.pad(&told(*after, *from)),
        }
    }
}

fn plain(text: &str) -> String {
    text.split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .to_lowercase()
}

impl FromStr for Fate {
    type Err = FateFault;
    fn from_str(text: &str) -> Result<Self, FateFault> {
        let plain = plain(text);
        if plain == "bevaras" {
            return Ok(Self::Preserve);
        }
        gallring(&plain)?
            .map(|(after, from)| Self::Gallring { after, from })
            .ok_or_else(|| FateFault::Fate(text.to_owned()))
    }
}

impl FromStr for Medium {
    type Err = FateFault;
    fn from_str(text: &str) -> Result<Self, FateFault> {
        let plain = plain(text);
        match plain.as_str() {
            "ingen åtgärd" | "bevaras" => return Ok(Self::Keep),
            "döljs genast" => return Ok(Self::Hide),
            "gallras genast" | "gallras genast från mediet" => return Ok(Self::AtOnce),
            _ => {}
        }
        gallring(&plain)?
            .map(|(after, from)| Self::Gallring { after, from })
            .ok_or_else(|| FateFault::Medium(text.to_owned()))
    }
}

macro_rules! by_words {
    ($($name:ident),*) => {$(
        impl TryFrom<String> for $name {
            type Error = FateFault;
            fn try_from(text: String) -> Result<Self, FateFault> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(fate: $name) -> Self {
                fate.to_string()
            }
        }
    )*};
}
by_words!(Fate, Medium);

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn fates_are_read_as_plans_write_them_and_written_the_same() {
        for text in [
            "bevaras",
            "gallras vid inaktualitet",
            "gallras när kanalen upphör",
            "gallras 2 år efter publicering",
            "gallras 1 månad efter registrering",
            "gallras 18 månader efter insamling",
            "gallras 1 år efter inaktualitet",
            "gallras 14 dagar efter publicering",
        ] {
            assert_eq!(text.parse::<Fate>().unwrap().to_string(), text);
        }
        for text in ["ingen åtgärd", "döljs genast", "gallras genast"] {
            assert_eq!(text.parse::<Medium>().unwrap().to_string(), text);
        }
        assert_eq!("Gallras genast från mediet".parse(), Ok(Medium::AtOnce));
        let weeks: Fate = "gallras 2 veckor efter publicering".parse().unwrap();
        assert_eq!(weeks.to_string(), "gallras 14 dagar efter publicering");
    }

    #[test]
    fn what_says_no_fate_is_refused_with_the_value() {
        for (text, word) in [
            ("", "bevaras"),
            ("sparas", "\"sparas\""),
            ("gallras", "\"gallras\""),
            ("gallras snart efter publicering", "\"snart\""),
            ("gallras 2 efter publicering", "\"2\""),
            ("gallras -2 år efter publicering", "\"-2 år\""),
            ("gallras 2 år efter månsken", "\"månsken\""),
            ("gallras 4000000000 år efter publicering", "4000000000"),
        ] {
            let error = text.parse::<Fate>().unwrap_err().to_string();
            assert!(error.contains(word), "{text}: {error}");
        }
    }

    #[test]
    fn a_period_has_passed_in_full_and_never_a_day_early() {
        for (from, period, first) in [
            ("2024-02-29", "1 år", "2025-03-01"),
            ("2024-02-29", "4 år", "2028-02-29"),
            ("2026-01-31", "1 månad", "2026-03-01"),
            ("2026-08-31", "6 månader", "2027-03-01"),
            ("2026-03-28", "1 dag", "2026-03-29"),
            ("2026-12-31", "2 år", "2028-12-31"),
            ("2026-11-21", "0 dagar", "2026-11-21"),
        ] {
            let period: Period = period.parse().unwrap();
            assert_eq!(period.from(day(from)), Some(day(first)), "{from} {period}");
        }
        let long = Period {
            months: u32::MAX,
            days: 0,
        };
        assert_eq!(long.from(day("2026-11-21")), None);
    }

    #[test]
    fn an_event_that_has_not_come_is_waited_for() {
        let fate: Fate = "gallras vid inaktualitet".parse().unwrap();
        let mut happened = Happened {
            published: Some(day("2020-01-01")),
            ..Happened::default()
        };
        assert_eq!(fate.day(&happened), DayOf::Awaits(Trigger::Inaktuell));
        happened.inaktuell = Some(day("2026-11-21"));
        assert_eq!(fate.day(&happened), DayOf::On(day("2026-11-21")));
        assert_eq!(Fate::Preserve.day(&happened), DayOf::Never);
    }
}
