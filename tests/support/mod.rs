//! What the black-box tests share: an archive, the command, the two sites it reads, and the outside judges of a bag.
#![allow(
    dead_code,
    reason = "each test file is a crate of its own and uses its own part"
)]

pub mod brought;
pub mod catalog;
pub mod clients;
pub mod daemon;
pub mod doctor;
pub mod hostile;
pub mod judges;
pub mod sites;
pub mod told;

use serde_json::Value;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::{ErrorKind, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A decided plan: events go when no longer current, all else is kept.
pub const EVENTS_PLAN: &str = include_str!("events_plan.toml");

/// No command of these tests needs as much; one that does has hung.
const PATIENCE: Duration = Duration::from_secs(300);

/// What a command left: its exit code (None: ended by a signal), data and log.
pub struct Output {
    pub command: String,
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Output {
    /// Itself, if the command ended with this code; else the test fails and shows all it said.
    #[track_caller]
    pub fn expect(self, code: i32) -> Output {
        assert!(self.code == Some(code), "wanted exit {code}:\n{self}");
        self
    }

    /// The `data` of a `--json` answer.
    #[track_caller]
    pub fn data(&self) -> Value {
        self.json()["data"].clone()
    }

    /// The whole `--json` answer, once its envelope is seen to be right.
    #[track_caller]
    pub fn json(&self) -> Value {
        let answer: Value = match serde_json::from_str(&self.stdout) {
            Ok(answer) => answer,
            Err(error) => panic!("no JSON ({error}):\n{self}"),
        };
        assert_eq!(answer["arkivd"], 1, "the envelope's version:\n{self}");
        assert!(
            answer["command"].is_string(),
            "no name of a command:\n{self}"
        );
        assert!(
            answer["warnings"].is_array(),
            "no list of warnings:\n{self}"
        );
        assert!(answer.get("data").is_some(), "no data:\n{self}");
        answer
    }

    /// A refusal as the house wants it: the code, the words (the object, its value), what to do next, and no data.
    #[track_caller]
    pub fn refuses(&self, code: i32, words: &[&str]) {
        assert!(self.code == Some(code), "wanted exit {code}:\n{self}");
        for word in words {
            assert!(
                self.stderr.contains(word),
                "the message does not name '{word}':\n{self}"
            );
        }
        // Usage is told by the parser of the command line, in its own words.
        let next = if code == 2 {
            ["hint:", "tip:", "For more information"]
        } else {
            ["hint:"; 3]
        };
        assert!(
            self.stderr
                .lines()
                .any(|line| next.iter().any(|word| line.trim_start().starts_with(word))),
            "no line with a hint:\n{self}"
        );
        assert!(!self.stderr.contains("panicked"), "a panic:\n{self}");
    }
}

impl std::fmt::Display for Output {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Output {
            command,
            code,
            stdout,
            stderr,
        } = self;
        write!(
            f,
            "{command}\nended with {code:?}\n--- stdout\n{stdout}\n--- stderr\n{stderr}"
        )
    }
}

/// Runs a command to its end, with nothing to read; the test fails if it hangs.
#[track_caller]
pub fn run(command: &mut Command) -> Output {
    let name = format!("{command:?}");
    let mut child = match command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
    {
        Ok(child) => child,
        Err(error) => panic!("cannot start {name}: {error}"),
    };
    let read = |mut stream: Box<dyn Read + Send>| {
        let (to, said) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let mut piece = vec![0; 1 << 16];
            loop {
                match stream.read(&mut piece) {
                    Ok(0) => break,
                    // Nobody listens any more once the test has given up.
                    Ok(n) => drop(to.send(piece[..n].to_vec())),
                    Err(error) if error.kind() == ErrorKind::Interrupted => {}
                    Err(error) => panic!("what a program says cannot be read: {error}"),
                }
            }
        });
        said
    };
    let text = |pieces: Vec<Vec<u8>>| String::from_utf8_lossy(&pieces.concat()).into_owned();
    let stdout = read(Box::new(child.stdout.take().unwrap()));
    let stderr = read(Box::new(child.stderr.take().unwrap()));
    let start = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if start.elapsed() > PATIENCE {
            end(&mut child);
            // To the end of what it said there may be no coming: a child of its own may hold the pipe.
            panic!(
                "{name} did not end within {PATIENCE:?}; it said:\n{}{}",
                text(stdout.try_iter().collect()),
                text(stderr.try_iter().collect())
            );
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    Output {
        command: name,
        code: status.code(),
        stdout: text(stdout.iter().collect()),
        stderr: text(stderr.iter().collect()),
    }
}

