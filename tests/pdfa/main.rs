//! posts.pdf as its readers meet it: it conforms, says what was written, and is the same each time.

#![allow(clippy::unwrap_used)]

mod any;
mod emoji;
mod languages;
mod looks;
mod sample;
mod structure;
mod tree;

use std::collections::HashSet;
use std::io::{Error, ErrorKind};
use std::path::Path;
use std::process::Command;

use arkivd::pdfa::{Options, Part, PostsDocument, SystemFonts, Thread, check, typeset_posts};
use arkivd::record::*;
use sample::{Files, empty_document, entry, made, rich_document, text};

/// Set with the program's own fonts alone, whatever this machine has.
fn own_fonts() -> Options {
    Options {
        system_fonts: SystemFonts::none().into(),
        ..Options::default()
    }
}

fn assert_conforms(parts: &[Part]) {
    for part in parts {
        assert_eq!(part.level(), "PDF/A-1a, PDF/UA-1");
        for level in part.levels {
            let violations = check(&part.bytes, *level).unwrap();
            assert!(
                violations.is_empty(),
                "{level} part {}: {violations:?}",
                part.number
            );
        }
    }
}

fn words(part: &Part) -> String {
    let doc = lopdf::Document::load_mem(&part.bytes).unwrap();
    let pages: Vec<u32> = doc.get_pages().into_keys().collect();
    assert_eq!(pages.len(), part.pages);
    doc.extract_text(&pages).unwrap()
}

