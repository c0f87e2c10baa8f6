//! The account's own records, listed by its PDS. A cursor is a record key, so that what vanishes between two pages
//! moves nothing; what was read before it vanished is kept as it was.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::embed::Source;
use super::identity::Identity;
use super::item::{self, POST, Read, Written};
use super::name::RecordAddress;
use super::repository;
use super::xrpc::{Refusal, json};
use crate::platform::Error;
use crate::platform::client::Answer;
use crate::platform::reading::Reading;
use crate::record::{Author, Covered, Gap, GapReason};

pub(super) const PER_PAGE: usize = 100;

/// What was listed, by record key.
#[derive(Default)]
pub(super) struct Listing {
    pub(super) read: BTreeMap<String, Read>,
    unread: BTreeMap<String, GapReason>,
    nameless: u64,
    stopped: Option<GapReason>,
}

/// One answer of the list.
pub(super) struct Page {
    pub(super) answer: Answer,
    pub(super) records: Vec<Value>,
    cursor: Option<String>,
}

impl Page {
    /// Where the next page begins; `None` when there is none.
    pub(super) fn next(&self) -> Option<&str> {
        self.cursor.as_deref().filter(|_| !self.records.is_empty())
    }

    /// True when a page that short is the server's last, unless it gives fewer than it is asked for.
    pub(super) fn is_short(&self) -> bool {
        self.records.len() < PER_PAGE
    }

    pub(super) fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// True when each record's key comes before the one above it: the newest first, as the protocol lists them.
    pub(super) fn is_newest_first(&self) -> bool {
        let keys = self.records.iter().map(|record| {
            let uri = record
                .get("uri")
                .and_then(Value::as_str)
                .unwrap_or_default();
            uri.rsplit('/').next().unwrap_or_default()
        });
        let keys: Vec<&str> = keys.collect();
        keys.is_sorted_by(|above, below| above > below)
    }
}

/// Reads all posts, oldest first: what is published meanwhile comes last.
pub(super) async fn read(
    reading: &mut Reading<'_>,
    identity: &Identity,
    author: &Author,
) -> Result<Listing, Error> {
    let mut listing = Listing::default();
    let mut cursor: Option<String> = None;
    for number in 1_u32.. {
        if number > 1 && reading.is_at_page_limit() {
            listing.stopped = Some(GapReason::LimitReached {
                limit: "max_pages".to_owned(),
            });
            break;
        }
        let asked = page(reading, identity, POST, true, cursor.as_deref()).await;
        let page = match asked {
            Err(error @ Error::ListingTimedOut { .. }) if number > 1 => {
                listing.stopped = Some(error.gap());
                break;
            }
            page => page?,
        };
        let before = listing.names();
        listing.add(&page, identity, author);
        let Page {
            answer,
            records,
            cursor: next,
        } = page;
        reading.keep(format!("posts-page-{number:04}"), "json", answer)?;
        reading.tell(Covered::Posts, listing.read.len() as u64, None);
        // A cursor also follows the last page: only an empty one after it is the end.
        let Some(next) = next.filter(|_| !records.is_empty()) else {
            break;
        };
        if cursor.as_ref() == Some(&next) || listing.names() == before {
            listing.stopped = Some(GapReason::Malformed {
                detail: "the list repeats itself".to_owned(),
            });
            break;
        }
        cursor = Some(next);
    }
    Ok(listing)
}

