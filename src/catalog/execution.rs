//! A gallring as it is carried out: its list written down, how far it has come, and what it came to.

use std::collections::BTreeMap;
use std::io::Write;
use std::ops::ControlFlow;

use chrono::{DateTime, NaiveDate, Utc};
use rusqlite::{OptionalExtension as _, params};

use super::gallring::due::{Asked, for_each_due};
use super::value::{self, column};
use super::{Catalog, Error, HeldBag};
use crate::record::{BagId, BagKind, Digest, GallringId, RecordId};
use crate::retention::{GallringState, Inquiry, ListDigest, ListSum, Listed, Place, Plan, RowId};

/// Whether a gallring could begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begun {
    Now,
    /// It was begun, and is gone on with.
    Before,
    NotApproved(GallringState),
    /// It is for the platforms.
    Medium,
    /// The list is not the one that was approved; nothing was written.
    Differs {
        approved: ListSum,
        now: ListSum,
    },
}

/// What a gallring has come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct GallringSums {
    pub records: u64,
    /// Page captures that went.
    pub pages: u64,
    /// Bags that another stands in for.
    pub succeeded: u64,
    /// Bags of records that went whole.
    pub disposed: u64,
    /// Page captures that stay and may show what went.
    pub pages_kept: u64,
}

/// Destroyed records of one kind, for the protocol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DestroyedGroup {
    /// In the words of the plan that each was decided under.
    pub handlingstyp: String,
    pub account: String,
    pub count: u64,
    /// The days of the oldest and the newest.
    pub from: Option<NaiveDate>,
    pub to: Option<NaiveDate>,
    /// What the plan's row answers.
    pub inquiry: Option<Inquiry>,
}

impl Catalog {
    /// Makes the list of an approved gallring anew, and writes it down if it is the one that was approved: all in one
    /// transaction, so that no hold comes between.
    ///
    /// # Errors
    /// When it is not in the catalog, a plan or a hold cannot be read, and those of SQLite.
    pub fn begin_gallring(
        &mut self,
        id: GallringId,
        today: NaiveDate,
        at: DateTime<Utc>,
        salt: [u8; 32],
    ) -> Result<Begun, Error> {
        let number = self.gallring_number(id)?;
        let row = self.gallring(id)?.ok_or(Error::NoGallring(id))?;
        match row.state {
            GallringState::Executing | GallringState::Erasing => return Ok(Begun::Before),
            GallringState::Approved if row.question.place == Place::Medium => {
                return Ok(Begun::Medium);
            }
            GallringState::Approved => {}
            state => return Ok(Begun::NotApproved(state)),
        }
        let change = self.db.transaction()?;
        let mut digest = ListDigest::new(&row.committee, &row.question);
        {
            let mut record = change.prepare_cached(
                "INSERT INTO gallring_record (gallring, record, plan_row, due) VALUES (?1, ?2, ?3, ?4)",
            )?;
            let mut page = change.prepare_cached(
                "INSERT INTO gallring_bag (gallring, bag, leaf, kind) SELECT ?1, id, leaf, kind FROM bag WHERE n = ?2",
            )?;
            let asked = Asked {
                committee: &row.committee,
                question: &row.question,
                today,
                drafts: false,
            };
            for_each_due(&change, &asked, |line, hinders| -> Result<_, Error> {
                if hinders.is_empty() {
                    digest.add(&line.line);
                    let due = line.line.due.map(|due| due.to_string());
                    match line.line.what {
                        Listed::Record(_) => {
                            record.execute(params![number, line.n, line.row.map(|r| r.n), due])?
                        }
                        Listed::Page(_) => page.execute(params![number, line.n])?,
                    };
                }
                Ok(ControlFlow::Continue(()))
            })?;
        }
        let now = digest.finish();
        if now != row.sum {
            return Ok(Begun::Differs {
                approved: row.sum,
                now,
            });
        }
        change.execute(
            "UPDATE gallring SET state = 'executing', salt = ?2, begun = ?3 WHERE n = ?1",
            params![number, salt, value::time(at)],
        )?;
        change.commit()?;
        Ok(Begun::Now)
    }

    /// Those that were begun and are not ended, the oldest first.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn gallrings_begun(&self) -> Result<Vec<GallringId>, Error> {
        let mut statement = self.db.prepare_cached(
            "SELECT id FROM gallring WHERE state IN ('executing', 'erasing') ORDER BY n",
        )?;
        let rows = statement.query_map([], |row| value::uuid(row, "id").map(GallringId))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Page captures of its list that are still there.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn pages_to_go(&self, id: GallringId) -> Result<Vec<HeldBag>, Error> {
        let mut statement = self.db.prepare_cached(
            "SELECT bag.id, bag.leaf, capture.started FROM gallring_bag g JOIN bag ON bag.id = g.bag
             JOIN capture ON capture.n = bag.capture
             WHERE g.gallring = (SELECT n FROM gallring WHERE id = ?1) AND g.successor IS NULL AND g.gone IS NULL
             AND g.kind = 'page' ORDER BY bag.leaf",
        )?;
        let mut rows = statement.query([id.0.as_bytes()])?;
        let mut pages = Vec::new();
        while let Some(row) = rows.next()? {
            pages.push(HeldBag {
                id: BagId(value::uuid(row, "id")?),
                kind: BagKind::Page,
                leaf: column!(bag.leaf).count(row.get("leaf")?)?,
                taken: column!(capture.started).parse(&row.get::<_, String>("started")?)?,
            });
        }
        Ok(pages)
    }

