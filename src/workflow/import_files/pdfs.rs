//! PDF/A of what was brought: pictures in readable size over pages, PDFs conformed or kept as they are with a cover.

use std::fs::{self, File};
use std::io::{BufReader, BufWriter, Read, Seek};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use super::Fault;
use super::originals::stem;
use super::webp::{full, webp_as_png};
use crate::calendar::local_time;
use crate::pdfa::{
    self, CoverSetting, Evidence, Level, Options, PRINT_LEVELS, Part, PrintOptions, ScreenOptions,
    Tile, Told, conform, evidence_cover, typeset_report, write_screen,
};
use crate::platform::import::FileKind;
use crate::record::{PagePdf, PdfPart, Software};
use crate::store::{StagedBag, StoredFile};
use crate::workflow::staged_pdf::{Candidate, Stop, ask, check_and_stage, stage};
use crate::workflow::staging::below_data;
use crate::workflow::take_snapshot::Capture;
use crate::workflow::{Error, io_error, told};

/// Bytes of a PDF that is read to be judged: reading takes several times as much.
const MOST_JUDGED: u64 = 64_000_000;

/// An original in its bag.
pub(super) struct Staged<'a> {
    pub(super) name: &'a str,
    pub(super) kind: FileKind,
    pub(super) stored: &'a StoredFile,
    /// Where it stands on the web, if that is known.
    pub(super) address: Option<&'a str>,
}

/// What was made of it.
#[derive(Default)]
pub(super) struct Made {
    pub(super) pdf: PagePdf,
    pub(super) cover: Option<String>,
}

pub(super) type Outcome<T> = Result<Result<T, Fault>, Error>;

/// What a step gives that may end in a fault of the file.
macro_rules! good {
    ($outcome:expr) => {
        match $outcome? {
            Ok(value) => value,
            Err(fault) => return Ok(Err(fault)),
        }
    };
}
pub(super) use good;

