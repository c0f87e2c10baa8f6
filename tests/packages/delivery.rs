//! A delivery end to end: the package by its judges, the receipt, and what no delivery is made of.

use std::path::PathBuf;

use serde_json::Value;

use crate::oracles::{judge_sip, unzipped};
use crate::support::judges::{judge_bag, judge_ledger, judge_schema};
use crate::support::sites::DemoSite;
use crate::support::{Archive, Output, files, run};

const KS: &str = "Kommunstyrelsen";

/// The library that shows a program another time; None, with a word, where it is not installed.
fn faketime() -> Option<PathBuf> {
    let found = std::fs::read_dir("/usr/lib")
        .ok()?
        .flatten()
        .map(|entry| entry.path().join("faketime/libfaketimeMT.so.1"))
        .find(|path| path.exists());
    if found.is_none() {
        println!("SKIP: libfaketime is not installed (Debian: faketime)");
    }
    found
}

/// An archive whose captures are of days that are over, since its commands run two days later.
struct Past {
    archive: Archive,
    library: PathBuf,
    day: String,
}

impl Past {
    fn of(archive: Archive) -> Option<Past> {
        let day = arkivd::calendar::local_date(chrono::Utc::now()).to_string();
        Some(Past {
            archive,
            library: faketime()?,
            day,
        })
    }

    fn run(&self, args: &[&str]) -> Output {
        let mut command = self.archive.command(args);
        command
            .env("LD_PRELOAD", &self.library)
            .env("FAKETIME", "+2d");
        run(&mut command)
    }

    #[track_caller]
    fn data(&self, args: &[&str]) -> Value {
        let output = self.run(&[&["--json"], args].concat()).expect(0);
        let file = self.archive.beside("judged.json");
        std::fs::write(&file, &output.stdout).unwrap();
        judge_schema(&file, "report.schema.json");
        output.data()
    }

    fn deliver(&self, name: &str, more: &[&str]) -> (PathBuf, Output) {
        let out = self.archive.beside(name);
        let mut args = vec![
            "delivery",
            "--committee",
            KS,
            "--from",
            "2020-01-01",
            "--to",
            &self.day,
        ];
        args.extend(more);
        args.extend(["-o", out.to_str().unwrap()]);
        let output = self.run(&args);
        (out, output)
    }
}

/// Its site with one capture.
fn captured() -> Option<(DemoSite, Past)> {
    let site = DemoSite::start();
    let archive = Archive::new();
    site.register(&archive);
    archive.snapshot("webb");
    Some((site, Past::of(archive)?))
}

#[test]
fn a_delivery_holds_all_bags_as_they_are_and_tells_each_record() {
    let Some((_site, past)) = captured() else {
        return;
    };
    for (name, edition, schema) in [
        ("3.zip", "3.0", "ERMS_v3.xsd"),
        ("2.zip", "2.1", "ERMS_v2_1_2.xsd"),
    ] {
        let (out, output) = past.deliver(
            name,
            &[
                "--json",
                "--erms",
                edition,
                "--receiver",
                "Vara kommunarkiv",
            ],
        );
        let file = past.archive.beside("judged.json");
        std::fs::write(&file, &output.stdout).unwrap();
        let data = output.expect(0).data();
        judge_schema(&file, "report.schema.json");
        let root = unzipped(&out);
        judge_sip(&root, schema);
        let bags = std::fs::read_dir(root.join("representations/rep1/data/bags")).unwrap();
        let mut delivered = 0;
        for bag in bags {
            judge_bag(&bag.unwrap().path());
            delivered += 1;
        }
        assert_eq!(delivered, past.archive.bags().len());
        assert_eq!(data["bags"], delivered);
        let erms =
            std::fs::read_to_string(root.join("representations/rep1/data/erms.xml")).unwrap();
        let known = past.archive.records(&["--limit", "1000"]);
        for record in &known {
            let id = record["record"].as_str().unwrap();
            assert!(erms.contains(&format!("<objectId>{id}</objectId>")), "{id}");
        }
        assert_eq!(data["records"], known.len());
        // What the document points to is there.
        let document = roxmltree::Document::parse(&erms).unwrap();
        let mut pointed = 0;
        for appendix in document
            .descendants()
            .filter(|n| n.has_tag_name(("https://DILCIS.eu/XML/ERMS", "appendix")))
        {
            let path = appendix.attribute("path").unwrap();
            assert!(
                root.join("representations/rep1/data").join(path).is_file(),
                "{path}"
            );
            pointed += 1;
        }
        assert!(pointed >= known.len());
        let letter = root.join("documentation/överlämnande.pdf");
        let checked = past
            .archive
            .run(&["pdf", "check", letter.to_str().unwrap()]);
        assert_eq!(checked.code, Some(0), "{checked}");
    }
    judge_ledger(past.archive.path());
    past.run(&["verify"]).expect(0);
}

