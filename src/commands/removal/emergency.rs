//! `arkivd removal emergency`, `emergency-erase`, `emergency-lift`: suspected child abuse material (BrB 16 kap. 10 a §).

use chrono::NaiveDate;
use clap::Args;
use serde_json::json;

use super::super::output::{Exit, Output, counted};
use super::super::{Context, Error};
use super::{demanded, show};
use crate::record::AccountId;
use crate::workflow::{
    Instruction, OpenEmergency, Told, When, erase_emergency, lift_emergency, open_emergency,
};

#[derive(Debug, Args)]
pub(in super::super) struct Emergency {
    /// Addresses, or ids of records; none is opened
    #[arg(value_name = "URL|RECORD", required = true)]
    told: Vec<Told>,
    /// The account of addresses that do not tell it themselves
    #[arg(long, value_name = "ID")]
    account: Option<AccountId>,
    /// Since when it may have been seen, where no record tells: page captures from then on are locked
    #[arg(long, value_name = "TIME")]
    published: Option<When>,
    /// What who takes over should know; nothing of what it shows
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
}

#[derive(Debug, Args)]
pub(in super::super) struct Erase {
    /// The case
    #[arg(value_name = "N")]
    case: String,
    /// The police's own reference of their instruction
    #[arg(long, value_name = "REFERENCE")]
    instruction: String,
    /// Who gave it: name and police authority
    #[arg(long, value_name = "NAME")]
    by: String,
    /// The day it was given
    #[arg(long, value_name = "DAY")]
    date: NaiveDate,
}

#[derive(Debug, Args)]
pub(in super::super) struct Lift {
    /// The case
    #[arg(value_name = "N")]
    case: String,
    /// Why: who of the police found it lawful, and when
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

pub(super) fn open(args: &Emergency, context: &Context, output: &Output) -> Result<Exit, Error> {
    // Before anything is waited for.
    output.warn(
        "SUSPECTED CHILD ABUSE MATERIAL (misstänkt barnpornografi): save nothing, forward nothing, take no picture of it",
    );
    output.hint("1. hide it on the platform NOW (dölj, avpublicera); do not delete it before the police say so");
    output.hint("2. call the police: 112 if it is going on now, else 114 14; do as they say");
    let policy = context.policy()?;
    let archive = context.write()?;
    let request = OpenEmergency {
        told: &args.told,
        account: args.account.as_ref(),
        published: args.published.map(|w| w.at),
        note: args.note.as_deref(),
    };
    let may = |committee: &str| context.rights.serves(committee);
    let case = context.with_network(async |_| {
        open_emergency(&archive, &policy, &request, &context.around, &may).await
    })??;
    let mut remarks = Vec::new();
    if case.objects.iter().any(|o| o.object.record.is_none()) {
        remarks.push(
            "no record has one of the addresses: if the archive may hold it all the same, name the record (arkivd record list) or when it was published (--published)".to_owned(),
        );
    }
    show::tell(&case, &remarks, context, output)?;
    Ok(Exit::Done)
}

pub(super) fn erase(args: &Erase, context: &Context, output: &Output) -> Result<Exit, Error> {
    let policy = context.policy()?;
    let archive = context.write()?;
    let case = demanded(&archive, &policy, &args.case, context)?;
    let instruction = Instruction {
        reference: &args.instruction,
        by: &args.by,
        date: args.date,
    };
    let bar = output.bar(&case.removal.designation);
    let number = case.removal.number.to_string();
    let erased = context.with_network(async |_| {
        let around = &context.around;
        erase_emergency(
            &archive,
            &policy,
            &number,
            &instruction,
            around,
            &|account| {
                bar.show(account.as_str(), None);
            },
        )
        .await
    });
    bar.end();
    let (case, report) = erased??;
    let (bag, file) = match &report.protocol {
        Some((bag, file)) => (Some(*bag), Some(file.clone())),
        None => (None, None),
    };
    let n = case.removal.number;
    let data = json!({ "case": n, "designation": case.removal.designation, "gallring": report.gallring,
        "records": report.records, "pages": report.pages, "bags_succeeded": report.succeeded,
        "bags_disposed": report.disposed, "pending": report.protocol.is_none(),
        "protocol": { "bag": bag, "file": file } });
    output.report(&data, &[], |out| {
        writeln!(
            out,
            "case {}: {} and {} erased; {} sealed as successors, {} gone whole",
            case.removal.designation,
            counted(report.records, "record"),
            counted(report.pages, "page capture"),
            counted(report.succeeded, "bag"),
            counted(report.disposed, "bag")
        )?;
        match &file {
            Some(file) => writeln!(out, "protocol: {}", file.display()),
            None => writeln!(
                out,
                "pending: the catalog is being read, and its log of changes still holds what went"
            ),
        }
    })?;
    if report.protocol.is_none() {
        output.hint("give the same command again when nothing reads the archive");
        return Ok(Exit::Partial);
    }
    output.hint("sign the protocol (raderingsprotokoll), and see to the backups that it lists");
    if let Some(next) = case.next_step() {
        output.hint(&next);
    }
    Ok(Exit::Done)
}

pub(super) fn lift(args: &Lift, context: &Context, output: &Output) -> Result<Exit, Error> {
    let policy = context.policy()?;
    let archive = context.write()?;
    demanded(&archive, &policy, &args.case, context)?;
    let case = lift_emergency(&archive, &policy, &args.case, &args.reason, &context.around)?;
    show::tell(&case, &[], context, output)?;
    Ok(Exit::Done)
}
