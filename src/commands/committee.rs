//! Committees as arguments name them.

use super::Error;
use crate::catalog::Catalog;

/// Holds that the archive knows the committee.
///
/// # Errors
/// [`Error::NoCommittee`], with those it knows.
pub(super) fn demand_known(catalog: &Catalog, asked: &str) -> Result<(), Error> {
    if catalog.is_committee(asked)? {
        return Ok(());
    }
    Err(Error::NoCommittee {
        asked: asked.to_owned(),
        known: catalog.committees()?.into_iter().collect(),
    })
}
