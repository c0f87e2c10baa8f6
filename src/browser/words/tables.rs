//! The columns of a snapshot, kept small: a page may have a million nodes, and most have what their neighbours have.

use std::collections::HashMap;
use std::fmt;

use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::snapshot::{Document, STYLES, Snapshot};

/// Bytes of texts of one snapshot; a book of 10,000 pages has fewer.
const TEXT_BYTES: usize = 24 << 20;

/// Texts, one after the other.
#[derive(Debug, Default)]
pub(super) struct Strings {
    all: String,
    ends: Vec<u32>,
}

impl Strings {
    /// Empty for one that is not there.
    pub(super) fn get(&self, index: i32) -> &str {
        let found = usize::try_from(index).ok().and_then(|n| {
            let end = *self.ends.get(n)?;
            let start = n.checked_sub(1).and_then(|n| self.ends.get(n));
            self.all
                .get(start.copied().unwrap_or(0) as usize..end as usize)
        });
        found.unwrap_or_default()
    }

    fn push<E: Error>(&mut self, text: &str) -> Result<(), E> {
        if self.all.len().saturating_add(text.len()) > TEXT_BYTES {
            return Err(E::custom(format!("more than {TEXT_BYTES} bytes of text")));
        }
        self.all.push_str(text);
        self.ends.push(u32::try_from(self.all.len()).unwrap_or(0));
        Ok(())
    }
}

/// The styles of boxes; most boxes have those of many others.
#[derive(Debug, Default)]
pub(super) struct Styles {
    of: Vec<u32>,
    kinds: Vec<[i32; STYLES.len()]>,
}

impl Styles {
    /// The string of one style; none where the box has no style of its own.
    pub(super) fn get(&self, layout: usize, which: usize) -> i32 {
        self.kind(layout)
            .and_then(|kind| kind.get(which).copied())
            .unwrap_or(-1)
    }

    pub(super) fn has(&self, layout: usize) -> bool {
        self.kind(layout)
            .is_some_and(|kind| kind.iter().any(|s| *s >= 0))
    }

    fn kind(&self, layout: usize) -> Option<&[i32; STYLES.len()]> {
        self.kinds.get(*self.of.get(layout)? as usize)
    }

    pub(super) fn strings(&self) -> impl Iterator<Item = i32> {
        self.kinds.iter().flatten().copied()
    }
}

impl<'de> Deserialize<'de> for Styles {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Rows;
        impl<'de> Visitor<'de> for Rows {
            type Value = Styles;

            fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
                to.write_str("the styles of boxes")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> Result<Styles, A::Error> {
                let mut styles = Styles::default();
                let mut known = HashMap::new();
                while let Some(Row(row)) = rows.next_element()? {
                    let next = u32::try_from(styles.kinds.len()).map_err(A::Error::custom)?;
                    let kind = *known.entry(row).or_insert(next);
                    if kind == next {
                        styles.kinds.push(row);
                    }
                    styles.of.push(kind);
                }
                Ok(styles)
            }
        }
        from.deserialize_seq(Rows)
    }
}

/// The styles of one box: all, or none.
struct Row([i32; STYLES.len()]);

impl<'de> Deserialize<'de> for Row {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Cells;
        impl<'de> Visitor<'de> for Cells {
            type Value = Row;

            fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
                to.write_str("the styles of a box")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut cells: A) -> Result<Row, A::Error> {
                let mut row = [-1; STYLES.len()];
                for cell in &mut row {
                    match cells.next_element()? {
                        Some(told) => *cell = told,
                        None => return Ok(Row(row)),
                    }
                }
                while cells.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Row(row))
            }
        }
        from.deserialize_seq(Cells)
    }
}

impl<'de> Deserialize<'de> for Snapshot {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Tables;
        impl<'de> Visitor<'de> for Tables {
            type Value = Snapshot;

            fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
                to.write_str("documents and strings")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Snapshot, A::Error> {
                let mut documents: Option<Vec<Document>> = None;
                let mut strings = None;
                while let Some(key) = map.next_key::<String>()? {
                    match key.as_str() {
                        "documents" => documents = Some(map.next_value()?),
                        // What nobody reads is most of it: addresses, scripts, each text a second time.
                        "strings" => {
                            let documents = documents.as_deref();
                            let wanted = documents.map(wanted);
                            strings = Some(map.next_value_seed(Wanted(wanted))?);
                        }
                        _ => {
                            map.next_value::<IgnoredAny>()?;
                        }
                    }
                }
                let documents = documents.ok_or_else(|| A::Error::missing_field("documents"))?;
                let strings = strings.ok_or_else(|| A::Error::missing_field("strings"))?;
                Ok(Snapshot::new(documents, strings))
            }
        }
        from.deserialize_map(Tables)
    }
}

/// Which strings are read.
fn wanted(documents: &[Document]) -> Vec<bool> {
    let mut wanted = Vec::new();
    for index in documents.iter().flat_map(Document::strings) {
        // Less than the answer is long; what says otherwise gets none.
        let Some(n) = usize::try_from(index).ok().filter(|n| *n < 1 << 26) else {
            continue;
        };
        if wanted.len() <= n {
            wanted.resize(n + 1, false);
        }
        if let Some(one) = wanted.get_mut(n) {
            *one = true;
        }
    }
    wanted
}

/// Those strings that are wanted, the others empty; all where nothing says which.
struct Wanted(Option<Vec<bool>>);

impl<'de> DeserializeSeed<'de> for Wanted {
    type Value = Strings;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Strings, D::Error> {
        from.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Wanted {
    type Value = Strings;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("strings")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut told: A) -> Result<Strings, A::Error> {
        let mut strings = Strings::default();
        let mut n = 0;
        loop {
            let is_wanted = match &self.0 {
                Some(wanted) => wanted.get(n) == Some(&true),
                None => true,
            };
            let more = match is_wanted {
                true => told.next_element_seed(Push(&mut strings))?.is_some(),
                false => {
                    let passed = told.next_element::<IgnoredAny>()?.is_some();
                    strings.push("")?;
                    passed
                }
            };
            if !more {
                return Ok(strings);
            }
            n += 1;
        }
    }
}

struct Push<'a>(&'a mut Strings);

impl<'de> DeserializeSeed<'de> for Push<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_str(self)
    }
}

impl Visitor<'_> for Push<'_> {
    type Value = ();

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("a string")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        self.0.push(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_read_is_kept() {
        let nodes = r#"{"parentIndex":[-1,0],"nodeType":[9,3],"nodeName":[1,2],"nodeValue":[-1,3],"backendNodeId":[7,8],"attributes":[[],[4,4]]}"#;
        let layout = r#"{"nodeIndex":[0,1],"styles":[[5,5,5,5,5,5,5,5],[]],"bounds":[[0,0,8,8],[1.5,2,3,4]],"text":[-1,6],"more":{}}"#;
        let boxes = r#"{"layoutIndex":[1],"bounds":[[1.5,2,3,4]],"start":[0],"length":[2]}"#;
        let document = format!(
            r#"{{"documentURL":0,"title":3,"nodes":{nodes},"layout":{layout},"textBoxes":{boxes}}}"#
        );
        let strings =
            r##"["https://x.example","#document","#text","value","attribute","block","åä"]"##;
        let told = format!(r#"{{"documents":[{document}],"strings":{strings}}}"#);
        let snapshot: Snapshot = serde_json::from_str(&told).unwrap();
        let found: Vec<&str> = (-1..8).map(|n| snapshot.strings.get(n)).collect();
        assert_eq!(
            found,
            [
                "",
                "https://x.example",
                "#document",
                "#text",
                "",
                "",
                "block",
                "åä",
                ""
            ]
        );
        // In the other order nothing says what is read.
        let told = format!(r#"{{"strings":{strings},"documents":[{document}]}}"#);
        let snapshot: Snapshot = serde_json::from_str(&told).unwrap();
        assert_eq!(snapshot.strings.get(3), "value");
    }

    #[test]
    fn more_text_than_there_can_be_is_refused() {
        let text = "x".repeat(TEXT_BYTES + 1);
        let told = format!(r#"{{"strings":["{text}"],"documents":[]}}"#);
        let error = serde_json::from_str::<Snapshot>(&told).unwrap_err();
        assert!(error.to_string().contains("bytes of text"), "{error}");
    }
}
