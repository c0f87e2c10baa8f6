//! What looks at a list settle, keep and tell, while the list and the site behind it change.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex, OnceLock};

use arkivd::catalog::{Boost, Vanished};
use arkivd::record::AccountId;
use chrono::{DateTime, Utc};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::case::{Case, Running, schedule};
use super::support::hostile::{http, serve};
use super::{at, clock};

/// A feed and its site: an entry has its number, the minute it was changed, and a picture that is not there.
#[derive(Default)]
struct Site {
    listed: Vec<u32>,
    /// What the site answers at an entry's address; 404 for those that it does not name.
    pages: Vec<u32>,
    down: bool,
    changed: u32,
    picture: bool,
}

fn site(site: Site) -> (String, Arc<Mutex<Site>>) {
    let state = Arc::new(Mutex::new(site));
    let (shared, own) = (Arc::clone(&state), Arc::new(OnceLock::<String>::new()));
    let named = Arc::clone(&own);
    let address = serve(move |path| {
        let site = shared.lock().unwrap();
        let own = named.get().unwrap();
        if path != "/" {
            let number = path.trim_start_matches("/nr/").parse().ok();
            return match number.filter(|n| site.pages.contains(n)) {
                _ if site.down => http("503 Service Unavailable", "text/html", ""),
                Some(_) => http("200 OK", "text/html", "<p>Här</p>"),
                None => http("404 Not Found", "text/html", ""),
            };
        }
        let mut entries = String::new();
        for n in &site.listed {
            let picture = match site.picture {
                true => {
                    format!("<link rel='enclosure' type='image/png' href='{own}bild-{n}.png'/>")
                }
                false => String::new(),
            };
            write!(
                entries,
                "<entry><id>urn:x:{n}</id><title>Nummer {n}</title><link href='{own}nr/{n}'/>{picture}\
                 <published>2026-11-0{n}T08:00:00Z</published><updated>2026-11-09T08:{:02}:00Z</updated></entry>",
                site.changed
            )
            .unwrap();
        }
        let feed = format!(
            "<?xml version='1.0'?><feed xmlns='http://www.w3.org/2005/Atom'><id>urn:x</id><title>Nytt</title>\
             <updated>2026-11-09T08:{:02}:00Z</updated>{entries}</feed>",
            site.changed
        );
        http("200 OK", "application/atom+xml", &feed)
    });
    own.set(address.clone()).unwrap();
    (address, state)
}

impl Case {
    fn watched(&self, cron: &str) {
        let file = self.archive.path().join("schedules/titt.toml");
        std::fs::write(file, schedule("titt", "watch", cron, "\"all\"")).unwrap();
    }

    /// Waits for the look at that time.
    #[track_caller]
    fn look(&self, running: &Running, account: &AccountId, time: &str) {
        self.set(time);
        running.wake(self.archive.path());
        let then = at(time);
        running.until(|_| tried(running, account) == Some(then));
    }
}

