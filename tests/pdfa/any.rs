//! Whatever people write: posts of all Unicode blocks and random blocks, typeset and judged.

use arkivd::pdfa::{Options, Thread, check};
use arkivd::record::*;
use proptest::prelude::*;

use super::made;
use super::sample::{Files, empty_document, entry};
use super::tree;

/// Any character: letters of every block, controls, joiners, private use and what is not assigned.
fn any_text() -> impl Strategy<Value = String> {
    // Blocks begin at multiples of 16: one of them, so that clusters and words of one script arise.
    let of_one_block = (0..0x20_000_u32).prop_flat_map(|block| {
        prop::collection::vec((0..64_u32, 0..6_u32), 0..24).prop_map(move |letters| {
            let letter = |(at, kind)| match kind {
                0 => ' ',
                1 => '\u{200d}',
                _ => char::from_u32((block / 4 * 16 + at) % 0x11_0000).unwrap_or('a'),
            };
            letters.into_iter().map(letter).collect::<String>()
        })
    });
    prop_oneof![
        2 => "(\\PC|[\u{0}-\u{20}👩🏽‍🚒é]){0,40}",
        2 => of_one_block,
        1 => prop::collection::vec(any::<char>(), 0..40).prop_map(|c| c.into_iter().collect()),
        1 => "[a-zåäö אבגש\u{5b0}\u{5c1}ابتلاإ\u{64b}(1-9).\u{200f}\u{202e}\u{2067}\u{2069}\n]{0,40}",
    ]
}

fn any_span() -> impl Strategy<Value = Span> {
    let link = prop_oneof![
        3 => Just(None),
        1 => Just(Some("https://å.example/?q=(a)\\b".to_owned())),
        1 => "\\PC{0,20}".prop_map(Some),
    ];
    (any_text(), any::<bool>(), any::<bool>(), link).prop_map(|(text, bold, italic, link)| Span {
        text,
        bold,
        italic,
        link,
    })
}

fn any_block() -> impl Strategy<Value = Block> {
    let spans = || prop::collection::vec(any_span(), 0..4);
    prop_oneof![
        spans().prop_map(|spans| Block::Paragraph { spans }),
        (any::<u8>(), spans()).prop_map(|(level, spans)| Block::Heading { level, spans }),
        (any::<u8>(), any::<Option<u32>>(), spans()).prop_map(|(depth, number, spans)| {
            Block::ListItem {
                depth,
                number,
                spans,
            }
        }),
        spans().prop_map(|spans| Block::Quote { spans }),
        "(\\PC|\n|\t){0,200}".prop_map(|text| Block::Preformatted { text }),
        (any::<bool>(), prop::collection::vec(spans(), 0..30))
            .prop_map(|(header, cells)| Block::TableRow { header, cells }),
        (0..3_usize).prop_map(|medium| Block::Medium { medium }),
        Just(Block::Rule),
    ]
}

/// Few; as many as PROPTEST_CASES says when scripts/soak runs it.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").map_or(24, |cases| cases.parse().unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, max_shrink_time: 60_000, ..ProptestConfig::default() })]

    #[test]
    fn whatever_people_write_conforms(
        bodies in prop::collection::vec((0..30_usize, prop::collection::vec(any_block(), 0..6)), 0..6),
        title in prop::option::of("\\PC{0,60}"),
        max_pages in 1..6_usize,
    ) {
        let mut doc = empty_document();
        doc.account_name = title.clone().unwrap_or_default();
        let entries = bodies.into_iter().enumerate().map(|(n, (depth, body))| {
            let mut e = entry(n as u128, depth, body);
            e.content.title.clone_from(&title);
            e
        });
        doc.threads = vec![Thread { context: None, entries: entries.collect() }];
        let options = Options { max_pages, ..Options::default() };
        let (_, parts) = made(&doc, &Files::new(), &options);
        for part in &parts {
            tree::assert_structure(&part.bytes);
            for level in part.levels {
                let violations = check(&part.bytes, *level).unwrap();
                prop_assert!(violations.is_empty(), "{} {:?}", level, violations);
            }
        }
    }
}
