//! A page as the browser printed it, made PDF/A-2 of the highest level that it reaches.
//!
//! What stays is what a print is made of: pages, fonts, pictures, links, headings, tags. All else is left out: a
//! browser that was taken over may have written anything. What is drawn is not changed, with one exception: a letter
//! for which no font was found becomes a drawing of the box that was shown in its place, and that is told.

mod content;
mod links;
mod missing;
mod outline;
mod pages;
mod resources;
mod structure;
mod unicode;
mod write;

use std::collections::{BTreeMap, HashSet};
use std::fmt;

use chrono::{DateTime, Utc};
use lopdf::{Object, ObjectId, Stream};

use super::gate::{self, Subject};
use super::xmp::{Metadata, one_line};
use super::{Error, Level, language};
use write::Written;

/// What the file says about itself, and how large it may be.
#[derive(Debug, Clone)]
pub struct PrintOptions {
    /// As the page has it; `address` stands in for an empty one.
    pub title: String,
    pub author: String,
    pub subject: String,
    /// Name and version of the program.
    pub software: String,
    /// Who printed, as `Chrome/148.0`.
    pub browser: String,
    pub created: DateTime<Utc>,
    /// Where the page was.
    pub address: String,
    /// Of a page that does not say it, as BCP 47 has it.
    pub language: Option<String>,
    pub limits: PrintLimits,
    /// What is tried, from the first on: [`PRINT_LEVELS`], or the rest of them where another judge wants a lower one.
    pub levels: &'static [&'static [Level]],
}

impl PrintOptions {
    pub fn new(title: &str, address: &str, software: &str, created: DateTime<Utc>) -> Self {
        Self {
            title: title.to_owned(),
            author: software.to_owned(),
            subject: address.to_owned(),
            software: software.to_owned(),
            browser: String::new(),
            created,
            address: address.to_owned(),
            language: None,
            limits: PrintLimits::default(),
            levels: PRINT_LEVELS,
        }
    }
}

/// How large a print may be. A larger one is printed as ranges of its pages, each a file of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PrintLimits {
    pub bytes: u64,
    pub pages: usize,
    /// Bytes that it takes to judge it, by [`memory`].
    pub memory: u64,
}

impl Default for PrintLimits {
    fn default() -> Self {
        Self {
            bytes: 32_000_000,
            pages: 500,
            memory: 130_000_000,
        }
    }
}

/// An object of a structure tree, as readers hold it.
const OBJECT: u64 = 5_000;

/// Bytes of memory that a print takes to be read and judged, estimated without reading it.
///
/// Measured: 35 MB with 5,500 objects 160 MB, 5 MB with 29,000 objects 160 MB, 25 MB with 29,000 objects 258 MB.
pub fn memory(pdf: &[u8]) -> u64 {
    let objects = pdf.windows(6).filter(|w| w == b"endobj").count();
    3 * pdf.len() as u64 + OBJECT * objects as u64
}

impl PrintLimits {
    /// Before anything is read of it.
    fn judge(&self, pdf: &[u8]) -> Result<(), Error> {
        let memory = memory(pdf);
        for (what, count, limit) in [
            ("bytes", pdf.len() as u64, self.bytes),
            ("bytes of memory to be judged in", memory, self.memory),
        ] {
            if count > limit {
                return Err(Error::PrintTooLarge { what, count, limit });
            }
        }
        Ok(())
    }

    /// Of a file that packs its objects together, which only reading tells.
    fn objects(&self) -> usize {
        usize::try_from(self.memory / OBJECT).unwrap_or(usize::MAX)
    }
}

/// What a print became.
#[derive(Debug, Clone)]
pub struct Printed {
    pub bytes: Vec<u8>,
    /// What it declares, and conforms to: 2a and UA-1, or 2a, 2u or 2b alone.
    pub levels: &'static [Level],
    pub pages: usize,
    /// Why no higher level was reached; empty at the highest.
    pub reasons: Vec<Reason>,
    /// What is not as the browser wrote it, and how often.
    pub changes: Vec<(Change, usize)>,
}

impl Printed {
    /// `PDF/A-2a, PDF/UA-1`.
    pub fn declared(&self) -> String {
        told(self.levels)
    }
}

fn told(levels: &[Level]) -> String {
    let levels: Vec<String> = levels.iter().map(ToString::to_string).collect();
    levels.join(", ")
}

/// One clause that a higher level asks for, and the print does not meet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// The level that was not reached.
    pub level: Level,
    /// Standard, clause and test number, as veraPDF counts them; `-` where the gate could not judge it.
    pub clause: String,
    pub message: String,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}", self.level, self.clause, self.message)
    }
}

/// What a conforming file cannot hold as the browser wrote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// A letter that no font has was drawn as the box that was shown for it (ISO 19005-2, 6.2.11.8).
    MissingGlyph,
    /// A link to a script, to data or to a file leads nowhere; its address stands beside it (6.5.1).
    DeadLink,
    /// A note, field or other thing upon the page that is no link (6.3.1).
    Annotation,
    /// A text of more bytes than a file may hold in one was cut (6.1.13).
    CutText,
    /// What is said to be a language is none (6.7.4).
    Language,
    /// A character that text may not have in PDF/A became one that stands for it (6.2.11.7.2).
    Character,
}

