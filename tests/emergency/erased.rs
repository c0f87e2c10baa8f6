//! On the police's instruction: before every hold, to the last byte, and to the end whatever breaks it off.

use std::fs;

use crate::bytes::holding;
use crate::site::{ITEM, Site, WORD, archive, emergency, erase, judged, record};
use crate::support::{Archive, run};

#[track_caller]
fn erased(archive: &Archive) {
    let args = erase();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let data = judged(archive, archive.run(&args).expect(0)).data();
    assert_eq!(data["records"], 1, "{data}");
    let protocol = data["protocol"]["file"].as_str().unwrap().to_owned();
    assert!(protocol.ends_with("raderingsprotokoll.pdf"), "{protocol}");
    all_gone(archive);
}

#[track_caller]
fn all_gone(archive: &Archive) {
    let left = holding(archive.path(), &[WORD, ITEM, "bild-77"]);
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn no_byte_is_left_though_it_is_held_and_it_never_comes_back() {
    let site = Site::start();
    let archive = archive(&site);
    let record = record(&archive);
    assert!(!holding(archive.path(), &[WORD]).is_empty());
    let hold = [
        "hold",
        "add",
        "--record",
        &record,
        "--reason",
        "Tvist i domstol",
    ];
    archive.run(&hold).expect(0);
    emergency(&archive, &site.item());
    archive.run(&["removal", "mark", "1", "hidden"]).expect(0);
    archive
        .run(&["removal", "mark", "1", "police=5000-K1-26"])
        .expect(0);
    // No other command carries it out, and none without the police's words.
    let case = archive.data(&["removal", "show", "1"]);
    let gallring = case["emergency"]["gallring"].as_str().unwrap();
    archive
        .run(&["gallring", "execute", gallring])
        .refuses(1, &["locked"]);
    archive
        .run(&["gallring", "withdraw", gallring, "--reason", "nej"])
        .refuses(1, &["locked"]);
    archive.run(&["removal", "emergency-erase", "1"]).expect(2);
    let fetched = site.fetched();
    erased(&archive);
    archive.run(&["verify"]).expect(0);
    archive.run(&["snapshot", "blogg"]);
    archive.run(&["watch", "blogg"]);
    archive.run(&["snapshot", "blogg"]);
    assert_eq!(site.fetched(), fetched);
    all_gone(&archive);
    assert_eq!(archive.records(&["--account", "blogg"]).len(), 3);
    let stub = archive.run(&["record", "show", &record]).expect(0);
    assert!(stub.stdout.contains("destroyed"), "{stub}");
    archive.run(&["removal", "close", "1"]).expect(0);
    judged(
        &archive,
        archive.run(&["--json", "removal", "show", "1"]).expect(0),
    );
    judged(
        &archive,
        archive
            .run(&["--json", "gallring", "show", gallring])
            .expect(0),
    );
}

#[test]
fn a_crash_at_any_step_is_gone_on_from() {
    let listed = {
        let site = Site::start();
        let archive = archive(&site);
        archive.run(&["crash-points"]).expect(0).stdout
    };
    let points = listed
        .lines()
        .filter(|p| p.starts_with("gallring::") && *p != "gallring::begun");
    let points: Vec<&str> = points.collect();
    assert!(points.len() >= 8, "{points:?}");
    for point in points {
        let site = Site::start();
        let archive = archive(&site);
        emergency(&archive, &site.item());
        let mut command = archive.command(&erase());
        let broken = run(command.env("ARKIVD_CRASH_AT", point));
        assert_ne!(broken.code, Some(0), "{point}: {broken}");
        // Any command that writes starts the archive up.
        archive.run(&["removal", "mark", "1", "hidden"]).expect(0);
        all_gone(&archive);
        let case = archive.data(&["removal", "show", "1"]);
        assert_eq!(case["emergency"]["state"], "erased", "{point}: {case}");
        let protocols = fs::read_dir(archive.path().join("store")).is_ok();
        assert!(protocols);
        archive.run(&["verify"]).expect(0);
    }
}
