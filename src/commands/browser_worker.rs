//! `arkivd browser-worker`: the process that has the browser, started by arkivd itself or by `arkivd-browser@.service`.

use std::os::fd::AsFd as _;
use std::os::unix::net::UnixStream;

use chrono::{SubsecRound as _, Utc};
use clap::Args;
use rustix::process::{Gid, Uid, geteuid};
use rustix::thread::{set_thread_groups, set_thread_res_gid, set_thread_res_uid};

use super::Error;
use super::output::{Exit, Output};
use crate::browser::capture::capture;
use crate::browser::launch::User;
use crate::browser::worker;

#[derive(Debug, Args)]
pub(super) struct BrowserWorker {
    /// Whom to become, where this process is root
    #[arg(long, value_name = "UID:GID", value_parser = user)]
    user: Option<User>,
}

fn user(text: &str) -> Result<User, String> {
    let parts = text.split_once(':');
    let parts = parts.and_then(|(uid, gid)| Some((uid.parse().ok()?, gid.parse().ok()?)));
    match parts {
        Some((uid, gid)) if uid != 0 => Ok(User { uid, gid }),
        _ => Err("it is UID:GID, and not root's".to_owned()),
    }
}

/// Standard input is the socket that the job comes over.
pub(super) fn run(args: &BrowserWorker, output: &Output) -> Result<Exit, Error> {
    // While the process has one thread: the system calls behind it are a thread's own.
    if let Some(user) = args.user.filter(|_| geteuid().is_root()) {
        step_down(user).map_err(|e| Error::Owner {
            owner: user.uid,
            source: e.into(),
        })?;
    }
    rustix::thread::set_no_new_privs(true).map_err(std::io::Error::from)?;
    let socket = UnixStream::from(std::io::stdin().as_fd().try_clone_to_owned()?);
    socket.set_nonblocking(true)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(Error::Runtime)?;
    let served = runtime.block_on(async {
        let stream =
            tokio::net::UnixStream::from_std(socket).map_err(crate::browser::Error::Wire)?;
        worker::serve(stream, async |job, folder| {
            capture(job, None, folder, &|| Utc::now().trunc_subsecs(3)).await
        })
        .await
    });
    match served {
        Ok(()) => Ok(Exit::Done),
        Err(error) => {
            let told = crate::workflow::told(&error);
            output.error(&told, &[], error.hint().as_deref());
            Ok(Exit::Failed)
        }
    }
}

fn step_down(user: User) -> rustix::io::Result<()> {
    let (uid, gid) = (Uid::from_raw(user.uid), Gid::from_raw(user.gid));
    set_thread_groups(&[])?;
    set_thread_res_gid(gid, gid, gid)?;
    set_thread_res_uid(uid, uid, uid)
}
