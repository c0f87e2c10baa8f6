//! Who is at work while a daemon lives: clients that keep in mind what it acknowledged, and the editor of a site.

use super::judges::sha256;
use super::sites::WordPress;
use super::{Archive, Output, files, lines, run};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};

/// What clients were told in one life.
#[derive(Default)]
pub struct Heard {
    pub purposes: Vec<String>,
    pub captures: Vec<String>,
    pub files: BTreeMap<PathBuf, String>,
    /// What they said on standard error: one that came late may have repaired in the daemon's place.
    pub said: String,
}

impl Heard {
    pub fn add(&mut self, other: Heard) {
        self.purposes.extend(other.purposes);
        self.captures.extend(other.captures);
        self.files.extend(other.files);
        self.said.push_str(&other.said);
    }
}

/// Asks, unless the end has come.
fn ask(archive: &Archive, over: &AtomicBool, args: &[&str], heard: &mut Heard) -> Option<Output> {
    if over.load(Ordering::SeqCst) {
        return None;
    }
    let output = run(archive.command(args).stdin(Stdio::null()));
    heard.said.push_str(&output.stderr);
    assert!(!output.stderr.contains("panicked"), "{output}");
    // A client whose daemon was killed says so; before that, nothing is refused.
    assert!(
        matches!(output.code, Some(0 | 3)) || over.load(Ordering::SeqCst),
        "{output}"
    );
    Some(output)
}

/// Edits accounts, one edit after the other.
pub fn edits(archive: &Archive, n: u32, over: &AtomicBool) -> Heard {
    let mut heard = Heard::default();
    for edit in 0.. {
        let purpose = format!("dialog {n}-{edit}.");
        let account = ["rss", "atom"][edit % 2];
        let Some(output) = ask(
            archive,
            over,
            &["account", "edit", account, "--purpose", &purpose],
            &mut heard,
        ) else {
            break;
        };
        if output.code == Some(0) {
            heard.purposes.push(purpose);
        }
    }
    heard
}

/// Takes snapshots of one account.
pub fn takes(archive: &Archive, account: &str, over: &AtomicBool) -> Heard {
    let mut heard = Heard::default();
    let mut args = vec!["--json", "snapshot", account, "--full"];
    while let Some(output) = ask(archive, over, &args, &mut heard) {
        // One whole snapshot a life, and then what is new: the archive must not grow out of hand.
        args.truncate(3);
        if !matches!(output.code, Some(0 | 3)) {
            continue;
        }
        let data = output.data();
        let capture = &data["captures"][0];
        heard
            .captures
            .push(capture["capture"].as_str().unwrap().to_owned());
        for bag in capture["bags"].as_array().unwrap() {
            let folder = Path::new(bag["path"].as_str().unwrap()).parent().unwrap();
            let sums = files(folder).into_iter().map(|file| {
                (
                    file.strip_prefix(archive.path()).unwrap().to_owned(),
                    sha256(&file),
                )
            });
            heard.files.extend(sums);
        }
    }
    heard
}

/// Reads what there is.
pub fn reads(archive: &Archive, over: &AtomicBool) -> Heard {
    let mut heard = Heard::default();
    while let Some(output) = ask(archive, over, &["--json", "record", "list"], &mut heard) {
        if output.code == Some(0) {
            assert!(!lines(&output).is_empty(), "{output}");
        }
    }
    heard
}

/// An editor at work: a post, another one edited, a third taken away, a comment.
pub fn change(
    site: &WordPress,
    round: u32,
    at: usize,
    posts: &mut Vec<u64>,
    words: &mut BTreeMap<u64, String>,
) {
    let word = format!("K{round}Q{at}X");
    let text = format!("<p>Nytt läge {word}.</p>");
    let post = posts[at % posts.len()];
    match at % 4 {
        0 => {
            let id = site.change(&["post", "Kort besked", &text]);
            posts.push(id);
            words.insert(id, word);
        }
        1 => {
            site.change(&["edit", &post.to_string(), &text]);
            words.insert(post, word);
        }
        2 if posts.len() > 12 => {
            site.change(&["delete", &post.to_string()]);
            posts.retain(|p| *p != post);
            words.remove(&post);
        }
        _ => {
            site.change(&["comment", &post.to_string(), "0", &word]);
        }
    }
}
