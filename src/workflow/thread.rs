//! Threads for the typesetter: the picked items as trees, oldest first, with the post they answer in brief. Pure.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, Utc};
use url::Url;

use super::comparison::Seen;
use crate::pdfa::{Context, Entry, Mark, MediumState, Thread, Threads};
use crate::record::{Change, GapReason, Item, Kind, MediumHeld, NativeId};

/// Items of one bag as threads, each put together when it is asked for.
pub(super) struct SeenThreads<'a> {
    /// In the order they are read.
    roots: Vec<Root<'a>>,
    children: HashMap<&'a NativeId, Vec<&'a Seen>>,
    media: &'a HashMap<Url, MediumHeld>,
    first: bool,
}

/// What stands at a thread's top.
#[derive(Default)]
struct Root<'a> {
    /// The post, when it is in this bag.
    post: Option<&'a Seen>,
    /// The post told in brief, when it is not.
    context: Option<&'a Seen>,
    /// Comments whose own parent is not in this bag.
    strays: Vec<&'a Seen>,
}

impl<'a> SeenThreads<'a> {
    /// `all` are the items read, picked or not, where context is found; `first` is true for an account's first
    /// capture.
    pub(super) fn of(
        all: &'a [Seen],
        in_bag: &dyn Fn(&Seen) -> bool,
        media: &'a HashMap<Url, MediumHeld>,
        first: bool,
    ) -> Self {
        let by_id: HashMap<&NativeId, &Seen> = all.iter().map(|s| (&s.item.native_id, s)).collect();
        let roots_of = roots_of(all, &by_id);
        let root_of = |s: &'_ Seen| roots_of.get(&s.item.native_id).copied();
        let mut children: HashMap<&NativeId, Vec<&Seen>> = HashMap::new();
        let mut roots: BTreeMap<Order<'_>, &NativeId> = BTreeMap::new();
        for seen in all.iter().filter(|s| in_bag(s)) {
            let root = root_of(seen).unwrap_or(&seen.item.native_id);
            if *root != seen.item.native_id {
                let parent = seen.item.parent.as_ref().unwrap_or(root);
                children.entry(parent).or_default().push(seen);
            }
            roots.insert(Order::of(root, &by_id), root);
        }
        for siblings in children.values_mut() {
            siblings.sort_by_key(|s| (s.item.published, natural(&s.item.native_id)));
        }
        // A comment whose own parent is not in this bag hangs from the root.
        let placed: HashSet<&NativeId> = all
            .iter()
            .filter(|s| in_bag(s))
            .map(|s| &s.item.native_id)
            .collect();
        let strays: Vec<&NativeId> = children
            .keys()
            .copied()
            .filter(|parent| !placed.contains(parent))
            .collect();
        let mut under_root: HashMap<&NativeId, Vec<&Seen>> = HashMap::new();
        for parent in strays {
            for seen in children.remove(parent).unwrap_or_default() {
                under_root
                    .entry(root_of(seen).unwrap_or(&seen.item.native_id))
                    .or_default()
                    .push(seen);
            }
        }
        let restricted = all
            .iter()
            .filter(|s| in_bag(s))
            .all(|s| s.item.visibility.is_restricted());
        let roots = roots.into_values().map(|root| {
            let top = by_id.get(root).copied();
            let post = top.filter(|s| in_bag(s));
            let mut strays = under_root.remove(root).unwrap_or_default();
            strays.sort_by_key(|s| (s.item.published, natural(&s.item.native_id)));
            // What was not public never stands in a document for the public, not even to be answered.
            let may_stand = |s: &&Seen| restricted || !s.item.visibility.is_restricted();
            let context = top.filter(|s| post.is_none() && may_stand(s));
            Root {
                post,
                context,
                strays,
            }
        });
        Self {
            roots: roots.collect(),
            children,
            media,
            first,
        }
    }
}

impl Threads for SeenThreads<'_> {
    fn count(&self) -> usize {
        self.roots.len()
    }

    fn thread(&self, place: usize) -> Cow<'_, Thread> {
        let Some(root) = self.roots.get(place) else {
            return Cow::default();
        };
        let mut entries = Vec::new();
        if let Some(post) = root.post {
            self.push(post, 0, &mut entries);
        }
        for stray in &root.strays {
            self.push(stray, 1, &mut entries);
        }
        Cow::Owned(Thread {
            context: root.context.map(|seen| context(&seen.item)),
            entries,
        })
    }
}

