//! Sightings: the items of one capture become records, versions, observations and holdings.

use std::collections::{HashMap, HashSet};

use rusqlite::{OptionalExtension as _, Row, Transaction, params};

use super::{Error, NewCapture, search, value};
use crate::record::{Digest, IMPORT_DOOR, Item, RecordId};

/// One item that was seen. New records take the id given; known ones keep their own.
#[derive(Debug)]
pub struct Sighting<'a> {
    pub record: RecordId,
    pub joins: Joins<'a>,
    pub item: &'a Item,
    pub digest: Digest,
    /// True when some of its media could not be had.
    pub media_missing: bool,
    /// Where it stands, when a bag holds it.
    pub place: Option<Place>,
}

/// How a sighting stands to records that came in by other doors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Joins<'a> {
    /// To none, or this door has it already.
    None,
    /// It is the same as this record, which this door did not have until now.
    Same,
    /// It may be the same as one of these, and is kept apart.
    OneOf(&'a [RecordId]),
}

/// A place in one of the capture's bags.
#[derive(Debug, Clone)]
pub struct Place {
    /// Index in [`NewCapture::bags`].
    pub bag: usize,
    pub file: String,
    pub page: Option<u32>,
}

/// A known record's rows, and what its newest version through this door is, or else through any.
struct Latest {
    record: i64,
    version: i64,
    digest: [u8; 32],
    visibility: String,
    /// The newest number through any door.
    newest: i64,
    /// True when the record is shown by what came through another, better door.
    shown_by_other: bool,
}

/// Of record `r` with its shown version `l`: the row of the newest version through door ?2, or else that shown.
pub(super) const THIS_DOORS: &str = "CASE WHEN coalesce(l.door, ?2) = ?2 THEN l.n
     ELSE coalesce((SELECT max(n) FROM version WHERE record = r.n AND door = ?2), l.n) END";

const LATEST: &str = "SELECT r.n, v.n, v.digest, v.visibility,
     (SELECT max(number) FROM version WHERE record = r.n), l.door";

/// What was written of one capture.
#[derive(Debug, Clone)]
pub(super) struct Written {
    /// Rows from here on are new.
    pub(super) first_record: i64,
    pub(super) first_version: i64,
    /// True when something found what it answers.
    pub(super) linked: bool,
    /// Rows of records that were published at another time than was known; they are out of the index.
    pub(super) moved: Vec<i64>,
}

/// Writes the sightings of one capture; row numbers are counted here, so that a record is written once.
pub(super) struct Writer<'a> {
    db: &'a Transaction<'a>,
    capture: &'a NewCapture<'a>,
    capture_row: i64,
    door: &'a str,
    /// The capture before it through the same door: what was seen then and is seen now needs no row of its own between.
    before: Option<i64>,
    bags: Vec<i64>,
    next_record: i64,
    next_version: i64,
    /// Records of this capture by native id, for children to find their parents.
    rows: HashMap<String, i64>,
    /// True when a record was added: it may be the parent that others wait for, or wait for its own.
    added: bool,
    /// True when nothing is known of the account through this door.
    first: bool,
    /// The first version of this capture: the index does not know it yet.
    first_version: i64,
    moved: HashSet<i64>,
}

impl<'a> Writer<'a> {
    pub(super) fn new(
        db: &'a Transaction<'a>,
        capture: &'a NewCapture<'a>,
        capture_row: i64,
        door: &'a str,
        bags: Vec<i64>,
    ) -> Result<Self, Error> {
        let before = db
            .prepare_cached(
                "SELECT max(n) FROM capture WHERE account = ?1 AND n < ?2 AND door = ?3",
            )?
            .query_row(
                params![capture.account.as_str(), capture_row, door],
                |row| row.get(0),
            )?;
        let next = |sql| db.query_row(sql, [], |row| row.get::<_, i64>(0));
        Ok(Self {
            db,
            capture,
            capture_row,
            door,
            before,
            bags,
            next_record: next("SELECT coalesce(max(n), 0) + 1 FROM record")?,
            next_version: next("SELECT coalesce(max(n), 0) + 1 FROM version")?,
            rows: HashMap::new(),
            added: false,
            first: !db
                .prepare_cached("SELECT 1 FROM record_alias WHERE account = ?1 AND door = ?2")?
                .exists((capture.account.as_str(), door))?,
            first_version: next("SELECT coalesce(max(n), 0) + 1 FROM version")?,
            moved: HashSet::new(),
        })
    }

