//! Cron: when a line of five fields ticks on a Swedish wall clock.

use std::fmt;

use ::cron::{Schedule, TimeUnitSpec as _};
use chrono::{DateTime, Datelike as _, NaiveDate, TimeDelta, Utc};
use serde::Deserialize;

use super::line::{CronFault, Line};
use super::wall::{JUMP, instant, wall};
use super::{Error, day_begins, local_date};

/// A cron line, `0 3 1 1,7 *`: minute, hour, day of the month, month, weekday by name, in Europe/Stockholm.
///
/// A tick is an instant. Each wall time that the line names is one tick, on whatever day:
/// - **Set forward** (March, 02:00 to 03:00): a time that is skipped ticks at 03:00. Several of them, and 03:00 itself
///   if the line names it, are one tick.
/// - **Set back** (October, 03:00 to 02:00): a time shown twice ticks the first time only.
/// - **Hourly lines**, whose hour field names all 24 (`*`, `*/1`, `0-23`), tick by elapsed time: each hour that passes has its
///   ticks, so such a day has 23 or 25 hours of them. The day, month and weekday are still those on the wall.
///   An hour field that leaves hours out (`*/6`, `8-17`) names times on the wall, so that `0 */6 * * *` is
///   midnight, six, noon and six all year.
///
/// 29 February ticks in leap years only. Day of the month and weekday are never both given ([`CronFault::DayAndWeekday`]).
///
/// Ticks are found from 1970 to 2100, the years that the cron crate knows, by the rules for summer time in
/// chrono-tz: should the law change them, that crate must be renewed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Cron {
    text: String,
    /// Wall times. They are handed to the cron crate as if they were UTC: its own arithmetic of time zones skips 02:30 in
    /// spring, doubles it in autumn and can go back in time.
    walls: Schedule,
    /// Of an hourly line: its minutes, in each hour of UTC. Stockholm is whole hours from UTC.
    hourly: Option<Schedule>,
}

/// A tick that has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// The latest tick.
    pub tick: DateTime<Utc>,
    /// How many ticks before it were missed. They are caught up once, by this one.
    pub missed: usize,
}

/// 23:00 on the last day of 2100, in Sweden. The cron crate knows no later year, nor its way back from one.
const END: DateTime<Utc> = match DateTime::from_timestamp(4_133_973_600, 0) {
    Some(end) => end,
    None => DateTime::UNIX_EPOCH,
};

/// Chrono panics at the ends of its range; ours is far within.
fn within(at: DateTime<Utc>) -> DateTime<Utc> {
    at.clamp(DateTime::UNIX_EPOCH, END)
}

impl Cron {
    /// The line, with one space between its fields.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The first tick later than `last`; `None` at the end of the year 2100.
    pub fn after(&self, last: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.earliest(within(last)).filter(|tick| *tick <= END)
    }

    /// The ticks later than `last`, in order. They go on to the year 2100: take as many as are needed.
    pub fn next_ticks(&self, last: DateTime<Utc>) -> impl Iterator<Item = DateTime<Utc>> {
        std::iter::successors(self.after(last), |tick| self.after(*tick))
    }

    /// The latest tick later than `last` and not later than `now`, and how many were missed before it.
    ///
    /// A tick given as `last` does not come again: keep `tick` as the next `last`. If the clock has been set back,
    /// `now` before `last`, nothing is due until it has passed `last`. The work grows with the days between the two,
    /// not with the ticks.
    pub fn due_between(&self, last: DateTime<Utc>, now: DateTime<Utc>) -> Option<Due> {
        let last = within(last);
        let tick = self.latest(within(now)).filter(|tick| *tick > last)?;
        let missed = self.count_between(last, tick);
        Some(Due { tick, missed })
    }

    /// The first tick later than `last`.
    fn earliest(&self, last: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let Some(minutes) = &self.hourly else {
            return self
                .walls
                .after(&wall(last).and_utc())
                .map(|shown| instant(shown.naive_utc()))
                .find(|tick| *tick > last);
        };
        let next = minutes.after(&last).next()?;
        let shown = wall(next).and_utc();
        if self.walls.includes(shown) {
            return Some(next);
        }
        // Its day is not the line's. A day that is begins with no clock being set.
        let shown = self.walls.after(&shown).next()?;
        Some(instant(shown.naive_utc()))
    }

