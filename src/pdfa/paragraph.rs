//! A paragraph becomes lines: UAX #14 breaks, Swedish hyphenation, a cut where nothing else helps, and the order
//! of what runs from right to left.

use std::rc::Rc;

use hypher::Lang;
use unicode_linebreak::BreakOpportunity;

use super::bidi::{Directions, visual_order};
use super::breaks::breaks;
use super::fonts::Face;
use super::shape::{Glyph, Shaper, Word, word_end};

/// Red, green, blue, 0 to 255.
pub type Colour = [u8; 3];

/// How a run of text looks.
#[derive(Debug, Clone, PartialEq)]
pub struct Style {
    pub face: Face,
    /// In points.
    pub size: f32,
    pub colour: Colour,
    /// A tint behind the text.
    pub back: Option<Colour>,
    /// Where a click leads; also underlined.
    pub link: Option<Rc<str>>,
}

impl Style {
    pub fn new(face: Face, size: f32, colour: Colour) -> Self {
        Self {
            face,
            size,
            colour,
            back: None,
            link: None,
        }
    }
}

/// Text of one style.
#[derive(Debug, Clone)]
pub struct Run {
    pub text: String,
    pub style: Rc<Style>,
}

/// A part of a word on a line.
#[derive(Debug, Clone)]
pub struct Piece {
    pub word: Rc<Word>,
    /// Glyphs `from..to` of the word.
    pub from: usize,
    pub to: usize,
    pub style: Rc<Style>,
    /// Points from the line's left edge.
    pub x: f32,
    /// A hyphen that breaking put here: read as a soft hyphen.
    pub soft_hyphen: bool,
    /// Level of its direction (UAX #9): odd runs from right to left.
    pub level: u8,
}

/// One line of text.
#[derive(Debug, Clone, Default)]
pub struct Line {
    /// In the order they stand in, left to right.
    pub pieces: Vec<Piece>,
    /// Points, without trailing spaces.
    pub width: f32,
    /// The text itself ends the line here, not its width.
    pub broken: bool,
    /// Points by which a line of a paragraph from right to left stands further right.
    pub indent: f32,
}

impl Piece {
    fn new(word: Rc<Word>, style: &Rc<Style>, level: u8) -> Self {
        Self {
            level,
            from: 0,
            to: word.glyphs.len(),
            word,
            style: Rc::clone(style),
            x: 0.0,
            soft_hyphen: false,
        }
    }

    pub fn glyphs(&self) -> &[Glyph] {
        self.word.glyphs.get(self.from..self.to).unwrap_or(&[])
    }

    pub fn text(&self) -> &str {
        let glyphs = self.glyphs();
        let from = glyphs.first().map_or(0, |g| g.start as usize);
        let to = glyphs.iter().map(|g| g.end as usize).max().unwrap_or(0);
        self.word.text.get(from..to).unwrap_or("")
    }

    pub fn leftwards(&self) -> bool {
        self.level % 2 == 1
    }

    fn whole(&self) -> bool {
        self.from == 0 && self.to == self.word.glyphs.len()
    }

    /// Width in points with trailing spaces.
    pub fn width(&self) -> f32 {
        let units = if self.whole() {
            self.word.width
        } else {
            let glyphs = self.word.glyphs.get(self.from..self.to).unwrap_or(&[]);
            glyphs.iter().map(|g| g.advance).sum()
        };
        units as f32 * self.style.size / 1000.0
    }

    fn trailing(&self) -> f32 {
        if self.to == self.word.glyphs.len() {
            self.word.trailing as f32 * self.style.size / 1000.0
        } else {
            0.0
        }
    }
}

/// Characters after which a long address or name may be cut.
const CUT_AFTER: [u8; 12] = *b"/-_.?&=,:;@%";
/// A gap this large at a line's end is worth a hyphen (share of the measure).
const GAP_WORTH_A_HYPHEN: f32 = 0.17;

struct Breaker<'a> {
    shaper: &'a mut Shaper,
    measure: f32,
    lines: Vec<Line>,
    line: Line,
    x: f32,
    /// Level of the paragraph that is being set.
    base: u8,
}

