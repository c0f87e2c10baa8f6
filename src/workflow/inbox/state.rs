//! How the inbox stands, for status and doctor.

use std::path::Path;

use super::Found;
use super::folder::Folder;
use super::scan::{
    DONE, FAILED, REASON, UNLAWFUL, account, is_passed_over, is_side, restricted_below,
};
use crate::record::AccountId;

/// How the inbox stands.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct InboxState {
    /// Files that lie there and are not taken yet.
    pub waiting: u64,
    /// Things in failed/ that somebody has to look at.
    pub failed: u64,
    /// Folders with files that are of no registered account.
    pub strange: Vec<String>,
    /// Links, pipes and devices, which are left alone.
    pub odd: u64,
    /// Why it cannot be read, or a folder of it, if it cannot: nothing is taken from there.
    pub unread: Option<String>,
}

/// How the inbox of an archive stands. What cannot be read counts nothing.
pub fn inbox_state(archive: &Path, known: &[AccountId]) -> InboxState {
    let mut state = InboxState::default();
    let root = archive.join("inbox");
    let listed = Folder::at(&root).and_then(|inbox| Ok((inbox.list()?, inbox)));
    let (listing, inbox) = match listed {
        Ok(listed) => listed,
        Err(error) => {
            let what = match root.is_symlink() {
                true => "it is a link, and none is followed".to_owned(),
                false => error.to_string(),
            };
            state.unread = Some(what);
            return state;
        }
    };
    let count = |files: &[Found]| {
        let waits = |f: &&Found| !is_passed_over(&f.name) && !is_side(&f.name);
        files.iter().filter(waits).count() as u64
    };
    state.waiting = count(&listing.files);
    state.odd = listing.odd as u64;
    for name in &listing.folders {
        let name = String::from_utf8_lossy(name).into_owned();
        if name == DONE {
            continue;
        }
        let opened = inbox.below(&name).and_then(|f| Ok((f.list()?, f)));
        let (inside, folder) = match opened {
            Ok(opened) => opened,
            Err(error) => {
                state.unread.get_or_insert(format!("inbox/{name}: {error}"));
                continue;
            }
        };
        if name == FAILED {
            let reason = |f: &&Found| f.name.ends_with(REASON.as_bytes());
            state.failed = inside.files.iter().filter(reason).count() as u64;
        } else if account(name.as_bytes(), known).is_some() {
            state.waiting += count(&inside.files);
            state.odd += inside.odd as u64;
            for closed in restricted_below(&folder, &inside.folders) {
                state.waiting += count(&closed.list().unwrap_or_default().files);
            }
        } else if name != UNLAWFUL && !inside.files.is_empty() {
            state.strange.push(name);
        }
    }
    state
}
