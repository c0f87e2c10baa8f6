//! What a decision by rules reads of a record, and what it writes.

use chrono::{DateTime, Utc};
use rusqlite::params;

use super::super::days::read_time;
use super::super::{Standing, Writer, own_side, value};
use super::{Ready, Run};
use crate::catalog::Error;
use crate::catalog::own_side::told_by_platform;
use crate::catalog::record::read_visibility;
use crate::catalog::value::column;
use crate::record::Kind;
use crate::retention::{Decides, Facts, Thread};

impl Run<'_> {
    pub(super) fn published(&self, n: i64) -> Result<Option<DateTime<Utc>>, Error> {
        let mut asked = self
            .catalog
            .db
            .prepare_cached("SELECT published FROM record WHERE n = ?1")?;
        let text: Option<String> = asked.query_row([n], |row| row.get(0))?;
        read_time(text.as_deref())
    }

    /// What the rules of the plan say of the record; and when it was published.
    pub(super) fn asked(
        &mut self,
        n: i64,
        plan: &Ready,
        thread: Option<Thread>,
    ) -> Result<(Option<Decides>, Option<DateTime<Utc>>), Error> {
        let needs_own = plan.classifier.needs_own();
        if needs_own && self.own.is_none() {
            let mut sides = own_side::own_sides(&self.catalog.db, Some(&self.account))?;
            self.own = Some(sides.remove(&self.account).unwrap_or_default());
        }
        let categories = match &mut self.categories {
            Some(all) => all,
            none => none.insert(self.catalog.categories()?),
        };
        let mut asked = self.catalog.db.prepare_cached(match needs_own {
            true => concat!(
                "SELECT r.kind, r.published, v.visibility, v.title, v.text, v.author, v.content, r.parent_native IS NOT NULL,
                 ",
                told_by_platform!(),
                " FROM record r JOIN version v ON v.n = r.latest WHERE r.n = ?1"
            ),
            false => {
                "SELECT r.kind, r.published, v.visibility, v.title, v.text FROM record r JOIN version v ON v.n = r.latest
                 WHERE r.n = ?1"
            }
        })?;
        let mut rows = asked.query([n])?;
        let row = rows.next()?.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
        let text = |at| -> Result<&str, Error> {
            Ok(row.get_ref(at)?.as_str().map_err(rusqlite::Error::from)?)
        };
        let optional = |at| -> Result<Option<&str>, Error> {
            Ok(row
                .get_ref(at)?
                .as_str_or_null()
                .map_err(rusqlite::Error::from)?)
        };
        let kind = column!(record.kind).named(text(0)?, &Kind::ALL, Kind::as_str)?;
        let own = match (&self.own, needs_own) {
            (Some(own), true) => own.wrote(&Writer {
                kind,
                told_by_platform: row.get(8)?,
                answers: row.get(7)?,
                author: optional(5)?,
                content: text(6)?,
            })?,
            _ => false,
        };
        let facts = Facts {
            kind,
            visibility: read_visibility(text(2)?)?,
            own,
            title: optional(3)?,
            text: text(4)?,
            categories: categories.get(&n).map_or(&[], Vec::as_slice),
        };
        let decides = plan
            .classifier
            .of_account(&self.account)
            .decide(&facts, thread);
        Ok((decides, read_time(optional(1)?)?))
    }

    pub(super) fn write(
        &mut self,
        n: i64,
        now: Option<Standing>,
        published: Option<DateTime<Utc>>,
    ) -> Result<(), Error> {
        if !self.write {
            return Ok(());
        }
        let db = &self.catalog.db;
        let Some(now) = now else {
            db.prepare_cached("DELETE FROM classification WHERE record = ?1")?
                .execute([n])?;
            return Ok(());
        };
        let fates = self.rows.get(self.catalog, now.plan_row)?;
        let (due, medium) = self.catalog.days(fates, n, published, self.ended)?;
        db.prepare_cached(
            "INSERT OR REPLACE INTO classification (record, plan_row, rule, follows, thread, reason, actor, at, due, medium_due)
             VALUES (?1, ?2, ?3, ?4, ?5, NULL, ?6, ?7, ?8, ?9)",
        )?
        .execute(params![
            n,
            now.plan_row,
            now.rule,
            now.follows,
            now.thread,
            self.actor,
            value::time(self.at),
            due.map(|day| day.to_string()),
            medium.map(|day| day.to_string()),
        ])?;
        Ok(())
    }
}
