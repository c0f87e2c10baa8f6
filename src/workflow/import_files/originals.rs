//! A file that was brought is looked at and staged as it is, byte for byte.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};

use sha2::{Digest as _, Sha256};

use super::Fault;
use crate::platform::import::{FileKind, HEAD, kind_of};
use crate::record::Digest;
use crate::store::{self, StagedBag, StoredFile};
use crate::workflow::staging::safe;

/// A file that a person brought, open for reading.
#[derive(Debug)]
pub struct BroughtFile {
    /// As it was brought, without folders.
    pub name: String,
    pub file: File,
}

/// A file that is a record's to be.
pub(super) struct Looked {
    pub(super) name: String,
    pub(super) file: File,
    pub(super) kind: FileKind,
    pub(super) bytes: u64,
    pub(super) sha256: Digest,
}

/// What a file of the kind may have, in bytes.
fn most(kind: FileKind) -> u64 {
    match kind {
        FileKind::Html => 32_000_000,
        FileKind::Mhtml => 64_000_000,
        FileKind::Pdf | FileKind::Png | FileKind::Jpeg | FileKind::WebP => 128_000_000,
    }
}

impl Looked {
    /// Its kind by its bytes, and its digest.
    pub(super) fn at(brought: BroughtFile) -> Result<Self, Fault> {
        let BroughtFile { name, mut file } = brought;
        let told = file.metadata().map_err(Fault::Unreadable)?;
        if !told.is_file() {
            return Err(Fault::NotAFile);
        }
        file.seek(SeekFrom::Start(0)).map_err(Fault::Unreadable)?;
        let mut head = Vec::new();
        let length = HEAD as u64;
        (&mut file)
            .take(length)
            .read_to_end(&mut head)
            .map_err(Fault::Unreadable)?;
        let kind = kind_of(&head).map_err(Fault::NotTaken)?;
        let most = most(kind);
        if told.len() > most {
            return Err(Fault::TooLarge {
                kind,
                bytes: told.len(),
                most,
            });
        }
        let mut hash = Sha256::new();
        hash.update(&head);
        let mut bytes = head.len() as u64;
        let mut chunk = vec![0; 256 << 10];
        loop {
            let read = match file.read(&mut chunk) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(Fault::Unreadable(error)),
            };
            hash.update(chunk.get(..read).unwrap_or_default());
            bytes += read as u64;
            if bytes > most {
                return Err(Fault::TooLarge { kind, bytes, most });
            }
        }
        Ok(Self {
            name,
            file,
            kind,
            bytes,
            sha256: Digest(hash.finalize().into()),
        })
    }

    /// All of it, in memory: for kinds that are read whole.
    pub(super) fn whole(&mut self) -> Result<Vec<u8>, Fault> {
        let mut bytes = Vec::new();
        self.file
            .seek(SeekFrom::Start(0))
            .and_then(|_| {
                (&mut self.file)
                    .take(self.bytes + 1)
                    .read_to_end(&mut bytes)
            })
            .map_err(Fault::Unreadable)?;
        match Digest::of(&bytes) == self.sha256 {
            true => Ok(bytes),
            false => Err(Fault::Changed),
        }
    }

    /// Copies it into the bag. What it held when it was looked at is what is kept, or nothing.
    pub(super) fn stage(
        &mut self,
        bag: &mut StagedBag,
        path: &str,
    ) -> Result<Result<StoredFile, Fault>, store::Error> {
        if let Err(error) = self.file.seek(SeekFrom::Start(0)) {
            return Ok(Err(Fault::Unreadable(error)));
        }
        let mut to = bag.file(path)?;
        let mut chunk = vec![0; 256 << 10];
        let mut left = self.bytes + 1;
        let fault = loop {
            let read = match (&mut self.file).take(left).read(&mut chunk) {
                Ok(0) => break None,
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => break Some(Fault::Unreadable(error)),
            };
            left -= read as u64;
            if let Err(error) = to.write_all(chunk.get(..read).unwrap_or_default()) {
                let error = to.failed(error);
                bag.remove(path)?;
                return Err(error);
            }
        };
        let stored = match fault {
            None => to.finish()?,
            Some(fault) => {
                drop(to);
                bag.remove(path)?;
                return Ok(Err(fault));
            }
        };
        if stored.sha256 != self.sha256 {
            bag.remove(path)?;
            return Ok(Err(Fault::Changed));
        }
        Ok(Ok(stored))
    }

    /// What its name says wrongly of it.
    pub(super) fn remarks(&self) -> Vec<String> {
        match FileKind::by_name(&self.name) {
            Some(told) if told != self.kind => vec![format!(
                "the name says {}, and the file is {}",
                told.name(),
                self.kind.name()
            )],
            _ => Vec::new(),
        }
    }
}

/// A name of letters that every file system and shell takes: `0007-skarmbild-3.png`. Never longer than 90.
pub(super) fn safe_name(number: u32, name: &str) -> String {
    let plain: String = name.chars().map(plain_letter).collect();
    let name = safe(&plain);
    let name = name.trim_matches(['.', '-']);
    let from = name.len().saturating_sub(80);
    let name = name
        .get(from..)
        .unwrap_or_default()
        .trim_start_matches(['.', '-']);
    match name.is_empty() {
        true => format!("{number:04}"),
        false => format!("{number:04}-{name}"),
    }
}

/// The same without its ending.
pub(super) fn stem(name: &str) -> &str {
    match name.rsplit_once('.') {
        Some((stem, _)) if stem.len() > 5 => stem,
        _ => name,
    }
}

fn plain_letter(c: char) -> char {
    match c {
        'å' | 'ä' | 'à' | 'á' | 'â' | 'ã' => 'a',
        'Å' | 'Ä' | 'À' | 'Á' | 'Â' | 'Ã' => 'A',
        'ö' | 'ø' | 'ò' | 'ó' | 'ô' | 'õ' => 'o',
        'Ö' | 'Ø' | 'Ò' | 'Ó' | 'Ô' | 'Õ' => 'O',
        'é' | 'è' | 'ê' | 'ë' => 'e',
        'É' | 'È' | 'Ê' | 'Ë' => 'E',
        'ü' => 'u',
        'Ü' => 'U',
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_made_safe() {
        assert_eq!(safe_name(7, "Skärmbild (3).png"), "0007-Skarmbild-3-.png");
        assert_eq!(safe_name(1, "CON"), "0001-CON");
        assert_eq!(safe_name(1, "😀.png"), "0001-png");
        assert_eq!(safe_name(1, "..."), "0001");
        assert_eq!(safe_name(1, &"å".repeat(300)).len(), 85);
        assert_eq!(stem("0001-a.png"), "0001-a");
        assert_eq!(stem("0001"), "0001");
    }
}
