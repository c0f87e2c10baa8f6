//! `arkivd removal show`: one case, for people and as JSON.

use std::io;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::super::output::{Exit, Output, counted, one_line};
use super::super::{Context, Error};
use super::may_see;
use crate::calendar::{local_date, local_time};
use crate::catalog::{EmergencyState, Restricted, Vanished};
use crate::policy::Policy;
use crate::retention::removal::Lack;
use crate::workflow::{Case, CaseObject};

pub(super) fn run(name: &str, context: &Context, output: &Output) -> Result<Exit, Error> {
    let archive = context.read()?;
    let policy = context.policy()?;
    let now = (context.around.now)();
    let case = Case::named(&archive.catalog(), &policy, name, now)?;
    if !may_see(&case.removal, context) {
        context.rights.demand_committee(&case.removal.committee)?;
    }
    tell(&case, &[], context, output)?;
    Ok(Exit::Done)
}

/// The case as it stands, with what went wrong on the way.
pub(super) fn tell(
    case: &Case,
    problems: &[String],
    context: &Context,
    output: &Output,
) -> Result<(), Error> {
    let now = (context.around.now)();
    let policy = context.policy()?;
    let may = restricted(case, context);
    output.report(&as_json(case, &may, now), problems, |out| {
        write(case, &may, &policy, now, out)
    })?;
    if let Some(next) = case.next_step() {
        output.hint(&next);
    }
    Ok(())
}

/// Who was handed the case reads its records too.
fn restricted(case: &Case, context: &Context) -> Restricted {
    match context.rights.restricted() {
        Restricted::Of(mut committees) => {
            if case.removal.routed.iter().any(|r| committees.contains(r)) {
                committees.push(case.removal.committee.clone());
            }
            Restricted::Of(committees)
        }
        other => other,
    }
}

/// How far it has come, in a word.
pub(super) fn state(case: &Case) -> &'static str {
    let emergency = case
        .emergency
        .as_ref()
        .filter(|e| e.state != EmergencyState::Lifted);
    if let Some(emergency) = emergency.filter(|_| case.removal.closed.is_none()) {
        emergency.state.as_str()
    } else if case.removal.closed.is_some() {
        "closed"
    } else if case.all_deleted() {
        "deleted"
    } else if !case.all_hidden() {
        "seen"
    } else if case.before_deletion.is_empty() {
        "hidden, may be deleted"
    } else {
        "hidden"
    }
}

/// The first clock that runs.
pub(super) fn clock(case: &Case, now: DateTime<Utc>) -> String {
    let mut told = Vec::new();
    let seen = case.objects.iter().filter(|o| o.gone().is_none());
    if let Some(first) = seen.filter_map(|o| o.deadline).min_by_key(|d| d.at) {
        let late = if now > first.at {
            "OVERDUE since "
        } else {
            "hide by "
        };
        told.push(format!("{late}{}", local_time(first.at)));
    }
    if let Some(imy) = case.imy.filter(|clock| clock.settled.is_none()) {
        let late = if imy.is_overdue(now) {
            "IMY OVERDUE since "
        } else {
            "IMY by "
        };
        told.push(format!("{late}{}", local_time(imy.at)));
    }
    match told.is_empty() {
        true => "-".to_owned(),
        false => told.join("; "),
    }
}

