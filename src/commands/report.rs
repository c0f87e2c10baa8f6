//! `arkivd report`: what editors owe, as a table, JSON, CSV or PDF/A.

mod csv;
mod json;
mod table;

use std::io::Write as _;
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use clap::{Args, ValueEnum};
use serde_json::json;

use super::committee;
use super::output::{Exit, Output, counted, size};
use super::{Context, Error};
use crate::export::Unfinished;
use crate::record::AccountId;
use crate::workflow::{
    self, Paper, ReportName, ReportRequest, Sheet, typeset_report, write_report,
};
use csv::Csv;
use json::Json;
use table::Rows;

#[derive(Debug, Args)]
pub(super) struct Report {
    /// Which report
    #[arg(value_enum, value_name = "REPORT")]
    name: Name,
    /// Only of this account
    #[arg(long, value_name = "ID")]
    account: Option<AccountId>,
    /// Only of this committee, by its exact name
    #[arg(long, value_name = "NAME")]
    committee: Option<String>,
    /// From this day on, such as 2026-11-01 (not letter, information)
    #[arg(long, value_name = "DAY")]
    from: Option<NaiveDate>,
    /// Until this day, itself counted; for letter, a day of its week (not information)
    #[arg(long, value_name = "DAY")]
    to: Option<NaiveDate>,
    /// At most so many questions (unanswered)
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// How it is written [default: a table, or JSON with --json]
    #[arg(long, value_enum, value_name = "FORMAT")]
    format: Option<Format>,
    /// The file to write, for csv and pdf; it must not exist
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Name {
    /// Questions without an answer, and how old they are
    Unanswered,
    /// Posts a week, and silence
    Activity,
    /// Days on which nobody noted that they looked
    Oversight,
    /// What was edited, hidden, removed or is no longer seen
    Changes,
    /// What each profile tells, against the guideline
    Information,
    /// Published pictures without alt text
    AltText,
    /// The Monday letter, in five lines
    Letter,
    /// Asked for as `gallring review`.
    #[value(skip)]
    Review,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    Table,
    /// Semicolons, UTF-8 with BOM: opens in a spreadsheet
    Csv,
    /// PDF/A-1a and PDF/UA-1
    Pdf,
}

impl Report {
    pub(super) fn name(&self) -> &'static str {
        match self.name {
            Name::Unanswered => "report unanswered",
            Name::Activity => "report activity",
            Name::Oversight => "report oversight",
            Name::Changes => "report changes",
            Name::Information => "report information",
            Name::AltText => "report alt-text",
            Name::Letter => "report letter",
            Name::Review => "gallring review",
        }
    }

    /// The half-yearly review, which `gallring review` asks for.
    pub(super) fn review(
        account: Option<AccountId>,
        committee: Option<String>,
        format: Option<Format>,
        out: Option<PathBuf>,
    ) -> Self {
        Self {
            name: Name::Review,
            account,
            committee,
            from: None,
            to: None,
            limit: None,
            format,
            out,
        }
    }

    /// The file it writes, if any, once it is known that one goes with the format.
    pub(super) fn out(&self) -> Result<Option<&Path>, Error> {
        out_of(self.format, self.out.as_deref())
    }

    /// What the report cannot heed is refused, and not passed over.
    fn check_use(&self) -> Result<(), Error> {
        let refuse = |what, value: String, problem, hint| {
            Err(Error::Argument {
                what,
                value,
                problem,
                hint,
            })
        };
        if let (Some(limit), false) = (self.limit, matches!(self.name, Name::Unanswered)) {
            let problem = "only report unanswered has a limit";
            return refuse("--limit", limit.to_string(), problem, "leave it out");
        }
        match (self.name, self.from, self.to) {
            (Name::Letter, Some(from), _) => refuse(
                "--from",
                from.to_string(),
                "the letter is about one whole week",
                "name the week by a day in it: --to DAY",
            ),
            (Name::Information, Some(day), _) | (Name::Information, None, Some(day)) => refuse(
                if self.from.is_some() {
                    "--from"
                } else {
                    "--to"
                },
                day.to_string(),
                "profiles are told as they were last seen",
                "leave it out",
            ),
            _ => Ok(()),
        }
    }

    fn which(&self) -> ReportName {
        match self.name {
            Name::Unanswered => ReportName::Unanswered,
            Name::Activity => ReportName::Activity,
            Name::Oversight => ReportName::Oversight,
            Name::Changes => ReportName::Changes,
            Name::Information => ReportName::Information,
            Name::AltText => ReportName::AltText,
            Name::Letter => ReportName::Letter,
            Name::Review => ReportName::Review,
        }
    }
}

