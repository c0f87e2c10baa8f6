//! Holds: what may not be destroyed for now, whatever the plan says, and the saved searches that some rest on.

mod held;

use chrono::{DateTime, NaiveDate, Utc};
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use serde::Serialize;
use serde_json::json;

use super::value::{self, column};
use super::{Catalog, Error, NewEvent, event};
use crate::record::RecordId;
use crate::retention::{Hinder, SavedSearch};

pub(super) use held::{Held, of_case, talk};

/// What a hold is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum HoldScope {
    /// One record, what it answers, and what answers it.
    Record,
    /// All of an account, its page captures too.
    Account,
    /// What was registered in a case of the diarium.
    Case,
    /// What a saved search finds, asked anew each time.
    Search,
    /// A closed removal case that was reported to the police. It holds by itself; its row says that it was released.
    PoliceReport,
}

impl HoldScope {
    pub const ALL: [Self; 5] = [
        Self::Record,
        Self::Account,
        Self::Case,
        Self::Search,
        Self::PoliceReport,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Record => "record",
            Self::Account => "account",
            Self::Case => "case",
            Self::Search => "search",
            Self::PoliceReport => "police-report",
        }
    }
}

/// A hold to be.
#[derive(Debug, Clone)]
pub struct NewHold<'a> {
    pub scope: HoldScope,
    /// The record's id, the account's, a diarienummer, the search's name.
    pub object: String,
    pub reason: &'a str,
    /// The last Swedish day; `None`: until it is released.
    pub ends: Option<NaiveDate>,
}

/// A hold as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoldRow {
    pub number: i64,
    pub scope: HoldScope,
    pub object: String,
    pub reason: String,
    pub ends: Option<NaiveDate>,
    pub at: DateTime<Utc>,
    pub actor: String,
    pub released: Option<Released>,
}

/// How a hold ended by a person's word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Released {
    pub at: DateTime<Utc>,
    pub by: String,
    pub reason: String,
}

/// One thing that holds a record, as it is told to who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HeldBy {
    Hold(HoldRow),
    /// A removal case that is open, by its designation.
    Removal(String),
    /// A closed removal case that was reported to the police, by its designation.
    PoliceReport(String),
    /// A request for public records that is open, by its designation.
    Disclosure(String),
}

impl HoldRow {
    /// Whether it holds on that Swedish day.
    pub fn holds(&self, today: NaiveDate) -> bool {
        self.released.is_none() && self.ends.is_none_or(|ends| today <= ends)
    }
}

impl Catalog {
    /// Adds holds, with the saved search that they rest on where it is new, in one transaction. Gives their numbers.
    ///
    /// # Errors
    /// [`Error::SearchExists`], and those of SQLite.
    pub fn add_holds(
        &mut self,
        holds: &[NewHold<'_>],
        search: Option<(&str, &SavedSearch)>,
        actor: &str,
        at: DateTime<Utc>,
    ) -> Result<Vec<i64>, Error> {
        let change = self.db.transaction()?;
        if let Some((name, search)) = search {
            let filter = value::json("saved search", search)?;
            let new = change.execute(
                "INSERT OR IGNORE INTO saved_search (name, filter, at, actor) VALUES (?1, ?2, ?3, ?4)",
                params![name, filter, value::time(at), actor],
            )?;
            if new == 0 {
                return Err(Error::SearchExists(name.to_owned()));
            }
        }
        let mut numbers = Vec::new();
        for hold in holds {
            change.execute(
                "INSERT INTO hold (scope, object, reason, ends, at, actor) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                params![
                    hold.scope.as_str(),
                    hold.object,
                    hold.reason,
                    hold.ends.map(|day| day.to_string()),
                    value::time(at),
                    actor
                ],
            )?;
            let number = change.last_insert_rowid();
            // Without the reason: it is a person's words, and an event is for ever.
            let after = json!({ "scope": hold.scope, "object": hold.object, "ends": hold.ends });
            event::insert(
                &change,
                &NewEvent {
                    at,
                    actor,
                    verb: "hold add",
                    object: &number.to_string(),
                    before: None,
                    after: Some(&after.to_string()),
                },
            )?;
            numbers.push(number);
        }
        change.commit()?;
        Ok(numbers)
    }

