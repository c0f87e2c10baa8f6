//! The daemon and its socket, over the binary: the same commands with it and without, clients that send nonsense or go
//! away, platforms that hang.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod support;

use std::fs;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::process::Stdio;
use std::time::{Duration, Instant};
use support::daemon::{Daemon, events, site, stuck};
use support::{Archive, Output, account};

fn staging(archive: &Archive) -> usize {
    fs::read_dir(archive.path().join("staging"))
        .unwrap()
        .count()
}

/// What differs between two runs of one command: times, ids and paths of the run itself.
fn shape(output: &Output, archive: &Archive) -> (Option<i32>, Vec<String>, Vec<String>) {
    let place = archive.path().to_str().unwrap();
    let words = |text: &str| {
        text.replace(place, "")
            .lines()
            .map(|line| {
                line.split(|c: char| !c.is_alphabetic())
                    .filter(|w| w.len() > 2 && !w.chars().all(|c| c.is_ascii_hexdigit()))
                    .collect::<Vec<_>>()
                    .join(" ")
            })
            .collect()
    };
    (output.code, words(&output.stdout), words(&output.stderr))
}

#[test]
fn a_command_says_the_same_with_the_daemon_and_without() {
    let site = site();
    let dead = "http://127.0.0.1:9/";
    let alone = Archive::new();
    let served = Archive::new();
    let mut daemon = Daemon::start(&served);
    let add = account("blogg", "feed", &site, &[]);
    let gone = account("borta", "feed", dead, &[]);
    let bare = [
        "account",
        "add",
        "x",
        "--platform",
        "feed",
        "--address",
        dead,
    ];
    let bare: Vec<&str> = bare
        .into_iter()
        .chain(["--committee", "K", "--purpose", "p", "--audience", "a"])
        .collect();
    let commands: &[&[&str]] = &[
        &add,
        &add,
        &bare,
        &gone,
        &[
            "account",
            "edit",
            "blogg",
            "--purpose",
            "dialog med åhörare",
        ],
        &["account", "edit", "nej", "--purpose", "x"],
        &["snapshot", "blogg"],
        &["snapshot", "blogg"],
        &["snapshot", "--all"],
        &["snapshot", "nej"],
        &["--json", "snapshot", "--all"],
        &["--json", "account", "add", "blogg", "--platform", "feed"],
        &["account", "list"],
        &["record", "list"],
        &["status"],
        &["verify"],
    ];
    for args in commands {
        let (here, there) = (alone.run(args), served.run(args));
        assert_eq!(
            shape(&here, &alone),
            shape(&there, &served),
            "{here}\n{there}"
        );
    }
    assert_eq!(served.bags().len(), 1);
    let told = |archive: &Archive| {
        let all = events(archive).into_iter();
        let all = all.filter(|(who, verb, _)| who != "arkivd" && verb != "snapshot");
        all.collect::<Vec<_>>()
    };
    assert_eq!(told(&alone), told(&served), "the same person did the same");
    daemon.wait_for(&["command", "account add", "exit=0"]);
    let (code, took) = daemon.end();
    assert_eq!(code, Some(0));
    assert!(took < Duration::from_secs(5), "{took:?}");
    assert!(!served.path().join("socket").exists());
    served
        .run(&["account", "edit", "blogg", "--purpose", "ny"])
        .expect(0);
    let log = daemon.said.join("\n");
    for secret in ["Plogbilen", "Snöröjning", "åhörare"] {
        assert!(
            !log.contains(secret),
            "the log tells what was posted:\n{log}"
        );
    }
}

#[test]
fn two_daemons_never_hold_one_archive() {
    let archive = Archive::new();
    let mut daemon = Daemon::start(&archive);
    archive.run(&["run"]).refuses(
        6,
        &[
            "is being written by another process",
            &daemon.pid().to_string(),
        ],
    );
    assert!(daemon.is_running());
    archive.add_account("blogg", "feed", "http://127.0.0.1:9/", &[]);
    // One that was killed leaves its socket and its lock's file; neither is in the next one's way.
    daemon.signal("KILL");
    daemon.ended();
    assert!(archive.path().join("socket").exists());
    archive
        .run(&["account", "edit", "blogg", "--purpose", "utan"])
        .expect(0);
    let mut next = Daemon::start(&archive);
    archive
        .run(&["account", "edit", "blogg", "--purpose", "med"])
        .expect(0);
    next.wait_for(&["account edit"]);
    assert_eq!(next.end().0, Some(0));
}

