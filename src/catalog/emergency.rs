//! Emergencies: what is locked and never captured while suspected child abuse material is in the hands of the police.
//!
//! A locked record's row says of itself what the row of a destroyed one says, so that whoever passes destroyed records
//! by passes it by too: lists, reports, classification, gallring and what a platform gives again.

mod act;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension as _, params};

use super::removal::{number, step_stands};
use super::value::{self, column};
use super::{Catalog, Doomed, Error, HeldBag, Removal, migration};
use crate::record::{AccountId, BagId, BagKind, GallringId, RecordId};

pub(super) use act::end;
pub use act::{Instructed, Lock, NewEmergency};

/// How far an emergency has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EmergencyState {
    Locked,
    /// The police's instruction is being carried out.
    Erasing,
    Erased,
    /// The police found it lawful.
    Lifted,
}

impl EmergencyState {
    pub const ALL: [Self; 4] = [Self::Locked, Self::Erasing, Self::Erased, Self::Lifted];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Locked => "locked",
            Self::Erasing => "erasing",
            Self::Erased => "erased",
            Self::Lifted => "lifted",
        }
    }

    pub fn is_open(self) -> bool {
        matches!(self, Self::Locked | Self::Erasing)
    }
}

/// What makes a case an emergency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Emergency {
    pub gallring: GallringId,
    pub state: EmergencyState,
    pub ended: Option<DateTime<Utc>>,
    pub records: Vec<RecordId>,
    pub bags: Vec<BagId>,
}

/// An emergency that holds something locked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Locked {
    /// The case: `OI 2026:17`.
    pub case: String,
    pub number: u64,
    pub committee: String,
}

impl Catalog {
    pub(super) fn has_emergencies(&self) -> Result<bool, Error> {
        Ok(migration::format_of(&self.db)? >= 10)
    }

