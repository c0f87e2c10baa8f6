//! Config: ARCHIVE/arkivd.toml, the secrets it points at, and /etc/arkivd/system.toml, which names the archive.

mod browser;
mod credential;
mod diarium;
mod disclosure;
mod organisation_number;
mod removal;
mod system;
#[cfg(test)]
mod tests;
mod watch;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::browser::login;
use crate::platform::Network;
use crate::policy;
use crate::record::Person;
use crate::workflow::SecondGate;

pub use browser::Browser;
pub use credential::CredentialEntry;
pub use diarium::{Diarium, WatchFolder};
pub use disclosure::Disclosure;
pub use organisation_number::OrganisationNumber;
pub use removal::Removal;
pub use system::System;
pub use watch::Watch;

/// What is wrong with the configuration.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("configuration {path} cannot be read: {source}")]
    Read { path: PathBuf, source: io::Error },
    /// Without the line itself, which may hold a secret in a wrong place.
    #[error("configuration {path}:{line}:{column}: {problem}")]
    Parse {
        path: PathBuf,
        line: usize,
        /// In characters, from 1.
        column: usize,
        problem: String,
    },
    #[error("account {account} names credential {name:?}, which arkivd.toml does not have")]
    NoCredential { account: String, name: String },
    #[error("credential {name}: {what} file {path} cannot be read: {source}")]
    Secret {
        name: String,
        /// `password` or `cookies`.
        what: &'static str,
        path: PathBuf,
        source: io::Error,
    },
    #[error("credential {name}: {what} file {path} can be read by others (mode {mode:o})")]
    SecretOpen {
        name: String,
        what: &'static str,
        path: PathBuf,
        mode: u32,
    },
    #[error("credential {name}: {what} file {path} is empty")]
    SecretEmpty {
        name: String,
        what: &'static str,
        path: PathBuf,
    },
    #[error("credential {name}: cookies file {path}: {source}")]
    Cookies {
        name: String,
        path: PathBuf,
        source: login::Fault,
    },
    #[error(transparent)]
    Elsewhere(#[from] crate::platform::Error),
    #[error("credential {name} has neither a user nor cookies")]
    NoUser { name: String },
    #[error("rules of pages {path}: {source}")]
    Rules {
        path: PathBuf,
        source: Box<crate::browser::Error>,
    },
    #[error("[browser] {key} = {value}: {problem}")]
    Browser {
        key: &'static str,
        value: String,
        problem: &'static str,
    },
    #[error(
        "credential {name} has no address, and arkivd.toml has [[person]]: it could be sent anywhere"
    )]
    NoAddress { name: String },
    #[error("credential {name} has no password_file, and systemd handed over none of that name")]
    NoPassword { name: String },
    #[error("[[person]] {user:?} stands twice in arkivd.toml")]
    PersonTwice { user: String },
    #[error("{path} holds [[person]], and {problem}")]
    PersonsOpen {
        path: PathBuf,
        problem: &'static str,
    },
    #[error("{path} names a socket, and not the archive it is for")]
    SocketAlone { path: PathBuf },
    #[error("[watch] {key} = {value}: it must be {least} to {most}")]
    Watch {
        key: &'static str,
        value: u32,
        least: u32,
        most: u32,
    },
    #[error("[daemon] {key} = {value}: it must be 1 to {most}")]
    Daemon {
        key: &'static str,
        value: usize,
        most: usize,
    },
    #[error("case number {given:?} is not of the form that arkivd.toml shows")]
    CaseNumber {
        given: String,
        examples: Vec<String>,
    },
    #[error("[inbox] seconds = {value}: it must be 1 to {most}")]
    Inbox { value: u64, most: u64 },
}

