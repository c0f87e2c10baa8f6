//! Whatever plans, holds and days come together: what is held, or what no decision lets go, is on no list; and the same
//! question has the same list. The list is compared with one that is made the slow and plain way.

use std::collections::HashMap;

use arkivd::catalog::{Approval, HoldScope, NewGallring, NewHold};
use arkivd::record::GallringId;
use arkivd::retention::{DayOf, Fate, GallringDecision, Happened, ListDigest, SavedSearch};
use chrono::{Days, NaiveDate};
use proptest::prelude::*;
use rusqlite::params;
use uuid::Uuid;

use crate::shelf::{KS, New, SN, Shelf, at, day, due_until, id, plan_text};

const FATES: [&str; 6] = [
    "bevaras",
    "gallras vid inaktualitet",
    "gallras 1 månad efter publicering",
    "gallras 2 år efter publicering",
    "gallras 10 dagar efter registrering",
    "gallras 8000 år efter publicering",
];

/// Moments about which calendars disagree: the ends of months, leap days, the nights on which clocks change.
const MOMENTS: [&str; 8] = [
    "2024-02-28T23:30:00Z",
    "2024-02-29T12:00:00Z",
    "2025-12-31T23:30:00Z",
    "2026-01-31T12:00:00Z",
    "2026-03-28T23:30:00Z",
    "2026-03-29T00:30:00Z",
    "2026-10-25T00:30:00Z",
    "2026-10-25T22:30:00Z",
];

#[derive(Debug, Clone)]
struct Version {
    decided: bool,
    from: Option<i64>,
    to: Option<i64>,
    fates: Vec<usize>,
}

#[derive(Debug, Clone)]
struct Paper {
    account: usize,
    /// Answers the record that many before it.
    answers: Option<usize>,
    moment: Option<usize>,
    words: usize,
    /// Version of the plan, and row.
    row: Option<(usize, usize)>,
    inaktuell: Option<i64>,
    registered: Option<i64>,
    /// In a second case after the first, whose number is higher by a thousand.
    again: bool,
    gone: bool,
}

#[derive(Debug, Clone)]
enum Hold {
    Record(usize),
    Account(usize),
    Case(usize),
    Words(usize),
    Removal {
        record: usize,
        closed: bool,
        police: bool,
    },
}

#[derive(Debug, Clone)]
struct Held {
    what: Hold,
    ends: Option<i64>,
    released: bool,
}

const ACCOUNTS: [(&str, &str); 3] = [("blogg", KS), ("webb", KS), ("soc", SN)];
const WORDS: [&str; 3] = ["snöröjning", "bygglov", "Snöröjning och bygglov"];

fn today() -> NaiveDate {
    day("2026-10-25")
}

fn shifted(days: i64) -> NaiveDate {
    match u64::try_from(days) {
        Ok(days) => today() + Days::new(days),
        Err(_) => today() - Days::new(days.unsigned_abs()),
    }
}

fn version() -> impl Strategy<Value = Version> {
    (
        any::<bool>(),
        proptest::option::of(-400_i64..30),
        proptest::option::of(-30_i64..400),
        proptest::collection::vec(0..FATES.len(), 3),
    )
        .prop_map(|(decided, from, to, fates)| Version {
            decided,
            from: from.map(|f| f.min(to.unwrap_or(f))),
            to,
            fates,
        })
}

fn paper() -> impl Strategy<Value = Paper> {
    (
        0..ACCOUNTS.len(),
        proptest::option::of(1..6_usize),
        proptest::option::weighted(0.9, 0..MOMENTS.len()),
        0..WORDS.len(),
        proptest::option::weighted(0.8, (0..2_usize, 0..3_usize)),
        proptest::option::of(-40_i64..5),
        (proptest::option::of(-40_i64..5), any::<bool>()),
        proptest::bool::weighted(0.05),
    )
        .prop_map(
            |(account, answers, moment, words, row, inaktuell, (registered, again), gone)| Paper {
                account,
                answers,
                moment,
                words,
                row,
                inaktuell,
                registered,
                again,
                gone,
            },
        )
}

