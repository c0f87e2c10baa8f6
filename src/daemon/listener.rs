//! The socket's daemon side: who asks, what they ask, the command run, its words sent back.

use std::collections::HashMap;
use std::os::fd::{AsFd as _, OwnedFd};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustix::process::geteuid;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, Interest};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{Notify, mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::Settings;
use super::wire::{Fault, Frame, Request, receive_head, request_length};
use crate::commands::{self, Caller, Lent, Sink};
use crate::workflow::Archive;

/// A client that sends no request for so long, or takes no answer, is gone.
const PATIENCE: Duration = Duration::from_secs(30);
/// Talks at the same time, in all and of one user: none may shut the others out.
const MOST: usize = 128;
const MOST_OF_ONE: usize = 32;
/// What a refused client may still send before it hears that it was refused.
const MOST_UNREAD: u64 = 4 << 20;
/// Frames under way to a client; a command waits when it has not taken them.
const UNDER_WAY: usize = 8;

/// What the commands of all clients share.
pub(super) struct Shared {
    pub(super) archive: Arc<Archive>,
    pub(super) settings: watch::Receiver<Arc<Settings>>,
    /// True when the daemon ends.
    pub(super) stop: watch::Receiver<bool>,
    /// Told by a command after which only a start-up can repair.
    pub(super) broken: Arc<Notify>,
}

/// Serves clients until the daemon ends, and until the commands that run then have ended.
pub(super) async fn serve(listener: UnixListener, shared: Arc<Shared>) {
    let talks = Arc::new(Talks::default());
    let mut running = JoinSet::new();
    let mut stop = shared.stop.clone();
    loop {
        tokio::select! {
            () = ending(&mut stop) => break,
            Some(_) = running.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    running.spawn(talk(stream, Arc::clone(&shared), Arc::clone(&talks)));
                }
                // Such as no descriptors left: those who are served give some back.
                Err(error) => {
                    tracing::warn!(%error, "a client could not be accepted");
                    sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }
    // From here connecting fails at once.
    drop(listener);
    while running.join_next().await.is_some() {}
}

async fn talk(mut stream: UnixStream, shared: Arc<Shared>, talks: Arc<Talks>) {
    let Ok(peer) = stream.peer_cred() else { return };
    let caller = Caller::peer(peer.uid(), peer.pid().unwrap_or(0), geteuid().as_raw());
    let Some(_place) = talks.begin(peer.uid()) else {
        let told = "error: the daemon serves as many commands as it can\nhint: try again when they are done\n";
        refuse(&mut stream, told, commands::BUSY).await;
        return;
    };
    match timeout(PATIENCE, receive(&mut stream)).await {
        Ok(Ok(Some((request, files)))) => {
            run(stream, request, files, caller, &shared).await;
        }
        Ok(Ok(None)) => {}
        Ok(Err(fault)) => {
            tracing::warn!(person = caller.user(), %fault, "a request was refused");
            refuse(&mut stream, &format!("error: {fault}\n"), commands::FAILED).await;
        }
        Err(_) => tracing::warn!(person = caller.user(), "a client sent no request"),
    }
}

async fn refuse(stream: &mut UnixStream, told: &str, code: u8) {
    let mut bytes = Frame::Err(told.as_bytes().to_vec()).bytes();
    bytes.extend(Frame::Exit(code).bytes());
    // Who is gone needs no answer. What is not read before the end would take the answer with it.
    let _ = timeout(PATIENCE, async {
        stream.write_all(&bytes).await?;
        stream.shutdown().await?;
        let mut rest = stream.take(MOST_UNREAD);
        tokio::io::copy(&mut rest, &mut tokio::io::sink()).await
    })
    .await;
}

/// The request; `None` when the client went before it sent one.
async fn receive(stream: &mut UnixStream) -> Result<Option<(Request, Vec<OwnedFd>)>, Fault> {
    let (mut head, mut have, mut files) = ([0; 4], 0, Vec::new());
    while have < head.len() {
        let rest = head.get_mut(have..).unwrap_or_default();
        let got = stream
            .async_io(Interest::READABLE, || {
                receive_head(stream.as_fd(), rest, &mut files)
            })
            .await?;
        match got {
            0 if have == 0 => return Ok(None),
            0 => return Err(std::io::Error::from(std::io::ErrorKind::UnexpectedEof).into()),
            got => have += got,
        }
    }
    // Memory is taken as bytes come, not as they are announced.
    let length = request_length(head)?;
    let mut json = Vec::new();
    let announced = u64::try_from(length).unwrap_or(u64::MAX);
    stream.take(announced).read_to_end(&mut json).await?;
    if json.len() < length {
        return Err(std::io::Error::from(std::io::ErrorKind::UnexpectedEof).into());
    }
    Ok(Some((serde_json::from_slice(&json)?, files)))
}

async fn run(
    mut stream: UnixStream,
    request: Request,
    files: Vec<OwnedFd>,
    caller: Caller,
    shared: &Shared,
) {
    if request.version != env!("CARGO_PKG_VERSION") {
        let told = format!(
            "error: the daemon is arkivd {}, and this command is arkivd {}\nhint: systemctl restart arkivd\n",
            env!("CARGO_PKG_VERSION"),
            request.version
        );
        return refuse(&mut stream, &told, commands::FAILED).await;
    }
    let (frames, mut words) = mpsc::channel(UNDER_WAY);
    let (leave, gone) = watch::channel(false);
    let lent = Lent {
        archive: Arc::clone(&shared.archive),
        settings: Arc::clone(&shared.settings.borrow()),
        caller,
        files,
        gone,
        broken: Arc::clone(&shared.broken),
    };
    let sink = Sink::Client {
        frames: frames.clone(),
        terminal: request.terminal,
    };
    let command = tokio::task::spawn_blocking(move || commands::serve(request.argv, lent, sink));
    let done = async {
        // A command that panics has told the log.
        let code = command.await.unwrap_or(commands::FAILED);
        let _ = frames.send(Frame::Exit(code)).await;
        drop(frames);
    };
    let mut stop = shared.stop.clone();
    let (mut from, mut to) = stream.split();
    let send = async {
        // Whether somebody still listens, and whether the command knows that it should end.
        let (mut there, mut told) = (true, false);
        let mut byte = [0];
        loop {
            tokio::select! {
                frame = words.recv() => match frame {
                    None => break,
                    // To a client that is gone nothing is written, and the command goes on to a good end.
                    Some(_) if !there => {}
                    Some(frame) => {
                        let sent = timeout(PATIENCE, to.write_all(&frame.bytes())).await;
                        there = matches!(sent, Ok(Ok(())));
                    }
                },
                // A client sends nothing more: the end, or a fault.
                _ = from.read(&mut byte), if there => there = false,
                () = ending(&mut stop), if !told => told = true,
            }
            if !there {
                // The command learns it at its next word.
                words.close();
                told = true;
            }
            if told {
                leave.send_replace(true);
            }
        }
    };
    tokio::join!(done, send);
}

/// Comes when the daemon ends.
async fn ending(stop: &mut watch::Receiver<bool>) {
    // Whose sender is gone has ended too.
    let _ = stop.wait_for(|stop| *stop).await;
}

/// Talks under way, by user.
#[derive(Default)]
struct Talks(Mutex<HashMap<u32, usize>>);

impl Talks {
    fn begin(self: &Arc<Self>, user: u32) -> Option<Place> {
        let mut users = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let all: usize = users.values().sum();
        let of_user = users.entry(user).or_default();
        if all >= MOST || *of_user >= MOST_OF_ONE {
            return None;
        }
        *of_user += 1;
        Some(Place {
            talks: Arc::clone(self),
            user,
        })
    }
}

/// One talk's place; it is given back when dropped.
struct Place {
    talks: Arc<Talks>,
    user: u32,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut users = self.talks.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(n) = users.get_mut(&self.user) {
            *n -= 1;
            if *n == 0 {
                users.remove(&self.user);
            }
        }
    }
}
