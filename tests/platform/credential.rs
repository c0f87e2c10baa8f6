//! A credential goes to its own origin, over a way that nobody listens on, and stays out of what is kept.

use arkivd::platform::{Error, Network};
use arkivd::record::Platform;

use super::hostile::wordpress;
use super::server::{Reply, Server};
use super::{account, editor, fetch_with, network};

const WP: Platform = Platform::WordPress;

#[tokio::test]
async fn a_credential_never_leaves_its_origin() {
    let other =
        Server::start(|asked| wordpress(asked, || Reply::status(401, "application/json", "{}")))
            .await;
    let to = other.address.clone();
    let own = Server::start(move |asked| {
        if asked.target.starts_with("/wp-json/wp/v2/posts") {
            match asked.authorization {
                None => Reply::status(401, "application/json", r#"{"code":"x"}"#),
                Some(_) => Reply::redirect(format!("{to}{}", asked.target)),
            }
        } else {
            wordpress(asked, Reply::not_found)
        }
    })
    .await;
    let limits = Network {
        allow: vec![format!("127.0.0.1:{}", other.port())],
        ..network()
    };
    let (fetched, _) = fetch_with(limits.clone(), account(WP, &own.address), Some(editor())).await;
    assert!(
        matches!(fetched, Err(Error::Unauthorised { .. })),
        "{fetched:?}"
    );
    assert!(
        own.asked()
            .iter()
            .any(|asked| asked.authorization.is_some())
    );
    assert!(!other.asked().is_empty());
    assert!(
        other
            .asked()
            .iter()
            .all(|asked| asked.authorization.is_none())
    );

    // The same when the page itself names an interface elsewhere.
    let root = format!("{}/wp-json/", other.address);
    let own = Server::start(move |_| {
        Reply::html(format!("<link rel='https://api.w.org/' href='{root}'>"))
    })
    .await;
    let (fetched, _) = fetch_with(limits, account(WP, &own.address), Some(editor())).await;
    assert!(fetched.is_err());
    assert!(
        other
            .asked()
            .iter()
            .all(|asked| asked.authorization.is_none())
    );
}

#[tokio::test]
async fn a_credential_is_not_sent_in_clear_text() {
    let (fetched, raw) = fetch_with(
        network(),
        account(WP, "http://blogg.tibro.example/"),
        Some(editor()),
    )
    .await;
    let error = fetched.unwrap_err();
    assert!(
        matches!(error, Error::CredentialInClear { .. }),
        "{error:?}"
    );
    assert!(error.hint().unwrap().contains("https"));
    assert!(raw.is_empty());
}

#[tokio::test]
async fn a_credentials_values_are_replaced_in_raw_answers_and_items() {
    let token = "cmVkYWt0b3I6ZGVtbyBkZW1vIGRlbW8gZGVtbw==";
    let leaks = format!(
        "demo demo demo demo / demodemodemodemo / {token} / demo+demo+demo+demo / demo%20demo%20demo%20demo"
    );
    let post = format!(
        r#"[{{"id":1,"date_gmt":"2026-01-01T00:00:00","link":"http://a.example/","title":{{"rendered":"{leaks}"}},"content":{{"rendered":"<p>{leaks}</p>","protected":false}}}}]"#
    );
    let server = Server::start(move |asked| {
        wordpress(asked, || {
            Reply::json(post.clone()).header("X-WP-Total", "1")
        })
    })
    .await;
    let (fetched, raw) = fetch_with(network(), account(WP, &server.address), Some(editor())).await;
    let fetched = fetched.unwrap();
    let kept = raw
        .iter()
        .find(|answer| answer.name == "posts-page-0001")
        .unwrap();
    assert_eq!(kept.request.credential_values_replaced, 10);
    assert_eq!(kept.request.bytes, kept.body.len() as u64);
    let everything = format!(
        "{:?}{:?}",
        fetched,
        raw.iter()
            .map(|a| String::from_utf8_lossy(&a.body))
            .collect::<Vec<_>>()
    );
    for secret in [
        "demo demo",
        "demodemo",
        "demo+demo",
        "demo%20demo",
        token.trim_end_matches('='),
    ] {
        assert!(!everything.contains(secret), "{secret}");
    }
}
