//! The records of a request with what was decided of each, and the requests that a record was in.

use chrono::{DateTime, NaiveDate, Utc};
use rusqlite::params;
use serde::Serialize;

use super::{DisclosureDecision, DisclosureRow};
use crate::catalog::value::{self, column};
use crate::catalog::{Catalog, Error};
use crate::record::{AccountId, Kind, RecordId};

/// A record of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisclosureRecord {
    pub record: RecordId,
    pub account: AccountId,
    pub kind: Kind,
    pub published: Option<DateTime<Utc>>,
    /// Whether a version of it was not public: it is released only with an assessment of its own.
    pub restricted: bool,
    /// Whether it was destroyed, or is locked by an emergency, since it came into the request.
    pub gone: bool,
    pub decision: Option<DisclosureDecision>,
    /// The newest version when it was reviewed.
    pub version: Option<u32>,
    /// The newest version now.
    pub newest: u32,
    pub provision: Option<String>,
    pub reason: Option<String>,
    pub reviewed: Option<DateTime<Utc>>,
    pub reviewer: Option<String>,
    /// Masks that stand.
    pub masks: u32,
}

impl DisclosureRecord {
    /// What was decided, of all its versions. `None` where it was not reviewed, or has changed since.
    pub fn decided(&self) -> Option<DisclosureDecision> {
        self.decision
            .filter(|_| self.version.is_some_and(|version| version >= self.newest))
    }

    /// Whether it waits for a review.
    pub fn is_to_review(&self) -> bool {
        !self.gone && self.decided().is_none()
    }
}

/// How many records of a request stand how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct DisclosureCounts {
    pub records: u64,
    /// Not reviewed yet, or changed since.
    pub unreviewed: u64,
    pub release: u64,
    pub mask: u64,
    pub withhold: u64,
    pub outside: u64,
    /// Not public, of all.
    pub restricted: u64,
    /// Destroyed or locked since.
    pub gone: u64,
}

impl DisclosureCounts {
    pub fn of(records: &[DisclosureRecord]) -> Self {
        let mut counts = Self::default();
        for record in records {
            counts.records += 1;
            counts.restricted += u64::from(record.restricted);
            if record.gone {
                counts.gone += 1;
                continue;
            }
            match record.decided() {
                None => counts.unreviewed += 1,
                Some(DisclosureDecision::Release) => counts.release += 1,
                Some(DisclosureDecision::Mask) => counts.mask += 1,
                Some(DisclosureDecision::Withhold) => counts.withhold += 1,
                Some(DisclosureDecision::Outside) => counts.outside += 1,
            }
        }
        counts
    }

    /// Handed out, whole or in part.
    pub fn given(&self) -> u64 {
        self.release + self.mask
    }

    /// Refused, whole or in part.
    pub fn refused(&self) -> u64 {
        self.mask + self.withhold
    }
}

/// That a record was in a request, as its history tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InDisclosure {
    /// `U-2026-0001`
    pub designation: String,
    pub decision: Option<DisclosureDecision>,
    /// The day it was last delivered; `None`: not yet.
    pub delivered: Option<NaiveDate>,
    pub open: bool,
}

impl Catalog {
    /// The records of a request, oldest first.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn disclosure_records(&self, row: &DisclosureRow) -> Result<Vec<DisclosureRecord>, Error> {
        let mut statement = self.db.prepare_cached(
            "SELECT r.id AS id, r.account, r.kind, r.published, r.latest IS NULL AS gone,
                    EXISTS (SELECT 1 FROM version v WHERE v.record = r.n AND v.visibility <> 'public') AS restricted,
                    coalesce((SELECT max(number) FROM version v WHERE v.record = r.n), 0) AS newest,
                    x.decision, x.version, x.provision, x.reason, x.reviewed, x.reviewer,
                    (SELECT count(*) FROM disclosure_mask m WHERE m.disclosure = x.disclosure AND m.record = x.record
                     AND m.withdrawn IS NULL) AS masks
             FROM disclosure_record x JOIN record r ON r.n = x.record WHERE x.disclosure = ?1
             ORDER BY r.published IS NULL, r.published, r.n",
        )?;
        let mut rows = statement.query([row.number])?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            let text = |name: &str| row.get::<_, String>(name);
            let maybe = |name: &str| row.get::<_, Option<String>>(name);
            all.push(DisclosureRecord {
                record: RecordId(value::uuid(row, "id")?),
                account: column!(record.account).parse(&text("account")?)?,
                kind: column!(record.kind).named(&text("kind")?, &Kind::ALL, Kind::as_str)?,
                published: maybe("published")?
                    .map(|at| column!(record.published).parse(&at))
                    .transpose()?,
                restricted: row.get("restricted")?,
                gone: row.get("gone")?,
                decision: maybe("decision")?
                    .map(|said| read_decision(&said))
                    .transpose()?,
                version: row.get("version")?,
                newest: row.get("newest")?,
                provision: row.get("provision")?,
                reason: row.get("reason")?,
                reviewed: maybe("reviewed")?
                    .map(|at| column!(disclosure_record.reviewed).parse(&at))
                    .transpose()?,
                reviewer: row.get("reviewer")?,
                masks: row.get("masks")?,
            });
        }
        Ok(all)
    }

    /// The requests that a record is or was in, oldest first.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn disclosures_of(&self, record: RecordId) -> Result<Vec<InDisclosure>, Error> {
        if !self.has_disclosures()? {
            return Ok(Vec::new());
        }
        let mut statement = self.db.prepare_cached(
            "SELECT d.designation, x.decision, d.closed IS NULL AS open,
                    (SELECT max(s.day) FROM disclosure_step s JOIN export_record e ON e.export = s.export
                     WHERE s.disclosure = d.n AND s.what = 'delivered' AND e.record = r.n) AS delivered
             FROM disclosure_record x JOIN disclosure d ON d.n = x.disclosure JOIN record r ON r.n = x.record
             WHERE r.id = ?1 ORDER BY d.n",
        )?;
        let mut rows = statement.query(params![record.0.as_bytes()])?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            let maybe = |name: &str| row.get::<_, Option<String>>(name);
            let decision = maybe("decision")?
                .map(|said| read_decision(&said))
                .transpose()?;
            let delivered = maybe("delivered")?
                .map(|day| column!(disclosure_step.day).parse(&day))
                .transpose()?;
            all.push(InDisclosure {
                designation: row.get("designation")?,
                decision,
                delivered: delivered.filter(|_| decision.is_some_and(DisclosureDecision::is_given)),
                open: row.get("open")?,
            });
        }
        Ok(all)
    }
}

fn read_decision(said: &str) -> Result<DisclosureDecision, Error> {
    column!(disclosure_record.decision).named(
        said,
        &DisclosureDecision::ALL,
        DisclosureDecision::as_str,
    )
}
