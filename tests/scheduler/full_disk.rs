//! A full disk: a fault that passes.

use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use super::case::Case;
use super::support::hostile::{http, serve};
use super::{EMPTY, at, clock, support};

const FULL_DISK: &str = "ARKIVD_TEST_FULL_DISK";

/// Runs `in_a_small_disk` where the archive lies on a disk of 16 MB, in a mount namespace of its own.
#[test]
fn a_full_disk_passes() {
    if !support::judges::have("unshare") {
        return;
    }
    let unshare = |script: &str| {
        let root = rustix::process::geteuid().is_root();
        let mut command = Command::new("unshare");
        command.args([if root { "-m" } else { "-Urm" }, "sh", "-euc", script]);
        command
    };
    let folder = tempfile::tempdir().unwrap();
    let mount = "mount -t tmpfs -o size=16m tmpfs \"$0\"";
    let probe = support::run(unshare(mount).arg(folder.path()));
    if probe.code != Some(0) {
        println!(
            "SKIP: no mount namespace can be made here: {}",
            probe.stderr.trim()
        );
        return;
    }
    let inside = support::run(
        unshare(&format!(
            "{mount}; exec \"$1\" --exact full_disk::in_a_small_disk --nocapture"
        ))
        .arg(folder.path())
        .arg(std::env::current_exe().unwrap())
        .env(FULL_DISK, folder.path()),
    )
    .expect(0);
    assert!(inside.stdout.contains("1 passed"), "{inside}");
}

static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct Log;

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        LOG.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Not a test by itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn in_a_small_disk() {
    let Ok(disk) = std::env::var(FULL_DISK) else {
        return;
    };
    tracing_subscriber::fmt().with_writer(|| Log).init();
    let disk = Path::new(&disk);
    let case = Case::within(tempfile::tempdir_in(disk).unwrap(), clock!());
    let dir = case.archive.path();
    case.schedule("natt", "0 3 * * *", "\"all\"");
    let entry = "<item><guid>http://a.example/1</guid><title>Ett</title><description>Snön faller.</description></item></channel>";
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    let address = serve(move |_| {
        counted.fetch_add(1, Ordering::SeqCst);
        http(
            "200 OK",
            "application/rss+xml",
            &EMPTY.replace("</channel>", entry),
        )
    });
    let scheduler = case.start();
    case.register(&scheduler.archive, "a", &address);
    scheduler.wake(dir);
    scheduler.until(|rows| rows.len() == 1);
    let filler = disk.join("filler");
    let mut file = std::fs::File::create(&filler).unwrap();
    while file.write(&[0; 4096]).is_ok() {}
    drop(file);
    case.set("2026-11-12T02:00:00Z");
    scheduler.wake(dir);
    // Its own bookkeeping may not fit either: the log alone tells that the attempt has failed.
    let failed = "scheduled snapshot failed";
    scheduler.until(|_| String::from_utf8_lossy(&LOG.lock().unwrap()).contains(failed));
    scheduler.wake(dir);
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    std::fs::remove_file(filler).unwrap();
    // Not at once, but at its next try, for which the time goes on.
    let tick = at("2026-11-12T02:00:00Z");
    scheduler.until(|rows| {
        case.clock.0.fetch_add(1, Ordering::SeqCst);
        scheduler.wake(dir);
        rows[0].counted_from == tick
    });
    assert_eq!(asked.load(Ordering::SeqCst), 2);
    let done = (case.clock.1)() - tick;
    assert!(done.num_seconds() >= 30, "{done}");
    scheduler.stop().await;
}
