//! Several users on one machine: each acts in their own name, may what their roles allow, and gets what is theirs.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod support;

use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use support::daemon::{Machine, events, person, site, stuck};
use support::{account, run};

#[test]
fn three_users_at_once_act_each_in_their_own_name() {
    let Some(machine) = Machine::new() else {
        return;
    };
    let site = site();
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
            person(61004, "David Li", "\"revisor\"", "committees = []"),
        ]
        .concat(),
    );
    archive.add_account("blogg", "feed", &site, &[]);
    let mut daemon = machine.daemon();
    std::thread::scope(|all| {
        for (user, id) in [(61001, "anna"), (61002, "bjorn")] {
            let (machine, site) = (&machine, &site);
            all.spawn(move || {
                for n in 0..5 {
                    let id = format!("{id}-{n}");
                    machine
                        .run(user, &account(&id, "feed", site, &[]))
                        .expect(0);
                }
            });
        }
        all.spawn(|| {
            for _ in 0..5 {
                machine.run(61003, &["snapshot", "blogg"]).expect(0);
            }
        });
    });
    // Each is refused what is not theirs, and told which role it takes.
    let mut other = account("soc", "feed", &site, &[]);
    let at = other.iter().position(|a| *a == "Kommunstyrelsen").unwrap();
    other[at] = "Socialnämnden";
    machine
        .run(61003, &account("nej", "feed", &site, &[]))
        .refuses(
            1,
            &[
                "Cecilia Ås",
                "account add",
                "arkivarie or registrator",
                "redaktör",
            ],
        );
    machine
        .run(61002, &other)
        .refuses(1, &["Björn Ek", "Socialnämnden"]);
    machine
        .run(61004, &["snapshot", "blogg"])
        .refuses(1, &["David Li", "snapshot"]);
    machine
        .run(61005, &["status"])
        .refuses(1, &["uid 61005", "not known"]);
    machine.run(61001, &other).expect(0);
    assert!(
        machine
            .run(61004, &["record", "list"])
            .expect(0)
            .stdout
            .contains("Snöröjning")
    );
    machine.run(61004, &["verify"]).expect(0);

    let told = events(archive);
    for (name, user, verb, count) in [
        ("Anna Öberg", 61001, "account add", 6),
        ("Björn Ek", 61002, "account add", 5),
        ("Cecilia Ås", 61003, "snapshot", 5),
    ] {
        let actor = format!("{name}, uid {user}");
        let theirs = told
            .iter()
            .filter(|(who, what, _)| *who == actor && what == verb);
        assert_eq!(theirs.count(), count, "{actor} {verb}: {told:#?}");
    }
    assert!(!told.iter().any(|(.., object)| object == "nej"));
    assert_eq!(
        archive.bags().len(),
        1,
        "five snapshots at once are of one account"
    );
    assert_eq!(daemon.end().0, Some(0));
    archive.run(&["verify"]).expect(0);
}

#[test]
fn an_export_lands_with_the_user_who_asked() {
    let Some(machine) = Machine::new() else {
        return;
    };
    let site = site();
    let archive = &machine.archive;
    archive.configure(&person(61001, "Anna Öberg", "\"arkivarie\"", ""));
    archive.configure(&person(61003, "Cecilia Ås", "\"redaktör\"", ""));
    archive.add_account("blogg", "feed", &site, &[]);
    let mut daemon = machine.daemon();
    machine.run(61001, &["snapshot", "blogg"]).expect(0);
    let bag = archive.bags()[0]
        .parent()
        .unwrap()
        .file_name()
        .unwrap()
        .to_str()
        .unwrap()
        .to_owned();
    let home = machine.home(61001);
    for out in ["kopia", "kopia.zip"] {
        let told = machine
            .run(61001, &["export", "bag", &bag, "-o", out])
            .expect(0);
        assert!(told.stdout.starts_with(&format!("{out}: ")), "{told}");
        machine
            .run(61001, &["export", "bag", &bag, "-o", out])
            .refuses(1, &["exists already"]);
    }
    machine.run(61001, &["verify", "kopia"]).expect(0);
    let told = archive.run(&["event", "list", "--object", &bag]).expect(0);
    assert!(
        told.stdout.contains("Anna Öberg, uid 61001  export bag"),
        "{told}"
    );
    support::judges::judge_bag(&home.join("kopia"));
    let unzip = run(Command::new("python3")
        .args(["-m", "zipfile", "-e"])
        .arg(home.join("kopia.zip"))
        .arg(home.join("ur")));
    unzip.expect(0);
    assert_eq!(tree(&home.join("ur").join(&bag)), tree(&home.join("kopia")));
    use std::os::unix::fs::MetadataExt;
    assert_eq!(
        fs::metadata(home.join("kopia/data/records.json"))
            .unwrap()
            .uid(),
        61001
    );
    machine
        .run(61003, &["export", "bag", &bag, "-o", "nej.zip"])
        .refuses(1, &["Cecilia Ås", "export bag"]);
    assert_eq!(
        fs::read_dir(machine.home(61003)).unwrap().count(),
        0,
        "nothing half-written"
    );
    // A damaged bag is not handed out, and leaves nothing.
    let file = archive.bags()[0].join("data/records.json");
    fs::write(&file, "{}").unwrap();
    machine
        .run(61001, &["export", "bag", &bag, "-o", "skadad"])
        .refuses(4, &["damaged"]);
    let mut left: Vec<_> = fs::read_dir(&home)
        .unwrap()
        .map(|e| e.unwrap().file_name())
        .collect();
    left.sort();
    assert_eq!(left, ["kopia", "kopia.zip", "ur"]);
    assert_eq!(daemon.end().0, Some(0));
}

