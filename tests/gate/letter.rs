//! What PDF itself demands, broken in one place: no validator's rule, and each reader guesses differently.

use arkivd::pdfa::Level;
use lopdf::{Dictionary, Document, Object, Stream, dictionary};

use super::mutants::{
    Mutant, assert_named, cid_font, descriptor, element, font, mutants, named, show, tree,
};
use super::samples::{self, append, catalog, change_content, page_dict};

use Level::{A1b, A2b, Ua1};

macro_rules! general {
    ($all:ident: $($name:literal, $mutate:expr;)*) => {
        mutants! { $all: $($name, [A1b "5.1:0", A2b "5.1:0", Ua1 "6.1:0"], $mutate;)* }
    };
}

macro_rules! content {
    ($all:ident: $($name:literal, $more:literal;)*) => {
        mutants! { $all: $($name, [A1b "6.2.10:0", A2b "6.2.2:0", Ua1 "6.1:0"], |doc| append(doc, 0, $more);)* }
    };
}

// Trees and entries.
general! { TREES:
    "no pages", |doc| pages(doc).set("Kids", Object::Array(vec![]));
    "pages in no array", |doc| pages(doc).set("Kids", "P");
    "no kids", |doc| { pages(doc).remove(b"Kids"); };
    "pages miscounted", |doc| pages(doc).set("Count", 99);
    "no count", |doc| { pages(doc).remove(b"Count"); };
    "a page that is gone", |doc| {
        let kids = pages(doc).get_mut(b"Kids").unwrap().as_array_mut().unwrap();
        kids.push(Object::Reference((99_999, 0)));
    };
    "a page twice", |doc| {
        let kids = pages(doc).get_mut(b"Kids").unwrap().as_array_mut().unwrap();
        let first = kids[0].clone();
        kids.push(first);
    };
    "a page of another parent", |doc| page_dict(doc, 0).set("Parent", Object::Reference((99_999, 0)));
    "a page of no parent", |doc| { page_dict(doc, 0).remove(b"Parent"); };
    "a page of no size", |doc| { page_dict(doc, 0).remove(b"MediaBox"); };
    "a page of three sides", |doc| page_dict(doc, 0).set("MediaBox", vec![0.into(), 0.into(), 9.into()]);
    "a layout that is none", |doc| catalog(doc).set("PageLayout", "H1");
    "an outline that is none", |doc| catalog(doc).set("Outlines", dictionary! { "Type" => "Font" });
    "an outline item without title", |doc| outline(doc, |item| { item.remove(b"Title"); });
    "an outline item that leads nowhere", |doc| outline(doc, |item| item.set("Dest", vec!["Fit".into()]));
    "an outline item of another", |doc| outline(doc, |item| item.set("Parent", Object::Reference((1, 0))));
    "an intent of no condition", |doc| intent(doc).set("OutputConditionIdentifier", 7);
    "a descriptor without flags", |doc| { descriptor(doc).remove(b"Flags"); };
    "a descriptor with half a box", |doc| descriptor(doc).set("FontBBox", vec![0.into(), 0.into()]);
    "a CIDFont of no kind", |doc| cid_font(doc).set("Subtype", "Span");
    "a CIDFont of no collection", |doc| cid_font(doc).set("CIDSystemInfo", 46);
    "widths that are none", |doc| cid_font(doc).set("W", vec![3.into(), "P".into()]);
}

content! { OPERATORS:
    "half the operands", b"BT 5 Td ET";
    "operands of another kind", b"/P w";
    "a number that is none", b"--5 w";
    "operands without an operator", b"1 2 3";
    "a stray bracket", b"] q Q";
    "a string that does not end", b"q Q (abc";
    "a text object that does not end", b"BT";
    "text objects in one another", b"BT BT ET ET";
    "no text object", b"ET";
    "a state that is not restored", b"q";
    "a state that was not saved", b"Q Q Q";
    "marked content that does not end", b"/Artifact BMC";
    "marked content across a text object", b"/Artifact BMC BT EMC ET";
    "text in no text object", b"1 0 0 1 9 9 Tm";
    "a path that is not painted", b"0 0 m BT ET";
    "BX alone", b"BX";
}

