//! Gallringar: proposals, their decisions, and the lists they are made from.

pub(super) mod due;
mod medium;
mod pages;
mod plans;
mod review;

use chrono::{DateTime, NaiveDate, Utc};
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::value::{self, column};
use super::{Catalog, Error, NewEvent, event};
use crate::record::{Digest, GallringId};
use crate::retention::{GallringDecision, GallringState, ListSum, Question, RowId};

pub use due::DueLine;
pub use medium::{LineState, WrittenLine};
pub use plans::{ListPlan, ListRow, plan_in_force};
pub use review::ReviewLine;

/// A gallring as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct GallringRow {
    pub id: GallringId,
    /// The arkivbildare.
    pub committee: String,
    pub question: Question,
    /// What its list came to when it was proposed.
    pub sum: ListSum,
    /// The same by the rows of the plan.
    pub counts: Vec<ListCount>,
    pub proposed: DateTime<Utc>,
    pub proposer: String,
    pub state: GallringState,
    pub decision: Option<GallringDecision>,
    pub approved: Option<DateTime<Utc>>,
    /// Who approved the list's digest.
    pub approver: Option<String>,
    pub executed: Option<DateTime<Utc>>,
    pub executor: Option<String>,
    pub withdrawn: Option<Withdrawn>,
}

/// What one row of a plan makes of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListCount {
    /// Of the plan's file; `None` with the row: by a decision of its own.
    pub plan: Option<Digest>,
    pub row: Option<RowId>,
    pub records: u64,
    pub pages: u64,
}

/// A proposal to be kept.
#[derive(Debug, Clone)]
pub struct NewGallring<'a> {
    pub id: GallringId,
    pub committee: &'a str,
    pub question: &'a Question,
    pub sum: &'a ListSum,
    pub counts: &'a [ListCount],
    pub actor: &'a str,
    pub at: DateTime<Utc>,
}

/// That a gallring was given up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Withdrawn {
    pub at: DateTime<Utc>,
    pub by: String,
    pub reason: String,
}

/// An approval of a proposed list.
#[derive(Debug, Clone)]
pub struct Approval<'a> {
    pub decision: &'a GallringDecision,
    /// Who approves.
    pub by: &'a str,
    /// Who does it at the keyboard.
    pub actor: &'a str,
    pub at: DateTime<Utc>,
    pub today: NaiveDate,
}

const COLUMNS: &str = "id, committee, question, records, pages, digest, counts, proposed, proposer, state, decision, approved, approver,
                       executed, executor, withdrawn, withdrawer, withdrawn_why";

impl Catalog {
    /// Keeps a proposal, with its event, in one transaction.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn add_gallring(&mut self, new: &NewGallring<'_>) -> Result<(), Error> {
        let NewGallring {
            id, question, sum, ..
        } = *new;
        let change = self.db.transaction()?;
        change.execute(
            "INSERT INTO gallring (id, committee, place, question, records, pages, digest, counts, proposed, proposer, state)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            params![
                id.0.as_bytes(),
                new.committee,
                question.place.as_str(),
                value::json("question", question)?,
                sum.records,
                sum.pages,
                sum.digest.0,
                value::json("counts", &new.counts)?,
                value::time(new.at),
                new.actor,
                GallringState::Proposed.as_str(),
            ],
        )?;
        let after = json!({ "committee": new.committee, "place": question.place, "until": question.until,
            "records": sum.records, "pages": sum.pages, "digest": sum.digest });
        let after = after.to_string();
        note(
            &change,
            id,
            "gallring propose",
            new.actor,
            new.at,
            Some(&after),
        )?;
        change.commit()?;
        Ok(())
    }

    /// Approves a proposed list: it is made anew in the same transaction, and must be the one that was proposed. The
    /// list of a gallring from the medium is written down for the editors.
    ///
    /// # Errors
    /// [`Error::ListDiffers`], [`Error::GallringState`], [`Error::NoGallring`], and those of SQLite.
    pub fn approve_gallring(
        &mut self,
        id: GallringId,
        approval: &Approval<'_>,
    ) -> Result<(), Error> {
        let change = self.db.transaction()?;
        let row = gallring(&change, id)?.ok_or(Error::NoGallring(id))?;
        let n = expect_state(&change, id, &[GallringState::Proposed])?;
        let now = due::sum(&change, &row.committee, &row.question, approval.today)?;
        if now != row.sum {
            return Err(Error::ListDiffers {
                id,
                was: Box::new(row.sum),
                now: Box::new(now),
            });
        }
        medium::write_down(&change, n, &row, approval.today)?;
        change.execute(
            "UPDATE gallring SET state = ?2, decision = ?3, approved = ?4, approver = ?5 WHERE n = ?1",
            params![
                n,
                GallringState::Approved.as_str(),
                value::json("decision", approval.decision)?,
                value::time(approval.at),
                approval.by,
            ],
        )?;
        let after =
            json!({ "by": approval.by, "digest": now.digest, "decision": approval.decision });
        let after = after.to_string();
        note(
            &change,
            id,
            "gallring approve",
            approval.actor,
            approval.at,
            Some(&after),
        )?;
        change.commit()?;
        Ok(())
    }

    /// Gives up a gallring of which nothing has gone yet.
    ///
    /// # Errors
    /// [`Error::GallringState`], [`Error::NoGallring`], and those of SQLite.
    pub fn withdraw_gallring(
        &mut self,
        id: GallringId,
        reason: &str,
        actor: &str,
        at: DateTime<Utc>,
    ) -> Result<(), Error> {
        let change = self.db.transaction()?;
        let may = [GallringState::Proposed, GallringState::Approved];
        let n = expect_state(&change, id, &may)?;
        change.execute(
            "UPDATE gallring SET state = ?2, withdrawn = ?3, withdrawer = ?4, withdrawn_why = ?5 WHERE n = ?1",
            params![n, GallringState::Withdrawn.as_str(), value::time(at), actor, reason],
        )?;
        note(&change, id, "gallring withdraw", actor, at, None)?;
        change.commit()?;
        Ok(())
    }

    /// One gallring.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn gallring(&self, id: GallringId) -> Result<Option<GallringRow>, Error> {
        gallring(&self.db, id)
    }

    /// All gallringar, the newest first.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn gallrings(&self) -> Result<Vec<GallringRow>, Error> {
        let sql = format!("SELECT {COLUMNS} FROM gallring ORDER BY n DESC");
        let mut statement = self.db.prepare_cached(&sql)?;
        let mut rows = statement.query([])?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            all.push(read(row)?);
        }
        Ok(all)
    }
}

