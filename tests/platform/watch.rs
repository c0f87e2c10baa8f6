//! Polls and direct questions against servers that bend the rules: soft 404, refused orders, firewalls, limits.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use arkivd::platform::{
    self, Answer, Client, Doubt, Extent, Held, Memory, Network, Polled, Presence, Question,
};
use arkivd::record::{Covered, Kind, NativeId, Platform, Visibility};

use super::server::{Asked, Reply, Server};
use super::{account, network};

async fn poll(platform: Platform, address: &str, memory: &Memory) -> Polled {
    let client = Client::new(&network()).unwrap();
    let held = Held {
        memory,
        is_current: &|_, _| false,
    };
    let account = account(platform, address);
    let polled = platform::poll(&client, &account, None, held, &mut |_| Ok(())).await;
    polled.unwrap()
}

fn question(native: &str, kind: Kind, permalink: Option<String>) -> Question {
    Question {
        native_id: NativeId(native.to_owned()),
        kind,
        permalink,
        parent: None,
        visibility: Visibility::Public,
    }
}

async fn inquire(
    platform: Platform,
    address: &str,
    questions: &[Question],
    controls: &[Question],
) -> Vec<Answer> {
    let client = Client::new(&network()).unwrap();
    let account = account(platform, address);
    platform::inquire(&client, &account, None, questions, controls)
        .await
        .unwrap()
}

fn feed(entries: &[(&str, &str)], made: usize) -> String {
    let items: String = entries
        .iter()
        .map(|(id, date)| {
            format!("<item><guid isPermaLink=\"false\">{id}</guid><title>{id}</title><pubDate>{date}</pubDate></item>")
        })
        .collect();
    format!(
        "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>T</title><link>http://a.example/</link><description>d</description><lastBuildDate>{made}</lastBuildDate>{items}</channel></rss>"
    )
}

const DAYS: [&str; 3] = [
    "Wed, 18 Nov 2026 08:00:00 +0000",
    "Tue, 17 Nov 2026 08:00:00 +0000",
    "Mon, 16 Nov 2026 08:00:00 +0000",
];

#[tokio::test]
async fn a_feed_that_only_tells_its_making_anew_is_the_same() {
    let entries = [("a", DAYS[0]), ("b", DAYS[1]), ("c", DAYS[2])];
    let server =
        Server::start(move |asked| Reply::of("application/rss+xml", feed(&entries, asked.earlier)))
            .await;
    let first = poll(Platform::Feed, &server.address, &Memory::new()).await;
    let since = DAYS[1].parse::<String>().unwrap();
    let since = chrono::DateTime::parse_from_rfc2822(&since)
        .unwrap()
        .to_utc();
    assert_eq!(first.windows[0].extent, Extent::Since(since));
    assert_eq!(first.items.len(), 3);
    let second = poll(Platform::Feed, &server.address, &first.memory).await;
    assert_eq!(second.windows[0].extent, Extent::Same);
    assert!(second.items.is_empty());
}

#[tokio::test]
async fn a_feed_in_an_order_of_its_own_tells_of_nothing_gone() {
    let entries = [("b", DAYS[1]), ("a", DAYS[0]), ("c", DAYS[2])];
    let server = Server::start(move |_| Reply::of("application/rss+xml", feed(&entries, 0))).await;
    let first = poll(Platform::Feed, &server.address, &Memory::new()).await;
    assert_eq!(first.windows[0].extent, Extent::Loose);
}

