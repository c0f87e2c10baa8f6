//! All that is wrong with a plan's file is told at once, each with its line, column and key.

use arkivd::retention::{Fault, Plan, PlanFile, Weight};

const GOOD: &str = r#"[plan]
committee = "Kommunstyrelsen"
title = "Plan"
gallringsansvarig = "Arkivarien"
samrad = "2026-10-01"
valid_from = 2026-01-01

[plan.decision]
by = "Kommunstyrelsen"
date = 2025-12-01
paragraph = "§ 12"

[[row]]
id = "1"
handlingstyp = "Enkla frågor"
medium = "gallras vid inaktualitet"
archive = "gallras 2 år efter publicering"
authority = "Gallringsråd"
[row.inquiry]
rattskipning = "nej"
verksamhet = "nej"
forskning = "nej"
kulturarv = "nej"

[[row]]
id = "2"
handlingstyp = "Sidan"
archive = "bevaras"

[[rule]]
id = "fragor"
row = "1"
kinds = ["comment"]
own = false
words = ["öppettid*"]

[[rule]]
id = "sidan"
row = "2"
kinds = ["page-capture"]
"#;

fn all(text: &str) -> Vec<Fault> {
    match PlanFile::parse(text, "p.toml") {
        Ok(read) => read.check("2026-11-21".parse().unwrap()),
        Err(faults) => faults.all,
    }
}

fn told(text: &str) -> Vec<String> {
    all(text)
        .iter()
        .map(|fault| format!("{} {}", fault.weight, fault.told("p.toml")))
        .collect()
}

/// The plan with one piece replaced, and a fault that says so in that line.
#[track_caller]
fn says(from: &str, to: &str, weight: Weight, at: &str, words: &str) {
    assert!(GOOD.contains(from), "{from:?} is not in the plan");
    let text = GOOD.replacen(from, to, 1);
    let told = told(&text);
    let start = format!("{weight} p.toml:{at}: ");
    let found = told
        .iter()
        .any(|line| line.starts_with(&start) && line.contains(words));
    assert!(found, "no {start:?} with {words:?} in\n{}", told.join("\n"));
}

#[test]
fn a_good_plan_has_no_faults() {
    assert_eq!(told(GOOD), [""; 0]);
}

#[test]
fn what_cannot_be_read_is_told_with_its_line_and_key() {
    use Weight::Error as E;
    says("title = \"Plan\"\n", "", E, "1:1", "plan: title is missing");
    says(
        "title = \"Plan\"",
        "title = \"  \"",
        E,
        "3:9",
        "plan: title is missing, or empty",
    );
    says(
        "title = \"Plan\"",
        "title = 7",
        E,
        "3:9",
        "plan.title: it is text",
    );
    says("samrad", "samrat", E, "5:1", "did you mean \"samrad\"");
    says("[[rule]]", "[[regel]]", E, "30:3", "unknown key \"regel\"");
    says(
        "valid_from = 2026-01-01",
        "valid_from = 2026-02-30",
        E,
        "6:14",
        "",
    );
    says(
        "valid_from = 2026-01-01",
        "valid_from = 2026",
        E,
        "6:14",
        "a day is written 2026-11-21",
    );
    says("date = 2025-12-01\n", "", E, "8:1", "date is missing");
    says(
        "paragraph = \"§ 12\"",
        "paragraph = \"\"",
        E,
        "11:13",
        "paragraph is missing",
    );
    says(
        "medium = \"gallras vid inaktualitet\"",
        "medium = \"raderas\"",
        E,
        "16:10",
        "döljs genast",
    );
    says(
        "2 år efter publicering",
        "2 år efter jul",
        E,
        "17:11",
        "row.archive: \"jul\"",
    );
    says(
        "archive = \"bevaras\"\n",
        "",
        E,
        "25:1",
        "row: archive is missing",
    );
    says("id = \"2\"", "id = \"2 b\"", E, "26:6", "letters, digits");
    says(
        "id = \"2\"",
        "id = \"1\"",
        E,
        "25:1",
        "id \"1\" stands twice: also in line 13",
    );
    says(
        "kinds = [\"comment\"]",
        "kinds = [\"reply\"]",
        E,
        "33:10",
        "rule.kinds: \"reply\"",
    );
    says(
        "own = false",
        "own = \"nej\"",
        E,
        "34:7",
        "rule.own: it is true or false",
    );
    says(
        "words = [\"öppettid*\"]",
        "words = [\"\"]",
        E,
        "35:10",
        "it is empty",
    );
    says(
        "handlingstyp = \"Sidan\"",
        "handlingstyp = \"a\\nb\"",
        E,
        "27:16",
        "more than one line",
    );
    says(
        "handlingstyp = \"Sidan\"",
        "handlingstyp = \"a\\u001bb\"",
        E,
        "27:16",
        "control character",
    );
}

