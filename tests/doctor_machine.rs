//! `arkivd doctor` on what the archive rests on: daemon, lock, clock, disk, catalog, ledger, browser. Nothing is changed.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use support::daemon::Daemon;
use support::doctor::{capture, checks, doctor, finds, fine, mode, sound, with_pages};
use support::{Output, run};

#[test]
fn a_sound_archive_is_told_so_and_not_touched() {
    let archive = sound();
    let before = tree(archive.path());
    let checks = checks(&mut doctor(&archive));
    let subjects: Vec<&str> = checks.keys().map(String::as_str).collect();
    assert_eq!(
        subjects,
        [
            "browser",
            "catalog",
            "clock",
            "configuration",
            "credentials",
            "daemon",
            "disk",
            "fonts",
            "ledger",
            "leftovers",
            "permissions",
            "schedules",
            "search",
            "verapdf"
        ]
    );
    for (subject, check) in &checks {
        // These are the machine's, and this one's may be short, wrong or lacking.
        if !["disk", "clock", "fonts"].contains(&subject.as_str()) {
            assert_eq!(check["state"], "ok", "{check:#?}");
        }
    }
    let words = run(archive
        .command(&["doctor"])
        .env("ARKIVD_SYSTEM", archive.beside("system.toml")));
    assert!(words.stdout.contains("Tibro kommun"), "{words}");
    assert!(words.stdout.contains("\nfonts          "), "{words}");
    assert_eq!(tree(archive.path()), before, "nothing is made or changed");
}

/// Every file and folder with its mode, owner, times and content.
fn tree(dir: &Path) -> BTreeMap<PathBuf, (u32, u32, i64, i64, Vec<u8>)> {
    let mut found = BTreeMap::new();
    let mut waiting = vec![dir.to_owned()];
    while let Some(path) = waiting.pop() {
        let meta = fs::symlink_metadata(&path).unwrap();
        let content = match meta.is_file() {
            true => fs::read(&path).unwrap(),
            false => Vec::new(),
        };
        if meta.is_dir() {
            waiting.extend(fs::read_dir(&path).unwrap().map(|e| e.unwrap().path()));
        }
        let row = (
            meta.mode(),
            meta.uid(),
            meta.mtime(),
            meta.mtime_nsec(),
            content,
        );
        found.insert(path, row);
    }
    found
}

const BAG: &str = "01997f3a-6c1e-7b54-9c3a-5d2f8e41b7aa";

#[test]
fn leftovers_are_counted_and_named() {
    let archive = sound();
    fs::create_dir(archive.path().join("staging").join(BAG)).unwrap();
    fs::create_dir(archive.path().join("quarantine").join(BAG)).unwrap();
    finds(
        &mut doctor(&archive),
        "leftovers",
        "warning",
        &["staging", "1 bag", BAG],
    );
    finds(
        &mut doctor(&archive),
        "leftovers",
        "fault",
        &["quarantine", "1 bag set aside", BAG, ".reason.txt"],
    );
    assert!(
        archive.path().join("staging").join(BAG).exists(),
        "it is left"
    );
    fs::remove_dir_all(archive.path().join("staging")).unwrap();
    finds(&mut doctor(&archive), "leftovers", "fault", &["staging"]);
}

#[test]
fn a_ledger_that_cannot_sign_or_an_old_catalog_is_told() {
    let archive = sound();
    let key = archive.path().join("keys/ledger.key");
    let kept = archive.beside("kept.key");
    fs::rename(&key, &kept).unwrap();
    finds(
        &mut doctor(&archive),
        "ledger",
        "fault",
        &["keys/ledger.key", "missing", "copy"],
    );
    fs::copy(sound().path().join("keys/ledger.key"), &key).unwrap();
    finds(
        &mut doctor(&archive),
        "ledger",
        "fault",
        &["keys/ledger.key", "not the key whose public half"],
    );
    fs::rename(&kept, &key).unwrap();
    fine(&mut doctor(&archive), "ledger");

    let catalog = archive.path().join("catalog.sqlite");
    let old = archive.beside("old.sqlite");
    fs::copy(&catalog, &old).unwrap();
    capture(&archive);
    let own: Vec<PathBuf> = fs::read_dir(archive.path())
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| p.display().to_string().contains("catalog.sqlite"))
        .collect();
    own.iter().for_each(|path| fs::remove_file(path).unwrap());
    fs::copy(&old, &catalog).unwrap();
    finds(
        &mut doctor(&archive),
        "ledger",
        "fault",
        &[
            "catalog.sqlite",
            "older than the ledger",
            "put back the newest",
        ],
    );
    fs::write(archive.path().join("ledger/checkpoint"), "x").unwrap();
    finds(
        &mut doctor(&archive),
        "ledger",
        "fault",
        &["ledger/checkpoint"],
    );
}

