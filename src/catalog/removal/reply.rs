//! Replies: the answers that lie in inbox/otillåtet/ for who told of a case there.

use rusqlite::params;

use super::{Removal, number};
use crate::catalog::value;
use crate::catalog::{Catalog, Error};
use crate::record::Digest;

/// A reply file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemovalReply {
    pub case: u64,
    pub name: String,
    /// Of its text.
    pub sha256: Digest,
}

impl Catalog {
    /// Replies of open cases, and of those whose end is not told yet.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn removal_replies(&self) -> Result<Vec<RemovalReply>, Error> {
        if !self.has_removals()? {
            return Ok(Vec::new());
        }
        let all = self
            .db
            .prepare_cached("SELECT removal, name, sha256 FROM removal_reply ORDER BY removal")?
            .query_map([], |row| {
                Ok(RemovalReply {
                    case: row.get::<_, i64>(0)?.unsigned_abs(),
                    name: row.get(1)?,
                    sha256: value::digest(row, "sha256")?,
                })
            })?
            .collect::<Result<_, _>>()?;
        Ok(all)
    }

    /// Keeps what the reply of a case says now.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn keep_removal_reply(
        &mut self,
        case: &Removal,
        name: &str,
        sha256: Digest,
    ) -> Result<(), Error> {
        self.db.execute(
            "INSERT INTO removal_reply (removal, name, sha256) VALUES (?1, ?2, ?3)
             ON CONFLICT (removal) DO UPDATE SET name = excluded.name, sha256 = excluded.sha256",
            params![number(case.number)?, name, sha256.0],
        )?;
        Ok(())
    }

    /// Forgets the reply of a case whose end is told.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn end_removal_reply(&mut self, case: u64) -> Result<(), Error> {
        self.db.execute(
            "DELETE FROM removal_reply WHERE removal = ?1",
            [number(case)?],
        )?;
        Ok(())
    }
}
