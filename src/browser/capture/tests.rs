//! With the real Chromium, its sandbox on; where there is none or no user namespaces, they say so and are skipped.

mod ends;
mod https;
mod intrusive;
mod kept;
mod named;
mod site;
mod stays;
mod stead;

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
        lines
            .lines()
            .map(|l| serde_json::from_str(l).unwrap())
            .collect()
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
        proxy: None,
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
    let page = capture(job, user(), folder.path(), &Utc::now)
        .await
        .unwrap();
    println!(
        "{} {}: {} ms",
        job.address,
        page.outcome,
        begun.elapsed().as_millis()
    );
    Looked { page, folder }
}

/// Looks at a page of the site's; `None` where no browser can.
async fn look_at(path: &str) -> Option<Looked> {
    look_with(path, |_| ()).await
}

async fn look_with(path: &str, set: impl FnOnce(&mut Job)) -> Option<Looked> {
    program()?;
    let _turn = TURN.acquire().await.unwrap();
    let port = site().await;
    let mut job = job(&format!("http://127.0.0.1:{port}{path}"));
    set(&mut job);
    Some(look(&job).await)
}

/// Looks at two pages at once: most of the time they wait.
async fn look_at_both(one: &str, other: &str, set: impl Fn(&mut Job)) -> Option<(Looked, Looked)> {
    program()?;
    let _turn = TURN.acquire().await.unwrap();
    let port = site().await;
    let job = |path: &str| {
        let mut job = job(&format!("http://127.0.0.1:{port}{path}"));
        set(&mut job);
        job
    };
    let (one, other) = (job(one), job(other));
    Some(tokio::join!(look(&one), look(&other)))
}

/// A script in `folder`, which the browser's user can reach, that starts the browser with one more flag.
fn wrapper(folder: &Path, program: &Path, flag: &str) -> std::path::PathBuf {
    let open = || std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(folder, open()).unwrap();
    let script = folder.join("browser");
    let text = format!("#!/bin/sh\nexec {} {flag} \"$@\"\n", program.display());
    fs::write(&script, text).unwrap();
    fs::set_permissions(&script, open()).unwrap();
    script
}
