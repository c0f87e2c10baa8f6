//! Bags as someone without arkivd sees them, and what verify says when one is harmed. The site is the demo's.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use support::judges::{
    have, judge_bag, judge_ledger, judge_schema, pdf_text, posts_pdfs, python, sha256,
};
use support::sites::DemoSite;
use support::{Archive, Capture, Output, files, read_json, run};

/// The demo's site and an archive with one snapshot of it.
fn archived() -> (DemoSite, Archive, Capture) {
    let site = DemoSite::start();
    let archive = Archive::new();
    site.register(&archive);
    let capture = archive.snapshot("webb");
    assert_eq!(capture.outcome(), "sealed");
    (site, archive, capture)
}

/// What a folder holds: each file's path in it and its digest.
fn contents(folder: &Path) -> BTreeMap<PathBuf, String> {
    files(folder)
        .into_iter()
        .map(|file| (file.strip_prefix(folder).unwrap().to_owned(), sha256(&file)))
        .collect()
}

#[test]
fn outside_programs_find_a_bag_right() {
    let (site, archive, capture) = archived();
    for bag in archive.bags() {
        judge_bag(&bag);
        judge_schema(&bag.join("data/records.json"), "records.schema.json");
        judge_schema(&bag.join("data/capture.json"), "capture.schema.json");
        assert!(
            !files(&bag.join("data/raw")).is_empty(),
            "the answers as they came"
        );
    }
    judge_ledger(archive.path());

    let listed = |kind: &str| archive.records(&["--kind", kind]).len();
    assert_eq!(listed("post"), site.count("posts"));
    assert_eq!(listed("page"), site.count("pages"));
    assert_eq!(listed("comment"), site.count("comments"));
    assert!(
        !files(&capture.public().join("data/media")).is_empty(),
        "the pictures"
    );
}

#[test]
fn posts_pdf_shows_every_post_and_is_sound() {
    let (_site, archive, capture) = archived();
    let bag = capture.public();
    let Some(text) = pdf_text(&bag) else { return };
    let plain = |text: &str| {
        text.chars()
            .filter(|letter| letter.is_alphanumeric())
            .collect::<String>()
    };
    let shown = plain(&text);
    for post in archive.records(&["--kind", "post"]) {
        // Lines break where they must, so letters alone are compared.
        let title = post["title"].as_str().unwrap();
        assert!(shown.contains(&plain(title)), "posts.pdf lacks '{title}'");
    }
    assert!(
        text.contains("Tibro kommun") && text.contains("Kommunstyrelsen"),
        "the cover names who made it"
    );
    for document in posts_pdfs(&bag) {
        let pages = run(Command::new("pdftotext")
            .args(["-q", "-enc", "UTF-8"])
            .arg(&document)
            .arg("-"))
        .expect(0)
        .stdout;
        let pages: Vec<&str> = pages.trim_end_matches('\u{c}').split('\u{c}').collect();
        for (index, page) in pages.iter().enumerate() {
            assert!(
                page.split_whitespace().count() > 3,
                "page {} of {} is empty",
                index + 1,
                document.display()
            );
        }
        if have("qpdf") {
            run(Command::new("qpdf").arg("--check").arg(&document)).expect(0);
        }
    }
}

#[test]
fn an_unchanged_account_gets_a_bag_only_when_a_full_one_is_asked_for() {
    let (_site, archive, first) = archived();
    let again = archive.snapshot("webb");
    assert_eq!((again.outcome(), again.sealed()), ("unchanged", 0));
    let whole = archive.snapshot_with("webb", 0, &["--full"]);
    assert_eq!(whole.outcome(), "sealed");
    assert_eq!(whole.count("new"), 0);
    let ids = |bag: &Path| {
        let mut ids: Vec<String> = read_json(&bag.join("data/records.json"))["records"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["id"].to_string())
            .collect();
        ids.sort();
        ids
    };
    assert_eq!(
        ids(&whole.public()),
        ids(&first.public()),
        "the same records under the same ids"
    );
    judge_bag(&whole.public());
    judge_ledger(archive.path());
    archive.run(&["verify"]).expect(0);
}

