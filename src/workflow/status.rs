//! How the archive stands, and what needs a person.

use super::{Archive, Error};
use crate::catalog::AccountState;
use crate::record::{AccountId, Outcome};

/// The archive at a glance.
#[derive(Debug)]
pub struct Status {
    pub accounts: Vec<AccountState>,
    pub ledger_size: u64,
    pub quarantined: u64,
    pub attention: Vec<Attention>,
}

/// Something a person should look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attention {
    NeverCaptured(AccountId),
    LastFailed {
        account: AccountId,
        why: String,
    },
    LastEmpty(AccountId),
    /// Records that the last complete reading was the first not to show.
    NotSeen {
        account: AccountId,
        records: u64,
    },
    Quarantine {
        bags: u64,
    },
    NoAccounts,
}

impl std::fmt::Display for Attention {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NeverCaptured(id) => write!(f, "account {id} has never been captured"),
            Self::LastFailed { account, why } => {
                write!(f, "the last snapshot of {account} failed: {why}")
            }
            Self::LastEmpty(id) => write!(f, "the last snapshot of {id} found nothing there"),
            Self::NotSeen { account, records } => {
                let (s, were) = if *records == 1 {
                    ("", "was")
                } else {
                    ("s", "were")
                };
                write!(
                    f,
                    "{records} known record{s} of {account} {were} not seen at the last snapshot"
                )
            }
            Self::Quarantine { bags } => write!(f, "{bags} bags are in quarantine"),
            Self::NoAccounts => f.write_str("no account is registered"),
        }
    }
}

impl Attention {
    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::NeverCaptured(id) | Self::LastFailed { account: id, .. } => {
                format!("arkivd snapshot {id}")
            }
            Self::LastEmpty(id) => format!("check the address: arkivd account show {id}"),
            Self::NotSeen { account, .. } => {
                format!(
                    "absence is not removal; see which: arkivd record list --account {account} --not-seen"
                )
            }
            Self::Quarantine { .. } => "read the reason beside each in quarantine/".to_owned(),
            Self::NoAccounts => "arkivd account add".to_owned(),
        }
    }
}

/// Reads how the archive stands.
///
/// # Errors
/// When catalog or store cannot be read.
pub fn status(archive: &Archive) -> Result<Status, Error> {
    let catalog = archive.catalog();
    let states = catalog.account_states()?;
    let quarantined = archive.store.quarantined()?;
    let mut attention = Vec::new();
    if states.is_empty() {
        attention.push(Attention::NoAccounts);
    }
    for state in &states {
        let id = state.account.id.clone();
        match &state.last {
            None => attention.push(Attention::NeverCaptured(id.clone())),
            Some(last) if last.outcome == Outcome::Failed => {
                attention.push(Attention::LastFailed {
                    account: id.clone(),
                    why: last.error.clone().unwrap_or_default(),
                })
            }
            Some(last) if last.outcome == Outcome::Empty => {
                attention.push(Attention::LastEmpty(id.clone()))
            }
            Some(_) => {}
        }
        if state.newly_missed > 0 {
            attention.push(Attention::NotSeen {
                account: id,
                records: state.newly_missed,
            });
        }
    }
    if quarantined > 0 {
        attention.push(Attention::Quarantine { bags: quarantined });
    }
    Ok(Status {
        accounts: states,
        ledger_size: catalog.ledger_size()?,
        quarantined,
        attention,
    })
}
