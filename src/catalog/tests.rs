//! The catalog by what it answers: captures of a small account, one after another.

mod case;
mod changes;
mod classification;
mod register;
mod removed;
mod search;
mod search_pages;

use super::*;
use crate::record::{Kind, NativeId, Outcome, Visibility};
use case::*;

#[test]
fn an_edit_is_a_version_and_so_is_the_way_back() {
    let mut case = Case::new();
    for text in ["a", "a", "b", "a"] {
        case.sealed(&[item("post:1", text)]);
    }
    let details = case.record("post:1");
    let versions: Vec<_> = details
        .versions
        .iter()
        .map(|v| (v.number, v.content.plain_text()))
        .collect();
    assert_eq!(
        versions,
        [(1, "a".into()), (2, "b".into()), (3, "a".into())]
    );
    assert_eq!(details.line.text, "a");
    assert_eq!(details.line.versions, 3);
    let first = &details.versions[0];
    assert!(first.first_seen < first.last_seen, "it was seen twice");
    assert_eq!(case.events(), 4);
}

#[test]
fn another_visibility_is_another_version() {
    let mut case = Case::new();
    let mut held = item("comment:1", "a");
    held.visibility = Visibility::Held;
    case.sealed(&[held]);
    case.sealed(&[item("comment:1", "a")]);
    let details = case.record("comment:1");
    let seen: Vec<_> = details.versions.iter().map(|v| v.visibility).collect();
    assert_eq!(seen, [Visibility::Held, Visibility::Public]);
    assert_eq!(details.line.visibility, Visibility::Public);
}

#[test]
fn an_edit_that_tells_another_day_moves_the_record() {
    let mut case = Case::new();
    case.sealed(&[item("post:1", "a")]);
    let mut moved = item("post:1", "b");
    moved.published = Some(at(90));
    case.sealed(&[moved]);
    let mut silent = item("post:1", "c");
    (silent.published, silent.permalink) = (None, None);
    case.sealed(&[silent]);
    let details = case.record("post:1");
    assert_eq!(details.line.published, Some(at(90)));
    assert!(details.permalink.is_some(), "what is not told is kept");
}

#[test]
fn a_comment_finds_its_parent_before_beside_and_after_it() {
    let mut case = Case::new();
    case.sealed(&[
        answer("comment:2", "comment:1"),
        answer("comment:1", "post:1"),
        answer("comment:5", "comment:4"),
        item("post:1", "a"),
    ]);
    let parent = |case: &Case, native| case.record(native).parent;
    let id = |case: &Case, native| Some(case.record(native).line.record);
    assert_eq!(parent(&case, "comment:2"), id(&case, "comment:1"));
    assert_eq!(parent(&case, "comment:1"), id(&case, "post:1"));
    assert_eq!(parent(&case, "comment:5"), None);
    case.sealed(&[answer("comment:3", "post:1")]);
    assert_eq!(parent(&case, "comment:3"), id(&case, "post:1"));
    case.sealed(&[answer("comment:4", "post:1")]);
    assert_eq!(parent(&case, "comment:5"), id(&case, "comment:4"));
    assert_eq!(parent(&case, "comment:4"), id(&case, "post:1"));
}

#[test]
fn what_answers_itself_has_no_parent() {
    let mut case = Case::new();
    case.sealed(&[answer("comment:1", "comment:1")]);
    assert_eq!(case.record("comment:1").parent, None);
}

#[test]
fn absence_is_told_anew_when_a_record_goes_again() {
    let mut case = Case::new();
    case.sealed(&[item("post:1", "a"), item("post:2", "b")]);
    let gone = [case.record("post:1").line.record];
    let missed = RecordFilter {
        not_seen: true,
        ..RecordFilter::default()
    };
    case.missed(&gone);
    assert_eq!(
        (case.newly_missed(), case.list(&missed)),
        (1, vec!["a".into()])
    );
    let since = case.record("post:1").first_missed;
    assert!(since.is_some());
    case.missed(&gone);
    assert_eq!(
        (case.newly_missed(), case.list(&missed)),
        (0, vec!["a".into()])
    );
    assert_eq!(case.record("post:1").first_missed, since);
    case.sealed(&[item("post:1", "a")]);
    assert_eq!((case.newly_missed(), case.list(&missed)), (0, vec![]));
    assert_eq!(case.record("post:1").first_missed, None);
    case.missed(&gone);
    assert_eq!(
        (case.newly_missed(), case.list(&missed)),
        (1, vec!["a".into()])
    );
    assert!(case.record("post:1").first_missed > since);
}

#[test]
fn a_failed_capture_is_kept_and_hides_nothing() {
    let mut case = Case::new();
    case.sealed(&[item("post:1", "a")]);
    let failed = How {
        outcome: Outcome::Failed,
        error: Some("the server answered 500"),
        ..SEALED
    };
    case.capture(&[], &failed).unwrap();
    let state = case.catalog.account_state(&case.account).unwrap().unwrap();
    let last = state.last.unwrap();
    assert_eq!(last.outcome, Outcome::Failed);
    assert_eq!(last.error.as_deref(), Some("the server answered 500"));
    assert!(!last.complete);
    assert_eq!(state.last_read.unwrap().outcome, Outcome::Sealed);
    assert_eq!(state.records, 1);
}

