//! What holds, and what it holds: records, accounts, cases, searches, removal cases; page captures too.

use arkivd::catalog::{HoldScope, NewHold};

use crate::office::{Office, word};
use crate::shelf::{KS, at, id};

#[test]
fn a_hold_that_comes_after_the_proposal_stops_it_and_show_tells_what_differs() {
    let office = Office::new(true);
    let proposed = office.propose(&[]);
    let (gallring, digest) = (word(&proposed, "id"), word(&proposed, "digest"));
    let record = id(3).to_string();
    office
        .archive
        .data(&["hold", "add", "--record", &record, "--reason", "tvist"]);
    let refused = office.approve(gallring, digest, "Anna Ek", &[]);
    assert!(
        refused
            .stderr
            .contains("no longer the one that was proposed"),
        "{refused}"
    );
    let shown = office.archive.data(&["gallring", "show", gallring]);
    assert_eq!(shown["differs"], true);
    // The reply is held, and the post that it answers with it.
    assert_eq!(
        (
            &shown["changes"][0]["was_records"],
            &shown["changes"][0]["records"]
        ),
        (&3.into(), &1.into())
    );
    assert_eq!(shown["now"]["kept_records"], 2);
    assert_eq!(word(&shown["now"]["kept"][0], "why"), "hold");
    office
        .archive
        .data(&["gallring", "withdraw", gallring, "--reason", "hinder"]);
    office.approve(gallring, digest, "Anna Ek", &[]).expect(1);
    office
        .archive
        .data(&["hold", "release", "1", "--reason", "avgjort"]);
    assert_eq!(office.propose(&["--dry-run"])["records"], 3);
    let held = office.archive.data(&["hold", "list"]);
    assert_eq!(held.as_array().unwrap().len(), 0);
    assert_eq!(
        office.archive.data(&["hold", "list", "--all"])[0]["released"]["reason"],
        "avgjort"
    );
}

