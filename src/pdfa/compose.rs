//! What a page is made of: items of known height, and the type scale that all of them share.

use std::rc::Rc;

use super::fonts::Face;
use super::paragraph::{self, Colour, Line, Run, Style};
use super::picture::Pictures;
use super::shape::Shaper;
use super::tags::{Element, Tag};
use crate::record::{Digest, RecordId};

pub const PAGE_WIDTH: f32 = 595.28;
pub const PAGE_HEIGHT: f32 = 841.89;
pub const LEFT: f32 = 72.0;
pub const TOP: f32 = 78.0;
pub const BOTTOM: f32 = 74.0;
/// The measure of a line of body text.
pub const COLUMN: f32 = PAGE_WIDTH - 2.0 * LEFT;
/// Height that items may fill on a page.
pub const COLUMN_HEIGHT: f32 = PAGE_HEIGHT - TOP - BOTTOM;

pub const INK: Colour = [0x1a, 0x1f, 0x26];
pub const MUTED: Colour = [0x5b, 0x64, 0x70];
pub const LINK: Colour = [0x0b, 0x4a, 0x8f];
pub const ACCENT: Colour = [0x0f, 0x4c, 0x75];
pub const WARNING: Colour = [0x9b, 0x1c, 0x1c];
pub const HAIRLINE: Colour = [0xc9, 0xd0, 0xd8];
pub const TINT: Colour = [0xf2, 0xf5, 0xf8];
pub const WARNING_TINT: Colour = [0xfb, 0xea, 0xea];
pub const NEW_TINT: Colour = [0xe2, 0xf2, 0xe6];
pub const EDITED_TINT: Colour = [0xfd, 0xf1, 0xd5];

/// A band that runs beside or behind items: a comment's line, a quote's bar, a tint.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Band {
    pub x: f32,
    pub width: f32,
    pub colour: Colour,
    /// Whether it also fills the space above the item.
    pub above: bool,
}

/// Where something stands in a part: page counted from 1, points from the top of the column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    pub page: usize,
    pub y: f32,
}

/// What an item is the first of.
#[derive(Debug, Clone, Copy)]
pub enum Begins {
    Record(RecordId),
    Chapter,
}

/// Something of known height that stands on one page.
#[derive(Debug, Clone)]
pub struct Item {
    /// Space above, dropped at the top of a page.
    pub before: f32,
    pub height: f32,
    /// Stays on the same page as the next.
    pub keep: bool,
    pub draw: Draw,
    pub bands: Rc<[Band]>,
    /// Set on the first item of a record or chapter.
    pub begins: Option<Begins>,
    /// A table's heading, set again when the item begins a page.
    pub heading: Option<Rc<Item>>,
}

/// A line within an item: its place and baseline from the item's left and top.
#[derive(Debug, Clone)]
pub struct Set {
    pub x: f32,
    pub baseline: f32,
    pub line: Line,
    /// The element it is content of.
    pub of: Rc<Element>,
}

#[derive(Debug, Clone)]
pub enum Draw {
    Nothing,
    Lines(Vec<Set>),
    /// A line of the table of contents: all of it leads to a place.
    Leads {
        sets: Vec<Set>,
        to: Place,
    },
    /// A horizontal rule at the item's bottom.
    Rule {
        x: f32,
        width: f32,
        thickness: f32,
        colour: Colour,
    },
    /// A table's row with a hairline below.
    Row {
        x: f32,
        width: f32,
        cells: Vec<Set>,
        /// The elements of all its cells, also of empty ones.
        of: Vec<Rc<Element>>,
        header: bool,
    },
    Picture {
        x: f32,
        width: f32,
        height: f32,
        digest: Digest,
        of: Rc<Element>,
    },
}

/// How a paragraph is set.
#[derive(Clone)]
pub struct Setting {
    pub x: f32,
    pub measure: f32,
    /// Distance between baselines.
    pub leading: f32,
    pub before: f32,
    /// The role of the paragraph.
    pub tag: Tag,
    /// Whether the whole paragraph stays with what follows.
    pub keep: bool,
    pub bands: Rc<[Band]>,
}

/// Makes items; holds what making them needs.
pub struct Composer<'a> {
    pub shaper: &'a mut Shaper,
    pub pictures: &'a mut Pictures,
    pub items: Vec<Item>,
    /// The element that what is made stands in.
    pub within: Rc<Element>,
    pub draw_pictures: bool,
    /// The language of an entry's own words, where it is known and another than the document's.
    pub language: Option<Rc<str>>,
    /// Whether what is made are the entry's own words.
    pub own_words: bool,
    pub load: &'a mut dyn FnMut(&str) -> std::io::Result<Vec<u8>>,
}

