//! How fast a full verification is, beside the same hashing in memory and `sha256sum -c`, in one run.
//!
//! `cargo bench --bench verify`: 40 bags of 100 files of 1 MiB under the target folder (4.2 GB, removed at the end);
//! CPU seconds, best of three rounds. Exits 1 when a target is missed.
#![allow(clippy::unwrap_used, reason = "a bench that cannot go on should stop")]

use std::fs;
use std::hint::black_box;
use std::io::Write;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::Instant;

use arkivd::record::{BagId, Digest};
use arkivd::store::{BagInfo, Depth, Store};

const BAGS: u64 = 40;
const FILES: u64 = 100;
const SIZE: usize = 1 << 20;

/// Larger than the processor's caches, so that hashing it in memory reads memory.
const POOL: usize = 128 << 20;

/// /proc counts in USER_HZ, which is 100 on every Linux.
const TICKS: f64 = 100.0;

fn bag_id(n: u64) -> BagId {
    format!("01a1fdfa-4600-7000-8000-{n:012x}").parse().unwrap()
}

/// The bytes of a file: each at another place of the pool.
fn content(pool: &[u8], file: u64) -> &[u8] {
    let at = usize::try_from(file).unwrap() * 1_048_583 % (pool.len() - SIZE);
    &pool[at..at + SIZE]
}

fn pool() -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    (0..POOL / 8)
        .flat_map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_le_bytes()
        })
        .collect()
}

fn make(archive: &Path, pool: &[u8]) -> Store {
    let store = Store::create(archive).unwrap();
    for bag in 0..BAGS {
        let mut staged = store.stage(bag_id(bag)).unwrap();
        for n in 0..FILES {
            let mut file = staged.file(&format!("media/{n:04}.jpg")).unwrap();
            file.write_all(content(pool, bag * FILES + n)).unwrap();
            file.finish().unwrap();
        }
        let info = BagInfo::new([("Source-Organization", "Tibro kommun")]).unwrap();
        staged.seal(&info, [7; 32]).unwrap().publish().unwrap();
    }
    store
}

/// CPU seconds, of this process and of the children it has waited for.
fn cpu() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    // The name, in brackets, may hold spaces; utime is the 14th field, then stime, cutime, cstime.
    let after = stat.rsplit_once(')').unwrap().1;
    let ticks: u64 = after
        .split_whitespace()
        .skip(11)
        .take(4)
        .map(|t| t.parse::<u64>().unwrap())
        .sum();
    ticks as f64 / TICKS
}

fn measured(work: impl FnOnce()) -> (f64, f64) {
    let (before, started) = (cpu(), Instant::now());
    work();
    (cpu() - before, started.elapsed().as_secs_f64())
}

fn main() -> ExitCode {
    if !std::env::args().any(|argument| argument == "--bench") {
        println!("SKIP: writes 4.2 GB, so only `cargo bench` runs it");
        return ExitCode::SUCCESS;
    }
    let dir = tempfile::Builder::new()
        .prefix("verify-")
        .tempdir_in(env!("CARGO_TARGET_TMPDIR"))
        .unwrap();
    let pool = pool();
    println!("making {} files of 1 MiB in {BAGS} bags", BAGS * FILES);
    let store = make(dir.path(), &pool);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let gigabytes = (BAGS * FILES) as f64 * SIZE as f64 / 1e9;

    let mut best = [(f64::MAX, 0.0); 3];
    for _ in 0..3 {
        let memory = measured(|| {
            for file in 0..BAGS * FILES {
                black_box(Digest::of(content(&pool, file)));
            }
        });
        let ours = measured(|| {
            let totals = store.verify(
                (0..BAGS).map(bag_id),
                Depth::Full,
                threads,
                &mut |bag, faults| {
                    assert_eq!(faults, [], "{bag}");
                },
            );
            assert_eq!(totals.files, BAGS * FILES);
        });
        let peer = measured(|| {
            for bag in 0..BAGS {
                let status = Command::new("sha256sum")
                    .args(["--quiet", "-c", "manifest-sha256.txt"])
                    .current_dir(store.path(bag_id(bag)).join("bag"))
                    .status()
                    .unwrap();
                assert!(status.success());
            }
        });
        for (best, now) in best.iter_mut().zip([memory, ours, peer]) {
            if now.0 < best.0 {
                *best = now;
            }
        }
    }
    for (name, (cpu, wall)) in ["in memory", "verify", "sha256sum -c"].iter().zip(best) {
        println!(
            "{name:<13} {cpu:6.2} CPU s  {:5.2} GB/CPU s  {wall:6.2} s wall",
            gigabytes / cpu
        );
    }
    let [memory, ours, peer] = best;
    let quick = measured(|| {
        store.verify((0..BAGS).map(bag_id), Depth::Quick, threads, &mut |_, _| {});
    });
    println!("verify --quick {:.2} s wall", quick.1);

    let mut missed = 0;
    let mut target = |what: &str, ratio: f64, met: bool| {
        println!("{} {what}: {ratio:.2}", if met { "ok  " } else { "MISS" });
        missed += u32::from(!met);
    };
    let ratio = ours.0 / memory.0;
    target("verify / in memory, at most 1.5", ratio, ratio <= 1.5);
    let ratio = peer.0 / ours.0;
    target("sha256sum -c / verify, at least 3", ratio, ratio >= 3.0);
    let cores = ours.0 / ours.1;
    let wanted = 0.75 * threads as f64;
    target("cores used by verify", cores, cores >= wanted);
    if missed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
