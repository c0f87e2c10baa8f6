//! Bundles for the diarium.

use std::fs;

use super::Judge;

/// A bundle for the diarium, and what is told of it.
pub fn judge_exports(judge: &mut Judge) {
    let folder = judge.archive.beside("resurs");
    fs::create_dir(&folder).unwrap();
    let path = format!("\n[watch_folder]\npath = \"{}\"\n", folder.display());
    judge.archive.configure(&path);
    let records = judge
        .archive
        .records(&["--account", "webb", "--limit", "1"]);
    let record = records[0]["record"].as_str().unwrap();
    let out = |name: &str| judge.archive.beside(name).to_str().unwrap().to_owned();
    let (one, two) = (out("diarium.zip"), out("igen-diarium.zip"));
    let made = [
        "export",
        "diarium",
        "--new-case",
        "Prov",
        record,
        "-o",
        &one,
    ];
    let made = judge.report(0, &made).data();
    let export = made["export"].as_str().unwrap();
    judge.report(0, &["export", "list"]);
    judge.report(0, &["export", "show", export]);
    judge.report(0, &["export", "again", export, "-o", &two]);
    judge.report(0, &["export", "watch-folder"]);
    judge.report(0, &["record", "show", record]);
    judge.report(0, &["record", "history", record]);
    let number = "registered=KS 2026/123";
    judge.report(0, &["record", "mark", record, number, "--document", "4"]);
}
