//! Ended by SIGKILL at every step of a publish, and at seeded moments: what was acknowledged stays, the next command
//! repairs the rest. (That a power cut is survived rests on fsync, which no kill can test.)

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod support;

use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use support::judges::{judge_bag, judge_ledger, sha256};
use support::sites::DemoSite;
use support::{Archive, Output, copy, files, lines, run};

/// An archive with an acknowledged snapshot of `webb`, and `rss` registered but not yet taken.
struct Before {
    _site: DemoSite,
    archive: Archive,
    bags: BTreeMap<PathBuf, String>,
    webb: Vec<Value>,
    rss: usize,
}

fn arkivd(archive: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_arkivd"));
    command
        .env_remove("ARKIVD_CRASH_AT")
        .env_remove("ARKIVD_LOG")
        .arg("--archive")
        .arg(archive)
        .arg("--json")
        .args(args);
    command
}

fn records(archive: &Path, account: &str) -> Vec<Value> {
    lines(
        &run(&mut arkivd(
            archive,
            &["record", "list", "--account", account],
        ))
        .expect(0),
    )
}

/// The files of the bags, by their path in the archive.
fn bags(archive: &Path) -> BTreeMap<PathBuf, String> {
    files(&archive.join("store"))
        .into_iter()
        .map(|file| {
            (
                file.strip_prefix(archive).unwrap().to_owned(),
                sha256(&file),
            )
        })
        .collect()
}

impl Before {
    fn new() -> Before {
        let site = DemoSite::start();
        let archive = Archive::new();
        site.register(&archive);
        archive.add_account(
            "rss",
            "feed",
            &format!("{}/feed/", site.address.trim_end_matches('/')),
            &[],
        );
        archive.snapshot("webb");
        let whole = archive.beside("whole");
        copy(archive.path(), &whole);
        let output = run(&mut arkivd(&whole, &["snapshot", "rss"]));
        assert!(matches!(output.code, Some(0 | 3)), "{output}");
        let rss = records(&whole, "rss").len();
        assert!(rss > 0, "the feed has entries");
        Before {
            _site: site,
            bags: bags(archive.path()),
            webb: records(archive.path(), "webb"),
            archive,
            rss,
        }
    }

    /// A copy that a test may harm.
    fn copy(&self, name: &str) -> PathBuf {
        let path = self.archive.beside(name);
        copy(self.archive.path(), &path);
        path
    }

    /// What must hold after any kill, before and after the repair.
    #[track_caller]
    fn holds(&self, archive: &Path, when: &str) {
        // Readers need no repair first.
        let output = run(&mut arkivd(archive, &["status"]));
        assert!(matches!(output.code, Some(0 | 5)), "{when}: {output}");
        reads_before_repair(archive, when);
        self.keeps(archive, when);

        let output = run(&mut arkivd(archive, &["snapshot", "rss"]));
        assert!(matches!(output.code, Some(0 | 3)), "{when}: {output}");
        let outcome = output.data()["captures"][0]["outcome"].clone();
        assert!(
            outcome == "sealed" || outcome == "unchanged",
            "{when}: {output}"
        );
        self.keeps(archive, when);
        assert_eq!(
            records(archive, "rss").len(),
            self.rss,
            "{when}: a record too many or too few"
        );
        assert!(
            files(&archive.join("staging")).is_empty(),
            "{when}: staging holds {:?}",
            files(&archive.join("staging"))
        );
        run(&mut arkivd(archive, &["verify"])).expect(0);
        judge_ledger(archive);
        for bag in files(&archive.join("store"))
            .iter()
            .filter(|file| file.ends_with("bag/bagit.txt"))
        {
            judge_bag(bag.parent().unwrap());
        }
    }

    /// What was acknowledged is there, byte for byte.
    #[track_caller]
    fn keeps(&self, archive: &Path, when: &str) {
        let now = bags(archive);
        for (file, digest) in &self.bags {
            assert_eq!(
                now.get(file),
                Some(digest),
                "{when}: {} of an acknowledged bag",
                file.display()
            );
        }
        assert_eq!(
            records(archive, "webb"),
            self.webb,
            "{when}: acknowledged records"
        );
    }
}

/// An auditor may come before the repair: a bag without a row is told, and nothing else is wrong.
#[track_caller]
fn reads_before_repair(archive: &Path, when: &str) {
    let output = run(&mut arkivd(archive, &["verify"]));
    let data = output.data();
    assert_eq!(
        data["damaged"],
        Value::Array(Vec::new()),
        "{when}: {output}"
    );
    assert_eq!(data["other"], Value::Array(Vec::new()), "{when}: {output}");
    let unrecorded = !data["unrecorded"].as_array().unwrap().is_empty();
    assert_eq!(
        output.code,
        Some(if unrecorded { 5 } else { 0 }),
        "{when}: {output}"
    );
}

