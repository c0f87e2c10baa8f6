//! `arkivd account administrator`: who administers an account, and by whose mandate (HAL-2, HAL-8).

use chrono::NaiveDate;
use clap::Subcommand;
use serde_json::json;

use super::super::output::{Exit, Output, Table, one_line};
use super::super::{Context, Error};
use super::enter::demand;
use crate::catalog;
use crate::record::{AccountId, Register, Side};
use crate::workflow::{self, AdministratorRequest};

#[derive(Debug, Subcommand)]
pub(in crate::commands) enum Administrator {
    /// Give a person the task of administering an account
    Add {
        id: AccountId,
        name: String,
        /// Where the person belongs: unit or communications
        #[arg(long = "of", value_name = "SIDE", default_value = "unit")]
        side: Side,
        /// Who gave the task in writing
        #[arg(long, value_name = "NAME")]
        mandate_by: Option<String>,
        /// Since when [default: today]
        #[arg(long, value_name = "DAY")]
        date: Option<NaiveDate>,
    },
    /// End a person's mandate
    End {
        id: AccountId,
        name: String,
        /// The first day on which it no longer holds [default: today]
        #[arg(long, value_name = "DAY")]
        date: Option<NaiveDate>,
    },
    /// Show who administers an account
    List { id: AccountId },
}

pub(super) fn run(
    command: &Administrator,
    context: &Context,
    output: &Output,
) -> Result<Exit, Error> {
    match command {
        Administrator::List { id } => {
            let archive = context.read()?;
            if archive.catalog().account(id)?.is_none() {
                return Err(catalog::Error::NoAccount(id.clone()).into());
            }
            let register = archive.catalog().register(id)?;
            list_administrators(id, &register, output)
        }
        Administrator::Add {
            id,
            name,
            side,
            mandate_by,
            date,
        } => {
            let archive = context.write()?;
            demand(id, context)?;
            let request = AdministratorRequest {
                name,
                side: *side,
                mandate_by: mandate_by.as_deref(),
                since: *date,
            };
            let since = workflow::add_administrator(&archive, id, request, &context.around)?;
            let data = json!({ "account": id, "name": name.trim(), "side": side, "mandate_by": mandate_by,
                "since": since });
            output.report(&data, &[], |out| {
                writeln!(out, "{} administers {id} since {since}", one_line(name))
            })?;
            Ok(Exit::Done)
        }
        Administrator::End { id, name, date } => {
            let archive = context.write()?;
            demand(id, context)?;
            let ended = workflow::end_administrator(&archive, id, name, *date, &context.around)?;
            let data = json!({ "account": id, "name": name.trim(), "ended": ended });
            output.report(&data, &[], |out| {
                writeln!(
                    out,
                    "the mandate of {} for {id} ended {ended}",
                    one_line(name)
                )
            })?;
            output.hint("take the right away on the platform too: arkivd cannot");
            Ok(Exit::Done)
        }
    }
}

fn list_administrators(
    id: &AccountId,
    register: &Register,
    output: &Output,
) -> Result<Exit, Error> {
    let data = json!({ "account": id, "administrators": register.administrators });
    output.report(&data, &[], |out| {
        let mut table = Table::new(&["name", "of", "mandate by", "since", "ended"]);
        for a in &register.administrators {
            table.row([
                a.name.clone(),
                a.side.to_string(),
                a.mandate_by.clone().unwrap_or_else(|| "-".to_owned()),
                a.since.to_string(),
                a.ended
                    .map_or_else(|| "-".to_owned(), |day| day.to_string()),
            ]);
        }
        table.write(out)
    })?;
    Ok(Exit::Done)
}
