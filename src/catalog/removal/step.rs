//! Steps of a case: who noted what, when it happened, and by which reference. Rows are only added.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, params};
use serde_json::json;

use super::{Removal, collective, number};
use crate::catalog::value::{self, column};
use crate::catalog::{Catalog, Error, NewEvent, event};

/// What a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RemovalWhat {
    Category,
    Saved,
    NotSaved,
    Hidden,
    NotHidden,
    Deleted,
    /// It was deleted before what is demanded was done.
    Breach,
    Registered,
    Authority,
    AuthorInformed,
    Police,
    PolicePackage,
    ImyAware,
    Assessed,
    Imy,
    Routed,
    Boosted,
    Closed,
}

impl RemovalWhat {
    pub const ALL: [Self; 18] = [
        Self::Category,
        Self::Saved,
        Self::NotSaved,
        Self::Hidden,
        Self::NotHidden,
        Self::Deleted,
        Self::Breach,
        Self::Registered,
        Self::Authority,
        Self::AuthorInformed,
        Self::Police,
        Self::PolicePackage,
        Self::ImyAware,
        Self::Assessed,
        Self::Imy,
        Self::Routed,
        Self::Boosted,
        Self::Closed,
    ];

    /// As the command line and the event list name it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Category => "category",
            Self::Saved => "saved",
            Self::NotSaved => "not-saved",
            Self::Hidden => "hidden",
            Self::NotHidden => "not-hidden",
            Self::Deleted => "deleted",
            Self::Breach => "breach",
            Self::Registered => "registered",
            Self::Authority => "gallringsbeslut",
            Self::AuthorInformed => "author-informed",
            Self::Police => "police",
            Self::PolicePackage => "police-package",
            Self::ImyAware => "imy-aware",
            Self::Assessed => "dpo",
            Self::Imy => "imy",
            Self::Routed => "routed",
            Self::Boosted => "boosted",
            Self::Closed => "closed",
        }
    }

    /// For people who read Swedish.
    pub fn swedish(self) -> &'static str {
        match self {
            Self::Category => "kategori",
            Self::Saved => "sparat",
            Self::NotSaved => "kunde inte sparas",
            Self::Hidden => "dolt",
            Self::NotHidden => "kunde inte döljas",
            Self::Deleted => "raderat",
            Self::Breach => "raderat för tidigt",
            Self::Registered => "diariefört",
            Self::Authority => "gallringsbeslut",
            Self::AuthorInformed => "den som skrev har fått veta",
            Self::Police => "polisanmält",
            Self::PolicePackage => "underlag till polisen",
            Self::ImyAware => "vetskap om personuppgiftsincident",
            Self::Assessed => "dataskyddsombudets bedömning",
            Self::Imy => "anmält till IMY",
            Self::Routed => "lämnat till nämnd",
            Self::Boosted => "kontot bevakas tätare",
            Self::Closed => "avslutat",
        }
    }
}

/// What stands in a hidden or deleted step that takes back those before it.
pub const TAKEN_BACK: &str = "återtaget";

/// Whether the hidden or deleted step `s` stands: none that is newer says the same anew of its object or takes it back.
macro_rules! step_stands {
    () => {
        "s.what IN ('hidden', 'deleted') AND s.value IS NOT 'återtaget' AND NOT EXISTS (SELECT 1 FROM removal_step b
             WHERE b.removal = s.removal AND b.object IS s.object AND b.what = s.what AND b.n > s.n)"
    };
}
pub(in crate::catalog) use step_stands;

/// A step as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemovalStep {
    /// The object it is about; `None` for the whole case.
    pub object: Option<i64>,
    pub what: RemovalWhat,
    pub at: DateTime<Utc>,
    pub value: Option<String>,
    pub text: Option<String>,
    pub noted: DateTime<Utc>,
    pub actor: String,
}

