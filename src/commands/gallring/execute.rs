//! `arkivd gallring execute`: what was approved goes.

use serde_json::json;

use crate::commands::output::{Exit, Output, counted};
use crate::commands::{Context, Error};
use crate::record::GallringId;
use crate::workflow::execute_gallring;

pub(super) fn run(id: GallringId, context: &Context, output: &Output) -> Result<Exit, Error> {
    let archive = context.write()?;
    let row = archive.catalog().gallring(id)?;
    let row = row.ok_or(crate::catalog::Error::NoGallring(id))?;
    context.rights.demand_committee(&row.committee)?;
    let bar = output.bar("gallring");
    let report = context.with_network(async |_| {
        execute_gallring(&archive, id, &context.around, &|account| {
            bar.show(account.as_str(), None);
        })
        .await
    })??;
    bar.end();
    let (bag, file) = match &report.protocol {
        Some((bag, file)) => (Some(*bag), Some(file.clone())),
        None => (None, None),
    };
    let data = json!({ "gallring": id, "committee": row.committee, "records": report.records, "pages": report.pages,
        "bags_succeeded": report.succeeded, "bags_disposed": report.disposed, "pages_kept": report.pages_kept,
        "pending": report.protocol.is_none(), "protocol": { "bag": bag, "file": file } });
    output.report(&data, &[], |out| {
        writeln!(
            out,
            "gallring {id}: {} and {} destroyed; {} succeeded by another, {} gone whole",
            counted(report.records, "record"),
            counted(report.pages, "page capture"),
            counted(report.succeeded, "bag"),
            counted(report.disposed, "bag")
        )?;
        if report.pages_kept > 0 {
            writeln!(
                out,
                "{} kept that may show what went: the protocol names them",
                counted(report.pages_kept, "page capture")
            )?;
        }
        match &file {
            Some(file) => writeln!(out, "protocol: {}", file.display()),
            None => writeln!(
                out,
                "pending: the catalog is being read, and its log of changes still holds what went"
            ),
        }
    })?;
    if report.protocol.is_none() {
        output.hint(&format!(
            "run it again when nothing reads the archive: arkivd gallring execute {id}"
        ));
        return Ok(Exit::Partial);
    }
    output.hint("sign the protocol; backups from before hold what went until they are overwritten");
    Ok(Exit::Done)
}