fn write(
    case: &Case,
    may: &Restricted,
    policy: &Policy,
    now: DateTime<Utc>,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let m = &case.removal;
    let mut line = |name: &str, text: &str| writeln!(out, "{name:<16}{}", one_line(text));
    line("case", &format!("{} ({})", m.designation, m.number))?;
    line(
        "diarienummer",
        m.registered.as_deref().unwrap_or("not registered"),
    )?;
    if let Some(year) = m.collected {
        line("samlingsärende", &year.to_string())?;
    }
    line("committee", &m.committee)?;
    for committee in &m.routed {
        line("handed to", committee)?;
    }
    line(
        "category",
        &format!("{}: {}", case.category.id, case.category.name),
    )?;
    if let Some(rule) = &case.category.rule {
        line("rule", &rule.to_string())?;
    }
    line("state", state(case))?;
    if let Some(e) = &case.emergency {
        let told = match e.state {
            EmergencyState::Locked => "nobody reads or exports it, nothing captures it",
            EmergencyState::Erasing => "being erased on the police's instruction",
            EmergencyState::Erased => {
                "erased on the police's instruction; nothing captures it again"
            }
            EmergencyState::Lifted => "found lawful; the locks are lifted",
        };
        let records = counted(e.records.len() as u64, "record");
        let bags = counted(e.bags.len() as u64, "bag");
        line("emergency", &format!("{told} ({records}, {bags})"))?;
    }
    line("discovered", &local_time(m.discovered))?;
    line(
        "opened",
        &format!("{} by {}", local_time(m.opened), m.actor),
    )?;
    if let Some(at) = m.closed {
        line("closed", &local_time(at))?;
    }
    if let Some(note) = m.note.as_ref().filter(|_| may.includes(&m.committee)) {
        line("note", note)?;
    }
    let urgency = policy.removal_urgency.as_ref();
    if let Some(urgency) = urgency.or(policy.secret_removal_urgency.as_ref()) {
        let (word, source) = (&urgency.value, &urgency.source);
        line("how soon", &format!("\"{word}\" ({source})"))?;
    }
    if let Some(imy) = &case.imy {
        let told = match imy.settled {
            Some(at) => format!("settled {}", local_time(at)),
            None if imy.is_overdue(now) => format!("OVERDUE since {}", local_time(imy.at)),
            None => format!("by {} ({} h from awareness)", local_time(imy.at), imy.hours),
        };
        line("IMY", &told)?;
    }
    for (at, object) in case.objects.iter().enumerate() {
        write_object(
            at + 1,
            object,
            case.emergency.is_some(),
            may,
            &m.committee,
            now,
            out,
        )?;
    }
    if !case.steps.is_empty() {
        writeln!(out, "\ndone:")?;
        for step in &case.steps {
            let value = step.value.as_deref().unwrap_or_default();
            let at = step
                .object
                .and_then(|row| case.objects.iter().position(|o| o.object.row == row));
            let which = match at {
                Some(at) if case.objects.len() > 1 => format!(" #{}", at + 1),
                _ => String::new(),
            };
            let text = step.text.as_deref().filter(|_| may.includes(&m.committee));
            let text = text
                .map(|t| format!(" ({})", one_line(t)))
                .unwrap_or_default();
            let told = format!("{}{which} {value}{text}", step.what.as_str());
            writeln!(
                out,
                "  {}  {}  by {}",
                local_time(step.at),
                one_line(&told),
                step.actor
            )?;
        }
    }
    if m.closed.is_some() {
        return Ok(());
    }
    if case.emergency.is_none() && !case.all_deleted() {
        match case.before_deletion.is_empty() {
            true => writeln!(
                out,
                "\nFÅR RADERAS: all that is demanded before deletion is done"
            )?,
            false => {
                writeln!(out, "\nmissing before it may be deleted:")?;
                write_lacks(&case.before_deletion, out)?;
            }
        }
    }
    let other: Vec<Lack> = case
        .before_closing
        .iter()
        .filter(|l| !case.before_deletion.contains(l))
        .cloned()
        .collect();
    if !other.is_empty() {
        writeln!(out, "\nmissing before it is closed:")?;
        write_lacks(&other, out)?;
    }
    Ok(())
}

fn write_lacks(lacks: &[Lack], out: &mut dyn io::Write) -> io::Result<()> {
    for lack in lacks {
        writeln!(out, "  {}", lack.english())?;
        if let Some(rule) = &lack.rule {
            writeln!(out, "    rule: {}", one_line(&rule.to_string()))?;
        }
    }
    Ok(())
}

fn write_object(
    number: usize,
    o: &CaseObject,
    is_emergency: bool,
    may: &Restricted,
    committee: &str,
    now: DateTime<Utc>,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    writeln!(
        out,
        "\n{number}. {}",
        one_line(o.address().unwrap_or("(no address)"))
    )?;
    let mut line = |name: &str, text: &str| writeln!(out, "   {name:<11}{}", one_line(text));
    line("account", o.object.account.as_str())?;
    if let Some(seen) = &o.object.record {
        line("record", &seen.record.to_string())?;
        if let Some(author) = author(o, may, committee) {
            line("author", author)?;
        }
        if let Some((bag, at)) = seen.bag {
            line("sealed", &format!("{} in bag {bag}", local_time(at)))?;
        }
        if let Some(row) = &seen.plan_row {
            line("plan row", row)?;
        }
    }
    if let Some((bag, at)) = o.object.page {
        line("page", &format!("{} in bag {bag}", local_time(at)))?;
    }
    if o.saved.is_none() && !is_emergency {
        let why = o.object.problem.as_deref().unwrap_or("not tried yet");
        line("NOT SAVED", why)?;
    }
    let published = o
        .object
        .published
        .map_or_else(|| "not known".to_owned(), local_time);
    line("published", &published)?;
    for (name, at) in [("hidden", o.hidden), ("deleted", o.deleted)] {
        if let Some(at) = at {
            let late = match (name, o.deadline.and_then(|d| d.late(at))) {
                ("hidden", Some(late)) => format!(" ({} h too late)", late.num_hours().max(1)),
                _ => String::new(),
            };
            line(name, &format!("{}{late}", local_time(at)))?;
        }
    }
    if let Some(at) = o.seen_again {
        line(
            "SEEN AGAIN",
            &format!("{}: the platform shows it", local_time(at)),
        )?;
    }
    if let Some((change, at)) = o.confirmed {
        let told = match change {
            Vanished::Removed => "bekräftat borta",
            Vanished::Hidden => "bekräftat dolt",
        };
        line("confirmed", &format!("{told} {}", local_date(at)))?;
    }
    if let Some(deadline) = o.deadline.filter(|_| o.gone().is_none()) {
        let from = match deadline.from_publication {
            true => "publication",
            false => "discovery: when it was published is not known",
        };
        let late = if now > deadline.at { "OVERDUE: " } else { "" };
        let (at, hours) = (local_time(deadline.at), deadline.hours);
        line(
            "clock",
            &format!("{late}hide by {at} ({hours} h from {from})"),
        )?;
    }
    Ok(())
}

