//! `arkivd delivery`: to the arkivmyndighet, and what it said.

mod told;

use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};

pub(super) use self::told::{all, received, received_json, received_told};
use self::told::{asked, counts_json, row_json, state};

use super::export::demand_zip;
use super::output::{Exit, Output, counted, one_line, size};
use super::{Context, Error};
use crate::calendar::local_time;
use crate::export::erms::ErmsVersion;
use crate::record::{ExportId, Role};
use crate::workflow::{
    BagFaults, Delivered, DeliveryRequest, ReceiptRequest, deliver, delivery, delivery_again,
    note_receipt,
};

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(super) struct Delivery {
    #[command(flatten)]
    make: Option<Make>,
    #[command(subcommand)]
    then: Option<Then>,
}

#[derive(Debug, Args)]
struct Make {
    /// The arkivbildare; one delivery never spans two
    #[arg(long, value_name = "NAME")]
    committee: String,
    /// The first day: what was captured on it or later
    #[arg(long, value_name = "DAY")]
    from: NaiveDate,
    /// The last day
    #[arg(long, value_name = "DAY")]
    to: NaiveDate,
    /// The arkivmyndighet that is to have it
    #[arg(long, value_name = "NAME")]
    receiver: Option<String>,
    /// The number of the agreement on the delivery
    #[arg(long, value_name = "DNR")]
    agreement: Option<String>,
    /// The edition of ERMS
    #[arg(long, value_enum, value_name = "EDITION", default_value = "3.0")]
    erms: Edition,
    /// The ZIP to write; it must not exist
    #[arg(short, long, value_name = "OUT.zip")]
    out: PathBuf,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Edition {
    #[value(name = "3.0")]
    V3,
    #[value(name = "2.1")]
    V2,
}

#[derive(Debug, Subcommand)]
enum Then {
    /// Note what the arkivmyndighet said: from then on it decides on what it received
    Receipt {
        /// The delivery's id
        #[arg(value_name = "ID")]
        id: ExportId,
        /// Who received it
        #[arg(long, value_name = "NAME")]
        by: String,
        /// The day on the receipt [default: today]
        #[arg(long, value_name = "DAY")]
        day: Option<NaiveDate>,
        /// The receiver's number
        #[arg(long, value_name = "TEXT")]
        reference: Option<String>,
        /// It was not received: the bags can be delivered again
        #[arg(long)]
        refused: bool,
        /// Why, or what else is to be remembered
        #[arg(long, value_name = "TEXT")]
        note: Option<String>,
    },
    /// Make a delivery once more: the same bytes
    Again {
        /// The delivery's id
        #[arg(value_name = "ID")]
        id: ExportId,
        /// The ZIP to write; it must not exist
        #[arg(short, long, value_name = "OUT.zip")]
        out: PathBuf,
    },
    /// Show deliveries and their receipts
    List {
        /// Only of this committee
        #[arg(long, value_name = "NAME")]
        committee: Option<String>,
    },
    /// Show one with its bags
    Show {
        #[arg(value_name = "ID")]
        id: ExportId,
    },
}

impl Delivery {
    pub(super) fn name(&self) -> &'static str {
        match &self.then {
            None => "delivery",
            Some(Then::Receipt { .. }) => "delivery receipt",
            Some(Then::Again { .. }) => "delivery again",
            Some(Then::List { .. }) => "delivery list",
            Some(Then::Show { .. }) => "delivery show",
        }
    }

    pub(super) fn writes(&self) -> bool {
        matches!(
            self.then,
            None | Some(Then::Receipt { .. } | Then::Again { .. })
        )
    }

    pub(super) fn roles(&self) -> &'static [Role] {
        match self.writes() {
            true => &[Role::Archivist],
            false => &[Role::Archivist, Role::Registrar, Role::Auditor],
        }
    }

    /// What it writes, for who runs it in the daemon.
    pub(super) fn out(&self) -> Option<&Path> {
        match &self.then {
            Some(Then::Again { out, .. }) => Some(out),
            _ => self.make.as_ref().map(|make| make.out.as_path()),
        }
    }
}

