//! What no bundle is made of, and that nothing half is left under its name.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::feed::{archive, bundle};
use crate::office::{Office, word};
use crate::shelf::{New, SN, id, post};
use crate::support::{Archive, Output, files, run};

fn export(archive: &Archive, args: &[&str], out: &Path) -> Output {
    let mut all = vec!["export", "diarium", "-o", out.to_str().unwrap()];
    all.extend(args);
    archive.run(&all)
}

fn left(archive: &Archive) -> Vec<PathBuf> {
    let beside = archive.path().parent().unwrap();
    let all = fs::read_dir(beside).unwrap().map(|e| e.unwrap().path());
    all.filter(|p| p != archive.path()).collect()
}

#[test]
fn what_cannot_go_is_refused_with_a_hint() {
    let (archive, records) = archive();
    archive.configure("\n[diarium]\nexamples = [\"KS 2026/123\"]\n");
    let out = archive.beside("x.zip");
    let one = records[0].as_str();
    let case = "KS 2026/123";
    let unknown = "01a1fdfa-4600-7000-8000-000000000001";
    export(&archive, &["--case", case, unknown], &out).refuses(1, &[unknown]);
    export(&archive, &["--case", "2026-17", one], &out).refuses(1, &["2026-17", "KS 2026/123"]);
    export(&archive, &["--new-case", "  ", one], &out).refuses(1, &["ärendemening"]);
    export(&archive, &["--new-case", "två\nrader", one], &out).refuses(1, &["one line"]);
    export(&archive, &["--case", case], &out).refuses(2, &[]);
    export(&archive, &[one], &out).refuses(2, &[]);
    export(&archive, &["--case", case, "--search", "ingen"], &out).refuses(1, &["ingen"]);
    export(&archive, &["--case", case, "--removal", "ingen"], &out).refuses(1, &["ingen"]);
    export(&archive, &["--case", case, one], &archive.beside("x.tar")).refuses(2, &["x.tar"]);
    export(
        &archive,
        &["--case", case, one],
        Path::new("/nowhere/x.zip"),
    )
    .refuses(1, &["/nowhere"]);
    for args in [
        &["record", "mark", one, "registered=17"][..],
        &["removal", "mark", "1", "registered=17"],
        &["disclosure", "mark", "U 2026-1", "registered=17"],
        &[
            "disclosure",
            "open",
            one,
            "--scope",
            "ett inlägg",
            "--committee",
            "Kommunstyrelsen",
            "--registered",
            "17",
        ],
    ] {
        archive
            .run(args)
            .refuses(1, &["case number \"17\"", "KS 2026/123", "under [diarium]"]);
    }
    archive
        .run(&["record", "mark", one, "inaktuell", "--document", "4"])
        .refuses(2, &["4"]);
    archive
        .run(&["export", "show", unknown])
        .refuses(1, &[unknown]);
    assert_eq!(left(&archive), [] as [PathBuf; 0]);
    let store = archive.path().join("store/x.zip");
    export(&archive, &["--case", case, one], &store).refuses(1, &["x.zip", "the archive itself"]);
    assert!(!store.exists());
    // What stands there stays.
    fs::write(&out, "mitt").unwrap();
    export(&archive, &["--case", case, one], &out).refuses(1, &["exists already"]);
    assert_eq!(fs::read(&out).unwrap(), b"mitt");
    let all = files(&archive.path().join("store"));
    let picture = all
        .iter()
        .find(|f| f.to_string_lossy().ends_with("bild.jpg"));
    fs::remove_file(picture.unwrap()).unwrap();
    export(
        &archive,
        &["--case", case, &records[5]],
        &archive.beside("y.zip"),
    )
    .refuses(1, &["bild.jpg", "arkivd verify"]);
    assert!(!archive.beside("y.zip").exists());
    assert_eq!(
        archive.data(&["export", "list"]).as_array().unwrap().len(),
        0
    );
}

