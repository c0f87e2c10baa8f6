//! How the archive stands, and what needs a person.

use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::removal::{Overdue, overdue};
use super::{Archive, Error, InboxState, Late, Timetable, inbox_state, io_error, told};
use crate::calendar::{local_date, local_time};
use crate::catalog::{AccountState, Catalog, RemovalState};
use crate::policy::Policy;
use crate::record::{AccountId, GallringId, Outcome, PageOutcome};
use crate::retention::{GallringState, Place, PlanVersion, in_force};

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

/// Something a person should look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attention {
    NeverCaptured(AccountId),
    LastFailed {
        account: AccountId,
        why: String,
    },
    LastEmpty(AccountId),
    /// Its page is shown only to who has logged in, and arkivd was not, for the reason in `detail`.
    NeedsLogin {
        account: AccountId,
        detail: Option<String>,
    },
    /// The last look at its page ended without it.
    PageNotCaptured {
        account: AccountId,
        outcome: PageOutcome,
        detail: Option<String>,
    },
    /// Records that the last complete reading was the first not to show.
    NotSeen {
        account: AccountId,
        records: u64,
    },
    Quarantine {
        bags: u64,
    },
    /// A scheduled snapshot that is overdue or fails.
    Late(Late),
    /// A schedule names an account that is not registered.
    UnknownAccount {
        schedule: String,
        account: AccountId,
    },
    /// A schedule names an account that has nothing for it to take.
    UnfitAccount {
        schedule: String,
        account: AccountId,
    },
    /// The schedule files cannot be read, so nothing new in them holds.
    Schedules(String),
    /// All looks at the account between snapshots have failed for more than a day.
    WatchFails {
        account: AccountId,
        since: DateTime<Utc>,
        problem: String,
    },
    /// Files that were put in the inbox and could not be taken in.
    InboxFailed {
        things: u64,
    },
    /// A folder of the inbox is named as no account, and what lies in it is left there.
    InboxFolder(String),
    /// Nothing is taken from the inbox, or from a folder of it.
    InboxUnread(String),
    /// The validity of the plan that holds for a committee is over.
    PlanPast {
        committee: String,
        plan: i64,
        to: NaiveDate,
    },
    /// The validity of the municipality's guideline is over (HAL-10).
    GuidelinePast {
        title: String,
        to: NaiveDate,
    },
    /// Forbidden content that should be hidden by now, that is seen though it was noted as gone, or of which
    /// Integritetsskyddsmyndigheten should have been told.
    Removal(Overdue),
    /// Removal cases cannot be judged: the policy cannot be read.
    Removals(String),
    NoAccounts,
    /// An approved list that nobody has carried out.
    GallringWaits {
        id: GallringId,
        place: Place,
        records: u64,
        approved: DateTime<Utc>,
    },
}

impl std::fmt::Display for Attention {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NeverCaptured(id) => write!(f, "account {id} has never been captured"),
            Self::LastFailed { account, why } => {
                write!(f, "the last snapshot of {account} failed: {why}")
            }
            Self::LastEmpty(id) => write!(f, "the last snapshot of {id} found nothing there"),
            Self::NeedsLogin { account, detail } => {
                let detail = detail.as_deref();
                let why = detail.unwrap_or("its page is shown only to who has logged in");
                write!(f, "account {account} needs login: {why}")
            }
            Self::PageNotCaptured {
                account,
                outcome,
                detail,
            } => {
                write!(f, "the page of {account} could not be captured: {outcome}")?;
                match detail {
                    Some(detail) => write!(f, ": {detail}"),
                    None => Ok(()),
                }
            }
            Self::NotSeen { account, records } => {
                let (s, were) = if *records == 1 {
                    ("", "was")
                } else {
                    ("s", "were")
                };
                write!(
                    f,
                    "{records} known record{s} of {account} {were} not seen at the last snapshot"
                )
            }
            Self::Quarantine { bags } => write!(f, "{bags} bags are in quarantine"),
            Self::Late(late) => {
                let Late {
                    account,
                    schedule,
                    since,
                    ..
                } = late;
                let since = local_time(*since);
                match &late.failing {
                    None => write!(
                        f,
                        "the snapshot of {account} by schedule {schedule} is overdue since {since}"
                    ),
                    Some(open) => write!(
                        f,
                        "the snapshot of {account} by schedule {schedule} fails since {since}: {}; next try {}",
                        open.problem,
                        local_time(open.next_try)
                    ),
                }
            }
            Self::UnknownAccount { schedule, account } => write!(
                f,
                "schedule {schedule} names account {account}, which is not registered"
            ),
            Self::UnfitAccount { schedule, account } => write!(
                f,
                "schedule {schedule} names account {account}, whose platform has nothing for it to take"
            ),
            Self::Schedules(why) => write!(f, "the schedules cannot be read: {why}"),
            Self::WatchFails {
                account,
                since,
                problem,
            } => write!(
                f,
                "account {account} cannot be watched since {}: {problem}",
                local_time(*since)
            ),
            Self::InboxFailed { things: 1 } => {
                f.write_str("what was put in the inbox could not be taken in: 1 thing")
            }
            Self::InboxFailed { things } => {
                write!(
                    f,
                    "what was put in the inbox could not be taken in: {things} things"
                )
            }
            Self::InboxFolder(name) => {
                write!(
                    f,
                    "folder inbox/{name} is named as no account: its files are left there"
                )
            }
            Self::InboxUnread(why) => write!(f, "the inbox cannot be read: {why}"),
            Self::PlanPast {
                committee,
                plan,
                to,
            } => write!(f, "the validity of {committee}'s plan {plan} was over {to}"),
            Self::GuidelinePast { title, to } => {
                write!(f, "the validity of the guideline {title:?} was over {to}")
            }
            Self::Removal(case) => {
                write!(f, "removal case {}", case.designation)?;
                if case.seen_since.is_some() || case.imy_since.is_some() {
                    f.write_str(" is overdue")?;
                }
                if let Some(at) = case.seen_again {
                    let at = local_time(at);
                    write!(f, ": it was seen again {at}, after it was noted as gone")?;
                }
                if let Some(since) = case.seen_since {
                    write!(f, ": it should have been hidden by {}", local_time(since))?;
                }
                if let Some(since) = case.imy_since {
                    let since = local_time(since);
                    write!(
                        f,
                        ": Integritetsskyddsmyndigheten should have been told by {since}"
                    )?;
                }
                Ok(())
            }
            Self::Removals(why) => write!(f, "removal cases cannot be judged: {why}"),
            Self::NoAccounts => f.write_str("no account is registered"),
            Self::GallringWaits {
                id,
                place,
                records,
                approved,
            } => write!(
                f,
                "gallring {id} of {records} records ({place}) was approved {} and is not carried out",
                local_time(*approved)
            ),
        }
    }
}

