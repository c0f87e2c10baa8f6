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
use crate::record::Account;

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

impl CredentialEntry {
    /// Where its cookies are. `true`: in a file of our own.
    fn cookies_at(&self, name: &str, config: &Config) -> Option<(PathBuf, bool)> {
        match &self.cookies_file {
            Some(file) => Some((config.dir.join(file), true)),
            None => handed_over(&format!("{name}.cookies")).map(|path| (path, false)),
        }
    }

    /// Holds that this is where the login may be sent: who may change an account's address must not learn it by that.
    fn check_address(&self, address: &Url) -> Result<(), platform::Error> {
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
}

impl Config {
    /// The user and password that an account names, for the platform's interface; `None` where its credential is a
    /// login by cookies alone. Read now, from a file that only its owner can read.
    ///
    /// # Errors
    /// When the name is not known, or the file is missing, empty or open to others.
    pub fn credential(&self, account: &str, name: &str) -> Result<Option<Credential>, Error> {
        let entry = self.entry(account, name)?;
        match &entry.user {
            Some(user) => Ok(Some(self.password(name, user, entry)?)),
            None if entry.cookies_at(name, self).is_none() => Err(Error::NoUser {
                name: name.to_owned(),
            }),
            None => Ok(None),
        }
    }

    /// The cookies that an account's credential has, for pages; empty where it is for the platform's interface alone.
    /// Read now, from a file that only its owner can read.
    ///
    /// # Errors
    /// When the name is not known, or the file is missing, open to others or of no known kind.
    pub fn cookies(&self, account: &str, name: &str) -> Result<Vec<Cookie>, Error> {
        let entry = self.entry(account, name)?;
        let Some((path, ours)) = entry.cookies_at(name, self) else {
            return Ok(Vec::new());
        };
        let text = read(name, "cookies", &path, ours)?;
        login::read(&text).map_err(|source| Error::Cookies {
            name: name.to_owned(),
            path,
            source,
        })
    }

    /// Holds that all of the credential is there, and for this address.
    ///
    /// # Errors
    /// As [`Config::credential`], [`Config::cookies`] and [`Config::login_of`].
    pub fn check_credential(&self, account: &str, name: &str, address: &Url) -> Result<(), Error> {
        self.credential(account, name)?;
        self.cookies(account, name)?;
        Ok(self.entry(account, name)?.check_address(address)?)
    }

    /// What the account's records are read with, if it names a credential.
    ///
    /// # Errors
    /// As [`Config::credential`].
    pub fn credential_of(&self, account: &Account) -> Result<Option<Credential>, Error> {
        match &account.credential {
            Some(name) => self.credential(account.id.as_str(), name),
            None => Ok(None),
        }
    }

    /// The account's cookies for the page at this address; empty where it names no credential.
    ///
    /// # Errors
    /// As [`Config::cookies`], and when the credential is for another address.
    pub fn login_of(&self, account: &Account, page: &Url) -> Result<Vec<Cookie>, Error> {
        let Some(name) = &account.credential else {
            return Ok(Vec::new());
        };
        let cookies = self.cookies(account.id.as_str(), name)?;
        if !cookies.is_empty() {
            self.entry(account.id.as_str(), name)?.check_address(page)?;
        }
        Ok(login::of_address(cookies, page))
    }

    /// What arkivd.toml says of the credential that an account names.
    ///
    /// # Errors
    /// When it does not have one of that name, or one that lacks the address it needs.
    pub fn entry(&self, account: &str, name: &str) -> Result<&CredentialEntry, Error> {
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
        Ok(entry)
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
