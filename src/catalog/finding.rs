//! Findings: what the platform itself said of records that were missed.

use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension as _, Transaction, params};

use super::value::{self, column};
use super::{Catalog, Error, NewCapture, NewEvent, event};
use crate::record::{AccountId, RecordId};

/// What became of one record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub record: RecordId,
    pub asked: DateTime<Utc>,
    /// The newest look that saw it where it stood, besides those that are kept as observations.
    pub seen_until: Option<DateTime<Utc>>,
    pub found: Found,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// The platform says that it is removed, or hidden from the public.
    Vanished {
        change: Vanished,
        /// The platform's answer, as a signal: `404 rest_post_invalid_id`.
        how: String,
        /// Who did it, where the platform tells: `author`, `editor`, `platform`.
        by: Option<&'static str>,
    },
    /// The platform shows it to everyone, whatever the list lacked.
    There,
    /// Not seen, and no answer told for sure; with the reason.
    Unsettled { why: &'static str },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Vanished {
    Removed,
    Hidden,
}

impl Vanished {
    pub const ALL: [Self; 2] = [Self::Removed, Self::Hidden];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Removed => "removed",
            Self::Hidden => "hidden",
        }
    }
}

/// Why a missed record is not settled that the platform still shows.
pub const STILL_THERE: &str = "there";

/// When a record went, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VanishingRow {
    pub change: Vanished,
    pub last_seen: DateTime<Utc>,
    pub first_missed: DateTime<Utc>,
    /// When the platform said so.
    pub confirmed: DateTime<Utc>,
    pub how: String,
    pub by: Option<String>,
    /// When it was seen again. What was hidden and then removed for good has two rows, and neither ends before.
    pub ended: Option<DateTime<Utc>>,
}

/// A record that is missed and of which no answer told for sure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsettled {
    pub asked: DateTime<Utc>,
    pub why: String,
}

impl Catalog {
    /// When the record went and came back, oldest first.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn vanishings(&self, record: RecordId) -> Result<Vec<VanishingRow>, Error> {
        if !self.has_changes()? {
            return Ok(Vec::new());
        }
        let mut statement = self.db.prepare_cached(
            "SELECT g.change, g.last_seen, g.first_missed, g.confirmed, g.how, g.author, g.ended
             FROM vanishing g JOIN record r ON r.n = g.record WHERE r.id = ?1 ORDER BY g.n",
        )?;
        let mut rows = statement.query([record.0.as_bytes()])?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            let text = |name: &str| row.get::<_, String>(name);
            let ended = row.get::<_, Option<String>>("ended")?;
            all.push(VanishingRow {
                change: column!(vanishing.change).named(
                    &text("change")?,
                    &Vanished::ALL,
                    Vanished::as_str,
                )?,
                last_seen: column!(vanishing.last_seen).parse(&text("last_seen")?)?,
                first_missed: column!(vanishing.first_missed).parse(&text("first_missed")?)?,
                confirmed: column!(vanishing.confirmed).parse(&text("confirmed")?)?,
                how: text("how")?,
                by: row.get("author")?,
                ended: ended
                    .map(|t| column!(vanishing.ended).parse(&t))
                    .transpose()?,
            });
        }
        Ok(all)
    }

    /// Why it is not known whether the missed record is gone, when that was asked in vain.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn not_settled(&self, record: RecordId) -> Result<Option<Unsettled>, Error> {
        if !self.has_changes()? {
            return Ok(None);
        }
        let row = self
            .db
            .prepare_cached(
                "SELECT s.asked, s.why FROM not_settled s JOIN record r ON r.n = s.record WHERE r.id = ?1",
            )?
            .query_row([record.0.as_bytes()], |row| {
                Ok((row.get::<_, String>(0)?, row.get(1)?))
            })
            .optional()?;
        row.map(|(asked, why)| {
            Ok(Unsettled {
                asked: column!(not_settled.asked).parse(&asked)?,
                why,
            })
        })
        .transpose()
    }
}

