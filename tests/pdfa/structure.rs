//! posts.pdf as a screen reader meets it: all content has its element, in the order people read it, and back.

use std::collections::HashSet;

use arkivd::pdfa::{Context, Level, Options, Thread, check};
use arkivd::record::{Block, Span};
use lopdf::{Document, Object, ObjectId};

use super::sample::{self, Files, empty_document, entry, rich_document, text};
use super::tree::{Kid, assert_headings_step_by_step, read};
use super::{made, many_posts};

#[test]
fn every_piece_of_a_rich_document_has_its_element_and_back() {
    let (doc, files) = rich_document();
    let (_, parts) = made(&doc, &files, &Options::default());
    let read = read(&parts[0].bytes);
    read.assert_whole();
    assert_headings_step_by_step(&read.levels());
    let entries: usize = doc.threads.iter().map(|t| t.entries.len()).sum();
    let contexts = doc.threads.iter().filter(|t| t.context.is_some()).count();
    assert_eq!(read.count("/Art"), entries + contexts);
    assert!(read.count("/LBody/L/LI/LBody") > 0, "a list in a list");
    assert!(read.count("/BlockQuote/P") > 0);
    assert!(read.count("/Figure/Caption") > 0);
    for (path, id) in &read.elements {
        let element = read.element(*id);
        if path.ends_with("/Figure") {
            let alt = element.get(b"Alt").and_then(Object::as_str).unwrap();
            assert!(alt.len() >= 4);
            let layout = element.get(b"A").and_then(Object::as_dict).unwrap();
            assert!(layout.has(b"BBox"));
        }
        if path.ends_with("/TH") {
            let table = element.get(b"A").and_then(Object::as_dict).unwrap();
            assert!(table.has(b"Scope"));
        }
    }
}

#[test]
fn a_picture_without_description_says_its_file_and_size() {
    let mut doc = empty_document();
    let mut files = Files::new();
    let mut post = entry(1, 0, vec![]);
    let bytes = sample::written(sample::scene(40, 30, 1), image::ImageFormat::Png);
    sample::attach(
        &mut post,
        &mut files,
        "bild.png",
        arkivd::record::MediumKind::Picture,
        bytes,
        None,
        None,
    );
    doc.threads = vec![Thread {
        context: None,
        entries: vec![post],
    }];
    let (_, parts) = made(&doc, &files, &Options::default());
    let read = read(&parts[0].bytes);
    let figure = read.elements.iter().find(|(p, _)| p.ends_with("/Figure"));
    let alt = read.element(figure.unwrap().1).get(b"Alt").unwrap();
    let alt = String::from_utf8_lossy(alt.as_str().unwrap()).into_owned();
    assert!(
        alt.starts_with("Bild utan beskrivning: filen bild.png, "),
        "{alt}"
    );
}

#[test]
fn an_answer_stands_within_what_it_answers() {
    let mut doc = empty_document();
    let of = |n, depth| entry(n, depth, vec![text("Ord.")]);
    doc.threads = vec![
        Thread {
            context: None,
            entries: vec![of(1, 0), of(2, 1), of(3, 2), of(4, 1)],
        },
        Thread {
            context: Some(Context {
                text: "Något.".into(),
                ..Context::default()
            }),
            entries: vec![of(5, 1)],
        },
    ];
    let (_, parts) = made(&doc, &Files::new(), &Options::default());
    let read = read(&parts[0].bytes);
    read.assert_whole();
    let articles = read.elements.iter().filter(|(p, _)| p.ends_with("/Art"));
    let depths: Vec<usize> = articles.map(|(p, _)| p.matches("/Art").count()).collect();
    assert_eq!(depths, [1, 2, 3, 2, 1, 2]);
    assert_eq!(&read.levels()[3..], [2, 3, 3, 3, 2, 3]);
}