impl Error {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Read { .. } => None,
            Self::Parse { .. } => Some(
                "the keys that are known stand, each with its meaning, in docs/handbok.md"
                    .to_owned(),
            ),
            Self::NoCredential { name, .. } => Some(format!(
                "add [credential.{name}] with user and password_file to arkivd.toml, or change the account"
            )),
            Self::Secret { what: "cookies", .. } | Self::Cookies { .. } => Some(
                "export the cookies of a browser that is logged in, as cookies.txt or JSON: docs/handbok.md".to_owned(),
            ),
            Self::Secret { .. } => {
                Some("make the file, with the application password as its one line".to_owned())
            }
            Self::NoUser { name } => Some(format!(
                "write user and password_file under [credential.{name}], or cookies_file for a page alone"
            )),
            Self::Elsewhere(source) => source.hint(),
            Self::Rules { source, .. } => source.hint(),
            Self::Browser { key, .. } => Some(format!("correct {key} under [browser] in arkivd.toml")),
            Self::SecretOpen { path, .. } => Some(format!("chmod 600 {}", path.display())),
            Self::SecretEmpty { .. } => {
                Some("put the application password in it, as its one line".to_owned())
            }
            Self::NoAddress { name } => Some(format!(
                "write the account's address under [credential.{name}]: address = \"https://…/\""
            )),
            Self::NoPassword { name } => Some(format!(
                "put it in /etc/arkivd/credentials/{name} and restart the service, or name a password_file under [credential.{name}]"
            )),
            Self::PersonsOpen { path, .. } => {
                Some(format!("chown root {0}; chmod g-w,o-w {0}", path.display()))
            }
            Self::SocketAlone { path } => {
                Some(format!("write archive = \"…\" in {} too", path.display()))
            }
            Self::PersonTwice { .. } => Some("put all of a person's roles in one table".to_owned()),
            Self::Inbox { .. } => Some("correct seconds under [inbox] in arkivd.toml".to_owned()),
            Self::Daemon { key, .. } => {
                Some(format!("correct {key} under [daemon] in arkivd.toml"))
            }
            Self::CaseNumber { examples, .. } => Some(format!(
                "write it as {}; the forms stand under [diarium] in arkivd.toml",
                examples.join(" or ")
            )),
            Self::Watch { key, .. } => Some(format!("correct {key} under [watch] in arkivd.toml")),
        }
    }
}

/// arkivd.toml.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The municipality, as it stands in documents and bags.
    pub organisation: String,
    /// Its organisationsnummer, as packages for e-archives tell it.
    #[serde(default)]
    pub organisation_number: Option<OrganisationNumber>,
    /// The profile the archive was made from.
    pub profile: String,
    #[serde(default)]
    pub network: Network,
    #[serde(default)]
    pub daemon: Daemon,
    #[serde(default)]
    pub watch: Watch,
    #[serde(default)]
    pub inbox: Inbox,
    #[serde(default)]
    pub removal: Removal,
    #[serde(default)]
    pub disclosure: Disclosure,
    #[serde(default)]
    pub browser: Browser,
    #[serde(default)]
    pub pdf: Pdf,
    /// Who may do what, by the daemon's judgement. Without the daemon it is advice.
    #[serde(default)]
    pub diarium: Diarium,
    #[serde(default)]
    pub watch_folder: WatchFolder,
    #[serde(default, rename = "person")]
    pub persons: Vec<Person>,
    #[serde(default, rename = "credential")]
    pub credentials: BTreeMap<String, CredentialEntry>,
    #[serde(skip)]
    dir: PathBuf,
}

/// How much the daemon does at once. Read when it starts.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Daemon {
    /// Accounts captured at the same time.
    pub captures_at_once: usize,
    /// Of those, at most so many on one host.
    pub captures_per_host: usize,
}

impl Default for Daemon {
    fn default() -> Self {
        Self {
            captures_at_once: 2,
            captures_per_host: 1,
        }
    }
}

impl Daemon {
    fn check(&self) -> Result<(), Error> {
        const MOST: usize = 64;
        let keys = [
            ("captures_at_once", self.captures_at_once),
            ("captures_per_host", self.captures_per_host),
        ];
        match keys.into_iter().find(|(_, n)| !(1..=MOST).contains(n)) {
            None => Ok(()),
            Some((key, value)) => Err(Error::Daemon {
                key,
                value,
                most: MOST,
            }),
        }
    }
}

/// How the daemon looks at inbox/.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Inbox {
    pub watch: bool,
    /// Seconds between two looks. A file is taken when it stood still from one to the next.
    pub seconds: u64,
}

impl Default for Inbox {
    fn default() -> Self {
        Self {
            watch: true,
            seconds: 10,
        }
    }
}

impl Inbox {
    fn check(&self) -> Result<(), Error> {
        const MOST: u64 = 3600;
        match (1..=MOST).contains(&self.seconds) {
            true => Ok(()),
            false => Err(Error::Inbox {
                value: self.seconds,
                most: MOST,
            }),
        }
    }
}

