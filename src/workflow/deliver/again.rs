//! A delivery made once more, from what was kept of it: the same bytes, or nothing.

use std::fs::File;
use std::path::Path;

use serde_json::json;

use super::plan::DeliveryPlan;
use super::{Delivered, DeliveryFault, Packing, delivery, demand_unlocked, discarded, verify};
use crate::catalog::NewEvent;
use crate::record::{ExportId, Software};
use crate::workflow::verify_archive::BagFaults;
use crate::workflow::{Archive, Error, Surroundings};

/// Writes a delivery once more to `out`, or into the file that was given for it. Gives the faults of damaged bags instead,
/// and writes nothing.
///
/// # Errors
/// [`DeliveryFault`]: another build, a bag that was destroyed since, other bytes; as [`super::deliver`].
pub fn delivery_again(
    reading: &Archive,
    archive: &Archive,
    id: ExportId,
    out: &Path,
    given: Option<File>,
    around: &Surroundings,
) -> Result<Result<Delivered, Vec<BagFaults>>, Error> {
    let row = delivery(reading.catalog().export(id)?, id)?;
    let this = Software::this().to_string();
    if row.software != this {
        let made_by = row.software;
        return Err(DeliveryFault::OtherBuild { id, made_by, this }.into());
    }
    let mut plan: DeliveryPlan = serde_json::from_str(&row.request)
        .map_err(|source| DeliveryFault::NotKept { id, source })?;
    plan.register = std::mem::take(&mut plan.register).kept();
    let (bags, delivered) = {
        let catalog = reading.catalog();
        (catalog.bags_of_delivery(id)?, catalog.delivered_bags(id)?)
    };
    let stands = |bag| bags.iter().any(|b| b.id == bag);
    if let Some(bag) = delivered.into_iter().find(|bag| !stands(*bag)) {
        return Err(DeliveryFault::DestroyedSince { id, bag }.into());
    }
    demand_unlocked(reading, &bags)?;
    let damaged = verify(reading, &bags);
    if !damaged.is_empty() {
        return Ok(Err(damaged));
    }
    let ours = given.is_none();
    let packing = Packing {
        reading,
        bags: &bags,
        id,
        made: row.made,
    };
    let (delivered, _) = packing.write(plan, out, given)?;
    let same = match delivered.sha256 == row.sha256 {
        true => demand_unlocked(reading, &bags),
        false => Err(DeliveryFault::OtherBytes { id }.into()),
    };
    let noted = same.and_then(|()| {
        Ok(archive.catalog().add_event(&NewEvent {
            at: (around.now)(),
            actor: &around.actor,
            verb: "delivery again",
            object: &id.to_string(),
            before: None,
            after: Some(&json!({ "sha256": delivered.sha256 }).to_string()),
        })?)
    });
    match noted {
        Err(fault) if ours => Err(discarded(out, fault)),
        noted => noted.map(|_| Ok(delivered)),
    }
}
