//! `arkivd watch`: looks now for what is new, edited, hidden or gone.

use std::io::{self, Write as _};
use std::sync::Arc;

use clap::Args;
use serde_json::{Value, json};

use super::chosen::chosen;
use super::output::{Exit, Output, one_line};
use super::snapshot_report::{as_json as capture_json, words, write_bags};
use super::{Context, Error};
use crate::calendar::local_time;
use crate::catalog::Settles;
use crate::record::{Account, AccountId};
use crate::workflow::{
    self, Archive, Noticed, Progress, RegisterFault, Timetable, WatchReport, WatchRequest, What,
    is_watched, told, watch_account,
};

#[derive(Debug, Args)]
pub(super) struct Watch {
    /// The accounts
    #[arg(value_name = "ID", required_unless_present = "all")]
    ids: Vec<AccountId>,
    /// All accounts whose records can be read
    #[arg(long, conflicts_with = "ids")]
    all: bool,
}

pub(super) fn run(args: &Watch, context: &Context, output: &Output) -> Result<Exit, Error> {
    let archive = context.write()?;
    let registered = archive.catalog().open_accounts()?;
    refuse_closed(&args.ids, &archive)?;
    let accounts = chosen(&args.ids, args.all, registered, &context.rights, |a| {
        a.platform.has_records()
    })?;
    if accounts.is_empty() {
        output.hint("no account has records that can be read: arkivd account list");
    }
    watch(&archive, &accounts, None, context, output)
}

/// A closed account is not watched.
pub(super) fn refuse_closed(ids: &[AccountId], archive: &Archive) -> Result<(), Error> {
    let closed = archive.catalog().closed_accounts()?;
    match ids.iter().find_map(|id| Some((id, closed.get(id)?))) {
        Some((id, day)) => {
            Err(workflow::Error::from(RegisterFault::Closed(id.clone(), *day)).into())
        }
        None => Ok(()),
    }
}

