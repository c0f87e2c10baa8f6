//! The year's samlingsärende: cases of one category, committee and year share one diarienummer.

use chrono::{DateTime, Datelike as _, Utc};
use rusqlite::{Connection, OptionalExtension as _, params};

use super::step::insert;
use super::{NewRemovalStep, Removal, RemovalWhat, number};
use crate::calendar::local_date;
use crate::catalog::value;
use crate::catalog::{Catalog, Error};

/// What a registration in the samlingsärende says, before a person's own words. A case may have a number of its own all
/// the same; that one lacks it.
const TEXT: &str = "i årets samlingsärende";

/// The words of a registration in the samlingsärende.
pub(super) fn text(note: Option<&str>) -> String {
    match note.map(str::trim).filter(|note| !note.is_empty()) {
        Some(note) if is_its(Some(note)) => note.to_owned(),
        Some(note) => format!("{TEXT}: {note}"),
        None => TEXT.to_owned(),
    }
}

fn is_its(text: Option<&str>) -> bool {
    text.is_some_and(|text| text.starts_with(TEXT))
}

/// The samlingsärende's diarienummer, once it is known.
pub(super) fn number_of(
    db: &Connection,
    committee: &str,
    category: &str,
    year: i32,
) -> Result<Option<String>, Error> {
    let found = db
        .prepare_cached(
            "SELECT s.value FROM removal m JOIN removal_step s ON s.removal = m.n
             WHERE m.committee = ?1 AND m.category = ?2 AND m.collected = ?3 AND s.what = 'registered' AND substr(s.text, 1, length(?4)) = ?4
             -- What it was registered as under an earlier category is not this one's.
             AND s.n > ifnull((SELECT max(c.n) FROM removal_step c WHERE c.removal = m.n AND c.what = 'category'), 0)
             ORDER BY s.n DESC LIMIT 1",
        )?
        .query_row(params![committee, category, year, TEXT], |row| row.get(0))
        .optional()?;
    Ok(found)
}

/// Notes that a case has the samlingsärende's number.
pub(super) fn join(
    db: &Connection,
    case: i64,
    diarienummer: &str,
    at: DateTime<Utc>,
    actor: &str,
) -> Result<(), Error> {
    db.execute(
        "INSERT INTO removal_step (removal, what, at, value, text, noted, actor)
         VALUES (?1, 'registered', ?2, ?3, ?4, ?2, ?5)",
        params![case, value::time(at), diarienummer, TEXT, actor],
    )?;
    Ok(())
}

/// The year whose samlingsärende a registration gives its number to: the first of its kind does, and one that says so
/// itself. A number that comes later is the case's own, and so is that of a case another committee was handed.
pub(super) fn named_by(
    db: &Connection,
    case: &Removal,
    step: &NewRemovalStep<'_>,
) -> Result<Option<i32>, Error> {
    let Some(year) = case.collected.filter(|_| case.routed.is_empty()) else {
        return Ok(None);
    };
    if is_its(step.text.map(str::trim)) {
        return Ok(Some(year));
    }
    let known = number_of(db, &case.committee, &case.category, year)?;
    let joins = match &known {
        Some(known) => step.value == Some(known.as_str()),
        None => case.registered.is_none(),
    };
    Ok(Some(year).filter(|_| joins))
}

/// The samlingsärende's number for those of the year that have none.
pub(super) fn register_others(
    db: &Connection,
    case: &Removal,
    year: i32,
    step: &NewRemovalStep<'_>,
) -> Result<(), Error> {
    db.execute(
        "INSERT INTO removal_step (removal, what, at, value, text, noted, actor)
         SELECT n, 'registered', max(?1, opened), ?2, ?8, ?3, ?4 FROM removal
         WHERE collected = ?5 AND committee = ?6 AND category = ?9 AND registered IS NULL AND n <> ?7",
        params![
            value::time(step.at),
            step.value,
            value::time(step.noted),
            step.actor,
            year,
            case.committee,
            number(case.number)?,
            TEXT,
            case.category,
        ],
    )?;
    db.execute(
        "UPDATE removal SET registered = ?1 WHERE collected = ?2 AND committee = ?3 AND category = ?4 AND registered IS NULL",
        params![step.value, year, case.committee, case.category],
    )?;
    Ok(())
}

impl Catalog {
    /// Changes a case's category; `collects` says whether the new one goes to a samlingsärende. The number of the
    /// samlingsärende it leaves is not its own, and is taken off; a number of its own stays.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn change_removal_category(
        &mut self,
        case: &Removal,
        step: &NewRemovalStep<'_>,
        collects: bool,
    ) -> Result<(), Error> {
        let change = self.db.transaction()?;
        let n = number(case.number)?;
        let category = step.value.unwrap_or(&case.category);
        if category == case.category {
            insert(&change, case, step)?;
            change.commit()?;
            return Ok(());
        }
        let newest: Option<Option<String>> = change
            .query_row(
                "SELECT text FROM removal_step WHERE removal = ?1 AND what = ?2 ORDER BY n DESC LIMIT 1",
                params![n, RemovalWhat::Registered.as_str()],
                |row| row.get(0),
            )
            .optional()?;
        let was_collective = is_its(newest.flatten().as_deref());
        let own = case.registered.clone().filter(|_| !was_collective);
        insert(&change, case, step)?;
        let year = collects.then(|| local_date(case.opened).year());
        let joined = match year.filter(|_| own.is_none() && case.routed.is_empty()) {
            Some(year) => number_of(&change, &case.committee, category, year)?,
            None => None,
        };
        if let Some(diarienummer) = &joined {
            join(&change, n, diarienummer, step.noted, step.actor)?;
        }
        change.execute(
            "UPDATE removal SET category = ?2, collected = ?3, registered = ?4 WHERE n = ?1",
            params![n, category, year, own.or(joined)],
        )?;
        change.commit()?;
        Ok(())
    }
}
