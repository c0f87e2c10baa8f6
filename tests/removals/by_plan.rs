//! What a case makes of its records: the plan's rules of categories, and the diarienummer.

use std::fs;

use serde_json::Value;

use crate::site::{Site, archive, judged, mark, missing, open};
use crate::support::Archive;
use crate::support::daemon::events;

const PLAN: &str = r#"
[plan]
title = "Plan för sociala medier"
committee = "Kommunstyrelsen"

[[row]]
id = "reklam"
handlingstyp = "Reklam"
arkivexemplar = "diarium"
archive = "bevaras"
after_registration = "gallras 1 år efter registrering"

[[row]]
id = "hot"
handlingstyp = "Hot"
archive = "bevaras"

[[row]]
id = "ovrigt"
handlingstyp = "Övrigt"
archive = "bevaras"

[[rule]]
id = "reklam"
row = "reklam"
categories = ["reklam"]

[[rule]]
id = "hot"
row = "hot"
categories = ["olaga-hot"]

[[rule]]
id = "ovrigt"
row = "ovrigt"
kinds = ["post"]
"#;

fn load(archive: &Archive) {
    let plan = archive.beside("plan.toml");
    fs::write(&plan, PLAN).unwrap();
    let load = ["plan", "load", plan.to_str().unwrap()];
    archive.run(&load).expect(0);
}

fn record(case: &Value) -> String {
    case["objects"][0]["record"].as_str().unwrap().to_owned()
}

fn explain(archive: &Archive, record: &str) -> Value {
    let args = ["--json", "record", "classify", record, "--explain"];
    judged(archive, archive.run(&args).expect(0)).data()
}

fn row(archive: &Archive, record: &str) -> Value {
    explain(archive, record)["classification"]["row"].clone()
}

#[test]
fn the_category_of_a_case_decides_what_its_records_are() {
    let site = Site::start();
    let archive = archive("vara", &site);
    load(&archive);
    let known = site.publish("s0", "Köp!", 1);
    archive.run(&["snapshot", "blogg"]);
    let new = site.publish("s1", "Köp mer!", 1);
    // One that the archive knew, and one that saving brings.
    let first = record(&open(&archive, &known, "reklam", 0));
    let second = record(&open(&archive, &new, "reklam", 0));
    for record in [&first, &second] {
        assert_eq!(row(&archive, record), "reklam");
    }
    mark(&archive, &["2", "category=olaga-hot"]);
    assert_eq!(row(&archive, &second), "hot");
    let held = &explain(&archive, &first)["held"];
    assert!(held[0].as_str().unwrap().contains("OI "), "{held}");
    // A person's word stands.
    let by_hand = ["--row", "ovrigt", "--reason", "nyhetsvärde"];
    let by_hand = [&["record", "classify", &first], &by_hand[..]].concat();
    archive.run(&by_hand).expect(0);
    mark(&archive, &["1", "category=olaga-hot"]);
    assert_eq!(row(&archive, &first), "ovrigt");
}

/// Falköping's text asks for no registration before deletion: the plan does, for the row that the category leads to.
#[test]
fn what_the_plan_registers_is_registered_before_it_is_deleted() {
    let site = Site::start();
    let archive = archive("falkoping", &site);
    let plan = PLAN.replace(
        "handlingstyp = \"Hot\"\n",
        "handlingstyp = \"Hot\"\nregistration = \"Förs in i diariet\"\n",
    );
    let decided = "gallringsansvarig = \"Anna Ek\"\n\n[plan.decision]\nby = \"Kommunstyrelsen\"\ndate = 2026-01-02\nparagraph = \"§ 12\"\n\n[[row]]";
    let file = archive.beside("plan.toml");
    fs::write(&file, plan.replacen("\n[[row]]", decided, 1)).unwrap();
    let load = ["plan", "load", file.to_str().unwrap()];
    archive.run(&load).expect(0);
    let threat = site.publish("hot", "Jag ska komma hem till dig.", 1);
    let spam = site.publish("reklam", "Köp!", 1);
    let case = open(&archive, &threat, "olaga-hot", 0);
    assert_eq!(missing(&case), ["registered"], "{case}");
    assert_eq!(case["objects"][0]["plan_row"], "hot", "{case}");
    mark(&archive, &["1", "hidden"]);
    archive.run(&["removal", "mark", "1", "deleted"]).refuses(
        1,
        &[
            "not registered",
            "plan row hot",
            "Förs in i diariet",
            "registered=",
        ],
    );
    // Another row of the same plan asks for nothing.
    let other = open(&archive, &spam, "reklam", 0);
    assert_eq!(missing(&other), [""; 0], "{other}");
    mark(&archive, &["2", "hidden"]);
    mark(&archive, &["2", "deleted"]);
    let moved = mark(&archive, &["1", "category=reklam"]);
    assert_eq!(missing(&moved), [""; 0], "{moved}");
    let back = mark(&archive, &["1", "category=olaga-hot"]);
    assert_eq!(missing(&back), ["registered"], "{back}");
    mark(&archive, &["1", "registered=KS 2026/12"]);
    let gone = mark(&archive, &["1", "deleted"]);
    assert_eq!(missing(&gone), [""; 0], "{gone}");
}

/// Saving is tried again and again, and what it changes nothing of is no event.
#[test]
fn saving_a_case_again_is_no_classification() {
    let site = Site::start();
    let archive = archive("vara", &site);
    load(&archive);
    let address = site.publish("s0", "Köp!", 1);
    open(&archive, &address, "reklam", 0);
    let classified = || {
        let all = events(&archive).into_iter();
        all.filter(|(_, verb, _)| verb == "record classify").count()
    };
    let before = classified();
    for _ in 0..2 {
        archive.run(&["removal", "save", "1"]).expect(0);
    }
    archive
        .run(&["record", "classify", "--all", "--anew"])
        .expect(0);
    assert_eq!(classified(), before);
    mark(&archive, &["1", "category=olaga-hot"]);
    assert_eq!(classified(), before + 1);
}

#[test]
fn the_diarienummer_of_a_case_is_its_records_own() {
    let site = Site::start();
    let archive = archive("tibro", &site);
    archive.configure("\n[removal]\ncollected = [\"reklam\"]\n");
    load(&archive);
    let addresses: Vec<String> = (0..3)
        .map(|n| site.publish(&format!("s{n}"), "Köp!", 1))
        .collect();
    let first = record(&open(&archive, &addresses[0], "reklam", 0));
    let second = record(&open(&archive, &addresses[1], "reklam", 0));
    let due = |record: &str| explain(&archive, record)["classification"]["due"].clone();
    assert_eq!(due(&first), Value::Null);
    mark(&archive, &["1", "registered=KS 2026/7"]);
    // The samlingsärende's other cases, and those that are opened later, have it too.
    let third = record(&open(&archive, &addresses[2], "reklam", 0));
    for record in [&first, &second, &third] {
        assert!(due(record).is_string(), "{}", explain(&archive, record));
        let shown = archive.run(&["record", "show", record]).expect(0);
        assert!(shown.stdout.contains("KS 2026/7"), "{shown}");
    }
    // What a person takes back stays so, until the case has another number.
    let back = ["record", "mark", &first, "registered", "--withdraw"];
    archive.run(&back).expect(0);
    mark(&archive, &["1", "registered=KS 2026/7"]);
    assert_eq!(due(&first), Value::Null);
    mark(&archive, &["1", "registered=KS 2026/8"]);
    assert!(due(&first).is_string());
}
