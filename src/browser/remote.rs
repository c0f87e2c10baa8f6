//! Asking the worker: as a service over its socket, or as a child of this process.

use std::fs;
use std::io::Write as _;
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tokio::net::UnixStream;
use tokio::time::timeout;

use super::launch::User;
use super::wire::{self, Kind};
use super::{Error, Job};
use crate::record::Page;

/// Where the browser is had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// `arkivd-browser.socket`: a service of its own, under a user of its own.
    Service(PathBuf),
    /// A child of this process.
    Child {
        /// arkivd itself.
        program: PathBuf,
        /// Whom it becomes, where this process is root.
        user: Option<User>,
    },
}

/// Beyond the job's own time: starting, ending, handing over.
const GRACE: Duration = Duration::from_secs(90);

/// Until a worker that was told to end is killed.
const PATIENCE: Duration = Duration::from_secs(8);

/// Bytes of all files of one page.
const MOST_BYTES: u64 = 8 << 30;

/// Files of one page.
const MOST_FILES: usize = 10_000;

/// Has the job done; its files are in `folder` then. Dropped before, the browser ends with it.
///
/// # Errors
/// When the worker cannot be had, breaks off, says what it should not, or does not end in time.
pub async fn look(way: &Way, job: &Job, folder: &Path) -> Result<Page, Error> {
    let (stream, _worker) = match way {
        Way::Service(socket) => {
            let stream = UnixStream::connect(socket)
                .await
                .map_err(|source| Error::Service {
                    path: socket.clone(),
                    source,
                })?;
            (stream, None)
        }
        Way::Child { program, user } => {
            let (stream, worker) = start(program, *user)?;
            (stream, Some(worker))
        }
    };
    let time = Duration::from_secs(job.limits.seconds).saturating_add(GRACE);
    match timeout(time, talk(stream, job, folder)).await {
        Ok(done) => done,
        Err(_) => Err(Error::TimedOut {
            method: "capture".to_owned(),
            milliseconds: u64::try_from(time.as_millis()).unwrap_or(u64::MAX),
        }),
    }
}

async fn talk(stream: UnixStream, job: &Job, folder: &Path) -> Result<Page, Error> {
    let (mut from, mut to) = stream.into_split();
    wire::send_json(&mut to, Kind::Job, job).await?;
    let mut file: Option<(fs::File, PathBuf)> = None;
    let (mut bytes, mut files) = (0_u64, 0_usize);
    let fault = |path: &Path| {
        let path = path.to_owned();
        move |source| Error::Folder { path, source }
    };
    loop {
        let Some((kind, payload)) = wire::receive(&mut from).await? else {
            return Err(Error::WorkerEnded);
        };
        match kind {
            Kind::File => {
                files += 1;
                let path = folder.join(safe(&payload, files)?);
                let opened = match fs::File::create_new(&path) {
                    Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {
                        return Err(Error::Talk {
                            problem: "a file comes twice",
                        });
                    }
                    opened => opened.map_err(fault(&path))?,
                };
                file = Some((opened, path));
            }
            Kind::Data => {
                bytes = bytes.saturating_add(payload.len() as u64);
                let Some((file, path)) = &mut file else {
                    return Err(Error::Talk {
                        problem: "bytes come for no file",
                    });
                };
                if bytes > MOST_BYTES {
                    return Err(Error::Talk {
                        problem: "the files are too large",
                    });
                }
                file.write_all(&payload).map_err(fault(path))?;
            }
            Kind::Page => return wire::read_json(&payload),
            Kind::Failed => {
                let said = payload.get(..1_024).unwrap_or(&payload);
                return Err(Error::Worker {
                    said: String::from_utf8_lossy(said).into_owned(),
                });
            }
            Kind::Job => {
                return Err(Error::Talk {
                    problem: "a job comes back",
                });
            }
        }
    }
}

/// The name as one of a plain file; whoever has the browser may have been taken over by a page.
fn safe(name: &[u8], files: usize) -> Result<String, Error> {
    let plain = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'.');
    let fits = (1..=64).contains(&name.len()) && name.iter().all(plain) && name[0] != b'.';
    match (
        fits && files <= MOST_FILES,
        String::from_utf8(name.to_vec()),
    ) {
        (true, Ok(name)) => Ok(name),
        _ => Err(Error::Talk {
            problem: "a file has no plain name",
        }),
    }
}

/// arkivd again, as the worker, with one end of a pair of sockets as its standard input and nothing of our environment.
fn start(program: &Path, user: Option<User>) -> Result<(UnixStream, Worker), Error> {
    let fault = |source| Error::Start {
        program: program.to_owned(),
        source,
    };
    let (ours, theirs) = std::os::unix::net::UnixStream::pair().map_err(Error::Wire)?;
    ours.set_nonblocking(true).map_err(Error::Wire)?;
    let mut command = Command::new(program);
    command
        .arg("browser-worker")
        // Ctrl-C is ours to answer: it ends, and cleans up, when its socket does.
        .process_group(0)
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .stdin(Stdio::from(OwnedFd::from(theirs)))
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    // Root's own, after it stepped down, is of no use.
    let usable = |temp: &std::ffi::OsString| {
        let access = rustix::fs::Access::WRITE_OK | rustix::fs::Access::EXEC_OK;
        user.is_none() && rustix::fs::access(temp, access).is_ok()
    };
    if let Some(temp) = std::env::var_os("TMPDIR").filter(usable) {
        command.env("TMPDIR", temp);
    }
    if let Some(User { uid, gid }) = user {
        command.arg(format!("--user={uid}:{gid}"));
    }
    let child = command.spawn().map_err(fault)?;
    let stream = UnixStream::from_std(ours).map_err(Error::Wire)?;
    Ok((stream, Worker(Some(child))))
}

/// A child that ends when its socket does; dropped, it is waited for elsewhere, and killed if it takes long.
struct Worker(Option<Child>);

impl Drop for Worker {
    fn drop(&mut self) {
        let Some(mut child) = self.0.take() else {
            return;
        };
        if let Ok(Some(_)) = child.try_wait() {
            return;
        }
        std::thread::spawn(move || {
            let begun = Instant::now();
            while let Ok(None) = child.try_wait() {
                if begun.elapsed() > PATIENCE {
                    let _ = child.kill();
                    let _ = child.wait();
                    return;
                }
                std::thread::sleep(Duration::from_millis(20));
            }
        });
    }
}
