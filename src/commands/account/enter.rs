//! What people enter on an account: oversight, decision, approvals, checklist, events.

use chrono::NaiveDate;
use clap::Args;
use serde_json::{Value, json};

use super::super::output::{Exit, Output, Table, one_line, value};
use super::super::{Context, Error};
use crate::calendar::local_date;
use crate::catalog;
use crate::record::{AccountEvent, AccountId, Approver, Decision, Step};
use crate::workflow::{self, ApprovalRequest, TickRequest, note_oversight};

#[derive(Debug, Args)]
pub(in crate::commands) struct Oversee {
    id: AccountId,
    /// What was seen
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    /// The day it was looked after, such as 2026-11-20 [default: today]
    #[arg(long, value_name = "DAY")]
    day: Option<NaiveDate>,
}

/// The decision on an account; the newest stands
#[derive(Debug, Args)]
pub(in crate::commands) struct Decide {
    id: AccountId,
    /// Who decided: a person or a committee
    #[arg(long, value_name = "WHO")]
    by: String,
    /// The decision approves the opening too, by this role: manager, unit-manager, communications or head-of-communications
    #[arg(long = "as", value_name = "ROLE")]
    role: Option<Approver>,
    /// The day of the decision [default: today]
    #[arg(long, value_name = "DAY")]
    date: Option<NaiveDate>,
    /// Such as "§ 12"
    #[arg(long, value_name = "TEXT")]
    paragraph: Option<String>,
    /// A diarienummer
    #[arg(long, value_name = "TEXT")]
    reference: Option<String>,
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
}

#[derive(Debug, Args)]
pub(in crate::commands) struct Approve {
    id: AccountId,
    /// manager, unit-manager, communications or head-of-communications
    #[arg(long = "as", value_name = "ROLE")]
    role: Approver,
    /// Who approved
    #[arg(long, value_name = "NAME")]
    by: String,
    /// The day it was approved [default: today]
    #[arg(long, value_name = "DAY")]
    date: Option<NaiveDate>,
    /// That it is closed, not that it is opened
    #[arg(long)]
    closing: bool,
    /// The approval is taken back
    #[arg(long)]
    withdraw: bool,
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
}

#[derive(Debug, Args)]
pub(in crate::commands) struct Check {
    id: AccountId,
    /// Points that were gone through; without any, the list is shown
    #[arg(value_name = "POINT", requires = "by")]
    pub(super) points: Vec<String>,
    /// Who went through them
    #[arg(long, value_name = "NAME", requires = "points")]
    by: Option<String>,
    /// When [default: today]
    #[arg(long, value_name = "DAY", requires = "points")]
    date: Option<NaiveDate>,
    #[arg(long, value_name = "TEXT", requires = "points")]
    note: Option<String>,
    /// They are taken back
    #[arg(long, requires = "points")]
    withdraw: bool,
}

#[derive(Debug, Args)]
pub(in crate::commands) struct Event {
    id: AccountId,
    /// opened, larger-change, assessed, closing-announced, told-opening, told-closing or note
    #[arg(value_name = "WHAT", value_parser = noted)]
    what: AccountEvent,
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    /// The day it happened [default: today]
    #[arg(long, value_name = "DAY")]
    date: Option<NaiveDate>,
}

/// What has a command of its own is named with it.
fn noted(text: &str) -> Result<AccountEvent, String> {
    let own = |command| Err(format!("it has a command of its own: {command}"));
    match text {
        "approved" => return own("arkivd account approve"),
        "decided" => return own("arkivd account decide"),
        "overseen" => return own("arkivd account oversee"),
        _ => {}
    }
    match text.parse::<AccountEvent>() {
        Ok(AccountEvent::Closed) => own("arkivd account close"),
        Ok(AccountEvent::Reopened) => own("arkivd account reopen"),
        Ok(what) => Ok(what),
        Err(error) => Err(error.to_string()),
    }
}

/// Holds that it is registered, and that the caller's roles hold for its committee.
pub(super) fn demand(id: &AccountId, context: &Context) -> Result<(), Error> {
    let account = context.read()?.catalog().account(id)?;
    let account = account.ok_or_else(|| catalog::Error::NoAccount(id.clone()))?;
    context.rights.demand_committee(&account.committee)
}

pub(super) fn oversee(args: &Oversee, context: &Context, output: &Output) -> Result<Exit, Error> {
    let archive = context.write()?;
    let state = archive.catalog().account_state(&args.id)?;
    let state = state.ok_or_else(|| catalog::Error::NoAccount(args.id.clone()))?;
    context.rights.demand_committee(&state.account.committee)?;
    let registered = local_date(state.added);
    if let Some(day) = args.day.filter(|day| *day < registered) {
        let account = args.id.clone();
        return Err(Error::BeforeRegistered {
            account,
            day,
            registered,
        });
    }
    let day = note_oversight(
        &archive,
        &args.id,
        args.day,
        args.note.as_deref(),
        &context.around,
    )?;
    let data =
        json!({ "account": args.id, "day": day, "by": context.around.actor, "note": args.note });
    output.report(&data, &[], |out| {
        writeln!(out, "account {} was looked after on {day}", args.id)
    })?;
    Ok(Exit::Done)
}