#[test]
fn a_catalog_that_is_none_hides_nothing_else() {
    let archive = sound();
    let catalog = archive.path().join("catalog.sqlite");
    fs::write(
        &catalog,
        "not a database, and long enough to be read as one. ".repeat(40),
    )
    .unwrap();
    finds(
        &mut doctor(&archive),
        "catalog",
        "fault",
        &["catalog.sqlite", "backup"],
    );
    let all = checks(&mut doctor(&archive));
    assert_eq!(all["schedules"]["state"], "not looked at");
    assert_eq!(
        all["permissions"]["state"], "ok",
        "{:#}",
        all["permissions"]
    );
    fs::remove_file(&catalog).unwrap();
    finds(
        &mut doctor(&archive),
        "catalog",
        "fault",
        &["does not exist"],
    );
    assert!(!catalog.exists(), "none is made");
}

#[test]
fn a_browser_that_is_wanted_and_not_there_is_told() {
    let archive = sound();
    assert!(fine(&mut doctor(&archive), "browser").contains("pages = false"));
    let archive = with_pages();
    archive.configure("[browser]\npath = \"/opt/ingen/chromium\"\n");
    finds(
        &mut doctor(&archive),
        "browser",
        "fault",
        &["/opt/ingen/chromium", "no program", "[browser]"],
    );
    archive.configure("without_sandbox = true\nservice = \"/nowhere/socket\"\n");
    for (state, words) in [
        ("warning", &["without its sandbox"][..]),
        ("fault", &["/nowhere/socket", "arkivd-browser.socket"]),
    ] {
        finds(&mut doctor(&archive), "browser", state, words);
    }
}

#[test]
fn a_running_daemon_is_asked_and_one_that_hangs_up_is_told() {
    let archive = sound();
    let mut daemon = Daemon::start(&archive);
    let words = fine(&mut doctor(&archive), "daemon");
    let pid = format!("pid {}", daemon.pid());
    assert!(
        words.contains(env!("CARGO_PKG_VERSION")) && words.contains(&pid),
        "{words}"
    );
    for subject in [
        "configuration",
        "permissions",
        "schedules",
        "leftovers",
        "catalog",
        "ledger",
    ] {
        fine(&mut doctor(&archive), subject);
    }
    daemon.end();
    assert!(fine(&mut doctor(&archive), "daemon").contains("none runs"));

    let socket = archive.path().join("socket");
    let listener = UnixListener::bind(&socket).unwrap();
    let other =
        b"error: the daemon is arkivd 9.9.9, and this command is arkivd 0\nhint: x\n".to_vec();
    for (said, words) in [
        (
            frame(b'e', &other),
            &["arkivd 9.9.9", "systemctl restart arkivd"][..],
        ),
        (Vec::new(), &["the daemon's answer broke off"]),
    ] {
        let listener = listener.try_clone().unwrap();
        let answer = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let _ = stream.read(&mut [0; 4096]).unwrap();
            if !said.is_empty() {
                stream.write_all(&said).unwrap();
                stream.write_all(&frame(b'x', &[1])).unwrap();
            }
        });
        finds(&mut doctor(&archive), "daemon", "fault", words);
        answer.join().unwrap();
    }
    drop(listener);
    finds(
        &mut doctor(&archive),
        "daemon",
        "warning",
        &["socket", "nobody listens"],
    );
}

/// A frame as the daemon writes it (src/daemon/wire.rs).
fn frame(kind: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![kind];
    bytes.extend(u32::try_from(payload.len()).unwrap().to_be_bytes());
    bytes.extend(payload);
    bytes
}

