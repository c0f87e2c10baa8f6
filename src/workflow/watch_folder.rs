//! The watch folder (TIB-11): after a scheduled snapshot the start page's PDF/A-1 goes to a folder of the municipality's,
//! as a rule on a share. What is to be sent follows from the catalog, so that a share that is away loses nothing.

mod held_up;
mod name;

use std::collections::BTreeSet;
use std::fs::{self, File, Permissions};
use std::io::{self, Read, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use chrono::{DateTime, Utc};
use sha2::{Digest as _, Sha256};

pub use held_up::HeldUp;

use self::name::stems;
use super::export_diarium::{sealed_digest, sealed_page};
use super::{Archive, Error, Surroundings, told};
use crate::catalog::{PageToSend, SentFile};
use crate::export::Unfinished;
use crate::record::{BagId, Digest};

/// A share that takes nothing for so long hangs.
const SILENCE: Duration = Duration::from_secs(90);

/// Folders that this process is sending to. One that hangs stays here, and nobody else waits for it.
static SENDING: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

fn sending() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    SENDING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a try came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sent {
    /// Names of the files that lie there now.
    pub files: Vec<String>,
    /// Pages that wait still.
    pub waiting: usize,
    /// Why they do.
    pub problem: Option<String>,
}

/// How the watch folder stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatchFolderState {
    pub path: PathBuf,
    pub waiting: usize,
    /// When the oldest of them was taken.
    pub oldest: Option<DateTime<Utc>>,
    pub problem: Option<String>,
}

/// The folder's name in the catalog.
fn key(folder: &Path) -> String {
    folder.to_string_lossy().into_owned()
}

/// What waits for the folder, and why.
///
/// # Errors
/// Those of the catalog.
pub fn watch_folder_state(archive: &Archive, folder: &Path) -> Result<WatchFolderState, Error> {
    let key = key(folder);
    let catalog = archive.catalog();
    let pages = catalog.pages_to_send(&key)?;
    let row = catalog.watch_folder(&key)?;
    Ok(WatchFolderState {
        path: folder.to_owned(),
        waiting: pages.len(),
        oldest: pages.first().map(|p| p.taken),
        problem: row.and_then(|r| r.problem),
    })
}

/// Sends what is to be sent, by a thread of its own: a share that hangs holds nobody but that thread. `since`: snapshots
/// from then on, though the folder was named later. `held_up`: what earlier tries know of pages that did not go.
///
/// # Errors
/// Those of the catalog and of the archive's own files; what is wrong with the folder is told in [`Sent`].
pub fn send_to_watch_folder(
    archive: &Arc<Archive>,
    folder: &Path,
    since: Option<DateTime<Utc>>,
    held_up: &Arc<HeldUp>,
    around: &Surroundings,
) -> Result<Sent, Error> {
    let key = key(folder);
    let now = (around.now)();
    archive
        .catalog()
        .begin_watch_folder(&key, since.unwrap_or(now).min(now))?;
    let due = archive.catalog().pages_to_send(&key)?;
    held_up.keep_only(&due);
    if due.is_empty() {
        archive.catalog().note_watch_folder(&key, now, None, None)?;
        return Ok(Sent::default());
    }
    if !sending().insert(folder.to_owned()) {
        return Ok(Sent {
            waiting: due.len(),
            problem: Some(format!(
                "{} is being sent to already, or does not answer",
                folder.display()
            )),
            ..Sent::default()
        });
    }
    let (tell, told_by) = sync_channel(8);
    let sender = Sender {
        held_up: Arc::clone(held_up),
        archive: Arc::clone(archive),
        folder: folder.to_owned(),
        key: key.clone(),
        around: around.clone(),
        tell,
    };
    let begun = thread::Builder::new()
        .name("watch-folder".to_owned())
        .spawn(move || sender.work(&due));
    begun.map_err(|source| {
        sending().remove(folder);
        Error::Io {
            path: folder.to_owned(),
            source,
        }
    })?;
    let mut sent = Sent::default();
    let ended = loop {
        match told_by.recv_timeout(SILENCE) {
            Ok(Told::Alive) => {}
            Ok(Told::Sent(name)) => sent.files.push(name),
            Ok(Told::Ended(result)) => break result,
            Err(RecvTimeoutError::Timeout) => {
                break Err(Stop::Folder(format!(
                    "the folder has not answered for {} s: is the share away?",
                    SILENCE.as_secs()
                )));
            }
            Err(RecvTimeoutError::Disconnected) => {
                break Err(Stop::Folder("sending ended in the middle".to_owned()));
            }
        }
    };
    let file_system = match ended {
        Ok((kind, problem)) => {
            sent.problem = problem;
            Some(kind)
        }
        Err(Stop::Archive(error)) => {
            // The error itself is told, whether it could be noted or not.
            let _ = archive.catalog().note_watch_folder(
                &key,
                (around.now)(),
                Some(&told(&*error)),
                None,
            );
            return Err(*error);
        }
        Err(Stop::Folder(problem) | Stop::Page(problem)) => {
            sent.problem = Some(problem);
            None
        }
    };
    let mut catalog = archive.catalog();
    catalog.note_watch_folder(&key, (around.now)(), sent.problem.as_deref(), file_system)?;
    sent.waiting = catalog.pages_to_send(&key)?.len();
    Ok(sent)
}

