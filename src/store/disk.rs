//! Writing that survives a power cut: new files, replaced files, folders (facts: fsync the file, then its folder).

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use super::{Error, io_error};

/// Makes the folder (mode less the umask); true if it was not there. Its parent is not yet synced.
///
/// # Errors
/// When it cannot be made, or something else has its name.
pub fn make_dir(path: &Path, mode: u32) -> Result<bool, Error> {
    match DirBuilder::new().mode(mode).create(path) {
        Ok(()) => Ok(true),
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(false),
        Err(e) => Err(io_error("make folder", path)(e)),
    }
}

/// Makes the names in the folder durable.
///
/// # Errors
/// [`Error::Sync`] when the disk refuses, which is fatal.
pub fn sync_dir(path: &Path) -> Result<(), Error> {
    let dir = File::open(path).map_err(io_error("open folder", path))?;
    sync(&dir, path)
}

/// Writes a file that must not exist yet (O_EXCL), and fsyncs it; its folder is not yet synced.
///
/// # Errors
/// When it exists or cannot be written; then none is left.
pub fn create_file(path: &Path, bytes: &[u8], mode: u32) -> Result<(), Error> {
    let mut file = open_new(path, mode)?;
    let written = file
        .write_all(bytes)
        .map_err(io_error("write", path))
        .and_then(|()| sync(&file, path));
    if written.is_err() {
        // The first error is the one to tell.
        let _ = fs::remove_file(path);
    }
    written
}

/// Puts the bytes in place of the file in one step: temporary file, fsync, rename, fsync of the folder.
///
/// # Errors
/// When it cannot be written; then the old file stands.
pub fn replace_file(path: &Path, bytes: &[u8], mode: u32) -> Result<(), Error> {
    let (Some(dir), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(io_error("replace", path)(
            io::ErrorKind::InvalidInput.into(),
        ));
    };
    let mut temporary = name.to_owned();
    temporary.push(".new");
    let temporary = dir.join(temporary);
    match fs::remove_file(&temporary) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => {
            return Err(io_error("remove", &temporary)(e));
        }
        _ => {}
    }
    create_file(&temporary, bytes, mode)?;
    fs::rename(&temporary, path).map_err(io_error("rename", &temporary))?;
    sync_dir(dir)
}

pub(super) fn open_new(path: &Path, mode: u32) -> Result<File, Error> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path)
        .map_err(io_error("create", path))
}

/// Never called twice for the same write: see [`Error::Sync`].
pub(super) fn sync(file: &File, path: &Path) -> Result<(), Error> {
    file.sync_all().map_err(|source| Error::Sync {
        path: path.to_owned(),
        source,
    })
}

/// Takes the write bits away and keeps what else the umask left.
pub(super) fn make_read_only(file: &File, path: &Path) -> Result<(), Error> {
    let mode = file
        .metadata()
        .map_err(io_error("read the mode of", path))?
        .permissions()
        .mode();
    file.set_permissions(fs::Permissions::from_mode(mode & 0o555))
        .map_err(io_error("make read-only", path))
}

/// Renames where nothing stands yet.
pub(super) fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE).map_err(io::Error::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replaced_file_is_whole_and_leaves_no_temporary() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("checkpoint");
        fs::write(dir.path().join("checkpoint.new"), "left by a crash").unwrap();
        replace_file(&path, b"one", 0o640).unwrap();
        replace_file(&path, b"two", 0o640).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_new_file_never_replaces_one() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key");
        create_file(&path, b"first", 0o600).unwrap();
        let refused = create_file(&path, b"second", 0o600).unwrap_err();
        assert!(refused.to_string().contains("key"), "{refused}");
        assert_eq!(fs::read(&path).unwrap(), b"first");
    }
}
