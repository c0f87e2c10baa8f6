//! A ZIP that is made of files and folders one after the other, each with its digest: streamed, so that it may be of
//! any size, and the same bytes from the same parts.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Read, Write as _};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use sha2::{Digest as _, Sha256};

use super::bag::{add_folder, options};
use super::target::{self, GivesUp, Zip};
use super::{Error, Exported, Unfinished, io_error};
use crate::record::Digest;

/// A file of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packed {
    /// Its name in the ZIP.
    pub name: String,
    pub bytes: u64,
    pub sha256: Digest,
}

/// A ZIP under way.
pub struct Package {
    // Before the writer, so that it is dropped before it.
    _gives_up: GivesUp,
    zip: Zip,
    at: DateTime<Utc>,
    out: PathBuf,
    names: HashSet<String>,
    files: u64,
    bytes: u64,
    room: Vec<u8>,
}

impl Package {
    /// Writes into an open file, which can be read too; `at` is the time that all entries bear, and `out` the file's
    /// name in errors.
    pub fn begin(file: File, at: DateTime<Utc>, out: &Path) -> Self {
        let (zip, gives_up) = target::begin(file, true);
        Self {
            _gives_up: gives_up,
            zip,
            at,
            out: out.to_owned(),
            names: HashSet::new(),
            files: 0,
            bytes: 0,
            room: vec![0; 256 * 1024],
        }
    }

    /// Adds a file as it is read. `size` is what it is thought to have: one of 4 GiB or more, or of a size not known,
    /// has room for it (ZIP64).
    ///
    /// # Errors
    /// A name that is there already; what cannot be read or written.
    pub fn add(
        &mut self,
        name: &str,
        size: Option<u64>,
        from: &mut dyn Read,
    ) -> Result<Packed, Error> {
        if !self.names.insert(name.to_owned()) {
            return Err(Error::Twice {
                name: name.to_owned(),
                path: self.out.clone(),
            });
        }
        let fault = |source| Error::Zip {
            path: self.out.clone(),
            source,
        };
        let size = size.unwrap_or(u64::MAX);
        self.zip
            .start_file(name, options(Path::new(name), self.at, Some(size)))
            .map_err(fault)?;
        let mut sha256 = Sha256::new();
        let mut bytes = 0;
        loop {
            let read = match from.read(&mut self.room) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(source) => {
                    return Err(Error::Source {
                        name: name.to_owned(),
                        source,
                    });
                }
            };
            let part = self.room.get(..read).unwrap_or_default();
            sha256.update(part);
            self.zip.write_all(part).map_err(io_error(&self.out))?;
            bytes += read as u64;
        }
        self.files += 1;
        self.bytes += bytes;
        Ok(Packed {
            name: name.to_owned(),
            bytes,
            sha256: Digest(sha256.finalize().into()),
        })
    }

    /// # Errors
    /// As [`Package::add`].
    pub fn add_bytes(&mut self, name: &str, bytes: &[u8]) -> Result<Packed, Error> {
        self.add(name, Some(bytes.len() as u64), &mut &*bytes)
    }

    /// Adds a folder of the disk with all below it, such as a bag, under a name.
    ///
    /// # Errors
    /// What is neither file nor folder in it; what cannot be read or written.
    pub fn add_folder(&mut self, folder: &Path, name: &str) -> Result<(), Error> {
        let (files, bytes) = add_folder(&mut self.zip, folder, name, self.at, &self.out)?;
        self.files += files;
        self.bytes += bytes;
        Ok(())
    }

    /// Ends the ZIP; gives its digest too.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(self) -> Result<(Exported, Digest), Error> {
        let out = self.out;
        let target = self.zip.finish().map_err(|source| Error::Zip {
            path: out.clone(),
            source,
        })?;
        let sha256 = target.summed().map_err(io_error(&out))?;
        let done = Exported {
            path: out,
            files: self.files,
            bytes: self.bytes,
        };
        Ok((done, sha256))
    }
}

/// Has a ZIP made under a name, or in the file that was given for it: whole, or not at all.
///
/// # Errors
/// When `out` exists or cannot be written, and what `fill` returns.
pub fn write_package<E: From<Error>>(
    out: &Path,
    given: Option<File>,
    at: DateTime<Utc>,
    fill: impl FnOnce(&mut Package) -> Result<(), E>,
) -> Result<(Exported, Digest), E> {
    let Some(file) = given else {
        let unfinished = Unfinished::begin(out)?;
        let mut package = Package::begin(unfinished.create()?, at, out);
        fill(&mut package)?;
        let done = package.finish()?;
        unfinished.finish()?;
        return Ok(done);
    };
    let mut package = Package::begin(file, at, out);
    fill(&mut package)?;
    Ok(package.finish()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_tells_of_its_files_and_of_itself() {
        let dir = tempfile::tempdir().unwrap();
        let at = "2026-11-21T13:00:00Z".parse().unwrap();
        let make = |name: &str| {
            let out = dir.path().join(name);
            let mut told = None;
            let (done, sha256) = write_package(&out, None, at, |package| {
                told = Some(package.add_bytes("a/å.txt", b"hej")?);
                package.add("b.bin", None, &mut [7; 300_000].as_slice())?;
                Ok::<(), Error>(())
            })
            .unwrap();
            assert_eq!((done.files, done.bytes), (2, 300_003));
            assert_eq!(sha256, Digest::of(&std::fs::read(&out).unwrap()));
            (told.unwrap(), sha256)
        };
        let (told, one) = make("1.zip");
        assert_eq!(told.sha256, Digest::of(b"hej"));
        assert_eq!(one, make("2.zip").1, "same parts, same bytes");
    }

    #[test]
    fn what_fails_on_the_way_leaves_nothing() {
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("no more"))
            }
        }
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().join("1.zip");
        let at = DateTime::<Utc>::default();
        let failed = write_package(&out, None, at, |p| p.add("a", None, &mut Broken).map(drop));
        assert!(failed.unwrap_err().to_string().contains('a'));
        let failed = write_package(&out, None, at, |p| {
            p.add_bytes("a", b"")?;
            p.add_bytes("a", b"").map(drop)
        });
        assert!(matches!(failed, Err(Error::Twice { .. })));
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    }
}
