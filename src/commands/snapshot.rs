//! `arkivd snapshot`: takes it now.

use std::collections::BTreeSet;
use std::io::{self, Write as _};
use std::sync::Arc;

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::output::{Exit, Output, one_line, value};
use super::rights::Rights;
use super::{Context, Error};
use crate::record::{Account, AccountId, GapReason, Outcome, Reason};
use crate::workflow::{Archive, Progress, SnapshotReport, SnapshotRequest, take_snapshot, told};
use crate::{catalog, config};

#[derive(Debug, Args)]
pub(super) struct Snapshot {
    /// Accounts
    #[arg(value_name = "ID", required_unless_present = "all")]
    ids: Vec<AccountId>,
    /// All registered accounts
    #[arg(long, conflicts_with = "ids")]
    all: bool,
    /// Why it is taken
    #[arg(long, value_enum, default_value = "manual")]
    reason: ReasonArgument,
    /// Seal all that is seen, not only what is new or changed
    #[arg(long)]
    full: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ReasonArgument {
    Scheduled,
    Change,
    Closing,
    Manual,
}

impl From<ReasonArgument> for Reason {
    fn from(reason: ReasonArgument) -> Self {
        match reason {
            ReasonArgument::Scheduled => Self::Scheduled,
            ReasonArgument::Change => Self::Change,
            ReasonArgument::Closing => Self::Closing,
            ReasonArgument::Manual => Self::Manual,
        }
    }
}

/// When there are accounts, and none that the caller's roles hold for.
pub(super) const NONE_OF_THEIRS: &str =
    "your roles hold for none of the accounts, which are of other committees: arkivd account list";

pub(super) fn run(args: &Snapshot, context: &Context, output: &Output) -> Result<Exit, Error> {
    let archive = context.write()?;
    let registered = archive.catalog().accounts()?;
    let none = registered.is_empty();
    let accounts = chosen(args, registered, &context.rights)?;
    if none {
        output.hint("no account is registered: arkivd account add");
    } else if accounts.is_empty() {
        output.hint(NONE_OF_THEIRS);
    }
    let request = |account: &Account| SnapshotRequest {
        account: account.id.clone(),
        reason: args.reason.into(),
        entire: args.full,
        settles: None,
    };
    take(&archive, &accounts, &request, context, output)
}

/// Takes a snapshot of each account, one after the other, and tells how it went.
pub(super) fn take(
    archive: &Arc<Archive>,
    accounts: &[Account],
    request: &dyn Fn(&Account) -> SnapshotRequest,
    context: &Context,
    output: &Output,
) -> Result<Exit, Error> {
    let mut told = Told::new(accounts.len());
    for account in accounts {
        let credential = match &account.credential {
            Some(name) => match context.config.credential(account.id.as_str(), name) {
                Ok(credential) => Some(credential),
                Err(error) => {
                    told.refused(&account.id, &error, output);
                    continue;
                }
            },
            None => None,
        };
        let request = request(account);
        let bar = output.bar(account.id.as_str());
        let taken = context.with_network(async |client| {
            let show = |p: Progress| bar.show(&words(&p), None);
            let credential = credential.as_ref();
            take_snapshot(
                archive,
                client,
                credential,
                &request,
                &context.around,
                &show,
            )
            .await
        });
        bar.end();
        match taken.and_then(|taken| Ok(taken?)) {
            Ok(report) => told.taken(report, output),
            // What is sealed already is told first.
            Err(error) => {
                told.stopped = Some(error);
                break;
            }
        }
    }
    told.end(output)
}

/// What is said of the accounts that were asked for.
struct Told {
    asked: usize,
    reports: Vec<SnapshotReport>,
    refused: Vec<Value>,
    written: io::Result<()>,
    /// The archive's own error, which ends the command.
    stopped: Option<Error>,
}

impl Told {
    fn new(asked: usize) -> Self {
        Self {
            asked,
            reports: Vec::new(),
            refused: Vec::new(),
            written: Ok(()),
            stopped: None,
        }
    }

    fn refused(&mut self, account: &AccountId, error: &config::Error, output: &Output) {
        let why = told(error);
        output.error(&why, &[], error.hint().as_deref());
        self.refused
            .push(json!({ "account": account, "error": why }));
    }

    fn taken(&mut self, report: SnapshotReport, output: &Output) {
        if let Some(error) = &report.error {
            let told = format!("account {}: {error}", report.account);
            output.error(&told, &[], report.hint.as_deref());
        }
        if !output.is_json() {
            // The other accounts are taken even if nobody reads any more.
            let mut out = output.stream();
            let written = write_report(&report, &mut out).and_then(|()| out.flush());
            if self.written.is_ok() {
                self.written = written;
            }
        }
        if report.outcome == Outcome::Empty {
            output.hint(&format!(
                "is the address right? arkivd account show {}",
                report.account
            ));
        }
        for warning in &report.warnings {
            output.warn(&format!("account {}: {warning}", report.account));
        }
        self.reports.push(report);
    }

