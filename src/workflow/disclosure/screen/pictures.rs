//! The chosen pages as pictures: in the disclosure, and for who looks at them.

use std::fs::File;
use std::io::Cursor;
use std::path::Path;

use chrono::{DateTime, Utc};

use super::opened::Opened;
use super::order::{Shown, ShownLine};
use super::{Screens, capture_of};
use crate::calendar::{local_date, local_time, long_date};
use crate::catalog::DisclosureBox;
use crate::export::{Package, Unfinished, write_package};
use crate::pdfa::{Level, Plate, ScreenOptions, ScreenPart, Tile, check, write_screen};
use crate::record::{BagId, Digest, Software};
use crate::workflow::disclosure::DisclosureCase;
use crate::workflow::disclosure::order::Order;
use crate::workflow::disclosure::spool::Spool;
use crate::workflow::{Archive, Error, HandoutFault, Surroundings, io_error};

/// The pages of one capture, black where they are to be.
pub(in super::super) struct Screen {
    /// From 1.
    pub(in super::super) number: usize,
    at: DateTime<Utc>,
    of: u32,
    pub(in super::super) leaves: Vec<Leaf>,
}

/// One page of it.
pub(in super::super) struct Leaf {
    page: u32,
    /// In the spool.
    file: String,
    sha256: Digest,
    pub(in super::super) lines: Vec<ShownLine>,
}

/// The pages of an order, decoded, blackened and kept.
///
/// # Errors
/// A capture that is gone, locked or damaged; a disk that is full.
pub(in super::super) fn screens(
    archive: &Archive,
    order: &Order,
    spool: &mut Spool,
) -> Result<Vec<Screen>, Error> {
    let mut all = Vec::new();
    for (number, shown) in (1..).zip(&order.screens) {
        let capture = archive.catalog().page_capture(shown.bag)?;
        capture.ok_or(HandoutFault::NoPageCapture { bag: shown.bag })?;
        let mut opened = Opened::of(archive, shown.bag)?;
        let mut leaves = Vec::new();
        for page in &shown.pages {
            let picture = opened.picture(page.page, &page.areas())?;
            let name = format!("skärm/{number:04}_{}.{}", page.page, picture.extension);
            let kept = spool
                .keep(&name, &picture.bytes, picture.media_type)
                .map_err(io_error(&std::env::temp_dir()))?;
            leaves.push(Leaf {
                page: page.page,
                sha256: kept.sha256,
                file: name,
                lines: page.lines.clone(),
            });
        }
        all.push(Screen {
            number,
            at: shown.at,
            of: shown.of,
            leaves,
        });
    }
    Ok(all)
}

impl Screen {
    /// `Skärmbild 1, 2026-11-20 14:03`
    pub(in super::super) fn title(&self) -> String {
        format!("Skärmbild {}, {}", self.number, local_time(self.at))
    }

    /// `0001_2026-11-20`
    pub(in super::super) fn name(&self) -> String {
        format!("{:04}_{}", self.number, local_date(self.at))
    }

    /// `sida 2 av 5`
    pub(in super::super) fn leaf(&self, leaf: &Leaf) -> String {
        format!("sida {} av {}", leaf.page, self.of)
    }

    /// `sida 1 och 3 av 5`
    pub(in super::super) fn pages(&self) -> String {
        let pages: Vec<String> = self.leaves.iter().map(|l| l.page.to_string()).collect();
        let told = match pages.split_last() {
            Some((last, rest)) if !rest.is_empty() => format!("{} och {last}", rest.join(", ")),
            _ => pages.concat(),
        };
        format!("sida {told} av {}", self.of)
    }

    /// Lines that it adds to the list of masks.
    pub(in super::super) fn lines(&self) -> u64 {
        self.leaves.iter().map(|leaf| leaf.lines.len() as u64).sum()
    }

    /// As figures of one document.
    pub(in super::super) fn plates(&self) -> impl Iterator<Item = Plate> {
        self.leaves.iter().map(|leaf| Plate {
            heading: format!("{}, {}", self.title(), self.leaf(leaf)),
            alternative: format!(
                "Sidan så som skärmen visade den, {}",
                long_date(local_date(self.at))
            ),
            file: leaf.file.clone(),
            sha256: leaf.sha256,
        })
    }

