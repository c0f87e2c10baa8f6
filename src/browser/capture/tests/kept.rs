//! What is kept of a page: pictures, words in their places, print, traffic; and what is said to be lacking.

use super::*;

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
async fn what_the_page_lacks_is_said_and_what_never_comes_is_not_waited_for() {
    let Some((slow, broken)) = look_at_both("/slow", "/broken", |_| ()).await else {
        return;
    };
    let page = &slow.page;
    assert_eq!(page.outcome, PageOutcome::Partial, "{page:?}");
    let is_stuck = |g: &&Gap| matches!(g.reason, GapReason::Stuck { seconds } if seconds >= 3);
    let stuck: Vec<&Gap> = page.gaps.iter().filter(is_stuck).collect();
    assert_eq!(stuck.len(), 1, "{page:?}");
    assert!(stuck[0].what.ends_with("/never.png"), "{stuck:?}");
    assert_eq!(slow.text(), "text\n");

    let page = &broken.page;
    assert_eq!(page.outcome, PageOutcome::Partial, "{page:?}");
    let gap = |of: &str| {
        page.gaps
            .iter()
            .find(|g| g.what.ends_with(of))
            .map(|g| &g.reason)
    };
    assert!(
        matches!(gap("/broken"), Some(GapReason::Unreachable { .. })),
        "{page:?}"
    );
    assert_eq!(
        gap("10.0.0.1:8080"),
        Some(&GapReason::InsideNetwork),
        "{page:?}"
    );
    assert_eq!(broken.text(), "början\n");
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
        looked.names().contains(&"tile-0008.png".to_owned()),
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
    // The server had it; what the page writes of it is overwritten, letter by letter.
    assert!(text.contains("kaka=sid=xxxxxxxxxxx"), "{text}");
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
