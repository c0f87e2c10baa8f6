//! `arkivd disclosure list`.

use serde_json::json;

use super::super::output::{Exit, Output, Table, shorten};
use super::super::{Context, Error};
use super::{settings, show};
use crate::catalog::DisclosureState;
use crate::workflow::DisclosureCase;

pub(super) fn run(all: bool, context: &Context, output: &Output) -> Result<Exit, Error> {
    let archive = context.read()?;
    let now = (context.around.now)();
    let state = match all {
        true => DisclosureState::All,
        false => DisclosureState::Open,
    };
    let settings = settings(context);
    let catalog = archive.catalog();
    let mut cases = Vec::new();
    for row in catalog.disclosures(state)? {
        if context.rights.serves(&row.committee) {
            cases.push(DisclosureCase::load(&catalog, row, &settings, now)?);
        }
    }
    let lines: Vec<_> = cases.iter().map(show::head_json).collect();
    output.report(&json!({ "disclosures": lines }), &[], |out| {
        if cases.is_empty() {
            return writeln!(out, "no such requests");
        }
        let mut table = Table::new(&["case", "received", "clock", "records", "state", "scope"]);
        for case in &cases {
            table.row([
                case.row.designation.clone(),
                crate::calendar::local_date(case.row.received).to_string(),
                show::clock(case),
                case.counts.records.to_string(),
                show::state(case),
                shorten(&case.row.scope, 60),
            ]);
        }
        table.write(out)
    })?;
    if let Some(first) = cases.iter().find(|case| case.row.closed.is_none()) {
        output.hint(&format!("arkivd disclosure show {}", first.row.designation));
    }
    Ok(Exit::Done)
}
