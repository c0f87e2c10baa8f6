//! `arkivd doctor` on an archive of a test: what it finds, by subject.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::{Archive, run};

/// One schedule that this arkivd can take, for all accounts.
pub const SCHEDULE: &str = "[[schedule]]\nid = \"halvar\"\nwhat = \"snapshot\"\ncron = \"0 3 1 1,7 *\"\n\
    accounts = \"all\"\nfull = true\nrequirement = \"TIB-11\"\nsource = \"tibro.txt:203\"\n\
    quote = \"en gång per halvår\"\nnote = \"Två gånger om året.\"\n";

/// An archive that has nothing wrong with it.
pub fn sound() -> Archive {
    let archive = Archive::new();
    fs::write(archive.path().join("schedules/tibro.toml"), SCHEDULE).unwrap();
    let watch = SCHEDULE
        .replace("\"halvar\"", "\"titt\"")
        .replace("\"snapshot\"", "\"watch\"")
        .replace("full = true", "full = false");
    fs::write(archive.path().join("schedules/titt.toml"), watch).unwrap();
    archive
}

/// The same, where pages are captured.
pub fn with_pages() -> Archive {
    let archive = Archive::with_pages();
    fs::write(archive.path().join("schedules/tibro.toml"), SCHEDULE).unwrap();
    archive
}

pub fn doctor(archive: &Archive) -> Command {
    let mut command = archive.command(&["--json", "doctor"]);
    // No settings of this machine.
    command.env("ARKIVD_SYSTEM", archive.beside("system.toml"));
    command
}

/// The checks, by subject; what people read must hold the same findings.
#[track_caller]
pub fn checks(command: &mut Command) -> BTreeMap<String, Value> {
    let output = run(command);
    let data = output.data();
    let checks = data["checks"].as_array().unwrap();
    let clean = checks
        .iter()
        .all(|c| c["findings"].as_array().unwrap().is_empty());
    assert_eq!(output.code, Some(if clean { 0 } else { 5 }), "{output}");
    for check in checks {
        for finding in check["findings"].as_array().unwrap() {
            for key in ["object", "problem", "hint"] {
                let text = finding[key].as_str().unwrap();
                assert!(!text.is_empty(), "{key} of {finding}");
            }
        }
    }
    let by_subject = |c: &Value| (c["subject"].as_str().unwrap().to_owned(), c.clone());
    checks.iter().map(by_subject).collect()
}

/// That subject has a finding of that severity, with all these words in it.
#[track_caller]
pub fn finds(command: &mut Command, subject: &str, severity: &str, words: &[&str]) {
    let checks = checks(command);
    let found = checks[subject]["findings"].as_array().unwrap();
    let matches = found.iter().any(|finding| {
        let text = format!(
            "{}: {} hint: {}",
            finding["object"].as_str().unwrap(),
            finding["problem"].as_str().unwrap(),
            finding["hint"].as_str().unwrap()
        );
        finding["severity"] == severity && words.iter().all(|word| text.contains(word))
    });
    assert!(
        matches,
        "no {severity} with {words:?} in {:#?}",
        checks[subject]
    );
}

#[track_caller]
pub fn fine(command: &mut Command, subject: &str) -> String {
    let checks = checks(command);
    let check = &checks[subject];
    assert_eq!(check["state"], "ok", "{check:#?}");
    check["summary"].as_str().unwrap().to_owned()
}

pub fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// A site that gives one answer to whatever it is asked; its address.
pub fn site(status: &'static str, body: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/feed/", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 4096]);
            let head = format!(
                "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                body.len()
            );
            let _ = stream.write_all(head.as_bytes());
            let _ = stream.write_all(body.as_bytes());
        }
    });
    address
}

/// Takes a small capture of account `webb`.
#[track_caller]
pub fn capture(archive: &Archive) {
    let feed = "<rss version=\"2.0\"><channel><title>Bloggen</title><item><guid>a</guid><title>Hej</title>\
        <description>Text.</description></item></channel></rss>";
    archive.add_account("webb", "feed", &site("200 OK", feed), &[]);
    let output = archive.run(&["snapshot", "webb"]);
    assert!(matches!(output.code, Some(0 | 3)), "{output}");
    assert_eq!(archive.bags().len(), 1, "{output}");
}
