//! Pictures as they are handed out, kept in a file without a name until all is written.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};

use crate::record::Digest;

/// A picture in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Kept {
    /// As the bundle calls it.
    pub(super) name: String,
    pub(super) at: u64,
    pub(super) bytes: u64,
    pub(super) sha256: Digest,
    pub(super) media_type: &'static str,
}

pub(super) struct Spool {
    file: File,
    end: u64,
    kept: HashMap<String, Kept>,
}

impl Spool {
    /// # Errors
    /// When no file can be had.
    pub(super) fn begin() -> io::Result<Self> {
        Ok(Self {
            file: tempfile::tempfile()?,
            end: 0,
            kept: HashMap::new(),
        })
    }

    /// # Errors
    /// When it cannot be written.
    pub(super) fn keep(
        &mut self,
        name: &str,
        bytes: &[u8],
        media_type: &'static str,
    ) -> io::Result<Kept> {
        self.file.seek(SeekFrom::Start(self.end))?;
        self.file.write_all(bytes)?;
        let kept = Kept {
            name: name.to_owned(),
            at: self.end,
            bytes: bytes.len() as u64,
            sha256: Digest::of(bytes),
            media_type,
        };
        self.end += kept.bytes;
        self.kept.insert(name.to_owned(), kept.clone());
        Ok(kept)
    }

    /// # Errors
    /// A name that is not there; what cannot be read.
    pub(super) fn read(&mut self, name: &str) -> io::Result<Vec<u8>> {
        let kept = self.kept.get(name).ok_or(io::ErrorKind::NotFound)?;
        self.file.seek(SeekFrom::Start(kept.at))?;
        let mut bytes = Vec::new();
        (&self.file).take(kept.bytes).read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}
