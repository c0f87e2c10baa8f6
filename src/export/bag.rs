//! A bag copied out: as a folder, or as a ZIP with the bag as its one folder (RFC 8493, 4).

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Datelike as _, Timelike as _, Utc};
use zip::CompressionMethod;
use zip::write::SimpleFileOptions;

use super::target::{self, Zip};
use super::{Error, Unfinished, io_error};

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    pub path: PathBuf,
    pub files: u64,
    pub bytes: u64,
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
    let unfinished = Unfinished::begin(out)?;
    let (files, bytes) = if unfinished.is_zip() {
        write_zip(bag, name, at, unfinished.create()?, unfinished.path())?
    } else {
        write_folder(bag, unfinished.path())?
    };
    unfinished.finish()?;
    Ok(Exported {
        path: out.to_owned(),
        files,
        bytes,
    })
}

/// The same into an open file, always as a ZIP; what becomes of the file is for who opened it. `out` is its name in
/// errors.
///
/// # Errors
/// When it cannot be written.
pub fn export_bag_into(
    bag: &Path,
    name: &str,
    at: DateTime<Utc>,
    file: File,
    out: &Path,
) -> Result<Exported, Error> {
    let (files, bytes) = write_zip(bag, name, at, file, out)?;
    Ok(Exported {
        path: out.to_owned(),
        files,
        bytes,
    })
}

/// Files below `dir` as paths relative to it, sorted; folders before what is in them.
pub(super) fn contents(dir: &Path) -> Result<Vec<(PathBuf, bool)>, Error> {
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
    // Who may not enter it reads nothing in it.
    let made = DirBuilder::new().mode(0o750).create(to);
    made.map_err(io_error(to))?;
    let (mut files, mut bytes) = (0, 0);
    let mut folders = vec![to.to_owned()];
    for (path, is_dir) in contents(bag)? {
        let target = to.join(&path);
        if is_dir {
            fs::create_dir(&target).map_err(io_error(&target))?;
            folders.push(target);
        } else {
            bytes += fs::copy(bag.join(&path), &target).map_err(io_error(&target))?;
            File::open(&target)
                .and_then(|f| f.sync_all())
                .map_err(io_error(&target))?;
            files += 1;
        }
    }
    for folder in folders.iter().rev() {
        File::open(folder)
            .and_then(|f| f.sync_all())
            .map_err(io_error(folder))?;
    }
    Ok((files, bytes))
}

fn write_zip(
    bag: &Path,
    name: &str,
    at: DateTime<Utc>,
    file: File,
    to: &Path,
) -> Result<(u64, u64), Error> {
    let zip_error = |source| Error::Zip {
        path: to.to_owned(),
        source,
    };
    // What gives up is dropped before the writer: last bound, first dropped.
    let (mut zip, _gives_up) = target::begin(file, false);
    let added = add_folder(&mut zip, bag, name, at, to)?;
    zip.finish()
        .map_err(zip_error)?
        .whole()
        .map_err(io_error(to))?;
    Ok(added)
}

/// Adds all below the folder under `name`; gives how many files, and their bytes.
pub(super) fn add_folder(
    zip: &mut Zip,
    folder: &Path,
    name: &str,
    at: DateTime<Utc>,
    to: &Path,
) -> Result<(u64, u64), Error> {
    let zip_error = |source| Error::Zip {
        path: to.to_owned(),
        source,
    };
    let (mut files, mut bytes) = (0, 0);
    for (path, is_dir) in contents(folder)? {
        let inside = format!("{name}/{}", path.to_string_lossy());
        if is_dir {
            zip.add_directory(inside, options(&path, at, None))
                .map_err(zip_error)?;
            continue;
        }
        let from = folder.join(&path);
        let mut source = File::open(&from).map_err(io_error(&from))?;
        let size = source.metadata().map_err(io_error(&from))?.len();
        zip.start_file(inside, options(&path, at, Some(size)))
            .map_err(zip_error)?;
        bytes += io::copy(&mut source, zip).map_err(io_error(to))?;
        files += 1;
    }
    Ok((files, bytes))
}

