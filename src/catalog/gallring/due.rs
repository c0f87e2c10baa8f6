//! The list of a gallring: what is due by the plan's rows, or what a decision of its own names; one line at a time, in
//! an order that is always the same, each with what keeps it from going.

use std::ops::ControlFlow;

use chrono::NaiveDate;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use uuid::Uuid;

use super::pages;
use super::plans::{ListPlan, ListRow, list_plans};
use crate::catalog::delivery::Received;
use crate::catalog::hold::Held;
use crate::catalog::value::column;
use crate::catalog::{Catalog, Error};
use crate::record::{Kind, RecordId};
use crate::retention::{
    Decided, Hinder, ListDigest, ListLine, ListSum, Listed, Medium, Place, Question,
};

/// A line with what a reader wants to know of it. No words of the record.
#[derive(Debug, Clone, Copy)]
pub struct DueLine<'a> {
    pub line: ListLine<'a>,
    /// `None`: by a decision of its own.
    pub row: Option<&'a ListRow>,
    pub account: &'a str,
    /// `None`: a page capture.
    pub kind: Option<Kind>,
    /// When it was published, or the page captured; as the catalog writes times.
    pub at: Option<&'a str>,
    /// `record.n`, or `bag.n` of a page capture.
    pub(in crate::catalog) n: i64,
}

impl DueLine<'_> {
    /// Its row's number in the catalog.
    pub fn row_number(&self) -> Option<i64> {
        self.row.map(|row| row.n)
    }
}

/// Which list.
#[derive(Debug, Clone, Copy)]
pub(in crate::catalog) struct Asked<'a> {
    pub(in crate::catalog) committee: &'a str,
    pub(in crate::catalog) question: &'a Question,
    /// Holds and plans are judged by this day.
    pub(in crate::catalog) today: NaiveDate,
    /// What plans would let go that are not decided yet: for a look ahead, and never for a gallring.
    pub(in crate::catalog) drafts: bool,
}

