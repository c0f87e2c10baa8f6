//! Deliveries to the arkivmyndighet: what of a committee lies in a period, and what has been received.

use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, NaiveDate, Utc};
use rusqlite::{Connection, Row, params};
use uuid::Uuid;

use super::value::{self, column};
use super::{Catalog, Error, NewEvent, OwnSide, Writer, event, migration};
use crate::record::{AccountId, BagId, BagKind, Digest, ExportId, GallringId, Kind, RecordId};

/// Which bags: of this committee, captured in this time, and not received by the arkivmyndighet already.
#[derive(Debug, Clone, Copy)]
pub struct DeliveryPeriod<'a> {
    pub committee: &'a str,
    pub from: DateTime<Utc>,
    /// The first moment after it.
    pub until: DateTime<Utc>,
}

/// A bag that is to be delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryBag {
    pub id: BagId,
    /// `None`: a document of a decision.
    pub kind: Option<BagKind>,
    pub account: Option<AccountId>,
    /// `gallringsprotokoll` ...
    pub document: Option<String>,
    pub commitment: Digest,
    pub bytes: u64,
    pub files: u64,
    /// When it was captured, or the document made.
    pub at: DateTime<Utc>,
}

/// A record as its newest version in the delivered bags tells it.
#[derive(Debug, Clone)]
pub struct DeliveryRecord {
    pub record: RecordId,
    pub kind: Kind,
    pub parent: Option<RecordId>,
    pub permalink: Option<String>,
    pub published: Option<DateTime<Utc>>,
    pub version: u32,
    pub edited: Option<DateTime<Utc>>,
    /// True for what was never shown to all.
    pub restricted: bool,
    /// Written by the municipality itself.
    pub own: bool,
    pub title: Option<String>,
    pub author: Option<String>,
    pub text: String,
    /// The diarienummer that stand.
    pub registered: Vec<String>,
    /// `plan_row.n`, and the first day on which it may go.
    pub classified: Option<(i64, Option<NaiveDate>)>,
    /// When, in which bag, file and page it stands, the oldest first.
    pub held: Vec<(DateTime<Utc>, BagId, String, Option<u32>)>,
}

/// What the arkivmyndighet said of a delivery.
#[derive(Debug, Clone)]
pub struct NewReceipt<'a> {
    pub export: ExportId,
    pub refused: bool,
    pub day: NaiveDate,
    pub by: &'a str,
    pub reference: Option<&'a str>,
    pub note: Option<&'a str>,
    pub at: DateTime<Utc>,
    pub actor: &'a str,
}

/// The newest receipt of the export `e` says that it was received.
const RECEIVED: &str = "e.kind = 'delivery' AND (SELECT p.what FROM export_receipt p WHERE p.export = e.n ORDER BY p.n DESC LIMIT 1) = 'received'";

/// What `b` joined with `c` is in the period of ?1, ?2, ?3, and there still.
const IN_PERIOD: &str = "b.committee = ?1 AND c.started >= ?2 AND c.started < ?3
    AND NOT EXISTS (SELECT 1 FROM gallring_bag g WHERE g.bag = b.id AND g.successor IS NOT g.bag)";

/// The bags that were received, and those that came in their stead since: a gallring hands nothing back.
fn received() -> String {
    format!(
        "WITH RECURSIVE taken (bag) AS (
             SELECT d.bag FROM delivered_bag d JOIN export e ON e.n = d.export AND {RECEIVED}
             UNION SELECT g.successor FROM gallring_bag g JOIN taken ON g.bag = taken.bag WHERE g.successor IS NOT NULL)
         SELECT bag FROM taken"
    )
}

