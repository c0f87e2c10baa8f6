//! The browser's processes: started together, ended together, with the folder they had.

use std::fs::{self, Permissions};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use command_fds::{CommandFdExt as _, FdMapping};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};
use tempfile::TempDir;
use tokio::io::AsyncReadExt as _;
use tokio::net::unix::pipe;

use super::Error;
use super::launch::User;

/// What Chromium says of itself at start is short; the rest is not kept.
const SAID: usize = 8 << 10;

/// A killed process ends within milliseconds, unless the kernel holds it.
const PATIENCE: Duration = Duration::from_secs(5);

/// A folder of the browser's own, open to nobody else.
pub(super) fn folder(parent: &Path, user: Option<User>) -> Result<TempDir, Error> {
    let fault = |source| Error::Folder {
        path: parent.to_owned(),
        source,
    };
    let folder = tempfile::Builder::new()
        .prefix("arkivd-browser-")
        .permissions(Permissions::from_mode(0o700))
        .tempdir_in(parent)
        .map_err(fault)?;
    if let Some(User { uid, gid }) = user {
        std::os::unix::fs::chown(folder.path(), Some(uid), Some(gid)).map_err(fault)?;
    }
    Ok(folder)
}

/// A process group with its folder. Dropped, it is killed and reaped, and the folder is gone.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    group: Option<Pid>,
    folder: Option<TempDir>,
    said: Arc<Mutex<String>>,
}

/// Our ends of the two pipes.
pub(super) struct Wire {
    pub(super) to: OwnedFd,
    pub(super) from: OwnedFd,
}

impl Process {
    /// Starts `command` as the leader of a group of its own, with pipes at descriptors 3 and 4.
    ///
    /// Takes the command, as it holds the browser's ends of the pipes: they must close here, or its end is never seen.
    pub(super) fn start(
        mut command: Command,
        folder: TempDir,
        program: &Path,
    ) -> Result<(Self, Wire), Error> {
        let fault = |source| Error::Start {
            program: program.to_owned(),
            source,
        };
        let (read_by_it, to) = io::pipe().map_err(Error::Pipe)?;
        let (from, written_by_it) = io::pipe().map_err(Error::Pipe)?;
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .process_group(0);
        let mappings = [(read_by_it.into(), 3), (written_by_it.into(), 4)]
            .map(|(parent_fd, child_fd)| FdMapping {
                parent_fd,
                child_fd,
            })
            .into();
        command
            .fd_mappings(mappings)
            .map_err(|e| fault(io::Error::other(e)))?;
        let mut child = command.spawn().map_err(fault)?;
        drop(command);
        let said = Arc::default();
        if let Some(errors) = child.stderr.take() {
            listen(errors.into(), Arc::clone(&said)).map_err(Error::Pipe)?;
        }
        let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
        let process = Self {
            child,
            group,
            folder: Some(folder),
            said,
        };
        let (to, from) = (to.into(), from.into());
        Ok((process, Wire { to, from }))
    }

    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(super) fn folder(&self) -> Option<&Path> {
        self.folder.as_ref().map(TempDir::path)
    }

    /// The first words on stderr.
    pub(super) fn said(&self) -> String {
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        said.trim().to_owned()
    }

    /// Kills the group, reaps it and removes its folder; short, and safe to call again.
    pub(super) fn end(&mut self) -> Result<(), Error> {
        let begun = Instant::now();
        // The leader is reaped last, so that the group's number cannot be another's meanwhile.
        while let Some(group) = self.group {
            match kill_process_group(group, Signal::KILL) {
                Err(Errno::SRCH) => break,
                _ if begun.elapsed() > PATIENCE => break,
                _ => {}
            }
            if !is_alive(group) {
                break;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        while let Ok(None) = self.child.try_wait() {
            if begun.elapsed() > PATIENCE {
                break;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        self.group = None;
        let Some(folder) = self.folder.take() else {
            return Ok(());
        };
        let path = folder.path().to_owned();
        removed(folder, begun).map_err(|source| Error::Folder { path, source })
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.end();
    }
}

/// True while a process of the group is more than an entry that waits to be reaped.
fn is_alive(group: Pid) -> bool {
    if test_kill_process_group(group) == Err(Errno::SRCH) {
        return false;
    }
    let Ok(all) = fs::read_dir("/proc") else {
        return true;
    };
    let wanted = group.as_raw_nonzero().to_string();
    all.flatten()
        .filter(|entry| entry.file_name().to_string_lossy().parse::<u32>().is_ok())
        .filter_map(|entry| fs::read_to_string(entry.path().join("stat")).ok())
        .any(|stat| {
            // The name before may hold anything, brackets too.
            let mut words = stat
                .rsplit_once(')')
                .map(|(_, rest)| rest.split_ascii_whitespace())
                .into_iter()
                .flatten();
            let state = words.next();
            words.nth(1) == Some(wanted.as_str()) && !matches!(state, Some("Z" | "X"))
        })
}

/// A process that is just dying may still write into it.
fn removed(folder: TempDir, begun: Instant) -> io::Result<()> {
    let path = folder.keep();
    loop {
        match fs::remove_dir_all(&path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(_) if begun.elapsed() < PATIENCE => {
                std::thread::sleep(Duration::from_millis(5));
            }
            done => return done,
        }
    }
}

/// Keeps the first words, and reads the rest so that the browser never waits for us.
fn listen(errors: OwnedFd, said: Arc<Mutex<String>>) -> io::Result<()> {
    let mut errors = pipe::Receiver::from_owned_fd(errors)?;
    tokio::spawn(async move {
        let mut block = [0; 4096];
        while let Ok(bytes @ 1..) = errors.read(&mut block).await {
            let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
            if said.len() < SAID {
                said.push_str(&String::from_utf8_lossy(
                    block.get(..bytes).unwrap_or_default(),
                ));
            }
        }
    });
    Ok(())
}

/// The program of this name where the system keeps its tools.
pub(super) fn tool(name: &'static str) -> Result<PathBuf, Error> {
    ["/usr/bin", "/bin", "/usr/sbin"]
        .into_iter()
        .map(|folder| Path::new(folder).join(name))
        .find(|path| path.is_file())
        .ok_or(Error::NoTool { tool: name })
}
