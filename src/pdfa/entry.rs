//! One post or comment: its head (author, time, marks), its blocks, its media.

use std::collections::HashSet;
use std::rc::Rc;

use url::Url;

use super::compose::{
    ACCENT, Band, COLUMN, Composer, EDITED_TINT, Frame, HAIRLINE, INK, LEFT, LINK, MUTED, NEW_TINT,
    TINT, WARNING_TINT, run, style,
};
use super::fonts::Face;
use super::language::stated;
use super::paragraph::{Run, Style};
use super::table::Row;
use super::tags::{Element, Numbering, Tag};
use super::{Context, Entry, Error, Mark, swedish};
use crate::calendar::local_time;
use crate::record::{Block, Span};

/// Points a comment moves in for each level, down to the level where it stops.
const STEP: f32 = 17.0;
const DEEPEST: usize = 8;
/// A context shows no more than this many characters.
const CONTEXT_LENGTH: usize = 280;

impl Composer<'_> {
    /// A post that lies elsewhere, in brief.
    pub fn context(&mut self, context: &Context) {
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

    pub fn entry(&mut self, entry: &Entry, first: bool) -> Result<(), Error> {
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
            item.record = Some(entry.record);
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
        let mut shown = HashSet::new();
        let mut lists = Lists::default();
        let highest = if entry.depth == 0 { 3 } else { 4 };
        let mut blocks = entry.content.body.iter().peekable();
        while let Some(block) = blocks.next() {
            if !matches!(block, Block::ListItem { .. }) {
                lists = Lists::default();
            }
            match block {
                Block::TableRow { .. } => {
                    let mut rows = vec![row(block, frame)];
                    while let Some(next) = blocks.next_if(|b| matches!(b, Block::TableRow { .. })) {
                        rows.push(row(next, frame));
                    }
                    self.table(&rows, frame, &[]);
                }
                Block::Medium { medium } => {
                    if let Some(m) = entry.content.media.get(*medium) {
                        shown.insert(*medium);
                        self.medium(m, entry.media.get(*medium), frame)?;
                    }
                }
                Block::ListItem {
                    depth,
                    number,
                    spans,
                } => self.list_item((*depth).min(6), *number, spans, frame, &mut lists),
                block => self.block(block, frame, highest),
            }
        }
        for (i, medium) in entry.content.media.iter().enumerate() {
            if !shown.contains(&i) {
                self.medium(medium, entry.media.get(i), frame)?;
            }
        }
        Ok(())
    }

    fn block(&mut self, block: &Block, frame: &Frame, highest: u8) {
        let gap = if frame.size < 10.0 { 4.5 } else { 6.5 };
        match block {
            Block::Paragraph { spans } => {
                let runs = runs(spans, Look::body(frame.size));
                self.paragraph(&runs, &frame.setting(Tag::Paragraph, gap));
            }
            Block::Heading { level, spans } => {
                let size = match level {
                    0..=2 => frame.size + 3.0,
                    3 => frame.size + 1.7,
                    _ => frame.size + 0.6,
                };
                let look = Look {
                    size,
                    bold: true,
                    ..Look::body(size)
                };
                let mut set = frame.setting(Tag::Heading((*level).clamp(highest, 6)), gap + 6.0);
                set.keep = true;
                set.leading = size * 1.35;
                self.paragraph(&runs(spans, look), &set);
            }
            Block::Quote { spans } => {
                let inner = frame.inset(
                    13.0,
                    Some(Band {
                        x: frame.x + 1.0,
                        width: 2.2,
                        colour: ACCENT,
                        above: true,
                    }),
                );
                let look = Look {
                    italic: true,
                    ..Look::body(frame.size)
                };
                let at = self.items.len();
                let outer = self.open(Tag::Quote);
                self.paragraph(
                    &runs(spans, look),
                    &inner.setting(Tag::Paragraph, gap + 1.5),
                );
                self.within = outer;
                self.begin_band(at);
            }
            Block::Preformatted { text } => {
                let inner = frame.inset(
                    7.0,
                    Some(Band {
                        x: frame.x,
                        width: frame.measure,
                        colour: TINT,
                        above: true,
                    }),
                );
                let at = self.items.len();
                self.pad(gap + 2.0, 5.0, &inner.bands, true);
                self.begin_band(at);
                let mut set = inner.setting(Tag::Paragraph, 0.0);
                set.leading = 12.0;
                set.measure -= 7.0;
                let look = style(Face::Regular, frame.size - 1.2, INK);
                self.paragraph(&[run(text.trim_end_matches('\n'), &look)], &set);
                if let Some(item) = self.items.last_mut() {
                    item.keep = true;
                }
                self.pad(0.0, 6.0, &inner.bands, false);
            }
            Block::Rule => self.rule(frame.x, frame.measure.min(120.0), 0.6, HAIRLINE, gap + 4.0),
            Block::ListItem { .. } | Block::TableRow { .. } | Block::Medium { .. } => {}
        }
    }

    fn list_item(
        &mut self,
        depth: u8,
        number: Option<u32>,
        spans: &[Span],
        frame: &Frame,
        lists: &mut Lists,
    ) {
        let of_item = lists.item(&self.within, self.spoken(), depth, number.is_some());
        let outer = std::mem::replace(&mut self.within, Rc::clone(&of_item));
        let by = 19.0 + f32::from(depth) * 15.0;
        let inner = frame.inset(by.min(frame.measure / 2.0), None);
        let set = inner.setting(Tag::ItemBody, 2.5);
        let label = number.map_or_else(
            || {
                if depth.is_multiple_of(2) {
                    "•"
                } else {
                    "–"
                }
                .to_owned()
            },
            |n| format!("{n}."),
        );
        let runs = runs(spans, Look::body(frame.size));
        let mut lines = self.lines(&runs, set.measure);
        if lines.is_empty() {
            lines.push(super::paragraph::Line::default());
        }
        let label = self.lines(&[run(label, &style(Face::Regular, frame.size, INK))], 60.0);
        let at = self.items.len();
        self.set_lines(lines, &set);
        if let (Some(item), Some(line)) = (self.items.get_mut(at), label.into_iter().next())
            && let super::compose::Draw::Lines(sets) = &mut item.draw
            && let Some(first) = sets.first()
        {
            let mut mark = first.clone();
            mark.x = (set.x - line.width - 5.5).min(set.x - 12.0);
            mark.line = line;
            mark.of = Element::within(&of_item, Tag::Label);
            lists.body(&first.of);
            sets.insert(0, mark);
        }
        self.within = outer;
    }
}

