//! `arkivd schedule boost`: accounts are watched tighter for a time, in a crisis or after unlawful content (VAR-6).

use std::time::Duration;

use chrono::TimeDelta;
use clap::Args;
use serde_json::{Value, json};

use super::super::chosen::chosen;
use super::super::output::{Exit, Output, Table, one_line};
use super::super::{Context, Error, watch};
use crate::calendar::local_time;
use crate::catalog::Boost as Row;
use crate::record::{Account, AccountId};
use crate::workflow::Archive;

/// Why an account is watched tighter after an incident, as `report oversight` knows it.
const INCIDENT: &str = "unlawful content";

#[derive(Debug, Args)]
pub(in super::super) struct Boost {
    /// The accounts; without any, the boosts that hold are listed
    #[arg(value_name = "ID")]
    pub(super) ids: Vec<AccountId>,
    /// All accounts whose records can be read
    #[arg(long, conflicts_with = "ids")]
    pub(super) all: bool,
    /// Look at least this often: 2m, 1h
    #[arg(long, value_name = "TIME", value_parser = time)]
    every: Option<Duration>,
    /// For how long: 6h, 14d
    #[arg(long = "for", value_name = "TIME", value_parser = time)]
    lasts: Option<Duration>,
    /// Why, in words
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// After unlawful content: as often and as long as [watch] in arkivd.toml says
    #[arg(long, conflicts_with = "reason")]
    after_incident: bool,
    /// End it now
    #[arg(long, conflicts_with_all = ["every", "lasts", "reason", "after_incident"])]
    pub(super) end: bool,
}

impl Boost {
    /// True when it changes something.
    pub(super) fn writes(&self) -> bool {
        self.all || !self.ids.is_empty()
    }
}

/// `90s`, `2m`, `6h`, `14d`.
fn time(text: &str) -> Result<Duration, String> {
    let unit = text.chars().last().unwrap_or_default();
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        'd' => 86_400,
        _ => return Err("a number with s, m, h or d after it, such as 30m or 14d".to_owned()),
    };
    let number: u64 = text
        .strip_suffix(unit)
        .and_then(|n| n.parse().ok())
        .ok_or("a number with s, m, h or d after it, such as 30m or 14d")?;
    Ok(Duration::from_secs(number.saturating_mul(seconds)))
}

pub(super) fn run(args: &Boost, context: &Context, output: &Output) -> Result<Exit, Error> {
    if !args.writes() {
        let archive = context.read()?;
        let boosts = archive.catalog().boosts((context.around.now)())?;
        return list(&archive, &boosts, output);
    }
    let archive = context.write()?;
    watch::refuse_closed(&args.ids, &archive)?;
    let accounts = watchable(args, archive.catalog().open_accounts()?, context)?;
    let now = (context.around.now)();
    if args.end {
        let mut ended = 0;
        for account in &accounts {
            let actor = &context.around.actor;
            ended += archive.catalog().end_boosts(&account.id, now, actor)?;
        }
        let data = json!({ "ended": ended });
        output.report(&data, &[], |out| writeln!(out, "ended {ended}"))?;
        return Ok(Exit::Done);
    }
    let (seconds, lasts, reason) = terms(args, context)?;
    let boosts: Vec<Row> = accounts
        .iter()
        .map(|account| Row {
            account: account.id.clone(),
            seconds,
            begins: now,
            ends: now + lasts,
            reason: reason.clone(),
            actor: context.around.actor.clone(),
        })
        .collect();
    for boost in &boosts {
        archive.catalog().add_boost(boost)?;
    }
    list(&archive, &boosts, output)?;
    if !context.is_served() {
        output.hint("the daemon looks, and none runs by this process: arkivd run; once by hand: arkivd watch ID");
    }
    Ok(Exit::Done)
}

/// Those whose records can be read; one that is named and cannot be watched is an error.
fn watchable(
    args: &Boost,
    registered: Vec<Account>,
    context: &Context,
) -> Result<Vec<Account>, Error> {
    let readable = |a: &Account| a.platform.has_records();
    let accounts = chosen(&args.ids, args.all, registered, &context.rights, readable)?;
    match accounts.iter().find(|a| !readable(a)) {
        None => Ok(accounts),
        Some(account) => Err(Error::Argument {
            what: "account",
            value: account.id.to_string(),
            problem: "its records cannot be read yet, so that nothing can be watched",
            hint: "its page is taken by schedule: arkivd schedule list",
        }),
    }
}

