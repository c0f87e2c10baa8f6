//! What the content of pages draws: each stream is read once, and written anew where something in it must change.

mod edits;
mod stream;

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use lopdf::{Dictionary, Object, ObjectId};

use super::missing::Substitute;
use super::{Change, Print};
use crate::pdfa::Error;
use crate::pdfa::file::{Pad, compressed};
use crate::pdfa::gate::dictionary;
use stream::Reading;

/// Forms within forms that are looked into for tags.
const MAX_NESTED: usize = 48;

/// A stream of content that is to be read.
struct Task {
    id: ObjectId,
    /// Of the page that draws it, for a form without resources of its own.
    page: ObjectId,
    /// What surrounds it is tagged, or an artifact.
    settled: bool,
}

/// What came of it all.
#[derive(Default)]
struct Work {
    open: Vec<Task>,
    seen: HashSet<ObjectId>,
    /// Whether a form or one that it draws has tags of its own.
    tagged: HashMap<ObjectId, bool>,
    /// Fonts by the object that holds them, with what stands in for their missing letters.
    fonts: HashMap<ObjectId, Option<Rc<Substitute>>>,
    missing: usize,
}

/// A stream that was written anew, and the fonts that it uses now.
struct Changed {
    data: Vec<u8>,
    fonts: Vec<Rc<Substitute>>,
}

impl Print<'_> {
    /// Marks what is painted outside all tags as artifacts (ISO 14289-1, 7.1), and draws missing letters.
    pub(super) fn mark_content(&mut self, pages: &[ObjectId]) -> Result<(), Error> {
        let mut work = Work::default();
        for page in pages {
            self.mark_page(*page, &mut work)?;
            while let Some(task) = work.open.pop() {
                self.mark_form(&task, &mut work)?;
            }
        }
        self.told(Change::MissingGlyph, work.missing);
        Ok(())
    }

    fn mark_page(&mut self, id: ObjectId, work: &mut Work) -> Result<(), Error> {
        let Ok(page) = self.subject.doc.get_dictionary(id) else {
            return Ok(());
        };
        let parts: Vec<Object> = match self.subject.get(page, b"Contents") {
            Some(Object::Array(parts)) => parts.clone(),
            Some(Object::Stream(_)) => page.get(b"Contents").cloned().into_iter().collect(),
            _ => Vec::new(),
        };
        let mut data = Vec::new();
        for part in &parts {
            let stream = self.subject.resolve(part).and_then(|p| p.as_stream().ok());
            if let Some(stream) = stream {
                data.extend(self.unpacked(stream)?);
                data.push(b'\n');
            }
        }
        let resources = self.subject.dict(page, b"Resources");
        let changed = Reading::new(self, work, resources, id, false).read(&data)?;
        if changed.is_none() && parts.len() == 1 {
            return Ok(());
        }
        let (data, fonts) = match changed {
            Some(changed) => (changed.data, changed.fonts),
            None => (data, Vec::new()),
        };
        let content = compressed(Dictionary::new(), data, Pad::LineFeed);
        let content = self.subject.doc.add_object(content);
        if let Some(page) = self.dict_mut(id) {
            page.set("Contents", content);
        }
        self.use_fonts(id, id, &fonts);
        Ok(())
    }

    fn mark_form(&mut self, task: &Task, work: &mut Work) -> Result<(), Error> {
        let form = self.subject.doc.objects.get(&task.id);
        let Some(Object::Stream(form)) = form else {
            return Ok(());
        };
        let data = self.unpacked(form)?;
        let resources = self.subject.dict(&form.dict, b"Resources").or_else(|| {
            let page = self.subject.doc.get_dictionary(task.page).ok()?;
            self.subject.dict(page, b"Resources")
        });
        let changed = Reading::new(self, work, resources, task.page, task.settled).read(&data)?;
        if let Some(Changed { data, fonts }) = changed {
            let mut dict = form.dict.clone();
            dict.remove(b"Filter");
            dict.remove(b"DecodeParms");
            let form = compressed(dict, data, Pad::LineFeed);
            self.subject.doc.objects.insert(task.id, form.into());
            self.use_fonts(task.id, task.page, &fonts);
        }
        Ok(())
    }

    /// Names the fonts in the resources of a page or form, of which others may have the same.
    fn use_fonts(&mut self, owner: ObjectId, page: ObjectId, fonts: &[Rc<Substitute>]) {
        if fonts.is_empty() {
            return;
        }
        let of = |id: ObjectId| {
            let dict = self.subject.doc.objects.get(&id).and_then(dictionary)?;
            self.subject.dict(dict, b"Resources").cloned()
        };
        let mut resources = of(owner).or_else(|| of(page)).unwrap_or_default();
        let mut names = self
            .subject
            .dict(&resources, b"Font")
            .cloned()
            .unwrap_or_default();
        for font in fonts {
            let id = font.object(&mut self.subject.doc);
            names.set(font.name.as_str(), id);
        }
        resources.set("Font", names);
        if let Some(owner) = self.dict_mut(owner) {
            owner.set("Resources", resources);
        }
    }

    /// Whether the form, or one that it draws, has tags of its own.
    fn is_tagged(&self, id: ObjectId, known: &mut HashMap<ObjectId, bool>, depth: usize) -> bool {
        if let Some(tagged) = known.get(&id) {
            return *tagged;
        }
        // A form that draws itself is met again here.
        known.insert(id, false);
        let Some(form) = self.subject.doc.objects.get(&id).and_then(dictionary) else {
            return false;
        };
        let mut tagged = form.has(b"StructParents");
        if !tagged && depth < MAX_NESTED {
            let resources = self.subject.dict(form, b"Resources");
            let forms = resources.and_then(|r| self.subject.dict(r, b"XObject"));
            tagged = forms.into_iter().flatten().any(|(_, form)| {
                form.as_reference()
                    .is_ok_and(|id| self.is_tagged(id, known, depth + 1))
            });
        }
        known.insert(id, tagged);
        tagged
    }
}
