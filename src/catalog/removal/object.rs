//! What a case is about: addresses and records, where they are saved, and what became of them on the platform.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::{Removal, number, step_stands};
use crate::catalog::record::read_visibility;
use crate::catalog::value::{self, column};
use crate::catalog::{Catalog, Error};
use crate::record::{AccountId, BagId, Kind, NativeId, RecordId, Visibility};

/// Something a case is opened about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRemovalObject {
    pub account: AccountId,
    pub address: Option<String>,
    pub published: Option<DateTime<Utc>>,
    pub record: Option<RecordId>,
}

/// Something a case is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemovalObject {
    pub row: i64,
    pub account: AccountId,
    pub address: Option<String>,
    /// As its record has it, or as who told of it said.
    pub published: Option<DateTime<Utc>>,
    pub record: Option<Seen>,
    /// The bag with its page as the screen showed it, and when that was.
    pub page: Option<(BagId, DateTime<Utc>)>,
    pub tried: Option<DateTime<Utc>>,
    pub problem: Option<String>,
}

/// A record of a case, as it was last seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    pub record: RecordId,
    pub kind: Kind,
    pub permalink: Option<String>,
    pub published: Option<DateTime<Utc>>,
    pub author: Option<String>,
    pub visibility: Visibility,
    /// The bag that holds its newest version, and when that was sealed.
    pub bag: Option<(BagId, DateTime<Utc>)>,
    /// The row of a decided plan that it is classified under.
    pub plan_row: Option<String>,
    /// When the newest look that saw it on the platform, open to everyone, began.
    pub shown: Option<DateTime<Utc>>,
    /// The number of that plan.
    pub plan: Option<i64>,
}

impl RemovalObject {
    /// Sealed and in the ledger: its newest version, or its page.
    pub fn saved(&self) -> Option<DateTime<Utc>> {
        let record = self.record.as_ref().and_then(|r| r.bag).map(|(_, at)| at);
        let page = self.page.map(|(_, at)| at);
        record.into_iter().chain(page).min()
    }
}

pub(super) fn insert(db: &Connection, case: i64, new: &NewRemovalObject) -> Result<(), Error> {
    let record = new.record.map(|id| row_of(db, id)).transpose()?;
    db.execute(
        "INSERT INTO removal_object (removal, account, address, published, record) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![
            case,
            new.account.as_str(),
            new.address,
            new.published.map(value::time),
            record
        ],
    )?;
    Ok(())
}

fn row_of(db: &Connection, id: RecordId) -> Result<i64, Error> {
    db.query_row(
        "SELECT n FROM record WHERE id = ?1",
        [id.0.as_bytes()],
        |row| row.get(0),
    )
    .optional()?
    .ok_or(Error::NoRecord(id))
}

