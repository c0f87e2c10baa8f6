//! The service as systemd reads it: how much it is open to, whether the files say what they should, and the installer.
//! That it starts, stops and restarts for real is shown by `scripts/soak service`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use support::judges::have;
use support::{Output, project, run};

fn file(name: &str) -> PathBuf {
    project().join("systemd").join(name)
}

/// The settings of a unit, in order, without sections.
fn settings(unit: &str) -> Vec<(String, String)> {
    fs::read_to_string(file(unit))
        .unwrap()
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once('='))
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect()
}

/// All values of a setting.
fn all<'a>(settings: &'a [(String, String)], key: &str) -> Vec<&'a str> {
    settings
        .iter()
        .filter(|(k, _)| k == key)
        .map(|(_, value)| value.as_str())
        .collect()
}

/// What `systemd-analyze security` counts, which it refuses when it is more than so many tenths.
fn is_exposed_to_at_most(unit: &str, tenths: u32) {
    if !have("systemd-analyze") {
        return;
    }
    let judged = run(Command::new("systemd-analyze")
        .args(["security", "--offline=yes", "--no-pager"])
        .arg(format!("--threshold={tenths}"))
        .arg(file(unit)))
    .expect(0);
    let figure: f64 = judged
        .stdout
        .lines()
        .find_map(|line| line.split_once("exposure level for arkivd"))
        .and_then(|(_, rest)| rest.split_once(": "))
        .and_then(|(_, rest)| rest.split_whitespace().next())
        .unwrap_or_else(|| panic!("no figure:\n{judged}"))
        .parse()
        .unwrap();
    assert!(
        (0.1..=f64::from(tenths) / 10.0).contains(&figure),
        "{judged}"
    );
}

#[test]
fn the_daemon_is_exposed_to_little() {
    is_exposed_to_at_most("arkivd.service", 15);
}

#[test]
fn the_browser_is_exposed_to_little() {
    is_exposed_to_at_most("arkivd-browser@.service", 25);
}

#[test]
fn the_units_are_well_formed() {
    if !have("systemd-analyze") {
        return;
    }
    // The program they name is not installed where tests run.
    let folder = tempfile::tempdir().unwrap();
    let mut units = Vec::new();
    for (name, start) in [
        ("arkivd.service", "ExecStart=/usr/bin/arkivd run\n"),
        (
            "arkivd-browser@.service",
            "ExecStart=-/usr/bin/arkivd browser-worker\n",
        ),
        ("arkivd-browser.socket", ""),
    ] {
        let unit = folder.path().join(name);
        let text = fs::read_to_string(file(name)).unwrap();
        assert!(text.contains(start), "{name}");
        let text = text.replace("/usr/bin/arkivd", env!("CARGO_BIN_EXE_arkivd"));
        fs::write(&unit, text).unwrap();
        units.push(unit);
    }
    let judged = run(Command::new("systemd-analyze")
        .args(["verify", "--man=no"])
        .args(&units))
    .expect(0);
    let about_ours: Vec<&str> = judged
        .stderr
        .lines()
        .filter(|line| line.contains("arkivd"))
        .collect();
    assert!(about_ours.is_empty(), "{judged}");
}

#[test]
fn each_page_has_a_process_of_a_user_that_reads_nothing() {
    let socket = settings("arkivd-browser.socket");
    assert_eq!(all(&socket, "ListenStream"), ["/run/arkivd-browser/socket"]);
    assert_eq!(all(&socket, "Accept"), ["yes"]);
    // The daemon's group asks; nobody else of the machine.
    assert_eq!(all(&socket, "SocketUser"), ["root"]);
    assert_eq!(all(&socket, "SocketGroup"), ["arkivd"]);
    assert_eq!(all(&socket, "SocketMode"), ["0660"]);
    assert_eq!(all(&socket, "WantedBy"), ["sockets.target"]);

    let service = settings("arkivd-browser@.service");
    assert_eq!(all(&service, "StandardInput"), ["socket"]);
    assert_eq!(all(&service, "User"), ["arkivd-browser"]);
    assert_eq!(all(&service, "Group"), ["arkivd-browser"]);
    assert_eq!(
        all(&service, "InaccessiblePaths"),
        ["-/var/lib/arkivd -/etc/arkivd -/run/arkivd"]
    );
    // No other service's socket either.
    assert_eq!(all(&service, "TemporaryFileSystem"), ["/run:ro"]);
    assert_eq!(all(&service, "NoNewPrivileges"), ["yes"]);
    assert_eq!(all(&service, "CapabilityBoundingSet"), [""]);
    assert_eq!(all(&service, "AmbientCapabilities"), [""]);
    // What a page leaves goes with it, and what takes too much is ended.
    assert_eq!(all(&service, "PrivateTmp"), ["yes"]);
    assert_eq!(all(&service, "KillMode"), ["control-group"]);
    for limit in ["MemoryMax", "TasksMax", "RuntimeMaxSec", "LimitNOFILE"] {
        assert_eq!(all(&service, limit).len(), 1, "{limit}");
    }
    // Credentials are the daemon's.
    for key in ["LoadCredential", "SetCredential", "EnvironmentFile"] {
        assert!(all(&service, key).is_empty(), "{key}");
    }
}

