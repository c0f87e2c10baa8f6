//! A post's text with its facets, as blocks: bytes in UTF-8 become spans (atproto: app.bsky.richtext.facet).

use std::ops::Range;

use serde_json::Value;
use url::Url;

use super::name::{is_did, profile_page};
use crate::record::{Block, Span};

/// The text as paragraphs, parted at empty lines; a single line end stays a line break.
///
/// Facets that reach beyond the text, begin inside a character, or lie over an earlier one are left out: the text
/// stands without them, as the platform's own apps show it.
pub(super) fn blocks(text: &str, facets: Option<&Value>) -> Vec<Block> {
    let links = links(text, facets);
    paragraphs(text)
        .into_iter()
        .map(|range| Block::Paragraph {
            spans: spans(text, range, &links),
        })
        .collect()
}

type Link = (Range<usize>, String);

fn links(text: &str, facets: Option<&Value>) -> Vec<Link> {
    let all = facets.and_then(Value::as_array);
    let mut found: Vec<Link> = all
        .into_iter()
        .flatten()
        .filter_map(|facet| {
            let index = facet.get("index")?;
            let at = |key| usize::try_from(index.get(key)?.as_u64()?).ok();
            let range = at("byteStart")?..at("byteEnd")?;
            // `get` refuses what lies outside or inside a character.
            let is_text = !range.is_empty() && text.get(range.clone()).is_some();
            let features = facet.get("features")?.as_array()?;
            let to = features.iter().find_map(target).filter(|_| is_text)?;
            Some((range, to))
        })
        .collect();
    found.sort_by_key(|(range, _)| (range.start, range.end));
    let mut end = 0;
    found.retain(|(range, _)| {
        let clear = range.start >= end;
        if clear {
            end = range.end;
        }
        clear
    });
    found
}

/// Where one feature leads: a link's address, a mentioned account, a tag.
fn target(feature: &Value) -> Option<String> {
    let word = |key: &str| feature.get(key).and_then(Value::as_str);
    match word("$type")? {
        "app.bsky.richtext.facet#link" => web_address(word("uri")?),
        "app.bsky.richtext.facet#mention" => {
            word("did").filter(|did| is_did(did)).map(profile_page)
        }
        "app.bsky.richtext.facet#tag" => {
            let mut address = Url::parse("https://bsky.app/hashtag/").ok()?;
            address
                .path_segments_mut()
                .ok()?
                .pop_if_empty()
                .push(word("tag")?);
            Some(address.into())
        }
        _ => None,
    }
}

/// The address, if a reader may follow it.
pub(super) fn web_address(text: &str) -> Option<String> {
    let address = Url::parse(text).ok()?;
    matches!(address.scheme(), "http" | "https" | "mailto" | "tel").then(|| text.to_owned())
}

/// Byte ranges between runs of two or more line ends; nothing for an empty text.
fn paragraphs(text: &str) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let mut start = None;
    let mut last = 0;
    let mut empty_lines = 0;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let end = at + line.trim_end_matches(['\n', '\r']).len();
        if line.trim().is_empty() {
            empty_lines += 1;
        } else {
            if empty_lines > 0
                && let Some(from) = start.take()
            {
                out.push(from..last);
            }
            empty_lines = 0;
            start.get_or_insert(at);
            last = end;
        }
        at += line.len();
    }
    out.extend(start.map(|from| from..last));
    out
}

