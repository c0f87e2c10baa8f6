//! Calendar: what the clock on a Swedish wall says. Pure; `now` is always an argument.
//!
//! Times are kept in UTC and shown in Europe/Stockholm (design, invariant 8).

mod cron;
mod holidays;
mod line;
mod meant;
mod wall;
mod working_days;

use chrono::{DateTime, Datelike as _, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use chrono_tz::{Europe::Stockholm, Tz};

pub use cron::{Cron, Due};
pub use holidays::{Eve, Holiday, eve, holiday};
pub use line::CronFault;
pub use working_days::{WorkingHours, hours_on_working_days, is_working_day};

/// A time that is not written as it must be.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("cron {line:?}: {fault}")]
    Cron { line: String, fault: CronFault },
}

/// The day in Sweden at that instant.
pub fn local_date(at: DateTime<Utc>) -> NaiveDate {
    local(at).date_naive()
}

/// The instant on a Swedish clock. At the end of what can be counted, which only a hostile answer names, the offset
/// would lead out of it.
fn local(at: DateTime<Utc>) -> DateTime<Tz> {
    let day = TimeDelta::days(1);
    at.clamp(
        DateTime::<Utc>::MIN_UTC + day,
        DateTime::<Utc>::MAX_UTC - day,
    )
    .with_timezone(&Stockholm)
}

/// `2026-11-21 14:03`, as a Swedish clock shows it.
pub fn local_time(at: DateTime<Utc>) -> String {
    local(at).format("%Y-%m-%d %H:%M").to_string()
}

/// `22 november 2026`, as it stands in running text.
pub fn long_date(day: NaiveDate) -> String {
    const MONTHS: [&str; 12] = [
        "januari",
        "februari",
        "mars",
        "april",
        "maj",
        "juni",
        "juli",
        "augusti",
        "september",
        "oktober",
        "november",
        "december",
    ];
    let month = MONTHS.get(day.month0() as usize).copied();
    format!("{} {} {}", day.day(), month.unwrap_or_default(), day.year())
}

/// The instant at which a Swedish clock shows that time: the first of two in autumn.
pub fn shown_at(wall: NaiveDateTime) -> DateTime<Utc> {
    wall::instant(wall)
}

/// The first instant of that day in Sweden. Stockholm's clocks never jump at midnight.
pub fn day_begins(day: NaiveDate) -> DateTime<Utc> {
    let day = day.clamp(
        NaiveDate::MIN + TimeDelta::days(1),
        NaiveDate::MAX - TimeDelta::days(1),
    );
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
    fn the_ends_of_time_are_shown_and_do_not_panic() {
        for end in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
            assert!(!local_time(end).is_empty());
            local_date(end);
        }
        for end in [NaiveDate::MIN, NaiveDate::MAX] {
            day_begins(end);
        }
    }

    #[test]
    fn a_day_begins_at_swedish_midnight() {
        let day = |s: &str| day_begins(s.parse().unwrap());
        assert_eq!(day("2026-11-21"), at("2026-11-20T23:00:00Z"));
        assert_eq!(day("2026-07-01"), at("2026-06-30T22:00:00Z"));
    }
}
