//! Cases whose clock has run out, for `status` and the list.

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
}

/// The cases whose clock has run out, oldest first.
pub(in crate::workflow) fn overdue(
    catalog: &Catalog,
    policy: &Policy,
    now: DateTime<Utc>,
) -> Result<Vec<Overdue>, Error> {
    let mut all = Vec::new();
    for removal in catalog.removals(RemovalState::Open)? {
        let case = Case::load(catalog, policy, removal, now)?;
        let late = case.objects.iter().filter(|o| o.is_overdue(now));
        let seen_since = late.filter_map(|o| o.deadline).map(|d| d.at).min();
        let imy = case.imy.filter(|clock| clock.is_overdue(now));
        let imy_since = imy.map(|clock| clock.at);
        if seen_since.is_some() || imy_since.is_some() {
            all.push(Overdue {
                number: case.removal.number,
                designation: case.removal.designation,
                seen_since,
                imy_since,
            });
        }
    }
    Ok(all)
}
