//! inbox/otillåtet/: an editor without a shell drops an address, a text or a picture. A case is opened, and the answer
//! lies beside it: FÅR DÖLJAS at once, and what comes next as the case moves.

mod answer;
mod bring;
mod dropped;
mod take;

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};

use super::folder::Folder;
use super::scan::{DONE, UNLAWFUL, UNLAWFUL_DONE, is_passed_over, is_side};
use super::{Found, Stamps};
use crate::catalog::RemovalReply;
use crate::policy::Policy;
use crate::workflow::removal::{RemovalSettings, reply};
use crate::workflow::{Archive, Case, Error, Surroundings};
use take::take;

pub use bring::save_dropped;

/// macOS writes the letter as two.
const NAMES: [&str; 2] = [UNLAWFUL, "otilla\u{30a}tet"];
/// The end of an answer's name.
pub(super) const ANSWER: &str = ".svar.txt";
/// Files that are taken at one look: the rest waits for the next.
const AT_ONCE: usize = 50;

/// The folder inbox/otillåtet/ between two looks at it.
pub struct UnlawfulInbox {
    root: PathBuf,
    /// Files as the look before saw them.
    before: Stamps,
    /// Files that were looked into: a case is open, or it is told why not.
    refused: Stamps,
    /// True while the folder cannot be listed, which is told once.
    unread: bool,
}

/// A file with what is said of it beside it, in its folder.
struct Ready {
    file: Found,
    side: Option<Found>,
    /// What the folder's name says it is.
    said: Option<String>,
}

/// Why a file opened no case, in Swedish.
struct Refusal(String);

impl UnlawfulInbox {
    pub fn new(archive: &Path) -> Self {
        Self {
            root: archive.join("inbox"),
            before: Stamps::new(),
            refused: Stamps::new(),
            unread: false,
        }
    }

    /// Opens a case for each thing that stood still since the look before; gives the cases whose things are to be saved.
    ///
    /// # Errors
    /// Those of the archive.
    pub fn look(
        &mut self,
        archive: &Archive,
        settings: &RemovalSettings,
        around: &Surroundings,
        who: &dyn Fn(u32) -> String,
    ) -> Result<Vec<u64>, Error> {
        let folders = match self.folders() {
            Ok(folders) => folders,
            Err(error) => {
                if !self.unread {
                    tracing::error!(%error, "inbox/otillåtet cannot be read: it is looked at again later");
                }
                self.unread = true;
                return Ok(Vec::new());
            }
        };
        self.unread = false;
        let mut stamps = Stamps::new();
        let mut opened = Vec::new();
        for (folder, said) in folders {
            let Ok(listing) = folder.list() else {
                continue;
            };
            let ready = self.ready(&folder, listing.files, said, &mut stamps);
            if ready.is_empty() {
                continue;
            }
            let policy = policy_of(archive)?;
            for ready in ready.into_iter().take(AT_ONCE) {
                let around = Surroundings {
                    actor: who(ready.file.stamp.owner),
                    ..around.clone()
                };
                let came_of = take(
                    &self.root, archive, &policy, settings, &around, &folder, &ready,
                )?;
                // One that could not be moved is not taken twice.
                let key = (folder.name.clone(), ready.file.name.clone());
                self.refused.insert(key, ready.file.stamp);
                match came_of {
                    Ok(case) => {
                        // What was refused before holds no more.
                        answer::remove(&folder, &answer::name(&ready.file.name, ""));
                        opened.push(case);
                    }
                    Err(Refusal(text)) => {
                        let name = answer::name(&ready.file.name, "");
                        answer::write_or_tell(&folder, &name, &text);
                    }
                }
            }
        }
        self.refused
            .retain(|key, stamp| stamps.get(key) == Some(stamp));
        self.before = stamps;
        Ok(opened)
    }

    /// The folder and the folders in it that are named as a category.
    fn folders(&self) -> io::Result<Vec<(Folder, Option<String>)>> {
        // Who looks after the inbox tells of that.
        let Ok(inbox) = Folder::at(&self.root) else {
            return Ok(Vec::new());
        };
        let mut all = Vec::new();
        for name in NAMES {
            let folder = match inbox.below(name) {
                Ok(folder) => folder,
                // Without the folder there is nothing to take.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(error),
            };
            let below = folder.list()?.folders;
            let below = below
                .into_iter()
                .filter_map(|name| String::from_utf8(name).ok());
            for said in below.filter(|name| name != DONE) {
                if let Ok(inner) = folder.below(&said) {
                    all.push((inner, Some(said)));
                }
            }
            all.push((folder, None));
        }
        Ok(all)
    }

