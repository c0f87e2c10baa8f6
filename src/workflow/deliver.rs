//! A delivery to the arkivmyndighet: all bags of one committee in a period, as they are, in an E-ARK SIP whose ERMS
//! document tells each record. From the receipt on the arkivmyndighet decides on them (arkivlagen 1990:782, 9 §).

mod again;
mod erms;
mod fault;
mod letter;
mod media_type;
mod plan;

use std::fs::File;
use std::path::Path;
use std::thread;

pub use again::delivery_again;
use chrono::{DateTime, NaiveDate, SubsecRound as _, Utc};
pub use fault::DeliveryFault;

use self::erms::Told;
use self::plan::DeliveryPlan;
use super::verify_archive::{BagFaults, other_commitment};
use super::{Archive, Error, Surroundings};
use crate::calendar::local_date;
use crate::catalog::{
    DeliveryBag, DeliveryPeriod, ExportKind, ExportRow, Exported, NewExport, NewReceipt,
};
use crate::export::eark::{Sip, SipEvent, SipFacts};
use crate::export::erms::ErmsVersion;
use crate::export::{self, write_package};
use crate::record::{BagId, BagKind, Digest, ExportId, Software};
use crate::store::Depth;

/// What is asked for.
#[derive(Debug, Clone)]
pub struct DeliveryRequest {
    pub committee: String,
    /// The first and the last day of the captures, Swedish ones.
    pub from: NaiveDate,
    pub to: NaiveDate,
    /// The arkivmyndighet, where it is named.
    pub receiver: Option<String>,
    /// The number of the agreement (överenskommelse).
    pub agreement: Option<String>,
    pub erms: ErmsVersion,
}

/// What was written.
#[derive(Debug, Clone)]
pub struct Delivered {
    pub export: ExportId,
    pub committee: String,
    /// The first and the last day of the captures.
    pub from: NaiveDate,
    pub to: NaiveDate,
    pub written: export::Exported,
    pub sha256: Digest,
    pub counts: DeliveryCounts,
}

/// What a delivery comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DeliveryCounts {
    pub bags: u64,
    /// Bags with what was never shown to all.
    pub restricted_bags: u64,
    pub records: u64,
    pub restricted_records: u64,
    pub page_captures: u64,
    /// Protocols of gallringar and the like.
    pub documents: u64,
    /// Records of the period that were destroyed: only their stubs are delivered.
    pub destroyed: u64,
    /// Bags of the period that the arkivmyndighet has received already; they are not in it.
    pub received_already: u64,
}

/// What the arkivmyndighet said of a delivery.
#[derive(Debug, Clone)]
pub struct ReceiptRequest {
    pub export: ExportId,
    pub refused: bool,
    pub by: String,
    pub day: Option<NaiveDate>,
    pub reference: Option<String>,
    pub note: Option<String>,
}

/// Writes the delivery to `out`, or into the file that was given for it. Gives the faults of damaged bags instead, and
/// writes nothing. `reading` is a connection of its own, so that nobody waits for it.
///
/// # Errors
/// [`DeliveryFault`]; when `out` exists or cannot be written.
pub fn deliver(
    reading: &Archive,
    archive: &Archive,
    request: &DeliveryRequest,
    out: &Path,
    given: Option<File>,
    around: &Surroundings,
) -> Result<Result<Delivered, Vec<BagFaults>>, Error> {
    let made = (around.now)().trunc_subsecs(0);
    let period = period(request, local_date(made))?;
    let (bags, received_already) = reading.catalog().delivery_bags(&period)?;
    let plan = DeliveryPlan::of(reading, request, &period, received_already, around)?;
    let committee = request.committee.clone();
    if bags.is_empty() && received_already > 0 {
        return Err(DeliveryFault::AllReceived { committee }.into());
    }
    // Of what was destroyed before it was delivered the stubs are delivered.
    if bags.is_empty() && plan.stubs.is_empty() {
        return Err(DeliveryFault::Nothing { committee }.into());
    }
    demand_unlocked(reading, &bags)?;
    let damaged = verify(reading, &bags);
    if !damaged.is_empty() {
        return Ok(Err(damaged));
    }
    let id = ExportId((around.new_id)());
    let ours = given.is_none();
    let packing = Packing {
        reading,
        bags: &bags,
        id,
        made,
    };
    let (delivered, packed) = packing.write(plan, out, given)?;
    // While it was written an emergency may have come: then nothing of it leaves. And what is not written down has not
    // left the archive.
    let kept = demand_unlocked(reading, &bags)
        .and_then(|()| keep(archive, &packing, &packed, &delivered, out, around));
    let leaf = match kept {
        Err(fault) if ours => return Err(discarded(out, fault)),
        kept => kept?,
    };
    archive.publish_ledger(leaf)?;
    Ok(Ok(delivered))
}