#[test]
fn a_bag_is_handed_out_as_a_folder_and_as_a_zip() {
    let (_site, archive, capture) = archived();
    let bag = capture.public();
    let id = capture.report["bags"][0]["bag"].as_str().unwrap();
    let folder = archive.beside("ut");
    archive
        .run(&["export", "bag", id, "-o", folder.to_str().unwrap()])
        .expect(0);
    assert_eq!(contents(&folder), contents(&bag));
    judge_bag(&folder);

    let zip = archive.beside("ut.zip");
    archive
        .run(&["export", "bag", id, "-o", zip.to_str().unwrap()])
        .expect(0);
    let again = archive.beside("igen.zip");
    archive
        .run(&["export", "bag", id, "-o", again.to_str().unwrap()])
        .expect(0);
    assert_eq!(
        sha256(&zip),
        sha256(&again),
        "the same bag gives the same bytes"
    );
    if let Some(python) = python() {
        let unpacked = archive.beside("uppackad");
        run(Command::new(python)
            .args(["-m", "zipfile", "-e"])
            .arg(&zip)
            .arg(&unpacked))
        .expect(0);
        let inside = files(&unpacked)
            .into_iter()
            .find(|file| file.ends_with("bagit.txt"))
            .expect("a bag in the zip");
        assert_eq!(contents(inside.parent().unwrap()), contents(&bag));
        judge_bag(inside.parent().unwrap());
    }

    let before = sha256(&zip);
    archive
        .run(&["export", "bag", id, "-o", zip.to_str().unwrap()])
        .refuses(1, &["ut.zip"]);
    assert_eq!(
        sha256(&zip),
        before,
        "a file that is there is not written over"
    );
    let unknown = "0197a000-0000-7000-8000-000000000000";
    archive
        .run(&[
            "export",
            "bag",
            unknown,
            "-o",
            archive.beside("inget").to_str().unwrap(),
        ])
        .refuses(1, &[unknown]);
    assert!(!archive.beside("inget").exists());
}

/// Verify must find the fault, end with 4 and say what it is about.
#[track_caller]
fn finds(archive: &Archive, about: &str, args: &[&str]) {
    let output: Output = archive.run(args).expect(4);
    assert!(
        output.stdout.contains(about) || output.stderr.contains(about),
        "the report does not name '{about}':\n{output}"
    );
}

#[test]
fn verify_names_what_was_harmed() {
    let (_site, archive, capture) = archived();
    archive.run(&["verify"]).expect(0);
    archive.run(&["verify", "--quick"]).expect(0);
    let bag = capture.public();
    let records = bag.join("data/records.json");
    let manifest = bag.join("manifest-sha256.txt");
    let commitment = bag.parent().unwrap().join("commitment.txt");

    // One bit, and the length stays: only reading finds it.
    let rot = |file: &Path| {
        let whole = fs::read(file).unwrap();
        let mut rotten = whole.clone();
        let middle = rotten.len() / 2;
        rotten[middle] ^= 1;
        replace(file, &rotten);
        whole
    };
    let files_of_a_bag = [
        records.clone(),
        posts_pdfs(&bag)[0].clone(),
        bag.join("data/capture.json"),
        bag.join("bag-info.txt"),
        manifest,
        commitment,
    ];
    for file in files_of_a_bag {
        let whole = rot(&file);
        finds(
            &archive,
            file.file_name().unwrap().to_str().unwrap(),
            &["verify"],
        );
        finds(
            &archive,
            file.file_name().unwrap().to_str().unwrap(),
            &["verify", bag.parent().unwrap().to_str().unwrap()],
        );
        replace(&file, &whole);
    }

    let whole = fs::read(&records).unwrap();
    replace(&records, &whole[..whole.len() - 1]);
    // BagIt holds the payload's size as a whole: quick sees that it differs, and reading tells where.
    finds(&archive, "Payload-Oxum", &["verify", "--quick"]);
    finds(&archive, "records.json", &["verify"]);
    fs::remove_file(&records).unwrap();
    finds(&archive, "records.json", &["verify"]);
    finds(&archive, "records.json", &["verify", "--quick"]);
    replace(&records, &whole);

    let stranger = bag.join("data/stranger.txt");
    fs::write(&stranger, "not ours").unwrap();
    finds(&archive, "stranger.txt", &["verify"]);
    fs::remove_file(&stranger).unwrap();

    let checkpoint = archive.path().join("ledger/checkpoint");
    let whole = rot(&checkpoint);
    finds(&archive, "checkpoint", &["verify"]);
    replace(&checkpoint, &whole);

    let home = bag.parent().unwrap();
    let aside = archive.beside("undan");
    fs::rename(home, &aside).unwrap();
    finds(
        &archive,
        home.file_name().unwrap().to_str().unwrap(),
        &["verify"],
    );
    finds(
        &archive,
        home.file_name().unwrap().to_str().unwrap(),
        &["verify", "--quick"],
    );
    fs::rename(&aside, home).unwrap();
    archive.run(&["verify"]).expect(0);
}

