//! Export: what leaves the archive, whole under its final name or not at all.

mod bag;

use std::io;
use std::path::PathBuf;

pub use bag::{Exported, export_bag};

/// Why nothing was exported.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{0} exists already")]
    Exists(PathBuf),
    #[error("{path}: {source}")]
    Io { path: PathBuf, source: io::Error },
    #[error("{path}: {source}")]
    Zip {
        path: PathBuf,
        source: zip::result::ZipError,
    },
    #[error("{path} is neither a file nor a folder")]
    NotAFile { path: PathBuf },
}
