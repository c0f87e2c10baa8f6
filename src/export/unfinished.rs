//! An export under way: beside its name, and under it only when it is whole.

use std::collections::BTreeSet;
use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, BufReader};
use std::mem;
use std::os::unix::fs::{
    DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _,
};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, TryLockError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;
use uuid::Uuid;
use zip::ZipArchive;
use zip::read::root_dir_common_filter;

use super::leftovers::{self, BEGINS};
use super::{Error, io_error};

/// What this process is writing, for [`give_up`].
static UNDER_WAY: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

fn under_way() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    UNDER_WAY.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Held to read by who puts a file in its place or takes it away, to write by [`give_up`]. A share that hangs holds it for
/// long, and nobody else waits for it.
static PLACING: RwLock<()> = RwLock::new(());

/// How long a share that hangs may keep this process from its end.
const PATIENCE: Duration = Duration::from_secs(2);

fn placing() -> RwLockReadGuard<'static, ()> {
    PLACING.read().unwrap_or_else(PoisonError::into_inner)
}

/// Removes what this process has not finished, right before it exits; gives how many there were. Nothing can be begun,
/// written under a new name or finished after it.
pub fn give_up() -> usize {
    let until = Instant::now() + PATIENCE;
    let (removed, heard) = mpsc::channel();
    // In a thread of its own, which is left behind where the share answers nobody.
    thread::spawn(move || {
        let gate = loop {
            match PLACING.try_write() {
                Err(TryLockError::WouldBlock) if Instant::now() < until => {
                    thread::sleep(PATIENCE / 100);
                }
                gate => break gate,
            }
        };
        let paths = under_way().clone();
        for path in paths.iter().filter(|path| remove(path)) {
            let _ = removed.send(path.clone());
        }
        // To the end: a writer that runs still waits, and puts nothing in its place.
        mem::forget(gate);
    });
    let left = || until.saturating_duration_since(Instant::now()) + PATIENCE / 10;
    std::iter::from_fn(|| heard.recv_timeout(left()).ok()).count()
}

/// True when it stood there and is gone.
fn remove(path: &Path) -> bool {
    fs::remove_file(path)
        .or_else(|_| fs::remove_dir_all(path))
        .is_ok()
}

/// What is written for `out`. Dropped before [`Unfinished::finish`], it leaves nothing behind.
pub struct Unfinished {
    out: PathBuf,
    folder: PathBuf,
    path: PathBuf,
}

impl Unfinished {
    /// # Errors
    /// [`Error::Exists`] when something stands under the name already.
    pub fn begin(out: &Path) -> Result<Self, Error> {
        if fs::symlink_metadata(out).is_ok() {
            return Err(Error::Exists(out.to_owned()));
        }
        let folder = match out.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
            _ => PathBuf::from("."),
        };
        if let Some(own) = own_archive(&folder) {
            return Err(Error::InArchive {
                path: out.to_owned(),
                own,
            });
        }
        leftovers::sweep(&folder);
        // Its own, on a share of several machines too: two exports at a time never touch each other's.
        let path = folder.join(format!("{BEGINS}{}", Uuid::now_v7()));
        under_way().insert(path.clone());
        Ok(Self {
            out: out.to_owned(),
            path,
            folder,
        })
    }

    /// True when a ZIP was asked for, else a folder.
    pub fn is_zip(&self) -> bool {
        self.out
            .extension()
            .is_some_and(|e| e.eq_ignore_ascii_case("zip"))
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The file to write to, for its owner and group alone. Of a folder, the ZIP that [`Unfinished::unpack`] makes it of.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn create(&self) -> Result<File, Error> {
        self.create_with(0o640)
    }

    /// The same for what is public anyway: who may read it, the user's umask says.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn create_public(&self) -> Result<File, Error> {
        self.create_with(0o666)
    }

    fn create_with(&self, mode: u32) -> Result<File, Error> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true).mode(mode);
        let _held = placing();
        loop {
            let file = options.open(&self.path).map_err(io_error(&self.path))?;
            if leftovers::hold(&file, &self.path) {
                return Ok(file);
            }
        }
    }

    /// What was written, to be read again.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn open(&self) -> Result<File, Error> {
        let file = File::open(&self.path).map_err(io_error(&self.path))?;
        leftovers::keep(&file);
        Ok(file)
    }

    /// Makes a folder of the ZIP that was written where a folder was asked for; its one folder becomes the folder itself.
    ///
    /// # Errors
    /// When the ZIP is damaged, or the folder cannot be written.
    pub fn unpack(&self, zip: File) -> Result<(), Error> {
        // The ZIP keeps its open file; its name goes to the folder, which is closed to others until it is done.
        fs::remove_file(&self.path).map_err(io_error(&self.path))?;
        let _held = self.create_folder()?;
        // What the user lets others do with a new file (umask); the ZIP's own modes know nothing of that.
        let mode = zip.metadata().map_err(io_error(&self.path))?.mode() & 0o666;
        let damaged = |source| Error::Zip {
            path: self.path.clone(),
            source,
        };
        ZipArchive::new(BufReader::new(zip))
            .and_then(|mut zip| zip.extract_unwrapped_root_dir(&self.path, root_dir_common_filter))
            .map_err(damaged)?;
        settle(&self.path, mode)
    }

    /// The folder, open for as long as it is somebody's.
    fn create_folder(&self) -> Result<File, Error> {
        let _held = placing();
        loop {
            DirBuilder::new()
                .mode(0o700)
                .create(&self.path)
                .map_err(io_error(&self.path))?;
            // Where it is not there any more, another's sweep took it before it was held.
            match File::open(&self.path) {
                Ok(folder) if leftovers::hold(&folder, &self.path) => return Ok(folder),
                Err(e) if e.kind() != io::ErrorKind::NotFound => {
                    return Err(io_error(&self.path)(e));
                }
                _ => {}
            }
        }
    }

    /// Gives it its name, durably.
    ///
    /// # Errors
    /// [`Error::Exists`] when something has come to stand there meanwhile.
    pub fn finish(self) -> Result<(), Error> {
        if self.path.is_file() {
            File::open(&self.path)
                .and_then(|f| f.sync_all())
                .map_err(io_error(&self.path))?;
        }
        self.place()?;
        File::open(&self.folder)
            .and_then(|f| f.sync_all())
            .map_err(io_error(&self.folder))
    }

    fn place(&self) -> Result<(), Error> {
        let exists = || Error::Exists(self.out.clone());
        let _held = placing();
        match renameat_with(CWD, &self.path, CWD, &self.out, RenameFlags::NOREPLACE) {
            Ok(()) => Ok(()),
            Err(Errno::EXIST) => Err(exists()),
            // Network shares cannot do it in one step.
            Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => {
                if fs::symlink_metadata(&self.out).is_ok() {
                    return Err(exists());
                }
                fs::rename(&self.path, &self.out).map_err(io_error(&self.out))
            }
            Err(e) => Err(io_error(&self.out)(e.into())),
        }
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // After it was placed nothing stands here; what cannot be removed was told by the error before.
        let _held = placing();
        remove(&self.path);
        under_way().remove(&self.path);
    }
}

