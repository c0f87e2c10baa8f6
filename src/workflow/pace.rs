//! Pace: how soon an account is looked at again. Pure.
//!
//! The schedules of the municipality say how often at least. Between their ticks an account where things happen is
//! looked at more often, a quiet one not at all; a boost holds until it ends.

use chrono::{DateTime, TimeDelta, Utc};

use super::Retry;
use crate::catalog::Boost;

/// What happened lately on an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Activity {
    /// Posts and comments in the last hour.
    pub last_hour: u64,
    /// And in the last day, the hour with it.
    pub last_day: u64,
}

/// How often an account may be looked at by its own pace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Never more often, but for a boost that says so.
    pub shortest: TimeDelta,
    /// Slower is left to the schedules.
    pub longest: TimeDelta,
}

impl Pace {
    /// When to look again after a look at `now` that went well; `None` leaves it to the schedules.
    ///
    /// Four looks for each post that is to be expected: most are then seen within a quarter of the time between two.
    pub fn next_look(
        self,
        now: DateTime<Utc>,
        activity: Activity,
        boost: Option<&Boost>,
    ) -> Option<DateTime<Utc>> {
        let parts = |time: TimeDelta, posts: u64| {
            let parts = i32::try_from(posts.saturating_mul(4)).unwrap_or(i32::MAX);
            (posts > 0).then(|| time / parts)
        };
        let own = [
            parts(TimeDelta::hours(1), activity.last_hour),
            parts(TimeDelta::days(1), activity.last_day),
        ];
        let own = own
            .into_iter()
            .flatten()
            .min()
            .map(|t| t.max(self.shortest));
        let own = own.filter(|t| *t <= self.longest);
        let boosted = boost.map(boosted);
        let pause = own.into_iter().chain(boosted).min()?;
        Some(now + pause)
    }

    /// When to look again after one that failed, where a boost holds; else it is left to the schedules, which try again.
    /// What lasts is tried seldom, and still: a boost may have no schedule beside it, and what lasts can be mended.
    pub fn after_failure(
        self,
        now: DateTime<Utc>,
        retry: Retry,
        boost: Option<&Boost>,
    ) -> Option<DateTime<Utc>> {
        let pause = boosted(boost?).max(self.shortest);
        match retry {
            Retry::Lasting => Some(now + pause.max(TimeDelta::hours(1))),
            Retry::Passing => Some(now + pause),
            Retry::After(wait) => {
                let wait = TimeDelta::from_std(wait).unwrap_or(TimeDelta::days(1));
                Some(now + wait.clamp(pause, TimeDelta::days(1)))
            }
        }
    }
}

fn boosted(boost: &Boost) -> TimeDelta {
    let seconds = i64::try_from(boost.seconds).unwrap_or(i64::MAX);
    TimeDelta::seconds(seconds.clamp(30, 86_400))
}

/// The tightest of an account's boosts.
pub fn tightest<'b>(boosts: impl IntoIterator<Item = &'b Boost>) -> Option<&'b Boost> {
    boosts.into_iter().min_by_key(|b| b.seconds)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PACE: Pace = Pace {
        shortest: TimeDelta::minutes(5),
        longest: TimeDelta::hours(2),
    };

    fn now() -> DateTime<Utc> {
        "2026-11-21T12:00:00Z".parse().unwrap()
    }

    fn boost(seconds: u64) -> Boost {
        Boost {
            account: "blogg".parse().unwrap(),
            seconds,
            begins: now(),
            ends: now() + TimeDelta::days(1),
            reason: "storm".into(),
            actor: "test".into(),
        }
    }

    fn minutes(last_hour: u64, last_day: u64, boost: Option<&Boost>) -> Option<i64> {
        let activity = Activity {
            last_hour,
            last_day,
        };
        PACE.next_look(now(), activity, boost)
            .map(|at| (at - now()).num_minutes())
    }

    #[test]
    fn the_more_happens_the_sooner() {
        assert_eq!(minutes(0, 0, None), None);
        assert_eq!(
            minutes(0, 1, None),
            None,
            "six hours are left to the schedules"
        );
        assert_eq!(minutes(0, 3, None), Some(120));
        assert_eq!(minutes(0, 12, None), Some(30));
        assert_eq!(minutes(1, 1, None), Some(15));
        assert_eq!(minutes(90, 90, None), Some(5));
        assert_eq!(minutes(u64::MAX, u64::MAX, None), Some(5));
    }

    #[test]
    fn a_boost_holds_whatever_happens() {
        assert_eq!(minutes(0, 0, Some(&boost(120))), Some(2));
        assert_eq!(minutes(90, 90, Some(&boost(120))), Some(2));
        assert_eq!(minutes(90, 90, Some(&boost(3600))), Some(5));
        assert_eq!(minutes(0, 0, Some(&boost(0))), Some(0), "30 s at the least");
    }

    #[test]
    fn a_failure_waits_as_long_as_the_server_asks() {
        let boost = boost(60);
        let after = |retry| {
            PACE.after_failure(now(), retry, Some(&boost))
                .map(|at| at - now())
        };
        assert_eq!(after(Retry::Passing), Some(TimeDelta::minutes(5)));
        assert_eq!(after(Retry::Lasting), Some(TimeDelta::hours(1)));
        let wait = |s| Retry::After(std::time::Duration::from_secs(s));
        assert_eq!(after(wait(3600)), Some(TimeDelta::hours(1)));
        assert_eq!(after(wait(u64::MAX)), Some(TimeDelta::days(1)));
        assert_eq!(PACE.after_failure(now(), Retry::Passing, None), None);
    }

    proptest! {
        #[test]
        fn a_look_is_never_sooner_than_it_may_be(hour in any::<u64>(), day in any::<u64>(), seconds in any::<u64>()) {
            let boost = boost(seconds);
            let activity = Activity { last_hour: hour, last_day: day };
            if let Some(at) = PACE.next_look(now(), activity, None) {
                prop_assert!(at - now() >= PACE.shortest && at - now() <= PACE.longest);
            }
            let at = PACE.next_look(now(), activity, Some(&boost)).unwrap();
            prop_assert!(at - now() >= TimeDelta::seconds(30) && at - now() <= TimeDelta::days(1));
        }
    }
}
