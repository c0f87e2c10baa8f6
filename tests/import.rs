//! `import`: every kind of file, what is said of it, what is refused, over the binary.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod support;

use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use support::brought::{self, MHTML, jpeg, pdf, png, webp};
use support::daemon::{Daemon, Machine, person};
use support::judges::{have, judge_bag, judge_ledger, judge_schema, pdf_text, sha256};
use support::{Archive, read_json, run};

fn archive() -> Archive {
    let archive = Archive::new();
    archive.add_account("fb", "facebook", "https://www.facebook.com/tibro", &[]);
    archive
}

/// Writes a file beside the archive.
fn put(archive: &Archive, name: &str, bytes: &[u8]) -> String {
    let path = archive.beside(name);
    fs::write(&path, bytes).unwrap();
    path.to_str().unwrap().to_owned()
}

fn one_bag(archive: &Archive) -> PathBuf {
    let bags = archive.bags();
    assert_eq!(bags.len(), 1, "{bags:?}");
    bags[0].clone()
}

fn judge(bag: &Path) {
    judge_bag(bag);
    judge_schema(&bag.join("data/records.json"), "records.schema.json");
    judge_schema(&bag.join("data/capture.json"), "capture.schema.json");
    let capture = read_json(&bag.join("data/capture.json"));
    for pdf in brought::pdfs(&capture) {
        run(Command::new(env!("CARGO_BIN_EXE_arkivd"))
            .args(["pdf", "check"])
            .arg(bag.join(pdf)))
        .expect(0);
    }
}

#[test]
fn every_kind_becomes_a_record_with_its_original_and_pdf_a() {
    let archive = archive();
    let conforming = archive.beside("arkiv.pdf");
    let picture = put(&archive, "skärm bild.png", &png(60, 3000, 1));
    run(Command::new(env!("CARGO_BIN_EXE_arkivd"))
        .args(["pdf", "image", &picture, "-o"])
        .arg(&conforming))
    .expect(0);
    let html = "<!DOCTYPE html><html lang=sv><head><title>Om kommunen</title></head><body><p>Välkommen till Tibro</p>\
        <script>document.write('aldrig')</script></body></html>";
    let files = [
        picture,
        put(&archive, "foto.jpg", &jpeg(80, 60)),
        put(&archive, "bild.webp", &webp(70, 50)),
        conforming.to_str().unwrap().to_owned(),
        put(&archive, "enkel.pdf", &pdf()),
        put(&archive, "sida.html", html.as_bytes()),
        put(&archive, "sida.mhtml", MHTML.as_bytes()),
        put(&archive, "egentligen.png", &jpeg(40, 30)),
    ];
    let args: Vec<&str> = ["--json", "import", "fb"]
        .into_iter()
        .chain(files.iter().map(String::as_str))
        .collect();
    let output = archive.run(&args);
    assert!(matches!(output.code, Some(0 | 3)), "{output}");
    let answer = archive.beside("answer.json");
    fs::write(&answer, &output.stdout).unwrap();
    judge_schema(&answer, "report.schema.json");
    let data = output.data();
    assert_eq!(
        data["files"].as_array().unwrap().len(),
        files.len(),
        "{output}"
    );
    assert!(
        data["files"]
            .as_array()
            .unwrap()
            .iter()
            .all(|f| f["outcome"] == "taken"),
        "{output}"
    );
    assert!(
        output
            .stdout
            .contains("the name says PNG, and the file is JPEG"),
        "{output}"
    );

    let bag = one_bag(&archive);
    judge(&bag);
    judge_ledger(archive.path());
    let capture = read_json(&bag.join("data/capture.json"));
    assert_eq!(capture["reason"], "import");
    for (file, brought) in files.iter().zip(capture["brought"].as_array().unwrap()) {
        let original = &brought["originals"][0];
        assert_eq!(original["sha256"], sha256(Path::new(file)));
        assert_eq!(
            sha256(&bag.join(original["file"].as_str().unwrap())),
            sha256(Path::new(file))
        );
        let has_pdf = !original["pdf"]["parts"].as_array().unwrap().is_empty();
        let typeset = file.ends_with("html") || file.ends_with("mhtml");
        assert!(
            has_pdf || typeset || original["cover"].is_string(),
            "{brought:#}"
        );
    }
    let part = |n: usize| capture["brought"][n]["originals"][0]["pdf"]["parts"][0].clone();
    assert!(
        part(0)["pages"].as_u64().unwrap() > 1,
        "a tall picture is cut into pages"
    );
    assert_eq!(
        part(3)["file"],
        "data/original/0004-arkiv.pdf",
        "what is PDF/A stays as it is"
    );
    let words = pdf_text(&bag).unwrap_or_else(|| "Välkommen till Tibro Snö och is".into());
    assert!(
        words.contains("Välkommen till Tibro") && words.contains("Snö och is"),
        "{words}"
    );
    assert!(!words.contains("aldrig"));
    assert!(
        words.contains("Inlämnat material") || !have("pdftotext"),
        "{words}"
    );
    let records = archive.records(&[]);
    assert!(
        records.iter().any(|r| r["title"] == "Om kommunen"),
        "{records:#?}"
    );

    // The same files again are told, and nothing is written.
    let again = archive.run(&args).expect(0);
    assert!(
        again.data()["files"]
            .as_array()
            .unwrap()
            .iter()
            .all(|f| f["outcome"] == "held"),
        "{again}"
    );
    assert_eq!(archive.bags().len(), 1);
    archive.run(&["verify"]).expect(0);
}

