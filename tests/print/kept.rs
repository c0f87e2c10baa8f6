//! Prints that are kept: pages/article.html, hostile.html and wordpress.html as Debian's Chromium printed them, with
//! the fonts of Debian's fonts-noto-core, fonts-noto-cjk, fonts-dejavu and fonts-noto-color-emoji.

use arkivd::pdfa::{Change, Level, PRINT_LEVELS, check, conform, declared};

use crate::judged::{clauses, good, options};

pub const ARTICLE: &[u8] = include_bytes!("kept/article.pdf");
pub const HOSTILE: &[u8] = include_bytes!("kept/hostile.pdf");
pub const WORDPRESS: &[u8] = include_bytes!("kept/wordpress.pdf");

#[test]
fn an_article_reaches_the_highest_level() {
    let printed = good("article", ARTICLE);
    assert_eq!(printed.levels, [Level::A2a, Level::Ua1]);
    assert_eq!((printed.pages, &printed.changes[..]), (2, &[][..]));
    // As the browser wrote it, it reaches none.
    assert!(!check(ARTICLE, Level::A2b).unwrap().is_empty());
}

#[test]
fn the_file_says_of_itself_what_it_was_told() {
    let printed = good("article", ARTICLE);
    let doc = lopdf::Document::load_mem(&printed.bytes).unwrap();
    let info = doc.trailer.get(b"Info").unwrap().as_reference().unwrap();
    let info = doc.get_dictionary(info).unwrap();
    let text = |key: &[u8]| lopdf::decode_text_string(info.get(key).unwrap()).unwrap();
    assert_eq!(text(b"Title"), "Räksmörgås kommun");
    assert_eq!(text(b"Subject"), "https://www.example.se/");
    assert_eq!(text(b"Creator"), "arkivd 0");
    assert_eq!(text(b"Producer"), "arkivd 0 (lopdf, Chrome/148)");
    assert_eq!(text(b"CreationDate"), "D:20270115080000+00'00'");
    assert!(printed.bytes.starts_with(b"%PDF-1.7\n"));
    let catalog = doc.catalog().unwrap();
    assert_eq!(catalog.get(b"Lang").unwrap().as_str().unwrap(), b"sv");
    let whole = String::from_utf8_lossy(&printed.bytes);
    assert!(!whole.contains("HeadlessChrome") && !whole.contains("Skia"));
}

#[test]
fn the_same_print_gives_the_same_bytes() {
    let [one, other] = [(); 2].map(|()| conform(HOSTILE, &options()).unwrap().bytes);
    assert_eq!(one, other);
    let mut later = options();
    later.created += chrono::TimeDelta::seconds(1);
    assert_ne!(conform(HOSTILE, &later).unwrap().bytes, one);
}

#[test]
fn a_hostile_page_says_why_it_reaches_no_more() {
    let printed = good("hostile", HOSTILE);
    assert_eq!(printed.levels, [Level::A2u]);
    assert_eq!(
        clauses(&printed),
        ["6.2.11.7.3:1", "7.3:1", "7.4.2:1", "7.4.4:2"]
    );
    let first = &printed.reasons[0];
    assert_eq!(first.level, Level::A2a);
    assert!(first.message.contains("Private Use Area"), "{first}");
    let changes = [
        (Change::MissingGlyph, 6),
        (Change::DeadLink, 3),
        (Change::Language, 2),
        (Change::Character, 2),
    ];
    assert_eq!(printed.changes, changes);
    let whole = String::from_utf8_lossy(&printed.bytes);
    assert!(!whole.contains("/URI <6A617661") && !whole.contains("/URI (java"));
}

#[test]
fn a_lower_level_is_declared_where_it_is_asked_for() {
    for (place, levels) in PRINT_LEVELS.iter().enumerate() {
        let mut options = options();
        options.levels = &PRINT_LEVELS[place..];
        let printed = conform(ARTICLE, &options).unwrap();
        assert_eq!(printed.levels, *levels);
        assert!(printed.reasons.is_empty());
        assert_eq!(declared(&printed.bytes).unwrap(), *levels);
    }
}

#[test]
fn headings_out_of_order_keep_a_page_from_ua_1_alone() {
    let printed = good("wordpress", WORDPRESS);
    assert_eq!(printed.levels, [Level::A2a]);
    assert_eq!(clauses(&printed), ["7.4.2:1"]);
}

#[test]
fn headings_become_bookmarks_and_links_lead_on() {
    let printed = good("article", ARTICLE);
    let doc = lopdf::Document::load_mem(&printed.bytes).unwrap();
    let dicts = || doc.objects.values().filter_map(|o| o.as_dict().ok());
    let titles = dicts().filter(|d| d.has(b"Dest") && d.has(b"Title"));
    let mut titles: Vec<String> = titles
        .map(|d| lopdf::decode_text_string(d.get(b"Title").unwrap()).unwrap())
        .collect();
    titles.sort();
    let expected = [
        "Bilder",
        "Perioder",
        "Sommarjobb i Räksmörgås kommun",
        "Så söker du",
    ];
    assert_eq!(titles, expected);
    let told = dicts()
        .filter_map(|d| d.get(b"Contents").ok())
        .filter_map(|c| lopdf::decode_text_string(c).ok());
    let told: Vec<String> = told.collect();
    let link = "Länk till https://www.example.se/jobb?%C3%A5r=2026";
    assert_eq!(told.iter().filter(|t| *t == link).count(), 2, "{told:?}");
}
