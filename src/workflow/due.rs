//! What is due, and when to look again. Pure: schedules, rows and `now` in, entries out.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBuilder};
use chrono::{DateTime, TimeDelta, Utc};

use crate::calendar;
use crate::catalog::OpenTick;
use crate::platform;
use crate::policy::Schedule;
use crate::record::AccountId;

/// One account of one schedule, and how far it has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair<'a> {
    pub schedule: &'a Schedule,
    pub account: AccountId,
    pub standing: Standing,
}

/// How far an account has come in a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Ticks later than this are due.
    pub counted_from: DateTime<Utc>,
    /// The tick that was tried in vain.
    pub open: Option<OpenTick>,
}

/// A snapshot that is due. In the order they are taken: by tick, then account, then schedule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Due {
    pub tick: DateTime<Utc>,
    pub account: AccountId,
    pub schedule: String,
    /// Ticks before it that were missed, and are caught up by this one.
    pub missed: usize,
    /// Which attempt at this tick it is, from 1.
    pub attempt: u32,
}

/// What is due at one time.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// In the order they are taken.
    pub due: Vec<Due>,
    /// The next time at which something else may become due.
    pub next: Option<DateTime<Utc>>,
}

/// When trying again may help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// The fault passes by itself: again after a minute, then after twice as long each time, up to six hours.
    Passing,
    /// The same, but not before the server has had the wait it asked for.
    After(Duration),
    /// A person has to change something first: again once a day.
    Lasting,
}

impl Retry {
    pub fn of(error: &platform::Error) -> Self {
        match (error.lasts(), error.wait()) {
            (true, _) => Self::Lasting,
            (false, Some(wait)) => Self::After(wait),
            (false, None) => Self::Passing,
        }
    }

    /// How long to wait after that many attempts. Random by `seed`, so that accounts which failed together do not all
    /// come back together; never more than a day.
    fn pause(self, attempts: u32, seed: u64) -> TimeDelta {
        let nth = usize::try_from(attempts.clamp(1, 32)).unwrap_or(1) - 1;
        let pauses = |shortest: Duration, longest: Duration| {
            // Its jitter lengthens a pause by up to as much again.
            let pauses = ExponentialBuilder::new()
                .with_min_delay(shortest)
                .with_max_delay(longest)
                .without_max_times()
                .with_jitter()
                .with_jitter_seed(seed);
            pauses.build().nth(nth).unwrap_or(longest)
        };
        let hours = |n: u64| Duration::from_secs(n * 3600);
        let passing = || pauses(Duration::from_secs(30), hours(3));
        let pause = match self {
            Self::Passing => passing(),
            Self::After(wait) => wait.min(hours(23)).max(passing()),
            Self::Lasting => hours(22) + pauses(hours(1), hours(1)),
        };
        TimeDelta::from_std(pause).unwrap_or(DAY)
    }
}

/// No attempt is put off for longer. One that is was written by a clock that was wrong.
const DAY: TimeDelta = TimeDelta::days(1);

impl Due {
    /// The row after this attempt failed at `now`.
    pub fn put_off(
        &self,
        retry: Retry,
        problem: String,
        now: DateTime<Utc>,
        seed: u64,
    ) -> OpenTick {
        OpenTick {
            tick: self.tick,
            attempts: self.attempt,
            next_try: now + retry.pause(self.attempt, seed),
            problem,
        }
    }
}

impl Pair<'_> {
    /// The first tick that has come and was not taken: since when it is overdue.
    pub fn overdue_since(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let first = self.schedule.cron.after(self.standing.counted_from);
        first.filter(|tick| *tick <= now)
    }
}

/// What is due at `now` among these, and when to look again.
///
/// Missed ticks are caught up once, by the latest. A tick that was tried in vain waits for its next try, unless a newer
/// one has taken its place. If the clock has been set back, nothing is due until it has passed what was counted.
pub fn plan<'a>(pairs: impl IntoIterator<Item = &'a Pair<'a>>, now: DateTime<Utc>) -> Plan {
    let mut plan = Plan::default();
    // Most pairs of a schedule are counted from the same tick, and cron arithmetic is the whole cost.
    let mut known: HashMap<(&str, DateTime<Utc>), Option<calendar::Due>> = HashMap::new();
    for pair in pairs {
        let (cron, from) = (&pair.schedule.cron, pair.standing.counted_from);
        let due = match known.entry((pair.schedule.id.as_str(), from)) {
            Entry::Occupied(due) => *due.get(),
            Entry::Vacant(new) => {
                plan.look_at(cron.after(from.max(now)));
                *new.insert(cron.due_between(from, now))
            }
        };
        let Some(due) = due else { continue };
        let open = pair.standing.open.as_ref().filter(|o| o.tick == due.tick);
        match open {
            Some(o) if o.next_try > now && o.next_try <= now + DAY => {
                plan.look_at(Some(o.next_try));
            }
            _ => plan.due.push(Due {
                tick: due.tick,
                account: pair.account.clone(),
                schedule: pair.schedule.id.to_string(),
                missed: due.missed,
                attempt: open.map_or(1, |o| o.attempts.saturating_add(1)),
            }),
        }
    }
    plan.due.sort();
    plan
}

impl Plan {
    pub(super) fn look_at(&mut self, time: Option<DateTime<Utc>>) {
        self.next = [self.next, time].into_iter().flatten().min();
    }
}
