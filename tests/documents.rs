//! The documents keep up: every requirement has its row, and what a row names is there.

#![allow(clippy::unwrap_used)] // clippy excuses tests, not their helper functions

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use arkivd::calendar::Cron;
use arkivd::config::{Config, template};
use arkivd::policy::{Policy, Profile};
use arkivd::retention::{Decided, PlanFile, Weight};

const REQUIREMENTS: &str = "../shared/seeds/requirements.md";

/// The cells of each row of each table whose first cell is an id.
fn rows(markdown: &str) -> Vec<Vec<String>> {
    markdown
        .lines()
        .filter_map(|l| l.strip_prefix("| ")?.strip_suffix(" |"))
        .map(|l| l.split(" | ").map(str::to_owned).collect::<Vec<_>>())
        .filter(|cells| is_id(&cells[0]))
        .collect()
}

/// `TIB-1`: three capitals, a hyphen, a number.
fn is_id(text: &str) -> bool {
    text.split_once('-').is_some_and(|(who, n)| {
        who.len() == 3 && who.bytes().all(|b| b.is_ascii_uppercase()) && n.parse::<u8>().is_ok()
    })
}

fn requirements_document() -> Vec<Vec<String>> {
    rows(&fs::read_to_string("docs/krav.md").unwrap())
}

#[test]
fn every_requirement_has_one_row() {
    let Ok(asked) = fs::read_to_string(REQUIREMENTS) else {
        println!("SKIP: the requirements are not at {REQUIREMENTS}");
        return;
    };
    let asked: BTreeSet<String> = rows(&asked).into_iter().map(|r| r[0].clone()).collect();
    assert!(
        asked.len() > 50,
        "only {} requirements were read",
        asked.len()
    );
    let answered: Vec<String> = requirements_document()
        .into_iter()
        .map(|r| r[0].clone())
        .collect();
    let distinct: BTreeSet<String> = answered.iter().cloned().collect();
    assert_eq!(distinct, asked);
    assert_eq!(answered.len(), distinct.len(), "an id has two rows");
}

#[test]
fn every_row_says_how_far_it_has_come() {
    for row in requirements_document() {
        let [id, demand, command, test, state] = row.as_slice() else {
            panic!("row {row:?} has not five cells");
        };
        assert!(!demand.is_empty() && !command.is_empty(), "{id}");
        let done = state == "klart" || state.starts_with("klart: ");
        let known = done || state.starts_with("delvis: ") || state.starts_with("kommer (");
        assert!(known, "{id}: {state:?}");
        assert!(
            !done || test.contains(".rs"),
            "{id} is done and no test says so"
        );
    }
}

#[test]
fn every_test_that_a_row_names_is_there() {
    if !Path::new("tests/support").exists() {
        println!("SKIP: the black-box tests are not here");
        return;
    }
    for row in requirements_document() {
        for file in row[3].split([',', ' ']).filter(|w| w.ends_with(".rs")) {
            assert!(Path::new(file).exists(), "{}: {file} is not there", row[0]);
        }
    }
}

/// A setting that a row names must be one that a policy file can have, or the row promises what is not.
#[test]
fn every_setting_that_a_row_names_is_in_a_profile() {
    let profiles: String = Profile::NAMES
        .iter()
        .map(|n| Profile::named(n).unwrap().policy_text)
        .collect();
    for row in requirements_document() {
        for name in row[4].split('`').skip(1).step_by(2) {
            assert!(
                profiles.contains(&format!("\n[{name}]"))
                    || profiles.contains(&format!("\n[[{name}]]")),
                "{}: no profile has the setting {name}",
                row[0]
            );
        }
    }
}

/// What the handbook shows as a setting, an error and cron lines is what they are.
#[test]
fn the_handbook_shows_policies_and_schedules_as_they_are() {
    let handbook = fs::read_to_string("docs/handbok.md").unwrap();
    let tibro = Profile::named("tibro").unwrap().policy_text;
    let blocks = |kind: &str| -> Vec<&str> {
        let fence = format!("```{kind}\n");
        let starts = handbook.split(fence.as_str()).skip(1);
        starts.map(|b| b.split_once("```").unwrap().0).collect()
    };
    let mut settings = 0;
    let mut plan = (String::new(), String::new());
    for toml in blocks("toml") {
        let keys = ["[[person]]", "[credential", "[browser"];
        if keys.iter().any(|key| toml.starts_with(key)) {
            let archive = tempfile::tempdir().unwrap();
            let file = archive.path().join("arkivd.toml");
            fs::write(file, template("A", "tibro") + toml).unwrap();
            Config::load(archive.path()).unwrap();
        } else if toml.starts_with("[plan]") {
            plan.0.push_str(toml);
        } else if toml.starts_with("[[row]]") {
            plan.1.push_str(toml);
        } else if toml.starts_with("archive = ") {
            let example = fs::read_to_string("systemd/system.toml").unwrap();
            for key in toml.lines().map(|line| line.split(' ').next().unwrap()) {
                assert!(example.contains(&format!("{key} = ")), "{toml}");
            }
        } else {
            assert!(tibro.contains(toml), "{toml}");
            settings += 1;
        }
    }
    assert_eq!(settings, 1);
    let plan = PlanFile::parse(&format!("{}\n{}", plan.0, plan.1), "plan.toml").unwrap();
    let today = "2026-11-21".parse().unwrap();
    assert_eq!(plan.plan.header.decided(today), Decided::Yes);
    let faults = plan.check(today);
    assert!(
        faults.iter().all(|f| f.weight == Weight::Note),
        "{faults:#?}"
    );

    let faulty = tibro.replace(
        "[reply_hours]\nvalue = 48",
        "[reply_hours]\nvalue = \"två dygn\"",
    );
    let told = Policy::parse(&faulty, "policy.toml")
        .unwrap_err()
        .to_string();
    let shown = handbook
        .lines()
        .find(|l| l.starts_with("policy.toml:"))
        .unwrap();
    assert_eq!(shown, told);

    let lines: Vec<String> = handbook
        .lines()
        .filter_map(|l| l.strip_prefix("| `")?.split('`').next())
        .filter(|l| l.split(' ').count() == 5 && l.contains('*'))
        .map(str::to_owned)
        .collect();
    assert!(lines.len() >= 4, "{lines:?}");
    for line in lines {
        assert!(Cron::try_from(line.clone()).is_ok(), "{line}");
    }
}
