//! What a document of the index is of: whether it may be told, and what it says.

use chrono::{DateTime, Utc};
use rusqlite::types::Value;
use rusqlite::{CachedStatement, Connection, Row, params_from_iter};

use super::{Document, SearchFilter, SearchHit, SearchRequest, SearchWhere, SearchedWhat};
use crate::catalog::hold::of_case;
use crate::catalog::record::NOT_SEEN;
use crate::catalog::value::{self, column};
use crate::catalog::{Error, Restricted};
use crate::record::{BagId, Kind, RecordId, Visibility};
use crate::retention::{Column, Query, Said, Snippet};

/// Characters of a text that are shown.
const SHOWN: usize = 160;

/// Gone or hidden from the platform: by the platform's own word, or in a removal case.
const REMOVED: &str = "coalesce(
     (SELECT x.change || ' ' || x.confirmed FROM vanishing x WHERE x.record = r.n AND x.ended IS NULL ORDER BY x.n DESC LIMIT 1),
     (SELECT s.what || ' ' || s.at FROM removal_object o JOIN removal_step s ON s.object = o.n
      WHERE o.record = r.n AND s.what IN ('hidden', 'deleted') ORDER BY s.n DESC LIMIT 1))";

/// Looks documents up, by statements that are prepared once a search.
pub(super) struct Lookup<'a> {
    request: &'a SearchRequest,
    /// Record of a version that may be told.
    record: CachedStatement<'a>,
    /// What is asked of it beside the version's row.
    values: Vec<Value>,
    shown: CachedStatement<'a>,
    page: CachedStatement<'a>,
    /// What a document says, without what may not be told.
    said: CachedStatement<'a>,
    page_said: CachedStatement<'a>,
}

impl<'a> Lookup<'a> {
    pub(super) fn of(db: &'a Connection, request: &'a SearchRequest) -> Result<Self, Error> {
        let (mut wheres, values) = wheres(request);
        for case in request.filters.iter().filter_map(|f| f.case.as_deref()) {
            let records = of_case(db, case)?
                .iter()
                .map(i64::to_string)
                .collect::<Vec<_>>();
            wheres.push_str(&format!(" AND r.n IN ({})", records.join(", ")));
        }
        let record = format!(
            "SELECT r.n, r.account, r.committee, a.platform, r.kind
             FROM version v JOIN record r ON r.n = v.record JOIN version l ON l.n = r.latest JOIN account a ON a.id = r.account
             WHERE v.n = ?{wheres}"
        );
        let shown = format!(
            "SELECT r.id, r.account, r.committee, r.kind, r.published, v.number, v.visibility, v.title, v.author, v.text,
                    l.n = v.n AS current, l.number AS latest, l.title AS now_title, l.author AS now_author, l.text AS now_text,
                    l.visibility AS now_visibility, (SELECT count(*) FROM version w WHERE w.record = r.n) AS versions,
                    {REMOVED} AS removed, {NOT_SEEN} AS not_seen
             FROM version v JOIN record r ON r.n = v.record JOIN version l ON l.n = r.latest WHERE v.n = ?1"
        );
        Ok(Self {
            request,
            record: db.prepare_cached(&record)?,
            values,
            shown: db.prepare_cached(&shown)?,
            page: db.prepare_cached(
                "SELECT b.id, c.account, b.committee, c.started, p.title, p.text, a.platform,
                        coalesce((SELECT l.address FROM look l WHERE l.bag = b.n), '') AS address
                 FROM bag b JOIN capture c ON c.n = b.capture JOIN search_page p ON p.bag = b.n
                 JOIN account a ON a.id = c.account
                 WHERE b.n = ?1 AND b.id NOT IN (SELECT bag FROM emergency_bag)",
            )?,
            said: db.prepare_cached("SELECT title, text, author FROM version WHERE n = ?1")?,
            page_said: db
                .prepare_cached("SELECT title, text, NULL FROM search_page WHERE bag = ?1")?,
        })
    }

