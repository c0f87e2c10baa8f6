//! The catalog's speed: a million records inserted, beside what SQLite needs for bare rows of the same bytes.
//!
//! `cargo bench --bench catalog [-- RECORDS]`. The goal is 300,000 rows per CPU-second before text is indexed.

#![allow(
    clippy::expect_used,
    reason = "a bench that cannot run has nothing to say"
)]
#![allow(clippy::cast_precision_loss, reason = "figures of three digits")]

use std::time::{Duration, Instant};

use arkivd::catalog::{Access, Catalog, Joins, NewCapture, RecordFilter, Sighting};
use arkivd::record::{
    Account, AccountId, Author, Block, CaptureId, Content, Coverage, Digest, Item, Kind, NativeId,
    Outcome, Platform, Reason, RecordId, Span, Visibility,
};
use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{Connection, params};
use rustix::time::{ClockId, clock_gettime};
use uuid::Uuid;

/// Records of one capture: an account of this size is large, and memory stays that of one capture.
const CAPTURE: usize = 10_000;

fn main() {
    let records = std::env::args()
        .skip(1)
        .find_map(|a| a.parse().ok())
        .unwrap_or(1_000_000);
    let dir = tempfile::tempdir_in("target").expect("a folder under target");
    // Accounts one after the other in time, and all over the same years: then each capture touches the whole index.
    for (name, apart) in [
        ("one account after another", true),
        ("all accounts over the same years", false),
    ] {
        let path = dir.path().join(format!("catalog-{apart}.sqlite"));
        let (rows, ours) = insert(&path, records, apart);
        let bare = bare_rows(&dir.path().join(format!("bare-{apart}.sqlite")), rows);
        let per_second = |n: usize, t: Duration| n as f64 / t.as_secs_f64();
        println!(
            "{name}: {records} records, {rows} rows (record, alias, version, observation of each)"
        );
        println!(
            "  ours   {:6.2} CPU s  {:9.0} rows per CPU s",
            ours.as_secs_f64(),
            per_second(rows, ours)
        );
        println!(
            "  bare   {:6.2} CPU s  {:9.0} rows per CPU s",
            bare.as_secs_f64(),
            per_second(rows, bare)
        );
        println!(
            "  ours / bare {:.2}",
            ours.as_secs_f64() / bare.as_secs_f64()
        );
        println!("  a record's history: {}", history(&path));
    }
}

fn cpu() -> Duration {
    let t = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(
        t.tv_sec.unsigned_abs(),
        u32::try_from(t.tv_nsec).unwrap_or(0),
    )
}

fn at(n: usize) -> DateTime<Utc> {
    DateTime::from_timestamp(1_500_000_000, 0).unwrap_or_default()
        + TimeDelta::seconds(n as i64 * 61)
}

fn item(n: usize, first: usize) -> Item {
    let text = "Snöröjningen börjar på gång- och cykelvägarna, därefter huvudgatorna. Frågor besvaras av kontaktcenter.";
    Item {
        native_id: NativeId(format!("comment:{n}")),
        kind: if n.is_multiple_of(10) {
            Kind::Post
        } else {
            Kind::Comment
        },
        parent: (!n.is_multiple_of(10)).then(|| NativeId(format!("comment:{}", n - n % 10))),
        permalink: Some(format!("https://blogg.example/2026/11/inlagg-{n}/")),
        published: Some(at(first + n)),
        edited: None,
        visibility: Visibility::Public,
        content: Content {
            title: (n.is_multiple_of(10)).then(|| format!("Inlägg {n}")),
            author: Some(Author {
                name: "Anna Ek".into(),
                address: None,
            }),
            language: None,
            body: vec![Block::Paragraph {
                spans: vec![Span::plain(format!("{text} ({n})"))],
            }],
            media: vec![],
        },
    }
}

