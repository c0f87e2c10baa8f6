//! Who runs the command, and root stepping down to the archive's owner (design 8.2).

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use rustix::process::{geteuid, getuid};
use rustix::thread::{set_thread_groups, set_thread_res_gid, set_thread_res_uid};

use super::Error;

/// The person behind the process: for root the one who logged in, which sudo cannot hide.
pub(super) fn actor() -> String {
    let mut uid = getuid().as_raw();
    if uid == 0 {
        let login = fs::read_to_string("/proc/self/loginuid");
        uid = login
            .ok()
            .and_then(|text| text.trim().parse().ok())
            .filter(|&login| login != u32::MAX)
            .unwrap_or(0);
    }
    match name_of(uid) {
        Some(name) => format!("{name} (uid {uid})"),
        None => format!("uid {uid}"),
    }
}

fn name_of(uid: u32) -> Option<String> {
    let users = fs::read_to_string("/etc/passwd").ok()?;
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        let id = fields.nth(1)?;
        (id.parse() == Ok(uid)).then(|| name.to_owned())
    })
}

/// Root becomes the archive's owner before anything is opened; others stay who they are.
///
/// Called while the process has one thread: the system calls behind it are a thread's own.
pub(super) fn step_down(archive: &Path) -> Result<(), Error> {
    let Ok(folder) = fs::metadata(archive) else {
        return Ok(());
    };
    let owner = folder.uid();
    if !geteuid().is_root() || owner == 0 {
        return Ok(());
    }
    let gid = rustix::process::Gid::from_raw(folder.gid());
    let uid = rustix::process::Uid::from_raw(owner);
    set_thread_groups(&[])
        .and_then(|()| set_thread_res_gid(gid, gid, gid))
        .and_then(|()| set_thread_res_uid(uid, uid, uid))
        .map_err(|e| Error::Owner {
            owner,
            source: io::Error::from(e),
        })
}
