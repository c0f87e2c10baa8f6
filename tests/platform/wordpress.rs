//! WordPress: the demo site read whole, and sites that are set up, or behave, otherwise.

use std::collections::BTreeSet;

use arkivd::platform::{Client, Error, Fetched, Network, download};
use arkivd::record::{
    Block, CoverageRow, Covered, GapReason, Item, Kind, MediumKind, Platform, Visibility,
};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::server::{Asked, Reply, Server};
use super::{account, demo_site, editor, fetch, fetch_with, network};

const WP: Platform = Platform::WordPress;

pub async fn demo(posts: usize) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(demo_site::serve(listener, posts));
    address
}

fn row(fetched: &Fetched, what: Covered) -> &CoverageRow {
    let mut rows = fetched.coverage.rows.iter();
    rows.find(|row| row.what == what).unwrap()
}

fn of(fetched: &Fetched, kind: Kind) -> Vec<&Item> {
    fetched.items.iter().filter(|i| i.kind == kind).collect()
}

#[tokio::test]
async fn the_demo_site_is_read_whole() {
    let address = demo(130).await;
    let (fetched, raw) = fetch_with(network(), account(WP, &address), None).await;
    let fetched = fetched.unwrap();
    assert_eq!(fetched.profile.name.as_deref(), Some("Ekhamra kommun"));
    assert!(fetched.coverage.is_complete(), "{:?}", fetched.coverage);
    assert_eq!(row(&fetched, Covered::Posts).expected, Some(130));
    assert_eq!(of(&fetched, Kind::Post).len(), 130);
    assert_eq!(of(&fetched, Kind::Page).len(), 2);
    let comments = row(&fetched, Covered::Comments);
    assert!(comments.captured > 100 && comments.expected == Some(comments.captured));
    let rows: Vec<Covered> = fetched.coverage.rows.iter().map(|row| row.what).collect();
    assert_eq!(rows, [Covered::Posts, Covered::Pages, Covered::Comments]);
    assert!(
        fetched
            .items
            .iter()
            .all(|i| i.visibility == Visibility::Public)
    );
    assert!(
        raw.iter()
            .all(|answer| !answer.restricted && !answer.request.with_credential)
    );
    let names: Vec<&str> = raw.iter().map(|answer| answer.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "home",
            "site",
            "posts-page-0001",
            "posts-page-0002",
            "pages-page-0001",
            "comments-page-0001",
            "comments-page-0002"
        ]
    );

    let ids: BTreeSet<&str> = fetched
        .items
        .iter()
        .map(|i| i.native_id.0.as_str())
        .collect();
    assert_eq!(ids.len(), fetched.items.len());
    for comment in of(&fetched, Kind::Comment) {
        let parent = &comment.parent.as_ref().unwrap().0;
        assert!(ids.contains(parent.as_str()), "{parent}");
        assert!(comment.content.author.is_some() && comment.published.is_some());
    }
    let on_page = of(&fetched, Kind::Comment);
    assert!(
        on_page
            .iter()
            .any(|c| c.parent.as_ref().unwrap().0.starts_with("page:"))
    );
    assert!(
        on_page
            .iter()
            .any(|c| c.parent.as_ref().unwrap().0.starts_with("comment:"))
    );
}

#[tokio::test]
async fn a_demo_post_says_what_its_page_says() {
    let address = demo(44).await;
    let fetched = fetch(WP, &address).await.unwrap();
    let titled = |start: &str| {
        let mut posts = of(&fetched, Kind::Post).into_iter();
        posts
            .find(|p| p.content.title.as_deref().unwrap().starts_with(start))
            .unwrap()
    };
    let plowing = titled("Så plogar vi –");
    assert_eq!(
        plowing.published.unwrap().to_rfc3339(),
        "2026-01-08T08:15:00+00:00"
    );
    assert!(plowing.content.plain_text().contains("❄️🚜"));
    assert_eq!(plowing.content.body[0], Block::Medium { medium: 0 });
    assert_eq!(plowing.content.media[0].kind, MediumKind::Picture);
    assert!(
        plowing.content.media[0]
            .alt
            .as_ref()
            .unwrap()
            .contains("granar")
    );
    let numbered = |b: &&Block| {
        matches!(
            b,
            Block::ListItem {
                number: Some(_),
                ..
            }
        )
    };
    assert_eq!(plowing.content.body.iter().filter(numbered).count(), 4);
    let bath = titled("Hamrabadet");
    assert!(
        bath.content
            .media
            .iter()
            .any(|m| m.kind == MediumKind::Document)
    );
    let harbour = titled("Samråd");
    assert!(
        harbour
            .content
            .media
            .iter()
            .any(|m| m.caption.as_deref().is_some_and(|c| c.contains('⚓')))
    );

    let client = Client::new(&network()).unwrap();
    let own = account(WP, &address);
    for medium in plowing.content.media.iter().chain(&bath.content.media) {
        let mut bytes = Vec::new();
        let had = download(&client, &own, &medium.address, &mut bytes)
            .await
            .unwrap();
        let expected = if medium.kind == MediumKind::Document {
            "text/csv"
        } else {
            "image/jpeg"
        };
        assert_eq!(had.media_type.as_deref(), Some(expected));
    }
}

