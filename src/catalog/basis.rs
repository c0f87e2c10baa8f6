//! Legal basis: on what ground a record with personal data is published (GDPR, article 6; FAL-10). The newest note
//! stands.

use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension as _, params};
use serde::Serialize;

use super::value::{self, column};
use super::{Catalog, Error, NewEvent, event, migration};
use crate::record::RecordId;

/// The grounds of article 6.1 that an authority has: a to e.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Basis {
    Consent,
    Contract,
    LegalObligation,
    VitalInterests,
    PublicInterest,
}

impl Basis {
    pub const ALL: [Self; 5] = [
        Self::Consent,
        Self::Contract,
        Self::LegalObligation,
        Self::VitalInterests,
        Self::PublicInterest,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Consent => "consent",
            Self::Contract => "contract",
            Self::LegalObligation => "legal-obligation",
            Self::VitalInterests => "vital-interests",
            Self::PublicInterest => "public-interest",
        }
    }

    /// As the Swedish text of the regulation names it.
    pub fn swedish(self) -> &'static str {
        match self {
            Self::Consent => "samtycke",
            Self::Contract => "avtal",
            Self::LegalObligation => "rättslig-förpliktelse",
            Self::VitalInterests => "grundläggande-intresse",
            Self::PublicInterest => "allmänt-intresse",
        }
    }
}

/// A note of a record's legal basis.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RecordBasis {
    pub basis: Basis,
    pub note: Option<String>,
    pub at: DateTime<Utc>,
    pub actor: String,
}

impl Catalog {
    /// Notes the legal basis of records, all or none. The events hold no words of the note.
    ///
    /// # Errors
    /// When one is not in the catalog, and those of SQLite.
    pub fn note_basis(&mut self, records: &[RecordId], new: &RecordBasis) -> Result<(), Error> {
        let change = self.db.unchecked_transaction()?;
        for record in records {
            let n = self.record_row(*record)?.n;
            self.db
                .prepare_cached(
                    "INSERT INTO record_basis (record, basis, note, at, actor) VALUES (?1, ?2, ?3, ?4, ?5)",
                )?
                .execute(params![
                    n,
                    new.basis.as_str(),
                    new.note,
                    value::time(new.at),
                    new.actor
                ])?;
            let after = serde_json::json!({ "basis": new.basis, "note": new.note.is_some() });
            event::insert(
                &change,
                &NewEvent {
                    at: new.at,
                    actor: &new.actor,
                    verb: "record basis",
                    object: &record.to_string(),
                    before: None,
                    after: Some(&after.to_string()),
                },
            )?;
        }
        change.commit()?;
        Ok(())
    }

    /// The legal basis that was noted last.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn basis(&self, record: RecordId) -> Result<Option<RecordBasis>, Error> {
        if migration::format_of(&self.db)? < 9 {
            return Ok(None);
        }
        let row = self
            .db
            .prepare_cached(
                "SELECT basis, note, at, actor FROM record_basis WHERE record = (SELECT n FROM record WHERE id = ?1)
                 ORDER BY n DESC LIMIT 1",
            )?
            .query_row([record.0.as_bytes()], |row| {
                Ok((
                    row.get::<_, String>(0)?,
                    row.get(1)?,
                    row.get::<_, String>(2)?,
                    row.get(3)?,
                ))
            })
            .optional()?;
        row.map(|(basis, note, at, actor)| {
            Ok(RecordBasis {
                basis: column!(record_basis.basis).named(&basis, &Basis::ALL, Basis::as_str)?,
                note,
                at: column!(record_basis.at).parse(&at)?,
                actor,
            })
        })
        .transpose()
    }
}
