//! What records are by their plans: at captures, by hand, in threads; and their days.

mod any_order;

use chrono::NaiveDate;

use super::case::*;
use super::*;
use crate::record::{CaptureId, Item, NativeId, Visibility};
use crate::retention::{Plan, RowId};

const PLAN: &str = r#"
[plan]
title = "Plan för sociala medier"
committee = "Kommunstyrelsen"

[[row]]
id = "hot"
handlingstyp = "Hot"
medium = "döljs genast"
archive = "bevaras"

[[row]]
id = "enkla"
handlingstyp = "Enkla frågor"
medium = "gallras vid inaktualitet"
archive = "gallras 2 år efter publicering"
after_registration = "gallras 1 år efter registrering"

[[row]]
id = "efterfragat"
handlingstyp = "Efterfrågad information"
archive = "bevaras"

[[row]]
id = "ovrigt"
handlingstyp = "Övrigt"
medium = "ingen åtgärd"
archive = "gallras vid inaktualitet"

[[rule]]
id = "hot"
row = "hot"
words = ["hot*"]

[[rule]]
id = "fragar-oss"
row = "efterfragat"
kinds = ["post"]
own = true
words = ["berätta för oss"]
thread = true

[[rule]]
id = "fragor"
row = "enkla"
kinds = ["comment"]
own = false
words = ["fråga*"]
"#;

impl Case {
    fn load(&mut self, text: &str, minute: i64) -> i64 {
        let plan = Plan::parse(text, "plan.toml").unwrap();
        let new = NewPlan {
            committee: "Kommunstyrelsen",
            plan: &plan,
            text,
            copy: "plan.toml",
            at: at(minute),
            actor: "test",
        };
        self.catalog.add_plan(&new).unwrap().0
    }

    fn of(&self, native: &str) -> Option<Classification> {
        let record = self.record(native).line.record;
        self.catalog.classification(record).unwrap()
    }

    /// `row`, or `row < head` where it follows.
    fn row(&self, native: &str) -> Option<String> {
        self.of(native).map(|c| match c.follows {
            Some(_) => format!("{} <", c.row),
            None => c.row.to_string(),
        })
    }

    fn by_rules(&mut self, anew: bool) -> ByRules {
        let now = at(500);
        self.catalog
            .classify_by_rules(Scope::All, anew, false, "test", now)
            .unwrap()
    }

    fn by_hand(&mut self, native: &str, row: &str, thread: bool) -> HandReport {
        let decision = HandDecision {
            record: self.record(native).line.record,
            row: row.parse().unwrap(),
            thread,
            reason: "skäl".into(),
        };
        let done = self
            .catalog
            .classify_by_hand(&[decision], false, "Anna", at(400));
        done.unwrap().unwrap()
    }

    fn mark(&mut self, native: &str, what: MarkKind, day: Option<&str>) {
        let mark = NewMark {
            what,
            value: (what == MarkKind::Registered).then_some("KS 2026/12"),
            day: day.map(|day| day.parse().unwrap()),
            actor: "Anna",
            at: at(450),
        };
        let record = self.record(native).line.record;
        self.catalog.mark_records(&[record], &mark).unwrap();
    }

    fn days(&self, native: &str) -> (Option<String>, Option<String>) {
        let c = self.of(native).unwrap();
        let text = |day: Option<NaiveDate>| day.map(|day| day.to_string());
        (text(c.due), text(c.medium_due))
    }
}

