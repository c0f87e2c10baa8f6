//! A paged list read to its end, counted against what the site says that there is.
//!
//! Lists are asked for in order of id, oldest first, so that what is published meanwhile comes last. What is
//! removed meanwhile moves the rest one place and could hide an entry between two pages: then all is read again.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::discovery::{JSON, Site, json};
use super::item::{Unread, id};
use super::{Access, Error, Reading};
use crate::platform::client::{Answer, header};
use crate::record::{CoverageRow, Covered, Gap, GapReason, Item};

const PER_PAGE: usize = 100;

/// One sort of thing that the site lists.
pub(super) struct Sort {
    pub(super) what: Covered,
    /// In the names of raw answers.
    pub(super) name: &'static str,
    /// Before the number in native ids.
    prefix: &'static str,
    route: &'static str,
    parameters: &'static [(&'static str, &'static str)],
    pub(super) access: Access,
}

impl Sort {
    pub(super) fn of(what: Covered) -> Self {
        const EMBED: &[(&str, &str)] = &[("_embed", "author,wp:featuredmedia")];
        let (name, prefix, route, parameters, access) = match what {
            Covered::Pages => ("pages", "page", "wp/v2/pages", EMBED, Access::Anonymous),
            Covered::Comments => {
                let route = "wp/v2/comments";
                ("comments", "comment", route, &[][..], Access::Anonymous)
            }
            Covered::HeldComments => {
                let held: &[_] = &[("status", "hold"), ("type", "all")];
                let route = "wp/v2/comments";
                (
                    "comments-held",
                    "comment",
                    route,
                    held,
                    Access::WithCredential,
                )
            }
            _ => ("posts", "post", "wp/v2/posts", EMBED, Access::Anonymous),
        };
        Self {
            what,
            name,
            prefix,
            route,
            parameters,
            access,
        }
    }

    /// Approved pingbacks and trackbacks.
    pub(super) fn pings() -> Self {
        Self {
            name: "comments-pings",
            parameters: &[("type", "pings")],
            access: Access::WithCredential,
            ..Self::of(Covered::Comments)
        }
    }

    /// Where it is listed, with these parameters and its own.
    pub(super) fn address(&self, site: &Site, parameters: &[(&str, &str)]) -> url::Url {
        site.route(self.route, &[parameters, self.parameters].concat())
    }

    /// The same without what it embeds.
    pub(super) fn bare(&self, site: &Site, parameters: &[(&str, &str)]) -> url::Url {
        let own = self.parameters.iter().copied();
        let own = own.filter(|(key, _)| *key != "_embed").collect::<Vec<_>>();
        site.route(self.route, &[parameters, &own].concat())
    }
}

/// What the site told of one sort.
pub(super) struct Told {
    pub(super) items: Vec<Item>,
    pub(super) row: CoverageRow,
}

/// Turns one entry into an item; the flag says that it was not to be had without credential.
type Convert<'c> = &'c (dyn Fn(&Value, bool) -> Result<Item, Unread> + Sync);

/// One reading of the list from its first page to its last.
#[derive(Default)]
struct Pass {
    seen: BTreeSet<u64>,
    total: Option<u64>,
    /// True when the list moved under the reading.
    moved: bool,
    stopped: Option<GapReason>,
}

impl Pass {
    /// True when it agrees with itself: as many as the site says, and the same from page to page.
    fn holds(&self) -> bool {
        let count = self.seen.len() as u64;
        !self.moved && self.stopped.is_none() && self.total.is_none_or(|total| total == count)
    }
}

#[derive(Default)]
struct Entries {
    by_id: BTreeMap<u64, Result<Item, Unread>>,
    nameless: u64,
}

pub(super) async fn read(
    reading: &mut Reading<'_>,
    site: &Site,
    sort: &Sort,
    convert: Convert<'_>,
) -> Result<Told, Error> {
    let mut entries = Entries::default();
    let first = pass(reading, site, sort, "page", &mut entries, convert).await?;
    if first.holds() || first.stopped.is_some() {
        let reason = first.stopped.clone();
        return Ok(tell(sort, entries, first.total, reason));
    }
    let second = pass(reading, site, sort, "again-page", &mut entries, convert).await?;
    let all = entries.by_id.len() as u64;
    if second.holds() {
        let vanished = all - second.seen.len() as u64;
        if vanished > 0 {
            let what = sort.what.as_str();
            reading.warnings.push(format!(
                "{what}: {vanished} went away while the list was read; they are kept as they were"
            ));
        }
        let expected = second.total.map(|total| total + vanished);
        return Ok(tell(sort, entries, expected, None));
    }
    let reason = second.stopped.clone().unwrap_or_else(|| {
        let steady = !first.moved && !second.moved && first.seen == second.seen;
        match (steady && first.total == second.total, second.total) {
            // Counted by the site and shown to nobody who asks without the right.
            (true, Some(total)) if total > all => GapReason::NeedsCredential,
            (true, Some(total)) => GapReason::Malformed {
                detail: format!("the site counts {total} and shows {all}"),
            },
            _ => GapReason::ChangedWhileRead,
        }
    });
    Ok(tell(sort, entries, second.total, Some(reason)))
}

