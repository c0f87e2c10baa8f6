//! `arkivd record show` and `record history` of a record that was destroyed: its stub, and where it went before.

use serde_json::json;

use crate::calendar::{local_date, local_time};
use crate::catalog::{ExportRow, InDisclosure, Stub};
use crate::commands::delivery;
use crate::commands::export::{brief_json, told};
use crate::commands::output::{Exit, Output, one_line, value};
use crate::commands::{Context, Error};
use crate::record::RecordId;
use crate::workflow::Archive;

/// What is left of a destroyed record.
pub(super) struct Gone {
    stub: Stub,
    exports: Vec<ExportRow>,
    delivered: Option<ExportRow>,
    disclosures: Vec<InDisclosure>,
}

impl Gone {
    /// `None`: it was not destroyed.
    pub(super) fn of(id: RecordId, archive: &Archive) -> Result<Option<Self>, Error> {
        let catalog = archive.catalog();
        let Some(stub) = catalog.stub(id)? else {
            return Ok(None);
        };
        Ok(Some(Self {
            stub,
            exports: catalog.exports_of(id)?,
            delivered: delivery::received(&catalog, id)?,
            disclosures: catalog.disclosures_of(id)?,
        }))
    }

    pub(super) fn show(&self, context: &Context, output: &Output) -> Result<Exit, Error> {
        let stub = &self.stub;
        context.rights.demand_committee(&stub.committee)?;
        let exports: Vec<_> = self.exports.iter().map(brief_json).collect();
        let delivered = self.delivered.as_ref().map(delivery::received_json);
        let data = json!({ "record": stub.record, "destroyed": value(stub), "exports": exports, "delivered": delivered,
            "disclosures": value(&self.disclosures) });
        output.report(&data, &[], |out| {
            writeln!(out, "record {}: destroyed", stub.record)?;
            for (name, value) in self.rows() {
                writeln!(out, "  {name:<13} {}", one_line(&value))?;
            }
            Ok(())
        })?;
        output.hint(&format!(
            "arkivd gallring show {} tells of the decision",
            stub.gallring
        ));
        Ok(Exit::Done)
    }

    fn rows(&self) -> Vec<(&'static str, String)> {
        let stub = &self.stub;
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
        let rows = rows
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)));
        let numbers = stub.registered.iter();
        let numbers = numbers.map(|n| ("registered", super::told_number(n, &stub.documents)));
        let exports = self.exports.iter().map(|export| ("exported", told(export)));
        let delivered = self.delivered.iter();
        let delivered = delivered.map(|d| ("delivered", delivery::received_told(d)));
        let disclosures = self.disclosures.iter();
        let disclosures = disclosures.map(|d| ("disclosure", super::disclosed::told(d)));
        let went = numbers.chain(exports).chain(delivered).chain(disclosures);
        rows.chain(went).collect()
    }
}
