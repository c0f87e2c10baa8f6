//! `arkivd account import`, `export` and `publish`: the register in and out of files.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde_json::json;

use super::super::output::{Exit, Output, size, value};
use super::super::{Context, Error};
use crate::export::Unfinished;
use crate::record::Account;
use crate::workflow::{self, ImportRules, RegisterFault};

/// Bytes of a CSV file: far more than any municipality's register.
const MOST: u64 = 16 << 20;

#[derive(Debug, Args)]
pub(in crate::commands) struct Import {
    /// CSV with a line of column names: semicolons, commas or tabs; as `export` writes it
    #[arg(value_name = "FILE")]
    pub(super) file: PathBuf,
    /// Change accounts that are registered already, by the columns that the file has
    #[arg(long)]
    update: bool,
    /// Only tell what would be done
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ExportFormat {
    /// Semicolons, UTF-8 with BOM: opens in a spreadsheet
    Csv,
}

#[derive(Debug, Args)]
pub(in crate::commands) struct Export {
    /// How it is written
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "csv")]
    format: ExportFormat,
    /// The file to write; it must not exist [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    pub(super) out: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum PublishFormat {
    /// A page for the website
    Html,
    /// Semicolons, UTF-8 with BOM: opens in a spreadsheet
    Csv,
    Json,
}

#[derive(Debug, Args)]
pub(in crate::commands) struct Publish {
    /// How it is written
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "html")]
    format: PublishFormat,
    /// The file to write; it must not exist [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    pub(super) out: Option<PathBuf>,
}

pub(super) fn import(args: &Import, context: &Context, output: &Output) -> Result<Exit, Error> {
    let policy = context.policy()?;
    let io = |error: std::io::Error| {
        Error::Workflow(workflow::Error::from(RegisterFault::Unreadable {
            file: args.file.display().to_string(),
            problem: error.to_string(),
        }))
    };
    let mut bytes = Vec::new();
    let file = context.file_to_read(&args.file).map_err(io)?;
    file.take(MOST + 1).read_to_end(&mut bytes).map_err(io)?;
    let name = args.file.display().to_string();
    if bytes.len() as u64 > MOST {
        return Err(Error::Argument {
            what: "file",
            value: name,
            problem: "it is larger than 16 MB",
            hint: "no register of accounts is; is it the right file?",
        });
    }
    let refuses = |account: &Account| {
        if !context.rights.serves(&account.committee) {
            return Some(format!("your roles do not hold for {}", account.committee));
        }
        let name = account.credential.as_ref()?;
        let held = context
            .config
            .check_credential(account.id.as_str(), name, &account.address);
        held.err().map(|error| error.to_string())
    };
    let rules = ImportRules {
        policy: &policy,
        update: args.update,
        dry_run: args.dry_run,
        refuses: &refuses,
    };
    let archive = context.write()?;
    let done = workflow::import_accounts(&archive, &name, &bytes, &rules, &context.around)?;
    let data = json!({ "file": name, "dry_run": args.dry_run, "added": done.added, "changed": done.changed,
        "unchanged": done.unchanged });
    output.report(&data, &done.warnings, |out| {
        let would = if args.dry_run {
            " (dry run: nothing is written)"
        } else {
            ""
        };
        writeln!(
            out,
            "{} registered, {} changed, {} as they were{would}",
            done.added.len(),
            done.changed.len(),
            done.unchanged.len()
        )
    })?;
    if !args.dry_run && !done.added.is_empty() {
        output.hint("what the policy demands of them besides: arkivd account list --lacking");
    }
    Ok(Exit::Done)
}

pub(super) fn export(args: &Export, context: &Context, output: &Output) -> Result<Exit, Error> {
    let ExportFormat::Csv = args.format;
    let text = workflow::export_csv(&context.read()?)?;
    give(&text, "csv", args.out.as_deref(), context, output)
}

pub(super) fn publish(args: &Publish, context: &Context, output: &Output) -> Result<Exit, Error> {
    let policy = context.policy()?;
    let list = workflow::published_list(&context.read()?, &policy, &context.around)?;
    let text = match args.format {
        PublishFormat::Html => workflow::as_html(&list),
        PublishFormat::Csv => workflow::as_csv(&list),
        PublishFormat::Json if args.out.is_none() && output.is_json() => {
            output.report(&list, &[], |_| Ok(()))?;
            return Ok(Exit::Done);
        }
        PublishFormat::Json => format!("{:#}\n", value(&list)),
    };
    let format = match args.format {
        PublishFormat::Html => "html",
        PublishFormat::Csv => "csv",
        PublishFormat::Json => "json",
    };
    give(&text, format, args.out.as_deref(), context, output)
}

/// To the file, whole or not at all, or to standard output.
fn give(
    text: &str,
    format: &'static str,
    out: Option<&Path>,
    context: &Context,
    output: &Output,
) -> Result<Exit, Error> {
    let Some(out) = out else {
        if output.is_json() {
            return Err(Error::Argument {
                what: "--format",
                value: format.to_owned(),
                problem: "with --json, standard output is JSON",
                hint: "leave --json out, or name a file with -o FILE",
            });
        }
        let mut stream = output.stream();
        stream.write_all(text.as_bytes())?;
        stream.flush()?;
        return Ok(Exit::Done);
    };
    match context.given_file()? {
        Some(mut file) => file.write_all(text.as_bytes())?,
        None => {
            let place = Unfinished::begin(out).map_err(workflow::Error::from)?;
            let mut file = place.create_public().map_err(workflow::Error::from)?;
            file.write_all(text.as_bytes())?;
            place.finish().map_err(workflow::Error::from)?;
        }
    }
    let data = json!({ "path": out.display().to_string(), "bytes": text.len() });
    output.report(&data, &[], |to| {
        writeln!(to, "{}: {}", out.display(), size(text.len() as u64))
    })?;
    Ok(Exit::Done)
}
