//! Why a command ended early: what it says, what to do next, and its exit code.

use std::io;
use std::path::PathBuf;

use chrono::NaiveDate;

use super::output::Exit;
use super::rights;
use crate::record::{AccountId, Role};
use crate::retention::Weight;
use crate::workflow::RegisterFault;
use crate::{catalog, config, daemon, ledger, policy, workflow};

/// Why a command ended early.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    #[error(transparent)]
    Workflow(#[from] workflow::Error),
    #[error(transparent)]
    Config(#[from] config::Error),
    #[error(transparent)]
    Platform(#[from] crate::platform::Error),
    #[error(transparent)]
    Daemon(#[from] daemon::Error),
    #[error("the daemon broke off: {0}")]
    Talk(#[from] daemon::Fault),
    #[error("no archive is named")]
    NoArchive,
    #[error("user {user} is not known to the archive")]
    NotAPerson {
        user: String,
        /// True when arkivd.toml names no person at all.
        nobody: bool,
    },
    #[error(
        "{user} may not do {command}: it is for the role {}",
        rights::words(needs)
    )]
    Role {
        user: String,
        command: &'static str,
        has: Vec<Role>,
        needs: &'static [Role],
    },
    #[error("the roles of {user} do not hold for {committee}")]
    Committee { user: String, committee: String },
    #[error("record {0} is not public")]
    Restricted(crate::record::RecordId),
    #[error("{0} looks at files that only root and the archive's owner can read")]
    NotForEveryone(&'static str),
    #[error("{0} does not run in the daemon")]
    NotServed(&'static str),
    #[error(
        "no daemon answers at {socket}, and archive {dir} is open to its owner alone",
        socket = socket.display(), dir = dir.display()
    )]
    NoDaemon { dir: PathBuf, socket: PathBuf },
    #[error("the command came without the file it writes")]
    NoFile,
    #[error("the command came with something else than a plain file to write")]
    NotAFile,
    #[error("argument {0:?} is not UTF-8, and cannot be sent to the daemon")]
    NotUtf8(std::ffi::OsString),
    #[error("the command was broken off: what was not acknowledged is not kept")]
    Gone,
    #[error("{what} {value:?}: {problem}")]
    Argument {
        what: &'static str,
        value: String,
        problem: &'static str,
        hint: &'static str,
    },
    #[error(transparent)]
    Query(Box<crate::retention::QueryFault>),
    #[error("no account and no record is of committee {asked:?}")]
    NoCommittee {
        asked: String,
        /// All there are, by name.
        known: Vec<String>,
    },
    #[error("there is no one committee here, so it must be named")]
    WhichCommittee { known: Vec<String> },
    #[error("account {account} was registered on {registered}, and --day {day} lies before that")]
    BeforeRegistered {
        account: AccountId,
        day: NaiveDate,
        registered: NaiveDate,
    },
    #[error("{path} is no gallringsutredning: {problem}")]
    Inquiry { path: PathBuf, problem: String },
    #[error("standard output: {0}")]
    Output(#[from] io::Error),
    #[error("the runtime could not start: {0}")]
    Runtime(io::Error),
    #[error("user {owner} of the archive cannot be taken on: {source}")]
    Owner { owner: u32, source: io::Error },
}

impl From<catalog::Error> for Error {
    fn from(error: catalog::Error) -> Self {
        Self::Workflow(error.into())
    }
}

impl From<policy::Error> for Error {
    fn from(error: policy::Error) -> Self {
        Self::Workflow(error.into())
    }
}

impl Error {
    pub(super) fn hint(&self) -> Option<String> {
        match self {
            Self::Workflow(e) => e.hint(),
            Self::Config(e) => e.hint(),
            Self::Platform(e) => e.hint(),
            Self::Argument { hint, .. } => Some((*hint).to_owned()),
            Self::Query(fault) => Some(fault.hint.to_owned()),
            Self::Daemon(e) => e.hint(),
            Self::Talk(_) => Some("what was acknowledged is kept; see its log: journalctl -u arkivd".to_owned()),
            Self::NotAPerson { .. } => Some(
                "the system administrator adds the user as [[person]] with name and roles to arkivd.toml, and reloads the daemon".to_owned(),
            ),
            Self::Role { has, .. } => Some(format!(
                "yours: {}; roles stand under [[person]] in arkivd.toml",
                match has.as_slice() {
                    [] => "none".to_owned(),
                    roles => roles.iter().map(|r| r.as_str()).collect::<Vec<_>>().join(", "),
                }
            )),
            Self::Committee { .. } => Some(
                "secrecy holds between committees; theirs stand under [[person]] in arkivd.toml".to_owned(),
            ),
            Self::Restricted(_) => Some(
                "held, hidden and private records are read by arkivarie, registrator and revisor of their committee".to_owned(),
            ),
            Self::NotForEveryone(command) => Some(format!("sudo arkivd {command}")),
            Self::NoDaemon { .. } => Some(
                "the system administrator starts it: systemctl start arkivd; how it stands: systemctl status arkivd".to_owned(),
            ),
            Self::NoCommittee { asked, known } => Some(committees(asked, known)),
            Self::WhichCommittee { known } if known.is_empty() => {
                Some("no account is registered and no plan is loaded yet: arkivd account add".to_owned())
            }
            Self::WhichCommittee { known } => Some(format!("--committee NAME; there are: {}", known.join(", "))),
            Self::BeforeRegistered { registered, .. } => {
                Some(format!("leave --day out for today, or give a day from {registered} on"))
            }
            Self::Inquiry { .. } => Some(
                "four lines of TOML: rattskipning = \"…\", verksamhet = \"…\", forskning = \"…\", kulturarv = \"…\"".to_owned(),
            ),
            Self::NoArchive => Some("give --archive DIR, or set ARKIVD_ARCHIVE".to_owned()),
            _ => None,
        }
    }

    pub(super) fn exit(&self) -> Exit {
        match self {
            Self::Workflow(error) | Self::Daemon(daemon::Error::Workflow(error)) => match error {
                workflow::Error::Busy { .. } => Exit::Busy,
                workflow::Error::Ledger(
                    ledger::Error::Shrinks { .. } | ledger::Error::Forked { .. },
                ) => Exit::IntegrityFault,
                workflow::Error::Policy(policy::Error::UnknownProfile(_)) => Exit::Usage,
                workflow::Error::Register(
                    RegisterFault::NoReason
                    | RegisterFault::NoPoint { .. }
                    | RegisterFault::NoPurpose { .. },
                ) => Exit::Usage,
                // A schedule file that the daemon cannot start with, as below.
                workflow::Error::Policy(_) if matches!(self, Self::Daemon(_)) => Exit::Usage,
                _ => Exit::Failed,
            },
            // By this systemd knows that starting again is of no use (arkivd.service, RestartPreventExitStatus).
            Self::Daemon(daemon::Error::Config(_) | daemon::Error::Platform(_))
            | Self::NoArchive
            | Self::Argument { .. }
            | Self::Query(_)
            | Self::WhichCommittee { .. }
            | Self::BeforeRegistered { .. } => Exit::Usage,
            _ => Exit::Failed,
        }
    }

    /// Lines below the message: what the rule is, and where it stands.
    pub(super) fn details(&self) -> Vec<String> {
        match self {
            Self::Workflow(workflow::Error::Breaches { breaches, .. }) => breaches
                .iter()
                .flat_map(|b| b.to_string().lines().map(str::to_owned).collect::<Vec<_>>())
                .collect(),
            Self::Workflow(workflow::Error::Register(fault)) => fault.details(),
            Self::Workflow(workflow::Error::Decisions { faults, .. }) => faults.clone(),
            Self::Workflow(workflow::Error::Removal(fault)) => fault.details(),
            Self::Workflow(workflow::Error::Disclosure(fault)) => fault.details(),
            Self::Workflow(workflow::Error::Handout(fault)) => fault.details(),
            Self::Workflow(workflow::Error::DocumentRefused(found)) => {
                found.iter().map(ToString::to_string).collect()
            }
            Self::Workflow(workflow::Error::Plan(faults)) => faults
                .all
                .iter()
                .filter(|fault| fault.weight == Weight::Error)
                .map(|fault| fault.told(&faults.file))
                .collect(),
            _ => Vec::new(),
        }
    }
}

/// Which committee may have been meant.
fn committees(asked: &str, known: &[String]) -> String {
    let same = |name: &&String| name.to_lowercase() == asked.trim().to_lowercase();
    match (known.iter().find(same), known) {
        (Some(name), _) => format!("--committee {name:?}"),
        (None, []) => "no account is registered yet: arkivd account add".to_owned(),
        (None, known) => format!("there are: {}", known.join(", ")),
    }
}
