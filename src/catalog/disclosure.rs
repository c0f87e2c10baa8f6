//! Disclosures: requests for public records, what each is about, what was decided of each record, and each step.

mod every_mask;
mod list;
mod mask;
mod requester;
mod review;
mod scope;
mod screen;
mod step;

use chrono::{DateTime, Datelike as _, TimeDelta, Utc};
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use serde::Serialize;
use serde_json::json;

pub use list::{DisclosureCounts, DisclosureRecord, InDisclosure};
pub use mask::{DisclosureMask, NewDisclosureMask};
pub use requester::Requester;
pub use review::{DisclosureDecision, DisclosureReview};
pub use scope::{DisclosureScope, InScope};
pub use screen::{DisclosureBox, DisclosurePage, NewDisclosureBox, PageCapture, PageLook};
pub use step::{DisclosureStep, DisclosureWhat, NewDisclosureStep};

use super::value::{self, column};
use super::{Catalog, Error, NewEvent, event, migration};
use crate::calendar::local_date;
use crate::record::{DisclosureId, RecordId};
use crate::retention::SavedSearch;

/// A request as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisclosureRow {
    /// Its row; people name it by its beteckning.
    pub number: i64,
    pub id: DisclosureId,
    /// arkivd's own beteckning: `U-2026-0001`.
    pub designation: String,
    /// The committee that is asked, and that decides.
    pub committee: String,
    pub received: DateTime<Utc>,
    /// What was asked for, in words.
    pub scope: String,
    /// The name of the saved search that finds it.
    pub search: Option<String>,
    /// With what each record answers, and what answers it.
    pub thread: bool,
    /// The diarienummer.
    pub registered: Option<String>,
    pub opened: DateTime<Utc>,
    pub actor: String,
    pub closed: Option<DisclosureEnd>,
    /// Whether a name or a way to reach who asked is kept.
    pub has_requester: bool,
}

/// How a request ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DisclosureEnd {
    pub at: DateTime<Utc>,
    pub why: Option<String>,
}

/// A request to be opened.
#[derive(Debug, Clone)]
pub struct NewDisclosure<'a> {
    pub id: DisclosureId,
    pub committee: &'a str,
    pub received: DateTime<Utc>,
    pub scope: &'a str,
    pub search: Option<&'a str>,
    /// A search that is saved by its beteckning.
    pub asked: Option<&'a SavedSearch>,
    pub thread: bool,
    pub registered: Option<&'a str>,
    pub requester: Requester,
    pub opened: DateTime<Utc>,
    pub actor: &'a str,
}

/// Which requests to list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum DisclosureState {
    #[default]
    Open,
    Closed,
    All,
}

const COLUMNS: &str =
    "d.n, d.id, d.designation, d.committee, d.received, d.scope, d.search, d.thread, d.registered,
     d.opened, d.actor, d.closed, d.closed_why,
     EXISTS (SELECT 1 FROM disclosure_requester q WHERE q.disclosure = d.n) AS has_requester";

impl Catalog {
    pub(super) fn has_disclosures(&self) -> Result<bool, Error> {
        Ok(migration::format_of(&self.db)? >= 13)
    }

