//! The bag of a page: what the screen showed and what the browser prints as PDF/A, the text, the traffic.

use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader, BufWriter, Read as _};
use std::path::{Path, PathBuf};

use super::look::Look;
use super::snapshot_report::Progress;
use super::staged_pdf::{Candidate, Stop, check_and_stage, stage};
use super::take_snapshot::Capture;
use super::{Error, io_error, told};
use crate::calendar::local_time;
use crate::pdfa::{
    Level, PRINT_LEVELS, PrintOptions, ScreenOptions, TextBox, Tile, conform, write_screen,
};
use crate::record::{
    BagId, BagKind, CAPTURE_FORMAT, CaptureFile, Counts, Coverage, CoverageRow, PagePdf,
    SealedPage, Software,
};
use crate::store::{SealedBag, StagedBag};

/// Bytes of text boxes that are read; the rest of a page that has more is not to be searched.
const MOST_TEXT: u64 = 64 << 20;

/// Bytes of a print that is read at all; what may be made of it is less.
const MOST_PRINT: u64 = 64 << 20;

/// Bytes of a page's text that records are looked for in.
const MOST_WORDS: u64 = 8 << 20;

/// A bag with a page, before it is published.
pub(super) struct FilledPage {
    pub(super) bag: SealedBag,
    pub(super) page: SealedPage,
    /// Its text, unless that is too much to look for records in.
    pub(super) words: Option<String>,
}

impl Capture<'_> {
    /// Fills and seals the bag of a page that was captured.
    pub(super) fn fill_page(
        &self,
        id: BagId,
        look: &Look,
        failed: Vec<CoverageRow>,
        progress: &(dyn Fn(Progress) + Send + Sync),
    ) -> Result<FilledPage, Error> {
        let mut bag = self.archive.store().stage(id)?;
        progress(Progress::Typesetting);
        let screen = self.screen(&mut bag, look)?;
        let print = self.print(&mut bag, look)?;
        let mut tiles = Vec::new();
        if screen.parts.is_empty() {
            // Evidence is never lost to a validator.
            for tile in look.tiles()? {
                let name = tile.file_name().unwrap_or_default().to_string_lossy();
                tiles.push(copied(&mut bag, &tile, &format!("tiles/{name}"))?);
            }
        }
        let kept = |bag: &mut StagedBag, name: &str| {
            let path = look.file(name);
            path.map(|path| copied(bag, &path, name)).transpose()
        };
        let text = kept(&mut bag, "page.txt")?;
        let words = look
            .file("page.txt")
            .filter(|path| std::fs::metadata(path).is_ok_and(|m| m.len() <= MOST_WORDS))
            .and_then(|path| std::fs::read_to_string(path).ok());
        let traffic = match look.wants_traffic {
            true => kept(&mut bag, "capture.warc.gz")?,
            false => None,
        };
        let page = SealedPage {
            page: look.page.clone(),
            own_comment: look.own_comment,
            tried_before: look.tried_before,
            screen,
            print,
            text,
            traffic,
            tiles,
        };
        progress(Progress::Sealing);
        let capture = CaptureFile {
            arkivd: CAPTURE_FORMAT.to_owned(),
            bag: id,
            kind: BagKind::Page,
            capture: self.id,
            organisation: self.around.organisation.clone(),
            account: self.sealed_account(None),
            reason: self.reason,
            started: self.started,
            finished: look.page.finished,
            software: Software::this(),
            entire: true,
            since: None,
            counts: Counts::default(),
            coverage: Coverage {
                // That the records could not be read stands nowhere else in the evidence.
                rows: failed.into_iter().chain([look.page.coverage()]).collect(),
            },
            not_seen: Vec::new(),
            requests: Vec::new(),
            posts_pdf: None,
            page: Some(page.clone()),
            brought: Vec::new(),
            succeeds: None,
        };
        bag.write_json("capture.json", &capture)?;
        let salt = (self.around.salt)().map_err(Error::Salt)?;
        Ok(FilledPage {
            bag: bag.seal(&self.bag_info(id, BagKind::Page)?, salt)?,
            page,
            words,
        })
    }

    fn title(&self, look: &Look) -> String {
        let address = &look.page.address;
        let name = match look.page.title.as_deref().map(str::trim) {
            Some(title) if !title.is_empty() => title,
            _ => address,
        };
        format!("{name} – {}", local_time(self.started))
    }

    fn subject(&self, look: &Look, what: &str) -> String {
        let at = look.page.final_address.as_deref();
        let at = at.unwrap_or(&look.page.address);
        format!(
            "{what}: {at}. {}, {}, {}.",
            self.around.organisation, self.account.committee, self.account.id
        )
    }

    /// page-screen.pdf, in as many parts as it takes.
    fn screen(&self, bag: &mut StagedBag, look: &Look) -> Result<PagePdf, Error> {
        let paths = look.tiles()?;
        let mut tiles = Vec::with_capacity(paths.len());
        for path in &paths {
            tiles.push(Tile {
                name: name_of(path),
                from: BufReader::new(File::open(path).map_err(io_error(path))?),
            });
        }
        let boxes = boxes(look)?;
        let software = Software::this();
        let software = format!("{} {}", software.name, software.version);
        let options = ScreenOptions {
            author: self.around.organisation.clone(),
            subject: self.subject(look, "Vad skärmen visade"),
            ..ScreenOptions::new(&self.title(look), &software, self.started)
        };
        let folder = look.folder.path();
        let mut written: Vec<PathBuf> = Vec::new();
        let set = write_screen(tiles, &boxes, &options, &mut |number, _| {
            let path = folder.join(format!("screen-{number:03}.pdf"));
            let file = File::create_new(&path)?;
            written.push(path);
            Ok(BufWriter::new(file))
        });
        drop(boxes);
        let set = match set {
            Ok(set) => set,
            Err(error) => {
                return Ok(PagePdf {
                    parts: Vec::new(),
                    reasons: vec![told(&error)],
                });
            }
        };
        let of = set.parts.len();
        let mut pdf = PagePdf {
            parts: Vec::new(),
            reasons: set
                .encoded
                .iter()
                .map(|(tile, why)| format!("{tile}: {}", why.words()))
                .collect(),
        };
        for (part, path) in set.parts.into_iter().zip(&written) {
            drop(part.out);
            let bytes = fs::read(path).map_err(io_error(path))?;
            let candidate = Candidate {
                name: &part_name("page-screen", part.number, of),
                number: part.number,
                bytes: &bytes,
                pages: part.pages,
                levels: &[Level::A1b],
                told: Level::A1b.to_string(),
            };
            let staged = check_and_stage(bag, &candidate, self.around.second_gate.as_ref());
            match staged {
                Ok(part) => pdf.parts.push(part),
                Err(Stop::Store(error)) => return Err(error.into()),
                Err(Stop::Rejected(why)) => return taken_out(bag, pdf, why),
                Err(Stop::Unjudged(why)) => return taken_out(bag, pdf, vec![why]),
            }
            fs::remove_file(path).map_err(io_error(path))?;
        }
        Ok(pdf)
    }

    /// page-print.pdf, at the highest level it reaches. What the browser printed in several runs becomes as many parts.
    fn print(&self, bag: &mut StagedBag, look: &Look) -> Result<PagePdf, Error> {
        let paths = look.prints()?;
        let mut pdf = PagePdf::default();
        for (number, path) in (1..).zip(&paths) {
            let name = part_name("page-print", number, paths.len());
            let one = self.print_part(bag, look, path, (number, &name))?;
            if one.parts.is_empty() {
                return taken_out(bag, pdf, one.reasons);
            }
            pdf.parts.extend(one.parts);
            pdf.reasons.extend(one.reasons);
        }
        Ok(pdf)
    }

    /// One part, at the highest level that both gates agree to; without it, why there is none.
    fn print_part(
        &self,
        bag: &mut StagedBag,
        look: &Look,
        path: &Path,
        (number, name): (usize, &str),
    ) -> Result<PagePdf, Error> {
        let mut levels = PRINT_LEVELS;
        let mut pdf = PagePdf::default();
        loop {
            let mut bytes = Vec::new();
            File::open(path)
                .and_then(|file| file.take(MOST_PRINT).read_to_end(&mut bytes))
                .map_err(io_error(path))?;
            let printed = match conform(&bytes, &self.print_options(look, levels)) {
                Ok(printed) => printed,
                Err(error) => {
                    pdf.reasons.push(told(&error));
                    return Ok(pdf);
                }
            };
            drop(bytes);
            let candidate = Candidate {
                name,
                number,
                bytes: &printed.bytes,
                pages: printed.pages,
                levels: printed.levels,
                told: printed.declared(),
            };
            let reasons = printed.reasons.iter().map(ToString::to_string);
            pdf.reasons.extend(reasons);
            // The gate has stood where its level was found.
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
                    pdf.reasons = vec![why];
                    return Ok(pdf);
                }
                Err(Stop::Rejected(why)) => pdf.reasons.extend(why),
            }
            let tried = levels.iter().position(|l| *l == printed.levels);
            levels = tried.map_or(&[], |tried| &levels[tried + 1..]);
            if levels.is_empty() {
                return Ok(pdf);
            }
        }
    }

    fn print_options(&self, look: &Look, levels: &'static [&'static [Level]]) -> PrintOptions {
        let software = Software::this();
        PrintOptions {
            author: self.around.organisation.clone(),
            subject: self.subject(look, "Sidan utskriven"),
            browser: look.page.browser.clone(),
            levels,
            ..PrintOptions::new(
                &self.title(look),
                &look.page.address,
                &format!("{} {}", software.name, software.version),
                self.started,
            )
        }
    }
}

