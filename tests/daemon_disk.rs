//! A disk that fails what a client of the daemon asked for: the daemon ends, so that the next start repairs.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod support;

use std::process::Command;
use support::daemon::Daemon;
use support::judges::have;
use support::sites::DemoSite;
use support::{Archive, run};

#[test]
fn a_refused_fsync_ends_the_daemon_and_the_next_start_repairs() {
    if !have("strace") {
        return;
    }
    let trace = |command: &mut Command, archive: &Archive, inject: &str| {
        command
            .args(["-f", "-y", "-qq", "-e", "trace=fsync", "-e", inject, "-o"])
            .arg(archive.beside("trace"));
    };
    let archive = Archive::new();
    let mut tried = Command::new("strace");
    trace(&mut tried, &archive, "trace=fsync");
    if run(tried.arg("true")).code != Some(0) {
        println!("SKIP: strace does not run here");
        return;
    }
    let site = DemoSite::start();
    site.register(&archive);
    // Its tables and events are written at the first start; the second has no fsync of its own.
    assert_eq!(Daemon::start(&archive).end().0, Some(0));

    let mut command = Command::new("strace");
    trace(&mut command, &archive, "inject=fsync:error=EIO:when=6");
    command
        .env_remove("ARKIVD_ARCHIVE")
        .env_remove("ARKIVD_LOG")
        .arg(env!("CARGO_BIN_EXE_arkivd"))
        .arg("--archive")
        .arg(archive.path())
        .arg("run");
    let mut daemon = Daemon::start_with(&mut command);
    archive
        .run(&["snapshot", "webb"])
        .refuses(1, &["fsync of", "failed"]);
    assert_eq!(daemon.ended(), Some(1), "{}", daemon.said.join("\n"));
    let told = daemon.said.join("\n");
    assert!(told.contains("the archive's disk failed"), "{told}");

    let mut daemon = Daemon::start(&archive);
    archive.snapshot("webb");
    assert_eq!(daemon.end().0, Some(0));
    archive.run(&["verify"]).expect(0);
}
