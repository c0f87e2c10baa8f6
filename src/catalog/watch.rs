//! Watch: how each account is watched between snapshots, and what of it may have gone.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension as _, params};

use super::finding::{self, Finding};
use super::record::NOT_SEEN;
use super::value::{self, column};
use super::{Catalog, Error, Known, NewEvent, Settles, event, timetable};
use crate::calendar::local_date;
use crate::record::{AccountId, CaptureId, Kind, NativeId, RecordId, Visibility};

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
}

/// How a look ended.
#[derive(Debug, Clone)]
pub struct NewWatch<'a> {
    pub at: DateTime<Utc>,
    /// True when every list was read as far as asked.
    pub whole: bool,
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

/// A record that a look missed, with what the platform is asked by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missed {
    pub record: RecordId,
    pub native_id: NativeId,
    pub kind: Kind,
    pub permalink: Option<String>,
    pub parent: Option<NativeId>,
    pub visibility: Visibility,
}

const MISSED: &str = "SELECT r.id, a.native_id, r.kind, r.permalink, r.parent_native, v.visibility FROM record r
     JOIN version v ON v.n = r.latest JOIN record_alias a ON a.record = r.n AND a.account = ?1 AND a.door = ?2";

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
                "SELECT tried, done, next_look, memory, problem FROM watch WHERE account = ?1",
            )?
            .query_row([account.as_str()], |row| {
                Ok((
                    row.get::<_, String>(0)?,
                    row.get::<_, Option<String>>(1)?,
                    row.get::<_, Option<String>>(2)?,
                    row.get::<_, String>(3)?,
                    row.get::<_, Option<String>>(4)?,
                ))
            })
            .optional()?;
        let Some((tried, done, next_look, memory, problem)) = row else {
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
        }))
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

    /// What is known of one item, as [`Catalog::known`] tells it of all.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn known_one(
        &self,
        account: &AccountId,
        door: &str,
        native: &NativeId,
    ) -> Result<Option<Known>, Error> {
        self.known_by(account, door, Some(native))
            .map(|mut known| known.remove(native))
    }

    /// True when the newest version through that door was last changed at that time, and lacks no media.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn is_current(
        &self,
        account: &AccountId,
        door: &str,
        native: &NativeId,
        edited: Option<DateTime<Utc>>,
    ) -> Result<bool, Error> {
        let held: Option<Option<String>> = self
            .db
            .prepare_cached(&format!(
                "SELECT v.edited FROM record_alias a JOIN record r ON r.n = a.record JOIN version v ON v.n = r.latest
                 WHERE a.account = ?1 AND a.door = ?2 AND a.native_id = ?3 AND (v.door IS NULL OR v.door = ?2)
                 AND v.media_missing = 0 AND NOT {NOT_SEEN}
                 AND NOT EXISTS (SELECT 1 FROM vanishing g WHERE g.record = r.n AND g.ended IS NULL)"
            ))?
            .query_row(params![account.as_str(), door, native.0], |row| row.get(0))
            .optional()?;
        Ok(held == Some(edited.map(value::time)))
    }

    /// Records of the account through that door that were published then or later, of one kind.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn published_since(
        &self,
        account: &AccountId,
        door: &str,
        kind: Kind,
        since: Option<DateTime<Utc>>,
    ) -> Result<Vec<Missed>, Error> {
        let since = since.map_or_else(String::new, value::time);
        // Those that are known to have gone are asked about no more.
        let sql = format!(
            "{MISSED} WHERE r.account = ?1 AND r.published >= ?3 AND r.kind = ?4
             AND NOT EXISTS (SELECT 1 FROM vanishing g WHERE g.record = r.n AND g.ended IS NULL)"
        );
        let mut statement = self.db.prepare_cached(&sql)?;
        let rows = statement.query(params![account.as_str(), door, since, kind.as_str()])?;
        read_missed(rows)
    }

    /// Records that a complete reading missed since they were last seen, and of which the platform has not said that
    /// they are gone: those never asked about first, then those asked longest ago, before `asked_before`; what gave no
    /// sign either way, before `seldom`.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn unsettled(
        &self,
        account: &AccountId,
        door: &str,
        asked_before: DateTime<Utc>,
        seldom: DateTime<Utc>,
        limit: u32,
    ) -> Result<Vec<Missed>, Error> {
        let sql = format!(
            "{MISSED} LEFT JOIN not_settled s ON s.record = r.n
             WHERE r.n IN (SELECT record FROM absence) AND +r.account = ?1 AND {missed}
             AND NOT EXISTS (SELECT 1 FROM vanishing g WHERE g.record = r.n AND g.ended IS NULL)
             AND (s.asked IS NULL OR s.asked < CASE WHEN s.why IN ('no-sign', 'there') THEN ?5 ELSE ?3 END) ORDER BY s.asked, r.n LIMIT ?4",
            missed = NOT_SEEN
        );
        let mut statement = self.db.prepare_cached(&sql)?;
        let (asked, seldom) = (value::time(asked_before), value::time(seldom));
        let rows = statement.query(params![account.as_str(), door, asked, limit, seldom])?;
        read_missed(rows)
    }

    /// Those of the records that the platform has not said are gone.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn not_vanished(
        &self,
        account: &AccountId,
        door: &str,
        records: &[RecordId],
    ) -> Result<Vec<Missed>, Error> {
        let sql = format!(
            "{MISSED} WHERE r.id = ?3
             AND NOT EXISTS (SELECT 1 FROM vanishing g WHERE g.record = r.n AND g.ended IS NULL)"
        );
        let mut statement = self.db.prepare_cached(&sql)?;
        let mut missed = Vec::new();
        for record in records {
            let rows = statement.query(params![account.as_str(), door, record.0.as_bytes()])?;
            missed.extend(read_missed(rows)?);
        }
        Ok(missed)
    }

    /// True when the newest reading that could have shown the record did not, or the platform said that it is gone.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn is_missed(&self, record: RecordId) -> Result<bool, Error> {
        Ok(self
            .db
            .prepare_cached(&format!(
                "SELECT 1 FROM record r WHERE r.id = ?1 AND ({NOT_SEEN}
                 OR EXISTS (SELECT 1 FROM vanishing g WHERE g.record = r.n AND g.ended IS NULL))"
            ))?
            .exists([record.0.as_bytes()])?)
    }

    /// When the record was last asked about without a sure answer.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn last_asked(&self, record: RecordId) -> Result<Option<DateTime<Utc>>, Error> {
        Ok(self.not_settled(record)?.map(|u| u.asked))
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

    /// The newest watch capture of the account, for a reader.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn last_watch_capture(&self, account: &AccountId) -> Result<Option<CaptureId>, Error> {
        Ok(self
            .last_capture(account, "reason = 'watch'")?
            .map(|c| c.id))
    }
}

