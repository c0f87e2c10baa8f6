//! Cron lines against two computations that share nothing with ours: a clock on the wall walked minute by minute over
//! the weeks when it is set, and all ticks of 2020 to 2040 by Python's zoneinfo.

#![allow(clippy::unwrap_used)] // clippy excuses tests, not their helper functions

use std::collections::BTreeSet;
use std::process::Command;
use std::time::{Duration, Instant};

use arkivd::calendar::{Cron, Due, local_date};
use chrono::{DateTime, Datelike as _, NaiveDate, NaiveDateTime, TimeDelta, Timelike as _, Utc};
use proptest::prelude::*;

const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

fn cron(line: &str) -> Cron {
    Cron::try_from(line.to_owned()).unwrap()
}

fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

/// 01:00 UTC on the last Sunday of the month: directive 2000/84/EC, articles 2 and 3.
fn clocks_are_set(year: i32, month: u32) -> DateTime<Utc> {
    let sunday = (25..=31)
        .map(|d| day(year, month, d))
        .find(|d| d.weekday() == chrono::Weekday::Sun);
    sunday.unwrap().and_hms_opt(1, 0, 0).unwrap().and_utc()
}

fn wall(at: DateTime<Utc>) -> NaiveDateTime {
    let summer = clocks_are_set(at.year(), 3)..clocks_are_set(at.year(), 10);
    let hours = if summer.contains(&at) { 2 } else { 1 };
    at.naive_utc() + TimeDelta::hours(hours)
}

/// A line and what it means, made together.
#[derive(Debug, Clone)]
struct Made {
    line: String,
    /// Minutes, hours, days, months, weekdays from Monday as 1.
    fields: [BTreeSet<u32>; 5],
}

impl Made {
    fn names(&self, wall: NaiveDateTime) -> bool {
        let shown = [
            wall.minute(),
            wall.hour(),
            wall.day(),
            wall.month(),
            wall.weekday().number_from_monday(),
        ];
        self.fields.iter().zip(shown).all(|(f, n)| f.contains(&n))
    }

    /// All ticks from `from` until `end`, minute by minute: a clock set forward passes what it skips at once, and what
    /// a clock set back shows again counts for hourly lines alone.
    fn walk(&self, from: DateTime<Utc>, end: DateTime<Utc>) -> Vec<DateTime<Utc>> {
        let minute = TimeDelta::minutes(1);
        let hourly = self.fields[1].len() == 24;
        let mut ticks = Vec::new();
        let mut seen = wall(from - TimeDelta::hours(3));
        let mut at = from - TimeDelta::hours(3) + minute;
        while at < end {
            let shown = wall(at);
            let mut passed = Vec::new();
            if hourly {
                passed.push(shown);
            } else {
                while seen < shown {
                    seen += minute;
                    passed.push(seen);
                }
            }
            if at >= from && passed.into_iter().any(|wall| self.names(wall)) {
                ticks.push(at);
            }
            at += minute;
        }
        ticks
    }
}

/// One field: what is written and what it names.
fn field(from: u32, to: u32) -> impl Strategy<Value = (String, BTreeSet<u32>)> {
    let list = |set: BTreeSet<u32>| {
        let text: Vec<_> = set.iter().map(u32::to_string).collect();
        (text.join(","), set)
    };
    prop_oneof![
        3 => Just(("*".to_owned(), (from..=to).collect())),
        2 => (1..=to).prop_map(move |n| (
            format!("*/{n}"),
            (from..=to).filter(|v| (v - from).is_multiple_of(n)).collect(),
        )),
        3 => proptest::collection::btree_set(from..=to, 1..4).prop_map(list),
        2 => (from..=to, from..=to, 1..=3_u32).prop_map(|(a, b, n)| {
            let (low, high) = (a.min(b), a.max(b));
            (
                format!("{low}-{high}/{n}"),
                (low..=high).filter(|v| (v - low) % n == 0).collect(),
            )
        }),
    ]
}