    /// Ends a hold. False when it was released already.
    ///
    /// # Errors
    /// [`Error::NoHold`], and those of SQLite.
    pub fn release_hold(
        &mut self,
        number: i64,
        reason: &str,
        actor: &str,
        at: DateTime<Utc>,
    ) -> Result<bool, Error> {
        self.hold(number)?.ok_or(Error::NoHold(number))?;
        let change = self.db.transaction()?;
        let released = change.execute(
            "UPDATE hold SET released = ?2, released_by = ?3, released_why = ?4 WHERE n = ?1 AND released IS NULL",
            params![number, value::time(at), actor, reason],
        )?;
        if released == 0 {
            return Ok(false);
        }
        event::insert(
            &change,
            &NewEvent {
                at,
                actor,
                verb: "hold release",
                object: &number.to_string(),
                before: None,
                after: None,
            },
        )?;
        change.commit()?;
        Ok(true)
    }

    /// Ends what a police report holds by itself, of a removal case that is closed. Gives the number of the row that
    /// says so.
    ///
    /// # Errors
    /// [`Error::NoPoliceReport`] when nothing is held so, and those of SQLite.
    pub fn release_police_report(
        &mut self,
        designation: &str,
        reason: &str,
        actor: &str,
        at: DateTime<Utc>,
    ) -> Result<i64, Error> {
        let change = self.db.transaction()?;
        let holds: bool = change.query_row(
            "SELECT EXISTS (SELECT 1 FROM removal m JOIN removal_step s ON s.removal = m.n
                 WHERE m.designation = ?1 AND m.closed IS NOT NULL AND s.what = 'police')
             AND NOT EXISTS (SELECT 1 FROM hold WHERE scope = 'police-report' AND object = ?1)",
            [designation],
            |row| row.get(0),
        )?;
        if !holds {
            return Err(Error::NoPoliceReport(designation.to_owned()));
        }
        let now = value::time(at);
        change.execute(
            "INSERT INTO hold (scope, object, reason, at, actor, released, released_by, released_why)
             VALUES ('police-report', ?1, 'polisanmälan', ?2, ?3, ?2, ?3, ?4)",
            params![designation, now, actor, reason],
        )?;
        let number = change.last_insert_rowid();
        event::insert(
            &change,
            &NewEvent {
                at,
                actor,
                verb: "hold release",
                object: &number.to_string(),
                before: None,
                after: Some(&json!({ "police_report": designation }).to_string()),
            },
        )?;
        change.commit()?;
        Ok(number)
    }

    /// All holds, also those that are over, by number.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn holds(&self) -> Result<Vec<HoldRow>, Error> {
        holds(&self.db)
    }

    /// One hold.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn hold(&self, number: i64) -> Result<Option<HoldRow>, Error> {
        let row = self
            .db
            .prepare_cached(&format!("SELECT {COLUMNS} FROM hold WHERE n = ?1"))?
            .query_row([number], |row| Ok(read(row)))
            .optional()?;
        row.transpose()
    }

    /// The saved search of that name.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn saved_search(&self, name: &str) -> Result<Option<SavedSearch>, Error> {
        saved_search(&self.db, name)
    }

    /// The same, which must be there.
    ///
    /// # Errors
    /// [`Error::NoSearch`]; as [`Catalog::saved_search`].
    pub fn named_search(&self, name: &str) -> Result<SavedSearch, Error> {
        named_search(&self.db, name)
    }

    /// The committee of a record, also of one that was destroyed; `None` when it is not in the catalog.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn committee_of_record(&self, record: RecordId) -> Result<Option<String>, Error> {
        let sql = "SELECT committee FROM record WHERE id = ?1";
        let mut asked = self.db.prepare_cached(sql)?;
        Ok(asked
            .query_row([record.0.as_bytes()], |row| row.get(0))
            .optional()?)
    }

    /// What holds a record on that Swedish day: itself, what it answers, or what answers it.
    ///
    /// # Errors
    /// When it is not in the catalog; those of SQLite.
    pub fn holds_on(&self, record: RecordId, today: NaiveDate) -> Result<Vec<Hinder>, Error> {
        let n: Option<i64> = self
            .db
            .prepare_cached("SELECT n FROM record WHERE id = ?1")?
            .query_row([record.0.as_bytes()], |row| row.get(0))
            .optional()?;
        held::holds_on(&self.db, n.ok_or(Error::NoRecord(record))?, today)
    }

    /// The same, each hold with its reason.
    ///
    /// # Errors
    /// When it is not in the catalog; those of SQLite; a row that is not of its kind.
    pub fn held_by(&self, record: RecordId, today: NaiveDate) -> Result<Vec<HeldBy>, Error> {
        let mut held = Vec::new();
        for hinder in self.holds_on(record, today)? {
            held.extend(match hinder {
                Hinder::Hold(number) => self.hold(number)?.map(HeldBy::Hold),
                Hinder::Removal(designation) => Some(HeldBy::Removal(designation)),
                Hinder::PoliceReport(designation) => Some(HeldBy::PoliceReport(designation)),
                Hinder::Disclosure(designation) => Some(HeldBy::Disclosure(designation)),
                // They keep a record from a list, and hold nothing.
                Hinder::NoDecision
                | Hinder::NotInForce
                | Hinder::Preserved
                | Hinder::OtherCommittee
                | Hinder::Delivered => None,
            });
        }
        Ok(held)
    }
}

