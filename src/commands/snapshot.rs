//! `arkivd snapshot`: takes it now.

use std::io::{self, Write as _};
use std::sync::Arc;

use clap::{Args, ValueEnum};
use serde_json::{Value, json};
use url::Url;

use super::chosen::chosen;
use super::output::{Exit, Output};
use super::rights::Rights;
use super::snapshot_report::{as_json, words, write_report};
use super::{Context, Error};
use crate::browser::Cookie;
use crate::record::{Account, AccountId, Outcome, Reason};
use crate::workflow::{
    Archive, PageRequest, Progress, SnapshotReport, SnapshotRequest, take_snapshot, told,
};
use crate::{catalog, workflow};

#[derive(Debug, Args)]
pub(super) struct Snapshot {
    /// Accounts
    #[arg(value_name = "ID", required_unless_present_any = ["all", "url"])]
    ids: Vec<AccountId>,
    /// All registered accounts
    #[arg(long, conflicts_with = "ids")]
    all: bool,
    /// This page alone, as the screen shows it; its account is the one whose address it lies under
    #[arg(long, value_name = "URL", conflicts_with_all = ["ids", "all", "only", "full"])]
    url: Option<Url>,
    /// The account that the page belongs to
    #[arg(long, value_name = "ID", requires = "url")]
    account: Option<AccountId>,
    /// The page holds our own comment on the account of another
    #[arg(long, requires = "account")]
    own_comment: bool,
    /// Records by the platform's interface, or the page as the screen shows it [default: both, where there are]
    #[arg(long, value_enum, value_name = "WHAT")]
    only: Option<What>,
    /// Why it is taken
    #[arg(long, value_enum, default_value = "manual")]
    reason: ReasonArgument,
    /// Seal all that is seen, not only what is new or changed
    #[arg(long)]
    full: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum What {
    Records,
    Page,
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
    let registered = match args.all {
        true => archive.catalog().open_accounts()?,
        false => archive.catalog().accounts()?,
    };
    let none = registered.is_empty();
    let accounts = match &args.url {
        Some(url) => vec![owner_of(
            url,
            args.account.as_ref(),
            registered,
            &context.rights,
        )?],
        None => chosen(&args.ids, args.all, registered, &context.rights, |_| true)?,
    };
    if none {
        output.hint("no account is registered, or all are closed: arkivd account add");
    } else if accounts.is_empty() {
        output.hint(NONE_OF_THEIRS);
    }
    let pages = context.around.pages.is_some();
    let request = |account: &Account| {
        let platform = account.platform;
        let records = args.url.is_none() && args.only != Some(What::Page);
        // Asked for alone it is tried, and told why it cannot be.
        let records = records && (platform.has_records() || args.only.is_some());
        let page = match args.only {
            Some(only) => only == What::Page,
            // Without an interface the page is all there is, and that none are captured is told.
            None => args.url.is_some() || !records || (pages && platform.has_page()),
        };
        let address = args.url.as_ref().unwrap_or(&account.address);
        let page = page.then(|| PageRequest {
            address: address.clone(),
            // The account of another is looked at as anyone sees it.
            login: match args.own_comment || args.url.is_some() && !is_under(address, account) {
                true => Ok(Vec::new()),
                false => login_of(account, address, context),
            },
            own_comment: args.own_comment,
        });
        SnapshotRequest {
            account: account.id.clone(),
            reason: args.reason.into(),
            records,
            page,
            entire: args.full,
            settles: None,
        }
    };
    take(&archive, &accounts, &request, context, output)
}

/// What the account's page is looked at with, or why that cannot be had.
pub(super) fn login_of(
    account: &Account,
    page: &Url,
    context: &Context,
) -> Result<Vec<Cookie>, String> {
    context
        .config
        .login_of(account, page)
        .map_err(|error| told(&error))
}

/// True when the page lies under the account's address.
fn is_under(page: &Url, account: &Account) -> bool {
    let above = account.address.path().trim_end_matches('/');
    page.origin() == account.address.origin()
        && page
            .path()
            .strip_prefix(above)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The account that a page belongs to: the one that is named, or the one whose address is the longest above it.
fn owner_of(
    url: &Url,
    named: Option<&AccountId>,
    registered: Vec<Account>,
    rights: &Rights,
) -> Result<Account, Error> {
    let fault = |problem, hint| Error::Argument {
        what: "address",
        value: url.to_string(),
        problem,
        hint,
    };
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(fault(
            "it is no address of a page",
            "such as https://www.example.se/nyheter",
        ));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Error::Argument {
            what: "address",
            value: url.host_str().unwrap_or_default().to_owned(),
            problem: "it holds a user name or password",
            hint: "keep them as a credential of the account",
        });
    }
    let account = match named {
        Some(id) => {
            let found = registered.into_iter().find(|a| a.id == *id);
            found.ok_or_else(|| catalog::Error::NoAccount(id.clone()))?
        }
        None => {
            let above = registered.into_iter().filter(|a| is_under(url, a));
            let length = |a: &Account| a.address.path().len();
            let mut above: Vec<Account> = above.collect();
            above.sort_by_key(length);
            let longest = above.pop();
            if longest.is_some() && longest.as_ref().map(length) == above.last().map(length) {
                return Err(fault(
                    "it lies under the addresses of several accounts",
                    "name the one whose committee keeps it: --account ID",
                ));
            }
            longest.ok_or_else(|| {
                fault(
                    "it lies under the address of no registered account",
                    "name the account whose committee keeps it: --account ID; or register it: arkivd account add ID --platform web",
                )
            })?
        }
    };
    rights.demand_committee(&account.committee)?;
    Ok(account)
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
        let request = request(account);
        if request.page.is_some() && context.around.pages.is_none() {
            let error = workflow::Error::NoPages;
            told.refused(&account.id, &error, error.hint(), output);
            continue;
        }
        // A page alone is not held up by a password that cannot be read.
        let credential = match request.records {
            true => context.config.credential_of(account),
            false => Ok(None),
        };
        let credential = match credential {
            Ok(credential) => credential,
            Err(error) => {
                told.refused(&account.id, &error, error.hint(), output);
                continue;
            }
        };
        let bar = output.bar(account.id.as_str());
        let taken = context.with_network(async |client| {
            let show = |p: Progress| bar.show(&words(&p), None);
            take_snapshot(
                archive,
                client,
                credential.as_ref(),
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

    fn refused(
        &mut self,
        account: &AccountId,
        error: &dyn std::error::Error,
        hint: Option<String>,
        output: &Output,
    ) {
        let why = told(error);
        output.error(&why, &[], hint.as_deref());
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