#[test]
fn what_cannot_hold_is_told() {
    use Weight::{Error as E, Note, Warning};
    says(
        "row = \"2\"",
        "row = \"3\"",
        E,
        "39:7",
        "row \"3\" does not stand in the plan",
    );
    says(
        "valid_from = 2026-01-01",
        "valid_from = 2026-01-01\nvalid_to = 2025-12-31",
        E,
        "7:12",
        "before it begins",
    );
    says(
        "valid_from = 2026-01-01",
        "valid_to = 2026-11-20",
        Warning,
        "6:12",
        "was over 2026-11-20",
    );
    says(
        "date = 2025-12-01",
        "date = 2026-11-22",
        E,
        "10:8",
        "in days to come",
    );
    says(
        "gallringsansvarig = \"Arkivarien\"\n",
        "",
        E,
        "1:1",
        "who carries it out",
    );
    says(
        "committee = \"Kommunstyrelsen\"\n",
        "",
        E,
        "1:1",
        "whose plan it is",
    );
    says(
        "samrad = \"2026-10-01\"\n",
        "",
        Warning,
        "1:1",
        "arkivmyndighet",
    );
    says("forskning = \"nej\"\n", "", E, "19:1", "gallringsutredning");
    says(
        "authority = \"Gallringsråd\"\n",
        "",
        Warning,
        "13:1",
        "what it rests on",
    );
    says(
        "medium = \"gallras vid inaktualitet\"\n",
        "",
        Warning,
        "13:1",
        "leaves the record on the platform",
    );
    says(
        "archive = \"bevaras\"",
        "archive = \"bevaras\"\nafter_registration = \"gallras 1 år efter registrering\"",
        E,
        "29:22",
        "arkivexemplar is to be \"diarium\"",
    );
    says(
        "archive = \"bevaras\"",
        "archive = \"bevaras\"\narkivexemplar = \"diarium\"",
        Note,
        "29:17",
        "it is kept too",
    );
    says(
        "kinds = [\"page-capture\"]",
        "kinds = [\"page-capture\"]\nwords = [\"a\"]",
        E,
        "41:9",
        "have no words",
    );
    says(
        "row = \"2\"",
        "row = \"1\"",
        Note,
        "26:6",
        "no rule leads to row 2",
    );
    says("\"§ 12\"", "\"§ …\"", E, "11:13", "it is not filled in");
    says("öppettid*", "*", E, "35:9", "is no word");
}

#[test]
fn a_draft_is_told_what_its_decision_will_need() {
    let decision = GOOD.find("[plan.decision]").unwrap()..GOOD.find("[[row]]").unwrap();
    let mut draft = GOOD.to_owned();
    draft.replace_range(decision, "");
    let draft = draft.replace("forskning = \"nej\"\n", "");
    let faults = all(&draft);
    assert!(
        faults.iter().all(|f| f.weight != Weight::Error),
        "{faults:#?}"
    );
    let inquiry = faults.iter().find(|f| f.key == "row.inquiry").unwrap();
    assert_eq!(inquiry.weight, Weight::Warning);
}

