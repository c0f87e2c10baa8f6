//! What is planned, and with the real Chromium what is taken; where there is none, they say so and are skipped.

use serde_json::Value;

use super::*;
use crate::browser::launch::tests::{TURN, program, user};
use crate::browser::launch::{Browser, Launch};
use crate::browser::proxy::{self, Proxy, Rules};
use crate::browser::words;
use crate::platform::Network;

fn plan(size: (u32, u32), frames: &[(u32, u32)]) -> Vec<(u32, u32, bool)> {
    planned(size, frames, false)
}

fn planned(size: (u32, u32), frames: &[(u32, u32)], slow: bool) -> Vec<(u32, u32, bool)> {
    let shown = |(top, bottom): &(u32, u32)| Shown {
        top: *top,
        bottom: *bottom,
        away: None,
    };
    let frames: Vec<Shown> = frames.iter().map(shown).collect();
    let whole = Whole {
        size,
        frames: &frames,
        attached: &[],
        main: "",
        format: TileFormat::Png,
    };
    let mut top = 0;
    let mut tiles = Vec::new();
    while top < size.1 {
        let (high, in_window) = next(top, &whole, slow);
        tiles.push((top, high, in_window));
        top += high;
    }
    tiles
}

#[test]
fn tiles_are_large_and_frames_are_taken_where_the_window_stands() {
    assert_eq!(
        plan((1280, 9000), &[]),
        [(0, 8192, false), (8192, 808, false)]
    );
    assert_eq!(
        plan((1280, 6000), &[(500, 700), (650, 2000), (5990, 7000)]),
        [
            (0, 500, false),
            (500, 900, true),
            (1400, 900, true),
            (2300, 3690, false),
            (5990, 10, true)
        ]
    );
    assert_eq!(
        plan((2560, 5000), &[]),
        [(0, 4096, false), (4096, 904, false)]
    );
    assert_eq!(plan((1280, 100), &[(0, 50)]), [(0, 100, true)]);
    assert_eq!(
        planned((1280, 2000), &[(500, 700)], true),
        [(0, 900, true), (900, 900, true), (1800, 200, true)]
    );
    // What is wider than the window does not stand in it.
    assert_eq!(
        planned((2560, 5000), &[], true),
        [(0, 4096, false), (4096, 904, false)]
    );
}

/// Chromium starts slowly on a busy machine; what is tested here is never that it is quick.
const TIME: Duration = Duration::from_secs(120);

struct Opened {
    page: Session,
    main: String,
    _proxy: Proxy,
    _browser: Browser,
    _turn: tokio::sync::SemaphorePermit<'static>,
}

