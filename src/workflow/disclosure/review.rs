//! Reviewing records, one by one: what is handed out, what is withheld and why.

use super::reason::checked_reason;
use super::{DisclosureCase, DisclosureFault, DisclosureSettings};
use crate::catalog::{DisclosureDecision, DisclosureRecord, DisclosureReview};
use crate::record::RecordId;
use crate::retention::disclosure::Provision;
use crate::workflow::{Archive, Error, Surroundings};

/// Which records are reviewed.
#[derive(Debug, Clone, Copy)]
pub enum Reviewed<'a> {
    Records(&'a [RecordId]),
    /// All that wait for it and are public: what is not public is assessed one by one.
    Rest,
}

/// What is decided of them.
#[derive(Debug, Clone, Copy)]
pub enum Verdict<'a> {
    Release,
    /// Chapter and § of OSL.
    Withhold(&'a str),
    /// Its masks are enough, also for the versions that have come since.
    Masked,
    /// It is not what was asked for.
    Outside,
    /// The review is taken back.
    Undo,
}

/// A request after a review.
#[derive(Debug, Clone)]
pub struct ReviewDone {
    pub case: DisclosureCase,
    /// How many were reviewed now.
    pub reviewed: usize,
    /// How many were left, since they are not public or masked.
    pub left: usize,
}

/// Reviews records, all or none.
///
/// # Errors
/// [`DisclosureFault`]; those of the catalog.
pub fn review_disclosure(
    archive: &Archive,
    name: &str,
    records: Reviewed<'_>,
    verdict: Verdict<'_>,
    reason: Option<&str>,
    settings: &DisclosureSettings,
    around: &Surroundings,
) -> Result<ReviewDone, Error> {
    let now = (around.now)();
    let mut catalog = archive.catalog();
    let case = DisclosureCase::named(&catalog, name, settings, now)?;
    let designation = || case.row.designation.clone();
    if case.row.closed.is_some() {
        return Err(DisclosureFault::Closed {
            case: designation(),
        }
        .into());
    }
    let reason = checked_reason(reason)?;
    if reason.is_none() && matches!(verdict, Verdict::Withhold(_)) {
        return Err(DisclosureFault::Argument {
            what: "reason",
            value: String::new(),
            problem: "it is empty, and the requester is told why",
            hint: "say in a line why that provision applies, and nothing of what is secret: --reason \"…\"",
        }
        .into());
    }
    let provision = match verdict {
        Verdict::Withhold(said) => Some(said.parse::<Provision>().map_err(DisclosureFault::from)?),
        _ => None,
    };
    let provision = provision.map(|p| p.to_string());
    let waiting = || case.records.iter().filter(|r| r.is_to_review());
    let chosen: Vec<&DisclosureRecord> = match records {
        Reviewed::Records(ids) => ids
            .iter()
            .map(|id| {
                let found = case.records.iter().find(|r| r.record == *id);
                found.ok_or_else(|| crate::catalog::Error::NotInDisclosure {
                    record: *id,
                    case: designation(),
                })
            })
            .collect::<Result<_, _>>()?,
        Reviewed::Rest => waiting()
            .filter(|r| !(r.restricted && matches!(verdict, Verdict::Release)) && r.masks == 0)
            .collect(),
    };
    let left = match records {
        Reviewed::Records(_) => 0,
        Reviewed::Rest => waiting().count() - chosen.len(),
    };
    if chosen.is_empty() && left == 0 {
        return Err(DisclosureFault::NothingToReview {
            case: designation(),
        }
        .into());
    }
    check(&case, &chosen, verdict, reason)?;
    let decision = match verdict {
        Verdict::Release => Some(DisclosureDecision::Release),
        Verdict::Withhold(_) => Some(DisclosureDecision::Withhold),
        Verdict::Masked => Some(DisclosureDecision::Mask),
        Verdict::Outside => Some(DisclosureDecision::Outside),
        Verdict::Undo => None,
    };
    let ids: Vec<RecordId> = chosen.iter().map(|r| r.record).collect();
    if !ids.is_empty() {
        catalog.review_disclosure(
            &case.row,
            &ids,
            &DisclosureReview {
                decision,
                provision: provision.as_deref(),
                reason,
                actor: &around.actor,
                at: now,
            },
        )?;
    }
    let case = DisclosureCase::load(&catalog, case.row, settings, now)?;
    Ok(ReviewDone {
        case,
        reviewed: ids.len(),
        left,
    })
}

fn check(
    case: &DisclosureCase,
    chosen: &[&DisclosureRecord],
    verdict: Verdict<'_>,
    reason: Option<&str>,
) -> Result<(), DisclosureFault> {
    let designation = || case.row.designation.clone();
    if let Some(gone) = chosen.iter().find(|r| r.gone) {
        return Err(DisclosureFault::Gone {
            record: gone.record,
            case: designation(),
        });
    }
    match verdict {
        Verdict::Release => {
            if let Some(masked) = chosen.iter().find(|r| r.masks > 0) {
                return Err(DisclosureFault::Masked {
                    record: masked.record,
                    case: designation(),
                });
            }
            let mut closed = chosen.iter().filter(|r| r.restricted && reason.is_none());
            match closed.next() {
                Some(first) => Err(DisclosureFault::NotPublic {
                    record: first.record,
                    others: closed.count(),
                }),
                None => Ok(()),
            }
        }
        Verdict::Masked => match chosen.iter().find(|r| r.masks == 0) {
            Some(bare) => Err(DisclosureFault::Argument {
                what: "record",
                value: bare.record.to_string(),
                problem: "it has no mask",
                hint: "lay one first: arkivd disclosure mask",
            }),
            None => Ok(()),
        },
        Verdict::Withhold(_) | Verdict::Outside | Verdict::Undo => Ok(()),
    }
}