#[tokio::test]
async fn a_soft_404_or_a_way_to_the_start_page_settles_nothing() {
    type Answers = fn(&Asked) -> Reply;
    let cases: [(Answers, Presence); 4] = [
        (
            |asked| match asked.target.as_str() {
                "/borta" | "/arkivd-a-page-that-never-was" => Reply::not_found(),
                _ => Reply::html("<html>hej"),
            },
            Presence::Removed { by: None },
        ),
        (
            |_| Reply::html("<html>Sidan finns inte"),
            Presence::Unsettled(Doubt::Unclear),
        ),
        (
            |asked| match asked.target.as_str() {
                "/borta" | "/arkivd-a-page-that-never-was" => Reply::redirect("/"),
                _ => Reply::html("<html>hej"),
            },
            Presence::Unsettled(Doubt::LoggedOut),
        ),
        (
            |_| Reply::not_found(),
            Presence::Unsettled(Doubt::LoggedOut),
        ),
    ];
    for (n, (answers, expected)) in cases.into_iter().enumerate() {
        let server = Server::start(answers).await;
        let link = |path: &str| Some(format!("{}{path}", server.address));
        let gone = question("borta", Kind::Post, link("/borta"));
        let there = question("kvar", Kind::Post, link("/kvar"));
        let address = format!("{}/feed", server.address);
        let answers = inquire(Platform::Feed, &address, &[gone], &[there]).await;
        let told = &answers[0];
        let unsettled = matches!(expected, Presence::Unsettled(_));
        assert_eq!(
            matches!(told.presence, Presence::Unsettled(_)),
            unsettled,
            "{n}: {told:?}"
        );
        if !unsettled {
            assert_eq!(told.presence, expected);
        }
    }
}

const ROOT: &str = r#"{"name":"T","namespaces":["wp/v2"]}"#;

/// A site of two posts, the newer edited; `modified` says what the order by change is answered with.
fn site(asked: &Asked, modified: impl Fn() -> Reply) -> Reply {
    let target = asked.target.as_str();
    let whole = |id: u32| {
        format!(
            r#"{{"id":{id},"date_gmt":"2026-11-1{id}T08:00:00","modified_gmt":"2026-11-1{id}T08:00:00","link":"/{id}","title":{{"rendered":"T"}},"content":{{"rendered":"<p>x</p>","protected":false}}}}"#
        )
    };
    let brief = |id: u32| {
        format!(
            r#"{{"id":{id},"date_gmt":"2026-11-1{id}T08:00:00","modified_gmt":"2026-11-1{id}T08:00:00"}}"#
        )
    };
    if target.starts_with("/wp-json/wp/v2/posts?") {
        if target.contains("orderby=modified") {
            return modified();
        }
        let both = if target.contains("_fields") {
            [brief(2), brief(1)]
        } else {
            [whole(2), whole(1)]
        };
        return Reply::json(format!("[{}]", both.join(","))).header("X-WP-Total", "2");
    }
    if target.starts_with("/wp-json/wp/v2/") {
        return Reply::json("[]").header("X-WP-Total", "0");
    }
    if target.starts_with("/wp-json") {
        return Reply::json(ROOT);
    }
    Reply::html("<html>")
}