/// The lists under way, the innermost last.
#[derive(Default)]
struct Lists(Vec<List>);

struct List {
    depth: u8,
    numbered: bool,
    list: Rc<Element>,
    /// What the last item says; a list deeper than this one stands in it.
    body: Option<Rc<Element>>,
}

impl Lists {
    /// A new item at that depth, in the list it goes on with or in a new one.
    fn item(
        &mut self,
        within: &Rc<Element>,
        language: Option<&Rc<str>>,
        depth: u8,
        numbered: bool,
    ) -> Rc<Element> {
        let ends = |l: &List| l.depth > depth || (l.depth == depth && l.numbered != numbered);
        while self.0.last().is_some_and(ends) {
            self.0.pop();
        }
        if let Some(list) = self.0.last().filter(|l| l.depth == depth) {
            return Element::within(&list.list, Tag::Item);
        }
        let around = self.0.last().and_then(|l| l.body.as_ref());
        let numbering = if numbered {
            Numbering::Decimal
        } else {
            Numbering::Disc
        };
        let list = Element::in_language(around.unwrap_or(within), Tag::List(numbering), language);
        let item = Element::within(&list, Tag::Item);
        self.0.push(List {
            depth,
            numbered,
            list,
            body: None,
        });
        item
    }

    fn body(&mut self, body: &Rc<Element>) {
        if let Some(list) = self.0.last_mut() {
            list.body = Some(Rc::clone(body));
        }
    }
}

