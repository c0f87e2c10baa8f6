//! Catalog: the archive's one SQLite file, and the only room that writes SQL.
//!
//! A row implies durable content: bags are published before their rows, and rows, leaves and tree hashes of one
//! capture stand in one transaction (design, section 3).

mod account;
mod basis;
mod capture;
mod classification;
mod condition;
mod consent;
mod delivery;
mod disclosure;
mod document;
mod document_number;
mod emergency;
mod erasure;
mod event;
mod execution;
mod export;
mod finding;
mod gallring;
mod gallring_bag;
mod hold;
mod import;
mod inventory;
mod leaf;
mod look;
mod migration;
mod oversight;
mod own_side;
mod plan;
mod question;
mod record;
mod record_mark;
mod register;
mod removal;
mod report;
mod search;
mod sighting;
mod signature;
mod stub;
#[cfg(test)]
mod tests;
mod thread;
mod timetable;
mod value;
mod watch;
mod watch_folder;

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

pub use account::AccountState;
pub use basis::{Basis, RecordBasis};
pub use capture::{BagRow, CaptureRow, Committed, NewBag, NewCapture};
pub use classification::{
    ByRules, Classification, HandDecision, HandFault, HandReport, RecordFacts, RowCount, Scope,
};
pub use condition::Condition;
pub use consent::{Because, Consent, NewConsent, TakeDown};
pub use delivery::{DeliveryBag, DeliveryPeriod, DeliveryRecord, NewReceipt};
pub use disclosure::{
    DisclosureBox, DisclosureCounts, DisclosureDecision, DisclosureEnd, DisclosureMask,
    DisclosurePage, DisclosureRecord, DisclosureReview, DisclosureRow, DisclosureScope,
    DisclosureState, DisclosureStep, DisclosureWhat, InDisclosure, InScope, NewDisclosure,
    NewDisclosureBox, NewDisclosureMask, NewDisclosureStep, PageCapture, PageLook, Requester,
};
pub use document::{DocumentRow, NewDocument, NewDocumentBag};
pub use document_number::DocumentNumber;
pub use emergency::{Emergency, EmergencyState, Instructed, Lock, Locked, NewEmergency};
pub use erasure::{Doomed, Erased, without as coverage_without};
pub use event::{EventFilter, EventRow, NewEvent};
pub use execution::{Begun, DestroyedGroup, GallringSums};
pub use export::{ExportKind, ExportRow, Exported, NewExport, Receipt};
pub use finding::{Finding, Found, STILL_THERE, Unsettled, Vanished, VanishingRow};
pub use gallring::{
    Approval, DueLine, GallringRow, LineState, ListCount, ListPlan, ListRow, NewGallring,
    ReviewLine, Withdrawn, WrittenLine, plan_in_force,
};
pub use gallring_bag::{GallringBag, HeldBag};
pub use hold::{HeldBy, HoldRow, HoldScope, NewHold, Released};
pub use import::{Imported, NewImport};
pub use inventory::{Inventory, RecordSeries, Series};
pub use look::{NewLook, PageHeld};
pub use migration::FORMAT;
pub use oversight::{NewOversight, OversightRows};
pub use own_side::{OwnSide, Writer};
pub use plan::{Holding, LoadedPlan, NewPlan, PlanInForce};
pub use question::{QuestionMark, QuestionState};
pub use record::{Known, RecordDetails, RecordFilter, RecordLine, Restricted, VersionRow};
pub use record_mark::{MarkKind, NewMark, RecordMark};
pub use register::{Entry, NewAct, NewAdministrator, NewApproval, NewClosing, NewTick};
pub use removal::{
    NewRemoval, NewRemovalObject, NewRemovalStep, Removal, RemovalObject, RemovalReply,
    RemovalState, RemovalStep, RemovalWhat, ReplyOf, Seen, TAKEN_BACK,
};
pub use report::{
    Edit, MissedRow, Named, ProfileRow, Question, ReportFilter, Utterance, Vanishing,
};
pub use search::{
    SearchFilter, SearchHit, SearchOrder, SearchRequest, SearchResult, SearchWhere, SearchedWhat,
    Unindexed,
};
pub use sighting::{Joins, Place, Sighting};
pub use signature::Unclaimed;
pub use stub::Stub;
pub use timetable::{OpenTick, ScheduleChange, ScheduleRow, Settles, TimetableRow};
pub use watch::{Boost, Covers, Missed, NewList, NewWatch, WatchList, WatchRow};
pub use watch_folder::{PageToSend, SentFile, WatchFolderRow};

