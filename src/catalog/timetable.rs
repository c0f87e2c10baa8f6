//! The timetable: since when each schedule holds, and how far each account has come in it.

#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension as _, Row, Transaction, params};
use serde::Serialize;

use super::value::{self, column};
use super::{Catalog, Error, NewEvent, event, migration};
use crate::record::AccountId;

/// A schedule as the daemon keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ScheduleRow {
    pub id: String,
    /// The cron line that its rows were counted by.
    pub cron: String,
    /// When the daemon first saw it so: no tick before is caught up.
    pub since: DateTime<Utc>,
}

/// How far one account has come in one schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimetableRow {
    pub schedule: String,
    pub account: AccountId,
    /// Ticks later than this are due.
    pub counted_from: DateTime<Utc>,
    /// When the last capture for it was finished.
    pub done: Option<DateTime<Utc>>,
    pub open: Option<OpenTick>,
}

/// A tick that was tried in vain, and is tried again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenTick {
    pub tick: DateTime<Utc>,
    pub attempts: u32,
    pub next_try: DateTime<Utc>,
    /// Why the last attempt failed.
    pub problem: String,
}

/// What a capture settles in the timetable, in its own transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settles {
    pub schedule: String,
    /// The tick it was taken for, or the present for one taken by hand.
    pub counted_from: DateTime<Utc>,
    /// True where the row may count from an earlier time than it does, if that has not come yet: the way out after a
    /// clock that ran ahead. A tick that was settled meanwhile stays so.
    pub backwards: bool,
}

/// What became of a schedule when the files were read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScheduleChange {
    Added(String),
    /// Its cron line is another.
    Changed(String),
    Removed(String),
}

/// Who the events of schedules name: the program found the change in a file, and no one told it who made it.
const ACTOR: &str = "arkivd";

impl Catalog {
    /// Takes over the schedules that the files have, given as id and cron line: new and changed ones count from `at`,
    /// and those that are gone go with their rows. Each change is an event.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn keep_schedules(
        &mut self,
        current: &[(&str, &str)],
        at: DateTime<Utc>,
    ) -> Result<Vec<ScheduleChange>, Error> {
        let kept = self.schedules()?;
        let change = self.db.transaction()?;
        let mut changes = Vec::new();
        for &(id, cron) in current {
            let before = kept.iter().find(|row| row.id == id);
            if before.is_some_and(|row| row.cron == cron) {
                continue;
            }
            keep(&change, id, cron, at, before)?;
            changes.push(match before {
                None => ScheduleChange::Added(id.to_owned()),
                Some(_) => ScheduleChange::Changed(id.to_owned()),
            });
        }
        for row in &kept {
            if current.iter().any(|(id, _)| *id == row.id) {
                continue;
            }
            change.execute("DELETE FROM schedule WHERE id = ?1", [&row.id])?;
            told(&change, at, &row.id, Some(row), None)?;
            changes.push(ScheduleChange::Removed(row.id.clone()));
        }
        change.commit()?;
        Ok(changes)
    }

    /// Takes over one schedule, if it is not kept yet.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn keep_schedule(&mut self, id: &str, cron: &str, at: DateTime<Utc>) -> Result<(), Error> {
        if self.schedules()?.iter().any(|row| row.id == id) {
            return Ok(());
        }
        let change = self.db.transaction()?;
        keep(&change, id, cron, at, None)?;
        change.commit()?;
        Ok(())
    }

    /// The schedules as they are kept, by id. Empty in a catalog from before there were any.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn schedules(&self) -> Result<Vec<ScheduleRow>, Error> {
        if !self.has_timetable()? {
            return Ok(Vec::new());
        }
        let mut statement = self
            .db
            .prepare_cached("SELECT id, cron, since FROM schedule ORDER BY id")?;
        let rows = statement.query_map([], |row| {
            let since = row.get::<_, String>("since")?;
            Ok((row.get("id")?, row.get("cron")?, since))
        })?;
        rows.map(|row| {
            let (id, cron, since) = row?;
            let since = column!(schedule.since).parse(&since)?;
            Ok(ScheduleRow { id, cron, since })
        })
        .collect()
    }

    /// All rows, by schedule and account. Empty in a catalog from before there were any.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn timetable(&self) -> Result<Vec<TimetableRow>, Error> {
        if !self.has_timetable()? {
            return Ok(Vec::new());
        }
        let mut statement = self
            .db
            .prepare_cached(&format!("{ROW} ORDER BY schedule, account"))?;
        let rows = statement.query_map([], |row| Ok(read(row)))?;
        rows.map(|row| row?).collect()
    }

    /// The row of one account in one schedule, if it has one.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn timetable_row(
        &self,
        schedule: &str,
        account: &AccountId,
    ) -> Result<Option<TimetableRow>, Error> {
        let row = self
            .db
            .prepare_cached(&format!("{ROW} WHERE schedule = ?1 AND account = ?2"))?
            .query_row([schedule, account.as_str()], |row| Ok(read(row)))
            .optional()?;
        row.transpose()
    }

    /// Enters accounts into schedules, each counted from a time; one that stands there already stays as it is.
    ///
    /// # Errors
    /// When a schedule or an account is not kept, and those of SQLite.
    pub fn enter(&mut self, new: &[(&str, &AccountId, DateTime<Utc>)]) -> Result<(), Error> {
        let change = self.db.transaction()?;
        {
            let mut insert = change.prepare_cached(
                "INSERT INTO timetable (schedule, account, counted_from) VALUES (?1, ?2, ?3)
                 ON CONFLICT (schedule, account) DO NOTHING",
            )?;
            for (schedule, account, from) in new {
                insert.execute(params![schedule, account.as_str(), value::time(*from)])?;
            }
        }
        change.commit()?;
        Ok(())
    }

    /// Notes that a tick was tried in vain, unless it has been settled meanwhile.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn put_off(
        &mut self,
        schedule: &str,
        account: &AccountId,
        open: &OpenTick,
    ) -> Result<(), Error> {
        self.db
            .prepare_cached(
                "UPDATE timetable SET tick = ?3, attempts = ?4, next_try = ?5, problem = ?6
                 WHERE schedule = ?1 AND account = ?2 AND counted_from < ?3",
            )?
            .execute(params![
                schedule,
                account.as_str(),
                value::time(open.tick),
                open.attempts,
                value::time(open.next_try),
                open.problem,
            ])?;
        Ok(())
    }

    fn has_timetable(&self) -> Result<bool, Error> {
        Ok(migration::format_of(&self.db)? >= 2)
    }
}

