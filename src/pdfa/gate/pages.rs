//! The page tree and the outline: every node leads back to where it hangs, and says how much hangs on it
//! (ISO 32000-1, 7.7.3 and 12.3.3).

use std::collections::HashSet;

use lopdf::{Dictionary, Object, ObjectId};

use super::entries::{ANNOTATION, OUTLINE_ITEM, OUTLINES, PAGE, judge};
use super::subject::{MAX_DEPTH, Subject, dictionary};
use super::violation::Fault;

/// Faults that are told of one file; more say nothing new.
const MAX_FAULTS: usize = 100;

pub fn check(subject: &Subject<'_>) -> Vec<(Option<ObjectId>, Fault)> {
    let mut tree = Tree {
        subject,
        seen: HashSet::new(),
        faults: Vec::new(),
    };
    let root = subject.catalog().and_then(|c| c.get(b"Pages").ok());
    let pages = root.map_or(0, |root| tree.pages(root, None, false, 0));
    if pages == 0 {
        tree.wrong(None, "it has no pages");
    }
    if let Some(root) = subject.catalog().and_then(|c| c.get(b"Outlines").ok()) {
        tree.outlines(root);
    }
    tree.faults.truncate(MAX_FAULTS);
    tree.faults
}

struct Tree<'d> {
    subject: &'d Subject<'d>,
    seen: HashSet<ObjectId>,
    faults: Vec<(Option<ObjectId>, Fault)>,
}

impl<'d> Tree<'d> {
    fn wrong(&mut self, id: Option<ObjectId>, problem: &'static str) {
        self.faults.push((id, Fault::PageTree { problem }));
    }

    fn entry(&mut self, id: Option<ObjectId>, key: &'static str, problem: &'static str) {
        let fault = Fault::Entry {
            dictionary: "an outline item",
            key,
            problem,
        };
        self.faults.push((id, fault));
    }

    /// The pages below; `has_box` where a node above says how large they are.
    fn pages(
        &mut self,
        written: &'d Object,
        parent: Option<ObjectId>,
        has_box: bool,
        depth: usize,
    ) -> i64 {
        let id = written.as_reference().ok();
        if self.faults.len() >= MAX_FAULTS {
            return 0;
        }
        if depth > MAX_DEPTH || id.is_some_and(|id| !self.seen.insert(id)) {
            self.wrong(id, "a node hangs in it twice");
            return 0;
        }
        let Some(Object::Dictionary(node)) = self.subject.resolve(written) else {
            self.wrong(id, "what hangs in it is no node");
            return 0;
        };
        if depth > 0 && node.get(b"Parent").and_then(Object::as_reference).ok() != parent {
            self.wrong(id, "/Parent is not the node that it hangs on");
        }
        let has_box = has_box || self.subject.get(node, b"MediaBox").is_some();
        match self.subject.name(node, b"Type") {
            Some(b"Page") => {
                if !has_box {
                    self.wrong(id, "a page has no /MediaBox");
                }
                judge(self.subject, node, id, ("a page", PAGE), &mut self.faults);
                self.annotations(node);
                1
            }
            Some(b"Pages") => {
                let Some(kids) = self.subject.array(node, b"Kids") else {
                    self.wrong(id, "a node has no /Kids");
                    return 0;
                };
                let mut count = 0;
                for kid in kids {
                    count += self.pages(kid, id, has_box, depth + 1);
                }
                if self.subject.integer(node, b"Count") != Some(count) {
                    self.wrong(id, "/Count is not the number of pages below");
                }
                count
            }
            _ => {
                self.wrong(id, "a node is neither of /Type Page nor Pages");
                0
            }
        }
    }

    fn annotations(&mut self, page: &'d Dictionary) {
        for written in self.subject.array(page, b"Annots").unwrap_or_default() {
            let id = written.as_reference().ok();
            match self.subject.resolve(written) {
                Some(Object::Dictionary(found)) => {
                    let rules = ("an annotation", ANNOTATION);
                    judge(self.subject, found, id, rules, &mut self.faults);
                    self.destination(found, id, "an annotation");
                }
                _ => self.wrong(id, "/Annots of a page names what is no annotation"),
            }
        }
    }

    fn outlines(&mut self, written: &'d Object) {
        let Some(root) = self.subject.resolve(written).and_then(dictionary) else {
            return;
        };
        let id = written.as_reference().ok();
        let rules = ("the outline", OUTLINES);
        judge(self.subject, root, id, rules, &mut self.faults);
        self.items(root, id, 0);
    }

    /// The items of one level, and those below.
    fn items(&mut self, above: &'d Dictionary, parent: Option<ObjectId>, depth: usize) {
        let reference = |dict: &Dictionary, key| dict.get(key).and_then(Object::as_reference).ok();
        let mut next = above.get(b"First").ok();
        let mut previous = None;
        while let Some(written) = next {
            let id = written.as_reference().ok();
            let fresh = id.is_none_or(|id| self.seen.insert(id));
            let found = self.subject.resolve(written).and_then(dictionary);
            let (Some(item), true, true) = (found, fresh, depth < MAX_DEPTH) else {
                self.entry(id, "First or Next", "does not lead to an item of its own");
                return;
            };
            if self.faults.len() >= MAX_FAULTS {
                return;
            }
            let rules = ("an outline item", OUTLINE_ITEM);
            judge(self.subject, item, id, rules, &mut self.faults);
            if reference(item, b"Parent") != parent {
                self.entry(id, "Parent", "is not what it hangs on");
            }
            if reference(item, b"Prev") != previous {
                self.entry(id, "Prev", "is not the item before");
            }
            self.destination(item, id, "an outline item");
            self.items(item, id, depth + 1);
            previous = id;
            next = item.get(b"Next").ok();
        }
        if reference(above, b"Last") != previous {
            self.entry(parent, "Last", "is not the last item");
        }
    }

    /// ISO 32000-1, 12.3.2: a name, a text, or a page with how it is shown.
    fn destination(&mut self, dict: &'d Dictionary, id: Option<ObjectId>, name: &'static str) {
        let good = match self.subject.get(dict, b"Dest") {
            None | Some(Object::Name(_) | Object::String(..)) => true,
            Some(Object::Array(parts)) => {
                let page = parts.first().and_then(|page| self.subject.resolve(page));
                let is_page = page
                    .and_then(dictionary)
                    .is_some_and(|page| matches!(self.subject.name(page, b"Type"), Some(b"Page")));
                let shown = parts.get(1).and_then(|how| self.subject.resolve(how));
                is_page && shown.is_some_and(|how| how.as_name().is_ok())
            }
            Some(_) => false,
        };
        if !good {
            let fault = Fault::Entry {
                dictionary: name,
                key: "Dest",
                problem: "leads to no page",
            };
            self.faults.push((id, fault));
        }
    }
}
