//! Links, and what else a page has upon it: only links stay.

use std::collections::HashMap;

use lopdf::{Dictionary, Object, ObjectId};

use super::{Change, Print};
use crate::pdfa::embed::text_string;

/// Where a link may lead; others run something, or mean nothing outside the browser.
const SCHEMES: [&str; 7] = ["http", "https", "mailto", "tel", "sms", "ftp", "geo"];
/// Bytes of an address that a link leads to; more is data, not an address.
const MAX_ADDRESS: usize = 8_000;
/// Characters of an address that are told in words.
const MAX_TOLD: usize = 2_000;

/// Where a link leads.
enum Target {
    Address(String),
    /// A page, counted from 1, and the place on it.
    Place(usize, Object),
    Nowhere(String),
}

impl Print<'_> {
    pub(super) fn keep_links(&mut self, pages: &[ObjectId]) {
        let numbers: HashMap<ObjectId, usize> = pages.iter().copied().zip(1..).collect();
        for page in pages {
            let annotations = self
                .subject
                .doc
                .get_dictionary(*page)
                .ok()
                .and_then(|page| self.subject.array(page, b"Annots"))
                .map(<[Object]>::to_vec)
                .unwrap_or_default();
            let mut kept = Vec::new();
            for annotation in annotations {
                match self.link(&annotation, *page, &numbers) {
                    Some(link) => {
                        // A link keeps its number: the structure tree refers to it.
                        let id = match annotation.as_reference() {
                            Ok(id) => id,
                            Err(_) => self.subject.doc.new_object_id(),
                        };
                        self.subject.doc.objects.insert(id, link.into());
                        self.links.insert(id);
                        kept.push(id.into());
                    }
                    None => self.told(Change::Annotation, 1),
                }
            }
            if let Some(page) = self.dict_mut(*page) {
                match kept.is_empty() {
                    true => drop(page.remove(b"Annots")),
                    false => page.set("Annots", Object::Array(kept)),
                }
            }
        }
    }

    fn link(
        &mut self,
        annotation: &Object,
        page: ObjectId,
        numbers: &HashMap<ObjectId, usize>,
    ) -> Option<Dictionary> {
        let old = match self.subject.resolve(annotation)? {
            Object::Dictionary(dict) => dict.clone(),
            _ => return None,
        };
        if self.subject.name(&old, b"Subtype") != Some(b"Link") {
            return None;
        }
        let mut link = Dictionary::from_iter([
            ("Type", Object::from("Annot")),
            ("Subtype", "Link".into()),
            ("Rect", self.subject.get(&old, b"Rect")?.clone()),
            ("P", page.into()),
            ("Border", Object::Array(vec![0.into(), 0.into(), 0.into()])),
            // Print, and nothing that hides it (ISO 19005-2, 6.3.2).
            ("F", 4.into()),
        ]);
        if let Some(key) = self.subject.integer(&old, b"StructParent") {
            link.set("StructParent", key);
        }
        let words = match self.target(&old, numbers) {
            Target::Address(address) => {
                let words = format!("Länk till {address}");
                let action = Dictionary::from_iter([
                    ("Type", Object::from("Action")),
                    ("S", "URI".into()),
                    ("URI", Object::string_literal(address)),
                ]);
                link.set("A", action);
                words
            }
            Target::Place(number, place) => {
                link.set("Dest", place);
                format!("Gå till sidan {number}")
            }
            Target::Nowhere(address) => {
                self.told(Change::DeadLink, 1);
                format!("Länk till {address}")
            }
        };
        let words: String = words
            .chars()
            .filter(|c| !c.is_control())
            .take(MAX_TOLD)
            .collect();
        link.set("Contents", text_string(words.trim_end()));
        Some(link)
    }

    fn target(&self, link: &Dictionary, numbers: &HashMap<ObjectId, usize>) -> Target {
        let action = self.subject.dict(link, b"A");
        if let Some(Object::String(address, _)) = action.and_then(|a| self.subject.get(a, b"URI")) {
            let address = String::from_utf8_lossy(address).into_owned();
            return match may_lead(&address) {
                true => Target::Address(address),
                false => Target::Nowhere(address),
            };
        }
        let place = self
            .subject
            .get(link, b"Dest")
            .or_else(|| self.subject.get(action?, b"D"));
        let place = place.and_then(|place| self.place(place, numbers));
        match place {
            Some((number, place)) => Target::Place(number, place),
            None => Target::Nowhere("okänd plats".to_owned()),
        }
    }

    /// A place on a page, also one that has a name.
    pub(super) fn place(
        &self,
        written: &Object,
        numbers: &HashMap<ObjectId, usize>,
    ) -> Option<(usize, Object)> {
        let named = match written {
            Object::Name(name) => {
                let all = self.subject.dict(self.subject.catalog()?, b"Dests")?;
                self.subject.get(all, name)?
            }
            other => other,
        };
        let place = named.as_array().ok()?;
        let number = numbers.get(&place.first()?.as_reference().ok()?)?;
        let plain = |o: &Object| !matches!(o, Object::Array(_) | Object::Dictionary(_));
        let good = place.len() <= 6 && place.iter().all(plain);
        good.then(|| (*number, named.clone()))
    }
}

fn may_lead(address: &str) -> bool {
    let scheme = address
        .split_once(':')
        .map(|(scheme, _)| scheme.to_ascii_lowercase());
    let known = scheme.is_some_and(|scheme| SCHEMES.contains(&scheme.as_str()));
    known && address.len() <= MAX_ADDRESS && address.bytes().all(|b| b.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_and_data_lead_nowhere() {
        for address in [
            "https://www.example.se/?a=1#b",
            "MAILTO:a@example.se",
            "tel:+4650000000",
        ] {
            assert!(may_lead(address), "{address}");
        }
        let long = format!("https://www.example.se/{}", "a".repeat(9_000));
        for address in [
            "javascript:alert(1)",
            "JavaScript:1",
            "data:text/html,x",
            "file:///etc/passwd",
            "",
            "/a",
            "blob:https://a.se/1",
            "chrome://settings",
            "https://räksmörgås.se/",
            "https://a.se/ b",
            &long,
        ] {
            assert!(!may_lead(address), "{address}");
        }
    }
}