    /// What the ledger says of a bag that goes without a successor: a salted digest of the list that was approved.
    ///
    /// # Errors
    /// When it is not begun, and those of SQLite.
    pub fn disposal_of(&self, id: GallringId) -> Result<Digest, Error> {
        let (salt, list): (Option<[u8; 32]>, [u8; 32]) = self
            .db
            .prepare_cached("SELECT salt, digest FROM gallring WHERE id = ?1")?
            .query_row([id.0.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?
            .ok_or(Error::NoGallring(id))?;
        let mut salted = salt.unwrap_or_default().to_vec();
        salted.extend(list);
        Ok(Digest::of(&salted))
    }

    /// Notes that all is erased but what the log of changes still holds.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn note_erasing(&mut self, id: GallringId) -> Result<(), Error> {
        self.db.execute(
            "UPDATE gallring SET state = 'erasing' WHERE id = ?1 AND state = 'executing'",
            [id.0.as_bytes()],
        )?;
        Ok(())
    }

    /// What it has come to.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn gallring_sums(&self, id: GallringId) -> Result<GallringSums, Error> {
        let number = self.gallring_number(id)?;
        let count = |sql: &str| -> Result<u64, Error> {
            let n: i64 = self.db.query_row(sql, [number], |row| row.get(0))?;
            column!(gallring.n).count(n)
        };
        let kept = "kind = 'page' AND successor IS bag";
        let bags = |what: &str| {
            count(&format!(
                "SELECT count(*) FROM gallring_bag WHERE gallring = ?1 AND {what}"
            ))
        };
        Ok(GallringSums {
            records: count("SELECT count(*) FROM gallring_record WHERE gallring = ?1")?,
            pages: bags("kind = 'page' AND successor IS NULL")?,
            succeeded: bags("successor IS NOT NULL AND successor IS NOT bag")?,
            disposed: bags("kind <> 'page' AND successor IS NULL")?,
            pages_kept: bags(kept)?,
        })
    }

    /// Its records by handlingstyp and account.
    ///
    /// # Errors
    /// When a plan cannot be read any more, and those of SQLite.
    pub fn destroyed_groups(&self, id: GallringId) -> Result<Vec<DestroyedGroup>, Error> {
        let number = self.gallring_number(id)?;
        let mut statement = self.db.prepare_cached(
            "SELECT p.plan, p.id, r.account, count(*), min(r.published), max(r.published)
             FROM gallring_record g JOIN record r ON r.n = g.record LEFT JOIN plan_row p ON p.n = g.plan_row
             WHERE g.gallring = ?1 GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
        )?;
        let mut plans: BTreeMap<i64, Plan> = BTreeMap::new();
        let mut groups = Vec::new();
        let mut rows = statement.query([number])?;
        while let Some(row) = rows.next()? {
            let plan: Option<i64> = row.get(0)?;
            let mut named = ("Enligt särskilt beslut".to_owned(), None);
            if let (Some(plan), Some(id)) = (plan, row.get::<_, Option<String>>(1)?) {
                if let std::collections::btree_map::Entry::Vacant(place) = plans.entry(plan) {
                    place.insert(self.plan(plan)?);
                }
                let found = RowId::try_from(id.clone())
                    .ok()
                    .and_then(|id| plans.get(&plan)?.row(&id));
                named = match found {
                    Some(row) => (
                        format!("{} {}", row.id, row.handlingstyp),
                        row.inquiry.clone(),
                    ),
                    None => (id, None),
                };
            }
            let day = |at: Option<String>| -> Result<Option<NaiveDate>, Error> {
                at.map(|at| {
                    let at: DateTime<Utc> = column!(record.published).parse(&at)?;
                    Ok(crate::calendar::local_date(at))
                })
                .transpose()
            };
            groups.push(DestroyedGroup {
                handlingstyp: named.0,
                account: row.get(2)?,
                count: column!(gallring_record.record).count(row.get(3)?)?,
                from: day(row.get(4)?)?,
                to: day(row.get(5)?)?,
                inquiry: named.1,
            });
        }
        Ok(groups)
    }

    /// Writes every record of it, for the protocol: id, account, kind, day, row of the plan. UTF-8 with a mark,
    /// semicolons, as Swedish spreadsheets read it.
    ///
    /// # Errors
    /// Those of SQLite, and of what is written to.
    pub fn write_destroyed(
        &self,
        id: GallringId,
        to: &mut impl Write,
    ) -> Result<std::io::Result<()>, Error> {
        let number = self.gallring_number(id)?;
        let mut statement = self.db.prepare_cached(
            "SELECT r.id AS id, r.account, r.kind, r.published, p.id AS row, g.due
             FROM gallring_record g JOIN record r ON r.n = g.record LEFT JOIN plan_row p ON p.n = g.plan_row
             WHERE g.gallring = ?1 ORDER BY g.record",
        )?;
        let mut rows = statement.query([number])?;
        let mut write = |line: &str| to.write_all(line.as_bytes());
        let mut written =
            write("\u{feff}handling;konto;sort;publicerad;rad i planen;gallras från\r\n");
        while let Some(row) = rows.next()? {
            let text = |name: &str| {
                row.get::<_, Option<String>>(name)
                    .map(Option::unwrap_or_default)
            };
            let published = text("published")?;
            let line = format!(
                "{};{};{};{};{};{}\r\n",
                RecordId(value::uuid(row, "id")?),
                text("account")?,
                text("kind")?,
                published,
                text("row")?,
                text("due")?,
            );
            written = written.and_then(|()| write(&line));
            if written.is_err() {
                break;
            }
        }
        Ok(written)
    }
}
