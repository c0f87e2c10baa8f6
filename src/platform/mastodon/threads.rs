//! What a look reads of the threads below the statuses.
//!
//! The server's count of answers knows direct ones alone, and not which. So the threads of young statuses are read at
//! each look, and those of older ones when their count is another. What a thread said is remembered by its digest.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use super::super::Error;
use super::super::poll::{Extent, Memory, Window};
use super::super::reading::Reading;
use super::context::{self, Answers};
use super::status::Status;
use crate::record::{Covered, Digest, Gap, Item, Kind, NativeId};

/// How long people answer each other below a status, and how many threads so young are read at each look: a server
/// that allows 300 requests in five minutes is asked for a score of accounts.
const FRESH: TimeDelta = TimeDelta::days(7);
const MOST_FRESH: usize = 10;

/// Of a thread, by the status above it: the server's count, the digest of what was read, and, where all of the account
/// is in the look, the ids of it.
const COUNT: &str = "answers:";
const DIGEST: &str = "thread:";
const IDS: &str = "ids:";
/// In the place of ids where the server does not show all of them.
const CUT: &str = "?";

/// The window of comments, and the answers in threads that are not as they were. `is_whole`: `all` are all statuses of
/// the account.
pub(super) async fn read(
    reading: &mut Reading<'_>,
    own: &str,
    all: &[Status],
    is_whole: bool,
    before: &Memory,
    memory: &mut Memory,
) -> Result<(Window, Vec<Item>), Error> {
    let of_own = all.iter().filter(|s| s.item.kind == Kind::Comment);
    let of_own: BTreeSet<NativeId> = of_own.map(|s| s.item.native_id.clone()).collect();
    let mut threads = Threads {
        own,
        is_whole,
        before,
        memory,
        items: Vec::new(),
        seen: of_own.clone(),
        missing: Vec::new(),
        is_cut: false,
        is_end: false,
        has_failed: false,
    };
    let fresh = fresh(all, Utc::now());
    for status in all.iter().filter(|s| s.answers > 0) {
        if !fresh.contains(status.id.as_str()) && threads.is_as_before(status) {
            threads.carry(status);
        } else {
            threads.read_one(reading, status).await?;
        }
    }
    let Threads {
        items,
        seen,
        missing,
        is_cut,
        has_failed,
        ..
    } = threads;
    let of_threads = memory.iter();
    let of_threads =
        of_threads.filter(|(key, _)| [COUNT, DIGEST].iter().any(|p| key.starts_with(p)));
    let state = format!("{is_whole} {of_own:?} {:?}", of_threads.collect::<Vec<_>>());
    let state = Digest::of(state.as_bytes()).to_string();
    let is_same = before.get("comments") == Some(&state) && !has_failed;
    memory.insert("comments".to_owned(), state);
    let extent = match (is_same, is_whole && !is_cut && !has_failed) {
        (true, _) => Extent::Same,
        (false, true) => Extent::Whole,
        // Answers to posts further back are not asked for.
        (false, false) => Extent::Loose,
    };
    let window = Window {
        what: Covered::Comments,
        seen: if is_same { BTreeSet::new() } else { seen },
        extent,
        missing,
    };
    Ok((window, items))
}

/// The ids of the youngest statuses that have answers.
fn fresh(all: &[Status], now: DateTime<Utc>) -> BTreeSet<&str> {
    let mut young: Vec<(DateTime<Utc>, &str)> = all
        .iter()
        .filter(|status| status.answers > 0)
        .filter_map(|status| Some((status.item.published?, status.id.as_str())))
        .filter(|(at, _)| now - *at <= FRESH)
        .collect();
    young.sort_by(|a, b| b.cmp(a));
    young
        .into_iter()
        .take(MOST_FRESH)
        .map(|(_, id)| id)
        .collect()
}

struct Threads<'t> {
    own: &'t str,
    is_whole: bool,
    before: &'t Memory,
    memory: &'t mut Memory,
    items: Vec<Item>,
    seen: BTreeSet<NativeId>,
    missing: Vec<Gap>,
    /// True when the server does not show all of a thread.
    is_cut: bool,
    /// True when no more can be asked for now.
    is_end: bool,
    has_failed: bool,
}

impl Threads<'_> {
    fn known(&self, prefix: &str, status: &Status) -> Option<&String> {
        self.before.get(&format!("{prefix}{}", status.id))
    }

    /// True when the count is as it was, and what stood below is known as far as it is needed.
    fn is_as_before(&self, status: &Status) -> bool {
        let count = self.known(COUNT, status);
        count.is_some_and(|count| *count == status.answers.to_string())
            && (!self.is_whole || self.known(IDS, status).is_some())
    }

    /// What the last look knew stands.
    fn carry(&mut self, status: &Status) {
        for prefix in [COUNT, DIGEST, IDS] {
            let value = self.known(prefix, status).cloned();
            let key = format!("{prefix}{}", status.id);
            self.memory.extend(value.map(|value| (key, value)));
        }
        let ids = self.known(IDS, status).cloned().unwrap_or_default();
        if ids == CUT {
            self.is_cut = true;
        } else {
            let ids = ids.split_whitespace();
            self.seen.extend(ids.map(|id| NativeId(id.to_owned())));
        }
    }

    async fn read_one(&mut self, reading: &mut Reading<'_>, status: &Status) -> Result<(), Error> {
        if self.is_end {
            self.has_failed = true;
            return Ok(());
        }
        let mut answers = Answers::default();
        let told = context::read(reading, status, self.own, &mut answers).await?;
        self.is_end = told.is_end;
        let Some(raw) = told.raw else {
            self.missing.extend(answers.missing);
            self.has_failed = true;
            return Ok(());
        };
        let mut items = answers.items;
        items.sort_by(|a, b| a.native_id.cmp(&b.native_id));
        let digest = Digest::of_canonical_json(&items).map(|d| d.to_string());
        let digest = digest.unwrap_or_default();
        let is_cut = !answers.missing.is_empty();
        self.is_cut |= is_cut;
        self.seen.extend(items.iter().map(|i| i.native_id.clone()));
        let mut remember = |prefix: &str, value: String| {
            self.memory.insert(format!("{prefix}{}", status.id), value);
        };
        remember(COUNT, status.answers.to_string());
        remember(DIGEST, digest.clone());
        if is_cut {
            remember(IDS, CUT.to_owned());
        } else if self.is_whole {
            let ids: Vec<&str> = items.iter().map(|i| i.native_id.0.as_str()).collect();
            remember(IDS, ids.join(" "));
        }
        self.missing.extend(answers.missing);
        if self.known(DIGEST, status) == Some(&digest) {
            reading.requests.push(raw.request);
        } else {
            self.items.extend(items);
            reading.keep(format!("context-{}", status.id), "json", raw)?;
        }
        Ok(())
    }
}
