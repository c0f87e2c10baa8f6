//! Recovery at start-up: what a crash left is dropped, adopted or set aside, and the ledger's files are brought up to
//! the catalog (facts/trust.md, durability).

use std::collections::BTreeMap;
use std::io::BufReader;

use serde::de::DeserializeOwned;

use super::execute_gallring::{DOCUMENT_FILE, resume};
use super::removal::lock_again;
use super::{Archive, Error, Surroundings, told};
use crate::catalog::{Joins, NewBag, NewCapture, NewLook, Place, Sighting};
use crate::ledger;
use crate::record::{
    BagId, BagKind, CAPTURE_FORMAT, CaptureFile, CaptureId, Coverage, GallringId, MediumHeld,
    Outcome, RECORDS_FORMAT, RecordsFile, json_fault,
};
use crate::store::{Depth, verify_bag};

/// One thing that start-up mended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Repair {
    /// A bag that was never published was dropped; nothing in it had been acknowledged.
    StagingDropped { name: String },
    /// A published bag without a row got its row.
    Adopted { bag: BagId },
    /// A published bag without a row could not be adopted and was moved to quarantine/.
    Quarantined { bag: BagId, why: String },
    /// A bag that a gallring had taken out of the archive lay there again, or still, and was removed.
    Removed { bag: BagId },
    /// A gallring that was broken off was carried out to its end.
    GallringEnded { gallring: GallringId },
    /// It could not be, and waits.
    GallringWaits { gallring: GallringId, why: String },
    /// Tiles and checkpoint were brought from one size of the log to another.
    CheckpointRenewed { from: u64, to: u64 },
}

impl std::fmt::Display for Repair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::StagingDropped { name } => {
                write!(
                    f,
                    "dropped what an unfinished capture had left in staging: {name}"
                )
            }
            Self::Adopted { bag } => write!(
                f,
                "adopted bag {bag}, which was sealed but not yet recorded"
            ),
            Self::Quarantined { bag, why } => write!(f, "moved bag {bag} to quarantine: {why}"),
            Self::Removed { bag } => write!(
                f,
                "removed bag {bag}, which a gallring had destroyed or not yet put in another's place"
            ),
            Self::GallringEnded { gallring } => {
                write!(
                    f,
                    "went on with gallring {gallring}, which was broken off, to its end"
                )
            }
            Self::GallringWaits { gallring, why } => {
                write!(f, "gallring {gallring} is not ended: {why}")
            }
            Self::CheckpointRenewed { from, to } => {
                write!(f, "brought the ledger's files from {from} to {to} leaves")
            }
        }
    }
}

/// Repairs what a crash left, before the archive is handed to whoever opens it.
///
/// It takes every bag in staging and every bag without a row for a crash's, so no capture of this archive may be at
/// work: [`Archive::open_to_write`] calls it under the writer's lock, as the first thing and only there. Called later,
/// it would drop, adopt or set aside a bag that a capture is sealing at that moment.
///
/// # Errors
/// When the catalog is older than the ledger, or something cannot be read, moved or written.
pub(super) fn recover(archive: &Archive, around: &Surroundings) -> Result<Vec<Repair>, Error> {
    let mut repairs: Vec<Repair> = archive
        .store
        .clear_staging()?
        .into_iter()
        .map(|name| Repair::StagingDropped { name })
        .collect();
    let promised = archive.ledger.checkpoint()?;
    let published = promised.as_ref().map_or(0, |c| c.size);
    let committed = archive.catalog().ledger_size()?;
    // Nothing is added to a log that does not keep what was promised.
    match promised {
        Some(_) if published > committed => {
            return Err(ledger::Error::Shrinks {
                published,
                asked: committed,
            }
            .into());
        }
        Some(c) if published == committed => {
            let computed = archive.catalog().ledger_root()?;
            if computed != c.root {
                return Err(ledger::Error::Forked {
                    size: published,
                    published: c.root,
                    computed,
                }
                .into());
            }
        }
        // A shorter promise is held against the log when it is renewed.
        Some(_) => archive.publish_ledger(published)?,
        None => archive.publish_ledger(0)?,
    }
    if published < committed {
        repairs.push(Repair::CheckpointRenewed {
            from: published,
            to: committed,
        });
    }
    adopt_orphans(archive, around, &mut repairs)?;
    for (gallring, ended) in resume(archive, around)? {
        repairs.push(match ended {
            Ok(()) => Repair::GallringEnded { gallring },
            Err(error) if error.needs_start_up() => return Err(error),
            Err(error) => Repair::GallringWaits {
                gallring,
                why: told(&error),
            },
        });
    }
    lock_again(archive, around)?;
    if archive.catalog().ledger_size()? > committed {
        archive.publish_ledger(committed)?;
    }
    Ok(repairs)
}