#[tokio::test]
async fn held_comments_come_with_the_credential_and_are_restricted() {
    let address = demo(44).await;
    let (fetched, raw) = fetch_with(network(), account(WP, &address), Some(editor())).await;
    let fetched = fetched.unwrap();
    let held: Vec<&Item> = fetched
        .items
        .iter()
        .filter(|i| i.visibility == Visibility::Held)
        .collect();
    assert_eq!(held.len(), 5);
    assert_eq!(row(&fetched, Covered::HeldComments).captured, 5);
    assert!(fetched.coverage.is_complete(), "{:?}", fetched.coverage);
    let restricted: Vec<&str> = raw
        .iter()
        .filter(|a| a.restricted)
        .map(|a| a.name.as_str())
        .collect();
    assert_eq!(
        restricted,
        ["comments-pings-page-0001", "comments-held-page-0001"]
    );
    let public = raw.iter().filter(|a| !a.restricted);
    for answer in public {
        assert!(
            !String::from_utf8_lossy(&answer.body).contains("Billig taksk"),
            "{}",
            answer.name
        );
    }
}

#[tokio::test]
async fn a_wrong_password_is_a_gap_and_the_rest_is_kept() {
    let address = demo(5).await;
    let wrong = arkivd::platform::Credential {
        user: "redaktor".into(),
        password: arkivd::platform::Secret::new("fel lösenord"),
        address: None,
    };
    let (fetched, _) = fetch_with(network(), account(WP, &address), Some(wrong)).await;
    let fetched = fetched.unwrap();
    assert_eq!(row(&fetched, Covered::Posts).captured, 5);
    let held = row(&fetched, Covered::HeldComments);
    assert_eq!(held.missing[0].reason, GapReason::NeedsCredential);
    assert!(!fetched.coverage.is_complete());
    assert!(fetched.warnings.iter().all(|w| !w.contains("fel lösenord")));
}

#[tokio::test]
async fn the_same_site_gives_the_same_items() {
    let address = demo(30).await;
    let first = fetch(WP, &address).await.unwrap();
    let second = fetch(WP, &address).await.unwrap();
    assert_eq!(first.items, second.items);
    assert_eq!(first.profile, second.profile);
}

fn post(id: u64) -> Value {
    json!({"id": id, "date_gmt": "2026-01-01T00:00:00", "link": format!("http://a.example/{id}"),
        "title": {"rendered": format!("Inlägg {id}")}, "content": {"rendered": "<p>x</p>", "protected": false}})
}

fn page_of(target: &str) -> usize {
    let page = target.split("&page=").nth(1).unwrap();
    page.split('&').next().unwrap().parse().unwrap()
}

/// Pages of 100 over those ids, as WordPress gives them.
fn listed(ids: &[u64], page: usize) -> Reply {
    let pages = ids.len().div_ceil(100);
    if page > pages && page > 1 {
        return Reply::status(
            400,
            "application/json",
            r#"{"code":"rest_post_invalid_page_number"}"#,
        );
    }
    let shown: Vec<Value> = ids
        .iter()
        .skip((page - 1) * 100)
        .take(100)
        .map(|id| post(*id))
        .collect();
    Reply::json(Value::Array(shown).to_string())
        .header("X-WP-Total", ids.len().to_string())
        .header("X-WP-TotalPages", pages.to_string())
}

