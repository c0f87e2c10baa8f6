//! The event table: who did what, when. Rows are only ever added; triggers hold that.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use serde_json::Value;

use super::value::{self, Column, column};
use super::{Catalog, Error};

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

/// An act as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct EventRow {
    /// Counted from 1, without a gap.
    pub number: u64,
    pub at: DateTime<Utc>,
    pub actor: String,
    pub verb: String,
    pub object: String,
    pub before: Option<Value>,
    pub after: Option<Value>,
}

/// Which acts to list.
#[derive(Debug, Clone, Default)]
pub struct EventFilter {
    pub object: Option<String>,
    /// Words in the name of who acted.
    pub actor: Option<String>,
    /// At or after.
    pub from: Option<DateTime<Utc>>,
    /// Before.
    pub until: Option<DateTime<Utc>>,
    pub limit: Option<u32>,
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

    /// Acts by the filter, newest first, one at a time.
    ///
    /// # Errors
    /// Those of SQLite, a row that is not of its kind, and what `each` returns.
    pub fn for_each_event<E: From<Error>>(
        &self,
        filter: &EventFilter,
        mut each: impl FnMut(EventRow) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut statement = self
            .db
            .prepare_cached(
                "SELECT n, at, actor, verb, object, before, after FROM event
                 WHERE (?1 IS NULL OR object = ?1) AND (?2 IS NULL OR instr(actor, ?2) > 0)
                 AND (?3 IS NULL OR at >= ?3) AND (?4 IS NULL OR at < ?4) ORDER BY n DESC LIMIT ?5",
            )
            .map_err(Error::from)?;
        let mut rows = statement
            .query(params![
                filter.object,
                filter.actor,
                filter.from.map(value::time),
                filter.until.map(value::time),
                filter.limit.map_or(-1, i64::from),
            ])
            .map_err(Error::from)?;
        while let Some(row) = rows.next().map_err(Error::from)? {
            each(read(row)?)?;
        }
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

fn read(row: &Row<'_>) -> Result<EventRow, Error> {
    let json = |name: &str, column: Column| -> Result<Option<Value>, Error> {
        let text: Option<String> = row.get(name)?;
        text.map(|text| column.json(&text)).transpose()
    };
    Ok(EventRow {
        number: column!(event.n).count(row.get("n")?)?,
        at: column!(event.at).parse(&row.get::<_, String>("at")?)?,
        actor: row.get("actor")?,
        verb: row.get("verb")?,
        object: row.get("object")?,
        before: json("before", column!(event.before))?,
        after: json("after", column!(event.after))?,
    })
}
