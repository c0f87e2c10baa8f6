//! `arkivd record classify --explain`: why a record is what it is, in Swedish, as its plan is.

use std::io;

use serde_json::{Value, json};

use super::super::output::{Exit, Output, one_line};
use super::super::{Context, Error};
use super::classify::demand;
use crate::calendar::local_time;
use crate::catalog::{Classification, HeldBy, HoldScope, MarkKind};
use crate::record::{Kind, RecordId, Visibility};
use crate::retention::{DayOf, Decided, Demand, Rule, RuleKind, Trigger};
use crate::workflow::{Explanation, Outcome, Tried, explain_classification};

pub(super) fn run(record: RecordId, context: &Context, output: &Output) -> Result<Exit, Error> {
    let archive = context.read()?;
    demand(&archive, &[record], context)?;
    let why = explain_classification(&archive, record, &context.around)?;
    output.report(&to_json(&why), &[], |out| write(&why, out))?;
    Ok(Exit::Done)
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Post => "inlägg",
        Kind::Page => "sida",
        Kind::Comment => "kommentar",
        Kind::Message => "meddelande",
    }
}

fn visibility(visibility: Visibility) -> &'static str {
    match visibility {
        Visibility::Public => "synlig för alla",
        Visibility::Held => "väntar på granskning",
        Visibility::Hidden => "dold",
        Visibility::Private => "privat",
    }
}

fn write(e: &Explanation, out: &mut dyn io::Write) -> io::Result<()> {
    let f = &e.facts;
    let mut line = |name: &str, text: &str| writeln!(out, "{name:<11}{}", one_line(text));
    line("Handling", &f.record.to_string())?;
    line("Konto", &format!("{} ({})", f.account, f.committee))?;
    let published = f.published.map(local_time);
    line(
        "Slag",
        &format!(
            "{}, {}, {}, {}",
            kind(f.kind),
            visibility(f.visibility),
            if f.own {
                "skriven av kommunen"
            } else {
                "skriven av någon annan"
            },
            published.map_or_else(|| "tid okänd".to_owned(), |at| format!("publicerad {at}"))
        ),
    )?;
    match &e.plan {
        Some((number, plan)) => {
            line("Plan", &format!("{number}: {}", plan.header.title))?;
            let decided = match (e.decided, &plan.header.decision) {
                (Some(Decided::Yes | Decided::Past), Some(d)) => {
                    format!("beslutad av {} {}, {}", d.by, d.date, d.paragraph)
                }
                (Some(Decided::NotYet), _) => "beslutad, och gäller inte än".to_owned(),
                _ => "ett utkast: ingenting gallras med stöd av den".to_owned(),
            };
            line("", &decided)?;
            if e.decided == Some(Decided::Past) {
                line(
                    "",
                    "planens giltighetstid är slut: nämnden bör besluta om en ny",
                )?;
            }
        }
        None => line("Plan", &format!("{} har ingen plan i arkivet", f.committee))?,
    }
    match (&e.classification, e.row()) {
        (Some(c), Some(row)) => {
            line("Rad", &format!("{}: {}", row.id, row.handlingstyp))?;
            line("Beslutad", &decided_by(c))?;
            line(
                "Mediet",
                &format!("{}{}", row.medium, when(e.medium, f.record)),
            )?;
            let registered = e.happened.registered.is_some();
            let fate = row.copies.fate(registered);
            let copy = match (registered, row.copies.after_registration) {
                (true, Some(_)) => " (arkivds exemplar, när handlingen är diarieförd)",
                _ => "",
            };
            line(
                "Arkivet",
                &format!("{fate}{copy}{}", when(e.archive, f.record)),
            )?;
        }
        _ => {
            line("Rad", "ingen: handlingen är inte klassad")?;
            line("Arkivet", "bevaras, tills den har klassats")?;
        }
    }
    for mark in &e.marks {
        let what = match mark.what {
            MarkKind::Inaktuell => "inaktuell".to_owned(),
            MarkKind::Registered => {
                format!("diarieförd {}", mark.value.as_deref().unwrap_or_default())
            }
        };
        line("Märkt", &format!("{what}, {} ({})", mark.day, mark.actor))?;
    }
    if e.held.is_empty() {
        line("Hinder", "inget hindrar gallring")?;
    }
    for held in &e.held {
        line("Hinder", &hindrance(held))?;
    }
    write_rules(e, out)
}