#[test]
fn a_bag_forged_with_fresh_manifests_and_commitment_is_still_found() {
    let (_site, archive, capture) = archived();
    let bag = capture.public();
    // Someone who knows the format changes a word and makes every digest fit again: only the ledger knows better.
    let records = bag.join("data/records.json");
    let forged = fs::read_to_string(&records)
        .unwrap()
        .replacen("kommun", "kommen", 1);
    let (old, old_manifest) = (sha256(&records), sha256(&bag.join("manifest-sha256.txt")));
    replace(&records, forged.as_bytes());
    assert_ne!(old, sha256(&records), "the forgery changes something");
    let tagmanifest = bag.join("tagmanifest-sha256.txt");
    let old_tagmanifest = sha256(&tagmanifest);
    let manifest = bag.join("manifest-sha256.txt");
    let commitment = bag.parent().unwrap().join("commitment.txt");
    for (file, old, new) in [
        (&manifest, old, &records),
        (&tagmanifest, old_manifest, &manifest),
        (&commitment, old_tagmanifest, &tagmanifest),
    ] {
        let text = fs::read_to_string(file).unwrap();
        assert!(
            text.contains(&old),
            "{} holds the old digest",
            file.display()
        );
        replace(file, text.replace(&old, &sha256(new)).as_bytes());
    }
    judge_bag(&bag);
    finds(
        &archive,
        bag.parent().unwrap().file_name().unwrap().to_str().unwrap(),
        &["verify"],
    );
}

/// Writes a file anew whatever its mode says: the archive's owner could.
fn replace(file: &Path, bytes: &[u8]) {
    if file.exists() {
        fs::remove_file(file).unwrap();
    }
    fs::write(file, bytes).unwrap();
}

#[test]
fn an_archive_that_was_moved_is_the_same_archive() {
    let (_site, archive, capture) = archived();
    let elsewhere = archive.beside("flyttat");
    fs::rename(archive.path(), &elsewhere).unwrap();
    let arkivd = |args: &[&str]| {
        run(Command::new(env!("CARGO_BIN_EXE_arkivd"))
            .env("ARKIVD_ARCHIVE", &elsewhere)
            .args(args))
    };
    arkivd(&["verify"]).expect(0);
    let again = arkivd(&["--json", "snapshot", "webb"]).expect(0).data();
    assert_eq!(again["captures"][0]["outcome"], "unchanged");
    assert!(capture.sealed() > 0);
    judge_ledger(&elsewhere);
}

#[test]
fn every_reading_command_speaks_json_and_for_people() {
    let (_site, archive, _capture) = archived();
    let records = archive.records(&["--account", "webb", "--limit", "5"]);
    assert_eq!(records.len(), 5, "--limit is kept");
    let id = records[0]["record"].as_str().unwrap();
    let shown = archive.data(&["record", "show", id]).to_string();
    assert!(shown.contains(id));
    for command in [
        vec!["account", "list"],
        vec!["account", "show", "webb"],
        vec!["status"],
        vec!["verify"],
        vec!["record", "show", id],
    ] {
        archive.data(&command);
        let spoken = archive.run(&command).expect(0);
        assert!(
            !spoken.stdout.trim().is_empty() && !spoken.stdout.starts_with('{'),
            "{spoken}"
        );
    }
}
