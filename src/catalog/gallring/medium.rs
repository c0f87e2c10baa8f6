//! Gallring from the medium: the list that was approved is the editors' work list. Nothing of the archive goes by it.

use std::ops::ControlFlow;

use chrono::{DateTime, NaiveDate, Utc};
use rusqlite::{Connection, OptionalExtension as _, params};
use serde_json::json;

use super::due::{Asked, for_each_due};
use super::{GallringRow, expect_state, note};
use crate::catalog::record::read_visibility;
use crate::catalog::value::{self, column};
use crate::catalog::{Catalog, Error};
use crate::record::{AccountId, GallringId, Kind, RecordId, Visibility};
use crate::retention::{GallringState, Place, RowId};

/// A line of a list that was written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenLine {
    pub record: RecordId,
    pub account: AccountId,
    pub kind: Kind,
    pub published: Option<DateTime<Utc>>,
    pub address: Option<String>,
    /// `None` where it was destroyed.
    pub visibility: Option<Visibility>,
    /// The plan's file and row that say so; `None`: a decision of its own.
    pub row: Option<(crate::record::Digest, RowId)>,
    pub state: LineState,
}

/// How far it has come with a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LineState {
    ToDo,
    /// Someone says that it is done.
    Done {
        at: DateTime<Utc>,
        by: String,
    },
    /// The platform says so.
    Confirmed {
        at: DateTime<Utc>,
    },
}

/// Keeps the lines of an approved list, so that the work list stays as it was approved while it is worked through.
pub(super) fn write_down(
    db: &Connection,
    gallring: i64,
    row: &GallringRow,
    today: NaiveDate,
) -> Result<(), Error> {
    if row.question.place != Place::Medium {
        return Ok(());
    }
    let asked = Asked {
        committee: &row.committee,
        question: &row.question,
        today,
        drafts: false,
    };
    for_each_due::<Error>(db, &asked, |line, hinders| {
        if hinders.is_empty() {
            db.prepare_cached(
                "INSERT INTO gallring_record (gallring, record, plan_row, due) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![
                gallring,
                line.n,
                line.row.map(|row| row.n),
                line.line.due.map(|day| day.to_string())
            ])?;
        }
        Ok(ControlFlow::Continue(()))
    })
}

impl Catalog {
    /// The list of a gallring as it was written down, by account: the work list of an approved gallring from the medium,
    /// and what an execution went by.
    ///
    /// # Errors
    /// [`Error::NoGallring`], those of SQLite, and what `each` returns.
    pub fn for_each_written_down<E: From<Error>>(
        &self,
        id: GallringId,
        mut each: impl FnMut(WrittenLine) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut statement = self
            .db
            .prepare_cached(
                "SELECT r.id, r.account, r.kind, r.published, r.permalink, v.visibility, p.sha256, w.id AS row, d.at, d.by,
                 (SELECT max(x.confirmed) FROM vanishing x WHERE x.record = r.n AND x.ended IS NULL) AS confirmed
                 FROM gallring g JOIN gallring_record l ON l.gallring = g.n JOIN record r ON r.n = l.record
                 LEFT JOIN version v ON v.n = r.latest LEFT JOIN plan_row w ON w.n = l.plan_row LEFT JOIN plan p ON p.n = w.plan
                 LEFT JOIN gallring_done d ON d.gallring = g.n AND d.record = r.n
                 WHERE g.id = ?1 ORDER BY r.account, r.published, r.n",
            )
            .map_err(Error::from)?;
        let mut rows = statement.query([id.0.as_bytes()]).map_err(Error::from)?;
        while let Some(row) = rows.next().map_err(Error::from)? {
            each(read(row)?)?;
        }
        Ok(())
    }

    /// Notes that lines of a work list were done on the platform; `records` empty: all that are left. Once all are, the
    /// gallring is executed. Gives how many were noted now.
    ///
    /// # Errors
    /// [`Error::NotListed`], [`Error::GallringState`], [`Error::NoGallring`], and those of SQLite.
    pub fn note_done(
        &mut self,
        id: GallringId,
        records: &[RecordId],
        by: &str,
        actor: &str,
        at: DateTime<Utc>,
    ) -> Result<u64, Error> {
        let change = self.db.transaction()?;
        let n = expect_state(&change, id, &[GallringState::Approved])?;
        let now = value::time(at);
        let mut noted = 0;
        if records.is_empty() {
            noted += change.execute(
                "INSERT OR IGNORE INTO gallring_done (gallring, record, at, by, actor)
                 SELECT gallring, record, ?2, ?3, ?4 FROM gallring_record WHERE gallring = ?1",
                params![n, now, by, actor],
            )?;
        }
        for id in records {
            let record: Option<i64> = change
                .prepare_cached(
                    "SELECT l.record FROM gallring_record l JOIN record r ON r.n = l.record
                     WHERE l.gallring = ?1 AND r.id = ?2",
                )?
                .query_row(params![n, id.0.as_bytes()], |row| row.get(0))
                .optional()?;
            let record = record.ok_or(Error::NotListed(*id))?;
            noted += change.execute(
                "INSERT OR IGNORE INTO gallring_done (gallring, record, at, by, actor) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![n, record, now, by, actor],
            )?;
        }
        let left: bool = change.query_row(
            "SELECT EXISTS (SELECT 1 FROM gallring_record l WHERE l.gallring = ?1
             AND NOT EXISTS (SELECT 1 FROM gallring_done d WHERE d.gallring = l.gallring AND d.record = l.record))",
            [n],
            |row| row.get(0),
        )?;
        if !left {
            change.execute(
                "UPDATE gallring SET state = ?2, executed = ?3, executor = ?4 WHERE n = ?1",
                params![n, GallringState::Executed.as_str(), now, by],
            )?;
        }
        let after = json!({ "by": by, "noted": noted, "all": !left }).to_string();
        note(&change, id, "gallring done", actor, at, Some(&after))?;
        change.commit()?;
        Ok(noted as u64)
    }
}

fn read(row: &rusqlite::Row<'_>) -> Result<WrittenLine, Error> {
    let time = |name: &str| -> Result<Option<DateTime<Utc>>, Error> {
        let text: Option<String> = row.get(name)?;
        text.map(|text| column!(gallring_done.at).parse(&text))
            .transpose()
    };
    let kind: String = row.get("kind")?;
    let plan: Option<[u8; 32]> = row.get("sha256")?;
    let id: Option<String> = row.get("row")?;
    let id: Option<RowId> = id.map(|id| column!(plan_row.id).parse(&id)).transpose()?;
    let by: Option<String> = row.get("by")?;
    let state = match (time("confirmed")?, time("at")?, by) {
        (Some(at), ..) => LineState::Confirmed { at },
        (None, Some(at), Some(by)) => LineState::Done { at, by },
        _ => LineState::ToDo,
    };
    Ok(WrittenLine {
        record: RecordId(value::uuid(row, "id")?),
        account: column!(record.account).parse(&row.get::<_, String>("account")?)?,
        kind: column!(record.kind).named(&kind, &Kind::ALL, Kind::as_str)?,
        published: time("published")?,
        address: row.get("permalink")?,
        visibility: row
            .get::<_, Option<String>>("visibility")?
            .map(|seen| read_visibility(&seen))
            .transpose()?,
        row: plan.map(crate::record::Digest).zip(id),
        state,
    })
}