fn squeezed(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

/// What `pdftotext` reads, hyphens at line ends undone; `None` without the tool.
fn pdftotext(part: &Part) -> Option<String> {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("a.pdf");
    std::fs::write(&file, &part.bytes).unwrap();
    let Ok(out) = Command::new("pdftotext").arg(&file).arg("-").output() else {
        println!("SKIP: no pdftotext");
        return None;
    };
    assert!(out.status.success());
    let text = String::from_utf8(out.stdout).unwrap();
    Some(text.replace("\u{ad}\n", "").replace('\u{ad}', ""))
}

#[test]
fn a_rich_document_conforms_and_says_what_it_could_not_draw() {
    let (doc, files) = rich_document();
    let (typeset, parts) = made(&doc, &files, &own_fonts());
    assert_conforms(&parts);
    assert_eq!(parts.len(), 1);
    let not_drawn: Vec<&str> = typeset
        .pictures_not_drawn
        .iter()
        .map(|(f, _)| f.as_str())
        .collect();
    assert_eq!(
        not_drawn,
        [
            "data/media/avbruten.jpg",
            "data/media/bomb.png",
            "data/media/tom.png",
            "data/media/vektor.svg"
        ]
    );
    assert!(
        typeset.substituted.contains(&('漢', 1)),
        "{:?}",
        typeset.substituted
    );
    assert!(
        !typeset
            .substituted
            .iter()
            .any(|(c, _)| c.is_ascii_graphic() || "åäö☃❄".contains(*c))
    );
    let records: HashSet<_> = typeset.pages.iter().map(|(r, _, _)| r).collect();
    let entries = doc.threads.iter().map(|t| t.entries.len()).sum::<usize>();
    assert_eq!((records.len(), typeset.pages.len()), (entries, entries));
    assert!(
        typeset
            .fonts
            .iter()
            .any(|font| font.name == "NotoSans-Regular" && font.version == "2.004")
    );
}

#[test]
fn no_glyph_of_the_page_is_the_fonts_own_sign_for_missing() {
    let (doc, files) = rich_document();
    let (_, parts) = made(&doc, &files, &Options::default());
    let pdf = lopdf::Document::load_mem(&parts[0].bytes).unwrap();
    for page in pdf.get_pages().into_values() {
        let content = lopdf::content::Content::decode(&pdf.get_page_content(page)).unwrap();
        for op in content.operations.iter().filter(|o| o.operator == "TJ") {
            for item in op.operands[0].as_array().unwrap() {
                if let Ok(string) = item.as_str() {
                    assert!(string.chunks(2).all(|cid| cid != [0, 0]));
                }
            }
        }
    }
}

#[test]
fn without_pictures_each_is_told_in_words() {
    let (doc, files) = rich_document();
    let options = Options {
        pictures: false,
        ..Options::default()
    };
    let (_, parts) = made(&doc, &files, &options);
    assert_conforms(&parts);
    let pdf = lopdf::Document::load_mem(&parts[0].bytes).unwrap();
    let images = pdf.objects.values().filter(|o| {
        o.as_stream().is_ok_and(|s| {
            s.dict
                .get(b"Subtype")
                .and_then(lopdf::Object::as_name)
                .is_ok_and(|n| n == b"Image")
        })
    });
    assert_eq!(images.count(), 0);
    let words = squeezed(&words(&parts[0]));
    assert!(words.contains("snoplog.jpg,") && words.contains("data/media/snoplog.jpg"));
    assert!(words.contains(&squeezed(
        "Bildbeskrivning: En snöplog kör på Storgatan i gryningen."
    )));
}

#[test]
fn an_account_without_posts_is_a_document_too() {
    let (typeset, parts) = made(&empty_document(), &Files::new(), &Options::default());
    assert_conforms(&parts);
    assert_eq!(
        (parts.len(), parts[0].pages, typeset.pages.len()),
        (1, 1, 0)
    );
    assert!(squeezed(&words(&parts[0])).contains("Ingainläggellerkommentarer"));
}

#[test]
fn a_restricted_document_says_so_on_every_page() {
    let (mut doc, files) = rich_document();
    doc.kind = BagKind::RecordsRestricted;
    let (_, parts) = made(&doc, &files, &Options::default());
    assert_conforms(&parts);
    let pdf = lopdf::Document::load_mem(&parts[0].bytes).unwrap();
    for page in pdf.get_pages().into_keys() {
        let words = squeezed(&pdf.extract_text(&[page]).unwrap());
        assert!(
            words.contains(&squeezed("inte sekretessprövad")),
            "page {page}"
        );
    }
}

#[test]
fn the_same_document_has_the_same_bytes() {
    let (doc, files) = rich_document();
    let (_, one) = made(&doc, &files, &Options::default());
    let (_, other) = made(&doc, &files, &Options::default());
    assert!(one[0].bytes == other[0].bytes);
    let mut later = doc.clone();
    later.taken += chrono::TimeDelta::minutes(1);
    let (_, third) = made(&later, &files, &Options::default());
    let id = |p: &Part| {
        lopdf::Document::load_mem(&p.bytes)
            .unwrap()
            .trailer
            .get(b"ID")
            .unwrap()
            .clone()
    };
    assert_eq!(id(&one[0]), id(&other[0]));
    assert_ne!(id(&one[0]), id(&third[0]));
}

fn many_posts(count: u128, letters: usize) -> PostsDocument {
    let mut doc = empty_document();
    doc.threads = (0..count)
        .map(|n| Thread {
            context: None,
            entries: vec![
                entry(
                    n,
                    0,
                    vec![text(&"Ett inlägg om ingenting. ".repeat(letters / 24))],
                ),
                entry(1_000 + n, 1, vec![text("Ett svar.")]),
            ],
        })
        .collect();
    doc
}

#[test]
fn a_document_with_too_many_pages_becomes_parts_that_each_stand_alone() {
    let doc = many_posts(40, 1_500);
    let options = Options {
        max_pages: 5,
        ..Options::default()
    };
    let (typeset, parts) = made(&doc, &Files::new(), &options);
    assert_conforms(&parts);
    assert!(parts.len() > 2);
    assert_eq!(typeset.parts, parts.len());
    for (i, part) in parts.iter().enumerate() {
        assert_eq!((part.number, part.of), (i + 1, parts.len()));
        assert!(part.pages <= 5, "{}", part.pages);
        let words = squeezed(&words(part));
        assert!(words.contains(&format!("Del{}av{}", i + 1, parts.len())));
        assert!(words.contains(&format!("sida{0}av{0}", part.pages)));
    }
    for thread in &doc.threads {
        let places: Vec<_> = thread
            .entries
            .iter()
            .map(|e| {
                typeset
                    .pages
                    .iter()
                    .find(|(r, _, _)| *r == e.record)
                    .unwrap()
                    .1
            })
            .collect();
        assert_eq!(
            places[0], places[1],
            "a post and its answer lie in one part"
        );
    }
}

#[test]
fn as_many_posts_as_a_part_can_hold_keep_their_bookmarks_within_what_readers_follow() {
    let doc = many_posts(700, 24);
    let (_, parts) = made(&doc, &Files::new(), &Options::default());
    assert_conforms(&parts);
    assert_eq!(parts.len(), 1);
}

#[test]
fn a_post_larger_than_a_part_spans_parts_and_loses_no_word() {
    let mut doc = empty_document();
    let words_of = |n: usize| (0..n).map(|i| format!("ord{i}x ")).collect::<String>();
    doc.threads = vec![
        Thread {
            context: None,
            entries: vec![entry(1, 0, vec![text("Före.")])],
        },
        Thread {
            context: None,
            entries: vec![
                entry(2, 0, vec![text(&words_of(6_000))]),
                entry(3, 1, vec![text("Efter.")]),
            ],
        },
    ];
    let options = Options {
        max_pages: 4,
        ..Options::default()
    };
    let (typeset, parts) = made(&doc, &Files::new(), &options);
    assert_conforms(&parts);
    assert!(parts.len() > 3 && parts.iter().all(|p| p.pages <= 4));
    assert_eq!(typeset.pages.len(), 3);
    let all: String = parts.iter().map(words).collect();
    let all = squeezed(&all);
    let lost = (0..6_000).find(|i| !all.contains(&format!("ord{i}x")));
    assert_eq!(lost, None);
}

#[test]
fn a_part_is_closed_before_its_pictures_outgrow_it() {
    let mut doc = empty_document();
    let mut files = Files::new();
    for n in 0..12_u32 {
        let mut post = entry(u128::from(n), 0, vec![]);
        let bytes = sample::written(sample::scene(400, 300, n), image::ImageFormat::Jpeg);
        sample::attach(
            &mut post,
            &mut files,
            &format!("{n}.jpg"),
            MediumKind::Picture,
            bytes,
            None,
            None,
        );
        doc.threads.push(Thread {
            context: None,
            entries: vec![post],
        });
    }
    let one = files.values().map(|b| b.len() as u64).max().unwrap();
    let options = Options {
        max_bytes: 300_000 + one * 3,
        ..Options::default()
    };
    let (_, parts) = made(&doc, &files, &options);
    assert_conforms(&parts);
    assert!(parts.len() >= 3, "{}", parts.len());
    assert!(
        parts
            .iter()
            .all(|p| p.bytes.len() as u64 <= options.max_bytes)
    );
}

#[test]
fn latin_text_is_read_back_as_it_was_written() {
    let source = "Räksmörgås på Ångströms café – ”flygande bäckasiner” söka hwila på mjuka tuvor, 24 % & 3 × 4 € ½ ß Łódź fi ffl.";
    let mut doc = empty_document();
    doc.threads = vec![Thread {
        context: None,
        entries: vec![entry(
            1,
            0,
            vec![text(source), text(&format!("{} 👨‍👩‍👧 🇸🇪", source.repeat(3)))],
        )],
    }];
    let (_, parts) = made(&doc, &Files::new(), &Options::default());
    assert!(squeezed(&words(&parts[0])).contains(&squeezed(source)));
    if let Some(read) = pdftotext(&parts[0]) {
        let read = read.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(read.contains(source), "{read}");
        assert!(read.contains(&source.repeat(3)), "{read}");
        assert!(squeezed(&read).contains("👨‍👩‍👧🇸🇪"), "{read}");
    }
}

#[test]
fn the_words_of_a_document_are_those_agreed_on() {
    let (mut doc, files) = rich_document();
    doc.threads.truncate(2);
    let (_, parts) = made(&doc, &files, &own_fonts());
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pdfa/golden.txt");
    let words = words(&parts[0]);
    if std::env::var_os("ARKIVD_GOLDEN").is_some() {
        std::fs::write(&golden, &words).unwrap();
    }
    assert_eq!(
        words,
        std::fs::read_to_string(golden).unwrap(),
        "set ARKIVD_GOLDEN=1 to agree on new words"
    );
}

#[test]
fn a_picture_that_cannot_be_loaded_stops_the_document_and_is_named() {
    let (doc, _) = rich_document();
    let error = typeset_posts(
        &doc,
        &Options::default(),
        &mut |_| Err(Error::from(ErrorKind::NotFound)),
        &mut |_| Ok(()),
    )
    .unwrap_err();
    assert!(
        error.to_string().contains("data/media/snoplog.jpg"),
        "{error}"
    );
}
