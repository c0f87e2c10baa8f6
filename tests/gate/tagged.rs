//! What arkivd typesets, tagged, broken in one place: the gate names the clause, at each level that has one.

use arkivd::pdfa::{Level, check};
use lopdf::{Dictionary, Document, Object, ObjectId, Stream, dictionary};

use super::mutants::{Mutant, PLAIN, font, mutants, named, show, tree};
use super::samples::{self, append, catalog, change_content, change_xmp, page, page_dict};

use Level::{A1a, A2a, Ua1};

mutants! { TAGGED:
    // The structure tree
    "no mark", [A1a "6.8.2.2:1", A2a "6.7.2.2:1", Ua1 "6.2:1"], |doc| { catalog(doc).remove(b"MarkInfo"); };
    "marked false", [A1a "6.8.2.2:1", A2a "6.7.2.2:1", Ua1 "6.2:1"], |doc| catalog(doc).set("MarkInfo", dictionary! { "Marked" => false });
    "no structure", [A1a "6.8.3.3:1", A2a "6.7.3.3:1", Ua1 "7.1:11"], |doc| { catalog(doc).remove(b"StructTreeRoot"); };
    "a type of its own", [A1a "6.8.3.4:1", A2a "6.7.3.4:1", Ua1 "7.1:5"], |doc| first(doc, b"H1").set("S", "Eget");
    "a type that leads to itself", [A2a "6.7.3.4:2", Ua1 "7.1:6"], |doc| {
        first(doc, b"H1").set("S", "Eget");
        tree(doc).set("RoleMap", dictionary! { "Eget" => "Annan", "Annan" => "Eget" });
    };
    "a standard type that is another", [A2a "6.7.3.4:3", Ua1 "7.1:7"], |doc| {
        tree(doc).set("RoleMap", dictionary! { "H1" => "Span" });
    };
    "suspects", [Ua1 "7.1:4"], |doc| catalog(doc).set("MarkInfo", dictionary! { "Marked" => true, "Suspects" => true });
    "no title bar", [Ua1 "7.1:10"], |doc| { catalog(doc).remove(b"ViewerPreferences"); };
    "a title bar that is off", [Ua1 "7.1:10"], |doc| catalog(doc).set("ViewerPreferences", dictionary! { "DisplayDocTitle" => false });
    "an element of no type", [A1a "6.8.3.4:1", A2a "6.7.3.4:1", Ua1 "7.1:5"], |doc| { first(doc, b"Sect").remove(b"S"); };
    "an element whose type is no name", [A1a "6.8.3.4:1", A2a "6.7.3.4:1", Ua1 "7.1:5"], |doc| first(doc, b"L").set("S", 7);
    "an element of no parent", [Ua1 "7.1:12"], |doc| { first(doc, b"H1").remove(b"P"); };
    "an element of another parent", [Ua1 "7.1:12"], |doc| {
        let other = first_id(doc, b"TD");
        first(doc, b"H1").set("P", other);
    };
    "a figure without words", [Ua1 "7.3:1"], |doc| { first(doc, b"Figure").remove(b"Alt"); };
    "a figure with no words", [Ua1 "7.3:1"], |doc| first(doc, b"Figure").set("Alt", Object::string_literal(""));
    "a heading that is skipped", [Ua1 "7.4.2:1"], |doc| first(doc, b"H1").set("S", "H2");
    "a paragraph in a row", [Ua1 "7.2:10"], |doc| first(doc, b"TD").set("S", "P");
    "a paragraph in a table", [Ua1 "7.2:3"], |doc| first(doc, b"TR").set("S", "P");
    "a header of no scope", [Ua1 "7.5:1"], |doc| { first(doc, b"TH").remove(b"A"); };

    // The way back from marked content
    "no ParentTree", [Ua1 "7.1:3"], |doc| { tree(doc).remove(b"ParentTree"); };
    "a page that belongs to nothing", [Ua1 "7.1:3"], |doc| { page_dict(doc, 1).remove(b"StructParents"); };
    "a page that belongs to another", [Ua1 "7.1:3"], |doc| page_dict(doc, 1).set("StructParents", 0);
    "an entry that is null", [Ua1 "7.1:3"], |doc| entries(doc, 0)[0] = Object::Null;
    "an entry that leads nowhere", [Ua1 "7.1:3"], |doc| entries(doc, 0)[0] = Object::Reference((99_999, 0));
    "an entry of another", [Ua1 "7.1:3"], |doc| entries(doc, 0).swap(0, 1);
    "an entry too few", [Ua1 "7.1:3"], |doc| { entries(doc, 0).pop(); };
    "an element that lets go", [Ua1 "7.1:3"], |doc| { first(doc, b"H1").remove(b"K"); };
    "an element that holds what is not there", [Ua1 "7.1:3"], |doc| first(doc, b"H1").set("K", 999);
    "an element on another page", [Ua1 "7.1:3"], |doc| {
        let other = page(doc, 3);
        first(doc, b"H1").set("Pg", other);
    };
    "an element that is not in the tree", [Ua1 "7.1:3"], |doc| {
        let id = first_id(doc, b"H1");
        let parent = first(doc, b"H1").get(b"P").unwrap().as_reference().unwrap();
        let kids = doc.get_dictionary_mut(parent).unwrap().get_mut(b"K").unwrap();
        kids.as_array_mut().unwrap().retain(|kid| *kid != Object::Reference(id));
    };
    "a tree without a trunk", [Ua1 "7.1:3"], |doc| { tree(doc).remove(b"K"); };
    "text outside", [Ua1 "7.1:3"], |doc| show(doc, b"<0003>");
    "a line outside", [Ua1 "7.1:3"], |doc| append(doc, 0, b"0 0 m 9 9 l S");
    "a shading outside", [Ua1 "7.1:3"], |doc| {
        let shading = dictionary! { "ShadingType" => 2, "ColorSpace" => "DeviceGray", "Coords" => vec![0.into(); 4],
            "Function" => dictionary! { "FunctionType" => 2, "N" => 1, "Domain" => vec![0.into(), 1.into()] } };
        resources(doc).set("Shading", dictionary! { "S" => shading });
        append(doc, 0, b"/S sh");
    };
    "an artifact in a paragraph", [Ua1 "7.1:1"], |doc| {
        change_content(doc, 0, |content| inside_a_mark(&content, b" /Artifact BMC 0 0 m 9 9 l S EMC "));
    };
    "a paragraph in an artifact", [Ua1 "7.1:2"], |doc| {
        append(doc, 0, b"/Artifact BMC /P <</MCID 0>> BDC 0 0 m 9 9 l S EMC EMC");
    };

    // Language
    "no language", [Ua1 "7.2:34"], |doc| { catalog(doc).remove(b"Lang"); };
    "a language that is a name", [Ua1 "7.2:34"], |doc| catalog(doc).set("Lang", "sv");
    "a language that is none", [A1a "6.8.4:1", A2a "6.7.4:1", Ua1 "7.2:29"], |doc| catalog(doc).set("Lang", Object::string_literal("s_v!"));
    "an element's language that is none", [A1a "6.8.4:1", A2a "6.7.4:1", Ua1 "7.2:29"], |doc| first(doc, b"H1").set("Lang", Object::string_literal("9+")) ;

    // Links
    "a link without words", [Ua1 "7.18.5:2"], |doc| { link(doc).remove(b"Contents"); };
    "a link outside", [Ua1 "7.18.5:1"], |doc| { link(doc).remove(b"StructParent"); };
    "a link of another element", [Ua1 "7.18.5:1"], |doc| link(doc).set("StructParent", 9_999);
    "an order of its own", [Ua1 "7.18.3:1"], |doc| page_dict(doc, 0).set("Tabs", "R");
    "no order", [Ua1 "7.18.3:1"], |doc| { page_dict(doc, 0).remove(b"Tabs"); };
    "an annotation that prints not", [A1a "6.5.3:2", A2a "6.3.2:2"], |doc| link(doc).set("F", 0);

    // Unicode
    "a font without Unicode", [A1a "6.3.8:1", A2a "6.2.11.7.2:1", Ua1 "7.21.7:1"], |doc| { font(doc).remove(b"ToUnicode"); };
    "a font of no kind", [A1a "6.3.2:2", A2a "6.2.11.2:2", Ua1 "7.21.4.1:1"], |doc| { font(doc).remove(b"Subtype"); };
    "a font that is not there", [A1a "6.3.2:2", A2a "6.2.11.2:2", Ua1 "7.21.4.1:1"], |doc| {
        change_content(doc, 0, |content| [b"BT /Ingen 9 Tf ET ", &content[..]].concat());
    };
    "a font without a CMap", [A1a "6.3.3.3:1", A2a "6.2.11.3.3:1", Ua1 "7.21.3.3:1"], |doc| { font(doc).remove(b"Encoding"); };
    "widths that begin in disorder", [A1a "6.3.6:1", A2a "6.2.11.5:1", Ua1 "7.21.5:1"], |doc| {
        let widths = super::mutants::cid_font(doc).get_mut(b"W").unwrap().as_array_mut().unwrap();
        widths.remove(0);
    };
    "Unicode that is zero", [A2a "6.2.11.7.2:2", Ua1 "7.21.7:2"], |doc| to_unicode(doc, "0000");
    "Unicode that is a mark of order", [A2a "6.2.11.7.2:2", Ua1 "7.21.7:2"], |doc| to_unicode(doc, "FEFF");
    "Unicode of private use", [A2a "6.2.11.7.3:1"], |doc| to_unicode(doc, "E000");

    // Metadata and streams
    "metadata that is packed", [A1a "6.7.2:2"], |doc| {
        let id = catalog(doc).get(b"Metadata").unwrap().as_reference().unwrap();
        let stream = doc.get_object_mut(id).unwrap().as_stream_mut().unwrap();
        let dict = dictionary! { "Type" => "Metadata", "Subtype" => "XML" };
        *stream = Stream::new(dict, stream.content.clone());
        stream.compress().unwrap();
    };
    "metadata that is no XML", [A1a "6.7.9:1", A2a "6.6.2.1:4"], |doc| change_xmp(doc, "</rdf:RDF>", "</rdf:R>");
    "PDF/UA of another part", [Ua1 "5:2"], |doc| change_xmp(doc, "<pdfuaid:part>1<", "<pdfuaid:part>7<");
    "PDF/UA undeclared", [Ua1 "5:1"], |doc| change_xmp(doc, "<pdfuaid:part>1</pdfuaid:part>", "");
    "PDF/UA undescribed", [A1a "6.7.9:2", A2a "6.6.2.3.1:1"], |doc| {
        change_xmp(doc, "http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>", "urn:x</pdfaSchema:namespaceURI>");
    };
    "a stream of LZW", [A1a "6.1.10:1", A2a "6.1.7.2:1"], |doc| {
        let id = page_dict(doc, 0).get(b"Contents").unwrap().as_reference().unwrap();
        let stream = doc.get_object_mut(id).unwrap().as_stream_mut().unwrap();
        stream.dict.set("Filter", "LZWDecode");
    };
    "a picture that is smoothed", [A1a "6.2.4:3", A2a "6.2.8:3"], |doc| picture(doc).set("Interpolate", true);
    "a picture with alternates", [A1a "6.2.4:1", A2a "6.2.8:1"], |doc| picture(doc).set("Alternates", Object::Array(vec![]));
    "a picture that is transparent", [A1a "6.4:2"], |doc| {
        let mask = dictionary! { "Type" => "XObject", "Subtype" => "Image", "Width" => 1, "Height" => 1,
            "ColorSpace" => "DeviceGray", "BitsPerComponent" => 8 };
        let mask = doc.add_object(Stream::new(mask, vec![7]));
        picture(doc).set("SMask", mask);
    };
    "a picture of 3 bits", [A1a "6.2.4:4"], |doc| picture(doc).set("BitsPerComponent", 3);
    "a picture in CMYK", [A1a "6.2.3.3:2", A2a "6.2.4.3:3"], |doc| picture(doc).set("ColorSpace", "DeviceCMYK");
}

