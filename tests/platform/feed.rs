//! Feeds of every kind: what an entry becomes, and when a feed counts as whole.

use arkivd::platform::{Error, Fetched};
use arkivd::record::{Block, Covered, GapReason, Item, MediumKind, Platform};

use super::server::{Reply, Server};
use super::wordpress::demo;
use super::{account, fetch, fetch_with, network, refusal};

const FEED: Platform = Platform::Feed;

async fn read(media_type: &'static str, body: &str) -> Fetched {
    let body = body.to_owned();
    let server = Server::start(move |_| Reply::of(media_type, body.clone())).await;
    fetch(FEED, &format!("{}/feed", server.address))
        .await
        .unwrap()
}

fn only(fetched: &Fetched) -> &Item {
    let [item] = &fetched.items[..] else {
        panic!("{:?}", fetched.items);
    };
    item
}

fn end(fetched: &Fetched) -> Option<GapReason> {
    let [row] = &fetched.coverage.rows[..] else {
        panic!("{:?}", fetched.coverage);
    };
    assert_eq!((row.what, row.expected), (Covered::FeedEntries, None));
    assert_eq!(row.captured, fetched.items.len() as u64);
    row.missing.first().map(|gap| gap.reason.clone())
}

#[tokio::test]
async fn wordpress_feeds_are_paged_to_their_end() {
    let address = demo(60).await;
    for path in ["feed/", "?feed=atom", "feed/atom/", "?feed=rss2"] {
        let feed = account(FEED, &format!("{address}{path}"));
        let (fetched, raw) = fetch_with(network(), feed, None).await;
        let fetched = fetched.unwrap();
        assert_eq!(fetched.items.len(), 60, "{path}");
        assert_eq!(end(&fetched), None, "{path}");
        assert_eq!(raw.len(), 6);
        assert_eq!(fetched.profile.name.as_deref(), Some("Ekhamra kommun"));
        let newest = &fetched.items[0];
        assert_eq!(
            newest.content.title.as_deref(),
            Some("Julmarknad på Torget 5–6 december")
        );
        assert!(
            newest.native_id.0.ends_with("/?p=194"),
            "{}",
            newest.native_id
        );
        assert!(
            newest
                .permalink
                .as_deref()
                .unwrap()
                .ends_with("/2026/11/julmarknad/")
        );
        assert_eq!(
            newest.published.unwrap().to_rfc3339(),
            "2026-11-17T10:45:00+00:00"
        );
        assert!(newest.content.author.is_some());
        assert_eq!(newest.content.media[0].kind, MediumKind::Picture);
        assert!(newest.content.plain_text().contains("🎄"));
    }
}

#[tokio::test]
async fn rss_2_with_enclosures_and_media() {
    let fetched = read(
        "application/rss+xml",
        r#"<?xml version="1.0"?><rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/" xmlns:content="http://purl.org/rss/1.0/modules/content/">
        <channel><title>Nytt &amp; gammalt</title><link>https://a.example/</link><description>d</description>
        <item><title>R&amp;amp;D &lt;b&gt;nu&lt;/b&gt;</title><link>https://a.example/1</link><author>a@b.example (Anna Ek)</author>
        <pubDate>Wed, 07 Jan 2026 09:00:00 +0100</pubDate><description>kort</description>
        <content:encoded><![CDATA[<p>Hela <b>texten</b></p><script>x</script>]]></content:encoded>
        <enclosure url="https://a.example/ljud.mp3" length="3" type="audio/mpeg"/>
        <media:content url="https://a.example/b.jpg" type="image/jpeg"><media:title>Bild</media:title><media:description>En sjö</media:description></media:content>
        </item></channel></rss>"#,
    )
    .await;
    assert_eq!(fetched.profile.name.as_deref(), Some("Nytt & gammalt"));
    assert_eq!(end(&fetched), Some(GapReason::WindowOnly));
    let item = only(&fetched);
    assert_eq!(item.native_id.0, "https://a.example/1");
    assert_eq!(item.content.title.as_deref(), Some("R&D nu"));
    assert_eq!(
        item.published.unwrap().to_rfc3339(),
        "2026-01-07T08:00:00+00:00"
    );
    assert!(item.content.plain_text().starts_with("Hela texten\n"));
    assert!(
        item.content
            .media
            .iter()
            .any(|m| m.address.path() == "/b.jpg" && m.alt.as_deref() == Some("En sjö"))
    );
    let last = item.content.body.last();
    assert!(matches!(last, Some(Block::Medium { .. })), "{last:?}");
}

