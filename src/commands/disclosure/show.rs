//! `arkivd disclosure show`: one request, for people and as JSON.

use std::io;

use serde_json::{Value, json};

use super::super::output::{Exit, Output, counted, one_line, value};
use super::super::{Context, Error};
use super::demanded;
use crate::calendar::{local_date, local_time};
use crate::catalog::{
    DisclosureDecision, DisclosureMask, DisclosurePage, DisclosureRecord, DisclosureStep,
    DisclosureWhat,
};
use crate::export::mask::What;
use crate::record::RecordId;
use crate::retention::disclosure::Promptness;
use crate::workflow::{Archive, DisclosureCase, Hidden, Service, hidden_by};

pub(super) fn run(name: &str, context: &Context, output: &Output) -> Result<Exit, Error> {
    let archive = context.read()?;
    let case = demanded(&archive, name, context)?;
    tell(&archive, &case, &[], &[], output)?;
    Ok(Exit::Done)
}

/// The request as it stands, with what should be known.
pub(super) fn tell(
    archive: &Archive,
    case: &DisclosureCase,
    remarks: &[String],
    new: &[RecordId],
    output: &Output,
) -> Result<(), Error> {
    let (laid, pages) = {
        let catalog = archive.catalog();
        let laid = catalog.disclosure_masks(&case.row, None)?;
        (laid, catalog.disclosure_pages(&case.row)?)
    };
    let mut masks = Vec::with_capacity(laid.len());
    for mask in laid {
        // Who sees the request may read its records, but for those that nobody reads any more.
        let gone = |r: &DisclosureRecord| r.record == mask.record && r.gone;
        let hidden = match case.records.iter().any(gone) {
            true => None,
            false => Some(hidden_by(&mask)?),
        };
        masks.push((mask, hidden));
    }
    let mut data = head_json(case);
    if let Value::Object(fields) = &mut data {
        let records = case.records.iter().map(record_json).collect();
        fields.insert("about".to_owned(), Value::Array(records));
        let masks = masks
            .iter()
            .map(|(m, hidden)| mask_json(m, hidden.as_ref()))
            .collect();
        fields.insert("masks".to_owned(), Value::Array(masks));
        let pages = pages.iter().map(page_json).collect();
        fields.insert("screens".to_owned(), Value::Array(pages));
        fields.insert("steps".to_owned(), value(&case.steps));
        fields.insert("new".to_owned(), value(&new));
    }
    output.report(&data, remarks, |out| write(case, &masks, &pages, new, out))?;
    if let Some(next) = case.next_step() {
        output.hint(&next);
    }
    Ok(())
}

/// How far it has come, in a few words.
fn state(case: &DisclosureCase) -> String {
    match (&case.row.closed, case.lacks.first()) {
        (Some(_), _) => "closed".to_owned(),
        (None, Some(lack)) => lack.english(),
        (None, None) => "all is done".to_owned(),
    }
}

/// Its clock, in a few words.
fn clock(case: &DisclosureCase) -> String {
    let clock = &case.clock;
    let days = match clock.working_days {
        1 => "1 working day".to_owned(),
        n => format!("{n} working days"),
    };
    match (clock.answered, clock.state) {
        (Some(day), _) => format!("answered {day}, {days}"),
        (None, Promptness::InTime) => format!("by {}", clock.due),
        (None, Promptness::Due) => format!("DUE since {}, {days}", clock.due),
        (None, Promptness::Late) => format!("LATE since {}, {days}", clock.last),
    }
}

pub(super) fn head_json(case: &DisclosureCase) -> Value {
    let row = &case.row;
    json!({
        "designation": row.designation, "id": row.id, "committee": row.committee, "received": row.received,
        "scope": row.scope, "search": row.search, "thread": row.thread, "registered": row.registered,
        "opened": row.opened, "by": row.actor, "closed": value(&row.closed), "requester_kept": row.has_requester,
        "clock": value(&case.clock), "counts": value(&case.counts),
        "decisions": value(&case.decisions),
        "lacks": case.lacks.iter().map(|lack| lack.english()).collect::<Vec<_>>(),
        "next": case.next_step(),
    })
}

