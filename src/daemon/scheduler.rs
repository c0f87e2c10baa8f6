//! Scheduler: takes what is due, a few at a time, in order; what fails is put off and tried again.
//!
//! The catalog knows what is done. What stands here in memory is made anew from it at each look, so that a crash, a
//! changed clock or a command beside it cannot lead the two apart.

mod look;

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::watch;
use tokio::task::{Id, JoinError, JoinSet, block_in_place};
use tokio::time::sleep;
use url::Url;

use super::Settings;
use crate::catalog::{OpenTick, ScheduleChange, Settles};
use crate::policy::Task;
use crate::record::{AccountId, Outcome};
use crate::workflow::{
    self, Archive, Due, Limits, Retry, SnapshotReport, SnapshotRequest, WatchReport, take_snapshot,
    told,
};

/// How long it sleeps at most: a sleep does not follow the clock on the wall when that is set, and a command may have
/// made a look due. What it asks then is one small query.
const LONGEST_SLEEP: Duration = Duration::from_secs(2);

/// Takes what is due by the archive's schedules.
pub struct Scheduler {
    archive: Arc<Archive>,
    settings: watch::Receiver<Arc<Settings>>,
    stop: watch::Receiver<bool>,
    limits: Limits,
    tasks: JoinSet<Result<Attempted, workflow::Error>>,
    running: HashMap<Id, Running>,
    /// What is due and not begun, in order.
    queue: VecDeque<Due>,
    hosts: HashMap<AccountId, String>,
    /// When something else may become due.
    next: Option<DateTime<Utc>>,
    /// When the clock was last read.
    seen: Option<DateTime<Utc>>,
    /// False when the catalog has not taken over the schedules of the settings.
    kept: bool,
    /// False when the plan is old.
    planned: bool,
    /// Pairs that were due again while they ran.
    again: HashSet<(AccountId, String)>,
    /// Failures that a full disk kept from being written.
    unwritten: BTreeMap<(AccountId, String), OpenTick>,
    /// The accounts' own next looks, as the plan knows them.
    looks: Vec<(AccountId, DateTime<Utc>)>,
    /// Accounts whose own looks wait until then, after a failure that could not be written.
    held_back: HashMap<AccountId, DateTime<Utc>>,
}

struct Running {
    due: Due,
    host: String,
}

/// How an attempt ended that did not end the daemon.
enum Attempted {
    Done(Box<SnapshotReport>),
    Watched(Box<WatchReport>),
    Failed {
        retry: Retry,
        problem: String,
    },
    /// Its schedule or account went meanwhile.
    Gone,
}

impl Scheduler {
    /// A scheduler of the archive. How much runs at once is what the settings say now.
    pub fn new(
        archive: Arc<Archive>,
        settings: watch::Receiver<Arc<Settings>>,
        stop: watch::Receiver<bool>,
    ) -> Self {
        let limits = {
            let daemon = &settings.borrow().config.daemon;
            Limits {
                at_once: daemon.captures_at_once,
                per_host: daemon.captures_per_host,
            }
        };
        archive.turns().set_limits(limits);
        Self {
            archive,
            settings,
            stop,
            limits,
            tasks: JoinSet::new(),
            running: HashMap::new(),
            queue: VecDeque::new(),
            hosts: HashMap::new(),
            next: None,
            seen: None,
            kept: false,
            planned: false,
            again: HashSet::new(),
            unwritten: BTreeMap::new(),
            looks: Vec::new(),
            held_back: HashMap::new(),
        }
    }

    /// Works until it is told to stop. What is being read then is dropped, what is being sealed is finished.
    ///
    /// # Errors
    /// Those of the archive itself, other than a full disk.
    pub async fn run(mut self) -> Result<(), workflow::Error> {
        let ended = self.work().await;
        self.tasks.abort_all();
        while self.tasks.join_next().await.is_some() {}
        ended
    }

