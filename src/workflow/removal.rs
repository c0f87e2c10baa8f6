//! Removal: a case of forbidden content, from discovery to its end (design, section 3).
//!
//! To hide is never held up: saving is tried for a minute at most, and again afterwards. To delete waits for what the
//! municipality's own text demands.

mod boost;
mod case;
mod emergency;
mod fault;
mod hide;
mod mark;
mod notice;
mod open;
mod overdue;
mod police;
mod registration;
mod reply;
mod save;
mod sent;

use std::time::Duration;

use url::Url;

pub use boost::Tighter;
pub use case::{Case, CaseObject};
pub(super) use emergency::lock_again;
pub use emergency::{Instruction, OpenEmergency, erase_emergency, lift_emergency, open_emergency};
pub use fault::RemovalFault;
pub use hide::{HideOutcome, hide_removal};
pub use mark::{Mark, Marked, close_removal, mark_removal, route_removal};
pub use notice::notice;
pub(super) use open::account_of;
pub use open::{OpenRemoval, Told, open_removal};
pub use overdue::Overdue;
pub(super) use overdue::overdue;
pub use police::{PolicePackage, police_package};
pub(super) use reply::reply;
pub use save::{SaveReport, save_removal};
pub use sent::keep_sent;

use crate::browser::Cookie;
use crate::platform::{Client, Credential};
use crate::record::Account;
use crate::workflow::Pace;

/// Hiding waits for no saving that takes longer.
pub const SAVING: Duration = Duration::from_secs(60);

/// What the settings of the archive say of removals.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RemovalSettings {
    /// A person's command lets arkivd hide by the platform's interface.
    pub allow_hide: bool,
    /// Categories that go to the year's samlingsärende.
    pub collected: Vec<String>,
    /// How accounts are watched after an incident, where the policy asks for it.
    pub tighter: Tighter,
}

/// Finds an account's credential.
pub type FindCredential<'a> =
    dyn Fn(&Account) -> Result<Option<Credential>, String> + Send + Sync + 'a;

/// Finds what an account's page is looked at with.
pub type FindLogin<'a> = dyn Fn(&Account, &Url) -> Result<Vec<Cookie>, String> + Send + Sync + 'a;

/// How saving reaches the platform.
#[derive(Clone, Copy)]
pub struct Means<'a> {
    pub client: &'a Client,
    /// The account's credential, or why it cannot be had.
    pub credential: &'a FindCredential<'a>,
    /// What a page is looked at with, or why that cannot be had.
    pub login: &'a FindLogin<'a>,
    /// How soon an account may be looked at again by itself.
    pub pace: Pace,
}
