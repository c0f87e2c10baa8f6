//! Plans through the daemon, for those who cannot read the archive's files.

use std::fs;

use crate::support::daemon::{Machine, events, person};

#[test]
fn an_archivist_of_the_committee_loads_a_plan_and_others_read_it() {
    let Some(machine) = Machine::new() else {
        return;
    };
    let archive = &machine.archive;
    let ours = "committees = [\"Kommunstyrelsen\"]";
    archive.configure(
        &[
            person(61001, "Anna Öberg", "\"arkivarie\"", ours),
            person(61002, "Björn Ek", "\"redaktör\"", ours),
            person(
                61003,
                "Cecilia Ås",
                "\"arkivarie\"",
                "committees = [\"Socialnämnden\"]",
            ),
        ]
        .concat(),
    );
    archive.add_account("blogg", "feed", "http://127.0.0.1:9/", &[]);
    let mut daemon = machine.daemon();
    let draft = [
        "plan",
        "draft",
        "--committee",
        "Kommunstyrelsen",
        "-o",
        "utkast.toml",
    ];
    machine.run(61001, &draft).expect(0);
    let file = machine.home(61001).join("utkast.toml");
    let text = fs::read_to_string(&file).unwrap();
    let row = "\n[[row]]\nid = \"1\"\nhandlingstyp = \"Inlägg\"\narchive = \"bevaras\"\n";
    let written = format!("{text}{row}");
    for user in [61001, 61002, 61003] {
        fs::write(machine.home(user).join("plan.toml"), &written).unwrap();
    }
    let load = ["plan", "load", "plan.toml"];
    machine
        .run(61002, &load)
        .refuses(1, &["Björn Ek", "plan load", "arkivarie"]);
    machine
        .run(61003, &load)
        .refuses(1, &["Cecilia Ås", "Kommunstyrelsen"]);
    machine
        .run(61003, &draft)
        .refuses(1, &["Cecilia Ås", "Kommunstyrelsen"]);
    assert!(!machine.home(61003).join("utkast.toml").exists());
    let checked = machine
        .run(61002, &["plan", "check", "plan.toml"])
        .expect(0);
    assert!(checked.stdout.contains("plan.toml: 0 errors"), "{checked}");
    machine.run(61001, &load).expect(0);
    let shown = machine.run(61002, &["plan", "show"]).expect(0);
    assert!(shown.stdout.contains("Inlägg [1]"), "{shown}");
    let diff = machine
        .run(61002, &["plan", "diff", "1", "plan.toml"])
        .expect(0);
    assert_eq!(diff.stdout, "the plans say the same\n");
    machine
        .run(61002, &["plan", "check", "saknas.toml"])
        .expect(1);
    assert_eq!(daemon.end().0, Some(0));
    let told = events(archive);
    let load = ("Anna Öberg, uid 61001", "plan load", "Kommunstyrelsen");
    assert!(
        told.iter()
            .any(|(who, what, object)| (who.as_str(), what.as_str(), object.as_str()) == load),
        "{told:#?}"
    );
}