use crate::record::{AccountId, RecordId};

/// What can go wrong with the catalog.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("catalog {path} cannot be opened: {source}")]
    Open {
        path: PathBuf,
        source: rusqlite::Error,
    },
    #[error("catalog {path} cannot be read: {source}")]
    Header {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("catalog {path} does not exist")]
    Missing { path: PathBuf },
    #[error("catalog {path} exists already")]
    Exists { path: PathBuf },
    #[error("catalog {path} is of format {found}, and this arkivd knows formats up to {FORMAT}")]
    NewerFormat { path: PathBuf, found: i64 },
    #[error("the catalog is of format {found}, and this arkivd reads format {FORMAT}")]
    OlderFormat { found: i64 },
    #[error("{path} is not arkivd's catalog: it is empty, or another program's database")]
    NotACatalog { path: PathBuf },
    #[error("catalog: {0}")]
    Sql(#[from] rusqlite::Error),
    #[error("catalog: {table}.{column} holds {value:?}, which is not of its kind: {problem}")]
    Value {
        table: &'static str,
        column: &'static str,
        value: String,
        problem: String,
    },
    #[error("catalog: {what} cannot be written as JSON: {source}")]
    Json {
        what: String,
        source: serde_json::Error,
    },
    #[error("account {0} is not registered")]
    NoAccount(AccountId),
    #[error("account {0} is registered already")]
    AccountExists(AccountId),
    #[error("account {account} cannot stand below {parent}: {problem}")]
    Parent {
        account: AccountId,
        parent: AccountId,
        problem: &'static str,
    },
    #[error("record {0} is not in the catalog")]
    NoRecord(RecordId),
    #[error("consent {0} is not in the register")]
    NoConsent(i64),
    #[error("record {record} is not to be taken down for consent {consent}")]
    NotToTakeDown { consent: i64, record: RecordId },
    #[error("plan {0} is not in the archive")]
    NoPlan(i64),
    #[error("plan {number} in the catalog cannot be read: {source}")]
    Plan {
        number: i64,
        source: crate::retention::Faults,
    },
    #[error("the catalog is of an older format, and has no index to search")]
    NoIndex,
    #[error("hold {0} is not in the catalog")]
    NoHold(i64),
    #[error("no closed removal case {0:?} is held by a police report")]
    NoPoliceReport(String),
    #[error("no search is saved as {0:?}")]
    NoSearch(String),
    #[error("a search is saved as {0:?} already")]
    SearchExists(String),
    #[error("gallring {0} is not in the catalog")]
    NoGallring(crate::record::GallringId),
    #[error("gallring {id} is {state}")]
    GallringState {
        id: crate::record::GallringId,
        state: crate::retention::GallringState,
    },
    #[error(
        "the list of gallring {id} is no longer the one that was proposed: {} records and {} page captures then, {} and {} now, digest {} now",
        was.records, was.pages, now.records, now.pages, now.digest
    )]
    ListDiffers {
        id: crate::record::GallringId,
        was: Box<crate::retention::ListSum>,
        now: Box<crate::retention::ListSum>,
    },
    #[error("record {0} is not on the work list")]
    NotListed(RecordId),
    #[error("record {record} was destroyed by gallring {gallring}")]
    Destroyed {
        record: RecordId,
        gallring: crate::record::GallringId,
    },
    #[error("record {record} is locked by emergency {case}")]
    RecordLocked { record: RecordId, case: String },
    #[error("there is no removal case {0:?}")]
    NoRemoval(String),
    #[error("diarienummer {name:?} is of several cases: {}", cases.join(", "))]
    SeveralRemovals { name: String, cases: Vec<String> },
    #[error("there is no disclosure {0:?}")]
    NoDisclosure(String),
    #[error("diarienummer {name:?} is of several disclosures: {}", cases.join(", "))]
    SeveralDisclosures { name: String, cases: Vec<String> },
    #[error("record {record} is not in disclosure {case}")]
    NotInDisclosure { record: RecordId, case: String },
    #[error("disclosure {case} has no mask {number}")]
    NoMask { number: i64, case: String },
    #[error("disclosure {case} has no box {number}")]
    NoBox { number: i64, case: String },
    #[error("record {record} is of {committee}: a disclosure never spans two committees")]
    OthersRecord { record: RecordId, committee: String },
    #[error("ledger: {0}")]
    Ledger(#[from] crate::ledger::Error),
    #[error("ledger: tree hash {0} is missing from the catalog")]
    TreeHash(u64),
}

