//! The ledger's leaves and stored hashes, kept in the same transaction as what they stand for.

use rusqlite::Connection;

use super::value::column;
use super::{Catalog, Error};
use crate::ledger::{self, Leaf};
use crate::record::Digest;

pub(super) fn size(db: &Connection) -> Result<u64, Error> {
    let n = db
        .prepare_cached("SELECT coalesce(max(n) + 1, 0) FROM leaf")?
        .query_row([], |row| row.get(0))?;
    column!(leaf.n).count(n)
}

fn tree_hashes(db: &Connection, indexes: &[u64]) -> Result<Vec<[u8; 32]>, Error> {
    let mut statement = db.prepare_cached("SELECT hash FROM tree_hash WHERE n = ?1")?;
    indexes
        .iter()
        .map(|&n| {
            statement
                .query_row([n], |row| row.get(0))
                .map_err(|e| match e {
                    rusqlite::Error::QueryReturnedNoRows => Error::TreeHash(n),
                    e => e.into(),
                })
        })
        .collect()
}

/// Appends leaves; the first gets the index returned.
pub(super) fn append(db: &Connection, leaves: &[Leaf]) -> Result<u64, Error> {
    let first = size(db)?;
    let entries: Vec<Vec<u8>> = leaves.iter().map(Leaf::entry).collect();
    let appended = ledger::append(first, &entries, &|indexes| tree_hashes(db, indexes))?;
    let mut leaf = db.prepare_cached("INSERT INTO leaf (n, entry) VALUES (?1, ?2)")?;
    for (n, entry) in (first..).zip(&entries) {
        leaf.execute((n, String::from_utf8_lossy(entry)))?;
    }
    let mut hash = db.prepare_cached("INSERT INTO tree_hash (n, hash) VALUES (?1, ?2)")?;
    for (n, value) in appended.hashes {
        hash.execute((n, value))?;
    }
    Ok(first)
}

impl Catalog {
    /// How many leaves the log has.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn ledger_size(&self) -> Result<u64, Error> {
        size(&self.db)
    }

    /// The root of the log as the catalog's stored hashes give it.
    ///
    /// # Errors
    /// Those of SQLite, and a stored hash that is missing.
    pub fn ledger_root(&self) -> Result<Digest, Error> {
        let appended = ledger::append(self.ledger_size()?, &[], &|indexes| {
            self.tree_hashes(indexes)
        })?;
        Ok(appended.root)
    }

    /// Stored hashes by their C2SP index.
    ///
    /// # Errors
    /// Those of SQLite, and a hash that is missing.
    pub fn tree_hashes(&self, indexes: &[u64]) -> Result<Vec<[u8; 32]>, Error> {
        tree_hashes(&self.db, indexes)
    }

    /// The entries `from..to` of the log, in order.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn entries(&self, from: u64, to: u64) -> Result<Vec<Vec<u8>>, Error> {
        let mut statement = self
            .db
            .prepare_cached("SELECT entry FROM leaf WHERE n >= ?1 AND n < ?2 ORDER BY n")?;
        let rows = statement.query_map((from, to), |row| row.get::<_, String>(0))?;
        rows.map(|entry| Ok(entry?.into_bytes())).collect()
    }
}