impl Catalog {
    /// The bags of the period, the oldest first, and how many of it were received already.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn delivery_bags(
        &self,
        period: &DeliveryPeriod<'_>,
    ) -> Result<(Vec<DeliveryBag>, u64), Error> {
        let times = (value::time(period.from), value::time(period.until));
        let taken = received();
        let mut statement = self.db.prepare_cached(&format!(
            "SELECT b.id AS id, b.kind AS kind, c.account AS account, NULL AS what, b.commitment AS commitment, b.bytes AS bytes,
                    b.files AS files, c.started AS at
             FROM bag b JOIN capture c ON c.n = b.capture WHERE {IN_PERIOD} AND b.id NOT IN ({taken})
             UNION ALL
             SELECT b.bag, NULL, NULL, b.what, b.commitment, b.bytes, b.files, b.made FROM document b
             WHERE b.committee = ?1 AND b.made >= ?2 AND b.made < ?3 AND b.bag NOT IN ({taken})
             ORDER BY at, id"
        ))?;
        let rows = statement.query_map(params![period.committee, times.0, times.1], |row| {
            Ok(read_bag(row))
        })?;
        let bags = rows.map(|row| row?).collect::<Result<_, Error>>()?;
        let received = self
            .db
            .prepare_cached(&format!(
                "SELECT (SELECT count(*) FROM bag b JOIN capture c ON c.n = b.capture WHERE {IN_PERIOD} AND b.id IN ({taken}))
                 + (SELECT count(*) FROM document b WHERE b.committee = ?1 AND b.made >= ?2 AND b.made < ?3
                    AND b.bag IN ({taken}))"
            ))?
            .query_row(params![period.committee, times.0, times.1], |row| {
                row.get::<_, u64>(0)
            })?;
        Ok((bags, received))
    }

    /// Those of the bags of a delivery that stand as they were, the oldest first.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn bags_of_delivery(&self, export: ExportId) -> Result<Vec<DeliveryBag>, Error> {
        let mut statement = self.db.prepare_cached(
            "WITH its (bag) AS (SELECT d.bag FROM delivered_bag d JOIN export e ON e.n = d.export WHERE e.id = ?1)
             SELECT b.id AS id, b.kind AS kind, c.account AS account, NULL AS what, b.commitment AS commitment, b.bytes AS bytes,
                    b.files AS files, c.started AS at
             FROM bag b JOIN capture c ON c.n = b.capture WHERE b.id IN its
             AND NOT EXISTS (SELECT 1 FROM gallring_bag g WHERE g.bag = b.id AND g.successor IS NOT g.bag)
             UNION ALL
             SELECT b.bag, NULL, NULL, b.what, b.commitment, b.bytes, b.files, b.made FROM document b WHERE b.bag IN its
             ORDER BY at, id",
        )?;
        let rows = statement.query_map([export.0.as_bytes()], |row| Ok(read_bag(row)))?;
        rows.map(|row| row?).collect()
    }

    /// Streams the account's records that stand in those bags of it, in the order they came into the archive.
    ///
    /// # Errors
    /// Those of SQLite, a row that is not of its kind, and what `each` returns.
    pub fn for_each_delivered<E: From<Error>>(
        &self,
        bags: &[BagId],
        account: &AccountId,
        own: &OwnSide,
        mut each: impl FnMut(DeliveryRecord) -> Result<(), E>,
    ) -> Result<(), E> {
        let delivered: HashSet<BagId> = bags.iter().copied().collect();
        let bags: Vec<String> = bags.iter().map(|bag| bag.0.simple().to_string()).collect();
        let bags = value::json("bags", &bags)?;
        let mut statement = self
            .db
            .prepare_cached(
                "SELECT r.n, r.id AS id, r.kind, p.id AS parent, r.permalink, r.published, v.number, v.edited, v.visibility,
                        v.title, v.author, v.text, v.content, r.parent_native IS NOT NULL AS answers, k.plan_row, k.due,
                        EXISTS (SELECT 1 FROM record_alias x WHERE x.record = r.n AND x.door <> 'import') AS told
                 FROM record r JOIN version v ON v.n = (SELECT max(w.n) FROM version w JOIN holding h ON h.version = w.n
                      JOIN bag b ON b.n = h.bag WHERE w.record = r.n AND b.id IN (SELECT unhex(value) FROM json_each(?2)))
                 LEFT JOIN record p ON p.n = r.parent LEFT JOIN classification k ON k.record = r.n
                 WHERE r.account = ?1 AND r.gallring IS NULL ORDER BY r.n",
            )
            .map_err(Error::from)?;
        let mut held = self
            .db
            .prepare_cached(
                "SELECT DISTINCT c.started, b.id AS id, h.file, h.page FROM version w JOIN holding h ON h.version = w.n
                 JOIN bag b ON b.n = h.bag JOIN capture c ON c.n = b.capture WHERE w.record = ?1
                 ORDER BY c.started, b.n, h.file",
            )
            .map_err(Error::from)?;
        let mut rows = statement
            .query(params![account.as_str(), bags])
            .map_err(Error::from)?;
        while let Some(row) = rows.next().map_err(Error::from)? {
            let mut record = read_record(row, own)?;
            let n: i64 = row.get("n").map_err(Error::from)?;
            let mut places = held.query([n]).map_err(Error::from)?;
            while let Some(place) = places.next().map_err(Error::from)? {
                let place = read_place(place)?;
                if delivered.contains(&place.1) {
                    record.held.push(place);
                }
            }
            let marks = self.marks(record.record)?;
            let numbers = marks
                .into_iter()
                .filter(|m| m.what == super::MarkKind::Registered);
            record.registered = numbers.filter_map(|m| m.value).collect();
            each(record)?;
        }
        Ok(())
    }

    /// Destroyed records by their account: those that came into the archive in the period, as their ids tell (UUIDv7). Of
    /// when they were captured again nothing is left.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn stubs_of_period(
        &self,
        period: &DeliveryPeriod<'_>,
    ) -> Result<BTreeMap<AccountId, Vec<RecordId>>, Error> {
        let mut statement = self.db.prepare_cached(
            "SELECT r.account, r.id FROM record r JOIN gallring g ON g.n = r.gallring WHERE r.committee = ?1
             AND g.state <> 'locked' AND r.id >= ?2 AND r.id < ?3 ORDER BY r.n",
        )?;
        let mut rows = statement.query(params![
            period.committee,
            first_id_of(period.from),
            first_id_of(period.until)
        ])?;
        let mut stubs: BTreeMap<AccountId, Vec<RecordId>> = BTreeMap::new();
        while let Some(row) = rows.next()? {
            let account = column!(record.account).parse(&row.get::<_, String>("account")?)?;
            let record = RecordId(value::uuid(row, "id")?);
            stubs.entry(account).or_default().push(record);
        }
        Ok(stubs)
    }

    /// The gallringar that took something out of the committee's bags of the period, in the order they were proposed. Of a
    /// bag that is gone only its id is left, which tells when it was sealed (UUIDv7); a successor counts as what it succeeds.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn gallringar_of_period(
        &self,
        period: &DeliveryPeriod<'_>,
    ) -> Result<Vec<GallringId>, Error> {
        let mut statement = self.db.prepare_cached(
            "WITH RECURSIVE change (gallring, bag, successor) AS (
                 SELECT gallring, bag, successor FROM gallring_bag WHERE successor IS NOT bag),
             went (gallring, successor, first) AS (
                 SELECT gallring, successor, bag FROM change
                 WHERE bag NOT IN (SELECT successor FROM change WHERE successor IS NOT NULL)
                 UNION SELECT x.gallring, x.successor, w.first FROM went w JOIN change x ON x.bag = w.successor)
             SELECT DISTINCT g.n, g.id AS id FROM went w JOIN gallring g ON g.n = w.gallring
             WHERE g.committee = ?1 AND w.first >= ?2 AND w.first < ?3 AND g.state <> 'locked' ORDER BY g.n",
        )?;
        let rows = statement.query_map(
            params![
                period.committee,
                first_id_of(period.from),
                first_id_of(period.until)
            ],
            |row| Ok(GallringId(value::uuid(row, "id")?)),
        )?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The bags of a delivery.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn delivered_bags(&self, export: ExportId) -> Result<Vec<BagId>, Error> {
        let mut statement = self.db.prepare_cached(
            "SELECT d.bag FROM delivered_bag d JOIN export e ON e.n = d.export WHERE e.id = ?1 ORDER BY d.bag",
        )?;
        let rows = statement.query_map([export.0.as_bytes()], |row| {
            Ok(BagId(value::uuid(row, "bag")?))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// How many bags of an account the arkivmyndighet has received.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn received_bags_of(&self, account: &AccountId) -> Result<u64, Error> {
        if !self.has_deliveries()? {
            return Ok(0);
        }
        Ok(self
            .db
            .prepare_cached(&format!(
                "SELECT count(*) FROM bag b JOIN capture c ON c.n = b.capture WHERE c.account = ?1 AND b.id IN ({})",
                received()
            ))?
            .query_row([account.as_str()], |row| row.get(0))?)
    }

    /// Writes down what the arkivmyndighet said.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn add_receipt(&mut self, new: &NewReceipt<'_>) -> Result<(), Error> {
        let what = if new.refused { "refused" } else { "received" };
        let change = self.db.transaction()?;
        change.execute(
            "INSERT INTO export_receipt (export, what, day, by, reference, note, at, actor)
             SELECT n, ?2, ?3, ?4, ?5, ?6, ?7, ?8 FROM export WHERE id = ?1",
            params![
                new.export.0.as_bytes(),
                what,
                new.day.to_string(),
                new.by,
                new.reference,
                new.note,
                value::time(new.at),
                new.actor
            ],
        )?;
        let after = serde_json::json!({ "what": what, "day": new.day, "reference": new.reference });
        event::insert(
            &change,
            &NewEvent {
                at: new.at,
                actor: new.actor,
                verb: "delivery receipt",
                object: &new.export.to_string(),
                before: None,
                after: Some(&after.to_string()),
            },
        )?;
        change.commit()?;
        Ok(())
    }

    pub(super) fn has_deliveries(&self) -> Result<bool, Error> {
        Ok(migration::format_of(&self.db)? >= 12)
    }
}

