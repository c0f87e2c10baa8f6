//! The schemas and rules that judge a package, outside the project.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::judges::have;
use crate::support::project;

/// The folder of schemas and vocabularies beside the project; says so when it is not there.
pub fn oracles() -> Option<PathBuf> {
    let folder = project().join("../shared/oracles");
    if folder.is_dir() {
        return Some(folder);
    }
    println!("SKIP: no schemas at ../shared/oracles");
    None
}

/// The schema's verdict on a document; `None` when there is no judge here.
#[track_caller]
pub fn judge_xml(file: &Path, schema: &str) -> Option<()> {
    let oracles = oracles()?;
    if !have("xmllint") {
        println!("SKIP: xmllint is not installed");
        return None;
    }
    let judged = Command::new("xmllint")
        .current_dir(&oracles)
        .env("XML_CATALOG_FILES", oracles.join("xml-catalog.xml"))
        .args(["--nonet", "--noout", "--schema"])
        .arg(oracles.join("xsd").join(schema))
        .arg(file)
        .output()
        .unwrap();
    assert!(
        judged.status.success(),
        "{}: {}",
        file.display(),
        String::from_utf8_lossy(&judged.stderr)
    );
    Some(())
}
