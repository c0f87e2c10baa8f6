//! DOMSnapshot.captureSnapshot as Chromium tells it: tables of nodes, of their layout and of their lines.

use serde::Deserialize;

use super::clip::Rect;
use super::letters::Letters;
use super::tables::{Strings, Styles};

/// Asked for with each box, in this order.
pub(super) const STYLES: [&str; 7] = [
    "display",
    "visibility",
    "opacity",
    "position",
    "overflow-x",
    "overflow-y",
    "white-space-collapse",
];

const DISPLAY: usize = 0;
const VISIBILITY: usize = 1;
const OPACITY: usize = 2;
const POSITION: usize = 3;
const OVERFLOW_X: usize = 4;
const OVERFLOW_Y: usize = 5;
const WHITE_SPACE: usize = 6;

/// Fainter is not seen.
const FAINT: f64 = 0.05;

#[derive(Debug)]
pub(super) struct Snapshot {
    pub(super) documents: Vec<Document>,
    pub(super) strings: Strings,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Document {
    #[serde(rename = "documentURL")]
    pub(super) address: i32,
    nodes: Nodes,
    layout: Layout,
    text_boxes: TextBoxes,
    #[serde(default, rename = "scrollOffsetX")]
    pub(super) scroll_x: f64,
    #[serde(default, rename = "scrollOffsetY")]
    pub(super) scroll_y: f64,
    /// Made of the tables once they are here: the first box of each node,
    #[serde(skip)]
    boxes: Vec<u32>,
    /// the boxes of text by the layout they belong to,
    #[serde(skip)]
    lines: Vec<u32>,
    /// and the block of each node, of these.
    #[serde(skip)]
    block_of: Vec<u32>,
    #[serde(skip)]
    blocks: Vec<Block>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Nodes {
    parent_index: Vec<i32>,
    node_name: Vec<i32>,
    backend_node_id: Vec<i32>,
    #[serde(default)]
    content_document_index: Rare,
}

#[derive(Debug, Default, Deserialize)]
struct Rare {
    index: Vec<u32>,
    value: Vec<u32>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Layout {
    node_index: Vec<u32>,
    styles: Styles,
    bounds: Vec<[f32; 4]>,
    text: Vec<i32>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct TextBoxes {
    layout_index: Vec<u32>,
    bounds: Vec<[f32; 4]>,
    start: Vec<u32>,
    length: Vec<u32>,
}

/// What a text belongs to, for where its line ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Block {
    /// The node that makes the block.
    pub(super) node: u32,
    /// The row of a table it stands in.
    pub(super) row: Option<u32>,
    /// A paragraph or heading, which stands apart.
    pub(super) apart: bool,
}

/// One text, or one element that holds a frame.
#[derive(Debug)]
pub(super) struct Piece<'a> {
    pub(super) node: usize,
    pub(super) text: &'a str,
    pub(super) lines: Vec<(&'a str, Rect)>,
    /// The element's id where it holds a frame.
    pub(super) owner: Option<i64>,
}

/// What of a document's nodes can be seen: most as their parents.
#[derive(Debug)]
pub(super) struct Seen {
    of: Vec<u32>,
    kinds: Vec<SeenNode>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct SeenNode {
    /// Of what flows in it.
    flow: Rect,
    /// Of what is placed absolutely in it.
    placed: Rect,
    opacity: f64,
    visible: bool,
    preserved: bool,
}

impl Snapshot {
    pub(super) fn new(mut documents: Vec<Document>, strings: Strings) -> Self {
        for document in &mut documents {
            document.boxes = document.first_boxes();
            let layouts = &document.text_boxes.layout_index;
            let mut lines: Vec<u32> = (0..).take(layouts.len()).collect();
            // They come in order: then this costs nothing.
            lines.sort_by_key(|n| layouts.get(*n as usize).copied());
            document.lines = lines;
            (document.block_of, document.blocks) = document.made_blocks(&strings);
        }
        Self { documents, strings }
    }
}

/// What no node has.
const NONE: u32 = u32::MAX;

impl Document {
    /// The strings that are read of it.
    pub(super) fn strings(&self) -> impl Iterator<Item = i32> {
        let texts = self.layout.text.iter().chain(&self.nodes.node_name);
        let others = self.layout.styles.strings().chain([self.address]);
        texts.copied().chain(others)
    }

    fn parent(&self, node: usize) -> Option<usize> {
        let parent = self.nodes.parent_index.get(node)?;
        usize::try_from(*parent).ok().filter(|p| *p < node)
    }

    fn first_boxes(&self) -> Vec<u32> {
        let mut boxes = vec![NONE; self.nodes.parent_index.len()];
        for (n, node) in (0..).zip(&self.layout.node_index) {
            if let Some(first @ &mut NONE) = boxes.get_mut(*node as usize) {
                *first = n;
            }
        }
        boxes
    }

    fn first_box(&self, node: usize) -> Option<usize> {
        let found = self.boxes.get(node).filter(|n| **n != NONE);
        found.map(|n| *n as usize)
    }

    fn style<'a>(&self, strings: &'a Strings, layout: usize, which: usize) -> &'a str {
        strings.get(self.layout.styles.get(layout, which))
    }

    fn name<'a>(&self, strings: &'a Strings, node: usize) -> &'a str {
        strings.get(self.nodes.node_name.get(node).copied().unwrap_or(-1))
    }

