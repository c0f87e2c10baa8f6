//! All records that a search finds, for what is made of them.

use std::collections::BTreeSet;

use rusqlite::params_from_iter;

use super::index::Document;
use super::question::Question;
use super::{Gathering, SearchRequest};
use crate::catalog::{Catalog, Error, Restricted, value};
use crate::record::RecordId;

impl Catalog {
    /// The rows of the records that a search finds, whichever version says it: as many as [`Catalog::search`] counts,
    /// page captures aside.
    ///
    /// # Errors
    /// As [`Catalog::search`].
    pub(in crate::catalog) fn rows_found(
        &self,
        request: &SearchRequest,
    ) -> Result<BTreeSet<i64>, Error> {
        if !self.has_search()? {
            return Err(Error::NoIndex);
        }
        let query = request.query.as_ref();
        let question = self.asked_of_index(query, &request.filters, &request.restricted)?;
        let mut found = BTreeSet::new();
        if question == Question::Nothing {
            return Ok(found);
        }
        let mut gathering = Gathering::of(self, request)?;
        let (sql, values) = gathering.documents(&question);
        let mut statement = self.db.prepare_cached(&sql)?;
        let mut rows = statement.query(params_from_iter(values))?;
        while let Some(row) = rows.next()? {
            if let Document::Version(n) = Document::of(row.get(0)?) {
                found.extend(gathering.lookup.record_of(n)?);
            }
        }
        Ok(found)
    }

    /// The records that a saved search finds, oldest first: those that [`Catalog::search`] tells of, page captures aside.
    ///
    /// # Errors
    /// [`Error::NoSearch`]; as [`Catalog::search`].
    pub fn records_of_search(
        &self,
        name: &str,
        restricted: &Restricted,
    ) -> Result<Vec<RecordId>, Error> {
        let search = self.named_search(name)?;
        let request = SearchRequest::for_records(&search, restricted.clone());
        let mut asked = self
            .db
            .prepare_cached("SELECT id, published FROM record WHERE n = ?1")?;
        let mut records = Vec::new();
        for n in self.rows_found(&request)? {
            records.push(asked.query_row([n], |row| {
                let id = RecordId(value::uuid(row, "id")?);
                Ok((row.get::<_, Option<String>>("published")?, id))
            })?);
        }
        records.sort();
        Ok(records.into_iter().map(|(_, id)| id).collect())
    }
}
