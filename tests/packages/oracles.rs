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

/// A ZIP as a folder beside it; gives the one folder in it.
pub fn unzipped(zip: &Path) -> PathBuf {
    let to = zip.with_extension("d");
    zip::ZipArchive::new(std::fs::File::open(zip).unwrap())
        .unwrap()
        .extract(&to)
        .unwrap();
    let mut inside = std::fs::read_dir(&to).unwrap();
    let root = inside.next().unwrap().unwrap().path();
    assert!(inside.next().is_none(), "one folder at the top");
    root
}

/// Rules of eark-validator that no SIP meets: those of programs and of organisations are asked of each CREATOR, an
/// attribute is asked for without its namespace, and one rule contradicts itself.
const CONTRADICTIONS: [&str; 5] = ["CSIP63", "CSIP12", "CSIP13", "CSIP16", "SIP14"];

/// Judges a package by its digests, by the schemas, and by eark-validator.
#[track_caller]
pub fn judge_sip(root: &Path, erms: &str) {
    judge_digests(root);
    for (file, schema) in [
        ("METS.xml", "mets-1.12.1.xsd"),
        ("metadata/preservation/premis.xml", "premis-v3-0.xsd"),
        ("representations/rep1/METS.xml", "mets-1.12.1.xsd"),
        (
            "representations/rep1/metadata/preservation/premis.xml",
            "premis-v3-0.xsd",
        ),
        ("representations/rep1/data/erms.xml", erms),
    ] {
        judge_xml(&root.join(file), schema);
    }
    judge_rules(&root.join("representations/rep1/data/erms.xml"), erms);
    judge_eark(root);
}

/// The schematron of ERMS.
#[track_caller]
pub fn judge_rules(erms: &Path, schema: &str) {
    let (Some(oracles), Some(python)) = (oracles(), python_with("lxml")) else {
        return;
    };
    let rules = match schema {
        "ERMS_v3.xsd" => "erms_v3.sch",
        _ => "erms_v2_1_2.sch",
    };
    let judged = Command::new(python)
        .arg(oracles.join("schematron.py"))
        .arg(oracles.join("xsd").join(rules))
        .arg(erms)
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&judged.stdout);
    assert_eq!(
        told.trim(),
        "schematron valid: True",
        "{}: {}",
        erms.display(),
        String::from_utf8_lossy(&judged.stderr)
    );
}

/// The E-ARK foundation's own program.
#[track_caller]
pub fn judge_eark(root: &Path) {
    let (Some(oracles), Some(python)) = (oracles(), python_with("eark_validator")) else {
        return;
    };
    let judged = Command::new(python)
        .env("CSIP_VOCAB_DIR", oracles.join("csip-vocabularies"))
        .arg(oracles.join("eark_validate.py"))
        .arg(root)
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&judged.stdout);
    let (_, json) = told.split_once('\n').unwrap_or_else(|| {
        panic!("{}", String::from_utf8_lossy(&judged.stderr));
    });
    let report: serde_json::Value = serde_json::from_str(json).unwrap();
    assert_eq!(report["structure"]["status"], "WellFormed", "{report:#}");
    let metadata = &report["metadata"];
    assert_eq!(
        metadata["schema_results"]["status"], "VALID",
        "{metadata:#}"
    );
    let messages = metadata["schematron_results"]["messages"].as_array();
    let wrong: Vec<_> = messages
        .unwrap()
        .iter()
        .filter(|m| m["severity"] == "Error")
        .filter(|m| !CONTRADICTIONS.iter().any(|c| m["rule_id"] == *c))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The Python that scripts/test set up, if it has this module; else says so.
fn python_with(module: &str) -> Option<PathBuf> {
    let python = crate::support::judges::python()?;
    let has = Command::new(&python)
        .args(["-c", &format!("import {module}")])
        .output()
        .is_ok_and(|o| o.status.success());
    if !has {
        println!("SKIP: no {module} here; scripts/test installs it");
    }
    has.then_some(python)
}

/// Recomputes every digest and size that the METS documents tell, and sees that they tell of every file.
#[track_caller]
fn judge_digests(root: &Path) {
    let mut told = std::collections::BTreeSet::from([root.join("METS.xml")]);
    for mets in ["METS.xml", "representations/rep1/METS.xml"] {
        let mets = root.join(mets);
        let text = std::fs::read_to_string(&mets).unwrap();
        let document = roxmltree::Document::parse(&text).unwrap();
        for node in document
            .descendants()
            .filter(|n| n.has_attribute("CHECKSUM"))
        {
            let place = match node.tag_name().name() {
                "file" => node.first_element_child().unwrap(),
                _ => node,
            };
            let href = place.attribute(("http://www.w3.org/1999/xlink", "href"));
            let path = mets.parent().unwrap().join(decoded(href.unwrap()));
            let bytes = std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            assert_eq!(node.attribute("SIZE").unwrap(), bytes.len().to_string());
            assert_eq!(
                node.attribute("CHECKSUM").unwrap(),
                crate::support::judges::sha256(&path),
                "{}",
                path.display()
            );
            assert!(told.insert(path), "told of once");
        }
    }
    for file in crate::support::files(root) {
        assert!(told.contains(&file), "{} is told of", file.display());
    }
}

/// A URI reference as a path (RFC 3986, 2.1).
fn decoded(reference: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = reference.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let digits = [rest.next().unwrap(), rest.next().unwrap()];
                u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).unwrap()
}
