//! What a command works with: its archive, configuration and caller, whether it runs by itself or in the daemon.

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use chrono::{SubsecRound as _, Utc};
use serde_json::Value;
use tokio::runtime::{Handle, Runtime};
use tokio::sync::{Notify, watch};
use uuid::Uuid;

use super::output::one_line;
use super::rights::Rights;
use super::{Caller, Error, owner};
use crate::catalog::NewEvent;
use crate::config::Config;
use crate::daemon::Settings;
use crate::platform::Client;
use crate::policy::Policy;
use crate::workflow::{self, Archive, Paths, Surroundings};

/// What the daemon lends to a command that it runs for a client.
pub(crate) struct Lent {
    pub(crate) archive: Arc<Archive>,
    pub(crate) settings: Arc<Settings>,
    pub(crate) caller: Caller,
    /// The files that came with the command, in the order its arguments name them.
    pub(crate) files: Vec<OwnedFd>,
    /// What each of them is, as the command line names it.
    pub(crate) names: Vec<String>,
    /// True when the client is gone, or the daemon ends.
    pub(crate) gone: watch::Receiver<bool>,
    /// Told when the daemon must end, so that the next start repairs.
    pub(crate) broken: Arc<Notify>,
}

/// Where a command gets what it works with.
pub(super) enum Source {
    /// A process of its own, on the archive that was named.
    Own(PathBuf),
    Lent(Arc<Lent>),
}

/// One command's archive, configuration and rights.
pub(super) struct Context {
    pub(super) dir: PathBuf,
    pub(super) config: Config,
    pub(super) around: Surroundings,
    pub(super) rights: Rights,
    lent: Option<Arc<Lent>>,
    files: Mutex<std::vec::IntoIter<File>>,
    /// Made when the network is first needed, and kept: a command may need it for many accounts.
    network: OnceLock<(Client, Runtime)>,
}

impl Context {
    pub(super) fn new(source: &Source) -> Result<Self, Error> {
        match source {
            Source::Own(dir) => Self::own(dir),
            Source::Lent(lent) => Self::lent(lent),
        }
    }

    fn own(dir: &Path) -> Result<Self, Error> {
        Paths::new(dir).check()?;
        let caller = Caller::here();
        owner::step_down(dir)?;
        let config = Config::load(dir)?;
        let actor = caller.actor(caller.among(&config.persons));
        Ok(Self {
            dir: dir.to_owned(),
            around: Surroundings {
                organisation_number: config.organisation_number(),
                second_gate: config.second_gate(),
                pages: config.pages_or_fault(),
                ..surroundings(config.organisation.clone(), actor)
            },
            rights: Rights::advised(&caller, &config.persons),
            config,
            lent: None,
            files: Mutex::default(),
            network: OnceLock::new(),
        })
    }

    fn lent(lent: &Arc<Lent>) -> Result<Self, Error> {
        let config = lent.settings.config.clone();
        let caller = &lent.caller;
        let actor = caller.actor(caller.among(&config.persons));
        let files = lent.files.iter().map(|file| Ok(file.try_clone()?.into()));
        let files: Vec<File> = files.collect::<io::Result<_>>()?;
        Ok(Self {
            dir: lent.archive.paths().archive().to_owned(),
            around: Surroundings {
                actor,
                ..lent.settings.around.clone()
            },
            rights: Rights::held(caller, &config.persons)?,
            config,
            lent: Some(Arc::clone(lent)),
            files: Mutex::new(files.into_iter()),
            network: OnceLock::new(),
        })
    }

    /// The archive for reading, by a connection of its own: a slow client holds nobody up.
    pub(super) fn read(&self) -> Result<Archive, Error> {
        Ok(Archive::open_to_read(&self.dir)?)
    }

    /// The archive for writing: the daemon's, or opened now.
    pub(super) fn write(&self) -> Result<Arc<Archive>, Error> {
        if let Some(lent) = &self.lent {
            return Ok(Arc::clone(&lent.archive));
        }
        let (archive, repairs) = Archive::open_to_write(&self.dir, &self.around)?;
        for repair in repairs {
            tracing::warn!("start-up: {}", one_line(&repair.to_string()));
        }
        Ok(Arc::new(archive))
    }

    pub(super) fn policy(&self) -> Result<Policy, Error> {
        let path = Paths::new(&self.dir).policy();
        let text = std::fs::read_to_string(&path).map_err(|source| {
            Error::Workflow(workflow::Error::Io {
                path: path.clone(),
                source,
            })
        })?;
        Ok(Policy::parse(&text, &path.display().to_string())?)
    }

