//! The daemon and its socket, over the binary: the same commands with it and without, several users at once, clients
//! that send nonsense or go away, platforms that hang.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod support;

use serde_json::Value;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};
use support::daemon::{Daemon, Machine};
use support::hostile::{http, serve};
use support::{Archive, Output, account, run};

const FEED: &str = "<?xml version='1.0'?><rss version='2.0'><channel><title>Nyheter</title>
<link>http://a.example/</link><description>x</description>
<item><guid>http://a.example/1</guid><title>Snöröjning</title><pubDate>Sat, 21 Nov 2026 10:00:00 GMT</pubDate>
<description>Plogbilen kommer.</description></item></channel></rss>";

fn site() -> String {
    serve(|_| http("200 OK", "application/rss+xml", FEED))
}

/// A platform that takes the question and never answers, on a host of its own; it tells of each question.
fn stuck() -> (String, Receiver<()>) {
    let listener = TcpListener::bind("127.0.0.2:0").unwrap();
    let address = format!("http://{}/", listener.local_addr().unwrap());
    let (asked, questions) = channel();
    std::thread::spawn(move || {
        let mut open = Vec::new();
        for mut stream in listener.incoming().map_while(Result::ok) {
            let mut byte = [0];
            if stream.read(&mut byte).is_ok_and(|n| n > 0) {
                let _ = asked.send(());
                open.push(stream);
            }
        }
    });
    (address, questions)
}

/// Who did what to what, in order.
fn events(archive: &Archive) -> Vec<(String, String, String)> {
    let told = support::lines(&archive.run(&["--json", "event", "list"]).expect(0));
    let word = |event: &Value, key: &str| event[key].as_str().unwrap().to_owned();
    let all = told.iter().rev();
    all.map(|e| (word(e, "actor"), word(e, "verb"), word(e, "object")))
        .collect()
}

fn person(user: u32, name: &str, roles: &str, more: &str) -> String {
    format!("\n[[person]]\nuser = \"{user}\"\nname = \"{name}\"\nroles = [{roles}]\n{more}\n")
}

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
fn three_users_at_once_act_each_in_their_own_name() {
    let Some(machine) = Machine::new() else {
        return;
    };
    let site = site();
    let archive = &machine.archive;
    archive.configure(
        &[
            person(61001, "Anna Öberg", "\"arkivarie\"", ""),
            person(
                61002,
                "Björn Ek",
                "\"registrator\"",
                "committees = [\"Kommunstyrelsen\"]",
            ),
            person(61003, "Cecilia Ås", "\"redaktör\"", ""),
            person(61004, "David Li", "\"revisor\"", "committees = []"),
        ]
        .concat(),
    );
    archive.add_account("blogg", "feed", &site, &[]);
    let mut daemon = machine.daemon();
    std::thread::scope(|all| {
        for (user, id) in [(61001, "anna"), (61002, "bjorn")] {
            let (machine, site) = (&machine, &site);
            all.spawn(move || {
                for n in 0..5 {
                    let id = format!("{id}-{n}");
                    machine
                        .run(user, &account(&id, "feed", site, &[]))
                        .expect(0);
                }
            });
        }
        all.spawn(|| {
            for _ in 0..5 {
                machine.run(61003, &["snapshot", "blogg"]).expect(0);
            }
        });
    });
    // Each is refused what is not theirs, and told which role it takes.
    let mut other = account("soc", "feed", &site, &[]);
    let at = other.iter().position(|a| *a == "Kommunstyrelsen").unwrap();
    other[at] = "Socialnämnden";
    machine
        .run(61003, &account("nej", "feed", &site, &[]))
        .refuses(
            1,
            &[
                "Cecilia Ås",
                "account add",
                "arkivarie or registrator",
                "redaktör",
            ],
        );
    machine
        .run(61002, &other)
        .refuses(1, &["Björn Ek", "Socialnämnden"]);
    machine
        .run(61004, &["snapshot", "blogg"])
        .refuses(1, &["David Li", "snapshot"]);
    machine
        .run(61005, &["status"])
        .refuses(1, &["uid 61005", "not known"]);
    machine.run(61001, &other).expect(0);
    assert!(
        machine
            .run(61004, &["record", "list"])
            .expect(0)
            .stdout
            .contains("Snöröjning")
    );
    machine.run(61004, &["verify"]).expect(0);

    let told = events(archive);
    for (name, user, verb, count) in [
        ("Anna Öberg", 61001, "account add", 6),
        ("Björn Ek", 61002, "account add", 5),
        ("Cecilia Ås", 61003, "snapshot", 5),
    ] {
        let actor = format!("{name}, uid {user}");
        let theirs = told
            .iter()
            .filter(|(who, what, _)| *who == actor && what == verb);
        assert_eq!(theirs.count(), count, "{actor} {verb}: {told:#?}");
    }
    assert!(!told.iter().any(|(.., object)| object == "nej"));
    assert_eq!(
        archive.bags().len(),
        1,
        "five snapshots at once are of one account"
    );
    assert_eq!(daemon.end().0, Some(0));
    archive.run(&["verify"]).expect(0);
}

