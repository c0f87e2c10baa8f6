//! Words become glyphs: the face for each character, shaping, and a cache, since words repeat.

use std::collections::HashMap;
use std::rc::Rc;

use unicode_segmentation::UnicodeSegmentation;

use super::Error;
use super::fonts::{Face, Fonts, Placed};

/// A word with its trailing spaces, shaped. Measures in thousandths of an em.
#[derive(Debug)]
pub struct Word {
    /// What is drawn: the source without characters that have no mark of their own.
    pub text: Box<str>,
    pub glyphs: Vec<Glyph>,
    /// Width of all glyphs.
    pub width: i32,
    /// Width of the trailing spaces, part of `width`.
    pub trailing: i32,
}

#[derive(Debug, Clone, Copy)]
pub struct Glyph {
    /// `None`: no font has the character; it is drawn as a box with its code point.
    pub face: Option<Face>,
    pub gid: u16,
    pub advance: i32,
    pub dx: i32,
    pub dy: i32,
    /// The cluster's bytes in [`Word::text`]; empty for all but a cluster's first glyph.
    pub start: u32,
    pub end: u32,
}

impl Glyph {
    pub fn begins_cluster(&self) -> bool {
        self.end > self.start
    }
}

/// Above this many words the cache begins anew, so that memory stays flat.
const CACHED_WORDS: usize = 30_000;

pub struct Shaper {
    pub fonts: Fonts,
    by_face: [HashMap<Box<str>, Rc<Word>>; 5],
    placed: Vec<Placed>,
}

impl Shaper {
    pub fn new() -> Result<Self, Error> {
        Ok(Self {
            fonts: Fonts::new()?,
            by_face: Default::default(),
            placed: Vec::new(),
        })
    }

    /// The word shaped in that face, other faces standing in where it lacks a character.
    pub fn word(&mut self, face: Face, text: &str) -> Rc<Word> {
        let Some(cache) = self.by_face.get(face as usize) else {
            return Rc::new(self.shape(face, text));
        };
        if let Some(word) = cache.get(text) {
            return Rc::clone(word);
        }
        let word = Rc::new(self.shape(face, text));
        if let Some(cache) = self.by_face.get_mut(face as usize)
            && text.len() <= 64
        {
            if cache.len() >= CACHED_WORDS {
                cache.clear();
            }
            cache.insert(text.into(), Rc::clone(&word));
        }
        word
    }

    fn shape(&mut self, face: Face, source: &str) -> Word {
        let mut text = String::with_capacity(source.len());
        let mut glyphs = Vec::with_capacity(source.len());
        let mut run = 0;
        let mut run_face = face;
        for grapheme in source.graphemes(true) {
            match self.face_of(face, grapheme) {
                Some(chosen) => {
                    if chosen != run_face {
                        self.flush(run_face, &text, run, &mut glyphs);
                        (run, run_face) = (text.len(), chosen);
                    }
                    if chosen == Face::Emoji {
                        text.push_str(grapheme);
                    } else {
                        text.extend(grapheme.chars().filter(|c| !is_invisible(*c)));
                    }
                }
                None => {
                    for c in grapheme.chars().filter(|c| !is_invisible(*c)) {
                        self.flush(run_face, &text, run, &mut glyphs);
                        run = text.len();
                        text.push(c);
                        if self.fonts.covers(face, c) {
                            run_face = face;
                            continue;
                        }
                        glyphs.push(Glyph {
                            face: None,
                            gid: 0,
                            advance: if u32::from(c) > 0xffff { 1200 } else { 900 },
                            dx: 0,
                            dy: 0,
                            start: run as u32,
                            end: text.len() as u32,
                        });
                        run = text.len();
                    }
                }
            }
        }
        self.flush(run_face, &text, run, &mut glyphs);
        let trailing = glyphs
            .iter()
            .rev()
            .take_while(|g| text.get(g.start as usize..g.end as usize) == Some(" "))
            .map(|g| g.advance)
            .sum();
        Word {
            width: glyphs.iter().map(|g| g.advance).sum(),
            trailing,
            glyphs,
            text: text.into(),
        }
    }

    fn flush(&mut self, face: Face, text: &str, from: usize, glyphs: &mut Vec<Glyph>) {
        let Some(run) = text.get(from..).filter(|r| !r.is_empty()) else {
            return;
        };
        self.placed.clear();
        let mut placed = std::mem::take(&mut self.placed);
        self.fonts.shape(face, run, from, &mut placed);
        let end_of = |i: usize| {
            let here = placed.get(i).map_or(0, |g| g.cluster);
            placed
                .iter()
                .skip(i)
                .map(|g| g.cluster)
                .find(|c| *c > here)
                .unwrap_or(text.len() as u32)
        };
        let mut previous = None;
        for (i, g) in placed.iter().enumerate() {
            let first = previous != Some(g.cluster);
            previous = Some(g.cluster);
            glyphs.push(Glyph {
                // A composed cluster can still lack a glyph; it must never be drawn as .notdef.
                face: (g.gid != 0).then_some(face),
                gid: g.gid,
                advance: if g.gid == 0 { 900 } else { g.advance },
                dx: g.dx,
                dy: g.dy,
                start: g.cluster,
                end: if first { end_of(i) } else { g.cluster },
            });
        }
        self.placed = placed;
    }

    /// The face that has the whole grapheme; emoji presentation asks for the emoji face first.
    fn face_of(&self, wanted: Face, grapheme: &str) -> Option<Face> {
        if grapheme.bytes().all(|b| (0x20..0x7f).contains(&b)) {
            return Some(wanted);
        }
        let has = |face: Face| {
            grapheme
                .chars()
                .filter(|c| !is_invisible(*c))
                .all(|c| self.fonts.covers(face, c))
        };
        let emoji_first = grapheme.contains(['\u{fe0f}', '\u{20e3}']);
        let order = if emoji_first {
            [Face::Emoji, wanted, Face::Regular]
        } else {
            [wanted, Face::Regular, Face::Emoji]
        };
        order.into_iter().find(|f| has(*f))
    }
}

/// Characters that steer layout and leave no mark: joiners, direction marks, variation selectors, controls.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}
