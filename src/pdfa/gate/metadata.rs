//! The XMP of a file: the levels it declares, and what page_validation does not look at in it.

use std::collections::{HashMap, HashSet};

use lopdf::ObjectId;
use roxmltree::{Document, Node, ParsingOptions};

use super::subject::{Stop, Subject};
use super::violation::Fault;
use super::{Declared, Level};

const RDF: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";
const XML: &str = "http://www.w3.org/XML/1998/namespace";
const DC: &str = "http://purl.org/dc/elements/1.1/";
const PDFA_ID: &str = "http://www.aiim.org/pdfa/ns/id/";
const PDFUA_ID: &str = "http://www.aiim.org/pdfua/ns/id/";
const PDFA_EXTENSION: &str = "http://www.aiim.org/pdfa/ns/extension/";
const PDFA_SCHEMA: &str = "http://www.aiim.org/pdfa/ns/schema#";
const PDFA_PROPERTY: &str = "http://www.aiim.org/pdfa/ns/property#";

/// The namespaces of XMP's own schemas, of 2004 and 2005; page_validation looks at their properties.
const PREDEFINED: &[&str] = &[
    DC,
    PDFA_ID,
    PDFA_EXTENSION,
    "http://ns.adobe.com/xap/1.0/",
    "http://ns.adobe.com/xmp/1.0/",
    "http://ns.adobe.com/xap/1.0/rights/",
    "http://ns.adobe.com/xap/1.0/mm/",
    "http://ns.adobe.com/xap/1.0/bj/",
    "http://ns.adobe.com/xap/1.0/t/pg/",
    "http://ns.adobe.com/xmp/1.0/DynamicMedia/",
    "http://ns.adobe.com/xmp/Identifier/qual/1.0/",
    "http://ns.adobe.com/pdf/1.3/",
    "http://ns.adobe.com/photoshop/1.0/",
    "http://ns.adobe.com/camera-raw-settings/1.0/",
    "http://ns.adobe.com/exif/1.0/",
    "http://ns.adobe.com/exif/1.0/aux/",
    "http://ns.adobe.com/tiff/1.0/",
];
/// XMP is a few kilobytes; more nodes than this are no metadata.
const MAX_NODES: u32 = 1_000_000;

/// The XMP of the catalog as text; none where there is none that reads.
pub fn text(subject: &Subject<'_>) -> Result<Option<(Option<ObjectId>, String)>, Stop> {
    let Some(catalog) = subject.catalog() else {
        return Ok(None);
    };
    let Some(stream) = subject.stream(catalog, b"Metadata") else {
        return Ok(None);
    };
    let id = catalog
        .get(b"Metadata")
        .and_then(lopdf::Object::as_reference);
    let data = subject.unpack(stream)?;
    Ok(data.map(|data| (id.ok(), decode(&data))))
}

