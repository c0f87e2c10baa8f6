//! DOMSnapshot.captureSnapshot as Chromium tells it: tables of nodes, of their layout and of their lines.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::Value;

use super::clip::Rect;

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

#[derive(Debug, Deserialize)]
pub(super) struct Snapshot {
    pub(super) documents: Vec<Document>,
    pub(super) strings: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Document {
    #[serde(rename = "documentURL")]
    pub(super) address: i64,
    nodes: Nodes,
    layout: Layout,
    text_boxes: TextBoxes,
    #[serde(default, rename = "scrollOffsetX")]
    pub(super) scroll_x: f64,
    #[serde(default, rename = "scrollOffsetY")]
    pub(super) scroll_y: f64,
    /// Made of the tables once they are here.
    #[serde(skip)]
    blocks: Vec<Block>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Nodes {
    parent_index: Vec<i64>,
    node_name: Vec<i64>,
    backend_node_id: Vec<i64>,
    #[serde(default)]
    content_document_index: Rare,
}

#[derive(Debug, Default, Deserialize)]
struct Rare {
    index: Vec<usize>,
    value: Vec<usize>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Layout {
    node_index: Vec<usize>,
    styles: Vec<Vec<i64>>,
    bounds: Vec<[f64; 4]>,
    text: Vec<i64>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct TextBoxes {
    layout_index: Vec<usize>,
    bounds: Vec<[f64; 4]>,
    start: Vec<usize>,
    length: Vec<usize>,
}

/// What a text belongs to, for where its line ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Block {
    /// The node that makes the block.
    pub(super) node: usize,
    /// The row of a table it stands in.
    pub(super) row: Option<usize>,
    /// A paragraph or heading, which stands apart.
    pub(super) apart: bool,
}

/// One text, or one element that holds a frame.
#[derive(Debug)]
pub(super) struct Piece<'a> {
    pub(super) node: usize,
    pub(super) text: &'a str,
    pub(super) lines: Vec<(String, Rect)>,
    /// The element's id where it holds a frame.
    pub(super) owner: Option<i64>,
}

/// What of a document's nodes can be seen.
#[derive(Debug)]
pub(super) struct Seen {
    nodes: Vec<SeenNode>,
}

#[derive(Debug, Clone, Copy)]
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
    pub(super) fn read(answer: Value) -> Result<Self, serde_json::Error> {
        let mut snapshot: Self = serde_json::from_value(answer)?;
        for document in &mut snapshot.documents {
            document.blocks = document.made_blocks(&snapshot.strings);
        }
        Ok(snapshot)
    }

    pub(super) fn string(&self, index: i64) -> &str {
        string(&self.strings, index)
    }
}

fn string(strings: &[String], index: i64) -> &str {
    let found = usize::try_from(index).ok().and_then(|n| strings.get(n));
    found.map_or("", String::as_str)
}

/// `length` UTF-16 units from `start`.
fn part(text: &[u16], start: usize, length: usize) -> String {
    let end = start.saturating_add(length).min(text.len());
    String::from_utf16_lossy(text.get(start..end).unwrap_or_default())
}

impl Document {
    fn parent(&self, node: usize) -> Option<usize> {
        let parent = self.nodes.parent_index.get(node)?;
        usize::try_from(*parent).ok().filter(|p| *p < node)
    }

    /// The first box of each node.
    fn first_boxes(&self) -> HashMap<usize, usize> {
        let mut boxes = HashMap::with_capacity(self.layout.node_index.len());
        for (n, node) in self.layout.node_index.iter().enumerate() {
            boxes.entry(*node).or_insert(n);
        }
        boxes
    }

