//! What the commands do with plans, on an archive.

use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::support::{Archive, account, run};

const PLAN: &str = r#"[plan]
municipality = "Tibro kommun"
committee = "Kommunstyrelsen"
title = "Dokumenthanteringsplan: sociala medier"
gallringsansvarig = "Arkivarie Anna Ek"
samrad = "Samråd med kommunarkivet 2024-11-01"
valid_from = 2025-01-01
valid_to = 2025-12-31

[plan.decision]
by = "Kommunstyrelsen"
date = 2024-12-03
paragraph = "§ 12"
reference = "KS 2024/117"

[[row]]
id = "1.1"
handlingstyp = "Inlägg och kommentarer av tillfällig betydelse"
medium = "gallras vid inaktualitet"
archive = "gallras 2 år efter publicering"
authority = "Gallringsråd nr 1"
[row.inquiry]
rattskipning = "Har ingen betydelse"
verksamhet = "Behövs inte längre"
forskning = "Bevaras i urval"
kulturarv = "Har ingen betydelse"

[[row]]
id = "1.2"
handlingstyp = "Synpunkter av betydelse i ett ärende"
medium = "gallras vid inaktualitet"
archive = "bevaras"
arkivexemplar = "diarium"
after_registration = "gallras 1 år efter registrering"
registration = "alltid"

[[rule]]
id = "fragor"
row = "1.1"
kinds = ["comment"]
"#;

/// An archive with an account of Kommunstyrelsen and one of another committee.
fn archive() -> Archive {
    let archive = Archive::new();
    archive
        .run(&account("blogg", "feed", "http://127.0.0.1:9/", &[]))
        .expect(0);
    archive
}

