//! The arithmetic of RFC 6962's tree; hashes are lent by a closure, numbered as tlog_tiles stores them.

use std::cell::RefCell;

use tlog_tiles::{
    EMPTY_HASH, Hash, HashReader, node_hash, record_hash, stored_hash_count,
    stored_hashes_for_record_hash, tree_hash,
};

use crate::record::Digest;

use super::{Cause, Error};

/// Lends stored hashes by their indexes, in that order.
pub type ReadHashes<'a, E> = &'a dyn Fn(&[u64]) -> Result<Vec<[u8; 32]>, E>;

/// What a transaction must store when leaves are appended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    /// New stored hashes with their indexes, which go on where the last ones ended.
    pub hashes: Vec<(u64, [u8; 32])>,
    /// Leaves in the log now.
    pub size: u64,
    /// Root of the log now.
    pub root: Digest,
}

/// Appends entries to a log of `size` leaves; `read` lends hashes that were stored before.
///
/// # Errors
/// When an entry is longer than 65535 bytes, or `read` fails or gives another number of hashes.
pub fn append<E: Into<Cause>>(
    size: u64,
    entries: &[Vec<u8>],
    read: ReadHashes<'_, E>,
) -> Result<Appended, Error> {
    let mut reader = Reader::new(read);
    reader.first_fresh = stored_hash_count(size);
    let mut next = size;
    for entry in entries {
        if entry.len() > usize::from(u16::MAX) {
            return Err(Error::EntryTooLong {
                index: next,
                bytes: entry.len(),
            });
        }
        let hashes = stored_hashes_for_record_hash(next, record_hash(entry), &reader);
        let hashes = reader.or_cause(next, hashes)?;
        reader.fresh.extend(hashes.into_iter().map(|hash| hash.0));
        next += 1;
    }
    let root = reader.root(next)?;
    Ok(Appended {
        hashes: (reader.first_fresh..).zip(reader.fresh).collect(),
        size: next,
        root,
    })
}

/// The root of a log with these entries, one entry and one hash a level in memory.
pub fn root_of(entries: impl IntoIterator<Item = impl AsRef<[u8]>>) -> Digest {
    let mut frontier = Frontier::default();
    for entry in entries {
        frontier.push(record_hash(entry.as_ref()));
    }
    frontier.root()
}

/// The roots of the full subtrees that a log ends in, largest first.
#[derive(Default)]
pub(super) struct Frontier {
    subtrees: Vec<Hash>,
    size: u64,
}

impl Frontier {
    pub(super) fn push(&mut self, leaf: Hash) {
        let mut hash = leaf;
        // Each trailing 1 of the size is a full subtree that the new leaf completes to a larger one.
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.subtrees.pop() {
                hash = node_hash(left, hash);
            }
        }
        self.subtrees.push(hash);
        self.size += 1;
    }

    pub(super) fn root(&self) -> Digest {
        let root = self
            .subtrees
            .iter()
            .rev()
            .copied()
            .reduce(|right, left| node_hash(left, right));
        Digest(root.unwrap_or(EMPTY_HASH).0)
    }
}

/// Gives tlog_tiles the hashes, and keeps the lender's own error, which tlog_tiles cannot carry.
pub(super) struct Reader<'a, E> {
    read: ReadHashes<'a, E>,
    first_fresh: u64,
    fresh: Vec<[u8; 32]>,
    failure: RefCell<Option<Error>>,
}

impl<'a, E: Into<Cause>> Reader<'a, E> {
    pub(super) fn new(read: ReadHashes<'a, E>) -> Self {
        Self {
            read,
            first_fresh: u64::MAX,
            fresh: Vec::new(),
            failure: RefCell::new(None),
        }
    }

    pub(super) fn root(&self, size: u64) -> Result<Digest, Error> {
        self.or_cause(size, tree_hash(size, self))
            .map(|hash| Digest(hash.0))
    }

    /// The lender's error rather than the one tlog_tiles made of it.
    pub(super) fn or_cause<T>(
        &self,
        size: u64,
        result: Result<T, tlog_tiles::Error>,
    ) -> Result<T, Error> {
        result.map_err(|source| self.failure.take().unwrap_or(Error::Tree { size, source }))
    }