#[test]
fn nonsense_on_the_socket_harms_nobody() {
    let archive = Archive::new();
    archive.add_account("blogg", "feed", &site(), &[]);
    let mut daemon = Daemon::start(&archive);
    let socket = archive.path().join("socket");
    let say = |bytes: &[u8], ends: bool| -> Vec<u8> {
        let mut stream = UnixStream::connect(&socket).unwrap();
        // A daemon that has refused already takes no more.
        let _ = stream.write_all(bytes);
        if ends {
            stream.shutdown(std::net::Shutdown::Write).unwrap();
        }
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        answer
    };
    let request = |json: &str| {
        let mut bytes = u32::try_from(json.len()).unwrap().to_be_bytes().to_vec();
        bytes.extend(json.as_bytes());
        bytes
    };
    let version = env!("CARGO_PKG_VERSION");
    let asks = |argv: &str| {
        request(&format!(
            "{{\"version\":\"{version}\",\"argv\":{argv},\"terminal\":false}}"
        ))
    };
    let big = vec![b'['; 2 << 20];
    for (bytes, code, says) in [
        (
            b"GET / HTTP/1.1\r\n\r\n".to_vec(),
            1,
            "bytes, and 1048576 are allowed",
        ),
        (vec![255; 4], 1, "4294967295 bytes"),
        (
            [&(2u32 << 20).to_be_bytes()[..], &big].concat(),
            1,
            "2097152 bytes",
        ),
        (request("{"), 1, "not understood"),
        (request("\u{0}\u{0}"), 1, "not understood"),
        (request("{\"version\":1}"), 1, "not understood"),
        (
            request(&format!("{}{}", "[".repeat(100_000), "]".repeat(100_000))),
            1,
            "not understood",
        ),
        (
            request("{\"version\":\"0.0.0\",\"argv\":[],\"terminal\":false}"),
            1,
            "this command is arkivd 0.0.0",
        ),
        (asks("[]"), 2, ""),
        (asks("[\"arkivd\",\"bogus\"]"), 2, "bogus"),
        (
            asks("[\"arkivd\",\"run\"]"),
            1,
            "run does not run in the daemon",
        ),
        (
            asks("[\"arkivd\",\"init\",\"/tmp/x\",\"--organisation\",\"X\"]"),
            1,
            "init does not run",
        ),
        (
            asks("[\"arkivd\",\"crash-points\"]"),
            1,
            "crash-points does not run",
        ),
        (
            asks("[\"arkivd\",\"verify\",\"/etc\"]"),
            1,
            "verify does not run",
        ),
        // The daemon writes no file by a name from outside.
        (
            asks(
                "[\"arkivd\",\"export\",\"bag\",\"01a1feb2-a3cc-743d-92d4-21775f8b99a4\",\"-o\",\"/tmp/arkivd-nej\"]",
            ),
            1,
            "is not in the archive",
        ),
    ] {
        let answer = say(&bytes, false);
        let text = String::from_utf8_lossy(&answer);
        assert!(
            text.contains(says),
            "{:?}: {text}",
            String::from_utf8_lossy(&bytes[..bytes.len().min(80)])
        );
        assert_eq!(
            &answer[answer.len() - 6..],
            [b'x', 0, 0, 0, 1, code],
            "{text}"
        );
    }
    // Cut off anywhere, it is no request.
    let whole = asks("[\"arkivd\",\"account\",\"edit\",\"blogg\",\"--purpose\",\"halv\"]");
    for cut in [0, 1, 3, 4, 5, whole.len() / 2, whole.len() - 1] {
        say(&whole[..cut], true);
    }
    assert_ne!(
        archive.data(&["account", "show", "blogg"])["purpose"],
        "halv"
    );
    // Those who say nothing hold up nobody, but not without end.
    let silent: Vec<UnixStream> = (0..40)
        .map(|_| UnixStream::connect(&socket).unwrap())
        .collect();
    archive
        .run(&["account", "edit", "blogg", "--purpose", "x"])
        .refuses(6, &["as many commands as it can"]);
    drop(silent);
    let until = Instant::now() + Duration::from_secs(20);
    while archive
        .run(&["account", "edit", "blogg", "--purpose", "hel"])
        .code
        != Some(0)
    {
        assert!(Instant::now() < until, "places are not given back");
    }
    assert_eq!(
        archive.data(&["account", "show", "blogg"])["purpose"],
        "hel"
    );
    assert!(daemon.is_running());
    let (code, _) = daemon.end();
    assert_eq!(code, Some(0), "{}", daemon.said.join("\n"));
    assert!(!daemon.said.iter().any(|line| line.contains("panicked")));
}

#[test]
fn a_client_that_vanishes_leaves_nothing_half_done() {
    let archive = Archive::new();
    let (stuck, questions) = stuck();
    archive.add_account("stum", "feed", &stuck, &[]);
    archive.add_account("blogg", "feed", &site(), &[]);
    let mut daemon = Daemon::start(&archive);
    for _ in 0..3 {
        let mut client = archive
            .command(&["snapshot", "stum", "blogg"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        questions.recv_timeout(Duration::from_secs(30)).unwrap();
        client.kill().unwrap();
        client.wait().unwrap();
        daemon.wait_for(&["command", "snapshot", "exit=1"]);
        assert_eq!(staging(&archive), 0);
    }
    assert!(
        archive.bags().is_empty(),
        "what nobody waits for is not begun"
    );
    archive.run(&["snapshot", "blogg"]).expect(0);
    assert_eq!(daemon.end().0, Some(0));
    archive.run(&["verify"]).expect(0);
}

#[test]
fn a_stuck_platform_holds_up_neither_others_nor_the_end() {
    let archive = Archive::new();
    let (stuck, questions) = stuck();
    archive.add_account("stum", "feed", &stuck, &[]);
    archive.add_account("blogg", "feed", &site(), &[]);
    let mut daemon = Daemon::start(&archive);
    let client = archive
        .command(&["snapshot", "stum"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    questions.recv_timeout(Duration::from_secs(30)).unwrap();
    archive.run(&["snapshot", "blogg"]).expect(0);
    archive
        .run(&["account", "edit", "stum", "--purpose", "ny"])
        .expect(0);
    let (code, took) = daemon.end();
    assert_eq!(code, Some(0));
    assert!(took < Duration::from_secs(10), "{took:?}");
    let told = client.wait_with_output().unwrap();
    assert_eq!(told.status.code(), Some(1));
    let text = String::from_utf8(told.stderr).unwrap();
    assert!(text.contains("was broken off"), "{text}");
    assert_eq!(staging(&archive), 0);
}
