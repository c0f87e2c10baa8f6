//! `arkivd account`: the register of accounts.

use std::io;

use chrono::NaiveDate;
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use url::Url;

use super::output::{Exit, Output, Table, one_line, value};
use super::{Context, Error};
use crate::calendar::{local_date, local_time};
use crate::catalog::AccountState;
use crate::record::{self, AccountId, Platform};
use crate::workflow::{self, AccountChange, note_oversight};

#[derive(Debug, Subcommand)]
pub(super) enum Account {
    /// Register an account
    Add(Box<Add>),
    /// List the registered accounts
    List,
    /// Show one account
    Show { id: AccountId },
    /// Change what the register says of an account
    Edit(Box<Edit>),
    /// Note that a person looked after an account
    Oversee(Oversee),
}

#[derive(Debug, Args)]
pub(super) struct Oversee {
    id: AccountId,
    /// What was seen
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    /// The day it was looked after, such as 2026-11-20 [default: today]
    #[arg(long, value_name = "DAY")]
    day: Option<NaiveDate>,
}

#[derive(Debug, Args)]
pub(super) struct Add {
    /// A short name of your own: a-z, 0-9 and -
    id: AccountId,
    #[arg(long, help = platforms())]
    platform: Platform,
    /// Where the public finds it
    #[arg(long, value_name = "URL")]
    address: Url,
    /// The committee that is its arkivbildare
    #[arg(long, value_name = "NAME")]
    committee: String,
    /// What the account is for
    #[arg(long)]
    purpose: String,
    /// Whom it addresses
    #[arg(long)]
    audience: String,
    /// A responsible person; give it once for each
    #[arg(long, value_name = "NAME")]
    responsible: Vec<String>,
    /// Who stands in when they are away
    #[arg(long, value_name = "NAME")]
    substitute: Option<String>,
    /// The name of a credential in arkivd.toml
    #[arg(long, value_name = "NAME")]
    credential: Option<String>,
    /// The account above it in the organisation's tree
    #[arg(long, value_name = "ID")]
    parent: Option<AccountId>,
}

#[derive(Debug, Args)]
pub(super) struct Edit {
    id: AccountId,
    #[arg(long, help = platforms())]
    platform: Option<Platform>,
    #[arg(long, value_name = "URL")]
    address: Option<Url>,
    #[arg(long, value_name = "NAME")]
    committee: Option<String>,
    #[arg(long)]
    purpose: Option<String>,
    #[arg(long)]
    audience: Option<String>,
    /// All responsible persons anew; give it once for each
    #[arg(long, value_name = "NAME")]
    responsible: Option<Vec<String>>,
    /// "" clears it
    #[arg(long, value_name = "NAME")]
    substitute: Option<String>,
    /// "" clears it
    #[arg(long, value_name = "NAME")]
    credential: Option<String>,
    /// "" clears it
    #[arg(long, value_name = "ID")]
    parent: Option<String>,
}

/// All that there are.
fn platforms() -> String {
    Platform::ALL.map(Platform::as_str).join(", ")
}

impl Account {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Add(_) => "account add",
            Self::List => "account list",
            Self::Show { .. } => "account show",
            Self::Edit(_) => "account edit",
            Self::Oversee(_) => "account oversee",
        }
    }

    pub(super) fn writes(&self) -> bool {
        matches!(self, Self::Add(_) | Self::Edit(_) | Self::Oversee(_))
    }
}

pub(super) fn run(command: &Account, context: &Context, output: &Output) -> Result<Exit, Error> {
    match command {
        Account::Add(args) => add(args, context, output),
        Account::List => list(context, output),
        Account::Show { id } => show(id, context, output),
        Account::Edit(args) => edit(args, context, output),
        Account::Oversee(args) => oversee(args, context, output),
    }
}

fn oversee(args: &Oversee, context: &Context, output: &Output) -> Result<Exit, Error> {
    let archive = context.write()?;
    let state = archive.catalog().account_state(&args.id)?;
    let state = state.ok_or_else(|| crate::catalog::Error::NoAccount(args.id.clone()))?;
    context.rights.demand_committee(&state.account.committee)?;
    let registered = local_date(state.added);
    if let Some(day) = args.day.filter(|day| *day < registered) {
        let account = args.id.clone();
        return Err(Error::BeforeRegistered {
            account,
            day,
            registered,
        });
    }
    let day = note_oversight(
        &archive,
        &args.id,
        args.day,
        args.note.as_deref(),
        &context.around,
    )?;
    let data =
        json!({ "account": args.id, "day": day, "by": context.around.actor, "note": args.note });
    output.report(&data, &[], |out| {
        writeln!(out, "account {} was looked after on {day}", args.id)
    })?;
    Ok(Exit::Done)
}

fn add(args: &Add, context: &Context, output: &Output) -> Result<Exit, Error> {
    let account = record::Account {
        id: args.id.clone(),
        platform: args.platform,
        address: args.address.clone(),
        committee: args.committee.trim().to_owned(),
        purpose: args.purpose.trim().to_owned(),
        audience: args.audience.trim().to_owned(),
        responsible: args
            .responsible
            .iter()
            .map(|p| p.trim().to_owned())
            .collect(),
        substitute: args.substitute.as_ref().map(|p| p.trim().to_owned()),
        credential: args.credential.clone(),
        parent: args.parent.clone(),
    };
    context.rights.demand_committee(&account.committee)?;
    let policy = context.policy()?;
    if let Some(name) = &account.credential {
        let id = account.id.as_str();
        context
            .config
            .check_credential(id, name, &account.address)?;
    }
    let archive = context.write()?;
    workflow::add_account(&archive, &policy, &account, &context.around)?;
    output.report(&account, &[], |out| {
        writeln!(out, "account {} is registered", account.id)
    })?;
    output.hint(&format!("next: arkivd snapshot {}", account.id));
    Ok(Exit::Done)
}

