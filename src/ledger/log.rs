//! The log on disk: its key, its tiles, and the checkpoint that is written last.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use ed25519_dalek::SigningKey;
use tlog_tiles::Tile;

use crate::record::Digest;
use crate::store::{crash_point, make_dir, replace_file, sync_dir};

use super::key::{self, Verifier, io_error};
use super::tile_check::TileCheck;
use super::tiles::{self, HEIGHT, WIDTH, bundle_path, new_bundles, push_entry, tile_path};
use super::tree::{Frontier, ReadHashes, Reader};
use super::{Cause, Checkpoint, Error, Fault, Leaf};

/// Every crash point of the ledger, in the order a publish passes them.
pub const CRASH_POINTS: &[&str] = &["ledger::tile", "ledger::tiles", "ledger::checkpoint"];

/// Lends the entries of a range of leaves, in order.
pub type ReadEntries<'a, E> = &'a dyn Fn(Range<u64>) -> Result<Vec<Vec<u8>>, E>;

/// The ledger of one archive.
pub struct Ledger {
    ledger: PathBuf,
    verifier: Verifier,
    signing: Option<SigningKey>,
}

impl Ledger {
    /// Makes `ledger/` and the key in `keys/` from 32 random bytes. `origin` names the log for ever, as in
    /// `arkivd.example/tibro-kommun`.
    ///
    /// # Errors
    /// [`Error::Exists`] when there is a key; [`Error::Origin`]; when the disk fails.
    pub fn create(archive: &Path, origin: &str, seed: [u8; 32]) -> Result<Self, Error> {
        let signing = key::create(archive, origin, seed)?;
        Ok(Self {
            ledger: archive.join("ledger"),
            verifier: key::read_public(archive)?,
            signing: Some(signing),
        })
    }

    /// Opens the ledger to write.
    ///
    /// # Errors
    /// When a key is missing, is not one, is open to others, or is not that of log.pub.
    pub fn open(archive: &Path) -> Result<Self, Error> {
        let mut ledger = Self::open_to_verify(archive)?;
        ledger.signing = Some(key::read_private(archive, &ledger.verifier)?);
        Ok(ledger)
    }

    /// Opens the ledger to read: needs no private key.
    ///
    /// # Errors
    /// When log.pub is missing or is not a key.
    pub fn open_to_verify(archive: &Path) -> Result<Self, Error> {
        Ok(Self {
            ledger: archive.join("ledger"),
            verifier: key::read_public(archive)?,
            signing: None,
        })
    }

    /// The log's name.
    pub fn origin(&self) -> &str {
        &self.verifier.origin
    }

    /// Publishes the log's first `size` leaves: tiles, entry bundles, and last the signed checkpoint, each in one
    /// durable step. `from_size` is what was published before, or 0 to write all anew. Running it again writes the
    /// same bytes. `read_hashes` lends stored hashes by index, `read_entries` the entries of a range of leaves.
    ///
    /// # Errors
    /// [`Error::Shrinks`] and [`Error::Forked`] when the published checkpoint promises something else;
    /// [`Error::Checkpoint`] when it is damaged; when a lender or the disk fails. The old checkpoint then stands.
    pub fn publish<E: Into<Cause>, F: Into<Cause>>(
        &self,
        from_size: u64,
        size: u64,
        read_hashes: ReadHashes<'_, E>,
        read_entries: ReadEntries<'_, F>,
    ) -> Result<Checkpoint, Error> {
        let signing = self.signing.as_ref().ok_or(Error::NoKey)?;
        let reader = Reader::new(read_hashes);
        let published = self.checkpoint()?;
        if let Some(published) = &published {
            keep_the_promise(published, size, &reader)?;
        }
        let root = reader.root(size)?;
        let from = from_size.min(published.map_or(0, |published| published.size));

        let mut folders = BTreeSet::new();
        self.write_tiles(from, size, read_hashes, &mut folders)?;
        self.write_bundles(from, size, read_entries, &mut folders)?;
        // A folder sorts before what lies in it.
        for folder in folders.iter().rev() {
            sync_dir(folder)?;
        }
        crash_point("ledger::tiles");

        let path = self.checkpoint_path();
        let checkpoint =
            Checkpoint::sign(&self.verifier, signing, size, root).map_err(|problem| {
                Error::Checkpoint {
                    path: path.clone(),
                    problem,
                }
            })?;
        replace_file(&path, checkpoint.text.as_bytes(), FILE_MODE)?;
        crash_point("ledger::checkpoint");
        self.drop_partials(from, size)?;
        Ok(checkpoint)
    }

