//! A full disk: a clear error that names the file, and nothing half-written.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::io::Write;
use std::path::Path;
use std::process::Command;

use arkivd::record::BagId;
use arkivd::store::{BagInfo, Depth, Error, Store};

const ARCHIVE: &str = "ARKIVD_TEST_FULL_DISK";

fn bag_id(n: u64) -> BagId {
    format!("01a1fdfa-4600-7000-8000-{n:012x}").parse().unwrap()
}

fn fill(store: &Store, n: u64, bytes: usize) -> Result<(), Error> {
    let mut staged = store.stage(bag_id(n))?;
    let mut file = staged.file("media/film.mp4")?;
    let piece = vec![1; 100_000];
    for _ in 0..bytes / piece.len() {
        if let Err(e) = file.write_all(&piece) {
            // What callers do: the Write trait can carry the store's own error.
            return Err(e.downcast::<Error>().unwrap());
        }
    }
    file.finish()?;
    let info = BagInfo::new([("Source-Organization", "Tibro kommun")])?;
    staged.seal(&info, [9; 32])?.publish()?;
    Ok(())
}

/// Not a test by itself: runs where the archive lies on a small tmpfs.
#[test]
fn inside() {
    let Ok(archive) = std::env::var(ARCHIVE) else {
        return;
    };
    let archive = Path::new(&archive);
    let store = Store::create(archive).unwrap();
    fill(&store, 1, 9_000_000).unwrap();
    for n in 2..20 {
        let full = fill(&store, n, 9_000_000).unwrap_err();
        assert!(full.is_full() && !full.is_fatal(), "{full:?}");
        assert!(full.to_string().contains("media/film.mp4"), "{full}");
        assert!(store.staged().unwrap().is_empty());
    }
    // Down to the last pages, so that folders and tags fail too.
    let mut n = 20;
    for size in [1_000_000, 100_000] {
        while fill(&store, n, size).is_ok() {
            n += 1;
        }
    }
    assert!(store.staged().unwrap().is_empty());
    let bags: Vec<_> = store.bags().unwrap().map(Result::unwrap).collect();
    assert!(bags.len() > 3);
    let totals = store.verify(bags.into_iter(), Depth::Full, 2, &mut |bag, found| {
        assert_eq!(found, [], "{bag}");
    });
    assert_eq!(totals.faults, 0);
    println!("full disk: judged");
}

#[test]
fn a_full_disk_leaves_nothing_half_written() {
    let dir = tempfile::tempdir().unwrap();
    let script = "mount -t tmpfs -o size=16m none \"$1\" && exec \"$2\" --exact inside --nocapture";
    let run = Command::new("unshare")
        .args(["-Urm", "sh", "-c", script, "sh"])
        .arg(dir.path())
        .arg(std::env::current_exe().unwrap())
        .env(ARCHIVE, dir.path())
        .output();
    let Ok(run) = run else {
        println!("SKIP: no unshare");
        return;
    };
    let told = String::from_utf8_lossy(&run.stdout);
    if !told.contains("running 1 test") {
        println!(
            "SKIP: no tmpfs may be mounted here: {}",
            String::from_utf8_lossy(&run.stderr)
        );
        return;
    }
    assert!(
        run.status.success() && told.contains("full disk: judged"),
        "{run:?}"
    );
}
