//! The store's three folders in an archive: what is published, what is being written, what was set aside.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Datelike};

use crate::record::BagId;

use super::crash::crash_point;
use super::listing::{Bags, Stray};
use super::staging::StagedBag;
use super::{Commitment, Error, disk, io_error};

pub(super) const DIR_MODE: u32 = 0o750;
pub(super) const FILE_MODE: u32 = 0o640;

/// The store of one archive. Holds paths only, so it costs nothing to keep; the archive's lock is the caller's.
#[derive(Debug, Clone)]
pub struct Store {
    store: PathBuf,
    staging: PathBuf,
    quarantine: PathBuf,
}

impl Store {
    /// Makes the three folders in an archive folder that has none of them.
    ///
    /// # Errors
    /// [`Error::AlreadyAnArchive`], or when a folder cannot be made.
    pub fn create(archive: &Path) -> Result<Self, Error> {
        let store = Self::at(archive);
        if store.store.exists() {
            return Err(Error::AlreadyAnArchive(archive.to_owned()));
        }
        for folder in [&store.staging, &store.quarantine, &store.store] {
            disk::make_dir(folder, DIR_MODE)?;
        }
        disk::sync_dir(archive)?;
        Ok(store)
    }

    /// Opens the store of an archive; changes nothing.
    ///
    /// # Errors
    /// [`Error::NotAnArchive`] names the folder that is missing; [`Error::OtherFileSystem`].
    pub fn open(archive: &Path) -> Result<Self, Error> {
        let store = Self::at(archive);
        let device = |folder: &'static str, path: &Path| match fs::metadata(path) {
            Ok(found) if found.is_dir() => Ok(found.dev()),
            Ok(_) => Err(Error::NotAnArchive {
                archive: archive.to_owned(),
                folder,
            }),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Err(Error::NotAnArchive {
                archive: archive.to_owned(),
                folder,
            }),
            Err(e) => Err(io_error("look at", path)(e)),
        };
        let home = device("store", &store.store)?;
        for (folder, path) in [
            ("staging", &store.staging),
            ("quarantine", &store.quarantine),
        ] {
            if device(folder, path)? != home {
                return Err(Error::OtherFileSystem(path.clone()));
            }
        }
        Ok(store)
    }

    fn at(archive: &Path) -> Self {
        Self {
            store: archive.join("store"),
            staging: archive.join("staging"),
            quarantine: archive.join("quarantine"),
        }
    }

    /// Begins a bag in `staging/<uuid>`. What is dropped before it is published is removed.
    ///
    /// # Errors
    /// [`Error::Exists`] when the bag is published or being written; [`Error::NotTimeOrdered`] when the id is not
    /// a UUIDv7; when the folders cannot be made.
    pub fn stage(&self, bag: BagId) -> Result<StagedBag, Error> {
        if bag.0.get_version_num() != 7 {
            return Err(Error::NotTimeOrdered(bag));
        }
        if self.path(bag).exists() {
            return Err(Error::Exists(bag));
        }
        StagedBag::begin(self.staging.join(bag.to_string()), self.path(bag), bag)
    }

    /// Where the bag is, or will be: `store/YYYY/MM/<uuid>`, by the time in its id (UTC). It holds
    /// `commitment.txt` and the folder `bag`.
    pub fn path(&self, bag: BagId) -> PathBuf {
        let (year, month) = month_of(bag);
        self.store
            .join(format!("{year:04}"))
            .join(format!("{month:02}"))
            .join(bag.to_string())
    }

    /// All published bags in the order of their ids, a month in memory at a time. What does not belong in the
    /// store is told as a [`Stray`], and the listing goes on.
    ///
    /// # Errors
    /// When the store itself cannot be read.
    pub fn bags(&self) -> Result<impl Iterator<Item = Result<BagId, Stray>> + Send + use<>, Error> {
        Bags::of(&self.store)
    }

    /// The names in staging: bags that are being written now, or that a crash left.
    ///
    /// # Errors
    /// When staging cannot be read.
    pub fn staged(&self) -> Result<Vec<String>, Error> {
        let entries = fs::read_dir(&self.staging).map_err(io_error("list", &self.staging))?;
        let mut names = entries
            .map(|entry| entry.map(|e| e.file_name().to_string_lossy().into_owned()))
            .collect::<Result<Vec<_>, _>>()
            .map_err(io_error("list", &self.staging))?;
        names.sort();
        Ok(names)
    }

    /// Removes what a crash left in staging, and tells its names. Only for start-up, under the archive's lock:
    /// it would remove a bag that is being written.
    ///
    /// # Errors
    /// When something cannot be removed.
    pub fn clear_staging(&self) -> Result<Vec<String>, Error> {
        let entries = fs::read_dir(&self.staging).map_err(io_error("list", &self.staging))?;
        let mut removed = Vec::new();
        for entry in entries {
            let entry = entry.map_err(io_error("list", &self.staging))?;
            let path = entry.path();
            let kind = entry.file_type().map_err(io_error("look at", &path))?;
            if kind.is_dir() {
                fs::remove_dir_all(&path)
            } else {
                fs::remove_file(&path)
            }
            .map_err(io_error("remove", &path))?;
            removed.push(entry.file_name().to_string_lossy().into_owned());
        }
        if !removed.is_empty() {
            disk::sync_dir(&self.staging)?;
        }
        removed.sort();
        Ok(removed)
    }

    /// A folder for what is worked on and not sealed. It goes when it is dropped, or at the next start.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn scratch(&self) -> Result<tempfile::TempDir, Error> {
        tempfile::Builder::new()
            .prefix("scratch-")
            .tempdir_in(&self.staging)
            .map_err(io_error("make", &self.staging))
    }

    /// Sets a published bag aside in `quarantine/<uuid>`, durably, with `<uuid>.reason.txt` beside it; tells where.
    /// A bag of that name already there stays: the new one becomes `<uuid>-2`, and so on.
    ///
    /// # Errors
    /// When the bag is not there or cannot be moved.
    pub fn quarantine(&self, bag: BagId, why: &str) -> Result<PathBuf, Error> {
        let from = self.path(bag);
        fs::symlink_metadata(&from).map_err(io_error("find", &from))?;
        let mut copy = 1_u32;
        loop {
            let name = match copy {
                1 => bag.to_string(),
                n => format!("{bag}-{n}"),
            };
            let to = self.quarantine.join(&name);
            if !to.exists() {
                let reason = self.quarantine.join(format!("{name}.reason.txt"));
                disk::replace_file(&reason, format!("{why}\n").as_bytes(), FILE_MODE)?;
                crash_point("store::quarantine::reason");
                disk::rename_new(&from, &to).map_err(io_error("set aside", &from))?;
                crash_point("store::quarantine::moved");
                disk::sync_dir(&self.quarantine)?;
                if let Some(month) = from.parent() {
                    disk::sync_dir(month)?;
                }
                return Ok(to);
            }
            copy += 1;
        }
    }

    /// How many bags are set aside in quarantine.
    ///
    /// # Errors
    /// When quarantine cannot be read.
    pub fn quarantined(&self) -> Result<u64, Error> {
        Ok(self.quarantine_names()?.len() as u64)
    }

    /// The folders of the bags that are set aside, by name.
    ///
    /// # Errors
    /// When quarantine cannot be read.
    pub fn quarantine_names(&self) -> Result<Vec<String>, Error> {
        let list = || -> io::Result<Vec<String>> {
            let mut names = Vec::new();
            for entry in fs::read_dir(&self.quarantine)? {
                let entry = entry?;
                if entry.file_type()?.is_dir() {
                    names.push(entry.file_name().to_string_lossy().into_owned());
                }
            }
            names.sort();
            Ok(names)
        };
        list().map_err(io_error("list", &self.quarantine))
    }

    /// Removes a bag whose end the ledger tells of: out of the store in one step, durably, then its files. What a crash
    /// leaves of them in staging goes at the next start. False when it was not there.
    ///
    /// # Errors
    /// When it cannot be moved or removed.
    pub fn remove(&self, bag: BagId) -> Result<bool, Error> {
        let from = self.path(bag);
        if !from.exists() {
            return Ok(false);
        }
        let to = self.staging.join(format!("{bag}-removed"));
        disk::rename_new(&from, &to).map_err(io_error("remove", &from))?;
        for folder in [Some(self.staging.as_path()), from.parent()]
            .into_iter()
            .flatten()
        {
            disk::sync_dir(folder)?;
        }
        crash_point("store::remove::moved");
        fs::remove_dir_all(&to).map_err(io_error("remove", &to))?;
        disk::sync_dir(&self.staging)?;
        Ok(true)
    }

    /// Closes a bag's folder to all but root; `false` opens it again, as the folder it lies in is. One that is not
    /// there is no matter.
    ///
    /// # Errors
    /// When its mode cannot be changed.
    pub fn close(&self, bag: BagId, closed: bool) -> Result<(), Error> {
        use std::os::unix::fs::PermissionsExt as _;
        let path = self.path(bag);
        let mode = match (closed, path.parent()) {
            (false, Some(above)) => fs::metadata(above).map(|m| m.permissions().mode()),
            _ => Ok(0),
        };
        let set =
            mode.and_then(|mode| fs::set_permissions(&path, fs::Permissions::from_mode(mode)));
        match set {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            set => set.map_err(io_error("change the mode of", &path)),
        }
    }

    /// The paths of a published bag's payload, such as `data/capture.json`, as its manifest names them.
    ///
    /// # Errors
    /// When the manifest cannot be read.
    pub fn payload(&self, bag: BagId) -> Result<Vec<String>, Error> {
        const NAME: &str = "manifest-sha256.txt";
        let mut bytes = Vec::new();
        let path = self.path(bag).join("bag").join(NAME);
        self.open_file(bag, NAME)?
            .read_to_end(&mut bytes)
            .map_err(io_error("read", &path))?;
        Ok(super::manifest::parse(NAME, &bytes).0.into_keys().collect())
    }

    /// Opens a file of a published bag by its path in the bag, such as `data/capture.json`.
    ///
    /// # Errors
    /// When the path leaves the bag, or the file is missing, a link or not readable.
    pub fn open_file(&self, bag: BagId, path: &str) -> Result<File, Error> {
        if !super::payload_path::stays_inside(path) {
            return Err(Error::PayloadPath {
                path: path.to_owned(),
                problem: "it leaves the bag",
            });
        }
        let full = self.path(bag).join("bag").join(path);
        open_to_read(&full).map_err(io_error("open", &full))
    }

    /// The bag's commitment, which opens its leaf in the ledger.
    ///
    /// # Errors
    /// When commitment.txt is missing or is not one.
    pub fn commitment(&self, bag: BagId) -> Result<Commitment, Error> {
        let path = self.path(bag).join(Commitment::FILE);
        let mut text = String::new();
        open_to_read(&path)
            .and_then(|file| file.take(4096).read_to_string(&mut text))
            .map_err(io_error("read", &path))?;
        Commitment::parse(&text).map_err(|problem| Error::Commitment { path, problem })
    }
}

