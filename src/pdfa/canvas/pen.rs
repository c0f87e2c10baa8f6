//! The pen that text is written with: it gathers glyphs into few strings, and sets only what changes.

use printpdf::{DictItem, FontId, Op, PdfFontHandle, Pt, TextMatrix, TextRenderingMode};

use super::super::fonts::FontKey;
use super::super::paragraph::Colour;
use super::operators::{actual_text, color, cut};
use super::picture::Emoji;

/// Text being written: what the viewer's state is, and what is not yet shown.
pub struct Pen {
    pub font: Option<FontKey>,
    pub size: f32,
    pub colour: Option<Colour>,
    /// Where the viewer would put the next glyph.
    pub x: f32,
    pub y: f32,
    pub rise: f32,
    pub shown: Vec<DictItem>,
    pub bytes: Vec<u8>,
    /// Whether glyphs are read and not seen.
    unseen: bool,
    /// Emoji that lie under unseen glyphs.
    pub emoji: Vec<Emoji>,
    /// Marks that are drawn when the line is: their bases read as them.
    pub marks: Vec<Mark>,
}

pub struct Mark {
    pub font: FontKey,
    pub cid: u16,
    pub size: f32,
    pub colour: Colour,
    pub x: f32,
    /// Thousandths of an em, like `width`.
    pub dy: i32,
    pub width: i32,
}

impl Pen {
    pub fn new(y: f32) -> Self {
        Self {
            font: None,
            size: 0.0,
            colour: None,
            x: 0.0,
            y,
            rise: 0.0,
            shown: Vec::new(),
            bytes: Vec::new(),
            unseen: false,
            emoji: Vec::new(),
            marks: Vec::new(),
        }
    }

    /// Draws the marks that were left for the end of the line, as nothing to be read.
    pub fn marks(&mut self, ops: &mut Vec<Op>) {
        if self.marks.is_empty() {
            return;
        }
        self.seen(ops, true);
        self.flush(ops);
        ops.push(actual_text(""));
        for mark in std::mem::take(&mut self.marks) {
            self.ready(ops, mark.font, mark.size, mark.colour, mark.x, mark.dy);
            self.bytes.extend(mark.cid.to_be_bytes());
            self.x += mark.width as f32 * mark.size / 1000.0;
        }
        self.flush(ops);
        ops.push(Op::EndMarkedContent);
    }

    /// Whether the glyphs that follow are seen.
    pub fn seen(&mut self, ops: &mut Vec<Op>, seen: bool) {
        if self.unseen == seen {
            self.flush(ops);
            self.unseen = !seen;
            let mode = if seen {
                TextRenderingMode::Fill
            } else {
                TextRenderingMode::Invisible
            };
            ops.push(Op::SetTextRenderingMode { mode });
        }
    }

    pub fn flush(&mut self, ops: &mut Vec<Op>) {
        if !self.bytes.is_empty() {
            self.shown.push(DictItem::String {
                data: std::mem::take(&mut self.bytes),
                literal: true,
            });
        }
        if !self.shown.is_empty() {
            // One string for many glyphs: printpdf's own glyph items would make one of each.
            ops.push(Op::Unknown {
                key: "TJ".to_owned(),
                value: vec![DictItem::Array(std::mem::take(&mut self.shown))],
            });
        }
    }

    /// Sets what the next glyph needs to be drawn at `x`.
    pub fn ready(
        &mut self,
        ops: &mut Vec<Op>,
        font: FontKey,
        size: f32,
        colour: Colour,
        x: f32,
        dy: i32,
    ) {
        let rise = cut(dy as f32 * size / 1000.0);
        let same = self.font == Some(font) && self.size == size && self.colour == Some(colour);
        if same && self.rise == rise {
            let back = (self.x - x) * 1000.0 / size;
            // An array in PDF/A-1 holds 8,191 elements, a string 65,535 bytes (ISO 19005-1, 6.1.12).
            if self.shown.len() > 4_000 || self.bytes.len() > 30_000 {
                self.flush(ops);
            }
            if back.abs() > 0.6 {
                let back = (back * 10.0).round() / 10.0;
                if !self.bytes.is_empty() {
                    self.shown.push(DictItem::String {
                        data: std::mem::take(&mut self.bytes),
                        literal: true,
                    });
                }
                self.shown.push(DictItem::Real(back));
                self.x -= back * size / 1000.0;
            }
            return;
        }
        self.flush(ops);
        if self.colour != Some(colour) {
            ops.push(Op::SetFillColor { col: color(colour) });
        }
        if self.font != Some(font) || self.size != size {
            ops.push(Op::SetFont {
                font: PdfFontHandle::External(FontId(font.resource())),
                size: Pt(size),
            });
        }
        if self.rise != rise {
            ops.push(Op::SetLineOffset { multiplier: rise });
        }
        ops.push(Op::SetTextMatrix {
            matrix: TextMatrix::Raw([1.0, 0.0, 0.0, 1.0, cut(x), cut(self.y)]),
        });
        (self.font, self.size, self.colour, self.rise) = (Some(font), size, Some(colour), rise);
        self.x = cut(x);
    }
}
