//! `arkivd snapshot`: takes it now.

use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use super::output::{Exit, Output, one_line, value};
use super::{Context, Error};
use crate::platform::Client;
use crate::record::{Account, AccountId, GapReason, Outcome, Reason};
use crate::workflow::{Progress, SnapshotReport, SnapshotRequest, take_snapshot, told};

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

pub(super) fn run(args: &Snapshot, context: &Context, output: &Output) -> Result<Exit, Error> {
    let archive = Arc::new(context.write()?);
    let registered = archive.catalog().accounts()?;
    let accounts = chosen(args, registered)?;
    let client = Client::new(&context.config.network)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(Error::Runtime)?;
    let mut reports = Vec::new();
    let mut refused = Vec::new();
    let mut written = Ok(());
    let mut stopped = None;
    for account in &accounts {
        let credential = match &account.credential {
            Some(name) => match context.config.credential(account.id.as_str(), name) {
                Ok(credential) => Some(credential),
                Err(error) => {
                    let why = told(&error);
                    output.error(&why, &[], error.hint().as_deref());
                    refused.push(json!({ "account": account.id, "error": why }));
                    continue;
                }
            },
            None => None,
        };
        let request = SnapshotRequest {
            account: account.id.clone(),
            reason: args.reason.into(),
            entire: args.full,
        };
        let bar = Bar::new(output, &account.id);
        let report = runtime.block_on(take_snapshot(
            &archive,
            &client,
            credential.as_ref(),
            &request,
            &context.around,
            &|p| bar.show(&p),
        ));
        bar.end();
        let report = match report {
            Ok(report) => report,
            // The archive's own error ends the command; what is sealed already is told first.
            Err(error) => {
                stopped = Some(error);
                break;
            }
        };
        if let Some(error) = &report.error {
            output.error(
                &format!("account {}: {error}", report.account),
                &[],
                report.hint.as_deref(),
            );
        }
        if !output.is_json() {
            // The other accounts are taken even if nobody reads any more.
            written = written.and(write_report(&report, &mut io::stdout().lock()));
        }
        if report.outcome == Outcome::Empty {
            output.hint(&format!(
                "is the address right? arkivd account show {}",
                report.account
            ));
        }
        for warning in report.warnings.iter().filter(|_| !output.is_json()) {
            tracing::warn!(account = %report.account, "{}", one_line(warning));
        }
        reports.push(report);
    }
    if accounts.is_empty() {
        output.hint("no account is registered: arkivd account add");
    }
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
        return Err(error.into());
    }
    written?;
    let failed = refused.len()
        + reports
            .iter()
            .filter(|r| r.outcome == Outcome::Failed)
            .count();
    Ok(if failed > 0 && failed == accounts.len() {
        Exit::Failed
    } else if failed > 0 || reports.iter().any(SnapshotReport::is_partial) {
        Exit::Partial
    } else {
        Exit::Done
    })
}

fn chosen(args: &Snapshot, registered: Vec<Account>) -> Result<Vec<Account>, Error> {
    if args.all {
        return Ok(registered);
    }
    let mut asked = BTreeSet::new();
    args.ids
        .iter()
        .filter(|id| asked.insert(*id))
        .map(|id| {
            let found = registered.iter().find(|a| a.id == *id);
            Ok(found
                .cloned()
                .ok_or_else(|| crate::catalog::Error::NoAccount(id.clone()))?)
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

/// A line that moves on a terminal; nothing elsewhere.
struct Bar(Option<ProgressBar>);

impl Bar {
    fn new(output: &Output, account: &AccountId) -> Self {
        if !output.draws() {
            return Self(None);
        }
        let bar = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("{spinner} {prefix}  {msg}  {elapsed}") {
            bar.set_style(style);
        }
        bar.set_prefix(account.to_string());
        bar.enable_steady_tick(Duration::from_millis(120));
        Self(Some(bar))
    }

    fn show(&self, progress: &Progress) {
        if let Some(bar) = &self.0 {
            bar.set_message(match progress {
                Progress::Reading(p) => {
                    let of = p.expected.map_or_else(String::new, |n| format!(" of {n}"));
                    format!("reading {} {}{of}", p.what.as_str(), p.done)
                }
                Progress::Media { got, of } => format!("fetching media {got} of {of}"),
                Progress::Typesetting => "typesetting".to_owned(),
                Progress::Sealing => "sealing".to_owned(),
            });
        }
    }

    fn end(&self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}