/// The first element of the type, from the first page on.
fn first_id(doc: &Document, kind: &[u8]) -> ObjectId {
    let elements = doc.objects.iter().filter(|(_, object)| {
        let is = |dict: &Dictionary| {
            dict.get(b"S").and_then(Object::as_name).ok() == Some(kind) && dict.has(b"P")
        };
        object.as_dict().is_ok_and(is)
    });
    let mut ids: Vec<ObjectId> = elements.map(|(id, _)| *id).collect();
    ids.sort_unstable();
    ids[0]
}

fn first<'d>(doc: &'d mut Document, kind: &[u8]) -> &'d mut Dictionary {
    let id = first_id(doc, kind);
    doc.get_dictionary_mut(id).unwrap()
}

fn link(doc: &mut Document) -> &mut Dictionary {
    let links = doc.objects.iter().filter(|(_, object)| {
        let subtype =
            |d: &Dictionary| d.get(b"Subtype").and_then(Object::as_name).ok() == Some(b"Link");
        object.as_dict().is_ok_and(subtype)
    });
    let id = links.map(|(id, _)| *id).min().unwrap();
    doc.get_dictionary_mut(id).unwrap()
}

/// The largest picture.
fn picture(doc: &mut Document) -> &mut Dictionary {
    let pictures = doc
        .objects
        .values_mut()
        .filter_map(|o| o.as_stream_mut().ok());
    let pictures = pictures
        .filter(|s| s.dict.get(b"Subtype").and_then(Object::as_name).ok() == Some(b"Image"));
    &mut pictures.max_by_key(|s| s.content.len()).unwrap().dict
}