#[test]
fn a_paragraph_over_many_pages_is_one_element() {
    let mut doc = empty_document();
    let long = "Ett mycket långt inlägg om snö. ".repeat(600);
    doc.threads = vec![Thread {
        context: None,
        entries: vec![entry(1, 0, vec![text(&long)])],
    }];
    let (_, parts) = made(&doc, &Files::new(), &Options::default());
    let read = read(&parts[0].bytes);
    read.assert_whole();
    let pages = |id: &ObjectId| {
        let kids = read.kids(*id);
        kids.iter()
            .filter_map(|k| match k {
                Kid::Content(page, _) => Some(*page),
                _ => None,
            })
            .collect::<HashSet<_>>()
            .len()
    };
    let most = read.elements.iter().map(|(_, id)| pages(id)).max();
    assert!(most.unwrap() >= 5, "{most:?}");
}

#[test]
fn a_link_over_two_lines_is_one_link_with_two_areas() {
    let mut doc = empty_document();
    let span = Span {
        link: Some("https://www.tibro.example/".into()),
        ..Span::plain(
            "en länk vars ord inte får plats på en enda rad "
                .repeat(3)
                .trim(),
        )
    };
    let spans = vec![Span::plain("Läs "), span, Span::plain(" i dag.")];
    let mut post = entry(1, 0, vec![Block::Paragraph { spans }]);
    post.permalink = None;
    doc.threads = vec![Thread {
        context: None,
        entries: vec![post],
    }];
    let (_, parts) = made(&doc, &Files::new(), &Options::default());
    let read = read(&parts[0].bytes);
    read.assert_whole();
    let links = read
        .elements
        .iter()
        .filter(|(p, _)| p.ends_with("/Art/P/Link"));
    let areas: Vec<usize> = links
        .map(|(_, id)| {
            let kids = read.kids(*id);
            kids.iter()
                .filter(|k| matches!(k, Kid::Annotation(_)))
                .count()
        })
        .collect();
    assert_eq!(areas, [2]);
}

#[test]
fn ten_posts_need_no_table_of_contents_and_eleven_have_one_that_leads_to_them() {
    let (_, parts) = made(&many_posts(10, 240), &Files::new(), &Options::default());
    assert_eq!(read(&parts[0].bytes).count("/TOCI"), 0);
    let doc = many_posts(120, 2_400);
    let (typeset, parts) = made(&doc, &Files::new(), &Options::default());
    let read = read(&parts[0].bytes);
    read.assert_whole();
    assert_eq!(read.count("/TOC/TOCI/Reference/Link"), 120);
    let links = read
        .elements
        .iter()
        .filter(|(p, _)| p.ends_with("/TOCI/Reference/Link"));
    for ((_, id), thread) in links.zip(&doc.threads) {
        let record = thread.entries[0].record;
        let place = typeset.pages.iter().find(|(r, _, _)| *r == record);
        let kids = read.kids(*id);
        let areas = kids.iter().filter_map(|k| match k {
            Kid::Annotation(a) => Some(*a),
            _ => None,
        });
        let area = areas.into_iter().next().unwrap();
        let to = read.pdf.get_dictionary(area).unwrap().get(b"Dest").unwrap();
        let to = to.as_array().unwrap()[0].as_reference().unwrap();
        assert_eq!(read.pages[place.unwrap().2 - 1], to);
    }
}

#[test]
fn a_table_of_contents_counts_among_the_pages_of_each_part() {
    let options = Options {
        max_pages: 7,
        ..Options::default()
    };
    let (_, parts) = made(&many_posts(200, 240), &Files::new(), &options);
    assert!(parts.len() > 3);
    let mut posts = 0;
    for part in &parts {
        assert!(part.pages <= 7, "{}", part.pages);
        let read = read(&part.bytes);
        read.assert_whole();
        assert_headings_step_by_step(&read.levels());
        posts += read.count("/TOCI");
    }
    assert_eq!(posts, 200);
}