mutants! { REST:
    "content that is no stream", [A1b "5.1:0", A2b "5.1:0", Ua1 "6.1:0"], |doc| page_dict(doc, 0).set("Contents", "P");
    "content of no filter", [A1b "6.1.10:0", A2b "6.1.7.2:1", Ua1 "6.1:0"], |doc| content(doc).dict.set("Filter", "H3");
    "content that is damaged", [A1b "6.1.10:0", A2b "6.1.7.2:1", Ua1 "6.1:0"], |doc| {
        let stream = content(doc);
        stream.compress().unwrap();
        let middle = stream.content.len() / 2;
        let half = stream.content[..middle].to_vec();
        stream.set_content(half);
    };
    "content of half the array", [A1b "6.2.10:0", A2b "6.2.2:0", Ua1 "6.1:0"], |doc| {
        let first = page_dict(doc, 0).get(b"Contents").unwrap().clone();
        page_dict(doc, 0).set("Contents", vec![first, Object::Reference((99_999, 0))]);
    };
    "no such picture", [A1b "6.2.10:0", A2b "6.2.2:2", Ua1 "6.1:0"], |doc| append(doc, 0, b"/Nix Do");
    "no such state", [A1b "6.2.10:0", A2b "6.2.2:2", Ua1 "6.1:0"], |doc| append(doc, 0, b"/Nix gs");
    "half a code", [A1b "6.2.10:0", A2b "6.2.2:0", Ua1 "6.1:0"], |doc| show(doc, b"<000300>");
    "a damaged program", [A1b "6.1.10:0", A2b "6.1.7.2:1", Ua1 "6.1:0"], |doc| {
        let program = program(doc);
        let middle = program.content.len() / 2;
        program.content[middle] ^= 0x10;
    };
    "a program of another length", [A1b "6.3.4:1", A2b "6.2.11.4.1:1", Ua1 "7.21.4.1:1"], |doc| program(doc).dict.set("Length1", 3);
    "a CIDSet of too much", [A1b "6.3.5:3", A2b "6.2.11.4.2:2", Ua1 "7.21.4.2:2"], |doc| {
        let set = doc.add_object(Stream::new(dictionary! {}, vec![0xff; 100]));
        descriptor(doc).set("CIDSet", set);
    };
    "outlines that are gone", [A1b "6.3.4:1", A2b "6.2.11.4.1:1", Ua1 "7.21.4.1:1"], |doc| {
        let program = program(doc);
        program.decompress().unwrap();
        let mut data = program.content.clone();
        let loca = data.windows(4).position(|tag| tag == b"loca").unwrap();
        data[loca + 12..loca + 16].copy_from_slice(&[0, 0, 0, 2]);
        program.set_content(data);
    };
    "no map to Unicode that reads", [Ua1 "7.21.7:1"], |doc| to_unicode(doc, b"1 beginbfchar <0003> 65 endbfchar");
    "a map to Unicode of other codes", [Ua1 "7.21.7:1"], |doc| to_unicode(doc, b"1 beginbfchar <fff0> <0041> endbfchar");
    "no map to Unicode", [Ua1 "7.21.7:1"], |doc| { font(doc).remove(b"ToUnicode"); };
    "an element of no page", [Ua1 "7.1:3"], |doc| { element(doc).remove(b"Pg"); };
    "an element of what is no page", [Ua1 "6.1:0"], |doc| element(doc).set("Pg", "P");
    "a topmost element of another parent", [Ua1 "7.1:12"], |doc| {
        let kid = tree(doc).get(b"K").unwrap().as_reference().unwrap();
        doc.get_dictionary_mut(kid).unwrap().set("P", kid);
    };
    "marked content that is gone", [Ua1 "6.1:0"], |doc| element(doc).set("K", vec![0.into(), 77.into()]);
    "a table header of no scope", [Ua1 "6.1:0"], |doc| {
        element(doc).set("A", dictionary! { "O" => "Table", "Scope" => "Figure" });
    };
    "a structure tree of no type", [Ua1 "6.1:0"], |doc| { tree(doc).remove(b"Type"); };
    "no map to characters", [Ua1 "7.21.7:2"], |doc| {
        let codes: String = (0..600).map(|code| format!("<{code:04x}> <FEFF>\n")).collect();
        to_unicode(doc, format!("600 beginbfchar\n{codes}endbfchar").as_bytes());
    };
    "a picture of no width", [A1b "5.1:0", A2b "5.1:0", Ua1 "6.1:0"], |doc| picture(doc, |d| { d.remove(b"Width"); });
    "a picture of negative height", [A1b "5.1:0", A2b "5.1:0", Ua1 "6.1:0"], |doc| picture(doc, |d| d.set("Height", -6));
    "a picture of no colours", [A1b "6.2.4:0", A2b "6.2.8:0", Ua1 "6.1:0"], |doc| picture(doc, |d| { d.remove(b"ColorSpace"); });
    "a picture of three bits", [A1b "6.2.4:0", A2b "6.2.8:0", Ua1 "6.1:0"], |doc| picture(doc, |d| d.set("BitsPerComponent", 3));
    "a picture of too little data", [A1b "6.2.4:0", A2b "6.2.8:0", Ua1 "6.1:0"], |doc| picture(doc, |d| d.set("Width", 3));
    "a palette that is too short", [A1b "6.2.4:0", A2b "6.2.8:0", Ua1 "6.1:0"], |doc| picture(doc, |d| {
        d.set("ColorSpace", vec!["Indexed".into(), "DeviceRGB".into(), 1.into(), Object::string_literal("abc")]);
    });
    "a mask of half the components", [A1b "6.2.4:0", A2b "6.2.8:0", Ua1 "6.1:0"], |doc| picture(doc, |d| d.set("Mask", vec![1.into()]));
    "a JPEG that is none", [A1b "6.2.4:0", A2b "6.2.8:0", Ua1 "6.1:0"], |doc| picture(doc, |d| d.set("Filter", "DCTDecode"));
}

