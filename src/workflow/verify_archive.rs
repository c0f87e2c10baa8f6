//! Verification: bags against their manifests, and store, catalog and ledger against each other. Reads only.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use super::archive::is_being_written;
use super::{Archive, Error};
use crate::catalog::BagRow;
use crate::ledger::{self, Leaf};
use crate::record::{BagId, Digest};
use crate::store::{self, Depth, verify_bag};

/// What a verification found.
#[derive(Debug, Default)]
pub struct VerifyReport {
    pub bags: u64,
    pub files: u64,
    pub bytes: u64,
    /// Leaves of the log that the checkpoint signs.
    pub leaves: u64,
    pub root: Option<Digest>,
    pub faults: Vec<BagFaults>,
    /// What is wrong with the ledger, or between catalog, store and ledger.
    pub other: Vec<String>,
    /// Bags without a row, as a crash leaves them: the next writing command adopts them or moves them to quarantine.
    pub unrecorded: Vec<BagId>,
    /// What is not wrong, and worth knowing.
    pub notes: Vec<String>,
}

/// One bag with its faults.
#[derive(Debug)]
pub struct BagFaults {
    /// The bag's id, or its folder when it was named by one.
    pub bag: String,
    pub faults: Vec<store::Fault>,
}

impl VerifyReport {
    /// True when all that was acknowledged is as it was.
    pub fn is_sound(&self) -> bool {
        self.faults.is_empty() && self.other.is_empty()
    }
}

/// Verifies the whole archive; `each` is told of every bag that is done, and says whether to go on.
///
/// # Errors
/// When catalog or store cannot be read at all; what is wrong inside them is in the report. [`Error::BrokenOff`].
pub fn verify_archive(
    archive: &Archive,
    depth: Depth,
    each: &mut dyn FnMut(BagId) -> ControlFlow<()>,
) -> Result<VerifyReport, Error> {
    // The checkpoint first: a writer beside us only ever lets the catalog run ahead of it.
    let checkpoint = archive.ledger.checkpoint();
    let rows = archive.catalog().bags()?;
    let mut report = VerifyReport::default();
    let locked = Opened::of(archive, &rows, &mut report)?;
    let verified = verify_bags(archive, &rows, depth, each, &mut report);
    drop(locked);
    verified?;
    verify_store(archive, &rows, &mut report)?;
    // It is made from what is verified, and can be made again.
    if let Some(fault) = archive.catalog().index_fault(depth == Depth::Full)? {
        report.notes.push(format!(
            "the search index is damaged ({fault}): arkivd search --rebuild-index"
        ));
    }
    match checkpoint {
        Ok(Some(checkpoint)) => {
            report.leaves = checkpoint.size;
            report.root = Some(checkpoint.root);
            verify_ledger(archive, &rows, &checkpoint, &mut report)?;
        }
        Ok(None) => report
            .other
            .push("ledger: the checkpoint is missing".to_owned()),
        Err(error) => report.other.push(format!("ledger: {error}")),
    }
    Ok(report)
}

/// Locked bags whose folders are open to this process while their digests are reckoned; closed again when dropped.
struct Opened<'a> {
    archive: &'a Archive,
    bags: Vec<BagId>,
}

impl<'a> Opened<'a> {
    fn of(archive: &'a Archive, rows: &[BagRow], report: &mut VerifyReport) -> Result<Self, Error> {
        let mut bags = archive.catalog().locked_bags()?;
        bags.retain(|bag| rows.iter().any(|row| row.id == *bag));
        for bag in &bags {
            report.notes.push(format!(
                "bag {bag} is locked by an emergency: its digests are verified, and nobody reads it"
            ));
            archive.store.close(*bag, false)?;
        }
        Ok(Self { archive, bags })
    }
}

impl Drop for Opened<'_> {
    fn drop(&mut self) {
        for bag in &self.bags {
            if let Err(error) = self.archive.store.close(*bag, true) {
                tracing::error!(%bag, %error, "a locked bag could not be closed again: the next start closes it");
            }
        }
    }
}

fn verify_bags(
    archive: &Archive,
    rows: &[BagRow],
    depth: Depth,
    each: &mut dyn FnMut(BagId) -> ControlFlow<()>,
    report: &mut VerifyReport,
) -> Result<(), Error> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let faults = &mut report.faults;
    let recorded: BTreeMap<BagId, Digest> =
        rows.iter().map(|row| (row.id, row.commitment)).collect();
    let over = AtomicBool::new(false);
    let bags = rows.iter().map(|row| row.id);
    let totals = archive.store.verify(
        bags.take_while(|_| !over.load(Ordering::Relaxed)),
        depth,
        threads,
        &mut |bag, mut found| {
            if each(bag).is_break() {
                over.store(true, Ordering::Relaxed);
            }
            found.extend(
                recorded
                    .get(&bag)
                    .and_then(|c| other_commitment(archive, bag, *c)),
            );
            if !found.is_empty() {
                faults.push(BagFaults {
                    bag: bag.to_string(),
                    faults: found,
                });
            }
        },
    );
    report.bags = totals.bags;
    report.files = totals.files;
    report.bytes = totals.bytes;
    if over.load(Ordering::Relaxed) {
        return Err(Error::BrokenOff);
    }
    Ok(())
}

/// The fault of a bag that was sealed anew, with a commitment.txt that fits it: only the ledger's own tells.
/// What keeps commitment.txt from being read is told with the bag.
pub(super) fn other_commitment(
    archive: &Archive,
    bag: BagId,
    expected: Digest,
) -> Option<store::Fault> {
    let found = archive.store.commitment(bag).ok()?.digest();
    (found != expected).then_some(store::Fault::OtherCommitment { expected, found })
}

