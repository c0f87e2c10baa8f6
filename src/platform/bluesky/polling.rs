//! The poll: one page of the account's newest records, the counts of replies under them, and the threads that moved.
//!
//! A record key is made when the record is, so all that was published after the oldest key of the page stands in it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;

use super::gate;
use super::identity::{self, Identity};
use super::item::{POST, SLACK};
use super::listing::{self, Listing, Page};
use super::name::key_time;
use super::replies::{self, counts};
use super::repository;
use super::thread::Replies;
use super::xrpc::Service;
use super::{appview, ask_profile, author, keep_identity, keep_profile};
use crate::platform::poll::{Extent, Held, Memory, Polled, Window};
use crate::platform::reading::Reading;
use crate::platform::{Error, Profile};
use crate::record::{Covered, Digest, Gap, Item, Kind, NativeId};

/// Threads read in one poll.
const MOST_THREADS: usize = 30;
/// Threads read in each poll though their count is the same: under a post this young people answer each other, and
/// the count knows only direct replies.
const MOST_FRESH: usize = 10;
const FRESH: TimeDelta = TimeDelta::days(7);

pub(in crate::platform) async fn poll(
    reading: &mut Reading<'_>,
    held: Held<'_>,
) -> Result<Polled, Error> {
    let before = held.memory;
    let mut identity = identity::find(reading, before.get("did").map(String::as_str)).await?;
    let (profile, profile_answer) = ask_profile(reading, &identity).await?;
    let page = match listing::page(reading, &identity, POST, false, None).await {
        Err(Error::NoAccount { detail, .. }) => {
            return away(reading, &identity, before, &detail).await;
        }
        page => page?,
    };
    let mut listing = Listing::default();
    listing.add(&page, &identity, &author(&profile, &identity));
    let mut memory = Memory::from([
        ("did".to_owned(), identity.did.clone()),
        ("posts".to_owned(), digest(&page, &profile, &identity)),
    ]);
    let is_same = before.get("posts") == memory.get("posts");
    let is_whole = match is_same {
        true => before.contains_key("whole"),
        false => reaches_the_end(reading, &identity, &page).await?,
    };
    if is_whole {
        memory.insert("whole".to_owned(), "yes".to_owned());
    }
    let extent = extent(&page, &listing, is_same, is_whole);
    let missing = listing.gaps(&identity.did);
    let unread: Vec<NativeId> = unread(&listing, &identity.did);
    if is_same {
        reading
            .requests
            .extend([profile_answer.request, page.answer.request]);
    } else {
        reading.warnings.extend(listing.odd_times());
        keep_identity(reading, &mut identity)?;
        keep_profile(reading, profile_answer)?;
        reading.keep("posts-newest".to_owned(), "json", page.answer)?;
    }
    let own: Vec<Item> = listing.read.into_values().map(|read| read.item).collect();
    let mut seen = named(own.iter().filter(|item| item.kind == Kind::Post));
    seen.extend(unread.iter().cloned());
    let posts = Window {
        what: Covered::Posts,
        seen: if is_same { BTreeSet::new() } else { seen },
        extent,
        missing,
    };
    let (comments, replies) =
        comments(reading, &identity, &own, is_whole, before, &mut memory).await?;
    let mut items = if is_same { Vec::new() } else { own };
    items.extend(replies);
    Ok(Polled {
        profile: Some(profile),
        items,
        windows: vec![posts, comments],
        requests: std::mem::take(&mut reading.requests),
        warnings: std::mem::take(&mut reading.warnings),
        memory,
    })
}

/// A repository that the platform itself says is taken down, deactivated or deleted shows none of its posts: the list
/// is empty, and what is asked about each of them settles it. Anything else is an error.
async fn away(
    reading: &mut Reading<'_>,
    identity: &Identity,
    before: &Memory,
    detail: &str,
) -> Result<Polled, Error> {
    let status = repository::status(reading, &identity.pds, &identity.did).await?;
    reading.requests.push(status.request);
    let address = reading.account.address.to_string();
    if !status.state.is_away() {
        return Err(Error::NoAccount {
            address,
            detail: detail.to_owned(),
        });
    }
    reading.warnings.push(format!("{address}: {detail}"));
    let window = |what, extent| Window {
        what,
        extent,
        seen: BTreeSet::new(),
        missing: Vec::new(),
    };
    let mut memory = before.clone();
    memory.insert("did".to_owned(), identity.did.clone());
    memory.remove("posts");
    Ok(Polled {
        profile: None,
        items: Vec::new(),
        windows: vec![
            window(Covered::Posts, Extent::Whole),
            window(Covered::Comments, Extent::Loose),
        ],
        requests: std::mem::take(&mut reading.requests),
        warnings: std::mem::take(&mut reading.warnings),
        memory,
    })
}

