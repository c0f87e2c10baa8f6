//! Search as people type it, on an archive that was captured and edited.

#![allow(clippy::unwrap_used)] // clippy excuses tests, not their helper functions

#[path = "../support/mod.rs"]
mod support;

use std::sync::{Arc, Mutex};

use serde_json::Value;

use support::Archive;
use support::hostile::{http, serve};

fn entry(id: u32, title: &str, text: &str) -> String {
    format!(
        "<item><guid isPermaLink=\"false\">i{id}</guid><link>/i{id}</link><title>{title}</title>\
         <pubDate>Mon, 0{id} Jun 2026 10:00:00 GMT</pubDate><description><![CDATA[<p>{text}</p>]]></description></item>"
    )
}

/// A feed of three entries, the first of which was edited.
fn archive() -> Archive {
    let first = Arc::new(Mutex::new("Får vi snöröjning? Ring snarast."));
    let told = Arc::clone(&first);
    let address = serve(move |path| match path {
        "/feed.xml" => {
            let entries = [
                entry(1, "Vinterväghållning", *told.lock().unwrap()),
                entry(
                    2,
                    "Badhuset",
                    "Far badar. Mejla anna.ek@vara.se eller se https://vara.se/bad, 16 kap. 1 § BrB #sommar",
                ),
                entry(
                    3,
                    "Natur &amp; kultur",
                    "O\u{308}rter i brand\u{ad}stationen den 2026-11-21 ❤️ snö och is",
                ),
            ];
            let feed = format!(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?><rss version=\"2.0\"><channel><title>Bloggen</title>\
                 <link>/</link><description>Nytt</description>{}</channel></rss>",
                entries.concat()
            );
            http("200 OK", "application/rss+xml", &feed)
        }
        _ => http("404 Not Found", "text/plain", ""),
    });
    let archive = Archive::new();
    archive.add_account("blogg", "feed", &format!("{address}feed.xml"), &[]);
    archive.snapshot("blogg");
    *first.lock().unwrap() = "Snöröjningen är klar.";
    archive.snapshot("blogg");
    archive
}

fn titles(archive: &Archive, args: &[&str]) -> Vec<String> {
    let mut all = vec!["search"];
    all.extend(args);
    let results = archive.data(&all)["results"].clone();
    let results = results.as_array().unwrap();
    let title = |hit: &Value| hit["title"].as_str().unwrap().to_owned();
    results.iter().map(title).collect()
}

const WINTER: &str = "Vinterväghållning";
const BATH: &str = "Badhuset";
const NATURE: &str = "Natur & kultur";

#[test]
fn what_a_person_types_finds_what_a_person_sees() {
    let archive = archive();
    for (query, found) in [
        ("snö*", &[NATURE, WINTER][..]),
        ("snö", &[NATURE]),
        ("far", &[BATH]),
        ("får", &[WINTER]),
        ("FÅR", &[WINTER]),
        ("anna.ek@vara.se", &[BATH]),
        ("https://vara.se/bad", &[BATH]),
        ("\"1 § brb\"", &[BATH]),
        ("#sommar", &[BATH]),
        ("sommar", &[BATH]),
        ("örter", &[NATURE]),
        ("brandstationen", &[NATURE]),
        ("2026-11-21", &[NATURE]),
        ("❤", &[NATURE]),
        ("natur & kultur", &[NATURE]),
        ("rubrik:natur OR text:far", &[NATURE, BATH]),
        ("snö* -is", &[WINTER]),
        ("snö* -(is OR klar)", &[WINTER]),
        ("stationen", &[]),
        ("#snö", &[]),
    ] {
        assert_eq!(titles(&archive, &[query]), found, "{query}");
    }
    assert_eq!(titles(&archive, &["--", "-is", "snö*"]), [WINTER]);
    for word in ["-is", "-hamn"] {
        let refused = archive.run(&["search", "snö*", word]);
        refused.refuses(2, &[word.get(..2).unwrap(), "'-- -"]);
    }
    assert_eq!(titles(&archive, &["snö*", "--limit", "1"]), [NATURE]);
    let shown = archive.run(&["search", "snö*"]);
    for line in shown.stdout.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
    archive
        .run(&["search", "snö", "--form", "2026-01-01"])
        .refuses(2, &["--form"]);
    archive
        .run(&[
            "search",
            "snö",
            "--from",
            "2026-02-01",
            "--to",
            "2026-01-01",
        ])
        .refuses(2, &["2026-02-01"]);
}

#[test]
fn hits_are_marked_and_an_older_version_is_told() {
    let archive = archive();
    let found = archive.data(&["search", "snarast"]);
    let hit = &found["results"][0];
    assert_eq!(
        (&hit["version"], &hit["versions"], &hit["current"]),
        (&1.into(), &2.into(), &false.into())
    );
    let snippet: Vec<char> = hit["text"]["snippet"].as_str().unwrap().chars().collect();
    let range = |n: usize| hit["text"]["hits"][0][n].as_u64().unwrap() as usize;
    let marked: String = snippet[range(0)..range(1)].iter().collect();
    assert_eq!(marked, "snarast");
    assert_eq!(
        found["count"],
        serde_json::json!({ "records": 1, "exact": true })
    );
    let told = archive.run(&["search", "snarast"]).expect(0);
    assert!(
        told.stdout.contains("only in older version 1 of 2"),
        "{told}"
    );
    assert!(!told.stdout.contains('\u{1b}'), "nothing is bold in a pipe");
    let count = archive.run(&["search", "snö*", "--count"]).expect(0);
    assert_eq!(count.stdout, "2\n");
    assert_eq!(titles(&archive, &["--edited"]), [WINTER]);
    assert_eq!(
        titles(&archive, &["--from", "2026-06-02", "--to", "2026-06-02"]),
        [BATH]
    );
    let second = ["snö*", "--limit", "1", "--page", "2"];
    assert_eq!(titles(&archive, &second), [WINTER]);
}

