//! Poll: a cheap look at an account for what is new, edited, hidden or missed.
//!
//! A poll reads the newest part of each list and nothing older; what it cannot see, the next snapshot does.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use chrono::{DateTime, Utc};

use super::reading::Reading;
use super::{Client, Credential, Error, Profile, RawAnswer, bluesky, feed, mastodon, wordpress};
use crate::record::{Account, Covered, Gap, Item, NativeId, Platform, Request};

/// What a platform wants to be reminded of at its next poll: digests of answers, entity tags, counts. Never a secret,
/// and nothing that anyone wrote.
pub type Memory = BTreeMap<String, String>;

/// What a poll is told of what is held already.
#[derive(Clone, Copy)]
pub struct Held<'a> {
    pub memory: &'a Memory,
    /// True when the item is held and was last changed at that time, so that it need not be fetched whole again.
    pub is_current: &'a (dyn Fn(&NativeId, Option<DateTime<Utc>>) -> bool + Sync),
}

/// How far back a list was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// To its end.
    Whole,
    /// All that was published at that time or later.
    Since(DateTime<Utc>),
    /// The same answer as at the last poll: nothing has come or gone in it.
    Same,
    /// It tells what is new, and nothing of what is gone: a list by relevance, or one that changed while it was read.
    Loose,
}

/// One list as the poll saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    pub what: Covered,
    pub extent: Extent,
    /// All that stood in it, fetched whole or not. Empty for [`Extent::Same`].
    pub seen: BTreeSet<NativeId>,
    /// What of it could not be read, and why.
    pub missing: Vec<Gap>,
}

/// What one poll gave.
#[derive(Debug)]
pub struct Polled {
    /// What the account says of itself, if the poll was told.
    pub profile: Option<Profile>,
    /// Whole items, as [`super::fetch`] gives them: all that is not current; more is allowed.
    pub items: Vec<Item>,
    /// A window for each list that was asked for.
    pub windows: Vec<Window>,
    /// Requests whose answers were not kept.
    pub requests: Vec<Request>,
    pub warnings: Vec<String>,
    /// Takes the place of the memory before.
    pub memory: Memory,
}

/// Polls an account. Answers that told of items which are not current go to `raw`; those that told nothing new need not.
///
/// # Errors
/// See [`Error`], as for [`super::fetch`]: what makes the whole untrustworthy. An error of `raw` ends it.
pub async fn poll(
    client: &Client,
    account: &Account,
    credential: Option<&Credential>,
    held: Held<'_>,
    raw: &mut (dyn FnMut(RawAnswer) -> io::Result<()> + Send),
) -> Result<Polled, Error> {
    let mut reading = Reading::begin(client, account, credential, raw, &|_| {})?;
    match account.platform {
        Platform::WordPress => wordpress::poll(&mut reading, held).await,
        Platform::Feed => feed::poll(&mut reading, held).await,
        Platform::Mastodon => mastodon::poll(&mut reading, held).await,
        Platform::Bluesky => bluesky::poll(&mut reading, held).await,
        platform => Err(Error::NoInterface { platform }),
    }
}
