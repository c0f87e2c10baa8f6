//! Imports: the files that people brought, so that the same file is not a record twice.

use rusqlite::{OptionalExtension as _, Transaction, params};
use serde_json::json;

use super::value;
use super::{Catalog, Error, NewCapture, NewEvent, event};
use crate::record::{AccountId, Digest, RecordId};

/// A file of a record that its capture writes.
#[derive(Debug, Clone)]
pub struct NewImport<'a> {
    pub record: RecordId,
    pub sha256: Digest,
    /// As it was brought, without folders.
    pub name: &'a str,
    /// Who brought it.
    pub actor: &'a str,
}

/// A file that the account has already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    pub record: RecordId,
    /// As it was brought then.
    pub name: String,
    /// True when everyone may see it as it was brought.
    pub public: bool,
}

impl Catalog {
    /// The record that the file is of, if it was brought before for this account.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn imported(
        &self,
        account: &AccountId,
        sha256: &Digest,
    ) -> Result<Option<Imported>, Error> {
        let found = self
            .db
            .prepare_cached(
                "SELECT r.id, i.name, EXISTS (SELECT 1 FROM observation o JOIN version v ON v.n = o.version
                   WHERE o.capture = i.capture AND v.record = i.record AND v.visibility = 'public') AS public
                 FROM imported i JOIN record r ON r.n = i.record
                 WHERE i.account = ?1 AND i.sha256 = ?2",
            )?
            .query_row(params![account.as_str(), sha256.0], |row| {
                Ok(Imported {
                    record: RecordId(value::uuid(row, "id")?),
                    name: row.get("name")?,
                    public: row.get("public")?,
                })
            })
            .optional()?;
        Ok(found)
    }
}

/// A row and an event for each file. A file of two records, as one picture of two threads, is its first one's.
pub(super) fn insert(
    db: &Transaction<'_>,
    capture: &NewCapture<'_>,
    capture_row: i64,
) -> Result<(), Error> {
    for file in capture.imported {
        db.prepare_cached(
            "INSERT OR IGNORE INTO imported (account, sha256, name, record, capture)
             SELECT ?1, ?2, ?3, r.n, ?5 FROM record r WHERE r.id = ?4",
        )?
        .execute(params![
            capture.account.as_str(),
            file.sha256.0,
            file.name,
            file.record.0.as_bytes(),
            capture_row,
        ])?;
        let after = json!({ "account": capture.account, "capture": capture.id });
        let event = NewEvent {
            at: capture.finished,
            actor: file.actor,
            verb: "import",
            object: &file.record.to_string(),
            before: None,
            after: Some(&after.to_string()),
        };
        event::insert(db, &event)?;
    }
    Ok(())
}