/// What PDFs must pass before they are sealed, beside arkivd's own gate.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Pdf {
    pub second_gate: Option<Validator>,
    /// The program of the second gate; without it, verapdf on the PATH.
    pub path: Option<PathBuf>,
}

/// A validator that can be the second gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Validator {
    Verapdf,
}

impl Config {
    /// Reads the configuration of the archive in `dir`.
    ///
    /// # Errors
    /// When the file cannot be read, has a key that is not known, or a value of the wrong kind.
    pub fn load(dir: &Path) -> Result<Self, Error> {
        let path = dir.join("arkivd.toml");
        let text = fs::read_to_string(&path).map_err(|source| Error::Read {
            path: path.clone(),
            source,
        })?;
        let mut config: Self = parse(&text, &path)?;
        config.dir = dir.to_owned();
        config.daemon.check()?;
        config.watch.check()?;
        config.inbox.check()?;
        config.browser.check()?;
        let mut users = BTreeSet::new();
        match config.persons.iter().find(|p| !users.insert(&p.user)) {
            Some(twice) => Err(Error::PersonTwice {
                user: twice.user.clone(),
            }),
            None => Ok(config),
        }
    }

    /// The digits of the municipality's organisationsnummer.
    pub fn organisation_number(&self) -> Option<String> {
        let number = self.organisation_number.as_ref();
        number.map(|number| number.as_str().to_owned())
    }

    /// What else must pass a PDF before it is sealed.
    pub fn second_gate(&self) -> Option<SecondGate> {
        let Validator::Verapdf = self.pdf.second_gate?;
        Some(SecondGate::new(self.pdf.path.clone()))
    }

    /// Holds that nobody can give themselves a role: who may write the file is root, or without systemd its owner too
    /// (design 8.6).
    ///
    /// # Errors
    /// [`Error::PersonsOpen`], or when the file cannot be looked at.
    pub fn check_persons(&self) -> Result<(), Error> {
        let path = self.dir.join("arkivd.toml");
        if self.persons.is_empty() {
            return Ok(());
        }
        let file = fs::metadata(&path).map_err(|source| Error::Read {
            path: path.clone(),
            source,
        })?;
        let is_service = std::env::var_os("NOTIFY_SOCKET").is_some();
        let problem = if file.mode() & 0o022 != 0 {
            "others than its owner can write it"
        } else if is_service && file.uid() != 0 {
            "it is not root's"
        } else {
            return Ok(());
        };
        Err(Error::PersonsOpen { path, problem })
    }
}

fn io_error(path: &Path) -> impl FnOnce(io::Error) -> Error {
    let path = path.to_owned();
    move |source| Error::Read { path, source }
}

/// Reads TOML. What is wrong is told without the values of a credential.
fn parse<T: DeserializeOwned>(text: &str, path: &Path) -> Result<T, Error> {
    policy::parse(text, "").map_err(|error| {
        let (line, column, problem) = match error {
            policy::Error::Malformed {
                line,
                column,
                key,
                problem,
                ..
            } => {
                let problem = match key.starts_with("credential") {
                    true => without_value(&problem),
                    false => problem,
                };
                (line, column, format!("{key}: {problem}"))
            }
            policy::Error::Syntax {
                line,
                column,
                problem,
                ..
            } => (line, column, problem),
            other => (1, 1, other.to_string()),
        };
        Error::Parse {
            path: path.to_owned(),
            line,
            column,
            problem,
        }
    })
}

/// `invalid type: string "x", expected y` without what stands between: serde repeats the value that it refuses.
fn without_value(problem: &str) -> String {
    let repeats = ["invalid type: ", "invalid value: "]
        .into_iter()
        .find(|start| problem.starts_with(start));
    match (repeats, problem.rsplit_once(", expected ")) {
        (Some(start), Some((_, expected))) => {
            format!("{}, expected {expected}", start.trim_end_matches(": "))
        }
        _ => problem.to_owned(),
    }
}

/// The text of a new archive's arkivd.toml.
pub fn template(organisation: &str, profile: &str) -> String {
    // The name last: it may hold anything.
    TEMPLATE
        .replace("{profile}", &toml::Value::from(profile).to_string())
        .replace(
            "{organisation}",
            &toml::Value::from(organisation).to_string(),
        )
}

const TEMPLATE: &str = include_str!("config/arkivd.toml");
