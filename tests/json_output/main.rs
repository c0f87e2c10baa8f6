//! What every command writes with --json, judged by the schemas in archive-schema/ with Python's jsonschema.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

#[path = "../support/mod.rs"]
mod support;

mod exports;
mod gallring;
mod register;

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use exports::judge_exports;
use gallring::{judge_execution, judge_gallring};
use register::judge_register;
use support::judges::{judge_schema, python};
use support::sites::DemoSite;
use support::{Archive, Output, account, lines, project, read_json, run};

const REPORT: &str = "report.schema.json";
const LINE: &str = "record-line.schema.json";
const GALLRING_LINE: &str = "gallring-line.schema.json";
const EVENT: &str = "event-line.schema.json";
const ERROR: &str = "error.schema.json";

/// Runs commands with --json and has all that they write judged.
struct Judge {
    archive: Archive,
    /// The commands whose reports were judged.
    judged: BTreeSet<String>,
}

impl Judge {
    #[track_caller]
    fn judge(&self, text: &str, schema: &str) {
        let file = self.archive.beside("judged.json");
        fs::write(&file, text).unwrap();
        judge_schema(&file, schema);
    }

    /// A report of that command, with that exit code.
    #[track_caller]
    fn report(&mut self, code: i32, args: &[&str]) -> Output {
        let mut all = vec!["--json"];
        all.extend(args);
        let output = self.archive.run(&all).expect(code);
        let command = output.json()["command"].as_str().unwrap().to_owned();
        assert!(args.join(" ").starts_with(&command), "{command}: {output}");
        self.judge(&output.stdout, REPORT);
        self.judged.insert(command);
        output
    }

    /// Errors on stderr, one a line and nothing else there.
    #[track_caller]
    fn errors(&self, output: &Output) {
        let errors: Vec<&str> = output.stderr.lines().collect();
        assert!(!errors.is_empty(), "{output}");
        for error in errors {
            self.judge(error, ERROR);
        }
    }

    /// A refusal: an error, and no data.
    #[track_caller]
    fn refusal(&self, code: i32, args: &[&str]) {
        let mut all = vec!["--json"];
        all.extend(args);
        let output = self.archive.run(&all).expect(code);
        assert_eq!(output.stdout, "", "{output}");
        self.errors(&output);
    }
}

