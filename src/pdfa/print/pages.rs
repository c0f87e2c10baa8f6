//! The pages, and the catalog that leads to them: what a print needs of both, and no more.

use lopdf::{Dictionary, Object, ObjectId};

use super::Print;
use crate::pdfa::Error;
use crate::pdfa::file::balance_pages;
use crate::pdfa::gate::MAX_DEPTH;

/// What a page may take over from the nodes above it (ISO 32000-1, table 30).
const INHERITED: [&[u8]; 4] = [b"Resources", b"MediaBox", b"CropBox", b"Rotate"];
/// US letter, as readers take it where nothing is said.
const USUAL: [i64; 4] = [0, 0, 612, 792];

impl Print<'_> {
    /// The pages in order.
    pub(super) fn pages(&self, limit: usize) -> Result<Vec<ObjectId>, Error> {
        let pages: Vec<ObjectId> = self.subject.pages().iter().filter_map(|p| p.id).collect();
        match pages.len() {
            0 => Err(Error::Broken("it has no pages".to_owned())),
            count if count > limit => Err(Error::PrintTooLarge {
                what: "pages",
                count: count as u64,
                limit: limit as u64,
            }),
            _ => Ok(pages),
        }
    }

    /// Makes the page tree and the catalog anew.
    pub(super) fn frame(&mut self, pages: &[ObjectId]) {
        let root = self.subject.doc.new_object_id();
        for id in pages {
            let page = self.page(*id, root);
            self.subject.doc.objects.insert(*id, page.into());
        }
        let kids = pages.iter().map(|id| (*id).into()).collect();
        let tree = Dictionary::from_iter([
            ("Type", Object::from("Pages")),
            ("Kids", Object::Array(kids)),
            ("Count", (pages.len() as i64).into()),
        ]);
        self.subject.doc.objects.insert(root, tree.into());

        let old = self.subject.catalog().cloned().unwrap_or_default();
        let mut catalog = Dictionary::from_iter([
            ("Type", Object::from("Catalog")),
            ("Pages", root.into()),
            ("Lang", Object::string_literal(self.language.as_str())),
            (
                "ViewerPreferences",
                Dictionary::from_iter([("DisplayDocTitle", Object::from(true))]).into(),
            ),
        ]);
        for key in ["StructTreeRoot", "Outlines"] {
            if let Ok(kept) = old.get(key.as_bytes()) {
                catalog.set(key, kept.clone());
            }
        }
        if catalog.has(b"StructTreeRoot") {
            let marked = Dictionary::from_iter([("Marked", Object::from(true))]);
            catalog.set("MarkInfo", marked);
        }
        if catalog.has(b"Outlines") {
            catalog.set("PageMode", "UseOutlines");
        }
        let catalog = self.subject.doc.add_object(catalog);
        self.subject.doc.trailer.set("Root", catalog);
        balance_pages(&mut self.subject.doc, pages);
    }

    fn page(&self, id: ObjectId, parent: ObjectId) -> Dictionary {
        let empty = Dictionary::new();
        let old = self.subject.doc.get_dictionary(id).unwrap_or(&empty);
        let mut page = Dictionary::from_iter([
            ("Type", Object::from("Page")),
            ("Parent", parent.into()),
            // The colours that transparency is mixed in (ISO 19005-2, 6.2.10).
            (
                "Group",
                Dictionary::from_iter([
                    ("Type", Object::from("Group")),
                    ("S", "Transparency".into()),
                    ("CS", "DeviceRGB".into()),
                ])
                .into(),
            ),
            // The tab key follows the structure (ISO 14289-1, 7.18.3).
            ("Tabs", "S".into()),
        ]);
        for key in INHERITED {
            if let Some(value) = self.inherited(old, key) {
                page.set(key, value);
            }
        }
        if !page.has(b"MediaBox") {
            page.set("MediaBox", Object::Array(USUAL.map(Object::from).to_vec()));
        }
        for key in ["Contents", "Annots", "StructParents"] {
            if let Ok(value) = old.get(key.as_bytes()) {
                page.set(key, value.clone());
            }
        }
        page
    }

    fn inherited(&self, page: &Dictionary, key: &[u8]) -> Option<Object> {
        let mut node = page;
        for _ in 0..MAX_DEPTH {
            if let Ok(value) = node.get(key) {
                return Some(value.clone());
            }
            node = self.subject.dict(node, b"Parent")?;
        }
        None
    }
}
