//! Why something is not done with a request.

use chrono::NaiveDate;

use super::DisclosureLack;
use crate::record::{BagId, RecordId};
use crate::retention::disclosure::ProvisionFault;

/// Why something is not done with a request for public records.
#[derive(Debug, thiserror::Error)]
pub enum DisclosureFault {
    #[error("what is asked for is not told")]
    NoScope,
    #[error("disclosure {case} is closed")]
    Closed { case: String },
    #[error(transparent)]
    Provision(#[from] ProvisionFault),
    #[error("{what} {value:?}: {problem}")]
    Argument {
        what: &'static str,
        value: String,
        problem: &'static str,
        hint: &'static str,
    },
    #[error("record {record} is not public, and is released only with an assessment")]
    NotPublic { record: RecordId, others: usize },
    #[error("record {record} is masked in disclosure {case}")]
    Masked { record: RecordId, case: String },
    #[error("record {record} was destroyed, or is locked, since it came into disclosure {case}")]
    Gone { record: RecordId, case: String },
    #[error("no record of disclosure {case} waits for a review")]
    NothingToReview { case: String },
    #[error("disclosure {case} has records that are not reviewed: {records}")]
    Unreviewed { case: String, records: u64 },
    #[error("{} of disclosure {case} {} no reason that can be told, and a decision says why (förvaltningslagen 32 §)", unreasoned(masks, records), if masks.len() + records.len() == 1 { "has" } else { "have" })]
    NoReason {
        case: String,
        masks: Vec<i64>,
        /// Withheld, with a reason that says nothing without what is masked.
        records: Vec<RecordId>,
    },
    #[error(
        "box {number} on page capture {bag} of disclosure {case} has no reason that can be told, and a decision says why (förvaltningslagen 32 §)"
    )]
    NoBoxReason {
        case: String,
        bag: BagId,
        number: i64,
    },
    #[error("no mask of disclosure {case} is without a reason")]
    NothingWithoutReason { case: String },
    #[error("nothing of disclosure {case} is refused")]
    NothingRefused { case: String },
    #[error("disclosure {case} cannot be closed yet")]
    Unfinished {
        case: String,
        lacks: Vec<DisclosureLack>,
    },
    #[error("no court is configured that decisions are appealed to")]
    NoAppealCourt,
    #[error("{name:?} has no delegation of {committee} here")]
    NoDelegation {
        name: String,
        committee: String,
        known: Vec<String>,
    },
    #[error("{what} cannot have been on {day}: {problem}")]
    Day {
        what: &'static str,
        day: NaiveDate,
        problem: String,
    },
    #[error("{what} cannot be noted in disclosure {case}: {problem}")]
    Order {
        what: &'static str,
        case: String,
        problem: &'static str,
    },
}

/// `masks 3, 4 and record …`
fn unreasoned(masks: &[i64], records: &[RecordId]) -> String {
    let numbers: Vec<String> = masks.iter().map(i64::to_string).collect();
    let ids: Vec<String> = records.iter().map(ToString::to_string).collect();
    let kinds = [("mask", numbers), ("record", ids)];
    let told = kinds.iter().filter(|(_, all)| !all.is_empty());
    let told: Vec<String> = told
        .map(|(kind, all)| {
            let more = if all.len() == 1 { "" } else { "s" };
            format!("{kind}{more} {}", all.join(", "))
        })
        .collect();
    told.join(" and ")
}

impl DisclosureFault {
    /// What is missing, a line each.
    pub fn details(&self) -> Vec<String> {
        match self {
            Self::Unfinished { lacks, .. } => lacks.iter().map(|lack| lack.english()).collect(),
            _ => Vec::new(),
        }
    }

    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NoScope => "say in a few words what was asked for: --scope \"…\"; who asks, and why, need not be said".to_owned(),
            Self::Closed { .. } => "open a new request for what is asked after that: arkivd disclosure open".to_owned(),
            Self::Provision(fault) => fault.hint(),
            Self::Argument { hint, .. } => (*hint).to_owned(),
            Self::NotPublic { others, .. } => {
                let more = match others {
                    0 => String::new(),
                    n => format!(", and {n} more"),
                };
                format!("read it{more}, and say how the secrecy was assessed: --reason \"…\"; or withhold it by chapter and § of OSL")
            }
            Self::Masked { case, .. } => format!(
                "take the masks away first: arkivd disclosure show {case} names them, arkivd disclosure unmask {case} NUMBER"
            ),
            Self::Gone { case, .. } => format!("arkivd disclosure show {case}"),
            Self::NoReason { case, masks, records } => match (masks.first(), records.first()) {
                (None, Some(record)) => format!(
                    "say it without what is masked: arkivd disclosure review {case} {record} --withhold \"…\" --reason \"…\""
                ),
                _ => {
                    let numbers: Vec<String> = masks.iter().map(i64::to_string).collect();
                    format!(
                        "arkivd disclosure reason {case} {} --reason \"…\"; it goes to the requester, and says nothing of what is secret",
                        numbers.join(" ")
                    )
                }
            },
            Self::NoBoxReason { case, bag, number } => format!(
                "lay it again with one: arkivd disclosure screen {case} {bag} --unbox {number}, and then --box or --words with --osl \"…\" --reason \"…\""
            ),
            Self::NothingToReview { case }
            | Self::NothingRefused { case }
            | Self::NothingWithoutReason { case } => {
                format!("arkivd disclosure show {case} tells how each stands")
            }
            Self::Unreviewed { case, .. } => format!(
                "arkivd disclosure show {case}; then: arkivd disclosure review {case} RECORD.. --release, or --withhold \"21 kap. 7 §\" --reason \"…\""
            ),
            Self::Unfinished { case, lacks } => {
                let first = lacks.first().map(|lack| lack.remedy(case)).unwrap_or_default();
                match lacks.iter().any(|lack| lack.is_of_appeal()) {
                    true => format!("{first}; the records are held until the appeal is over"),
                    false => format!(
                        "{first}; or say why it is closed all the same: arkivd disclosure close {case} --reason \"…\""
                    ),
                }
            }
            Self::NoAppealCourt => "write appeal_court = \"Kammarrätten i …\" under [disclosure] in arkivd.toml: Stockholm, Göteborg, Sundsvall or Jönköping, as the municipality lies".to_owned(),
            Self::NoDelegation { known, .. } if known.is_empty() => {
                "say which § gives it: --delegation \"delegationsordningen § …\"; or add [[disclosure.delegate]] with name, delegation and committee to arkivd.toml".to_owned()
            }
            Self::NoDelegation { known, .. } => format!(
                "those who have it: {}; others are added as [[disclosure.delegate]] to arkivd.toml",
                known.join(", ")
            ),
            Self::Day { .. } => "give the day it happened, such as 2026-11-20".to_owned(),
            Self::Order { case, .. } => format!("arkivd disclosure show {case} tells what was noted"),
        })
    }
}
