//! Handlingsnummer: the number that a record has within its case, as the diarium gave it.

use chrono::{DateTime, Utc};
use rusqlite::params;
use serde::{Deserialize, Serialize};

use super::value;
use super::{Catalog, Error, NewEvent, event, migration};
use crate::record::RecordId;

/// A record's number within a case.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct DocumentNumber {
    /// The diarienummer.
    pub registered: String,
    pub number: String,
}

impl Catalog {
    /// Notes the number of records within a case, all or none: a talk may be one handling.
    ///
    /// # Errors
    /// When one is not in the catalog; those of SQLite.
    pub fn note_document_number(
        &mut self,
        records: &[RecordId],
        noted: &DocumentNumber,
        actor: &str,
        at: DateTime<Utc>,
    ) -> Result<(), Error> {
        let change = self.db.unchecked_transaction()?;
        for record in records {
            let n = self.record_row(*record)?.n;
            self.db
                .prepare_cached(
                    "INSERT INTO record_document (record, registered, number, at, actor) VALUES (?1, ?2, ?3, ?4, ?5)",
                )?
                .execute(params![n, noted.registered, noted.number, value::time(at), actor])?;
            let after =
                serde_json::json!({ "registered": noted.registered, "document": noted.number });
            let event = NewEvent {
                at,
                actor,
                verb: "record mark",
                object: &record.to_string(),
                before: None,
                after: Some(&after.to_string()),
            };
            event::insert(&change, &event)?;
        }
        change.commit()?;
        Ok(())
    }

    /// The numbers of a record, one for each diarienummer.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn document_numbers(&self, record: RecordId) -> Result<Vec<DocumentNumber>, Error> {
        if migration::format_of(&self.db)? < 12 {
            return Ok(Vec::new());
        }
        let mut asked = self.db.prepare_cached(
            "SELECT registered, number FROM record_document d
             WHERE record = (SELECT n FROM record WHERE id = ?1)
             AND n = (SELECT max(n) FROM record_document WHERE record = d.record AND registered = d.registered) ORDER BY n",
        )?;
        let rows = asked.query_map([record.0.as_bytes()], |row| {
            Ok(DocumentNumber {
                registered: row.get("registered")?,
                number: row.get("number")?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
