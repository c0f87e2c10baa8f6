//! Lists in brief: ids and times alone, and how far back they tell.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::super::Error;
use super::super::client::Answer;
use super::super::poll::{Extent, Window};
use super::super::reading::Reading;
use super::discovery::{JSON, Site, json};
use super::item::{id, is_protected, time};
use super::list::{Sort, count};
use crate::record::{Digest, Kind, NativeId};

const PER_PAGE: usize = 100;
/// Sites before 5.3 know no inner fields, and leave the last out.
const FIELDS: &str = "id,date,date_gmt,modified,modified_gmt,content.protected";

/// One entry by its id and times.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) id: u64,
    pub(super) published: Option<DateTime<Utc>>,
    /// As [`Item::edited`](crate::record::Item) has it.
    pub(super) edited: Option<DateTime<Utc>>,
    /// False where the site says nothing of when it was changed.
    pub(super) tells_change: bool,
    /// Behind a password: it exists, and the public may not read it.
    pub(super) is_protected: bool,
}

/// One answer, or several, of a list.
#[derive(Debug)]
pub(super) struct Brief {
    pub(super) entries: Vec<Entry>,
    /// How many the site says there are.
    pub(super) total: Option<u64>,
    pub(super) digest: Digest,
    /// False when something in it could not be read, or the list moved under the reading.
    steady: bool,
}

impl Brief {
    pub(super) fn of(found: &[Value], answer: &Answer, site: &Site) -> Self {
        let entries: Vec<Entry> = found
            .iter()
            .filter_map(|value| entry(value, site))
            .collect();
        let total = count(answer, "x-wp-total");
        // The count is part of it: one that went beyond the newest changes nothing else.
        let counted = total.map_or(String::new(), |total| total.to_string());
        Self {
            steady: entries.len() == found.len(),
            entries,
            total,
            digest: Digest::of(&[answer.body.as_slice(), counted.as_bytes()].concat()),
        }
    }

    /// What everyone may read of it.
    pub(super) fn ids(&self, kind: Kind) -> BTreeSet<NativeId> {
        let ids = self.entries.iter().filter(|entry| !entry.is_protected);
        ids.map(|entry| NativeId(format!("{kind}:{}", entry.id)))
            .collect()
    }

    /// True when it has all that the site counts.
    pub(super) fn is_whole(&self) -> bool {
        let distinct: BTreeSet<u64> = self.entries.iter().map(|e| e.id).collect();
        let count = distinct.len() as u64;
        self.steady && distinct.len() == self.entries.len() && self.total == Some(count)
    }
}

/// The newest hundred in that order, in brief.
pub(super) async fn ask(
    reading: &mut Reading<'_>,
    site: &Site,
    sort: &Sort,
    order: &str,
) -> Result<Brief, Error> {
    page(reading, site, sort, order, "desc", 1).await
}

/// Every entry in brief, oldest first, as long as the limits of a reading let it.
pub(super) async fn ask_all(
    reading: &mut Reading<'_>,
    site: &Site,
    sort: &Sort,
) -> Result<Brief, Error> {
    let mut all = page(reading, site, sort, "id", "asc", 1).await?;
    let mut last = all.entries.len();
    for number in 2_u32.. {
        if last < PER_PAGE || reading.is_at_page_limit() {
            break;
        }
        let more = match page(reading, site, sort, "id", "asc", number).await {
            // The list became shorter meanwhile, or ended with a full page.
            Err(Error::Status { status: 400, .. }) => break,
            more => more?,
        };
        last = more.entries.len();
        all.steady &= more.steady && more.total == all.total;
        all.entries.extend(more.entries);
    }
    Ok(all)
}

async fn page(
    reading: &mut Reading<'_>,
    site: &Site,
    sort: &Sort,
    orderby: &str,
    order: &str,
    number: u32,
) -> Result<Brief, Error> {
    let (per_page, number) = (PER_PAGE.to_string(), number.to_string());
    let parameters = [
        ("per_page", per_page.as_str()),
        ("orderby", orderby),
        ("order", order),
        ("page", number.as_str()),
        ("_fields", FIELDS),
    ];
    let address = sort.bare(site, &parameters);
    let answer = reading.ask(&address, JSON, sort.access).await?;
    reading.check(&answer)?;
    let found = array(json(&answer)?, &answer)?;
    let brief = Brief::of(&found, &answer, site);
    reading.requests.push(answer.request);
    Ok(brief)
}

pub(super) fn array(value: Value, answer: &Answer) -> Result<Vec<Value>, Error> {
    match value {
        Value::Array(found) => Ok(found),
        _ => Err(Error::WrongType {
            address: answer.request.address.clone(),
            detail: "a list is expected".to_owned(),
        }),
    }
}

fn entry(value: &Value, site: &Site) -> Option<Entry> {
    let published = time(value, "date", site);
    let modified = time(value, "modified", site);
    Some(Entry {
        id: value.get("id").and_then(id)?,
        published,
        edited: modified.filter(|at| Some(*at) != published),
        tells_change: modified.is_some(),
        is_protected: is_protected(value),
    })
}

/// How far back a list by date, newest first, tells: to its end, or to where a further one may have its last time too.
pub(super) fn extent(newest: &Brief) -> Extent {
    if newest.is_whole() {
        return Extent::Whole;
    }
    let times: Option<Vec<DateTime<Utc>>> = newest.entries.iter().map(|e| e.published).collect();
    match times {
        Some(times) if newest.steady && times.is_sorted_by(|a, b| a >= b) => since(&times),
        // No order by time, so no window of it.
        _ => Extent::Loose,
    }
}

/// The window of times that run from the newest to the oldest: without the oldest of them, which may have been cut.
pub(in crate::platform) fn since(times: &[DateTime<Utc>]) -> Extent {
    let oldest = times.last();
    let within = times.iter().rev().find(|at| Some(*at) != oldest);
    within.map_or(Extent::Loose, |at| Extent::Since(*at))
}

/// Two windows of one sort as one, which tells as far back as both.
pub(in crate::platform) fn join(one: Window, other: Window) -> Window {
    let extent = match (one.extent, other.extent) {
        (Extent::Whole, Extent::Whole) => Extent::Whole,
        (Extent::Same, Extent::Same) => Extent::Same,
        (Extent::Since(at), Extent::Whole) | (Extent::Whole, Extent::Since(at)) => {
            Extent::Since(at)
        }
        (Extent::Since(a), Extent::Since(b)) => Extent::Since(a.max(b)),
        _ => Extent::Loose,
    };
    Window {
        what: one.what,
        extent,
        seen: one.seen.into_iter().chain(other.seen).collect(),
        missing: one.missing.into_iter().chain(other.missing).collect(),
    }
}
