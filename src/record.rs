//! Record: the plain values every other room speaks of.
//!
//! Accounts, items as a platform tells them, their content, captures, coverage, digests and ids.
//! Nothing here reads a clock, a disk or a network: times and ids are passed in.

mod account;
mod brought;
mod capture;
mod composed;
mod content;
mod coverage;
mod difference;
mod digest;
mod id;
mod item;
mod json_fault;
mod page;
mod person;
mod register;
mod sealed;

pub use account::{Account, Platform};
pub use brought::{Brought, Original};
pub use capture::{BagKind, IMPORT_DOOR, Outcome, Reason, Request, Software};
pub use composed::composed;
pub use content::{Author, Block, Content, Medium, MediumKind, Span};
pub use coverage::{Coverage, CoverageRow, Covered, Gap, GapReason};
pub use difference::{Difference, Piece, compared_words};
pub use digest::Digest;
pub use id::{AccountId, BagId, CaptureId, DisclosureId, ExportId, GallringId, NativeId, RecordId};
pub use item::{Item, Kind, Visibility};
pub use json_fault::json_fault;
pub use page::{Action, ActionKind, Certificate, Page, PageOutcome, Redirect, WarcSummary};
pub use person::{Person, Role};
pub use register::{
    AcceptedGap, AccountEvent, Administrator, Approval, Approver, Decision, Happening,
    LawfulGround, OwnComment, PersonalDataDuty, Register, Side, Step, Terms, Ticked,
};
pub use sealed::{
    CAPTURE_FORMAT, CaptureFile, Change, Counts, Font, MediumHeld, PagePdf, PdfPart,
    PictureNotDrawn, PostsPdf, RECORDS_FORMAT, RecordsFile, SealedAccount, SealedMedium,
    SealedPage, SealedRecord, Substituted, Succeeds,
};

/// A value from outside that is not of its kind.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Error {
    #[error("account id {0:?} is not 1 to 64 of a-z, 0-9 and -, beginning with a letter or digit")]
    AccountId(String),
    #[error("{what} id {value:?} is not a UUID")]
    Uuid { what: &'static str, value: String },
    #[error("{0:?} is not a SHA-256 digest of 64 hexadecimal digits")]
    Digest(String),
    #[error("address {address:?} of account {account}: {problem}")]
    Address {
        account: String,
        address: String,
        problem: String,
    },
    #[error("unknown platform {0:?}: it is one of {all}", all = Platform::ALL.map(Platform::as_str).join(", "))]
    Platform(String),
    #[error(
        "unknown role {0:?}: it is one of arkivarie, registrator, redaktör, revisor, systemförvaltare"
    )]
    Role(String),
    #[error(
        "{field} of account {account}, {value:?}, holds a line end or another control character"
    )]
    NotOneLine {
        account: String,
        field: &'static str,
        value: String,
    },
    #[error("{field} of account {account} is empty")]
    Empty {
        account: String,
        field: &'static str,
    },
    #[error("unknown {what} {value:?}: it is one of {known}")]
    Word {
        what: &'static str,
        value: String,
        known: String,
    },
}