pub(super) fn run(args: &Delivery, context: &Context, output: &Output) -> Result<Exit, Error> {
    match (&args.then, &args.make) {
        (None, Some(make)) => write(make, context, output),
        (None, None) => Err(Error::Argument {
            what: "delivery",
            value: String::new(),
            problem: "nothing is asked for",
            hint: "arkivd delivery --help",
        }),
        (
            Some(Then::Receipt {
                id,
                by,
                day,
                reference,
                refused,
                note,
            }),
            _,
        ) => {
            let request = ReceiptRequest {
                export: *id,
                refused: *refused,
                by: by.clone(),
                day: *day,
                reference: reference.clone(),
                note: note.clone(),
            };
            receipt(&request, context, output)
        }
        (Some(Then::Again { id, out }), _) => again(*id, out, context, output),
        (Some(Then::List { committee }), _) => list(committee.as_deref(), context, output),
        (Some(Then::Show { id }), _) => show(*id, context, output),
    }
}

fn write(make: &Make, context: &Context, output: &Output) -> Result<Exit, Error> {
    context.rights.demand_committee(&make.committee)?;
    demand_zip(&make.out)?;
    let archive = context.write()?;
    let reading = context.read()?;
    super::committee::demand_known(&reading.catalog(), &make.committee)?;
    let request = DeliveryRequest {
        committee: make.committee.clone(),
        from: make.from,
        to: make.to,
        receiver: make.receiver.clone(),
        agreement: make.agreement.clone(),
        erms: match make.erms {
            Edition::V3 => ErmsVersion::V3_0,
            Edition::V2 => ErmsVersion::V2_1,
        },
    };
    let given = context.given_file()?;
    let made = deliver(
        &reading,
        &archive,
        &request,
        &make.out,
        given,
        &context.around,
    )?;
    let id = made.as_ref().ok().map(|done| done.export);
    let exit = tell(made, output)?;
    if let Some(id) = id {
        output.hint(&format!(
            "when the arkivmyndighet has answered: arkivd delivery receipt {id} --by NAME --day DAY --reference NUMBER"
        ));
    }
    Ok(exit)
}

fn again(id: ExportId, out: &Path, context: &Context, output: &Output) -> Result<Exit, Error> {
    demand_zip(out)?;
    let archive = context.write()?;
    let reading = context.read()?;
    let found = reading.catalog().export(id)?;
    context
        .rights
        .demand_committee(&delivery(found, id)?.committee)?;
    let given = context.given_file()?;
    let made = delivery_again(&reading, &archive, id, out, given, &context.around)?;
    tell(made, output)
}

fn tell(made: Result<Delivered, Vec<BagFaults>>, output: &Output) -> Result<Exit, Error> {
    let done = match made {
        Ok(done) => done,
        Err(damaged) => {
            let details: Vec<String> = damaged
                .iter()
                .flat_map(|b| b.faults.iter().map(move |f| format!("bag {}: {f}", b.bag)))
                .collect();
            output.error(
                &match damaged.len() {
                    1 => "1 bag is damaged, and nothing was delivered".to_owned(),
                    n => format!("{n} bags are damaged, and nothing was delivered"),
                },
                &details,
                Some("put them back from a backup; arkivd verify tells when all is whole"),
            );
            return Ok(Exit::IntegrityFault);
        }
    };
    let mut data = counts_json(&done.counts);
    if let Some(data) = data.as_object_mut() {
        data.insert("export".to_owned(), json!(done.export));
        data.insert("committee".to_owned(), json!(done.committee));
        data.insert("from".to_owned(), json!(done.from));
        data.insert("to".to_owned(), json!(done.to));
        data.insert("path".to_owned(), json!(done.written.path));
        data.insert("files".to_owned(), json!(done.written.files));
        data.insert("bytes".to_owned(), json!(done.written.bytes));
        data.insert("sha256".to_owned(), json!(done.sha256));
    }
    let mut warnings = Vec::new();
    if done.counts.received_already > 0 {
        warnings.push(format!(
            "not in it, since it was received in an earlier delivery: {} of the period",
            counted(done.counts.received_already, "bag")
        ));
    }
    output.report(&data, &warnings, |out| {
        let c = &done.counts;
        writeln!(out, "delivery {}", done.export)?;
        let path = done.written.path.display();
        writeln!(
            out,
            "{path}: {}, {}",
            counted(done.written.files, "file"),
            size(done.written.bytes)
        )?;
        writeln!(out, "SHA-256  {}", done.sha256)?;
        writeln!(
            out,
            "bags     {} ({} with what was not public, {}, {})",
            c.bags,
            c.restricted_bags,
            counted(c.page_captures, "page capture"),
            counted(c.documents, "protocol")
        )?;
        writeln!(
            out,
            "records  {} ({} not public); {} destroyed are told by their stubs",
            c.records, c.restricted_records, c.destroyed
        )
    })?;
    Ok(Exit::Done)
}

