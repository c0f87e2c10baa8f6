//! What an archivist does, by commands: look ahead, propose, approve, withdraw; hold; the editors' work list.

use std::fs;

use arkivd::catalog::{HandDecision, HoldScope, NewHold};
use arkivd::retention::RowId;
use chrono::{Days, NaiveDate, Utc};
use rusqlite::params;
use serde_json::Value;

use crate::shelf::{KS, New, SN, Shelf, at, day, due_until, id, plan_text, post};
use crate::support::{Archive, lines};

const ROWS: [(&str, &str, &str); 4] = [
    (
        "fragor",
        "gallras vid inaktualitet",
        "gallras vid inaktualitet",
    ),
    ("ringa", "gallras 2 år efter publicering", "ingen åtgärd"),
    ("vikt", "bevaras", "gallras genast"),
    ("sida", "gallras 1 år efter insamling", "ingen åtgärd"),
];

fn today() -> NaiveDate {
    arkivd::calendar::local_date(Utc::now())
}

/// An archive with a decided plan, two old posts of little importance, a reply, and a post of weight.
struct Office {
    archive: Archive,
    shelf: Shelf,
    plan: i64,
}

impl Office {
    fn new(decided: bool) -> Self {
        let archive = Archive::new();
        let mut shelf = Shelf::open(archive.path());
        shelf.account("blogg", KS);
        shelf.account("soc", SN);
        let mut text = plan_text(KS, decided, None, None, &ROWS);
        text.push_str("[[rule]]\nid = \"sidor\"\nrow = \"sida\"\nkinds = [\"page-capture\"]\n");
        let plan = shelf.plan(KS, &text, "2021-01-01T00:00:00Z");
        let office = Self {
            archive,
            shelf,
            plan,
        };
        office
            .shelf
            .record(&post(1, "2023-02-01T10:00:00Z", "Var finns det sand?"));
        office
            .shelf
            .record(&post(2, "2023-05-01T10:00:00Z", "Tack för det"));
        office.shelf.record(&New {
            parent: Some(2),
            kind: "comment",
            ..post(3, "2023-05-02T10:00:00Z", "Svar om skolan")
        });
        office
            .shelf
            .record(&post(4, "2023-06-01T10:00:00Z", "Av vikt"));
        for n in 1..=3 {
            office.classify(n, "ringa", Some(day("2025-05-03")), None);
        }
        office.classify(4, "vikt", None, Some(day("2023-06-01")));
        office
    }

    fn classify(&self, n: i64, row: &str, due: Option<NaiveDate>, medium: Option<NaiveDate>) {
        self.shelf
            .classify(n, self.shelf.plan_row(self.plan, row), due, medium);
    }

    fn propose(&self, more: &[&str]) -> Value {
        let mut args = vec!["gallring", "propose", "--committee", KS];
        args.extend(more);
        self.archive.data(&args)
    }

    fn approve(&self, id: &str, digest: &str, by: &str, more: &[&str]) -> crate::support::Output {
        let mut args = vec![
            "--json", "gallring", "approve", id, "--digest", digest, "--by", by,
        ];
        args.extend(more);
        self.archive.run(&args)
    }
}

fn word<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key]
        .as_str()
        .unwrap_or_else(|| panic!("{key} in {value}"))
}

