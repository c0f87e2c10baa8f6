//! Walking the published bags, month by month, and what lies among them that should not.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::record::BagId;

use super::archive::month_of;
use super::{Error, io_error};

/// Something in the store that is not a bag in its place.
#[derive(Debug, thiserror::Error)]
#[error("{}: {why}", path.display())]
pub struct Stray {
    /// Relative to `store`.
    pub path: PathBuf,
    #[source]
    pub why: StrayReason,
}

/// Why it does not belong.
#[derive(Debug, thiserror::Error)]
pub enum StrayReason {
    /// Not a folder named YYYY, MM or by a UUID, where one belongs.
    #[error("not a {0}")]
    NotA(Place),
    /// A bag that by its own id belongs to another month.
    #[error("its id belongs under {year:04}/{month:02}")]
    OtherMonth { year: i32, month: u32 },
    #[error("it cannot be read")]
    Unreadable(#[source] io::Error),
}

/// What stands at a depth of the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Year,
    Month,
    Bag,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Year => "folder of a year",
            Self::Month => "folder of a month",
            Self::Bag => "folder of a bag",
        })
    }
}

/// Each level is read when the walk comes to it and held as reversed names, so that memory holds one month.
pub(super) struct Bags {
    store: PathBuf,
    levels: [Vec<Name>; 3],
    strays: Vec<Stray>,
}

struct Name {
    path: PathBuf,
    name: String,
    is_dir: bool,
}

impl Bags {
    pub(super) fn of(store: &Path) -> Result<Self, Error> {
        let years = names(store, Path::new("")).map_err(io_error("list", store))?;
        Ok(Self {
            store: store.to_owned(),
            levels: [years, Vec::new(), Vec::new()],
            strays: Vec::new(),
        })
    }

    fn descend(&mut self, level: usize, from: Name, place: Place, digits: usize) -> Option<Stray> {
        let well_named = from.name.len() == digits && from.name.bytes().all(|b| b.is_ascii_digit());
        let why = if !from.is_dir || !well_named {
            StrayReason::NotA(place)
        } else {
            match names(&self.store, &from.path) {
                Ok(found) => {
                    if let Some(level) = self.levels.get_mut(level) {
                        *level = found;
                    }
                    return None;
                }
                Err(e) => StrayReason::Unreadable(e),
            }
        };
        Some(Stray {
            path: from.path,
            why,
        })
    }
}

impl Iterator for Bags {
    type Item = Result<BagId, Stray>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(stray) = self.strays.pop() {
                return Some(Err(stray));
            }
            let [years, months, bags] = &mut self.levels;
            if let Some(found) = bags.pop() {
                return Some(bag(found));
            }
            if let Some(month) = months.pop() {
                let stray = self.descend(2, month, Place::Month, 2);
                self.strays.extend(stray);
            } else {
                let year = years.pop()?;
                let stray = self.descend(1, year, Place::Year, 4);
                self.strays.extend(stray);
            }
        }
    }
}

fn bag(found: Name) -> Result<BagId, Stray> {
    let id: Option<BagId> = found.name.parse().ok();
    let why = match id {
        // Only the hyphenated, lower-case spelling is a bag's folder.
        Some(id) if found.is_dir && id.to_string() == found.name => {
            let (year, month) = month_of(id);
            if found
                .path
                .parent()
                .is_some_and(|p| p == Path::new(&format!("{year:04}/{month:02}")))
            {
                return Ok(id);
            }
            StrayReason::OtherMonth { year, month }
        }
        _ => StrayReason::NotA(Place::Bag),
    };
    Err(Stray {
        path: found.path,
        why,
    })
}

/// The names in a folder of the store, last first.
fn names(store: &Path, folder: &Path) -> io::Result<Vec<Name>> {
    let mut names = fs::read_dir(store.join(folder))?
        .map(|entry| {
            let entry = entry?;
            let name = entry.file_name();
            Ok(Name {
                path: folder.join(&name),
                is_dir: entry.file_type()?.is_dir(),
                name: name.to_string_lossy().into_owned(),
            })
        })
        .collect::<io::Result<Vec<_>>>()?;
    names.sort_unstable_by(|a, b| b.name.cmp(&a.name));
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;

    #[test]
    fn bags_come_in_order_and_strays_are_told_where_they_lie() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::create(dir.path()).unwrap();
        // 2026-10-01, 2026-11-01 and 2026-11-21.
        let ids: Vec<BagId> = [
            "01a0f4c2-c400-7000-8000-000000000001",
            "01a19467-e800-7000-8000-000000000001",
            "01a1fb67-1800-7000-8000-000000000001",
        ]
        .map(|id| id.parse().unwrap())
        .into();
        let root = dir.path().join("store");
        for id in ids.iter().rev() {
            fs::create_dir_all(store.path(*id)).unwrap();
        }
        let elsewhere = root.join("2026/12").join(ids[0].to_string());
        fs::create_dir_all(&elsewhere).unwrap();
        fs::create_dir(root.join("lost+found")).unwrap();
        fs::create_dir(root.join("2026/1")).unwrap();
        fs::write(root.join("2026/11/notes.txt"), "x").unwrap();
        fs::write(root.join("2027"), "a file").unwrap();
        fs::create_dir(root.join("2026/11/01A1FB67-1800-7000-8000-000000000002")).unwrap();

        let (mut found, mut strays) = (Vec::new(), Vec::new());
        for bag in store.bags().unwrap() {
            match bag {
                Ok(id) => found.push(id),
                Err(stray) => strays.push(stray.to_string()),
            }
        }
        assert_eq!(found, ids);
        let elsewhere = format!("2026/12/{}: its id belongs under 2026/10", ids[0]);
        for expected in [
            "2026/1: not a folder of a month",
            "2026/11/notes.txt: not a folder of a bag",
            "2026/11/01A1FB67-1800-7000-8000-000000000002: not a folder of a bag",
            "2027: not a folder of a year",
            "lost+found: not a folder of a year",
            &elsewhere,
        ] {
            assert!(
                strays.iter().any(|s| s == expected),
                "{expected}: {strays:#?}"
            );
        }
        assert_eq!(strays.len(), 6);
    }
}
