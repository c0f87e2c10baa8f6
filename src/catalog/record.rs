//! Records: what is known of an account, lists, and one record with its versions.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use rusqlite::types::Value;
use rusqlite::{OptionalExtension as _, params_from_iter};

use super::value::{self, column};
use super::{Catalog, Error};
use crate::record::{
    AccountId, BagId, CaptureId, Content, Digest, Kind, NativeId, RecordId, Visibility,
};
use crate::retention::RowId;

/// What the catalog knows of a record when its account is read again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    pub record: RecordId,
    pub kind: Kind,
    /// Number of its newest version through this door, from 1.
    pub number: u32,
    /// Number of its newest version through any.
    pub newest: u32,
    pub digest: Digest,
    pub visibility: Visibility,
    /// True when some of its media could not be had when it was last sealed.
    pub media_missing: bool,
}

/// Which of the records that are not public may be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Restricted {
    #[default]
    All,
    /// Those of these committees.
    Of(Vec<String>),
    None,
}

impl Restricted {
    /// Whether those of the committee may be read.
    pub fn includes(&self, committee: &str) -> bool {
        match self {
            Self::All => true,
            Self::Of(committees) => committees.iter().any(|c| c == committee),
            Self::None => false,
        }
    }
}

/// Which records to list; days are Swedish ones.
#[derive(Debug, Clone, Default)]
pub struct RecordFilter {
    pub account: Option<AccountId>,
    pub kind: Option<Kind>,
    /// Published at or after.
    pub from: Option<DateTime<Utc>>,
    /// Published before.
    pub until: Option<DateTime<Utc>>,
    /// Only those that the newest complete reading did not show.
    pub not_seen: bool,
    /// Only those that may be the same as another, and were kept apart.
    pub ambiguous: bool,
    /// Only those without a row of a plan.
    pub unclassified: bool,
    /// Only those of this row of their plan, whichever version.
    pub row: Option<RowId>,
    pub restricted: Restricted,
    pub limit: Option<u32>,
}

/// A record in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordLine {
    pub record: RecordId,
    pub account: AccountId,
    pub kind: Kind,
    pub published: Option<DateTime<Utc>>,
    pub versions: u32,
    pub visibility: Visibility,
    pub author: Option<String>,
    pub title: Option<String>,
    pub text: String,
    /// True when the newest complete reading did not show it.
    pub not_seen: bool,
}

/// All the catalog holds of one record.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordDetails {
    pub line: RecordLine,
    pub committee: String,
    pub permalink: Option<String>,
    pub parent: Option<RecordId>,
    pub native: Vec<(String, NativeId)>,
    /// Records that it may be the same as.
    pub may_be: Vec<RecordId>,
    pub versions: Vec<VersionRow>,
    /// When a complete reading first did not show it, since it was last seen.
    pub first_missed: Option<DateTime<Utc>>,
}

/// One version of a record, with where it is held.
#[derive(Debug, Clone, PartialEq)]
pub struct VersionRow {
    pub number: u32,
    /// Through which door it was first seen: a platform's name, or `import`.
    pub door: Option<String>,
    pub digest: Digest,
    pub visibility: Visibility,
    pub edited: Option<DateTime<Utc>>,
    pub content: Content,
    pub first_seen: DateTime<Utc>,
    pub last_seen: DateTime<Utc>,
    pub first_capture: CaptureId,
    /// Bag, file in it, and page.
    pub held: Vec<(BagId, String, Option<u32>)>,
}

/// Missed by a capture newer than the last that saw it.
pub(super) const NOT_SEEN: &str = "EXISTS (SELECT 1 FROM absence a WHERE a.record = r.n AND a.capture >
     (SELECT max((SELECT max(capture) FROM observation WHERE version = w.n)) FROM version w WHERE w.record = a.record))";

