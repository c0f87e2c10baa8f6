//! With the real Chromium, its sandbox on; where there is none or no user namespaces, they say so and are skipped.

mod ends;
mod https;
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
    let _turn = TURN.lock().await;
    let port = site().await;
    let mut job = job(&format!("http://127.0.0.1:{port}{path}"));
    set(&mut job);
    Some(look(&job).await)
}

#[tokio::test]
async fn a_page_is_kept_as_pictures_words_and_print() {
    let Some(looked) = look_at("/").await else {
        return;
    };
    let page = &looked.page;
    assert_eq!(page.outcome, PageOutcome::Captured, "{page:?}");
    assert_eq!(
        (page.status, page.title.as_deref()),
        (Some(200), Some("En sida"))
    );
    assert_eq!((page.width, page.height), (1280, 900));
    assert_eq!(page.language.as_deref(), Some("sv"));
    assert_eq!(page.final_address.as_deref(), Some(page.address.as_str()));
    assert!(page.browser.starts_with("Chrome/"), "{}", page.browser);
    assert!(page.requests >= 1 && page.bytes > 100, "{page:?}");
    assert_eq!(
        looked.names(),
        ["boxes.ndjson", "page.txt", "print.pdf", "tile-0001.png"]
    );
    assert_eq!(looked.text(), "Räksmörgås\n\nHej på dig, du.\n");
    let heading = looked.line("Räksmörgås");
    assert!(
        heading.x == 8.0 && heading.y > 10.0 && heading.y < 30.0,
        "{heading:?}"
    );
    assert!(heading.w > 100.0 && heading.h > 25.0, "{heading:?}");
    assert!(looked.file("print.pdf").starts_with(b"%PDF-"));
}

#[tokio::test]
async fn frames_have_their_words_in_place() {
    let Some(looked) = look_at("/frames").await else {
        return;
    };
    assert_eq!(
        looked.page.outcome,
        PageOutcome::Captured,
        "{:?}",
        looked.page
    );
    println!("{}", looked.text());
    // 100 + 5 + 7 + 20, and 200 + 5 + 7 + 130 - 100 that it is scrolled.
    let near = looked.line("inuti-near");
    assert_eq!((near.x, near.y), (132.0, 242.0), "{near:?}");
    // 100 + 5 + 7 + 10 + 20, and 1500 + 5 + 7 + 20 + 130 - 100.
    let far = looked.line("inuti-far");
    assert_eq!((far.x, far.y), (142.0, 1562.0), "{far:?}");
    let text = looked.text();
    assert!(!text.contains("utanför"), "{text}");
    let order = [
        "ovan",
        "/inner?near]",
        "inuti-near",
        "/outer]",
        "ute",
        "/inner?far]",
        "inuti-far",
        "nedan",
    ];
    let at: Vec<usize> = order.iter().map(|w| text.find(w).unwrap()).collect();
    assert!(at.is_sorted(), "{text}");
    // The words stand where the pictures show them.
    let dark = |line: &Line| {
        let (x, y) = (line.x as u32, line.y as u32);
        let points =
            (x..x + line.w as u32).flat_map(|x| (y..y + line.h as u32).map(move |y| (x, y)));
        points
            .step_by(3)
            .filter(|(x, y)| looked.pixel(*x, *y)[0] < 100)
            .count()
    };
    assert!(dark(&near) > 5 && dark(&far) > 5);
}

#[tokio::test]
async fn the_traffic_is_recorded_with_the_page() {
    let Some(looked) = look_with("/frames", |job| job.warc = true).await else {
        return;
    };
    assert_eq!(
        looked.page.outcome,
        PageOutcome::Captured,
        "{:?}",
        looked.page
    );
    let mut recorded = String::new();
    let file = looked.file("capture.warc.gz");
    std::io::Read::read_to_string(
        &mut flate2::read::MultiGzDecoder::new(&file[..]),
        &mut recorded,
    )
    .unwrap();
    for text in ["inuti-near", "inuti-far", "ute<iframe", "title: En sida"] {
        assert!(recorded.contains(text), "{text} is not in {recorded}");
    }
    let warc = looked.page.warc.as_ref().unwrap();
    assert!(warc.responses >= 4, "{warc:?}");
    assert!(looked.text().contains("inuti-far"));
}

