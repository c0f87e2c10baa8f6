//! What is in a bundle, and that it is made again with the same bytes.

use std::fs;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::feed::{archive, bundle, unpacked};
use crate::support::hostile::{http, serve};
use crate::support::judges::{have, judge_bag, judge_ledger, judge_schema, sha256};
use crate::support::{Archive, files, read_json, run};

const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];

#[test]
fn a_bundle_is_a_bag_that_opens_everywhere() {
    if !have("unzip") {
        return;
    }
    let (archive, records) = archive();
    let (report, zip) = bundle(&archive, &records, "ärende.zip");
    assert_eq!(report["handlingar"], 6, "{report}");
    assert_eq!(
        report["sha256"],
        sha256(&zip),
        "the digest is the file's own"
    );
    let bag = unpacked(&zip);
    judge_bag(&bag);
    judge_schema(
        &bag.join("data/metadata/ärende.json"),
        "diarium.schema.json",
    );
    for file in files(&bag) {
        let name = file.file_name().unwrap().to_str().unwrap();
        assert!(
            !name.contains(['<', '>', ':', '"', '\\', '|', '?', '*']),
            "{name}"
        );
        assert!(
            !name.ends_with(['.', ' ']) && !name.contains('🎉'),
            "{name}"
        );
        let stem = name.split('.').next().unwrap().to_lowercase();
        assert!(!DEVICES.contains(&stem.as_str()), "{name}");
        let inside = file.strip_prefix(bag.parent().unwrap()).unwrap();
        assert!(
            inside.to_str().unwrap().chars().count() <= 160,
            "{inside:?}"
        );
    }
    let names: Vec<String> = files(&bag.join("data/handlingar"))
        .iter()
        .map(|f| f.file_name().unwrap().to_str().unwrap().to_owned())
        .collect();
    for name in [
        "0001_2026-11-01_inlägg_CON_.pdf",
        "0003_2026-11-03_inlägg_Fest-i-parken.pdf",
        "0005_2026-11-05_inlägg_varför-är-det-så-här.pdf",
        "0006_2026-11-06_inlägg_Snön-röjs-sent.pdf",
        "0006_2026-11-06_inlägg_Snön-röjs-sent_bild-1.jpg",
    ] {
        assert!(names.iter().any(|n| n == name), "{name}: {names:#?}");
    }
    let csv = fs::read(bag.join("data/metadata/handlingar.csv")).unwrap();
    assert!(csv.starts_with(b"\xef\xbb\xbf\"Nr\";\"Fil\";"));
    let csv = String::from_utf8(csv).unwrap();
    assert_eq!(csv.matches("\r\n").count(), 7, "{csv}");
    assert!(
        csv.contains(r#";"'=1+1";"#) && !csv.contains(r#""=1+1"#),
        "{csv}"
    );
    assert!(csv.contains(r#";"'@kalle varför"#), "{csv}");
    let case = read_json(&bag.join("data/metadata/ärende.json"));
    let first = &case["handlingar"][0];
    assert_eq!(case["case"]["diarienummer"], "KS 2026/123");
    assert_eq!(
        first["direction"], "utgående",
        "the feed is the municipality's own: {first}"
    );
    assert_eq!(first["upprättad"], "2026-11-01T10:00:00Z");
    assert_eq!(first["level"], "PDF/A-1a, PDF/UA-1");
    let pdfs: Vec<_> = files(&bag.join("data"))
        .into_iter()
        .filter(|f| f.extension().is_some_and(|e| e == "pdf"))
        .collect();
    assert_eq!(pdfs.len(), 7);
    for pdf in &pdfs {
        let mut check = archive.command(&["pdf", "check", "--flavour", "1a"]);
        run(check.arg(pdf)).expect(0);
    }
    if have("pdftotext") {
        let text = run(Command::new("pdftotext")
            .arg(bag.join("data/följebrev.pdf"))
            .arg("-"))
        .expect(0)
        .stdout;
        for words in [
            "Följebrev",
            "KS 2026/123",
            "Snön röjs sent",
            report["export"].as_str().unwrap(),
        ] {
            assert!(text.contains(words), "{words}: {text}");
        }
    }
    let schema = crate::support::project().join("../shared/oracles/xsd/ERMS_v3.xsd");
    if have("xmllint") && schema.exists() {
        let catalog = crate::support::project().join("../shared/oracles/xml-catalog.xml");
        let mut lint = Command::new("xmllint");
        lint.env("XML_CATALOG_FILES", catalog)
            .args(["--nonet", "--noout", "--schema"]);
        run(lint.arg(schema).arg(bag.join("data/metadata/erms.xml"))).expect(0);
    }
    judge_ledger(archive.path());
    archive.run(&["verify"]).expect(0);
}

#[test]
fn an_export_is_told_of_and_made_again_with_the_same_bytes() {
    let (archive, records) = archive();
    let (report, zip) = bundle(&archive, &records[..2], "a.zip");
    let id = report["export"].as_str().unwrap();
    // What is noted afterwards changes nothing of what was handed out.
    let number = "registered=KS 2026/123";
    archive
        .run(&["record", "mark", &records[0], number, "--document", "4"])
        .expect(0);
    let again = archive.beside("b.zip");
    archive
        .run(&["export", "again", id, "-o", again.to_str().unwrap()])
        .expect(0);
    assert_eq!(fs::read(&zip).unwrap(), fs::read(&again).unwrap());
    let shown = archive.data(&["record", "show", &records[0]]);
    assert_eq!(shown["documents"][0]["number"], "4", "{shown}");
    assert_eq!(shown["exports"][0]["sha256"], report["sha256"], "{shown}");
    let history = archive.data(&["record", "history", &records[0]]);
    assert_eq!(history["exports"][0]["export"], id, "{history}");
    let told = archive
        .run(&["record", "show", &records[0]])
        .expect(0)
        .stdout;
    assert!(
        told.contains("registered KS 2026/123, handling 4"),
        "{told}"
    );
    let row = archive.data(&["export", "show", id]);
    assert_eq!(row["handlingar"].as_array().unwrap().len(), 2, "{row}");
    assert_eq!(
        archive
            .data(&["export", "list", "--record", &records[5]])
            .as_array()
            .unwrap()
            .len(),
        0
    );
    // Another build may set pages otherwise: it is told, and nothing is written.
    let db = rusqlite::Connection::open(archive.path().join("catalog.sqlite")).unwrap();
    db.execute("UPDATE export SET software = 'arkivd 0.0.1'", [])
        .unwrap();
    let other = archive.beside("c.zip");
    archive
        .run(&["export", "again", id, "-o", other.to_str().unwrap()])
        .refuses(1, &["arkivd 0.0.1"]);
    assert!(!other.exists());
}

#[test]
fn the_designation_is_the_number_of_the_case_that_it_goes_to() {
    if !have("unzip") {
        return;
    }
    let (archive, records) = archive();
    for number in ["registered=KS 2026/123", "registered=KS 2025/9"] {
        archive
            .run(&["record", "mark", &records[0], number])
            .expect(0);
    }
    let (_, zip) = bundle(&archive, &records[..2], "a.zip");
    let told = read_json(&unpacked(&zip).join("data/metadata/ärende.json"));
    for handling in told["handlingar"].as_array().unwrap() {
        assert_eq!(handling["designation"], "KS 2026/123", "{handling}");
    }
}

#[test]
fn an_answer_goes_though_the_picture_of_what_it_answers_is_locked() {
    if !have("unzip") {
        return;
    }
    let (archive, records) = archive();
    // The last has a picture; nothing of its bag is read once another record in it is suspected.
    let db = rusqlite::Connection::open(archive.path().join("catalog.sqlite")).unwrap();
    db.execute_batch(
        "UPDATE record SET kind = 'comment', parent = (SELECT n FROM record WHERE permalink LIKE '%/5')
         WHERE permalink LIKE '%/0'",
    )
    .unwrap();
    let suspected = archive.data(&["record", "show", &records[1]])["permalink"].clone();
    let opened = archive.run(&["removal", "emergency", suspected.as_str().unwrap()]);
    assert!(matches!(opened.code, Some(0 | 5)), "{opened}");
    let out = archive.beside("x.zip");
    let whole = [
        "export",
        "diarium",
        "--case",
        "KS 2026/1",
        "-o",
        out.to_str().unwrap(),
    ];
    archive
        .run(&[&whole[..], &[&records[5]]].concat())
        .refuses(1, &["locked"]);
    let (report, zip) = bundle(&archive, &records[..1], "a.zip");
    assert_eq!(report["handlingar"], 1, "{report}");
    let told = fs::read_to_string(unpacked(&zip).join("data/metadata/ärende.json")).unwrap();
    assert!(!told.contains("Se bilden"), "{told}");
}

#[test]
fn an_address_that_changes_afterwards_changes_no_bundle() {
    let turn = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&turn);
    let address = serve(move |_| {
        let n = seen.load(Ordering::SeqCst);
        let link = match n {
            1 => String::new(),
            n => format!("<link href='/snö-{n}'/>"),
        };
        let feed = format!(
            "<?xml version='1.0'?><feed xmlns='http://www.w3.org/2005/Atom'><id>urn:y</id><title>Nyheter</title>\
             <updated>2026-11-21T10:00:00Z</updated><entry><id>urn:y:1</id>{link}<title>Snön {n}</title>\
             <updated>2026-11-0{}T10:00:00Z</updated><published>2026-11-01T10:00:00Z</published>\
             <content>Ordet {n}</content></entry></feed>",
            n + 1
        );
        http("200 OK", "application/atom+xml", &feed)
    });
    let archive = Archive::new();
    archive.add_account("flode", "feed", &format!("{address}feed.xml"), &[]);
    let mut made = Vec::new();
    for n in 0..4 {
        turn.store(n, Ordering::SeqCst);
        archive.snapshot("flode");
        let record = archive.records(&[])[0]["record"]
            .as_str()
            .unwrap()
            .to_owned();
        made.push(bundle(&archive, &[record], &format!("{n}.zip")));
    }
    for (n, (report, zip)) in made.iter().enumerate() {
        let again = archive.beside(&format!("again-{n}.zip"));
        let id = report["export"].as_str().unwrap();
        archive
            .run(&["export", "again", id, "-o", again.to_str().unwrap()])
            .expect(0);
        assert_eq!(fs::read(zip).unwrap(), fs::read(&again).unwrap(), "{n}");
        // The plan outlives the record, and has none of its words.
        let shown = rusqlite::Connection::open(archive.path().join("catalog.sqlite")).unwrap();
        let words: i64 = shown
            .query_row(
                "SELECT count(*) FROM export WHERE request LIKE '%snö-%'",
                [],
                |r| r.get(0),
            )
            .unwrap();
        assert_eq!(words, 0);
    }
}
