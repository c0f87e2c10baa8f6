//! Comparison: what was read beside what is known. Pure.

#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use super::matching::{Match, Others};
use crate::catalog::{Joins, Known, Missed};
use crate::record::{
    BagKind, Change, Counts, Coverage, Covered, Digest, Gap, GapReason, Item, Kind, NativeId,
    RecordId, Visibility,
};

/// One item that was read, with its record and what is new about it.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub(super) item: Item,
    pub(super) record: RecordId,
    /// How it stands to records that came in by other doors.
    pub(super) matched: Match,
    pub(super) digest: Digest,
    pub(super) version: u32,
    pub(super) change: Change,
    /// True when it goes into a bag.
    pub(super) picked: bool,
    /// True when it is picked only to try again for media that were missing.
    pub(super) retry: bool,
}

#[derive(Debug, Default)]
pub(super) struct Comparison {
    pub(super) seen: Vec<Seen>,
    /// Known records that a complete reading did not show.
    pub(super) not_seen: Vec<RecordId>,
}

/// Compares; `entire` picks all, else only what is new or changed, and what lacks media. What this door does not know
/// may be a record of `others`.
pub(super) fn compare(
    items: Vec<Item>,
    known: &HashMap<NativeId, Known>,
    others: &Others,
    coverage: &Coverage,
    entire: bool,
    new_id: &mut dyn FnMut() -> Uuid,
) -> Result<Comparison, serde_json::Error> {
    let mut read = HashSet::with_capacity(items.len());
    let mut seen = Vec::with_capacity(items.len());
    let mut items = items;
    items.retain(|item| read.insert(item.native_id.clone()));
    let unknown = items.iter().filter(|i| !known.contains_key(&i.native_id));
    let matches = match others.is_empty() {
        true => Vec::new(),
        false => others.match_all(unknown),
    };
    let left = others.left(&matches);
    let mut matches = matches.into_iter();
    for item in items {
        let digest = item.content.digest()?;
        let before = known.get(&item.native_id);
        let matched = match before {
            None => matches.next().unwrap_or(Match::None),
            Some(_) => Match::None,
        };
        let (record, version, change) = match (before, &matched) {
            (Some(k), _) if k.digest == digest && k.visibility == item.visibility => {
                (k.record, k.number, Change::Unchanged)
            }
            (Some(k), _) => (k.record, k.newest + 1, Change::Changed),
            (None, Match::Same(other)) => match others.newest(*other) {
                Some(o) if o.digest == digest && o.visibility == item.visibility => {
                    (*other, o.number, Change::Unchanged)
                }
                o => (*other, o.map_or(1, |o| o.number + 1), Change::Changed),
            },
            (None, Match::None | Match::OneOf(_)) => (RecordId(new_id()), 1, Change::New),
        };
        let retry =
            change == Change::Unchanged && !entire && before.is_some_and(|k| k.media_missing);
        seen.push(Seen {
            picked: entire || retry || change != Change::Unchanged,
            retry,
            item,
            record,
            matched,
            digest,
            version,
            change,
        });
    }
    let shown: HashSet<RecordId> = seen.iter().map(|s| s.record).collect();
    let lists = Lists::of(coverage, &seen);
    // What the platform tells of and cannot be read is there all the same.
    let unreadable = |native: &NativeId| lists.unreadable.contains(native.0.as_str());
    let missed = known.iter().filter(|(native, k)| {
        !read.contains(native)
            && !shown.contains(&k.record)
            && !unreadable(native)
            && lists.would_show(k.kind, k.visibility)
    });
    let left = left
        .into_iter()
        .filter(|(_, kind, visibility)| lists.would_show(*kind, *visibility));
    let mut not_seen: Vec<RecordId> = missed
        .map(|(_, k)| k.record)
        .chain(left.map(|(record, ..)| record))
        .collect();
    not_seen.sort_unstable();
    not_seen.dedup();
    Ok(Comparison { seen, not_seen })
}

