//! Through the daemon: who may, whose it is, and letters into files of the user's own.

use std::fs;

use crate::desk::BN;
use crate::support::daemon::{Machine, person, site};

#[test]
fn registrar_and_archivist_of_the_committee_and_nobody_else() {
    let Some(machine) = Machine::new() else {
        return;
    };
    let archive = &machine.archive;
    archive.configure(
        &[
            person(61001, "Anna Öberg", "\"arkivarie\"", ""),
            person(
                61002,
                "Björn Ek",
                "\"registrator\"",
                "committees = [\"Kommunstyrelsen\"]",
            ),
            person(61003, "Cecilia Ås", "\"redaktör\"", ""),
            person(61004, "David Li", "\"revisor\"", ""),
            person(
                61005,
                "Eva Lo",
                "\"registrator\"",
                "committees = [\"Barnnämnden\"]",
            ),
        ]
        .concat(),
    );
    archive.add_account("blogg", "feed", &site(), &[]);
    archive.add_account("skola", "feed", &site(), &[]);
    archive
        .run(&["account", "edit", "skola", "--committee", BN])
        .expect(0);
    archive.run(&["snapshot", "blogg"]).expect(0);
    let mut daemon = machine.daemon();
    let open = [
        "disclosure",
        "open",
        "--committee",
        "Kommunstyrelsen",
        "--scope",
        "Plogbilen",
        "--words",
        "plogbil*",
        "--requester",
        "Åsa",
    ];
    machine
        .run(61003, &open)
        .refuses(1, &["Cecilia Ås", "registrator"]);
    machine.run(61004, &open).refuses(1, &["David Li"]);
    machine.run(61005, &open).refuses(1, &["Kommunstyrelsen"]);
    machine.run(61002, &open).expect(0);
    machine
        .run(61004, &["disclosure", "show", "U-2026-0001"])
        .expect(0);
    machine
        .run(61004, &["disclosure", "requester", "U-2026-0001"])
        .refuses(1, &["David Li"]);
    machine
        .run(61005, &["disclosure", "show", "U-2026-0001"])
        .refuses(1, &["Kommunstyrelsen"]);
    let theirs = machine.run(61005, &["disclosure", "list"]).expect(0);
    assert!(!theirs.stdout.contains("U-2026-0001"), "{theirs}");
    machine
        .run(61003, &["disclosure", "list"])
        .refuses(1, &["Cecilia Ås"]);
    machine
        .run(
            61001,
            &[
                "disclosure",
                "review",
                "U-2026-0001",
                "--rest",
                "--withhold",
                "18:1",
                "--reason",
                "Förundersökning.",
            ],
        )
        .expect(0);
    machine
        .run(
            61002,
            &[
                "disclosure",
                "refuse",
                "U-2026-0001",
                "--answer",
                "-o",
                "svar.pdf",
            ],
        )
        .expect(0);
    let pdf = fs::read(machine.home(61002).join("svar.pdf")).unwrap();
    assert!(pdf.starts_with(b"%PDF-1.4"));
    machine
        .run(
            61002,
            &[
                "disclosure",
                "refuse",
                "U-2026-0001",
                "--answer",
                "-o",
                "svar.txt",
            ],
        )
        .expect(0);
    let text = fs::read_to_string(machine.home(61002).join("svar.txt")).unwrap();
    assert!(
        text.contains("18 kap. 1 § OSL") && text.contains("Till: Åsa"),
        "{text}"
    );
    machine
        .run(
            61002,
            &[
                "disclosure",
                "refuse",
                "U-2026-0001",
                "--answer",
                "-o",
                "svar.txt",
            ],
        )
        .refuses(1, &["svar.txt"]);
    daemon.end();
}