#[test]
fn what_the_daemon_relies_on_stands_in_the_unit() {
    let settings = settings("arkivd.service");
    let all = |key| all(&settings, key);
    // Readiness and the watchdog's pets are the daemon's own; its stop takes at most 30 s.
    assert_eq!(all("Type"), ["notify"]);
    assert_eq!(all("NotifyAccess"), ["main"]);
    assert_eq!(all("TimeoutStopSec"), ["40"]);
    // A missing folder of secrets stops nothing.
    assert_eq!(
        all("LoadCredential"),
        ["credentials:/etc/arkivd/credentials"]
    );
    assert!(all("SetCredential")[0].starts_with("credentials:"));
    // Who the client is: either of these would hide it.
    assert_eq!(all("ProtectProc"), ["default"]);
    assert!(all("PrivateUsers").is_empty());
    // A missing archive is told by the daemon, not by a mount that fails.
    assert_eq!(
        all("ReadOnlyPaths"),
        ["-/var/lib/arkivd/archive/arkivd.toml"]
    );
    // The browser's socket is a file, and pages are read by its service.
    assert!(all("RestrictAddressFamilies")[0].contains("AF_UNIX"));
    // Restarts have no end, but for what a person must mend.
    assert_eq!(all("StartLimitIntervalSec"), ["0"]);
    assert_eq!(all("Restart"), ["on-failure"]);
    assert!(
        all("RestartPreventExitStatus")[0]
            .split(' ')
            .any(|c| c == "2")
    );
}

#[test]
fn sysusers_and_tmpfiles_make_account_and_folders() {
    if !have("systemd-sysusers") || !have("systemd-tmpfiles") {
        return;
    }
    if !rustix::process::geteuid().is_root() {
        println!("SKIP: only root may make folders that belong to others");
        return;
    }
    let root = tempfile::tempdir().unwrap();
    fs::create_dir(root.path().join("etc")).unwrap();
    let at = |tool: &str, arguments: &[&str], config: &str| {
        let done = run(Command::new(tool)
            .arg(format!("--root={}", root.path().display()))
            .args(arguments)
            .arg(file(config)))
        .expect(0);
        assert!(
            !done.stderr.contains(config),
            "{tool} complains of it: {done}"
        );
    };
    for _ in 0..2 {
        at("systemd-sysusers", &[], "arkivd.sysusers.conf");
        at("systemd-tmpfiles", &["--create"], "arkivd.tmpfiles.conf");
    }
    let users = fs::read_to_string(root.path().join("etc/passwd")).unwrap();
    let of = |name: &str| -> (u32, u32, String) {
        let line = users.lines().find(|line| line.starts_with(name)).unwrap();
        let words: Vec<&str> = line.split(':').collect();
        (
            words[2].parse().unwrap(),
            words[3].parse().unwrap(),
            words[5..].join(" "),
        )
    };
    let (uid, gid, home) = of("arkivd:");
    assert_eq!(home, "/var/lib/arkivd /usr/sbin/nologin");
    assert_ne!(uid, 0);
    // The browser is another, of a group of its own.
    let (browser, its_group, home) = of("arkivd-browser:");
    assert_eq!(home, "/ /usr/sbin/nologin");
    assert!(![0, uid].contains(&browser) && ![0, gid].contains(&its_group));
    let groups = fs::read_to_string(root.path().join("etc/group")).unwrap();
    for line in groups.lines() {
        let members = line.rsplit(':').next().unwrap_or_default();
        assert!(!members.contains("arkivd"), "{line}");
    }
    for (path, mode, owner) in [
        ("etc/arkivd", 0o755, (0, 0)),
        ("etc/arkivd/credentials", 0o700, (0, 0)),
        ("var/lib/arkivd", 0o750, (uid, gid)),
    ] {
        let made = fs::metadata(root.path().join(path)).unwrap();
        assert!(made.is_dir(), "{path}");
        assert_eq!(made.mode() & 0o7777, mode, "{path}");
        assert_eq!((made.uid(), made.gid()), owner, "{path}");
    }
}