/// What is compressed already is stored: deflating it costs ten times the time and saves nothing.
/// `size` is a file's; a folder has none.
pub(super) fn options(path: &Path, at: DateTime<Utc>, size: Option<u64>) -> SimpleFileOptions {
    let text = path.extension().is_some_and(|e| {
        ["csv", "html", "json", "txt", "xml", "xsd"]
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
        .unix_permissions(if size.is_some() { 0o644 } else { 0o755 })
        .large_file(size.is_some_and(|s| s >= u64::from(u32::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bag(dir: &Path) -> PathBuf {
        let bag = dir.join("bag");
        fs::create_dir_all(bag.join("data/media")).unwrap();
        fs::write(bag.join("bagit.txt"), "BagIt-Version: 1.0\n").unwrap();
        fs::write(bag.join("data/media/0001-picture"), [7; 100]).unwrap();
        fs::write(bag.join("data/records.json"), "{}".repeat(500)).unwrap();
        bag
    }

    fn names(dir: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(dir)
            .unwrap()
            .map(|e| e.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn the_same_bag_gives_the_same_zip() {
        let dir = tempfile::tempdir().unwrap();
        let bag = bag(dir.path());
        let at = "2026-11-21T13:00:00Z".parse().unwrap();
        let zip = |name: &str| {
            let out = dir.path().join(name);
            let done = export_bag(&bag, "b", at, &out).unwrap();
            assert_eq!((done.files, done.bytes), (3, 1119));
            fs::read(out).unwrap()
        };
        assert_eq!(zip("one.zip"), zip("two.ZIP"));
        assert_eq!(names(dir.path()), ["bag", "one.zip", "two.ZIP"]);
    }

    #[test]
    fn files_in_a_zip_may_be_read_and_not_run() {
        let dir = tempfile::tempdir().unwrap();
        let bag = bag(dir.path());
        let out = dir.path().join("a.zip");
        export_bag(&bag, "b", DateTime::<Utc>::default(), &out).unwrap();
        let mut zip = zip::ZipArchive::new(File::open(out).unwrap()).unwrap();
        let mode = |zip: &mut zip::ZipArchive<File>, name: &str| {
            zip.by_name(name).unwrap().unix_mode().map(|m| m & 0o777)
        };
        assert_eq!(mode(&mut zip, "b/data/media/0001-picture"), Some(0o644));
        assert_eq!(mode(&mut zip, "b/data/media/"), Some(0o755));
    }

    #[test]
    fn a_folder_is_copied_whole() {
        let dir = tempfile::tempdir().unwrap();
        let bag = bag(dir.path());
        let out = dir.path().join("out");
        export_bag(&bag, "b", DateTime::<Utc>::default(), &out).unwrap();
        assert_eq!(contents(&out).unwrap(), contents(&bag).unwrap());
        assert_eq!(names(dir.path()), ["bag", "out"]);
    }

    #[test]
    fn what_is_there_stays_and_nothing_else_is_left() {
        let dir = tempfile::tempdir().unwrap();
        let bag = bag(dir.path());
        let out = dir.path().join("out.zip");
        std::os::unix::fs::symlink("nowhere", &out).unwrap();
        let refused = export_bag(&bag, "b", DateTime::<Utc>::default(), &out);
        assert!(matches!(refused, Err(Error::Exists(path)) if path == out));
        assert_eq!(names(dir.path()), ["bag", "out.zip"]);
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let bag = bag(dir.path());
        for name in ["none/out.zip", "bag/bagit.txt/out"] {
            let refused = export_bag(
                &bag,
                "b",
                DateTime::<Utc>::default(),
                &dir.path().join(name),
            );
            let message = refused.unwrap_err().to_string();
            assert!(message.contains(dir.path().to_str().unwrap()), "{message}");
        }
        assert_eq!(names(dir.path()), ["bag"]);
    }

    #[test]
    fn a_link_in_a_bag_is_never_followed() {
        let dir = tempfile::tempdir().unwrap();
        let bag = bag(dir.path());
        std::os::unix::fs::symlink("/etc/hostname", bag.join("data/link")).unwrap();
        for name in ["out", "out.zip"] {
            let refused = export_bag(
                &bag,
                "b",
                DateTime::<Utc>::default(),
                &dir.path().join(name),
            );
            assert!(matches!(refused, Err(Error::NotAFile { .. })));
        }
        assert_eq!(names(dir.path()), ["bag"]);
    }
}