#[test]
fn under_a_plan_the_one_it_names_approves_exactly_the_list_that_was_read() {
    let office = Office::new(true);
    let proposed = office.propose(&[]);
    assert_eq!(
        (&proposed["records"], &proposed["pages"]),
        (&3.into(), &0.into()),
        "{proposed}"
    );
    let row = &proposed["rows"][0];
    assert_eq!(word(row, "fate"), "gallras 2 år efter publicering");
    assert_eq!(
        (word(row, "from"), word(row, "to")),
        ("2023-02-01", "2023-05-02")
    );
    assert_eq!(word(&row["inquiry"], "forskning"), "Ringa");
    let (id, digest) = (word(&proposed, "id"), word(&proposed, "digest"));
    assert_eq!(
        word(&office.propose(&["--dry-run"]), "digest"),
        digest,
        "the same list has the same digest"
    );

    for (given, by, said) in [
        (&digest[..11], "Anna Ek", "at least 12 hexadecimal digits"),
        (
            "000000000000",
            "Anna Ek",
            "is not that of the proposed list",
        ),
        (digest, "Bo Ek", "names \"Anna Ek\" as gallringsansvarig"),
    ] {
        let refused = office.approve(id, given, by, &[]);
        assert_eq!(refused.code, Some(1), "{refused}");
        assert!(
            refused.stderr.contains(&said.replace('"', "\\\"")),
            "{refused}"
        );
    }
    let approved = office
        .approve(id, &digest[..12].to_uppercase(), "anna  ek", &[])
        .expect(0)
        .data();
    assert_eq!(word(&approved, "state"), "approved");
    assert_eq!(word(&approved["decision"], "gallringsansvarig"), "Anna Ek");
    assert_eq!(
        word(&approved["decision"]["plans"][0]["decision"], "paragraph"),
        "§ 1"
    );
    office.approve(id, digest, "Anna Ek", &[]).expect(1);
    let listed = lines(
        &office
            .archive
            .run(&["--json", "gallring", "show", id, "--lines"])
            .expect(0),
    );
    assert_eq!(listed.len(), 3);
    let csv = office
        .archive
        .run(&["gallring", "show", id, "--csv"])
        .expect(0)
        .stdout;
    assert!(csv.starts_with("\u{feff}Handling;Slag;"), "{csv}");
    assert_eq!(csv.lines().count(), 4);
    // What is approved and not executed needs a person.
    let status = office.archive.run(&["--json", "status"]).expect(5);
    assert!(status.stdout.contains("gallring execute"), "{status}");
}

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
fn by_a_plan_that_is_not_decided_nothing_goes_and_a_look_ahead_shows_what_would() {
    let office = Office::new(false);
    let proposed = office.propose(&[]);
    assert_eq!(
        (&proposed["records"], &proposed["id"]),
        (&0.into(), &Value::Null),
        "{proposed}"
    );
    assert_eq!(word(&proposed["kept"][0], "why"), "no-decision");
    let ahead = office
        .archive
        .run(&[
            "--json",
            "gallring",
            "propose",
            "--committee",
            KS,
            "--dry-run",
            "--until",
            "2030-12-31",
        ])
        .expect(0);
    assert_eq!(ahead.data()["records"], 3);
    assert!(
        ahead.json()["warnings"][0]
            .as_str()
            .unwrap()
            .contains("is not decided"),
        "{ahead}"
    );
    let tomorrow = (today() + Days::new(1)).to_string();
    office
        .archive
        .run(&[
            "gallring",
            "propose",
            "--committee",
            KS,
            "--until",
            &tomorrow,
        ])
        .refuses(1, &[&tomorrow, "--dry-run"]);
    office
        .archive
        .run(&["gallring", "propose", "--committee", "Nämnden", "--dry-run"])
        .expect(1);
    office
        .archive
        .run(&[
            "gallring",
            "propose",
            "--committee",
            KS,
            "--row",
            "finns-ej",
            "--dry-run",
        ])
        .refuses(1, &["finns-ej"]);
    assert!(
        office
            .archive
            .data(&["gallring", "list", "--all"])
            .as_array()
            .unwrap()
            .is_empty(),
        "nothing is kept of it"
    );
}

