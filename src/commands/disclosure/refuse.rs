//! `arkivd disclosure refuse`: the employee's answer, and the committee's decision, as Swedish drafts.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use clap::{ArgGroup, Args};
use serde_json::json;

use super::super::output::{Exit, Output};
use super::super::{Context, Error};
use super::{demanded_open, settings};
use crate::export::Unfinished;
use crate::workflow::{self, Refusal, refuse_disclosure};

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("step").required(true).args(["answer", "decision"]))]
pub(in super::super) struct Refuse {
    #[arg(value_name = "U")]
    case: String,
    /// The employee's answer: what is refused, and that the committee's own decision can be asked for
    #[arg(long)]
    answer: bool,
    /// The committee's decision, which can be appealed
    #[arg(long, requires = "delegate")]
    decision: bool,
    /// Who decides for the committee
    #[arg(long, value_name = "NAME", conflicts_with = "answer")]
    delegate: Option<String>,
    /// The § of the delegationsordning [default: as arkivd.toml has it]
    #[arg(long, value_name = "§", conflicts_with = "answer")]
    delegation: Option<String>,
    /// The day of the decision [default: today]
    #[arg(long, value_name = "DAY", conflicts_with = "answer")]
    day: Option<NaiveDate>,
    /// It is final: sealed in the archive as it goes to the requester, and noted
    #[arg(long, conflicts_with = "answer")]
    seal: bool,
    /// Where to: .pdf (PDF/A) or .txt (to be edited) [default: the text on stdout]
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl Refuse {
    pub(super) fn out(&self) -> Option<&Path> {
        self.out.as_deref()
    }

    fn refusal(&self) -> Refusal<'_> {
        match &self.delegate {
            Some(delegate) => Refusal::Decision {
                delegate,
                delegation: self.delegation.as_deref(),
                day: self.day,
                seal: self.seal,
            },
            None => Refusal::Answer,
        }
    }

    /// Whether a PDF is asked for, or a text.
    fn is_pdf(&self) -> Result<bool, Error> {
        let Some(out) = &self.out else {
            return Ok(false);
        };
        let ends = |with: &str| {
            out.extension()
                .is_some_and(|e| e.eq_ignore_ascii_case(with))
        };
        match (ends("pdf"), ends("txt")) {
            (true, _) => Ok(true),
            (_, true) => Ok(false),
            _ => Err(Error::Argument {
                what: "file",
                value: out.display().to_string(),
                problem: "it is neither .pdf nor .txt",
                hint: "-o svar.pdf, or -o svar.txt to edit it",
            }),
        }
    }
}

pub(super) fn run(args: &Refuse, context: &Context, output: &Output) -> Result<Exit, Error> {
    let is_pdf = args.is_pdf()?;
    let archive = context.write()?;
    demanded_open(&archive, &args.case, context)?;
    let given = match &args.out {
        Some(_) => context.given_file()?,
        None => None,
    };
    // Before it is sealed: what cannot be written there is told first.
    let begun = match (&args.out, &given) {
        (Some(out), None) => Some(Unfinished::begin(out).map_err(workflow::Error::from)?),
        _ => None,
    };
    let settings = settings(context);
    let done = refuse_disclosure(
        &archive,
        &args.case,
        args.refusal(),
        &settings,
        &context.around,
    )?;
    let bytes = match is_pdf {
        true => done.pdf.as_slice(),
        false => done.text.as_bytes(),
    };
    if let Some(file) = given {
        write(file, bytes, args.out.as_deref())?;
    } else if let Some(begun) = begun {
        write(
            begun.create().map_err(workflow::Error::from)?,
            bytes,
            args.out.as_deref(),
        )?;
        begun.finish().map_err(workflow::Error::from)?;
    }
    let row = &done.case.row;
    let data = json!({ "designation": row.designation, "step": if args.answer { "answer" } else { "decision" },
        "text": done.text, "path": args.out, "bag": done.bag, "next": done.case.next_step() });
    output.report(&data, &[], |to| match (&args.out, done.bag) {
        (None, None) => write!(to, "{}", done.text),
        (out, bag) => {
            if let Some(out) = out {
                writeln!(to, "{}", out.display())?;
            }
            match bag {
                Some(bag) => writeln!(to, "sealed in bag {bag}"),
                None => Ok(()),
            }
        }
    })?;
    let case = &row.designation;
    output.hint(&match (args.answer, done.bag) {
        (true, _) => format!("once it is sent: arkivd disclosure mark {case} answered=DAY"),
        (false, Some(_)) => format!(
            "give it to the requester in a way that shows the day they got it; then: arkivd disclosure mark {case} served=DAY"
        ),
        (false, None) => "a draft; when it is final, the same with --seal".to_owned(),
    });
    Ok(Exit::Done)
}

fn write(mut file: File, bytes: &[u8], path: Option<&Path>) -> Result<(), workflow::Error> {
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    written.map_err(|source| workflow::Error::Io {
        path: path.map(Path::to_owned).unwrap_or_default(),
        source,
    })
}
