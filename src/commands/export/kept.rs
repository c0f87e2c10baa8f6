//! `arkivd export list`, `show` and `watch-folder`: what left the archive.

use std::sync::Arc;

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::super::output::{Exit, Output, counted, one_line, size};
use super::super::{Context, Error};
use crate::calendar::{day_begins, local_time};
use crate::catalog::ExportRow;
use crate::record::{ExportId, RecordId};
use crate::workflow::{self, ExportFault, HeldUp, send_to_watch_folder};

/// An export as reports have it.
pub(in crate::commands) fn as_json(row: &ExportRow) -> Value {
    let receipt = row.receipt.as_ref().map(|r| {
        json!({ "what": r.what, "day": r.day, "by": r.by, "reference": r.reference, "note": r.note })
    });
    json!({ "export": row.id, "kind": row.kind.as_str(), "committee": row.committee, "layout": row.layout,
            "made": row.made, "by": row.actor, "software": row.software, "name": row.name, "bytes": row.bytes,
            "files": row.files, "sha256": row.sha256, "records": row.records, "receipt": receipt })
}

/// An export as a record that was in it has it.
pub(in crate::commands) fn brief_json(row: &ExportRow) -> Value {
    json!({ "export": row.id, "kind": row.kind.as_str(), "made": row.made, "name": row.name, "sha256": row.sha256 })
}

/// One line of an export, for a record that was in it.
pub(in crate::commands) fn told(row: &ExportRow) -> String {
    format!(
        "{} {}, {}, SHA-256 {}",
        row.kind.as_str(),
        row.id,
        local_time(row.made),
        row.sha256
    )
}

pub(super) fn list(
    record: Option<RecordId>,
    context: &Context,
    output: &Output,
) -> Result<Exit, Error> {
    let archive = context.read()?;
    let mut rows = match record {
        Some(record) => archive.catalog().exports_of(record)?,
        None => archive.catalog().exports()?,
    };
    rows.retain(|row| context.rights.serves(&row.committee));
    let data: Vec<Value> = rows.iter().map(as_json).collect();
    output.report(&data, &[], |out| {
        for row in &rows {
            let (kind, made) = (row.kind.as_str(), local_time(row.made));
            writeln!(out, "{}  {made}  {kind}", row.id)?;
            writeln!(
                out,
                "    {}: {}, {}",
                one_line(&row.committee),
                counted(row.records, "record"),
                size(row.bytes)
            )?;
            writeln!(out, "    {}", one_line(&row.name))?;
        }
        Ok(())
    })?;
    if rows.is_empty() {
        output.hint(
            "nothing was exported yet: arkivd export diarium --new-case \"…\" RECORD -o OUT.zip",
        );
    }
    Ok(Exit::Done)
}

pub(super) fn show(id: ExportId, context: &Context, output: &Output) -> Result<Exit, Error> {
    let archive = context.read()?;
    let row = archive.catalog().export(id)?;
    let row = row.ok_or_else(|| workflow::Error::from(ExportFault::NoExport(id)))?;
    context.rights.demand_committee(&row.committee)?;
    let records = archive.catalog().export_records(id)?;
    let request: Value = serde_json::from_str(&row.request).unwrap_or_default();
    let case = request.get("case").cloned().unwrap_or_default();
    let mut data = as_json(&row);
    if let Value::Object(fields) = &mut data {
        let list = records
            .iter()
            .map(|r| json!({ "number": r.number, "record": r.record, "version": r.version }));
        fields.insert("case".to_owned(), case.clone());
        fields.insert("handlingar".to_owned(), list.collect());
    }
    output.report(&data, &[], |out| {
        let mut line = |name: &str, text: &str| writeln!(out, "{name:<11}{}", one_line(text));
        line("export", &row.id.to_string())?;
        line("kind", &format!("{} ({})", row.kind.as_str(), row.layout))?;
        line("committee", &row.committee)?;
        for (key, name) in [("number", "case"), ("new", "new case")] {
            if let Some(text) = case.get(key).and_then(Value::as_str) {
                line(name, text)?;
            }
        }
        line(
            "made",
            &format!(
                "{} by {}, {}",
                local_time(row.made),
                row.actor,
                row.software
            ),
        )?;
        line(
            "file",
            &format!(
                "{}, {}, {}",
                row.name,
                counted(row.files, "file"),
                size(row.bytes)
            ),
        )?;
        line("SHA-256", &row.sha256.to_string())?;
        if let Some(r) = &row.receipt {
            line("receipt", &format!("{} {} by {}", r.what, r.day, r.by))?;
        }
        writeln!(out)?;
        for r in &records {
            writeln!(out, "{:04}  {}  version {}", r.number, r.record, r.version)?;
        }
        Ok(())
    })?;
    Ok(Exit::Done)
}

pub(super) fn watch_folder(
    since: Option<NaiveDate>,
    context: &Context,
    output: &Output,
) -> Result<Exit, Error> {
    let Some(path) = context.config.watch_folder.path.clone() else {
        return Err(Error::Argument {
            what: "watch folder",
            value: String::new(),
            problem: "arkivd.toml names none",
            hint: "write path = \"/mnt/…\" under [watch_folder] in arkivd.toml",
        });
    };
    let archive = context.write()?;
    let since = since.map(day_begins);
    let sent = send_to_watch_folder(
        &archive,
        &path,
        since,
        // Who asks for it has mended what was wrong, or wants to know.
        &Arc::new(HeldUp::default()),
        &context.around,
    )?;
    let data = json!({ "path": path, "sent": sent.files, "waiting": sent.waiting, "problem": sent.problem });
    output.report(&data, &[], |out| {
        for file in &sent.files {
            writeln!(out, "{}", one_line(file))?;
        }
        writeln!(out, "{} sent, {} waiting", sent.files.len(), sent.waiting)
    })?;
    match &sent.problem {
        None => Ok(Exit::Done),
        Some(problem) => {
            output.error(
                &format!("watch folder: {problem}"),
                &[],
                Some(
                    "what waits is tried again by itself; arkivd doctor looks at the folder, arkivd verify at the archive's own files",
                ),
            );
            Ok(match sent.files.is_empty() {
                true => Exit::Failed,
                false => Exit::Partial,
            })
        }
    }
}
