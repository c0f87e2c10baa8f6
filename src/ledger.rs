//! Ledger: the Merkle log of what the archive sealed and destroyed, its checkpoint and its signature.
//!
//! The log is RFC 6962's tree over short leaves, on disk as C2SP tlog-tiles with a C2SP tlog-checkpoint signed with
//! Ed25519, so that anyone can check it with tools that know nothing of arkivd. The catalog keeps leaves and hashes;
//! this room does the arithmetic and writes `ledger/` and `keys/`. A checkpoint says the order and the content of all
//! that came before; who holds the key could still show two histories, so checkpoints must also leave the building.

mod checkpoint;
mod key;
mod leaf;
mod log;
mod tile_check;
mod tiles;
mod tree;

use std::error::Error as StdError;
use std::fmt;
use std::path::PathBuf;

use serde::Serialize;

use crate::record::Digest;
use crate::store;

pub use checkpoint::Checkpoint;
pub use leaf::Leaf;
pub use log::{CRASH_POINTS, Ledger, ReadEntries};
pub use tree::{Appended, ReadHashes, append, root_of};

/// Any error of whoever lends us hashes and entries.
pub type Cause = Box<dyn StdError + Send + Sync>;

/// What kept the ledger from doing as asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Store(#[from] store::Error),
    #[error("could not read {}", path.display())]
    Io {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("{} exists already: a ledger has one key, made once", .0.display())]
    Exists(PathBuf),
    #[error("origin {origin:?} of the ledger: {problem}")]
    Origin {
        origin: String,
        problem: &'static str,
    },
    #[error("{}: {problem}", path.display())]
    Key {
        path: PathBuf,
        problem: &'static str,
    },
    #[error("{} may be read by others than its owner (mode {mode:03o})", path.display())]
    KeyMode { path: PathBuf, mode: u32 },
    #[error("the ledger was opened without its private key and cannot sign")]
    NoKey,
    #[error("{}: {problem}", path.display())]
    Checkpoint { path: PathBuf, problem: String },
    #[error(
        "the catalog has {asked} leaves, the published checkpoint {published}: the catalog is older than the ledger"
    )]
    Shrinks { published: u64, asked: u64 },
    #[error(
        "the catalog's first {size} leaves hash to {computed}, the published checkpoint says {published}"
    )]
    Forked {
        size: u64,
        published: Digest,
        computed: Digest,
    },
    #[error("leaf {index} has {bytes} bytes, more than the 65535 an entry may have")]
    EntryTooLong { index: u64, bytes: usize },
    #[error("leaf {text:?}: {problem}")]
    Leaf { text: String, problem: String },
    #[error("{}: {problem}", path.display())]
    Bundle {
        path: PathBuf,
        problem: &'static str,
    },
    #[error("could not read the ledger's {what} from {first}")]
    Read {
        what: &'static str,
        first: u64,
        #[source]
        source: Cause,
    },
    #[error("asked for {asked} of the ledger's {what} from {first} and got {got}")]
    Count {
        what: &'static str,
        first: u64,
        asked: usize,
        got: usize,
    },
    #[error("the log of {size} leaves cannot be computed")]
    Tree {
        size: u64,
        #[source]
        source: tlog_tiles::Error,
    },
}

/// One thing wrong with the ledger, in one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "fault", rename_all = "kebab-case")]
pub enum Fault {
    /// There are leaves and no checkpoint.
    NoCheckpoint { leaves: u64 },
    /// The checkpoint cannot be read, or its signature does not verify against ledger/log.pub.
    BadCheckpoint { problem: String },
    /// The checkpoint is for another number of leaves.
    Size { checkpoint: u64, leaves: u64 },
    /// The leaves do not hash to the checkpoint's root.
    Root {
        size: u64,
        expected: Digest,
        found: Digest,
    },
    /// A tile or entry bundle that the checkpoint needs is not there.
    MissingTile { path: String },
    /// A tile or entry bundle holds something else than the leaves say.
    ChangedTile { path: String },
    /// A tile or entry bundle that the operating system would not give.
    UnreadableTile { path: String, error: String },
    /// A leaf that is not one.
    BadLeaf { index: u64, problem: String },
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoCheckpoint { leaves } => {
                write!(
                    f,
                    "ledger/checkpoint: missing, with {leaves} leaves to sign"
                )
            }
            Self::BadCheckpoint { problem } => write!(f, "ledger/checkpoint: {problem}"),
            Self::Size { checkpoint, leaves } => write!(
                f,
                "ledger/checkpoint: it is for {checkpoint} leaves, there are {leaves}"
            ),
            Self::Root {
                size,
                expected,
                found,
            } => write!(
                f,
                "ledger/checkpoint: the root of {size} leaves should be {expected} and is {found}"
            ),
            Self::MissingTile { path } => write!(f, "ledger/{path}: missing"),
            Self::ChangedTile { path } => {
                write!(
                    f,
                    "ledger/{path}: changed, it does not hold what the leaves say"
                )
            }
            Self::UnreadableTile { path, error } => {
                write!(f, "ledger/{path}: unreadable: {error}")
            }
            Self::BadLeaf { index, problem } => write!(f, "ledger: leaf {index}: {problem}"),
        }
    }
}
