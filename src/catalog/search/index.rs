//! The index: documents come in with the rows they are made of, in the same transaction, and go before them.

mod document;
mod waiting;

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use crate::catalog::Error;
use crate::retention::for_each_sought;
use document::seconds;
use waiting::begin_anew;

pub(super) use document::{Document, FIRST_DATED, ROW, first_of, second_of};
pub use waiting::Unindexed;
pub(in crate::catalog) use waiting::keep_up;

/// The way of folding words. It rises whenever [`crate::retention::folded`] changes, its tables of letters too: then the
/// index is made anew, for what it cannot be told again it cannot forget.
pub(super) const FOLD: i64 = 1;

/// What the index is told of a document.
#[derive(Debug, Default)]
pub(super) struct Words {
    title: String,
    text: String,
    author: String,
    signs: String,
}

impl Words {
    fn of(title: Option<&str>, text: &str, author: Option<&str>, facets: &[&str]) -> Self {
        let mut words = Self {
            text: String::with_capacity(text.len()),
            ..Self::default()
        };
        let signs = &mut words.signs;
        let columns = [
            (title.unwrap_or_default(), &mut words.title),
            (text, &mut words.text),
            (author.unwrap_or_default(), &mut words.author),
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
        words
    }

    fn bytes(&self) -> usize {
        self.title.len() + self.text.len() + self.author.len() + self.signs.len()
    }
}

fn add(column: &mut String, parts: &[&str]) {
    if !column.is_empty() {
        column.push(' ');
    }
    parts.iter().for_each(|part| column.push_str(part));
}

/// What the documents of versions are made of.
const VERSIONS: &str =
    "SELECT v.title, v.text, v.author, v.visibility, r.kind, r.account, r.committee, v.n, r.published
     FROM version v JOIN record r ON r.n = v.record WHERE v.n BETWEEN ?1 AND ?2";
const PAGE_TEXT: &str =
    "SELECT p.title, p.text, NULL, 'public', NULL, c.account, b.committee, c.started, p.document
     FROM search_page p JOIN bag b ON b.n = p.bag JOIN capture c ON c.n = b.capture WHERE p.bag BETWEEN ?1 AND ?2";
const ADD: &str =
    "INSERT INTO search_index (rowid, title, text, author, signs) VALUES (?1, ?2, ?3, ?4, ?5)";
const FORGET: &str = "INSERT INTO search_index (search_index, rowid, title, text, author, signs)
     VALUES ('delete', ?1, ?2, ?3, ?4, ?5)";

/// Bytes of folded words that are held until they are in order.
const HELD: usize = 4 << 20;

/// Writes to the index within a transaction that the caller has.
pub(in crate::catalog) struct Index<'c> {
    db: &'c Connection,
    /// The last account with its committee and facet: those of a capture are the same.
    place: Option<(String, String, String)>,
}

impl<'c> Index<'c> {
    pub(super) fn of(db: &'c Connection) -> Self {
        Self { db, place: None }
    }

    /// Tells the index of one document, or tells it again to forget it.
    fn tell(&mut self, sql: &str, number: i64) -> Result<(), Error> {
        let (of, row) = match Document::of(number) {
            Document::Version(n) => (VERSIONS, n),
            Document::Page(n) => (PAGE_TEXT, n),
        };
        let mut asked = self.db.prepare_cached(of)?;
        let mut rows = asked.query([row, row])?;
        match rows.next()? {
            Some(row) => {
                let words = self.words(row)?;
                self.write(sql, number, &words)
            }
            None => Ok(()),
        }
    }

    fn write(&self, sql: &str, number: i64, words: &Words) -> Result<(), Error> {
        let Words {
            title,
            text,
            author,
            signs,
        } = words;
        self.db
            .prepare_cached(sql)?
            .execute(params![number, title, text, author, signs])?;
        Ok(())
    }

    /// What the document of that row says.
    fn words(&mut self, row: &Row<'_>) -> Result<Words, Error> {
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
        Ok(Words::of(
            text(row, 0)?,
            text(row, 1)?.unwrap_or_default(),
            text(row, 2)?,
            &[place, &kind, restricted],
        ))
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

    /// Adds the versions in these rows, both among them. They are read in the order they lie in, and sorted after.
    fn add_rows(&mut self, first: i64, last: i64) -> Result<(), Error> {
        let mut held: Vec<(i64, Words)> = Vec::new();
        let mut bytes = 0;
        let mut statement = self.db.prepare_cached(VERSIONS)?;
        let mut rows = statement.query([first, last])?;
        while let Some(row) = rows.next()? {
            let at = seconds(text(row, 8)?)?;
            let Some(number) = Document::Version(row.get(7)?).number(at) else {
                continue;
            };
            let words = self.words(row)?;
            bytes += words.bytes();
            held.push((number, words));
            if bytes > HELD {
                self.add_held(&mut held)?;
                bytes = 0;
            }
        }
        self.add_held(&mut held)
    }

    fn add_held(&self, held: &mut Vec<(i64, Words)>) -> Result<(), Error> {
        held.sort_unstable_by_key(|(number, _)| *number);
        held.drain(..)
            .try_for_each(|(number, words)| self.write(ADD, number, &words))
    }

    /// Adds the versions from that row on, and those before of the records named: they have moved in time.
    pub(in crate::catalog) fn add_versions(
        &mut self,
        first: i64,
        moved: &[i64],
    ) -> Result<(), Error> {
        let mut numbers = Vec::new();
        for record in moved {
            numbers.extend(self.documents_of(*record, first)?);
        }
        self.add(&mut numbers)?;
        self.add_rows(first, i64::MAX)
    }

    /// The documents of a record that are in the index.
    fn documents_of(&self, record: i64, before: i64) -> Result<Vec<i64>, Error> {
        let mut numbers = Vec::new();
        let mut statement = self.db.prepare_cached(
            "SELECT v.n, r.published FROM version v JOIN record r ON r.n = v.record
             WHERE v.record = ?1 AND v.n < ?2 AND v.n > (SELECT value FROM search_state WHERE what = 'waiting')",
        )?;
        let mut rows = statement.query([record, before])?;
        while let Some(row) = rows.next()? {
            let at = seconds(text(row, 1)?)?;
            numbers.extend(Document::Version(row.get(0)?).number(at));
        }
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
}

pub(super) fn text<'r>(row: &'r Row<'_>, at: usize) -> Result<Option<&'r str>, Error> {
    let text = row.get_ref(at)?.as_str_or_null();
    Ok(text.map_err(rusqlite::Error::from)?)
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

#[cfg(test)]
mod tests {
    use super::*;

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
