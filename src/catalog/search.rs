//! Search: what a query finds among all versions of records and all page captures.
//!
//! The index (`search_index`, FTS5) gives documents newest first or by relevance; each is then looked up, so that what
//! is destroyed, locked or not public is never told, nor counted.

mod count;
mod found;
mod index;
mod question;
mod records;

use std::collections::{BinaryHeap, HashSet};
use std::ops::Range;

use chrono::{DateTime, NaiveDate, Utc};
use rusqlite::types::Value;
use rusqlite::{Rows, params, params_from_iter};

use super::value;
use super::{Catalog, Error, NewEvent, Restricted, event};
use crate::record::{AccountId, BagId, Kind, Platform, RecordId, Visibility};
use crate::retention::{Query, RowId, SavedSearch, Snippet};
use found::Lookup;
use index::{Document, FIRST_DATED, first_of, second_of};
use question::Question;

pub use index::Unindexed;
pub(super) use index::{change, forget_doomed, keep_up};

/// Hits beyond the page that are looked up to tell how many there are.
const COUNTED: u64 = 200;

/// Documents that are read, newest first, for a word of which only the beginning is given: one that begins many words
/// is found among them, and one that does not is asked of the index, which first gathers all that begins so.
const READ: u64 = 600;

/// Where words are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SearchWhere {
    /// In posts, comments and messages.
    Posts,
    /// In page captures.
    Pages,
    /// In the names of authors.
    Author,
}

/// What else a hit must be. All that is given must fit.
#[derive(Debug, Clone, Default)]
pub struct SearchFilter {
    pub accounts: Vec<AccountId>,
    pub committee: Option<String>,
    pub platform: Option<Platform>,
    pub kind: Option<Kind>,
    /// Published, or captured as a page, at or after.
    pub from: Option<DateTime<Utc>>,
    /// Before.
    pub until: Option<DateTime<Utc>>,
    /// Of this row of its plan, whichever version.
    pub row: Option<RowId>,
    pub unclassified: bool,
    /// Gone or hidden from the platform, by its word or in a removal case.
    pub removed: bool,
    /// With versions that say different things.
    pub edited: bool,
    pub place: Option<SearchWhere>,
    /// Registered under this diarienummer, or in a removal case that is.
    pub case: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SearchOrder {
    Newest,
    /// By BM25; what stands in titles and names of authors weighs more.
    Relevance,
}

/// A search to be made.
#[derive(Debug, Clone)]
pub struct SearchRequest {
    /// `None`: all that the filters let through.
    pub query: Option<Query>,
    pub filters: Vec<SearchFilter>,
    pub restricted: Restricted,
    pub order: SearchOrder,
    /// Hits that are passed by.
    pub skip: u64,
    /// Hits that are wanted.
    pub limit: u64,
    /// A line for each version, not for each record.
    pub every_version: bool,
    /// Counts all, however long it takes.
    pub count_all: bool,
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SearchResult {
    pub hits: Vec<SearchHit>,
    /// How many there are, or at least are.
    pub count: u64,
    pub count_is_exact: bool,
}

/// A record or page that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchHit {
    pub account: AccountId,
    pub committee: String,
    /// When it was published; of a page, captured.
    pub at: Option<DateTime<Utc>>,
    pub what: SearchedWhat,
    pub author: Option<String>,
    pub title: Option<String>,
    /// A piece of the text.
    pub text: Snippet,
    pub title_hits: Vec<Range<usize>>,
    pub author_hits: Vec<Range<usize>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SearchedWhat {
    Record {
        record: RecordId,
        kind: Kind,
        visibility: Visibility,
        /// The version that is shown: the newest that was found.
        version: u32,
        /// How many there are.
        versions: u32,
        /// False when only an older version says what was searched for.
        current: bool,
        /// How and since when it is gone from the platform.
        removed: Option<(String, DateTime<Utc>)>,
        not_seen: bool,
    },
    Page {
        bag: BagId,
        address: String,
    },
}

impl Catalog {
    /// Makes a search. Hits of the same archive come in the same order each time, page after page.
    ///
    /// # Errors
    /// [`Error::NoIndex`] in a catalog of an older format; those of SQLite; a row that is not of its kind.
    pub fn search(&self, request: &SearchRequest) -> Result<SearchResult, Error> {
        if !self.has_search()? {
            return Err(Error::NoIndex);
        }
        let question = self.asked_of_index(
            request.query.as_ref(),
            &request.filters,
            &request.restricted,
        )?;
        if question == Question::Nothing {
            return Ok(SearchResult {
                count_is_exact: true,
                ..SearchResult::default()
            });
        }
        if request.count_all && request.limit == 0 {
            return count::all(self, request, &question);
        }
        let begins = request.query.as_ref().is_some_and(Query::has_beginnings);
        if begins && request.order == SearchOrder::Newest && !request.count_all {
            let found = Gathering::of(self, request)?.all(&Question::Everything, Some(READ))?;
            if let Some(found) = found {
                return Ok(found);
            }
        }
        let found = Gathering::of(self, request)?.all(&question, None)?;
        Ok(found.unwrap_or_default())
    }