    /// The last tick not later than `now`.
    fn latest(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let Some(minutes) = &self.hourly else {
            // In the hour that is shown a second time, the later times on the wall have ticked already.
            return self
                .walls
                .after(&(wall(now) + JUMP).and_utc())
                .rev()
                .map(|shown| instant(shown.naive_utc()))
                .find(|tick| *tick <= now);
        };
        let second = TimeDelta::seconds(1);
        let latest = minutes.after(&(now + second)).rev().find(|t| *t <= now)?;
        let shown = wall(latest).and_utc();
        if self.walls.includes(shown) {
            return Some(latest);
        }
        let shown = self.walls.after(&shown).next_back()?;
        Some(instant(shown.naive_utc()))
    }

    /// How many ticks are later than `last` and earlier than `end`. Only the first and the last day are walked.
    fn count_between(&self, last: DateTime<Utc>, end: DateTime<Utc>) -> usize {
        let last_day = local_date(end);
        let first_whole_day = local_date(last).succ_opt().unwrap_or(last_day);
        if first_whole_day >= last_day {
            return self.walk(last, end);
        }
        let whole_days = first_whole_day
            .iter_days()
            .take_while(|day| *day < last_day)
            .filter(|day| self.names(*day))
            .map(|day| self.count_of(day))
            .sum::<usize>();
        self.walk(last, day_begins(first_whole_day)) + whole_days + self.walk(before(last_day), end)
    }

    fn walk(&self, last: DateTime<Utc>, end: DateTime<Utc>) -> usize {
        self.next_ticks(last).take_while(|tick| *tick < end).count()
    }

    fn names(&self, day: NaiveDate) -> bool {
        self.walls.months().includes(day.month())
            && self.walls.days_of_month().includes(day.day())
            && self
                .walls
                .days_of_week()
                .includes(day.weekday().number_from_sunday())
    }

    /// How many ticks a day has that the line names.
    fn count_of(&self, day: NaiveDate) -> usize {
        let end = day.succ_opt().map_or(END, day_begins);
        let hours = (end - day_begins(day)).num_hours();
        let in_day = |hours: i64| {
            let ticks = i64::from(self.walls.minutes().count()).saturating_mul(hours);
            usize::try_from(ticks).unwrap_or(0)
        };
        if self.hourly.is_some() {
            in_day(hours)
        } else if hours < 24 {
            self.walk(before(day), end)
        } else {
            in_day(i64::from(self.walls.hours().count()))
        }
    }
}

/// The last second of the day before.
fn before(day: NaiveDate) -> DateTime<Utc> {
    day_begins(day) - TimeDelta::seconds(1)
}

/// The cron crate's expression: seconds first, Sunday is 1.
fn schedule(line: &Line, every_day: bool) -> Result<Schedule, CronFault> {
    let list = |numbers: &mut dyn Iterator<Item = u32>| {
        numbers.map(|n| n.to_string()).collect::<Vec<_>>().join(",")
    };
    let minutes = list(&mut line.minutes.iter().copied());
    let expression = if every_day {
        format!("0 {minutes} * * * *")
    } else {
        let hours = list(&mut line.hours.iter().copied());
        let days = list(&mut line.days.iter().copied());
        let months = list(&mut line.months.iter().copied());
        let weekdays = list(&mut line.weekdays.iter().map(|iso| iso % 7 + 1));
        format!("0 {minutes} {hours} {days} {months} {weekdays}")
    };
    Schedule::try_from(expression).map_err(CronFault::Refused)
}

impl TryFrom<String> for Cron {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        let read = || {
            let line = Line::parse(&text)?;
            let hourly = line.hours.len() == 24;
            Ok(Self {
                text: text.split_whitespace().collect::<Vec<_>>().join(" "),
                walls: schedule(&line, false)?,
                hourly: hourly.then(|| schedule(&line, true)).transpose()?,
            })
        };
        read().map_err(|fault| Error::Cron {
            line: text.clone(),
            fault,
        })
    }
}

