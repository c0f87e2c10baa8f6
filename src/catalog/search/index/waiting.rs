//! What waits to be indexed: all of an archive whose index is begun anew, and pages whose text was not read.

use rusqlite::{Connection, params};

use super::document::{Document, ROW, seconds};
use super::{FOLD, Index, change, text};
use crate::catalog::value::{self, column};
use crate::catalog::{Catalog, Error, migration};
use crate::record::BagId;

/// Whether versions or pages wait to be indexed.
const WAITS: &str = "SELECT (SELECT value > 0 FROM search_state WHERE what = 'waiting')
     OR EXISTS (SELECT 1 FROM search_page WHERE document IS NULL AND text <> '')";

/// How much of the archive is not in the index yet.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Unindexed {
    pub versions: u64,
    pub pages: u64,
}

impl Unindexed {
    pub fn is_nothing(self) -> bool {
        self == Self::default()
    }
}

impl Index<'_> {
    /// Adds versions that wait, the newest first, and pages.
    fn add_waiting(&mut self, at_most: u32) -> Result<(), Error> {
        let sql = "SELECT value FROM search_state WHERE what = 'waiting'";
        let waiting: i64 = self
            .db
            .prepare_cached(sql)?
            .query_row([], |row| row.get(0))?;
        if waiting > 0 {
            let left = (waiting - i64::from(at_most)).max(0);
            self.add_rows(left + 1, waiting)?;
            self.db.execute(
                "UPDATE search_state SET value = ?1 WHERE what = 'waiting'",
                [left],
            )?;
        }
        self.add_pages(at_most)
    }

    /// Adds pages whose text is kept already.
    fn add_pages(&mut self, at_most: u32) -> Result<(), Error> {
        let mut statement = self.db.prepare_cached(
            "SELECT p.bag, c.started FROM search_page p JOIN bag b ON b.n = p.bag JOIN capture c ON c.n = b.capture
             WHERE p.document IS NULL AND p.text <> '' LIMIT ?1",
        )?;
        let mut rows = statement.query([at_most])?;
        let mut numbers = Vec::new();
        while let Some(row) = rows.next()? {
            let at = seconds(text(row, 1)?)?;
            numbers.extend(Document::Page(row.get(0)?).number(at));
        }
        self.add(&mut numbers)?;
        let sql = "UPDATE search_page SET document = ?2 WHERE bag = ?1";
        let mut set = self.db.prepare_cached(sql)?;
        for number in numbers {
            set.execute([number & ROW, number])?;
        }
        Ok(())
    }
}

/// Begins the index anew where words are folded in another way since.
pub(in crate::catalog) fn keep_up(db: &mut Connection) -> Result<(), Error> {
    let sql = "SELECT value FROM search_state WHERE what = 'fold'";
    let fold: i64 = db.query_row(sql, [], |row| row.get(0))?;
    if fold == FOLD {
        return Ok(());
    }
    let change = db.transaction()?;
    begin_anew(&change)?;
    change.commit()?;
    Ok(())
}

pub(super) fn begin_anew(db: &Connection) -> Result<(), Error> {
    db.execute_batch(
        "INSERT INTO search_index (search_index) VALUES ('delete-all');
         UPDATE search_page SET document = NULL;
         UPDATE search_state SET value = (SELECT coalesce(max(n), 0) FROM version) WHERE what = 'waiting';",
    )?;
    db.execute(
        "UPDATE search_state SET value = ?1 WHERE what = 'fold'",
        [FOLD],
    )?;
    Ok(())
}

impl Catalog {
    pub(in crate::catalog) fn has_search(&self) -> Result<bool, Error> {
        Ok(migration::format_of(&self.db)? >= 11)
    }