async fn pass(
    reading: &mut Reading<'_>,
    site: &Site,
    sort: &Sort,
    name: &str,
    entries: &mut Entries,
    convert: Convert<'_>,
) -> Result<Pass, Error> {
    let mut pass = Pass::default();
    for page in 1_u32.. {
        if page > 1 && reading.is_at_page_limit() {
            pass.stopped = Some(GapReason::LimitReached {
                limit: "max_pages".to_owned(),
            });
            break;
        }
        let address = address(site, sort, page);
        let answer = match reading.ask(&address, JSON, sort.access).await {
            Err(error @ Error::ListingTimedOut { .. }) if page > 1 => {
                pass.stopped = Some(error.gap());
                break;
            }
            answer => answer?,
        };
        if page > 1 && is_past_the_end(&answer) {
            pass.moved = true;
            reading.requests.push(answer.request);
            break;
        }
        reading.check(&answer)?;
        let found = match json(&answer)? {
            Value::Array(found) => found,
            _ => {
                return Err(Error::WrongType {
                    address: answer.request.address,
                    detail: "a list is expected".to_owned(),
                });
            }
        };
        let total = count(&answer, "x-wp-total");
        pass.moved |= page > 1 && total != pass.total;
        pass.total = total;
        for value in &found {
            let Some(id) = value.get("id").and_then(id) else {
                entries.nameless += 1;
                continue;
            };
            pass.moved |= !pass.seen.insert(id);
            let item = convert(value, answer.request.with_credential);
            entries.by_id.insert(id, item);
        }
        let is_last = count(&answer, "x-wp-totalpages")
            .map_or(found.len() < PER_PAGE, |pages| u64::from(page) >= pages);
        reading.keep(format!("{}-{name}-{page:04}", sort.name), "json", answer)?;
        reading.tell(sort.what, pass.seen.len() as u64, total);
        if is_last || found.is_empty() {
            break;
        }
    }
    Ok(pass)
}

fn address(site: &Site, sort: &Sort, page: u32) -> url::Url {
    let (page, per_page) = (page.to_string(), PER_PAGE.to_string());
    let mut parameters = vec![
        ("per_page", per_page.as_str()),
        ("orderby", "id"),
        ("order", "asc"),
    ];
    parameters.extend(sort.parameters);
    parameters.push(("page", &page));
    site.route(sort.route, &parameters)
}

/// The list became shorter than the page that its last answer promised.
fn is_past_the_end(answer: &Answer) -> bool {
    answer.request.status == 400
        && json(answer).is_ok_and(|error| {
            error.get("code").and_then(Value::as_str) == Some("rest_post_invalid_page_number")
                || error.get("code").and_then(Value::as_str)
                    == Some("rest_comment_invalid_page_number")
        })
}

pub(super) fn count(answer: &Answer, name: &str) -> Option<u64> {
    header(&answer.headers, name)?.trim().parse().ok()
}

fn tell(sort: &Sort, entries: Entries, expected: Option<u64>, reason: Option<GapReason>) -> Told {
    let mut items = Vec::new();
    let mut missing = Vec::new();
    for (id, entry) in entries.by_id {
        match entry {
            Ok(item) => items.push(item),
            Err(Unread(reason)) => missing.push(Gap {
                what: format!("{}:{id}", sort.prefix),
                reason,
            }),
        }
    }
    if entries.nameless > 0 {
        missing.push(Gap {
            what: format!("{} entries of {}", entries.nameless, sort.what.as_str()),
            reason: GapReason::Malformed {
                detail: "without an id".to_owned(),
            },
        });
    }
    if let Some(reason) = reason {
        missing.push(Gap {
            what: sort.what.as_str().to_owned(),
            reason,
        });
    }
    let row = CoverageRow {
        what: sort.what,
        expected,
        captured: items.len() as u64,
        missing,
    };
    Told { items, row }
}
