use uuid::Uuid;

use super::*;
use crate::record::{Author, Block, Content, Span};

const LONG: &str = "Onsdagen den 25 november stänger vi badhuset för att byta pump, och öppnar igen på fredag klockan nio.";

fn unclaimed(n: u128, text: &str) -> Unclaimed {
    Unclaimed {
        record: RecordId(Uuid::from_u128(n)),
        native_id: None,
        published_there: true,
        kind: Kind::Post,
        published: Some(at("2026-11-21T12:03:27Z")),
        permalink: Some(format!("https://www.blogg.example/{n}/")),
        author: Some("Tibro kommun".into()),
        title: None,
        text: text.into(),
        number: 1,
        digest: Digest::of(text.as_bytes()),
        visibility: Visibility::Public,
    }
}

fn at(rfc3339: &str) -> DateTime<Utc> {
    rfc3339.parse().unwrap()
}

fn item(text: &str, published: Option<&str>) -> Item {
    Item {
        native_id: NativeId("x".into()),
        kind: Kind::Post,
        parent: None,
        permalink: None,
        published: published.map(at),
        edited: None,
        visibility: Visibility::Public,
        content: Content {
            author: Some(Author {
                name: "@tibro-kommun".into(),
                address: None,
            }),
            body: vec![Block::Paragraph {
                spans: vec![Span::plain(text)],
            }],
            ..Content::default()
        },
    }
}

fn others(records: &[Unclaimed]) -> Others {
    let mut others = Others::default();
    records.iter().for_each(|r| others.add(r));
    others
}

fn same(n: u128) -> Match {
    Match::Same(RecordId(Uuid::from_u128(n)))
}

#[test]
fn the_same_words_at_the_same_time_are_one_record() {
    let known = others(&[unclaimed(1, LONG), unclaimed(2, "Annat")]);
    let told = [
        (LONG.to_owned(), Some("2026-11-21T12:03:00Z"), same(1)),
        (LONG.to_uppercase(), Some("2026-11-21T12:03:27Z"), same(1)),
        (
            format!("{}… https://t.example/x", &LONG[..80]),
            Some("2026-11-21T12:03:00Z"),
            same(1),
        ),
        // å as a and a ring, a space that does not break
        (
            LONG.replace('ä', "a\u{308}").replace(' ', "\u{a0}"),
            Some("2026-11-21T12:04:00Z"),
            same(1),
        ),
        // a day alone, which is midnight in Sweden
        (LONG.to_owned(), Some("2026-11-20T23:00:00Z"), same(1)),
        (LONG.to_owned(), None, same(1)),
        (
            format!("{LONG}\n[Inlämnad fil: bild.png] urn:sha256:00ff"),
            None,
            same(1),
        ),
        ("Annat".to_owned(), Some("2026-11-21T12:03:27Z"), same(2)),
        ("Annat".to_owned(), None, Match::None),
        (LONG.to_owned(), Some("2026-11-21T13:03:27Z"), Match::None),
        (
            LONG.replace("fredag", "lördag"),
            Some("2026-11-21T12:03:00Z"),
            same(1),
        ),
        (LONG.replace("fredag", "lördag"), None, Match::None),
        (String::new(), Some("2026-11-21T12:03:27Z"), Match::None),
    ];
    for (text, published, expected) in told {
        assert_eq!(known.match_one(&item(&text, published)), expected, "{text}");
    }
}

#[test]
fn the_same_address_is_the_same_record_whatever_it_says() {
    let known = others(&[unclaimed(1, LONG), unclaimed(2, "Annat")]);
    for address in [
        "http://blogg.example/2",
        "https://blogg.example/2/?utm_source=feed&fbclid=1",
    ] {
        let mut edited = item("Rättat", Some("2026-11-22T08:00:00Z"));
        edited.permalink = Some(address.into());
        assert_eq!(known.match_one(&edited), same(2), "{address}");
    }
    let mut comment = item("Rättat", None);
    comment.permalink = Some("https://blogg.example/2#comment-7".into());
    assert_eq!(known.match_one(&comment), Match::None);
    comment.permalink = Some("https://blogg.example/2".into());
    comment.kind = Kind::Comment;
    assert_eq!(known.match_one(&comment), Match::None);
}

#[test]
fn another_author_is_another_record() {
    let known = others(&[unclaimed(1, LONG)]);
    let mut by_other = item(LONG, Some("2026-11-21T12:03:27Z"));
    by_other.content.author = Some(Author {
        name: "Karlsborgs kommun".into(),
        address: None,
    });
    assert_eq!(known.match_one(&by_other), Match::None);
    by_other.content.author = None;
    assert_eq!(known.match_one(&by_other), same(1));
}

#[test]
fn a_page_shows_what_stands_on_it() {
    let page = PageWords::of(&format!(
        "Tibro kommun\n3 tim\n{} Visa mindre\nGilla",
        LONG.replace(' ', "\u{a0}")
    ));
    assert!(page.show(LONG));
    assert!(!page.show(&LONG.replace("fredag", "lördag")));
    assert!(!page.show("Gilla"), "too short to be told from other text");
    let long = format!("{LONG} {}", "Mer text som sidan klipper bort. ".repeat(9));
    let cut: String = long.chars().take(300).collect();
    assert!(PageWords::of(&format!("{cut} …")).show(&long));
}

#[test]
fn what_fits_two_is_kept_apart() {
    let ids = [1, 2].map(|n| RecordId(Uuid::from_u128(n)));
    let known = others(&[unclaimed(1, LONG), unclaimed(2, LONG)]);
    let one = item(LONG, Some("2026-11-21T12:03:27Z"));
    assert_eq!(known.match_one(&one), Match::OneOf(ids.to_vec()));
    let known = others(&[unclaimed(1, LONG)]);
    assert_eq!(
        known.match_all([&one, &one]),
        [Match::OneOf(vec![ids[0]]), Match::OneOf(vec![ids[0]])]
    );
    let brought = Others {
        shared: true,
        ..known
    };
    assert_eq!(
        brought.match_all([&one, &one]),
        [Match::Same(ids[0]), Match::Same(ids[0])],
        "two pictures of one post"
    );
}
