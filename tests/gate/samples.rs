//! Conforming files to mutate: what arkivd typesets, and the same tagged.

use arkivd::pdfa::{Level, Options};
use lopdf::xref::XrefType;
use lopdf::{Dictionary, Document, Object, ObjectId, dictionary};

use super::sample;

/// posts.pdf of the made-up account, without structure.
pub fn typeset() -> Vec<u8> {
    written(false)
}

/// posts.pdf of the made-up account.
pub fn tagged() -> Vec<u8> {
    written(true)
}

/// What is typeset, at the level; PDF/A-2a is what PDF/A-1a is, under its own name.
pub fn tagged_at(level: Level, tagged: &[u8]) -> Document {
    let mut doc = Document::load_mem(tagged).unwrap();
    if level == Level::A2a {
        change_xmp(&mut doc, "<pdfaid:part>1<", "<pdfaid:part>2<");
        doc.version = "1.7".into();
    }
    doc
}

fn written(tagged: bool) -> Vec<u8> {
    let (doc, files) = sample::rich_document();
    let options = Options {
        tagged,
        ..Options::default()
    };
    let (_, mut parts) = sample::made(&doc, &files, &options);
    parts.swap_remove(0).bytes
}

/// The file to mutate at each level, conforming.
pub fn at(level: Level, typeset: &[u8]) -> Document {
    let mut doc = Document::load_mem(typeset).unwrap();
    match level {
        Level::A1b => {}
        Level::A2b => change_xmp(&mut doc, "<pdfaid:part>1<", "<pdfaid:part>2<"),
        Level::Ua1 => tag(&mut doc),
        _ => panic!("no sample at {level}"),
    }
    doc
}

pub fn saved(doc: &mut Document) -> Vec<u8> {
    doc.reference_table.cross_reference_type = XrefType::CrossReferenceTable;
    let mut bytes = Vec::new();
    doc.save_to(&mut bytes).unwrap();
    bytes
}

/// Changes the metadata, which is not compressed.
pub fn change_xmp(doc: &mut Document, from: &str, to: &str) {
    let id = catalog(doc)
        .get(b"Metadata")
        .unwrap()
        .as_reference()
        .unwrap();
    let stream = doc.get_object_mut(id).unwrap().as_stream_mut().unwrap();
    let text = String::from_utf8(stream.content.clone()).unwrap();
    assert!(text.contains(from), "{from} in {text}");
    stream.set_content(text.replacen(from, to, 1).into_bytes());
}

pub fn catalog(doc: &mut Document) -> &mut Dictionary {
    doc.catalog_mut().unwrap()
}

pub fn page(doc: &Document, n: usize) -> ObjectId {
    doc.page_iter().nth(n).unwrap()
}

pub fn page_dict(doc: &mut Document, n: usize) -> &mut Dictionary {
    let id = page(doc, n);
    doc.get_dictionary_mut(id).unwrap()
}

/// Changes what stands on a page.
pub fn change_content(doc: &mut Document, n: usize, change: impl FnOnce(Vec<u8>) -> Vec<u8>) {
    let id = page_dict(doc, n)
        .get(b"Contents")
        .unwrap()
        .as_reference()
        .unwrap();
    let stream = doc.get_object_mut(id).unwrap().as_stream_mut().unwrap();
    stream.decompress().unwrap();
    let content = change(stream.content.clone());
    stream.set_content(content);
}

pub fn append(doc: &mut Document, n: usize, more: &[u8]) {
    change_content(doc, n, |mut content| {
        content.push(b'\n');
        content.extend(more);
        content
    });
}

/// Each page is one paragraph, and it is all PDF/UA-1.
fn tag(doc: &mut Document) {
    let pages: Vec<ObjectId> = doc.page_iter().collect();
    let root = doc.new_object_id();
    let document = doc.new_object_id();
    let mut kids = Vec::new();
    let mut parents = Vec::new();
    for (n, page) in pages.into_iter().enumerate() {
        let element = doc.add_object(dictionary! {
            "Type" => "StructElem", "S" => "P", "P" => document, "Pg" => page, "K" => 0,
        });
        kids.push(element.into());
        parents.push(Object::Integer(n as i64));
        parents.push(vec![element.into()].into());
        change_content(doc, n, |content| {
            // All is real content here, the running heads too.
            let text = replaced(&content, b"/Artifact", b"/Span");
            [b"/P <</MCID 0>> BDC\n", &text[..], b"\nEMC"].concat()
        });
        let dict = page_dict(doc, n);
        dict.remove(b"Annots");
        dict.set("StructParents", n as i64);
        dict.set("Tabs", "S");
    }
    let parents = doc.add_object(dictionary! { "Nums" => parents });
    let tree = dictionary! { "Type" => "StructTreeRoot", "K" => document, "ParentTree" => parents };
    doc.objects.insert(root, tree.into());
    let whole = dictionary! { "Type" => "StructElem", "S" => "Document", "P" => root, "K" => kids };
    doc.objects.insert(document, whole.into());
    let catalog = catalog(doc);
    catalog.set("StructTreeRoot", root);
    catalog.set("MarkInfo", dictionary! { "Marked" => true });
    catalog.set("Lang", Object::string_literal("sv-SE"));
    catalog.set(
        "ViewerPreferences",
        dictionary! { "DisplayDocTitle" => true },
    );
    let ua = "<pdfuaid:part xmlns:pdfuaid=\"http://www.aiim.org/pdfua/ns/id/\">1</pdfuaid:part>\n<dc:title>";
    change_xmp(doc, "<dc:title>", ua);
}

fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = bytes;
    while let Some((first, after)) = rest.split_first() {
        if let Some(after) = rest.strip_prefix(from) {
            out.extend(to);
            rest = after;
        } else {
            out.push(*first);
            rest = after;
        }
    }
    out
}
