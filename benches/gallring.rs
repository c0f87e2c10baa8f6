//! The speed of a gallring's list: proposed over a million records, the first 500 due, and with flat memory over ten.
//!
//! `cargo bench --bench gallring [-- RECORDS]`. The goals are under 1 s for a million (12 s for ten), and under 1 ms for
//! the first 500 due.

#![allow(
    clippy::expect_used,
    reason = "a bench that cannot run has nothing to say"
)]

use std::path::Path;
use std::time::Instant;

use arkivd::catalog::{Access, Catalog, HoldScope, NewHold, NewPlan};
use arkivd::record::{Account, Platform};
use arkivd::retention::{Place, Plan, Question, SavedSearch};
use arkivd::workflow::look_at_list;
use chrono::{DateTime, Days, NaiveDate, Utc};
use rusqlite::{Connection, params};
use uuid::Uuid;

const COMMITTEE: &str = "Kommunstyrelsen";
const PLAN: &str = r#"
[plan]
committee = "Kommunstyrelsen"
title = "Dokumenthanteringsplan"
gallringsansvarig = "Anna Ek"
[plan.decision]
by = "Kommunstyrelsen"
date = 2020-01-01
paragraph = "§ 1"
[[row]]
id = "fragor"
handlingstyp = "Enkla frågor"
archive = "gallras 2 år efter publicering"
[row.inquiry]
rattskipning = "Skadas inte"
verksamhet = "Behövs inte"
forskning = "Ringa"
kulturarv = "Ringa"
[[row]]
id = "ansprakslosa"
handlingstyp = "Anspråkslösa inlägg"
archive = "gallras 1 år efter publicering"
[row.inquiry]
rattskipning = "Skadas inte"
verksamhet = "Behövs inte"
forskning = "Ringa"
kulturarv = "Ringa"
"#;

fn main() {
    let records: i64 = std::env::args()
        .skip(1)
        .find_map(|a| a.parse().ok())
        .unwrap_or(1_000_000);
    let dir = tempfile::tempdir_in("target").expect("a folder under target");
    let path = dir.path().join("catalog.sqlite");
    // Texts are read by saved searches alone.
    let texts = records <= 1_000_000;
    let catalog = fill(&path, records, texts);
    let today = day("2026-11-21");
    let question = Question {
        place: Place::Archive,
        until: today,
        rows: vec![],
        records: vec![],
        pages: true,
    };
    let before = peak();
    for round in ["first", "second"] {
        let begun = Instant::now();
        let look = look_at_list(&catalog, COMMITTEE, &question, today, false).expect("a list");
        let seconds = begun.elapsed().as_secs_f64();
        println!(
            "propose, {round}: {} on the list, {} kept, {seconds:.3} s",
            look.sum.records, look.kept_records
        );
    }
    println!(
        "memory at its highest: {before} kB before, {} kB after",
        peak()
    );
    let mut best = f64::MAX;
    for _ in 0..20 {
        let begun = Instant::now();
        let found = catalog.longest_due(COMMITTEE, today, 500).expect("a list");
        assert_eq!(found.len(), 500);
        best = best.min(begun.elapsed().as_secs_f64());
    }
    println!("the first 500 due: {:.3} ms", best * 1000.0);
    let begun = Instant::now();
    let due = catalog
        .count_due(COMMITTEE, Place::Archive, today)
        .expect("a count");
    println!(
        "count for status: {due}, {:.3} s",
        begun.elapsed().as_secs_f64()
    );
    if texts {
        with_a_search(catalog, &path, &question, today);
    }
}

fn with_a_search(catalog: Catalog, path: &Path, question: &Question, today: NaiveDate) {
    drop(catalog);
    let mut catalog = Catalog::open(path, Access::Write).expect("the catalog");
    let search = SavedSearch {
        words: vec!["kontaktcenter".into(), "(77".into()],
        ..SavedSearch::default()
    };
    let hold = NewHold {
        scope: HoldScope::Search,
        object: "sökning".into(),
        reason: "tvist",
        ends: None,
    };
    catalog
        .add_holds(&[hold], Some(("sökning", &search)), "bench", Utc::now())
        .expect("a hold");
    let begun = Instant::now();
    let look = look_at_list(&catalog, COMMITTEE, question, today, false).expect("a list");
    println!(
        "propose under a saved search: {} kept, {:.3} s",
        look.kept_records,
        begun.elapsed().as_secs_f64()
    );
}

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a day")
}

