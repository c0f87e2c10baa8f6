//! How the archive stands, and what needs a person.

mod attention;

use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::removal::{Case, overdue};
use super::{Archive, Error, InboxState, Timetable, inbox_state, io_error, told};
use crate::calendar::local_date;
use crate::catalog::{AccountState, Catalog, RemovalState, Unindexed};
use crate::policy::Policy;
use crate::record::{AccountId, Outcome, PageOutcome};
use crate::retention::{GallringState, Place, PlanVersion, in_force};

pub use attention::Attention;

/// Looks that have failed for longer need a person.
const LONG_FAILED: TimeDelta = TimeDelta::days(1);

/// The archive at a glance.
#[derive(Debug)]
pub struct Status {
    pub accounts: Vec<AccountState>,
    pub ledger_size: u64,
    pub quarantined: u64,
    pub inbox: InboxState,
    /// Accounts whose newest look between snapshots failed.
    pub watch_fails: Vec<WatchFails>,
    /// The next scheduled snapshots: when, and the schedules that tick then.
    pub next: Option<(DateTime<Utc>, Vec<String>)>,
    /// What plans let go today, by committee; holds are not taken off.
    pub due: Vec<DueForGallring>,
    /// What searches do not find yet.
    pub unindexed: Unindexed,
    pub attention: Vec<Attention>,
}

/// How much of a committee's is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueForGallring {
    pub committee: String,
    pub place: Place,
    pub records: u64,
}

/// That the newest look at an account failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatchFails {
    pub account: AccountId,
    pub tried: DateTime<Utc>,
    /// Since when all looks have failed.
    pub since: DateTime<Utc>,
    pub problem: String,
}

/// Reads how the archive stands. `pages`: whether pages are wanted at all; if not, that one is lacking is no news.
///
/// # Errors
/// When catalog or store cannot be read.
pub fn status(archive: &Archive, pages: bool, now: DateTime<Utc>) -> Result<Status, Error> {
    let timetable = Timetable::load(archive.paths());
    let catalog = archive.catalog();
    let states = catalog.account_states()?;
    let quarantined = archive.store.quarantined()?;
    let (scheduled, next) = match timetable {
        Ok(timetable) => scheduled(&timetable, &catalog, now)?,
        Err(error) => (vec![Attention::Schedules(told(&error))], None),
    };
    let failing: HashSet<(AccountId, String)> = scheduled
        .iter()
        .filter_map(|a| match a {
            Attention::Late(late) => Some((late.account.clone(), late.failing.clone()?.problem)),
            _ => None,
        })
        .collect();
    let mut attention = Vec::new();
    if states.is_empty() {
        attention.push(Attention::NoAccounts);
    }
    // What is closed is read no more, and needs nobody.
    for state in states.iter().filter(|s| s.closed.is_none()) {
        let id = state.account.id.clone();
        if state.last.is_none() {
            attention.push(Attention::NeverCaptured(id.clone()));
        }
        match &state.last_tried {
            Some(last) if last.error.is_some() => {
                let why = last.error.clone().unwrap_or_default();
                // Told below, with when it is tried again.
                if !failing.contains(&(id.clone(), why.clone())) {
                    attention.push(Attention::LastFailed {
                        account: id.clone(),
                        why,
                    });
                }
            }
            Some(last) if last.outcome == Outcome::Empty => {
                attention.push(Attention::LastEmpty(id.clone()))
            }
            _ => {}
        }
        match state.look.as_ref().filter(|_| pages) {
            None => {}
            Some((PageOutcome::LoginWall, detail)) => attention.push(Attention::NeedsLogin {
                account: id.clone(),
                detail: detail.clone(),
            }),
            Some((outcome, _)) if outcome.is_captured() => {}
            Some((outcome, detail)) => attention.push(Attention::PageNotCaptured {
                account: id.clone(),
                outcome: *outcome,
                detail: detail.clone(),
            }),
        }
        if state.newly_missed > 0 {
            attention.push(Attention::NotSeen {
                account: id,
                records: state.newly_missed,
            });
        }
    }
    attention.extend(scheduled);
    let watch_fails = watch_fails(&catalog, &states)?;
    attention.extend(
        watch_fails
            .iter()
            .filter(|w| now - w.since > LONG_FAILED)
            .filter(|w| !failing.contains(&(w.account.clone(), w.problem.clone())))
            .map(|w| Attention::WatchFails {
                account: w.account.clone(),
                since: w.since,
                problem: w.problem.clone(),
            }),
    );
    if quarantined > 0 {
        attention.push(Attention::Quarantine { bags: quarantined });
    }
    attention.extend(removals(archive, &catalog, now)?);
    let known: Vec<AccountId> = states.iter().map(|s| s.account.id.clone()).collect();
    attention.extend(plans_past(&catalog, local_date(now))?);
    let inbox = inbox_state(archive.paths().archive(), &known);
    if inbox.failed > 0 {
        let things = inbox.failed;
        attention.push(Attention::InboxFailed { things });
    }
    attention.extend(inbox.unread.iter().cloned().map(Attention::InboxUnread));
    attention.extend(inbox.strange.iter().cloned().map(Attention::InboxFolder));
    let (due, waits) = gallring(&catalog, local_date(now))?;
    attention.extend(waits);
    Ok(Status {
        due,
        inbox,
        watch_fails,
        accounts: states,
        ledger_size: catalog.ledger_size()?,
        quarantined,
        next,
        unindexed: catalog.unindexed()?,
        attention,
    })
}