fn resources(doc: &mut Document) -> &mut Dictionary {
    let resources = page_dict(doc, 0).get_mut(b"Resources").unwrap();
    resources.as_dict_mut().unwrap()
}

/// The array of ParentTree for the page or form.
fn entries(doc: &mut Document, key: i64) -> &mut Vec<Object> {
    let root = tree(doc)
        .get(b"ParentTree")
        .unwrap()
        .as_reference()
        .unwrap();
    let mut open = vec![root];
    let mut found = None;
    while let Some(id) = open.pop() {
        let node = doc.get_dictionary(id).unwrap();
        if let Ok(kids) = node.get(b"Kids").and_then(Object::as_array) {
            open.extend(kids.iter().map(|kid| kid.as_reference().unwrap()));
        }
        if let Ok(nums) = node.get(b"Nums").and_then(Object::as_array) {
            let at = nums
                .chunks(2)
                .position(|pair| pair[0] == Object::Integer(key));
            found = found.or(at.map(|at| (id, at * 2 + 1)));
        }
    }
    let (id, at) = found.unwrap();
    let node = doc.get_dictionary_mut(id).unwrap();
    let value = &mut node.get_mut(b"Nums").unwrap().as_array_mut().unwrap()[at];
    match value.as_reference() {
        Ok(id) => doc.get_object_mut(id).unwrap().as_array_mut().unwrap(),
        Err(_) => {
            let node = doc.get_dictionary_mut(id).unwrap();
            let nums = node.get_mut(b"Nums").unwrap().as_array_mut().unwrap();
            nums[at].as_array_mut().unwrap()
        }
    }
}

