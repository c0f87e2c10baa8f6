//! The structure of a part: its elements in reading order, and which content on which page is theirs.
//!
//! Layout makes [`Element`]s; the tree takes one up when it is first drawn, so that reading order is the order of
//! drawing, and what was laid out but stands in another part leaves no trace (ISO 32000-1, 14.7).

use std::collections::HashMap;
use std::rc::Rc;

/// Children that one element has at most; PDF/A-1 allows 8,191 (ISO 19005-1, 6.1.12).
const MOST_KIDS: usize = 4_000;
/// Rows of one table: the gate lays out grids of at most 1,024.
const MOST_ROWS: usize = 1_000;

/// The role of an element: a standard structure type (ISO 32000-1, 14.8.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tag {
    Document,
    Section,
    /// A post, a page, a comment: complete in itself.
    Article,
    /// Groups what would else be too many children.
    Group,
    Span,
    Paragraph,
    /// The level that is wanted; the tree gives it the level that leaves none out.
    Heading(u8),
    List(Numbering),
    Item,
    Label,
    ItemBody,
    Table,
    Row,
    /// Heading of its column.
    ColumnHead,
    /// Heading of its row.
    RowHead,
    Cell,
    Figure,
    Caption,
    Quote,
    Contents,
    ContentsItem,
    Reference,
    Link,
}

/// What the labels of a list are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Numbering {
    None,
    Disc,
    Decimal,
}

impl Tag {
    pub fn name(self) -> &'static str {
        match self {
            Self::Document => "Document",
            Self::Section => "Sect",
            Self::Article => "Art",
            Self::Group => "Div",
            Self::Span => "Span",
            Self::Paragraph => "P",
            Self::Heading(1) => "H1",
            Self::Heading(2) => "H2",
            Self::Heading(3) => "H3",
            Self::Heading(4) => "H4",
            Self::Heading(5) => "H5",
            Self::Heading(_) => "H6",
            Self::List(_) => "L",
            Self::Item => "LI",
            Self::Label => "Lbl",
            Self::ItemBody => "LBody",
            Self::Table => "Table",
            Self::Row => "TR",
            Self::ColumnHead | Self::RowHead => "TH",
            Self::Cell => "TD",
            Self::Figure => "Figure",
            Self::Caption => "Caption",
            Self::Quote => "BlockQuote",
            Self::Contents => "TOC",
            Self::ContentsItem => "TOCI",
            Self::Reference => "Reference",
            Self::Link => "Link",
        }
    }

    /// What may stand between this element and its children when they are too many.
    fn between(self) -> Self {
        match self {
            Self::Contents => Self::Contents,
            Self::Paragraph
            | Self::Heading(_)
            | Self::Caption
            | Self::Label
            | Self::Span
            | Self::Reference => Self::Span,
            _ => Self::Group,
        }
    }
}

/// An element as layout makes it; it is the same element wherever the same one is drawn.
#[derive(Debug)]
pub struct Element {
    pub tag: Tag,
    /// `None`: the document itself.
    parent: Option<Rc<Element>>,
    /// Words in the place of a picture.
    alt: Option<Box<str>>,
    /// `None`: that of what it is within.
    language: Option<Rc<str>>,
}

impl Element {
    pub fn document() -> Rc<Self> {
        Rc::new(Self {
            tag: Tag::Document,
            parent: None,
            alt: None,
            language: None,
        })
    }

    pub fn within(parent: &Rc<Self>, tag: Tag) -> Rc<Self> {
        Rc::new(Self {
            tag,
            parent: Some(Rc::clone(parent)),
            alt: None,
            language: None,
        })
    }

    /// As [`Self::within`], with words in the language, where one is given.
    pub fn in_language(parent: &Rc<Self>, tag: Tag, language: Option<&Rc<str>>) -> Rc<Self> {
        Rc::new(Self {
            tag,
            parent: Some(Rc::clone(parent)),
            alt: None,
            language: language.filter(|l| parent.spoken() != Some(*l)).cloned(),
        })
    }

    /// Its own language, else that of what it is within.
    fn spoken(&self) -> Option<&Rc<str>> {
        let around = std::iter::successors(Some(self), |e| e.parent.as_deref());
        around.into_iter().find_map(|e| e.language.as_ref())
    }