/// The lines of a paragraph within `measure` points; `\n` in the text begins a new line.
pub fn lines(shaper: &mut Shaper, runs: &[Run], measure: f32) -> Vec<Line> {
    let mut text = String::with_capacity(runs.iter().map(|r| r.text.len()).sum());
    let mut ends = Vec::with_capacity(runs.len());
    for run in runs {
        push_clean(&mut text, &run.text);
        ends.push((text.len(), &run.style));
    }
    if text.is_empty() {
        return Vec::new();
    }
    let mut breaker = Breaker {
        shaper,
        measure,
        lines: Vec::new(),
        line: Line::default(),
        x: 0.0,
        base: 0,
    };
    let directions = Directions::of(&text);
    let (mut start, mut run) = (0, 0);
    let mut pieces = Vec::new();
    for (end, opportunity) in breaks(&text) {
        breaker.base = directions.base(start);
        let mut visible = end;
        if text.get(start..end).is_some_and(|s| s.ends_with('\n')) {
            visible -= 1;
        }
        while start < visible {
            let Some((run_end, style)) = ends.get(run) else {
                break;
            };
            if *run_end <= start {
                run += 1;
                continue;
            }
            let mut stop = directions.run_end(start, visible.min(*run_end));
            stop = start + text.get(start..stop).map_or(stop - start, word_end);
            if let Some(part) = text.get(start..stop) {
                let level = directions.level(start);
                let word = breaker.shaper.word(style.face, part, level % 2 == 1);
                if !word.glyphs.is_empty() {
                    pieces.push(Piece::new(word, style, level));
                }
            }
            start = stop;
        }
        start = end;
        breaker.add(&mut pieces);
        if opportunity == BreakOpportunity::Mandatory && visible < end {
            breaker.line.broken = true;
            breaker.end_line();
        }
    }
    if !breaker.line.pieces.is_empty() {
        breaker.end_line();
    }
    breaker.lines
}

/// Line ends of any kind become `\n`, tabs become spaces; other controls stay, to be shown as boxes.
fn push_clean(out: &mut String, text: &str) {
    if text.bytes().all(|b| b >= 0x20 && b != 0x7f)
        && !text.contains(|c: char| c.is_control() || c == '\u{2028}' || c == '\u{2029}')
    {
        out.push_str(text);
        return;
    }
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' => {
                chars.next_if_eq(&'\n');
                out.push('\n');
            }
            '\n' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => out.push('\n'),
            '\t' => out.push_str("    "),
            c => out.push(c),
        }
    }
}

impl Breaker<'_> {
    fn push(&mut self, mut piece: Piece) {
        piece.x = self.x;
        self.line.width = self.x + piece.width() - piece.trailing();
        self.x += piece.width();
        self.line.pieces.push(piece);
    }

    fn end_line(&mut self) {
        let mut line = std::mem::take(&mut self.line);
        if self.base > 0 || line.pieces.iter().any(|p| p.level > 0) {
            self.reorder(&mut line);
        }
        self.lines.push(line);
        self.x = 0.0;
    }

    /// Puts the pieces of a line in the order they are seen in; spaces at its end count as the paragraph's (rules
    /// L1 and L2).
    fn reorder(&self, line: &mut Line) {
        if let Some(last) = line.pieces.last_mut() {
            let glyphs = last.word.glyphs.get(last.from..last.to).unwrap_or(&[]);
            let text = &last.word.text;
            let is_space = |g: &&Glyph| text.get(g.start as usize..g.end as usize) == Some(" ");
            let spaces = glyphs.iter().rev().take_while(is_space).count();
            let to = last.to;
            if spaces > 0 && last.level != self.base {
                let space = Piece {
                    from: to - spaces,
                    level: self.base,
                    ..last.clone()
                };
                last.to = to - spaces;
                line.pieces.push(space);
            }
        }
        let trailing = line.pieces.last().map_or(0.0, Piece::trailing);
        visual_order(&mut line.pieces, |p| p.level);
        let mut x = 0.0;
        if self.base % 2 == 1 {
            line.indent = (self.measure - line.width).max(0.0);
            // Spaces that end the line lie left of it.
            x = -trailing;
        }
        for piece in &mut line.pieces {
            piece.x = x;
            x += piece.width();
        }
    }

    /// Adds what may not be broken, unless it must.
    fn add(&mut self, pieces: &mut Vec<Piece>) {
        let Some(last) = pieces.last() else {
            return;
        };
        let visible = pieces.iter().map(Piece::width).sum::<f32>() - last.trailing();
        let room = self.measure - self.x + 0.01;
        if visible <= room {
            pieces.drain(..).for_each(|p| self.push(p));
            return;
        }
        if room > self.measure * GAP_WORTH_A_HYPHEN || visible > self.measure {
            self.hyphenate(pieces, room);
        }
        if pieces.is_empty() {
            return;
        }
        if !self.line.pieces.is_empty() {
            self.end_line();
            return self.add(pieces);
        }
        self.cut(pieces);
    }

    /// Puts as many syllables as fit on this line, the rest on those that follow.
    fn hyphenate(&mut self, pieces: &mut Vec<Piece>, room: f32) {
        let [piece] = pieces.as_slice() else {
            return;
        };
        if piece.leftwards() {
            return;
        }
        let word = Rc::clone(&piece.word);
        let text = word.text.trim_end();
        let core = text.trim_matches(|c: char| !c.is_alphabetic());
        if core.chars().count() < 7 || core.len() > 200 || !core.chars().all(char::is_alphabetic) {
            return;
        }
        let offset = text.find(core).unwrap_or(0);
        let hyphen = Piece {
            soft_hyphen: true,
            ..Piece::new(
                self.shaper.word(piece.style.face, "-", false),
                &piece.style,
                piece.level,
            )
        };
        let mut at = offset;
        let mut best = None;
        for syllable in hypher::hyphenate_bounded(core, Lang::Swedish, 3, 3) {
            at += syllable.len();
            let Some(to) = word
                .glyphs
                .iter()
                .position(|g| g.begins_cluster() && g.start as usize == at)
            else {
                continue;
            };
            let head = Piece {
                to,
                ..piece.clone()
            };
            if to > piece.from && head.width() + hyphen.width() <= room {
                best = Some(head);
            }
        }
        if let Some(head) = best {
            let tail = Piece {
                from: head.to,
                ..piece.clone()
            };
            self.push(head);
            self.push(hyphen);
            self.end_line();
            *pieces = vec![tail];
            self.add(pieces);
        }
    }

    /// Cuts what is wider than a whole line, after a sign of punctuation if there is one near.
    fn cut(&mut self, pieces: &mut Vec<Piece>) {
        for piece in pieces.drain(..) {
            let mut from = piece.from;
            let mut rest_width = piece.width();
            while from < piece.to {
                let room = self.measure - self.x + 0.01;
                let rest = Piece {
                    from,
                    ..piece.clone()
                };
                if rest_width - rest.trailing() <= room {
                    self.push(rest);
                    break;
                }
                let mut to = fitting(&piece, from, room);
                if to == from {
                    if !self.line.pieces.is_empty() {
                        self.end_line();
                        continue;
                    }
                    to = next_cluster(&piece, from + 1);
                }
                let part = Piece {
                    from,
                    to,
                    ..piece.clone()
                };
                // Measured once as a whole: a word of 100,000 letters takes time in proportion to its length.
                rest_width -= part.width();
                self.push(part);
                self.end_line();
                from = to;
            }
        }
    }
}