    /// Whether the document says what is asked for.
    pub(super) fn reads(&mut self, number: i64) -> Result<bool, Error> {
        let Some(query) = &self.request.query else {
            return Ok(true);
        };
        let (statement, n) = match Document::of(number) {
            Document::Version(n) => (&mut self.said, n),
            Document::Page(n) => (&mut self.page_said, n),
        };
        let mut rows = statement.query([n])?;
        let Some(row) = rows.next()? else {
            return Ok(false);
        };
        let text = |at| super::index::text(row, at).map(Option::unwrap_or_default);
        Ok(query.fits(&Said::of(text(0)?, text(1)?, text(2)?)))
    }

    /// The row of a version's record, when it may be told and the filters let it through.
    pub(super) fn record_of(&mut self, version: i64) -> Result<Option<i64>, Error> {
        let values = std::iter::once(Value::Integer(version)).chain(self.values.iter().cloned());
        let mut rows = self.record.query(params_from_iter(values))?;
        let Some(row) = rows.next()? else {
            return Ok(None);
        };
        let text = |at| super::index::text(row, at).map(Option::unwrap_or_default);
        let (account, committee, platform, kind) = (text(1)?, text(2)?, text(3)?, text(4)?);
        let fits = self.request.filters.iter().all(|filter| {
            filter.means_place(account, committee, platform)
                && filter.means_kind(kind)
                && filter.place != Some(SearchWhere::Pages)
        });
        Ok(fits.then_some(row.get(0)?))
    }

    /// Whether a page may be told and the filters let it through.
    pub(super) fn has_page(&mut self, bag: i64) -> Result<bool, Error> {
        let no_page = |filter: &SearchFilter| {
            filter.kind.is_some()
                || filter.row.is_some()
                || filter.case.is_some()
                || filter.unclassified
                || filter.removed
                || filter.edited
                || matches!(filter.place, Some(SearchWhere::Posts | SearchWhere::Author))
        };
        if self.request.filters.iter().any(no_page) {
            return Ok(false);
        }
        let mut rows = self.page.query([bag])?;
        let Some(row) = rows.next()? else {
            return Ok(false);
        };
        let text = |at| super::index::text(row, at).map(Option::unwrap_or_default);
        let (account, committee, platform) = (text(1)?, text(2)?, text(6)?);
        let mut filters = self.request.filters.iter();
        Ok(filters.all(|filter| filter.means_place(account, committee, platform)))
    }

    /// What is shown of a document.
    pub(super) fn hit(&mut self, number: i64) -> Result<Option<SearchHit>, Error> {
        match Document::of(number) {
            Document::Page(bag) => {
                let mut rows = self.page.query([bag])?;
                rows.next()?.map(|row| page(row, self.request)).transpose()
            }
            Document::Version(version) => {
                let mut rows = self.shown.query([version])?;
                let row = rows.next()?;
                row.map(|row| record(row, self.request)).transpose()
            }
        }
    }
}

/// What SQL asks of a record beside its version, with the values of that.
fn wheres(request: &SearchRequest) -> (String, Vec<Value>) {
    let mut wheres = String::from(" AND r.gallring IS NULL");
    let mut values = Vec::new();
    match &request.restricted {
        Restricted::All => {}
        Restricted::None => {
            wheres.push_str(" AND v.visibility = 'public' AND l.visibility = 'public'");
        }
        Restricted::Of(committees) => {
            let marks = vec!["?"; committees.len()].join(", ");
            // Who was handed a case reads its records.
            wheres.push_str(&format!(
                " AND (v.visibility = 'public' AND l.visibility = 'public' OR r.committee IN ({marks})
                  OR r.n IN (SELECT o.record FROM removal_object o JOIN removal_route u ON u.removal = o.removal
                             WHERE u.committee IN ({marks})))"
            ));
            let both = committees.iter().chain(committees).cloned();
            values.extend(both.map(Value::Text));
        }
    }
    for filter in &request.filters {
        if filter.unclassified {
            wheres
                .push_str(" AND NOT EXISTS (SELECT 1 FROM classification c WHERE c.record = r.n)");
        }
        if let Some(row) = &filter.row {
            wheres.push_str(
                " AND EXISTS (SELECT 1 FROM classification c JOIN plan_row p ON p.n = c.plan_row
                  WHERE c.record = r.n AND p.id = ?)",
            );
            values.push(Value::Text(row.to_string()));
        }
        if filter.removed {
            wheres.push_str(&format!(" AND {REMOVED} IS NOT NULL"));
        }
        if filter.edited {
            wheres.push_str(
                " AND EXISTS (SELECT 1 FROM version w WHERE w.record = r.n AND w.digest <> l.digest)",
            );
        }
    }
    (wheres, values)
}

