//! What a bundle says of its records: what they concern, whose they are, and their numbers in the diarium.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::feed::{bundle, unpacked};
use crate::support::brought::{jpeg, png};
use crate::support::hostile::{http, serve};
use crate::support::judges::{have, judge_schema};
use crate::support::{Archive, project, read_json, run};

fn case_of(bag: &Path) -> Value {
    let file = bag.join("data/metadata/ärende.json");
    judge_schema(&file, "diarium.schema.json");
    read_json(&file)
}

fn text(bag: &Path, name: &str) -> String {
    fs::read_to_string(bag.join("data/metadata").join(name)).unwrap()
}

/// The ERMS document, by its schema.
fn erms(bag: &Path) -> String {
    let oracles = project().join("../shared/oracles");
    let schema = oracles.join("xsd/ERMS_v3.xsd");
    if have("xmllint") && schema.exists() {
        let mut lint = Command::new("xmllint");
        lint.env("XML_CATALOG_FILES", oracles.join("xml-catalog.xml"))
            .args(["--nonet", "--noout", "--schema"]);
        run(lint.arg(schema).arg(bag.join("data/metadata/erms.xml"))).expect(0);
    }
    text(bag, "erms.xml")
}

fn pdf_words(bag: &Path, document: &str) -> String {
    let pdf = bag.join("data").join(document);
    run(Command::new("pdftotext").arg(pdf).arg("-"))
        .expect(0)
        .stdout
}

/// Imports a picture with what is said of it; gives the record.
fn brought(archive: &Archive, seed: u8, more: &[&str]) -> String {
    let file = archive.beside(&format!("{seed}.png"));
    fs::write(&file, png(60, 50, seed)).unwrap();
    let mut args = vec!["import", "fb", file.to_str().unwrap()];
    args.extend(more);
    let told = archive.data(&args);
    told["files"][0]["record"].as_str().unwrap().to_owned()
}

fn facebook() -> Archive {
    let archive = Archive::new();
    archive.add_account("fb", "facebook", "https://www.facebook.com/tibro", &[]);
    archive
}

#[test]
fn an_untitled_post_that_begins_with_a_picture_concerns_what_it_says() {
    if !have("unzip") {
        return;
    }
    let address = serve(|path| {
        if path == "/bild.jpg" {
            let picture = jpeg(40, 30);
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                picture.len()
            );
            return [head.into_bytes(), picture].concat();
        }
        let items: String = [
            "<img src='/bild.jpg'><p>Vi plogar hela natten</p>",
            "<img src='/bild.jpg' alt='En plog på torget'>",
        ]
        .iter()
        .enumerate()
        .map(|(n, html)| {
            format!(
                "<item><guid>urn:x:{n}</guid><link>/{n}</link><pubDate>0{} Nov 2026 10:00:00 GMT</pubDate>\
                 <description><![CDATA[{html}]]></description></item>",
                n + 1
            )
        })
        .collect();
        let feed = format!(
            "<?xml version='1.0'?><rss version='2.0'><channel><title>Nyheter</title>{items}</channel></rss>"
        );
        http("200 OK", "application/rss+xml", &feed)
    });
    let archive = Archive::new();
    archive.add_account("flode", "feed", &format!("{address}feed.xml"), &[]);
    archive.snapshot("flode");
    let mut records = archive.records(&[]);
    records.sort_by_key(|r| r["published"].to_string());
    let ids: Vec<String> = records
        .iter()
        .map(|r| r["record"].as_str().unwrap().to_owned())
        .collect();
    let (_, zip) = bundle(&archive, &ids, "a.zip");
    let bag = unpacked(&zip);
    let case = case_of(&bag);
    for (n, subject) in ["Vi plogar hela natten", "En plog på torget"]
        .into_iter()
        .enumerate()
    {
        let handling = &case["handlingar"][n];
        assert_eq!(handling["internal"]["subject"], subject, "{handling}");
        assert_eq!(handling["public"]["subject"], subject, "{handling}");
        assert!(erms(&bag).contains(&format!("<title>{subject}</title>")));
        if have("pdftotext") {
            let words = pdf_words(&bag, handling["files"][0]["path"].as_str().unwrap());
            assert!(words.contains(subject), "{words}");
            assert!(!words.contains("[]"), "{words}");
        }
    }
    assert!(!text(&bag, "handlingar.csv").contains("http://127.0.0.1/bild"));
}

