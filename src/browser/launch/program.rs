//! Where Chromium is.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use super::Error;

/// Debian's own program: the wrapper on the PATH adds flags and keys.
const DEBIAN: &str = "/usr/lib/chromium/chromium";

const NAMES: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// The configured program, else Debian's, else one on the PATH.
///
/// # Errors
/// [`Error::NotAProgram`] for a configured one that cannot be run, [`Error::NotInstalled`] where there is none.
pub fn find(configured: Option<&Path>) -> Result<PathBuf, Error> {
    if let Some(path) = configured {
        return match is_program(path) {
            true => Ok(path.to_owned()),
            false => Err(Error::NotAProgram {
                path: path.to_owned(),
            }),
        };
    }
    let on_the_path = std::env::var_os("PATH").unwrap_or_default();
    let on_the_path =
        std::env::split_paths(&on_the_path).flat_map(|folder| NAMES.map(|name| folder.join(name)));
    std::iter::once(PathBuf::from(DEBIAN))
        .chain(on_the_path)
        .find(|path| is_program(path))
        .ok_or(Error::NotInstalled)
}

fn is_program(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configured_program_that_cannot_be_run_is_named() {
        let error = find(Some(Path::new("/nowhere/chromium"))).unwrap_err();
        assert!(error.to_string().contains("/nowhere/chromium"), "{error}");
        assert!(matches!(error, Error::NotAProgram { .. }));
        let shell = Path::new("/bin/sh");
        assert_eq!(find(Some(shell)).unwrap(), shell);
    }
}