#[test]
fn an_export_lands_with_the_user_who_asked() {
    let Some(machine) = Machine::new() else {
        return;
    };
    let site = site();
    let archive = &machine.archive;
    archive.configure(&person(61001, "Anna Öberg", "\"arkivarie\"", ""));
    archive.configure(&person(61003, "Cecilia Ås", "\"redaktör\"", ""));
    archive.add_account("blogg", "feed", &site, &[]);
    let mut daemon = machine.daemon();
    machine.run(61001, &["snapshot", "blogg"]).expect(0);
    let bag = archive.bags()[0]
        .parent()
        .unwrap()
        .file_name()
        .unwrap()
        .to_str()
        .unwrap()
        .to_owned();
    let home = machine.home(61001);
    for out in ["kopia", "kopia.zip"] {
        let told = machine
            .run(61001, &["export", "bag", &bag, "-o", out])
            .expect(0);
        assert!(told.stdout.starts_with(&format!("{out}: ")), "{told}");
        machine
            .run(61001, &["export", "bag", &bag, "-o", out])
            .refuses(1, &["exists already"]);
    }
    machine.run(61001, &["verify", "kopia"]).expect(0);
    let told = archive.run(&["event", "list", "--object", &bag]).expect(0);
    assert!(
        told.stdout.contains("Anna Öberg, uid 61001  export bag"),
        "{told}"
    );
    support::judges::judge_bag(&home.join("kopia"));
    let unzip = run(Command::new("python3")
        .args(["-m", "zipfile", "-e"])
        .arg(home.join("kopia.zip"))
        .arg(home.join("ur")));
    unzip.expect(0);
    assert_eq!(tree(&home.join("ur").join(&bag)), tree(&home.join("kopia")));
    use std::os::unix::fs::MetadataExt;
    assert_eq!(
        fs::metadata(home.join("kopia/data/records.json"))
            .unwrap()
            .uid(),
        61001
    );
    machine
        .run(61003, &["export", "bag", &bag, "-o", "nej.zip"])
        .refuses(1, &["Cecilia Ås", "export bag"]);
    assert_eq!(
        fs::read_dir(machine.home(61003)).unwrap().count(),
        0,
        "nothing half-written"
    );
    // A damaged bag is not handed out, and leaves nothing.
    let file = archive.bags()[0].join("data/records.json");
    fs::write(&file, "{}").unwrap();
    machine
        .run(61001, &["export", "bag", &bag, "-o", "skadad"])
        .refuses(4, &["damaged"]);
    let mut left: Vec<_> = fs::read_dir(&home)
        .unwrap()
        .map(|e| e.unwrap().file_name())
        .collect();
    left.sort();
    assert_eq!(left, ["kopia", "kopia.zip", "ur"]);
    assert_eq!(daemon.end().0, Some(0));
}

#[test]
fn nobody_has_a_password_sent_to_themselves() {
    let Some(machine) = Machine::new() else {
        return;
    };
    let archive = &machine.archive;
    archive.add_credential("blogg", "arkiv", "S3cret pass word");
    archive.configure("address = \"http://127.0.0.1:9/\"\n");
    archive.add_credential("utan", "arkiv", "S3cret pass word");
    archive.configure(&person(61002, "Björn Ek", "\"registrator\"", ""));
    let (mine, questions) = stuck();
    let mut daemon = machine.daemon();
    let add = |id, address, name| {
        machine.run(
            61002,
            &account(id, "feed", address, &["--credential", name]),
        )
    };
    add("ond", &mine, "blogg").refuses(1, &["http://127.0.0.1:9/", &mine, "sent nowhere else"]);
    add("ond", "http://127.0.0.1:9/", "utan").refuses(1, &["utan", "has no address"]);
    add("god", "http://127.0.0.1:9/", "blogg").expect(0);
    let moved = ["account", "edit", "god", "--address", &mine];
    machine
        .run(61002, &moved)
        .refuses(1, &["sent nowhere else"]);
    machine.run(61002, &["snapshot", "god"]).expect(1);
    assert!(questions.try_recv().is_err(), "nothing was asked of it");
    assert_eq!(daemon.end().0, Some(0));
}