fn tried(running: &Running, account: &AccountId) -> Option<DateTime<Utc>> {
    let row = running.archive.catalog().watch(account).unwrap()?;
    Some(row.tried)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn what_was_left_unsettled_is_settled_while_the_list_is_quiet() {
    let case = Case::new(clock!());
    case.watched("*/30 * * * *");
    let (address, site) = site(Site {
        listed: vec![4, 3, 2, 1],
        pages: vec![1, 2, 4],
        ..Site::default()
    });
    let id: AccountId = "nytt".parse().unwrap();
    let scheduler = case.start();
    case.register(&scheduler.archive, "nytt", &address);
    scheduler.wake(case.archive.path());
    scheduler.until(|rows| rows.len() == 1);
    case.look(&scheduler, &id, "2026-11-11T12:00:00Z");
    case.look(&scheduler, &id, "2026-11-11T12:30:00Z");
    {
        let mut site = site.lock().unwrap();
        (site.listed, site.down) = (vec![4, 2, 1], true);
    }
    case.look(&scheduler, &id, "2026-11-11T13:00:00Z");
    let gone = {
        let catalog = scheduler.archive.catalog();
        let missed = catalog
            .unsettled(
                &id,
                "feed",
                at("2027-01-01T00:00:00Z"),
                at("2027-01-01T00:00:00Z"),
                9,
            )
            .unwrap();
        assert_eq!(missed.len(), 1);
        let gone = missed[0].record;
        assert!(catalog.not_settled(gone).unwrap().is_some());
        assert_eq!(catalog.vanishings(gone).unwrap(), [], "the site is down");
        gone
    };
    // The list answers as before from now on, and shows nothing that could be a control.
    site.lock().unwrap().down = false;
    case.look(&scheduler, &id, "2026-11-11T14:30:00Z");
    let told = scheduler.archive.catalog().vanishings(gone).unwrap();
    scheduler.stop().await;
    assert_eq!(told.len(), 1, "the platform says that it is gone");
    assert_eq!(told[0].change, Vanished::Removed);
    assert_eq!(told[0].first_missed, at("2026-11-11T13:00:00Z"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn what_goes_was_last_seen_by_the_look_whose_list_showed_it() {
    let case = Case::new(clock!());
    case.watched("*/30 * * * *");
    let (address, site) = site(Site {
        listed: vec![4, 3, 2, 1],
        pages: vec![1, 2, 4],
        ..Site::default()
    });
    let id: AccountId = "nytt".parse().unwrap();
    let scheduler = case.start();
    case.register(&scheduler.archive, "nytt", &address);
    scheduler.wake(case.archive.path());
    scheduler.until(|rows| rows.len() == 1);
    case.look(&scheduler, &id, "2026-11-11T12:00:00Z");
    case.look(&scheduler, &id, "2026-11-11T12:30:00Z");
    let listed = scheduler.archive.catalog().watch_lists(&id).unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].done, at("2026-11-11T12:30:00Z"));
    let gone = {
        let catalog = scheduler.archive.catalog();
        let posts = catalog
            .published_since(&id, "feed", arkivd::record::Kind::Post, None)
            .unwrap();
        let three = posts.iter().find(|p| p.native_id.0.ends_with('3'));
        three.unwrap().record
    };
    site.lock().unwrap().listed = vec![4, 2, 1];
    case.look(&scheduler, &id, "2026-11-11T13:00:00Z");
    let told = scheduler.archive.catalog().vanishings(gone).unwrap();
    scheduler.stop().await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].last_seen, at("2026-11-11T12:30:00Z"));
    assert_eq!(told[0].first_missed, at("2026-11-11T13:00:00Z"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn a_list_that_moves_seals_nothing_anew_for_pictures_that_are_not_there() {
    let case = Case::new(clock!());
    case.watched("*/30 * * * *");
    let (address, site) = site(Site {
        listed: vec![2, 1],
        pages: vec![1, 2],
        picture: true,
        ..Site::default()
    });
    let id: AccountId = "nytt".parse().unwrap();
    let scheduler = case.start();
    case.register(&scheduler.archive, "nytt", &address);
    scheduler.wake(case.archive.path());
    scheduler.until(|rows| rows.len() == 1);
    case.look(&scheduler, &id, "2026-11-11T12:00:00Z");
    assert_eq!(case.archive.bags().len(), 1);
    let captured = |running: &Running| {
        let catalog = running.archive.catalog();
        let state = catalog.account_state(&id).unwrap().unwrap();
        state.last.unwrap().id
    };
    let first = captured(&scheduler);
    for (changed, time) in [(1, "2026-11-11T12:30:00Z"), (2, "2026-11-11T13:00:00Z")] {
        site.lock().unwrap().changed = changed;
        case.look(&scheduler, &id, time);
    }
    assert_eq!(case.archive.bags().len(), 1, "the same records again");
    assert_eq!(captured(&scheduler), first, "nor a row of its own");
    scheduler.stop().await;
    // Watched by no schedule, nothing looks by itself: nothing is promised, and doctor says so.
    std::fs::remove_file(case.archive.path().join("schedules/titt.toml")).unwrap();
    site.lock().unwrap().listed = vec![3, 2, 1];
    let look = case.archive.run(&["--json", "watch", "nytt"]);
    let look = &look.data()["looks"][0];
    assert_eq!(look["next_look"], serde_json::Value::Null, "{look}");
    assert_eq!(look["whole"], true, "{look}");
    let doctor = case.archive.run(&["doctor"]).stdout;
    assert!(doctor.contains("no schedule takes it"), "{doctor}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn a_boost_wakes_the_scheduler_and_what_fails_is_told() {
    let case = Case::new(clock!());
    let (address, site) = site(Site {
        listed: vec![1],
        ..Site::default()
    });
    drop(site);
    let address = address.replace("http://127.0.0.1", "http://localhost") + "borta";
    let id: AccountId = "kris".parse().unwrap();
    let scheduler = case.start();
    case.register(&scheduler.archive, "kris", &address);
    scheduler.wake(case.archive.path());
    // It sleeps by now.
    tokio::time::sleep(Duration::from_millis(300)).await;
    let boost = |begins: &str| Boost {
        account: id.clone(),
        seconds: 60,
        begins: at(begins),
        ends: at("2026-11-20T00:00:00Z"),
        reason: "Översvämning".into(),
        actor: "test".into(),
    };
    let begun = Instant::now();
    let first = boost("2026-11-11T11:00:00Z");
    scheduler.archive.catalog().add_boost(&first).unwrap();
    scheduler.until(|_| {
        let row = scheduler.archive.catalog().watch(&id).unwrap();
        row.is_some_and(|row| row.problem.is_some())
    });
    assert!(
        begun.elapsed() < Duration::from_secs(15),
        "30 s is no haste"
    );
    let row = scheduler.archive.catalog().watch(&id).unwrap().unwrap();
    assert_eq!(
        row.next_look,
        Some(at("2026-11-11T12:00:00Z")),
        "a 404 lasts, and is tried seldom while the boost holds"
    );
    case.look(&scheduler, &id, "2026-11-12T12:30:00Z");
    let row = scheduler.archive.catalog().watch(&id).unwrap().unwrap();
    assert_eq!(row.failing, Some(at("2026-11-11T11:00:00Z")));
    scheduler.stop().await;
    let status = case.archive.run(&["status"]).expect(5).stdout;
    assert!(
        status.contains("account kris cannot be watched since 2026-11-11 12:00"),
        "{status}"
    );
    assert!(status.contains("arkivd watch kris"), "{status}");
}
