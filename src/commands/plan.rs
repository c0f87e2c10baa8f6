//! `arkivd plan`: the committees' dokumenthanteringsplaner.

mod difference;
mod judged;
mod show;
mod versions;

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use clap::Subcommand;
use serde_json::json;

use super::output::{Exit, Output, counted};
use super::{Context, Error};
use crate::export::Unfinished;
use crate::retention;
use crate::workflow::{self, Names, draft_plan};

#[derive(Debug, Subcommand)]
pub(super) enum Plan {
    /// Whether a file can be loaded as a plan, with all that is wrong, by line
    Check {
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Whose plan it is to be, where the file does not say
        #[arg(long, value_name = "NAME")]
        committee: Option<String>,
    },
    /// Load a version; records that were decided under older ones keep them
    Load {
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Whose plan it is, where the file does not say
        #[arg(long, value_name = "NAME")]
        committee: Option<String>,
    },
    /// The plan that holds, as a table in Swedish
    Show {
        /// Whose plan, by the committee's exact name; needed where there is more than one
        #[arg(long, value_name = "NAME")]
        committee: Option<String>,
        /// On this day, such as 2026-11-21 [default: today]
        #[arg(long, value_name = "DAY")]
        date: Option<NaiveDate>,
    },
    /// All versions, and which of them holds
    List {
        /// Only of this committee, by its exact name
        #[arg(long, value_name = "NAME")]
        committee: Option<String>,
        /// On this day, such as 2026-11-21 [default: today]
        #[arg(long, value_name = "DAY")]
        date: Option<NaiveDate>,
    },
    /// What changed between two plans, row by row and word by word
    Diff {
        /// A file, or the number of a loaded plan (`plan list`)
        #[arg(value_name = "OLD")]
        old: PathBuf,
        /// A file, or the number of a loaded plan
        #[arg(value_name = "NEW")]
        new: PathBuf,
    },
    /// A draft for a committee: the handlingstyper that its accounts hold, each kept until it decides
    Draft {
        /// The committee's exact name
        #[arg(long, value_name = "NAME")]
        committee: String,
        /// The file to write; it must not exist [default: standard output]
        #[arg(short, long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
}

impl Plan {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Check { .. } => "plan check",
            Self::Load { .. } => "plan load",
            Self::Show { .. } => "plan show",
            Self::List { .. } => "plan list",
            Self::Diff { .. } => "plan diff",
            Self::Draft { .. } => "plan draft",
        }
    }

    pub(super) fn writes(&self) -> bool {
        matches!(self, Self::Load { .. })
    }

    /// The files it reads, for who runs it in the daemon.
    pub(super) fn reads(&self) -> Vec<PathBuf> {
        match self {
            Self::Check { file, .. } | Self::Load { file, .. } => vec![file.clone()],
            Self::Diff { old, new } => [old, new]
                .into_iter()
                .filter(|plan| number(plan).is_none())
                .cloned()
                .collect(),
            Self::Show { .. } | Self::List { .. } | Self::Draft { .. } => Vec::new(),
        }
    }

    /// The file it writes.
    pub(super) fn out(&self) -> Option<&Path> {
        match self {
            Self::Draft { out, .. } => out.as_deref(),
            _ => None,
        }
    }
}

/// The number of a loaded plan.
fn number(plan: &Path) -> Option<i64> {
    plan.to_str()?.parse().ok().filter(|n| *n > 0)
}

pub(super) fn run(command: &Plan, context: &Context, output: &Output) -> Result<Exit, Error> {
    let now = (context.around.now)();
    let day = |date: &Option<NaiveDate>| date.unwrap_or_else(|| crate::calendar::local_date(now));
    match command {
        Plan::Check { file, committee } => {
            judged::check(file, committee.as_deref(), Some(context), output)
        }
        Plan::Load { file, committee } => load(file, committee.as_deref(), context, output),
        Plan::Show { committee, date } => {
            show::run(committee.as_deref(), day(date), context, output)
        }
        Plan::List { committee, date } => {
            versions::run(committee.as_deref(), day(date), context, output)
        }
        Plan::Diff { old, new } => difference::run(old, new, context, output),
        Plan::Draft { committee, out } => draft(committee, out.as_deref(), context, output),
    }
}

/// `plan check` where no archive is named: what accounts there are is not known then.
pub(super) fn check_alone(command: &Plan, output: &Output) -> Option<Result<Exit, Error>> {
    match command {
        Plan::Check { file, committee } => {
            Some(judged::check(file, committee.as_deref(), None, output))
        }
        _ => None,
    }
}

