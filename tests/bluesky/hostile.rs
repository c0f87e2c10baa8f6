//! Servers that mean ill: a PDS and a directory of the test's own.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use arkivd::platform::{Doubt, Error, Presence};
use arkivd::record::{Covered, Item, Kind, NativeId};
use serde_json::{Value, json};

use super::support::hostile::{http, redirect, serve};
use super::{ask, fetch, missing, network, poll};

const DID: &str = "did:plc:ewvi7nxzyoun6zhxrhs64oiz";

/// A directory that names that server, whatever it is asked for.
fn directory(pds: &str) -> String {
    let document = json!({"id": DID, "alsoKnownAs": ["at://tibro.example"], "service": [
        {"id": "#other", "type": "Other", "serviceEndpoint": "http://127.0.0.1:1"},
        {"id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": pds}]});
    let body = document.to_string();
    serve(move |_| http("200 OK", "application/json", &body))
        .trim_end_matches('/')
        .to_owned()
}

/// A PDS whose list of records is this, by cursor.
fn server(list: impl Fn(&str) -> Value + Send + Sync + 'static) -> String {
    let address = serve(move |target| {
        if !target.contains("listRecords") {
            let body = r#"{"error":"RecordNotFound","message":"nix"}"#;
            return http("400 Bad Request", "application/json", body);
        }
        let cursor = target.split("cursor=").nth(1).unwrap_or_default();
        http("200 OK", "application/json", &list(cursor).to_string())
    });
    address.trim_end_matches('/').to_owned()
}

fn post(key: &str, value: Value) -> Value {
    json!({"uri": format!("at://{DID}/app.bsky.feed.post/{key}"), "cid": "bafy", "value": value})
}

