//! Items flow onto pages: chains that stay together, page breaks, running header and footer.

use super::Error;
use super::canvas::{Artifact, Canvas, Image, Target};
use super::compose::{
    COLUMN, COLUMN_HEIGHT, Draw, HAIRLINE, INK, Item, LEFT, MUTED, PAGE_HEIGHT, TINT, TOP, WARNING,
    run, style,
};
use super::fonts::{Face, FontKey};
use super::paragraph::{Line, Run, lines};
use super::parts::Typesetter;
use super::shape::Glyph;
use super::xmp::one_line;

/// Bytes a page and a glyph add, on the large side.
const PAGE_BYTES: u64 = 900;
const GLYPH_BYTES: u64 = 3;
/// Twice what a link adds to the file: it takes the gate more than other bytes do.
const LINK_BYTES: u64 = 1_200;
/// Placing an emoji's picture.
const EMOJI_BYTES: u64 = 30;
/// What a line or a cell adds to the structure tree, if it is an element of its own.
const ELEMENT_BYTES: u64 = 150;
/// Pictures one part may hold: a reader's dictionaries have limits (ISO 19005-1, 6.1.12).
const MAX_PICTURES: usize = 4_000;

impl Typesetter<'_> {
    /// Puts the items on pages, chain by chain. Stops early when a trial has overflowed its part.
    pub fn place(&mut self, items: &[Item]) -> Result<(), Error> {
        let mut rest = items;
        while !rest.is_empty() && !self.overflow {
            let kept = rest.iter().take_while(|i| i.keep).count();
            let (chain, after) = rest.split_at((kept + 1).min(rest.len()));
            rest = after;
            let first = chain.first().map_or(0.0, |i| i.before);
            let height: f32 = chain.iter().map(|i| i.before + i.height).sum();
            let above = if self.at_top { first } else { 0.0 };
            if self.y + height - above > COLUMN_HEIGHT && height - first <= COLUMN_HEIGHT {
                self.turn_page(chain.first())?;
            }
            for item in chain {
                self.put(item)?;
            }
        }
        Ok(())
    }

    fn put(&mut self, item: &Item) -> Result<(), Error> {
        let before = if self.at_top { 0.0 } else { item.before };
        if self.y + before + item.height > COLUMN_HEIGHT + 0.01 && !self.at_top {
            self.turn_page(Some(item))?;
        }
        if let Draw::Picture { digest, .. } = &item.draw
            && self.forced
            && !self.seen.contains(&Image::Stored(*digest))
            && self.part_has_content
            && (self.bytes + self.picture_bytes(digest) > self.limits.bytes
                || self.seen.len() >= MAX_PICTURES)
        {
            self.next_part()?;
        }
        let before = if self.at_top { 0.0 } else { item.before };
        let top = self.y + before;
        self.account(item);
        if self.canvas.is_some() {
            self.draw(item, top, before)?;
            self.count_record_page(item);
        }
        if let Some(what) = item.begins {
            self.began(what, top);
        }
        self.y = top + item.height;
        if item.height > 0.0 {
            self.at_top = false;
            self.part_has_content |= self.in_threads;
        }
        Ok(())
    }

    fn count_record_page(&mut self, item: &Item) {
        let here = (self.part, self.page);
        if self.in_record && item.height > 0.0 && self.record_page != here {
            self.record_page = here;
            self.result.record_pages += 1;
        }
    }

    /// A new page; a table that goes on there gets its heading again.
    fn turn_page(&mut self, next: Option<&Item>) -> Result<(), Error> {
        self.next_page()?;
        match next.and_then(|item| item.heading.as_deref()) {
            Some(heading) => self.put(heading),
            None => Ok(()),
        }
    }

    fn picture_bytes(&self, digest: &crate::record::Digest) -> u64 {
        match self.pictures.known(digest) {
            Some(Ok(measured)) => measured.bytes,
            _ => 0,
        }
    }

    /// Counts what the item adds to the file.
    fn account(&mut self, item: &Item) {
        let line = |line: &Line| {
            let glyphs: usize = line.pieces.iter().map(|p| p.to - p.from).sum();
            let mut links: Vec<_> = line.pieces.iter().map(|p| p.style.link.as_ref()).collect();
            links.dedup();
            let links = links.into_iter().flatten();
            40 + ELEMENT_BYTES + glyphs as u64 * GLYPH_BYTES + links.count() as u64 * LINK_BYTES
        };
        self.bytes += match &item.draw {
            Draw::Lines(sets) | Draw::Leads { sets, .. } => {
                sets.iter().map(|s| line(&s.line)).sum()
            }
            Draw::Row { cells, of, .. } => {
                let words: u64 = cells.iter().map(|s| line(&s.line)).sum();
                words + (of.len() as u64 + 1) * ELEMENT_BYTES
            }
            Draw::Picture { digest, .. } => {
                let bytes = self.picture_bytes(digest);
                let image = Image::Stored(*digest);
                if self.seen.insert(image) {
                    self.journal.push(image);
                    bytes + ELEMENT_BYTES
                } else {
                    60 + ELEMENT_BYTES
                }
            }
            Draw::Nothing | Draw::Rule { .. } => 40,
        };
        self.account_emoji(item);
        if self.trial && (self.bytes > self.limits.bytes || self.seen.len() > MAX_PICTURES) {
            self.overflow = true;
        }
    }

    /// Counts the pictures of emoji in the item's lines; each stands in the file once.
    fn account_emoji(&mut self, item: &Item) {
        let sets = match &item.draw {
            Draw::Lines(sets) | Draw::Leads { sets, .. } | Draw::Row { cells: sets, .. } => sets,
            Draw::Nothing | Draw::Rule { .. } | Draw::Picture { .. } => return,
        };
        let pieces = sets.iter().flat_map(|s| &s.line.pieces);
        for piece in pieces.filter(|p| p.word.emoji) {
            let pictured = |g: &&Glyph| g.font == Some(FontKey::COLOUR);
            for glyph in piece.glyphs().iter().filter(pictured) {
                self.bytes += EMOJI_BYTES;
                let image = Image::Emoji(glyph.gid);
                if self.seen.insert(image) {
                    self.journal.push(image);
                    let picture = self.shaper.fonts.emoji_picture(glyph.gid);
                    self.bytes += picture.map_or(0, |p| p.content.len() as u64 + 400);
                }
            }
        }
    }

    pub fn next_page(&mut self) -> Result<(), Error> {
        let full = self.pages_so_far() >= self.limits.pages || self.bytes > self.limits.bytes;
        if self.forced && self.part_has_content && full {
            return self.next_part();
        }
        self.begin_page();
        if self.trial && self.pages_so_far() > self.limits.pages {
            self.overflow = true;
        }
        Ok(())
    }

    pub fn begin_page(&mut self) {
        self.page += 1;
        self.y = 0.0;
        self.at_top = true;
        self.bytes += PAGE_BYTES;
        if let Some(mut canvas) = self.canvas.take() {
            canvas.begin_page();
            self.furnish(&mut canvas);
            self.canvas = Some(canvas);
        }
    }

    fn one_line(&mut self, runs: &[Run], measure: f32) -> Option<Line> {
        lines(&mut self.shaper, runs, measure).into_iter().next()
    }

    /// Running header and footer; the cover has no header of its own.
    fn furnish(&mut self, canvas: &mut Canvas) {
        let small = style(Face::Regular, 7.8, MUTED);
        let right_edge = LEFT + COLUMN;
        if let Some(words) = self.running.restricted {
            let red = style(Face::Bold, 7.8, WARNING);
            if let Some(line) = self.one_line(&[run(words, &red)], COLUMN) {
                let x = LEFT + (COLUMN - line.width) / 2.0;
                canvas.furniture(&mut self.shaper, &line, x, 30.0, Artifact::Header);
            }
        }
        if self.page > 1 || self.front > 0 {
            let title = run(one_line(&self.running.title), &small);
            let owner = run(one_line(&self.running.owner), &small);
            if let Some(line) = self.one_line(&[title], COLUMN * 0.48) {
                let x = right_edge - line.width;
                canvas.furniture(&mut self.shaper, &line, x, 46.0, Artifact::Header);
            }
            if let Some(line) = self.one_line(&[owner], COLUMN * 0.48) {
                canvas.furniture(&mut self.shaper, &line, LEFT, 46.0, Artifact::Header);
            }
            canvas.fill(LEFT, 53.0, COLUMN, 0.5, HAIRLINE);
        }
        let foot = PAGE_HEIGHT - 40.0;
        canvas.fill(LEFT, foot - 14.0, COLUMN, 0.5, HAIRLINE);
        let mut left = self.running.foot.clone();
        if self.plan.pages.len() > 1 {
            left.push_str(&format!(
                " · del\u{a0}{} av\u{a0}{}",
                self.part,
                self.plan.pages.len()
            ));
        }
        let pages = self.plan.pages.get(self.part - 1).copied().unwrap_or(0);
        let right = format!("sida\u{a0}{} av\u{a0}{pages}", self.page + self.front);
        if let Some(line) = self.one_line(&[run(left, &small)], COLUMN) {
            canvas.furniture(&mut self.shaper, &line, LEFT, foot, Artifact::Footer);
        }
        let ink = style(Face::Regular, 7.8, INK);
        if let Some(line) = self.one_line(&[run(right, &ink)], COLUMN) {
            let x = right_edge - line.width;
            canvas.furniture(&mut self.shaper, &line, x, foot, Artifact::Footer);
        }
    }

    fn draw(&mut self, item: &Item, top: f32, before: f32) -> Result<(), Error> {
        let Some(mut canvas) = self.canvas.take() else {
            return Ok(());
        };
        let page_top = TOP + top;
        for band in item.bands.iter() {
            let from = if band.above {
                page_top - before
            } else {
                page_top
            };
            canvas.band(
                band.x,
                band.width,
                band.colour,
                from,
                page_top + item.height,
            );
        }
        match &item.draw {
            Draw::Nothing => {}
            Draw::Lines(sets) => {
                for set in sets {
                    let y = page_top + set.baseline;
                    canvas.line(&mut self.shaper, &set.line, set.x, y, &set.of);
                }
            }
            Draw::Leads { sets, to } => {
                let page = to.page.saturating_sub(1);
                let y = PAGE_HEIGHT - TOP - to.y;
                let (bottom, right) = (PAGE_HEIGHT - page_top - item.height, LEFT + COLUMN);
                for set in sets {
                    let y = page_top + set.baseline;
                    canvas.line(&mut self.shaper, &set.line, set.x, y, &set.of);
                }
                if let Some(set) = sets.first() {
                    let of = canvas.tree.place(&set.of);
                    let area = [LEFT, bottom, right, bottom + item.height];
                    canvas.link(area, Target::Place { page, y }, of);
                }
            }
            Draw::Rule {
                x,
                width,
                thickness,
                colour,
            } => canvas.fill(*x, page_top, *width, *thickness, *colour),
            Draw::Row {
                x,
                width,
                cells,
                of,
                header,
            } => {
                let again = of.first().is_some_and(|cell| canvas.tree.has(cell));
                if !again {
                    for cell in of {
                        canvas.tree.place(cell);
                    }
                }
                if *header {
                    canvas.fill(*x, page_top, *width, item.height, TINT);
                }
                canvas.fill(*x, page_top + item.height - 0.5, *width, 0.5, HAIRLINE);
                for set in cells {
                    let y = page_top + set.baseline;
                    if again {
                        let repeated = Artifact::Repeated;
                        canvas.furniture(&mut self.shaper, &set.line, set.x, y, repeated);
                    } else {
                        canvas.line(&mut self.shaper, &set.line, set.x, y, &set.of);
                    }
                }
            }
            Draw::Picture {
                x,
                width,
                height,
                digest,
                of,
            } => {
                if let Some(Ok(measured)) = self.pictures.known(digest) {
                    let index = canvas.place_image(Image::Stored(*digest));
                    canvas.picture(index, measured, *x, page_top, *width, *height, of);
                }
            }
        }
        self.canvas = Some(canvas);
        Ok(())
    }
}
