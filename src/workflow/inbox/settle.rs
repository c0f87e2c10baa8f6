//! Files leave the inbox: to done/ by month, or to failed/ with the reason beside them in Swedish.

use std::fs::{self, File, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use rustix::fs::{RenameFlags, renameat_with};

use super::folder::Folder;
use super::scan::{DONE, FAILED, REASON, UNLAWFUL_DONE};
use super::{Fault, Found, Unit};
use crate::calendar::{local_date, local_time};

/// Bytes of a name on the file systems of Linux.
const LONGEST_NAME: usize = 255;

pub(super) fn to_done(root: &Path, unit: &Unit, now: DateTime<Utc>) -> io::Result<()> {
    let month = local_date(now).format("%Y-%m").to_string();
    let done = made(root, &root.join(DONE))?;
    let folder = made(root, &done.join(month))?;
    for found in unit.files.iter().chain(&unit.sides) {
        moved(unit, found, &folder)?;
    }
    fs::File::open(&folder)?.sync_all()
}

pub(super) fn to_failed(
    root: &Path,
    unit: &Unit,
    fault: &Fault,
    now: DateTime<Utc>,
) -> io::Result<()> {
    let folder = made(root, &root.join(FAILED))?;
    let mut first = None;
    for found in unit.files.iter().chain(&unit.sides) {
        let name = moved(unit, found, &folder)?;
        first.get_or_insert(name);
    }
    if let Some(name) = first {
        let names: Vec<String> = unit
            .files
            .iter()
            .chain(&unit.sides)
            .map(Found::told)
            .collect();
        write_reason(&folder, &name, &reason(&names, fault, now))?;
    }
    fs::File::open(&folder)?.sync_all()
}

/// What was moved away stays so.
pub(super) fn sync(root: &Path) {
    // A crash that undoes a move leads to the same move again.
    let _ = File::open(root).and_then(|folder| folder.sync_all());
}

/// A folder in the inbox, for the same people as the inbox itself.
fn made(root: &Path, folder: &Path) -> io::Result<PathBuf> {
    match fs::create_dir(folder) {
        Ok(()) => {
            let mode = fs::metadata(root)?.permissions().mode() & 0o7777;
            fs::set_permissions(folder, Permissions::from_mode(mode))?;
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(error),
    }
    match fs::symlink_metadata(folder)?.is_dir() {
        true => Ok(folder.to_owned()),
        false => Err(io::Error::new(
            io::ErrorKind::NotADirectory,
            format!("{} is no folder", folder.display()),
        )),
    }
}

/// Moves a file, under its own name or with a number where that is taken; gives the name.
fn moved(unit: &Unit, found: &Found, to: &Path) -> io::Result<Vec<u8>> {
    let to = File::open(to)?;
    for number in 1..100_000 {
        let name = numbered(&found.name, number);
        let result = renameat_with(
            &unit.folder.fd,
            found.name.as_slice(),
            &to,
            name.as_slice(),
            RenameFlags::NOREPLACE,
        );
        match result {
            Ok(()) => return Ok(name),
            Err(rustix::io::Errno::EXIST) => {}
            // Who put it there took it back: there is nothing to move.
            Err(rustix::io::Errno::NOENT) => return Ok(name),
            Err(error) => return Err(error.into()),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// `bild.png`, `bild (2).png`.
fn numbered(name: &[u8], number: u32) -> Vec<u8> {
    if number == 1 {
        return name.to_vec();
    }
    let dot = name.iter().rposition(|b| *b == b'.').filter(|at| *at > 0);
    let (stem, ending) = name.split_at(dot.unwrap_or(name.len()));
    let number = format!(" ({number})");
    let mut out = cut(
        stem,
        LONGEST_NAME.saturating_sub(ending.len() + number.len()),
    )
    .to_vec();
    out.extend(number.as_bytes());
    out.extend(ending);
    out
}

/// At most so many bytes, and no letter cut in two.
pub(super) fn cut(name: &[u8], most: usize) -> &[u8] {
    let mut end = name.len().min(most);
    while end > 0 && end < name.len() && name.get(end).is_some_and(|b| b & 0xc0 == 0x80) {
        end -= 1;
    }
    name.get(..end).unwrap_or_default()
}

/// Where a file of otillåtet/ will lie, below [`UNLAWFUL_DONE`]: by month, under a name that is free.
pub(super) fn unlawful_name(root: &Path, found: &Found, now: DateTime<Utc>) -> String {
    use std::os::unix::ffi::OsStrExt as _;
    let month = local_date(now).format("%Y-%m").to_string();
    let folder = root.join(UNLAWFUL_DONE).join(&month);
    let told = String::from_utf8_lossy(&found.name).into_owned();
    let free = (1..100_000)
        .map(|number| numbered(told.as_bytes(), number))
        .find(|name| fs::symlink_metadata(folder.join(std::ffi::OsStr::from_bytes(name))).is_err())
        .unwrap_or_else(|| told.clone().into_bytes());
    format!("{month}/{}", String::from_utf8_lossy(&free))
}

/// Moves what was dropped in otillåtet/ to that place, and its side file beside it.
pub(super) fn to_unlawful_done(
    root: &Path,
    folder: &Folder,
    found: &Found,
    side: Option<&Found>,
    to: &str,
) -> io::Result<()> {
    let (month, name) = to.split_once('/').unwrap_or(("", to));
    let done = made(root, &root.join(UNLAWFUL_DONE))?;
    let done = made(root, &done.join(month))?;
    let done = File::open(done)?;
    let flags = RenameFlags::NOREPLACE;
    renameat_with(&folder.fd, found.name.as_slice(), &done, name, flags)?;
    if let Some(side) = side {
        let beside = format!("{name}.toml");
        // The words of a side file were read already.
        let _ = renameat_with(&folder.fd, side.name.as_slice(), &done, beside, flags);
    }
    done.sync_all()
}

fn reason(names: &[String], fault: &Fault, now: DateTime<Utc>) -> String {
    let (wrong, what) = fault.swedish();
    format!(
        "Filen togs inte emot i arkivet ({}).\n\nFil: {}\n\nVad som var fel:\n{wrong}\n\nVad du kan göra:\n{what}\n\n\
         När filen är rättad läggs den i inkorgen igen. Ta sedan bort den här texten och filen bredvid.\n",
        local_time(now),
        names.join(", ")
    )
}

fn write_reason(folder: &Path, name: &[u8], text: &str) -> io::Result<()> {
    use std::os::unix::ffi::OsStrExt as _;
    let base = cut(name, LONGEST_NAME - REASON.len() - 8);
    for number in 1..100_000 {
        let mut name = numbered(base, number);
        if number > 1 {
            name = base.to_vec();
            name.extend(format!(" ({number})").as_bytes());
        }
        name.extend(REASON.as_bytes());
        let path = folder.join(std::ffi::OsStr::from_bytes(&name));
        let opened = File::options()
            .write(true)
            .create_new(true)
            .mode(0o664)
            .open(&path);
        match opened {
            Ok(mut file) => {
                return file
                    .write_all(text.as_bytes())
                    .and_then(|()| file.sync_all());
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_name_gets_a_number() {
        assert_eq!(numbered(b"bild.png", 1), b"bild.png");
        assert_eq!(numbered(b"bild.png", 2), b"bild (2).png");
        assert_eq!(numbered(b"CON", 3), b"CON (3)");
        let long = "å".repeat(125) + ".png";
        let second = numbered(long.as_bytes(), 12);
        assert!(second.len() <= 255 && std::str::from_utf8(&second).is_ok());
    }
}
