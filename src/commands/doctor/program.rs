//! Programs of the system that are asked, for a few seconds at most.

use std::io::Read as _;
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
