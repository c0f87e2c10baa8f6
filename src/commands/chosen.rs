//! The accounts that a command is for: those named, each once, or all that the caller's roles hold for.

use std::collections::BTreeSet;

use super::Error;
use super::rights::Rights;
use crate::catalog;
use crate::record::{Account, AccountId};

/// Those of `ids`, or with `all` those that `fits` and whose committee the caller serves.
///
/// # Errors
/// An id that is not registered, or of a committee that the caller does not serve.
pub(super) fn chosen(
    ids: &[AccountId],
    all: bool,
    mut registered: Vec<Account>,
    rights: &Rights,
    fits: impl Fn(&Account) -> bool,
) -> Result<Vec<Account>, Error> {
    if all {
        registered.retain(|account| fits(account) && rights.serves(&account.committee));
        return Ok(registered);
    }
    let mut asked = BTreeSet::new();
    ids.iter()
        .filter(|id| asked.insert(*id))
        .map(|id| {
            let found = registered.iter().find(|a| a.id == *id);
            let account = found.ok_or_else(|| catalog::Error::NoAccount(id.clone()))?;
            rights.demand_committee(&account.committee)?;
            Ok(account.clone())
        })
        .collect()
}