pub(super) fn gallring(db: &Connection, id: GallringId) -> Result<Option<GallringRow>, Error> {
    let row = db
        .prepare_cached(&format!("SELECT {COLUMNS} FROM gallring WHERE id = ?1"))?
        .query_row([id.0.as_bytes()], |row| Ok(read(row)))
        .optional()?;
    row.transpose()
}

/// The row's number, once it is known to be in one of these states.
pub(super) fn expect_state(
    db: &Connection,
    id: GallringId,
    states: &[GallringState],
) -> Result<i64, Error> {
    let row: Option<(i64, String)> = db
        .prepare_cached("SELECT n, state FROM gallring WHERE id = ?1")?
        .query_row([id.0.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (n, state) = row.ok_or(Error::NoGallring(id))?;
    let state =
        column!(gallring.state).named(&state, &GallringState::ALL, GallringState::as_str)?;
    match states.contains(&state) {
        true => Ok(n),
        false => Err(Error::GallringState { id, state }),
    }
}

fn note(
    db: &Connection,
    id: GallringId,
    verb: &str,
    actor: &str,
    at: DateTime<Utc>,
    after: Option<&str>,
) -> Result<(), Error> {
    event::insert(
        db,
        &NewEvent {
            at,
            actor,
            verb,
            object: &id.to_string(),
            before: None,
            after,
        },
    )
}

fn read(row: &Row<'_>) -> Result<GallringRow, Error> {
    let time = |name: &str| -> Result<Option<DateTime<Utc>>, Error> {
        let text: Option<String> = row.get(name)?;
        text.map(|text| column!(gallring.proposed).parse(&text))
            .transpose()
    };
    let state: String = row.get("state")?;
    let decision: Option<String> = row.get("decision")?;
    let withdrawn = match time("withdrawn")? {
        None => None,
        Some(at) => Some(Withdrawn {
            at,
            by: row
                .get::<_, Option<String>>("withdrawer")?
                .unwrap_or_default(),
            reason: row
                .get::<_, Option<String>>("withdrawn_why")?
                .unwrap_or_default(),
        }),
    };
    Ok(GallringRow {
        id: GallringId(value::uuid(row, "id")?),
        committee: row.get("committee")?,
        question: column!(gallring.question).json(&row.get::<_, String>("question")?)?,
        sum: ListSum {
            records: column!(gallring.records).count(row.get("records")?)?,
            pages: column!(gallring.pages).count(row.get("pages")?)?,
            digest: Digest(row.get("digest")?),
        },
        counts: column!(gallring.counts).json(&row.get::<_, String>("counts")?)?,
        proposed: column!(gallring.proposed).parse(&row.get::<_, String>("proposed")?)?,
        proposer: row.get("proposer")?,
        state: column!(gallring.state).named(&state, &GallringState::ALL, GallringState::as_str)?,
        decision: decision
            .map(|d| column!(gallring.decision).json(&d))
            .transpose()?,
        approved: time("approved")?,
        approver: row.get("approver")?,
        executed: time("executed")?,
        executor: row.get("executor")?,
        withdrawn,
    })
}
