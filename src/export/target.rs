//! The file that a ZIP is written into. One that failed or was given up takes all else and keeps nothing: the ZIP's
//! writer ends itself when it is dropped, and would complain on standard error.

use std::fs::File;
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use zip::ZipWriter;

pub(super) struct Target {
    file: File,
    given_up: Arc<AtomicBool>,
    at: u64,
    end: u64,
}

/// A ZIP's writer.
pub(super) type Zip = ZipWriter<BufWriter<Target>>;

/// Dropped before the ZIP's writer, it gives it up.
pub(super) struct GivesUp(Arc<AtomicBool>);

impl Drop for GivesUp {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// A ZIP's writer into a file, and what is to be dropped before it.
pub(super) fn begin(file: File) -> (Zip, GivesUp) {
    let given_up = Arc::new(AtomicBool::new(false));
    let target = Target {
        file,
        given_up: Arc::clone(&given_up),
        at: 0,
        end: 0,
    };
    let buffered = BufWriter::with_capacity(256 * 1024, target);
    (ZipWriter::new(buffered), GivesUp(given_up))
}

impl Target {
    /// The file, when all was written.
    pub(super) fn whole(self) -> io::Result<File> {
        match self.is_given_up() {
            true => Err(io::Error::other("a part of it could not be written")),
            false => Ok(self.file),
        }
    }

    fn is_given_up(&self) -> bool {
        self.given_up.load(Ordering::Relaxed)
    }

    fn tried<T>(&self, done: io::Result<T>) -> io::Result<T> {
        if let Err(error) = &done
            && error.kind() != io::ErrorKind::Interrupted
        {
            self.given_up.store(true, Ordering::Relaxed);
        }
        done
    }
}

impl Write for Target {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = match self.is_given_up() {
            true => bytes.len(),
            false => {
                let written = self.file.write(bytes);
                self.tried(written)?
            }
        };
        self.at = self.at.saturating_add(written as u64);
        self.end = self.end.max(self.at);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for Target {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.at = if self.is_given_up() {
            let place = match to {
                SeekFrom::Start(place) => Some(place),
                SeekFrom::Current(by) => self.at.checked_add_signed(by),
                SeekFrom::End(by) => self.end.checked_add_signed(by),
            };
            place.ok_or(io::ErrorKind::InvalidInput)?
        } else {
            let place = self.file.seek(to);
            self.tried(place)?
        };
        Ok(self.at)
    }
}
