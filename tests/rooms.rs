//! The house's plan: each room uses only rooms that come before it, and no file has a name that says nothing.

#![allow(clippy::unwrap_used)] // clippy excuses tests, not their helper functions

use std::fs;
use std::path::{Path, PathBuf};

/// Lowest first (design, section 2). `lib` is the map and may name all.
const ORDER: &[&str] = &[
    "record",
    "calendar",
    "policy",
    "retention",
    "platform",
    "warc",
    "browser",
    "pdfa",
    "store",
    "ledger",
    "catalog",
    "export",
    "workflow",
];

/// One row of the design: thin, above all rooms, and free to use each other.
const SHELL: &[&str] = &["daemon", "commands", "config"];

const SAY_NOTHING: &[&str] = &[
    "utils", "util", "helpers", "helper", "common", "misc", "manager", "handler", "service",
    "engine", "core", "mod",
];

/// A room may use those of a lower place, and those of its own.
fn place(room: &str) -> Option<usize> {
    match room {
        "main" => Some(ORDER.len() + 1),
        _ if SHELL.contains(&room) => Some(ORDER.len()),
        _ => ORDER.iter().position(|r| *r == room),
    }
}

/// The line with string contents, comments and character literals blanked; `state` lives across lines.
#[derive(Default)]
struct Code {
    /// Depth of `/* */`.
    comment: usize,
    /// Hashes that close the string we are in; `None` outside one.
    string: Option<usize>,
    /// In an ordinary string, where `\` escapes.
    escapes: bool,
}

impl Code {
    fn of(&mut self, line: &str) -> String {
        let chars: Vec<char> = line.chars().collect();
        let at = |i: usize| chars.get(i).copied().unwrap_or('\n');
        let hashes = |i: usize| (i..).take_while(|j| at(*j) == '#').count();
        let mut out = String::new();
        let mut i = 0;
        while i < chars.len() {
            let two = (at(i), at(i + 1));
            if let Some(close) = self.string {
                if self.escapes && at(i) == '\\' {
                    i += 2;
                } else if at(i) == '"' && hashes(i + 1) >= close {
                    self.string = None;
                    i += 1 + close;
                } else {
                    i += 1;
                }
            } else if two == ('*', '/') && self.comment > 0 {
                self.comment -= 1;
                i += 2;
            } else if two == ('/', '*') {
                self.comment += 1;
                i += 2;
            } else if self.comment > 0 {
                i += 1;
            } else if two == ('/', '/') {
                break;
            } else if at(i) == '"' {
                (self.string, self.escapes) = (Some(0), true);
                i += 1;
            } else if at(i) == 'r'
                && at(i + 1 + hashes(i + 1)) == '"'
                && !is_word(at(i.wrapping_sub(1)))
            {
                let n = hashes(i + 1);
                (self.string, self.escapes) = (Some(n), false);
                i += 2 + n;
            } else if two == ('\'', '\\') {
                i += 3;
                i += (i..).take_while(|j| !matches!(at(*j), '\'' | '\n')).count() + 1;
            } else if at(i) == '\'' && at(i + 2) == '\'' {
                i += 3;
            } else {
                out.push(at(i));
                i += 1;
            }
        }
        out
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Rooms that `crate::ROOM` or `crate::{ROOM, ..}` names (from main: `arkivd::`), with their lines from 1.
fn uses(text: &str, root: &str) -> Vec<(usize, String)> {
    let mut code = Code::default();
    let mut all = String::new();
    for line in text.lines() {
        all.push_str(&code.of(line));
        all.push('\n');
    }
    let mut found = Vec::new();
    for (i, _) in all.match_indices(root) {
        if all[..i].chars().next_back().is_some_and(is_word) {
            continue;
        }
        let rest = all[i + root.len()..].trim_start();
        let Some(rest) = rest.strip_prefix("::").map(str::trim_start) else {
            continue;
        };
        let line_at = |part: &str| all[..all.len() - part.len()].matches('\n').count() + 1;
        match rest.strip_prefix('{') {
            None => found.push((line_at(rest), first_word(rest))),
            Some(list) => {
                let mut depth = 0usize;
                let mut fresh = true;
                for (j, c) in list.char_indices() {
                    match c {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' if depth == 0 => fresh = true,
                        c if fresh && is_word(c) => {
                            found.push((line_at(&list[j..]), first_word(&list[j..])));
                            fresh = false;
                        }
                        _ => {}
                    }
                }
            }
        }
    }
    found
}

fn first_word(text: &str) -> String {
    text.chars().take_while(|c| is_word(*c)).collect()
}

/// What is wrong in one file of that room.
fn faults(room: &str, file: &str, text: &str) -> Vec<String> {
    let root = if room == "main" { "arkivd" } else { "crate" };
    let Some(here) = place(room) else {
        return vec![format!("{file}: the room {room} has no place in the order")];
    };
    uses(text, root)
        .into_iter()
        .filter(|(_, used)| used != room)
        // Names that are no room are items of lib.rs, as the macros of a crate are.
        .filter_map(|(line, used)| place(&used).map(|there| (line, used, there)))
        .filter(|(.., there)| *there > here)
        .map(|(line, used, _)| format!("{file}:{line}: {room} uses {used}, which comes after it"))
        .collect()
}

fn rust_files(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, out);
        } else if path.extension().is_some_and(|e| e == "rs") {
            out.push(path);
        }
    }
}

