//! `arkivd event`: who did what, when.

use std::io::{self, Write as _};

use chrono::{Days, NaiveDate};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::output::{Exit, Output, one_line};
use super::{Context, Error};
use crate::calendar::{day_begins, local_time};
use crate::catalog::{EventFilter, EventRow};

#[derive(Debug, Subcommand)]
pub(super) enum Event {
    /// List the acts in the archive, newest first; with --json an act a line
    List(List),
}

#[derive(Debug, Args)]
pub(super) struct List {
    /// Only on this account, capture, schedule or other object
    #[arg(long, value_name = "ID")]
    object: Option<String>,
    /// Only by those whose name or user holds these words
    #[arg(long, value_name = "WORDS")]
    who: Option<String>,
    /// On this day or later, such as 2026-11-21
    #[arg(long, value_name = "DAY")]
    from: Option<NaiveDate>,
    /// On this day or earlier
    #[arg(long, value_name = "DAY")]
    to: Option<NaiveDate>,
    /// At most so many
    #[arg(long, value_name = "N")]
    limit: Option<u32>,
}

impl Event {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::List(_) => "event list",
        }
    }
}

pub(super) fn run(command: &Event, context: &Context, output: &Output) -> Result<Exit, Error> {
    let Event::List(args) = command;
    let archive = context.read()?;
    let filter = EventFilter {
        object: args.object.clone(),
        actor: args.who.clone(),
        from: args.from.map(day_begins),
        until: args
            .to
            .and_then(|day| day.checked_add_days(Days::new(1)))
            .map(day_begins),
        limit: args.limit,
    };
    let mut out = output.stream();
    let mut listed = 0u64;
    archive.catalog().for_each_event::<Error>(&filter, |e| {
        listed += 1;
        if output.is_json() {
            serde_json::to_writer(&mut out, &as_json(&e)).map_err(io::Error::from)?;
            writeln!(out)?;
        } else {
            write(&e, &mut out)?;
        }
        Ok(())
    })?;
    out.flush()?;
    if listed == 0 {
        output.hint("no event matches; without options all are listed");
    }
    Ok(Exit::Done)
}

fn write(e: &EventRow, out: &mut dyn io::Write) -> io::Result<()> {
    writeln!(
        out,
        "{}  {}  {} {}",
        local_time(e.at),
        one_line(&e.actor),
        e.verb,
        one_line(&e.object)
    )?;
    match (&e.before, &e.after) {
        (Some(Value::Object(before)), Some(Value::Object(after))) => {
            for (key, now) in after {
                let was = before.get(key).unwrap_or(&Value::Null);
                if was != now {
                    writeln!(out, "    {key}: {} -> {}", shown(was), shown(now))?;
                }
            }
        }
        (None, Some(Value::Object(after))) => {
            for (key, now) in after.iter().filter(|(_, now)| !now.is_null()) {
                writeln!(out, "    {key}: {}", shown(now))?;
            }
        }
        (before, after) => {
            for (word, value) in [("before", before), ("after", after)] {
                if let Some(value) = value {
                    writeln!(out, "    {word}: {}", shown(value))?;
                }
            }
        }
    }
    Ok(())
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => one_line(text),
        Value::Null => "-".to_owned(),
        other => one_line(&other.to_string()),
    }
}

fn as_json(e: &EventRow) -> Value {
    json!({ "event": e.number, "at": e.at, "actor": e.actor, "verb": e.verb, "object": e.object,
            "before": e.before, "after": e.after })
}
