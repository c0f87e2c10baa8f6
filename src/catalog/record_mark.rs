//! Marks: what a person notes of a record that its plan waits for: that it is no longer current (vid inaktualitet), and
//! that it was registered. A record may have several diarienummer: the newest mark of each number stands, until that
//! number is taken back.

use chrono::{DateTime, NaiveDate, Utc};
use rusqlite::params;
use serde::Serialize;

use super::value::{self, column};
use super::{Catalog, Error, NewEvent, event};
use crate::record::RecordId;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum MarkKind {
    Inaktuell,
    Registered,
}

impl MarkKind {
    pub const ALL: [Self; 2] = [Self::Inaktuell, Self::Registered];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Inaktuell => "inaktuell",
            Self::Registered => "registered",
        }
    }
}

/// Whether the mark `m` stands: none that is newer says the same anew or takes it back. A row without a value and a day
/// takes back all of its kind.
macro_rules! stands {
    () => {
        "m.day IS NOT NULL AND NOT EXISTS (SELECT 1 FROM record_mark b WHERE b.record = m.record AND b.what = m.what
             AND b.n > m.n AND (b.value IS m.value OR b.value IS NULL AND b.day IS NULL))"
    };
}
pub(super) use stands;

/// A mark to be noted.
#[derive(Debug, Clone, Copy)]
pub struct NewMark<'a> {
    pub what: MarkKind,
    /// The diarienummer: which one is taken back, too. `None`: all of the kind.
    pub value: Option<&'a str>,
    /// The Swedish day; `None` takes the mark back.
    pub day: Option<NaiveDate>,
    pub actor: &'a str,
    pub at: DateTime<Utc>,
}

/// A mark that stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RecordMark {
    pub what: MarkKind,
    pub value: Option<String>,
    pub day: NaiveDate,
    pub actor: String,
    pub at: DateTime<Utc>,
}

impl Catalog {
    /// Marks records, all or none, and reckons their days anew.
    ///
    /// # Errors
    /// When one is not in the catalog; those of SQLite; a row that is not of its kind.
    pub fn mark_records(&mut self, records: &[RecordId], mark: &NewMark<'_>) -> Result<(), Error> {
        let change = self.db.unchecked_transaction()?;
        for record in records {
            let n = self.record_row(*record)?.n;
            self.db
                .prepare_cached(
                    "INSERT INTO record_mark (record, what, value, day, at, actor) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                )?
                .execute(params![
                    n,
                    mark.what.as_str(),
                    mark.value,
                    mark.day.map(|day| day.to_string()),
                    value::time(mark.at),
                    mark.actor
                ])?;
            self.reckon_record(n)?;
            let after =
                serde_json::json!({ "mark": mark.what, "value": mark.value, "day": mark.day });
            event::insert(
                &change,
                &NewEvent {
                    at: mark.at,
                    actor: mark.actor,
                    verb: "record mark",
                    object: &record.to_string(),
                    before: None,
                    after: Some(&after.to_string()),
                },
            )?;
        }
        change.commit()?;
        Ok(())
    }

    /// The marks of a record that stand, by kind, the newest of each last.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn marks(&self, record: RecordId) -> Result<Vec<RecordMark>, Error> {
        if !self.has_retention()? {
            return Ok(Vec::new());
        }
        let mut asked = self.db.prepare_cached(concat!(
            "SELECT what, value, day, actor, at FROM record_mark m
                 WHERE record = (SELECT n FROM record WHERE id = ?1) AND ",
            stands!(),
            " ORDER BY what, n"
        ))?;
        let mut rows = asked.query([record.0.as_bytes()])?;
        let mut marks = Vec::new();
        while let Some(row) = rows.next()? {
            let text = |name: &str| row.get::<_, String>(name);
            marks.push(RecordMark {
                what: column!(record_mark.what).named(
                    &text("what")?,
                    &MarkKind::ALL,
                    MarkKind::as_str,
                )?,
                value: row.get("value")?,
                day: column!(record_mark.day).parse(&text("day")?)?,
                actor: row.get("actor")?,
                at: column!(record_mark.at).parse(&text("at")?)?,
            });
        }
        Ok(marks)
    }
}