    /// Opens a request, with its own beteckning of the year, about these records.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn open_disclosure(
        &mut self,
        new: &NewDisclosure<'_>,
        records: &[RecordId],
    ) -> Result<DisclosureRow, Error> {
        let change = self.db.transaction()?;
        let year = local_date(new.opened).year();
        let start = format!("U-{year}-");
        let before: Option<i64> = change.query_row(
            "SELECT max(CAST(substr(designation, length(?1) + 1) AS INTEGER)) FROM disclosure
             WHERE substr(designation, 1, length(?1)) = ?1",
            [&start],
            |row| row.get(0),
        )?;
        let designation = format!("{start}{:04}", before.unwrap_or(0) + 1);
        let saved = match new.asked {
            None => None,
            Some(search) => Some(scope::save_search(
                &change,
                &designation,
                search,
                new.actor,
                new.opened,
            )?),
        };
        change.execute(
            "INSERT INTO disclosure (id, designation, committee, received, scope, search, thread, registered, opened, actor)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            params![
                new.id.0.as_bytes(),
                designation,
                new.committee,
                value::time(new.received),
                new.scope,
                saved.as_deref().or(new.search),
                new.thread,
                new.registered,
                value::time(new.opened),
                new.actor,
            ],
        )?;
        let n = change.last_insert_rowid();
        requester::insert(&change, n, &new.requester)?;
        let added = scope::add(&change, n, records)?;
        let after = json!({ "disclosure": new.id, "committee": new.committee, "received": value::time(new.received),
            "records": added, "registered": new.registered });
        event::insert(
            &change,
            &NewEvent {
                at: new.opened,
                actor: new.actor,
                verb: "disclosure open",
                object: &designation,
                before: None,
                after: Some(&after.to_string()),
            },
        )?;
        let opened = read_one(&change, n)?;
        change.commit()?;
        opened.ok_or(Error::NoDisclosure(designation))
    }

    /// A request by its beteckning (`U-2026-0001`, also without leading zeros), its id, or its diarienummer.
    ///
    /// # Errors
    /// When there is none, or a diarienummer is that of several; those of SQLite.
    pub fn disclosure(&self, name: &str) -> Result<DisclosureRow, Error> {
        let said = name.trim();
        let none = || Error::NoDisclosure(said.chars().take(80).collect());
        if !self.has_disclosures()? {
            return Err(none());
        }
        let asked = |sql: &str, value: &dyn rusqlite::ToSql| -> Result<Vec<i64>, Error> {
            let mut statement = self.db.prepare_cached(sql)?;
            let found = statement.query_map([value], |row| row.get(0))?;
            Ok(found.collect::<Result<_, _>>()?)
        };
        let mut found = match said.parse::<DisclosureId>() {
            Ok(id) => asked("SELECT n FROM disclosure WHERE id = ?1", id.0.as_bytes())?,
            Err(_) => asked(
                "SELECT n FROM disclosure WHERE designation = ?1",
                &full(said),
            )?,
        };
        if found.is_empty() {
            found = asked("SELECT n FROM disclosure WHERE registered = ?1", &said)?;
        }
        match found.as_slice() {
            [one] => read_one(&self.db, *one)?.ok_or_else(none),
            [] => Err(none()),
            several => Err(Error::SeveralDisclosures {
                name: said.to_owned(),
                cases: several
                    .iter()
                    .filter_map(|n| Some(read_one(&self.db, *n).ok()??.designation))
                    .collect(),
            }),
        }
    }

    /// Requests, oldest first.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn disclosures(&self, state: DisclosureState) -> Result<Vec<DisclosureRow>, Error> {
        if !self.has_disclosures()? {
            return Ok(Vec::new());
        }
        let which = match state {
            DisclosureState::Open => "d.closed IS NULL",
            DisclosureState::Closed => "d.closed IS NOT NULL",
            DisclosureState::All => "1",
        };
        let sql = format!("SELECT {COLUMNS} FROM disclosure d WHERE {which} ORDER BY d.n");
        let mut statement = self.db.prepare_cached(&sql)?;
        let mut rows = statement.query([])?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            all.push(read(row)?);
        }
        Ok(all)
    }

    /// Closes a request: from then on it holds nothing.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn close_disclosure(
        &mut self,
        row: &DisclosureRow,
        why: Option<&str>,
        actor: &str,
        at: DateTime<Utc>,
    ) -> Result<(), Error> {
        let change = self.db.transaction()?;
        change.execute(
            "UPDATE disclosure SET closed = ?2, closed_why = ?3 WHERE n = ?1 AND closed IS NULL",
            params![row.number, value::time(at), why],
        )?;
        row.note(&change, "disclosure close", None, actor, at)?;
        change.commit()?;
        Ok(())
    }
}

