//! What reports read: records one after the other, whatever their number, each with what a line of a report tells.

mod changes;
mod questions;

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use rusqlite::types::Value;
use rusqlite::{Row, params, params_from_iter};

pub use changes::{Edit, MissedRow, Vanishing};
pub use questions::{Question, Utterance};

use super::record::read_visibility;
use super::value::{self, column};
use super::{Catalog, Error, Restricted, migration};
use crate::record::{AccountId, Content, Kind, RecordId, Visibility};

/// Which records a report is about.
#[derive(Debug, Clone, Default)]
pub struct ReportFilter {
    pub account: Option<AccountId>,
    pub committee: Option<String>,
    pub restricted: Restricted,
    /// At or after.
    pub from: Option<DateTime<Utc>>,
    /// Before.
    pub until: Option<DateTime<Utc>>,
}

/// A record as a line of a report names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    pub record: RecordId,
    pub account: AccountId,
    pub committee: String,
    pub kind: Kind,
    pub published: Option<DateTime<Utc>>,
    pub permalink: Option<String>,
    pub visibility: Visibility,
    pub author: Option<String>,
    pub title: Option<String>,
    pub text: String,
    /// Number of its newest version.
    pub versions: u32,
}

/// What an account says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileRow {
    /// JSON, as the platform room writes it.
    pub json: String,
    /// Since when it says so in these words.
    pub since: DateTime<Utc>,
}

/// The columns of [`Named`], with `r` and its newest version `v`.
const NAMED: &str = "r.id, r.account, r.committee, r.kind, r.published, r.permalink, v.visibility, v.author, v.title,
                     v.text, v.number";

/// A post of the account's own: not an answer, and told by its platform, or brought with the account's name on it.
pub(super) const OWN: &str = "r.parent_native IS NULL AND (EXISTS (SELECT 1 FROM record_alias x WHERE x.record = r.n AND x.door <> 'import')
     OR v.author = (SELECT name FROM account WHERE id = r.account))";

impl ReportFilter {
    /// `1 AND ..` for records `r` with their newest version `v`, with its values, `time` being what from and until hold for.
    fn wheres(&self, time: &str) -> (String, Vec<Value>) {
        let mut sql = "1".to_owned();
        let mut values: Vec<Value> = Vec::new();
        let mut and = |part: String, value: Option<String>| {
            if let Some(value) = value {
                sql.push_str(&format!(" AND {part}"));
                values.push(value.into());
            }
        };
        and(
            "r.account = ?".to_owned(),
            self.account.as_ref().map(ToString::to_string),
        );
        and("r.committee = ?".to_owned(), self.committee.clone());
        and(format!("{time} >= ?"), self.from.map(value::time));
        and(format!("{time} < ?"), self.until.map(value::time));
        match &self.restricted {
            Restricted::All => {}
            Restricted::None => sql.push_str(" AND v.visibility = 'public'"),
            Restricted::Of(committees) => {
                let marks = vec!["?"; committees.len()].join(", ");
                sql.push_str(&format!(
                    " AND (v.visibility = 'public' OR r.committee IN ({marks}))"
                ));
                values.extend(committees.iter().cloned().map(Value::Text));
            }
        }
        (sql, values)
    }
}

impl Catalog {
    /// False in a catalog from before changes were kept, which nobody has written to since.
    pub(super) fn has_changes(&self) -> Result<bool, Error> {
        Ok(migration::format_of(&self.db)? >= 4)
    }