    /// The emergency of a case, if it is one.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn emergency(&self, case: &Removal) -> Result<Option<Emergency>, Error> {
        if !self.has_emergencies()? {
            return Ok(None);
        }
        let n = number(case.number)?;
        let found = self
            .db
            .prepare_cached(
                "SELECT g.id AS id, e.state, e.ended FROM emergency e JOIN gallring g ON g.n = e.gallring WHERE e.removal = ?1",
            )?
            .query_row([n], |row| {
                Ok((
                    GallringId(value::uuid(row, "id")?),
                    row.get::<_, String>("state")?,
                    row.get::<_, Option<String>>("ended")?,
                ))
            })
            .optional()?;
        let Some((gallring, state, ended)) = found else {
            return Ok(None);
        };
        let mut records = self.db.prepare_cached(
            "SELECT r.id FROM emergency_record l JOIN record r ON r.n = l.record WHERE l.removal = ?1 ORDER BY r.n",
        )?;
        let records = records.query_map([n], |row| Ok(RecordId(value::uuid(row, "id")?)))?;
        let mut bags = self
            .db
            .prepare_cached("SELECT bag FROM emergency_bag WHERE removal = ?1 ORDER BY bag")?;
        let bags = bags.query_map([n], |row| Ok(BagId(value::uuid(row, "bag")?)))?;
        Ok(Some(Emergency {
            gallring,
            state: column!(emergency.state).named(
                &state,
                &EmergencyState::ALL,
                EmergencyState::as_str,
            )?,
            ended: ended
                .map(|at| column!(emergency.ended).parse(&at))
                .transpose()?,
            records: records.collect::<Result<_, _>>()?,
            bags: bags.collect::<Result<_, _>>()?,
        }))
    }

    /// What locks a record.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn record_lock(&self, record: RecordId) -> Result<Option<Locked>, Error> {
        self.lock_by(
            "m.n = (SELECT l.removal FROM emergency_record l JOIN record r ON r.n = l.record WHERE r.id = ?1)",
            record.0.as_bytes(),
        )
    }

    /// What locks a bag.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn bag_lock(&self, bag: BagId) -> Result<Option<Locked>, Error> {
        self.lock_by(
            "m.n IN (SELECT removal FROM emergency_bag WHERE bag = ?1)",
            bag.0.as_bytes(),
        )
    }

    /// The first emergency of a committee that is not ended: while it is not, no gallring of it is carried out, for
    /// what it would go into may be locked.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn open_emergency_of(&self, committee: &str) -> Result<Option<Locked>, Error> {
        self.lock_by(
            "m.committee = ?1 AND e.state IN ('locked', 'erasing')",
            committee,
        )
    }

    /// The emergency for which no page of the account is captured: something of it may be seen still.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn pages_stopped(&self, account: &AccountId) -> Result<Option<Locked>, Error> {
        self.lock_by(
            concat!(
                "e.state IN ('locked', 'erasing') AND EXISTS (SELECT 1 FROM removal_object o WHERE o.removal = m.n
                 AND o.account = ?1 AND NOT EXISTS (SELECT 1 FROM removal_step s WHERE s.removal = m.n
                     AND s.object = o.n AND ",
                step_stands!(),
                "))"
            ),
            account.as_str(),
        )
    }

    fn lock_by(&self, which: &str, value: impl rusqlite::ToSql) -> Result<Option<Locked>, Error> {
        if !self.has_emergencies()? {
            return Ok(None);
        }
        let sql = format!(
            "SELECT m.n, m.designation, m.committee FROM emergency e JOIN removal m ON m.n = e.removal
             WHERE {which} ORDER BY m.n LIMIT 1"
        );
        let found = self
            .db
            .prepare_cached(&sql)?
            .query_row([value], |row| {
                Ok((row.get::<_, i64>(0)?, row.get(1)?, row.get(2)?))
            })
            .optional()?;
        found
            .map(|(n, case, committee)| {
                Ok(Locked {
                    case,
                    number: column!(removal.n).count(n)?,
                    committee,
                })
            })
            .transpose()
    }

    /// All bags that are locked, once each.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn locked_bags(&self) -> Result<Vec<BagId>, Error> {
        if !self.has_emergencies()? {
            return Ok(Vec::new());
        }
        bags(
            &self.db,
            "SELECT DISTINCT l.bag AS bag FROM emergency_bag l JOIN emergency e ON e.removal = l.removal
             WHERE e.state IN ('locked', 'erasing') ORDER BY 1",
        )
    }

    /// Locked bags whose emergency is being carried out: their files are read to be destroyed.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn bags_being_erased(&self) -> Result<Vec<BagId>, Error> {
        bags(
            &self.db,
            "SELECT DISTINCT l.bag AS bag FROM emergency_bag l JOIN emergency e ON e.removal = l.removal
             WHERE e.state = 'erasing' ORDER BY 1",
        )
    }

    /// The accounts of what an emergency locks.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn emergency_accounts(&self, case: &Removal) -> Result<Vec<AccountId>, Error> {
        let mut statement = self.db.prepare_cached(
            "SELECT account FROM removal_object WHERE removal = ?1
             UNION SELECT r.account FROM emergency_record l JOIN record r ON r.n = l.record WHERE l.removal = ?1",
        )?;
        let rows = statement.query_map([number(case.number)?], |row| row.get::<_, String>(0))?;
        rows.map(|account| column!(removal_object.account).parse(&account?))
            .collect()
    }

    /// The locked records of an account, with all that they are known by.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn emergency_records(
        &self,
        case: &Removal,
        account: &AccountId,
    ) -> Result<Vec<Doomed>, Error> {
        self.doomed(
            "(SELECT l.record FROM emergency_record l JOIN record r ON r.n = l.record
              WHERE l.removal = ?1 AND r.account = ?2)",
            number(case.number)?,
            account,
        )
    }

    /// The account's records whose address, or the address of a medium in any version, is one that `is` knows.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn records_showing(
        &self,
        account: &AccountId,
        is: &dyn Fn(&str) -> bool,
    ) -> Result<Vec<RecordId>, Error> {
        let mut statement = self.db.prepare_cached(
            "SELECT r.id, r.permalink, v.content FROM record r JOIN version v ON v.record = r.n
             WHERE r.account = ?1 ORDER BY r.n",
        )?;
        let mut rows = statement.query([account.as_str()])?;
        let mut found: Vec<RecordId> = Vec::new();
        while let Some(row) = rows.next()? {
            let record = RecordId(value::uuid(row, "id")?);
            if found.last() == Some(&record) {
                continue;
            }
            let permalink: Option<String> = row.get("permalink")?;
            let content: crate::record::Content =
                column!(version.content).json(&row.get::<_, String>("content")?)?;
            if permalink.as_deref().is_some_and(is)
                || content.media.iter().any(|m| is(m.address.as_str()))
            {
                found.push(record);
            }
        }
        Ok(found)
    }

    /// Page captures of the account that were asked for at such an address, or ended there.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn pages_at(
        &self,
        account: &AccountId,
        is: &dyn Fn(&str) -> bool,
    ) -> Result<Vec<BagId>, Error> {
        let mut statement = self.db.prepare_cached(
            "SELECT b.id, l.address, l.final_address FROM look l JOIN bag b ON b.n = l.bag
             JOIN capture c ON c.n = l.capture WHERE c.account = ?1",
        )?;
        let mut rows = statement.query([account.as_str()])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let address: Option<String> = row.get("address")?;
            let last: Option<String> = row.get("final_address")?;
            if address.as_deref().is_some_and(is) || last.as_deref().is_some_and(is) {
                found.push(BagId(value::uuid(row, "id")?));
            }
        }
        Ok(found)
    }

    /// Locked page captures of a case, which go whole.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn locked_pages(&self, case: &Removal) -> Result<Vec<HeldBag>, Error> {
        let mut statement = self.db.prepare_cached(
            "SELECT b.id, b.leaf, c.started FROM emergency_bag l JOIN bag b ON b.id = l.bag
             JOIN capture c ON c.n = b.capture WHERE l.removal = ?1 AND b.kind = 'page' ORDER BY b.leaf",
        )?;
        let mut rows = statement.query([number(case.number)?])?;
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

    /// The bags that hold a version of a locked record of the case, by their rows.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn bags_of_locked(&self, case: &Removal) -> Result<Vec<BagId>, Error> {
        let mut statement = self.db.prepare_cached(
            "SELECT DISTINCT b.id AS bag FROM emergency_record l JOIN version v ON v.record = l.record
             JOIN holding h ON h.version = v.n JOIN bag b ON b.n = h.bag WHERE l.removal = ?1",
        )?;
        let rows = statement.query_map(params![number(case.number)?], |row| {
            Ok(BagId(value::uuid(row, "bag")?))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn bags(db: &Connection, sql: &str) -> Result<Vec<BagId>, Error> {
    let mut statement = db.prepare_cached(sql)?;
    let rows = statement.query_map([], |row| Ok(BagId(value::uuid(row, "bag")?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
