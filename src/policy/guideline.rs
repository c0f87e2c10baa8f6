//! The guideline itself: whose it is, who decided it, when, and for how long (HAL-10).

use chrono::NaiveDate;
use serde::Deserialize;
use serde::de::{Deserializer, Error as _};

use super::{Quote, Source};

/// What the text says of itself. What it does not say is `None`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Guideline {
    /// `None` in the standard profile, which is no one's guideline.
    pub municipality: Option<String>,
    pub title: String,
    pub decided_by: Option<String>,
    /// The day of the decision.
    #[serde(default, deserialize_with = "day")]
    pub date: Option<NaiveDate>,
    /// The first day it is in force.
    #[serde(default, deserialize_with = "day")]
    pub valid_from: Option<NaiveDate>,
    /// The last day it is in force. A text that gives a year alone means that year's last day.
    #[serde(default, deserialize_with = "day")]
    pub valid_to: Option<NaiveDate>,
    /// Who looks after the document.
    pub owner: Option<String>,
    pub source: Source,
    pub quote: Quote,
}

impl Guideline {
    /// True once the period of validity is over.
    pub fn is_past(&self, today: NaiveDate) -> bool {
        self.valid_to.is_some_and(|last| last < today)
    }
}

/// A TOML local date (`2025-05-12`, without quotes).
fn day<'de, D: Deserializer<'de>>(from: D) -> Result<Option<NaiveDate>, D::Error> {
    let value = toml::value::Datetime::deserialize(from)?;
    match (value.date, value.time, value.offset) {
        (Some(d), None, None) => {
            NaiveDate::from_ymd_opt(d.year.into(), d.month.into(), d.day.into())
                .map(Some)
                .ok_or_else(|| D::Error::custom(format!("{value} is no day of the calendar")))
        }
        _ => Err(D::Error::custom(format!("{value} is not a date alone"))),
    }
}
