//! Why a gallring is not proposed, approved or noted, and what to do then.

use chrono::NaiveDate;

use crate::record::{Digest, GallringId, RecordId};

/// A digest is named by at least so many of its digits.
pub(super) const FEWEST_DIGITS: usize = 12;

/// Why a gallring is not proposed, approved or noted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GallringFault {
    #[error("{until} has not come: what is not due yet can be looked at, and not proposed")]
    NotYet { until: NaiveDate },
    #[error("row {row} stands in no plan of {committee}")]
    NoRow { row: String, committee: String },
    #[error(
        "record {record} is of {its}, and this gallring is of {committee}: one gallring never spans two committees"
    )]
    OtherCommittee {
        record: RecordId,
        its: String,
        committee: String,
    },
    #[error("digest {given:?} is not at least {FEWEST_DIGITS} hexadecimal digits of the list's")]
    NotADigest { given: String },
    #[error("digest {given} is not that of the proposed list, which is {digest}")]
    OtherDigest { given: String, digest: Digest },
    #[error(
        "the plan of {committee} names {ansvarig:?} as gallringsansvarig, and the list is approved by {by:?}"
    )]
    NotAnsvarig {
        committee: String,
        ansvarig: String,
        by: String,
    },
    #[error("no decided plan of {committee} is in force on {day}")]
    NoPlan { committee: String, day: NaiveDate },
    #[error("records outside a plan go by a decision of their own, and none is given")]
    OwnDecisionNeeded,
    #[error("the list rests on the plan, which is its decision: it takes no decision of its own")]
    DecidedByPlan,
    #[error("the decision's {what} is empty")]
    Empty { what: &'static str },
    #[error("the decision is of {date}, which has not come")]
    DecisionNotYet { date: NaiveDate },
    #[error("gallring {0} is of arkivd's own copy, and has no work list for the platform")]
    NotOfMedium(GallringId),
}

impl GallringFault {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NotYet { .. } => "add --dry-run".to_owned(),
            Self::NoRow { .. } => "`arkivd plan show` shows the rows".to_owned(),
            Self::OtherCommittee { .. } => "propose it for its own committee".to_owned(),
            Self::NotADigest { .. } | Self::OtherDigest { .. } => {
                "`arkivd gallring show ID` shows the list and its digest: approve what was read".to_owned()
            }
            Self::NotAnsvarig { .. } => {
                "--by is who the plan names; another one is named by a new decided plan".to_owned()
            }
            Self::NoPlan { .. } => {
                "load the decided plan: arkivd plan load; or propose single records with --record, by a decision of its own".to_owned()
            }
            Self::OwnDecisionNeeded => {
                "--decision-by, --date, --paragraph, --reference, and the gallringsutredning: --inquiry FILE, or --rattskipning, --verksamhet, --forskning and --kulturarv".to_owned()
            }
            Self::DecidedByPlan => "leave --decision-by and what belongs to it out".to_owned(),
            Self::NotOfMedium(_) => "arkivd gallring execute".to_owned(),
            Self::Empty { .. } | Self::DecisionNotYet { .. } => return None,
        })
    }
}