#[test]
fn destroyed_records_and_two_committees_are_refused() {
    let office = Office::new(true);
    let archive = &office.archive;
    office.shelf.record(&New {
        account: "soc",
        committee: SN,
        ..post(9, "2026-06-01T10:00:00Z", "Hos en annan nämnd")
    });
    let (one, other) = (id(1).to_string(), id(9).to_string());
    let out = archive.beside("x.zip");
    export(archive, &["--new-case", "Sand", &one, &other], &out)
        .refuses(1, &["Socialnämnden", "Kommunstyrelsen"]);
    let made = archive.data(&[
        "export",
        "diarium",
        "--new-case",
        "Sand",
        "--thread",
        &one,
        "-o",
        archive.beside("a.zip").to_str().unwrap(),
    ]);
    let proposed = office.propose(&[]);
    let list = word(&proposed, "id");
    office
        .approve(list, word(&proposed, "digest"), "Anna Ek", &[])
        .expect(0);
    archive.run(&["gallring", "execute", list]).expect(0);
    export(archive, &["--new-case", "Sand", &one], &out).refuses(1, &[&one, "destroyed"]);
    archive
        .run(&[
            "export",
            "again",
            word(&made, "export"),
            "-o",
            out.to_str().unwrap(),
        ])
        .refuses(1, &[&one, "destroyed since"]);
    // That it was exported is still told.
    let listed = archive.data(&["export", "list", "--record", &one]);
    assert_eq!(listed[0]["export"], made["export"], "{listed}");
    for command in ["show", "history"] {
        let told = archive.data(&["record", command, &one]);
        assert_eq!(told["exports"][0]["export"], made["export"], "{told}");
    }
    assert!(!out.exists());
}

/// Runs a shell command in a mount namespace of its own, on a small tmpfs at `DIR`.
fn on_a_small_disk(folder: &Path, command: &str) -> Option<Output> {
    let may = Command::new("unshare")
        .args(["--mount", "--map-root-user", "true"])
        .stderr(Stdio::null())
        .status();
    if !may.is_ok_and(|s| s.success()) {
        println!("SKIP: no mount namespace of our own");
        return None;
    }
    let script = format!(
        "mount -t tmpfs -o size=60k none '{}' && {command}",
        folder.display()
    );
    Some(run(Command::new("unshare").args([
        "--mount",
        "--map-root-user",
        "sh",
        "-c",
        &script,
    ])))
}

#[test]
fn a_full_folder_or_one_that_cannot_be_written_gets_nothing() {
    let (archive, records) = archive();
    let folder = archive.beside("full");
    fs::create_dir(&folder).unwrap();
    let command = format!(
        "'{}' --archive '{}' export diarium --new-case Sand {} -o '{}/x.zip'; code=$?; ls -A '{}'; exit $code",
        env!("CARGO_BIN_EXE_arkivd"),
        archive.path().display(),
        records[5],
        folder.display(),
        folder.display(),
    );
    if let Some(output) = on_a_small_disk(&folder, &command) {
        output.refuses(1, &["x.zip", "space"]);
        assert_eq!(output.stdout.trim(), "", "{output}");
        assert!(!output.stderr.contains("ZipWriter"), "{output}");
    }
    if !rustix::process::geteuid().is_root() {
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o500)).unwrap();
        export(
            &archive,
            &["--new-case", "Sand", &records[0]],
            &folder.join("x.zip"),
        )
        .refuses(1, &["x.zip"]);
    }
    assert_eq!(
        archive.data(&["export", "list"]).as_array().unwrap().len(),
        0
    );
}

