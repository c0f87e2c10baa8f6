//! `arkivd schedule`: what is taken by itself, and when.

mod boost;

use std::io;

use chrono::{DateTime, Utc};
use clap::Subcommand;
use serde_json::{Value, json};
use url::Url;

use super::output::{Exit, Output, Table, one_line};
use super::{Context, Error, snapshot, watch};
use crate::calendar::local_time;
use crate::catalog::Settles;
use crate::policy::{Accounts, Task};
use crate::record::{Account, AccountId};
use crate::workflow::{Late, Paths, ScheduleState, SnapshotRequest, Timetable, Upcoming, fits};

#[derive(Debug, Subcommand)]
pub(super) enum Schedule {
    /// The schedules, when each ticks next, and what could not be taken
    List,
    /// The ticks to come, in order
    Next {
        /// At most so many
        #[arg(long, value_name = "N", default_value = "10",
              value_parser = clap::value_parser!(u16).range(1..=1000))]
        limit: u16,
    },
    /// Watch accounts tighter for a time: a crisis, or after unlawful content
    Boost(boost::Boost),
    /// Take it now, for all its accounts; the next tick comes as planned
    Run {
        /// The schedule's id
        id: String,
    },
}

impl Schedule {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::List => "schedule list",
            Self::Next { .. } => "schedule next",
            Self::Boost(_) => "schedule boost",
            Self::Run { .. } => "schedule run",
        }
    }

    pub(super) fn writes(&self) -> bool {
        match self {
            Self::Boost(boost) => boost.writes(),
            Self::Run { .. } => true,
            Self::List | Self::Next { .. } => false,
        }
    }
}

pub(super) fn run(command: &Schedule, context: &Context, output: &Output) -> Result<Exit, Error> {
    let timetable = Timetable::load(&Paths::new(&context.dir))?;
    match command {
        Schedule::List => list(&timetable, context, output),
        Schedule::Next { limit } => next(&timetable, usize::from(*limit), context, output),
        Schedule::Boost(args) => boost::run(args, context, output),
        Schedule::Run { id } => take(&timetable, id, context, output),
    }
}

fn list(timetable: &Timetable, context: &Context, output: &Output) -> Result<Exit, Error> {
    let archive = context.read()?;
    let now = (context.around.now)();
    let states = timetable.states(&archive.catalog(), now)?;
    let warnings: Vec<String> = states
        .iter()
        .flat_map(|s| s.misnamed())
        .map(|attention| attention.to_string())
        .collect();
    let data = json!({ "schedules": states.iter().map(|s| as_json(s, now)).collect::<Vec<_>>() });
    output.report(&data, &warnings, |out| write_list(&states, now, out))?;
    if timetable.schedules().is_empty() {
        let folder = Paths::new(&context.dir).schedules();
        output.hint(&format!("schedules are written in {}", folder.display()));
    }
    Ok(Exit::Done)
}

