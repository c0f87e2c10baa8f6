//! What changed after it was first seen: edits, what was hidden or removed, what is no longer seen.

use chrono::{DateTime, Utc};

use super::{NAMED, Named, ReportFilter, read_named};
use crate::catalog::record::{NOT_SEEN, read_visibility};
use crate::catalog::value::column;
use crate::catalog::{Catalog, Error, Restricted};
use crate::record::{Content, Visibility};

/// A version that took another's place, both told through one door.
#[derive(Debug, Clone, PartialEq)]
pub struct Edit {
    pub named: Named,
    /// When the later one was first seen.
    pub seen: DateTime<Utc>,
    pub number: u32,
    pub before: Content,
    pub after: Content,
    pub visibility: (Visibility, Visibility),
}

/// A record that the platform said is removed or hidden.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vanishing {
    pub named: Named,
    /// removed, hidden
    pub change: String,
    pub last_seen: DateTime<Utc>,
    pub first_missed: DateTime<Utc>,
    pub confirmed: DateTime<Utc>,
    /// The platform's answer.
    pub how: String,
    /// Who did it, where the platform tells.
    pub by: Option<String>,
    /// When it was seen again.
    pub ended: Option<DateTime<Utc>>,
}

/// A record that the newest complete reading did not show, and of which nothing is known for sure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissedRow {
    pub named: Named,
    pub last_seen: DateTime<Utc>,
    pub first_missed: DateTime<Utc>,
    /// When the platform was asked in vain, and why it gave no answer.
    pub asked: Option<(DateTime<Utc>, String)>,
}

const LAST_SEEN: &str = "(SELECT max(c.finished) FROM version w JOIN capture c ON
     c.n = (SELECT max(capture) FROM observation WHERE version = w.n) WHERE w.record = r.n)";

impl Catalog {
    /// Versions that took another's place in the filter's time, in the order they were seen.
    ///
    /// # Errors
    /// Those of SQLite, a row that is not of its kind, and what `each` returns.
    pub fn for_each_edit<E: From<Error>>(
        &self,
        filter: &ReportFilter,
        each: impl FnMut(Edit) -> Result<(), E>,
    ) -> Result<(), E> {
        let (mut wheres, mut values) = filter.wheres("f.finished");
        // What either version says must be theirs to read.
        if let Some(readable) = readable(&filter.restricted) {
            wheres.push_str(&format!(" AND {readable}"));
            if let Restricted::Of(committees) = &filter.restricted {
                values.extend(committees.iter().cloned().map(rusqlite::types::Value::Text));
            }
        }
        let sql = format!(
            "SELECT {NAMED}, w.number AS later, w.content AS after_content, w.visibility AS after_visibility,
             p.content AS before_content, p.visibility AS before_visibility, f.finished AS seen
             FROM version w JOIN record r ON r.n = w.record JOIN version v ON v.n = r.latest
             JOIN version p ON p.record = w.record AND p.number =
               (SELECT max(q.number) FROM version q WHERE q.record = w.record AND q.number < w.number
                AND (q.door = w.door OR q.door IS NULL OR w.door IS NULL))
             JOIN capture f ON f.n = (SELECT min(capture) FROM observation WHERE version = w.n)
             WHERE w.n IN (SELECT n FROM version WHERE number > 1) AND {wheres} ORDER BY f.finished, w.n"
        );
        self.stream(
            &sql,
            values,
            |row| {
                let content = |name| -> Result<Content, Error> {
                    column!(version.content).json(&row.get::<_, String>(name)?)
                };
                let visibility = |name| read_visibility(&row.get::<_, String>(name)?);
                Ok(Edit {
                    named: read_named(row)?,
                    seen: column!(capture.finished).parse(&row.get::<_, String>("seen")?)?,
                    number: row.get("later")?,
                    before: content("before_content")?,
                    after: content("after_content")?,
                    visibility: (
                        visibility("before_visibility")?,
                        visibility("after_visibility")?,
                    ),
                })
            },
            each,
        )
    }

