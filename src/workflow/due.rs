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
    /// True for a look by the account's own pace, between the ticks: it settles none.
    pub look: bool,
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
            _ => {
                // Once the clock is within a day of it, it is believed again.
                let believed = open.map(|o| o.next_try - DAY);
                plan.look_at(believed.filter(|at| *at > now));
                plan.due.push(Due {
                    tick: due.tick,
                    account: pair.account.clone(),
                    schedule: pair.schedule.id.to_string(),
                    missed: due.missed,
                    attempt: open.map_or(1, |o| o.attempts.saturating_add(1)),
                    look: false,
                });
            }
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::policy::Schedules;

    fn schedules(crons: &[&str]) -> Vec<Schedule> {
        let one = |(n, cron): (usize, &&str)| {
            format!(
                "[[schedule]]\nid = \"s{n}\"\nwhat = \"snapshot\"\ncron = \"{cron}\"\naccounts = \"all\"\nfull = false\n\
                 requirement = \"X\"\nsource = \"x\"\nquote = \"x\"\nnote = \"x\"\n"
            )
        };
        let text: String = crons.iter().enumerate().map(one).collect();
        Schedules::parse(&text, "s.toml").unwrap().schedules
    }

    fn at(rfc3339: &str) -> DateTime<Utc> {
        rfc3339.parse().unwrap()
    }

    fn pair<'a>(schedule: &'a Schedule, account: &str, from: &str) -> Pair<'a> {
        Pair {
            schedule,
            account: account.parse().unwrap(),
            standing: Standing {
                counted_from: at(from),
                open: None,
            },
        }
    }

    #[test]
    fn due_is_in_order_of_tick_then_account_then_schedule() {
        let s = schedules(&["0 3 * * *", "0 4 * * *"]);
        let from = "2026-11-20T12:00:00Z";
        let pairs = [
            pair(&s[1], "a", from),
            pair(&s[0], "b", from),
            pair(&s[0], "a", from),
        ];
        let now = at("2026-11-21T12:00:00Z");
        let plan = plan(&pairs, now);
        let order = plan
            .due
            .iter()
            .map(|d| (d.account.as_str(), d.schedule.as_str()));
        let order: Vec<_> = order.collect();
        assert_eq!(order, [("a", "s0"), ("b", "s0"), ("a", "s1")]);
        assert_eq!(plan.next, Some(at("2026-11-22T02:00:00Z")));
    }

    #[test]
    fn missed_ticks_are_caught_up_once_by_the_latest() {
        let s = schedules(&["0 3 * * *"]);
        let due = plan(
            &[pair(&s[0], "a", "2026-11-01T12:00:00Z")],
            at("2026-11-21T12:00:00Z"),
        )
        .due;
        assert_eq!(due.len(), 1);
        assert_eq!(
            (due[0].tick, due[0].missed),
            (at("2026-11-21T02:00:00Z"), 19)
        );
    }

    #[test]
    fn what_failed_waits_for_its_next_try_or_for_a_newer_tick() {
        let s = schedules(&["0 * * * *"]);
        let mut pair = pair(&s[0], "a", "2026-11-21T11:30:00Z");
        let now = at("2026-11-21T12:10:00Z");
        let first = plan([&pair], now).due[0].clone();
        let open = first.put_off(Retry::Lasting, "404".into(), now, 7);
        assert!(open.next_try - now > TimeDelta::hours(22) && open.next_try - now <= DAY);
        pair.standing.open = Some(open.clone());
        let waits = plan([&pair], now);
        assert!(waits.due.is_empty());
        assert_eq!(
            waits.next,
            Some(at("2026-11-21T13:00:00Z")),
            "the newer tick comes first"
        );
        let newer = &plan([&pair], at("2026-11-21T13:00:00Z")).due[0];
        assert_eq!((newer.tick, newer.attempt), (at("2026-11-21T13:00:00Z"), 1));
        pair.standing.open = Some(OpenTick {
            next_try: now + TimeDelta::minutes(3),
            ..open.clone()
        });
        assert_eq!(plan([&pair], now).next, Some(now + TimeDelta::minutes(3)));
        let again = &plan([&pair], now + TimeDelta::minutes(3)).due[0];
        assert_eq!(again.attempt, 2);
        // Written by a clock that ran ahead.
        pair.standing.open = Some(OpenTick {
            next_try: now + DAY + TimeDelta::seconds(1),
            ..open
        });
        assert_eq!(plan([&pair], now).due.len(), 1);
    }

    #[test]
    fn pauses_double_to_six_hours_and_a_servers_own_wait_is_kept() {
        for seed in 0..200 {
            let pause = |retry: Retry, attempts| retry.pause(attempts, seed);
            for (attempts, minutes) in [(1, 1), (2, 2), (5, 16), (9, 256), (10, 360), (4000, 360)] {
                let (least, most) = (
                    TimeDelta::seconds(minutes * 30),
                    TimeDelta::minutes(minutes),
                );
                let got = pause(Retry::Passing, attempts);
                assert!(least <= got && got <= most, "{attempts}: {got}");
            }
            let asked = |seconds| pause(Retry::After(Duration::from_secs(seconds)), 1);
            assert_eq!(asked(7200), TimeDelta::hours(2));
            assert!(
                asked(0) >= TimeDelta::seconds(30),
                "no server makes it hurry"
            );
            assert!(asked(u64::MAX) <= DAY, "nor leave it for ever");
            assert!(pause(Retry::Lasting, 3) <= DAY);
        }
        let different: std::collections::HashSet<_> =
            (0..50).map(|seed| Retry::Passing.pause(3, seed)).collect();
        assert!(different.len() > 40);
    }

    /// What happens in the life of a daemon.
    #[derive(Debug, Clone)]
    enum Step {
        /// The clock goes on, or is set.
        Clock(i64),
        /// The process ends and starts: what stood in memory is gone.
        Restart,
        /// The first in the queue is taken. The capture's transaction is written; then perhaps comes a crash.
        Take {
            crash: bool,
        },
        /// A crash before the transaction.
        Crash,
        Fail {
            lasts: bool,
            seed: u64,
        },
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            4 => (1..7200i64).prop_map(Step::Clock),
            1 => (1..90 * 86400i64).prop_map(Step::Clock),
            1 => (-40 * 86400..0i64).prop_map(Step::Clock),
            1 => Just(Step::Restart),
            6 => any::<bool>().prop_map(|crash| Step::Take { crash }),
            1 => Just(Step::Crash),
            2 => (any::<bool>(), any::<u64>()).prop_map(|(lasts, seed)| Step::Fail { lasts, seed }),
        ]
    }

    /// A daemon whose catalog is `pairs`, and whose memory is `queue` and `next`.
    struct Life<'a> {
        now: DateTime<Utc>,
        pairs: Vec<Pair<'a>>,
        queue: std::collections::VecDeque<Due>,
        next: Option<DateTime<Utc>>,
        planned: bool,
        taken: HashMap<(AccountId, String), Vec<DateTime<Utc>>>,
    }

    impl Life<'_> {
        fn look(&mut self) {
            if self.planned && self.next.is_none_or(|next| self.now < next) {
                return;
            }
            let plan = plan(&self.pairs, self.now);
            assert!(plan.due.is_sorted());
            assert!(
                plan.next.is_none_or(|next| next > self.now),
                "no busy waiting"
            );
            self.queue = plan.due.into();
            self.next = plan.next;
            self.planned = true;
        }

        fn first(&mut self) -> Option<(Due, usize)> {
            self.look();
            let due = self.queue.pop_front()?;
            let n = self
                .pairs
                .iter()
                .position(|p| p.account == due.account && p.schedule.id.as_str() == due.schedule);
            Some((due, n.unwrap()))
        }

        fn take(&mut self) -> bool {
            let Some((due, n)) = self.first() else {
                return false;
            };
            assert!(due.tick <= self.now, "nothing is taken before its time");
            let standing = &mut self.pairs[n].standing;
            assert!(due.tick > standing.counted_from);
            standing.counted_from = due.tick;
            standing.open = None;
            let taken = self.taken.entry((due.account, due.schedule)).or_default();
            // No tick twice, and a pair's ticks in their order.
            assert!(taken.last().is_none_or(|last| *last < due.tick));
            taken.push(due.tick);
            true
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_tick_twice_and_none_lost_whatever_the_clock_does(
            steps in proptest::collection::vec(step(), 1..60),
            begins in 0..40_000_000i64,
        ) {
            let schedules = schedules(&["*/15 * * * *", "0 3 * * *", "30 2 * * sun", "0 3 1 1,7 *"]);
            let begins = at("2026-01-01T00:00:00Z") + TimeDelta::seconds(begins);
            let pairs = schedules.iter().flat_map(|schedule| {
                ["a", "b", "c"].map(|account| Pair {
                    schedule,
                    account: account.parse().unwrap(),
                    standing: Standing { counted_from: begins, open: None },
                })
            });
            let mut life = Life {
                now: begins, pairs: pairs.collect(), queue: [].into(), next: None, planned: false, taken: HashMap::new(),
            };
            for step in steps {
                match step {
                    Step::Clock(by) => {
                        life.now += TimeDelta::seconds(by);
                        if by < 0 {
                            life.planned = false;
                        }
                    }
                    Step::Restart | Step::Crash => life.planned = false,
                    Step::Take { crash } => {
                        life.take();
                        life.planned &= !crash;
                    }
                    Step::Fail { lasts, seed } => {
                        if let Some((due, n)) = life.first() {
                            let retry = if lasts { Retry::Lasting } else { Retry::Passing };
                            let open = due.put_off(retry, "why".into(), life.now, seed);
                            life.next = [life.next, Some(open.next_try)].into_iter().flatten().min();
                            life.pairs[n].standing.open = Some(open);
                        }
                    }
                }
                // What is due does not change until the time that was told.
                let here = plan(&life.pairs, life.now);
                if let Some(next) = here.next {
                    for part in [2, 1000] {
                        let between = life.now + (next - life.now) / part;
                        prop_assert_eq!(&plan(&life.pairs, between.min(next - TimeDelta::nanoseconds(1))).due, &here.due);
                    }
                }
            }
            // Once all retries have come and all is taken, each tick that has passed was taken, or a later one.
            // A clock that was set back leaves next tries further ahead than a day.
            let tries = life.pairs.iter().filter_map(|p| Some(p.standing.open.as_ref()?.next_try));
            life.now = tries.fold(life.now + DAY, DateTime::max);
            life.planned = false;
            while life.take() {}
            for pair in &life.pairs {
                prop_assert_eq!(pair.overdue_since(life.now), None);
                let passed = pair.schedule.cron.due_between(begins, life.now);
                let taken = life.taken.get(&(pair.account.clone(), pair.schedule.id.to_string()));
                let last = taken.and_then(|t| t.last().copied());
                prop_assert!(passed.is_none_or(|p| last.is_some_and(|l| l >= p.tick)));
            }
        }
    }
}