fn held() -> impl Strategy<Value = Held> {
    let what = prop_oneof![
        (0..24_usize).prop_map(Hold::Record),
        (0..ACCOUNTS.len()).prop_map(Hold::Account),
        (0..24_usize).prop_map(Hold::Case),
        (0..WORDS.len()).prop_map(Hold::Words),
        (0..24_usize, any::<bool>(), any::<bool>()).prop_map(|(record, closed, police)| {
            Hold::Removal {
                record,
                closed,
                police,
            }
        }),
    ];
    (
        what,
        proptest::option::of(-2_i64..3),
        proptest::bool::weighted(0.2),
    )
        .prop_map(|(what, ends, released)| Held {
            what,
            ends,
            released,
        })
}

/// The archive, and what the plain way needs to know of it.
struct World {
    shelf: Shelf,
    papers: Vec<Paper>,
    parents: Vec<Option<usize>>,
    due: Vec<Option<NaiveDate>>,
    lets_go: Vec<bool>,
    direct: Vec<bool>,
    accounts_held: [bool; 3],
}

impl World {
    fn new(versions: &[Version], papers: &[Paper], holds: &[Held]) -> Self {
        let mut shelf = Shelf::new();
        for (account, committee) in ACCOUNTS {
            shelf.account(account, committee);
        }
        shelf.db.execute_batch("BEGIN").unwrap();
        shelf.db.execute_batch("COMMIT").unwrap();
        let names = ["a", "b", "c"];
        let mut plans = Vec::new();
        for (n, version) in versions.iter().enumerate() {
            let rows: Vec<_> = names
                .iter()
                .zip(&version.fates)
                .map(|(name, fate)| (*name, FATES[*fate], "ingen åtgärd"))
                .collect();
            let mut text = plan_text(
                KS,
                version.decided,
                version.from.map(shifted),
                version.to.map(shifted),
                &rows,
            );
            text.push_str(&format!("# {n}\n"));
            plans.push(shelf.plan(KS, &text, "2026-01-01T00:00:00Z"));
        }
        let mut world = Self {
            parents: papers
                .iter()
                .enumerate()
                .map(|(n, p)| {
                    let above = n.checked_sub(p.answers?)?;
                    (papers[above].account == p.account).then_some(above)
                })
                .collect(),
            shelf,
            papers: papers.to_vec(),
            due: vec![None; papers.len()],
            lets_go: vec![false; papers.len()],
            direct: vec![false; papers.len()],
            accounts_held: [false; 3],
        };
        world.file(versions, &plans);
        for (n, held) in holds.iter().enumerate() {
            world.hold(n, held);
        }
        world
    }