const COLUMNS: &str =
    "n, scope, object, reason, ends, at, actor, released, released_by, released_why";

pub(super) fn holds(db: &Connection) -> Result<Vec<HoldRow>, Error> {
    let mut statement = db.prepare_cached(&format!("SELECT {COLUMNS} FROM hold ORDER BY n"))?;
    let mut rows = statement.query([])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        all.push(read(row)?);
    }
    Ok(all)
}

fn read(row: &Row<'_>) -> Result<HoldRow, Error> {
    let scope: String = row.get("scope")?;
    let ends: Option<String> = row.get("ends")?;
    let released: Option<String> = row.get("released")?;
    let released = match released {
        None => None,
        Some(at) => Some(Released {
            at: column!(hold.released).parse(&at)?,
            by: row
                .get::<_, Option<String>>("released_by")?
                .unwrap_or_default(),
            reason: row
                .get::<_, Option<String>>("released_why")?
                .unwrap_or_default(),
        }),
    };
    Ok(HoldRow {
        number: row.get("n")?,
        scope: column!(hold.scope).named(&scope, &HoldScope::ALL, HoldScope::as_str)?,
        object: row.get("object")?,
        reason: row.get("reason")?,
        ends: ends.map(|day| column!(hold.ends).parse(&day)).transpose()?,
        at: column!(hold.at).parse(&row.get::<_, String>("at")?)?,
        actor: row.get("actor")?,
        released,
    })
}

pub(super) fn named_search(db: &Connection, name: &str) -> Result<SavedSearch, Error> {
    saved_search(db, name)?.ok_or_else(|| Error::NoSearch(name.to_owned()))
}

fn saved_search(db: &Connection, name: &str) -> Result<Option<SavedSearch>, Error> {
    let filter: Option<String> = db
        .prepare_cached("SELECT filter FROM saved_search WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
        .optional()?;
    filter
        .map(|filter| column!(saved_search.filter).json(&filter))
        .transpose()
}