#[test]
fn every_command_keeps_to_its_schema() {
    if python().is_none() {
        return;
    }
    let site = DemoSite::start();
    let mut judge = Judge {
        archive: Archive::new(),
        judged: BTreeSet::new(),
    };
    let second = judge.archive.beside("andra");
    judge.report(
        0,
        &[
            "init",
            second.to_str().unwrap(),
            "--organisation",
            "Vara kommun",
            "--profile",
            "vara",
        ],
    );
    judge.report(5, &["status"]);
    judge.report(0, &["account", "list"]);
    judge.report(0, &account("webb", "wordpress", &site.address, &[]));
    let feed = format!("{}feed/", site.address);
    judge.report(0, &account("flode", "feed", &feed, &["--parent", "webb"]));
    judge.report(0, &account("borta", "feed", "http://127.0.0.1:9/", &[]));
    judge.report(0, &["account", "edit", "flode", "--parent", ""]);
    judge.report(5, &["status"]);

    let taken = judge.report(3, &["snapshot", "--all"]);
    judge.errors(&taken);
    judge.report(0, &["snapshot", "webb"]);
    judge.report(0, &["snapshot", "webb", "--full", "--reason", "closing"]);
    judge.report(0, &["search", "snö* OR och", "--limit", "3"]);
    judge.report(0, &["search", "--save", "snö", "snö*", "--account", "webb"]);
    judge.report(0, &["search", "--rebuild-index"]);
    judge.refusal(2, &["search", "(snö"]);
    judge.report(0, &["watch", "webb"]);
    judge.report(3, &["watch", "--all"]);
    let storm = ["schedule", "boost", "webb", "--reason", "Storm"];
    judge.report(0, &storm);
    judge.report(0, &["schedule", "boost"]);
    judge.report(0, &["schedule", "boost", "webb", "--end"]);
    judge.report(0, &["schedule", "list"]);
    judge.report(0, &["schedule", "next", "--limit", "3"]);
    let taken_by_schedule = judge.report(3, &["schedule", "run", "halvar-poster"]);
    judge.errors(&taken_by_schedule);
    judge.report(0, &["account", "list"]);
    judge.report(0, &["account", "show", "webb"]);
    judge.report(5, &["status"]);
    judge.report(0, &["doctor"]);
    judge.report(0, &["verify"]);
    judge.report(0, &["verify", "--quick"]);

    let records = judge.archive.records(&["--limit", "7"]);
    assert_eq!(records.len(), 7);
    for record in &records {
        judge.judge(&record.to_string(), LINE);
    }
    let events = lines(&judge.archive.run(&["--json", "event", "list"]).expect(0));
    assert_eq!(events.last().unwrap()["verb"], "init");
    for event in &events {
        judge.judge(&event.to_string(), EVENT);
    }
    let comment = &judge
        .archive
        .records(&["--kind", "comment", "--limit", "1"])[0];
    let post = &judge.archive.records(&["--kind", "post", "--limit", "1"])[0];
    for record in [comment, post] {
        judge.report(0, &["record", "show", record["record"].as_str().unwrap()]);
        judge.report(
            0,
            &["record", "history", record["record"].as_str().unwrap()],
        );
    }
    let asked = comment["record"].as_str().unwrap();
    judge.report(
        0,
        &["question", "mark", asked, "forwarded=Tekniska nämnden"],
    );
    judge.report(0, &["record", "classify", "--account", "webb", "--dry-run"]);
    judge.report(0, &["record", "classify", "--explain", asked]);
    judge.refusal(
        1,
        &["record", "classify", asked, "--row", "x", "--reason", "y"],
    );
    judge.refusal(2, &["record", "classify"]);
    judge.report(0, &["record", "mark", asked, "inaktuell"]);
    judge.report(0, &["record", "mark", asked, "registered=KS 2026/12"]);
    judge.report(0, &["record", "mark", asked, "inaktuell", "--withdraw"]);
    judge.refusal(1, &["record", "mark", asked, "inaktuell=2199-01-01"]);
    let noted = ["--basis", "allmänt-intresse", "--note", "Invigningen"];
    judge.report(0, &[&["record", "basis", asked][..], &noted].concat());
    judge.report(0, &["record", "show", asked]);
    let given = [
        "--given",
        "2026-01-02",
        "--age",
        "30",
        "--kept-at",
        "Pärm 3",
    ];
    let person = ["consent", "add", "--person", "Eva Ek", "--record", asked];
    judge.report(0, &[&person[..], &given].concat());
    judge.report(0, &["consent", "withdraw", "1"]);
    judge.report(0, &["consent", "list"]);
    judge.report(0, &["consent", "list", "--to-take-down"]);
    judge.report(0, &["consent", "show", "1"]);
    judge.refusal(2, &["consent", "forget", "1"]);
    judge.report(0, &["consent", "taken-down", "1", asked]);
    judge.report(0, &["consent", "forget", "1"]);
    judge.refusal(1, &["consent", "show", "1"]);
    judge.report(0, &["account", "oversee", "webb", "--note", "läst"]);
    let draft = judge.archive.beside("plan.toml");
    let draft = draft.to_str().unwrap();
    judge.report(0, &["plan", "show"]);
    let drafting = ["plan", "draft", "--committee", "Kommunstyrelsen"];
    judge.report(0, &drafting);
    judge.report(0, &[drafting.as_slice(), &["-o", draft]].concat());
    judge.report(0, &["plan", "check", draft]);
    judge.report(0, &["plan", "load", draft]);
    judge.report(0, &["plan", "load", draft]);
    judge.report(0, &["plan", "show"]);
    judge.report(0, &["plan", "list"]);
    let template = judge.archive.path().join("plans/mall-tibro.toml");
    let template = template.to_str().unwrap();
    judge.report(0, &["plan", "diff", "1", template]);
    judge.report(
        1,
        &[
            "plan",
            "check",
            project().join("Cargo.toml").to_str().unwrap(),
        ],
    );
    judge.refusal(1, &["plan", "load", template]);
    judge.refusal(1, &["plan", "diff", "1", "99"]);
    judge.refusal(1, &["plan", "show", "--committee", "Okända nämnden"]);
    judge_register(&mut judge);
    judge_gallring(&mut judge, asked);
    for name in [
        "unanswered",
        "activity",
        "oversight",
        "changes",
        "information",
        "alt-text",
        "letter",
    ] {
        judge.report(0, &["report", name]);
    }
    let letter = judge.archive.beside("brev.pdf");
    let letter = letter.to_str().unwrap();
    judge.report(0, &["report", "letter", "--format", "pdf", "-o", letter]);
    judge.refusal(1, &["report", "activity", "--account", "okand"]);
    judge.refusal(2, &["report", "activity", "-o", "rapport.pdf"]);
    judge.refusal(1, &["account", "oversee", "webb", "--day", "2199-01-01"]);
    let data = taken.data();
    let captures = data["captures"].as_array().unwrap();
    let bag = captures
        .iter()
        .find_map(|c| c["bags"][0]["bag"].as_str())
        .unwrap();
    let out = judge.archive.beside("ut.zip");
    judge.report(0, &["export", "bag", bag, "-o", out.to_str().unwrap()]);
    judge_exports(&mut judge);
    judge.report(0, &["verify", bag]);

    let posts = judge
        .archive
        .path()
        .join(stored_path(captures))
        .join("data/posts.pdf");
    let posts = posts.to_str().unwrap();
    judge.report(0, &["pdf", "check", posts]);
    judge.report(4, &["pdf", "check", posts, "--flavour", "2b"]);
    let no_pdf = judge.archive.beside("judged.json");
    let unread = judge.report(1, &["pdf", "check", no_pdf.to_str().unwrap()]);
    judge.errors(&unread);
    judge.refusal(2, &["pdf", "check", posts, "--flavour", "3b"]);

    let [picture, boxes, screen] =
        ["skarm.png", "ord.json", "skarm.pdf"].map(|name| judge.archive.beside(name));
    image::RgbaImage::new(40, 30).save(&picture).unwrap();
    let words = r#"[{"text": "Hej", "x": 2, "y": 2, "w": 20, "h": 9}, {"text": "", "x": 0, "y": 0, "w": 1, "h": 1}]"#;
    fs::write(&boxes, words).unwrap();
    let [picture, boxes, screen] = [&picture, &boxes, &screen].map(|p| p.to_str().unwrap());
    judge.report(
        3,
        &["pdf", "image", picture, "--out", screen, "--text", boxes],
    );
    judge.report(0, &["pdf", "check", screen]);
    judge.refusal(1, &["pdf", "image", picture, "--out", screen]);
    judge.refusal(1, &["pdf", "image", boxes, "--out", "ny.pdf"]);
    judge.report(0, &["pdf", "cover", screen]);
    judge.refusal(1, &["pdf", "cover", screen]);
    judge.refusal(1, &["pdf", "cover", boxes]);
    judge.refusal(2, &["pdf", "cover", screen, boxes, "--title", "Två"]);

    judge.report(0, &["import", "webb", picture]);
    judge.report(0, &["import", "webb", picture]);
    let partly = judge.report(3, &["import", "webb", picture, boxes]);
    judge.errors(&partly);
    judge.refusal(1, &["import", "okand", picture]);
    judge.refusal(2, &["import", "webb", picture, "--kind", "film"]);

    let address = format!("{}inlagg/", site.address);
    let open = [
        "removal",
        "open",
        &address,
        "--category",
        "fortal",
        "--account",
        "webb",
    ];
    judge.report(3, &open);
    judge.report(0, &["removal", "list"]);
    judge.report(0, &["removal", "categories"]);
    judge.report(3, &["removal", "save", "1"]);
    judge.report(0, &["removal", "mark", "1", "hidden"]);
    judge.report(0, &["removal", "show", "1"]);
    judge.report(0, &["removal", "notice", "1"]);
    judge.report(
        0,
        &["removal", "route", "1", "--committee", "Socialnämnden"],
    );
    judge.refusal(1, &["removal", "mark", "1", "deleted"]);
    judge.refusal(1, &["removal", "hide", "1"]);
    judge.refusal(
        1,
        &["removal", "open", &address, "--category", "barnpornografi"],
    );
    judge.archive.configure("\n[removal]\nallow_hide = true\n");
    judge.report(0, &["removal", "hide", "1"]);
    judge.refusal(1, &["removal", "close", "1"]);
    judge.report(
        0,
        &["removal", "close", "1", "--reason", "Prövad och avskriven"],
    );
    let known = judge.archive.records(&["--account", "webb"]);
    let known = known[0]["record"].as_str().unwrap();
    judge.report(0, &["removal", "open", known, "--category", "fortal"]);
    let police = judge.archive.beside("polisen.zip");
    let police = ["removal", "police", "2", "-o", police.to_str().unwrap()];
    judge.report(0, &police);
    let pages = judge
        .archive
        .records(&["--account", "webb", "--kind", "page"]);
    judge_execution(&mut judge, pages[0]["record"].as_str().unwrap());

    judge.refusal(1, &["export", "bag", bag, "-o", out.to_str().unwrap()]);
    judge.refusal(1, &["account", "show", "okand"]);
    judge.refusal(1, &account("webb", "wordpress", &site.address, &[]));
    judge.refusal(
        1,
        &["account", "edit", "webb", "--responsible", "Åsa Öberg"],
    );
    judge.refusal(1, &["snapshot", "okand"]);
    judge.refusal(1, &["schedule", "run", "okand"]);
    let without_pages = judge.report(1, &["schedule", "run", "halvar-sida"]);
    judge.errors(&without_pages);
    judge.refusal(2, &["schedule", "next", "--limit", "0"]);
    judge.refusal(
        1,
        &["record", "show", "0197a000-0000-7000-8000-000000000000"],
    );
    judge.refusal(2, &["record", "show", "nonsens"]);
    judge.refusal(2, &["verify", "/nowhere"]);
    judge.refusal(2, &["account", "add", "ny"]);
    judge.refusal(2, &["no-such-command"]);

    let records_json = judge
        .archive
        .path()
        .join(stored_path(captures))
        .join("data/records.json");
    let text = fs::read_to_string(&records_json).unwrap();
    fs::remove_file(&records_json).unwrap();
    judge.report(4, &["verify"]);
    fs::write(&records_json, format!("{text} ")).unwrap();
    judge.report(4, &["verify", bag]);
    let again = judge.archive.beside("igen.zip");
    judge.refusal(4, &["export", "bag", bag, "-o", again.to_str().unwrap()]);

    let schema = read_json(&project().join("archive-schema").join(REPORT));
    // Those of an emergency and of a disclosure are judged where one is gone through: tests/emergency, tests/disclosure,
    // tests/masking. Deliveries are of days that are over: tests/packages.
    let elsewhere = |command: &String| {
        ["removal emergency", "disclosure", "delivery", "describe"]
            .iter()
            .any(|judged| command.starts_with(judged))
    };
    let all: BTreeSet<String> = schema["oneOf"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            one["properties"]["command"]["const"]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .filter(|command| !elsewhere(command))
        .collect();
    assert_eq!(
        judge.judged, all,
        "each command that has a schema is judged"
    );
}

/// The folder of the first bag.
fn stored_path(captures: &[serde_json::Value]) -> &str {
    let mut paths = captures
        .iter()
        .filter_map(|c| c["bags"][0]["path"].as_str());
    paths.next().unwrap()
}

/// The judge reads them on trust, for time.
#[test]
fn each_schema_is_one() {
    let Some(python) = python() else { return };
    let folder = project().join("archive-schema");
    let all = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let schemas = all.filter(|path| path.to_string_lossy().ends_with(".schema.json"));
    let mut count = 0;
    for schema in schemas {
        let judge = project().join("tests/support/schema.py");
        run(Command::new(&python).arg(judge).arg(&schema)).expect(0);
        count += 1;
    }
    assert!(count > 5);
}

#[test]
fn json_goes_to_programs_and_words_to_people() {
    let archive = Archive::new();
    let words = archive.run(&["account", "show", "okand"]);
    words.refuses(1, &["okand"]);
    assert!(!words.stderr.starts_with('{'), "{words}");
    // After `--` it is an argument, and no flag.
    let words = archive.run(&["account", "show", "--", "--json"]).expect(2);
    assert!(!words.stderr.starts_with('{'), "{words}");
    let help = run(Command::new(env!("CARGO_BIN_EXE_arkivd")).args(["--json", "--help"])).expect(0);
    assert!(
        help.stdout.contains("snapshot") && help.stderr.is_empty(),
        "{help}"
    );
}