    fn file(&mut self, versions: &[Version], plans: &[i64]) {
        self.shelf.db.execute_batch("BEGIN").unwrap();
        for (n, paper) in self.papers.iter().enumerate() {
            let (account, committee) = ACCOUNTS[paper.account];
            let number = n as i64 + 1;
            self.shelf.record(&New {
                n: number,
                account,
                committee,
                kind: "comment",
                parent: self.parents[n].map(|p| p as i64 + 1),
                published: paper.moment.map(|m| MOMENTS[m]),
                author: "Bo",
                text: WORDS[paper.words],
            });
            let second = paper.registered.filter(|_| paper.again);
            for (what, mark, number_in) in [
                ("inaktuell", paper.inaktuell, n),
                ("registered", paper.registered, n),
                ("registered", second, n + 1000),
            ] {
                if let Some(days) = mark {
                    self.shelf
                        .db
                        .execute(
                            "INSERT INTO record_mark (record, what, value, day, at, actor) VALUES (?1, ?2, ?3, ?4, 'x', 'test')",
                            params![number, what, format!("KS 2026/{number_in}"), shifted(days).to_string()],
                        )
                        .unwrap();
                }
            }
            if let Some((version, row)) = paper.row {
                let fate: Fate = FATES[versions[version].fates[row]].parse().unwrap();
                let happened = Happened {
                    published: paper
                        .moment
                        .map(|m| arkivd::calendar::local_date(at(MOMENTS[m]))),
                    inaktuell: paper.inaktuell.map(shifted),
                    registered: paper.registered.map(shifted),
                    ..Happened::default()
                };
                let due = match fate.day(&happened) {
                    DayOf::On(due) => Some(due),
                    _ => None,
                };
                let name = ["a", "b", "c"][row];
                self.shelf
                    .classify(number, self.shelf.plan_row(plans[version], name), due, None);
                self.due[n] = due;
                let v = &versions[version];
                self.lets_go[n] =
                    v.decided && v.from.is_none_or(|from| from <= 0) && fate != Fate::Preserve;
            }
            if paper.gone {
                self.shelf
                    .db
                    .execute_batch(&format!(
                        "INSERT OR IGNORE INTO gallring (n, id, committee, place, question, records, pages, digest, counts, proposed, proposer, state)
                         VALUES (99, x'01', '{KS}', 'archive', '{{}}', 0, 0, x'', '[]', '', '', 'executed');
                         UPDATE record SET gallring = 99 WHERE n = {number};"
                    ))
                    .unwrap();
            }
        }
        self.shelf.db.execute_batch("COMMIT").unwrap();
    }

    fn hold(&mut self, n: usize, held: &Held) {
        let ends = held.ends.map(shifted);
        let holds = !held.released && held.ends.is_none_or(|days| days >= 0);
        let index = |record: usize| record % self.papers.len();
        let mut search = None;
        let (scope, object) = match held.what {
            Hold::Removal {
                record,
                closed,
                police,
            } => {
                let record = index(record);
                let account = ACCOUNTS[self.papers[record].account].0;
                self.shelf.removal(
                    n as i64 + 1,
                    &[(account, record as i64 + 1)],
                    closed,
                    police,
                );
                self.direct[record] |= !closed || police;
                return;
            }
            Hold::Record(record) => {
                let record = index(record);
                self.direct[record] |= holds;
                (HoldScope::Record, id(record as i64 + 1).to_string())
            }
            Hold::Account(account) => {
                self.accounts_held[account] |= holds;
                (HoldScope::Account, ACCOUNTS[account].0.to_owned())
            }
            Hold::Case(record) => {
                let record = index(record);
                self.direct[record] |= holds && self.papers[record].registered.is_some();
                // As another hand writes it.
                (HoldScope::Case, format!("ks2026/{record}"))
            }
            Hold::Words(word) => {
                let sought = WORDS[word].to_lowercase();
                for (record, paper) in self.papers.iter().enumerate() {
                    self.direct[record] |=
                        holds && WORDS[paper.words].to_lowercase().contains(&sought);
                }
                let saved = SavedSearch {
                    words: vec![WORDS[word].to_uppercase()],
                    ..SavedSearch::default()
                };
                search = Some((format!("sökning {n}"), saved));
                (HoldScope::Search, format!("sökning {n}"))
            }
        };
        let new = NewHold {
            scope,
            object,
            reason: "tvist",
            ends,
        };
        let now = at("2026-10-01T00:00:00Z");
        let search = search.as_ref().map(|(name, saved)| (name.as_str(), saved));
        let numbers = self
            .shelf
            .catalog
            .add_holds(&[new], search, "test", now)
            .unwrap();
        if held.released {
            self.shelf
                .catalog
                .release_hold(numbers[0], "klart", "test", now)
                .unwrap();
        }
    }

    fn above(&self, n: usize) -> Vec<usize> {
        std::iter::successors(Some(n), |n| self.parents[*n]).collect()
    }

