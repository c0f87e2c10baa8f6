//! Clusters of glyphs, each so that it reads as the text it stands for.

use printpdf::Op;

use super::super::embed::is_beyond;
use super::super::fonts::FontKey;
use super::super::paragraph::{Piece, Style};
use super::super::shape::{Glyph, Shaper, is_invisible};
use super::Canvas;
use super::operators::actual_text;
use super::pen::{Mark, Pen};
use super::picture::Emoji;

/// The text of a cluster by its glyphs, where each visible character has one: joiners go with what they follow,
/// unless they too have glyphs.
fn by_glyph(text: &str, glyphs: usize, joiners: bool) -> Vec<&str> {
    let starts = text
        .char_indices()
        .filter(|(i, c)| *i == 0 || joiners || !is_invisible(*c));
    let starts: Vec<usize> = starts.map(|(i, _)| i).collect();
    if starts.len() != glyphs {
        return Vec::new();
    }
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    let parts = starts.iter().zip(ends);
    parts.filter_map(|(from, to)| text.get(*from..to)).collect()
}

/// The glyph that is read where the emoji's picture is seen.
fn unseen(shaper: &Shaper, glyph: &Glyph) -> Glyph {
    if glyph.font != Some(FontKey::COLOUR) {
        return *glyph;
    }
    Glyph {
        font: Some(FontKey::EMOJI),
        gid: shaper.fonts.unseen_emoji(),
        ..*glyph
    }
}

/// Whether the glyph carries a character and shows nothing: in some fonts it has a shape all the same.
fn is_carrier(shaper: &Shaper, glyph: &Glyph) -> bool {
    let blank = |font| shaper.fonts.blank(font) == Some(glyph.gid);
    glyph.advance == 0 && glyph.font.is_some_and(blank)
}

/// The base of a cluster from right to left that is one base with marks.
fn base_alone<'g>(piece: &Piece, cluster: &'g [Glyph]) -> Option<&'g Glyph> {
    if !piece.leftwards() || cluster.len() < 2 {
        return None;
    }
    let mut bases = cluster.iter().filter(|g| g.advance != 0);
    let base = bases.next()?;
    bases.next().is_none().then_some(base)
}

impl Canvas {
    /// Lets the base read as the whole cluster, and leaves its marks for the end of the line, where they are drawn
    /// and not read: readers put what they find apart in an order of their own.
    #[allow(clippy::too_many_arguments)]
    fn on_base(
        &mut self,
        shaper: &Shaper,
        cluster: &[Glyph],
        base: &Glyph,
        text: &str,
        x: f32,
        style: &Style,
        pen: &mut Pen,
        ops: &mut Vec<Op>,
    ) -> bool {
        let turned: String = text.chars().rev().collect();
        let Some(cid) = self.embeds.reading(&shaper.fonts, base, &turned, true) else {
            return false;
        };
        let mut x = x;
        for glyph in cluster {
            let Some(font) = glyph.font else { continue };
            let (own, width) = self.embeds.cid(&shaper.fonts, font, glyph.gid);
            let at = x + glyph.dx as f32 * style.size / 1000.0;
            if glyph.advance == 0 {
                if !is_carrier(shaper, glyph) {
                    self.embeds.hint(&shaper.fonts, glyph, "");
                    pen.marks.push(Mark {
                        font,
                        cid: own,
                        size: style.size,
                        colour: style.colour,
                        x: at,
                        dy: glyph.dy,
                        width,
                    });
                }
                continue;
            }
            pen.ready(ops, font, style.size, style.colour, at, glyph.dy);
            pen.bytes.extend(cid.to_be_bytes());
            pen.x += width as f32 * style.size / 1000.0;
            x += glyph.advance as f32 * style.size / 1000.0;
        }
        true
    }