fn write(archive: &Archive, name: &str, text: &str) -> String {
    let path = archive.beside(name);
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

fn sql(archive: &Archive) -> rusqlite::Connection {
    rusqlite::Connection::open(archive.path().join("catalog.sqlite")).unwrap()
}

fn json(archive: &Archive, args: &[&str]) -> Value {
    let mut all = vec!["--json"];
    all.extend(args);
    archive.run(&all).expect(0).data()
}

#[test]
fn init_puts_the_profiles_template_beside_and_loads_nothing() {
    let archive = archive();
    let template = archive.path().join("plans/mall-tibro.toml");
    let theirs = fs::read_to_string(&template).unwrap();
    assert_eq!(
        theirs,
        arkivd::policy::Profile::named("tibro").unwrap().plan_text
    );
    assert_eq!(
        json(&archive, &["plan", "list"])["plans"],
        serde_json::json!([])
    );
    let shown = archive.run(&["plan", "show"]).expect(0);
    assert!(shown.stdout.contains("allt bevaras"), "{shown}");
    let checked = archive
        .run(&["plan", "check", template.to_str().unwrap()])
        .expect(0);
    assert!(checked.stdout.contains("0 errors"), "{checked}");
    let load = ["plan", "load", template.to_str().unwrap()];
    archive
        .run(&load)
        .refuses(1, &["no committee", "plan.committee"]);
    let mut named = load.to_vec();
    named.extend(["--committee", "Kommunstyrelsen"]);
    archive.run(&named).expect(0);
    let plan = json(&archive, &["plan", "show"])["plan"].clone();
    assert_eq!(plan["decided"], "no");
}

#[test]
fn a_file_with_faults_is_not_loaded_and_all_of_them_are_told() {
    let archive = archive();
    let bad = PLAN
        .replace("forskning = \"Bevaras i urval\"\n", "")
        .replace("row = \"1.1\"", "row = \"9\"");
    let file = write(&archive, "plan.toml", &bad);
    let load = archive.run(&["plan", "load", &file]);
    load.refuses(
        1,
        &[
            "2 errors",
            "plan.toml:22:1: row.inquiry",
            "plan.toml:38:7: rule.row: row \"9\"",
        ],
    );
    let checked = archive.run(&["plan", "check", &file]).expect(1);
    assert!(checked.stdout.contains("2 errors"), "{checked}");
    let data = archive
        .run(&["--json", "plan", "check", &file])
        .expect(1)
        .data();
    assert_eq!(data["loadable"], false);
    let lines: Vec<_> = data["faults"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| f["line"].as_u64().unwrap())
        .collect();
    assert!(
        lines.contains(&22) && lines.contains(&38) && lines.is_sorted(),
        "{lines:?}"
    );
    assert_eq!(
        json(&archive, &["plan", "list"])["plans"],
        serde_json::json!([])
    );
    archive.run(&["plan", "load", "/finns/inte.toml"]).expect(1);
    archive.run(&["plan", "check", "/"]).expect(1);
    let binary = archive.beside("binär.toml");
    fs::write(&binary, b"[plan]\ntitle = \"\xff\"").unwrap();
    let told = archive
        .run(&["plan", "check", binary.to_str().unwrap()])
        .expect(1);
    assert!(told.stderr.contains("line 2 is not UTF-8"), "{told}");
}

#[test]
fn the_archives_own_names_are_checked() {
    let archive = archive();
    archive
        .run(&[
            "account",
            "add",
            "skola",
            "--platform",
            "feed",
            "--address",
            "http://127.0.0.1:9/",
            "--committee",
            "Barn- och utbildningsnämnden",
            "--purpose",
            "dialog",
            "--audience",
            "invånare",
            "--responsible",
            "A",
            "--responsible",
            "B",
            "--substitute",
            "C",
        ])
        .expect(0);
    let odd = PLAN.replace("Tibro kommun", "Vara kommun").replace(
        "kinds = [\"comment\"]",
        "accounts = [\"blog\", \"skola\", \"blogg\"]\ncategories = [\"spamm\"]",
    );
    let file = write(&archive, "plan.toml", &odd);
    let data = json(&archive, &["plan", "check", &file]);
    let told = data["faults"].to_string();
    for word in [
        "account \\\"blog\\\" is not registered",
        "account \\\"skola\\\" is of",
        "category \\\"spamm\\\" is unknown",
        "the plan is of \\\"Vara kommun\\\"",
    ] {
        assert!(told.contains(word), "no {word} in {told}");
    }
    assert!(!told.contains("\\\"blogg\\\""), "{told}");
    let other = PLAN.replace("\"Kommunstyrelsen\"\ntitle", "\"Kommunstyrelse\"\ntitle");
    let file = write(&archive, "annan.toml", &other);
    let told = json(&archive, &["plan", "check", &file])["faults"].to_string();
    assert!(told.contains("no account is of committee"), "{told}");
    let asked = ["plan", "load", &file, "--committee", "Kommunstyrelsen"];
    archive.run(&asked).refuses(1, &["is to be loaded as"]);
}

#[test]
fn a_plan_is_checked_without_an_archive() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("plan.toml");
    fs::write(&file, PLAN).unwrap();
    let checked = run(Command::new(env!("CARGO_BIN_EXE_arkivd"))
        .env_remove("ARKIVD_ARCHIVE")
        .args(["plan", "check"])
        .arg(&file))
    .expect(0);
    // Its validity is over.
    assert!(checked.stdout.contains("0 errors, 1 warning"), "{checked}");
}

