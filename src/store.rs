//! Store: bags on disk, and the only writer of archive files.
//!
//! A bag is written in `staging/<uuid>`, sealed (BagIt 1.0, RFC 8493, with a salted commitment beside it),
//! and published by one rename to `store/YYYY/MM/<uuid>`: it is there whole or not at all.
//! A sealed bag never changes; [`verify_bag`] and [`Store::verify`] say exactly what did.
//! Knows no catalog: what a bag means is for others.

mod archive;
mod bag_info;
mod commitment;
mod crash;
mod disk;
mod fault;
mod listing;
mod manifest;
mod payload_path;
mod plan;
mod seal;
mod staging;
mod verify;

use std::io;
use std::path::{Path, PathBuf};

use crate::record::BagId;

pub use archive::Store;
pub use bag_info::BagInfo;
pub use commitment::Commitment;
pub use crash::{CRASH_AT, CRASH_POINTS, CRASH_POINTS_BUILT_IN, crash_point};
pub use disk::{create_file, make_dir, replace_file, sync_dir};
pub use fault::Fault;
pub use listing::{Stray, StrayReason};
pub use seal::{PublishedBag, SealedBag};
pub use staging::{BagFile, Payload, StagedBag, StoredFile};
pub use verify::{BagReport, Depth, Totals, verify_bag};

/// The format this build writes and the newest it reads, `Arkivd-Format` in bag-info.txt.
pub const FORMAT: u32 = 1;

/// What kept the store from doing as asked. Nothing half-written is left in the store by any of them.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("could not {action} {}", path.display())]
    Io {
        action: &'static str,
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    /// The kernel may have dropped what was written, and a second fsync would say that all is well:
    /// the program must stop and start-up must repair.
    #[error("fsync of {} failed: what was written may be lost, so arkivd stops and does not try again", path.display())]
    Sync {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("{} is not an archive: it has no folder {folder:?}", archive.display())]
    NotAnArchive {
        archive: PathBuf,
        folder: &'static str,
    },
    #[error("{} already holds an archive", .0.display())]
    AlreadyAnArchive(PathBuf),
    #[error("{} lies on another file system than the store, so a bag cannot be moved in one step", .0.display())]
    OtherFileSystem(PathBuf),
    #[error("bag {0} exists already")]
    Exists(BagId),
    #[error("bag id {0} is not a UUIDv7, so it tells no month to be kept under")]
    NotTimeOrdered(BagId),
    #[error("path {path:?} cannot stand in a bag: {problem}")]
    PayloadPath { path: String, problem: &'static str },
    #[error("file {path} of bag {bag} was begun and not finished")]
    Unfinished { bag: BagId, path: String },
    #[error("bag {0} has no files to seal")]
    Empty(BagId),
    #[error("field {field:?} of bag-info.txt with value {value:?}: {problem}")]
    Info {
        field: String,
        value: String,
        problem: &'static str,
    },
    #[error("{} is not a commitment: {problem}", path.display())]
    Commitment {
        path: PathBuf,
        problem: &'static str,
    },
}

impl Error {
    /// True when the program must stop: durability can no longer be promised.
    pub fn is_fatal(&self) -> bool {
        matches!(self, Self::Sync { .. })
    }

    /// True when the disk or the quota is full.
    pub fn is_full(&self) -> bool {
        match self {
            Self::Io { source, .. } => matches!(
                source.kind(),
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
            ),
            _ => false,
        }
    }
}

fn io_error(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
    move |source| Error::Io {
        action,
        path: path.to_owned(),
        source,
    }
}
