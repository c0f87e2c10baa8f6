//! The structure tree: what the browser says of the page's parts, in the form that the standards ask for. Nothing is
//! said that the page did not say.

mod back;
mod lists;

use std::collections::{BTreeSet, HashMap, HashSet};

use lopdf::{Dictionary, Object, ObjectId};

use super::{Change, Print};
use crate::pdfa::{Error, language};

/// What an element may say of itself (ISO 32000-1, table 323); its identifier serves nothing here.
const KEPT: [&[u8]; 10] = [
    b"S",
    b"P",
    b"Pg",
    b"K",
    b"A",
    b"T",
    b"Lang",
    b"Alt",
    b"E",
    b"ActualText",
];
/// The types of PDF 1.7 (14.8.4).
#[rustfmt::skip]
const STANDARD: [&str; 49] = [
    "Document", "Part", "Art", "Sect", "Div", "BlockQuote", "Caption", "TOC", "TOCI", "Index", "NonStruct", "Private",
    "P", "H", "H1", "H2", "H3", "H4", "H5", "H6", "L", "LI", "Lbl", "LBody", "Table", "TR", "TH", "TD", "THead",
    "TBody", "TFoot", "Span", "Quote", "Note", "Reference", "BibEntry", "Code", "Link", "Annot", "Ruby", "RB", "RT",
    "RP", "Warichu", "WT", "WP", "Figure", "Formula", "Form",
];
/// What is nearest to types of later versions and of browsers.
const NEAREST: [(&str, &str); 8] = [
    ("Aside", "Sect"),
    ("Title", "P"),
    ("FENote", "Note"),
    ("Sub", "Span"),
    ("Em", "Span"),
    ("Strong", "Span"),
    ("DocumentFragment", "Part"),
    ("Hn", "P"),
];
/// Elements within elements that are read; the browser's own limit for a page is 512.
const MAX_DEPTH: usize = 600;
/// Those that stay: the gate follows 256 references from the root, and nobody hears a difference deeper down.
const MAX_LEVELS: usize = 100;

/// For four times that in a build that is not optimized; what is not used takes no memory.
const STACK: usize = 16 << 20;

/// Where an element hangs.
#[derive(Clone, Copy)]
struct Place {
    parent: ObjectId,
    /// Of the element above.
    page: Option<ObjectId>,
    /// Elements above it, and those of them that stay.
    depth: usize,
    level: usize,
}

/// What the tree is read into on the way.
struct Tree {
    roles: BTreeSet<Vec<u8>>,
    /// Elements that are dissolved, and what stands for them.
    dissolved: HashMap<ObjectId, ObjectId>,
    seen: HashSet<ObjectId>,
    languages: usize,
}