#[test]
fn a_part_is_no_larger_than_it_may_be_with_its_structure() {
    let options = Options {
        max_bytes: 500_000,
        ..Options::default()
    };
    let mut doc = many_posts(400, 24);
    for (n, thread) in doc.threads.iter_mut().enumerate() {
        let cells = (0..6).map(|c| vec![Span::plain(format!("{c}"))]).collect();
        let link = Span {
            link: Some(format!("https://a.example/{n}")),
            ..Span::plain("här")
        };
        thread.entries[0].content.body.extend([
            Block::TableRow {
                header: false,
                cells,
            },
            Block::Paragraph {
                spans: vec![Span::plain("Läs "), link],
            },
            Block::ListItem {
                depth: 0,
                number: Some(1),
                spans: vec![Span::plain("Ett")],
            },
        ]);
    }
    let (_, parts) = made(&doc, &Files::new(), &options);
    assert!(parts.len() > 1);
    for part in &parts {
        assert!(part.bytes.len() <= 500_000, "{}", part.bytes.len());
    }
    super::assert_conforms(&parts);
}

#[test]
fn a_table_over_two_pages_has_its_heading_once_for_those_who_listen() {
    let mut doc = empty_document();
    let row = |header, n: usize| Block::TableRow {
        header,
        cells: vec![vec![Span::plain(format!("rad {n}"))], vec![]],
    };
    let body = (0..90).map(|n| row(n == 0, n)).collect();
    doc.threads = vec![Thread {
        context: None,
        entries: vec![entry(1, 0, body)],
    }];
    let (_, parts) = made(&doc, &Files::new(), &Options::default());
    assert!(parts[0].pages > 3);
    let read = read(&parts[0].bytes);
    read.assert_whole();
    assert_eq!(read.count("/Art/Table/TR/TH"), 2);
    assert_eq!(read.count("/Art/Table/TR/TD"), 89 * 2);
}

#[test]
fn as_many_links_as_anyone_can_write_leave_the_page_readable() {
    let mut doc = empty_document();
    let spans = (0..6_000).map(|n| Span {
        link: Some(format!("https://a.example/{}", n % 2)),
        ..Span::plain("\u{200b}i")
    });
    let spans: Vec<Span> = spans.collect();
    doc.threads = vec![Thread {
        context: None,
        entries: vec![entry(1, 0, vec![Block::Paragraph { spans }])],
    }];
    let (_, parts) = made(&doc, &Files::new(), &Options::default());
    super::assert_conforms(&parts);
    read(&parts[0].bytes).assert_whole();
}

#[test]
fn the_fallback_without_structure_is_pdf_a_1b() {
    let (doc, files) = rich_document();
    let options = Options {
        tagged: false,
        ..Options::default()
    };
    let (_, parts) = made(&doc, &files, &options);
    assert_eq!(parts[0].level(), "PDF/A-1b");
    assert_eq!(check(&parts[0].bytes, Level::A1b).unwrap(), []);
    assert!(!check(&parts[0].bytes, Level::A1a).unwrap().is_empty());
    assert!(!check(&parts[0].bytes, Level::Ua1).unwrap().is_empty());
    let pdf = Document::load_mem(&parts[0].bytes).unwrap();
    assert!(!pdf.catalog().unwrap().has(b"StructTreeRoot"));
}

#[test]
fn poppler_reads_the_words_in_the_order_of_the_structure() {
    let (doc, files) = rich_document();
    let (_, parts) = made(&doc, &files, &Options::default());
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("a.pdf");
    std::fs::write(&file, &parts[0].bytes).unwrap();
    let read = std::process::Command::new("pdfinfo")
        .arg("-struct-text")
        .arg(&file)
        .output();
    let Ok(read) = read else {
        println!("SKIP: no pdfinfo");
        return;
    };
    let words = String::from_utf8(read.stdout).unwrap();
    let mut rest = words.as_str();
    for next in [
        "H1",
        "\"Tibrobloggen\"",
        "TH",
        "\"Arkivbildare\"",
        "\"Tibro kommun, Kommunstyrelsen\"",
        "H2",
        "\"Fullständighet\"",
        "Art",
        "H2",
        "\"Så plogar vi i vinter – och så kan du hjälpa till\"",
        "och börjat med villagatorna.",
        "Figure",
        "Caption",
        "\"Första snön för i år. Foto: Anna Öberg\"",
        "LBody",
        "\"linje 1 och 2\"",
        "BlockQuote",
        "\"Ransberg och Fagersanna\"",
        "Insats 3–5 cm",
        "H3",
        "\"Karin Lööf  2026-11-20 09:15\"",
    ] {
        let at = rest.find(next);
        assert!(at.is_some(), "{next}");
        rest = &rest[at.unwrap() + next.len()..];
    }
    assert!(
        !words.contains("sida 1 av"),
        "headers and footers are no text"
    );
}

