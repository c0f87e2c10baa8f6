//! What each account lacks by the policy.

use super::today;
use crate::policy::{Breach, Policy};
use crate::record::AccountId;
use crate::workflow::{Archive, Error, Surroundings};

/// An account with what it lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountLacks {
    pub account: AccountId,
    pub lacks: Vec<Breach>,
}

/// The open accounts that lack something the policy demands, by id.
///
/// # Errors
/// When the catalog cannot be read.
pub fn lacking(
    archive: &Archive,
    policy: &Policy,
    around: &Surroundings,
) -> Result<Vec<AccountLacks>, Error> {
    let today = today(around);
    let catalog = archive.catalog();
    let mut all = Vec::new();
    for account in catalog.open_accounts()? {
        let lacks = policy.lacking(&account, &catalog.register(&account.id)?, today);
        if !lacks.is_empty() {
            let account = account.id;
            all.push(AccountLacks { account, lacks });
        }
    }
    Ok(all)
}
