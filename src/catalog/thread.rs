//! A thread: a record with all that answers it, as people read it.

use rusqlite::params;

use super::value;
use super::{Catalog, Error};
use crate::record::RecordId;

impl Catalog {
    /// The record and what answers it, in reading order, each with its depth below the record. What was destroyed, or is
    /// locked by an emergency, is left out, and what answers it stands in its place.
    ///
    /// # Errors
    /// [`Error::NoRecord`]; those of SQLite.
    pub fn thread(&self, record: RecordId) -> Result<Vec<(RecordId, usize)>, Error> {
        let mut below = self.db.prepare_cached(
            "SELECT n, id, latest IS NOT NULL AS stands FROM record WHERE parent = ?1 ORDER BY published DESC, n DESC",
        )?;
        let top = self.record_row(record)?.n;
        let mut thread = Vec::new();
        let mut seen = std::collections::HashSet::new();
        let mut open = vec![(top, record, true, 0)];
        while let Some((n, id, stands, depth)) = open.pop() {
            if !seen.insert(n) {
                continue;
            }
            if stands {
                thread.push((id, depth));
            }
            let mut rows = below.query(params![n])?;
            while let Some(row) = rows.next()? {
                let id = RecordId(value::uuid(row, "id")?);
                let depth = depth + usize::from(stands);
                open.push((row.get("n")?, id, row.get("stands")?, depth));
            }
        }
        Ok(thread)
    }
}
