//! The index: documents come in with the rows they are made of, in the same transaction, and go before them.

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use crate::catalog::value::{self, column};
use crate::catalog::{Catalog, Error, migration};
use crate::record::BagId;
use crate::retention::for_each_sought;

/// The way of folding words. It rises whenever [`crate::retention::folded`] changes, its tables of letters too: then the
/// index is made anew, for what it cannot be told again it cannot forget.
pub(super) const FOLD: i64 = 1;

/// Bits of a document's number that a row's number has.
const ROW_BITS: u32 = 28;
const PAGE: i64 = 1 << ROW_BITS;
const ROW: i64 = PAGE - 1;
/// Seconds from 1900 to 1970, and to the end of what is told apart: some 544 years.
const BEFORE_1970: i64 = 2_208_988_800;
const SECONDS: i64 = (1 << 34) - 1;

/// A document of the index, as its number tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Document {
    /// `version.n`.
    Version(i64),
    /// `bag.n`.
    Page(i64),
}

impl Document {
    pub(super) fn of(number: i64) -> Self {
        match number & PAGE {
            0 => Self::Version(number & ROW),
            _ => Self::Page(number & ROW),
        }
    }

    /// Its number, which sorts by time; `None` for rows beyond two hundred and sixty millions.
    fn number(self, seconds: Option<i64>) -> Option<i64> {
        let (row, page) = match self {
            Self::Version(n) => (n, 0),
            Self::Page(n) => (n, PAGE),
        };
        let first = first_of(seconds.unwrap_or(i64::MIN));
        (0..=ROW).contains(&row).then_some(first | page | row)
    }
}

/// The first number of that second, since 1970.
pub(super) fn first_of(seconds: i64) -> i64 {
    seconds.saturating_add(BEFORE_1970).clamp(0, SECONDS) << (ROW_BITS + 1)
}

/// The first number of what has a date.
pub(super) const FIRST_DATED: i64 = 1 << (ROW_BITS + 1);

/// The second that a document's number tells, for what is compared within it.
pub(super) fn second_of(number: i64) -> i64 {
    number >> (ROW_BITS + 1)
}

fn seconds(published: Option<&str>) -> Result<Option<i64>, Error> {
    let Some(text) = published else {
        return Ok(None);
    };
    let at: chrono::DateTime<chrono::Utc> = column!(record.published).parse(text)?;
    Ok(Some(at.timestamp()))
}

/// What the index is told of a document.
#[derive(Debug, Default)]
pub(super) struct Words {
    title: String,
    text: String,
    author: String,
    signs: String,
}

impl Words {
    fn clear(&mut self) {
        for column in [
            &mut self.title,
            &mut self.text,
            &mut self.author,
            &mut self.signs,
        ] {
            column.clear();
        }
    }

    fn set(&mut self, title: Option<&str>, text: &str, author: Option<&str>, facets: &[&str]) {
        self.clear();
        let signs = &mut self.signs;
        let columns = [
            (title.unwrap_or_default(), &mut self.title),
            (text, &mut self.text),
            (author.unwrap_or_default(), &mut self.author),
        ];
        for (said, column) in columns {
            for_each_sought(said, |mark, word| {
                add(column, &[word]);
                if let Some(mark) = mark {
                    add(signs, &[if mark == b'#' { "#" } else { "@" }, word]);
                }
            });
        }
        for facet in facets.iter().filter(|facet| !facet.is_empty()) {
            add(signs, &[facet]);
        }
    }
}

fn add(column: &mut String, parts: &[&str]) {
    if !column.is_empty() {
        column.push(' ');
    }
    parts.iter().for_each(|part| column.push_str(part));
}

/// What a version's document is made of.
const VERSION: &str =
    "SELECT v.title, v.text, v.author, v.visibility, r.kind, r.account, r.committee
     FROM version v JOIN record r ON r.n = v.record WHERE v.n = ?1";
const PAGE_TEXT: &str =
    "SELECT p.title, p.text, NULL, 'public', NULL, c.account, b.committee, c.started, p.document
     FROM search_page p JOIN bag b ON b.n = p.bag JOIN capture c ON c.n = b.capture WHERE p.bag = ?1";
const ADD: &str =
    "INSERT INTO search_index (rowid, title, text, author, signs) VALUES (?1, ?2, ?3, ?4, ?5)";
const FORGET: &str = "INSERT INTO search_index (search_index, rowid, title, text, author, signs)
     VALUES ('delete', ?1, ?2, ?3, ?4, ?5)";

/// Whether versions or pages wait to be indexed.
const WAITS: &str = "SELECT (SELECT value > 0 FROM search_state WHERE what = 'waiting')
     OR EXISTS (SELECT 1 FROM search_page WHERE document IS NULL AND text <> '')";

