//! `arkivd watch` against a real WordPress: what happens between snapshots is kept, and absence is not removal.
//! scripts/test starts the server; each test has a site of its own.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod support;

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;
use support::daemon::Daemon;
use support::judges::{judge_bag, judge_schema, pdf_text};
use support::sites::WordPress;
use support::{Archive, Output};

/// One look at the account `webb`.
struct Look(Value);

impl Look {
    #[track_caller]
    fn at(archive: &Archive, code: i32) -> Look {
        let output = archive.run(&["--json", "watch", "webb"]).expect(code);
        Look::of(&output)
    }

    fn of(output: &Output) -> Look {
        Look(output.data()["looks"][0].clone())
    }

    /// What was noticed, as `new post`, sorted.
    fn noticed(&self) -> Vec<String> {
        let mut all: Vec<String> = self
            .each()
            .map(|n| format!("{} {}", word(n, "what"), word(n, "kind")))
            .collect();
        all.sort();
        all
    }

    fn each(&self) -> impl Iterator<Item = &Value> {
        self.0["noticed"].as_array().unwrap().iter()
    }

    /// The one that was noticed so.
    #[track_caller]
    fn one(&self, what: &str) -> &Value {
        let found: Vec<&Value> = self.each().filter(|n| n["what"] == what).collect();
        assert_eq!(found.len(), 1, "{what} in {}", self.0);
        found[0]
    }

    fn bags(&self) -> usize {
        self.0["capture"]["bags"].as_array().map_or(0, Vec::len)
    }
}

fn word<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

#[track_caller]
fn judge(archive: &Archive) {
    for bag in archive.bags() {
        judge_bag(&bag);
        judge_schema(&bag.join("data/capture.json"), "capture.schema.json");
        judge_schema(&bag.join("data/records.json"), "records.schema.json");
    }
    archive.run(&["verify"]).expect(0);
}

#[test]
fn what_is_new_is_kept_before_it_is_removed_and_the_removal_is_told() {
    let Some(site) = WordPress::site("watchnew") else {
        return;
    };
    site.seed(20);
    let archive = Archive::new();
    site.register(&archive);
    archive.snapshot("webb");
    let first = Look::at(&archive, 0);
    assert_eq!((first.noticed(), first.bags()), (vec![], 0));
    let before = archive.bags().len();

    let text = "Snöskottaren Ögonblick-9417 syns bara en minut.";
    let post = site.change(&["post", "Tillfälligt", text]);
    let comment = site.change(&["comment", &post.to_string(), "0", "Vad händer i Hjo-5521?"]);
    let look = Look::at(&archive, 0);
    assert_eq!(look.noticed(), ["new comment", "new post"]);
    assert_eq!(look.bags(), 1, "{}", look.0);
    let kept = look.0["capture"]["bags"][0]["path"]
        .as_str()
        .unwrap()
        .to_owned();
    site.change(&["delete", &post.to_string()]);

    let look = Look::at(&archive, 0);
    assert_eq!(
        look.noticed(),
        ["removed comment", "removed post"],
        "comment {comment} went with its post"
    );
    let gone = look.each().find(|n| n["kind"] == "post").unwrap();
    assert!(word(gone, "how").starts_with("404"), "{gone}");
    let again = Look::at(&archive, 0);
    assert_eq!((again.noticed(), again.bags()), (vec![], 0), "told once");

    assert_eq!(archive.bags().len(), before + 1, "a removal seals nothing");
    if let Some(words) = pdf_text(Path::new(&kept)) {
        assert!(
            words.contains("9417") && words.contains("5521"),
            "{words:?}"
        );
    }
    let history = archive.data(&["record", "history", word(gone, "record")]);
    let vanished = &history["vanished"][0];
    assert_eq!(vanished["change"], "removed");
    assert!(word(vanished, "last_seen") <= word(vanished, "first_missed"));
    assert_eq!(vanished["ended"], Value::Null);
    let told = archive
        .run(&["record", "history", word(gone, "record")])
        .expect(0);
    assert!(
        told.stdout.contains("removed") && told.stdout.contains("404"),
        "{told}"
    );
    judge(&archive);
}

#[test]
fn an_edit_is_a_version_whose_history_is_told_in_words() {
    let Some(site) = WordPress::site("watchedit") else {
        return;
    };
    let made = site.seed(5);
    let archive = Archive::new();
    site.register(&archive);
    let text = "Badhuset i Tibro stänger onsdagen den 25 november klockan 18.";
    let post = site.change(&["post", "Badhuset", text]);
    archive.snapshot("webb");
    // WordPress tells when a post was changed to the second.
    let edited = text.replace("onsdagen den 25", "torsdagen den 26");
    std::thread::sleep(Duration::from_secs(1));
    site.change(&["edit", &post.to_string(), &edited]);
    let old = made["posts"][0]["id"].to_string();
    site.change(&[
        "comment",
        &old,
        "0",
        "En ny kommentar på ett gammalt inlägg.",
    ]);
    let look = Look::at(&archive, 0);
    assert_eq!(look.noticed(), ["edited post", "new comment"]);
    let record = word(look.one("edited"), "record").to_owned();
    let shown = archive
        .run(&["record", "history", &record])
        .expect(0)
        .stdout;
    assert!(
        shown.contains("stänger [-onsdagen-]{+torsdagen+} den [-25-]{+26+} november"),
        "{shown}"
    );
    let history = archive.data(&["record", "history", &record]);
    assert_eq!(history["versions"].as_array().unwrap().len(), 2);
    judge(&archive);
}

