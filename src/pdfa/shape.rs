//! Words become glyphs: the font for each cluster, shaping, and a cache, since words repeat.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use unicode_script::{Script, UnicodeScript};
use unicode_segmentation::UnicodeSegmentation;

use super::fonts::{Face, FontKey, Fonts, Placed};
use super::{Error, SystemFonts};

/// A word with its trailing spaces, shaped. Measures in thousandths of an em.
#[derive(Debug)]
pub struct Word {
    pub text: Box<str>,
    /// In the order they are read in: clusters of a word from right to left stand here first to last, the glyphs
    /// within a cluster left to right.
    pub glyphs: Vec<Glyph>,
    /// Width of all glyphs.
    pub width: i32,
    /// Width of the trailing spaces, part of `width`.
    pub trailing: i32,
    /// Whether there are emoji in colour among the glyphs.
    pub emoji: bool,
}

#[derive(Debug, Clone, Copy)]
pub struct Glyph {
    /// `None`: no font has the character; it is drawn as a box with its code point.
    pub font: Option<FontKey>,
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
/// Longer clusters (marks heaped on a letter) are shaped in pieces of so many bytes, so that the text of one
/// stays within what a string may hold (ISO 19005-1, 6.1.12).
const LONGEST_CLUSTER: usize = 400;

/// Longer words, which nobody wrote, are shaped in pieces of so many bytes.
const LONGEST_WORD: usize = 4_000;

/// Where the piece of the text ends that is shaped as a word: all of it, or of one too long so many whole clusters.
pub fn word_end(text: &str) -> usize {
    if text.len() <= LONGEST_WORD {
        return text.len();
    }
    // A character has four bytes at most.
    let near = (LONGEST_WORD - 3..=LONGEST_WORD)
        .rev()
        .find(|i| text.is_char_boundary(*i))
        .unwrap_or(text.len());
    let begun = text.get(..near).unwrap_or_default();
    let last = begun.grapheme_indices(true).next_back();
    last.map(|(at, _)| at).filter(|at| *at > 0).unwrap_or(near)
}

pub struct Shaper {
    pub fonts: Fonts,
    /// By cut, left to right and right to left.
    by_face: [[HashMap<Box<str>, Rc<Word>>; 2]; 4],
    placed: Vec<Placed>,
}

/// A word under way.
struct Draft<'a> {
    source: &'a str,
    glyphs: Vec<Glyph>,
    /// Where the run that is not yet shaped begins, and its font.
    run: usize,
    font: FontKey,
    leftwards: bool,
    emoji: bool,
}

impl Shaper {
    /// `system`: the fonts that stand in for the program's own.
    pub fn new(system: &Arc<SystemFonts>) -> Result<Self, Error> {
        Ok(Self {
            fonts: Fonts::new(system)?,
            by_face: Default::default(),
            placed: Vec::new(),
        })
    }

    /// The word shaped in that cut, other fonts standing in where it lacks a character; `leftwards`: it runs from
    /// right to left.
    pub fn word(&mut self, face: Face, text: &str, leftwards: bool) -> Rc<Word> {
        if let Some(word) = self.cache(face, leftwards).and_then(|c| c.get(text)) {
            return Rc::clone(word);
        }
        let word = Rc::new(self.shape(face, text, leftwards));
        if text.len() <= 64
            && let Some(cache) = self.cache(face, leftwards)
        {
            if cache.len() >= CACHED_WORDS {
                cache.clear();
            }
            cache.insert(text.into(), Rc::clone(&word));
        }
        word
    }

    fn cache(&mut self, face: Face, leftwards: bool) -> Option<&mut HashMap<Box<str>, Rc<Word>>> {
        let both = self.by_face.get_mut(face as usize)?;
        both.get_mut(usize::from(leftwards))
    }

