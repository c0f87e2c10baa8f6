//! Classification by hand: a person says what a record is, and why. All of what is asked at once, or nothing.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use rusqlite::params;
use serde_json::json;

use super::days::{Rows, read_time};
use super::{RecordRow, Standing, value};
use crate::calendar::local_date;
use crate::catalog::{Catalog, Error, NewEvent, event};
use crate::record::RecordId;
use crate::retention::RowId;

/// What a person says of one record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandDecision {
    pub record: RecordId,
    pub row: RowId,
    /// What answers it is the same, also what comes later.
    pub thread: bool,
    pub reason: String,
}

/// Why a decision cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HandFault {
    #[error("record {0} is not in the catalog")]
    NoRecord(RecordId),
    #[error("record {0} was destroyed, and is what it was")]
    Destroyed(RecordId),
    #[error("{committee}, whose record {record} is, has no plan")]
    NoPlan { record: RecordId, committee: String },
    #[error("row {row} is not in the plan of {committee}: it has {}", rows.join(", "))]
    NoRow {
        row: RowId,
        committee: String,
        rows: Vec<String>,
    },
}

/// What decisions by hand came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HandReport {
    pub records: u64,
    /// Records that follow them in their threads, and have another decision now.
    pub following: u64,
}

impl Catalog {
    /// Decides by hand, all or nothing; gives each fault with the index of its decision. `dry_run` writes nothing.
    ///
    /// # Errors
    /// [`Error::Plan`], and those of SQLite.
    pub fn classify_by_hand(
        &mut self,
        decisions: &[HandDecision],
        dry_run: bool,
        actor: &str,
        at: DateTime<Utc>,
    ) -> Result<Result<HandReport, Vec<(usize, HandFault)>>, Error> {
        let mut plans = HashMap::new();
        let mut meant = Vec::with_capacity(decisions.len());
        let mut faults = Vec::new();
        for (at_index, decision) in decisions.iter().enumerate() {
            match self.meant(decision, &mut plans, at)? {
                Ok((record, plan_row)) => meant.push((decision, record, plan_row)),
                Err(fault) => faults.push((at_index, fault)),
            }
        }
        if !faults.is_empty() {
            return Ok(Err(faults));
        }
        let change = self.db.unchecked_transaction()?;
        let mut rows = Rows::default();
        let mut threads = BTreeSet::new();
        for (decision, record, plan_row) in &meant {
            let before = self.above(record.n)?.and_then(|above| above.standing);
            let fates = rows.get(self, *plan_row)?;
            let (due, medium) = self.days(
                fates,
                record.n,
                read_time(record.published.as_deref())?,
                self.channel_ended(&record.account)?,
            )?;
            self.db
                .prepare_cached(
                    "INSERT OR REPLACE INTO classification
                     (record, plan_row, rule, follows, thread, reason, actor, at, due, medium_due)
                     VALUES (?1, ?2, NULL, NULL, ?3, ?4, ?5, ?6, ?7, ?8)",
                )?
                .execute(params![
                    record.n,
                    plan_row,
                    decision.thread,
                    decision.reason,
                    actor,
                    value::time(at),
                    due.map(|day| day.to_string()),
                    medium.map(|day| day.to_string()),
                ])?;
            if decision.thread || before.is_some_and(|b| b.leads()) {
                threads.insert(record.account.clone());
            }
            let after = json!({ "row": decision.row, "plan": fates.plan, "thread": decision.thread,
                "reason": decision.reason });
            self.note_decision(decision.record, before, &mut rows, Some(&after), actor, at)?;
        }
        let mut report = HandReport {
            records: meant.len() as u64,
            following: 0,
        };
        for account in &threads {
            report.following += self.settle_threads(account, actor, at)?;
        }
        if !dry_run {
            change.commit()?;
        }
        Ok(Ok(report))
    }

    /// Takes a record's decision away: it is kept until it is classified again.
    ///
    /// # Errors
    /// When it is not in the catalog; those of SQLite. Gives `None` when it has no decision, and the record whose thread
    /// it follows when it has none of its own.
    pub fn remove_classification(
        &mut self,
        record: RecordId,
        reason: &str,
        actor: &str,
        at: DateTime<Utc>,
    ) -> Result<Option<Result<HandReport, RecordId>>, Error> {
        let row = self.record_row(record)?;
        let Some(before) = self.above(row.n)?.and_then(|above| above.standing) else {
            return Ok(None);
        };
        if let Some(head) = before.follows {
            return Ok(Some(Err(self.id_of(head)?)));
        }
        let change = self.db.unchecked_transaction()?;
        self.db
            .prepare_cached("DELETE FROM classification WHERE record = ?1")?
            .execute([row.n])?;
        let mut report = HandReport {
            records: 1,
            following: 0,
        };
        if before.leads() {
            report.following = self.settle_threads(&row.account, actor, at)?;
        }
        let after = json!({ "row": null, "reason": reason });
        self.note_decision(
            record,
            Some(before),
            &mut Rows::default(),
            Some(&after),
            actor,
            at,
        )?;
        change.commit()?;
        Ok(Some(Ok(report)))
    }

    fn meant(
        &self,
        decision: &HandDecision,
        plans: &mut HashMap<String, Option<BTreeMap<RowId, i64>>>,
        at: DateTime<Utc>,
    ) -> Result<Result<(RecordRow, i64), HandFault>, Error> {
        let record = match self.record_row(decision.record) {
            Ok(record) => record,
            Err(Error::NoRecord(id)) => return Ok(Err(HandFault::NoRecord(id))),
            Err(error) => return Err(error),
        };
        if self.is_destroyed(record.n)? {
            return Ok(Err(HandFault::Destroyed(decision.record)));
        }
        if !plans.contains_key(&record.committee) {
            let rows = match self.plan_on(&record.committee, local_date(at))? {
                Some(in_force) => Some(self.plan_rows(in_force.number)?),
                None => None,
            };
            plans.insert(record.committee.clone(), rows);
        }
        let Some(rows) = plans.get(&record.committee).and_then(Option::as_ref) else {
            return Ok(Err(HandFault::NoPlan {
                record: decision.record,
                committee: record.committee,
            }));
        };
        Ok(match rows.get(&decision.row) {
            Some(plan_row) => Ok((record, *plan_row)),
            None => Err(HandFault::NoRow {
                row: decision.row.clone(),
                committee: record.committee,
                rows: rows.keys().map(ToString::to_string).collect(),
            }),
        })
    }

    pub(in crate::catalog) fn is_destroyed(&self, n: i64) -> Result<bool, Error> {
        let mut asked = self.db.prepare_cached(
            "SELECT 1 FROM record WHERE n = ?1 AND (gallring IS NOT NULL OR latest IS NULL)",
        )?;
        Ok(asked.exists([n])?)
    }

    fn note_decision(
        &self,
        record: RecordId,
        before: Option<Standing>,
        rows: &mut Rows,
        after: Option<&serde_json::Value>,
        actor: &str,
        at: DateTime<Utc>,
    ) -> Result<(), Error> {
        let before = match before {
            Some(before) => {
                let fates = rows.get(self, before.plan_row)?;
                Some(
                    json!({ "row": fates.id, "plan": fates.plan, "by_hand": before.is_by_hand(),
                    "thread": before.thread }),
                )
            }
            None => None,
        };
        let before = before.map(|json| json.to_string());
        event::insert(
            &self.db,
            &NewEvent {
                at,
                actor,
                verb: "record classify",
                object: &record.to_string(),
                before: before.as_deref(),
                after: after.map(ToString::to_string).as_deref(),
            },
        )
    }
}
