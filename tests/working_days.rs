//! Swedish holidays and working days, 2000 to 2050 day by day, against a source that is not ours (PyPI `holidays`), and
//! the laws that hours on working days keep.

#![allow(clippy::unwrap_used)] // clippy excuses tests, not their helper functions

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use arkivd::calendar::{WorkingHours, holiday, hours_on_working_days, is_working_day, local_date};
use chrono::{DateTime, Datelike as _, NaiveDate, TimeDelta, Utc, Weekday};
use proptest::prelude::*;

const FIRST: i32 = 2000;
const LAST: i32 = 2050;

fn days() -> impl Iterator<Item = NaiveDate> {
    let first = NaiveDate::from_ymd_opt(FIRST, 1, 1).unwrap();
    first.iter_days().take_while(|day| day.year() <= LAST)
}

#[test]
fn holidays_and_working_days_are_those_of_another_source() {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    let python = project.join("target/checks/venv/bin/python");
    if !python.exists() {
        println!("SKIP: no Python with `holidays` here; scripts/test installs it");
        return;
    }
    let run = Command::new(python)
        .arg(project.join("tests/holidays_reference.py"))
        .args([FIRST.to_string(), LAST.to_string()])
        .output()
        .unwrap();
    let told = String::from_utf8(run.stdout).unwrap();
    if run.status.code() == Some(77) {
        println!("SKIP: {}", told.trim_end());
        return;
    }
    assert!(
        run.status.success(),
        "{}",
        String::from_utf8_lossy(&run.stderr)
    );
    let (law, eves) = told.split_once("de facto\n").unwrap();
    let read = |text: &str| -> BTreeSet<NaiveDate> {
        text.lines().map(|line| line.parse().unwrap()).collect()
    };
    let (law, eves) = (read(law), read(eves));
    assert!(law.len() > 12 * 51 && eves.len() == 3 * 51);
    for day in days() {
        assert_eq!(holiday(day).is_some(), law.contains(&day), "{day}");
        let works = !matches!(day.weekday(), Weekday::Sat | Weekday::Sun)
            && !law.contains(&day)
            && !eves.contains(&day);
        assert_eq!(is_working_day(day), works, "{day}");
    }
}

fn instant() -> impl Strategy<Value = DateTime<Utc>> {
    // 2000 to 2050, to the second.
    (946_684_800i64..2_556_144_000).prop_map(|s| DateTime::from_timestamp(s, 0).unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn hours_add_up(from in instant(), a in 0i64..30_000_000, b in 0i64..30_000_000) {
        let middle = from + TimeDelta::seconds(a);
        let until = middle + TimeDelta::seconds(b);
        let (first, second) = (hours_on_working_days(from, middle), hours_on_working_days(middle, until));
        prop_assert_eq!(first + second, hours_on_working_days(from, until));
    }

    #[test]
    fn hours_never_run_back_nor_faster_than_the_clock(from in instant(), a in 0i64..9_000_000, b in 0i64..9_000_000) {
        let (near, far) = (from + TimeDelta::seconds(a.min(b)), from + TimeDelta::seconds(a.max(b)));
        let (less, more) = (hours_on_working_days(from, near), hours_on_working_days(from, far));
        prop_assert!(TimeDelta::zero() <= less && less <= more);
        prop_assert!(more - less <= far - near);
        prop_assert_eq!(hours_on_working_days(far, from), TimeDelta::zero());
    }

    #[test]
    fn a_working_day_has_24_hours(from in instant()) {
        let day = local_date(from);
        let begins = arkivd::calendar::day_begins(day);
        let ends = arkivd::calendar::day_begins(day.succ_opt().unwrap());
        let hours = if is_working_day(day) { 24 } else { 0 };
        prop_assert_eq!(hours_on_working_days(begins, ends), TimeDelta::hours(hours));
    }

    #[test]
    fn the_table_says_the_same(until in instant(), back in 0i64..40_000_000) {
        let from = until - TimeDelta::seconds(back);
        let table = WorkingHours::until(until, local_date(from));
        prop_assert_eq!(table.since(from), hours_on_working_days(from, until));
    }
}