#[test]
fn from_the_receipt_on_the_arkivmyndighet_decides() {
    let Some((_site, past)) = captured() else {
        return;
    };
    let (out, output) = past.deliver("1.zip", &["--json"]);
    let first = output.expect(0).data()["export"]
        .as_str()
        .unwrap()
        .to_owned();
    let status = past.run(&["--json", "status"]).json();
    assert_eq!(
        status["data"]["deliveries_waiting"][0]["export"],
        first.as_str()
    );
    // Nothing is written over.
    let (_, again) = past.deliver("1.zip", &[]);
    again.refuses(1, &["exists"]);
    let receipt = |id: &str, more: &[&str]| {
        let mut args = vec!["delivery", "receipt", id, "--by", "Vara kommunarkiv"];
        args.extend(more);
        past.run(&args)
    };
    receipt(&first, &["--day", "2019-01-01"]).refuses(1, &["before"]);
    receipt(&first, &["--day", "2090-01-01"]).refuses(1, &["days to come"]);
    receipt(&first, &["--refused", "--note", "fel period"]).expect(0);
    // What was refused is delivered again, and received.
    let (_, output) = past.deliver("2.zip", &["--json"]);
    let second = output.expect(0).data()["export"]
        .as_str()
        .unwrap()
        .to_owned();
    let told = past.data(&[
        "delivery",
        "receipt",
        &second,
        "--by",
        "Vara kommunarkiv",
        "--reference",
        "KA 2026-7",
    ]);
    assert_eq!(told["receipt"]["what"], "received");
    receipt(&second, &["--refused"]).refuses(1, &["received already"]);
    let (_, output) = past.deliver("3.zip", &[]);
    output.refuses(1, &["has received all"]);
    let list = past.data(&["delivery", "list"]);
    assert_eq!(list.as_array().unwrap().len(), 2);
    let shown = past.data(&["delivery", "show", &second]);
    assert_eq!(
        shown["delivered"].as_array().unwrap().len(),
        past.archive.bags().len()
    );
    let record = past.archive.records(&[])[0]["record"]
        .as_str()
        .unwrap()
        .to_owned();
    let record_told = past.data(&["record", "show", &record]);
    assert_eq!(record_told["delivered"]["reference"], "KA 2026-7");
    let account = past.data(&["account", "show", "webb"]);
    assert_eq!(account["delivered_bags"], past.archive.bags().len());
    // A decision of its own may take arkivd's copy; who proposes it is told.
    let proposed = past.run(&[
        "--json",
        "gallring",
        "propose",
        "--committee",
        KS,
        "--record",
        &record,
    ]);
    let proposed = proposed.expect(0).json();
    assert_eq!(proposed["data"]["records"], 1);
    assert!(
        proposed["warnings"].to_string().contains("arkivmyndighet"),
        "{proposed}"
    );
    assert!(out.is_file());
}

#[test]
fn what_is_wrong_is_told_and_nothing_is_written() {
    let Some((_site, past)) = captured() else {
        return;
    };
    let out = past.archive.beside("fel.zip");
    let deliver = |committee: &str, from: &str, to: &str, out: &str| {
        past.run(&[
            "delivery",
            "--committee",
            committee,
            "--from",
            from,
            "--to",
            to,
            "-o",
            out,
        ])
    };
    let name = out.to_str().unwrap();
    let later =
        (arkivd::calendar::local_date(chrono::Utc::now()) + chrono::Days::new(2)).to_string();
    deliver(KS, "2026-02-01", "2026-01-01", name).refuses(1, &["ends before it begins"]);
    deliver(KS, "2026-02-01", &later, name).refuses(1, &["is not over", &later]);
    deliver(KS, "2019-01-01", "2019-02-01", name).refuses(1, &["nothing that was captured"]);
    deliver("Kulturnämnden", "2019-01-01", "2019-02-01", name).refuses(1, &["Kulturnämnden"]);
    deliver(KS, "2020-01-01", &past.day, "mapp").refuses(2, &[".zip"]);
    past.run(&["delivery"]).expect(2);
    past.run(&["delivery", "show", "0198f1c0-0000-7000-8000-000000000001"])
        .refuses(1, &["no delivery"]);
    let file = past.archive.bags()[0].join("data/records.json");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replacen('a', "b", 1)).unwrap();
    deliver(KS, "2020-01-01", &past.day, name).refuses(4, &["damaged", "records.json"]);
    assert!(!out.exists());
    let left = files(past.archive.path().parent().unwrap());
    let half = left
        .iter()
        .any(|f| f.to_string_lossy().contains(".arkivd-export"));
    assert!(!half, "nothing half is left");
    assert_eq!(past.data(&["delivery", "list"]), serde_json::json!([]));
}

