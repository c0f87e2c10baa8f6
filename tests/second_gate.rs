//! veraPDF as a second gate: asked about each PDF, believed when it says no, and missed when it says nothing.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use serde_json::Value;
use support::doctor::{doctor, finds, fine, site};
use support::judges::{have, have_browser, judge_bag, posts_pdfs};
use support::{Archive, read_json};

const FEED: &str = "<rss version=\"2.0\"><channel><title>Bloggen</title><item><guid>a</guid><title>Hej</title>\
    <description>Text.</description></item></channel></rss>";

/// A stand-in for veraPDF that takes its documented command line, and answers in its documented report; it says of
/// each flavour what stands there.
fn stand_in(archive: &Archive, verdicts: &str) -> PathBuf {
    let program = archive.beside("verapdf");
    let asked = archive.beside("asked");
    let text = format!(
        r#"#!/bin/sh
[ "$1" = --version ] && {{ echo "veraPDF 1.28.2 (a stand-in)"; exit 0; }}
[ "$1 $3 $4 $5 $6" = "--flavour --format xml --maxfailuresdisplayed 1" ] || exit 2
head -c 5 "$7" | grep -q '%PDF-' || exit 2
echo "$2" >> '{}'
good() {{ echo '<report><jobs><job><validationReport jobEndStatus="normal" isCompliant="true"/></job></jobs></report>'; }}
bad() {{
  echo '<report><jobs><job><validationReport jobEndStatus="normal" isCompliant="false"><details failedRules="1">'
  echo '<rule specification="ISO 14289-1:2014" clause="7.1" testNumber="3" status="failed"><description>Content shall be tagged</description></rule>'
  echo '</details></validationReport></job></jobs></report>'
  exit 1
}}
case "$2" in {verdicts} esac
"#,
        asked.display()
    );
    fs::write(&program, text).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    program
}

fn demanding(archive: &Archive, program: &str) {
    let lines = format!("\n[pdf]\nsecond_gate = \"verapdf\"\npath = \"{program}\"\n");
    archive.configure(&lines);
    archive.add_account("webb", "feed", &site("200 OK", FEED), &[]);
}

/// What capture.json of the one bag says of posts.pdf.
fn sealed(archive: &Archive) -> Value {
    let [bag] = &archive.bags()[..] else {
        panic!("one bag is sealed")
    };
    judge_bag(bag);
    let capture = fs::read_to_string(bag.join("data/capture.json")).unwrap();
    serde_json::from_str::<Value>(&capture).unwrap()["posts_pdf"].clone()
}

#[test]
fn what_it_passes_is_sealed_at_each_level() {
    let archive = Archive::new();
    let program = stand_in(&archive, "*) good;;");
    demanding(&archive, program.to_str().unwrap());
    archive.snapshot("webb");
    let pdf = sealed(&archive);
    assert_eq!(pdf["parts"][0]["level"], "PDF/A-1a, PDF/UA-1", "{pdf}");
    let asked = fs::read_to_string(archive.beside("asked")).unwrap();
    assert_eq!(asked, "1a\nua1\n");
}

#[test]
fn what_it_refuses_is_sealed_at_the_next_lower_level() {
    let archive = Archive::new();
    let program = stand_in(&archive, "ua1) bad;; *) good;;");
    demanding(&archive, program.to_str().unwrap());
    archive.snapshot("webb");
    let pdf = sealed(&archive);
    assert_eq!(pdf["parts"][0]["level"], "PDF/A-1b", "{pdf}");
    let told = pdf["violations"][0].as_str().unwrap();
    assert_eq!(
        told,
        "PDF/UA-1 part 1: ISO 14289-1:2014:7.1:3: Content shall be tagged (found by verapdf)"
    );
}

