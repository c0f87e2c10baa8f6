//! All that a version says, as one text whose parts are known again when something is taken out of it.

use std::ops::Range;

use super::{Place, SIGN};
use crate::record::{Block, Content, Span};

/// The words of a version, in the order they are read, a block a line.
pub(super) struct Said {
    text: String,
    parts: Vec<Part>,
}

struct Part {
    at: Range<usize>,
    place: Place,
    link: Option<String>,
    /// What it says now.
    now: String,
}

impl Said {
    pub(super) fn of(content: &Content) -> Self {
        let mut said = Self {
            text: String::new(),
            parts: Vec::new(),
        };
        if let Some(title) = &content.title {
            said.line();
            said.push(title, Place::Title, None);
        }
        for block in &content.body {
            match block {
                Block::Paragraph { spans }
                | Block::Heading { spans, .. }
                | Block::ListItem { spans, .. }
                | Block::Quote { spans } => said.spans(spans),
                Block::Preformatted { text } => {
                    said.line();
                    said.push(text, Place::Text, None);
                }
                Block::TableRow { cells, .. } => cells.iter().for_each(|cell| said.spans(cell)),
                Block::Medium { .. } | Block::Rule => {}
            }
        }
        for medium in &content.media {
            for words in [&medium.alt, &medium.caption].into_iter().flatten() {
                said.line();
                said.push(words, Place::Description, None);
            }
        }
        said
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn place(&self, at: usize) -> Place {
        let part = self.parts.iter().find(|p| p.at.contains(&at));
        part.map_or(Place::Text, |p| p.place)
    }

    fn spans(&mut self, spans: &[Span]) {
        self.line();
        for span in spans {
            self.push(&span.text, Place::Text, span.link.clone());
        }
    }

    fn line(&mut self) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
    }

    fn push(&mut self, words: &str, place: Place, link: Option<String>) {
        let from = self.text.len();
        self.text.push_str(words);
        self.parts.push(Part {
            at: from..self.text.len(),
            place,
            link,
            now: words.to_owned(),
        });
    }

    /// Takes the ranges out. The sign stands where each begins; gives the links whose words were touched.
    pub(super) fn cut(&mut self, hits: &[Range<usize>]) -> Vec<String> {
        let hits = near(&self.text, hits);
        let mut touched = Vec::new();
        for part in &mut self.parts {
            let first = hits.partition_point(|h| h.end <= part.at.start);
            let own = hits.get(first..).unwrap_or_default();
            let own: Vec<_> = own.iter().take_while(|h| h.start < part.at.end).collect();
            if let (false, Some(link)) = (own.is_empty(), &part.link) {
                touched.push(link.clone());
            }
            let mut now = String::new();
            let mut at = part.at.start;
            for hit in own {
                push(&mut now, self.text.get(at..hit.start.max(at)));
                if hit.start >= part.at.start {
                    now.push_str(SIGN);
                }
                at = hit.end.min(part.at.end);
            }
            push(&mut now, self.text.get(at..part.at.end));
            part.now = now;
        }
        touched
    }

    /// Gives the version the words as they are now.
    pub(super) fn put(self, content: &mut Content) {
        let mut parts = self.parts.into_iter().map(|p| p.now);
        let mut put = |words: &mut String| {
            if let Some(now) = parts.next() {
                *words = now;
            }
        };
        if let Some(title) = &mut content.title {
            put(title);
        }
        for block in &mut content.body {
            match block {
                Block::Paragraph { spans }
                | Block::Heading { spans, .. }
                | Block::ListItem { spans, .. }
                | Block::Quote { spans } => spans.iter_mut().for_each(|s| put(&mut s.text)),
                Block::Preformatted { text } => put(text),
                Block::TableRow { cells, .. } => {
                    cells.iter_mut().flatten().for_each(|s| put(&mut s.text));
                }
                Block::Medium { .. } | Block::Rule => {}
            }
        }
        for medium in &mut content.media {
            for words in [&mut medium.alt, &mut medium.caption].into_iter().flatten() {
                put(words);
            }
        }
    }
}

fn push(to: &mut String, text: Option<&str>) {
    // Tag characters are never seen, and can spell words that nobody looks through.
    let seen = text
        .unwrap_or_default()
        .chars()
        .filter(|c| !matches!(c, '\u{e0000}'..='\u{e0fff}'));
    to.extend(seen);
}

/// A line of text without the ranges.
pub(super) fn without(text: &str, hits: &[Range<usize>]) -> String {
    let mut now = String::new();
    let mut at = 0;
    for hit in near(text, hits) {
        push(&mut now, text.get(at..hit.start.max(at)));
        now.push_str(SIGN);
        at = hit.end;
    }
    push(&mut now, text.get(at..));
    now
}

/// Ranges with nothing but spaces and signs between them are one: how many words there were tells nothing.
fn near(text: &str, hits: &[Range<usize>]) -> Vec<Range<usize>> {
    let mut out: Vec<Range<usize>> = Vec::with_capacity(hits.len());
    for hit in hits {
        let between = |last: &Range<usize>| text.get(last.end..hit.start).unwrap_or_default();
        match out.last_mut() {
            Some(last) if !between(last).contains(|c: char| c.is_alphanumeric() || c == '\n') => {
                last.end = hit.end.max(last.end);
            }
            _ => out.push(hit.clone()),
        }
    }
    out
}

pub(super) fn each_span(body: &mut [Block], each: &mut dyn FnMut(&mut Span)) {
    for block in body {
        match block {
            Block::Paragraph { spans }
            | Block::Heading { spans, .. }
            | Block::ListItem { spans, .. }
            | Block::Quote { spans } => spans.iter_mut().for_each(&mut *each),
            Block::TableRow { cells, .. } => cells.iter_mut().flatten().for_each(&mut *each),
            Block::Preformatted { .. } | Block::Medium { .. } | Block::Rule => {}
        }
    }
}
