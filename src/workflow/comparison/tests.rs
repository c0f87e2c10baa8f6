use super::*;
use crate::record::{Content, CoverageRow};

fn item(native: &str, title: &str) -> Item {
    Item {
        native_id: NativeId(native.into()),
        kind: if native.starts_with("comment") {
            Kind::Comment
        } else {
            Kind::Post
        },
        parent: None,
        permalink: None,
        published: None,
        edited: None,
        visibility: Visibility::Public,
        content: Content {
            title: Some(title.into()),
            ..Content::default()
        },
    }
}

fn coverage(what: Covered, captured: u64) -> Coverage {
    Coverage {
        rows: vec![CoverageRow {
            what,
            expected: Some(captured),
            captured,
            missing: vec![],
        }],
    }
}

fn ids() -> impl FnMut() -> Uuid {
    let mut n = 0;
    move || {
        n += 1;
        Uuid::from_u128(n)
    }
}

fn known_after(items: Vec<Item>) -> HashMap<NativeId, Known> {
    let first = compare(
        items,
        &HashMap::new(),
        &Others::default(),
        &Coverage::default(),
        false,
        &mut ids(),
    )
    .unwrap();
    first
        .seen
        .into_iter()
        .map(|s| {
            let known = Known {
                record: s.record,
                kind: s.item.kind,
                number: s.version,
                newest: s.version,
                digest: s.digest,
                visibility: s.item.visibility,
                media_missing: false,
            };
            (s.item.native_id, known)
        })
        .collect()
}

#[test]
fn new_changed_unchanged_and_not_seen_are_told_apart() {
    let known = known_after(vec![
        item("post:1", "a"),
        item("post:2", "b"),
        item("post:3", "c"),
    ]);
    let now = vec![
        item("post:1", "a"),
        item("post:2", "B"),
        item("post:4", "d"),
    ];
    let all = compare(
        now,
        &known,
        &Others::default(),
        &coverage(Covered::Posts, 3),
        false,
        &mut ids(),
    )
    .unwrap();
    let changes: Vec<_> = all
        .seen
        .iter()
        .map(|s| (s.change, s.version, s.picked))
        .collect();
    assert_eq!(
        changes,
        [
            (Change::Unchanged, 1, false),
            (Change::Changed, 2, true),
            (Change::New, 1, true)
        ]
    );
    assert_eq!(all.not_seen, [known[&NativeId("post:3".into())].record]);
}

#[test]
fn an_incomplete_reading_misses_nothing() {
    let known = known_after(vec![item("post:1", "a"), item("comment:1", "b")]);
    let mut partial = coverage(Covered::Posts, 0);
    partial.rows[0].missing.push(Gap {
        what: "page 2".into(),
        reason: GapReason::TimedOut { seconds: 30 },
    });
    let none = compare(
        vec![],
        &known,
        &Others::default(),
        &partial,
        false,
        &mut ids(),
    )
    .unwrap();
    assert_eq!(none.not_seen, []);
}

#[test]
fn a_held_comment_is_missed_only_when_held_comments_were_read() {
    let mut held = item("comment:1", "a");
    held.visibility = Visibility::Held;
    let known = known_after(vec![held]);
    let mut read = coverage(Covered::Comments, 0);
    assert_eq!(
        compare(vec![], &known, &Others::default(), &read, false, &mut ids())
            .unwrap()
            .not_seen,
        []
    );
    read.rows.extend(coverage(Covered::HeldComments, 0).rows);
    assert_eq!(
        compare(vec![], &known, &Others::default(), &read, false, &mut ids())
            .unwrap()
            .not_seen
            .len(),
        1
    );
}

#[test]
fn a_held_comment_that_is_approved_is_a_change() {
    let mut held = item("comment:1", "a");
    held.visibility = Visibility::Held;
    let known = known_after(vec![held]);
    let all = compare(
        vec![item("comment:1", "a")],
        &known,
        &Others::default(),
        &Coverage::default(),
        false,
        &mut ids(),
    )
    .unwrap();
    assert_eq!(all.seen[0].change, Change::Changed);
}

#[test]
fn an_item_told_twice_is_one() {
    let twice = vec![item("post:1", "a"), item("post:1", "a")];
    let all = compare(
        twice,
        &HashMap::new(),
        &Others::default(),
        &Coverage::default(),
        false,
        &mut ids(),
    )
    .unwrap();
    assert_eq!(all.seen.len(), 1);
}

#[test]
fn what_lacked_media_is_tried_again_and_an_entire_bag_takes_all() {
    let mut known = known_after(vec![item("post:1", "a"), item("post:2", "b")]);
    known
        .get_mut(&NativeId("post:1".into()))
        .unwrap()
        .media_missing = true;
    let now = || vec![item("post:1", "a"), item("post:2", "b")];
    let picked = |entire| {
        let all = compare(
            now(),
            &known,
            &Others::default(),
            &Coverage::default(),
            entire,
            &mut ids(),
        )
        .unwrap();
        all.seen
            .iter()
            .map(|s| (s.picked, s.retry))
            .collect::<Vec<_>>()
    };
    assert_eq!(picked(false), [(true, true), (false, false)]);
    assert_eq!(picked(true), [(true, false), (true, false)]);
}

#[test]
fn one_item_that_cannot_be_read_hides_no_other() {
    let known = known_after(vec![
        item("post:1", "a"),
        item("post:2", "b"),
        item("post:3", "c"),
    ]);
    let mut told = coverage(Covered::Posts, 1);
    told.rows[0].expected = Some(2);
    told.rows[0].missing.push(Gap {
        what: "post:2".into(),
        reason: GapReason::PasswordProtected,
    });
    let now = || vec![item("post:1", "a")];
    let missed = |told: &Coverage| {
        compare(now(), &known, &Others::default(), told, false, &mut ids())
            .unwrap()
            .not_seen
    };
    assert_eq!(
        missed(&told),
        [known[&NativeId("post:3".into())].record],
        "2 is there"
    );
    told.rows[0].expected = Some(9);
    assert_eq!(missed(&told), [], "the platform counts more");
    told.rows[0].expected = None;
    told.rows[0].missing[0].what = "12 entries of posts".into();
    assert_eq!(missed(&told), []);
}

#[test]
fn what_is_not_public_is_missed_only_by_a_reading_that_was_let_in() {
    let private = |native: &str| {
        let mut post = item(native, "a");
        post.visibility = Visibility::Private;
        post
    };
    let known = known_after(vec![private("post:1"), private("post:2")]);
    let missed = |now: Vec<Item>| {
        let told = coverage(Covered::Posts, now.len() as u64);
        compare(now, &known, &Others::default(), &told, false, &mut ids())
            .unwrap()
            .not_seen
    };
    assert_eq!(
        missed(vec![private("post:1")]),
        [known[&NativeId("post:2".into())].record]
    );
    assert_eq!(
        missed(vec![item("post:9", "öppet")]),
        [],
        "the login may be gone"
    );
}
