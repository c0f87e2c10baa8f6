//! Pages that load by odd means, end never, lead on at once or have frames of other sites.

use crate::chromium::ready;
use crate::{record, site};

/// Its head comes, its body never ends: the page is shown, and the recording has what came.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endless_document_is_shown_and_recorded_as_far_as_it_came() {
    let Some(ready) = ready(site::start(), &[]).await else {
        return;
    };
    let recorded = record(&ready, "/endless", |_| ()).await;
    ready.close().await;
    let response = recorded.of("response", "/endless");
    assert_eq!(response.field("WARC-Truncated"), "time");
    let begins = site::answer("/endless").body;
    assert!(response.payload().starts_with(&begins));
    assert_eq!(response.payload().len() % begins.len(), 0);
}

/// A document too quick to be heard is had as text; what its head says is true of that.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_document_in_another_coding_replays_right() {
    let Some(ready) = ready(site::start(), &[]).await else {
        return;
    };
    let recorded = record(&ready, "/latin", |_| ()).await;
    ready.close().await;
    let response = recorded.of("response", "/latin");
    let head = response.head().to_ascii_lowercase();
    let sent = "x-archive-orig-content-type: text/html; charset=iso-8859-1\r\n";
    let transcoded = head.contains(sent);
    if transcoded {
        let text = std::str::from_utf8(response.payload()).unwrap();
        assert!(text.ends_with("räksmörgås"), "{text}");
        assert!(
            head.contains("\r\ncontent-type: text/html; charset=utf-8\r\n"),
            "{head}"
        );
    } else {
        assert_eq!(response.payload(), site::answer("/latin").body);
        assert!(
            head.contains("\r\ncontent-type: text/html; charset=iso-8859-1\r\n"),
            "{head}"
        );
    }
    println!("transcoded: {transcoded}");
}

/// Loaded by other means than tags: each is there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_loads_it_is_recorded() {
    let Some(ready) = ready(site::start(), &[]).await else {
        return;
    };
    let begun = std::time::Instant::now();
    let recorded = record(&ready, "/odd", |_| ()).await;
    println!("{} ms {:#?}", begun.elapsed().as_millis(), recorded.told());
    ready.close().await;
    for path in [
        "/odd",
        "/imported.css",
        "/module.js",
        "/part.js",
        "/shared.js",
        "/sync.txt",
        "/early.txt",
        "/from-blob",
        "/drawing.svg",
        "/film.mp4",
    ] {
        let response = recorded.of("response", path);
        assert_eq!(response.field("WARC-Truncated"), "", "{path}");
        assert!(response.payload() == site::answer(path).body, "{path}");
    }
    let film = recorded.of("response", "/film.mp4");
    assert!(
        film.head().starts_with("HTTP/1.1 206 Partial Content\r\n"),
        "{}",
        film.head()
    );
}

/// A page of one site with a frame of another, come to from a third: each in a process of its own.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn frames_of_other_sites_are_recorded_once() {
    let Some(ready) = ready(site::start(), &[]).await else {
        return;
    };
    let port = ready.port;
    let other = format!("http://localhost:{port}");
    let recorded = record(&ready, "/led", |_| ()).await;
    ready.close().await;
    println!("{:#?}", recorded.told());
    for path in ["/outer", "/frame", "/inner.png"] {
        let target = format!("{other}{path}");
        let mut found = recorded
            .records
            .iter()
            .filter(|r| r.field("WARC-Type") == "response" && r.field("WARC-Target-URI") == target);
        let response = found.next().unwrap();
        assert_eq!(response.field("WARC-Truncated"), "", "{path}");
        let mut body = site::answer(path).body;
        if path == "/outer" {
            body = site::ported(body, port);
        }
        assert!(response.payload() == body, "{path}");
        assert!(found.next().is_none(), "{path}");
    }
    let framing = recorded.of("response", "/framing");
    assert!(framing.payload().starts_with(b"<!doctype html>"));
}
