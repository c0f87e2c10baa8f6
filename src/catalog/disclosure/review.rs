//! What was decided of each record: handed out, masked, withheld, or not what was asked for.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, params};
use serde::Serialize;
use serde_json::json;

use super::DisclosureRow;
use crate::catalog::{Catalog, Error};
use crate::record::RecordId;

/// What becomes of a record in a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DisclosureDecision {
    /// As it is.
    Release,
    /// Without what is masked: a refusal in part.
    Mask,
    /// Not at all.
    Withhold,
    /// The search found it, and it is not what was asked for.
    Outside,
}

impl DisclosureDecision {
    pub const ALL: [Self; 4] = [Self::Release, Self::Mask, Self::Withhold, Self::Outside];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Mask => "mask",
            Self::Withhold => "withhold",
            Self::Outside => "outside",
        }
    }

    /// Whether it is handed out, whole or in part.
    pub fn is_given(self) -> bool {
        matches!(self, Self::Release | Self::Mask)
    }

    /// Whether it is refused, whole or in part.
    pub fn is_refused(self) -> bool {
        matches!(self, Self::Mask | Self::Withhold)
    }
}

/// A review of records of one request.
#[derive(Debug, Clone, Copy)]
pub struct DisclosureReview<'a> {
    /// `None` takes the review back.
    pub decision: Option<DisclosureDecision>,
    /// `21 kap. 7 § OSL`, for what is withheld.
    pub provision: Option<&'a str>,
    pub reason: Option<&'a str>,
    pub actor: &'a str,
    pub at: DateTime<Utc>,
}

impl Catalog {
    /// Reviews records, all or none. Each decision is of the versions that there are now.
    ///
    /// # Errors
    /// [`Error::NotInDisclosure`], and those of SQLite.
    pub fn review_disclosure(
        &mut self,
        row: &DisclosureRow,
        records: &[RecordId],
        review: &DisclosureReview<'_>,
    ) -> Result<(), Error> {
        let change = self.db.transaction()?;
        for record in records {
            decide(&change, row, *record, review)?;
        }
        // Without the reason: it may tell of the record, and an event is for ever.
        let after = json!({ "decision": review.decision, "provision": review.provision, "records": records });
        row.note(
            &change,
            "disclosure review",
            Some(&after),
            review.actor,
            review.at,
        )?;
        change.commit()?;
        Ok(())
    }
}

/// Within a change of the caller's.
pub(super) fn decide(
    change: &Connection,
    row: &DisclosureRow,
    record: RecordId,
    review: &DisclosureReview<'_>,
) -> Result<(), Error> {
    let decided = review.decision;
    let reviewed = decided.map(|_| row.after_steps(change, review.at));
    let reviewed = reviewed.transpose()?;
    let changed = change
        .prepare_cached(
            "UPDATE disclosure_record SET decision = ?3, provision = ?4, reason = ?5, reviewed = ?6, reviewer = ?7,
                 version = CASE WHEN ?3 IS NULL THEN NULL
                                ELSE (SELECT max(number) FROM version v WHERE v.record = disclosure_record.record) END
             WHERE disclosure = ?1 AND record = (SELECT n FROM record WHERE id = ?2)",
        )?
        .execute(params![
            row.number,
            record.0.as_bytes(),
            decided.map(DisclosureDecision::as_str),
            review.provision,
            review.reason,
            reviewed,
            decided.map(|_| review.actor),
        ])?;
    match changed {
        0 => Err(Error::NotInDisclosure {
            record,
            case: row.designation.clone(),
        }),
        _ => Ok(()),
    }
}