/// What the arkivmyndighet has received, and decides on.
#[derive(Default)]
pub(super) struct Received {
    records: HashSet<i64>,
    bags: HashSet<[u8; 16]>,
}

impl Received {
    pub(super) fn of(db: &Connection, committee: &str) -> Result<Self, Error> {
        let mut known = Self::default();
        if migration::format_of(db)? < 12 {
            return Ok(known);
        }
        let mut records = db.prepare_cached(&format!(
            "SELECT DISTINCT x.record FROM export e JOIN export_record x ON x.export = e.n WHERE e.committee = ?1 AND {RECEIVED}"
        ))?;
        let mut rows = records.query([committee])?;
        while let Some(row) = rows.next()? {
            known.records.insert(row.get(0)?);
        }
        let mut bags = db.prepare_cached(&received())?;
        let mut rows = bags.query([])?;
        while let Some(row) = rows.next()? {
            known.bags.insert(row.get(0)?);
        }
        Ok(known)
    }

    /// The record of that row.
    pub(super) fn record(&self, n: i64) -> bool {
        self.records.contains(&n)
    }

    pub(super) fn bag(&self, id: BagId) -> bool {
        self.bags.contains(id.0.as_bytes())
    }
}

/// The least id of that moment: its milliseconds stand first in it (RFC 9562, 5.7).
fn first_id_of(at: DateTime<Utc>) -> [u8; 16] {
    let since = u128::try_from(at.timestamp_millis()).unwrap_or(0);
    (since << 80).to_be_bytes()
}