    /// What stands still, with what is said of it.
    fn ready(
        &self,
        folder: &Folder,
        files: Vec<Found>,
        said: Option<String>,
        stamps: &mut Stamps,
    ) -> Vec<Ready> {
        let key = |file: &Found| (folder.name.clone(), file.name.clone());
        let files: Vec<Found> = files
            .into_iter()
            .filter(|file| !is_passed_over(&file.name) && !is_answer(&file.name))
            .collect();
        for file in &files {
            stamps.insert(key(file), file.stamp);
        }
        let stands = |file: &Found| self.before.get(&key(file)) == Some(&file.stamp);
        let refused = |file: &Found| self.refused.get(&key(file)) == Some(&file.stamp);
        let beside = |file: &Found| {
            let of = |side: &&Found| is_side(&side.name) && describes(&side.name, &file.name);
            files.iter().find(of)
        };
        files
            .iter()
            .filter(|file| !is_side(&file.name) && stands(file) && !refused(file))
            .filter(|file| beside(file).is_none_or(stands))
            .map(|file| Ready {
                file: file.clone(),
                side: beside(file).cloned(),
                said: said.clone(),
            })
            .collect()
    }

    /// Writes the answers of cases that have moved. `saving` are those whose things are being saved just now.
    ///
    /// # Errors
    /// Those of the archive.
    pub fn answer(
        &self,
        archive: &Archive,
        saving: &HashSet<u64>,
        around: &Surroundings,
    ) -> Result<(), Error> {
        let replies = archive.catalog().removal_replies()?;
        if replies.is_empty() {
            return Ok(());
        }
        let policy = policy_of(archive)?;
        for reply in replies {
            let is_saving = saving.contains(&reply.case);
            answer_one(&self.root, archive, &policy, &reply, is_saving, around)?;
        }
        Ok(())
    }

    /// Cases of this folder whose things are not saved yet, for a start.
    ///
    /// # Errors
    /// Those of the archive.
    pub fn unfinished(&self, archive: &Archive) -> Result<Vec<u64>, Error> {
        let catalog = archive.catalog();
        let mut all = Vec::new();
        for reply in catalog.removal_replies()? {
            let case = catalog.removal(&reply.case.to_string())?;
            let untried = catalog
                .removal_objects(&case)?
                .iter()
                .any(|o| o.saved().is_none() && o.tried.is_none());
            if case.closed.is_none() && (reply.brought.is_some() || untried) {
                all.push(reply.case);
            }
        }
        Ok(all)
    }
}

fn policy_of(archive: &Archive) -> Result<Policy, Error> {
    let path = archive.paths().policy();
    let text = std::fs::read_to_string(&path).map_err(crate::workflow::io_error(&path))?;
    Ok(Policy::parse(&text, &path.display().to_string())?)
}

fn is_answer(name: &[u8]) -> bool {
    name.ends_with(ANSWER.as_bytes())
}

/// `bild.toml` and `bild.png.toml`, beside `bild.png`.
fn describes(side: &[u8], file: &[u8]) -> bool {
    let stem = |name: &[u8]| {
        let dot = name.iter().rposition(|b| *b == b'.').filter(|at| *at > 0);
        name.get(..dot.unwrap_or(name.len()))
            .unwrap_or(name)
            .to_vec()
    };
    let of = stem(side);
    of == file || of == stem(file)
}

fn answer_one(
    root: &Path,
    archive: &Archive,
    policy: &Policy,
    was: &RemovalReply,
    saving: bool,
    around: &Surroundings,
) -> Result<(), Error> {
    let now = (around.now)();
    let mut catalog = archive.catalog();
    let case = Case::named(&catalog, policy, &was.case.to_string(), now)?;
    let text = reply(&case, saving, now);
    let sha256 = answer::digest(&text);
    if sha256 == was.sha256 {
        return Ok(());
    }
    match Folder::at(root).and_then(|inbox| answer::below(inbox, &was.folder)) {
        Ok(folder) => {
            let name = was.name.as_bytes();
            if let Err(error) = answer::write(&folder, name, &text) {
                tracing::error!(%error, "inbox/otillåtet: an answer could not be written");
                return Ok(());
            }
        }
        // Who took the folder away wants no answer.
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => {
            tracing::error!(%error, "inbox/otillåtet: an answer could not be written");
            return Ok(());
        }
    }
    if case.removal.closed.is_some() {
        return Ok(catalog.end_removal_reply(was.case)?);
    }
    let now = RemovalReply {
        sha256,
        ..was.clone()
    };
    Ok(catalog.keep_removal_reply(&case.removal, &now)?)
}
