//! Masking: what a record says without what is secret in it, and a list of what was taken out. Pure.
//!
//! What is masked is taken out of the words before anything is typeset from them, and a sign of one length stands in its
//! place. [`Masker`] holds the masks of one record; it is used on each of its versions, and on all else that tells its
//! words.

mod address;
mod author;
mod entity;
mod find;
mod fold;
mod said;
mod shared;
mod spelling;

use std::collections::HashMap;
use std::hash::Hash;

use serde::{Deserialize, Serialize};

pub use self::address::Address;
use self::find::{Sought, Ways};
use self::said::Said;
pub use self::shared::Phrases;
use crate::record::{Block, Content, Span};

/// What stands where something was masked: always the same, so that its length tells nothing.
pub const SIGN: &str = "[maskat]";

/// What is masked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "kebab-case", deny_unknown_fields)]
pub enum What {
    /// Every occurrence of these words in each version, or only one of them, counted from 1.
    Words {
        words: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        nth: Option<u32>,
        /// Only where they are whole words, with or without a genitive's s.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        whole: bool,
    },
    /// Who wrote it: name, address and handle, wherever they stand in the record.
    Author,
    /// What a regular expression finds, whatever its case.
    Pattern { pattern: String },
    /// A part of a picture, in pixels from its left upper corner.
    Region {
        medium: usize,
        x: u32,
        y: u32,
        width: u32,
        height: u32,
    },
    /// A medium of the record, from 1, as [`numbered`] counts them when the mask is laid.
    Medium { medium: usize },
}

impl What {
    /// As the catalog calls it.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Words { .. } => "words",
            Self::Author => "author",
            Self::Pattern { .. } => "pattern",
            Self::Region { .. } => "region",
            Self::Medium { .. } => "medium",
        }
    }

    /// The medium that it is about.
    pub fn medium(&self) -> Option<usize> {
        match self {
            Self::Region { medium, .. } | Self::Medium { medium } => Some(*medium),
            _ => None,
        }
    }
}

/// Why something cannot be masked.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    #[error("{0:?} has neither a letter nor a digit")]
    NoWords(String),
    #[error("the words have {letters} letters; at most {most} can be masked at once")]
    ManyLetters { letters: usize, most: usize },
    #[error("pattern {pattern:?} cannot be read")]
    Pattern {
        pattern: String,
        #[source]
        source: Box<regex::Error>,
    },
    #[error("pattern {0:?} finds what is nothing")]
    Empty(String),
    #[error("the record has no author")]
    NoAuthor,
}

/// Where something was masked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    Title,
    Author,
    Text,
    /// Alternative text or caption.
    Description,
    Link,
    /// A picture, film, sound or document.
    Medium,
}

impl Place {
    /// As a citizen reads it.
    pub fn words(self) -> &'static str {
        match self {
            Self::Title => "rubriken",
            Self::Author => "avsändaren",
            Self::Text => "texten",
            Self::Description => "bildtexten",
            Self::Link => "en länk",
            Self::Medium => "en bild eller fil",
        }
    }
}

/// What a mask took out of one version: its place among the masks, where, and how often.
pub type Taken = HashMap<(usize, Place), u64>;

/// A version without what is secret in it.
#[derive(Debug, Clone)]
pub struct Masked {
    pub content: Content,
    /// Of each medium that is left, its place in the version as it was.
    pub media: Vec<usize>,
    pub taken: Taken,
}

/// The masks of one record.
pub struct Masker {
    /// With the place of the mask that it belongs to, and which occurrence is meant.
    sought: Vec<(usize, Sought, Option<u32>)>,
    /// Places of masks that take the author out.
    author: Option<usize>,
    /// Media that are left out whole, by number.
    media: HashMap<usize, usize>,
    any: bool,
}

/// For each version its media by number: the newest version's are 1, 2 ...; one that only an older version has comes after
/// them. The same file at the same address is the same medium. A number is a way to point at a medium today; what is
/// kept of a mask names the file.
pub fn numbered<K: Eq + Hash>(versions: &[Vec<K>]) -> Vec<Vec<usize>> {
    let mut numbers = HashMap::new();
    let mut all: Vec<Vec<usize>> = Vec::with_capacity(versions.len());
    for media in versions.iter().rev() {
        let number = media.iter().map(|medium| {
            let next = numbers.len() + 1;
            *numbers.entry(medium).or_insert(next)
        });
        all.push(number.collect());
    }
    all.reverse();
    all
}

