//! `arkivd disclosure mark`, and `close`: what happened, and the end.

use std::str::FromStr;

use chrono::NaiveDate;
use clap::Args;

use super::super::output::{Exit, Output};
use super::super::{Context, Error};
use super::{demanded, demanded_open, settings, show};
use crate::catalog::DisclosureWhat;
use crate::workflow::{DisclosureMark, close_disclosure, mark_disclosure};

#[derive(Debug, Args)]
pub(in super::super) struct Mark {
    #[arg(value_name = "U")]
    case: String,
    /// answered=DAY, served=DAY (the requester got the decision), appealed=DAY, withdrawn=DAY, decided=REFERENCE,
    /// upheld=REFERENCE, changed=REFERENCE or registered=DIARIENUMMER
    #[arg(value_name = "WHAT")]
    what: What,
    /// The day of what has a reference [default: today]
    #[arg(long, value_name = "DAY")]
    day: Option<NaiveDate>,
    /// What who takes over should know; nothing of who asked
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
}

/// What is noted, as it is written on the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
struct What {
    what: DisclosureWhat,
    day: Option<NaiveDate>,
    value: Option<String>,
}

impl FromStr for What {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        use DisclosureWhat::{
            Answered, Appealed, Changed, Decided, Registered, Served, Upheld, Withdrawn,
        };
        let (word, value) = match text.split_once('=') {
            Some((word, value)) => (word, Some(value.trim()).filter(|v| !v.is_empty())),
            None => (text, None),
        };
        let (what, is_day) = match word {
            "answered" => (Answered, true),
            "served" => (Served, true),
            "appealed" => (Appealed, true),
            "withdrawn" => (Withdrawn, true),
            "decided" => (Decided, false),
            "upheld" => (Upheld, false),
            "changed" => (Changed, false),
            "registered" => (Registered, false),
            _ => {
                return Err("it is answered=, served=, appealed=, withdrawn=, decided=, upheld=, changed= or registered=".to_owned());
            }
        };
        let day = |value: &str| {
            NaiveDate::parse_from_str(value, "%Y-%m-%d")
                .map_err(|_| format!("{value:?} is no day: write {word}=2026-11-20"))
        };
        match (is_day, value) {
            (_, None) if is_day => Err(format!("say which day: {word}=2026-11-20")),
            (_, None) => Err(format!("say which: {word}=REFERENCE")),
            (true, Some(value)) => Ok(Self {
                what,
                day: Some(day(value)?),
                value: None,
            }),
            (false, Some(value)) if value.chars().any(char::is_control) => {
                Err("it must be one line".to_owned())
            }
            (false, Some(value)) if value.chars().count() > 200 => {
                Err("it is longer than 200 letters".to_owned())
            }
            (false, Some(value)) => Ok(Self {
                what,
                day: None,
                value: Some(value.to_owned()),
            }),
        }
    }
}

pub(super) fn run(args: &Mark, context: &Context, output: &Output) -> Result<Exit, Error> {
    if args.day.is_some() && args.what.day.is_some() {
        return Err(Error::Argument {
            what: "argument",
            value: "--day".to_owned(),
            problem: "what is noted has its day already",
            hint: "arkivd disclosure mark --help",
        });
    }
    if let (DisclosureWhat::Registered, Some(number)) = (args.what.what, &args.what.value) {
        context.config.diarium.demand(number)?;
    }
    let archive = context.write()?;
    demanded(&archive, &args.case, context)?;
    let mark = DisclosureMark {
        what: args.what.what,
        day: args.what.day.or(args.day),
        value: args.what.value.as_deref(),
        note: args.note.as_deref(),
    };
    let settings = settings(context);
    let case = mark_disclosure(&archive, &args.case, &mark, &settings, &context.around)?;
    let mut remarks = Vec::new();
    if mark.what == DisclosureWhat::Withdrawn {
        output.hint(&format!(
            "if it was noted by mistake, or the requester comes back: arkivd disclosure refresh {}",
            case.row.designation
        ));
    }
    if let Some(appeal) = &case.appeal {
        match (mark.what, appeal.appealed) {
            (DisclosureWhat::Served, _) => output.hint(&format!(
                "an appeal must have reached {} on {} at the latest",
                case.row.committee, appeal.last_day
            )),
            (DisclosureWhat::Appealed, Some(day)) if day > appeal.last_day => remarks.push(format!(
                "the last day to appeal was {}: the committee decides whether it came too late (förvaltningslagen 45 §)",
                appeal.last_day
            )),
            (DisclosureWhat::Appealed, Some(_)) => output.hint(
                "hand the appeal and the records to the court at once, unless the committee changes its decision itself (förvaltningslagen 46 §)",
            ),
            (DisclosureWhat::Changed, _) => output.hint(&format!(
                "review anew what the court changed: arkivd disclosure review {}",
                case.row.designation
            )),
            _ => {}
        }
    }
    show::tell(&archive, &case, &remarks, &[], output)?;
    Ok(Exit::Done)
}

pub(super) fn close(
    name: &str,
    reason: Option<&str>,
    context: &Context,
    output: &Output,
) -> Result<Exit, Error> {
    let archive = context.write()?;
    demanded_open(&archive, name, context)?;
    let case = close_disclosure(&archive, name, reason, &settings(context), &context.around)?;
    show::tell(&archive, &case, &[], &[], output)?;
    if case.row.has_requester {
        output.hint(&format!(
            "who asked is still kept; when it is needed no more: arkivd disclosure forget {}",
            case.row.designation
        ));
    }
    Ok(Exit::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_noted_is_told_with_what_it_needs() {
        for good in [
            "answered=2026-11-20",
            "served=2026-11-20",
            "appealed= 2026-11-20",
            "withdrawn=2026-11-20",
            "upheld=mål 1234-26",
            "changed=1234-26",
            "decided=§ 12",
            "registered=KS 2026/12",
        ] {
            assert!(good.parse::<What>().is_ok(), "{good}");
        }
        for bad in [
            "",
            "served",
            "served=",
            "served=igår",
            "served=2026-02-30",
            "upheld",
            "upheld= ",
            "delivered=2026-11-20",
            "registered=a\nb",
        ] {
            assert!(bad.parse::<What>().is_err(), "{bad:?}");
        }
        assert!(
            format!("upheld={}", "x".repeat(201))
                .parse::<What>()
                .is_err()
        );
    }
}
