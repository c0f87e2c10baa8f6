//! What records are by their committee's plan, as people use it: plans, captures, decisions by hand and from a file,
//! marks, legal basis and consents.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

#[path = "../support/mod.rs"]
mod support;

use std::fs;

use serde_json::Value;
use support::judges::judge_schema;
use support::sites::DemoSite;
use support::{Archive, account};

const PLAN: &str = r#"
[plan]
title = "Dokumenthanteringsplan för sociala medier"
committee = "Kommunstyrelsen"
gallringsansvarig = "Arkivarien"

[plan.decision]
by = "Kommunstyrelsen"
date = 2026-01-02
paragraph = "§ 12"

[[row]]
id = "inlagg"
handlingstyp = "Inlägg"
archive = "bevaras"

[[row]]
id = "enkla"
handlingstyp = "Enkla frågor"
medium = "gallras vid inaktualitet"
archive = "gallras 2 år efter publicering"
arkivexemplar = "diarium"
after_registration = "gallras 1 år efter registrering"
[row.inquiry]
rattskipning = "Rör inget ärende"
verksamhet = "Behövs inte när frågan är besvarad"
forskning = "Inlägg av vikt bevaras"
kulturarv = "Sidan bevaras som helhet"

[[row]]
id = "efterfragat"
handlingstyp = "Efterfrågad information"
archive = "bevaras"

[[rule]]
id = "inlagg"
row = "inlagg"
kinds = ["post", "page"]

[[rule]]
id = "fragor"
row = "enkla"
kinds = ["comment"]
own = false
"#;

struct Case {
    _site: DemoSite,
    archive: Archive,
}

impl Case {
    fn new() -> Self {
        let site = DemoSite::start();
        let archive = Archive::new();
        archive
            .run(&account("webb", "wordpress", &site.address, &[]))
            .expect(0);
        Self {
            _site: site,
            archive,
        }
    }

    fn load(&self) {
        let plan = self.archive.beside("plan.toml");
        fs::write(&plan, PLAN).unwrap();
        self.archive
            .run(&["plan", "load", plan.to_str().unwrap()])
            .expect(0);
    }

    /// A report of the command, once it keeps to its schema.
    #[track_caller]
    fn told(&self, args: &[&str]) -> Value {
        let output = self.archive.run(&[&["--json"], args].concat()).expect(0);
        let file = self.archive.beside("judged.json");
        fs::write(&file, &output.stdout).unwrap();
        judge_schema(&file, "report.schema.json");
        output.data()
    }

    fn of_kind(&self, kind: &str) -> Vec<Value> {
        self.archive.records(&["--kind", kind])
    }
}

fn id(record: &Value) -> &str {
    record["record"].as_str().unwrap()
}

#[test]
fn a_snapshot_is_classified_by_the_plan_that_holds_and_a_person_decides_otherwise() {
    let case = Case::new();
    case.load();
    case.archive.run(&["snapshot", "webb"]).expect(0);
    assert_eq!(
        case.archive.records(&["--unclassified", "--kind", "post"]),
        [] as [Value; 0]
    );
    let comments = case.archive.records(&["--row", "enkla"]);
    assert!(!comments.is_empty());
    let comment = id(&comments[0]);
    let why = case.told(&["record", "classify", "--explain", comment]);
    assert_eq!(why["classification"]["rule"], "fragor");
    assert_eq!(why["rules"][1]["outcome"], "decides");
    assert_eq!(why["medium"]["awaits"], "inaktualitet");
    let due = why["archive"]["day"].as_str().unwrap().to_owned();

    case.told(&["record", "mark", comment, "inaktuell"]);
    let why = case.told(&["record", "classify", "--explain", comment]);
    assert!(why["medium"]["day"].is_string(), "{why}");
    let marked = case.told(&["record", "mark", comment, "registered=KS 2026/12"]);
    assert_ne!(marked["records"][0]["due"], due.as_str());
    case.told(&["record", "mark", comment, "registered", "--withdraw"]);
    let shown = case.told(&["record", "show", comment]);
    assert_eq!(shown["classification"]["due"], due.as_str());
    one_number_of_several_is_taken_back(&case, comment, &due);

    // A post by hand, with its thread.
    let posts = case.of_kind("post");
    let post = comments_parent(&case, comment);
    assert!(posts.iter().any(|p| id(p) == post));
    let decide = [
        "--row",
        "efterfragat",
        "--thread",
        "--reason",
        "vi bad om minnen",
    ];
    let done = case.told(&[&["record", "classify", &post][..], &decide].concat());
    assert!(done["following"].as_u64().unwrap() > 0, "{done}");
    let shown = case.told(&["record", "show", comment]);
    assert_eq!(shown["classification"]["follows"], post.as_str());
    assert_eq!(shown["classification"]["due"], Value::Null);
    let done = case.told(&["record", "classify", "--all", "--anew"]);
    assert_eq!((&done["changed"], &done["by_hand"]), (&0.into(), &1.into()));

    let told = case
        .archive
        .run(&["record", "classify", "--explain", comment])
        .expect(0);
    assert!(told.stdout.contains("står i tråden under"), "{told}");
    let removed = [
        "record",
        "classify",
        &post,
        "--remove",
        "--reason",
        "fel inlägg",
    ];
    case.told(&removed);
    let shown = case.told(&["record", "show", comment]);
    assert_eq!(shown["classification"]["rule"], "fragor");
    case.archive.run(&["verify"]).expect(0);
}

