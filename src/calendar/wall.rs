//! The clock on a Swedish wall, and the instants it shows.

use chrono::{DateTime, NaiveDateTime, TimeDelta, TimeZone as _, Utc};
use chrono_tz::Europe::Stockholm;

/// The most that Stockholm's clocks are set forward or back.
pub const JUMP: TimeDelta = TimeDelta::hours(1);

/// What the clock shows at that instant.
pub fn wall(at: DateTime<Utc>) -> NaiveDateTime {
    at.with_timezone(&Stockholm).naive_local()
}

/// When the clock shows that time: the first of two in autumn; for a time that spring skips, the end of the gap.
pub fn instant(wall: NaiveDateTime) -> DateTime<Utc> {
    (0..=JUMP.num_minutes())
        .filter_map(|minutes| wall.checked_add_signed(TimeDelta::minutes(minutes)))
        .find_map(|later| Stockholm.from_local_datetime(&later).earliest())
        .map_or_else(|| wall.and_utc(), |local| local.with_timezone(&Utc))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_that_is_skipped_or_shown_twice_is_one_instant() {
        for (shown, at) in [
            ("2026-03-29T01:59:00", "2026-03-29T00:59:00Z"),
            ("2026-03-29T02:00:00", "2026-03-29T01:00:00Z"),
            ("2026-03-29T02:59:00", "2026-03-29T01:00:00Z"),
            ("2026-03-29T03:00:00", "2026-03-29T01:00:00Z"),
            ("2026-10-25T02:00:00", "2026-10-25T00:00:00Z"),
            ("2026-10-25T02:59:00", "2026-10-25T00:59:00Z"),
            ("2026-10-25T03:00:00", "2026-10-25T02:00:00Z"),
        ] {
            let at: DateTime<Utc> = at.parse().unwrap();
            assert_eq!(instant(shown.parse().unwrap()), at, "{shown}");
        }
        let second_time: DateTime<Utc> = "2026-10-25T01:30:00Z".parse().unwrap();
        assert_eq!(wall(second_time).to_string(), "2026-10-25 02:30:00");
    }
}