impl Attention {
    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::NeverCaptured(id) | Self::LastFailed { account: id, .. } => {
                format!("arkivd snapshot {id}")
            }
            Self::NeedsLogin { account, .. } => format!(
                "give it a credential with fresh cookies, for an account that is no person's: docs/handbok.md; then: arkivd snapshot {account} --only page"
            ),
            Self::PageNotCaptured { account, .. } => {
                format!(
                    "try it again: arkivd snapshot {account} --only page; arkivd doctor tells of the browser"
                )
            }
            Self::LastEmpty(id) => format!("check the address: arkivd account show {id}"),
            Self::NotSeen { account, .. } => {
                format!(
                    "absence is not removal; see which: arkivd record list --account {account} --not-seen"
                )
            }
            Self::Quarantine { .. } => "read the reason beside each in quarantine/".to_owned(),
            Self::Late(late) if late.failing.is_none() => format!(
                "does the daemon run? systemctl status arkivd; take it now: arkivd schedule run {}",
                late.schedule
            ),
            Self::Late(late) => format!(
                "mend the cause; it is tried again by itself, or now: arkivd schedule run {}",
                late.schedule
            ),
            Self::UnknownAccount { .. } => {
                "correct the file in schedules/, or register it: arkivd account add".to_owned()
            }
            Self::UnfitAccount { .. } => {
                "write what = \"page\" in the schedule for a platform without an interface"
                    .to_owned()
            }
            Self::Schedules(_) => {
                "correct the file; the daemon goes by the schedules it read last".to_owned()
            }
            Self::WatchFails { account, .. } => format!(
                "what is edited or removed meanwhile is noticed late; mend the cause and look: arkivd watch {account}"
            ),
            Self::InboxFailed { .. } => {
                "read the reason beside each in inbox/failed/; put the file in again when it is mended, and remove both there"
                    .to_owned()
            }
            Self::InboxFolder(_) => {
                "give it the id of an account: arkivd account list shows them".to_owned()
            }
            Self::InboxUnread(_) => {
                "make it a folder that the archive's user may read and write".to_owned()
            }
            Self::PlanPast { committee, .. } => format!(
                "it holds until another is loaded: let the committee decide a new one, from arkivd plan show --committee {committee:?}"
            ),
            Self::GuidelinePast { .. } => {
                "write the new one into the archive's policy.toml, with its validity".to_owned()
            }
            Self::Removal(case) if case.seen_since.is_some() => format!(
                "hide it now, and note it: arkivd removal mark {} hidden; what else: arkivd removal show {}",
                case.number, case.number
            ),
            Self::Removal(case) if case.seen_again.is_some() => format!(
                "look at it, hide it again and note it: arkivd removal mark {} hidden; what is noted: arkivd removal show {}",
                case.number, case.number
            ),
            Self::Removal(case) => format!(
                "tell it, or note the data protection officer's judgement: arkivd removal show {}",
                case.number
            ),
            Self::Removals(_) => "correct policy.toml".to_owned(),
            Self::NoAccounts => "arkivd account add".to_owned(),
            Self::GallringWaits {
                id,
                place: Place::Archive,
                ..
            } => format!("carry it out: arkivd gallring execute {id}; or give it up: arkivd gallring withdraw {id}"),
            Self::GallringWaits { id, .. } => {
                format!("the editors' work list: arkivd gallring show {id} --lines")
            }
        }
    }
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
    if catalog.removals(RemovalState::Open)?.is_empty()
        && catalog.removals_shown_again()?.is_empty()
    {
        return Ok(Vec::new());
    }
    let path = archive.paths().policy();
    let text = std::fs::read_to_string(&path).map_err(io_error(&path));
    let policy = text.and_then(|text| Ok(Policy::parse(&text, &path.display().to_string())?));
    Ok(match policy {
        Ok(policy) => overdue(catalog, &policy, now)?
            .into_iter()
            .map(Attention::Removal)
            .collect(),
        Err(error) => vec![Attention::Removals(told(&error))],
    })
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