impl Masker {
    /// `versions` are all that the record had: an author is masked by each of their names.
    ///
    /// # Errors
    /// Words or a pattern that find nothing ever; an author where there is none.
    pub fn of(masks: &[What], versions: &[&Content]) -> Result<Self, Fault> {
        let mut masker = Self {
            sought: Vec::new(),
            author: None,
            media: HashMap::new(),
            any: !masks.is_empty(),
        };
        for (n, mask) in masks.iter().enumerate() {
            match mask {
                What::Words { words, nth, whole } => {
                    masker.sought.push((n, Sought::words(words, *whole)?, *nth));
                }
                What::Pattern { pattern } => {
                    masker.sought.push((n, Sought::pattern(pattern)?, None));
                }
                What::Author => {
                    let found = author::sought(versions);
                    if versions.iter().all(|v| v.author.is_none()) {
                        return Err(Fault::NoAuthor);
                    }
                    masker.author.get_or_insert(n);
                    masker
                        .sought
                        .extend(found.into_iter().map(|s| (n, s, None)));
                }
                // Which files these are about is for who knows the files: see [`Masker::leave_out`].
                What::Medium { .. } | What::Region { .. } => {}
            }
        }
        // What is longest is found first: a name before its parts.
        masker
            .sought
            .sort_by_key(|(_, s, nth)| (nth.is_some(), std::cmp::Reverse(s.size())));
        Ok(masker)
    }

    /// Leaves a medium out by its number, for the mask at a place.
    pub fn leave_out(&mut self, number: usize, mask: usize) {
        self.media.entry(number).or_insert(mask);
    }

    pub fn masks_anything(&self) -> bool {
        self.any
    }

    /// A version of the record; `numbers` are those of its media.
    pub fn masked(&self, content: &Content, numbers: &[usize]) -> Masked {
        let mut taken = Taken::new();
        let mut content = content.clone();
        if !self.any {
            let media = (0..content.media.len()).collect();
            return Masked {
                content,
                media,
                taken,
            };
        }
        let media = self.without_media(&mut content, numbers, &mut taken);
        let mut said = Said::of(&content);
        let hits = self.hits(said.text(), |n, at, times| {
            *taken.entry((n, said.place(at))).or_default() += times;
        });
        let touched = said.cut(&hits);
        said.put(&mut content);
        self.author(&mut content, &mut taken);
        self.links(&mut content, &touched, &mut taken);
        Masked {
            content,
            media,
            taken,
        }
    }

    /// A line of text that tells of the record.
    pub fn line(&self, text: &str) -> String {
        let hits = self.hits(text, |_, _, _| ());
        said::without(text, &hits)
    }

    /// True where an address tells something that is masked.
    pub fn tells(&self, address: &Address) -> bool {
        self.who_tells(address).next().is_some()
    }

    fn who_tells(&self, address: &Address) -> impl Iterator<Item = usize> {
        let all = self.sought.iter().filter(|(_, _, nth)| nth.is_none());
        let telling = all.filter(|(_, sought, _)| {
            let ways = address.ways().iter();
            ways.into_iter().any(|way| !way.find(sought).is_empty())
        });
        telling.map(|(n, ..)| *n)
    }

