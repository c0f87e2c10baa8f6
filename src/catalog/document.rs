//! Documents that are sealed in bags of their own: protocols, letters. No capture stands behind them.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, params};
use uuid::Uuid;

use super::value::{self, column};
use super::{Catalog, Committed, Error, NewEvent, emergency, event, leaf};
use crate::ledger::Leaf;
use crate::record::{BagId, Digest, GallringId};

/// A document that was sealed in a bag of its own.
#[derive(Debug)]
pub struct NewDocument<'a> {
    pub bag: &'a NewDocumentBag,
    pub committee: &'a str,
    /// `gallringsprotokoll`
    pub what: &'a str,
    /// The id of what it is about.
    pub object: Uuid,
    pub made: DateTime<Utc>,
    pub actor: &'a str,
}

/// Its bag.
#[derive(Debug, Clone)]
pub struct NewDocumentBag {
    pub id: BagId,
    pub commitment: Digest,
    pub bytes: u64,
    pub files: u64,
    pub pdf: Option<String>,
}

/// A document as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentRow {
    pub bag: BagId,
    pub committee: String,
    pub what: String,
    pub object: String,
    pub made: DateTime<Utc>,
}

/// Its row and leaf, within a change of the caller's.
pub(super) fn insert(change: &Connection, document: &NewDocument<'_>) -> Result<(), Error> {
    let bag = document.bag;
    let index = leaf::append(change, &[Leaf::Decision { c: bag.commitment }])?;
    change.execute(
        "INSERT INTO document (bag, committee, what, object, made, commitment, leaf, bytes, files, pdf)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        params![
            bag.id.0.as_bytes(),
            document.committee,
            document.what,
            document.object.to_string(),
            value::time(document.made),
            bag.commitment.0,
            index,
            bag.bytes,
            bag.files,
            bag.pdf,
        ],
    )?;
    Ok(())
}

impl Catalog {
    /// Writes a sealed document's row and leaf; `ends` is the gallring that it ends.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn add_document(
        &mut self,
        document: &NewDocument<'_>,
        ends: Option<GallringId>,
    ) -> Result<Committed, Error> {
        let change = self.db.transaction()?;
        let before = leaf::size(&change)?;
        insert(&change, document)?;
        let made = value::time(document.made);
        if let Some(gallring) = ends {
            change.execute(
                "UPDATE gallring SET state = 'executed', executed = ?2, executor = ?3 WHERE id = ?1",
                params![gallring.0.as_bytes(), made, document.actor],
            )?;
            emergency::end(&change, gallring, document.made)?;
        }
        let after = serde_json::json!({ "document": document.what, "bag": document.bag.id });
        let event = NewEvent {
            at: document.made,
            actor: document.actor,
            verb: match ends {
                Some(_) => "gallring execute",
                None => "document",
            },
            object: &document.object.to_string(),
            before: None,
            after: Some(&after.to_string()),
        };
        event::insert(&change, &event)?;
        let after = leaf::size(&change)?;
        change.commit()?;
        Ok(Committed {
            ledger: before..after,
        })
    }

    /// The documents about something, by its id.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn documents(&self, object: &str) -> Result<Vec<DocumentRow>, Error> {
        let mut statement = self.db.prepare_cached(
            "SELECT bag, committee, what, object, made FROM document WHERE object = ?1 ORDER BY n",
        )?;
        let rows = statement.query_map([object], |row| {
            let read = || -> Result<DocumentRow, Error> {
                Ok(DocumentRow {
                    bag: BagId(value::uuid(row, "bag")?),
                    committee: row.get("committee")?,
                    what: row.get("what")?,
                    object: row.get("object")?,
                    made: column!(document.made).parse(&row.get::<_, String>("made")?)?,
                })
            };
            Ok(read())
        })?;
        rows.map(|row| row?).collect()
    }
}