fn comments_parent(case: &Case, comment: &str) -> String {
    let mut at = comment.to_owned();
    loop {
        let shown = case.told(&["record", "show", &at]);
        match shown["parent"].as_str() {
            Some(parent) => at = parent.to_owned(),
            None => return at,
        }
    }
}

#[test]
fn a_file_of_decisions_is_kept_whole_or_not_at_all() {
    let case = Case::new();
    case.archive.run(&["snapshot", "webb"]).expect(0);
    let comments = case.of_kind("comment");
    let [one, two] = [id(&comments[0]), id(&comments[1])];
    let file = case.archive.beside("beslut.csv");
    let path = file.to_str().unwrap();
    fs::write(&file, format!("handling;rad;skäl\n{one};enkla;inget\n")).unwrap();
    case.archive
        .run(&["record", "classify", "--csv", path])
        .refuses(1, &["line 2", "has no plan"]);
    case.load();
    fs::write(
        &file,
        format!("handling;rad;skäl\r\n{one};enkla;inget\r\n{two};finns-ej;x\r\nfel;enkla;x\r\n"),
    )
    .unwrap();
    case.archive
        .run(&["record", "classify", "--csv", path])
        .refuses(1, &["line 4", "fel"]);
    fs::write(&file, format!("{one};enkla;\"inget\n{two};enkla;\"x\"\n")).unwrap();
    case.archive
        .run(&["record", "classify", "--csv", path])
        .refuses(1, &["line 1", "not closed"]);
    fs::write(&file, format!("{one};enkla;inget\n{two};finns-ej;x\n")).unwrap();
    case.archive
        .run(&["record", "classify", "--csv", path])
        .refuses(1, &["line 2", "finns-ej", "efterfragat, enkla, inlagg"]);
    assert_eq!(case.archive.records(&["--row", "enkla"]), [] as [Value; 0]);
    fs::write(
        &file,
        format!("{one};enkla;inget\n{two};efterfragat;vi bad\n"),
    )
    .unwrap();
    let dry = case.told(&["record", "classify", "--csv", path, "--dry-run"]);
    assert_eq!(
        (&dry["records"], &dry["dry_run"]),
        (&2.into(), &true.into())
    );
    assert_eq!(case.archive.records(&["--row", "enkla"]), [] as [Value; 0]);
    case.told(&["record", "classify", "--csv", path]);
    assert_eq!(case.archive.records(&["--row", "enkla"]).len(), 1);
    case.archive
        .run(&["record", "classify", "--csv", "/finns/inte.csv"])
        .refuses(2, &["/finns/inte.csv", "not there"]);
    case.archive
        .run(&[
            "record", "classify", one, "--row", "finns-ej", "--reason", "x",
        ])
        .refuses(1, &["finns-ej"]);
    case.archive
        .run(&["record", "classify", one, "--row", "enkla", "--reason", " "])
        .refuses(1, &["reason"]);
}

