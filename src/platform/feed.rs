//! RSS, Atom and JSON feeds: each entry an item, paged to the end where the feed has pages.
//!
//! A feed is a window on the newest. It counts as whole only where it says so (RFC 5005: a complete feed, or
//! archives to the last) or where WordPress' own paging ends as it does past its last page.

mod entry;
mod inquiry;
mod paging;
mod poll;

use std::collections::HashSet;

use feed_rs::model;
use feed_rs::parser::ParseFeedError;
use url::Url;

use super::client::Answer;
use super::html;
use super::reading::{Access, Reading};
use super::{Error, Fetched, Profile};
use crate::record::{Coverage, CoverageRow, Covered, Gap, GapReason, json_fault};
pub(super) use inquiry::{Inquiry, inquire};
use paging::Next;
pub(super) use poll::poll;

const ACCEPT: &str = "application/atom+xml,application/rss+xml,application/feed+json,application/xml;q=0.9,*/*;q=0.5";

pub(super) async fn read(reading: &mut Reading<'_>) -> Result<Fetched, Error> {
    let mut address = reading.account.address.clone();
    let mut visited = HashSet::new();
    let mut ids = HashSet::new();
    let mut items = Vec::new();
    let mut profile = None;
    let mut nameless = 0_u64;
    let mut way = None;
    let mut end = None;
    for page in 1_u32.. {
        visited.insert(address.clone());
        if page > 1 && reading.is_at_page_limit() {
            end = Some(GapReason::LimitReached {
                limit: "max_pages".to_owned(),
            });
            break;
        }
        let answer = match reading.ask(&address, ACCEPT, Access::Anonymous).await {
            Err(error @ Error::ListingTimedOut { .. }) if page > 1 => {
                end = Some(error.gap());
                break;
            }
            answer => answer?,
        };
        if page > 1 && matches!(answer.request.status, 404 | 410) {
            // Past its last page WordPress answers 404; anything else that is gone is a hole.
            let is_end = way == Some(Way::WordPress) && answer.request.status == 404;
            end = (!is_end).then_some(GapReason::Refused {
                status: answer.request.status,
            });
            reading.requests.push(answer.request);
            break;
        }
        reading.check(&answer)?;
        let hidden = answer.request.with_credential;
        let at = answer.at.clone();
        let parsed = parse(&answer).await?;
        let extension = if parsed.is_json { "json" } else { "xml" };
        reading.keep(format!("feed-page-{page:04}"), extension, answer)?;
        let before = ids.len();
        for found in &parsed.feed.entries {
            match entry::item(found, &at, hidden) {
                Some(item) if ids.insert(item.native_id.clone()) => items.push(item),
                Some(_) => {}
                None => nameless += 1,
            }
        }
        reading.tell(Covered::FeedEntries, ids.len() as u64, None);
        let next = paging::next(&parsed, &at, page);
        profile.get_or_insert_with(|| tell_profile(&parsed.feed));
        let nothing_new = page > 1 && ids.len() == before;
        (address, way) = match next {
            Next::Complete if page == 1 => break,
            Next::Archive(to) => (to, Some(Way::Archive)),
            // Pages that repeat themselves are a server that knows no paging.
            Next::Page(_) | Next::WordPress(_) if nothing_new => {
                end = Some(GapReason::WindowOnly);
                break;
            }
            Next::Page(to) => (to, Some(Way::Pages)),
            Next::WordPress(to) => (to, Some(Way::WordPress)),
            Next::Complete | Next::None => {
                let is_whole = way == Some(Way::Archive);
                end = (!is_whole).then_some(GapReason::WindowOnly);
                break;
            }
        };
        if visited.contains(&address) {
            reading.warnings.push(format!(
                "the feed's pages lead in a loop, back to {address}"
            ));
            end = Some(GapReason::WindowOnly);
            break;
        }
    }
    let mut missing = Vec::new();
    if nameless > 0 {
        missing.push(Gap {
            what: format!("{nameless} entries"),
            reason: GapReason::Malformed {
                detail: "without id, address, title, date and text".to_owned(),
            },
        });
    }
    missing.extend(end.map(|reason| Gap {
        what: "older entries".to_owned(),
        reason,
    }));
    Ok(Fetched {
        profile: profile.unwrap_or_default(),
        coverage: Coverage {
            rows: vec![CoverageRow {
                what: Covered::FeedEntries,
                expected: None,
                captured: items.len() as u64,
                missing,
            }],
        },
        items,
        requests: std::mem::take(&mut reading.requests),
        warnings: std::mem::take(&mut reading.warnings),
    })
}

