//! Removals: cases of forbidden content, what they are about, and each step, with who and when.

mod collective;
mod object;
mod records;
mod reply;
mod step;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use serde_json::json;
use uuid::Uuid;

pub use object::{NewRemovalObject, RemovalObject, Seen};
pub use reply::RemovalReply;
pub(super) use step::step_stands;
pub use step::{NewRemovalStep, RemovalStep, RemovalWhat, TAKEN_BACK};

use super::value::{self, column};
use super::{Catalog, Error, NewEvent, event, migration};
use crate::calendar::local_date;

/// A case as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removal {
    pub number: u64,
    pub id: Uuid,
    /// arkivd's own beteckning: `OI 2026:17`.
    pub designation: String,
    pub committee: String,
    pub category: String,
    pub opened: DateTime<Utc>,
    pub actor: String,
    pub discovered: DateTime<Utc>,
    pub note: Option<String>,
    /// The year in whose samlingsärende it is registered.
    pub collected: Option<i32>,
    /// The diarienummer.
    pub registered: Option<String>,
    pub closed: Option<DateTime<Utc>>,
    /// The committees it was handed to.
    pub routed: Vec<String>,
}

/// Where the answer to who brought a case goes.
pub type ReplyOf<'a> = &'a dyn Fn(&Removal) -> RemovalReply;

/// A case to be opened.
#[derive(Clone)]
pub struct NewRemoval<'a> {
    pub id: Uuid,
    pub committee: &'a str,
    pub category: &'a str,
    pub opened: DateTime<Utc>,
    pub actor: &'a str,
    pub discovered: DateTime<Utc>,
    pub note: Option<&'a str>,
    /// True when its category goes to the year's samlingsärende.
    pub collects: bool,
    pub objects: &'a [NewRemovalObject],
    /// Kept with the case, so that no crash between lets the same thing open another.
    pub reply: Option<ReplyOf<'a>>,
}

/// Which cases to list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum RemovalState {
    #[default]
    Open,
    Closed,
    All,
}

const COLUMNS: &str =
    "m.n, m.id, m.designation, m.committee, m.category, m.opened, m.actor, m.discovered, m.note,
     m.collected, m.registered, m.closed";

impl Catalog {
    pub(super) fn has_removals(&self) -> Result<bool, Error> {
        Ok(migration::format_of(&self.db)? >= 8)
    }

