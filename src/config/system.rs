//! /etc/arkivd/system.toml: which archive this machine keeps, and where its daemon listens.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::Error;

/// The machine's own settings. Empty on a machine without the service.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct System {
    /// The archive that commands mean when they name none.
    pub archive: Option<PathBuf>,
    /// Its daemon's socket; without it, `socket` in the archive's folder.
    pub socket: Option<PathBuf>,
}

impl System {
    const PATH: &'static str = "/etc/arkivd/system.toml";

    /// Where the file is: the one that `ARKIVD_SYSTEM` names, or the machine's.
    pub fn path() -> PathBuf {
        std::env::var_os("ARKIVD_SYSTEM").map_or_else(|| PathBuf::from(Self::PATH), PathBuf::from)
    }

    /// The folder beside it whose files systemd hands over to the service as passwords.
    pub fn credentials() -> PathBuf {
        Self::path().with_file_name("credentials")
    }

    /// Reads the file.
    ///
    /// # Errors
    /// When it is there and cannot be read, or has a key that is not known.
    pub fn load() -> Result<Self, Error> {
        Self::read(&Self::path())
    }

    fn read(path: &Path) -> Result<Self, Error> {
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(source) => {
                return Err(Error::Read {
                    path: path.to_owned(),
                    source,
                });
            }
        };
        let system: Self = super::parse(&text, path)?;
        if system.socket.is_some() && system.archive.is_none() {
            return Err(Error::SocketAlone {
                path: path.to_owned(),
            });
        }
        Ok(system)
    }

    /// The socket of the archive in `dir`. The file's own stands for the archive it names.
    pub fn socket_of(&self, dir: &Path) -> PathBuf {
        match &self.socket {
            Some(socket) if self.archive.as_deref().is_some_and(|a| same(a, dir)) => socket.clone(),
            _ => dir.join("socket"),
        }
    }
}

/// Whether both name one folder, however they are written.
fn same(a: &Path, b: &Path) -> bool {
    a == b
        || match (a.canonicalize(), b.canonicalize()) {
            (Ok(a), Ok(b)) => a == b,
            _ => false,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_without_the_file_has_no_settings() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("system.toml");
        assert_eq!(System::read(&path).unwrap(), System::default());
        fs::write(&path, "arkiv = \"/a\"\n").unwrap();
        let wrong = System::read(&path).unwrap_err().to_string();
        assert!(wrong.contains("arkiv"), "{wrong}");
        // It would stand for whichever archive a command names.
        fs::write(&path, "socket = \"/run/a\"\n").unwrap();
        let alone = System::read(&path).unwrap_err();
        assert!(matches!(alone, Error::SocketAlone { .. }), "{alone}");
    }

    #[test]
    fn the_socket_stands_for_the_archive_it_is_named_with() {
        let system = System {
            archive: Some("/var/lib/arkivd/archive".into()),
            socket: Some("/run/arkivd/socket".into()),
        };
        let of = |dir: &str| system.socket_of(Path::new(dir));
        assert_eq!(
            of("/var/lib/arkivd/archive"),
            Path::new("/run/arkivd/socket")
        );
        assert_eq!(of("/srv/other"), Path::new("/srv/other/socket"));
    }
}
