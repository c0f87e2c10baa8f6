//! Whatever a record says and however a name stands in it, no byte of the document tells it.

use arkivd::export::mask::{Masker, What};
use arkivd::pdfa::{
    Entry, Handling, Mark, MediumState, Options, Report, SystemFonts, Thread, check,
    typeset_handling,
};
use arkivd::record::{
    Author, Block, Content, GapReason, Kind, Medium, MediumKind, RecordId, Software, Span,
    Visibility,
};
use proptest::prelude::*;
use uuid::Uuid;

use super::search::found;
use super::written::{WAYS, address, name, written};

#[derive(Debug, Clone)]
struct Hidden {
    way: usize,
    link: usize,
    place: usize,
    /// The spans are parted after so many characters.
    parted: usize,
}

fn hidden() -> impl Strategy<Value = Hidden> {
    (0..WAYS, 0usize..7, 0usize..9, 0usize..30).prop_map(|(way, link, place, parted)| Hidden {
        way,
        link,
        place,
        parted,
    })
}

/// The words as two spans, one of them bold.
fn spans(words: &str, parted: usize, link: Option<String>) -> Vec<Span> {
    let at = words
        .char_indices()
        .nth(parted)
        .map_or(words.len(), |(at, _)| at);
    let (one, two) = words.split_at(at);
    vec![
        Span::plain("Så sade "),
        Span {
            link: link.clone(),
            ..Span::plain(one)
        },
        Span {
            bold: true,
            link,
            ..Span::plain(two)
        },
        Span::plain(", och gick."),
    ]
}

fn content(name: &str, all: &[Hidden]) -> Content {
    let mut content = Content {
        title: Some("Om plogningen".into()),
        ..Content::default()
    };
    for one in all {
        let words = written(name, one.way);
        let link = (one.link < 6).then(|| address(name, one.link));
        let spans = spans(&words, one.parted, link.clone());
        match one.place {
            0 => content.title = Some(format!("Fråga av {words}")),
            1 => {
                content.author = Some(Author {
                    name: words,
                    address: link,
                })
            }
            2 => content.body.push(Block::Heading { level: 2, spans }),
            3 => content.body.push(Block::ListItem {
                depth: 1,
                number: None,
                spans,
            }),
            4 => content.body.push(Block::Quote { spans }),
            5 => content.body.push(Block::Preformatted {
                text: format!("a\n{words}\nb"),
            }),
            6 => content.body.push(Block::TableRow {
                header: false,
                cells: vec![vec![Span::plain("Namn")], spans],
            }),
            7 => content.media.push(Medium {
                address: url::Url::parse(&address(name, 0)).unwrap(),
                kind: MediumKind::Picture,
                alt: Some(format!("Bild av {words}")),
                caption: Some(words),
            }),
            _ => content.body.push(Block::Paragraph { spans }),
        }
    }
    content
}

fn document(content: Content) -> Vec<u8> {
    let states = content
        .media
        .iter()
        .map(|_| MediumState::Missing(GapReason::WindowOnly));
    let entry = Entry {
        record: RecordId(Uuid::from_u128(1)),
        depth: 0,
        mark: Mark::Unchanged,
        kind: Kind::Post,
        permalink: None,
        published: None,
        edited: None,
        visibility: Visibility::Public,
        media: states.collect(),
        content,
    };
    let doc = Handling {
        report: Report {
            organisation: "Vara kommun".into(),
            committee: "Kommunstyrelsen".into(),
            title: "Handling 1".into(),
            kind: "Allmän handling".into(),
            made: "2026-11-21T13:03:00Z".parse().unwrap(),
            software: Software::this(),
            facts: vec![],
            chapters: vec![],
        },
        restricted: false,
        plates: Vec::new(),
        threads: vec![Thread {
            context: None,
            entries: vec![entry],
        }],
    };
    let options = Options {
        system_fonts: SystemFonts::none().into(),
        ..Options::default()
    };
    let mut parts = Vec::new();
    let none = &mut |_: &str| Err(std::io::ErrorKind::NotFound.into());
    typeset_handling(&doc, &options, none, &mut |part| {
        parts.push(part);
        Ok(())
    })
    .unwrap();
    let part = parts.remove(0);
    for level in part.levels {
        assert_eq!(check(&part.bytes, *level).unwrap(), vec![], "{level}");
    }
    part.bytes
}

fn masked(masks: &[What], content: &Content) -> Content {
    let numbers: Vec<usize> = (1..=content.media.len()).collect();
    let masker = Masker::of(masks, &[content]).unwrap();
    masker.masked(content, &numbers).content
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(
        std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(24)
    ))]

    #[test]
    fn no_document_tells_what_is_masked(name in name(), all in prop::collection::vec(hidden(), 1..8), by_author: bool) {
        let mut content = content(&name, &all);
        let mut masks = vec![What::Words { words: name.clone(), nth: None, whole: false }];
        if by_author {
            content.author = Some(Author { name: name.clone(), address: Some(address(&name, 1)) });
            masks = vec![What::Author];
        }
        let left = masked(&masks, &content);
        let told = found("handling.pdf", &document(left.clone()), &[&name]);
        prop_assert!(told.is_empty(), "{:?}\n{:?}\n{:?}", told, content, left);
    }
}

/// The length of what was masked tells nothing.
#[test]
fn two_names_leave_the_same_document() {
    let all = [
        Hidden {
            way: 0,
            link: 0,
            place: 8,
            parted: 3,
        },
        Hidden {
            way: 5,
            link: 6,
            place: 4,
            parted: 2,
        },
    ];
    let left = |name: &str| {
        let what = What::Words {
            words: name.into(),
            nth: None,
            whole: false,
        };
        masked(&[what], &content(name, &all))
    };
    assert_eq!(left("Bo Ek-Lindqvist von Platen"), left("Annalisa Öst"));
}

/// Each way by its name, in each place that a record has.
#[test]
fn hostile_ways_by_name() {
    const NAMES: [&str; WAYS] = [
        "plain",
        "in capitals",
        "decomposed (NFD)",
        "a soft hyphen",
        "a zero-width space",
        "hyphenated at a line's end",
        "split over lines",
        "a combining mark on each letter",
        "non-breaking spaces",
        "first and last name on two lines",
        "full width (NFKC)",
        "without a space",
        "with a full stop",
        "ligatures",
        "an override of direction",
        "word joiners",
    ];
    let name = "Xöffivzqfl Qäzflorun";
    for (way, called) in NAMES.iter().enumerate() {
        let all: Vec<Hidden> = (0..9)
            .map(|place| Hidden {
                way,
                link: way % 7,
                place,
                parted: way + 2,
            })
            .collect();
        let content = content(name, &all);
        let left = masked(
            &[What::Words {
                words: name.into(),
                nth: None,
                whole: false,
            }],
            &content,
        );
        let told = found("handling.pdf", &document(left), &[name]);
        assert!(told.is_empty(), "{called}: {told:#?}");
    }
}

#[test]
fn without_masks_the_search_finds_it() {
    let name = "Xöffivzqfl Qäzflorun";
    for place in 0..9 {
        let one = Hidden {
            way: 0,
            link: 6,
            place,
            parted: 4,
        };
        let told = found("handling.pdf", &document(content(name, &[one])), &[name]);
        assert!(!told.is_empty(), "place {place}");
    }
}
