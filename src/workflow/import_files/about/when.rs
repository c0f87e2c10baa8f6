//! When what is brought was published, as people write it.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, Utc};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::calendar::{day_begins, shown_at};

/// When it was published: an instant, or a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct When {
    /// Where the day begins, if only that was given.
    pub at: DateTime<Utc>,
    pub day_only: bool,
}

impl When {
    /// A clock may be a little wrong.
    pub(in crate::workflow) fn has_come(&self, now: DateTime<Utc>) -> bool {
        self.at <= now + TimeDelta::days(1)
    }

    fn read(text: &str) -> Result<Self, &'static str> {
        let text = text.trim();
        let instant = |at| Self {
            at,
            day_only: false,
        };
        if let Ok(at) = DateTime::parse_from_rfc3339(text) {
            return Ok(instant(at.to_utc()));
        }
        let shown = text.replacen('T', " ", 1);
        for form in ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M", "%Y-%m-%d %H.%M"] {
            if let Ok(wall) = NaiveDateTime::parse_from_str(&shown, form) {
                return Ok(instant(shown_at(wall)));
            }
        }
        match NaiveDate::parse_from_str(text, "%Y-%m-%d") {
            Ok(day) => Ok(Self {
                at: day_begins(day),
                day_only: true,
            }),
            Err(_) => Err(
                "it is no time: write 2026-11-21 14:03 (Swedish time), 2026-11-21, or 2026-11-21T13:03:00Z",
            ),
        }
    }
}

impl FromStr for When {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let when = Self::read(text)?;
        match NaiveDate::from_ymd_opt(1990, 1, 1) {
            Some(first) if when.at < day_begins(first) => {
                Err("it is before 1990-01-01, when there was no web to write on")
            }
            _ => Ok(when),
        }
    }
}

/// TOML has times of its own beside text.
impl<'de> Deserialize<'de> for When {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = When;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a time such as 2026-11-21 14:03")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<When, E> {
                text.parse().map_err(E::custom)
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<When, A::Error> {
                let time = toml::value::Datetime::deserialize(MapAccessDeserializer::new(map))?;
                time.to_string().parse().map_err(A::Error::custom)
            }
        }
        from.deserialize_any(Either)
    }
}

/// Line and column of the time in a side file.
pub(super) fn place_of_time(text: &str) -> (usize, usize) {
    #[derive(Deserialize)]
    struct Timed {
        time: toml::Spanned<toml::Value>,
    }
    let found = toml::from_str::<Timed>(text);
    let at = found.map_or(0, |timed| timed.time.span().start);
    let before = text.get(..at).unwrap_or_default();
    let line = before.rsplit('\n').next().unwrap_or_default();
    (before.matches('\n').count() + 1, line.chars().count() + 1)
}