/// Plans that hold though their time is over, committee by committee.
fn plans_past(catalog: &Catalog, today: NaiveDate) -> Result<Vec<Attention>, Error> {
    let mut theirs: BTreeMap<String, Vec<PlanVersion>> = BTreeMap::new();
    for loaded in catalog.plans(None)? {
        let version = loaded.version;
        theirs
            .entry(version.committee.clone())
            .or_default()
            .push(version);
    }
    let past = theirs.into_iter().filter_map(|(committee, versions)| {
        let holds = in_force(&versions, today)?;
        Some(Attention::PlanPast {
            committee,
            plan: holds.number,
            to: holds.valid_to.filter(|to| *to < today)?,
        })
    });
    Ok(past.collect())
}

/// Cases whose clock has run out.
fn removals(
    archive: &Archive,
    catalog: &Catalog,
    now: DateTime<Utc>,
) -> Result<Vec<Attention>, Error> {
    let open = catalog.removals(RemovalState::Open)?;
    if open.is_empty() && catalog.removals_shown_again()?.is_empty() {
        return Ok(Vec::new());
    }
    let mut emergencies = Vec::new();
    for case in &open {
        if catalog.emergency(case)?.is_some_and(|e| e.state.is_open()) {
            emergencies.push(case.clone());
        }
    }
    let path = archive.paths().policy();
    let text = std::fs::read_to_string(&path).map_err(io_error(&path));
    let policy = text.and_then(|text| Ok(Policy::parse(&text, &path.display().to_string())?));
    let mut all = Vec::new();
    for case in emergencies {
        let (number, designation) = (case.number, case.designation.clone());
        // That it is open is told whatever the policy's file says.
        let hint = match &policy {
            Ok(policy) => Case::load(catalog, policy, case, now)?.next_step(),
            Err(_) => None,
        };
        all.push(Attention::Emergency {
            number,
            designation,
            hint,
        });
    }
    match policy {
        Ok(policy) => {
            let overdue = overdue(catalog, &policy, now)?;
            all.extend(overdue.into_iter().map(Attention::Removal));
        }
        Err(error) => all.push(Attention::Removals(told(&error))),
    }
    Ok(all)
}

/// What is due, which is a note, and what is approved and not done, which needs a person.
fn gallring(
    catalog: &Catalog,
    today: NaiveDate,
) -> Result<(Vec<DueForGallring>, Vec<Attention>), Error> {
    let mut due = Vec::new();
    for committee in catalog.committees()? {
        for place in Place::ALL {
            let records = catalog.count_due(&committee, place, today)?;
            if records > 0 {
                due.push(DueForGallring {
                    committee: committee.clone(),
                    place,
                    records,
                });
            }
        }
    }
    let waits = catalog.gallrings()?.into_iter().filter_map(|row| {
        let approved = row
            .approved
            .filter(|_| row.state == GallringState::Approved)?;
        Some(Attention::GallringWaits {
            id: row.id,
            place: row.question.place,
            records: row.sum.records,
            approved,
        })
    });
    Ok((due, waits.collect()))
}

fn watch_fails(catalog: &Catalog, states: &[AccountState]) -> Result<Vec<WatchFails>, Error> {
    let mut all = Vec::new();
    for state in states.iter().filter(|s| s.closed.is_none()) {
        let account = state.account.id.clone();
        let Some(row) = catalog.watch(&account)? else {
            continue;
        };
        if let (Some(problem), Some(since)) = (row.problem, row.failing) {
            all.push(WatchFails {
                account,
                tried: row.tried,
                since,
                problem,
            });
        }
    }
    Ok(all)
}

type Next = Option<(DateTime<Utc>, Vec<String>)>;

/// What of the timetable needs a person, and what comes next.
fn scheduled(
    timetable: &Timetable,
    catalog: &Catalog,
    now: DateTime<Utc>,
) -> Result<(Vec<Attention>, Next), Error> {
    let states = timetable.states(catalog, now)?;
    let late = states.iter().flat_map(|state| state.needs_a_person(now));
    let misnamed = states.iter().flat_map(|state| state.misnamed());
    let attention = late.chain(misnamed).collect();
    let upcoming = timetable.upcoming(catalog, now, timetable.schedules().len())?;
    let next = upcoming.first().map(|first| {
        let together = upcoming.iter().take_while(|u| u.tick == first.tick);
        let schedules = together.map(|u| u.schedule.id.to_string()).collect();
        (first.tick, schedules)
    });
    Ok((attention, next))
}