fn record_json(r: &DisclosureRecord) -> Value {
    json!({ "record": r.record, "account": r.account, "kind": r.kind, "published": r.published,
        "restricted": r.restricted, "gone": r.gone, "decision": value(&r.decision), "to_review": r.is_to_review(),
        "reviewed_version": r.version, "newest_version": r.newest, "provision": r.provision, "reason": r.reason,
        "reviewed": r.reviewed, "by": r.reviewer, "masks": r.masks })
}

fn mask_json(m: &DisclosureMask, hidden: Option<&Hidden>) -> Value {
    json!({ "number": m.number, "record": m.record, "what": m.what, "hides": hidden.map(|h| value(&h.what)),
        "file": hidden.and_then(|h| h.address.as_ref()), "provision": m.provision, "reason": m.reason,
        "at": m.at, "by": m.actor })
}

fn page_json(p: &DisclosurePage) -> Value {
    let looked = p.looked.as_ref();
    json!({ "bag": p.bag, "page": p.page, "reviewed": looked.map(|l| l.at), "by": looked.map(|l| &l.actor) })
}

/// What a mask takes out: `words "Eva Ek", time 2`.
fn hides(hidden: &Hidden) -> String {
    let mut told = match &hidden.what {
        What::Words { words, nth, whole } => {
            let mut told = format!("words {words:?}");
            if *whole {
                told.push_str(", whole words");
            }
            if let Some(nth) = nth {
                told.push_str(&format!(", time {nth}"));
            }
            told
        }
        What::Author => "author".to_owned(),
        What::Pattern { pattern } => format!("pattern {pattern}"),
        What::Region {
            medium,
            x,
            y,
            width,
            height,
        } => format!("region {medium}:{x},{y},{width},{height}"),
        What::Medium { medium } => format!("medium {medium}"),
    };
    if let Some(address) = &hidden.address {
        told.push_str(&format!(" of {address}"));
    }
    told
}

fn write(
    case: &DisclosureCase,
    masks: &[(DisclosureMask, Option<Hidden>)],
    pages: &[DisclosurePage],
    new: &[RecordId],
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let row = &case.row;
    let mut line = |name: &str, text: &str| writeln!(out, "{name:<14}{}", one_line(text));
    line("case", &row.designation)?;
    line(
        "diarienummer",
        row.registered.as_deref().unwrap_or("not registered"),
    )?;
    line("committee", &row.committee)?;
    line("asked for", &row.scope)?;
    if let Some(search) = &row.search {
        line("search", search)?;
    }
    if row.thread {
        line("threads", "whole")?;
    }
    line("received", &local_time(row.received))?;
    line("clock", &clock(case))?;
    line(
        "requester",
        match row.has_requester {
            true => "kept apart: arkivd disclosure requester",
            false => "not kept",
        },
    )?;
    line(
        "opened",
        &format!("{} by {}", local_time(row.opened), row.actor),
    )?;
    line("state", &state(case))?;
    if let Some(end) = &row.closed {
        let why = end.why.as_ref().map(|w| format!(": {w}"));
        let told = format!("{}{}", local_time(end.at), why.unwrap_or_default());
        line("closed", &told)?;
    }
    for decision in &case.decisions {
        let served = served_told("got", decision.served.as_ref());
        let judgment = decision
            .judgment
            .as_ref()
            .map(|judgment| served_told("; judgment got", Some(judgment)));
        let told = format!(
            "{}, {served}{}",
            decision.decided,
            judgment.unwrap_or_default()
        );
        line("decided", &told)?;
    }
    let c = &case.counts;
    line(
        "records",
        &format!(
            "{}: {} not reviewed, {} released, {} masked, {} withheld, {} not asked for",
            c.records, c.unreviewed, c.release, c.mask, c.withhold, c.outside
        ),
    )?;
    for record in &case.records {
        write_record(record, new.contains(&record.record), out)?;
        let of_it = masks.iter().filter(|(m, _)| m.record == record.record);
        for (mask, hidden) in of_it {
            let reason = mask.reason.as_deref().unwrap_or("no reason given");
            let told = format!(
                "mask {}: {}; {}: {reason}",
                mask.number,
                hidden.as_ref().map_or_else(|| mask.what.clone(), hides),
                mask.provision,
            );
            writeln!(out, "      {}", one_line(&told))?;
        }
    }
    for of_bag in pages.chunk_by(|one, two| one.bag == two.bag) {
        let numbers: Vec<String> = of_bag.iter().map(|p| p.page.to_string()).collect();
        if let Some(first) = of_bag.first() {
            let numbers = numbers.join(", ");
            writeln!(out, "  screen {}: page {numbers}", first.bag)?;
        }
    }
    if !case.steps.is_empty() {
        writeln!(out, "\ndone:")?;
        for step in &case.steps {
            writeln!(out, "  {}", one_line(&step_told(step)))?;
        }
    }
    Ok(())
}

