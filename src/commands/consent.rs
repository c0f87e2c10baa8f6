//! `arkivd consent`: who agreed to be shown, and what is to be taken down when they agree no longer (VAR-7, FAL-10).

mod add;
mod show;

use std::fs::File;
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use clap::Subcommand;
use serde_json::{Value, json};

use super::context::to_send;
use super::output::{Exit, Output, Table, value};
use super::{Context, Error};
use crate::catalog::{Because, Consent as Kept, TakeDown};
use crate::record::RecordId;
use crate::workflow::{Archive, withdraw_consent};
use add::{Add, keep};
use show::{list, show};

#[derive(Debug, Subcommand)]
pub(super) enum Consent {
    /// Keep a consent
    Add(Add),
    /// It is withdrawn: finds what is to be taken down in every channel; asked again it finds what has come since
    Withdraw {
        /// The consent's number
        #[arg(value_name = "N")]
        number: i64,
        /// The day it was withdrawn [default: today]
        #[arg(long, value_name = "DATE")]
        date: Option<NaiveDate>,
    },
    /// A person has taken posts down
    TakenDown {
        #[arg(value_name = "N")]
        number: i64,
        #[arg(required = true, value_name = "REC")]
        records: Vec<RecordId>,
    },
    /// The register, the newest first
    List {
        /// What is still to be taken down, without names
        #[arg(long, conflicts_with = "record")]
        to_take_down: bool,
        /// Only those that name this record
        #[arg(long, value_name = "REC")]
        record: Option<RecordId>,
    },
    /// One consent
    Show {
        #[arg(value_name = "N")]
        number: i64,
        /// Write its signed form to this file, which must not exist
        #[arg(short, long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Take a consent out of the register, for ever
    Forget {
        #[arg(value_name = "N")]
        number: i64,
    },
}

impl Consent {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Add(_) => "consent add",
            Self::Withdraw { .. } => "consent withdraw",
            Self::TakenDown { .. } => "consent taken-down",
            Self::List { .. } => "consent list",
            Self::Show { .. } => "consent show",
            Self::Forget { .. } => "consent forget",
        }
    }

    pub(super) fn writes(&self) -> bool {
        !matches!(self, Self::List { .. } | Self::Show { .. })
    }

    /// True where names are shown, or a consent goes.
    pub(super) fn names(&self) -> bool {
        matches!(
            self,
            Self::Show { .. }
                | Self::List {
                    to_take_down: false,
                    ..
                }
        )
    }

    pub(super) fn forgets(&self) -> bool {
        matches!(self, Self::Forget { .. })
    }

    /// The file it reads, for who runs it in the daemon.
    pub(super) fn to_send(&self) -> Vec<(String, File)> {
        match self {
            Self::Add(add) => to_send(add.file.clone()),
            _ => Vec::new(),
        }
    }

    /// The file it writes.
    pub(super) fn out(&self) -> Option<&Path> {
        match self {
            Self::Show { out, .. } => out.as_deref(),
            _ => None,
        }
    }
}

pub(super) fn run(command: &Consent, context: &Context, output: &Output) -> Result<Exit, Error> {
    match command {
        Consent::Add(add) => keep(add, context, output),
        Consent::Withdraw { number, date } => withdraw(*number, *date, context, output),
        Consent::TakenDown { number, records } => taken_down(*number, records, context, output),
        Consent::List {
            to_take_down: true, ..
        } => work_list(context, output),
        Consent::List { record, .. } => list(*record, context, output),
        Consent::Show { number, out } => show(*number, out.as_deref(), context, output),
        Consent::Forget { number } => forget(*number, context, output),
    }
}

/// The consent, when the caller's roles hold for its committee.
fn held(archive: &Archive, number: i64, context: &Context) -> Result<Kept, Error> {
    let consent = archive.catalog().consent(number)?;
    context.rights.demand_committee(&consent.committee)?;
    Ok(consent)
}