/// Writes to the index within a transaction that the caller has.
pub(in crate::catalog) struct Index<'c> {
    db: &'c Connection,
    words: Words,
    /// The last account with its committee and facet: those of a capture are the same.
    place: Option<(String, String, String)>,
}

impl<'c> Index<'c> {
    pub(super) fn of(db: &'c Connection) -> Self {
        Self {
            db,
            words: Words::default(),
            place: None,
        }
    }

    /// Tells the index of one document, or tells it again to forget it.
    fn tell(&mut self, sql: &str, number: i64) -> Result<(), Error> {
        let (of, row) = match Document::of(number) {
            Document::Version(n) => (VERSION, n),
            Document::Page(n) => (PAGE_TEXT, n),
        };
        let mut asked = self.db.prepare_cached(of)?;
        let mut rows = asked.query([row])?;
        let Some(row) = rows.next()? else {
            return Ok(());
        };
        self.place(row)?;
        let place = self.place.as_ref().map_or("", |(_, _, facet)| facet);
        let kind = match text(row, 4)? {
            None => "/p".to_owned(),
            Some(kind) => format!("/k{kind}"),
        };
        let restricted = match text(row, 3)? {
            Some("public") => "",
            _ => "/r",
        };
        self.words.set(
            text(row, 0)?,
            text(row, 1)?.unwrap_or_default(),
            text(row, 2)?,
            &[place, &kind, restricted],
        );
        let Words {
            title,
            text,
            author,
            signs,
        } = &self.words;
        self.db
            .prepare_cached(sql)?
            .execute(params![number, title, text, author, signs])?;
        Ok(())
    }

    /// Makes the place of the row the last one.
    fn place(&mut self, row: &Row<'_>) -> Result<(), Error> {
        let account = text(row, 5)?.unwrap_or_default();
        let committee = text(row, 6)?.unwrap_or_default();
        if matches!(&self.place, Some((a, c, _)) if a == account && c == committee) {
            return Ok(());
        }
        let found: Option<i64> = self
            .db
            .prepare_cached("SELECT n FROM search_place WHERE account = ?1 AND committee = ?2")?
            .query_row([account, committee], |row| row.get(0))
            .optional()?;
        let n = match found {
            Some(n) => n,
            None => {
                let sql = "INSERT INTO search_place (account, committee) VALUES (?1, ?2)";
                self.db.prepare_cached(sql)?.execute([account, committee])?;
                self.db.last_insert_rowid()
            }
        };
        self.place = Some((account.to_owned(), committee.to_owned(), format!("/a{n}")));
        Ok(())
    }

    /// Adds documents, the oldest first: the index wants them in rising order.
    fn add(&mut self, numbers: &mut Vec<i64>) -> Result<(), Error> {
        numbers.sort_unstable();
        numbers.dedup();
        numbers
            .iter()
            .try_for_each(|number| self.tell(ADD, *number))
    }

    /// Adds the versions from that row on, and all of the records named: they have moved in time.
    pub(in crate::catalog) fn add_versions(
        &mut self,
        first: i64,
        moved: &[i64],
    ) -> Result<(), Error> {
        let mut numbers = Vec::new();
        let mut statement = self.db.prepare_cached(
            "SELECT v.n, r.published FROM version v JOIN record r ON r.n = v.record WHERE v.n >= ?1",
        )?;
        gather(&mut statement.query([first])?, &mut numbers)?;
        for record in moved {
            numbers.extend(self.documents_of(*record, i64::MAX)?);
        }
        self.add(&mut numbers)
    }

    /// The documents of a record that are in the index.
    fn documents_of(&self, record: i64, before: i64) -> Result<Vec<i64>, Error> {
        let mut numbers = Vec::new();
        let mut statement = self.db.prepare_cached(
            "SELECT v.n, r.published FROM version v JOIN record r ON r.n = v.record
             WHERE v.record = ?1 AND v.n < ?2 AND v.n > (SELECT value FROM search_state WHERE what = 'waiting')",
        )?;
        gather(&mut statement.query([record, before])?, &mut numbers)?;
        Ok(numbers)
    }

    /// Takes the versions of a record before that row out of the index, before their rows go or their time changes.
    pub(in crate::catalog) fn forget_record(
        &mut self,
        record: i64,
        before: i64,
    ) -> Result<(), Error> {
        for number in self.documents_of(record, before)? {
            self.tell(FORGET, number)?;
        }
        Ok(())
    }

    /// Takes a page capture out of the index with its text, before the row of its bag goes.
    pub(in crate::catalog) fn forget_page(&mut self, bag: i64) -> Result<(), Error> {
        let sql = "SELECT document FROM search_page WHERE bag = ?1";
        let number: Option<Option<i64>> = self
            .db
            .prepare_cached(sql)?
            .query_row([bag], |row| row.get(0))
            .optional()?;
        if let Some(Some(number)) = number {
            self.tell(FORGET, number)?;
        }
        self.db
            .execute("DELETE FROM search_page WHERE bag = ?1", [bag])?;
        Ok(())
    }

