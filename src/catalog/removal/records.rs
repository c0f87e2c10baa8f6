//! What a case makes of its records: what they are by the plan's rules of categories, and that they are registered.

use chrono::{DateTime, NaiveDate, Utc};
use rusqlite::params;

use super::{Removal, number};
use crate::calendar::local_date;
use crate::catalog::value::{self, column};
use crate::catalog::{Catalog, Error, MarkKind, NewMark, Scope};
use crate::record::RecordId;

/// A record that has the case's diarienummer still to get.
struct Unmarked {
    record: RecordId,
    registered: String,
    day: NaiveDate,
}

impl Catalog {
    /// Lets the records of a case be what its category makes them by the plan, and gives them its diarienummer; those of
    /// the same samlingsärende too. What is done is not done again, and what a person decided stands.
    ///
    /// # Errors
    /// [`Error::Plan`]; those of SQLite; a row that is not of its kind.
    pub fn settle_records_of(
        &mut self,
        case: &Removal,
        actor: &str,
        at: DateTime<Utc>,
    ) -> Result<(), Error> {
        let records = self.records_of(case)?;
        if !records.is_empty() && !self.plans(None)?.is_empty() {
            self.classify_by_rules(Scope::Records(&records), true, false, actor, at)?;
        }
        for unmarked in self.to_register(case)? {
            let mark = NewMark {
                what: MarkKind::Registered,
                value: Some(&unmarked.registered),
                day: Some(unmarked.day),
                actor,
                at,
            };
            self.mark_records(&[unmarked.record], &mark)?;
        }
        Ok(())
    }

    /// The records of a case that still are.
    fn records_of(&self, case: &Removal) -> Result<Vec<RecordId>, Error> {
        let mut asked = self.db.prepare_cached(
            "SELECT DISTINCT r.id FROM removal_object o JOIN record r ON r.n = o.record
             WHERE o.removal = ?1 AND r.gallring IS NULL AND r.latest IS NOT NULL ORDER BY r.n",
        )?;
        let found = asked.query_map([number(case.number)?], |row| {
            Ok(RecordId(value::uuid(row, "id")?))
        })?;
        Ok(found.collect::<Result<_, _>>()?)
    }

    /// Those that never had the diarienummer of their case. One that a person took back stays so.
    fn to_register(&self, case: &Removal) -> Result<Vec<Unmarked>, Error> {
        let mut asked = self.db.prepare_cached(
            "SELECT DISTINCT r.id, r.published, m.registered,
                 (SELECT s.at FROM removal_step s WHERE s.removal = m.n AND s.what = 'registered'
                  ORDER BY s.n DESC LIMIT 1) AS day
             FROM removal m JOIN removal_object o ON o.removal = m.n JOIN record r ON r.n = o.record
             WHERE (m.n = ?1 OR m.collected = ?2 AND m.committee = ?3) AND m.registered IS NOT NULL
               AND r.gallring IS NULL AND r.latest IS NOT NULL
               AND NOT EXISTS (SELECT 1 FROM record_mark k WHERE k.record = r.n AND k.what = 'registered'
                               AND k.value = m.registered)
             ORDER BY m.n, o.n",
        )?;
        let mut rows = asked.query(params![
            number(case.number)?,
            case.collected,
            case.committee
        ])?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            let day = |name: &str, column: value::Column| -> Result<Option<NaiveDate>, Error> {
                let at: Option<String> = row.get(name)?;
                let at: Option<DateTime<Utc>> = at.map(|at| column.parse(&at)).transpose()?;
                Ok(at.map(local_date))
            };
            let Some(registered) = day("day", column!(removal_step.at))? else {
                continue;
            };
            // Nothing is registered before it is, and a day too early would let it go too early.
            let published = day("published", column!(record.published))?;
            all.push(Unmarked {
                record: RecordId(value::uuid(row, "id")?),
                registered: row.get("registered")?,
                day: published.map_or(registered, |published| registered.max(published)),
            });
        }
        Ok(all)
    }
}
