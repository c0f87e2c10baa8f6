//! The account's statuses, page by page, newest first.

use std::collections::BTreeSet;

use reqwest::header::{HeaderMap, LINK};
use serde_json::Value;
use url::Url;

use super::super::Error;
use super::super::reach::Origin;
use super::super::reading::{Access, Reading};
use super::super::wordpress::json;
use super::status::{self, Status, id};
use super::{JSON, account};
use crate::platform::client::Answer;
use crate::record::{Covered, Gap, GapReason};

/// The most that a server gives at once.
pub(super) const PER_PAGE: usize = 40;

/// What the list told.
#[derive(Default)]
pub(super) struct Found {
    pub(super) statuses: Vec<Status>,
    pub(super) missing: Vec<Gap>,
    pub(super) with_credential: bool,
}

impl Found {
    /// Adds what the other told and this did not.
    pub(super) fn join(&mut self, other: Self) {
        let known: BTreeSet<String> = self.statuses.iter().map(|s| s.id.clone()).collect();
        let new = other.statuses.into_iter();
        self.statuses.extend(new.filter(|s| !known.contains(&s.id)));
        for gap in other.missing {
            if !self.missing.contains(&gap) {
                self.missing.push(gap);
            }
        }
    }
}

/// One page of the list.
pub(super) struct Page {
    pub(super) statuses: Vec<Status>,
    pub(super) missing: Vec<Gap>,
    pub(super) answer: Answer,
    /// How many stood in it, read or not.
    pub(super) count: usize,
    pub(super) next: Option<Url>,
}

/// The address of the newest page.
pub(super) fn first(reading: &Reading<'_>, own: &str) -> Result<Url, Error> {
    let mut address = account::route(reading, &["accounts", own, "statuses"])?;
    let limit = PER_PAGE.to_string();
    address.query_pairs_mut().append_pair("limit", &limit);
    Ok(address)
}

/// Asks for one page.
pub(super) async fn page(
    reading: &mut Reading<'_>,
    own: &str,
    address: &Url,
    access: Access,
) -> Result<Page, Error> {
    let answer = reading.ask(address, JSON, access).await?;
    reading.check(&answer)?;
    let Value::Array(found) = json(&answer)? else {
        return Err(Error::WrongType {
            address: answer.request.address,
            detail: "a list is expected".to_owned(),
        });
    };
    let (mut statuses, mut missing) = (Vec::new(), Vec::new());
    for value in &found {
        match status::read(value, own, address) {
            Ok(status) => statuses.push(status),
            Err(reason) => missing.push(Gap {
                what: match value.get("id").and_then(id) {
                    Some(id) => status::native(&id).0,
                    None => "a post".to_owned(),
                },
                reason,
            }),
        }
    }
    let linked = next_link(&answer.headers, &answer.at);
    // Servers that link to no further page go on below the last id.
    let last = found.last().and_then(|v| v.get("id")).and_then(id);
    let below = last
        .filter(|_| !answer.headers.contains_key(LINK))
        .map(|last| {
            let kept: Vec<(String, String)> = address
                .query_pairs()
                .filter(|(key, _)| key != "max_id")
                .map(|(key, value)| (key.into_owned(), value.into_owned()))
                .collect();
            let mut below = address.clone();
            below
                .query_pairs_mut()
                .clear()
                .extend_pairs(&kept)
                .append_pair("max_id", &last);
            below
        });
    Ok(Page {
        statuses,
        missing,
        count: found.len(),
        next: linked.or(below).filter(|_| !found.is_empty()),
        answer,
    })
}

/// Reads the list to its end. What stands on two pages, as when something is posted meanwhile, is told once.
pub(super) async fn read(
    reading: &mut Reading<'_>,
    own: &str,
    access: Access,
) -> Result<Found, Error> {
    let mut found = Found::default();
    let mut seen = BTreeSet::new();
    let mut address = first(reading, own)?;
    let mut visited = BTreeSet::new();
    let name = match access {
        Access::Anonymous => "statuses",
        Access::WithCredential => "statuses-own",
    };
    let stop = |reason| Gap {
        what: "older posts".to_owned(),
        reason,
    };
    for number in 1_u32.. {
        visited.insert(address.to_string());
        if number > 1 && reading.is_at_page_limit() {
            let limit = "max_pages".to_owned();
            found.missing.push(stop(GapReason::LimitReached { limit }));
            break;
        }
        let page = match page(reading, own, &address, access).await {
            Err(error @ (Error::ListingTimedOut { .. } | Error::Throttled { .. }))
                if number > 1 =>
            {
                found.missing.push(stop(error.gap()));
                break;
            }
            page => page?,
        };
        found.with_credential |= page.answer.request.with_credential;
        reading.keep(format!("{name}-page-{number:04}"), "json", page.answer)?;
        let new = page.statuses.into_iter();
        let before = seen.len();
        found
            .statuses
            .extend(new.filter(|status| seen.insert(status.id.clone())));
        found.missing.extend(page.missing);
        reading.tell(Covered::Posts, seen.len() as u64, None);
        // A page of nothing but what was told already is a server that knows no paging.
        let nothing_new = number > 1 && seen.len() == before;
        match page.next {
            Some(next) if !nothing_new && !visited.contains(next.as_str()) => address = next,
            _ => break,
        }
    }
    Ok(found)
}

/// The target of `Link: <...>; rel="next"` (RFC 8288), on the same origin: no list goes on elsewhere.
fn next_link(headers: &HeaderMap, at: &Url) -> Option<Url> {
    for value in headers.get_all(LINK) {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        for part in value.split('<').skip(1) {
            let Some((target, parameters)) = part.split_once('>') else {
                continue;
            };
            let is_next = parameters
                .split([';', ','])
                .filter_map(|parameter| parameter.trim().strip_prefix("rel="))
                .any(|rel| rel.trim_matches('"').split(' ').any(|word| word == "next"));
            if let (true, Ok(to)) = (is_next, at.join(target.trim())) {
                return (Origin::of(&to) == Origin::of(at)).then_some(to);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_read_from_its_link_and_only_here() {
        let at: Url = "https://social.example/api/v1/accounts/1/statuses"
            .parse()
            .unwrap();
        let next = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(LINK, value.parse().unwrap());
            next_link(&headers, &at).map(String::from)
        };
        let both = "<https://social.example/x?max_id=3>; rel=\"next\", <https://social.example/x?min_id=9>; rel=\"prev\"";
        assert_eq!(
            next(both).as_deref(),
            Some("https://social.example/x?max_id=3")
        );
        let other_order =
            "<https://social.example/x?min_id=9>; rel=\"prev\", </x?max_id=3>; rel=next";
        assert_eq!(
            next(other_order).as_deref(),
            Some("https://social.example/x?max_id=3")
        );
        assert_eq!(next("<https://ond.example/x>; rel=\"next\""), None);
        assert_eq!(next("<https://social.example/x>; rel=\"prev\""), None);
        assert_eq!(next("skräp"), None);
    }
}