#[test]
fn a_side_file_and_flags_tell_of_it() {
    let archive = archive();
    let file = put(&archive, "kommentar.png", &png(50, 50, 2));
    put(
        &archive,
        "kommentar.toml",
        "kind = \"kommentar\"\naddress = \"https://www.facebook.com/tibro/posts/7\"\nauthor = \"Åsa Öst\"\n\
         time = \"2026-11-21 14:03\"\ncategory = \"fråga\"\nnote = \"Togs före döljandet.\"\ntext = \"Hur blir det med plogningen?\"\n"
            .as_bytes(),
    );
    archive
        .run(&["import", "fb", &file, "--author", "Åsa Ö."])
        .expect(0);
    let bag = one_bag(&archive);
    judge(&bag);
    let record = read_json(&bag.join("data/records.json"))["records"][0].clone();
    assert_eq!(record["kind"], "comment");
    assert_eq!(record["published"], "2026-11-21T13:03:00Z");
    assert_eq!(
        record["permalink"],
        "https://www.facebook.com/tibro/posts/7"
    );
    assert_eq!(
        record["content"]["author"]["name"], "Åsa Ö.",
        "a flag goes before the side file"
    );
    assert_eq!(
        record["content"]["body"][0]["spans"][0]["text"],
        "Hur blir det med plogningen?"
    );
    let brought = read_json(&bag.join("data/capture.json"))["brought"][0].clone();
    assert_eq!(brought["category"], "fråga");
    assert_eq!(brought["note"], "Togs före döljandet.");
    assert_eq!(brought["record"], record["record"]);
}

#[test]
fn several_pictures_are_one_record() {
    let archive = archive();
    let files: Vec<String> = (0..3)
        .map(|n| put(&archive, &format!("del{n}.png"), &png(40, 40, 10 + n)))
        .collect();
    let mut args = vec!["import", "fb", "--together", "--time", "2026-11-20"];
    args.extend(files.iter().map(String::as_str));
    archive.run(&args).expect(0);
    let bag = one_bag(&archive);
    judge(&bag);
    let records = read_json(&bag.join("data/records.json"));
    assert_eq!(records["records"].as_array().unwrap().len(), 1);
    let capture = read_json(&bag.join("data/capture.json"));
    assert_eq!(
        capture["brought"][0]["originals"].as_array().unwrap().len(),
        3
    );
    assert_eq!(capture["brought"][0]["day_only"], true);
}