/// `got 2026-11-23, may be appealed until 2026-12-14; appealed 2026-12-01; upheld mål 1234-26`
fn served_told(got: &str, served: Option<&Service>) -> String {
    let Some(served) = served else {
        return "not got yet".to_owned();
    };
    let mut told = format!(
        "{got} {}, may be appealed until {}",
        served.day, served.last_day
    );
    if let Some(day) = served.appealed {
        told.push_str(&format!("; appealed {day}"));
    }
    if let Some(outcome) = &served.outcome {
        let reference = outcome.reference.as_deref().unwrap_or_default();
        told.push_str(&format!("; {} {reference}", outcome.what.as_str()));
    }
    told
}

fn write_record(r: &DisclosureRecord, new: bool, out: &mut dyn io::Write) -> io::Result<()> {
    let published = r.published.map(|at| local_date(at).to_string());
    let mut decided = match (r.gone, r.decision) {
        (true, _) => "destroyed or locked since".to_owned(),
        (_, None) => "NOT REVIEWED".to_owned(),
        (_, Some(_)) if r.is_to_review() => "CHANGED since it was reviewed".to_owned(),
        (_, Some(DisclosureDecision::Release)) => "released".to_owned(),
        (_, Some(DisclosureDecision::Mask)) => format!("masked ({})", r.masks),
        (_, Some(DisclosureDecision::Withhold)) => "withheld".to_owned(),
        (_, Some(DisclosureDecision::Outside)) => "not asked for".to_owned(),
    };
    if let Some(provision) = &r.provision {
        decided.push_str(&format!(", {provision}"));
    }
    if let Some(reason) = &r.reason {
        decided.push_str(&format!(": {reason}"));
    }
    let marks = match (r.restricted, new) {
        (true, true) => " [not public, new]",
        (true, false) => " [not public]",
        (false, true) => " [new]",
        (false, false) => "",
    };
    writeln!(
        out,
        "  {}  {:<10}  {:<7}  {}{marks}  {}",
        r.record,
        published.as_deref().unwrap_or("no date"),
        r.kind.as_str(),
        r.account,
        one_line(&decided)
    )
}

fn step_told(step: &DisclosureStep) -> String {
    let mut told = format!("{}  {}", step.day, step.what.as_str());
    let kronor = |ore: u64| format!("{},{:02} kr", ore / 100, ore % 100);
    let value = match step.what {
        DisclosureWhat::Refreshed => step.value.as_deref().map(came),
        DisclosureWhat::Delivered => step.value.as_deref().map(left),
        _ => step.value.clone(),
    };
    let parts = [
        step.form.clone(),
        step.pages.map(|n| counted(n, "page")),
        step.fee.map(kronor),
        step.export.map(|id| format!("export {id}")),
        value,
        step.note.clone(),
    ];
    for part in parts.into_iter().flatten() {
        told.push_str(&format!(" {part}"));
    }
    told.push_str(&format!("  by {}", step.actor));
    told
}

/// How many records came, as the step keeps it: `{"records":2}`.
fn came(kept: &str) -> String {
    let kept: Option<Value> = serde_json::from_str(kept).ok();
    match kept.and_then(|kept| kept.get("records")?.as_u64()) {
        Some(0) => "no new records".to_owned(),
        Some(n) => counted(n, "new record"),
        None => String::new(),
    }
}

/// How many records came without a file, as the step keeps them: `{"not_given":["…"]}`.
fn left(kept: &str) -> String {
    let kept: Option<Value> = serde_json::from_str(kept).ok();
    let records = kept.and_then(|kept| Some(kept.get("not_given")?.as_array()?.len()));
    records.map_or_else(String::new, |n| {
        format!("{} without a file", counted(n as u64, "record"))
    })
}
