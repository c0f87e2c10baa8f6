//! `arkivd export diarium` and `export again`: the registrar's bundle.

use std::path::{Path, PathBuf};

use clap::{ArgGroup, Args, ValueEnum};
use serde_json::json;

use super::super::output::{Exit, Output, counted, size};
use super::super::{Context, Error};
use super::demand_zip;
use crate::record::{ExportId, RecordId};
use crate::workflow::{
    self, Chosen, DiariumCase, DiariumReport, ExportFault, Layout, With, export_again,
    export_diarium, plan_diarium,
};

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("to").required(true), group = ArgGroup::new("what").required(true))]
pub(in crate::commands) struct Diarium {
    /// The records' ids
    #[arg(value_name = "RECORD", group = "what")]
    records: Vec<RecordId>,
    /// The records of a removal case, by its number, beteckning or diarienummer
    #[arg(long, value_name = "NAME", group = "what")]
    removal: Option<String>,
    /// The records that a saved search finds
    #[arg(long, value_name = "NAME", group = "what")]
    search: Option<String>,
    /// The case that they belong to
    #[arg(long, value_name = "DIARIENUMMER", group = "to")]
    case: Option<String>,
    /// They begin a case, which is about this
    #[arg(long, value_name = "ÄRENDEMENING", group = "to")]
    new_case: Option<String>,
    /// Each record with all it belongs to, from the post on, as one document
    #[arg(long)]
    thread: bool,
    /// A bag for the registrar, or an E-ARK SIP (FGS Paketstruktur 2.0)
    #[arg(long, value_enum, default_value = "bagit")]
    layout: LayoutArgument,
    /// More beside the documents: the captured page that shows each, which goes along anyway; what the records say as JSON
    #[arg(long, value_enum, value_delimiter = ',')]
    with: Vec<WithArgument>,
    /// Without the captured pages, which may show others' records too
    #[arg(long)]
    no_page: bool,
    /// The ZIP to write; it must not exist
    #[arg(short, long, value_name = "OUT.zip")]
    out: PathBuf,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum LayoutArgument {
    Bagit,
    EarkSip,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum WithArgument {
    Page,
    Raw,
}

impl Diarium {
    pub(super) fn out(&self) -> &Path {
        &self.out
    }

    fn case(&self) -> DiariumCase {
        match (&self.case, &self.new_case) {
            (Some(number), _) => DiariumCase::Number(number.clone()),
            (None, title) => DiariumCase::New(title.clone().unwrap_or_default()),
        }
    }

    fn chosen(&self) -> Chosen {
        match (&self.removal, &self.search) {
            (Some(name), _) => Chosen::Removal(name.clone()),
            (None, Some(name)) => Chosen::Search(name.clone()),
            (None, None) => Chosen::Records(self.records.clone()),
        }
    }

    fn with(&self) -> Result<Vec<With>, Error> {
        if self.no_page && self.with.contains(&WithArgument::Page) {
            return Err(Error::Argument {
                what: "option",
                value: "--with page".to_owned(),
                problem: "--no-page leaves the page out",
                hint: "give one of them",
            });
        }
        let raw = self.with.contains(&WithArgument::Raw);
        let all = [(!self.no_page, With::Page), (raw, With::Raw)];
        Ok(all
            .into_iter()
            .filter(|(a, _)| *a)
            .map(|(_, w)| w)
            .collect())
    }
}

pub(super) fn diarium(args: &Diarium, context: &Context, output: &Output) -> Result<Exit, Error> {
    demand_zip(&args.out)?;
    if let Some(number) = &args.case {
        context.config.diarium.demand(number)?;
    }
    let policy = context.policy()?;
    let archive = context.write()?;
    let may = context.rights.restricted();
    let mut plan = plan_diarium(
        &archive,
        &policy,
        args.case(),
        &args.chosen(),
        args.thread,
        &args.with()?,
        &may,
        &context.around,
    )?;
    plan.layout = match args.layout {
        LayoutArgument::Bagit => Layout::Bagit,
        LayoutArgument::EarkSip => Layout::EarkSip,
    };
    context.rights.demand_committee(&plan.committee)?;
    let given = context.given_file()?;
    let done = export_diarium(&archive, &plan, &args.out, given, &context.around)?;
    tell(&done, output)?;
    output.hint(&match &args.case {
        Some(number) => format!(
            "when they are registered: arkivd record mark RECORD registered={:?} --document NUMBER; what is in it: arkivd export show {}",
            number.trim(),
            done.export
        ),
        None => format!(
            "when the case has its number: arkivd record mark RECORD registered=DIARIENUMMER --document NUMBER; what is in it: arkivd export show {}",
            done.export
        ),
    });
    Ok(Exit::Done)
}

pub(super) fn again(
    id: ExportId,
    out: &Path,
    context: &Context,
    output: &Output,
) -> Result<Exit, Error> {
    demand_zip(out)?;
    let archive = context.write()?;
    let row = archive.catalog().export(id)?;
    let row = row.ok_or_else(|| workflow::Error::from(ExportFault::NoExport(id)))?;
    context.rights.demand_committee(&row.committee)?;
    let done = export_again(&archive, id, out, context.given_file()?, &context.around)?;
    tell(&done, output)?;
    Ok(Exit::Done)
}

fn tell(done: &DiariumReport, output: &Output) -> Result<(), Error> {
    let data = json!({ "export": done.export, "path": done.exported.path, "committee": done.committee,
        "handlingar": done.handlingar, "records": done.records, "files": done.exported.files,
        "bytes": done.exported.bytes, "sha256": done.sha256, "made": done.made });
    output.report(&data, &[], |to| {
        writeln!(
            to,
            "{}: {} of {}, {}, {}\nexport {}, SHA-256 {}",
            done.exported.path.display(),
            match done.handlingar {
                1 => "1 handling".to_owned(),
                n => format!("{n} handlingar"),
            },
            counted(done.records as u64, "record"),
            counted(done.exported.files, "file"),
            size(done.exported.bytes),
            done.export,
            done.sha256
        )
    })?;
    Ok(())
}
