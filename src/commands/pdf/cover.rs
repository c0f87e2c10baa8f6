//! `arkivd pdf cover`: a cover beside a PDF that others wrote; no archive is needed.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use chrono::{SubsecRound as _, Utc};
use clap::Args;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::super::Error;
use super::super::output::{Exit, Output, size};
use super::image::part_name;
use crate::export::{self, Unfinished};
use crate::pdfa::{
    self, CoverSetting, Evidence, MAX_BYTES, Options, Part, Told, Violation, check_all,
    evidence_cover, typeset_report,
};
use crate::record::{Digest, Software};

#[derive(Debug, Args)]
pub(in crate::commands) struct Cover {
    /// The PDF files that others wrote; they are not changed
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Where to, for one file; it must not exist [default: FILE-forsattsblad.pdf beside each]
    #[arg(short, long, value_name = "OUT.pdf")]
    out: Option<PathBuf>,
    /// The cover's title, for one file [default: the file's name]
    #[arg(long, value_name = "TITLE")]
    title: Option<String>,
    /// The municipality, at the top
    #[arg(long, value_name = "NAME", default_value = "")]
    organisation: String,
    /// The committee that is the arkivbildare, below it
    #[arg(long, value_name = "NAME", default_value = "")]
    committee: String,
}

/// Why a file has no cover.
#[derive(Debug, thiserror::Error)]
enum Problem {
    #[error("{0}")]
    Read(#[from] io::Error),
    #[error("{0}")]
    NoPdf(pdfa::Error),
    #[error("the cover could not be typeset: {0}")]
    Typeset(pdfa::Error),
    #[error("{0}")]
    Place(#[from] export::Error),
    #[error("the cover does not conform, and was not kept")]
    Violations(Vec<Violation>),
}

impl Problem {
    fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NoPdf(_) => Some("a screenshot becomes a PDF by: arkivd pdf image"),
            Self::Place(export::Error::Exists(_)) => {
                Some("choose another name with --out: nothing is written over")
            }
            Self::Violations(_) => Some("please report this, with the file"),
            Self::Read(_) | Self::Typeset(_) | Self::Place(_) => None,
        }
    }
}

struct Done {
    cover: PathBuf,
    pages: usize,
    bytes: usize,
    level: String,
    evidence: Evidence,
}

pub(super) fn run(args: &Cover, output: &Output) -> Result<Exit, Error> {
    if args.files.len() > 1 && (args.out.is_some() || args.title.is_some()) {
        let told = format!(
            "--out and --title are for one file, and there are {}",
            args.files.len()
        );
        output.error(
            &told,
            &[],
            Some("leave them out: each file gets a cover beside it"),
        );
        return Ok(Exit::Usage);
    }
    let mut done: Vec<(&Path, Done)> = Vec::new();
    let mut refused: Vec<(&Path, Problem)> = Vec::new();
    for file in &args.files {
        match made(file, args) {
            Ok(cover) => done.push((file, cover)),
            Err(problem) => refused.push((file, problem)),
        }
    }
    let mut warnings = Vec::new();
    for (file, cover) in &done {
        if let Err(error) = &cover.evidence.read {
            warnings.push(format!("{}: {error}; its cover says so", file.display()));
        }
    }
    let data = json!({
        "covers": done.iter().map(|(file, cover)| {
            let told = cover.evidence.read.as_ref().ok();
            json!({
                "file": file.display().to_string(),
                "bytes": cover.evidence.bytes,
                "sha256": cover.evidence.sha256.to_string(),
                "pages": told.map(|t| t.pages),
                "declares": told.map(|t| t.judged.iter().map(|(l, _)| l.to_string()).collect::<Vec<_>>()),
                "conforms": told.map(Told::conforms),
                "cover": cover.cover.display().to_string(),
                "level": cover.level,
            })
        }).collect::<Vec<_>>(),
    });
    if !done.is_empty() {
        output.report(&data, &warnings, |to| tell(to, &done))?;
    }
    for (file, problem) in &refused {
        let details: Vec<String> = match problem {
            Problem::Violations(found) => found.iter().map(ToString::to_string).collect(),
            _ => Vec::new(),
        };
        let told = format!("{}: {problem}", file.display());
        output.error(&told, &details, problem.hint());
    }
    Ok(match (refused.is_empty(), done.is_empty()) {
        (false, true) => Exit::Failed,
        (true, _) if warnings.is_empty() => Exit::Done,
        _ => Exit::Partial,
    })
}

