//! Entries of feeds, by the names that reading gives them: the n-th entry of the reader is the n-th of the document.

use std::borrow::Cow;
use std::collections::BTreeMap;

use encoding_rs::{Encoding, UTF_8};
use serde_json::value::RawValue;
use url::Url;

use super::{Cut, Gone, json_items};
use crate::platform::feed;

/// What is looked through for the document's own word on its encoding.
const HEAD: usize = 200;

pub(super) fn json(body: &[u8], at: &Url, gone: &Gone<'_>) -> Option<Vec<Cut>> {
    let goes = goes(body, at, gone)?;
    let text = std::str::from_utf8(body).ok()?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let document: BTreeMap<Cow<'_, str>, &RawValue> = serde_json::from_str(text).ok()?;
    let items: Vec<&RawValue> = match document.get("items") {
        Some(items) => serde_json::from_str(items.get()).ok()?,
        None => Vec::new(),
    };
    if items.len() != goes.len() {
        return None;
    }
    let mut cuts = Vec::new();
    json_items::elements(body.as_ptr() as usize, &items, &goes, &mut cuts);
    Some(cuts)
}

pub(super) fn xml(body: &[u8], at: &Url, gone: &Gone<'_>) -> Option<Vec<Cut>> {
    let goes = goes(body, at, gone)?;
    if !goes.contains(&true) {
        return Some(Vec::new());
    }
    let encoding = encoding(body);
    // Each byte is one character of the text, so that places in the one are places in the other; of the encodings that
    // feeds come in, those of one byte and UTF-8 can be followed.
    let text: Cow<'_, str> = match encoding {
        e if e == UTF_8 => Cow::Borrowed(std::str::from_utf8(body).ok()?),
        e if e.is_single_byte() => Cow::Owned(body.iter().map(|b| plain(*b)).collect()),
        _ => return None,
    };
    let options = roxmltree::ParsingOptions {
        allow_dtd: true,
        ..roxmltree::ParsingOptions::default()
    };
    let document = roxmltree::Document::parse_with_options(&text, options).ok()?;
    let is_entry = |node: &roxmltree::Node<'_, '_>| {
        node.is_element() && matches!(node.tag_name().name(), "item" | "entry")
    };
    // An entry within an entry is none of the feed's.
    let entries: Vec<_> = document
        .descendants()
        .filter(is_entry)
        .filter(|node| !node.ancestors().skip(1).any(|above| is_entry(&above)))
        .collect();
    if entries.len() != goes.len() {
        return None;
    }
    let cuts = entries.iter().zip(&goes).filter(|(_, goes)| **goes);
    Some(
        cuts.map(|(node, _)| Cut {
            from: node.range().start,
            to: node.range().end,
            instead: "",
        })
        .collect(),
    )
}

/// Which of the entries, in the document's order, are gone.
fn goes(body: &[u8], at: &Url, gone: &Gone<'_>) -> Option<Vec<bool>> {
    let names = feed::names(body, at)?;
    let is_gone = |named: &Option<feed::Named>| {
        named.as_ref().is_some_and(|(name, address)| {
            (gone.item)(name)
                || address
                    .as_deref()
                    .is_some_and(|address| (gone.address)(address))
        })
    };
    Some(names.iter().map(is_gone).collect())
}

/// What is markup is ASCII in every encoding of one byte; the rest only has to keep its place.
fn plain(byte: u8) -> char {
    match byte.is_ascii() {
        true => char::from(byte),
        false => '?',
    }
}

/// By the document's first line (XML 1.0, 4.3.3).
fn encoding(body: &[u8]) -> &'static Encoding {
    if body.starts_with(b"\xef\xbb\xbf") {
        return UTF_8;
    }
    let head = String::from_utf8_lossy(body.get(..HEAD.min(body.len())).unwrap_or_default());
    let declaration = head.split("?>").next().unwrap_or_default();
    let named = declaration.split_once("encoding=").map(|(_, rest)| rest);
    let label = named.and_then(|rest| {
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        rest.get(1..)?.split(quote).next()
    });
    label
        .and_then(|label| Encoding::for_label(label.trim().as_bytes()))
        .unwrap_or(UTF_8)
}