fn write_rules(e: &Explanation, out: &mut dyn io::Write) -> io::Result<()> {
    if e.plan.is_none() {
        return Ok(());
    }
    writeln!(
        out,
        "\nReglerna i planens ordning; den första som passar avgör"
    )?;
    if e.tried.is_empty() {
        writeln!(out, "  planen har inga regler")?;
    }
    for (n, tried) in e.tried.iter().enumerate() {
        writeln!(
            out,
            "{:>3}. {} → {}: {}",
            n + 1,
            tried.rule.id,
            tried.rule.row,
            one_line(&came_to(tried, e))
        )?;
        for demand in &tried.demands {
            let sign = if demand.is_met() { "ja " } else { "nej" };
            writeln!(
                out,
                "       {sign}  {}",
                one_line(&told(demand, &tried.rule))
            )?;
        }
    }
    let holds = e.classification.as_ref().map(|c| &c.row);
    if holds != e.by_rules.as_ref() {
        let says = match &e.by_rules {
            Some(row) => format!("raden {row}"),
            None => "ingen rad".to_owned(),
        };
        match &e.classification {
            Some(c) if c.rule.is_none() && c.follows.is_none() => {
                writeln!(
                    out,
                    "\nReglerna ger {says}; det som en människa har beslutat går före."
                )?;
            }
            Some(_) => writeln!(
                out,
                "\nReglerna ger i dag {says}; beslutet står ändå kvar. Ändra det med: arkivd record classify {} --anew",
                e.facts.record
            )?,
            None => writeln!(
                out,
                "\nReglerna ger {says}. Klassa med: arkivd record classify {} --anew",
                e.facts.record
            )?,
        }
    }
    Ok(())
}

fn decided_by(c: &Classification) -> String {
    let at = local_time(c.at);
    let thread = if c.thread { "; svaren följer med" } else { "" };
    match (&c.follows, &c.rule) {
        (Some(head), _) => format!("står i tråden under {head}, och är detsamma som den ({at})"),
        (None, Some(rule)) => format!("av regeln {rule} ({at}){thread}"),
        (None, None) => {
            let reason = c.reason.as_deref().unwrap_or_default();
            format!("för hand av {} ({at}): {reason}{thread}", c.actor)
        }
    }
}

fn when(day: DayOf, record: RecordId) -> String {
    match day {
        DayOf::Never => String::new(),
        DayOf::On(day) => format!(": från och med {day}"),
        DayOf::Awaits(Trigger::Inaktuell) => format!(
            ": väntar på att handlingen blir inaktuell (arkivd record mark {record} inaktuell)"
        ),
        DayOf::Awaits(Trigger::Registered) => format!(
            ": väntar på att handlingen diarieförs (arkivd record mark {record} registered=DIARIENUMMER)"
        ),
        DayOf::Awaits(Trigger::ChannelEnds) => ": väntar på att kontot avslutas".to_owned(),
        DayOf::Awaits(Trigger::Published) => {
            ": väntar, när handlingen publicerades är inte känt".to_owned()
        }
        DayOf::Awaits(Trigger::Captured) => ": väntar på att handlingen samlas in".to_owned(),
    }
}

fn hindrance(held: &HeldBy) -> String {
    match held {
        HeldBy::Removal(designation) => {
            format!("ärendet {designation} om otillåtet innehåll är öppet")
        }
        HeldBy::PoliceReport(designation) => {
            format!("ärendet {designation} om otillåtet innehåll är polisanmält")
        }
        HeldBy::Disclosure(designation) => {
            format!("begäran {designation} om att få ut handlingar är öppen")
        }
        HeldBy::Hold(hold) => {
            let ends = hold.ends;
            let ends = ends.map_or_else(String::new, |day| format!(", till och med {day}"));
            let object = &hold.object;
            let what = match hold.scope {
                HoldScope::Record => "tråden som handlingen ingår i".to_owned(),
                HoldScope::Account => format!("kontot {object}"),
                HoldScope::Case | HoldScope::PoliceReport => format!("ärendet {object}"),
                HoldScope::Search => format!("sökningen {object}"),
            };
            format!(
                "gallringsstopp {} för {what}{ends}: {}",
                hold.number, hold.reason
            )
        }
    }
}

