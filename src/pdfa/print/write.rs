//! The file written anew: what the catalog leads to, in that order, and nothing else.

use std::collections::{HashMap, VecDeque};
use std::ops::Range;

use lopdf::{Dictionary, Object, ObjectId};

use super::{PRINT_LEVELS, Print};
use crate::pdfa::file::{Pad, compressed};
use crate::pdfa::intent::{SRGB, output_intent};
use crate::pdfa::objects::Objects;
use crate::pdfa::xmp::Metadata;
use crate::pdfa::{Error, Level};

/// A file whose declared level can still be changed in place.
pub struct Written {
    pub bytes: Vec<u8>,
    metadata: Metadata,
    /// Where the XMP stands.
    xmp: Range<usize>,
}

impl Written {
    pub fn declare(&mut self, levels: &'static [Level]) {
        self.metadata.levels = levels;
        let xmp = padded(self.metadata.xmp(), self.xmp.len());
        if let Some(place) = self.bytes.get_mut(self.xmp.clone())
            && place.len() == xmp.len()
        {
            place.copy_from_slice(&xmp);
        }
    }
}

/// XMP packets may end in white space, which leaves room to edit them (ISO 16684-1, 7.3.2).
fn padded(mut xmp: Vec<u8>, length: usize) -> Vec<u8> {
    let end = b"<?xpacket end";
    if let Some(at) = xmp.windows(end.len()).rposition(|w| w == end) {
        let missing = length.saturating_sub(xmp.len());
        xmp.splice(at..at, std::iter::repeat_n(b' ', missing));
    }
    xmp
}

impl Print<'_> {
    /// Writes the file; it declares the highest level.
    pub(super) fn write(self, mut metadata: Metadata, limit: usize) -> Result<Written, Error> {
        // The longest: others are padded to it.
        metadata.levels = PRINT_LEVELS.first().copied().unwrap_or_default();
        let unwritten = |source| Error::Write { part: 1, source };
        let out = Vec::with_capacity(self.subject.bytes.len() + (64 << 10));
        let mut doc = self.subject.doc;
        let mut objects = Objects::begin(out, "1.7").map_err(unwritten)?;

        let xmp = metadata.xmp();
        let kind = Dictionary::from_iter([
            ("Type", Object::from("Metadata")),
            ("Subtype", "XML".into()),
        ]);
        let described = objects
            .open_stream(kind, xmp.len() as u64)
            .map_err(unwritten)?;
        let start = usize::try_from(objects.written()).unwrap_or(usize::MAX);
        objects.stream_bytes(&xmp).map_err(unwritten)?;
        objects
            .close_stream(xmp.last().copied())
            .map_err(unwritten)?;

        let components = Dictionary::from_iter([("N", Object::from(3))]);
        let profile = compressed(components, SRGB.to_vec(), Pad::One);
        let profile = objects
            .add_stream(profile.dict, &profile.content)
            .map_err(unwritten)?;
        let intent = objects.add(output_intent(profile)).map_err(unwritten)?;
        let info = objects.add(metadata.info()).map_err(unwritten)?;

        let mut catalog = doc.catalog().cloned().unwrap_or_default();
        let root = objects.reserve();
        let mut queue = Queue::default();
        queue.renumber_all(&mut catalog, &mut objects, &doc.objects);
        catalog.set("Metadata", described);
        catalog.set("OutputIntents", Object::Array(vec![intent]));
        objects.put(&root, &catalog.into()).map_err(unwritten)?;
        while let Some((old, id)) = queue.open.pop_front() {
            if queue.numbers.len() > limit {
                return Err(Error::PrintTooLarge {
                    what: "objects",
                    count: doc.objects.len() as u64,
                    limit: limit as u64,
                });
            }
            // What is written is given up, so that only one of the two grows.
            let object = doc
                .objects
                .get_mut(&old)
                .map(|o| std::mem::replace(o, Object::Null));
            let Some(mut object) = object else { continue };
            queue.renumber(&mut object, &mut objects, &doc.objects);
            match object {
                Object::Stream(stream) => objects.put_stream(&id, stream.dict, &stream.content),
                other => objects.put(&id, &other),
            }
            .map_err(unwritten)?;
        }
        let (bytes, _) = objects.finish(&root, &info).map_err(unwritten)?;
        Ok(Written {
            bytes,
            metadata,
            xmp: start..start + xmp.len(),
        })
    }
}

/// Objects that are referred to, with their new numbers.
#[derive(Default)]
struct Queue {
    numbers: HashMap<ObjectId, Object>,
    open: VecDeque<(ObjectId, Object)>,
}

type Known = std::collections::BTreeMap<ObjectId, Object>;

impl Queue {
    fn renumber_all(&mut self, dict: &mut Dictionary, objects: &mut Objects<Vec<u8>>, all: &Known) {
        for (_, value) in dict.iter_mut() {
            self.renumber(value, objects, all);
        }
    }

    fn renumber(&mut self, object: &mut Object, objects: &mut Objects<Vec<u8>>, all: &Known) {
        match object {
            Object::Reference(old) => {
                *object = match self.numbers.get(old) {
                    Some(id) => id.clone(),
                    // What leads nowhere is null (ISO 32000-1, 7.3.10).
                    None if !all.contains_key(old) => Object::Null,
                    None => {
                        let id = objects.reserve();
                        self.numbers.insert(*old, id.clone());
                        self.open.push_back((*old, id.clone()));
                        id
                    }
                };
            }
            Object::Array(items) => {
                for item in items {
                    self.renumber(item, objects, all);
                }
            }
            Object::Dictionary(dict) => self.renumber_all(dict, objects, all),
            Object::Stream(stream) => self.renumber_all(&mut stream.dict, objects, all),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packet_is_padded_before_its_end() {
        let xmp = padded(b"<a/><?xpacket end=\"w\"?>".to_vec(), 30);
        assert_eq!(xmp.len(), 30);
        assert!(xmp.starts_with(b"<a/>   ") && xmp.ends_with(b"<?xpacket end=\"w\"?>"));
    }
}
