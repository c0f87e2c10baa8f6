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
    /// The key that tombstones are made with. Made when the first is laid; without it what was destroyed is not known.
    pub fn tombstone_key(&self) -> PathBuf {
        self.0.join("keys/tombstone.key")
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
    /// The file whose lock the one writer holds. The file itself stays when the lock goes.
    pub fn lock(&self) -> PathBuf {
        self.0.join("lock")
    }
}

/// Versions that are indexed when the archive is opened: a second's work, and only after an older format.
const INDEXED_AT_ONCE: u32 = 100_000;

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
    /// When the folder is no archive, is of another format, or cannot be read.
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
        // An archive of an older format, and what a crash left, by increments.
        super::index_more(&archive, INDEXED_AT_ONCE)?;
        Ok((archive, repairs))
    }

    fn open(dir: &Path, access: Access, lock: Option<File>) -> Result<Self, Error> {
        let paths = Paths::new(dir);
        paths.check()?;
        let catalog = Catalog::open(&paths.catalog(), access)?;
        if access == Access::Read {
            catalog.check_format()?;
        }
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

    /// Brings tiles and checkpoint up to what the catalog has committed, the leaves of other captures among it.
    ///
    /// The catalog is held to the end, so that captures publish one after the other and none signs less than was
    /// signed before: that a later one has signed what is asked for here is as good.
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

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicBool, Ordering};

    use chrono::Utc;
    use uuid::Uuid;

    use super::*;
    use crate::catalog::{NewBag, NewCapture};
    use crate::policy::Profile;
    use crate::record::{
        Account, AccountId, BagId, BagKind, CaptureId, Coverage, Outcome, Platform, Reason,
    };
    use crate::store::{BagInfo, Depth};
    use crate::workflow::{NewArchive, create_archive, verify_archive};

    const THREADS: u64 = 6;
    /// More than a tile (256 leaves) in all, so that partial tiles are dropped while others are written.
    const EACH: u64 = 50;

    fn around() -> Surroundings {
        Surroundings {
            organisation: "Tibro kommun".into(),
            organisation_number: None,
            second_gate: None,
            pages: None,
            actor: "test".into(),
            now: Utc::now,
            new_id: Uuid::now_v7,
            salt: || Ok([7; 32]),
        }
    }

    fn new_archive(dir: &Path) {
        let new = NewArchive {
            dir,
            profile: &Profile::named("tibro").unwrap(),
            configuration: "",
            origin: "arkivd.example/tibro-kommun",
        };
        create_archive(&new, &around()).unwrap();
    }

    fn register(archive: &Archive, id: &AccountId) {
        let account = Account {
            id: id.clone(),
            platform: Platform::Feed,
            address: "https://blogg.example/".parse().unwrap(),
            committee: "Kommunstyrelsen".into(),
            purpose: "dialog".into(),
            audience: "invånare".into(),
            responsible: vec!["Anna Ek".into()],
            substitute: None,
            credential: None,
            parent: None,
        };
        let mut catalog = archive.catalog();
        catalog.add_account(&account, "test", Utc::now()).unwrap();
    }

    /// What a snapshot does once its account is read: a bag sealed and published, its rows, its checkpoint.
    fn capture(archive: &Archive, account: &AccountId) {
        let now = Utc::now();
        let mut staged = archive.store().stage(BagId(Uuid::now_v7())).unwrap();
        staged
            .write("capture.json", account.as_str().as_bytes())
            .unwrap();
        let info = BagInfo::new([("Source-Organization", "Tibro kommun")]).unwrap();
        let sealed = staged.seal(&info, [7; 32]).unwrap().publish().unwrap();
        let bag = NewBag {
            id: sealed.bag,
            kind: BagKind::Records,
            commitment: sealed.commitment,
            bytes: sealed.bytes,
            files: sealed.files,
            pdf: None,
        };
        let row = NewCapture {
            id: CaptureId(Uuid::now_v7()),
            account,
            account_name: None,
            committee: "Kommunstyrelsen",
            door: Some("feed"),
            reason: Reason::Scheduled,
            outcome: Outcome::Sealed,
            entire: true,
            started: now,
            finished: now,
            new: 0,
            changed: 0,
            unchanged: 0,
            coverage: &Coverage::default(),
            error: None,
            bags: &[bag],
            look: None,
            absent: &[],
            findings: &[],
            watch: None,
            settles: None,
            imported: &[],
            actor: "test",
        };
        let committed = archive.catalog().commit_capture(&row, []).unwrap();
        archive.publish_ledger(committed.ledger.start).unwrap();
        let signed = archive.ledger.checkpoint().unwrap().unwrap().size;
        assert!(signed >= committed.ledger.end, "acknowledged is signed");
    }

    #[test]
    fn captures_at_the_same_time_never_take_the_checkpoint_back() {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path().join("arkiv");
        new_archive(&dir);
        let (archive, _) = Archive::open_to_write(&dir, &around()).unwrap();
        let accounts: Vec<AccountId> = (0..THREADS)
            .map(|n| format!("konto-{n}").parse().unwrap())
            .collect();
        for account in &accounts {
            register(&archive, account);
        }
        let start = Barrier::new(accounts.len());
        let done = AtomicBool::new(false);
        let seen = std::thread::scope(|scope| {
            // An auditor who reads the files, and holds no lock.
            let auditor = scope.spawn(|| {
                let ledger = Ledger::open_to_verify(&dir).unwrap();
                let mut sizes = Vec::new();
                while !done.load(Ordering::Relaxed) {
                    sizes.push(ledger.checkpoint().unwrap().unwrap().size);
                }
                sizes
            });
            let captures: Vec<_> = accounts
                .iter()
                .map(|account| {
                    let (archive, start) = (&archive, &start);
                    scope.spawn(move || {
                        start.wait();
                        (0..EACH).for_each(|_| capture(archive, account));
                    })
                })
                .collect();
            let ended: Vec<_> = captures.into_iter().map(|c| c.join()).collect();
            done.store(true, Ordering::Relaxed);
            let seen = auditor.join().unwrap();
            assert!(ended.into_iter().all(|e| e.is_ok()));
            seen
        });
        assert!(seen.is_sorted(), "the checkpoint went back");
        let report =
            verify_archive(&archive, Depth::Full, &mut |_| ControlFlow::Continue(())).unwrap();
        assert!(report.is_sound() && report.notes.is_empty(), "{report:#?}");
        assert_eq!(
            (report.bags, report.leaves),
            (THREADS * EACH, THREADS * EACH)
        );
        assert!(report.unrecorded.is_empty());
        let mut looked_at = 0;
        let broken_off = verify_archive(&archive, Depth::Full, &mut |_| {
            looked_at += 1;
            ControlFlow::Break(())
        });
        assert!(matches!(broken_off, Err(Error::BrokenOff)));
        assert!(looked_at < THREADS * EACH, "{looked_at} bags after the end");
        drop(archive);
        let (_, repairs) = Archive::open_to_write(&dir, &around()).unwrap();
        assert_eq!(repairs, [], "nothing was left to mend");
    }
}