impl Change {
    /// As printed.
    pub fn words(self) -> &'static str {
        match self {
            Self::MissingGlyph => "letters that no font has are drawn as boxes",
            Self::DeadLink => "links to scripts, data or files lead nowhere",
            Self::Annotation => "things upon the page that are no links are left out",
            Self::CutText => "texts longer than a file may hold are cut",
            Self::Language => "names of languages that are none are left out",
            Self::Character => "characters that no text may have are replaced",
        }
    }
}

/// What a print may declare, from the highest down.
pub const PRINT_LEVELS: &[&[Level]] = &[
    &[Level::A2a, Level::Ua1],
    &[Level::A2a],
    &[Level::A2u],
    &[Level::A2b],
];

/// Makes it conforming, and says at which level. The same print and options give the same bytes.
///
/// # Errors
/// What is no PDF, cannot be read, or is over the limits; [`Error::NoLevel`] where even 2b is not reached.
pub fn conform(pdf: &[u8], options: &PrintOptions) -> Result<Printed, Error> {
    options.limits.judge(pdf)?;
    let mut print = Print::open(pdf)?;
    let pages = print.make(options)?;
    let metadata = print.metadata(options);
    let changes = std::mem::take(&mut print.changes);
    let mut written = print.write(metadata, options.limits.objects())?;
    let (levels, reasons) = climb(&mut written, options.levels)?;
    Ok(Printed {
        bytes: written.bytes,
        levels,
        pages,
        reasons,
        changes: changes.into_iter().collect(),
    })
}

/// Reasons that are told of one level; more say nothing new.
const MAX_REASONS: usize = 20;

/// Declares each level in turn, from the highest, until the gate agrees.
fn climb(
    written: &mut Written,
    from: &[&'static [Level]],
) -> Result<(&'static [Level], Vec<Reason>), Error> {
    let mut reasons: Vec<Reason> = Vec::new();
    for levels in from.iter().copied() {
        written.declare(levels);
        let judged = match gate::check_all(&written.bytes, levels) {
            // What it cannot judge of the structure is not asked for below.
            Err(Error::Unreadable { level, problem }) => {
                let unread = Reason {
                    level,
                    clause: "-".to_owned(),
                    message: problem,
                };
                reasons.push(unread);
                continue;
            }
            judged => judged?,
        };
        if judged.iter().all(|(_, found)| found.is_empty()) {
            return Ok((levels, reasons));
        }
        for (level, found) in judged {
            let known = |r: &Reason| r.level == level;
            if reasons.iter().any(known) {
                continue;
            }
            let told = found.iter().take(MAX_REASONS).map(|violation| Reason {
                level,
                clause: violation.clause().to_owned(),
                message: violation.message(),
            });
            reasons.extend(told);
        }
    }
    Err(Error::NoLevel { reasons })
}

/// A print under work.
struct Print<'a> {
    subject: Subject<'a>,
    changes: BTreeMap<Change, usize>,
    /// Of the document.
    language: String,
    /// The links that were kept.
    links: HashSet<ObjectId>,
}

impl<'a> Print<'a> {
    fn open(pdf: &'a [u8]) -> Result<Self, Error> {
        Ok(Self {
            subject: gate::open(pdf)?,
            changes: BTreeMap::new(),
            language: String::new(),
            links: HashSet::new(),
        })
    }

    /// Gives back how many pages there are.
    fn make(&mut self, options: &PrintOptions) -> Result<usize, Error> {
        self.language = self.own_language(options);
        self.clean_resources();
        let pages = self.pages(options.limits.pages)?;
        self.keep_links(&pages);
        self.keep_outline(&pages);
        self.frame(&pages);
        self.mend_structure()?;
        self.mark_content(&pages)?;
        self.mend_unicode()?;
        Ok(pages.len())
    }

    fn told(&mut self, change: Change, times: usize) {
        if times > 0 {
            *self.changes.entry(change).or_default() += times;
        }
    }

    fn own_language(&self, options: &PrintOptions) -> String {
        let said = self.subject.catalog().and_then(|c| self.text(c, b"Lang"));
        let said = said.and_then(|tag| language::regular(&tag));
        let given = options.language.as_deref().and_then(language::regular);
        said.or(given).unwrap_or_else(|| "sv".to_owned())
    }

    fn metadata(&self, options: &PrintOptions) -> Metadata {
        let title = one_line(&options.title);
        let producer = match options.browser.is_empty() {
            true => format!("{} (lopdf)", options.software),
            false => format!("{} (lopdf, {})", options.software, options.browser),
        };
        Metadata {
            title: match title.is_empty() {
                true => one_line(&options.address),
                false => title,
            },
            author: one_line(&options.author),
            subject: one_line(&options.subject),
            creator_tool: one_line(&options.software),
            producer: one_line(&producer),
            created: options.created,
            language: self.language.clone(),
            levels: &[],
        }
    }

    fn text(&self, dict: &lopdf::Dictionary, key: &[u8]) -> Option<String> {
        match self.subject.get(dict, key)? {
            text @ Object::String(..) => lopdf::decode_text_string(text).ok(),
            _ => None,
        }
    }

    fn unpacked(&self, stream: &Stream) -> Result<Vec<u8>, Error> {
        let data = self.subject.unpack(stream);
        // What does not unpack is told by the gate.
        data.map(Option::unwrap_or_default)
            .map_err(|stop| gate::stopped(self.subject.bytes, &stop))
    }

    fn dict_mut(&mut self, id: ObjectId) -> Option<&mut lopdf::Dictionary> {
        match self.subject.doc.objects.get_mut(&id)? {
            Object::Dictionary(dict) => Some(dict),
            Object::Stream(stream) => Some(&mut stream.dict),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