#[tokio::test]
async fn only_what_can_be_seen_counts_as_words() {
    let Some(looked) = look_at("/hidden").await else {
        return;
    };
    let text = looked.text();
    assert_eq!(text, "synlig\n\növerst\n", "{text}");
    assert_eq!(looked.lines().len(), 2, "{:?}", looked.lines());
}

#[tokio::test]
async fn each_end_has_its_name_and_nothing_is_kept_of_it() {
    for (path, outcome) in [
        ("/404", PageOutcome::NotFound),
        ("/410", PageOutcome::Gone),
        ("/429", PageOutcome::TooManyRequests),
        ("/500", PageOutcome::ServerError),
        ("/403", PageOutcome::Refused),
        ("/loop", PageOutcome::Redirects),
        ("/download", PageOutcome::NotAPage),
        ("/pdf", PageOutcome::NotAPage),
    ] {
        let Some(looked) = look_at(path).await else {
            return;
        };
        looked.nothing_is_kept(outcome);
        let page = &looked.page;
        match path[1..].parse::<u16>() {
            Ok(status) => {
                assert_eq!(page.status, Some(status));
                assert_eq!(page.detail.as_deref(), Some(&path[1..]));
            }
            Err(_) => assert!(page.detail.is_some(), "{page:?}"),
        }
        assert!(
            page.final_address.as_ref().unwrap().ends_with(path),
            "{page:?}"
        );
    }
}

#[tokio::test]
async fn a_way_that_leads_elsewhere_is_followed_and_told() {
    let Some(looked) = look_at("/redirect").await else {
        return;
    };
    looked.nothing_is_kept(PageOutcome::LoginWall);
    let page = &looked.page;
    assert_eq!(page.redirects.len(), 1, "{page:?}");
    assert_eq!(
        (page.redirects[0].status, page.redirects[0].address.as_str()),
        (302, page.address.as_str())
    );
    assert!(
        page.final_address.as_ref().unwrap().ends_with("/login"),
        "{page:?}"
    );

    let looked = look_at("/leads").await.unwrap();
    looked.nothing_is_kept(PageOutcome::NotFound);
    assert_eq!(looked.page.redirects[0].status, 200);
    assert!(
        looked
            .page
            .final_address
            .as_ref()
            .unwrap()
            .ends_with("/404"),
        "{:?}",
        looked.page
    );

    let looked = look_at("/meta").await.unwrap();
    assert_eq!(
        looked.page.outcome,
        PageOutcome::Captured,
        "{:?}",
        looked.page
    );
    assert!(looked.text().contains("Räksmörgås"));
    assert!(
        looked.page.address.ends_with("/meta")
            && !looked
                .page
                .final_address
                .as_ref()
                .unwrap()
                .ends_with("/meta")
    );
}

#[tokio::test]
async fn what_cannot_be_reached_is_named() {
    if program().is_none() {
        return;
    }
    let _turn = TURN.lock().await;
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let refused = look(&job(&format!("http://{free}/"))).await;
    refused.nothing_is_kept(PageOutcome::Unreachable);
    let detail = refused.page.detail.unwrap();
    assert!(detail.contains("refused"), "{detail}");

    let nowhere = look(&job("https://finns-inte.invalid/")).await;
    nowhere.nothing_is_kept(PageOutcome::NameNotFound);

    let port = site().await;
    let inside = look(&job(&format!("http://127.0.0.1:{port}/to-inside?{free}"))).await;
    inside.nothing_is_kept(PageOutcome::InsideNetwork);
}

#[tokio::test]
async fn no_browser_is_an_outcome_that_says_what_to_do() {
    let mut job = job("http://127.0.0.1:9/");
    job.program = Some("/nowhere/chromium".into());
    let looked = look(&job).await;
    looked.nothing_is_kept(PageOutcome::NoBrowser);
    let detail = looked.page.detail.unwrap();
    assert!(detail.contains("/nowhere/chromium"), "{detail}");
}