    pub fn figure(parent: &Rc<Self>, alt: &str) -> Rc<Self> {
        Rc::new(Self {
            tag: Tag::Figure,
            parent: Some(Rc::clone(parent)),
            alt: Some(alt.into()),
            language: None,
        })
    }
}

/// A child of an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kid {
    Element(usize),
    /// Marked content, by page and by number within it.
    Content {
        page: usize,
        mark: usize,
    },
    /// A link's active area, by page and by number within it.
    Annotation {
        page: usize,
        link: usize,
    },
}

/// An element that is in the tree.
#[derive(Debug)]
pub struct Placed {
    pub tag: Tag,
    pub parent: Option<usize>,
    pub kids: Vec<Kid>,
    pub alt: Option<Box<str>>,
    pub language: Option<Rc<str>>,
    /// Left, bottom, right, top of what is drawn.
    pub bounds: Option<[f32; 4]>,
}

/// The elements of one part.
#[derive(Default)]
pub struct Tree {
    pub elements: Vec<Placed>,
    /// By address; the element is kept, so that no other gets its address.
    known: HashMap<*const Element, (Rc<Element>, usize)>,
    /// The link that was drawn last: in which element, its target, the link.
    link: Option<(usize, Rc<str>, usize)>,
    /// Levels that were wanted for the headings that the next is below.
    headings: Vec<u8>,
}

impl Tree {
    fn push(&mut self, tag: Tag, parent: Option<usize>, alt: Option<Box<str>>) -> usize {
        let index = self.elements.len();
        self.elements.push(Placed {
            tag,
            parent,
            kids: Vec::new(),
            alt,
            language: None,
            bounds: None,
        });
        if let Some(parent) = parent {
            self.adopt(parent, Kid::Element(index));
        }
        index
    }

    fn adopt(&mut self, parent: usize, kid: Kid) {
        if let Some(parent) = self.elements.get_mut(parent) {
            parent.kids.push(kid);
        }
    }

    fn kids(&self, of: usize) -> &[Kid] {
        self.elements.get(of).map_or(&[], |e| &e.kids)
    }

    pub fn has(&self, element: &Rc<Element>) -> bool {
        self.known.contains_key(&Rc::as_ptr(element))
    }

    /// The place of the element, taken up with those it is within if it is new.
    pub fn place(&mut self, element: &Rc<Element>) -> usize {
        if let Some((_, index)) = self.known.get(&Rc::as_ptr(element)) {
            return *index;
        }
        let parent = element.parent.as_ref().map(|around| {
            let parent = self.place(around);
            // A list has nothing but items, a table nothing but rows (TBody came after PDF 1.4): one too long goes
            // on in another.
            let most = match element.tag {
                Tag::Row => MOST_ROWS,
                Tag::Item => MOST_KIDS,
                _ => usize::MAX,
            };
            if self.kids(parent).len() >= most {
                let outer = self.elements.get(parent).and_then(|e| e.parent);
                let next = self.push(around.tag, outer, None);
                self.speak(next, around);
                self.known
                    .insert(Rc::as_ptr(around), (Rc::clone(around), next));
                next
            } else {
                parent
            }
        });
        let tag = match element.tag {
            Tag::Heading(wanted) => Tag::Heading(self.level(wanted)),
            tag => tag,
        };
        let index = self.push(tag, parent, element.alt.clone());
        self.speak(index, element);
        self.known
            .insert(Rc::as_ptr(element), (Rc::clone(element), index));
        index
    }

    fn speak(&mut self, index: usize, as_in: &Element) {
        if let Some(placed) = self.elements.get_mut(index) {
            placed.language.clone_from(&as_in.language);
        }
    }

    /// The level that follows without a gap on the headings before (ISO 14289-1, 7.4.2).
    fn level(&mut self, wanted: u8) -> u8 {
        while self.headings.last().is_some_and(|above| *above >= wanted) {
            self.headings.pop();
        }
        self.headings.push(wanted);
        u8::try_from(self.headings.len()).unwrap_or(u8::MAX)
    }

    /// The link within the element: the one before, if it goes on.
    pub fn link(&mut self, within: usize, target: &Rc<str>) -> usize {
        if let Some((around, to, link)) = &self.link
            && *around == within
            && to == target
            && self.kids(within).last() == Some(&Kid::Element(*link))
            && self.kids(*link).len() < MOST_KIDS
        {
            return *link;
        }
        let link = self.push(Tag::Link, Some(within), None);
        self.link = Some((within, Rc::clone(target), link));
        link
    }