#[test]
fn a_service_that_does_not_run_and_a_lock_that_is_held_are_told() {
    let archive = sound();
    let system = format!("archive = \"{}\"\n", archive.path().display());
    fs::write(archive.beside("system.toml"), system).unwrap();
    let words = ["does not run", "systemctl start arkivd"];
    finds(&mut doctor(&archive), "daemon", "fault", &words);

    let lock = fs::File::create(archive.path().join("lock")).unwrap();
    mode(&archive.path().join("lock"), 0o600);
    rustix::fs::flock(&lock, rustix::fs::FlockOperation::LockExclusive).unwrap();
    let pid = format!("process {}", std::process::id());
    finds(
        &mut doctor(&archive),
        "daemon",
        "warning",
        &["lock", &pid, "no daemon answers"],
    );
    drop(lock);
    // A process that took the lock and is gone, while its child has inherited it.
    let path = archive.path().join("lock");
    let script = format!(
        "exec 9<>'{}'; flock -x 9; sleep 60 & echo $! >'{}.pid'",
        path.display(),
        archive.beside("child").display()
    );
    if run(Command::new("sh").args([
        "-c",
        &format!("command -v flock && ({script}) >/dev/null 2>&1"),
    ]))
    .code
        != Some(0)
    {
        println!("SKIP: no flock program");
        return;
    }
    let child = fs::read_to_string(archive.beside("child.pid")).unwrap();
    finds(
        &mut doctor(&archive),
        "daemon",
        "fault",
        &["lock", "which is gone", "fuser"],
    );
    run(Command::new("kill").arg(child.trim())).expect(0);
}

/// The library that shows a program another time; None, with a word, where it is not installed.
fn faketime() -> Option<PathBuf> {
    let found = fs::read_dir("/usr/lib")
        .ok()?
        .flatten()
        .map(|entry| entry.path().join("faketime/libfaketimeMT.so.1"))
        .find(|path| path.exists());
    if found.is_none() {
        println!("SKIP: libfaketime is not installed (Debian: faketime)");
    }
    found
}

#[test]
fn a_clock_behind_the_newest_capture_and_a_missed_schedule_are_told() {
    let Some(library) = faketime() else { return };
    let archive = sound();
    capture(&archive);
    let at = |offset: &str| {
        let mut command = doctor(&archive);
        command.env("LD_PRELOAD", &library).env("FAKETIME", offset);
        command
    };
    finds(
        &mut at("-10d"),
        "clock",
        "fault",
        &["the newest capture is from", "timedatectl set-ntp true"],
    );
    finds(
        &mut at("-3000d"),
        "clock",
        "fault",
        &["before arkivd was made"],
    );

    let mut daemon = Daemon::start(&archive);
    // It may say so before it says that it is ready.
    if !daemon.said.iter().any(|l| l.contains("schedule is new")) {
        daemon.wait_for(&["schedule is new", "halvar"]);
    }
    daemon.end();
    fine(&mut doctor(&archive), "schedules");
    finds(
        &mut at("+300d"),
        "schedules",
        "fault",
        &[
            "schedule halvar",
            "webb",
            "overdue since",
            "arkivd schedule run halvar",
        ],
    );
}

#[test]
fn a_disk_nearly_full_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let script = "mount -t tmpfs -o size=96m,nr_inodes=400 tmpfs \"$1\" || exit 99
        \"$2\" init \"$1/arkiv\" --organisation 'Tibro kommun' --profile tibro >\"$1/init\" 2>&1 || exit 98
        head -c 40000000 /dev/zero >\"$1/fylld\"
        for n in $(seq 370); do : >\"$1/$n\"; done
        \"$2\" --json --archive \"$1/arkiv\" doctor";
    let output = run(Command::new("unshare")
        .args(["-Urm", "sh", "-c", script, "sh"])
        .arg(folder.path())
        .arg(env!("CARGO_BIN_EXE_arkivd")));
    if output.code != Some(5) {
        assert!(
            output.code != Some(98) && !output.stderr.contains("panicked"),
            "{output}"
        );
        println!(
            "SKIP: no tmpfs may be mounted here: {}",
            output.stderr.trim()
        );
        return;
    }
    let found = disk_findings(&output);
    assert!(
        found[0].contains("free of 100.7 MB: less than 2 GiB"),
        "{found:?}"
    );
    assert!(found.iter().any(|f| f.contains("inodes")), "{found:?}");
}

fn disk_findings(output: &Output) -> Vec<String> {
    let data = output.data();
    let checks = data["checks"].as_array().unwrap();
    let disk = checks.iter().find(|c| c["subject"] == "disk").unwrap();
    let found = disk["findings"].as_array().unwrap().iter();
    found
        .map(|f| f["problem"].as_str().unwrap().to_owned())
        .collect()
}
