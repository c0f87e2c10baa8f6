//! The register of accounts: what is entered is held against the archive's policy.

use url::Url;

use super::{Archive, Error, Surroundings};
use crate::catalog;
use crate::policy::Policy;
use crate::record::{Account, AccountId, Platform};

/// What `account edit` changes; `None` leaves a field as it is, an empty text clears one that may be empty.
#[derive(Debug, Clone, Default)]
pub struct AccountChange {
    pub platform: Option<Platform>,
    pub address: Option<Url>,
    pub committee: Option<String>,
    pub purpose: Option<String>,
    pub audience: Option<String>,
    pub responsible: Option<Vec<String>>,
    pub substitute: Option<String>,
    pub credential: Option<String>,
    pub parent: Option<String>,
}

/// Registers an account.
///
/// # Errors
/// When a field is empty or malformed, the policy is broken, or the id is taken.
pub fn add_account(
    archive: &Archive,
    policy: &Policy,
    account: &Account,
    around: &Surroundings,
) -> Result<(), Error> {
    check(policy, account)?;
    archive
        .catalog()
        .add_account(account, &around.actor, (around.now)())?;
    Ok(())
}

/// Changes what the register says of an account; gives the account as it is now, and whether anything differed.
///
/// # Errors
/// As when it is registered, and when it is not.
pub fn edit_account(
    archive: &Archive,
    policy: &Policy,
    id: &AccountId,
    change: AccountChange,
    around: &Surroundings,
) -> Result<(Account, bool), Error> {
    let before = archive
        .catalog()
        .account(id)?
        .ok_or_else(|| catalog::Error::NoAccount(id.clone()))?;
    let clear = |new: Option<String>, old: Option<String>| match new {
        None => old,
        Some(text) if text.is_empty() => None,
        Some(text) => Some(text),
    };
    let parent = clear(change.parent, before.parent.clone().map(String::from));
    let account = Account {
        id: before.id,
        platform: change.platform.unwrap_or(before.platform),
        address: change.address.unwrap_or(before.address),
        committee: change.committee.unwrap_or(before.committee),
        purpose: change.purpose.unwrap_or(before.purpose),
        audience: change.audience.unwrap_or(before.audience),
        responsible: change.responsible.unwrap_or(before.responsible),
        substitute: clear(change.substitute, before.substitute),
        credential: clear(change.credential, before.credential),
        parent: parent.map(|p| p.parse()).transpose()?,
    };
    check(policy, &account)?;
    let changed = archive
        .catalog()
        .edit_account(&account, &around.actor, (around.now)())?;
    Ok((account, changed))
}

fn check(policy: &Policy, account: &Account) -> Result<(), Error> {
    account.check()?;
    let breaches = policy.check_account(account);
    if breaches.is_empty() {
        return Ok(());
    }
    Err(Error::Breaches {
        account: account.id.clone(),
        profile: policy.guideline().title.clone(),
        breaches,
    })
}