#[test]
fn what_cannot_be_taken_is_told_and_the_others_are() {
    let archive = archive();
    let whole = png(50, 50, 3);
    let bomb = format!("<html>{}", "<p>a".repeat(150_000));
    let cases: Vec<(String, &str)> = vec![
        (
            put(&archive, "kapad.png", &whole[..whole.len() / 2]),
            "damaged or cut off",
        ),
        (put(&archive, "tom.png", b""), "it is empty"),
        (
            put(&archive, "a.heic", b"\0\0\0\x18ftypheic\0\0\0\0"),
            "HEIC",
        ),
        (
            put(
                &archive,
                "b.docx",
                b"PK\x03\x04\x14\0\0\0\0\0[Content_Types].xml",
            ),
            "office",
        ),
        (put(&archive, "c.zip", b"PK\x03\x04\x14\0foto.jpg"), "ZIP"),
        (put(&archive, "d.png", "bara ord".as_bytes()), "plain text"),
        (put(&archive, "bomb.html", bomb.as_bytes()), "elements"),
        (
            put(&archive, "kapad.pdf", b"%PDF-1.4\n1 0 obj\n<<"),
            "damaged or cut off",
        ),
    ];
    let good = put(&archive, "hel.png", &whole);
    let mut args = vec!["import", "fb", good.as_str()];
    args.extend(cases.iter().map(|(file, _)| file.as_str()));
    let output = archive.run(&args).expect(3);
    for (file, why) in &cases {
        let line = output.stderr.lines().find(|l| l.contains(file.as_str()));
        assert!(
            line.is_some_and(|l| l.contains(why)),
            "{file}: {why}\n{output}"
        );
    }
    judge(&one_bag(&archive));
    assert_eq!(archive.records(&[]).len(), 1);
    archive
        .run(&["import", "fb", &cases[0].0])
        .refuses(1, &["kapad.png", "cut off"]);
    archive.run(&["import", "nej", &good]).refuses(1, &["nej"]);
    archive
        .run(&["import", "fb", "/ingenstans.png"])
        .refuses(1, &["ingenstans.png"]);
    archive
        .run(&["import", "fb", &good, "--time", "i går"])
        .refuses(2, &["i går"]);
}

#[test]
fn what_is_held_as_public_is_not_restricted_by_being_brought_again() {
    let archive = archive();
    let one = put(&archive, "ett.png", &png(20, 20, 1));
    let two = put(&archive, "två.png", &png(20, 20, 2));
    archive.run(&["import", "fb", &one]).expect(0);
    let again = archive.run(&["import", "fb", &one, "--note", "Viktigt"]);
    let again = again.expect(0);
    assert!(again.stdout.contains("already held"), "{again}");
    assert!(again.stderr.contains("is not noted"), "{again}");
    for closed in [&["--restricted"][..], &["--kind", "message"]] {
        let args = [&["import", "fb", &one], closed].concat();
        archive
            .run(&args)
            .refuses(1, &["held already as public", "archivist"]);
        // As one of several too.
        let args = [&["import", "fb", "--together", &one, &two], closed].concat();
        archive.run(&args).refuses(1, &["held already as public"]);
    }
    assert_eq!(archive.records(&[]).len(), 1);
    // The other way around, nothing is let out.
    archive
        .run(&["import", "fb", &two, "--restricted"])
        .expect(0);
    archive.run(&["import", "fb", &two]).expect(0);
    archive
        .run(&["import", "fb", &two, "--restricted"])
        .expect(0);
    let bags = archive.bags();
    assert_eq!(bags.len(), 2, "{bags:?}");
}

#[test]
fn a_word_of_a_million_letters_is_typeset() {
    let archive = archive();
    let page = format!("<html><body><p>{}", "x".repeat(1_000_000));
    let file = put(&archive, "ord.html", page.as_bytes());
    archive.run(&["import", "fb", &file]).expect(0);
    judge_bag(&one_bag(&archive));
    let page = format!("<html><body><p>{}", "x".repeat(4_000_001));
    let file = put(&archive, "bok.html", page.as_bytes());
    archive
        .run(&["import", "fb", &file])
        .refuses(1, &["4000001 bytes", "screenshot"]);
}

#[test]
fn a_pdf_with_a_password_is_refused() {
    if !have("qpdf") {
        println!("SKIP: no qpdf here");
        return;
    }
    let archive = archive();
    let open = put(&archive, "öppen.pdf", &pdf());
    let shut = archive.beside("låst.pdf");
    let made = Command::new("qpdf")
        .args(["--encrypt", "a", "b", "256", "--", &open])
        .arg(&shut)
        .status()
        .unwrap();
    assert!(made.success());
    archive
        .run(&["import", "fb", shut.to_str().unwrap()])
        .refuses(1, &["password"]);
    assert!(archive.bags().is_empty());
}

