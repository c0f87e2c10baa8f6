//! Pages as printpdf operators: text by glyph, bands, rules, pictures, links, each in marked content.

use std::collections::BTreeMap;
use std::rc::Rc;

use lopdf::Stream;
use printpdf::{
    Color, CurTransMat, DictItem, FontId, Op, PaintMode, PdfFontHandle, Pt, Rect, Rgb, TextMatrix,
    XObjectId, XObjectTransform,
};

use super::compose::{LINK, PAGE_HEIGHT};
use super::embed::{Embeds, is_beyond};
use super::file::page_content;
use super::fonts::{Face, FontKey};
use super::paragraph::{Colour, Line, Piece, Style};
use super::picture::Measured;
use super::shape::{Glyph, Shaper, is_invisible};
use super::tags::{Element, Tree};
use crate::record::Digest;

/// One page under way. Distances are from the top, as layout counts; operators get them from the bottom.
#[derive(Default)]
pub struct Page {
    /// Tints and bands: drawn first.
    under: Vec<Op>,
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

/// What is not part of the document proper (ISO 32000-1, 14.8.2.2).
#[derive(Clone, Copy)]
pub enum Artifact {
    /// Rules, bands, tints.
    Layout,
    /// A table's heading, repeated on the next page.
    Repeated,
    Header,
    Footer,
}

impl Artifact {
    fn begin(self) -> Op {
        let name = |n: &str| DictItem::Name(n.as_bytes().to_vec());
        let mut map = BTreeMap::new();
        let kind = match self {
            Self::Layout => "Layout",
            Self::Repeated | Self::Header | Self::Footer => "Pagination",
        };
        map.insert("Type".to_owned(), name(kind));
        let place = match self {
            Self::Header => Some(("Header", "Top")),
            Self::Footer => Some(("Footer", "Bottom")),
            Self::Layout | Self::Repeated => None,
        };
        if let Some((kind, edge)) = place {
            map.insert("Subtype".to_owned(), name(kind));
            map.insert("Attached".to_owned(), DictItem::Array(vec![name(edge)]));
        }
        Op::BeginMarkedContentWithProperties {
            tag: "Artifact".to_owned(),
            properties: DictItem::Dict { map },
        }
    }
}

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
    pub pictures: Vec<Digest>,
    pub substituted: BTreeMap<char, u64>,
    pub tree: Tree,
    /// Whether content is bound to the structure tree.
    pub tagged: bool,
}

/// Text being written: what the viewer's state is, and what is not yet shown.
struct Pen {
    font: Option<FontKey>,
    size: f32,
    colour: Option<Colour>,
    /// Where the viewer would put the next glyph.
    x: f32,
    y: f32,
    rise: f32,
    shown: Vec<DictItem>,
    bytes: Vec<u8>,
}

/// A string holds 65,535 bytes (ISO 19005-1, 6.1.12), and a byte here becomes two at most.
const LONGEST_ACTUAL_TEXT: usize = 8_000;

fn color(c: Colour) -> Color {
    let part = |v: u8| (f32::from(v) / 255.0 * 1000.0).round() / 1000.0;
    Color::Rgb(Rgb::new(part(c[0]), part(c[1]), part(c[2]), None))
}

/// Hundredths of a point are finer than print, and keep the file small.
fn cut(v: f32) -> f32 {
    (v * 100.0).round() / 100.0
}

fn filled(x: f32, top: f32, width: f32, height: f32) -> Op {
    Op::DrawRectangle {
        rectangle: Rect {
            x: Pt(cut(x)),
            y: Pt(cut(PAGE_HEIGHT - top - height)),
            width: Pt(cut(width)),
            height: Pt(cut(height)),
            mode: Some(PaintMode::Fill),
            winding_order: None,
        },
    }
}

/// `ActualText` in UTF-16 (ISO 32000-1, 14.9.4).
fn actual_text(text: &str) -> Op {
    let mut data = vec![0xfe, 0xff];
    data.extend(text.encode_utf16().flat_map(u16::to_be_bytes));
    let text = DictItem::String {
        data,
        literal: false,
    };
    Op::BeginMarkedContentWithProperties {
        tag: "Span".to_owned(),
        properties: DictItem::Dict {
            map: BTreeMap::from([("ActualText".to_owned(), text)]),
        },
    }
}

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