fn read_missed(mut rows: rusqlite::Rows<'_>) -> Result<Vec<Missed>, Error> {
    let mut missed = Vec::new();
    while let Some(row) = rows.next()? {
        let text = |name: &str| row.get::<_, String>(name);
        missed.push(Missed {
            record: RecordId(value::uuid(row, "id")?),
            native_id: NativeId(text("native_id")?),
            kind: column!(record.kind).named(&text("kind")?, &Kind::ALL, Kind::as_str)?,
            permalink: row.get("permalink")?,
            parent: row.get::<_, Option<String>>("parent_native")?.map(NativeId),
            visibility: column!(version.visibility).named(
                &text("visibility")?,
                &Visibility::ALL,
                Visibility::as_str,
            )?,
        });
    }
    Ok(missed)
}

/// The next look is due then, unless it is due before.
fn look_at(db: &Connection, account: &AccountId, at: DateTime<Utc>) -> Result<(), Error> {
    db.execute(
        "INSERT INTO watch (account, tried, next_look, memory) VALUES (?1, ?2, ?2, '{}')
         ON CONFLICT (account) DO UPDATE SET next_look = min(coalesce(next_look, excluded.next_look), excluded.next_look)",
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
        "INSERT INTO watch (account, tried, done, next_look, memory, problem)
         VALUES (?1, ?2, ?3, ?4, coalesce(?5, '{}'), ?6)
         ON CONFLICT (account) DO UPDATE SET tried = excluded.tried, done = coalesce(excluded.done, done),
           next_look = excluded.next_look, memory = coalesce(?5, memory), problem = excluded.problem",
    )?
    .execute(params![
        account.as_str(),
        at,
        watch.whole.then_some(&at),
        watch.next_look.map(value::time),
        memory.transpose()?,
        watch.problem,
    ])?;
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