#[test]
fn outside_a_plan_the_decision_with_its_four_answers_is_needed_and_never_of_two_committees() {
    let office = Office::new(true);
    office.shelf.record(&New {
        account: "soc",
        committee: SN,
        ..post(9, "2023-02-01T10:00:00Z", "x")
    });
    let (kept, other) = (id(4).to_string(), id(9).to_string());
    office
        .archive
        .run(&[
            "gallring",
            "propose",
            "--committee",
            KS,
            "--record",
            &kept,
            &other,
        ])
        .refuses(1, &["never spans two committees", SN]);
    let output = office
        .archive
        .run(&[
            "--json",
            "gallring",
            "propose",
            "--committee",
            KS,
            "--record",
            &kept,
        ])
        .expect(0);
    assert!(
        output.json()["warnings"][0]
            .as_str()
            .unwrap()
            .contains("bevaras"),
        "{output}"
    );
    let proposed = output.data();
    let (gallring, digest) = (word(&proposed, "id"), word(&proposed, "digest"));
    let refused = office.approve(gallring, digest, "Anna Ek", &[]);
    assert!(refused.stderr.contains("--decision-by"), "{refused}");
    let decision = [
        "--decision-by",
        KS,
        "--date",
        "2026-01-10",
        "--paragraph",
        "§ 7",
        "--reference",
        "KS 2026/7",
    ];
    let refused = office.approve(gallring, digest, "Anna Ek", &decision);
    assert!(refused.stderr.contains("gallringsutredning"), "{refused}");
    let file = office.archive.beside("utredning.toml");
    fs::write(&file, "rattskipning = \"Nej\"\nverksamhet = \"Nej\"\n").unwrap();
    let mut with_file = decision.to_vec();
    with_file.extend(["--inquiry", file.to_str().unwrap()]);
    let refused = office.approve(gallring, digest, "Anna Ek", &with_file);
    assert!(refused.stderr.contains("forskning"), "{refused}");
    fs::write(
        &file,
        "rattskipning = \"Nej\"\nverksamhet = \"Nej\"\nforskning = \"Nej\"\nkulturarv = \"Nej\"\n",
    )
    .unwrap();
    let approved = office
        .approve(gallring, digest, "Anna Ek", &with_file)
        .expect(0)
        .data();
    assert_eq!(word(&approved["decision"], "kind"), "own");
    assert_eq!(word(&approved["decision"]["inquiry"], "kulturarv"), "Nej");

    // And a list of the plan's takes none.
    let proposed = office.propose(&[]);
    let refused = office.approve(
        word(&proposed, "id"),
        word(&proposed, "digest"),
        "Anna Ek",
        &with_file,
    );
    assert!(
        refused.stderr.contains("takes no decision of its own"),
        "{refused}"
    );
}

