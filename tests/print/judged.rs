//! What every conforming print must stand: the gate, qpdf, and poppler, which sees and reads it as before.

use std::path::{Path, PathBuf};
use std::process::Command;

use arkivd::pdfa::{Change, Level, PrintOptions, Printed, check_all, conform};
use chrono::DateTime;

pub fn options() -> PrintOptions {
    let created = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
    let mut options = PrintOptions::new(
        "Räksmörgås kommun",
        "https://www.example.se/",
        "arkivd 0",
        created,
    );
    options.browser = "Chrome/148".to_owned();
    options
}

/// Of the levels that prints reach, counted from the lowest.
pub fn rank(levels: &[Level]) -> usize {
    match levels {
        [Level::A2b] => 0,
        [Level::A2u] => 1,
        [Level::A2a] => 2,
        [Level::A2a, Level::Ua1] => 3,
        other => panic!("{other:?}"),
    }
}

/// The clauses that stand between it and the highest level, each once.
pub fn clauses(printed: &Printed) -> Vec<&str> {
    let all = printed.reasons.iter();
    let mut clauses: Vec<&str> = all.filter_map(|r| r.clause.splitn(3, ':').nth(2)).collect();
    clauses.sort_unstable();
    clauses.dedup();
    clauses
}

pub fn good(name: &str, raw: &[u8]) -> Printed {
    let printed = conform(raw, &options()).unwrap_or_else(|error| panic!("{name}: {error}"));
    println!(
        "{name}: {} pages, {} bytes, {}, {:?}",
        printed.pages,
        printed.bytes.len(),
        printed.declared(),
        printed.changes
    );
    for reason in &printed.reasons {
        println!("    {reason}");
    }
    for (level, found) in check_all(&printed.bytes, printed.levels).unwrap() {
        assert!(found.is_empty(), "{name} {level}: {found:?}");
    }
    assert_eq!(printed.reasons.is_empty(), rank(printed.levels) == 3);
    let folder = tempfile::tempdir().unwrap();
    let [before, after] = ["before.pdf", "after.pdf"].map(|name| folder.path().join(name));
    std::fs::write(&before, raw).unwrap();
    std::fs::write(&after, &printed.bytes).unwrap();
    qpdf_agrees(name, &before, &after);
    let replaced = [Change::MissingGlyph, Change::Character];
    let same = !printed.changes.iter().any(|(c, _)| replaced.contains(c));
    reads_alike(name, &before, &after, same);
    looks_alike(name, &before, &after, folder.path());
    printed
}

fn have(tool: &str) -> bool {
    let found = Command::new(tool).arg("--version").output().is_ok();
    if !found {
        println!("SKIP: {tool} is not installed");
    }
    found
}

/// It has no more to say of it than of the print as it came: browsers pass damaged JPEGs on.
fn qpdf_agrees(name: &str, before: &Path, after: &Path) {
    if !have("qpdf") {
        return;
    }
    let [before, after] = [before, after].map(|file| {
        let output = Command::new("qpdf").arg("--check").arg(file).output();
        output.unwrap()
    });
    let said = String::from_utf8_lossy(&after.stderr);
    assert_eq!(after.status.code(), before.status.code(), "{name}: {said}");
}

fn reads_alike(name: &str, before: &Path, after: &Path, same: bool) {
    if !have("pdftotext") {
        return;
    }
    let [before, after] = [before, after].map(|file| {
        let mut command = Command::new("pdftotext");
        command.args(["-q", "-enc", "UTF-8"]).arg(file).arg("-");
        let output = command.output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    });
    if same {
        assert_eq!(before, after, "{name}");
        return;
    }
    // Poppler puts the line in another order; no letter is lost or new but those that stand for what is not known.
    let letters = |text: &str| {
        let known = |c: &char| {
            !c.is_whitespace()
                && !matches!(c, '\0' | '\u{2060}' | '\u{feff}' | '\u{fffd}' | '\u{fffe}')
        };
        let mut letters: Vec<char> = text.chars().filter(known).collect();
        letters.sort_unstable();
        letters
    };
    let (before, after) = (letters(&before), letters(&after));
    let lost = before.iter().filter(|c| !after.contains(c)).count();
    assert_eq!(lost, 0, "{name}");
    assert!(after.len() >= before.len(), "{name}");
}

fn looks_alike(name: &str, before: &Path, after: &Path, folder: &Path) {
    if !have("pdftoppm") {
        return;
    }
    let [before, after] = [before, after].map(|file| {
        let stem = file.file_stem().unwrap();
        let arguments = ["-q", "-r", "50", "-l", "12"];
        let status = Command::new("pdftoppm")
            .args(arguments)
            .arg(file)
            .arg(folder.join(stem))
            .status();
        assert!(status.unwrap().success());
        pictures(folder, stem.to_str().unwrap())
    });
    assert_eq!(before.len(), after.len(), "{name}");
    for (page, (before, after)) in before.iter().zip(&after).enumerate() {
        let (before, after) = (
            std::fs::read(before).unwrap(),
            std::fs::read(after).unwrap(),
        );
        assert_eq!(before.len(), after.len(), "{name} page {}", page + 1);
        let other = before
            .iter()
            .zip(&after)
            .filter(|(a, b)| a.abs_diff(**b) > 32)
            .count();
        assert!(
            other * 1_000 < before.len(),
            "{name} page {}: {other} bytes differ",
            page + 1
        );
    }
}

fn pictures(folder: &Path, stem: &str) -> Vec<PathBuf> {
    let files = std::fs::read_dir(folder).unwrap();
    let mut files: Vec<PathBuf> = files
        .map(|file| file.unwrap().path())
        .filter(|file| {
            let name = file.file_name().unwrap().to_str().unwrap();
            name.starts_with(stem) && name.ends_with(".ppm")
        })
        .collect();
    files.sort();
    files
}
