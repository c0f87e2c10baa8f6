//! Ten documents as they look: pages drawn by poppler are compared with those agreed on, in tests/pdfa/golden/.
//! `ARKIVD_GOLDEN=1` agrees on new ones.

use std::path::{Path, PathBuf};
use std::process::Command;

use arkivd::pdfa::{
    Chapter, CoverSetting, Evidence, Handling, Level, Mark, Options, Part, PostsDocument, Report,
    ScreenOptions, TextBox, Thread, Tile, Told, check, evidence_cover, typeset_handling,
    typeset_report, write_screen,
};
use arkivd::record::{BagKind, Block, Digest, Software, Span};

use super::languages::{document, fonts_are_there};
use super::sample::{Files, empty_document, entry, rich_document, scene, text, written};
use super::{made, many_posts, own_fonts};

/// Dots an inch: enough to see each line of text.
const RESOLUTION: &str = "45";
/// The poppler that drew them; another one smooths letters in its own way.
const POPPLER: &str = "22.12.0";
/// Steps of 255 that smoothing may differ by, and the share of pixels that may differ more.
const SMOOTHING: u8 = 40;
const SHARE: f64 = 0.002;

fn poppler_is_the_same() -> bool {
    let out = Command::new("pdftoppm").arg("-v").output();
    let told = out.map_or(String::new(), |o| {
        String::from_utf8_lossy(&o.stderr).into_owned()
    });
    let same = told.contains(POPPLER);
    if !same {
        println!("SKIP: no pdftoppm {POPPLER}");
    }
    same
}

/// The page as the golden picture shows it.
fn assert_looks(name: &str, bytes: &[u8], page: usize) {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("a.pdf");
    std::fs::write(&file, bytes).unwrap();
    let page = page.to_string();
    let out = dir.path().join("page");
    let drawn = Command::new("pdftoppm")
        .args([
            "-png",
            "-singlefile",
            "-r",
            RESOLUTION,
            "-f",
            &page,
            "-l",
            &page,
        ])
        .args([&file, &out])
        .status()
        .unwrap();
    assert!(drawn.success());
    let drawn = image::open(out.with_extension("png")).unwrap().into_rgb8();
    let golden: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/pdfa/golden")
        .join(format!("{name}.png"));
    if std::env::var_os("ARKIVD_GOLDEN").is_some() {
        drawn.save(&golden).unwrap();
    }
    let agreed = image::open(&golden).unwrap().into_rgb8();
    assert_eq!(drawn.dimensions(), agreed.dimensions(), "{name}");
    let apart = drawn.pixels().zip(agreed.pixels()).filter(|(a, b)| {
        let parts = a.0.iter().zip(b.0);
        parts.into_iter().any(|(a, b)| a.abs_diff(b) > SMOOTHING)
    });
    let share = apart.count() as f64 / f64::from(drawn.width() * drawn.height());
    if share > SHARE {
        let kept = std::env::temp_dir().join(format!("arkivd-{name}.png"));
        drawn.save(&kept).unwrap();
        panic!(
            "{name}: {:.2} % of the page looks otherwise; see {}, and set ARKIVD_GOLDEN=1 to agree on it",
            share * 100.0,
            kept.display()
        );
    }
}

fn first(doc: &PostsDocument, files: &Files, options: &Options) -> Part {
    made(doc, files, options).1.remove(0)
}

fn report(report: &Report) -> Part {
    let mut parts = Vec::new();
    typeset_report(report, &own_fonts(), &mut |part| {
        parts.push(part);
        Ok(())
    })
    .unwrap();
    parts.remove(0)
}

#[test]
fn a_cover_and_a_post_with_everything() {
    if !poppler_is_the_same() {
        return;
    }
    let (doc, files) = rich_document();
    let part = first(&doc, &files, &own_fonts());
    assert_looks("cover", &part.bytes, 1);
    assert_looks("post", &part.bytes, 3);
    assert_looks("pictures", &part.bytes, 7);
}

#[test]
fn posts_told_in_words_where_pictures_are_left_out() {
    if !poppler_is_the_same() {
        return;
    }
    let (doc, files) = rich_document();
    let options = Options {
        pictures: false,
        ..own_fonts()
    };
    assert_looks("words-alone", &first(&doc, &files, &options).bytes, 5);
}

#[test]
fn an_account_without_posts_and_a_restricted_one() {
    if !poppler_is_the_same() {
        return;
    }
    let mut doc = empty_document();
    assert_looks(
        "no-posts",
        &first(&doc, &Files::new(), &own_fonts()).bytes,
        1,
    );
    doc.kind = BagKind::RecordsRestricted;
    doc.threads.push(Thread {
        context: None,
        entries: vec![entry(1, 0, vec![text("Ett privat meddelande.")])],
    });
    let part = first(&doc, &Files::new(), &own_fonts());
    assert_looks("restricted", &part.bytes, 2);
}

