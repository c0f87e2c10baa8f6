//! Through the daemon: who may open an emergency, and that nobody reads what it locks, whatever their role.

use crate::site::{ITEM, Site, WORD, archive_in, erase, record};
use crate::support::daemon::{Machine, person};

const ARCHIVIST: u32 = 20_011;
const EDITOR: u32 = 20_012;
const AUDITOR: u32 = 20_013;
const OTHER: u32 = 20_014;

#[test]
fn an_editor_opens_it_nobody_reads_it_and_the_archivist_carries_out_what_the_police_say() {
    let Some(machine) = Machine::new() else {
        return;
    };
    let site = Site::start();
    let archive = &machine.archive;
    archive_in(archive, &site);
    let record = record(archive);
    let ks = "committees = [\"Kommunstyrelsen\"]";
    archive.configure(&person(ARCHIVIST, "Ann Ark", "\"arkivarie\"", ks));
    archive.configure(&person(EDITOR, "Ed Lind", "\"redaktör\"", ks));
    archive.configure(&person(AUDITOR, "Re Visor", "\"revisor\"", ks));
    let other = "committees = [\"Socialnämnden\"]";
    archive.configure(&person(OTHER, "Sam Öst", "\"arkivarie\"", other));
    let mut daemon = machine.daemon();
    let item = site.item();
    let open = ["removal", "emergency", &item];
    machine.run(AUDITOR, &open).expect(1);
    machine.run(OTHER, &open).expect(1);
    let before = site.fetched();
    let opened = machine.run(EDITOR, &open).expect(0);
    assert!(opened.stderr.contains("114 14"), "{opened}");
    for user in [ARCHIVIST, EDITOR, AUDITOR, OTHER] {
        let show = machine.run(user, &["record", "show", &record]);
        assert_ne!(show.code, Some(0), "{user}: {show}");
        for args in [
            &["record", "show", &record][..],
            &["record", "history", &record],
            &["record", "list"],
            &["event", "list"],
            &["removal", "list"],
            &["report", "changes"],
        ] {
            let told = machine.run(user, args);
            let said = format!("{}{}", told.stdout, told.stderr);
            assert!(!said.contains(WORD), "{user}: {told}");
        }
    }
    let case = machine.run(ARCHIVIST, &["--json", "removal", "show", "1"]);
    let case = case.expect(0).data();
    let bag = case["emergency"]["bags"][0].as_str().unwrap().to_owned();
    let out = machine.home(ARCHIVIST).join("ut");
    let export = ["export", "bag", &bag, "-o", out.to_str().unwrap()];
    machine.run(ARCHIVIST, &export).refuses(1, &["locked"]);
    machine.run(OTHER, &["removal", "show", "1"]).expect(1);
    machine.run(ARCHIVIST, &["snapshot", "blogg"]);
    assert_eq!(site.fetched(), before, "it was fetched");
    // The police's word is the archivist's to carry out.
    let lift = ["removal", "emergency-lift", "1", "--reason", "x"];
    machine.run(EDITOR, &lift).expect(1);
    let erasing = erase();
    let erasing: Vec<&str> = erasing.iter().map(String::as_str).collect();
    machine.run(EDITOR, &erasing).expect(1);
    machine.run(OTHER, &erasing).expect(1);
    machine.run(ARCHIVIST, &erasing).expect(0);
    assert_eq!(daemon.end().0, Some(0));
    let left = crate::bytes::holding(archive.path(), &[WORD, ITEM]);
    assert!(left.is_empty(), "{left:?}");
    archive.run(&["verify"]).expect(0);
}