impl Capture<'_> {
    /// Makes PDF/A of an original; saved pages are typeset with the records, and need none.
    pub(super) fn pdf_of(&self, bag: &mut StagedBag, s: &Staged<'_>) -> Outcome<Made> {
        let made = match s.kind {
            FileKind::Png | FileKind::Jpeg => {
                let path = bag.payload().path(below_data(&s.stored.path))?;
                let file = File::open(&path).map_err(io_error(&path))?;
                good!(self.screen_of(bag, s, BufReader::new(file)))
            }
            FileKind::WebP => {
                let path = bag.payload().path(below_data(&s.stored.path))?;
                match webp_as_png(&path, s.kind)? {
                    Ok(Ok(png)) => good!(self.screen_of(bag, s, BufReader::new(png))),
                    Ok(Err(reason)) => PagePdf {
                        parts: Vec::new(),
                        reasons: vec![reason],
                    },
                    Err(fault) => return Ok(Err(fault)),
                }
            }
            FileKind::Pdf => return self.pdfa_of(bag, s),
            FileKind::Html | FileKind::Mhtml => PagePdf::default(),
        };
        Ok(Ok(Made {
            pdf: made,
            cover: None,
        }))
    }

    fn subject_of(&self, what: &str, s: &Staged<'_>) -> String {
        format!(
            "{what}: {}. {}, {}, {}.",
            s.name, self.around.organisation, self.account.committee, self.account.id
        )
    }

    fn title_of(&self, s: &Staged<'_>) -> String {
        format!("{} – {}", s.name, local_time(self.started))
    }

    /// The picture as PDF/A-1b, cut into pages where it is tall.
    fn screen_of<R: Read + Seek>(
        &self,
        bag: &mut StagedBag,
        s: &Staged<'_>,
        from: R,
    ) -> Outcome<PagePdf> {
        let options = ScreenOptions {
            author: self.around.organisation.clone(),
            subject: self.subject_of("Inlämnad bild", s),
            ..ScreenOptions::new(&self.title_of(s), &software(), self.started)
        };
        let tile = Tile {
            name: s.name.to_owned(),
            from,
        };
        let folder = self.archive.store().scratch()?;
        let mut written: Vec<PathBuf> = Vec::new();
        let set = write_screen(vec![tile], &[], &options, &mut |number, _| {
            let path = folder.path().join(format!("{number:03}.pdf"));
            let file = File::create_new(&path)?;
            written.push(path);
            Ok(BufWriter::new(file))
        });
        let set = match set {
            Ok(set) => set,
            Err(error) => return unwritten(error, s.kind, folder.path()),
        };
        let of = set.parts.len();
        let encoded = set.encoded.iter();
        let mut pdf = PagePdf {
            parts: Vec::new(),
            reasons: encoded.map(|(_, why)| why.words().to_owned()).collect(),
        };
        for (part, path) in set.parts.into_iter().zip(&written) {
            drop(part.out);
            let bytes = fs::read(path).map_err(io_error(path))?;
            let candidate = Candidate {
                name: &pdf_name(s, "", part.number, of),
                number: part.number,
                bytes: &bytes,
                pages: part.pages,
                levels: &[Level::A1b],
                told: Level::A1b.to_string(),
            };
            match check_and_stage(bag, &candidate, self.around.second_gate.as_ref()) {
                Ok(part) => pdf.parts.push(part),
                Err(Stop::Store(error)) => return Err(error.into()),
                Err(Stop::Rejected(why)) => return Ok(Ok(taken_out(bag, &pdf, why)?)),
                Err(Stop::Unjudged(why)) => return Ok(Ok(taken_out(bag, &pdf, vec![why])?)),
            }
        }
        Ok(Ok(pdf))
    }

    /// A PDF as it is where it is PDF/A already, else conformed, else under a cover that tells what it is.
    fn pdfa_of(&self, bag: &mut StagedBag, s: &Staged<'_>) -> Outcome<Made> {
        let mut bytes = Vec::new();
        if s.stored.bytes <= MOST_JUDGED {
            bytes = bag.payload().read(below_data(&s.stored.path))?;
        }
        let read = match s.stored.bytes <= MOST_JUDGED {
            true => Told::of(&bytes),
            false => Err(pdfa::Error::TooLarge {
                bytes: s.stored.bytes,
            }),
        };
        let mut pdf = PagePdf::default();
        match &read {
            Err(pdfa::Error::Encrypted) => return Ok(Err(Fault::Password)),
            Err(error @ (pdfa::Error::NoPdf | pdfa::Error::Truncated | pdfa::Error::Broken(_))) => {
                return Ok(Err(Fault::Damaged {
                    kind: s.kind,
                    detail: told(error),
                }));
            }
            Err(error) => pdf.reasons.push(told(error)),
            Ok(found) if found.conforms() => {
                let levels: Vec<Level> = found.judged.iter().map(|(level, _)| *level).collect();
                let names: Vec<String> = levels.iter().map(ToString::to_string).collect();
                let candidate = Candidate {
                    name: below_data(&s.stored.path),
                    number: 1,
                    bytes: &bytes,
                    pages: found.pages,
                    levels: &levels,
                    told: names.join(", "),
                };
                match self.second(bag, &candidate)? {
                    Ok(part) => {
                        pdf.parts.push(part);
                        return Ok(Ok(Made { pdf, cover: None }));
                    }
                    Err(why) => pdf.reasons.extend(why),
                }
                pdf = self.conformed(bag, s, &bytes, found, pdf)?;
            }
            Ok(found) => pdf = self.conformed(bag, s, &bytes, found, pdf)?,
        }
        drop(bytes);
        let cover = match pdf.parts.is_empty() {
            true => self.cover_of(bag, s, read)?,
            false => None,
        };
        Ok(Ok(Made { pdf, cover }))
    }

    /// The original itself, once the second gate has no word against it.
    fn second(
        &self,
        bag: &StagedBag,
        pdf: &Candidate<'_>,
    ) -> Result<Result<PdfPart, Vec<String>>, Error> {
        if let Some(second) = &self.around.second_gate {
            let file = bag.payload().path(pdf.name)?;
            match ask(second, &file, pdf) {
                Ok(()) => {}
                Err(Stop::Store(error)) => return Err(error.into()),
                Err(Stop::Rejected(why)) => return Ok(Err(why)),
                Err(Stop::Unjudged(why)) => return Ok(Err(vec![why])),
            }
        }
        Ok(Ok(PdfPart {
            file: format!("data/{}", pdf.name),
            pages: u32::try_from(pdf.pages).unwrap_or(u32::MAX),
            level: pdf.told.clone(),
        }))
    }

    /// At the highest level that both gates agree to; without it, why there is none.
    fn conformed(
        &self,
        bag: &mut StagedBag,
        s: &Staged<'_>,
        bytes: &[u8],
        found: &Told,
        mut pdf: PagePdf,
    ) -> Result<PagePdf, Error> {
        let title = found.title.clone().unwrap_or_else(|| self.title_of(s));
        let mut levels = PRINT_LEVELS;
        while !levels.is_empty() {
            let options = PrintOptions {
                author: self.around.organisation.clone(),
                subject: self.subject_of("Inlämnad PDF", s),
                browser: found.producer.clone().unwrap_or_default(),
                levels,
                ..PrintOptions::new(
                    &title,
                    s.address.unwrap_or(s.name),
                    &software(),
                    self.started,
                )
            };
            let printed = match conform(bytes, &options) {
                Ok(printed) => printed,
                Err(error) => {
                    pdf.reasons.push(told(&error));
                    return Ok(pdf);
                }
            };
            let candidate = Candidate {
                name: &pdf_name(s, "", 1, 1),
                number: 1,
                bytes: &printed.bytes,
                pages: printed.pages,
                levels: printed.levels,
                told: printed.declared(),
            };
            let reasons = printed.reasons.iter().map(ToString::to_string);
            pdf.reasons.extend(reasons);
            match stage(bag, &candidate, self.around.second_gate.as_ref()) {
                Ok(part) => {
                    let changes = printed.changes.iter();
                    let changes = changes.map(|(change, n)| format!("{n}: {}", change.words()));
                    pdf.reasons.extend(changes);
                    pdf.parts.push(part);
                    return Ok(pdf);
                }
                Err(Stop::Store(error)) => return Err(error.into()),
                Err(Stop::Unjudged(why)) => {
                    pdf.reasons.push(why);
                    return Ok(pdf);
                }
                Err(Stop::Rejected(why)) => pdf.reasons.extend(why),
            }
            let tried = levels.iter().position(|l| *l == printed.levels);
            levels = tried.map_or(&[], |tried| &levels[tried + 1..]);
        }
        Ok(pdf)
    }

    /// The cover beside a PDF that could not be made PDF/A; none where the gates let no cover pass.
    fn cover_of(
        &self,
        bag: &mut StagedBag,
        s: &Staged<'_>,
        read: Result<Told, pdfa::Error>,
    ) -> Result<Option<String>, Error> {
        let evidence = Evidence {
            file: s.name.to_owned(),
            bytes: s.stored.bytes,
            sha256: s.stored.sha256,
            read,
        };
        let report = evidence_cover(&evidence, self.cover_setting(self.started));
        let mut parts: Vec<Part> = Vec::new();
        let set = typeset_report(&report, &Options::default(), &mut |part| {
            parts.push(part);
            Ok(())
        });
        let (Ok(_), [part]) = (set, parts.as_slice()) else {
            return Ok(None);
        };
        let candidate = Candidate {
            name: &pdf_name(s, "-forsattsblad", 1, 1),
            number: 1,
            bytes: &part.bytes,
            pages: part.pages,
            levels: part.levels,
            told: part.level(),
        };
        match check_and_stage(bag, &candidate, self.around.second_gate.as_ref()) {
            Ok(part) => Ok(Some(part.file)),
            Err(Stop::Store(error)) => Err(error.into()),
            Err(Stop::Rejected(_) | Stop::Unjudged(_)) => Ok(None),
        }
    }

    fn cover_setting(&self, made: DateTime<Utc>) -> CoverSetting {
        CoverSetting {
            organisation: self.around.organisation.clone(),
            committee: self.account.committee.clone(),
            title: None,
            made,
            software: Software::this(),
        }
    }
}