    async fn work(&mut self) -> Result<(), workflow::Error> {
        while !*self.stop.borrow() {
            let now = self.now();
            let set_back = self.seen.is_some_and(|seen| now < seen);
            if set_back {
                tracing::warn!(seen = ?self.seen, %now, "the clock was set back");
            }
            self.seen = Some(now);
            let new_look = || block_in_place(|| self.has_new_look(now));
            if !self.planned || set_back || self.next.is_some_and(|next| next <= now) || new_look()?
            {
                block_in_place(|| self.look(now))?;
            }
            block_in_place(|| self.begin())?;
            let until = self
                .next
                .map(|next| (next - now).to_std().unwrap_or_default());
            let pause = until.unwrap_or(LONGEST_SLEEP).min(LONGEST_SLEEP);
            tokio::select! {
                told = self.stop.changed() => if told.is_err() { break },
                () = changed(&mut self.settings) => (self.kept, self.planned) = (false, false),
                Some(ended) = self.tasks.join_next_with_id() => {
                    block_in_place(|| self.end(ended))?;
                }
                () = sleep(pause) => {}
            }
        }
        Ok(())
    }

    fn now(&self) -> DateTime<Utc> {
        (self.settings.borrow().around.now)()
    }

    /// Makes the plan anew, from the files' schedules and the catalog's rows.
    fn look(&mut self, now: DateTime<Utc>) -> Result<(), workflow::Error> {
        let settings = Arc::clone(&self.settings.borrow());
        let mut full = false;
        if !self.kept {
            match settings.timetable.keep(&self.archive, now) {
                Ok(changes) => {
                    self.kept = true;
                    log_changes(&changes);
                }
                Err(error) if error.is_full() => full = true,
                Err(error) => return Err(error),
            }
        }
        let disclosures = settings.config.disclosure.settings();
        match workflow::forget_requesters(&self.archive, &disclosures, &settings.around) {
            Ok(_) => {}
            Err(error) if error.is_full() => full = true,
            Err(error) => return Err(error),
        }
        let mut catalog = self.archive.catalog();
        let mut standings = settings.timetable.standings(&catalog, now)?;
        match standings.enter(&mut catalog).map_err(workflow::Error::from) {
            Ok(()) => {}
            Err(error) if error.is_full() => full = true,
            Err(error) => return Err(error),
        }
        drop(catalog);
        for pair in &mut standings.pairs {
            let key = (pair.account.clone(), pair.schedule.id.to_string());
            if let Some(open) = self.unwritten.get(&key) {
                pair.standing.open = Some(open.clone());
            }
        }
        let mut plan = standings.plan(now);
        let (looks, boosts) = {
            let catalog = self.archive.catalog();
            (catalog.next_looks()?, catalog.boosts(now)?)
        };
        self.looks.clone_from(&looks);
        self.held_back.retain(|_, until| *until > now);
        let looks: Vec<_> = looks
            .into_iter()
            .map(|(account, at)| match self.held_back.get(&account) {
                Some(until) => (account, at.max(*until)),
                None => (account, at),
            })
            .collect();
        standings.add_looks(&mut plan, &looks, &boosts, now);
        self.next = plan.next;
        if full {
            tracing::error!("the disk is full: the timetable cannot be written");
            self.look_again(now + TimeDelta::minutes(1));
        }
        let busy: HashSet<_> = self.running.values().map(|r| key(&r.due)).collect();
        self.again.clear();
        self.queue = plan.due.into();
        self.queue.retain(|due| {
            let runs = busy.contains(&key(due));
            if runs {
                self.again.insert(key(due));
            }
            !runs
        });
        self.hosts = standings
            .accounts
            .into_iter()
            .map(|a| (a.id, a.address.host_str().unwrap_or_default().to_owned()))
            .collect();
        self.planned = true;
        Ok(())
    }

    fn look_again(&mut self, at: DateTime<Utc>) {
        self.next = Some(self.next.map_or(at, |next| next.min(at)));
    }