#[test]
fn a_record_that_is_handed_out_with_its_versions() {
    if !poppler_is_the_same() {
        return;
    }
    let version = |number, words: &str| {
        let mut shown = entry(1, 0, vec![text(words)]);
        shown.mark = Mark::Version { number, of: 2 };
        shown
    };
    let doc = Handling {
        report: Report {
            organisation: "Tibro kommun".into(),
            committee: "Kommunstyrelsen".into(),
            title: "Inlägg 2026-11-20".into(),
            kind: "Handling ur arkivet över sociala medier".into(),
            made: "2026-11-21T13:03:00Z".parse().unwrap(),
            software: Software::this(),
            facts: vec![("Upprättad".into(), "2026-11-20 09:15".into())],
            chapters: vec![Chapter {
                heading: "Om handlingen".into(),
                body: vec![text("Handlingen har ändrats en gång.")],
            }],
        },
        restricted: true,
        plates: Vec::new(),
        threads: vec![Thread {
            context: None,
            entries: vec![
                version(1, "Vägen är stängd till klockan 10."),
                version(2, "Vägen är stängd till klockan 12."),
                entry(2, 1, vec![text("Tack för beskedet.")]),
            ],
        }],
    };
    let mut parts = Vec::new();
    let no_pictures = &mut |_: &str| Err(std::io::ErrorKind::NotFound.into());
    typeset_handling(&doc, &own_fonts(), no_pictures, &mut |part| {
        parts.push(part);
        Ok(())
    })
    .unwrap();
    let part = parts.remove(0);
    assert!(parts.is_empty());
    for level in part.levels {
        assert_eq!(check(&part.bytes, *level).unwrap(), vec![], "{level}");
    }
    assert_looks("handling", &part.bytes, 1);
}

#[test]
fn a_table_of_contents() {
    if !poppler_is_the_same() {
        return;
    }
    let part = first(&many_posts(40, 900), &Files::new(), &own_fonts());
    assert_looks("contents", &part.bytes, 2);
}

#[test]
fn scripts_of_the_world() {
    if !poppler_is_the_same() || !fonts_are_there() {
        return;
    }
    let doc = document(&[
        (
            "Svenska",
            "Återvinningscentralen håller stängt på skärtorsdagen.",
        ),
        ("Grekiska", "Όλοι οι άνθρωποι γεννιούνται ελεύθεροι."),
        ("Ukrainska", "Всі люди народжуються вільними."),
        ("Arabiska", "مرحبا بكم في Tibro kommun يوم 24 december."),
        ("Hebreiska", "כל בני האדם נולדו בני חורין (דוגמה), 2026."),
        ("Thailändska", "เราทุกคนเกิดมาอย่างอิสระ"),
        ("Hindi", "सभी मनुष्यों को गौरव और अधिकारों के मामले में"),
        ("Tigrinja", "ብመንጽር ክብርን መሰልን ኩሎም ሰባት"),
        ("Kombinerat", "e\u{301} a\u{30a} x\u{338} 𝓕𝓪𝓷𝓬𝔂"),
    ]);
    let part = first(&doc, &Files::new(), &Options::default());
    assert_looks("scripts", &part.bytes, 2);
}

#[test]
fn a_protocol_and_a_cover_for_a_pdf_of_others() {
    if !poppler_is_the_same() {
        return;
    }
    let made = "2026-11-21T13:03:00Z".parse().unwrap();
    let spans = |words: &str| vec![Span::plain(words)];
    let row = |header, cells: [&str; 3]| Block::TableRow {
        header,
        cells: cells.map(spans).into(),
    };
    let item = |number, words| Block::ListItem {
        depth: 0,
        number: Some(number),
        spans: spans(words),
    };
    let protocol = report(&Report {
        organisation: "Tibro kommun".into(),
        committee: "Kommunstyrelsen".into(),
        title: "Gallringsprotokoll".into(),
        kind: "Protokoll över gallring enligt dokumenthanteringsplanen".into(),
        made,
        software: Software::this(),
        facts: vec![
            ("Beslut".into(), "§ 114, 2026-11-20".into()),
            ("Ansvarig".into(), "Anna Andersson".into()),
        ],
        chapters: vec![
            Chapter {
                heading: "Vad som gallrades".into(),
                body: vec![
                    row(true, ["Handlingstyp", "Antal", "Grund"]),
                    row(false, ["Frågor av ringa betydelse", "1 214", "Plan 4.2"]),
                    row(false, ["Kommentarer", "88", "Plan 4.3"]),
                ],
            },
            Chapter {
                heading: "Hur det gick till".into(),
                body: vec![
                    item(1, "Listan togs fram och granskades."),
                    item(2, "Beslutet fattades för just den listan."),
                    Block::Paragraph {
                        spans: spans("Inget undantogs."),
                    },
                ],
            },
        ],
    });
    assert_looks("protocol", &protocol.bytes, 1);
    let evidence = Evidence {
        file: "utskrift.pdf".into(),
        bytes: protocol.bytes.len() as u64,
        // Its own would change with each word of the protocol.
        sha256: Digest::of(b"utskrift"),
        read: Told::of(&protocol.bytes),
    };
    let evidence = Evidence {
        bytes: 48_213,
        ..evidence
    };
    let cover = report(&evidence_cover(
        &evidence,
        CoverSetting {
            organisation: "Tibro kommun".into(),
            committee: "Kommunstyrelsen".into(),
            title: None,
            made,
            software: Software::this(),
        },
    ));
    assert_looks("cover-of-others", &cover.bytes, 1);
}

#[test]
fn a_long_screenshot_over_pages() {
    if !poppler_is_the_same() {
        return;
    }
    let png = written(scene(640, 1_400, 3), image::ImageFormat::Png);
    let tile = Tile {
        name: "skarm.png".into(),
        from: std::io::Cursor::new(png),
    };
    let words = TextBox {
        text: "Räksmörgås".into(),
        x: 20.0,
        y: 30.0,
        width: 120.0,
        height: 18.0,
    };
    let made = "2026-11-21T13:03:00Z".parse().unwrap();
    let options = ScreenOptions::new("Skärmbild", "arkivd", made);
    let screen = write_screen(vec![tile], &[words], &options, &mut |_, _| {
        Ok(std::io::Cursor::new(Vec::new()))
    })
    .unwrap();
    let bytes = screen.parts.into_iter().next().unwrap().out.into_inner();
    assert_eq!(check(&bytes, Level::A1b).unwrap(), []);
    assert_looks("screenshot", &bytes, 2);
}