/// How far in a comment stands: depth stops where the column would get too narrow.
pub fn drawn_depth(entry: &Entry) -> usize {
    entry.depth.min(DEEPEST)
}

fn named(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|t| !t.is_empty())
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

fn row(block: &Block, frame: &Frame) -> Row {
    match block {
        Block::TableRow { header, cells } => Row {
            header: *header,
            cells: cells
                .iter()
                .map(|spans| {
                    let look = Look {
                        bold: *header,
                        ..Look::body(frame.size - 0.8)
                    };
                    runs(spans, look)
                })
                .collect(),
        },
        _ => Row {
            header: false,
            cells: Vec::new(),
        },
    }
}

/// What spans look like where they do not say.
#[derive(Clone, Copy)]
struct Look {
    size: f32,
    bold: bool,
    italic: bool,
}

impl Look {
    fn body(size: f32) -> Self {
        Self {
            size,
            bold: false,
            italic: false,
        }
    }
}

/// Spans as runs; a link whose text does not show its target is followed by it in small print.
fn runs(spans: &[Span], look: Look) -> Vec<Run> {
    let mut out = Vec::with_capacity(spans.len());
    let mut link_text = String::new();
    for (i, span) in spans.iter().enumerate() {
        let face = Face::of(look.bold || span.bold, look.italic ^ span.italic);
        let target = named(span.link.as_deref());
        let link = target.and_then(clickable);
        let colour = if link.is_some() { LINK } else { INK };
        out.push(Run {
            text: span.text.clone(),
            style: Rc::new(Style {
                link,
                ..Style::new(face, look.size, colour)
            }),
        });
        let Some(target) = target else {
            continue;
        };
        link_text.push_str(&span.text);
        let ends = spans.get(i + 1).and_then(|s| s.link.as_deref()) != span.link.as_deref();
        if ends {
            if !shows(&link_text, target) {
                let mut small = Style::new(Face::Regular, look.size - 2.0, MUTED);
                small.link = clickable(target);
                out.push(run(format!(" ({target})"), &Rc::new(small)));
            }
            link_text.clear();
        }
    }
    out
}

/// Whether the text of a link already tells where it leads.
fn shows(text: &str, target: &str) -> bool {
    let bare = |s: &str| {
        let s = s.trim();
        let s = ["https://", "http://", "mailto:"]
            .iter()
            .find_map(|p| s.strip_prefix(p))
            .unwrap_or(s);
        s.trim_start_matches("www.")
            .trim_end_matches('/')
            .to_lowercase()
    };
    bare(text) == bare(target)
}

/// The address as a link of the page: only web and mail addresses, in ASCII, of sane length.
pub fn clickable(address: &str) -> Option<Rc<str>> {
    let url = Url::parse(address.trim()).ok()?;
    let good = matches!(url.scheme(), "http" | "https" | "mailto") && url.as_str().len() <= 2_000;
    good.then(|| Rc::from(url.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_web_and_mail_addresses_can_be_clicked() {
        assert!(clickable("https://å.example/ä").is_some_and(|u| u.is_ascii()));
        assert!(clickable("mailto:a@b.example").is_some());
        for bad in [
            "javascript:alert(1)",
            "data:text/html,x",
            "/relativ",
            "file:///etc",
        ] {
            assert_eq!(clickable(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_target_is_told_unless_the_text_is_the_target() {
        assert!(shows("tibro.se", "https://www.tibro.se/"));
        assert!(shows("a@b.example", "mailto:a@b.example"));
        assert!(!shows("tibro.se", "https://evil.example/"));
    }
}