#[test]
fn the_work_list_of_the_medium_is_noted_and_confirmed_and_destroys_nothing() {
    let office = Office::new(true);
    office.classify(
        1,
        "fragor",
        Some(day("2024-01-01")),
        Some(day("2024-01-01")),
    );
    // A case in which it is to be taken down does not keep it up.
    office.shelf.removal(5, &[("blogg", 4)], false, false);
    let proposed = office.propose(&["--place", "medium"]);
    assert_eq!(proposed["records"], 2, "{proposed}");
    let (gallring, digest) = (word(&proposed, "id"), word(&proposed, "digest"));
    office.approve(gallring, digest, "Anna Ek", &[]).expect(0);
    let work = lines(
        &office
            .archive
            .run(&["--json", "gallring", "show", gallring, "--lines"])
            .expect(0),
    );
    let told: Vec<_> = work
        .iter()
        .map(|l| (word(l, "address"), word(l, "state")))
        .collect();
    assert_eq!(
        told,
        [
            ("https://blogg.example/1", "to-do"),
            ("https://blogg.example/4", "to-do")
        ]
    );
    let (first, second) = (id(1).to_string(), id(4).to_string());
    office
        .archive
        .run(&[
            "gallring",
            "done",
            gallring,
            &id(2).to_string(),
            "--by",
            "Bo Ek",
        ])
        .refuses(1, &["is not on the work list"]);
    let done = office
        .archive
        .data(&["gallring", "done", gallring, &first, "--by", "Bo Ek"]);
    assert_eq!(
        (&done["noted"], word(&done, "state")),
        (&1.into(), "approved")
    );
    // The next watch says so too.
    office
        .shelf
        .db
        .execute(
            "INSERT INTO vanishing (record, change, last_seen, first_missed, confirmed, how, asked)
             VALUES (1, 'removed', '2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z', '2026-01-03T00:00:00Z', '404', '2026-01-03T00:00:00Z')",
            params![],
        )
        .unwrap();
    let shown = office.archive.data(&["gallring", "show", gallring]);
    assert_eq!(
        (&shown["work"]["done"], &shown["work"]["confirmed"]),
        (&1.into(), &1.into()),
        "{shown}"
    );
    let done = office
        .archive
        .data(&["gallring", "done", gallring, "--all", "--by", "Bo Ek"]);
    assert_eq!(word(&done, "state"), "executed");
    assert_eq!(
        office.archive.records(&[]).len(),
        4,
        "the archive keeps all"
    );
    assert!(!second.is_empty());
    // What the platform says is gone is no work.
    let proposed = office.propose(&["--place", "medium", "--dry-run"]);
    assert_eq!(proposed["records"], 1, "{proposed}");
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

#[test]
fn the_half_yearly_review_names_what_waits_for_someone_to_say_that_it_is_inaktuell() {
    let office = Office::new(true);
    office.classify(1, "fragor", None, None);
    office.shelf.record(&post(
        10,
        &Utc::now().format("%Y-%m-%dT%H:%M:%SZ").to_string(),
        "nyss",
    ));
    office.classify(10, "fragor", None, None);
    let review = office
        .archive
        .data(&["gallring", "review", "--committee", KS]);
    assert_eq!(review["rows"].as_array().unwrap().len(), 1, "{review}");
    assert_eq!(word(&review["rows"][0], "record"), id(1).to_string());
    office
        .shelf
        .db
        .execute_batch("UPDATE account SET closed = '2026-01-01' WHERE id = 'blogg'")
        .unwrap();
    let review = office.archive.data(&["gallring", "review"]);
    assert_eq!(review["rows"].as_array().unwrap().len(), 2, "{review}");
    office
        .shelf
        .db
        .execute_batch("INSERT INTO record_mark (record, what, day, at, actor) VALUES (1, 'inaktuell', '2026-01-01', 'x', 'y')")
        .unwrap();
    let csv = office
        .archive
        .run(&["gallring", "review", "--format", "csv"])
        .expect(0)
        .stdout;
    assert!(
        csv.contains(&id(10).to_string()) && !csv.contains(&id(1).to_string()),
        "{csv}"
    );
    let pdf = office.archive.beside("review.pdf");
    office
        .archive
        .run(&[
            "gallring",
            "review",
            "--format",
            "pdf",
            "-o",
            pdf.to_str().unwrap(),
        ])
        .expect(0);
    assert!(fs::read(pdf).unwrap().starts_with(b"%PDF-1.4"));
}

#[test]
fn a_swedish_day_decides_when_the_clocks_change_and_older_plans_keep_what_was_decided_by_them() {
    let mut shelf = Shelf::new();
    shelf.account("blogg", KS);
    let first = plan_text(
        KS,
        true,
        None,
        None,
        &[("a", "gallras 1 dag efter publicering", "ingen åtgärd")],
    );
    shelf.plan(KS, &first, "2026-01-01T00:00:00Z");
    shelf.record(&post(
        1,
        "2026-03-28T23:30:00Z",
        "natten då klockan ställs om",
    ));
    shelf.record(&post(2, "2024-02-29T12:00:00Z", "skottdagen"));
    let by_hand = |n: i64| HandDecision {
        record: id(n),
        row: RowId::try_from("a".to_owned()).unwrap(),
        thread: false,
        reason: "prov".into(),
    };
    let classify = |shelf: &mut Shelf, n: i64, now: &str| {
        let now = at(now);
        shelf
            .catalog
            .classify_by_hand(&[by_hand(n)], false, "test", now)
            .unwrap()
            .unwrap();
    };
    classify(&mut shelf, 1, "2026-04-01T00:00:00Z");
    let due =
        |shelf: &Shelf, until: &str| shelf.list(KS, &due_until(day(until)), day("2028-01-01")).0;
    assert_eq!(due(&shelf, "2026-03-29"), []);
    assert_eq!(
        due(&shelf, "2026-03-30"),
        [id(1)],
        "published on the 29th in Sweden"
    );

    // A newer plan keeps everything. What was decided under the older one stays by it.
    let second = plan_text(
        KS,
        true,
        Some(day("2026-05-01")),
        None,
        &[
            ("a", "bevaras", "ingen åtgärd"),
            ("b", "gallras 2 år efter publicering", "ingen åtgärd"),
        ],
    );
    shelf.plan(KS, &second, "2026-04-15T00:00:00Z");
    classify(&mut shelf, 2, "2026-06-01T00:00:00Z");
    assert_eq!(due(&shelf, "2027-12-31"), [id(1)]);
    let by_b = HandDecision {
        row: RowId::try_from("b".to_owned()).unwrap(),
        ..by_hand(2)
    };
    let now = at("2026-06-02T00:00:00Z");
    shelf
        .catalog
        .classify_by_hand(&[by_b], false, "test", now)
        .unwrap()
        .unwrap();
    assert_eq!(
        due(&shelf, "2026-02-28"),
        [],
        "two years from a leap day have not passed"
    );
    assert_eq!(due(&shelf, "2026-03-01"), [id(2)]);
}
