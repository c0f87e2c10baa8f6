//! `arkivd doctor` on what people set up: each mistake is made, and found with its place, its value and a way out.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod support;

use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::process::Command;

use support::daemon::Machine;
use support::doctor::{SCHEDULE, checks, doctor, finds, fine, mode, site, sound};
use support::run;

fn is_root() -> bool {
    let root = rustix::process::geteuid().is_root();
    if !root {
        println!("SKIP: only root can give files to others");
    }
    root
}

#[test]
fn configuration_that_does_not_read_is_told_with_its_place() {
    let archive = sound();
    let schedules = archive.path().join("schedules");
    fs::write(
        schedules.join("a.toml"),
        SCHEDULE.replace("0 3 1", "0 33 1"),
    )
    .unwrap();
    fs::write(schedules.join("b.toml"), "[[schedule]\n").unwrap();
    let config = archive.path().join("arkivd.toml");
    let text = fs::read_to_string(&config).unwrap();
    archive.configure("[credential.blogg]\nuser = \"u\"\npasword = \"hemligt\"\n");
    let policy = archive.path().join("policy.toml");
    let good = fs::read_to_string(&policy).unwrap();
    fs::write(&policy, format!("arkiv = 1\n{good}")).unwrap();

    let line = fs::read_to_string(&config).unwrap().lines().count();
    let place = format!("arkivd.toml:{line}:1: ");
    for words in [
        &[place.as_str(), "pasword"][..],
        &["policy.toml:1:1: ", "arkiv"],
        &["schedules/a.toml:4:8: ", "\"33\" is not within 0 to 23"],
        &["schedules/b.toml:1:"],
    ] {
        finds(&mut doctor(&archive), "configuration", "fault", words);
    }
    let output = run(&mut doctor(&archive));
    assert!(!output.stdout.contains("hemligt"), "{output}");
    let states = checks(&mut doctor(&archive));
    assert_eq!(states["schedules"]["state"], "not looked at");
    assert_eq!(states["credentials"]["state"], "not looked at");
    assert_eq!(states["ledger"]["state"], "ok", "the rest is looked at");

    fs::write(&config, text).unwrap();
    fs::write(&policy, good).unwrap();
    fs::write(schedules.join("a.toml"), SCHEDULE).unwrap();
    fs::remove_file(schedules.join("b.toml")).unwrap();
    finds(
        &mut doctor(&archive),
        "configuration",
        "fault",
        &["schedules/tibro.toml:2:6", "\"halvar\" stands twice"],
    );
    fs::remove_file(schedules.join("a.toml")).unwrap();
    fine(&mut doctor(&archive), "configuration");
}

#[test]
fn settings_of_the_machine_that_do_not_read_end_nothing() {
    let archive = sound();
    fs::write(archive.beside("system.toml"), "arkiv = \"/srv\"\n").unwrap();
    let words = ["system.toml:1:1: ", "arkiv"];
    finds(&mut doctor(&archive), "configuration", "fault", &words);
    let unnamed = run(Command::new(env!("CARGO_BIN_EXE_arkivd"))
        .env_remove("ARKIVD_ARCHIVE")
        .env("ARKIVD_SYSTEM", archive.beside("system.toml"))
        .arg("doctor"));
    unnamed.refuses(1, &["system.toml:1:1"]);
    fs::remove_file(archive.beside("system.toml")).unwrap();
    let elsewhere = run(Command::new(env!("CARGO_BIN_EXE_arkivd")).args([
        "--archive",
        archive.beside("ingen").to_str().unwrap(),
        "doctor",
    ]));
    elsewhere.refuses(1, &["is not an archive"]);
}

#[test]
fn persons_that_the_system_does_not_know_are_told() {
    let archive = sound();
    archive
        .configure("[[person]]\nuser = \"ingen-alls\"\nname = \"Ingen\"\nroles = [\"revisor\"]\n");
    archive.configure("[[person]]\nuser = \"4711\"\nname = \"Ett nummer\"\nroles = []\n");
    archive.configure("[[person]]\nuser = \"root\"\nname = \"Rot\"\nroles = []\n");
    let words = [
        "\"ingen-alls\"",
        "knows no user",
        "getent passwd ingen-alls",
    ];
    finds(&mut doctor(&archive), "configuration", "fault", &words);
    let all = checks(&mut doctor(&archive));
    assert_eq!(
        all["configuration"]["findings"].as_array().unwrap().len(),
        1
    );
}

