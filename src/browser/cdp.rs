//! The Chrome DevTools Protocol over the pipe of `--remote-debugging-pipe`.
//!
//! Raw JSON: a browser newer than this code cannot break it by a value it does not know. A call to a page that
//! crashed would never return, so every call is raced against the crash, the end of the pipe and its time.

mod body;
mod events;
mod frames;
mod message;
mod state;

use std::io;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::io::AsyncWriteExt as _;
use tokio::net::unix::pipe;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

pub use body::Base64;
pub use events::{Event, Events};
use frames::{Frame, Frames};
use message::{Call, Message};
use state::{Reply, State, Wanted};

use super::Error;

/// Calls that wait to be written; a browser that reads nothing holds up its callers, not our memory.
const WAITING: usize = 64;

/// Bytes of a message that is read only when the last of its size was taken in: one in memory, one that comes.
const LARGE: usize = 1 << 20;

/// For whoever asked for a large answer to take it in.
const TAKEN: Duration = Duration::from_secs(5);

/// What one connection may take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// One call, unless it says otherwise.
    pub call: Duration,
    /// Bytes of one message from the browser. Tiles come as base64 of some MB.
    pub message_bytes: usize,
    /// Bytes of events that wait for one reader.
    pub event_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            call: Duration::from_secs(30),
            message_bytes: 64 << 20,
            event_bytes: 64 << 20,
        }
    }
}

/// The wire to one browser; clones share it. When the last is dropped the pipe closes, and the browser ends.
#[derive(Debug, Clone)]
pub struct Connection {
    outgoing: mpsc::Sender<Vec<u8>>,
    state: Shared,
    limits: Limits,
}

type Shared = Arc<Mutex<State>>;

fn lock(state: &Shared) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A page, frame or worker that is spoken to by its session id.
#[derive(Debug, Clone)]
pub struct Session {
    connection: Connection,
    id: String,
}

impl Connection {
    /// Over the ends of two pipes: the one the browser reads as descriptor 3, the one it writes as 4.
    ///
    /// # Errors
    /// When they are no pipes.
    pub fn open(to: OwnedFd, from: OwnedFd, limits: Limits) -> Result<Self, Error> {
        let to = pipe::Sender::from_owned_fd(to).map_err(Error::Pipe)?;
        let from = pipe::Receiver::from_owned_fd(from).map_err(Error::Pipe)?;
        let (outgoing, calls) = mpsc::channel(WAITING);
        let state = Shared::default();
        tokio::spawn(write(to, calls, Arc::clone(&state)));
        let frames = Frames::new(from, limits.message_bytes);
        tokio::spawn(read(frames, Arc::clone(&state)));
        Ok(Self {
            outgoing,
            state,
            limits,
        })
    }

    /// Asks the browser itself.
    ///
    /// # Errors
    /// [`Error::Gone`], [`Error::TimedOut`], [`Error::Refused`], [`Error::TooLarge`] or [`Error::Malformed`].
    pub async fn call(&self, method: &str, params: Value) -> Result<Value, Error> {
        let time = self.limits.call;
        let reply = self.ask(None, method, params, Wanted::Value, time).await?;
        Ok(value(method, reply)?.0)
    }

    /// The session that the browser gave this id.
    pub fn session(&self, id: impl Into<String>) -> Session {
        Session {
            connection: self.clone(),
            id: id.into(),
        }
    }

    /// Events of these methods from now on, of the browser and all sessions. `Target.` stands for all of its domain.
    pub fn events(&self, methods: &[&str]) -> Events {
        lock(&self.state).subscribe(None, methods, self.limits.event_bytes)
    }

    /// True when the pipe has ended.
    pub fn is_gone(&self) -> bool {
        lock(&self.state).is_gone()
    }

    async fn ask(
        &self,
        session: Option<&str>,
        method: &str,
        params: Value,
        wanted: Wanted,
        time: Duration,
    ) -> Result<Reply, Error> {
        let (answer, answered) = oneshot::channel();
        let id = lock(&self.state).expect(session, method, wanted, answer)?;
        let _forgotten = Forget {
            state: &self.state,
            id,
        };
        let gone = || Error::Gone {
            method: method.to_owned(),
        };
        let asking = async {
            let call = Call::bytes(id, session, method, &params);
            let call = call.map_err(|source| Error::Malformed {
                method: method.to_owned(),
                source,
            })?;
            self.outgoing.send(call).await.map_err(|_| gone())?;
            answered.await.unwrap_or_else(|_| Err(gone()))
        };
        tokio::time::timeout(time, asking).await.map_err(|_| {
            let milliseconds = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
            Error::TimedOut {
                method: method.to_owned(),
                milliseconds,
            }
        })?
    }
}

impl Session {
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Asks this session, within the time for one call.
    ///
    /// # Errors
    /// As [`Connection::call`], and [`Error::Crashed`] or [`Error::Detached`].
    pub async fn call(&self, method: &str, params: Value) -> Result<Value, Error> {
        self.call_within(method, params, self.connection.limits.call)
            .await
    }