pub(super) fn out_of(format: Option<Format>, out: Option<&Path>) -> Result<Option<&Path>, Error> {
    let refuse = |value: &str, problem, hint| {
        Err(Error::Argument {
            what: "format",
            value: value.to_owned(),
            problem,
            hint,
        })
    };
    match (format, out) {
        (Some(Format::Pdf), None) => {
            refuse("pdf", "it is written to a file", "name it with -o FILE.pdf")
        }
        (None | Some(Format::Table), Some(_)) => refuse(
            "table",
            "it goes to standard output, and not to a file of -o",
            "add --format csv or --format pdf",
        ),
        (Some(Format::Csv | Format::Pdf), out) => Ok(out),
        (None | Some(Format::Table), None) => Ok(None),
    }
}

pub(super) fn run(args: &Report, context: &Context, output: &Output) -> Result<Exit, Error> {
    let out = args.out()?;
    if output.is_json() && args.format == Some(Format::Csv) && out.is_none() {
        return Err(Error::Argument {
            what: "--format",
            value: "csv".to_owned(),
            problem: "with --json, standard output is JSON",
            hint: "leave one of them out, or name a file with -o FILE.csv",
        });
    }
    if let (Some(from), Some(to)) = (args.from, args.to)
        && from > to
    {
        return Err(Error::Argument {
            what: "--from",
            value: from.to_string(),
            problem: "it is later than --to",
            hint: "give the earlier day first",
        });
    }
    args.check_use()?;
    if matches!(args.format, Some(Format::Pdf)) {
        return pdf(args, out.unwrap_or(Path::new("")), context, output);
    }
    let write = |sheet: &mut dyn Sheet| made(args, context, sheet);
    match (args.format, out) {
        (Some(Format::Csv), Some(out)) => {
            let mut bytes = Vec::new();
            let mut sheet = Csv::new(&mut bytes);
            let made = write(&mut sheet);
            sheet.end()?;
            made?;
            keep(&bytes, out, context)?;
            told(out, bytes.len(), None, output)?;
        }
        (Some(Format::Csv), None) => {
            let mut stream = output.stream();
            let mut sheet = Csv::new(&mut stream);
            let made = write(&mut sheet);
            sheet.end()?;
            made?;
            stream.flush()?;
        }
        _ if output.is_json() => {
            let mut stream = output.stream();
            let mut sheet = Json::new(&mut stream, args.name());
            let made = write(&mut sheet);
            sheet.end()?;
            made?;
            stream.flush()?;
        }
        _ => {
            let mut stream = output.stream();
            let mut sheet = Rows::new(&mut stream);
            let made = write(&mut sheet);
            sheet.end()?;
            made?;
            stream.flush()?;
        }
    }
    Ok(Exit::Done)
}

fn made(args: &Report, context: &Context, sheet: &mut dyn Sheet) -> Result<(), Error> {
    let request = ReportRequest {
        account: args.account.clone(),
        committee: args.committee.clone(),
        from: args.from,
        to: args.to,
        limit: args.limit,
        restricted: context.rights.restricted(),
    };
    let archive = context.read()?;
    if let Some(asked) = &args.committee {
        committee::demand_known(&archive.catalog(), asked)?;
    }
    let policy = context.policy()?;
    Ok(write_report(
        args.which(),
        &archive,
        &policy,
        &request,
        &context.around,
        sheet,
    )?)
}

fn pdf(args: &Report, out: &Path, context: &Context, output: &Output) -> Result<Exit, Error> {
    let mut paper = Paper::default();
    made(args, context, &mut paper)?;
    let part = typeset_report(&paper, &context.around.organisation)?;
    keep(&part.bytes, out, context)?;
    told(
        out,
        part.bytes.len(),
        Some((part.pages, part.level())),
        output,
    )?;
    Ok(Exit::Done)
}

/// Writes the whole file, or none.
fn keep(bytes: &[u8], out: &Path, context: &Context) -> Result<(), Error> {
    if let Some(mut file) = context.given_file()? {
        return Ok(file.write_all(bytes)?);
    }
    let place = Unfinished::begin(out).map_err(workflow::Error::from)?;
    let mut file = place.create().map_err(workflow::Error::from)?;
    file.write_all(bytes)?;
    Ok(place.finish().map_err(workflow::Error::from)?)
}

fn told(
    out: &Path,
    bytes: usize,
    pdf: Option<(usize, String)>,
    output: &Output,
) -> Result<(), Error> {
    let level = pdf.as_ref().map(|(_, level)| level.as_str());
    let pages = pdf.as_ref().map(|(pages, _)| *pages);
    let data = json!({ "path": out.display().to_string(), "bytes": bytes, "pages": pages, "level": level });
    output.report(&data, &[], |to| {
        let of = size(bytes as u64);
        match &pdf {
            Some((pages, level)) => {
                let pages = counted(*pages as u64, "page");
                writeln!(to, "{}: {pages}, {of}, {level}", out.display())
            }
            None => writeln!(to, "{}: {of}", out.display()),
        }
    })?;
    Ok(())
}
