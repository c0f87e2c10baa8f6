//! Watch: how each account is watched between snapshots.

mod missed;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension as _, params};

pub use missed::Missed;

use super::finding::{self, Finding};
use super::value::{self, column};
use super::{Catalog, Error, NewEvent, Settles, event, timetable};
use crate::calendar::local_date;
use crate::record::{AccountId, Covered};

/// How far the watching of an account has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatchRow {
    /// The newest look, however it ended.
    pub tried: DateTime<Utc>,
    /// The newest look that was whole.
    pub done: Option<DateTime<Utc>>,
    /// By its own pace; `None` by its schedules alone.
    pub next_look: Option<DateTime<Utc>>,
    /// The platform room's own.
    pub memory: BTreeMap<String, String>,
    /// Why the newest look failed.
    pub problem: Option<String>,
    /// Since when all looks have failed.
    pub failing: Option<DateTime<Utc>>,
}

/// When a list was last read so that what it lacked would have been missed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WatchList {
    pub what: Covered,
    pub done: DateTime<Utc>,
    /// It showed what was published then or later; `None`: all.
    pub since: Option<DateTime<Utc>>,
}

/// The lists that a look reads.
const LISTS: [Covered; 5] = [
    Covered::Posts,
    Covered::Pages,
    Covered::Comments,
    Covered::HeldComments,
    Covered::FeedEntries,
];

/// What a look saw of one list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewList {
    pub what: Covered,
    pub covers: Covers,
}

/// What a list showed beyond doubt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Covers {
    /// All that was published then or later; `None`: all.
    Since(Option<DateTime<Utc>>),
    /// The same as the look before.
    AsBefore,
    Nothing,
}

/// How a look ended.
#[derive(Debug, Clone)]
pub struct NewWatch<'a> {
    pub at: DateTime<Utc>,
    /// True when every list was read as far as asked.
    pub whole: bool,
    /// When its lists were read.
    pub read: DateTime<Utc>,
    pub lists: &'a [NewList],
    pub next_look: Option<DateTime<Utc>>,
    /// `None` keeps what was remembered.
    pub memory: Option<&'a BTreeMap<String, String>>,
    pub problem: Option<&'a str>,
}

/// A time in which an account is watched tighter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Boost {
    pub account: AccountId,
    /// At least this often.
    pub seconds: u64,
    pub begins: DateTime<Utc>,
    pub ends: DateTime<Utc>,
    pub reason: String,
    pub actor: String,
}

