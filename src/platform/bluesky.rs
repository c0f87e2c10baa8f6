//! Bluesky by the AT Protocol: the account's own records from its PDS, others' replies from an AppView.
//!
//! Native ids are `at://DID/app.bsky.feed.post/KEY`: they last when a handle changes and when a PDS moves. Everything
//! asked for is public; a credential is never sent.

mod asking;
mod car;
mod embed;
mod gate;
mod identity;
mod item;
mod listing;
mod name;
mod polling;
mod replies;
mod repository;
mod text;
mod thread;
mod xrpc;

use serde_json::Value;

use super::client::Answer;
use super::reading::Reading;
use super::{Error, Fetched, Profile};
use crate::record::{Author, Coverage, CoverageRow, Covered, Gap, Item, Kind};
use identity::Identity;
use xrpc::{Refusal, Service, json};

pub(super) use asking::inquire;
pub(super) use polling::poll;

pub(super) async fn read(reading: &mut Reading<'_>) -> Result<Fetched, Error> {
    let mut identity = identity::find(reading, None).await?;
    keep_identity(reading, &mut identity)?;
    let (profile, answer) = ask_profile(reading, &identity).await?;
    keep_profile(reading, answer)?;
    let author = author(&profile, &identity);
    let listing = listing::read(reading, &identity, &author).await?;

    let post_gaps = listing.gaps(&identity.did);
    reading.warnings.extend(listing.odd_times());
    let own: Vec<Item> = listing.read.into_values().map(|read| read.item).collect();
    let (mut items, mut comments): (Vec<Item>, Vec<Item>) =
        own.into_iter().partition(|item| item.kind == Kind::Post);

    let all = items.iter().chain(&comments);
    let uris: Vec<String> = all.map(|item| item.native_id.0.clone()).collect();
    let (others, comment_gaps) = others_replies(reading, &identity, &uris).await?;
    comments.extend(others);
    comments.sort_by(|a, b| key_of(a).cmp(key_of(b)).then(a.native_id.cmp(&b.native_id)));
    let row = |what, captured: usize, missing| CoverageRow {
        what,
        // The protocol counts nothing: a list is whole when its last page is read.
        expected: None,
        captured: captured as u64,
        missing,
    };
    let rows = vec![
        row(Covered::Posts, items.len(), post_gaps),
        row(Covered::Comments, comments.len(), comment_gaps),
    ];
    items.extend(comments);
    Ok(Fetched {
        profile,
        items,
        coverage: Coverage { rows },
        requests: std::mem::take(&mut reading.requests),
        warnings: std::mem::take(&mut reading.warnings),
    })
}

/// Others' replies under the account's own posts, and what of them is missing.
async fn others_replies(
    reading: &mut Reading<'_>,
    identity: &Identity,
    uris: &[String],
) -> Result<(Vec<Item>, Vec<Gap>), Error> {
    let Some(appview) = appview(reading)? else {
        return Ok((Vec::new(), vec![replies::without_appview()]));
    };
    let mut hidden = match gate::read(reading, identity, usize::MAX).await {
        Ok(hidden) => hidden,
        Err(error) => return Ok((Vec::new(), vec![replies::refused(reading, error)?])),
    };
    hidden.keep(reading)?;
    let told = replies::read_all(reading, &appview, &identity.did, uris, &hidden).await?;
    let odd_times = listing::odd_times(told.read.values());
    reading.warnings.extend(odd_times);
    let mut gaps = Vec::from_iter(replies::held_back(&told));
    gaps.extend(told.missing);
    let items = told.read.into_values();
    Ok((items.map(|read| hidden.marked(read.item)).collect(), gaps))
}

/// The record key at the end of an item's address.
fn key_of(item: &Item) -> &str {
    item.native_id.0.rsplit('/').next().unwrap_or_default()
}

fn appview(reading: &Reading<'_>) -> Result<Option<Service>, Error> {
    let address = reading.network().appview()?;
    Ok(address.map(|address| Service::given(&address)))
}

/// How the account's own posts are signed: by the name it gives itself, else by its handle.
fn author(profile: &Profile, identity: &Identity) -> Author {
    let name = profile.name.clone().or_else(|| identity.handle.clone());
    Author {
        name: name.unwrap_or_else(|| identity.did.clone()),
        address: Some(name::profile_page(&identity.did)),
    }
}

/// What the account says of itself; a repository without such a record has its handle alone.
async fn ask_profile(
    reading: &mut Reading<'_>,
    identity: &Identity,
) -> Result<(Profile, Answer), Error> {
    let parameters = [
        ("repo", identity.did.as_str()),
        ("collection", "app.bsky.actor.profile"),
        ("rkey", "self"),
    ];
    let method = "com.atproto.repo.getRecord";
    let answer = identity.pds.ask(reading, method, &parameters).await?;
    // Which refusal it is does not matter here: the list of records, asked next, says it all.
    let body = match Refusal::of(&answer) {
        Some(_) => Value::Null,
        None => json(&answer)?,
    };
    let value = body.get("value");
    let word = |key: &str| {
        let text = value?.get(key)?.as_str()?.trim();
        (!text.is_empty()).then(|| text.to_owned())
    };
    let picture = value
        .and_then(|v| v.get("avatar"))
        .and_then(|avatar| embed::blob(&identity.pds, &identity.did, avatar));
    let home = identity.handle.as_deref().unwrap_or(&identity.did);
    let profile = Profile {
        name: word("displayName").or_else(|| identity.handle.clone()),
        description: word("description"),
        home: Some(name::profile_page(home)),
        language: None,
        picture: picture.map(String::from),
    };
    Ok((profile, answer))
}

fn keep_profile(reading: &mut Reading<'_>, answer: Answer) -> Result<(), Error> {
    if answer.request.status == 200 {
        return reading.keep("profile".to_owned(), "json", answer);
    }
    reading.requests.push(answer.request);
    Ok(())
}

/// The document that names the account's server and handle.
fn keep_identity(reading: &mut Reading<'_>, identity: &mut Identity) -> Result<(), Error> {
    match identity.take_answer() {
        Some(answer) => reading.keep("identity".to_owned(), "json", answer),
        None => Ok(()),
    }
}