    pub fn content(&mut self, of: usize, page: usize, mark: usize) {
        self.adopt(of, Kid::Content { page, mark });
    }

    pub fn annotation(&mut self, of: usize, page: usize, link: usize) {
        self.adopt(of, Kid::Annotation { page, link });
    }

    pub fn bounds(&mut self, of: usize, bounds: [f32; 4]) {
        if let Some(element) = self.elements.get_mut(of) {
            element.bounds = Some(bounds);
        }
    }

    /// Puts elements between one and its children where they are too many. `moved` is told of each content that
    /// another element has now.
    pub fn balance(&mut self, mut moved: impl FnMut(usize, usize, usize)) {
        let mut at = 0;
        while let Some(element) = self.elements.get_mut(at) {
            if element.kids.len() <= MOST_KIDS || element.tag == Tag::Link {
                at += 1;
                continue;
            }
            let between = element.tag.between();
            let kids = std::mem::take(&mut element.kids);
            for some in kids.chunks(MOST_KIDS / 2) {
                let group = self.push(between, Some(at), None);
                for kid in some {
                    match *kid {
                        Kid::Element(kid) => {
                            if let Some(kid) = self.elements.get_mut(kid) {
                                kid.parent = Some(group);
                            }
                        }
                        Kid::Content { page, mark } => moved(page, mark, group),
                        Kid::Annotation { .. } => {}
                    }
                    self.adopt(group, *kid);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_leave_no_level_out() {
        let root = Element::document();
        let mut tree = Tree::default();
        let mut levels = Vec::new();
        for wanted in [1, 2, 5, 6, 5, 3, 2, 6, 1] {
            let at = tree.place(&Element::within(&root, Tag::Heading(wanted)));
            levels.push(tree.elements[at].tag.name());
        }
        assert_eq!(
            levels,
            ["H1", "H2", "H3", "H4", "H3", "H3", "H2", "H3", "H1"]
        );
    }

    #[test]
    fn an_element_is_taken_up_once_with_those_it_is_within() {
        let root = Element::document();
        let article = Element::within(&root, Tag::Article);
        let text = Element::within(&article, Tag::Paragraph);
        let mut tree = Tree::default();
        assert!(!tree.has(&text));
        assert_eq!((tree.place(&text), tree.place(&text)), (2, 2));
        assert_eq!(tree.place(&root), 0);
        assert_eq!(tree.elements[1].kids, [Kid::Element(2)]);
    }

    #[test]
    fn a_link_that_goes_on_is_one_and_one_after_other_words_is_another() {
        let mut tree = Tree::default();
        let text = tree.place(&Element::within(&Element::document(), Tag::Paragraph));
        let target: Rc<str> = Rc::from("https://a.example/");
        let link = tree.link(text, &target);
        assert_eq!(tree.link(text, &Rc::from("https://a.example/")), link);
        tree.content(text, 0, 1);
        assert_ne!(tree.link(text, &target), link);
    }

    #[test]
    fn no_element_has_more_children_than_the_standard_allows() {
        let root = Element::document();
        let list = Element::within(&root, Tag::List(Numbering::Disc));
        let text = Element::within(&root, Tag::Paragraph);
        let mut tree = Tree::default();
        for _ in 0..9_000 {
            tree.place(&Element::within(&list, Tag::Item));
            tree.place(&Element::within(&root, Tag::Paragraph));
        }
        let text = tree.place(&text);
        let mut owners = vec![text; 9_000];
        for mark in 0..9_000 {
            tree.content(text, 0, mark);
        }
        tree.balance(|_, mark, owner| owners[mark] = owner);
        assert!(tree.elements.iter().all(|e| e.kids.len() <= MOST_KIDS));
        for (index, element) in tree.elements.iter().enumerate() {
            for kid in &element.kids {
                match kid {
                    Kid::Element(kid) => assert_eq!(tree.elements[*kid].parent, Some(index)),
                    Kid::Content { mark, .. } => assert_eq!(owners[*mark], index),
                    Kid::Annotation { .. } => {}
                }
            }
            if element.tag == Tag::Item {
                let list = element.parent.unwrap();
                assert_eq!(tree.elements[list].tag.name(), "L");
            }
        }
        let lists = |e: &&Placed| e.tag.name() == "L";
        assert_eq!(tree.elements.iter().filter(lists).count(), 3);
    }
}
