//! `arkivd record show` of a record that was destroyed: the stub.

use serde_json::json;

use crate::calendar::{local_date, local_time};
use crate::catalog::Stub;
use crate::commands::Error;
use crate::commands::output::{Exit, Output, value};

pub(super) fn show(stub: &Stub, output: &Output) -> Result<Exit, Error> {
    let data = json!({ "record": stub.record, "destroyed": value(stub) });
    output.report(&data, &[], |out| {
        writeln!(out, "record {}: destroyed", stub.record)?;
        let day = |at| local_date(at).to_string();
        let rows = [
            ("account", Some(stub.account.to_string())),
            ("committee", Some(stub.committee.clone())),
            ("kind", Some(stub.kind.to_string())),
            ("published", stub.published.map(day)),
            ("handlingstyp", stub.handlingstyp.clone()),
            ("due", stub.due.map(|day| day.to_string())),
            ("gallring", Some(stub.gallring.to_string())),
            ("destroyed", stub.executed.map(local_time)),
            ("protocol", stub.protocol.map(|bag| format!("bag {bag}"))),
        ];
        for (name, value) in rows {
            if let Some(value) = value {
                writeln!(out, "  {name:<13} {value}")?;
            }
        }
        Ok(())
    })?;
    output.hint(&format!(
        "arkivd gallring show {} tells of the decision",
        stub.gallring
    ));
    Ok(Exit::Done)
}