impl fmt::Display for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cron(line: &str) -> Cron {
        Cron::try_from(line.to_owned()).unwrap()
    }

    fn at(rfc3339: &str) -> DateTime<Utc> {
        rfc3339.parse().unwrap()
    }

    /// The ticks later than `last` and earlier than `end`, as the wall shows them with its distance from UTC.
    fn shown(line: &str, last: &str, end: &str) -> Vec<String> {
        cron(line)
            .next_ticks(at(last))
            .take_while(|tick| *tick < at(end))
            .map(|tick| {
                let local = tick.with_timezone(&chrono_tz::Europe::Stockholm);
                local.format("%m-%d %H:%M%:::z").to_string()
            })
            .collect()
    }

    #[test]
    fn a_line_is_kept_as_it_is_written() {
        for good in ["0 3 1 1,7 *", "*/15 8-17 * * mon-fri", "0 3 1 jan,Jul *"] {
            assert_eq!(cron(good).as_str(), good);
            assert_eq!(cron(good).to_string(), good);
        }
        assert_eq!(cron(" 0  3 1\t* * ").as_str(), "0 3 1 * *");
        let error = Cron::try_from("0 24 1 1 *".to_owned()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "cron \"0 24 1 1 *\": hour \"24\" is not within 0 to 23: did you mean \"0\"?"
        );
    }

    #[test]
    fn half_a_year_is_january_and_july() {
        assert_eq!(
            shown(
                "0 3 1 1,7 *",
                "2026-01-01T02:00:00Z",
                "2027-07-02T00:00:00Z"
            ),
            ["07-01 03:00+02", "01-01 03:00+01", "07-01 03:00+02"]
        );
    }

    #[test]
    fn weekdays_are_the_ones_named() {
        assert_eq!(
            shown(
                "0 6 * * sun,mon,sat",
                "2026-11-20T00:00:00Z",
                "2026-11-24T00:00:00Z"
            ),
            ["11-21 06:00+01", "11-22 06:00+01", "11-23 06:00+01"]
        );
    }

    #[test]
    fn a_skipped_time_ticks_at_the_end_of_the_gap() {
        let spring = |line| shown(line, "2026-03-28T22:30:00Z", "2026-03-29T03:00:00Z");
        assert_eq!(spring("30 2 * * *"), ["03-29 03:00+02"]);
        assert_eq!(spring("0 2,3 * * *"), ["03-29 03:00+02"]);
        assert_eq!(
            spring("*/30 1-3 * * *"),
            [
                "03-29 01:00+01",
                "03-29 01:30+01",
                "03-29 03:00+02",
                "03-29 03:30+02"
            ]
        );
        assert_eq!(
            spring("0 */2 * * *"),
            ["03-29 00:00+01", "03-29 03:00+02", "03-29 04:00+02"]
        );
    }

    #[test]
    fn a_time_shown_twice_ticks_the_first_time() {
        let autumn = |line| shown(line, "2026-10-24T22:30:00Z", "2026-10-25T03:30:00Z");
        assert_eq!(autumn("30 2 * * *"), ["10-25 02:30+02"]);
        assert_eq!(
            autumn("*/30 2,3 * * *"),
            [
                "10-25 02:00+02",
                "10-25 02:30+02",
                "10-25 03:00+01",
                "10-25 03:30+01"
            ]
        );
        assert_eq!(autumn("0 */2 * * *"), ["10-25 02:00+02", "10-25 04:00+01"]);
    }

    #[test]
    fn each_hour_that_passes_has_its_ticks() {
        for every in ["0 * * * *", "0 */1 * * *", "0 0-23 * * *"] {
            assert_eq!(
                shown(every, "2026-03-28T23:30:00Z", "2026-03-29T02:30:00Z"),
                ["03-29 01:00+01", "03-29 03:00+02", "03-29 04:00+02"]
            );
            assert_eq!(
                shown(every, "2026-10-24T23:30:00Z", "2026-10-25T02:30:00Z"),
                ["10-25 02:00+02", "10-25 02:00+01", "10-25 03:00+01"]
            );
        }
        let sunday = |from, to| shown("0,40 * * * sun", from, to).len();
        assert_eq!(sunday("2026-03-23T12:00:00Z", "2026-03-30T12:00:00Z"), 46);
        assert_eq!(sunday("2026-10-19T12:00:00Z", "2026-10-26T12:00:00Z"), 50);
    }

    #[test]
    fn the_29th_of_february_comes_in_leap_years() {
        let leap = cron("0 4 29 2 *");
        let days: Vec<_> = leap
            .next_ticks(at("2090-01-01T00:00:00Z"))
            .map(local_date)
            .map(|day| day.to_string())
            .collect();
        assert_eq!(days, ["2092-02-29", "2096-02-29"], "2100 is no leap year");
        assert_eq!(
            leap.due_between(at("2027-03-01T00:00:00Z"), at("2031-01-01T00:00:00Z")),
            Some(Due {
                tick: at("2028-02-29T03:00:00Z"),
                missed: 0
            })
        );
    }

    #[test]
    fn missed_ticks_are_caught_up_once() {
        let daily = cron("30 2 * * *");
        let last = at("2026-03-27T01:30:00Z");
        let due = daily.due_between(last, at("2026-03-30T12:00:00Z"));
        let tick = at("2026-03-30T00:30:00Z");
        assert_eq!(due, Some(Due { tick, missed: 2 }));
        assert_eq!(daily.due_between(tick, at("2026-03-31T00:29:59Z")), None);
        assert_eq!(
            daily
                .due_between(tick, at("2026-03-31T00:30:00Z"))
                .map(|due| due.missed),
            Some(0)
        );
    }

    #[test]
    fn a_time_shown_twice_is_due_once() {
        let daily = cron("30 2 * * *");
        let first = at("2026-10-25T00:30:00Z");
        for now in ["2026-10-25T00:30:00Z", "2026-10-25T01:15:00Z"] {
            let due = daily.due_between(at("2026-10-24T12:00:00Z"), at(now));
            assert_eq!(due.map(|due| due.tick), Some(first), "{now}");
        }
        for now in ["2026-10-25T01:30:00Z", "2026-10-25T22:00:00Z"] {
            assert_eq!(daily.due_between(first, at(now)), None, "{now}");
        }
    }

    #[test]
    fn nothing_is_due_while_the_clock_is_behind() {
        let hourly = cron("0 * * * *");
        let last = at("2026-07-01T12:00:00Z");
        assert_eq!(hourly.due_between(last, at("2026-07-01T09:00:00Z")), None);
        assert_eq!(hourly.due_between(last, at("2026-07-01T12:59:59Z")), None);
        assert!(
            hourly
                .due_between(last, at("2026-07-01T13:00:00Z"))
                .is_some()
        );
    }

    #[test]
    fn a_part_of_a_second_is_neither_early_nor_late() {
        for line in ["0 * * * *", "0 13 * * *"] {
            let tick = at("2026-11-21T12:00:00Z");
            assert_eq!(cron(line).after(at("2026-11-21T11:59:59.5Z")), Some(tick));
            assert!(cron(line).after(at("2026-11-21T12:00:00.5Z")) > Some(tick));
            let due = |now| {
                cron(line)
                    .due_between(at("2026-11-21T11:30:00Z"), at(now))
                    .map(|due| due.tick)
            };
            assert_eq!(due("2026-11-21T11:59:59.5Z"), None);
            assert_eq!(due("2026-11-21T12:00:00.5Z"), Some(tick));
        }
    }

    #[test]
    fn clocks_that_are_centuries_off_do_no_harm() {
        for line in ["* * * * *", "0 23 31 12 *", "30 2 * * sun"] {
            let cron = cron(line);
            let (first, last) = (DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC);
            assert!(cron.after(first) < Some(at("1971-01-01T00:00:00Z")));
            assert_eq!(cron.after(last), None);
            assert_eq!(cron.due_between(last, first), None);
            assert_eq!(cron.due_between(first, first), None);
            let due = cron.due_between(first, last).unwrap();
            assert_eq!(local_date(due.tick).format("%Y-%m").to_string(), "2100-12");
            assert_eq!(cron.after(due.tick), None);
        }
    }
}