/// How often, for how long, and why.
fn terms(args: &Boost, context: &Context) -> Result<(u64, TimeDelta, String), Error> {
    let watch = &context.config.watch;
    let fault = |what, value: String, problem, hint| Error::Argument {
        what,
        value,
        problem,
        hint,
    };
    let minutes = |n: u32| Duration::from_secs(u64::from(n) * 60);
    let (every, lasts, reason) = match (&args.reason, args.after_incident) {
        (_, true) => (
            args.every.unwrap_or(minutes(watch.after_incident_minutes)),
            args.lasts
                .unwrap_or(minutes(watch.after_incident_days.saturating_mul(24 * 60))),
            INCIDENT.to_owned(),
        ),
        (Some(reason), false) if !reason.trim().is_empty() => (
            args.every.unwrap_or(minutes(2)),
            args.lasts.unwrap_or(minutes(24 * 60)),
            reason.clone(),
        ),
        _ => {
            return Err(fault(
                "reason",
                args.reason.clone().unwrap_or_default(),
                "why the account is watched tighter must be told",
                "--reason \"Översvämning i centrum\", or --after-incident",
            ));
        }
    };
    if !(30..=86_400).contains(&every.as_secs()) {
        return Err(fault(
            "every",
            format!("{} s", every.as_secs()),
            "it must be 30s to 1d",
            "such as --every 2m",
        ));
    }
    if !(60..=366 * 86_400).contains(&lasts.as_secs()) {
        return Err(fault(
            "for",
            format!("{} s", lasts.as_secs()),
            "it must be 1m to 366d",
            "such as --for 48h",
        ));
    }
    let lasts = TimeDelta::seconds(i64::try_from(lasts.as_secs()).unwrap_or(60));
    Ok((every.as_secs(), lasts, reason))
}

fn list(archive: &Archive, boosts: &[Row], output: &Output) -> Result<Exit, Error> {
    let mut problems = Vec::new();
    for boost in boosts {
        let row = archive.catalog().watch(&boost.account)?;
        problems.push(row.and_then(|row| row.problem));
    }
    let rows = boosts.iter().zip(&problems);
    let data = json!({ "boosts": rows.clone().map(|(b, p)| as_json(b, p.as_deref())).collect::<Vec<_>>() });
    output.report(&data, &[], |out| {
        if boosts.is_empty() {
            return writeln!(out, "no account is watched tighter than its schedules say");
        }
        let mut table = Table::new(&["account", "every", "until (Swedish time)", "by", "reason"]);
        for b in boosts {
            table.row([
                b.account.to_string(),
                every(b.seconds),
                local_time(b.ends),
                b.actor.clone(),
                b.reason.clone(),
            ]);
        }
        table.write(out)?;
        for (b, problem) in rows {
            if let Some(problem) = problem {
                writeln!(
                    out,
                    "the newest look at {} failed: {}",
                    b.account,
                    one_line(problem)
                )?;
            }
        }
        Ok(())
    })?;
    Ok(Exit::Done)
}

fn every(seconds: u64) -> String {
    match seconds {
        s if s.is_multiple_of(86_400) => format!("{} d", s / 86_400),
        s if s.is_multiple_of(3600) => format!("{} h", s / 3600),
        s if s.is_multiple_of(60) => format!("{} min", s / 60),
        s => format!("{s} s"),
    }
}

fn as_json(b: &Row, problem: Option<&str>) -> Value {
    json!({ "account": b.account, "every_seconds": b.seconds, "begins": b.begins, "ends": b.ends,
            "reason": b.reason, "actor": b.actor, "problem": problem })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_numbers_with_a_unit() {
        let seconds = |text| time(text).map(|t| t.as_secs());
        assert_eq!(seconds("90s"), Ok(90));
        assert_eq!(seconds("2m"), Ok(120));
        assert_eq!(seconds("6h"), Ok(21_600));
        assert_eq!(seconds("14d"), Ok(1_209_600));
        for bad in [
            "",
            "m",
            "2",
            "2 m",
            "-1h",
            "2å",
            "1.5h",
            "99999999999999999999d",
        ] {
            assert!(time(bad).is_err(), "{bad:?}");
        }
    }
}
