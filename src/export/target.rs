//! The file that a ZIP is written into, with the digest of what it becomes. One that failed or was given up takes all else
//! and keeps nothing: the ZIP's writer ends itself when it is dropped, and would complain on standard error.
//!
//! The writer goes back once for each entry, to tell in its header what it came to. So the newest bytes wait in memory:
//! an entry that ends there is whole before it is written and summed, and only a larger one is read again.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sha2::{Digest as _, Sha256};
use zip::ZipWriter;

use crate::record::Digest;

/// Bytes of whole entries that are written at a time.
const AT_A_TIME: usize = 256 * 1024;
/// Bytes of an entry that wait for its end.
const MOST: usize = 4 << 20;

pub(super) struct Target {
    file: File,
    given_up: Arc<AtomicBool>,
    /// Where the next byte goes.
    at: u64,
    end: u64,
    /// The last bytes before `end`, which are not in the file yet.
    held: Vec<u8>,
    /// None where nobody asks for it.
    sum: Option<Sum>,
}

struct Sum {
    sha256: Sha256,
    /// The bytes that it is of.
    of: u64,
}

/// A ZIP's writer.
pub(super) type Zip = ZipWriter<Target>;

/// Dropped before the ZIP's writer, it gives it up.
pub(super) struct GivesUp(Arc<AtomicBool>);

impl Drop for GivesUp {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// A ZIP's writer into an empty file, and what is to be dropped before it; with `summed` its digest is taken.
pub(super) fn begin(file: File, summed: bool) -> (Zip, GivesUp) {
    let given_up = Arc::new(AtomicBool::new(false));
    let target = Target {
        file,
        given_up: Arc::clone(&given_up),
        at: 0,
        end: 0,
        held: Vec::with_capacity(AT_A_TIME),
        sum: summed.then(|| Sum {
            sha256: Sha256::new(),
            of: 0,
        }),
    };
    (ZipWriter::new(target), GivesUp(given_up))
}

impl Target {
    /// Writes the last of it.
    pub(super) fn whole(mut self) -> io::Result<()> {
        self.end_it()
    }

    /// The same; gives its digest.
    pub(super) fn summed(mut self) -> io::Result<Digest> {
        self.end_it()?;
        let sum = self
            .sum
            .ok_or_else(|| io::Error::other("it was not summed"))?;
        Ok(Digest(sum.sha256.finalize().into()))
    }

    fn end_it(&mut self) -> io::Result<()> {
        if self.is_given_up() {
            return Err(io::Error::other("a part of it could not be written"));
        }
        self.sum_up()?;
        self.write_out()
    }

    fn is_given_up(&self) -> bool {
        self.given_up.load(Ordering::Relaxed)
    }

    fn tried<T>(&self, done: io::Result<T>) -> io::Result<T> {
        if done.is_err() {
            self.given_up.store(true, Ordering::Relaxed);
        }
        done
    }

    /// Where the bytes begin that wait.
    fn base(&self) -> u64 {
        self.end - self.held.len() as u64
    }

    fn write_out(&mut self) -> io::Result<()> {
        let base = self.base();
        self.file.write_all_at(&self.held, base)?;
        self.held.clear();
        Ok(())
    }

    /// Takes the digest of all there is, which nobody goes back to any more.
    fn sum_up(&mut self) -> io::Result<()> {
        let base = self.base();
        let Some(sum) = &mut self.sum else {
            return Ok(());
        };
        if sum.of < base {
            let mut room = vec![0; AT_A_TIME];
            while sum.of < base {
                let left = usize::try_from(base - sum.of).unwrap_or(usize::MAX);
                let room = room.get_mut(..left.min(AT_A_TIME)).unwrap_or_default();
                self.file.read_exact_at(room, sum.of)?;
                sum.sha256.update(&*room);
                sum.of += room.len() as u64;
            }
        }
        let known = usize::try_from(sum.of - base).unwrap_or(usize::MAX);
        sum.sha256
            .update(self.held.get(known..).unwrap_or_default());
        sum.of = self.end;
        Ok(())
    }