/// Asks it to end, so that it can end what it started itself; has it ended if it does not.
fn end(child: &mut Child) {
    let id = rustix::process::Pid::from_child(child);
    let _ = rustix::process::kill_process(id, rustix::process::Signal::TERM);
    let until = Instant::now() + Duration::from_secs(20);
    while Instant::now() < until && child.try_wait().unwrap().is_none() {
        std::thread::sleep(Duration::from_millis(10));
    }
    let _ = child.kill();
    child.wait().unwrap();
}

/// An archive of Tibro kommun in a folder that goes when the test ends.
pub struct Archive {
    folder: tempfile::TempDir,
    path: PathBuf,
}

impl Archive {
    /// One that captures no pages: what they take has nothing to do with what most tests ask.
    #[track_caller]
    pub fn new() -> Archive {
        Archive::within(tempfile::tempdir().unwrap())
    }

    /// The same in a folder of the test's choosing, for instance on another disk.
    #[track_caller]
    pub fn within(folder: tempfile::TempDir) -> Archive {
        let archive = Archive::as_made(folder);
        archive.configure("\n[browser]\npages = false\n");
        archive
    }

    /// One as `init` makes it.
    #[track_caller]
    pub fn with_pages() -> Archive {
        Archive::as_made(tempfile::tempdir().unwrap())
    }

    #[track_caller]
    fn as_made(folder: tempfile::TempDir) -> Archive {
        let path = folder.path().join("arkiv");
        let archive = Archive { folder, path };
        run(Command::new(env!("CARGO_BIN_EXE_arkivd"))
            .env_remove("ARKIVD_ARCHIVE")
            .arg("init")
            .arg(&archive.path)
            .args(["--organisation", "Tibro kommun", "--profile", "tibro"]))
        .expect(0);
        archive
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A folder beside the archive, for what a command writes out.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The command, pointed at this archive, its log unasked for.
    pub fn command<S: AsRef<OsStr>>(&self, args: &[S]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_arkivd"));
        command
            .env_remove("ARKIVD_ARCHIVE")
            .env_remove("ARKIVD_LOG")
            .env_remove("ARKIVD_CRASH_AT")
            .arg("--archive")
            .arg(&self.path)
            .args(args);
        command
    }

    #[track_caller]
    pub fn run(&self, args: &[&str]) -> Output {
        run(&mut self.command(args))
    }

    /// The data of a command that must succeed.
    #[track_caller]
    pub fn data(&self, args: &[&str]) -> Value {
        let mut all = vec!["--json"];
        all.extend(args);
        self.run(&all).expect(0).data()
    }

    /// The records the catalog tells of, as `record list` does with these arguments.
    #[track_caller]
    pub fn records(&self, args: &[&str]) -> Vec<Value> {
        let mut all = vec!["--json", "record", "list"];
        all.extend(args);
        lines(&self.run(&all).expect(0))
    }

    /// Registers an account as the policy wants it: two responsible, a substitute.
    #[track_caller]
    pub fn add_account(&self, id: &str, platform: &str, address: &str, more: &[&str]) {
        self.run(&account(id, platform, address, more)).expect(0);
    }

    /// Writes a credential as a person would: a section of arkivd.toml, the password in a file only the owner reads.
    pub fn add_credential(&self, name: &str, user: &str, password: &str) {
        let file = self.beside(&format!("{name}.password"));
        std::fs::write(&file, format!("{password}\n")).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
        self.configure(&format!(
            "\n[credential.{name}]\nuser = \"{user}\"\npassword_file = \"{}\"\n",
            file.display()
        ));
    }

    /// Adds lines to arkivd.toml.
    pub fn configure(&self, lines: &str) {
        let file = self.path.join("arkivd.toml");
        let mut text = std::fs::read_to_string(&file).unwrap();
        text.push_str(lines);
        std::fs::write(&file, text).unwrap();
    }

    /// Takes a snapshot of one account, which must succeed, and returns the report of its capture.
    #[track_caller]
    pub fn snapshot(&self, account: &str) -> Capture {
        self.snapshot_with(account, 0, &[])
    }

    #[track_caller]
    pub fn snapshot_with(&self, account: &str, code: i32, more: &[&str]) -> Capture {
        let mut args = vec!["--json", "snapshot", account];
        args.extend(more);
        let output = self.run(&args).expect(code);
        let captures = output.data()["captures"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        assert_eq!(captures.len(), 1, "one account, one capture:\n{output}");
        let capture = Capture {
            report: captures[0].clone(),
            archive: self.path.clone(),
        };
        assert_eq!(capture.report["account"], account, "{output}");
        capture
    }

    /// Every bag folder (`.../<uuid>/bag`) in the store, in order.
    pub fn bags(&self) -> Vec<PathBuf> {
        let mut bags: Vec<PathBuf> = files(&self.path.join("store"))
            .into_iter()
            .filter(|file| file.ends_with("bagit.txt"))
            .filter_map(|file| file.parent().map(PathBuf::from))
            .collect();
        bags.sort();
        bags
    }

    /// What must not change when a command refuses: every file of store and ledger by content, what lies in staging,
    /// and the records and accounts that the catalog tells of.
    #[track_caller]
    pub fn state(&self) -> State {
        let mut contents = BTreeMap::new();
        for part in ["store", "staging", "ledger", "quarantine"] {
            for file in files(&self.path.join(part)) {
                let digest = judges::sha256(&file);
                contents.insert(file, digest);
            }
        }
        let mut accounts = self.data(&["account", "list"])["accounts"].clone();
        for account in accounts.as_array_mut().unwrap() {
            // That a capture was tried and failed is told there, as it should be.
            account.as_object_mut().unwrap().remove("last_capture");
        }
        State {
            files: contents,
            records: self.records(&[]),
            accounts,
        }
    }
}

/// See [`Archive::state`].
#[derive(Debug, PartialEq)]
pub struct State {
    pub files: BTreeMap<PathBuf, String>,
    pub records: Vec<Value>,
    pub accounts: Value,
}

/// The arguments of `account add` with the register's fields filled in.
pub fn account<'a>(
    id: &'a str,
    platform: &'a str,
    address: &'a str,
    more: &[&'a str],
) -> Vec<&'a str> {
    let mut args = vec![
        "account",
        "add",
        id,
        "--platform",
        platform,
        "--address",
        address,
    ];
    args.extend([
        "--committee",
        "Kommunstyrelsen",
        "--purpose",
        "Nyheter från kommunen",
        "--audience",
        "Invånare",
    ]);
    args.extend([
        "--responsible",
        "Åsa Öberg",
        "--responsible",
        "Björn Åkesson",
        "--substitute",
        "Märta Ek",
    ]);
    args.extend(more);
    args
}

/// What `snapshot` says of one account.
pub struct Capture {
    pub report: Value,
    archive: PathBuf,
}

impl Capture {
    pub fn outcome(&self) -> &str {
        self.report["outcome"].as_str().unwrap_or_default()
    }

