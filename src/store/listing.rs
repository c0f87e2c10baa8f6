//! Walking the published bags, month by month, and what lies among them that should not.

use std::ffi::OsString;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use uuid::Uuid;

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

/// Each folder is read when the walk comes to it, its names held last first, so that memory holds one month.
pub(super) struct Bags {
    store: PathBuf,
    years: Folder,
    months: Folder,
    bags: Folder,
    /// What the folder that `bags` was read from is named after.
    month: (i32, u32),
}

/// A folder on the way, relative to the store, with the names in it that are still to come.
#[derive(Default)]
struct Folder {
    path: PathBuf,
    names: Vec<Name>,
}

struct Name {
    name: OsString,
    is_dir: bool,
}

impl Bags {
    pub(super) fn of(store: &Path) -> Result<Self, Error> {
        Ok(Self {
            store: store.to_owned(),
            years: Folder::read(store, PathBuf::new()).map_err(io_error("list", store))?,
            months: Folder::default(),
            bags: Folder::default(),
            month: (0, 0),
        })
    }

    fn enter_year(&mut self, found: Name) -> Option<Stray> {
        let path = self.years.path.join(&found.name);
        match number(&found, 4) {
            None => Some(Place::Year.not_at(path)),
            Some(year) => {
                self.month.0 = year.cast_signed();
                enter(&self.store, path, &mut self.months)
            }
        }
    }

    fn enter_month(&mut self, found: Name) -> Option<Stray> {
        let path = self.months.path.join(&found.name);
        match number(&found, 2) {
            None => Some(Place::Month.not_at(path)),
            Some(month) => {
                self.month.1 = month;
                enter(&self.store, path, &mut self.bags)
            }
        }
    }

    fn bag(&self, found: Name) -> Result<BagId, Stray> {
        let stray = |why| Stray {
            path: self.bags.path.join(&found.name),
            why,
        };
        let id: Option<BagId> = found.name.to_str().and_then(|name| {
            let id = Uuid::try_parse(name).ok()?;
            // Only the hyphenated, lower-case spelling is a bag's folder.
            (*id.hyphenated().encode_lower(&mut Uuid::encode_buffer()) == *name)
                .then_some(BagId(id))
        });
        match id.filter(|_| found.is_dir) {
            None => Err(stray(StrayReason::NotA(Place::Bag))),
            Some(id) if month_of(id) == self.month => Ok(id),
            Some(id) => {
                let (year, month) = month_of(id);
                Err(stray(StrayReason::OtherMonth { year, month }))
            }
        }
    }
}

impl Iterator for Bags {
    type Item = Result<BagId, Stray>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(found) = self.bags.names.pop() {
                return Some(self.bag(found));
            }
            let stray = if let Some(month) = self.months.names.pop() {
                self.enter_month(month)
            } else {
                let year = self.years.names.pop()?;
                self.enter_year(year)
            };
            if let Some(stray) = stray {
                return Some(Err(stray));
            }
        }
    }
}

/// The number that is the folder's name, when it is a folder and has that many digits.
fn number(found: &Name, digits: usize) -> Option<u32> {
    let name = found.name.to_str()?;
    let well_named = name.len() == digits && name.bytes().all(|b| b.is_ascii_digit());
    (found.is_dir && well_named).then(|| name.parse().ok())?
}

/// Reads a folder in place of the one that was walked before, or tells why it cannot be.
fn enter(store: &Path, path: PathBuf, into: &mut Folder) -> Option<Stray> {
    match Folder::read(store, path.clone()) {
        Ok(folder) => {
            *into = folder;
            None
        }
        Err(e) => Some(Stray {
            path,
            why: StrayReason::Unreadable(e),
        }),
    }
}

impl Place {
    fn not_at(self, path: PathBuf) -> Stray {
        Stray {
            path,
            why: StrayReason::NotA(self),
        }
    }
}

impl Folder {
    /// What is a folder the directory itself tells (`d_type`), on most file systems without asking each entry.
    fn read(store: &Path, path: PathBuf) -> io::Result<Self> {
        let mut names = fs::read_dir(store.join(&path))?
            .map(|entry| {
                let entry = entry?;
                Ok(Name {
                    is_dir: entry.file_type()?.is_dir(),
                    name: entry.file_name(),
                })
            })
            .collect::<io::Result<Vec<_>>>()?;
        names.sort_unstable_by(|a, b| b.name.cmp(&a.name));
        Ok(Self { path, names })
    }
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