    /// As PDF/A-1b that holds nothing but the pictures, in as many parts as it takes; each conforms.
    ///
    /// # Errors
    /// What cannot be written, or does not conform.
    pub(in super::super) fn pdf(
        &self,
        order: &Order,
        made: DateTime<Utc>,
        draft: &str,
        spool: &mut Spool,
    ) -> Result<Vec<ScreenPart<Vec<u8>>>, Error> {
        let software = Software::this();
        let software = format!("{} {}", software.name, software.version);
        let mut tiles = Vec::new();
        for leaf in &self.leaves {
            let bytes = spool
                .read(&leaf.file)
                .map_err(io_error(&std::env::temp_dir()))?;
            tiles.push(Tile {
                name: leaf.file.clone(),
                from: Cursor::new(bytes),
            });
        }
        let title = format!(
            "{draft}Utlämnande {}, skärmbild {}",
            order.designation, self.number
        );
        let options = ScreenOptions {
            author: order.organisation.clone(),
            page_each: true,
            ..ScreenOptions::new(&title, &software, made)
        };
        let written = write_screen(tiles, &[], &options, &mut |_, _| Ok(Vec::new()))
            .map_err(Error::Document)?;
        for part in &written.parts {
            let found = check(&part.out, Level::A1b).map_err(Error::Document)?;
            if !found.is_empty() {
                return Err(Error::DocumentRefused(found));
            }
        }
        Ok(written.parts)
    }
}

/// Pictures that were written for who looks at them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScreenPictures {
    pub files: u64,
    pub bytes: u64,
}

/// Writes the chosen pages as PNG, black where they are to be; of one capture, all its pages.
///
/// # Errors
/// When none is chosen; a capture that may not be handed out, or is damaged; when `out` exists or cannot be written.
pub fn screen_pictures(
    archive: &Archive,
    case: &DisclosureCase,
    bag: Option<BagId>,
    out: &Path,
    given: Option<File>,
    around: &Surroundings,
) -> Result<ScreenPictures, Error> {
    let screens = Screens::of(archive, case)?;
    let captures = match bag {
        Some(bag) => {
            capture_of(archive, case, bag)?;
            vec![screens.all_of(archive, case, bag)?]
        }
        None => screens.shown(archive, case)?,
    };
    if captures.is_empty() {
        let case = case.row.designation.clone();
        return Err(HandoutFault::NoneChosen { case }.into());
    }
    let now = (around.now)();
    let fill = |package: &mut Package| fill(archive, &captures, package);
    let done = match given {
        Some(file) => write_package(out, Some(file), now, fill)?.0,
        None => {
            let unfinished = Unfinished::begin(out)?;
            let mut package = Package::begin(unfinished.create()?, now, out);
            fill(&mut package)?;
            let (done, _) = package.finish()?;
            unfinished.unpack(unfinished.open()?)?;
            unfinished.finish()?;
            done
        }
    };
    Ok(ScreenPictures {
        files: done.files,
        bytes: done.bytes,
    })
}

fn fill(archive: &Archive, captures: &[Shown], package: &mut Package) -> Result<(), Error> {
    for capture in captures {
        let mut opened = Opened::of(archive, capture.bag)?;
        let day = local_date(capture.at);
        for page in &capture.pages {
            let png = opened.png(page.page, &page.areas())?;
            let name = format!("skärm/{day}_{}_sida_{:03}.png", capture.bag, page.page);
            package.add_bytes(&name, &png)?;
        }
    }
    Ok(())
}

impl Screens {
    /// All pages of a capture, chosen or not, with what would be black on them.
    fn all_of(&self, archive: &Archive, case: &DisclosureCase, bag: BagId) -> Result<Shown, Error> {
        let capture = capture_of(archive, case, bag)?;
        let opened = Opened::of(archive, bag)?;
        let pages: Vec<u32> = (1..=opened.count()).collect();
        let boxes: &[DisclosureBox] = &self.boxes;
        let hidden = super::Hidden::of(archive, case, &self.masks, boxes)?;
        Ok(hidden.shown(bag, &capture, &opened, &pages))
    }
}
