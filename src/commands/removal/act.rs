//! What is done with a case besides noting: saved again, hidden, handed on, told, given to the police, closed.

use std::path::Path;

use serde_json::json;

use super::super::output::{Exit, Output, counted, size};
use super::super::{Context, Error};
use super::{Reach, demanded, mark, settings, show};
use crate::catalog::RemovalWhat;
use crate::policy::Policy;
use crate::workflow::{
    Mark as Note, SAVING, close_removal, hide_removal, mark_removal, notice as notice_text,
    police_package, route_removal, save_removal,
};

pub(super) fn save(name: &str, context: &Context, output: &Output) -> Result<Exit, Error> {
    let policy = context.policy()?;
    let archive = context.write()?;
    let case = demanded(&archive, &policy, name, context)?;
    let number = case.removal.number.to_string();
    let reach = Reach::of(context);
    let bar = output.bar(&case.removal.designation);
    let saved = context.with_network(async |client| {
        let means = reach.means(client);
        save_removal(&archive, &policy, &number, means, SAVING, &context.around).await
    });
    bar.end();
    let report = saved??;
    show::tell(&report.case, &report.problems, context, output)?;
    Ok(match report.case.all_saved() {
        true => Exit::Done,
        false => Exit::Partial,
    })
}

/// Nothing is waited for before it; what is not saved yet is tried again after it.
pub(super) fn hide(name: &str, context: &Context, output: &Output) -> Result<Exit, Error> {
    let policy = context.policy()?;
    let archive = context.write()?;
    let case = demanded(&archive, &policy, name, context)?;
    let number = case.removal.number.to_string();
    let (reach, settings) = (Reach::of(context), settings(context));
    let done = context.with_network(async |client| {
        let means = reach.means(client);
        let around = &context.around;
        let mut done = hide_removal(&archive, &policy, &number, &settings, means, around).await?;
        if done.case.emergency.is_none() && !done.case.all_saved() {
            let saved = save_removal(&archive, &policy, &number, means, SAVING, around).await?;
            done.case = saved.case;
            done.problems.extend(saved.problems);
        }
        Ok::<_, crate::workflow::Error>(done)
    });
    let done = done??;
    show::tell(&done.case, &done.problems, context, output)?;
    Ok(match (done.case.all_hidden(), done.hidden) {
        (true, _) => Exit::Done,
        (false, 0) => Exit::Failed,
        (false, _) => Exit::Partial,
    })
}

pub(super) fn route(
    name: &str,
    committee: &str,
    context: &Context,
    output: &Output,
) -> Result<Exit, Error> {
    let policy = context.policy()?;
    let archive = context.write()?;
    demanded(&archive, &policy, name, context)?;
    let case = route_removal(&archive, &policy, name, committee, &context.around)?;
    let mut remarks = Vec::new();
    if archive
        .catalog()
        .accounts()?
        .iter()
        .all(|a| a.committee != committee.trim())
    {
        remarks.push(format!(
            "no account is of committee {:?}: is its name written as under [[person]]?",
            committee.trim()
        ));
    }
    show::tell(&case, &remarks, context, output)?;
    tell_indicators(&policy, output);
    Ok(Exit::Done)
}

/// What suggests that a post is secret, in the municipality's own words (VAR-3).
fn tell_indicators(policy: &Policy, output: &Output) {
    for sign in &policy.secrecy_indicator {
        output.hint(&format!(
            "a sign of secrecy ({}, {}): \"{}\"",
            sign.requirement, sign.source, sign.quote
        ));
    }
}

pub(super) fn notice(
    name: &str,
    object: usize,
    record: bool,
    context: &Context,
    output: &Output,
) -> Result<Exit, Error> {
    let policy = context.policy()?;
    let archive = match record {
        true => context.write()?,
        false => std::sync::Arc::new(context.read()?),
    };
    let case = demanded(&archive, &policy, name, context)?;
    let text = notice_text(&case, object, &policy, &context.around.organisation)?;
    let kept = match record {
        true => {
            let kept = mark::sent(&archive, &case, object, &text, context)?;
            let note = Note {
                what: RemovalWhat::AuthorInformed,
                value: Some(&kept),
                at: None,
                text: None,
                things: &[],
                already: false,
                withdraw: false,
                report: None,
            };
            let settings = settings(context);
            mark_removal(&archive, &policy, name, &note, &settings, &context.around)?;
            Some(kept)
        }
        false => None,
    };
    let data =
        json!({ "case": case.removal.number, "object": object, "text": text, "record": kept });
    output.report(&data, &[], |out| write!(out, "{text}"))?;
    output.hint(&match &kept {
        Some(record) => format!("kept as record {record}, and noted that the author was told"),
        None => format!(
            "paste it to who wrote; keep what was sent: arkivd removal mark {} author-informed --text FILE, or --record here",
            case.removal.number
        ),
    });
    Ok(Exit::Done)
}

pub(super) fn police(
    name: &str,
    out: &Path,
    context: &Context,
    output: &Output,
) -> Result<Exit, Error> {
    let policy = context.policy()?;
    let archive = context.write()?;
    let case = demanded(&archive, &policy, name, context)?;
    if out
        .extension()
        .is_none_or(|e| !e.eq_ignore_ascii_case("zip"))
    {
        return Err(Error::Argument {
            what: "file",
            value: out.display().to_string(),
            problem: "the package is one ZIP",
            hint: "-o polisen.zip",
        });
    }
    let given = context.given_file()?;
    match police_package(&archive, &policy, name, out, given, &context.around)? {
        Ok(done) => {
            let data = json!({ "case": case.removal.number, "path": done.exported.path, "files": done.exported.files,
                "bytes": done.exported.bytes, "bags": done.bags, "letter_sha256": done.letter_sha256 });
            output.report(&data, &[], |to| {
                writeln!(
                    to,
                    "{}: {}, {}; letter underlag.pdf",
                    done.exported.path.display(),
                    counted(done.exported.files, "file"),
                    size(done.exported.bytes)
                )
            })?;
            output.hint(&format!(
                "hand it over by the way the police name, never by open mail; then: arkivd removal mark {} police=REFERENCE",
                case.removal.number
            ));
            Ok(Exit::Done)
        }
        Err(faults) => {
            let details: Vec<String> = faults
                .iter()
                .map(|(bag, fault)| format!("bag {bag}: {fault}"))
                .collect();
            output.error(
                "a bag of the case is damaged, and nothing was written",
                &details,
                Some("arkivd verify"),
            );
            Ok(Exit::IntegrityFault)
        }
    }
}

pub(super) fn close(
    name: &str,
    reason: Option<&str>,
    context: &Context,
    output: &Output,
) -> Result<Exit, Error> {
    let policy = context.policy()?;
    let archive = context.write()?;
    demanded(&archive, &policy, name, context)?;
    let case = close_removal(&archive, &policy, name, reason, &context.around)?;
    show::tell(&case, &[], context, output)?;
    Ok(Exit::Done)
}
