//! Points where a test ends the process as a power cut would. Only debug builds have them.

use std::sync::atomic::{AtomicU32, Ordering};

use rustix::process::{Signal, getpid, kill_process};

/// Every crash point of the store, in the order a bag passes them.
pub const CRASH_POINTS: &[&str] = &[
    "store::stage::made",
    "store::file::finished",
    "store::seal::tags",
    "store::seal::written",
    "store::publish::month",
    "store::publish::renamed",
    "store::publish::synced",
    "store::quarantine::reason",
    "store::quarantine::moved",
    "store::remove::moved",
];

/// The environment variable that arms a point: its name, or `NAME+2` to let it pass twice first.
pub const CRASH_AT: &str = "ARKIVD_CRASH_AT";

/// True in a build where crash points can be armed. A release build says false and has no code for them.
pub const CRASH_POINTS_BUILT_IN: bool = cfg!(debug_assertions);

static PASSED: AtomicU32 = AtomicU32::new(0);

/// Ends the process with SIGKILL when the point is armed.
pub fn crash_point(name: &'static str) {
    if !CRASH_POINTS_BUILT_IN {
        return;
    }
    let Ok(armed) = std::env::var(CRASH_AT) else {
        return;
    };
    let (point, passes) = match armed.split_once('+') {
        Some((point, passes)) => (point, passes.parse().unwrap_or(0)),
        None => (armed.as_str(), 0),
    };
    if point != name || PASSED.fetch_add(1, Ordering::Relaxed) < passes {
        return;
    }
    // Without the signal, ending at all is still what the point promises.
    if kill_process(getpid(), Signal::KILL).is_err() {
        std::process::abort();
    }
}
