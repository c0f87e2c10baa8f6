//! A bag while it is written: files that hash what passes through them, in a folder that goes if it is dropped.

use std::collections::{BTreeSet, HashSet};
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::record::{BagId, Digest};

use super::archive::{DIR_MODE, FILE_MODE, open_to_read};
use super::crash::crash_point;
use super::{BagInfo, Error, SealedBag, disk, io_error, payload_path, seal};

/// A file of the payload, written and fsynced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredFile {
    /// In the bag: `data/records.json`.
    pub path: String,
    pub bytes: u64,
    pub sha256: Digest,
}

/// A bag in staging. Dropped before it is published, it is removed.
#[derive(Debug)]
pub struct StagedBag {
    pub(super) bag: BagId,
    pub(super) folder: Staging,
    pub(super) target: PathBuf,
    files: Vec<StoredFile>,
    /// Their paths in lower case: no file system may take two of them for one.
    taken: HashSet<String>,
    open: Option<String>,
}

impl StagedBag {
    pub(super) fn begin(folder: PathBuf, target: PathBuf, bag: BagId) -> Result<Self, Error> {
        if !disk::make_dir(&folder, DIR_MODE)? {
            return Err(Error::Exists(bag));
        }
        let folder = Staging {
            path: folder,
            keep: false,
        };
        disk::make_dir(&folder.bag(), DIR_MODE)?;
        disk::make_dir(&folder.bag().join("data"), DIR_MODE)?;
        crash_point("store::stage::made");
        Ok(Self {
            bag,
            folder,
            target,
            files: Vec::new(),
            taken: HashSet::new(),
            open: None,
        })
    }

    pub fn bag(&self) -> BagId {
        self.bag
    }

