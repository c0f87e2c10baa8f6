//! Two passes over the document: the first finds pages and parts, the second writes them one at a time.
//!
//! Both run the same code over the same state, so that what was measured is what is written; a part's memory
//! is gone when it has been handed on.

use std::collections::{BTreeMap, HashSet};
use std::rc::Rc;

use super::canvas::{Canvas, Image};
use super::compose::{Begins, Composer, Item, Place};
use super::contents;
use super::entry::Above;
use super::file::assemble;
use super::fonts::FontKey;
use super::picture::Pictures;
use super::shape::Shaper;
use super::source::{PartOf, Running, Section, Source};
use super::tags::{Element, Tag};
use super::{Error, Level, Options, Part, Typeset};

/// What a part weighs before anything stands in it: fonts, profile, metadata.
const EMPTY_PART: u64 = 260_000;

/// What the first pass found.
#[derive(Default)]
pub struct Plan {
    /// Pages of each part.
    pub pages: Vec<usize>,
    /// Bytes of each part, estimated.
    bytes: Vec<u64>,
    /// Pieces (section, piece) that begin a new part.
    breaks: HashSet<(usize, usize)>,
    /// Pieces larger than a part: they break where a page does.
    forced: HashSet<(usize, usize)>,
    /// What begins in each part, for its table of contents.
    pub begun: Vec<Vec<Begun>>,
}

/// What begins in a part: section and piece, and the place without the table of contents before it.
#[derive(Clone, Copy)]
pub struct Begun {
    pub piece: (usize, usize),
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
    pub source: &'a dyn Source,
    pub running: Running,
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
    pub in_record: bool,
    pub part_has_content: bool,
    /// Pages of the table of contents before this one; known only in the second pass.
    pub front: usize,
    /// What has begun in this part.
    pub begun: Vec<Begun>,
    /// What the table of contents lists and whose first item comes next, with its line there.
    listed: Option<((usize, usize), String)>,
    /// Whether the parts have a table of contents.
    pub has_contents: bool,
    /// The document in the structure tree.
    pub root: Rc<Element>,
    /// All sections, below the document.
    body: Rc<Element>,
    above: Above,
    outline: Vec<(String, usize)>,
    substituted: BTreeMap<char, u64>,
    fonts: HashSet<FontKey>,
    /// The newest page, of which part, that something of a record stands on.
    pub record_page: (usize, usize),
    pub result: Typeset,
}

