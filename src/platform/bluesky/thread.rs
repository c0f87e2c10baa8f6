//! Others' replies, as the AppView shows them: a thread's tree flattened into items.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::embed::Source;
use super::item::{self, POST, Read, Written};
use super::name::{RecordAddress, profile_page};
use crate::record::{Author, Gap, GapReason, NativeId};

/// Levels asked for at once. A level is two of JSON's, and serde_json reads 128: the rest is asked for from below.
pub(super) const DEPTH: &str = "40";

/// All that threads have shown so far.
#[derive(Default)]
pub(super) struct Replies {
    /// By record key and address: the order that they were written in, as their keys have it.
    pub(super) read: BTreeMap<(String, String), Read>,
    /// How many direct replies each post was shown with, by its address.
    shown: HashMap<String, u64>,
    /// Posts whose replies stand deeper than the answer went.
    pub(super) deeper: Vec<String>,
    pub(super) missing: Vec<Gap>,
    /// Replies that the AppView counts and does not show.
    pub(super) unshown: u64,
}

impl Replies {
    /// True when that post's replies were shown already, as many as the AppView counts.
    pub(super) fn has_all(&self, uri: &str, count: u64) -> bool {
        self.shown.get(uri).is_some_and(|shown| *shown >= count)
    }

    /// Reads one answer of `app.bsky.feed.getPostThread` about `asked`.
    pub(super) fn add(&mut self, body: &Value, asked: &str, own: &str, now: DateTime<Utc>) {
        let Some(thread) = body.get("thread") else {
            self.missing
                .push(gap(asked, "the thread's answer holds no thread"));
            return;
        };
        let uri = thread.pointer("/post/uri").and_then(Value::as_str);
        if uri != Some(asked) {
            let detail = if is(thread, "#blockedPost") {
                "the AppView shows the thread to nobody: it is blocked"
            } else {
                "the AppView does not show the thread"
            };
            self.missing.push(gap(asked, detail));
            return;
        }
        let mut waiting = vec![(thread, true)];
        while let Some((node, is_asked)) = waiting.pop() {
            let Some(uri) = node.pointer("/post/uri").and_then(Value::as_str) else {
                continue;
            };
            let list = node.get("replies").and_then(Value::as_array);
            let replies = list.map(Vec::as_slice).unwrap_or_default();
            for reply in replies {
                if self.add_reply(reply, uri, own, now) {
                    waiting.push((reply, false));
                }
            }
            let shown = replies.len() as u64;
            self.shown.insert(uri.to_owned(), shown);
            let counted = count(node.get("post"));
            if counted > shown {
                // Without a list the answer ended here; with one the AppView holds some back.
                if shown == 0 && !is_asked {
                    self.deeper.push(uri.to_owned());
                } else {
                    self.unshown += counted - shown;
                }
            }
        }
    }

    /// True when the reply is a post that may have replies of its own.
    fn add_reply(&mut self, node: &Value, parent: &str, own: &str, now: DateTime<Utc>) -> bool {
        let word = |path: &str| node.pointer(path).and_then(Value::as_str);
        let Some(post) = node.get("post").filter(|p| p.is_object()) else {
            // A reply that is removed is no gap: it is not there.
            if is(node, "#blockedPost") {
                let uri = word("/uri").unwrap_or(parent);
                self.missing.push(gap(
                    uri,
                    "the AppView shows the reply to nobody: it is blocked",
                ));
            }
            return false;
        };
        let Some(address) = word("/post/uri").and_then(RecordAddress::parse) else {
            self.missing.push(gap(parent, "a reply has no address"));
            return false;
        };
        // The account's own were listed by its PDS, which is nearer the source.
        if address.did == own || address.collection != POST {
            return address.did == own;
        }
        let handle = word("/post/author/handle").filter(|h| *h != "handle.invalid");
        let written = Written {
            address: &address,
            // The handle, and not the name that people change with the season: that would be an edit each time.
            author: Author {
                name: handle.map_or_else(|| address.did.clone(), |h| format!("@{h}")),
                address: Some(profile_page(&address.did)),
            },
            source: post.get("embed").map(Source::View),
            parent: Some(NativeId(parent.to_owned())),
        };
        let record = post.get("record").unwrap_or(&Value::Null);
        let name = (
            address.key.clone(),
            format!("{}/{}", address.did, address.key),
        );
        match item::read(record, written, now) {
            Ok(read) => {
                if read.streamed {
                    let uri = word("/post/uri").unwrap_or(parent);
                    self.missing.push(gap(
                        uri,
                        "a film in another's reply is kept as its still alone",
                    ));
                }
                self.read.insert(name, read);
            }
            Err(reason) => self.missing.push(Gap {
                what: word("/post/uri").unwrap_or(parent).to_owned(),
                reason,
            }),
        }
        true
    }
}

