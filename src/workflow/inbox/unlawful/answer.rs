//! Answers are written beside what was dropped, whole or not at all, and through no link.

use std::fs::File;
use std::io::{self, Write as _};

use rustix::fs::{Mode, OFlags, openat, renameat, unlinkat};

use super::super::folder::Folder;
use super::super::settle::cut;
use super::ANSWER;
use crate::record::Digest;

/// Bytes of a name on the file systems of Linux.
const LONGEST_NAME: usize = 255;

/// `länk.url - OI 2026-17.svar.txt`.
pub(super) fn name(file: &[u8], designation: &str) -> Vec<u8> {
    let end = match designation.is_empty() {
        true => ANSWER.to_owned(),
        false => format!(" - {}{ANSWER}", designation.replace(':', "-")),
    };
    let stem = String::from_utf8_lossy(file).into_owned();
    let mut name = cut(stem.as_bytes(), LONGEST_NAME - end.len()).to_vec();
    name.extend(end.as_bytes());
    name
}

/// Of what it says, but for the time it was written: that alone is no news.
pub(super) fn digest(text: &str) -> Digest {
    let lines: Vec<&str> = text.lines().filter(|l| !l.starts_with("Läget ")).collect();
    Digest::of(lines.join("\n").as_bytes())
}

pub(super) fn below(mut folder: Folder, name: &str) -> io::Result<Folder> {
    for part in name.split('/').filter(|part| !part.is_empty()) {
        if part == ".." || part == "." {
            return Err(io::ErrorKind::NotFound.into());
        }
        folder = folder.below(part)?;
    }
    Ok(folder)
}

pub(super) fn write(folder: &Folder, name: &[u8], text: &str) -> io::Result<()> {
    const BESIDE: &str = ".svar.tmp";
    // What a crash left.
    let _ = unlinkat(&folder.fd, BESIDE, rustix::fs::AtFlags::empty());
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mode = Mode::from_raw_mode(0o664);
    let mut file = File::from(openat(&folder.fd, BESIDE, flags, mode)?);
    // Editors open it on machines where a text is taken for Latin-1 without the mark.
    file.write_all("\u{feff}".as_bytes())?;
    file.write_all(text.replace('\n', "\r\n").as_bytes())?;
    file.sync_all()?;
    renameat(&folder.fd, BESIDE, &folder.fd, name)?;
    Ok(())
}

pub(super) fn remove(folder: &Folder, name: &[u8]) {
    // There seldom is one.
    let _ = unlinkat(&folder.fd, name, rustix::fs::AtFlags::empty());
}

/// The case is open, whether or not its answer can be written.
pub(super) fn write_or_tell(folder: &Folder, name: &[u8], text: &str) {
    if let Err(error) = write(folder, name, text) {
        tracing::error!(folder = folder.name, %error, "inbox/otillåtet: an answer could not be written: may the archive's user write in the folder?");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fit_the_disk_and_begin_as_what_was_dropped() {
        let told = String::from_utf8(name("länk.url".as_bytes(), "OI 2026:17")).unwrap();
        assert_eq!(told, "länk.url - OI 2026-17.svar.txt");
        let long = name("å".repeat(127).as_bytes(), "OI 2026:17");
        assert!(long.len() <= 255 && String::from_utf8(long).is_ok());
        assert!(String::from_utf8(name(b"gammal\xe5.png", "")).is_ok());
    }

    #[test]
    fn another_minute_is_no_news() {
        let text = |time: &str| format!("FÅR DÖLJAS\nLäget {time}. Filen skrivs om\n");
        assert_eq!(digest(&text("12:00")), digest(&text("12:01")));
        assert_ne!(digest("FÅR DÖLJAS"), digest("FÅR RADERAS"));
    }

    #[test]
    fn an_answer_replaces_a_link_and_does_not_follow_it() {
        let dir = tempfile::tempdir().unwrap();
        let secret = dir.path().join("hemlig");
        std::fs::write(&secret, "orörd").unwrap();
        std::os::unix::fs::symlink(&secret, dir.path().join("x.svar.txt")).unwrap();
        let folder = Folder::at(dir.path()).unwrap();
        write(&folder, b"x.svar.txt", "FÅR DÖLJAS\n").unwrap();
        assert_eq!(std::fs::read_to_string(&secret).unwrap(), "orörd");
        let told = std::fs::read_to_string(dir.path().join("x.svar.txt")).unwrap();
        assert_eq!(told, "\u{feff}FÅR DÖLJAS\r\n");
        assert!(below(Folder::at(dir.path()).unwrap(), "../etc").is_err());
    }
}
