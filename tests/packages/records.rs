//! What a delivery's ERMS document ties to each record: its files, and its numbers in the diarium.

use std::collections::BTreeSet;
use std::path::Path;

use crate::oracles::{judge_sip, unzipped};
use crate::past::{Past, captured, destroyed};
use crate::support::brought::png;
use crate::support::{files, read_json};

const ERMS: &str = "https://DILCIS.eu/XML/ERMS";

/// Imports a picture of a commenter; gives the record.
fn brought(past: &Past) -> String {
    past.archive
        .add_account("fb", "facebook", "https://www.facebook.com/tibro", &[]);
    let file = past.archive.beside("skärm.png");
    std::fs::write(&file, png(60, 50, 7)).unwrap();
    let about = ["--kind", "comment", "--author", "Anna Öst"];
    let args = [&["import", "fb", file.to_str().unwrap()][..], &about].concat();
    let told = past.archive.data(&args);
    told["files"][0]["record"].as_str().unwrap().to_owned()
}

/// The paths that the document ties to a record, and what it says of each.
fn tied(erms: &str, record: &str) -> BTreeSet<(String, String)> {
    let document = roxmltree::Document::parse(erms).unwrap();
    let its = |n: &roxmltree::Node<'_, '_>| {
        n.has_tag_name((ERMS, "record"))
            && n.descendants()
                .any(|d| d.has_tag_name((ERMS, "objectId")) && d.text() == Some(record))
    };
    let record = document.descendants().find(its).unwrap();
    let appendices = record
        .descendants()
        .filter(|n| n.has_tag_name((ERMS, "appendix")));
    appendices
        .map(|a| {
            let word = |name: &str| a.attribute(name).unwrap_or_default().to_owned();
            (word("path"), word("description"))
        })
        .collect()
}

/// All paths of appendices.
fn pointed(erms: &str) -> BTreeSet<String> {
    let document = roxmltree::Document::parse(erms).unwrap();
    let all = document.descendants();
    let all = all.filter(|n| n.has_tag_name((ERMS, "appendix")));
    all.map(|a| a.attribute("path").unwrap().to_owned())
        .collect()
}

fn erms_of(root: &Path) -> String {
    std::fs::read_to_string(root.join("representations/rep1/data/erms.xml")).unwrap()
}

#[test]
fn every_file_of_a_record_is_tied_to_it_and_so_are_its_numbers() {
    let Some((_site, past)) = captured() else {
        return;
    };
    let id = brought(&past);
    let number = "registered=KS 2026/123";
    past.run(&["record", "mark", &id, number, "--document", "handling-4711"])
        .expect(0);
    let (out, output) = past.deliver("1.zip", &["--json"]);
    let export = output.expect(0).data()["export"]
        .as_str()
        .unwrap()
        .to_owned();
    let root = unzipped(&out);
    judge_sip(&root, "ERMS_v3.xsd");
    let erms = erms_of(&root);
    let its = tied(&erms, &id);
    for (folder, what) in [("/data/original/", "original"), ("/data/pdfa/", "PDF/A")] {
        let found = |(path, said): &(String, String)| path.contains(folder) && said == what;
        assert!(its.iter().any(found), "{folder} {its:?}");
    }
    assert!(erms.contains(">handling-4711<"));
    // No medium of any bag is without a record.
    let pointed = pointed(&erms);
    let data = root.join("representations/rep1/data");
    let mut media = 0;
    for bag in std::fs::read_dir(data.join("bags")).unwrap() {
        let bag = bag.unwrap().path();
        if !bag.join("data/records.json").exists() {
            continue;
        }
        let told = read_json(&bag.join("data/records.json"));
        for medium in told["media"].as_array().unwrap() {
            if let Some(file) = medium["file"].as_str() {
                let path = bag.strip_prefix(&data).unwrap().join(file);
                assert!(pointed.contains(path.to_str().unwrap()), "{path:?}");
                media += 1;
            }
        }
    }
    assert!(media > 1, "{:?}", files(&data));
    // Another number does not change the package.
    past.run(&["record", "mark", &id, number, "--document", "5"])
        .expect(0);
    let again = past.archive.beside("2.zip");
    past.data(&["delivery", "again", &export, "-o", again.to_str().unwrap()]);
    assert!(std::fs::read(&again).unwrap() == std::fs::read(&out).unwrap());
}

#[test]
fn the_stub_of_what_was_destroyed_tells_where_it_was_registered() {
    let Some((_site, past)) = captured() else {
        return;
    };
    let id = brought(&past);
    let number = "registered=KS 2026/123";
    past.run(&["record", "mark", &id, number, "--document", "handling-4711"])
        .expect(0);
    destroyed(&past, std::slice::from_ref(&id));
    for command in ["show", "history"] {
        let told = past.data(&["record", command, &id]);
        let gone = &told["destroyed"];
        assert_eq!(gone["registered"][0], "KS 2026/123", "{told}");
        assert_eq!(gone["documents"][0]["number"], "handling-4711", "{told}");
    }
    let (out, output) = past.deliver("1.zip", &["--json"]);
    assert_eq!(output.expect(0).data()["destroyed"], 1);
    let root = unzipped(&out);
    judge_sip(&root, "ERMS_v3.xsd");
    let erms = erms_of(&root);
    assert!(erms.contains(">KS 2026/123<") && erms.contains(">handling-4711<"));
    for what in ["registered=KS 2026/9", "inaktuell"] {
        past.run(&["record", "mark", &id, what])
            .refuses(1, &[&id, "destroyed"]);
    }
}
