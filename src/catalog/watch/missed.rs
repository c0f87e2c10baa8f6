//! Missed: known records that a list should show, and what may have become of those that it did not.

use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension as _, params};

use super::super::record::NOT_SEEN;
use super::super::value::{self, column};
use super::super::{Catalog, Error, Known};
use crate::record::{AccountId, Kind, NativeId, RecordId, Visibility};

/// A record that a look missed, with what the platform is asked by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missed {
    pub record: RecordId,
    pub native_id: NativeId,
    pub kind: Kind,
    pub permalink: Option<String>,
    pub parent: Option<NativeId>,
    pub visibility: Visibility,
}

/// Said to be removed, and not seen since.
const REMOVED: &str = "EXISTS (SELECT 1 FROM vanishing g WHERE g.record = r.n AND g.ended IS NULL AND g.change = 'removed')";

const MISSED: &str = "SELECT r.id, a.native_id, r.kind, r.permalink, r.parent_native, v.visibility FROM record r
     JOIN version v ON v.n = r.latest JOIN record_alias a ON a.record = r.n AND a.account = ?1 AND a.door = ?2";

impl Catalog {
    /// What is known of one item, as [`Catalog::known`] tells it of all.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn known_one(
        &self,
        account: &AccountId,
        door: &str,
        native: &NativeId,
    ) -> Result<Option<Known>, Error> {
        self.known_by(account, door, Some(native))
            .map(|mut known| known.remove(native))
    }

    /// True when the newest version through that door was last changed at that time, and lacks no media.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn is_current(
        &self,
        account: &AccountId,
        door: &str,
        native: &NativeId,
        edited: Option<DateTime<Utc>>,
    ) -> Result<bool, Error> {
        let held: Option<Option<String>> = self
            .db
            .prepare_cached(&format!(
                "SELECT v.edited FROM record_alias a JOIN record r ON r.n = a.record JOIN version v ON v.n = r.latest
                 WHERE a.account = ?1 AND a.door = ?2 AND a.native_id = ?3 AND (v.door IS NULL OR v.door = ?2)
                 AND v.media_missing = 0 AND NOT {NOT_SEEN}
                 AND NOT EXISTS (SELECT 1 FROM vanishing g WHERE g.record = r.n AND g.ended IS NULL)"
            ))?
            .query_row(params![account.as_str(), door, native.0], |row| row.get(0))
            .optional()?;
        Ok(held == Some(edited.map(value::time)))
    }

    /// Records of the account through that door that were published then or later, of one kind.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn published_since(
        &self,
        account: &AccountId,
        door: &str,
        kind: Kind,
        since: Option<DateTime<Utc>>,
    ) -> Result<Vec<Missed>, Error> {
        let since = since.map_or_else(String::new, value::time);
        // Those that are known to have gone are asked about no more.
        let sql = format!(
            "{MISSED} WHERE r.account = ?1 AND r.published >= ?3 AND r.kind = ?4
             AND NOT EXISTS (SELECT 1 FROM vanishing g WHERE g.record = r.n AND g.ended IS NULL)"
        );
        let mut statement = self.db.prepare_cached(&sql)?;
        let rows = statement.query(params![account.as_str(), door, since, kind.as_str()])?;
        read_missed(rows)
    }

    /// When the record was published, where that is told.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn published(&self, record: RecordId) -> Result<Option<DateTime<Utc>>, Error> {
        let published: Option<Option<String>> = self
            .db
            .prepare_cached("SELECT published FROM record WHERE id = ?1")?
            .query_row([record.0.as_bytes()], |row| row.get(0))
            .optional()?;
        let published = published.flatten();
        published
            .map(|t| column!(record.published).parse(&t))
            .transpose()
    }

    /// Records that a complete reading missed since they were last seen, and of which the platform has not said that
    /// they are removed: those never asked about first, then those asked longest ago, before `asked_before`; what gave no
    /// sign either way, before `seldom`. Last what is hidden, asked before `seldom`: it may be removed for good, or shown.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn unsettled(
        &self,
        account: &AccountId,
        door: &str,
        asked_before: DateTime<Utc>,
        seldom: DateTime<Utc>,
        limit: u32,
    ) -> Result<Vec<Missed>, Error> {
        let sql = format!(
            "{MISSED} LEFT JOIN not_settled s ON s.record = r.n
             LEFT JOIN vanishing h ON h.record = r.n AND h.ended IS NULL AND h.change = 'hidden'
             WHERE r.n IN (SELECT record FROM absence) AND +r.account = ?1 AND {NOT_SEEN} AND NOT {REMOVED}
             AND (s.asked IS NULL OR s.asked < CASE WHEN s.why IN ('no-sign', 'there') THEN ?5 ELSE ?3 END)
             AND (h.asked IS NULL OR h.asked < ?5)
             ORDER BY h.n IS NOT NULL, coalesce(s.asked, h.asked), r.n LIMIT ?4"
        );
        let mut statement = self.db.prepare_cached(&sql)?;
        let (asked, seldom) = (value::time(asked_before), value::time(seldom));
        let rows = statement.query(params![account.as_str(), door, asked, limit, seldom])?;
        read_missed(rows)
    }

    /// Those of the records that the platform has not said are removed: those never asked about first, then those asked
    /// longest ago, and last what is hidden.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn not_vanished(
        &self,
        account: &AccountId,
        door: &str,
        records: &[RecordId],
    ) -> Result<Vec<Missed>, Error> {
        let mut statement = self
            .db
            .prepare_cached(&format!("{MISSED} WHERE r.id = ?3 AND NOT {REMOVED}"))?;
        let mut asked = self.db.prepare_cached(
            "SELECT h.n IS NOT NULL, coalesce(s.asked, h.asked) FROM record r LEFT JOIN not_settled s ON s.record = r.n
             LEFT JOIN vanishing h ON h.record = r.n AND h.ended IS NULL AND h.change = 'hidden' WHERE r.id = ?1",
        )?;
        let mut missed = Vec::new();
        for record in records {
            let id = record.0.as_bytes();
            let rows = statement.query(params![account.as_str(), door, id])?;
            for one in read_missed(rows)? {
                let turn: (bool, Option<String>) =
                    asked.query_row([id], |row| Ok((row.get(0)?, row.get(1)?)))?;
                missed.push((turn, one));
            }
        }
        missed.sort_by(|(a, _), (b, _)| a.cmp(b));
        Ok(missed.into_iter().map(|(_, one)| one).collect())
    }

    /// True when the platform said that the record is there and the public cannot see it, and nothing else since.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn is_hidden(&self, record: RecordId) -> Result<bool, Error> {
        Ok(self
            .db
            .prepare_cached(&format!(
                "SELECT 1 FROM record r JOIN vanishing h ON h.record = r.n AND h.ended IS NULL AND h.change = 'hidden'
                 WHERE r.id = ?1 AND NOT {REMOVED}"
            ))?
            .exists([record.0.as_bytes()])?)
    }

    /// The newest public records of one kind that nothing says are gone: what is asked for to tell that the platform
    /// answers as it should.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn controls(
        &self,
        account: &AccountId,
        door: &str,
        kind: Kind,
        limit: u32,
    ) -> Result<Vec<Missed>, Error> {
        let sql = format!(
            "{MISSED} WHERE r.account = ?1 AND r.kind = ?3 AND v.visibility = 'public' AND NOT {NOT_SEEN}
             AND NOT EXISTS (SELECT 1 FROM vanishing g WHERE g.record = r.n AND g.ended IS NULL)
             ORDER BY r.published DESC, r.n DESC LIMIT ?4"
        );
        let mut statement = self.db.prepare_cached(&sql)?;
        let rows = statement.query(params![account.as_str(), door, kind.as_str(), limit])?;
        read_missed(rows)
    }

    /// True when the newest reading that could have shown the record did not, or the platform said that it is gone.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn is_missed(&self, record: RecordId) -> Result<bool, Error> {
        Ok(self
            .db
            .prepare_cached(&format!(
                "SELECT 1 FROM record r WHERE r.id = ?1 AND ({NOT_SEEN}
                 OR EXISTS (SELECT 1 FROM vanishing g WHERE g.record = r.n AND g.ended IS NULL))"
            ))?
            .exists([record.0.as_bytes()])?)
    }
}

fn read_missed(mut rows: rusqlite::Rows<'_>) -> Result<Vec<Missed>, Error> {
    let mut missed = Vec::new();
    while let Some(row) = rows.next()? {
        let text = |name: &str| row.get::<_, String>(name);
        missed.push(Missed {
            record: RecordId(value::uuid(row, "id")?),
            native_id: NativeId(text("native_id")?),
            kind: column!(record.kind).named(&text("kind")?, &Kind::ALL, Kind::as_str)?,
            permalink: row.get("permalink")?,
            parent: row.get::<_, Option<String>>("parent_native")?.map(NativeId),
            visibility: column!(version.visibility).named(
                &text("visibility")?,
                &Visibility::ALL,
                Visibility::as_str,
            )?,
        });
    }
    Ok(missed)
}
