//! What reading an SVG would make of it: how many elements, once all that refers to others holds what it refers to.
//!
//! A `use` within a `use` doubles with each step, and so do patterns, masks, clip paths and markers in each other.

use std::collections::{HashMap, HashSet};

use roxmltree::{Document, Node, NodeId, ParsingOptions};

use super::too_costly;
use crate::pdfa::picture::NotDrawn;
use crate::pdfa::picture::decode::BROKEN;

/// Elements of the file itself.
const MAX_NODES: u32 = 200_000;
/// Elements with all that is repeated; letters and the points of paths count as parts of one.
const MAX_WEIGHT: u64 = 150_000;
/// Elements within each other, with references followed.
const MAX_DEPTH: u32 = 150;
/// Letters of an element, or bytes of path data, that weigh as much as an element.
const LIGHT: u64 = 16;
/// Bytes that a document's own entities may grow to.
const MAX_ENTITIES: u64 = 16 << 20;

pub fn check(text: &str) -> Result<(), NotDrawn> {
    if entities(text) > MAX_ENTITIES {
        return Err(too_costly());
    }
    let options = ParsingOptions {
        allow_dtd: true,
        nodes_limit: MAX_NODES,
        ..ParsingOptions::default()
    };
    let document = Document::parse_with_options(text, options).map_err(|e| match e {
        roxmltree::Error::NodesLimitReached | roxmltree::Error::EntityReferenceLoop(_) => {
            too_costly()
        }
        _ => BROKEN.to_owned(),
    })?;
    let weights = Weights::of(&document);
    match weights {
        Some(weight) if weight <= MAX_WEIGHT => Ok(()),
        _ => Err(too_costly()),
    }
}

/// Bytes that the entities a document declares could become in it: each reference may lead to 255 more (roxmltree).
fn entities(text: &str) -> u64 {
    if !text.contains("<!ENTITY") {
        return 0;
    }
    let declared = text.find("]>").unwrap_or(text.len());
    let (head, body) = text.split_at(declared);
    let used = body.matches('&').count() as u64;
    let nested = match head.contains('&') {
        true => 255,
        false => 1,
    };
    used * nested * head.len() as u64
}

/// Elements that hold others for use elsewhere, and can refer to more.
fn is_container(name: &str) -> bool {
    matches!(
        name,
        "pattern" | "mask" | "clipPath" | "filter" | "marker" | "symbol"
    )
}

struct Weights<'a, 'i> {
    by_id: HashMap<&'a str, Node<'a, 'i>>,
    /// What a style sheet makes elements refer to, by class; under the empty name, all elements.
    styled: HashMap<String, Vec<String>>,
    known: HashMap<NodeId, (u64, u32)>,
    open: HashSet<NodeId>,
    /// What a marker adds for each point of a path.
    marker: u64,
}

impl<'a, 'i> Weights<'a, 'i> {
    /// The whole drawing's weight; `None` when it goes too deep or round in a circle.
    fn of(document: &'a Document<'i>) -> Option<u64> {
        let elements = || document.descendants().filter(Node::is_element);
        let mut styled: HashMap<String, Vec<String>> = HashMap::new();
        for sheet in elements().filter(|n| n.tag_name().name() == "style") {
            let text: String = sheet.children().filter_map(|c| c.text()).collect();
            style_sheet(&text, &mut styled);
        }
        let mut weights = Self {
            by_id: elements()
                .filter_map(|n| Some((n.attribute("id")?, n)))
                .collect(),
            styled,
            known: HashMap::new(),
            open: HashSet::new(),
            marker: 0,
        };
        let markers: Vec<_> = elements()
            .filter(|n| n.tag_name().name() == "marker")
            .collect();
        let mut heaviest = 0;
        for marker in &markers {
            heaviest = heaviest.max(weights.weigh(*marker, 0)?.0);
        }
        if heaviest > 0 {
            // Markers may have markers: then each step multiplies.
            let within = markers.iter().flat_map(Node::descendants);
            let nested = within
                .filter(|n| n.attributes().any(|a| names_marker(&a)))
                .count();
            let sheets = weights.styled.contains_key("");
            let steps = match nested > 0 || sheets {
                true => markers.len() as u32,
                false => 1,
            };
            weights.marker = heaviest.saturating_pow(steps);
            weights.known.clear();
        }
        Some(weights.weigh(document.root_element(), 0)?.0)
    }