#[test]
fn held_trashed_and_brought_back_are_told_apart() {
    let Some(site) = WordPress::site("watchheld") else {
        return;
    };
    let made = site.seed(12);
    let archive = Archive::new();
    site.register(&archive);
    archive.snapshot("webb");
    let comment = made["comments"][0]["id"].to_string();
    let post = made["posts"].as_array().unwrap().last().unwrap()["id"].to_string();
    site.change(&["hold", &comment]);
    site.change(&["trash", &post]);
    let look = Look::at(&archive, 0);
    let told = look.noticed();
    assert!(
        told.contains(&"hidden comment".to_owned()),
        "held is seen with the credential: {told:?}"
    );
    let trashed = look.each().find(|n| n["kind"] == "post").unwrap();
    assert!(
        matches!(word(trashed, "what"), "hidden" | "removed"),
        "{trashed}"
    );
    assert_eq!(trashed["by"], "editor", "{trashed}");
    let record = word(trashed, "record").to_owned();
    site.change(&["publish", &post]);
    site.change(&["approve", &comment]);
    let look = Look::at(&archive, 0);
    let told = look.noticed();
    assert!(told.contains(&"shown comment".to_owned()), "{told:?}");
    let returned = look
        .each()
        .find(|n| n["what"] == "returned" && n["kind"] == "post")
        .unwrap();
    assert_eq!(word(returned, "record"), record);
    let history = archive.data(&["record", "history", &record]);
    assert_ne!(history["vanished"][0]["ended"], Value::Null);
    judge(&archive);
}

#[test]
fn a_site_that_does_not_answer_has_removed_nothing() {
    let Some(site) = WordPress::site("watchdown") else {
        return;
    };
    let made = site.seed(8);
    let archive = Archive::new();
    site.register(&archive);
    archive.snapshot("webb");
    let post = made["posts"][7]["id"].to_string();
    site.change(&["delete", &post]);
    site.change(&["maintenance", "1"]);
    let output = archive.run(&["watch", "webb"]).expect(1);
    assert!(output.stderr.contains("asks to wait 600 s"), "{output}");
    let records = archive.records(&["--not-seen"]);
    assert_eq!(
        records.len(),
        0,
        "nothing is missed by a look that saw nothing"
    );
    site.change(&["maintenance", "0"]);
    let look = Look::at(&archive, 0);
    assert!(
        look.each()
            .any(|n| n["what"] == "removed" && n["kind"] == "post"),
        "{}",
        look.0
    );
}

#[test]
fn a_snapshot_that_misses_a_post_asks_about_it_too() {
    let Some(site) = WordPress::site("watchsnap") else {
        return;
    };
    let made = site.seed(6);
    let archive = Archive::new();
    site.register(&archive);
    archive.snapshot("webb");
    let post = &made["posts"][0];
    site.change(&["delete", &post["id"].to_string()]);
    archive.snapshot("webb");
    let missed = archive.records(&["--not-seen", "--kind", "post"]);
    assert_eq!(missed.len(), 1);
    let history = archive.data(&["record", "history", word(&missed[0], "record")]);
    assert_eq!(history["vanished"][0]["change"], "removed", "{history}");
}

#[test]
fn a_daemon_that_watches_keeps_what_comes_and_tells_what_goes() {
    let Some(site) = WordPress::site("watchdaemon") else {
        return;
    };
    site.seed(10);
    let archive = Archive::new();
    site.register(&archive);
    archive.snapshot("webb");
    let mut daemon = Daemon::start(&archive);
    let post = site.change(&[
        "post",
        "Vattenläcka",
        "Vattnet är avstängt på Storgatan till klockan 15.",
    ]);
    let storm = [
        "schedule",
        "boost",
        "webb",
        "--every",
        "30s",
        "--for",
        "1h",
        "--reason",
        "Vattenläcka",
    ];
    archive.run(&storm).expect(0);
    let begun = Instant::now();
    let leak = loop {
        let posts = archive.records(&["--kind", "post", "--limit", "1"]);
        if posts[0]["title"] == "Vattenläcka" {
            break posts[0].clone();
        }
        assert!(
            begun.elapsed() < Duration::from_secs(90),
            "the boost never looked"
        );
        std::thread::sleep(Duration::from_millis(50));
    };
    site.change(&["delete", &post.to_string()]);
    // The daemon may have looked by itself meanwhile: then it is told once, and not to us.
    archive.run(&["watch", "webb"]).expect(0);
    let history = archive.data(&["record", "history", word(&leak, "record")]);
    assert_eq!(history["vanished"][0]["change"], "removed", "{history}");
    archive
        .run(&["schedule", "boost", "webb", "--end"])
        .expect(0);
    assert_eq!(daemon.end().0, Some(0));
    judge(&archive);
}

#[test]
fn what_was_trashed_and_then_deleted_is_told_as_removed() {
    let Some(site) = WordPress::site("watchtrash") else {
        return;
    };
    let made = site.seed(6);
    let archive = Archive::new();
    site.register(&archive);
    archive.snapshot("webb");
    let post = made["posts"].as_array().unwrap().last().unwrap()["id"].to_string();
    site.change(&["trash", &post]);
    let look = Look::at(&archive, 0);
    let trashed = look.each().find(|n| n["kind"] == "post").unwrap();
    let record = word(trashed, "record").to_owned();
    site.change(&["delete", &post]);
    // A look asks about it once a day, a snapshot always.
    archive.snapshot("webb");
    let history = archive.data(&["record", "history", &record]);
    let changes: Vec<&str> = history["vanished"]
        .as_array()
        .unwrap()
        .iter()
        .map(|v| word(v, "change"))
        .collect();
    assert_eq!(changes.last(), Some(&"removed"), "{history}");
}
