//! `arkivd gallring approve`: a proposed list is approved by its digest, under a plan or by a decision of its own.

use std::io::Read as _;
use std::path::Path;

use super::{Approve, OwnDecisionArgs, known, show};
use crate::commands::output::{Exit, Output, one_line};
use crate::commands::{Context, Error};
use crate::retention::{GallringDecision, Inquiry, OwnDecision, Place};
use crate::workflow::{self, approve_gallring};

/// More is no answer to four questions.
const MOST_BYTES: u64 = 1 << 20;

pub(super) fn run(args: &Approve, context: &Context, output: &Output) -> Result<Exit, Error> {
    let own = own(&args.own, context)?;
    let archive = context.write()?;
    known(args.id, &archive, context)?;
    let around = &context.around;
    let (row, warnings) = approve_gallring(&archive, args.id, &args.digest, &args.by, own, around)?;
    output.report(&show::as_json(&row), &warnings, |out| {
        writeln!(
            out,
            "gallring {} is approved by {}",
            row.id,
            one_line(&args.by)
        )?;
        match &row.decision {
            Some(GallringDecision::Plan { plans, .. }) => {
                for plan in plans {
                    let d = &plan.decision;
                    let (title, by) = (one_line(&plan.title), one_line(&d.by));
                    writeln!(
                        out,
                        "by plan {title:?}: {by} {}, {}",
                        d.date,
                        one_line(&d.paragraph)
                    )?;
                }
                Ok(())
            }
            Some(GallringDecision::Own(d)) => {
                let (by, paragraph) = (one_line(&d.by), one_line(&d.paragraph));
                writeln!(
                    out,
                    "by a decision of its own: {by} {}, {paragraph}, {}",
                    d.date,
                    one_line(&d.reference)
                )
            }
            Some(GallringDecision::Police(_)) | None => Ok(()),
        }
    })?;
    let id = row.id;
    output.hint(&match row.question.place {
        Place::Archive => format!("destroy what is on it: arkivd gallring execute {id}"),
        Place::Medium => format!(
            "the editors' work list: arkivd gallring show {id} --lines; note what was done: arkivd gallring done {id} RECORD.. --by NAME"
        ),
    });
    Ok(Exit::Done)
}

fn own(args: &OwnDecisionArgs, context: &Context) -> Result<Option<OwnDecision>, Error> {
    let (Some(by), Some(date), Some(paragraph), Some(reference)) = (
        &args.decision_by,
        args.date,
        &args.paragraph,
        &args.reference,
    ) else {
        return Ok(None);
    };
    let inquiry = match (
        &args.inquiry,
        &args.rattskipning,
        &args.verksamhet,
        &args.forskning,
        &args.kulturarv,
    ) {
        (Some(path), ..) => read(path, context)?,
        (None, Some(rattskipning), Some(verksamhet), Some(forskning), Some(kulturarv)) => Inquiry {
            rattskipning: rattskipning.clone(),
            verksamhet: verksamhet.clone(),
            forskning: forskning.clone(),
            kulturarv: kulturarv.clone(),
        },
        _ => {
            return Err(Error::Argument {
                what: "--decision-by",
                value: by.clone(),
                problem: "a decision of its own needs a gallringsutredning, and none is given",
                hint: "--inquiry FILE, or --rattskipning, --verksamhet, --forskning and --kulturarv",
            });
        }
    };
    Ok(Some(OwnDecision {
        by: by.trim().to_owned(),
        date,
        paragraph: paragraph.trim().to_owned(),
        reference: reference.trim().to_owned(),
        delegation: args.delegation.as_deref().map(|d| d.trim().to_owned()),
        inquiry,
    }))
}

fn read(path: &Path, context: &Context) -> Result<Inquiry, Error> {
    let io_error = |source| {
        Error::Workflow(workflow::Error::Io {
            path: path.to_owned(),
            source,
        })
    };
    let mut text = String::new();
    context
        .file_to_read(path)
        .and_then(|file| file.take(MOST_BYTES).read_to_string(&mut text))
        .map_err(io_error)?;
    toml::from_str(&text).map_err(|fault| Error::Inquiry {
        path: path.to_owned(),
        problem: fault.to_string().trim_end().to_owned(),
    })
}
