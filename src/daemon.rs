//! Daemon: `arkivd run`. Holds the archive, takes what is due, and runs the commands that others send.
//!
//! One process, one lock, one socket. Whatever ends it, the next start repairs (design, section 6).

mod client;
mod folder;
mod inbox;
mod listener;
mod scheduler;
mod settings;
mod socket;
mod unlawful;
mod wire;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sd_notify::NotifyState;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{Notify, watch};
use tokio::task::{JoinError, spawn_blocking};
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

pub(crate) use client::ask;
pub use scheduler::Scheduler;
pub use settings::Settings;
pub(crate) use socket::connect;
pub(crate) use wire::{Fault, Frame};

/// The most files that come with one command.
pub(crate) const MOST_FILES: usize = wire::Request::MOST_FILES;

use crate::workflow::{self, Archive, Surroundings};
use crate::{config, platform};

/// Why the daemon could not start, or ended by itself.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Config(#[from] config::Error),
    #[error(transparent)]
    Platform(#[from] platform::Error),
    #[error(transparent)]
    Workflow(#[from] workflow::Error),
    #[error("socket {path}: {source}")]
    Socket { path: PathBuf, source: io::Error },
    #[error("signals cannot be had: {0}")]
    Signals(io::Error),
    #[error("a fault in arkivd itself ended the daemon: {0}")]
    Fault(JoinError),
    #[error("the archive's disk failed a command")]
    Disk,
    #[error("the daemon ended with work under way: {0} s were not enough")]
    Unfinished(u64),
}

impl Error {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Config(e) => e.hint(),
            Self::Platform(e) => e.hint(),
            Self::Workflow(e) => e.hint(),
            Self::Socket { path, .. } => Some(format!(
                "make the folder of {} writable for the archive's owner, or name another socket in /etc/arkivd/system.toml",
                path.display()
            )),
            Self::Signals(_) => None,
            Self::Fault(_) => Some("please report it, with the log around it".to_owned()),
            Self::Disk => {
                Some("the log tells how; the next start repairs what was left".to_owned())
            }
            Self::Unfinished(_) => Some("the next start repairs what was left".to_owned()),
        }
    }
}

/// How long work under way may take to end, so that the whole end stays under 30 s.
const END: Duration = Duration::from_secs(25);

/// Runs until SIGTERM or SIGINT, or an error of the archive.
///
/// # Errors
/// When it cannot start: configuration, lock, socket. Later, when the archive cannot be written.
pub async fn run(dir: &Path, socket: &Path, around: &Surroundings) -> Result<(), Error> {
    let begun = Instant::now();
    let Signals {
        hup,
        mut term,
        mut int,
    } = Signals::new().map_err(Error::Signals)?;
    let settings = Arc::new(Settings::load(dir, around.clone())?);
    let (archive, repairs) = Archive::open_to_write(dir, &settings.around)?;
    for repair in repairs {
        tracing::warn!(%repair, "start-up");
    }
    let archive = Arc::new(archive);
    note_persons(&archive, &settings)?;
    let listener = socket::listen(socket).map_err(|source| Error::Socket {
        path: socket.to_owned(),
        source,
    })?;
    let (new_settings, settings) = watch::channel(settings);
    let (end, stop) = watch::channel(false);
    let broken = Arc::new(Notify::new());
    let shared = Arc::new(listener::Shared {
        archive: Arc::clone(&archive),
        settings: settings.clone(),
        stop: stop.clone(),
        broken: Arc::clone(&broken),
    });
    let inbox = inbox::watch(Arc::clone(&archive), settings.clone(), stop.clone());
    let unlawful = unlawful::watch(Arc::clone(&archive), settings.clone(), stop.clone());
    let folder = folder::watch(Arc::clone(&archive), settings.clone(), stop.clone());
    let inbox = async move { tokio::try_join!(inbox, unlawful, folder).map(|_| ()) };
    let mut inbox = tokio::spawn(inbox);
    let scheduler = Scheduler::new(Arc::clone(&archive), settings, stop);
    let mut scheduled = tokio::spawn(scheduler.run());
    let clients = tokio::spawn(listener::serve(listener, shared));
    tell(&[
        NotifyState::Ready,
        NotifyState::Status("taking what is due"),
    ]);
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        seconds = begun.elapsed().as_secs_f64(),
        socket = %socket.display(),
        "ready"
    );
    let _indexing = tokio::spawn(index_rest(Arc::clone(&archive), end.subscribe()));
    let reloads = reloads(hup, dir, &archive, around, &new_settings);
    let mut reloads = std::pin::pin!(reloads);
    let mut watchdog = watchdog();
    let mut inbox_runs = true;
    let (failed, scheduler_runs) = loop {
        tokio::select! {
            _ = watchdog.tick() => tell(&[NotifyState::Watchdog]),
            _ = term.recv() => break (Ok(()), true),
            _ = int.recv() => break (Ok(()), true),
            error = &mut reloads => break (Err(error), true),
            () = broken.notified() => break (Err(Error::Disk), true),
            ended = &mut scheduled => break (task_ended(ended), false),
            ended = &mut inbox => {
                inbox_runs = false;
                break (task_ended(ended), true);
            }
        }
    };
    tell(&[NotifyState::Stopping]);
    tracing::info!("ending");
    end.send_replace(true);
    let ended = timeout(END, async {
        let scheduled = match scheduler_runs {
            true => task_ended(scheduled.await),
            false => Ok(()),
        };
        let emptied = match inbox_runs {
            true => task_ended(inbox.await),
            false => Ok(()),
        };
        // A client whose command panicked has been told.
        let _ = clients.await;
        failed.and(scheduled).and(emptied)
    });
    let ended = ended.await;
    // Who connects later is told at once that nobody listens.
    let _ = std::fs::remove_file(socket);
    ended.map_err(|_| Error::Unfinished(END.as_secs()))??;
    tracing::info!("ended");
    Ok(())
}

