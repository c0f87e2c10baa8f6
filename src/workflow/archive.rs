//! An open archive: its folder, rooms on disk, and the lock of its one writer.

use std::fs::{self, File, OpenOptions};
use std::io::{Read as _, Seek as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustix::fs::{FlockOperation, flock};

use super::recover::{Repair, recover};
use super::turns::Turns;
use super::{Error, Surroundings, io_error};
use crate::catalog::{Access, Catalog};
use crate::ledger::Ledger;
use crate::store::Store;

/// Where things stand in an archive's folder (design, section 4).
#[derive(Debug, Clone)]
pub struct Paths(PathBuf);

impl Paths {
    pub fn new(archive: impl Into<PathBuf>) -> Self {
        Self(archive.into())
    }
    pub fn archive(&self) -> &Path {
        &self.0
    }
    pub fn configuration(&self) -> PathBuf {
        self.0.join("arkivd.toml")
    }
    pub fn policy(&self) -> PathBuf {
        self.0.join("policy.toml")
    }
    pub fn schedules(&self) -> PathBuf {
        self.0.join("schedules")
    }
    pub fn catalog(&self) -> PathBuf {
        self.0.join("catalog.sqlite")
    }
    /// Whether an archive stands here.
    ///
    /// # Errors
    /// [`Error::NotAnArchive`], or why that cannot be told.
    pub fn check(&self) -> Result<(), Error> {
        match self.catalog().try_exists() {
            Ok(true) => Ok(()),
            Ok(false) => Err(Error::NotAnArchive(self.0.clone())),
            Err(source) => Err(io_error(&self.0)(source)),
        }
    }
    fn lock(&self) -> PathBuf {
        self.0.join("lock")
    }
}

/// An archive open for reading, or by its one writer.
pub struct Archive {
    paths: Paths,
    pub(super) store: Store,
    pub(super) ledger: Ledger,
    catalog: Mutex<Catalog>,
    turns: Turns,
    _lock: Option<File>,
}

impl Archive {
    /// Opens for reading. Needs no lock.
    ///
    /// # Errors
    /// When the folder is no archive, is of a newer format, or cannot be read.
    pub fn open_to_read(dir: &Path) -> Result<Self, Error> {
        Self::open(dir, Access::Read, None)
    }

    /// Opens as the one writer, and repairs what a crash left.
    ///
    /// # Errors
    /// As for reading; when another process writes; when the user is not the archive's owner; when the catalog is
    /// older than the ledger.
    pub fn open_to_write(dir: &Path, around: &Surroundings) -> Result<(Self, Vec<Repair>), Error> {
        let paths = Paths::new(dir);
        paths.check()?;
        let owner = fs::metadata(dir).map_err(io_error(dir))?.uid();
        let user = rustix::process::geteuid().as_raw();
        if owner != user {
            return Err(Error::NotTheOwner {
                dir: dir.to_owned(),
                owner,
                user,
            });
        }
        let lock = lock(&paths)?;
        let archive = Self::open(dir, Access::Write, Some(lock))?;
        let repairs = recover(&archive, around)?;
        Ok((archive, repairs))
    }

    fn open(dir: &Path, access: Access, lock: Option<File>) -> Result<Self, Error> {
        let paths = Paths::new(dir);
        paths.check()?;
        let catalog = Catalog::open(&paths.catalog(), access)?;
        Ok(Self {
            store: Store::open(dir)?,
            ledger: match access {
                Access::Read => Ledger::open_to_verify(dir)?,
                Access::Write => Ledger::open(dir)?,
            },
            catalog: Mutex::new(catalog),
            turns: Turns::default(),
            paths,
            _lock: lock,
        })
    }

    pub fn paths(&self) -> &Paths {
        &self.paths
    }

    /// The catalog, for one caller at a time.
    pub fn catalog(&self) -> MutexGuard<'_, Catalog> {
        // A panic while it was held rolled its transaction back, so what is there is whole.
        self.catalog.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Who may capture now.
    pub fn turns(&self) -> &Turns {
        &self.turns
    }

    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Brings tiles and checkpoint up to what the catalog has committed.
    pub(super) fn publish_ledger(&self, from: u64) -> Result<(), Error> {
        let catalog = self.catalog();
        let size = catalog.ledger_size()?;
        self.ledger.publish(
            from,
            size,
            &|indexes| catalog.tree_hashes(indexes),
            &|range| catalog.entries(range.start, range.end),
        )?;
        Ok(())
    }
}

/// The writer's lock; it goes with the process. The file holds the process id, for messages only.
fn lock(paths: &Paths) -> Result<File, Error> {
    let path = paths.lock();
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(&path)
        .map_err(io_error(&path))?;
    if let Err(errno) = flock(&file, FlockOperation::NonBlockingLockExclusive) {
        if errno != rustix::io::Errno::WOULDBLOCK {
            return Err(io_error(&path)(errno.into()));
        }
        let mut holder = String::new();
        // Whose lock it is helps the reader of the message; without it the message still stands.
        let _ = file.read_to_string(&mut holder);
        return Err(Error::Busy {
            dir: paths.archive().to_owned(),
            holder: holder.trim().parse().ok(),
        });
    }
    let write = |file: &mut File| {
        file.rewind()?;
        file.set_len(0)?;
        writeln!(file, "{}", std::process::id())
    };
    write(&mut file).map_err(io_error(&path))?;
    Ok(file)
}

/// True when a writer holds the archive at this moment.
pub(super) fn is_being_written(paths: &Paths) -> bool {
    File::open(paths.lock())
        .is_ok_and(|file| flock(&file, FlockOperation::NonBlockingLockShared).is_err())
}
