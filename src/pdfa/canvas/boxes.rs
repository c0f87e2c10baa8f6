//! Characters that no font has.

use printpdf::{Op, PaintMode, Pt, Rect};

use super::super::fonts::Face;
use super::super::paragraph::Colour;
use super::super::shape::{Glyph, Shaper};
use super::Canvas;
use super::operators::{actual_text, color, cut};
use super::pen::Pen;

/// Controls and non-characters have no place in a text that is copied: they read as the replacement character.
fn readable(text: &str) -> String {
    let kept = |c: char| {
        let none = c.is_control()
            || matches!(u32::from(c) & 0xffff, 0xfffe..)
            || matches!(c, '\u{fdd0}'..='\u{fdef}');
        if none { '\u{fffd}' } else { c }
    };
    text.chars().map(kept).collect()
}

impl Canvas {
    /// A character no font has: a box with its code point, and the character as its text.
    #[allow(clippy::too_many_arguments)]
    pub fn boxes(
        &mut self,
        shaper: &mut Shaper,
        text: &str,
        cluster: &[Glyph],
        mut x: f32,
        pen: &mut Pen,
        ops: &mut Vec<Op>,
        size: f32,
        colour: Colour,
    ) -> f32 {
        // Marked content may not begin in one text object and end in another (ISO 32000-1, 14.6.1).
        pen.seen(ops, true);
        pen.flush(ops);
        ops.push(Op::EndTextSection);
        ops.push(actual_text(&readable(text)));
        let advance: i32 = cluster.iter().map(|g| g.advance).sum();
        let advance = advance as f32 * size / 1000.0;
        let count = text.chars().count().max(1) as f32;
        for c in text.chars() {
            *self.substituted.entry(c).or_default() += 1;
            let width = advance / count - size * 0.1;
            ops.push(Op::SetOutlineColor { col: color(colour) });
            ops.push(Op::SetOutlineThickness { pt: Pt(0.35) });
            ops.push(Op::DrawRectangle {
                rectangle: Rect {
                    x: Pt(cut(x + size * 0.05)),
                    y: Pt(cut(pen.y - size * 0.12)),
                    width: Pt(cut(width)),
                    height: Pt(cut(size * 0.9)),
                    mode: Some(PaintMode::Stroke),
                    winding_order: None,
                },
            });
            ops.push(Op::StartTextSection);
            pen.font = None;
            let digits = format!("{:04X}", u32::from(c));
            let half = digits.len().div_ceil(2);
            let small = size * 0.36;
            let baseline = pen.y;
            for (row, part) in [digits.get(..half), digits.get(half..)]
                .into_iter()
                .enumerate()
            {
                let word = shaper.word(Face::Regular, part.unwrap_or(""), false);
                let wide = word.width as f32 * small / 1000.0;
                let mut at = x + size * 0.05 + (width - wide) / 2.0;
                pen.y = baseline + size * if row == 0 { 0.40 } else { 0.0 };
                pen.font = None;
                for glyph in &word.glyphs {
                    let digit = word
                        .text
                        .get(glyph.start as usize..glyph.end as usize)
                        .unwrap_or("");
                    let own = self.embeds.reading(&shaper.fonts, glyph, digit, false);
                    let (cid, w) = self
                        .embeds
                        .cid(&shaper.fonts, Face::Regular.key(), glyph.gid);
                    let cid = own.unwrap_or(cid);
                    pen.ready(ops, Face::Regular.key(), small, colour, at, 0);
                    pen.bytes.extend(cid.to_be_bytes());
                    pen.x += w as f32 * small / 1000.0;
                    at += glyph.advance as f32 * small / 1000.0;
                }
                pen.flush(ops);
            }
            ops.push(Op::EndTextSection);
            pen.y = baseline;
            pen.font = None;
            x += advance / count;
        }
        ops.push(Op::EndMarkedContent);
        ops.push(Op::StartTextSection);
        x
    }
}
