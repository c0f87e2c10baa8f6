//! The socket's other side: a command sent to the daemon, its words written as if it ran here.

use std::io::{self, BufReader, IsTerminal as _};
use std::os::fd::BorrowedFd;
use std::os::unix::net::UnixStream;

use super::wire::{Fault, Frame, Request, send_request};

/// Sends the command line and its files, gives each frame to `each`, and ends with the exit code.
///
/// # Errors
/// When the daemon ends before the command does, and what `each` returns.
pub(crate) fn ask<E: From<Fault>>(
    stream: &mut UnixStream,
    argv: Vec<String>,
    files: &[(String, BorrowedFd<'_>)],
    mut each: impl FnMut(Frame) -> Result<(), E>,
) -> Result<u8, E> {
    let request = Request {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        argv,
        terminal: io::stderr().is_terminal(),
        names: files.iter().map(|(name, _)| name.clone()).collect(),
    };
    let files: Vec<BorrowedFd<'_>> = files.iter().map(|(_, file)| *file).collect();
    // A daemon that refuses at once has not read it all: its answer says why.
    let sent = send_request(stream, &request, &files);
    let mut from = BufReader::new(stream);
    loop {
        match (Frame::read(&mut from), &sent) {
            (Ok(Frame::Exit(code)), _) => return Ok(code),
            (Ok(frame), _) => each(frame)?,
            (Err(_), Err(_)) => break,
            (Err(fault), Ok(())) => return Err(fault.into()),
        }
    }
    sent.map_err(Into::into).map(|()| 1)
}
