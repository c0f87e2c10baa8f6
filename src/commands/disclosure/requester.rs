//! `arkivd disclosure requester`, and `forget`: who asked, kept apart from what was asked.

use serde_json::json;

use super::super::output::{Exit, Output, one_line};
use super::super::{Context, Error};
use super::open::filled;
use super::{demanded, demanded_open};
use crate::catalog::Requester;

pub(super) fn run(
    name: &str,
    who: Option<&String>,
    contact: Option<&String>,
    context: &Context,
    output: &Output,
) -> Result<Exit, Error> {
    let now = (context.around.now)();
    let (case, kept) = match (who, contact) {
        (None, None) => {
            let archive = context.read()?;
            let case = demanded(&archive, name, context)?;
            let kept = archive.catalog().requester(&case.row)?;
            (case, kept)
        }
        _ => {
            let archive = context.write()?;
            let case = demanded_open(&archive, name, context)?;
            let mut catalog = archive.catalog();
            let before = catalog.requester(&case.row)?.unwrap_or_default();
            let requester = Requester {
                name: who.map_or(before.name, |_| filled(who)),
                contact: contact.map_or(before.contact, |_| filled(contact)),
            };
            catalog.keep_requester(&case.row, &requester, &context.around.actor, now)?;
            let kept = Some(requester).filter(|r| !r.is_unknown());
            drop(catalog);
            (case, kept)
        }
    };
    let requester = kept.unwrap_or_default();
    let data = json!({ "designation": case.row.designation, "name": requester.name, "contact": requester.contact });
    output.report(&data, &[], |out| {
        if requester.is_unknown() {
            return writeln!(out, "who asked is not kept; nobody has to say it");
        }
        for (label, text) in [("name", &requester.name), ("contact", &requester.contact)] {
            if let Some(text) = text {
                writeln!(out, "{label:<9}{}", one_line(text))?;
            }
        }
        Ok(())
    })?;
    Ok(Exit::Done)
}

pub(super) fn forget(name: &str, context: &Context, output: &Output) -> Result<Exit, Error> {
    let archive = context.write()?;
    let case = demanded(&archive, name, context)?;
    let at = (context.around.now)();
    let erased = archive
        .catalog()
        .forget_requester(&case.row, &context.around.actor, at)?;
    let warnings: Vec<String> = match erased {
        true => Vec::new(),
        false => vec![
            "someone reads the catalog at this moment: what was forgotten stands in catalog.sqlite-wal until the next command that writes".to_owned(),
        ],
    };
    let designation = &case.row.designation;
    let data = json!({ "designation": designation, "erased": erased });
    output.report(&data, &warnings, |out| {
        writeln!(
            out,
            "who asked in {designation} is forgotten; backups hold it until they are replaced"
        )
    })?;
    Ok(Exit::Done)
}
