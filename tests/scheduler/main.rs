//! The scheduler by the library: what is due is taken once, in order, whatever the clock, the platform and the files do.
//! The clock is the test's own; the scheduler is woken by its settings, and watched through the catalog.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod case;
mod full_disk;
mod lists;
mod looks;
#[path = "../support/mod.rs"]
mod support;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use arkivd::workflow::Timetable;
use case::Case;
use chrono::{DateTime, Utc};
use support::hostile::{http, serve};

const EMPTY: &str = "<?xml version='1.0'?><rss version='2.0'><channel><title>Tomt</title>\
                     <link>http://a.example/</link><description>x</description></channel></rss>";

/// 2026-11-11, noon in Sweden.
const NOON: &str = "2026-11-11T11:00:00Z";

fn at(rfc3339: &str) -> DateTime<Utc> {
    rfc3339.parse().unwrap()
}

/// A clock of a test's own: `Surroundings` takes a plain function.
macro_rules! clock {
    () => {{
        static SECONDS: std::sync::atomic::AtomicI64 = std::sync::atomic::AtomicI64::new(0);
        fn now() -> chrono::DateTime<chrono::Utc> {
            chrono::DateTime::from_timestamp(SECONDS.load(Ordering::SeqCst), 0).unwrap()
        }
        (&SECONDS, now as fn() -> chrono::DateTime<chrono::Utc>)
    }};
}
use clock;