#[test]
fn a_wrong_side_file_is_told_with_its_line() {
    let archive = archive();
    let file = put(&archive, "bild.png", &png(20, 20, 4));
    for (text, words) in [
        (
            "kind = \"comment\"\nautor = \"x\"\n",
            &["bild.toml:2:1", "autor", "author"][..],
        ),
        ("time = \"igår\"\n", &["bild.toml:1:8", "time"]),
        ("kind = [\n", &["bild.toml:"]),
        ("account = \"insta\"\n", &["insta", "fb"]),
        (
            "time = \"2126-01-01\"\n",
            &["bild.toml:1:8", "has not come"],
        ),
        ("\ntime = \"-5000-01-01\"\n", &["bild.toml:2:8", "1990"]),
    ] {
        put(&archive, "bild.toml", text.as_bytes());
        archive.run(&["import", "fb", &file]).refuses(1, words);
    }
    put(&archive, "bild.toml", b"");
    put(&archive, "bild.png.toml", b"");
    archive
        .run(&["import", "fb", &file])
        .refuses(1, &["bild.toml", "bild.png.toml"]);
    assert!(archive.bags().is_empty());
}

#[test]
fn a_message_is_for_those_who_may() {
    let Some(machine) = Machine::new() else {
        return;
    };
    let archive = &machine.archive;
    archive.configure(
        &[
            person(61001, "Anna Öberg", "\"arkivarie\"", ""),
            person(61003, "Cecilia Ås", "\"redaktör\"", ""),
            person(61004, "David Li", "\"revisor\"", "committees = []"),
        ]
        .concat(),
    );
    archive.add_account("fb", "facebook", "https://www.facebook.com/tibro", &[]);
    let mut daemon = machine.daemon();
    // The user's own file: the daemon cannot read it by its name.
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("sms.png");
    fs::write(&file, png(30, 30, 5)).unwrap();
    fs::write(
        home.path().join("sms.toml"),
        "kind = \"meddelande\"\nauthor = \"Hemlig Person\"\ntext = \"Ring mig\"\n",
    )
    .unwrap();
    let open = |path: &Path, mode: u32| {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    open(home.path(), 0o755);
    let name = file.to_str().unwrap();
    machine
        .run(61004, &["import", "fb", name])
        .refuses(1, &["David Li", "import"]);
    machine.run(61003, &["import", "fb", name]).expect(0);
    let list = |user| {
        machine
            .run(user, &["--json", "record", "list"])
            .expect(0)
            .stdout
    };
    assert!(list(61001).contains("Ring mig"), "the archivist reads it");
    assert!(!list(61003).contains("Ring mig"), "the editor does not");
    assert_eq!(daemon.end().0, Some(0));
    let log = daemon.said.join("\n");
    for secret in ["Hemlig", "Ring mig", "sms.png"] {
        assert!(!log.contains(secret), "{log}");
    }
    let bag = one_bag(archive);
    let capture: Value = read_json(&bag.join("data/capture.json"));
    assert_eq!(capture["kind"], "records-restricted");
    assert!(
        capture["brought"][0]["by"]
            .as_str()
            .unwrap()
            .starts_with("Cecilia Ås")
    );
}

#[test]
fn a_command_carries_so_many_files_to_the_daemon() {
    let archive = archive();
    let files: Vec<String> = (0..70)
        .map(|n| put(&archive, &format!("b{n}.png"), &png(8, 8, n)))
        .collect();
    let args = |n: usize| -> Vec<&str> {
        ["import", "fb"]
            .into_iter()
            .chain(files[..n].iter().map(String::as_str))
            .collect()
    };
    let mut daemon = Daemon::start(&archive);
    archive.run(&args(70)).refuses(2, &["70", "64"]);
    archive.run(&args(60)).expect(0);
    assert_eq!(archive.records(&[]).len(), 60);
    assert_eq!(archive.bags().len(), 2, "fifty a capture");
    assert_eq!(daemon.end().0, Some(0));
}
