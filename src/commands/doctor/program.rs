//! Programs of the system that are asked, for a few seconds at most.

use std::fs;
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(5);

/// What the program writes to stdout; `None` when it is not there, fails, or does not end in time.
pub(super) fn said_by(program: &str, args: &[&str]) -> Option<String> {
    let mut child = Command::new(program)
        .args(args)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let begun = Instant::now();
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if begun.elapsed() < PATIENCE => {
                std::thread::sleep(Duration::from_millis(5));
            }
            _ => {
                let _ = child.kill();
                let _ = child.wait();
                return None;
            }
        }
    };
    // It has ended, and a line fits into the pipe.
    let mut said = String::new();
    child.stdout?.take(4096).read_to_string(&mut said).ok()?;
    status.success().then(|| said.trim().to_owned())
}

/// The first program of one of these names.
pub(super) fn on_the_path(names: &[&str]) -> Option<PathBuf> {
    let folders = std::env::var_os("PATH")?;
    std::env::split_paths(&folders)
        .flat_map(|folder| names.iter().map(move |name| folder.join(name)))
        .find(|path| is_program(path))
}

pub(super) fn is_program(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_is_not_there_or_fails_says_nothing() {
        assert_eq!(said_by("echo", &["yes"]).as_deref(), Some("yes"));
        assert_eq!(said_by("false", &[]), None);
        assert_eq!(said_by("/nowhere/arkivd", &[]), None);
    }
}