fn tree(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let files = support::files(folder).into_iter();
    files
        .map(|file| {
            let name = file.strip_prefix(folder).unwrap().display().to_string();
            (name, fs::read(file).unwrap())
        })
        .collect()
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

#[test]
fn configuration_is_read_anew_and_a_broken_one_changes_nothing() {
    let Some(machine) = Machine::new() else {
        return;
    };
    let archive = &machine.archive;
    archive.add_account("blogg", "feed", "http://127.0.0.1:9/", &[]);
    let mut daemon = machine.daemon();
    let edit = ["account", "edit", "blogg", "--purpose", "dialog"];
    machine.run(61001, &edit).refuses(1, &["not known"]);
    let good = fs::read_to_string(archive.path().join("arkivd.toml")).unwrap();
    archive.configure(&person(61001, "Anna Öberg", "\"arkivarie\"", ""));
    daemon.signal("HUP");
    daemon.wait_for(&["read anew"]);
    machine.run(61001, &edit).expect(0);
    archive.configure("[demon]\n");
    daemon.signal("HUP");
    let told = daemon.wait_for(&["ERROR", "demon"]);
    assert!(told.contains("the old configuration stands"), "{told}");
    machine.run(61001, &edit).expect(0);
    fs::write(archive.path().join("arkivd.toml"), good).unwrap();
    daemon.signal("HUP");
    daemon.wait_for(&["read anew"]);
    machine.run(61001, &edit).refuses(1, &["not known"]);
    // Nobody gives themselves a role in a file that they may write.
    archive.configure(&person(61001, "Anna Öberg", "\"arkivarie\"", ""));
    let file = archive.path().join("arkivd.toml");
    let mode = |mode| fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
    mode(0o660);
    daemon.signal("HUP");
    let told = daemon.wait_for(&["ERROR", "[[person]]"]);
    assert!(
        told.contains("others than its owner can write it"),
        "{told}"
    );
    machine.run(61001, &edit).refuses(1, &["not known"]);
    mode(0o640);
    // Who had which role when is in the events.
    let told = ["--json", "event", "list", "--object", "person"];
    let mut told = support::lines(&archive.run(&told).expect(0));
    told.reverse();
    assert_eq!(told.len(), 3, "{told:?}");
    assert_eq!(told[1]["after"][0]["name"], "Anna Öberg");
    assert_eq!(told[2]["before"], told[1]["after"]);
    let told = archive.run(&["event", "list", "--who", "Anna"]).expect(0);
    assert!(
        told.stdout
            .contains("Anna Öberg, uid 61001  account edit blogg")
            && told
                .stdout
                .contains("    purpose: Nyheter från kommunen -> dialog"),
        "{told}"
    );
    assert_eq!(daemon.end().0, Some(0));
}

#[test]
fn what_is_not_public_is_read_by_those_who_may() {
    let Some(machine) = Machine::new() else {
        return;
    };
    let Some(site) = support::sites::WordPress::site("roller") else {
        return;
    };
    site.seed(6);
    let archive = &machine.archive;
    archive.add_credential("wp", &site.user, &site.password);
    archive.configure(&format!("address = \"{}\"\n", site.address));
    archive.add_account("blogg", "wordpress", &site.address, &["--credential", "wp"]);
    archive.configure(
        &[
            person(61001, "Anna Öberg", "\"arkivarie\"", ""),
            person(
                61002,
                "Björn Ek",
                "\"registrator\"",
                "committees = [\"Socialnämnden\"]",
            ),
            person(61003, "Cecilia Ås", "\"redaktör\"", ""),
        ]
        .concat(),
    );
    let mut daemon = machine.daemon();
    let taken = machine.run(61001, &["snapshot", "blogg"]);
    assert!(matches!(taken.code, Some(0 | 3)), "{taken}");
    let list = |user| support::lines(&machine.run(user, &["--json", "record", "list"]).expect(0));
    let held: Vec<Value> = list(61001)
        .into_iter()
        .filter(|r| r["visibility"] != "public")
        .collect();
    assert!(!held.is_empty());
    let id = held[0]["record"].as_str().unwrap();
    machine.run(61001, &["record", "show", id]).expect(0);
    for user in [61002, 61003] {
        assert!(list(user).iter().all(|r| r["visibility"] == "public"));
        assert_eq!(list(user).len() + held.len(), list(61001).len());
        machine
            .run(user, &["record", "show", id])
            .refuses(1, &[id, "not public"]);
    }
    assert_eq!(daemon.end().0, Some(0));
}
