//! The record whose thread another stands in: the nearest above it that was decided for its thread.

use rusqlite::OptionalExtension as _;

use super::Standing;
use crate::catalog::{Catalog, Error};
use crate::record::RecordId;

/// Nobody's conversation is deeper; and what leads back to itself ends here.
const DEEPEST: usize = 10_000;

/// A record above others.
pub(super) struct Above {
    pub(super) parent: Option<i64>,
    pub(super) committee: String,
    pub(super) standing: Option<Standing>,
}

impl Catalog {
    pub(super) fn above(&self, n: i64) -> Result<Option<Above>, Error> {
        let mut asked = self.db.prepare_cached(&format!(
            "SELECT r.parent, r.committee, {} FROM record r LEFT JOIN classification c ON c.record = r.n WHERE r.n = ?1",
            Standing::COLUMNS
        ))?;
        let found = asked.query_row([n], |row| {
            Ok(Above {
                parent: row.get(0)?,
                committee: row.get(1)?,
                standing: Standing::read(row, 2)?,
            })
        });
        Ok(found.optional()?)
    }

    /// The nearest record above this one that was decided for its thread, of the same committee: one committee's plan
    /// never decides another's records.
    pub(super) fn head_above(&self, n: i64) -> Result<Option<RecordId>, Error> {
        let Some(itself) = self.above(n)? else {
            return Ok(None);
        };
        let mut at = itself.parent;
        for _ in 0..DEEPEST {
            let Some(row) = at else { break };
            let Some(above) = self.above(row)? else { break };
            if row != n
                && above.standing.is_some_and(|s| s.leads())
                && above.committee == itself.committee
            {
                return self.id_of(row).map(Some);
            }
            at = above.parent;
        }
        Ok(None)
    }
}