    pub(super) fn write<'s>(
        mut self,
        sightings: impl IntoIterator<Item = Sighting<'s>>,
    ) -> Result<Written, Error> {
        let mut written = Written {
            first_record: self.next_record,
            first_version: self.next_version,
            linked: false,
            moved: Vec::new(),
        };
        for sighting in sightings {
            self.write_one(&sighting)?;
        }
        if self.added {
            // From the few that wait: `+` and CROSS JOIN keep SQLite from walking all records instead.
            self.db.execute(
                "UPDATE record SET parent = (SELECT a.record FROM record_alias a WHERE a.account = ?1 AND a.door = ?2
                 AND a.native_id = record.parent_native AND a.record <> record.n)
                 WHERE n IN (SELECT record FROM waiting_for_parent) AND +account = ?1",
                params![self.capture.account.as_str(), self.door],
            )?;
            let linked = self.db.execute(
                "DELETE FROM waiting_for_parent WHERE record IN
                 (SELECT w.record FROM waiting_for_parent w CROSS JOIN record r ON r.n = w.record WHERE r.parent IS NOT NULL)",
                [],
            )?;
            written.linked = linked > 0;
        }
        written.moved = self.moved.into_iter().collect();
        Ok(written)
    }

    fn write_one(&mut self, s: &Sighting<'_>) -> Result<(), Error> {
        let native = &s.item.native_id.0;
        // In the account's first capture only what came twice can be known.
        let known = if self.first && !self.rows.contains_key(native) {
            None
        } else {
            self.latest(native)?
        };
        let known = match (known, s.joins) {
            (None, Joins::Same) => self.join(s)?,
            (known, _) => known,
        };
        let (record, version) = match known {
            None => {
                let record = self.insert_record(s)?;
                let version = self.insert_version(s, record, 1)?;
                self.note_candidates(s, record)?;
                (record, version)
            }
            Some(k) if k.digest == s.digest.0 && k.visibility == s.item.visibility.as_str() => {
                if s.place.is_some() && !s.media_missing {
                    self.db
                        .prepare_cached("UPDATE version SET media_missing = 0 WHERE n = ?1 AND media_missing = 1")?
                        .execute([k.version])?;
                }
                (k.record, k.version)
            }
            Some(k) => {
                if !k.shown_by_other {
                    self.move_in_index(k.record, s)?;
                }
                let version = self.insert_version(s, k.record, k.newest + 1)?;
                if !k.shown_by_other {
                    self.db
                        .prepare_cached(
                            "UPDATE record SET latest = ?2, permalink = coalesce(?3, permalink),
                         published = coalesce(?4, published) WHERE n = ?1",
                        )?
                        .execute(params![
                            k.record,
                            version,
                            s.item.permalink,
                            s.item.published.map(value::time)
                        ])?;
                }
                (k.record, version)
            }
        };
        self.rows.insert(native.clone(), record);
        self.observe(version)?;
        let place = s
            .place
            .as_ref()
            .and_then(|p| self.bags.get(p.bag).map(|bag| (p, *bag)));
        if let Some((place, bag)) = place {
            self.db
                .prepare_cached("INSERT OR IGNORE INTO holding (version, bag, file, page) VALUES (?1, ?2, ?3, ?4)")?
                .execute(params![version, bag, place.file, place.page])?;
        }
        Ok(())
    }

    /// Takes a record out of the index whose time changes: the numbers of its documents tell it.
    fn move_in_index(&mut self, record: i64, s: &Sighting<'_>) -> Result<(), Error> {
        let Some(published) = s.item.published.map(value::time) else {
            return Ok(());
        };
        let moves = self
            .db
            .prepare_cached("SELECT 1 FROM record WHERE n = ?1 AND published IS NOT ?2")?
            .exists(params![record, published])?;
        if moves && !self.moved.contains(&record) {
            let first = self.first_version;
            search::change(self.db, |index| index.forget_record(record, first))?;
            self.moved.insert(record);
        }
        Ok(())
    }

    /// The record of that native id, with its newest version.
    fn latest(&self, native: &str) -> Result<Option<Latest>, Error> {
        Ok(self
            .db
            .prepare_cached(
                &format!("{LATEST} FROM record_alias a JOIN record r ON r.n = a.record JOIN version l ON l.n = r.latest
                 JOIN version v ON v.n = {THIS_DOORS} WHERE a.account = ?1 AND a.door = ?2 AND a.native_id = ?3"),
            )?
            .query_row(
                params![self.capture.account.as_str(), self.door, native],
                |row| Ok(self.read_latest(row)),
            )
            .optional()?
            .transpose()?)
    }

    fn read_latest(&self, row: &Row<'_>) -> rusqlite::Result<Latest> {
        let shown_by: Option<String> = row.get(5)?;
        Ok(Latest {
            record: row.get(0)?,
            version: row.get(1)?,
            digest: row.get(2)?,
            visibility: row.get(3)?,
            newest: row.get(4)?,
            shown_by_other: self.door == IMPORT_DOOR
                && shown_by.is_some_and(|door| door != IMPORT_DOOR),
        })
    }

    /// The record that came in by another door gets this door's name for it.
    fn join(&self, s: &Sighting<'_>) -> Result<Option<Latest>, Error> {
        let found = self
            .db
            .prepare_cached(&format!(
                "{LATEST} FROM record r JOIN version l ON l.n = r.latest JOIN version v ON v.n = {THIS_DOORS}
                 WHERE r.account = ?1 AND r.id = ?3"
            ))?
            .query_row(
                params![
                    self.capture.account.as_str(),
                    self.door,
                    s.record.0.as_bytes()
                ],
                |row| Ok(self.read_latest(row)),
            )
            .optional()?
            .transpose()?;
        if let Some(known) = &found {
            self.insert_alias(s, known.record)?;
        }
        Ok(found)
    }

    /// One row when a version was first seen, and one when it was last seen by each door.
    fn observe(&self, version: i64) -> Result<(), Error> {
        let moved = self
            .db
            .prepare_cached(
                "UPDATE OR REPLACE observation SET capture = ?1 WHERE version = ?2 AND capture = ?3
                 AND EXISTS (SELECT 1 FROM observation WHERE version = ?2 AND capture < ?3)",
            )?
            .execute((self.capture_row, version, self.before))?;
        if moved == 0 {
            self.db
                .prepare_cached(
                    "INSERT OR IGNORE INTO observation (capture, version) VALUES (?1, ?2)",
                )?
                .execute((self.capture_row, version))?;
        }
        Ok(())
    }

    fn note_candidates(&self, s: &Sighting<'_>, record: i64) -> Result<(), Error> {
        let Joins::OneOf(candidates) = s.joins else {
            return Ok(());
        };
        let mut statement = self.db.prepare_cached(
            "INSERT OR IGNORE INTO ambiguous (record, candidate) SELECT ?1, n FROM record WHERE id = ?2",
        )?;
        for candidate in candidates {
            statement.execute(params![record, candidate.0.as_bytes()])?;
        }
        Ok(())
    }

    fn insert_alias(&self, s: &Sighting<'_>, record: i64) -> Result<(), Error> {
        self.db
            .prepare_cached("INSERT INTO record_alias (account, door, native_id, record) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![
                self.capture.account.as_str(),
                self.door,
                s.item.native_id.0,
                record
            ])?;
        Ok(())
    }

    fn insert_record(&mut self, s: &Sighting<'_>) -> Result<i64, Error> {
        let n = self.next_record;
        self.next_record += 1;
        let parent_native = s.item.parent.as_ref().map(|p| p.0.as_str());
        let parent = parent_native.and_then(|p| self.rows.get(p));
        self.added = true;
        self.db
            .prepare_cached(
                "INSERT INTO record (n, id, account, committee, kind, parent, parent_native, permalink, published, latest)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            )?
            .execute(params![
                n,
                s.record.0.as_bytes(),
                self.capture.account.as_str(),
                self.capture.committee,
                s.item.kind.as_str(),
                parent,
                parent_native,
                s.item.permalink,
                s.item.published.map(value::time),
                self.next_version,
            ])?;
        if parent.is_none() && parent_native.is_some() {
            self.db
                .prepare_cached("INSERT INTO waiting_for_parent (record) VALUES (?1)")?
                .execute([n])?;
        }
        self.insert_alias(s, n)?;
        Ok(n)
    }

    fn insert_version(&mut self, s: &Sighting<'_>, record: i64, number: i64) -> Result<i64, Error> {
        let n = self.next_version;
        self.next_version += 1;
        let content = &s.item.content;
        self.db
            .prepare_cached(
                "INSERT INTO version (n, record, number, digest, visibility, edited, title, author, text, content,
                 media_missing, door) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
            )?
            .execute(params![
                n,
                record,
                number,
                s.digest.0,
                s.item.visibility.as_str(),
                s.item.edited.map(value::time),
                content.title,
                content.author.as_ref().map(|a| &a.name),
                content.plain_text(),
                value::json(&s.item.native_id.0, content)?,
                s.media_missing,
                self.door,
            ])?;
        Ok(n)
    }
}
