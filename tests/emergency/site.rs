//! A feed with the suspected item among others, which counts what is asked for, and an archive that has taken it.

use std::fs;
use std::sync::{Arc, Mutex};

use serde_json::Value;

use crate::support::hostile::{http, redirect, serve};
use crate::support::{Archive, Output, project};

/// Stands in the suspected item and nowhere else.
pub const WORD: &str = "Kvartsglimmer";
pub const ITEM: &str = "misstankt-7";
const PICTURE: &str = "bild-77.png";

#[derive(Default)]
struct Shown {
    asked: Mutex<Vec<String>>,
    items: Mutex<Vec<(String, String)>>,
    pages: Mutex<Vec<(String, String)>>,
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
        let site = Site { shown, address };
        site.publish("vanlig-1", "Badhuset öppnar på lördag.");
        site.publish(ITEM, &format!("{WORD} &lt;img src=\"/{PICTURE}\"&gt;"));
        site.publish("vanlig-2", "Biblioteket har öppet till åtta.");
        site
    }

    pub fn publish(&self, path: &str, text: &str) {
        let item = (path.to_owned(), text.to_owned());
        self.shown.items.lock().unwrap().push(item);
    }

    /// A page that stands in no feed, with that body.
    pub fn page(&self, path: &str, body: &str) {
        let page =
            format!("<!DOCTYPE html><html lang=sv><meta charset=utf-8><title>Sida</title>{body}");
        self.shown
            .pages
            .lock()
            .unwrap()
            .push((path.to_owned(), page));
    }

    pub fn item(&self) -> String {
        format!("{}{ITEM}", self.address)
    }

    /// How often the suspected item or its picture was asked for.
    pub fn fetched(&self) -> usize {
        let asked = self.shown.asked.lock().unwrap();
        let of = |path: &&String| path.contains(ITEM) || path.contains(PICTURE);
        asked.iter().filter(of).count()
    }

    /// How often anything was.
    pub fn asked(&self) -> usize {
        self.shown.asked.lock().unwrap().len()
    }
}

impl Shown {
    fn answer(&self, path: &str) -> Vec<u8> {
        self.asked.lock().unwrap().push(path.to_owned());
        let path = path.trim_start_matches('/');
        if path == PICTURE {
            return http("200 OK", "image/png", WORD);
        }
        let pages = self.pages.lock().unwrap();
        if let Some((_, page)) = pages.iter().find(|(p, _)| p == path) {
            return match page.contains("location=") {
                true => redirect(&format!("/{ITEM}")),
                false => http("200 OK", "text/html; charset=utf-8", page),
            };
        }
        let items = self.items.lock().unwrap();
        if path != "feed.xml" {
            return match items.iter().find(|(p, _)| p == path) {
                Some((_, text)) => http("200 OK", "text/html", &format!("<p>{text}</p>")),
                None => http("404 Not Found", "text/html", "borta"),
            };
        }
        let items: String = items
            .iter()
            .map(|(p, text)| {
                format!(
                    "<entry><id>urn:{p}</id><link href='/{p}'/><title>{p}</title><updated>2026-11-20T10:00:00Z</updated>\
                     <published>2026-11-20T10:00:00Z</published><content type='html'>{text}</content></entry>"
                )
            })
            .collect();
        let feed = format!(
            "<?xml version='1.0'?><feed xmlns='http://www.w3.org/2005/Atom' xmlns:fh='http://purl.org/syndication/history/1.0'>\
             <fh:complete/><id>urn:x</id><title>Nyheter</title><updated>2026-11-21T10:00:00Z</updated>{items}</feed>"
        );
        http("200 OK", "application/atom+xml", &feed)
    }
}

/// An archive that has taken the site twice, once before something else was published.
pub fn archive(site: &Site) -> Archive {
    let archive = Archive::new();
    archive_in(&archive, site);
    archive
}

/// The same in an archive that is there.
pub fn archive_in(archive: &Archive, site: &Site) {
    let rules = project().join("archive-schema/profiles/vara/policy.toml");
    fs::copy(rules, archive.path().join("policy.toml")).unwrap();
    archive.configure("\n[network]\nretries = 0\n");
    archive.add_account("blogg", "feed", &format!("{}feed.xml", site.address), &[]);
    archive.run(&["snapshot", "blogg"]);
    site.publish("vanlig-3", "Simskolan börjar i januari.");
    archive.run(&["snapshot", "blogg"]);
}

/// The id of the suspected record.
pub fn record(archive: &Archive) -> String {
    let all = archive.records(&["--account", "blogg"]);
    let is = |r: &&Value| r["text"].as_str().is_some_and(|t| t.contains(WORD));
    let found = all.iter().find(is).expect("the record is there");
    found["record"].as_str().unwrap().to_owned()
}

/// Opens the emergency and gives its case.
#[track_caller]
pub fn emergency(archive: &Archive, told: &str) -> Value {
    judged(
        archive,
        archive
            .run(&["--json", "removal", "emergency", told])
            .expect(0),
    )
    .data()
}

pub const ERASE: [&str; 9] = [
    "--json",
    "removal",
    "emergency-erase",
    "1",
    "--instruction",
    "5000-K1-26",
    "--by",
    "Åklagare Ek, Polisen Väst",
    "--date",
];

/// The command that erases, by an instruction of today.
pub fn erase() -> Vec<String> {
    let day = arkivd::calendar::local_date(chrono::Utc::now()).to_string();
    ERASE.iter().map(|s| (*s).to_owned()).chain([day]).collect()
}

/// The output, once its schema is kept to.
#[track_caller]
pub fn judged(archive: &Archive, output: Output) -> Output {
    let file = archive.beside("judged.json");
    fs::write(&file, &output.stdout).unwrap();
    crate::support::judges::judge_schema(&file, "report.schema.json");
    output
}
