//! Two passes over the document: the first finds pages and parts, the second writes them one at a time.
//!
//! Both run the same code over the same state, so that what was measured is what is written; a part's memory
//! is gone when it has been handed on.

use std::collections::{BTreeMap, HashSet};
use std::rc::Rc;

use super::canvas::{Canvas, Image};
use super::compose::{Composer, Item, Place};
use super::contents;
use super::entry::drawn_depth;
use super::file::assemble;
use super::fonts::FontKey;
use super::picture::Pictures;
use super::shape::Shaper;
use super::tags::{Element, Tag};
use super::xmp::{Metadata, one_line};
use super::{Error, Level, Options, Part, PostsDocument, Thread, Typeset, swedish};
use crate::calendar::local_time;
use crate::record::RecordId;

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
    /// The posts of each part, for its table of contents.
    pub posts: Vec<Vec<Begun>>,
}

/// A post that begins in a part: thread and entry, and the place without the table of contents before it.
#[derive(Clone, Copy)]
pub struct Begun {
    pub post: (usize, usize),
    pub place: Place,
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
    pub seen: HashSet<Image>,
    pub journal: Vec<Image>,
    pub trial: bool,
    pub overflow: bool,
    pub forced: bool,
    pub in_threads: bool,
    pub part_has_content: bool,
    /// Pages of the table of contents before this one; known only in the second pass.
    pub front: usize,
    /// Posts that have begun in this part.
    pub begun: Vec<Begun>,
    /// The post whose first item comes next.
    post: Option<(usize, usize)>,
    /// Whether the parts have a table of contents.
    pub has_contents: bool,
    /// The document in the structure tree.
    pub root: Rc<Element>,
    /// All posts, below the document.
    body: Rc<Element>,
    /// The entries that the next may answer, with their depths.
    above: Vec<(usize, Rc<Element>)>,
    outline: Vec<(String, usize)>,
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
    let root = Element::document();
    let mut shaper = Shaper::new(&options.font_folders)?;
    if !options.pictures {
        shaper.fonts.without_colour();
    }
    let mut setter = Typesetter {
        doc,
        options,
        limits: Limits {
            pages: options.max_pages,
            bytes: options.max_bytes,
        },
        shaper,
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
        front: 0,
        begun: Vec::new(),
        post: None,
        has_contents: contents::wanted(doc),
        body: Element::within(&root, Tag::Section),
        root,
        above: Vec::new(),
        outline: Vec::new(),
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
struct Point {
    page: usize,
    y: f32,
    at_top: bool,
    bytes: u64,
    pictures: usize,
    begun: usize,
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
                let items = self.compose((t, e), thread)?;
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
        let items = self.compose((t, e), thread)?;
        self.place(&items)?;
        self.forced = false;
        Ok(())
    }

    fn compose(&mut self, (t, e): (usize, usize), thread: &Thread) -> Result<Vec<Item>, Error> {
        let entry = thread.entries.get(e);
        self.post = entry.filter(|e| e.depth == 0).map(|_| (t, e));
        if e == 0 {
            self.above.clear();
            if thread.context.is_some() {
                self.above
                    .push((0, Element::within(&self.body, Tag::Article)));
            }
        }
        let around = self.above.last().map(|(_, a)| Rc::clone(a));
        let mut composer = Composer {
            shaper: &mut self.shaper,
            pictures: &mut self.pictures,
            items: Vec::new(),
            within: around.unwrap_or_else(|| Rc::clone(&self.body)),
            draw_pictures: self.options.pictures,
            language: None,
            own_words: false,
            load: &mut *self.load,
        };
        if e == 0
            && let Some(context) = &thread.context
        {
            composer.context(context);
        }
        if let Some(entry) = entry {
            let depth = drawn_depth(entry);
            while self.above.last().is_some_and(|(d, _)| *d >= depth) {
                self.above.pop();
            }
            let around = self.above.last().map_or(&self.body, |(_, a)| a);
            composer.within = Element::within(around, Tag::Article);
            self.above.push((depth, Rc::clone(&composer.within)));
            let before = e.checked_sub(1).and_then(|b| thread.entries.get(b));
            let first = before.is_none_or(|b| drawn_depth(b) < drawn_depth(entry));
            composer.entry(entry, first)?;
        }
        Ok(composer.items)
    }

    fn here(&self) -> Point {
        Point {
            page: self.page,
            y: self.y,
            at_top: self.at_top,
            bytes: self.bytes,
            pictures: self.journal.len(),
            begun: self.begun.len(),
            part_has_content: self.part_has_content,
        }
    }

    fn back_to(&mut self, place: Point) {
        for image in self.journal.drain(place.pictures..) {
            self.seen.remove(&image);
        }
        self.begun.truncate(place.begun);
        self.post = None;
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
        self.front = 0;
        self.begun.clear();
        self.bytes = EMPTY_PART;
        self.seen.clear();
        self.journal.clear();
        self.in_threads = false;
        self.part_has_content = false;
        if self.writing {
            self.canvas = Some(Canvas::new(self.options.tagged));
        }
        let (trial, forced) = (
            std::mem::take(&mut self.trial),
            std::mem::take(&mut self.forced),
        );
        self.begin_page();
        let items = self.cover();
        self.place(&items)?;
        if self.writing {
            self.set_contents()?;
        }
        if !self.doc.threads.is_empty() {
            self.begin_page();
        }
        (self.trial, self.forced) = (trial, forced);
        self.in_threads = true;
        Ok(())
    }

    fn finish_part(&mut self) -> Result<(), Error> {
        let Some(mut canvas) = self.canvas.take() else {
            self.plan.pages.push(self.pages_so_far());
            self.plan.posts.push(std::mem::take(&mut self.begun));
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
        if canvas.images.iter().any(|i| matches!(i, Image::Emoji(_))) {
            self.fonts.insert(FontKey::COLOUR);
        }
        let metadata = self.metadata();
        let outline = std::mem::take(&mut self.outline);
        let (pictures, load) = (&self.pictures, &mut *self.load);
        let fonts = &self.shaper.fonts;
        let bytes = assemble(
            canvas,
            fonts,
            &metadata,
            &outline,
            self.part,
            &mut |image| match image {
                Image::Stored(digest) => pictures.stream(digest, load),
                Image::Emoji(gid) => Ok(fonts.emoji_picture(*gid).cloned()),
            },
        )?;
        let part = Part {
            number: self.part,
            of: self.plan.pages.len(),
            pages,
            bytes,
            levels: self.levels(),
        };
        (self.emit)(part).map_err(|source| Error::Emit {
            part: self.part,
            source,
        })
    }

    /// A record's first item stands on this page, so far from the top of the column.
    pub fn began(&mut self, record: RecordId, y: f32) {
        let page = self.page + self.front;
        if self.writing {
            self.result.pages.push((record, self.part, page));
        }
        let Some(post) = self.post.take() else {
            return;
        };
        let place = Place { page: self.page, y };
        self.begun.push(Begun { post, place });
        self.bytes += contents::BYTES;
        if self.trial && self.pages_so_far() > self.limits.pages {
            self.overflow = true;
        }
        if self.writing {
            let heading = self.heading(post);
            self.outline.push((heading, page.saturating_sub(1)));
        }
    }

    /// Pages of this part up to here, with those of its table of contents.
    pub fn pages_so_far(&self) -> usize {
        self.page + contents::pages(self.has_contents, self.begun.len())
    }

    /// A post's line among the bookmarks and in the table of contents.
    pub fn heading(&self, (t, e): (usize, usize)) -> String {
        let thread = self.doc.threads.get(t);
        let entry = thread.and_then(|t| t.entries.get(e));
        entry.map(heading).unwrap_or_default()
    }

    /// What the parts declare.
    pub fn levels(&self) -> &'static [Level] {
        if self.options.tagged {
            &[Level::A1a, Level::Ua1]
        } else {
            &[Level::A1b]
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
            levels: self.levels(),
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
    let (text, most) = if title.trim().is_empty() {
        (entry.content.plain_text(), 60)
    } else {
        (title, 200)
    };
    let mut words: String = text.chars().take(most).collect();
    if words.len() < text.len() {
        words.push('…');
    }
    let line = one_line(&format!("{when} {words}"));
    if line.is_empty() {
        return swedish::kind(entry.kind).to_owned();
    }
    line
}
