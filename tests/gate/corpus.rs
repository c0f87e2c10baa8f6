//! Half of veraPDF's own corpus: no false alarm, every fault found, at the level of the folder.

use std::path::{Path, PathBuf};

use arkivd::pdfa::{Level, Violation, check, clause_table, declared};

pub const FOLDERS: [(&str, Level); 6] = [
    ("PDF_A-1a", Level::A1a),
    ("PDF_A-1b", Level::A1b),
    ("PDF_A-2a", Level::A2a),
    ("PDF_A-2b", Level::A2b),
    ("PDF_A-2u", Level::A2u),
    ("PDF_UA-1", Level::Ua1),
];

/// None where the corpus is absent.
pub fn folder(name: &str) -> Option<PathBuf> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/oracles/pdfa-corpus");
    let folder = corpus.join(name);
    if folder.is_dir() {
        return Some(folder);
    }
    println!("SKIP: no ../shared/oracles/pdfa-corpus/{name}");
    None
}

/// The PDFs below, in the order of their names.
pub fn files(folder: PathBuf) -> Vec<PathBuf> {
    let mut open = vec![folder];
    let mut files = Vec::new();
    while let Some(folder) = open.pop() {
        for item in std::fs::read_dir(folder).unwrap() {
            let path = item.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == "pdf") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

#[test]
fn the_gate_agrees_with_verapdfs_corpus() {
    let mut wrong = Vec::new();
    for (name, level) in FOLDERS {
        let Some(folder) = folder(name) else { return };
        let (mut agree, mut accepted, mut rejected) = (0, 0, 0);
        for file in files(folder) {
            let bytes = std::fs::read(&file).unwrap();
            let found = check(&bytes, level);
            let conforms = matches!(&found, Ok(violations) if violations.is_empty());
            let told = file.file_name().unwrap().to_string_lossy().into_owned();
            match (told.contains("-pass-"), conforms) {
                (true, false) => {
                    rejected += 1;
                    wrong.push(format!("{level} false alarm {told}: {}", said(&found)));
                }
                (false, true) => {
                    accepted += 1;
                    wrong.push(format!("{level} not found {told}"));
                }
                _ => agree += 1,
            }
        }
        println!(
            "told: {level}: {agree} agree, {accepted} falsely accepted, {rejected} falsely rejected"
        );
        assert!(agree > 5, "{level}: {agree}");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn said(found: &Result<Vec<Violation>, arkivd::pdfa::Error>) -> String {
    match found {
        Ok(violations) => violations
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join("; "),
        Err(error) => error.to_string(),
    }
}

#[test]
fn conforming_files_declare_their_level() {
    for (name, level) in FOLDERS {
        let Some(folder) = folder(name) else { return };
        for file in files(folder) {
            let told = file.display().to_string();
            if told.contains("-pass-") {
                let levels = declared(&std::fs::read(&file).unwrap()).unwrap();
                assert!(levels.contains(&level), "{told}: {levels:?}");
            }
        }
    }
}

#[test]
fn each_rule_that_is_found_stands_in_the_table() {
    let table = clause_table();
    for (name, level) in FOLDERS {
        let Some(folder) = folder(name) else { return };
        for file in files(folder) {
            let Ok(violations) = check(&std::fs::read(&file).unwrap(), level) else {
                continue;
            };
            for violation in violations {
                let clause = violation.clause().rsplit(':').nth(1).unwrap().to_owned();
                assert!(table.contains(&format!("\n| {clause} | ")), "{violation}");
            }
        }
    }
}

#[test]
fn the_table_of_clauses_is_as_it_was_agreed() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/pdfa-clauses.md");
    if std::env::var_os("ARKIVD_CLAUSES").is_some() {
        std::fs::write(&file, clause_table()).unwrap();
    }
    assert_eq!(
        clause_table(),
        std::fs::read_to_string(&file).unwrap_or_default(),
        "set ARKIVD_CLAUSES=1 to write docs/pdfa-clauses.md"
    );
}
