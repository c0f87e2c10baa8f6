//! The bags that a gallring goes into: which they are, what came in their stead, and when the last byte was gone.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use rusqlite::{Transaction, params};
use uuid::Uuid;

use super::value::{self, column};
use super::{Catalog, Committed, Error, NewBag, leaf, search};
use crate::ledger::Leaf;
use crate::record::{AccountId, BagId, BagKind, Digest, GallringId, RecordId};

/// A bag of an account, as erasing sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeldBag {
    pub id: BagId,
    pub kind: BagKind,
    pub leaf: u64,
    pub taken: DateTime<Utc>,
}

/// How a bag of the gallring ended, or will.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GallringBag {
    pub bag: BagId,
    pub kind: BagKind,
    pub leaf: u64,
    /// The bag in its stead. Of a page that stays, the bag itself.
    pub successor: Option<BagId>,
    pub gone: Option<DateTime<Utc>>,
}

/// Where records stand in a bag: file, and page of a document.
type Places = HashMap<RecordId, (String, Option<u32>)>;

impl Catalog {
    /// The bags of an account in the order of their leaves.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn bags_of(&self, account: &AccountId) -> Result<Vec<HeldBag>, Error> {
        let mut statement = self.db.prepare_cached(
            "SELECT bag.id, bag.kind, bag.leaf, capture.started FROM bag JOIN capture ON capture.n = bag.capture
             WHERE capture.account = ?1 ORDER BY bag.leaf",
        )?;
        let rows = statement.query_map([account.as_str()], |row| {
            let bag = || -> Result<HeldBag, Error> {
                Ok(HeldBag {
                    id: BagId(value::uuid(row, "id")?),
                    kind: column!(bag.kind).named(
                        &row.get::<_, String>("kind")?,
                        &BagKind::ALL,
                        BagKind::as_str,
                    )?,
                    leaf: column!(bag.leaf).count(row.get("leaf")?)?,
                    taken: column!(capture.started).parse(&row.get::<_, String>("started")?)?,
                })
            };
            Ok(bag())
        })?;
        rows.map(|row| row?).collect()
    }

    /// Notes a page capture that stays though it may show what is destroyed, or that is to go with it.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn note_page(
        &mut self,
        gallring: GallringId,
        page: &HeldBag,
        stays: bool,
    ) -> Result<(), Error> {
        let number = self.gallring_number(gallring)?;
        self.db
            .prepare_cached(
                "INSERT OR IGNORE INTO gallring_bag (gallring, bag, leaf, kind, successor) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![
                number,
                page.id.0.as_bytes(),
                page.leaf,
                page.kind.as_str(),
                stays.then(|| page.id.0.into_bytes()),
            ])?;
        Ok(())
    }

    /// Whether the bag's rows say that it holds one of those records.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn bag_shows(&self, bag: BagId, gallring: GallringId) -> Result<bool, Error> {
        Ok(self
            .db
            .prepare_cached(
                "SELECT 1 FROM bag b JOIN holding h ON h.bag = b.n JOIN version v ON v.n = h.version
                 JOIN gallring_record g ON g.record = v.record
                 WHERE b.id = ?1 AND g.gallring = (SELECT n FROM gallring WHERE id = ?2)",
            )?
            .exists(params![bag.0.as_bytes(), gallring.0.as_bytes()])?)
    }

    /// Puts a successor in a bag's place, with where its records stand, or disposes of the bag where there is none:
    /// row, holdings and leaf in one transaction. From then on the old bag is one that must go.
    ///
    /// # Errors
    /// When the bag has no row, and those of SQLite.
    pub fn succeed_bag(
        &mut self,
        gallring: GallringId,
        old: &HeldBag,
        successor: Option<(&NewBag, &Places)>,
        disposal: Digest,
    ) -> Result<Committed, Error> {
        let number = self.gallring_number(gallring)?;
        let change = self.db.transaction()?;
        let before = leaf::size(&change)?;
        let n: i64 = change
            .prepare_cached("SELECT n FROM bag WHERE id = ?1")?
            .query_row([old.id.0.as_bytes()], |row| row.get(0))?;
        let new = match successor {
            Some((bag, _)) => Leaf::Succeed {
                c: bag.commitment,
                n: old.leaf,
            },
            None => Leaf::Dispose {
                d: disposal,
                n: old.leaf,
            },
        };
        let index = leaf::append(&change, &[new])?;
        // A page in its stead is read anew.
        search::change(&change, |index| index.forget_page(n))?;
        for table in ["disclosure_screen", "disclosure_box"] {
            let sql = format!("DELETE FROM {table} WHERE bag = ?1");
            change.execute(&sql, [old.id.0.as_bytes()])?;
        }
        match successor {
            Some((bag, places)) => {
                let held = held(&change, n)?;
                change.execute("DELETE FROM holding WHERE bag = ?1", [n])?;
                let mut holding = change.prepare_cached(
                    "INSERT INTO holding (version, bag, file, page) VALUES (?1, ?2, ?3, ?4)",
                )?;
                for (version, record) in held {
                    if let Some((file, page)) = places.get(&record) {
                        holding.execute(params![version, n, file, page])?;
                    }
                }
                change.execute(
                    "UPDATE bag SET id = ?2, commitment = ?3, leaf = ?4, bytes = ?5, files = ?6, pdf = ?7 WHERE n = ?1",
                    params![
                        n,
                        bag.id.0.as_bytes(),
                        bag.commitment.0,
                        index,
                        bag.bytes,
                        bag.files,
                        bag.pdf
                    ],
                )?;
            }
            None => {
                change.execute("DELETE FROM holding WHERE bag = ?1", [n])?;
                // What the look was called may be what the page said.
                change.execute(
                    "UPDATE look SET bag = NULL, title = NULL, detail = NULL, final_address = NULL, address = ''
                     WHERE bag = ?1",
                    [n],
                )?;
                change.execute("DELETE FROM bag WHERE n = ?1", [n])?;
            }
        }
        change.execute(
            "INSERT INTO gallring_bag (gallring, bag, leaf, kind, successor) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (gallring, bag) DO UPDATE SET successor = excluded.successor",
            params![
                number,
                old.id.0.as_bytes(),
                old.leaf,
                old.kind.as_str(),
                successor.map(|(bag, _)| bag.id.0.into_bytes()),
            ],
        )?;
        let after = leaf::size(&change)?;
        change.commit()?;
        Ok(Committed {
            ledger: before..after,
        })
    }

    /// Notes that the last byte of a bag is gone from the store.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn bag_went(&mut self, bag: BagId, at: DateTime<Utc>) -> Result<(), Error> {
        self.db
            .prepare_cached("UPDATE gallring_bag SET gone = ?2 WHERE bag = ?1 AND gone IS NULL AND successor IS NOT bag")?
            .execute(params![bag.0.as_bytes(), value::time(at)])?;
        Ok(())
    }

    /// The bags that a gallring went into, in the order of their leaves.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn gallring_bags(&self, gallring: GallringId) -> Result<Vec<GallringBag>, Error> {
        let mut statement = self.db.prepare_cached(
            "SELECT bag, kind, leaf, successor, gone FROM gallring_bag
             WHERE gallring = (SELECT n FROM gallring WHERE id = ?1) ORDER BY leaf",
        )?;
        let rows = statement.query_map([gallring.0.as_bytes()], |row| {
            let read = || -> Result<GallringBag, Error> {
                let successor: Option<[u8; 16]> = row.get("successor")?;
                let gone: Option<String> = row.get("gone")?;
                Ok(GallringBag {
                    bag: BagId(value::uuid(row, "bag")?),
                    kind: column!(gallring_bag.kind).named(
                        &row.get::<_, String>("kind")?,
                        &BagKind::ALL,
                        BagKind::as_str,
                    )?,
                    leaf: column!(gallring_bag.leaf).count(row.get("leaf")?)?,
                    successor: successor.map(|id| BagId(Uuid::from_bytes(id))),
                    gone: gone
                        .map(|at| column!(gallring_bag.gone).parse(&at))
                        .transpose()?,
                })
            };
            Ok(read())
        })?;
        rows.map(|row| row?).collect()
    }

    /// Whether a gallring took the bag out of the archive: a copy of it that turns up must go again.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn was_destroyed(&self, bag: BagId) -> Result<bool, Error> {
        Ok(self
            .db
            .prepare_cached("SELECT 1 FROM gallring_bag WHERE bag = ?1 AND successor IS NOT bag")?
            .exists([bag.0.as_bytes()])?)
    }
}

/// The versions that a bag holds, with their records.
fn held(change: &Transaction<'_>, bag: i64) -> Result<Vec<(i64, RecordId)>, Error> {
    let mut statement = change.prepare_cached(
        "SELECT DISTINCT v.n, r.id FROM holding h JOIN version v ON v.n = h.version JOIN record r ON r.n = v.record
         WHERE h.bag = ?1",
    )?;
    let rows = statement.query_map([bag], |row| {
        Ok((row.get(0)?, RecordId(value::uuid(row, "id")?)))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