fn insert(path: &std::path::Path, records: usize, apart: bool) -> (usize, Duration) {
    let mut catalog = Catalog::create(path).expect("a new catalog");
    let mut spent = Duration::ZERO;
    let mut rows = 0;
    let coverage = Coverage::default();
    for round in 0..records.div_ceil(CAPTURE) {
        let first = if apart { round * CAPTURE } else { 0 };
        let items: Vec<Item> = (0..CAPTURE).map(|n| item(n, first)).collect();
        let digests: Vec<Digest> = items
            .iter()
            .map(|i| i.content.digest().expect("content has a digest"))
            .collect();
        let id: AccountId = format!("konto-{round}").parse().expect("a good id");
        let account = Account {
            id: id.clone(),
            platform: Platform::WordPress,
            address: "https://blogg.example/".parse().expect("an address"),
            committee: "Kommunstyrelsen".into(),
            purpose: "dialog".into(),
            audience: "invånare".into(),
            responsible: vec![],
            substitute: None,
            credential: None,
            parent: None,
        };
        catalog
            .add_account(&account, "bench", at(0))
            .expect("a row");
        let capture = NewCapture {
            id: CaptureId(Uuid::now_v7()),
            account: &id,
            account_name: None,
            committee: &account.committee,
            door: Some("wordpress"),
            reason: Reason::Manual,
            outcome: Outcome::Sealed,
            entire: true,
            started: at(0),
            finished: at(1),
            new: CAPTURE as u64,
            changed: 0,
            unchanged: 0,
            coverage: &coverage,
            error: None,
            bags: &[],
            look: None,
            absent: &[],
            findings: &[],
            watch: None,
            settles: None,
            imported: &[],
            actor: "bench",
        };
        let ids: Vec<RecordId> = items.iter().map(|_| RecordId(Uuid::now_v7())).collect();
        let sightings = items
            .iter()
            .zip(&ids)
            .zip(&digests)
            .map(|((item, id), digest)| Sighting {
                joins: Joins::None,
                record: *id,
                item,
                digest: *digest,
                media_missing: false,
                place: None,
            });
        let begun = cpu();
        catalog
            .commit_capture(&capture, sightings)
            .expect("a capture");
        spent += cpu() - begun;
        rows += items.len() * 4;
    }
    (rows, spent)
}

/// How long the catalog takes to tell the history of one record, among all: half of a thousand, and all but ten of them.
fn history(path: &std::path::Path) -> String {
    let catalog = Catalog::open(path, Access::Read).expect("the catalog");
    let mut records = Vec::new();
    let filter = RecordFilter::default();
    let mut n = 0usize;
    catalog
        .for_each_record::<arkivd::catalog::Error>(&filter, |line| {
            n += 1;
            if n.is_multiple_of(997) && records.len() < 1000 {
                records.push(line.record);
            }
            Ok(())
        })
        .expect("a list");
    let mut times: Vec<Duration> = records
        .iter()
        .map(|record| {
            let begun = Instant::now();
            catalog.record(*record).expect("a record");
            catalog.vanishings(*record).expect("rows");
            catalog.not_settled(*record).expect("a row");
            begun.elapsed()
        })
        .collect();
    times.sort();
    let at = |share: usize| {
        times
            .get(times.len() * share / 1000)
            .copied()
            .unwrap_or_default()
            .as_secs_f64()
            * 1000.0
    };
    format!("median {:.2} ms, 99 % within {:.2} ms", at(500), at(990))
}

/// What SQLite itself needs: rows with the same content in one plain table, durable as ours.
fn bare_rows(path: &std::path::Path, rows: usize) -> Duration {
    let items: Vec<Item> = (0..CAPTURE).map(|n| item(n, 0)).collect();
    let mut db = Connection::open(path).expect("a database");
    db.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
         CREATE TABLE bare (n INTEGER PRIMARY KEY, native TEXT, permalink TEXT, text TEXT);",
    )
    .expect("a table");
    let texts: Vec<String> = items.iter().map(|i| i.content.plain_text()).collect();
    let begun = cpu();
    for chunk in 0..rows.div_ceil(CAPTURE * 4) {
        let change = db.transaction().expect("a transaction");
        {
            let mut insert = change
                .prepare_cached("INSERT INTO bare (native, permalink, text) VALUES (?1, ?2, ?3)")
                .expect("a statement");
            for n in 0..CAPTURE * 4 {
                let i = (n + chunk) % items.len();
                insert
                    .execute(params![items[i].native_id.0, items[i].permalink, texts[i]])
                    .expect("a row");
            }
        }
        change.commit().expect("a commit");
    }
    cpu() - begun
}