impl Catalog {
    /// The row that a record is classified as, and the first day on which arkivd's copy may go; `None` where it is not
    /// classified by one of these plans.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn due_of<'a>(
        &self,
        record: RecordId,
        plans: &'a [ListPlan],
    ) -> Result<Option<(&'a ListRow, Option<NaiveDate>)>, Error> {
        let found: Option<(i64, Option<String>)> = self
            .db
            .prepare_cached(
                "SELECT plan_row, due FROM classification WHERE record = (SELECT n FROM record WHERE id = ?1)",
            )?
            .query_row([record.0.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let Some((n, due)) = found else {
            return Ok(None);
        };
        let due = due
            .map(|day| column!(classification.due).parse(&day))
            .transpose()?;
        let row = plans
            .iter()
            .flat_map(|plan| &plan.rows)
            .find(|row| row.n == n);
        Ok(row.map(|row| (row, due)))
    }

    /// The records that have been due longest by the committee's decided plans, holds aside, with their first day. Read
    /// from an index alone as far as asked.
    ///
    /// # Errors
    /// When a plan cannot be read, and those of SQLite.
    pub fn longest_due(
        &self,
        committee: &str,
        today: NaiveDate,
        limit: u32,
    ) -> Result<Vec<(RecordId, NaiveDate)>, Error> {
        let mut statement = self.db.prepare_cached(
            "SELECT r.id, c.due FROM classification c INDEXED BY classification_by_due
             CROSS JOIN record r ON r.n = c.record
             WHERE c.plan_row = ?1 AND c.due BETWEEN '0' AND ?2 AND r.gallring IS NULL AND r.committee = ?3
             ORDER BY c.due, c.record LIMIT ?4",
        )?;
        let mut all = Vec::new();
        for plan in list_plans(&self.db, committee, today)? {
            let decided = matches!(plan.decided, Decided::Yes | Decided::Past);
            for row in plan
                .rows
                .iter()
                .filter(|row| decided && row.lets_go(Place::Archive))
            {
                let mut found =
                    statement.query(params![row.n, today.to_string(), committee, limit])?;
                while let Some(found) = found.next()? {
                    let id: [u8; 16] = found.get(0)?;
                    let due = column!(classification.due).parse(text(found, 1)?)?;
                    all.push((RecordId(Uuid::from_bytes(id)), due));
                }
            }
        }
        all.sort_by_key(|(id, due)| (*due, *id));
        all.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(all)
    }

    /// How many records the committee's decided plans let go on that day, holds aside. Read from an index alone.
    ///
    /// # Errors
    /// When a plan cannot be read, and those of SQLite.
    pub fn count_due(&self, committee: &str, place: Place, today: NaiveDate) -> Result<u64, Error> {
        let day = match place {
            Place::Archive => "due",
            Place::Medium => "medium_due",
        };
        let sql = format!(
            "SELECT count(*) FROM classification WHERE plan_row = ?1 AND {day} BETWEEN '0' AND ?2"
        );
        let mut statement = self.db.prepare_cached(&sql)?;
        let mut all = 0;
        for plan in list_plans(&self.db, committee, today)? {
            let decided = matches!(plan.decided, Decided::Yes | Decided::Past);
            for row in plan.rows.iter().filter(|row| decided && row.lets_go(place)) {
                let count = statement.query_row(params![row.n, today.to_string()], |r| r.get(0))?;
                all += column!(classification.due).count(count)?;
            }
        }
        Ok(all)
    }

    /// Streams the list of a question, each line with what keeps it from going; a line without such goes. Memory does
    /// not grow with the list.
    ///
    /// `today` judges holds and plans. `drafts`: a plan that is not decided counts as if it were, for a look ahead.
    ///
    /// # Errors
    /// When a record that the question names is not there, or a plan or hold cannot be read; those of SQLite, and what
    /// `each` returns.
    pub fn for_each_due<E: From<Error>>(
        &self,
        committee: &str,
        question: &Question,
        today: NaiveDate,
        drafts: bool,
        each: impl FnMut(&DueLine<'_>, &[Hinder]) -> Result<ControlFlow<()>, E>,
    ) -> Result<(), E> {
        let asked = Asked {
            committee,
            question,
            today,
            drafts,
        };
        for_each_due(&self.db, &asked, each)
    }
}

/// As [`Catalog::for_each_due`], also within a transaction.
pub(in crate::catalog) fn for_each_due<E: From<Error>>(
    db: &Connection,
    asked: &Asked<'_>,
    each: impl FnMut(&DueLine<'_>, &[Hinder]) -> Result<ControlFlow<()>, E>,
) -> Result<(), E> {
    let mut listing = Listing {
        db,
        asked: *asked,
        held: Held::on(db, asked.today, asked.question.place)?,
        received: match (asked.question.place, asked.question.records.is_empty()) {
            (Place::Archive, true) => Received::of(db, asked.committee)?,
            // A decision of its own may take arkivd's copy, and the platform is the committee's own still.
            _ => Received::default(),
        },
        hinders: Vec::new(),
        each,
    };
    if !asked.question.records.is_empty() {
        listing.named()?;
        return Ok(());
    }
    let plans = list_plans(db, asked.committee, asked.today)?;
    let rows = plans.iter().flat_map(|plan| &plan.rows);
    for row in rows.filter(|row| is_asked_for(asked.question, row)) {
        if listing.row(row)?.is_break() {
            return Ok(());
        }
    }
    if asked.question.pages && asked.question.place == Place::Archive {
        listing.pages(&plans)?;
    }
    Ok(())
}

/// What the list comes to now: what goes, and nothing that is kept from going.
pub(in crate::catalog) fn sum(
    db: &Connection,
    committee: &str,
    question: &Question,
    today: NaiveDate,
) -> Result<ListSum, Error> {
    let asked = Asked {
        committee,
        question,
        today,
        drafts: false,
    };
    let mut digest = ListDigest::new(committee, question);
    for_each_due::<Error>(db, &asked, |due, hinders| {
        if hinders.is_empty() {
            digest.add(&due.line);
        }
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(digest.finish())
}

fn is_asked_for(question: &Question, row: &ListRow) -> bool {
    question.rows.is_empty() || question.rows.contains(&row.row.id)
}

struct Listing<'a, F> {
    db: &'a Connection,
    asked: Asked<'a>,
    held: Held,
    /// What the arkivmyndighet decides on.
    received: Received,
    /// Kept from line to line, so that none is made anew.
    hinders: Vec<Hinder>,
    each: F,
}

/// The due day of the line before, which most lines have too.
#[derive(Default)]
struct LastDay(String, Option<NaiveDate>);

impl LastDay {
    fn of(&mut self, text: &str) -> Result<Option<NaiveDate>, Error> {
        if self.0 != text {
            self.1 = Some(column!(classification.due).parse(text)?);
            text.clone_into(&mut self.0);
        }
        Ok(self.1)
    }
}

impl<F, E: From<Error>> Listing<'_, F>
where
    F: FnMut(&DueLine<'_>, &[Hinder]) -> Result<ControlFlow<()>, E>,
{
    /// What is due by one row, in the order it came into the archive.
    fn row(&mut self, row: &ListRow) -> Result<ControlFlow<()>, E> {
        let (day, index) = match self.asked.question.place {
            Place::Archive => ("due", "classification_by_due"),
            Place::Medium => ("medium_due", "classification_by_medium"),
        };
        let there = match self.asked.question.place {
            Place::Archive => "",
            Place::Medium => still_there(row.row.medium),
        };
        // In the order of the records' table, which is then read through once; LIMIT -1 keeps the order of the inner.
        let sql = format!(
            "SELECT c.record, c.day, r.id, r.account, r.committee, r.kind, r.published
             FROM (SELECT record, {day} AS day FROM classification INDEXED BY {index}
                   WHERE plan_row = ?1 AND {day} <= ?2 ORDER BY record LIMIT -1) c
             CROSS JOIN record r ON r.n = c.record WHERE r.gallring IS NULL {there}"
        );
        let mut statement = self.db.prepare_cached(&sql).map_err(Error::from)?;
        let until = self.asked.question.until.to_string();
        let mut rows = statement
            .query(params![row.n, until])
            .map_err(Error::from)?;
        let by_row = by_row(row, &self.asked);
        let mut last = LastDay::default();
        while let Some(found) = rows.next().map_err(Error::from)? {
            let due = last.of(text(found, 1)?)?;
            // As text, a year of five digits sorts before all others.
            if due.is_none_or(|due| due > self.asked.question.until) {
                continue;
            }
            self.hinders.clear();
            self.hinders.extend(by_row.clone());
            if self.record(found, Some(row), due)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// The records that a decision of its own names.
    fn named(&mut self) -> Result<(), E> {
        let mut records = self.asked.question.records.clone();
        records.sort_unstable();
        records.dedup();
        for id in records {
            let mut statement = self
                .db
                .prepare_cached(
                    "SELECT n, NULL, id, account, committee, kind, published, gallring FROM record WHERE id = ?1",
                )
                .map_err(Error::from)?;
            let mut rows = statement.query([id.0.as_bytes()]).map_err(Error::from)?;
            let found = rows.next().map_err(Error::from)?;
            let found = found.ok_or(Error::NoRecord(id))?;
            if found.get_ref(7).map_err(Error::from)? != ValueRef::Null {
                continue;
            }
            self.hinders.clear();
            if self.record(found, None, None)?.is_break() {
                break;
            }
        }
        Ok(())
    }

    fn record(
        &mut self,
        found: &Row<'_>,
        row: Option<&ListRow>,
        due: Option<NaiveDate>,
    ) -> Result<ControlFlow<()>, E> {
        let n: i64 = found.get(0).map_err(Error::from)?;
        let id: [u8; 16] = found.get(2).map_err(Error::from)?;
        let account = text(found, 3)?;
        if text(found, 4)? != self.asked.committee {
            self.hinders.push(Hinder::OtherCommittee);
        }
        let kind = column!(record.kind).named(text(found, 5)?, &Kind::ALL, Kind::as_str)?;
        let is_at_once = row.is_some_and(|row| {
            self.asked.question.place == Place::Medium
                && matches!(row.row.medium, Medium::Hide | Medium::AtOnce)
        });
        // What is to leave the platform at once is in the archive: a hold keeps it there, and must not keep it public.
        if !is_at_once {
            self.held.add_hinders(n, account, &mut self.hinders);
        }
        if self.received.record(n) {
            self.hinders.push(Hinder::Delivered);
        }
        let line = DueLine {
            line: ListLine {
                what: Listed::Record(RecordId(Uuid::from_bytes(id))),
                row: row.map(ListRow::cited),
                due,
            },
            row,
            account,
            kind: Some(kind),
            at: text_or_null(found, 6)?,
            n,
        };
        (self.each)(&line, &self.hinders)
    }

    /// Page captures, by the plan that is in force.
    fn pages(&mut self, plans: &[ListPlan]) -> Result<(), E> {
        let asked = self.asked;
        pages::for_each_due_page(self.db, &asked, plans, |row, page| {
            self.hinders.clear();
            self.hinders.extend(by_row(row, &asked));
            self.held
                .add_hinders_of_pages(page.account, &mut self.hinders);
            if self.received.bag(page.bag) {
                self.hinders.push(Hinder::Delivered);
            }
            let line = DueLine {
                line: ListLine {
                    what: Listed::Page(page.bag),
                    row: Some(row.cited()),
                    due: Some(page.due),
                },
                row: Some(row),
                account: page.account,
                kind: None,
                at: Some(page.captured),
                n: page.n,
            };
            (self.each)(&line, &self.hinders)
        })
    }
}

/// What keeps all of a row.
fn by_row(row: &ListRow, asked: &Asked<'_>) -> Option<Hinder> {
    match row.decided {
        _ if !row.lets_go(asked.question.place) => Some(Hinder::Preserved),
        Decided::No if !asked.drafts => Some(Hinder::NoDecision),
        Decided::NotYet => Some(Hinder::NotInForce),
        Decided::No | Decided::Yes | Decided::Past => None,
    }
}

/// What the platform itself says is gone needs nobody's work; what is to be hidden is done once it is.
fn still_there(medium: Medium) -> &'static str {
    match medium {
        Medium::Hide => {
            "AND NOT EXISTS (SELECT 1 FROM vanishing x WHERE x.record = r.n AND x.ended IS NULL)
             AND NOT EXISTS (SELECT 1 FROM version v WHERE v.n = r.latest AND v.visibility IN ('hidden', 'held'))"
        }
        _ => {
            "AND NOT EXISTS (SELECT 1 FROM vanishing x WHERE x.record = r.n AND x.ended IS NULL AND x.change = 'removed')"
        }
    }
}

fn text<'a>(row: &'a Row<'_>, at: usize) -> Result<&'a str, Error> {
    Ok(text_or_null(row, at)?.unwrap_or_default())
}

fn text_or_null<'a>(row: &'a Row<'_>, at: usize) -> Result<Option<&'a str>, Error> {
    let found = row.get_ref(at)?.as_str_or_null();
    Ok(found.map_err(rusqlite::Error::from)?)
}