/// Looks at each account, one after the other, and tells what was found. `schedule` is the one that it counts for.
pub(super) fn watch(
    archive: &Arc<Archive>,
    accounts: &[Account],
    schedule: Option<&str>,
    context: &Context,
    output: &Output,
) -> Result<Exit, Error> {
    let mut told = Told::default();
    // Files that do not read are for doctor and the daemon to tell of.
    let timetable = Timetable::load(archive.paths()).unwrap_or_default();
    for account in accounts {
        let credential = match context.config.credential_of(account) {
            Ok(credential) => credential,
            Err(error) => {
                told.refused(&account.id, &error, error.hint(), output);
                continue;
            }
        };
        let request = WatchRequest {
            account: account.id.clone(),
            settles: schedule.map(|id| Settles {
                schedule: id.to_owned(),
                counted_from: (context.around.now)(),
                backwards: true,
            }),
            pace: context.config.watch.pace(),
            scheduled: is_watched(&timetable, &account.id),
        };
        let bar = output.bar(account.id.as_str());
        let looked = context.with_network(async |client| {
            let show = |p: Progress| bar.show(&words(&p), None);
            let credential = credential.as_ref();
            watch_account(
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
        match looked.and_then(|looked| Ok(looked?)) {
            Ok(report) => told.looked(report, output),
            // What is sealed already is told first.
            Err(error) => {
                told.stopped = Some(error);
                break;
            }
        }
    }
    told.end(accounts.len(), output)
}

/// What is said of the accounts that were asked for.
#[derive(Default)]
struct Told {
    reports: Vec<WatchReport>,
    refused: Vec<Value>,
    written: Option<io::Error>,
    /// The archive's own error, which ends the command.
    stopped: Option<Error>,
}

impl Told {
    fn refused(
        &mut self,
        account: &AccountId,
        error: &dyn std::error::Error,
        hint: Option<String>,
        output: &Output,
    ) {
        let why = told(error);
        output.error(&format!("account {account}: {why}"), &[], hint.as_deref());
        self.refused
            .push(json!({ "account": account, "error": why }));
    }

    fn looked(&mut self, report: WatchReport, output: &Output) {
        if let Some(error) = &report.error {
            let told = format!("account {}: {error}", report.account);
            output.error(&told, &[], report.hint.as_deref());
        } else if !output.is_json() {
            // The other accounts are looked at even if nobody reads any more.
            let mut out = output.stream();
            let written = write(&report, &mut out).and_then(|()| out.flush());
            self.written = self.written.take().or(written.err());
        }
        for warning in &report.warnings {
            output.warn(&format!("account {}: {warning}", report.account));
        }
        self.reports.push(report);
    }

    fn end(self, asked: usize, output: &Output) -> Result<Exit, Error> {
        let mut written = self.written;
        if output.is_json() && (self.stopped.is_none() || !self.reports.is_empty()) {
            let looks: Vec<Value> = self.reports.iter().map(as_json).collect();
            let data = json!({ "looks": looks, "refused": self.refused });
            let warnings: Vec<String> = self
                .reports
                .iter()
                .flat_map(|r| {
                    r.warnings
                        .iter()
                        .map(|w| format!("account {}: {w}", r.account))
                })
                .collect();
            written = written.or(output.report(&data, &warnings, |_| Ok(())).err());
        }
        if let Some(error) = self.stopped {
            return Err(error);
        }
        if let Some(error) = written.filter(|e| e.kind() != io::ErrorKind::BrokenPipe) {
            return Err(error.into());
        }
        let failed = self.reports.iter().filter(|r| r.error.is_some()).count();
        let failed = failed + self.refused.len();
        Ok(if failed > 0 && failed == asked {
            Exit::Failed
        } else if failed > 0 || self.reports.iter().any(WatchReport::is_partial) {
            Exit::Partial
        } else {
            Exit::Done
        })
    }
}

fn write(report: &WatchReport, out: &mut dyn io::Write) -> io::Result<()> {
    if report.noticed.is_empty() {
        writeln!(
            out,
            "{}: nothing new ({:.1} s)",
            report.account, report.seconds
        )?;
    } else {
        writeln!(out, "{}: {}", report.account, counted(&report.noticed))?;
    }
    for noticed in &report.noticed {
        let address = noticed.permalink.as_deref().unwrap_or_default();
        writeln!(
            out,
            "  {:<9}{:<8}{}  {}",
            noticed.what.as_str(),
            noticed.kind.as_str(),
            noticed.record,
            one_line(address)
        )?;
        match &noticed.what {
            What::Removed { how, by } | What::Hidden { how, by } => {
                let by = by.map_or_else(String::new, |by| format!(", by the {by}"));
                writeln!(out, "           the platform says {}{by}", one_line(how))?;
            }
            What::NotSeen { why } => {
                writeln!(
                    out,
                    "           absence is not removal, and asking settled nothing: {why}"
                )?;
            }
            What::New | What::Edited | What::Shown | What::Returned => {}
        }
    }
    if !report.whole {
        writeln!(
            out,
            "  not every list could be read: what is missing from it is not counted as gone"
        )?;
    }
    if let Some(capture) = &report.capture {
        write_bags(capture, out)?;
    }
    if let Some(at) = report.next_look {
        writeln!(out, "  next look by its own pace {}", local_time(at))?;
    }
    Ok(())
}

/// `2 new, 1 edited`.
fn counted(noticed: &[Noticed]) -> String {
    let words = [
        "new", "edited", "shown", "returned", "hidden", "removed", "not seen",
    ];
    let count = |word: &&str| {
        let n = noticed.iter().filter(|n| n.what.as_str() == *word).count();
        (n > 0).then(|| format!("{n} {word}"))
    };
    words
        .iter()
        .filter_map(count)
        .collect::<Vec<_>>()
        .join(", ")
}

fn as_json(report: &WatchReport) -> Value {
    let noticed: Vec<Value> = report
        .noticed
        .iter()
        .map(|n| {
            let (how, by, why) = match &n.what {
                What::Removed { how, by } | What::Hidden { how, by } => {
                    (Some(how), by.map(|by| by.as_str()), None)
                }
                What::NotSeen { why } => (None, None, Some(*why)),
                What::New | What::Edited | What::Shown | What::Returned => (None, None, None),
            };
            json!({ "record": n.record, "kind": n.kind, "permalink": n.permalink, "what": n.what.as_str(),
                    "how": how, "by": by, "why": why })
        })
        .collect();
    json!({ "account": report.account, "outcome": report.outcome(), "noticed": noticed, "whole": report.whole,
            "capture": report.capture.as_ref().map(capture_json), "error": report.error,
            "next_look": report.next_look, "seconds": report.seconds })
}
