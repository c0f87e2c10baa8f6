//! The words laid over the picture, as readers copy and find them.

use std::process::Command;

use arkivd::pdfa::TextBox;
use image::DynamicImage;
use serde_json::Value;

use crate::pictures::{good, only, options, png_of, screenshot, text};
use crate::readers::{in_file, run};

const WORDS: &[&str] = &[
    "Åsa",
    "kommunfullmäktige",
    "öö",
    "Sääsuoja",
    "Čáhcesuolu",
    "Ελληνικά",
    "Привіт",
    "العربية",
    "السلام",
    "فارسی",
    "שלום",
    "مَرْحَبًا",
    "ไทย",
    "中文",
    "日本語",
    "한국어",
    "हिन्दी",
    "ትግርኛ",
    "😀",
    "👩‍🚒",
    "👨‍👩‍👧",
    "🇸🇪",
    "e\u{301}",
    "𝐟𝐚𝐧𝐜𝐲",
    "a(b)c",
    "12%",
    "ffi",
    "x",
];

/// Each word in a box of its own, on a picture of two pages.
fn placed() -> Vec<TextBox> {
    let place = |(i, word): (usize, &&str)| {
        let (x, y) = (20.0 + (i % 3) as f64 * 250.0, 30.0 + (i / 3) as f64 * 130.0);
        text(word, x, y, 100.0, 18.0)
    };
    WORDS.iter().enumerate().map(place).collect()
}

fn made(boxes: &[TextBox]) -> Vec<u8> {
    let picture = png_of(&DynamicImage::ImageRgb8(screenshot(800, 1_400)));
    let screen = good(&[picture], boxes, &options());
    assert_eq!(screen.boxes_left_out, 0);
    only(&screen).out.clone()
}

/// Poppler tells which way text runs by these.
fn without_directions(text: &str) -> String {
    text.replace(['\u{202a}', '\u{202b}', '\u{202c}'], "")
}

#[test]
fn poppler_copies_what_was_given() {
    let (_dir, file) = in_file(&made(&placed()));
    let Some(out) = run("pdftotext", &[file.to_str().unwrap(), "-"]) else {
        return;
    };
    let copied = without_directions(&String::from_utf8(out.stdout).unwrap());
    let mut copied: Vec<&str> = copied.split_whitespace().collect();
    let mut given = WORDS.to_vec();
    copied.sort_unstable();
    given.sort_unstable();
    assert_eq!(copied, given);
}

const PARAGRAPH: &str = "Kommunen tillhandahåller uppgifter\nom tillgängliga förskoleplatser, attraktiva\n\
     bostäder och grannskap för alla kommuninnevånare.\nVälkommen till Tibro, möbelriket!";

/// What poppler copies of one box of that size.
fn copied(words: &str, width: f64, height: f64) -> Option<String> {
    let (_dir, file) = in_file(&made(&[text(words, 10.0, 10.0, width, height)]));
    let out = run("pdftotext", &[file.to_str().unwrap(), "-"])?;
    Some(String::from_utf8(out.stdout).unwrap())
}

#[test]
fn a_paragraph_in_one_box_comes_back_whole() {
    let one_line = PARAGRAPH.replace('\n', " ");
    for (words, width, height) in [
        (PARAGRAPH, 500.0, 96.0),
        (&PARAGRAPH.replace('\n', "\r\n\r\n"), 500.0, 96.0),
        (&one_line, 500.0, 96.0),
        (&one_line, 300.0, 300.0),
        (&one_line.repeat(10), 500.0, 500.0),
        ("illvilja lilla", 9.0, 90.0),
    ] {
        let Some(copied) = copied(words, width, height) else {
            return;
        };
        let given: Vec<&str> = words.split_whitespace().collect();
        let copied: Vec<&str> = copied.split_whitespace().collect();
        assert_eq!(copied, given, "{width} x {height}");
    }
}

#[test]
fn lines_of_a_box_stay_lines() {
    let Some(copied) = copied(PARAGRAPH, 500.0, 96.0) else {
        return;
    };
    assert_eq!(copied.trim(), PARAGRAPH);
}

#[test]
fn boxes_of_odd_sizes_make_a_document_all_the_same() {
    let long = "ord ".repeat(20_000);
    let broken = "\n".repeat(20_000) + "a" + &"\n".repeat(20_000) + "b";
    for (words, width, height) in [
        ("i", 700.0, 0.1),
        ("i", 0.1, 700.0),
        ("i", 700.0, 700.0),
        (&long, 10.0, 10.0),
        (&broken, 10.0, 10.0),
    ] {
        // `good` holds it against PDF/A-1b.
        made(&[text(words, 10.0, 10.0, width, height)]);
    }
}

