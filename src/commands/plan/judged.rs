//! `arkivd plan check`: all that is wrong with a plan's file, by line.

use std::path::Path;

use serde_json::{Value, json};

use super::super::output::counted;
use super::super::output::{Exit, Output, one_line};
use super::super::{Context, Error, context};
use crate::retention::{Fault, Weight};
use crate::workflow::{JudgedPlan, judge_plan};

pub(super) fn check(
    path: &Path,
    committee: Option<&str>,
    context: Option<&Context>,
    output: &Output,
) -> Result<Exit, Error> {
    let text = super::text_of(path, context)?;
    let file = path.display().to_string();
    let names = context.map(super::names).transpose()?;
    let alone;
    let around = match context {
        Some(context) => &context.around,
        None => {
            alone = context::surroundings(String::new(), String::new());
            &alone
        }
    };
    let (plan, faults) = match judge_plan(&text, &file, committee, names.as_ref(), around) {
        Ok(JudgedPlan { plan, faults }) => (Some(plan), faults),
        Err(faults) => (None, faults.all),
    };
    let many = |weight| faults.iter().filter(|f| f.weight == weight).count();
    let [errors, warnings, notes] = [Weight::Error, Weight::Warning, Weight::Note].map(many);
    let data = json!({
        "file": file,
        "loadable": errors == 0,
        "decided": plan.as_ref().is_some_and(|p| p.header.decision.is_some()),
        "committee": plan.as_ref().and_then(|p| p.header.committee.as_deref()).or(committee),
        "rows": plan.as_ref().map(|p| p.rows.len()),
        "rules": plan.as_ref().map(|p| p.rules.len()),
        "faults": faults.iter().map(as_json).collect::<Vec<_>>(),
    });
    output.report(&data, &[], |out| {
        for fault in &faults {
            let told = one_line(&fault.told(&file));
            writeln!(out, "{:7}  {told}", fault.weight)?;
        }
        write!(
            out,
            "{file}: {}, {}, {}",
            counted(errors as u64, "error"),
            counted(warnings as u64, "warning"),
            counted(notes as u64, "note")
        )?;
        match &plan {
            Some(plan) => writeln!(
                out,
                "; {}, {}",
                counted(plan.rows.len() as u64, "row"),
                counted(plan.rules.len() as u64, "rule")
            ),
            None => writeln!(out),
        }
    })?;
    let says_whose = plan.as_ref().is_some_and(|p| p.header.committee.is_some());
    let whose = match (says_whose, committee) {
        (true, _) => String::new(),
        (false, Some(committee)) => format!(" --committee {committee:?}"),
        (false, None) => " --committee NAME".to_owned(),
    };
    match (errors, names.is_some()) {
        (0, true) => output.hint(&format!("arkivd plan load {file}{whose}")),
        (0, false) => {
            output.hint("name the archive with --archive DIR, and its accounts are checked too")
        }
        _ => output.hint(
            "correct the file: the comments of a template in the archive's plans/ explain each key",
        ),
    }
    Ok(match errors {
        0 => Exit::Done,
        _ => Exit::Failed,
    })
}

fn as_json(fault: &Fault) -> Value {
    json!({ "weight": fault.weight.as_str(), "line": fault.at.line, "column": fault.at.column,
        "key": fault.key, "problem": fault.problem })
}

/// Notes are for who checks.
pub(super) fn warnings(faults: &[Fault], file: &str) -> Vec<String> {
    let warnings = faults.iter().filter(|f| f.weight == Weight::Warning);
    warnings.map(|fault| fault.told(file)).collect()
}