    /// An element's weight with all it holds and refers to, and how deep that goes.
    fn weigh(&mut self, node: Node<'a, 'i>, depth: u32) -> Option<(u64, u32)> {
        if let Some((weight, below)) = self.known.get(&node.id()) {
            return (depth + below <= MAX_DEPTH).then_some((*weight, *below));
        }
        if depth > MAX_DEPTH || !self.open.insert(node.id()) {
            return None;
        }
        let mut weight = 1;
        let mut below = 0;
        for child in node.children() {
            if child.is_element() {
                let (more, deep) = self.weigh(child, depth + 1)?;
                weight += more;
                below = below.max(deep + 1);
            } else if let Some(text) = child.text() {
                weight += text.len() as u64 / LIGHT;
            }
            if weight > MAX_WEIGHT {
                return None;
            }
        }
        for name in ["d", "points"] {
            let data = node.attribute(name).map_or(0, str::len) as u64;
            weight += data / LIGHT + (data / 2).saturating_mul(self.marker);
        }
        let mut painted = 0;
        for (id, inherited) in self.references(node) {
            let Some(target) = self.by_id.get(id.as_str()).copied() else {
                continue;
            };
            let used = node.tag_name().name() == "use" || node.tag_name().name() == "feImage";
            if !used && !is_container(target.tag_name().name()) {
                continue;
            }
            let (more, deep) = self.weigh(target, depth + 1)?;
            below = below.max(deep + 1);
            match inherited {
                true => painted += more,
                false => weight += more,
            }
        }
        // What paints an element paints all it holds.
        weight = weight.saturating_add(weight.saturating_mul(painted));
        self.open.remove(&node.id());
        if weight > MAX_WEIGHT {
            return None;
        }
        self.known.insert(node.id(), (weight, below));
        Some((weight, below))
    }

    /// Names of what the element refers to, and whether what it holds inherits it.
    fn references(&self, node: Node<'a, 'i>) -> Vec<(String, bool)> {
        let mut out = Vec::new();
        for attribute in node.attributes() {
            let value = attribute.value();
            if attribute.name() == "href" {
                out.extend(
                    value
                        .trim()
                        .strip_prefix('#')
                        .map(|id| (id.to_owned(), false)),
                );
            } else if attribute.name() == "style" {
                for part in value.split(';') {
                    let paints = paints(part.split(':').next().unwrap_or_default().trim());
                    out.extend(addresses(part).map(|id| (id, paints)));
                }
            } else {
                let paints = paints(attribute.name());
                out.extend(addresses(value).map(|id| (id, paints)));
            }
        }
        let classes = node.attribute("class").unwrap_or_default();
        let container = is_container(node.tag_name().name());
        let all = std::iter::once("").filter(|_| !container);
        for class in classes.split_whitespace().chain(all) {
            let ids = self.styled.get(class).into_iter().flatten();
            out.extend(ids.map(|id| (id.clone(), false)));
        }
        out
    }
}

fn names_marker(attribute: &roxmltree::Attribute<'_, '_>) -> bool {
    attribute.name().starts_with("marker-") || attribute.value().contains("marker")
}

fn paints(property: &str) -> bool {
    matches!(property, "fill" | "stroke")
}

/// The names in `url(#name)`.
fn addresses(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split("url(").skip(1).filter_map(|rest| {
        let inner = rest.split(')').next()?.trim();
        let id = inner.trim_matches(['"', '\'']).trim().strip_prefix('#')?;
        Some(id.to_owned())
    })
}

/// The rules of a style sheet that refer to something: by class where the selector ends in one, else for all.
fn style_sheet(text: &str, styled: &mut HashMap<String, Vec<String>>) {
    for rule in text.split('}') {
        let Some((selectors, body)) = rule.split_once('{') else {
            continue;
        };
        let ids: Vec<String> = addresses(body).collect();
        if ids.is_empty() {
            continue;
        }
        for selector in selectors.split(',') {
            let last = selector.split_whitespace().last().unwrap_or_default();
            let class = match last.strip_prefix('.') {
                Some(name)
                    if name
                        .chars()
                        .all(|c| c.is_alphanumeric() || "-_".contains(c)) =>
                {
                    name
                }
                _ => "",
            };
            styled
                .entry(class.to_owned())
                .or_default()
                .extend(ids.clone());
        }
    }
}
