//! The log on stderr: its forms, its levels, and that it never gets in the way of what a command does.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod support;

use std::fs::{self, File};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use chrono::{DateTime, Utc};
use serde_json::Value;
use support::{Archive, run};

/// `account list` with a log filter that is not understood, which is told as a warning.
fn warned(archive: &Archive, options: &[&str]) -> Command {
    let mut command = archive.command(options);
    command
        .args(["account", "list"])
        .env("ARKIVD_LOG", "arkivd=loud");
    command
}

/// The time at the start of a line, if it has one.
fn time(line: &str) -> Option<DateTime<Utc>> {
    line.split_whitespace().next()?.parse().ok()
}

#[test]
fn json_is_an_object_a_line_with_flat_fields() {
    let archive = Archive::new();
    let output = run(&mut warned(&archive, &["--log-format", "json"])).expect(0);
    let events: Vec<Value> = output
        .stderr
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {output}")))
        .filter(|event: &Value| event["level"].is_string())
        .collect();
    let [event] = events.as_slice() else {
        panic!("wanted one event: {output}");
    };
    assert_eq!(event["level"], "WARN");
    assert_eq!(event["message"], "ARKIVD_LOG is not understood");
    assert_eq!(event["value"], "arkivd=loud");
    assert!(event["problem"].is_string());
    let time = event["timestamp"].as_str().unwrap();
    assert!(time.ends_with('Z'), "{time}");
    let age = Utc::now() - time.parse::<DateTime<Utc>>().unwrap();
    assert!((0..300).contains(&age.num_seconds()), "{time}");
}

#[test]
fn lines_that_go_to_a_file_have_a_time() {
    let archive = Archive::new();
    for options in [&[][..], &["--log-format", "human"]] {
        let output = run(warned(&archive, options).env_remove("JOURNAL_STREAM")).expect(0);
        let line = output.stderr.lines().next().unwrap();
        assert!(time(line).is_some(), "{output}");
        assert!(
            line.contains(r#" WARN ARKIVD_LOG is not understood value="arkivd=loud" problem=""#),
            "{output}"
        );
    }
}

/// What the command writes when stderr is a file that JOURNAL_STREAM names.
fn as_if_in_the_journal(archive: &Archive, options: &[&str], file: &Path) -> String {
    let stderr = File::create(file).unwrap();
    let data = stderr.metadata().unwrap();
    let code = warned(archive, options)
        .env("JOURNAL_STREAM", format!("{}:{}", data.dev(), data.ino()))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(stderr)
        .status()
        .unwrap()
        .code();
    let log = fs::read_to_string(file).unwrap();
    assert_eq!(code, Some(0), "{log}");
    log
}

#[test]
fn the_journal_gets_no_time_and_lines_where_it_cannot_be_reached() {
    let archive = Archive::new();
    let file = archive.beside("log");
    let log = as_if_in_the_journal(&archive, &["--log-format", "human"], &file);
    let line = log.lines().next().unwrap();
    assert!(line.trim_start().starts_with("WARN ARKIVD_LOG"), "{log}");

    // A program that asks for JSON under systemd gets it.
    let log = as_if_in_the_journal(&archive, &["--log-format", "json"], &file);
    serde_json::from_str::<Value>(log.lines().next().unwrap()).unwrap();

    if Path::new("/run/systemd/journal/socket").exists() {
        println!("SKIP: there is a journal here, and it gets what would be told as lines");
        return;
    }
    let log = as_if_in_the_journal(&archive, &[], &file);
    assert!(log.contains("WARN ARKIVD_LOG is not understood"), "{log}");
    assert!(log.contains("WARN the journal cannot be reached"), "{log}");
}

#[test]
fn a_bare_level_asks_for_our_own_events_only() {
    let archive = Archive::new();
    // Nobody listens at port 9, which the HTTP client tells at `debug`.
    archive.add_account("blogg", "wordpress", "http://127.0.0.1:9/", &[]);
    let told = |level: &str| {
        let output = run(archive
            .command(&["--log-format", "json", "snapshot", "blogg"])
            .env("ARKIVD_LOG", level));
        assert_eq!(output.code, Some(1), "{output}");
        output.stderr.contains(r#""level":"DEBUG""#)
    };
    assert!(told("debug,arkivd=info"), "the client tells nothing");
    assert!(!told("debug") && !told("trace") && !told(""));
}

#[test]
fn a_log_that_cannot_be_written_stops_nothing() {
    let archive = Archive::new();
    for format in ["human", "json", "journal"] {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let ended = warned(&archive, &["--log-format", format])
            .stdin(Stdio::null())
            .stderr(full)
            .output()
            .unwrap();
        assert_eq!(ended.status.code(), Some(0), "{format}");
    }
}

#[test]
fn an_unknown_format_is_refused() {
    let archive = Archive::new();
    archive
        .run(&["--log-format", "xml", "account", "list"])
        .refuses(2, &["xml", "human", "json", "journal"]);
}