    /// Writes some of it at the place where the writer stands.
    fn put(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let base = self.base();
        let some = |room: u64| {
            let room = usize::try_from(room).unwrap_or(usize::MAX);
            bytes.get(..room.min(bytes.len())).unwrap_or_default()
        };
        if self.at == self.end {
            if self.held.len().saturating_add(bytes.len()) > MOST {
                self.write_out()?;
            }
            self.held.extend_from_slice(bytes);
            self.end += bytes.len() as u64;
            return Ok(bytes.len());
        }
        if self.at < base {
            let some = some(base - self.at);
            self.file.write_all_at(some, self.at)?;
            return Ok(some.len());
        }
        let some = some(self.end - self.at);
        let from = usize::try_from(self.at - base).unwrap_or(usize::MAX);
        if let Some(place) = self.held.get_mut(from..from.saturating_add(some.len())) {
            place.copy_from_slice(some);
        }
        Ok(some.len())
    }

    /// The writer is back at the end: what it went back for is done.
    fn settle(&mut self) -> io::Result<()> {
        self.sum_up()?;
        match self.held.len() >= AT_A_TIME {
            true => self.write_out(),
            false => Ok(()),
        }
    }
}

impl Write for Target {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = if self.is_given_up() {
            self.end = self.end.max(self.at.saturating_add(bytes.len() as u64));
            self.held.clear();
            bytes.len()
        } else {
            let put = self.put(bytes);
            self.tried(put)?
        };
        self.at = self.at.saturating_add(written as u64);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for Target {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let place = match to {
            SeekFrom::Start(place) => Some(place),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
            SeekFrom::End(by) => self.end.checked_add_signed(by),
        };
        let place = place.filter(|place| *place <= self.end || self.is_given_up());
        let place = place.ok_or(io::ErrorKind::InvalidInput)?;
        let is_back = self.at < self.end && place == self.end;
        self.at = place;
        if is_back && !self.is_given_up() {
            let settled = self.settle();
            self.tried(settled)?;
        }
        Ok(self.at)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Read as _;

    use zip::write::SimpleFileOptions;

    use super::*;

    /// The file and its digest after entries of these sizes, written in pieces of `piece`.
    fn written(sizes: &[usize], piece: usize) -> (Vec<u8>, Digest) {
        let file = tempfile::NamedTempFile::new().unwrap();
        let (mut zip, _gives_up) = begin(file.reopen().unwrap(), true);
        for (n, size) in sizes.iter().enumerate() {
            let method = match n % 2 {
                0 => zip::CompressionMethod::Stored,
                _ => zip::CompressionMethod::Deflated,
            };
            let options = SimpleFileOptions::default()
                .compression_method(method)
                .large_file(n % 3 == 0);
            zip.start_file(format!("{n}"), options).unwrap();
            let some: Vec<u8> = (n as u8..=250).collect();
            let bytes = some.repeat(size / some.len() + 1);
            let parts = bytes[..*size].chunks(piece);
            parts.for_each(|part| zip.write_all(part).unwrap());
        }
        zip.add_directory("mapp", SimpleFileOptions::default())
            .unwrap();
        let sha256 = zip.finish().unwrap().summed().unwrap();
        (fs::read(file.path()).unwrap(), sha256)
    }

    #[test]
    fn the_digest_is_that_of_the_file_however_large_its_entries() {
        let sizes = [0, 10, MOST - 60, MOST, 2 * MOST + 1, 300_000, 3, MOST + 1];
        for piece in [1_000_000, 3 * MOST] {
            let (zip, sha256) = written(&sizes, piece);
            assert_eq!(sha256, Digest::of(&zip));
            assert_eq!(sha256, written(&sizes, piece).1, "the same bytes again");
            let mut read = zip::ZipArchive::new(io::Cursor::new(&zip)).unwrap();
            for (n, size) in sizes.iter().enumerate() {
                let mut bytes = Vec::new();
                let mut entry = read.by_name(&n.to_string()).unwrap();
                entry.read_to_end(&mut bytes).unwrap();
                assert_eq!(bytes.len(), *size);
            }
        }
    }

    #[test]
    fn what_was_given_up_is_neither_written_nor_told() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let (mut zip, gives_up) = begin(file.reopen().unwrap(), true);
        zip.start_file("a", SimpleFileOptions::default()).unwrap();
        zip.write_all(&[7; 100]).unwrap();
        drop(gives_up);
        assert!(zip.finish().unwrap().summed().is_err());
        assert_eq!(fs::read(file.path()).unwrap(), b"");
    }

    #[test]
    fn a_file_that_cannot_be_written_is_an_error() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let (mut zip, _gives_up) = begin(File::open(file.path()).unwrap(), false);
        let stored =
            SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
        zip.start_file("a", stored).unwrap();
        assert!(zip.write_all(&vec![7; MOST]).is_err());
        assert!(zip.finish().unwrap().whole().is_err());
    }
}
