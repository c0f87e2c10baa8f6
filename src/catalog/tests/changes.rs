//! Between snapshots: how long a version was seen, what vanished, and what came by another door.

use chrono::TimeDelta;

use super::case::*;
use crate::catalog::*;
use crate::record::{NativeId, RecordId};

fn native(id: &str) -> NativeId {
    NativeId(id.into())
}

impl Case {
    fn rows(&self, sql: &str) -> i64 {
        self.catalog
            .db
            .query_row(sql, [], |row| row.get(0))
            .unwrap()
    }

    fn missed_record(&mut self) -> RecordId {
        self.sealed(&[item("post:1", "a"), item("post:2", "b")]);
        let gone = self.record("post:1").line.record;
        self.missed(&[gone]);
        gone
    }

    fn found(&mut self, record: RecordId, found: Found) {
        let finding = Finding {
            record,
            asked: at(500),
            seen_until: None,
            found,
        };
        let how = How {
            findings: &[finding],
            absent: &[record],
            ..SEALED
        };
        self.capture(&[], &how).unwrap();
    }
}

fn removed() -> Found {
    Found::Vanished {
        change: Vanished::Removed,
        how: "404 rest_post_invalid_id".into(),
        by: Some("editor"),
    }
}

#[test]
fn a_version_that_stays_has_two_rows_however_often_it_is_seen() {
    let mut case = Case::new();
    let mut first = None;
    for _ in 0..20 {
        case.sealed(&[item("post:1", "a"), item("post:2", "b")]);
        first.get_or_insert(case.record("post:1").versions[0].first_seen);
    }
    assert_eq!(case.rows("SELECT count(*) FROM observation"), 4);
    let version = case.record("post:1").versions[0].clone();
    assert_eq!(Some(version.first_seen), first);
    let last = case
        .catalog
        .last_capture(&case.account, "1")
        .unwrap()
        .unwrap();
    assert_eq!(version.last_seen, last.finished);
}

#[test]
fn a_removal_tells_when_it_was_last_seen_and_first_missed() {
    let mut case = Case::new();
    let gone = case.missed_record();
    let details = case.catalog.record(gone).unwrap();
    case.missed(&[gone]);
    case.found(gone, removed());
    let told = case.catalog.vanishings(gone).unwrap();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].last_seen, details.versions[0].last_seen);
    assert_eq!(Some(told[0].first_missed), details.first_missed);
    assert_eq!(told[0].confirmed, at(500));
    assert_eq!(
        (told[0].change, told[0].by.as_deref()),
        (Vanished::Removed, Some("editor"))
    );
    assert_eq!(told[0].ended, None);
    let events = "SELECT count(*) FROM event WHERE verb = 'watch removed'";
    assert_eq!(case.rows(events), 1);
    case.found(gone, removed());
    assert_eq!(
        (
            case.catalog.vanishings(gone).unwrap().len(),
            case.rows(events)
        ),
        (1, 1),
        "told once"
    );
    case.sealed(&[item("post:1", "a")]);
    let told = case.catalog.vanishings(gone).unwrap();
    assert!(told[0].ended.is_some(), "it is back");
    assert!(!case.catalog.is_missed(gone).unwrap());
}

#[test]
fn a_look_that_saw_it_moves_when_it_was_last_seen() {
    let mut case = Case::new();
    case.sealed(&[item("post:1", "a")]);
    let gone = case.record("post:1").line.record;
    let looked = at(400);
    let finding = Finding {
        record: gone,
        asked: at(500),
        seen_until: Some(looked),
        found: removed(),
    };
    let how = How {
        findings: &[finding],
        absent: &[gone],
        ..SEALED
    };
    case.capture(&[], &how).unwrap();
    assert_eq!(case.catalog.vanishings(gone).unwrap()[0].last_seen, looked);
}