/// The elements with a language of their own: where in the structure, and which.
fn languages(bytes: &[u8]) -> Vec<(String, String)> {
    let read = read(bytes);
    read.assert_whole();
    let own = |(path, id): &(String, ObjectId)| {
        let lang = read.element(*id).get(b"Lang").ok()?.as_str().unwrap();
        Some((path.clone(), String::from_utf8(lang.to_vec()).unwrap()))
    };
    read.elements.iter().filter_map(own).collect()
}

#[test]
fn the_words_of_a_post_in_another_language_say_so_and_our_labels_do_not() {
    let words = |t: &str| vec![Span::plain(t)];
    let body = vec![
        text("Kirjasto on auki."),
        Block::ListItem {
            depth: 0,
            number: None,
            spans: words("maanantai"),
        },
        Block::Quote {
            spans: words("tervetuloa"),
        },
        Block::TableRow {
            header: false,
            cells: vec![words("klo"), words("9")],
        },
    ];
    let mut doc = empty_document();
    let mut post = entry(1, 0, body);
    post.content.title = Some("Kirjasto".to_owned());
    post.content.language = Some("FI".to_owned());
    let bytes = sample::written(sample::scene(40, 30, 1), image::ImageFormat::Png);
    let mut files = Files::new();
    sample::attach(
        &mut post,
        &mut files,
        "kirjasto.png",
        arkivd::record::MediumKind::Picture,
        bytes,
        Some("Talo"),
        Some("Uusi talo"),
    );
    doc.threads.push(Thread {
        context: None,
        entries: vec![post],
    });
    let (_, parts) = made(&doc, &files, &Options::default());
    super::assert_conforms(&parts);
    let fi = |path: &str| (format!("/Document/Sect/Art/{path}"), "fi".to_owned());
    assert_eq!(
        languages(&parts[0].bytes),
        [
            fi("H2"),
            fi("P"),
            fi("L"),
            fi("BlockQuote"),
            fi("Table"),
            fi("P")
        ],
        "the last is what the picture is called"
    );
    for none in ["sv", "not a tag", "x)/S/H1"] {
        doc.threads[0].entries[0].content.language = Some(none.to_owned());
        let (_, parts) = made(&doc, &files, &Options::default());
        super::assert_conforms(&parts);
        assert_eq!(languages(&parts[0].bytes), [], "{none}");
    }
}

#[test]
fn a_post_of_very_many_links_becomes_parts_that_the_gate_can_judge() {
    let spans: Vec<Span> = (0..25_000)
        .map(|n| Span {
            text: format!("länk{n} "),
            link: Some(format!("https://tibro.example/{n}")),
            ..Span::default()
        })
        .collect();
    let mut doc = empty_document();
    let body = spans.chunks(500).map(|some| Block::Paragraph {
        spans: some.to_vec(),
    });
    doc.threads.push(Thread {
        context: None,
        entries: vec![entry(1, 0, body.collect())],
    });
    let (_, parts) = made(&doc, &Files::new(), &Options::default());
    assert!(
        parts.len() > 1,
        "one part of {} bytes",
        parts[0].bytes.len()
    );
    for part in &parts {
        assert!(part.bytes.len() < 24_000_000, "{}", part.bytes.len());
    }
}

#[test]
fn a_table_of_thousands_of_rows_goes_on_in_another() {
    let row = |n: usize| Block::TableRow {
        header: n == 0,
        cells: vec![
            vec![Span::plain(format!("rad {n}"))],
            vec![Span::plain("x")],
        ],
    };
    let mut doc = empty_document();
    doc.threads.push(Thread {
        context: None,
        entries: vec![entry(1, 0, (0..2_500).map(row).collect())],
    });
    let (_, parts) = made(&doc, &Files::new(), &Options::default());
    for part in &parts {
        for level in part.levels {
            assert_eq!(check(&part.bytes, *level).unwrap(), [], "{level}");
        }
    }
}
