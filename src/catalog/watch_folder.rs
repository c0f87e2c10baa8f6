//! The watch folder: which start pages are to go there, and which have gone (TIB-11).

use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension as _, params};

use super::value::{self, column};
use super::{Catalog, Error, migration};
use crate::record::{AccountId, BagId, Digest};

/// How a folder stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatchFolderRow {
    /// Snapshots from then on are sent.
    pub since: DateTime<Utc>,
    /// The type of its file system when something was last sent.
    pub file_system: Option<i64>,
    pub tried: Option<DateTime<Utc>>,
    /// Why the newest try did not send all.
    pub problem: Option<String>,
}

/// A start page that is to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageToSend {
    pub bag: BagId,
    pub account: AccountId,
    /// As the platform last told it.
    pub account_name: Option<String>,
    pub platform: String,
    pub taken: DateTime<Utc>,
}

/// A file that was sent. `part` 0 of 0: the page has no PDF.
#[derive(Debug, Clone, Copy)]
pub struct SentFile<'a> {
    pub bag: BagId,
    pub account: &'a AccountId,
    pub part: usize,
    pub parts: usize,
    /// Name, bytes and digest.
    pub file: Option<(&'a str, u64, Digest)>,
    pub sent: DateTime<Utc>,
}

impl Catalog {
    fn has_watch_folder(&self) -> Result<bool, Error> {
        Ok(migration::format_of(&self.db)? >= 12)
    }

    /// How the folder stands; `None`: nothing was ever to go there.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn watch_folder(&self, path: &str) -> Result<Option<WatchFolderRow>, Error> {
        if !self.has_watch_folder()? {
            return Ok(None);
        }
        let found = self
            .db
            .prepare_cached(
                "SELECT since, file_system, tried, problem FROM watch_folder WHERE path = ?1",
            )?
            .query_row([path], |row| {
                Ok((
                    row.get::<_, String>(0)?,
                    row.get(1)?,
                    row.get::<_, Option<String>>(2)?,
                    row.get(3)?,
                ))
            })
            .optional()?;
        let Some((since, file_system, tried, problem)) = found else {
            return Ok(None);
        };
        let tried = tried
            .map(|at| column!(watch_folder.tried).parse(&at))
            .transpose()?;
        Ok(Some(WatchFolderRow {
            since: column!(watch_folder.since).parse(&since)?,
            file_system,
            tried,
            problem,
        }))
    }

    /// Has the folder known from a time on: that of the first who says so, or an earlier one.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn begin_watch_folder(&mut self, path: &str, since: DateTime<Utc>) -> Result<(), Error> {
        self.db
            .prepare_cached(
                "INSERT INTO watch_folder (path, since) VALUES (?1, ?2)
                 ON CONFLICT (path) DO UPDATE SET since = min(since, excluded.since)",
            )?
            .execute(params![path, value::time(since)])?;
        Ok(())
    }

    /// How the newest try went.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn note_watch_folder(
        &mut self,
        path: &str,
        tried: DateTime<Utc>,
        problem: Option<&str>,
        file_system: Option<i64>,
    ) -> Result<(), Error> {
        self.db
            .prepare_cached(
                "UPDATE watch_folder SET tried = ?2, problem = ?3, file_system = coalesce(?4, file_system) WHERE path = ?1",
            )?
            .execute(params![path, value::time(tried), problem, file_system])?;
        Ok(())
    }

    /// The start pages of scheduled snapshots that have not gone there whole, the oldest first; those that an emergency
    /// locks wait.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn pages_to_send(&self, path: &str) -> Result<Vec<PageToSend>, Error> {
        let Some(known) = self.watch_folder(path)? else {
            return Ok(Vec::new());
        };
        let locked = self.locked_bags()?;
        let mut asked = self.db.prepare_cached(
            "SELECT b.id AS id, c.account, a.name, a.platform, c.started FROM look l
             JOIN bag b ON b.n = l.bag JOIN capture c ON c.n = l.capture JOIN account a ON a.id = c.account
             WHERE b.kind = 'page' AND c.reason = 'scheduled' AND l.own_comment = 0 AND c.started >= ?2
             AND NOT EXISTS (SELECT 1 FROM watch_folder_file f WHERE f.folder = ?1 AND f.bag = b.id AND f.part = f.parts)
             ORDER BY c.n",
        )?;
        let mut rows = asked.query(params![path, value::time(known.since)])?;
        let mut pages = Vec::new();
        while let Some(row) = rows.next()? {
            let page = PageToSend {
                bag: BagId(value::uuid(row, "id")?),
                account: column!(capture.account).parse(&row.get::<_, String>("account")?)?,
                account_name: row.get("name")?,
                platform: row.get("platform")?,
                taken: column!(capture.started).parse(&row.get::<_, String>("started")?)?,
            };
            if !locked.contains(&page.bag) {
                pages.push(page);
            }
        }
        Ok(pages)
    }

    /// Whose file has that name there, by letters of either case: account, bag and part.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn sent_as(&self, path: &str, name: &str) -> Result<Option<(AccountId, BagId)>, Error> {
        let found = self
            .db
            .prepare_cached(
                "SELECT account, bag FROM watch_folder_file WHERE folder = ?1 AND name = ?2 COLLATE NOCASE",
            )?
            .query_row([path, name], |row| {
                Ok((row.get::<_, String>(0)?, BagId(value::uuid(row, "bag")?)))
            })
            .optional()?;
        found
            .map(|(account, bag)| Ok((column!(watch_folder_file.account).parse(&account)?, bag)))
            .transpose()
    }

    /// Notes a file that lies there whole.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn note_sent(&mut self, path: &str, sent: &SentFile<'_>) -> Result<(), Error> {
        self.db
            .prepare_cached(
                "INSERT OR IGNORE INTO watch_folder_file (folder, bag, account, part, parts, name, bytes, sha256, sent)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            )?
            .execute(params![
                path,
                sent.bag.0.as_bytes(),
                sent.account.as_str(),
                sent.part,
                sent.parts,
                sent.file.map(|f| f.0),
                sent.file.map(|f| f.1),
                sent.file.map(|f| f.2.0),
                value::time(sent.sent),
            ])?;
        Ok(())
    }
}
