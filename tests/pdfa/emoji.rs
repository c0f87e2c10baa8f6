//! Emoji: seen in colour where Debian's emoji font is installed, and read back as they were written either way.

use std::collections::HashSet;
use std::path::Path;

use arkivd::pdfa::{Options, Thread};
use arkivd::record::{Block, Span};
use emojis::{Emoji, EmojiVersion};
use lopdf::{Document, Object};

use super::languages::{document, extracted, keep};
use super::sample::{Files, entry, text};
use super::{assert_conforms, made, own_fonts};

const FONT: &str = "NotoColorEmoji";

fn font_is_there() -> bool {
    let there = Path::new("/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf").exists();
    if !there {
        println!("SKIP: no fonts-noto-color-emoji");
    }
    there
}

/// All of Unicode 16, with all skin tones, so many to a line, among words.
fn lines(a_line: usize) -> Vec<String> {
    let toned = |e: &'static Emoji| -> Vec<&'static Emoji> {
        let all = e.skin_tones();
        all.map_or_else(|| vec![e], Iterator::collect)
    };
    let known = |e: &&Emoji| e.emoji_version() <= EmojiVersion::new(16, 0);
    let all = emojis::iter().flat_map(toned).filter(known);
    let all: Vec<&str> = all.map(Emoji::as_str).collect();
    assert!(all.len() > 3_700, "{}", all.len());
    // A line of nothing but signs, each by itself, poppler takes for one widely spaced word.
    let line = |some: &[&str]| format!("Rad med {} slut", some.join(" "));
    all.chunks(a_line).map(line).collect()
}

/// Image XObjects of the file, and their bytes.
fn images(bytes: &[u8]) -> (usize, usize) {
    let pdf = Document::load_mem(bytes).unwrap();
    let streams = pdf.objects.values().filter_map(|o| o.as_stream().ok());
    let images =
        streams.filter(|s| s.dict.get(b"Subtype").and_then(Object::as_name).ok() == Some(b"Image"));
    images.fold((0, 0), |(n, size), s| (n + 1, size + s.content.len()))
}

#[test]
fn every_emoji_is_read_back_exactly_in_colour_and_without() {
    let lines = lines(18);
    let table: Vec<(&str, &str)> = lines.iter().map(|l| ("rad", l.as_str())).collect();
    let doc = document(&table);
    for options in [Options::default(), own_fonts()] {
        let coloured = !options.system_fonts.folders().is_empty();
        if coloured && !font_is_there() {
            continue;
        }
        let start = std::time::Instant::now();
        let (typeset, parts) = made(&doc, &Files::new(), &options);
        let (count, size) = images(&parts[0].bytes);
        println!(
            "{} emoji pictures, {size} bytes, file {} bytes, {:.2} s",
            count,
            parts[0].bytes.len(),
            start.elapsed().as_secs_f64()
        );
        assert_conforms(&parts);
        keep(if coloured { "emoji" } else { "emoji-mono" }, &parts);
        assert_eq!(typeset.substituted, []);
        assert_eq!(typeset.fonts.iter().any(|f| f.name == FONT), coloured);
        assert_eq!(count > 3_500, coloured, "{count}");
        for (reader, read) in extracted(&parts[0].bytes) {
            let read: HashSet<&str> = read.lines().map(str::trim).collect();
            let lost: Vec<&String> = lines
                .iter()
                .filter(|l| !read.contains(l.as_str()))
                .collect();
            assert_eq!(
                lost,
                Vec::<&String>::new(),
                "{reader}, coloured: {coloured}"
            );
        }
    }
}

#[test]
fn emoji_stand_in_every_kind_of_text() {
    if !font_is_there() {
        return;
    }
    let plain = |words: &str| vec![Span::plain(words)];
    let linked = Span {
        link: Some("https://tibro.example/".to_owned()),
        bold: true,
        ..Span::plain("länk 🏊🏽‍♀️ hit")
    };
    let body = vec![
        Block::Heading {
            level: 2,
            spans: plain("Rubrik 🎉"),
        },
        Block::Paragraph {
            spans: vec![Span::plain("Tack ❤️ till alla👍🏽! "), linked],
        },
        Block::Quote {
            spans: plain("Citat 🇸🇪🇫🇮 e\u{301}😀q\u{323}\u{307} slut"),
        },
        Block::ListItem {
            depth: 0,
            number: Some(1),
            spans: plain("punkt ⚽ och ☃ och ⚽\u{fe0e}"),
        },
        Block::Preformatted {
            text: "förformaterat 👨‍👩‍👧‍👦 text".to_owned(),
        },
        Block::TableRow {
            header: true,
            cells: vec![plain("cell 1️⃣"), plain("tom")],
        },
        Block::TableRow {
            header: false,
            cells: vec![plain("cell 🏴󠁧󠁢󠁷󠁬󠁳󠁿"), plain("okänd \u{e000}")],
        },
        text("مرحبا 👩‍🚒 بكم"),
    ];
    let mut doc = document(&[]);
    doc.account_name = "Tibrobloggen 🌲".to_owned();
    doc.threads.push(Thread {
        context: None,
        entries: vec![entry(1, 0, body)],
    });
    let (typeset, parts) = made(&doc, &Files::new(), &Options::default());
    assert_conforms(&parts);
    keep("emoji-kinds", &parts);
    assert_eq!(typeset.substituted, [('\u{e000}', 1)]);
    let (count, _) = images(&parts[0].bytes);
    assert_eq!(count, 13, "each once, though the name stands on every page");
    let expected = [
        "Rubrik 🎉",
        "Tack ❤️ till alla👍🏽! länk 🏊🏽‍♀️ hit",
        "Citat 🇸🇪🇫🇮 e\u{301}😀q\u{323}\u{307} slut",
        "punkt ⚽ och ☃ och ⚽\u{fe0e}",
        "förformaterat 👨‍👩‍👧‍👦 text",
        "cell 1️⃣",
        "cell 🏴󠁧󠁢󠁷󠁬󠁳󠁿",
    ];
    for (reader, read) in extracted(&parts[0].bytes) {
        for words in expected {
            assert!(read.contains(words), "{reader}: {words} in {read}");
        }
        // Pdfium turns the halves of a surrogate pair around too (docs/format.md).
        let turned = reader == "poppler";
        assert_eq!(read.contains("مرحبا 👩‍🚒 بكم"), turned, "{reader}");
    }
}

/// What a part holds is counted before it is written, the pictures of emoji too.
#[test]
fn a_part_is_closed_before_its_emoji_outgrow_it() {
    if !font_is_there() {
        return;
    }
    let lines = lines(18);
    let table: Vec<(&str, &str)> = lines.iter().take(60).map(|l| ("rad", l.as_str())).collect();
    let doc = document(&table);
    let options = Options {
        max_bytes: 1_500_000,
        ..Options::default()
    };
    let (_, parts) = made(&doc, &Files::new(), &options);
    assert!(parts.len() > 1);
    for part in &parts {
        let size = part.bytes.len() as u64;
        assert!(size <= options.max_bytes, "part {}: {size}", part.number);
    }
}
