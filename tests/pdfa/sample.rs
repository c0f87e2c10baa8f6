//! A made-up account with one of everything; shared by the tests, the bench and the example.
#![allow(clippy::unwrap_used)]

use std::collections::HashMap;
use std::io::Cursor;

use arkivd::pdfa::{
    Context, Entry, Mark, MediumState, Options, Part, PostsDocument, Thread, Typeset, typeset_posts,
};
use arkivd::record::*;
use image::{DynamicImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};
use uuid::Uuid;

/// Stored files by their path in the bag.
pub type Files = HashMap<String, Vec<u8>>;

pub fn id(n: u128) -> Uuid {
    Uuid::from_u128(0x0197_0000_0000_7000_8000_0000_0000_0000 + n)
}

pub fn text(t: &str) -> Block {
    Block::Paragraph {
        spans: vec![Span::plain(t)],
    }
}

pub fn empty_document() -> PostsDocument {
    document_of(Vec::new())
}

pub fn document_of<T>(threads: T) -> PostsDocument<T> {
    PostsDocument {
        organisation: "Tibro kommun".into(),
        committee: "Kommunstyrelsen".into(),
        account: "tibro-blogg".parse().unwrap(),
        account_name: "Tibrobloggen".into(),
        platform: Platform::WordPress,
        address: "https://blogg.tibro.example/".into(),
        kind: BagKind::Records,
        reason: Reason::Scheduled,
        taken: "2026-11-21T13:03:00Z".parse().unwrap(),
        capture: CaptureId(id(1)),
        bag: BagId(id(2)),
        software: Software {
            name: "arkivd".into(),
            version: "0.1.0".into(),
        },
        since: None,
        coverage: Coverage::default(),
        destroyed: None,
        digests: vec![("data/records.json".into(), Digest::of(b"records"))],
        threads,
    }
}

pub fn entry(n: u128, depth: usize, body: Vec<Block>) -> Entry {
    Entry {
        record: RecordId(id(1000 + n)),
        depth,
        mark: Mark::Unchanged,
        kind: if depth == 0 {
            Kind::Post
        } else {
            Kind::Comment
        },
        permalink: Some(if depth == 0 {
            format!("https://blogg.tibro.example/2026/11/inlagg-{n}/")
        } else {
            format!("https://blogg.tibro.example/2026/11/inlagg/#comment-{n}")
        }),
        published: Some("2026-11-20T08:15:00Z".parse().unwrap()),
        edited: None,
        visibility: Visibility::Public,
        content: Content {
            title: None,
            author: Some(Author {
                name: "Anna Öberg".into(),
                address: None,
            }),
            language: None,
            body,
            media: vec![],
        },
        media: vec![],
    }
}

pub fn scene(width: u32, height: u32, seed: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        let (fx, fy) = (x as f32 / width as f32, y as f32 / height as f32);
        let hill = 0.55 + 0.12 * ((fx * 6.0 + seed as f32).sin()) + 0.05 * (fx * 17.0).cos();
        let sun = ((fx - 0.7).powi(2) + (fy - 0.25).powi(2)).sqrt() < 0.07;
        let noise = (x.wrapping_mul(7919) ^ y.wrapping_mul(104_729) ^ seed.wrapping_mul(31)) % 23;
        let n = noise as u8;
        if sun {
            Rgb([250, 214, 110])
        } else if fy < hill {
            Rgb([
                120 + (fy * 110.0) as u8 + n / 3,
                170 + (fy * 60.0) as u8,
                225,
            ])
        } else {
            Rgb([60 + n, 110 + (fx * 40.0) as u8 + n, 70])
        }
    })
}

pub fn written(image: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut out = Vec::new();
    image
        .into()
        .write_to(&mut Cursor::new(&mut out), format)
        .unwrap();
    out
}

