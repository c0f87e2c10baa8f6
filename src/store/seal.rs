//! Sealing and publishing a bag (facts: durability steps 1 and 2).

use std::path::{Path, PathBuf};

use crate::record::{BagId, Digest};

use super::archive::{DIR_MODE, FILE_MODE};
use super::crash::crash_point;
use super::staging::{StagedBag, Staging};
use super::{BagInfo, Commitment, Error, disk, io_error, manifest};

pub(super) const BAGIT: &str = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n";

/// A bag that is whole and durable in staging. Dropped before it is published, it is removed.
#[derive(Debug)]
#[must_use = "a sealed bag that is not published is removed"]
pub struct SealedBag {
    bag: BagId,
    folder: Staging,
    target: PathBuf,
    commitment: Digest,
    bytes: u64,
    files: u64,
}

/// A bag in the store: durable, and acknowledged once the ledger's checkpoint holds its commitment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedBag {
    pub bag: BagId,
    /// `store/YYYY/MM/<uuid>` in the archive.
    pub path: PathBuf,
    /// `c` of its leaf in the ledger.
    pub commitment: Digest,
    /// Of the payload.
    pub bytes: u64,
    pub files: u64,
}

pub(super) fn seal(staged: StagedBag, info: &BagInfo, salt: [u8; 32]) -> Result<SealedBag, Error> {
    if staged.files().is_empty() {
        return Err(Error::Empty(staged.bag));
    }
    let files = staged.files().len() as u64;
    let bytes = staged.files().iter().map(|file| file.bytes).sum();
    let payload = manifest::render(
        staged
            .files()
            .iter()
            .map(|file| (file.path.as_str(), file.sha256)),
    );
    let tags = [
        ("bagit.txt", BAGIT.to_owned()),
        ("bag-info.txt", info.render(bytes, files)),
        ("manifest-sha256.txt", payload),
    ];
    let tagmanifest = manifest::render(
        tags.iter()
            .map(|(name, text)| (*name, Digest::of(text.as_bytes()))),
    );
    let commitment = Commitment {
        salt,
        tagmanifest: Digest::of(tagmanifest.as_bytes()),
    };
    let bag = staged.folder.bag();
    for (name, text) in &tags {
        write_tag(&bag.join(name), text)?;
    }
    write_tag(&bag.join("tagmanifest-sha256.txt"), &tagmanifest)?;
    write_tag(
        &staged.folder.path.join(Commitment::FILE),
        &commitment.text(),
    )?;
    crash_point("store::seal::tags");
    for folder in staged.folders_bottom_up() {
        disk::sync_dir(&bag.join(folder))?;
    }
    disk::sync_dir(&bag)?;
    disk::sync_dir(&staged.folder.path)?;
    crash_point("store::seal::written");
    Ok(SealedBag {
        bag: staged.bag,
        folder: staged.folder,
        target: staged.target,
        commitment: commitment.digest(),
        bytes,
        files,
    })
}

fn write_tag(path: &Path, text: &str) -> Result<(), Error> {
    disk::create_file(path, text.as_bytes(), FILE_MODE & 0o444)
}

impl SealedBag {
    pub fn bag(&self) -> BagId {
        self.bag
    }

    /// `c` of its leaf in the ledger: SHA-256 of commitment.txt.
    pub fn commitment(&self) -> Digest {
        self.commitment
    }

    /// Moves the bag into the store in one step, durably.
    ///
    /// # Errors
    /// [`Error::Exists`] when a bag of that id is there; when the disk fails. Unless the move itself was done
    /// ([`Error::Sync`] after it), the staged bag is removed.
    pub fn publish(mut self) -> Result<PublishedBag, Error> {
        let month = parent(&self.target);
        let year = parent(month);
        let store = parent(year);
        disk::make_dir(year, DIR_MODE)?;
        disk::make_dir(month, DIR_MODE)?;
        crash_point("store::publish::month");
        disk::rename_new(&self.folder.path, &self.target).map_err(|e| match e.kind() {
            std::io::ErrorKind::AlreadyExists => Error::Exists(self.bag),
            _ => io_error("publish", &self.folder.path)(e),
        })?;
        self.folder.keep = true;
        crash_point("store::publish::renamed");
        // All the way up each time: a crash may have come between the making of a month and its sync.
        for folder in [month, year, store, self.folder.parent()] {
            disk::sync_dir(folder)?;
        }
        crash_point("store::publish::synced");
        Ok(PublishedBag {
            bag: self.bag,
            path: self.target,
            commitment: self.commitment,
            bytes: self.bytes,
            files: self.files,
        })
    }
}

fn parent(path: &Path) -> &Path {
    path.parent().unwrap_or(path)
}