#[test]
fn what_others_can_read_or_change_is_told_with_the_command() {
    let archive = sound();
    let at = |name: &str| archive.path().join(name);
    fine(&mut doctor(&archive), "permissions");
    for (name, wrong, words) in [
        (
            "",
            0o755,
            &[
                "archive's folder",
                "mode 755",
                "every user of the machine may read it",
            ][..],
        ),
        (
            "keys/ledger.key",
            0o644,
            &["keys/ledger.key", "mode 644", "may read it", "chmod 600"],
        ),
        (
            "keys",
            0o750,
            &["keys", "mode 750", "its group may read it", "chmod 700"],
        ),
        (
            "catalog.sqlite",
            0o644,
            &["catalog.sqlite", "mode 644", "may read it"],
        ),
        (
            "arkivd.toml",
            0o660,
            &["arkivd.toml", "mode 660", "its group may change it"],
        ),
        (
            "policy.toml",
            0o660,
            &["policy.toml", "mode 660: its group may change it"],
        ),
    ] {
        let right = fs::metadata(at(name)).unwrap().mode() & 0o777;
        mode(&at(name), wrong);
        finds(&mut doctor(&archive), "permissions", "fault", words);
        // The hint is a command that mends it.
        let found = checks(&mut doctor(&archive));
        let hint = found["permissions"]["findings"][0]["hint"]
            .as_str()
            .unwrap();
        assert!(
            run(Command::new("sh").args(["-c", hint])).code == Some(0),
            "{hint}"
        );
        fine(&mut doctor(&archive), "permissions");
        mode(&at(name), right);
    }
}

#[test]
fn roles_are_for_root_to_write_where_a_service_has_the_archive() {
    if !is_root() {
        return;
    }
    let archive = sound();
    archive.configure("[[person]]\nuser = \"root\"\nname = \"Rot\"\nroles = []\n");
    mode(archive.path().parent().unwrap(), 0o755);
    run(Command::new("chown")
        .args(["-R", "987:987"])
        .arg(archive.path()))
    .expect(0);
    let words = ["arkivd.toml", "[[person]]", "user 987", "chown root:987"];
    finds(&mut doctor(&archive), "permissions", "fault", &words);
    let config = archive.path().join("arkivd.toml");
    chown(&config, Some(0), None).unwrap();
    fine(&mut doctor(&archive), "permissions");
    chown(&config, Some(1234), None).unwrap();
    finds(
        &mut doctor(&archive),
        "permissions",
        "fault",
        &["user 1234"],
    );
    chown(&config, Some(0), None).unwrap();
    chown(archive.path().join("policy.toml"), Some(0), None).unwrap();
    fine(&mut doctor(&archive), "permissions");
    chown(archive.path().join("store"), Some(0), None).unwrap();
    let words = ["store", "belongs to user 0", "chown -R 987:"];
    finds(&mut doctor(&archive), "permissions", "fault", &words);
}

#[test]
fn a_user_who_may_not_read_the_archive_is_told_to_ask_root() {
    let Some(machine) = Machine::new() else {
        return;
    };
    let refused = machine.run(12345, &["doctor"]);
    refused.refuses(
        1,
        &["only root and the archive's owner", "sudo arkivd doctor"],
    );
}

#[test]
fn passwords_that_the_daemon_cannot_use_are_told_and_never_shown() {
    let archive = sound();
    archive.add_credential("blogg", "u", "hemligt-1234");
    assert_eq!(
        fine(&mut doctor(&archive), "credentials"),
        "1, each readable"
    );
    let file = archive.beside("blogg.password");
    mode(&file, 0o644);
    finds(
        &mut doctor(&archive),
        "credentials",
        "fault",
        &["credential blogg", "mode 644", "chmod 600"],
    );
    let output = run(&mut doctor(&archive));
    assert!(!output.stdout.contains("hemligt"), "{output}");
    mode(&file, 0o600);
    fs::write(&file, "\n").unwrap();
    finds(
        &mut doctor(&archive),
        "credentials",
        "fault",
        &["credential blogg", "is empty"],
    );
    fs::remove_file(&file).unwrap();
    finds(
        &mut doctor(&archive),
        "credentials",
        "fault",
        &["credential blogg", "cannot be read"],
    );
}

