//! Every mask that a request ever had, also those that were taken back: what was delivered is made again with them.

use super::{DisclosureMask, DisclosureRow};
use crate::catalog::value::{self, column};
use crate::catalog::{Catalog, Error};
use crate::record::RecordId;

impl Catalog {
    /// In the order they were laid.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn every_disclosure_mask(&self, row: &DisclosureRow) -> Result<Vec<DisclosureMask>, Error> {
        let mut statement = self.db.prepare_cached(
            "SELECT m.n, r.id AS id, m.what, m.value, m.provision, m.reason, m.at, m.actor
             FROM disclosure_mask m JOIN record r ON r.n = m.record WHERE m.disclosure = ?1 ORDER BY m.n",
        )?;
        let mut rows = statement.query([row.number])?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            all.push(DisclosureMask {
                number: row.get("n")?,
                record: RecordId(value::uuid(row, "id")?),
                what: row.get("what")?,
                value: row.get("value")?,
                provision: row.get("provision")?,
                reason: row.get("reason")?,
                at: column!(disclosure_mask.at).parse(&row.get::<_, String>("at")?)?,
                actor: row.get("actor")?,
            });
        }
        Ok(all)
    }
}