    /// Opens a case, with its own beteckning of the year. What goes to its category's samlingsärende of the year has its
    /// diarienummer from the start, once that is known.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn open_removal(&mut self, new: &NewRemoval<'_>) -> Result<Removal, Error> {
        let change = self.db.transaction()?;
        let opened = open(&change, new)?;
        if let Some(reply) = new.reply {
            reply::keep(&change, &opened, &reply(&opened))?;
        }
        change.commit()?;
        Ok(opened)
    }

    /// A case by its number (`17`), or by its beteckning (`OI 2026:17`, `2026:17`).
    ///
    /// # Errors
    /// When there is none, or a diarienummer is that of several; those of SQLite.
    pub fn removal(&self, name: &str) -> Result<Removal, Error> {
        let none = || Error::NoRemoval(name.to_owned());
        if !self.has_removals()? {
            return Err(none());
        }
        let said = name.trim();
        let number = match said.parse::<i64>() {
            Ok(number) => Some(number),
            Err(_) => {
                let bare = said.get(..2).filter(|s| s.eq_ignore_ascii_case("oi"));
                let rest = bare.and_then(|_| said.get(2..)).unwrap_or(said).trim();
                let own = self
                    .db
                    .query_row(
                        "SELECT n FROM removal WHERE designation = 'OI ' || ?1",
                        [rest],
                        |row| row.get(0),
                    )
                    .optional()?;
                match own {
                    Some(number) => Some(number),
                    None => self.registered_as(said)?,
                }
            }
        };
        let found = number.map(|n| read_one(&self.db, n)).transpose()?.flatten();
        found.ok_or_else(none)
    }

    /// The only case with that diarienummer. A samlingsärende is of several, and none of them is meant more than another.
    fn registered_as(&self, diarienummer: &str) -> Result<Option<i64>, Error> {
        let found: Vec<(i64, String)> = self
            .db
            .prepare_cached("SELECT n, designation FROM removal WHERE registered = ?1 ORDER BY n")?
            .query_map([diarienummer], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<_, _>>()?;
        match found.as_slice() {
            [] => Ok(None),
            [(number, _)] => Ok(Some(*number)),
            several => Err(Error::SeveralRemovals {
                name: diarienummer.to_owned(),
                cases: several
                    .iter()
                    .map(|(number, designation)| format!("{number} ({designation})"))
                    .collect(),
            }),
        }
    }

    /// Cases, oldest first.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn removals(&self, state: RemovalState) -> Result<Vec<Removal>, Error> {
        if !self.has_removals()? {
            return Ok(Vec::new());
        }
        let which = match state {
            RemovalState::Open => "m.closed IS NULL",
            RemovalState::Closed => "m.closed IS NOT NULL",
            RemovalState::All => "1",
        };
        let sql = format!("SELECT {COLUMNS} FROM removal m WHERE {which} ORDER BY m.n");
        let mut statement = self.db.prepare_cached(&sql)?;
        let mut rows = statement.query([])?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            all.push(read(row)?);
        }
        for case in &mut all {
            case.routed = routes(&self.db, case.number)?;
        }
        Ok(all)
    }

    /// Hands a case to a committee, whose people may then read its records (VAR-3).
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn route_removal(
        &mut self,
        case: &Removal,
        committee: &str,
        at: DateTime<Utc>,
        actor: &str,
    ) -> Result<(), Error> {
        let change = self.db.transaction()?;
        change.execute(
            "INSERT OR IGNORE INTO removal_route (removal, committee, at, actor) VALUES (?1, ?2, ?3, ?4)",
            params![number(case.number)?, committee, value::time(at), actor],
        )?;
        step::insert(
            &change,
            case,
            &NewRemovalStep {
                value: Some(committee),
                ..NewRemovalStep::of(RemovalWhat::Routed, at, at, actor)
            },
        )?;
        change.commit()?;
        Ok(())
    }

    /// Whether one of the committees was handed an open or closed case about the record.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn is_routed_to(
        &self,
        record: crate::record::RecordId,
        committees: &[String],
    ) -> Result<bool, Error> {
        if committees.is_empty() || !self.has_removals()? {
            return Ok(false);
        }
        let mut statement = self.db.prepare_cached(
            "SELECT 1 FROM removal_route u JOIN removal_object o ON o.removal = u.removal JOIN record r ON r.n = o.record
             WHERE r.id = ?1 AND u.committee = ?2 LIMIT 1",
        )?;
        for committee in committees {
            if statement.exists(params![record.0.as_bytes(), committee])? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Within a change of the caller's.
pub(super) fn open(change: &Connection, new: &NewRemoval<'_>) -> Result<Removal, Error> {
    use chrono::Datelike as _;
    let year = local_date(new.opened).year();
    let start = format!("OI {year}:");
    let before: Option<i64> = change.query_row(
        "SELECT max(CAST(substr(designation, length(?1) + 1) AS INTEGER)) FROM removal
             WHERE substr(designation, 1, length(?1)) = ?1",
        [&start],
        |row| row.get(0),
    )?;
    let designation = format!("{start}{}", before.unwrap_or(0) + 1);
    let collected = new.collects.then_some(year);
    let registered = match collected {
        Some(year) => collective::number_of(change, new.committee, new.category, year)?,
        None => None,
    };
    change.execute(
            "INSERT INTO removal (id, designation, committee, category, opened, actor, discovered, note, collected, registered)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            params![
                new.id.as_bytes(),
                designation,
                new.committee,
                new.category,
                value::time(new.opened),
                new.actor,
                value::time(new.discovered),
                new.note,
                collected,
                registered,
            ],
        )?;
    let case = change.last_insert_rowid();
    for object in new.objects {
        object::insert(change, case, object)?;
    }
    if let Some(number) = &registered {
        collective::join(change, case, number, new.opened, new.actor)?;
    }
    let after = json!({ "case": case, "category": new.category, "committee": new.committee,
            "objects": new.objects.len(), "discovered": value::time(new.discovered), "registered": registered });
    event::insert(
        change,
        &NewEvent {
            at: new.opened,
            actor: new.actor,
            verb: "removal open",
            object: &designation,
            before: None,
            after: Some(&after.to_string()),
        },
    )?;
    let opened = read_one(change, case)?;
    opened.ok_or(Error::NoRemoval(designation))
}

/// SQLite counts in signed numbers.
pub(in crate::catalog) fn number(n: u64) -> Result<i64, Error> {
    i64::try_from(n).map_err(|_| Error::NoRemoval(n.to_string()))
}

fn read_one(db: &rusqlite::Connection, number: i64) -> Result<Option<Removal>, Error> {
    let sql = format!("SELECT {COLUMNS} FROM removal m WHERE m.n = ?1");
    let mut statement = db.prepare_cached(&sql)?;
    let mut rows = statement.query([number])?;
    let Some(row) = rows.next()? else {
        return Ok(None);
    };
    let mut case = read(row)?;
    case.routed = routes(db, case.number)?;
    Ok(Some(case))
}

fn routes(db: &rusqlite::Connection, case: u64) -> Result<Vec<String>, Error> {
    let found = db
        .prepare_cached(
            "SELECT committee FROM removal_route WHERE removal = ?1 ORDER BY at, committee",
        )?
        .query_map([number(case)?], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    Ok(found)
}

fn read(row: &Row<'_>) -> Result<Removal, Error> {
    let text = |name: &str| row.get::<_, String>(name);
    let closed = row.get::<_, Option<String>>("closed")?;
    Ok(Removal {
        number: column!(removal.n).count(row.get("n")?)?,
        id: value::uuid(row, "id")?,
        designation: text("designation")?,
        committee: text("committee")?,
        category: text("category")?,
        opened: column!(removal.opened).parse(&text("opened")?)?,
        actor: text("actor")?,
        discovered: column!(removal.discovered).parse(&text("discovered")?)?,
        note: row.get("note")?,
        collected: row.get("collected")?,
        registered: row.get("registered")?,
        closed: closed
            .map(|t| column!(removal.closed).parse(&t))
            .transpose()?,
        routed: Vec::new(),
    })
}