impl Print<'_> {
    /// On a stack of its own: elements stand within elements as deep as the browser lets them, and threads differ.
    pub(super) fn mend_structure(&mut self) -> Result<(), Error> {
        std::thread::scope(|scope| {
            let thread = std::thread::Builder::new().stack_size(STACK);
            let running = thread.spawn_scoped(scope, || self.mend_tree());
            let done = running.map_err(|source| Error::Write { part: 1, source })?;
            let done = done.join();
            done.map_err(|_| Error::Broken("its structure tree cannot be read".to_owned()))
        })
    }

    fn mend_tree(&mut self) {
        let Some(root) = self
            .subject
            .catalog()
            .and_then(|c| c.get(b"StructTreeRoot").ok()?.as_reference().ok())
        else {
            if let Ok(catalog) = self.subject.doc.catalog_mut() {
                catalog.remove(b"StructTreeRoot");
            }
            return;
        };
        let mut tree = Tree {
            roles: BTreeSet::new(),
            dissolved: HashMap::new(),
            seen: HashSet::from([root]),
            languages: 0,
        };
        let place = Place {
            parent: root,
            page: None,
            depth: 0,
            level: 0,
        };
        self.element(root, place, &mut tree);
        self.told(Change::Language, tree.languages);
        self.lead_elsewhere(root, &tree.dissolved);
        let roles = tree.roles.iter().map(|role| {
            let nearest = NEAREST.iter().find(|(own, _)| own.as_bytes() == role);
            let nearest = nearest.map_or("NonStruct", |(_, nearest)| nearest);
            (role.clone(), Object::from(nearest))
        });
        let roles: Dictionary = roles.collect();
        if let Some(root) = self.dict_mut(root) {
            root.remove(b"IDTree");
            root.remove(b"ClassMap");
            root.remove(b"RoleMap");
            if !roles.is_empty() {
                root.set("RoleMap", roles);
            }
        }
    }

    /// Mends the element and what is below it; gives back what stands for it in its parent's `K`.
    fn element(&mut self, id: ObjectId, place: Place, tree: &mut Tree) -> Vec<Object> {
        let Place { parent, .. } = place;
        let Some(mut element) = self.subject.doc.get_dictionary(id).ok().cloned() else {
            return Vec::new();
        };
        let is_root = place.depth == 0;
        let own_page = element.get(b"Pg").and_then(Object::as_reference).ok();
        if !is_root {
            self.mend_element(&mut element, tree);
        }
        let kind = element
            .get(b"S")
            .and_then(Object::as_name)
            .unwrap_or_default()
            .to_vec();
        let kids = match self.subject.get(&element, b"K") {
            Some(Object::Array(kids)) => kids.clone(),
            Some(_) => element.get(b"K").cloned().into_iter().collect(),
            None => Vec::new(),
        };
        if kind == b"Figure"
            && !element.has(b"Alt")
            && !kids.is_empty()
            && kids.iter().all(|kid| self.is_element(kid))
        {
            // A frame around pictures and their caption, which is no picture itself.
            element.set("S", "Div");
        }
        // It says nothing: what is in it belongs to the element above (14.8.4.2).
        let says = element
            .iter()
            .any(|(key, _)| !matches!(&key[..], b"Type" | b"S" | b"P" | b"Pg" | b"K"));
        // In a list it becomes an item or a body.
        let listed = self
            .kind_of(&parent.into())
            .is_some_and(|kind| matches!(kind, b"L" | b"LI"));
        let empty = kind == b"NonStruct" && !says && !listed;
        let dissolves = place.depth > 1 && (empty || place.level > MAX_LEVELS);
        let below = Place {
            parent: if dissolves { parent } else { id },
            page: own_page,
            depth: place.depth + 1,
            level: place.level + usize::from(!dissolves),
        };
        let mut kept = Vec::with_capacity(kids.len());
        for kid in kids {
            kept.extend(self.kid(kid, below, tree));
        }
        if dissolves {
            tree.dissolved.insert(id, parent);
            if own_page != place.page {
                kept.iter_mut().for_each(|kid| say_page(kid, own_page));
            }
            self.subject.doc.objects.remove(&id);
            return kept;
        }
        let kept = self.fitting(&kind, id, kept);
        if !is_root {
            element.set("P", parent);
        }
        element.set("K", Object::Array(kept));
        self.subject.doc.objects.insert(id, element.into());
        vec![id.into()]
    }

    /// What stands for a kid: an element, content of the page, or a link.
    fn kid(&mut self, kid: Object, place: Place, tree: &mut Tree) -> Vec<Object> {
        let id = match &kid {
            Object::Integer(_) => return vec![kid],
            Object::Reference(id) => Some(*id),
            _ => None,
        };
        let Some(Object::Dictionary(dict)) = self.subject.resolve(&kid) else {
            return Vec::new();
        };
        match self.subject.name(dict, b"Type") {
            Some(b"MCR") => vec![dict.clone().into()],
            Some(b"OBJR") => {
                let object = dict.get(b"Obj").and_then(Object::as_reference);
                let kept = object.is_ok_and(|id| self.links.contains(&id));
                kept.then(|| dict.clone().into()).into_iter().collect()
            }
            _ => match id {
                Some(id) if place.depth <= MAX_DEPTH && tree.seen.insert(id) => {
                    self.element(id, place, tree)
                }
                _ => Vec::new(),
            },
        }
    }

    fn mend_element(&mut self, element: &mut Dictionary, tree: &mut Tree) {
        let other: Vec<Vec<u8>> = element
            .iter()
            .map(|(key, _)| key.clone())
            .filter(|key| !KEPT.contains(&&key[..]))
            .collect();
        for key in other {
            element.remove(&key);
        }
        self.mend_attributes(element);
        if let Ok(kind) = element.get(b"S").and_then(Object::as_name) {
            let known = STANDARD.iter().any(|name| name.as_bytes() == kind);
            if !known {
                tree.roles.insert(kind.to_vec());
            }
        }
        if element.has(b"Lang") {
            let said = self.text(element, b"Lang");
            match said.as_deref().and_then(language::regular) {
                Some(tag) => element.set("Lang", Object::string_literal(tag)),
                None => {
                    // An empty one says that the language is not known, which PDF cannot.
                    tree.languages += usize::from(said.is_some_and(|tag| !tag.trim().is_empty()));
                    element.remove(b"Lang");
                }
            }
        }
        for key in [&b"Alt"[..], b"ActualText", b"E"] {
            if element.has(key)
                && self
                    .text(element, key)
                    .is_none_or(|text| text.trim().is_empty())
            {
                element.remove(key);
            }
        }
    }

    /// What they say that holds without them is left out: tables have thousands of cells that span one.
    fn mend_attributes(&self, element: &mut Dictionary) {
        let Some(said) = self.subject.get(element, b"A") else {
            return;
        };
        let all = match said {
            Object::Array(all) => all.as_slice(),
            one => std::slice::from_ref(one),
        };
        let mut kept: Vec<Object> = Vec::new();
        for attributes in all {
            let Some(Object::Dictionary(dict)) = self.subject.resolve(attributes) else {
                continue;
            };
            let mut dict = dict.clone();
            for key in [&b"ColSpan"[..], b"RowSpan"] {
                if dict
                    .get(key)
                    .and_then(Object::as_i64)
                    .is_ok_and(|span| span == 1)
                {
                    dict.remove(key);
                }
            }
            // Cells are told apart by their place; the identifiers that these name are gone.
            dict.remove(b"Headers");
            if dict.len() > 1 {
                kept.push(dict.into());
            }
        }
        match kept.is_empty() {
            true => drop(element.remove(b"A")),
            false => element.set("A", Object::Array(kept)),
        }
    }

    fn kind_of(&self, kid: &Object) -> Option<&[u8]> {
        let element = self
            .subject
            .doc
            .get_dictionary(kid.as_reference().ok()?)
            .ok()?;
        self.subject.name(element, b"S")
    }

    fn is_element(&self, kid: &Object) -> bool {
        self.kind_of(kid).is_some()
    }
}

/// Content says its page itself where the element above is of another.
fn say_page(kid: &mut Object, page: Option<ObjectId>) {
    let Some(page) = page else { return };
    match kid {
        Object::Integer(mcid) => {
            *kid = Dictionary::from_iter([
                ("Type", Object::from("MCR")),
                ("Pg", page.into()),
                ("MCID", (*mcid).into()),
            ])
            .into();
        }
        Object::Dictionary(dict) if !dict.has(b"Pg") && !dict.has(b"S") => dict.set("Pg", page),
        _ => {}
    }
}
