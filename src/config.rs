//! Config: ARCHIVE/arkivd.toml, and the secrets it points at.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::platform::{Credential, Network, Secret};

/// What is wrong with the configuration.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("configuration {path} cannot be read: {source}")]
    Read { path: PathBuf, source: io::Error },
    #[error("configuration {path}: {source}")]
    Parse {
        path: PathBuf,
        source: Box<toml::de::Error>,
    },
    #[error("account {account} names credential {name:?}, which arkivd.toml does not have")]
    NoCredential { account: String, name: String },
    #[error("credential {name}: password file {path} cannot be read: {source}")]
    Password {
        name: String,
        path: PathBuf,
        source: io::Error,
    },
    #[error("credential {name}: password file {path} can be read by others (mode {mode:o})")]
    PasswordOpen {
        name: String,
        path: PathBuf,
        mode: u32,
    },
    #[error("credential {name}: password file {path} is empty")]
    PasswordEmpty { name: String, path: PathBuf },
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
            Self::Password { .. } => {
                Some("make the file, with the application password as its one line".to_owned())
            }
            Self::PasswordOpen { path, .. } => Some(format!("chmod 600 {}", path.display())),
            Self::PasswordEmpty { .. } => {
                Some("put the application password in it, as its one line".to_owned())
            }
        }
    }
}

/// arkivd.toml.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The municipality, as it stands in documents and bags.
    pub organisation: String,
    /// The profile the archive was made from.
    pub profile: String,
    #[serde(default)]
    pub network: Network,
    #[serde(default)]
    credential: BTreeMap<String, CredentialEntry>,
    #[serde(skip)]
    dir: PathBuf,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct CredentialEntry {
    user: String,
    password_file: PathBuf,
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
        let mut config: Self = toml::from_str(&text).map_err(|source| Error::Parse {
            path,
            source: Box::new(source),
        })?;
        config.dir = dir.to_owned();
        Ok(config)
    }

    /// The credential an account names. The secret is read now, from a file that only its owner can read.
    ///
    /// # Errors
    /// When the name is not known, or the file is missing, empty or open to others.
    pub fn credential(&self, account: &str, name: &str) -> Result<Credential, Error> {
        let entry = self
            .credential
            .get(name)
            .ok_or_else(|| Error::NoCredential {
                account: account.to_owned(),
                name: name.to_owned(),
            })?;
        let path = self.dir.join(&entry.password_file);
        let unreadable = |source| Error::Password {
            name: name.to_owned(),
            path: path.clone(),
            source,
        };
        let mode = fs::metadata(&path).map_err(unreadable)?.mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(Error::PasswordOpen {
                name: name.to_owned(),
                path,
                mode,
            });
        }
        let text = fs::read_to_string(&path).map_err(unreadable)?;
        let password = text.trim_end_matches(['\r', '\n']);
        if password.is_empty() {
            return Err(Error::PasswordEmpty {
                name: name.to_owned(),
                path,
            });
        }
        Ok(Credential {
            user: entry.user.clone(),
            password: Secret::new(password.to_owned()),
        })
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    fn archive(toml: &str) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("arkivd.toml"), toml).unwrap();
        dir
    }

    #[test]
    fn the_template_is_itself_good_configuration() {
        let dir = archive(&template("Tibro \"{profile}\"", "tibro"));
        let config = Config::load(dir.path()).unwrap();
        assert_eq!(config.organisation, "Tibro \"{profile}\"");
        assert_eq!(config.profile, "tibro");
    }

    #[test]
    fn every_key_of_the_template_may_be_uncommented() {
        let open: String = template("A", "tibro")
            .lines()
            .map(|line| {
                let key = line
                    .strip_prefix("# ")
                    .filter(|l| l.starts_with('[') || l.contains(" = "));
                format!("{}\n", key.unwrap_or(line))
            })
            .collect();
        Config::load(archive(&open).path()).unwrap();
    }

    #[test]
    fn an_unknown_key_is_named() {
        let dir = archive("organisation = \"A\"\nprofile = \"tibro\"\norganization = \"B\"\n");
        let message = Config::load(dir.path()).unwrap_err().to_string();
        assert!(message.contains("organization"), "{message}");
    }

    #[test]
    fn a_password_that_others_can_read_is_refused() {
        let dir = archive(
            "organisation=\"A\"\nprofile=\"tibro\"\n[credential.blogg]\nuser=\"u\"\npassword_file=\"secret\"\n",
        );
        let secret = dir.path().join("secret");
        let config = Config::load(dir.path()).unwrap();
        assert!(matches!(
            config.credential("a", "blogg"),
            Err(Error::Password { .. })
        ));
        fs::write(&secret, "x y\n").unwrap();
        fs::set_permissions(&secret, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(
            config.credential("a", "blogg"),
            Err(Error::PasswordOpen { mode: 0o644, .. })
        ));
        fs::set_permissions(&secret, fs::Permissions::from_mode(0o600)).unwrap();
        assert_eq!(config.credential("a", "blogg").unwrap().user, "u");
        assert!(matches!(
            config.credential("a", "other"),
            Err(Error::NoCredential { .. })
        ));
    }
}