fn receipt(request: &ReceiptRequest, context: &Context, output: &Output) -> Result<Exit, Error> {
    let archive = context.write()?;
    let found = archive.catalog().export(request.export)?;
    let row = delivery(found, request.export)?;
    context.rights.demand_committee(&row.committee)?;
    let row = note_receipt(&archive, request, &context.around)?;
    output.report(&row_json(&row), &[], |out| {
        writeln!(out, "delivery {}: {}", row.id, state(&row))
    })?;
    match request.refused {
        true => output.hint("what was refused can be delivered again: arkivd delivery"),
        false => output.hint(
            "the arkivmyndighet decides on these records now; arkivd's own copy goes only by a decision of its own: arkivd gallring propose --record",
        ),
    }
    Ok(Exit::Done)
}

fn list(committee: Option<&str>, context: &Context, output: &Output) -> Result<Exit, Error> {
    let archive = context.read()?;
    let mut rows = all(&archive.catalog())?;
    rows.retain(|row| {
        committee.is_none_or(|name| name == row.committee) && context.rights.serves(&row.committee)
    });
    let data: Vec<Value> = rows.iter().map(row_json).collect();
    output.report(&data, &[], |out| {
        if rows.is_empty() {
            return writeln!(out, "nothing was delivered");
        }
        for row in &rows {
            let asked = asked(row);
            let day = |key: &str| asked[key].as_str().unwrap_or_default().to_owned();
            let made = local_time(row.made);
            writeln!(out, "{}  {made}  {} – {}", row.id, day("from"), day("to"))?;
            let records = counted(row.records, "record");
            writeln!(out, "    {}: {records}", one_line(&row.committee))?;
            writeln!(out, "    {}", state(row))?;
        }
        Ok(())
    })?;
    Ok(Exit::Done)
}

fn show(id: ExportId, context: &Context, output: &Output) -> Result<Exit, Error> {
    let archive = context.read()?;
    let (found, bags) = {
        let catalog = archive.catalog();
        (catalog.export(id)?, catalog.delivered_bags(id)?)
    };
    let row = delivery(found, id)?;
    context.rights.demand_committee(&row.committee)?;
    let mut data = row_json(&row);
    data["delivered"] = json!(bags);
    output.report(&data, &[], |out| {
        let asked = asked(&row);
        let told = |key: &str| asked[key].as_str().unwrap_or_default().to_owned();
        let lines = [
            ("delivery", row.id.to_string()),
            ("committee", row.committee.clone()),
            ("period", format!("{} – {}", told("from"), told("to"))),
            ("receiver", told("receiver")),
            ("agreement", told("agreement")),
            ("made", format!("{} ({})", local_time(row.made), row.actor)),
            ("file", row.name.clone()),
            ("size", size(row.bytes)),
            ("SHA-256", row.sha256.to_string()),
            ("records", row.records.to_string()),
            ("state", state(&row)),
        ];
        for (name, text) in lines.iter().filter(|(_, text)| !text.is_empty()) {
            writeln!(out, "{name:<10} {}", one_line(text))?;
        }
        if let Some(note) = row.receipt.as_ref().and_then(|r| r.note.as_deref()) {
            writeln!(out, "{:<10} {}", "note", one_line(note))?;
        }
        for bag in &bags {
            writeln!(out, "{:<10} {bag}", "bag")?;
        }
        Ok(())
    })?;
    Ok(Exit::Done)
}