fn edit(args: &Edit, context: &Context, output: &Output) -> Result<Exit, Error> {
    let archive = context.write()?;
    // Their roles must hold for the committee it is taken from, and for the one it is given to.
    let before = archive.catalog().account(&args.id)?;
    if let Some(before) = &before {
        context.rights.demand_committee(&before.committee)?;
    }
    if let Some(committee) = &args.committee {
        context.rights.demand_committee(committee.trim())?;
    }
    let policy = context.policy()?;
    let credential = match &args.credential {
        Some(name) => Some(name).filter(|name| !name.is_empty()),
        None => before.as_ref().and_then(|b| b.credential.as_ref()),
    };
    let address = args
        .address
        .as_ref()
        .or(before.as_ref().map(|b| &b.address));
    // What is not changed need not hold: an edit may be what mends it.
    if (args.credential.is_some() || args.address.is_some())
        && let (Some(name), Some(address)) = (credential, address)
    {
        let id = args.id.as_str();
        context.config.check_credential(id, name, address)?;
    }
    let trimmed = |text: &Option<String>| text.as_ref().map(|t| t.trim().to_owned());
    let change = AccountChange {
        platform: args.platform,
        address: args.address.clone(),
        committee: trimmed(&args.committee),
        purpose: trimmed(&args.purpose),
        audience: trimmed(&args.audience),
        responsible: args
            .responsible
            .as_ref()
            .map(|all| all.iter().map(|p| p.trim().to_owned()).collect()),
        substitute: trimmed(&args.substitute),
        credential: trimmed(&args.credential),
        parent: trimmed(&args.parent),
    };
    let (account, changed) =
        workflow::edit_account(&archive, &policy, &args.id, change, &context.around)?;
    output.report(&account, &[], |out| {
        let what = if changed {
            "is changed"
        } else {
            "is as it was"
        };
        writeln!(out, "account {} {what}", account.id)
    })?;
    Ok(Exit::Done)
}

fn list(context: &Context, output: &Output) -> Result<Exit, Error> {
    let states = context.read()?.catalog().account_states()?;
    let data = json!({ "accounts": states.iter().map(as_json).collect::<Vec<_>>() });
    output.report(&data, &[], |out| {
        let mut table = Table::new(&[
            "id",
            "platform",
            "committee",
            "records",
            "last snapshot",
            "address",
        ]);
        for s in &states {
            table.row([
                s.account.id.to_string(),
                s.account.platform.to_string(),
                s.account.committee.clone(),
                s.records.to_string(),
                last(s),
                s.account.address.to_string(),
            ]);
        }
        table.write(out)
    })?;
    Ok(Exit::Done)
}

fn show(id: &AccountId, context: &Context, output: &Output) -> Result<Exit, Error> {
    let state = context
        .read()?
        .catalog()
        .account_state(id)?
        .ok_or_else(|| crate::catalog::Error::NoAccount(id.clone()))?;
    output.report(&as_json(&state), &[], |out| write_account(&state, out))?;
    Ok(Exit::Done)
}

/// `2026-11-21 14:03 sealed`, or `never`.
pub(super) fn last(state: &AccountState) -> String {
    match &state.last {
        Some(c) => format!("{} {}", local_time(c.finished), c.outcome),
        None => "never".to_owned(),
    }
}

fn write_account(s: &AccountState, out: &mut dyn io::Write) -> io::Result<()> {
    let a = &s.account;
    let mut line = |name: &str, text: &str| writeln!(out, "{name:<14}{}", one_line(text));
    line("id", a.id.as_str())?;
    line("name", s.name.as_deref().unwrap_or("(not read yet)"))?;
    line("platform", a.platform.as_str())?;
    line("address", a.address.as_str())?;
    line("committee", &a.committee)?;
    line("purpose", &a.purpose)?;
    line("audience", &a.audience)?;
    for person in &a.responsible {
        line("responsible", person)?;
    }
    line("substitute", a.substitute.as_deref().unwrap_or("-"))?;
    line("credential", a.credential.as_deref().unwrap_or("-"))?;
    line("parent", a.parent.as_ref().map_or("-", AccountId::as_str))?;
    line("registered", &local_time(s.added))?;
    line("records", &s.records.to_string())?;
    line("bags", &s.bags.to_string())?;
    line("last snapshot", &last(s))
}

/// The account's fields with `name`, `added`, counts and its last capture.
pub(super) fn as_json(s: &AccountState) -> Value {
    let mut json = value(&s.account);
    if let Value::Object(fields) = &mut json {
        fields.insert("name".to_owned(), value(&s.name));
        fields.insert("added".to_owned(), value(&s.added));
        fields.insert("records".to_owned(), value(&s.records));
        fields.insert("bags".to_owned(), value(&s.bags));
        let last = s.last.as_ref().map(|c| {
            json!({ "capture": c.id, "outcome": c.outcome, "reason": c.reason, "started": c.started,
                    "finished": c.finished, "complete": c.complete, "not_seen": c.not_seen, "error": c.error })
        });
        fields.insert("last_capture".to_owned(), value(&last));
    }
    json
}
