//! The days of a classified record: when arkivd's copy may go, and when it is to go from the medium. They are stored,
//! and reckoned anew whenever something they rest on changes.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use rusqlite::types::Value;
use rusqlite::{OptionalExtension as _, params, params_from_iter};

use super::RecordRow;
use crate::calendar::local_date;
use crate::catalog::record_mark::stands;
use crate::catalog::value::column;
use crate::catalog::{Catalog, Error};
use crate::record::{AccountId, RecordId};
use crate::retention::{Copies, DayOf, Fate, Happened, Medium, RowId, Trigger};

/// What a row says of the two places.
#[derive(Debug, Clone)]
pub(super) struct Fates {
    pub(super) plan: i64,
    pub(super) id: RowId,
    medium: Medium,
    copies: Copies,
}

/// Rows of plans, each plan read once.
#[derive(Debug, Default)]
pub(super) struct Rows(HashMap<i64, Fates>);

/// First days: of arkivd's copy, and of the medium.
pub(super) type Days = (Option<NaiveDate>, Option<NaiveDate>);

impl Fates {
    fn triggers(&self) -> impl Iterator<Item = Trigger> {
        let of = |fate: Fate| match fate {
            Fate::Gallring { from, .. } => Some(from),
            Fate::Preserve => None,
        };
        let medium = match self.medium {
            Medium::Gallring { from, .. } => Some(from),
            Medium::Hide | Medium::AtOnce => Some(Trigger::Captured),
            Medium::Keep => None,
        };
        let after = self.copies.after_registration;
        [of(self.copies.archive), after.and_then(of), medium]
            .into_iter()
            .flatten()
    }

    fn needs_capture(&self) -> bool {
        self.triggers().any(|t| t == Trigger::Captured)
    }

    fn needs_marks(&self) -> bool {
        self.copies.after_registration.is_some()
            || self
                .triggers()
                .any(|t| matches!(t, Trigger::Inaktuell | Trigger::Registered))
    }

    fn days(&self, happened: &Happened) -> Days {
        let first = |day| match day {
            DayOf::On(day) => Some(day),
            DayOf::Never | DayOf::Awaits(_) => None,
        };
        let fate = self.copies.fate(happened.registered.is_some());
        (first(fate.day(happened)), first(self.medium.day(happened)))
    }
}

impl Rows {
    /// What the row of that number says.
    pub(super) fn get(&mut self, catalog: &Catalog, plan_row: i64) -> Result<&Fates, Error> {
        if !self.0.contains_key(&plan_row) {
            let mut asked = catalog
                .db
                .prepare_cached("SELECT plan FROM plan_row WHERE n = ?1")?;
            let number: i64 = asked.query_row([plan_row], |row| row.get(0))?;
            let plan = catalog.plan(number)?;
            for (id, n) in catalog.plan_rows(number)? {
                if let Some(row) = plan.row(&id) {
                    let fates = Fates {
                        plan: number,
                        medium: row.medium,
                        copies: row.copies,
                        id,
                    };
                    self.0.insert(n, fates);
                }
            }
        }
        self.0.get(&plan_row).ok_or_else(|| Error::Value {
            table: "plan_row",
            column: "n",
            value: plan_row.to_string(),
            problem: "its plan has no such row".to_owned(),
        })
    }
}

impl Catalog {
    /// The days of a record with what its row needs to know of it.
    pub(super) fn days(
        &self,
        fates: &Fates,
        n: i64,
        published: Option<DateTime<Utc>>,
        ended: Option<NaiveDate>,
    ) -> Result<Days, Error> {
        let mut happened = Happened {
            published: published.map(local_date),
            channel_ended: ended,
            ..Happened::default()
        };
        if fates.needs_capture() {
            happened.captured = self.first_captured(n)?;
        }
        if fates.needs_marks() {
            happened.inaktuell = self.marked_day(n, "inaktuell")?;
            happened.registered = self.marked_day(n, "registered")?;
        }
        Ok(fates.days(&happened))
    }

    /// The days on which the events of a record came.
    ///
    /// # Errors
    /// When it is not in the catalog; those of SQLite; a row that is not of its kind.
    pub fn happened(&self, record: RecordId) -> Result<Happened, Error> {
        let RecordRow {
            n,
            account,
            published,
            ..
        } = self.record_row(record)?;
        Ok(Happened {
            published: read_day(published.as_deref())?,
            captured: self.first_captured(n)?,
            registered: self.marked_day(n, "registered")?,
            inaktuell: self.marked_day(n, "inaktuell")?,
            channel_ended: self.channel_ended(&account)?,
        })
    }

