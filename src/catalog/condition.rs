//! The catalog looked at from outside, by whoever asks whether it is well: nothing beside it is made or changed.

use std::io::Read as _;
use std::path::Path;

use chrono::{DateTime, Utc};
use rusqlite::OpenFlags;
use url::Url;

use super::value::column;
use super::{Access, Catalog, Error};

/// What `doctor` asks of the catalog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    pub format: i64,
    /// Whether it writes ahead, as every writer sets it: readers and the writer then do not wait for each other.
    pub writes_ahead: bool,
    /// The latest moment that any capture was finished.
    pub newest: Option<DateTime<Utc>>,
    /// Bytes of the largest bag.
    pub largest_bag: u64,
}

impl Catalog {
    /// Opens for reading, and leaves no file beside it that was not there: an ordinary reader makes SQLite's `-wal` and
    /// `-shm`, and they stay.
    ///
    /// Without a `-wal` nobody has it open. What a writer that begins at this moment changes may be missed.
    ///
    /// # Errors
    /// As [`Catalog::open`].
    pub fn open_still(path: &Path) -> Result<Self, Error> {
        let mut log = path.as_os_str().to_owned();
        log.push("-wal");
        let absolute = std::path::absolute(path).ok();
        let still = absolute.and_then(|path| Url::from_file_path(path).ok());
        match still {
            Some(mut address) if path.exists() && !Path::new(&log).exists() => {
                address.set_query(Some("immutable=1"));
                let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
                    | OpenFlags::SQLITE_OPEN_NO_MUTEX
                    | OpenFlags::SQLITE_OPEN_URI;
                let catalog = Self::connect(Path::new(address.as_str()), flags)?;
                Self {
                    path: path.to_owned(),
                    ..catalog
                }
                .judge_format()
            }
            _ => Self::open(path, Access::Read),
        }
    }

    /// From the file's header, as SQLite does not tell of a file that it takes for unchanging: the write version at
    /// byte 18 is 2 (SQLite's file format, section 1.3.3).
    fn writes_ahead(&self) -> Result<bool, Error> {
        let mut header = [0; 19];
        std::fs::File::open(&self.path)
            .and_then(|mut file| file.read_exact(&mut header))
            .map_err(|source| Error::Header {
                path: self.path.clone(),
                source,
            })?;
        Ok(header.last() == Some(&2))
    }

    /// How it stands.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn condition(&self) -> Result<Condition, Error> {
        let newest: Option<String> =
            self.db
                .query_row("SELECT max(finished) FROM capture", [], |row| row.get(0))?;
        let largest = self
            .db
            .query_row("SELECT coalesce(max(bytes), 0) FROM bag", [], |row| {
                row.get(0)
            })?;
        Ok(Condition {
            format: super::migration::format_of(&self.db)?,
            writes_ahead: self.writes_ahead()?,
            newest: newest
                .map(|at| column!(capture.finished).parse(&at))
                .transpose()?,
            largest_bag: column!(bag.bytes).count(largest)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn to_look_leaves_nothing_beside_it() {
        let dir = tempfile::tempdir().unwrap();
        // Signs that have a meaning in an address.
        let path = dir.path().join("kata#log?x=%41 å.sqlite");
        let catalog = Catalog::create(&path).unwrap();
        let files = || std::fs::read_dir(dir.path()).unwrap().count();
        let beside = files();
        let look = || Catalog::open_still(&path).unwrap().condition().unwrap();
        assert!(look().writes_ahead, "while a writer has it");
        assert_eq!(files(), beside);
        drop(catalog);
        assert_eq!(files(), 1);
        let found = look();
        assert_eq!(
            (found.format, found.writes_ahead),
            (super::super::FORMAT, true)
        );
        assert_eq!((found.newest, found.largest_bag), (None, 0));
        assert_eq!(files(), 1);
        assert!(matches!(
            Catalog::open_still(&dir.path().join("none")),
            Err(Error::Missing { .. })
        ));
    }
}
