//! A look at the inbox: which files have come to their end, what belongs together, and what is said of it.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::{self, Read as _};
use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::folder::Folder;
use super::{About, Fault, Found, Stamps, Unit};
use crate::record::AccountId;

/// Bytes of a side file.
const MOST_SIDE_FILE: u64 = 1 << 20;
/// How long a file without an account waits for a side file, and a group for its files.
const WAITS_FOR_SIDE: TimeDelta = TimeDelta::minutes(1);
const WAITS_FOR_FILES: TimeDelta = TimeDelta::hours(1);

/// Folders that are no account's.
pub(super) const DONE: &str = "done";
pub(super) const FAILED: &str = "failed";
/// Kept for what editors tell of unlawful content.
pub(super) const UNLAWFUL: &str = "otillåtet";
/// Where what was dropped there lies once its case is open.
pub(super) const UNLAWFUL_DONE: &str = "otillåtet/done";
pub(super) const REASON: &str = ".orsak.txt";

/// Folders of an account's folder whose files not everyone may see; macOS writes the letter as two.
const RESTRICTED: [&str; 2] = ["begränsat", "begra\u{308}nsat"];

pub(super) struct Seen {
    /// All files, for the next look.
    pub(super) stamps: Stamps,
    /// By folder and name.
    pub(super) ready: Vec<Unit>,
}

/// Looks at the inbox; `before` is what the look before saw.
pub(super) fn scan(
    root: &Path,
    known: &[AccountId],
    before: &Stamps,
    stuck: &Stamps,
    now: DateTime<Utc>,
) -> io::Result<Seen> {
    let inbox = Folder::at(root)?;
    let listing = inbox.list()?;
    let mut seen = Seen {
        stamps: Stamps::new(),
        ready: Vec::new(),
    };
    let names = listing
        .folders
        .iter()
        .filter_map(|name| account(name, known));
    let mut folders: Vec<(Folder, Option<AccountId>, Vec<Found>, bool)> = Vec::new();
    folders.push((inbox, None, listing.files, false));
    for account in names {
        let Some((inbox, ..)) = folders.first() else {
            break;
        };
        // One that cannot be opened, or is a link by now, holds up no other.
        let Ok(folder) = inbox.below(account.as_str()) else {
            continue;
        };
        let Ok(listing) = folder.list() else {
            continue;
        };
        for closed in restricted_below(&folder, &listing.folders) {
            if let Ok(listing) = closed.list() {
                folders.push((closed, Some(account.clone()), listing.files, true));
            }
        }
        folders.push((folder, Some(account), listing.files, false));
    }
    for (folder, account, files, restricted) in folders {
        let mut look = Look {
            folder: Arc::new(folder),
            account,
            restricted,
            known,
            before,
            now,
            files: BTreeMap::new(),
        };
        for file in files.into_iter().filter(|file| !is_passed_over(&file.name)) {
            let key = (look.folder.name.clone(), file.name.clone());
            if stuck.get(&key) != Some(&file.stamp) {
                look.files.insert(file.name.clone(), file.clone());
            }
            seen.stamps.insert(key, file.stamp);
        }
        seen.ready.extend(look.units());
    }
    Ok(seen)
}

/// The account that a folder is of, if it is one's.
pub(super) fn account(name: &[u8], known: &[AccountId]) -> Option<AccountId> {
    let name = std::str::from_utf8(name).ok()?;
    let id: AccountId = name.parse().ok()?;
    (![DONE, FAILED].contains(&name) && known.contains(&id)).then_some(id)
}

pub(super) fn restricted_below(folder: &Folder, inside: &[Vec<u8>]) -> Vec<Folder> {
    let closed = |name: &&Vec<u8>| RESTRICTED.iter().any(|r| r.as_bytes() == name.as_slice());
    let names = inside.iter().filter(closed);
    let names = names.filter_map(|name| std::str::from_utf8(name).ok());
    names.filter_map(|name| folder.below(name).ok()).collect()
}

/// What programs write while they work, what systems leave, and our own words.
pub(super) fn is_passed_over(name: &[u8]) -> bool {
    let lower = String::from_utf8_lossy(name).to_lowercase();
    name.ends_with(b"~")
        || lower.starts_with("~$")
        || [
            ".part",
            ".partial",
            ".tmp",
            ".crdownload",
            ".download",
            ".filepart",
            ".swp",
        ]
        .iter()
        .any(|ending| lower.ends_with(ending))
        || ["läsmig.txt", "thumbs.db", "desktop.ini"].contains(&lower.as_str())
}

