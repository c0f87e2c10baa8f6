//! The reader of HTML: token by token, with what stands open at the moment.

use std::collections::HashMap;

use html5gum::{EndTag, StartTag, Token};
use url::Url;

use super::inline::Inline;
use super::media::Figure;
use super::table::Table;
use super::{Body, attribute};
use crate::platform::import::Enclosed;
use crate::record::{Block, Span};

/// A list that stands open.
pub(super) struct List {
    pub(super) ordered: bool,
    pub(super) next: u32,
    pub(super) in_item: bool,
    /// The block that its open item began with.
    pub(super) begun: Option<usize>,
}

/// An element whose content is left out.
pub(super) struct Skipped {
    pub(super) name: Vec<u8>,
    pub(super) depth: usize,
    /// True when a film or sound within it was found: its further sources are the same again.
    pub(super) shown: bool,
}

pub(super) struct Reader<'a> {
    pub(super) html: &'a str,
    pub(super) base: &'a Url,
    /// The pictures in a saved page; `None` for what a site answers.
    pub(super) enclosed: Option<Vec<Enclosed>>,
    pub(super) out: Body,
    pub(super) inline: Inline,
    pub(super) heading: Option<u8>,
    pub(super) lists: Vec<List>,
    /// For each open quote, how many lists stood open around it.
    pub(super) quotes: Vec<usize>,
    pub(super) pre: usize,
    pub(super) table: Table,
    pub(super) figures: Vec<Figure>,
    /// The tag that opened the caption being read.
    pub(super) caption: Option<&'static [u8]>,
    pub(super) skipped: Option<Skipped>,
    /// Where each left-out element's last end tag stands.
    pub(super) last_ends: HashMap<Vec<u8>, Option<usize>>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(html: &'a str, base: &'a Url) -> Self {
        Self {
            html,
            base,
            enclosed: None,
            out: Body::default(),
            inline: Inline::default(),
            heading: None,
            lists: Vec::new(),
            quotes: Vec::new(),
            pre: 0,
            table: Table::default(),
            figures: Vec::new(),
            caption: None,
            skipped: None,
            last_ends: HashMap::new(),
        }
    }

    pub(super) fn token(&mut self, token: Token<usize>) {
        if self.skipped.is_some() {
            return self.skip(&token);
        }
        match token {
            Token::String(text) => {
                let text = String::from_utf8_lossy(&text);
                if self.pre > 0 {
                    self.inline.verbatim(&text);
                } else {
                    self.inline.text(&text);
                }
            }
            Token::StartTag(tag) => self.start(&tag),
            Token::EndTag(tag) => self.finish(&tag),
            Token::Comment(_) | Token::Doctype(_) | Token::Error(_) => {}
        }
    }

    pub(super) fn start(&mut self, tag: &StartTag<usize>) {
        match tag.name.as_slice() {
            b"b" | b"strong" => self.inline.bold(true),
            b"i" | b"em" | b"cite" | b"dfn" | b"var" => self.inline.italic(true),
            b"a" => self.open_link(tag),
            b"br" if self.pre > 0 => self.inline.verbatim("\n"),
            b"br" => self.inline.line_break(),
            b"img" => self.picture(tag),
            b"video" | b"audio" | b"source" => self.film_or_sound(tag),
            b"iframe" | b"embed" | b"object" => {
                self.embedded(tag);
                self.leave_out(tag);
            }
            b"script" | b"style" | b"noscript" | b"form" | b"template" | b"svg" | b"math"
            | b"head" | b"title" | b"select" | b"textarea" | b"button" | b"noembed" => {
                self.leave_out(tag);
            }
            b"hr" => {
                self.boundary();
                if !self.is_aside() {
                    self.out.blocks.push(Block::Rule);
                }
            }
            b"h1" | b"h2" | b"h3" | b"h4" | b"h5" | b"h6" => {
                self.boundary();
                self.heading = tag.name.get(1).map(|digit| digit - b'0');
            }
            b"ul" | b"ol" | b"menu" => {
                self.boundary();
                let begins = attribute(tag, "start").and_then(|n| n.trim().parse().ok());
                self.lists.push(List {
                    ordered: tag.name.as_slice() == b"ol",
                    next: begins.unwrap_or(1),
                    in_item: false,
                    begun: None,
                });
            }
            b"li" => self.start_item(tag),
            b"blockquote" => {
                self.boundary();
                self.quotes.push(self.lists.len());
            }
            b"pre" | b"listing" | b"xmp" => {
                self.boundary();
                self.pre += 1;
            }
            b"table" | b"thead" | b"tbody" | b"tfoot" | b"tr" | b"td" | b"th" => {
                self.start_of_table(tag);
            }
            b"figure" => {
                self.boundary();
                self.figures.push(Figure::at(self.out.media.len()));
            }
            b"figcaption" => self.start_caption(b"figcaption"),
            b"p" => {
                self.boundary();
                let class = attribute(tag, "class").unwrap_or_default();
                if class.split_whitespace().any(|c| c == "wp-caption-text") {
                    self.start_caption(b"p");
                }
            }
            name if is_block(name) => self.boundary(),
            _ => {}
        }
    }

    pub(super) fn finish(&mut self, tag: &EndTag<usize>) {
        if self.caption.is_some_and(|name| name == tag.name.as_slice()) {
            return self.end_caption();
        }
        match tag.name.as_slice() {
            b"b" | b"strong" => self.inline.bold(false),
            b"i" | b"em" | b"cite" | b"dfn" | b"var" => self.inline.italic(false),
            b"a" => self.inline.link(None),
            b"h1" | b"h2" | b"h3" | b"h4" | b"h5" | b"h6" => {
                self.boundary();
                self.heading = None;
            }
            b"ul" | b"ol" | b"menu" => {
                self.boundary();
                self.lists.pop();
            }
            b"li" => {
                self.boundary();
                if let Some(list) = self.lists.last_mut() {
                    list.in_item = false;
                }
            }
            b"blockquote" => {
                self.boundary();
                self.quotes.pop();
            }
            b"pre" | b"listing" | b"xmp" => {
                self.boundary();
                self.pre = self.pre.saturating_sub(1);
            }
            b"table" | b"thead" | b"tbody" | b"tfoot" | b"tr" | b"td" | b"th" => {
                self.end_of_table(tag);
            }
            b"figure" => {
                self.boundary();
                self.end_figure();
            }
            name if is_block(name) => self.boundary(),
            _ => {}
        }
    }

    pub(super) fn start_item(&mut self, tag: &StartTag<usize>) {
        self.boundary();
        if self.lists.is_empty() {
            self.lists.push(List {
                ordered: false,
                next: 1,
                in_item: false,
                begun: None,
            });
        }
        if let Some(list) = self.lists.last_mut() {
            let value = attribute(tag, "value").and_then(|n| n.trim().parse().ok());
            list.next = value.unwrap_or(list.next);
            list.in_item = true;
            list.begun = None;
        }
    }

    /// Leaves out the element's content; if it never ends, only its tag.
    pub(super) fn leave_out(&mut self, tag: &StartTag<usize>) {
        let name = tag.name.to_vec();
        if tag.self_closing && matches!(name.as_slice(), b"svg" | b"math") || name == b"embed" {
            return;
        }
        // These hold no tags: without an end the tokenizer has made all that follows their text.
        let is_raw = matches!(
            name.as_slice(),
            b"script" | b"style" | b"noscript" | b"iframe" | b"title" | b"textarea" | b"noembed"
        );
        let html = self.html;
        let last = self
            .last_ends
            .entry(name.clone())
            .or_insert_with(|| last_end(html, &name));
        if is_raw || last.is_some_and(|at| at >= tag.span.start) {
            self.skipped = Some(Skipped {
                name,
                depth: 1,
                shown: false,
            });
        }
    }

    pub(super) fn skip(&mut self, token: &Token<usize>) {
        let Some(skipped) = &mut self.skipped else {
            return;
        };
        match token {
            Token::StartTag(tag)
                if tag.name.as_slice() == skipped.name.as_slice() && !tag.self_closing =>
            {
                skipped.depth += 1;
            }
            // A form cannot stand in a form: the first end ends it, as in browsers.
            Token::EndTag(tag) if tag.name.as_slice() == skipped.name.as_slice() => {
                skipped.depth -= 1;
                if skipped.depth == 0 || skipped.name == b"form" {
                    self.skipped = None;
                }
            }
            Token::StartTag(tag) if tag.name.as_slice() == b"source" && !skipped.shown => {
                self.film_or_sound(tag);
            }
            _ => {}
        }
    }

    /// True while text goes to a caption or a table's cell instead of a block of its own.
    pub(super) fn is_aside(&self) -> bool {
        self.caption.is_some() || self.table.in_cell()
    }

    /// Ends the block being read.
    pub(super) fn boundary(&mut self) {
        if self.is_aside() {
            self.inline.soft_break();
        } else {
            self.flush();
        }
    }

    pub(super) fn flush(&mut self) {
        if self.pre > 0 {
            let text = self.inline.take_verbatim();
            if !text.is_empty() {
                self.out.blocks.push(Block::Preformatted { text });
            }
            return;
        }
        let spans = self.inline.take();
        if !spans.is_empty() {
            self.push(spans);
        }
    }

    pub(super) fn push(&mut self, spans: Vec<Span>) {
        let at = self.out.blocks.len();
        let depth = u8::try_from(self.lists.len().saturating_sub(1)).unwrap_or(u8::MAX);
        let innermost_is_quote = self.quotes.last().is_some_and(|n| *n >= self.lists.len());
        let block = match (self.heading, self.lists.last_mut()) {
            (Some(level), _) => Block::Heading { level, spans },
            _ if innermost_is_quote => Block::Quote { spans },
            (None, Some(list)) if list.in_item => {
                if let Some(begun) = list.begun {
                    // A further paragraph of the item: joined when nothing came between.
                    if begun + 1 == at
                        && let Some(Block::ListItem { spans: before, .. }) =
                            self.out.blocks.last_mut()
                    {
                        before.push(Span::plain("\n"));
                        before.extend(spans);
                        return;
                    }
                    Block::Paragraph { spans }
                } else {
                    list.begun = Some(at);
                    let number = list.ordered.then_some(list.next);
                    list.next = list.next.saturating_add(1);
                    Block::ListItem {
                        depth,
                        number,
                        spans,
                    }
                }
            }
            _ => Block::Paragraph { spans },
        };
        self.out.blocks.push(block);
    }

    pub(super) fn end(mut self) -> Body {
        if self.caption.is_some() {
            self.end_caption();
        }
        self.close_table();
        self.flush();
        while !self.figures.is_empty() {
            self.end_figure();
        }
        self.out
    }
}

/// Elements that stand on lines of their own (HTML, 15.3.3), beside those handled by name.
fn is_block(name: &[u8]) -> bool {
    matches!(
        name,
        b"address"
            | b"article"
            | b"aside"
            | b"body"
            | b"caption"
            | b"center"
            | b"dd"
            | b"details"
            | b"dialog"
            | b"dir"
            | b"div"
            | b"dl"
            | b"dt"
            | b"fieldset"
            | b"footer"
            | b"header"
            | b"hgroup"
            | b"html"
            | b"legend"
            | b"main"
            | b"nav"
            | b"option"
            | b"p"
            | b"search"
            | b"section"
            | b"summary"
    )
}

/// Where the last end tag of that name begins.
fn last_end(html: &str, name: &[u8]) -> Option<usize> {
    let (html, length) = (html.as_bytes(), name.len() + 2);
    html.windows(length).rposition(|window| {
        window.starts_with(b"</")
            && window
                .get(2..)
                .is_some_and(|rest| rest.eq_ignore_ascii_case(name))
    })
}
