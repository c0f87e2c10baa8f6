//! A new archive: folder, configuration, the profile's policy, schedules and plan template, catalog, store, ledger with
//! its key.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use super::{Error, Paths, Surroundings, io_error};
use crate::catalog::{Catalog, NewEvent};
use crate::ledger::Ledger;
use crate::policy::Profile;
use crate::store::{Store, sync_dir};

/// What a new archive is made of.
#[derive(Debug)]
pub struct NewArchive<'a> {
    pub dir: &'a Path,
    pub profile: &'a Profile,
    /// The text of arkivd.toml.
    pub configuration: &'a str,
    /// The ledger's name in its checkpoints, such as `arkivd.example/tibro-kommun`.
    pub origin: &'a str,
}

/// Makes the archive whole, or leaves nothing: it is built aside and moved to its place.
///
/// # Errors
/// When the folder is not empty, lies on a network file system, or cannot be written.
pub fn create_archive(new: &NewArchive<'_>, around: &Surroundings) -> Result<(), Error> {
    let dir = std::path::absolute(new.dir).map_err(io_error(new.dir))?;
    if dir.exists() && fs::read_dir(&dir).map_err(io_error(&dir))?.next().is_some() {
        return Err(Error::NotEmpty(dir));
    }
    let building = format!(".arkivd-init-{}", (around.new_id)());
    // A folder that is there may be a disk of its own, or lie where only it may be written: it is filled from within.
    if dir.exists() {
        refuse_network_file_systems(&dir)?;
        let building = dir.join(building);
        let mut moved = Vec::new();
        let built = build(&building, new, around)
            .and_then(|()| move_into(&building, &dir, &mut moved))
            .and_then(|()| fs::remove_dir(&building).map_err(io_error(&building)));
        if let Err(error) = built {
            // What was begun goes; the first error is the one to tell.
            for path in moved.iter().rev().chain([&building]) {
                let _ = fs::remove_dir_all(path).or_else(|_| fs::remove_file(path));
            }
            return Err(error);
        }
        return Ok(sync_dir(&dir)?);
    }
    let parent = dir.parent().unwrap_or(&dir).to_owned();
    fs::create_dir_all(&parent).map_err(io_error(&parent))?;
    refuse_network_file_systems(&parent)?;
    let building = parent.join(building);
    let built = build(&building, new, around)
        .and_then(|()| fs::rename(&building, &dir).map_err(io_error(&dir)));
    if let Err(error) = built {
        let _ = fs::remove_dir_all(&building);
        return Err(error);
    }
    Ok(sync_dir(&parent)?)
}

/// Moves all that was built, the catalog last: it is what makes the folder an archive.
fn move_into(building: &Path, dir: &Path, moved: &mut Vec<PathBuf>) -> Result<(), Error> {
    let catalog = Paths::new(building).catalog();
    let mut built: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(building).map_err(io_error(building))? {
        built.push(entry.map_err(io_error(building))?.path());
    }
    built.sort_by_key(|path| (*path == catalog, path.clone()));
    for from in built {
        let to = dir.join(from.file_name().unwrap_or_default());
        fs::rename(&from, &to).map_err(io_error(&to))?;
        moved.push(to);
    }
    Ok(())
}

fn build(dir: &Path, new: &NewArchive<'_>, around: &Surroundings) -> Result<(), Error> {
    fs::DirBuilder::new()
        .mode(0o750)
        .create(dir)
        .map_err(io_error(dir))?;
    let paths = Paths::new(dir);
    write(&paths.configuration(), new.configuration)?;
    write(&paths.policy(), new.profile.policy_text)?;
    for folder in [paths.schedules(), dir.join("plans"), dir.join("inbox")] {
        fs::create_dir(&folder).map_err(io_error(&folder))?;
    }
    write(&dir.join("inbox/LÄSMIG.txt"), INBOX_README)?;
    let unlawful = dir.join("inbox/otillåtet");
    fs::create_dir(&unlawful).map_err(io_error(&unlawful))?;
    write(&unlawful.join("LÄSMIG.txt"), UNLAWFUL_README)?;
    let schedules = paths.schedules().join(format!("{}.toml", new.profile.name));
    write(&schedules, new.profile.schedules_text)?;
    let template = format!("plans/mall-{}.toml", new.profile.name);
    write(&dir.join(template), new.profile.plan_text)?;
    Store::create(dir)?;
    let seed = (around.salt)().map_err(Error::Salt)?;
    let ledger = Ledger::create(dir, new.origin, seed)?;
    let mut catalog = Catalog::create(&paths.catalog())?;
    catalog.add_event(&NewEvent {
        at: (around.now)(),
        actor: &around.actor,
        verb: "init",
        object: &around.organisation,
        before: None,
        after: None,
    })?;
    ledger.publish(0, 0, &|indexes| catalog.tree_hashes(indexes), &|range| {
        catalog.entries(range.start, range.end)
    })?;
    drop(catalog);
    let made = [
        paths.schedules(),
        dir.join("plans"),
        unlawful,
        dir.join("inbox"),
        dir.to_owned(),
    ];
    for folder in made {
        sync_dir(&folder)?;
    }
    Ok(())
}

