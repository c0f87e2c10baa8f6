//! Captures: what one look at an account found, with its bags, versions, observations and leaves, in one transaction.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension as _, Row, Transaction, params};

use super::value::{self, column};
use super::{Catalog, Error, NewEvent, event, leaf};
use crate::ledger::Leaf;
use crate::record::{
    AccountId, BagId, BagKind, CaptureId, Coverage, Digest, Item, Outcome, Reason, RecordId,
};

/// A capture to be written.
#[derive(Debug)]
pub struct NewCapture<'a> {
    pub id: CaptureId,
    pub account: &'a AccountId,
    /// The account's name as the platform told it, if it was reached.
    pub account_name: Option<&'a str>,
    pub committee: &'a str,
    /// The way in: aliases are unique within account and door.
    pub door: &'a str,
    pub reason: Reason,
    pub outcome: Outcome,
    /// True when the bags hold all that was seen, not only what was new or changed.
    pub entire: bool,
    pub started: DateTime<Utc>,
    pub finished: DateTime<Utc>,
    pub new: u64,
    pub changed: u64,
    pub unchanged: u64,
    pub coverage: &'a Coverage,
    pub error: Option<&'a str>,
    pub bags: &'a [NewBag],
    /// Records that a complete reading did not show.
    pub absent: &'a [RecordId],
    pub actor: &'a str,
}

/// A published bag.
#[derive(Debug, Clone)]
pub struct NewBag {
    pub id: BagId,
    pub kind: BagKind,
    /// SHA-256 of its commitment.txt.
    pub commitment: Digest,
    pub bytes: u64,
    pub files: u64,
    /// The level of its PDF, such as `PDF/A-1b`; `None` when no level was reached.
    pub pdf: Option<String>,
}

/// One item that was seen. New records take the id given; known ones keep their own.
#[derive(Debug)]
pub struct Sighting<'a> {
    pub record: RecordId,
    pub item: &'a Item,
    pub digest: Digest,
    /// True when some of its media could not be had.
    pub media_missing: bool,
    /// Where it stands, when a bag holds it.
    pub place: Option<Place>,
}

/// A place in one of the capture's bags.
#[derive(Debug, Clone)]
pub struct Place {
    /// Index in [`NewCapture::bags`].
    pub bag: usize,
    pub file: String,
    pub page: Option<u32>,
}

/// What the transaction gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Committed {
    /// The log's size before and after.
    pub ledger: std::ops::Range<u64>,
}

/// A capture as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct CaptureRow {
    pub id: CaptureId,
    pub account: AccountId,
    pub reason: Reason,
    pub outcome: Outcome,
    pub started: DateTime<Utc>,
    pub finished: DateTime<Utc>,
    pub not_seen: u64,
    pub complete: bool,
    pub coverage: Coverage,
    pub error: Option<String>,
}

/// A bag as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BagRow {
    pub id: BagId,
    pub kind: BagKind,
    pub account: AccountId,
    pub committee: String,
    pub commitment: Digest,
    /// Index of its leaf in the log.
    pub leaf: u64,
    pub bytes: u64,
    pub files: u64,
    pub pdf: Option<String>,
}