impl Error {
    /// True when what was to be written does not go with what is there.
    pub fn is_constraint(&self) -> bool {
        matches!(self, Self::Sql(e) if e.sqlite_error_code() == Some(rusqlite::ErrorCode::ConstraintViolation))
    }

    /// True when the disk refused a write or a read, or gave back what was not written.
    pub fn is_of_the_disk(&self) -> bool {
        use rusqlite::ErrorCode::{DatabaseCorrupt, SystemIoFailure};
        matches!(self, Self::Sql(e) if matches!(e.sqlite_error_code(), Some(SystemIoFailure | DatabaseCorrupt)))
    }

    /// True when the disk is full.
    pub fn is_full(&self) -> bool {
        matches!(self, Self::Sql(e) if e.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull))
    }
}

/// The open catalog.
pub struct Catalog {
    db: Connection,
    path: PathBuf,
}

/// What the caller means to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    Read,
    Write,
}

impl Catalog {
    /// Makes a new catalog with all migrations applied.
    ///
    /// # Errors
    /// When the file exists already or cannot be written.
    pub fn create(path: &Path) -> Result<Self, Error> {
        if path.exists() {
            return Err(Error::Exists {
                path: path.to_owned(),
            });
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut catalog = Self::connect(path, flags)?;
        catalog.configure_writer()?;
        migration::apply(&mut catalog.db)?;
        search::keep_up(&mut catalog.db)?;
        Ok(catalog)
    }

    /// Opens the catalog; a writer brings an older format up to date.
    ///
    /// # Errors
    /// When it is missing, damaged, not a catalog, or of a format newer than this program knows.
    pub fn open(path: &Path, access: Access) -> Result<Self, Error> {
        if !path.exists() {
            return Err(Error::Missing {
                path: path.to_owned(),
            });
        }
        let flags = match access {
            Access::Read => OpenFlags::SQLITE_OPEN_READ_ONLY,
            Access::Write => OpenFlags::SQLITE_OPEN_READ_WRITE,
        };
        let catalog = Self::connect(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        let mut catalog = catalog.judge_format()?;
        if access == Access::Write {
            catalog.configure_writer()?;
            migration::apply(&mut catalog.db)?;
            search::keep_up(&mut catalog.db)?;
        }
        Ok(catalog)
    }

    /// Itself, when it is a catalog of a format that this program knows.
    fn judge_format(self) -> Result<Self, Error> {
        let path = || self.path.clone();
        let found = migration::format_of(&self.db).map_err(|source| Error::Open {
            path: path(),
            source,
        })?;
        if found < 1 {
            return Err(Error::NotACatalog { path: path() });
        }
        if found > FORMAT {
            return Err(Error::NewerFormat {
                path: path(),
                found,
            });
        }
        Ok(self)
    }

    /// Holds that it is of this program's format, so that a reader finds all it asks for.
    ///
    /// # Errors
    /// [`Error::OlderFormat`], which a writer mends.
    pub fn check_format(&self) -> Result<(), Error> {
        match migration::format_of(&self.db)? {
            found if found < FORMAT => Err(Error::OlderFormat { found }),
            _ => Ok(()),
        }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    fn connect(path: &Path, flags: OpenFlags) -> Result<Self, Error> {
        let open = || -> rusqlite::Result<Connection> {
            let db = Connection::open_with_flags(path, flags)?;
            db.busy_timeout(Duration::from_secs(10))?;
            db.set_prepared_statement_cache_capacity(64);
            db.execute_batch("PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;")?;
            // A plan does not hang on the values that are bound: else SQLite prepares a lookup anew for each.
            db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
            Ok(db)
        };
        Ok(Self {
            db: open().map_err(|source| Error::Open {
                path: path.to_owned(),
                source,
            })?,
            path: path.to_owned(),
        })
    }

    /// A large capture touches its indexes at random: it gets 32 MB of pages, and as much of log before that is carried
    /// over. A daemon that waits for years gives them back.
    fn with_large_cache<T>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.db.execute_batch("PRAGMA cache_size = -32768")?;
        let done = work(self);
        self.db
            .execute_batch("PRAGMA cache_size = -4096; PRAGMA shrink_memory")?;
        done
    }

    /// Durable at commit (synchronous=FULL in WAL), and what is deleted is overwritten (facts/trust.md).
    fn configure_writer(&self) -> Result<(), Error> {
        self.db.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; PRAGMA cache_size = -4096;
             PRAGMA wal_autocheckpoint = 8192;",
        )?;
        Ok(())
    }
}