    fn shape(&mut self, face: Face, source: &str, leftwards: bool) -> Word {
        let mut draft = Draft {
            source,
            glyphs: Vec::with_capacity(source.len()),
            run: 0,
            font: face.key(),
            leftwards,
            emoji: false,
        };
        let mut at = 0;
        for grapheme in source.graphemes(true) {
            for cluster in pieces(grapheme) {
                let end = at + cluster.len();
                if cluster.len() < grapheme.len() {
                    // What was cut apart must not be joined again.
                    self.flush(&mut draft, at);
                }
                match self.font_of(face, draft.font, cluster) {
                    Some(FontKey::EMOJI) if self.pictured(&mut draft, cluster, at) => {}
                    Some(font) if font == draft.font => {}
                    Some(font) => {
                        self.flush(&mut draft, at);
                        draft.font = font;
                    }
                    None => {
                        self.flush(&mut draft, at);
                        self.one_by_one(face, cluster, at, &mut draft);
                    }
                }
                at = end;
            }
        }
        self.flush(&mut draft, at);
        let glyphs = draft.glyphs;
        let trailing = glyphs
            .iter()
            .rev()
            .take_while(|g| source.get(g.start as usize..g.end as usize) == Some(" "))
            .map(|g| g.advance)
            .fold(0, i32::saturating_add);
        Word {
            width: glyphs
                .iter()
                .map(|g| g.advance)
                .fold(0, i32::saturating_add),
            trailing,
            emoji: draft.emoji,
            glyphs,
            text: source.into(),
        }
    }

    /// Draws the cluster as a picture, if the emoji font in colour has one.
    fn pictured(&mut self, draft: &mut Draft<'_>, cluster: &str, at: usize) -> bool {
        let Some(gid) = self.fonts.colour_emoji(cluster) else {
            return false;
        };
        self.flush(draft, at);
        draft.font = FontKey::EMOJI;
        draft.emoji = true;
        let end = at + cluster.len();
        let unseen = self.fonts.unseen_emoji();
        draft.glyphs.push(Glyph {
            font: Some(FontKey::COLOUR),
            gid,
            advance: self.fonts.width(FontKey::EMOJI, unseen),
            dx: 0,
            dy: 0,
            start: at as u32,
            end: end as u32,
        });
        draft.run = end;
        true
    }

    /// A cluster that no font has as a whole: its characters by themselves, boxes where there is none.
    fn one_by_one(&mut self, face: Face, cluster: &str, at: usize, draft: &mut Draft<'_>) {
        for (i, c) in cluster.char_indices() {
            let start = at + i;
            let end = start + c.len_utf8();
            if is_invisible(c) {
                continue;
            }
            let mut own = [0; 4];
            let font = self.font_of(face, draft.font, c.encode_utf8(&mut own));
            self.flush(draft, start);
            if let Some(font) = font {
                draft.font = font;
                self.flush(draft, end);
            } else {
                draft.glyphs.push(Glyph {
                    font: None,
                    gid: 0,
                    advance: if u32::from(c) > 0xffff { 1200 } else { 900 },
                    dx: 0,
                    dy: 0,
                    start: start as u32,
                    end: end as u32,
                });
                draft.run = end;
            }
        }
        draft.run = at + cluster.len();
    }

    /// Shapes what is not yet shaped, up to `to`.
    fn flush(&mut self, draft: &mut Draft<'_>, to: usize) {
        let from = std::mem::replace(&mut draft.run, to);
        let Some(run) = draft.source.get(from..to).filter(|r| !r.is_empty()) else {
            return;
        };
        self.placed.clear();
        let mut placed = std::mem::take(&mut self.placed);
        self.fonts
            .shape(draft.font, run, from, draft.leftwards, &mut placed);
        if draft.leftwards {
            in_reading_order(&mut placed);
        }
        let mut start = from as u32;
        let mut rest = placed.as_slice();
        while let Some(first) = rest.first() {
            let count = rest
                .iter()
                .take_while(|g| g.cluster == first.cluster)
                .count();
            let (cluster, after) = rest.split_at(count);
            rest = after;
            let end = rest.first().map_or(to as u32, |g| g.cluster.max(start));
            // A composed cluster can still lack a glyph; it must never be drawn as .notdef.
            let whole = cluster.iter().all(|g| g.gid != 0);
            let drawn = if whole { cluster } else { &cluster[..1] };
            let mut first = start;
            if whole && draft.leftwards {
                first = self.carriers(draft, start, end, drawn.len());
            }
            for (i, g) in drawn.iter().enumerate() {
                draft.glyphs.push(Glyph {
                    font: whole.then_some(draft.font),
                    gid: if whole { g.gid } else { 0 },
                    advance: if whole { g.advance } else { 900 },
                    dx: g.dx,
                    dy: g.dy,
                    start: if i == 0 { first } else { end },
                    end,
                });
            }
            start = end;
        }
        self.placed = placed;
    }