/// The store against the catalog: bags that no row names, and what does not belong.
fn verify_store(
    archive: &Archive,
    rows: &[BagRow],
    report: &mut VerifyReport,
) -> Result<(), Error> {
    let known: BTreeSet<BagId> = rows.iter().map(|row| row.id).collect();
    for found in archive.store.bags()? {
        match found {
            Err(stray) => report.other.push(format!("store: {stray}")),
            Ok(bag) if known.contains(&bag) => {}
            // It may have been committed since the rows were read.
            Ok(bag) if archive.catalog().bag(bag)?.is_some() => {}
            Ok(bag) if is_being_written(archive.paths()) => {
                report
                    .notes
                    .push(format!("bag {bag} is being recorded at this moment"));
            }
            Ok(bag) => report.unrecorded.push(bag),
        }
    }
    Ok(())
}

/// The catalog against the ledger: each index opens, is disposed, or is succeeded.
fn verify_ledger(
    archive: &Archive,
    rows: &[BagRow],
    checkpoint: &ledger::Checkpoint,
    report: &mut VerifyReport,
) -> Result<(), Error> {
    const CHUNK: u64 = 4096;
    let catalog = archive.catalog();
    let size = catalog.ledger_size()?;
    if size > checkpoint.size {
        report.notes.push(format!(
            "the catalog holds {size} leaves and the checkpoint signs {}: the next writing command renews it",
            checkpoint.size
        ));
    }
    // What the checkpoint does not sign yet is told above, and is no fault.
    let signed = size.min(checkpoint.size);
    let chunks = (0..signed).step_by(CHUNK as usize);
    let entries = chunks.flat_map(
        |from| match catalog.entries(from, (from + CHUNK).min(signed)) {
            Ok(chunk) => chunk.into_iter().map(Ok).collect(),
            Err(error) => vec![Err(error)],
        },
    );
    let faults = archive.ledger.verify(entries)?;
    report
        .other
        .extend(faults.iter().map(|f| format!("ledger: {f}")));

    let mut bags: BTreeMap<u64, &BagRow> = rows.iter().map(|row| (row.leaf, row)).collect();
    let mut done_with = BTreeSet::new();
    let mut unopened = BTreeMap::new();
    for from in (0..size).step_by(CHUNK as usize) {
        let chunk = catalog.entries(from, (from + CHUNK).min(size))?;
        for (n, entry) in (from..).zip(chunk) {
            match Leaf::parse(&entry) {
                Err(error) => report.other.push(format!("ledger: leaf {n}: {error}")),
                Ok(Leaf::Dispose { n: disposed, .. }) => {
                    done_with.insert(disposed);
                }
                Ok(Leaf::Capture { c } | Leaf::Decision { c }) => {
                    check_leaf(n, c, bags.remove(&n), report, &mut unopened)
                }
                Ok(Leaf::Succeed { c, n: succeeded }) => {
                    done_with.insert(succeeded);
                    check_leaf(n, c, bags.remove(&n), report, &mut unopened);
                }
                Ok(Leaf::Export { d } | Leaf::Disclosure { d }) => {
                    if catalog.export_digest(n)? != Some(d) {
                        report.other.push(format!(
                            "ledger: leaf {n} tells of an export that the catalog does not hold as it was"
                        ));
                    }
                }
            }
        }
    }
    for (n, problem) in unopened {
        if !done_with.contains(&n) {
            report.other.push(problem);
        }
    }
    for (n, row) in bags {
        report.other.push(if n >= size {
            format!(
                "catalog: bag {} names leaf {n}, and the log has {size}",
                row.id
            )
        } else {
            format!(
                "catalog: bag {} names leaf {n}, which is for no bag",
                row.id
            )
        });
    }
    Ok(())
}

/// A leaf opens when its bag's row holds the commitment it names; that the bag on disk holds the same is judged with
/// the bag ([`other_commitment`]).
fn check_leaf(
    n: u64,
    c: Digest,
    row: Option<&BagRow>,
    report: &mut VerifyReport,
    unopened: &mut BTreeMap<u64, String>,
) {
    match row {
        None => {
            unopened.insert(
                n,
                format!("ledger: leaf {n} opens no bag, and no leaf disposes of it or succeeds it"),
            );
        }
        Some(row) if row.commitment != c => report.other.push(format!(
            "ledger: leaf {n} is for commitment {c}, and the catalog has {} for bag {}",
            row.commitment, row.id
        )),
        Some(_) => {}
    }
}

/// Verifies one bag of the archive, also against what the ledger holds of it.
///
/// # Errors
/// When the archive has no such bag, or the catalog cannot be read.
pub fn verify_archived_bag(
    archive: &Archive,
    bag: BagId,
    depth: Depth,
) -> Result<VerifyReport, Error> {
    let row = archive.catalog().bag(bag)?.ok_or(Error::NoBag(bag))?;
    let mut report = VerifyReport::default();
    let mut each = |_| ControlFlow::Continue(());
    let rows = [row];
    let locked = Opened::of(archive, &rows, &mut report)?;
    let verified = verify_bags(archive, &rows, depth, &mut each, &mut report);
    drop(locked);
    verified?;
    Ok(report)
}

/// Verifies one bag by its folder, anywhere.
///
/// # Errors
/// When there is no such folder.
pub fn verify_one_bag(dir: &Path, depth: Depth) -> Result<VerifyReport, Error> {
    let found = verify_bag(dir, depth)?;
    let faults = if found.faults.is_empty() {
        Vec::new()
    } else {
        vec![BagFaults {
            bag: dir.display().to_string(),
            faults: found.faults,
        }]
    };
    Ok(VerifyReport {
        bags: 1,
        files: found.files,
        bytes: found.bytes,
        faults,
        ..VerifyReport::default()
    })
}