    /// Masks whose words stand in what another record says or in where it leads, each once: they are not masked there.
    pub fn stand_in(&self, content: &Content) -> Vec<usize> {
        let mut ways = vec![Ways::of(Said::of(content).text())];
        ways.extend(content.author.as_ref().map(|a| Ways::of(&a.name)));
        let stands = |s: &Sought| ways.iter().any(|w| !w.find(s).is_empty());
        let all = self.sought.iter().filter(|(_, s, _)| stands(s));
        let mut found: Vec<usize> = all.map(|(n, ..)| *n).collect();
        for link in said::links(content) {
            found.extend(self.who_tells(&Address::of(link)));
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Where what is masked stands in a text, in bytes, whichever occurrence was meant in the record.
    pub fn places(&self, text: &Reading) -> Vec<std::ops::Range<usize>> {
        let found = self.sought.iter().flat_map(|(_, s, _)| text.0.find(s));
        find::merged(found.collect())
    }

    /// Ranges to be taken out, in order. `told` hears the mask, where, and how often.
    fn hits(
        &self,
        text: &str,
        mut told: impl FnMut(usize, usize, u64),
    ) -> Vec<std::ops::Range<usize>> {
        let ways = Ways::of(text);
        let mut all: Vec<std::ops::Range<usize>> = Vec::new();
        for (n, sought, nth) in &self.sought {
            let found = ways.find(sought);
            let chosen: Vec<_> = match nth {
                None => found,
                Some(nth) => found
                    .into_iter()
                    .nth((*nth as usize).saturating_sub(1))
                    .into_iter()
                    .collect(),
            };
            for range in chosen {
                if !all
                    .iter()
                    .any(|r| r.start <= range.start && range.end <= r.end)
                {
                    told(*n, range.start, 1);
                }
                all.push(range);
            }
        }
        find::merged(all)
    }

    fn without_media(
        &self,
        content: &mut Content,
        numbers: &[usize],
        taken: &mut Taken,
    ) -> Vec<usize> {
        let mut kept = Vec::new();
        let mut gone = Vec::new();
        for at in 0..content.media.len() {
            match numbers.get(at).and_then(|number| self.media.get(number)) {
                Some(n) => {
                    *taken.entry((*n, Place::Medium)).or_default() += 1;
                    gone.push(at);
                }
                None => kept.push(at),
            }
        }
        let placed = |body: &[Block], at| {
            body.iter()
                .any(|b| matches!(b, Block::Medium { medium } if *medium == at))
        };
        let sign = || Block::Paragraph {
            spans: vec![Span::plain(SIGN)],
        };
        let unplaced = gone
            .iter()
            .filter(|at| !placed(&content.body, **at))
            .count();
        for block in &mut content.body {
            if let Block::Medium { medium } = block {
                match kept.iter().position(|k| k == medium) {
                    Some(now) => *medium = now,
                    None if gone.contains(medium) => *block = sign(),
                    // A place that the platform gave no medium for.
                    None => *medium = usize::MAX,
                }
            }
        }
        content.body.extend((0..unplaced).map(|_| sign()));
        content.media = kept
            .iter()
            .filter_map(|at| content.media.get(*at).cloned())
            .collect();
        for (at, medium) in content.media.iter_mut().enumerate() {
            // Its own address leads to where all is seen, and may tell.
            if let Ok(address) = url::Url::parse(&format!("urn:arkivd:medium:{}", at + 1)) {
                medium.address = address;
            }
        }
        kept
    }

    fn author(&self, content: &mut Content, taken: &mut Taken) {
        let Some(author) = &mut content.author else {
            return;
        };
        if let Some(n) = self.author {
            author.name = SIGN.to_owned();
            author.address = None;
            *taken.entry((n, Place::Author)).or_default() += 1;
            return;
        }
        let hits = self.hits(&author.name, |n, _, times| {
            *taken.entry((n, Place::Author)).or_default() += times;
        });
        if !hits.is_empty() {
            author.name = said::without(&author.name, &hits);
            author.address = None;
        }
        if author
            .address
            .as_ref()
            .is_some_and(|address| self.tells(&Address::of(address)))
        {
            author.address = None;
        }
    }

    /// Links go where their words were masked, and where they lead to what is.
    fn links(&self, content: &mut Content, touched: &[String], taken: &mut Taken) {
        let mut known: HashMap<String, bool> = HashMap::new();
        for link in touched {
            known.insert(link.clone(), true);
        }
        said::each_span(&mut content.body, &mut |span| {
            let Some(link) = &span.link else { return };
            let goes = match known.get(link) {
                Some(goes) => *goes,
                None => {
                    let who = self.who_tells(&Address::of(link)).next();
                    if let Some(n) = who {
                        *taken.entry((n, Place::Link)).or_default() += 1;
                    }
                    known.insert(link.clone(), who.is_some());
                    who.is_some()
                }
            };
            if goes {
                span.link = None;
            }
        });
    }
}

/// A text that many masks are looked for in.
pub struct Reading(Ways);

impl Reading {
    pub fn of(text: &str) -> Self {
        Self(Ways::of(text))
    }
}

/// Takes out of a version the links that tell what masks of other records hide.
pub fn without_telling_links(content: &mut Content, maskers: &[&Masker]) {
    let mut known: HashMap<String, bool> = HashMap::new();
    let mut tells = |link: &str| {
        *known.entry(link.to_owned()).or_insert_with(|| {
            let address = Address::of(link);
            maskers.iter().any(|masker| masker.tells(&address))
        })
    };
    if let Some(author) = &mut content.author
        && author.address.as_deref().is_some_and(&mut tells)
    {
        author.address = None;
    }
    said::each_span(&mut content.body, &mut |span| {
        if span.link.as_deref().is_some_and(&mut tells) {
            span.link = None;
        }
    });
}
