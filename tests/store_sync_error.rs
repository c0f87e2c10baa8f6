//! A disk that refuses an fsync: fatal, told by its own error, never tried again.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::io::Write;
use std::path::Path;
use std::process::Command;

use arkivd::record::BagId;
use arkivd::store::{BagInfo, Error, Store};

const ARCHIVE: &str = "ARKIVD_TEST_SYNC_ERROR";

fn publish(archive: &Path) -> Result<(), Error> {
    let bag: BagId = "01a1fdfa-4600-7000-8000-000000000001".parse().unwrap();
    let mut staged = Store::open(archive)?.stage(bag)?;
    let mut file = staged.file("records.json")?;
    file.write_all(b"[]").unwrap();
    file.finish()?;
    let info = BagInfo::new([("Source-Organization", "Tibro kommun")])?;
    staged.seal(&info, [9; 32])?.publish()?;
    Ok(())
}

/// Not a test by itself: runs under strace, which fails one fsync.
#[test]
fn inside() {
    let Ok(archive) = std::env::var(ARCHIVE) else {
        return;
    };
    match publish(Path::new(&archive)) {
        Ok(()) => println!("sync: all passed"),
        Err(e) => println!("sync: fatal={} {e}", e.is_fatal()),
    }
}

#[test]
fn the_first_failed_fsync_of_a_publish_ends_it() {
    for n in 1.. {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::create(dir.path()).unwrap();
        let trace = dir.path().join("trace");
        let run = Command::new("strace")
            .args([
                "-f",
                "-e",
                "trace=fsync",
                "-e",
                &format!("inject=fsync:error=EIO:when={n}"),
                "-o",
            ])
            .arg(&trace)
            .arg(std::env::current_exe().unwrap())
            .args(["--exact", "inside", "--nocapture"])
            .env(ARCHIVE, dir.path())
            .output();
        let told = run
            .map(|run| String::from_utf8_lossy(&run.stdout).into_owned())
            .unwrap_or_default();
        let syncs = std::fs::read_to_string(&trace)
            .unwrap_or_default()
            .matches("fsync(")
            .count();
        if told.contains("sync: all passed") {
            // One file, four tags, the commitment; data, bag and the folder around; then the store's four folders.
            assert_eq!((syncs, n), (13, 14));
            return;
        }
        if !told.contains("sync: ") {
            println!("SKIP: strace does not run here");
            return;
        }
        assert!(told.contains("sync: fatal=true fsync of /"), "{n}: {told}");
        assert_eq!(syncs, n, "nothing is synced after the one that failed");
        assert!(store.staged().unwrap().is_empty());
        // After the rename the bag is there, whole; its caller has been told to stop.
        assert_eq!(store.bags().unwrap().count(), usize::from(n > 9), "{n}");
    }
}
