//! Who may do what in a case, and who is handed one: secrecy holds between committees (VAR-3).

use crate::site::Site;
use crate::support::daemon::{Machine, person};

const REGISTRAR: u32 = 20_001;
const EDITOR: u32 = 20_002;
const OTHER: u32 = 20_003;

#[test]
fn a_routed_case_is_read_by_the_committee_it_was_handed_to_and_by_no_other() {
    let Some(machine) = Machine::new() else {
        return;
    };
    let site = Site::start();
    let address = site.publish("hemligt", "Om någons hälsa.", 1);
    let archive = &machine.archive;
    archive.add_account("blogg", "feed", &site.feed(), &[]);
    let committee = |name: &str| format!("committees = [\"{name}\"]");
    let ks = committee("Kommunstyrelsen");
    archive.configure(&person(REGISTRAR, "Rut Ek", "\"registrator\"", &ks));
    archive.configure(&person(EDITOR, "Ed Lind", "\"redaktör\"", &ks));
    archive.configure(&person(
        OTHER,
        "Sam Öst",
        "\"registrator\"",
        &committee("Socialnämnden"),
    ));
    let mut daemon = machine.daemon();
    let note = ["--note", "Känsligt."];
    let mut open = vec!["removal", "open", &address, "--category", "sekretess"];
    open.extend(note);
    machine.run(OTHER, &open).expect(1);
    machine.run(EDITOR, &open).expect(0);
    machine
        .run(EDITOR, &["removal", "mark", "1", "hidden"])
        .expect(0);
    // The registrar registers.
    machine
        .run(EDITOR, &["removal", "mark", "1", "registered=X"])
        .refuses(1, &["registrator"]);
    machine.run(EDITOR, &["removal", "close", "1"]).expect(1);
    machine
        .run(OTHER, &["removal", "show", "1"])
        .refuses(1, &["Kommunstyrelsen"]);
    let none = machine.run(OTHER, &["removal", "list"]).expect(0);
    assert!(none.stdout.contains("no such cases"), "{none}");

    // The text that went to the author is a restricted record: it stands for what not everyone may see.
    let notice = ["--json", "removal", "notice", "1", "--record"];
    let kept = machine.run(EDITOR, &notice).expect(0).data();
    let secret = kept["record"].as_str().unwrap().to_owned();
    machine.run(OTHER, &["record", "show", &secret]).expect(1);
    let second = ["removal", "open", &secret, "--category", "sekretess"];
    machine.run(REGISTRAR, &second).expect(0);
    let route = ["removal", "route", "2", "--committee", "Socialnämnden"];
    machine.run(EDITOR, &route).expect(1);
    machine.run(REGISTRAR, &route).expect(0);
    machine.run(OTHER, &["removal", "show", "2"]).expect(0);
    let seen = machine.run(OTHER, &["record", "show", &secret]).expect(0);
    assert!(seen.stdout.contains("Hej!"), "{seen}");
    let listed = machine.run(OTHER, &["record", "list"]).expect(0);
    assert!(listed.stdout.contains(&secret), "{listed}");
    machine.run(OTHER, &["removal", "show", "1"]).expect(1);
    machine
        .run(OTHER, &["removal", "mark", "2", "hidden"])
        .expect(1);
    // It registers the case with itself, and does nothing else in it.
    machine
        .run(OTHER, &["removal", "mark", "2", "gallringsbeslut=x"])
        .expect(1);
    machine
        .run(OTHER, &["removal", "mark", "2", "registered=SN 2026/4"])
        .expect(0);
    machine
        .run(OTHER, &["removal", "mark", "1", "registered=SN 2026/4"])
        .refuses(1, &["Kommunstyrelsen"]);

    // The ZIP is the caller's own file.
    let zip = machine.home(REGISTRAR).join("polisen.zip");
    let police = ["removal", "police", "1", "-o", zip.to_str().unwrap()];
    machine.run(REGISTRAR, &police).expect(0);
    assert!(zip.metadata().unwrap().len() > 1000);
    assert_eq!(daemon.end().0, Some(0));
}