/// One page; a repository that is not there is an error that says what has become of it.
pub(super) async fn page(
    reading: &mut Reading<'_>,
    identity: &Identity,
    collection: &str,
    oldest_first: bool,
    cursor: Option<&str>,
) -> Result<Page, Error> {
    let limit = PER_PAGE.to_string();
    let mut parameters = vec![
        ("repo", identity.did.as_str()),
        ("collection", collection),
        ("limit", &limit),
    ];
    if oldest_first {
        parameters.push(("reverse", "true"));
    }
    parameters.extend(cursor.map(|cursor| ("cursor", cursor)));
    let method = "com.atproto.repo.listRecords";
    let answer = identity.pds.ask(reading, method, &parameters).await?;
    if let Some(refusal) = Refusal::of(&answer).filter(Refusal::is_no_repository) {
        let address = reading.account.address.to_string();
        reading.requests.push(answer.request);
        let status = repository::status(reading, &identity.pds, &identity.did).await?;
        reading.requests.push(status.request);
        return Err(Error::NoAccount {
            address,
            detail: format!(
                "the account {} ({}; {})",
                status.state.words(),
                refusal.told(),
                status.told
            ),
        });
    }
    reading.check(&answer)?;
    let mut body = json(&answer)?;
    let Some(Value::Array(records)) = body.get_mut("records").map(Value::take) else {
        return Err(Error::WrongType {
            address: answer.request.address,
            detail: "a list of records is expected".to_owned(),
        });
    };
    let cursor = match body.get("cursor") {
        Some(Value::String(cursor)) if !cursor.is_empty() => Some(cursor.clone()),
        Some(Value::Number(number)) => Some(number.to_string()),
        _ => None,
    };
    Ok(Page {
        answer,
        records,
        cursor,
    })
}

impl Listing {
    fn names(&self) -> usize {
        self.read.len() + self.unread.len()
    }

    pub(super) fn add(&mut self, page: &Page, identity: &Identity, author: &Author) {
        let now = page.answer.request.started;
        for record in &page.records {
            self.add_one(record, identity, author, now);
        }
    }

    fn add_one(
        &mut self,
        record: &Value,
        identity: &Identity,
        author: &Author,
        now: DateTime<Utc>,
    ) {
        let address = record
            .get("uri")
            .and_then(Value::as_str)
            .and_then(RecordAddress::parse)
            .filter(|a| a.did == identity.did && a.collection == POST);
        let Some(address) = address else {
            self.nameless += 1;
            return;
        };
        let written = Written {
            address: &address,
            author: author.clone(),
            source: Some(Source::Blobs {
                pds: &identity.pds,
                did: &identity.did,
            }),
            parent: None,
        };
        let value = record.get("value").unwrap_or(&Value::Null);
        match item::read(value, written, now) {
            Ok(read) => {
                self.unread.remove(&address.key);
                self.read.insert(address.key, read);
            }
            Err(reason) => {
                self.read.remove(&address.key);
                self.unread.insert(address.key, reason);
            }
        }
    }

    /// The keys of all that stood in it, read or not.
    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        self.read
            .keys()
            .chain(self.unread.keys())
            .map(String::as_str)
    }

    /// What of it could not be read.
    pub(super) fn gaps(&self, did: &str) -> Vec<Gap> {
        let named = self.unread.iter().map(|(key, reason)| Gap {
            what: format!("at://{did}/{POST}/{key}"),
            reason: reason.clone(),
        });
        let nameless = (self.nameless > 0).then(|| Gap {
            what: format!("{} records", self.nameless),
            reason: GapReason::Malformed {
                detail: "without an address of the account's own".to_owned(),
            },
        });
        let stopped = self.stopped.as_ref().map(|reason| Gap {
            what: "posts".to_owned(),
            reason: reason.clone(),
        });
        named.chain(nameless).chain(stopped).collect()
    }

    /// What a person should know of the times that posts give.
    pub(super) fn odd_times(&self) -> Option<String> {
        odd_times(self.read.values())
    }
}

/// One sentence for all of them, with the first as an example.
pub(super) fn odd_times<'r>(read: impl Iterator<Item = &'r Read>) -> Option<String> {
    let mut odd = read.filter_map(|r| Some((r, r.odd_time.as_ref()?)));
    let (first, given) = odd.next()?;
    let count = 1 + odd.count();
    let instead = if first.item.published.is_some() {
        "the time of its key stands instead"
    } else {
        "none is kept"
    };
    let posts = if count == 1 {
        "post gives"
    } else {
        "posts give"
    };
    Some(format!(
        "{count} {posts} a time of publication that cannot be right: {} says {given:?}; {instead}",
        first.item.native_id
    ))
}
