//! What a request is about: records that were named, and what a saved search finds, with their talks if asked.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension as _, params};
use serde_json::json;

use super::step::insert as note;
use super::{DisclosureRow, NewDisclosureStep};
use crate::catalog::hold::talk;
use crate::catalog::value;
use crate::catalog::{Catalog, Error, Restricted, SearchRequest};
use crate::record::RecordId;
use crate::retention::SavedSearch;

/// What a request asks the catalog for.
#[derive(Debug, Clone, Copy)]
pub struct DisclosureScope<'a> {
    pub committee: &'a str,
    pub records: &'a [RecordId],
    /// The name of a saved search.
    pub search: Option<&'a str>,
    /// A search that is saved with the request.
    pub asked: Option<&'a SavedSearch>,
    pub thread: bool,
    /// Which of other committees' records that are not public may be told of.
    pub restricted: &'a Restricted,
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InScope {
    /// Of the committee, in the order they came into the archive.
    pub records: Vec<RecordId>,
    /// How many of them the search finds; `None` where nothing is searched for.
    pub found: Option<u64>,
    /// How many lie with each other committee: the requester is to be referred on to them. Only what was always public, or
    /// may be read by who asks: that a word stands in a private message is secret too (OSL 8 kap. 1 §).
    pub elsewhere: BTreeMap<String, u64>,
}

impl DisclosureScope<'_> {
    /// What `arkivd search` finds, all versions and no pages, with the rights of a registrar of the committee: what is not
    /// public there is asked for too, and assessed before it is released. A hold reads its search more generously, for it
    /// may hold too much; who asks for records is answered by what was asked.
    fn request(&self, search: &SavedSearch) -> SearchRequest {
        let restricted = match self.restricted {
            Restricted::All => Restricted::All,
            Restricted::Of(others) => {
                let own = std::iter::once(self.committee.to_owned());
                Restricted::Of(own.chain(others.iter().cloned()).collect())
            }
            Restricted::None => Restricted::Of(vec![self.committee.to_owned()]),
        };
        SearchRequest::for_records(search, restricted)
    }
}

impl Catalog {
    /// The records that a request is about. What was destroyed or is locked is found by no search.
    ///
    /// # Errors
    /// When a record that was named is not in the catalog, was destroyed, is locked ([`Error::RecordLocked`]) or is
    /// another committee's ([`Error::OthersRecord`]), which is told of what all have seen alone; [`Error::NoSearch`];
    /// those of SQLite.
    pub fn in_disclosure_scope(&self, scope: &DisclosureScope<'_>) -> Result<InScope, Error> {
        let mut rows: BTreeSet<i64> = BTreeSet::new();
        for id in scope.records {
            self.told_of(*id, scope)?;
            let details = self.record(*id)?;
            if details.committee != scope.committee {
                return Err(Error::OthersRecord {
                    record: *id,
                    committee: details.committee,
                });
            }
            rows.insert(self.db.query_row(
                "SELECT n FROM record WHERE id = ?1",
                [id.0.as_bytes()],
                |row| row.get(0),
            )?);
        }
        let search = match (scope.search, scope.asked) {
            (Some(name), _) => Some(self.named_search(name)?),
            (None, asked) => asked.cloned(),
        };
        let sought = match &search {
            Some(search) => self.rows_found(&scope.request(search))?,
            None => BTreeSet::new(),
        };
        rows.extend(&sought);
        if scope.thread {
            let mut talks = BTreeSet::new();
            for n in &rows {
                talks.extend(talk(&self.db, *n)?);
            }
            rows = talks;
        }
        let mut found = InScope {
            found: search.map(|_| 0),
            ..InScope::default()
        };
        let mut asked = self.db.prepare_cached(
            "SELECT id, committee,
                    NOT EXISTS (SELECT 1 FROM version v WHERE v.record = record.n AND v.visibility <> 'public') AS public
             FROM record WHERE n = ?1 AND latest IS NOT NULL AND gallring IS NULL",
        )?;
        for n in rows {
            let read = asked
                .query_row([n], |row| {
                    let id = RecordId(value::uuid(row, "id")?);
                    Ok((
                        id,
                        row.get::<_, String>("committee")?,
                        row.get::<_, bool>("public")?,
                    ))
                })
                .optional()?;
            match read {
                Some((id, committee, _)) if committee == scope.committee => {
                    found.records.push(id);
                    if let Some(of_search) = &mut found.found {
                        *of_search += u64::from(sought.contains(&n));
                    }
                }
                Some((_, committee, public)) if public || scope.restricted.includes(&committee) => {
                    *found.elsewhere.entry(committee).or_default() += 1;
                }
                Some(_) | None => {}
            }
        }
        Ok(found)
    }

