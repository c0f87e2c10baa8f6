//! Closing: the last snapshot, what it lacks, and what follows.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread;

use super::Made;

const FEED: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0"><channel><title>Provnytt</title><link>https://prov.example/</link><description>d</description>
<item><title>Ett</title><link>https://prov.example/1</link><guid>1</guid><pubDate>Fri, 20 Nov 2026 10:00:00 GMT</pubDate>
<description>Hej</description></item></channel></rss>"#;

/// A feed on loopback for as long as the test runs; its address.
fn feed() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { continue };
            let mut asked = [0; 4096];
            let n = stream.read(&mut asked).unwrap_or(0);
            let asked = String::from_utf8_lossy(&asked[..n]).into_owned();
            let (status, body) = match asked.starts_with("GET /feed ") {
                true => ("200 OK", FEED),
                false => ("404 Not Found", ""),
            };
            let _ = write!(
                stream,
                "HTTP/1.1 {status}\r\nContent-Type: application/rss+xml\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                body.len()
            );
        }
    });
    format!("http://127.0.0.1:{port}/feed")
}

const GAP: [&str; 4] = [
    "--accept-gap",
    "feed-entries",
    "--reason",
    "flödet visar bara de nyaste",
];

#[test]
fn an_account_closes_once_approvals_are_there_and_each_gap_is_accepted() {
    let made = Made::of("hallstahammar");
    made.add("konto", "feed", &feed(), &[]);
    let close = ["account", "close", "konto"];
    made.run(&close).refuses(
        1,
        &["the closing of account konto is not approved by manager"],
    );
    let shown = made.data(&["account", "show", "konto"]);
    assert_eq!(
        shown["last_capture"],
        serde_json::Value::Null,
        "nothing is taken yet"
    );
    let approve = [
        "account",
        "approve",
        "konto",
        "--closing",
        "--as",
        "manager",
        "--by",
        "Eva Chef",
    ];
    made.run(&approve).expect(0);
    made.run(&close).refuses(
        1,
        &["gap \"feed entries\"", "--accept-gap \"feed entries\""],
    );
    let shown = made.data(&["account", "show", "konto"]);
    assert_eq!(shown["last_capture"]["reason"], "closing");
    assert_eq!(shown["closed"], serde_json::Value::Null);
    made.run(&[&close[..], &["--accept-gap", "media", "--reason", "x"]].concat())
        .refuses(1, &["feed entries"]);
    made.run(&[&close[..], &GAP[..2]].concat())
        .refuses(2, &["--reason"]);

    let invented = ["--accept-gap", "påhittad lucka"];
    let closed = made.run(&[&["--json"], &close[..], &GAP, &invented].concat());
    let closed = closed.expect(0);
    let said = closed.json()["warnings"].to_string();
    assert!(said.contains("påhittad lucka"), "{said}");
    let closed = closed.data();
    let day = closed["closed"].as_str().unwrap();
    assert_eq!(closed["accepted_gaps"][0]["what"], "feed entries");
    let shown = made.data(&["account", "show", "konto"]);
    assert_eq!(shown["closed"], day);
    assert_eq!(shown["accepted_gaps"][0]["reason"], GAP[3]);
    assert_eq!(shown["approvals"][0]["used"], day);
    assert_eq!(shown["records"], 1, "its records stay");
    assert_eq!(shown["lacking"], serde_json::json!([]));
    let archive = arkivd::workflow::Archive::open_to_read(&made.path()).unwrap();
    let id = "konto".parse().unwrap();
    let ends = archive.catalog().account_closed(&id).unwrap();
    assert_eq!(ends.map(|d| d.to_string()).as_deref(), Some(day));

    // It is closed for everything that runs by itself.
    made.run(&close).refuses(1, &["closed since"]);
    made.run(&["watch", "konto"]).refuses(1, &["closed since"]);
    let all = made.data(&["snapshot", "--all"]);
    assert_eq!(all["captures"], serde_json::json!([]));
    let all = made.data(&["watch", "--all"]);
    assert_eq!(all["looks"], serde_json::json!([]));
    let next = made.data(&["schedule", "next"]);
    assert_eq!(next["ticks"], serde_json::json!([]));
    let list = made.run(&["account", "publish"]).expect(0).stdout;
    assert!(!list.contains("Provnytt"), "{list}");
    made.run(&["status"]).expect(0);

    // Opened again, it asks for approvals anew.
    made.run(&["account", "reopen", "konto", "--note", "för tidigt"])
        .expect(0);
    assert_eq!(
        made.data(&["account", "show", "konto"])["closed"],
        serde_json::Value::Null
    );
    made.run(&[&close[..], &GAP].concat())
        .refuses(1, &["is not approved by manager"]);
    made.run(&["account", "reopen", "konto", "--note", "x"])
        .refuses(1, &["is not closed"]);
}

#[test]
fn messages_and_what_no_interface_reads_are_gaps_of_their_own() {
    let made = Made::of("vara");
    made.add("konto", "facebook", "http://127.0.0.1:9/", &[]);
    let close = ["account", "close", "konto", "--communications-told", "mejl"];
    let refused = made.run(&close);
    refused.refuses(
        1,
        &["gap \"snapshot\"", "gap \"messages\"", "gap \"records\""],
    );
    let mut accept = close.to_vec();
    for gap in ["snapshot", "messages"] {
        accept.extend(["--accept-gap", gap]);
    }
    accept.extend(["--reason", "kontot är redan borta"]);
    made.run(&accept).refuses(1, &["gap \"records\""]);
    accept.extend(["--accept-gap", "records"]);
    made.run(&accept).expect(0);
    let listed = made.data(&["account", "list", "--closed"]);
    assert_eq!(listed["accounts"][0]["id"], "konto");
}

#[test]
fn how_communications_was_told_is_noted_with_the_closing() {
    let made = Made::of("lilla-edet");
    made.add("konto", "feed", &feed(), &[]);
    let close = [&["account", "close", "konto"][..], &GAP].concat();
    made.run(&close)
        .refuses(1, &["communications is not noted as told of the closing"]);
    made.run(&[&close[..], &["--communications-told", "mejl 2026-11-20"]].concat())
        .expect(0);
    let shown = made.data(&["account", "show", "konto"]);
    assert_eq!(shown["events"][0]["what"], "told-closing");
    assert_eq!(shown["events"][1]["what"], "closed");
}