impl Catalog {
    /// What is known of the account through one door, by native id.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn known(
        &self,
        account: &AccountId,
        door: &str,
    ) -> Result<HashMap<NativeId, Known>, Error> {
        self.known_by(account, door, None)
    }

    pub(super) fn known_by(
        &self,
        account: &AccountId,
        door: &str,
        native: Option<&NativeId>,
    ) -> Result<HashMap<NativeId, Known>, Error> {
        // A record's newest version may have come through another door; then this door's own newest is meant.
        let one = if native.is_some() {
            " AND a.native_id = ?3"
        } else {
            ""
        };
        let sql = format!(
            "SELECT a.native_id, r.id, r.kind, v.number, v.digest, v.visibility, v.media_missing,
             (SELECT max(number) FROM version WHERE record = r.n) AS newest
             FROM record_alias a JOIN record r ON r.n = a.record JOIN version l ON l.n = r.latest
             JOIN version v ON v.n = {} WHERE a.account = ?1 AND a.door = ?2{one}",
            super::sighting::THIS_DOORS
        );
        let mut statement = self.db.prepare_cached(&sql)?;
        let mut values = vec![account.as_str(), door];
        values.extend(native.map(|n| n.0.as_str()));
        let rows = statement.query_map(params_from_iter(values), |row| {
            Ok((
                NativeId(row.get("native_id")?),
                RecordId(value::uuid(row, "id")?),
                row.get::<_, String>("kind")?,
                row.get("number")?,
                value::digest(row, "digest")?,
                row.get::<_, String>("visibility")?,
                row.get("media_missing")?,
                row.get("newest")?,
            ))
        })?;
        rows.map(|row| {
            let (native, record, kind, number, digest, visibility, media_missing, newest) = row?;
            let known = Known {
                record,
                kind: column!(record.kind).named(&kind, &Kind::ALL, Kind::as_str)?,
                number,
                newest,
                digest,
                visibility: read_visibility(&visibility)?,
                media_missing,
            };
            Ok((native, known))
        })
        .collect()
    }

    /// Records by the filter, newest first, one at a time.
    ///
    /// # Errors
    /// Those of SQLite, a row that is not of its kind, and what `each` returns.
    pub fn for_each_record<E: From<Error>>(
        &self,
        filter: &RecordFilter,
        mut each: impl FnMut(RecordLine) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut wheres = vec!["1"];
        let mut values: Vec<Value> = Vec::new();
        let mut and = |sql: &'static str, value: Option<String>| {
            if let Some(value) = value {
                wheres.push(sql);
                values.push(value.into());
            }
        };
        // What was ever missed is little: then no other index may lead.
        and(
            if filter.not_seen {
                "+r.account = ?"
            } else {
                "r.account = ?"
            },
            filter.account.as_ref().map(ToString::to_string),
        );
        and(
            if filter.not_seen {
                "+r.kind = ?"
            } else {
                "r.kind = ?"
            },
            filter.kind.map(|k| k.as_str().to_owned()),
        );
        and("r.published >= ?", filter.from.map(value::time));
        and("r.published < ?", filter.until.map(value::time));
        let of_committees;
        match &filter.restricted {
            Restricted::All => {}
            Restricted::None => wheres.push("v.visibility = 'public'"),
            Restricted::Of(committees) => {
                let marks = vec!["?"; committees.len()].join(", ");
                let mut allowed = format!("v.visibility = 'public' OR r.committee IN ({marks})");
                values.extend(committees.iter().cloned().map(Value::Text));
                if self.has_removals()? {
                    // Who was handed a case reads its records.
                    allowed.push_str(&format!(
                        " OR r.n IN (SELECT o.record FROM removal_object o JOIN removal_route u ON u.removal = o.removal
                         WHERE u.committee IN ({marks}))"
                    ));
                    values.extend(committees.iter().cloned().map(Value::Text));
                }
                of_committees = format!("({allowed})");
                wheres.push(&of_committees);
            }
        }
        if filter.not_seen {
            wheres.push("r.n IN (SELECT record FROM absence)");
            wheres.push(NOT_SEEN);
        }
        if filter.ambiguous {
            match self.has_changes()? {
                true => wheres.push("r.n IN (SELECT record FROM ambiguous)"),
                false => return Ok(()),
            }
        }
        let has_retention = self.has_retention()?;
        if filter.unclassified && has_retention {
            wheres.push("NOT EXISTS (SELECT 1 FROM classification c WHERE c.record = r.n)");
        }
        if let Some(row) = &filter.row {
            if !has_retention {
                return Ok(());
            }
            wheres.push(
                "EXISTS (SELECT 1 FROM classification c JOIN plan_row p ON p.n = c.plan_row
                  WHERE c.record = r.n AND p.id = ?)",
            );
            values.push(row.to_string().into());
        }
        let limit = filter
            .limit
            .map_or_else(String::new, |n| format!(" LIMIT {n}"));
        let sql = format!(
            "SELECT r.id, r.account, r.kind, r.published, v.number, v.visibility, v.author, v.title, v.text,
             {NOT_SEEN} AS not_seen
             FROM record r JOIN version v ON v.n = r.latest WHERE {}
             ORDER BY r.published DESC, r.n DESC{limit}",
            wheres.join(" AND ")
        );
        let mut statement = self.db.prepare(&sql).map_err(Error::from)?;
        let mut rows = statement
            .query(params_from_iter(values))
            .map_err(Error::from)?;
        while let Some(row) = rows.next().map_err(Error::from)? {
            each(read_line(row)?)?;
        }
        Ok(())
    }

    /// One record with all its versions.
    ///
    /// # Errors
    /// When it is not in the catalog; those of SQLite; a row that is not of its kind.
    pub fn record(&self, id: RecordId) -> Result<RecordDetails, Error> {
        let sql = format!(
            "SELECT r.n, r.id, r.account, r.kind, r.published, v.number, v.visibility, v.author, v.title, v.text,
             {NOT_SEEN} AS not_seen, r.committee, r.permalink, p.id AS parent
             FROM record r JOIN version v ON v.n = r.latest LEFT JOIN record p ON p.n = r.parent WHERE r.id = ?1"
        );
        let found = self
            .db
            .prepare_cached(&sql)?
            .query_row([id.0.as_bytes()], |row| {
                let parent = row.get::<_, Option<[u8; 16]>>("parent")?;
                Ok((
                    row.get::<_, i64>("n")?,
                    read_line(row),
                    row.get::<_, String>("committee")?,
                    row.get::<_, Option<String>>("permalink")?,
                    parent.map(|p| RecordId(uuid::Uuid::from_bytes(p))),
                ))
            })
            .optional()?;
        let Some((n, line, committee, permalink, parent)) = found else {
            if let Some(lock) = self.record_lock(id)? {
                return Err(Error::RecordLocked {
                    record: id,
                    case: lock.case,
                });
            }
            self.not_destroyed(id)?;
            return Err(Error::NoRecord(id));
        };
        let line = line?;
        let native = self
            .db
            .prepare_cached("SELECT door, native_id FROM record_alias WHERE record = ?1 ORDER BY door, native_id")?
            .query_map([n], |row| Ok((row.get(0)?, NativeId(row.get(1)?))))?
            .collect::<Result<_, _>>()?;
        Ok(RecordDetails {
            first_missed: self.first_missed(n, line.not_seen)?,
            versions: self.versions(n)?,
            may_be: self.may_be(n)?,
            line,
            committee,
            permalink,
            parent,
            native,
        })
    }

    fn may_be(&self, record: i64) -> Result<Vec<RecordId>, Error> {
        if !self.has_changes()? {
            return Ok(Vec::new());
        }
        let found = self
            .db
            .prepare_cached(
                "SELECT r.id FROM ambiguous a JOIN record r ON r.n = a.candidate WHERE a.record = ?1 ORDER BY r.n",
            )?
            .query_map([record], |row| Ok(RecordId(value::uuid(row, "id")?)))?
            .collect::<Result<_, _>>()?;
        Ok(found)
    }

    fn first_missed(&self, record: i64, not_seen: bool) -> Result<Option<DateTime<Utc>>, Error> {
        if !not_seen {
            return Ok(None);
        }
        let at: Option<String> = self.db.query_row(
            "SELECT min(c.finished) FROM absence a JOIN capture c ON c.n = a.capture WHERE a.record = ?1 AND a.capture >
             (SELECT max((SELECT max(capture) FROM observation WHERE version = w.n)) FROM version w WHERE w.record = ?1)",
            [record],
            |row| row.get(0),
        )?;
        at.map(|t| column!(capture.finished).parse(&t)).transpose()
    }

    fn versions(&self, record: i64) -> Result<Vec<VersionRow>, Error> {
        let mut held = self.db.prepare_cached(
            "SELECT b.id, h.file, h.page FROM holding h JOIN bag b ON b.n = h.bag WHERE h.version = ?1 ORDER BY b.n",
        )?;
        let door = match self.has_changes()? {
            true => "v.door",
            false => "NULL",
        };
        let mut statement = self.db.prepare_cached(&format!(
            "SELECT v.n, v.number, {door} AS door, v.digest, v.visibility, v.edited, v.content,
             f.finished AS first_seen, f.id AS first_capture, l.finished AS last_seen FROM version v
             JOIN capture f ON f.n = (SELECT min(capture) FROM observation WHERE version = v.n)
             JOIN capture l ON l.n = (SELECT max(capture) FROM observation WHERE version = v.n)
             WHERE v.record = ?1 ORDER BY v.number"
        ))?;
        let mut rows = statement.query([record])?;
        let mut versions = Vec::new();
        while let Some(row) = rows.next()? {
            let text = |name: &str| row.get::<_, String>(name);
            let held = held
                .query_map([row.get::<_, i64>("n")?], |row| {
                    Ok((BagId(value::uuid(row, "id")?), row.get(1)?, row.get(2)?))
                })?
                .collect::<Result<_, _>>()?;
            let edited = row.get::<_, Option<String>>("edited")?;
            versions.push(VersionRow {
                number: row.get("number")?,
                door: row.get("door")?,
                digest: value::digest(row, "digest")?,
                visibility: read_visibility(&text("visibility")?)?,
                edited: edited
                    .map(|e| column!(version.edited).parse(&e))
                    .transpose()?,
                content: column!(version.content).json(&text("content")?)?,
                first_seen: column!(capture.finished).parse(&text("first_seen")?)?,
                last_seen: column!(capture.finished).parse(&text("last_seen")?)?,
                first_capture: CaptureId(value::uuid(row, "first_capture")?),
                held,
            });
        }
        Ok(versions)
    }
}

pub(super) fn read_visibility(text: &str) -> Result<Visibility, Error> {
    column!(version.visibility).named(text, &Visibility::ALL, Visibility::as_str)
}

fn read_line(row: &rusqlite::Row<'_>) -> Result<RecordLine, Error> {
    let published = row.get::<_, Option<String>>("published")?;
    Ok(RecordLine {
        record: RecordId(value::uuid(row, "id")?),
        account: column!(record.account).parse(&row.get::<_, String>("account")?)?,
        kind: column!(record.kind).named(
            &row.get::<_, String>("kind")?,
            &Kind::ALL,
            Kind::as_str,
        )?,
        published: published
            .map(|p| column!(record.published).parse(&p))
            .transpose()?,
        versions: row.get("number")?,
        visibility: read_visibility(&row.get::<_, String>("visibility")?)?,
        author: row.get("author")?,
        title: row.get("title")?,
        text: row.get("text")?,
        not_seen: row.get("not_seen")?,
    })
}
