//! The socket's daemon side: who asks, what they ask, the command run, its words sent back.

use std::collections::HashMap;
use std::io::{self, Read as _, Write as _};
use std::net::Shutdown;
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::net::UnixStream as Stream;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustix::process::geteuid;
use tokio::io::AsyncWriteExt as _;
use tokio::net::unix::{ReadHalf, UCred, WriteHalf};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{Notify, Semaphore, mpsc, watch};
use tokio::task::{JoinSet, spawn_blocking};
use tokio::time::{sleep, timeout};

use super::Settings;
use super::wire::{Fault, Frame, Request, receive_head, request_length};
use crate::commands::{self, Caller, Lent, Sink};
use crate::workflow::Archive;

/// A client that sends no request for so long is gone.
const PATIENCE: Duration = Duration::from_secs(30);
/// One that takes no answer for so long is gone too: a person may read it page by page.
const UNREAD: Duration = Duration::from_secs(600);
/// The same once the daemon ends.
const LAST: Duration = Duration::from_secs(3);
/// Talks at the same time, in all and of one user: none may shut the others out.
const MOST: usize = 128;
const MOST_OF_ONE: usize = 32;
/// Refusals beyond those at the same time; then nobody is let in until one is done.
const MOST_REFUSED: usize = 64;
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
///
/// Descriptors come from anyone, and the last close of one may wait for whoever made it: a socket that lingers, a file of
/// the user's own file system. So nothing is received or closed on the runtime's few workers.
pub(super) async fn serve(listener: UnixListener, shared: Arc<Shared>) {
    let talks = Arc::new(Talks::default());
    let refusals = Arc::new(Semaphore::new(MOST_REFUSED));
    let mut running = JoinSet::new();
    let mut stop = shared.stop.clone();
    loop {
        let accepted = tokio::select! {
            () = ending(&mut stop) => break,
            Some(_) = running.join_next() => continue,
            accepted = accept(&listener) => accepted,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            // Such as no descriptors left: those who are served give some back.
            Err(error) => {
                tracing::warn!(%error, "a client could not be accepted");
                sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        if let Some(place) = talks.begin(peer.uid()) {
            running.spawn(talk(stream, peer, Arc::clone(&shared), place));
            continue;
        }
        let refusal = tokio::select! {
            () = ending(&mut stop) => break,
            refusal = Arc::clone(&refusals).acquire_owned() => refusal,
        };
        spawn_blocking(move || {
            let told = "error: the daemon serves as many commands as it can\nhint: try again when they are done\n";
            // It fits into what the kernel holds for a client. Who is gone needs no answer.
            let _ = (&stream).write_all(&refused(told, commands::BUSY));
            drop(stream);
            drop(refusal);
        });
    }
    // From here connecting fails at once.
    drop(listener);
    while running.join_next().await.is_some() {}
}

async fn accept(listener: &UnixListener) -> io::Result<(Stream, UCred)> {
    let (stream, _) = listener.accept().await?;
    let peer = stream.peer_cred()?;
    let stream = stream.into_std()?;
    stream.set_nonblocking(false)?;
    Ok((stream, peer))
}

async fn talk(stream: Stream, peer: UCred, shared: Arc<Shared>, place: Place) {
    let stream = Arc::new(stream);
    let theirs = Arc::clone(&stream);
    let mut asking = spawn_blocking(move || ask(&theirs, peer));
    let mut stop = shared.stop.clone();
    let asked = tokio::select! {
        asked = &mut asking => asked,
        // What is not heard by now is not begun.
        () = ending(&mut stop) => Ok(None),
        () = sleep(PATIENCE) => {
            tracing::warn!(uid = peer.uid(), "a client sent no request");
            // The end for whoever still reads from it. Fails where the client has ended it already.
            let _ = stream.shutdown(Shutdown::Both);
            asking.await
        }
    };
    if let Ok(Some(asked)) = asked {
        run(&stream, asked, &shared).await;
    }
    // The place is taken until this is done; the daemon's end does not wait for it.
    spawn_blocking(move || {
        drop(stream);
        drop(place);
    });
}

/// What a client asks for, and who it is.
struct Asked {
    request: Request,
    files: Vec<OwnedFd>,
    caller: Caller,
}

/// Takes the request; `None` when the client was refused, or went before it sent one. It blocks.
fn ask(stream: &Stream, peer: UCred) -> Option<Asked> {
    let caller = Caller::peer(peer.uid(), peer.pid().unwrap_or(0), geteuid().as_raw());
    let told = match receive(stream) {
        Ok(None) => return None,
        Ok(Some((request, _))) if request.version != env!("CARGO_PKG_VERSION") => format!(
            "error: the daemon is arkivd {}, and this command is arkivd {}\nhint: systemctl restart arkivd\n",
            env!("CARGO_PKG_VERSION"),
            request.version
        ),
        Ok(Some((request, files))) => {
            return Some(Asked {
                request,
                files,
                caller,
            });
        }
        Err(fault) => {
            tracing::warn!(person = caller.user(), %fault, "a request was refused");
            format!("error: {fault}\n")
        }
    };
    refuse(stream, &told, commands::FAILED);
    None
}

fn refused(told: &str, code: u8) -> Vec<u8> {
    let mut bytes = Frame::Err(told.as_bytes().to_vec()).bytes();
    bytes.extend(Frame::Exit(code).bytes());
    bytes
}

fn refuse(mut stream: &Stream, told: &str, code: u8) {
    // Who is gone needs no answer. What is not read before the end would take the answer with it.
    let _ = stream
        .write_all(&refused(told, code))
        .and_then(|()| stream.shutdown(Shutdown::Write))
        .and_then(|()| io::copy(&mut stream.take(MOST_UNREAD), &mut io::sink()));
}

/// The request; `None` when the client went before it sent one.
fn receive(stream: &Stream) -> Result<Option<(Request, Vec<OwnedFd>)>, Fault> {
    let (mut head, mut have, mut files) = ([0; 4], 0, Vec::new());
    while have < head.len() {
        let rest = head.get_mut(have..).unwrap_or_default();
        match receive_head(stream.as_fd(), rest, &mut files)? {
            0 if have == 0 => return Ok(None),
            0 => return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into()),
            got => have += got,
        }
        if files.len() > Request::MOST_FILES {
            return Err(Fault::ManyFiles(files.len()));
        }
    }
    // Memory is taken as bytes come, not as they are announced.
    let length = request_length(head)?;
    let mut json = Vec::new();
    let announced = u64::try_from(length).unwrap_or(u64::MAX);
    stream.take(announced).read_to_end(&mut json)?;
    if json.len() < length {
        return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
    }
    Ok(Some((serde_json::from_slice(&json)?, files)))
}

/// Runs what was asked for, and sends its words as they come.
async fn run(stream: &Stream, asked: Asked, shared: &Shared) {
    // Another descriptor of the same socket: closing it never waits.
    let own = stream.try_clone().and_then(|own| {
        own.set_nonblocking(true)?;
        UnixStream::from_std(own)
    });
    let mut own = match own {
        Ok(own) => own,
        Err(error) => return tracing::warn!(%error, "a client could not be served"),
    };
    let Asked {
        request,
        files,
        caller,
    } = asked;
    let (frames, words) = mpsc::channel(UNDER_WAY);
    let (leave, gone) = watch::channel(false);
    let lent = Lent {
        archive: Arc::clone(&shared.archive),
        settings: Arc::clone(&shared.settings.borrow()),
        caller,
        files,
        names: request.names.clone(),
        gone,
        broken: Arc::clone(&shared.broken),
    };
    let sink = Sink::Client {
        frames: frames.clone(),
        terminal: request.terminal,
    };
    let command = spawn_blocking(move || commands::serve(request.argv, lent, sink));
    let done = async {
        let code = match command.await {
            Ok(code) => code,
            // A command that panics has told the log why.
            Err(_) => {
                let told = "error: a fault in arkivd itself ended the command\nhint: please report it, with the log around it: journalctl -u arkivd\n";
                let _ = frames.send(Frame::Err(told.as_bytes().to_vec())).await;
                commands::FAILED
            }
        };
        let _ = frames.send(Frame::Exit(code)).await;
        drop(frames);
    };
    let (from, to) = own.split();
    tokio::join!(done, send(&from, to, words, leave, shared.stop.clone()));
}

/// Sends the words of a command until it has no more, and tells it when it should end.
async fn send(
    from: &ReadHalf<'_>,
    mut to: WriteHalf<'_>,
    mut words: mpsc::Receiver<Frame>,
    leave: watch::Sender<bool>,
    mut stop: watch::Receiver<bool>,
) {
    // Whether somebody still listens, and whether the command knows that it should end.
    let (mut there, mut told) = (true, false);
    loop {
        tokio::select! {
            frame = words.recv() => match frame {
                None => break,
                // To a client that is gone nothing is written, and the command goes on to a good end.
                Some(_) if !there => {}
                Some(frame) => there = taken(&mut to, &frame.bytes(), &mut stop).await,
            },
            // A client sends nothing more: the end, or a fault.
            _ = from.readable(), if there => there = false,
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
}

/// Whether the client took it.
async fn taken(to: &mut WriteHalf<'_>, bytes: &[u8], stop: &mut watch::Receiver<bool>) -> bool {
    let mut write = std::pin::pin!(to.write_all(bytes));
    let written = tokio::select! {
        biased;
        written = timeout(UNREAD, &mut write) => written,
        () = ending(stop) => timeout(LAST, &mut write).await,
    };
    matches!(written, Ok(Ok(())))
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
