//! A record's payload while it comes: small in memory, large on disk.

use std::fmt;
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};
use tempfile::SpooledTempFile;

use super::Error;

/// Bytes of a body that are kept in memory; the rest of a longer one goes to disk with them.
const IN_MEMORY: usize = 256 << 10;

/// A SHA-256, written as WARC has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    pub(super) fn of(hash: Sha256) -> Self {
        Self(hash.finalize().into())
    }
}

/// `sha256:` and lower-case hexadecimal, as the archive's manifests have it. ISO 28500 leaves the encoding free;
/// warcio, pywb and browsertrix take this one.
impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sha256:")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Bytes in their order, their number and their digest.
#[derive(Debug)]
pub struct Body {
    bytes: SpooledTempFile,
    folder: Option<PathBuf>,
    hash: Sha256,
    length: u64,
}

impl Default for Body {
    fn default() -> Self {
        Self {
            bytes: SpooledTempFile::new(IN_MEMORY),
            folder: None,
            hash: Sha256::new(),
            length: 0,
        }
    }
}

impl Body {
    /// One that waits in this folder if it grows large.
    pub fn kept_in(folder: &Path) -> Self {
        Self {
            bytes: SpooledTempFile::new_in(IN_MEMORY, folder),
            folder: Some(folder.to_owned()),
            ..Self::default()
        }
    }

    /// One that is on disk from its first byte, in this folder or the system's.
    pub fn on_disk(folder: Option<&Path>) -> Self {
        let bytes = match folder {
            Some(folder) => SpooledTempFile::new_in(0, folder),
            None => SpooledTempFile::new(0),
        };
        Self {
            bytes,
            folder: folder.map(Path::to_owned),
            ..Self::default()
        }
    }

    /// An empty one that is kept as this one is.
    pub fn fresh(&self) -> Self {
        match (self.bytes.is_rolled(), &self.folder) {
            (true, folder) => Self::on_disk(folder.as_deref()),
            (false, Some(folder)) => Self::kept_in(folder),
            (false, None) => Self::default(),
        }
    }

    /// What is here already.
    ///
    /// # Errors
    /// As [`Body::push`].
    pub fn whole(bytes: &[u8]) -> Result<Self, Error> {
        let mut body = Self::default();
        body.push(bytes)?;
        Ok(body)
    }

    /// More of it.
    ///
    /// # Errors
    /// [`Error::Spool`] when the disk takes no more.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.bytes.write_all(bytes).map_err(Error::Spool)?;
        self.hash.update(bytes);
        self.length = self.length.saturating_add(bytes.len() as u64);
        Ok(())
    }

    /// In bytes.
    pub fn length(&self) -> u64 {
        self.length
    }

    pub fn digest(&self) -> Digest {
        Digest::of(self.hash.clone())
    }

    /// Hands out all of it, piece by piece, from its beginning.
    ///
    /// # Errors
    /// When it cannot be read from disk, and those of `to`.
    pub fn read(&mut self, mut to: impl FnMut(&[u8]) -> Result<(), Error>) -> Result<(), Error> {
        self.bytes.rewind().map_err(Error::Spool)?;
        let mut piece = [0; 16 << 10];
        loop {
            match self.bytes.read(&mut piece) {
                Ok(0) => return Ok(()),
                Ok(n) => to(piece.get(..n).unwrap_or_default())?,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(Error::Spool(e)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_what_was_pushed_in_memory_or_on_disk() {
        for length in [0, 1, IN_MEMORY, IN_MEMORY + 1, 3 * IN_MEMORY] {
            let bytes: Vec<u8> = (0..length).map(|i| (i * 7 % 251) as u8).collect();
            let mut body = Body::default();
            for piece in bytes.chunks(70_000) {
                body.push(piece).unwrap();
            }
            assert_eq!(body.bytes.is_rolled(), length > IN_MEMORY);
            assert_eq!(body.length(), length as u64);
            // Twice: once for the block's digest, once for the file.
            for _ in 0..2 {
                let mut read = Vec::new();
                body.read(|piece| {
                    read.extend_from_slice(piece);
                    Ok(())
                })
                .unwrap();
                assert!(read == bytes, "{length}");
            }
        }
    }

    #[test]
    fn on_disk_means_from_the_first_byte() {
        let folder = tempfile::tempdir().unwrap();
        let mut body = Body::on_disk(Some(folder.path()));
        body.push(b"x").unwrap();
        assert!(body.bytes.is_rolled());
        let mut fresh = body.fresh();
        fresh.push(b"y").unwrap();
        assert!(fresh.bytes.is_rolled() && fresh.length() == 1);
    }

    #[test]
    fn the_digest_is_sha256_in_hexadecimal() {
        let empty = Body::default().digest().to_string();
        assert_eq!(
            empty,
            "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
    }
}
