//! What the daemon costs: idle, with 500 accounts due at once, and a command through its socket beside one without.
//!
//! `cargo bench --bench daemon`: the release binary, a feed server on loopback, 500 accounts on ten hosts. Exits 1 when a
//! target is missed: idle under 25 MB and 0.1 % CPU, all 500 in order with flat memory, the socket under 5 ms.
#![allow(clippy::unwrap_used, reason = "a bench that cannot go on should stop")]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use arkivd::record::{Account, AccountId, Platform};
use arkivd::workflow::{Archive, Surroundings};
use chrono::Utc;
use rusqlite::Connection;
use uuid::Uuid;

const ACCOUNTS: usize = 500;
const HOSTS: usize = 10;
const IDLE: Duration = Duration::from_secs(60);
const COMMANDS: u32 = 200;

/// /proc counts in USER_HZ, which is 100 on every Linux.
const TICKS: f64 = 100.0;

struct Daemon(Child);

impl Daemon {
    fn start(archive: &Path) -> (Self, Duration) {
        let begun = Instant::now();
        let mut child = Command::new(env!("CARGO_BIN_EXE_arkivd"))
            .arg("--archive")
            .arg(archive)
            .arg("run")
            // As in systemd/arkivd.service.
            .env("MALLOC_ARENA_MAX", "2")
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        assert!(lines.any(|line| line.unwrap().contains("ready")));
        let took = begun.elapsed();
        std::thread::spawn(move || lines.for_each(drop));
        (Self(child), took)
    }

    fn end(mut self) {
        let id = self.0.id().to_string();
        Command::new("kill").arg(id).status().unwrap();
        assert!(self.0.wait().unwrap().success());
    }

    /// Resident memory in MB: all of it, and its own without mapped files.
    fn memory(&self) -> (f64, f64) {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0.id())).unwrap();
        let of = |key: &str| {
            let line = status.lines().find(|l| l.starts_with(key)).unwrap();
            line.split_whitespace()
                .nth(1)
                .unwrap()
                .parse::<f64>()
                .unwrap()
                / 1000.0
        };
        (of("VmRSS:"), of("RssAnon:"))
    }

    fn cpu(&self) -> f64 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.0.id())).unwrap();
        let after = stat.rsplit_once(')').unwrap().1;
        let ticks = after.split_whitespace().skip(11).take(2);
        ticks.map(|t| t.parse::<f64>().unwrap()).sum::<f64>() / TICKS
    }
}

/// The same feed under every path, on every loopback address.
fn serve() -> u16 {
    let mut feed = String::from(
        "<?xml version='1.0'?><rss version='2.0'><channel><title>Nyheter</title><link>http://a.example/</link><description>x</description>",
    );
    for n in 0..30 {
        feed.push_str(&format!(
            "<item><guid>http://a.example/{n}</guid><title>Inlägg {n}</title><pubDate>Sat, 21 Nov 2026 10:00:00 GMT</pubDate>\
             <description>{}</description></item>",
            "Snöröjningen börjar på gång- och cykelvägarna, därefter huvudgatorna. ".repeat(10)
        ));
    }
    feed.push_str("</channel></rss>");
    let answer = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{feed}",
        feed.len()
    );
    let listener = TcpListener::bind("0.0.0.0:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let mut asked = [0; 4096];
            if stream.read(&mut asked).is_ok() {
                let _ = stream.write_all(answer.as_bytes());
            }
        }
    });
    port
}

fn make(archive: &Path, port: u16) {
    let made = Command::new(env!("CARGO_BIN_EXE_arkivd"))
        .arg("init")
        .arg(archive)
        .args(["--organisation", "Tibro kommun", "--profile", "standard"])
        .output()
        .unwrap();
    assert!(made.status.success());
    let around = Surroundings {
        organisation: "Tibro kommun".into(),
        organisation_number: None,
        second_gate: None,
        pages: None,
        actor: "bench".into(),
        now: Utc::now,
        new_id: Uuid::now_v7,
        salt: || Ok([7; 32]),
    };
    let (archive, _) = Archive::open_to_write(archive, &around).unwrap();
    for n in 0..ACCOUNTS {
        let id: AccountId = format!("konto-{n:03}").parse().unwrap();
        let host = n % HOSTS + 1;
        let account = Account {
            id,
            platform: Platform::Feed,
            address: format!("http://127.0.0.{host}:{port}/").parse().unwrap(),
            committee: "Kommunstyrelsen".into(),
            purpose: "dialog".into(),
            audience: "invånare".into(),
            responsible: vec!["Åsa Öberg".into()],
            substitute: None,
            credential: None,
            parent: None,
        };
        archive
            .catalog()
            .add_account(&account, "bench", Utc::now())
            .unwrap();
    }
}

fn catalog(archive: &Path) -> Connection {
    Connection::open(archive.join("catalog.sqlite")).unwrap()
}

