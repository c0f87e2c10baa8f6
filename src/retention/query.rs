//! A query as a person types it, understood: which words must occur, and which must not.
//!
//! `snö plogning` asks for both words, `"snö och is"` for them one after the other, `snö*` for what begins so; `OR`,
//! `-word` and parentheses go as in other searches, and `author:`, `title:` and `text:` say where. A word is the same
//! as it is for rules: whatever its case, its way of composing letters, and invisible characters in it.

mod find;
mod parse;

pub use find::{Said, Snippet};

use super::words::for_each_sought;

/// A query, understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    pub root: Node,
}

/// A part of a query. Under `All` at least one part is no `Not`; a `Not` stands nowhere else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    All(Vec<Node>),
    Any(Vec<Node>),
    Not(Box<Node>),
    Leaf(Leaf),
}

/// Words that occur one after the other; one, for most.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaf {
    /// Folded; never empty.
    pub words: Vec<String>,
    /// The last word only begins so.
    pub begins: bool,
    /// `#` or `@`, where the first word is asked for with it.
    pub mark: Option<u8>,
    /// Where alone they may occur.
    pub column: Option<Column>,
}

/// A part of what is searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Column {
    Title,
    Text,
    Author,
}

impl Column {
    pub const ALL: [Self; 3] = [Self::Title, Self::Text, Self::Author];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Text => "text",
            Self::Author => "author",
        }
    }

    /// By its name in English or Swedish.
    fn named(name: &str) -> Option<Self> {
        match name.to_lowercase().as_str() {
            "title" | "rubrik" => Some(Self::Title),
            "text" => Some(Self::Text),
            "author" | "författare" => Some(Self::Author),
            _ => None,
        }
    }
}

/// Why a query is not understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the query is not understood at character {position}: {problem}")]
pub struct QueryFault {
    /// In characters, from 1.
    pub position: usize,
    pub problem: String,
    pub hint: &'static str,
}

impl Query {
    /// More bytes are not taken: nobody types so much, and what is pasted is better searched by a phrase of it.
    pub const MOST_BYTES: usize = 4096;

    /// Understands what a person typed.
    ///
    /// # Errors
    /// What is not understood, with its place.
    pub fn parse(text: &str) -> Result<Self, QueryFault> {
        let root = parse::Parser::new(text)?.query()?;
        Ok(Self { root })
    }

    /// A query for words each of which a word begins with.
    pub fn of_beginnings<'w>(words: impl IntoIterator<Item = &'w str>) -> Option<Self> {
        let leaves = words.into_iter().filter_map(|word| {
            let mut leaf = Leaf::of(word)?;
            leaf.begins = leaf.last_is_long();
            Some(Node::Leaf(leaf))
        });
        let leaves: Vec<Node> = leaves.collect();
        (!leaves.is_empty()).then_some(Self {
            root: Node::All(leaves),
        })
    }

    /// Both queries at once.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            root: Node::All(vec![self.root, other.root]),
        }
    }

    /// The same, with hits in that column alone; what says where else it looks stays so.
    #[must_use]
    pub fn within(mut self, column: Column) -> Self {
        self.root.for_each_leaf_mut(&mut |leaf| {
            leaf.column.get_or_insert(column);
        });
        self
    }

    /// Whether a word is asked for by how it begins.
    pub fn has_beginnings(&self) -> bool {
        let mut has = false;
        self.root
            .for_each_leaf(false, &mut |leaf| has |= leaf.begins);
        has
    }
}

impl Node {
    /// Each leaf; those that must not occur are left out unless asked for.
    pub fn for_each_leaf<'n>(&'n self, also_not: bool, each: &mut impl FnMut(&'n Leaf)) {
        match self {
            Self::All(nodes) | Self::Any(nodes) => {
                for node in nodes {
                    node.for_each_leaf(also_not, each);
                }
            }
            Self::Not(node) if also_not => node.for_each_leaf(true, each),
            Self::Not(_) => {}
            Self::Leaf(leaf) => each(leaf),
        }
    }

    fn for_each_leaf_mut(&mut self, each: &mut impl FnMut(&mut Leaf)) {
        match self {
            Self::All(nodes) | Self::Any(nodes) => {
                for node in nodes {
                    node.for_each_leaf_mut(each);
                }
            }
            Self::Not(node) => node.for_each_leaf_mut(each),
            Self::Leaf(leaf) => each(leaf),
        }
    }
}

impl Leaf {
    /// Letters that must stand before a `*`: fewer mean nothing.
    const BEGINNING: usize = 2;

    /// What a person wrote without a space or within quotation marks; `None` when no word is in it.
    pub fn of(written: &str) -> Option<Self> {
        let mut words = Vec::new();
        let mut mark = None;
        for_each_sought(written, |sign, word| {
            if words.is_empty() {
                mark = sign;
            }
            words.push(word.to_owned());
        });
        // Within an address it is no mark.
        let begins = written.trim_start().as_bytes().first().copied();
        mark = mark.filter(|mark| begins == Some(*mark));
        (!words.is_empty()).then_some(Self {
            words,
            begins: false,
            mark,
            column: None,
        })
    }

    fn last_is_long(&self) -> bool {
        let last = self.words.last();
        last.is_some_and(|word| word.chars().count() >= Self::BEGINNING)
    }
}