    /// Begins a file of the payload; `path` is below `data/`, as in `raw/0001-posts.json`.
    ///
    /// # Errors
    /// When the path is not safe everywhere ([`Error::PayloadPath`]), is taken (in any case of letters), or when
    /// the file cannot be made.
    pub fn file(&mut self, path: &str) -> Result<BagFile<'_>, Error> {
        self.no_open_file()?;
        payload_path::check(path)?;
        let stored = format!("data/{path}");
        if self.taken.contains(&stored.to_ascii_lowercase()) {
            return Err(Error::PayloadPath {
                path: path.to_owned(),
                problem: "a file of that name is in the bag",
            });
        }
        let full = self.folder.bag().join(&stored);
        let mut parent = self.folder.bag().join("data");
        if let Some((folders, _)) = path.rsplit_once('/') {
            for folder in folders.split('/') {
                parent.push(folder);
                disk::make_dir(&parent, DIR_MODE)?;
            }
        }
        let file = disk::open_new(&full, FILE_MODE)?;
        self.open = Some(stored.clone());
        let hashing = Hashing {
            file,
            path: full,
            sha256: Sha256::new(),
            bytes: 0,
            failed: None,
        };
        Ok(BagFile {
            staged: self,
            path: stored,
            writer: BufWriter::with_capacity(64 * 1024, hashing),
        })
    }

    /// Writes a whole file of the payload.
    ///
    /// # Errors
    /// As for [`StagedBag::file`] and [`BagFile::finish`].
    pub fn write(&mut self, path: &str, bytes: &[u8]) -> Result<StoredFile, Error> {
        let mut file = self.file(path)?;
        if let Err(error) = file.write_all(bytes) {
            let error = file.failed(error);
            self.remove(path)?;
            return Err(error);
        }
        file.finish()
    }

    /// Writes a value as indented JSON, for readers without tools.
    ///
    /// # Errors
    /// As for [`StagedBag::file`] and [`BagFile::finish`].
    pub fn write_json(&mut self, path: &str, value: &impl Serialize) -> Result<StoredFile, Error> {
        let mut file = self.file(path)?;
        let written = serde_json::to_writer_pretty(&mut file, value)
            .map_err(io::Error::from)
            .and_then(|()| file.write_all(b"\n"));
        if let Err(error) = written {
            let error = file.failed(error);
            self.remove(path)?;
            return Err(error);
        }
        file.finish()
    }

    /// Reads the finished payload while more of it is written.
    pub fn payload(&self) -> Payload {
        Payload {
            data: self.folder.bag().join("data"),
        }
    }

    /// Takes a finished or a half-written file out again, as when a PDF did not pass its gate.
    ///
    /// # Errors
    /// When the bag has no such file or it cannot be removed.
    pub fn remove(&mut self, path: &str) -> Result<(), Error> {
        let stored = format!("data/{path}");
        let full = self.folder.bag().join(&stored);
        // What is taken out is most often among the last.
        let known = self.files.iter().rposition(|file| file.path == stored);
        if known.is_none() && self.open.as_ref() != Some(&stored) {
            return Err(io_error("remove", &full)(io::ErrorKind::NotFound.into()));
        }
        fs::remove_file(&full).map_err(io_error("remove", &full))?;
        match known {
            Some(index) => {
                self.files.remove(index);
                self.taken.remove(&stored.to_ascii_lowercase());
            }
            None => self.open = None,
        }
        // BagIt cannot carry empty folders. One that still has files refuses to go, as it should.
        let mut folders = path;
        while let Some((parent, _)) = folders.rsplit_once('/') {
            if fs::remove_dir(self.folder.bag().join("data").join(parent)).is_err() {
                break;
            }
            folders = parent;
        }
        Ok(())
    }

    /// The bytes of a finished file; `path` is below `data/`.
    ///
    /// # Errors
    /// When the bag has no such file, or it cannot be read.
    pub fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        let stored = format!("data/{path}");
        if !self.files.iter().any(|file| file.path == stored) {
            return Err(io::Error::new(
                io::ErrorKind::NotFound,
                format!("bag {} has no file {stored}", self.bag),
            ));
        }
        let mut bytes = Vec::new();
        io::Read::read_to_end(
            &mut open_to_read(&self.folder.bag().join(stored))?,
            &mut bytes,
        )?;
        Ok(bytes)
    }

    /// The finished files, in the order they were finished.
    pub fn files(&self) -> &[StoredFile] {
        &self.files
    }

    /// Writes the tags and the commitment, and fsyncs all of it: from here on a power cut cannot tear the bag.
    /// The salt is 32 random bytes, used for this bag only.
    ///
    /// # Errors
    /// When a file was begun and not finished, there is none, or the disk fails; the staged bag is removed.
    pub fn seal(self, info: &BagInfo, salt: [u8; 32]) -> Result<SealedBag, Error> {
        self.no_open_file()?;
        seal::seal(self, info, salt)
    }

    /// Removes the staged bag, and says if that failed, as dropping it cannot.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub fn discard(mut self) -> Result<(), Error> {
        self.folder.keep = true;
        fs::remove_dir_all(&self.folder.path).map_err(io_error("remove", &self.folder.path))
    }

    /// Every folder of the bag's payload, `data` last, each after what lies in it.
    pub(super) fn folders_bottom_up(&self) -> Vec<String> {
        let mut folders = BTreeSet::from(["data".to_owned()]);
        for file in &self.files {
            let mut path = file.path.as_str();
            while let Some((parent, _)) = path.rsplit_once('/') {
                folders.insert(parent.to_owned());
                path = parent;
            }
        }
        // A folder sorts before what lies in it.
        folders.into_iter().rev().collect()
    }

    fn no_open_file(&self) -> Result<(), Error> {
        match &self.open {
            None => Ok(()),
            Some(path) => Err(Error::Unfinished {
                bag: self.bag,
                path: path.clone(),
            }),
        }
    }
}

/// The payload of a staged bag, to read from.
#[derive(Debug, Clone)]
pub struct Payload {
    data: PathBuf,
}

impl Payload {
    /// Where a file is, for programs that read it; `path` is below `data/`.
    ///
    /// # Errors
    /// When the path is not one of a payload.
    pub fn path(&self, path: &str) -> Result<PathBuf, Error> {
        payload_path::check(path)?;
        Ok(self.data.join(path))
    }

    /// The bytes of a file; `path` is below `data/`.
    ///
    /// # Errors
    /// When the path is not one of a payload, or the file cannot be read.
    pub fn read(&self, path: &str) -> Result<Vec<u8>, Error> {
        payload_path::check(path)?;
        let full = self.data.join(path);
        let mut bytes = Vec::new();
        open_to_read(&full)
            .and_then(|mut file| io::Read::read_to_end(&mut file, &mut bytes))
            .map_err(io_error("read", &full))?;
        Ok(bytes)
    }
}