/// The archive that a folder lies in, if any: arkivd checks its files one by one, and reads what comes to its inbox and
/// its plans.
fn own_archive(folder: &Path) -> Option<PathBuf> {
    // What is not there is told by who writes.
    let whole = folder.canonicalize().ok()?;
    let own = whole
        .ancestors()
        .find(|a| a.join("catalog.sqlite").exists() && a.join("ledger").is_dir())?;
    Some(own.to_owned())
}

/// Every file and folder below `dir` to the disk with a new file's mode, and itself last.
fn settle(dir: &Path, mode: u32) -> Result<(), Error> {
    for entry in fs::read_dir(dir).map_err(io_error(dir))? {
        let path = entry.map_err(io_error(dir))?.path();
        if path.is_dir() {
            settle(&path, mode)?;
        } else {
            sync(&path, mode).map_err(io_error(&path))?;
        }
    }
    // Who may read a folder may enter it.
    sync(dir, mode | (mode & 0o444) >> 2).map_err(io_error(dir))
}

fn sync(path: &Path, mode: u32) -> io::Result<()> {
    let file = File::open(path)?;
    file.set_permissions(Permissions::from_mode(mode))?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_exports_at_a_time_leave_each_other_alone() {
        let dir = tempfile::tempdir().unwrap();
        let begin = |name: &str| Unfinished::begin(&dir.path().join(name)).unwrap();
        let (one, two) = (begin("1.zip"), begin("2.zip"));
        one.create().unwrap();
        two.create().unwrap();
        drop(two);
        one.finish().unwrap();
        let left = fs::read_dir(dir.path()).unwrap();
        let left: Vec<_> = left.map(|e| e.unwrap().file_name()).collect();
        assert_eq!(left, ["1.zip"]);
    }

    #[test]
    fn nothing_is_written_among_the_archives_own_files() {
        let dir = tempfile::tempdir().unwrap();
        for own in [
            "store/2026/11",
            "ledger",
            "staging",
            "quarantine",
            "inbox/fb",
        ] {
            fs::create_dir_all(dir.path().join(own)).unwrap();
        }
        fs::write(dir.path().join("catalog.sqlite"), "").unwrap();
        std::os::unix::fs::symlink("store", dir.path().join("elsewhere")).unwrap();
        for out in [
            "store/x.zip",
            "store/2026/11/x",
            "ledger/x.pdf",
            "staging/../quarantine/x.csv",
            "elsewhere/x.zip",
            "inbox/fb/x.zip",
            "x.zip",
        ] {
            let refused = Unfinished::begin(&dir.path().join(out));
            assert!(matches!(refused, Err(Error::InArchive { .. })), "{out}");
        }
        // Somebody's own folder of that name.
        fs::remove_file(dir.path().join("catalog.sqlite")).unwrap();
        Unfinished::begin(&dir.path().join("store/x.zip")).unwrap();
    }

    #[test]
    fn others_read_only_what_is_public() {
        let dir = tempfile::tempdir().unwrap();
        let one = Unfinished::begin(&dir.path().join("1.zip")).unwrap();
        let mode = one.create().unwrap().metadata().unwrap().mode();
        assert_eq!(mode & 0o007, 0);
    }
}
