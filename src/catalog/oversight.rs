//! Oversight: on which days a person looked after an account, what arkivd itself watched, and when it must be tighter.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use rusqlite::params;

use super::value::{self, column};
use super::{Catalog, Error, NewEvent, event};
use crate::record::AccountId;

/// Reasons of a tighter watch that begin so are about unlawful content (VAR-6).
const UNLAWFUL: &str = "unlawful";

/// A look that a person notes.
#[derive(Debug, Clone, Copy)]
pub struct NewOversight<'a> {
    pub account: &'a AccountId,
    /// The Swedish day it was looked after.
    pub day: NaiveDate,
    pub at: DateTime<Utc>,
    pub actor: &'a str,
    pub note: Option<&'a str>,
}

/// What is kept of one account's oversight.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OversightRows {
    /// Days that a person noted.
    pub days: BTreeSet<NaiveDate>,
    /// Who noted last.
    pub last_actor: Option<String>,
    /// Times after unlawful content, in which every day is demanded.
    pub unlawful: Vec<(DateTime<Utc>, DateTime<Utc>)>,
    /// Looks of arkivd's own, and how many of them failed.
    pub looks: u64,
    pub failed: u64,
}

impl Catalog {
    /// Notes that a person looked after an account, with its event, in one transaction.
    ///
    /// # Errors
    /// When the account is not registered, and those of SQLite.
    pub fn note_oversight(&mut self, new: &NewOversight<'_>) -> Result<(), Error> {
        if self.account(new.account)?.is_none() {
            return Err(Error::NoAccount(new.account.clone()));
        }
        let change = self.db.transaction()?;
        let day = new.day.to_string();
        change.execute(
            "INSERT INTO oversight (account, day, at, actor, note) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![
                new.account.as_str(),
                day,
                value::time(new.at),
                new.actor,
                new.note
            ],
        )?;
        let after = serde_json::json!({ "day": day, "note": new.note });
        let event = NewEvent {
            at: new.at,
            actor: new.actor,
            verb: "account oversee",
            object: new.account.as_str(),
            before: None,
            after: Some(&after.to_string()),
        };
        event::insert(&change, &event)?;
        change.commit()?;
        Ok(())
    }

    /// What is kept of the account's oversight from one Swedish day to another, both counted.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn oversight(
        &self,
        account: &AccountId,
        from: NaiveDate,
        to: NaiveDate,
    ) -> Result<OversightRows, Error> {
        if !self.has_changes()? {
            return Ok(OversightRows::default());
        }
        let (from, to) = (from.to_string(), to.to_string());
        let between = [account.as_str(), &from, &to];
        let mut rows = OversightRows::default();
        let mut noted = self.db.prepare_cached(
            "SELECT day, actor FROM oversight WHERE account = ?1 AND day BETWEEN ?2 AND ?3 ORDER BY day, n",
        )?;
        let mut found = noted.query(between)?;
        while let Some(row) = found.next()? {
            let day = row.get::<_, String>(0)?;
            rows.days.insert(column!(oversight.day).parse(&day)?);
            rows.last_actor = row.get(1)?;
        }
        let mut boosts = self.db.prepare_cached(
            "SELECT begins, ends FROM boost WHERE account = ?1 AND reason LIKE ?2 || '%' ORDER BY begins",
        )?;
        let mut found = boosts.query([account.as_str(), UNLAWFUL])?;
        while let Some(row) = found.next()? {
            rows.unlawful.push((
                column!(boost.begins).parse(&row.get::<_, String>(0)?)?,
                column!(boost.ends).parse(&row.get::<_, String>(1)?)?,
            ));
        }
        let (looks, failed) = self
            .db
            .prepare_cached(
                "SELECT coalesce(sum(looks), 0), coalesce(sum(failed), 0) FROM watch_day
                 WHERE account = ?1 AND day BETWEEN ?2 AND ?3",
            )?
            .query_row(between, |row| Ok((row.get(0)?, row.get(1)?)))?;
        rows.looks = column!(watch_day.looks).count(looks)?;
        rows.failed = column!(watch_day.failed).count(failed)?;
        Ok(rows)
    }
}