/// Where on the page blocks are set: a post's column, or a comment's narrower one.
#[derive(Clone)]
pub struct Frame {
    pub x: f32,
    pub measure: f32,
    /// Size of body text in points.
    pub size: f32,
    pub bands: Rc<[Band]>,
}

impl Frame {
    pub fn setting(&self, tag: Tag, before: f32) -> Setting {
        Setting {
            x: self.x,
            measure: self.measure,
            leading: (self.size * 1.45 * 2.0).round() / 2.0,
            before,
            tag,
            keep: false,
            bands: Rc::clone(&self.bands),
        }
    }

    /// The frame moved in by so many points, with one more band at its old edge.
    pub fn inset(&self, by: f32, band: Option<Band>) -> Self {
        let mut bands = self.bands.to_vec();
        bands.extend(band);
        Self {
            x: self.x + by,
            measure: self.measure - by,
            size: self.size,
            bands: bands.into(),
        }
    }
}

pub fn style(face: Face, size: f32, colour: Colour) -> Rc<Style> {
    Rc::new(Style::new(face, size, colour))
}

pub fn run(text: impl Into<String>, style: &Rc<Style>) -> Run {
    Run {
        text: text.into(),
        style: Rc::clone(style),
    }
}

impl Composer<'_> {
    /// A new element where the composer stands.
    pub fn element(&self, tag: Tag) -> Rc<Element> {
        Element::in_language(&self.within, tag, self.spoken())
    }

    /// The language of what is made, where it is another than the document's.
    pub fn spoken(&self) -> Option<&Rc<str>> {
        self.language.as_ref().filter(|_| self.own_words)
    }

    /// Steps into a new element; gives the one that was left.
    pub fn open(&mut self, tag: Tag) -> Rc<Element> {
        let inner = self.element(tag);
        std::mem::replace(&mut self.within, inner)
    }

    pub fn lines(&mut self, runs: &[Run], measure: f32) -> Vec<Line> {
        paragraph::lines(self.shaper, runs, measure)
    }

    /// Sets a paragraph, an item a line; the first two and the last two lines stay together.
    pub fn paragraph(&mut self, runs: &[Run], set: &Setting) {
        let lines = self.lines(runs, set.measure);
        self.set_lines(lines, set);
    }

    pub fn set_lines(&mut self, lines: Vec<Line>, set: &Setting) {
        let count = lines.len();
        let of = self.element(set.tag);
        for (i, line) in lines.into_iter().enumerate() {
            let first_or_second_last = i == 0 || i + 2 == count;
            self.items.push(Item {
                before: if i == 0 { set.before } else { 0.0 },
                height: set.leading,
                keep: if i + 1 == count {
                    set.keep
                } else {
                    set.keep || first_or_second_last
                },
                draw: Draw::Lines(vec![Set {
                    x: set.x + line.indent,
                    baseline: baseline(set.leading),
                    line,
                    of: Rc::clone(&of),
                }]),
                bands: Rc::clone(&set.bands),
                begins: None,
                heading: None,
            });
        }
    }

    pub fn space(&mut self, height: f32, bands: &Rc<[Band]>, keep: bool) {
        self.pad(height, 0.0, bands, keep);
    }

    /// Empty height that its bands fill.
    pub fn pad(&mut self, before: f32, height: f32, bands: &Rc<[Band]>, keep: bool) {
        self.items.push(Item {
            before,
            height,
            keep,
            draw: Draw::Nothing,
            bands: Rc::clone(bands),
            begins: None,
            heading: None,
        });
    }

    /// Ends the innermost band at the top of item `at`, where what it marks begins.
    pub fn begin_band(&mut self, at: usize) {
        if let Some(item) = self.items.get_mut(at) {
            let mut bands = item.bands.to_vec();
            if let Some(band) = bands.last_mut() {
                band.above = false;
            }
            item.bands = bands.into();
        }
    }

    pub fn rule(&mut self, x: f32, width: f32, thickness: f32, colour: Colour, before: f32) {
        self.items.push(Item {
            before,
            height: thickness,
            keep: true,
            draw: Draw::Rule {
                x,
                width,
                thickness,
                colour,
            },
            bands: Rc::from([]),
            begins: None,
            heading: None,
        });
    }
}

/// Where the baseline lies in a line box of that height: text sits a little above its middle.
pub fn baseline(leading: f32) -> f32 {
    leading * 0.74
}
