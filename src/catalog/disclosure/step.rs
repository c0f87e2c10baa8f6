//! Steps of a request: who noted what, the day it happened, and by which reference. Rows are only added.

use chrono::{DateTime, NaiveDate, Utc};
use rusqlite::{Connection, params};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use super::DisclosureRow;
use crate::catalog::value::{self, column};
use crate::catalog::{Catalog, Committed, Error, NewDocument, NewExport};
use crate::catalog::{document, export, leaf};
use crate::record::ExportId;

/// What a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DisclosureWhat {
    Registered,
    /// Its search was asked anew, or records were added by hand.
    Refreshed,
    /// What may be handed out was.
    Delivered,
    /// An employee told the requester what is refused, and of the right to the committee's own decision (OSL 6:3).
    Answered,
    /// The committee decided, by who has it delegated.
    Decided,
    /// The day the requester got the decision (delgivning).
    Served,
    Appealed,
    /// The court left what was appealed as it is, or would not try it.
    Upheld,
    /// The court changed it.
    Changed,
    /// The day the requester got the kammarrätt's judgment (delgivning).
    JudgmentServed,
    /// The judgment, to Högsta förvaltningsdomstolen.
    AppealedFurther,
    /// The requester took it back.
    Withdrawn,
}

impl DisclosureWhat {
    pub const ALL: [Self; 12] = [
        Self::Registered,
        Self::Refreshed,
        Self::Delivered,
        Self::Answered,
        Self::Decided,
        Self::Served,
        Self::Appealed,
        Self::Upheld,
        Self::Changed,
        Self::JudgmentServed,
        Self::AppealedFurther,
        Self::Withdrawn,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Registered => "registered",
            Self::Refreshed => "refreshed",
            Self::Delivered => "delivered",
            Self::Answered => "answered",
            Self::Decided => "decided",
            Self::Served => "served",
            Self::Appealed => "appealed",
            Self::Upheld => "upheld",
            Self::Changed => "changed",
            Self::JudgmentServed => "judgment-served",
            Self::AppealedFurther => "appealed-further",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// A step as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DisclosureStep {
    pub what: DisclosureWhat,
    pub day: NaiveDate,
    /// `på-stället`, `papper`, `digitalt`
    pub form: Option<String>,
    pub pages: Option<u64>,
    /// Öre.
    pub fee: Option<u64>,
    pub export: Option<ExportId>,
    /// Its reference: a diarienummer, a mål number.
    #[serde(rename = "reference")]
    pub value: Option<String>,
    pub note: Option<String>,
    pub at: DateTime<Utc>,
    #[serde(rename = "by")]
    pub actor: String,
}

/// A step to be noted.
#[derive(Debug, Clone, Copy)]
pub struct NewDisclosureStep<'a> {
    pub what: DisclosureWhat,
    pub day: NaiveDate,
    pub form: Option<&'a str>,
    pub pages: Option<u64>,
    pub fee: Option<u64>,
    pub export: Option<ExportId>,
    pub value: Option<&'a str>,
    pub note: Option<&'a str>,
    pub at: DateTime<Utc>,
    pub actor: &'a str,
}

impl<'a> NewDisclosureStep<'a> {
    /// A step without a reference.
    pub fn of(what: DisclosureWhat, day: NaiveDate, at: DateTime<Utc>, actor: &'a str) -> Self {
        Self {
            what,
            day,
            form: None,
            pages: None,
            fee: None,
            export: None,
            value: None,
            note: None,
            at,
            actor,
        }
    }
}

impl Catalog {
    /// Notes a step; a diarienummer is written on the request too.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn note_disclosure(
        &mut self,
        row: &DisclosureRow,
        step: &NewDisclosureStep<'_>,
    ) -> Result<(), Error> {
        let change = self.db.transaction()?;
        insert(&change, row, step)?;
        if step.what == DisclosureWhat::Registered {
            change.execute(
                "UPDATE disclosure SET registered = ?2 WHERE n = ?1",
                params![row.number, step.value],
            )?;
        }
        change.commit()?;
        Ok(())
    }

    /// Writes the row and leaf of what was handed out, with the step that it is: neither is without the other.
    ///
    /// # Errors
    /// As [`Catalog::add_export`].
    pub fn add_handout(
        &mut self,
        row: &DisclosureRow,
        handout: &NewExport<'_>,
        step: &NewDisclosureStep<'_>,
    ) -> Result<Committed, Error> {
        let change = self.db.transaction()?;
        let committed = export::insert(&change, handout)?;
        insert(&change, row, step)?;
        change.commit()?;
        Ok(committed)
    }

    /// Writes a sealed decision's row and leaf, with the step that it is.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn add_disclosure_decision(
        &mut self,
        row: &DisclosureRow,
        decision: &NewDocument<'_>,
        step: &NewDisclosureStep<'_>,
    ) -> Result<Committed, Error> {
        let change = self.db.transaction()?;
        let before = leaf::size(&change)?;
        document::insert(&change, decision)?;
        insert(&change, row, step)?;
        let after = leaf::size(&change)?;
        change.commit()?;
        Ok(Committed {
            ledger: before..after,
        })
    }

    /// The steps of a request, in the order they were noted.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn disclosure_steps(&self, row: &DisclosureRow) -> Result<Vec<DisclosureStep>, Error> {
        let mut statement = self.db.prepare_cached(
            "SELECT s.what, s.day, s.form, s.pages, s.fee, e.id AS export, s.value, s.note, s.at, s.actor
             FROM disclosure_step s LEFT JOIN export e ON e.n = s.export WHERE s.disclosure = ?1 ORDER BY s.n",
        )?;
        let mut rows = statement.query([row.number])?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            let text = |name: &str| row.get::<_, String>(name);
            let export: Option<[u8; 16]> = row.get("export")?;
            all.push(DisclosureStep {
                what: column!(disclosure_step.what).named(
                    &text("what")?,
                    &DisclosureWhat::ALL,
                    DisclosureWhat::as_str,
                )?,
                day: column!(disclosure_step.day).parse(&text("day")?)?,
                form: row.get("form")?,
                pages: row.get("pages")?,
                fee: row.get("fee")?,
                export: export.map(|id| ExportId(Uuid::from_bytes(id))),
                value: row.get("value")?,
                note: row.get("note")?,
                at: column!(disclosure_step.at).parse(&text("at")?)?,
                actor: text("actor")?,
            });
        }
        Ok(all)
    }
}

/// The note stands in the step alone: events can never be erased.
pub(super) fn insert(
    db: &Connection,
    row: &DisclosureRow,
    step: &NewDisclosureStep<'_>,
) -> Result<(), Error> {
    db.prepare_cached(
        "INSERT INTO disclosure_step (disclosure, what, day, form, pages, fee, export, value, note, at, actor)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, (SELECT n FROM export WHERE id = ?7), ?8, ?9, ?10, ?11)",
    )?
    .execute(params![
        row.number,
        step.what.as_str(),
        step.day.to_string(),
        step.form,
        step.pages,
        step.fee,
        step.export.map(|id| *id.0.as_bytes()),
        step.value,
        step.note,
        value::time(step.at),
        step.actor,
    ])?;
    let after = json!({ "what": step.what, "day": step.day, "form": step.form, "pages": step.pages, "fee": step.fee,
        "export": step.export, "reference": step.value });
    let verb = match step.what {
        DisclosureWhat::Refreshed => "disclosure refresh",
        DisclosureWhat::Delivered => "disclosure deliver",
        _ => "disclosure mark",
    };
    row.note(db, verb, Some(&after), step.actor, step.at)
}
