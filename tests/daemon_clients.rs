//! Clients that mean harm, or stand in the way: what one of them does holds up neither others nor the daemon's end.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod support;

use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sockopt};
use std::fs;
use std::io::{IoSlice, Read, Write};
use std::mem::MaybeUninit;
use std::net::{TcpListener, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::process::{Command, Stdio};
use std::time::Duration;
use support::daemon::{Daemon, FEED, Machine};
use support::hostile::{http, serve};
use support::{Archive, run};

fn connect(archive: &Archive) -> UnixStream {
    UnixStream::connect(archive.path().join("socket")).unwrap()
}

/// Sends bytes with a descriptor.
fn send_with(client: &UnixStream, bytes: &[u8], descriptor: BorrowedFd<'_>) {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    let descriptors = [descriptor];
    assert!(control.push(SendAncillaryMessage::ScmRights(&descriptors)));
    let sent = rustix::net::sendmsg(
        client,
        &[IoSlice::new(bytes)],
        &mut control,
        SendFlags::empty(),
    );
    assert_eq!(sent.unwrap(), bytes.len());
}

/// A whole request, as the program sends it.
fn request(argv: &[&str]) -> Vec<u8> {
    let version = env!("CARGO_PKG_VERSION");
    let json = serde_json::json!({ "version": version, "argv": argv, "terminal": false });
    let json = json.to_string();
    let mut bytes = u32::try_from(json.len()).unwrap().to_be_bytes().to_vec();
    bytes.extend(json.as_bytes());
    bytes
}

/// A TCP connection whose last close waits for a peer that takes nothing (SO_LINGER), and that peer.
fn lingering() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut here = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (there, _) = listener.accept().unwrap();
    sockopt::set_socket_linger(&here, Some(Duration::from_secs(600))).unwrap();
    here.set_nonblocking(true).unwrap();
    while here.write(&[0; 65536]).is_ok() {}
    (here, there)
}

#[test]
fn descriptors_whose_close_waits_hold_up_nobody() {
    let archive = Archive::new();
    archive.add_account("blogg", "feed", "http://127.0.0.1:9/", &[]);
    let mut daemon = Daemon::start(&archive);
    let mut held = Vec::new();
    for _ in 0..6 {
        let (stream, peer) = lingering();
        let mut client = connect(&archive);
        send_with(&client, &[255, 255], stream.as_fd());
        // Ours goes while theirs is under way or held: theirs is the last.
        drop(stream);
        client.write_all(&[255, 255]).unwrap();
        held.push((client, peer));
    }
    for _ in 0..6 {
        archive
            .run(&["account", "edit", "blogg", "--purpose", "x"])
            .expect(0);
    }
    let (code, took) = daemon.end();
    assert_eq!(code, Some(0));
    assert!(took < Duration::from_secs(10), "{took:?}");
}

#[test]
fn clients_that_say_or_take_nothing_do_not_hold_up_the_end() {
    let archive = Archive::new();
    let long = "å".repeat(50_000);
    for id in ["a", "b", "c", "d", "e", "f", "g", "h", "i"] {
        archive.add_account(id, "feed", "http://127.0.0.1:9/", &[]);
        archive
            .run(&["account", "edit", id, "--purpose", &long])
            .expect(0);
    }
    let mut daemon = Daemon::start(&archive);
    let silent = connect(&archive);
    let mut deaf = connect(&archive);
    deaf.write_all(&request(&["arkivd", "--json", "account", "list"]))
        .unwrap();
    // Its answer has begun, and is more than is held for it on the way.
    deaf.read_exact(&mut [0]).unwrap();
    let (code, took) = daemon.end();
    assert_eq!(code, Some(0), "{}", daemon.said.join("\n"));
    assert!(took < Duration::from_secs(10), "{took:?}");
    drop((silent, deaf));
}

#[test]
fn the_daemon_writes_an_export_into_a_plain_file_only() {
    let archive = Archive::new();
    archive.add_account(
        "blogg",
        "feed",
        &serve(|_| http("200 OK", "application/rss+xml", FEED)),
        &[],
    );
    let mut daemon = Daemon::start(&archive);
    archive.run(&["snapshot", "blogg"]).expect(0);
    let bag = archive.bags()[0].parent().unwrap().to_owned();
    let bag = bag.file_name().unwrap().to_str().unwrap();
    // Nobody reads from it: after 64 KiB a writer waits.
    let (read, write) = std::io::pipe().unwrap();
    let mut client = connect(&archive);
    let whole = request(&["arkivd", "export", "bag", bag, "-o", "x.zip"]);
    send_with(&client, &whole[..4], write.as_fd());
    client.write_all(&whole[4..]).unwrap();
    let mut answer = Vec::new();
    client.read_to_end(&mut answer).unwrap();
    let text = String::from_utf8_lossy(&answer);
    assert!(text.contains("plain file"), "{text}");
    assert_eq!(daemon.end().0, Some(0));
    drop(read);
}

