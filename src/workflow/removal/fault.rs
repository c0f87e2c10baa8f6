//! Why a removal is refused.

use crate::record::AccountId;
use crate::retention::removal::Lack;

/// Why something is not done with a case.
#[derive(Debug, thiserror::Error)]
pub enum RemovalFault {
    #[error(
        "suspected child abuse material is never captured, and no ordinary case is opened: to possess it is a crime (BrB 16 kap. 10 a §)"
    )]
    Emergency,
    #[error("category {said:?} is neither the law's nor the municipality's")]
    Category { said: String, known: Vec<String> },
    #[error("{address:?} is no address of a page, and no record's id")]
    NotAnAddress { address: String },
    #[error("address {address} lies under no registered account")]
    NoAccount { address: String },
    #[error("address {address} may be of several accounts: {}", names(accounts))]
    SeveralAccounts {
        address: String,
        accounts: Vec<AccountId>,
    },
    #[error("a case is of one committee, and these are of several: {}", committees.join(", "))]
    SeveralCommittees { committees: Vec<String> },
    #[error("case {case} may not be deleted on the platform yet")]
    GateShut {
        case: String,
        number: u64,
        lacks: Vec<Lack>,
    },
    #[error("case {case} cannot be closed yet")]
    Unfinished {
        case: String,
        number: u64,
        lacks: Vec<Lack>,
    },
    #[error("case {case} is closed")]
    Closed { case: String },
    #[error("{what} {value:?}: {problem}")]
    Argument {
        what: &'static str,
        value: String,
        problem: &'static str,
        hint: &'static str,
    },
    #[error("no decided plan of {committee} has a row {row:?}")]
    NoPlanRow { committee: String, row: String },
    #[error("hiding by arkivd is not allowed here")]
    HidingOff,
    #[error("no notice goes to the author of a cry for help")]
    NoNotice,
    #[error(
        "an emergency lets nobody capture this address: suspected child abuse material (BrB 16 kap. 10 a §)"
    )]
    Blocked,
    #[error("bag {bag} is locked by emergency {case}: nobody reads it, and it is not exported")]
    BagLocked {
        bag: crate::record::BagId,
        case: String,
    },
    #[error("case {case} is an emergency: {problem}")]
    InEmergency {
        case: String,
        number: u64,
        problem: &'static str,
    },
    #[error("case {case} is no emergency that is open")]
    NotInEmergency { case: String },
    #[error("nothing of case {case} is saved: there is nothing to give to the police yet")]
    NothingSaved { case: String, number: u64 },
}

fn names(accounts: &[AccountId]) -> String {
    let names: Vec<&str> = accounts.iter().map(AccountId::as_str).collect();
    names.join(", ")
}

impl RemovalFault {
    /// What is missing, a line each, with the rule's own words below.
    pub fn details(&self) -> Vec<String> {
        match self {
            Self::GateShut { lacks, .. } | Self::Unfinished { lacks, .. } => lacks
                .iter()
                .flat_map(|lack| {
                    let rule = lack.rule.as_ref().map(|rule| format!("rule: {rule}"));
                    std::iter::once(lack.english()).chain(rule)
                })
                .collect(),
            _ => Vec::new(),
        }
    }

    /// What an editor is told in Swedish; `None` where no editor meets it.
    pub fn swedish(&self) -> Option<String> {
        match self {
            Self::SeveralCommittees { committees } => Some(format!(
                "adresserna hör till flera nämnder: {}.\nLägg dem i en fil för varje nämnd: sekretess gäller mellan nämnder.",
                committees.join(", ")
            )),
            _ => None,
        }
    }

    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Emergency => "hide it on the platform at once, call the police (114 14; 112 if it is going on now), forward and save nothing: arkivd removal emergency URL".to_owned(),
            Self::Category { known, .. } => format!("one of: {}", known.join(", ")),
            Self::NotAnAddress { .. } => {
                "give the address of the post, https://..., or the record's id: arkivd record list".to_owned()
            }
            Self::NoAccount { .. } | Self::SeveralAccounts { .. } => {
                "name the account it stands on: --account ID; arkivd account list shows them".to_owned()
            }
            Self::SeveralCommittees { .. } => "open a case for each committee: secrecy holds between them".to_owned(),
            Self::GateShut { number, lacks, .. } => format!(
                "{}; hide it meanwhile, that is never refused. Has it been deleted already, note the truth: arkivd removal mark {number} deleted --already",
                first(lacks, *number)
            ),
            Self::Unfinished { number, lacks, .. } => format!(
                "{}; or say why it is closed all the same: arkivd removal close {number} --reason \"...\"",
                first(lacks, *number)
            ),
            Self::Closed { .. } => "open a new case for what comes after: arkivd removal open".to_owned(),
            Self::Argument { hint, .. } => (*hint).to_owned(),
            Self::NoPlanRow { .. } => {
                "give the decision in its own words instead: gallringsbeslut=\"delegationsbeslut KS 2026:12 § 4\"".to_owned()
            }
            Self::HidingOff => {
                "hide it on the platform yourself; to let arkivd do it by a person's command: allow_hide = true under [removal] in arkivd.toml".to_owned()
            }
            Self::NoNotice => "112 first; then a person of the municipality, not a letter".to_owned(),
            Self::Blocked => "nothing is captured; the police know: arkivd removal list".to_owned(),
            Self::BagLocked { case, .. } => format!(
                "the police say what becomes of it: arkivd removal show {case:?}"
            ),
            Self::InEmergency { number, .. } => format!("arkivd removal show {number}"),
            Self::NotInEmergency { .. } => {
                "arkivd removal show N tells what it is; arkivd removal emergency URL opens one".to_owned()
            }
            Self::NothingSaved { number, .. } => format!("arkivd removal save {number}"),
        })
    }
}

fn first(lacks: &[Lack], number: u64) -> String {
    lacks
        .first()
        .map_or_else(String::new, |lack| lack.remedy(number))
}
