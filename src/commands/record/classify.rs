//! `arkivd record classify`: what records are by their committees' plans, by hand, from a file or by rules.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use super::super::context::to_send;
use super::super::output::{Exit, Output, counted};
use super::super::{Context, Error};
use super::explain;
use crate::catalog::{self, ByRules, HandDecision, HandReport, Scope};
use crate::record::{AccountId, RecordId};
use crate::retention::RowId;
use crate::workflow::{self, Archive, classify_by_hand, read_decisions, reason_of};

/// A file of decisions is not larger: a million lines.
const MOST_BYTES: u64 = 256 << 20;

#[derive(Debug, Args)]
pub(in crate::commands) struct Classify {
    /// The records' ids
    #[arg(value_name = "REC")]
    records: Vec<RecordId>,
    /// By hand: they are this row of the plan
    #[arg(long, value_name = "ID", requires = "reason", requires = "records")]
    row: Option<RowId>,
    /// What answers them is the same, also what comes later
    #[arg(long, requires = "row")]
    thread: bool,
    /// Why; it is kept with the decision
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// By hand, many: a file with a line RECORD;ROW;REASON for each, or RECORD;ROW;REASON;thread
    #[arg(long, value_name = "FILE", conflicts_with_all = ["records", "row", "reason", "all", "account", "anew", "explain", "remove"])]
    csv: Option<PathBuf>,
    /// By the rules of the plans in force: every account
    #[arg(long, conflicts_with_all = ["records", "row", "account", "explain", "remove"])]
    all: bool,
    /// By the rules: this account
    #[arg(long, value_name = "ID", conflicts_with_all = ["records", "row", "explain", "remove"])]
    account: Option<AccountId>,
    /// By the rules, also what was decided before; what was decided by hand stays
    #[arg(long, conflicts_with_all = ["row", "explain", "remove"])]
    anew: bool,
    /// Tell what would be decided, and keep nothing
    #[arg(long, conflicts_with_all = ["explain", "remove"])]
    dry_run: bool,
    /// Why one record is what it is, what becomes of it, and what holds it
    #[arg(long, requires = "records", conflicts_with_all = ["row", "reason", "remove"])]
    explain: bool,
    /// Take one record's decision away
    #[arg(
        long,
        requires = "records",
        requires = "reason",
        conflicts_with = "row"
    )]
    remove: bool,
}

impl Classify {
    pub(super) fn writes(&self) -> bool {
        !self.explain
    }

    /// The file it reads, for who runs it in the daemon.
    pub(super) fn to_send(&self) -> Vec<(String, File)> {
        to_send(self.csv.clone())
    }

    fn one(&self) -> Result<RecordId, Error> {
        match self.records.as_slice() {
            [one] => Ok(*one),
            many => Err(Error::Argument {
                what: "number of records",
                value: many.len().to_string(),
                problem: "it is done for one at a time",
                hint: "name one record",
            }),
        }
    }
}

pub(super) fn run(args: &Classify, context: &Context, output: &Output) -> Result<Exit, Error> {
    if args.explain {
        return explain::run(args.one()?, context, output);
    }
    if args.remove {
        return remove(args, context, output);
    }
    if let Some(row) = &args.row {
        let reason = reason_of(args.reason.as_deref().unwrap_or_default())?;
        let decision = |record: &RecordId| HandDecision {
            record: *record,
            row: row.clone(),
            thread: args.thread,
            reason: reason.clone(),
        };
        let mut decisions: Vec<HandDecision> = args.records.iter().map(decision).collect();
        decisions.dedup();
        return by_hand(&decisions, None, args.dry_run, context, output);
    }
    if let Some(path) = &args.csv {
        let (decisions, lines) = read_decisions(&read(path, context)?)?;
        return by_hand(&decisions, Some(&lines), args.dry_run, context, output);
    }
    by_rules(args, context, output)
}

fn read(path: &Path, context: &Context) -> Result<Vec<u8>, Error> {
    let fault = |source| unread(path, source);
    let mut bytes = Vec::new();
    let file = context.file_to_read(path).map_err(fault)?;
    file.take(MOST_BYTES)
        .read_to_end(&mut bytes)
        .map_err(fault)?;
    Ok(bytes)
}

/// Why a file that was named could not be read.
pub(in crate::commands) fn unread(path: &Path, source: std::io::Error) -> Error {
    if source.kind() != std::io::ErrorKind::NotFound {
        return Error::Workflow(workflow::Error::Io {
            path: path.to_owned(),
            source,
        });
    }
    Error::Argument {
        what: "file",
        value: path.display().to_string(),
        problem: "it is not there",
        hint: "name a file that exists and that you may read",
    }
}

/// Holds that the caller's roles hold for the records, and that they may know of them. One that is not in the catalog is
/// told later, with the others.
pub(in crate::commands) fn demand(
    archive: &Archive,
    records: &[RecordId],
    context: &Context,
) -> Result<(), Error> {
    let may = context.rights.restricted();
    let catalog = archive.catalog();
    for record in records {
        let (committee, restricted) = match catalog.whose(*record) {
            Ok(found) => found,
            Err(catalog::Error::NoRecord(_)) => continue,
            Err(error) => return Err(error.into()),
        };
        context.rights.demand_committee(&committee)?;
        if restricted && !may.includes(&committee) {
            return Err(Error::Restricted(*record));
        }
    }
    Ok(())
}