/// Adds a medium and its file to an entry, with a block that shows it.
pub fn attach(
    entry: &mut Entry,
    files: &mut Files,
    name: &str,
    kind: MediumKind,
    bytes: Vec<u8>,
    alt: Option<&str>,
    caption: Option<&str>,
) {
    let file = format!("data/media/{name}");
    entry.content.body.push(Block::Medium {
        medium: entry.content.media.len(),
    });
    entry.content.media.push(Medium {
        address: format!("https://blogg.tibro.example/wp-content/uploads/{name}")
            .parse()
            .unwrap(),
        kind,
        alt: alt.map(Into::into),
        caption: caption.map(Into::into),
    });
    entry.media.push(MediumState::Stored {
        bytes: bytes.len() as u64,
        sha256: Digest::of(&bytes),
        media_type: "application/octet-stream".into(),
        file: file.clone(),
    });
    files.insert(file, bytes);
}

fn link(t: &str, to: &str) -> Span {
    Span {
        link: Some(to.into()),
        ..Span::plain(t)
    }
}

fn bold(t: &str) -> Span {
    Span {
        bold: true,
        ..Span::plain(t)
    }
}

fn row(header: bool, cells: &[&str]) -> Block {
    Block::TableRow {
        header,
        cells: cells.iter().map(|c| vec![Span::plain(*c)]).collect(),
    }
}

