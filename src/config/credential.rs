//! Credentials: what a log-in is made of, read from files that only their owner can read.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use serde::Deserialize;
use serde::de::{Deserializer, Error as _};
use url::Url;

use super::{Config, Error};
use crate::browser::{Cookie, login};
use crate::platform::{self, Credential, Secret};

/// A log-in to an account.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CredentialEntry {
    /// Of a password; a login by cookies alone has none.
    pub user: Option<String>,
    /// Without it the password is what systemd hands over under the credential's name (LoadCredential=).
    pub password_file: Option<PathBuf>,
    /// The cookies of a browser that is logged in, for the account's page: cookies.txt, or JSON as browsers export it.
    /// Without it, what systemd hands over as NAME.cookies, if it does.
    pub cookies_file: Option<PathBuf>,
    /// The account's address; the credential is sent to its origin alone. Needed where `[[person]]` stands: who may edit
    /// accounts could else have it sent to themselves.
    #[serde(default)]
    pub address: Option<Url>,
    /// The last day it is good for, where the platform says so.
    #[serde(default, deserialize_with = "day")]
    pub expires: Option<NaiveDate>,
}

/// `2027-01-31`, a date of TOML's own.
fn day<'de, D: Deserializer<'de>>(from: D) -> Result<Option<NaiveDate>, D::Error> {
    let written = toml::value::Datetime::deserialize(from)?;
    let date = written
        .date
        .filter(|_| written.time.is_none())
        .and_then(|d| NaiveDate::from_ymd_opt(d.year.into(), d.month.into(), d.day.into()));
    match date {
        Some(day) => Ok(Some(day)),
        None => Err(D::Error::custom(format!(
            "{written} is not a day such as 2027-01-31"
        ))),
    }
}

/// The secrets behind a credential's name.
#[derive(Debug, Clone, Default)]
pub struct Secrets {
    /// For the platform's interface.
    pub credential: Option<Credential>,
    /// For pages.
    pub login: Vec<Cookie>,
    /// The address whose origin alone gets the login; without one, whichever account names it.
    pub address: Option<Url>,
}

impl Secrets {
    /// Holds that this is where the secrets may be sent: who may change an account's address must not learn them by it.
    ///
    /// # Errors
    /// [`platform::Error::CredentialElsewhere`].
    pub fn check_address(&self, address: &Url) -> Result<(), platform::Error> {
        match &self.address {
            Some(own) if own.origin() != address.origin() => {
                Err(platform::Error::CredentialElsewhere {
                    address: address.to_string(),
                    own: own.to_string(),
                })
            }
            _ => Ok(()),
        }
    }

    /// The cookies for the page at this address: those of its host.
    ///
    /// # Errors
    /// As [`Secrets::check_address`], where there are any.
    pub fn login_of(&self, page: &Url) -> Result<Vec<Cookie>, platform::Error> {
        if !self.login.is_empty() {
            self.check_address(page)?;
        }
        Ok(login::of_address(self.login.clone(), page))
    }
}

impl Config {
    /// The secrets behind the credential that an account names. They are read now, from files that only their owner
    /// can read.
    ///
    /// # Errors
    /// When the name is not known, or a file is missing, empty, open to others or of no known kind.
    pub fn secrets(&self, account: &str, name: &str) -> Result<Secrets, Error> {
        let entry = self
            .credentials
            .get(name)
            .ok_or_else(|| Error::NoCredential {
                account: account.to_owned(),
                name: name.to_owned(),
            })?;
        if entry.address.is_none() && !self.persons.is_empty() {
            return Err(Error::NoAddress {
                name: name.to_owned(),
            });
        }
        let cookies = match &entry.cookies_file {
            Some(file) => Some((self.dir.join(file), true)),
            None => handed_over(&format!("{name}.cookies")).map(|path| (path, false)),
        };
        let login = match cookies {
            Some((path, ours)) => {
                let text = read(name, "cookies", &path, ours)?;
                login::read(&text).map_err(|source| Error::Cookies {
                    name: name.to_owned(),
                    path,
                    source,
                })?
            }
            None => Vec::new(),
        };
        let credential = match &entry.user {
            Some(user) => Some(self.password(name, user, entry)?),
            None if login.is_empty() => {
                return Err(Error::NoUser {
                    name: name.to_owned(),
                });
            }
            None => None,
        };
        Ok(Secrets {
            credential,
            login,
            address: entry.address.clone(),
        })
    }

    fn password(
        &self,
        name: &str,
        user: &str,
        entry: &CredentialEntry,
    ) -> Result<Credential, Error> {
        let (path, ours) = match &entry.password_file {
            Some(file) => (self.dir.join(file), true),
            None => {
                let path = handed_over(name).ok_or_else(|| Error::NoPassword {
                    name: name.to_owned(),
                })?;
                (path, false)
            }
        };
        let text = read(name, "password", &path, ours)?;
        let password = text.trim_end_matches(['\r', '\n']);
        if password.is_empty() {
            return Err(Error::SecretEmpty {
                name: name.to_owned(),
                what: "password",
                path,
            });
        }
        Ok(Credential {
            user: user.to_owned(),
            password: Secret::new(password.to_owned()),
            address: entry.address.clone(),
        })
    }
}

/// A file that only its owner can read. `ours`: what systemd hands over it guards itself.
fn read(name: &str, what: &'static str, path: &Path, ours: bool) -> Result<String, Error> {
    let unreadable = |source: io::Error| Error::Secret {
        name: name.to_owned(),
        what,
        path: path.to_owned(),
        source,
    };
    let mode = fs::metadata(path).map_err(unreadable)?.mode() & 0o777;
    if ours && mode & 0o077 != 0 {
        return Err(Error::SecretOpen {
            name: name.to_owned(),
            what,
            path: path.to_owned(),
            mode,
        });
    }
    fs::read_to_string(path).map_err(unreadable)
}

/// The file of that name in systemd's folder for this service, if there is one: handed over alone, or as one of the
/// folder `credentials` (systemd.exec(5), LoadCredential=).
fn handed_over(name: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("CREDENTIALS_DIRECTORY")?;
    [name.to_owned(), format!("credentials_{name}")]
        .into_iter()
        .filter(|file| !file.contains('/'))
        .map(|file| Path::new(&folder).join(file))
        .find(|path| path.exists())
}