    /// Holds that it may be told whether there is such a record, and what became of it: one of another committee that was
    /// not always public is there for those alone who may read it.
    fn told_of(&self, id: RecordId, scope: &DisclosureScope<'_>) -> Result<(), Error> {
        let found = self
            .db
            .prepare_cached(
                "SELECT committee, latest IS NOT NULL AND NOT EXISTS
                        (SELECT 1 FROM version v WHERE v.record = record.n AND v.visibility <> 'public')
                 FROM record WHERE id = ?1",
            )?
            .query_row([id.0.as_bytes()], |row| {
                Ok((row.get::<_, String>(0)?, row.get::<_, bool>(1)?))
            })
            .optional()?;
        let found = match found {
            Some(found) => Some(found),
            None => self.stub(id)?.map(|stub| (stub.committee, false)),
        };
        match found {
            Some((committee, public))
                if committee == scope.committee
                    || public
                    || scope.restricted.includes(&committee) =>
            {
                Ok(())
            }
            _ => Err(Error::NoRecord(id)),
        }
    }

    /// Adds records to a request; gives those that are new there, and notes how many.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn add_to_disclosure(
        &mut self,
        row: &DisclosureRow,
        records: &[RecordId],
        step: &NewDisclosureStep<'_>,
    ) -> Result<Vec<RecordId>, Error> {
        let known: BTreeSet<RecordId> = self
            .disclosure_records(row)?
            .into_iter()
            .map(|known| known.record)
            .collect();
        let mut new: Vec<RecordId> = records.to_vec();
        new.retain(|id| !known.contains(id));
        let change = self.db.transaction()?;
        add(&change, row.number, &new)?;
        let count = json!({ "records": new.len() }).to_string();
        note(
            &change,
            row,
            &NewDisclosureStep {
                value: Some(&count),
                ..*step
            },
        )?;
        change.commit()?;
        Ok(new)
    }
}

/// Within a change of the caller's; gives how many were new.
pub(super) fn add(change: &Connection, n: i64, records: &[RecordId]) -> Result<usize, Error> {
    let mut insert = change.prepare_cached(
        "INSERT OR IGNORE INTO disclosure_record (disclosure, record) SELECT ?1, n FROM record WHERE id = ?2",
    )?;
    let mut new = 0;
    for record in records {
        new += insert.execute(params![n, record.0.as_bytes()])?;
    }
    Ok(new)
}

/// Saves a search by the request's beteckning; gives its name.
pub(super) fn save_search(
    change: &Connection,
    designation: &str,
    search: &SavedSearch,
    actor: &str,
    at: DateTime<Utc>,
) -> Result<String, Error> {
    let filter = value::json("saved search", search)?;
    let mut name = designation.to_owned();
    // A person may have saved another by that name.
    for n in 2.. {
        let new = change.execute(
            "INSERT OR IGNORE INTO saved_search (name, filter, at, actor) VALUES (?1, ?2, ?3, ?4)",
            params![name, filter, value::time(at), actor],
        )?;
        if new > 0 {
            break;
        }
        name = format!("{designation}-{n}");
    }
    Ok(name)
}
