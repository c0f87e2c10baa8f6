//! Days of schedules over the binary, its clock moved by libfaketime: scripts/soak.d/day.py, with few steps of chance.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod support;

use std::process::Command;
use support::sites::DemoSite;
use support::{project, run};

#[test]
fn ticks_are_taken_once_whatever_the_clock_on_the_wall_does() {
    if !support::judges::have("python3") {
        return;
    }
    // It has sites of its own; this one builds the program they are.
    drop(DemoSite::start());
    let folder = tempfile::tempdir().unwrap();
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_arkivd"));
    let output = run(Command::new("python3")
        .arg("-B")
        .arg(project().join("scripts/soak.d/day.py"))
        .arg(folder.path())
        .arg("10")
        .env("ARKIVD_BIN", program)
        .env(
            "DEMO_SITE",
            program.parent().unwrap().join("examples/demo_site"),
        )
        .env("SEED", "2026")
        // Less than this test's own, so that it can tell what it waited for.
        .env("PATIENCE", "120")
        .env_remove("ARKIVD_ARCHIVE")
        .env_remove("ARKIVD_LOG"));
    if let Some(why) = output.stdout.lines().find(|line| line.starts_with("SKIP")) {
        println!("{why}");
        return;
    }
    assert_eq!(output.code, Some(0), "{output}");
    assert!(output.stdout.contains(" passed, 0 failed"), "{output}");
}
