//! Opening a request, and asking its search anew.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::{DisclosureCase, DisclosureFault, DisclosureSettings};
use crate::calendar::local_date;
use crate::catalog::{
    Catalog, DisclosureScope, DisclosureWhat, InScope, NewDisclosure, NewDisclosureStep, Requester,
    Restricted,
};
use crate::record::{DisclosureId, RecordId};
use crate::retention::SavedSearch;
use crate::workflow::{Archive, Error, Surroundings};

/// Letters of what is said of a request: it stands in letters and tables.
const LONGEST: usize = 1_000;

/// A request to be opened.
#[derive(Debug, Clone)]
pub struct OpenDisclosure<'a> {
    pub committee: &'a str,
    /// What was asked for, in words.
    pub scope: &'a str,
    /// `None`: now.
    pub received: Option<DateTime<Utc>>,
    pub records: &'a [RecordId],
    /// The name of a saved search.
    pub search: Option<&'a str>,
    /// A search that is saved with the request.
    pub asked: Option<&'a SavedSearch>,
    pub thread: bool,
    pub registered: Option<&'a str>,
    pub requester: Requester,
    /// Which of other committees' records that are not public may be told of.
    pub restricted: &'a Restricted,
}

/// A request after its records were looked for.
#[derive(Debug, Clone)]
pub struct Searched {
    pub case: DisclosureCase,
    /// Records that came to it now.
    pub new: Vec<RecordId>,
    /// How many of the committee's the search finds; `None` where nothing is searched for.
    pub found: Option<u64>,
    /// How many lie with each other committee.
    pub elsewhere: BTreeMap<String, u64>,
}

/// Opens a request. Nothing demands who asks, or why (TF 2 kap. 18 §).
///
/// # Errors
/// [`DisclosureFault`]; a record of another committee; those of the catalog.
pub fn open_disclosure(
    archive: &Archive,
    request: &OpenDisclosure<'_>,
    settings: &DisclosureSettings,
    around: &Surroundings,
) -> Result<Searched, Error> {
    let now = (around.now)();
    let scope = request.scope.trim();
    if scope.is_empty() {
        return Err(DisclosureFault::NoScope.into());
    }
    for (what, text) in [
        ("scope", Some(scope)),
        ("registered", request.registered),
        ("requester", request.requester.name.as_deref()),
        ("contact", request.requester.contact.as_deref()),
    ] {
        short(what, text)?;
    }
    let received = request.received.unwrap_or(now);
    if received > now + chrono::TimeDelta::minutes(5) {
        return Err(DisclosureFault::Argument {
            what: "received",
            value: crate::calendar::local_time(received),
            problem: "it has not come yet",
            hint: "times are Swedish: 2026-11-21 14:03; leave it out for now",
        }
        .into());
    }
    let mut catalog = archive.catalog();
    let found = look(&catalog, request)?;
    let row = catalog.open_disclosure(
        &NewDisclosure {
            id: DisclosureId((around.new_id)()),
            committee: request.committee,
            received,
            scope,
            search: request.search,
            asked: request.asked,
            thread: request.thread,
            registered: request.registered,
            requester: request.requester.clone(),
            opened: now,
            actor: &around.actor,
        },
        &found.records,
    )?;
    let case = DisclosureCase::load(&catalog, row, settings, now)?;
    Ok(Searched {
        case,
        new: found.records,
        found: found.found,
        elsewhere: found.elsewhere,
    })
}

pub(super) fn short(what: &'static str, text: Option<&str>) -> Result<(), DisclosureFault> {
    match text {
        Some(text) if text.chars().count() > LONGEST => Err(DisclosureFault::Argument {
            what,
            value: text.chars().take(60).collect(),
            problem: "it is longer than 1000 letters",
            hint: "say it in a few lines; a letter that came is kept in the diarium",
        }),
        _ => Ok(()),
    }
}

fn look(catalog: &Catalog, request: &OpenDisclosure<'_>) -> Result<InScope, Error> {
    Ok(catalog.in_disclosure_scope(&DisclosureScope {
        committee: request.committee,
        records: request.records,
        search: request.search,
        asked: request.asked,
        thread: request.thread,
        restricted: request.restricted,
    })?)
}

/// Asks a request's search anew, and adds records by hand. What is in it stays, with what was decided of it.
///
/// # Errors
/// [`DisclosureFault::Closed`]; a record of another committee; those of the catalog.
pub fn refresh_disclosure(
    archive: &Archive,
    name: &str,
    records: &[RecordId],
    restricted: &Restricted,
    settings: &DisclosureSettings,
    around: &Surroundings,
) -> Result<Searched, Error> {
    let now = (around.now)();
    let mut catalog = archive.catalog();
    let case = DisclosureCase::named(&catalog, name, settings, now)?;
    if case.row.closed.is_some() {
        let case = case.row.designation;
        return Err(DisclosureFault::Closed { case }.into());
    }
    let known: Vec<RecordId> = case
        .records
        .iter()
        .filter(|r| !r.gone && case.row.thread)
        .map(|r| r.record)
        .collect();
    let all: Vec<RecordId> = known.iter().chain(records).copied().collect();
    let found = catalog.in_disclosure_scope(&DisclosureScope {
        committee: &case.row.committee,
        records: &all,
        search: case.row.search.as_deref(),
        asked: None,
        thread: case.row.thread,
        restricted,
    })?;
    let step = NewDisclosureStep::of(
        DisclosureWhat::Refreshed,
        local_date(now),
        now,
        &around.actor,
    );
    let new = catalog.add_to_disclosure(&case.row, &found.records, &step)?;
    let case = DisclosureCase::load(&catalog, case.row, settings, now)?;
    Ok(Searched {
        case,
        new,
        found: found.found,
        elsewhere: found.elsewhere,
    })
}