    fn made_blocks(&self, strings: &Strings) -> (Vec<u32>, Vec<Block>) {
        let mut of: Vec<u32> = Vec::with_capacity(self.nodes.parent_index.len());
        let mut blocks = vec![Block::default()];
        for node in 0..self.nodes.parent_index.len() {
            let parent = self.parent(node).and_then(|p| of.get(p).copied());
            let parent = parent.unwrap_or_default();
            let around = blocks.get(parent as usize).copied().unwrap_or_default();
            let mut block = around;
            // A text is told with its parent's style and has none of its own.
            if let Some(layout) = self.first_box(node)
                && self.name(strings, node) != "#text"
            {
                let display = self.style(strings, layout, DISPLAY);
                let flows = display.is_empty()
                    || display.starts_with("inline")
                    || display.starts_with("ruby")
                    || matches!(display, "contents" | "none");
                if display == "table-row" {
                    block.row = u32::try_from(node).ok();
                } else if display == "table" {
                    block.row = None;
                }
                if !flows {
                    let name = self.name(strings, node);
                    block.node = u32::try_from(node).unwrap_or_default();
                    block.apart = matches!(
                        name,
                        "P" | "H1" | "H2" | "H3" | "H4" | "H5" | "H6" | "BLOCKQUOTE"
                    );
                }
            }
            of.push(kind(parent, around, block, &mut blocks));
        }
        (of, blocks)
    }

    pub(super) fn block(&self, node: usize) -> Block {
        let block = self.block_of.get(node);
        let block = block.and_then(|n| self.blocks.get(*n as usize));
        block.copied().unwrap_or_default()
    }

    /// The ids of the elements that hold frames of this process.
    pub(super) fn frame_owners(&self) -> impl Iterator<Item = i64> {
        let held = self.nodes.content_document_index.index.iter();
        held.filter_map(|node| self.id(*node as usize))
    }

    fn id(&self, node: usize) -> Option<i64> {
        let id = self.nodes.backend_node_id.get(node);
        id.copied().map(i64::from)
    }

    pub(super) fn content_document(&self, node: usize) -> Option<usize> {
        let held = &self.nodes.content_document_index;
        let at = held.index.iter().position(|n| *n as usize == node)?;
        held.value.get(at).map(|n| *n as usize)
    }

    /// Texts and frames in reading order.
    pub(super) fn pieces<'a>(&'a self, strings: &'a Strings) -> impl Iterator<Item = Piece<'a>> {
        let nodes = self.layout.node_index.iter().enumerate();
        nodes.filter_map(move |(layout, node)| {
            let node = *node as usize;
            let name = self.name(strings, node);
            if matches!(
                name,
                "IFRAME" | "FRAME" | "OBJECT" | "EMBED" | "FENCEDFRAME"
            ) {
                return Some(Piece {
                    node,
                    text: "",
                    lines: Vec::new(),
                    owner: self.id(node),
                });
            }
            let text = strings.get(self.layout.text.get(layout).copied().unwrap_or(-1));
            if text.is_empty() {
                return None;
            }
            Some(Piece {
                node,
                text,
                lines: self.lines_of(layout, text),
                owner: None,
            })
        })
    }

