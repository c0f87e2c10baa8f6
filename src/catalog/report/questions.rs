//! What people wrote below posts, and what of it the municipality wrote itself.

use chrono::{DateTime, Utc};
use rusqlite::params;

use super::{NAMED, Named, ReportFilter, read_named};
use crate::catalog::own_side::told_by_platform;
use crate::catalog::value::{self, column};
use crate::catalog::{Catalog, Error, QuestionState, Writer};
use crate::record::{Content, Kind};

/// A post, comment or message in passing; what it points to is gone when the next one comes.
#[derive(Debug)]
pub struct Utterance<'a> {
    /// Its row, by which the rest is asked.
    pub row: i64,
    pub parent: Option<i64>,
    pub kind: Kind,
    pub account: &'a str,
    /// RFC 3339; `None` where the platform tells no time.
    pub published: Option<&'a str>,
    pub author: Option<&'a str>,
    pub text: &'a str,
    /// False where it came only by an import.
    pub told_by_platform: bool,
    /// True when it answers something.
    pub answers: bool,
    /// True when those it was written to could see it at some time: as public, or in their messages.
    pub was_seen: bool,
    /// True when it is of the committee asked for, and the reader's to read.
    pub is_asked_for: bool,
    content: &'a str,
}

/// A question with what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    pub named: Named,
    /// When it was first seen, for one without a time of its own.
    pub first_seen: DateTime<Utc>,
    /// What the platform said last: removed, hidden.
    pub vanished: Option<String>,
}

impl Utterance<'_> {
    /// What tells whether it is the municipality's own.
    pub fn writer(&self) -> Writer<'_> {
        Writer {
            kind: self.kind,
            told_by_platform: self.told_by_platform,
            answers: self.answers,
            author: self.author,
            content: self.content,
        }
    }

    /// # Errors
    /// A row that is not of its kind.
    pub fn whole_content(&self) -> Result<Content, Error> {
        column!(version.content).json(self.content)
    }
}

impl Catalog {
    /// All that was written on the accounts asked for, in the order it came in. The filter's committee, time and what the
    /// reader may see say which questions are asked for: an answer counts wherever it stands.
    ///
    /// # Errors
    /// Those of SQLite, a row that is not of its kind, and what `each` returns.
    pub fn for_each_utterance<E: From<Error>>(
        &self,
        filter: &ReportFilter,
        mut each: impl FnMut(&Utterance<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let of_questions = ReportFilter {
            account: None,
            from: None,
            until: None,
            ..filter.clone()
        };
        let (asked_for, mut values) = of_questions.wheres("r.published");
        let of_account = ReportFilter {
            account: filter.account.clone(),
            ..ReportFilter::default()
        };
        let (mut wheres, of_account) = of_account.wheres("r.published");
        values.extend(of_account);
        // What was written before the first question asked for answers none of them.
        if let Some(from) = filter.from {
            wheres.push_str(" AND (r.published IS NULL OR r.published >= ?)");
            values.push(value::time(from).into());
        }
        let sql = format!(
            "SELECT r.n, r.parent, r.kind, r.account, r.published, v.author, v.text, v.content, r.parent_native IS NOT NULL,
             {},
             v.visibility = 'public' OR v.visibility = 'private' AND r.kind = 'message'
               OR EXISTS (SELECT 1 FROM version w WHERE w.record = r.n AND w.visibility = 'public'),
             {asked_for}
             FROM record r CROSS JOIN version v ON v.n = r.latest WHERE {wheres} ORDER BY r.n",
            told_by_platform!()
        );
        let mut statement = self.db.prepare(&sql).map_err(Error::from)?;
        let mut rows = statement
            .query(rusqlite::params_from_iter(values))
            .map_err(Error::from)?;
        while let Some(row) = rows.next().map_err(Error::from)? {
            let read = || -> rusqlite::Result<_> {
                let text = |at| Ok::<_, rusqlite::Error>(row.get_ref(at)?.as_str()?);
                let optional = |at| Ok::<_, rusqlite::Error>(row.get_ref(at)?.as_str_or_null()?);
                Ok((
                    text(2)?,
                    Utterance {
                        row: row.get(0)?,
                        parent: row.get(1)?,
                        kind: Kind::Post,
                        account: text(3)?,
                        published: optional(4)?,
                        author: optional(5)?,
                        text: text(6)?,
                        content: text(7)?,
                        answers: row.get(8)?,
                        told_by_platform: row.get(9)?,
                        was_seen: row.get(10)?,
                        is_asked_for: row.get(11)?,
                    },
                ))
            };
            let (kind, utterance) = read().map_err(Error::from)?;
            let kind = column!(record.kind).named(kind, &Kind::ALL, Kind::as_str)?;
            each(&Utterance { kind, ..utterance })?;
        }
        Ok(())
    }

    /// What each marked record was marked as, by its row.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn marked(&self) -> Result<std::collections::HashMap<i64, QuestionState>, Error> {
        self.question_states()
    }

    /// What the record of that row answers, if it is known.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn answered_by(&self, row: i64) -> Result<Option<i64>, Error> {
        Ok(self
            .db
            .prepare_cached("SELECT parent FROM record WHERE n = ?1")?
            .query_row([row], |row| row.get(0))?)
    }

    /// The question of that row.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn question(&self, row: i64) -> Result<Question, Error> {
        let sql = format!(
            "SELECT {NAMED},
             (SELECT c.finished FROM observation o JOIN version w ON w.n = o.version JOIN capture c ON c.n = o.capture
              WHERE w.record = r.n ORDER BY o.capture LIMIT 1) AS first_seen,
             (SELECT change FROM vanishing x WHERE x.record = r.n AND x.ended IS NULL ORDER BY x.n DESC LIMIT 1) AS vanished
             FROM record r JOIN version v ON v.n = r.latest WHERE r.n = ?1"
        );
        let mut statement = self.db.prepare_cached(&sql)?;
        let mut rows = statement.query(params![row])?;
        let row = rows.next()?.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
        let named = read_named(row)?;
        let seen: Option<String> = row.get("first_seen")?;
        Ok(Question {
            first_seen: match (seen, named.published) {
                (Some(seen), _) => column!(capture.finished).parse(&seen)?,
                (None, published) => published.unwrap_or_default(),
            },
            vanished: row.get("vanished")?,
            named,
        })
    }
}