/// Prints the figure beside its target; true when it is met.
fn judged(what: &str, figure: f64, unit: &str, target: f64) -> bool {
    let met = figure < target;
    let word = if met { "" } else { "  MISSED" };
    println!("{what:<44} {figure:>9.3} {unit} (under {target}){word}");
    met
}

fn idle(archive: &Path) -> bool {
    let (daemon, took) = Daemon::start(archive);
    println!("{:<44} {:>9.3} s", "started in", took.as_secs_f64());
    std::thread::sleep(Duration::from_secs(2));
    let before = daemon.cpu();
    std::thread::sleep(IDLE);
    let percent = (daemon.cpu() - before) / IDLE.as_secs_f64() * 100.0;
    let (all, own) = daemon.memory();
    println!("{:<44} {own:>9.3} MB", "idle, its own memory");
    let memory = judged("idle, resident memory", all, "MB", 25.0);
    let cpu = judged("idle, processor", percent, "%", 0.1);
    daemon.end();
    memory && cpu
}

/// All accounts due at once: sealed in order, and what is resident after a fifth of them and at the end.
fn rush(archive: &Path) -> bool {
    let back = "UPDATE timetable SET counted_from = '2026-01-01T00:00:00Z'";
    let due = catalog(archive).execute(back, []).unwrap();
    assert_eq!(due, ACCOUNTS);
    let begun = Instant::now();
    let (daemon, _) = Daemon::start(archive);
    let db = catalog(archive);
    let sealed = || -> usize {
        db.query_row("SELECT count(*) FROM capture", [], |row| row.get(0))
            .unwrap()
    };
    let mut early = None;
    let mut peak = 0.0f64;
    loop {
        let done = sealed();
        let (_, own) = daemon.memory();
        peak = peak.max(own);
        if done >= ACCOUNTS / 5 && early.is_none() {
            early = Some(own);
        }
        if done >= ACCOUNTS {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    let seconds = begun.elapsed().as_secs_f64();
    println!("{:<44} {seconds:>9.3} s", "500 accounts due at once");
    println!("{:<44} {:>9.3} s", "  of processor time", daemon.cpu());
    println!(
        "{:<44} {:>9.3} MB",
        "  its own memory after a fifth",
        early.unwrap()
    );
    let flat = judged("  peak of its own memory", peak, "MB", 40.0);
    std::thread::sleep(Duration::from_secs(5));
    let (all, own) = daemon.memory();
    println!(
        "{:<44} {own:>9.3} MB",
        "  its own memory when it is idle again"
    );
    let after = judged("  resident when it is idle again", all, "MB", 60.0);
    daemon.end();
    // Two run at once, so neighbours may end in either order.
    let mut order = db
        .prepare("SELECT account, outcome FROM capture ORDER BY started, n")
        .unwrap();
    let rows = order.query_map([], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))
    });
    let rows: Vec<(String, String)> = rows.unwrap().map(Result::unwrap).collect();
    let far = rows
        .iter()
        .enumerate()
        .map(|(n, (id, _))| id[6..].parse::<usize>().unwrap().abs_diff(n))
        .max();
    let all = rows.iter().all(|(_, outcome)| outcome == "sealed");
    println!(
        "{:<44} {:>9}",
        "  farthest from its place in the order",
        far.unwrap()
    );
    let order = far.unwrap() <= 2 && rows.len() == ACCOUNTS && all;
    if !order {
        println!("NOT in order, or not all sealed: {} captures", rows.len());
    }
    flat && after && order
}

/// One command again and again; milliseconds each.
fn command(archive: &Path) -> f64 {
    let mut spent = Duration::ZERO;
    for n in 0..COMMANDS {
        let mut command = Command::new(env!("CARGO_BIN_EXE_arkivd"));
        command
            .arg("--archive")
            .arg(archive)
            .args([
                "account",
                "edit",
                "konto-001",
                "--purpose",
                &format!("dialog {n}"),
            ])
            .stdout(Stdio::null());
        let begun = Instant::now();
        assert!(command.status().unwrap().success());
        spent += begun.elapsed();
    }
    spent.as_secs_f64() * 1000.0 / f64::from(COMMANDS)
}

fn socket(archive: &Path) -> bool {
    let without = command(archive);
    let (daemon, _) = Daemon::start(archive);
    let with = command(archive);
    daemon.end();
    println!(
        "{:<44} {without:>9.3} ms",
        "account edit without the daemon"
    );
    println!("{:<44} {with:>9.3} ms", "account edit through the socket");
    judged("the socket costs", with - without, "ms", 5.0)
}

fn main() -> ExitCode {
    let place = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("daemon-bench");
    let _ = fs::remove_dir_all(&place);
    fs::create_dir_all(&place).unwrap();
    let archive = place.join("arkiv");
    make(&archive, serve());
    let met = [idle(&archive), rush(&archive), socket(&archive)];
    let _ = fs::remove_dir_all(&place);
    if met.iter().all(|met| *met) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