/// Of the answer, and of what else an item is made from.
fn digest(page: &Page, profile: &Profile, identity: &Identity) -> String {
    let author = author(profile, identity);
    let blobs = identity.pds.address("com.atproto.sync.getBlob", &[]);
    let more = format!("\n{}\n{blobs}", author.name);
    Digest::of(&[page.answer.body.as_slice(), more.as_bytes()].concat()).to_string()
}

/// True when there is nothing older than the page. A short page with a cursor is asked on: the cursor follows also the
/// last page, and a server may give fewer than it is asked for.
async fn reaches_the_end(
    reading: &mut Reading<'_>,
    identity: &Identity,
    page: &Page,
) -> Result<bool, Error> {
    let Some(cursor) = page.next() else {
        return Ok(true);
    };
    if !page.is_short() {
        return Ok(false);
    }
    let next = listing::page(reading, identity, POST, false, Some(cursor)).await?;
    let is_end = next.is_empty();
    reading.requests.push(next.answer.request);
    Ok(is_end)
}

fn extent(page: &Page, listing: &Listing, is_same: bool, is_whole: bool) -> Extent {
    if is_same {
        return Extent::Same;
    }
    if is_whole {
        return Extent::Whole;
    }
    let oldest = listing.keys().min().and_then(key_time);
    // A publication time is never later than its key's by more than the slack (see `item::read`).
    let since = oldest.and_then(|at| at.checked_add_signed(SLACK));
    match since.filter(|_| page.is_newest_first()) {
        Some(since) => Extent::Since(since),
        None => Extent::Loose,
    }
}

fn unread(listing: &Listing, did: &str) -> Vec<NativeId> {
    listing
        .keys()
        .filter(|key| !listing.read.contains_key(*key))
        .map(|key| NativeId(format!("at://{did}/{POST}/{key}")))
        .collect()
}

fn named<'i>(items: impl Iterator<Item = &'i Item>) -> BTreeSet<NativeId> {
    items.map(|item| item.native_id.clone()).collect()
}

/// The window of comments: the account's own replies, and others' in the threads that were read.
async fn comments(
    reading: &mut Reading<'_>,
    identity: &Identity,
    own: &[Item],
    is_whole: bool,
    before: &Memory,
    memory: &mut Memory,
) -> Result<(Window, Vec<Item>), Error> {
    let mut seen = named(own.iter().filter(|item| item.kind == Kind::Comment));
    let loose = |seen, missing| Window {
        what: Covered::Comments,
        extent: Extent::Loose,
        seen,
        missing,
    };
    let Some(appview) = appview(reading)? else {
        return Ok((loose(seen, vec![replies::without_appview()]), Vec::new()));
    };
    let ids: Vec<&str> = seen.iter().map(|id| id.0.as_str()).collect();
    memory.insert(
        "own-replies".to_owned(),
        Digest::of(ids.join("\n").as_bytes()).to_string(),
    );
    let uris: Vec<String> = own
        .iter()
        .rev()
        .map(|item| item.native_id.0.clone())
        .collect();
    let counted = match counts(reading, &appview, &uris).await {
        Ok(counted) => counted,
        Err(error) => {
            remember(before, memory, |_| true);
            let gap = replies::refused(reading, error)?;
            return Ok((loose(seen, vec![gap]), Vec::new()));
        }
    };
    let mut hidden = match gate::read(reading, identity, 1).await {
        Ok(hidden) => hidden,
        Err(error) => {
            remember(before, memory, |_| true);
            let gap = replies::refused(reading, error)?;
            return Ok((loose(seen, vec![gap]), Vec::new()));
        }
    };
    let gates = Digest::of(hidden.lines().as_bytes()).to_string();
    let gates_moved = before.get("hidden").is_some_and(|was| *was != gates);
    memory.insert("hidden".to_owned(), gates);
    hidden.keep(reading)?;
    let mut threads = Threads {
        hidden,
        did: &identity.did,
        appview,
        before,
        number: 0,
        changed: false,
        failed: false,
        missing: Vec::new(),
        items: BTreeMap::new(),
        read: BTreeSet::new(),
    };
    let with: Vec<(&Item, u64)> = own
        .iter()
        .rev()
        .filter_map(|item| Some((item, *counted.get(&item.native_id.0)?)))
        .filter(|(_, count)| *count > 0)
        .collect();
    let now = chrono::Utc::now();
    let mut fresh = 0;
    for (item, count) in &with {
        let key = key(item);
        let has_moved =
            gates_moved || before.get(&format!("replies:{key}")) != Some(&count.to_string());
        let is_fresh = item.published.is_some_and(|at| now - at <= FRESH) && fresh < MOST_FRESH;
        fresh += usize::from(is_fresh);
        if (has_moved || is_fresh) && threads.read.len() < MOST_THREADS && !threads.failed {
            threads.read_one(reading, item, *count, memory).await?;
        }
    }
    let still: BTreeSet<String> = with.iter().map(|(item, _)| key(item).to_owned()).collect();
    let lost = before
        .keys()
        .filter_map(|name| name.strip_prefix("replies:"))
        .any(|key| !still.contains(key));
    let is_changed =
        threads.changed || lost || before.get("own-replies") != memory.get("own-replies");
    let whole = is_whole && with.len() <= MOST_THREADS;
    if is_changed && whole {
        for (item, count) in &with {
            if !threads.failed && !threads.read.contains(key(item)) {
                threads.read_one(reading, item, *count, memory).await?;
            }
        }
    }
    // What was not read this time is compared with the same count at the next poll.
    remember(before, memory, |key| still.contains(key));
    let Threads {
        items,
        missing,
        failed,
        ..
    } = threads;
    let items: Vec<Item> = items.into_values().collect();
    seen.extend(items.iter().map(|item| item.native_id.clone()));
    let extent = match (is_changed, whole && !failed) {
        (false, _) if !failed => Extent::Same,
        (_, true) => Extent::Whole,
        _ => Extent::Loose,
    };
    if extent == Extent::Same {
        let window = Window {
            extent,
            ..loose(BTreeSet::new(), missing)
        };
        return Ok((window, Vec::new()));
    }
    let window = Window {
        extent,
        ..loose(seen, missing)
    };
    Ok((window, items))
}

