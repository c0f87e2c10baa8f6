//! Two passes over the document: the first finds pages and parts, the second writes them one at a time.
//!
//! Both run the same code over the same state, so that what was measured is what is written; a part's memory
//! is gone when it has been handed on.

use std::collections::{BTreeMap, HashSet};

use super::canvas::Canvas;
use super::compose::{Composer, Item};
use super::entry::drawn_depth;
use super::file::assemble;
use super::fonts::FontKey;
use super::picture::Pictures;
use super::shape::Shaper;
use super::xmp::{Metadata, one_line};
use super::{Error, Level, Options, Part, PostsDocument, Thread, Typeset, swedish};
use crate::calendar::local_time;
use crate::record::{Digest, RecordId};

/// What a part weighs before anything stands in it: fonts, profile, metadata.
const EMPTY_PART: u64 = 260_000;

/// What the first pass found.
#[derive(Default)]
pub struct Plan {
    /// Pages of each part.
    pub pages: Vec<usize>,
    /// Bytes of each part, estimated.
    bytes: Vec<u64>,
    /// Entries (thread, entry) that begin a new part.
    breaks: HashSet<(usize, usize)>,
    /// Entries larger than a part: they break where a page does.
    forced: HashSet<(usize, usize)>,
}

/// What a part may hold.
#[derive(Clone, Copy)]
pub struct Limits {
    pub pages: usize,
    pub bytes: u64,
}

impl Plan {
    /// Limits that give as many parts as this plan has, of about the same size: a short last part helps nobody,
    /// and judging a file takes memory in proportion to it.
    fn even(&self, limits: Limits) -> Option<Limits> {
        let parts = self.pages.len();
        let share = |total: u64| total / parts as u64 + total / parts as u64 / 20;
        (parts > 1).then(|| Limits {
            pages: limits
                .pages
                .min(share(self.pages.iter().sum::<usize>() as u64) as usize + 2),
            bytes: limits.bytes.min(share(self.bytes.iter().sum())),
        })
    }
}

/// The document under way, and where on which page of which part it is.
pub struct Typesetter<'a> {
    pub doc: &'a PostsDocument,
    pub options: &'a Options,
    pub limits: Limits,
    pub shaper: Shaper,
    pub pictures: Pictures,
    pub load: &'a mut dyn FnMut(&str) -> std::io::Result<Vec<u8>>,
    emit: &'a mut dyn FnMut(Part) -> std::io::Result<()>,
    pub plan: Plan,
    /// `Some` in the second pass.
    pub canvas: Option<Canvas>,
    writing: bool,
    /// Counted from 1.
    pub part: usize,
    pub page: usize,
    /// Points below the top of the column.
    pub y: f32,
    pub at_top: bool,
    pub bytes: u64,
    pub seen: HashSet<Digest>,
    pub journal: Vec<Digest>,
    pub trial: bool,
    pub overflow: bool,
    pub forced: bool,
    pub in_threads: bool,
    pub part_has_content: bool,
    outline: Vec<(String, usize)>,
    heading: Option<String>,
    substituted: BTreeMap<char, u64>,
    fonts: HashSet<FontKey>,
    result: Typeset,
}

/// Typesets the document as one or more PDF/A files and hands each on as soon as it is written.
///
/// `load` gives the bytes of a stored file by its path in the bag; it is asked once to measure a picture and
/// once to write it. `emit` takes each part.
///
/// # Errors
/// A picture that cannot be loaded, or that changed meanwhile; a part that cannot be written or handed on.
pub fn typeset_posts(
    doc: &PostsDocument,
    options: &Options,
    load: &mut dyn FnMut(&str) -> std::io::Result<Vec<u8>>,
    emit: &mut dyn FnMut(Part) -> std::io::Result<()>,
) -> Result<Typeset, Error> {
    let mut setter = Typesetter {
        doc,
        options,
        limits: Limits {
            pages: options.max_pages,
            bytes: options.max_bytes,
        },
        shaper: Shaper::new(&options.font_folders)?,
        pictures: Pictures::default(),
        load,
        emit,
        plan: Plan::default(),
        canvas: None,
        writing: false,
        part: 0,
        page: 0,
        y: 0.0,
        at_top: true,
        bytes: 0,
        seen: HashSet::new(),
        journal: Vec::new(),
        trial: false,
        overflow: false,
        forced: false,
        in_threads: false,
        part_has_content: false,
        outline: Vec::new(),
        heading: None,
        substituted: BTreeMap::new(),
        fonts: HashSet::new(),
        result: Typeset::default(),
    };
    setter.pass()?;
    setter.even_out()?;
    setter.writing = true;
    setter.part = 0;
    setter.pass()?;
    Ok(setter.finish())
}