#[tokio::test]
async fn rules_that_do_not_read_are_an_error() {
    let mut job = job("http://127.0.0.1:9/");
    job.rules = Some("[[host]]\nnonsense = 1\n".to_owned());
    let folder = tempfile::tempdir().unwrap();
    let error = capture(&job, user(), folder.path(), &Utc::now)
        .await
        .unwrap_err();
    assert!(error.to_string().contains("nonsense"), "{error}");
}

#[tokio::test]
async fn dialogs_without_end_are_answered_and_ended() {
    let Some(looked) = look_at("/alerts").await else {
        return;
    };
    assert_eq!(
        looked.page.outcome,
        PageOutcome::Captured,
        "{:?}",
        looked.page
    );
    assert!(looked.action(ActionKind::DialogAnswered).unwrap() > 20);
    assert!(looked.action(ActionKind::ScriptEnded).is_some());
    let dialogs = looked
        .page
        .actions
        .iter()
        .find(|a| a.what == ActionKind::DialogAnswered);
    assert_eq!(dialogs.unwrap().detail.as_deref(), Some("Räksmörgås?"));
    assert_eq!(looked.text(), "före\n\nefter\n");
}

#[tokio::test]
async fn a_script_without_end_is_ended() {
    let Some(looked) = look_at("/forever").await else {
        return;
    };
    assert_eq!(
        looked.page.outcome,
        PageOutcome::Captured,
        "{:?}",
        looked.page
    );
    assert!(
        looked.action(ActionKind::ScriptEnded).is_some(),
        "{:?}",
        looked.page
    );
    assert_eq!(looked.text(), "före\n\nefter\n");
}

#[tokio::test]
async fn what_never_comes_is_named_and_not_waited_for() {
    let begun = Instant::now();
    let Some(looked) = look_at("/slow").await else {
        return;
    };
    assert_eq!(
        looked.page.outcome,
        PageOutcome::Partial,
        "{:?}",
        looked.page
    );
    let stuck: Vec<&Gap> = looked
        .page
        .gaps
        .iter()
        .filter(|g| matches!(g.reason, GapReason::Stuck { seconds } if seconds >= 3))
        .collect();
    assert_eq!(stuck.len(), 1, "{:?}", looked.page);
    assert!(stuck[0].what.ends_with("/never.png"), "{stuck:?}");
    assert_eq!(looked.text(), "text\n");
    println!("{:?}, {:?}", begun.elapsed(), looked.page.gaps);
}

#[tokio::test]
async fn a_tall_page_is_whole_in_its_tiles() {
    let Some(looked) = look_at("/tall").await else {
        return;
    };
    let page = &looked.page;
    println!("{:?} {:?}", page.gaps, page.actions);
    assert!(page.height >= 60_000 && page.width == 1280, "{page:?}");
    assert!(
        looked.names().contains(&"tile-0015.png".to_owned()),
        "{:?}",
        looked.names()
    );
    for y in [0, 4_000, 8_000, 31_000, 59_000] {
        assert_eq!(
            looked.pixel(1000, y + 5),
            [(y / 1000) as u8, 100, 200],
            "{y}"
        );
        let line = looked.line(&format!("rad{}", y));
        assert_eq!((line.x, line.y.floor()), (100.0, f64::from(y) + 500.0));
    }
}

