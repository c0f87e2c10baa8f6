//! The register of accounts, as its users meet it: what is lacking, CSV in and out, the published list, closing.

#![allow(clippy::unwrap_used)] // clippy excuses tests, not their helper functions

#[path = "../support/mod.rs"]
mod support;

mod closing;
mod files;
mod published;

use std::path::Path;
use std::process::Command;

use rusqlite::Connection;
use serde_json::Value;
use support::{Output, read_json, run};
use tempfile::TempDir;

/// An archive of any profile, without a browser.
struct Made {
    folder: TempDir,
}

impl Made {
    #[track_caller]
    fn of(profile: &str) -> Made {
        let made = Made {
            folder: tempfile::tempdir().unwrap(),
        };
        let path = made.path();
        made.run(&[
            "init",
            path.to_str().unwrap(),
            "--organisation",
            "Prov kommun",
            "--profile",
            profile,
        ])
        .expect(0);
        let config = path.join("arkivd.toml");
        let mut text = std::fs::read_to_string(&config).unwrap();
        text.push_str("\n[browser]\npages = false\n");
        std::fs::write(config, text).unwrap();
        made
    }

    fn path(&self) -> std::path::PathBuf {
        self.folder.path().join("arkiv")
    }

    fn beside(&self, name: &str) -> String {
        let path = self.folder.path().join(name);
        path.to_str().unwrap().to_owned()
    }

    #[track_caller]
    fn run(&self, args: &[&str]) -> Output {
        run(Command::new(env!("CARGO_BIN_EXE_arkivd"))
            .env_remove("ARKIVD_LOG")
            .env("ARKIVD_ARCHIVE", self.path())
            .args(args))
    }

    #[track_caller]
    fn data(&self, args: &[&str]) -> Value {
        let mut all = vec!["--json"];
        all.extend(args);
        self.run(&all).expect(0).data()
    }

    /// Registers an account that keeps to every profile's policy.
    #[track_caller]
    fn add(&self, id: &str, platform: &str, address: &str, more: &[&str]) {
        let args = [
            "account",
            "add",
            id,
            "--platform",
            platform,
            "--address",
            address,
            "--committee",
            "Kommunstyrelsen",
            "--purpose",
            "dialog",
            "--audience",
            "invånare",
            "--responsible",
            "Anna Ek",
            "--responsible",
            "Bo Ek",
            "--substitute",
            "Cia Ek",
        ];
        self.run(&[&args[..], more].concat()).expect(0);
    }

    /// What `account show` says that it lacks.
    #[track_caller]
    fn lacks(&self, id: &str) -> Vec<String> {
        let shown = self.data(&["account", "show", id]);
        let lacks = shown["lacking"].as_array().unwrap().iter();
        let told = lacks.map(|l| l["what"].as_str().unwrap().to_owned());
        told.collect()
    }
}

const FACEBOOK: &str = "https://www.facebook.com/prov";

#[test]
fn an_account_is_registered_before_all_is_there_and_what_lacks_is_told_until_it_is() {
    let made = Made::of("hallstahammar");
    made.add("konto", "facebook", FACEBOOK, &[]);
    assert_eq!(made.lacks("konto").len(), 4);
    let approve = [
        "account", "approve", "konto", "--as", "manager", "--by", "Eva Chef",
    ];
    made.run(&approve).expect(0);
    made.run(&[
        "account",
        "event",
        "konto",
        "told-opening",
        "--note",
        "mejl",
    ])
    .expect(0);
    for (name, of) in [
        ("Anna Ek", "unit"),
        ("Bo Ek", "unit"),
        ("Cia Ek", "communications"),
    ] {
        let add = ["account", "administrator", "add", "konto", name, "--of", of];
        made.run(&[&add[..], &["--mandate-by", "Eva Chef"]].concat())
            .expect(0);
    }
    assert_eq!(made.lacks("konto"), Vec::<String>::new());
    let listed = made.data(&["account", "list", "--lacking"]);
    assert_eq!(listed["accounts"], serde_json::json!([]));

    made.run(&[&approve[..], &["--withdraw"]].concat())
        .expect(0);
    made.run(&["account", "administrator", "end", "konto", "bo ek"])
        .expect(0);
    let lacks = made.lacks("konto");
    assert_eq!(lacks.len(), 2, "{lacks:?}");
    let status = made.run(&["--json", "status"]).data();
    assert_eq!(
        status["lacking"],
        serde_json::json!([{ "account": "konto", "things": 2 }])
    );
    made.run(&["account", "administrator", "add", "konto", " anna ek "])
        .refuses(1, &["anna ek", "already"]);
}