#[tokio::test]
async fn old_kinds_and_json_are_read() {
    let fetched = read(
        "text/xml",
        r#"<rss version="0.91"><channel><title>t</title><link>http://a.example/</link><description>d</description><item><title>Ett</title><link>http://a.example/1</link><description>Text &amp;lt;b&amp;gt;</description></item></channel></rss>"#,
    )
    .await;
    assert_eq!(only(&fetched).content.title.as_deref(), Some("Ett"));
    let fetched = read(
        "application/rdf+xml",
        r#"<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"><channel><title>t</title><link>http://a.example/</link><description>d</description></channel><item><title>Två</title><link>http://a.example/2</link></item></rdf:RDF>"#,
    )
    .await;
    assert_eq!(only(&fetched).content.title.as_deref(), Some("Två"));
    let fetched = read(
        "application/feed+json",
        r#"{"version":"https://jsonfeed.org/version/1.1","title":"t","items":[{"id":"3","url":"http://a.example/3","title":"Tre","content_html":"<p>Hej</p>"}]}"#,
    )
    .await;
    assert_eq!(only(&fetched).native_id.0, "3");
    assert_eq!(only(&fetched).content.plain_text(), "Hej");
}

#[tokio::test]
async fn latin_1_is_read_by_its_declaration() {
    let mut body = b"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><rss version=\"2.0\"><channel><title>t</title><item><title>Sn".to_vec();
    body.extend([0xf6, b' ', 0xe5]);
    body.extend(b"</title></item></channel></rss>");
    let server = Server::start(move |_| Reply::of("text/xml", body.clone())).await;
    let fetched = fetch(FEED, &server.address).await.unwrap();
    assert_eq!(only(&fetched).content.title.as_deref(), Some("Snö å"));
}

#[tokio::test]
async fn entries_without_id_are_named_the_same_at_every_reading() {
    let feed = r#"<rss version="2.0"><channel><title>t</title>
        <item><title>Utan namn</title><pubDate>Wed, 07 Jan 2026 09:00:00 GMT</pubDate></item>
        <item><description>Bara text</description></item><item></item></channel></rss>"#;
    let (first, second) = (read("text/xml", feed).await, read("text/xml", feed).await);
    assert_eq!(first.items, second.items);
    assert_eq!(first.items.len(), 2);
    assert!(first.items[0].native_id.0.starts_with("sha256:"));
    assert_ne!(first.items[0].native_id, first.items[1].native_id);
    assert!(matches!(end(&first), Some(GapReason::Malformed { .. })));
}

fn atom(head: &str, entries: &[u32]) -> String {
    let entries: String = entries
        .iter()
        .map(|n| format!("<entry><id>urn:{n}</id><title>Nr {n}</title><updated>2026-01-0{n}T00:00:00Z</updated><link href='/inlagg/{n}'/><content type='html'>&lt;p>{n}&lt;/p></content></entry>"))
        .collect();
    format!(
        "<feed xmlns='http://www.w3.org/2005/Atom' xmlns:fh='http://purl.org/syndication/history/1.0'><title>t</title><id>urn:f</id>{head}{entries}</feed>"
    )
}

#[tokio::test]
async fn the_language_of_an_entry_is_kept_as_it_is_told() {
    let feed = atom("", &[1, 2, 3])
        .replace("&lt;p>2", "&lt;p lang=se>2")
        .replacen("<content", "<content xml:lang='fi'", 1);
    let read = read("application/atom+xml", &feed).await;
    let told: Vec<_> = read
        .items
        .iter()
        .map(|i| i.content.language.as_deref())
        .collect();
    assert_eq!(told, [Some("fi"), Some("se"), None]);
}

