//! A page capture's screenshot, opened: its parts are held against the seal, and its pages counted through all of them.

use super::words::Words;
use crate::export::mask::{Masker, Reading};
use crate::pdfa::{HandedPicture, PixelBox, ScreenFile, ScreenPage};
use crate::record::BagId;
use crate::workflow::export_diarium::{sealed_digest, sealed_page};
use crate::workflow::{Archive, Error, HandoutFault, HeldFile};

/// Bytes of a part that are read: the writer's limit, and room.
const MOST_BYTES: u64 = 256 << 20;

pub(super) struct Opened<'a> {
    archive: &'a Archive,
    bag: BagId,
    parts: Vec<HeldFile>,
    /// For each page its part, and its place in that.
    places: Vec<(usize, usize)>,
    pub(super) pages: Vec<ScreenPage>,
    /// The part that was read last.
    open: Option<(usize, ScreenFile)>,
}

impl<'a> Opened<'a> {
    /// # Errors
    /// A bag without a screenshot; a part that is missing, damaged, or none that is written here.
    pub(super) fn of(archive: &'a Archive, bag: BagId) -> Result<Self, Error> {
        let screen = sealed_page(archive, bag)?.map(|page| page.screen.parts);
        let screen = screen.filter(|parts| !parts.is_empty());
        let screen = screen.ok_or(HandoutFault::NoScreen { bag })?;
        let mut parts = Vec::new();
        for part in screen {
            parts.push(HeldFile {
                bag,
                sha256: sealed_digest(archive, bag, &part.file)?,
                path: part.file,
                bytes: MOST_BYTES,
                media_type: "application/pdf".to_owned(),
            });
        }
        let mut opened = Self {
            archive,
            bag,
            parts,
            places: Vec::new(),
            pages: Vec::new(),
            open: None,
        };
        for part in 0..opened.parts.len() {
            let file = opened.part(part)?;
            let mut pages = Vec::new();
            for place in 0..file.pages() {
                pages.push(file.page(place).map_err(|source| unread(bag, source))?);
            }
            opened
                .places
                .extend((0..pages.len()).map(|place| (part, place)));
            opened.pages.extend(pages);
        }
        Ok(opened)
    }

    fn part(&mut self, number: usize) -> Result<&mut ScreenFile, Error> {
        let file = match self.open.take() {
            Some((open, file)) if open == number => file,
            _ => {
                let held = self.parts.get(number);
                let held = held.ok_or(HandoutFault::NoScreen { bag: self.bag })?;
                let bytes = held.read(self.archive)?;
                ScreenFile::open(&bytes).map_err(|source| unread(self.bag, source))?
            }
        };
        Ok(&mut self.open.insert((number, file)).1)
    }

    /// Pages in all.
    pub(super) fn count(&self) -> u32 {
        u32::try_from(self.pages.len()).unwrap_or(u32::MAX)
    }

    /// Where what is masked stands, page by page.
    pub(super) fn found(&self, masker: &Masker) -> Vec<(u32, PixelBox)> {
        let words = Words::of(&self.pages);
        let found: Vec<_> = words
            .texts()
            .map(|text| masker.places(&Reading::of(text)))
            .collect();
        words.boxes(&found)
    }

    /// A page's size in pixels.
    pub(super) fn size(&self, page: u32) -> Option<(u32, u32)> {
        let place = (page as usize).checked_sub(1)?;
        self.pages.get(place).map(ScreenPage::size)
    }

    /// A page without what stands in the boxes, as it is handed out.
    ///
    /// # Errors
    /// A page that it does not have; a picture that cannot be read.
    pub(super) fn picture(
        &mut self,
        page: u32,
        boxes: &[PixelBox],
    ) -> Result<HandedPicture, Error> {
        self.shown(page, |file, page| file.picture(page, boxes))
    }

    /// The same as PNG.
    ///
    /// # Errors
    /// As [`Self::picture`].
    pub(super) fn png(&mut self, page: u32, boxes: &[PixelBox]) -> Result<Vec<u8>, Error> {
        self.shown(page, |file, page| file.png(page, boxes))
    }

    fn shown<T>(
        &mut self,
        page: u32,
        show: impl FnOnce(&mut ScreenFile, &ScreenPage) -> Result<T, crate::pdfa::Error>,
    ) -> Result<T, Error> {
        let (bag, of) = (self.bag, self.count());
        let none = || HandoutFault::NoScreenPage { bag, page, of };
        let place = (page as usize).checked_sub(1).ok_or_else(none)?;
        let (part, _) = *self.places.get(place).ok_or_else(none)?;
        let shown = self.pages.get(place).ok_or_else(none)?.clone();
        let file = self.part(part)?;
        show(file, &shown).map_err(|source| unread(bag, source))
    }
}

fn unread(bag: BagId, source: crate::pdfa::Error) -> Error {
    HandoutFault::Screen { bag, source }.into()
}