/// Where a trial began.
#[derive(Clone, Copy)]
struct Place {
    page: usize,
    y: f32,
    at_top: bool,
    bytes: u64,
    pictures: usize,
    part_has_content: bool,
}

impl Typesetter<'_> {
    /// Plans anew with parts of equal size, unless that takes more of them.
    fn even_out(&mut self) -> Result<(), Error> {
        let Some(even) = self.plan.even(self.limits) else {
            return Ok(());
        };
        let whole = self.limits;
        let first = std::mem::take(&mut self.plan);
        self.limits = even;
        self.part = 0;
        self.pass()?;
        if self.plan.pages.len() > first.pages.len() {
            self.plan = first;
            self.limits = whole;
        }
        Ok(())
    }

    fn pass(&mut self) -> Result<(), Error> {
        self.start_part()?;
        let doc = self.doc;
        for (t, thread) in doc.threads.iter().enumerate() {
            if self.writing {
                for e in 0..thread.entries.len().max(1) {
                    self.write_entry(t, e, thread)?;
                }
            } else if !self.try_entries(t, 0..thread.entries.len().max(1), thread)? {
                for e in 0..thread.entries.len().max(1) {
                    if !self.try_entries(t, e..e + 1, thread)? {
                        self.plan.forced.insert((t, e));
                        self.write_entry(t, e, thread)?;
                    }
                }
            }
        }
        self.finish_part()
    }

    /// Measures entries that should stand in one part, beginning a new one if they do not fit this.
    /// `false`: not even an empty part holds them.
    fn try_entries(
        &mut self,
        t: usize,
        entries: std::ops::Range<usize>,
        thread: &Thread,
    ) -> Result<bool, Error> {
        for attempt in 0..2 {
            let place = self.here();
            self.trial = true;
            for e in entries.clone() {
                let items = self.compose(e, thread)?;
                self.place(&items)?;
                if self.overflow {
                    break;
                }
            }
            self.trial = false;
            if !std::mem::take(&mut self.overflow) {
                return Ok(true);
            }
            self.back_to(place);
            if attempt == 0 && self.part_has_content {
                self.plan.breaks.insert((t, entries.start));
                self.next_part()?;
            } else {
                break;
            }
        }
        Ok(false)
    }

    fn write_entry(&mut self, t: usize, e: usize, thread: &Thread) -> Result<(), Error> {
        if self.writing && self.plan.breaks.contains(&(t, e)) {
            self.next_part()?;
        }
        self.forced = self.plan.forced.contains(&(t, e));
        let items = self.compose(e, thread)?;
        self.heading = thread.entries.get(e).filter(|e| e.depth == 0).map(heading);
        self.place(&items)?;
        self.forced = false;
        Ok(())
    }

    fn compose(&mut self, e: usize, thread: &Thread) -> Result<Vec<Item>, Error> {
        let mut composer = Composer {
            shaper: &mut self.shaper,
            pictures: &mut self.pictures,
            items: Vec::new(),
            draw_pictures: self.options.pictures,
            load: &mut *self.load,
        };
        if e == 0
            && let Some(context) = &thread.context
        {
            composer.context(context);
        }
        if let Some(entry) = thread.entries.get(e) {
            let before = e.checked_sub(1).and_then(|b| thread.entries.get(b));
            let first = before.is_none_or(|b| drawn_depth(b) < drawn_depth(entry));
            composer.entry(entry, first)?;
        }
        Ok(composer.items)
    }

    fn here(&self) -> Place {
        Place {
            page: self.page,
            y: self.y,
            at_top: self.at_top,
            bytes: self.bytes,
            pictures: self.journal.len(),
            part_has_content: self.part_has_content,
        }
    }

    fn back_to(&mut self, place: Place) {
        for digest in self.journal.drain(place.pictures..) {
            self.seen.remove(&digest);
        }
        self.page = place.page;
        self.y = place.y;
        self.at_top = place.at_top;
        self.bytes = place.bytes;
        self.part_has_content = place.part_has_content;
    }

    pub fn next_part(&mut self) -> Result<(), Error> {
        self.finish_part()?;
        self.start_part()
    }

    fn start_part(&mut self) -> Result<(), Error> {
        self.part += 1;
        self.page = 0;
        self.bytes = EMPTY_PART;
        self.seen.clear();
        self.journal.clear();
        self.in_threads = false;
        self.part_has_content = false;
        if self.writing {
            self.canvas = Some(Canvas::new());
        }
        let (trial, forced) = (
            std::mem::take(&mut self.trial),
            std::mem::take(&mut self.forced),
        );
        self.begin_page();
        let items = self.cover();
        self.place(&items)?;
        if !self.doc.threads.is_empty() {
            self.begin_page();
        }
        (self.trial, self.forced) = (trial, forced);
        self.in_threads = true;
        Ok(())
    }

    fn finish_part(&mut self) -> Result<(), Error> {
        let Some(mut canvas) = self.canvas.take() else {
            self.plan.pages.push(self.page);
            self.plan.bytes.push(self.bytes);
            return Ok(());
        };
        canvas.end_page();
        let pages = canvas.pages.len();
        if self.plan.pages.get(self.part - 1) != Some(&pages) {
            return Err(Error::Unstable { part: self.part });
        }
        for (c, n) in std::mem::take(&mut canvas.substituted) {
            *self.substituted.entry(c).or_default() += n;
        }
        self.fonts.extend(canvas.embeds.used());
        let metadata = self.metadata();
        let outline = std::mem::take(&mut self.outline);
        let (pictures, load) = (&self.pictures, &mut *self.load);
        let bytes = assemble(
            canvas,
            &self.shaper.fonts,
            &metadata,
            &outline,
            self.part,
            &mut |digest| pictures.stream(digest, load),
        )?;
        let part = Part {
            number: self.part,
            of: self.plan.pages.len(),
            pages,
            bytes,
            level: Level::A1b,
        };
        (self.emit)(part).map_err(|source| Error::Emit {
            part: self.part,
            source,
        })
    }

    /// A record's first item stands on this page.
    pub fn began(&mut self, record: RecordId) {
        if self.writing {
            self.result.pages.push((record, self.part, self.page));
            if let Some(heading) = self.heading.take() {
                self.outline.push((heading, self.page.saturating_sub(1)));
            }
        }
    }

    pub fn writing(&self) -> bool {
        self.writing
    }

    fn metadata(&self) -> Metadata {
        let doc = self.doc;
        let mut title = format!(
            "{} – inlägg och kommentarer, ögonblicksbild {}",
            doc.account_name,
            local_time(doc.taken)
        );
        if self.plan.pages.len() > 1 {
            title.push_str(&format!(
                " (del {} av {})",
                self.part,
                self.plan.pages.len()
            ));
        }
        let tool = format!("{} {}", doc.software.name, doc.software.version);
        Metadata {
            title: one_line(&title),
            author: one_line(&format!("{}, {}", doc.organisation, doc.committee)),
            subject: one_line(&format!(
                "{} på {} ({})",
                doc.account_name,
                doc.address,
                swedish::platform(doc.platform)
            )),
            creator_tool: one_line(&tool),
            producer: one_line(&format!("{tool} (printpdf, lopdf)")),
            created: doc.taken,
            level: Level::A1b,
        }
    }

    fn finish(self) -> Typeset {
        let mut fonts: Vec<FontKey> = self.fonts.into_iter().collect();
        fonts.sort();
        Typeset {
            parts: self.plan.pages.len(),
            substituted: self.substituted.into_iter().collect(),
            pictures_not_drawn: self.pictures.not_drawn(),
            fonts: fonts
                .into_iter()
                .filter_map(|f| self.shaper.fonts.used(f))
                .collect(),
            ..self.result
        }
    }
}

/// A post's line among the bookmarks.
fn heading(entry: &super::Entry) -> String {
    let when = entry.published.map(local_time).unwrap_or_default();
    let title = entry.content.title.clone().unwrap_or_default();
    let words = if title.trim().is_empty() {
        let text = entry.content.plain_text();
        let mut short: String = text.chars().take(60).collect();
        if short.len() < text.len() {
            short.push('…');
        }
        short
    } else {
        title
    };
    one_line(&format!("{when} {words}"))
}
