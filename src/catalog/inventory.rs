//! What a committee's archive holds, counted: series of bags, kinds of records, rows of the plan.

use chrono::{DateTime, Utc};
use rusqlite::Row;

use super::value::column;
use super::{Catalog, Error};
use crate::record::{AccountId, BagKind, Kind};

/// All that is told of one committee.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inventory {
    /// By account and kind.
    pub bags: Vec<Series>,
    /// By what they are.
    pub documents: Vec<Series>,
    /// By account and kind.
    pub records: Vec<RecordSeries>,
    /// Rows of the plan (`plan_row.n`) with how many records of an account they are for.
    pub rows: Vec<(AccountId, i64, u64)>,
    /// Destroyed records.
    pub destroyed: u64,
    /// Bags that the arkivmyndighet has received.
    pub received: u64,
}

/// Bags of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    /// `None`: documents.
    pub account: Option<AccountId>,
    /// `None`: documents.
    pub kind: Option<BagKind>,
    /// What the documents are.
    pub document: Option<String>,
    pub bags: u64,
    pub files: u64,
    pub bytes: u64,
    pub from: DateTime<Utc>,
    pub to: DateTime<Utc>,
}

/// Records of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordSeries {
    pub account: AccountId,
    pub kind: Kind,
    pub records: u64,
    /// When the first and the last were published, where that is known.
    pub from: Option<DateTime<Utc>>,
    pub to: Option<DateTime<Utc>>,
}

impl Catalog {
    /// What the committee's archive holds. What an emergency locks is not counted.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn inventory(&self, committee: &str) -> Result<Inventory, Error> {
        let locked = match self.has_emergencies()? {
            true => "AND NOT EXISTS (SELECT 1 FROM emergency_bag l WHERE l.bag = b.id)",
            false => "",
        };
        let bags = self.series(
            &format!(
                "SELECT c.account AS account, b.kind AS kind, NULL AS what, count(*) AS bags, sum(b.files) AS files,
                        sum(b.bytes) AS bytes, min(c.started) AS first, max(c.started) AS last
                 FROM bag b JOIN capture c ON c.n = b.capture
                 WHERE b.committee = ?1 {locked}
                 AND NOT EXISTS (SELECT 1 FROM gallring_bag g WHERE g.bag = b.id AND g.successor IS NOT g.bag)
                 GROUP BY 1, 2 ORDER BY 1, 2"
            ),
            committee,
        )?;
        let documents = self.series(
            "SELECT NULL AS account, NULL AS kind, what, count(*) AS bags, sum(files) AS files, sum(bytes) AS bytes,
                    min(made) AS first, max(made) AS last FROM document WHERE committee = ?1 GROUP BY what ORDER BY what",
            committee,
        )?;
        let mut statement = self.db.prepare_cached(
            "SELECT account, kind, count(*) AS records, min(published) AS first, max(published) AS last FROM record
             WHERE committee = ?1 AND gallring IS NULL GROUP BY 1, 2 ORDER BY 1, 2",
        )?;
        let rows = statement.query_map([committee], |row| Ok(read_records(row)))?;
        let records = rows.map(|row| row?).collect::<Result<_, Error>>()?;
        let mut statement = self.db.prepare_cached(
            "SELECT r.account, k.plan_row, count(*) FROM record r JOIN classification k ON k.record = r.n
             WHERE r.committee = ?1 AND r.gallring IS NULL GROUP BY 1, 2 ORDER BY 1, 2",
        )?;
        let mut found = statement.query([committee])?;
        let mut rows = Vec::new();
        while let Some(row) = found.next()? {
            let account: String = row.get(0)?;
            rows.push((
                column!(record.account).parse(&account)?,
                row.get(1)?,
                row.get(2)?,
            ));
        }
        let count = |sql: &str| -> Result<u64, Error> {
            Ok(self
                .db
                .prepare_cached(sql)?
                .query_row([committee], |row| row.get(0))?)
        };
        Ok(Inventory {
            bags,
            documents,
            records,
            rows,
            destroyed: count(
                "SELECT count(*) FROM record r JOIN gallring g ON g.n = r.gallring WHERE r.committee = ?1 AND g.state <> 'locked'",
            )?,
            received: match self.has_deliveries()? {
                true => count(
                    "SELECT count(DISTINCT d.bag) FROM delivered_bag d JOIN export e ON e.n = d.export WHERE e.committee = ?1
                     AND EXISTS (SELECT 1 FROM bag b WHERE b.id = d.bag)
                     AND NOT EXISTS (SELECT 1 FROM gallring_bag g WHERE g.bag = d.bag AND g.successor IS NOT g.bag)
                     AND (SELECT p.what FROM export_receipt p WHERE p.export = e.n ORDER BY p.n DESC LIMIT 1) = 'received'",
                )?,
                false => 0,
            },
        })
    }

    fn series(&self, sql: &str, committee: &str) -> Result<Vec<Series>, Error> {
        let mut statement = self.db.prepare_cached(sql)?;
        let rows = statement.query_map([committee], |row| Ok(read_series(row)))?;
        rows.map(|row| row?).collect()
    }
}

fn read_series(row: &Row<'_>) -> Result<Series, Error> {
    let kind: Option<String> = row.get("kind")?;
    let account: Option<String> = row.get("account")?;
    Ok(Series {
        account: account
            .map(|id| column!(capture.account).parse(&id))
            .transpose()?,
        kind: kind
            .map(|kind| column!(bag.kind).named(&kind, &BagKind::ALL, BagKind::as_str))
            .transpose()?,
        document: row.get("what")?,
        bags: row.get("bags")?,
        files: row.get("files")?,
        bytes: row.get("bytes")?,
        from: column!(capture.started).parse(&row.get::<_, String>("first")?)?,
        to: column!(capture.started).parse(&row.get::<_, String>("last")?)?,
    })
}

fn read_records(row: &Row<'_>) -> Result<RecordSeries, Error> {
    let time = |name: &str| {
        let at: Option<String> = row.get(name)?;
        at.map(|at| column!(record.published).parse(&at))
            .transpose()
    };
    let kind: String = row.get("kind")?;
    let account: String = row.get("account")?;
    Ok(RecordSeries {
        account: column!(record.account).parse(&account)?,
        kind: column!(record.kind).named(&kind, &Kind::ALL, Kind::as_str)?,
        records: row.get("records")?,
        from: time("first")?,
        to: time("last")?,
    })
}