#[test]
fn poppler_finds_words_where_they_stand() {
    let boxes = placed();
    let (_dir, file) = in_file(&made(&boxes));
    let Some(out) = run("pdftotext", &["-bbox", file.to_str().unwrap(), "-"]) else {
        return;
    };
    let out = String::from_utf8(out.stdout).unwrap();
    let doc = lopdf::Document::load(&file).unwrap();
    let heights: Vec<f64> = crate::readers::page_heights(&std::fs::read(&file).unwrap(), 800)
        .iter()
        .map(|h| f64::from(*h))
        .collect();
    assert_eq!(doc.get_pages().len(), 2);
    let (mut page, mut top, mut found) = (0, 0.0, 0);
    let mut scale = 1.0;
    for line in out.lines() {
        let value = |name: &str| -> f64 {
            let (_, rest) = line.split_once(&format!("{name}=\"")).unwrap();
            rest.split_once('"').unwrap().0.parse().unwrap()
        };
        if line.contains("<page ") {
            if page > 0 {
                top += heights[page - 1];
            }
            page += 1;
            scale = 800.0 / value("width");
        } else if line.contains("<word ") {
            let sides = ["xMin", "yMin", "xMax", "yMax"].map(|n| value(n) * scale);
            let near = boxes.iter().any(|b| {
                let wanted = [b.x, b.y - top, b.x + b.width, b.y - top + b.height];
                sides
                    .iter()
                    .zip(wanted)
                    .all(|(is, wanted)| (is - wanted).abs() < 0.5)
            });
            assert!(near, "page {page}: {line}");
            found += 1;
        }
    }
    assert_eq!(found, WORDS.len());
}

/// Reads the file with pdfium: the text of each page, and where each word is marked that its search finds.
const PDFIUM: &str = r#"
import json, sys
import pypdfium2
pages, found = [], []
for number, page in enumerate(pypdfium2.PdfDocument(sys.argv[1])):
    text = page.get_textpage()
    width, height = page.get_size()
    scale = 800 / width
    pages.append(text.get_text_bounded())
    for word in json.loads(sys.argv[2]):
        search = text.search(word, match_case=True)
        while hit := search.get_next():
            text.count_rects(*hit)
            left, bottom, right, top = text.get_rect(0)
            found.append([word, number, left * scale, (height - top) * scale, right * scale, (height - bottom) * scale])
print(json.dumps({"pages": pages, "found": found}))
"#;

fn pdfium(bytes: &[u8]) -> Option<Value> {
    let (_dir, file) = in_file(bytes);
    let checks = std::env::var("ARKIVD_CHECKS").map_or("target/checks".into(), |c| c);
    let python = format!("{checks}/venv/bin/python");
    let words = serde_json::to_string(WORDS).unwrap();
    let out = Command::new(python)
        .args(["-c", PDFIUM])
        .arg(file)
        .arg(words)
        .output();
    match out {
        Ok(out) if out.status.success() => Some(serde_json::from_slice(&out.stdout).unwrap()),
        Ok(out) if !String::from_utf8_lossy(&out.stderr).contains("No module named") => {
            panic!("{}", String::from_utf8_lossy(&out.stderr))
        }
        _ => {
            println!("SKIP: no pypdfium2 in {checks}/venv");
            None
        }
    }
}

#[test]
fn pdfium_copies_and_finds_what_was_given() {
    let boxes = placed();
    let bytes = made(&boxes);
    let Some(read) = pdfium(&bytes) else { return };
    let pages = read["pages"].as_array().unwrap();
    // Words from right to left that stand beside each other are read in that order.
    let mut copied: Vec<&str> = pages
        .iter()
        .flat_map(|p| p.as_str().unwrap().split_whitespace())
        .collect();
    let mut written = WORDS.to_vec();
    copied.sort_unstable();
    written.sort_unstable();
    assert_eq!(copied, written);
    let heights = crate::readers::page_heights(&bytes, 800);
    for (word, given) in WORDS.iter().zip(&boxes) {
        // pdfium's search knows no characters beyond the first 65,536.
        if word.chars().any(|c| u32::from(c) > 0xffff) {
            continue;
        }
        let hits = read["found"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|f| f[0] == *word);
        let near = hits.into_iter().any(|hit| {
            let side = |i: usize| hit[i].as_f64().unwrap();
            let top = if hit[1] == 0 {
                0.0
            } else {
                f64::from(heights[0])
            };
            let wanted = [
                given.x,
                given.y - top,
                given.x + given.width,
                given.y - top + given.height,
            ];
            (2..6)
                .zip(wanted)
                .all(|(i, wanted)| (side(i) - wanted).abs() < 1.0)
        });
        assert!(near, "{word} is not marked where it stands");
    }
}