/// The index of the first glyph at or after `from` that begins a cluster.
fn next_cluster(piece: &Piece, from: usize) -> usize {
    let glyphs = piece.word.glyphs.get(from..piece.to).unwrap_or(&[]);
    let step = glyphs.iter().position(Glyph::begins_cluster);
    step.map_or(piece.to, |s| from + s)
}

/// How far from `from` fits in `room` points; `from` itself when nothing does.
fn fitting(piece: &Piece, from: usize, room: f32) -> usize {
    let room = (room * 1000.0 / piece.style.size) as i32;
    let glyphs = piece.word.glyphs.get(from..piece.to).unwrap_or(&[]);
    let (mut used, mut to, mut good) = (0, from, None);
    for (i, glyph) in glyphs.iter().enumerate() {
        if glyph.begins_cluster() {
            to = from + i;
            let before = (glyph.start as usize).checked_sub(1);
            if before
                .and_then(|b| piece.word.text.as_bytes().get(b))
                .is_some_and(|b| CUT_AFTER.contains(b))
            {
                good = Some(to);
            }
        }
        used += glyph.advance;
        if used > room {
            let near = good.filter(|g| (g - from) * 5 >= (to - from) * 3);
            return near.unwrap_or(to);
        }
    }
    piece.to
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::pdfa::SystemFonts;

    fn set(text: &str, measure: f32) -> Vec<Line> {
        let mut shaper = Shaper::new(&Arc::new(SystemFonts::none())).unwrap();
        let run = Run {
            text: text.into(),
            style: Rc::new(Style::new(Face::Regular, 10.0, [0; 3])),
        };
        lines(&mut shaper, &[run], measure)
    }

    fn text(line: &Line) -> String {
        line.pieces
            .iter()
            .map(|p| {
                let glyphs = &p.word.glyphs[p.from..p.to];
                glyphs
                    .iter()
                    .map(|g| &p.word.text[g.start as usize..g.end as usize])
                    .collect::<String>()
            })
            .collect()
    }

    #[test]
    fn no_line_is_wider_than_its_measure_and_no_letter_is_lost() {
        let long = "ö".repeat(10_000);
        let source = format!(
            "Kommunfullmäktigesammanträdet {long} https://www.tibro.se/a/b?c=d e\u{301} 👨‍👩‍👧 slut"
        );
        for measure in [18.0, 60.0, 200.0, 451.0] {
            let set = set(&source, measure);
            assert!(set.iter().all(|l| l.width <= measure + 0.1), "{measure}");
            let joined: String = set
                .iter()
                .map(|l| {
                    let soft = l.pieces.last().is_some_and(|p| p.soft_hyphen);
                    let t = text(l);
                    if soft { t[..t.len() - 1].to_owned() } else { t }
                })
                .collect();
            assert_eq!(joined, source, "{measure}");
        }
    }

    #[test]
    fn a_long_compound_is_hyphenated_by_swedish_rules() {
        let set = set("Kommunfullmäktigesammanträde", 90.0);
        assert!(set[0].pieces.last().unwrap().soft_hyphen);
        assert!(text(&set[0]).starts_with("Kommun"));
    }

    #[test]
    fn a_forced_break_breaks_and_an_empty_line_stays() {
        let set = set("a\n\nb\r\nc", 100.0);
        let texts: Vec<_> = set.iter().map(text).collect();
        assert_eq!(texts, ["a", "", "b", "c"]);
    }
}
