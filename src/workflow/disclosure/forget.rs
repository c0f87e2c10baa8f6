//! Forgetting who asked, so many days after the end of their request, where arkivd.toml says so.

use chrono::TimeDelta;

use super::DisclosureSettings;
use crate::workflow::{Archive, Error, Surroundings};

/// Erases who asked in requests that ended long enough ago. Gives how many.
///
/// # Errors
/// Those of the catalog.
pub fn forget_requesters(
    archive: &Archive,
    settings: &DisclosureSettings,
    around: &Surroundings,
) -> Result<usize, Error> {
    let Some(days) = settings.forget_after_days else {
        return Ok(0);
    };
    let now = (around.now)();
    let mut catalog = archive.catalog();
    let ended = catalog.requesters_since(now - TimeDelta::days(i64::from(days)))?;
    for row in &ended {
        catalog.forget_requester(row, &around.actor, now)?;
    }
    Ok(ended.len())
}