#[test]
fn nothing_of_a_period_with_an_emergency_leaves() {
    let Some((_site, past)) = captured() else {
        return;
    };
    let address = past.archive.records(&[])[0]["record"]
        .as_str()
        .unwrap()
        .to_owned();
    let permalink = past.data(&["record", "show", &address])["permalink"].clone();
    let opened = past.run(&["removal", "emergency", permalink.as_str().unwrap()]);
    assert!(
        opened.code.is_some_and(|code| code == 0 || code == 5),
        "{opened}"
    );
    let (out, output) = past.deliver("1.zip", &[]);
    output.refuses(1, &["nothing of that period leaves", "OI "]);
    assert!(!out.exists());
}

/// A gallring of those records by a decision of its own.
fn destroyed(past: &Past, records: &[String]) {
    let mut args = vec![
        "--json",
        "gallring",
        "propose",
        "--committee",
        KS,
        "--record",
    ];
    args.extend(records.iter().map(String::as_str));
    let proposed = past.run(&args).expect(0).data();
    let word = |key: &str| proposed[key].as_str().unwrap().to_owned();
    let (id, digest) = (word("id"), word("digest"));
    let inquiry = past.archive.beside("utredning.toml");
    std::fs::write(
        &inquiry,
        "rattskipning = \"Nej\"\nverksamhet = \"Nej\"\nforskning = \"Nej\"\nkulturarv = \"Nej\"\n",
    )
    .unwrap();
    past.run(&[
        "gallring",
        "approve",
        &id,
        "--digest",
        &digest,
        "--by",
        "Anna Ek",
        "--decision-by",
        KS,
        "--date",
        "2026-01-10",
        "--paragraph",
        "§ 7",
        "--reference",
        "KS 2026/7",
        "--inquiry",
        inquiry.to_str().unwrap(),
    ])
    .expect(0);
    let executed = past.run(&["gallring", "execute", &id]);
    assert!(matches!(executed.code, Some(0 | 5)), "{executed}");
}

fn ids(past: &Past) -> Vec<String> {
    let known = past.archive.records(&["--limit", "1000"]);
    let id = |r: &Value| r["record"].as_str().unwrap().to_owned();
    known.iter().map(id).collect()
}

#[test]
fn what_was_destroyed_is_told_by_when_it_came_into_the_archive() {
    let Some((_site, past)) = captured() else {
        return;
    };
    let all = ids(&past);
    let (one, rest) = all.split_first().unwrap();
    destroyed(&past, std::slice::from_ref(one));
    // Published years ago, captured today.
    let out = past.archive.beside("1.zip");
    let deliver = |out: &std::path::Path, to: &str| {
        let zip = out.to_str().unwrap();
        past.data(&[
            "delivery",
            "--committee",
            KS,
            "--from",
            &past.day,
            "--to",
            to,
            "-o",
            zip,
        ])
    };
    let told = deliver(&out, &past.day);
    assert_eq!(told["destroyed"], 1, "{told}");
    assert_eq!(told["records"], rest.len());
    let root = unzipped(&out);
    judge_sip(&root, "ERMS_v3.xsd");
    let erms = |root: &std::path::Path| {
        std::fs::read_to_string(root.join("representations/rep1/data/erms.xml")).unwrap()
    };
    assert!(erms(&root).contains(&format!("<objectId>{one}</objectId>")));
}

#[test]
fn a_period_of_which_all_was_destroyed_is_told_by_stubs() {
    let Some((_site, past)) = captured() else {
        return;
    };
    let all = ids(&past);
    destroyed(&past, &all);
    let (out, output) = past.deliver("1.zip", &["--json"]);
    let told = output.expect(0).data();
    assert_eq!(told["bags"], 0, "{told}");
    assert_eq!(told["records"], 0);
    assert_eq!(told["destroyed"], all.len());
    let root = unzipped(&out);
    judge_sip(&root, "ERMS_v3.xsd");
    let erms = std::fs::read_to_string(root.join("representations/rep1/data/erms.xml")).unwrap();
    for id in &all {
        assert!(erms.contains(&format!("<objectId>{id}</objectId>")), "{id}");
    }
    let word = erms.split("Gallrad genom gallring ").nth(1).unwrap();
    let gallring = word.split(',').next().unwrap();
    let letter = root.join("documentation/överlämnande.pdf");
    match std::process::Command::new("pdftotext")
        .arg(&letter)
        .arg("-")
        .output()
    {
        // An id is broken at a hyphen where its line ends.
        Ok(read) => {
            let plain = |text: &str| text.replace(['-', '\n'], "");
            let told = plain(&String::from_utf8_lossy(&read.stdout));
            assert!(told.contains(&plain(gallring)), "{told}");
        }
        Err(_) => println!("SKIP: pdftotext is not installed"),
    }
    let export = told["export"].as_str().unwrap();
    let again = past.archive.beside("2.zip");
    past.data(&["delivery", "again", export, "-o", again.to_str().unwrap()]);
    assert_eq!(std::fs::read(&again).unwrap(), std::fs::read(&out).unwrap());
}