    fn end(self, output: &Output) -> Result<Exit, Error> {
        let Self {
            asked,
            reports,
            refused,
            mut written,
            stopped,
        } = self;
        if output.is_json() && (stopped.is_none() || !reports.is_empty()) {
            let data = json!({ "captures": reports.iter().map(as_json).collect::<Vec<_>>(), "refused": refused });
            let warnings: Vec<String> = reports
                .iter()
                .flat_map(|r| {
                    r.warnings
                        .iter()
                        .map(|w| format!("account {}: {w}", r.account))
                })
                .collect();
            written = written.and(output.report(&data, &warnings, |_| Ok(())));
        }
        if let Some(error) = stopped {
            return Err(error);
        }
        match written {
            // Who reads no more still gets the exit code.
            Err(e) if e.kind() == io::ErrorKind::BrokenPipe => {}
            written => written?,
        }
        let failed = refused.len()
            + reports
                .iter()
                .filter(|r| r.outcome == Outcome::Failed)
                .count();
        Ok(if failed > 0 && failed == asked {
            Exit::Failed
        } else if failed > 0 || reports.iter().any(SnapshotReport::is_partial) {
            Exit::Partial
        } else {
            Exit::Done
        })
    }
}

/// The accounts that were named, or all that the caller's roles hold for.
fn chosen(
    args: &Snapshot,
    mut registered: Vec<Account>,
    rights: &Rights,
) -> Result<Vec<Account>, Error> {
    if args.all {
        registered.retain(|account| rights.serves(&account.committee));
        return Ok(registered);
    }
    let mut asked = BTreeSet::new();
    args.ids
        .iter()
        .filter(|id| asked.insert(*id))
        .map(|id| {
            let found = registered.iter().find(|a| a.id == *id);
            let account = found.ok_or_else(|| catalog::Error::NoAccount(id.clone()))?;
            rights.demand_committee(&account.committee)?;
            Ok(account.clone())
        })
        .collect()
}

fn write_report(r: &SnapshotReport, out: &mut dyn io::Write) -> io::Result<()> {
    let c = r.counts;
    match r.outcome {
        Outcome::Failed => return writeln!(out, "{}: failed", r.account),
        Outcome::Empty => writeln!(out, "{}: nothing there, nothing sealed", r.account)?,
        outcome => {
            write!(
                out,
                "{}: {outcome}, {} new, {} changed, {} unchanged",
                r.account, c.new, c.changed, c.unchanged
            )?;
            if c.not_seen > 0 {
                write!(out, ", {} not seen", c.not_seen)?;
            }
            writeln!(out, " ({:.1} s)", r.seconds)?;
        }
    }
    for bag in &r.bags {
        writeln!(out, "  {} bag {}", bag.kind, bag.bag)?;
        for pdf in &bag.pdfs {
            let level = bag.level.as_deref().unwrap_or_default();
            let only = if bag.text_only {
                ", without pictures"
            } else {
                ""
            };
            writeln!(out, "    {} ({level}{only})", pdf.display())?;
        }
        if bag.level.is_none() {
            writeln!(
                out,
                "    no PDF was sealed: capture.json tells what the gate found"
            )?;
        }
    }
    for row in &r.coverage.rows {
        if row.is_complete() {
            continue;
        }
        let of = row
            .expected
            .map_or_else(String::new, |n| format!(" of {n}"));
        writeln!(out, "  {}: {}{of}", row.what.as_str(), row.captured)?;
        for gap in row.missing.iter().take(10) {
            writeln!(
                out,
                "    {}: {}",
                one_line(&gap.what),
                one_line(&gap.reason.to_string())
            )?;
        }
        if row.missing.len() > 10 {
            writeln!(
                out,
                "    … and {} more, all in capture.json",
                row.missing.len() - 10
            )?;
        }
        if row
            .missing
            .iter()
            .any(|g| g.reason == GapReason::NeedsCredential)
        {
            writeln!(
                out,
                "    give the account a credential: arkivd account edit {} --credential NAME",
                r.account
            )?;
        }
    }
    Ok(())
}

fn as_json(r: &SnapshotReport) -> Value {
    let bags: Vec<Value> = r
        .bags
        .iter()
        .map(|b| {
            json!({ "bag": b.bag, "kind": b.kind, "path": b.path, "pdfs": b.pdfs, "level": b.level,
                    "text_only": b.text_only })
        })
        .collect();
    json!({
        "capture": r.capture,
        "account": r.account,
        "outcome": r.outcome,
        "bags": bags,
        "new": r.counts.new,
        "changed": r.counts.changed,
        "unchanged": r.counts.unchanged,
        "not_seen": r.counts.not_seen,
        "complete": r.error.is_none() && r.coverage.is_complete(),
        "coverage": value(&r.coverage),
        "error": r.error,
        "hint": r.hint,
    })
}

fn words(progress: &Progress) -> String {
    match progress {
        Progress::Waiting => "waiting for other captures".to_owned(),
        Progress::Reading(p) => {
            let of = p.expected.map_or_else(String::new, |n| format!(" of {n}"));
            format!("reading {} {}{of}", p.what.as_str(), p.done)
        }
        Progress::Media { got, of } => format!("fetching media {got} of {of}"),
        Progress::Typesetting => "typesetting".to_owned(),
        Progress::Sealing => "sealing".to_owned(),
    }
}
