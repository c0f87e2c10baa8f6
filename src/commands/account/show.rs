//! `arkivd account list` and `show`: what the register says, and what the policy demands that is lacking.

use std::io;

use clap::Args;
use serde_json::{Value, json};

use super::super::output::{Exit, Output, Table, counted, one_line, value};
use super::super::{Context, Error};
use crate::calendar::{local_date, local_time};
use crate::catalog::{self, AccountState};
use crate::policy::{Breach, Policy};
use crate::record::{AccountId, OwnComment, Register};
use crate::workflow::{self, AccountLacks};

#[derive(Debug, Args)]
pub(in crate::commands) struct List {
    /// Only those that lack something the policy demands, and what
    #[arg(long, conflicts_with = "closed")]
    lacking: bool,
    /// Only those that are closed
    #[arg(long)]
    closed: bool,
}

pub(super) fn list(args: &List, context: &Context, output: &Output) -> Result<Exit, Error> {
    if args.lacking {
        return list_lacking(context, output);
    }
    let mut states = context.read()?.catalog().account_states()?;
    if args.closed {
        states.retain(|s| s.closed.is_some());
    }
    let data = json!({ "accounts": states.iter().map(as_json).collect::<Vec<_>>() });
    output.report(&data, &[], |out| {
        let mut table = Table::new(&[
            "id",
            "platform",
            "committee",
            "records",
            "last snapshot",
            "address",
        ]);
        for s in &states {
            let last = match s.closed {
                Some(day) => format!("closed {day}"),
                None => last(s),
            };
            table.row([
                s.account.id.to_string(),
                s.account.platform.to_string(),
                s.account.committee.clone(),
                s.records.to_string(),
                last,
                s.account.address.to_string(),
            ]);
        }
        table.write(out)
    })?;
    Ok(Exit::Done)
}

fn list_lacking(context: &Context, output: &Output) -> Result<Exit, Error> {
    let policy = context.policy()?;
    let archive = context.read()?;
    let all = workflow::lacking(&archive, &policy, &context.around)?;
    let states = archive.catalog().account_states()?;
    let of = |lacks: &AccountLacks| states.iter().find(|s| s.account.id == lacks.account);
    let accounts: Vec<Value> = all
        .iter()
        .filter_map(|lacks| {
            let mut json = as_json(of(lacks)?);
            json["lacking"] = lacking_json(&lacks.lacks);
            Some(json)
        })
        .collect();
    output.report(&json!({ "accounts": accounts }), &[], |out| {
        for lacks in &all {
            writeln!(out, "{}", lacks.account)?;
            write_lacking(&lacks.lacks, out)?;
        }
        if all.is_empty() {
            writeln!(out, "no account lacks anything that the policy demands")?;
        }
        Ok(())
    })?;
    Ok(Exit::Done)
}

pub(in crate::commands) fn lacking_json(lacks: &[Breach]) -> Value {
    lacks
        .iter()
        .map(|b| {
            json!({ "what": b.what, "requirement": b.requirement.as_str(), "source": b.source.to_string(),
                    "quote": b.quote.as_str() })
        })
        .collect()
}

fn write_lacking(lacks: &[Breach], out: &mut dyn io::Write) -> io::Result<()> {
    for breach in lacks {
        writeln!(out, "  {}", one_line(&breach.what))?;
        writeln!(out, "    rule: {}", one_line(&breach.rule()))?;
    }
    Ok(())
}

/// All that is known of one account.
struct Told {
    state: AccountState,
    register: Register,
    own_comments: Vec<OwnComment>,
    overseen: Option<chrono::NaiveDate>,
    /// Bags that the arkivmyndighet has received.
    received: u64,
    policy: Policy,
    lacks: Vec<Breach>,
}

pub(super) fn show(id: &AccountId, context: &Context, output: &Output) -> Result<Exit, Error> {
    let archive = context.read()?;
    let catalog = archive.catalog();
    let state = catalog
        .account_state(id)?
        .ok_or_else(|| catalog::Error::NoAccount(id.clone()))?;
    let policy = context.policy()?;
    let register = catalog.register(id)?;
    let today = local_date((context.around.now)());
    let begun = local_date(state.added).min(today);
    let told = Told {
        lacks: policy.lacking(&state.account, &register, today),
        own_comments: catalog.own_comments(Some(id))?,
        received: catalog.received_bags_of(id)?,
        overseen: catalog.oversight(id, begun, today)?.days.last().copied(),
        state,
        register,
        policy,
    };
    output.report(&told.as_json(), &[], |out| told.write(out))?;
    Ok(Exit::Done)
}

impl Told {
    fn as_json(&self) -> Value {
        let mut json = as_json(&self.state);
        let r = &self.register;
        let duty = self.policy.proposed_duty(self.state.account.platform);
        json["responsibility"] = json!({ "set": r.terms.duty, "proposed": duty.map(|d| d.value) });
        json["legal_basis"] = value(&r.terms.legal_basis);
        json["serves"] = value(&r.terms.serves);
        json["decisions"] = value(&r.decisions);
        json["approvals"] = value(&r.approvals);
        json["administrators"] = value(&r.administrators);
        json["checklist"] = value(&r.checklist);
        json["events"] = value(&r.events);
        json["accepted_gaps"] = value(&r.gaps);
        json["delivered_bags"] = json!(self.received);
        json["overseen"] = value(&self.overseen);
        json["own_comments"] = self.own_comments.iter().map(own_comment_json).collect();
        json["lacking"] = lacking_json(&self.lacks);
        json
    }