/// A file of the payload while it is written. Dropped unfinished, it must be removed before the bag can be sealed.
#[derive(Debug)]
pub struct BagFile<'a> {
    staged: &'a mut StagedBag,
    path: String,
    writer: BufWriter<Hashing>,
}

impl BagFile<'_> {
    /// The store's error for a write that failed.
    pub fn failed(self, source: io::Error) -> Error {
        let path = self.writer.get_ref().path.clone();
        io_error("write", &path)(unwrap_cause(source))
    }

    /// Ends the file: all bytes out, read-only, fsynced.
    ///
    /// # Errors
    /// When the last bytes cannot be written; [`Error::Sync`] when they cannot be made durable.
    pub fn finish(self) -> Result<StoredFile, Error> {
        let full = self.writer.get_ref().path.clone();
        let done = self
            .writer
            .into_inner()
            .map_err(|e| io_error("write", &full)(unwrap_cause(e.into_error())))?;
        if let Some(kind) = done.failed {
            return Err(io_error("write", &full)(kind.into()));
        }
        disk::make_read_only(&done.file, &full)?;
        disk::sync(&done.file, &full)?;
        let stored = StoredFile {
            path: self.path,
            bytes: done.bytes,
            sha256: Digest(done.sha256.finalize().into()),
        };
        self.staged.taken.insert(stored.path.to_ascii_lowercase());
        self.staged.files.push(stored.clone());
        self.staged.open = None;
        crash_point("store::file::finished");
        Ok(stored)
    }
}

impl Write for BagFile<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

#[derive(Debug)]
struct Hashing {
    file: File,
    path: PathBuf,
    sha256: Sha256,
    bytes: u64,
    /// A write failed: bytes may be missing, so the file can never be finished.
    failed: Option<io::ErrorKind>,
}

impl Write for Hashing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Some(kind) = self.failed {
            return Err(io::Error::new(
                kind,
                io_error("write", &self.path)(kind.into()),
            ));
        }
        let written = self.file.write(bytes).map_err(|e| {
            if e.kind() != io::ErrorKind::Interrupted {
                self.failed = Some(e.kind());
            }
            // Callers see an io::Error only, so it must carry the path.
            io::Error::new(e.kind(), io_error("write", &self.path)(e))
        })?;
        if let Some(done) = bytes.get(..written) {
            self.sha256.update(done);
        }
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// The error below the one that [`Hashing`] wrapped, so that the path is told once.
fn unwrap_cause(error: io::Error) -> io::Error {
    let kind = error.kind();
    match error.downcast::<Error>() {
        Ok(Error::Io { source, .. }) => source,
        Ok(other) => io::Error::new(kind, other),
        Err(error) => error,
    }
}

/// A folder in staging that goes with its owner, unless it has been published.
#[derive(Debug)]
pub(super) struct Staging {
    pub(super) path: PathBuf,
    pub(super) keep: bool,
}

impl Staging {
    pub(super) fn bag(&self) -> PathBuf {
        self.path.join("bag")
    }

    pub(super) fn parent(&self) -> &Path {
        self.path.parent().unwrap_or(&self.path)
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        if !self.keep {
            // What stays is cleared at the next start.
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_lost_a_write_is_never_finished() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x");
        let mut hashing = Hashing {
            // Open to read only: the write fails, as on a full disk.
            file: disk::open_new(&path, FILE_MODE)
                .and_then(|_| File::open(&path).map_err(io_error("open", &path)))
                .unwrap(),
            path: path.clone(),
            sha256: Sha256::new(),
            bytes: 0,
            failed: None,
        };
        let first = hashing.write(b"lost").unwrap_err();
        assert!(first.to_string().contains("could not write"), "{first}");
        // The disk has room again, and the file still has a hole.
        hashing.file = File::options().write(true).open(&path).unwrap();
        assert_eq!(hashing.write(b"rest").unwrap_err().kind(), first.kind());
        assert_eq!(hashing.bytes, 0);
    }
}
