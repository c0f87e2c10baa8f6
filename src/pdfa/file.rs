//! A part's pages become one file: printpdf's document, finished with lopdf to the letter of PDF/A-1.

use std::io::Write;
use std::sync::LazyLock;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use lopdf::xref::XrefType;
use lopdf::{Dictionary, Document, Object, ObjectId, Stream, StringFormat};
use printpdf::{Mm, Op, PdfDocument, PdfPage, PdfSaveOptions, Pt};

use super::Error;
use super::bookmarks::bookmarks;
use super::canvas::{Canvas, Image, Link, Page, Target, picture_name};
use super::embed::text_string;
use super::fonts::Fonts;
use super::intent::{SRGB, output_intent};
use super::structure::{self, Marked};
use super::xmp::Metadata;
use crate::record::Digest;

/// Stands in the trailer until the file's own hash takes its place.
const NO_ID: [u8; 16] = [0xa5; 16];

/// The profile of [`SRGB`]: the same in every file.
static PROFILE: LazyLock<Stream> = LazyLock::new(|| {
    let dict = Dictionary::from_iter([("N", Object::from(3))]);
    compressed(dict, SRGB.to_vec(), Pad::One)
});

/// A byte that may stand after data and means nothing there. None is 0, which leaves the last byte of Adler-32 as it
/// was.
#[derive(Clone, Copy)]
#[repr(u8)]
pub enum Pad {
    One = 1,
    LineFeed = b'\n',
    Full = 0xff,
}

/// A Flate stream. `pad` may be added to the data: a stream that ends in a carriage return, with the line feed
/// that follows it, reads as if it were one byte shorter.
pub fn compressed(mut dict: Dictionary, mut data: Vec<u8>, pad: Pad) -> Stream {
    loop {
        let mut encoder = ZlibEncoder::new(Vec::with_capacity(data.len() / 2), Compression::new(6));
        // Writing to memory does not fail; if it did, the data stands uncompressed.
        let packed = encoder.write_all(&data).and_then(|()| encoder.finish());
        let Ok(packed) = packed else {
            return Stream::new(dict, data).with_compression(false);
        };
        if packed.last() != Some(&b'\r') {
            dict.set("Filter", "FlateDecode");
            return Stream::new(dict, packed).with_compression(false);
        }
        data.push(pad as u8);
        if dict.has(b"Length1") {
            dict.set("Length1", data.len() as i64);
        }
    }
}

/// Writes the part; `outline` holds the headings that bookmarks lead to, each with its page counted from 0.
pub fn assemble(
    canvas: Canvas,
    fonts: &Fonts,
    metadata: &Metadata,
    outline: &[(String, usize)],
    part: usize,
    picture: &mut dyn FnMut(&Image) -> Result<Option<Stream>, Error>,
) -> Result<Vec<u8>, Error> {
    let Canvas {
        pages,
        embeds,
        images,
        tree,
        tagged,
        ..
    } = canvas;
    let mut pdf = PdfDocument::new("");
    pdf.pages = pages.iter().map(|_| page_with(Vec::new())).collect();
    let mut doc = pdf.to_lopdf_document(&options(), &mut Vec::new());
    drop(pdf);
    drop_unused(&mut doc);

    let names = embeds.write(&mut doc, fonts)?;
    let names = doc.add_object(names);
    let mut size = 0;
    let mut ids = Vec::with_capacity(images.len());
    for image in images {
        if let Some(stream) = picture(&image)? {
            size += stream.content.len();
            ids.push(doc.add_object(stream));
        }
    }
    let page_ids: Vec<ObjectId> = doc.get_pages().into_values().collect();
    let mut marked = Vec::with_capacity(page_ids.len());
    for (page_id, page) in page_ids.iter().zip(pages) {
        size += page.content.as_ref().map_or(0, |c| c.content.len());
        marked.push(finish_page(
            &mut doc, *page_id, names, page, &ids, &page_ids,
        ));
    }
    if tagged {
        number(&mut doc, &marked);
        structure::write(&mut doc, tree, marked);
    }
    finish_catalog(&mut doc, metadata, outline);
    balance_pages(&mut doc, &page_ids);

    "1.4".clone_into(&mut doc.version);
    doc.reference_table.cross_reference_type = XrefType::CrossReferenceTable;
    let mut out = Vec::with_capacity(size + (1 << 20));
    doc.save_to(&mut out)
        .map_err(|source| Error::Write { part, source })?;
    out.push(b'\n');
    set_id(&mut out);
    Ok(out)
}

