//! Copies in the inbox of what was destroyed: they go too.

use std::collections::HashSet;
use std::fs;
use std::io::{self, Read};
use std::path::Path;

use sha2::{Digest as _, Sha256};

use super::super::{Error, io_error};
use super::scan::{DONE, FAILED};
use crate::record::Digest;

/// Removes the files with those digests from done/ and failed/, and what was said of them beside them.
///
/// # Errors
/// When the folders cannot be read, or a file of them cannot be removed.
pub(in crate::workflow) fn forget(archive: &Path, files: &HashSet<Digest>) -> Result<(), Error> {
    if files.is_empty() {
        return Ok(());
    }
    for folder in [DONE, FAILED] {
        enter(&archive.join("inbox").join(folder), files)?;
    }
    Ok(())
}

fn enter(folder: &Path, files: &HashSet<Digest>) -> Result<(), Error> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries.map_err(io_error(folder))?,
    };
    let mut gone = Vec::new();
    let mut others = Vec::new();
    for entry in entries {
        let entry = entry.map_err(io_error(folder))?;
        let path = entry.path();
        // A link leads where others put it: it is neither followed nor taken away.
        let kind = entry.file_type().map_err(io_error(&path))?;
        if kind.is_dir() {
            enter(&path, files)?;
        } else if kind.is_file() {
            match files.contains(&digest(&path)?) {
                true => gone.push(path),
                false => others.push(path),
            }
        }
    }
    let name = |path: &Path| {
        path.file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned()
    };
    let stems: HashSet<String> = gone
        .iter()
        .filter_map(|path| Some(path.file_stem()?.to_string_lossy().into_owned()))
        .collect();
    others.retain(|path| {
        let name = name(path);
        let is_text = [".txt", ".toml", ".json"]
            .iter()
            .any(|end| name.ends_with(end));
        is_text
            && stems.iter().any(|stem| {
                name.strip_prefix(stem.as_str())
                    .is_some_and(|rest| rest.starts_with('.'))
            })
    });
    for path in gone.iter().chain(&others) {
        fs::remove_file(path).map_err(io_error(path))?;
    }
    if !gone.is_empty() {
        fs::File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(io_error(folder))?;
    }
    Ok(())
}

fn digest(path: &Path) -> Result<Digest, Error> {
    let mut file = fs::File::open(path).map_err(io_error(path))?;
    let mut sha256 = Sha256::new();
    let mut buffer = vec![0; 64 << 10];
    loop {
        match file.read(&mut buffer).map_err(io_error(path))? {
            0 => return Ok(Digest(sha256.finalize().into())),
            n => sha256.update(buffer.get(..n).unwrap_or_default()),
        }
    }
}
