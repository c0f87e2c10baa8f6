//! Screens that are handed out: pictures with black boxes, without the text that stood under them, and only once a
//! person has looked at them as they are.

use std::io::{Cursor, Read as _};
use std::process::Command;

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use serde_json::{Value, json};

use super::asked::{Asked, Site};
use super::page::{Page, sealed, words};
use super::search::found;
use super::support::judges::{have, judge_schema};

const NAME: &str = "Xöffivzqfl Qäzflorun";
const OTHER: &str = "Vidargrynt Öbsko";
const SECRET: &str = "Barnet har fått en allvarlig diagnos av läkaren i veckan";

/// Squares of any colour but black.
fn squares(width: u32, height: u32, seed: u32) -> RgbImage {
    let colour = |x: u32, y: u32| {
        let state = (x / 16 + y / 16 * 97 + seed).wrapping_mul(2_654_435_761);
        Rgb([(state >> 24) as u8 | 0x80, (state >> 16) as u8 | 0x80, 255])
    };
    RgbImage::from_fn(width, height, colour)
}

fn encoded(image: RgbImage, format: ImageFormat) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    DynamicImage::ImageRgb8(image)
        .write_to(&mut out, format)
        .unwrap();
    out.into_inner()
}

fn asked() -> Asked {
    Asked::of(|_| Site {
        items: vec![
            (
                "Plogning",
                NAME,
                format!("<p>Så sade {NAME} om plogningen av alla gator i tätorten</p>"),
            ),
            ("Skolan", OTHER, format!("<p>{SECRET}</p>")),
            (
                "Badet",
                "Kommunen",
                "<p>Badhuset håller öppet som vanligt under hela sommaren</p>".into(),
            ),
        ],
        ..Site::default()
    })
}

/// Pages that show the first two records, with the name split over pieces, and the third on the last page.
fn page(format: ImageFormat, part: usize) -> Page {
    // A page of A4 is 1,131 pixels high at a width of 800.
    let tiles = [(1_600, 3), (1_400, 5)];
    let tiles = tiles.map(|(high, seed)| encoded(squares(560, high, seed), format));
    Page {
        tiles: tiles.to_vec(),
        words: vec![
            words("Så sade Xöffivz", 100.0, 200.0, 140.0),
            words("qfl", 240.0, 200.0, 30.0),
            words(
                "Qäzflorun om plogningen av alla gator i tätorten",
                100.0,
                226.0,
                420.0,
            ),
            words("@xoeffivzqfl_qaezflorun", 100.0, 252.0, 200.0),
            words(OTHER, 100.0, 1_300.0, 200.0),
            words(
                "Barnet har fått en allvarlig diagnos av",
                100.0,
                1_330.0,
                340.0,
            ),
            words("läkaren i … Visa mer", 100.0, 1_356.0, 200.0),
            words(
                "Badhuset håller öppet som vanligt under",
                100.0,
                2_500.0,
                360.0,
            ),
        ],
        part,
    }
}

fn screen(asked: &Asked, args: &[&str]) -> Value {
    let mut all = vec!["disclosure", "screen", &asked.case];
    all.extend(args);
    asked.archive.data(&all)
}

fn judged(asked: &Asked, command: &str, data: &Value) {
    let told = json!({ "arkivd": 1, "command": command, "data": data, "warnings": [] });
    let file = asked.archive.beside("svar.json");
    std::fs::write(&file, told.to_string()).unwrap();
    judge_schema(&file, "report.schema.json");
}

fn deliver<'a>(asked: &'a Asked, out: &'a str) -> [&'a str; 7] {
    let case = &asked.case;
    [
        "disclosure",
        "deliver",
        case,
        "--form",
        "digitalt",
        "-o",
        out,
    ]
}

fn refused(asked: &Asked, args: &[&str], words: &[&str]) {
    let mut all = vec!["disclosure", "screen", &asked.case];
    all.extend(args);
    asked.archive.run(&all).refuses(1, words);
}

fn decide(asked: &Asked) {
    asked.mask(0, &["--author"]).expect(0);
    let (case, second) = (&asked.case, &asked.ids[1]);
    let withhold = [
        "disclosure",
        "review",
        case,
        second,
        "--withhold",
        "25:1",
        "--reason",
        "Hälsa",
    ];
    asked.archive.run(&withhold).expect(0);
    asked.release(2);
}