    fn lines_of<'a>(&self, layout: usize, text: &'a str) -> Vec<(&'a str, Rect)> {
        let table = &self.text_boxes;
        let of = |n: &u32| table.layout_index.get(*n as usize).map(|l| *l as usize);
        let first = self.lines.partition_point(|n| of(n) < Some(layout));
        let lines = self.lines.get(first..).unwrap_or_default().iter();
        let mut letters = Letters::of(text);
        let mut line = |n: &u32| {
            let n = *n as usize;
            let part = letters.part(*table.start.get(n)?, *table.length.get(n)?);
            Some((part, rect(*table.bounds.get(n)?)))
        };
        lines
            .take_while(|n| of(n) == Some(layout))
            .filter_map(&mut line)
            .collect()
    }

    /// What can be seen where the document's pixels are the page's by `place`, and `clip` is what the page shows of it.
    pub(super) fn seen(&self, strings: &Strings, place: impl Fn(Rect) -> Rect, clip: Rect) -> Seen {
        let mut of: Vec<u32> = Vec::with_capacity(self.nodes.parent_index.len());
        let root = SeenNode {
            flow: clip,
            placed: clip,
            opacity: 1.0,
            visible: true,
            preserved: false,
        };
        let mut kinds = vec![root];
        for node in 0..self.nodes.parent_index.len() {
            let above = self.parent(node).and_then(|p| of.get(p).copied());
            let above = above.unwrap_or_default();
            let parent = kinds.get(above as usize).copied().unwrap_or(root);
            // Texts have no style of their own.
            let layout = self.first_box(node);
            let Some(layout) = layout.filter(|l| self.layout.styles.has(*l)) else {
                of.push(above);
                continue;
            };
            let style = |which| self.style(strings, layout, which);
            let around = match style(POSITION) {
                "fixed" => clip,
                "absolute" => parent.placed,
                _ => parent.flow,
            };
            let name = self.name(strings, node);
            // What these two clip is the view, which is captured beyond.
            let is_view = matches!(name, "HTML" | "BODY");
            let bounds = self
                .layout
                .bounds
                .get(layout)
                .map(|bounds| place(rect(*bounds)));
            let flow = match bounds.filter(|_| !is_view) {
                Some(bounds) => {
                    let mut inner = around;
                    if !matches!(style(OVERFLOW_X), "visible" | "") {
                        inner.left = inner.left.max(bounds.left);
                        inner.right = inner.right.min(bounds.right);
                    }
                    if !matches!(style(OVERFLOW_Y), "visible" | "") {
                        inner.top = inner.top.max(bounds.top);
                        inner.bottom = inner.bottom.min(bounds.bottom);
                    }
                    inner
                }
                None => around,
            };
            let holds = !matches!(style(POSITION), "static" | "");
            let node = SeenNode {
                flow,
                placed: if holds { flow } else { parent.placed },
                opacity: parent.opacity * style(OPACITY).parse().unwrap_or(1.0),
                visible: matches!(style(VISIBILITY), "visible" | ""),
                preserved: !matches!(style(WHITE_SPACE), "collapse" | ""),
            };
            of.push(kind(above, parent, node, &mut kinds));
        }
        Seen { of, kinds }
    }
}

/// Where a value stands among the kinds there are: that of the parent, where it has the same.
fn kind<T: PartialEq>(above: u32, parent: T, own: T, kinds: &mut Vec<T>) -> u32 {
    if own == parent {
        return above;
    }
    kinds.push(own);
    u32::try_from(kinds.len() - 1).unwrap_or_default()
}

fn rect([x, y, w, h]: [f32; 4]) -> Rect {
    Rect::new(x.into(), y.into(), w.into(), h.into())
}

impl Seen {
    fn node(&self, node: usize) -> Option<&SeenNode> {
        self.kinds.get(*self.of.get(node)? as usize)
    }

    pub(super) fn clip(&self, node: usize) -> Rect {
        let nothing = Rect::new(0.0, 0.0, 0.0, 0.0);
        self.node(node).map_or(nothing, |n| n.flow)
    }

    pub(super) fn is_shown(&self, node: usize) -> bool {
        self.node(node)
            .is_some_and(|n| n.visible && n.opacity >= FAINT)
    }

    pub(super) fn is_preserved(&self, node: usize) -> bool {
        self.node(node).is_some_and(|n| n.preserved)
    }
}