#[test]
fn what_no_answer_settled_is_told_with_its_reason_until_it_is_seen() {
    let mut case = Case::new();
    let gone = case.missed_record();
    let account = case.account.clone();
    let asked = |case: &Case, minute| {
        let rows = case
            .catalog
            .unsettled(&account, "wordpress", at(minute), at(minute - 60), 9)
            .unwrap();
        rows.into_iter().map(|m| m.native_id).collect::<Vec<_>>()
    };
    assert_eq!(asked(&case, 0), [native("post:1")], "never asked about");
    case.found(gone, Found::Unsettled { why: "throttled" });
    let told = case.catalog.not_settled(gone).unwrap().unwrap();
    assert_eq!((told.asked, told.why.as_str()), (at(500), "throttled"));
    assert_eq!(
        case.catalog.vanishings(gone).unwrap(),
        [],
        "absence is not removal"
    );
    assert_eq!(asked(&case, 500), [] as [NativeId; 0]);
    assert_eq!(asked(&case, 501), [native("post:1")]);
    case.found(gone, Found::Unsettled { why: "no-sign" });
    assert_eq!(asked(&case, 501), [] as [NativeId; 0]);
    assert_eq!(asked(&case, 561), [native("post:1")], "seldom");
    case.sealed(&[item("post:1", "a")]);
    assert_eq!(case.catalog.not_settled(gone).unwrap(), None);
    assert_eq!(asked(&case, 501), [] as [NativeId; 0]);
}

#[test]
fn what_is_hidden_is_asked_about_seldom_until_it_is_removed_or_shown() {
    let mut case = Case::new();
    let gone = case.missed_record();
    let account = case.account.clone();
    let asked = |case: &Case, minute| {
        let rows = case
            .catalog
            .unsettled(&account, "wordpress", at(minute), at(minute - 60), 9)
            .unwrap();
        rows.into_iter().map(|m| m.native_id).collect::<Vec<_>>()
    };
    let hidden = |how: &str| Found::Vanished {
        change: Vanished::Hidden,
        how: how.into(),
        by: None,
    };
    case.found(gone, hidden("401 rest_forbidden"));
    assert!(case.catalog.is_hidden(gone).unwrap());
    assert_eq!(asked(&case, 560), [] as [NativeId; 0]);
    assert_eq!(asked(&case, 561), [native("post:1")], "a day after");
    let not_vanished = |case: &Case| {
        let rows = case.catalog.not_vanished(&account, "wordpress", &[gone]);
        rows.unwrap().len()
    };
    assert_eq!(not_vanished(&case), 1, "a snapshot asks too");
    case.found(gone, Found::Unsettled { why: "throttled" });
    case.found(gone, hidden("401 again"));
    let told = case.catalog.vanishings(gone).unwrap();
    assert_eq!(
        (told.len(), told[0].how.as_str()),
        (1, "401 rest_forbidden")
    );
    assert_eq!(case.catalog.not_settled(gone).unwrap(), None);

    case.found(gone, Found::There);
    assert!(!case.catalog.is_hidden(gone).unwrap());
    let told = case.catalog.vanishings(gone).unwrap();
    assert_eq!(told[0].ended, Some(at(500)), "it is shown again");
    case.found(gone, hidden("401"));
    case.found(gone, removed());
    let told = case.catalog.vanishings(gone).unwrap();
    let changes: Vec<Vanished> = told.iter().map(|v| v.change).collect();
    assert_eq!(
        changes,
        [Vanished::Hidden, Vanished::Hidden, Vanished::Removed]
    );
    assert!(!case.catalog.is_hidden(gone).unwrap());
    assert_eq!((asked(&case, 9999).len(), not_vanished(&case)), (0, 0));
    assert_eq!(
        case.rows("SELECT count(*) FROM event WHERE verb LIKE 'watch %'"),
        3
    );
    case.sealed(&[item("post:1", "a")]);
    let told = case.catalog.vanishings(gone).unwrap();
    assert!(told.iter().all(|v| v.ended.is_some()), "it is back");
}