/// Writes the delivery down; gives its leaf in the ledger.
fn keep(
    archive: &Archive,
    packing: &Packing<'_>,
    packed: &Packed,
    delivered: &Delivered,
    out: &Path,
    around: &Surroundings,
) -> Result<u64, Error> {
    let id = packing.id;
    let request =
        serde_json::to_string(&packed.plan).map_err(|source| DeliveryFault::Plan { id, source })?;
    let salt = (around.salt)().map_err(Error::Salt)?;
    let ids: Vec<BagId> = packing.bags.iter().map(|bag| bag.id).collect();
    let name = out.file_name().map(|n| n.to_string_lossy().into_owned());
    let committed = archive.catalog().add_export(&NewExport {
        id,
        kind: ExportKind::Delivery,
        committee: &packed.plan.committee,
        layout: "eark-sip",
        request: &request,
        software: &Software::this().to_string(),
        made: packing.made,
        actor: &around.actor,
        name: &name.unwrap_or_default(),
        bytes: delivered.written.bytes,
        files: delivered.written.files,
        sha256: delivered.sha256,
        salt,
        records: &packed.records,
        bags: &ids,
    })?;
    Ok(committed.ledger.start)
}

/// What a delivery is packed from.
struct Packing<'a> {
    reading: &'a Archive,
    bags: &'a [DeliveryBag],
    id: ExportId,
    made: DateTime<Utc>,
}

/// What went into it.
struct Packed {
    plan: DeliveryPlan,
    records: Vec<Exported>,
}

impl Packing<'_> {
    /// Writes the package; a plan that is new has the register of what it tells in it then.
    fn write(
        &self,
        mut plan: DeliveryPlan,
        out: &Path,
        given: Option<File>,
    ) -> Result<(Delivered, Packed), Error> {
        let facts = facts(&plan, self.id, self.made);
        let mut register = std::mem::take(&mut plan.register);
        let mut records: Vec<Exported> = Vec::new();
        let mut counts = DeliveryCounts {
            received_already: plan.received_already,
            ..counts(self.bags)
        };
        let (written, sha256) =
            write_package(out, given, self.made, |package| -> Result<(), Error> {
                let mut sip = Sip::begin(package, &facts)?;
                for bag in self.bags {
                    let folder = self.reading.store().path(bag.id).join("bag");
                    let types = media_type::of_bag(&folder)?;
                    sip.folder(&folder, &erms::folder(bag), &|path| types.of(path))?;
                }
                let told = Told {
                    archive: self.reading,
                    plan: &plan,
                    bags: self.bags,
                    facts: &facts,
                };
                let accounts =
                    sip.erms(|out| told.write(out, &mut counts, &mut records, &mut register))?;
                let letter = letter::typeset(&facts, &plan, &counts, &accounts)?;
                sip.documentation("överlämnande.pdf", "application/pdf", &letter)?;
                Ok(sip.finish()?)
            })?;
        plan.register = register;
        plan.counted(&counts);
        let delivered = Delivered {
            export: self.id,
            committee: plan.committee.clone(),
            from: plan.from,
            to: plan.to,
            written,
            sha256,
            counts,
        };
        Ok((delivered, Packed { plan, records }))
    }
}

/// Writes down what the arkivmyndighet said, and gives the delivery as it stands then.
///
/// # Errors
/// [`DeliveryFault`].
pub fn note_receipt(
    archive: &Archive,
    request: &ReceiptRequest,
    around: &Surroundings,
) -> Result<ExportRow, Error> {
    let at = (around.now)();
    let today = local_date(at);
    let day = request.day.unwrap_or(today);
    let id = request.export;
    let mut catalog = archive.catalog();
    let row = delivery(catalog.export(id)?, id)?;
    if day > today {
        return Err(DeliveryFault::Future { day }.into());
    }
    let made = local_date(row.made);
    if day < made {
        return Err(DeliveryFault::BeforeMade { day, made }.into());
    }
    if request.by.trim().is_empty() {
        return Err(DeliveryFault::NoReceiver.into());
    }
    let has_received = |r: &crate::catalog::Receipt| r.what == "received";
    if row.receipt.as_ref().is_some_and(has_received) {
        return Err(DeliveryFault::Received { export: id }.into());
    }
    catalog.add_receipt(&NewReceipt {
        export: id,
        refused: request.refused,
        day,
        by: request.by.trim(),
        reference: request.reference.as_deref().map(str::trim),
        note: request.note.as_deref().map(str::trim),
        at,
        actor: &around.actor,
    })?;
    delivery(catalog.export(id)?, id)
}

