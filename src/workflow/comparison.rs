//! Comparison: what was read beside what is known. Pure.

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Content, CoverageRow};

    fn item(native: &str, title: &str) -> Item {
        Item {
            native_id: NativeId(native.into()),
            kind: if native.starts_with("comment") {
                Kind::Comment
            } else {
                Kind::Post
            },
            parent: None,
            permalink: None,
            published: None,
            edited: None,
            visibility: Visibility::Public,
            content: Content {
                title: Some(title.into()),
                ..Content::default()
            },
        }
    }

    fn coverage(what: Covered, captured: u64) -> Coverage {
        Coverage {
            rows: vec![CoverageRow {
                what,
                expected: Some(captured),
                captured,
                missing: vec![],
            }],
        }
    }

    fn ids() -> impl FnMut() -> Uuid {
        let mut n = 0;
        move || {
            n += 1;
            Uuid::from_u128(n)
        }
    }

    fn known_after(items: Vec<Item>) -> HashMap<NativeId, Known> {
        let first = compare(
            items,
            &HashMap::new(),
            &Others::default(),
            &Coverage::default(),
            false,
            &mut ids(),
        )
        .unwrap();
        first
            .seen
            .into_iter()
            .map(|s| {
                let known = Known {
                    record: s.record,
                    kind: s.item.kind,
                    number: s.version,
                    newest: s.version,
                    digest: s.digest,
                    visibility: s.item.visibility,
                    media_missing: false,
                };
                (s.item.native_id, known)
            })
            .collect()
    }

    #[test]
    fn new_changed_unchanged_and_not_seen_are_told_apart() {
        let known = known_after(vec![
            item("post:1", "a"),
            item("post:2", "b"),
            item("post:3", "c"),
        ]);
        let now = vec![
            item("post:1", "a"),
            item("post:2", "B"),
            item("post:4", "d"),
        ];
        let all = compare(
            now,
            &known,
            &Others::default(),
            &coverage(Covered::Posts, 3),
            false,
            &mut ids(),
        )
        .unwrap();
        let changes: Vec<_> = all
            .seen
            .iter()
            .map(|s| (s.change, s.version, s.picked))
            .collect();
        assert_eq!(
            changes,
            [
                (Change::Unchanged, 1, false),
                (Change::Changed, 2, true),
                (Change::New, 1, true)
            ]
        );
        assert_eq!(all.not_seen, [known[&NativeId("post:3".into())].record]);
    }

    #[test]
    fn an_incomplete_reading_misses_nothing() {
        let known = known_after(vec![item("post:1", "a"), item("comment:1", "b")]);
        let mut partial = coverage(Covered::Posts, 0);
        partial.rows[0].missing.push(Gap {
            what: "page 2".into(),
            reason: GapReason::TimedOut { seconds: 30 },
        });
        let none = compare(
            vec![],
            &known,
            &Others::default(),
            &partial,
            false,
            &mut ids(),
        )
        .unwrap();
        assert_eq!(none.not_seen, []);
    }

    #[test]
    fn a_held_comment_is_missed_only_when_held_comments_were_read() {
        let mut held = item("comment:1", "a");
        held.visibility = Visibility::Held;
        let known = known_after(vec![held]);
        let mut read = coverage(Covered::Comments, 0);
        assert_eq!(
            compare(vec![], &known, &Others::default(), &read, false, &mut ids())
                .unwrap()
                .not_seen,
            []
        );
        read.rows.extend(coverage(Covered::HeldComments, 0).rows);
        assert_eq!(
            compare(vec![], &known, &Others::default(), &read, false, &mut ids())
                .unwrap()
                .not_seen
                .len(),
            1
        );
    }

    #[test]
    fn a_held_comment_that_is_approved_is_a_change() {
        let mut held = item("comment:1", "a");
        held.visibility = Visibility::Held;
        let known = known_after(vec![held]);
        let all = compare(
            vec![item("comment:1", "a")],
            &known,
            &Others::default(),
            &Coverage::default(),
            false,
            &mut ids(),
        )
        .unwrap();
        assert_eq!(all.seen[0].change, Change::Changed);
    }

    #[test]
    fn an_item_told_twice_is_one() {
        let twice = vec![item("post:1", "a"), item("post:1", "a")];
        let all = compare(
            twice,
            &HashMap::new(),
            &Others::default(),
            &Coverage::default(),
            false,
            &mut ids(),
        )
        .unwrap();
        assert_eq!(all.seen.len(), 1);
    }

    #[test]
    fn what_lacked_media_is_tried_again_and_an_entire_bag_takes_all() {
        let mut known = known_after(vec![item("post:1", "a"), item("post:2", "b")]);
        known
            .get_mut(&NativeId("post:1".into()))
            .unwrap()
            .media_missing = true;
        let now = || vec![item("post:1", "a"), item("post:2", "b")];
        let picked = |entire| {
            let all = compare(
                now(),
                &known,
                &Others::default(),
                &Coverage::default(),
                entire,
                &mut ids(),
            )
            .unwrap();
            all.seen
                .iter()
                .map(|s| (s.picked, s.retry))
                .collect::<Vec<_>>()
        };
        assert_eq!(picked(false), [(true, true), (false, false)]);
        assert_eq!(picked(true), [(true, false), (true, false)]);
    }

    #[test]
    fn one_item_that_cannot_be_read_hides_no_other() {
        let known = known_after(vec![
            item("post:1", "a"),
            item("post:2", "b"),
            item("post:3", "c"),
        ]);
        let mut told = coverage(Covered::Posts, 1);
        told.rows[0].expected = Some(2);
        told.rows[0].missing.push(Gap {
            what: "post:2".into(),
            reason: GapReason::PasswordProtected,
        });
        let now = || vec![item("post:1", "a")];
        let missed = |told: &Coverage| {
            compare(now(), &known, &Others::default(), told, false, &mut ids())
                .unwrap()
                .not_seen
        };
        assert_eq!(
            missed(&told),
            [known[&NativeId("post:3".into())].record],
            "2 is there"
        );
        told.rows[0].expected = Some(9);
        assert_eq!(missed(&told), [], "the platform counts more");
        told.rows[0].expected = None;
        told.rows[0].missing[0].what = "12 entries of posts".into();
        assert_eq!(missed(&told), []);
    }

    #[test]
    fn what_is_not_public_is_missed_only_by_a_reading_that_was_let_in() {
        let private = |native: &str| {
            let mut post = item(native, "a");
            post.visibility = Visibility::Private;
            post
        };
        let known = known_after(vec![private("post:1"), private("post:2")]);
        let missed = |now: Vec<Item>| {
            let told = coverage(Covered::Posts, now.len() as u64);
            compare(now, &known, &Others::default(), &told, false, &mut ids())
                .unwrap()
                .not_seen
        };
        assert_eq!(
            missed(vec![private("post:1")]),
            [known[&NativeId("post:2".into())].record]
        );
        assert_eq!(
            missed(vec![item("post:9", "öppet")]),
            [],
            "the login may be gone"
        );
    }
}
