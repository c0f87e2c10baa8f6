//! The timetable's rows: what a schedule, a failure and a capture leave in them.

use chrono::TimeDelta;
use uuid::Uuid;

use super::*;
use crate::catalog::NewCapture;
use crate::record::{Account, CaptureId, Coverage, Outcome, Platform, Reason};

fn at(hours: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::hours(hours)
}

struct Case {
    _dir: tempfile::TempDir,
    catalog: Catalog,
    account: AccountId,
}

impl Case {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut catalog = Catalog::create(&dir.path().join("catalog.sqlite")).unwrap();
        let account = Account {
            id: "blogg".parse().unwrap(),
            platform: Platform::Feed,
            address: "https://blogg.example/".parse().unwrap(),
            committee: "Kommunstyrelsen".into(),
            purpose: "dialog".into(),
            audience: "invånare".into(),
            responsible: vec![],
            substitute: None,
            credential: None,
            parent: None,
        };
        catalog.add_account(&account, "test", at(0)).unwrap();
        Self {
            _dir: dir,
            catalog,
            account: account.id,
        }
    }

    fn keep(&mut self, current: &[(&str, &str)], hours: i64) -> Vec<ScheduleChange> {
        self.catalog.keep_schedules(current, at(hours)).unwrap()
    }

    fn row(&self, schedule: &str) -> Option<TimetableRow> {
        self.catalog.timetable_row(schedule, &self.account).unwrap()
    }

    fn put_off(&mut self, tick: i64) {
        let open = OpenTick {
            tick: at(tick),
            attempts: 3,
            next_try: at(tick + 1),
            problem: "svarar inte".into(),
        };
        self.catalog.put_off("natt", &self.account, &open).unwrap();
    }

    fn capture(&mut self, counted_from: i64, backwards: bool) {
        let settles = Settles {
            schedule: "natt".into(),
            counted_from: at(counted_from),
            backwards,
        };
        self.catalog
            .commit_capture(
                &NewCapture {
                    id: CaptureId(Uuid::now_v7()),
                    account: &self.account,
                    account_name: None,
                    committee: "Kommunstyrelsen",
                    door: Some("feed"),
                    reason: Reason::Scheduled,
                    outcome: Outcome::Unchanged,
                    entire: false,
                    started: at(50),
                    finished: at(51),
                    new: 0,
                    changed: 0,
                    unchanged: 0,
                    coverage: &Coverage::default(),
                    error: None,
                    bags: &[],
                    look: None,
                    absent: &[],
                    findings: &[],
                    watch: None,
                    settles: Some(&settles),
                    imported: &[],
                    actor: "test",
                },
                [],
            )
            .unwrap();
    }

    fn events(&self) -> Vec<(String, String, Option<String>, Option<String>)> {
        let sql = "SELECT verb || ' ' || object, actor, before, after FROM event WHERE verb LIKE 'schedule%' ORDER BY n";
        let mut statement = self.catalog.db.prepare(sql).unwrap();
        let rows = statement.query_map([], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?)));
        rows.unwrap().map(Result::unwrap).collect()
    }
}

#[test]
fn new_and_changed_schedules_count_from_now_and_gone_ones_go_each_with_its_event() {
    use ScheduleChange::{Added, Changed, Removed};
    let mut case = Case::new();
    let natt = ("natt", "0 3 * * *");
    assert_eq!(case.keep(&[natt, ("ny", "0 4 * * *")], 1).len(), 2);
    assert_eq!(case.keep(&[natt, ("ny", "0 4 * * *")], 2), []);
    let account = case.account.clone();
    let entered = [("natt", &account, at(1)), ("ny", &account, at(1))];
    case.catalog.enter(&entered).unwrap();
    case.catalog.enter(&[("natt", &account, at(40))]).unwrap();
    assert_eq!(
        case.row("natt").unwrap().counted_from,
        at(1),
        "it stays as it is"
    );
    case.put_off(3);
    assert_eq!(
        case.keep(&[("natt", "0 5 * * *")], 30),
        [Changed("natt".into()), Removed("ny".into())]
    );
    let row = case.row("natt").unwrap();
    assert_eq!((row.counted_from, row.open), (at(30), None));
    assert_eq!(case.row("ny"), None);
    assert_eq!(
        case.keep(&[natt, ("ny", "0 4 * * *")], 31)[1],
        Added("ny".into())
    );
    assert_eq!(case.row("ny"), None, "it is a new one");
    let events = case.events();
    let verbs: Vec<&str> = events.iter().map(|e| e.0.as_str()).collect();
    assert_eq!(
        verbs[2..4],
        ["schedule change natt", "schedule remove ny"],
        "{events:?}"
    );
    assert!(events.iter().all(|e| e.1 == "arkivd"));
    let (before, after) = (
        events[2].2.as_deref().unwrap(),
        events[2].3.as_deref().unwrap(),
    );
    assert!(before.contains("0 3 * * *") && after.contains("0 5 * * *"));
    assert_eq!((&events[0].2, &events[3].3), (&None, &None));
}

#[test]
fn a_capture_settles_its_tick_and_only_by_hand_an_earlier_time() {
    let mut case = Case::new();
    case.capture(5, false);
    assert_eq!(
        case.row("natt"),
        None,
        "a schedule that is not kept has nothing to count"
    );
    case.keep(&[("natt", "0 3 * * *")], 1);
    case.capture(5, false);
    let row = case.row("natt").unwrap();
    assert_eq!((row.counted_from, row.done), (at(5), Some(at(51))));
    case.put_off(7);
    let open = case.row("natt").unwrap().open.unwrap();
    assert_eq!(
        (open.tick, open.attempts, open.problem.as_str()),
        (at(7), 3, "svarar inte")
    );
    case.capture(7, false);
    case.put_off(7);
    assert_eq!(
        case.row("natt").unwrap().open,
        None,
        "what is settled is not put off"
    );
    case.capture(6, false);
    assert_eq!(case.row("natt").unwrap().counted_from, at(7));
    case.capture(6, true);
    assert_eq!(
        case.row("natt").unwrap().counted_from,
        at(7),
        "a tick that came while it was taken by hand is not taken again"
    );
    // By a clock that ran ahead of the capture by hand, which is finished at 51.
    case.capture(60, false);
    case.capture(6, true);
    assert_eq!(case.row("natt").unwrap().counted_from, at(6));
}