/// Every file below a folder: its mode, when it was written, and what it holds.
fn tree(folder: &Path) -> BTreeMap<String, (u32, i64, Vec<u8>)> {
    support::files(folder)
        .into_iter()
        .map(|file| {
            let data = fs::metadata(&file).unwrap();
            let name = file.strip_prefix(folder).unwrap().display().to_string();
            let written = data.mtime() * 1_000_000_000 + data.mtime_nsec();
            (
                name,
                (data.mode() & 0o7777, written, fs::read(&file).unwrap()),
            )
        })
        .collect()
}

fn install(dest: &Path, program: &Path) -> Output {
    run(Command::new(file("install"))
        .arg(program)
        .env("DESTDIR", dest))
}

#[test]
fn the_installer_makes_the_same_tree_however_often_it_runs() {
    let folder = tempfile::tempdir().unwrap();
    let (dest, program) = (folder.path().join("tree"), folder.path().join("program"));
    fs::write(&program, "one").unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o700)).unwrap();
    install(&dest, &program).expect(0);
    let first = tree(&dest);
    let names: Vec<(&str, u32)> = first.iter().map(|(n, f)| (n.as_str(), f.0)).collect();
    assert_eq!(
        names,
        [
            ("etc/arkivd/system.toml", 0o644),
            ("usr/bin/arkivd", 0o755),
            ("usr/lib/systemd/system/arkivd-browser.socket", 0o644),
            ("usr/lib/systemd/system/arkivd-browser@.service", 0o644),
            ("usr/lib/systemd/system/arkivd.service", 0o644),
            ("usr/lib/sysusers.d/arkivd.conf", 0o644),
            ("usr/lib/tmpfiles.d/arkivd.conf", 0o644),
            ("usr/share/doc/arkivd/handbok.md", 0o644),
        ]
    );
    assert_eq!(first["usr/bin/arkivd"].2, b"one");
    let again = install(&dest, &program).expect(0);
    assert!(!again.stdout.contains("installed"), "{again}");
    assert_eq!(first, tree(&dest));

    // An update writes the program anew, and what the municipality has configured stays.
    let system = dest.join("etc/arkivd/system.toml");
    fs::write(&system, "archive = \"/srv/arkiv\"\n").unwrap();
    fs::write(&program, "two").unwrap();
    install(&dest, &program).expect(0);
    assert_eq!(fs::read(dest.join("usr/bin/arkivd")).unwrap(), b"two");
    assert_eq!(
        fs::read_to_string(&system).unwrap(),
        "archive = \"/srv/arkiv\"\n"
    );
    fs::remove_file(&system).unwrap();
    symlink("/nowhere/system.toml", &system).unwrap();
    install(&dest, &program).expect(0);
    assert!(system.is_symlink());
}

#[test]
fn the_installer_says_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing");
    let dest = folder.path().join("tree");
    install(&dest, &missing).refuses(1, &[missing.to_str().unwrap()]);
    assert!(!dest.exists());
}

/// It says more only where it installs into the system itself, which no test does; so its words are read.
#[test]
fn the_installer_tells_of_the_browser_as_well() {
    let script = fs::read_to_string(file("install")).unwrap();
    let told: Vec<&str> = script
        .split("cat <<EOF\n")
        .skip(1)
        .filter_map(|rest| rest.split_once("\nEOF\n"))
        .map(|(words, _)| words)
        .collect();
    assert_eq!(told.len(), 2, "an update and the first time");
    for words in &told {
        let line = |what: &str| {
            words
                .lines()
                .position(|line| line.trim().starts_with(what))
                .unwrap_or_else(|| panic!("no {what} in:\n{words}"))
        };
        // The account is there before the socket, and the socket before the daemon, which asks once whether it is.
        let order = [
            line("systemd-sysusers arkivd.conf"),
            line("systemctl daemon-reload"),
            line("systemctl enable --now arkivd-browser.socket"),
            words
                .lines()
                .position(|l| {
                    ["systemctl restart arkivd", "systemctl enable --now arkivd"]
                        .contains(&l.trim())
                })
                .unwrap(),
        ];
        assert!(order.is_sorted(), "{words}");
    }
    assert!(told[1].contains("apt install chromium"), "{}", told[1]);
}
