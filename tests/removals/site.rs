//! A site with a feed that the test writes as it goes, and an archive of the municipality whose rules are asked for.

use std::fs;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::Value;

use crate::support::hostile::{http, serve};
use crate::support::{Archive, Output, project};

/// What the site shows: path, text and when it was published.
#[derive(Default)]
struct Shown {
    items: Mutex<Vec<(String, String, DateTime<Utc>)>>,
    down: AtomicBool,
    slow: AtomicBool,
    asked: AtomicUsize,
}

pub struct Site {
    shown: Arc<Shown>,
    pub address: String,
}

impl Site {
    pub fn start() -> Site {
        let shown = Arc::new(Shown::default());
        let inside = Arc::clone(&shown);
        let address = serve(move |path| inside.answer(path));
        Site { shown, address }
    }

    pub fn feed(&self) -> String {
        format!("{}feed.xml", self.address)
    }

    /// The address of an item.
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }

    /// Publishes something so many hours ago; gives its address.
    pub fn publish(&self, path: &str, text: &str, hours_ago: i64) -> String {
        let at = Utc::now() - TimeDelta::hours(hours_ago);
        let item = (path.to_owned(), text.to_owned(), at);
        self.shown.items.lock().unwrap().push(item);
        self.at(path)
    }

    pub fn remove(&self, path: &str) {
        self.shown.items.lock().unwrap().retain(|(p, ..)| p != path);
    }

    /// Closes each connection without an answer.
    pub fn down(&self, is: bool) {
        self.shown.down.store(is, Ordering::SeqCst);
    }

    /// Takes a minute for each answer.
    pub fn slow(&self, is: bool) {
        self.shown.slow.store(is, Ordering::SeqCst);
    }

    /// How often it was asked.
    pub fn asked(&self) -> usize {
        self.shown.asked.load(Ordering::SeqCst)
    }
}

impl Shown {
    fn answer(&self, path: &str) -> Vec<u8> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        if self.slow.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_secs(60));
        }
        if self.down.load(Ordering::SeqCst) {
            return Vec::new();
        }
        let items = self.items.lock().unwrap();
        let path = path.trim_start_matches('/');
        if path != "feed.xml" {
            return match items.iter().find(|(p, ..)| p == path) {
                Some((_, text, _)) => http("200 OK", "text/html", &format!("<p>{text}</p>")),
                None => http("404 Not Found", "text/html", "borta"),
            };
        }
        let items: String = items
            .iter()
            .map(|(p, text, at)| {
                format!(
                    "<entry><id>urn:{p}</id><link href='/{p}'/><title>{p}</title><author><name>Arg Person</name></author>\
                     <updated>{0}</updated><published>{0}</published><content type='text'>{text}</content></entry>",
                    at.to_rfc3339_opts(SecondsFormat::Secs, true)
                )
            })
            .collect();
        let feed = format!(
            "<?xml version='1.0'?><feed xmlns='http://www.w3.org/2005/Atom' xmlns:fh='http://purl.org/syndication/history/1.0'>\
             <fh:complete/><id>urn:x</id><title>Nyheter</title>\
             <updated>2026-11-21T10:00:00Z</updated>{items}</feed>"
        );
        http("200 OK", "application/atom+xml", &feed)
    }
}

/// An archive with the rules of that municipality, and the site as account `blogg`.
pub fn archive(profile: &str, site: &Site) -> Archive {
    let archive = Archive::new();
    let rules = project().join(format!("archive-schema/profiles/{profile}/policy.toml"));
    fs::copy(rules, archive.path().join("policy.toml")).unwrap();
    archive.configure("\n[network]\nretries = 0\n");
    archive.add_account("blogg", "feed", &site.feed(), &[]);
    archive
}

/// Opens a case and gives it; the exit code must be that.
#[track_caller]
pub fn open(archive: &Archive, address: &str, category: &str, code: i32) -> Value {
    let args = ["--json", "removal", "open", address, "--category", category];
    judged(archive, archive.run(&args).expect(code)).data()
}

/// Marks a case.
#[track_caller]
pub fn mark(archive: &Archive, args: &[&str]) -> Value {
    let mut all = vec!["--json", "removal", "mark"];
    all.extend(args);
    judged(archive, archive.run(&all).expect(0)).data()
}

/// The case as it stands.
#[track_caller]
pub fn show(archive: &Archive, case: &str) -> Value {
    let output = archive.run(&["--json", "removal", "show", case]).expect(0);
    judged(archive, output).data()
}

/// What is demanded still before it may be deleted.
pub fn missing(case: &Value) -> Vec<&str> {
    let lacks = case["before_deletion"].as_array().unwrap();
    lacks
        .iter()
        .map(|l| l["demand"].as_str().unwrap())
        .collect()
}

/// The output, once its schema is kept to.
#[track_caller]
pub fn judged(archive: &Archive, output: Output) -> Output {
    let file = archive.beside("judged.json");
    fs::write(&file, &output.stdout).unwrap();
    crate::support::judges::judge_schema(&file, "report.schema.json");
    output
}
