//! A delivery to the arkivmyndighet: all bags of one committee in a period, as they are, in an E-ARK SIP whose ERMS
//! document tells each record. From the receipt on the arkivmyndighet decides on them (arkivlagen 1990:782, 9 §).

mod erms;
mod fault;
mod letter;
mod media_type;

use std::fs::File;
use std::path::Path;
use std::thread;

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::json;

pub use fault::DeliveryFault;

use self::erms::Told;
use super::verify_archive::{BagFaults, other_commitment};
use super::{Archive, Error, Surroundings};
use crate::calendar::{day_begins, local_date};
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
    let made = (around.now)();
    let period = period(request, local_date(made))?;
    let (bags, received_already) = reading.catalog().delivery_bags(&period)?;
    if bags.is_empty() {
        let committee = request.committee.clone();
        let fault = match received_already {
            0 => DeliveryFault::Nothing { committee },
            _ => DeliveryFault::AllReceived { committee },
        };
        return Err(fault.into());
    }
    demand_unlocked(reading, &bags)?;
    let damaged = verify(reading, &bags);
    if !damaged.is_empty() {
        return Ok(Err(damaged));
    }
    let id = ExportId((around.new_id)());
    let ours = given.is_none();
    let software = Software::this();
    let facts = facts(request, id, made, around, software.clone());
    let mut records: Vec<Exported> = Vec::new();
    let mut counts = DeliveryCounts {
        received_already,
        ..counts(&bags)
    };
    let (written, sha256) = write_package(out, given, made, |package| -> Result<(), Error> {
        let mut sip = Sip::begin(package, &facts)?;
        for bag in &bags {
            let folder = reading.store().path(bag.id).join("bag");
            let types = media_type::of_bag(&folder)?;
            sip.folder(&folder, &erms::folder(bag), &|path| types.of(path))?;
        }
        let told = Told {
            archive: reading,
            request,
            period: &period,
            bags: &bags,
            facts: &facts,
        };
        let accounts = sip.erms(|out| told.write(out, &mut counts, &mut records))?;
        let letter = letter::typeset(&facts, request, &counts, &accounts)?;
        sip.documentation("överlämnande.pdf", "application/pdf", &letter)?;
        Ok(sip.finish()?)
    })?;
    // While it was written an emergency may have come: then nothing of it leaves.
    match demand_unlocked(reading, &bags) {
        Err(fault) if ours => return Err(discarded(out, fault)),
        unlocked => unlocked?,
    }
    let salt = (around.salt)().map_err(Error::Salt)?;
    let ids: Vec<BagId> = bags.iter().map(|bag| bag.id).collect();
    let name = out.file_name().map(|n| n.to_string_lossy().into_owned());
    let asked = json!({
        "from": request.from, "to": request.to, "receiver": request.receiver,
        "agreement": request.agreement, "erms": request.erms.content_information_type(),
        "bags": counts.bags, "destroyed": counts.destroyed,
    });
    let added = archive.catalog().add_export(&NewExport {
        id,
        kind: ExportKind::Delivery,
        committee: &request.committee,
        layout: "eark-sip",
        request: &asked.to_string(),
        software: &format!("{} {}", software.name, software.version),
        made,
        actor: &around.actor,
        name: &name.unwrap_or_default(),
        bytes: written.bytes,
        files: written.files,
        sha256,
        salt,
        records: &records,
        bags: &ids,
    });
    // What is not written down has not left the archive.
    let committed = match added {
        Ok(committed) => committed,
        Err(fault) if ours => return Err(discarded(out, fault.into())),
        Err(fault) => return Err(fault.into()),
    };
    archive.publish_ledger(committed.ledger.start)?;
    Ok(Ok(Delivered {
        export: id,
        written,
        sha256,
        counts,
    }))
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
    let after = to.succ_opt().unwrap_or(to);
    Ok(DeliveryPeriod {
        committee: &request.committee,
        from: day_begins(from),
        until: day_begins(after),
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

fn facts(
    request: &DeliveryRequest,
    id: ExportId,
    made: DateTime<Utc>,
    around: &Surroundings,
    software: Software,
) -> SipFacts {
    let DeliveryRequest {
        committee,
        from,
        to,
        ..
    } = request;
    let event = |kind: &str, detail: &str| SipEvent {
        kind: kind.to_owned(),
        detail: detail.to_owned(),
    };
    SipFacts {
        id: id.to_string(),
        title: format!(
            "{}, {committee}: sociala medier {from} – {to}",
            around.organisation
        ),
        description: format!(
            "Allmänna handlingar från konton i sociala medier som {committee} svarar för, insamlade {from} – {to}. \
             Handlingarna ligger i arkivpaket enligt BagIt (RFC 8493), oförändrade sedan de förseglades."
        ),
        organisation: around.organisation.clone(),
        committee: committee.clone(),
        receiver: request.receiver.clone(),
        agreement: request.agreement.clone(),
        period: Some((*from, *to)),
        made,
        software,
        erms: request.erms,
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