fn hits_of(request: &SearchRequest, column: Column, text: &str) -> Vec<std::ops::Range<usize>> {
    let query = request.query.as_ref();
    query.map_or_else(Vec::new, |query| query.hits(column, text))
}

fn snippet(request: &SearchRequest, text: &str) -> Snippet {
    Snippet::of(text, &hits_of(request, Column::Text, text), SHOWN)
}

fn time(row: &Row<'_>, name: &str) -> Result<Option<DateTime<Utc>>, Error> {
    let text: Option<String> = row.get(name)?;
    text.map(|text| column!(record.published).parse(&text))
        .transpose()
}

fn record(row: &Row<'_>, request: &SearchRequest) -> Result<SearchHit, Error> {
    let get = |name: &str| row.get::<_, Option<String>>(name);
    let mut said = (
        get("title")?,
        get("text")?.unwrap_or_default(),
        get("author")?,
    );
    let mut version = row.get("number")?;
    let mut current: bool = row.get("current")?;
    let mut visibility: String = row.get("visibility")?;
    if !current && !request.every_version {
        // The newest in number need not be the one that stands: another door may show it.
        let now = (
            get("now_title")?,
            get("now_text")?.unwrap_or_default(),
            get("now_author")?,
        );
        let fits = |query: &Query| {
            let text = |text: &Option<String>| text.clone().unwrap_or_default();
            query.fits(&Said::of(&text(&now.0), &now.1, &text(&now.2)))
        };
        if request.query.as_ref().is_none_or(fits) {
            said = now;
            version = row.get("latest")?;
            visibility = row.get("now_visibility")?;
            current = true;
        }
    }
    let (title, text, author) = said;
    let removed = get("removed")?.map(|removed| {
        let (how, at) = removed.split_once(' ').unwrap_or((&removed, ""));
        Ok::<_, Error>((how.to_owned(), column!(vanishing.confirmed).parse(at)?))
    });
    let hits = |column, text: &Option<String>| {
        let text = text.as_deref().unwrap_or_default();
        hits_of(request, column, text)
    };
    Ok(SearchHit {
        account: column!(record.account).parse(&row.get::<_, String>("account")?)?,
        committee: row.get("committee")?,
        at: time(row, "published")?,
        what: SearchedWhat::Record {
            record: RecordId(value::uuid(row, "id")?),
            kind: column!(record.kind).named(
                &row.get::<_, String>("kind")?,
                &Kind::ALL,
                Kind::as_str,
            )?,
            visibility: column!(version.visibility).named(
                &visibility,
                &Visibility::ALL,
                Visibility::as_str,
            )?,
            version,
            versions: row.get("versions")?,
            current,
            removed: removed.transpose()?,
            not_seen: row.get("not_seen")?,
        },
        title_hits: hits(Column::Title, &title),
        author_hits: hits(Column::Author, &author),
        text: snippet(request, &text),
        title,
        author,
    })
}

fn page(row: &Row<'_>, request: &SearchRequest) -> Result<SearchHit, Error> {
    let title: String = row.get("title")?;
    Ok(SearchHit {
        account: column!(capture.account).parse(&row.get::<_, String>("account")?)?,
        committee: row.get("committee")?,
        at: time(row, "started")?,
        what: SearchedWhat::Page {
            bag: BagId(value::uuid(row, "id")?),
            address: row.get("address")?,
        },
        title_hits: hits_of(request, Column::Title, &title),
        author_hits: Vec::new(),
        text: snippet(request, &row.get::<_, String>("text")?),
        title: (!title.is_empty()).then_some(title),
        author: None,
    })
}