#[test]
fn those_never_asked_about_come_before_what_is_hidden() {
    let mut case = Case::new();
    case.sealed(&[
        item("post:1", "a"),
        item("post:2", "b"),
        item("post:3", "c"),
    ]);
    let [one, two, three] = ["post:1", "post:2", "post:3"].map(|id| case.record(id).line.record);
    case.missed(&[one, two, three]);
    let hidden = Found::Vanished {
        change: Vanished::Hidden,
        how: "401".into(),
        by: None,
    };
    case.found(one, hidden);
    case.found(two, Found::Unsettled { why: "no-sign" });
    let rows = case
        .catalog
        .not_vanished(&case.account, "wordpress", &[one, two, three])
        .unwrap();
    let order: Vec<RecordId> = rows.into_iter().map(|m| m.record).collect();
    assert_eq!(order, [three, two, one]);
    let controls = |case: &Case| {
        let account = &case.account;
        let rows = case
            .catalog
            .controls(account, "wordpress", crate::record::Kind::Post, 9);
        rows.unwrap().len()
    };
    assert_eq!(controls(&case), 0, "what is missed proves nothing");
    case.sealed(&[item("post:3", "c")]);
    assert_eq!(controls(&case), 1);
}

#[test]
fn each_list_tells_when_it_was_last_read_and_how_far_back() {
    use crate::record::Covered::{Comments, Pages, Posts};
    let mut case = Case::new();
    let account = case.account.clone();
    let look = |case: &mut Case, minute, lists: &[(crate::record::Covered, Covers)]| {
        let lists: Vec<NewList> = lists
            .iter()
            .map(|&(what, covers)| NewList { what, covers })
            .collect();
        let watch = NewWatch {
            at: at(minute + 1),
            whole: true,
            read: at(minute),
            lists: &lists,
            next_look: None,
            memory: None,
            problem: None,
        };
        case.catalog
            .note_watch(&account, &watch, &[], None, "test")
            .unwrap();
        let mut rows = case.catalog.watch_lists(&account).unwrap();
        rows.sort_by_key(|row| row.what);
        rows.into_iter()
            .map(|row| (row.what, row.done, row.since))
            .collect::<Vec<_>>()
    };
    let (week, all) = (Covers::Since(Some(at(-9))), Covers::Since(None));
    look(
        &mut case,
        1,
        &[(Posts, week), (Pages, all), (Comments, week)],
    );
    let same = Covers::AsBefore;
    let rows = look(
        &mut case,
        5,
        &[(Posts, same), (Pages, all), (Comments, Covers::Nothing)],
    );
    assert_eq!(rows, [(Posts, at(5), Some(at(-9))), (Pages, at(5), None)]);
    let rows = look(&mut case, 7, &[(Comments, same)]);
    assert_eq!(rows.len(), 2, "the same as what showed nothing for sure");
}

#[test]
fn looks_that_fail_tell_since_when() {
    let mut case = Case::new();
    let account = case.account.clone();
    let look = |case: &mut Case, minute, problem| {
        let watch = NewWatch {
            at: at(minute),
            whole: true,
            read: at(minute),
            lists: &[],
            next_look: None,
            memory: None,
            problem,
        };
        case.catalog
            .note_watch(&account, &watch, &[], None, "test")
            .unwrap();
        case.catalog.watch(&account).unwrap().unwrap().failing
    };
    assert_eq!(look(&mut case, 1, Some("503")), Some(at(1)));
    assert_eq!(look(&mut case, 2, Some("404")), Some(at(1)));
    assert_eq!(look(&mut case, 3, None), None);
    assert_eq!(look(&mut case, 4, Some("503")), Some(at(4)));
}

#[test]
fn only_what_is_held_as_it_stands_is_current() {
    let mut case = Case::new();
    let mut edited = item("post:1", "a");
    edited.edited = Some(at(7));
    case.sealed(&[edited.clone(), item("post:2", "b")]);
    let current = |case: &Case, id: &str, at| {
        let account = &case.account;
        case.catalog
            .is_current(account, "wordpress", &native(id), at)
            .unwrap()
    };
    assert!(current(&case, "post:1", Some(at(7))) && current(&case, "post:2", None));
    assert!(!current(&case, "post:1", Some(at(8))) && !current(&case, "post:1", None));
    assert!(!current(&case, "post:9", None));
    let gone = case.record("post:1").line.record;
    case.missed(&[gone]);
    assert!(
        !current(&case, "post:1", Some(at(7))),
        "one that comes back is read whole"
    );
    case.sealed(&[edited]);
    assert!(current(&case, "post:1", Some(at(7))));
}

