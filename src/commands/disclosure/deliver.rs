//! `arkivd disclosure deliver`, and `preview`.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};

use super::super::output::{Exit, Output, counted, size};
use super::super::{Context, Error};
use super::{demanded, demanded_open, settings};
use crate::record::ExportId;
use crate::workflow::{
    Delivery, Form, Handout, Remark, deliver_again, deliver_disclosure, preview_disclosure,
};

#[derive(Debug, Args)]
pub(in super::super) struct Deliver {
    /// Its beteckning or diarienummer
    #[arg(value_name = "U")]
    case: String,
    /// How it is handed out: på-stället (to be read here, free), papper or digitalt
    #[arg(long, value_name = "FORM", required_unless_present = "again")]
    form: Option<Form>,
    /// All versions of each record: what did it say
    #[arg(long)]
    versions: bool,
    /// Also films, sounds and documents of masked records, as they are: you have gone through them
    #[arg(long)]
    with_attachments: bool,
    /// Also where what is masked in one record stands open in another: you have judged each place
    #[arg(long)]
    accept_remarks: bool,
    /// Write once more what was handed out, with the same bytes
    #[arg(long, value_name = "EXPORT", conflicts_with_all = ["form", "versions", "with_attachments", "accept_remarks"])]
    again: Option<ExportId>,
    /// Where to; it must not exist. A PDF, and digitalt a ZIP; papper too where documents are printed beside the records
    #[arg(short, long, value_name = "OUT")]
    pub(super) out: PathBuf,
}

#[derive(Debug, Args)]
pub(in super::super) struct Preview {
    /// Its beteckning or diarienummer
    #[arg(value_name = "U")]
    case: String,
    /// All versions of each record
    #[arg(long)]
    versions: bool,
    /// Also films, sounds and documents of masked records
    #[arg(long)]
    with_attachments: bool,
    /// Where to; it must not exist. One PDF, a ZIP, or a folder
    #[arg(short, long, value_name = "OUT")]
    pub(super) out: PathBuf,
}

impl Preview {
    fn ends_in(&self, end: &str) -> bool {
        self.out
            .extension()
            .is_some_and(|e| e.eq_ignore_ascii_case(end))
    }

    pub(super) fn makes_folder(&self) -> bool {
        !self.ends_in("pdf") && !self.ends_in("zip")
    }
}

pub(super) fn preview(args: &Preview, context: &Context, output: &Output) -> Result<Exit, Error> {
    let archive = context.read()?;
    let case = demanded_open(&archive, &args.case, context)?;
    context.note("disclosure preview", &case.row.designation, &json!({}))?;
    let delivery = Delivery {
        form: if args.ends_in("pdf") {
            Form::Paper
        } else {
            Form::Digital
        },
        versions: args.versions,
        attachments: args.with_attachments,
        accept: false,
        out: &args.out,
        given: context.given_file()?,
    };
    let done = preview_disclosure(
        &archive,
        &args.case,
        &settings(context),
        delivery,
        &context.around,
    )?;
    tell(&case.row.designation, &args.out, &done, output)?;
    match case.counts.unreviewed {
        0 => {}
        1 => output.hint("1 record is not reviewed, and is not in it"),
        n => output.hint(&format!("{n} records are not reviewed, and are not in it")),
    }
    output.hint(&format!(
        "read all of it; then: arkivd disclosure deliver {} --form på-stället|papper|digitalt -o OUT",
        case.row.designation
    ));
    Ok(Exit::Done)
}

pub(super) fn run(args: &Deliver, context: &Context, output: &Output) -> Result<Exit, Error> {
    let archive = context.write()?;
    let given = context.given_file()?;
    if let Some(export) = args.again {
        let case = demanded(&archive, &args.case, context)?;
        let done = deliver_again(&archive, &case, export, &args.out, given)?;
        tell(&case.row.designation, &args.out, &done, output)?;
        return Ok(Exit::Done);
    }
    let case = demanded_open(&archive, &args.case, context)?;
    let delivery = Delivery {
        form: args.form.unwrap_or(Form::Paper),
        versions: args.versions,
        attachments: args.with_attachments,
        accept: args.accept_remarks,
        out: &args.out,
        given,
    };
    let done = deliver_disclosure(
        &archive,
        &args.case,
        &settings(context),
        delivery,
        &context.around,
    )?;
    tell(&case.row.designation, &args.out, &done, output)?;
    let technical = |r: &&Remark| {
        matches!(
            r,
            Remark::LeftOut {
                technical: true,
                ..
            }
        )
    };
    if done.remarks.iter().any(|r| technical(&r)) {
        output.hint(match done.form {
            Form::OnTheSpot => "show the files that are not in the document beside it: arkivd record show names their bag, arkivd export bag writes it",
            Form::Paper | Form::Digital => "files are left out for how the copy is made, not for secrecy: the requester has a right to see them on the spot (TF 2 kap. 15 §)",
        });
    }
    let after = demanded(&archive, &args.case, context)?;
    if let Some(next) = after.next_step() {
        output.hint(&next);
    }
    Ok(Exit::Done)
}