const ROW: &str = "SELECT schedule, account, counted_from, done, tick, attempts, next_try, problem FROM timetable";

/// Writes a new or changed schedule, from which its rows count anew.
fn keep(
    db: &Transaction<'_>,
    id: &str,
    cron: &str,
    at: DateTime<Utc>,
    before: Option<&ScheduleRow>,
) -> Result<(), Error> {
    let after = ScheduleRow {
        id: id.to_owned(),
        cron: cron.to_owned(),
        since: at,
    };
    db.execute(
        "INSERT INTO schedule (id, cron, since) VALUES (?1, ?2, ?3)
         ON CONFLICT (id) DO UPDATE SET cron = excluded.cron, since = excluded.since",
        params![id, cron, value::time(at)],
    )?;
    db.execute(
        "UPDATE timetable SET counted_from = ?2, tick = NULL, attempts = 0, next_try = NULL, problem = NULL
         WHERE schedule = ?1",
        params![id, value::time(at)],
    )?;
    told(db, at, id, before, Some(&after))
}

/// Counts the capture in the timetable. A schedule that went while it was taken has nothing to count.
pub(super) fn settle(
    db: &Transaction<'_>,
    settles: &Settles,
    account: &AccountId,
    finished: DateTime<Utc>,
) -> Result<(), Error> {
    db.prepare_cached(
        "INSERT INTO timetable (schedule, account, counted_from, done)
         SELECT ?1, ?2, ?3, ?4 WHERE EXISTS (SELECT 1 FROM schedule WHERE id = ?1)
         ON CONFLICT (schedule, account) DO UPDATE SET
           counted_from = CASE WHEN ?5 AND counted_from > ?4 THEN excluded.counted_from
                               ELSE max(counted_from, excluded.counted_from) END,
           done = excluded.done, tick = NULL, attempts = 0, next_try = NULL, problem = NULL",
    )?
    .execute(params![
        settles.schedule,
        account.as_str(),
        value::time(settles.counted_from),
        value::time(finished),
        settles.backwards,
    ])?;
    Ok(())
}

fn told(
    db: &Transaction<'_>,
    at: DateTime<Utc>,
    id: &str,
    before: Option<&ScheduleRow>,
    after: Option<&ScheduleRow>,
) -> Result<(), Error> {
    let json = |row: Option<&ScheduleRow>| row.map(|r| value::json("schedule", r)).transpose();
    let verb = match (before, after) {
        (None, _) => "schedule add",
        (_, Some(_)) => "schedule change",
        (_, None) => "schedule remove",
    };
    let (before, after) = (json(before)?, json(after)?);
    let event = NewEvent {
        at,
        actor: ACTOR,
        verb,
        object: id,
        before: before.as_deref(),
        after: after.as_deref(),
    };
    event::insert(db, &event)
}

fn read(row: &Row<'_>) -> Result<TimetableRow, Error> {
    let optional = |name: &str| row.get::<_, Option<String>>(name);
    let open = match (optional("tick")?, optional("next_try")?) {
        (Some(tick), Some(next_try)) => Some(OpenTick {
            tick: column!(timetable.tick).parse(&tick)?,
            attempts: row.get("attempts")?,
            next_try: column!(timetable.next_try).parse(&next_try)?,
            problem: optional("problem")?.unwrap_or_default(),
        }),
        _ => None,
    };
    let done = optional("done")?.map(|d| column!(timetable.done).parse(&d));
    Ok(TimetableRow {
        schedule: row.get("schedule")?,
        account: column!(timetable.account).parse(&row.get::<_, String>("account")?)?,
        counted_from: column!(timetable.counted_from)
            .parse(&row.get::<_, String>("counted_from")?)?,
        done: done.transpose()?,
        open,
    })
}
