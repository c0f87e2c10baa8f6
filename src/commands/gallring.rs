//! `arkivd gallring`: what is due, proposed, approved; the editors' work list; the half-yearly review.

mod approve;
mod propose;
mod show;

use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;

use super::output::{Exit, Output};
use super::{Context, Error, report};
use crate::catalog::{self, GallringRow};
use crate::record::{AccountId, GallringId, RecordId, Role};
use crate::retention::{Place, RowId};
use crate::workflow::{self, Archive};

#[derive(Debug, Subcommand)]
pub(super) enum Gallring {
    /// Make the list of what is due, and keep it as a proposal; --dry-run to look ahead
    Propose(Propose),
    /// Show gallringar and how far each has come
    List {
        /// Only of this committee
        #[arg(long, value_name = "NAME")]
        committee: Option<String>,
        /// Also those that are executed or withdrawn
        #[arg(long)]
        all: bool,
    },
    /// Show one: its list made anew, and whether it differs from what was proposed
    Show(Show),
    /// Approve a proposed list by its digest
    Approve(Box<Approve>),
    /// Give up a gallring of which nothing has gone
    Withdraw {
        #[arg(value_name = "ID")]
        id: GallringId,
        /// Why
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Note what was hidden or removed on the platform by the work list of a gallring from the medium
    Done(Done),
    /// What may have lost its use: records that wait for the word inaktuell (half-yearly)
    Review(Review),
}

#[derive(Debug, Args)]
pub(super) struct Propose {
    /// The arkivbildare; one gallring never spans two
    #[arg(long, value_name = "NAME")]
    committee: String,
    /// What is due on this day or before [default: today]
    #[arg(long, value_name = "DAY")]
    until: Option<NaiveDate>,
    /// Only this row of the plan; may be given again
    #[arg(long, value_name = "ROW", value_parser = parse_row, conflicts_with = "record")]
    row: Vec<RowId>,
    /// arkivd's own copy, or what stands on the platform
    #[arg(long, value_enum, value_name = "PLACE", default_value = "archive")]
    place: PlaceArgument,
    /// With page captures, where the plan lets them go
    #[arg(long)]
    pages: bool,
    /// These records and no others, by a decision of its own
    #[arg(long, value_name = "RECORD", num_args = 1..)]
    record: Vec<RecordId>,
    /// Look, and keep nothing; plans that are not decided count too
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum PlaceArgument {
    Archive,
    Medium,
}

#[derive(Debug, Args)]
pub(super) struct Show {
    #[arg(value_name = "ID")]
    id: GallringId,
    /// Each line; with --json a line each
    #[arg(long)]
    lines: bool,
    /// Each line as CSV: semicolons, UTF-8 with BOM
    #[arg(long, conflicts_with = "lines")]
    csv: bool,
}

#[derive(Debug, Args)]
pub(super) struct Approve {
    #[arg(value_name = "ID")]
    id: GallringId,
    /// The digest of the list that was read, at least 12 digits of it
    #[arg(long, value_name = "HEX")]
    digest: String,
    /// Who approves: under a plan the gallringsansvarig it names
    #[arg(long, value_name = "NAME")]
    by: String,
    #[command(flatten)]
    own: OwnDecisionArgs,
}

/// A decision of its own, outside a plan.
#[derive(Debug, Args)]
pub(super) struct OwnDecisionArgs {
    /// Outside a plan: who decided
    #[arg(long, value_name = "NAME", requires_all = ["date", "paragraph", "reference"])]
    decision_by: Option<String>,
    /// The day of the decision
    #[arg(long, value_name = "DAY", requires = "decision_by")]
    date: Option<NaiveDate>,
    /// Its paragraph, such as "§ 12"
    #[arg(long, value_name = "TEXT", requires = "decision_by")]
    paragraph: Option<String>,
    /// Its diarienummer
    #[arg(long, value_name = "DNR", requires = "decision_by")]
    reference: Option<String>,
    /// The § of the delegationsordning, where it was delegated
    #[arg(long, value_name = "TEXT", requires = "decision_by")]
    delegation: Option<String>,
    /// The gallringsutredning as TOML: rattskipning, verksamhet, forskning, kulturarv
    #[arg(long, value_name = "FILE", requires = "decision_by", conflicts_with_all = ["rattskipning", "verksamhet", "forskning", "kulturarv"])]
    inquiry: Option<PathBuf>,
    /// Its answer for the administration of justice
    #[arg(long, value_name = "TEXT", requires_all = ["decision_by", "verksamhet", "forskning", "kulturarv"])]
    rattskipning: Option<String>,
    /// Its answer for the authority's own work
    #[arg(long, value_name = "TEXT", requires = "rattskipning")]
    verksamhet: Option<String>,
    /// Its answer for research
    #[arg(long, value_name = "TEXT", requires = "rattskipning")]
    forskning: Option<String>,
    /// Its answer for cultural heritage
    #[arg(long, value_name = "TEXT", requires = "rattskipning")]
    kulturarv: Option<String>,
}

#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("which").required(true).args(["records", "all"]))]
pub(super) struct Done {
    #[arg(value_name = "ID")]
    id: GallringId,
    /// The records that were hidden or removed
    #[arg(value_name = "RECORD")]
    records: Vec<RecordId>,
    /// All that are left
    #[arg(long)]
    all: bool,
    /// Who did it
    #[arg(long, value_name = "NAME")]
    by: String,
}

#[derive(Debug, Args)]
pub(super) struct Review {
    /// Only of this committee, by its exact name
    #[arg(long, value_name = "NAME")]
    committee: Option<String>,
    /// Only of this account
    #[arg(long, value_name = "ID")]
    account: Option<AccountId>,
    /// How it is written [default: a table, or JSON with --json]
    #[arg(long, value_enum, value_name = "FORMAT")]
    format: Option<report::Format>,
    /// The file to write, for csv and pdf; it must not exist
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl From<PlaceArgument> for Place {
    fn from(place: PlaceArgument) -> Self {
        match place {
            PlaceArgument::Archive => Self::Archive,
            PlaceArgument::Medium => Self::Medium,
        }
    }
}

fn parse_row(text: &str) -> Result<RowId, String> {
    RowId::try_from(text.to_owned())
}

impl Gallring {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Propose(_) => "gallring propose",
            Self::List { .. } => "gallring list",
            Self::Show(_) => "gallring show",
            Self::Approve(_) => "gallring approve",
            Self::Withdraw { .. } => "gallring withdraw",
            Self::Done(_) => "gallring done",
            Self::Review(_) => "gallring review",
        }
    }

