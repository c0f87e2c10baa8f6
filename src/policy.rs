//! Policy: what a municipality's guideline demands, and what its schedules say. Pure: TOML text in, values out.
//!
//! A setting is there only when the guideline says it: what is absent in the text is `None`, never a guess.
//! Each setting carries the requirement it serves, the lines it comes from and the words that stand there,
//! so that a refusal can quote the municipality's own rule.

mod breach;
mod guideline;
mod lacking;
mod parse;
mod profile;
mod schedule;
mod setting;
mod settings;
mod values;

pub use breach::Breach;
pub use guideline::Guideline;
pub use parse::parse;
pub use profile::Profile;
pub use schedule::{Accounts, Schedule, Schedules, Task};
pub use setting::{Entry, EntryId, Lines, Quote, Requirement, Setting, Source};
pub use settings::{Duty, Policy};
pub use values::{
    Approver, CountedFrom, DecisionPart, DisclosureForm, IdentityMark, Information, LegalBasis,
    ListPart, Mandator, Notice, Occasion, Oversight, PersonalDataDuty, PoliceReport, PostsPerWeek,
    RecordKind, Registration, RemovalDemand, ReplyDays, ReviewTime,
};

/// A policy or schedule file that does not say what it must, or a profile that does not exist. What the TOML reader found
/// is told in our words: its own repeat them with a piece of the file.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file is not TOML.
    #[error("{file}:{line}:{column}: {problem}")]
    Syntax {
        file: String,
        line: usize,
        column: usize,
        problem: String,
    },
    /// A key that is unknown, missing, or has a value that cannot be.
    #[error("{file}:{line}:{column}: {key}: {problem}")]
    Malformed {
        file: String,
        line: usize,
        /// In characters, from 1.
        column: usize,
        /// The key with the tables it stands in: `reply_hours.value`.
        key: String,
        problem: String,
    },
    /// Two schedules of one id, in one file or in two.
    #[error("{file}:{line}:{column}: schedule.id: id {id:?} stands twice: also in {other}")]
    Twice {
        file: String,
        line: usize,
        column: usize,
        id: String,
        /// Where the first one stands: `tibro.toml:7:6`.
        other: String,
    },
    #[error("unknown profile {0:?}: it is one of {names}", names = Profile::NAMES.join(", "))]
    UnknownProfile(String),
}