/// How the reading goes from page to page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Archive,
    Pages,
    WordPress,
}

/// A feed with what its parser leaves out.
pub(super) struct Parsed {
    feed: model::Feed,
    is_json: bool,
    /// RFC 5005: this document holds all entries.
    is_complete: bool,
    /// JSON Feed's own word for the next page.
    next_url: Option<String>,
}

/// Parses off the runtime's threads: a feed may be large, and a parser that panics must not take more with it.
async fn parse(answer: &Answer) -> Result<Parsed, Error> {
    let address = answer.request.address.clone();
    let body = answer.body.clone();
    let at = answer.at.clone();
    let failed = |detail: String| Error::NotFeed {
        address: address.clone(),
        detail,
    };
    if let Some(page) = as_page(&body, &at) {
        return Err(Error::PageNotFeed {
            address,
            feed: page.feed,
        });
    }
    if paging::is_nested_too_deep(&body) {
        return Err(failed("its media groups are nested too deep".to_owned()));
    }
    let parsing = tokio::task::spawn_blocking(move || parse_bytes(&body, &at));
    match parsing.await {
        Ok(parsed) => parsed.map_err(|error| match error {
            ParseFeedError::JsonSerde(json) => failed(json_fault(&json)),
            other => failed(other.to_string()),
        }),
        Err(_) => Err(failed("the parser gave up".to_owned())),
    }
}

fn parse_bytes(body: &[u8], at: &Url) -> Result<Parsed, ParseFeedError> {
    let parser = feed_rs::parser::Builder::new()
        .base_uri(Some(at.as_str()))
        .sanitize_content(false)
        // What has no id gets its own kind of name later (see `entry`), never a random one.
        .id_generator(|_, _, _| String::new())
        .build();
    let is_json = body.iter().find(|b| matches!(b, b'<' | b'{')) == Some(&b'{');
    Ok(Parsed {
        feed: parser.parse(body)?,
        is_json,
        is_complete: !is_json && paging::says_complete(body),
        next_url: is_json.then(|| paging::json_next(body)).flatten(),
    })
}

/// The name of each entry of a feed document, and its address, in its order; `None` for an entry without one, and for
/// what is no feed.
pub(super) fn names(body: &[u8], at: &Url) -> Option<Vec<Option<Named>>> {
    if paging::is_nested_too_deep(body) {
        return None;
    }
    let parsed = std::panic::catch_unwind(|| parse_bytes(body, at))
        .ok()?
        .ok()?;
    let entries = parsed.feed.entries.iter();
    Some(
        entries
            .map(|e| {
                let item = entry::item(e, at, false)?;
                Some((item.native_id.0, item.permalink.map(|p| p.to_string())))
            })
            .collect(),
    )
}

/// What an entry is called, and where it stands.
pub(super) type Named = (String, Option<String>);

struct Page {
    feed: Option<String>,
}

/// Recognises a web page, and the feed that it links to.
fn as_page(body: &[u8], at: &Url) -> Option<Page> {
    let head: Vec<u8> = body.iter().take(1024).map(u8::to_ascii_lowercase).collect();
    let head = String::from_utf8_lossy(&head);
    if !head.contains("<!doctype html") && !head.contains("<html") {
        return None;
    }
    let links = html::links(&String::from_utf8_lossy(body), at);
    let feed = links.into_iter().find(|link| {
        let named = link.rel.split_whitespace().any(|word| word == "alternate");
        let typed = [
            "application/rss+xml",
            "application/atom+xml",
            "application/feed+json",
        ];
        named && typed.contains(&link.media_type.trim())
    });
    Some(Page {
        feed: feed.map(|link| link.to.into()),
    })
}

fn tell_profile(feed: &model::Feed) -> Profile {
    let text = |text: &Option<model::Text>| {
        let text = entry::line(text.as_ref()?);
        (!text.is_empty()).then_some(text)
    };
    let home = feed.links.iter().find(|link| {
        let rel = link.rel.as_deref();
        matches!(rel, None | Some("alternate"))
    });
    let picture = feed.logo.as_ref().or(feed.icon.as_ref());
    Profile {
        name: text(&feed.title),
        description: text(&feed.description),
        home: home.map(|link| link.href.clone()),
        language: feed.language.clone(),
        picture: picture.map(|image| image.uri.clone()),
    }
}
