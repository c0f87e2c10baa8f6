//! A cheap look at an account: its newest forty statuses, and the threads below them that may have moved.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::super::Error;
use super::super::poll::{Extent, Held, Memory, Polled, Window};
use super::super::reading::{Access, Reading};
use super::super::wordpress::{join_windows, since};
use super::list::{self, PER_PAGE};
use super::status::Status;
use super::{account, threads};
use crate::record::{Covered, Digest, Gap, Item, Kind, NativeId};

/// Pages read when the account counts fewer statuses than it did: further back is left to the next snapshot.
const WIDEST: u32 = 25;

pub(in crate::platform) async fn poll(
    reading: &mut Reading<'_>,
    held: Held<'_>,
) -> Result<Polled, Error> {
    let told = account::ask(reading).await?;
    reading.requests.push(told.answer.request);
    let own = told.account.id;
    let before = held.memory;
    let nothing = Memory::new();
    let is_same_account = before.get("account") == Some(&own);
    let before = if is_same_account { before } else { &nothing };
    let mut memory = Memory::from([("account".to_owned(), own.clone())]);
    let count = told.account.count;
    memory.extend(count.map(|count| ("count".to_owned(), count.to_string())));

    let address = list::first(reading, &own)?;
    let newest = list::page(reading, &own, &address, Access::Anonymous).await?;
    let mut told_of = newest.answer.body.clone();
    // Who is logged in is also told of what is for followers, or for one reader.
    let private = if reading.has_credential() && !newest.answer.request.with_credential {
        let page = list::page(reading, &own, &address, Access::WithCredential).await?;
        told_of.extend_from_slice(&page.answer.body);
        Some(page)
    } else {
        None
    };
    told_of.extend(
        count
            .map_or(String::new(), |count| count.to_string())
            .into_bytes(),
    );
    memory.insert("statuses".to_owned(), Digest::of(&told_of).to_string());
    let is_same = before.get("statuses") == memory.get("statuses");
    let mut look = Look::default();
    if is_same {
        look.take(&newest.statuses, held);
        reading.requests.push(newest.answer.request);
        if let Some(page) = private {
            look.take(&page.statuses, held);
            reading.requests.push(page.answer.request);
        }
        // What of them is not current was told when they were read.
        look.items.clear();
        for key in ["last", "whole"] {
            let value = before.get(key).cloned();
            memory.extend(value.map(|value| (key.to_owned(), value)));
        }
        let is_whole = before.contains_key("whole");
        let threads = threads::read(reading, &own, &look.all, is_whole, before, &mut memory);
        let (comments, answers) = threads.await?;
        look.answered(answers);
        let windows = vec![same(Covered::Posts), comments];
        return Ok(polled(reading, told.account.profile, look, windows, memory));
    }
    let mut missing = newest.missing;
    let last = before.get("last");
    let last = last.and_then(|last| last.parse::<DateTime<Utc>>().ok());
    let come = newest.statuses.iter();
    let come = come.filter(|s| last.is_none_or(|last| s.item.published > Some(last)));
    let come = come.count() as u64;
    let had: Option<u64> = before.get("count").and_then(|count| count.parse().ok());
    let has: Option<u64> = told.account.count;
    let has_lost = had
        .zip(has)
        .is_some_and(|(had, has)| has < had.saturating_add(come));
    let has_changed = look.take(&newest.statuses, held);
    let mut next = newest.next;
    let mut is_whole = newest.count == 0 || next.is_none();
    if has_changed {
        reading.keep("statuses-newest".to_owned(), "json", newest.answer)?;
    } else {
        reading.requests.push(newest.answer.request);
    }
    let mut number = 1;
    // A short page may be the last: servers link to a next one as long as anything stood in this.
    while let Some(address) = next.take() {
        number += 1;
        if !(has_lost || newest.count < PER_PAGE && number == 2) || number > WIDEST {
            break;
        }
        let page = list::page(reading, &own, &address, Access::Anonymous).await?;
        let known = look.all.len();
        let has_changed = look.take(&page.statuses, held);
        missing.extend(page.missing);
        is_whole = page.next.is_none();
        next = page.next.filter(|_| look.all.len() > known);
        if has_changed {
            let name = format!("statuses-older-{number:04}");
            reading.keep(name, "json", page.answer)?;
        } else {
            reading.requests.push(page.answer.request);
        }
    }
    // The next look may go by the newest page alone.
    if is_whole && look.all.len() == newest.statuses.len() {
        memory.insert("whole".to_owned(), "yes".to_owned());
    }
    let mut posts = window(&look.all, is_whole, missing);
    if let Some(page) = private {
        let is_whole = page.next.is_none();
        posts = join_windows(posts, window(&page.statuses, is_whole, page.missing));
        if look.take(&page.statuses, held) {
            reading.keep("statuses-own-newest".to_owned(), "json", page.answer)?;
        } else {
            reading.requests.push(page.answer.request);
        }
    }
    let last = look.all.iter().filter_map(|s| s.item.published).max();
    memory.extend(last.map(|last| ("last".to_owned(), last.to_rfc3339())));
    let is_whole = posts.extent == Extent::Whole;
    let threads = threads::read(reading, &own, &look.all, is_whole, before, &mut memory);
    let (comments, answers) = threads.await?;
    look.answered(answers);
    let windows = vec![posts, comments];
    Ok(polled(reading, told.account.profile, look, windows, memory))
}

#[derive(Default)]
struct Look {
    items: Vec<Item>,
    seen: BTreeSet<NativeId>,
    all: Vec<Status>,
}

impl Look {
    /// Takes in statuses; true when any of them is not current.
    fn take(&mut self, statuses: &[Status], held: Held<'_>) -> bool {
        let before = self.items.len();
        for status in statuses {
            let item = &status.item;
            if !self.seen.insert(item.native_id.clone()) {
                continue;
            }
            if !(held.is_current)(&item.native_id, item.edited) {
                self.items.push(item.clone());
            }
            self.all.push(status.clone());
        }
        self.items.len() > before
    }

    /// Takes in what was answered. Of the account's own, what its list says stands.
    fn answered(&mut self, answers: Vec<Item>) {
        let new = answers.into_iter();
        self.items
            .extend(new.filter(|item| self.seen.insert(item.native_id.clone())));
    }
}

/// What a list tells of posts.
fn window(statuses: &[Status], is_whole: bool, missing: Vec<Gap>) -> Window {
    let posts = statuses.iter().filter(|s| s.item.kind != Kind::Comment);
    Window {
        what: Covered::Posts,
        extent: if is_whole {
            Extent::Whole
        } else {
            extent(statuses)
        },
        seen: posts.map(|s| s.item.native_id.clone()).collect(),
        missing,
    }
}

/// Newest first, as servers give them; another order tells of nothing that is gone.
fn extent(statuses: &[Status]) -> Extent {
    let times: Option<Vec<_>> = statuses.iter().map(|s| s.item.published).collect();
    match times {
        Some(times) if times.is_sorted_by(|a, b| a >= b) => since(&times),
        _ => Extent::Loose,
    }
}

fn same(what: Covered) -> Window {
    Window {
        what,
        extent: Extent::Same,
        seen: BTreeSet::new(),
        missing: Vec::new(),
    }
}

fn polled(
    reading: &mut Reading<'_>,
    profile: super::super::Profile,
    look: Look,
    windows: Vec<Window>,
    memory: Memory,
) -> Polled {
    Polled {
        profile: Some(profile),
        items: look.items,
        windows,
        requests: std::mem::take(&mut reading.requests),
        warnings: std::mem::take(&mut reading.warnings),
        memory,
    }
}