/// A page of these words, loaded, whose scripts run no more.
async fn opened(html: &str) -> Option<Opened> {
    let program = program()?;
    let turn = TURN.acquire().await.unwrap();
    let address = "http://127.0.0.1:9/".parse().unwrap();
    let rules = Rules::new(&address, &Network::default()).unwrap();
    let runs_as = Launch::runs_as(user()).unwrap();
    let proxy = Proxy::start(rules, proxy::Limits::default(), runs_as);
    let proxy = proxy.await.unwrap();
    let mut launch = Launch::new(program, user(), proxy.address());
    launch.patience = TIME;
    launch.limits.call = TIME;
    let browser = launch.start().await.unwrap();
    let page = browser.page().await.unwrap();
    let (width, height) = WINDOW;
    let metrics =
        json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
    let method = "Emulation.setDeviceMetricsOverride";
    page.call(method, metrics).await.unwrap();
    page.call("Page.enable", json!({})).await.unwrap();
    let mut loaded = page.events(&["Page.loadEventFired"]);
    let html = format!("data:text/html;charset=utf-8,<!doctype html>{html}");
    let went = page.call("Page.navigate", json!({"url": html}));
    assert_eq!(went.await.unwrap().get("errorText"), None);
    loaded.next().await.unwrap();
    let never = json!({"value": true});
    let method = "Emulation.setScriptExecutionDisabled";
    page.call(method, never).await.unwrap();
    let tree = page.call("Page.getFrameTree", json!({})).await.unwrap();
    let main = tree["frameTree"]["frame"]["id"].as_str().unwrap();
    Some(Opened {
        main: main.to_owned(),
        page,
        _proxy: proxy,
        _browser: browser,
        _turn: turn,
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn the_window_is_moved_whatever_the_page_has_put_in_the_place_of_that() {
    let html = "<div style='height: 5000px'></div><script>\
                scrollTo = scroll = requestAnimationFrame = Promise = () => { throw 'no' };\
                Object.defineProperty(window, 'scrollY', {value: 0})</script>";
    let Some(opened) = opened(html).await else {
        return;
    };
    let view = View::of(&opened.page, &opened.main).await.unwrap();
    let seen = view.stand(1_700).await.unwrap().unwrap();
    assert!(seen.holds((1_700, 2_600), 1_280), "{seen:?}");
    view.draws().await.unwrap();
    let metrics = opened.page.call("Page.getLayoutMetrics", json!({})).await;
    let top = metrics.unwrap()["cssVisualViewport"]["pageY"].as_f64();
    assert_eq!(top, Some(1_700.0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_taken_where_the_window_stands_looks_as_one_taken_whole() {
    let rows: String = (0..250)
        .map(|n| {
            format!(
                "<p style='background: hsl({}, 80%25, 70%25)'>rad {n}</p>",
                n * 37 % 360
            )
        })
        .collect();
    let html = format!("<style>p {{ margin: 0; height: 40px }} body {{ margin: 0 }}</style>{rows}");
    let Some(opened) = opened(&html).await else {
        return;
    };
    let whole = Whole {
        size: (1_280, 10_000),
        frames: &[],
        attached: &[],
        main: &opened.main,
        format: TileFormat::Png,
    };
    let mut looks = Vec::new();
    for (patient, tiles) in [(Duration::MAX, 2), (Duration::ZERO, 4)] {
        let folder = tempfile::tempdir().unwrap();
        let mut taken = Tiles::default();
        pictures(&opened.page, folder.path(), &whole, &mut taken, patient)
            .await
            .unwrap();
        assert_eq!((taken.count, taken.height), (tiles, 10_000));
        let mut rows = Vec::new();
        for n in 1..=tiles {
            let tile = folder.path().join(file_name(n, TileFormat::Png));
            rows.extend(image::open(tile).unwrap().to_rgb8().into_raw());
        }
        looks.push(rows);
    }
    assert!(looks[0] == looks[1]);
}

/// Their snapshot is larger than what is held of an answer.
#[tokio::test(flavor = "multi_thread")]
async fn the_words_of_many_rows_are_all_read() {
    let html = "<div id=d></div><script>d.innerHTML = \
                Array.from({length: 20000}, (_, n) => `<p style='margin: 0; height: 20px'>rad ${n} på torget`).join('')</script>";
    let Some(opened) = opened(html).await else {
        return;
    };
    let params = json!({"computedStyles": []});
    let method = "DOMSnapshot.captureSnapshot";
    let fetched = opened
        .page
        .fetch(method, params.clone(), TIME, Some(3 << 20));
    let fetched: Result<(Value, usize), Error> = fetched.await;
    assert!(matches!(fetched, Err(Error::TooLarge { .. })));
    let read = words::read(&opened.page, &[], (1_280, 401_000)).await;
    let words = read.unwrap();
    assert_eq!(words.lines.len(), 20_000);
    assert_eq!(&*words.lines[7_000].text, "rad 7000 på torget");
    assert!((words.lines[7_000].y - 140_008.0).abs() < 20.0);
    assert_eq!(words.text.lines().filter(|l| !l.is_empty()).count(), 20_000);
}
