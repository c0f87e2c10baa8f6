//! What a mark says and the platform shows: neither contradicts the other in silence, and a wrong mark is taken back.

use std::time::Duration;

use crate::site::{Site, archive, mark, missing, open, show};
use crate::support::Archive;

/// A look that begins in a later second than all before: times are kept in seconds.
fn look_later(archive: &Archive) {
    std::thread::sleep(Duration::from_millis(1_001));
    archive.snapshot("blogg");
}

#[test]
fn what_is_seen_after_it_was_noted_as_deleted_is_not_gone() {
    let site = Site::start();
    let address = site.publish("hot", "Ett hot.", 1);
    let archive = archive("falkoping", &site);
    open(&archive, &address, "hets", 0);
    mark(&archive, &["1", "hidden"]);
    let case = mark(&archive, &["1", "deleted"]);
    assert_eq!(case["state"], "deleted");
    assert!(case["objects"][0]["seen_again"].is_null());
    archive
        .run(&["removal", "close", "1", "--reason", "Klart."])
        .expect(0);
    assert!(!archive.run(&["status"]).stdout.contains("seen again"));
    look_later(&archive);
    let case = show(&archive, "1");
    assert!(case["objects"][0]["seen_again"].is_string(), "{case}");
    let shown = archive.run(&["removal", "show", "1"]).expect(0);
    assert!(shown.stdout.contains("SEEN AGAIN"), "{shown}");
    let status = archive.run(&["status"]);
    assert!(status.stdout.contains("it was seen again"), "{status}");
    // Hidden again.
    let case = mark(&archive, &["1", "hidden"]);
    assert!(case["objects"][0]["seen_again"].is_null(), "{case}");
    assert!(!archive.run(&["status"]).stdout.contains("seen again"));
}

#[test]
fn an_open_case_that_is_seen_again_is_not_gone() {
    let site = Site::start();
    let address = site.publish("hot", "Ett hot.", 60);
    let archive = archive("tibro", &site);
    open(&archive, &address, "hets", 0);
    assert_eq!(mark(&archive, &["1", "hidden"])["state"], "hidden");
    look_later(&archive);
    let case = show(&archive, "1");
    assert_eq!(case["state"], "seen");
    assert_eq!(case["objects"][0]["overdue"], true, "48 hours are over");
    let next = case["next"].as_str().unwrap();
    assert!(next.contains("again"), "{next}");
    archive
        .run(&["removal", "close", "1"])
        .refuses(1, &["hidden"]);
}

#[test]
fn a_wrong_mark_is_taken_back_and_both_stay_in_the_case() {
    let site = Site::start();
    let address = site.publish("hot", "Ett hot.", 1);
    let archive = archive("falkoping", &site);
    open(&archive, &address, "hets", 0);
    let none = archive.run(&["removal", "mark", "1", "hidden", "--withdraw"]);
    none.refuses(1, &["hidden", "none to take back"]);
    mark(&archive, &["1", "deleted"]);
    let case = mark(&archive, &["1", "deleted", "--withdraw"]);
    assert_eq!(case["state"], "seen");
    assert!(case["objects"][0]["deleted"].is_null());
    let steps = case["steps"].as_array().unwrap();
    let deleted = steps.iter().filter(|s| s["what"] == "deleted").count();
    assert_eq!(deleted, 2);
    archive
        .run(&["removal", "mark", "1", "registered=X", "--withdraw"])
        .refuses(2, &["--withdraw"]);
    assert_eq!(mark(&archive, &["1", "deleted"])["state"], "deleted");
}

#[test]
fn the_years_samlingsarende_stands_apart_from_its_name() {
    let site = Site::start();
    let address = site.publish("spam", "Köp!", 1);
    let archive = archive("falkoping", &site);
    archive.configure("\n[removal]\ncollected = [\"reklam\"]\n");
    let case = open(&archive, &address, "reklam", 0);
    assert!(missing(&case).is_empty());
    let shown = archive.run(&["removal", "show", "1"]).expect(0);
    assert!(shown.stdout.contains("samlingsärende  2"), "{shown}");
}
