//! Pictures as figures.

use std::rc::Rc;

use printpdf::{CurTransMat, Op, XObjectId, XObjectTransform};

use super::super::compose::PAGE_HEIGHT;
use super::super::picture::Measured;
use super::super::tags::Element;
use super::Canvas;
use super::operators::cut;
use crate::record::Digest;

impl Canvas {
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
        page.ops.push(Op::SaveGraphicsState);
        page.ops.push(Op::SetTransformationMatrix {
            matrix: CurTransMat::Raw(matrix.map(cut)),
        });
        page.ops.push(Op::UseXobject {
            id: XObjectId(picture_name(index)),
            transform: XObjectTransform {
                no_auto_scale: true,
                ..XObjectTransform::default()
            },
        });
        page.ops.push(Op::RestoreGraphicsState);
        page.ops.push(Op::EndMarkedContent);
        if !page.pictures.contains(&index) {
            page.pictures.push(index);
        }
    }

    /// The place of a picture among this part's, if it has one already.
    pub fn placed_picture(&self, digest: &Digest) -> Option<usize> {
        self.pictures.iter().position(|d| d == digest)
    }
}

pub fn picture_name(index: usize) -> String {
    format!("P{index}")
}
