//! The plans of a committee as a list needs them: all versions, for records keep what they were decided under.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use rusqlite::Connection;

use crate::calendar::local_date;
use crate::catalog::value::{self, column};
use crate::catalog::{Catalog, Error};
use crate::record::Digest;
use crate::retention::{
    CitedRow, Decided, Fate, Header, Medium, Place, Plan, PlanRow, PlanVersion, Rule, in_force,
};

/// One version of a committee's plan.
#[derive(Debug, Clone)]
pub struct ListPlan {
    /// Of its file.
    pub sha256: Digest,
    pub header: Header,
    /// Whether anything may be destroyed by it on the day asked for.
    pub decided: Decided,
    pub rows: Vec<ListRow>,
    pub(in crate::catalog) rules: Vec<Rule>,
    version: PlanVersion,
}

/// One row of a version.
#[derive(Debug, Clone)]
pub struct ListRow {
    /// Of the plan's file.
    pub plan: Digest,
    pub decided: Decided,
    pub row: PlanRow,
    /// `plan_row.n`
    pub(in crate::catalog) n: i64,
}

impl ListRow {
    /// Its number in the catalog (`plan_row.n`).
    pub fn number(&self) -> i64 {
        self.n
    }

    pub fn cited(&self) -> CitedRow<'_> {
        CitedRow {
            plan: self.plan,
            row: &self.row.id,
        }
    }

    /// Whether it lets anything go there, ever.
    pub fn lets_go(&self, place: Place) -> bool {
        let goes = |fate: &Fate| matches!(fate, Fate::Gallring { .. });
        let copies = &self.row.copies;
        match place {
            Place::Archive => {
                goes(&copies.archive) || copies.after_registration.as_ref().is_some_and(goes)
            }
            Place::Medium => self.row.medium != Medium::Keep,
        }
    }

    /// What the row says of that place.
    pub fn fate(&self, place: Place) -> String {
        match (place, self.row.copies.after_registration) {
            (Place::Medium, _) => self.row.medium.to_string(),
            (Place::Archive, None) => self.row.copies.archive.to_string(),
            (Place::Archive, Some(after)) => {
                format!("{}; efter registrering {after}", self.row.copies.archive)
            }
        }
    }
}

impl Catalog {
    /// The versions of the committee's plan, in the order they were loaded.
    ///
    /// # Errors
    /// When one cannot be read any more, and those of SQLite.
    pub fn list_plans(&self, committee: &str, today: NaiveDate) -> Result<Vec<ListPlan>, Error> {
        list_plans(&self.db, committee, today)
    }
}

pub(super) fn list_plans(
    db: &Connection,
    committee: &str,
    today: NaiveDate,
) -> Result<Vec<ListPlan>, Error> {
    let mut numbers: HashMap<(i64, String), i64> = HashMap::new();
    let mut statement = db.prepare_cached(
        "SELECT r.plan, r.id, r.n FROM plan_row r JOIN plan p ON p.n = r.plan WHERE p.committee = ?1",
    )?;
    let mut rows = statement.query([committee])?;
    while let Some(row) = rows.next()? {
        numbers.insert((row.get(0)?, row.get(1)?), row.get(2)?);
    }
    let mut statement = db.prepare_cached(
        "SELECT n, sha256, text, loaded FROM plan WHERE committee = ?1 ORDER BY n",
    )?;
    let mut rows = statement.query([committee])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        let number: i64 = row.get("n")?;
        let sha256 = value::digest(row, "sha256")?;
        let loaded: DateTime<Utc> = column!(plan.loaded).parse(&row.get::<_, String>("loaded")?)?;
        let text: String = row.get("text")?;
        let plan = Plan::parse(&text, &format!("plan {number}"))
            .map_err(|source| Error::Plan { number, source })?;
        // A plan that names another committee than it was loaded for decides nothing here.
        let named = plan.header.committee.as_deref();
        let decided = match named.is_none_or(|name| name == committee) {
            true => plan.header.decided(today),
            false => Decided::No,
        };
        let row_of = |row: PlanRow| {
            let key = (number, row.id.as_str().to_owned());
            Some(ListRow {
                plan: sha256,
                decided,
                n: *numbers.get(&key)?,
                row,
            })
        };
        let mut rows: Vec<ListRow> = plan.rows.into_iter().filter_map(row_of).collect();
        rows.sort_by_key(|row| row.n);
        all.push(ListPlan {
            sha256,
            decided,
            rows,
            rules: plan.rules,
            version: PlanVersion {
                number,
                committee: committee.to_owned(),
                decision: plan.header.decision.clone(),
                valid_from: plan.header.valid_from,
                valid_to: plan.header.valid_to,
                loaded: local_date(loaded),
            },
            header: plan.header,
        });
    }
    Ok(all)
}

/// The version that holds on the day.
pub fn plan_in_force(plans: &[ListPlan], today: NaiveDate) -> Option<&ListPlan> {
    let versions: Vec<PlanVersion> = plans.iter().map(|plan| plan.version.clone()).collect();
    let number = in_force(&versions, today)?.number;
    plans.iter().find(|plan| plan.version.number == number)
}
