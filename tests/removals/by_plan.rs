//! What a case makes of its records: the plan's rules of categories, and the diarienummer.

use std::fs;

use serde_json::Value;

use crate::site::{Site, archive, judged, mark, open};
use crate::support::Archive;

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
