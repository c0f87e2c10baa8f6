//! What is typeset: posts with their comments, and what the reader is told about them.

use std::borrow::Cow;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};

use super::{FontUsed, Level, SystemFonts};
use crate::record::{
    AccountId, BagId, BagKind, CaptureId, Content, Coverage, Digest, GapReason, Kind, Platform,
    Reason, RecordId, Software, Visibility,
};

/// Everything that stands in one posts.pdf.
#[derive(Debug, Clone)]
pub struct PostsDocument<T: ?Sized = Vec<Thread>> {
    pub organisation: String,
    /// The committee (nämnd) that is the arkivbildare.
    pub committee: String,
    pub account: AccountId,
    pub account_name: String,
    pub platform: Platform,
    pub address: String,
    /// Restricted bags say so on the cover and on each page.
    pub kind: BagKind,
    pub reason: Reason,
    pub taken: DateTime<Utc>,
    pub capture: CaptureId,
    pub bag: BagId,
    pub software: Software,
    /// `None`: everything; `Some(t)`: only what is new or changed since the capture at `t`.
    pub since: Option<DateTime<Utc>>,
    pub coverage: Coverage,
    /// How many records were destroyed out of what the document held before, on which day; `None`: none.
    pub destroyed: Option<(u64, NaiveDate)>,
    /// Files of the bag with their digests, printed on the cover.
    pub digests: Vec<(String, Digest)>,
    pub threads: T,
}

/// The threads of a document. Each is asked for several times and let go again, so that as many as an account ever
/// had need no more memory than one; asked twice, it must be the same.
pub trait Threads {
    fn count(&self) -> usize;

    /// The thread at a place below `count`.
    fn thread(&self, place: usize) -> Cow<'_, Thread>;
}

impl Threads for Vec<Thread> {
    fn count(&self) -> usize {
        self.len()
    }

    fn thread(&self, place: usize) -> Cow<'_, Thread> {
        self.get(place).map_or_else(Cow::default, Cow::Borrowed)
    }
}

/// The document whatever its threads come from.
pub(super) type Posts<'a> = PostsDocument<dyn Threads + 'a>;

/// A post with what answers it.
#[derive(Debug, Clone, Default)]
pub struct Thread {
    /// The post that the entries answer, when it is not itself among them: shown in brief.
    pub context: Option<Context>,
    /// In tree order; depth 0 is the post.
    pub entries: Vec<Entry>,
}

/// A post told in brief, because it lies in another bag.
#[derive(Debug, Clone, Default)]
pub struct Context {
    pub title: Option<String>,
    pub author: Option<String>,
    pub published: Option<DateTime<Utc>>,
    pub permalink: Option<String>,
    /// Its words; the typesetter shortens them.
    pub text: String,
}

/// One post, page, comment or message as it stood.
#[derive(Debug, Clone)]
pub struct Entry {
    pub record: RecordId,
    pub depth: usize,
    pub mark: Mark,
    pub kind: Kind,
    pub permalink: Option<String>,
    pub published: Option<DateTime<Utc>>,
    pub edited: Option<DateTime<Utc>>,
    pub visibility: Visibility,
    pub content: Content,
    /// One for each of `content.media`.
    pub media: Vec<MediumState>,
}

/// How the entry stands to the captures before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    New,
    /// Changed since it was last seen; `version` counts from 1.
    Edited {
        version: u32,
    },
    /// One of the versions that the document shows of it, from 1.
    Version {
        number: u32,
        of: u32,
    },
    Unchanged,
}

/// Whether a medium's bytes were kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MediumState {
    Stored {
        /// Path within the bag, `data/media/…`.
        file: String,
        bytes: u64,
        sha256: Digest,
        media_type: String,
    },
    Missing(GapReason),
}

/// How large a part may be, and whether pictures are drawn.
#[derive(Debug, Clone)]
pub struct Options {
    /// `true`: the parts are bound to a structure tree, and declare PDF/A-1a and PDF/UA-1. `false` is the fallback
    /// without one, PDF/A-1b.
    pub tagged: bool,
    /// `false` is the text-only fallback: each picture is stated in words, and emoji are without colour.
    pub pictures: bool,
    /// Pages a part may have, cover included.
    pub max_pages: usize,
    /// Bytes a part may have; held by an estimate that errs on the large side.
    pub max_bytes: u64,
    /// Stand in for the program's own; documents that are made together share them.
    pub system_fonts: Arc<SystemFonts>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            tagged: true,
            pictures: true,
            max_pages: 500,
            max_bytes: 24_000_000,
            system_fonts: Arc::default(),
        }
    }
}

/// One finished file.
#[derive(Debug, Clone)]
pub struct Part {
    /// Counted from 1.
    pub number: usize,
    pub of: usize,
    pub pages: usize,
    pub bytes: Vec<u8>,
    /// The levels that the file declares, all at once.
    pub levels: &'static [Level],
}

impl Part {
    /// The levels in words, such as `PDF/A-1a, PDF/UA-1`.
    #[must_use]
    pub fn level(&self) -> String {
        let names: Vec<String> = self.levels.iter().map(ToString::to_string).collect();
        names.join(", ")
    }
}

/// What came of it.
#[derive(Debug, Clone, Default)]
pub struct Typeset {
    /// Where each record begins: part and page, both counted from 1.
    pub pages: Vec<(RecordId, usize, usize)>,
    /// Pages that something of a record stands on, over all parts: covers, tables of contents and chapters are none.
    pub record_pages: usize,
    pub parts: usize,
    /// Characters that no font covers, drawn as boxes with their code points, and how many of each.
    pub substituted: Vec<(char, u64)>,
    /// Files that are stored but not drawn, and why (in Swedish, as printed).
    pub pictures_not_drawn: Vec<(String, String)>,
    /// Fonts used: the program's own, then the system's in order of first use.
    pub fonts: Vec<FontUsed>,
}
