//! `arkivd record mark` and `record basis`: what a person notes of records.

use std::str::FromStr;

use chrono::NaiveDate;
use clap::Args;
use serde_json::json;

use super::super::output::{Exit, Output, counted, one_line};
use super::super::{Context, Error};
use super::classify::demand;
use crate::catalog::{Basis, DocumentNumber, MarkKind};
use crate::record::RecordId;
use crate::workflow::{Marking, mark_records, note_basis};

#[derive(Debug, Args)]
pub(in crate::commands) struct Mark {
    /// The records' ids
    #[arg(required = true, value_name = "REC")]
    records: Vec<RecordId>,
    /// inaktuell, inaktuell=DATE or registered=DIARIENUMMER
    #[arg(required = true, value_name = "WHAT")]
    what: What,
    /// The day it was registered [default: today]
    #[arg(long, value_name = "DATE", conflicts_with = "withdraw")]
    date: Option<NaiveDate>,
    /// With registered=: the number of the handling within its case (handlingsnummer)
    #[arg(long, value_name = "NUMBER", conflicts_with = "withdraw")]
    document: Option<String>,
    /// Take the mark back: of several diarienummer, the one that is named
    #[arg(long)]
    withdraw: bool,
}

/// A mark as it is written on the command line.
#[derive(Debug, Clone)]
struct What {
    kind: MarkKind,
    value: Option<String>,
    day: Option<NaiveDate>,
}

impl FromStr for What {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let (word, value) = match text.split_once('=') {
            Some((word, value)) => (word, Some(value.trim())),
            None => (text, None),
        };
        let kind = MarkKind::ALL.into_iter().find(|k| k.as_str() == word);
        let kind = kind.ok_or("it is inaktuell, inaktuell=DATE or registered=DIARIENUMMER")?;
        match (kind, value) {
            (MarkKind::Inaktuell, None) | (MarkKind::Registered, None) => Ok(Self {
                kind,
                value: None,
                day: None,
            }),
            (MarkKind::Inaktuell, Some(day)) => Ok(Self {
                kind,
                value: None,
                day: Some(day.parse().map_err(|_| {
                    format!("{day:?} is not a day such as 2026-11-20: inaktuell=2026-11-20")
                })?),
            }),
            (MarkKind::Registered, Some("")) => {
                Err("name the diarienummer: registered=DIARIENUMMER".to_owned())
            }
            (MarkKind::Registered, Some(value)) => Ok(Self {
                kind,
                value: Some(value.to_owned()),
                day: None,
            }),
        }
    }
}

pub(super) fn mark(args: &Mark, context: &Context, output: &Output) -> Result<Exit, Error> {
    let archive = context.write()?;
    demand(&archive, &args.records, context)?;
    let marking = Marking {
        what: args.what.kind,
        value: args.what.value.clone(),
        day: args.what.day.or(args.date),
        withdraw: args.withdraw,
    };
    let document = document_of(args, context)?;
    let day = mark_records(&archive, &args.records, &marking, &context.around)?;
    if let Some(document) = &document {
        let around = &context.around;
        archive.catalog().note_document_number(
            &args.records,
            document,
            &around.actor,
            (around.now)(),
        )?;
    }
    let catalog = archive.catalog();
    let mut records = Vec::new();
    for record in &args.records {
        let now = catalog.classification(*record)?;
        let (due, medium) = now.map_or((None, None), |c| (c.due, c.medium_due));
        records.push(json!({ "record": record, "due": due, "medium_due": medium }));
    }
    let data = json!({ "mark": marking.what, "value": marking.value, "document": document.map(|d| d.number), "day": day,
                "records": records });
    output.report(&data, &[], |out| {
        let value = marking
            .value
            .as_deref()
            .map(|v| format!(" {}", one_line(v)));
        let (what, value) = (marking.what.as_str(), value.unwrap_or_default());
        match day {
            Some(day) => writeln!(
                out,
                "{}: {what}{value}, {day}",
                counted(args.records.len() as u64, "record")
            ),
            None => writeln!(
                out,
                "{}: {what}{value} taken back",
                counted(args.records.len() as u64, "record")
            ),
        }
    })?;
    Ok(Exit::Done)
}

/// The handlingsnummer, if one is given; the diarienummer is held against the form that arkivd.toml shows.
fn document_of(args: &Mark, context: &Context) -> Result<Option<DocumentNumber>, Error> {
    let registered = match (&args.what.value, args.withdraw) {
        (Some(number), false) if args.what.kind == MarkKind::Registered => Some(number),
        _ => None,
    };
    if let Some(number) = registered {
        context.config.diarium.demand(number)?;
    }
    let Some(given) = &args.document else {
        return Ok(None);
    };
    let refuse = |problem, hint| Error::Argument {
        what: "document number",
        value: given.clone(),
        problem,
        hint,
    };
    let Some(registered) = registered else {
        return Err(refuse(
            "it stands within a case, which is not named",
            "arkivd record mark RECORD registered=\"KS 2026/123\" --document 4",
        ));
    };
    let number = given.trim();
    if number.is_empty() || number.chars().count() > 100 || number.chars().any(char::is_control) {
        return Err(refuse(
            "it is 1 to 100 characters on one line",
            "--document 4",
        ));
    }
    Ok(Some(DocumentNumber {
        registered: registered.trim().to_owned(),
        number: number.to_owned(),
    }))
}

#[derive(Debug, Args)]
pub(in crate::commands) struct NoteBasis {
    /// The records' ids
    #[arg(required = true, value_name = "REC")]
    records: Vec<RecordId>,
    /// samtycke, avtal, rättslig-förpliktelse, grundläggande-intresse or allmänt-intresse (GDPR, article 6.1)
    #[arg(long, value_name = "BASIS", value_parser = basis_of)]
    basis: Basis,
    /// What it rests on: the decision, the event, where the consents are
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
}

/// In Swedish as the regulation names it, with or without its dots, or in English as policy.toml does.
fn basis_of(text: &str) -> Result<Basis, String> {
    let plain = |text: &str| {
        let text = text.trim().to_lowercase().replace([' ', '_'], "-");
        text.replace(['å', 'ä'], "a").replace('ö', "o")
    };
    let asked = plain(text);
    let found = Basis::ALL
        .into_iter()
        .find(|b| plain(b.swedish()) == asked || b.as_str() == asked);
    found.ok_or_else(|| {
        let names: Vec<&str> = Basis::ALL.iter().map(|b| b.swedish()).collect();
        format!("it is one of {}", names.join(", "))
    })
}

pub(super) fn basis(args: &NoteBasis, context: &Context, output: &Output) -> Result<Exit, Error> {
    let archive = context.write()?;
    demand(&archive, &args.records, context)?;
    let noted = note_basis(
        &archive,
        &context.policy()?,
        &args.records,
        args.basis,
        args.note.as_deref(),
        &context.around,
    )?;
    let data = json!({ "records": args.records, "basis": noted.basis, "note": noted.note, "at": noted.at,
        "by": noted.actor });
    output.report(&data, &[], |out| {
        writeln!(
            out,
            "{}: {}",
            counted(args.records.len() as u64, "record"),
            noted.basis.swedish()
        )
    })?;
    Ok(Exit::Done)
}
