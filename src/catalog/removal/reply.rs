//! Replies: the answers that lie in inbox/otillåtet/ for who told of a case there.

use rusqlite::{Connection, params};

use super::{Removal, number};
use crate::catalog::value;
use crate::catalog::{Catalog, Error};
use crate::record::Digest;

/// A reply file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemovalReply {
    pub case: u64,
    /// Below inbox/.
    pub folder: String,
    pub name: String,
    /// What was dropped.
    pub source: String,
    /// Where that lies since, while it is no record yet.
    pub brought: Option<String>,
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
            .prepare_cached(
                "SELECT removal, folder, name, source, brought, sha256 FROM removal_reply ORDER BY removal",
            )?
            .query_map([], |row| {
                Ok(RemovalReply {
                    case: row.get::<_, i64>("removal")?.unsigned_abs(),
                    folder: row.get("folder")?,
                    name: row.get("name")?,
                    source: row.get("source")?,
                    brought: row.get("brought")?,
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
        reply: &RemovalReply,
    ) -> Result<(), Error> {
        keep(&self.db, case, reply)
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

pub(super) fn keep(db: &Connection, case: &Removal, reply: &RemovalReply) -> Result<(), Error> {
    db.execute(
        "INSERT OR REPLACE INTO removal_reply (removal, folder, name, source, brought, sha256)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![
            number(case.number)?,
            reply.folder,
            reply.name,
            reply.source,
            reply.brought,
            reply.sha256.0
        ],
    )?;
    Ok(())
}