/// Writes what was found, and ends what was seen again. Stands after the capture's sightings and absences.
pub(super) fn write(
    db: &Transaction<'_>,
    capture: &NewCapture<'_>,
    capture_row: i64,
) -> Result<(), Error> {
    let finished = value::time(capture.finished);
    const SEEN: &str =
        "SELECT 1 FROM version v JOIN observation o ON o.version = v.n AND o.capture = ?2";
    // From the few that went: `+` keeps SQLite from walking all the account's records.
    db.prepare_cached(&format!(
        "UPDATE vanishing SET ended = ?3 WHERE ended IS NULL AND record IN
         (SELECT g.record FROM vanishing g JOIN record r ON r.n = g.record
          WHERE g.ended IS NULL AND +r.account = ?1 AND EXISTS ({SEEN} WHERE v.record = r.n))"
    ))?
    .execute(params![capture.account.as_str(), capture_row, finished])?;
    db.prepare_cached(&format!(
        "DELETE FROM not_settled WHERE record IN
         (SELECT s.record FROM not_settled s JOIN record r ON r.n = s.record
          WHERE +r.account = ?1 AND EXISTS ({SEEN} WHERE v.record = r.n))"
    ))?
    .execute(params![capture.account.as_str(), capture_row])?;
    write_all(db, capture.account, capture.actor, capture.findings)
}

/// Writes what was found of records that are missed already.
pub(super) fn write_all(
    db: &Transaction<'_>,
    account: &AccountId,
    actor: &str,
    findings: &[Finding],
) -> Result<(), Error> {
    for finding in findings {
        write_one(db, account, actor, finding)?;
    }
    Ok(())
}

fn write_one(
    db: &Transaction<'_>,
    account: &AccountId,
    actor: &str,
    finding: &Finding,
) -> Result<(), Error> {
    let row: Option<i64> = db
        .prepare_cached("SELECT n FROM record WHERE id = ?1")?
        .query_row([finding.record.0.as_bytes()], |row| row.get(0))
        .optional()?;
    let row = row.ok_or(Error::NoRecord(finding.record))?;
    let asked = value::time(finding.asked);
    let not_settled = |why: &str| {
        db.prepare_cached(
            "INSERT OR REPLACE INTO not_settled (record, asked, why) VALUES (?1, ?2, ?3)",
        )?
        .execute(params![row, asked, why])
    };
    let (change, how, by) = match &finding.found {
        Found::Unsettled { why } => {
            not_settled(why)?;
            return Ok(());
        }
        Found::There => {
            not_settled(STILL_THERE)?;
            db.prepare_cached(
                "UPDATE vanishing SET ended = ?2 WHERE record = ?1 AND ended IS NULL",
            )?
            .execute(params![row, asked])?;
            return Ok(());
        }
        Found::Vanished { change, how, by } => (*change, how, *by),
    };
    db.prepare_cached("DELETE FROM not_settled WHERE record = ?1")?
        .execute([row])?;
    let told_before = db
        .prepare_cached(
            "UPDATE vanishing SET asked = ?3 WHERE record = ?1 AND change = ?2 AND ended IS NULL",
        )?
        .execute(params![row, change.as_str(), asked])?;
    if told_before > 0 {
        return Ok(());
    }
    let (seen, missed): (Option<String>, Option<String>) = db
        .prepare_cached(
            "WITH seen (capture) AS (SELECT max((SELECT max(capture) FROM observation WHERE version = v.n))
                                     FROM version v WHERE v.record = ?1)
             SELECT (SELECT finished FROM capture, seen WHERE n = seen.capture),
                    (SELECT min(c.finished) FROM absence a JOIN capture c ON c.n = a.capture, seen
                     WHERE a.record = ?1 AND a.capture > seen.capture)",
        )?
        .query_row([row], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let first_missed = missed.unwrap_or_else(|| asked.clone());
    let last_seen = seen
        .into_iter()
        .chain(finding.seen_until.map(value::time))
        .max()
        .unwrap_or_else(|| first_missed.clone());
    db.prepare_cached(
        "INSERT INTO vanishing (record, change, last_seen, first_missed, confirmed, how, author, asked)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?5)",
    )?
    .execute(params![
        row,
        change.as_str(),
        last_seen,
        first_missed,
        asked,
        how,
        by
    ])?;
    let after = serde_json::json!({ "account": account, "last_seen": last_seen,
        "first_missed": first_missed, "how": how, "by": by });
    let verb = match change {
        Vanished::Removed => "watch removed",
        Vanished::Hidden => "watch hidden",
    };
    event::insert(
        db,
        &NewEvent {
            at: finding.asked,
            actor,
            verb,
            object: &finding.record.to_string(),
            before: None,
            after: Some(&after.to_string()),
        },
    )
}
