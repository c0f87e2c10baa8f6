//! Kill -9 at every step: afterwards a bag is there whole or not at all, and the ledger goes on.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::convert::Infallible;
use std::fs;
use std::io::Write;
use std::ops::Range;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, ExitStatus};

use arkivd::ledger::{self, Leaf, Ledger, append};
use arkivd::record::{BagId, Digest};
use arkivd::store::{self, BagInfo, Depth, Store};

const FILES: [&str; 3] = ["records.json", "raw/0001.json", "media/a.jpg"];

fn bag_id(n: u64) -> BagId {
    format!("01a1fdfa-4600-7000-8000-{n:012x}").parse().unwrap()
}

fn publish(store: &Store, n: u64) -> Digest {
    let mut staged = store.stage(bag_id(n)).unwrap();
    for path in FILES {
        let mut file = staged.file(path).unwrap();
        file.write_all(path.as_bytes()).unwrap();
        file.finish().unwrap();
    }
    let info = BagInfo::new([("Source-Organization", "Tibro kommun")]).unwrap();
    staged
        .seal(&info, [9; 32])
        .unwrap()
        .publish()
        .unwrap()
        .commitment
}

/// The leaves that a catalog would have kept, and the hashes it would lend.
fn publish_ledger(ledger: &Ledger, from: u64, size: u64) {
    let entries: Vec<_> = (0..size)
        .map(|n| {
            Leaf::Capture {
                c: Digest::of(&n.to_be_bytes()),
            }
            .entry()
        })
        .collect();
    let none = |_: &[u64]| Ok::<_, Infallible>(Vec::new());
    let hashes: Vec<_> = append(0, &entries, &none).unwrap().hashes;
    let read = |indexes: &[u64]| {
        Ok::<_, Infallible>(
            indexes
                .iter()
                .map(|i| hashes[usize::try_from(*i).unwrap()].1)
                .collect(),
        )
    };
    let lend = |range: Range<u64>| {
        let range = usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap();
        Ok::<_, Infallible>(entries[range].to_vec())
    };
    ledger.publish(from, size, &read, &lend).unwrap();
    let faults = ledger
        .verify(entries.iter().cloned().map(Ok::<_, Infallible>))
        .unwrap();
    assert_eq!(faults, []);
}

const JOB: &str = "ARKIVD_TEST_JOB";
const ARCHIVE: &str = "ARKIVD_TEST_ARCHIVE";

/// Not a test by itself: the process that the others kill.
#[test]
fn victim() {
    let (Ok(job), Ok(archive)) = (std::env::var(JOB), std::env::var(ARCHIVE)) else {
        return;
    };
    let archive = Path::new(&archive);
    match job.as_str() {
        "publish" => {
            publish(&Store::open(archive).unwrap(), 1);
        }
        "quarantine" => {
            Store::open(archive)
                .unwrap()
                .quarantine(bag_id(0), "a test")
                .unwrap();
        }
        "ledger" => publish_ledger(&Ledger::open(archive).unwrap(), 255, 513),
        other => panic!("{other}"),
    }
}

fn run_victim(job: &str, archive: &Path, points: &str) -> ExitStatus {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "victim", "--nocapture"])
        .env(JOB, job)
        .env(ARCHIVE, archive)
        .env(store::CRASH_AT, points)
        .output()
        .unwrap()
        .status
}

#[test]
fn a_bag_is_whole_or_not_there_wherever_the_crash_came() {
    let points = store::CRASH_POINTS
        .iter()
        .filter(|p| !p.contains("quarantine") && !p.contains("remove"));
    let mut seen_whole = 0;
    for (point, skipped) in points.flat_map(|p| [(p, 0), (p, 2)]) {
        // Only files are passed more than once.
        let action = match skipped {
            0 => (*point).to_string(),
            n if *point == "store::file::finished" => format!("{point}+{n}"),
            _ => continue,
        };
        let dir = tempfile::tempdir().unwrap();
        let store = Store::create(dir.path()).unwrap();
        publish(&store, 0);
        let status = run_victim("publish", dir.path(), &action);
        assert_eq!(status.signal(), Some(9), "{action}: {status}");

        let store = Store::open(dir.path()).unwrap();
        let published: Vec<_> = store.bags().unwrap().map(Result::unwrap).collect();
        let renamed = ["store::publish::renamed", "store::publish::synced"].contains(point);
        assert_eq!(
            store.clear_staging().unwrap().len(),
            usize::from(!renamed),
            "{action}"
        );
        assert_eq!(store.clear_staging().unwrap(), Vec::<String>::new());
        let expected: Vec<_> = (0..=u64::from(renamed)).map(bag_id).collect();
        assert_eq!(published, expected, "{action}");
        let mut files = 0;
        let totals = store.verify(published.into_iter(), Depth::Full, 2, &mut |bag, found| {
            assert_eq!(found, [], "{action}: {bag}");
            files += 1;
        });
        assert_eq!(totals.files, files * FILES.len() as u64);
        if renamed {
            seen_whole += 1;
        } else {
            publish(&store, 1);
        }
    }
    assert_eq!(seen_whole, 2);
}

#[test]
fn a_crash_in_quarantine_leaves_the_bag_in_one_place_with_its_reason() {
    for point in store::CRASH_POINTS
        .iter()
        .filter(|p| p.contains("quarantine"))
    {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::create(dir.path()).unwrap();
        publish(&store, 0);
        let status = run_victim("quarantine", dir.path(), point);
        assert_eq!(status.signal(), Some(9), "{point}: {status}");
        let aside = dir.path().join("quarantine").join(bag_id(0).to_string());
        assert_ne!(aside.exists(), store.path(bag_id(0)).exists(), "{point}");
        if !aside.exists() {
            store.quarantine(bag_id(0), "a test").unwrap();
        }
        let reason = fs::read_to_string(aside.with_extension("reason.txt")).unwrap();
        assert_eq!(reason, "a test\n");
        assert_eq!(
            fs::read_dir(dir.path().join("quarantine")).unwrap().count(),
            2
        );
    }
}

#[test]
fn a_crash_between_tiles_leaves_the_old_checkpoint_sound_and_the_new_one_to_be_written() {
    let actions = ledger::CRASH_POINTS
        .iter()
        .map(|p| (*p).to_string())
        .chain((1..6).map(|n| format!("ledger::tile+{n}")));
    for action in actions {
        let dir = tempfile::tempdir().unwrap();
        let ledger = Ledger::create(dir.path(), "arkivd.example/tibro", [7; 32]).unwrap();
        publish_ledger(&ledger, 0, 255);
        let status = run_victim("ledger", dir.path(), &action);
        assert_eq!(status.signal(), Some(9), "{action}: {status}");
        let size = ledger.checkpoint().unwrap().unwrap().size;
        assert_eq!(
            size,
            if action.contains("checkpoint") {
                513
            } else {
                255
            },
            "{action}"
        );
        assert_eq!(
            ledger.verify(ledger.entries().unwrap()).unwrap(),
            [],
            "{action}"
        );
        publish_ledger(&ledger, 255, 513);
    }
}