/// What the sending thread says.
enum Told {
    /// Bytes went.
    Alive,
    Sent(String),
    Ended(Result<Done, Stop>),
}

/// The type of the folder's file system, and what was wrong with pages that did not go.
type Done = (i64, Option<String>);

/// Why it sent no more.
enum Stop {
    /// The folder, which is tried again.
    Folder(String),
    /// That page alone: a bag that is damaged, no name that is free. The others go.
    Page(String),
    Archive(Box<Error>),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        match error {
            Error::Export(error) => Self::Folder(told(&error)),
            error if error.needs_start_up() || matches!(error, Error::Catalog(_)) => {
                Self::Archive(Box::new(error))
            }
            error => Self::Page(told(&error)),
        }
    }
}

impl From<crate::catalog::Error> for Stop {
    fn from(error: crate::catalog::Error) -> Self {
        Self::Archive(Box::new(error.into()))
    }
}

struct Sender {
    archive: Arc<Archive>,
    folder: PathBuf,
    key: String,
    around: Surroundings,
    held_up: Arc<HeldUp>,
    tell: SyncSender<Told>,
}

impl Sender {
    fn work(&self, due: &[PageToSend]) {
        let ended = self.send_all(due);
        sending().remove(&self.folder);
        // Nobody waits any more when it took too long; the rows tell what was sent.
        let _ = self.tell.send(Told::Ended(ended));
    }

    fn send_all(&self, due: &[PageToSend]) -> Result<Done, Stop> {
        let kind = self.file_system()?;
        let mut held_up = 0;
        let mut first = None;
        for page in due {
            match self.try_to_send(page) {
                Err(Stop::Page(problem)) => {
                    held_up += 1;
                    first.get_or_insert_with(|| {
                        format!("the page of {} (bag {}): {problem}", page.account, page.bag)
                    });
                }
                sent => sent?,
            }
        }
        let problem = first.map(|first| match held_up {
            1 => first,
            n => format!("{first}; {} more pages did not go", n - 1),
        });
        Ok((kind, problem))
    }

