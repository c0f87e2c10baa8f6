//! The parent tree (ISO 32000-1, 14.7.4.4).

use std::collections::{HashMap, HashSet};

use lopdf::{Object, ObjectId};

use super::Print;

impl Print<'_> {
    /// The way back from marked content, past elements that are no more.
    pub(super) fn lead_elsewhere(
        &mut self,
        root: ObjectId,
        dissolved: &HashMap<ObjectId, ObjectId>,
    ) {
        let new = |old: &ObjectId| {
            let mut id = *old;
            while let Some(above) = dissolved.get(&id) {
                id = *above;
            }
            id
        };
        let Some(tree) = self
            .subject
            .doc
            .get_dictionary(root)
            .ok()
            .and_then(|root| root.get(b"ParentTree").ok())
        else {
            return;
        };
        let mut seen = HashSet::new();
        let mut open: Vec<ObjectId> = tree.as_reference().ok().into_iter().collect();
        while let Some(id) = open.pop() {
            if !seen.insert(id) {
                continue;
            }
            let Some(object) = self.subject.doc.objects.get_mut(&id) else {
                continue;
            };
            let lists: Vec<&mut Vec<Object>> = match object {
                Object::Array(all) => vec![all],
                Object::Dictionary(node) => {
                    // An element is where the way ends.
                    if node.has(b"S") {
                        continue;
                    }
                    let lists = node
                        .iter_mut()
                        .filter(|(key, _)| matches!(&key[..], b"Kids" | b"Nums"));
                    lists
                        .filter_map(|(_, list)| list.as_array_mut().ok())
                        .collect()
                }
                _ => continue,
            };
            for item in lists.into_iter().flatten() {
                match item {
                    Object::Reference(id) => {
                        *id = new(id);
                        open.push(*id);
                    }
                    Object::Array(inner) => {
                        for item in inner {
                            if let Object::Reference(id) = item {
                                *id = new(id);
                            }
                        }
                    }
                    _ => {}
                }
            }
        }
    }
}
