//! Several bags and the documents about them, in one ZIP.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use zip::ZipWriter;

use super::bag::{add_folder, options};
use super::{Error, Exported, Unfinished, io_error};

/// Writes files and folders, each under its name, as the ZIP `out`. `at` is the time its entries bear.
///
/// # Errors
/// When `out` exists or cannot be written; nothing is left under its name then.
pub fn export_package(
    files: &[(String, Vec<u8>)],
    folders: &[(PathBuf, String)],
    at: DateTime<Utc>,
    out: &Path,
) -> Result<Exported, Error> {
    let unfinished = Unfinished::begin(out)?;
    let file = unfinished.create()?;
    let done = export_package_into(files, folders, at, file, out)?;
    unfinished.finish()?;
    Ok(done)
}

/// The same into an open file; `out` is its name in errors.
///
/// # Errors
/// When it cannot be written.
pub fn export_package_into(
    files: &[(String, Vec<u8>)],
    folders: &[(PathBuf, String)],
    at: DateTime<Utc>,
    file: File,
    out: &Path,
) -> Result<Exported, Error> {
    let fault = |source| Error::Zip {
        path: out.to_owned(),
        source,
    };
    let mut zip = ZipWriter::new(BufWriter::with_capacity(256 * 1024, file));
    let mut done = Exported {
        path: out.to_owned(),
        files: 0,
        bytes: 0,
    };
    for (name, bytes) in files {
        let size = bytes.len() as u64;
        zip.start_file(name.as_str(), options(Path::new(name), at, Some(size)))
            .map_err(fault)?;
        zip.write_all(bytes).map_err(io_error(out))?;
        done.files += 1;
        done.bytes += size;
    }
    for (folder, name) in folders {
        let (files, bytes) = add_folder(&mut zip, folder, name, at, out)?;
        done.files += files;
        done.bytes += bytes;
    }
    zip.finish()
        .map_err(fault)?
        .into_inner()
        .map_err(|e| io_error(out)(e.into_error()))?;
    Ok(done)
}