async fn read(
    list: impl Fn(&str) -> Value + Send + Sync + 'static,
) -> Result<arkivd::platform::Fetched, Error> {
    let pds = server(list);
    fetch(
        &network(&directory(&pds), ""),
        &format!("{pds}/profile/{DID}"),
    )
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn records_that_are_no_posts_are_gaps_and_the_rest_is_read() {
    let long = "å".repeat(200_000);
    let words = long.clone();
    let fetched = read(move |cursor| {
        if !cursor.is_empty() {
            return json!({"records": []});
        }
        json!({"cursor": 7, "records": [
            post("3kaaaaaaaaaa2", json!({"$type": "app.bsky.feed.post", "text": words, "createdAt": "0000-00-00"})),
            post("3kaaaaaaaaaa3", json!({"text": "hej", "facets": {"a": 1}, "embed": [], "langs": 7, "reply": "x", "tags": [1]})),
            post("3kaaaaaaaaaa4", json!({"$type": "app.bsky.feed.like"})),
            post("3kaaaaaaaaaa5", json!("text")),
            {"uri": 12, "value": {"text": "nameless"}},
            {"uri": "at://did:plc:other/app.bsky.feed.post/3k", "value": {"text": "another's"}},
            "x", null, 7, [],
        ]})
    })
    .await
    .unwrap();
    assert_eq!(fetched.items.len(), 2);
    assert!(
        fetched
            .items
            .iter()
            .any(|item| item.content.plain_text() == long)
    );
    let gaps = missing(&fetched.coverage, Covered::Posts);
    assert_eq!(gaps.len(), 3, "{gaps:?}");
    assert!(gaps[2].starts_with("6 records"), "{gaps:?}");
    assert!(
        fetched.warnings.iter().any(|w| w.contains("0000-00-00")),
        "{:?}",
        fetched.warnings
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_without_end_are_ended() {
    let same = |_: &str| json!({"cursor": "x", "records": [post("3kaaaaaaaaaa2", json!({"text": "om igen"}))]});
    let fetched = read(same).await.unwrap();
    assert_eq!(fetched.items.len(), 1);
    assert_eq!(
        missing(&fetched.coverage, Covered::Posts),
        ["posts: malformed: the list repeats itself"]
    );

    let count = Arc::new(AtomicUsize::new(0));
    let pds = server(move |_| {
        let n = count.fetch_add(1, Ordering::SeqCst);
        json!({"cursor": n.to_string(), "records": [post(&format!("3kaaaaaaaaaa{n}"), json!({"text": "ny"}))]})
    });
    let mut network = network(&directory(&pds), "");
    network.max_pages = 20;
    let fetched = fetch(&network, &format!("{pds}/profile/{DID}"))
        .await
        .unwrap();
    let gaps = missing(&fetched.coverage, Covered::Posts);
    assert_eq!(gaps, ["posts: the limit max_pages was reached"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_document_names_inside_the_network_is_not_reached() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let inside = serve(move |_| {
        count.fetch_add(1, Ordering::SeqCst);
        http("200 OK", "application/json", r#"{"records": []}"#)
    });
    // Registered at Bluesky's own address: the document alone names the server inside.
    let network = network(&directory(&inside), "");
    let address = format!("https://bsky.app/profile/{DID}");
    let error = fetch(&network, &address).await.unwrap_err();
    assert!(matches!(error, Error::InsideNetwork { .. }), "{error}");
    let item = |id: String| Item {
        native_id: NativeId(id),
        kind: Kind::Post,
        parent: None,
        permalink: None,
        published: None,
        edited: None,
        visibility: arkivd::record::Visibility::Public,
        content: Default::default(),
    };
    let one = item(format!("at://{DID}/app.bsky.feed.post/3k"));
    let answers = ask(&network, &address, &[&one], &[]).await;
    assert_eq!(
        answers[0].0,
        Presence::Unsettled(Doubt::Unreachable),
        "{answers:?}"
    );
    // Nor by a redirect of a server that may be asked.
    let to = inside.clone();
    let turning = serve(move |_| redirect(&to));
    let pds = turning.trim_end_matches('/');
    let network = super::network(&directory(pds), "");
    let error = fetch(&network, &format!("{pds}/profile/{DID}"))
        .await
        .unwrap_err();
    assert!(matches!(error, Error::InsideNetwork { .. }), "{error}");
    assert_eq!(asked.load(Ordering::SeqCst), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_that_are_no_list_and_documents_of_others_are_errors_that_name_the_address() {
    for body in ["{}", "[]", r#"{"records": 7}"#, "<html>", "{"] {
        let pds = serve(move |_| http("200 OK", "application/json", body));
        let pds = pds.trim_end_matches('/');
        let error = fetch(
            &network(&directory(pds), ""),
            &format!("{pds}/profile/{DID}"),
        )
        .await
        .unwrap_err();
        assert!(error.to_string().contains(pds), "{error}");
    }
    let pds = server(|_| json!({"records": []}));
    let other = pds.replace("http://", "http://x.");
    let odd = format!("{pds}/profile/did:plc:aaaaaaaaaaaaaaaaaaaaaaaa");
    let error = fetch(&network(&directory(&other), ""), &odd)
        .await
        .unwrap_err();
    assert!(error.to_string().contains("another identity"), "{error}");
    let error = fetch(
        &network(&directory("ftp://a"), ""),
        &format!("{pds}/profile/{DID}"),
    )
    .await
    .unwrap_err();
    assert!(error.to_string().contains("names no server"), "{error}");
    let error = fetch(&network(&directory(&pds), ""), &format!("{pds}/a/b"))
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("https://bsky.app/profile/NAME"),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_gives_its_oldest_first_tells_nothing_of_what_is_gone() {
    let pds = server(|cursor| {
        let start = if cursor.is_empty() { 0 } else { 100 };
        let keys = (start..start + 100).map(|n| format!("3kaaaaaaa{}", key(n)));
        let records: Vec<Value> = keys.map(|k| post(&k, json!({"text": "x"}))).collect();
        json!({"cursor": "vidare", "records": records})
    });
    let network = network(&directory(&pds), "");
    let polled = poll(
        &network,
        &format!("{pds}/profile/{DID}"),
        &Default::default(),
    )
    .await;
    assert_eq!(polled.windows[0].extent, arkivd::platform::Extent::Loose);
}

fn key(n: usize) -> String {
    let letters: Vec<char> = "234567abcdefghijklmnopqrstuvwxyz".chars().collect();
    [n / 1024, n / 32 % 32, n % 32]
        .iter()
        .map(|d| letters[*d])
        .chain(['2'])
        .collect()
}
