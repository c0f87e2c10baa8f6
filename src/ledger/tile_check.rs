//! Judges the tiles on disk against the leaves, one tile a level in memory.

use std::fs;
use std::io;
use std::path::Path;

use tlog_tiles::{HASH_SIZE, Hash, Tile, record_hash};

use super::Fault;
use super::tiles::{WIDTH, bundle_path, push_entry, tile_path};

pub(super) struct TileCheck<'a> {
    ledger: &'a Path,
    levels: Vec<Level>,
    bundle: Vec<u8>,
    entries: u64,
    pub(super) faults: Vec<Fault>,
}

#[derive(Default)]
struct Level {
    /// Tiles that are full and judged.
    full: u64,
    hashes: Vec<u8>,
}

const TILE_BYTES: usize = HASH_SIZE << super::tiles::HEIGHT;

impl<'a> TileCheck<'a> {
    pub(super) fn new(ledger: &'a Path) -> Self {
        Self {
            ledger,
            levels: Vec::new(),
            bundle: Vec::new(),
            entries: 0,
            faults: Vec::new(),
        }
    }

    /// The next leaf; its hash is given back.
    pub(super) fn push(&mut self, entry: &[u8]) -> Hash {
        if let Err(bytes) = push_entry(&mut self.bundle, entry) {
            self.faults.push(Fault::BadLeaf {
                index: self.entries,
                problem: format!("it has {bytes} bytes, more than the 65535 an entry may have"),
            });
        }
        self.entries += 1;
        if self.entries.is_multiple_of(WIDTH) {
            self.judge_bundle();
        }
        let leaf = record_hash(entry);
        let mut carried = Some(leaf);
        let mut level = 0;
        while let Some(hash) = carried {
            carried = self.push_hash(level, hash);
            level += 1;
        }
        leaf
    }

    /// The hash of the tile that is full now, which is a hash of the level above.
    fn push_hash(&mut self, level: usize, hash: Hash) -> Option<Hash> {
        if self.levels.len() <= level {
            self.levels.resize_with(level + 1, Level::default);
        }
        let here = self.levels.get_mut(level)?;
        here.hashes.extend(hash.0);
        if here.hashes.len() < TILE_BYTES {
            return None;
        }
        let full = std::mem::take(&mut here.hashes);
        let n = here.full;
        here.full += 1;
        self.judge_tile(level, n, &full);
        Some(Tile::subtree_hash(&full))
    }

    /// Judges the partial tiles and the last bundle, after the last leaf.
    pub(super) fn finish(mut self) -> Vec<Fault> {
        for (level, partial) in std::mem::take(&mut self.levels).into_iter().enumerate() {
            if !partial.hashes.is_empty() {
                self.judge_tile(level, partial.full, &partial.hashes);
            }
        }
        if !self.bundle.is_empty() {
            self.judge_bundle();
        }
        self.faults
    }

    fn judge_tile(&mut self, level: usize, n: u64, expected: &[u8]) {
        let width = (expected.len() / HASH_SIZE) as u32;
        self.judge(tile_path(level as u8, n, width), expected);
    }

    fn judge_bundle(&mut self) {
        let last = self.entries.saturating_sub(1);
        let width = (last % WIDTH + 1) as u32;
        let bundle = std::mem::take(&mut self.bundle);
        self.judge(bundle_path(last / WIDTH, width), &bundle);
    }

    fn judge(&mut self, path: String, expected: &[u8]) {
        match fs::read(self.ledger.join(&path)) {
            Ok(found) if found == expected => {}
            Ok(_) => self.faults.push(Fault::ChangedTile { path }),
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                self.faults.push(Fault::MissingTile { path });
            }
            Err(e) => self.faults.push(Fault::UnreadableTile {
                path,
                error: e.to_string(),
            }),
        }
    }
}
