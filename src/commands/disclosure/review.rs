//! `arkivd disclosure review`: what becomes of each record.

use clap::{ArgGroup, Args};

use super::super::output::{Exit, Output};
use super::super::{Context, Error};
use super::{demanded_open, settings, show};
use crate::record::RecordId;
use crate::workflow::{Reviewed, Verdict, review_disclosure};

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("verdict").required(true).args(["release", "withhold", "masked", "outside", "undo"]))]
#[command(group = ArgGroup::new("which").required(true).args(["records", "rest"]))]
pub(in super::super) struct Review {
    #[arg(value_name = "U")]
    case: String,
    /// Records of the request
    #[arg(value_name = "RECORD")]
    records: Vec<RecordId>,
    /// All that wait for a review and are public; what is not public is assessed one by one
    #[arg(long)]
    rest: bool,
    /// It is handed out as it is
    #[arg(long)]
    release: bool,
    /// It is not handed out, by chapter and § of OSL: "21 kap. 7 §"
    #[arg(long, value_name = "PROVISION")]
    withhold: Option<String>,
    /// Its masks are enough, also for what has come since they were laid
    #[arg(long)]
    masked: bool,
    /// It is not what was asked for
    #[arg(long)]
    outside: bool,
    /// Take the review back
    #[arg(long)]
    undo: bool,
    /// Why; the requester is told, so it says nothing of what is secret
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
}

impl Review {
    fn verdict(&self) -> Verdict<'_> {
        match &self.withhold {
            Some(provision) => Verdict::Withhold(provision),
            None if self.masked => Verdict::Masked,
            None if self.outside => Verdict::Outside,
            None if self.undo => Verdict::Undo,
            None => Verdict::Release,
        }
    }
}

pub(super) fn run(args: &Review, context: &Context, output: &Output) -> Result<Exit, Error> {
    let archive = context.write()?;
    demanded_open(&archive, &args.case, context)?;
    let records = match args.rest {
        true => Reviewed::Rest,
        false => Reviewed::Records(&args.records),
    };
    let done = review_disclosure(
        &archive,
        &args.case,
        records,
        args.verdict(),
        args.reason.as_deref(),
        &settings(context),
        &context.around,
    )?;
    let mut remarks = Vec::new();
    if done.left > 0 {
        remarks.push(format!(
            "{} were left: they are not public, or masked, and are reviewed one by one",
            done.left
        ));
    }
    show::tell(&archive, &done.case, &remarks, &[], output)?;
    Ok(match done.left {
        0 => Exit::Done,
        _ => Exit::Partial,
    })
}