#[test]
fn each_room_uses_only_rooms_before_it() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    rust_files(&src, &mut files);
    files.sort();
    assert!(
        files.len() > 5,
        "only {} files under {}",
        files.len(),
        src.display()
    );
    let mut wrong = Vec::new();
    for path in files {
        let inner = path.strip_prefix(&src).unwrap();
        let file = format!("src/{}", inner.display());
        let parts: Vec<String> = inner
            .with_extension("")
            .iter()
            .map(|p| p.to_string_lossy().into_owned())
            .collect();
        for part in parts.iter().filter(|p| SAY_NOTHING.contains(&p.as_str())) {
            wrong.push(format!("{file}: {part:?} says nothing of what is in it"));
        }
        if parts[0] != "lib" {
            wrong.extend(faults(
                &parts[0],
                &file,
                &fs::read_to_string(&path).unwrap(),
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_room_used_against_the_order_is_found_at_its_line() {
    let text = "use crate::record::Account;\n\nuse crate::{\n    policy::{Policy, store},\n    catalog,\n};\n\
                fn f() { crate::workflow::go() }\n";
    assert_eq!(
        faults("store", "src/store.rs", text),
        [
            "src/store.rs:5: store uses catalog, which comes after it",
            "src/store.rs:7: store uses workflow, which comes after it",
        ]
    );
    assert!(faults("workflow", "src/workflow.rs", text).is_empty());
    assert!(faults("main", "src/main.rs", "use arkivd::commands;").is_empty());
    assert!(faults("commands", "src/commands.rs", "use crate::config;").is_empty());
    assert_eq!(
        faults("workflow", "src/workflow.rs", "use crate::config;").len(),
        1
    );
    assert_eq!(
        faults("config", "src/config.rs", "use crate::main;").len(),
        1
    );
}

#[test]
fn words_in_comments_and_strings_are_no_use() {
    let text = "//! [`crate::catalog`]\n/* crate::catalog\n/* */ crate::catalog */\n\
                const A: &str = \"crate::catalog \\\" crate::catalog\";\n\
                const B: &str = r#\"crate::catalog \" \"#;\nconst C: char = '\"';\nconst D: char = '\\'';\n\
                fn f<'a>(x: &'a str) {} // crate::catalog\n\
                use mycrate::catalog;\n";
    assert!(faults("record", "a.rs", text).is_empty());
    let after = format!("{text}use crate::catalog;\n");
    assert_eq!(
        faults("record", "a.rs", &after),
        ["a.rs:10: record uses catalog, which comes after it"]
    );
}

#[test]
fn a_room_without_a_place_is_found() {
    assert_eq!(
        faults("plumbing", "src/plumbing.rs", ""),
        ["src/plumbing.rs: the room plumbing has no place in the order"]
    );
}