/// The export, if it is a delivery.
///
/// # Errors
/// [`DeliveryFault::NoDelivery`]
pub fn delivery(found: Option<ExportRow>, id: ExportId) -> Result<ExportRow, Error> {
    found
        .filter(|row| row.kind == ExportKind::Delivery)
        .ok_or_else(|| DeliveryFault::NoDelivery { export: id }.into())
}

fn period(request: &DeliveryRequest, today: NaiveDate) -> Result<DeliveryPeriod<'_>, Error> {
    let (from, to) = (request.from, request.to);
    if to < from {
        return Err(DeliveryFault::Backwards { from, to }.into());
    }
    // What is captured today may not be all of the day.
    if to >= today {
        return Err(DeliveryFault::NotOver { to }.into());
    }
    let (from, until) = plan::moments(from, to);
    Ok(DeliveryPeriod {
        committee: &request.committee,
        from,
        until,
    })
}

/// Nothing leaves of what an emergency locks, nor a delivery that would be short of it without saying so.
fn demand_unlocked(archive: &Archive, bags: &[DeliveryBag]) -> Result<(), Error> {
    let catalog = archive.catalog();
    let locked = catalog.locked_bags()?;
    for bag in bags.iter().filter(|bag| locked.contains(&bag.id)) {
        if let Some(lock) = catalog.bag_lock(bag.id)? {
            return Err(DeliveryFault::Locked { case: lock.case }.into());
        }
    }
    Ok(())
}

fn discarded(out: &Path, fault: Error) -> Error {
    match std::fs::remove_file(out) {
        Ok(()) => fault,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => fault,
        Err(source) => Error::Io {
            path: out.to_owned(),
            source,
        },
    }
}

fn verify(archive: &Archive, bags: &[DeliveryBag]) -> Vec<BagFaults> {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let mut rows = bags.iter();
    let mut damaged = Vec::new();
    let ids: Vec<BagId> = bags.iter().map(|bag| bag.id).collect();
    archive.store().verify(
        ids.into_iter(),
        Depth::Full,
        threads,
        &mut |id, mut faults| {
            if let Some(row) = rows.next() {
                faults.extend(other_commitment(archive, id, row.commitment));
            }
            if !faults.is_empty() {
                damaged.push(BagFaults {
                    bag: id.to_string(),
                    faults,
                });
            }
        },
    );
    damaged
}

fn counts(bags: &[DeliveryBag]) -> DeliveryCounts {
    let of = |kind: Option<BagKind>| bags.iter().filter(|b| b.kind == kind).count() as u64;
    DeliveryCounts {
        bags: bags.len() as u64,
        restricted_bags: of(Some(BagKind::RecordsRestricted)),
        page_captures: of(Some(BagKind::Page)),
        documents: of(None),
        ..DeliveryCounts::default()
    }
}

fn facts(plan: &DeliveryPlan, id: ExportId, made: DateTime<Utc>) -> SipFacts {
    let DeliveryPlan {
        organisation,
        committee,
        from,
        to,
        ..
    } = plan;
    let event = |kind: &str, detail: &str| SipEvent {
        kind: kind.to_owned(),
        detail: detail.to_owned(),
    };
    SipFacts {
        id: id.to_string(),
        title: format!("{organisation}, {committee}: sociala medier {from} – {to}"),
        description: format!(
            "Allmänna handlingar från konton i sociala medier som {committee} svarar för, insamlade {from} – {to}. \
             Handlingarna ligger i arkivpaket enligt BagIt (RFC 8493), oförändrade sedan de förseglades."
        ),
        organisation: organisation.clone(),
        organisation_number: plan.organisation_number.clone(),
        committee: committee.clone(),
        receiver: plan.receiver.clone(),
        agreement: plan.agreement.clone(),
        period: Some((*from, *to)),
        made,
        software: Software::this(),
        erms: plan.erms,
        events: vec![
            event(
                "fixity check",
                "Each bag was verified against its manifests and its commitment before it was packed.",
            ),
            event(
                "information package creation",
                "The bags were packed as they are.",
            ),
        ],
    }
}
