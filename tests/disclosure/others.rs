//! Between committees: what is not public with one is told to none of the other, and held by none of it.

use std::fs;

use crate::desk::{BN, KS};
use crate::support::brought;
use crate::support::daemon::{Machine, person, site};

/// The registrars of two committees, the archivist of all; Barnnämnden has a private message.
fn committees() -> Option<Machine> {
    let machine = Machine::new()?;
    let archive = &machine.archive;
    let of = |name: &str| format!("committees = [\"{name}\"]");
    archive.configure(
        &[
            person(61001, "Anna Öberg", "\"arkivarie\"", ""),
            person(61002, "Björn Ek", "\"registrator\", \"arkivarie\"", &of(KS)),
            person(61005, "Eva Lo", "\"registrator\", \"arkivarie\"", &of(BN)),
        ]
        .concat(),
    );
    archive.add_account("blogg", "feed", &site(), &[]);
    archive.add_account("skola", "feed", &site(), &[]);
    archive
        .run(&["account", "edit", "skola", "--committee", BN])
        .expect(0);
    archive.run(&["snapshot", "blogg"]).expect(0);
    archive.run(&["snapshot", "skola"]).expect(0);
    let picture = archive.beside("meddelande.png");
    fs::write(&picture, brought::png(20, 20, 1)).unwrap();
    let import = [
        "import",
        "skola",
        picture.to_str().unwrap(),
        "--kind",
        "message",
        "--author",
        "Eva Ek",
        "--text",
        "Plogbilen och orosanmälan",
        "--time",
        "2026-09-10",
    ];
    archive.run(&import).expect(0);
    Some(machine)
}

fn open(words: &str) -> [&str; 8] {
    [
        "disclosure",
        "open",
        "--committee",
        KS,
        "--scope",
        "x",
        "--words",
        words,
    ]
}

#[test]
fn what_is_private_elsewhere_is_neither_counted_nor_hinted_at() {
    let Some(machine) = committees() else { return };
    let mut daemon = machine.daemon();
    let secret = machine.run(61002, &open("orosanmälan")).expect(0);
    let nothing = machine.run(61002, &open("enhörningshorn")).expect(0);
    let same = |text: &str| {
        let kept = text
            .lines()
            .filter(|l| !l.starts_with("opened") && !l.starts_with("received"));
        kept.collect::<Vec<_>>()
            .join("\n")
            .replace("U-2026-0002", "U-2026-0001")
    };
    assert_eq!(same(&secret.stdout), same(&nothing.stdout));
    assert_eq!(same(&secret.stderr), same(&nothing.stderr));
    let again = machine
        .run(61002, &["disclosure", "refresh", "U-2026-0001"])
        .expect(0);
    assert!(!again.stderr.contains(BN), "{again}");
    // What all have seen is counted, and all by who may read it.
    let public = machine.run(61002, &open("plogbil*")).expect(0);
    assert!(
        public.stderr.contains("1 record lies with Barnnämnden"),
        "{public}"
    );
    let all = machine.run(61001, &open("plogbil*")).expect(0);
    assert!(
        all.stderr.contains("2 records lie with Barnnämnden"),
        "{all}"
    );
    let search = ["search", "--save", "oro", "orosanmälan"];
    machine.run(61001, &search).expect(0);
    let saved = [
        "disclosure",
        "open",
        "--committee",
        KS,
        "--scope",
        "x",
        "--search",
        "oro",
    ];
    let saved = machine.run(61002, &saved).expect(0);
    assert!(!saved.stderr.contains("Barnnämnden"), "{saved}");
    daemon.end();
}