    pub(super) fn writes(&self) -> bool {
        match self {
            Self::Propose(args) => !args.dry_run,
            Self::Approve(_) | Self::Withdraw { .. } | Self::Done(_) => true,
            Self::List { .. } | Self::Show(_) | Self::Review(_) => false,
        }
    }

    pub(super) fn roles(&self) -> &'static [Role] {
        match self {
            Self::Propose(_) | Self::Approve(_) | Self::Withdraw { .. } => &[Role::Archivist],
            Self::Done(_) => &[Role::Archivist, Role::Registrar, Role::Editor],
            Self::List { .. } | Self::Show(_) | Self::Review(_) => &[
                Role::Archivist,
                Role::Registrar,
                Role::Editor,
                Role::Auditor,
            ],
        }
    }

    /// The file it reads, for who runs it in the daemon.
    pub(super) fn reads(&self) -> Option<&Path> {
        match self {
            Self::Approve(args) => args.own.inquiry.as_deref(),
            _ => None,
        }
    }

    /// The file it writes, if any.
    pub(super) fn out(&self) -> Result<Option<&Path>, Error> {
        match self {
            Self::Review(args) => report::out_of(args.format, args.out.as_deref()),
            _ => Ok(None),
        }
    }
}

pub(super) fn run(command: &Gallring, context: &Context, output: &Output) -> Result<Exit, Error> {
    match command {
        Gallring::Propose(args) => propose::run(args, context, output),
        Gallring::List { committee, all } => {
            show::list(committee.as_deref(), *all, context, output)
        }
        Gallring::Show(args) => show::run(args, context, output),
        Gallring::Approve(args) => approve::run(args, context, output),
        Gallring::Withdraw { id, reason } => withdraw(*id, reason, context, output),
        Gallring::Done(args) => done(args, context, output),
        Gallring::Review(args) => report::run(
            &report::Report::review(
                args.account.clone(),
                args.committee.clone(),
                args.format,
                args.out.clone(),
            ),
            context,
            output,
        ),
    }
}

/// A gallring of a committee that the caller serves.
fn known(id: GallringId, archive: &Archive, context: &Context) -> Result<GallringRow, Error> {
    let row = archive.catalog().gallring(id)?;
    let row = row.ok_or(catalog::Error::NoGallring(id))?;
    context.rights.demand_committee(&row.committee)?;
    Ok(row)
}

fn withdraw(
    id: GallringId,
    reason: &str,
    context: &Context,
    output: &Output,
) -> Result<Exit, Error> {
    if reason.trim().is_empty() {
        return Err(Error::Argument {
            what: "--reason",
            value: reason.to_owned(),
            problem: "it is empty",
            hint: "say why it is given up",
        });
    }
    let archive = context.write()?;
    known(id, &archive, context)?;
    let at = (context.around.now)();
    archive
        .catalog()
        .withdraw_gallring(id, reason.trim(), &context.around.actor, at)?;
    let row = known(id, &archive, context)?;
    output.report(&show::as_json(&row), &[], |out| {
        writeln!(
            out,
            "gallring {id} is withdrawn: nothing is destroyed by it"
        )
    })?;
    Ok(Exit::Done)
}

fn done(args: &Done, context: &Context, output: &Output) -> Result<Exit, Error> {
    let archive = context.write()?;
    known(args.id, &archive, context)?;
    let (noted, row) =
        workflow::note_gallring_done(&archive, args.id, &args.records, &args.by, &context.around)?;
    let data = json!({ "id": row.id, "noted": noted, "state": row.state });
    output.report(&data, &[], |out| {
        writeln!(
            out,
            "{noted} noted as done; gallring {} is {}",
            row.id, row.state
        )
    })?;
    output
        .hint("the next watch asks the platform, and confirms it: arkivd gallring show ID --lines");
    Ok(Exit::Done)
}