impl Seen {
    pub(super) fn joins(&self) -> Joins<'_> {
        match &self.matched {
            Match::None => Joins::None,
            Match::Same(_) => Joins::Same,
            Match::OneOf(candidates) => Joins::OneOf(candidates),
        }
    }

    /// The kind of bag it goes to.
    pub(super) fn bag(&self) -> BagKind {
        if self.item.visibility.is_restricted() {
            BagKind::RecordsRestricted
        } else {
            BagKind::Records
        }
    }
}

impl Comparison {
    /// Records known before that were seen, as they are asked about.
    pub(super) fn present(&self) -> impl Iterator<Item = Missed> {
        let known = self.seen.iter().filter(|s| s.change != Change::New);
        known.map(|s| Missed {
            record: s.record,
            native_id: s.item.native_id.clone(),
            kind: s.item.kind,
            permalink: s.item.permalink.clone(),
            parent: s.item.parent.clone(),
            visibility: s.item.visibility,
        })
    }

    /// What goes into the bag of that kind.
    pub(super) fn picked(&self, bag: BagKind) -> impl Iterator<Item = &Seen> {
        self.seen.iter().filter(move |s| s.picked && s.bag() == bag)
    }

    /// A word on what may be the same as a record that came in by another door.
    pub(super) fn ambiguity(&self) -> Option<String> {
        let apart = self
            .seen
            .iter()
            .filter(|s| matches!(s.matched, Match::OneOf(_)))
            .count();
        (apart > 0).then(|| {
            format!("{apart} may be the same as records that came in another way, and are kept apart: arkivd record list --ambiguous")
        })
    }

    pub(super) fn counts(&self) -> Counts {
        let count = |change| self.seen.iter().filter(|s| s.change == change).count() as u64;
        Counts {
            new: count(Change::New),
            changed: count(Change::Changed),
            unchanged: count(Change::Unchanged),
            not_seen: self.not_seen.len() as u64,
        }
    }
}

/// Which lists were read to their end. Only such a list can lack something.
struct Lists<'c> {
    whole: Vec<Covered>,
    /// Items that a list told of and that could not be read: one has a password, one is malformed.
    unreadable: HashSet<&'c str>,
    /// Kinds of which the reading showed something that is not public.
    restricted: HashSet<Kind>,
}

impl<'c> Lists<'c> {
    fn of(coverage: &'c Coverage, seen: &[Seen]) -> Self {
        let gaps = coverage.rows.iter().flat_map(|row| &row.missing);
        let unreadable = gaps.filter_map(item_of).collect();
        let whats: HashSet<Covered> = coverage.rows.iter().map(|row| row.what).collect();
        let whole = whats.into_iter().filter(|what| {
            let mut rows = coverage.rows.iter().filter(|row| row.what == *what);
            rows.all(|row| {
                let told = row.missing.iter().filter_map(item_of).count();
                told == row.missing.len()
                    && row.expected.is_none_or(|n| n == row.captured + told as u64)
            })
        });
        let restricted = seen.iter().filter(|s| s.item.visibility.is_restricted());
        Self {
            whole: whole.collect(),
            unreadable,
            restricted: restricted.map(|s| s.item.kind).collect(),
        }
    }

    /// True when a record of that kind and visibility would have been seen. One that is not public would be where held
    /// comments were read, or where the same reading showed another of its kind: then it was let in.
    fn would_show(&self, kind: Kind, visibility: Visibility) -> bool {
        let whole = |what| self.whole.contains(&what);
        let listed = match kind {
            Kind::Post => whole(Covered::Posts) || whole(Covered::FeedEntries),
            Kind::Page => whole(Covered::Pages),
            Kind::Comment => whole(Covered::Comments),
            Kind::Message => false,
        };
        let let_in = match (visibility, kind) {
            (Visibility::Public, _) => true,
            (_, Kind::Comment) if whole(Covered::HeldComments) => true,
            _ => self.restricted.contains(&kind),
        };
        listed && let_in
    }
}

/// The one item that a gap is about, as the platform names it.
fn item_of(gap: &Gap) -> Option<&str> {
    let of_one = matches!(
        gap.reason,
        GapReason::PasswordProtected | GapReason::Malformed { .. }
    );
    let name = gap.what.as_str();
    (of_one && name.contains(':') && !name.contains(char::is_whitespace)).then_some(name)
}
