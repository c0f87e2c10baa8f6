//! One record, many doors: the same post by feed, by WordPress' interface and by a picture that someone brought is one record.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;
use support::Archive;
use support::hostile::{http, serve};
use support::judges::judge_bag;
use support::sites::DemoSite;

fn posts(archive: &Archive) -> Vec<Value> {
    archive.records(&["--kind", "post"])
}

fn known_as(archive: &Archive, record: &Value) -> Vec<String> {
    let shown = archive.data(&["record", "show", record["record"].as_str().unwrap()]);
    let doors = shown["known_as"].as_array().unwrap().iter();
    doors
        .map(|d| d["door"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn an_account_that_is_read_another_way_has_no_record_twice() {
    let site = DemoSite::start();
    let archive = Archive::new();
    archive.add_account("webb", "feed", &format!("{}feed/", site.address), &[]);
    archive.snapshot("webb");
    let by_feed = posts(&archive);
    assert!(by_feed.len() >= 10, "{}", by_feed.len());
    archive
        .run(&[
            "account",
            "edit",
            "webb",
            "--platform",
            "wordpress",
            "--address",
            &site.address,
        ])
        .expect(0);
    archive.snapshot("webb");
    let by_both = posts(&archive);
    let all = archive.data(&["account", "show", "webb"])["records"]
        .as_u64()
        .unwrap();
    let distinct: std::collections::BTreeSet<&str> = by_both
        .iter()
        .map(|r| r["title"].as_str().unwrap())
        .collect();
    assert_eq!(distinct.len(), by_both.len(), "each title once");
    assert!(all > by_both.len() as u64, "comments came too");
    for record in &by_feed {
        assert_eq!(
            known_as(&archive, record),
            ["feed", "wordpress"],
            "{record}"
        );
    }
    assert_eq!(archive.records(&["--ambiguous"]), [] as [Value; 0]);
    let again = archive.snapshot("webb");
    assert_eq!((again.count("new"), again.count("changed")), (0, 0));
    archive.bags().iter().for_each(|bag| judge_bag(bag));
    archive.run(&["verify"]).expect(0);
}

/// A feed of five news whose names and addresses change by the round.
fn moving() -> (String, Arc<AtomicUsize>) {
    let round = Arc::new(AtomicUsize::new(0));
    let now = Arc::clone(&round);
    let address = serve(move |path| {
        let round = now.load(Ordering::SeqCst);
        if !path.starts_with("/feed") {
            return match path.contains(&format!("ar{}", round.min(2))) {
                true => http("200 OK", "text/html", "<h1>Nyhet</h1>"),
                false => http("404 Not Found", "text/html", "borta"),
            };
        }
        let news: String = (1..=5 + usize::from(round == 3))
            .rev()
            .map(|n| {
                let (guid, place) = (if round > 0 { "ny" } else { "gammal" }, round.min(2).max(usize::from(round == 1)));
                let place = if round < 2 { 0 } else { place };
                format!(
                    "<item><guid isPermaLink='false'>{guid}-{round}-{n}</guid><title>Nyhet {n}</title>\
                     <link>/ar{place}/nyhet-{n}</link><pubDate>Wed, 1{n} Nov 2026 08:30:00 GMT</pubDate>\
                     <description>Det här är den {n}:e nyheten från kommunen, och den handlar om väg nummer {n}.</description></item>"
                )
            })
            .collect();
        let feed = format!(
            "<?xml version='1.0'?><rss version='2.0'><channel><title>Nytt</title><link>/</link>\
             <description>x</description>{news}</channel></rss>"
        );
        http("200 OK", "application/rss+xml", &feed)
    });
    (format!("{address}feed"), round)
}

#[test]
fn a_feed_that_renames_its_entries_tells_no_news_twice_and_nothing_is_removed() {
    let (address, round) = moving();
    let archive = Archive::new();
    archive.add_account("nytt", "feed", &address, &[]);
    archive.snapshot("nytt");
    assert_eq!(posts(&archive).len(), 5);
    // Other guids; then other addresses too, of which the old ones answer 404; then one more entry.
    for (then, records) in [(1, 5), (2, 5), (3, 6)] {
        round.store(then, Ordering::SeqCst);
        let output = archive.run(&["--json", "watch", "nytt"]);
        let noticed = output.data()["looks"][0]["noticed"]
            .as_array()
            .unwrap()
            .clone();
        assert!(
            noticed
                .iter()
                .all(|n| n["what"] != "removed" && n["what"] != "not seen"),
            "round {then}: {noticed:?}"
        );
        assert_eq!(posts(&archive).len(), records, "round {then}");
    }
    assert_eq!(archive.records(&["--not-seen"]), [] as [Value; 0]);
}

#[test]
fn pictures_of_a_post_join_it_whichever_came_first() {
    let site = DemoSite::start();
    let archive = Archive::new();
    archive.add_account("webb", "wordpress", &site.address, &[]);
    let picture = |name: &str, n: u8| {
        let path = archive.beside(name);
        std::fs::write(&path, support::brought::png(60, 40, n)).unwrap();
        path.to_str().unwrap().to_owned()
    };
    // Before anything is read, by the address that it will have.
    let answer = std::process::Command::new("curl")
        .args([
            "-s",
            &format!(
                "{}wp-json/wp/v2/posts?per_page=1&_fields=link",
                site.address
            ),
        ])
        .output();
    let Ok(answer) = answer else {
        println!("SKIP: no curl here");
        return;
    };
    let told: Value = serde_json::from_slice(&answer.stdout).unwrap();
    let link = told[0]["link"].as_str().unwrap().to_owned();
    for (name, n) in [("a.png", 1), ("b.png", 2)] {
        archive
            .run(&["import", "webb", &picture(name, n), "--address", &link])
            .expect(0);
    }
    assert_eq!(posts(&archive).len(), 1, "two pictures of one post");
    archive.snapshot("webb");
    archive
        .run(&["import", "webb", &picture("c.png", 3), "--address", &link])
        .expect(0);
    let same: Vec<Value> = posts(&archive)
        .into_iter()
        .filter(|r| known_as(&archive, r).contains(&"import".to_owned()))
        .collect();
    let shown: Vec<_> = same
        .iter()
        .map(|r| {
            archive
                .run(&["record", "show", r["record"].as_str().unwrap()])
                .stdout
        })
        .collect();
    assert_eq!(same.len(), 1, "{}", shown.join("\n\n"));
    assert_eq!(
        known_as(&archive, &same[0]).len(),
        4,
        "three pictures and WordPress"
    );
    assert!(
        !same[0]["title"].is_null(),
        "the platform's own words stand first: {}",
        same[0]
    );
}
