//! Under way: the files that are being taken are noted before they are, so that one that ends the daemon is known at
//! the next start, and stops nothing.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{Stamps, Unit};

/// So often may the daemon end while a file is taken. Once can be a power cut or an impatient hand, and says nothing
/// of the file; the second time it was taken alone.
pub(super) const MOST_ENDS: u32 = 2;

/// A file by its folder and name.
type Key = (String, Vec<u8>);

/// Files that the daemon did not survive, with how often, and the note of what is being taken.
pub(super) struct UnderWay {
    note: PathBuf,
    suspects: HashMap<Key, u32>,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    folder: String,
    name: Vec<u8>,
    /// How often the daemon ended while it was taken, before this.
    ends: u32,
    under_way: bool,
}

impl UnderWay {
    /// As the last daemon left it. Not in staging/, which is cleared at each start.
    pub(super) fn of(archive: &Path) -> Self {
        let note = archive.join("inbox.under-way");
        // A note that is not whole was begun before its files were.
        let text = fs::read(&note).unwrap_or_default();
        let entries: Vec<Entry> = serde_json::from_slice(&text).unwrap_or_default();
        let suspects = entries.into_iter().map(|entry| {
            let ends = entry.ends + u32::from(entry.under_way);
            ((entry.folder, entry.name), ends)
        });
        Self {
            suspects: suspects.collect(),
            note,
        }
    }

    /// How often the daemon ended while a file of the unit was taken.
    pub(super) fn ends(&self, unit: &Unit) -> u32 {
        let ends = keys(unit).filter_map(|key| self.suspects.get(&key));
        ends.copied().max().unwrap_or_default()
    }

    /// Notes what is taken now. It need not outlast a power cut, which is no file's fault.
    pub(super) fn begin(&self, batch: &[Unit]) {
        let taken: Vec<Key> = batch.iter().flat_map(keys).collect();
        let rest = self.suspects.keys().filter(|key| !taken.contains(key));
        let entry = |key: &Key, under_way| Entry {
            folder: key.0.clone(),
            name: key.1.clone(),
            ends: self.suspects.get(key).copied().unwrap_or_default(),
            under_way,
        };
        let rest = rest.map(|key| entry(key, false));
        let entries: Vec<Entry> = taken
            .iter()
            .map(|key| entry(key, true))
            .chain(rest)
            .collect();
        self.write(&entries);
    }

    /// Nothing is taken any more, whatever it came to.
    pub(super) fn end(&self) {
        match self.suspects.is_empty() {
            true => told(match fs::remove_file(&self.note) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
                removed => removed,
            }),
            false => self.begin(&[]),
        }
    }

    /// What has come to its end is no suspect, nor is the next file of its name.
    pub(super) fn forget(&mut self, batch: &[Unit]) {
        for key in batch.iter().flat_map(keys) {
            self.suspects.remove(&key);
        }
        self.end();
    }

    /// Forgets files that are gone.
    pub(super) fn keep(&mut self, there: &Stamps) {
        self.suspects.retain(|key, _| there.contains_key(key));
    }

    fn write(&self, entries: &[Entry]) {
        let text = serde_json::to_vec(entries).map_err(io::Error::from);
        told(text.and_then(|text| fs::write(&self.note, text)));
    }
}

fn keys(unit: &Unit) -> impl Iterator<Item = Key> {
    let all = unit.files.iter().chain(&unit.sides);
    all.map(|found| (unit.folder.name.clone(), found.name.clone()))
}

/// Files are taken without a note too.
fn told(written: io::Result<()>) {
    if let Err(error) = written {
        tracing::warn!(%error, "the inbox's note of what is under way could not be written");
    }
}
