//! What is set for an account beside its entry, and many accounts entered at once.

use rusqlite::{Transaction, params};

use super::super::account;
use super::super::value;
use super::super::{Catalog, Error};
use super::NewAct;
use crate::record::{Account, Terms};

/// An account with what is set for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub account: Account,
    pub terms: Terms,
}

fn write(
    change: &Transaction<'_>,
    act: &NewAct<'_>,
    before: &Terms,
    after: &Terms,
) -> Result<(), Error> {
    let serves = match after.serves.as_slice() {
        [] => None,
        serves => Some(value::json("serves", &serves)?),
    };
    change.execute(
        "UPDATE account SET duty = ?2, legal_basis = ?3, serves = ?4 WHERE id = ?1",
        params![
            act.account.as_str(),
            after.duty.map(|d| d.as_str()),
            after.legal_basis.map(|b| b.as_str()),
            serves
        ],
    )?;
    let told = |terms: &Terms| serde_json::json!({ "responsibility": terms.duty, "legal_basis": terms.legal_basis, "serves": terms.serves });
    act.note(change, "account edit", Some(&told(before)), &told(after))
}

impl Catalog {
    /// Sets them; false when nothing differs.
    ///
    /// # Errors
    /// When the account is not registered, and those of SQLite.
    pub fn set_terms(&mut self, act: &NewAct<'_>, terms: &Terms) -> Result<bool, Error> {
        if self.account(act.account)?.is_none() {
            return Err(Error::NoAccount(act.account.clone()));
        }
        let before = self.terms(act.account)?;
        if before == *terms {
            return Ok(false);
        }
        let change = self.db.transaction()?;
        write(&change, act, &before, terms)?;
        change.commit()?;
        Ok(true)
    }

    /// Enters accounts and changes others, all or none. Those above them stand in the register or among `new`, and
    /// the tree is no ring: the caller has seen to that.
    ///
    /// # Errors
    /// Those of SQLite; then nothing is changed.
    pub fn import_accounts(
        &mut self,
        new: &[Entry],
        changed: &[Entry],
        actor: &str,
        at: chrono::DateTime<chrono::Utc>,
    ) -> Result<(), Error> {
        let mut before = Vec::with_capacity(changed.len());
        for entry in changed {
            let id = &entry.account.id;
            let was = self.account(id)?;
            let was = was.ok_or_else(|| Error::NoAccount(id.clone()))?;
            before.push((was, self.terms(id)?));
        }
        let change = self.db.transaction()?;
        for entry in new {
            account::insert(&change, &entry.account, at)?;
        }
        // Which may stand further down in the file.
        for entry in new {
            account::set_parent(&change, &entry.account)?;
        }
        for entry in new {
            account::note_added(&change, &entry.account, actor, at)?;
            let act = act(entry, actor, at);
            if entry.terms != Terms::default() {
                write(&change, &act, &Terms::default(), &entry.terms)?;
            }
        }
        for (entry, (was, terms)) in changed.iter().zip(&before) {
            if *was != entry.account {
                account::replace(&change, was, &entry.account, actor, at)?;
            }
            if *terms != entry.terms {
                write(&change, &act(entry, actor, at), terms, &entry.terms)?;
            }
        }
        change.commit()?;
        Ok(())
    }
}

fn act<'a>(entry: &'a Entry, actor: &'a str, at: chrono::DateTime<chrono::Utc>) -> NewAct<'a> {
    NewAct {
        account: &entry.account.id,
        actor,
        at,
    }
}