/// The pictures of a PDF, in their order.
fn pages_of(pdf: &[u8]) -> Vec<RgbImage> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.pdf");
    std::fs::write(&file, pdf).unwrap();
    let done = Command::new("pdfimages")
        .arg("-png")
        .arg(&file)
        .arg(folder.path().join("p"))
        .status()
        .unwrap();
    assert!(done.success());
    let mut names: Vec<_> = super::support::files(folder.path());
    names.retain(|name| name.extension().is_some_and(|e| e == "png"));
    names.sort();
    let open = |name: &std::path::PathBuf| image::open(name).unwrap().into_rgb8();
    names.iter().map(open).collect()
}

fn in_zip(zip: &[u8], part: &str) -> Vec<(String, Vec<u8>)> {
    let mut zip = zip::ZipArchive::new(Cursor::new(zip)).unwrap();
    let mut all = Vec::new();
    for at in 0..zip.len() {
        let mut entry = zip.by_index(at).unwrap();
        let name = entry.name().unwrap().into_owned();
        if name.contains(part) {
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).unwrap();
            all.push((name, bytes));
        }
    }
    all.sort();
    all
}

fn is_black(image: &RgbImage, x: u32, y: u32) -> bool {
    image.get_pixel(x, y).0.iter().all(|c| *c < 12)
}

/// What is masked, withheld or boxed is neither read nor seen in what is handed out, in each form.
fn handed_out(format: ImageFormat, part: usize) {
    let asked = asked();
    let bag = sealed(&asked.archive, &page(format, part));
    decide(&asked);
    let listed = screen(&asked, &[]);
    let captures = listed["captures"].as_array().unwrap();
    assert_eq!(captures.len(), 1, "{listed}");
    assert_eq!(
        captures[0]["records"].as_array().unwrap().len(),
        3,
        "{listed}"
    );
    assert!(captures[0]["pages"].as_u64() >= Some(3), "{listed}");
    screen(&asked, &[&bag, "--show", "1-2"]);
    let boxed = screen(&asked, &[&bag, "--box", "1:400,700,64,48", "--osl", "21:7"]);
    assert_eq!(boxed["boxes"].as_array().unwrap().len(), 1, "{boxed}");
    let folder = asked.archive.beside("bilder");
    screen(&asked, &["--pictures", folder.to_str().unwrap()]);
    screen(&asked, &["--reviewed"]);

    let secrets = [NAME, OTHER];
    let raw = &page(format, part).tiles[0];
    let (zip, done) = asked.deliver("ut.zip", &[]);
    judged(&asked, "disclosure deliver", &done);
    judged(&asked, "disclosure screen", &boxed);
    judged(
        &asked,
        "disclosure show",
        &asked.archive.data(&["disclosure", "show", &asked.case]),
    );
    let told = found("ut.zip", &zip, &secrets);
    assert!(told.is_empty(), "{told:#?}");
    // Nor the picture as it came: its last image data stand before the checksum and the end.
    let last = &raw[raw.len() - 40..raw.len() - 16];
    assert!(!zip.windows(last.len()).any(|w| w == last));
    let pdfs = in_zip(&zip, "/skärm/");
    assert_eq!(
        pdfs.len(),
        1,
        "{:?}",
        pdfs.iter().map(|p| &p.0).collect::<Vec<_>>()
    );
    assert!(pdfs[0].0.contains("/skärm/0001_2026-11-"), "{}", pdfs[0].0);
    // Two records of a page each, and two pages of the screen; on paper the records share one.
    assert_eq!(done["pages"], 4, "{done}");
    let (paper, on_paper) = asked.deliver("ut.pdf", &[]);
    assert_eq!(on_paper["pages"], 3, "{on_paper}");
    let told = found("ut.pdf", &paper, &secrets[..1]);
    assert!(told.is_empty(), "{told:#?}");
    if !have("pdfimages") {
        return;
    }
    for (what, pictures) in [
        ("digitalt", pages_of(&pdfs[0].1)),
        ("papper", pages_of(&paper)),
    ] {
        assert_eq!(pictures.len(), 2, "{what}");
        let (first, second) = (&pictures[0], &pictures[1]);
        assert_eq!(first.width(), 560, "{what}");
        // The name in its pieces, its handle, the box.
        for (x, y) in [(180, 210), (250, 210), (120, 236), (200, 262), (432, 724)] {
            assert!(is_black(first, x, y), "{what} {format:?}: {x},{y}");
        }
        assert!(
            !is_black(first, 540, 210) && !is_black(first, 432, 800),
            "{what}"
        );
        let top = first.height();
        for (x, y) in [(150, 1_310), (200, 1_340), (140, 1_366)] {
            assert!(is_black(second, x, y - top), "{what} {format:?}: {x},{y}");
        }
        assert!(!is_black(second, 540, 1_340 - top), "{what}");
    }
}