/// UTF-8, or UTF-16 or UTF-32 where its mark or its zeros say so (XMP 2004, "Character Encoding").
fn decode(data: &[u8]) -> String {
    let wide = |bytes: &[u8], from: fn([u8; 2]) -> u16| {
        let units = bytes
            .chunks_exact(2)
            .filter_map(|pair| pair.try_into().ok())
            .map(from);
        char::decode_utf16(units)
            .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect()
    };
    let widest = |bytes: &[u8], from: fn([u8; 4]) -> u32| {
        bytes
            .chunks_exact(4)
            .filter_map(|four| four.try_into().ok())
            .map(|four| char::from_u32(from(four)).unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect()
    };
    let text: String = match data {
        [0xff, 0xfe, 0, 0, ..] | [b'<', 0, 0, 0, ..] => widest(data, u32::from_le_bytes),
        [0, 0, 0xfe, 0xff, ..] | [0, 0, 0, b'<', ..] => widest(data, u32::from_be_bytes),
        [0xfe, 0xff, ..] | [0, b'<', ..] => wide(data, u16::from_be_bytes),
        [0xff, 0xfe, ..] | [b'<', 0, ..] => wide(data, u16::from_le_bytes),
        _ => String::from_utf8_lossy(data).into_owned(),
    };
    text.trim_start_matches('\u{feff}').to_owned()
}

/// The levels that the XMP declares.
pub fn declared(xmp: &str) -> Declared {
    let Some(document) = parse(xmp) else {
        return Declared::default();
    };
    let value = |namespace, name| {
        properties(&document)
            .find(|p| p.namespace == namespace && p.name == name)
            .map(|p| p.text.trim().to_uppercase())
            .unwrap_or_default()
    };
    let (part, conformance) = (value(PDFA_ID, "part"), value(PDFA_ID, "conformance"));
    let pdfua = value(PDFUA_ID, "part");
    let levels: Vec<Level> = Level::ALL
        .into_iter()
        .filter(|level| match level.identification() {
            (_, number, Some(letter)) => (number, letter) == (&*part, &*conformance),
            (_, number, None) => number == pdfua,
        })
        .collect();
    let mut others = Vec::new();
    let short = |text: &str| -> String { text.chars().take(LONGEST_NAME).collect() };
    if !part.is_empty() && levels.iter().all(|level| *level == Level::Ua1) {
        others.push(format!("PDF/A-{}", short(&format!("{part}{conformance}"))));
    }
    if !pdfua.is_empty() && !levels.contains(&Level::Ua1) {
        others.push(format!("PDF/UA-{}", short(&pdfua)));
    }
    Declared { levels, others }
}

/// Letters of a part and level; a file may say anything.
const LONGEST_NAME: usize = 12;

/// What page_validation does not look at.
pub fn check(xmp: &str, level: Level) -> Vec<Fault> {
    // XMP that is no XML is found by page_validation.
    let Some(document) = parse(xmp) else {
        return Vec::new();
    };
    if level == Level::Ua1 {
        let mut titles = properties(&document).filter(|p| p.namespace == DC && p.name == "title");
        let empty = titles.next().is_some_and(|title| !title.says_something());
        return empty.then_some(Fault::EmptyTitle).into_iter().collect();
    }
    let described = described(&document);
    let mut told = HashSet::new();
    properties(&document)
        .filter(|p| !PREDEFINED.contains(&p.namespace))
        .filter(|p| {
            !described
                .get(p.namespace)
                .is_some_and(|names| names.contains(p.name))
        })
        .filter(|p| told.insert((p.namespace, p.name)))
        .take(20)
        .map(|p| Fault::UndescribedProperty {
            property: format!("{}{}", p.namespace, p.name),
        })
        .collect()
}

/// A property of the file: an element or an attribute of an rdf:Description.
struct Property<'d> {
    namespace: &'d str,
    name: &'d str,
    text: &'d str,
    node: Option<Node<'d, 'd>>,
}

impl Property<'_> {
    /// Each of its values has text; an array without values has none.
    fn says_something(&self) -> bool {
        let Some(node) = self.node else {
            return !self.text.trim().is_empty();
        };
        let mut items = node
            .descendants()
            .filter(|n| n.has_tag_name((RDF, "li")))
            .peekable();
        let filled = |n: Node<'_, '_>| {
            n.descendants()
                .any(|n| n.text().is_some_and(|t| !t.trim().is_empty()))
        };
        match items.peek() {
            Some(_) => items.all(filled),
            None => filled(node),
        }
    }
}

fn parse(xmp: &str) -> Option<Document<'_>> {
    let options = ParsingOptions {
        nodes_limit: MAX_NODES,
        ..ParsingOptions::default()
    };
    Document::parse_with_options(xmp.trim_matches(['\0', ' ', '\n', '\r', '\t']), options).ok()
}

fn properties<'d>(document: &'d Document<'_>) -> impl Iterator<Item = Property<'d>> {
    let descriptions = document
        .descendants()
        .filter(|n| n.has_tag_name((RDF, "RDF")))
        .flat_map(|rdf| rdf.children())
        .filter(|n| n.has_tag_name((RDF, "Description")));
    descriptions.flat_map(|description| {
        let attributes = description.attributes().map(|a| Property {
            namespace: a.namespace().unwrap_or_default(),
            name: a.name(),
            text: a.value(),
            node: None,
        });
        let elements = description
            .children()
            .filter(Node::is_element)
            .map(|e| Property {
                namespace: e.tag_name().namespace().unwrap_or_default(),
                name: e.tag_name().name(),
                text: e.text().unwrap_or_default(),
                node: Some(e),
            });
        let own: Vec<Property<'_>> = attributes
            .chain(elements)
            .filter(|p| ![RDF, XML, ""].contains(&p.namespace))
            .collect();
        own
    })
}

