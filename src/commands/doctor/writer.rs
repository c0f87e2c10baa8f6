//! The daemon: whether one runs and answers, and who holds the archive's lock.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Case, Check, shell};
use crate::config::System;
use crate::daemon::{self, Fault, Frame};

/// A daemon that does not refuse a word in this time hangs.
const PATIENCE: Duration = Duration::from_secs(10);

pub(super) fn look(case: &Case) -> Check {
    let mut check = Check::new("daemon");
    let socket = match &case.system {
        Ok(system) => system.socket_of(&case.dir),
        Err(_) => case.dir.join("socket"),
    };
    let holder = holder(&case.paths.lock());
    let summary = match daemon::connect(&socket) {
        Err(error) => {
            check.fault(
                case.name(&socket),
                format!("it cannot be reached: {error}"),
                "systemctl status arkivd",
            );
            String::new()
        }
        Ok(Some(mut stream)) => {
            let asked = stream
                .set_read_timeout(Some(PATIENCE))
                .map_err(Fault::from)
                .and_then(|()| answer(&mut stream));
            judge(&mut check, case, &socket, asked);
            match holder {
                Some(pid) => format!("version {}, pid {pid}", env!("CARGO_PKG_VERSION")),
                None => format!("version {}", env!("CARGO_PKG_VERSION")),
            }
        }
        Ok(None) => {
            silent(&mut check, case, &socket, holder);
            "none runs here: commands open the archive themselves".to_owned()
        }
    };
    check.fine(summary)
}

/// What the daemon says to a command that it does not serve: enough to know that it is there and of our version.
fn answer(stream: &mut std::os::unix::net::UnixStream) -> Result<String, Fault> {
    let argv = ["arkivd", "doctor"].map(str::to_owned).to_vec();
    let mut said = Vec::new();
    daemon::ask(stream, argv, &[], |frame| {
        if let Frame::Err(bytes) = frame {
            said.extend(bytes);
        }
        Ok::<(), Fault>(())
    })?;
    Ok(String::from_utf8_lossy(&said).into_owned())
}

fn judge(check: &mut Check, case: &Case, socket: &Path, asked: Result<String, Fault>) {
    match asked {
        Ok(said) => {
            // A daemon of another version says so, and nothing more.
            let other = said
                .strip_prefix("error: the daemon is arkivd ")
                .and_then(|rest| rest.split(',').next());
            if let Some(version) = other {
                check.fault(
                    "the daemon",
                    format!(
                        "it is arkivd {version}, and this program is arkivd {}",
                        env!("CARGO_PKG_VERSION")
                    ),
                    "systemctl restart arkivd",
                );
            }
        }
        Err(Fault::Io(error))
            if matches!(
                error.kind(),
                io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut
            ) =>
        {
            check.fault(
                case.name(socket),
                format!("the daemon gives no answer within {} s", PATIENCE.as_secs()),
                "journalctl -u arkivd tells what it does; systemctl restart arkivd loses nothing",
            );
        }
        Err(fault) => check.fault(
            case.name(socket),
            format!("the daemon's answer broke off: {fault}"),
            "journalctl -u arkivd",
        ),
    }
}

/// No daemon answers: is one meant to run, and who holds the archive then?
fn silent(check: &mut Check, case: &Case, socket: &Path, holder: Option<u32>) {
    match holder {
        Some(pid) if alive(pid) => check.warning(
            "lock",
            format!(
                "process {pid} ({}) holds the archive, and no daemon answers at {}",
                command(pid),
                case.name(socket)
            ),
            format!("a command that writes ends by itself; else see what it is: ps -fp {pid}"),
        ),
        Some(pid) => check.fault(
            "lock",
            format!(
                "it is held for process {pid}, which is gone: another process has inherited it"
            ),
            format!("find it and end it: fuser -v {}", shell(&case.paths.lock())),
        ),
        None if is_service(case) => check.fault(
            "the daemon",
            "it does not run, so nothing is taken by schedule",
            "systemctl start arkivd; why it ended: journalctl -u arkivd",
        ),
        None if fs::symlink_metadata(socket).is_ok() => check.warning(
            case.name(socket),
            "nobody listens there: a daemon ended without cleaning up",
            "start it again; it repairs what was left",
        ),
        None => {}
    }
}

/// True when the machine's own settings give this archive to the service.
fn is_service(case: &Case) -> bool {
    let named = case
        .system
        .as_ref()
        .ok()
        .and_then(|s: &System| s.archive.as_ref());
    named.is_some_and(|named| {
        let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
        real(named) == real(&case.dir)
    })
}

/// The process that holds the lock, by the kernel's own list: to try the lock would keep a daemon from starting at
/// that moment.
pub(super) fn holder(lock: &Path) -> Option<u32> {
    let file = fs::metadata(lock).ok()?;
    let device = file.dev();
    let id = format!(
        "{:02x}:{:02x}:{}",
        rustix::fs::major(device),
        rustix::fs::minor(device),
        file.ino()
    );
    let locks = fs::read_to_string("/proc/locks").ok()?;
    locks.lines().find_map(|line| {
        // `1: FLOCK  ADVISORY  WRITE 27355 fe:00:9528341 0 EOF`
        let mut fields = line.split_whitespace().skip(1);
        let (kind, _, how) = (fields.next()?, fields.next()?, fields.next()?);
        let (pid, file) = (fields.next()?, fields.next()?);
        (kind == "FLOCK" && how == "WRITE" && file == id).then(|| pid.parse().ok())?
    })
}

fn process(pid: u32) -> PathBuf {
    PathBuf::from("/proc").join(pid.to_string())
}

fn alive(pid: u32) -> bool {
    process(pid).exists()
}

/// The program's name, never its arguments.
fn command(pid: u32) -> String {
    let name = fs::read_to_string(process(pid).join("comm")).unwrap_or_default();
    name.trim().to_owned()
}
