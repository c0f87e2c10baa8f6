//! How a delivery is told: its state, its JSON, and what `record show` says of it.

use serde_json::{Value, json};

use crate::catalog::{self, Catalog, ExportKind, ExportRow};
use crate::commands::output::one_line;
use crate::record::RecordId;
use crate::workflow::DeliveryCounts;

/// Where it stands, in the words of the field.
pub(super) fn state(row: &ExportRow) -> String {
    match &row.receipt {
        None => "waits for its receipt".to_owned(),
        Some(r) => {
            let what = match r.what.as_str() {
                "received" => "överlämnad",
                _ => "refused",
            };
            let reference = r.reference.as_deref().map(|r| format!(", {r}"));
            one_line(&format!(
                "{what} {} ({}{})",
                r.day,
                r.by,
                reference.unwrap_or_default()
            ))
        }
    }
}

pub(super) fn asked(row: &ExportRow) -> Value {
    // What cannot be read is shown as nothing: it was written by another build.
    serde_json::from_str(&row.request).unwrap_or_default()
}

pub(super) fn row_json(row: &ExportRow) -> Value {
    let asked = asked(row);
    let receipt = row.receipt.as_ref().map(|r| {
        json!({ "what": r.what, "day": r.day, "by": r.by, "reference": r.reference, "note": r.note })
    });
    json!({
        "export": row.id, "committee": row.committee, "from": asked["from"], "to": asked["to"],
        "receiver": asked["receiver"], "agreement": asked["agreement"], "made": row.made, "by": row.actor,
        "name": row.name, "bytes": row.bytes, "files": row.files, "sha256": row.sha256, "records": row.records,
        "bags": asked["bags"], "receipt": receipt,
    })
}

pub(super) fn counts_json(c: &DeliveryCounts) -> Value {
    json!({
        "bags": c.bags, "restricted_bags": c.restricted_bags, "records": c.records,
        "restricted_records": c.restricted_records, "page_captures": c.page_captures, "documents": c.documents,
        "destroyed": c.destroyed, "received_already": c.received_already,
    })
}

/// All deliveries, in the order they were made.
pub(in crate::commands) fn all(catalog: &Catalog) -> Result<Vec<ExportRow>, catalog::Error> {
    let mut rows = catalog.exports()?;
    rows.retain(|row| row.kind == ExportKind::Delivery);
    Ok(rows)
}

/// That a record was received by the arkivmyndighet: in which delivery, when and by whom; for `record show`.
pub(in crate::commands) fn received(
    catalog: &Catalog,
    record: RecordId,
) -> Result<Option<ExportRow>, catalog::Error> {
    let mut found = catalog.exports_of(record)?;
    found.retain(|row| {
        row.kind == ExportKind::Delivery
            && row.receipt.as_ref().is_some_and(|r| r.what == "received")
    });
    Ok(found.pop())
}

/// The same in words.
pub(in crate::commands) fn received_told(row: &ExportRow) -> String {
    format!(
        "{}: the arkivmyndighet decides on it, by delivery {}",
        state(row),
        row.id
    )
}

/// The same as JSON.
pub(in crate::commands) fn received_json(row: &ExportRow) -> Value {
    let receipt = row.receipt.as_ref();
    json!({ "export": row.id, "day": receipt.map(|r| r.day), "by": receipt.map(|r| &r.by),
        "reference": receipt.and_then(|r| r.reference.as_ref()) })
}