/// Carries over what the memory says of threads that were not read.
fn remember(before: &Memory, memory: &mut Memory, still: impl Fn(&str) -> bool) {
    for (name, value) in before {
        let key = name
            .strip_prefix("replies:")
            .or_else(|| name.strip_prefix("thread:"));
        if name == "hidden" || key.is_some_and(&still) {
            memory.entry(name.clone()).or_insert_with(|| value.clone());
        }
    }
}

fn key(item: &Item) -> &str {
    super::key_of(item)
}

struct Threads<'a> {
    hidden: gate::Hidden,
    did: &'a str,
    appview: Service,
    before: &'a Memory,
    number: u32,
    /// True when a thread was not as the last poll saw it.
    changed: bool,
    failed: bool,
    missing: Vec<Gap>,
    items: BTreeMap<NativeId, Item>,
    read: BTreeSet<String>,
}

impl Threads<'_> {
    async fn read_one(
        &mut self,
        reading: &mut Reading<'_>,
        post: &Item,
        count: u64,
        memory: &mut Memory,
    ) -> Result<(), Error> {
        let mut told = Replies::default();
        let uri = &post.native_id.0;
        let answers = match replies::thread(reading, &self.appview, self.did, uri, &mut told).await
        {
            Ok(answers) => answers,
            Err(error) => {
                self.missing.push(replies::refused(reading, error)?);
                self.failed = true;
                return Ok(());
            }
        };
        let read = std::mem::take(&mut told.read).into_values();
        let items: Vec<Item> = read.map(|read| self.hidden.marked(read.item)).collect();
        let digest = Digest::of_canonical_json(&items)
            .map(|d| d.to_string())
            .unwrap_or_default();
        let name = format!("thread:{}", key(post));
        if self.before.get(&name) == Some(&digest) {
            reading
                .requests
                .extend(answers.into_iter().map(|a| a.request));
        } else {
            self.changed = true;
            replies::keep(reading, answers, &mut self.number, &self.hidden)?;
        }
        memory.insert(name, digest);
        memory.insert(format!("replies:{}", key(post)), count.to_string());
        self.read.insert(key(post).to_owned());
        self.missing.extend(replies::held_back(&told));
        self.missing.extend(told.missing);
        self.items
            .extend(items.into_iter().map(|item| (item.native_id.clone(), item)));
        Ok(())
    }
}