#[tokio::test]
async fn what_the_limits_cut_is_said() {
    let Some(looked) = look_with("/wide", |job| job.tiles = TileFormat::Jpeg).await else {
        return;
    };
    let page = &looked.page;
    assert_eq!(
        (page.outcome, page.width),
        (PageOutcome::Partial, 2560),
        "{page:?}"
    );
    assert_eq!(page.gaps.len(), 1, "{page:?}");
    assert!(
        page.gaps[0].what.contains("11000") || page.gaps[0].what.contains("11008"),
        "{page:?}"
    );
    assert_eq!(looked.names()[2..], ["print.pdf", "tile-0001.jpg"]);
    let [r, g, b] = looked.pixel(2500, 40);
    assert!(r < 20 && g > 240 && b < 20, "{r} {g} {b}");

    let looked = look_with("/tall", |job| job.limits.height = 5_000)
        .await
        .unwrap();
    assert_eq!(
        (looked.page.outcome, looked.page.height),
        (PageOutcome::Partial, 5_000)
    );
    let heights = looked
        .page
        .gaps
        .iter()
        .filter(|g| matches!(&g.reason, GapReason::LimitReached { .. }));
    assert_eq!(heights.count(), 1, "{:?}", looked.page.gaps);
    assert!(looked.lines().iter().all(|l| l.y < 5_000.0));
}

#[tokio::test]
async fn a_page_that_wants_more_than_to_be_seen_gets_no() {
    let Some(looked) = look_at("/intrusive").await else {
        return;
    };
    assert_eq!(
        looked.page.outcome,
        PageOutcome::Captured,
        "{:?}",
        looked.page
    );
    assert_eq!(
        looked.action(ActionKind::DialogAnswered),
        Some(2),
        "{:?}",
        looked.page
    );
    assert_eq!(
        looked.action(ActionKind::DownloadDenied),
        Some(1),
        "{:?}",
        looked.page
    );
    let text = looked.text();
    assert!(
        text.contains("nullfalse") && text.contains("ingenplats"),
        "{text}"
    );
    assert_eq!(
        looked.names(),
        ["boxes.ndjson", "page.txt", "print.pdf", "tile-0001.png"]
    );
}

#[tokio::test]
async fn a_login_is_used_and_never_told() {
    let cookie = |name: &str, domain: &str| Cookie {
        name: name.to_owned(),
        value: "hemligt4711".to_owned(),
        domain: domain.to_owned(),
        path: "/".to_owned(),
        secure: false,
        http_only: true,
        expires: Some(4_000_000_000),
    };
    let set =
        |job: &mut Job| job.cookies = vec![cookie("sid", "127.0.0.1"), cookie("b ad;", "x y")];
    let Some(looked) = look_with("/who", set).await else {
        return;
    };
    let page = &looked.page;
    let text = looked.text();
    assert!(text.contains("kaka=sid=hemligt4711"), "{text}");
    assert!(
        text.contains("zon=Europe/Stockholm fönster=1280x900 dpr=1"),
        "{text}"
    );
    assert!(text.contains("språk=sv-SE"), "{text}");
    assert!(
        text.contains(&format!("agent={}", page.user_agent)),
        "{text}"
    );
    assert!(page.user_agent.contains(" Chrome/") && !page.user_agent.contains("Headless"));
    assert!(page.logged_in);
    let told = serde_json::to_string(page).unwrap();
    assert!(!told.contains("hemligt"), "{told}");
    assert_eq!(page.gaps.len(), 1, "{page:?}");
    assert_eq!(page.gaps[0].what, "a cookie of x y");
}

#[tokio::test]
async fn memory_without_end_is_a_crash_and_the_next_look_works() {
    let small = |job: &mut Job| job.limits.memory_bytes = 1 << 30;
    let Some(looked) = look_with("/memory", small).await else {
        return;
    };
    looked.nothing_is_kept(PageOutcome::Crashed);
    assert!(
        looked.page.detail.as_ref().unwrap().contains("crashed"),
        "{:?}",
        looked.page
    );
    assert_eq!(
        look_at("/").await.unwrap().page.outcome,
        PageOutcome::Captured
    );
}

#[tokio::test]
async fn a_server_that_says_nothing_costs_no_more_than_the_time() {
    let begun = Instant::now();
    let Some(looked) = look_with("/silent", |job| job.limits.seconds = 4).await else {
        return;
    };
    looked.nothing_is_kept(PageOutcome::TimedOut);
    assert!(
        looked.page.detail.as_ref().unwrap().contains("4 s"),
        "{:?}",
        looked.page
    );
    assert!(begun.elapsed() < Duration::from_secs(60));
}
