//! `arkivd pdf image`: screenshots as PDF/A-1b, for anyone; no archive is needed.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use chrono::{SubsecRound as _, Utc};
use clap::Args;
use serde_json::json;

use super::super::Error;
use super::super::output::{Exit, Output, size};
use crate::export::{self, Unfinished};
use crate::pdfa::{
    self, Level, MAX_BYTES, ScreenOptions, Screenshot, TextBox, Tile, check, write_screen,
};
use crate::record::Software;

/// Bytes of a file of boxes.
const MAX_TEXT: u64 = 256 << 20;

#[derive(Debug, Args)]
pub(in crate::commands) struct Image {
    /// The pictures, PNG or JPEG; several of the same width are stacked
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Where to; it must not exist. What does not go into one file goes into OUT-001.pdf, OUT-002.pdf ...
    #[arg(short, long, value_name = "OUT.pdf")]
    out: PathBuf,
    /// The document's title [default: the name of the first file]
    #[arg(long, value_name = "TITLE")]
    title: Option<String>,
    /// The words on the picture, to be found and copied: JSON, an array of {"text", "x", "y", "w", "h"} in pixels
    /// from the left upper corner
    #[arg(long, value_name = "BOXES.json")]
    text: Option<PathBuf>,
}

/// Why there is no document.
#[derive(Debug, thiserror::Error)]
enum Problem {
    #[error("{file}: {source}", file = file.display())]
    Read { file: PathBuf, source: io::Error },
    #[error("{file}: {source}", file = file.display())]
    Boxes {
        file: PathBuf,
        source: serde_json::Error,
    },
    #[error("{0}")]
    Write(#[from] pdfa::Error),
    #[error("{0}")]
    Place(#[from] export::Error),
    #[error("what was written does not conform to {level}, and was not kept", level = Level::A1b)]
    Violations(Vec<String>),
}

impl Problem {
    /// With what stands behind it.
    fn message(&self) -> String {
        let mut message = self.to_string();
        let mut source = match self {
            Self::Write(error) => std::error::Error::source(error),
            _ => None,
        };
        while let Some(error) = source {
            message.push_str(&format!(": {error}"));
            source = error.source();
        }
        message
    }

    fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Boxes { .. } => {
                Some(r#"as in [{"text": "Hej", "x": 12, "y": 40, "w": 31.5, "h": 16}]"#)
            }
            Self::Place(export::Error::Exists(_)) => {
                Some("choose another name, or move the old file away: nothing is written over")
            }
            Self::Write(error) => match error {
                pdfa::Error::Png { .. } | pdfa::Error::BrokenScreenshot { .. } => {
                    Some("take the screenshot again, or fetch the file again and compare its size")
                }
                pdfa::Error::NoScreenshot { .. } => Some("save it as PNG"),
                pdfa::Error::ScreenshotWidth { .. } => {
                    Some("pictures of other widths go into documents of their own")
                }
                pdfa::Error::ScreenshotTooLarge { .. } => {
                    Some("save it as a PNG that is not interlaced, or cut it into several pictures")
                }
                _ => None,
            },
            Self::Violations(_) => Some("please report this, with the picture"),
            Self::Read { .. } | Self::Place(_) => None,
        }
    }
}

pub(super) fn run(args: &Image, output: &Output) -> Result<Exit, Error> {
    let done = match made(args) {
        Ok(done) => done,
        Err(problem) => {
            let details = match &problem {
                Problem::Violations(violations) => violations.as_slice(),
                _ => &[],
            };
            output.error(&problem.message(), details, problem.hint());
            return Ok(match problem {
                Problem::Violations(_) => Exit::IntegrityFault,
                _ => Exit::Failed,
            });
        }
    };
    let encoded = done.screen.encoded.iter();
    let mut warnings: Vec<String> = encoded
        .clone()
        .map(|(file, why)| {
            format!(
                "{file} does not stand in the document as it was: {}",
                why.words()
            )
        })
        .collect();
    let left_out = done.screen.boxes_left_out;
    if left_out > 0 {
        warnings.push(format!(
            "{left_out} of {} boxes were left out: they lie outside the picture, or have no text or no size",
            done.boxes
        ));
    }
    let files = done.files.iter().zip(&done.screen.parts);
    let data = json!({
        "level": Level::A1b.to_string(),
        "width": done.screen.width,
        "height": done.screen.height,
        "files": files.clone().map(|(file, part)| json!({
            "file": file.display().to_string(),
            "pages": part.pages,
            "bytes": part.bytes,
        })).collect::<Vec<_>>(),
        "encoded": encoded.map(|(file, why)| json!({ "file": file, "why": why.words() })).collect::<Vec<_>>(),
        "boxes": done.boxes - left_out,
        "boxes_left_out": left_out,
    });
    output.report(&data, &warnings, |to| {
        for (file, part) in files {
            let pages = match part.pages {
                1 => "1 page".to_owned(),
                n => format!("{n} pages"),
            };
            let level = Level::A1b;
            writeln!(
                to,
                "{}: {pages}, {}, {level}",
                file.display(),
                size(part.bytes)
            )?;
        }
        Ok(())
    })?;
    Ok(if left_out > 0 {
        Exit::Partial
    } else {
        Exit::Done
    })
}

struct Done {
    screen: Screenshot<File>,
    files: Vec<PathBuf>,
    boxes: usize,
}

fn made(args: &Image) -> Result<Done, Problem> {
    let mut tiles = Vec::with_capacity(args.files.len());
    for file in &args.files {
        let read = |source| Problem::Read {
            file: file.clone(),
            source,
        };
        tiles.push(Tile {
            name: file.display().to_string(),
            from: File::open(file).map_err(read)?,
        });
    }
    let boxes = args.text.as_deref().map(boxes).transpose()?;
    let boxes = boxes.unwrap_or_default();
    let title = args.title.clone().unwrap_or_else(|| {
        let name = args.files.first().and_then(|f| f.file_name());
        name.unwrap_or_default().to_string_lossy().into_owned()
    });
    let software = Software::this();
    let software = format!("{} {}", software.name, software.version);
    let options = ScreenOptions::new(&title, &software, Utc::now().trunc_subsecs(0));
    let mut places: Vec<(Unfinished, PathBuf)> = Vec::new();
    let mut refused = None;
    let screen = write_screen(tiles, &boxes, &options, &mut |number, of| {
        let out = part_name(&args.out, number, of);
        let opened = Unfinished::begin(&out).and_then(|place| Ok((place.create()?, place)));
        match opened {
            Ok((file, place)) => {
                places.push((place, out));
                Ok(file)
            }
            Err(error) => {
                refused = Some(error);
                Err(io::ErrorKind::Other.into())
            }
        }
    });
    if let Some(error) = refused {
        return Err(error.into());
    }
    let screen = screen?;
    for (place, out) in &places {
        judge(place, out)?;
    }
    let mut files = Vec::new();
    for (place, out) in places {
        place.finish()?;
        files.push(out);
    }
    Ok(Done {
        screen,
        files,
        boxes: boxes.len(),
    })
}

fn boxes(file: &Path) -> Result<Vec<TextBox>, Problem> {
    let read = |source| Problem::Read {
        file: file.to_owned(),
        source,
    };
    let mut text = Vec::new();
    let opened = File::open(file).map_err(read)?;
    opened.take(MAX_TEXT).read_to_end(&mut text).map_err(read)?;
    serde_json::from_slice(&text).map_err(|source| Problem::Boxes {
        file: file.to_owned(),
        source,
    })
}

/// `bild.pdf`, or `bild-002.pdf` for a part of several.
pub(super) fn part_name(out: &Path, number: usize, of: usize) -> PathBuf {
    if of <= 1 {
        return out.to_owned();
    }
    let mut name = out.file_stem().unwrap_or_default().to_owned();
    name.push(format!("-{number:03}"));
    if let Some(extension) = out.extension() {
        name.push(".");
        name.push(extension);
    }
    out.with_file_name(name)
}

/// The gate: nothing gets its name that does not conform.
fn judge(place: &Unfinished, out: &Path) -> Result<(), Problem> {
    let read = |source| Problem::Read {
        file: out.to_owned(),
        source,
    };
    let mut bytes = Vec::new();
    let file = place.open()?;
    file.take(MAX_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(read)?;
    let violations = check(&bytes, Level::A1b)?;
    if violations.is_empty() {
        return Ok(());
    }
    let told = violations
        .iter()
        .map(|v| format!("{}: {}", v.clause(), v.message()));
    Err(Problem::Violations(told.collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_have_names_that_sort() {
        let named = |number, of| part_name(Path::new("a/bild.pdf"), number, of);
        assert_eq!(named(1, 1), Path::new("a/bild.pdf"));
        assert_eq!(named(2, 12), Path::new("a/bild-002.pdf"));
    }
}
