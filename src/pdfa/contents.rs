//! The table of contents of a part: a line a post, with its page, that leads there.
//!
//! A line has one height, so that the first pass knows how many pages the table takes before it is set.

use super::Error;
use super::compose;
use super::compose::{
    COLUMN, Composer, Draw, Frame, INK, Item, LEFT, Place, Set, baseline, run, style,
};
use super::fonts::Face;
use super::parts::Typesetter;
use super::tags::{Element, Tag};

/// What can be found without a table.
const FEW: usize = 10;
const LEADING: f32 = 14.0;
/// Lines that the heading takes.
const HEADING: usize = 2;
/// Bytes that a line adds to the file, on the large side.
pub const BYTES: u64 = 900;
/// What a page number needs.
const NUMBERS: f32 = 34.0;

pub fn wanted(listed: usize) -> bool {
    listed > FEW
}

/// Pages of the table for so many posts.
pub fn pages(wanted: bool, posts: usize) -> usize {
    if !wanted || posts == 0 {
        return 0;
    }
    let lines_a_page = (compose::COLUMN_HEIGHT / LEADING) as usize;
    (posts + HEADING).div_ceil(lines_a_page)
}

impl Typesetter<'_> {
    /// Sets the table of this part's posts, as the first pass found them, on pages of its own after the cover.
    pub fn set_contents(&mut self) -> Result<(), Error> {
        let posts = self.plan.begun.get_mut(self.part - 1);
        let posts = posts.map(std::mem::take).unwrap_or_default();
        let pages = pages(self.has_contents, posts.len());
        if pages == 0 {
            return Ok(());
        }
        let entries: Vec<(String, Place)> = posts
            .iter()
            .map(|begun| {
                let mut place = begun.place;
                place.page += pages;
                (self.heading(begun.piece), place)
            })
            .collect();
        let (bytes, cover) = (self.bytes, self.page);
        self.begin_page();
        let mut composer = self.composer(Element::within(&self.root, Tag::Section));
        composer.contents(entries);
        let items = composer.items;
        self.place(&items)?;
        self.front = self.page - cover;
        self.page = cover;
        self.bytes = bytes;
        if self.front != pages {
            return Err(Error::Unstable { part: self.part });
        }
        Ok(())
    }
}

impl Composer<'_> {
    fn contents(&mut self, entries: Vec<(String, Place)>) {
        let frame = Frame {
            x: LEFT,
            measure: COLUMN,
            size: 9.6,
            bands: [].into(),
        };
        let mut set = frame.setting(Tag::Heading(2), 0.0);
        set.leading = LEADING * HEADING as f32;
        set.keep = true;
        self.paragraph(&[run("Innehåll", &style(Face::Bold, 13.0, INK))], &set);
        self.open(Tag::Contents);
        let look = style(Face::Regular, 9.6, INK);
        for (title, to) in entries {
            let item = self.element(Tag::ContentsItem);
            let reference = Element::within(&item, Tag::Reference);
            let of = Element::within(&reference, Tag::Link);
            let mut sets = Vec::new();
            let mut title = title;
            let mut lines = self.lines(&[run(title.as_str(), &look)], COLUMN - NUMBERS);
            while lines.len() > 1 {
                let keep = title.chars().count() * 9 / 10;
                title = title.chars().take(keep).collect();
                title.truncate(
                    title
                        .rfind(' ')
                        .filter(|at| *at > 30)
                        .unwrap_or(title.len()),
                );
                let short = format!("{} …", title.trim_end());
                lines = self.lines(&[run(short, &look)], COLUMN - NUMBERS);
            }
            // The space keeps the number apart from the words where only text is read.
            let title = lines.into_iter().next().map(|line| (LEFT, line));
            let number = self.lines(&[run(format!(" {}", to.page), &look)], NUMBERS);
            let number = number.into_iter().next();
            let number = number.map(|line| (LEFT + COLUMN - line.width, line));
            for (x, line) in title.into_iter().chain(number) {
                sets.push(Set {
                    x,
                    baseline: baseline(LEADING),
                    line,
                    of: of.clone(),
                });
            }
            self.items.push(Item {
                before: 0.0,
                height: LEADING,
                keep: false,
                draw: Draw::Leads { sets, to },
                bands: [].into(),
                begins: None,
                heading: None,
            });
        }
    }
}
