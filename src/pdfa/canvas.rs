//! Pages as printpdf operators: text by glyph, bands, rules, pictures, links, each in marked content.

mod boxes;
mod clusters;
mod lines;
mod marks;
mod operators;
mod pen;
mod picture;

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use lopdf::Stream;
use printpdf::Op;

use super::embed::Embeds;
use super::file::page_content;
use super::paragraph::Colour;
use super::tags::Tree;
use operators::{color, filled};

pub use marks::Artifact;
pub use picture::{Image, picture_name};

/// One page under way. Distances are from the top, as layout counts; operators get them from the bottom.
#[derive(Default)]
pub struct Page {
    /// Tints and bands: drawn first.
    under: Vec<Op>,
    /// Pictures of emoji: drawn over the tints.
    emoji: Vec<Op>,
    ops: Vec<Op>,
    /// The finished page's operators, packed; a part of 500 pages would else hold much memory.
    pub content: Option<Stream>,
    pub links: Vec<Link>,
    /// The element of each marked content, by its number.
    pub marks: Vec<usize>,
    pub pictures: Vec<usize>,
    bands: Vec<Stripe>,
    /// Whether the content drawn last has a number, the last in `marks`.
    continues: bool,
}

/// An area that leads somewhere.
pub struct Link {
    /// Left, bottom, right, top.
    pub area: [f32; 4],
    pub target: Target,
    /// The link in the structure tree.
    pub element: usize,
}

pub enum Target {
    Address(Rc<str>),
    /// A place in this part: page counted from 0, and points from the bottom.
    Place {
        page: usize,
        y: f32,
    },
}

/// Marked content that one page has at most: its entry in the parent tree is an array, of 8,191 elements at most
/// (ISO 19005-1, 6.1.12). Links beyond are text only.
const MOST_MARKS: usize = 4_000;

#[derive(Clone, Copy)]
struct Stripe {
    x: f32,
    width: f32,
    colour: Colour,
    top: f32,
    bottom: f32,
}

/// All that one part draws.
pub struct Canvas {
    pub pages: Vec<Page>,
    pub embeds: Embeds,
    /// Loaded only when the file is put together, after the memory of its pages is gone.
    pub images: Vec<Image>,
    placed: HashMap<Image, usize>,
    pub substituted: BTreeMap<char, u64>,
    pub tree: Tree,
    /// Whether content is bound to the structure tree.
    pub tagged: bool,
}

impl Canvas {
    pub fn new(tagged: bool) -> Self {
        Self {
            tagged,
            tree: Tree::default(),
            pages: Vec::new(),
            embeds: Embeds::default(),
            images: Vec::new(),
            placed: HashMap::new(),
            substituted: BTreeMap::new(),
        }
    }

    pub fn begin_page(&mut self) {
        self.end_page();
        self.pages.push(Page::default());
    }

    /// Bands are drawn when their lengths are known; then the page is packed.
    pub fn end_page(&mut self) {
        if let Some(page) = self.pages.last_mut().filter(|p| p.content.is_none()) {
            let mut bands = Vec::new();
            for b in std::mem::take(&mut page.bands) {
                bands.push(Op::SetFillColor {
                    col: color(b.colour),
                });
                bands.push(filled(b.x, b.top, b.width, b.bottom - b.top));
            }
            page.under.splice(0..0, bands);
            page.content = Some(page_content(page.take_ops()));
        }
    }

    /// A band behind or beside the text, grown when it touches one like it.
    pub fn band(&mut self, x: f32, width: f32, colour: Colour, top: f32, bottom: f32) {
        let Some(page) = self.pages.last_mut() else {
            return;
        };
        let touching = page.bands.iter_mut().rev().take(24).find(|b| {
            b.x == x && b.width == width && b.colour == colour && (b.bottom - top).abs() < 0.05
        });
        match touching {
            Some(b) => b.bottom = bottom,
            None => page.bands.push(Stripe {
                x,
                width,
                colour,
                top,
                bottom,
            }),
        }
    }

    /// A rectangle of colour that carries no meaning.
    pub fn fill(&mut self, x: f32, top: f32, width: f32, height: f32, colour: Colour) {
        if let Some(page) = self.pages.last_mut() {
            page.under.push(Op::SetFillColor { col: color(colour) });
            page.under.push(filled(x, top, width, height));
        }
    }

    /// Makes an area of the page lead somewhere.
    pub fn link(&mut self, area: [f32; 4], target: Target, element: usize) {
        let number = self.pages.len().saturating_sub(1);
        if let Some(page) = self.pages.last_mut() {
            self.tree.annotation(element, number, page.links.len());
            page.links.push(Link {
                area,
                target,
                element,
            });
        }
    }
}

impl Page {
    /// All operators in drawing order.
    fn take_ops(&mut self) -> Vec<Op> {
        let mut under = std::mem::take(&mut self.under);
        under.append(&mut self.emoji);
        let own = std::mem::take(&mut self.ops);
        let mut ops = Vec::with_capacity(under.len() + own.len() + 2);
        if !under.is_empty() {
            ops.push(Artifact::Layout.begin());
            ops.extend(under);
            ops.push(Op::EndMarkedContent);
        }
        ops.extend(own);
        ops
    }
}