impl Catalog {
    /// Writes a capture whole: rows, leaves and tree hashes, or nothing.
    ///
    /// # Errors
    /// When the account is not registered, and those of SQLite.
    pub fn commit_capture<'a>(
        &mut self,
        capture: &NewCapture<'_>,
        sightings: impl IntoIterator<Item = Sighting<'a>>,
    ) -> Result<Committed, Error> {
        if self.account(capture.account)?.is_none() {
            return Err(Error::NoAccount(capture.account.clone()));
        }
        let change = self.db.transaction()?;
        let capture_row = insert_capture(&change, capture)?;
        let before = leaf::size(&change)?;
        let bags = insert_bags(&change, capture, capture_row)?;
        Writer::new(&change, capture, capture_row, bags)?.write(sightings)?;
        {
            // One row from when it was first missed until it is seen again, however many readings miss it.
            let mut absence = change.prepare_cached(
                "INSERT OR IGNORE INTO absence (capture, record) SELECT ?1, r.n FROM record r WHERE r.id = ?2
                 AND coalesce((SELECT max(capture) FROM absence WHERE record = r.n), 0) <=
                     coalesce((SELECT max((SELECT max(capture) FROM observation WHERE version = w.n))
                               FROM version w WHERE w.record = r.n), 0)",
            )?;
            for record in capture.absent {
                absence.execute(params![capture_row, record.0.as_bytes()])?;
            }
        }
        if capture.account_name.is_some() {
            change.execute(
                "UPDATE account SET name = ?2 WHERE id = ?1 AND name IS NOT ?2",
                params![capture.account.as_str(), capture.account_name],
            )?;
        }
        let event = NewEvent {
            at: capture.finished,
            actor: capture.actor,
            verb: "snapshot",
            object: &capture.id.to_string(),
            before: None,
            after: None,
        };
        event::insert(&change, &event)?;
        let after = leaf::size(&change)?;
        change.commit()?;
        Ok(Committed {
            ledger: before..after,
        })
    }

    /// The newest capture of the account that meets a condition in SQL, which is never from outside.
    pub(super) fn last_capture(
        &self,
        account: &AccountId,
        condition: &'static str,
    ) -> Result<Option<CaptureRow>, Error> {
        let row = self
            .db
            .prepare_cached(&format!(
                "SELECT id, account, reason, outcome, started, finished, not_seen, complete, coverage, error
                 FROM capture WHERE account = ?1 AND {condition} ORDER BY n DESC LIMIT 1"
            ))?
            .query_row([account.as_str()], |row| Ok(read_capture(row)))
            .optional()?;
        row.transpose()
    }

    /// The newest capture of the account that was sealed, if any.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn last_sealed(&self, account: &AccountId) -> Result<Option<CaptureRow>, Error> {
        self.last_capture(account, "outcome = 'sealed'")
    }

    /// Whether the capture has a row.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn has_capture(&self, id: CaptureId) -> Result<bool, Error> {
        Ok(self
            .db
            .prepare_cached("SELECT 1 FROM capture WHERE id = ?1")?
            .exists([id.0.as_bytes()])?)
    }

    /// All bags in the order of their leaves.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn bags(&self) -> Result<Vec<BagRow>, Error> {
        let mut statement = self
            .db
            .prepare_cached(&format!("{BAG} ORDER BY bag.leaf"))?;
        let rows = statement.query_map([], |row| Ok(read_bag(row)))?;
        rows.map(|row| row?).collect()
    }

    /// The bag of that id, if it has a row.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn bag(&self, id: BagId) -> Result<Option<BagRow>, Error> {
        let row = self
            .db
            .prepare_cached(&format!("{BAG} WHERE bag.id = ?1"))?
            .query_row([id.0.as_bytes()], |row| Ok(read_bag(row)))
            .optional()?;
        row.transpose()
    }
}

const BAG: &str = "SELECT bag.id, bag.kind, account, committee, commitment, leaf, bytes, files, pdf
                   FROM bag JOIN capture ON capture.n = bag.capture";

fn read_bag(row: &Row<'_>) -> Result<BagRow, Error> {
    Ok(BagRow {
        id: BagId(value::uuid(row, "id")?),
        kind: column!(bag.kind).named(
            &row.get::<_, String>("kind")?,
            &BagKind::ALL,
            BagKind::as_str,
        )?,
        account: column!(capture.account).parse(&row.get::<_, String>("account")?)?,
        committee: row.get("committee")?,
        commitment: value::digest(row, "commitment")?,
        leaf: column!(bag.leaf).count(row.get("leaf")?)?,
        bytes: column!(bag.bytes).count(row.get("bytes")?)?,
        files: column!(bag.files).count(row.get("files")?)?,
        pdf: row.get("pdf")?,
    })
}

fn read_capture(row: &Row<'_>) -> Result<CaptureRow, Error> {
    let text = |name: &str| row.get::<_, String>(name);
    Ok(CaptureRow {
        id: CaptureId(value::uuid(row, "id")?),
        account: column!(capture.account).parse(&text("account")?)?,
        reason: column!(capture.reason).named(&text("reason")?, &Reason::ALL, Reason::as_str)?,
        outcome: column!(capture.outcome).named(
            &text("outcome")?,
            &Outcome::ALL,
            Outcome::as_str,
        )?,
        started: column!(capture.started).parse(&text("started")?)?,
        finished: column!(capture.finished).parse(&text("finished")?)?,
        not_seen: column!(capture.not_seen).count(row.get("not_seen")?)?,
        complete: row.get("complete")?,
        coverage: column!(capture.coverage).json(&text("coverage")?)?,
        error: row.get("error")?,
    })
}