    /// What the platform confirmed as removed or hidden in the filter's time, in that order.
    ///
    /// # Errors
    /// Those of SQLite, a row that is not of its kind, and what `each` returns.
    pub fn for_each_vanishing<E: From<Error>>(
        &self,
        filter: &ReportFilter,
        each: impl FnMut(Vanishing) -> Result<(), E>,
    ) -> Result<(), E> {
        let (wheres, values) = filter.wheres("g.confirmed");
        let sql = format!(
            "SELECT {NAMED}, g.change, g.last_seen, g.first_missed, g.confirmed, g.how, g.author AS by_whom, g.ended
             FROM vanishing g JOIN record r ON r.n = g.record JOIN version v ON v.n = r.latest
             WHERE {wheres} ORDER BY g.confirmed, g.n"
        );
        self.stream(
            &sql,
            values,
            |row| {
                let text = |name| row.get::<_, String>(name);
                Ok(Vanishing {
                    named: read_named(row)?,
                    change: text("change")?,
                    last_seen: column!(vanishing.last_seen).parse(&text("last_seen")?)?,
                    first_missed: column!(vanishing.first_missed).parse(&text("first_missed")?)?,
                    confirmed: column!(vanishing.confirmed).parse(&text("confirmed")?)?,
                    how: text("how")?,
                    by: row.get("by_whom")?,
                    ended: row
                        .get::<_, Option<String>>("ended")?
                        .map(|e| column!(vanishing.ended).parse(&e))
                        .transpose()?,
                })
            },
            each,
        )
    }

    /// What is no longer seen, was first missed in the filter's time, and is not known to be removed or hidden.
    ///
    /// # Errors
    /// Those of SQLite, a row that is not of its kind, and what `each` returns.
    pub fn for_each_missed<E: From<Error>>(
        &self,
        filter: &ReportFilter,
        each: impl FnMut(MissedRow) -> Result<(), E>,
    ) -> Result<(), E> {
        let (wheres, values) = filter.wheres("c.finished");
        // Absences are few: they lead, and no other index may.
        let sql = format!(
            "SELECT {NAMED}, c.finished AS first_missed, {LAST_SEEN} AS last_seen, s.asked, s.why
             FROM absence b CROSS JOIN capture c ON c.n = b.capture CROSS JOIN record r ON r.n = b.record
             CROSS JOIN version v ON v.n = r.latest LEFT JOIN not_settled s ON s.record = r.n
             WHERE {wheres} AND {NOT_SEEN} AND b.capture = (SELECT max(capture) FROM absence WHERE record = r.n)
             AND NOT EXISTS (SELECT 1 FROM vanishing g WHERE g.record = r.n AND g.ended IS NULL)
             ORDER BY c.finished, r.n"
        );
        self.stream(
            &sql,
            values,
            |row| {
                let text = |name| row.get::<_, String>(name);
                let asked = row.get::<_, Option<String>>("asked")?;
                Ok(MissedRow {
                    named: read_named(row)?,
                    last_seen: column!(capture.finished).parse(&text("last_seen")?)?,
                    first_missed: column!(capture.finished).parse(&text("first_missed")?)?,
                    asked: match asked {
                        Some(at) => Some((column!(not_settled.asked).parse(&at)?, text("why")?)),
                        None => None,
                    },
                })
            },
            each,
        )
    }
}

fn readable(restricted: &Restricted) -> Option<String> {
    let public = "w.visibility = 'public' AND p.visibility = 'public'";
    match restricted {
        Restricted::All => None,
        Restricted::None => Some(public.to_owned()),
        Restricted::Of(committees) => {
            let marks = vec!["?"; committees.len()].join(", ");
            Some(format!("({public} OR r.committee IN ({marks}))"))
        }
    }
}
