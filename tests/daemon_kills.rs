//! The daemon, ended by SIGKILL again and again, also while it starts: schedules tick, clients ask, the site changes.
//! What was acknowledged stays byte for byte, no tick is taken twice and none is lost, the ledger only grows.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod support;

use rusqlite::Connection;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use support::catalog::{Catalog, Pair};
use support::clients::{Heard, change, edits, reads, takes};
use support::daemon::Daemon;
use support::judges::{judge_bag, judge_ledger, sha256};
use support::sites::{DemoSite, WordPress};
use support::told::{Begun, adopted, begun, field};
use support::{Archive, files, run};

/// `stund` takes all that is there, so that each of its ticks seals a bag.
const SCHEDULES: [(&str, &str, &str, bool); 2] = [
    ("minut", "* * * * *", "\"all\"", false),
    ("stund", "*/2 * * * *", "[\"webb\", \"rss\"]", true),
];

/// xorshift64: the same moments at each run of a seed.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn part_of(&mut self, time: Duration) -> Duration {
        time.mul_f64((self.next() % 1000) as f64 / 1000.0)
    }
}

struct Case {
    archive: Archive,
    wordpress: Option<WordPress>,
    _demo: DemoSite,
    chance: Chance,
    /// How long a life takes in which all is taken.
    whole: Duration,
    /// All files of all bags with a row, by path in the archive.
    files: BTreeMap<PathBuf, String>,
    purposes: BTreeSet<String>,
    /// What lay in staging when the daemon was last killed.
    left: BTreeSet<PathBuf>,
    posts: Vec<u64>,
    /// The word that each post said last.
    words: BTreeMap<u64, String>,
    told: BTreeMap<&'static str, usize>,
}

impl Case {
    fn new() -> Case {
        let demo = DemoSite::start();
        let wordpress = WordPress::site("dodad");
        let archive = Archive::new();
        let mut posts = Vec::new();
        match &wordpress {
            Some(site) => {
                let made = site.seed(12);
                posts.extend(
                    made["posts"]
                        .as_array()
                        .unwrap()
                        .iter()
                        .map(|p| p["id"].as_u64().unwrap()),
                );
                site.register(&archive);
            }
            None => demo.register(&archive),
        }
        for (id, path) in [("rss", "feed/"), ("atom", "feed/atom/")] {
            archive.add_account(id, "feed", &format!("{}{path}", demo.address), &[]);
        }
        archive.configure("\n[daemon]\ncaptures_at_once = 3\ncaptures_per_host = 2\n");
        fs::remove_file(archive.path().join("schedules/tibro.toml")).unwrap();
        let text = SCHEDULES.map(|(id, cron, accounts, full)| {
            format!(
                "[[schedule]]\nid = \"{id}\"\nwhat = \"snapshot\"\ncron = \"{cron}\"\naccounts = {accounts}\nfull = {full}\n\
                 requirement = \"X\"\nsource = \"x\"\nquote = \"x\"\nnote = \"x\"\n"
            )
        });
        fs::write(archive.path().join("schedules/soak.toml"), text.concat()).unwrap();
        let seed = std::env::var("SEED").map_or(2026, |seed| seed.parse().expect("a number"));
        let mut case = Case {
            archive,
            wordpress,
            _demo: demo,
            chance: Chance(0x5eed_0000_0000_0000 + seed),
            whole: Duration::ZERO,
            files: BTreeMap::new(),
            purposes: BTreeSet::new(),
            left: BTreeSet::new(),
            posts,
            words: BTreeMap::new(),
            told: BTreeMap::new(),
        };
        // The first life makes the rows, the second is measured.
        let mut daemon = Daemon::start(&case.archive);
        let until = Instant::now() + Duration::from_secs(60);
        while case.all().len() < 5 {
            assert!(Instant::now() < until, "{:?}", case.all());
        }
        assert_eq!(daemon.end().0, Some(0));
        case.set_back(&case.all());
        let begun = Instant::now();
        let mut daemon = Daemon::start(&case.archive);
        case.wait_until_all_is_taken();
        case.whole = begun.elapsed();
        assert_eq!(daemon.end().0, Some(0));
        case.learn(&Catalog::read(&case.archive));
        case
    }