#[test]
fn a_delivery_made_again_is_the_same_until_a_bag_of_it_is_destroyed() {
    let Some((_site, past)) = captured() else {
        return;
    };
    let settings = past.archive.path().join("arkivd.toml");
    let text = std::fs::read_to_string(&settings).unwrap();
    let number = "organisation_number = \"202100-5489\"\n";
    std::fs::write(&settings, format!("{number}{text}")).unwrap();
    let (out, output) = past.deliver("1.zip", &["--json"]);
    let export = output.expect(0).data()["export"]
        .as_str()
        .unwrap()
        .to_owned();
    let root = unzipped(&out);
    judge_sip(&root, "ERMS_v3.xsd");
    let mets = std::fs::read_to_string(root.join("METS.xml")).unwrap();
    assert!(mets.contains(">ORG:2021005489<"), "{mets}");
    // What registers say meanwhile changes nothing, nor that it was received.
    std::fs::write(&settings, text).unwrap();
    let all = ids(&past);
    past.run(&["record", "mark", &all[0], "registered=KS 2026/4"])
        .expect(0);
    past.run(&["account", "edit", "webb", "--purpose", "ett annat syfte"])
        .expect(0);
    past.run(&["delivery", "receipt", &export, "--by", "Vara kommunarkiv"])
        .expect(0);
    let again = |name: &str| {
        let zip = past.archive.beside(name);
        let args = ["delivery", "again", &export, "-o", zip.to_str().unwrap()];
        (past.run(&args), zip)
    };
    let (output, zip) = again("2.zip");
    output.expect(0);
    assert!(std::fs::read(&zip).unwrap() == std::fs::read(&out).unwrap());
    again("2.zip").0.refuses(1, &["exists"]);
    let last = past.data(&["delivery", "list"]);
    assert_eq!(
        last.as_array().unwrap().len(),
        1,
        "nothing new was delivered"
    );
    destroyed(&past, &all[..1]);
    let (output, zip) = again("3.zip");
    output.refuses(1, &[&export, "destroyed bag", "new delivery"]);
    assert!(!zip.exists());
}

#[test]
fn what_was_received_is_not_delivered_again_after_a_gallring() {
    let Some((_site, past)) = captured() else {
        return;
    };
    let (_, output) = past.deliver("1.zip", &["--json"]);
    let export = output.expect(0).data()["export"]
        .as_str()
        .unwrap()
        .to_owned();
    past.run(&["delivery", "receipt", &export, "--by", "Vara kommunarkiv"])
        .expect(0);
    past.run(&[
        "export",
        "again",
        &export,
        "-o",
        past.archive.beside("2.zip").to_str().unwrap(),
    ])
    .refuses(1, &["no bundle for the diarium", "arkivd delivery again"]);
    let all = ids(&past);
    // Twice: a successor has its own successor.
    for record in all.iter().take(2) {
        destroyed(&past, std::slice::from_ref(record));
        let (_, output) = past.deliver("3.zip", &[]);
        output.refuses(1, &["has received all"]);
    }
    let account = past.data(&["account", "show", "webb"]);
    assert_ne!(account["delivered_bags"], 0, "{account}");
}

#[test]
fn an_archive_is_described() {
    let Some((_site, past)) = captured() else {
        return;
    };
    let out = past.archive.beside("beskrivning");
    let told = past.data(&["describe", "--committee", KS, "-o", out.to_str().unwrap()]);
    let series = told["series"].as_array().unwrap();
    let volumes: u64 = series.iter().map(|s| s["volumes"].as_u64().unwrap()).sum();
    assert_eq!(volumes, past.archive.bags().len() as u64);
    let csv = std::fs::read(out.join("arkivförteckning.csv")).unwrap();
    assert!(csv.starts_with("\u{feff}\"signum\";\"konto\"".as_bytes()));
    let json: Value =
        serde_json::from_slice(&std::fs::read(out.join("arkivförteckning.json")).unwrap()).unwrap();
    assert_eq!(&json, &told["series"]);
    let one = past.archive.beside("allt.pdf");
    past.data(&["describe", "--committee", KS, "-o", one.to_str().unwrap()]);
    for pdf in [
        out.join("arkivbeskrivning.pdf"),
        out.join("arkivförteckning.pdf"),
        one,
    ] {
        let checked = past.archive.run(&["pdf", "check", pdf.to_str().unwrap()]);
        assert_eq!(checked.code, Some(0), "{checked}");
    }
    past.data(&["describe", "--committee", KS]);
    past.run(&["describe", "--committee", "Kulturnämnden"])
        .refuses(1, &["Kulturnämnden"]);
}
