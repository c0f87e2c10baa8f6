//! Where a command's words go: this process's own streams, or the client whose command the daemon runs.

use std::io::{self, IsTerminal as _, Write};

use tokio::sync::mpsc::Sender;

use crate::daemon::Frame;

/// Both streams of a command.
#[derive(Clone)]
pub(crate) enum Sink {
    Process,
    Client {
        frames: Sender<Frame>,
        /// Whether the client's stderr is a terminal.
        terminal: bool,
    },
}

impl Sink {
    pub(super) fn out(&self) -> Stream {
        Stream {
            sink: self.clone(),
            data: true,
        }
    }

    pub(super) fn err(&self) -> Stream {
        Stream {
            sink: self.clone(),
            data: false,
        }
    }

    /// True when stdout is a terminal; of a client's it is not known.
    pub(super) fn is_shown(&self) -> bool {
        matches!(self, Self::Process) && io::stdout().is_terminal()
    }

    /// True when a person watches stderr.
    pub(super) fn is_watched(&self) -> bool {
        match self {
            Self::Process => io::stderr().is_terminal(),
            Self::Client { terminal, .. } => *terminal,
        }
    }
}

/// One of them. A client that is gone is a broken pipe.
pub(super) struct Stream {
    sink: Sink,
    data: bool,
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &self.sink {
            Sink::Process if self.data => io::stdout().write(bytes),
            Sink::Process => io::stderr().write(bytes),
            Sink::Client { frames, .. } => {
                let part = &bytes[..bytes.len().min(Frame::MOST)];
                let frame = if self.data {
                    Frame::Out(part.to_vec())
                } else {
                    Frame::Err(part.to_vec())
                };
                match frames.blocking_send(frame) {
                    Ok(()) => Ok(part.len()),
                    Err(_) => Err(io::ErrorKind::BrokenPipe.into()),
                }
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &self.sink {
            Sink::Process if self.data => io::stdout().flush(),
            Sink::Process => io::stderr().flush(),
            Sink::Client { .. } => Ok(()),
        }
    }
}