#[test]
fn what_is_not_understood_is_told_and_never_by_sql() {
    let archive = archive();
    for (query, words) in [
        ("", &["no word"][..]),
        ("\"snö", &["character 1", "never closed"]),
        ("snö AND", &["character 5"]),
        ("OR", &["between two words"]),
        ("NEAR(snö is, 3)", &["NEAR"]),
        ("^snö", &["character 1"]),
        ("{title}: snö", &["means nothing"]),
        ("rowid:snö", &["no rowid"]),
        ("sn*ö", &["end of a word"]),
        ("a*", &["two letters"]),
        ("((((", &["never closed"]),
    ] {
        let refused = archive.run(&["search", query]);
        refused.refuses(2, words);
        for sql in ["fts5", "SQL", "syntax error", "malformed", "no such"] {
            assert!(!refused.stderr.contains(sql), "{query}: {refused}");
        }
    }
    let pasted = "snö ".repeat(20_000);
    archive
        .run(&["search", &pasted])
        .refuses(2, &["at most 4096"]);
    for harmless in [
        "'; DROP TABLE record; --",
        "a\" OR 1=1",
        "%_\\ snö",
        "👩\u{200d}🚒",
        "\u{202e}snö",
    ] {
        let told = archive.run(&["search", harmless]);
        assert!([Some(0), Some(2)].contains(&told.code), "{told}");
    }
    archive
        .run(&["search", "snö", "--account", "borta"])
        .refuses(1, &["borta"]);
    archive
        .run(&["search", "snö", "--committee", "Ingen"])
        .refuses(1, &["Ingen"]);
}

#[test]
fn a_hold_by_a_saved_search_holds_what_it_finds() {
    let archive = archive();
    archive
        .run(&["search", "--save", "vinter", "snö* -is"])
        .expect(0);
    archive
        .run(&["search", "--save", "vinter", "annat"])
        .refuses(1, &["vinter"]);
    archive
        .run(&["search", "--save", "nu", "snö", "--unclassified"])
        .refuses(2, &["--unclassified"]);
    assert_eq!(titles(&archive, &["--search", "vinter"]), [WINTER]);
    assert_eq!(
        titles(&archive, &["--search", "vinter", "far"]),
        [""; 0].map(String::from)
    );
    archive
        .run(&["search", "--search", "okänd"])
        .refuses(1, &["okänd"]);
    archive
        .run(&["search", "snö", "--row", "finns-ej"])
        .refuses(2, &["--row", "finns-ej", "hint: ", "arkivd plan"]);
    let hold = ["hold", "add", "--search", "vinter", "--reason", "tvist"];
    archive.run(&hold).expect(0);
    let found = archive.data(&["search", "--search", "vinter"]);
    let record = found["results"][0]["record"].as_str().unwrap();
    let gallring = ["hold", "list"];
    let held = archive.run(&gallring).expect(0);
    assert!(held.stdout.contains("vinter"), "{held} {record}");
    archive.run(&["search", "--rebuild-index"]).expect(0);
    assert_eq!(titles(&archive, &["--search", "vinter"]), [WINTER]);
}

#[test]
fn what_is_registered_in_a_case_is_found_by_its_number() {
    let archive = archive();
    let bath = archive.data(&["search", "badar"])["results"][0]["record"].clone();
    let bath = bath.as_str().unwrap();
    let none = [""; 0].map(String::from);
    assert_eq!(titles(&archive, &["--case", "KS 2026/4"]), none);
    archive
        .run(&["record", "mark", bath, "registered=KS 2026/4"])
        .expect(0);
    assert_eq!(titles(&archive, &["--case", "KS 2026/4"]), [BATH]);
    assert_eq!(titles(&archive, &["--case", "ks 2026-4", "badar"]), [BATH]);
    assert_eq!(titles(&archive, &["--case", "KS 2026/4", "snö*"]), none);
    assert_eq!(titles(&archive, &["--case", "KS 2026/41"]), none);
    // Saved, it feeds holds, disclosures and bundles as other searches do.
    archive.data(&["search", "--save", "ärendet", "--case", "KS 2026/4"]);
    assert_eq!(titles(&archive, &["--search", "ärendet"]), [BATH]);
    let opened = archive.data(&[
        "disclosure",
        "open",
        "--committee",
        "Kommunstyrelsen",
        "--scope",
        "Ärendet om badet",
        "--search",
        "ärendet",
    ]);
    assert_eq!(opened["counts"]["records"], 1, "{opened}");
    archive
        .run(&["hold", "add", "--search", "ärendet", "--reason", "tvist"])
        .expect(0);
    archive
        .run(&["record", "mark", bath, "registered=KS 2026/4", "--withdraw"])
        .expect(0);
    assert_eq!(titles(&archive, &["--search", "ärendet"]), none);
}