    /// Readers put text from right to left in order by where its glyphs stand, character by character, and turn
    /// around what a ligature reads as. So each character of a ligature but the first, and each joiner, gets a
    /// blank glyph of its own, left of it. Returns where the rest of the cluster begins.
    fn carriers(&self, draft: &mut Draft<'_>, start: u32, end: u32, glyphs: usize) -> u32 {
        let text = draft.source.get(start as usize..end as usize);
        let characters = text.map_or(0, |t| t.chars().count());
        let Some(missing) = characters.checked_sub(glyphs).filter(|m| *m > 0) else {
            return start;
        };
        let Some(blank) = self.fonts.blank(draft.font) else {
            return start;
        };
        for i in 0..missing {
            draft.glyphs.push(Glyph {
                font: Some(draft.font),
                gid: blank,
                advance: 0,
                dx: 0,
                dy: 0,
                start: if i == 0 { start } else { end },
                end,
            });
        }
        end
    }

    /// The font that has the whole cluster; emoji presentation asks for the emoji font first. `near` is the font
    /// of what stands before.
    fn font_of(&mut self, face: Face, near: FontKey, cluster: &str) -> Option<FontKey> {
        let wanted = face.key();
        if cluster.bytes().all(|b| (0x20..0x7f).contains(&b)) {
            return Some(wanted);
        }
        if cluster.chars().any(char::is_control) {
            return None;
        }
        let seen: Vec<char> = cluster.chars().filter(|c| !is_invisible(*c)).collect();
        if seen.is_empty() {
            return Some(near);
        }
        let has = |font: FontKey| seen.iter().all(|c| self.fonts.covers(font, *c));
        let emoji_first = cluster.contains(['\u{fe0f}', '\u{20e3}']);
        let order = if emoji_first {
            [FontKey::EMOJI, wanted, Face::Regular.key()]
        } else {
            [wanted, Face::Regular.key(), FontKey::EMOJI]
        };
        if let Some(font) = order.into_iter().find(|f| has(*f)) {
            return Some(font);
        }
        let common = |c: &char| matches!(c.script(), Script::Common | Script::Inherited);
        if seen.iter().all(common) && has(near) {
            return Some(near);
        }
        self.fonts.stand_in(cluster, &seen, face.is_bold())
    }
}

/// The cluster, or the pieces of one that is too long.
fn pieces(cluster: &str) -> impl Iterator<Item = &str> {
    let mut rest = cluster;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = if rest.len() <= LONGEST_CLUSTER {
            rest.len()
        } else {
            // A character has four bytes at most.
            let near = LONGEST_CLUSTER - 3..=LONGEST_CLUSTER;
            near.rev().find(|i| rest.is_char_boundary(*i)).unwrap_or(0)
        };
        let (piece, after) = rest.split_at(end);
        rest = after;
        Some(piece)
    })
}

/// Clusters last to first become first to last; within one nothing moves.
fn in_reading_order(placed: &mut [Placed]) {
    placed.reverse();
    let mut rest = placed;
    while let Some(first) = rest.first() {
        let cluster = first.cluster;
        let count = rest.iter().take_while(|g| g.cluster == cluster).count();
        let (own, after) = rest.split_at_mut(count);
        own.reverse();
        rest = after;
    }
}

/// Characters that steer layout and leave no mark: joiners, direction marks, variation selectors.
pub fn is_invisible(c: char) -> bool {
    matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_nobody_wrote_is_shaped_in_pieces() {
        let accent = "e\u{301}".repeat(10_000);
        let flags = "🇸🇪".repeat(2_000);
        let heap = format!("a{}", "\u{301}".repeat(20_000));
        for text in ["x".repeat(100_000), accent, flags, heap] {
            let mut rest = text.as_str();
            while !rest.is_empty() {
                let (piece, after) = rest.split_at(word_end(rest));
                assert!(!piece.is_empty() && piece.len() <= LONGEST_WORD);
                assert!(text.starts_with('a') || !piece.starts_with('\u{301}'));
                rest = after;
            }
        }
        assert_eq!(word_end("kort"), 4);
    }
}
