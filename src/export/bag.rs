//! A bag copied out: as a folder, or as a ZIP with the bag as its one folder (RFC 8493, 4).

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Datelike as _, Timelike as _, Utc};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::Error;

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    pub path: PathBuf,
    pub files: u64,
    pub bytes: u64,
}

fn io_error(path: &Path) -> impl FnOnce(io::Error) -> Error {
    let path = path.to_owned();
    move |source| Error::Io { path, source }
}

/// Copies the bag in folder `bag` to `out`: a ZIP when it ends in `.zip`, else a folder. `name` is the folder's name
/// in the ZIP and `at` the time its entries bear.
///
/// # Errors
/// When `out` exists or cannot be written; nothing is left under its name then.
pub fn export_bag(
    bag: &Path,
    name: &str,
    at: DateTime<Utc>,
    out: &Path,
) -> Result<Exported, Error> {
    if out.exists() {
        return Err(Error::Exists(out.to_owned()));
    }
    let folder = match out.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    };
    let file_name = out.file_name().map(|n| n.to_string_lossy().into_owned());
    let unfinished = folder.join(format!(".{}.unfinished", file_name.unwrap_or_default()));
    let zip = out
        .extension()
        .is_some_and(|e| e.eq_ignore_ascii_case("zip"));
    let written = if zip {
        write_zip(bag, name, at, &unfinished)
    } else {
        write_folder(bag, &unfinished)
    };
    let placed = written.and_then(|sizes| {
        rustix::fs::renameat_with(
            rustix::fs::CWD,
            &unfinished,
            rustix::fs::CWD,
            out,
            rustix::fs::RenameFlags::NOREPLACE,
        )
        .map_err(|e| match e {
            rustix::io::Errno::EXIST => Error::Exists(out.to_owned()),
            e => io_error(out)(e.into()),
        })?;
        File::open(&folder)
            .and_then(|f| f.sync_all())
            .map_err(io_error(&folder))?;
        Ok(sizes)
    });
    match placed {
        Ok((files, bytes)) => Ok(Exported {
            path: out.to_owned(),
            files,
            bytes,
        }),
        Err(error) => {
            // What was begun goes; the first error is the one to tell.
            let _ = if zip {
                fs::remove_file(&unfinished)
            } else {
                fs::remove_dir_all(&unfinished)
            };
            Err(error)
        }
    }
}

/// Files below `dir` as paths relative to it, sorted; folders before what is in them.
fn contents(dir: &Path) -> Result<Vec<(PathBuf, bool)>, Error> {
    let mut found = Vec::new();
    let mut open = vec![PathBuf::new()];
    while let Some(relative) = open.pop() {
        let here = dir.join(&relative);
        for entry in fs::read_dir(&here).map_err(io_error(&here))? {
            let entry = entry.map_err(io_error(&here))?;
            let path = relative.join(entry.file_name());
            let kind = entry.file_type().map_err(io_error(&entry.path()))?;
            if kind.is_dir() {
                open.push(path.clone());
            } else if !kind.is_file() {
                return Err(Error::NotAFile { path: entry.path() });
            }
            found.push((path, kind.is_dir()));
        }
    }
    found.sort();
    Ok(found)
}

fn write_folder(bag: &Path, to: &Path) -> Result<(u64, u64), Error> {
    fs::create_dir(to).map_err(io_error(to))?;
    let (mut files, mut bytes) = (0, 0);
    for (path, is_dir) in contents(bag)? {
        let target = to.join(&path);
        if is_dir {
            fs::create_dir(&target).map_err(io_error(&target))?;
        } else {
            bytes += fs::copy(bag.join(&path), &target).map_err(io_error(&target))?;
            File::open(&target)
                .and_then(|f| f.sync_all())
                .map_err(io_error(&target))?;
            files += 1;
        }
    }
    Ok((files, bytes))
}

fn write_zip(bag: &Path, name: &str, at: DateTime<Utc>, to: &Path) -> Result<(u64, u64), Error> {
    let zip_error = |source| Error::Zip {
        path: to.to_owned(),
        source,
    };
    let file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(to)
        .map_err(io_error(to))?;
    let mut zip = ZipWriter::new(BufWriter::with_capacity(256 * 1024, file));
    let (mut files, mut bytes) = (0, 0);
    for (path, is_dir) in contents(bag)? {
        let inside = format!("{name}/{}", path.to_string_lossy());
        if is_dir {
            zip.add_directory(inside, options(&path, at, 0))
                .map_err(zip_error)?;
            continue;
        }
        let from = bag.join(&path);
        let mut source = File::open(&from).map_err(io_error(&from))?;
        let size = source.metadata().map_err(io_error(&from))?.len();
        zip.start_file(inside, options(&path, at, size))
            .map_err(zip_error)?;
        bytes += io::copy(&mut source, &mut zip).map_err(io_error(to))?;
        files += 1;
    }
    let file = zip
        .finish()
        .map_err(zip_error)?
        .into_inner()
        .map_err(|e| io_error(to)(e.into_error()))?;
    file.sync_all().map_err(io_error(to))?;
    Ok((files, bytes))
}

/// What is compressed already is stored: deflating it costs ten times the time and saves nothing.
fn options(path: &Path, at: DateTime<Utc>, size: u64) -> SimpleFileOptions {
    let text = path.extension().is_some_and(|e| {
        ["json", "xml", "html", "txt"]
            .iter()
            .any(|t| e.eq_ignore_ascii_case(t))
    });
    let year = u16::try_from(at.year()).unwrap_or(1980);
    let small = |n: u32| u8::try_from(n).unwrap_or(0);
    let time = zip::DateTime::from_date_and_time(
        year,
        small(at.month()),
        small(at.day()),
        small(at.hour()),
        small(at.minute()),
        small(at.second()),
    )
    .unwrap_or_default();
    SimpleFileOptions::default()
        .compression_method(if text {
            CompressionMethod::Deflated
        } else {
            CompressionMethod::Stored
        })
        .last_modified_time(time)
        .unix_permissions(if path.extension().is_some() {
            0o644
        } else {
            0o755
        })
        .large_file(size >= u64::from(u32::MAX))
}