/// A page's print goes down the levels until both gates agree.
#[test]
fn what_it_refuses_of_a_print_is_sealed_at_the_next_lower_level() {
    if !have_browser() {
        return;
    }
    let archive = Archive::with_pages();
    let program = stand_in(&archive, "2a|ua1) bad;; *) good;;");
    archive.configure(&format!(
        "\n[pdf]\nsecond_gate = \"verapdf\"\npath = \"{}\"\n",
        program.display()
    ));
    let page = "<!DOCTYPE html><html lang=sv><title>Hej</title><h1>Öppet hus</h1><p>Välkomna alla.";
    let address = site("200 OK", page);
    archive.add_account("webb", "web", &address, &[]);
    let taken = archive.snapshot("webb");
    let bag = taken.bag("page").unwrap();
    judge_bag(&bag);
    let told = read_json(&bag.join("data/capture.json"));
    let print = &told["page"]["print"];
    assert_eq!(print["parts"][0]["level"], "PDF/A-2u", "{print:#}");
    let reasons = print["reasons"].to_string();
    assert!(
        reasons.contains("found by verapdf") && reasons.contains("PDF/UA-1"),
        "{reasons}"
    );
    let asked = fs::read_to_string(archive.beside("asked")).unwrap();
    assert_eq!(asked, "1b\n2a\nua1\n2a\n2u\n");
}

#[test]
fn without_its_answer_the_bag_is_sealed_without_a_pdf() {
    for (verdict, words) in [
        ("*) echo no Java >&2; exit 7;;", "no Java"),
        ("*) echo '<report/>';;", "without a judgement"),
    ] {
        let archive = Archive::new();
        let program = stand_in(&archive, verdict);
        demanding(&archive, program.to_str().unwrap());
        archive.snapshot_with("webb", 3, &[]);
        let pdf = sealed(&archive);
        assert!(posts_pdfs(&archive.bags()[0]).is_empty());
        let told = pdf["violations"][0].as_str().unwrap();
        assert!(
            told.contains("not judged") && told.contains(words),
            "{told}"
        );
        let asked = fs::read_to_string(archive.beside("asked")).unwrap();
        assert_eq!(asked, "1a\n", "other levels would get no answer either");
    }
    let archive = Archive::new();
    demanding(&archive, "/nowhere/verapdf");
    archive.snapshot_with("webb", 3, &[]);
    let told = sealed(&archive)["violations"][0].to_string();
    assert!(told.contains("/nowhere/verapdf cannot be run"), "{told}");
}

#[test]
fn the_doctor_tells_whether_it_is_there() {
    let archive = support::doctor::sound();
    let without = |archive: &Archive| {
        let mut command = doctor(archive);
        command.env("PATH", "/nowhere");
        command
    };
    assert!(fine(&mut without(&archive), "verapdf").contains("not installed"));
    let program = stand_in(&archive, "*) good;;");
    let on_the_path = |archive: &Archive| {
        let folder = program.parent().unwrap().to_str().unwrap();
        let mut command = doctor(archive);
        command.env("PATH", format!("{folder}:/usr/bin:/bin"));
        command
    };
    assert!(fine(&mut on_the_path(&archive), "verapdf").contains("second_gate"));
    archive.configure("\n[pdf]\nsecond_gate = \"verapdf\"\n");
    let words = fine(&mut on_the_path(&archive), "verapdf");
    assert!(words.contains("veraPDF 1.28.2"), "{words}");
    finds(
        &mut without(&archive),
        "verapdf",
        "fault",
        &["not on the PATH", "[pdf]"],
    );
    archive.configure("path = \"/nowhere/verapdf\"\n");
    finds(
        &mut on_the_path(&archive),
        "verapdf",
        "fault",
        &["does not exist"],
    );
}

#[test]
fn a_second_gate_that_is_none_is_refused() {
    let archive = Archive::new();
    archive.configure("\n[pdf]\nsecond_gate = \"vera\"\n");
    archive
        .run(&["snapshot", "--all"])
        .refuses(1, &["second_gate", "verapdf"]);
}

#[test]
fn verapdf_itself_passes_what_is_typeset() {
    if !have("verapdf") {
        println!("SKIP: verapdf is not installed");
        return;
    }
    let archive = Archive::new();
    demanding(&archive, "verapdf");
    archive.snapshot("webb");
    let pdf = sealed(&archive);
    assert_eq!(pdf["parts"][0]["level"], "PDF/A-1a, PDF/UA-1", "{pdf}");
}