/// The text of a plan's file, of this process or sent with the command.
fn text_of(path: &Path, context: Option<&Context>) -> Result<String, Error> {
    let wrong = |source| {
        Error::Workflow(workflow::Error::Io {
            path: path.to_owned(),
            source,
        })
    };
    let file = match context {
        Some(context) => context.file_to_read(path),
        None => super::context::to_read(path),
    };
    let most = u64::try_from(retention::Plan::MOST_BYTES).unwrap_or(u64::MAX);
    let mut bytes = Vec::new();
    let read = file.and_then(|file| file.take(most + 1).read_to_end(&mut bytes));
    read.map_err(wrong)?;
    String::from_utf8(bytes).map_err(|e| {
        let read = e.as_bytes().get(..e.utf8_error().valid_up_to());
        let line = read.unwrap_or_default().iter().filter(|b| **b == b'\n');
        let problem = format!("line {} is not UTF-8", line.count() + 1);
        wrong(std::io::Error::new(
            std::io::ErrorKind::InvalidData,
            problem,
        ))
    })
}

/// What the archive knows that a plan may name.
fn names(context: &Context) -> Result<Names, Error> {
    let archive = context.read()?;
    let organisation = &context.config.organisation;
    let names = Names::of(&archive.catalog(), &context.policy()?, organisation);
    Ok(names?)
}

fn load(
    path: &Path,
    committee: Option<&str>,
    context: &Context,
    output: &Output,
) -> Result<Exit, Error> {
    let text = text_of(path, Some(context))?;
    let file = path.display().to_string();
    let names = names(context)?;
    let judged = workflow::judge_plan(&text, &file, committee, Some(&names), &context.around);
    let plan = judged.map_err(workflow::Error::Plan)?.plan;
    let of = workflow::committee_of(&plan, &file, committee)?;
    context.rights.demand_committee(&of)?;
    let archive = context.write()?;
    let loaded = workflow::load_plan(&archive, &text, &file, committee, &names, &context.around)?;
    let warnings = judged::warnings(&loaded.faults, &file);
    let state = versions::decided(loaded.decided);
    let data = json!({ "plan": loaded.number, "new": loaded.new, "committee": loaded.committee,
        "copy": loaded.copy, "decided": state, "rows": loaded.plan.rows.len(), "rules": loaded.plan.rules.len() });
    output.report(&data, &warnings, |out| {
        let (number, committee) = (loaded.number, &loaded.committee);
        if !loaded.new {
            return writeln!(
                out,
                "plan {number} of {committee} is loaded already: the same bytes"
            );
        }
        writeln!(
            out,
            "plan {number} of {committee}: {}, {}",
            counted(loaded.plan.rows.len() as u64, "row"),
            counted(loaded.plan.rules.len() as u64, "rule")
        )?;
        writeln!(out, "copy      {}", loaded.copy.display())?;
        writeln!(out, "decided   {state}")
    })?;
    if loaded.plan.header.decision.is_none() {
        output.hint(
            "it is a draft: it classifies, and nothing is destroyed by it; load it anew with [plan.decision] once it is decided",
        );
    }
    output.hint(&format!(
        "see it: arkivd plan show --committee {:?}",
        loaded.committee
    ));
    Ok(Exit::Done)
}

fn draft(
    committee: &str,
    out: Option<&Path>,
    context: &Context,
    output: &Output,
) -> Result<Exit, Error> {
    context.rights.demand_committee(committee)?;
    let archive = context.read()?;
    let draft = {
        let catalog = archive.catalog();
        demand_known(&catalog, committee)?;
        draft_plan(&catalog, &context.config.organisation, committee)?
    };
    let records: u64 = draft.found.values().flatten().map(|(_, n)| n).sum();
    if let Some(path) = out {
        keep(draft.text.as_bytes(), path, context)?;
    }
    let found = |row: &retention::PlanRow| {
        let counts = draft.found.get(&row.id).into_iter().flatten();
        let accounts: Vec<_> = counts
            .map(|(account, count)| json!({ "account": account, "count": count }))
            .collect();
        json!({ "id": row.id, "handlingstyp": row.handlingstyp, "accounts": accounts })
    };
    let data = json!({ "committee": committee, "path": out, "count": records,
        "rows": draft.plan.rows.iter().map(found).collect::<Vec<_>>(),
        "text": out.is_none().then_some(&draft.text) });
    output.report(&data, &[], |to| match out {
        None => to.write_all(draft.text.as_bytes()),
        Some(path) => writeln!(
            to,
            "{}: {}, for {}, page captures among them",
            path.display(),
            counted(draft.plan.rows.len() as u64, "row"),
            counted(records, "record")
        ),
    })?;
    if draft.plan.rows.is_empty() {
        output.hint("its accounts hold nothing yet: arkivd snapshot --all");
    }
    if let Some(path) = out {
        let path = path.display();
        output.hint(&format!(
            "write what the committee decides into it, and see: arkivd plan check {path}"
        ));
    }
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

/// Holds that the committee is one of the archive's.
fn demand_known(catalog: &crate::catalog::Catalog, committee: &str) -> Result<(), Error> {
    let mut known = catalog.committees()?;
    known.extend(
        catalog
            .plans(None)?
            .into_iter()
            .map(|p| p.version.committee),
    );
    match known.contains(committee) {
        true => Ok(()),
        false => Err(Error::NoCommittee {
            asked: committee.to_owned(),
            known: known.into_iter().collect(),
        }),
    }
}
