//! Browser: pages as people see them, by Chromium.
//!
//! A capture has a browser of its own: [`launch`](launch::Launch) finds Chromium and starts it with its sandbox on and its rights
//! dropped, [`cdp`] speaks to it over a pipe, [`proxy`] is its only way to the network. [`capture`](capture::capture)
//! puts it all together: the page is waited for, brought to its [`whole`], judged by its [`outcome`], and taken as
//! pictures, words, print and traffic. When the capture ends, however it ends, no process and no folder of it is left.
//!
//! The browser and all it says are hostile: a page may have taken it over. Every message has its limit, every
//! call its time, and a call to what has crashed fails at once by name.

pub mod attach;
pub mod capture;
pub mod cdp;
mod certificate;
mod conditions;
mod interruptions;
mod job;
pub mod launch;
pub mod login;
pub mod outcome;
mod paper;
mod process;
pub mod proxy;
pub mod recorder;
pub mod remote;
pub mod rules;
pub mod survey;
mod tiles;
mod traffic;
pub mod whole;
mod wire;
mod words;
pub mod worker;

pub use job::{Cookie, Job, OutwardProxy, PageLimits, TileFormat};

use std::io;
use std::path::PathBuf;

/// Why the browser did not do as asked. Each names the call or the thing it is about.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the browser's proxy cannot listen on loopback")]
    Listen(#[source] io::Error),
    #[error("no browser is installed")]
    NotInstalled,
    #[error("{path} is no program that may be run")]
    NotAProgram { path: PathBuf },
    #[error("the browser would run as root, where its sandbox does not work")]
    WouldBeRoot,
    #[error("only root can start the browser as user {uid}")]
    OtherUser { uid: u32 },
    #[error("{tool} is not installed; the browser's rights and limits are set with it")]
    NoTool { tool: &'static str },
    #[error("the browser's folder under {path} cannot be made")]
    Folder {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("the browser {program} cannot be started")]
    Start {
        program: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("the browser {program} finds no way to make its sandbox")]
    NoSandbox { program: PathBuf },
    #[error(
        "the browser {program} ended before it could be used{}",
        last_line(said)
    )]
    EndedAtOnce { program: PathBuf, said: String },
    #[error("{path} cannot be written")]
    Write {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("the hosts that pages may lead to")]
    Allow(#[source] crate::platform::Error),
    #[error("the browser's pipe")]
    Pipe(#[source] io::Error),
    #[error("{method}: the page crashed")]
    Crashed { method: String },
    #[error("{method}: the page was closed")]
    Detached { method: String },
    #[error("{method}: the browser is gone")]
    Gone { method: String },
    #[error("{method}: no answer within {milliseconds} ms")]
    TimedOut { method: String, milliseconds: u64 },
    #[error("{method}: the browser refuses: {message} ({code})")]
    Refused {
        method: String,
        code: i64,
        message: String,
    },
    #[error("{method}: the answer is larger than {limit} bytes")]
    TooLarge { method: String, limit: usize },
    #[error("{method}: the answer lacks {what}")]
    Lacking { method: String, what: &'static str },
    #[error("{method}: the answer is not what the protocol says")]
    Malformed {
        method: String,
        #[source]
        source: serde_json::Error,
    },
    #[error("the talk with the browser's process")]
    Wire(#[source] io::Error),
    #[error("the talk with the browser's process: {problem}")]
    Talk { problem: &'static str },
    #[error("the talk with the browser's process is not what it should be")]
    Json(#[source] serde_json::Error),
    #[error("the browser's service does not answer at {path}")]
    Service {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("the browser's process ended before it was done")]
    WorkerEnded,
    #[error("the browser's process: {said}")]
    Worker { said: String },
    #[error("page rules, line {line}: {problem}")]
    Rules { line: usize, problem: String },
    #[error("the recording of the traffic")]
    Recording(#[source] crate::warc::Error),
    #[error("more events came than {limit} bytes hold, or one that cannot be read; some are lost")]
    EventsLost { limit: usize },
}

/// `: what it said last`; it may have said nothing.
fn last_line(said: &str) -> String {
    let lines = said.lines().rev().map(str::trim);
    let last = lines.into_iter().find(|line| !line.is_empty());
    last.map_or_else(String::new, |line| format!(": {line}"))
}

impl Error {
    /// What a person can do about it.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NotInstalled => {
                "apt install chromium, or name another as path under [browser] in arkivd.toml"
            }
            Self::NotAProgram { .. } => "correct path under [browser] in arkivd.toml",
            Self::WouldBeRoot => "run arkivd as its own user, or name one for the browser",
            Self::OtherUser { .. } => "name no other user for the browser, or start arkivd as root",
            Self::Rules { .. } => "correct rules under [browser] in arkivd.toml; archive-schema/page-rules.toml shows their form",
            Self::NoTool { .. } => "apt install util-linux",
            Self::Service { .. } => {
                "systemctl status arkivd-browser.socket tells why; without it, remove service under [browser] in arkivd.toml"
            }
            Self::Folder { .. } | Self::Write { .. } => "check that the disk has room and can be written",
            Self::NoSandbox { .. } => {
                "allow user namespaces: sysctl user.max_user_namespaces; where arkivd is a service: systemctl enable --now arkivd-browser.socket"
            }
            _ => return None,
        }
        .to_owned())
    }

    /// True when this browser is of no more use; another one may do better.
    pub fn is_end(&self) -> bool {
        matches!(
            self,
            Self::Gone { .. } | Self::Pipe(_) | Self::EndedAtOnce { .. }
        )
    }
}
