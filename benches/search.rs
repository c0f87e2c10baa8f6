//! Search's speed: the index of a million records made by increments, and queries while a snapshot writes beside.
//!
//! `cargo bench --bench search [-- RECORDS]`. The goals: under 8 CPU-seconds for the index of a million records, and 99
//! of 100 queries, newest first, within 20 ms.

#![allow(
    clippy::expect_used,
    reason = "a bench that cannot run has nothing to say"
)]
#![allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_wrap,
    reason = "figures of three digits"
)]

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use arkivd::catalog::{
    Access, Catalog, Joins, NewCapture, Restricted, SearchFilter, SearchOrder, SearchRequest,
    Sighting,
};
use arkivd::record::{
    Account, AccountId, Author, Block, CaptureId, Content, Coverage, Digest, Item, Kind, NativeId,
    Outcome, Platform, Reason, RecordId, Span, Visibility,
};
use arkivd::retention::Query;
use arkivd::workflow::INDEXED_AT_ONCE;
use chrono::{DateTime, TimeDelta, Utc};
use rustix::time::{ClockId, clock_gettime};
use uuid::Uuid;

const CAPTURE: usize = 10_000;
/// Different words, the n-th a tenth-th as common as the first ten.
const WORDS: usize = 50_000;

fn main() {
    let records = std::env::args()
        .skip(1)
        .find_map(|a| a.parse().ok())
        .unwrap_or(1_000_000);
    let dir = tempfile::tempdir_in("target").expect("a folder under target");
    let path = dir.path().join("catalog.sqlite");
    let texts = Texts::new();
    let mut catalog = Catalog::create(&path).expect("a new catalog");
    let begun = cpu(ClockId::ProcessCPUTime);
    for round in 0..records / CAPTURE {
        commit(&mut catalog, &texts, round, CAPTURE);
    }
    let whole = cpu(ClockId::ProcessCPUTime) - begun;
    println!(
        "{records} records in captures of {CAPTURE}: {:.2} CPU s with their index",
        whole.as_secs_f64()
    );
    catalog.begin_index_anew().expect("an empty index");
    let begun = cpu(ClockId::ProcessCPUTime);
    while !catalog.index_more(INDEXED_AT_ONCE).expect("an increment") {}
    let index = cpu(ClockId::ProcessCPUTime) - begun;
    println!(
        "  the index alone, by increments of {INDEXED_AT_ONCE}: {:.2} CPU s",
        index.as_secs_f64()
    );
    let size = std::fs::metadata(&path).map_or(0, |m| m.len());
    println!("  catalog {} MB", size / 1_000_000);
    drop(catalog);
    queries(&path, &texts, records / CAPTURE);
}

/// Each kind of query, with a writer that never rests beside it.
fn queries(path: &Path, texts: &Texts, first: usize) {
    let over = AtomicBool::new(false);
    let written = AtomicU64::new(0);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut writer = Catalog::open(path, Access::Write).expect("a writer");
            let mut round = first;
            while !over.load(Ordering::Relaxed) {
                commit(&mut writer, texts, round, 500);
                written.fetch_add(500, Ordering::Relaxed);
                round += 1;
            }
        });
        let account = format!("konto-{}", first / 2);
        let rare = texts.words[WORDS - 1].clone();
        let common = texts.words[0].clone();
        for (name, query, filter) in [
            ("in half the records", "kommunen".to_owned(), None),
            ("two common words", format!("kommunen {common}"), None),
            ("a phrase", format!("\"{common} kommunen\""), None),
            ("a rare word", rare.clone(), None),
            ("a common word and a rare", format!("kommunen {rare}"), None),
            ("a word that is nowhere", "zzzzzz".to_owned(), None),
            ("a prefix of half the records", "kommu*".to_owned(), None),
            ("a short prefix", "be*".to_owned(), None),
            ("a rare prefix", format!("{}*", &rare), None),
            ("common, not common", format!("kommunen -{common}"), None),
            (
                "common, of one account",
                "kommunen".to_owned(),
                Some(account),
            ),
            ("author", "author:\"anna ek\"".to_owned(), None),
        ] {
            let times = measure(path, &query, filter.as_deref());
            let at = |share: usize| {
                let at = times.get((times.len() * share / 1000).min(times.len() - 1));
                at.copied().unwrap_or_default().as_secs_f64() * 1000.0
            };
            println!(
                "  {name:<30} median {:6.2} ms, 99 % within {:6.2} ms, most {:6.2} ms",
                at(500),
                at(990),
                at(1000)
            );
        }
        over.store(true, Ordering::Relaxed);
    });
    let written = written.load(Ordering::Relaxed);
    println!("  {written} records were written meanwhile");
    let reader = Catalog::open(path, Access::Read).expect("a reader");
    for (name, query) in [
        ("in half the records", "kommunen"),
        ("author", "author:anna"),
    ] {
        let request = SearchRequest {
            order: SearchOrder::Relevance,
            ..request(query, None)
        };
        let begun = Instant::now();
        reader.search(&request).expect("hits");
        println!(
            "  by relevance, {name}: {:.0} ms",
            begun.elapsed().as_secs_f64() * 1000.0
        );
    }
    let begun = Instant::now();
    let all = SearchRequest {
        count_all: true,
        limit: 0,
        ..request("kommunen", None)
    };
    let found = reader.search(&all).expect("a count");
    println!(
        "  counting all {} hits: {:.0} ms",
        found.count,
        begun.elapsed().as_secs_f64() * 1000.0
    );
}