/// Runs with a crash point armed.
fn armed(archive: &Path, point: &str, args: &[&str]) -> Output {
    run(arkivd(archive, args).env("ARKIVD_CRASH_AT", point))
}

fn points() -> Vec<String> {
    let output = run(Command::new(env!("CARGO_BIN_EXE_arkivd")).arg("crash-points")).expect(0);
    let points: Vec<String> = output.stdout.lines().map(str::to_owned).collect();
    assert!(points.len() >= 9, "{output}");
    points
}

/// A bag set aside is a story of its own, below; what is destroyed is one too (tests/gallring).
fn sets_aside(point: &str) -> bool {
    ["quarantine", "remove", "gallring"]
        .iter()
        .any(|story| point.contains(story))
}

#[test]
fn a_kill_at_each_step_of_a_publish() {
    let before = Before::new();
    for (index, point) in points()
        .into_iter()
        .enumerate()
        .filter(|(_, point)| !sets_aside(point))
    {
        let archive = before.copy(&format!("step-{index}"));
        let output = armed(&archive, &point, &["snapshot", "rss"]);
        assert_eq!(
            output.code, None,
            "{point} is not on the way of a publish: {output}"
        );
        before.keeps(&archive, &point);
        reads_before_repair(&archive, &point);
        // The repair may be cut short too.
        armed(&archive, &point, &["snapshot", "rss"]);
        before.holds(&archive, &point);
        fs::remove_dir_all(&archive).unwrap();
    }
}

#[test]
fn a_kill_while_a_harmed_bag_is_set_aside() {
    let before = Before::new();
    for (index, point) in points()
        .into_iter()
        .enumerate()
        .filter(|(_, point)| point.contains("quarantine"))
    {
        let archive = before.copy(&format!("aside-{index}"));
        assert_eq!(
            armed(&archive, "store::publish::renamed", &["snapshot", "rss"]).code,
            None
        );
        // Published but without a row, and then rotten: it can be neither adopted nor trusted.
        let known = bags(&archive);
        let orphan = known
            .keys()
            .find(|file| !before.bags.contains_key(*file) && file.ends_with("records.json"))
            .expect("a bag without a row");
        let orphan = archive.join(orphan);
        let mut bytes = fs::read(&orphan).unwrap();
        bytes[0] ^= 1;
        fs::remove_file(&orphan).unwrap();
        fs::write(&orphan, &bytes).unwrap();

        let output = armed(&archive, &point, &["snapshot", "rss"]);
        assert_eq!(
            output.code, None,
            "{point} is not on the way of a bag set aside: {output}"
        );
        let output = run(&mut arkivd(&archive, &["snapshot", "rss"]));
        assert!(matches!(output.code, Some(0 | 3)), "{point}: {output}");
        let aside = files(&archive.join("quarantine"));
        assert!(
            aside
                .iter()
                .any(|file| file.ends_with("records.json") && fs::read(file).unwrap() == bytes),
            "{point}: set aside, as it was, {aside:?}"
        );
        before.holds(&archive, &point);
        fs::remove_dir_all(&archive).unwrap();
    }
}

/// Ten moments; as many as ARKIVD_ROUNDS says when scripts/soak runs it.
#[test]
fn a_kill_at_seeded_moments() {
    let rounds: u32 =
        std::env::var("ARKIVD_ROUNDS").map_or(10, |rounds| rounds.parse().expect("a number"));
    let before = Before::new();
    let whole = before.copy("measured");
    let start = Instant::now();
    let output = run(&mut arkivd(&whole, &["snapshot", "rss"]));
    assert!(matches!(output.code, Some(0 | 3)), "{output}");
    let whole_time = start.elapsed();
    // xorshift64 with a fixed seed: the same moments, as parts of the whole time, at each run.
    let mut state: u64 = 0x5eed_2026_1121;
    for round in 0..rounds {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let moment = whole_time.mul_f64((state % 1000) as f64 / 1000.0);
        let archive = before.copy(&format!("moment-{round}"));
        kill_after(arkivd(&archive, &["snapshot", "rss"]), moment);
        before.holds(&archive, &format!("round {round}, killed after {moment:?}"));
        fs::remove_dir_all(&archive).unwrap();
    }
}

fn kill_after(mut command: Command, moment: Duration) {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    std::thread::sleep(moment);
    // It may have ended by now; then the round tests that a finished snapshot stays.
    let _ = child.kill();
    child.wait().unwrap();
}