#[test]
fn holds_by_account_case_and_search_keep_what_they_mean() {
    let office = Office::new(true);
    let left = |office: &Office| office.propose(&["--dry-run"])["records"].as_u64().unwrap();
    let hold = |what: &[&str]| {
        let mut args = vec!["hold", "add", "--reason", "granskning"];
        args.extend(what);
        office.archive.data(&args)[0]["number"].to_string()
    };
    let release = |n: &str| {
        office
            .archive
            .data(&["hold", "release", n, "--reason", "klar"])
    };
    for (what, goes) in [
        (&["--account", "blogg"][..], 0),
        (&["--account", "soc"], 3),
        (&["--words", "SKOLAN"], 1),
        (&["--words", "sand", "var"], 2),
        (&["--words", "s\u{ad}and"], 2),
        (&["--words", "sand", "skolan"], 3),
        (&["--words", "sand", "--account", "soc"], 3),
        (&["--words", "sand", "--to", "2023-01-31"], 3),
        (&["--words", "sand", "--search", "sanden"], 2),
        (&["--search", "sanden"], 2),
        (&["--case", "KS 2026/7"], 3),
    ] {
        let n = hold(what);
        assert_eq!(left(&office), goes, "{what:?}");
        release(&n);
    }
    office
        .shelf
        .db
        .execute(
            "INSERT INTO record_mark (record, what, value, day, at, actor) VALUES (1, 'registered', 'KS 2026/7', '2026-01-01', 'x', 'y')",
            [],
        )
        .unwrap();
    let n = hold(&["--case", "ks2026/7"]);
    assert_eq!(left(&office), 2);
    // Registered in a second case it is in both.
    let mark = |value: Option<&str>, day: Option<&str>| {
        office
            .shelf
            .db
            .execute(
                "INSERT INTO record_mark (record, what, value, day, at, actor) VALUES (1, 'registered', ?1, ?2, 'x', 'y')",
                (value, day),
            )
            .unwrap();
    };
    mark(Some("KS 2026/8"), Some("2026-01-02"));
    assert_eq!(left(&office), 2);
    let other = hold(&["--case", "KS 2026/8"]);
    release(&n);
    assert_eq!(left(&office), 2);
    mark(Some("KS 2026/8"), None);
    assert_eq!(left(&office), 3, "that number is taken back");
    release(&other);
    let n = hold(&["--case", "KS-2026:7"]);
    assert_eq!(left(&office), 2, "and the other stands");
    mark(None, None);
    assert_eq!(left(&office), 3, "taken back");
    mark(Some("KS 2026/9"), Some("2026-01-03"));
    assert_eq!(left(&office), 3, "what was taken back stays so");
    release(&n);
    let refused = office.archive.run(&[
        "hold", "add", "--search", "sanden", "--words", "x", "--reason", "y",
    ]);
    refused.refuses(1, &["sanden"]);
    office
        .archive
        .run(&["hold", "add", "--search", "ingen", "--reason", "y"])
        .refuses(1, &["ingen"]);
    office
        .archive
        .run(&["hold", "add", "--reason", "y"])
        .expect(2);
    office
        .archive
        .run(&[
            "hold",
            "add",
            "--record",
            &id(77).to_string(),
            "--reason",
            "y",
        ])
        .refuses(1, &["is not in the catalog"]);
    office
        .archive
        .run(&["hold", "release", "99", "--reason", "y"])
        .refuses(1, &["hold 99"]);

    // A removal case holds by itself; one that went to the police also after it is closed, until it is released.
    office.shelf.removal(5, &[("blogg", 1)], false, false);
    assert_eq!(left(&office), 2);
    office
        .shelf
        .db
        .execute_batch("UPDATE removal SET closed = '2026-01-02T00:00:00Z'")
        .unwrap();
    assert_eq!(left(&office), 3);
    // By each number that it was registered with, and by its own.
    office
        .shelf
        .db
        .execute_batch(
            "INSERT INTO removal_step (removal, what, at, value, noted, actor)
             VALUES (5, 'registered', 'x', 'KS 2026/20', 'x', 'y'), (5, 'registered', 'x', 'KS 2026/21', 'x', 'y');
             UPDATE removal SET registered = 'KS 2026/21' WHERE n = 5",
        )
        .unwrap();
    for case in ["KS 2026/20", "KS 2026/21", "OI 2026:5"] {
        let n = hold(&["--case", case]);
        assert_eq!(left(&office), 2, "{case}");
        release(&n);
    }
    office.shelf.removal(6, &[("blogg", 2)], true, true);
    assert_eq!(left(&office), 1);
    office
        .archive
        .data(&["hold", "release", "OI 2026:6", "--reason", "nedlagd"]);
    assert_eq!(left(&office), 3);
    // What stands in events is for ever: no word of a search, and no reason.
    let events = office
        .archive
        .run(&["--json", "event", "list"])
        .expect(0)
        .stdout;
    assert!(
        events.contains("hold add") && !events.contains("granskning") && !events.contains("SKOLAN"),
        "{events}"
    );
}

#[test]
fn page_captures_go_only_where_the_plan_says_so_and_they_are_asked_for() {
    let office = Office::new(true);
    for (n, started) in [(1, "2023-03-01T10:00:00Z"), (2, "2999-03-01T10:00:00Z")] {
        office
            .shelf
            .db
            .execute_batch(&format!(
                "INSERT INTO capture (n, id, account, reason, outcome, entire, started, finished, new, changed, unchanged, not_seen, complete, coverage)
                 VALUES ({n}, x'0{n}', 'blogg', 'manual', 'sealed', 1, '{started}', '{started}', 0, 0, 0, 0, 1, '[]');
                 INSERT INTO leaf (n, entry) VALUES ({n}, '{{}}');
                 INSERT INTO bag (n, id, capture, kind, committee, commitment, leaf, bytes, files)
                 VALUES ({n}, x'0000000000000000000000000000000{n}', {n}, 'page', '{KS}', x'00', {n}, 1, 1);"
            ))
            .unwrap();
    }
    assert_eq!(office.propose(&["--dry-run"])["pages"], 0);
    let with = office.propose(&["--dry-run", "--pages"]);
    assert_eq!(
        (&with["records"], &with["pages"]),
        (&3.into(), &1.into()),
        "{with}"
    );
    // What holds a record of the account holds the pages that may show it.
    let hold = NewHold {
        scope: HoldScope::Record,
        object: id(1).to_string(),
        reason: "tvist",
        ends: None,
    };
    let now = at("2026-01-01T00:00:00Z");
    let mut office = office;
    office
        .shelf
        .catalog
        .add_holds(&[hold], None, "test", now)
        .unwrap();
    let with = office.propose(&["--dry-run", "--pages"]);
    assert_eq!(
        (&with["pages"], &with["kept_pages"]),
        (&0.into(), &1.into()),
        "{with}"
    );
}