    fn style<'a>(&self, strings: &'a [String], layout: usize, which: usize) -> &'a str {
        let index = self.layout.styles.get(layout).and_then(|s| s.get(which));
        string(strings, index.copied().unwrap_or(-1))
    }

    /// A text is told with its parent's style and has none of its own.
    fn is_text(&self, strings: &[String], node: usize) -> bool {
        self.name(strings, node) == "#text"
    }

    fn name<'a>(&self, strings: &'a [String], node: usize) -> &'a str {
        string(
            strings,
            self.nodes.node_name.get(node).copied().unwrap_or(-1),
        )
    }

    fn made_blocks(&self, strings: &[String]) -> Vec<Block> {
        let boxes = self.first_boxes();
        let mut blocks: Vec<Block> = Vec::with_capacity(self.nodes.parent_index.len());
        for node in 0..self.nodes.parent_index.len() {
            let mut block = self
                .parent(node)
                .and_then(|p| blocks.get(p).copied())
                .unwrap_or_default();
            if let Some(layout) = boxes.get(&node)
                && !self.is_text(strings, node)
            {
                let display = self.style(strings, *layout, DISPLAY);
                let flows = display.is_empty()
                    || display.starts_with("inline")
                    || display.starts_with("ruby")
                    || matches!(display, "contents" | "none");
                if display == "table-row" {
                    block.row = Some(node);
                } else if display == "table" {
                    block.row = None;
                }
                if !flows {
                    let name = self.name(strings, node);
                    block.node = node;
                    block.apart = matches!(
                        name,
                        "P" | "H1" | "H2" | "H3" | "H4" | "H5" | "H6" | "BLOCKQUOTE"
                    );
                }
            }
            blocks.push(block);
        }
        blocks
    }

    pub(super) fn block(&self, node: usize) -> Block {
        self.blocks.get(node).copied().unwrap_or_default()
    }

    /// The ids of the elements that hold frames of this process.
    pub(super) fn frame_owners(&self) -> impl Iterator<Item = i64> {
        let held = self.nodes.content_document_index.index.iter();
        held.filter_map(|node| self.nodes.backend_node_id.get(*node).copied())
    }

    pub(super) fn content_document(&self, node: usize) -> Option<usize> {
        let held = &self.nodes.content_document_index;
        let at = held.index.iter().position(|n| *n == node)?;
        held.value.get(at).copied()
    }

    /// Texts and frames in reading order.
    pub(super) fn pieces<'a>(&'a self, strings: &'a [String]) -> impl Iterator<Item = Piece<'a>> {
        let mut lines: HashMap<usize, Vec<usize>> = HashMap::new();
        for (n, layout) in self.text_boxes.layout_index.iter().enumerate() {
            lines.entry(*layout).or_default().push(n);
        }
        let nodes = self.layout.node_index.iter().enumerate();
        nodes.filter_map(move |(layout, node)| {
            let name = self.name(strings, *node);
            if matches!(
                name,
                "IFRAME" | "FRAME" | "OBJECT" | "EMBED" | "FENCEDFRAME"
            ) {
                return Some(Piece {
                    node: *node,
                    text: "",
                    lines: Vec::new(),
                    owner: self.nodes.backend_node_id.get(*node).copied(),
                });
            }
            let text = string(strings, self.layout.text.get(layout).copied().unwrap_or(-1));
            if text.is_empty() {
                return None;
            }
            let units: Vec<u16> = text.encode_utf16().collect();
            let line = |n: &usize| {
                let [x, y, w, h] = *self.text_boxes.bounds.get(*n)?;
                let start = *self.text_boxes.start.get(*n)?;
                let length = *self.text_boxes.length.get(*n)?;
                Some((part(&units, start, length), Rect::new(x, y, w, h)))
            };
            let lines = lines.get(&layout);
            Some(Piece {
                node: *node,
                text,
                lines: lines.into_iter().flatten().filter_map(line).collect(),
                owner: None,
            })
        })
    }

    /// What can be seen where the document's pixels are the page's by `place`, and `clip` is what the page shows of it.
    pub(super) fn seen(
        &self,
        strings: &[String],
        place: impl Fn(Rect) -> Rect,
        clip: Rect,
    ) -> Seen {
        let boxes = self.first_boxes();
        let mut nodes: Vec<SeenNode> = Vec::with_capacity(self.nodes.parent_index.len());
        let root = SeenNode {
            flow: clip,
            placed: clip,
            opacity: 1.0,
            visible: true,
            preserved: false,
        };
        for node in 0..self.nodes.parent_index.len() {
            let parent = self
                .parent(node)
                .and_then(|p| nodes.get(p).copied())
                .unwrap_or(root);
            let layout = boxes.get(&node).copied();
            // Texts have no style of their own.
            let styled =
                layout.filter(|l| self.layout.styles.get(*l).is_some_and(|s| !s.is_empty()));
            let Some(layout) = styled else {
                nodes.push(parent);
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
                .map(|[x, y, w, h]| place(Rect::new(*x, *y, *w, *h)));
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
            nodes.push(SeenNode {
                flow,
                placed: if holds { flow } else { parent.placed },
                opacity: parent.opacity * style(OPACITY).parse().unwrap_or(1.0),
                visible: matches!(style(VISIBILITY), "visible" | ""),
                preserved: !matches!(style(WHITE_SPACE), "collapse" | ""),
            });
        }
        Seen { nodes }
    }
}

impl Seen {
    pub(super) fn clip(&self, node: usize) -> Rect {
        let nothing = Rect::new(0.0, 0.0, 0.0, 0.0);
        self.nodes.get(node).map_or(nothing, |n| n.flow)
    }

    pub(super) fn is_shown(&self, node: usize) -> bool {
        let node = self.nodes.get(node);
        node.is_some_and(|n| n.visible && n.opacity >= FAINT)
    }

    pub(super) fn is_preserved(&self, node: usize) -> bool {
        self.nodes.get(node).is_some_and(|n| n.preserved)
    }
}