    /// Saves a search under a name of its own; it is never changed, for holds rest on it.
    ///
    /// # Errors
    /// [`Error::SearchExists`], and those of SQLite.
    pub fn save_search(
        &mut self,
        name: &str,
        search: &SavedSearch,
        actor: &str,
        at: DateTime<Utc>,
    ) -> Result<(), Error> {
        let change = self.db.transaction()?;
        let new = change.execute(
            "INSERT OR IGNORE INTO saved_search (name, filter, at, actor) VALUES (?1, ?2, ?3, ?4)",
            params![
                name,
                value::json("saved search", search)?,
                value::time(at),
                actor
            ],
        )?;
        if new == 0 {
            return Err(Error::SearchExists(name.to_owned()));
        }
        event::insert(
            &change,
            &NewEvent {
                at,
                actor,
                verb: "search save",
                object: name,
                before: None,
                after: None,
            },
        )?;
        change.commit()?;
        Ok(())
    }

    /// The names of saved searches.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn saved_searches(&self) -> Result<Vec<String>, Error> {
        let sql = "SELECT name FROM saved_search ORDER BY name";
        let mut statement = self.db.prepare_cached(sql)?;
        let rows = statement.query_map([], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

/// The hits of one search, gathered from what the index gives.
struct Gathering<'a> {
    catalog: &'a Catalog,
    request: &'a SearchRequest,
    lookup: Lookup<'a>,
    /// Records that were found already: in this second, or by relevance at all.
    told: HashSet<i64>,
    second: i64,
    shown: Vec<i64>,
    count: u64,
}

impl<'a> Gathering<'a> {
    fn of(catalog: &'a Catalog, request: &'a SearchRequest) -> Result<Self, Error> {
        Ok(Self {
            catalog,
            request,
            lookup: Lookup::of(&catalog.db, request)?,
            told: HashSet::new(),
            second: i64::MIN,
            shown: Vec::new(),
            count: 0,
        })
    }

    /// All that is wanted; `None` when so many documents were read and it is not known to be all.
    fn all(
        mut self,
        question: &Question,
        read: Option<u64>,
    ) -> Result<Option<SearchResult>, Error> {
        let (sql, values) = self.documents(question);
        let mut statement = self.catalog.db.prepare_cached(&sql)?;
        let mut rows = statement.query(params_from_iter(values))?;
        let more = match self.is_by_relevance(question) {
            true => self.take_best(&mut rows)?,
            false => self.take_in_order(&mut rows, read)?,
        };
        if more && read.is_some() && self.count < self.wanted() {
            return Ok(None);
        }
        let mut hits = Vec::with_capacity(self.shown.len());
        for number in &self.shown {
            hits.extend(self.lookup.hit(*number)?);
        }
        Ok(Some(SearchResult {
            hits,
            count: self.count,
            count_is_exact: !more,
        }))
    }

    fn wanted(&self) -> u64 {
        self.request.skip + self.request.limit
    }

    fn is_enough(&self) -> bool {
        !self.request.count_all && self.count >= self.wanted() + COUNTED
    }

    /// Takes documents as they come. True when there are more than were wanted, or read.
    fn take_in_order(&mut self, rows: &mut Rows<'_>, read: Option<u64>) -> Result<bool, Error> {
        let mut seen = 0;
        while let Some(row) = rows.next()? {
            if self.is_enough() || read.is_some_and(|read| seen >= read) {
                return Ok(true);
            }
            seen += 1;
            self.take(row.get(0)?, read.is_some())?;
        }
        Ok(false)
    }