#[tokio::test]
async fn a_complete_feed_and_archives_are_whole_and_pages_are_not() {
    let whole = read("application/atom+xml", &atom("<fh:complete/>", &[1, 2])).await;
    assert_eq!((whole.items.len(), end(&whole)), (2, None));

    for (rel, expected) in [
        ("prev-archive", None),
        ("next", Some(GapReason::WindowOnly)),
    ] {
        let server = Server::start(move |asked| {
            let link = |to: &str| format!("<link rel='{rel}' href='{to}'/>");
            Reply::of(
                "application/atom+xml",
                match asked.target.as_str() {
                    "/" => atom(&link("/2"), &[5, 4]),
                    "/2" => atom(&link("/3"), &[4, 3]),
                    _ => atom("", &[2, 1]),
                },
            )
        })
        .await;
        let fetched = fetch(FEED, &server.address).await.unwrap();
        assert_eq!((fetched.items.len(), end(&fetched)), (5, expected), "{rel}");
        let link = fetched.items[0].permalink.as_deref().unwrap();
        assert_eq!(link, format!("{}/inlagg/5", server.address));
    }
}

#[tokio::test]
async fn pages_in_a_loop_end() {
    let server = Server::start(|asked| {
        let (to, entries) = match asked.target.as_str() {
            "/" => ("/2", [5, 4]),
            _ => ("/", [3, 2]),
        };
        Reply::of(
            "application/atom+xml",
            atom(&format!("<link rel='prev-archive' href='{to}'/>"), &entries),
        )
    })
    .await;
    let fetched = fetch(FEED, &server.address).await.unwrap();
    assert_eq!(
        (fetched.items.len(), end(&fetched)),
        (4, Some(GapReason::WindowOnly))
    );
    assert_eq!(server.asked().len(), 2);
    assert!(fetched.warnings.iter().any(|w| w.contains("loop")));
}

#[tokio::test]
async fn a_wordpress_feed_that_repeats_itself_is_a_window() {
    let server = Server::start(|_| {
        let head = "<generator uri='https://wordpress.org/'>WordPress</generator>";
        Reply::of("application/atom+xml", atom(head, &[2, 1]))
    })
    .await;
    let fetched = fetch(FEED, &server.address).await.unwrap();
    assert_eq!(
        (fetched.items.len(), end(&fetched)),
        (2, Some(GapReason::WindowOnly))
    );
    assert_eq!(server.asked().len(), 2);
}

#[tokio::test]
async fn a_page_in_place_of_a_feed_names_its_feed() {
    let server = Server::start(|_| {
        Reply::html("<!DOCTYPE html><html><head><link rel='alternate' type='application/rss+xml' href='/nyheter/feed/'></head></html>")
    })
    .await;
    let error = refusal(FEED, &server.address).await;
    assert!(matches!(error, Error::PageNotFeed { .. }), "{error:?}");
    let hint = error.hint().unwrap();
    assert!(
        hint.contains(&format!("{}/nyheter/feed/", server.address)),
        "{hint}"
    );
    let bare = Server::start(|_| Reply::html("<html></html>")).await;
    let error = refusal(FEED, &bare.address).await;
    assert!(
        matches!(error, Error::PageNotFeed { feed: None, .. }),
        "{error:?}"
    );
}

#[tokio::test]
async fn what_is_no_feed_is_an_error() {
    let cut = "<rss version='2.0'><channel><title>t</title><item><title>Sn";
    let nested = format!(
        "<rss version='2.0' xmlns:media='http://search.yahoo.com/mrss/'><channel><item>{}</item></channel></rss>",
        "<media:group>".repeat(100_000)
    );
    let deep = format!(
        "<rss version='2.0'><channel><item>{}",
        "<a>".repeat(500_000)
    );
    for (what, body) in [
        ("cut", cut),
        ("empty", ""),
        ("text", "hej"),
        ("nested", &nested),
        ("deep", &deep),
        ("json", r#"{"version":"x"}"#),
    ] {
        let body = body.to_owned();
        let server = Server::start(move |_| Reply::of("text/xml", body.clone())).await;
        let error = refusal(FEED, &server.address).await;
        assert!(matches!(error, Error::NotFeed { .. }), "{what}: {error:?}");
    }
}

#[tokio::test]
async fn entities_that_unfold_without_end_do_not() {
    let bomb = r#"<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>
        <rss version="2.0"><channel><title>t</title><item><guid>1</guid><title>&c;</title></item></channel></rss>"#;
    let server = Server::start(move |_| Reply::of("text/xml", bomb)).await;
    if let Ok(fetched) = fetch(FEED, &server.address).await {
        let title = only(&fetched).content.title.clone().unwrap_or_default();
        assert!(title.len() < 100, "{title}");
    }
}