fn came_to(tried: &Tried, e: &Explanation) -> String {
    match tried.outcome {
        Outcome::Decides => "passar, och avgör".to_owned(),
        Outcome::DecidesThread => match &e.facts.thread {
            Some((head, _)) => format!("avgjorde {head}, och gäller hela tråden"),
            None => "gäller hela tråden".to_owned(),
        },
        Outcome::FitsNot => "passar inte".to_owned(),
        Outcome::NotAsked => "prövas inte".to_owned(),
    }
}

/// What a rule demands, and what was found.
fn told(demand: &Demand, rule: &Rule) -> String {
    let list = |words: &[String]| {
        words
            .iter()
            .map(|w| format!("”{w}”"))
            .collect::<Vec<_>>()
            .join(", ")
    };
    match demand {
        Demand::Account(_) => format!("kontot är {}", rule.accounts.join(" eller ")),
        Demand::Kind(_) => {
            let kinds = rule.kinds.iter().map(|k| match k {
                RuleKind::Record(k) => kind(*k),
                RuleKind::PageCapture => "sidavbildning",
            });
            format!("det är {}", kinds.collect::<Vec<_>>().join(" eller "))
        }
        Demand::Visibility(_) => {
            let some = rule.visibilities.iter().map(|v| visibility(*v));
            format!("den är {}", some.collect::<Vec<_>>().join(" eller "))
        }
        Demand::Own(_) if rule.own == Some(true) => "kommunen har skrivit den".to_owned(),
        Demand::Own(_) => "någon annan har skrivit den".to_owned(),
        Demand::Words(found) if found.is_empty() => match rule.words.len() {
            0..=12 => format!("något av orden {} står i den", list(&rule.words)),
            many => format!("något av regelns {many} ord står i den"),
        },
        Demand::Words(found) => format!("{} står i den", list(found)),
        Demand::Categories(_) => {
            format!("den är i ett ärende om {}", rule.categories.join(" eller "))
        }
    }
}

fn day(of: DayOf) -> Value {
    match of {
        DayOf::Never => json!({ "day": null, "awaits": null }),
        DayOf::On(day) => json!({ "day": day, "awaits": null }),
        DayOf::Awaits(event) => json!({ "day": null, "awaits": event.to_string() }),
    }
}

fn to_json(e: &Explanation) -> Value {
    let tried = e.tried.iter().map(|t| {
        let outcome = match t.outcome {
            Outcome::Decides => "decides",
            Outcome::DecidesThread => "decides-thread",
            Outcome::FitsNot => "fits-not",
            Outcome::NotAsked => "not-asked",
        };
        let demands = t.demands.iter().map(|d| json!({ "met": d.is_met(), "told": told(d, &t.rule) }));
        json!({ "rule": t.rule.id, "row": t.rule.row, "outcome": outcome, "demands": demands.collect::<Vec<_>>() })
    });
    let row = e.row().map(|row| {
        let fate = row.copies.fate(e.happened.registered.is_some());
        json!({ "id": row.id, "handlingstyp": row.handlingstyp, "medium": row.medium, "archive": fate })
    });
    json!({
        "record": e.facts.record,
        "plan": e.plan.as_ref().map(|(number, plan)| json!({ "plan": number, "title": plan.header.title,
            "decided": matches!(e.decided, Some(Decided::Yes | Decided::Past)) })),
        "classification": e.classification.as_ref().map(classification_json),
        "row": row,
        "medium": day(e.medium),
        "archive": day(e.archive),
        "marks": e.marks.iter().map(|m| json!({ "mark": m.what, "value": m.value, "day": m.day, "at": m.at, "by": m.actor })).collect::<Vec<_>>(),
        "held": e.held.iter().map(hindrance).collect::<Vec<_>>(),
        "rules": tried.collect::<Vec<_>>(),
        "by_rules": e.by_rules,
    })
}

pub(super) fn classification_json(c: &Classification) -> Value {
    json!({ "plan": c.plan, "row": c.row, "rule": c.rule, "follows": c.follows, "thread": c.thread, "reason": c.reason,
            "at": c.at, "by": c.actor, "due": c.due, "medium_due": c.medium_due })
}