/// Each diarienummer is a mark of its own: the others stand, and so does what rests on them.
#[track_caller]
fn one_number_of_several_is_taken_back(case: &Case, record: &str, due: &str) {
    let mark = |what: &str, more: &[&str]| {
        case.told(&[&["record", "mark", record, what][..], more].concat())["records"][0]["due"]
            .clone()
    };
    let numbers = || -> Vec<String> {
        let shown = case.told(&["record", "show", record]);
        let marks = shown["marks"].as_array().unwrap().iter();
        let numbers = marks.filter_map(|m| m["value"].as_str());
        numbers.map(str::to_owned).collect()
    };
    let refused = |what: &str, words: &[&str]| {
        let back = ["record", "mark", record, what, "--withdraw"];
        case.archive.run(&back).refuses(1, words);
    };
    let first = mark("registered=KS 2026/12", &[]);
    assert_ne!(first, due);
    mark("registered=BUN 2026/3", &[]);
    mark("registered=BUN 2026/4", &[]);
    refused(
        "registered=BUN 2026/5",
        &["BUN 2026/5", "KS 2026/12", "BUN 2026/3"],
    );
    refused("registered", &["several", "KS 2026/12", "BUN 2026/4"]);
    assert_eq!(numbers(), ["KS 2026/12", "BUN 2026/3", "BUN 2026/4"]);
    mark("registered=BUN 2026/4", &["--withdraw"]);
    assert_eq!(numbers(), ["KS 2026/12", "BUN 2026/3"]);
    refused("registered=BUN 2026/4", &["BUN 2026/4"]);
    assert_eq!(mark("registered=BUN 2026/3", &["--withdraw"]), first);
    assert_eq!(numbers(), ["KS 2026/12"]);
    // Of one there is no question which.
    assert_eq!(mark("registered", &["--withdraw"]), due);
    refused("registered=KS 2026/12", &["not marked registered"]);
}

#[test]
fn a_withdrawn_consent_points_out_what_says_or_shows_the_same_in_every_channel_and_is_forgotten() {
    let case = Case::new();
    let feed = format!("{}feed/", case._site.address);
    case.archive
        .run(&account("flode", "feed", &feed, &[]))
        .expect(0);
    case.archive.run(&["snapshot", "--all"]).expect(0);
    let webb = case
        .archive
        .records(&["--account", "webb", "--kind", "post"]);
    let flode = case.archive.records(&["--account", "flode"]);
    // One that stands in both.
    let (post, other) = webb
        .iter()
        .find_map(|w| Some((w, flode.iter().find(|f| f["title"] == w["title"])?)))
        .unwrap();
    let add = [
        "consent",
        "add",
        "--person",
        "Eva Unikesson",
        "--record",
        id(post),
        "--given",
        "2026-01-02",
    ];
    let kept = ["--age", "30", "--kept-at", "Pärm 3"];
    let form = case.archive.beside("form.pdf");
    fs::write(&form, "underskrivet av Unikesson själv").unwrap();
    let form = ["--file", form.to_str().unwrap()];
    case.told(&[&add[..], &kept, &form].concat());
    let out = case.archive.beside("ut.pdf");
    case.told(&["consent", "show", "1", "-o", out.to_str().unwrap()]);
    assert_eq!(
        fs::read_to_string(&out).unwrap(),
        "underskrivet av Unikesson själv"
    );

    let done = case.told(&["consent", "withdraw", "1"]);
    let found: Vec<&Value> = done["to_take_down"].as_array().unwrap().iter().collect();
    let why = |record: &str| {
        let line = found.iter().find(|t| id(t) == record);
        line.map(|t| t["why"].as_str().unwrap().to_owned())
    };
    assert_eq!(why(id(post)).as_deref(), Some("named"));
    assert!(why(id(other)).is_some(), "{done}");
    case.archive
        .run(&["consent", "forget", "1"])
        .refuses(2, &["taken down"]);
    let all: Vec<&str> = found.iter().map(|t| id(t)).collect();
    case.told(&[&["consent", "taken-down", "1"], &all[..]].concat());
    let forgotten = case.told(&["consent", "forget", "1"]);
    assert_eq!(forgotten["erased"], true);
    for name in ["catalog.sqlite", "catalog.sqlite-wal"] {
        let bytes = fs::read(case.archive.path().join(name)).unwrap_or_default();
        let stands = bytes.windows(9).any(|w| w == b"Unikesson");
        assert!(!stands, "{name} remembers who was forgotten");
    }
}

#[test]
fn a_legal_basis_is_one_of_the_policys() {
    let case = Case::new();
    case.archive.run(&["snapshot", "webb"]).expect(0);
    let posts = case.of_kind("post");
    let post = id(&posts[0]);
    let noted = case.told(&[
        "record",
        "basis",
        post,
        "--basis",
        "allmänt-intresse",
        "--note",
        "Invigning",
    ]);
    assert_eq!(noted["basis"], "public-interest");
    assert_eq!(
        case.told(&["record", "show", post])["basis"]["note"],
        "Invigning"
    );
    case.archive
        .run(&["record", "basis", post, "--basis", "tur"])
        .refuses(2, &["samtycke"]);
    case.archive
        .run(&["record", "mark", post, "inaktuell=2001-01-01"])
        .refuses(1, &["2001-01-01", "published"]);
    case.archive
        .run(&["record", "mark", post, "registered=a\nb"])
        .refuses(1, &["one line"]);
    case.archive
        .run(&["record", "mark", post, "inaktuell", "--withdraw"])
        .refuses(1, &["not marked inaktuell"]);
}