#[test]
fn all_faults_come_at_once_and_by_line() {
    let text = GOOD
        .replace("title = \"Plan\"", "titel = \"Plan\"")
        .replace("2 år efter publicering", "2 efter publicering")
        .replace("own = false", "own = 0")
        .replace("row = \"2\"", "");
    let faults = all(&text);
    assert_eq!(faults.len(), 5, "{faults:#?}");
    assert!(faults.is_sorted_by_key(|f| f.at));
    let error = Plan::parse(&text, "p.toml").unwrap_err();
    assert!(error.to_string().ends_with("(and 4 more)"), "{error}");
}

#[test]
fn a_rule_that_an_earlier_one_leaves_nothing_never_comes() {
    let rules = |first: &str, second: &str| {
        let head = GOOD.split("[[rule]]").next().unwrap();
        let text = format!(
            "{head}[[rule]]\nid = \"a\"\nrow = \"1\"\n{first}\n\n[[rule]]\nid = \"b\"\nrow = \"2\"\n{second}\n"
        );
        told(&text)
            .iter()
            .any(|line| line.contains("rule b never comes"))
    };
    for (first, second) in [
        ("", "kinds = [\"post\"]"),
        (
            "kinds = [\"post\", \"comment\"]",
            "kinds = [\"comment\"]\nown = true",
        ),
        ("accounts = [\"x\", \"y\"]", "accounts = [\"y\"]"),
        ("words = [\"bygg*\"]", "words = [\"Bygglov\", \"byggnad*\"]"),
        (
            "visibilities = [\"public\", \"held\", \"hidden\", \"private\"]",
            "categories = [\"spam\"]",
        ),
        ("kinds = [\"post\", \"page\", \"comment\", \"message\"]", ""),
    ] {
        assert!(
            rules(first, second),
            "{first:?} leaves something of {second:?}?"
        );
    }
    for (first, second) in [
        ("", "kinds = [\"page-capture\"]"),
        ("own = true", ""),
        ("own = true", "own = false"),
        ("words = [\"bygglov\"]", "words = [\"bygg*\"]"),
        ("words = [\"bygglov\"]", ""),
        ("accounts = [\"x\"]", "accounts = [\"x\", \"y\"]"),
        ("categories = [\"spam\"]", "kinds = [\"comment\"]"),
    ] {
        assert!(!rules(first, second), "{first:?} takes all of {second:?}?");
    }
}

#[test]
fn hostile_files_are_refused_and_soon() {
    let start = std::time::Instant::now();
    let deep = format!("a = {}", "[".repeat(100_000));
    let many = "[[row]]\nid = 1\n".repeat(20_000);
    let long = format!("[plan]\ntitle = \"{}\"\n", "å".repeat(20_000));
    for text in [
        "",
        "\u{feff}",
        "[plan",
        "plan = 1",
        "row = 1\nrule = \"x\"\n[plan]\ntitle = \"a\"",
        "[plan]\ntitle = \"a\"\nrow = [1, \"b\"]",
        "row = [1]\n[plan]\ntitle = \"a\"",
        "[plan]\ntitle = \"a\"\ndecision = true",
        "[[plan]]\ntitle = \"a\"",
        &deep,
        &many,
        &long,
        &"#".repeat(5 << 20),
    ] {
        let shown: String = text.chars().take(40).collect();
        let faults = Plan::parse(text, "p.toml").expect_err(&shown).all;
        assert!(!faults.is_empty(), "{shown}");
        assert!(faults.iter().all(|f| f.at.line > 0 && f.at.column > 0));
    }
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
}

#[test]
fn files_of_other_systems_read_too() {
    let windows = format!("\u{feff}{}", GOOD.replace('\n', "\r\n"));
    assert_eq!(
        Plan::parse(&windows, "p.toml").unwrap(),
        Plan::parse(GOOD, "p.toml").unwrap()
    );
}