    pub fn piece(
        &mut self,
        shaper: &mut Shaper,
        piece: &Piece,
        x: f32,
        told: bool,
        pen: &mut Pen,
        ops: &mut Vec<Op>,
    ) {
        let style = &piece.style;
        let mut x = x;
        let mut rest = piece.glyphs();
        let mut cids = Vec::new();
        let mut over = Vec::new();
        while !rest.is_empty() {
            let cluster;
            if piece.leftwards() {
                let start = rest.iter().rposition(Glyph::begins_cluster);
                (rest, cluster) = rest.split_at(start.unwrap_or(0));
            } else {
                let more = rest.iter().skip(1).position(Glyph::begins_cluster);
                (cluster, rest) = rest.split_at(more.map_or(rest.len(), |m| 1 + m));
            }
            let Some(first) = cluster.first() else { break };
            let source = piece
                .word
                .text
                .get(first.start as usize..first.end as usize);
            let text = match source {
                _ if piece.soft_hyphen => "\u{ad}",
                Some("\u{a0}" | "\u{202f}" | "\u{2007}") => " ",
                Some(text) => text,
                None => "",
            };
            if cluster.iter().any(|g| g.font.is_none()) {
                x = self.boxes(shaper, text, cluster, x, pen, ops, style.size, style.colour);
                continue;
            }
            let picture = cluster.iter().find(|g| g.font == Some(FontKey::COLOUR));
            pen.seen(ops, picture.is_none());
            let cluster = match picture {
                None => cluster,
                Some(picture) => {
                    pen.emoji.push(Emoji {
                        gid: picture.gid,
                        x,
                        baseline: pen.y,
                        size: style.size,
                        advance: picture.advance,
                    });
                    over.clear();
                    over.extend(cluster.iter().map(|g| unseen(shaper, g)));
                    over.as_slice()
                }
            };
            let own = picture.is_some();
            let base = base_alone(piece, cluster);
            if let Some(base) = base.filter(|_| picture.is_none())
                && self.on_base(shaper, cluster, base, text, x, style, pen, ops)
            {
                x += base.advance as f32 * style.size / 1000.0;
                continue;
            }
            let plain = self.readings(shaper, cluster, text, piece.leftwards(), own, &mut cids);
            if !plain && !told {
                pen.flush(ops);
                ops.push(actual_text(text));
            }
            for (i, glyph) in cluster.iter().enumerate() {
                let Some(font) = glyph.font else { continue };
                let (cid, width) = self.embeds.cid(&shaper.fonts, font, glyph.gid);
                let cid = cids.get(i).copied().unwrap_or(cid);
                let at = x + glyph.dx as f32 * style.size / 1000.0;
                if piece.leftwards() && picture.is_none() {
                    pen.seen(ops, !is_carrier(shaper, glyph));
                }
                pen.ready(ops, font, style.size, style.colour, at, glyph.dy);
                pen.bytes.extend(cid.to_be_bytes());
                pen.x += width as f32 * style.size / 1000.0;
                x += glyph.advance as f32 * style.size / 1000.0;
            }
            if !plain && !told {
                pen.flush(ops);
                ops.push(Op::EndMarkedContent);
            }
        }
    }

    /// Finds CIDs by which the cluster reads as its text. `false`: there are none, `ActualText` must say it.
    /// `own`: each text needs a CID of its own.
    fn readings(
        &mut self,
        shaper: &Shaper,
        cluster: &[Glyph],
        text: &str,
        leftwards: bool,
        own: bool,
        cids: &mut Vec<u16>,
    ) -> bool {
        cids.clear();
        // Beyond the first plane pdfium reads no ActualText, and from right to left all readers turn it around: what
        // a glyph reads as must there be its own.
        // Marks are the exception: poppler takes each for a line of its own.
        let marks = |g: &&Glyph| g.advance != 0 || g.dx != 0 || g.dy != 0;
        let unmarked = cluster.iter().filter(marks).count() <= 1;
        let insist = own || leftwards && unmarked || is_beyond(text);
        if let [glyph] = cluster {
            // Several characters in one glyph are turned around like those in several.
            let turned: String = match text.chars().nth(1) {
                Some(_) if leftwards => text.chars().rev().collect(),
                _ => String::new(),
            };
            let text = if turned.is_empty() { text } else { &turned };
            let cid = self.embeds.reading(&shaper.fonts, glyph, text, insist);
            cids.extend(cid);
            if cid.is_none() && text != "\u{ad}" {
                self.embeds.hint(&shaper.fonts, glyph, text);
            }
            return cid.is_some();
        }
        let mut parts = by_glyph(text, cluster.len(), leftwards);
        if leftwards {
            parts.reverse();
        }
        if insist {
            for (glyph, part) in cluster.iter().zip(&parts) {
                cids.extend(self.embeds.reading(&shaper.fonts, glyph, part, insist));
            }
            if cids.len() == cluster.len() {
                return true;
            }
            cids.clear();
        }
        for (i, glyph) in cluster.iter().enumerate() {
            let first = if i == 0 { text } else { "" };
            let part = parts.get(i).copied().unwrap_or(first);
            self.embeds.hint(&shaper.fonts, glyph, part);
        }
        false
    }
}