impl Catalog {
    /// How the account is watched; `None` when it never was.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn watch(&self, account: &AccountId) -> Result<Option<WatchRow>, Error> {
        if !self.has_changes()? {
            return Ok(None);
        }
        let row = self
            .db
            .prepare_cached(
                "SELECT tried, done, next_look, memory, problem, failing FROM watch WHERE account = ?1",
            )?
            .query_row([account.as_str()], |row| {
                Ok((
                    row.get::<_, String>(0)?,
                    row.get::<_, Option<String>>(1)?,
                    row.get::<_, Option<String>>(2)?,
                    row.get::<_, String>(3)?,
                    row.get::<_, Option<String>>(4)?,
                    row.get::<_, Option<String>>(5)?,
                ))
            })
            .optional()?;
        let Some((tried, done, next_look, memory, problem, failing)) = row else {
            return Ok(None);
        };
        let done = done.map(|t| column!(watch.done).parse(&t)).transpose()?;
        let next = next_look.map(|t| column!(watch.next_look).parse(&t));
        Ok(Some(WatchRow {
            tried: column!(watch.tried).parse(&tried)?,
            done,
            next_look: next.transpose()?,
            memory: column!(watch.memory).json(&memory)?,
            problem,
            failing: failing
                .map(|t| column!(watch.failing).parse(&t))
                .transpose()?,
        }))
    }

    /// When each list of the account was last read by a look, and how far back.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn watch_lists(&self, account: &AccountId) -> Result<Vec<WatchList>, Error> {
        let mut statement = self
            .db
            .prepare_cached("SELECT what, done, since FROM watch_list WHERE account = ?1")?;
        let mut rows = statement.query([account.as_str()])?;
        let mut lists = Vec::new();
        while let Some(row) = rows.next()? {
            let (what, done): (String, String) = (row.get(0)?, row.get(1)?);
            let since: Option<String> = row.get(2)?;
            let since = since.map(|t| column!(watch_list.since).parse(&t));
            lists.push(WatchList {
                what: column!(watch_list.what).named(&what, &LISTS, Covered::as_str)?,
                done: column!(watch_list.done).parse(&done)?,
                since: since.transpose()?,
            });
        }
        Ok(lists)
    }

    /// Accounts that have a next look by their own pace, and when.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn next_looks(&self) -> Result<Vec<(AccountId, DateTime<Utc>)>, Error> {
        let mut statement = self.db.prepare_cached(
            "SELECT account, next_look FROM watch WHERE next_look IS NOT NULL ORDER BY account",
        )?;
        let rows = statement.query_map([], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))
        })?;
        rows.map(|row| {
            let (account, at) = row?;
            Ok((
                column!(watch.account).parse(&account)?,
                column!(watch.next_look).parse(&at)?,
            ))
        })
        .collect()
    }

    /// Writes how a look ended that found nothing to keep, and what the platform said of records that were missed before.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn note_watch(
        &mut self,
        account: &AccountId,
        watch: &NewWatch<'_>,
        findings: &[Finding],
        settles: Option<&Settles>,
        actor: &str,
    ) -> Result<(), Error> {
        let change = self.db.transaction()?;
        write(&change, account, watch)?;
        finding::write_all(&change, account, actor, findings)?;
        if let Some(settles) = settles {
            timetable::settle(&change, settles, account, watch.at)?;
        }
        change.commit()?;
        Ok(())
    }

    /// Watches accounts tighter for a time: their next look is due at once.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn add_boost(&mut self, boost: &Boost) -> Result<(), Error> {
        let change = self.db.transaction()?;
        change.execute(
            "INSERT INTO boost (account, seconds, begins, ends, reason, actor) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![
                boost.account.as_str(),
                boost.seconds,
                value::time(boost.begins),
                value::time(boost.ends),
                boost.reason,
                boost.actor
            ],
        )?;
        look_at(&change, &boost.account, boost.begins)?;
        let after = serde_json::json!({ "every_seconds": boost.seconds, "until": value::time(boost.ends),
            "reason": boost.reason });
        let event = NewEvent {
            at: boost.begins,
            actor: &boost.actor,
            verb: "schedule boost",
            object: boost.account.as_str(),
            before: None,
            after: Some(&after.to_string()),
        };
        event::insert(&change, &event)?;
        change.commit()?;
        Ok(())
    }

    /// Ends the account's boosts now; gives how many there were.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn end_boosts(
        &mut self,
        account: &AccountId,
        at: DateTime<Utc>,
        actor: &str,
    ) -> Result<usize, Error> {
        let change = self.db.transaction()?;
        let ended = change.execute(
            "UPDATE boost SET ends = ?2 WHERE account = ?1 AND ends > ?2",
            params![account.as_str(), value::time(at)],
        )?;
        if ended > 0 {
            look_at(&change, account, at)?;
            let event = NewEvent {
                at,
                actor,
                verb: "schedule boost end",
                object: account.as_str(),
                before: None,
                after: None,
            };
            event::insert(&change, &event)?;
        }
        change.commit()?;
        Ok(ended)
    }

    /// The boosts that hold at that time, by account.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn boosts(&self, at: DateTime<Utc>) -> Result<Vec<Boost>, Error> {
        if !self.has_changes()? {
            return Ok(Vec::new());
        }
        let mut statement = self.db.prepare_cached(
            "SELECT account, seconds, begins, ends, reason, actor FROM boost
             WHERE begins <= ?1 AND ends > ?1 ORDER BY account, n",
        )?;
        let mut rows = statement.query([value::time(at)])?;
        let mut boosts = Vec::new();
        while let Some(row) = rows.next()? {
            let text = |name: &str| row.get::<_, String>(name);
            boosts.push(Boost {
                account: column!(boost.account).parse(&text("account")?)?,
                seconds: column!(boost.seconds).count(row.get("seconds")?)?,
                begins: column!(boost.begins).parse(&text("begins")?)?,
                ends: column!(boost.ends).parse(&text("ends")?)?,
                reason: text("reason")?,
                actor: text("actor")?,
            });
        }
        Ok(boosts)
    }

    /// How many records of the account were published at or after each of two times.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn published_counts(
        &self,
        account: &AccountId,
        lately: DateTime<Utc>,
        before: DateTime<Utc>,
    ) -> Result<(u64, u64), Error> {
        let mut statement = self.db.prepare_cached(
            "SELECT count(*) FILTER (WHERE published >= ?2), count(*) FROM record WHERE account = ?1 AND published >= ?3",
        )?;
        let (lately, before): (i64, i64) = statement.query_row(
            params![account.as_str(), value::time(lately), value::time(before)],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        let count = |n| column!(record.published).count(n);
        Ok((count(lately)?, count(before)?))
    }
}