#[test]
fn who_reads_no_more_ends_no_snapshots() {
    let archive = Archive::new();
    for id in ["a", "b", "c"] {
        let site = serve(|_| {
            std::thread::sleep(Duration::from_millis(300));
            http("200 OK", "application/rss+xml", FEED)
        });
        archive.add_account(id, "feed", &site, &[]);
    }
    archive.add_account("borta", "feed", "http://127.0.0.1:9/", &[]);
    let mut daemon = Daemon::start(&archive);
    for snapshots in [3, 6] {
        let mut command = archive.command(&["snapshot", "--all", "--full"]);
        let mut client = command
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        drop(client.stdout.take());
        let code = client.wait().unwrap().code();
        assert_eq!(code, Some(3), "the exit code tells of the one that failed");
        assert_eq!(archive.bags().len(), snapshots);
        if daemon.is_running() {
            assert_eq!(daemon.end().0, Some(0));
        }
    }
}

#[test]
fn who_can_read_the_files_does_not_trouble_the_daemon() {
    let archive = Archive::new();
    let listener = UnixListener::bind(archive.path().join("socket")).unwrap();
    listener.set_nonblocking(true).unwrap();
    archive.run(&["account", "list"]).expect(0);
    archive.run(&["verify"]).expect(0);
    assert!(
        listener.accept().is_err(),
        "it was called, and left waiting"
    );
}

#[test]
fn users_are_told_when_no_daemon_runs_and_when_nothing_is_theirs() {
    let Some(machine) = Machine::new() else {
        return;
    };
    let archive = &machine.archive;
    archive.configure(
        "\n[[person]]\nuser = \"61001\"\nname = \"Anna\"\nroles = [\"redaktör\"]\ncommittees = [\"Socialnämnden\"]\n",
    );
    for args in [&["status"][..], &["snapshot", "--all"]] {
        machine
            .run(61001, args)
            .refuses(1, &["no daemon answers at", "systemctl status arkivd"]);
    }
    archive.add_account("blogg", "feed", "http://127.0.0.1:9/", &[]);
    let mut daemon = machine.daemon();
    let told = machine.run(61001, &["snapshot", "--all"]).expect(0);
    assert!(told.stderr.contains("of other committees"), "{told}");
    let schedules = machine
        .run(61001, &["--json", "schedule", "list"])
        .expect(0)
        .data();
    let id = schedules["schedules"][0]["id"].as_str().unwrap();
    let told = machine.run(61001, &["schedule", "run", id]).expect(0);
    assert!(told.stderr.contains("of other committees"), "{told}");
    assert_eq!(daemon.end().0, Some(0));
}

#[test]
fn an_exported_folder_is_closed_to_others_as_the_user_wishes() {
    let Some(machine) = Machine::new() else {
        return;
    };
    let archive = &machine.archive;
    archive.configure("\n[[person]]\nuser = \"61001\"\nname = \"Anna\"\nroles = [\"arkivarie\"]\n");
    archive.add_account(
        "blogg",
        "feed",
        &serve(|_| http("200 OK", "application/rss+xml", FEED)),
        &[],
    );
    let mut daemon = machine.daemon();
    machine.run(61001, &["snapshot", "blogg"]).expect(0);
    let bag = archive.bags()[0].parent().unwrap().to_owned();
    let bag = bag.file_name().unwrap().to_str().unwrap().to_owned();
    for (umask, file, folder) in [
        ("077", 0o600, 0o700),
        ("027", 0o640, 0o750),
        // What was never public may be in it.
        ("022", 0o640, 0o750),
    ] {
        let command = machine.command(61001, &["export", "bag", &bag, "-o", umask]);
        let mut shell = Command::new("sh");
        shell
            .args(["-c", "umask $0; exec \"$@\"", umask])
            .arg(command.get_program())
            .args(command.get_args())
            .envs(command.get_envs().filter_map(|(k, v)| Some((k, v?))))
            .current_dir(command.get_current_dir().unwrap());
        run(&mut shell).expect(0);
        let out = machine.home(61001).join(umask);
        let mode = |path: &str| fs::metadata(out.join(path)).unwrap().permissions().mode() & 0o777;
        let modes = ["data/records.json", "bagit.txt", "data", ""].map(mode);
        assert_eq!(
            modes,
            [file, file, folder, folder],
            "umask {umask}: {modes:?}"
        );
        machine.run(61001, &["verify", umask]).expect(0);
    }
    assert_eq!(daemon.end().0, Some(0));
}

#[test]
fn clients_are_told_of_files_by_whole_paths() {
    let archive = Archive::new();
    archive.add_account(
        "blogg",
        "feed",
        &serve(|_| http("200 OK", "application/rss+xml", FEED)),
        &[],
    );
    let mut command = Command::new(env!("CARGO_BIN_EXE_arkivd"));
    command
        .env_remove("ARKIVD_ARCHIVE")
        .env("ARKIVD_SYSTEM", "/nowhere")
        .current_dir(archive.path().parent().unwrap())
        .arg("--archive")
        .arg(archive.path().file_name().unwrap())
        .arg("run");
    let mut daemon = Daemon::start_with(&mut command);
    let told = archive
        .run(&["--json", "snapshot", "blogg"])
        .expect(0)
        .data();
    let path = told["captures"][0]["bags"][0]["path"].as_str().unwrap();
    assert!(std::path::Path::new(path).is_dir(), "{path}");
    assert_eq!(daemon.end().0, Some(0));
}
