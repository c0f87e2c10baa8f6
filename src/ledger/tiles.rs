//! Where tiles and entry bundles lie (C2SP tlog-tiles): `tile/L/NNN`, `tile/entries/NNN`, `.p/W` while partial.

use tlog_tiles::Tile;

/// A tile is 8 levels high: 256 hashes, or 256 entries.
pub(super) const HEIGHT: u8 = 8;
pub(super) const WIDTH: u64 = 1 << HEIGHT;

/// Path of a hash tile relative to `ledger`.
pub(super) fn tile_path(level: u8, n: u64, width: u32) -> String {
    // tlog_tiles writes the height too, as Go's checksum database has it.
    let path = Tile::new(HEIGHT, level, n, width, false).path();
    path.replacen("tile/8/", "tile/", 1)
}

/// Path of an entry bundle relative to `ledger`.
pub(super) fn bundle_path(n: u64, width: u32) -> String {
    let path = Tile::new(HEIGHT, 0, n, width, true).path();
    path.replacen("tile/8/data/", "tile/entries/", 1)
}

/// The bundles of a log of `size` entries that one of `from` entries does not have: number and width.
pub(super) fn new_bundles(from: u64, size: u64) -> impl Iterator<Item = (u64, u32)> {
    let first = from / WIDTH;
    let end = if from < size {
        size.div_ceil(WIDTH)
    } else {
        first
    };
    (first..end).map(move |n| (n, width_of(n, size)))
}

/// How many of the tile's places a level with that many hashes fills.
pub(super) fn width_of(n: u64, hashes: u64) -> u32 {
    let left = hashes.saturating_sub(n * WIDTH).min(WIDTH);
    u32::try_from(left).unwrap_or_default()
}

/// An entry in a bundle: its length in two bytes, big-endian, then itself.
pub(super) fn push_entry(bundle: &mut Vec<u8>, entry: &[u8]) -> Result<(), usize> {
    let length = u16::try_from(entry.len()).map_err(|_| entry.len())?;
    bundle.extend(length.to_be_bytes());
    bundle.extend(entry);
    Ok(())
}

/// The entries of a bundle; None when it is torn.
pub(super) fn split_bundle(mut bundle: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut entries = Vec::new();
    while let Some((length, rest)) = bundle.split_first_chunk::<2>() {
        let (entry, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        entries.push(entry.to_vec());
        bundle = rest;
    }
    bundle.is_empty().then_some(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_those_of_the_specification() {
        assert_eq!(tile_path(0, 0, 256), "tile/0/000");
        assert_eq!(tile_path(1, 1_234_067, 8), "tile/1/x001/x234/067.p/8");
        assert_eq!(bundle_path(1_234_067, 256), "tile/entries/x001/x234/067");
        assert_eq!(bundle_path(0, 255), "tile/entries/000.p/255");
    }

    #[test]
    fn only_bundles_that_grew_are_new() {
        let new = |from, size| new_bundles(from, size).collect::<Vec<_>>();
        assert_eq!(new(0, 0), []);
        assert_eq!(new(5, 5), []);
        assert_eq!(new(0, 1), [(0, 1)]);
        assert_eq!(new(255, 256), [(0, 256)]);
        assert_eq!(new(256, 256), []);
        assert_eq!(new(256, 257), [(1, 1)]);
        assert_eq!(new(200, 600), [(0, 256), (1, 256), (2, 88)]);
    }

    #[test]
    fn a_bundle_splits_again_and_a_torn_one_does_not() {
        let mut bundle = Vec::new();
        for entry in [&b"one"[..], b"", b"three"] {
            push_entry(&mut bundle, entry).unwrap();
        }
        assert_eq!(split_bundle(&bundle).unwrap(), [&b"one"[..], b"", b"three"]);
        assert_eq!(split_bundle(&bundle[..bundle.len() - 1]), None);
        assert_eq!(split_bundle(&[0]), None);
        assert_eq!(push_entry(&mut bundle, &[0; 65_536]), Err(65_536));
    }
}