#[test]
fn versions_stand_beside_each_other_and_the_same_bytes_are_one() {
    let archive = archive();
    let first = write(&archive, "1.toml", PLAN);
    let loaded = json(&archive, &["plan", "load", &first]);
    assert_eq!(
        (&loaded["plan"], &loaded["new"], &loaded["decided"]),
        (&1.into(), &true.into(), &"past".into())
    );
    let copy = fs::read_to_string(loaded["copy"].as_str().unwrap()).unwrap();
    assert_eq!(copy, PLAN);
    let again = json(&archive, &["plan", "load", &first]);
    assert_eq!((&again["plan"], &again["new"]), (&1.into(), &false.into()));

    let status = archive.run(&["status"]).expect(5);
    assert!(
        status
            .stdout
            .contains("Kommunstyrelsen's plan 1 was over 2025-12-31"),
        "{status}"
    );
    let shown = archive.run(&["plan", "show"]).expect(0);
    assert!(
        shown.stderr.contains("validity was over 2025-12-31"),
        "{shown}"
    );

    let second = PLAN
        .replace("2025-01-01", "2026-01-01")
        .replace("valid_to = 2025-12-31\n", "")
        .replace("2024-12-03", "2025-12-02")
        .replace(
            "gallras 2 år efter publicering",
            "gallras 1 år efter publicering",
        )
        .replace("Synpunkter av betydelse", "Synpunkter av vikt");
    let second = write(&archive, "2.toml", &second);
    assert_eq!(json(&archive, &["plan", "load", &second])["decided"], "yes");
    for (date, number) in [
        ("2024-12-31", Value::Null),
        ("2025-06-01", 1.into()),
        ("2026-11-21", 2.into()),
    ] {
        let shown = json(&archive, &["plan", "show", "--date", date]);
        assert_eq!(
            shown["plan"].get("number").cloned().unwrap_or(Value::Null),
            number,
            "{date}"
        );
    }
    let states: Vec<_> = json(&archive, &["plan", "list"])["plans"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| p["state"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(states, ["superseded", "holds"]);
    let status = archive.run(&["status"]);
    assert!(!status.stdout.contains("was over"), "{status}");

    let same = archive.run(&["plan", "diff", "1", &first]).expect(0);
    assert_eq!(same.stdout, "the plans say the same\n");
    let diff = archive.run(&["plan", "diff", "1", "2"]).expect(0);
    for word in [
        "~ row 1.1",
        "archive: gallras [-2-]{+1+} år efter publicering",
        "handlingstyp: Synpunkter av [-betydelse-]{+vikt+} i ett ärende",
        "valid_to: [-2025-12-31-]",
    ] {
        assert!(diff.stdout.contains(word), "no {word}: {diff}");
    }
    archive
        .run(&["plan", "diff", "1", "7"])
        .refuses(1, &["plan 7 is not in the archive"]);

    let events = json_lines(&archive);
    assert_eq!(
        events.iter().filter(|e| e["verb"] == "plan load").count(),
        2
    );
    // What is said once is never changed, by whomever.
    let db = sql(&archive);
    assert!(db.execute("UPDATE plan SET text = ''", []).is_err());
    assert!(db.execute("DELETE FROM plan", []).is_err());
}

fn json_lines(archive: &Archive) -> Vec<Value> {
    crate::support::lines(&archive.run(&["--json", "event", "list"]).expect(0))
}

#[test]
fn a_plan_is_shown_as_an_archivist_reads_one() {
    let archive = archive();
    let file = write(&archive, "plan.toml", PLAN);
    archive.run(&["plan", "load", &file]).expect(0);
    let shown = archive
        .run(&["plan", "show", "--date", "2025-11-21"])
        .expect(0)
        .stdout;
    for words in [
        "Nämnd              Kommunstyrelsen, Tibro kommun",
        "Beslut             Kommunstyrelsen, 2024-12-03, § 12, dnr KS 2024/117",
        "Giltig             från 2025-01-01, till 2025-12-31",
        "Handlingstyp",
        "Arkivexemplar",
        "gallras 2 år efter",
        "alltid",
        "Gallringsutredning, Forskning: Bevaras i urval",
        "Regel fragor: är kommentarer",
        "Ingen regel: ges för hand",
    ] {
        assert!(shown.contains(words), "no {words:?} in\n{shown}");
    }
    assert!(
        shown.lines().all(|line| line.chars().count() <= 140),
        "{shown}"
    );
    archive
        .run(&["plan", "show", "--committee", "Kommunstyrelse"])
        .refuses(1, &["Kommunstyrelse"]);
    archive
        .run(&["plan", "show", "--date", "2026-13-01"])
        .expect(2);
}

#[test]
fn a_draft_for_later_does_not_take_the_place_of_what_is_decided() {
    let archive = archive();
    let file = write(&archive, "1.toml", PLAN);
    archive.run(&["plan", "load", &file]).expect(0);
    let start = PLAN.find("[plan.decision]").unwrap();
    let end = PLAN.find("[[row]]").unwrap();
    let draft =
        format!("{}{}", &PLAN[..start], &PLAN[end..]).replace("valid_to = 2025-12-31\n", "");
    let file = write(&archive, "2.toml", &draft);
    let loaded = archive.run(&["plan", "load", &file]).expect(0);
    assert!(loaded.stderr.contains("it is a draft"), "{loaded}");
    assert_eq!(json(&archive, &["plan", "show"])["plan"]["number"], 1);
}

#[test]
fn a_draft_names_what_the_accounts_hold_and_passes_its_check() {
    let site = crate::support::sites::DemoSite::start();
    let archive = Archive::new();
    archive
        .run(&account("webb", "wordpress", &site.address, &[]))
        .expect(0);
    archive.run(&["snapshot", "webb"]).expect(0);
    let out = archive.beside("utkast.toml");
    let path = out.to_str().unwrap();
    let draft = [
        "plan",
        "draft",
        "--committee",
        "Kommunstyrelsen",
        "-o",
        path,
    ];
    let made = json(&archive, &draft);
    let text = fs::read_to_string(&out).unwrap();
    let count = |id: &str| {
        let rows = made["rows"].as_array().unwrap().iter();
        let row = rows
            .filter(|row| row["id"] == id)
            .flat_map(|row| row["accounts"].as_array().unwrap());
        row.map(|a| a["count"].as_u64().unwrap()).sum::<u64>()
    };
    let db = sql(&archive);
    let kept = |kind: &str| -> u64 {
        db.query_row(
            "SELECT count(*) FROM record WHERE kind = ?1",
            [kind],
            |row| row.get(0),
        )
        .unwrap()
    };
    assert_eq!(count("inlagg-egna"), kept("post"));
    assert!(kept("comment") > 0);
    assert_eq!(
        count("kommentarer-egna") + count("kommentarer-andras"),
        kept("comment")
    );
    let checked = archive.run(&["plan", "check", path]).expect(0);
    assert!(checked.stdout.contains("0 errors, 0 warnings"), "{checked}");
    assert!(
        !text.contains("gallras 2 år efter publicering\"\n"),
        "nothing is decided for the committee"
    );
    assert!(text.contains("committee = \"Kommunstyrelsen\""));
    archive.run(&["plan", "load", path]).expect(0);
    what_was_decided_stays(&archive, &text);
    archive.run(&draft).refuses(1, &["exists"]);
    archive
        .run(&["plan", "draft", "--committee", "Socialnämnden"])
        .refuses(1, &["Socialnämnden"]);
    let printed = archive
        .run(&["plan", "draft", "--committee", "Kommunstyrelsen"])
        .expect(0);
    assert_eq!(printed.stdout, text);
}

/// A record that was classified under one version is what that version says, whatever comes after (two versions).
fn what_was_decided_stays(archive: &Archive, text: &str) {
    let db = sql(archive);
    db.execute(
        "INSERT INTO classification (record, plan_row, actor, at)
         SELECT min(n), (SELECT n FROM plan_row WHERE plan = 1 AND id = 'inlagg-egna'), 'x', '2026-11-21T12:00:00Z'
         FROM record WHERE kind = 'post'",
        [],
    )
    .unwrap();
    drop(db);
    let next = text.replace(
        "archive = \"bevaras\"",
        "archive = \"gallras vid inaktualitet\"",
    );
    let next = write(archive, "nasta.toml", &next);
    archive.run(&["plan", "load", &next]).expect(0);
    assert_eq!(json(archive, &["plan", "show"])["plan"]["number"], 2);
    let (plan, row): (i64, String) = sql(archive)
        .query_row(
            "SELECT r.plan, r.id FROM classification c JOIN plan_row r ON r.n = c.plan_row",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .unwrap();
    assert_eq!((plan, row.as_str()), (1, "inlagg-egna"));
    let catalog = arkivd::catalog::Catalog::open(
        &archive.path().join("catalog.sqlite"),
        arkivd::catalog::Access::Read,
    )
    .unwrap();
    let kept = catalog.plan(plan).unwrap();
    assert!(
        kept.rows
            .iter()
            .all(|row| row.copies.archive == arkivd::retention::Fate::Preserve)
    );
    let day = "2199-01-01".parse().unwrap();
    let holds = catalog.plan_on("Kommunstyrelsen", day).unwrap().unwrap();
    assert_eq!(
        (holds.number, holds.decided),
        (2, arkivd::retention::Decided::No)
    );
    assert_eq!(catalog.plan_on("Socialnämnden", day).unwrap(), None);
    let rows = catalog.plan_rows(2).unwrap();
    assert_eq!(rows.len(), holds.plan.rows.len());
}
