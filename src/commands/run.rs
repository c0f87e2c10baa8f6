//! `arkivd run`: the daemon.

use std::path::Path;

use super::context::surroundings;
use super::output::Exit;
use super::{Error, owner};
use crate::daemon;
use crate::workflow::Paths;

/// Who acts when nobody asked.
const ACTOR: &str = "arkivd";

pub(super) fn run(dir: &Path, socket: &Path) -> Result<Exit, Error> {
    // What an archive holds is for its owner and group, whatever the shell says.
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o027));
    // Clients are told of files in it, and stand elsewhere.
    let dir = &std::path::absolute(dir)?;
    Paths::new(dir).check()?;
    owner::step_down(dir)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(Error::Runtime)?;
    // The settings name the organisation.
    let around = surroundings(String::new(), ACTOR.to_owned());
    let ended = runtime.block_on(daemon::run(dir, socket, &around));
    // A command that did not end in time must not hold the process.
    runtime.shutdown_background();
    ended?;
    Ok(Exit::Done)
}
