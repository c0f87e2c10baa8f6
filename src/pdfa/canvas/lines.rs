//! Lines of text in marked content, with what stands behind and below their words.

use std::rc::Rc;

use printpdf::Op;

use super::super::compose::{LINK, PAGE_HEIGHT};
use super::super::embed::is_beyond;
use super::super::paragraph::{Line, Piece, Style};
use super::super::shape::{Glyph, Shaper};
use super::super::tags::Element;
use super::marks::Artifact;
use super::operators::{actual_text, color, filled};
use super::pen::Pen;
use super::{Canvas, MOST_MARKS, Page, Target};

/// A string holds 65,535 bytes (ISO 19005-1, 6.1.12), and a byte here becomes two at most.
const LONGEST_ACTUAL_TEXT: usize = 8_000;

/// How many of the pieces need one `ActualText` for all, up to the next space, and that text. Where marks are
/// raised, pdfium sorts the parts of a line anew, and tells a cluster twice whose parts it finds apart.
fn told_together(pieces: &[Piece]) -> Option<(usize, String)> {
    let raised = |g: &Glyph| g.dy != 0;
    if !pieces.first()?.glyphs().iter().any(raised) {
        return None;
    }
    let mut all = String::new();
    let mut count = 0;
    for piece in pieces {
        let glyphs = piece.glyphs();
        let boxed = glyphs.iter().any(|g| g.font.is_none());
        let text = piece.text();
        if boxed || piece.leftwards() || piece.soft_hyphen || is_beyond(text) {
            break;
        }
        if all.len() + text.len() > LONGEST_ACTUAL_TEXT {
            break;
        }
        all.push_str(text);
        count += 1;
        if text.ends_with(' ') {
            break;
        }
    }
    (count > 0).then_some((count, all))
}

impl Canvas {
    /// Text that belongs to the page, not to the document.
    pub fn furniture(
        &mut self,
        shaper: &mut Shaper,
        line: &Line,
        x: f32,
        baseline: f32,
        artifact: Artifact,
    ) {
        if let Some(page) = self.pages.last_mut() {
            page.continues = false;
        }
        self.text(shaper, line, x, baseline, Some(artifact.begin()));
        self.decorate(line, x, baseline);
    }

    /// A line of the element; what can be clicked is bound to a link within it.
    pub fn line(
        &mut self,
        shaper: &mut Shaper,
        line: &Line,
        x: f32,
        baseline: f32,
        of: &Rc<Element>,
    ) {
        if line.pieces.is_empty() {
            return;
        }
        let owner = self.tree.place(of);
        let spaced = line.broken.then(|| with_space(shaper, line)).flatten();
        let line = spaced.as_ref().unwrap_or(line);
        let room = |page: &Page| page.marks.len() < MOST_MARKS;
        if self.pages.last().is_some_and(room) && line.pieces.iter().any(|p| p.style.link.is_some())
        {
            for pieces in line.pieces.chunk_by(|a, b| a.style.link == b.style.link) {
                let part = Line {
                    pieces: pieces.to_vec(),
                    ..line.clone()
                };
                let target = pieces.first().and_then(|p| p.style.link.clone());
                let Some(target) = target else {
                    let mark = self.mark(owner);
                    self.text(shaper, &part, x, baseline, mark);
                    continue;
                };
                let element = self.tree.link(owner, &target);
                let mark = self.mark(element);
                self.text(shaper, &part, x, baseline, mark);
                let y = PAGE_HEIGHT - baseline;
                let size = pieces.iter().map(|p| p.style.size).fold(0.0, f32::max);
                let left = pieces.iter().map(|p| p.x).fold(f32::MAX, f32::min);
                let right = pieces.iter().map(|p| p.x + p.width()).fold(0.0, f32::max);
                let area = [x + left, y - size * 0.25, x + right, y + size * 0.85];
                self.link(area, Target::Address(target), element);
            }
        } else {
            let mark = self.mark(owner);
            self.text(shaper, line, x, baseline, mark);
        }
        self.decorate(line, x, baseline);
    }

    /// Draws the line's glyphs. `mark` begins its marked content; `None` goes on with what was drawn last.
    fn text(&mut self, shaper: &mut Shaper, line: &Line, x: f32, baseline: f32, mark: Option<Op>) {
        if line.pieces.is_empty() {
            return;
        }
        let Some(mut page) = self.pages.pop() else {
            return;
        };
        let mut pen = Pen::new(PAGE_HEIGHT - baseline);
        page.ops.extend(mark);
        let from = page.ops.len();
        page.ops.push(Op::StartTextSection);
        let mut rest = line.pieces.as_slice();
        while !rest.is_empty() {
            let together = told_together(rest);
            let (now, after) = rest.split_at(together.as_ref().map_or(1, |t| t.0));
            rest = after;
            if let Some((_, text)) = &together {
                pen.flush(&mut page.ops);
                page.ops.push(actual_text(text));
            }
            for piece in now {
                let told = together.is_some();
                self.piece(shaper, piece, x + piece.x, told, &mut pen, &mut page.ops);
            }
            if together.is_some() {
                pen.flush(&mut page.ops);
                page.ops.push(Op::EndMarkedContent);
            }
        }
        pen.marks(&mut page.ops);
        pen.flush(&mut page.ops);
        if pen.rise != 0.0 {
            page.ops.push(Op::SetLineOffset { multiplier: 0.0 });
        }
        pen.seen(&mut page.ops, true);
        page.ops.push(Op::EndTextSection);
        for emoji in &pen.emoji {
            self.emoji(&mut page, emoji);
        }
        // Some readers (poppler 22) take the end of an inner mark for that of the outer: what follows a line with
        // inner marks is marked anew.
        let own = page.ops.iter().skip(from);
        if own.into_iter().any(|op| matches!(op, Op::EndMarkedContent)) {
            page.continues = false;
        }
        page.ops.push(Op::EndMarkedContent);
        self.pages.push(page);
    }

    /// Tints behind words, and underlines.
    fn decorate(&mut self, line: &Line, x: f32, baseline: f32) {
        let Some(page) = self.pages.last_mut() else {
            return;
        };
        for piece in &line.pieces {
            let (left, right) = (x + piece.x, x + piece.x + piece.width());
            let size = piece.style.size;
            if let Some(back) = piece.style.back {
                page.under.push(Op::SetFillColor { col: color(back) });
                page.under.push(filled(
                    left - 3.0,
                    baseline - size * 1.02,
                    right - left + 6.0,
                    size * 1.38,
                ));
            }
            if piece.style.link.is_some() && piece.style.colour == LINK {
                page.under.push(Op::SetFillColor { col: color(LINK) });
                page.under
                    .push(filled(left, baseline + size * 0.13, right - left, 0.4));
            }
        }
    }
}

/// The line with a space at its end: where only text is read, its last word is then not joined with the next.
fn with_space(shaper: &mut Shaper, line: &Line) -> Option<Line> {
    let last = line.pieces.last()?;
    let style = Rc::new(Style {
        back: None,
        ..(*last.style).clone()
    });
    let word = shaper.word(style.face, " ", false);
    let space = Piece {
        from: 0,
        to: word.glyphs.len(),
        word,
        x: last.x + last.width(),
        soft_hyphen: false,
        level: 0,
        style,
    };
    let mut out = line.clone();
    out.pieces.push(space);
    Some(out)
}