/// The content with more of it in its first marked content that has an MCID.
fn inside_a_mark(content: &[u8], more: &[u8]) -> Vec<u8> {
    let find = |word: &[u8], from: usize| {
        let found = content[from..].windows(word.len()).position(|w| w == word);
        from + found.unwrap()
    };
    let end = find(b"EMC", find(b"BDC", find(b"/MCID", 0)));
    [&content[..end], more, &content[end..]].concat()
}

/// All glyphs of the first font are this character.
fn to_unicode(doc: &mut Document, character: &str) {
    let id = font(doc).get(b"ToUnicode").unwrap().as_reference().unwrap();
    let stream = doc.get_object_mut(id).unwrap().as_stream_mut().unwrap();
    let text = String::from_utf8(stream.get_plain_content().unwrap()).unwrap();
    let lines = text.lines().map(|line| match line.split_once("> <") {
        Some((code, _)) if !line.contains("FFFF") => format!("{code}> <{character}>\n"),
        _ => format!("{line}\n"),
    });
    *stream = Stream::new(dictionary! {}, lines.collect::<String>().into_bytes());
}

/// The level of the tagged file that has the rules of the other.
fn as_tagged(level: Level) -> Level {
    match level {
        Level::A1b => A1a,
        Level::A2b => A2a,
        other => other,
    }
}

#[test]
fn what_is_typeset_conforms_before_it_is_broken() {
    let tagged = samples::tagged();
    for level in [A1a, A2a, Ua1] {
        let bytes = samples::saved(&mut samples::tagged_at(level, &tagged));
        assert_eq!(check(&bytes, level).unwrap(), [], "{level}");
    }
}

#[test]
fn each_mutant_of_what_is_typeset_is_found_by_its_clause() {
    let tagged = samples::tagged();
    let mut unnamed = Vec::new();
    for mutant in TAGGED.iter().chain(PLAIN) {
        for (level, rule) in mutant.rules {
            let level = as_tagged(*level);
            let mut doc = samples::tagged_at(level, &tagged);
            (mutant.mutate)(&mut doc);
            let bytes = samples::saved(&mut doc);
            unnamed.extend(named(mutant.name, &bytes, level, rule));
        }
    }
    assert!(unnamed.is_empty(), "{}", unnamed.join("\n"));
}
