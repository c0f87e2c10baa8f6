//! `arkivd describe`: drafts of a committee's arkivbeskrivning and arkivförteckning.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use super::committee::demand_known;
use super::output::{Exit, Output, Table, size};
use super::{Context, Error};
use crate::export::{self, Package, Unfinished};
use crate::record::Role;
use crate::workflow::{self, Description, describe};

#[derive(Debug, Args)]
pub(super) struct Describe {
    /// The arkivbildare
    #[arg(long, value_name = "NAME")]
    committee: String,
    /// A folder, a ZIP or one PDF to write; it must not exist [default: none, only show]
    #[arg(short, long, value_name = "OUT")]
    out: Option<PathBuf>,
}

/// The folder in the ZIP.
const FOLDER: &str = "arkivbeskrivning";

impl Describe {
    /// What it writes, for who runs it in the daemon, and whether that may be a folder.
    pub(super) fn out(&self) -> Option<(&Path, bool)> {
        self.out.as_deref().map(|out| (out, !is_pdf(out)))
    }
}

fn is_pdf(out: &Path) -> bool {
    out.extension()
        .is_some_and(|e| e.eq_ignore_ascii_case("pdf"))
}

pub(super) fn run(args: &Describe, context: &Context, output: &Output) -> Result<Exit, Error> {
    context.rights.demand_committee(&args.committee)?;
    let archive = context.read()?;
    demand_known(&archive.catalog(), &args.committee)?;
    let archivists = context
        .config
        .persons
        .iter()
        .filter(|person| person.has(&[Role::Archivist]) && person.serves(&args.committee));
    let contacts = archivists.map(|person| person.name.clone()).collect();
    let told = describe(&archive, &args.committee, contacts, &context.around)?;
    if let Some(out) = &args.out {
        write(&told, out, context)?;
    }
    let data = json!({ "committee": args.committee, "path": args.out, "series": told.lines });
    output.report(&data, &[], |to| {
        let mut table = Table::new(&["signum", "serie", "från", "till", "paket", "omfång"]);
        for line in &told.lines {
            table.row([
                line.signum.clone(),
                line.title.clone(),
                line.from.to_string(),
                line.to.to_string(),
                line.volumes.to_string(),
                size(line.bytes),
            ]);
        }
        table.write(to)?;
        match &args.out {
            Some(out) => writeln!(to, "{}", out.display()),
            None => Ok(()),
        }
    })?;
    output.hint(match args.out {
        Some(_) => "it is a draft: what only you know is marked ATT FYLLA I",
        None => "--out FOLDER writes the arkivbeskrivning and the arkivförteckning as PDF/A, CSV and JSON",
    });
    Ok(Exit::Done)
}

fn write(told: &Description, out: &Path, context: &Context) -> Result<(), Error> {
    if let Some(mut file) = context.given_file()? {
        return fill(told, &mut file, out, context);
    }
    let unfinished = Unfinished::begin(out).map_err(workflow::Error::from)?;
    let mut file = unfinished.create().map_err(workflow::Error::from)?;
    fill(told, &mut file, out, context)?;
    if !is_pdf(out) && !unfinished.is_zip() {
        let zip = unfinished.open().map_err(workflow::Error::from)?;
        unfinished.unpack(zip).map_err(workflow::Error::from)?;
    }
    Ok(unfinished.finish().map_err(workflow::Error::from)?)
}

/// The PDF, or else a ZIP, which becomes a folder where one was asked for.
fn fill(told: &Description, file: &mut File, out: &Path, context: &Context) -> Result<(), Error> {
    if is_pdf(out) {
        file.write_all(&told.whole_pdf()?)?;
        return Ok(());
    }
    let lines = serde_json::to_vec_pretty(&told.lines).map_err(|source| workflow::Error::Json {
        what: "arkivförteckning.json".to_owned(),
        source,
    })?;
    let files = [
        ("arkivbeskrivning.pdf", told.description_pdf()?),
        ("arkivförteckning.pdf", told.list_pdf()?),
        ("arkivförteckning.csv", told.csv().into_bytes()),
        ("arkivförteckning.json", lines),
    ];
    let written = || -> Result<(), export::Error> {
        let at = (context.around.now)();
        let mut package = Package::begin(
            file.try_clone().map_err(|source| export::Error::Io {
                path: out.to_owned(),
                source,
            })?,
            at,
            out,
        );
        for (name, bytes) in &files {
            package.add_bytes(&format!("{FOLDER}/{name}"), bytes)?;
        }
        package.finish().map(drop)
    };
    Ok(written().map_err(workflow::Error::from)?)
}
