//! Marked content: what is bound to an element, and what is no part of the document.

use std::collections::BTreeMap;

use printpdf::{DictItem, Op};

use super::Canvas;

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
    pub fn begin(self) -> Op {
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

impl Canvas {
    /// The beginning of content of the element; `None` when what was drawn last is its content too and goes on.
    pub fn mark(&mut self, element: usize) -> Option<Op> {
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
}
