//! Import: what people bring, a screenshot, a PDF, a saved page, becomes a record with its original and its PDF/A.

mod about;
mod fault;
mod originals;
mod pdfs;
mod take_in;
mod webp;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use tokio::task::block_in_place;

pub use about::{About, BroughtKind, Line, WebAddress, When, Words};
pub use fault::Fault;
pub use originals::BroughtFile;

use super::execute_gallring::Tombstones;
use super::sealed_bags::SealedBags;
use super::snapshot_report::{BagReport, Progress};
use super::staging::Staging;
use super::take_snapshot::{Capture, Read, place_of, registered};
use super::{Archive, Error, Surroundings};
use crate::catalog::{NewCapture, NewImport, Sighting};
use crate::platform::{Fetched, Profile};
use crate::record::{
    AccountId, BagId, Brought, CaptureId, Coverage, CoverageRow, Covered, IMPORT_DOOR, Item,
    MediumHeld, NativeId, Reason, RecordId,
};
use crate::store;
use take_in::{Taken, Taking};

/// One record's worth of files, and what is said of them.
#[derive(Debug)]
pub struct Thing {
    /// In the order they show it; never empty.
    pub files: Vec<BroughtFile>,
    pub about: About,
    /// Who brought it.
    pub by: String,
}

/// What became of a thing.
#[derive(Debug)]
pub enum Became {
    Record {
        record: RecordId,
        /// What a person should know of its files, each with the file's name.
        remarks: Vec<String>,
        /// False when a file of it has no PDF/A.
        whole: bool,
    },
    /// Its files are this record's already.
    Held {
        record: RecordId,
        remarks: Vec<String>,
    },
    Refused(Fault),
}

/// What an import came to.
#[derive(Debug)]
pub struct ImportReport {
    pub account: AccountId,
    /// `None` when nothing was new.
    pub capture: Option<CaptureId>,
    pub bags: Vec<BagReport>,
    /// In the order of the things.
    pub became: Vec<Became>,
    pub seconds: f64,
}

/// Takes in things for one account, in one capture, when its turn has come. Returns when it is durable.
///
/// A file that cannot be taken is told, and the others go on; errors are the archive's own.
///
/// # Errors
/// When the account is not registered, or the archive cannot be written.
pub async fn import_files(
    archive: &Arc<Archive>,
    account: &AccountId,
    things: Vec<Thing>,
    around: &Surroundings,
    progress: &(dyn Fn(Progress) + Send + Sync),
) -> Result<ImportReport, Error> {
    let account = block_in_place(|| registered(archive, account))?;
    let turns = archive.turns();
    // No host is asked: imports wait for each other, which keeps memory flat, and for their account.
    let _turn = turns
        .take(&account.id, "", || progress(Progress::Waiting))
        .await;
    let begun = Instant::now();
    block_in_place(|| {
        // The catalog is let go before it is asked again.
        let name = archive.catalog().account_name(&account.id)?;
        let capture = Capture {
            archive,
            around,
            id: CaptureId((around.new_id)()),
            name,
            account,
            door: IMPORT_DOOR,
            reason: Reason::Import,
            entire: true,
            settles: None,
            started: (around.now)(),
            since: None,
            tombstones: Tombstones::of(archive)?,
        };
        capture.import(things, begun, progress)
    })
}

/// A thing between its staging and its record.
enum Step {
    Settled(Became),
    /// With what is to be known if it is not the first of its name.
    Staged(NativeId, Vec<String>),
}

