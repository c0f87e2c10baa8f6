//! Captures: what one look at an account found, with its bags, versions, observations and leaves, in one transaction.

use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension as _, Row, Transaction, params};

use super::finding::{self, Finding};
use super::sighting::{Sighting, Writer};
use super::value::{self, column};
use super::watch::{self, NewWatch};
use super::{
    Catalog, Error, NewEvent, NewImport, NewLook, Settles, event, import, leaf, look, search,
    timetable,
};
use crate::ledger::Leaf;
use crate::record::{
    AccountId, BagId, BagKind, CaptureId, Coverage, Digest, Outcome, Reason, RecordId,
};

/// A capture to be written.
#[derive(Debug)]
pub struct NewCapture<'a> {
    pub id: CaptureId,
    pub account: &'a AccountId,
    /// The account's name as the platform told it, if it was reached.
    pub account_name: Option<&'a str>,
    pub committee: &'a str,
    /// The way in: aliases are unique within account and door. `None` when no records were read.
    pub door: Option<&'a str>,
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
    /// How the look at the page ended, if one was taken.
    pub look: Option<NewLook<'a>>,
    /// Records that a complete reading did not show.
    pub absent: &'a [RecordId],
    /// What the platform said of records that were missed.
    pub findings: &'a [Finding],
    /// How the watch that took it stands.
    pub watch: Option<&'a NewWatch<'a>>,
    /// What it counts for in the timetable; `None` for one taken by hand, and for one that failed.
    pub settles: Option<&'a Settles>,
    /// Files that people brought and that are records now.
    pub imported: &'a [NewImport<'a>],
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
    /// The level of its PDF, such as `PDF/A-1a, PDF/UA-1`; `None` when no level was reached.
    pub pdf: Option<String>,
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
    /// `None` for a document of a decision, behind which no capture stands.
    pub kind: Option<BagKind>,
    pub account: Option<AccountId>,
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
        const LARGE: usize = 1000;
        let sightings = sightings.into_iter();
        if sightings.size_hint().0 < LARGE {
            return self.commit(capture, sightings);
        }
        self.with_large_cache(|catalog| catalog.commit(capture, sightings))
    }

    fn commit<'a>(
        &mut self,
        capture: &NewCapture<'_>,
        sightings: impl Iterator<Item = Sighting<'a>>,
    ) -> Result<Committed, Error> {
        if self.account(capture.account)?.is_none() {
            return Err(Error::NoAccount(capture.account.clone()));
        }
        // Unchecked, so that what was written can be classified through the catalog itself.
        let change = self.db.unchecked_transaction()?;
        let capture_row = insert_capture(&change, capture)?;
        let before = leaf::size(&change)?;
        let bags = insert_bags(&change, capture, capture_row)?;
        if let Some(look) = &capture.look {
            look::insert(&change, look, capture_row, &bags)?;
        }
        if let Some(door) = capture.door {
            let written =
                Writer::new(&change, capture, capture_row, door, bags)?.write(sightings)?;
            self.classify_captured(capture, &written)?;
            search::change(&change, |index| {
                index.add_versions(written.first_version, &written.moved)
            })?;
        }
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
        finding::write(&change, capture, capture_row)?;
        if let Some(watch) = capture.watch {
            watch::write(&change, capture.account, watch)?;
        }
        import::insert(&change, capture, capture_row)?;
        if let Some(settles) = capture.settles {
            timetable::settle(&change, settles, capture.account, capture.finished)?;
        }
        let came_to = serde_json::json!({ "account": capture.account, "reason": capture.reason,
            "outcome": capture.outcome, "bags": capture.bags.len() });
        let event = NewEvent {
            at: capture.finished,
            actor: capture.actor,
            verb: "snapshot",
            object: &capture.id.to_string(),
            before: None,
            after: Some(&came_to.to_string()),
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

    /// The newest capture of the account that sealed records, if any.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn last_sealed(&self, account: &AccountId) -> Result<Option<CaptureRow>, Error> {
        self.last_capture(
            account,
            "outcome = 'sealed' AND reason <> 'import' AND EXISTS (SELECT 1 FROM bag WHERE bag.capture = capture.n AND kind <> 'page')",
        )
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
        let mut statement = self.db.prepare_cached(&format!("{BAG} ORDER BY leaf"))?;
        let rows = statement.query_map([], |row| Ok(read_bag(row)))?;
        rows.map(|row| row?).collect()
    }

    /// Those of the bags that have no row. They come in rising order of their ids, and are merged with the index as
    /// both are read, so that memory holds only what is returned. Out of order, some that have a row may be among them.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn without_row(&self, bags: impl IntoIterator<Item = BagId>) -> Result<Vec<BagId>, Error> {
        let mut statement = self
            .db
            .prepare_cached("SELECT id FROM bag UNION ALL SELECT bag FROM document ORDER BY 1")?;
        let mut rows = statement.query_map([], |row| value::uuid(row, "id").map(BagId))?;
        let mut row = rows.next().transpose()?;
        let mut without = Vec::new();
        for bag in bags {
            while row.is_some_and(|id| id < bag) {
                row = rows.next().transpose()?;
            }
            if row != Some(bag) {
                without.push(bag);
            }
        }
        Ok(without)
    }

    /// The bag of that id, if it has a row.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn bag(&self, id: BagId) -> Result<Option<BagRow>, Error> {
        let row = self
            .db
            .prepare_cached(&format!("{BAG} WHERE id = ?1"))?
            .query_row([id.0.as_bytes()], |row| Ok(read_bag(row)))
            .optional()?;
        row.transpose()
    }
}

const BAG: &str =
    "SELECT * FROM (SELECT bag.id AS id, bag.kind AS kind, account, committee, commitment, leaf, bytes, files, pdf
                    FROM bag JOIN capture ON capture.n = bag.capture
                    UNION ALL
                    SELECT bag, NULL, NULL, committee, commitment, leaf, bytes, files, pdf FROM document)";

fn read_bag(row: &Row<'_>) -> Result<BagRow, Error> {
    Ok(BagRow {
        id: BagId(value::uuid(row, "id")?),
        kind: row
            .get::<_, Option<String>>("kind")?
            .map(|kind| column!(bag.kind).named(&kind, &BagKind::ALL, BagKind::as_str))
            .transpose()?,
        account: row
            .get::<_, Option<String>>("account")?
            .map(|account| column!(capture.account).parse(&account))
            .transpose()?,
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
         not_seen, complete, coverage, error, door)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
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
        c.door,
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
