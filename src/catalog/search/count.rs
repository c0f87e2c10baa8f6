//! How many records a search finds. The index tells most of it: only what it cannot tell is looked up.

use std::collections::HashSet;

use rusqlite::params_from_iter;

use super::index::ROW;
use super::question::{MOST_PLACES, Question};
use super::{
    Document, Gathering, SearchFilter, SearchOrder, SearchRequest, SearchResult, second_of,
};
use crate::catalog::{Catalog, Error, Restricted};

/// Versions of records that an emergency locks.
const LOCKED: &str = "SELECT v.n FROM emergency_record e JOIN version v ON v.record = e.record";
/// Versions of records of which some version is not public.
const NOT_PUBLIC: &str = "SELECT w.n FROM version v JOIN version w ON w.record = v.record
     WHERE v.n IN (SELECT rowid & ?1 FROM search_index WHERE search_index MATCH 'signs : \"/r\"')";

/// Counts all that is found.
pub(super) fn all(
    catalog: &Catalog,
    request: &SearchRequest,
    question: &Question,
) -> Result<SearchResult, Error> {
    let unsure = match is_told_by_index(catalog, request)? {
        true => Some(unsure(catalog, request)?),
        false => None,
    };
    let request = SearchRequest {
        order: SearchOrder::Newest,
        ..request.clone()
    };
    let mut gathering = Gathering::of(catalog, &request)?;
    let (sql, values) = gathering.documents(question);
    let mut statement = catalog.db.prepare_cached(&sql)?;
    let mut rows = statement.query(params_from_iter(values))?;
    // Documents of a second may be of one record; one that is alone in its second is a record of its own.
    let mut together: Vec<i64> = Vec::new();
    let mut sure = 0;
    loop {
        let next: Option<i64> = rows.next()?.map(|row| row.get(0)).transpose()?;
        let second = together.last().copied().map(second_of);
        if next.is_none() || second != next.map(second_of) {
            match (&together[..], &unsure) {
                ([alone], Some(unsure)) if is_sure(*alone, unsure) => sure += 1,
                _ => together
                    .iter()
                    .try_for_each(|number| gathering.take(*number, false))?,
            }
            together.clear();
        }
        match next {
            Some(number) => together.push(number),
            None => break,
        }
    }
    Ok(SearchResult {
        count: sure + gathering.count,
        count_is_exact: true,
        ..SearchResult::default()
    })
}

fn is_sure(number: i64, unsure: &HashSet<i64>) -> bool {
    match Document::of(number) {
        Document::Version(n) => !unsure.contains(&n),
        // Pages are few, and an emergency may lock them.
        Document::Page(_) => false,
    }
}

/// Whether all that the filters ask for stands in the index.
fn is_told_by_index(catalog: &Catalog, request: &SearchRequest) -> Result<bool, Error> {
    for filter in &request.filters {
        let SearchFilter {
            row,
            unclassified,
            removed,
            edited,
            case,
            // The index is asked for these, and days are in the documents' numbers.
            accounts: _,
            committee: _,
            platform: _,
            kind: _,
            place: _,
            from: _,
            until: _,
        } = filter;
        if row.is_some() || *unclassified || *removed || *edited || case.is_some() {
            return Ok(false);
        }
        if filter.is_of_places() && catalog.places(filter)?.len() > MOST_PLACES {
            return Ok(false);
        }
    }
    // What waits to be indexed cannot tell that it is not public.
    Ok(request.restricted == Restricted::All || catalog.unindexed()?.versions == 0)
}

/// Versions that may not be told, perhaps.
fn unsure(catalog: &Catalog, request: &SearchRequest) -> Result<HashSet<i64>, Error> {
    let mut all = HashSet::new();
    let mut gather = |sql: &str, values: &[i64]| -> Result<(), Error> {
        let mut statement = catalog.db.prepare_cached(sql)?;
        let rows = statement.query_map(params_from_iter(values), |row| row.get(0))?;
        for n in rows {
            all.insert(n?);
        }
        Ok(())
    };
    gather(LOCKED, &[])?;
    if request.restricted != Restricted::All {
        gather(NOT_PUBLIC, &[ROW])?;
    }
    Ok(all)
}
