//! Clocks of a request: a record that may be handed out is handed out at once or as soon as possible (TF 2 kap. 15 and
//! 16 §§), and a decision is appealed within three weeks (förvaltningslagen 2017:900, 44 §).

use chrono::{DateTime, Days, NaiveDate, Utc};
use serde::Serialize;

use crate::calendar::{is_working_day, local_date};

/// How many working days a request may take before it is told of. The day it came is day 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockDays {
    /// Later than this it should be done.
    pub warn: u32,
    /// Later than this it is late.
    pub late: u32,
}

impl Default for ClockDays {
    /// The same day; late after three working days. The law has no figure: JO's practice is the same day or a few.
    fn default() -> Self {
        Self { warn: 0, late: 3 }
    }
}

/// How a request stands by its clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Promptness {
    /// In good time.
    InTime,
    /// It should have been answered already.
    Due,
    Late,
}

impl Promptness {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InTime => "in-time",
            Self::Due => "due",
            Self::Late => "late",
        }
    }
}

/// The clock of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Clock {
    /// The last Swedish day on which an answer is as prompt as is aimed at.
    pub due: NaiveDate,
    /// The last day before it is late.
    pub last: NaiveDate,
    /// Working days since it came, until now or until it was answered.
    pub working_days: u32,
    /// When it was answered as a whole; `None`: it runs.
    pub answered: Option<NaiveDate>,
    pub state: Promptness,
}

impl Clock {
    /// Reckons the clock. `answered`: the Swedish day on which all was answered.
    pub fn of(
        received: DateTime<Utc>,
        answered: Option<NaiveDate>,
        days: ClockDays,
        today: NaiveDate,
    ) -> Self {
        let came = local_date(received);
        let due = after_working_days(came, days.warn);
        let last = after_working_days(came, days.late.max(days.warn));
        let until = answered.unwrap_or(today);
        Self {
            due,
            last,
            working_days: working_days_between(came, until),
            answered,
            state: match until {
                until if until > last => Promptness::Late,
                until if until > due => Promptness::Due,
                _ => Promptness::InTime,
            },
        }
    }
}

/// The day so many working days later. What comes on a Saturday is day 0 on the Monday: nobody is there before.
fn after_working_days(day: NaiveDate, days: u32) -> NaiveDate {
    let mut at = working_day_from(day);
    for _ in 0..days {
        let Some(next) = at.succ_opt() else {
            return at;
        };
        at = working_day_from(next);
    }
    at
}

/// The working days after `from`, up to and with `until`.
fn working_days_between(from: NaiveDate, until: NaiveDate) -> u32 {
    let start = working_day_from(from);
    let days = start.iter_days().skip(1).take_while(|day| *day <= until);
    let count = days.filter(|day| is_working_day(*day)).count();
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// The day itself, or the first working day after it.
fn working_day_from(day: NaiveDate) -> NaiveDate {
    let found = day.iter_days().take(30).find(|day| is_working_day(*day));
    found.unwrap_or(day)
}

/// The last day on which an appeal must have reached the committee: three weeks from the day of delgivning. One that falls
/// on a Sunday, another public holiday, a Saturday, midsommarafton, julafton or nyårsafton moves to the next working day
/// (lag 1930:173, 2 §).
pub fn last_day_to_appeal(served: NaiveDate) -> NaiveDate {
    let three_weeks = served.checked_add_days(Days::new(21)).unwrap_or(served);
    working_day_from(three_weeks)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn clock(received: &str, today: &str) -> Clock {
        let received = received.parse().unwrap();
        Clock::of(received, None, ClockDays::default(), day(today))
    }

    #[test]
    fn a_request_is_due_the_same_day_and_late_after_three_working_days() {
        // A Thursday.
        let received = "2026-11-19T09:00:00Z";
        assert_eq!(clock(received, "2026-11-19").state, Promptness::InTime);
        assert_eq!(clock(received, "2026-11-20").state, Promptness::Due);
        let tuesday = clock(received, "2026-11-24");
        assert_eq!((tuesday.state, tuesday.working_days), (Promptness::Due, 3));
        let wednesday = clock(received, "2026-11-25");
        assert_eq!(wednesday.state, Promptness::Late);
        assert_eq!(wednesday.last, day("2026-11-24"));
    }

    #[test]
    fn what_comes_on_a_saturday_waits_for_monday() {
        let monday = clock("2026-11-21T09:00:00Z", "2026-11-23");
        assert_eq!((monday.state, monday.working_days), (Promptness::InTime, 0));
    }

    #[test]
    fn a_request_that_was_answered_stands_still() {
        let received = "2026-11-19T09:00:00Z".parse().unwrap();
        let answered = Some(day("2026-11-19"));
        let clock = Clock::of(received, answered, ClockDays::default(), day("2027-01-01"));
        assert_eq!((clock.state, clock.working_days), (Promptness::InTime, 0));
    }

    #[test]
    fn three_weeks_end_on_a_working_day() {
        // Monday to Monday.
        assert_eq!(last_day_to_appeal(day("2026-11-23")), day("2026-12-14"));
        // To a Saturday, then Monday.
        assert_eq!(last_day_to_appeal(day("2026-11-21")), day("2026-12-14"));
        // To julafton, a Thursday, then Monday 28 December.
        assert_eq!(last_day_to_appeal(day("2026-12-03")), day("2026-12-28"));
        // To nyårsafton, then Monday 4 January.
        assert_eq!(last_day_to_appeal(day("2026-12-10")), day("2027-01-04"));
        // Midsommarafton 2026 is 19 June.
        assert_eq!(last_day_to_appeal(day("2026-05-29")), day("2026-06-22"));
        // Skärtorsdagen is a working day.
        assert_eq!(last_day_to_appeal(day("2026-03-12")), day("2026-04-02"));
    }

    proptest! {
        #[test]
        fn an_appeal_has_three_weeks_at_least_and_ends_on_a_working_day(n in 0u64..40_000) {
            let served = day("1990-01-01") + Days::new(n);
            let last = last_day_to_appeal(served);
            prop_assert!((last - served).num_days() >= 21);
            prop_assert!((last - served).num_days() <= 21 + 6, "{served} {last}");
            prop_assert!(is_working_day(last));
        }
    }

    #[test]
    fn the_ends_of_time_do_not_panic() {
        last_day_to_appeal(NaiveDate::MAX);
        clock("2026-11-21T09:00:00Z", "2026-11-01");
    }
}
