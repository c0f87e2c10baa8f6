//! `arkivd account close` and `reopen`.

use clap::Args;
use serde_json::json;

use super::super::output::{Exit, Output, one_line};
use super::super::snapshot::login_of;
use super::super::snapshot_report::{as_json, words, write_report};
use super::super::{Context, Error};
use super::enter::demand;
use crate::record::{Account, AccountId, Reason, Role};
use crate::workflow::{
    self, Acceptance, PageRequest, Progress, SnapshotReport, SnapshotRequest, take_snapshot,
};

#[derive(Debug, Args)]
pub(in crate::commands) struct Close {
    id: AccountId,
    /// Something that the last snapshot lacks and that is accepted, by the name it is told under; once for each
    #[arg(long, value_name = "WHAT", requires = "reason")]
    accept_gap: Vec<String>,
    /// Why what is lacking is accepted
    #[arg(long, value_name = "TEXT", requires = "accept_gap")]
    reason: Option<String>,
    /// How and when communications was told; it is noted
    #[arg(long, value_name = "TEXT")]
    communications_told: Option<String>,
    /// Why it is closed
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
}

#[derive(Debug, Args)]
pub(in crate::commands) struct Reopen {
    id: AccountId,
    /// Why
    #[arg(long, value_name = "TEXT")]
    note: String,
}

pub(super) fn close(args: &Close, context: &Context, output: &Output) -> Result<Exit, Error> {
    let archive = context.write()?;
    demand(&args.id, context)?;
    if !args.accept_gap.is_empty() {
        let command = "account close --accept-gap";
        context.rights.demand(command, &[Role::Archivist])?;
    }
    let policy = context.policy()?;
    let told = args.communications_told.as_deref();
    let account = workflow::ready_to_close(&archive, &policy, &args.id, told, &context.around)?;
    let report = last_snapshot(&archive, &account, context, output)?;
    if !output.is_json() {
        let mut out = output.stream();
        write_report(&report, &mut out)?;
        std::io::Write::flush(&mut out)?;
    }
    let accepts = Acceptance {
        gaps: &args.accept_gap,
        reason: args.reason.as_deref(),
        note: args.note.as_deref(),
    };
    let closing = workflow::close_account(&archive, &account, &report, accepts, &context.around)?;
    let gaps: Vec<_> = closing
        .accepted
        .iter()
        .map(|gap| json!({ "what": gap.what, "why": gap.why }))
        .collect();
    let data = json!({ "account": account.id, "closed": closing.day, "accepted_gaps": gaps,
        "capture": as_json(&report) });
    let mut warnings = report.warnings.clone();
    warnings.extend(closing.unknown.iter().map(|name| {
        format!("--accept-gap {name:?}: it is no gap, and nothing is accepted by that name")
    }));
    output.report(&data, &warnings, |out| {
        writeln!(out, "account {} is closed {}", account.id, closing.day)?;
        for gap in &closing.accepted {
            writeln!(
                out,
                "  accepted: {}: {}",
                gap.what,
                one_line(&gap.why.join("; "))
            )?;
        }
        Ok(())
    })?;
    output.hint("its records stay, and no schedule takes it; the published list is written anew: arkivd account publish");
    Ok(Exit::Done)
}

/// All that can be had of the account, its page too.
fn last_snapshot(
    archive: &std::sync::Arc<workflow::Archive>,
    account: &Account,
    context: &Context,
    output: &Output,
) -> Result<SnapshotReport, Error> {
    let platform = account.platform;
    let page = platform.has_page() && context.around.pages.is_some();
    let request = SnapshotRequest {
        account: account.id.clone(),
        reason: Reason::Closing,
        // Where there is no page either it is tried, so that it is told why nothing can be had.
        records: platform.has_records() || !page,
        page: page.then(|| PageRequest {
            address: account.address.clone(),
            login: login_of(account, &account.address, context),
            own_comment: false,
        }),
        entire: true,
        settles: None,
    };
    let credential = match request.records {
        true => context.config.credential_of(account)?,
        false => None,
    };
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
    Ok(taken??)
}

pub(super) fn reopen(args: &Reopen, context: &Context, output: &Output) -> Result<Exit, Error> {
    let archive = context.write()?;
    demand(&args.id, context)?;
    let day = workflow::reopen_account(&archive, &args.id, &args.note, &context.around)?;
    let data = json!({ "account": args.id, "reopened": day });
    output.report(&data, &[], |out| {
        writeln!(out, "account {} is open again since {day}", args.id)
    })?;
    Ok(Exit::Done)
}