/// Opens a regular file: never through a link at its end, and never waiting for a pipe.
pub(super) fn open_to_read(path: &Path) -> io::Result<File> {
    use rustix::fs::OFlags;
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(flags.bits().cast_signed())
        .open(path)?;
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "not a regular file",
        ))
    }
}

/// Year and month (UTC) of a UUIDv7: its first 48 bits are milliseconds of Unix time (RFC 9562 section 5.7).
pub(super) fn month_of(bag: BagId) -> (i32, u32) {
    let milliseconds = (bag.0.as_u128() >> 80) as i64;
    let at = DateTime::from_timestamp_millis(milliseconds).unwrap_or_default();
    (at.year(), at.month())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bag_is_kept_under_its_own_month_in_utc() {
        let store = Store::at(Path::new("a"));
        let at = |rfc3339: &str, rest: &str| -> PathBuf {
            let at: DateTime<chrono::Utc> = rfc3339.parse().unwrap();
            let id = format!("{:012x}{rest}", at.timestamp_millis());
            store.path(id.parse().unwrap())
        };
        let rest = "70008000000000000001";
        assert!(at("2026-11-30T23:59:59.999Z", rest).starts_with("a/store/2026/11"));
        assert!(at("2026-12-01T00:00:00Z", rest).starts_with("a/store/2026/12"));
    }

    #[test]
    fn folders_that_are_missing_are_named() {
        let dir = tempfile::tempdir().unwrap();
        Store::create(dir.path()).unwrap();
        Store::open(dir.path()).unwrap();
        assert!(matches!(
            Store::create(dir.path()),
            Err(Error::AlreadyAnArchive(_))
        ));
        fs::remove_dir(dir.path().join("quarantine")).unwrap();
        assert!(matches!(
            Store::open(dir.path()),
            Err(Error::NotAnArchive {
                folder: "quarantine",
                ..
            })
        ));
    }

    #[test]
    fn an_id_that_tells_no_time_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::create(dir.path()).unwrap();
        let v4 = "936da01f-9abd-4d9d-80c7-02af85c822a8".parse().unwrap();
        assert!(matches!(store.stage(v4), Err(Error::NotTimeOrdered(_))));
        assert!(store.staged().unwrap().is_empty());
    }
}