/// Times of a query, by a connection of its own each time as a command has, sorted.
fn measure(path: &Path, query: &str, account: Option<&str>) -> Vec<Duration> {
    let mut times: Vec<Duration> = (0..300)
        .map(|_| {
            let begun = Instant::now();
            let reader = Catalog::open(path, Access::Read).expect("a reader");
            reader.search(&request(query, account)).expect("hits");
            begun.elapsed()
        })
        .collect();
    times.sort();
    times
}

fn request(query: &str, account: Option<&str>) -> SearchRequest {
    SearchRequest {
        query: Some(Query::parse(query).expect("a query")),
        filters: vec![SearchFilter {
            accounts: account
                .iter()
                .map(|id| id.parse().expect("an id"))
                .collect(),
            ..SearchFilter::default()
        }],
        restricted: Restricted::All,
        order: SearchOrder::Newest,
        skip: 0,
        limit: 20,
        every_version: false,
        count_all: false,
    }
}

fn cpu(of: ClockId) -> Duration {
    let t = clock_gettime(of);
    Duration::new(
        t.tv_sec.unsigned_abs(),
        u32::try_from(t.tv_nsec).unwrap_or(0),
    )
}

/// Words that come as often as words do, by numbers that are the same each time.
struct Texts {
    words: Vec<String>,
}

impl Texts {
    fn new() -> Self {
        const SYLLABLES: [&str; 20] = [
            "be", "an", "ru", "snö", "lå", "väg", "ti", "som", "da", "ger", "kul", "mo", "ret",
            "fi", "ska", "ned", "ho", "öst", "pla", "ver",
        ];
        let words = (0..WORDS).map(|n| {
            let mut n = n * 7919 + 13;
            let mut word = String::new();
            for _ in 0..4 {
                word.push_str(SYLLABLES[n % SYLLABLES.len()]);
                n /= SYLLABLES.len();
            }
            word
        });
        Self {
            words: words.collect(),
        }
    }

    /// Fourteen words, as comments have.
    fn text(&self, n: usize) -> String {
        let mut seed = (n as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut text = String::new();
        for at in 0..14 {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            let share = (seed >> 11) as f64 / (1u64 << 53) as f64;
            let word = (WORDS as f64).powf(share) as usize - 1;
            if at == 7 && n.is_multiple_of(2) {
                text.push_str("kommunen ");
            }
            text.push_str(self.words.get(word).map_or("", String::as_str));
            text.push(' ');
        }
        text
    }

    fn item(&self, n: usize, native: usize) -> Item {
        let at = DateTime::from_timestamp(1_400_000_000, 0).unwrap_or_default();
        Item {
            native_id: NativeId(format!("comment:{native}")),
            kind: if n.is_multiple_of(10) {
                Kind::Post
            } else {
                Kind::Comment
            },
            parent: None,
            permalink: None,
            published: Some(at + TimeDelta::seconds(n as i64 * 301)),
            edited: None,
            visibility: Visibility::Public,
            content: Content {
                title: (n.is_multiple_of(10)).then(|| format!("Inlägg {n}")),
                author: Some(Author {
                    name: if n.is_multiple_of(3) {
                        "Anna Ek"
                    } else {
                        "Bo Alm"
                    }
                    .into(),
                    address: None,
                }),
                language: None,
                body: vec![Block::Paragraph {
                    spans: vec![Span::plain(self.text(n))],
                }],
                media: vec![],
            },
        }
    }
}

fn commit(catalog: &mut Catalog, texts: &Texts, round: usize, size: usize) {
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
    let now = DateTime::<Utc>::from_timestamp(1_800_000_000, 0).unwrap_or_default();
    catalog
        .add_account(&account, "bench", now)
        .expect("an account");
    let items: Vec<Item> = (0..size)
        .map(|n| texts.item(round * CAPTURE + n, n))
        .collect();
    let digests: Vec<Digest> = items
        .iter()
        .map(|i| i.content.digest().expect("content has a digest"))
        .collect();
    let coverage = Coverage::default();
    let capture = NewCapture {
        id: CaptureId(Uuid::now_v7()),
        account: &id,
        account_name: None,
        committee: &account.committee,
        door: Some("wordpress"),
        reason: Reason::Manual,
        outcome: Outcome::Sealed,
        entire: true,
        started: now,
        finished: now,
        new: size as u64,
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
    let sightings = items.iter().zip(&digests).map(|(item, digest)| Sighting {
        joins: Joins::None,
        record: RecordId(Uuid::now_v7()),
        item,
        digest: *digest,
        media_missing: false,
        place: None,
    });
    catalog
        .commit_capture(&capture, sightings)
        .expect("a capture");
}
