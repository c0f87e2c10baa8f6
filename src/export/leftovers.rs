//! What exports leave behind that were ended by force. The next one in that folder clears it away.

use std::fs::{self, File};
use std::path::Path;

use uuid::Uuid;

/// How the name of an export under way begins; a UUID follows.
pub(super) const BEGINS: &str = ".arkivd-export-";

/// Marks what was just made at `path` as somebody's for as long as it is open; false when another's [`sweep`] took it
/// in between. On a share that knows no locks it is not marked, and no sweep takes it.
pub(super) fn hold(file: &File, path: &Path) -> bool {
    // A sweep that looks at it is done in a moment.
    let _ = file.lock();
    path.exists()
}

/// The same for what is opened anew. Nothing waits for it: it may be marked by who opens it.
pub(super) fn keep(file: &File) {
    let _ = file.try_lock();
}

/// Removes what is nobody's: its writer is dead. What cannot be removed stays: the export itself is not hindered by it.
pub(super) fn sweep(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.filter_map(Result::ok) {
        let name = entry.file_name();
        let id = name.to_str().and_then(|name| name.strip_prefix(BEGINS));
        if id.is_none_or(|id| id.parse::<Uuid>().is_err()) {
            continue;
        }
        let Ok(sort) = entry.file_type() else {
            continue;
        };
        if !(sort.is_file() || sort.is_dir()) {
            continue;
        }
        let path = entry.path();
        let Ok(file) = File::open(&path) else {
            continue;
        };
        if file.try_lock().is_ok() {
            let _ = match sort.is_dir() {
                true => fs::remove_dir_all(&path),
                false => fs::remove_file(&path),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_nobodys_is_cleared_away_at_once() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        let id = "01a1fdfa-4600-7000-8000-00000000000";
        let left = at(&format!("{BEGINS}{id}1"));
        let held = at(&format!("{BEGINS}{id}2"));
        let folder = at(&format!("{BEGINS}{id}3"));
        let other = at(&format!("{BEGINS}mine"));
        for file in [&left, &held, &other] {
            fs::write(file, "half").unwrap();
        }
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("a"), "half").unwrap();
        let open = File::open(&held).unwrap();
        assert!(hold(&open, &held));
        sweep(dir.path());
        assert!(!left.exists() && !folder.exists());
        assert!(held.exists() && other.exists());
        drop(open);
        sweep(dir.path());
        assert!(!held.exists());
    }
}
