//! What left the archive: each export with its records, its digest in the ledger, and what the receiver said.

use chrono::{DateTime, NaiveDate, Utc};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::value::{self, column};
use super::{Catalog, Committed, Error, NewEvent, event, leaf};
use crate::ledger::Leaf;
use crate::record::{BagId, Digest, ExportId, RecordId};

/// Whom an export is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportKind {
    /// The registrar's diarium.
    Diarium,
    /// The arkivmyndighet, which decides on the records from the receipt on.
    Delivery,
    /// Who asked for public records.
    Disclosure,
}

impl ExportKind {
    const ALL: [Self; 3] = [Self::Diarium, Self::Delivery, Self::Disclosure];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Diarium => "diarium",
            Self::Delivery => "delivery",
            Self::Disclosure => "disclosure",
        }
    }
}

/// A record in an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exported {
    pub record: RecordId,
    /// The number of the version that it stood as.
    pub version: u32,
    /// Of the handling in the bundle, from 1.
    pub number: u32,
}

/// An export whose file is written.
#[derive(Debug, Clone)]
pub struct NewExport<'a> {
    pub id: ExportId,
    pub kind: ExportKind,
    pub committee: &'a str,
    /// `bagit`, `eark-sip`, `folder`
    pub layout: &'a str,
    /// JSON: all that it is made of, so that it can be made again with the same bytes.
    pub request: &'a str,
    /// Name and version of the program.
    pub software: &'a str,
    pub made: DateTime<Utc>,
    pub actor: &'a str,
    /// The file's name, without folders.
    pub name: &'a str,
    pub bytes: u64,
    pub files: u64,
    pub sha256: Digest,
    /// 32 random bytes, used for this alone.
    pub salt: [u8; 32],
    pub records: &'a [Exported],
    /// Bags that are handed over whole.
    pub bags: &'a [BagId],
}

/// An export as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportRow {
    pub id: ExportId,
    pub kind: ExportKind,
    pub committee: String,
    pub layout: String,
    pub request: String,
    pub software: String,
    pub made: DateTime<Utc>,
    pub actor: String,
    pub name: String,
    pub bytes: u64,
    pub files: u64,
    pub sha256: Digest,
    pub records: u64,
    /// What the receiver said last.
    pub receipt: Option<Receipt>,
}

/// What the receiver of an export said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// `received` or `refused`.
    pub what: String,
    pub day: NaiveDate,
    /// Who received it.
    pub by: String,
    pub reference: Option<String>,
    pub note: Option<String>,
}

/// What the ledger says of a file: a digest that cannot be guessed from the file's.
fn salted(salt: &[u8], sha256: &[u8]) -> Digest {
    Digest::of(&[salt, sha256].concat())
}

impl Catalog {
    /// Writes down an export, its records and its leaf.
    ///
    /// # Errors
    /// Those of SQLite, [`Error::NoRecord`]; then nothing is written.
    pub fn add_export(&mut self, new: &NewExport<'_>) -> Result<Committed, Error> {
        let change = self.db.transaction()?;
        let committed = insert(&change, new)?;
        change.commit()?;
        Ok(committed)
    }

