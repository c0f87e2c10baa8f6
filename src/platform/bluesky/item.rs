//! One post as an item, whoever wrote it. Records are what clients made of them: every field is read leniently.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use super::embed::{self, Source};
use super::name::{RecordAddress, key_time, profile_page};
use super::text;
use crate::record::{Author, Block, Content, GapReason, Item, Kind, NativeId, Span, Visibility};

pub(super) const POST: &str = "app.bsky.feed.post";

/// How much later than its record key a post may say that it was made: clocks differ, and a client may wait a little.
pub(super) const SLACK: TimeDelta = TimeDelta::minutes(10);

/// A post, and what is odd about it.
pub(super) struct Read {
    pub(super) item: Item,
    /// The time it gives, where that cannot be right.
    pub(super) odd_time: Option<String>,
    /// True when a film of another's could not be had, only its still.
    pub(super) streamed: bool,
}

/// Who wrote the post, and where its media are had.
pub(super) struct Written<'a> {
    pub(super) address: &'a RecordAddress,
    pub(super) author: Author,
    pub(super) source: Option<Source<'a>>,
    /// What it answers, where a thread shows it; else the record itself says.
    pub(super) parent: Option<NativeId>,
}

/// Reads a record of `app.bsky.feed.post`.
pub(super) fn read(
    record: &Value,
    written: Written<'_>,
    now: DateTime<Utc>,
) -> Result<Read, GapReason> {
    let malformed = |detail: &str| GapReason::Malformed {
        detail: detail.to_owned(),
    };
    let kind = record.get("$type").and_then(Value::as_str);
    if kind.is_some_and(|kind| kind != POST) {
        return Err(malformed("a record of another kind"));
    }
    let words = record
        .get("text")
        .and_then(Value::as_str)
        .ok_or_else(|| malformed("without text"))?;
    let address = written.address;
    let native_id = NativeId(format!(
        "at://{}/{}/{}",
        address.did, address.collection, address.key
    ));
    let reply = record.get("reply").filter(|r| r.is_object());
    let is_listed = written.parent.is_none();
    let parent = written.parent.or_else(|| {
        let uri = reply?.pointer("/parent/uri")?.as_str()?;
        let parent = NativeId(uri.to_owned());
        (RecordAddress::parse(uri).is_some() && parent != native_id).then_some(parent)
    });
    let mut content = Content {
        title: None,
        author: Some(written.author),
        language: language(record),
        body: text::blocks(words, record.get("facets")),
        media: Vec::new(),
    };
    if let Some(line) = elsewhere(reply, &address.did).filter(|_| is_listed) {
        content.body.insert(0, line);
    }
    tags(&mut content, record);
    let streamed = match (record.get("embed"), written.source) {
        (Some(embed), Some(source)) => embed::add(&mut content, embed, source),
        _ => false,
    };
    labels(&mut content, record);
    let (published, odd_time) = time(record, &address.key, now);
    Ok(Read {
        item: Item {
            native_id,
            kind: if reply.is_some() || parent.is_some() {
                Kind::Comment
            } else {
                Kind::Post
            },
            parent,
            permalink: Some(format!(
                "{}/post/{}",
                profile_page(&address.did),
                address.key
            )),
            published,
            edited: None,
            visibility: Visibility::Public,
            content,
        },
        odd_time,
        streamed,
    })
}

/// What a reply in another account's thread answers: that thread is not read, so nothing else tells.
fn elsewhere(reply: Option<&Value>, own: &str) -> Option<Block> {
    let address = |path: &str| RecordAddress::parse(reply?.pointer(path)?.as_str()?);
    let (parent, root) = (address("/parent/uri")?, address("/root/uri")?);
    let page = parent.page().filter(|_| root.did != own)?;
    Some(Block::Quote {
        spans: vec![
            Span::plain("Svar på: "),
            Span {
                text: page.clone(),
                link: Some(page),
                ..Span::default()
            },
        ],
    })
}

/// The first of the languages that the writer gave.
fn language(record: &Value) -> Option<String> {
    let tag = record.get("langs")?.get(0)?.as_str()?;
    let is_tag = (2..=35).contains(&tag.len())
        && tag.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    is_tag.then(|| tag.to_owned())
}

/// Tags that stand beside the text.
fn tags(content: &mut Content, record: &Value) {
    let tags: Vec<String> = strings(record.get("tags"))
        .map(|tag| format!("#{tag}"))
        .collect();
    if !tags.is_empty() {
        content.body.push(Block::Paragraph {
            spans: vec![Span::plain(tags.join(" "))],
        });
    }
}

/// What the writer marked the post with: `nudity`, `graphic-media`.
fn labels(content: &mut Content, record: &Value) {
    let values = record.pointer("/labels/values").and_then(Value::as_array);
    let labels: Vec<&str> = values
        .into_iter()
        .flatten()
        .filter_map(|label| label.get("val")?.as_str())
        .take(MOST)
        .collect();
    if !labels.is_empty() {
        content.body.push(Block::Paragraph {
            spans: vec![Span {
                italic: true,
                ..Span::plain(format!("Avsändarens märkning: {}", labels.join(", ")))
            }],
        });
    }
}

/// More tags or labels than the schema allows are cut: a hostile record has room for thousands.
const MOST: usize = 16;

fn strings(list: Option<&Value>) -> impl Iterator<Item = &str> {
    let list = list.and_then(Value::as_array);
    list.into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .take(MOST)
}