#[tokio::test]
async fn a_site_that_refuses_the_order_by_change_is_still_polled() {
    let refused = || Reply::status(400, "application/json", r#"{"code":"rest_invalid_param"}"#);
    let server = Server::start(move |asked| site(asked, refused)).await;
    let first = poll(Platform::WordPress, &server.address, &Memory::new()).await;
    assert_eq!(first.items.len(), 2);
    assert_eq!(first.windows[0].what, Covered::Posts);
    assert_eq!(first.windows[0].extent, Extent::Whole);
    let before = server.asked().len();
    let second = poll(Platform::WordPress, &server.address, &first.memory).await;
    assert!(second.windows.iter().all(|w| w.extent == Extent::Same));
    assert_eq!(server.asked().len() - before, 5, "the interface is known");
}

#[tokio::test]
async fn an_interface_that_has_moved_is_found_again() {
    let server = Server::start(|asked| site(asked, || Reply::json("[]"))).await;
    let first = poll(Platform::WordPress, &server.address, &Memory::new()).await;
    let mut memory = first.memory.clone();
    memory.insert("root".into(), format!("{}/gammal/", server.address));
    let again = poll(Platform::WordPress, &server.address, &memory).await;
    assert_eq!(again.memory["root"], first.memory["root"]);
}

#[tokio::test]
async fn a_firewall_a_timeout_and_another_kind_of_json_settle_nothing() {
    type Answers = fn() -> Reply;
    let cases: [(Answers, Doubt); 5] = [
        (|| Reply::html("<html>Robot?"), Doubt::LoggedOut),
        (|| Reply::json("[]"), Doubt::LoggedOut),
        (
            || Reply::status(502, "text/html", "<html>"),
            Doubt::Unreachable,
        ),
        (
            || Reply::status(429, "text/plain", "").header("Retry-After", "3600"),
            Doubt::Throttled,
        ),
        (
            || Reply::status(401, "application/json", r#"{"code":"rest_login_required"}"#),
            Doubt::LoggedOut,
        ),
    ];
    for (answers, doubt) in cases {
        let server = Server::start(move |asked| {
            if asked.target.contains("/posts/") {
                answers()
            } else {
                site(asked, || Reply::json("[]"))
            }
        })
        .await;
        let gone = question("post:1", Kind::Post, None);
        let there = question("post:2", Kind::Post, None);
        let answers = inquire(Platform::WordPress, &server.address, &[gone], &[there]).await;
        assert_eq!(
            answers[0].presence,
            Presence::Unsettled(doubt),
            "{answers:?}"
        );
    }
}

#[tokio::test]
async fn a_control_that_fails_afterwards_unsettles_what_was_answered() {
    let asked_for = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked_for);
    let server = Server::start(move |asked| match asked.target.as_str() {
        target if target.contains("/posts/2") => match count.fetch_add(1, Ordering::SeqCst) {
            0 => Reply::json(r#"{"id":2}"#),
            _ => Reply::status(401, "application/json", r#"{"code":"rest_login_required"}"#),
        },
        target if target.contains("/posts/1") => Reply::status(
            404,
            "application/json",
            r#"{"code":"rest_post_invalid_id"}"#,
        ),
        _ => site(asked, || Reply::json("[]")),
    })
    .await;
    let gone = question("post:1", Kind::Post, None);
    let there = question("post:2", Kind::Post, None);
    let answers = inquire(Platform::WordPress, &server.address, &[gone], &[there]).await;
    assert_eq!(answers[0].presence, Presence::Unsettled(Doubt::LoggedOut));
    assert_eq!(
        answers[0].told,
        "404 rest_post_invalid_id; the control: 401 rest_login_required"
    );
    assert_eq!(asked_for.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn the_post_above_is_a_control_for_the_only_comment() {
    let server = Server::start(|asked| match asked.target.as_str() {
        target if target.contains("/posts/2") => Reply::json(r#"{"id":2}"#),
        target if target.contains("/comments/9") => Reply::status(
            404,
            "application/json",
            r#"{"code":"rest_comment_invalid_id"}"#,
        ),
        _ => site(asked, || Reply::json("[]")),
    })
    .await;
    let mut gone = question("comment:9", Kind::Comment, None);
    let alone = [gone.clone()];
    let answers = inquire(Platform::WordPress, &server.address, &alone, &[]).await;
    assert_eq!(answers[0].presence, Presence::Unsettled(Doubt::NoControl));
    gone.parent = Some(NativeId("post:2".into()));
    let answers = inquire(Platform::WordPress, &server.address, &[gone], &[]).await;
    assert_eq!(answers[0].presence, Presence::Removed { by: None });
}

#[tokio::test]
async fn a_limit_told_by_any_server_is_kept() {
    let server = Server::start(|asked| {
        let left = 3_usize.saturating_sub(asked.earlier + 1);
        site(asked, || Reply::json("[]"))
            .header("RateLimit-Limit", "3")
            .header("RateLimit-Remaining", left.to_string())
            .header("RateLimit-Reset", "3600")
    })
    .await;
    let client = Client::new(&Network {
        max_wait_seconds: 5,
        ..network()
    })
    .unwrap();
    let account = account(Platform::WordPress, &server.address);
    let told = platform::fetch(&client, &account, None, &mut |_| Ok(()), &|_| {}).await;
    let error = told.unwrap_err();
    assert!(
        error.wait().is_some_and(|wait| wait.as_secs() > 3500),
        "{error}"
    );
    assert_eq!(server.asked().len(), 3);
}
