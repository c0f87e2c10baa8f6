//! A new archive: folder, configuration, policy and schedules of a profile, catalog, store, ledger with its key.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

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

/// Makes the archive whole, or leaves nothing: it is built beside its place and moved there.
///
/// # Errors
/// When the folder is not empty, lies on a network file system, or cannot be written.
pub fn create_archive(new: &NewArchive<'_>, around: &Surroundings) -> Result<(), Error> {
    let dir = std::path::absolute(new.dir).map_err(io_error(new.dir))?;
    if dir.exists() && fs::read_dir(&dir).map_err(io_error(&dir))?.next().is_some() {
        return Err(Error::NotEmpty(dir));
    }
    let parent = dir.parent().unwrap_or(&dir).to_owned();
    fs::create_dir_all(&parent).map_err(io_error(&parent))?;
    refuse_network_file_systems(&parent)?;
    let id = (around.new_id)();
    let building = parent.join(format!(".arkivd-init-{id}"));
    let built = build(&building, new, around).and_then(|()| {
        // An empty folder gives way to the whole archive in one step.
        fs::rename(&building, &dir).map_err(io_error(&dir))
    });
    if let Err(error) = built {
        // What was begun goes; the first error is the one to tell.
        let _ = fs::remove_dir_all(&building);
        return Err(error);
    }
    sync_dir(&parent)?;
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
    let schedules = paths.schedules().join(format!("{}.toml", new.profile.name));
    write(&schedules, new.profile.schedules_text)?;
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
    for folder in [paths.schedules(), dir.to_owned()] {
        sync_dir(&folder)?;
    }
    Ok(())
}

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
