//! Calendar: what the clock on a Swedish wall says. Pure; `now` is always an argument.
//!
//! Times are kept in UTC and shown in Europe/Stockholm (design, invariant 8).

mod cron;
mod line;
mod wall;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use chrono_tz::Europe::Stockholm;

pub use cron::{Cron, Due};
pub use line::CronFault;

/// A time that is not written as it must be.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("cron {line:?}: {fault}")]
    Cron { line: String, fault: CronFault },
}

/// The day in Sweden at that instant.
pub fn local_date(at: DateTime<Utc>) -> NaiveDate {
    at.with_timezone(&Stockholm).date_naive()
}

/// `2026-11-21 14:03`, as a Swedish clock shows it.
pub fn local_time(at: DateTime<Utc>) -> String {
    at.with_timezone(&Stockholm)
        .format("%Y-%m-%d %H:%M")
        .to_string()
}

/// The first instant of that day in Sweden. Stockholm's clocks never jump at midnight.
pub fn day_begins(day: NaiveDate) -> DateTime<Utc> {
    wall::instant(day.and_time(NaiveTime::MIN))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(rfc3339: &str) -> DateTime<Utc> {
        rfc3339.parse().unwrap()
    }

    #[test]
    fn summer_and_winter_time_are_told_apart() {
        assert_eq!(local_time(at("2026-11-21T13:03:59Z")), "2026-11-21 14:03");
        assert_eq!(local_time(at("2026-07-01T22:30:00Z")), "2026-07-02 00:30");
        assert_eq!(
            local_date(at("2026-12-31T23:00:00Z")).to_string(),
            "2027-01-01"
        );
    }

    #[test]
    fn a_day_begins_at_swedish_midnight() {
        let day = |s: &str| day_begins(s.parse().unwrap());
        assert_eq!(day("2026-11-21"), at("2026-11-20T23:00:00Z"));
        assert_eq!(day("2026-07-01"), at("2026-06-30T22:00:00Z"));
    }
}