impl SeenThreads<'_> {
    /// Depth first, with a stack of its own: a thread of 100,000 replies is no deeper than this loop.
    fn push(&self, root: &Seen, depth: usize, entries: &mut Vec<Entry>) {
        let mut stack = vec![(root, depth)];
        while let Some((seen, depth)) = stack.pop() {
            entries.push(self.entry(seen, depth));
            let below = self.children.get(&seen.item.native_id);
            for child in below.into_iter().flatten().rev() {
                stack.push((child, depth + 1));
            }
        }
    }

    fn entry(&self, seen: &Seen, depth: usize) -> Entry {
        let item = &seen.item;
        Entry {
            record: seen.record,
            depth,
            mark: match seen.change {
                // In an account's first capture all is new, and saying so of each says nothing.
                Change::New if !self.first => Mark::New,
                Change::Changed => Mark::Edited {
                    version: seen.version,
                },
                Change::New | Change::Unchanged => Mark::Unchanged,
            },
            kind: item.kind,
            permalink: item.permalink.clone(),
            published: item.published,
            edited: item.edited,
            visibility: item.visibility,
            media: item
                .content
                .media
                .iter()
                .map(|m| medium_state(self.media.get(&m.address)))
                .collect(),
            content: item.content.clone(),
        }
    }
}

fn medium_state(held: Option<&MediumHeld>) -> MediumState {
    match held {
        Some(MediumHeld::Held {
            file,
            bytes,
            sha256,
            media_type,
        }) => MediumState::Stored {
            file: file.clone(),
            bytes: *bytes,
            sha256: *sha256,
            media_type: media_type.clone(),
        },
        Some(MediumHeld::Missing { missing }) => MediumState::Missing(missing.clone()),
        None => MediumState::Missing(GapReason::LimitReached {
            limit: "media of one capture".to_owned(),
        }),
    }
}

/// For each item the topmost that is known here; those in a ring of parents are each their own. Every item is passed
/// once, however deep the threads are.
fn roots_of<'a>(
    all: &'a [Seen],
    by_id: &HashMap<&'a NativeId, &'a Seen>,
) -> HashMap<&'a NativeId, &'a NativeId> {
    let mut roots: HashMap<&NativeId, &NativeId> = HashMap::with_capacity(all.len());
    for seen in all {
        let mut path = vec![&seen.item.native_id];
        let mut on_path = HashSet::from([&seen.item.native_id]);
        let mut top = Some(seen);
        let root = loop {
            let Some(item) = top.map(|s| &s.item) else {
                break path.last().copied();
            };
            if let Some(root) = roots.get(&item.native_id) {
                break Some(*root);
            }
            match item.parent.as_ref().filter(|p| by_id.contains_key(p)) {
                None => break Some(&item.native_id),
                Some(parent) if !on_path.insert(parent) => break None,
                Some(parent) => {
                    path.push(parent);
                    top = by_id.get(parent).copied();
                }
            }
        };
        for id in path {
            roots.entry(id).or_insert(root.unwrap_or(id));
        }
    }
    roots
}

/// Standing pages last, else by time of publication, then by the platform's own numbering.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Order<'a> {
    page: bool,
    published: Option<DateTime<Utc>>,
    native: (&'a str, u64, &'a str),
}

impl<'a> Order<'a> {
    fn of(id: &'a NativeId, by_id: &HashMap<&'a NativeId, &'a Seen>) -> Self {
        let item = by_id.get(id).map(|s| &s.item);
        Self {
            page: item.is_some_and(|i| i.kind == Kind::Page),
            published: item.and_then(|i| i.published),
            native: natural(id),
        }
    }
}

/// `post:9` before `post:10`.
fn natural(id: &NativeId) -> (&str, u64, &str) {
    match id.0.rsplit_once(':') {
        Some((kind, number)) => (kind, number.parse().unwrap_or(u64::MAX), &id.0),
        None => ("", u64::MAX, &id.0),
    }
}