fn write_list(
    states: &[ScheduleState<'_>],
    now: DateTime<Utc>,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let mut table = Table::new(&[
        "id",
        "what",
        "when",
        "accounts",
        "next (Swedish time)",
        "last done",
    ]);
    for s in states {
        let full = if s.schedule.full { ", full" } else { "" };
        table.row([
            s.schedule.id.to_string(),
            format!("{}{full}", s.schedule.what.as_str()),
            s.schedule.cron.to_string(),
            accounts(s),
            match s.next {
                Some(tick) => local_time(tick),
                None => "never".to_owned(),
            },
            match s.done {
                Some(at) => local_time(at),
                None => "never".to_owned(),
            },
        ]);
    }
    table.write(out)?;
    let late: Vec<&Late> = states.iter().flat_map(|s| &s.late).collect();
    if late.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nnot taken yet:")?;
    for l in late {
        let since = local_time(l.since);
        match &l.failing {
            None => writeln!(out, "  {} of {}: due since {since}", l.account, l.schedule)?,
            Some(o) => {
                let next = if o.next_try <= now {
                    "now".to_owned()
                } else {
                    local_time(o.next_try)
                };
                writeln!(
                    out,
                    "  {} of {}: due since {since}, tried {} time{}, next try {next}",
                    l.account,
                    l.schedule,
                    o.attempts,
                    if o.attempts == 1 { "" } else { "s" },
                )?;
                writeln!(out, "    {}", one_line(&o.problem))?;
            }
        }
    }
    Ok(())
}

/// `all (12)`, or their ids while they are few.
fn accounts(s: &ScheduleState<'_>) -> String {
    match &s.schedule.accounts {
        Accounts::All => format!("all ({})", s.accounts.len()),
        Accounts::These(ids) if ids.len() <= 3 => names(ids),
        Accounts::These(ids) => ids.len().to_string(),
    }
}

fn names(ids: &[AccountId]) -> String {
    let names: Vec<&str> = ids.iter().map(AccountId::as_str).collect();
    names.join(", ")
}

fn as_json(s: &ScheduleState<'_>, now: DateTime<Utc>) -> Value {
    let schedule = s.schedule;
    let late: Vec<Value> = s
        .late
        .iter()
        .map(|l| {
            json!({
                "account": l.account,
                "since": l.since,
                "attempts": l.failing.as_ref().map_or(0, |o| o.attempts),
                "next_try": l.failing.as_ref().map(|o| o.next_try.max(now)),
                "problem": l.failing.as_ref().map(|o| &o.problem),
            })
        })
        .collect();
    json!({
        "id": schedule.id.as_str(),
        "what": schedule.what.as_str(),
        "cron": schedule.cron.as_str(),
        "full": schedule.full,
        "all_accounts": schedule.accounts == Accounts::All,
        "accounts": s.accounts,
        "unknown_accounts": s.unknown,
        "next": s.next,
        "last_done": s.done,
        "late": late,
    })
}

fn next(
    timetable: &Timetable,
    limit: usize,
    context: &Context,
    output: &Output,
) -> Result<Exit, Error> {
    let archive = context.read()?;
    let now = (context.around.now)();
    let ticks = timetable.upcoming(&archive.catalog(), now, limit)?;
    let as_json = |u: &Upcoming<'_>| {
        json!({ "tick": u.tick, "schedule": u.schedule.id.as_str(), "what": u.schedule.what.as_str(),
                "full": u.schedule.full, "accounts": u.accounts })
    };
    let data = json!({ "ticks": ticks.iter().map(as_json).collect::<Vec<_>>() });
    output.report(&data, &[], |out| {
        let mut table = Table::new(&["tick (Swedish time)", "schedule", "what", "accounts"]);
        for u in &ticks {
            let what = u.schedule.what.as_str();
            let full = if u.schedule.full { ", full" } else { "" };
            table.row([
                local_time(u.tick),
                u.schedule.id.to_string(),
                format!("{what}{full}"),
                match u.accounts.as_slice() {
                    few @ ([_] | [_, _] | [_, _, _]) => names(few),
                    many => many.len().to_string(),
                },
            ]);
        }
        table.write(out)
    })?;
    if ticks.is_empty() {
        output.hint(if timetable.schedules().is_empty() {
            "there are no schedules: arkivd schedule list"
        } else {
            "no schedule has a registered account: arkivd account add"
        });
    }
    Ok(Exit::Done)
}

fn take(
    timetable: &Timetable,
    id: &str,
    context: &Context,
    output: &Output,
) -> Result<Exit, Error> {
    let schedule = timetable.schedule(id)?;
    let archive = context.write()?;
    let now = (context.around.now)();
    let mut accounts = archive.catalog().open_accounts()?;
    accounts.retain(|a| schedule.accounts.has(&a.id) && fits(schedule.what, a.platform));
    let none = accounts.is_empty();
    accounts.retain(|a| context.rights.serves(&a.committee));
    archive
        .catalog()
        .keep_schedule(id, schedule.cron.as_str(), now)?;
    if !none && accounts.is_empty() {
        output.hint(snapshot::NONE_OF_THEIRS);
    } else if none {
        output.hint("it has no registered account: arkivd account list");
    }
    if schedule.what == Task::Watch {
        return watch::watch(&archive, &accounts, Some(id), context, output);
    }
    let request = |account: &Account| {
        let settles = Settles {
            schedule: id.to_owned(),
            // Its own time: with many accounts, ticks come meanwhile.
            counted_from: (context.around.now)(),
            backwards: true,
        };
        let login = |page: &Url| snapshot::login_of(account, page, context);
        SnapshotRequest::scheduled(account, schedule, login, settles)
    };
    snapshot::take(&archive, &accounts, &request, context, output)
}