impl Pen {
    fn flush(&mut self, ops: &mut Vec<Op>) {
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
    fn ready(
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

impl Canvas {
    pub fn new(tagged: bool) -> Self {
        Self {
            tagged,
            tree: Tree::default(),
            pages: Vec::new(),
            embeds: Embeds::default(),
            pictures: Vec::new(),
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

    /// The beginning of content of the element; `None` when what was drawn last is its content too and goes on.
    fn mark(&mut self, element: usize) -> Option<Op> {
        let number = self.pages.len().saturating_sub(1);
        let page = self.pages.last_mut()?;
        let ended = matches!(page.ops.last(), Some(Op::EndMarkedContent));
        if ended && page.marks.last() == Some(&element) && page.continues {
            page.ops.pop();
            return None;
        }
        let mark = page.marks.len();
        page.marks.push(element);
        page.continues = true;
        self.tree.content(element, number, mark);
        let tag = self
            .tree
            .elements
            .get(element)
            .map_or("P", |e| e.tag.name());
        if !self.tagged {
            return Some(Op::BeginMarkedContent {
                tag: tag.to_owned(),
            });
        }
        let number = i64::try_from(mark).unwrap_or(0);
        Some(Op::BeginMarkedContentWithProperties {
            tag: tag.to_owned(),
            properties: DictItem::Dict {
                map: BTreeMap::from([("MCID".to_owned(), DictItem::Int(number))]),
            },
        })
    }

    /// Draws the line's glyphs. `mark` begins its marked content; `None` goes on with what was drawn last.
    fn text(&mut self, shaper: &mut Shaper, line: &Line, x: f32, baseline: f32, mark: Option<Op>) {
        if line.pieces.is_empty() {
            return;
        }
        let Some(mut page) = self.pages.pop() else {
            return;
        };
        let mut pen = Pen {
            font: None,
            size: 0.0,
            colour: None,
            x: 0.0,
            y: PAGE_HEIGHT - baseline,
            rise: 0.0,
            shown: Vec::new(),
            bytes: Vec::new(),
        };
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
        pen.flush(&mut page.ops);
        if pen.rise != 0.0 {
            page.ops.push(Op::SetLineOffset { multiplier: 0.0 });
        }
        page.ops.push(Op::EndTextSection);
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

    fn piece(
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
            let plain = self.readings(shaper, cluster, text, piece.leftwards(), &mut cids);
            if !plain && !told {
                pen.flush(ops);
                ops.push(actual_text(text));
            }
            for (i, glyph) in cluster.iter().enumerate() {
                let Some(font) = glyph.font else { continue };
                let (cid, width) = self.embeds.cid(&shaper.fonts, font, glyph.gid);
                let cid = cids.get(i).copied().unwrap_or(cid);
                let at = x + glyph.dx as f32 * style.size / 1000.0;
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
    fn readings(
        &mut self,
        shaper: &Shaper,
        cluster: &[Glyph],
        text: &str,
        leftwards: bool,
        cids: &mut Vec<u16>,
    ) -> bool {
        cids.clear();
        // Beyond the first plane pdfium reads no ActualText, and from right to left all readers turn it around: what
        // a glyph reads as must there be its own.
        // Marks are the exception: poppler takes each for a line of its own.
        let marks = |g: &&Glyph| g.advance != 0 || g.dx != 0 || g.dy != 0;
        let unmarked = cluster.iter().filter(marks).count() <= 1;
        let insist = leftwards && unmarked || is_beyond(text);
        if let [glyph] = cluster {
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

    /// A character no font has: a box with its code point, and the character as its text.
    #[allow(clippy::too_many_arguments)]
    fn boxes(
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

pub fn picture_name(index: usize) -> String {
    format!("P{index}")
}

impl Page {
    /// All operators in drawing order.
    fn take_ops(&mut self) -> Vec<Op> {
        let (under, own) = (
            std::mem::take(&mut self.under),
            std::mem::take(&mut self.ops),
        );
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