fn reply(native: &str, parent: &str, text: &str) -> Item {
    let mut item = item(native, text);
    item.parent = Some(NativeId(parent.into()));
    if let Some(author) = &mut item.content.author {
        author.name = "Cecilia".into();
    }
    item
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[test]
fn what_a_capture_brings_is_classified_by_the_plan_and_what_was_there_before_is_not() {
    let mut case = Case::new();
    case.sealed(&[item("post:1", "hotell")]);
    assert_eq!(case.row("post:1"), None, "without a plan nothing happens");
    let plan = case.load(PLAN, 1);
    case.sealed(&[
        item("post:1", "hotell"),
        item("post:2", "Hot!"),
        item("post:3", "annat"),
    ]);
    assert_eq!(case.row("post:1"), None, "it was known");
    assert_eq!(case.row("post:3"), None, "no rule fits");
    let c = case.of("post:2").unwrap();
    assert_eq!(
        (c.plan, c.row.as_str(), c.rule),
        (plan, "hot", Some("hot".parse::<RowId>().unwrap()))
    );
    // At once: the day it was published.
    assert_eq!(case.days("post:2"), (None, some("2024-10-04")));
    let done = case.by_rules(false);
    assert_eq!(
        (done.records, done.classified, done.kept, done.unclassified),
        (3, 1, 1, 1)
    );
    assert_eq!(
        done.rows
            .iter()
            .map(|r| (r.row.as_str(), r.records))
            .collect::<Vec<_>>(),
        [("hot", 1)]
    );
    assert_eq!(case.row("post:1"), some("hot"));
}

#[test]
fn what_was_decided_stays_under_its_version_until_it_is_decided_anew_and_by_hand_for_ever() {
    let mut case = Case::new();
    let first = case.load(PLAN, 1);
    case.sealed(&[
        item("post:1", "hot"),
        item("post:2", "hot"),
        item("post:3", "hot"),
    ]);
    case.by_hand("post:2", "ovrigt", false);
    let newer = PLAN.replace("words = [\"hot*\"]", "words = [\"annat\"]");
    let second = case.load(&newer, 2);
    case.sealed(&[item("post:3", "annat")]);
    let done = case.by_rules(false);
    assert_eq!(
        (done.changed, done.kept, done.by_hand, done.taken_away),
        (0, 2, 1, 0)
    );
    assert_eq!(case.of("post:3").unwrap().plan, first);
    let before = case.of("post:1");
    let would = case
        .catalog
        .classify_by_rules(Scope::All, true, true, "test", at(9))
        .unwrap();
    assert_eq!(case.of("post:1"), before, "a dry run keeps nothing");
    let done = case.by_rules(true);
    assert_eq!(done, would);
    assert_eq!((done.changed, done.taken_away, done.by_hand), (1, 1, 1));
    assert_eq!(
        (case.row("post:1"), case.row("post:2")),
        (None, some("ovrigt"))
    );
    assert_eq!(case.of("post:3").unwrap().plan, second);
    let by_hand = case.of("post:2").unwrap();
    assert_eq!(
        (by_hand.plan, by_hand.rule, by_hand.reason.as_deref()),
        (first, None, Some("skäl"))
    );
}

#[test]
fn answers_are_what_the_post_is_whenever_they_come_but_an_earlier_rule_goes_first() {
    let mut case = Case::new();
    case.load(PLAN, 1);
    case.sealed(&[
        reply("comment:4", "comment:2", "också"),
        reply("comment:2", "post:1", "så här var det"),
        reply("comment:3", "post:1", "jag hotar er"),
        item("post:1", "Berätta för oss!"),
        reply("comment:9", "post:8", "en fråga"),
    ]);
    assert_eq!(case.row("post:1"), some("efterfragat"));
    assert_eq!(case.row("comment:2"), some("efterfragat <"));
    assert_eq!(case.row("comment:4"), some("efterfragat <"));
    assert_eq!(case.row("comment:3"), some("hot"));
    assert_eq!(case.row("comment:9"), some("enkla"));
    // Later answers, also one below what was decided otherwise; and a post that comes after its answers.
    case.sealed(&[
        reply("comment:5", "comment:3", "fråga inte"),
        item("post:8", "Berätta för oss om 1968"),
    ]);
    assert_eq!(case.row("comment:5"), some("efterfragat <"));
    assert_eq!(case.row("comment:9"), some("efterfragat <"));
    let head = case.record("post:8").line.record;
    assert_eq!(case.of("comment:9").unwrap().follows, Some(head));
}

#[test]
fn a_thread_decided_by_hand_is_followed_now_and_later_and_let_go() {
    let mut case = Case::new();
    case.load(PLAN, 1);
    case.sealed(&[
        item("post:1", "Vad minns ni?"),
        reply("comment:2", "post:1", "en fråga"),
        reply("comment:3", "post:1", "hejsan"),
        reply("comment:4", "comment:3", "hot"),
    ]);
    case.by_hand("comment:4", "hot", false);
    let done = case.by_hand("post:1", "efterfragat", true);
    assert_eq!((done.records, done.following), (1, 2));
    case.sealed(&[reply("comment:5", "comment:4", "mer")]);
    for native in ["comment:2", "comment:3", "comment:5"] {
        assert_eq!(case.row(native), some("efterfragat <"), "{native}");
    }
    assert_eq!(case.row("comment:4"), some("hot"), "by hand");
    let of = |case: &Case, native| case.record(native).line.record;
    let follower = of(&case, "comment:3");
    let refused = case
        .catalog
        .remove_classification(follower, "fel", "Anna", at(1));
    assert_eq!(refused.unwrap(), Some(Err(of(&case, "post:1"))));
    let head = of(&case, "post:1");
    let gone = case
        .catalog
        .remove_classification(head, "fel", "Anna", at(1))
        .unwrap();
    assert_eq!(
        gone,
        Some(Ok(HandReport {
            records: 1,
            following: 3
        }))
    );
    assert_eq!(
        case.row("comment:2"),
        some("enkla"),
        "by its own rule again"
    );
    assert_eq!((case.row("comment:3"), case.row("post:1")), (None, None));
    assert_eq!(
        case.catalog
            .remove_classification(head, "fel", "Anna", at(1))
            .unwrap(),
        None
    );
}

#[test]
fn decisions_by_hand_are_kept_all_or_none() {
    let mut case = Case::new();
    case.sealed(&[item("post:1", "a")]);
    let record = case.record("post:1").line.record;
    let decide = |record, row: &str| HandDecision {
        record,
        row: row.parse().unwrap(),
        thread: false,
        reason: "skäl".into(),
    };
    let none = RecordId(uuid::Uuid::from_u128(99));
    let asked = [decide(record, "hot")];
    let faults = case
        .catalog
        .classify_by_hand(&asked, false, "Anna", at(3))
        .unwrap();
    assert!(matches!(
        &faults.unwrap_err()[..],
        [(0, HandFault::NoPlan { .. })]
    ));
    case.load(PLAN, 1);
    let asked = [
        decide(record, "hot"),
        decide(none, "hot"),
        decide(record, "finns-inte"),
    ];
    let faults = case
        .catalog
        .classify_by_hand(&asked, false, "Anna", at(3))
        .unwrap();
    let faults = faults.unwrap_err();
    assert_eq!(faults[0], (1, HandFault::NoRecord(none)));
    assert!(
        faults[1]
            .1
            .to_string()
            .contains("it has efterfragat, enkla, hot, ovrigt"),
        "{faults:?}"
    );
    assert_eq!(case.row("post:1"), None);
    let asked = [decide(record, "hot")];
    case.catalog
        .classify_by_hand(&asked, true, "Anna", at(3))
        .unwrap()
        .unwrap();
    assert_eq!(case.row("post:1"), None, "a dry run");
}

#[test]
fn days_are_reckoned_anew_when_a_mark_or_an_edit_changes_what_they_rest_on() {
    let mut case = Case::new();
    case.load(PLAN, 1);
    let asked = |minute| {
        let mut asked = reply("comment:1", "post:9", "en fråga");
        asked.published = Some(at(minute));
        asked
    };
    case.sealed(&[asked(0)]);
    assert_eq!(case.days("comment:1"), (some("2026-10-04"), None));
    case.mark("comment:1", MarkKind::Inaktuell, Some("2025-01-31"));
    assert_eq!(
        case.days("comment:1"),
        (some("2026-10-04"), some("2025-01-31"))
    );
    case.mark("comment:1", MarkKind::Registered, Some("2024-11-01"));
    assert_eq!(case.days("comment:1").0, some("2025-11-01"));
    let record = case.record("comment:1").line.record;
    let marks = case.catalog.marks(record).unwrap();
    assert_eq!(marks.len(), 2);
    assert_eq!(marks[1].value.as_deref(), Some("KS 2026/12"));
    case.mark("comment:1", MarkKind::Registered, None);
    case.mark("comment:1", MarkKind::Inaktuell, None);
    assert_eq!(case.days("comment:1"), (some("2026-10-04"), None));
    assert_eq!(case.catalog.marks(record).unwrap(), []);
    let mut edited = asked(3 * 24 * 60);
    edited.content = item("comment:1", "en annan fråga").content;
    case.sealed(&[edited]);
    assert_eq!(case.days("comment:1").0, some("2026-10-07"));
    assert_eq!(case.catalog.reckon_anew(&case.account).unwrap(), 0);
}

#[test]
fn a_case_of_a_category_and_what_is_not_public_are_asked_for_by_rules() {
    let mut case = Case::new();
    let plan = PLAN.replace(
        "words = [\"hot*\"]",
        "categories = [\"hets\"]\nvisibilities = [\"hidden\"]",
    );
    case.load(&plan, 1);
    let mut hidden = reply("comment:1", "post:9", "ja");
    hidden.visibility = Visibility::Hidden;
    case.sealed(&[hidden]);
    assert_eq!(case.row("comment:1"), None);
    let record = case.record("comment:1").line.record;
    case.catalog
        .db
        .execute_batch(
            "INSERT INTO removal (id, designation, committee, category, opened, actor, discovered)
             VALUES (zeroblob(16), 'B-1', 'Kommunstyrelsen', 'hets', '2024-10-05T00:00:00Z', 'x', '2024-10-05T00:00:00Z');
             INSERT INTO removal_object (removal, account, record) SELECT 1, account, n FROM record;",
        )
        .unwrap();
    let only = [record];
    let scope = Scope::Records(&only);
    case.catalog
        .classify_by_rules(scope, true, false, "test", at(60 * 24 * 2))
        .unwrap();
    assert_eq!(case.row("comment:1"), some("hot"));
    let held = case
        .catalog
        .held_by(record, "2024-10-06".parse().unwrap())
        .unwrap();
    assert_eq!(held, [HeldBy::Removal("B-1".into())]);
}

#[test]
fn what_waits_for_the_channels_end_is_due_once_the_account_is_closed() {
    let plan = PLAN.replace(
        r#"archive = "gallras vid inaktualitet""#,
        r#"archive = "gallras när kanalen upphör""#,
    );
    let mut case = Case::new();
    case.load(&plan, 1);
    case.sealed(&[item("post:1", "tack")]);
    case.by_hand("post:1", "ovrigt", false);
    assert_eq!(case.days("post:1"), (None, None));
    let id = case.account.clone();
    let act = NewAct {
        account: &id,
        actor: "test",
        at: at(600),
    };
    let day: NaiveDate = "2026-11-20".parse().unwrap();
    let closing = NewClosing {
        day,
        capture: CaptureId(uuid::Uuid::from_u128(7)),
        gaps: &[],
        reason: None,
        note: None,
    };
    assert!(case.catalog.close_account(&act, &closing).unwrap());
    assert_eq!(case.days("post:1"), (some("2026-11-20"), None));
    assert!(case.catalog.reopen_account(&act, day, "igen").unwrap());
    assert_eq!(case.days("post:1"), (None, None));
}

#[test]
fn a_ring_of_answers_is_decided_and_ends() {
    let mut case = Case::new();
    case.load(PLAN, 1);
    case.sealed(&[
        reply("comment:1", "comment:2", "en fråga"),
        reply("comment:2", "comment:1", "hot"),
        reply("comment:3", "comment:1", "x"),
    ]);
    case.by_rules(true);
    assert_eq!(
        (case.row("comment:1"), case.row("comment:2")),
        (some("enkla"), some("hot"))
    );
    case.by_hand("comment:1", "ovrigt", true);
    assert_eq!(
        (case.row("comment:2"), case.row("comment:3")),
        (some("ovrigt <"), some("ovrigt <"))
    );
}
