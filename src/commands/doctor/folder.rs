//! The watch folder: whether it is there, and can be written by the archive's owner.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use rustix::fs::{Access, access, statvfs};
use rustix::io::Errno;

use super::super::output::size;
use super::{Case, Check, shell};
use crate::workflow;

/// A share that does not answer in this time hangs.
const PATIENCE: Duration = Duration::from_secs(5);
/// Some years of start pages.
const LEAST: u64 = 256 << 20;

/// `None` where arkivd.toml names no folder.
pub(super) fn look(case: &Case) -> Option<Check> {
    let path = case.config.as_ref().ok()?.watch_folder.path.clone()?;
    let mut check = Check::new("watch folder");
    let told = path.display().to_string();
    let owner = case.owner_name();
    let problem = match asked(path.clone()) {
        Ok(free) if free < LEAST => {
            check.warning(
                &told,
                format!("{} are free there", size(free)),
                "make room on the share",
            );
            waiting(case, &path, &mut check);
            return Some(check);
        }
        Ok(free) => {
            waiting(case, &path, &mut check);
            return Some(check.fine(format!("{told}, {} free", size(free))));
        }
        Err(problem) => problem,
    };
    let hint = match problem {
        Problem::Silent => "see whether the share's server is up; what waits is sent when it answers".to_owned(),
        Problem::Errno(Errno::ACCESS | Errno::PERM) => format!(
            "let {owner} write there: for a share, uid={owner} among its mount options; for a folder: chown {owner} {}",
            shell(&path)
        ),
        Problem::Errno(Errno::NOENT) => format!("mount the share, or make the folder: mkdir {}", shell(&path)),
        _ => "mount the share so that it can be written, or correct path under [watch_folder] in arkivd.toml".to_owned(),
    };
    check.fault(told, problem.to_string(), hint);
    Some(check)
}

/// What has not gone there, though the folder is there.
fn waiting(case: &Case, path: &Path, check: &mut Check) {
    let Ok(catalog) = &case.catalog else {
        return;
    };
    let object = path.to_string_lossy();
    let known = catalog
        .pages_to_send(&object)
        .and_then(|pages| Ok((pages.len(), catalog.watch_folder(&object)?)));
    let (waiting, row) = match known {
        Ok(known) => known,
        Err(error) => {
            let error = workflow::Error::from(error);
            check.fault(
                "catalog.sqlite",
                workflow::told(&error),
                "arkivd doctor tells more under catalog",
            );
            return;
        }
    };
    let pages = if waiting == 1 {
        "start page waits"
    } else {
        "start pages wait"
    };
    match row.and_then(|row| row.problem) {
        Some(problem) => check.warning(
            object,
            format!("the newest try did not send all, {waiting} {pages}: {problem}"),
            "see to the folder, and to the archive's files: arkivd verify; then arkivd export watch-folder",
        ),
        None if waiting > 0 => check.warning(
            object,
            format!("{waiting} {pages}"),
            "the daemon sends them by itself; now: arkivd export watch-folder",
        ),
        None => {}
    }
}

enum Problem {
    Silent,
    NoFolder,
    Errno(Errno),
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Silent => write!(f, "it gives no answer within {} s", PATIENCE.as_secs()),
            Self::NoFolder => f.write_str("it is no folder"),
            Self::Errno(error) => {
                write!(f, "it cannot be written: {}", std::io::Error::from(*error))
            }
        }
    }
}

/// The bytes that are free there, by a thread that may hang.
fn asked(path: PathBuf) -> Result<u64, Problem> {
    let (tell, told) = channel();
    thread::spawn(move || {
        // Nobody listens any more when it took too long.
        let _ = tell.send(found(&path));
    });
    match told.recv_timeout(PATIENCE) {
        Ok(found) => found,
        Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => Err(Problem::Silent),
    }
}

fn found(path: &Path) -> Result<u64, Problem> {
    access(path, Access::WRITE_OK | Access::EXEC_OK).map_err(Problem::Errno)?;
    if !path.is_dir() {
        return Err(Problem::NoFolder);
    }
    let disk = statvfs(path).map_err(Problem::Errno)?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}