fn withdraw(
    number: i64,
    date: Option<NaiveDate>,
    context: &Context,
    output: &Output,
) -> Result<Exit, Error> {
    let archive = context.write()?;
    held(&archive, number, context)?;
    let done = withdraw_consent(&archive, number, date, &context.around)?;
    let open = archive.catalog().to_take_down(Some(number))?;
    let data = json!({ "consent": number, "withdrawn": done.withdrawn, "found": done.found.len(),
        "to_take_down": lines(&open, context) });
    output.report(&data, &[], |out| {
        writeln!(
            out,
            "consent {number} is withdrawn since {}",
            done.withdrawn
        )?;
        match open.len() {
            0 => writeln!(out, "nothing that is known of is to be taken down"),
            n => {
                writeln!(
                    out,
                    "{n} to take down; what the archive holds follows the plan"
                )?;
                table(&open, context).write(out)
            }
        }
    })?;
    if !open.is_empty() {
        output.hint(&format!(
            "when it is down: arkivd consent taken-down {number} REC..; also pictures that look like it, and shares by others, are for a person to look for"
        ));
    }
    Ok(Exit::Done)
}

fn taken_down(
    number: i64,
    records: &[RecordId],
    context: &Context,
    output: &Output,
) -> Result<Exit, Error> {
    let archive = context.write()?;
    held(&archive, number, context)?;
    let at = (context.around.now)();
    archive
        .catalog()
        .taken_down(number, records, &context.around.actor, at)?;
    let left = archive.catalog().to_take_down(Some(number))?.len();
    let data = json!({ "consent": number, "records": records, "left": left });
    output.report(&data, &[], |out| {
        writeln!(out, "{} noted as taken down; {left} left", records.len())
    })?;
    Ok(Exit::Done)
}

fn work_list(context: &Context, output: &Output) -> Result<Exit, Error> {
    let archive = context.read()?;
    let open = archive.catalog().to_take_down(None)?;
    let data = json!({ "to_take_down": lines(&open, context) });
    output.report(&data, &[], |out| table(&open, context).write(out))?;
    Ok(Exit::Done)
}

/// What the caller's roles hold for.
fn served<'t>(all: &'t [TakeDown], context: &Context) -> impl Iterator<Item = &'t TakeDown> {
    all.iter().filter(|t| context.rights.serves(&t.committee))
}

fn lines(all: &[TakeDown], context: &Context) -> Vec<Value> {
    served(all, context).map(value).collect()
}

fn table(all: &[TakeDown], context: &Context) -> Table {
    let mut table = Table::new(&["consent", "account", "kind", "why", "record", "address"]);
    for t in served(all, context) {
        table.row([
            t.consent.to_string(),
            t.account.to_string(),
            t.kind.to_string(),
            why(t.why).to_owned(),
            t.record.to_string(),
            t.permalink.clone().unwrap_or_default(),
        ]);
    }
    table
}

fn why(because: Because) -> &'static str {
    match because {
        Because::Named => "named",
        Because::SameWords => "same words",
        Because::SameMedia => "same media",
        Because::NameInText => "name in text",
    }
}

fn forget(number: i64, context: &Context, output: &Output) -> Result<Exit, Error> {
    let archive = context.write()?;
    let consent = held(&archive, number, context)?;
    if consent.to_take_down > 0 {
        return Err(Error::Argument {
            what: "consent",
            value: number.to_string(),
            problem: "it is withdrawn, and something is still to be taken down for it",
            hint: "arkivd consent list --to-take-down; when it is down: arkivd consent taken-down N REC..",
        });
    }
    let at = (context.around.now)();
    let erased = archive
        .catalog()
        .forget_consent(number, &context.around.actor, at)?;
    let warnings: Vec<String> = match erased {
        true => Vec::new(),
        false => vec![
            "someone reads the catalog at this moment: what was forgotten stands in catalog.sqlite-wal until the next command that writes".to_owned(),
        ],
    };
    output.report(
        &json!({ "consent": number, "erased": erased }),
        &warnings,
        |out| {
            writeln!(
                out,
                "consent {number} is forgotten; backups hold it until they are replaced"
            )
        },
    )?;
    Ok(Exit::Done)
}
