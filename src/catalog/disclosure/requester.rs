//! Who asked, if they said so: nobody must (TF 2 kap. 18 §). Kept apart from the request, and forgotten for ever.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension as _, params};

use super::{DisclosureRow, DisclosureState};
use crate::catalog::{Catalog, Error};

/// A name, and a way to reach them; both may be unknown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Requester {
    pub name: Option<String>,
    pub contact: Option<String>,
}

impl Requester {
    pub fn is_unknown(&self) -> bool {
        self.name.is_none() && self.contact.is_none()
    }
}

pub(super) fn insert(db: &Connection, n: i64, requester: &Requester) -> Result<(), Error> {
    if !requester.is_unknown() {
        db.execute(
            "INSERT INTO disclosure_requester (disclosure, name, contact) VALUES (?1, ?2, ?3)",
            params![n, requester.name, requester.contact],
        )?;
    }
    Ok(())
}

impl Catalog {
    /// Who asked, if that is kept.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn requester(&self, row: &DisclosureRow) -> Result<Option<Requester>, Error> {
        let sql = "SELECT name, contact FROM disclosure_requester WHERE disclosure = ?1";
        let mut asked = self.db.prepare_cached(sql)?;
        let found = asked.query_row([row.number], |row| {
            Ok(Requester {
                name: row.get(0)?,
                contact: row.get(1)?,
            })
        });
        Ok(found.optional()?)
    }

    /// Keeps who asked, in place of what was kept before.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn keep_requester(
        &mut self,
        row: &DisclosureRow,
        requester: &Requester,
        actor: &str,
        at: DateTime<Utc>,
    ) -> Result<(), Error> {
        let change = self.db.transaction()?;
        change.execute(
            "DELETE FROM disclosure_requester WHERE disclosure = ?1",
            [row.number],
        )?;
        insert(&change, row.number, requester)?;
        row.note(&change, "disclosure requester", None, actor, at)?;
        change.commit()?;
        Ok(())
    }

    /// The requests that ended then or before, and of which it is still kept who asked.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn requesters_since(&self, before: DateTime<Utc>) -> Result<Vec<DisclosureRow>, Error> {
        let mut closed = self.disclosures(DisclosureState::Closed)?;
        closed.retain(|row| {
            row.has_requester && row.closed.as_ref().is_some_and(|end| end.at <= before)
        });
        Ok(closed)
    }

    /// Erases name and contact, and overwrites them; false while a reader of the catalog keeps the log from being emptied.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn forget_requester(
        &mut self,
        row: &DisclosureRow,
        actor: &str,
        at: DateTime<Utc>,
    ) -> Result<bool, Error> {
        let change = self.db.transaction()?;
        change.execute(
            "DELETE FROM disclosure_requester WHERE disclosure = ?1",
            [row.number],
        )?;
        row.note(&change, "disclosure forget", None, actor, at)?;
        change.commit()?;
        self.empty_log()
    }
}
