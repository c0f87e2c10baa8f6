//! What the commands do with plans, on an archive.

use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::support::{Archive, account, run};

pub const PLAN: &str = r#"[plan]
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
pub fn archive() -> Archive {
    let archive = Archive::new();
    archive
        .run(&account("blogg", "feed", "http://127.0.0.1:9/", &[]))
        .expect(0);
    archive
}

pub fn write(archive: &Archive, name: &str, text: &str) -> String {
    let path = archive.beside(name);
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

pub fn sql(archive: &Archive) -> rusqlite::Connection {
    rusqlite::Connection::open(archive.path().join("catalog.sqlite")).unwrap()
}

pub fn json(archive: &Archive, args: &[&str]) -> Value {
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