#[test]
fn killed_at_any_time_nothing_half_has_the_name() {
    let (archive, records) = archive();
    let begun = Instant::now();
    bundle(&archive, &records, "hel.zip");
    let whole = begun.elapsed();
    for step in 0..6 {
        let out = archive.beside(&format!("kill-{step}.zip"));
        let mut command = archive.command(&["export", "diarium", "--new-case", "Sand", "-o"]);
        let mut child = command
            .arg(&out)
            .args(&records)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(whole * step / 6 + Duration::from_millis(3));
        child.kill().unwrap();
        child.wait().unwrap();
        if out.exists() {
            let zip = zip::ZipArchive::new(fs::File::open(&out).unwrap()).unwrap();
            assert!(zip.len() > 10, "killed after {step}/6");
        }
    }
    archive.run(&["verify"]).expect(0);
    bundle(&archive, &records, "efter.zip");
}

#[test]
fn two_exports_at_once_leave_each_other_alone() {
    let (archive, records) = archive();
    let daemon = crate::support::daemon::Daemon::start(&archive);
    let outs: Vec<PathBuf> = (0..2)
        .map(|n| archive.beside(&format!("{n}.zip")))
        .collect();
    std::thread::scope(|scope| {
        for out in &outs {
            scope.spawn(|| {
                export(
                    &archive,
                    &["--new-case", "Sand", &records[0], &records[5]],
                    out,
                )
                .expect(0)
            });
        }
    });
    // The same name twice: one gets it.
    let same = archive.beside("samma.zip");
    let told: Vec<Output> = std::thread::scope(|scope| {
        let both: Vec<_> = (0..2)
            .map(|_| scope.spawn(|| export(&archive, &["--new-case", "Sand", &records[1]], &same)))
            .collect();
        both.into_iter().map(|t| t.join().unwrap()).collect()
    });
    let done = told.iter().filter(|o| o.code == Some(0)).count();
    assert_eq!(done, 1, "{} {}", told[0], told[1]);
    for lost in told.iter().filter(|o| o.code != Some(0)) {
        // It tells no success first, and where what it made can be had, if it came so far.
        assert_eq!(lost.stdout.trim(), "", "{lost}");
        assert!(lost.stderr.contains("exists already"), "{lost}");
        let made = lost.stderr.contains("was made and noted");
        assert_eq!(made, lost.stderr.contains("export again"), "{lost}");
    }
    drop(daemon);
    for out in outs.iter().chain([&same]) {
        assert!(
            zip::ZipArchive::new(fs::File::open(out).unwrap())
                .unwrap()
                .len()
                > 8
        );
    }
}

#[test]
fn an_interrupted_export_takes_its_unfinished_file_with_it() {
    let (archive, records) = archive();
    for (signal, code) in [("-INT", 130), ("-TERM", 143)] {
        let out = archive.beside(&format!("avbruten{signal}.zip"));
        let mut command = archive.command(&["export", "diarium", "--new-case", "Sand", "-o"]);
        command.arg(&out).args(&records);
        let child = command
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let end = Instant::now() + Duration::from_secs(60);
        while !left(&archive).iter().any(|path| hidden(path)) {
            assert!(Instant::now() < end && !out.exists(), "it was never seen");
            std::thread::yield_now();
        }
        let process = child.id().to_string();
        assert!(
            Command::new("kill")
                .args([signal, &process])
                .status()
                .unwrap()
                .success()
        );
        let ended = child.wait_with_output().unwrap();
        let told = String::from_utf8(ended.stderr).unwrap();
        assert_eq!(ended.status.code(), Some(code), "{told}");
        assert!(told.contains("not finished is removed"), "{told}");
        assert_eq!(left(&archive), Vec::<PathBuf>::new());
    }
    bundle(&archive, &records, "efter.zip");
    let listed = archive.run(&["export", "list"]);
    assert!(listed.stdout.contains("efter.zip"), "{listed}");
    for line in listed.stdout.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
    archive
        .run(&["record", "mark", &records[0], "registered", "--withdraw"])
        .refuses(1, &["record show"]);
}

fn hidden(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().starts_with(".arkivd-export-")
}
