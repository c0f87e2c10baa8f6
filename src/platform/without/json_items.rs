//! Items in JSON, wherever they stand, by the bytes they stand on.

use std::borrow::Cow;
use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::Cut;
use crate::record::Platform;

/// Deeper than any platform answers; a deeper one is not followed.
const DEPTH: usize = 100;

/// An object of the answer, its members as they are written. A key may come more than once: who reads it takes the last,
/// and what the others hold is in the answer all the same.
pub(super) struct Object<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

#[derive(Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Object<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Object<'de>, M::Error> {
                let mut members = Vec::new();
                while let Some((Key(key), value)) = map.next_entry()? {
                    members.push((key, value));
                }
                Ok(Object(members))
            }
        }
        from.deserialize_map(Members)
    }
}

impl<'a> Object<'a> {
    fn get(&self, key: &str) -> Option<&'a RawValue> {
        let found = self.0.iter().rfind(|(name, _)| name == key);
        found.map(|(_, value)| *value)
    }

    fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    fn text(&self, key: &str) -> Option<Cow<'a, str>> {
        serde_json::from_str(self.get(key)?.get()).ok()
    }

    fn number(&self, key: &str) -> Option<u64> {
        serde_json::from_str(self.get(key)?.get()).ok()
    }
}

/// What the platform room calls the item that the object is, if it is one with words.
pub(super) fn names(platform: Platform, object: &Object<'_>) -> Vec<String> {
    match platform {
        Platform::WordPress => wordpress(object),
        Platform::Mastodon => {
            let is_status = object.has("content") && object.has("account");
            let id = object.text("id").filter(|_| is_status);
            id.map(|id| format!("status:{id}")).into_iter().collect()
        }
        Platform::Bluesky => {
            let has_words = ["value", "record", "text"].iter().any(|k| object.has(k));
            let uri = object.text("uri").filter(|_| has_words);
            uri.map(Cow::into_owned).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

/// Where the object says that it stands.
pub(super) fn addresses<'o>(object: &'o Object<'_>) -> Vec<Cow<'o, str>> {
    let keys = ["link", "url", "source_url"];
    keys.iter().filter_map(|key| object.text(key)).collect()
}

fn wordpress(object: &Object<'_>) -> Vec<String> {
    let id = object.number("id");
    let id = id.or_else(|| object.text("id")?.parse().ok());
    let Some(id) = id else {
        return Vec::new();
    };
    if object.has("author_name") {
        return vec![format!("comment:{id}")];
    }
    let kind = object.text("type");
    let has_words = ["title", "content", "excerpt", "link"]
        .iter()
        .any(|k| object.has(k));
    match kind.as_deref() {
        Some(kind @ ("post" | "page")) => vec![format!("{kind}:{id}")],
        Some(_) => Vec::new(),
        None if has_words => vec![format!("post:{id}"), format!("page:{id}")],
        None => Vec::new(),
    }
}

/// The cuts that take out every object that is gone; `None` when it is no JSON, too deep, or gone whole.
pub(super) fn items(body: &[u8], is_gone: &dyn Fn(&Object<'_>) -> bool) -> Option<Vec<Cut>> {
    let text = std::str::from_utf8(body).ok()?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let root: &RawValue = serde_json::from_str(text).ok()?;
    let mut walk = Walk {
        begin: body.as_ptr() as usize,
        is_gone,
        cuts: Vec::new(),
    };
    match walk.enter(root, 0)? {
        true => None,
        false => Some(walk.cuts),
    }
}

/// The cuts that take elements of an array out, with the commas that separate them.
pub(super) fn elements(begin: usize, elements: &[&RawValue], goes: &[bool], cuts: &mut Vec<Cut>) {
    let start = |n: usize| elements.get(n).map(|e| e.get().as_ptr() as usize - begin);
    let end = |n: usize| Some(start(n)? + elements.get(n)?.get().len());
    let stays = |n: usize| !goes.get(n).copied().unwrap_or(false);
    let first_that_stays = (0..elements.len()).find(|n| stays(*n));
    let mut n = 0;
    while n < elements.len() {
        if stays(n) {
            n += 1;
            continue;
        }
        let run = (n..elements.len()).take_while(|m| !stays(*m)).count();
        let last = n + run - 1;
        let range = match (n, first_that_stays) {
            // Up to the one that comes first now, or all of them.
            (0, Some(next)) => start(0).zip(start(next)),
            (0, None) => start(0).zip(end(last)),
            _ => end(n - 1).zip(end(last)),
        };
        cuts.extend(range.map(|(from, to)| Cut {
            from,
            to,
            instead: "",
        }));
        n += run;
    }
}

struct Walk<'a> {
    begin: usize,
    is_gone: &'a dyn Fn(&Object<'_>) -> bool,
    cuts: Vec<Cut>,
}

impl Walk<'_> {
    /// True when the value itself is gone.
    fn enter(&mut self, value: &RawValue, depth: usize) -> Option<bool> {
        if depth > DEPTH {
            return None;
        }
        match value.get().as_bytes().first() {
            Some(b'{') => {
                let object: Object<'_> = serde_json::from_str(value.get()).ok()?;
                if (self.is_gone)(&object) {
                    return Some(true);
                }
                for (_, member) in &object.0 {
                    if self.enter(member, depth + 1)? {
                        let from = member.get().as_ptr() as usize - self.begin;
                        self.cuts.push(Cut {
                            from,
                            to: from + member.get().len(),
                            instead: "null",
                        });
                    }
                }
            }
            Some(b'[') => {
                let list: Vec<&RawValue> = serde_json::from_str(value.get()).ok()?;
                let goes = list.iter().map(|element| self.enter(element, depth + 1));
                let goes: Vec<bool> = goes.collect::<Option<_>>()?;
                elements(self.begin, &list, &goes, &mut self.cuts);
            }
            _ => {}
        }
        Some(false)
    }
}