fn insert_capture(db: &Transaction<'_>, c: &NewCapture<'_>) -> Result<i64, Error> {
    db.prepare_cached(
        "INSERT INTO capture (id, account, reason, outcome, entire, started, finished, new, changed, unchanged,
         not_seen, complete, coverage, error) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
    )?
    .execute(params![
        c.id.0.as_bytes(),
        c.account.as_str(),
        c.reason.as_str(),
        c.outcome.as_str(),
        c.entire,
        value::time(c.started),
        value::time(c.finished),
        c.new,
        c.changed,
        c.unchanged,
        c.absent.len(),
        c.error.is_none() && c.coverage.is_complete(),
        value::json("coverage", c.coverage)?,
        c.error,
    ])?;
    Ok(db.last_insert_rowid())
}

/// Each bag with its leaf; gives the rows in the order of the bags.
fn insert_bags(
    db: &Transaction<'_>,
    c: &NewCapture<'_>,
    capture_row: i64,
) -> Result<Vec<i64>, Error> {
    let leaves: Vec<Leaf> = c
        .bags
        .iter()
        .map(|bag| Leaf::Capture { c: bag.commitment })
        .collect();
    let first = leaf::append(db, &leaves)?;
    let mut statement = db.prepare_cached(
        "INSERT INTO bag (id, capture, kind, committee, commitment, leaf, bytes, files, pdf)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?;
    (first..)
        .zip(c.bags)
        .map(|(leaf, bag)| {
            statement.execute(params![
                bag.id.0.as_bytes(),
                capture_row,
                bag.kind.as_str(),
                c.committee,
                bag.commitment.0,
                leaf,
                bag.bytes,
                bag.files,
                bag.pdf,
            ])?;
            Ok(db.last_insert_rowid())
        })
        .collect()
}

/// A known record's rows, and what its newest version is.
struct Latest {
    record: i64,
    version: i64,
    number: i64,
    digest: [u8; 32],
    visibility: String,
}

/// Writes the sightings of one capture; row numbers are counted here, so that a record is written once.
struct Writer<'a> {
    db: &'a Transaction<'a>,
    capture: &'a NewCapture<'a>,
    capture_row: i64,
    bags: Vec<i64>,
    next_record: i64,
    next_version: i64,
    /// Records of this capture by native id, for children to find their parents.
    rows: HashMap<String, i64>,
    /// True when a record was added: it may be the parent that others wait for, or wait for its own.
    added: bool,
    /// True when nothing is known of the account through this door.
    first: bool,
}

impl<'a> Writer<'a> {
    fn new(
        db: &'a Transaction<'a>,
        capture: &'a NewCapture<'a>,
        capture_row: i64,
        bags: Vec<i64>,
    ) -> Result<Self, Error> {
        let next = |sql| db.query_row(sql, [], |row| row.get::<_, i64>(0));
        Ok(Self {
            db,
            capture,
            capture_row,
            bags,
            next_record: next("SELECT coalesce(max(n), 0) + 1 FROM record")?,
            next_version: next("SELECT coalesce(max(n), 0) + 1 FROM version")?,
            rows: HashMap::new(),
            added: false,
            first: !db
                .prepare_cached("SELECT 1 FROM record_alias WHERE account = ?1 AND door = ?2")?
                .exists((capture.account.as_str(), capture.door))?,
        })
    }