    #[track_caller]
    pub fn count(&self, what: &str) -> u64 {
        match self.report[what].as_u64() {
            Some(count) => count,
            None => panic!("no number '{what}' in {:#}", self.report),
        }
    }

    /// How many bags it sealed.
    pub fn sealed(&self) -> usize {
        self.report["bags"].as_array().map_or(0, Vec::len)
    }

    /// The bag of a kind, `records` or `records-restricted`.
    pub fn bag(&self, kind: &str) -> Option<PathBuf> {
        let bags = self.report["bags"].as_array()?;
        let path = bags.iter().find(|bag| bag["kind"] == kind)?["path"].as_str()?;
        Some(self.archive.join(path))
    }

    /// The public bag, which must be there.
    #[track_caller]
    pub fn public(&self) -> PathBuf {
        match self.bag("records") {
            Some(bag) => bag,
            None => panic!("no bag of records in {:#}", self.report),
        }
    }
}

/// A folder with all in it, its modes too.
pub fn copy(from: &Path, to: &Path) {
    std::fs::create_dir(to).unwrap();
    std::fs::set_permissions(to, std::fs::metadata(from).unwrap().permissions()).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &target),
            false => drop(std::fs::copy(entry.path(), &target).unwrap()),
        }
    }
}

/// Every file below a folder; nothing if it is not there.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let Ok(entries) = std::fs::read_dir(folder) else {
        return found;
    };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path))
        } else {
            found.push(path)
        }
    }
    found.sort();
    found
}

/// A value a line, as long lists are written.
#[track_caller]
pub fn lines(output: &Output) -> Vec<Value> {
    let lines = output.stdout.lines().map(serde_json::from_str);
    match lines.collect() {
        Ok(values) => values,
        Err(error) => panic!("no JSON ({error}):\n{output}"),
    }
}

/// A JSON file's value.
#[track_caller]
pub fn read_json(file: &Path) -> Value {
    let text =
        std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// The project's own folder.
pub fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