#[test]
fn lines_of_text_are_copied_whole() {
    let lines = [
        "Nya öppettider på biblioteket från den 1 december.",
        "Läs mer: https://www.tibro.se/öppet?a=1&b=2",
        "Kirjasto on auki – Бібліотека відкрита – Η βιβλιοθήκη",
        "مكتبة البلدية مفتوحة",
    ];
    let boxes: Vec<TextBox> = lines
        .iter()
        .enumerate()
        .map(|(i, line)| text(line, 30.0, 40.0 + 50.0 * i as f64, 600.0, 20.0))
        .collect();
    let bytes = made(&boxes);
    let (_dir, file) = in_file(&bytes);
    let Some(out) = run("pdftotext", &["-layout", file.to_str().unwrap(), "-"]) else {
        return;
    };
    let copied = without_directions(&String::from_utf8(out.stdout).unwrap());
    let copied: Vec<&str> = copied
        .lines()
        .map(str::trim)
        .filter(|l| !l.is_empty())
        .collect();
    assert_eq!(copied[..4], lines);
    let Some(read) = pdfium(&bytes) else { return };
    let page = read["pages"][0].as_str().unwrap();
    for line in &lines[..3] {
        assert!(page.contains(line), "{line:?} in {page:?}");
    }
}

#[test]
fn a_box_on_the_cut_goes_where_most_of_it_lies() {
    let heights = crate::readers::page_heights(&made(&[]), 800);
    let cut = f64::from(heights[0]);
    let bytes = made(&[
        text("upptill", 50.0, cut - 14.0, 90.0, 20.0),
        text("nedtill", 50.0, cut - 6.0, 90.0, 20.0),
    ]);
    let (_dir, file) = in_file(&bytes);
    for (page, word) in [("1", "upptill"), ("2", "nedtill")] {
        let args = ["-f", page, "-l", page, file.to_str().unwrap(), "-"];
        let Some(out) = run("pdftotext", &args) else {
            return;
        };
        assert_eq!(String::from_utf8(out.stdout).unwrap().trim(), word);
    }
}

#[test]
fn very_long_text_and_very_many_characters_keep_to_the_limits() {
    let long = "Öppettider är ".repeat(8_000);
    let every: String = (0x20..0x2_0000)
        .filter_map(char::from_u32)
        .filter(|c| {
            !c.is_control() && *c != '\u{feff}' && !matches!(u32::from(*c), 0xfdd0..=0xfdef)
        })
        .filter(|c| u32::from(*c) & 0xfffe != 0xfffe)
        // These end a line.
        .filter(|c| !matches!(c, '\u{2028}' | '\u{2029}'))
        .collect();
    let boxes = [
        text(&long, 10.0, 10.0, 700.0, 20.0),
        text(&every, 10.0, 60.0, 700.0, 20.0),
    ];
    let bytes = made(&boxes);
    let doc = lopdf::Document::load_mem(&bytes).unwrap();
    let page = doc.get_pages()[&1];
    let content = doc.get_page_content(page);
    let strings = content.split(|b| *b == b'<').skip(1);
    let sizes: Vec<usize> = strings
        .map(|s| s.iter().take_while(|b| **b != b'>').count() / 2)
        .collect();
    assert!(sizes.iter().all(|s| *s <= 65_535), "{sizes:?}");
    let letters = long.chars().count() + every.chars().count();
    assert_eq!(sizes.iter().sum::<usize>(), 2 * letters);
    assert!(doc.get_page_fonts(page).unwrap().len() >= 2);
}

#[test]
fn many_boxes_are_laid_in_little_time() {
    let words: Vec<TextBox> = (0..100_000)
        .map(|i| {
            let (x, y) = (f64::from(i % 100) * 8.0, f64::from(i / 100) * 1.39);
            text("ord", x, y, 7.0, 1.3)
        })
        .collect();
    made(&words);
}