    /// The same by relevance: only those that are wanted are sorted.
    fn take_best(&mut self, rows: &mut Rows<'_>) -> Result<bool, Error> {
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            // The better, the further below zero; the bits of what is above zero sort as it does.
            let score: f64 = row.get(1)?;
            all.push(((-score).max(0.0).to_bits(), row.get::<_, i64>(0)?));
        }
        let mut best = BinaryHeap::from(all);
        while let Some((_, number)) = best.pop() {
            if self.is_enough() {
                return Ok(true);
            }
            self.take(number, false)?;
        }
        Ok(false)
    }

    fn is_by_relevance(&self, question: &Question) -> bool {
        self.request.order == SearchOrder::Relevance && matches!(question, Question::Match(_))
    }

    /// One document: counted, and shown when it is on the page.
    fn take(&mut self, number: i64, read: bool) -> Result<(), Error> {
        let newest = self.request.order == SearchOrder::Newest;
        if newest && second_of(number) != self.second {
            // All documents of a record are of one second.
            self.second = second_of(number);
            self.told.clear();
        }
        if read && !self.lookup.reads(number)? {
            return Ok(());
        }
        let is_new = match Document::of(number) {
            Document::Page(n) => self.lookup.has_page(n)?,
            Document::Version(n) => {
                let record = self.lookup.record_of(n)?;
                record.is_some_and(|n| self.request.every_version || self.told.insert(n))
            }
        };
        if !is_new {
            return Ok(());
        }
        if self.count >= self.request.skip && (self.shown.len() as u64) < self.request.limit {
            self.shown.push(number);
        }
        self.count += 1;
        Ok(())
    }

    /// What gives the documents' numbers: in order, or with their scores.
    fn documents(&self, question: &Question) -> (String, Vec<Value>) {
        let mut values = Vec::new();
        let mut wheres = Vec::new();
        let (table, id) = match question {
            Question::Match(words) => {
                wheres.push("search_index MATCH ?".to_owned());
                values.push(Value::Text(words.clone()));
                ("search_index", "rowid")
            }
            _ => ("search_index_docsize", "id"),
        };
        let all = self.request.filters.iter();
        let from = all.clone().filter_map(|filter| filter.from).max();
        let until = all.filter_map(|filter| filter.until).min();
        for (sign, at) in [(">=", from), ("<", until)] {
            if let Some(at) = at {
                wheres.push(format!("{id} {sign} ?"));
                values.push(Value::Integer(first_of(at.timestamp())));
            }
        }
        if until.is_some() && from.is_none() {
            // What has no date is before all others, and of no day.
            wheres.push(format!("{id} >= ?"));
            values.push(Value::Integer(FIRST_DATED));
        }
        let wheres = match wheres.is_empty() {
            true => String::new(),
            false => format!(" WHERE {}", wheres.join(" AND ")),
        };
        let sql = match self.is_by_relevance(question) {
            true => {
                format!("SELECT {id}, bm25({table}, 4.0, 1.0, 2.0, 0.0) FROM {table}{wheres}")
            }
            false => format!("SELECT {id} FROM {table}{wheres} ORDER BY {id} DESC"),
        };
        (sql, values)
    }
}

impl SearchRequest {
    /// All records that a saved search finds, and no page captures.
    pub(super) fn for_records(saved: &SavedSearch, restricted: Restricted) -> Self {
        let posts = SearchFilter {
            place: Some(SearchWhere::Posts),
            ..SearchFilter::default()
        };
        Self {
            query: saved.query(),
            filters: vec![SearchFilter::of_saved(saved), posts],
            restricted,
            order: SearchOrder::Newest,
            skip: 0,
            limit: 0,
            every_version: false,
            count_all: true,
        }
    }
}

/// Swedish days as moments, for a filter.
impl SearchFilter {
    /// The filters of a saved search.
    pub fn of_saved(saved: &SavedSearch) -> Self {
        Self {
            accounts: saved.accounts.clone(),
            committee: saved.committee.clone(),
            platform: saved.platform,
            kind: saved.kind,
            case: saved.case.clone(),
            ..Self::default()
        }
        .on_days(saved.from, saved.to)
    }

    /// Published on these Swedish days, both among them.
    #[must_use]
    pub fn on_days(self, from: Option<NaiveDate>, to: Option<NaiveDate>) -> Self {
        let next = |day: NaiveDate| day.succ_opt().unwrap_or(day);
        Self {
            from: from.map(crate::calendar::day_begins),
            until: to.map(next).map(crate::calendar::day_begins),
            ..self
        }
    }
}