pub(super) fn decide(args: &Decide, context: &Context, output: &Output) -> Result<Exit, Error> {
    let archive = context.write()?;
    demand(&args.id, context)?;
    let today = local_date((context.around.now)());
    let decision = Decision {
        by: args.by.clone(),
        day: args.date.unwrap_or(today),
        paragraph: args.paragraph.clone(),
        reference: args.reference.clone(),
        note: args.note.clone(),
    };
    let decision =
        workflow::decide_account(&archive, &args.id, decision, args.role, &context.around)?;
    let mut data = value(&decision);
    data["account"] = value(&args.id);
    data["as"] = value(&args.role);
    output.report(&data, &[], |out| {
        writeln!(
            out,
            "account {}: decided {} by {}",
            args.id,
            decision.day,
            one_line(&decision.by)
        )
    })?;
    Ok(Exit::Done)
}

pub(super) fn approve(args: &Approve, context: &Context, output: &Output) -> Result<Exit, Error> {
    let archive = context.write()?;
    demand(&args.id, context)?;
    let step = match args.closing {
        true => Step::Closing,
        false => Step::Opening,
    };
    let request = ApprovalRequest {
        step,
        role: args.role,
        by: &args.by,
        day: args.date,
        note: args.note.as_deref(),
        withdrawn: args.withdraw,
    };
    let day = workflow::approve_account(&archive, &args.id, request, &context.around)?;
    let data = json!({ "account": args.id, "step": step, "as": args.role, "by": args.by.trim(), "day": day,
        "withdrawn": args.withdraw });
    output.report(&data, &[], |out| {
        let (id, role, by) = (&args.id, args.role, one_line(&args.by));
        match args.withdraw {
            true => writeln!(
                out,
                "the approval of the {step} of {id} by {role} is taken back"
            ),
            false => writeln!(out, "the {step} of {id} is approved {day} by {by}, {role}"),
        }
    })?;
    if args.closing && !args.withdraw {
        output.hint(&format!("next: arkivd account close {}", args.id));
    }
    Ok(Exit::Done)
}

pub(super) fn check(args: &Check, context: &Context, output: &Output) -> Result<Exit, Error> {
    let policy = context.policy()?;
    if let Some(by) = &args.by {
        let archive = context.write()?;
        demand(&args.id, context)?;
        let request = TickRequest {
            points: &args.points,
            by,
            day: args.date,
            note: args.note.as_deref(),
            withdrawn: args.withdraw,
        };
        workflow::tick_checklist(&archive, &policy, &args.id, request, &context.around)?;
    }
    let archive = context.read()?;
    if archive.catalog().account(&args.id)?.is_none() {
        return Err(catalog::Error::NoAccount(args.id.clone()).into());
    }
    let register = archive.catalog().register(&args.id)?;
    let ticked = |id: &str| register.checklist.iter().find(|t| t.point == id);
    let points: Vec<Value> = policy
        .start_checklist
        .iter()
        .map(|e| {
            let t = ticked(e.id.as_str());
            json!({ "point": e.id.as_str(), "name": e.name.as_str(), "question": e.quote.as_str(),
                    "by": t.map(|t| &t.by), "day": t.map(|t| t.day), "note": t.and_then(|t| t.note.as_ref()) })
        })
        .collect();
    let done = points.iter().filter(|p| !p["by"].is_null()).count();
    let data = json!({ "account": args.id, "done": done, "points": points });
    output.report(&data, &[], |out| {
        let mut table = Table::new(&["point", "day", "by", "question"]);
        for e in &policy.start_checklist {
            let t = ticked(e.id.as_str());
            table.row([
                e.id.to_string(),
                t.map_or_else(|| "-".to_owned(), |t| t.day.to_string()),
                t.map_or_else(|| "-".to_owned(), |t| t.by.clone()),
                e.quote.to_string(),
            ]);
        }
        if policy.start_checklist.is_empty() {
            return writeln!(out, "the policy has no start checklist");
        }
        table.write(out)?;
        writeln!(
            out,
            "{done} of {} points are ticked",
            policy.start_checklist.len()
        )
    })?;
    Ok(Exit::Done)
}

pub(super) fn event(args: &Event, context: &Context, output: &Output) -> Result<Exit, Error> {
    let archive = context.write()?;
    demand(&args.id, context)?;
    let note = args.note.as_deref();
    let day = workflow::note_account_event(
        &archive,
        &args.id,
        args.what,
        args.date,
        note,
        &context.around,
    )?;
    let data = json!({ "account": args.id, "what": args.what, "day": day, "note": note });
    output.report(&data, &[], |out| {
        writeln!(out, "account {}: {} {day}", args.id, args.what)
    })?;
    if args.what == AccountEvent::LargerChange {
        output.hint(&format!(
            "keep how it was: arkivd snapshot {} --reason change",
            args.id
        ));
    }
    Ok(Exit::Done)
}
