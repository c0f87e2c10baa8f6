//! Answers without what was destroyed: the items taken out, and all else byte for byte as it came.

#[cfg(test)]
mod any_json;
mod feed_entries;
mod json_items;

use url::Url;

use super::html;
use crate::record::Platform;

/// What is gone, by the platform's own name for an item, and by where it stood on the web.
#[derive(Clone, Copy)]
pub struct Gone<'a> {
    pub item: &'a dyn Fn(&str) -> bool,
    pub address: &'a dyn Fn(&str) -> bool,
}

/// An answer held against what is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Without {
    /// It tells of nothing that is gone.
    Same,
    /// What is left of it, and how many items it lost.
    Less { body: Vec<u8>, items: usize },
    /// It tells of what is gone in a form that it cannot be taken out of: it goes whole.
    Nothing,
}

/// Takes what is gone out of a raw answer (`data/raw/`) of that platform; `at` is where it was asked for.
pub fn without(
    platform: Platform,
    extension: &str,
    at: &Url,
    body: &[u8],
    gone: &Gone<'_>,
) -> Without {
    let found = match (extension, platform) {
        ("json", Platform::Feed) => feed_entries::json(body, at, gone),
        ("json", _) => json_items::items(body, &|object| {
            json_items::names(platform, object)
                .iter()
                .any(|name| (gone.item)(name))
                || json_items::addresses(object)
                    .iter()
                    .any(|address| (gone.address)(address))
        }),
        ("xml", _) => feed_entries::xml(body, at, gone),
        _ => return page(body, at, gone),
    };
    match found {
        // What cannot be read cannot be told to be free of it.
        None => Without::Nothing,
        Some(cuts) if cuts.is_empty() => Without::Same,
        Some(cuts) => Without::Less {
            items: cuts.len(),
            body: cut(body, cuts),
        },
    }
}

/// A page goes when it leads to what is gone.
fn page(body: &[u8], at: &Url, gone: &Gone<'_>) -> Without {
    let shown = html::addresses(&String::from_utf8_lossy(body), at);
    match shown.iter().any(|to| (gone.address)(to.as_str())) {
        true => Without::Nothing,
        false => Without::Same,
    }
}

/// A range of bytes that goes, and what stands in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Cut {
    from: usize,
    to: usize,
    instead: &'static str,
}