    /// An export.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn export(&self, id: ExportId) -> Result<Option<ExportRow>, Error> {
        if !self.has_exports()? {
            return Ok(None);
        }
        let rows = self.export_rows("e.id = ?1", params![id.0.as_bytes()])?;
        Ok(rows.into_iter().next())
    }

    /// All exports, in the order they were made.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn exports(&self) -> Result<Vec<ExportRow>, Error> {
        if !self.has_exports()? {
            return Ok(Vec::new());
        }
        self.export_rows("1", params![])
    }

    /// The exports that a record was in, in the order they were made.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn exports_of(&self, record: RecordId) -> Result<Vec<ExportRow>, Error> {
        if !self.has_exports()? {
            return Ok(Vec::new());
        }
        self.export_rows(
            "e.n IN (SELECT x.export FROM export_record x JOIN record r ON r.n = x.record WHERE r.id = ?1)",
            params![record.0.as_bytes()],
        )
    }

    /// The records of an export, as they stand in it.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn export_records(&self, id: ExportId) -> Result<Vec<Exported>, Error> {
        let mut statement = self.db.prepare_cached(
            "SELECT r.id AS id, x.version, x.number FROM export_record x JOIN record r ON r.n = x.record
             JOIN export e ON e.n = x.export WHERE e.id = ?1 ORDER BY x.number, r.n",
        )?;
        let rows = statement.query_map([id.0.as_bytes()], |row| {
            Ok(Exported {
                record: RecordId(value::uuid(row, "id")?),
                version: row.get("version")?,
                number: row.get("number")?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// What the ledger must say at a leaf of an export; `None`: no export has it.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn export_digest(&self, leaf: u64) -> Result<Option<Digest>, Error> {
        if !self.has_exports()? {
            return Ok(None);
        }
        let found = self
            .db
            .prepare_cached("SELECT salt, sha256 FROM export WHERE leaf = ?1")?
            .query_row([leaf], |row| {
                Ok((row.get::<_, [u8; 32]>(0)?, row.get::<_, [u8; 32]>(1)?))
            })
            .optional()?;
        Ok(found.map(|(salt, sha256)| salted(&salt, &sha256)))
    }

    fn export_rows(
        &self,
        which: &str,
        values: &[&dyn rusqlite::ToSql],
    ) -> Result<Vec<ExportRow>, Error> {
        let mut statement = self.db.prepare_cached(&format!(
            "SELECT e.*, (SELECT count(*) FROM export_record x WHERE x.export = e.n) AS records,
                    p.what AS receipt, p.day, p.by, p.reference, p.note
             FROM export e LEFT JOIN export_receipt p ON p.n = (SELECT max(n) FROM export_receipt WHERE export = e.n)
             WHERE {which} ORDER BY e.n"
        ))?;
        let mut rows = statement.query(values)?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(read(row)?);
        }
        Ok(found)
    }

    fn has_exports(&self) -> Result<bool, Error> {
        Ok(super::migration::format_of(&self.db)? >= 12)
    }
}

/// Within a change of the caller's.
pub(super) fn insert(change: &Connection, new: &NewExport<'_>) -> Result<Committed, Error> {
    let before = leaf::size(change)?;
    let d = salted(&new.salt, &new.sha256.0);
    let told = match new.kind {
        ExportKind::Disclosure => Leaf::Disclosure { d },
        ExportKind::Diarium | ExportKind::Delivery => Leaf::Export { d },
    };
    let index = leaf::append(change, &[told])?;
    change.execute(
            "INSERT INTO export (id, kind, committee, layout, request, software, made, actor, name, bytes, files, sha256, salt, leaf)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
            params![
                new.id.0.as_bytes(),
                new.kind.as_str(),
                new.committee,
                new.layout,
                new.request,
                new.software,
                value::time(new.made),
                new.actor,
                new.name,
                new.bytes,
                new.files,
                new.sha256.0,
                new.salt,
                index,
            ],
        )?;
    let n = change.last_insert_rowid();
    {
        let mut row = change.prepare_cached(
                "INSERT INTO export_record (export, record, version, number) SELECT ?1, n, ?3, ?4 FROM record WHERE id = ?2",
            )?;
        for record in new.records {
            let written = row.execute(params![
                n,
                record.record.0.as_bytes(),
                record.version,
                record.number
            ])?;
            if written == 0 {
                return Err(Error::NoRecord(record.record));
            }
        }
        let mut row =
            change.prepare_cached("INSERT INTO delivered_bag (bag, export) VALUES (?1, ?2)")?;
        for bag in new.bags {
            row.execute(params![bag.0.as_bytes(), n])?;
        }
    }
    let after = serde_json::json!({
        "kind": new.kind.as_str(), "committee": new.committee, "layout": new.layout, "sha256": new.sha256,
        "records": new.records.len(), "bags": new.bags.len(), "bytes": new.bytes,
    });
    let event = NewEvent {
        at: new.made,
        actor: new.actor,
        verb: "export",
        object: &new.id.to_string(),
        before: None,
        after: Some(&after.to_string()),
    };
    event::insert(change, &event)?;
    let after = leaf::size(change)?;
    Ok(Committed {
        ledger: before..after,
    })
}

fn read(row: &Row<'_>) -> Result<ExportRow, Error> {
    let receipt = match row.get::<_, Option<String>>("receipt")? {
        None => None,
        Some(what) => Some(Receipt {
            what,
            day: column!(export_receipt.day).parse(&row.get::<_, String>("day")?)?,
            by: row.get("by")?,
            reference: row.get("reference")?,
            note: row.get("note")?,
        }),
    };
    Ok(ExportRow {
        id: ExportId(value::uuid(row, "id")?),
        kind: column!(export.kind).named(
            &row.get::<_, String>("kind")?,
            &ExportKind::ALL,
            ExportKind::as_str,
        )?,
        committee: row.get("committee")?,
        layout: row.get("layout")?,
        request: row.get("request")?,
        software: row.get("software")?,
        made: column!(export.made).parse(&row.get::<_, String>("made")?)?,
        actor: row.get("actor")?,
        name: row.get("name")?,
        bytes: row.get("bytes")?,
        files: row.get("files")?,
        sha256: value::digest(row, "sha256")?,
        records: row.get("records")?,
        receipt,
    })
}
