//! The archive's owner, and root stepping down to them (design 8.2).

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use rustix::process::geteuid;
use rustix::thread::{set_thread_groups, set_thread_res_gid, set_thread_res_uid};

use super::Error;
use crate::workflow::Paths;

/// True for root and the archive's owner, who can read all its files.
pub(super) fn may_read(archive: &Path) -> bool {
    let user = geteuid();
    user.is_root() || fs::metadata(archive).is_ok_and(|folder| folder.uid() == user.as_raw())
}

/// True when this user cannot even look into the archive's folder.
pub(super) fn is_closed(archive: &Path) -> bool {
    fs::metadata(Paths::new(archive).catalog())
        .is_err_and(|e| e.kind() == io::ErrorKind::PermissionDenied)
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
