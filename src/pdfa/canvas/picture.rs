//! Pictures: those of posts as figures, those of emoji behind the glyphs that read as them.

use std::rc::Rc;

use printpdf::{CurTransMat, Op, XObjectId, XObjectTransform};

use super::super::compose::PAGE_HEIGHT;
use super::super::emoji::{SHOWN_DEPTH, SHOWN_HEIGHT, SHOWN_WIDTH};
use super::super::picture::Measured;
use super::super::tags::Element;
use super::operators::cut;
use super::{Canvas, Page};
use crate::record::Digest;

/// A picture that a part holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Image {
    /// A stored file, by its digest.
    Stored(Digest),
    /// An emoji, by its glyph in [`super::super::fonts::FontKey::COLOUR`].
    Emoji(u16),
}

impl Canvas {
    /// Draws the emoji at its place in the line: below the text, and no part of it (ISO 14289-1, 7.3), since the
    /// glyph that stands unseen over it is.
    pub fn emoji(&mut self, page: &mut Page, emoji: &Emoji) {
        let em = |thousandths: i32| thousandths as f32 * emoji.size / 1000.0;
        let (w, h) = (em(SHOWN_WIDTH), em(SHOWN_HEIGHT));
        let x = emoji.x + (em(emoji.advance) - w) / 2.0;
        let y = emoji.baseline - em(SHOWN_DEPTH);
        let index = self.place_image(Image::Emoji(emoji.gid));
        page.emoji.extend(drawn(index, [w, 0.0, 0.0, h, x, y]));
        page.shows(index);
    }

    /// Draws the picture into the rectangle, turned the way the camera was held.
    #[allow(clippy::too_many_arguments)]
    pub fn picture(
        &mut self,
        index: usize,
        measured: &Measured,
        x: f32,
        top: f32,
        w: f32,
        h: f32,
        of: &Rc<Element>,
    ) {
        use image::metadata::Orientation as O;
        let figure = self.tree.place(of);
        let bottom = PAGE_HEIGHT - top - h;
        self.tree.bounds(figure, [x, bottom, x + w, bottom + h]);
        let mark = self.mark(figure);
        let Some(page) = self.pages.last_mut() else {
            return;
        };
        let y = PAGE_HEIGHT - top - h;
        let matrix = match measured.orientation {
            O::NoTransforms => [w, 0.0, 0.0, h, x, y],
            O::FlipHorizontal => [-w, 0.0, 0.0, h, x + w, y],
            O::Rotate180 => [-w, 0.0, 0.0, -h, x + w, y + h],
            O::FlipVertical => [w, 0.0, 0.0, -h, x, y + h],
            O::Rotate90FlipH => [0.0, -h, -w, 0.0, x + w, y + h],
            O::Rotate90 => [0.0, -h, w, 0.0, x, y + h],
            O::Rotate270FlipH => [0.0, h, w, 0.0, x, y],
            O::Rotate270 => [0.0, h, -w, 0.0, x + w, y],
        };
        page.ops.extend(mark);
        page.ops.extend(drawn(index, matrix));
        page.ops.push(Op::EndMarkedContent);
        page.shows(index);
    }

    /// The place of the picture among this part's.
    pub fn place_image(&mut self, image: Image) -> usize {
        let next = self.images.len();
        let index = *self.placed.entry(image).or_insert(next);
        if index == next {
            self.images.push(image);
        }
        index
    }
}

impl Page {
    fn shows(&mut self, index: usize) {
        if !self.pictures.contains(&index) {
            self.pictures.push(index);
        }
    }
}

/// An emoji to be drawn: its glyph, where it begins on the page and its line's baseline, from the bottom, and the
/// size of the text, in points.
pub struct Emoji {
    pub gid: u16,
    pub x: f32,
    pub baseline: f32,
    pub size: f32,
    /// Thousandths of an em.
    pub advance: i32,
}

fn drawn(index: usize, matrix: [f32; 6]) -> [Op; 4] {
    [
        Op::SaveGraphicsState,
        Op::SetTransformationMatrix {
            matrix: CurTransMat::Raw(matrix.map(cut)),
        },
        Op::UseXobject {
            id: XObjectId(picture_name(index)),
            transform: XObjectTransform {
                no_auto_scale: true,
                ..XObjectTransform::default()
            },
        },
        Op::RestoreGraphicsState,
    ]
}

pub fn picture_name(index: usize) -> String {
    format!("P{index}")
}