pub(super) fn is_side(name: &[u8]) -> bool {
    name.to_ascii_lowercase().ends_with(b".toml")
}

/// The name without its ending.
fn stem(name: &[u8]) -> &[u8] {
    match name.iter().rposition(|b| *b == b'.') {
        Some(at) if at > 0 => name.get(..at).unwrap_or(name),
        _ => name,
    }
}

/// A side file, and what it says.
type Side = (Found, Result<About, Fault>);

struct Look<'a> {
    folder: Arc<Folder>,
    account: Option<AccountId>,
    /// What lies here is for those who may, unless its side file says otherwise.
    restricted: bool,
    known: &'a [AccountId],
    before: &'a Stamps,
    now: DateTime<Utc>,
    files: BTreeMap<Vec<u8>, Found>,
}

impl Look<'_> {
    fn units(self) -> Vec<Unit> {
        let mut units = Vec::new();
        let mut taken: HashSet<Vec<u8>> = HashSet::new();
        let mut by_stem: HashMap<Vec<u8>, Vec<Side>> = HashMap::new();
        // True while a side file's words are not known: they may be of any file that has none of its own.
        let mut hold = false;
        for side in self.files.values().filter(|f| is_side(&f.name)) {
            if !self.stands(side) {
                // What it will describe waits for it.
                taken.extend(self.described(&side.name).map(|f| f.name.clone()));
                hold = true;
                continue;
            }
            let said = self.read(side);
            match said {
                Ok(About {
                    files: Some(ref names),
                    ..
                }) => {
                    let names: Vec<Vec<u8>> =
                        names.iter().map(|n| n.0.clone().into_bytes()).collect();
                    taken.extend(names.iter().cloned());
                    // A name that is spelt otherwise than the file's must not make it public meanwhile.
                    let closed = said.as_ref().is_ok_and(|s| s.visibility().is_restricted());
                    let group = self.group(side, &names, said);
                    hold |= group.is_none() && closed;
                    units.extend(group);
                }
                Err(fault) => {
                    let named = self.named_in(side);
                    let beside = self.described(&side.name).next().is_some();
                    if named.is_empty() {
                        hold |= !beside;
                        let key = stem(&side.name).to_vec();
                        by_stem
                            .entry(key)
                            .or_default()
                            .push((side.clone(), Err(fault)));
                        continue;
                    }
                    // They fail with it: what it says of them is not known.
                    taken.extend(named.iter().map(|f| f.name.clone()));
                    if named.iter().all(|f| self.stands(f)) {
                        units.push(self.unit(named, vec![side.clone()], Err(fault)));
                    }
                }
                said => {
                    let key = stem(&side.name).to_vec();
                    by_stem.entry(key).or_default().push((side.clone(), said));
                }
            }
        }
        for file in self.files.values().filter(|f| !is_side(&f.name)) {
            if taken.contains(&file.name) || !self.stands(file) {
                // A side file waits with what it describes.
                by_stem.remove(file.name.as_slice());
                by_stem.remove(stem(&file.name));
                continue;
            }
            let longer = by_stem.remove(file.name.as_slice()).unwrap_or_default();
            let shorter = by_stem.remove(stem(&file.name)).unwrap_or_default();
            let mut sides = longer;
            sides.extend(shorter);
            if hold && sides.is_empty() {
                continue;
            }
            units.extend(self.single(file, sides));
        }
        let alone = by_stem.into_values().flatten();
        for (side, said) in alone {
            if self.now - side.stamp.since() > WAITS_FOR_FILES {
                let fault = said.err().unwrap_or(Fault::SideFileAlone(side.told()));
                units.push(self.unit(Vec::new(), vec![side], Err(fault)));
            }
        }
        let first = |u: &Unit| {
            u.files
                .iter()
                .chain(&u.sides)
                .map(|f| f.name.clone())
                .next()
        };
        units.sort_by_cached_key(|unit| (unit.account.clone(), first(unit)));
        units
    }

    /// As the look before saw it.
    fn stands(&self, file: &Found) -> bool {
        let key = (self.folder.name.clone(), file.name.clone());
        self.before.get(&key) == Some(&file.stamp)
    }

    /// The files that a side file of that name is beside.
    fn described<'f>(&'f self, side: &[u8]) -> impl Iterator<Item = &'f Found> {
        let name = stem(side).to_vec();
        let all = self.files.values().filter(|f| !is_side(&f.name));
        all.filter(move |f| f.name == name || stem(&f.name) == name)
    }

    /// Files that a side file names which cannot be understood, with those that it is beside.
    fn named_in(&self, side: &Found) -> Vec<Found> {
        let mut text = Vec::new();
        let file = self.folder.open(side);
        let read = file.and_then(|file| file.take(MOST_SIDE_FILE).read_to_end(&mut text));
        if read.is_err() {
            return Vec::new();
        }
        let of_name = |b: Option<&u8>| {
            b.is_some_and(|b| b.is_ascii_alphanumeric() || b"-_.".contains(b) || *b >= 0x80)
        };
        let stands_there = |name: &[u8]| {
            text.windows(name.len()).enumerate().any(|(at, window)| {
                window == name
                    && !of_name(at.checked_sub(1).and_then(|b| text.get(b)))
                    && !of_name(text.get(at + name.len()))
            })
        };
        let files = self.files.values().filter(|f| !is_side(&f.name));
        let mut named: Vec<Found> = files.filter(|f| stands_there(&f.name)).cloned().collect();
        if !named.is_empty() {
            let beside = self.described(&side.name);
            let beside = beside.filter(|f| named.iter().all(|n| n.name != f.name));
            let beside: Vec<Found> = beside.cloned().collect();
            named.extend(beside);
        }
        named
    }

    fn read(&self, side: &Found) -> Result<About, Fault> {
        let unread = |source| Fault::SideFileUnread {
            name: side.told(),
            source,
        };
        let mut text = String::new();
        let file = self.folder.open(side).map_err(unread)?;
        file.take(MOST_SIDE_FILE)
            .read_to_string(&mut text)
            .map_err(unread)?;
        Ok(About::parse(&text, &side.told(), self.now)?)
    }

    /// A side file with the files that it names; `None` while they are waited for.
    fn group(&self, side: &Found, names: &[Vec<u8>], said: Result<About, Fault>) -> Option<Unit> {
        let found: Vec<Found> = names
            .iter()
            .filter_map(|n| self.files.get(n).cloned())
            .collect();
        let mut said = said;
        if found.len() < names.len() {
            if self.now - side.stamp.since() <= WAITS_FOR_FILES {
                return None;
            }
            let missing = names.iter().filter(|n| !self.files.contains_key(*n));
            let missing = missing.map(|n| String::from_utf8_lossy(n).into_owned());
            said = Err(Fault::MissingFiles(missing.collect()));
        }
        if !found.iter().all(|f| self.stands(f)) {
            return None;
        }
        Some(self.unit(found, vec![side.clone()], said))
    }

    /// A file with the side file beside it; `None` while one is waited for.
    fn single(&self, file: &Found, sides: Vec<Side>) -> Option<Unit> {
        let (sides, mut said): (Vec<Found>, Vec<_>) = sides.into_iter().unzip();
        let said = match (said.pop(), sides.as_slice()) {
            (Some(_), [one, two, ..]) => Err(Fault::TwoSideFiles(one.told(), two.told())),
            (Some(said), _) => said,
            (None, _) => Ok(About::default()),
        };
        if self.account.is_none()
            && sides.is_empty()
            && self.now - file.stamp.since() <= WAITS_FOR_SIDE
        {
            return None;
        }
        Some(self.unit(vec![file.clone()], sides, said))
    }

    /// Whose it is, by its folder and its side file.
    fn unit(&self, files: Vec<Found>, sides: Vec<Found>, said: Result<About, Fault>) -> Unit {
        let told = said.as_ref().ok().and_then(|about| about.account.clone());
        let (account, said) = match (self.account.clone(), told, said) {
            (Some(given), Some(told), Ok(_)) if given != told => (
                Some(given.clone()),
                Err(Fault::OtherAccount { told, given }),
            ),
            (Some(given), _, said) => (Some(given), said),
            (None, Some(told), Ok(_)) if !self.known.contains(&told) => {
                (None, Err(Fault::UnknownAccount(told)))
            }
            (None, told, said) => (told, said),
        };
        let said = said.map(|mut about| {
            about.restricted = about.restricted.or(self.restricted.then_some(true));
            about
        });
        Unit {
            folder: Arc::clone(&self.folder),
            account,
            files,
            sides,
            said,
        }
    }
}
