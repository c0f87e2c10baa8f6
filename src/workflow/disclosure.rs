//! Disclosure: a request for public records, from the day received to the last appeal (TF 2 kap., OSL 6 kap.).
//!
//! Nobody has to say who they are or why they ask. Each record is reviewed by itself; what is withheld or masked is
//! refused in two steps: an employee's answer, and on request the committee's own decision, which can be appealed.

mod appeal;
mod bundle;
mod case;
mod chosen;
mod deliver;
mod fault;
mod forget;
mod give_reason;
mod handout_fault;
mod lack;
mod letter;
mod mark;
mod mask;
mod media;
mod not_given;
mod open;
mod order;
mod paper;
mod plain_text;
mod reason;
mod refuse;
mod review;
mod screen;
mod sheet;
mod spool;
mod typeset;
mod write;

pub use appeal::{CourtAnswer, Decision, Service};
pub use bundle::Remark;
pub use case::{CaseBox, DisclosureCase, late_disclosures};
pub use chosen::{Hidden, hidden_by};
pub use deliver::{Delivery, deliver_again, deliver_disclosure, preview_disclosure};
pub use fault::DisclosureFault;
pub use forget::forget_requesters;
pub use give_reason::{Reasoned, give_reason};
pub use handout_fault::HandoutFault;
pub use lack::DisclosureLack;
pub use mark::{DisclosureMark, close_disclosure, mark_disclosure};
pub use mask::{Laid, mask_record, unmask_record};
pub use open::{OpenDisclosure, Searched, open_disclosure, refresh_disclosure};
pub use order::Form;
pub use screen::{
    LaidBox, ScreenBox, ScreenListed, ScreenPageListed, ScreenPictures, box_screen, list_screens,
    look_at_screens, screen_pictures, show_screen, unbox_screen,
};
pub use write::Handout;

pub use refuse::{Refusal, Refused, refuse_disclosure};
pub use review::{ReviewDone, Reviewed, Verdict, review_disclosure};

use crate::retention::disclosure::{ClockDays, Tariff};

/// What the settings of the archive say of disclosures.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DisclosureSettings {
    pub days: ClockDays,
    pub tariff: Tariff,
    /// The kammarrätt that decisions are appealed to.
    pub appeal_court: Option<String>,
    pub delegates: Vec<Delegate>,
    /// Days after its end until who asked is forgotten by itself.
    pub forget_after_days: Option<u32>,
}

/// Who may decide for a committee that a record is not handed out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delegate {
    pub name: String,
    /// `kommunstyrelsens delegationsordning § 4.2`
    pub delegation: String,
    pub committee: String,
}