/// Resources, content and links of one page.
fn finish_page(
    doc: &mut Document,
    page_id: ObjectId,
    names: ObjectId,
    page: Page,
    pictures: &[ObjectId],
    pages: &[ObjectId],
) -> Marked {
    let Page {
        links,
        marks,
        pictures: shown,
        content,
        ..
    } = page;
    let mut resources = Dictionary::from_iter([("Font", Object::Reference(names))]);
    if !shown.is_empty() {
        let images = shown
            .iter()
            .filter_map(|i| Some((picture_name(*i), Object::Reference(*pictures.get(*i)?))));
        resources.set("XObject", Dictionary::from_iter(images));
    }
    let links: Vec<(ObjectId, usize)> = links
        .iter()
        .map(|link| (doc.add_object(annotation(link, pages)), link.element))
        .collect();
    if let Ok(page) = doc.get_dictionary_mut(page_id) {
        page.remove(b"TrimBox");
        page.remove(b"CropBox");
        page.set("Resources", resources);
        if links.is_empty() {
            page.remove(b"Annots");
        } else {
            let links = links.iter().map(|(id, _)| (*id).into()).collect();
            page.set("Annots", Object::Array(links));
        }
        let contents = page.get(b"Contents").and_then(Object::as_reference);
        if let (Ok(id), Some(content)) = (contents, content) {
            doc.objects.insert(id, content.into());
        }
    }
    Marked {
        id: page_id,
        marks,
        links,
    }
}

fn annotation(link: &Link, pages: &[ObjectId]) -> Dictionary {
    let rect = link
        .area
        .iter()
        .map(|v| Object::Real((v * 100.0).round() / 100.0));
    let mut out = Dictionary::from_iter([
        ("Type", "Annot".into()),
        ("Subtype", "Link".into()),
        ("Rect", Object::Array(rect.collect())),
        ("Border", Object::Array(vec![0.into(), 0.into(), 0.into()])),
        // Print, and nothing that hides it (ISO 19005-1, 6.5.3).
        ("F", 4.into()),
    ]);
    match &link.target {
        Target::Address(address) => {
            out.set("Contents", text_string(&format!("Länk till {address}")));
            let action = Dictionary::from_iter([
                ("Type", "Action".into()),
                ("S", "URI".into()),
                ("URI", Object::string_literal(&**address)),
            ]);
            out.set("A", action);
        }
        Target::Place { page, y } => {
            let words = format!("Gå till sidan {}", page + 1);
            out.set("Contents", text_string(&words));
            if let Some(id) = pages.get(*page) {
                let y = Object::Real((y * 100.0).round() / 100.0);
                let place = vec![(*id).into(), "XYZ".into(), 0.into(), y, Object::Null];
                out.set("Dest", Object::Array(place));
            }
        }
    }
    out
}

/// Gives pages and links their keys in the parent tree: pages first, in order, then links.
fn number(doc: &mut Document, pages: &[Marked]) {
    let mut key = 0_i64;
    for page in pages {
        if let Ok(page) = doc.get_dictionary_mut(page.id) {
            page.set("StructParents", key);
            // The tab key follows the structure (ISO 14289-1, 7.18.3).
            page.set("Tabs", "S");
        }
        key += 1;
    }
    for (link, _) in pages.iter().flat_map(|p| &p.links) {
        if let Ok(link) = doc.get_dictionary_mut(*link) {
            link.set("StructParent", key);
        }
        key += 1;
    }
}

/// Pages in one node of the page tree.
const PAGES_A_NODE: usize = 25;

/// Puts nodes between the page tree's root and its pages where they are many: a part has 500 at most.
pub fn balance_pages(doc: &mut Document, pages: &[ObjectId]) {
    let root = doc
        .catalog()
        .and_then(|c| c.get(b"Pages"))
        .and_then(Object::as_reference);
    let Ok(root) = root else { return };
    if pages.len() <= PAGES_A_NODE {
        return;
    }
    let mut kids = Vec::new();
    for some in pages.chunks(PAGES_A_NODE) {
        let node = doc.add_object(Dictionary::from_iter([
            ("Type", Object::from("Pages")),
            ("Parent", root.into()),
            ("Count", (some.len() as i64).into()),
            (
                "Kids",
                Object::Array(some.iter().map(|id| (*id).into()).collect()),
            ),
        ]));
        for page in some {
            if let Ok(page) = doc.get_dictionary_mut(*page) {
                page.set("Parent", node);
            }
        }
        kids.push(node.into());
    }
    if let Ok(root) = doc.get_dictionary_mut(root) {
        root.set("Kids", Object::Array(kids));
    }
}

fn options() -> PdfSaveOptions {
    PdfSaveOptions {
        optimize: false,
        subset_fonts: false,
        // Our text operators are written as they are.
        secure: false,
        image_optimization: None,
    }
}

fn page_with(ops: Vec<Op>) -> PdfPage {
    let mut page = PdfPage::new(Mm(210.0), Mm(297.0), ops);
    page.media_box.width = Pt(super::compose::PAGE_WIDTH);
    page.media_box.height = Pt(super::compose::PAGE_HEIGHT);
    page
}