#[test]
fn the_start_checklist_has_seventeen_points_ticked_by_whom_and_when() {
    let made = Made::of("lilla-edet");
    made.add("konto", "facebook", FACEBOOK, &[]);
    let shown = made.data(&["account", "check", "konto"]);
    let points = shown["points"].as_array().unwrap();
    assert_eq!((points.len(), &shown["done"]), (17, &0.into()));
    let ids: Vec<&str> = points
        .iter()
        .map(|p| p["point"].as_str().unwrap())
        .collect();
    let by = ["--by", "Eva Chef", "--date", "2026-01-02"];
    let tick = [&["account", "check", "konto"][..], &ids, &by].concat();
    made.run(&tick).expect(0);
    let shown = made.data(&["account", "check", "konto"]);
    assert_eq!(shown["done"], 17);
    assert_eq!(shown["points"][3]["by"], "Eva Chef");
    assert_eq!(shown["points"][3]["day"], "2026-01-02");
    let back = [
        "account",
        "check",
        "konto",
        "syfte",
        "--by",
        "Eva Chef",
        "--withdraw",
    ];
    made.run(&back).expect(0);
    assert!(made.lacks("konto").iter().any(|l| l.ends_with(": syfte")));
    made.run(&["account", "check", "konto", "mål", "--by", "Eva Chef"])
        .refuses(2, &["mål", "malgrupp"]);
    made.run(&[
        "account",
        "check",
        "konto",
        "mal",
        "--by",
        "E",
        "--date",
        "2199-01-01",
    ])
    .refuses(1, &["2199-01-01", "has not come"]);
}

#[test]
fn whose_personal_data_it_answers_for_is_proposed_until_a_person_sets_it() {
    let made = Made::of("lilla-edet");
    made.add("fb", "facebook", FACEBOOK, &[]);
    made.add("li", "linkedin", "https://www.linkedin.com/prov", &[]);
    let duty = |id| made.data(&["account", "show", id])["responsibility"].clone();
    assert_eq!(
        duty("fb"),
        serde_json::json!({ "set": null, "proposed": "all" })
    );
    let unassessed = |id| made.lacks(id).iter().any(|l| l.contains("assessed"));
    assert!(unassessed("li") && !unassessed("fb"));
    let set = [
        "account",
        "edit",
        "li",
        "--responsibility",
        "own",
        "--legal-basis",
    ];
    made.run(&[&set[..], &["public-interest"]].concat())
        .expect(0);
    assert!(!unassessed("li"));
    let shown = made.data(&["account", "show", "li"]);
    assert_eq!(shown["responsibility"]["set"], "own");
    assert_eq!(shown["legal_basis"], "public-interest");
    made.run(&["account", "edit", "li", "--responsibility", ""])
        .expect(0);
    assert!(unassessed("li"));
    made.run(&["account", "edit", "li", "--responsibility", "kanske"])
        .refuses(2, &["kanske"]);
}

