//! A file's structure tree read back, and held to be whole.

use std::collections::{HashMap, HashSet};

use lopdf::{Dictionary, Document, Object, ObjectId};

/// The structure of a file, read back.
pub struct Read {
    pub pdf: Document,
    pub pages: Vec<ObjectId>,
    /// Elements in reading order: their types with those they are within, and their dictionaries.
    pub elements: Vec<(String, ObjectId)>,
    pub parents: HashMap<i64, Object>,
}

/// A child of an element.
pub enum Kid {
    Element(ObjectId),
    Content(ObjectId, i64),
    Annotation(ObjectId),
}

pub fn read(bytes: &[u8]) -> Read {
    let pdf = Document::load_mem(bytes).unwrap();
    let pages = pdf.get_pages().into_values().collect();
    let root = pdf.catalog().unwrap().get(b"StructTreeRoot").unwrap();
    let root = pdf.get_dictionary(root.as_reference().unwrap()).unwrap();
    let mut parents = HashMap::new();
    let tree = root.get(b"ParentTree").unwrap().as_reference().unwrap();
    number_tree(&pdf, tree, &mut parents);
    let mut out = Read {
        elements: Vec::new(),
        parents,
        pages,
        pdf: pdf.clone(),
    };
    let top = root.get(b"K").unwrap().as_reference().unwrap();
    out.walk(top, "");
    out
}

fn number_tree(pdf: &Document, node: ObjectId, out: &mut HashMap<i64, Object>) {
    let node = pdf.get_dictionary(node).unwrap();
    if let Ok(kids) = node.get(b"Kids").and_then(Object::as_array) {
        assert!(kids.len() <= 500);
        for kid in kids {
            number_tree(pdf, kid.as_reference().unwrap(), out);
        }
        return;
    }
    let numbers = node.get(b"Nums").unwrap().as_array().unwrap();
    for pair in numbers.chunks(2) {
        let key = pair[0].as_i64().unwrap();
        if let Ok([first, last]) = node
            .get(b"Limits")
            .and_then(Object::as_array)
            .map(|l| [l[0].as_i64().unwrap(), l[1].as_i64().unwrap()])
        {
            assert!((first..=last).contains(&key));
        }
        let value = pdf.dereference(&pair[1]).unwrap();
        let value = if value.1.as_array().is_ok() {
            value.1.clone()
        } else {
            pair[1].clone()
        };
        assert!(out.insert(key, value).is_none(), "{key} once");
    }
}

impl Read {
    pub fn element(&self, id: ObjectId) -> &Dictionary {
        self.pdf.get_dictionary(id).unwrap()
    }

    pub fn kids(&self, id: ObjectId) -> Vec<Kid> {
        let element = self.element(id);
        let page = element.get(b"Pg").and_then(Object::as_reference).ok();
        let one = |kid: &Object| match kid {
            Object::Integer(mark) => Kid::Content(page.unwrap(), *mark),
            Object::Reference(id) => Kid::Element(*id),
            Object::Dictionary(d) => {
                let page = d.get(b"Pg").unwrap().as_reference().unwrap();
                match d.get(b"Type").unwrap().as_name().unwrap() {
                    b"MCR" => Kid::Content(page, d.get(b"MCID").unwrap().as_i64().unwrap()),
                    b"OBJR" => Kid::Annotation(d.get(b"Obj").unwrap().as_reference().unwrap()),
                    other => panic!("{other:?}"),
                }
            }
            other => panic!("{other:?}"),
        };
        match element.get(b"K") {
            Ok(Object::Array(kids)) => kids.iter().map(one).collect(),
            Ok(kid) => vec![one(kid)],
            Err(_) => Vec::new(),
        }
    }

    pub fn walk(&mut self, id: ObjectId, above: &str) {
        let name = self.element(id).get(b"S").unwrap().as_name().unwrap();
        let path = format!("{above}/{}", String::from_utf8_lossy(name));
        self.elements.push((path.clone(), id));
        for kid in self.kids(id) {
            if let Kid::Element(kid) = kid {
                let parent = self.element(kid).get(b"P").unwrap();
                assert_eq!(parent.as_reference().unwrap(), id);
                self.walk(kid, &path);
            }
        }
    }