fn pages(doc: &mut Document) -> &mut Dictionary {
    let id = catalog(doc).get(b"Pages").unwrap().as_reference().unwrap();
    doc.get_dictionary_mut(id).unwrap()
}

/// An outline of one item, which conforms before `change`.
fn outline(doc: &mut Document, change: fn(&mut Dictionary)) {
    let page = samples::page(doc, 0);
    let root = doc.new_object_id();
    let mut item = dictionary! {
        "Title" => Object::string_literal("a"), "Parent" => root, "Dest" => vec![page.into(), "Fit".into()],
    };
    change(&mut item);
    let item = doc.add_object(item);
    let tree = dictionary! { "Type" => "Outlines", "First" => item, "Last" => item, "Count" => 1 };
    doc.objects.insert(root, tree.into());
    catalog(doc).set("Outlines", root);
}

fn intent(doc: &mut Document) -> &mut Dictionary {
    let intents = catalog(doc).get(b"OutputIntents").unwrap().clone();
    let intents = doc.dereference(&intents).unwrap().1.as_array().unwrap();
    let id = intents[0].as_reference().unwrap();
    doc.get_dictionary_mut(id).unwrap()
}

fn content(doc: &mut Document) -> &mut Stream {
    let id = page_dict(doc, 0)
        .get(b"Contents")
        .unwrap()
        .as_reference()
        .unwrap();
    doc.get_object_mut(id).unwrap().as_stream_mut().unwrap()
}

fn program(doc: &mut Document) -> &mut Stream {
    let id = descriptor(doc)
        .get(b"FontFile2")
        .unwrap()
        .as_reference()
        .unwrap();
    doc.get_object_mut(id).unwrap().as_stream_mut().unwrap()
}

fn to_unicode(doc: &mut Document, map: &[u8]) {
    let map = doc.add_object(Stream::new(dictionary! {}, map.to_vec()));
    font(doc).set("ToUnicode", map);
}