#[test]
fn what_is_private_elsewhere_is_no_record_to_be_named() {
    let Some(machine) = committees() else { return };
    let mut daemon = machine.daemon();
    let found = ["record", "list", "--account", "skola", "--kind", "message"];
    let listed = machine.run(61001, &[&["--json"], &found[..]].concat());
    let message = crate::support::lines(&listed.expect(0))[0]["record"]
        .as_str()
        .unwrap()
        .to_owned();
    let unknown = "00000000-0000-7000-8000-000000000000";
    machine.run(61002, &open("plogbil")).expect(0);
    let both = |args: &dyn Fn(&str) -> Vec<String>| {
        let told = |record: &str| {
            let args = args(record);
            let args: Vec<&str> = args.iter().map(String::as_str).collect();
            let told = machine.run(61002, &args);
            let same = |text: &str| text.replace(record, "RECORD");
            (told.code, same(&told.stdout), same(&told.stderr))
        };
        let (theirs, none) = (told(&message), told(unknown));
        assert_eq!(theirs, none);
        assert_eq!(theirs.0, Some(1), "{theirs:?}");
        theirs.2
    };
    let args = |all: &[&str]| all.iter().map(|a| (*a).to_owned()).collect::<Vec<_>>();
    // Words that stand in it, and words that do not.
    for words in ["orosanmälan", "enhörningshorn", "Eva Ek"] {
        let told = both(&|record| {
            let mask = ["disclosure", "mask", "U-2026-0001", record, "--osl", "21:7"];
            args(&[&mask[..], &["--words", words]].concat())
        });
        assert!(told.contains("is not in disclosure U-2026-0001"), "{told}");
    }
    for what in [
        ["--pattern", "oro"],
        ["--medium", "1"],
        ["--region", "1:0,0,4,4"],
    ] {
        both(&|record| {
            let mask = ["disclosure", "mask", "U-2026-0001", record, "--osl", "21:7"];
            args(&[&mask[..], &what].concat())
        });
    }
    both(&|record| {
        args(&[
            "disclosure",
            "mask",
            "U-2026-0001",
            record,
            "--author",
            "--osl",
            "21:7",
        ])
    });
    both(&|record| args(&["disclosure", "review", "U-2026-0001", record, "--release"]));
    both(&|record| args(&["disclosure", "refresh", "U-2026-0001", "--add", record]));
    for more in [&[][..], &["--thread"]] {
        both(&|record| {
            let open = [
                "disclosure",
                "open",
                "--committee",
                KS,
                "--scope",
                "x",
                record,
            ];
            args(&[&open[..], more].concat())
        });
    }
    // Who may read it is told whose it is; so is everyone of what was always public.
    let named = ["disclosure", "open", "--committee", KS, "--scope", "x"];
    let all = machine.run(61001, &[&named[..], &[&message]].concat());
    all.refuses(1, &["Barnnämnden"]);
    let posts = [
        "--json",
        "record",
        "list",
        "--account",
        "skola",
        "--kind",
        "post",
    ];
    let posts = crate::support::lines(&machine.run(61001, &posts).expect(0));
    let post = posts[0]["record"].as_str().unwrap();
    machine
        .run(61002, &[&named[..], &[post]].concat())
        .refuses(1, &["Barnnämnden"]);
    daemon.end();
}

#[test]
fn nobody_holds_the_records_of_a_committee_they_do_not_serve() {
    let Some(machine) = committees() else { return };
    let mut daemon = machine.daemon();
    let hold = |user: u32, what: &[&str]| {
        let args = [&["hold", "add", "--reason", "tvist"], what].concat();
        machine.run(user, &args)
    };
    hold(61002, &["--words", "plogbil"]).refuses(1, &["Barnnämnden", "--committee"]);
    hold(61002, &["--words", "plogbil", "--committee", BN]).refuses(1, &["Barnnämnden"]);
    hold(61002, &["--words", "plogbil", "--account", "skola"]).refuses(1, &["Barnnämnden"]);
    hold(61002, &["--case", "BN 2026/1"]).refuses(1, &["Barnnämnden"]);
    for (name, committee) in [("alla", None), ("bara", Some(BN))] {
        let mut search = vec!["search", "--save", name, "plogbil"];
        search.extend(committee.iter().flat_map(|c| ["--committee", *c]));
        machine.run(61001, &search).expect(0);
        hold(61002, &["--search", name]).refuses(1, &["Barnnämnden"]);
    }
    let none = machine.run(61005, &["hold", "list"]).expect(0);
    assert!(none.stdout.contains("nothing is held"), "{none}");

    hold(61002, &["--words", "plogbil", "--committee", KS]).expect(0);
    hold(61002, &["--words", "plogbil", "--account", "blogg"]).expect(0);
    hold(61001, &["--search", "alla"]).expect(0);
    let own = machine.run(61002, &["hold", "list"]).expect(0);
    assert_eq!(own.stdout.matches("search ").count(), 3, "{own}");
    let theirs = machine.run(61005, &["hold", "list"]).expect(0);
    assert_eq!(theirs.stdout.matches("search ").count(), 1, "{theirs}");
    let release = |user, n| machine.run(user, &["hold", "release", n, "--reason", "klart"]);
    release(61005, "1").refuses(1, &["Kommunstyrelsen"]);
    release(61005, "2").refuses(1, &["Kommunstyrelsen"]);
    release(61002, "3").refuses(1, &["Barnnämnden"]);
    release(61002, "2").expect(0);
    daemon.end();
}
