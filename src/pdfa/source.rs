//! What the typesetter sets, whatever it is: a cover, then sections one after the other, with running heads.

use std::borrow::Cow;

use super::bookmarks::heading;
use super::compose::Composer;
use super::xmp::Metadata;
use super::{Chapter, Error, Level, Plate, Thread, swedish};

/// A document that becomes one or more parts.
pub trait Source {
    fn running(&self) -> Running;

    fn metadata(&self, part: PartOf) -> Metadata;

    /// The cover of a part.
    fn cover(&self, part: PartOf, composer: &mut Composer<'_>) -> Result<(), Error>;

    /// Sections in all.
    fn count(&self) -> usize;

    /// The section at a place below `count`; asked twice, it is the same.
    fn section(&self, place: usize) -> Section<'_>;

    /// What a table of contents lists.
    fn listed(&self) -> usize;
}

/// Words at the edges of each page.
pub struct Running {
    pub owner: String,
    pub title: String,
    /// At the foot, before the page.
    pub foot: String,
    /// Above all else where access is restricted.
    pub restricted: Option<&'static str>,
    /// Whether sections begin on the page after the cover, or go on below it.
    pub cover_alone: bool,
}

/// Which part of how many; `of` is 1 until they have been counted.
#[derive(Clone, Copy)]
pub struct PartOf {
    pub part: usize,
    pub of: usize,
    pub levels: &'static [Level],
}

impl PartOf {
    /// "PDF/A-1a och PDF/UA-1".
    pub fn levels_in_words(&self) -> String {
        let levels: Vec<String> = self.levels.iter().map(ToString::to_string).collect();
        swedish::list(&levels)
    }
}

pub enum Section<'a> {
    /// A post and what answers it.
    Thread(Cow<'a, Thread>),
    Chapter(&'a Chapter),
    Plate(&'a Plate),
    Nothing,
}

impl Section<'_> {
    /// What can stand in different parts if need be: one at least.
    pub fn len(&self) -> usize {
        match self {
            Self::Thread(thread) => thread.entries.len().max(1),
            Self::Chapter(_) | Self::Plate(_) | Self::Nothing => 1,
        }
    }

    /// Whether it is of what the document hands out, not about it.
    pub fn is_record(&self) -> bool {
        !matches!(self, Self::Chapter(_) | Self::Nothing)
    }

    /// The line of a piece among bookmarks and in the table of contents, if it has one.
    pub fn heading(&self, piece: usize) -> Option<String> {
        match self {
            Self::Thread(thread) => {
                let entry = thread.entries.get(piece)?;
                (entry.depth == 0).then(|| heading(entry))
            }
            Self::Chapter(chapter) => Some(chapter.heading.clone()),
            Self::Plate(plate) => Some(plate.heading.clone()),
            Self::Nothing => None,
        }
    }
}
