//! The structure tree and its way back from marked content (ISO 32000-1, 14.7.4.4): MCID to element, and element to MCID.

use std::collections::{HashMap, HashSet};

use lopdf::{Dictionary, Object, ObjectId};

use super::entries::{self, judge};
use super::subject::{Subject, dictionary};
use super::violation::{Fault, Untagged};

pub struct Structure<'d> {
    subject: &'d Subject<'d>,
    /// ParentTree: what stands under each StructParents or StructParent.
    parents: HashMap<i64, &'d Object>,
    /// Element, MCID, and the page or form it says that stands in.
    held: HashSet<(ObjectId, i64, Option<ObjectId>)>,
    root: Option<ObjectId>,
    /// Elements that are not what the standard says of each.
    pub faults: Vec<(Option<ObjectId>, Fault)>,
}

/// Faults that are told of one file; more say nothing new.
const MAX_FAULTS: usize = 100;

/// The content that an MCID stands in.
#[derive(Clone, Copy)]
pub struct Owner {
    /// StructParents of the page or form.
    pub key: Option<i64>,
    pub page: Option<ObjectId>,
    pub form: Option<ObjectId>,
}

impl<'d> Structure<'d> {
    /// Empty where the file has no structure tree.
    pub fn read(subject: &'d Subject<'d>) -> Self {
        let mut structure = Self {
            subject,
            parents: HashMap::new(),
            held: HashSet::new(),
            root: subject
                .catalog()
                .and_then(|c| c.get(b"StructTreeRoot").ok()?.as_reference().ok()),
            faults: Vec::new(),
        };
        if let Some(root) = subject
            .catalog()
            .and_then(|c| subject.dict(c, b"StructTreeRoot"))
        {
            let rules = ("the structure tree", entries::STRUCTURE_ROOT);
            judge(subject, root, None, rules, &mut structure.faults);
            if let Ok(tree) = root.get(b"ParentTree") {
                structure.read_parents(tree);
            }
            if let Ok(kids) = root.get(b"K") {
                structure.read_elements(kids);
            }
        }
        structure
    }

    /// A number tree (ISO 32000-1, 7.9.7).
    fn read_parents(&mut self, tree: &'d Object) {
        let mut seen = HashSet::new();
        let mut open = vec![tree];
        while let Some(node) = open.pop() {
            if node.as_reference().is_ok_and(|id| !seen.insert(id)) {
                continue;
            }
            let Some(node) = self.subject.resolve(node).and_then(dictionary) else {
                continue;
            };
            open.extend(self.subject.array(node, b"Kids").unwrap_or_default());
            for pair in self
                .subject
                .array(node, b"Nums")
                .unwrap_or_default()
                .chunks(2)
            {
                let [key, value] = pair else { continue };
                let key = self.subject.resolve(key).and_then(|k| k.as_i64().ok());
                if let (Some(key), Some(value)) = (key, self.subject.resolve(value)) {
                    self.parents.entry(key).or_insert(value);
                }
            }
        }
    }

    fn read_elements(&mut self, kids: &'d Object) {
        let mut seen = HashSet::new();
        // What stands under K, and the element whose K it is: its id and its page.
        let mut open: Vec<(&Object, Option<ObjectId>, Option<ObjectId>)> = vec![(kids, None, None)];
        while let Some((kid, element, page)) = open.pop() {
            let id = kid.as_reference().ok();
            if id.is_some_and(|id| !seen.insert((id, element))) {
                continue;
            }
            match self.subject.resolve(kid) {
                Some(Object::Array(kids)) => {
                    open.extend(kids.iter().map(|kid| (kid, element, page)))
                }
                Some(Object::Integer(mcid)) => self.hold(element, *mcid, page),
                Some(Object::Dictionary(dict)) => {
                    let page = dict.get(b"Pg").and_then(Object::as_reference).ok().or(page);
                    if let Some(mcid) = self.subject.integer(dict, b"MCID") {
                        let stream = dict.get(b"Stm").and_then(Object::as_reference).ok();
                        self.hold(element, mcid, stream.or(page));
                        continue;
                    }
                    if self.subject.name(dict, b"Type") != Some(b"OBJR") {
                        self.judge_element(dict, id, element);
                    }
                    if let Ok(kids) = dict.get(b"K") {
                        // Under another parent it is the same element: a circle ends here.
                        if id.is_none_or(|id| seen.insert((id, None)) || element.is_none()) {
                            open.push((kids, id, own_page(dict)));
                        }
                    }
                }
                _ => {}
            }
        }
    }