/// Lines that often tick when clocks are set, at two to three on a Sunday in March or October.
fn made() -> impl Strategy<Value = Made> {
    let hours = prop_oneof![
        2 => field(0, 23),
        1 => proptest::sample::subsequence(vec![1_u32, 2, 3], 1..=3).prop_map(|hours| {
            let text: Vec<_> = hours.iter().map(u32::to_string).collect();
            (text.join(","), hours.into_iter().collect())
        }),
    ];
    let months = prop_oneof![
        2 => Just(("*".to_owned(), (1..=12).collect())),
        1 => Just(("mar,oct".to_owned(), BTreeSet::from([3, 10]))),
        1 => field(1, 12),
    ];
    let weekdays = prop_oneof![
        2 => Just(("*".to_owned(), (1..=7).collect::<BTreeSet<u32>>())),
        1 => proptest::collection::btree_set(1..=7_u32, 1..4).prop_map(|set| {
            let text: Vec<_> = set.iter().map(|n| WEEKDAYS[*n as usize - 1]).collect();
            (text.join(","), set)
        }),
        1 => (1..=7_u32, 1..=7_u32).prop_map(|(a, b)| {
            let (low, high) = (a.min(b), a.max(b));
            let name = |n: u32| WEEKDAYS[n as usize - 1];
            (format!("{}-{}", name(low), name(high)), (low..=high).collect())
        }),
    ];
    (field(0, 59), hours, field(1, 31), months, weekdays)
        .prop_map(|(minute, hour, mut day, month, weekday)| {
            if weekday.0 != "*" {
                day = ("*".to_owned(), (1..=31).collect());
            }
            let written = [&minute.0, &hour.0, &day.0, &month.0, &weekday.0].map(String::as_str);
            Made {
                line: written.join(" "),
                fields: [minute.1, hour.1, day.1, month.1, weekday.1],
            }
        })
        .prop_filter("the day never comes", |made| {
            Cron::try_from(made.line.clone()).is_ok()
        })
}