/// The most memory this process has had, in kB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|l| l.trim().split(' ').next()?.parse().ok())
        .unwrap_or(0)
}

fn fill(path: &Path, records: i64, texts: bool) -> Catalog {
    let mut catalog = Catalog::create(path).expect("a new catalog");
    let added: DateTime<Utc> = "2020-01-01T00:00:00Z".parse().expect("a time");
    for account in ["blogg", "webb"] {
        let account = Account {
            id: account.parse().expect("an id"),
            platform: Platform::WordPress,
            address: "https://blogg.example/".parse().expect("an address"),
            committee: COMMITTEE.into(),
            purpose: "dialog".into(),
            audience: "invånare".into(),
            responsible: vec![],
            substitute: None,
            credential: None,
            parent: None,
        };
        catalog
            .add_account(&account, "bench", added)
            .expect("a row");
    }
    let plan = Plan::parse(PLAN, "plan.toml").expect("a plan");
    catalog
        .add_plan(&NewPlan {
            committee: COMMITTEE,
            plan: &plan,
            text: PLAN,
            copy: "plan.toml",
            at: added,
            actor: "bench",
        })
        .expect("a plan");
    rows(path, records, texts);
    let holds: Vec<NewHold<'_>> = (0..200_u128)
        .map(|n| NewHold {
            scope: HoldScope::Record,
            object: Uuid::from_u128(n * 97 + 1).to_string(),
            reason: "tvist",
            ends: None,
        })
        .collect();
    catalog
        .add_holds(&holds, None, "bench", added)
        .expect("holds");
    catalog
}

/// Rows as captures and rules leave them, written straight: what takes them in is measured elsewhere.
fn rows(path: &Path, records: i64, texts: bool) {
    let mut db = Connection::open(path).expect("the catalog");
    db.execute_batch("PRAGMA synchronous = OFF; PRAGMA cache_size = -262144")
        .expect("a pragma");
    let change = db.transaction().expect("a transaction");
    let first = day("2015-01-01");
    {
        let mut record = change
            .prepare("INSERT INTO record (n, id, account, committee, kind, parent, permalink, published, latest) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?1)")
            .expect("an insert");
        let mut version = change
            .prepare("INSERT INTO version (n, record, number, digest, visibility, author, text, content, media_missing) VALUES (?1, ?1, 1, ?2, 'public', 'Anna Ek', ?3, '{}', 0)")
            .expect("an insert");
        let mut decided = change
            .prepare("INSERT INTO classification (record, plan_row, actor, at, due) VALUES (?1, ?2, 'bench', '2026-01-01T00:00:00Z', ?3)")
            .expect("an insert");
        for n in 1..=records {
            let head = n - n % 10;
            // Two accounts over the same ten years, so that days and rows lie apart.
            let days = u64::try_from((n / 2) % 3650).unwrap_or(0);
            let published = first + Days::new(days);
            let id = u128::from(n.unsigned_abs());
            record
                .execute(params![
                    n,
                    Uuid::from_u128(id).as_bytes(),
                    if n % 2 == 0 { "blogg" } else { "webb" },
                    COMMITTEE,
                    if n == head { "post" } else { "comment" },
                    (n != head && head > 0).then_some(head),
                    format!("https://blogg.example/2026/11/inlagg-{n}/"),
                    format!("{published}T12:00:00Z"),
                ])
                .expect("a row");
            if texts {
                let text = format!(
                    "Snöröjningen börjar på gång- och cykelvägarna, därefter huvudgatorna. Frågor besvaras av kontaktcenter. ({n})"
                );
                version
                    .execute(params![n, [0_u8; 32], text])
                    .expect("a row");
            }
            let due = published + Days::new(if n % 3 == 0 { 365 } else { 731 });
            decided
                .execute(params![n, 1 + i64::from(n % 3 == 0), due.to_string()])
                .expect("a row");
        }
    }
    change.commit().expect("a commit");
    // As an archive that is in use has it: nothing left in the log.
    db.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")
        .expect("a checkpoint");
}