/// The properties that extension schemas in the file describe, by namespace (ISO 19005-2, 6.6.2.3.3).
fn described<'d>(document: &'d Document<'_>) -> HashMap<&'d str, HashSet<&'d str>> {
    let value = |node: Node<'d, 'd>, namespace: &str, name: &str| -> Option<&'d str> {
        let element = node
            .descendants()
            .find(|n| n.has_tag_name((namespace, name)))
            .and_then(|n| n.text());
        let attribute = || {
            node.descendants()
                .find_map(|n| n.attribute((namespace, name)))
        };
        element.or_else(attribute).map(str::trim)
    };
    let schemas = document
        .descendants()
        .filter(|n| n.has_tag_name((PDFA_EXTENSION, "schemas")))
        .flat_map(|n| n.descendants())
        .filter(|n| {
            n.has_tag_name((RDF, "li"))
                && n.parent()
                    .and_then(|bag| bag.parent())
                    .is_some_and(|p| p.has_tag_name((PDFA_EXTENSION, "schemas")))
        });
    let mut described: HashMap<&str, HashSet<&str>> = HashMap::new();
    for schema in schemas {
        let Some(namespace) = value(schema, PDFA_SCHEMA, "namespaceURI") else {
            continue;
        };
        let names = schema
            .descendants()
            .filter(|n| n.has_tag_name((PDFA_PROPERTY, "name")))
            .filter_map(|n| n.text())
            .chain(
                schema
                    .descendants()
                    .filter_map(|n| n.attribute((PDFA_PROPERTY, "name"))),
            )
            .map(str::trim);
        described.entry(namespace).or_default().extend(names);
    }
    described
}

#[cfg(test)]
mod tests {
    use super::*;

    fn xmp(inner: &str) -> String {
        format!(
            r#"<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{RDF}">
<rdf:Description rdf:about="" xmlns:dc="{DC}" xmlns:pdfaid="{PDFA_ID}" xmlns:pdfuaid="{PDFUA_ID}" xmlns:e="urn:e">{inner}</rdf:Description>
</rdf:RDF></x:xmpmeta><?xpacket end="w"?>"#
        )
    }

    #[test]
    fn levels_are_read_from_elements_and_attributes() {
        let both = xmp(
            "<pdfaid:part>1</pdfaid:part><pdfaid:conformance>A</pdfaid:conformance><pdfuaid:part>1</pdfuaid:part>",
        );
        assert_eq!(declared(&both).levels, [Level::A1a, Level::Ua1]);
        let attributes = format!(
            r#"<rdf:RDF xmlns:rdf="{RDF}"><rdf:Description xmlns:i="{PDFA_ID}" i:part="2" i:conformance="u"/></rdf:RDF>"#
        );
        assert_eq!(declared(&attributes).levels, [Level::A2u]);
        let third = declared(&xmp("<pdfaid:part>3</pdfaid:part>"));
        assert_eq!(
            (third.levels, third.others),
            (vec![], vec!["PDF/A-3".to_owned()])
        );
        assert_eq!(declared("<no xml").levels, []);
    }

    #[test]
    fn utf_16_and_utf_32_are_read_too() {
        let text = xmp("<pdfuaid:part>1</pdfuaid:part>");
        let mut wide = vec![0xfe, 0xff];
        wide.extend(text.encode_utf16().flat_map(u16::to_be_bytes));
        assert_eq!(declared(&decode(&wide)).levels, [Level::Ua1]);
        let widest: Vec<u8> = text
            .chars()
            .flat_map(|c| u32::from(c).to_le_bytes())
            .collect();
        assert_eq!(declared(&decode(&widest)).levels, [Level::Ua1]);
    }

    #[test]
    fn a_title_must_say_something() {
        for empty in [
            "<dc:title/>",
            "<dc:title><rdf:Alt/></dc:title>",
            "<dc:title><rdf:Alt><rdf:li xml:lang='x-default'> </rdf:li></rdf:Alt></dc:title>",
        ] {
            assert_eq!(check(&xmp(empty), Level::Ua1), [Fault::EmptyTitle]);
        }
        let full =
            "<dc:title><rdf:Alt><rdf:li xml:lang='x-default'>Åre</rdf:li></rdf:Alt></dc:title>";
        assert_eq!(check(&xmp(full), Level::Ua1), []);
    }

    #[test]
    fn a_property_must_be_described() {
        let faults = check(&xmp("<e:a>1</e:a><dc:format>x</dc:format>"), Level::A2b);
        assert_eq!(
            faults,
            [Fault::UndescribedProperty {
                property: "urn:ea".into()
            }]
        );
    }
}
