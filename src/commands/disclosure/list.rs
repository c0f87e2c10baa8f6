//! `arkivd disclosure list`: within the 80 columns of a terminal; `show` tells the rest.

use serde_json::json;

use super::super::output::{Exit, Output, Table, shorten};
use super::super::{Context, Error};
use super::{settings, show};
use crate::catalog::DisclosureState;
use crate::retention::disclosure::Promptness;
use crate::workflow::DisclosureCase;

pub(super) fn run(all: bool, context: &Context, output: &Output) -> Result<Exit, Error> {
    let archive = context.read()?;
    let now = (context.around.now)();
    let which = match all {
        true => DisclosureState::All,
        false => DisclosureState::Open,
    };
    let settings = settings(context);
    let catalog = archive.catalog();
    let mut cases = Vec::new();
    for row in catalog.disclosures(which)? {
        if context.rights.serves(&row.committee) {
            cases.push(DisclosureCase::load(&catalog, row, &settings, now)?);
        }
    }
    let lines: Vec<_> = cases.iter().map(show::head_json).collect();
    output.report(&json!({ "disclosures": lines }), &[], |out| {
        if cases.is_empty() {
            return writeln!(out, "no such requests");
        }
        let mut table = Table::new(&["case", "clock", "records", "state", "scope"]);
        for case in &cases {
            table.row([
                case.row.designation.clone(),
                clock(case),
                case.counts.records.to_string(),
                state(case),
                shorten(&case.row.scope, 18),
            ]);
        }
        table.write(out)
    })?;
    if let Some(first) = cases.iter().find(|case| case.row.closed.is_none()) {
        output.hint(&format!("arkivd disclosure show {}", first.row.designation));
    }
    Ok(Exit::Done)
}

/// `LATE 2026-11-24`: the last day that was in time.
fn clock(case: &DisclosureCase) -> String {
    let clock = &case.clock;
    match (clock.answered, clock.state) {
        (Some(day), _) => format!("done {day}"),
        (None, Promptness::InTime) => format!("by {}", clock.due),
        (None, Promptness::Due) => format!("DUE {}", clock.due),
        (None, Promptness::Late) => format!("LATE {}", clock.last),
    }
}

fn state(case: &DisclosureCase) -> String {
    match (&case.row.closed, case.lacks.first()) {
        (Some(_), _) => "closed".to_owned(),
        (None, Some(lack)) => lack.short(),
        (None, None) => "to be closed".to_owned(),
    }
}