/// A Thursday to Tuesday around a day when clocks are set.
fn week() -> impl Strategy<Value = (DateTime<Utc>, DateTime<Utc>)> {
    (2020..=2040, prop_oneof![Just(3), Just(10)]).prop_map(|(year, month)| {
        let set = clocks_are_set(year, month);
        (set - TimeDelta::hours(75), set + TimeDelta::hours(50))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_clock_walked_minute_by_minute_agrees(
        made in made(),
        (from, end) in week(),
        seconds in (0..450_000_i64, 0..450_000_i64),
        near in (-9_000..9_000_i64, -9_000..9_000_i64),
    ) {
        let cron = cron(&made.line);
        let walked = made.walk(from, end);
        let ours: Vec<_> = cron
            .next_ticks(from - TimeDelta::seconds(1))
            .take_while(|tick| *tick < end)
            .collect();
        prop_assert_eq!(&ours, &walked, "{}", &made.line);

        // Any two instants of the week, and any two close to the hour when clocks are set.
        let set = from + TimeDelta::hours(75);
        let any = |s: (i64, i64), base: DateTime<Utc>| {
            (base + TimeDelta::seconds(s.0.min(s.1)), base + TimeDelta::seconds(s.0.max(s.1)))
        };
        for (last, now) in [any(seconds, from), any(near, set)] {
            let between: Vec<_> = walked.iter().filter(|t| **t > last && **t <= now).collect();
            let due = between.last().map(|tick| Due { tick: **tick, missed: between.len() - 1 });
            prop_assert_eq!(cron.due_between(last, now), due, "{} {} {}", &made.line, last, now);
            prop_assert_eq!(
                cron.after(last).filter(|tick| *tick < end),
                walked.iter().copied().find(|tick| *tick > last),
                "{} {}", &made.line, last
            );
        }
    }
}

/// The lines that Python lists too. Few of them are as municipalities write them, most are where it is hard.
const LINES: [&str; 16] = [
    "30 2 * * *",
    "0 2 * * *",
    "0 3 * * *",
    "0 * * * *",
    "*/15 * * * *",
    "0 3 1 1,7 *",
    "0 3 1 1,4,7,10 *",
    "30 6 * * mon-fri",
    "15 2 * * sun",
    "10,50 * * * sat,sun",
    "0 4 29 2 *",
    "0 0 1 1 *",
    "59 23 31 12 *",
    "0 */6 * * *",
    "*/20 1-3 * * *",
    "0 2 25-31 3,10 *",
];

fn years() -> (DateTime<Utc>, DateTime<Utc>) {
    let midnight = |year| day(year, 1, 1).and_hms_opt(0, 0, 0).unwrap().and_utc();
    let hour = TimeDelta::hours(1);
    (midnight(2020) - hour, midnight(2041) - hour)
}

#[test]
fn all_ticks_of_2020_to_2040_are_those_of_python() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cron_reference.py");
    let Ok(run) = Command::new("python3")
        .args([script, "2020", "2040"])
        .args(LINES)
        .output()
    else {
        println!("SKIP: no python3");
        return;
    };
    let told = String::from_utf8(run.stdout).unwrap();
    if run.status.code() == Some(77) {
        println!("SKIP: python3 has no time zone data: {}", told.trim_end());
        return;
    }
    assert!(
        run.status.success(),
        "{}",
        String::from_utf8_lossy(&run.stderr)
    );
    let (from, end) = years();
    let mut rows = told.lines();
    for line in LINES {
        assert_eq!(rows.next(), Some(line));
        let cron = cron(line);
        let mut count = 0;
        for tick in cron.next_ticks(from - TimeDelta::seconds(1)) {
            if tick >= end {
                break;
            }
            let theirs = rows.next().and_then(|row| row.parse().ok());
            assert_eq!(theirs, Some(tick.timestamp()), "{line}: {tick}");
            count += 1;
        }
        assert!(count > 0, "{line}");
        let due = cron.due_between(from - TimeDelta::seconds(1), end - TimeDelta::seconds(1));
        assert_eq!(due.unwrap().missed + 1, count, "{line}");
    }
    assert_eq!(rows.next(), None);
}

/// Whatever the hour, a daily line has one tick on each of the 7 671 days, also when clocks are set.
#[test]
fn a_daily_line_ticks_once_a_day() {
    let (from, end) = years();
    for line in [
        "30 2 * * *",
        "0 2 * * *",
        "0 3 * * *",
        "59 1 * * *",
        "0 0 * * *",
    ] {
        let days: Vec<_> = cron(line)
            .next_ticks(from - TimeDelta::seconds(1))
            .take_while(|tick| *tick < end)
            .map(local_date)
            .collect();
        let all: Vec<_> = day(2020, 1, 1)
            .iter_days()
            .take_while(|d| d.year() <= 2040)
            .collect();
        assert_eq!(all.len(), 7_671);
        assert!(days == all, "{line}");
    }
}

/// A clock that looks every few minutes, stops for hours and is set back now and then: each tick is taken once, by itself
/// or caught up by a later one.
#[test]
fn looking_now_and_then_takes_each_tick_once() {
    for line in LINES {
        let cron = cron(line);
        let from = clocks_are_set(2026, 3) - TimeDelta::days(2);
        let end = clocks_are_set(2026, 10) + TimeDelta::days(2);
        let all = cron.next_ticks(from).take_while(|t| *t <= end).count();
        let (mut last, mut now, mut taken, mut step) = (from, from, 0, 7_i64);
        while now < end {
            step = step * 31 % 1_009;
            let minutes = if step % 5 == 0 { -step / 7 } else { step };
            now = (now + TimeDelta::minutes(minutes)).min(end);
            if let Some(due) = cron.due_between(last, now) {
                assert!(due.tick > last && due.tick <= now, "{line}: {due:?}");
                taken += 1 + due.missed;
                last = due.tick;
            }
        }
        assert_eq!(taken, all, "{line}");
    }
}

/// A minute walked at a time, these would take many minutes; the limit is far above what is needed.
#[test]
fn a_century_of_downtime_is_cheap() {
    let begun = Instant::now();
    let (from, end) = (day(1970, 1, 2), day(2100, 12, 30));
    let midnight = |d: NaiveDate| d.and_hms_opt(0, 0, 0).unwrap().and_utc();
    for line in ["* * * * *", "* 0-22 * * *", "* * * * sun", "* * 29 2 *"] {
        let due = cron(line)
            .due_between(midnight(from), midnight(end))
            .unwrap();
        assert!(due.missed > 40_000, "{line}: {due:?}");
        if line == "* * * * *" {
            let minutes = (midnight(end) - midnight(from)).num_minutes();
            assert_eq!(i64::try_from(due.missed + 1).unwrap(), minutes);
        }
        println!("{line}: {:?}", begun.elapsed());
    }
    assert!(begun.elapsed() < Duration::from_secs(20));
}