/// No part stands without the others.
fn taken_out(bag: &mut StagedBag, pdf: PagePdf, why: Vec<String>) -> Result<PagePdf, Error> {
    for part in &pdf.parts {
        bag.remove(super::staging::below_data(&part.file))?;
    }
    Ok(PagePdf {
        parts: Vec::new(),
        reasons: why,
    })
}

fn part_name(stem: &str, number: usize, of: usize) -> String {
    match of {
        1 => format!("{stem}.pdf"),
        _ => format!("{stem}-{number:03}.pdf"),
    }
}

fn name_of(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

/// The words on the screen. Who wrote them may have been taken over by the page: what does not read is left out.
fn boxes(look: &Look) -> Result<Vec<TextBox>, Error> {
    let Some(path) = look.file("boxes.ndjson") else {
        return Ok(Vec::new());
    };
    let file = File::open(&path).map_err(io_error(&path))?;
    let mut lines = BufReader::new(file.take(MOST_TEXT));
    let mut boxes = Vec::new();
    let mut line = Vec::new();
    loop {
        line.clear();
        if lines
            .read_until(b'\n', &mut line)
            .map_err(io_error(&path))?
            == 0
        {
            return Ok(boxes);
        }
        boxes.extend(serde_json::from_slice::<TextBox>(&line).ok());
    }
}

/// Copies a file into the bag; gives its path there.
fn copied(bag: &mut StagedBag, from: &Path, name: &str) -> Result<String, Error> {
    let mut source = File::open(from).map_err(io_error(from))?;
    let mut file = bag.file(name)?;
    if let Err(error) = io::copy(&mut source, &mut file) {
        let error = file.failed(error);
        bag.remove(name)?;
        return Err(error.into());
    }
    Ok(file.finish()?.path)
}
