//! How long an archive takes to open for writing, with the repair that opening begins with.
//!
//! `cargo bench --bench start [-- RECORDS BAGS]`: an archive of 1,000,000 records in 100,000 bags, made once under the
//! target folder (some 2 GB, a few minutes) and used again; the page cache is warm. Exits 1 when opening takes 0.3 s.
#![allow(clippy::unwrap_used, reason = "a bench that cannot go on should stop")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use arkivd::catalog::{Access, Catalog, Joins, NewBag, NewCapture, Place, Sighting};
use arkivd::ledger::Ledger;
use arkivd::policy::Profile;
use arkivd::record::{
    Account, AccountId, BagId, BagKind, Block, CaptureId, Content, Coverage, Digest, Item, Kind,
    NativeId, Outcome, Platform, Reason, RecordId, Span, Visibility,
};
use arkivd::store::Store;
use arkivd::workflow::{Archive, NewArchive, Paths, Surroundings, create_archive};
use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

const ACCOUNTS: usize = 200;
/// As many years as a municipality's archive may have when it is this large.
const MONTHS: u64 = 60;
const MONTH: u64 = 30 * 24 * 3600 * 1000;
const TARGET: Duration = Duration::from_millis(300);

fn main() -> ExitCode {
    if !std::env::args().any(|argument| argument == "--bench") {
        println!("SKIP: writes some 2 GB, so only `cargo bench` runs it");
        return ExitCode::SUCCESS;
    }
    let mut numbers = std::env::args().skip(1).filter_map(|a| a.parse().ok());
    let records = numbers.next().unwrap_or(1_000_000);
    let bags = numbers.next().unwrap_or(100_000);
    let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("start-{records}-{bags}"));
    // The ledger is published last, so an archive with a whole checkpoint was made to its end.
    if !is_made(&dir, bags) {
        let _ = fs::remove_dir_all(&dir);
        let begun = Instant::now();
        make(&dir, records, bags);
        println!("made in {:.0} s", begun.elapsed().as_secs_f64());
    }
    println!("{records} records in {bags} bags");
    let open = median(|| {
        let (archive, repairs) = Archive::open_to_write(&dir, &around()).unwrap();
        assert_eq!(repairs, []);
        drop(archive);
    });
    println!("open_to_write             {:8.1} ms", milliseconds(open));
    for args in [&["status"][..], &["record", "list", "--limit", "20"]] {
        let took = median(|| arkivd(&dir, args));
        println!("{:<25} {:8.1} ms", args.join(" "), milliseconds(took));
    }
    let met = open < TARGET;
    println!(
        "{} open_to_write, under 300 ms",
        if met { "ok  " } else { "MISS" }
    );
    if met {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// Of seven; the first, which warms the page cache, is not counted.
fn median(mut work: impl FnMut()) -> Duration {
    work();
    let mut times: Vec<Duration> = (0..7)
        .map(|_| {
            let begun = Instant::now();
            work();
            begun.elapsed()
        })
        .collect();
    times.sort();
    times[3]
}

fn arkivd(dir: &Path, args: &[&str]) {
    let status = Command::new(env!("CARGO_BIN_EXE_arkivd"))
        .arg("--archive")
        .arg(dir)
        .args(args)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert!(matches!(status.code(), Some(0 | 5)), "{args:?}: {status}");
}

fn around() -> Surroundings {
    Surroundings {
        organisation: "Tibro kommun".into(),
        organisation_number: None,
        second_gate: None,
        pages: None,
        actor: "bench".into(),
        now: Utc::now,
        new_id: Uuid::now_v7,
        salt: || Ok([7; 32]),
    }
}

fn is_made(dir: &Path, bags: u64) -> bool {
    Ledger::open_to_verify(dir)
        .and_then(|ledger| ledger.checkpoint())
        .is_ok_and(|checkpoint| checkpoint.is_some_and(|c| c.size == bags))
}

/// A UUIDv7 of that bag's moment: they lie over [`MONTHS`], and no two are the same.
fn id(moment: u64, n: u64) -> Uuid {
    const FIRST: u64 = 1_600_000_000_000;
    let high = (u128::from(FIRST + moment) << 80) | (7 << 76);
    Uuid::from_u128(high | (2 << 62) | u128::from(n))
}

fn item(native: usize) -> Item {
    Item {
        native_id: NativeId(format!("post:{native}")),
        kind: Kind::Post,
        parent: None,
        permalink: Some(format!("https://blogg.example/2026/11/inlagg-{native}/")),
        published: DateTime::from_timestamp(1_600_000_000, 0)
            .map(|t| t + TimeDelta::seconds(i64::try_from(native).unwrap() * 150)),
        edited: None,
        visibility: Visibility::Public,
        content: Content {
            title: Some(format!("Inlägg {native}")),
            author: None,
            language: None,
            body: vec![Block::Paragraph {
                spans: vec![Span::plain(
                    "Snöröjningen börjar på gång- och cykelvägarna, därefter huvudgatorna.",
                )],
            }],
            media: vec![],
        },
    }
}

/// One capture a bag, of the accounts in turn. A bag's folder holds its commitment and an empty `bag`: opening reads
/// neither.
fn make(dir: &Path, records: u64, bags: u64) {
    let profile = Profile::named("tibro").unwrap();
    let new = NewArchive {
        dir,
        profile: &profile,
        configuration: "organisation = \"Tibro kommun\"\nprofile = \"tibro\"\n",
        origin: "arkivd.example/bench",
    };
    create_archive(&new, &around()).unwrap();
    let store = Store::open(dir).unwrap();
    let mut catalog = Catalog::open(&Paths::new(dir).catalog(), Access::Write).unwrap();
    let accounts: Vec<Account> = (0..ACCOUNTS).map(account).collect();
    for account in &accounts {
        catalog.add_account(account, "bench", Utc::now()).unwrap();
    }
    let coverage = Coverage::default();
    let mut native = 0;
    for n in 0..bags {
        let account = &accounts[usize::try_from(n).unwrap() % ACCOUNTS];
        let moment = n * MONTHS * MONTH / bags;
        let bag = BagId(id(moment, n * 2));
        let commitment = format!("arkivd/commit/v1\n{n:064x}\n{:064x}\n", 0);
        fs::create_dir_all(store.path(bag).join("bag")).unwrap();
        fs::write(store.path(bag).join("commitment.txt"), &commitment).unwrap();
        let until = usize::try_from((n + 1) * records / bags).unwrap();
        let items: Vec<Item> = (native..until).map(item).collect();
        native = until;
        let new_bag = NewBag {
            id: bag,
            kind: BagKind::Records,
            commitment: Digest::of(commitment.as_bytes()),
            bytes: 20_000,
            files: 5,
            pdf: Some("PDF/A-1a, PDF/UA-1".into()),
        };
        let capture = NewCapture {
            id: CaptureId(id(moment, n * 2 + 1)),
            account: &account.id,
            account_name: None,
            committee: &account.committee,
            door: Some("wordpress"),
            reason: Reason::Scheduled,
            outcome: Outcome::Sealed,
            entire: false,
            started: Utc::now(),
            finished: Utc::now(),
            new: items.len() as u64,
            changed: 0,
            unchanged: 0,
            coverage: &coverage,
            error: None,
            bags: &[new_bag],
            look: None,
            absent: &[],
            findings: &[],
            watch: None,
            settles: None,
            imported: &[],
            actor: "bench",
        };
        let sightings = items.iter().map(|item| Sighting {
            joins: Joins::None,
            record: RecordId(Uuid::now_v7()),
            item,
            digest: item.content.digest().unwrap(),
            media_missing: false,
            place: Some(Place {
                bag: 0,
                file: "data/posts.pdf".into(),
                page: Some(1),
            }),
        });
        catalog.commit_capture(&capture, sightings).unwrap();
    }
    Ledger::open(dir)
        .unwrap()
        .publish(
            0,
            catalog.ledger_size().unwrap(),
            &|indexes| catalog.tree_hashes(indexes),
            &|range| catalog.entries(range.start, range.end),
        )
        .unwrap();
}

fn account(n: usize) -> Account {
    Account {
        id: format!("konto-{n}").parse::<AccountId>().unwrap(),
        platform: Platform::WordPress,
        address: "https://blogg.example/".parse().unwrap(),
        committee: "Kommunstyrelsen".into(),
        purpose: "dialog".into(),
        audience: "invånare".into(),
        responsible: vec!["Anna Ek".into()],
        substitute: None,
        credential: None,
        parent: None,
    }
}