    /// Adds versions that wait, the newest first, and pages.
    fn add_waiting(&mut self, at_most: u32) -> Result<(), Error> {
        let sql = "SELECT value FROM search_state WHERE what = 'waiting'";
        let waiting: i64 = self
            .db
            .prepare_cached(sql)?
            .query_row([], |row| row.get(0))?;
        if waiting > 0 {
            let left = (waiting - i64::from(at_most)).max(0);
            let mut numbers = Vec::new();
            let mut statement = self.db.prepare_cached(
                "SELECT v.n, r.published FROM version v JOIN record r ON r.n = v.record WHERE v.n > ?1 AND v.n <= ?2",
            )?;
            gather(&mut statement.query([left, waiting])?, &mut numbers)?;
            self.add(&mut numbers)?;
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

/// Numbers of the versions in rows of `version.n` and `record.published`.
fn gather(rows: &mut rusqlite::Rows<'_>, numbers: &mut Vec<i64>) -> Result<(), Error> {
    while let Some(row) = rows.next()? {
        let at = seconds(text(row, 1)?)?;
        numbers.extend(Document::Version(row.get(0)?).number(at));
    }
    Ok(())
}

pub(super) fn text<'r>(row: &'r Row<'_>, at: usize) -> Result<Option<&'r str>, Error> {
    let text = row.get_ref(at)?.as_str_or_null();
    Ok(text.map_err(rusqlite::Error::from)?)
}

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

/// Changes the index within the transaction that the caller has. An index that is damaged is emptied, and made again by
/// and by: no record is lost to it, and no word that is to go stays in it.
pub(in crate::catalog) fn change(
    db: &Connection,
    work: impl FnOnce(&mut Index<'_>) -> Result<(), Error>,
) -> Result<(), Error> {
    db.execute_batch("SAVEPOINT search_index")?;
    // What the index has in memory would be written as the transaction ends, and a fault would end that.
    let flush = "INSERT INTO search_index (search_index) VALUES ('flush'); RELEASE search_index";
    let done = work(&mut Index::of(db)).and_then(|()| Ok(db.execute_batch(flush)?));
    match done {
        Err(Error::Sql(error)) if is_damage(&error) => {
            db.execute_batch("ROLLBACK TO search_index; RELEASE search_index")?;
            begin_anew(db)
        }
        done => done,
    }
}

fn is_damage(error: &rusqlite::Error) -> bool {
    error
        .sqlite_error()
        .is_some_and(|e| e.extended_code == rusqlite::ffi::SQLITE_CORRUPT_VTAB)
}

/// Takes the records of `temp.doomed` out of the index.
pub(in crate::catalog) fn forget_doomed(db: &Connection) -> Result<(), Error> {
    change(db, |index| {
        let mut statement = db.prepare_cached("SELECT n FROM temp.doomed ORDER BY n")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            index.forget_record(row.get(0)?, i64::MAX)?;
        }
        Ok(())
    })
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

fn begin_anew(db: &Connection) -> Result<(), Error> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_sort_by_time_and_tell_their_rows() {
        let at = |seconds, document: Document| document.number(seconds).unwrap();
        let old = at(Some(-3_000_000_000), Document::Version(7));
        let first = at(Some(1_500_000_000), Document::Version(9));
        let next = at(Some(1_500_000_000), Document::Version(10));
        let page = at(Some(1_500_000_000), Document::Page(3));
        let later = at(Some(1_500_000_001), Document::Version(1));
        let dateless = at(None, Document::Version(8));
        assert!(old >= 0 && dateless < first && old < first && first < next && next < page);
        assert!(page < later && later < at(Some(i64::MAX), Document::Page(ROW)));
        for document in [Document::Version(9), Document::Page(3)] {
            assert_eq!(Document::of(at(Some(1_500_000_000), document)), document);
        }
        assert_eq!(Document::Version(PAGE).number(None), None);
        assert!(first_of(1_500_000_000) <= first && page < first_of(1_500_000_001));
        assert_eq!(second_of(first), second_of(page));
    }

    /// What a document was indexed as it must be told as when it is erased.
    #[test]
    fn words_are_folded_as_the_number_says() {
        use sha2::{Digest as _, Sha256};
        let mut sum = Sha256::new();
        for c in (0..=0x10_ffff).filter_map(char::from_u32) {
            let mut told = String::new();
            for_each_sought(&format!("a{c}b #{c}"), |mark, word| {
                told.push_str(&format!("{mark:?}{word} "));
            });
            sum.update(told.as_bytes());
        }
        let sum: String = sum.finalize().iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!(
            (FOLD, sum.as_str()),
            (
                1,
                "ef01804e036146033ab8a2caa111bffed4b61056bbdc293c67b64d521dbdefac"
            ),
            "words are folded in another way: raise FOLD"
        );
    }
}