    /// The same with a time of its own.
    ///
    /// # Errors
    /// As [`Session::call`].
    pub async fn call_within(
        &self,
        method: &str,
        params: Value,
        time: Duration,
    ) -> Result<Value, Error> {
        Ok(self.call_for_much(method, params, time).await?.0)
    }

    /// The same for an answer that may be large: until what comes with it is dropped, no other large one is read.
    ///
    /// # Errors
    /// As [`Session::call`].
    pub(super) async fn call_for_much(
        &self,
        method: &str,
        params: Value,
        time: Duration,
    ) -> Result<(Value, Option<OwnedSemaphorePermit>), Error> {
        let asking = self
            .connection
            .ask(Some(&self.id), method, params, Wanted::Value, time);
        value(method, asking.await?)
    }

    /// The same, read straight into what it is wanted as, with how many bytes it was. A large one may go to a file
    /// first, so many bytes of it.
    ///
    /// # Errors
    /// As [`Session::call`]; [`Error::Write`] when there is no room for the file.
    pub async fn fetch<T: DeserializeOwned + Send + 'static>(
        &self,
        method: &'static str,
        params: Value,
        time: Duration,
        spool: Option<usize>,
    ) -> Result<(T, usize), Error> {
        let wanted = Wanted::Body { spool };
        let asking = self
            .connection
            .ask(Some(&self.id), method, params, wanted, time);
        let (body, bytes) = match asking.await? {
            Reply::Body(body, bytes) => (body, bytes),
            Reply::Value(..) => return Err(lacking(method)),
        };
        let read = tokio::task::spawn_blocking(move || body.read(method));
        let read = read.await.unwrap_or_else(|_| Err(lacking(method)))?;
        Ok((read, bytes))
    }

    /// Says it and waits for no answer. Each session does what it is told in order.
    ///
    /// # Errors
    /// [`Error::Gone`], [`Error::Crashed`] or [`Error::Malformed`]; a refusal is not seen.
    pub async fn tell(&self, method: &str, params: Value) -> Result<(), Error> {
        let state = &self.connection.state;
        let (answer, _) = oneshot::channel();
        let id = lock(state).expect(Some(&self.id), method, Wanted::Value, answer)?;
        lock(state).forget(id);
        let call = Call::bytes(id, Some(&self.id), method, &params);
        let method = method.to_owned();
        let call = call.map_err(|source| Error::Malformed {
            method: method.clone(),
            source,
        })?;
        let sent = self.connection.outgoing.send(call).await;
        sent.map_err(|_| Error::Gone { method })
    }

    /// Events of these methods from now on, of this session alone; they end when it crashes or closes.
    pub fn events(&self, methods: &[&str]) -> Events {
        let limit = self.connection.limits.event_bytes;
        lock(&self.connection.state).subscribe(Some(&self.id), methods, limit)
    }
}

fn value(method: &str, reply: Reply) -> Result<(Value, Option<OwnedSemaphorePermit>), Error> {
    match reply {
        Reply::Value(value, place) => Ok((value, place)),
        Reply::Body(..) => Err(lacking(method)),
    }
}

fn lacking(method: &str) -> Error {
    Error::Lacking {
        method: method.to_owned(),
        what: "a result",
    }
}

/// A call given up leaves nothing behind.
struct Forget<'a> {
    state: &'a Shared,
    id: u64,
}

impl Drop for Forget<'_> {
    fn drop(&mut self) {
        lock(self.state).forget(self.id);
    }
}

async fn write(mut to: pipe::Sender, mut calls: mpsc::Receiver<Vec<u8>>, state: Shared) {
    while let Some(call) = calls.recv().await {
        if to.write_all(&call).await.is_err() {
            break;
        }
    }
    lock(&state).end();
}

/// A place for a message of so many bytes, when the last large one was taken in.
async fn place(large: &Arc<Semaphore>, bytes: usize) -> Option<OwnedSemaphorePermit> {
    if bytes <= LARGE {
        return None;
    }
    let waiting = Arc::clone(large).acquire_owned();
    tokio::time::timeout(TAKEN, waiting).await.ok()?.ok()
}

async fn read(mut frames: Frames<pipe::Receiver>, state: Shared) {
    let limit = frames.limit();
    let large = Arc::new(Semaphore::new(1));
    loop {
        match frames.next(|head| lock(&state).spools(head)).await {
            Ok(Some(Frame::Whole(bytes))) => {
                let wanted = lock(&state).wants(bytes);
                match wanted {
                    Some(id) => {
                        let bytes = frames.take();
                        lock(&state).receive_held(id, bytes);
                    }
                    None => {
                        let place = place(&large, bytes.len()).await;
                        match Message::read(bytes) {
                            Ok(message) => lock(&state).receive(message, bytes.len(), place),
                            Err(source) => lock(&state).receive_broken(bytes, source),
                        }
                    }
                }
            }
            Ok(Some(Frame::Cut(head))) => lock(&state).receive_cut(&head, limit),
            Ok(Some(Frame::Spooled(head, spooled))) => lock(&state).receive_spooled(&head, spooled),
            Ok(None) => break,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => break,
        }
    }
    lock(&state).end();
}

#[cfg(test)]
mod tests;