/// Whether a bag without a row is one that a gallring destroyed, or a successor or protocol that it had not recorded
/// yet: the bag that such a one stands in for is still there, and it is made anew.
fn has_ended(archive: &Archive, bag: BagId) -> Result<bool, Error> {
    if archive.catalog().was_destroyed(bag)? {
        return Ok(true);
    }
    if archive.store.open_file(bag, DOCUMENT_FILE).is_ok() {
        return Ok(true);
    }
    let capture: Result<CaptureFile, String> = read(archive, bag, "capture.json");
    Ok(capture.is_ok_and(|capture| capture.succeeds.is_some()))
}

/// A bag that no row names, read back from its own files.
struct Orphan {
    bag: NewBag,
    capture: CaptureFile,
    /// `None` in the bag of a page.
    records: Option<RecordsFile>,
}

fn adopt_orphans(
    archive: &Archive,
    around: &Surroundings,
    repairs: &mut Vec<Repair>,
) -> Result<(), Error> {
    let mut captures: BTreeMap<CaptureId, Vec<Orphan>> = BTreeMap::new();
    // What does not belong in the store is told by verify, and left alone.
    let published = archive.store.bags()?.filter_map(Result::ok);
    let without_row = archive.catalog().without_row(published)?;
    for bag in without_row {
        // Asked again: a bag that is acknowledged must never be set aside, whatever the order they came in.
        if archive.catalog().bag(bag)?.is_some() {
            continue;
        }
        if has_ended(archive, bag)? {
            archive.store.remove(bag)?;
            repairs.push(Repair::Removed { bag });
            continue;
        }
        match read_orphan(archive, bag)? {
            Ok(orphan) => captures
                .entry(orphan.capture.capture)
                .or_default()
                .push(orphan),
            Err(why) => repairs.push(quarantine(archive, bag, why)?),
        }
    }
    for orphans in captures.into_values() {
        let ids: Vec<BagId> = orphans.iter().map(|o| o.bag.id).collect();
        match adopt(archive, around, &orphans)? {
            Ok(()) => repairs.extend(ids.into_iter().map(|bag| Repair::Adopted { bag })),
            Err(why) => {
                for bag in ids {
                    repairs.push(quarantine(archive, bag, why.clone())?);
                }
            }
        }
    }
    Ok(())
}

fn quarantine(archive: &Archive, bag: BagId, why: String) -> Result<Repair, Error> {
    archive.store.quarantine(bag, &why)?;
    Ok(Repair::Quarantined { bag, why })
}

/// The orphan, or in words why it cannot be adopted.
fn read_orphan(archive: &Archive, bag: BagId) -> Result<Result<Orphan, String>, Error> {
    let report = match verify_bag(&archive.store.path(bag).join("bag"), Depth::Full) {
        Ok(report) => report,
        Err(error) => return Ok(Err(error.to_string())),
    };
    if let Some(fault) = report.faults.first() {
        return Ok(Err(fault.to_string()));
    }
    let commitment = match archive.store.commitment(bag) {
        Ok(commitment) => commitment.digest(),
        Err(error) => return Ok(Err(error.to_string())),
    };
    let capture: CaptureFile = match read(archive, bag, "capture.json") {
        Ok(capture) => capture,
        Err(why) => return Ok(Err(why)),
    };
    let records: Option<RecordsFile> = match capture.kind {
        BagKind::Page => None,
        BagKind::Records | BagKind::RecordsRestricted => match read(archive, bag, "records.json") {
            Ok(records) => Some(records),
            Err(why) => return Ok(Err(why)),
        },
    };
    let unknown = |format: &str| {
        Ok(Err(format!(
            "one of its files is of format {format}, which this arkivd does not know"
        )))
    };
    if capture.arkivd != CAPTURE_FORMAT {
        return unknown(&capture.arkivd);
    }
    if let Some(records) = records.as_ref().filter(|r| r.arkivd != RECORDS_FORMAT) {
        return unknown(&records.arkivd);
    }
    if capture.bag != bag || records.as_ref().is_some_and(|r| r.bag != bag) {
        return Ok(Err("its files name another bag".to_owned()));
    }
    Ok(Ok(Orphan {
        bag: NewBag {
            id: bag,
            kind: capture.kind,
            commitment,
            bytes: report.bytes,
            files: report.files,
            pdf: capture.level(),
        },
        capture,
        records,
    }))
}