fn by_hand(
    decisions: &[HandDecision],
    lines: Option<&[u64]>,
    dry_run: bool,
    context: &Context,
    output: &Output,
) -> Result<Exit, Error> {
    let archive = context.write()?;
    let records: Vec<RecordId> = decisions.iter().map(|d| d.record).collect();
    demand(&archive, &records, context)?;
    let done = classify_by_hand(&archive, decisions, lines, dry_run, &context.around)?;
    report_hand(&done, dry_run, output)
}

fn report_hand(done: &HandReport, dry_run: bool, output: &Output) -> Result<Exit, Error> {
    let data = json!({ "by": "hand", "dry_run": dry_run, "records": done.records, "following": done.following });
    output.report(&data, &[], |out| {
        let would = if dry_run { " would be" } else { "" };
        let many = counted(done.records, "record");
        write!(out, "{many}{would} classified by hand")?;
        match done.following {
            0 => writeln!(out),
            n => writeln!(out, ", and {n} in their threads follow"),
        }
    })?;
    Ok(Exit::Done)
}

fn remove(args: &Classify, context: &Context, output: &Output) -> Result<Exit, Error> {
    let record = args.one()?;
    let reason = reason_of(args.reason.as_deref().unwrap_or_default())?;
    let archive = context.write()?;
    demand(&archive, &[record], context)?;
    let at = (context.around.now)();
    let actor = &context.around.actor;
    let removed = archive
        .catalog()
        .remove_classification(record, &reason, actor, at)?;
    let problem = match &removed {
        Some(Ok(done)) => {
            let data = json!({ "by": "removal", "dry_run": false, "records": 1, "following": done.following });
            output.report(&data, &[], |out| {
                writeln!(
                    out,
                    "record {record} is not classified any more, and is kept"
                )
            })?;
            return Ok(Exit::Done);
        }
        Some(Err(_)) => "it follows the thread it stands in, and has no decision of its own",
        None => "it is not classified",
    };
    Err(Error::Argument {
        what: "record",
        value: record.to_string(),
        problem,
        hint: "arkivd record classify --explain REC tells what decides it; decide it by hand with --row",
    })
}

fn by_rules(args: &Classify, context: &Context, output: &Output) -> Result<Exit, Error> {
    let archive = context.write()?;
    let scope = match (&args.account, args.all, args.records.as_slice()) {
        (Some(account), _, _) => Scope::Account(account),
        (None, true, _) => Scope::All,
        (None, false, []) => {
            return Err(Error::Argument {
                what: "number of records",
                value: "0".to_owned(),
                problem: "nothing says what is to be classified",
                hint: "by hand: REC.. --row ID --reason \"…\", or --csv FILE; by rules: --account ID or --all; why: --explain REC",
            });
        }
        (None, false, records) => Scope::Records(records),
    };
    match scope {
        Scope::Records(records) => demand(&archive, records, context)?,
        Scope::Account(account) => {
            let of = archive.catalog().account(account)?;
            let of = of.ok_or_else(|| catalog::Error::NoAccount(account.clone()))?;
            context.rights.demand_committee(&of.committee)?;
        }
        Scope::All => {
            for committee in archive.catalog().committees()? {
                context.rights.demand_committee(&committee)?;
            }
        }
    }
    let at = (context.around.now)();
    let actor = &context.around.actor;
    let done = archive
        .catalog()
        .classify_by_rules(scope, args.anew, args.dry_run, actor, at)?;
    report_rules(&done, args, output)
}

fn report_rules(done: &ByRules, args: &Classify, output: &Output) -> Result<Exit, Error> {
    let rows: Vec<_> = done
        .rows
        .iter()
        .map(|r| json!({ "committee": r.committee, "plan": r.plan, "row": r.row, "records": r.records }))
        .collect();
    let data = json!({ "by": "rules", "dry_run": args.dry_run, "anew": args.anew, "records": done.records,
        "classified": done.classified, "changed": done.changed, "taken_away": done.taken_away, "kept": done.kept,
        "by_hand": done.by_hand, "unclassified": done.unclassified, "rows": rows });
    output.report(&data, &[], |out| {
        let would = if args.dry_run { "would be " } else { "" };
        writeln!(
            out,
            "{} looked at: {} {would}classified, {} {would}changed, {} {would}taken away",
            counted(done.records, "record"),
            done.classified,
            done.changed,
            done.taken_away
        )?;
        writeln!(
            out,
            "{} stay as they were decided, {} of them by hand; {} are not classified, and are kept",
            done.kept + done.by_hand,
            done.by_hand,
            done.unclassified
        )?;
        for row in &done.rows {
            writeln!(
                out,
                "  {:>8}  {} ({}, plan {})",
                row.records, row.row, row.committee, row.plan
            )?;
        }
        Ok(())
    })?;
    if done.without_plan > 0 {
        output.hint("some committees have no plan: arkivd plan load FILE");
    }
    Ok(Exit::Done)
}
