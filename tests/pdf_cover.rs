//! `arkivd pdf cover`: PDFs that others wrote, with a cover that says what they are.

#![allow(clippy::unwrap_used)] // clippy excuses tests, not their helper functions

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use arkivd::pdfa::{Chapter, Report};
use arkivd::pdfa::{Level, Options, Part, Told, check, typeset_report};
use arkivd::record::{Block, Digest, Software, Span};
use tempfile::TempDir;

fn arkivd(within: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_arkivd"))
        .current_dir(within)
        .args(args)
        .output()
        .unwrap()
}

fn text(file: &Path) -> Option<String> {
    let out = Command::new("pdftotext")
        .arg("-layout")
        .arg(file)
        .arg("-")
        .output();
    let Ok(out) = out else {
        println!("SKIP: pdftotext is not installed");
        return None;
    };
    Some(String::from_utf8(out.stdout).unwrap())
}

fn report(chapters: usize) -> Report {
    let body = |n: usize| {
        let words = format!("Stycke {n} om ärendet. ").repeat(40);
        let spans = vec![Span::plain(words)];
        vec![Block::Paragraph { spans }; 4]
    };
    Report {
        organisation: "Tibro kommun".into(),
        committee: "Kommunstyrelsen".into(),
        title: "Protokoll över gallring".into(),
        kind: "Protokoll".into(),
        made: "2026-11-21T13:03:00Z".parse().unwrap(),
        software: Software::this(),
        facts: vec![("Beslut".into(), "§ 114".into())],
        chapters: (1..=chapters)
            .map(|n| Chapter {
                heading: format!("Kapitel {n}"),
                body: body(n),
            })
            .collect(),
    }
}

fn typeset(report: &Report, options: &Options) -> Vec<Part> {
    let mut parts = Vec::new();
    typeset_report(report, options, &mut |part| {
        parts.push(part);
        Ok(())
    })
    .unwrap();
    for part in &parts {
        for level in part.levels {
            assert_eq!(check(&part.bytes, *level).unwrap(), [], "{level}");
        }
    }
    parts
}

#[test]
fn a_cover_tells_the_file_and_what_it_conforms_to() {
    let dir = TempDir::new().unwrap();
    let bytes = typeset(&report(2), &Options::default()).remove(0).bytes;
    let file = dir.path().join("utskrift.pdf");
    fs::write(&file, &bytes).unwrap();
    let args = [
        "pdf",
        "cover",
        "utskrift.pdf",
        "--organisation",
        "Vara kommun",
    ];
    let out = arkivd(dir.path(), &args);
    assert_eq!(out.status.code(), Some(0), "{out:?}");
    assert_eq!(fs::read(&file).unwrap(), bytes, "it is not changed");
    let cover = dir.path().join("utskrift-forsattsblad.pdf");
    let made = fs::read(&cover).unwrap();
    assert_eq!(check(&made, Level::A1a).unwrap(), []);
    assert_eq!(check(&made, Level::Ua1).unwrap(), []);
    let Some(words) = text(&cover) else { return };
    for told in [
        "Vara kommun",
        "utskrift.pdf",
        &Digest::of(&bytes).to_string(),
        "Protokoll över gallring",
        "Uppfyller PDF/A-1a och PDF/UA-1",
    ] {
        assert!(words.contains(told), "{told} in {words}");
    }
}

#[test]
fn what_a_file_says_and_does_not_keep_is_told_by_its_rules() {
    let dir = TempDir::new().unwrap();
    let bytes = typeset(&report(1), &Options::default()).remove(0).bytes;
    // The document no longer says its language.
    let at = bytes.windows(5).position(|w| w == b"/Lang").unwrap();
    let mut broken = bytes.clone();
    broken[at..at + 5].copy_from_slice(b"/Xang");
    fs::write(dir.path().join("a.pdf"), &broken).unwrap();
    let out = arkivd(dir.path(), &["pdf", "cover", "a.pdf", "-o", "blad.pdf"]);
    assert_eq!(out.status.code(), Some(0), "{out:?}");
    let told = Told::of(&broken).unwrap();
    assert!(!told.conforms());
    let Some(words) = text(&dir.path().join("blad.pdf")) else {
        return;
    };
    assert!(words.contains("men gör det inte"), "{words}");
    let (_, found) = told.judged.iter().find(|(_, f)| !f.is_empty()).unwrap();
    let rule = found[0].clause().splitn(3, ':').last().unwrap();
    assert!(words.contains(rule), "{words}");
}

#[test]
fn a_file_that_cannot_be_read_has_a_cover_that_says_so_and_no_pdf_has_none() {
    let dir = TempDir::new().unwrap();
    let bytes = typeset(&report(1), &Options::default()).remove(0).bytes;
    fs::write(dir.path().join("halv.pdf"), &bytes[..bytes.len() / 2]).unwrap();
    fs::write(dir.path().join("brev.txt"), "Hej").unwrap();
    let out = arkivd(
        dir.path(),
        &["pdf", "cover", "halv.pdf", "brev.txt", "borta.pdf"],
    );
    assert_eq!(out.status.code(), Some(3), "{out:?}");
    let told = String::from_utf8(out.stderr).unwrap();
    assert!(
        told.contains("brev.txt") && told.contains("borta.pdf"),
        "{told}"
    );
    assert!(!dir.path().join("brev-forsattsblad.pdf").exists());
    let Some(words) = text(&dir.path().join("halv-forsattsblad.pdf")) else {
        return;
    };
    assert!(words.contains("Kunde inte prövas"), "{words}");
    let out = arkivd(dir.path(), &["pdf", "cover", "brev.txt"]);
    assert_eq!(out.status.code(), Some(1));
}

#[test]
fn a_report_of_many_chapters_has_a_table_of_contents_and_becomes_parts() {
    let one = typeset(&report(11), &Options::default());
    assert_eq!(one.len(), 1);
    let dir = TempDir::new().unwrap();
    let file = dir.path().join("a.pdf");
    fs::write(&file, &one[0].bytes).unwrap();
    if let Some(words) = text(&file) {
        assert!(words.contains("Innehåll"), "{words}");
        let last = words.lines().find(|l| l.contains("Kapitel 11")).unwrap();
        assert!(last.trim().ends_with(&one[0].pages.to_string()), "{last}");
    }
    let options = Options {
        max_pages: 4,
        ..Options::default()
    };
    let parts = typeset(&report(11), &options);
    assert!(parts.len() > 1 && parts.iter().all(|p| p.pages <= 4));
    let no_chapters = typeset(&report(0), &Options::default());
    assert_eq!(no_chapters[0].pages, 1);
}