fn read<T: DeserializeOwned>(archive: &Archive, bag: BagId, file: &str) -> Result<T, String> {
    let path = format!("data/{file}");
    let open = archive
        .store
        .open_file(bag, &path)
        .map_err(|e| e.to_string())?;
    serde_json::from_reader(BufReader::new(open)).map_err(|e| format!("{path}: {}", json_fault(&e)))
}

/// Writes the rows of one capture from its bags, as the snapshot would have.
fn adopt(
    archive: &Archive,
    around: &Surroundings,
    orphans: &[Orphan],
) -> Result<Result<(), String>, Error> {
    // A page's bag counts no records.
    let first = orphans.iter().find(|o| o.records.is_some());
    let Some(first) = first.or(orphans.first()) else {
        return Ok(Ok(()));
    };
    let capture = &first.capture;
    let account = &capture.account.id;
    if archive.catalog().account(account)?.is_none() {
        return Ok(Err(format!("its account {account} is not registered")));
    }
    if archive.catalog().has_capture(capture.capture)? {
        return Ok(Err(format!(
            "capture {} is recorded, and without this bag",
            capture.capture
        )));
    }
    let bags: Vec<NewBag> = orphans.iter().map(|o| o.bag.clone()).collect();
    let sightings = orphans.iter().enumerate().flat_map(|(bag, orphan)| {
        let records = orphan.records.as_ref();
        let missing: std::collections::HashSet<_> = records
            .map_or(&[][..], |r| &r.media)
            .iter()
            .filter(|m| matches!(m.state, MediumHeld::Missing { .. }))
            .map(|m| &m.address)
            .collect();
        let records = records.map_or(&[][..], |r| &r.records);
        records.iter().map(move |sealed| Sighting {
            record: sealed.record,
            // The catalog may have it from another door.
            joins: Joins::Same,
            item: &sealed.item,
            digest: sealed.content_sha256,
            media_missing: sealed
                .item
                .content
                .media
                .iter()
                .any(|m| missing.contains(&m.address)),
            place: Some(Place {
                bag,
                file: "data/records.json".to_owned(),
                page: None,
            }),
        })
    });
    let of = |kind| orphans.iter().position(|o| o.bag.kind == kind);
    // A bag for the public tells less of what was held: the other bag's coverage is the capture's.
    let tells = [
        of(BagKind::RecordsRestricted).or(of(BagKind::Records)),
        of(BagKind::Page),
    ];
    let tells = tells.into_iter().flatten().filter_map(|i| orphans.get(i));
    let coverage = Coverage {
        rows: tells
            .flat_map(|o| o.capture.coverage.rows.clone())
            .collect(),
    };
    let page_bag = of(BagKind::Page);
    let page = page_bag.and_then(|i| orphans.get(i)?.capture.page.as_ref());
    let brought = orphans.iter().flat_map(|o| &o.capture.brought);
    let imported: Vec<_> = brought.flat_map(super::import_files::new_imports).collect();
    let committed = archive.catalog().commit_capture(
        &NewCapture {
            id: capture.capture,
            account,
            account_name: capture.account.name.as_deref(),
            committee: &capture.account.committee,
            door: Some(capture.reason.door(capture.account.platform)),
            reason: capture.reason,
            outcome: Outcome::Sealed,
            entire: capture.entire,
            started: capture.started,
            finished: capture.finished,
            new: capture.counts.new,
            changed: capture.counts.changed,
            unchanged: capture.counts.unchanged,
            coverage: &coverage,
            error: None,
            bags: &bags,
            look: page.map(|page| NewLook::of(&page.page, page.own_comment, page_bag)),
            absent: &capture.not_seen,
            findings: &[],
            watch: None,
            // A crash may have kept another bag of it from being sealed: its tick stays open, and is taken again.
            settles: None,
            imported: &imported,
            actor: &around.actor,
        },
        sightings,
    );
    match committed {
        Ok(_) => Ok(Ok(())),
        // Rows of others are in its way: it can never be adopted, and must not stop every start.
        Err(error) if error.is_constraint() => Ok(Err(told(&error))),
        Err(error) => Err(error.into()),
    }
}
