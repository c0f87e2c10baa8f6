//! With the real Chromium, its sandbox on; where there is none or no user namespaces, they say so and are skipped.

mod site;

use std::fs;

use super::super::launch::tests::{TURN, program, user};
use super::super::{Cookie, PageLimits, TileFormat};
use super::*;
use crate::record::{ActionKind, Gap, GapReason};
use site::site;

/// One look, and what is in its folder after it.
struct Looked {
    page: Page,
    folder: tempfile::TempDir,
}

#[derive(Debug, serde::Deserialize)]
struct Line {
    text: String,
    x: f64,
    y: f64,
    w: f64,
    h: f64,
}

impl Looked {
    fn file(&self, name: &str) -> Vec<u8> {
        fs::read(self.folder.path().join(name)).unwrap()
    }

    fn text(&self) -> String {
        String::from_utf8(self.file("page.txt")).unwrap()
    }

    fn lines(&self) -> Vec<Line> {
        let lines = String::from_utf8(self.file("boxes.ndjson")).unwrap();
        lines.lines().map(|l| serde_json::from_str(l).unwrap()).collect()
    }

    fn line(&self, text: &str) -> Line {
        let mut lines = self.lines();
        let at = lines.iter().position(|l| l.text.contains(text));
        lines.swap_remove(at.unwrap_or_else(|| panic!("{text} is not in {lines:?}")))
    }

    fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(self.folder.path())
            .unwrap()
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    fn action(&self, what: ActionKind) -> Option<u64> {
        let mut actions = self.page.actions.iter();
        actions.find(|a| a.what == what).map(|a| a.count)
    }

    /// The pixel of the stacked tiles.
    fn pixel(&self, x: u32, y: u32) -> [u8; 3] {
        let mut top = 0;
        for name in self.names().iter().filter(|n| n.starts_with("tile-")) {
            let tile = image::load_from_memory(&self.file(name)).unwrap().to_rgb8();
            assert_eq!(tile.width(), self.page.width);
            if y < top + tile.height() {
                return tile.get_pixel(x, y - top).0;
            }
            top += tile.height();
        }
        panic!("no tile has row {y}");
    }

    fn nothing_is_kept(&self, outcome: PageOutcome) {
        assert_eq!(self.page.outcome, outcome, "{:?}", self.page);
        assert_eq!(self.names(), Vec::<String>::new());
    }
}

fn job(address: &str) -> Job {
    Job {
        address: address.parse().unwrap(),
        program: None,
        allow: vec!["localhost".to_owned()],
        limits: PageLimits {
            seconds: 100,
            ..PageLimits::default()
        },
        tiles: TileFormat::Png,
        rules: None,
        cookies: Vec::new(),
        warc: false,
        sandbox: true,
    }
}

async fn look(job: &Job) -> Looked {
    let folder = tempfile::tempdir().unwrap();
    let begun = std::time::Instant::now();
    let page = capture(job, user(), folder.path(), &Utc::now).await.unwrap();
    println!("{} {}: {} ms", job.address, page.outcome, begun.elapsed().as_millis());
    Looked { page, folder }
}

/// Looks at a page of the site's; `None` where no browser can.
async fn look_at(path: &str) -> Option<Looked> {
    look_with(path, |_| ()).await
}

async fn look_with(path: &str, set: impl FnOnce(&mut Job)) -> Option<Looked> {
    program()?;
    let _turn = TURN.lock().await;
    let port = site().await;
    let mut job = job(&format!("http://127.0.0.1:{port}{path}"));
    set(&mut job);
    Some(look(&job).await)
}

#[tokio::test]
async fn a_page_is_kept_as_pictures_words_and_print() {
    let Some(looked) = look_at("/").await else { return };
    let page = &looked.page;
    assert_eq!(page.outcome, PageOutcome::Captured, "{page:?}");
    assert_eq!((page.status, page.title.as_deref()), (Some(200), Some("En sida")));
    assert_eq!((page.width, page.height), (1280, 900));
    assert_eq!(page.language.as_deref(), Some("sv"));
    assert_eq!(page.final_address.as_deref(), Some(page.address.as_str()));
    assert!(page.browser.starts_with("Chrome/"), "{}", page.browser);
    assert!(page.requests >= 1 && page.bytes > 100, "{page:?}");
    assert_eq!(looked.names(), ["boxes.ndjson", "page.txt", "print.pdf", "tile-0001.png"]);
    assert_eq!(looked.text(), "Räksmörgås\n\nHej på dig, du.\n");
    let heading = looked.line("Räksmörgås");
    assert!(heading.x == 8.0 && heading.y > 10.0 && heading.y < 30.0, "{heading:?}");
    assert!(heading.w > 100.0 && heading.h > 25.0, "{heading:?}");
    assert!(looked.file("print.pdf").starts_with(b"%PDF-"));
}

#[tokio::test]
async fn frames_have_their_words_in_place() {
    let Some(looked) = look_at("/frames").await else { return };
    assert_eq!(looked.page.outcome, PageOutcome::Captured, "{:?}", looked.page);
    println!("{}", looked.text());
    // 100 + 5 + 7 + 20, and 200 + 5 + 7 + 130 - 100 that it is scrolled.
    let near = looked.line("inuti-near");
    assert_eq!((near.x, near.y), (132.0, 242.0), "{near:?}");
    // 100 + 5 + 7 + 10 + 20, and 1500 + 5 + 7 + 20 + 130 - 100.
    let far = looked.line("inuti-far");
    assert_eq!((far.x, far.y), (142.0, 1562.0), "{far:?}");
    let text = looked.text();
    assert!(!text.contains("utanför"), "{text}");
    let order = ["ovan", "/inner?near]", "inuti-near", "/outer]", "ute", "/inner?far]", "inuti-far", "nedan"];
    let at: Vec<usize> = order.iter().map(|w| text.find(w).unwrap()).collect();
    assert!(at.is_sorted(), "{text}");
    // The words stand where the pictures show them.
    let dark = |line: &Line| {
        let (x, y) = (line.x as u32, line.y as u32);
        let points = (x..x + line.w as u32).flat_map(|x| (y..y + line.h as u32).map(move |y| (x, y)));
        points.step_by(3).filter(|(x, y)| looked.pixel(*x, *y)[0] < 100).count()
    };
    assert!(dark(&near) > 5 && dark(&far) > 5);
}
