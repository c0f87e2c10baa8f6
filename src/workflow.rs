//! Workflow: the stories, each from its first step to its last. Knows no terminal.

mod archive;
mod classify;
mod comparison;
mod consent;
mod create_archive;
mod csv_quotes;
mod deliver;
mod describe;
mod disclosure;
mod draft_plan;
mod due;
mod execute_gallring;
mod export_bag;
mod export_diarium;
mod fill_bag;
mod gallring;
mod handling;
mod hint;
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
    delivery_again, note_receipt,
};
pub use describe::{Description, SeriesLine, describe};
pub use disclosure::{
    CaseBox, CourtAnswer, Decision, Delegate, Delivery, DisclosureCase, DisclosureFault,
    DisclosureLack, DisclosureMark, DisclosureSettings, Form, Handout, HandoutFault, Hidden, Laid,
    LaidBox, OpenDisclosure, Reasoned, Refusal, Refused, Remark, ReviewDone, Reviewed, ScreenBox,
    ScreenListed, ScreenPageListed, ScreenPictures, Searched, Service, Verdict, box_screen,
    close_disclosure, deliver_again, deliver_disclosure, forget_requesters, give_reason, hidden_by,
    late_disclosures, list_screens, look_at_screens, mark_disclosure, mask_record, open_disclosure,
    preview_disclosure, refresh_disclosure, refuse_disclosure, review_disclosure, screen_pictures,
    show_screen, unbox_screen, unmask_record,
};
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
pub use index_search::{INDEXED_AT_ONCE, index_more, rebuild_index};
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
pub use watch_folder::{HeldUp, Sent, WatchFolderState, send_to_watch_folder, watch_folder_state};
pub use watch_report::WatchReport;

use crate::record::{AccountId, BagId};
use crate::{catalog, export, ledger, platform, policy, store};

/// What a story cannot know by itself, passed in so that tests can fix it.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// The municipality, as arkivd.toml names it.
    pub organisation: String,
    /// Its organisationsnummer: ten digits.
    pub organisation_number: Option<String>,
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
    #[error(transparent)]
    Disclosure(Box<DisclosureFault>),
    #[error(transparent)]
    Handout(Box<HandoutFault>),
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
        hint: &'static str,
    },
    #[error("legal basis {given:?}: {problem}")]
    Basis { given: String, problem: String },
    #[error("the consent was not kept: {problem}")]
    Consent { problem: String, hint: &'static str },
}

impl From<HandoutFault> for Error {
    fn from(fault: HandoutFault) -> Self {
        Self::Handout(Box::new(fault))
    }
}

impl From<DisclosureFault> for Error {
    fn from(fault: DisclosureFault) -> Self {
        Self::Disclosure(Box::new(fault))
    }
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