/// The body without the cuts, which do not overlap.
fn cut(body: &[u8], mut cuts: Vec<Cut>) -> Vec<u8> {
    cuts.sort_by_key(|c| c.from);
    let mut left = Vec::with_capacity(body.len());
    let mut at = 0;
    for Cut { from, to, instead } in cuts {
        left.extend_from_slice(body.get(at..from).unwrap_or_default());
        left.extend_from_slice(instead.as_bytes());
        at = to.max(at);
    }
    left.extend_from_slice(body.get(at..).unwrap_or_default());
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at() -> Url {
        "https://blogg.example/wp-json/".parse().unwrap()
    }

    fn less(platform: Platform, extension: &str, body: &str, gone: &[&str]) -> Option<String> {
        let item = |name: &str| gone.contains(&name);
        let gone = Gone {
            item: &item,
            address: &item,
        };
        match without(platform, extension, &at(), body.as_bytes(), &gone) {
            Without::Same => Some(body.to_owned()),
            Without::Less { body, .. } => Some(String::from_utf8(body).unwrap()),
            Without::Nothing => None,
        }
    }

    #[test]
    fn a_list_of_wordpress_loses_the_item_and_keeps_every_other_byte() {
        let list = r#"[ {"id":1,"type":"post","title":{"rendered":"a"}} ,{"id":2,"type":"post","t":"hemligt"},
            {"id" : 3, "type":"page","_embedded":{"up":[{"id":2,"type":"post"}],"x":{"id":2,"type":"comment","author_name":"B"}}}]"#;
        assert_eq!(
            less(Platform::WordPress, "json", list, &["post:2"]).unwrap(),
            r#"[ {"id":1,"type":"post","title":{"rendered":"a"}},
            {"id" : 3, "type":"page","_embedded":{"up":[],"x":{"id":2,"type":"comment","author_name":"B"}}}]"#
        );
        let first = less(Platform::WordPress, "json", list, &["post:1", "page:3"]).unwrap();
        assert_eq!(first, r#"[ {"id":2,"type":"post","t":"hemligt"}]"#);
        let all = ["post:1", "post:2", "page:3"];
        assert_eq!(
            less(Platform::WordPress, "json", list, &all).unwrap(),
            "[ ]"
        );
        assert_eq!(
            less(Platform::WordPress, "json", list, &["post:9"]).unwrap(),
            list
        );
        let comment = less(Platform::WordPress, "json", list, &["comment:2"]).unwrap();
        assert!(comment.contains(r#""x":null"#), "{comment}");
    }

    #[test]
    fn threads_and_quotes_of_bluesky_lose_the_post_and_keep_its_replies() {
        let thread = r#"{"thread":{"post":{"uri":"at://a/p/1","record":{"text":"x"}},"replies":[
            {"post":{"uri":"at://b/p/2","record":{"text":"y","reply":{"parent":{"uri":"at://a/p/1","cid":"c"}}}}}]}}"#;
        let left = less(Platform::Bluesky, "json", thread, &["at://a/p/1"]).unwrap();
        assert!(
            left.contains(r#""post":null"#) && !left.contains("\"x\""),
            "{left}"
        );
        assert!(
            left.contains("\"y\"") && left.contains(r#""cid":"c""#),
            "{left}"
        );
    }

    #[test]
    fn statuses_of_mastodon_go_with_what_they_share() {
        let list = r#"[{"id":"1","account":{"id":"9"},"content":"a","reblog":{"id":"2","account":{},"content":"b"}},{"id":"9","x":1}]"#;
        let left = less(Platform::Mastodon, "json", list, &["status:2"]).unwrap();
        assert!(left.contains(r#""reblog":null"#), "{left}");
        let left = less(
            Platform::Mastodon,
            "json",
            list,
            &["status:1", "status:2", "status:9"],
        )
        .unwrap();
        assert_eq!(left, r#"[{"id":"9","x":1}]"#);
    }

    #[test]
    fn what_is_gone_whole_or_cannot_be_read_leaves_nothing() {
        let one = r#"{"uri":"at://a/p/1","value":{"text":"x"}}"#;
        assert_eq!(less(Platform::Bluesky, "json", one, &["at://a/p/1"]), None);
        assert_eq!(less(Platform::Bluesky, "json", "{\"uri\":", &["x"]), None);
        let deep = "[".repeat(5000) + &"]".repeat(5000);
        assert_eq!(less(Platform::WordPress, "json", &deep, &["x"]), None);
        assert_eq!(less(Platform::Feed, "xml", "<rss><chan", &["x"]), None);
    }

    #[test]
    fn entries_of_feeds_go_by_the_name_that_reading_gives_them() {
        let rss = "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>T</title>\n\
            <item><guid>a</guid><title>en</title></item>\n<item><link>https://blogg.example/2</link><title>två</title></item>\
            <item><guid>c</guid><title>tre</title></item></channel></rss>";
        let left = less(
            Platform::Feed,
            "xml",
            rss,
            &["a", "https://blogg.example/2"],
        )
        .unwrap();
        assert!(left.starts_with("<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>T</title>\n\n<item><guid>c"), "{left}");
        let atom = "<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>T</title><id>f</id><updated>2026-01-01T00:00:00Z</updated>\
            <entry><id>a</id><title>en</title></entry><entry><id>b</id><title>två</title></entry></feed>";
        let left = less(Platform::Feed, "xml", atom, &["b"]).unwrap();
        assert!(left.contains("en") && !left.contains("två"), "{left}");
        let json = r#"{"version":"https://jsonfeed.org/version/1.1","title":"T","items":[{"id":"a","content_text":"en"},{"id":"b","content_text":"två"}]}"#;
        let left = less(Platform::Feed, "json", json, &["a"]).unwrap();
        assert!(!left.contains("\"en\"") && left.contains("två"), "{left}");
    }

    #[test]
    fn a_feed_in_an_old_encoding_stays_in_it() {
        let rss = "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><rss version=\"2.0\"><channel><title>\u{e5}</title>\
            <item><guid>a</guid><title>\u{e4}</title></item><item><guid>b</guid><title>\u{f6}</title></item></channel></rss>";
        let body: Vec<u8> = rss.chars().map(|c| c as u8).collect();
        let item = |name: &str| name == "a";
        let gone = Gone {
            item: &item,
            address: &item,
        };
        let Without::Less { body, items } = without(Platform::Feed, "xml", &at(), &body, &gone)
        else {
            panic!("it is unchanged");
        };
        assert_eq!(items, 1);
        assert!(body.contains(&0xf6) && body.contains(&0xe5) && !body.contains(&0xe4));
    }

    #[test]
    fn a_page_goes_when_it_leads_to_what_is_gone() {
        let page = "<base href=/><p>nytt <a href='2026/hej/#comments'>Hej</a>";
        assert_eq!(
            less(
                Platform::WordPress,
                "html",
                page,
                &["https://blogg.example/2026/hej/"]
            ),
            None
        );
        assert!(
            less(
                Platform::WordPress,
                "html",
                page,
                &["https://blogg.example/b"]
            )
            .is_some()
        );
    }
}