/// Indexes what an older format left, a little at a time, so that captures need not wait.
async fn index_rest(archive: Arc<Archive>, stop: watch::Receiver<bool>) {
    const AT_ONCE: u32 = 5000;
    while !*stop.borrow() {
        let archive = Arc::clone(&archive);
        let done = spawn_blocking(move || workflow::index_more(&archive, AT_ONCE)).await;
        match done {
            Ok(Ok(false)) => tokio::task::yield_now().await,
            Ok(Ok(true)) => break,
            Ok(Err(error)) => {
                // What captures bring is indexed with them; the next start goes on.
                tracing::error!(error = workflow::told(&error), "the search index");
                break;
            }
            Err(_) => break,
        }
    }
}

/// What a task of the daemon's own came to.
fn task_ended(ended: Result<Result<(), workflow::Error>, JoinError>) -> Result<(), Error> {
    ended.map_err(Error::Fault)?.map_err(Error::Workflow)
}

/// Reads the files anew at each SIGHUP. What is wrong with them is told, and the old ones stand.
///
/// Returns at an error of the archive.
async fn reloads(
    mut hup: Signal,
    dir: &Path,
    archive: &Arc<Archive>,
    around: &Surroundings,
    to: &watch::Sender<Arc<Settings>>,
) -> Error {
    loop {
        if hup.recv().await.is_none() {
            std::future::pending::<()>().await;
        }
        if let Ok(now) = NotifyState::monotonic_usec_now() {
            tell(&[NotifyState::Reloading, now]);
        }
        let (dir, archive, around) = (dir.to_owned(), Arc::clone(archive), around.clone());
        // A large capture may hold the catalog for longer than the watchdog waits.
        let read = spawn_blocking(move || read_anew(&dir, &archive, around)).await;
        match read.map_err(Error::Fault).flatten() {
            Err(error) => return error,
            Ok(Ok(settings)) => {
                to.send_replace(Arc::new(settings));
                tracing::info!("configuration is read anew");
            }
            Ok(Err(error)) => {
                let hint = error.hint().unwrap_or_default();
                tracing::error!(
                    error = workflow::told(&error),
                    hint,
                    "the old configuration stands"
                );
            }
        }
        tell(&[NotifyState::Ready]);
    }
}

/// The settings, or what is wrong with their files. Roles hold once it is written who has them.
///
/// # Errors
/// Those of the archive, other than a full disk.
fn read_anew(
    dir: &Path,
    archive: &Archive,
    around: Surroundings,
) -> Result<Result<Settings, Error>, Error> {
    let settings = match Settings::load(dir, around) {
        Ok(settings) => settings,
        Err(error) => return Ok(Err(error)),
    };
    match note_persons(archive, &settings) {
        Ok(()) => Ok(Ok(settings)),
        Err(error) if error.is_full() => Ok(Err(error.into())),
        Err(error) => Err(error.into()),
    }
}

/// Who had which role when: a change in the file is an event.
fn note_persons(archive: &Archive, settings: &Settings) -> Result<(), workflow::Error> {
    let persons = &settings.config.persons;
    workflow::note_setting(archive, "person", persons, &settings.around)
}

/// Tells systemd, where it is there to listen.
fn tell(state: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(state) {
        tracing::warn!(%error, "systemd could not be told");
    }
}

/// Ticks twice in the time systemd waits, by the loop that must not hang; without a watchdog, hardly ever.
fn watchdog() -> tokio::time::Interval {
    const SELDOM: Duration = Duration::from_secs(3600);
    let mut ticks = interval(sd_notify::watchdog_enabled().map_or(SELDOM, |every| every / 2));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

struct Signals {
    hup: Signal,
    term: Signal,
    int: Signal,
}

impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self {
            hup: signal(SignalKind::hangup())?,
            term: signal(SignalKind::terminate())?,
            int: signal(SignalKind::interrupt())?,
        })
    }
}