/// How many direct replies the AppView counts.
pub(super) fn count(post: Option<&Value>) -> u64 {
    let count = post.and_then(|p| p.get("replyCount"));
    count
        .and_then(|c| c.as_u64().or_else(|| c.as_str()?.parse().ok()))
        .unwrap_or(0)
}

fn is(node: &Value, kind: &str) -> bool {
    let told = node.get("$type").and_then(Value::as_str);
    told.is_some_and(|t| t.ends_with(kind))
        || kind == "#blockedPost" && node.get("blocked") == Some(&Value::Bool(true))
}

fn gap(what: &str, detail: &str) -> Gap {
    Gap {
        what: what.chars().take(1_000).collect(),
        reason: GapReason::NotCaptured {
            detail: detail.to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const OWN: &str = "did:plc:tibro";

    fn uri(did: &str, key: &str) -> String {
        format!("at://{did}/{POST}/{key}")
    }

    fn node(did: &str, key: &str, count: u64, replies: Value) -> Value {
        json!({"$type": "app.bsky.feed.defs#threadViewPost", "replies": replies, "post": {
            "uri": uri(did, key), "replyCount": count, "author": {"did": did, "handle": "anna.example", "displayName": "Anna 🎃"},
            "record": {"$type": POST, "text": key, "createdAt": "2026-11-20T10:00:00Z", "reply": {"parent": {"uri": "at://lies"}}}}})
    }

    fn read(thread: Value) -> Replies {
        let mut replies = Replies::default();
        let now = "2026-11-22T04:00:00Z".parse().unwrap();
        replies.add(&json!({"thread": thread}), &uri(OWN, "3k"), OWN, now);
        replies
    }

    #[test]
    fn replies_hang_where_the_thread_shows_them_and_own_ones_are_not_read_twice() {
        let inner = node("did:plc:bo", "3kc", 0, json!([]));
        let own = node(OWN, "3kb", 1, json!([inner]));
        let all = read(node(
            OWN,
            "3k",
            2,
            json!([own, node("did:plc:anna", "3ka", 0, json!([]))]),
        ));
        let found: Vec<_> = all
            .read
            .values()
            .map(|r| (r.item.native_id.0.clone(), r.item.parent.clone().unwrap().0))
            .collect();
        assert_eq!(
            found,
            [
                (uri("did:plc:anna", "3ka"), uri(OWN, "3k")),
                (uri("did:plc:bo", "3kc"), uri(OWN, "3kb"))
            ]
        );
        let author = all
            .read
            .values()
            .next()
            .unwrap()
            .item
            .content
            .author
            .clone()
            .unwrap();
        assert_eq!(author.name, "@anna.example");
        assert_eq!((all.unshown, all.missing.len()), (0, 0));
        assert!(all.has_all(&uri(OWN, "3kb"), 1) && !all.has_all(&uri(OWN, "3kz"), 1));
    }

    #[test]
    fn blocked_removed_and_broken_replies_are_told_and_never_made_up() {
        let all = read(node(
            OWN,
            "3k",
            6,
            json!([
                {"$type": "app.bsky.feed.defs#blockedPost", "uri": uri("did:plc:x", "3kx"), "blocked": true},
                {"$type": "app.bsky.feed.defs#notFoundPost", "uri": uri("did:plc:y", "3ky"), "notFound": true},
                {"post": {"uri": 7}},
                {"post": {"uri": uri("did:plc:z", "3kz"), "record": "x"}},
                "x",
            ]),
        ));
        assert!(all.read.is_empty());
        assert_eq!(all.missing.len(), 3, "{:?}", all.missing);
        assert_eq!(all.unshown, 1);
    }

    #[test]
    fn what_stands_deeper_than_the_answer_is_asked_for_from_below() {
        let mut below = node("did:plc:anna", "3ka", 3, json!([]));
        below.as_object_mut().unwrap().remove("replies");
        let all = read(node(OWN, "3k", 1, json!([below])));
        assert_eq!(
            (all.deeper, all.unshown),
            (vec![uri("did:plc:anna", "3ka")], 0)
        );
    }

    #[test]
    fn an_answer_about_something_else_is_a_gap() {
        for odd in [
            json!(null),
            json!({"post": {"uri": "at://other"}}),
            json!({"blocked": true}),
        ] {
            let all = read(odd);
            assert_eq!((all.read.len(), all.missing.len()), (0, 1));
        }
    }
}