/// The operators as printpdf writes them, packed.
pub fn page_content(ops: Vec<Op>) -> Stream {
    let mut pdf = PdfDocument::new("");
    pdf.pages.push(page_with(ops));
    let mut doc = pdf.to_lopdf_document(&options(), &mut Vec::new());
    let id = doc.get_pages().into_values().next().and_then(|page| {
        doc.get_dictionary(page)
            .ok()?
            .get(b"Contents")
            .ok()?
            .as_reference()
            .ok()
    });
    let data = match id.and_then(|id| doc.objects.remove(&id)) {
        Some(Object::Stream(stream)) => stream.content,
        _ => Vec::new(),
    };
    // What stays is allocated after what goes, else the heap is left full of holes.
    drop((pdf, doc));
    let mut packed = compressed(Dictionary::new(), data, Pad::LineFeed);
    packed.content = packed.content.as_slice().into();
    packed
}

/// Drops printpdf's own resource dictionaries and closes the gaps in the numbering: the cross-reference table
/// must be one run (ISO 32000-1, 7.5.4). Done before pictures come in, since renumbering copies all objects.
fn drop_unused(doc: &mut Document) {
    let pages: Vec<ObjectId> = doc.get_pages().into_values().collect();
    for page in pages {
        if let Ok(page) = doc.get_dictionary_mut(page) {
            page.remove(b"Resources");
        }
    }
    doc.trailer.remove(b"Info");
    let used: std::collections::HashSet<ObjectId> =
        doc.traverse_objects(|_| {}).into_iter().collect();
    doc.objects.retain(|id, _| used.contains(id));
    doc.renumber_objects();
}

fn finish_catalog(doc: &mut Document, metadata: &Metadata, outline: &[(String, usize)]) {
    let page_ids: Vec<ObjectId> = doc.get_pages().into_values().collect();
    let profile = doc.add_object(PROFILE.clone());
    let intent = doc.add_object(output_intent(profile.into()));
    let xmp = doc.add_object(
        Stream::new(
            Dictionary::from_iter([
                ("Type", Object::from("Metadata")),
                ("Subtype", "XML".into()),
            ]),
            metadata.xmp(),
        )
        .with_compression(false),
    );
    let info = doc.add_object(metadata.info());
    let outlines = bookmarks(doc, outline, &page_ids);
    if let Ok(catalog) = doc.catalog_mut() {
        catalog.set("Metadata", xmp);
        catalog.set("OutputIntents", Object::Array(vec![intent.into()]));
        catalog.set("Lang", Object::string_literal("sv-SE"));
        catalog.set(
            "ViewerPreferences",
            Dictionary::from_iter([("DisplayDocTitle", Object::from(true))]),
        );
        catalog.set("PageMode", "UseNone");
        if let Some(id) = outlines {
            catalog.set("Outlines", id);
            catalog.set("PageMode", "UseOutlines");
        }
    }
    let id = Object::String(NO_ID.to_vec(), StringFormat::Hexadecimal);
    let size = i64::from(doc.max_id) + 1;
    doc.trailer.set("Info", info);
    doc.trailer.set("ID", Object::Array(vec![id.clone(), id]));
    doc.trailer.set("Size", size);
}

/// The file's identifier is the hash of its content, so that the same content has the same bytes.
fn set_id(out: &mut [u8]) {
    let hex = |bytes: &[u8]| -> Vec<u8> {
        bytes
            .iter()
            .flat_map(|b| format!("{b:02X}").into_bytes())
            .collect()
    };
    let wanted = hex(&NO_ID);
    let id = hex(&Digest::of(out).0);
    let tail = out.len().saturating_sub(1_024);
    if let Some(tail) = out.get_mut(tail..) {
        let mut at = 0;
        while let Some(found) = tail
            .get(at..)
            .and_then(|t| t.windows(wanted.len()).position(|w| w == wanted))
        {
            let from = at + found;
            at = from + wanted.len();
            if let (Some(place), Some(id)) = (tail.get_mut(from..at), id.get(..wanted.len())) {
                place.copy_from_slice(id);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_stream_ends_in_a_carriage_return() {
        let mut padded = 0;
        for n in 0..2_000_u32 {
            for pad in [Pad::One, Pad::LineFeed, Pad::Full] {
                let data = n.to_be_bytes().to_vec();
                let stream = compressed(Dictionary::new(), data.clone(), pad);
                assert_ne!(stream.content.last(), Some(&b'\r'));
                let back = stream.decompressed_content().unwrap();
                assert!(back.starts_with(&data));
                padded += usize::from(back.len() > data.len());
            }
        }
        assert!(padded > 0, "the case was met");
    }
}