fn software() -> String {
    let software = Software::this();
    format!("{} {}", software.name, software.version)
}

/// `pdfa/0007-namn.pdf`, beside `original/0007-namn.png`.
fn pdf_name(s: &Staged<'_>, ending: &str, number: usize, of: usize) -> String {
    let name = below_data(&s.stored.path);
    let name = stem(name.strip_prefix("original/").unwrap_or(name));
    match of {
        1 => format!("pdfa/{name}{ending}.pdf"),
        _ => format!("pdfa/{name}{ending}-{number:03}.pdf"),
    }
}

/// No part stands without the others.
fn taken_out(bag: &mut StagedBag, pdf: &PagePdf, why: Vec<String>) -> Result<PagePdf, Error> {
    for part in &pdf.parts {
        bag.remove(below_data(&part.file))?;
    }
    Ok(PagePdf {
        parts: Vec::new(),
        reasons: why,
    })
}

/// Why a picture has no document: a damaged one is no evidence that is whole, another is kept without it.
fn unwritten(error: pdfa::Error, kind: FileKind, folder: &Path) -> Outcome<PagePdf> {
    if let Some(source) = full(&error) {
        return Err(io_error(folder)(source));
    }
    match error {
        pdfa::Error::Png { .. }
        | pdfa::Error::BrokenScreenshot { .. }
        | pdfa::Error::NoScreenshot { .. } => {
            let source = std::error::Error::source(&error);
            let detail = source.map_or_else(|| "it ends too early".to_owned(), ToString::to_string);
            Ok(Err(Fault::Damaged { kind, detail }))
        }
        error => Ok(Ok(PagePdf {
            parts: Vec::new(),
            reasons: vec![told(&error)],
        })),
    }
}