/// For who opens the folder.
const INBOX_README: &str = include_str!("create_archive/LÄSMIG.txt");
const UNLAWFUL_README: &str = include_str!("create_archive/LÄSMIG-otillåtet.txt");

fn write(path: &Path, text: &str) -> Result<(), Error> {
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o640)
        .open(path)
        .map_err(io_error(path))?;
    file.write_all(text.as_bytes())
        .and_then(|()| file.sync_all())
        .map_err(io_error(path))
}

/// `flock` and SQLite's WAL are not safe there (design 8.2); numbers from statfs(2).
fn refuse_network_file_systems(dir: &Path) -> Result<(), Error> {
    const NETWORK: [(u64, &str); 9] = [
        (0x6969, "NFS"),
        (0x517B, "SMB"),
        (0xFF53_4D42, "CIFS"),
        (0xFE53_4D42, "SMB2"),
        (0x5346_414F, "AFS"),
        (0x7375_7245, "Coda"),
        (0x0102_1997, "9P"),
        (0x00C3_6400, "Ceph"),
        (0x0BD0_0BD0, "Lustre"),
    ];
    let found = rustix::fs::statfs(dir).map_err(|e| io_error(dir)(e.into()))?;
    #[allow(clippy::cast_sign_loss, clippy::unnecessary_cast)] // f_type's type differs by platform
    let kind = (found.f_type as u64) & 0xFFFF_FFFF;
    match NETWORK.iter().find(|(magic, _)| *magic == kind) {
        Some((_, kind)) => Err(Error::NetworkFileSystem {
            dir: dir.to_owned(),
            kind,
        }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::Utc;
    use uuid::Uuid;

    fn make(dir: &Path, origin: &str) -> Result<(), Error> {
        let profile = Profile::named("tibro").unwrap();
        let around = Surroundings {
            organisation: "Tibro kommun".into(),
            organisation_number: None,
            second_gate: None,
            pages: None,
            actor: "test".into(),
            now: Utc::now,
            new_id: Uuid::now_v7,
            salt: || Ok([7; 32]),
        };
        let new = NewArchive {
            dir,
            profile: &profile,
            configuration: "organisation = \"Tibro kommun\"\nprofile = \"tibro\"\n",
            origin,
        };
        create_archive(&new, &around)
    }

    fn names(dir: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(dir)
            .unwrap()
            .map(|e| e.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_new_folder_and_an_empty_one_become_the_same_archive() {
        let dir = tempfile::tempdir().unwrap();
        let (new, empty) = (dir.path().join("a/new"), dir.path().join("empty"));
        fs::create_dir(&empty).unwrap();
        for place in [&new, &empty] {
            make(place, "arkivd/tibro").unwrap();
            super::super::Archive::open_to_read(place).unwrap();
        }
        assert_eq!(names(&new), names(&empty));
        assert_eq!(names(dir.path()), ["a", "empty"]);
    }

    #[test]
    fn what_fails_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let (new, empty) = (dir.path().join("new"), dir.path().join("empty"));
        fs::create_dir(&empty).unwrap();
        for place in [&new, &empty] {
            assert!(make(place, "two\nlines").is_err());
        }
        assert_eq!(names(dir.path()), ["empty"]);
        assert!(names(&empty).is_empty());
    }

    #[test]
    fn a_folder_that_holds_something_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("letter.txt"), "mine").unwrap();
        assert!(matches!(
            make(dir.path(), "arkivd/tibro"),
            Err(Error::NotEmpty(_))
        ));
        assert_eq!(names(dir.path()), ["letter.txt"]);
    }
}
