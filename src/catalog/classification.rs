//! What records are by their committees' plans: by rules, by hand, as the thread they stand in; and the days on which
//! they may go. A record without a row is kept.

mod by_hand;
mod by_rules;
mod days;
mod rules_in_force;
mod thread;

use chrono::{DateTime, NaiveDate, Utc};
use rusqlite::{OptionalExtension as _, Row};

use super::own_side::told_by_platform;
use super::value::{self, column};
use super::{Catalog, Error, OwnSide, Writer, migration, own_side};
use crate::record::{AccountId, Kind, RecordId, Visibility};
use crate::retention::RowId;

pub use by_hand::{HandDecision, HandFault, HandReport};
pub use by_rules::{ByRules, RowCount, Scope};

/// What a record is, and by whose decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Classification {
    /// The version of the plan that it was decided under (`plan.n`).
    pub plan: i64,
    pub row: RowId,
    /// `None`: by hand, or as a thread that was decided by hand.
    pub rule: Option<RowId>,
    /// The record that it is in the thread of.
    pub follows: Option<RecordId>,
    /// True when what answers it is what it is.
    pub thread: bool,
    /// A person's words.
    pub reason: Option<String>,
    pub actor: String,
    pub at: DateTime<Utc>,
    /// The first day on which arkivd's copy may go.
    pub due: Option<NaiveDate>,
    /// The first day on which it is to go from the medium.
    pub medium_due: Option<NaiveDate>,
}

/// What rules ask of a record, as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordFacts {
    pub record: RecordId,
    pub account: AccountId,
    pub committee: String,
    pub kind: Kind,
    pub visibility: Visibility,
    /// Written by the municipality itself.
    pub own: bool,
    pub title: Option<String>,
    pub text: String,
    pub categories: Vec<String>,
    pub published: Option<DateTime<Utc>>,
    /// The record whose thread it stands in, when that was decided for its thread, and its decision.
    pub thread: Option<(RecordId, Classification)>,
}

/// A row of `classification`, as decisions compare them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Standing {
    plan_row: i64,
    rule: Option<i64>,
    follows: Option<i64>,
    thread: bool,
}

impl Standing {
    const COLUMNS: &'static str = "c.plan_row, c.rule, c.follows, c.thread";

    /// From the columns, which begin at `at`.
    fn read(row: &Row<'_>, at: usize) -> rusqlite::Result<Option<Self>> {
        let Some(plan_row) = row.get(at)? else {
            return Ok(None);
        };
        Ok(Some(Self {
            plan_row,
            rule: row.get(at + 1)?,
            follows: row.get(at + 2)?,
            thread: row.get(at + 3)?,
        }))
    }

    fn is_by_hand(&self) -> bool {
        self.rule.is_none() && self.follows.is_none()
    }

    /// Whether what answers it is what it is.
    fn leads(&self) -> bool {
        self.thread && self.follows.is_none()
    }
}

impl Catalog {
    /// False in a catalog from before plans were kept, which nobody has written to since.
    pub(super) fn has_retention(&self) -> Result<bool, Error> {
        Ok(migration::format_of(&self.db)? >= 6)
    }

