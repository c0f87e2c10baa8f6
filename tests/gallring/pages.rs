//! Page captures as they are carried out: one that stays at first goes by a later gallring, and its words with it.

use std::fs;

use arkivd::record::GallringId;
use serde_json::Value;

use crate::office::word;
use crate::shelf::{KS, Shelf, plan_text};
use crate::support::Archive;
use crate::support::hostile::{http, serve};
use crate::support::judges::judge_ledger;
use crate::traces::traces;

const FEED: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><rss version=\"2.0\"><channel><title>Bloggen</title>\
    <link>/</link><description>Nytt</description>\
    <item><guid isPermaLink=\"false\">i1</guid><title>Fest</title><pubDate>Mon, 05 Jan 2026 10:00:00 GMT</pubDate>\
    <description>Kom till Zebrafinkarnas kalas</description></item>\
    <item><guid isPermaLink=\"false\">i2</guid><title>Badhus</title><pubDate>Mon, 05 Jan 2026 10:00:00 GMT</pubDate>\
    <description>Badhuset stänger</description></item></channel></rss>";

/// A blog of two posts, with a capture that the catalog calls one of its page, as old as the plan lets pages become. No
/// browser is needed: what a page capture's bag holds is not looked at when it goes.
fn blog() -> Archive {
    let address = serve(move |path| match path {
        "/feed.xml" => http("200 OK", "application/rss+xml", FEED),
        _ => http("404 Not Found", "text/plain", ""),
    });
    let archive = Archive::new();
    archive.add_account("blogg", "feed", &format!("{address}feed.xml"), &[]);
    let rows = [
        ("fest", "gallras vid inaktualitet", "ingen åtgärd"),
        ("sida", "gallras 1 år efter insamling", "ingen åtgärd"),
    ];
    let mut text = plan_text(KS, true, None, None, &rows);
    text.push_str("[[rule]]\nid = \"sidor\"\nrow = \"sida\"\nkinds = [\"page-capture\"]\n");
    let plan = archive.beside("plan.toml");
    fs::write(&plan, text).unwrap();
    archive
        .run(&["plan", "load", plan.to_str().unwrap()])
        .expect(0);
    archive.snapshot("blogg");
    archive.snapshot_with("blogg", 0, &["--full"]);
    let shelf = Shelf::open(archive.path());
    let changed = shelf
        .db
        .execute(
            "UPDATE bag SET kind = 'page' WHERE n = (SELECT max(n) FROM bag)",
            [],
        )
        .unwrap();
    assert_eq!(changed, 1);
    shelf
        .db
        .execute_batch(
            "UPDATE capture SET started = '2023-03-01T10:00:00Z'
             WHERE n = (SELECT capture FROM bag WHERE kind = 'page')",
        )
        .unwrap();
    archive
}

/// Proposed, approved and carried out: what the list was, and the report.
fn carried_out(archive: &Archive, more: &[&str]) -> (String, Value) {
    let mut propose = vec!["gallring", "propose", "--committee", KS];
    propose.extend(more);
    let proposed = archive.data(&propose);
    let (id, digest) = (word(&proposed, "id").to_owned(), word(&proposed, "digest"));
    let approve = [
        "gallring", "approve", &id, "--digest", digest, "--by", "Anna Ek",
    ];
    archive.run(&approve).expect(0);
    let report = archive
        .run(&["--json", "gallring", "execute", &id])
        .expect(0)
        .data();
    (id, report)
}

#[test]
fn a_page_that_stayed_goes_by_a_later_gallring_that_includes_pages() {
    let archive = blog();
    let records = archive.records(&[]);
    assert_eq!(records.len(), 2);
    let going = records
        .iter()
        .find(|r| r.to_string().contains("Fest"))
        .unwrap();
    let going = word(going, "record");
    let by_hand = [
        "record", "classify", going, "--row", "fest", "--reason", "ringa",
    ];
    archive.run(&by_hand).expect(0);
    archive
        .run(&["record", "mark", going, "inaktuell"])
        .expect(0);
    let (first, report) = carried_out(&archive, &[]);
    assert_eq!(
        (&report["records"], &report["pages"], &report["pages_kept"]),
        (&1.into(), &0.into(), &1.into()),
        "{report}"
    );
    let store = archive.path().join("store");
    assert!(!traces(&store, &["zebrafink"], &|_| false).is_empty());

    let (second, report) = carried_out(&archive, &["--pages"]);
    assert_eq!(
        (&report["records"], &report["pages"], &report["pages_kept"]),
        (&0.into(), &1.into(), &0.into()),
        "{report}"
    );
    let left = traces(archive.path(), &["zebrafink"], &|_| false);
    assert!(left.is_empty(), "{left:#?}");
    archive.run(&["verify"]).expect(0);
    judge_ledger(archive.path());
    // Each tells of what it did itself, and of the page as gone only the later.
    let shelf = Shelf::open(archive.path());
    let told = |id: &str| {
        let id = GallringId(id.parse().unwrap());
        let sums = shelf.catalog.gallring_sums(id).unwrap();
        let bags = shelf.catalog.gallring_bags(id).unwrap();
        let gone = bags
            .iter()
            .filter(|b| b.kind == arkivd::record::BagKind::Page);
        (
            sums.pages,
            sums.pages_kept,
            gone.filter(|b| b.gone.is_some()).count(),
        )
    };
    assert_eq!((told(&first), told(&second)), ((0, 1, 0), (1, 0, 1)));
    let again = ["gallring", "propose", "--committee", KS, "--pages"];
    assert_eq!(archive.data(&again)["pages"], 0);
    // Nothing else went.
    assert_eq!(archive.records(&[]).len(), 1);
}