/// The next look is due at that time, which is the present; an older time may be one that nobody heeded.
fn look_at(db: &Connection, account: &AccountId, at: DateTime<Utc>) -> Result<(), Error> {
    db.execute(
        "INSERT INTO watch (account, tried, next_look, memory) VALUES (?1, ?2, ?2, '{}')
         ON CONFLICT (account) DO UPDATE SET next_look = excluded.next_look",
        params![account.as_str(), value::time(at)],
    )?;
    Ok(())
}

/// Writes how a look ended, and counts it in its day.
pub(super) fn write(
    db: &Connection,
    account: &AccountId,
    watch: &NewWatch<'_>,
) -> Result<(), Error> {
    let at = value::time(watch.at);
    let memory = watch.memory.map(|m| value::json("watch.memory", m));
    let failed = watch.problem.is_some();
    db.prepare_cached(
        "INSERT INTO watch (account, tried, done, next_look, memory, problem, failing)
         VALUES (?1, ?2, ?3, ?4, coalesce(?5, '{}'), ?6, CASE WHEN ?6 IS NULL THEN NULL ELSE ?2 END)
         ON CONFLICT (account) DO UPDATE SET tried = excluded.tried, done = coalesce(excluded.done, done),
           next_look = excluded.next_look, memory = coalesce(?5, memory), problem = excluded.problem,
           failing = CASE WHEN ?6 IS NULL THEN NULL ELSE coalesce(failing, ?2) END",
    )?
    .execute(params![
        account.as_str(),
        at,
        watch.whole.then_some(&at),
        watch.next_look.map(value::time),
        memory.transpose()?,
        watch.problem,
    ])?;
    for list in watch.lists {
        write_list(db, account, list, watch.read)?;
    }
    db.prepare_cached(
        "INSERT INTO watch_day (account, day, looks, failed) VALUES (?1, ?2, 1, ?3)
         ON CONFLICT (account, day) DO UPDATE SET looks = looks + 1, failed = failed + excluded.failed",
    )?
    .execute(params![
        account.as_str(),
        local_date(watch.at).to_string(),
        i64::from(failed)
    ])?;
    Ok(())
}

fn write_list(
    db: &Connection,
    account: &AccountId,
    list: &NewList,
    read: DateTime<Utc>,
) -> Result<(), Error> {
    let (account, what, read) = (account.as_str(), list.what.as_str(), value::time(read));
    match list.covers {
        Covers::Since(since) => db
            .prepare_cached("INSERT OR REPLACE INTO watch_list (account, what, done, since) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![account, what, read, since.map(value::time)])?,
        Covers::AsBefore => db
            .prepare_cached("UPDATE watch_list SET done = ?3 WHERE account = ?1 AND what = ?2")?
            .execute(params![account, what, read])?,
        // Nor does an equal answer after it.
        Covers::Nothing => db
            .prepare_cached("DELETE FROM watch_list WHERE account = ?1 AND what = ?2")?
            .execute(params![account, what])?,
    };
    Ok(())
}