#[test]
fn a_screen_of_png_in_one_part_is_handed_out_black() {
    handed_out(ImageFormat::Png, 500);
}

#[test]
fn a_screen_of_jpeg_is_handed_out_black() {
    handed_out(ImageFormat::Jpeg, 500);
}

#[test]
fn a_screen_in_two_parts_is_handed_out_black() {
    handed_out(ImageFormat::Png, 4);
}

#[test]
fn who_looked_at_a_page_looked_at_it_as_it_was() {
    let asked = asked();
    let bag = sealed(&asked.archive, &page(ImageFormat::Png, 500));
    decide(&asked);
    screen(&asked, &[&bag, "--show", "1,3"]);
    let out = asked.archive.beside("nej.zip").display().to_string();
    let deliver = deliver(&asked, &out);
    let waits = |words: &[&str]| asked.archive.run(&deliver).refuses(1, words);
    waits(&["page 1", "page 3", "--reviewed", &bag]);
    screen(&asked, &["--reviewed"]);
    // Another mask, another box, another choice, another review: each is another page.
    asked.mask(0, &["--words", "plogningen"]).expect(0);
    waits(&["page 1"]);
    screen(&asked, &["--reviewed"]);
    screen(&asked, &[&bag, "--box", "3:0,0,10,10", "--osl", "21:7"]);
    waits(&["page 3"]);
    let preview = asked.archive.beside("utkast.zip").display().to_string();
    let draft = ["disclosure", "preview", &asked.case, "-o", &preview];
    let remarks = asked.archive.data(&draft)["remarks"].to_string();
    assert!(remarks.contains("screen-not-looked-at"), "{remarks}");
    screen(&asked, &["--reviewed"]);
    screen(&asked, &[&bag, "--show", "1-3"]);
    waits(&["page 2"]);
    screen(&asked, &["--reviewed"]);
    let third = [
        "disclosure",
        "review",
        &asked.case,
        &asked.ids[2],
        "--outside",
    ];
    asked.archive.run(&third).expect(0);
    waits(&["page 1"]);
    screen(&asked, &["--reviewed"]);
    let number = screen(&asked, &[])["boxes"][0]["number"].to_string();
    screen(&asked, &["--unbox", &number]);
    waits(&["page 1"]);
    screen(&asked, &["--reviewed"]);
    // The third record is on page 3, and not handed out by itself: that is told, and hinders nothing.
    let done = asked.archive.data(&deliver);
    let told = done["remarks"].to_string();
    assert!(told.contains("screen-shows-others"), "{told}");
}

#[test]
fn a_box_alone_is_a_refusal_in_part() {
    let asked = asked();
    let bag = sealed(&asked.archive, &page(ImageFormat::Png, 500));
    (0..3).for_each(|at| asked.release(at));
    screen(&asked, &[&bag, "--show", "1"]);
    let answer = ["disclosure", "refuse", &asked.case, "--answer"];
    let none = asked.archive.run(&answer);
    none.refuses(1, &["nothing of disclosure", "is refused"]);
    let why = ["--osl", "21:7", "--reason", "Uppgift om hälsa"];
    let black = ["--box", "1:400,700,64,48"];
    screen(&asked, &[&[bag.as_str()], &black[..], &why[..]].concat());
    let told = asked.archive.run(&answer).expect(0).stdout;
    for words in [
        "Bild av en sida så som skärmen visade den",
        "21 kap. 7 §",
        "Uppgift om hälsa",
    ] {
        assert!(told.contains(words), "{told}");
    }
}

