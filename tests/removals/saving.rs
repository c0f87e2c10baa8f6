//! Saving never delays hiding: a site that is down or slow opens its case all the same, and is tried again.

use std::time::{Duration, Instant};

use crate::site::{Site, archive, judged, mark, missing, open, show};

#[test]
fn a_site_that_is_down_is_hidden_all_the_same_and_saved_when_it_is_back() {
    let site = Site::start();
    let address = site.publish("hot", "Ett hot.", 1);
    let archive = archive("falkoping", &site);
    site.down(true);
    let case = open(&archive, &address, "hets", 3);
    assert!(case["objects"][0]["problem"].is_string(), "{case}");
    assert_eq!(missing(&case), ["saved"]);
    archive
        .run(&["removal", "mark", "1", "deleted"])
        .refuses(1, &["not saved", "FAL-8"]);
    site.down(false);
    // Tried again once it is hidden.
    let case = mark(&archive, &["1", "hidden"]);
    assert!(case["objects"][0]["saved"].is_string(), "{case}");
    assert!(missing(&case).is_empty());
}

#[test]
fn saving_ends_in_time_and_goes_on_by_command() {
    let site = Site::start();
    let address = site.publish("hot", "Ett hot.", 1);
    let archive = archive("falkoping", &site);
    site.slow(true);
    let begun = Instant::now();
    let args = [
        "--json",
        "removal",
        "open",
        &address,
        "--category",
        "hets",
        "--within",
        "2",
    ];
    let output = judged(&archive, archive.run(&args).expect(3));
    assert!(
        begun.elapsed() < Duration::from_secs(30),
        "{:?}",
        begun.elapsed()
    );
    assert!(
        output.json()["warnings"][0]
            .as_str()
            .unwrap()
            .contains("in time")
    );
    site.slow(false);
    let saved = archive.run(&["--json", "removal", "save", "1"]).expect(0);
    assert!(judged(&archive, saved).data()["objects"][0]["record"].is_string());
}

#[test]
fn a_known_record_counts_as_saved_and_may_be_named_by_its_id() {
    let site = Site::start();
    site.publish("hot", "Ett hot.", 1);
    let archive = archive("falkoping", &site);
    archive.snapshot("blogg");
    let record = archive.records(&[])[0]["record"]
        .as_str()
        .unwrap()
        .to_owned();
    site.down(true);
    let case = open(&archive, &record, "hets", 0);
    assert_eq!(case["objects"][0]["record"], record.as_str());
    assert!(missing(&case).is_empty());
    let hide = archive.run(&["removal", "hide", "1"]);
    hide.refuses(1, &["not allowed", "allow_hide = true"]);
    archive.configure("\n[removal]\nallow_hide = true\n");
    let hide = archive.run(&["--json", "removal", "hide", "1"]).expect(1);
    assert!(hide.stdout.contains("no credential to hide with"), "{hide}");
    assert_eq!(show(&archive, "1")["state"], "seen");
}
