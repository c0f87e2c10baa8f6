//! Starting Chromium: its sandbox on, its rights dropped, everything it sends through the proxy.

mod flags;
mod program;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};

pub use program::find;

use super::Error;
use super::cdp::{self, Connection};
use super::process::{self, Process};

/// A user of the system by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct User {
    pub uid: u32,
    pub gid: u32,
}

/// What a browser is started with.
#[derive(Debug, Clone)]
pub struct Launch {
    /// Chromium itself, as [`find`] finds it.
    pub program: PathBuf,
    /// Whom it runs as when arkivd runs as root; arkivd's own user otherwise.
    pub user: Option<User>,
    /// Where its folder is made, to be removed with it.
    pub folder: PathBuf,
    /// The way to the network; see [`Proxy`](super::proxy::Proxy).
    pub proxy: SocketAddr,
    /// The window in CSS pixels.
    pub window: (u32, u32),
    /// Bytes of private memory for each of its processes: a page that wants more crashes alone.
    pub memory: u64,
    /// Bytes of any one file it writes.
    pub file: u64,
    /// False only where the configuration says in so many words that it runs without its sandbox.
    pub sandbox: bool,
    /// Until it answers.
    pub patience: Duration,
    pub limits: cdp::Limits,
}

impl Launch {
    /// The usual: 1280 x 900, 4 GiB a process, half a minute to start.
    pub fn new(program: PathBuf, user: Option<User>, proxy: SocketAddr) -> Self {
        Self {
            program,
            user,
            folder: std::env::temp_dir(),
            proxy,
            window: (1280, 900),
            memory: 4 << 30,
            file: 1 << 30,
            sandbox: true,
            patience: Duration::from_secs(30),
            limits: cdp::Limits::default(),
        }
    }

    /// The user the browser will run as: the one the proxy is to listen to.
    ///
    /// # Errors
    /// [`Error::WouldBeRoot`], and [`Error::OtherUser`] where only root could become that user.
    pub fn runs_as(user: Option<User>) -> Result<u32, Error> {
        let own = rustix::process::geteuid().as_raw();
        match user.map_or(own, |u| u.uid) {
            0 => Err(Error::WouldBeRoot),
            uid if own == 0 || uid == own => Ok(uid),
            uid => Err(Error::OtherUser { uid }),
        }
    }

    /// Starts it and waits until it answers.
    ///
    /// # Errors
    /// When it may not or cannot start; [`Error::NoSandbox`] where the system lets it make none.
    pub async fn start(&self) -> Result<Browser, Error> {
        Self::runs_as(self.user)?;
        let changing = self.user.filter(|_| rustix::process::geteuid().is_root());
        let folder = process::folder(&self.folder, changing)?;
        let mut command = self.confined(changing)?;
        command.arg(&self.program).args(self.flags(folder.path()));
        flags::environment(&mut command, folder.path());
        let (process, wire) = Process::start(command, folder, &self.program)?;
        let connection = Connection::open(wire.to, wire.from, self.limits.clone())?;
        let mut browser = Browser {
            process,
            connection,
            version: String::new(),
        };
        match tokio::time::timeout(self.patience, browser.greet()).await {
            Ok(Ok(())) => Ok(browser),
            Ok(Err(Error::Gone { .. })) => Err(self.ended(browser).await),
            Ok(Err(other)) => Err(other),
            Err(_) => Err(Error::TimedOut {
                method: "start".to_owned(),
                milliseconds: u64::try_from(self.patience.as_millis()).unwrap_or(u64::MAX),
            }),
        }
    }

    /// prlimit and setpriv, each becoming the next: the process keeps its number and its pipes.
    fn confined(&self, changing: Option<User>) -> Result<Command, Error> {
        let mut command = Command::new(process::tool("prlimit")?);
        command
            .arg("--core=0")
            .arg(format!("--data={0}:{0}", self.memory))
            .arg(format!("--fsize={0}:{0}", self.file))
            .arg(process::tool("setpriv")?)
            .arg("--no-new-privs");
        if let Some(User { uid, gid }) = changing {
            command
                .arg(format!("--reuid={uid}"))
                .arg(format!("--regid={gid}"))
                .args(["--clear-groups", "--inh-caps=-all", "--bounding-set=-all"]);
        }
        Ok(command)
    }