/// A site in a folder, with plain permalinks, whose posts are listed as told.
async fn site(posts: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> (Server, String) {
    let server = Server::start(move |asked| {
        let target = asked.target.replace("%2F", "/");
        if target.starts_with("/blogg/?rest_route=/wp/v2/posts&") {
            posts(asked)
        } else if target.starts_with("/blogg/?rest_route=/wp/v2/") {
            Reply::json("[]")
                .header("X-WP-Total", "0")
                .header("X-WP-TotalPages", "0")
        } else if target.starts_with("/blogg/?rest_route=/&") {
            Reply::json(r#"{"name":"I mapp","namespaces":["wp/v2"]}"#)
        } else if target == "/blogg" {
            Reply::html("<html>utan länk</html>")
        } else {
            Reply::not_found()
        }
    })
    .await;
    let address = format!("{}/blogg", server.address);
    (server, address)
}

#[tokio::test]
async fn plain_permalinks_in_a_folder_are_found_without_a_link() {
    let (_server, address) = site(|asked| listed(&[1, 2, 3], page_of(&asked.target))).await;
    let fetched = fetch(WP, &address).await.unwrap();
    assert_eq!(row(&fetched, Covered::Posts).captured, 3);
    assert!(fetched.coverage.is_complete());
    assert_eq!(fetched.requests.len(), 1, "the guess that failed is told");
}

#[tokio::test]
async fn a_list_that_shrinks_while_read_is_read_again() {
    // After the first page, post 5 is removed: 101 moves to the first page and would be missed.
    let all: Vec<u64> = (1..=201).collect();
    let left: Vec<u64> = (1..=201).filter(|id| *id != 5).collect();
    let first = std::sync::atomic::AtomicBool::new(true);
    let (_server, address) = site(move |asked| {
        let whole = first.swap(false, std::sync::atomic::Ordering::SeqCst);
        listed(if whole { &all } else { &left }, page_of(&asked.target))
    })
    .await;
    let (fetched, raw) = fetch_with(network(), account(WP, &address), None).await;
    let fetched = fetched.unwrap();
    let posts = row(&fetched, Covered::Posts);
    assert_eq!((posts.expected, posts.captured), (Some(201), 201));
    assert!(fetched.coverage.is_complete(), "{posts:?}");
    assert!(fetched.items.iter().any(|i| i.native_id.0 == "post:101"));
    assert!(
        fetched.warnings.iter().any(|w| w.contains("1 went away")),
        "{:?}",
        fetched.warnings
    );
    assert!(raw.iter().any(|a| a.name == "posts-again-page-0002"));
}

#[tokio::test]
async fn a_list_that_never_stands_still_is_a_gap() {
    let (_server, address) = site(move |asked| {
        let ids: Vec<u64> = (1..=(300 - asked.earlier as u64)).collect();
        listed(&ids, page_of(&asked.target))
    })
    .await;
    let fetched = fetch(WP, &address).await.unwrap();
    let posts = row(&fetched, Covered::Posts);
    assert_eq!(
        posts.missing[0].reason,
        GapReason::ChangedWhileRead,
        "{posts:?}"
    );
    assert!(posts.captured > 250);
}

#[tokio::test]
async fn what_is_counted_and_not_shown_is_a_gap() {
    let (_server, address) = site(|_| {
        let two = json!([post(1), post(2)]).to_string();
        Reply::json(two)
            .header("X-WP-Total", "3")
            .header("X-WP-TotalPages", "1")
    })
    .await;
    let fetched = fetch(WP, &address).await.unwrap();
    let posts = row(&fetched, Covered::Posts);
    assert_eq!((posts.expected, posts.captured), (Some(3), 2));
    assert_eq!(posts.missing[0].reason, GapReason::NeedsCredential);
}

#[tokio::test]
async fn protected_and_broken_posts_are_gaps_by_name() {
    let (_server, address) = site(|_| {
        let mut secret = post(2);
        secret["content"] = json!({"rendered": "", "protected": true});
        let broken = json!({"id": 3, "title": 7});
        let all = json!([post(1), secret, broken]).to_string();
        Reply::json(all)
            .header("X-WP-Total", "3")
            .header("X-WP-TotalPages", "1")
    })
    .await;
    let fetched = fetch(WP, &address).await.unwrap();
    let posts = row(&fetched, Covered::Posts);
    assert_eq!((posts.expected, posts.captured), (Some(3), 1));
    let gaps: Vec<&str> = posts.missing.iter().map(|gap| gap.what.as_str()).collect();
    assert_eq!(gaps, ["post:2", "post:3"]);
    assert_eq!(posts.missing[0].reason, GapReason::PasswordProtected);
}

#[tokio::test]
async fn the_limit_of_pages_is_told() {
    let all: Vec<u64> = (1..=1000).collect();
    let (_server, address) = site(move |asked| listed(&all, page_of(&asked.target))).await;
    let limits = Network {
        max_pages: 6,
        ..network()
    };
    let (fetched, _) = fetch_with(limits, account(WP, &address), None).await;
    let fetched = fetched.unwrap();
    let posts = row(&fetched, Covered::Posts);
    let limit = "max_pages".to_owned();
    assert_eq!(posts.missing[0].reason, GapReason::LimitReached { limit });
    assert_eq!(posts.expected, Some(1000));
    assert!(posts.captured >= 100 && posts.captured < 1000);
}

#[tokio::test]
async fn closed_comments_are_a_gap_and_closed_posts_an_error() {
    let server = Server::start(|asked| {
        let path = asked.target.split('?').next().unwrap();
        match path {
            "/wp-json/" => Reply::json(r#"{"namespaces":["wp/v2"]}"#),
            "/wp-json/wp/v2/posts" => listed(&[1], 1),
            "/wp-json/wp/v2/pages" => listed(&[], 1),
            "/wp-json/wp/v2/comments" => {
                Reply::status(403, "application/json", r#"{"code":"rest_disabled"}"#)
            }
            _ => Reply::html("<link rel='https://api.w.org/' href='/wp-json/'>"),
        }
    })
    .await;
    let fetched = fetch(WP, &server.address).await.unwrap();
    assert_eq!(row(&fetched, Covered::Posts).captured, 1);
    assert_eq!(
        row(&fetched, Covered::Comments).missing[0].reason,
        GapReason::NeedsCredential
    );

    let closed = Server::start(|asked| {
        if asked.target.starts_with("/wp-json") {
            Reply::status(401, "application/json", r#"{"code":"rest_not_logged_in"}"#)
        } else {
            Reply::html("<link rel='https://api.w.org/' href='/wp-json/'>")
        }
    })
    .await;
    let error = fetch(WP, &closed.address).await.unwrap_err();
    assert!(
        matches!(
            error,
            Error::Unauthorised {
                with_credential: false,
                ..
            }
        ),
        "{error:?}"
    );
    assert!(error.hint().unwrap().contains("credential"));
}

#[tokio::test]
async fn a_site_that_only_opens_with_the_credential_is_read_as_hidden() {
    let server = Server::start(|asked| {
        if asked.authorization.is_none() {
            return Reply::status(401, "application/json", r#"{"code":"rest_not_logged_in"}"#);
        }
        match asked.target.split('?').next().unwrap() {
            "/wp-json/" => Reply::json(r#"{"namespaces":["wp/v2"]}"#),
            "/wp-json/wp/v2/posts" => listed(&[1, 2], 1),
            path if path.starts_with("/wp-json/") => listed(&[], 1),
            _ => Reply::html("<link rel='https://api.w.org/' href='/wp-json/'>"),
        }
    })
    .await;
    let (fetched, raw) = fetch_with(network(), account(WP, &server.address), Some(editor())).await;
    let fetched = fetched.unwrap();
    assert_eq!(fetched.items.len(), 2);
    assert!(
        fetched
            .items
            .iter()
            .all(|i| i.visibility == Visibility::Hidden)
    );
    assert!(raw.iter().all(|answer| answer.restricted));
}

#[tokio::test]
async fn an_empty_site_is_complete() {
    let (_server, address) = site(|_| listed(&[], 1)).await;
    let fetched = fetch(WP, &address).await.unwrap();
    assert!(fetched.items.is_empty() && fetched.coverage.is_complete());
    assert_eq!(row(&fetched, Covered::Posts).expected, Some(0));
}