    /// True when an account or a record is of that committee.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn is_committee(&self, name: &str) -> Result<bool, Error> {
        let sql = "SELECT 1 FROM account WHERE committee = ?1
                   UNION ALL SELECT 1 FROM record WHERE committee = ?1";
        Ok(self.db.prepare_cached(sql)?.exists([name])?)
    }

    /// The committees that accounts or records are of, by name.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn committees(&self) -> Result<BTreeSet<String>, Error> {
        let mut statement = self
            .db
            .prepare_cached("SELECT committee FROM account UNION SELECT committee FROM record")?;
        let rows = statement.query_map([], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Keeps what the account says of itself, if it says something else than before.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn keep_profile(
        &mut self,
        account: &AccountId,
        profile: &impl serde::Serialize,
        at: DateTime<Utc>,
    ) -> Result<(), Error> {
        let json = value::json("profile", profile)?;
        self.db
            .prepare_cached(
                "UPDATE account SET profile = ?2, profile_since = ?3 WHERE id = ?1 AND profile IS NOT ?2",
            )?
            .execute(params![account.as_str(), json, value::time(at)])?;
        Ok(())
    }

    /// What the account says of itself, if a platform ever told.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn profile(&self, account: &AccountId) -> Result<Option<ProfileRow>, Error> {
        let (json, since): (Option<String>, Option<String>) = self
            .db
            .prepare_cached("SELECT profile, profile_since FROM account WHERE id = ?1")?
            .query_row([account.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let (Some(json), Some(since)) = (json, since) else {
            return Ok(None);
        };
        let since = column!(account.profile_since).parse(&since)?;
        Ok(Some(ProfileRow { json, since }))
    }

    /// When the account's own posts were published, in order; only of the filter's time.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn own_posts(
        &self,
        account: &AccountId,
        from: Option<DateTime<Utc>>,
        until: DateTime<Utc>,
        mut each: impl FnMut(DateTime<Utc>),
    ) -> Result<(), Error> {
        let mut statement = self.db.prepare_cached(&format!(
            "SELECT r.published FROM record r JOIN version v ON v.n = r.latest WHERE r.account = ?1 AND r.kind = 'post'
             AND r.published >= ?2 AND r.published < ?3 AND {OWN} ORDER BY r.published"
        ))?;
        let from = from.map(value::time).unwrap_or_default();
        let mut rows = statement.query(params![account.as_str(), from, value::time(until)])?;
        while let Some(row) = rows.next()? {
            each(column!(record.published).parse(&row.get::<_, String>(0)?)?);
        }
        Ok(())
    }

    /// The newest of the account's own posts until then.
    ///
    /// # Errors
    /// Those of SQLite, and a row that is not of its kind.
    pub fn last_own_post(
        &self,
        account: &AccountId,
        until: DateTime<Utc>,
    ) -> Result<Option<DateTime<Utc>>, Error> {
        let mut statement = self.db.prepare_cached(&format!(
            "SELECT r.published FROM record r JOIN version v ON v.n = r.latest WHERE r.account = ?1 AND r.kind = 'post'
             AND r.published < ?2 AND {OWN} ORDER BY r.published DESC LIMIT 1"
        ))?;
        let mut rows = statement.query(params![account.as_str(), value::time(until)])?;
        match rows.next()? {
            Some(row) => Ok(Some(
                column!(record.published).parse(&row.get::<_, String>(0)?)?,
            )),
            None => Ok(None),
        }
    }

    /// The accounts' own posts and pages that have media, as the public sees them, newest first.
    ///
    /// # Errors
    /// Those of SQLite, a row that is not of its kind, and what `each` returns.
    pub fn for_each_illustrated<E: From<Error>>(
        &self,
        filter: &ReportFilter,
        mut each: impl FnMut(Named, Content) -> Result<(), E>,
    ) -> Result<(), E> {
        let (wheres, values) = filter.wheres("r.published");
        let sql = format!(
            "SELECT {NAMED}, v.content FROM record r JOIN version v ON v.n = r.latest WHERE {wheres}
             AND r.kind IN ('post', 'page') AND v.visibility = 'public' AND instr(v.content, '\"media\":[') > 0 AND {OWN}
             ORDER BY r.account, r.published DESC, r.n DESC"
        );
        self.stream(
            &sql,
            values,
            |row| {
                let content = column!(version.content).json(&row.get::<_, String>("content")?)?;
                Ok((read_named(row)?, content))
            },
            |(named, content)| each(named, content),
        )
    }

    /// How many records that others wrote were published in the filter's time, and how many of them are restricted.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn count_incoming(&self, filter: &ReportFilter) -> Result<(u64, u64), Error> {
        let (wheres, values) = filter.wheres("r.published");
        let sql = format!(
            "SELECT count(*), coalesce(sum(v.visibility <> 'public'), 0) FROM record r JOIN version v ON v.n = r.latest
             WHERE {wheres} AND r.kind IN ('comment', 'message')"
        );
        let (all, restricted) = self.db.query_row(&sql, params_from_iter(values), |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
        Ok((
            column!(record.n).count(all)?,
            column!(record.n).count(restricted)?,
        ))
    }

    /// Rows of a query, one at a time: `read` makes each of its row, and `each` takes it.
    fn stream<T, E: From<Error>>(
        &self,
        sql: &str,
        values: Vec<Value>,
        read: impl Fn(&Row<'_>) -> Result<T, Error>,
        mut each: impl FnMut(T) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut statement = self.db.prepare(sql).map_err(Error::from)?;
        let mut rows = statement
            .query(params_from_iter(values))
            .map_err(Error::from)?;
        while let Some(row) = rows.next().map_err(Error::from)? {
            each(read(row)?)?;
        }
        Ok(())
    }
}

fn read_named(row: &Row<'_>) -> Result<Named, Error> {
    let published = row.get::<_, Option<String>>("published")?;
    Ok(Named {
        record: RecordId(value::uuid(row, "id")?),
        account: column!(record.account).parse(&row.get::<_, String>("account")?)?,
        committee: row.get("committee")?,
        kind: column!(record.kind).named(
            &row.get::<_, String>("kind")?,
            &Kind::ALL,
            Kind::as_str,
        )?,
        published: published
            .map(|p| column!(record.published).parse(&p))
            .transpose()?,
        permalink: row.get("permalink")?,
        visibility: read_visibility(&row.get::<_, String>("visibility")?)?,
        author: row.get("author")?,
        title: row.get("title")?,
        text: row.get("text")?,
        versions: row.get("number")?,
    })
}