    /// Runs what needs the network. In the daemon it ends early when the client goes, at a step where nothing is
    /// half-written.
    ///
    /// # Errors
    /// [`Error::Gone`], or when no runtime can be had.
    pub(super) fn with_network<T>(&self, work: impl AsyncFnOnce(&Client) -> T) -> Result<T, Error> {
        if let Some(lent) = &self.lent {
            let mut gone = lent.gone.clone();
            return Handle::current().block_on(async {
                tokio::select! {
                    biased;
                    _ = gone.wait_for(|gone| *gone) => Err(Error::Gone),
                    done = work(&lent.settings.client) => Ok(done),
                }
            });
        }
        let (client, runtime) = match self.network.get() {
            Some(network) => network,
            None => {
                let client = Client::new(&self.config.network)?;
                let runtime = tokio::runtime::Builder::new_multi_thread()
                    .worker_threads(2)
                    .enable_all()
                    .build()
                    .map_err(Error::Runtime)?;
                self.network.get_or_init(|| (client, runtime))
            }
        };
        Ok(runtime.block_on(work(client)))
    }

    /// True in the daemon.
    pub(super) fn is_served(&self) -> bool {
        self.lent.is_some()
    }

    /// False once nobody waits for the command any more: in the daemon, when the client goes or the daemon ends.
    pub(super) fn is_wanted(&self) -> bool {
        self.lent.as_ref().is_none_or(|lent| !*lent.gone.borrow())
    }

    /// Notes an act that changes no row, where the daemon does it: without one the owner reads files as they like.
    ///
    /// # Errors
    /// When the catalog cannot be written; then the act must not follow.
    pub(super) fn note(&self, verb: &str, object: &str, after: &Value) -> Result<(), Error> {
        let Some(lent) = &self.lent else {
            return Ok(());
        };
        Ok(lent.archive.catalog().add_event(&NewEvent {
            at: (self.around.now)(),
            actor: &self.around.actor,
            verb,
            object,
            before: None,
            after: Some(&after.to_string()),
        })?)
    }

    /// A file to be read: opened here, or in the daemon the one that the client sent by that name.
    ///
    /// # Errors
    /// When there is none, or it cannot be opened.
    pub(super) fn file_to_read(&self, path: &Path) -> io::Result<File> {
        let Some(lent) = &self.lent else {
            return to_read(path);
        };
        let named = lent.names.iter().position(|name| Path::new(name) == path);
        let file = named.and_then(|at| lent.files.get(at));
        let file = file.ok_or(io::ErrorKind::NotFound)?;
        Ok(file.try_clone()?.into())
    }

    /// In the daemon, the file that came for the next argument that names one to write; else the command makes it.
    ///
    /// # Errors
    /// When the client sent none: the daemon writes nowhere by a name from outside. Nor into what is no plain file: a
    /// pipe that nobody reads would hold it for ever.
    pub(super) fn given_file(&self) -> Result<Option<File>, Error> {
        if self.lent.is_none() {
            return Ok(None);
        }
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        let file = files.next().ok_or(Error::NoFile)?;
        match file.metadata()?.is_file() {
            true => Ok(Some(file)),
            false => Err(Error::NotAFile),
        }
    }
}

/// A file that is read. A pipe or a device is not waited for.
pub(super) fn to_read(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let flags = rustix::fs::OFlags::NONBLOCK.bits();
    let flags = i32::try_from(flags).map_err(io::Error::other)?;
    File::options().read(true).custom_flags(flags).open(path)
}

/// Files that a command reads and those beside them, for the daemon, which sees no folder of the user's. What cannot be
/// opened is not sent, and the daemon tells it as missing.
pub(super) fn to_send(paths: impl IntoIterator<Item = PathBuf>) -> Vec<(String, File)> {
    paths
        .into_iter()
        .filter_map(|path| Some((path.to_str()?.to_owned(), to_read(&path).ok()?)))
        .collect()
}

pub(super) fn surroundings(organisation: String, actor: String) -> Surroundings {
    Surroundings {
        organisation,
        organisation_number: None,
        second_gate: None,
        pages: None,
        actor,
        now: || Utc::now().trunc_subsecs(3),
        new_id: Uuid::now_v7,
        salt: || {
            let mut salt = [0; 32];
            getrandom::fill(&mut salt).map_err(io::Error::other)?;
            Ok(salt)
        },
    }
}