    /// Begins what has room: the first in order whose account and host are free.
    fn begin(&mut self) -> Result<(), workflow::Error> {
        while self.tasks.len() < self.limits.at_once {
            let host = |due: &Due| self.hosts.get(&due.account).cloned().unwrap_or_default();
            let free = |due: &Due| {
                let others = || self.running.values();
                let here = host(due);
                others().all(|r| r.due.account != due.account)
                    && others().filter(|r| r.host == here).count() < self.limits.per_host
            };
            let Some(at) = self.queue.iter().position(free) else {
                break;
            };
            let Some(due) = self.queue.remove(at) else {
                break;
            };
            let host = host(&due);
            if self.is_taken(&due)? {
                continue;
            }
            tracing::info!(
                account = %due.account, schedule = due.schedule, tick = %due.tick,
                attempt = due.attempt, missed = due.missed, "scheduled snapshot begins"
            );
            let settings = Arc::clone(&self.settings.borrow());
            let task = attempt(Arc::clone(&self.archive), settings, due.clone());
            let id = self.tasks.spawn(task).id();
            self.running.insert(id, Running { due, host });
        }
        Ok(())
    }

    /// True when a command has taken it since the plan was made.
    fn is_taken(&self, due: &Due) -> Result<bool, workflow::Error> {
        let catalog = self.archive.catalog();
        if due.look {
            let row = catalog.watch(&due.account)?;
            return Ok(row.is_none_or(|row| row.next_look != Some(due.tick)));
        }
        let row = catalog.timetable_row(&due.schedule, &due.account)?;
        Ok(row.is_some_and(|row| row.counted_from >= due.tick))
    }

    /// True when a command has made a look due since the plan was made: a boost.
    fn has_new_look(&self, now: DateTime<Utc>) -> Result<bool, workflow::Error> {
        let looks = self.archive.catalog().next_looks()?;
        Ok(looks
            .iter()
            .any(|look| look.1 <= now && !self.looks.contains(look)))
    }

    fn end(
        &mut self,
        ended: Result<(Id, Result<Attempted, workflow::Error>), JoinError>,
    ) -> Result<(), workflow::Error> {
        let id = match &ended {
            Ok((id, _)) => *id,
            Err(error) => error.id(),
        };
        let Some(Running { due, .. }) = self.running.remove(&id) else {
            return Ok(());
        };
        if self.again.remove(&key(&due)) {
            self.planned = false;
        }
        match ended {
            Ok((_, Ok(Attempted::Done(report)))) => {
                self.unwritten.remove(&key(&due));
                log_done(&due, &report);
                Ok(())
            }
            Ok((_, Ok(Attempted::Watched(report)))) => {
                self.unwritten.remove(&key(&due));
                look::log_done(&due, &report);
                if let Some(at) = report.next_look {
                    self.look_again(at);
                }
                Ok(())
            }
            Ok((_, Ok(Attempted::Gone))) => Ok(()),
            // It has its next try in the watch itself, or by the schedule.
            Ok((_, Ok(Attempted::Failed { problem, .. }))) if due.look => {
                tracing::warn!(account = %due.account, schedule = due.schedule, problem, "look failed");
                self.planned = false;
                Ok(())
            }
            Ok((_, Ok(Attempted::Failed { retry, problem }))) => self.put_off(&due, retry, problem),
            Ok((_, Err(error))) if error.is_full() => {
                self.put_off(&due, Retry::Passing, told(&error))
            }
            Ok((_, Err(error))) => {
                // The next start must not begin with it again before all others: it may be this account's alone.
                let _ = self.put_off(&due, Retry::Passing, told(&error));
                Err(error)
            }
            // The others go on; this one is told as any failure, until arkivd is mended.
            Err(panic) => self.put_off(
                &due,
                Retry::Lasting,
                format!("a fault in arkivd itself ended it, please report it: {panic}"),
            ),
        }
    }

