//! A picture that fills a page of its own, below its heading.

use std::rc::Rc;

use super::Error;
use super::compose::{Begins, COLUMN, COLUMN_HEIGHT, Composer, Draw, INK, Item, LEFT, run, style};
use super::cover::frame;
use super::fonts::Face;
use super::tags::{Element, Tag};
use crate::record::Digest;

/// Points that the heading takes, and room.
const HEADING: f32 = 60.0;

/// A picture of a page of its own.
#[derive(Debug, Clone)]
pub struct Plate {
    /// Never empty: it is what the picture is found by.
    pub heading: String,
    /// What is told where it cannot be seen.
    pub alternative: String,
    /// As the typesetter asks for it; a JPEG or PNG.
    pub file: String,
    pub sha256: Digest,
}

impl Composer<'_> {
    pub fn plate(mut self, plate: &Plate) -> Result<Vec<Item>, Error> {
        self.within = Element::within(&self.within, Tag::Section);
        let frame = frame(10.0);
        // A page of its own: nothing fits below what fills the column.
        let mut set = frame.setting(Tag::Heading(2), COLUMN_HEIGHT);
        set.keep = true;
        set.leading = 16.0;
        let bold = style(Face::Bold, 11.5, INK);
        self.paragraph(&[run(plate.heading.as_str(), &bold)], &set);
        if let Some(first) = self.items.first_mut() {
            first.begins = Some(Begins::Chapter);
        }
        if self.pictures.known(&plate.sha256).is_none() {
            let bytes = (self.load)(&plate.file).map_err(|source| Error::Load {
                file: plate.file.clone(),
                source,
            })?;
            self.pictures.measure(&plate.file, plate.sha256, bytes);
        }
        let Some(Ok(measured)) = self.pictures.known(&plate.sha256) else {
            return Err(Error::ScreenPicture {
                problem: "it cannot be drawn".to_owned(),
            });
        };
        let (w, h) = (measured.width as f32, measured.height as f32);
        let scale = (COLUMN / w).min((COLUMN_HEIGHT - HEADING) / h).min(0.75);
        let (width, height) = ((w * scale).max(0.5), (h * scale).max(0.5));
        let of = Element::figure(&self.within, &plate.alternative);
        self.items.push(Item {
            before: 9.0,
            height,
            keep: false,
            draw: Draw::Picture {
                x: LEFT,
                width,
                height,
                digest: plate.sha256,
                of: Rc::clone(&of),
            },
            bands: Rc::clone(&frame.bands),
            begins: None,
            heading: None,
        });
        Ok(self.items)
    }
}