    /// What each element says of itself, and of its place (ISO 32000-1, table 323).
    fn judge_element(&mut self, dict: &Dictionary, id: Option<ObjectId>, above: Option<ObjectId>) {
        if self.faults.len() >= MAX_FAULTS {
            return;
        }
        if !self.is_element(dict) {
            self.faults.push((id, Fault::NoStructureType));
        }
        let rules = ("a structure element", entries::ELEMENT);
        judge(self.subject, dict, id, rules, &mut self.faults);
        self.judge_attributes(dict, id);
        let parent = dict.get(b"P").and_then(Object::as_reference).ok();
        let is_there = self.subject.dict(dict, b"P").is_some();
        let above = above.or(self.root);
        if !is_there || (above.is_some() && parent != above) {
            self.faults.push((id, Fault::NotItsParent));
        }
    }

    /// Attribute objects by their owner (ISO 32000-1, 14.8.5).
    fn judge_attributes(&mut self, element: &Dictionary, id: Option<ObjectId>) {
        let subject = self.subject;
        let all = match subject.get(element, b"A") {
            Some(Object::Array(all)) => all.as_slice(),
            Some(one) => std::slice::from_ref(one),
            None => return,
        };
        for attributes in all
            .iter()
            .filter_map(|a| subject.resolve(a).and_then(dictionary))
        {
            let rules = match subject.name(attributes, b"O") {
                Some(b"Table") => ("table attributes", entries::TABLE_ATTRIBUTES),
                Some(b"Layout") => ("layout attributes", entries::LAYOUT_ATTRIBUTES),
                Some(b"List") => ("list attributes", entries::LIST_ATTRIBUTES),
                _ => continue,
            };
            judge(subject, attributes, id, rules, &mut self.faults);
        }
    }

    fn hold(&mut self, element: Option<ObjectId>, mcid: i64, place: Option<ObjectId>) {
        if let Some(element) = element {
            self.held.insert((element, mcid, place));
        }
    }

    /// Whether the MCID leads to an element that holds it.
    pub fn judge(&self, owner: Owner, mcid: i64) -> Result<(), Untagged> {
        let Some(key) = owner.key else {
            return Err(Untagged::NoStructParents { mcid });
        };
        let Some(Object::Array(elements)) = self.parents.get(&key) else {
            return Err(Untagged::NotInParentTree { mcid, key });
        };
        let named = usize::try_from(mcid).ok().and_then(|i| elements.get(i));
        let element = named
            .and_then(|e| self.subject.resolve(e))
            .and_then(dictionary)
            .filter(|e| self.is_element(e));
        if element.is_none() {
            return Err(Untagged::NoElement { mcid, key });
        }
        let Some(id) = named.and_then(|e| e.as_reference().ok()) else {
            return Ok(());
        };
        let held = [owner.form, owner.page]
            .into_iter()
            .any(|place| place.is_some() && self.held.contains(&(id, mcid, place)));
        if held {
            Ok(())
        } else {
            Err(Untagged::NotHeld { mcid })
        }
    }

    /// Elements that hold marked content which was not read where they say that it is.
    pub fn lost(&self, found: &HashSet<(ObjectId, i64)>) -> Vec<(Option<ObjectId>, Fault)> {
        let lost = self
            .held
            .iter()
            .filter(|(_, mcid, place)| place.is_some_and(|place| !found.contains(&(place, *mcid))));
        let mut elements: Vec<ObjectId> = lost.map(|(element, ..)| *element).collect();
        elements.sort_unstable();
        elements.dedup();
        let told = elements.into_iter().take(MAX_FAULTS).map(|element| {
            let fault = Fault::Entry {
                dictionary: "a structure element",
                key: "K",
                problem: "names marked content that is not there",
            };
            (Some(element), fault)
        });
        told.collect()
    }

    /// Whether an object with this StructParent is part of an element as a whole.
    pub fn holds_object(&self, key: Option<i64>) -> bool {
        key.and_then(|key| self.parents.get(&key))
            .and_then(|e| dictionary(e))
            .is_some_and(|e| self.is_element(e))
    }

    fn is_element(&self, dict: &Dictionary) -> bool {
        self.subject.name(dict, b"S").is_some()
    }
}

fn own_page(element: &Dictionary) -> Option<ObjectId> {
    element.get(b"Pg").and_then(Object::as_reference).ok()
}
