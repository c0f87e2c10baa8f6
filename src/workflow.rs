//! Workflow: the stories, each from its first step to its last. Knows no terminal.

mod archive;
mod classify;
mod comparison;
mod consent;
mod create_archive;
mod csv_quotes;
mod deliver;
mod describe;
mod draft_plan;
mod due;
mod execute_gallring;
mod export_bag;
mod export_diarium;
mod fill_bag;
mod gallring;
mod handling;
mod import_files;
mod inbox;
mod index_search;
mod load_plan;
mod look;
mod mark;
mod matching;
mod media;
mod missing;
mod note_setting;
mod pace;
mod page_bag;
mod passed_by;
mod question;
mod recover;
mod register;
mod removal;
mod reports;
mod seal_records;
mod sealed_bags;
mod second_gate;
mod snapshot_report;
mod snapshot_request;
mod staged_pdf;
mod staging;
mod status;
mod take_snapshot;
mod thread;
mod timetable;
mod turns;
mod typeset;
mod upcoming;
mod verify_archive;
mod watch_account;
mod watch_folder;
mod watch_report;
mod windows;

use std::io;
use std::path::PathBuf;

use chrono::{DateTime, Utc};
use uuid::Uuid;

pub use archive::{Archive, Paths};
pub use classify::{
    Explanation, Outcome, Tried, classify_by_hand, explain_classification, read_decisions,
    reason_of,
};
pub use consent::{ConsentRequest, Withdrawn, add_consent, find_posts, withdraw_consent};
pub use create_archive::{NewArchive, create_archive};
pub use deliver::{
    Delivered, DeliveryCounts, DeliveryFault, DeliveryRequest, ReceiptRequest, deliver, delivery,
    note_receipt,
};
pub use describe::{Description, SeriesLine, describe};
pub use draft_plan::{DraftPlan, PLAN_KEYS, draft_plan};
pub use due::{Due, Pair, Plan, Retry, Standing, plan};
pub use execute_gallring::{
    CRASH_POINTS as GALLRING_CRASH_POINTS, GallringReport, execute_gallring,
};
pub use export_bag::export_bag;
pub use export_diarium::{
    Chosen, DiariumCase, DiariumPlan, DiariumReport, ExportFault, Layout, With, export_again,
    export_diarium, plan_diarium,
};
pub use gallring::{
    GallringFault, KeptSum, Look, Proposed, RowSum, approve_gallring, look_at_list,
    note_gallring_done, propose_gallring,
};
pub use handling::{HandedMedium, Handling, Handlingar, HeldFile, Registration};
pub use import_files::{
    About, Became, BroughtFile, BroughtKind, Fault as ImportFault, ImportReport, Line, Thing,
    WebAddress, When, Words, import_files,
};
pub use inbox::{Emptied, Inbox, InboxState, UnlawfulInbox, inbox_state, save_dropped};
pub use index_search::{index_more, rebuild_index};
pub use load_plan::{JudgedPlan, LoadedNow, Names, committee_of, judge_plan, load_plan};
pub use look::{PageRequest, Pages};
pub use mark::{Marking, mark_records, note_basis};
pub use missing::{Noticed, What};
pub use note_setting::note_setting;
pub use pace::{Activity, Pace, tightest};
pub use question::{QuestionRules, mark_question};
pub use recover::Repair;
pub use register::{
    Acceptance, AccountChange, AccountLacks, AdministratorRequest, ApprovalRequest, Branch,
    Closing, Editor, Fault as RegisterFault, ImportRules, ImportedAccounts, LineFault, NamedGap,
    Post, PublishedAccount, PublishedList, TickRequest, add_account, add_administrator,
    approve_account, as_csv, as_html, check_purposes, close_account, decide_account, edit_account,
    editors, end_administrator, export_csv, import_accounts, lacking, note_account_event,
    note_oversight, published_list, ready_to_close, reopen_account, set_terms, tick_checklist,
    tree,
};
pub use removal::{
    Case, CaseObject, FindCredential, FindLogin, HideOutcome, Instruction, Mark, Marked, Means,
    OpenEmergency, OpenRemoval, Overdue, PolicePackage, RemovalFault, RemovalSettings, SAVING,
    SaveReport, Tighter, Told, close_removal, erase_emergency, hide_removal, keep_sent,
    lift_emergency, mark_removal, notice, open_emergency, open_removal, police_package,
    route_removal, save_removal,
};
pub use reports::{
    Cell, Column, Head, Paper, ReportName, ReportRequest, Sheet, Stated, Tail, Total,
    typeset as typeset_report, write_report,
};
pub use second_gate::SecondGate;
pub use snapshot_report::{BagReport, Progress, SnapshotReport};
pub use snapshot_request::SnapshotRequest;
pub use status::{Attention, Status, status};
pub use take_snapshot::take_snapshot;
pub use timetable::{Standings, Timetable, fits};
pub use turns::{Limits, Turn, Turns};
pub use upcoming::{Late, ScheduleState, Upcoming};
pub use verify_archive::{
    BagFaults, VerifyReport, verify_archive, verify_archived_bag, verify_one_bag,
};
pub use watch_account::{WatchRequest, is_watched, watch_account};
pub use watch_folder::{Sent, WatchFolderState, send_to_watch_folder, watch_folder_state};
pub use watch_report::WatchReport;