    /// What is painted on the page by number; nothing is painted outside numbers and artifacts.
    pub fn painted(&self, page: ObjectId) -> HashSet<i64> {
        let content = self.pdf.get_page_content(page);
        let content = lopdf::content::Content::decode(&content).unwrap();
        let mut marks: Vec<Option<i64>> = Vec::new();
        let mut out = HashSet::new();
        for op in &content.operations {
            match op.operator.as_str() {
                "BMC" => panic!("a mark without properties"),
                "BDC" => {
                    let tag = op.operands[0].as_name().unwrap();
                    let properties = op.operands[1].as_dict().unwrap();
                    let number = properties.get(b"MCID").and_then(Object::as_i64).ok();
                    assert!(
                        number.is_some() || tag == b"Span" || properties.has(b"Type"),
                        "{op:?}"
                    );
                    assert_eq!(tag == b"Artifact", properties.has(b"Type"), "{op:?}");
                    assert!(number.is_none() || marks.is_empty(), "numbers do not nest");
                    if let Some(number) = number {
                        assert!(out.insert(number), "{number} once a page");
                    }
                    marks.push(number);
                }
                "EMC" => assert!(marks.pop().is_some()),
                "Tj" | "TJ" | "f" | "S" | "Do" | "B" => assert!(!marks.is_empty(), "{op:?}"),
                _ => {}
            }
        }
        assert!(marks.is_empty());
        out
    }

    /// Everything painted has its element, every element's content is there, and both name each other.
    pub fn assert_whole(&self) {
        let mut owned: HashMap<(ObjectId, i64), ObjectId> = HashMap::new();
        let mut linked: HashMap<ObjectId, ObjectId> = HashMap::new();
        for (path, id) in &self.elements {
            for kid in self.kids(*id) {
                match kid {
                    Kid::Content(page, mark) => {
                        assert_eq!(owned.insert((page, mark), *id), None, "{path}");
                    }
                    Kid::Annotation(link) => {
                        assert!(path.ends_with("/Link"), "{path}");
                        assert_eq!(linked.insert(link, *id), None);
                    }
                    Kid::Element(_) => {}
                }
            }
        }
        for page in &self.pages {
            let dict = self.pdf.get_dictionary(*page).unwrap();
            assert_eq!(dict.get(b"Tabs").unwrap().as_name().unwrap(), b"S");
            let key = dict.get(b"StructParents").unwrap().as_i64().unwrap();
            let back = self.parents[&key].as_array().unwrap();
            let painted = self.painted(*page);
            assert_eq!(painted.len(), back.len());
            for mark in painted {
                let owner = owned.remove(&(*page, mark)).unwrap();
                assert_eq!(back[mark as usize].as_reference().unwrap(), owner);
            }
            let Ok(links) = dict.get(b"Annots").and_then(Object::as_array) else {
                continue;
            };
            for link in links {
                let id = link.as_reference().unwrap();
                let link = self.pdf.get_dictionary(id).unwrap();
                let key = link.get(b"StructParent").unwrap().as_i64().unwrap();
                let owner = self.parents[&key].as_reference().unwrap();
                assert_eq!(linked.remove(&id), Some(owner));
                let words = link.get(b"Contents").unwrap().as_str().unwrap();
                assert!(words.len() > 8);
                if let Ok(action) = link.get(b"A").and_then(Object::as_dict) {
                    let to = action.get(b"URI").unwrap().as_str().unwrap();
                    let to = std::str::from_utf8(to).unwrap();
                    let known = ["http://", "https://", "mailto:"];
                    assert!(known.iter().any(|k| to.starts_with(k)), "{to}");
                }
            }
        }
        assert!(owned.is_empty() && linked.is_empty(), "nothing is missing");
        for object in self.pdf.objects.values() {
            if let Object::Dictionary(d) = object {
                let arrays = d.iter().filter_map(|(_, v)| v.as_array().ok());
                assert!(arrays.into_iter().all(|a| a.len() <= 8_191));
            }
            assert!(
                object.as_array().is_ok_and(|a| a.len() <= 8_191) || object.as_array().is_err()
            );
        }
    }

    pub fn levels(&self) -> Vec<u8> {
        let names = self.elements.iter().filter_map(|(path, _)| {
            let name = path.rsplit('/').next()?.strip_prefix('H')?;
            name.parse().ok()
        });
        names.collect()
    }

    pub fn count(&self, end: &str) -> usize {
        let ends = |(path, _): &&(String, ObjectId)| path.ends_with(end);
        self.elements.iter().filter(ends).count()
    }
}

/// The structure is whole, and its headings leave no level out.
pub fn assert_structure(bytes: &[u8]) {
    let read = read(bytes);
    read.assert_whole();
    assert_headings_step_by_step(&read.levels());
}

pub fn assert_headings_step_by_step(levels: &[u8]) {
    assert_eq!(levels.first(), Some(&1));
    assert_eq!(levels.iter().filter(|l| **l == 1).count(), 1);
    for pair in levels.windows(2) {
        assert!(pair[1] <= pair[0] + 1, "{levels:?}");
    }
}