/// Who wrote it, for those who may read it.
fn author<'o>(o: &'o CaseObject, may: &Restricted, committee: &str) -> Option<&'o str> {
    let seen = o.object.record.as_ref()?;
    let open = !seen.visibility.is_restricted() || may.includes(committee);
    seen.author.as_deref().filter(|_| open)
}

/// The case on one line of a list.
pub(super) fn line_json(case: &Case, now: DateTime<Utc>) -> Value {
    let m = &case.removal;
    let deadline = case.objects.iter().filter(|o| o.gone().is_none());
    let deadline = deadline.filter_map(|o| o.deadline).map(|d| d.at).min();
    json!({
        "case": m.number, "designation": m.designation, "registered": m.registered, "collected": m.collected,
        "committee": m.committee, "routed": m.routed, "category": case.category.id, "category_name": case.category.name,
        "state": state(case), "discovered": m.discovered, "opened": m.opened, "opened_by": m.actor, "closed": m.closed,
        "overdue": case.is_overdue(now), "hide_by": deadline,
        "imy_by": case.imy.filter(|c| c.settled.is_none()).map(|c| c.at), "objects": case.objects.len(), "next": case.next_step(),
    })
}

pub(super) fn as_json(case: &Case, may: &Restricted, now: DateTime<Utc>) -> Value {
    let m = &case.removal;
    let mut json = line_json(case, now);
    let objects: Vec<Value> = case
        .objects
        .iter()
        .map(|o| {
            let seen = o.object.record.as_ref();
            let bag = seen.and_then(|s| s.bag);
            json!({
                "account": o.object.account, "address": o.address(), "record": seen.map(|s| s.record),
                "author": author(o, may, &m.committee), "published": o.object.published, "saved": o.saved,
                "bag": bag.map(|(bag, _)| bag), "page": o.object.page.map(|(bag, _)| bag), "plan_row": seen.and_then(|s| s.plan_row.as_ref()),
                "problem": o.object.problem, "hidden": o.hidden, "deleted": o.deleted, "seen_again": o.seen_again,
                "confirmed": o.confirmed.map(|(change, at)| json!({ "change": change.as_str(), "at": at })),
                "hide_by": o.deadline.map(|d| d.at), "from_publication": o.deadline.map(|d| d.from_publication),
                "overdue": o.is_overdue(now),
            })
        })
        .collect();
    let readable = may.includes(&m.committee);
    let steps: Vec<Value> = case
        .steps
        .iter()
        .map(|s| {
            let at = s.object.and_then(|row| case.objects.iter().position(|o| o.object.row == row));
            json!({ "what": s.what.as_str(), "at": s.at, "object": at.map(|at| at + 1), "reference": s.value,
                "text": s.text.as_ref().filter(|_| readable), "noted": s.noted, "by": s.actor })
        })
        .collect();
    if let Value::Object(fields) = &mut json {
        fields.insert(
            "note".to_owned(),
            json!(m.note.as_ref().filter(|_| readable)),
        );
        fields.insert("objects".to_owned(), json!(objects));
        let emergency = case.emergency.as_ref().map(|e| {
            json!({ "state": e.state.as_str(), "ended": e.ended, "gallring": e.gallring,
                "records": e.records, "bags": e.bags })
        });
        fields.insert("emergency".to_owned(), json!(emergency));
        fields.insert("steps".to_owned(), json!(steps));
        fields.insert("before_deletion".to_owned(), lacks(&case.before_deletion));
        fields.insert("before_closing".to_owned(), lacks(&case.before_closing));
    }
    json
}

fn lacks(all: &[Lack]) -> Value {
    let one = |l: &Lack| json!({ "demand": l.demand.as_str(), "message": l.english(), "rule": l.rule.as_ref().map(ToString::to_string) });
    json!(all.iter().map(one).collect::<Vec<_>>())
}
