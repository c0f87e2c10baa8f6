//! Retention: what a committee's plan says of its records: what is kept for ever, what may be destroyed and when, and
//! what holds it. Pure: no clock, no disk; days are Swedish days and are passed in.
//!
//! The default is to preserve (bevara). A record may go only when a row of a decided plan, or a decision of its own,
//! says so, its time has come, and nothing holds it (arkivlagen 1990:782, 3 and 10 §§).

mod classify;
pub mod disclosure;
mod disposal;
mod fate;
mod plan;
mod plan_check;
mod plan_difference;
mod plan_file;
mod plan_text;
mod plan_version;
mod query;
pub mod removal;
mod search;
mod words;

pub use classify::{Classifier, Decides, Demand, Facts, OfAccount, Thread, demands};
pub use disposal::{
    CitedPlan, CitedRow, GallringDecision, GallringState, Hinder, ListDigest, ListLine, ListSum,
    Listed, OwnDecision, Place, PoliceInstruction, Question,
};
pub use fate::{DayOf, Fate, FateFault, Happened, Medium, Period, Trigger};
pub use plan::{
    Arkivexemplar, Copies, Decided, Header, Inquiry, Plan, PlanDecision, PlanRow, RowId, Rule,
    RuleKind,
};
pub use plan_difference::{Changed, Part, PlanDifference, What};
pub use plan_file::{Fault, Faults, PlanFile, Position, Weight};
pub use plan_text::PlanPart;
pub use plan_version::{PlanVersion, in_force};
pub use query::{Column, Leaf, Node, Query, QueryFault, Said, Snippet};
pub use search::{FoundWords, Needles, SavedSearch};
pub use words::{folded, for_each_sought, stands_in};