#[test]
fn the_tree_and_the_directory_of_editors_tell_of_everyone() {
    let made = Made::of("hallstahammar");
    made.add("kommunen", "facebook", FACEBOOK, &[]);
    made.add(
        "skolan",
        "x",
        "https://x.com/prov",
        &["--parent", "kommunen"],
    );
    made.run(&[
        "account",
        "administrator",
        "add",
        "skolan",
        "anna  EK",
        "--of",
        "communications",
    ])
    .expect(0);
    let tree = made.data(&["account", "tree"]);
    assert_eq!(tree["accounts"][0]["id"], "kommunen");
    assert_eq!(tree["accounts"][0]["below"][0]["id"], "skolan");
    let told = made.run(&["account", "tree"]).expect(0);
    assert!(told.stdout.contains("└─ skolan"), "{told}");
    let editors = made.data(&["account", "editors"]);
    let editors = editors["editors"].as_array().unwrap();
    let names: Vec<&str> = editors
        .iter()
        .map(|e| e["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["Anna Ek", "Bo Ek", "Cia Ek"]);
    assert_eq!(editors[0]["posts"].as_array().unwrap().len(), 3);
}

#[test]
fn accounts_of_an_older_archive_are_as_before_once_a_writer_has_been_there() {
    let made = Made::of("tibro");
    made.add("konto", "facebook", FACEBOOK, &[]);
    let catalog = made.path().join("catalog.sqlite");
    older(&catalog);
    // Who only reads is told what to do, not what SQLite misses.
    for command in [
        ["account", "list"].as_slice(),
        &["status"],
        &["verify"],
        &["hold", "list"],
        &["gallring", "list"],
    ] {
        made.run(command)
            .refuses(1, &["of format 5", "any command that writes"]);
    }
    // A writer brings the catalog up to date, and nothing of the account has changed.
    made.run(&["account", "event", "konto", "opened"]).expect(0);
    let shown = made.data(&["account", "list"]);
    assert_eq!(shown["accounts"][0]["id"], "konto");
    assert_eq!(shown["accounts"][0]["closed"], Value::Null);
    let assessed = [
        "account",
        "event",
        "konto",
        "assessed",
        "--note",
        "det får vara kvar",
    ];
    made.run(&assessed).expect(0);
    let shown = made.data(&["account", "show", "konto"]);
    assert_eq!(
        shown["responsible"],
        serde_json::json!(["Anna Ek", "Bo Ek"])
    );
    assert_eq!(shown["events"][0]["what"], "opened");
    assert_eq!(shown["events"][1]["note"], "det får vara kvar");
    assert_eq!(shown["decisions"], serde_json::json!([]));
}

/// The catalog as the release before had it: format 5.
fn older(catalog: &Path) {
    let new = Connection::open(catalog).unwrap();
    let old = catalog.with_extension("old");
    let db = Connection::open(&old).unwrap();
    let folder = support::project().join("archive-schema");
    for name in [
        "001_spine",
        "002_timetable",
        "003_looks",
        "004_changes",
        "005_profiles",
    ] {
        let sql = std::fs::read_to_string(folder.join(format!("{name}.sql"))).unwrap();
        db.execute_batch(&sql).unwrap();
    }
    db.pragma_update(None, "user_version", 5).unwrap();
    for (table, columns) in [
        ("archive", "key, value"),
        (
            "account",
            "id, platform, address, committee, purpose, audience, responsible, substitute, credential, parent, name, added",
        ),
    ] {
        let mut rows = new
            .prepare(&format!("SELECT {columns} FROM {table}"))
            .unwrap();
        let n = rows.column_count();
        let marks = vec!["?"; n].join(", ");
        let insert = format!("INSERT INTO {table} ({columns}) VALUES ({marks})");
        let mut found = rows.query([]).unwrap();
        while let Some(row) = found.next().unwrap() {
            let values: Vec<rusqlite::types::Value> = (0..n).map(|i| row.get(i).unwrap()).collect();
            db.execute(&insert, rusqlite::params_from_iter(values))
                .unwrap();
        }
    }
    drop((new, db));
    for end in ["sqlite-wal", "sqlite-shm"] {
        let _ = std::fs::remove_file(catalog.with_extension(end));
    }
    std::fs::rename(old, catalog).unwrap();
}

#[test]
fn the_schemas_know_every_word_of_the_register() {
    let schema = read_json(&support::project().join("archive-schema/report.schema.json"));
    let words = |name: &str| -> Vec<String> {
        let all = schema["$defs"][name]["enum"].as_array().unwrap().iter();
        all.map(|w| w.as_str().unwrap().to_owned()).collect()
    };
    let known = |all: Vec<&str>| all.into_iter().map(str::to_owned).collect::<Vec<_>>();
    use arkivd::record::{AccountEvent, Approver, Side};
    let events = AccountEvent::ALL.iter().map(|e| e.as_str()).collect();
    assert_eq!(words("account_event"), known(events));
    let approvers = Approver::ALL.iter().map(|a| a.as_str()).collect();
    assert_eq!(words("approver"), known(approvers));
    let sides = Side::ALL.iter().map(|s| s.as_str()).collect();
    assert_eq!(words("side"), known(sides));
}
