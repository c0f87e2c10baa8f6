//! The bags of an account's records: what was picked is filled into drafts, and sealed.

use std::collections::HashMap;

use super::Error;
use super::fill_bag::Contents;
use super::media::{add_media, media_row};
use super::sealed_bags::SealedBags;
use super::snapshot_report::{Progress, SnapshotReport};
use super::staging::Staging;
use super::take_snapshot::{Capture, Read};
use crate::record::{BagKind, Coverage, Covered, Gap, GapReason, Outcome, Reason};
use chrono::{DateTime, Utc};

impl Capture<'_> {
    /// Fills and publishes the bags of records, and tells in the report what they hold.
    pub(super) fn seal_records(
        &self,
        read: &Read,
        mut staging: Staging<'_>,
        sealed: &mut SealedBags,
        report: &mut SnapshotReport,
        finished: DateTime<Utc>,
        progress: &(dyn Fn(Progress) + Send + Sync),
    ) -> Result<(), Error> {
        let Read {
            fetched,
            comparison,
            media,
        } = read;
        let counts = comparison.counts();
        report.counts = counts;
        report.coverage = fetched.coverage.clone();
        report.outcome = match (
            comparison.seen.is_empty(),
            comparison.seen.iter().any(|s| s.picked),
        ) {
            // A look that lacks all it saw before says nothing of what the platform holds.
            (true, _) if self.reason != Reason::Watch => Outcome::Empty,
            (true, _) | (_, false) => Outcome::Unchanged,
            (_, true) => Outcome::Sealed,
        };
        let has_picks = |kind: BagKind| comparison.picked(kind).next().is_some();
        for kind in BagKind::OF_RECORDS {
            if has_picks(kind) {
                staging.draft(kind)?;
            }
        }
        // A draft without records, such as of answers that told nothing new, goes when it is dropped.
        let drafts = staging.into_drafts().into_iter();
        let drafts = drafts.filter(|draft| has_picks(draft.kind));
        let mut filled = Vec::new();
        for draft in drafts {
            let kind = draft.kind;
            let empty = HashMap::new();
            let held = media.get(&kind).unwrap_or(&empty);
            let own = media_row(comparison, kind, held);
            add_media(&mut report.coverage, own.clone());
            let mut bag_coverage = match kind {
                BagKind::Records => without_held_details(&fetched.coverage),
                BagKind::RecordsRestricted | BagKind::Page => fetched.coverage.clone(),
            };
            bag_coverage.rows.extend(own);
            let contents = Contents {
                fetched,
                comparison,
                counts,
                coverage: bag_coverage,
                first: filled.is_empty(),
                media: held,
                finished,
            };
            filled.push(self.fill(draft, &contents, progress)?);
        }
        for f in filled {
            sealed.add_records(self, f)?;
        }
        Ok(())
    }
}

/// The coverage as a bag for the public tells it: how many held comments there are, and nothing of any one of them,
/// whose words a gap's detail may repeat.
fn without_held_details(coverage: &Coverage) -> Coverage {
    let mut coverage = coverage.clone();
    for row in &mut coverage.rows {
        if row.what != Covered::HeldComments {
            continue;
        }
        let all = row.missing.len();
        row.missing.retain(|gap| gap.what == row.what.as_str());
        if row.missing.len() < all {
            row.missing.push(Gap {
                what: row.what.as_str().to_owned(),
                reason: GapReason::Malformed {
                    detail: "not all could be read".to_owned(),
                },
            });
        }
    }
    coverage
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::CoverageRow;

    #[test]
    fn a_bag_for_the_public_tells_nothing_of_a_held_comment() {
        let gap = |what: &str, detail: &str| Gap {
            what: what.into(),
            reason: GapReason::Malformed {
                detail: detail.into(),
            },
        };
        let row = |what, missing| CoverageRow {
            what,
            expected: Some(2),
            captured: 1,
            missing,
        };
        let all = Coverage {
            rows: vec![
                row(Covered::Comments, vec![gap("comment:3", "öppet")]),
                row(Covered::HeldComments, vec![gap("comment:7", "hemligt")]),
            ],
        };
        let told = without_held_details(&all);
        assert_eq!(told.rows[0], all.rows[0]);
        assert_eq!((told.rows[1].expected, told.rows[1].captured), (Some(2), 1));
        assert!(!told.is_complete());
        let text = serde_json::to_string(&told).unwrap();
        assert!(
            !text.contains("hemligt") && !text.contains("comment:7"),
            "{text}"
        );
    }
}
