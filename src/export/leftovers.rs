//! What exports leave behind that were ended by force. The next one in that folder clears it away.

use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, SystemTime};

use uuid::Uuid;

/// How the name of an export under way begins; a UUID follows.
pub(super) const BEGINS: &str = ".arkivd-export-";

/// Far longer than an export is quiet.
const OLD: Duration = Duration::from_secs(24 * 60 * 60);

/// Marks it as somebody's for as long as it is open. A share that knows no locks keeps what is left there; one of SMB
/// would let nobody write under a lock that is shared.
pub(super) fn hold(file: &File) {
    let _ = file.try_lock();
}

/// Removes what is old and nobody's. What cannot be removed stays: the export itself is not hindered by it.
pub(super) fn sweep(folder: &Path, now: SystemTime) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.filter_map(Result::ok) {
        let name = entry.file_name();
        let id = name.to_str().and_then(|name| name.strip_prefix(BEGINS));
        if id.is_none_or(|id| id.parse::<Uuid>().is_err()) {
            continue;
        }
        let Ok(found) = entry.metadata() else {
            continue;
        };
        let age = found
            .modified()
            .ok()
            .and_then(|at| now.duration_since(at).ok());
        let sort = found.file_type();
        if age.is_none_or(|age| age < OLD) || !(sort.is_file() || sort.is_dir()) {
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
    fn what_is_old_and_nobodys_is_cleared_away() {
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
        hold(&open);
        sweep(dir.path(), SystemTime::now());
        assert!(left.exists() && folder.exists(), "young");
        sweep(dir.path(), SystemTime::now() + OLD * 2);
        assert!(!left.exists() && !folder.exists());
        assert!(held.exists() && other.exists());
        drop(open);
        sweep(dir.path(), SystemTime::now() + OLD * 2);
        assert!(!held.exists());
    }
}
