//! `arkivd consent list` and `consent show`: the register, with names, for those who may read them.

use std::io::Write as _;
use std::path::Path;

use serde_json::json;

use super::super::output::{Exit, Output, Table, counted, one_line};
use super::super::{Context, Error};
use super::held;
use crate::export::Unfinished;
use crate::record::RecordId;
use crate::workflow;

pub(super) fn list(
    record: Option<RecordId>,
    context: &Context,
    output: &Output,
) -> Result<Exit, Error> {
    let archive = context.read()?;
    let all = archive
        .catalog()
        .consents(&context.rights.restricted(), record)?;
    output.report(&json!({ "consents": all }), &[], |out| {
        let mut table = Table::new(&[
            "n",
            "person",
            "given",
            "withdrawn",
            "to take down",
            "for",
            "committee",
        ]);
        for c in &all {
            let of = match (&c.account, c.records.len()) {
                (Some(account), 0) => account.to_string(),
                (Some(account), n) => format!("{account}, {}", counted(n as u64, "record")),
                (None, n) => counted(n as u64, "record"),
            };
            table.row([
                c.consent.to_string(),
                c.person.clone(),
                c.given.to_string(),
                c.withdrawn.map_or_else(String::new, |day| day.to_string()),
                c.to_take_down.to_string(),
                of,
                c.committee.clone(),
            ]);
        }
        table.write(out)
    })?;
    Ok(Exit::Done)
}

pub(super) fn show(
    number: i64,
    out: Option<&Path>,
    context: &Context,
    output: &Output,
) -> Result<Exit, Error> {
    let archive = context.read()?;
    let consent = held(&archive, number, context)?;
    if !context.rights.restricted().includes(&consent.committee) {
        return Err(Error::Committee {
            user: context.around.actor.clone(),
            committee: consent.committee,
        });
    }
    if let Some(path) = out {
        let form = archive.catalog().consent_form(number)?;
        let form = form.ok_or(Error::Argument {
            what: "consent",
            value: number.to_string(),
            problem: "it has no signed form in the register",
            hint: "leave --out away; kept-at may say where the paper is",
        })?;
        context.note(
            "consent show",
            &format!("consent {number}"),
            &json!({ "form": true }),
        )?;
        match context.given_file()? {
            Some(mut file) => file.write_all(&form)?,
            None => {
                let place = Unfinished::begin(path).map_err(workflow::Error::from)?;
                place
                    .create()
                    .map_err(workflow::Error::from)?
                    .write_all(&form)?;
                place.finish().map_err(workflow::Error::from)?;
            }
        }
    }
    output.report(&consent, &[], |to| {
        let mut line = |name: &str, text: &str| writeln!(to, "{name:<11}{}", one_line(text));
        line("consent", &number.to_string())?;
        line("committee", &consent.committee)?;
        line("person", &consent.person)?;
        if let Some(guardian) = &consent.guardian {
            line("guardian", guardian)?;
        }
        line("given", &consent.given.to_string())?;
        if let Some(day) = consent.withdrawn {
            line(
                "withdrawn",
                &format!("{day}; {} to take down", consent.to_take_down),
            )?;
        }
        for (name, text) in [
            ("kept at", &consent.kept_at),
            ("form", &consent.file),
            ("note", &consent.note),
        ] {
            if let Some(text) = text {
                line(name, text)?;
            }
        }
        if let Some(account) = &consent.account {
            line("account", account.as_str())?;
        }
        for record in &consent.records {
            line("record", &record.to_string())?;
        }
        Ok(())
    })?;
    Ok(Exit::Done)
}