impl DisclosureRow {
    /// That time as it is kept of a review: later than what was delivered or decided before it, also within a second.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    fn after_steps(&self, change: &Connection, at: DateTime<Utc>) -> Result<String, Error> {
        let newest: Option<String> = change
            .prepare_cached(
                "SELECT max(at) FROM disclosure_step WHERE disclosure = ?1 AND what IN ('delivered', 'decided')",
            )?
            .query_row([self.number], |row| row.get(0))?;
        let Some(newest) = newest else {
            return Ok(value::time(at));
        };
        let newest: DateTime<Utc> = column!(disclosure_step.at).parse(&newest)?;
        Ok(value::time(at.max(newest + TimeDelta::seconds(1))))
    }

    /// Notes what was done to the request. Events are for ever: `after` says nothing of what is secret, or of who asked.
    fn note(
        &self,
        change: &Connection,
        verb: &str,
        after: Option<&serde_json::Value>,
        actor: &str,
        at: DateTime<Utc>,
    ) -> Result<(), Error> {
        event::insert(
            change,
            &NewEvent {
                at,
                actor,
                verb,
                object: &self.designation,
                before: None,
                after: after.map(ToString::to_string).as_deref(),
            },
        )
    }

    /// Takes back what was laid under a number; false when it was already, `None` when the request never had it.
    fn take_back(
        &self,
        change: &Connection,
        table: &str,
        number: i64,
        at: DateTime<Utc>,
    ) -> Result<Option<bool>, Error> {
        let known: bool = change.query_row(
            &format!("SELECT EXISTS (SELECT 1 FROM {table} WHERE n = ?1 AND disclosure = ?2)"),
            params![number, self.number],
            |found| found.get(0),
        )?;
        if !known {
            return Ok(None);
        }
        let taken = change.execute(
            &format!("UPDATE {table} SET withdrawn = ?2 WHERE n = ?1 AND withdrawn IS NULL"),
            params![number, value::time(at)],
        )?;
        Ok(Some(taken > 0))
    }
}

/// `u-2026-1` means `U-2026-0001`.
fn full(said: &str) -> String {
    let upper = said.to_uppercase();
    let parts: Vec<&str> = upper.split('-').collect();
    match parts.as_slice() {
        ["U", year, number] => match number.parse::<u64>() {
            Ok(number) => format!("U-{year}-{number:04}"),
            Err(_) => upper,
        },
        _ => upper,
    }
}

pub(super) fn read_one(db: &Connection, n: i64) -> Result<Option<DisclosureRow>, Error> {
    let sql = format!("SELECT {COLUMNS} FROM disclosure d WHERE d.n = ?1");
    let found = db
        .prepare_cached(&sql)?
        .query_row([n], |row| Ok(read(row)))
        .optional()?;
    found.transpose()
}

fn read(row: &Row<'_>) -> Result<DisclosureRow, Error> {
    let text = |name: &str| row.get::<_, String>(name);
    let closed = match row.get::<_, Option<String>>("closed")? {
        None => None,
        Some(at) => Some(DisclosureEnd {
            at: column!(disclosure.closed).parse(&at)?,
            why: row.get("closed_why")?,
        }),
    };
    Ok(DisclosureRow {
        number: row.get("n")?,
        id: DisclosureId(value::uuid(row, "id")?),
        designation: text("designation")?,
        committee: text("committee")?,
        received: column!(disclosure.received).parse(&text("received")?)?,
        scope: text("scope")?,
        search: row.get("search")?,
        thread: row.get("thread")?,
        registered: row.get("registered")?,
        opened: column!(disclosure.opened).parse(&text("opened")?)?,
        actor: text("actor")?,
        closed,
        has_requester: row.get("has_requester")?,
    })
}
