//! Stubs: what is left of a record that was destroyed. That it was, by which decision, and nothing that it said.

use chrono::{DateTime, NaiveDate, Utc};
use rusqlite::OptionalExtension as _;
use serde::Serialize;

use super::value::{self, column};
use super::{Catalog, DocumentNumber, Error, MarkKind};
use crate::record::{AccountId, BagId, GallringId, Kind, RecordId};
use crate::retention::RowId;

/// A destroyed record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Stub {
    pub record: RecordId,
    pub account: AccountId,
    pub committee: String,
    pub kind: Kind,
    pub published: Option<DateTime<Utc>>,
    /// Its handlingstyp, in the plan it was decided under; `None`: it went by a decision of its own.
    pub handlingstyp: Option<String>,
    /// The day from which it could go.
    pub due: Option<NaiveDate>,
    pub gallring: GallringId,
    /// When the gallring was ended; `None`: it is being ended.
    pub executed: Option<DateTime<Utc>>,
    /// The bag of the gallringsprotokoll.
    pub protocol: Option<BagId>,
    /// The diarienummer that stood: the copy there may be the one that is kept.
    pub registered: Vec<String>,
    /// The handlingsnummer within them.
    pub documents: Vec<DocumentNumber>,
}

impl Catalog {
    /// The stub of a record, if it was destroyed.
    ///
    /// # Errors
    /// Those of SQLite, a row that is not of its kind, and a plan that cannot be read any more.
    pub fn stub(&self, id: RecordId) -> Result<Option<Stub>, Error> {
        if self.has_no_gallring()? {
            return Ok(None);
        }
        let found = self
            .db
            .prepare_cached(
                "SELECT r.account, r.committee, r.kind, r.published, g.id AS id, g.executed, p.plan, p.id AS row, gr.due
                 FROM record r JOIN gallring g ON g.n = r.gallring
                 LEFT JOIN gallring_record gr ON gr.gallring = g.n AND gr.record = r.n
                 LEFT JOIN plan_row p ON p.n = gr.plan_row WHERE r.id = ?1 AND g.state <> 'locked'",
            )?
            .query_row([id.0.as_bytes()], |row| {
                Ok((
                    row.get::<_, String>("account")?,
                    row.get::<_, String>("committee")?,
                    row.get::<_, String>("kind")?,
                    row.get::<_, Option<String>>("published")?,
                    GallringId(value::uuid(row, "id")?),
                    row.get::<_, Option<String>>("executed")?,
                    row.get::<_, Option<i64>>("plan")?,
                    row.get::<_, Option<String>>("row")?,
                    row.get::<_, Option<String>>("due")?,
                ))
            })
            .optional()?;
        let Some((account, committee, kind, published, gallring, executed, plan, row, due)) = found
        else {
            return Ok(None);
        };
        let handlingstyp = match (plan, row) {
            (Some(plan), Some(row)) => {
                let plan = self.plan(plan)?;
                let found = RowId::try_from(row.clone()).ok();
                let found = found.and_then(|id| plan.row(&id).map(|r| r.handlingstyp.clone()));
                Some(found.map_or(row.clone(), |handlingstyp| format!("{row} {handlingstyp}")))
            }
            _ => None,
        };
        let time =
            |at: Option<String>, column: value::Column| at.map(|at| column.parse(&at)).transpose();
        let protocols = self.documents(&gallring.to_string())?;
        Ok(Some(Stub {
            record: id,
            account: column!(record.account).parse(&account)?,
            committee,
            kind: column!(record.kind).named(&kind, &Kind::ALL, Kind::as_str)?,
            published: time(published, column!(record.published))?,
            handlingstyp,
            due: due
                .map(|due| column!(gallring_record.due).parse(&due))
                .transpose()?,
            gallring,
            executed: time(executed, column!(gallring.executed))?,
            protocol: protocols.last().map(|d| d.bag),
            registered: {
                let numbers = self.marks(id)?.into_iter();
                let numbers = numbers.filter(|m| m.what == MarkKind::Registered);
                numbers.filter_map(|m| m.value).collect()
            },
            documents: self.document_numbers(id)?,
        }))
    }

    /// Holds that a record was not destroyed: nothing is noted of one that was.
    ///
    /// # Errors
    /// [`Error::Destroyed`]; those of [`Catalog::stub`].
    pub fn not_destroyed(&self, id: RecordId) -> Result<(), Error> {
        match self.stub(id)? {
            Some(stub) => Err(Error::Destroyed {
                record: id,
                gallring: stub.gallring,
            }),
            None => Ok(()),
        }
    }

    /// True in a catalog of before there was any, which a reader does not bring up to date.
    pub(super) fn has_no_gallring(&self) -> Result<bool, Error> {
        let found = self
            .db
            .prepare_cached("SELECT 1 FROM sqlite_schema WHERE name = 'gallring'")?
            .exists([])?;
        Ok(!found)
    }
}
