//! A page capture made without a browser: its pictures and words are what a test says, sealed as captures are, and taken
//! over by the archive as one that a crash left.

use std::fs;
use std::io::Cursor;
use std::path::Path;

use arkivd::pdfa::{ScreenOptions, TextBox, Tile, write_screen};
use arkivd::record::{BagId, CaptureId};
use arkivd::store::{BagInfo, Store};
use serde_json::{Value, json};
use uuid::Uuid;

use super::support::Archive;

/// A page as the screen showed it.
pub struct Page {
    pub tiles: Vec<Vec<u8>>,
    pub words: Vec<TextBox>,
    /// Pages that a part of the PDF holds.
    pub part: usize,
}

pub fn words(text: &str, x: f64, y: f64, width: f64) -> TextBox {
    TextBox {
        text: text.into(),
        x,
        y,
        width,
        height: 20.0,
    }
}

/// Seals it for the account of an archive that has a capture already; gives the bag's id.
pub fn sealed(archive: &Archive, page: &Page) -> String {
    let bag = BagId(Uuid::now_v7());
    let store = Store::open(archive.path()).unwrap();
    let mut staged = store.stage(bag).unwrap();
    let tiles = page.tiles.iter().enumerate();
    let tiles = tiles.map(|(n, bytes)| Tile {
        name: format!("tile {n}"),
        from: Cursor::new(bytes.clone()),
    });
    let options = ScreenOptions {
        max_pages: page.part,
        ..ScreenOptions::new("Sidan", "arkivd", "2026-11-20T13:03:00Z".parse().unwrap())
    };
    let written = write_screen(tiles.collect(), &page.words, &options, &mut |_, _| {
        Ok(Vec::new())
    });
    let mut parts = Vec::new();
    let written = written.unwrap();
    let of = written.parts.len();
    for part in written.parts {
        let name = match of {
            1 => "page-screen.pdf".to_owned(),
            _ => format!("page-screen-{:03}.pdf", part.number),
        };
        write(&mut staged, &name, &part.out);
        parts.push(
            json!({ "file": format!("data/{name}"), "part": part.number, "pages": part.pages,
            "bytes": part.bytes, "level": "PDF/A-1b" }),
        );
    }
    let text: Vec<&str> = page.words.iter().map(|b| b.text.as_str()).collect();
    write(&mut staged, "page.txt", text.join("\n").as_bytes());
    let mut capture = template(archive.path());
    let told = json!({
        "bag": bag, "kind": "page", "capture": CaptureId(Uuid::now_v7()),
        "counts": { "new": 0, "changed": 0, "unchanged": 0, "not_seen": 0 }, "not_seen": [], "requests": [],
        "page": {
            "address": "http://x.example/", "outcome": "captured", "started": "2026-11-20T13:03:00Z",
            "finished": "2026-11-20T13:04:00Z", "browser": "none", "user_agent": "none", "width": 800, "height": 1,
            "requests": 1, "bytes": 1, "screen": { "parts": parts }, "print": { "parts": [] },
            "text": "data/page.txt",
        },
    });
    let capture_of = capture.as_object_mut().unwrap();
    capture_of.remove("posts_pdf");
    capture_of.remove("brought");
    capture_of.extend(told.as_object().unwrap().clone());
    staged.write_json("capture.json", &capture).unwrap();
    let info = BagInfo::new([("External-Identifier", bag.to_string())]).unwrap();
    staged.seal(&info, [7; 32]).unwrap().publish().unwrap();
    // Any command that writes takes it over.
    archive.snapshot("blogg");
    bag.to_string()
}

fn write(staged: &mut arkivd::store::StagedBag, name: &str, bytes: &[u8]) {
    use std::io::Write as _;
    let mut file = staged.file(name).unwrap();
    file.write_all(bytes).unwrap();
    file.finish().unwrap();
}

/// What the capture of the records says of the account.
fn template(archive: &Path) -> Value {
    let all = super::support::files(&archive.join("store"));
    let file = all.iter().find(|f| f.ends_with("capture.json")).unwrap();
    serde_json::from_slice(&fs::read(file).unwrap()).unwrap()
}