    /// What the record is; `None` where it is not classified, and kept.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn classification(&self, record: RecordId) -> Result<Option<Classification>, Error> {
        if !self.has_retention()? {
            return Ok(None);
        }
        let mut asked = self.db.prepare_cached(
            "SELECT p.plan, p.id AS row_id, u.id AS rule_id, f.id AS follows, c.thread, c.reason, c.actor, c.at, c.due,
             c.medium_due FROM record r JOIN classification c ON c.record = r.n JOIN plan_row p ON p.n = c.plan_row
             LEFT JOIN plan_rule u ON u.n = c.rule LEFT JOIN record f ON f.n = c.follows WHERE r.id = ?1",
        )?;
        let mut rows = asked.query([record.0.as_bytes()])?;
        rows.next()?.map(read).transpose()
    }

    /// What rules ask of the record.
    ///
    /// # Errors
    /// When it is not in the catalog, or was destroyed; those of SQLite; a row that is not of its kind.
    pub fn record_facts(&self, record: RecordId) -> Result<RecordFacts, Error> {
        let n = self.record_row(record)?.n;
        let head = self.head_above(n)?;
        let mut asked = self.db.prepare_cached(concat!(
            "SELECT r.account, r.committee, r.kind, r.published, v.visibility, v.title, v.author, v.text, v.content,
             r.parent_native IS NOT NULL AS answers,
             ",
            told_by_platform!(),
            " AS told FROM record r JOIN version v ON v.n = r.latest WHERE r.n = ?1"
        ))?;
        let mut rows = asked.query([n])?;
        let row = rows.next()?.ok_or(Error::NoRecord(record))?;
        let text = |name: &str| row.get::<_, String>(name);
        let account: AccountId = column!(record.account).parse(&text("account")?)?;
        let kind = column!(record.kind).named(&text("kind")?, &Kind::ALL, Kind::as_str)?;
        let author: Option<String> = row.get("author")?;
        let content = text("content")?;
        let own = own_side::own_sides(&self.db, Some(account.as_str()))?;
        let none = OwnSide::default();
        let own = own.get(account.as_str()).unwrap_or(&none).wrote(&Writer {
            kind,
            told_by_platform: row.get("told")?,
            answers: row.get("answers")?,
            author: author.as_deref(),
            content: &content,
        })?;
        let published: Option<String> = row.get("published")?;
        Ok(RecordFacts {
            record,
            account,
            committee: text("committee")?,
            kind,
            visibility: super::record::read_visibility(&text("visibility")?)?,
            own,
            title: row.get("title")?,
            text: text("text")?,
            categories: self.categories_of(n)?,
            published: published
                .map(|p| column!(record.published).parse(&p))
                .transpose()?,
            thread: match head {
                Some(head) => self
                    .classification(head)?
                    .map(|classification| (head, classification)),
                None => None,
            },
        })
    }

    /// The committee whose record it is, and whether it is restricted.
    ///
    /// # Errors
    /// [`Error::NoRecord`], and those of SQLite.
    pub fn whose(&self, record: RecordId) -> Result<(String, bool), Error> {
        let mut asked = self.db.prepare_cached(
            "SELECT r.committee, coalesce(v.visibility <> 'public', 0) FROM record r LEFT JOIN version v ON v.n = r.latest
             WHERE r.id = ?1",
        )?;
        let found = asked
            .query_row([record.0.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        found.ok_or(Error::NoRecord(record))
    }

    /// The categories of the removal cases that the record is in.
    fn categories_of(&self, n: i64) -> Result<Vec<String>, Error> {
        let mut asked = self.db.prepare_cached(
            "SELECT DISTINCT m.category FROM removal_object o JOIN removal m ON m.n = o.removal WHERE o.record = ?1
             ORDER BY 1",
        )?;
        let found = asked.query_map([n], |row| row.get(0))?;
        Ok(found.collect::<Result<_, _>>()?)
    }

    /// The record's row, and whose it is.
    ///
    /// # Errors
    /// [`Error::NoRecord`], and those of SQLite.
    pub(super) fn record_row(&self, record: RecordId) -> Result<RecordRow, Error> {
        let mut asked = self
            .db
            .prepare_cached("SELECT n, account, committee, published FROM record WHERE id = ?1")?;
        let found = asked
            .query_row([record.0.as_bytes()], |row| {
                Ok(RecordRow {
                    n: row.get(0)?,
                    account: row.get(1)?,
                    committee: row.get(2)?,
                    published: row.get(3)?,
                })
            })
            .optional()?;
        found.ok_or(Error::NoRecord(record))
    }

    fn id_of(&self, n: i64) -> Result<RecordId, Error> {
        let mut asked = self
            .db
            .prepare_cached("SELECT id FROM record WHERE n = ?1")?;
        Ok(asked.query_row([n], |row| Ok(RecordId(value::uuid(row, "id")?)))?)
    }
}

/// Which row a record has, and whose it is.
#[derive(Debug, Clone)]
pub(super) struct RecordRow {
    pub(super) n: i64,
    pub(super) account: String,
    pub(super) committee: String,
    pub(super) published: Option<String>,
}

fn read(row: &Row<'_>) -> Result<Classification, Error> {
    let day = |text: Option<String>, column: value::Column| -> Result<Option<NaiveDate>, Error> {
        text.map(|day| column.parse(&day)).transpose()
    };
    let rule: Option<String> = row.get("rule_id")?;
    let follows: Option<[u8; 16]> = row.get("follows")?;
    Ok(Classification {
        plan: row.get("plan")?,
        row: row_id(row.get("row_id")?)?,
        rule: rule.map(row_id).transpose()?,
        follows: follows.map(|id| RecordId(uuid::Uuid::from_bytes(id))),
        thread: row.get("thread")?,
        reason: row.get("reason")?,
        actor: row.get("actor")?,
        at: column!(classification.at).parse(&row.get::<_, String>("at")?)?,
        due: day(row.get("due")?, column!(classification.due))?,
        medium_due: day(row.get("medium_due")?, column!(classification.medium_due))?,
    })
}

fn row_id(id: String) -> Result<RowId, Error> {
    RowId::try_from(id.clone()).map_err(|problem| Error::Value {
        table: "plan_row",
        column: "id",
        value: id,
        problem,
    })
}
