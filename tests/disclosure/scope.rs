//! A request covers what `arkivd search` finds, and nothing else.

use std::sync::atomic::Ordering;

use serde_json::Value;

use crate::desk::{Desk, KS, about};

/// What a search counts among the committee's posts.
fn counted(desk: &Desk, query: &[&str]) -> usize {
    let args = [
        &["search", "--committee", KS, "--where", "posts", "--count"],
        query,
    ]
    .concat();
    let told = desk.archive.run(&args).expect(0);
    told.stdout.trim().parse().unwrap()
}

fn open(desk: &Desk, by: &[&str]) -> Value {
    desk.done(&[&["open", "--committee", KS, "--scope", "x"], by].concat())
}

#[test]
fn a_request_takes_what_the_search_finds() {
    let desk = Desk::new();
    desk.edited.store(true, Ordering::SeqCst);
    desk.archive.snapshot("blogg");
    for query in [
        "snöröjning",
        "snöröjning*",
        "nöröjnin*",
        "snöröjningen -klar",
        "snö* OR badet",
        "\"snöröjningen är\"",
        "title:nr",
        "-klar snö*",
        "hemma",
    ] {
        let found = counted(&desk, &["--", query]);
        let opened = open(&desk, &[&format!("--words={query}")]);
        assert_eq!(about(&opened).len(), found, "{query}");
        let name = opened["search"].as_str().unwrap();
        assert_eq!(counted(&desk, &["--search", name]), found, "{query}");
        let again = desk.done(&["refresh", opened["designation"].as_str().unwrap()]);
        assert_eq!(about(&again).len(), found, "{query}");
    }
    // What only an older version said is found, and what none says is not.
    assert_eq!(counted(&desk, &["--", "snöröjningen -klar"]), 1);
    assert_eq!(counted(&desk, &["snöröjning"]), 0);
    let save = ["search", "--save", "utan", "--", "snöröj* -klar"];
    desk.archive.run(&save).expect(0);
    let opened = desk.run(&[
        "open",
        "--committee",
        KS,
        "--scope",
        "x",
        "--search",
        "utan",
    ]);
    let opened = opened.expect(0);
    assert!(
        opened
            .stderr
            .contains(&format!("the search finds 1 record of {KS}")),
        "{opened}"
    );
}

#[test]
fn what_search_refuses_is_refused_and_opens_nothing() {
    let desk = Desk::new();
    for query in ["\"", "(snö", "-snö", "snö OR"] {
        let searched = desk.archive.run(&["search", "--", query]);
        let opened = desk.run(&[
            "open",
            "--committee",
            KS,
            "--scope",
            "x",
            &format!("--words={query}"),
        ]);
        assert_eq!(searched.code, opened.code, "{query}: {opened}");
        assert_ne!(opened.code, Some(0), "{query}");
        assert_eq!(searched.stderr, opened.stderr, "{query}");
    }
    let listed = desk.run(&["--json", "list", "--all"]).expect(0);
    assert!(!listed.stdout.contains("U-2026"), "{listed}");
}
