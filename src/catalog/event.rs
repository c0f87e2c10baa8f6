//! The event table: who did what, when. Rows are only ever added; triggers hold that.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension as _, params};

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
    /// Keeps what a setting of the archive's files says now; a change is an event `configure`.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn note_setting(
        &mut self,
        name: &str,
        says: &str,
        actor: &str,
        at: DateTime<Utc>,
    ) -> Result<(), Error> {
        let change = self.db.transaction()?;
        let key = format!("setting.{name}");
        let before: Option<String> = change
            .query_row("SELECT value FROM archive WHERE key = ?1", [&key], |row| {
                row.get(0)
            })
            .optional()?;
        if before.as_deref() == Some(says) {
            return Ok(());
        }
        change.execute(
            "INSERT INTO archive (key, value) VALUES (?1, ?2)
             ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            params![key, says],
        )?;
        let event = NewEvent {
            at,
            actor,
            verb: "configure",
            object: name,
            before: before.as_deref(),
            after: Some(says),
        };
        insert(&change, &event)?;
        change.commit()?;
        Ok(())
    }

    /// Adds an event that stands alone; those of a change stand in the change's own transaction.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn add_event(&mut self, event: &NewEvent<'_>) -> Result<(), Error> {
        insert(&self.db, event)
    }
}
