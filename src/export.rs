//! Export: what leaves the archive, whole under its final name or not at all.

mod bag;
mod csv;
pub mod eark;
pub mod erms;
mod leftovers;
pub mod mask;
mod package;
mod target;
mod unfinished;
mod xml;

use std::io;
use std::path::{Path, PathBuf};

pub use bag::{Exported, export_bag, export_bag_into};
pub use csv::{CsvFile, csv_text, unsafed};
pub use package::{Package, Packed, write_package};
pub use unfinished::{Unfinished, give_up};

/// Why nothing was exported.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{0} exists already")]
    Exists(PathBuf),
    #[error("{path} would lie in {own}, where only the archive itself writes")]
    InArchive { path: PathBuf, own: PathBuf },
    #[error("{path}: {source}")]
    Io { path: PathBuf, source: io::Error },
    #[error("{path}: {source}")]
    Zip {
        path: PathBuf,
        source: zip::result::ZipError,
    },
    #[error("{name} would stand twice in {path}")]
    Twice { name: String, path: PathBuf },
    #[error("what is to be {name} cannot be read: {source}")]
    Source { name: String, source: io::Error },
    #[error("{path} is neither a file nor a folder")]
    NotAFile { path: PathBuf },
}

impl Error {
    /// True when the disk that is written to, or the quota there, is full.
    pub fn is_full(&self) -> bool {
        let full = [io::ErrorKind::StorageFull, io::ErrorKind::QuotaExceeded];
        match self {
            Self::Io { source, .. }
            | Self::Zip {
                source: zip::result::ZipError::Io(source),
                ..
            } => full.contains(&source.kind()),
            _ => false,
        }
    }
}

fn io_error(path: &Path) -> impl FnOnce(io::Error) -> Error {
    let path = path.to_owned();
    move |source| Error::Io { path, source }
}
