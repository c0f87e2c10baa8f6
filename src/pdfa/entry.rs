//! One post or comment: its head (author, time, marks), its blocks, its media.

use std::collections::HashSet;
use std::rc::Rc;

use super::compose::{
    ACCENT, Band, Begins, COLUMN, Composer, EDITED_TINT, Frame, HAIRLINE, INK, Item, LEFT, MUTED,
    NEW_TINT, WARNING_TINT, run, style,
};
use super::fonts::Face;
use super::language::stated;
use super::paragraph::{Run, Style};
use super::spans::{clickable, named};
use super::tags::{Element, Tag};
use super::{Context, Entry, Error, Mark, Thread, swedish};
use crate::calendar::local_time;

/// Points a comment moves in for each level, down to the level where it stops.
const STEP: f32 = 17.0;
const DEEPEST: usize = 8;
/// A context shows no more than this many characters.
const CONTEXT_LENGTH: usize = 280;

/// The entries that the next may answer, with their depths.
#[derive(Default)]
pub struct Above(Vec<(usize, Rc<Element>)>);

impl Composer<'_> {
    /// An entry of a thread, in the structure below what it answers; the first brings the thread's context.
    pub fn threaded(
        mut self,
        thread: &Thread,
        place: usize,
        Above(above): &mut Above,
    ) -> Result<Vec<Item>, Error> {
        let body = Rc::clone(&self.within);
        if place == 0 {
            above.clear();
            if thread.context.is_some() {
                above.push((0, Element::within(&body, Tag::Article)));
            }
        }
        if let Some((_, around)) = above.last() {
            self.within = Rc::clone(around);
        }
        if place == 0
            && let Some(context) = &thread.context
        {
            self.context(context);
        }
        if let Some(entry) = thread.entries.get(place) {
            let depth = drawn_depth(entry);
            while above.last().is_some_and(|(d, _)| *d >= depth) {
                above.pop();
            }
            let around = above.last().map_or(&body, |(_, a)| a);
            self.within = Element::within(around, Tag::Article);
            above.push((depth, Rc::clone(&self.within)));
            let before = place.checked_sub(1).and_then(|b| thread.entries.get(b));
            let first = before.is_none_or(|b| drawn_depth(b) < drawn_depth(entry));
            self.entry(entry, first)?;
        }
        Ok(self.items)
    }

    /// A post that lies elsewhere, in brief.
    fn context(&mut self, context: &Context) {
        self.rule(LEFT, COLUMN, 1.2, ACCENT, 24.0);
        let frame = Frame {
            x: LEFT,
            measure: COLUMN,
            size: 9.0,
            bands: Rc::from([]),
        };
        let mut set = frame.setting(Tag::Paragraph, 7.0);
        set.keep = true;
        if context.title.is_none() {
            set.tag = Tag::Heading(2);
        }
        self.paragraph(
            &[run(
                "Svar på ett inlägg som inte ingår i den här handlingen",
                &style(Face::Bold, 8.0, MUTED),
            )],
            &set,
        );
        set.before = 2.0;
        set.tag = Tag::Paragraph;
        if let Some(title) = &context.title {
            set.tag = Tag::Heading(2);
            self.paragraph(&[run(title.as_str(), &style(Face::Bold, 11.5, INK))], &set);
            set.tag = Tag::Paragraph;
        }
        let mut by: Vec<String> = context.author.iter().cloned().collect();
        by.extend(context.published.map(local_time));
        if !by.is_empty() {
            self.paragraph(
                &[run(by.join(" · "), &style(Face::Regular, 8.5, MUTED))],
                &set,
            );
        }
        let mut text: String = context
            .text
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        if let Some((cut, _)) = text.char_indices().nth(CONTEXT_LENGTH) {
            text.truncate(cut);
            text.truncate(text.rfind(' ').unwrap_or(cut));
            text.push_str(" …");
        }
        if !text.is_empty() {
            self.paragraph(&[run(text, &style(Face::Italic, 9.0, MUTED))], &set);
        }
        if let Some(link) = &context.permalink {
            self.address(link, &frame, true);
        }
    }

    fn entry(&mut self, entry: &Entry, first: bool) -> Result<(), Error> {
        let start = self.items.len();
        self.language = entry.content.language.as_deref().and_then(stated);
        let frame = if entry.depth == 0 {
            self.post_head(entry)
        } else {
            self.comment_head(entry)
        };
        self.own_words = true;
        self.body(entry, &frame)?;
        self.own_words = false;
        if first && entry.depth > 0 {
            self.begin_band(start);
        }
        if let Some(item) = self.items.get_mut(start) {
            item.begins = Some(Begins::Record(entry.record));
        }
        // The last lines of a head stay with what it is the head of, also when nothing follows.
        if let Some(item) = self.items.last_mut() {
            item.keep = false;
        }
        Ok(())
    }

    fn post_head(&mut self, entry: &Entry) -> Frame {
        self.rule(LEFT, COLUMN, 1.2, ACCENT, 26.0);
        let frame = Frame {
            x: LEFT,
            measure: COLUMN,
            size: 10.0,
            bands: Rc::from([]),
        };
        let mut set = frame.setting(Tag::Paragraph, 7.0);
        set.keep = true;
        set.leading = 12.5;
        let mut runs = vec![run(
            swedish::kind(entry.kind),
            &style(Face::Bold, 8.0, ACCENT),
        )];
        marks(entry, &mut runs);
        self.paragraph(&runs, &set);
        if let Some(title) = named(entry.content.title.as_deref()) {
            let mut set = frame.setting(Tag::Heading(2), 1.5);
            set.keep = true;
            set.leading = 20.5;
            self.own_words = true;
            self.paragraph(&[run(title, &style(Face::Bold, 15.5, INK))], &set);
            self.own_words = false;
        }
        let mut runs = Vec::new();
        if let Some(author) = &entry.content.author {
            runs.push(run(author.name.trim(), &style(Face::Bold, 9.0, INK)));
            runs.push(run("  ", &style(Face::Regular, 9.0, MUTED)));
        }
        runs.push(run(times(entry), &style(Face::Regular, 9.0, MUTED)));
        // Each post has a heading to find it by; without a title it is who wrote it and when.
        let tag = match named(entry.content.title.as_deref()) {
            Some(_) => Tag::Paragraph,
            None => Tag::Heading(2),
        };
        let mut set = frame.setting(tag, 2.0);
        set.keep = true;
        set.leading = 13.0;
        self.paragraph(&runs, &set);
        if let Some(link) = &entry.permalink {
            self.address(link, &frame, true);
        }
        frame
    }

    fn comment_head(&mut self, entry: &Entry) -> Frame {
        let depth = drawn_depth(entry);
        let bands: Vec<Band> = (1..=depth)
            .map(|level| Band {
                x: LEFT + level as f32 * STEP - 11.0,
                width: 0.8,
                colour: HAIRLINE,
                above: true,
            })
            .collect();
        let by = depth as f32 * STEP;
        let frame = Frame {
            x: LEFT + by,
            measure: COLUMN - by,
            size: 9.3,
            bands: bands.into(),
        };
        let mut runs = Vec::new();
        let author = entry.content.author.as_ref().map(|a| a.name.trim());
        let name = named(author).unwrap_or("Utan namn");
        runs.push(run(name, &style(Face::Bold, 9.0, INK)));
        let mut what = format!("  {}", times(entry));
        if entry.depth > DEEPEST {
            what.push_str(&format!(" · nivå\u{a0}{}", entry.depth));
        }
        runs.push(run(what, &style(Face::Regular, 8.0, MUTED)));
        marks(entry, &mut runs);
        let mut set = frame.setting(Tag::Heading(3), 11.0);
        set.keep = true;
        set.leading = 13.0;
        self.paragraph(&runs, &set);
        if let Some(title) = named(entry.content.title.as_deref()) {
            let mut set = frame.setting(Tag::Heading(4), 1.0);
            set.keep = true;
            self.own_words = true;
            self.paragraph(&[run(title, &style(Face::Bold, 10.0, INK))], &set);
            self.own_words = false;
        }
        if let Some(link) = &entry.permalink {
            self.address(link, &frame, true);
        }
        frame
    }

    /// An address in small print that can be clicked.
    pub fn address(&mut self, address: &str, frame: &Frame, keep: bool) {
        let mut look = Style::new(Face::Regular, 7.6, MUTED);
        look.link = clickable(address);
        let mut set = frame.setting(Tag::Paragraph, 0.5);
        set.keep = keep;
        set.leading = 11.0;
        self.paragraph(&[run(address, &Rc::new(look))], &set);
    }

    fn body(&mut self, entry: &Entry, frame: &Frame) -> Result<(), Error> {
        let highest = if entry.depth == 0 { 3 } else { 4 };
        let content = &entry.content;
        let mut shown = HashSet::new();
        self.blocks(
            &content.body,
            frame,
            highest,
            &mut |composer, place, frame| {
                shown.insert(place);
                match content.media.get(place) {
                    Some(medium) => composer.medium(medium, entry.media.get(place), frame),
                    None => Ok(()),
                }
            },
        )?;
        for (i, medium) in content.media.iter().enumerate() {
            if !shown.contains(&i) {
                self.medium(medium, entry.media.get(i), frame)?;
            }
        }
        Ok(())
    }
}