#[test]
fn passwords_that_systemd_hands_over_are_looked_for_where_they_lie() {
    let archive = sound();
    archive.configure("[credential.blogg]\nuser = \"u\"\n");
    let folder = archive.beside("credentials");
    let file = folder.join("blogg");
    let words = ["credential blogg", "credentials/blogg does not exist"];
    finds(&mut doctor(&archive), "credentials", "fault", &words);
    fs::create_dir(&folder).unwrap();
    fs::write(&file, "").unwrap();
    mode(&file, 0o600);
    finds(
        &mut doctor(&archive),
        "credentials",
        "fault",
        &["blogg is empty"],
    );
    fs::write(&file, "hemligt-1234\n").unwrap();
    fine(&mut doctor(&archive), "credentials");
    mode(&file, 0o640);
    finds(
        &mut doctor(&archive),
        "credentials",
        "fault",
        &["mode 640", "chmod 600"],
    );
    mode(&file, 0o600);
    archive.configure("[credential.grupp]\nexpires = 2099-01-31\n");
    let words = [
        "credential grupp",
        "neither a user nor",
        "credentials/grupp.cookies does not exist",
    ];
    finds(&mut doctor(&archive), "credentials", "fault", &words);
    let cookies = folder.join("grupp.cookies");
    fs::write(&cookies, "[]").unwrap();
    mode(&cookies, 0o600);
    fine(&mut doctor(&archive), "credentials");
    mode(&cookies, 0o604);
    let words = ["grupp.cookies", "mode 604", "chmod 600"];
    finds(&mut doctor(&archive), "credentials", "fault", &words);
}

#[test]
fn a_credential_that_has_ended_or_soon_will_is_told() {
    let archive = sound();
    let today = chrono::Utc::now().date_naive();
    for (days, severity, words) in [
        (-3, "fault", "its last day was"),
        (12, "warning", "in 12 days"),
        (29, "warning", "in 29 days"),
        (40, "", ""),
    ] {
        let day = today + chrono::TimeDelta::days(days);
        let name = format!("c{}", days + 10);
        archive.add_credential(&name, "u", "hemligt-1234");
        archive.configure(&format!("expires = {day}\n"));
        if severity.is_empty() {
            let all = checks(&mut doctor(&archive))["credentials"].to_string();
            assert!(!all.contains(&format!("credential {name}")), "{all}");
            continue;
        }
        // Midnight in Sweden may pass between two lines of this test.
        let words = words
            .replace("in 12 days", "in 1")
            .replace("in 29 days", "in 2");
        finds(
            &mut doctor(&archive),
            "credentials",
            severity,
            &[&format!("credential {name}"), &words, &day.to_string()],
        );
    }
}

#[test]
fn an_account_whose_credential_is_unknown_or_refused_is_told() {
    let archive = sound();
    let address = site("401 Unauthorized", "");
    archive.add_credential("blogg", "u", "hemligt-1234");
    archive.add_account("stangd", "feed", &address, &["--credential", "blogg"]);
    fine(&mut doctor(&archive), "credentials");
    let _ = archive.run(&["snapshot", "stangd"]);
    let words = ["account stangd", "did not take credential blogg"];
    finds(&mut doctor(&archive), "credentials", "fault", &words);

    let config = archive.path().join("arkivd.toml");
    let text = fs::read_to_string(&config).unwrap();
    fs::write(
        &config,
        text.replace("[credential.blogg]", "[credential.annan]"),
    )
    .unwrap();
    let words = [
        "account stangd",
        "credential \"blogg\"",
        "arkivd.toml does not have",
    ];
    finds(&mut doctor(&archive), "credentials", "fault", &words);
}

#[test]
fn schedules_and_accounts_that_miss_each_other_are_told() {
    let archive = sound();
    archive.add_account("webb", "feed", "http://127.0.0.1:9/", &[]);
    let summary = fine(&mut doctor(&archive), "schedules");
    assert!(
        summary.starts_with("next 20") && summary.contains("halvar"),
        "{summary}"
    );
    let watch = archive.path().join("schedules/titt.toml");
    let text = fs::read_to_string(&watch).unwrap();
    fs::remove_file(&watch).unwrap();
    let told = fine(&mut doctor(&archive), "schedules");
    assert!(told.contains("1 account is not watched"), "{told}");
    fs::write(&watch, text).unwrap();
    archive.add_account("sidan", "facebook", "http://127.0.0.1:9/sidan", &[]);
    let unfit = SCHEDULE.replace("\"all\"", "[\"webb\", \"sidan\"]");
    fs::write(archive.path().join("schedules/tibro.toml"), unfit).unwrap();
    let words = ["account sidan", "nothing for it to take", "what = \"page\""];
    finds(&mut doctor(&archive), "schedules", "fault", &words);
    let named = SCHEDULE.replace("\"all\"", "[\"okand\"]");
    fs::write(archive.path().join("schedules/tibro.toml"), named).unwrap();
    finds(
        &mut doctor(&archive),
        "schedules",
        "fault",
        &["schedule halvar", "okand", "not registered"],
    );
    finds(
        &mut doctor(&archive),
        "schedules",
        "warning",
        &["account webb", "no schedule takes it"],
    );
}
