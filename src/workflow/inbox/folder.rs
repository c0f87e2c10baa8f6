//! A folder of the inbox, held open: whoever may write there can put a link in a name's place, and none is followed.

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;

use chrono::{DateTime, Utc};
use rustix::fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags, fstat, openat, statat};

use super::Found;

/// A file's looks: equal at two looks, and nobody has written to it between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    pub(super) bytes: u64,
    written: (i64, i64),
    /// When it was written, renamed or given other rights.
    changed: (i64, i64),
    inode: u64,
    pub(super) owner: u32,
}

impl Stamp {
    /// When it came to lie there as it does.
    pub(super) fn since(&self) -> DateTime<Utc> {
        DateTime::from_timestamp(self.changed.0, 0).unwrap_or_default()
    }
}

pub(super) struct Folder {
    /// Below inbox/; empty for the inbox itself.
    pub(super) name: String,
    pub(super) fd: OwnedFd,
}

/// What lies in a folder.
#[derive(Default)]
pub(super) struct Listing {
    pub(super) files: Vec<Found>,
    pub(super) folders: Vec<Vec<u8>>,
    /// Links, pipes, devices.
    pub(super) odd: usize,
}

const FOLDER: OFlags = OFlags::RDONLY
    .union(OFlags::DIRECTORY)
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC);

impl Folder {
    pub(super) fn at(path: &Path) -> io::Result<Self> {
        Ok(Self {
            name: String::new(),
            fd: openat(CWD, path, FOLDER, Mode::empty())?,
        })
    }

    pub(super) fn below(&self, name: &str) -> io::Result<Self> {
        let below = match self.name.is_empty() {
            true => name.to_owned(),
            false => format!("{}/{name}", self.name),
        };
        Ok(Self {
            name: below,
            fd: openat(&self.fd, name, FOLDER, Mode::empty())?,
        })
    }

    pub(super) fn list(&self) -> io::Result<Listing> {
        let mut listing = Listing::default();
        for entry in Dir::read_from(&self.fd)? {
            let name = entry?.file_name().to_bytes().to_vec();
            if name.starts_with(b".") {
                continue;
            }
            let told = match statat(&self.fd, name.as_slice(), AtFlags::SYMLINK_NOFOLLOW) {
                Ok(told) => told,
                // It went meanwhile.
                Err(rustix::io::Errno::NOENT) => continue,
                Err(error) => return Err(error.into()),
            };
            match FileType::from_raw_mode(told.st_mode) {
                FileType::RegularFile => listing.files.push(Found {
                    name,
                    stamp: stamp(&told),
                }),
                FileType::Directory => listing.folders.push(name),
                _ => listing.odd += 1,
            }
        }
        listing.files.sort_by(|a, b| a.name.cmp(&b.name));
        listing.folders.sort();
        Ok(listing)
    }

    /// Opens a file that was listed, if it is that file still.
    pub(super) fn open(&self, found: &Found) -> io::Result<File> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let fd = openat(&self.fd, found.name.as_slice(), flags, Mode::empty())?;
        match stamp(&fstat(&fd)?).inode == found.stamp.inode {
            true => Ok(fd.into()),
            // Another took its name: it is looked at anew.
            false => Err(io::ErrorKind::NotFound.into()),
        }
    }
}

#[allow(clippy::unnecessary_cast, clippy::useless_conversion)] // the types of stat differ by platform
fn stamp(told: &rustix::fs::Stat) -> Stamp {
    Stamp {
        bytes: u64::try_from(told.st_size).unwrap_or_default(),
        written: (told.st_mtime as i64, told.st_mtime_nsec as i64),
        changed: (told.st_ctime as i64, told.st_ctime_nsec as i64),
        inode: told.st_ino as u64,
        owner: told.st_uid,
    }
}
