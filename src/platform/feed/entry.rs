//! One entry of a feed as an item.

use feed_rs::model;
use url::Url;

use super::super::html;
use crate::record::{
    Author, Block, Content, Digest, Item, Kind, Medium, MediumKind, NativeId, Span, Visibility,
};

/// `None` for an entry that says nothing by which it could be known again.
pub(super) fn item(entry: &model::Entry, at: &Url, hidden: bool) -> Option<Item> {
    let permalink = permalink(entry, at);
    let base = permalink.clone().unwrap_or_else(|| at.clone());
    let body = body(entry, &base);
    let mut content = Content {
        title: entry.title.as_ref().map(line).filter(|t| !t.is_empty()),
        author: author(&entry.authors),
        language: language(entry).or_else(|| body.language.clone()),
        ..body
    };
    for medium in attached(entry, &base) {
        if content.media.iter().all(|m| m.address != medium.address) {
            let at = content.media.len();
            content.media.push(medium);
            content.body.push(Block::Medium { medium: at });
        }
    }
    let published = entry.published.or(entry.updated);
    let native_id = native_id(entry, permalink.as_ref(), &content)?;
    Some(Item {
        native_id,
        kind: Kind::Post,
        parent: None,
        permalink: permalink.map(String::from),
        published,
        edited: entry.updated.filter(|at| Some(*at) != published),
        visibility: if hidden {
            Visibility::Hidden
        } else {
            Visibility::Public
        },
        content,
    })
}

/// The entry's own id, else its address, else a digest of what it says first.
fn native_id(entry: &model::Entry, link: Option<&Url>, content: &Content) -> Option<NativeId> {
    let own = entry.id.trim();
    if !own.is_empty() {
        return Some(NativeId(own.to_owned()));
    }
    if let Some(link) = link {
        return Some(NativeId(link.to_string()));
    }
    let date = entry.published.or(entry.updated).map(|at| at.to_rfc3339());
    let title = content.title.clone().or_else(|| {
        let text = content.plain_text();
        (!text.is_empty()).then_some(text)
    });
    if date.is_none() && title.is_none() {
        return None;
    }
    let named = format!(
        "{}\n{}",
        title.unwrap_or_default(),
        date.unwrap_or_default()
    );
    Some(NativeId(format!("sha256:{}", Digest::of(named.as_bytes()))))
}

fn permalink(entry: &model::Entry, at: &Url) -> Option<Url> {
    let by_rel = |rel: Option<&str>| {
        let mut links = entry.links.iter().filter(|link| link.target.is_none());
        links.find(|link| link.rel.as_deref() == rel)
    };
    let link = by_rel(Some("alternate")).or_else(|| by_rel(None));
    let written = link.map(|link| link.href.as_str()).or_else(|| {
        // A guid that is an address is the permalink (RSS 2.0, isPermaLink's default).
        entry.id.starts_with("http").then_some(entry.id.as_str())
    });
    let to = at.join(written?.trim()).ok()?;
    matches!(to.scheme(), "http" | "https").then_some(to)
}

/// A title or name: what RSS calls plain text is HTML in practice.
pub(super) fn line(text: &model::Text) -> String {
    html::line(&text.content)
}

/// What the entry says of its content (`xml:lang`).
fn language(entry: &model::Entry) -> Option<String> {
    let told = entry.language.as_deref()?.trim();
    (!told.is_empty()).then(|| told.to_owned())
}

fn author(people: &[model::Person]) -> Option<Author> {
    let names: Vec<String> = people
        .iter()
        .filter_map(|person| person.name.as_deref().or(person.email.as_deref()))
        .map(html::line)
        .filter(|name| !name.is_empty())
        .collect();
    (!names.is_empty()).then(|| Author {
        name: names.join(", "),
        address: people.first().and_then(|person| person.uri.clone()),
    })
}

/// The full content where there is one, else the summary.
fn body(entry: &model::Entry, base: &Url) -> Content {
    let full = entry.content.as_ref().and_then(|content| {
        let text = content.body.as_deref()?;
        (!text.trim().is_empty()).then_some((text, content.content_type.as_str()))
    });
    let summary = || {
        let summary = entry.summary.as_ref()?;
        Some((summary.content.as_str(), summary.content_type.as_str()))
    };
    let Some((text, media_type)) = full.or_else(summary) else {
        return Content::default();
    };
    let essence = media_type.split(';').next().unwrap_or_default();
    match essence {
        "text/html" | "application/xhtml" | "application/xhtml+xml" | "text/xml" => {
            let read = html::body(text, base);
            Content {
                language: html::language(text),
                body: read.blocks,
                media: read.media,
                ..Content::default()
            }
        }
        _ if essence.starts_with("text/") => Content {
            body: paragraphs(text),
            ..Content::default()
        },
        // Bytes in base64: kept in the raw answer.
        _ => Content::default(),
    }
}

/// Plain text: a blank line parts paragraphs, a line end is a line end.
fn paragraphs(text: &str) -> Vec<Block> {
    let text = text.replace("\r\n", "\n");
    let parts = text.split("\n\n").map(str::trim).filter(|p| !p.is_empty());
    parts
        .map(|part| Block::Paragraph {
            spans: vec![Span::plain(part)],
        })
        .collect()
}

/// Enclosures and Media RSS.
fn attached(entry: &model::Entry, base: &Url) -> Vec<Medium> {
    let mut found = Vec::new();
    let links = entry.links.iter();
    for link in links.filter(|link| link.rel.as_deref() == Some("enclosure")) {
        if let Ok(address) = base.join(&link.href) {
            found.push((address, link.media_type.clone(), None, link.title.clone()));
        }
    }
    for object in &entry.media {
        let alt = object.description.as_ref().map(line);
        let caption = object.title.as_ref().map(line);
        for content in &object.content {
            if let Some(address) = &content.url {
                let media_type = content.content_type.as_ref().map(ToString::to_string);
                found.push((address.clone(), media_type, alt.clone(), caption.clone()));
            }
        }
        if object.content.is_empty() {
            for thumbnail in &object.thumbnails {
                if let Ok(address) = base.join(&thumbnail.image.uri) {
                    let media_type = Some("image/*".to_owned());
                    found.push((address, media_type, alt.clone(), caption.clone()));
                }
            }
        }
    }
    let some = |text: Option<String>| text.filter(|t| !t.is_empty());
    found
        .into_iter()
        .filter(|(address, ..)| matches!(address.scheme(), "http" | "https"))
        .map(|(address, media_type, alt, caption)| Medium {
            kind: kind(media_type.as_deref(), &address),
            address,
            alt: some(alt),
            caption: some(caption),
        })
        .collect()
}

fn kind(media_type: Option<&str>, address: &Url) -> MediumKind {
    let top = media_type.and_then(|t| t.split('/').next());
    match top {
        Some("image") => return MediumKind::Picture,
        Some("video") => return MediumKind::Film,
        Some("audio") => return MediumKind::Sound,
        _ => {}
    }
    html::kind_by_name(address.path()).unwrap_or(MediumKind::Document)
}