/// A step to be noted.
#[derive(Debug, Clone, Copy)]
pub struct NewRemovalStep<'a> {
    pub object: Option<i64>,
    pub what: RemovalWhat,
    pub at: DateTime<Utc>,
    pub value: Option<&'a str>,
    pub text: Option<&'a str>,
    pub noted: DateTime<Utc>,
    pub actor: &'a str,
}

impl<'a> NewRemovalStep<'a> {
    /// A step of the whole case, without a reference.
    pub fn of(what: RemovalWhat, at: DateTime<Utc>, noted: DateTime<Utc>, actor: &'a str) -> Self {
        Self {
            object: None,
            what,
            at,
            value: None,
            text: None,
            noted,
            actor,
        }
    }
}

/// The text stands in the step alone: events can never be erased.
pub(super) fn insert(
    db: &Connection,
    case: &Removal,
    step: &NewRemovalStep<'_>,
) -> Result<(), Error> {
    db.prepare_cached(
        "INSERT INTO removal_step (removal, object, what, at, value, text, noted, actor)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?
    .execute(params![
        number(case.number)?,
        step.object,
        step.what.as_str(),
        value::time(step.at),
        step.value,
        step.text,
        value::time(step.noted),
        step.actor,
    ])?;
    let after = json!({ "case": case.number, "what": step.what.as_str(), "at": value::time(step.at),
        "reference": step.value, "object": step.object });
    event::insert(
        db,
        &NewEvent {
            at: step.noted,
            actor: step.actor,
            verb: "removal mark",
            object: &case.designation,
            before: None,
            after: Some(&after.to_string()),
        },
    )
}

impl Catalog {
    /// The steps of a case, in the order they were noted.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn removal_steps(&self, case: &Removal) -> Result<Vec<RemovalStep>, Error> {
        let mut statement = self.db.prepare_cached(
            "SELECT object, what, at, value, text, noted, actor FROM removal_step WHERE removal = ?1 ORDER BY n",
        )?;
        let mut rows = statement.query([number(case.number)?])?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            let text = |name: &str| row.get::<_, String>(name);
            all.push(RemovalStep {
                object: row.get("object")?,
                what: column!(removal_step.what).named(
                    &text("what")?,
                    &RemovalWhat::ALL,
                    RemovalWhat::as_str,
                )?,
                at: column!(removal_step.at).parse(&text("at")?)?,
                value: row.get("value")?,
                text: row.get("text")?,
                noted: column!(removal_step.noted).parse(&text("noted")?)?,
                actor: text("actor")?,
            });
        }
        Ok(all)
    }

    /// Notes steps of a case, all or none. A diarienummer and the end are written on the case too; the first diarienummer
    /// of a case that goes to its category's samlingsärende of the year is that of the others there. A category is
    /// changed by [`Catalog::change_removal_category`].
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn note_removal(
        &mut self,
        case: &Removal,
        steps: &[NewRemovalStep<'_>],
    ) -> Result<(), Error> {
        let change = self.db.transaction()?;
        let n = number(case.number)?;
        for step in steps {
            let joined = match step.what {
                RemovalWhat::Registered => collective::named_by(&change, case, step)?,
                _ => None,
            };
            let text = joined.map(|_| collective::text(step.text));
            let kept = NewRemovalStep {
                text: text.as_deref().or(step.text),
                ..*step
            };
            insert(&change, case, &kept)?;
            match step.what {
                RemovalWhat::Registered => {
                    change.execute(
                        "UPDATE removal SET registered = ?2 WHERE n = ?1",
                        params![n, step.value],
                    )?;
                    if let Some(year) = joined {
                        collective::register_others(&change, case, year, step)?;
                    }
                }
                RemovalWhat::Closed => {
                    change.execute(
                        "UPDATE removal SET closed = ?2 WHERE n = ?1",
                        params![n, value::time(step.at)],
                    )?;
                }
                _ => {}
            }
        }
        change.commit()?;
        Ok(())
    }
}