    fn put_off(&mut self, due: &Due, retry: Retry, problem: String) -> Result<(), workflow::Error> {
        // A fault of the archive's own disk, or of arkivd.
        if due.look {
            tracing::warn!(account = %due.account, problem, "look failed");
            let at = self.now() + TimeDelta::minutes(5);
            self.held_back.insert(due.account.clone(), at);
            self.look_again(at);
            return Ok(());
        }
        let (now, seed) = {
            let around = &self.settings.borrow().around;
            ((around.now)(), (around.new_id)().as_u64_pair().1)
        };
        let open = due.put_off(retry, problem, now, seed);
        tracing::warn!(
            account = %due.account, schedule = due.schedule, tick = %due.tick, attempt = due.attempt,
            outcome = "failed", lasts = retry == Retry::Lasting, next_try = %open.next_try,
            "scheduled snapshot failed; schedule list tells why"
        );
        self.look_again(open.next_try);
        let written = self
            .archive
            .catalog()
            .put_off(&due.schedule, &due.account, &open)
            .map_err(workflow::Error::from);
        match written {
            Ok(()) => {
                self.unwritten.remove(&key(due));
                Ok(())
            }
            Err(error) if error.is_full() => {
                self.unwritten.insert(key(due), open);
                Ok(())
            }
            Err(error) => Err(error),
        }
    }
}

fn key(due: &Due) -> (AccountId, String) {
    (due.account.clone(), due.schedule.clone())
}

/// Returns when the settings are new; never once nobody can change them any more.
async fn changed(settings: &mut watch::Receiver<Arc<Settings>>) {
    if settings.changed().await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// One attempt at one tick. Its errors are the archive's own.
async fn attempt(
    archive: Arc<Archive>,
    settings: Arc<Settings>,
    due: Due,
) -> Result<Attempted, workflow::Error> {
    let account = block_in_place(|| archive.catalog().account(&due.account))?;
    let Some(account) = account else {
        return Ok(Attempted::Gone);
    };
    if due.look {
        return look::attempt(&archive, &settings, &account, &due).await;
    }
    let Ok(schedule) = settings.timetable.schedule(&due.schedule) else {
        return Ok(Attempted::Gone);
    };
    if schedule.what == Task::Watch {
        return look::attempt(&archive, &settings, &account, &due).await;
    }
    let lasting = |error: &dyn std::error::Error| {
        Ok(Attempted::Failed {
            retry: Retry::Lasting,
            problem: told(error),
        })
    };
    if schedule.what == Task::Page && settings.around.pages.is_none() {
        return lasting(&workflow::Error::NoPages);
    }
    let settles = Settles {
        schedule: due.schedule,
        counted_from: due.tick,
        backwards: false,
    };
    let login = |page: &Url| {
        settings
            .config
            .login_of(&account, page)
            .map_err(|e| told(&e))
    };
    let request = SnapshotRequest::scheduled(&account, schedule, login, settles);
    let credential = match request.records {
        true => match settings.config.credential_of(&account) {
            Ok(credential) => credential,
            Err(error) => return lasting(&error),
        },
        false => None,
    };
    let report = take_snapshot(
        &archive,
        &settings.client,
        credential.as_ref(),
        &request,
        &settings.around,
        &|_| {},
    )
    .await?;
    if report.outcome == Outcome::Failed {
        return Ok(Attempted::Failed {
            retry: report.retry.unwrap_or(Retry::Passing),
            problem: report.error.unwrap_or_default(),
        });
    }
    Ok(Attempted::Done(Box::new(report)))
}

fn log_done(due: &Due, report: &SnapshotReport) {
    let counts = report.counts;
    tracing::info!(
        account = %due.account, schedule = due.schedule, tick = %due.tick, capture = %report.capture,
        outcome = report.outcome.as_str(), new = counts.new, changed = counts.changed,
        unchanged = counts.unchanged, not_seen = counts.not_seen, partial = report.is_partial(),
        seconds = report.seconds, "scheduled snapshot done"
    );
    for bag in &report.bags {
        tracing::info!(account = %due.account, capture = %report.capture, bag = %bag.bag, "bag sealed");
    }
}

fn log_changes(changes: &[ScheduleChange]) {
    for change in changes {
        match change {
            ScheduleChange::Added(id) => tracing::info!(schedule = id, "schedule is new"),
            ScheduleChange::Changed(id) => tracing::info!(schedule = id, "schedule has changed"),
            ScheduleChange::Removed(id) => tracing::info!(schedule = id, "schedule is gone"),
        }
    }
}