    fn write<'s>(mut self, sightings: impl IntoIterator<Item = Sighting<'s>>) -> Result<(), Error> {
        for sighting in sightings {
            self.write_one(&sighting)?;
        }
        if self.added {
            // Those that wait for a parent are few and stand in an index of their own.
            self.db.execute(
                "UPDATE record SET parent = a.record FROM record_alias a
                 WHERE record.account = ?1 AND record.parent IS NULL AND record.parent_native IS NOT NULL
                 AND a.account = ?1 AND a.door = ?2 AND a.native_id = record.parent_native AND a.record <> record.n",
                params![self.capture.account.as_str(), self.capture.door],
            )?;
        }
        Ok(())
    }

    fn write_one(&mut self, s: &Sighting<'_>) -> Result<(), Error> {
        let native = &s.item.native_id.0;
        // In the account's first capture only what came twice can be known.
        let known = if self.first && !self.rows.contains_key(native) {
            None
        } else {
            self.latest(native)?
        };
        let (record, version) = match known {
            None => {
                let record = self.insert_record(s)?;
                (record, self.insert_version(s, record, 1)?)
            }
            Some(k) if k.digest == s.digest.0 && k.visibility == s.item.visibility.as_str() => {
                if s.place.is_some() && !s.media_missing {
                    self.db
                        .prepare_cached("UPDATE version SET media_missing = 0 WHERE n = ?1 AND media_missing = 1")?
                        .execute([k.version])?;
                }
                (k.record, k.version)
            }
            Some(k) => {
                let version = self.insert_version(s, k.record, k.number + 1)?;
                self.db
                    .prepare_cached(
                        "UPDATE record SET latest = ?2, permalink = coalesce(?3, permalink),
                         published = coalesce(?4, published) WHERE n = ?1",
                    )?
                    .execute(params![
                        k.record,
                        version,
                        s.item.permalink,
                        s.item.published.map(value::time)
                    ])?;
                (k.record, version)
            }
        };
        self.rows.insert(native.clone(), record);
        self.db
            .prepare_cached("INSERT OR IGNORE INTO observation (capture, version) VALUES (?1, ?2)")?
            .execute((self.capture_row, version))?;
        let place = s
            .place
            .as_ref()
            .and_then(|p| self.bags.get(p.bag).map(|bag| (p, *bag)));
        if let Some((place, bag)) = place {
            self.db
                .prepare_cached("INSERT OR IGNORE INTO holding (version, bag, file, page) VALUES (?1, ?2, ?3, ?4)")?
                .execute(params![version, bag, place.file, place.page])?;
        }
        Ok(())
    }

    /// The record of that native id, with its newest version.
    fn latest(&self, native: &str) -> Result<Option<Latest>, Error> {
        Ok(self
            .db
            .prepare_cached(
                "SELECT r.n, v.n, v.number, v.digest, v.visibility FROM record_alias a
                 JOIN record r ON r.n = a.record JOIN version v ON v.n = r.latest
                 WHERE a.account = ?1 AND a.door = ?2 AND a.native_id = ?3",
            )?
            .query_row(
                params![self.capture.account.as_str(), self.capture.door, native],
                |row| {
                    Ok(Latest {
                        record: row.get(0)?,
                        version: row.get(1)?,
                        number: row.get(2)?,
                        digest: row.get(3)?,
                        visibility: row.get(4)?,
                    })
                },
            )
            .optional()?)
    }

    fn insert_record(&mut self, s: &Sighting<'_>) -> Result<i64, Error> {
        let n = self.next_record;
        self.next_record += 1;
        let parent_native = s.item.parent.as_ref().map(|p| p.0.as_str());
        let parent = parent_native.and_then(|p| self.rows.get(p));
        self.added = true;
        self.db
            .prepare_cached(
                "INSERT INTO record (n, id, account, committee, kind, parent, parent_native, permalink, published, latest)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            )?
            .execute(params![
                n,
                s.record.0.as_bytes(),
                self.capture.account.as_str(),
                self.capture.committee,
                s.item.kind.as_str(),
                parent,
                parent_native,
                s.item.permalink,
                s.item.published.map(value::time),
                self.next_version,
            ])?;
        self.db
            .prepare_cached("INSERT INTO record_alias (account, door, native_id, record) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![
                self.capture.account.as_str(),
                self.capture.door,
                s.item.native_id.0,
                n
            ])?;
        Ok(n)
    }

    fn insert_version(&mut self, s: &Sighting<'_>, record: i64, number: i64) -> Result<i64, Error> {
        let n = self.next_version;
        self.next_version += 1;
        let content = &s.item.content;
        self.db
            .prepare_cached(
                "INSERT INTO version (n, record, number, digest, visibility, edited, title, author, text, content,
                 media_missing) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            )?
            .execute(params![
                n,
                record,
                number,
                s.digest.0,
                s.item.visibility.as_str(),
                s.item.edited.map(value::time),
                content.title,
                content.author.as_ref().map(|a| &a.name),
                content.plain_text(),
                value::json(&s.item.native_id.0, content)?,
                s.media_missing,
            ])?;
        Ok(n)
    }
}
