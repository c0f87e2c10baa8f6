//! `arkivd run` beside a test, its log read as it comes.

use super::hostile::{http, serve};
use super::{Archive, lines};
use serde_json::Value;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// Nothing a test waits for takes as long.
const PATIENCE: Duration = Duration::from_secs(300);

/// A running daemon. It is killed when the test ends, if the test did not end it.
pub struct Daemon {
    child: Child,
    log: Receiver<String>,
    /// What it has said so far.
    pub said: Vec<String>,
}

impl Daemon {
    /// Starts it on the archive, and returns when it listens.
    #[track_caller]
    pub fn start(archive: &Archive) -> Daemon {
        Daemon::start_with(&mut archive.command(&["run"]))
    }

    /// The same by a command of the test's own.
    #[track_caller]
    pub fn start_with(command: &mut Command) -> Daemon {
        let mut daemon = Daemon::spawn(command);
        daemon.wait_for(&["ready"]);
        daemon
    }

    /// Starts it, and does not wait until it listens.
    #[track_caller]
    pub fn spawn(command: &mut Command) -> Daemon {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let (send, log) = channel();
        std::thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                let _ = send.send(line);
            }
        });
        Daemon {
            child,
            log,
            said: Vec::new(),
        }
    }

    /// Waits for a line of the log with all these words, and gives it.
    #[track_caller]
    pub fn wait_for(&mut self, words: &[&str]) -> String {
        let until = Instant::now() + PATIENCE;
        loop {
            match self
                .log
                .recv_timeout(until.saturating_duration_since(Instant::now()))
            {
                Ok(line) => {
                    self.said.push(line.clone());
                    if words.iter().all(|word| line.contains(word)) {
                        return line;
                    }
                }
                Err(why) => panic!(
                    "{} for {words:?}; the daemon said:\n{}",
                    match why {
                        RecvTimeoutError::Timeout => "waited in vain",
                        RecvTimeoutError::Disconnected => "the daemon ended",
                    },
                    self.said.join("\n")
                ),
            }
        }
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill")
            .arg(format!("-{name}"))
            .arg(self.pid().to_string())
            .status()
            .unwrap();
        assert!(sent.success(), "{name} could not be sent");
    }

    /// Ends it as systemd does, and gives its exit code and how long it took.
    #[track_caller]
    pub fn end(&mut self) -> (Option<i32>, Duration) {
        let begun = Instant::now();
        self.signal("TERM");
        let code = self.ended();
        (code, begun.elapsed())
    }

    /// Waits until it has ended by itself.
    #[track_caller]
    pub fn ended(&mut self) -> Option<i32> {
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                // All of it: the log ends when the process has.
                self.said.extend(self.log.iter());
                return status.code();
            }
            assert!(
                Instant::now() < until,
                "it did not end; it said:\n{}",
                self.said.join("\n")
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A machine with an archive of its own, that other users reach by its daemon alone: /etc/arkivd/system.toml, the
/// program, and a folder for the socket.
pub struct Machine {
    pub archive: Archive,
    program: PathBuf,
    system: PathBuf,
}

impl Machine {
    /// None, with a word about it, where this user cannot become others.
    pub fn new() -> Option<Machine> {
        if !is_root() {
            println!("SKIP: only root can act as several users");
            return None;
        }
        let archive = Archive::new();
        let open =
            |path: &Path| fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
        open(archive.path().parent().unwrap());
        let program = archive.beside("arkivd");
        fs::copy(env!("CARGO_BIN_EXE_arkivd"), &program).unwrap();
        open(&program);
        let run = archive.beside("run");
        fs::create_dir(&run).unwrap();
        open(&run);
        let system = archive.beside("system.toml");
        let text = format!(
            "archive = \"{}\"\nsocket = \"{}\"\n",
            archive.path().display(),
            run.join("socket").display()
        );
        fs::write(&system, text).unwrap();
        Some(Machine {
            archive,
            program,
            system,
        })
    }

    pub fn socket(&self) -> PathBuf {
        self.archive.beside("run").join("socket")
    }

    /// The command as that user types it: no archive named, in a folder of their own.
    pub fn command(&self, user: u32, args: &[&str]) -> Command {
        let home = self.home(user);
        let mut command = Command::new("setpriv");
        command
            .env_remove("ARKIVD_ARCHIVE")
            .env_remove("ARKIVD_LOG")
            .env("ARKIVD_SYSTEM", &self.system)
            .arg(format!("--reuid={user}"))
            .arg(format!("--regid={user}"))
            .arg("--clear-groups")
            .arg(&self.program)
            .args(args)
            .current_dir(home);
        command
    }

    #[track_caller]
    pub fn run(&self, user: u32, args: &[&str]) -> super::Output {
        super::run(&mut self.command(user, args))
    }

    /// A folder that only that user may enter.
    pub fn home(&self, user: u32) -> PathBuf {
        let home = self.archive.beside(&format!("home-{user}"));
        if !home.exists() {
            fs::create_dir(&home).unwrap();
            fs::set_permissions(&home, fs::Permissions::from_mode(0o700)).unwrap();
            std::os::unix::fs::chown(&home, Some(user), Some(user)).unwrap();
        }
        home
    }

    #[track_caller]
    pub fn daemon(&self) -> Daemon {
        let mut command = Command::new(&self.program);
        command
            .env_remove("ARKIVD_ARCHIVE")
            .env_remove("ARKIVD_LOG")
            .env_remove("ARKIVD_CRASH_AT")
            .env("ARKIVD_SYSTEM", &self.system)
            .arg("run");
        Daemon::start_with(&mut command)
    }
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// A feed of one entry.
pub const FEED: &str = "<?xml version='1.0'?><rss version='2.0'><channel><title>Nyheter</title>
<link>http://a.example/</link><description>x</description>
<item><guid>http://a.example/1</guid><title>Snöröjning</title><pubDate>Sat, 21 Nov 2026 10:00:00 GMT</pubDate>
<description>Plogbilen kommer.</description></item></channel></rss>";

/// A site that answers with it.
pub fn site() -> String {
    serve(|_| http("200 OK", "application/rss+xml", FEED))
}

/// A platform that takes the question and never answers, on a host of its own; it tells of each question.
pub fn stuck() -> (String, Receiver<()>) {
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
pub fn events(archive: &Archive) -> Vec<(String, String, String)> {
    let told = lines(&archive.run(&["--json", "event", "list"]).expect(0));
    let word = |event: &Value, key: &str| event[key].as_str().unwrap().to_owned();
    let all = told.iter().rev();
    all.map(|e| (word(e, "actor"), word(e, "verb"), word(e, "object")))
        .collect()
}

/// A table of arkivd.toml.
pub fn person(user: u32, name: &str, roles: &str, more: &str) -> String {
    format!("\n[[person]]\nuser = \"{user}\"\nname = \"{name}\"\nroles = [{roles}]\n{more}\n")
}