/// Typesets a document as one or more PDF/A files and hands each on as soon as it is written.
///
/// `load` gives the bytes of a stored file by its path in the bag; it is asked once to measure a picture and
/// once to write it. `emit` takes each part.
pub fn typeset(
    source: &dyn Source,
    options: &Options,
    load: &mut dyn FnMut(&str) -> std::io::Result<Vec<u8>>,
    emit: &mut dyn FnMut(Part) -> std::io::Result<()>,
) -> Result<Typeset, Error> {
    let root = Element::document();
    let mut shaper = Shaper::new(&options.system_fonts)?;
    if !options.pictures {
        shaper.fonts.without_colour();
    }
    let mut setter = Typesetter {
        source,
        running: source.running(),
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
        in_record: false,
        part_has_content: false,
        front: 0,
        begun: Vec::new(),
        listed: None,
        has_contents: contents::wanted(source.listed()),
        body: Element::within(&root, Tag::Section),
        root,
        above: Above::default(),
        outline: Vec::new(),
        substituted: BTreeMap::new(),
        fonts: HashSet::new(),
        record_page: (0, 0),
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
        let source = self.source;
        for s in 0..source.count() {
            let section = source.section(s);
            let pieces = section.len();
            if self.writing {
                for e in 0..pieces {
                    self.write_piece(s, e, &section)?;
                }
            } else if !self.try_pieces(s, 0..pieces, &section)? {
                for e in 0..pieces {
                    if !self.try_pieces(s, e..e + 1, &section)? {
                        self.plan.forced.insert((s, e));
                        self.write_piece(s, e, &section)?;
                    }
                }
            }
        }
        self.finish_part()
    }

    /// Measures entries that should stand in one part, beginning a new one if they do not fit this.
    /// `false`: not even an empty part holds them.
    fn try_pieces(
        &mut self,
        s: usize,
        pieces: std::ops::Range<usize>,
        section: &Section<'_>,
    ) -> Result<bool, Error> {
        for attempt in 0..2 {
            let place = self.here();
            self.trial = true;
            for e in pieces.clone() {
                let items = self.compose((s, e), section)?;
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
                self.plan.breaks.insert((s, pieces.start));
                self.next_part()?;
            } else {
                break;
            }
        }
        Ok(false)
    }

    fn write_piece(&mut self, s: usize, e: usize, section: &Section<'_>) -> Result<(), Error> {
        if self.writing && self.plan.breaks.contains(&(s, e)) {
            self.next_part()?;
        }
        self.forced = self.plan.forced.contains(&(s, e));
        let items = self.compose((s, e), section)?;
        self.in_record = section.is_record();
        self.place(&items)?;
        (self.forced, self.in_record) = (false, false);
        Ok(())
    }

    fn compose(
        &mut self,
        (s, e): (usize, usize),
        section: &Section<'_>,
    ) -> Result<Vec<Item>, Error> {
        self.listed = section.heading(e).map(|heading| ((s, e), heading));
        let mut above = std::mem::take(&mut self.above);
        let composer = self.composer(Rc::clone(&self.body));
        let items = match section {
            Section::Thread(thread) => composer.threaded(thread, e, &mut above),
            Section::Chapter(chapter) => composer.chapter(chapter),
            Section::Plate(plate) => composer.plate(plate),
            Section::Nothing => Ok(Vec::new()),
        };
        self.above = above;
        items
    }

    /// Makes items within an element.
    pub fn composer(&mut self, within: Rc<Element>) -> Composer<'_> {
        Composer {
            shaper: &mut self.shaper,
            pictures: &mut self.pictures,
            items: Vec::new(),
            within,
            draw_pictures: self.options.pictures,
            language: None,
            own_words: false,
            load: &mut *self.load,
        }
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
        self.listed = None;
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
        let [trial, forced, in_record] =
            [&mut self.trial, &mut self.forced, &mut self.in_record].map(std::mem::take);
        self.begin_page();
        let part = self.part_of();
        let source = self.source;
        let mut composer = self.composer(Element::within(&self.root, Tag::Section));
        source.cover(part, &mut composer)?;
        let items = composer.items;
        self.place(&items)?;
        if self.writing {
            self.set_contents()?;
        }
        if self.source.count() > 0 && (self.running.cover_alone || self.has_contents) {
            self.begin_page();
        }
        (self.trial, self.forced, self.in_record) = (trial, forced, in_record);
        self.in_threads = true;
        Ok(())
    }

    fn finish_part(&mut self) -> Result<(), Error> {
        let Some(mut canvas) = self.canvas.take() else {
            self.plan.pages.push(self.pages_so_far());
            self.plan.begun.push(std::mem::take(&mut self.begun));
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
        let metadata = self.source.metadata(self.part_of());
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

    /// A first item stands on this page, so far from the top of the column.
    pub fn began(&mut self, what: Begins, y: f32) {
        let page = self.page + self.front;
        if self.writing
            && let Begins::Record(record) = what
        {
            self.result.pages.push((record, self.part, page));
        }
        let Some((piece, heading)) = self.listed.take() else {
            return;
        };
        let place = Place { page: self.page, y };
        self.begun.push(Begun { piece, place });
        self.bytes += contents::BYTES;
        if self.trial && self.pages_so_far() > self.limits.pages {
            self.overflow = true;
        }
        if self.writing {
            self.outline.push((heading, page.saturating_sub(1)));
        }
    }

    /// Pages of this part up to here, with those of its table of contents.
    pub fn pages_so_far(&self) -> usize {
        self.page + contents::pages(self.has_contents, self.begun.len())
    }

    /// The line of a piece in the table of contents.
    pub fn heading(&self, (s, e): (usize, usize)) -> String {
        self.source.section(s).heading(e).unwrap_or_default()
    }

    /// Until parts are written, how many there are is not known.
    fn part_of(&self) -> PartOf {
        PartOf {
            part: self.part,
            of: if self.writing {
                self.plan.pages.len()
            } else {
                1
            },
            levels: self.levels(),
        }
    }

    /// What the parts declare.
    fn levels(&self) -> &'static [Level] {
        if self.options.tagged {
            &[Level::A1a, Level::Ua1]
        } else {
            &[Level::A1b]
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