    /// Why it ended at once, by what it said.
    async fn ended(&self, browser: Browser) -> Error {
        // Its last words come by another pipe than its end.
        tokio::time::sleep(Duration::from_millis(50)).await;
        let said = browser.process.said();
        let program = self.program.clone();
        match said.contains("No usable sandbox") || said.contains("Failed to move to new namespace")
        {
            true => Error::NoSandbox { program },
            false => Error::EndedAtOnce { program, said },
        }
    }
}

/// A running browser. Dropped, it is killed with all its processes, and its folder is gone.
#[derive(Debug)]
pub struct Browser {
    process: Process,
    connection: Connection,
    version: String,
}

impl Browser {
    async fn greet(&mut self) -> Result<(), Error> {
        let told = self
            .connection
            .call("Browser.getVersion", json!({}))
            .await?;
        let product = told.get("product").and_then(Value::as_str);
        self.version = product.unwrap_or_default().to_owned();
        // Crashes of targets are told only to who asked for it.
        let discover = json!({"discover": true});
        self.connection
            .call("Target.setDiscoverTargets", discover)
            .await?;
        Ok(())
    }

    /// `Chrome/148.0.7778.96`, as it names itself.
    pub fn version(&self) -> &str {
        &self.version
    }

    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// The process that leads its group.
    pub fn process_id(&self) -> u32 {
        self.process.id()
    }

    /// Its folder, which is removed with it.
    pub fn folder(&self) -> Option<&std::path::Path> {
        self.process.folder()
    }

    /// A page in a context of its own, with nothing in it yet.
    ///
    /// # Errors
    /// As [`Connection::call`].
    pub async fn page(&self) -> Result<cdp::Session, Error> {
        let context = self.context().await?;
        Ok(self.page_in(&context).await?.0)
    }

    /// A context of its own, which shares nothing with others: no cookie, no cache, no permission.
    ///
    /// # Errors
    /// As [`Connection::call`].
    pub async fn context(&self) -> Result<String, Error> {
        let own = json!({"disposeOnDetach": true});
        self.ask("Target.createBrowserContext", own, "browserContextId")
            .await
    }

    /// A page in that context, with nothing in it yet, and the id of its target.
    ///
    /// # Errors
    /// As [`Connection::call`].
    pub async fn page_in(&self, context: &str) -> Result<(cdp::Session, String), Error> {
        let blank = json!({"url": "about:blank", "browserContextId": context});
        let target = self.ask("Target.createTarget", blank, "targetId").await?;
        let flat = json!({"targetId": target, "flatten": true});
        let session = self.ask("Target.attachToTarget", flat, "sessionId").await?;
        let session = self.connection.session(session);
        session.call("Inspector.enable", json!({})).await?;
        Ok((session, target))
    }

    async fn ask(&self, method: &str, params: Value, key: &str) -> Result<String, Error> {
        let answer = self.connection.call(method, params).await?;
        match answer.get(key).and_then(Value::as_str) {
            Some(id) => Ok(id.to_owned()),
            None => Err(Error::Malformed {
                method: method.to_owned(),
                source: serde::de::Error::custom(format!("{key} is missing")),
            }),
        }
    }

    /// Ends it now, all its processes and its folder; at most a few seconds, usually some hundredths.
    ///
    /// # Errors
    /// When its folder cannot be removed.
    pub async fn close(mut self) -> Result<(), Error> {
        let ended = tokio::task::spawn_blocking(move || self.process.end()).await;
        ended.unwrap_or(Ok(()))
    }
}

#[cfg(test)]
pub(super) mod tests;