    /// Empties the index, so that it is made again.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn begin_index_anew(&mut self) -> Result<(), Error> {
        let change = self.db.transaction()?;
        begin_anew(&change)?;
        change.commit()?;
        Ok(())
    }

    /// How much is not in the index yet: what an older arkivd captured, and pages whose text was not read.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn unindexed(&self) -> Result<Unindexed, Error> {
        if !self.has_search()? {
            return Ok(Unindexed::default());
        }
        let count = |sql: &str| -> Result<u64, Error> {
            let n = self.db.prepare_cached(sql)?.query_row([], |row| row.get(0));
            column!(search_state.value).count(n?)
        };
        Ok(Unindexed {
            versions: count(
                "SELECT count(*) FROM version WHERE n <= (SELECT value FROM search_state WHERE what = 'waiting')",
            )?,
            pages: count(
                "SELECT count(*) FROM bag b LEFT JOIN search_page p ON p.bag = b.n WHERE b.kind = 'page'
                 AND (p.bag IS NULL OR p.document IS NULL AND p.text <> '')
                 AND b.id NOT IN (SELECT bag FROM emergency_bag)",
            )?,
        })
    }

    /// Puts at most so many more versions into the index, the newest of those that wait first, and so many pages whose
    /// text is kept. True when none of them wait any more.
    ///
    /// # Errors
    /// Those of SQLite; then nothing is put there.
    pub fn index_more(&mut self, at_most: u32) -> Result<bool, Error> {
        let waits: bool = self
            .db
            .prepare_cached(WAITS)?
            .query_row([], |row| row.get(0))?;
        if !waits {
            return Ok(true);
        }
        self.with_large_cache(|catalog| {
            let transaction = catalog.db.transaction()?;
            change(&transaction, |index| index.add_waiting(at_most))?;
            let left: bool = transaction.query_row(WAITS, [], |row| row.get(0))?;
            transaction.commit()?;
            Ok(!left)
        })
    }

    /// Page captures whose text was not read yet; those that an emergency locks are let be.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn pages_without_text(&self, at_most: u32) -> Result<Vec<BagId>, Error> {
        let mut statement = self.db.prepare_cached(
            "SELECT b.id FROM bag b LEFT JOIN search_page p ON p.bag = b.n WHERE b.kind = 'page' AND p.bag IS NULL
             AND b.id NOT IN (SELECT bag FROM emergency_bag) ORDER BY b.n DESC LIMIT ?1",
        )?;
        let rows = statement.query_map([at_most], |row| Ok(BagId(value::uuid(row, "id")?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Keeps the text of a page capture, and indexes it. Nothing where the bag has no row any more, or is locked.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn add_page_text(&mut self, bag: BagId, page: &str) -> Result<(), Error> {
        let transaction = self.db.transaction()?;
        transaction
            .prepare_cached(
                "INSERT OR IGNORE INTO search_page (bag, title, text)
                 SELECT b.n, coalesce((SELECT l.title FROM look l WHERE l.bag = b.n), ''), ?2 FROM bag b
                 WHERE b.id = ?1 AND b.kind = 'page' AND b.id NOT IN (SELECT bag FROM emergency_bag)",
            )?
            .execute(params![bag.0.as_bytes(), page])?;
        change(&transaction, |index| index.add_pages(1))?;
        transaction.commit()?;
        Ok(())
    }

    /// Whether the index is whole in itself, and knows as many documents as there are. A fault in words, or none.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn index_fault(&self, thorough: bool) -> Result<Option<String>, Error> {
        if !self.has_search()? {
            return Ok(None);
        }
        let (there, ought): (i64, i64) = self.db.query_row(
            "SELECT (SELECT count(*) FROM search_index_docsize),
                    (SELECT count(*) FROM version WHERE n > (SELECT value FROM search_state WHERE what = 'waiting'))
                    + (SELECT count(*) FROM search_page WHERE document IS NOT NULL)",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        if there != ought {
            return Ok(Some(format!(
                "it knows {there} documents, and {ought} ought to be there"
            )));
        }
        if !thorough {
            return Ok(None);
        }
        let told: String =
            self.db
                .query_row("PRAGMA integrity_check(search_index)", [], |row| row.get(0))?;
        Ok((told != "ok").then_some(told))
    }
}
