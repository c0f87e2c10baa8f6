//! The worker: the process that has the browser. It takes one job, does it, hands over what came of it, and ends.
//!
//! It knows neither archive nor catalog nor keys. As a service it is a user of its own; what it is asked comes over its
//! socket, and so does the end: when whoever asked has left, the browser goes too.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::{Duration, SystemTime};

use tokio::fs::File;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite};
use tokio::net::UnixStream;

use super::capture::chain;
use super::wire::{self, BLOCK, Kind};
use super::{Error, Job};
use crate::record::Page;

/// What folders of a worker are called.
const PREFIX: &str = "arkivd-page-";

/// Folders of a worker or a browser that nobody can be using any more: longer than any capture may take.
const STALE: Duration = Duration::from_secs(24 * 3600);

/// Serves one job over the socket. `capture` does it: it writes its files into the folder and tells of the page.
///
/// # Errors
/// When the talk breaks off, or no folder can be had.
pub async fn serve(
    stream: UnixStream,
    capture: impl AsyncFnOnce(&Job, &Path) -> Result<Page, Error>,
) -> Result<(), Error> {
    let (mut from, mut to) = stream.into_split();
    let job: Job = match wire::receive(&mut from).await? {
        Some((Kind::Job, payload)) => wire::read_json(&payload)?,
        Some(_) => {
            return Err(Error::Talk {
                problem: "it does not begin with a job",
            });
        }
        // Whoever asked changed their mind.
        None => return Ok(()),
    };
    let parent = std::env::temp_dir();
    sweep(&parent);
    let folder = tempfile::Builder::new()
        .prefix(PREFIX)
        // What a login shows is nobody else's to read.
        .permissions(Permissions::from_mode(0o700))
        .tempdir_in(&parent)
        .map_err(|source| Error::Folder {
            path: parent.clone(),
            source,
        })?;
    let done = tokio::select! {
        biased;
        done = capture(&job, folder.path()) => done,
        () = left(&mut from) => return Ok(()),
    };
    match done {
        Ok(page) => hand_over(&page, folder.path(), &mut to).await,
        Err(error) => {
            let told = chain(&error);
            wire::send(&mut to, Kind::Failed, told.as_bytes()).await
        }
    }
}

async fn hand_over(
    page: &Page,
    folder: &Path,
    to: &mut (impl AsyncWrite + Unpin),
) -> Result<(), Error> {
    let fault = |path: &Path| {
        let path = path.to_owned();
        move |source| Error::Folder { path, source }
    };
    if page.outcome.is_captured() {
        let entries = fs::read_dir(folder).map_err(fault(folder))?;
        let mut paths = Vec::new();
        for entry in entries {
            paths.push(entry.map_err(fault(folder))?.path());
        }
        paths.sort();
        for path in paths {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            wire::send(to, Kind::File, name.as_bytes()).await?;
            let mut file = File::open(&path).await.map_err(fault(&path))?;
            let mut block = vec![0; BLOCK];
            loop {
                let n = file.read(&mut block).await.map_err(fault(&path))?;
                if n == 0 {
                    break;
                }
                wire::send(to, Kind::Data, block.get(..n).unwrap_or_default()).await?;
            }
        }
    }
    wire::send_json(to, Kind::Page, page).await
}

/// Returns when the other side has closed, or says what it should not.
async fn left(from: &mut (impl AsyncRead + Unpin)) {
    let _ = from.read_u8().await;
}

/// Removes folders that a killed worker or browser left; those of others cannot be removed, and stay.
fn sweep(parent: &Path) {
    let Ok(entries) = fs::read_dir(parent) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let ours = name.starts_with(PREFIX) || name.starts_with("arkivd-browser-");
        let age = entry.metadata().and_then(|m| m.modified());
        let stale = age.is_ok_and(|at| {
            SystemTime::now()
                .duration_since(at)
                .is_ok_and(|age| age > STALE)
        });
        if ours && stale {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}
