//! The fonts of the machine, shared by documents that are made together: some three hundred files are looked through, and
//! those that are wanted read and summed, once for all of them.

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use lopdf::Stream;

use super::fallback::{DEBIAN_FOLDERS, Fallback};
use crate::record::Digest;

/// Fonts that stand in for the program's own, as they are when a document first asks for them.
pub struct SystemFonts {
    folders: Vec<PathBuf>,
    fallback: OnceLock<Fallback>,
    files: Mutex<HashMap<PathBuf, Arc<FontFile>>>,
    emoji: Mutex<HashMap<(Digest, u16), Option<Stream>>>,
}

/// The file of a font.
pub struct FontFile {
    pub bytes: Arc<Vec<u8>>,
    sha256: OnceLock<Digest>,
}

impl Default for SystemFonts {
    /// Where Debian has them.
    fn default() -> Self {
        Self::in_folders(DEBIAN_FOLDERS.map(PathBuf::from).to_vec())
    }
}

impl SystemFonts {
    /// Those in the folders; what is not there is not missed.
    pub fn in_folders(folders: Vec<PathBuf>) -> Self {
        Self {
            folders,
            fallback: OnceLock::new(),
            files: Mutex::default(),
            emoji: Mutex::default(),
        }
    }

    /// None but the program's own.
    #[must_use]
    pub fn none() -> Self {
        Self::in_folders(Vec::new())
    }

    pub fn folders(&self) -> &[PathBuf] {
        &self.folders
    }

    pub(super) fn fallback(&self) -> &Fallback {
        self.fallback.get_or_init(|| Fallback::scan(&self.folders))
    }

    /// The file, if it can be read.
    pub(super) fn file(&self, path: &Path) -> Option<Arc<FontFile>> {
        let mut files = held(&self.files);
        if let Some(known) = files.get(path) {
            return Some(Arc::clone(known));
        }
        let file = Arc::new(FontFile {
            bytes: Arc::new(std::fs::read(path).ok()?),
            sha256: OnceLock::new(),
        });
        files.insert(path.to_owned(), Arc::clone(&file));
        Some(file)
    }

    /// The picture of an emoji in a font, by its glyph: `make` makes it, where no document has had it made.
    pub(super) fn emoji(
        &self,
        font: &FontFile,
        gid: u16,
        make: impl FnOnce() -> Option<Stream>,
    ) -> Option<Stream> {
        let key = (font.sha256(), gid);
        if let Some(known) = held(&self.emoji).get(&key) {
            return known.clone();
        }
        let made = make();
        held(&self.emoji).insert(key, made.clone());
        made
    }
}

impl FontFile {
    pub fn sha256(&self) -> Digest {
        *self.sha256.get_or_init(|| Digest::of(&self.bytes))
    }
}

/// What it guards is whole at any time, whoever panicked.
fn held<T>(room: &Mutex<T>) -> MutexGuard<'_, T> {
    room.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for SystemFonts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SystemFonts").field(&self.folders).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_once_and_a_picture_made_once() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.ttf");
        let fonts = SystemFonts::in_folders(vec![dir.path().to_owned()]);
        assert!(fonts.file(&path).is_none());
        std::fs::write(&path, b"a font").unwrap();
        let file = fonts.file(&path).unwrap();
        assert_eq!(file.sha256(), Digest::of(b"a font"));
        std::fs::remove_file(&path).unwrap();
        assert!(Arc::ptr_eq(&file, &fonts.file(&path).unwrap()));
        let made = |content: &[u8]| {
            let content = content.to_vec();
            let make = || Some(Stream::new(lopdf::Dictionary::new(), content));
            fonts.emoji(&file, 7, make).unwrap().content
        };
        assert_eq!(made(b"one"), made(b"two"));
    }
}
