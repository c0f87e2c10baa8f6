//! `arkivd hold`: what may not be destroyed for now, whatever the plan says.

mod whose;

use chrono::NaiveDate;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::committee;
use super::output::{Exit, Output, Table, value};
use super::record::KindArgument;
use super::{Context, Error};
use crate::calendar::{local_date, local_time};
use crate::catalog::{self, Catalog, HoldRow, HoldScope, NewHold};
use crate::record::{AccountId, Kind, RecordId};
use crate::retention::SavedSearch;

#[derive(Debug, Subcommand)]
pub(super) enum Hold {
    /// Hold records, an account, a case, or what a search finds
    Add(Box<Add>),
    /// Show what holds now
    List {
        /// Also those that are released or over
        #[arg(long)]
        all: bool,
    },
    /// End a hold
    Release {
        /// Its number; or the designation of a closed removal case that a police report holds
        #[arg(value_name = "N")]
        which: Which,
        /// Why it is no longer needed
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
}

#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("what").required(true).multiple(true).args(["record", "account", "case", "search", "words"]))]
pub(super) struct Add {
    /// A record, with what it answers and what answers it
    #[arg(long, value_name = "RECORD", num_args = 1.., conflicts_with_all = ["account", "case", "search", "words"])]
    record: Vec<RecordId>,
    /// An account, page captures too; with --words, where to search
    #[arg(long, value_name = "ID", num_args = 1.., conflicts_with = "case")]
    account: Vec<AccountId>,
    /// What is registered in this case, by its diarienummer
    #[arg(long, value_name = "DNR", conflicts_with_all = ["search", "words"])]
    case: Option<String>,
    /// What a saved search finds, asked anew each time; with --words, the name to save it by
    #[arg(long, value_name = "NAME")]
    search: Option<String>,
    /// Words that all occur in title, text or author
    #[arg(long, value_name = "TEXT", num_args = 1..)]
    words: Vec<String>,
    /// Search only records of this committee
    #[arg(long, value_name = "NAME", requires = "words")]
    committee: Option<String>,
    /// Search only what was published on this day or later
    #[arg(long, value_name = "DAY", requires = "words")]
    from: Option<NaiveDate>,
    /// Search only what was published on this day or before
    #[arg(long, value_name = "DAY", requires = "words")]
    to: Option<NaiveDate>,
    /// Search only posts, pages, comments or messages
    #[arg(long, value_enum, value_name = "KIND", requires = "words")]
    kind: Option<KindArgument>,
    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// The last day [default: until it is released]
    #[arg(long, value_name = "DAY")]
    ends: Option<NaiveDate>,
}

/// What is released.
#[derive(Debug, Clone)]
pub(super) enum Which {
    Number(i64),
    PoliceReport(String),
}

impl std::str::FromStr for Which {
    type Err = std::convert::Infallible;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text.parse() {
            Ok(number) => Self::Number(number),
            Err(_) => Self::PoliceReport(text.trim().to_owned()),
        })
    }
}

impl Hold {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Add(_) => "hold add",
            Self::List { .. } => "hold list",
            Self::Release { .. } => "hold release",
        }
    }

    pub(super) fn writes(&self) -> bool {
        !matches!(self, Self::List { .. })
    }
}

pub(super) fn run(command: &Hold, context: &Context, output: &Output) -> Result<Exit, Error> {
    match command {
        Hold::Add(args) => add(args, context, output),
        Hold::List { all } => list(*all, context, output),
        Hold::Release { which, reason } => release(which, reason, context, output),
    }
}

fn refuse<T>(
    what: &'static str,
    value: &str,
    problem: &'static str,
    hint: &'static str,
) -> Result<T, Error> {
    Err(Error::Argument {
        what,
        value: value.to_owned(),
        problem,
        hint,
    })
}