impl Catalog {
    /// What a case is about, in the order it was told.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn removal_objects(&self, case: &Removal) -> Result<Vec<RemovalObject>, Error> {
        let mut statement = self.db.prepare_cached(
            "SELECT o.n, o.account, o.address, o.page, o.tried, o.problem,
             o.published AS told,
             r.id, r.kind, r.permalink, r.published, v.author, coalesce(v.visibility, 'public') AS visibility,
             (SELECT min(b.n) FROM holding h JOIN bag b ON b.n = h.bag WHERE h.version = r.latest) AS held,
             p.n AS plan, CASE WHEN p.n IS NOT NULL THEN w.id END AS plan_row,
             (SELECT max(c.started) FROM version w JOIN observation s ON s.version = w.n JOIN capture c ON c.n = s.capture
              WHERE w.record = r.n AND w.visibility = 'public' AND coalesce(c.door, '') <> 'import') AS shown
             FROM removal_object o LEFT JOIN record r ON r.n = o.record LEFT JOIN version v ON v.n = r.latest
             LEFT JOIN classification k ON k.record = r.n LEFT JOIN plan_row w ON w.n = k.plan_row
             LEFT JOIN plan p ON p.n = w.plan AND p.decision IS NOT NULL
             WHERE o.removal = ?1 ORDER BY o.n",
        )?;
        let mut rows = statement.query([number(case.number)?])?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            all.push(self.read_object(row)?);
        }
        Ok(all)
    }

    /// The closed cases of which a platform has shown something to everyone since it was noted as gone.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn removals_shown_again(&self) -> Result<Vec<u64>, Error> {
        if !self.has_removals()? {
            return Ok(Vec::new());
        }
        let mut statement = self.db.prepare_cached(concat!(
            "SELECT m.n FROM removal m WHERE m.closed IS NOT NULL AND EXISTS (
               SELECT 1 FROM removal_object o JOIN version w ON w.record = o.record AND w.visibility = 'public'
               JOIN observation x ON x.version = w.n JOIN capture c ON c.n = x.capture
               WHERE o.removal = m.n AND coalesce(c.door, '') <> 'import' AND c.started > (
                 SELECT max(s.noted) FROM removal_step s WHERE s.removal = m.n AND s.object = o.n AND ",
            step_stands!(),
            "))
             ORDER BY m.n"
        ))?;
        let mut rows = statement.query([])?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            all.push(column!(removal.n).count(row.get("n")?)?);
        }
        Ok(all)
    }

    fn read_object(&self, row: &Row<'_>) -> Result<RemovalObject, Error> {
        let text = |name: &str| row.get::<_, Option<String>>(name);
        let time = |name: &str, column: crate::catalog::value::Column| {
            text(name)?.map(|t| column.parse(&t)).transpose()
        };
        let record = match row.get::<_, Option<[u8; 16]>>("id")? {
            None => None,
            Some(id) => Some(Seen {
                record: RecordId(uuid::Uuid::from_bytes(id)),
                kind: column!(record.kind).named(
                    &row.get::<_, String>("kind")?,
                    &Kind::ALL,
                    Kind::as_str,
                )?,
                permalink: text("permalink")?,
                published: time("published", column!(record.published))?,
                author: text("author")?,
                visibility: read_visibility(&row.get::<_, String>("visibility")?)?,
                bag: match row.get::<_, Option<i64>>("held")? {
                    Some(bag) => self.sealed("b.n = ?1", bag)?,
                    None => None,
                },
                plan_row: text("plan_row")?,
                shown: time("shown", column!(capture.started))?,
                plan: row.get("plan")?,
            }),
        };
        let page = row.get::<_, Option<[u8; 16]>>("page")?;
        Ok(RemovalObject {
            row: row.get("n")?,
            account: column!(removal_object.account).parse(&row.get::<_, String>("account")?)?,
            address: text("address")?,
            published: match record.as_ref().and_then(|r| r.published) {
                None => time("told", column!(removal_object.published))?,
                known => known,
            },
            record,
            page: match page {
                Some(id) => self.sealed("b.id = ?1", id)?,
                None => None,
            },
            tried: time("tried", column!(removal_object.tried))?,
            problem: text("problem")?,
        })
    }

    fn sealed(
        &self,
        which: &str,
        value: impl rusqlite::ToSql,
    ) -> Result<Option<(BagId, DateTime<Utc>)>, Error> {
        let sql = format!(
            "SELECT b.id, c.finished FROM bag b JOIN capture c ON c.n = b.capture WHERE {which}"
        );
        let found = self
            .db
            .prepare_cached(&sql)?
            .query_row([value], |row| {
                Ok((BagId(value::uuid(row, "id")?), row.get::<_, String>(1)?))
            })
            .optional()?;
        found
            .map(|(bag, at)| Ok((bag, column!(capture.finished).parse(&at)?)))
            .transpose()
    }

    /// The account's record with that permalink; the one whose address says the same but for a slash at its end or the
    /// scheme, where none has it to the letter.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn record_at(&self, account: &AccountId, address: &str) -> Result<Option<RecordId>, Error> {
        let mut statement = self.db.prepare_cached(
            "SELECT id, permalink FROM record WHERE account = ?1 AND permalink IS NOT NULL ORDER BY n",
        )?;
        let mut rows = statement.query([account.as_str()])?;
        let asked = bare(address);
        let mut near = None;
        while let Some(row) = rows.next()? {
            let permalink = row.get_ref("permalink")?;
            let permalink = permalink.as_str().unwrap_or_default();
            if permalink == address {
                return Ok(Some(RecordId(value::uuid(row, "id")?)));
            }
            if near.is_none() && bare(permalink) == asked {
                near = Some(RecordId(value::uuid(row, "id")?));
            }
        }
        Ok(near)
    }

    /// Links what a case is about to its record.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn link_removal_object(&mut self, object: i64, record: RecordId) -> Result<(), Error> {
        let record = row_of(&self.db, record)?;
        self.db.execute(
            "UPDATE removal_object SET record = ?2 WHERE n = ?1",
            [object, record],
        )?;
        Ok(())
    }

    /// Notes that saving was tried: the page's bag where one was sealed, and what went wrong.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn note_saving(
        &mut self,
        object: i64,
        page: Option<BagId>,
        problem: Option<&str>,
        at: DateTime<Utc>,
    ) -> Result<(), Error> {
        self.db.execute(
            "UPDATE removal_object SET page = ifnull(page, ?2), problem = ?3, tried = ?4 WHERE n = ?1",
            params![
                object,
                page.as_ref().map(|bag| bag.0.as_bytes()),
                problem,
                value::time(at)
            ],
        )?;
        Ok(())
    }

    /// The bag of a capture's page.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn page_bag(&self, capture: crate::record::CaptureId) -> Result<Option<BagId>, Error> {
        let found = self
            .db
            .prepare_cached(
                "SELECT b.id FROM look l JOIN capture c ON c.n = l.capture JOIN bag b ON b.n = l.bag WHERE c.id = ?1",
            )?
            .query_row([capture.0.as_bytes()], |row| {
                Ok(BagId(value::uuid(row, "id")?))
            })
            .optional()?;
        Ok(found)
    }

    /// What the platform that an account is on calls a record.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn native_of(&self, record: RecordId, door: &str) -> Result<Option<NativeId>, Error> {
        let found = self
            .db
            .prepare_cached(
                "SELECT a.native_id FROM record_alias a JOIN record r ON r.n = a.record WHERE r.id = ?1 AND a.door = ?2",
            )?
            .query_row(params![record.0.as_bytes(), door], |row| row.get(0))
            .optional()?;
        Ok(found.map(NativeId))
    }

    /// Whether a decided plan of the committee has a row of that id.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn has_plan_row(&self, committee: &str, id: &str) -> Result<bool, Error> {
        Ok(self
            .db
            .prepare_cached(
                "SELECT 1 FROM plan_row w JOIN plan p ON p.n = w.plan
                 WHERE p.committee = ?1 AND w.id = ?2 AND p.decision IS NOT NULL LIMIT 1",
            )?
            .exists([committee, id])?)
    }
}

/// An address without its scheme, `www.` and the slash at its end.
fn bare(address: &str) -> &str {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let rest = rest.strip_prefix("www.").unwrap_or(rest);
    rest.trim_end_matches('/')
}
