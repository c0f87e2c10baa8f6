//! Points where a test ends the process as a power cut would.

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
];

/// Ends the process with SIGKILL when the point is armed: `FAILPOINTS="store::seal::written=return"`, or
/// `=2*off->return` for the third passing. Needs `fail::FailScenario::setup()`; compiled to nothing without
/// fail's `failpoints` feature, which only test builds have.
pub fn crash_point(name: &'static str) {
    fail::fail_point!(name, |_| {
        use rustix::process::{Signal, getpid, kill_process};
        // Without the signal, ending at all is still what the point promises.
        if kill_process(getpid(), Signal::KILL).is_err() {
            std::process::abort();
        }
    });
    let _ = name;
}

/// True in a build where crash points can be armed. A build for use says false.
pub fn crash_points_built_in() -> bool {
    fail::has_failpoints()
}