fn add(args: &Add, context: &Context, output: &Output) -> Result<Exit, Error> {
    let at = (context.around.now)();
    let today = local_date(at);
    if args.reason.trim().is_empty() {
        return refuse(
            "--reason",
            &args.reason,
            "it is empty",
            "say why it is held",
        );
    }
    if let Some(ends) = args.ends.filter(|ends| *ends < today) {
        let hint = "give a day to come, or leave it out";
        return refuse("--ends", &ends.to_string(), "it has passed", hint);
    }
    if args.words.iter().any(|words| words.trim().is_empty()) {
        return refuse(
            "--words",
            "",
            "it is empty",
            "give the words that all must occur",
        );
    }
    if args.search.is_some() && args.words.is_empty() && !args.account.is_empty() {
        let hint = "name new words to save with --words, or leave --account out";
        return refuse("--account", "", "a saved search has its own", hint);
    }
    let archive = context.write()?;
    let mut catalog = archive.catalog();
    if let Some(committee) = &args.committee {
        committee::demand_known(&catalog, committee)?;
    }
    let mut objects: Vec<(HoldScope, String)> = Vec::new();
    let mut search = None;
    for id in &args.record {
        let committee = catalog.committee_of_record(*id)?;
        let committee = committee.ok_or(catalog::Error::NoRecord(*id))?;
        context.rights.demand_committee(&committee)?;
        objects.push((HoldScope::Record, id.to_string()));
    }
    for id in &args.account {
        let account = catalog.account(id)?;
        let account = account.ok_or_else(|| catalog::Error::NoAccount(id.clone()))?;
        context.rights.demand_committee(&account.committee)?;
        if args.words.is_empty() {
            objects.push((HoldScope::Account, id.to_string()));
        }
    }
    if let Some(case) = &args.case {
        if case.trim().is_empty() {
            return refuse("--case", case, "it is empty", "give the diarienummer");
        }
        objects.push((HoldScope::Case, case.trim().to_owned()));
    }
    if !args.words.is_empty() {
        let saved = SavedSearch {
            words: args.words.clone(),
            accounts: args.account.clone(),
            committee: args.committee.clone(),
            from: args.from,
            to: args.to,
            kind: args.kind.map(Kind::from),
            ..SavedSearch::default()
        };
        let name = match &args.search {
            Some(name) if name.trim().is_empty() => {
                return refuse("--search", name, "it is empty", "give the search a name");
            }
            Some(name) => name.trim().to_owned(),
            None => free_name(&catalog)?,
        };
        objects.push((HoldScope::Search, name.clone()));
        search = Some((name, saved));
    } else if let Some(name) = &args.search {
        let name = name.trim();
        catalog.named_search(name)?;
        objects.push((HoldScope::Search, name.to_owned()));
    }
    for (scope, object) in &objects {
        let committees = match (scope, &search) {
            (HoldScope::Search, Some((_, saved))) => whose::of_search(saved, &catalog)?,
            _ => whose::of(*scope, object, &catalog)?,
        };
        let everywhere = committees.is_none();
        let may = whose::demand(committees, &catalog, context);
        if may.is_err() && everywhere {
            output.hint("it would hold records of every committee: name yours with --words and --committee, or the records");
        }
        may?;
    }
    let holds: Vec<NewHold<'_>> = objects
        .into_iter()
        .map(|(scope, object)| NewHold {
            scope,
            object,
            reason: args.reason.trim(),
            ends: args.ends,
        })
        .collect();
    let search = search.as_ref().map(|(name, saved)| (name.as_str(), saved));
    let numbers = catalog.add_holds(&holds, search, &context.around.actor, at)?;
    let added: Vec<HoldRow> = catalog
        .holds()?
        .into_iter()
        .filter(|hold| numbers.contains(&hold.number))
        .collect();
    let shown: Result<Vec<Value>, Error> =
        added.iter().map(|h| as_json(h, &catalog, today)).collect();
    output.report(&shown?, &[], |out| {
        for hold in &added {
            writeln!(
                out,
                "hold {}: {} {}",
                hold.number,
                hold.scope.as_str(),
                hold.object
            )?;
        }
        Ok(())
    })?;
    Ok(Exit::Done)
}

