//! What people are told of the timetable: how each schedule stands, and which ticks come next.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::due::Pair;
use super::timetable::{Standings, Timetable, fits};
use super::{Attention, Error};
use crate::catalog::{Catalog, OpenTick};
use crate::policy::Schedule;
use crate::record::AccountId;

/// How one schedule stands.
#[derive(Debug)]
pub struct ScheduleState<'t> {
    pub schedule: &'t Schedule,
    /// The registered accounts it is for.
    pub accounts: Vec<AccountId>,
    /// Accounts it names and the register does not have.
    pub unknown: Vec<AccountId>,
    /// Accounts it names that have nothing for it to take.
    pub unfit: Vec<AccountId>,
    pub next: Option<DateTime<Utc>>,
    /// When the last capture for it was finished.
    pub done: Option<DateTime<Utc>>,
    pub late: Vec<Late>,
}

impl ScheduleState<'_> {
    /// Its snapshots that should have been taken by now.
    pub fn needs_a_person(&self, now: DateTime<Utc>) -> impl Iterator<Item = Attention> {
        let late = self.late.iter().filter(move |l| l.needs_a_person(now));
        late.cloned().map(Attention::Late)
    }

    /// What is wrong with the accounts that it names.
    pub fn misnamed(&self) -> impl Iterator<Item = Attention> {
        let schedule = self.schedule.id.as_str();
        let unknown = self
            .unknown
            .iter()
            .map(|account| Attention::UnknownAccount {
                schedule: schedule.to_owned(),
                account: account.clone(),
            });
        let unfit = self.unfit.iter().map(|account| Attention::UnfitAccount {
            schedule: schedule.to_owned(),
            account: account.clone(),
        });
        unknown.chain(unfit)
    }
}

/// A scheduled snapshot that has not been taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Late {
    pub account: AccountId,
    pub schedule: String,
    /// The first tick that was not taken.
    pub since: DateTime<Utc>,
    /// The attempt that failed; `None` while none was made.
    pub failing: Option<OpenTick>,
}

impl Late {
    /// True when it should have been taken by now: tried in vain, or not even tried within the hour.
    pub fn needs_a_person(&self, now: DateTime<Utc>) -> bool {
        self.failing.is_some() || now - self.since > TimeDelta::hours(1)
    }
}

/// One tick to come.
#[derive(Debug)]
pub struct Upcoming<'t> {
    pub tick: DateTime<Utc>,
    pub schedule: &'t Schedule,
    pub accounts: Vec<AccountId>,
}

impl Timetable {
    /// How each schedule stands, in the order of the files.
    ///
    /// # Errors
    /// When the catalog cannot be read.
    pub fn states(
        &self,
        catalog: &Catalog,
        now: DateTime<Utc>,
    ) -> Result<Vec<ScheduleState<'_>>, Error> {
        let mut standings = self.standings(catalog, now)?;
        let mut late = standings.late(now);
        let states = self.schedules().iter().map(|schedule| {
            let id = schedule.id.as_str();
            let accounts = standings.accounts.iter();
            let accounts = accounts.filter(|a| fits(schedule.what, a.platform));
            let accounts = accounts.map(|a| &a.id);
            let next = next_tick(schedule, &standings.pairs, now);
            let unknown = standings.unknown.extract_if(.., |(s, _)| *s == id);
            let unfit = standings.unfit.extract_if(.., |(s, _)| *s == id);
            ScheduleState {
                schedule,
                accounts: accounts
                    .filter(|a| schedule.accounts.has(a))
                    .cloned()
                    .collect(),
                unknown: unknown.map(|(_, account)| account).collect(),
                unfit: unfit.map(|(_, account)| account).collect(),
                next,
                done: standings
                    .done
                    .iter()
                    .filter_map(|((s, _), at)| (*s == id).then_some(*at))
                    .max(),
                late: late.extract_if(.., |l| l.schedule == id).collect(),
            }
        });
        Ok(states.collect())
    }

    /// The first `limit` ticks that come, over all schedules that have accounts.
    ///
    /// # Errors
    /// When the catalog cannot be read.
    pub fn upcoming(
        &self,
        catalog: &Catalog,
        now: DateTime<Utc>,
        limit: usize,
    ) -> Result<Vec<Upcoming<'_>>, Error> {
        let standings = self.standings(catalog, now)?;
        let mut by_schedule: HashMap<&str, Vec<&Pair<'_>>> = HashMap::new();
        for pair in &standings.pairs {
            let id = pair.schedule.id.as_str();
            by_schedule.entry(id).or_default().push(pair);
        }
        let mut all = Vec::new();
        for schedule in self.schedules() {
            let Some(pairs) = by_schedule.get(schedule.id.as_str()) else {
                continue;
            };
            for tick in schedule.cron.next_ticks(now).take(limit) {
                // After a clock that ran ahead, some count from a later time.
                let counts = pairs.iter().filter(|p| p.standing.counted_from < tick);
                let accounts: Vec<_> = counts.map(|p| p.account.clone()).collect();
                if !accounts.is_empty() {
                    all.push(Upcoming {
                        tick,
                        schedule,
                        accounts,
                    });
                }
            }
        }
        all.sort_by(|a, b| (a.tick, a.schedule.id.as_str()).cmp(&(b.tick, b.schedule.id.as_str())));
        all.truncate(limit);
        Ok(all)
    }
}

fn next_tick(schedule: &Schedule, pairs: &[Pair<'_>], now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let own = pairs.iter().filter(|p| p.schedule.id == schedule.id);
    let from = own.map(|p| p.standing.counted_from.max(now)).min();
    schedule.cron.after(from.unwrap_or(now))
}

impl Standings<'_> {
    /// The scheduled snapshots that have come and were not taken, by schedule and account.
    pub fn late(&self, now: DateTime<Utc>) -> Vec<Late> {
        let late = self.pairs.iter().filter_map(|pair| {
            let since = pair.overdue_since(now)?;
            Some(Late {
                account: pair.account.clone(),
                schedule: pair.schedule.id.to_string(),
                since,
                failing: pair.standing.open.clone(),
            })
        });
        late.collect()
    }
}