    /// The type of the file system that the folder lies on. Another than before is a share that is not mounted: what was
    /// written below its empty mount point would never be seen.
    fn file_system(&self) -> Result<i64, Stop> {
        let away = |source: io::Error| Stop::Folder(format!("{}: {source}", self.folder.display()));
        if !fs::metadata(&self.folder).map_err(away)?.is_dir() {
            return Err(Stop::Folder(format!(
                "{} is no folder",
                self.folder.display()
            )));
        }
        let found = rustix::fs::statfs(&self.folder).map_err(|e| away(e.into()))?;
        #[allow(
            clippy::useless_conversion,
            reason = "the field's type differs by processor"
        )]
        let kind = i64::from(found.f_type);
        let known = self.archive.catalog().watch_folder(&self.key)?;
        match known.and_then(|row| row.file_system) {
            Some(before) if before != kind => Err(Stop::Folder(format!(
                "{} lies on another kind of file system than before ({kind:x}, was {before:x}): is the share mounted?",
                self.folder.display()
            ))),
            _ => Ok(kind),
        }
    }

    fn try_to_send(&self, page: &PageToSend) -> Result<(), Stop> {
        let now = (self.around.now)();
        if let Some(problem) = self.held_up.waiting(page.bag, now) {
            return Err(Stop::Page(problem));
        }
        let sent = self.send(page);
        if let Err(Stop::Page(problem)) = &sent {
            self.held_up.keep(page.bag, now, problem);
        }
        sent
    }

    fn send(&self, page: &PageToSend) -> Result<(), Stop> {
        let sealed = sealed_page(&self.archive, page.bag)?;
        let parts = sealed.map(|p| p.screen.parts).unwrap_or_default();
        if parts.is_empty() {
            return self.note(page, 0, 0, None);
        }
        let mut files = Vec::new();
        for part in &parts {
            let digest = sealed_digest(&self.archive, page.bag, &part.file)?;
            files.push((part.file.as_str(), digest));
        }
        let names = self.names(page, &files)?;
        for (at, ((file, digest), name)) in files.iter().zip(&names).enumerate() {
            let bytes = self.put(page.bag, file, *digest, name)?;
            self.note(page, at + 1, files.len(), Some((name, bytes, *digest)))?;
            let _ = self.tell.send(Told::Sent(name.clone()));
        }
        Ok(())
    }

    fn note(
        &self,
        page: &PageToSend,
        part: usize,
        parts: usize,
        file: Option<(&str, u64, Digest)>,
    ) -> Result<(), Stop> {
        let sent = SentFile {
            bag: page.bag,
            account: &page.account,
            part,
            parts,
            file,
            sent: (self.around.now)(),
        };
        Ok(self.archive.catalog().note_sent(&self.key, &sent)?)
    }

    /// The first names that are free for all parts, or that lie there with the same bytes already.
    fn names(&self, page: &PageToSend, files: &[(&str, Digest)]) -> Result<Vec<String>, Stop> {
        for stem in stems(page) {
            let names: Vec<String> = (1..=files.len())
                .map(|part| match files.len() {
                    1 => format!("{stem}.pdf"),
                    of => format!("{stem}_del-{part}-av-{of}.pdf"),
                })
                .collect();
            let mut free = true;
            for (name, (_, digest)) in names.iter().zip(files) {
                free = free && self.is_free(page, name, *digest)?;
            }
            // A capture in one part takes no name of one in several, nor the other way round.
            let other = match files.len() {
                1 => format!("{stem}_del-1-av-2.pdf"),
                _ => format!("{stem}.pdf"),
            };
            if free && self.archive.catalog().sent_as(&self.key, &other)?.is_none() {
                return Ok(names);
            }
        }
        Err(Stop::Page(format!(
            "no name for it is free in {}",
            self.folder.display()
        )))
    }

    fn is_free(&self, page: &PageToSend, name: &str, digest: Digest) -> Result<bool, Stop> {
        let sent = self.archive.catalog().sent_as(&self.key, name)?;
        if let Some((_, bag)) = sent {
            return Ok(bag == page.bag);
        }
        Ok(match self.there(name)? {
            None => true,
            Some(found) => found == digest,
        })
    }

    /// The digest of the file that lies there under a name.
    fn there(&self, name: &str) -> Result<Option<Digest>, Stop> {
        let path = self.folder.join(name);
        let away = |source: io::Error| Stop::Folder(format!("{}: {source}", path.display()));
        match fs::symlink_metadata(&path) {
            Ok(found) if !found.is_file() => return Ok(Some(Digest([0; 32]))),
            Ok(_) => {}
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(away(e)),
        }
        let mut file = File::open(&path).map_err(away)?;
        self.digest(&mut file).map(Some).map_err(away)
    }

    fn digest(&self, from: &mut dyn Read) -> io::Result<Digest> {
        let mut sha256 = Sha256::new();
        let mut room = vec![0; 256 * 1024];
        loop {
            let read = from.read(&mut room)?;
            if read == 0 {
                return Ok(Digest(sha256.finalize().into()));
            }
            sha256.update(room.get(..read).unwrap_or_default());
            self.alive();
        }
    }

    fn alive(&self) {
        // A full channel says that someone listens.
        let _ = self.tell.try_send(Told::Alive);
    }

    /// Copies a file there, reads it back, and gives it its name; the same file that is there already is left. Gives its
    /// bytes.
    fn put(&self, bag: BagId, file: &str, digest: Digest, name: &str) -> Result<u64, Stop> {
        let source = self
            .archive
            .store()
            .open_file(bag, file)
            .map_err(Error::from)?;
        let bytes = source.metadata().map_or(0, |m| m.len());
        if self.there(name)? == Some(digest) {
            return Ok(bytes);
        }
        let out = self.folder.join(name);
        let unfinished = Unfinished::begin(&out).map_err(Error::from)?;
        let away = |source: io::Error| Stop::Folder(format!("{}: {source}", out.display()));
        let unread = |source: io::Error| Stop::Page(format!("{file} cannot be read: {source}"));
        // Closed again before it is read: its lock may hold readers off on a share.
        let to = unfinished.create_public().map_err(Error::from)?;
        // The same from the daemon as from a shell, whatever their umasks. A share that keeps no modes has its own.
        let _ = to.set_permissions(Permissions::from_mode(0o644));
        self.copy(source, to, unread, away)?;
        let back = self.digest(&mut unfinished.open().map_err(Error::from)?);
        if back.map_err(away)? != digest {
            // Either side may be at fault, and the archive's own is known by its manifest.
            let own = self
                .archive
                .store()
                .open_file(bag, file)
                .map_err(Error::from)?;
            if self.digest(&mut { own }).map_err(unread)? != digest {
                let path = file.to_owned();
                return Err(Error::DamagedFile { bag, path }.into());
            }
            return Err(Stop::Folder(format!(
                "{}: what was read back is not what was written",
                out.display()
            )));
        }
        unfinished.finish().map_err(Error::from)?;
        Ok(bytes)
    }

    fn copy(
        &self,
        mut from: File,
        mut to: File,
        unread: impl Fn(io::Error) -> Stop,
        away: impl Fn(io::Error) -> Stop,
    ) -> Result<(), Stop> {
        let mut room = vec![0; 256 * 1024];
        loop {
            let read = from.read(&mut room).map_err(&unread)?;
            if read == 0 {
                break;
            }
            to.write_all(room.get(..read).unwrap_or_default())
                .map_err(&away)?;
            self.alive();
        }
        to.sync_all().map_err(away)
    }
}