/// A picture of 2 x 2 grey dots, which conforms before `change`.
fn picture(doc: &mut Document, change: fn(&mut Dictionary)) {
    let mut dict = dictionary! {
        "Type" => "XObject", "Subtype" => "Image", "Width" => 2, "Height" => 2, "BitsPerComponent" => 8,
        "ColorSpace" => "DeviceGray",
    };
    change(&mut dict);
    let picture = doc.add_object(Stream::new(dict, vec![1, 2, 3, 4]));
    let resources = page_dict(doc, 0)
        .get_mut(b"Resources")
        .unwrap()
        .as_dict_mut()
        .unwrap();
    let drawn = resources.get(b"XObject").and_then(Object::as_dict).cloned();
    let mut drawn = drawn.unwrap_or_default();
    drawn.set("Dots", picture);
    resources.set("XObject", drawn);
    // Within what is marked already.
    change_content(doc, 0, |content| {
        let at = content.windows(3).rposition(|w| w == b"EMC").unwrap();
        [&content[..at], b"/Dots Do ", &content[at..]].concat()
    });
}

#[test]
fn each_mutant_of_the_letter_is_found_by_its_clause() {
    assert_named(TREES.iter().chain(OPERATORS).chain(REST));
}

#[test]
fn what_is_added_to_break_it_conforms_whole() {
    for level in [A1b, A2b, Ua1] {
        let mut doc = samples::at(level, &samples::typeset());
        outline(&mut doc, |_| {});
        picture(&mut doc, |_| {});
        let found = arkivd::pdfa::check(&samples::saved(&mut doc), level).unwrap();
        assert_eq!(found, [], "{level}");
    }
}

/// The bytes of objects and of the table: what is written, what is written instead, and the rule.
const BYTES: &[(&str, &str, &str)] = &[
    ("\nendobj\n2 0 obj", "\neldobj\n2 0 obj", "6.1.8:1"),
    ("\nendstream \nendobj", "\nendstream \nmndobj", "6.1.8:1"),
    ("\n2 0 obj\n<</Type", "\n2 0 obj\n<</Ty#e", "6.1.8:1"),
    ("/Parent 1 0 R", "/Parent 1 00R", "6.1.8:1"),
    (" n \n0000", " n \n000", "6.1.4:2"),
];

/// Those that the gate cannot even read.
const UNREADABLE: &[(&str, &str)] = &[
    ("/MediaBox[", "/MediaBox 1 ["),
    ("65535 f ", "6553  f "),
    (" 00000 n \n", " 0000  n \n"),
    (" 00000 n \n", " 00000 n\n\n"),
];

fn replaced(bytes: &[u8], from: &str, to: &str) -> Vec<u8> {
    let at = bytes.windows(from.len()).position(|w| w == from.as_bytes());
    let at = at.unwrap_or_else(|| panic!("no {from:?}"));
    let mut broken = bytes.to_vec();
    broken.splice(at..at + from.len(), to.bytes());
    broken
}

#[test]
fn bytes_of_objects_and_of_the_table_are_judged() {
    let bytes = samples::saved(&mut samples::at(A1b, &samples::typeset()));
    let mut unnamed = Vec::new();
    for (from, to, rule) in BYTES {
        unnamed.extend(named(to, &replaced(&bytes, from, to), A1b, rule));
    }
    assert!(unnamed.is_empty(), "{}", unnamed.join("\n"));
    for (from, to) in UNREADABLE {
        assert!(
            arkivd::pdfa::check(&replaced(&bytes, from, to), A1b).is_err(),
            "{to}"
        );
    }
}

#[test]
fn what_pdf_says_of_an_entry_is_asked_of_our_own_files_alone() {
    let mut doc = samples::at(A1b, &samples::typeset());
    samples::catalog(&mut doc).set("PageLayout", "Sideways");
    let bytes = samples::saved(&mut doc);
    assert_eq!(arkivd::pdfa::check(&bytes, A1b).unwrap().len(), 1);
    let judged = arkivd::pdfa::check_others(&bytes, &[A1b]).unwrap();
    assert_eq!(judged, [(A1b, vec![])]);
}