    /// Reckons the days of the account's records anew, as its closing must; gives how many changed. Is part of the
    /// transaction that is open, if one is.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn reckon_anew(&self, account: &AccountId) -> Result<u64, Error> {
        let account = Value::Text(account.as_str().to_owned());
        self.reckon("r.account = ?1", vec![account])
    }

    pub(in crate::catalog) fn reckon_record(&self, n: i64) -> Result<u64, Error> {
        self.reckon("r.n = ?1", vec![Value::Integer(n)])
    }

    /// Of records that were known before and have a new version: an edit may tell another day.
    pub(super) fn reckon_edited(&self, first_record: i64, first_version: i64) -> Result<(), Error> {
        let which = "r.n IN (SELECT record FROM version WHERE n >= ?1 AND record < ?2)";
        let from = [first_version, first_record].map(Value::Integer);
        self.reckon(which, from.to_vec()).map(drop)
    }

    fn reckon(&self, which: &str, values: Vec<Value>) -> Result<u64, Error> {
        let mut changed = Vec::new();
        {
            let mut rows = Rows::default();
            let mut ended: HashMap<String, Option<NaiveDate>> = HashMap::new();
            let mut asked = self.db.prepare_cached(&format!(
                "SELECT c.record, c.plan_row, c.due, c.medium_due, r.account, r.published
                 FROM record r CROSS JOIN classification c ON c.record = r.n WHERE {which} AND r.gallring IS NULL"
            ))?;
            let mut found = asked.query(params_from_iter(values))?;
            while let Some(row) = found.next()? {
                let n: i64 = row.get(0)?;
                let account: String = row.get(4)?;
                let ended = match ended.get(&account) {
                    Some(ended) => *ended,
                    None => {
                        let day = self.channel_ended(&account)?;
                        ended.insert(account, day);
                        day
                    }
                };
                let published = read_time(row.get_ref(5)?.as_str_or_null().unwrap_or_default())?;
                let fates = rows.get(self, row.get(1)?)?;
                let days = self.days(fates, n, published, ended)?;
                let before = (
                    row.get::<_, Option<String>>(2)?,
                    row.get::<_, Option<String>>(3)?,
                );
                let days = (days.0.map(|d| d.to_string()), days.1.map(|d| d.to_string()));
                if days != before {
                    changed.push((n, days));
                }
            }
        }
        let mut update = self.db.prepare_cached(
            "UPDATE classification SET due = ?2, medium_due = ?3 WHERE record = ?1",
        )?;
        for (n, (due, medium)) in &changed {
            update.execute(params![n, due, medium])?;
        }
        Ok(changed.len() as u64)
    }

    fn first_captured(&self, n: i64) -> Result<Option<NaiveDate>, Error> {
        let mut asked = self.db.prepare_cached(
            "SELECT min(c.finished) FROM version w JOIN observation o ON o.version = w.n JOIN capture c ON c.n = o.capture
             WHERE w.record = ?1",
        )?;
        let at: Option<String> = asked.query_row([n], |row| row.get(0))?;
        read_day(at.as_deref())
    }

    /// The day that the newest mark of that kind gives, of those that stand.
    fn marked_day(&self, n: i64, what: &str) -> Result<Option<NaiveDate>, Error> {
        let mut asked = self.db.prepare_cached(concat!(
            "SELECT day FROM record_mark m WHERE record = ?1 AND what = ?2 AND ",
            stands!(),
            " ORDER BY n DESC LIMIT 1"
        ))?;
        let day: Option<String> = asked
            .query_row(params![n, what], |row| row.get(0))
            .optional()?;
        day.map(|day| column!(record_mark.day).parse(&day))
            .transpose()
    }

    /// The day the account was closed.
    pub(super) fn channel_ended(&self, account: &str) -> Result<Option<NaiveDate>, Error> {
        let mut asked = self
            .db
            .prepare_cached("SELECT closed FROM account WHERE id = ?1")?;
        let day: Option<Option<String>> =
            asked.query_row([account], |row| row.get(0)).optional()?;
        day.flatten()
            .map(|day| column!(account.closed).parse(&day))
            .transpose()
    }
}

/// The Swedish day of a stored time.
fn read_day(text: Option<&str>) -> Result<Option<NaiveDate>, Error> {
    Ok(read_time(text)?.map(local_date))
}

pub(super) fn read_time(text: Option<&str>) -> Result<Option<DateTime<Utc>>, Error> {
    text.map(|at| column!(record.published).parse(at))
        .transpose()
}