#[test]
fn nobody_has_a_password_sent_to_themselves() {
    let Some(machine) = Machine::new() else {
        return;
    };
    let archive = &machine.archive;
    archive.add_credential("blogg", "arkiv", "S3cret pass word");
    archive.configure("address = \"http://127.0.0.1:9/\"\n");
    archive.add_credential("utan", "arkiv", "S3cret pass word");
    archive.configure(&person(61002, "Björn Ek", "\"registrator\"", ""));
    let (mine, questions) = stuck();
    let mut daemon = machine.daemon();
    let add = |id, address, name| {
        machine.run(
            61002,
            &account(id, "feed", address, &["--credential", name]),
        )
    };
    add("ond", &mine, "blogg").refuses(1, &["http://127.0.0.1:9/", &mine, "sent nowhere else"]);
    add("ond", "http://127.0.0.1:9/", "utan").refuses(1, &["utan", "has no address"]);
    add("god", "http://127.0.0.1:9/", "blogg").expect(0);
    let moved = ["account", "edit", "god", "--address", &mine];
    machine
        .run(61002, &moved)
        .refuses(1, &["sent nowhere else"]);
    machine.run(61002, &["snapshot", "god"]).expect(1);
    assert!(questions.try_recv().is_err(), "nothing was asked of it");
    assert_eq!(daemon.end().0, Some(0));
}

fn tree(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let files = support::files(folder).into_iter();
    files
        .map(|file| {
            let name = file.strip_prefix(folder).unwrap().display().to_string();
            (name, fs::read(file).unwrap())
        })
        .collect()
}

#[test]
fn configuration_is_read_anew_and_a_broken_one_changes_nothing() {
    let Some(machine) = Machine::new() else {
        return;
    };
    let archive = &machine.archive;
    archive.add_account("blogg", "feed", "http://127.0.0.1:9/", &[]);
    let mut daemon = machine.daemon();
    let edit = ["account", "edit", "blogg", "--purpose", "dialog"];
    machine.run(61001, &edit).refuses(1, &["not known"]);
    let good = fs::read_to_string(archive.path().join("arkivd.toml")).unwrap();
    archive.configure(&person(61001, "Anna Öberg", "\"arkivarie\"", ""));
    daemon.signal("HUP");
    daemon.wait_for(&["read anew"]);
    machine.run(61001, &edit).expect(0);
    archive.configure("[demon]\n");
    daemon.signal("HUP");
    let told = daemon.wait_for(&["ERROR", "demon"]);
    assert!(told.contains("the old configuration stands"), "{told}");
    machine.run(61001, &edit).expect(0);
    fs::write(archive.path().join("arkivd.toml"), good).unwrap();
    daemon.signal("HUP");
    daemon.wait_for(&["read anew"]);
    machine.run(61001, &edit).refuses(1, &["not known"]);
    // Nobody gives themselves a role in a file that they may write.
    archive.configure(&person(61001, "Anna Öberg", "\"arkivarie\"", ""));
    let file = archive.path().join("arkivd.toml");
    let mode = |mode| fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
    mode(0o660);
    daemon.signal("HUP");
    let told = daemon.wait_for(&["ERROR", "[[person]]"]);
    assert!(
        told.contains("others than its owner can write it"),
        "{told}"
    );
    machine.run(61001, &edit).refuses(1, &["not known"]);
    mode(0o640);
    // Who had which role when is in the events.
    let told = ["--json", "event", "list", "--object", "person"];
    let mut told = support::lines(&archive.run(&told).expect(0));
    told.reverse();
    assert_eq!(told.len(), 3, "{told:?}");
    assert_eq!(told[1]["after"][0]["name"], "Anna Öberg");
    assert_eq!(told[2]["before"], told[1]["after"]);
    let told = archive.run(&["event", "list", "--who", "Anna"]).expect(0);
    assert!(
        told.stdout
            .contains("Anna Öberg, uid 61001  account edit blogg")
            && told
                .stdout
                .contains("    purpose: Nyheter från kommunen -> dialog"),
        "{told}"
    );
    assert_eq!(daemon.end().0, Some(0));
}

#[test]
fn what_is_not_public_is_read_by_those_who_may() {
    let Some(machine) = Machine::new() else {
        return;
    };
    let Some(site) = support::sites::WordPress::site("roller") else {
        return;
    };
    site.seed(6);
    let archive = &machine.archive;
    archive.add_credential("wp", &site.user, &site.password);
    archive.configure(&format!("address = \"{}\"\n", site.address));
    archive.add_account("blogg", "wordpress", &site.address, &["--credential", "wp"]);
    archive.configure(
        &[
            person(61001, "Anna Öberg", "\"arkivarie\"", ""),
            person(
                61002,
                "Björn Ek",
                "\"registrator\"",
                "committees = [\"Socialnämnden\"]",
            ),
            person(61003, "Cecilia Ås", "\"redaktör\"", ""),
        ]
        .concat(),
    );
    let mut daemon = machine.daemon();
    let taken = machine.run(61001, &["snapshot", "blogg"]);
    assert!(matches!(taken.code, Some(0 | 3)), "{taken}");
    let list = |user| support::lines(&machine.run(user, &["--json", "record", "list"]).expect(0));
    let held: Vec<Value> = list(61001)
        .into_iter()
        .filter(|r| r["visibility"] != "public")
        .collect();
    assert!(!held.is_empty());
    let id = held[0]["record"].as_str().unwrap();
    machine.run(61001, &["record", "show", id]).expect(0);
    for user in [61002, 61003] {
        assert!(list(user).iter().all(|r| r["visibility"] == "public"));
        assert_eq!(list(user).len() + held.len(), list(61001).len());
        machine
            .run(user, &["record", "show", id])
            .refuses(1, &[id, "not public"]);
    }
    assert_eq!(daemon.end().0, Some(0));
}
