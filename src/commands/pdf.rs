//! `arkivd pdf check`: what the gate says of PDF files, for anyone; no archive is needed.

mod cover;
mod image;

use std::fs::File;
use std::io::{self, Read as _, Write};
use std::path::{Path, PathBuf};

use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::Error;
use super::output::{Exit, Output, one_line};
use crate::pdfa::{self, Level, MAX_BYTES, Violation, check_others, declared};

#[derive(Debug, Subcommand)]
pub(super) enum Pdf {
    /// Judge files by PDF/A and PDF/UA; exit code 4 when one does not conform, 1 when one cannot be judged
    Check(Check),
    /// Make PDF/A-1b of screenshots: PNG or JPEG of any height, over pages
    Image(image::Image),
    /// Make a cover for a PDF that others wrote: its digest, what it says of itself, what the gate finds
    Cover(cover::Cover),
}

#[derive(Debug, Args)]
pub(super) struct Check {
    /// The PDF files
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The level to judge by [default: all that the file declares]
    #[arg(long, value_name = "FLAVOUR", value_parser = PossibleValuesParser::new(Level::ALL.map(Level::flavour))
        .try_map(|flavour| flavour.parse::<Level>()))]
    flavour: Option<Level>,
}

impl Pdf {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Check(_) => "pdf check",
            Self::Image(_) => "pdf image",
            Self::Cover(_) => "pdf cover",
        }
    }
}

pub(super) fn run(command: &Pdf, output: &Output) -> Result<Exit, Error> {
    let args = match command {
        Pdf::Check(args) => args,
        Pdf::Image(args) => return image::run(args, output),
        Pdf::Cover(args) => return cover::run(args, output),
    };
    let mut judged: Vec<Judged> = Vec::new();
    for file in &args.files {
        judged.push(Judged::of(file, args.flavour));
    }
    let data = json!({ "files": judged.iter().map(Judged::as_json).collect::<Vec<_>>() });
    output.report(&data, &[], |to| write(to, &judged))?;
    for unjudged in &judged {
        if let Err(problem) = &unjudged.result {
            let file = unjudged.file.display();
            output.error(&format!("{file}: {problem}"), &[], problem.hint());
        }
    }
    if judged.iter().any(Judged::declares_nothing) {
        output.hint("a file that declares no level is judged by the one you name: --flavour 2b");
    }
    Ok(judged
        .iter()
        .map(Judged::exit)
        .max_by_key(|exit| *exit as u8)
        .unwrap_or(Exit::Done))
}

/// Why a file was not judged.
#[derive(Debug, thiserror::Error)]
enum Problem {
    #[error("{0}")]
    Read(#[from] io::Error),
    #[error("{0}")]
    Judge(#[from] pdfa::Error),
}

impl Problem {
    fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Judge(pdfa::Error::Encrypted) => Some(
                "PDF/A allows no encryption; write it out without its password: qpdf --decrypt --password=.. IN OUT",
            ),
            Self::Judge(pdfa::Error::Truncated) => {
                Some("fetch or copy the file again, and compare its size")
            }
            _ => None,
        }
    }
}

/// One file, and what was found at each level it was judged by.
struct Judged<'a> {
    file: &'a Path,
    result: Result<Vec<(Level, Vec<Violation>)>, Problem>,
}

impl<'a> Judged<'a> {
    fn of(file: &'a Path, flavour: Option<Level>) -> Self {
        let result = read(file).and_then(|bytes| {
            let levels = match flavour {
                Some(level) => vec![level],
                None => declared(&bytes)?,
            };
            Ok(check_others(&bytes, &levels)?)
        });
        Self { file, result }
    }

    fn declares_nothing(&self) -> bool {
        self.result.as_ref().is_ok_and(Vec::is_empty)
    }

    fn exit(&self) -> Exit {
        match &self.result {
            Err(_) => Exit::Failed,
            Ok(levels) if levels.is_empty() => Exit::IntegrityFault,
            Ok(levels) if levels.iter().any(|(_, v)| !v.is_empty()) => Exit::IntegrityFault,
            Ok(_) => Exit::Done,
        }
    }

    fn as_json(&self) -> Value {
        let level = |(level, violations): &(Level, Vec<Violation>)| {
            let violations = violations.iter().map(|v| {
                json!({
                    "clause": v.clause(),
                    "message": v.message(),
                    "object": v.object(),
                    "found_by": found_by(v),
                })
            });
            json!({
                "level": level.to_string(),
                "conforms": violations.len() == 0,
                "violations": violations.collect::<Vec<_>>(),
            })
        };
        let levels = self.result.as_deref().unwrap_or_default();
        json!({
            "file": self.file.display().to_string(),
            "conforms": self.exit() == Exit::Done,
            "levels": levels.iter().map(level).collect::<Vec<_>>(),
            "error": self.result.as_ref().err().map(ToString::to_string),
        })
    }
}

fn found_by(violation: &Violation) -> &'static str {
    match violation {
        Violation::Validator { .. } => "page_validation",
        Violation::Own { .. } => "arkivd",
    }
}

/// At most what the gate takes; a device that never ends is cut off there.
fn read(file: &Path) -> Result<Vec<u8>, Problem> {
    let opened = File::open(file)?;
    let size = opened.metadata()?.len();
    if size > MAX_BYTES {
        return Err(pdfa::Error::TooLarge { bytes: size }.into());
    }
    let mut bytes = Vec::new();
    opened.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn write(out: &mut dyn Write, judged: &[Judged<'_>]) -> io::Result<()> {
    for one in judged {
        writeln!(out, "{}", one_line(&one.file.display().to_string()))?;
        match &one.result {
            Err(_) => writeln!(out, "  cannot be judged")?,
            Ok(levels) if levels.is_empty() => {
                writeln!(out, "  declares no level that is judged here")?
            }
            Ok(levels) => {
                for (level, violations) in levels {
                    level_lines(out, *level, violations)?;
                }
            }
        }
    }
    if judged.len() > 1 {
        let good = judged.iter().filter(|j| j.exit() == Exit::Done).count();
        writeln!(out, "\n{good} of {} files conform", judged.len())?;
    }
    Ok(())
}

fn level_lines(out: &mut dyn Write, level: Level, violations: &[Violation]) -> io::Result<()> {
    let verdict = match violations.len() {
        0 => "conforms".to_owned(),
        1 => "does not conform: 1 violation".to_owned(),
        n => format!("does not conform: {n} violations"),
    };
    writeln!(out, "  {level}  {verdict}")?;
    for violation in violations {
        let object = violation.object().map(|o| format!(", object {o}"));
        writeln!(
            out,
            "    {}{}",
            violation.clause(),
            object.unwrap_or_default()
        )?;
        writeln!(out, "      {}", one_line(&violation.message()))?;
    }
    Ok(())
}