fn spans(text: &str, within: Range<usize>, links: &[Link]) -> Vec<Span> {
    let mut out = Vec::new();
    let mut push = |range: Range<usize>, link: Option<&String>| {
        let Some(piece) = text.get(range).filter(|piece| !piece.is_empty()) else {
            return;
        };
        out.push(Span {
            text: piece.replace("\r\n", "\n").replace('\r', "\n"),
            link: link.cloned(),
            ..Span::default()
        });
    };
    let mut at = within.start;
    for (range, to) in links {
        // A link may reach over the end of a paragraph: each keeps its part.
        let (from, until) = (range.start.max(at), range.end.min(within.end));
        if from >= until {
            continue;
        }
        push(at..from, None);
        push(from..until, Some(to));
        at = until;
    }
    push(at..within.end, None);
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shown(text: &str, facets: Value) -> String {
        let block = |block: &Block| match block {
            Block::Paragraph { spans } => spans
                .iter()
                .map(|span| match &span.link {
                    Some(to) => format!("[{}]({to})", span.text),
                    None => span.text.clone(),
                })
                .collect::<String>(),
            other => panic!("{other:?}"),
        };
        let all: Vec<String> = blocks(text, Some(&facets)).iter().map(block).collect();
        all.join("|")
    }

    fn facet(start: i64, end: i64, feature: Value) -> Value {
        json!({"index": {"byteStart": start, "byteEnd": end}, "features": [feature]})
    }

    fn link(start: i64, end: i64) -> Value {
        facet(
            start,
            end,
            json!({"$type": "app.bsky.richtext.facet#link", "uri": "https://a.example/"}),
        )
    }

    #[test]
    fn offsets_are_bytes_of_utf8_and_not_characters() {
        let text = "Snö på väg 👷🏽‍♀️ läs här";
        let start = text.find("läs").unwrap() as i64;
        assert_eq!(
            shown(text, json!([link(start, text.len() as i64)])),
            "Snö på väg 👷🏽‍♀️ [läs här](https://a.example/)"
        );
    }

    #[test]
    fn mentions_and_tags_lead_where_the_app_leads() {
        let mention = json!({"$type": "app.bsky.richtext.facet#mention", "did": "did:plc:abc"});
        let tag = json!({"$type": "app.bsky.richtext.facet#tag", "tag": "snö/väg"});
        assert_eq!(
            shown(
                "@anna #snö",
                json!([facet(0, 5, mention), facet(6, 11, tag)])
            ),
            "[@anna](https://bsky.app/profile/did:plc:abc) [#snö](https://bsky.app/hashtag/sn%C3%B6%2Fv%C3%A4g)"
        );
    }

    #[test]
    fn facets_that_do_not_hold_leave_the_text_as_it_is() {
        for bad in [
            link(0, 99),
            link(2, 2),
            link(3, 1),
            link(-1, 2),
            link(1, 2), // inside the å
            json!({"index": {"byteStart": "0", "byteEnd": 2}, "features": []}),
            json!({"index": 7, "features": "x"}),
            json!("x"),
            facet(
                0,
                2,
                json!({"$type": "app.bsky.richtext.facet#link", "uri": "javascript:x"}),
            ),
            facet(
                0,
                2,
                json!({"$type": "app.bsky.richtext.facet#mention", "did": "anna"}),
            ),
            facet(0, 2, json!({"$type": "unknown"})),
        ] {
            assert_eq!(shown("åb", json!([bad])), "åb", "{bad}");
        }
        assert_eq!(shown("åb", json!({"a": 1})), "åb");
        assert_eq!(
            shown("abcd", json!([link(2, 4), link(0, 3)])),
            "[abc](https://a.example/)d",
            "the first of two that overlap"
        );
    }

    #[test]
    fn empty_lines_part_paragraphs_and_links_may_reach_over() {
        assert_eq!(shown("a\nb\n\n \nc\r\nd\n", json!([])), "a\nb|c\nd");
        assert_eq!(
            shown("ab\n\ncd", json!([link(1, 5)])),
            "a[b](https://a.example/)|[c](https://a.example/)d"
        );
        assert!(blocks(" \n\n", None).is_empty());
    }

    proptest::proptest! {
        #[test]
        fn no_facets_lose_or_double_a_word(text in "[aåö👷\n ]{0,24}", ends in proptest::collection::vec((0i64..60, 0i64..60), 0..6)) {
            let facets: Vec<Value> = ends.iter().map(|(a, b)| link(*a, *b)).collect();
            let words = |facets: Value| -> String {
                blocks(&text, Some(&facets)).iter().map(|block| match block {
                    Block::Paragraph { spans } => spans.iter().map(|s| s.text.as_str()).collect::<String>(),
                    _ => String::new(),
                }).collect()
            };
            proptest::prop_assert_eq!(words(Value::from(facets)), words(json!([])));
        }
    }
}