    fn lend(&self, indexes: &[u64]) -> Result<Vec<[u8; 32]>, Error> {
        const WHAT: &str = "hashes";
        let first = indexes.first().copied().unwrap_or_default();
        let stored: Vec<u64> = indexes
            .iter()
            .copied()
            .filter(|index| *index < self.first_fresh)
            .collect();
        let mut lent = if stored.is_empty() {
            Vec::new()
        } else {
            (self.read)(&stored).map_err(|source| Error::Read {
                what: WHAT,
                first,
                source: source.into(),
            })?
        };
        let count = Error::Count {
            what: WHAT,
            first,
            asked: stored.len(),
            got: lent.len(),
        };
        if lent.len() != stored.len() {
            return Err(count);
        }
        let mut lent = lent.drain(..);
        indexes
            .iter()
            .map(|index| match index.checked_sub(self.first_fresh) {
                None => lent.next(),
                Some(fresh) => self.fresh.get(usize::try_from(fresh).ok()?).copied(),
            })
            .collect::<Option<_>>()
            .ok_or(count)
    }
}

impl<E: Into<Cause>> HashReader for Reader<'_, E> {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, tlog_tiles::Error> {
        match self.lend(indexes) {
            Ok(hashes) => Ok(hashes.into_iter().map(Hash).collect()),
            Err(error) => {
                *self.failure.borrow_mut() = Some(error);
                Err(tlog_tiles::Error::BadMath)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sha2::{Digest as _, Sha256};
    use std::convert::Infallible;

    /// RFC 6962 section 2.1, word for word and independent of tlog_tiles.
    fn naive(entries: &[Vec<u8>]) -> [u8; 32] {
        match entries {
            [] => Sha256::digest([]).into(),
            [one] => Sha256::new()
                .chain_update([0])
                .chain_update(one)
                .finalize()
                .into(),
            more => {
                let mut k = 1;
                while k * 2 < more.len() {
                    k *= 2;
                }
                Sha256::new()
                    .chain_update([1])
                    .chain_update(naive(&more[..k]))
                    .chain_update(naive(&more[k..]))
                    .finalize()
                    .into()
            }
        }
    }

    #[test]
    fn every_root_is_the_standards_own_however_the_leaves_came() {
        let entries: Vec<Vec<u8>> = (0..600)
            .map(|i| format!("entry {i}").into_bytes())
            .collect();
        let (mut stored, mut size) = (Vec::new(), 0);
        let mut batch = 0;
        while size <= 600_u64 {
            let at = usize::try_from(size).unwrap();
            let root = Digest(naive(&entries[..at]));
            assert_eq!(root_of(&entries[..at]), root, "size {size}");
            // Batches of 0, 1, 2, 3, 0, ... leaves.
            let until = (at + batch % 4).min(600);
            let appended = append(size, &entries[at..until], &|indexes: &[u64]| {
                Ok::<_, Infallible>(
                    indexes
                        .iter()
                        .map(|i| stored[usize::try_from(*i).unwrap()])
                        .collect(),
                )
            })
            .unwrap();
            assert_eq!(appended.root, Digest(naive(&entries[..until])));
            for (index, hash) in appended.hashes {
                assert_eq!(index, stored.len() as u64);
                stored.push(hash);
            }
            size = if appended.size == 600 {
                601
            } else {
                appended.size
            };
            batch += 1;
        }
        for size in 0..=600 {
            assert_eq!(
                root_of(&entries[..size]),
                Digest(naive(&entries[..size])),
                "size {size}"
            );
        }
    }

    #[test]
    fn the_lenders_error_and_a_wrong_count_are_told() {
        let entry = [b"x".to_vec()];
        let failed = append(1, &entry, &|_| {
            Err::<Vec<[u8; 32]>, _>("the catalog is gone")
        });
        let Err(Error::Read { source, .. }) = failed else {
            panic!("{failed:?}")
        };
        assert_eq!(source.to_string(), "the catalog is gone");
        let short = append(1, &entry, &|_| Ok::<_, Infallible>(vec![]));
        assert!(
            matches!(
                short,
                Err(Error::Count {
                    asked: 1,
                    got: 0,
                    ..
                })
            ),
            "{short:?}"
        );
        let long = append(0, &[vec![0; 65_536]], &|_| Ok::<_, Infallible>(vec![]));
        assert!(matches!(
            long,
            Err(Error::EntryTooLong {
                index: 0,
                bytes: 65_536
            })
        ));
    }
}
