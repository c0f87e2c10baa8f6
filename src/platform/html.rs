//! HTML as sites write it becomes blocks, spans and media; whatever it holds, it ends.
//!
//! Reads the token stream once with flat state and no tree, so that neither unclosed tags nor any depth of
//! nesting costs more than their length. Whitespace folds as browsers fold it.

mod inline;
mod language;
mod media;
mod reader;
mod table;

use html5gum::{DefaultEmitter, StartTag, Token, Tokenizer};
use url::Url;

use super::import::Enclosed;
use crate::record::{Block, Medium};
use inline::Inline;
pub(super) use language::language;
pub(super) use media::kind_by_name;
use reader::Reader;

/// What a piece of HTML says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Body {
    pub(super) blocks: Vec<Block>,
    pub(super) media: Vec<Medium>,
}

/// Reads an item's HTML; addresses are resolved against `base`, its permalink.
pub(super) fn body(html: &str, base: &Url) -> Body {
    let mut reader = Reader::new(html, base);
    for token in tokens(html) {
        reader.token(token);
    }
    reader.end()
}

/// Reads a page that was saved: what stands in it as `data:` becomes media too, with its bytes.
pub(super) fn saved(html: &str, base: &Url) -> (Body, Vec<Enclosed>) {
    let mut reader = Reader::new(html, base);
    reader.enclosed = Some(Vec::new());
    for token in tokens(html) {
        reader.token(token);
    }
    let enclosed = reader.enclosed.take().unwrap_or_default();
    (reader.end(), enclosed)
}

/// Text that is no HTML, on one line.
pub(super) fn line_of_text(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The words alone on one line: for titles, names and captions, where markup and entities may stand.
pub(super) fn line(html: &str) -> String {
    let mut inline = Inline::default();
    for token in tokens(html) {
        match token {
            Token::String(text) => inline.text(&String::from_utf8_lossy(&text)),
            Token::StartTag(tag) if tag.name.as_slice() == b"br" => inline.text(" "),
            _ => {}
        }
    }
    inline.take_plain()
}

/// A `<link>` of a page's head.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Link {
    /// Lower-case, as written: may hold several words.
    pub(super) rel: String,
    pub(super) media_type: String,
    pub(super) to: Url,
}

/// The `<link>` elements of a page, in order.
pub(super) fn links(html: &str, base: &Url) -> Vec<Link> {
    let tags = tokens(html).filter_map(|token| match token {
        Token::StartTag(tag) if tag.name.as_slice() == b"link" => Some(tag),
        _ => None,
    });
    tags.filter_map(|tag| {
        Some(Link {
            rel: attribute(&tag, "rel")?.to_ascii_lowercase(),
            media_type: attribute(&tag, "type")
                .unwrap_or_default()
                .to_ascii_lowercase(),
            to: base.join(attribute(&tag, "href")?.trim()).ok()?,
        })
    })
    .collect()
}

/// All that a page leads to or shows: the addresses in `href` and `src`, without the place on their page.
pub(super) fn addresses(html: &str, at: &Url) -> Vec<Url> {
    let mut base = at.clone();
    let mut found = Vec::new();
    for token in tokens(html) {
        let Token::StartTag(tag) = token else {
            continue;
        };
        let written = ["href", "src"]
            .into_iter()
            .filter_map(|name| attribute(&tag, name));
        for written in written {
            let Ok(mut to) = base.join(written.trim()) else {
                continue;
            };
            if tag.name.as_slice() == b"base" {
                base = to;
                continue;
            }
            to.set_fragment(None);
            found.push(to);
        }
    }
    found
}

pub(super) fn tokens(html: &str) -> impl Iterator<Item = Token<usize>> {
    let mut emitter = DefaultEmitter::<usize>::new_with_span();
    emitter.naively_switch_states(true);
    Tokenizer::new_with_emitter(html, emitter).map(|Ok(token)| token)
}

pub(super) fn attribute(tag: &StartTag<usize>, name: &str) -> Option<String> {
    let value = tag.attributes.get(name.as_bytes())?;
    Some(String::from_utf8_lossy(value).into_owned())
}

#[cfg(test)]
mod tests;
