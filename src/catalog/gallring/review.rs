//! What may have lost its use without anyone having said so: records whose row waits for the word `inaktuell` (TIB-12).

use chrono::{DateTime, NaiveDate, Utc};
use rusqlite::params;

use super::plans::{ListPlan, ListRow};
use crate::calendar::day_begins;
use crate::catalog::record::read_visibility;
use crate::catalog::value::{self, column};
use crate::catalog::{Catalog, Error};
use crate::record::{AccountId, Kind, RecordId, Visibility};
use crate::retention::{Fate, Medium, Trigger};

/// A record that a person is to look at. No words of it.
#[derive(Debug, Clone)]
pub struct ReviewLine<'a> {
    pub record: RecordId,
    pub account: AccountId,
    pub kind: Kind,
    pub published: Option<DateTime<Utc>>,
    pub address: Option<String>,
    pub visibility: Visibility,
    pub row: &'a ListRow,
    /// The day its account was closed.
    pub closed: Option<NaiveDate>,
}

/// True where something of the row waits for the word `inaktuell`.
fn waits(row: &ListRow) -> bool {
    let waits =
        |fate: &Fate| matches!(fate, Fate::Gallring { from, .. } if *from == Trigger::Inaktuell);
    let copies = &row.row.copies;
    waits(&copies.archive)
        || copies.after_registration.as_ref().is_some_and(waits)
        || matches!(row.row.medium, Medium::Gallring { from, .. } if from == Trigger::Inaktuell)
}

impl Catalog {
    /// The records of the committee's plans that wait for the word `inaktuell`, were published before the day, or stand
    /// on an account that is closed; by row, account and time.
    ///
    /// # Errors
    /// Those of SQLite, a row that is not of its kind, and what `each` returns.
    pub fn for_each_to_review<E: From<Error>>(
        &self,
        committee: &str,
        plans: &[ListPlan],
        before: NaiveDate,
        account: Option<&AccountId>,
        mut each: impl FnMut(&ReviewLine<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut statement = self
            .db
            .prepare_cached(
                "SELECT r.id, r.account, r.kind, r.published, r.permalink, a.closed, v.visibility
                 FROM classification c CROSS JOIN record r ON r.n = c.record JOIN account a ON a.id = r.account
                 JOIN version v ON v.n = r.latest
                 WHERE c.plan_row = ?1 AND r.committee = ?2 AND r.gallring IS NULL
                 AND (c.due IS NULL OR c.medium_due IS NULL)
                 AND (a.closed IS NOT NULL OR r.published < ?3) AND (?4 IS NULL OR r.account = ?4)
                 AND NOT EXISTS (SELECT 1 FROM record_mark m WHERE m.record = r.n AND m.what = 'inaktuell' AND m.day IS NOT NULL
                     AND m.n = (SELECT max(n) FROM record_mark WHERE record = r.n AND what = 'inaktuell'))
                 ORDER BY r.account, r.published, r.n",
            )
            .map_err(Error::from)?;
        let before = value::time(day_begins(before));
        let account = account.map(AccountId::as_str);
        let rows = plans.iter().flat_map(|plan| &plan.rows);
        for row in rows.filter(|row| waits(row)) {
            let values = params![row.n, committee, before, account];
            let mut found = statement.query(values).map_err(Error::from)?;
            while let Some(found) = found.next().map_err(Error::from)? {
                each(&read(found, row)?)?;
            }
        }
        Ok(())
    }
}

fn read<'a>(found: &rusqlite::Row<'_>, row: &'a ListRow) -> Result<ReviewLine<'a>, Error> {
    let kind: String = found.get("kind")?;
    let published: Option<String> = found.get("published")?;
    let closed: Option<String> = found.get("closed")?;
    Ok(ReviewLine {
        record: RecordId(value::uuid(found, "id")?),
        account: column!(record.account).parse(&found.get::<_, String>("account")?)?,
        kind: column!(record.kind).named(&kind, &Kind::ALL, Kind::as_str)?,
        published: published
            .map(|at| column!(record.published).parse(&at))
            .transpose()?,
        address: found.get("permalink")?,
        visibility: read_visibility(&found.get::<_, String>("visibility")?)?,
        row,
        closed: closed
            .map(|day| column!(account.closed).parse(&day))
            .transpose()?,
    })
}