    fn write(&self, out: &mut dyn io::Write) -> io::Result<()> {
        let (s, a, r) = (&self.state, &self.state.account, &self.register);
        let mut line = |name: &str, text: &str| writeln!(out, "{name:<14}{}", one_line(text));
        line("id", a.id.as_str())?;
        if let Some(day) = r.closed {
            line("closed", &day.to_string())?;
        }
        line("name", s.name.as_deref().unwrap_or("(not read yet)"))?;
        line("platform", a.platform.as_str())?;
        line("address", a.address.as_str())?;
        line("committee", &a.committee)?;
        line("purpose", &a.purpose)?;
        if !r.terms.serves.is_empty() {
            line("serves", &r.terms.serves.join(", "))?;
        }
        line("audience", &a.audience)?;
        for person in &a.responsible {
            line("responsible", person)?;
        }
        line("substitute", a.substitute.as_deref().unwrap_or("-"))?;
        line("credential", a.credential.as_deref().unwrap_or("-"))?;
        line("parent", a.parent.as_ref().map_or("-", AccountId::as_str))?;
        let proposed = self.policy.proposed_duty(a.platform);
        match (r.terms.duty, proposed) {
            (Some(duty), _) => line("personal data", &format!("answers for {duty}"))?,
            (None, Some(duty)) => line(
                "personal data",
                &format!("answers for {}, as the policy proposes", duty.value),
            )?,
            (None, None) => {}
        }
        if let Some(basis) = r.terms.legal_basis {
            line("legal basis", basis.as_str())?;
        }
        line("registered", &local_time(s.added))?;
        line("records", &s.records.to_string())?;
        line("bags", &s.bags.to_string())?;
        if self.received > 0 {
            let told = format!(
                "{} överlämnade: the arkivmyndighet decides on them",
                counted(self.received, "bag")
            );
            line("delivered", &told)?;
        }
        line("last snapshot", &last(s))?;
        if let Some(day) = self.overseen {
            line("overseen", &day.to_string())?;
        }
        for d in &r.decisions {
            let parts = [
                d.paragraph.as_deref(),
                d.reference.as_deref(),
                d.note.as_deref(),
            ];
            let parts: Vec<&str> = parts.into_iter().flatten().collect();
            line("decided", &with(&format!("{} by {}", d.day, d.by), &parts))?;
        }
        for p in &r.approvals {
            let text = format!("{} of the {} by {}, {}", p.day, p.step, p.by, p.role);
            line(
                "approved",
                &with(&text, &p.note.as_deref().into_iter().collect::<Vec<_>>()),
            )?;
        }
        for p in &r.administrators {
            let mandate = match &p.mandate_by {
                Some(by) => format!("mandate by {by} {}", p.since),
                None => format!("since {}, no mandate documented", p.since),
            };
            let ended = p.ended.map(|day| format!("ended {day}"));
            let text = format!("{} ({}), {mandate}", p.name, p.side);
            line(
                "administrator",
                &with(&text, &ended.as_deref().into_iter().collect::<Vec<_>>()),
            )?;
        }
        if !self.policy.start_checklist.is_empty() {
            let points = self.policy.start_checklist.len();
            line(
                "checklist",
                &format!(
                    "{} of {points} points: arkivd account check {}",
                    r.checklist.len(),
                    a.id
                ),
            )?;
        }
        for e in &r.events {
            let note = e.note.as_deref().into_iter().collect::<Vec<_>>();
            line("event", &with(&format!("{} {}", e.day, e.what), &note))?;
        }
        for g in &r.gaps {
            line(
                "gap accepted",
                &format!("{} {}: {} ({})", g.closed, g.what, g.why, g.reason),
            )?;
        }
        for c in &self.own_comments {
            line(
                "own comment",
                &format!("{} {} {}", local_time(c.captured), c.outcome, c.address),
            )?;
        }
        if !self.lacks.is_empty() {
            writeln!(out, "\nthe policy demands, and it lacks:")?;
            write_lacking(&self.lacks, out)?;
        }
        Ok(())
    }
}

/// The text, and what else there is to say, after commas.
fn with(text: &str, more: &[&str]) -> String {
    let mut all = vec![text];
    all.extend(more);
    all.join(", ")
}

pub(super) fn own_comment_json(c: &OwnComment) -> Value {
    json!({ "account": c.account, "address": c.address, "title": c.title, "captured": c.captured,
            "outcome": c.outcome.as_str(), "capture": c.capture })
}

/// `2026-11-21 14:03 sealed`, or `never`.
pub(in crate::commands) fn last(state: &AccountState) -> String {
    match &state.last {
        Some(c) => format!("{} {}", local_time(c.finished), c.outcome),
        None => "never".to_owned(),
    }
}

/// The account's fields with `name`, `added`, counts and its last capture.
pub(in crate::commands) fn as_json(s: &AccountState) -> Value {
    let mut json = value(&s.account);
    if let Value::Object(fields) = &mut json {
        fields.insert("name".to_owned(), value(&s.name));
        fields.insert("added".to_owned(), value(&s.added));
        fields.insert("closed".to_owned(), value(&s.closed));
        fields.insert("records".to_owned(), value(&s.records));
        fields.insert("bags".to_owned(), value(&s.bags));
        let last = s.last.as_ref().map(|c| {
            json!({ "capture": c.id, "outcome": c.outcome, "reason": c.reason, "started": c.started,
                    "finished": c.finished, "complete": c.complete, "not_seen": c.not_seen, "error": c.error })
        });
        fields.insert("last_capture".to_owned(), value(&last));
    }
    json
}