    fn all(&self) -> Vec<Pair> {
        Catalog::read(&self.archive)
            .counted_from
            .into_keys()
            .collect()
    }

    /// Makes the latest ticks of these pairs due again, while no daemon runs.
    fn set_back(&self, pairs: &[Pair]) {
        let db = Connection::open(self.archive.path().join("catalog.sqlite")).unwrap();
        let mut set = db
            .prepare(
                "UPDATE timetable SET counted_from = strftime('%Y-%m-%dT%H:%M:%SZ', counted_from, '-5 minutes')
                 WHERE schedule = ?1 AND account = ?2",
            )
            .unwrap();
        for (schedule, account) in pairs {
            assert_eq!(set.execute([schedule, account]).unwrap(), 1);
        }
    }

    #[track_caller]
    fn wait_until_all_is_taken(&self) {
        let until = Instant::now() + Duration::from_secs(120);
        loop {
            let list = self.archive.data(&["schedule", "list"]);
            let schedules = list["schedules"].as_array().unwrap();
            assert_eq!(schedules.len(), SCHEDULES.len());
            if schedules.iter().all(|s| s["late"] == Value::Array(vec![])) {
                return;
            }
            assert!(Instant::now() < until, "still late: {list:#}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn count(&mut self, what: &'static str, n: usize) {
        *self.told.entry(what).or_default() += n;
    }

    /// One life of the daemon: started, used, killed, judged.
    #[track_caller]
    fn round(&mut self, n: u32) {
        // Every other life has much to do at once; the others must not do again what is done.
        if n.is_multiple_of(2) {
            let chosen: Vec<Pair> = self
                .all()
                .into_iter()
                .filter(|_| !self.chance.next().is_multiple_of(3))
                .collect();
            self.set_back(&chosen);
        }
        let before = Catalog::read(&self.archive);
        let starts = n % 5 == 4;
        let mut daemon = Daemon::spawn(&mut self.archive.command(&["run"]));
        let heard = if starts {
            let moment = self.chance.part_of(Duration::from_millis(60));
            std::thread::sleep(moment);
            daemon.signal("KILL");
            daemon.ended();
            Heard::default()
        } else {
            daemon.wait_for(&["ready"]);
            let here = staging(&self.archive);
            assert!(
                self.left.is_disjoint(&here),
                "round {n}: start-up left {here:?} in staging"
            );
            let moment = self.chance.part_of(self.whole.mul_f64(1.2));
            self.busy(n, moment, &mut daemon)
        };
        self.count(
            if starts {
                "killed as they started"
            } else {
                "killed at work"
            },
            1,
        );
        self.left = staging(&self.archive);
        self.count("unfinished bags", self.left.len());
        self.judge(n, &before, heard, &daemon.said.join("\n"));
    }

    /// Clients and the site's editor at work until the moment has come; a kill follows while they still wait for answers.
    fn busy(&mut self, n: u32, moment: Duration, daemon: &mut Daemon) -> Heard {
        let over = AtomicBool::new(false);
        let (archive, posts, words) = (&self.archive, &mut self.posts, &mut self.words);
        let (site, pick) = (self.wordpress.as_ref(), self.chance.next() as usize);
        std::thread::scope(|all| {
            let clients = [
                all.spawn(|| edits(archive, n, &over)),
                all.spawn(|| takes(archive, ["webb", "atom"][n as usize % 2], &over)),
                all.spawn(|| reads(archive, &over)),
            ];
            let editor = all.spawn(|| {
                let Some(site) = site else { return };
                let mut at = pick;
                while !over.load(Ordering::SeqCst) {
                    change(site, n, at, posts, words);
                    at += 1;
                }
            });
            std::thread::sleep(moment);
            over.store(true, Ordering::SeqCst);
            daemon.signal("KILL");
            daemon.ended();
            let mut heard = Heard::default();
            for client in clients {
                heard.add(client.join().unwrap());
            }
            editor.join().unwrap();
            heard
        })
    }

    /// What must hold between a kill and the next start.
    #[track_caller]
    fn judge(&mut self, n: u32, before: &Catalog, heard: Heard, log: &str) {
        let after = Catalog::read(&self.archive);
        assert!(!log.contains("panicked"), "round {n}: a panic:\n{log}");
        let wrong = log.lines().find(|line| line.contains("ERROR"));
        assert_eq!(wrong, None, "round {n}:\n{log}");
        assert!(
            after.leaves.starts_with(&before.leaves),
            "round {n}: the ledger lost leaves"
        );
        assert!(
            after.captures.starts_with(&before.captures),
            "round {n}: captures are gone or changed"
        );

        // Heard is kept.
        let known: BTreeSet<&String> = after.captures.iter().map(|c| &c[0]).collect();
        let logged = log
            .lines()
            .filter(|line| line.contains("scheduled snapshot done"));
        let logged: Vec<String> = logged.map(|line| field(line, "capture")).collect();
        for capture in heard.captures.iter().chain(&logged) {
            assert!(
                known.contains(capture),
                "round {n}: lost acknowledged capture {capture}"
            );
        }
        self.count("snapshots acknowledged to clients", heard.captures.len());
        self.count("edits acknowledged", heard.purposes.len());
        self.count("scheduled snapshots done", logged.len());
        self.purposes.extend(heard.purposes);
        let lost: Vec<_> = self.purposes.difference(&after.edits).collect();
        assert!(
            lost.is_empty(),
            "round {n}: lost acknowledged edits {lost:?}"
        );
        self.files.extend(heard.files);
        self.learn(&after);
        self.keeps(n);
        let said = format!("{log}\n{}", heard.said);
        self.judge_ticks(n, before, &after, log, &adopted(&said, &after));

        // An auditor may come before the repair.
        let quick: &[&str] = if n.is_multiple_of(20) {
            &[]
        } else {
            &["--quick"]
        };
        let output = self.archive.run(&[&["--json", "verify"], quick].concat());
        let data = output.data();
        assert!(
            matches!(output.code, Some(0 | 5))
                && data["damaged"] == Value::Array(vec![])
                && data["other"] == Value::Array(vec![]),
            "round {n}: {output}"
        );
        if n % 10 == 9 {
            self.repaired();
        }
    }

    /// A life that ends as it should leaves nothing to be repaired.
    #[track_caller]
    fn repaired(&mut self) {
        let mut daemon = Daemon::start(&self.archive);
        let here = staging(&self.archive);
        assert!(self.left.is_disjoint(&here), "start-up left {here:?}");
        assert_eq!(daemon.end().0, Some(0));
        self.left = staging(&self.archive);
        assert!(self.left.is_empty(), "left in staging: {:?}", self.left);
        self.archive.run(&["verify", "--quick"]).expect(0);
        judge_ledger(self.archive.path());
    }

    /// No tick is taken twice, and none is counted that was not taken.
    #[track_caller]
    fn judge_ticks(
        &mut self,
        n: u32,
        before: &Catalog,
        after: &Catalog,
        log: &str,
        adopted: &BTreeSet<String>,
    ) {
        let begun: BTreeSet<Begun> = begun(log);
        for Begun { pair, tick } in &begun {
            let from = before.counted_from.get(pair);
            assert!(
                from.is_none_or(|from| from < tick),
                "round {n}: {pair:?} is counted from {from:?}, and {tick} was begun\n{log}"
            );
        }
        for (pair, from) in &after.counted_from {
            let was = before.counted_from.get(pair);
            let tick = Begun {
                pair: pair.clone(),
                tick: from.clone(),
            };
            assert!(
                was == Some(from) || begun.contains(&tick),
                "round {n}: {pair:?} went from {was:?} to {from}, which was not begun\n{log}"
            );
            assert!(
                was.is_none_or(|was| was <= from),
                "round {n}: {pair:?} went back from {was:?} to {from}"
            );
        }
        let new = &after.captures[before.captures.len()..];
        for account in ["webb", "rss", "atom"] {
            let settled = begun
                .iter()
                .filter(|b| b.pair.1 == account && b.tick <= after.counted_from[&b.pair])
                .count();
            let taken = |[id, of, reason, _]: &&[String; 4]| {
                of == account && reason == "scheduled" && !adopted.contains(id)
            };
            let (done, failed): (Vec<_>, Vec<_>) =
                new.iter().filter(taken).partition(|c| c[3] != "failed");
            assert!(failed.is_empty(), "round {n}: {failed:?}\n{log}");
            assert_eq!(
                done.len(),
                settled,
                "round {n}: captures and ticks of {account}: {done:?}, {begun:#?}\n{log}"
            );
        }
        self.count(
            "ticks begun and killed",
            begun
                .iter()
                .filter(|b| b.tick > after.counted_from[&b.pair])
                .count(),
        );
        self.count("bags adopted", adopted.len());
    }

    /// The files of bags that have a row now.
    fn learn(&mut self, catalog: &Catalog) {
        let archive = self.archive.path();
        for bag in self.archive.bags() {
            let folder = bag.parent().unwrap();
            let id = folder.file_name().unwrap().to_str().unwrap();
            let inside = |file: &Path| file.strip_prefix(archive).unwrap().to_owned();
            if catalog.bags.contains_key(id)
                && !self.files.contains_key(&inside(&bag.join("bagit.txt")))
            {
                self.files.extend(
                    files(folder)
                        .into_iter()
                        .map(|file| (inside(&file), sha256(&file))),
                );
            }
        }
        let held: BTreeSet<&str> = self
            .files
            .keys()
            .filter_map(|f| f.iter().nth(3)?.to_str())
            .collect();
        for bag in catalog.bags.keys() {
            assert!(
                held.contains(bag.as_str()),
                "bag {bag} has a row and no files"
            );
        }
    }

    /// Byte for byte, by a program that is not ours.
    #[track_caller]
    fn keeps(&self, n: u32) {
        let list = self.archive.beside("sums");
        let line = |(file, sum): (&PathBuf, &String)| format!("{sum}  {}\n", file.display());
        fs::write(&list, self.files.iter().map(line).collect::<String>()).unwrap();
        let output = run(Command::new("sha256sum")
            .args(["--strict", "--quiet", "-c"])
            .arg(&list)
            .current_dir(self.archive.path()));
        assert_eq!(output.code, Some(0), "round {n}: {output}");
    }

    /// The last life ends as it should, with all of it done.
    #[track_caller]
    fn end(&mut self) {
        let mut daemon = Daemon::start(&self.archive);
        assert!(self.left.is_disjoint(&staging(&self.archive)));
        self.wait_until_all_is_taken();
        let last = self.archive.snapshot_with("webb", 0, &["--full"]);
        let records = fs::read_to_string(last.public().join("data/records.json")).unwrap();
        for (post, word) in &self.words {
            assert!(
                records.contains(word.as_str()),
                "post {post} says {word}, and the last bag does not"
            );
        }
        assert_eq!(daemon.end().0, Some(0));
        assert!(staging(&self.archive).is_empty());
        assert!(
            !fs::read_dir(self.archive.path().join("quarantine"))
                .unwrap()
                .any(|_| true)
        );
        self.archive.run(&["verify"]).expect(0);
        judge_ledger(self.archive.path());
        let bags = self.archive.bags();
        for bag in bags.iter().step_by(bags.len() / 3 + 1) {
            judge_bag(bag);
        }
        self.learn(&Catalog::read(&self.archive));
        self.keeps(0);
        let (bags, files, changes) = (bags.len(), self.files.len(), self.posts.len());
        let told: Vec<String> = self
            .told
            .iter()
            .map(|(what, n)| format!("{n} {what}"))
            .collect();
        println!(
            "told: {}; {bags} bags of {files} files, {changes} posts; a life took {:?}",
            told.join(", "),
            self.whole
        );
    }
}

fn staging(archive: &Archive) -> BTreeSet<PathBuf> {
    let entries = fs::read_dir(archive.path().join("staging")).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

/// Ten lives; as many as ARKIVD_ROUNDS says when scripts/soak runs it.
#[test]
fn a_daemon_killed_at_seeded_moments() {
    let rounds: u32 =
        std::env::var("ARKIVD_ROUNDS").map_or(10, |rounds| rounds.parse().expect("a number"));
    let mut case = Case::new();
    for n in 0..rounds {
        case.round(n);
    }
    case.end();
}