#[test]
fn what_is_brought_of_the_municipalitys_own_is_upprattad() {
    if !have("unzip") {
        return;
    }
    let archive = facebook();
    let organisation = "Tibro kommun";
    let settings = fs::read_to_string(archive.path().join("arkivd.toml")).unwrap();
    assert!(settings.contains(organisation), "{settings}");
    let ids = [
        brought(
            &archive,
            1,
            &["--author", organisation, "--text", "Välkomna"],
        ),
        brought(&archive, 2, &["--own", "--text", "Vi plogar"]),
        brought(
            &archive,
            3,
            &["--own", "--author", "Bo Ek", "--kind", "comment"],
        ),
        brought(&archive, 4, &["--by-others", "--author", organisation]),
        brought(&archive, 5, &["--author", "Anna Öst", "--kind", "comment"]),
    ];
    let (_, zip) = bundle(&archive, &ids, "a.zip");
    let case = case_of(&unpacked(&zip));
    let told = |id: &str| {
        let mut all = case["handlingar"].as_array().unwrap().iter();
        let found = all.find(|h| h["records"][0]["record"] == id).unwrap();
        found["direction"].as_str().unwrap().to_owned()
    };
    let directions = ids.iter().map(|id| told(id)).collect::<Vec<_>>();
    assert_eq!(
        directions,
        [
            "utgående",
            "utgående",
            "utgående",
            "inkommande",
            "inkommande"
        ]
    );
    archive
        .run(&["import", "fb", "x.png", "--own", "--by-others"])
        .refuses(2, &["--by-others"]);
}

#[test]
fn what_is_not_public_is_told_in_two_forms_and_as_not_judged() {
    if !have("unzip") {
        return;
    }
    let archive = facebook();
    let about = ["--kind", "comment", "--restricted", "--author", "Anna Öst"];
    let id = brought(
        &archive,
        1,
        &[&about[..], &["--text", "Min granne stör"]].concat(),
    );
    let (_, zip) = bundle(&archive, &[id], "a.zip");
    let erms = erms(&unpacked(&zip));
    assert!(
        !erms.contains("5 kap. 5 §"),
        "no sekretessmarkering was made: {erms}"
    );
    assert!(erms.contains("Sekretess är inte prövad"), "{erms}");
    assert!(erms.contains("<title>Min granne stör</title>"), "{erms}");
    assert!(
        erms.contains(">Kommentar på fb</"),
        "the public form: {erms}"
    );
    assert!(erms.contains(">utelämnad</"), "{erms}");
}

#[test]
fn the_handlingsnummer_goes_with_the_record_and_stays_as_it_was() {
    if !have("unzip") {
        return;
    }
    let archive = facebook();
    let id = brought(&archive, 1, &["--text", "Hur går det?"]);
    let mark = |number: &str| {
        let registered = "registered=KS 2026/123";
        let args = ["record", "mark", &id, registered, "--document", number];
        archive.run(&args).expect(0);
    };
    mark("handling-4711");
    let (report, zip) = bundle(&archive, std::slice::from_ref(&id), "a.zip");
    let bag = unpacked(&zip);
    let case = case_of(&bag);
    let handling = &case["handlingar"][0];
    assert_eq!(handling["handlingsnummer"], "handling-4711", "{handling}");
    let csv = text(&bag, "handlingar.csv");
    assert!(csv.contains("\"KS 2026/123\";\"handling-4711\";"), "{csv}");
    assert!(erms(&bag).contains(">handling-4711<"));
    if have("pdftotext") {
        let words = pdf_words(&bag, handling["files"][0]["path"].as_str().unwrap());
        assert!(words.contains("handling-4711"), "{words}");
    }
    mark("5");
    let again = archive.beside("b.zip");
    let id = report["export"].as_str().unwrap();
    archive
        .run(&["export", "again", id, "-o", again.to_str().unwrap()])
        .expect(0);
    assert!(fs::read(&zip).unwrap() == fs::read(&again).unwrap());
}
