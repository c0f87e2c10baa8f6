//! From the opening to the police's word: locked, passed by, and not let out by any way.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::bytes::holding;
use crate::site::{ITEM, Site, WORD, archive, emergency, erase, judged, record};
use crate::support::Archive;

#[track_caller]
fn not_told(archive: &Archive, args: &[&str]) {
    let output = archive.run(args);
    let said = format!("{}{}", output.stdout, output.stderr);
    assert!(!said.contains(WORD), "{output}");
}

#[test]
fn what_exists_is_locked_and_nothing_takes_it_again() {
    let site = Site::start();
    let archive = archive(&site);
    let record = record(&archive);
    let before = site.fetched();
    // However it is written.
    let told = format!("{}/?utm_source=tips", site.item());
    let case = emergency(&archive, &told);
    assert_eq!(site.fetched(), before, "the address was opened");
    assert_eq!(case["state"], "locked", "{case}");
    assert_eq!(case["emergency"]["records"][0], record.as_str(), "{case}");
    let bags = case["emergency"]["bags"].as_array().unwrap().clone();
    assert!(!bags.is_empty(), "{case}");
    // No folder that holds it can be read by another than root.
    for file in holding(&archive.path().join("store"), &[WORD]) {
        let closed = file.ancestors().any(|folder| {
            fs::metadata(folder).is_ok_and(|m| m.is_dir() && m.permissions().mode() & 0o777 == 0)
        });
        assert!(closed, "{} is open", file.display());
    }
    let opened = archive.run(&["removal", "show", "1"]).expect(0);
    assert!(opened.stderr.contains("hide it"), "{opened}");
    // Nobody reads it.
    archive
        .run(&["record", "show", &record])
        .refuses(1, &["locked", "OI "]);
    archive
        .run(&["record", "history", &record])
        .refuses(1, &["locked"]);
    archive
        .run(&["record", "classify", &record, "--explain"])
        .refuses(1, &["locked"]);
    for args in [
        &["record", "list"][..],
        &["--json", "record", "list", "--account", "blogg"],
        &["report", "changes"],
        &["report", "unanswered"],
        &["report", "alt-text"],
        &["gallring", "list", "--all"],
        &["event", "list"],
        &["removal", "list"],
        &["account", "show", "blogg"],
    ] {
        not_told(&archive, args);
    }
    // Nor is it let out.
    let out = archive.beside("ut");
    let out = out.to_str().unwrap();
    for bag in &bags {
        let bag = bag.as_str().unwrap();
        archive
            .run(&["export", "bag", bag, "-o", out])
            .refuses(1, &["locked", bag]);
    }
    archive
        .run(&["removal", "police", "1", "-o", &format!("{out}.zip")])
        .refuses(1, &["emergency"]);
    archive
        .run(&["removal", "save", "1"])
        .refuses(1, &["emergency"]);
    archive
        .run(&["removal", "notice", "1"])
        .refuses(1, &["emergency"]);
    archive
        .run(&["removal", "close", "1", "--reason", "klart"])
        .refuses(1, &["police"]);
    archive
        .run(&["removal", "open", &site.item(), "--category", "hets"])
        .refuses(1, &["emergency"]);
    // Nothing takes it.
    let asked = site.asked();
    site.publish("vanlig-4", "Ny lekplats.");
    archive.run(&["snapshot", "blogg"]).expect(0);
    archive.run(&["watch", "blogg"]);
    archive.run(&["snapshot", "blogg"]);
    archive
        .run(&["snapshot", "--url", &site.item(), "--account", "blogg"])
        .expect(1);
    assert!(site.asked() > asked, "the rest is read on");
    assert_eq!(site.fetched(), before, "it was fetched");
    let all = archive.records(&["--account", "blogg"]);
    assert_eq!(all.len(), 4, "{all:?}");
    let open: Vec<_> = holding(&archive.path().join("store"), &[WORD, ITEM]);
    for file in open {
        let name = file.display().to_string();
        assert!(
            bags.iter().any(|bag| name.contains(bag.as_str().unwrap())),
            "{name} was stored anew"
        );
    }
    // Verified all the same, and a person is called.
    let verified = archive.run(&["verify"]).expect(0);
    let said = format!("{}{}", verified.stdout, verified.stderr);
    assert!(said.contains("locked"), "{verified}");
    let status = archive.run(&["status"]).expect(5);
    assert!(status.stdout.contains("emergency OI "), "{status}");
}

#[test]
fn found_lawful_it_is_as_it_was_and_taken_again() {
    let site = Site::start();
    let archive = archive(&site);
    let record = record(&archive);
    let before = archive.data(&["record", "show", &record]);
    emergency(&archive, &record);
    let lift = ["--json", "removal", "emergency-lift", "1", "--reason"];
    let lifted = archive.run(&[&lift[..], &["Polisen fann det lagligt"]].concat());
    let case = judged(&archive, lifted.expect(0)).data();
    assert_eq!(case["emergency"]["state"], "lifted", "{case}");
    let after = archive.data(&["record", "show", &record]);
    assert_eq!(before, after);
    for bag in archive.bags() {
        let mode = fs::metadata(bag.parent().unwrap()).unwrap().permissions();
        assert_ne!(mode.mode() & 0o700, 0, "{}", bag.display());
    }
    archive.run(&["verify"]).expect(0);
    archive.run(&["snapshot", "blogg"]).expect(0);
    assert_eq!(archive.records(&["--account", "blogg"]).len(), 4);
    let again: Vec<String> = erase();
    let again: Vec<&str> = again.iter().map(String::as_str).collect();
    archive.run(&again).expect(1);
}

#[test]
fn an_item_that_was_never_taken_is_not_taken() {
    let site = Site::start();
    let archive = archive(&site);
    site.publish("misstankt-7-ny", WORD);
    let address = format!("{}misstankt-7-ny", site.address);
    let before = site.fetched();
    let opened = archive
        .run(&["--json", "removal", "emergency", &address])
        .expect(0);
    assert!(
        opened.json()["warnings"][0]
            .as_str()
            .unwrap()
            .contains("no record")
    );
    archive.run(&["snapshot", "blogg"]);
    archive.run(&["watch", "blogg"]);
    let all = archive.records(&["--account", "blogg"]);
    assert_eq!(all.len(), 4, "{all:?}");
    assert_eq!(site.fetched(), before);
    assert!(holding(&archive.path().join("store"), &["misstankt-7-ny"]).is_empty());
}
