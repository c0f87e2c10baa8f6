//! The register of accounts: what is entered is held against the archive's policy.

mod close;
mod enter;
mod fault;
mod html;
mod import;
mod lacking;
mod people;
mod publish;
mod sheet;

use chrono::{Datelike as _, NaiveDate};
use url::Url;

use super::{Archive, Error, Surroundings};
use crate::calendar::local_date;
use crate::catalog::{self, NewAct, NewOversight};
use crate::policy::Policy;
use crate::record::{Account, AccountId, Platform};

pub use close::{Acceptance, Closing, close_account, ready_to_close, reopen_account};
pub use enter::{
    AdministratorRequest, ApprovalRequest, TickRequest, add_administrator, approve_account,
    check_purposes, decide_account, end_administrator, note_account_event, set_terms,
    tick_checklist,
};
pub use fault::{Fault, LineFault, NamedGap};
pub use html::as_html;
pub use import::{ImportRules, ImportedAccounts, import_accounts};
pub use lacking::{AccountLacks, lacking};
pub use people::{Branch, Editor, Post, editors, tree};
pub use publish::{PublishedAccount, PublishedList, published_list};
pub use sheet::{as_csv, export_csv};

/// The act of the one who acts now.
fn act<'a>(account: &'a AccountId, around: &'a Surroundings) -> NewAct<'a> {
    NewAct {
        account,
        actor: &around.actor,
        at: (around.now)(),
    }
}

/// The Swedish day it is.
fn today(around: &Surroundings) -> NaiveDate {
    local_date((around.now)())
}

/// A person's words without space around them.
fn one_line(account: &AccountId, what: &'static str, text: &str) -> Result<String, Fault> {
    let text = text.trim();
    if text.is_empty() || text.chars().any(char::is_control) {
        let account = account.clone();
        return Err(Fault::Text { account, what });
    }
    Ok(text.to_owned())
}

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

/// Notes that a person looked after an account on a Swedish day, today where none is given; gives the day.
///
/// # Errors
/// [`Error::Oversight`] for a day that has not come, or before there was any; when the account is not registered.
pub fn note_oversight(
    archive: &Archive,
    account: &AccountId,
    day: Option<NaiveDate>,
    note: Option<&str>,
    around: &Surroundings,
) -> Result<NaiveDate, Error> {
    let at = (around.now)();
    let today = local_date(at);
    let day = day.unwrap_or(today);
    let problem = match day {
        day if day > today => Some("it has not come"),
        day if day.year() < 1990 => Some("there were no accounts then"),
        _ => None,
    };
    if let Some(problem) = problem {
        return Err(Error::Oversight {
            account: account.clone(),
            day,
            problem,
        });
    }
    archive.catalog().note_oversight(&NewOversight {
        account,
        day,
        at,
        actor: &around.actor,
        note: note.map(str::trim).filter(|note| !note.is_empty()),
    })?;
    Ok(day)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Profile;
    use crate::workflow::{NewArchive, create_archive};
    use chrono::Utc;
    use uuid::Uuid;

    fn around() -> Surroundings {
        Surroundings {
            organisation: "Tibro kommun".into(),
            organisation_number: None,
            second_gate: None,
            pages: None,
            actor: "test".into(),
            now: Utc::now,
            new_id: Uuid::now_v7,
            salt: || Ok([7; 32]),
        }
    }

    /// An archive of Tibro's with accounts `hela` and `blogg`.
    fn registered(dir: &std::path::Path) -> (Archive, Policy) {
        let profile = Profile::named("tibro").unwrap();
        let new = NewArchive {
            dir,
            profile: &profile,
            configuration: "",
            origin: "arkivd/tibro",
        };
        create_archive(&new, &around()).unwrap();
        let (archive, _) = Archive::open_to_write(dir, &around()).unwrap();
        let policy = Policy::parse(profile.policy_text, "policy.toml").unwrap();
        for id in ["hela", "blogg"] {
            let account = Account {
                id: id.parse().unwrap(),
                platform: Platform::Feed,
                address: "https://blogg.example/".parse().unwrap(),
                committee: "Kommunstyrelsen".into(),
                purpose: "nyheter".into(),
                audience: "invånare".into(),
                responsible: vec!["Åsa Öberg".into(), "Björn Ek".into()],
                substitute: Some("Märta Ek".into()),
                credential: Some("blogg".into()),
                parent: None,
            };
            add_account(&archive, &policy, &account, &around()).unwrap();
        }
        (archive, policy)
    }

    #[test]
    fn an_edit_changes_what_it_names_and_an_empty_text_clears() {
        let dir = tempfile::tempdir().unwrap();
        let (archive, policy) = registered(dir.path());
        let id: AccountId = "blogg".parse().unwrap();
        let edit = |change| edit_account(&archive, &policy, &id, change, &around());
        let change = AccountChange {
            purpose: Some("dialog".into()),
            parent: Some("hela".into()),
            ..AccountChange::default()
        };
        let (account, changed) = edit(change.clone()).unwrap();
        assert!(changed);
        assert_eq!(
            (account.purpose.as_str(), account.audience.as_str()),
            ("dialog", "invånare")
        );
        assert_eq!(account.parent, Some("hela".parse().unwrap()));
        assert!(!edit(change).unwrap().1, "the second time nothing differs");
        let clear = AccountChange {
            credential: Some(String::new()),
            parent: Some(String::new()),
            ..AccountChange::default()
        };
        let (account, _) = edit(clear).unwrap();
        assert_eq!((account.credential, account.parent), (None, None));
        assert_eq!(account.substitute.as_deref(), Some("Märta Ek"));
    }

    #[test]
    fn an_edit_that_breaks_the_policy_or_empties_a_field_changes_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let (archive, policy) = registered(dir.path());
        let id: AccountId = "blogg".parse().unwrap();
        let before = archive.catalog().account(&id).unwrap();
        let alone = AccountChange {
            responsible: Some(vec!["Åsa Öberg".into()]),
            ..AccountChange::default()
        };
        let refused = edit_account(&archive, &policy, &id, alone, &around());
        assert!(matches!(refused, Err(Error::Breaches { .. })));
        let nobody = AccountChange {
            committee: Some(String::new()),
            ..AccountChange::default()
        };
        let refused = edit_account(&archive, &policy, &id, nobody, &around());
        assert!(matches!(refused, Err(Error::Record(_))));
        assert_eq!(archive.catalog().account(&id).unwrap(), before);
    }
}
