//! `arkivd disclosure mask`, `unmask` and `reason`.

use std::str::FromStr;

use clap::{ArgGroup, Args};
use serde_json::json;

use super::super::output::{Exit, Output};
use super::super::{Context, Error};
use super::demanded_open;
use crate::export::mask::What;
use crate::record::RecordId;
use crate::retention::disclosure::Provision;
use crate::workflow::{DisclosureFault, Reasoned, give_reason, mask_record, unmask_record};

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("what").required(true).args(["words", "author", "pattern", "region", "medium"]))]
pub(in super::super) struct Mask {
    /// Its beteckning or diarienummer
    #[arg(value_name = "U")]
    case: String,
    /// A record of the request; all its versions are masked
    #[arg(value_name = "RECORD")]
    record: RecordId,
    /// These words, wherever they stand in it and however they are written
    #[arg(long, value_name = "TEXT")]
    words: Option<String>,
    /// Only the n-th time they stand in a version
    #[arg(long, value_name = "N", requires = "words", value_parser = clap::value_parser!(u32).range(1..))]
    nth: Option<u32>,
    /// Only where they are whole words, also with a genitive's s
    #[arg(long, requires = "words")]
    whole_word: bool,
    /// Who wrote it: name, its parts, address and handle, also in links and answers
    #[arg(long)]
    author: bool,
    /// What a regular expression finds, whatever its case
    #[arg(long, value_name = "RE")]
    pattern: Option<String>,
    /// A part of picture N: pixels from its left upper corner
    #[arg(long, value_name = "N:X,Y,WIDTH,HEIGHT")]
    region: Option<Region>,
    /// The N-th picture, film, sound or document, left out whole
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    medium: Option<u32>,
    /// By which chapter and § of OSL: "21:7"
    #[arg(long, value_name = "PROVISION")]
    osl: String,
    /// Why; the requester is told, so it says nothing of what is secret
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("which").required(true).args(["numbers", "rest"]))]
pub(in super::super) struct Reason {
    /// Its beteckning or diarienummer
    #[arg(value_name = "U")]
    case: String,
    /// Of masks, as show has them; each has another number after it
    #[arg(value_name = "NUMBER")]
    numbers: Vec<i64>,
    /// All masks that have none
    #[arg(long)]
    rest: bool,
    /// Why; the requester is told, so it says nothing of what is secret
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

/// `2:10,20,300,40`
#[derive(Debug, Clone, Copy)]
struct Region {
    medium: usize,
    sides: [u32; 4],
}

impl FromStr for Region {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "it is not N:X,Y,WIDTH,HEIGHT, such as 1:120,40,300,80".to_owned();
        let (medium, sides) = text.split_once(':').ok_or_else(wrong)?;
        let medium: usize = medium.trim().parse().map_err(|_| wrong())?;
        let sides: Vec<u32> = sides
            .split(',')
            .map(|n| n.trim().parse())
            .collect::<Result<_, _>>()
            .map_err(|_| wrong())?;
        let sides: [u32; 4] = sides.try_into().map_err(|_| wrong())?;
        match medium > 0 && sides[2] > 0 && sides[3] > 0 {
            true => Ok(Self { medium, sides }),
            false => Err(wrong()),
        }
    }
}

impl Mask {
    fn what(&self) -> What {
        if let Some(words) = &self.words {
            return What::Words {
                words: words.clone(),
                nth: self.nth,
                whole: self.whole_word,
            };
        }
        if let Some(pattern) = &self.pattern {
            return What::Pattern {
                pattern: pattern.clone(),
            };
        }
        if let Some(Region {
            medium,
            sides: [x, y, width, height],
        }) = self.region
        {
            return What::Region {
                medium,
                x,
                y,
                width,
                height,
            };
        }
        match self.medium {
            Some(medium) => What::Medium {
                medium: medium as usize,
            },
            None => What::Author,
        }
    }
}

pub(super) fn run(args: &Mask, context: &Context, output: &Output) -> Result<Exit, Error> {
    let archive = context.write()?;
    let case = demanded_open(&archive, &args.case, context)?;
    let provision: Provision = args
        .osl
        .parse()
        .map_err(|fault| Error::Workflow(DisclosureFault::Provision(fault).into()))?;
    let reason = args.reason.as_deref();
    let laid = mask_record(
        &archive,
        &case,
        args.record,
        &args.what(),
        &provision,
        reason,
        &context.around,
    )?;
    let mut warnings = Vec::new();
    if laid.described {
        warnings.push("the picture has a description, which stays: mask its words too where they tell what is hidden".to_owned());
    }
    let data = json!({ "disclosure": case.row.designation, "mask": laid.number, "record": args.record, "what": args.what().as_str(),
        "provision": laid.provision, "reason": laid.reason, "places": laid.places, "picture": laid.picture });
    output.report(&data, &warnings, |out| {
        let places = match laid.places {
            1 => "1 place".to_owned(),
            n => format!("{n} places"),
        };
        writeln!(
            out,
            "mask {} of {}: {places}, {}",
            laid.number, case.row.designation, laid.provision
        )?;
        match laid.picture {
            Some(p) => writeln!(
                out,
                "picture {} is {} x {} pixels",
                p.medium, p.width, p.height
            ),
            None => Ok(()),
        }
    })?;
    output.hint(&format!(
        "look at it as it will be: arkivd disclosure preview {} -o utkast.pdf",
        case.row.designation
    ));
    Ok(Exit::Done)
}

pub(super) fn reason(args: &Reason, context: &Context, output: &Output) -> Result<Exit, Error> {
    let archive = context.write()?;
    let case = demanded_open(&archive, &args.case, context)?;
    let masks = match args.rest {
        true => Reasoned::Rest,
        false => Reasoned::Masks(&args.numbers),
    };
    let done = give_reason(&archive, &case, masks, &args.reason, &context.around)?;
    let each: Vec<_> = done
        .iter()
        .map(|(before, now)| json!({ "before": before, "mask": now }))
        .collect();
    let designation = &case.row.designation;
    let data = json!({ "disclosure": designation, "reason": args.reason.trim(), "masks": each });
    output.report(&data, &[], |out| {
        for (before, now) in &done {
            writeln!(out, "mask {before} of {designation} is mask {now} now")?;
        }
        Ok(())
    })?;
    output.hint(&format!("arkivd disclosure show {designation}"));
    Ok(Exit::Done)
}

pub(super) fn unmask(
    name: &str,
    number: i64,
    context: &Context,
    output: &Output,
) -> Result<Exit, Error> {
    let archive = context.write()?;
    let case = demanded_open(&archive, name, context)?;
    let taken = unmask_record(&archive, &case, number, &context.around)?;
    let data = json!({ "disclosure": case.row.designation, "mask": number, "taken_away": taken });
    output.report(&data, &[], |out| match taken {
        true => writeln!(
            out,
            "mask {number} of {} is taken away",
            case.row.designation
        ),
        false => writeln!(
            out,
            "mask {number} of {} was taken away already",
            case.row.designation
        ),
    })?;
    if taken {
        output.hint(&format!(
            "a record without masks is reviewed anew, and one with masks left is to be delivered anew: arkivd disclosure show {}",
            case.row.designation
        ));
    }
    Ok(Exit::Done)
}
