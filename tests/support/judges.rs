//! Programs that are not ours and say whether what we made is right: bagit.py, sha256sum, pdftotext, jsonschema.

use super::{files, project, run};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The Python that scripts/test set up; None, with a word about it, where there is none.
pub fn python() -> Option<PathBuf> {
    let python = project().join("target/checks/venv/bin/python");
    if python.exists() {
        return Some(python);
    }
    println!("SKIP: no bagit.py and jsonschema here; scripts/test installs them");
    None
}

/// Whether a tool of the system can be had; if not, says so.
pub fn have(tool: &str) -> bool {
    let found = std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join(tool).exists()));
    if !found {
        println!("SKIP: {tool} is not installed");
    }
    found
}

/// Whether Chromium runs here with its sandbox; if not, says why.
pub fn have_browser() -> bool {
    if let Err(error) = arkivd::browser::launch::find(None) {
        println!("SKIP: {error}");
        return false;
    }
    let mut asking = Command::new("setpriv");
    asking.arg("--no-new-privs");
    if rustix::process::geteuid().is_root() {
        asking.args(["--reuid=65534", "--regid=65534", "--clear-groups"]);
    }
    let namespaces = asking.args(["unshare", "--user", "true"]).status();
    let may = namespaces.is_ok_and(|s| s.success());
    if !may {
        println!("SKIP: no user namespaces for the browser's sandbox");
    }
    may
}

/// Judges a bag by coreutils and by the Library of Congress' own program.
#[track_caller]
pub fn judge_bag(bag: &Path) {
    for manifest in ["manifest-sha256.txt", "tagmanifest-sha256.txt"] {
        let output = run(Command::new("sha256sum")
            .args(["--strict", "--quiet", "-c", manifest])
            .current_dir(bag));
        assert_eq!(output.code, Some(0), "{}: {output}", bag.display());
    }
    if let Some(python) = python() {
        let output = run(Command::new(python)
            .args(["-m", "bagit", "--validate"])
            .arg(bag));
        assert_eq!(output.code, Some(0), "{}: {output}", bag.display());
        assert!(
            !output.stderr.contains("WARNING"),
            "{}: {output}",
            bag.display()
        );
    }
}

/// Judges a file by one of the schemas of archive-schema/.
#[track_caller]
pub fn judge_schema(file: &Path, schema: &str) {
    let Some(python) = python() else { return };
    let schema = project().join("archive-schema").join(schema);
    let output = run(Command::new(python)
        .arg(project().join("tests/support/schema.py"))
        .arg(&schema)
        .arg(file));
    assert_eq!(output.code, Some(0), "{}: {output}", file.display());
}

/// The independent reading of store and ledger: plain Python, none of our code.
#[track_caller]
pub fn judge_ledger(archive: &Path) {
    if !have("python3") {
        return;
    }
    let output = run(Command::new("python3")
        .arg(project().join("tests/verify_ledger.py"))
        .arg(archive));
    assert_eq!(output.code, Some(0), "{output}");
    assert!(output.stdout.contains("OK"), "{output}");
}

/// The documents `posts.pdf` or `posts-001.pdf` and on, in order.
pub fn posts_pdfs(bag: &Path) -> Vec<PathBuf> {
    let name = |file: &Path| {
        file.file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default()
            .to_owned()
    };
    files(&bag.join("data"))
        .into_iter()
        .filter(|file| name(file).starts_with("posts") && name(file).ends_with(".pdf"))
        .collect()
}

/// The text of a bag's posts.pdf as poppler reads it, white space made single; None where poppler is missing.
#[track_caller]
pub fn pdf_text(bag: &Path) -> Option<String> {
    if !have("pdftotext") {
        return None;
    }
    let mut text = String::new();
    for document in posts_pdfs(bag) {
        let output = run(Command::new("pdftotext")
            .args(["-q", "-enc", "UTF-8"])
            .arg(&document)
            .arg("-"));
        assert_eq!(output.code, Some(0), "{output}");
        text.push_str(&output.stdout);
    }
    Some(text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Whether a word stands anywhere in a bag: in any file's bytes, in any file's name, or in what the PDF shows.
#[track_caller]
pub fn holds(bag: &Path, word: &str) -> bool {
    let bytes = word.as_bytes();
    files(bag).iter().any(|file| {
        file.to_string_lossy().contains(word)
            || std::fs::read(file)
                .unwrap()
                .windows(bytes.len())
                .any(|window| window == bytes)
    }) || pdf_text(bag).is_some_and(|text| text.contains(word))
}

/// The SHA-256 of a file, in lower case hexadecimal digits.
#[track_caller]
pub fn sha256(file: &Path) -> String {
    let bytes = std::fs::read(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