fn tell(designation: &str, out: &Path, done: &Handout, output: &Output) -> Result<(), Error> {
    let remarks: Vec<String> = done.remarks.iter().map(told).collect();
    let data = json!({ "disclosure": designation, "export": done.export, "draft": done.export.is_none(), "form": done.form, "path": out,
        "files": done.files, "bytes": done.bytes, "sha256": done.sha256, "records": done.records, "masks": done.masked,
        "withheld": done.withheld, "pages": done.pages, "fee_ore": done.fee, "not_given": done.not_given,
        "remarks": done.remarks.iter().map(as_json).collect::<Vec<_>>() });
    output.report(&data, &remarks, |to| {
        let what = match done.export {
            Some(export) => format!("export {export}"),
            None => "draft".to_owned(),
        };
        writeln!(
            to,
            "{}: {}, {}",
            out.display(),
            size(done.bytes),
            counted(done.files, "file")
        )?;
        writeln!(
            to,
            "{what}: {}, {}, {} withheld, {}",
            counted(done.records, "record"),
            counted(done.masked, "mask"),
            done.withheld,
            counted(done.pages, "page")
        )?;
        match done.export {
            Some(_) => writeln!(to, "fee: {}", kronor(done.fee)),
            None => Ok(()),
        }
    })?;
    Ok(())
}

fn kronor(ore: u64) -> String {
    match (ore / 100, ore % 100) {
        (0, 0) => "none".to_owned(),
        (kronor, 0) => format!("{kronor} kr"),
        (kronor, ore) => format!("{kronor},{ore:02} kr"),
    }
}

fn told(remark: &Remark) -> String {
    match remark {
        Remark::StandsElsewhere {
            mask,
            record,
            open: true,
        } => {
            format!("what mask {mask} hides stands in record {record} too, where it is not masked")
        }
        Remark::StandsElsewhere { mask, record, .. } => {
            format!("an address in record {record} tells what mask {mask} hides: it is left out")
        }
        Remark::Idle(mask) => format!("mask {mask} takes nothing out of what is handed out"),
        Remark::PicturesUnmasked(record) => {
            format!("record {record} is masked, and its pictures are not: look at what they show")
        }
        Remark::LeftOut { record, why, .. } => {
            format!("a file of record {record} is not handed out, and the requester is told: {why}")
        }
        Remark::Whole(1) => {
            "1 file is handed out as it is: nothing in it can be masked here".to_owned()
        }
        Remark::Whole(n) => {
            format!("{n} files are handed out as they are: nothing in them can be masked here")
        }
        Remark::CountByHand { record, file } => format!(
            "record {record}: the pages of {file} cannot be counted here: count them by hand, and add them to the fee"
        ),
        Remark::ScreenNotLookedAt { bag, page } => {
            format!(
                "nobody has looked at page {page} of page capture {bag} since something changed"
            )
        }
        Remark::ScreenShowsOthers {
            bag,
            page,
            records,
            restricted,
        } => {
            let never = match restricted {
                0 => String::new(),
                n => format!(", {n} of them not public"),
            };
            let records = counted(*records, "record");
            format!(
                "page {page} of page capture {bag} shows {records} that are not handed out by themselves{never}: box them, or add them to the request"
            )
        }
    }
}

fn as_json(remark: &Remark) -> Value {
    match remark {
        Remark::StandsElsewhere { mask, record, open } => {
            json!({ "what": "stands-elsewhere", "mask": mask, "record": record, "open": open })
        }
        Remark::Idle(mask) => json!({ "what": "idle", "mask": mask }),
        Remark::PicturesUnmasked(record) => {
            json!({ "what": "pictures-unmasked", "record": record })
        }
        Remark::LeftOut {
            record,
            why,
            technical,
        } => {
            json!({ "what": "left-out", "record": record, "why": why, "technical": technical })
        }
        Remark::Whole(files) => json!({ "what": "whole-files", "files": files }),
        Remark::CountByHand { record, file } => {
            json!({ "what": "count-by-hand", "record": record, "file": file })
        }
        Remark::ScreenNotLookedAt { bag, page } => {
            json!({ "what": "screen-not-looked-at", "bag": bag, "page": page })
        }
        Remark::ScreenShowsOthers {
            bag,
            page,
            records,
            restricted,
        } => {
            json!({ "what": "screen-shows-others", "bag": bag, "page": page, "records": records, "restricted": restricted })
        }
    }
}