    /// The published checkpoint, its signature verified; None before the first.
    ///
    /// # Errors
    /// [`Error::Checkpoint`] says what is wrong with it.
    pub fn checkpoint(&self) -> Result<Option<Checkpoint>, Error> {
        let path = self.checkpoint_path();
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(io_error(&path)(e)),
        };
        String::from_utf8(bytes)
            .map_err(|_| "it is not UTF-8".to_owned())
            .and_then(|text| Checkpoint::open(&self.verifier, &text))
            .map(Some)
            .map_err(|problem| Error::Checkpoint { path, problem })
    }

    /// The entries on disk, a bundle in memory at a time, up to the published checkpoint.
    ///
    /// # Errors
    /// As [`Ledger::checkpoint`]; in the iteration, a bundle that is missing or torn.
    pub fn entries(&self) -> Result<impl Iterator<Item = Result<Vec<u8>, Error>> + use<'_>, Error> {
        let size = self.checkpoint()?.map_or(0, |checkpoint| checkpoint.size);
        let mut failed = false;
        Ok(new_bundles(0, size)
            .map(|(n, width)| self.read_bundle(n, width))
            .flat_map(|bundle| match bundle {
                Ok(entries) => entries.into_iter().map(Ok).collect::<Vec<_>>(),
                Err(e) => vec![Err(e)],
            })
            .take_while(move |entry| {
                let go_on = !failed;
                failed = entry.is_err();
                go_on
            }))
    }

    /// Judges the ledger against the leaves that the catalog has (or [`Ledger::entries`]), in order: each is a leaf,
    /// their root is the checkpoint's, the signature holds, the tiles on disk say the same. One tile a level in memory.
    ///
    /// # Errors
    /// When the lender of the entries or the disk fails. What is wrong with the ledger is in the list.
    pub fn verify<E: Into<Cause>>(
        &self,
        entries: impl IntoIterator<Item = Result<Vec<u8>, E>>,
    ) -> Result<Vec<Fault>, Error> {
        let mut faults = Vec::new();
        let checkpoint = match self.checkpoint() {
            Ok(checkpoint) => checkpoint,
            Err(Error::Checkpoint { problem, .. }) => {
                faults.push(Fault::BadCheckpoint { problem });
                None
            }
            Err(e) => return Err(e),
        };
        let unreadable = !faults.is_empty();
        let mut tiles = TileCheck::new(&self.ledger);
        let mut frontier = Frontier::default();
        let mut leaves = 0;
        for entry in entries {
            let entry = entry.map_err(|source| Error::Read {
                what: "entries",
                first: leaves,
                source: source.into(),
            })?;
            faults.extend(judge_leaf(leaves, &entry));
            if checkpoint.as_ref().is_some_and(|c| leaves < c.size) {
                frontier.push(tiles.push(&entry));
            }
            leaves += 1;
        }
        match checkpoint {
            None if leaves > 0 && !unreadable => faults.push(Fault::NoCheckpoint { leaves }),
            None => {}
            Some(checkpoint) => {
                if checkpoint.size != leaves {
                    faults.push(Fault::Size {
                        checkpoint: checkpoint.size,
                        leaves,
                    });
                }
                if checkpoint.size <= leaves {
                    let found = frontier.root();
                    if found != checkpoint.root {
                        faults.push(Fault::Root {
                            size: checkpoint.size,
                            expected: checkpoint.root,
                            found,
                        });
                    }
                    faults.extend(tiles.finish());
                } else {
                    // The partial tiles are those of more leaves than there are.
                    faults.append(&mut tiles.faults);
                }
            }
        }
        Ok(faults)
    }

    fn checkpoint_path(&self) -> PathBuf {
        self.ledger.join("checkpoint")
    }

    fn read_bundle(&self, n: u64, width: u32) -> Result<Vec<Vec<u8>>, Error> {
        let path = self.ledger.join(bundle_path(n, width));
        let bytes = fs::read(&path).map_err(io_error(&path))?;
        match tiles::split_bundle(&bytes) {
            Some(entries) if entries.len() == width as usize => Ok(entries),
            _ => Err(Error::Bundle {
                path,
                problem: "it does not hold the entries it should",
            }),
        }
    }

    fn write_tiles<E: Into<Cause>>(
        &self,
        from: u64,
        size: u64,
        read_hashes: ReadHashes<'_, E>,
        folders: &mut BTreeSet<PathBuf>,
    ) -> Result<(), Error> {
        let reader = Reader::new(read_hashes);
        for tile in Tile::new_tiles(HEIGHT, from, size) {
            let data = reader.or_cause(size, tile.read_data(&reader))?;
            let path = tile_path(tile.level(), tile.level_index(), tile.width());
            self.write(&path, &data, folders)?;
        }
        Ok(())
    }

    fn write_bundles<E: Into<Cause>>(
        &self,
        from: u64,
        size: u64,
        read_entries: ReadEntries<'_, E>,
        folders: &mut BTreeSet<PathBuf>,
    ) -> Result<(), Error> {
        const WHAT: &str = "entries";
        for (n, width) in new_bundles(from, size) {
            let first = n * WIDTH;
            let entries =
                read_entries(first..first + u64::from(width)).map_err(|source| Error::Read {
                    what: WHAT,
                    first,
                    source: source.into(),
                })?;
            if entries.len() != width as usize {
                return Err(Error::Count {
                    what: WHAT,
                    first,
                    asked: width as usize,
                    got: entries.len(),
                });
            }
            let mut bundle = Vec::new();
            for (entry, index) in entries.iter().zip(first..) {
                push_entry(&mut bundle, entry)
                    .map_err(|bytes| Error::EntryTooLong { index, bytes })?;
            }
            self.write(&bundle_path(n, width), &bundle, folders)?;
        }
        Ok(())
    }

    /// Writes one tile, unless it stands there already, and notes the folders above it for the sync.
    fn write(
        &self,
        path: &str,
        bytes: &[u8],
        folders: &mut BTreeSet<PathBuf>,
    ) -> Result<(), Error> {
        let mut folder = self.ledger.clone();
        folders.insert(folder.clone());
        if let Some((above, _)) = path.rsplit_once('/') {
            for name in above.split('/') {
                folder.push(name);
                make_dir(&folder, 0o750)?;
                folders.insert(folder.clone());
            }
        }
        let full = self.ledger.join(path);
        if !fs::read(&full).is_ok_and(|found| found == bytes) {
            replace_file(&full, bytes, FILE_MODE)?;
        }
        crash_point("ledger::tile");
        Ok(())
    }

    /// Partial tiles whose full tile is published have served (C2SP tlog-tiles, "Partial Tiles").
    fn drop_partials(&self, from: u64, size: u64) -> Result<(), Error> {
        let full_tiles = Tile::new_tiles(HEIGHT, from, size)
            .into_iter()
            .filter(|tile| u64::from(tile.width()) == WIDTH)
            .map(|tile| tile_path(tile.level(), tile.level_index(), tile.width()));
        let full_bundles = new_bundles(from, size)
            .filter(|(_, width)| u64::from(*width) == WIDTH)
            .map(|(n, width)| bundle_path(n, width));
        for path in full_tiles.chain(full_bundles) {
            let partials = self.ledger.join(format!("{path}.p"));
            match fs::remove_dir_all(&partials) {
                Err(e) if e.kind() != io::ErrorKind::NotFound => {
                    return Err(io_error(&partials)(e));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

const FILE_MODE: u32 = 0o640;

/// A new checkpoint may only go on from the published one.
fn keep_the_promise<E: Into<Cause>>(
    published: &Checkpoint,
    size: u64,
    reader: &Reader<'_, E>,
) -> Result<(), Error> {
    if size < published.size {
        return Err(Error::Shrinks {
            published: published.size,
            asked: size,
        });
    }
    let computed: Digest = reader.root(published.size)?;
    if computed == published.root {
        Ok(())
    } else {
        Err(Error::Forked {
            size: published.size,
            published: published.root,
            computed,
        })
    }
}

fn judge_leaf(index: u64, entry: &[u8]) -> Option<Fault> {
    let problem = match Leaf::parse(entry) {
        Err(e) => e.to_string(),
        Ok(leaf) => {
            let n = leaf.names().filter(|n| *n >= index)?;
            format!("it names leaf {n}, which does not come before it")
        }
    };
    Some(Fault::BadLeaf { index, problem })
}