/// How far in a comment stands: depth stops where the column would get too narrow.
fn drawn_depth(entry: &Entry) -> usize {
    entry.depth.min(DEEPEST)
}

fn times(entry: &Entry) -> String {
    let mut out = match entry.published {
        Some(at) => local_time(at),
        None => "Tid okänd".to_owned(),
    };
    if let Some(edited) = entry.edited.filter(|e| Some(*e) != entry.published) {
        out.push_str(&format!(" · redigerad {}", local_time(edited)));
    }
    // A date and its time stay on one line.
    out.replace(' ', "\u{a0}").replace("\u{a0}·\u{a0}", " · ")
}

/// "Ny", "Ändrad, version 3", "Väntar på granskning": small words on a tint.
fn marks(entry: &Entry, runs: &mut Vec<Run>) {
    let plain = style(Face::Regular, 7.5, INK);
    let mut push = |text: &str, back| {
        let mut look = Style::new(Face::Bold, 7.5, INK);
        look.back = Some(back);
        runs.push(run("    ", &plain));
        runs.push(run(text.replace(' ', "\u{a0}"), &Rc::new(look)));
    };
    if let Some(text) = swedish::mark(entry.mark) {
        let back = if entry.mark == Mark::New {
            NEW_TINT
        } else {
            EDITED_TINT
        };
        push(&text, back);
    }
    if let Some(text) = swedish::visibility(entry.visibility) {
        push(text, WARNING_TINT);
    }
}
