//! What the register refuses, and what to do about it.

use chrono::NaiveDate;

use crate::policy::Breach;
use crate::record::{AccountId, CaptureId};

/// A line of a file that cannot be taken in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineFault {
    /// As a text editor counts them, from 1.
    pub line: u64,
    pub problem: String,
}

/// What a snapshot lacks, by the name it is accepted under.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedGap {
    /// `messages`, `media`, `page as shown` ...
    pub what: String,
    /// What of it is lacking, and why.
    pub why: Vec<String>,
}

/// Why the register does not take what it is given.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    #[error("account {0} is closed since {1}")]
    Closed(AccountId, NaiveDate),
    #[error("account {0} is not closed")]
    Open(AccountId),
    #[error("account {account} cannot be closed yet")]
    NotReady {
        account: AccountId,
        breaches: Vec<Breach>,
    },
    #[error("account {account} is not closed: its last snapshot is not complete")]
    Gaps {
        account: AccountId,
        capture: CaptureId,
        /// Those that were not accepted.
        gaps: Vec<NamedGap>,
        /// What was to be accepted and is no gap.
        unknown: Vec<String>,
    },
    #[error("gaps are accepted with a reason, and none is given")]
    NoReason,
    #[error("{what} of account {account} cannot have been on {day}: {problem}")]
    Day {
        account: AccountId,
        what: &'static str,
        day: NaiveDate,
        problem: &'static str,
    },
    #[error("{what} of account {account} is empty, or longer than one line")]
    Text {
        account: AccountId,
        what: &'static str,
    },
    #[error("account {account} has no administrator {name:?} whose mandate has not ended")]
    NoAdministrator {
        account: AccountId,
        name: String,
        /// Those there are.
        known: Vec<String>,
    },
    #[error("account {account} has administrator {name:?} already")]
    Administrator { account: AccountId, name: String },
    #[error("the policy's start checklist has no point {point:?}")]
    NoPoint {
        point: String,
        /// Their ids.
        known: Vec<String>,
    },
    #[error("the policy has no purpose {purpose:?}")]
    NoPurpose {
        purpose: String,
        /// Their ids.
        known: Vec<String>,
    },
    #[error("{file} cannot be read as a register of accounts: {problem}")]
    Unreadable { file: String, problem: String },
    #[error("{file}: {} wrong, and nothing was taken in", lines(.faults.len()))]
    Lines {
        file: String,
        faults: Vec<LineFault>,
    },
}

fn lines(n: usize) -> String {
    match n {
        1 => "1 thing is".to_owned(),
        n => format!("{n} things are"),
    }
}

impl Fault {
    /// Lines below the message.
    pub fn details(&self) -> Vec<String> {
        match self {
            Self::NotReady { breaches, .. } => breaches
                .iter()
                .flat_map(|b| b.to_string().lines().map(str::to_owned).collect::<Vec<_>>())
                .collect(),
            Self::Gaps {
                capture,
                gaps,
                unknown,
                ..
            } => {
                const SHOWN: usize = 5;
                let mut all = vec![format!("what it holds is kept: capture {capture}")];
                all.extend(unknown.iter().map(|name| format!("{name:?} is no gap")));
                for gap in gaps {
                    all.push(format!("gap {:?}:", gap.what));
                    all.extend(gap.why.iter().take(SHOWN).map(|why| format!("  {why}")));
                    if gap.why.len() > SHOWN {
                        let more = gap.why.len() - SHOWN;
                        all.push(format!("  … and {more} more, all in capture.json"));
                    }
                }
                all
            }
            Self::Lines { faults, .. } => {
                let told = |f: &LineFault| format!("line {}: {}", f.line, f.problem);
                faults.iter().map(told).collect()
            }
            _ => Vec::new(),
        }
    }

    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        let one_of = |known: &[String]| match known {
            [] => "there are none".to_owned(),
            known => format!("there are: {}", known.join(", ")),
        };
        Some(match self {
            Self::Closed(id, _) => format!("if that was wrong: arkivd account reopen {id} --note \"…\""),
            Self::Open(id) => format!("arkivd account show {id}"),
            Self::NotReady { account, breaches } => {
                let mut hints = Vec::new();
                let lacks = |words: &str| breaches.iter().any(|b| b.what.contains(words));
                if lacks("not approved by") {
                    hints.push(format!(
                        "arkivd account approve {account} --closing --as ROLE --by NAME"
                    ));
                }
                if lacks("communications") && lacks("told") {
                    hints.push(format!(
                        "arkivd account close {account} --communications-told \"…\""
                    ));
                }
                hints.join("; then: ")
            }
            Self::Gaps { account, gaps, .. } => {
                let gaps: Vec<String> =
                    gaps.iter().map(|g| format!("--accept-gap {:?}", g.what)).collect();
                format!(
                    "mend the cause and close it again; or the archivist accepts what is lacking: arkivd account close {account} {} --reason \"…\"",
                    gaps.join(" ")
                )
            }
            Self::NoReason => "give it with --reason \"…\"".to_owned(),
            Self::Day { .. } => "leave the day out for today, or give one such as 2026-11-20".to_owned(),
            Self::Text { .. } => "give it on one line".to_owned(),
            Self::NoAdministrator { known, .. } => one_of(known),
            Self::Administrator { account, .. } => format!("end that mandate first: arkivd account administrator end {account} NAME"),
            Self::NoPoint { known, .. } | Self::NoPurpose { known, .. } => one_of(known),
            Self::Unreadable { .. } => {
                "a CSV file with a line of column names; arkivd account export --format csv shows how it looks".to_owned()
            }
            Self::Lines { .. } => "correct the lines and give the file again; --dry-run tries it".to_owned(),
        })
    }
}
