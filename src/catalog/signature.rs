//! Signatures: by what records that came in through one door are known again when another door shows them.

use chrono::{DateTime, Utc};

use super::value::column;
use super::{Catalog, Error, value};
use crate::record::{AccountId, BagId, Digest, IMPORT_DOOR, Kind, NativeId, RecordId, Visibility};

/// A record that a reading may show under another name than those known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unclaimed {
    pub record: RecordId,
    /// What this door calls it, if it has it.
    pub native_id: Option<NativeId>,
    /// True when a platform's door has it, and not only people's hands.
    pub published_there: bool,
    pub kind: Kind,
    pub published: Option<DateTime<Utc>>,
    pub permalink: Option<String>,
    pub author: Option<String>,
    pub title: Option<String>,
    /// Its newest version's.
    pub text: String,
    pub number: u32,
    pub digest: Digest,
    pub visibility: Visibility,
}

impl Catalog {
    /// True when records of the account came in by other doors than this one.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn has_other_doors(&self, account: &AccountId, door: &str) -> Result<bool, Error> {
        Ok(self
            .db
            .prepare_cached("SELECT 1 FROM record_alias WHERE account = ?1 AND (door < ?2 OR door > ?2) LIMIT 1")?
            .exists([account.as_str(), door])?)
    }

    /// All records of the account, with what this door calls them, one at a time. Streams through the account.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn for_each_unclaimed(
        &self,
        account: &AccountId,
        door: &str,
        mut each: impl FnMut(Unclaimed),
    ) -> Result<(), Error> {
        let mut statement = self.db.prepare_cached(
            "SELECT r.id, a.native_id, r.kind, r.published, r.permalink, v.author, v.title, v.text,
             (SELECT max(number) FROM version WHERE record = r.n) AS number, v.digest, v.visibility,
             EXISTS (SELECT 1 FROM record_alias p WHERE p.record = r.n AND p.door <> ?3) AS published_there
             FROM record r JOIN version v ON v.n = r.latest
             LEFT JOIN record_alias a ON a.record = r.n AND a.door = ?2 WHERE r.account = ?1",
        )?;
        let mut rows = statement.query([account.as_str(), door, IMPORT_DOOR])?;
        while let Some(row) = rows.next()? {
            let published = row.get::<_, Option<String>>("published")?;
            each(Unclaimed {
                record: RecordId(value::uuid(row, "id")?),
                native_id: row.get::<_, Option<String>>("native_id")?.map(NativeId),
                published_there: row.get("published_there")?,
                kind: column!(record.kind).named(
                    &row.get::<_, String>("kind")?,
                    &Kind::ALL,
                    Kind::as_str,
                )?,
                published: published
                    .map(|p| column!(record.published).parse(&p))
                    .transpose()?,
                permalink: row.get("permalink")?,
                author: row.get("author")?,
                title: row.get("title")?,
                text: row.get("text")?,
                number: row.get("number")?,
                digest: value::digest(row, "digest")?,
                visibility: column!(version.visibility).named(
                    &row.get::<_, String>("visibility")?,
                    &Visibility::ALL,
                    Visibility::as_str,
                )?,
            });
        }
        Ok(())
    }

    /// The account's newest records that the public can see, each with the words it is shown by.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn for_each_public_text(
        &self,
        account: &AccountId,
        limit: u32,
        mut each: impl FnMut(RecordId, &str),
    ) -> Result<(), Error> {
        let mut statement = self.db.prepare_cached(
            "SELECT r.id, v.text FROM record r JOIN version v ON v.n = r.latest
             WHERE r.account = ?1 AND v.visibility = 'public' ORDER BY r.published DESC LIMIT ?2",
        )?;
        let mut rows = statement.query((account.as_str(), limit))?;
        while let Some(row) = rows.next()? {
            let id = RecordId(value::uuid(row, "id")?);
            each(id, row.get_ref("text")?.as_str().unwrap_or_default());
        }
        Ok(())
    }

    /// Notes that a page's bag shows the records as they stand now.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn note_shown(
        &mut self,
        bag: BagId,
        file: &str,
        records: &[RecordId],
    ) -> Result<(), Error> {
        let change = self.db.transaction()?;
        {
            let mut statement = change.prepare_cached(
                "INSERT OR IGNORE INTO holding (version, bag, file)
                 SELECT r.latest, b.n, ?2 FROM record r, bag b WHERE b.id = ?1 AND r.id = ?3",
            )?;
            for record in records {
                statement.execute(rusqlite::params![
                    bag.0.as_bytes(),
                    file,
                    record.0.as_bytes()
                ])?;
            }
        }
        change.commit()?;
        Ok(())
    }
}