#[test]
fn what_cannot_be_chosen_or_boxed_is_refused() {
    let asked = asked();
    let bag = sealed(&asked.archive, &page(ImageFormat::Png, 500));
    decide(&asked);
    refused(&asked, &["--reviewed"], &["no page"]);
    refused(&asked, &[&bag, "--show", "4"], &["page 4", "has 3"]);
    let none = "01900000-0000-7000-8000-000000000000";
    refused(&asked, &[none, "--show", "1"], &[none]);
    let records = asked.archive.bags();
    let records = records
        .iter()
        .map(|b| b.parent().unwrap().file_name().unwrap());
    let records = records
        .map(|b| b.to_str().unwrap())
        .find(|b| *b != bag)
        .unwrap();
    refused(
        &asked,
        &[records, "--show", "1"],
        &["no page capture", records],
    );
    refused(
        &asked,
        &[&bag, "--box", "1:0,0,5,5", "--osl", "21:7"],
        &["not chosen"],
    );
    screen(&asked, &[&bag, "--show", "1"]);
    refused(
        &asked,
        &[&bag, "--box", "1:560,0,5,5", "--osl", "21:7"],
        &["outside", "560"],
    );
    refused(
        &asked,
        &[&bag, "--words", "Bobergsson", "--osl", "21:7"],
        &["stand nowhere"],
    );
    // On the second page, which is not chosen.
    refused(
        &asked,
        &[&bag, "--words", OTHER, "--osl", "21:7"],
        &["stand nowhere"],
    );
    refused(
        &asked,
        &[&bag, "--words", "…", "--osl", "21:7"],
        &["letter"],
    );
    refused(&asked, &["--unbox", "99"], &["no box 99"]);
    let found = screen(&asked, &[&bag, "--words", "TÄTORTEN", "--osl", "21:7"]);
    assert!(
        found["done"].as_str().unwrap().contains("1 place"),
        "{found}"
    );
    let folder = asked.archive.beside("finns");
    std::fs::create_dir(&folder).unwrap();
    let there = folder.to_str().unwrap();
    refused(&asked, &["--pictures", there], &["finns"]);
    screen(&asked, &[&bag, "--drop"]);
    let (zip, _) = asked.deliver("ut.zip", &[]);
    assert!(in_zip(&zip, "/skärm/").is_empty());
}

/// A page of 16,000 pixels in one picture: each page that is handed out shows its own rows.
#[test]
fn a_tall_picture_is_cut_where_its_pages_are() {
    let asked = asked();
    let tall = RgbImage::from_fn(400, 16_000, |_, y| Rgb([(y >> 8) as u8 + 20, y as u8, 200]));
    let page = Page {
        tiles: vec![encoded(tall.clone(), ImageFormat::Png)],
        words: vec![words(
            "Så sade Xöffivzqfl Qäzflorun om",
            10.0,
            15_900.0,
            200.0,
        )],
        part: 500,
    };
    let bag = sealed(&asked.archive, &page);
    decide(&asked);
    let last = screen(&asked, &[])["captures"][0]["pages"].to_string();
    screen(&asked, &[&bag, "--show", &format!("2,{last}")]);
    let folder = asked.archive.beside("bilder");
    screen(&asked, &["--pictures", folder.to_str().unwrap()]);
    let mut names = super::support::files(&folder);
    names.sort();
    assert_eq!(names.len(), 2, "{names:?}");
    let open = |at: usize| image::open(&names[at]).unwrap().into_rgb8();
    let (second, end) = (open(0), open(1));
    let row = |image: &RgbImage, y: u32| image.get_pixel(5, y).0;
    let start = (0..16_000)
        .find(|y| tall.get_pixel(5, *y).0 == row(&second, 0))
        .unwrap();
    for y in [0, 100, second.height() - 1] {
        assert_eq!(row(&second, y), tall.get_pixel(5, start + y).0);
    }
    assert_eq!(row(&end, end.height() - 1), tall.get_pixel(5, 15_999).0);
    assert!(is_black(&end, 100, end.height() - 90));
}

/// A locked capture is not handed out, whatever was chosen before.
#[test]
fn what_an_emergency_locks_is_not_handed_out() {
    let asked = asked();
    let bag = sealed(&asked.archive, &page(ImageFormat::Png, 500));
    decide(&asked);
    screen(&asked, &[&bag, "--show", "1"]);
    screen(&asked, &["--reviewed"]);
    let locked = asked.archive.run(&[
        "removal",
        "emergency",
        "http://x.example/0",
        "--account",
        "blogg",
    ]);
    assert!(locked.code == Some(0) || locked.code == Some(5), "{locked}");
    let out = asked.archive.beside("nej.zip").display().to_string();
    let deliver = deliver(&asked, &out);
    let done = asked.archive.run(&deliver);
    assert_eq!(done.code, Some(1), "{done}");
    assert!(!std::path::Path::new(&out).exists());
}
