//! `arkivd status`: how the archive stands.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::account::{as_json, last};
use super::output::{Exit, Output, Table, counted, one_line};
use super::{Context, Error, delivery};
use crate::calendar::{local_date, local_time};
use crate::catalog::ExportRow;
use crate::workflow::{Attention, lacking, late_disclosures, status, watch_folder_state};

/// A start page that the daemon has not sent by then needs a person.
const SENT_BY: TimeDelta = TimeDelta::hours(1);

pub(super) fn run(context: &Context, output: &Output) -> Result<Exit, Error> {
    let archive = context.read()?;
    let now = (context.around.now)();
    let mut s = status(&archive, context.around.pages.is_some(), now)?;
    let folder = match &context.config.watch_folder.path {
        Some(path) => Some(watch_folder_state(&archive, path)?),
        None => None,
    };
    if let Some(folder) = &folder
        && let Some(oldest) = folder.oldest
        && (folder.problem.is_some() || now - oldest > SENT_BY)
    {
        s.attention.push(Attention::WatchFolder {
            path: folder.path.clone(),
            waiting: folder.waiting,
            oldest,
            problem: folder.problem.clone(),
        });
    }
    let disclosures = context.config.disclosure.settings();
    s.attention
        .extend(late_disclosures(&archive, &disclosures, now)?);
    // A policy that cannot be read is told by the commands that go by it.
    let policy = context.policy().ok();
    if let Some(policy) = &policy
        && let guideline = policy.guideline()
        && guideline.is_past(local_date(now))
        && let Some(to) = guideline.valid_to
    {
        let title = guideline.title.clone();
        s.attention.push(Attention::GuidelinePast { title, to });
    }
    let lacks = policy
        .map(|policy| lacking(&archive, &policy, &context.around))
        .transpose()?
        .unwrap_or_default();
    let next = s
        .next
        .as_ref()
        .map(|(tick, schedules)| json!({ "tick": tick, "schedules": schedules }));
    let attention: Vec<Value> = s
        .attention
        .iter()
        .map(|a| json!({ "message": a.to_string(), "hint": a.hint() }))
        .collect();
    let deliveries = delivery::all(&archive.catalog())?;
    let waiting: Vec<&ExportRow> = deliveries.iter().filter(|d| d.receipt.is_none()).collect();
    let data = json!({
        "organisation": context.config.organisation,
        "profile": context.config.profile,
        "accounts": s.accounts.iter().map(as_json).collect::<Vec<_>>(),
        "ledger_size": s.ledger_size,
        "quarantined": s.quarantined,
        "inbox": { "waiting": s.inbox.waiting, "failed": s.inbox.failed, "left_alone": s.inbox.odd },
        "watch_fails": s.watch_fails.iter().map(|w| json!({ "account": w.account, "tried": w.tried, "since": w.since,
            "problem": w.problem })).collect::<Vec<_>>(),
        "watch_folder": folder.as_ref().map(|f| json!({ "path": f.path, "waiting": f.waiting, "problem": f.problem })),
        "next_tick": next,
        "lacking": lacks.iter().map(|l| json!({ "account": l.account, "things": l.lacks.len() })).collect::<Vec<_>>(),
        "due_for_gallring": s.due.iter().map(|d| json!({ "committee": d.committee, "place": d.place,
            "records": d.records })).collect::<Vec<_>>(),
        "deliveries_waiting": waiting.iter().map(|d| json!({ "export": d.id, "committee": d.committee,
            "made": d.made })).collect::<Vec<_>>(),
        "unindexed": { "versions": s.unindexed.versions, "pages": s.unindexed.pages },
        "attention": attention,
    });
    output.report(&data, &[], |out| {
        writeln!(
            out,
            "{} (profile {})",
            context.config.organisation, context.config.profile
        )?;
        writeln!(
            out,
            "{} bag{} in the ledger, {} in quarantine",
            s.ledger_size,
            if s.ledger_size == 1 { "" } else { "s" },
            s.quarantined
        )?;
        let inbox = &s.inbox;
        if inbox.waiting + inbox.failed + inbox.odd > 0 {
            write!(
                out,
                "inbox: {} waiting, {} failed",
                inbox.waiting, inbox.failed
            )?;
            if inbox.odd > 0 {
                write!(out, ", {} left alone that are no plain files", inbox.odd)?;
            }
            writeln!(out)?;
        }
        if let Some(folder) = folder.as_ref().filter(|f| f.waiting > 0) {
            writeln!(out, "watch folder: {} waiting", folder.waiting)?;
        }
        for due in &s.due {
            let records = counted(due.records, "record");
            let (place, committee) = (due.place, one_line(&due.committee));
            writeln!(
                out,
                "due for gallring ({place}): {records} of {committee}, holds not taken off"
            )?;
        }
        for d in &waiting {
            let (made, committee) = (local_time(d.made), one_line(&d.committee));
            writeln!(
                out,
                "delivery {} of {committee}, made {made}, waits for its receipt",
                d.id
            )?;
        }
        if !s.unindexed.is_nothing() {
            let versions = counted(s.unindexed.versions, "version");
            let pages = counted(s.unindexed.pages, "page capture");
            writeln!(
                out,
                "not searched yet: {versions} and {pages} (the daemon and each snapshot index more)"
            )?;
        }
        if let Some((tick, schedules)) = &s.next {
            let tick = local_time(*tick);
            writeln!(out, "next by schedule: {tick} ({})", schedules.join(", "))?;
        }
        writeln!(out)?;
        let mut table = Table::new(&[
            "account",
            "platform",
            "records",
            "bags",
            "not seen",
            "last snapshot",
        ]);
        for state in &s.accounts {
            table.row([
                state.account.id.to_string(),
                state.account.platform.to_string(),
                state.records.to_string(),
                state.bags.to_string(),
                state
                    .last_read
                    .as_ref()
                    .map_or(0, |c| c.not_seen)
                    .to_string(),
                last(state),
            ]);
        }
        table.write(out)?;
        for w in &s.watch_fails {
            let (tried, problem) = (local_time(w.tried), one_line(&w.problem));
            writeln!(
                out,
                "\nthe newest look at {} failed {tried}: {problem}",
                w.account
            )?;
        }
        if !lacks.is_empty() {
            let of = match lacks.len() {
                1 => "1 account lacks".to_owned(),
                n => format!("{n} accounts lack"),
            };
            writeln!(
                out,
                "\n{of} something that the policy demands: arkivd account list --lacking"
            )?;
        }
        if !s.attention.is_empty() {
            writeln!(out, "\nneeds a person:")?;
            for a in &s.attention {
                writeln!(out, "  {}\n    {}", one_line(&a.to_string()), a.hint())?;
            }
        }
        Ok(())
    })?;
    Ok(if s.attention.is_empty() {
        Exit::Done
    } else {
        Exit::Attention
    })
}
