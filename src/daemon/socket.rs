//! The socket's place in the file system, for both sides.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io;
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::{FileTypeExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use tokio::net::UnixListener;

/// Room for a name in `sockaddr_un`, with its end (unix(7)).
const ROOM: usize = 108;

/// The path by which the system can be asked. A long one is told by its folder's descriptor, which must be held
/// meanwhile.
fn reachable(path: &Path) -> io::Result<(PathBuf, Option<File>)> {
    if path.as_os_str().len() < ROOM {
        return Ok((path.to_owned(), None));
    }
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(io::ErrorKind::InvalidInput.into());
    };
    let folder = OpenOptions::new()
        .read(true)
        .custom_flags(OFlags::PATH.bits().cast_signed())
        .open(folder)?;
    let short = PathBuf::from(format!("/proc/self/fd/{}", folder.as_raw_fd())).join(name);
    Ok((short, Some(folder)))
}

/// A connection to the daemon; `None` when none listens there that this user may reach.
///
/// # Errors
/// Those of the system, such as a daemon with too many connections.
pub(crate) fn connect(path: &Path) -> io::Result<Option<UnixStream>> {
    let connected = reachable(path).and_then(|(short, _held)| UnixStream::connect(short));
    match connected {
        Ok(stream) => Ok(Some(stream)),
        Err(e) => match e.kind() {
            io::ErrorKind::NotFound
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::PermissionDenied
            | io::ErrorKind::NotADirectory => Ok(None),
            _ => Err(e),
        },
    }
}

/// Listens there, for every user of the machine: who may do what is asked of each.
///
/// The caller holds the archive's lock, so what stands there is left from a daemon that is gone.
///
/// # Errors
/// When something that is no socket stands there, or the folder cannot be written.
pub(super) fn listen(path: &Path) -> io::Result<UnixListener> {
    match fs::symlink_metadata(path) {
        Ok(found) if !found.file_type().is_socket() => {
            return Err(io::Error::new(
                io::ErrorKind::AlreadyExists,
                "something that is no socket stands there",
            ));
        }
        Ok(_) => fs::remove_file(path)?,
        Err(e) if e.kind() == io::ErrorKind::NotFound => {}
        Err(e) => return Err(e),
    }
    let (short, _held) = reachable(path)?;
    let listener = UnixListener::bind(short)?;
    fs::set_permissions(path, Permissions::from_mode(0o666))?;
    Ok(listener)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_socket_is_found_however_long_its_path() {
        let dir = tempfile::tempdir().unwrap();
        let deep = dir.path().join("a".repeat(100)).join("b".repeat(100));
        fs::create_dir_all(&deep).unwrap();
        for folder in [dir.path(), &deep] {
            let path = folder.join("socket");
            assert!(connect(&path).unwrap().is_none());
            drop(listen(&path).unwrap());
            assert!(connect(&path).unwrap().is_none(), "nobody listens");
            let listener = listen(&path).unwrap();
            let (client, accepted) = (connect(&path).unwrap(), listener.accept().await);
            assert!(client.is_some() && accepted.is_ok());
        }
    }

    #[tokio::test]
    async fn what_is_no_socket_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("socket");
        fs::write(&path, "x").unwrap();
        assert!(listen(&path).is_err());
        assert_eq!(fs::read(&path).unwrap(), b"x");
    }
}
