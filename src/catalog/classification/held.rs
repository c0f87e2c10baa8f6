//! What keeps a record from being destroyed, whatever its plan says, for `record classify --explain`.

use chrono::NaiveDate;

use crate::catalog::value::column;
use crate::catalog::{Catalog, Error};
use crate::record::RecordId;

/// One thing that holds a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HeldBy {
    /// A hold of a person's.
    Hold {
        number: i64,
        /// record, account, case, search
        scope: String,
        object: String,
        reason: String,
        /// The last day.
        ends: Option<NaiveDate>,
    },
    /// A removal case that is open.
    Removal { designation: String },
}

impl Catalog {
    /// What holds the record on the day. A hold on a saved search is told too: whether the search finds the record is
    /// asked at each gallring.
    ///
    /// # Errors
    /// When it is not in the catalog; those of SQLite; a row that is not of its kind.
    pub fn held_by(&self, record: RecordId, day: NaiveDate) -> Result<Vec<HeldBy>, Error> {
        let row = self.record_row(record)?;
        let mut asked = self.db.prepare_cached(
            "SELECT n, scope, object, reason, ends FROM hold
             WHERE released IS NULL AND (ends IS NULL OR ends >= ?4) AND
             (scope = 'record' AND object = ?1 OR scope = 'account' AND object = ?2 OR scope = 'search' OR scope = 'case'
              AND (object IN (SELECT value FROM record_mark WHERE record = ?3 AND what = 'registered' AND day IS NOT NULL)
                   OR object IN (SELECT m.registered FROM removal m JOIN removal_object o ON o.removal = m.n
                                 WHERE o.record = ?3))) ORDER BY n",
        )?;
        let mut rows = asked.query((record.to_string(), &row.account, row.n, day.to_string()))?;
        let mut held = Vec::new();
        while let Some(row) = rows.next()? {
            let ends: Option<String> = row.get("ends")?;
            held.push(HeldBy::Hold {
                number: row.get("n")?,
                scope: row.get("scope")?,
                object: row.get("object")?,
                reason: row.get("reason")?,
                ends: ends.map(|day| column!(hold.ends).parse(&day)).transpose()?,
            });
        }
        let mut asked = self.db.prepare_cached(
            "SELECT DISTINCT m.designation FROM removal m JOIN removal_object o ON o.removal = m.n
             WHERE o.record = ?1 AND m.closed IS NULL ORDER BY 1",
        )?;
        for designation in asked.query_map([row.n], |row| row.get(0))? {
            held.push(HeldBy::Removal {
                designation: designation?,
            });
        }
        Ok(held)
    }
}