/// When it was published: `createdAt`, which the writer's own program sets. Where it cannot be right (before the web,
/// in the future, or well after the record's own key was made) the key's time stands instead, and the odd value is told.
fn time(record: &Value, key: &str, now: DateTime<Utc>) -> (Option<DateTime<Utc>>, Option<String>) {
    let latest = now.checked_add_signed(TimeDelta::days(1)).unwrap_or(now);
    let key = key_time(key).filter(|at| *at <= latest);
    let given = record.get("createdAt");
    let words = given.and_then(Value::as_str);
    let at = words.and_then(|text| DateTime::parse_from_rfc3339(text.trim()).ok());
    let at = at.map(|at| at.to_utc()).filter(|at| {
        let bound = key.and_then(|key| key.checked_add_signed(SLACK));
        // 1990: the web is younger, and imported posts are older than the protocol.
        at.timestamp() >= 631_152_000 && *at <= latest && bound.is_none_or(|bound| *at <= bound)
    });
    match at {
        Some(at) => (Some(at), None),
        None => {
            let told = match (words, given) {
                (Some(text), _) => text.chars().filter(|c| !c.is_control()).take(40).collect(),
                (None, Some(_)) => "no text".to_owned(),
                (None, None) => "none".to_owned(),
            };
            (key, Some(told))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: &str = "2026-11-22T04:00:00Z";
    /// 2026-11-22T04:24.
    const KEY: &str = "3n2uri2inss2d";

    fn of(record: Value) -> Result<Read, GapReason> {
        keyed(record, KEY)
    }

    fn keyed(record: Value, key: &str) -> Result<Read, GapReason> {
        let address = RecordAddress {
            did: "did:plc:abc".into(),
            collection: POST.into(),
            key: key.into(),
        };
        let written = Written {
            address: &address,
            author: Author {
                name: "Tibro kommun".into(),
                address: None,
            },
            source: None,
            parent: None,
        };
        read(&record, written, NOW.parse().unwrap())
    }

    #[test]
    fn a_post_is_read_and_a_reply_is_a_comment() {
        let read = of(json!({"$type": POST, "text": "Hej", "langs": ["sv", "en"], "createdAt": "2026-11-20T10:00:00+01:00",
            "tags": ["snö"], "labels": {"values": [{"val": "graphic-media"}, {"val": 3}]}}))
        .unwrap();
        let item = read.item;
        assert_eq!((item.kind, item.parent), (Kind::Post, None));
        assert_eq!(item.native_id.0, format!("at://did:plc:abc/{POST}/{KEY}"));
        assert_eq!(
            item.permalink.as_deref(),
            Some("https://bsky.app/profile/did:plc:abc/post/3n2uri2inss2d")
        );
        assert_eq!(
            item.published.unwrap().to_rfc3339(),
            "2026-11-20T09:00:00+00:00"
        );
        assert_eq!(item.content.language.as_deref(), Some("sv"));
        assert_eq!(
            item.content.plain_text(),
            "Hej\n#snö\nAvsändarens märkning: graphic-media"
        );
        let parent = "at://did:plc:x/app.bsky.feed.post/3k";
        let reply =
            of(json!({"text": "Tack", "reply": {"parent": {"uri": parent}, "root": {"uri": 7}}}))
                .unwrap()
                .item;
        assert_eq!(reply.kind, Kind::Comment);
        assert_eq!(reply.parent, Some(NativeId(parent.into())));
        let vague = of(json!({"text": "Tack", "reply": {"parent": {"uri": "x"}}}))
            .unwrap()
            .item;
        assert_eq!((vague.kind, vague.parent), (Kind::Comment, None));
    }

    #[test]
    fn a_reply_in_anothers_thread_says_what_it_answers() {
        let reply = |root: &str| {
            let parent = "at://did:plc:x/app.bsky.feed.post/3k";
            let record = json!({"text": "Tack", "reply": {"parent": {"uri": parent}, "root": {"uri": root}}});
            of(record).unwrap().item.content.plain_text()
        };
        assert_eq!(
            reply("at://did:plc:x/app.bsky.feed.post/3j"),
            "Svar på: https://bsky.app/profile/did:plc:x/post/3k\nTack"
        );
        assert_eq!(reply("at://did:plc:abc/app.bsky.feed.post/3j"), "Tack");
    }

    #[test]
    fn what_is_no_post_is_a_gap() {
        for odd in [
            json!({"$type": "app.bsky.feed.like", "text": "x"}),
            json!({"$type": POST}),
            json!({"text": 7}),
            json!([]),
            json!(null),
        ] {
            assert!(matches!(of(odd), Err(GapReason::Malformed { .. })));
        }
    }

    #[test]
    fn a_time_that_cannot_be_right_is_told_and_the_keys_own_stands() {
        let with = |created: Value, key: &str| {
            let read = keyed(json!({"text": "x", "createdAt": created}), key).unwrap();
            let at = read
                .item
                .published
                .map(|at| at.format("%Y-%m-%d").to_string());
            (at, read.odd_time)
        };
        let key = Some("2026-11-22".to_owned());
        for odd in [
            "0000-01-01T00:00:00Z",
            "2999-01-01T00:00:00Z",
            "i går",
            "2026-11-22T05:00:00Z",
        ] {
            assert_eq!(
                with(json!(odd), KEY),
                (key.clone(), Some(odd.to_owned())),
                "{odd}"
            );
        }
        assert_eq!(with(json!(7), KEY), (key.clone(), Some("no text".into())));
        assert_eq!(with(json!("2999-01-01T00:00:00Z"), "self").0, None);
        assert_eq!(
            with(json!("2014-05-01T00:00:00Z"), KEY),
            (Some("2014-05-01".into()), None),
            "posts brought over from elsewhere keep their time"
        );
    }
}