use crate::record::{AccountId, BagId};
use crate::{catalog, export, ledger, platform, policy, store};

/// What a story cannot know by itself, passed in so that tests can fix it.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// The municipality, as arkivd.toml names it.
    pub organisation: String,
    /// What else must pass a PDF before it is sealed.
    pub second_gate: Option<SecondGate>,
    /// How pages are captured, or why none can be; `None` where arkivd.toml says that none are.
    pub pages: Option<Result<Pages, String>>,
    /// Who acts, as the operating system knows them.
    pub actor: String,
    pub now: fn() -> DateTime<Utc>,
    /// A new UUIDv7.
    pub new_id: fn() -> Uuid,
    /// 32 bytes that nobody can guess.
    pub salt: fn() -> io::Result<[u8; 32]>,
}

/// Why a story ended early. Nothing it had not acknowledged is left behind.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Catalog(#[from] catalog::Error),
    #[error(transparent)]
    Store(#[from] store::Error),
    #[error(transparent)]
    Ledger(#[from] ledger::Error),
    #[error(transparent)]
    Policy(#[from] policy::Error),
    #[error(transparent)]
    Platform(#[from] platform::Error),
    #[error(transparent)]
    Record(#[from] crate::record::Error),
    #[error(transparent)]
    Export(#[from] export::Error),
    #[error("{what}: {source}")]
    Json {
        what: String,
        source: serde_json::Error,
    },
    #[error("{path}: {source}")]
    Io { path: PathBuf, source: io::Error },
    #[error("the words of what goes from account {account} cannot be looked for: {source}")]
    Telltales {
        account: AccountId,
        source: aho_corasick::BuildError,
    },
    #[error("bag {bag} is damaged, and what is destroyed must be known: {fault}")]
    DamagedBag { bag: BagId, fault: store::Fault },
    #[error("{path} of bag {bag} is damaged: it is not what was sealed")]
    DamagedFile { bag: BagId, path: String },
    #[error("gallring {gallring} was not carried out: {problem}")]
    NotCarriedOut {
        gallring: crate::record::GallringId,
        problem: String,
    },
    #[error("{0} is missing: without it what was destroyed would come back unseen")]
    NoTombstoneKey(PathBuf),
    #[error("no random bytes could be had: {0}")]
    Salt(io::Error),
    #[error("{0} is not an archive: it has no catalog.sqlite")]
    NotAnArchive(PathBuf),
    #[error("archive {dir} is being written by another process{}", holder.map(|pid| format!(" (pid {pid})")).unwrap_or_default())]
    Busy { dir: PathBuf, holder: Option<u32> },
    #[error("archive {dir} belongs to user {owner}, and this is user {user}")]
    NotTheOwner { dir: PathBuf, owner: u32, user: u32 },
    #[error("folder {0} is not empty")]
    NotEmpty(PathBuf),
    #[error(
        "folder {dir} lies on a network file system ({kind}), where neither locks nor SQLite are safe"
    )]
    NetworkFileSystem { dir: PathBuf, kind: &'static str },
    #[error("account {account} breaks the policy of {profile}")]
    Breaches {
        account: AccountId,
        profile: String,
        breaches: Vec<policy::Breach>,
    },
    #[error("no pages are captured here: arkivd.toml says pages = false under [browser]")]
    NoPages,
    #[error("the verification was broken off, and found nothing for sure")]
    BrokenOff,
    #[error("bag {0} is not in the archive")]
    NoBag(BagId),
    #[error("account {account} cannot have been looked after on {day}: {problem}")]
    Oversight {
        account: AccountId,
        day: chrono::NaiveDate,
        problem: &'static str,
    },
    #[error("the report could not be typeset: {0}")]
    Document(#[source] crate::pdfa::Error),
    #[error("the report is too long for one document")]
    DocumentTooLong,
    #[error("the report does not conform to PDF/A, and was not written")]
    DocumentRefused(Vec<crate::pdfa::Violation>),
    #[error("record {record}: {problem}")]
    Question {
        record: crate::record::RecordId,
        problem: String,
    },
    #[error(transparent)]
    Gallring(#[from] GallringFault),
    #[error(transparent)]
    Delivery(#[from] DeliveryFault),
    #[error(transparent)]
    Register(#[from] register::Fault),
    #[error(transparent)]
    Diarium(Box<ExportFault>),
    #[error("{} cannot be loaded as a plan: {}", .0.file, many_errors(.0))]
    Plan(crate::retention::Faults),
    #[error(transparent)]
    Removal(Box<RemovalFault>),
    #[error("the roles do not hold for {0}")]
    OtherCommittee(String),
    #[error("{what} cannot be kept as a record: {problem}")]
    NotTaken { what: String, problem: String },
    #[error("schedule {0:?} is not in the archive's schedules")]
    NoSchedule(String),
    #[error("{what} cannot be decided so, and nothing was kept")]
    Decisions {
        what: String,
        /// One a line, with the line of the file where there is one.
        faults: Vec<String>,
    },
    #[error("reason {value:?}: {problem}")]
    Reason {
        value: String,
        problem: &'static str,
    },
    #[error("record {record} cannot be marked so: {problem}")]
    Mark {
        record: crate::record::RecordId,
        problem: String,
    },
    #[error("legal basis {given:?}: {problem}")]
    Basis { given: String, problem: String },
    #[error("the consent was not kept: {problem}")]
    Consent { problem: String, hint: &'static str },
}

impl From<RemovalFault> for Error {
    fn from(fault: RemovalFault) -> Self {
        Self::Removal(Box::new(fault))
    }
}

impl From<ExportFault> for Error {
    fn from(fault: ExportFault) -> Self {
        Self::Diarium(Box::new(fault))
    }
}

impl Error {
    /// True when the disk or the quota is full.
    pub fn is_full(&self) -> bool {
        match self {
            Self::Store(e) | Self::Ledger(ledger::Error::Store(e)) => e.is_full(),
            Self::Catalog(e) => e.is_full(),
            Self::Io { source, .. } => source.kind() == io::ErrorKind::StorageFull,
            _ => false,
        }
    }

    /// True when only a start-up can mend what is left: a refused fsync, or a catalog that the disk failed.
    pub fn needs_start_up(&self) -> bool {
        match self {
            Self::Store(e) | Self::Ledger(ledger::Error::Store(e)) => e.is_fatal(),
            Self::Catalog(e) => e.is_of_the_disk(),
            _ => false,
        }
    }

    /// What to do next, where that can be said.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Platform(e) => e.hint(),
            Self::Register(e) => e.hint(),
            Self::Removal(fault) => fault.hint(),
            Self::Diarium(fault) => fault.hint(),
            Self::OtherCommittee(_) => Some(
                "secrecy holds between committees; theirs stand under [[person]] in arkivd.toml".to_owned(),
            ),
            Self::NoPages => Some("take the line away, or capture records alone: arkivd snapshot ID --only records".to_owned()),
            Self::NotAnArchive(_) => Some(
                "name the archive with --archive DIR or ARKIVD_ARCHIVE, or make one with `arkivd init DIR`".to_owned(),
            ),
            Self::Busy { .. } => Some("wait until it is done, or end it".to_owned()),
            Self::NotTheOwner { owner, .. } => {
                Some(format!("run the command as the archive's owner (uid {owner}), or as root"))
            }
            Self::NotEmpty(_) => Some("name a folder that does not exist yet, or an empty one".to_owned()),
            Self::NetworkFileSystem { .. } => {
                Some("make the archive on a local disk; bundles can be exported to a share".to_owned())
            }
            Self::Breaches { .. } => {
                Some("give what is missing, or change the archive's policy.toml by a decision of your own".to_owned())
            }
            Self::Io { source, .. } if source.kind() == io::ErrorKind::PermissionDenied => {
                Some("run the command as the archive's owner, or as root".to_owned())
            }
            e if e.needs_start_up() => Some(
                "the disk may be failing: the system's log tells more; the next start repairs what was left".to_owned(),
            ),
            e if e.is_full() => Some("free space where the archive lies; what was begun is removed".to_owned()),
            Self::NoTombstoneKey(_) => Some("put keys/tombstone.key back from the copy of the archive's keys".to_owned()),
            Self::NotCarriedOut { gallring, .. } => Some(format!("`arkivd gallring show {gallring}` tells how it stands now")),
            Self::DamagedBag { .. } | Self::DamagedFile { .. } => Some("`arkivd verify` tells what is wrong; put the bag back from a backup".to_owned()),
            Self::Plan(faults) => Some(format!(
                "correct the file; arkivd plan check {} tells all of it, and the comments of a template in plans/ explain each key",
                faults.file
            )),
            Self::Catalog(catalog::Error::NoPlan(_)) => {
                Some("`arkivd plan list` shows the plans that are loaded".to_owned())
            }
            Self::NoSchedule(_) => {
                Some("`arkivd schedule list` shows the schedules".to_owned())
            }
            Self::Policy(policy::Error::Syntax { .. } | policy::Error::Malformed { .. } | policy::Error::Twice { .. }) => {
                Some("correct the file there: it is TOML, and docs/handbok.md tells of its keys".to_owned())
            }
            Self::Question { .. } => Some(
                "give what the sender was told with --reply \"…\" or --reply-file FILE".to_owned(),
            ),
            Self::Gallring(e) => e.hint(),
            Self::Delivery(e) => e.hint(),
            Self::Catalog(catalog::Error::ListDiffers { id, .. }) => Some(format!(
                "what differs: arkivd gallring show {id}; then withdraw it, and propose anew"
            )),
            Self::Catalog(catalog::Error::NoGallring(_) | catalog::Error::GallringState { .. }) => {
                Some("`arkivd gallring list` shows them and how far each has come".to_owned())
            }
            Self::Catalog(catalog::Error::NoHold(_) | catalog::Error::NoPoliceReport(_)) => {
                Some("`arkivd hold list` shows them with their numbers".to_owned())
            }
            Self::Catalog(catalog::Error::NoSearch(_)) => {
                Some("save one: arkivd search --save NAME \"…\"; or with a hold: arkivd hold add --search NAME --words \"…\" --reason \"…\"".to_owned())
            }
            Self::Catalog(catalog::Error::SearchExists(_)) => {
                Some("a saved search is never changed, for holds rest on it: take another name, or leave --words out".to_owned())
            }
            Self::Catalog(catalog::Error::NotListed(_)) => {
                Some("`arkivd gallring show ID --lines` shows the work list".to_owned())
            }
            Self::Decisions { .. } => Some(
                "`arkivd plan show --committee \"…\"` shows the rows of a plan, and `arkivd record list` the records".to_owned(),
            ),
            Self::Reason { .. } => Some("say why in a line or two: --reason \"…\"; it is kept with the decision".to_owned()),
            Self::Mark { .. } => Some("give a day such as inaktuell=2026-11-20, or leave it out for today".to_owned()),
            Self::Basis { .. } => Some("arkivd record basis --help".to_owned()),
            Self::Consent { hint, .. } => Some((*hint).to_owned()),
            Self::Catalog(catalog::Error::NoConsent(_) | catalog::Error::NotToTakeDown { .. }) => {
                Some("`arkivd consent list` shows the register, and `arkivd consent list --to-take-down` what is to go".to_owned())
            }
            Self::Oversight { .. } => Some("leave --day out for today, or give a day such as 2026-11-20".to_owned()),
            Self::DocumentTooLong => Some("narrow it with --account or --committee, or take --format csv".to_owned()),
            Self::NoBag(_) => Some("`arkivd record show` names the bags that hold a record".to_owned()),
            Self::Ledger(ledger::Error::Shrinks { .. } | ledger::Error::Forked { .. }) => Some(
                "put back the newest catalog.sqlite; keep this one aside, and write nothing until then".to_owned(),
            ),
            Self::Catalog(catalog::Error::NoAccount(_)) => {
                Some("`arkivd account list` shows the registered ones".to_owned())
            }
            Self::Catalog(catalog::Error::AccountExists(id)) => {
                Some(format!("change it with `arkivd account edit {id}`"))
            }
            Self::Catalog(catalog::Error::Destroyed { record, .. }) => {
                Some(format!("`arkivd record show {record}` shows what is left of it"))
            }
            Self::Catalog(catalog::Error::RecordLocked { case, .. }) => Some(format!(
                "nobody reads it until the police have said what becomes of it: arkivd removal show {case:?}"
            )),
            Self::Catalog(catalog::Error::NoRecord(_)) => {
                Some("`arkivd record list` shows records with their ids".to_owned())
            }
            Self::Catalog(catalog::Error::NoRemoval(_)) => {
                Some("`arkivd removal list` shows the cases; one is named by its number, its beteckning or its diarienummer".to_owned())
            }
            Self::Catalog(catalog::Error::SeveralRemovals { .. }) => {
                Some("name one by its number or its beteckning".to_owned())
            }
            Self::Catalog(catalog::Error::NotACatalog { .. }) => {
                Some("put back catalog.sqlite from a backup".to_owned())
            }
            Self::Catalog(catalog::Error::Parent { .. }) => {
                Some("register the account above first; `arkivd account list` shows what there is".to_owned())
            }
            Self::Record(crate::record::Error::Address { .. }) => {
                Some("give the address as the public sees it, such as https://blogg.example/".to_owned())
            }
            Self::Record(crate::record::Error::Empty { field, .. }) => {
                Some(format!("give it with --{field} \"…\""))
            }
            Self::Record(crate::record::Error::NotOneLine { field, .. }) => {
                Some(format!("give it on one line, with --{field} \"…\""))
            }
            Self::Export(e) if e.is_full() => Some(
                "free space in the folder it is written to, or name another; what was begun is removed".to_owned(),
            ),
            Self::Export(export::Error::Io { source, .. })
                if matches!(
                    source.kind(),
                    io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem
                ) =>
            {
                Some("name a folder that you may write in".to_owned())
            }
            Self::Export(export::Error::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                Some("make the folder first, or name one that is there".to_owned())
            }
            Self::Export(export::Error::Exists(_)) => {
                Some("choose another name, or move the old file away: nothing is written over".to_owned())
            }
            Self::Policy(policy::Error::UnknownProfile(_)) => {
                Some("take standard if your municipality is not among them, and change policy.toml afterwards".to_owned())
            }
            Self::Catalog(catalog::Error::OlderFormat { .. } | catalog::Error::NoIndex) => {
                Some("start the daemon, or run any command that writes: it brings the catalog up to date".to_owned())
            }
            Self::Catalog(catalog::Error::NewerFormat { .. }) => {
                Some("use the arkivd that wrote it, or a newer one".to_owned())
            }
            _ => None,
        }
    }
}

fn many_errors(faults: &crate::retention::Faults) -> String {
    let error = |fault: &&crate::retention::Fault| fault.weight == crate::retention::Weight::Error;
    match faults.all.iter().filter(error).count() {
        1 => "1 error".to_owned(),
        n => format!("{n} errors"),
    }
}

/// The error with what lies under it, in one line: a message without its cause helps nobody.
pub fn told(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut under = error.source();
    while let Some(cause) = under {
        let cause_text = cause.to_string();
        // Many of ours say their cause already.
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        under = cause.source();
    }
    text
}

fn io_error(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Error {
    let path = path.into();
    move |source| Error::Io { path, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_told_with_its_cause_once() {
        let path = PathBuf::from("store/x");
        let source = || io::Error::other("no space left");
        let hidden = Error::Store(store::Error::Io {
            action: "write",
            path: path.clone(),
            source: source(),
        });
        assert_eq!(told(&hidden), "could not write store/x: no space left");
        let said = Error::Io {
            path,
            source: source(),
        };
        assert_eq!(told(&said), "store/x: no space left");
    }
}
