//! The headings as bookmarks (ISO 32000-1, 12.3.3), made anew from those that the browser wrote.

use std::collections::{HashMap, HashSet};

use lopdf::{Dictionary, Object, ObjectId};

use super::Print;
use crate::pdfa::embed::text_string;
use crate::pdfa::xmp::one_line;

/// Bookmarks in all, and levels of them: more help nobody.
const MAX_MARKS: usize = 5_000;
const MAX_LEVELS: usize = 9;
/// Readers follow each list link by link, and the gate 256 links deep: longer ones are put in groups.
const GROUP: usize = 100;

/// A heading.
struct Mark {
    title: String,
    place: Object,
    below: Vec<Mark>,
}

impl Print<'_> {
    pub(super) fn keep_outline(&mut self, pages: &[ObjectId]) {
        let numbers: HashMap<ObjectId, usize> = pages.iter().copied().zip(1..).collect();
        let catalog = self.subject.catalog();
        let old = catalog.and_then(|c| self.subject.dict(c, b"Outlines"));
        let mut left = MAX_MARKS;
        let mut seen = HashSet::new();
        let marks = old.map(|old| self.marks(old, &numbers, 0, &mut left, &mut seen));
        let root = self.subject.doc.new_object_id();
        let marks = grouped(marks.unwrap_or_default());
        let written = (!marks.is_empty()).then(|| self.level(root, marks));
        if let Some((first, last, count)) = written {
            let root_dict = Dictionary::from_iter([
                ("Type", Object::from("Outlines")),
                ("First", first.into()),
                ("Last", last.into()),
                ("Count", count.into()),
            ]);
            self.subject.doc.objects.insert(root, root_dict.into());
        }
        if let Ok(catalog) = self.subject.doc.catalog_mut() {
            match written {
                Some(_) => catalog.set("Outlines", root),
                None => drop(catalog.remove(b"Outlines")),
            }
        }
    }

    fn marks(
        &self,
        above: &Dictionary,
        numbers: &HashMap<ObjectId, usize>,
        depth: usize,
        left: &mut usize,
        seen: &mut HashSet<ObjectId>,
    ) -> Vec<Mark> {
        let mut marks = Vec::new();
        let mut next = above.get(b"First").and_then(Object::as_reference).ok();
        while let Some(id) = next.filter(|id| depth < MAX_LEVELS && *left > 0 && seen.insert(*id)) {
            let Ok(item) = self.subject.doc.get_dictionary(id) else {
                break;
            };
            *left -= 1;
            next = item.get(b"Next").and_then(Object::as_reference).ok();
            let below = self.marks(item, numbers, depth + 1, left, seen);
            let title = self.text(item, b"Title").map(|title| one_line(&title));
            let title = title.filter(|title| !title.is_empty());
            let place = self.subject.get(item, b"Dest");
            let place = place.and_then(|place| self.place(place, numbers));
            match (title, place) {
                (Some(title), Some((_, place))) => marks.push(Mark {
                    title,
                    place,
                    below,
                }),
                // An empty heading has nothing to show: what is below it takes its place.
                _ => marks.extend(below),
            }
        }
        marks
    }

    /// The marks of one level: first, last and how many are open.
    fn level(&mut self, parent: ObjectId, marks: Vec<Mark>) -> (ObjectId, ObjectId, i64) {
        let doc = &mut self.subject.doc;
        let ids: Vec<ObjectId> = marks.iter().map(|_| doc.new_object_id()).collect();
        let count = ids.len() as i64;
        for (place, mark) in marks.into_iter().enumerate() {
            let Some(id) = ids.get(place).copied() else {
                continue;
            };
            let mut item = Dictionary::from_iter([
                ("Title", text_string(&mark.title)),
                ("Parent", parent.into()),
                ("Dest", mark.place),
            ]);
            if let Some(before) = place.checked_sub(1).and_then(|i| ids.get(i)) {
                item.set("Prev", *before);
            }
            if let Some(after) = ids.get(place + 1) {
                item.set("Next", *after);
            }
            if !mark.below.is_empty() {
                let (first, last, count) = self.level(id, grouped(mark.below));
                item.set("First", first);
                item.set("Last", last);
                // Negative: closed until the reader opens it.
                item.set("Count", -count);
            }
            self.subject.doc.objects.insert(id, item.into());
        }
        let first = ids.first().copied().unwrap_or(parent);
        (first, ids.last().copied().unwrap_or(first), count)
    }
}

/// A list that is too long becomes groups, each named by its first and last heading's place.
fn grouped(marks: Vec<Mark>) -> Vec<Mark> {
    if marks.len() <= GROUP {
        return marks;
    }
    let mut groups = Vec::new();
    let mut from = 1;
    let mut marks = marks.into_iter().peekable();
    while let Some(place) = marks.peek().map(|first| first.place.clone()) {
        let below: Vec<Mark> = marks.by_ref().take(GROUP).collect();
        let title = format!("{from}–{}", from + below.len() - 1);
        from += below.len();
        groups.push(Mark {
            title,
            place,
            below,
        });
    }
    groups
}
