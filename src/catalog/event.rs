//! The event table: who did what, when. Rows are only ever added; triggers hold that.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, params};

use super::{Catalog, Error, value};

/// One act, with what was before and after as JSON.
#[derive(Debug, Clone, Copy)]
pub struct NewEvent<'a> {
    pub at: DateTime<Utc>,
    /// Who, as the operating system knows them.
    pub actor: &'a str,
    /// What was done, as the command names it: `account add`.
    pub verb: &'a str,
    pub object: &'a str,
    pub before: Option<&'a str>,
    pub after: Option<&'a str>,
}

pub(super) fn insert(db: &Connection, e: &NewEvent<'_>) -> Result<(), Error> {
    db.prepare_cached(
        "INSERT INTO event (at, actor, verb, object, before, after) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![
        value::time(e.at),
        e.actor,
        e.verb,
        e.object,
        e.before,
        e.after
    ])?;
    Ok(())
}

impl Catalog {
    /// Adds an event that stands alone; those of a change stand in the change's own transaction.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn add_event(&mut self, event: &NewEvent<'_>) -> Result<(), Error> {
        insert(&self.db, event)
    }
}
