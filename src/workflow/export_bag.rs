//! A bag handed out as it is: verified first, so that a damaged one never leaves unnoticed.

use std::fs::File;
use std::path::Path;

use chrono::{DateTime, Utc};

use super::verify_archive::other_commitment;
use super::{Archive, Error, RemovalFault};
use crate::export::{self, Exported};
use crate::record::BagId;
use crate::store::{Depth, Fault, verify_bag};

/// Copies the bag to `out`, or as a ZIP into the file that was given for it. Gives the faults instead, and copies nothing,
/// when it is damaged.
///
/// # Errors
/// When the bag is not in the archive, or `out` exists or cannot be written.
pub fn export_bag(
    archive: &Archive,
    bag: BagId,
    out: &Path,
    given: Option<File>,
) -> Result<Result<Exported, Vec<Fault>>, Error> {
    let row = archive.catalog().bag(bag)?.ok_or(Error::NoBag(bag))?;
    if let Some(lock) = archive.catalog().bag_lock(bag)? {
        let case = lock.case;
        return Err(RemovalFault::BagLocked { bag, case }.into());
    }
    let dir = archive.store.path(row.id).join("bag");
    let mut faults = verify_bag(&dir, Depth::Full)?.faults;
    faults.extend(other_commitment(archive, bag, row.commitment));
    if !faults.is_empty() {
        return Ok(Err(faults));
    }
    let (name, at) = (bag.to_string(), sealed_at(bag));
    Ok(Ok(match given {
        Some(file) => export::export_bag_into(&dir, &name, at, file, out)?,
        None => export::export_bag(&dir, &name, at, out)?,
    }))
}

/// The bag's own time, from its UUIDv7: the same bag gives the same ZIP at any time.
fn sealed_at(bag: BagId) -> DateTime<Utc> {
    bag.0
        .get_timestamp()
        .and_then(|t| {
            let (seconds, nanos) = t.to_unix();
            DateTime::from_timestamp(i64::try_from(seconds).ok()?, nanos)
        })
        .unwrap_or_default()
}
