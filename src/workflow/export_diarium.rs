//! `export diarium`: records as the registrar takes them over, in one ZIP that is a bag (RFC 8493) or
//! an E-ARK SIP.
//!
//! First a plan: which records, in which version, told how. It is kept with the export, so that the same bundle can be
//! made again. Then the bundle is written from the plan alone.

mod address;
mod bundle;
mod choose;
mod fault;
mod held;
mod letter;
mod metadata;
mod name;
mod pages;
mod plan;
mod typeset;

use std::fs::File;
use std::path::Path;

use chrono::{DateTime, SubsecRound as _, Utc};

use super::{Archive, Error, Surroundings};
use crate::catalog::{self, ExportKind, NewEvent, NewExport};
use crate::export::{Exported, Package, Unfinished};
use crate::record::{Digest, ExportId, Software};

pub use choose::{Chosen, plan_diarium};
pub use fault::ExportFault;
pub(super) use name::telling;
pub(super) use pages::{sealed_digest, sealed_page};
pub use plan::{DiariumCase, DiariumPlan, Layout, With};

/// What was written.
#[derive(Debug, Clone)]
pub struct DiariumReport {
    pub export: ExportId,
    pub exported: Exported,
    pub sha256: Digest,
    pub committee: String,
    pub handlingar: usize,
    pub records: usize,
    pub made: DateTime<Utc>,
}

/// Writes the bundle to `out`, or into the file that was given for it, and notes it. It has its row before it has its
/// name: what leaves the archive is known there.
///
/// # Errors
/// When `out` exists or cannot be written; a record that was destroyed or locked meanwhile; media that are not what was
/// sealed.
pub fn export_diarium(
    archive: &Archive,
    plan: &DiariumPlan,
    out: &Path,
    given: Option<File>,
    around: &Surroundings,
) -> Result<DiariumReport, Error> {
    let id = ExportId((around.new_id)());
    let made = (around.now)().trunc_subsecs(0);
    let request =
        serde_json::to_string(plan).map_err(|source| ExportFault::Request { id, source })?;
    let salt = (around.salt)().map_err(Error::Salt)?;
    let name = out.file_name().unwrap_or_default().to_string_lossy();
    written(archive, plan, id, made, out, given, |report| {
        let committed = archive.catalog().add_export(&NewExport {
            id,
            kind: ExportKind::Diarium,
            committee: &plan.committee,
            layout: plan.layout.as_str(),
            request: &request,
            software: &Software::this().to_string(),
            made,
            actor: &around.actor,
            name: &name,
            bytes: report.exported.bytes,
            files: report.exported.files,
            sha256: report.sha256,
            salt,
            records: &plan.exported(),
            bags: &[],
        })?;
        archive.publish_ledger(committed.ledger.start)
    })
}

/// Writes a bundle once more: the same bytes, or nothing.
///
/// # Errors
/// [`ExportFault`]: another build, a record that was destroyed since, other bytes; and as [`export_diarium`].
pub fn export_again(
    archive: &Archive,
    id: ExportId,
    out: &Path,
    given: Option<File>,
    around: &Surroundings,
) -> Result<DiariumReport, Error> {
    let row = archive.catalog().export(id)?;
    let row = row.ok_or(ExportFault::NoExport(id))?;
    if row.kind != ExportKind::Diarium {
        return Err(ExportFault::NotADiarium(id).into());
    }
    let plan: DiariumPlan =
        serde_json::from_str(&row.request).map_err(|source| ExportFault::Request { id, source })?;
    let this = Software::this().to_string();
    if row.software != this {
        return Err(ExportFault::OtherBuild {
            id,
            made_by: row.software,
            this,
        }
        .into());
    }
    let done = written(archive, &plan, id, row.made, out, given, |report| {
        if report.sha256 != row.sha256 {
            return Err(ExportFault::OtherBytes(id).into());
        }
        archive.catalog().add_event(&NewEvent {
            at: (around.now)(),
            actor: &around.actor,
            verb: "export again",
            object: &id.to_string(),
            before: None,
            after: Some(&serde_json::json!({ "sha256": report.sha256 }).to_string()),
        })?;
        Ok(())
    });
    done.map_err(|error| match error {
        Error::Catalog(catalog::Error::Destroyed { record, .. }) => {
            ExportFault::DestroyedSince { id, record }.into()
        }
        other => other,
    })
}

fn written(
    archive: &Archive,
    plan: &DiariumPlan,
    id: ExportId,
    made: DateTime<Utc>,
    out: &Path,
    given: Option<File>,
    keep: impl FnOnce(&DiariumReport) -> Result<(), Error>,
) -> Result<DiariumReport, Error> {
    let (unfinished, file) = match given {
        Some(file) => (None, file),
        None => {
            let unfinished = Unfinished::begin(out)?;
            let file = unfinished.create()?;
            (Some(unfinished), file)
        }
    };
    let mut package = Package::begin(file, made, out);
    bundle::fill(archive, plan, id, made, &mut package)?;
    let (exported, sha256) = package.finish()?;
    let report = DiariumReport {
        export: id,
        exported,
        sha256,
        committee: plan.committee.clone(),
        handlingar: plan.handlingar.len(),
        records: plan.records(),
        made,
    };
    keep(&report)?;
    if let Some(unfinished) = unfinished {
        unfinished.finish().map_err(|source| ExportFault::NoName {
            id,
            source: Box::new(source),
        })?;
    }
    Ok(report)
}
