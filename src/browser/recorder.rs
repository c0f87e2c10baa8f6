//! The recorder: what goes over the network between the page and the world, into a WARC file.
//!
//! Each response is held when its head is here (`Fetch`, response stage) until it is settled how its body is had:
//! asked for whole where it is small, listened to on its way to the page where it is large or its length unknown.
//! So nothing that never ends holds up the page, and memory stays flat: what waits has its place or is left out.
//! Whatever fails here, the page goes on: every response that is held is let go.
//!
//! Cookies and headers that log anyone in are never recorded. Where the page is looked at with a login, its values and
//! what is as good as it are overwritten wherever they stand.
//!
//! Not recorded: WebSockets, `data:` and `blob:`, preflight and HEAD requests.

mod bodies;
mod exchange;
mod file;
mod hop;
mod login;
mod paused;
mod release;
mod room;
mod traffic;
mod wires;

use std::io::Write;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::Error;
use super::cdp::Connection;
use super::proxy::Reached;
use crate::record::WarcSummary;
use crate::warc;
use file::Item;
pub use login::Login;
use traffic::Traffic;

/// What the browser's renderers may hold of bodies that were not asked for at once.
const BUFFER: u64 = 16 << 20;

/// How the traffic is recorded.
#[derive(Debug, Clone)]
pub struct RecorderOptions {
    /// Name and version of what records: `arkivd/0.1.0`.
    pub software: String,
    /// The time now; later ones are counted from it.
    pub started: DateTime<Utc>,
    /// Bytes of one body; the rest of a longer one is left out.
    pub body_bytes: u64,
    /// Bytes of all bodies; after them only heads are recorded.
    pub total_bytes: u64,
    /// For one body that is asked for whole; half of it for a document to be on its way to its page, and a tenth for
    /// a page that is busy to say that a body can be heard.
    pub patience: Duration,
    /// Where large bodies wait for their record; the system's temporary folder without it.
    pub folder: Option<PathBuf>,
    /// The browser's proxy, which knows the servers that the browser does not see.
    pub proxy: Option<Reached>,
    /// What the page is looked at with, and no record may hold.
    pub login: Login,
    /// Gives each record its id.
    pub ids: fn() -> Uuid,
}

impl RecorderOptions {
    /// 64 MiB a body, 1 GiB in all, 20 s for a body.
    pub fn new(software: impl Into<String>, started: DateTime<Utc>) -> Self {
        Self {
            software: software.into(),
            started,
            body_bytes: 64 << 20,
            total_bytes: 1 << 30,
            patience: Duration::from_secs(20),
            folder: None,
            proxy: None,
            login: Login::default(),
            ids: Uuid::now_v7,
        }
    }
}

fn commands() -> Vec<(&'static str, Value)> {
    let buffers = json!({
        "maxTotalBufferSize": BUFFER,
        "maxResourceBufferSize": BUFFER / 2,
        "maxPostDataSize": exchange::POSTED,
    });
    let all = json!({"patterns": [{"urlPattern": "*", "requestStage": "Response"}]});
    vec![("Network.enable", buffers), ("Fetch.enable", all)]
}

/// The time of day by a clock that nobody sets.
#[derive(Debug, Clone, Copy)]
struct Clock {
    started: DateTime<Utc>,
    since: Instant,
}

impl Clock {
    fn now(&self) -> DateTime<Utc> {
        self.started + self.since.elapsed()
    }
}

/// A recording under way, one to a browser. Dropped, it ends at once; what was written so far stays.
#[derive(Debug)]
pub struct Recorder<W> {
    items: mpsc::UnboundedSender<Item>,
    end: oneshot::Sender<()>,
    traffic: JoinHandle<()>,
    file: JoinHandle<Result<(WarcSummary, W), warc::Error>>,
    clock: Clock,
}

impl<W: Write + Send + 'static> Recorder<W> {
    /// Begins to listen; what a session of [`Self::commands`] asks for comes from then on.
    pub fn start(connection: &Connection, to: W, options: RecorderOptions) -> Self {
        let clock = Clock {
            started: options.started,
            since: Instant::now(),
        };
        let (items, waiting) = mpsc::unbounded_channel();
        let (end, ends) = oneshot::channel();
        let (software, login, ids) = (options.software.clone(), options.login.clone(), options.ids);
        let file = tokio::task::spawn_blocking(move || {
            file::write(to, waiting, (&software, &login), clock, ids)
        });
        let traffic = Traffic::new(connection.clone(), options, clock, items.clone());
        Self {
            items,
            end,
            traffic: tokio::spawn(traffic.record(ends)),
            file,
            clock,
        }
    }

    /// What each session of the page, its frames and workers must be sent before it runs.
    ///
    /// A worker may refuse one of them; then its traffic comes by its page.
    pub fn commands() -> Vec<(&'static str, Value)> {
        commands()
    }

    /// Says something of an address: its title, where it led.
    pub fn metadata(&self, target: &str, fields: Vec<(&'static str, String)>) {
        let item = Item::Metadata {
            target: target.to_owned(),
            at: self.clock.now(),
            fields,
        };
        // Where the file has ended already, finish says why.
        let _ = self.items.send(item);
    }

    /// Ends it: lets go what is held, writes what is on its way as far as it came.
    ///
    /// # Errors
    /// When the file could not be written.
    pub async fn finish(self) -> Result<(WarcSummary, W), Error> {
        let Self {
            items,
            end,
            traffic,
            file,
            ..
        } = self;
        let _ = end.send(());
        // Where it panicked the file holds what was written until then, and says so by its end.
        let _ = traffic.await;
        drop(items);
        match file.await {
            Ok(written) => written.map_err(Error::Recording),
            Err(e) => Err(Error::Recording(warc::Error::Write(e.into()))),
        }
    }
}

#[cfg(test)]
mod tests;