/// A feed without entries that counts how often it was asked.
fn counting() -> (String, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    let address = serve(move |_| {
        counted.fetch_add(1, Ordering::SeqCst);
        http("200 OK", "application/rss+xml", EMPTY)
    });
    (address, asked)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn each_tick_is_taken_once_over_restarts_and_a_clock_that_is_set() {
    let case = Case::new(clock!());
    let dir = case.archive.path();
    case.schedule("natt", "0 3 * * *", "\"all\"");
    let (address, asked) = counting();
    let scheduler = case.start();
    scheduler.until(|_| scheduler.archive.catalog().schedules().unwrap().len() == 1);
    case.register(&scheduler.archive, "a", &address);
    scheduler.wake(dir);
    let rows = scheduler.until(|rows| rows.len() == 1);
    assert_eq!(
        rows[0].counted_from,
        at(NOON),
        "nothing before is caught up"
    );
    assert_eq!(asked.load(Ordering::SeqCst), 0);

    case.set("2026-11-12T02:00:00Z");
    scheduler.wake(dir);
    let first = at("2026-11-12T02:00:00Z");
    let rows = scheduler.until(|rows| rows[0].counted_from == first);
    assert_eq!(rows[0].done, Some(first));
    scheduler.stop().await;
    assert_eq!(asked.load(Ordering::SeqCst), 1);

    // Set back over the tick, and down over three more, with an account registered meanwhile.
    case.set("2026-11-12T01:00:00Z");
    let scheduler = case.start();
    scheduler.wake(dir);
    scheduler.stop().await;
    case.set("2026-11-14T12:00:00Z");
    case.register(&case.open(), "b", &address);
    case.set("2026-11-15T12:00:00Z");
    let scheduler = case.start();
    let latest = at("2026-11-15T02:00:00Z");
    scheduler.until(|rows| rows.len() == 2 && rows.iter().all(|r| r.counted_from == latest));
    scheduler.wake(dir);
    scheduler.stop().await;
    assert_eq!(
        asked.load(Ordering::SeqCst),
        3,
        "missed ticks are caught up once"
    );

    // Taken by hand after the clock ran ahead: it counts from the present again.
    case.set("2096-01-01T00:00:00Z");
    let scheduler = case.start();
    let ahead = at("2095-12-31T02:00:00Z");
    scheduler.until(|rows| rows.iter().all(|r| r.counted_from == ahead));
    scheduler.stop().await;
    case.archive.run(&["schedule", "run", "natt"]).expect(3);
    let rows = case.open().catalog().timetable().unwrap();
    assert!(rows.iter().all(|r| r.counted_from < ahead), "{rows:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn what_fails_is_put_off_told_and_tried_again() {
    static FAILS: AtomicBool = AtomicBool::new(true);
    let case = Case::new(clock!());
    let dir = case.archive.path();
    case.schedule("natt", "0 3 * * *", "\"all\"");
    let address = serve(|path| match (path, FAILS.load(Ordering::SeqCst)) {
        ("/borta", _) => http("404 Not Found", "text/html", "nix"),
        (_, true) => http("429 Too Many Requests", "text/html", "").splice_in("Retry-After: 7200"),
        (_, false) => http("200 OK", "application/rss+xml", EMPTY),
    });
    let scheduler = case.start();
    case.register(&scheduler.archive, "borta", &format!("{address}borta"));
    case.register(&scheduler.archive, "trott", &format!("{address}trott"));
    scheduler.wake(dir);
    scheduler.until(|rows| rows.len() == 2);
    case.set("2026-11-12T02:00:00Z");
    scheduler.wake(dir);
    let rows = scheduler.until(|rows| rows.iter().all(|r| r.open.is_some()));
    let now = at("2026-11-12T02:00:00Z");
    let waits: Vec<_> = rows
        .iter()
        .map(|r| r.open.as_ref().unwrap().next_try - now)
        .collect();
    assert!(
        waits[0].num_hours() >= 22 && waits[0].num_hours() <= 24,
        "a 404 lasts: {waits:?}"
    );
    assert_eq!(waits[1].num_seconds(), 7200, "a server's own wait is kept");
    let open = rows[0].open.clone().unwrap();
    assert_eq!((open.tick, open.attempts), (now, 1));
    assert!(open.problem.contains("404"), "{open:?}");

    let list = case.archive.run(&["schedule", "list"]).expect(0).stdout;
    assert!(
        list.contains("borta of natt: due since 2026-11-12 03:00, tried 1 time"),
        "{list}"
    );
    assert!(list.contains("answers 404"), "{list}");
    let status = case.archive.run(&["status"]).expect(5).stdout;
    assert!(
        status.contains("borta by schedule natt fails since 2026-11-12 03:00"),
        "{status}"
    );
    assert!(status.contains("schedule run natt"), "{status}");
    assert!(
        !status.contains("the last snapshot of borta failed"),
        "told once: {status}"
    );

    // The throttled one gets through at its next try; the other is not asked again so soon.
    FAILS.store(false, Ordering::SeqCst);
    case.set("2026-11-12T04:00:00Z");
    scheduler.wake(dir);
    let rows = scheduler.until(|rows| rows[1].counted_from == now);
    assert_eq!(rows[1].open, None);
    assert_eq!(rows[0].open.as_ref().unwrap().attempts, 1);
    // A newer tick takes its place.
    case.set("2026-11-13T02:00:00Z");
    scheduler.wake(dir);
    let newer = at("2026-11-13T02:00:00Z");
    let rows = scheduler.until(|rows| rows[0].open.as_ref().is_some_and(|o| o.tick == newer));
    assert_eq!(rows[0].open.as_ref().unwrap().attempts, 1);
    scheduler.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn an_error_of_the_archive_ends_it_and_the_next_start_takes_others_first() {
    let case = Case::new(clock!());
    let dir = case.archive.path();
    case.schedule("natt", "0 3 * * *", "\"all\"");
    let entry = "<item><guid>http://a.example/1</guid><title>Ett</title></item></channel>";
    let full = serve(move |_| {
        http(
            "200 OK",
            "application/rss+xml",
            &EMPTY.replace("</channel>", entry),
        )
    });
    let (address, asked) = counting();
    let scheduler = case.start();
    case.register(&scheduler.archive, "a", &full);
    case.register(&scheduler.archive, "b", &address);
    scheduler.wake(dir);
    scheduler.until(|rows| rows.len() == 2);
    // What is staged for the first account cannot be written; the second has nothing to stage.
    std::fs::remove_dir(dir.join("staging")).unwrap();
    std::fs::write(dir.join("staging"), "").unwrap();
    let tick = at("2026-11-12T02:00:00Z");
    case.set("2026-11-12T02:00:00Z");
    scheduler.wake(dir);
    let error = scheduler.ended().await.unwrap_err();
    assert!(error.to_string().contains("staging"), "{error}");
    std::fs::remove_file(dir.join("staging")).unwrap();
    std::fs::create_dir(dir.join("staging")).unwrap();
    assert_eq!(asked.load(Ordering::SeqCst), 0);
    let scheduler = case.start();
    let rows = scheduler.until(|rows| rows[1].counted_from == tick);
    let open = rows[0].open.as_ref().unwrap();
    assert_eq!((open.tick, open.attempts), (tick, 1));
    assert!(
        open.next_try > tick && open.problem.contains("staging"),
        "{open:?}"
    );
    scheduler.stop().await;
}

trait Head {
    fn splice_in(self, header: &str) -> Vec<u8>;
}

impl Head for Vec<u8> {
    /// The answer with one more header.
    fn splice_in(self, header: &str) -> Vec<u8> {
        let text = String::from_utf8(self).unwrap();
        text.replacen("\r\n", &format!("\r\n{header}\r\n"), 1)
            .into_bytes()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn five_hundred_due_at_once_are_taken_in_order() {
    let case = Case::new(clock!());
    case.schedule("natt", "0 3 * * *", "\"all\"");
    case.archive.configure("\n[daemon]\ncaptures_at_once = 4\n");
    let order = Arc::new(Mutex::new(Vec::new()));
    let (noted, at_once) = (Arc::clone(&order), AtomicUsize::new(0));
    let address = serve(move |path| {
        let others = at_once.fetch_add(1, Ordering::SeqCst);
        noted.lock().unwrap().push((path.to_owned(), others));
        let answer = http("200 OK", "application/rss+xml", EMPTY);
        at_once.fetch_sub(1, Ordering::SeqCst);
        answer
    });
    let archive = case.open();
    let ids: Vec<String> = (0..500).map(|n| format!("konto-{n:03}")).collect();
    for id in ids.iter().rev() {
        case.register(&archive, id, &format!("{address}{id}"));
    }
    Timetable::load(archive.paths())
        .unwrap()
        .keep(&archive, (case.clock.1)())
        .unwrap();
    drop(archive);
    case.set("2026-11-12T08:00:00Z");
    let begun = Instant::now();
    let scheduler = case.start();
    let tick = at("2026-11-12T02:00:00Z");
    scheduler.until(|rows| rows.len() == 500 && rows.iter().all(|r| r.counted_from == tick));
    scheduler.stop().await;
    println!("500 accounts in {:?}", begun.elapsed());
    let order = order.lock().unwrap();
    let paths: Vec<&str> = order.iter().map(|(path, _)| &path[1..]).collect();
    assert_eq!(paths, ids);
    assert!(
        order.iter().all(|(_, others)| *others == 0),
        "one at a time on one host"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn a_platform_that_hangs_stops_neither_the_others_nor_the_end() {
    let case = Case::new(clock!());
    let dir = case.archive.path();
    case.schedule("natt", "0 3 * * *", "\"all\"");
    let (address, asked) = counting();
    let hung = Arc::new(AtomicBool::new(false));
    let reached = Arc::clone(&hung);
    let silent = serve(move |_| {
        reached.store(true, Ordering::SeqCst);
        loop {
            std::thread::park();
        }
    });
    // Another name of the same machine: another host.
    let silent = silent.replace("127.0.0.1", "localhost");
    let scheduler = case.start();
    case.register(&scheduler.archive, "hanger", &silent);
    for id in ["x", "y", "z"] {
        case.register(&scheduler.archive, id, &address);
    }
    scheduler.wake(dir);
    scheduler.until(|rows| rows.len() == 4);
    case.set("2026-11-12T02:00:00Z");
    scheduler.wake(dir);
    let tick = at("2026-11-12T02:00:00Z");
    let rows = scheduler.until(|rows| {
        let done = rows.iter().filter(|r| r.counted_from == tick).count();
        done == 3 && hung.load(Ordering::SeqCst)
    });
    assert_eq!((rows[0].account.as_str(), rows[0].done), ("hanger", None));
    let begun = Instant::now();
    scheduler.stop().await;
    assert!(begun.elapsed() < Duration::from_secs(20));
    assert_eq!(asked.load(Ordering::SeqCst), 3);
    let staged = support::files(&dir.join("staging"));
    assert!(staged.is_empty(), "{staged:?}");
    // Nothing was settled: it is taken again at the next start.
    let row = case.open().catalog().timetable().unwrap().remove(0);
    assert_eq!((row.counted_from, row.open), (at(NOON), None));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn schedules_that_change_while_it_runs_count_from_then() {
    let case = Case::new(clock!());
    let dir = case.archive.path();
    case.schedule("natt", "0 3 * * *", "\"all\"");
    let (address, asked) = counting();
    let scheduler = case.start();
    case.register(&scheduler.archive, "a", &address);
    scheduler.wake(dir);
    scheduler.until(|rows| rows.len() == 1);
    case.set("2026-11-11T20:00:00Z");
    case.schedule("natt", "0 13 * * *", "\"all\"");
    case.schedule("kvall", "0 22 * * *", "[\"a\"]");
    scheduler.wake(dir);
    let rows = scheduler.until(|rows| rows.len() == 2);
    assert!(
        rows.iter()
            .all(|r| r.counted_from == at("2026-11-11T20:00:00Z")),
        "13:00 had passed: {rows:?}"
    );
    case.set("2026-11-11T21:00:00Z");
    scheduler.wake(dir);
    scheduler.until(|rows| rows[0].counted_from == at("2026-11-11T21:00:00Z"));
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    std::fs::remove_file(dir.join("schedules/kvall.toml")).unwrap();
    scheduler.wake(dir);
    scheduler.until(|rows| rows.len() == 1);
    scheduler.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn it_wakes_by_itself_when_a_tick_comes() {
    static BEGUN: OnceLock<Instant> = OnceLock::new();
    /// Half a second before three at night when the test begins, and as fast as time.
    fn now() -> DateTime<Utc> {
        at("2026-11-12T01:59:59.500Z") + BEGUN.get_or_init(Instant::now).elapsed()
    }
    let mut case = Case::new(clock!());
    case.schedule("natt", "0 3 * * *", "\"all\"");
    let (address, asked) = counting();
    let archive = case.open();
    case.register(&archive, "a", &address);
    let timetable = Timetable::load(archive.paths()).unwrap();
    timetable.keep(&archive, at(NOON)).unwrap();
    drop(archive);
    case.clock.1 = now;
    let scheduler = case.start();
    let tick = at("2026-11-12T02:00:00Z");
    let rows = scheduler.until(|rows| rows.iter().any(|r| r.counted_from == tick));
    assert!(rows[0].done.unwrap() >= tick);
    scheduler.stop().await;
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}