#[test]
fn bags_take_leaves_in_their_order_and_hold_their_versions() {
    let mut case = Case::new();
    let both = [bag(1), bag(2)];
    let how = How {
        bags: &both,
        ..SEALED
    };
    let committed = case.capture(&[item("post:1", "a")], &how).unwrap();
    assert_eq!(committed.ledger, 0..2);
    assert_eq!(case.sealed(&[item("post:1", "a")]).ledger, 2..2);
    assert_eq!(case.catalog.ledger_size().unwrap(), 2);
    let rows = case.catalog.bags().unwrap();
    let leaves: Vec<_> = rows.iter().map(|b| (b.id, b.leaf)).collect();
    assert_eq!(leaves, [(both[0].id, 0), (both[1].id, 1)]);
    let held = &case.record("post:1").versions[0].held;
    assert_eq!(*held, [(both[0].id, "data/posts.pdf".into(), Some(2))]);
}

#[test]
fn bags_without_a_row_are_found_in_one_pass() {
    let mut case = Case::new();
    let recorded = [bag(2), bag(4), bag(5)];
    let how = How {
        bags: &recorded,
        ..SEALED
    };
    case.capture(&[], &how).unwrap();
    let without = |ns: &[u128]| -> Vec<u128> {
        let asked = ns.iter().map(|n| bag(*n).id);
        let found = case.catalog.without_row(asked).unwrap();
        found.iter().map(|id| id.0.as_u128() - 1000).collect()
    };
    assert_eq!(without(&[1, 2, 3, 4, 5, 6, 7]), [1, 3, 6, 7]);
    assert_eq!(without(&[2, 5]), [0; 0], "a row without a bag is no matter");
    assert_eq!(without(&[]), [0; 0]);
    let shuffled = without(&[7, 5, 3]);
    assert!(
        shuffled.contains(&7) && shuffled.contains(&3),
        "none is passed over"
    );
}

#[test]
fn a_capture_that_cannot_be_written_leaves_nothing() {
    let mut case = Case::new();
    let first = [bag(1)];
    let how = How {
        bags: &first,
        ..SEALED
    };
    case.capture(&[item("post:1", "a")], &how).unwrap();
    let root = case.catalog.ledger_root().unwrap();
    let again = case.capture(&[item("post:2", "b")], &how).unwrap_err();
    assert!(again.is_constraint(), "{again}");
    assert_eq!(case.catalog.ledger_root().unwrap(), root);
    assert_eq!(case.list(&RecordFilter::default()), ["a"]);
    assert_eq!(case.events(), 1);
}

#[test]
fn missing_media_are_remembered_until_a_bag_holds_them() {
    let mut case = Case::new();
    let lacks = |case: &Case| {
        let known = case.catalog.known(&case.account, "wordpress").unwrap();
        known[&NativeId("post:1".into())].media_missing
    };
    let bags = [bag(1)];
    let without = How {
        bags: &bags,
        media_missing: true,
        ..SEALED
    };
    case.capture(&[item("post:1", "a")], &without).unwrap();
    assert!(lacks(&case));
    // Seen, and in no bag: that says nothing of its media.
    case.sealed(&[item("post:1", "a")]);
    assert!(lacks(&case));
    let bags = [bag(2)];
    let with = How {
        bags: &bags,
        ..SEALED
    };
    case.capture(&[item("post:1", "a")], &with).unwrap();
    assert!(!lacks(&case));
}

#[test]
fn an_unregistered_account_takes_no_capture() {
    let mut case = Case::new();
    case.account = "okand".parse().unwrap();
    let refused = case.capture(&[item("post:1", "a")], &SEALED);
    assert!(matches!(refused, Err(Error::NoAccount(id)) if id.as_str() == "okand"));
}

#[test]
fn events_cannot_be_changed_or_removed() {
    let case = Case::new();
    for sql in ["UPDATE event SET actor = 'x'", "DELETE FROM event"] {
        let refused = case.catalog.db.execute(sql, []).unwrap_err();
        assert!(refused.to_string().contains("never"), "{refused}");
    }
}

#[test]
fn lists_are_newest_first_and_each_filter_holds() {
    let mut case = Case::new();
    let other = account("forskola");
    case.catalog.add_account(&other, "test", at(0)).unwrap();
    case.sealed(&[
        item("post:1", "ett"),
        item("post:30", "trettio"),
        item("comment:20", "tjugo"),
    ]);
    case.account = other.id.clone();
    case.sealed(&[item("post:25", "tjugofem")]);
    let all = RecordFilter::default;
    assert_eq!(case.list(&all()), ["trettio", "tjugofem", "tjugo", "ett"]);
    let list = |filter| case.list(&filter);
    assert_eq!(
        list(RecordFilter {
            account: Some(other.id.clone()),
            ..all()
        }),
        ["tjugofem"]
    );
    assert_eq!(
        list(RecordFilter {
            kind: Some(Kind::Comment),
            ..all()
        }),
        ["tjugo"]
    );
    assert_eq!(
        list(RecordFilter {
            from: Some(at(20)),
            until: Some(at(30)),
            ..all()
        }),
        ["tjugofem", "tjugo"]
    );
    assert_eq!(
        list(RecordFilter {
            limit: Some(2),
            ..all()
        }),
        ["trettio", "tjugofem"]
    );
    assert!(
        list(RecordFilter {
            account: Some(other.id),
            kind: Some(Kind::Post),
            not_seen: true,
            ..all()
        })
        .is_empty()
    );
}

#[test]
fn a_ring_of_parents_is_refused() {
    let mut case = Case::new();
    let mut below = account("under");
    below.parent = Some(case.account.clone());
    case.catalog.add_account(&below, "test", at(0)).unwrap();
    let mut above = account("blogg");
    above.parent = Some(below.id.clone());
    let refused = case.catalog.edit_account(&above, "test", at(1));
    assert!(matches!(refused, Err(Error::Parent { .. })));
    above.parent = Some("okand".parse().unwrap());
    let refused = case.catalog.edit_account(&above, "test", at(1));
    assert!(matches!(refused, Err(Error::Parent { .. })));
}