fn read_bag(row: &Row<'_>) -> Result<DeliveryBag, Error> {
    Ok(DeliveryBag {
        id: BagId(value::uuid(row, "id")?),
        kind: row
            .get::<_, Option<String>>("kind")?
            .map(|kind| column!(bag.kind).named(&kind, &BagKind::ALL, BagKind::as_str))
            .transpose()?,
        account: row
            .get::<_, Option<String>>("account")?
            .map(|account| column!(capture.account).parse(&account))
            .transpose()?,
        document: row.get("what")?,
        commitment: value::digest(row, "commitment")?,
        bytes: column!(bag.bytes).count(row.get("bytes")?)?,
        files: column!(bag.files).count(row.get("files")?)?,
        at: column!(capture.started).parse(&row.get::<_, String>("at")?)?,
    })
}

fn read_record(row: &Row<'_>, own: &OwnSide) -> Result<DeliveryRecord, Error> {
    let kind =
        column!(record.kind).named(&row.get::<_, String>("kind")?, &Kind::ALL, Kind::as_str)?;
    let author: Option<String> = row.get("author")?;
    let own = own.wrote(&Writer {
        kind,
        told_by_platform: row.get("told")?,
        answers: row.get("answers")?,
        author: author.as_deref(),
        content: &row.get::<_, String>("content")?,
    })?;
    let time = |name: &str, column: value::Column| {
        let at: Option<String> = row.get(name)?;
        at.map(|at| column.parse(&at)).transpose()
    };
    let row_of_plan: Option<i64> = row.get("plan_row")?;
    let due: Option<String> = row.get("due")?;
    let due = due
        .map(|due| column!(classification.due).parse(&due))
        .transpose()?;
    let parent: Option<[u8; 16]> = row.get("parent")?;
    Ok(DeliveryRecord {
        record: RecordId(value::uuid(row, "id")?),
        kind,
        parent: parent.map(|id| RecordId(Uuid::from_bytes(id))),
        permalink: row.get("permalink")?,
        published: time("published", column!(record.published))?,
        version: row.get("number")?,
        edited: time("edited", column!(version.edited))?,
        restricted: row.get::<_, String>("visibility")? != "public",
        own,
        title: row.get("title")?,
        author,
        text: row.get("text")?,
        registered: Vec::new(),
        classified: row_of_plan.map(|n| (n, due)),
        held: Vec::new(),
    })
}

fn read_place(row: &Row<'_>) -> Result<(DateTime<Utc>, BagId, String, Option<u32>), Error> {
    Ok((
        column!(capture.started).parse(&row.get::<_, String>("started")?)?,
        BagId(value::uuid(row, "id")?),
        row.get("file")?,
        row.get("page")?,
    ))
}
