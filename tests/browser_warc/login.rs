//! A page that is looked at with a login: what was recorded opens it to nobody.

use arkivd::browser::recorder::Login;

use crate::chromium::ready;
use crate::reading::Replay;
use crate::{contains, record, site};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_value_of_the_login_is_left() {
    let Some(ready) = ready(site::start(), &[]).await else {
        return;
    };
    let recorded = record(&ready, "/mine", |options| {
        options.login = Login::of([site::COOKIE, "sv-SE"]);
    })
    .await;
    ready.close().await;
    println!("{:#?}", recorded.told());
    for secret in [
        site::COOKIE,
        "EAABsbCS1234",
        "abcdefgh1234",
        "tomteverkstad",
    ] {
        assert!(!contains(&recorded.file, secret), "{secret}");
    }
    // All else is as it was, and the page still finds what it asks for.
    let api = site::API.replace("EAABsbCS1234", "xxxxxxxxxxxx");
    let page = String::from_utf8(recorded.of("response", "/mine").payload().to_vec()).unwrap();
    assert_eq!(page.len(), site::answer("/mine").body.len());
    assert!(page.contains(&format!("fetch('{api}')")), "{page}");
    let answer = recorded.of("response", &api);
    assert_eq!(
        String::from_utf8_lossy(answer.payload()),
        "{\"csrf_token\": \"xxxxxxxxxxxx\", \"min\": \"xxxxxxxxxxxxxxxxxxx\", \"namn\": \"räka\"}"
    );
    let request = recorded.of("request", &api);
    assert!(
        request
            .head()
            .starts_with(&format!("GET {api} HTTP/1.1\r\n")),
        "{}",
        request.head()
    );
    let posted = recorded.of("request", "/posted");
    assert_eq!(posted.payload(), b"");
    assert_eq!(posted.field("WARC-Truncated"), "unspecified");
    // And it is said.
    let info = String::from_utf8_lossy(&recorded.records.first().unwrap().block).into_owned();
    assert!(
        info.contains("overwritten with x") && info.contains("what was posted is left out"),
        "{info}"
    );
    let told = recorded.records.last().unwrap();
    let told = String::from_utf8_lossy(&told.block);
    assert!(
        told.starts_with("login-values-overwritten: ") && told.ends_with("posts-left-out: 1\r\n"),
        "{told}"
    );
    let Some(replay) = Replay::start(&recorded.file) else {
        return;
    };
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let address = replay.address(&format!("{}{api}", recorded.site));
    let answer = client.get(&address).send().await.unwrap();
    assert!(answer.status().is_success(), "{answer:?}");
    assert!(answer.text().await.unwrap().contains("räka"));
}
