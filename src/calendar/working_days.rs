//! Working days, and the hours of the clock on them.
//!
//! `weekdays` in a policy (vardagar, arbetsdagar) are Monday to Friday, but for public holidays and for midsommarafton,
//! julafton and nyårsafton. Skärtorsdagen, trettondagsafton and valborgsmässoafton are working days.

use chrono::{DateTime, Datelike as _, NaiveDate, TimeDelta, Utc, Weekday};

use super::holidays::{Eve, eve, holiday};
use super::{day_begins, local_date};

/// Whether the day is a working day in Sweden.
pub fn is_working_day(day: NaiveDate) -> bool {
    !matches!(day.weekday(), Weekday::Sat | Weekday::Sun)
        && holiday(day).is_none()
        && !eve(day).is_some_and(Eve::is_like_a_holiday)
}

/// The time from `from` until `until` that falls on working days, 00 to 24 by the Swedish clock. A day on which the
/// clocks are set has 23 or 25 hours; they are always Sundays, so that a working day has 24. Zero when `until` is not
/// later.
pub fn hours_on_working_days(from: DateTime<Utc>, until: DateTime<Utc>) -> TimeDelta {
    let (mut sum, mut at) = (TimeDelta::zero(), from);
    let mut day = local_date(from);
    while at < until {
        let Some(next) = day.succ_opt() else {
            break;
        };
        let end = day_begins(next).min(until);
        if is_working_day(day) && end > at {
            sum += end - at;
        }
        (at, day) = (end.max(at), next);
        if next == NaiveDate::MAX {
            break;
        }
    }
    sum
}

/// [`hours_on_working_days`] until one instant, for very many beginnings: each is then a look-up.
#[derive(Debug)]
pub struct WorkingHours {
    until: DateTime<Utc>,
    first: NaiveDate,
    /// From the first day on: what of the time is left at that day's beginning.
    left: Vec<TimeDelta>,
}

impl WorkingHours {
    /// Counts until `until`. What begins earlier than `first` counts from `first`.
    pub fn until(until: DateTime<Utc>, first: NaiveDate) -> Self {
        let mut left = Vec::new();
        let mut day = local_date(until);
        let mut sum = TimeDelta::zero();
        let mut end = until;
        while day >= first {
            let begins = day_begins(day);
            if is_working_day(day) {
                sum += end - begins;
            }
            left.push(sum);
            end = begins;
            match day.pred_opt() {
                Some(before) => day = before,
                None => break,
            }
        }
        left.reverse();
        Self { until, first, left }
    }

    /// The time since `from` on working days.
    pub fn since(&self, from: DateTime<Utc>) -> TimeDelta {
        if from >= self.until {
            return TimeDelta::zero();
        }
        let day = local_date(from);
        let Ok(place) = usize::try_from((day - self.first).num_days()) else {
            return self.left.first().copied().unwrap_or_default();
        };
        let left = self.left.get(place).copied().unwrap_or_default();
        match is_working_day(day) {
            true => left - (from - day_begins(day)),
            false => left,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn hours(from: &str, until: &str) -> i64 {
        hours_on_working_days(at(from), at(until)).num_hours()
    }

    #[test]
    fn a_question_on_friday_evening_is_six_hours_old_at_midnight_and_stays_so_till_monday() {
        assert_eq!(hours("2026-11-20T17:00:00Z", "2026-11-20T23:00:00Z"), 6);
        assert_eq!(hours("2026-11-20T17:00:00Z", "2026-11-22T22:59:00Z"), 6);
        assert_eq!(hours("2026-11-20T17:00:00Z", "2026-11-23T07:00:00Z"), 14);
    }

    #[test]
    fn christmas_stands_still() {
        // Wednesday 23 December at noon until Monday 28 December at noon: 12 hours of each.
        assert_eq!(hours("2026-12-23T11:00:00Z", "2026-12-28T11:00:00Z"), 24);
    }

    #[test]
    fn the_days_when_the_clocks_are_set_are_sundays_and_count_nothing() {
        assert_eq!(hours("2026-03-28T12:00:00Z", "2026-03-29T22:00:00Z"), 0);
        // Friday to Monday over the change: the hours by the Swedish clock, though UTC moved.
        assert_eq!(hours("2026-03-27T11:00:00Z", "2026-03-30T10:00:00Z"), 24);
        assert_eq!(hours("2026-10-23T10:00:00Z", "2026-10-26T11:00:00Z"), 24);
    }

    #[test]
    fn the_table_says_what_the_walk_says() {
        let until = at("2026-11-22T10:00:00Z");
        let first = "2025-01-01".parse().unwrap();
        let table = WorkingHours::until(until, first);
        for n in 0..4000 {
            let from = until - TimeDelta::minutes(n * 171);
            let walked = hours_on_working_days(from.max(day_begins(first)), until);
            assert_eq!(table.since(from), walked, "{from}");
        }
        assert_eq!(
            table.since(at("1999-01-01T00:00:00Z")),
            table.since(day_begins(first))
        );
        assert_eq!(table.since(until + TimeDelta::days(2)), TimeDelta::zero());
    }

    #[test]
    fn the_ends_of_time_do_not_panic() {
        let end = DateTime::<Utc>::MAX_UTC;
        hours_on_working_days(end - TimeDelta::days(9), end);
        assert_eq!(
            hours_on_working_days(end, DateTime::<Utc>::MIN_UTC),
            TimeDelta::zero()
        );
    }
}