impl Capture<'_> {
    fn import(
        &self,
        things: Vec<Thing>,
        begun: Instant,
        progress: &(dyn Fn(Progress) + Send + Sync),
    ) -> Result<ImportReport, Error> {
        let ids = [BagId((self.around.new_id)()), BagId((self.around.new_id)())];
        let mut taking = Taking::new(Staging::new(self.archive.store(), ids));
        let mut steps = Vec::with_capacity(things.len());
        let mut items: Vec<Item> = Vec::new();
        let mut brought: HashMap<NativeId, Brought> = HashMap::new();
        let of = things.len();
        for (done, thing) in things.into_iter().enumerate() {
            progress(Progress::Files { done, of });
            steps.push(match self.take_in(thing, &mut taking)? {
                Err(fault) => Step::Settled(Became::Refused(fault)),
                Ok(Taken::Held { record, remarks }) => {
                    Step::Settled(Became::Held { record, remarks })
                }
                Ok(Taken::Twice { native, remarks }) => Step::Staged(native, remarks),
                Ok(Taken::New(item, new)) => {
                    let native = item.native_id.clone();
                    brought.insert(native.clone(), *new);
                    items.push(*item);
                    Step::Staged(native, Vec::new())
                }
            });
        }
        let mut report = ImportReport {
            account: self.account.id.clone(),
            capture: None,
            bags: Vec::new(),
            became: Vec::new(),
            seconds: 0.0,
        };
        if !items.is_empty() {
            self.commit_import(items, &mut brought, taking, &mut report, begun, progress)?;
        }
        let mut told: HashMap<NativeId, bool> = HashMap::new();
        for step in steps {
            report.became.push(match step {
                Step::Settled(became) => became,
                Step::Staged(native, remarks) => {
                    let Some(new) = brought.get(&native) else {
                        continue;
                    };
                    let again = told.insert(native, true).is_some();
                    match again {
                        true => Became::Held {
                            record: new.record,
                            remarks,
                        },
                        false => self.became(new),
                    }
                }
            });
        }
        report.seconds = begun.elapsed().as_secs_f64();
        Ok(report)
    }

    fn became(&self, new: &Brought) -> Became {
        let mut remarks = Vec::new();
        let mut whole = true;
        for original in &new.originals {
            remarks.extend(
                original
                    .remarks
                    .iter()
                    .map(|r| format!("{}: {r}", original.name)),
            );
            let typeset = !original.media_type.starts_with("image/")
                && original.media_type != "application/pdf";
            if original.pdf.parts.is_empty() && !typeset {
                whole = false;
                let why = original.pdf.reasons.join("; ");
                remarks.push(format!(
                    "{}: kept without PDF/A of its own: {why}",
                    original.name
                ));
            }
        }
        Became::Record {
            record: new.record,
            remarks,
            whole,
        }
    }

    /// Seals the bags and writes their rows.
    fn commit_import(
        &self,
        items: Vec<Item>,
        brought: &mut HashMap<NativeId, Brought>,
        taking: Taking<'_>,
        into: &mut ImportReport,
        begun: Instant,
        progress: &(dyn Fn(Progress) + Send + Sync),
    ) -> Result<(), Error> {
        let Taking {
            mut staging, media, ..
        } = taking;
        let files: u64 = brought.values().map(|b| b.originals.len() as u64).sum();
        let coverage = Coverage {
            rows: vec![CoverageRow {
                what: Covered::Files,
                expected: Some(files),
                captured: files,
                missing: Vec::new(),
            }],
        };
        let mut comparison = self.compare(items, &coverage)?;
        for seen in &mut comparison.seen {
            // Its files are new, whatever is known of what they show.
            seen.picked = true;
            if let Some(new) = brought.get_mut(&seen.item.native_id) {
                new.record = seen.record;
                staging.draft(seen.bag())?.brought.push(new.clone());
            }
        }
        let read = Read {
            fetched: Fetched {
                profile: Profile::default(),
                items: Vec::new(),
                coverage,
                requests: Vec::new(),
                warnings: Vec::new(),
            },
            comparison,
            media,
        };
        let mut report = self.report(begun);
        let mut sealed = SealedBags::default();
        let finished = (self.around.now)();
        self.seal_records(&read, staging, &mut sealed, &mut report, finished, progress)?;
        let sightings = read.comparison.seen.iter().map(|seen| {
            let kind = seen.bag();
            let held = read.media.get(&kind);
            let missing = |address| {
                matches!(
                    held.and_then(|h| h.get(address)),
                    Some(MediumHeld::Missing { .. })
                )
            };
            Sighting {
                record: seen.record,
                joins: seen.joins(),
                item: &seen.item,
                digest: seen.digest,
                media_missing: seen.item.content.media.iter().any(|m| missing(&m.address)),
                place: sealed
                    .bags
                    .iter()
                    .position(|b| b.kind == kind)
                    .map(|bag| place_of(seen.record, bag, &sealed.places)),
            }
        });
        let imported: Vec<NewImport<'_>> = read
            .comparison
            .seen
            .iter()
            .filter_map(|seen| brought.get(&seen.item.native_id))
            .flat_map(new_imports)
            .collect();
        let committed = self.archive.catalog().commit_capture(
            &NewCapture {
                finished,
                door: Some(self.door),
                imported: &imported,
                ..self.row(&report, &sealed.bags, &[])
            },
            sightings,
        )?;
        store::crash_point("workflow::committed");
        self.archive.publish_ledger(committed.ledger.start)?;
        into.capture = Some(self.id);
        into.bags = sealed.reports;
        Ok(())
    }
}

/// The rows of what was brought.
pub(super) fn new_imports(brought: &Brought) -> impl Iterator<Item = NewImport<'_>> {
    brought.originals.iter().map(|original| NewImport {
        record: brought.record,
        sha256: original.sha256,
        name: &original.name,
        actor: &brought.by,
    })
}