    /// Held by itself, by what it answers or by what answers it.
    fn is_held(&self, n: usize) -> bool {
        let above = self.above(n);
        let below = (0..self.papers.len()).filter(|m| self.above(*m).contains(&n));
        self.accounts_held[self.papers[n].account]
            || above.iter().any(|m| self.direct[*m])
            || below.into_iter().any(|m| self.direct[m])
    }

    fn expected(&self, until: NaiveDate) -> Vec<usize> {
        (0..self.papers.len())
            .filter(|n| {
                let paper = &self.papers[*n];
                !paper.gone
                    && ACCOUNTS[paper.account].1 == KS
                    && self.lets_go[*n]
                    && self.due[*n].is_some_and(|due| due <= until)
                    && !self.is_held(*n)
            })
            .collect()
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        // scripts/soak sets PROPTEST_CASES.
        cases: std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(48),
        ..ProptestConfig::default()
    })]

    #[test]
    fn what_is_held_or_not_decided_is_on_no_list(
        versions in proptest::collection::vec(version(), 2),
        papers in proptest::collection::vec(paper(), 1..24),
        holds in proptest::collection::vec(held(), 0..5),
        until in -100_i64..1,
        new_hold in 0..24_usize,
    ) {
        let mut world = World::new(&versions, &papers, &holds);
        let until = shifted(until);
        let question = due_until(until);
        let (mut goes, kept) = world.shelf.list(KS, &question, today());
        let again = world.shelf.list(KS, &question, today());
        prop_assert_eq!((&goes, &kept), (&again.0, &again.1));
        let order = goes.clone();
        goes.sort_unstable();
        let expected: Vec<_> = world.expected(until).into_iter().map(|n| id(n as i64 + 1)).collect();
        prop_assert_eq!(&goes, &expected);
        // What one record is asked of says the same as the list of all.
        let by_one: HashMap<_, _> = (0..papers.len())
            .map(|n| (n, !world.shelf.catalog.holds_on(id(n as i64 + 1), today()).unwrap().is_empty()))
            .collect();
        for (n, held) in by_one {
            prop_assert_eq!(held, world.is_held(n), "record {}", n + 1);
        }
        // Nobody else's list has any of it.
        prop_assert!(world.shelf.list(SN, &question, today()).0.is_empty());

        // Proposed, and then something of it is held: it cannot be approved.
        let mut digest = ListDigest::new(KS, &question);
        world.shelf.catalog.for_each_due::<arkivd::catalog::Error>(KS, &question, today(), false, |line, hinders| {
            if hinders.is_empty() {
                digest.add(&line.line);
            }
            Ok(std::ops::ControlFlow::Continue(()))
        }).unwrap();
        let sum = digest.finish();
        prop_assert_eq!(sum.records as usize, order.len());
        let gallring = GallringId(Uuid::from_u128(7));
        let now = at("2026-10-25T10:00:00Z");
        world.shelf.catalog.add_gallring(&NewGallring {
            id: gallring, committee: KS, question: &question, sum: &sum, counts: &[], actor: "test", at: now,
        }).unwrap();
        let decision = GallringDecision::Plan { plans: vec![], gallringsansvarig: "Anna Ek".into() };
        let approval = Approval { decision: &decision, by: "Anna Ek", actor: "test", at: now, today: today() };
        if !order.is_empty() {
            let held = order[new_hold % order.len()];
            let hold = NewHold { scope: HoldScope::Record, object: held.to_string(), reason: "tvist", ends: None };
            let numbers = world.shelf.catalog.add_holds(&[hold], None, "test", now).unwrap();
            prop_assert!(world.shelf.catalog.approve_gallring(gallring, &approval).is_err());
            world.shelf.catalog.release_hold(numbers[0], "klart", "test", now).unwrap();
        }
        prop_assert!(world.shelf.catalog.approve_gallring(gallring, &approval).is_ok());
        prop_assert!(world.shelf.catalog.approve_gallring(gallring, &approval).is_err(), "once");
    }
}