fn free_name(catalog: &Catalog) -> Result<String, Error> {
    let mut n = catalog.holds()?.last().map_or(1, |hold| hold.number + 1);
    loop {
        let name = format!("hinder-{n}");
        if catalog.saved_search(&name)?.is_none() {
            return Ok(name);
        }
        n += 1;
    }
}

fn list(all: bool, context: &Context, output: &Output) -> Result<Exit, Error> {
    let archive = context.read()?;
    let catalog = archive.catalog();
    let today = local_date((context.around.now)());
    let mut holds = catalog.holds()?;
    holds.retain(|hold| all || hold.holds(today));
    let mut shown = Vec::new();
    let mut data = Vec::new();
    for hold in holds {
        let committees = whose::of(hold.scope, &hold.object, &catalog)?;
        let serves = |all: Vec<String>| all.iter().any(|one| context.rights.serves(one));
        if !committees.is_none_or(serves) && hold.actor != context.around.actor {
            continue;
        }
        data.push(as_json(&hold, &catalog, today)?);
        shown.push(hold);
    }
    output.report(&data, &[], |out| {
        if shown.is_empty() {
            return writeln!(out, "nothing is held by a hold of its own");
        }
        let mut table = Table::new(&["n", "holds", "object", "ends", "since", "by", "reason"]);
        for hold in &shown {
            let state = match &hold.released {
                Some(_) => "released",
                None if hold.holds(today) => "yes",
                None => "over",
            };
            table.row([
                hold.number.to_string(),
                state.to_owned(),
                format!("{} {}", hold.scope.as_str(), hold.object),
                hold.ends.map(|day| day.to_string()).unwrap_or_default(),
                local_time(hold.at),
                hold.actor.clone(),
                hold.reason.clone(),
            ]);
        }
        table.write(out)
    })?;
    output.hint("open removal cases and disclosures hold their records by themselves: arkivd removal list, arkivd disclosure list");
    Ok(Exit::Done)
}

fn release(which: &Which, reason: &str, context: &Context, output: &Output) -> Result<Exit, Error> {
    if reason.trim().is_empty() {
        return refuse(
            "--reason",
            reason,
            "it is empty",
            "say why it is no longer needed",
        );
    }
    let archive = context.write()?;
    let mut catalog = archive.catalog();
    let at = (context.around.now)();
    let actor = &context.around.actor;
    let number = match which {
        Which::Number(number) => *number,
        Which::PoliceReport(designation) => {
            let case = catalog.removal(designation)?;
            context.rights.demand_committee(&case.committee)?;
            let number =
                catalog.release_police_report(&case.designation, reason.trim(), actor, at)?;
            let data = catalog
                .hold(number)?
                .map(|hold| as_json(&hold, &catalog, local_date(at)));
            output.report(&data.transpose()?, &[], |out| {
                writeln!(
                    out,
                    "the police report of removal {} no longer holds its records",
                    case.designation
                )
            })?;
            return Ok(Exit::Done);
        }
    };
    let hold = catalog
        .hold(number)?
        .ok_or(catalog::Error::NoHold(number))?;
    let committees = whose::of(hold.scope, &hold.object, &catalog)?;
    whose::demand(committees, &catalog, context)?;
    let released = catalog.release_hold(number, reason.trim(), actor, at)?;
    let hold = catalog
        .hold(number)?
        .ok_or(catalog::Error::NoHold(number))?;
    let data = as_json(&hold, &catalog, local_date(at))?;
    output.report(&data, &[], |out| match released {
        true => writeln!(out, "hold {number} is released"),
        false => writeln!(out, "hold {number} was released already"),
    })?;
    Ok(Exit::Done)
}

fn as_json(hold: &HoldRow, catalog: &Catalog, today: NaiveDate) -> Result<Value, Error> {
    let search = match hold.scope {
        HoldScope::Search => value(&catalog.saved_search(&hold.object)?),
        _ => Value::Null,
    };
    Ok(json!({
        "number": hold.number, "scope": hold.scope, "object": hold.object, "search": search,
        "reason": hold.reason, "ends": hold.ends, "at": hold.at, "by": hold.actor,
        "holds": hold.holds(today), "released": hold.released,
    }))
}
