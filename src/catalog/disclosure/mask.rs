//! What is masked in the records of a request, by which provision.

use chrono::{DateTime, Utc};
use rusqlite::params;
use serde_json::json;

use super::review::decide;
use super::{DisclosureDecision, DisclosureReview, DisclosureRow};
use crate::catalog::value::{self, column};
use crate::catalog::{Catalog, Error};
use crate::record::RecordId;

/// A mask as it is kept. The newest versions of its record and all before are masked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisclosureMask {
    pub number: i64,
    pub record: RecordId,
    /// `words`, `author`, `pattern`, `region`, `medium`
    pub what: String,
    /// JSON: what it means.
    pub value: String,
    /// `21 kap. 7 § OSL`
    pub provision: String,
    pub reason: Option<String>,
    pub at: DateTime<Utc>,
    pub actor: String,
}

/// A mask to be laid.
#[derive(Debug, Clone, Copy)]
pub struct NewDisclosureMask<'a> {
    pub record: RecordId,
    pub what: &'a str,
    pub value: &'a str,
    pub provision: &'a str,
    pub reason: Option<&'a str>,
}

impl Catalog {
    /// Lays masks, all or none; each record of them is then decided to be masked. Gives their numbers.
    ///
    /// # Errors
    /// [`Error::NotInDisclosure`], and those of SQLite.
    pub fn mask_disclosure(
        &mut self,
        row: &DisclosureRow,
        masks: &[NewDisclosureMask<'_>],
        actor: &str,
        at: DateTime<Utc>,
    ) -> Result<Vec<i64>, Error> {
        let change = self.db.transaction()?;
        let mut numbers = Vec::new();
        for mask in masks {
            let review = DisclosureReview {
                decision: Some(DisclosureDecision::Mask),
                provision: None,
                reason: None,
                actor,
                at,
            };
            decide(&change, row, mask.record, &review)?;
            change
                .prepare_cached(
                    "INSERT INTO disclosure_mask (disclosure, record, what, value, provision, reason, at, actor)
                     SELECT ?1, n, ?3, ?4, ?5, ?6, ?7, ?8 FROM record WHERE id = ?2",
                )?
                .execute(params![
                    row.number,
                    mask.record.0.as_bytes(),
                    mask.what,
                    mask.value,
                    mask.provision,
                    mask.reason,
                    value::time(at),
                    actor,
                ])?;
            let number = change.last_insert_rowid();
            numbers.push(number);
            // Without what is masked.
            let after = json!({ "mask": number, "record": mask.record, "what": mask.what, "provision": mask.provision });
            row.note(&change, "disclosure mask", Some(&after), actor, at)?;
        }
        change.commit()?;
        Ok(numbers)
    }

    /// Takes a mask back. A record without any left is to be reviewed anew. False when it was taken back already.
    ///
    /// # Errors
    /// [`Error::NoMask`], and those of SQLite.
    pub fn unmask_disclosure(
        &mut self,
        row: &DisclosureRow,
        number: i64,
        actor: &str,
        at: DateTime<Utc>,
    ) -> Result<bool, Error> {
        let change = self.db.transaction()?;
        let Some(taken) = row.take_back(&change, "disclosure_mask", number, at)? else {
            return Err(Error::NoMask {
                number,
                case: row.designation.clone(),
            });
        };
        if !taken {
            return Ok(false);
        }
        change.execute(
            "UPDATE disclosure_record SET decision = NULL, version = NULL, reviewed = NULL, reviewer = NULL
             WHERE disclosure = ?1 AND decision = 'mask'
               AND record = (SELECT record FROM disclosure_mask WHERE n = ?2)
               AND NOT EXISTS (SELECT 1 FROM disclosure_mask m WHERE m.disclosure = ?1
                               AND m.record = disclosure_record.record AND m.withdrawn IS NULL)",
            params![row.number, number],
        )?;
        // With others left it is still masked, and tells more than what was handed out before.
        change.execute(
            "UPDATE disclosure_record SET reviewed = ?3, reviewer = ?4
             WHERE disclosure = ?1 AND decision = 'mask' AND record = (SELECT record FROM disclosure_mask WHERE n = ?2)",
            params![row.number, number, row.after_steps(&change, at)?, actor],
        )?;
        row.note(
            &change,
            "disclosure unmask",
            Some(&json!({ "mask": number })),
            actor,
            at,
        )?;
        change.commit()?;
        Ok(true)
    }

    /// Lays masks anew with another reason, all or none; the old ones stand no more. Gives the old numbers and the new, in
    /// the order they were named. The review of their records is as it was.
    ///
    /// # Errors
    /// [`Error::NoMask`] for one that is not there, or was taken back; those of SQLite.
    pub fn reason_disclosure(
        &mut self,
        row: &DisclosureRow,
        numbers: &[i64],
        reason: &str,
        actor: &str,
        at: DateTime<Utc>,
    ) -> Result<Vec<(i64, i64)>, Error> {
        let change = self.db.transaction()?;
        let mut renumbered: Vec<(i64, i64)> = Vec::new();
        for number in numbers {
            if renumbered.iter().any(|(before, _)| before == number) {
                continue;
            }
            let withdrawn = change.execute(
                "UPDATE disclosure_mask SET withdrawn = ?3 WHERE n = ?1 AND disclosure = ?2 AND withdrawn IS NULL",
                params![number, row.number, value::time(at)],
            )?;
            if withdrawn == 0 {
                return Err(Error::NoMask {
                    number: *number,
                    case: row.designation.clone(),
                });
            }
            change.execute(
                "INSERT INTO disclosure_mask (disclosure, record, what, value, provision, reason, at, actor)
                 SELECT disclosure, record, what, value, provision, ?2, ?3, ?4 FROM disclosure_mask WHERE n = ?1",
                params![number, reason, value::time(at), actor],
            )?;
            renumbered.push((*number, change.last_insert_rowid()));
        }
        // Without the reason: it may tell of the record, and an event is for ever.
        let masks: Vec<_> = renumbered
            .iter()
            .map(|(before, now)| json!({ "before": before, "mask": now }))
            .collect();
        row.note(
            &change,
            "disclosure reason",
            Some(&json!({ "masks": masks })),
            actor,
            at,
        )?;
        change.commit()?;
        Ok(renumbered)
    }

    /// The masks that stand, of one record or of all, in the order they were laid.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn disclosure_masks(
        &self,
        row: &DisclosureRow,
        record: Option<RecordId>,
    ) -> Result<Vec<DisclosureMask>, Error> {
        let mut statement = self.db.prepare_cached(
            "SELECT m.n, r.id AS id, m.what, m.value, m.provision, m.reason, m.at, m.actor
             FROM disclosure_mask m JOIN record r ON r.n = m.record
             WHERE m.disclosure = ?1 AND m.withdrawn IS NULL AND (?2 IS NULL OR r.id = ?2) ORDER BY m.n",
        )?;
        let of = record.map(|record| *record.0.as_bytes());
        let mut rows = statement.query(params![row.number, of])?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            all.push(DisclosureMask {
                number: row.get("n")?,
                record: RecordId(value::uuid(row, "id")?),
                what: row.get("what")?,
                value: row.get("value")?,
                provision: row.get("provision")?,
                reason: row.get("reason")?,
                at: column!(disclosure_mask.at).parse(&row.get::<_, String>("at")?)?,
                actor: row.get("actor")?,
            });
        }
        Ok(all)
    }
}
