//! Cases whose clock has run out, or of which the platform shows what was noted as gone, for `status`.

use chrono::{DateTime, Utc};

use super::Case;
use crate::catalog::{Catalog, RemovalState};
use crate::policy::Policy;
use crate::workflow::Error;

/// A case that a person must look at now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overdue {
    pub number: u64,
    pub designation: String,
    /// Since when something is seen that should be hidden.
    pub seen_since: Option<DateTime<Utc>>,
    /// Since when Integritetsskyddsmyndigheten should have been told.
    pub imy_since: Option<DateTime<Utc>>,
    /// When something was seen on the platform that was noted as hidden or deleted before.
    pub seen_again: Option<DateTime<Utc>>,
}

/// The cases that a person must look at now, oldest first. What is seen again is told of closed cases too.
pub(in crate::workflow) fn overdue(
    catalog: &Catalog,
    policy: &Policy,
    now: DateTime<Utc>,
) -> Result<Vec<Overdue>, Error> {
    let mut all = Vec::new();
    let mut removals = catalog.removals(RemovalState::Open)?;
    for closed in catalog.removals_shown_again()? {
        removals.push(catalog.removal(&closed.to_string())?);
    }
    removals.sort_by_key(|removal| removal.number);
    for removal in removals {
        let open = removal.closed.is_none();
        let case = Case::load(catalog, policy, removal, now)?;
        let late = case.objects.iter().filter(|o| open && o.is_overdue(now));
        let seen_since = late.filter_map(|o| o.deadline).map(|d| d.at).min();
        let imy = case.imy.filter(|clock| open && clock.is_overdue(now));
        let imy_since = imy.map(|clock| clock.at);
        let seen_again = case.objects.iter().filter_map(|o| o.seen_again).max();
        if seen_since.is_some() || imy_since.is_some() || seen_again.is_some() {
            all.push(Overdue {
                number: case.removal.number,
                designation: case.removal.designation,
                seen_since,
                imy_since,
                seen_again,
            });
        }
    }
    Ok(all)
}
