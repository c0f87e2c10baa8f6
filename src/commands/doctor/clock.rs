//! The clock: what is captured is dated by it, and schedules go by it.

use chrono::{Datelike as _, TimeDelta};

use super::program::said_by;
use super::{Case, Check};
use crate::calendar::local_time;

/// What a clock may be set back by when it is corrected.
const JITTER: TimeDelta = TimeDelta::minutes(2);

/// No clock of an arkivd that runs can be before this year.
const FIRST_YEAR: i32 = 2026;

pub(super) fn look(case: &Case) -> Check {
    let mut check = Check::new("clock");
    let now = case.now;
    let set = "set the clock: timedatectl set-ntp true";
    if now.year() < FIRST_YEAR {
        check.fault(
            "the clock",
            format!("it says {}, before arkivd was made", local_time(now)),
            set,
        );
    }
    let condition = case.catalog.as_ref().ok().and_then(|c| c.condition().ok());
    if let Some(newest) = condition.and_then(|c| c.newest)
        && now + JITTER < newest
    {
        check.fault(
            "the clock",
            format!(
                "it says {}, and the newest capture is from {}: until then nothing is due",
                local_time(now),
                local_time(newest)
            ),
            format!("{set}; if the capture's time was the wrong one: arkivd schedule run ID"),
        );
    }
    let synchronised = said_by("timedatectl", &["show", "-p", "NTPSynchronized", "--value"]);
    let how = match synchronised.as_deref() {
        Some("yes") => "synchronised",
        Some("no") => {
            check.warning(
                "the clock",
                "it is not synchronised with a time server",
                "timedatectl set-ntp true; how it stands: timedatectl timesync-status",
            );
            ""
        }
        _ => "whether it is synchronised is not known here",
    };
    check.fine(format!("{}, {how}", local_time(now)))
}