/// Every block, every kind of picture, emoji, long words, deep trees.
pub fn rich_document() -> (PostsDocument, Files) {
    let mut files = Files::new();
    let mut doc = empty_document();
    doc.coverage.rows = vec![
        CoverageRow {
            what: Covered::Posts,
            expected: Some(3),
            captured: 3,
            missing: vec![],
        },
        CoverageRow {
            what: Covered::Comments,
            expected: Some(1_214),
            captured: 1_212,
            missing: vec![
                Gap {
                    what: "comment:88".into(),
                    reason: GapReason::Refused { status: 403 },
                },
                Gap {
                    what: "https://blogg.tibro.example/wp-json/wp/v2/comments?page=13".into(),
                    reason: GapReason::TimedOut { seconds: 30 },
                },
            ],
        },
        CoverageRow {
            what: Covered::Media,
            expected: None,
            captured: 9,
            missing: vec![Gap {
                what: "https://blogg.tibro.example/wp-content/uploads/film.mp4".into(),
                reason: GapReason::TooLarge { limit: 250_000_000 },
            }],
        },
    ];
    doc.digests
        .push(("data/media/snoplog.jpg".into(), Digest::of(b"x")));

    let mut snow = entry(
        1,
        0,
        vec![Block::Paragraph {
            spans: vec![
                Span::plain(
                    "Nu har snön kommit till Tibro! ❄️ I natt har våra entreprenörer plogat ",
                ),
                bold("samtliga cykelvägar"),
                Span::plain(
                    " och börjat med villagatorna. Vi ber om förståelse för att det tar tid; gång- och cykelvägar går först, därefter busslinjer och till sist mindre gator. Läs mer på ",
                ),
                link(
                    "sidan om snöröjning",
                    "https://www.tibro.se/trafik/snorojning?utm_källa=blogg",
                ),
                Span::plain(" eller ring oss på 0504-180 00."),
            ],
        }],
    );
    snow.content.title = Some("Så plogar vi i vinter – och så kan du hjälpa till".into());
    snow.mark = Mark::New;
    attach(
        &mut snow,
        &mut files,
        "snoplog.jpg",
        MediumKind::Picture,
        written(scene(900, 560, 1), ImageFormat::Jpeg),
        Some("En snöplog kör på Storgatan i gryningen."),
        Some("Första snön för i år. Foto: Anna Öberg"),
    );
    snow.content.body.extend([
        Block::Heading {
            level: 2,
            spans: vec![Span::plain("I den här ordningen plogar vi")],
        },
        Block::ListItem {
            depth: 0,
            number: Some(1),
            spans: vec![Span::plain("Gång- och cykelvägar, där snödjupet är mer än tre centimeter och där många barn går till skolan")],
        },
        Block::ListItem {
            depth: 0,
            number: Some(2),
            spans: vec![bold("Huvudgator"), Span::plain(" och busslinjer")],
        },
        Block::ListItem {
            depth: 1,
            number: None,
            spans: vec![Span::plain("linje 1 och 2")],
        },
        Block::ListItem {
            depth: 0,
            number: Some(10),
            spans: vec![Span::plain("Villagator")],
        },
        Block::Quote {
            spans: vec![Span::plain("”Vi gör allt vi kan för att alla ska komma fram”, säger gatuchefen, och lägger till att sandning sker när temperaturen ligger kring noll.")],
        },
        row(true, &["Område", "Entreprenör", "Klart senast", "Anmärkning"]),
        row(false, &["Centrum", "Skaraborgs Mark & Anläggning AB", "kl. 06.00", "Även trottoarer"]),
        row(false, &["Häggetorp", "Egen regi", "kl. 07.30", ""]),
        row(false, &["Ransberg och Fagersanna", "Västgöta Entreprenadmaskiner", "kl. 09.00", "Beroende på väderlek och framkomlighet på länsväg 201"]),
        Block::Preformatted {
            text: "Snödjup    Insats\n3–5 cm     plogning av cykelväg\n  > 5 cm   plogning överallt\n".into(),
        },
        Block::Rule,
        Block::Paragraph {
            spans: vec![
                Span::plain("Skriv till "),
                link("gata@tibro.example", "mailto:gata@tibro.example"),
                Span::plain(" eller läs https://www.tibro.example/trafik-och-gator/vinterväghållning/prioriteringsordning/2026-2027/dokument.pdf. "),
                link("klicka inte", "javascript:alert(1)"),
            ],
        },
    ]);
    let c = |n, depth, name: &str, words: &str| {
        let mut e = entry(n, depth, vec![text(words)]);
        e.content.author = Some(Author {
            name: name.into(),
            address: None,
        });
        e
    };
    let mut held = c(14, 2, "Bengt", "Den här kommentaren väntar.");
    held.visibility = Visibility::Held;
    let mut edited = c(
        12,
        2,
        "Tibro kommun",
        "Hej Karin! Vi skickar ut en bil. 🚜👍🏽 Tack för tipset 👨‍👩‍👧‍👦 🇸🇪 1️⃣",
    );
    edited.mark = Mark::Edited { version: 3 };
    edited.edited = Some("2026-11-20T10:00:00Z".parse().unwrap());
    let mut comments = vec![
        c(
            11,
            1,
            "Karin Lööf",
            "Tack! Men Smedsgatan är helt oplogad, och där går skolbarn varje morgon. När kommer ni dit? Det har varit likadant varje vinter sedan vi flyttade hit.",
        ),
        edited,
        c(13, 3, "Karin Lööf", "Toppen ❤️"),
        held,
        c(
            15,
            1,
            "Дмитрий Ωμέγα",
            "Спасибо! Ευχαριστώ. Zażółć gęślą jaźń, čeština, Türkçe, tiếng Việt. e\u{301}a\u{308}o\u{302}. العربية 漢字 ☃",
        ),
    ];
    comments.extend((0..14).map(|d| {
        c(
            30 + d as u128,
            1 + d,
            "Djup",
            "Svar på svaret, allt längre in i trädet av kommentarer.",
        )
    }));
    let mut entries = vec![snow];
    entries.append(&mut comments);
    doc.threads.push(Thread {
        context: None,
        entries,
    });

    let mut pictures = entry(2, 0, vec![text("Bilder av alla slag.")]);
    pictures.content.title = Some("Bilder".into());
    pictures.mark = Mark::Edited { version: 2 };
    let picture = MediumKind::Picture;
    let alpha = RgbaImage::from_fn(160, 100, |x, y| Rgba([200, 30, 60, ((x + y) % 256) as u8]));
    let grey = DynamicImage::ImageRgb8(scene(200, 120, 5)).into_luma8();
    let small = scene(160, 100, 3);
    let mut turned = vec![0xff, 0xd8, 0xff, 0xe1, 0, 34];
    turned.extend_from_slice(
        b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0",
    );
    turned.extend_from_slice(&written(scene(240, 160, 2), ImageFormat::Jpeg)[2..]);
    let whole = written(small.clone(), ImageFormat::Jpeg);
    let mut bomb = written(RgbImage::new(1, 1), ImageFormat::Png);
    bomb[16..24].copy_from_slice(&[0, 0, 0x75, 0, 0, 0, 0x75, 0]);
    let crc = crc32(&bomb[12..29]);
    bomb[29..33].copy_from_slice(&crc.to_be_bytes());
    for (name, bytes, alt) in [
        (
            "rgb.png",
            written(small.clone(), ImageFormat::Png),
            Some("PNG utan alfa"),
        ),
        (
            "alfa.png",
            written(alpha, ImageFormat::Png),
            Some("PNG med alfa"),
        ),
        (
            "gra.jpg",
            written(grey.clone(), ImageFormat::Jpeg),
            Some("Grå JPEG"),
        ),
        ("gra.png", written(grey, ImageFormat::Png), Some("Grå PNG")),
        ("vriden.jpg", turned, Some("Vriden av kameran")),
        ("rorlig.gif", written(small.clone(), ImageFormat::Gif), None),
        ("web.webp", written(small, ImageFormat::WebP), Some("WebP")),
        (
            "avbruten.jpg",
            whole[..whole.len() / 2].to_vec(),
            Some("Avbruten"),
        ),
        ("bomb.png", bomb, None),
        (
            "vektor.svg",
            b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec(),
            None,
        ),
        ("tom.png", vec![], None),
    ] {
        attach(&mut pictures, &mut files, name, picture, bytes, alt, None);
    }
    let again = files["data/media/snoplog.jpg"].clone();
    attach(
        &mut pictures,
        &mut files,
        "snoplog.jpg",
        picture,
        again,
        None,
        None,
    );
    attach(
        &mut pictures,
        &mut files,
        "protokoll-kommunstyrelsen-2026-11-03.pdf",
        MediumKind::Document,
        b"%PDF".to_vec(),
        None,
        Some("Protokollet"),
    );
    pictures.content.media.push(Medium {
        address: "https://blogg.tibro.example/wp-content/uploads/film.mp4"
            .parse()
            .unwrap(),
        kind: MediumKind::Film,
        alt: None,
        caption: None,
    });
    pictures
        .media
        .push(MediumState::Missing(GapReason::TooLarge {
            limit: 250_000_000,
        }));
    doc.threads.push(Thread {
        context: None,
        entries: vec![pictures],
    });

    let long = format!(
        "{} kommunfullmäktigesammanträdesprotokollsjusteringsansvarig {}",
        "å".repeat(10_000),
        "https://exempel.example/".to_owned() + &"mycket-langt/".repeat(40)
    );
    let mut wide = vec![
        text(&long),
        text("Kontroll\u{7}tecken\u{0}, nollbreda\u{200b}\u{feff} och\u{2028}radbyte\tflik."),
    ];
    wide.push(Block::TableRow {
        header: true,
        cells: (0..24)
            .map(|i| vec![Span::plain(format!("Kolumn {i}"))])
            .collect(),
    });
    wide.push(Block::TableRow {
        header: false,
        cells: (0..24)
            .map(|i| vec![Span::plain(format!("värde {i}"))])
            .collect(),
    });
    wide.push(row(false, &["liten", &"mycket långt innehåll ".repeat(30)]));
    wide.push(Block::Heading {
        level: 9,
        spans: vec![],
    });
    let mut odd = entry(3, 0, wide);
    odd.content.title = Some("Långa ord och udda tecken".into());
    doc.threads.push(Thread {
        context: Some(Context {
            title: Some("Ett tidigare inlägg".into()),
            author: Some("Tibro kommun".into()),
            published: Some("2026-10-01T06:00:00Z".parse().unwrap()),
            permalink: Some("https://blogg.tibro.example/2026/10/tidigare/".into()),
            text: "Här stod det något om höstens program. ".repeat(20),
        }),
        entries: vec![odd, c(60, 1, "", "En kommentar utan namn.")],
    });
    (doc, files)
}

/// CRC-32 as PNG has it (ISO 15948, annex D).
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, b| {
        (0..8).fold(crc ^ u32::from(*b), |c, _| {
            if c & 1 == 1 {
                0xedb8_8320 ^ (c >> 1)
            } else {
                c >> 1
            }
        })
    })
}

/// The document's parts.
pub fn made(doc: &PostsDocument, files: &Files, options: &Options) -> (Typeset, Vec<Part>) {
    let mut parts = Vec::new();
    let typeset = typeset_posts(
        doc,
        options,
        &mut |file| {
            files
                .get(file)
                .cloned()
                .ok_or(std::io::Error::from(std::io::ErrorKind::NotFound))
        },
        &mut |part| {
            parts.push(part);
            Ok(())
        },
    )
    .unwrap();
    (typeset, parts)
}
