//! A cheap look at a feed: asked for only if it has changed, by what the server said of its last answer (RFC 9110, 13).

use std::collections::BTreeSet;

use reqwest::header::{
    ETAG, HeaderMap, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED,
};

use super::super::client::header;
use super::super::poll::{Extent, Held, Memory, Polled, Window};
use super::super::reading::Reading;
use super::super::{Error, wordpress};
use super::paging::Next;
use super::{ACCEPT, entry, paging, parse, tell_profile};
use crate::record::{Covered, Digest, Gap, GapReason, Item};

/// What a server may have us send back of its own; longer ones are no entity tags.
const LONGEST: usize = 1024;

pub(in crate::platform) async fn poll(
    reading: &mut Reading<'_>,
    held: Held<'_>,
) -> Result<Polled, Error> {
    let address = reading.account.address.clone();
    let before = held.memory;
    let same_address = before.get("address").map(String::as_str) == Some(address.as_str());
    let known = |key: &str| before.get(key).filter(|_| same_address);
    let mut conditions = HeaderMap::new();
    for (key, name) in [("etag", IF_NONE_MATCH), ("modified", IF_MODIFIED_SINCE)] {
        if let Some(Ok(value)) = known(key).map(|value| HeaderValue::from_str(value)) {
            conditions.insert(name, value);
        }
    }
    let answer = reading.ask_if_changed(&address, ACCEPT, conditions).await?;
    let mut memory = Memory::from([("address".to_owned(), address.to_string())]);
    if answer.request.status == 304 && same_address {
        reading.requests.push(answer.request);
        return Ok(told(reading, same(), Vec::new(), None, before.clone()));
    }
    reading.check(&answer)?;
    for (key, name) in [("etag", ETAG), ("modified", LAST_MODIFIED)] {
        let value = header(&answer.headers, name.as_str());
        if let Some(value) = value.filter(|value| value.len() <= LONGEST) {
            memory.insert(key.to_owned(), value);
        }
    }
    let body = Digest::of(&answer.body).to_string();
    let unchanged = known("body") == Some(&body);
    memory.insert("body".to_owned(), body);
    if unchanged {
        memory.extend(known("items").map(|items| ("items".to_owned(), items.clone())));
        reading.requests.push(answer.request);
        return Ok(told(reading, same(), Vec::new(), None, memory));
    }
    let hidden = answer.request.with_credential;
    let at = answer.at.clone();
    let parsed = parse(&answer).await?;
    let mut items: Vec<Item> = Vec::new();
    let mut seen = BTreeSet::new();
    let mut nameless = 0_u64;
    for found in &parsed.feed.entries {
        match entry::item(found, &at, hidden) {
            Some(item) if seen.insert(item.native_id.clone()) => items.push(item),
            Some(_) => {}
            None => nameless += 1,
        }
    }
    // Many feeds carry the time of their making: what their entries say is compared too.
    let entries = Digest::of_canonical_json(&items).map(|digest| digest.to_string());
    let entries = entries.unwrap_or_default();
    let unchanged = !entries.is_empty() && known("items") == Some(&entries);
    memory.insert("items".to_owned(), entries);
    let profile = Some(tell_profile(&parsed.feed));
    if unchanged {
        reading.requests.push(answer.request);
        return Ok(told(reading, same(), Vec::new(), profile, memory));
    }
    let is_whole = paging::next(&parsed, &at, 1) == Next::Complete;
    let missing = (nameless > 0).then(|| Gap {
        what: format!("{nameless} entries"),
        reason: GapReason::Malformed {
            detail: "without id, address, title, date and text".to_owned(),
        },
    });
    let window = Window {
        what: Covered::FeedEntries,
        extent: if is_whole {
            Extent::Whole
        } else {
            extent(&items)
        },
        seen,
        missing: missing.into_iter().collect(),
    };
    let extension = if parsed.is_json { "json" } else { "xml" };
    reading.keep("feed-newest".to_owned(), extension, answer)?;
    Ok(told(reading, window, items, profile, memory))
}

/// A feed in order of time tells of all since its oldest; another order is the feed's own, and tells of nothing gone.
fn extent(items: &[Item]) -> Extent {
    let times: Option<Vec<_>> = items.iter().map(|item| item.published).collect();
    match times {
        Some(times) if times.is_sorted_by(|a, b| a >= b) => wordpress::since(&times),
        _ => Extent::Loose,
    }
}

fn same() -> Window {
    Window {
        what: Covered::FeedEntries,
        extent: Extent::Same,
        seen: BTreeSet::new(),
        missing: Vec::new(),
    }
}

fn told(
    reading: &mut Reading<'_>,
    window: Window,
    items: Vec<Item>,
    profile: Option<super::Profile>,
    memory: Memory,
) -> Polled {
    Polled {
        profile,
        items,
        windows: vec![window],
        requests: std::mem::take(&mut reading.requests),
        warnings: std::mem::take(&mut reading.warnings),
        memory,
    }
}
