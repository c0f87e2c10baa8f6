//! What others wrote is shown as text: it never moves the cursor, sets colours or turns the line around.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod support;

use support::hostile::{http, serve};
use support::{Archive, Output};

/// CSI as one character, and right-to-left override: both are legal in XML.
const FEED: &str = "<?xml version='1.0'?><rss version='2.0'><channel><title>Ont\u{9b}2J\u{202e}namn</title>
<link>http://a.example/</link><description>x</description>
<item><guid>http://a.example/\u{9b}31m</guid><title>Ond\u{9b}31m\u{202e}titel</title><author>Bo\u{9b}0m</author>
<pubDate>Sat, 21 Nov 2026 10:00:00 GMT</pubDate><description>Ont\u{9b}2J ord\u{202e}</description></item>
</channel></rss>";

#[track_caller]
fn is_plain(output: &Output) {
    for text in [&output.stdout, &output.stderr] {
        let bad = text
            .chars()
            .find(|&c| (c.is_control() && c != '\n') || c == '\u{202e}');
        assert_eq!(bad, None, "{output:}");
    }
}

#[test]
fn a_hostile_feed_cannot_draw() {
    let archive = Archive::new();
    let site = serve(|path| match path {
        "/ond" => http("200 OK", "application/rss+xml", FEED),
        _ => http("200 OK", "text/html\u{9b}", "<title>\u{1b}[2J</title>"),
    });
    archive.add_account("ond", "feed", &format!("{site}ond"), &[]);
    archive.add_account("html", "feed", &site, &[]);
    let taken = archive.run(&["snapshot", "--all"]);
    assert!(taken.stdout.contains("ond: sealed, 1 new"), "{taken}");
    is_plain(&taken);
    let list = archive.run(&["record", "list"]).expect(0);
    assert!(list.stdout.contains("titel"), "{list}");
    is_plain(&list);
    let id = archive.records(&[])[0]["record"]
        .as_str()
        .unwrap()
        .to_owned();
    let shown = archive.run(&["record", "show", &id]).expect(0);
    assert!(shown.stdout.contains("ord"), "{shown}");
    is_plain(&shown);
    let account = archive.run(&["account", "show", "ond"]).expect(0);
    assert!(account.stdout.contains("namn"), "{account}");
    is_plain(&account);
    is_plain(&archive.run(&["account", "list"]));
    is_plain(&archive.run(&["status"]));
}
