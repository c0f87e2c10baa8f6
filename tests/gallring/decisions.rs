//! What an archivist does, by commands: look ahead, propose, approve, withdraw; the editors' work list.

use std::fs;

use arkivd::catalog::HandDecision;
use arkivd::retention::RowId;
use chrono::{Days, Utc};
use rusqlite::params;
use serde_json::Value;

use crate::office::{Office, today, word};
use crate::shelf::{KS, New, SN, Shelf, at, day, due_until, id, plan_text, post};
use crate::support::lines;

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
    assert!(csv.starts_with("\u{feff}\"Handling\";\"Slag\";"), "{csv}");
    assert_eq!(csv.lines().count(), 4);
    // What is approved and not executed needs a person.
    let status = office.archive.run(&["--json", "status"]).expect(5);
    assert!(status.stdout.contains("gallring execute"), "{status}");
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
