//! What needs a person: in one line each, and what to do about it.

use chrono::{DateTime, NaiveDate, Utc};

use crate::calendar::local_time;
use crate::record::{AccountId, GallringId, PageOutcome};
use crate::retention::Place;
use crate::workflow::Late;
use crate::workflow::removal::Overdue;

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
    /// Suspected child abuse material is locked, and the police have not said what becomes of it, or it is not done.
    Emergency {
        number: u64,
        designation: String,
        hint: Option<String>,
    },
    /// Removal cases cannot be judged: the policy cannot be read.
    Removals(String),
    NoAccounts,
    /// Start pages that have not come to the watch folder.
    WatchFolder {
        path: std::path::PathBuf,
        waiting: usize,
        oldest: DateTime<Utc>,
        problem: Option<String>,
    },
    /// A request for public records that should have been answered.
    Disclosure {
        designation: String,
        /// The last day before it was late.
        last: NaiveDate,
        hint: String,
    },
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
            Self::Quarantine { bags: 1 } => f.write_str("1 bag is in quarantine"),
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
            Self::Emergency { designation, .. } => {
                write!(
                    f,
                    "emergency {designation} is open: suspected child abuse material"
                )
            }
            Self::Removals(why) => write!(f, "removal cases cannot be judged: {why}"),
            Self::NoAccounts => f.write_str("no account is registered"),
            Self::WatchFolder {
                path,
                waiting,
                oldest,
                problem,
            } => {
                let pages = match waiting {
                    1 => "1 start page waits".to_owned(),
                    n => format!("{n} start pages wait"),
                };
                let (path, oldest) = (path.display(), local_time(*oldest));
                write!(f, "{pages} to be sent to {path}, the oldest since {oldest}")?;
                match problem {
                    Some(problem) => write!(f, ": {problem}"),
                    None => Ok(()),
                }
            }
            Self::Disclosure {
                designation, last, ..
            } => write!(
                f,
                "disclosure {designation} is late: it should have been answered by {last}"
            ),
            Self::GallringWaits {
                id,
                place,
                records,
                approved,
            } => write!(
                f,
                "gallring {id} of {records} record{} ({place}) was approved {} and is not carried out",
                if *records == 1 { "" } else { "s" },
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
            Self::Emergency { number, hint, .. } => hint
                .clone()
                .unwrap_or_else(|| format!("arkivd removal show {number}")),
            Self::Removals(_) => "correct policy.toml".to_owned(),
            Self::NoAccounts => "arkivd account add".to_owned(),
            Self::WatchFolder { .. } => {
                "mount the share, or make the folder writable for the archive's owner; they are sent by themselves then, or now: arkivd export watch-folder"
                    .to_owned()
            }
            Self::Disclosure { hint, .. } => hint.clone(),
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
