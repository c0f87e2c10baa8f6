//! Lists in the form that the standards ask for.

use lopdf::{Dictionary, Object, ObjectId};

use super::Print;

impl Print<'_> {
    /// Lists have items, and items a body (ISO 14289-1, 7.2; ISO 32000-1, 14.8.4.3.3).
    pub(super) fn fitting(&mut self, kind: &[u8], id: ObjectId, kids: Vec<Object>) -> Vec<Object> {
        let (allowed, wrapped): (&[&[u8]], _) = match kind {
            b"LI" => (&[b"Lbl", b"LBody"], "LBody"),
            b"L" => (&[b"LI", b"L", b"Caption"], "LI"),
            _ => return kids,
        };
        let mut out: Vec<Object> = Vec::with_capacity(kids.len());
        let mut strange: Vec<Object> = Vec::new();
        for kid in kids {
            // Content of the page stays with the element that the way back leads to.
            let fits = self
                .kind_of(&kid)
                .is_none_or(|kind| allowed.contains(&kind));
            match fits {
                true => {
                    self.wrap(wrapped, id, &mut strange, &mut out);
                    out.push(kid);
                }
                false => strange.push(kid),
            }
        }
        self.wrap(wrapped, id, &mut strange, &mut out);
        out
    }

    /// Puts the kids into an element of their own.
    fn wrap(
        &mut self,
        kind: &str,
        parent: ObjectId,
        kids: &mut Vec<Object>,
        out: &mut Vec<Object>,
    ) {
        if kids.is_empty() {
            return;
        }
        let id = self.subject.doc.new_object_id();
        let mut kids = std::mem::take(kids);
        for kid in kids.iter().filter_map(|kid| kid.as_reference().ok()) {
            if let Some(kid) = self.dict_mut(kid) {
                kid.set("P", id);
            }
        }
        if kind == "LI" {
            let mut body = Vec::new();
            self.wrap("LBody", id, &mut kids, &mut body);
            kids = body;
        }
        let element = Dictionary::from_iter([
            ("S", Object::from(kind)),
            ("P", parent.into()),
            ("K", Object::Array(kids)),
        ]);
        self.subject.doc.objects.insert(id, element.into());
        out.push(id.into());
    }
}
