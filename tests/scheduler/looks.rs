//! Looks between snapshots: by a watch schedule's ticks, by the account's own pace between them, and by a boost.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use arkivd::catalog::{Boost, WatchRow};
use arkivd::record::AccountId;
use chrono::{DateTime, TimeDelta, Utc};

use super::case::{Case, Running, schedule};
use super::support::hostile::{http, serve};
use super::{at, clock};

/// A feed of twelve entries in the night and morning before noon of 2026-11-11: two an hour are to be expected.
fn busy() -> (String, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    let entries: String = (0..12)
        .map(|n| {
            format!(
                "<item><guid isPermaLink='false'>{n}</guid><title>Nummer {n}</title>\
                 <pubDate>Wed, 11 Nov 2026 {:02}:30:00 GMT</pubDate></item>",
                11 - n / 2 - 4
            )
        })
        .collect();
    let feed = format!(
        "<?xml version='1.0'?><rss version='2.0'><channel><title>Livligt</title>\
         <link>http://a.example/</link><description>x</description>{entries}</channel></rss>"
    );
    let address = serve(move |_| {
        counted.fetch_add(1, Ordering::SeqCst);
        http("200 OK", "application/rss+xml", &feed)
    });
    (address, asked)
}

fn watched(case: &Case, hours: &str) {
    let file = case.archive.path().join("schedules/titt.toml");
    std::fs::write(file, schedule("titt", "watch", hours, "\"all\"")).unwrap();
}

fn row(running: &Running, account: &AccountId) -> Option<WatchRow> {
    running.archive.catalog().watch(account).unwrap()
}

/// Waits until the newest look at the account was taken at that time.
#[track_caller]
fn looked(running: &Running, account: &AccountId, then: DateTime<Utc>) -> WatchRow {
    running.until(|_| {
        row(running, account).is_some_and(|row| row.tried == then && row.next_look != Some(then))
    });
    row(running, account).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn a_busy_account_is_looked_at_between_the_ticks() {
    let case = Case::new(clock!());
    let dir = case.archive.path();
    watched(&case, "0 * * * *");
    let (address, asked) = busy();
    let id: AccountId = "livlig".parse().unwrap();
    let scheduler = case.start();
    case.register(&scheduler.archive, "livlig", &address);
    scheduler.wake(dir);
    scheduler.until(|rows| rows.len() == 1);

    case.set("2026-11-11T12:00:00Z");
    scheduler.wake(dir);
    let first = looked(&scheduler, &id, at("2026-11-11T12:00:00Z"));
    assert_eq!(first.done, Some(at("2026-11-11T12:00:00Z")));
    let pause = first.next_look.unwrap() - first.tried;
    assert_eq!(
        pause,
        TimeDelta::minutes(30),
        "four looks for each of two an hour"
    );
    let bags = case.archive.bags().len();
    assert_eq!(bags, 1, "what is new is sealed at once");

    let once = asked.load(Ordering::SeqCst);
    case.set("2026-11-11T12:29:00Z");
    scheduler.wake(dir);
    case.set("2026-11-11T12:30:00Z");
    scheduler.wake(dir);
    let second = looked(&scheduler, &id, at("2026-11-11T12:30:00Z"));
    assert_eq!(second.tried, at("2026-11-11T12:30:00Z"));
    assert_eq!(
        asked.load(Ordering::SeqCst),
        once + 1,
        "nothing was asked at 12:29"
    );
    assert_eq!(case.archive.bags().len(), bags, "nothing new, no bag");
    let rows = scheduler.archive.catalog().timetable().unwrap();
    assert_eq!(
        rows[0].counted_from,
        at("2026-11-11T12:00:00Z"),
        "a look settles no tick"
    );
    scheduler.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn a_boost_begins_at_once_and_needs_no_schedule() {
    let case = Case::new(clock!());
    let dir = case.archive.path();
    let (address, asked) = busy();
    let id: AccountId = "kris".parse().unwrap();
    let scheduler = case.start();
    case.register(&scheduler.archive, "kris", &address);
    scheduler.wake(dir);
    let boost = Boost {
        account: id.clone(),
        seconds: 60,
        begins: at("2026-11-11T11:00:00Z"),
        ends: at("2026-11-11T11:02:00Z"),
        reason: "Översvämning".into(),
        actor: "test".into(),
    };
    scheduler.archive.catalog().add_boost(&boost).unwrap();
    scheduler.wake(dir);
    let first = looked(&scheduler, &id, at("2026-11-11T11:00:00Z"));
    assert_eq!(first.next_look, Some(at("2026-11-11T11:01:00Z")));
    case.set("2026-11-11T11:01:00Z");
    scheduler.wake(dir);
    looked(&scheduler, &id, at("2026-11-11T11:01:00Z"));
    assert_eq!(asked.load(Ordering::SeqCst), 2);
    // It has ended, and no schedule watches the account.
    case.set("2026-11-11T13:00:00Z");
    scheduler.wake(dir);
    scheduler.stop().await;
    assert_eq!(asked.load(Ordering::SeqCst), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn a_look_that_fails_is_told_and_the_schedule_tries_again() {
    let case = Case::new(clock!());
    let dir = case.archive.path();
    watched(&case, "0 * * * *");
    let address = serve(|_| http("503 Service Unavailable", "text/html", ""));
    let id: AccountId = "nere".parse().unwrap();
    let scheduler = case.start();
    case.register(&scheduler.archive, "nere", &address);
    scheduler.wake(dir);
    scheduler.until(|rows| rows.len() == 1);
    case.set("2026-11-11T12:00:00Z");
    scheduler.wake(dir);
    let rows = scheduler.until(|rows| rows[0].open.is_some());
    assert!(
        rows[0].open.as_ref().unwrap().problem.contains("503"),
        "{rows:?}"
    );
    let row = row(&scheduler, &id).unwrap();
    assert_eq!(row.done, None);
    assert!(row.problem.unwrap().contains("503"));
    scheduler.stop().await;
}