fn context(item: &Item) -> Context {
    Context {
        title: item.content.title.clone(),
        author: item.content.author.as_ref().map(|a| a.name.clone()),
        published: item.published,
        permalink: item.permalink.clone(),
        text: item.content.plain_text(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Content, Digest, RecordId, Visibility};
    use uuid::Uuid;

    fn seen(native: &str, parent: Option<&str>, minute: u32) -> Seen {
        Seen {
            matched: crate::workflow::matching::Match::None,
            record: RecordId(Uuid::from_u128(u128::from(minute))),
            digest: Digest::of(native.as_bytes()),
            version: 1,
            change: Change::New,
            picked: true,
            retry: false,
            item: Item {
                native_id: NativeId(native.into()),
                kind: if parent.is_some() {
                    Kind::Comment
                } else {
                    Kind::Post
                },
                parent: parent.map(|p| NativeId(p.into())),
                permalink: None,
                published: format!("2026-01-01T00:{minute:02}:00Z").parse().ok(),
                edited: None,
                visibility: Visibility::Public,
                content: Content {
                    title: Some(native.into()),
                    ..Content::default()
                },
            },
        }
    }

    fn threads(
        all: &[Seen],
        in_bag: &dyn Fn(&Seen) -> bool,
        media: &HashMap<Url, MediumHeld>,
        first: bool,
    ) -> Vec<Thread> {
        let threads = SeenThreads::of(all, in_bag, media, first);
        let each = (0..threads.count()).map(|t| threads.thread(t).into_owned());
        each.collect()
    }

    fn shape(threads: &[Thread]) -> Vec<String> {
        let mut out = Vec::new();
        for t in threads {
            if let Some(c) = &t.context {
                out.push(format!("({})", c.title.as_deref().unwrap_or_default()));
            }
            for e in &t.entries {
                out.push(format!(
                    "{}{}",
                    "-".repeat(e.depth),
                    e.content.title.as_deref().unwrap_or_default()
                ));
            }
        }
        out
    }

    #[test]
    fn comments_stand_as_a_tree_below_their_post() {
        let all = [
            seen("post:2", None, 5),
            seen("post:1", None, 1),
            seen("comment:3", Some("comment:1"), 9),
            seen("comment:2", Some("post:1"), 8),
            seen("comment:1", Some("post:1"), 2),
        ];
        let threads = threads(&all, &|_| true, &HashMap::new(), true);
        assert_eq!(
            shape(&threads),
            [
                "post:1",
                "-comment:1",
                "--comment:3",
                "-comment:2",
                "post:2"
            ]
        );
    }

    #[test]
    fn a_comment_alone_is_shown_with_the_post_it_answers() {
        let all = [
            seen("post:1", None, 1),
            seen("comment:1", Some("post:1"), 2),
            seen("comment:2", Some("comment:1"), 3),
        ];
        let threads = threads(
            &all,
            &|s| s.item.native_id.0 == "comment:2",
            &HashMap::new(),
            false,
        );
        assert_eq!(shape(&threads), ["(post:1)", "-comment:2"]);
    }

    #[test]
    fn a_public_comment_never_brings_what_is_not_public() {
        let mut held = seen("comment:1", Some("post:1"), 2);
        held.item.visibility = Visibility::Held;
        let all = [held, seen("comment:2", Some("comment:1"), 3)];
        let public = |s: &Seen| !s.item.visibility.is_restricted();
        let shown = threads(&all, &public, &HashMap::new(), false);
        assert_eq!(shape(&shown), ["-comment:2"]);
        let mut all = all;
        all[1].item.visibility = Visibility::Hidden;
        let hidden = |s: &Seen| s.item.visibility == Visibility::Hidden;
        let shown = threads(&all, &hidden, &HashMap::new(), false);
        assert_eq!(shape(&shown), ["(comment:1)", "-comment:2"]);
    }

    #[test]
    fn a_thread_of_a_hundred_thousand_answers_is_laid_out_at_once() {
        let all: Vec<Seen> = (0..100_000)
            .map(|n| {
                let parent = (n > 0).then(|| format!("comment:{}", n - 1));
                seen(&format!("comment:{n}"), parent.as_deref(), 1)
            })
            .collect();
        let shown = threads(&all, &|_| true, &HashMap::new(), true);
        assert_eq!(shown.len(), 1);
        assert_eq!(shown[0].entries.len(), 100_000);
    }

    #[test]
    fn orphans_and_rings_are_kept() {
        let all = [
            seen("comment:1", Some("post:gone"), 2),
            seen("comment:2", Some("comment:3"), 3),
            seen("comment:3", Some("comment:2"), 4),
        ];
        let threads = threads(&all, &|_| true, &HashMap::new(), true);
        let mut names: Vec<_> = shape(&threads)
            .iter()
            .map(|s| s.trim_start_matches('-').to_owned())
            .collect();
        names.sort();
        assert_eq!(names, ["comment:1", "comment:2", "comment:3"]);
    }
}