#[test]
fn a_record_that_another_door_shows_has_two_names_and_versions_of_both() {
    let mut case = Case::new();
    case.sealed(&[item("post:1", "hela texten")]);
    let record = case.record("post:1").line.record;
    let by = |door| How {
        door,
        joins: Some(record),
        ..SEALED
    };
    case.capture(&[item("shot:1", "hela tex")], &by("import"))
        .unwrap();
    let details = case.record("post:1");
    assert_eq!(details.native.len(), 2);
    assert_eq!(
        details.line.text, "hela texten",
        "a picture never stands before the platform's own"
    );
    let versions: Vec<_> = details
        .versions
        .iter()
        .map(|v| (v.number, v.door.clone().unwrap()))
        .collect();
    assert_eq!(versions, [(1, "wordpress".into()), (2, "import".into())]);
    let known = |case: &Case, door, id: &str| {
        case.catalog
            .known_one(&case.account, door, &native(id))
            .unwrap()
            .unwrap()
    };
    assert_eq!(
        (
            known(&case, "wordpress", "post:1").number,
            known(&case, "wordpress", "post:1").newest
        ),
        (1, 2)
    );
    assert_eq!(known(&case, "import", "shot:1").number, 2);
    case.sealed(&[item("post:1", "hela texten")]);
    assert_eq!(
        case.record("post:1").versions.len(),
        2,
        "through its own door it is as before"
    );
    case.sealed(&[item("post:1", "rättad")]);
    let details = case.record("post:1");
    assert_eq!(
        (details.line.text.as_str(), details.versions.len()),
        ("rättad", 3)
    );
    case.capture(&[item("entry:1", "hela texten")], &by("feed"))
        .unwrap();
    assert_eq!(case.record("post:1").native.len(), 3);
    let mut unclaimed = 0;
    case.catalog
        .for_each_unclaimed(&case.account, "mastodon", |r| {
            unclaimed += usize::from(r.native_id.is_none())
        })
        .unwrap();
    assert_eq!(unclaimed, 1);
}

#[test]
fn a_boost_makes_a_look_due_and_ends() {
    let mut case = Case::new();
    let boost = Boost {
        account: case.account.clone(),
        seconds: 120,
        begins: at(10),
        ends: at(20),
        reason: "storm".into(),
        actor: "test".into(),
    };
    case.catalog.add_boost(&boost).unwrap();
    assert_eq!(
        case.catalog.next_looks().unwrap(),
        [(case.account.clone(), at(10))]
    );
    let holds = |case: &Case, minute| case.catalog.boosts(at(minute)).unwrap().len();
    assert_eq!([9, 10, 19, 20].map(|m| holds(&case, m)), [0, 1, 1, 0]);
    let watch = NewWatch {
        at: at(11),
        whole: true,
        read: at(10),
        lists: &[],
        next_look: Some(at(13)),
        memory: None,
        problem: None,
    };
    let account = case.account.clone();
    case.catalog
        .note_watch(&account, &watch, &[], None, "test")
        .unwrap();
    let row = case.catalog.watch(&account).unwrap().unwrap();
    assert_eq!((row.done, row.next_look), (Some(at(11)), Some(at(13))));
    let failed = NewWatch {
        at: at(12),
        whole: false,
        next_look: None,
        problem: Some("503"),
        ..watch
    };
    case.catalog
        .note_watch(&account, &failed, &[], None, "test")
        .unwrap();
    let row = case.catalog.watch(&account).unwrap().unwrap();
    assert_eq!(
        (row.done, row.tried),
        (Some(at(11)), at(12)),
        "a failure is no look"
    );
    assert_eq!(case.rows("SELECT looks * 10 + failed FROM watch_day"), 21);
    assert_eq!(
        case.catalog.end_boosts(&account, at(15), "test").unwrap(),
        1
    );
    assert_eq!(holds(&case, 15), 0);
    assert_eq!(at(12) - at(11), TimeDelta::minutes(1));
}