fn tell(to: &mut dyn io::Write, done: &[(&Path, Done)]) -> io::Result<()> {
    for (_, cover) in done {
        let pages = match cover.pages {
            1 => "1 page".to_owned(),
            n => format!("{n} pages"),
        };
        let (file, bytes) = (cover.cover.display(), size(cover.bytes as u64));
        writeln!(to, "{file}: {pages}, {bytes}, {}", cover.level)?;
    }
    Ok(())
}

fn made(file: &Path, args: &Cover) -> Result<Done, Problem> {
    let evidence = met(file)?;
    let report = evidence_cover(
        &evidence,
        CoverSetting {
            organisation: args.organisation.clone(),
            committee: args.committee.clone(),
            title: args.title.clone(),
            made: Utc::now().trunc_subsecs(0),
            software: Software::this(),
        },
    );
    let mut parts: Vec<Part> = Vec::new();
    typeset_report(&report, &Options::default(), &mut |part| {
        parts.push(part);
        Ok(())
    })
    .map_err(Problem::Typeset)?;
    let out = args.out.clone().unwrap_or_else(|| beside(file));
    let mut places = Vec::new();
    for part in &parts {
        let judged = check_all(&part.bytes, part.levels).map_err(Problem::Typeset)?;
        let found: Vec<Violation> = judged.into_iter().flat_map(|(_, found)| found).collect();
        if !found.is_empty() {
            return Err(Problem::Violations(found));
        }
        let place = Unfinished::begin(&part_name(&out, part.number, part.of))?;
        place.create()?.write_all(&part.bytes)?;
        places.push(place);
    }
    for place in places {
        place.finish()?;
    }
    Ok(Done {
        cover: out,
        pages: parts.iter().map(|p| p.pages).sum(),
        bytes: parts.iter().map(|p| p.bytes.len()).sum(),
        level: parts.first().map(Part::level).unwrap_or_default(),
        evidence,
    })
}

/// The file's digest, however large it is, and what can be read in it.
fn met(file: &Path) -> Result<Evidence, Problem> {
    let mut from = File::open(file)?;
    let mut bytes = Vec::new();
    (&mut from).take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    let mut hash = Sha256::new();
    hash.update(&bytes);
    let mut size = bytes.len() as u64;
    let mut chunk = vec![0; 1 << 20];
    loop {
        let read = match from.read(&mut chunk) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error.into()),
        };
        hash.update(chunk.get(..read).unwrap_or_default());
        size += read as u64;
    }
    let read = match Told::of(&bytes) {
        Err(error @ pdfa::Error::NoPdf) => return Err(Problem::NoPdf(error)),
        Err(pdfa::Error::TooLarge { .. }) => Err(pdfa::Error::TooLarge { bytes: size }),
        read => read,
    };
    let name = file.file_name().unwrap_or_default();
    Ok(Evidence {
        file: name.to_string_lossy().into_owned(),
        bytes: size,
        sha256: Digest(hash.finalize().into()),
        read,
    })
}

/// `utskrift-forsattsblad.pdf`, beside `utskrift.pdf`.
fn beside(file: &Path) -> PathBuf {
    let mut name = file.file_stem().unwrap_or_default().to_owned();
    name.push("-forsattsblad.pdf");
    file.with_file_name(name)
}
