//! Bookmarks: one a post, in groups where they are many (ISO 32000-1, 12.3.3).

use lopdf::{Dictionary, Document, Object, ObjectId};

use super::embed::text_string;
use super::spans::named;
use super::xmp::one_line;
use super::{Entry, swedish};
use crate::calendar::local_time;

/// Bookmarks in a group, and groups in a file: readers follow each list link by link, and the gate 256 links deep.
const GROUP: usize = 100;

/// Writes the outline and gives its root; `None` without posts, or with more than bookmarks could help with.
pub fn bookmarks(
    doc: &mut Document,
    outline: &[(String, usize)],
    pages: &[ObjectId],
) -> Option<ObjectId> {
    if outline.is_empty() || outline.len() > GROUP * GROUP {
        return None;
    }
    let root = doc.new_object_id();
    let (first, last, count) = if outline.len() <= GROUP {
        level(doc, root, outline, pages)?
    } else {
        let ids: Vec<ObjectId> = outline.chunks(GROUP).map(|_| doc.new_object_id()).collect();
        let mut from = 1;
        for (i, some) in outline.chunks(GROUP).enumerate() {
            let id = *ids.get(i)?;
            let title = format!("Inlägg {from}–{}", from + some.len() - 1);
            from += some.len();
            let page = some.first().and_then(|(_, page)| pages.get(*page));
            let mut mark = mark(&title, root, page, &ids, i);
            let (first, last, count) = level(doc, id, some, pages)?;
            mark.set("First", first);
            mark.set("Last", last);
            // Negative: closed until the reader opens it.
            mark.set("Count", -count);
            doc.objects.insert(id, mark.into());
        }
        (*ids.first()?, *ids.last()?, ids.len() as i64)
    };
    doc.objects.insert(
        root,
        Dictionary::from_iter([
            ("Type", Object::from("Outlines")),
            ("First", first.into()),
            ("Last", last.into()),
            ("Count", count.into()),
        ])
        .into(),
    );
    Some(root)
}

/// The marks of one level: first, last and how many.
fn level(
    doc: &mut Document,
    parent: ObjectId,
    outline: &[(String, usize)],
    pages: &[ObjectId],
) -> Option<(ObjectId, ObjectId, i64)> {
    let ids: Vec<ObjectId> = outline.iter().map(|_| doc.new_object_id()).collect();
    for (i, ((title, page), id)) in outline.iter().zip(&ids).enumerate() {
        let mark = mark(title, parent, pages.get(*page), &ids, i);
        doc.objects.insert(*id, mark.into());
    }
    Some((*ids.first()?, *ids.last()?, ids.len() as i64))
}

fn mark(
    title: &str,
    parent: ObjectId,
    page: Option<&ObjectId>,
    siblings: &[ObjectId],
    i: usize,
) -> Dictionary {
    let mut mark =
        Dictionary::from_iter([("Title", text_string(title)), ("Parent", parent.into())]);
    if let Some(page) = page {
        mark.set("Dest", Object::Array(vec![(*page).into(), "Fit".into()]));
    }
    if let Some(before) = i.checked_sub(1).and_then(|i| siblings.get(i)) {
        mark.set("Prev", *before);
    }
    if let Some(after) = siblings.get(i + 1) {
        mark.set("Next", *after);
    }
    mark
}

/// A post's line among the bookmarks and in the table of contents.
pub fn heading(entry: &Entry) -> String {
    let when = entry.published.map(local_time).unwrap_or_default();
    let (text, most) = match named(entry.content.title.as_deref()) {
        None => (entry.content.gist(), 60),
        Some(title) => (title.to_owned(), 200),
    };
    let mut words: String = text.chars().take(most).collect();
    if words.len() < text.len() {
        words.push('…');
    }
    let line = one_line(&format!("{when} {words}"));
    if line.is_empty() {
        return swedish::kind(entry.kind).to_owned();
    }
    line
}
