//! Each mend alone, on files of a few objects.

use lopdf::{Dictionary, Document, Object, ObjectId, Stream, dictionary};

use super::*;

/// A file of one page with this content, before and after `change`.
fn made(content: &str, change: impl FnOnce(&mut Document, ObjectId)) -> Vec<u8> {
    let mut doc = Document::with_version("1.4");
    let tree = doc.new_object_id();
    let content = Stream::new(Dictionary::new(), content.as_bytes().to_vec());
    let content = doc.add_object(content);
    let page = doc.add_object(dictionary! {
        "Type" => "Page", "Parent" => tree, "Contents" => content, "Resources" => Dictionary::new(),
    });
    let boxed: Vec<Object> = [0, 0, 100, 100].map(Object::from).to_vec();
    let pages = dictionary! {
        "Type" => "Pages", "Kids" => vec![page.into()], "Count" => 1, "MediaBox" => boxed,
    };
    doc.objects.insert(tree, pages.into());
    let catalog = doc.add_object(dictionary! { "Type" => "Catalog", "Pages" => tree });
    doc.trailer.set("Root", catalog);
    change(&mut doc, page);
    let mut bytes = Vec::new();
    doc.save_to(&mut bytes).unwrap();
    bytes
}

fn options() -> PrintOptions {
    let created = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
    PrintOptions::new("Titel", "https://www.example.se/", "arkivd 0", created)
}

/// What comes of it, before it is written.
fn mended(bytes: &[u8]) -> Print<'_> {
    let mut print = Print::open(bytes).unwrap();
    print.make(&options()).unwrap();
    print
}

/// The content of the page, or of the form `F` on it.
fn content_of(print: &Print<'_>, form: bool) -> String {
    let pages = print.subject.pages();
    let page = pages.first().unwrap();
    let stream = match form {
        true => {
            let forms = print.subject.dict(page.resources.unwrap(), b"XObject");
            print.subject.stream(forms.unwrap(), b"F").unwrap()
        }
        false => print.subject.stream(page.dict, b"Contents").unwrap(),
    };
    let data = print.subject.unpack(stream).unwrap().unwrap();
    String::from_utf8(data).unwrap()
}

fn marked(content: &str) -> String {
    let bytes = made(content, |_, _| {});
    content_of(&mended(&bytes), false).trim().to_owned()
}

#[test]
fn what_no_tag_holds_becomes_an_artifact() {
    for (content, expected) in [
        ("0 0 m 9 9 l S", "/Artifact BMC0 0 m 9 9 l S\nEMC"),
        ("q 0 0 9 9 re W n Q", "q 0 0 9 9 re W n Q"),
        (
            "1 w 0 0 9 9 re f 1 1 9 9 re f",
            "1 w\n/Artifact BMC 0 0 9 9 re f 1 1 9 9 re f\nEMC",
        ),
        (
            "/P <</MCID 0>> BDC 0 0 9 9 re f EMC",
            "/P <</MCID 0>> BDC 0 0 9 9 re f EMC",
        ),
        (
            "/Artifact BMC 0 0 9 9 re f EMC",
            "/Artifact BMC 0 0 9 9 re f EMC",
        ),
        (
            "BT /Span <</ActualText (a)>> BDC (a) Tj EMC ET",
            "/Artifact BMCBT /Span <</ActualText (a)>> BDC (a) Tj EMC ET\nEMC",
        ),
        (
            "BT (a) Tj /P <</MCID 0>> BDC (b) Tj EMC (c) Tj ET",
            "BT\n/Artifact BMC (a) Tj\nEMC /P <</MCID 0>> BDC (b) Tj EMC\n/Artifact BMC (c) Tj\nEMC ET",
        ),
        ("BI /W 1 ID a EI", "/Artifact BMCBI /W 1 ID a EI\nEMC"),
    ] {
        assert_eq!(marked(content), expected, "{content}");
    }
}

/// A form `F` that the page draws.
fn with_form(key: Option<i64>) -> Vec<u8> {
    made("/F Do", |doc, page| {
        let mut form = dictionary! { "Type" => "XObject", "Subtype" => "Form" };
        if let Some(key) = key {
            form.set("StructParents", key);
        }
        let drawn = b"/P <</MCID 0>> BDC 0 0 9 9 re f EMC 0 0 1 1 re f";
        let form = doc.add_object(Stream::new(form, drawn.to_vec()));
        let resources = dictionary! { "XObject" => dictionary! { "F" => form } };
        doc.get_dictionary_mut(page)
            .unwrap()
            .set("Resources", resources);
    })
}

#[test]
fn a_form_with_tags_is_marked_inside_and_another_as_a_whole() {
    let bytes = with_form(Some(0));
    let print = mended(&bytes);
    assert_eq!(content_of(&print, false).trim(), "/F Do");
    let inside = "/P <</MCID 0>> BDC 0 0 9 9 re f EMC\n/Artifact BMC 0 0 1 1 re f\nEMC";
    assert_eq!(content_of(&print, true).trim(), inside);
    let bytes = with_form(None);
    let print = mended(&bytes);
    assert_eq!(content_of(&print, false).trim(), "/Artifact BMC/F Do\nEMC");
}

/// Adds elements below the root: each its type, the place of the one above, and its MCIDs.
fn elements(doc: &mut Document, page: ObjectId, all: &[(&str, usize, &[i64])]) -> Vec<ObjectId> {
    let root = doc.new_object_id();
    let ids: Vec<ObjectId> = all.iter().map(|_| doc.new_object_id()).collect();
    let above = |place: usize| place.checked_sub(1).map_or(root, |place| ids[place]);
    let mut parents = Vec::new();
    for (i, (kind, parent, mcids)) in all.iter().enumerate() {
        let mut kids: Vec<Object> = mcids.iter().map(|mcid| (*mcid).into()).collect();
        parents.extend(mcids.iter().map(|_| Object::from(ids[i])));
        let below = all.iter().enumerate().filter(|(_, (_, p, _))| *p == i + 1);
        kids.extend(below.map(|(j, _)| Object::from(ids[j])));
        let mut element = dictionary! {
            "Type" => "StructElem", "S" => *kind, "P" => above(*parent), "K" => kids,
        };
        if !mcids.is_empty() {
            element.set("Pg", page);
        }
        doc.objects.insert(ids[i], element.into());
    }
    let tree = dictionary! { "Nums" => vec![0.into(), parents.into()] };
    let tree = doc.add_object(tree);
    let root_dict = dictionary! {
        "Type" => "StructTreeRoot", "K" => vec![ids[0].into()], "ParentTree" => tree,
    };
    doc.objects.insert(root, root_dict.into());
    doc.catalog_mut().unwrap().set("StructTreeRoot", root);
    doc.get_dictionary_mut(page)
        .unwrap()
        .set("StructParents", 0);
    ids
}

/// The tree in short: `Document(P(0 1))`.
fn told_tree(print: &Print<'_>, object: &Object) -> String {
    let subject = &print.subject;
    match subject.resolve(object) {
        Some(Object::Array(kids)) => {
            let kids: Vec<String> = kids.iter().map(|kid| told_tree(print, kid)).collect();
            kids.join(" ")
        }
        Some(Object::Integer(mcid)) => mcid.to_string(),
        Some(Object::Dictionary(dict)) => match subject.name(dict, b"S") {
            Some(kind) => format!(
                "{}({})",
                String::from_utf8_lossy(kind),
                told_tree(print, dict.get(b"K").unwrap())
            ),
            None => subject.integer(dict, b"MCID").unwrap().to_string(),
        },
        _ => "?".to_owned(),
    }
}

fn tree_of(
    all: &[(&str, usize, &[i64])],
    change: impl FnOnce(&mut Document, &[ObjectId]),
) -> String {
    let bytes = made("", |doc, page| {
        let ids = elements(doc, page, all);
        change(doc, &ids);
    });
    let print = mended(&bytes);
    let root = print
        .subject
        .dict(print.subject.catalog().unwrap(), b"StructTreeRoot")
        .unwrap();
    // Each element that the way back names holds its content.
    let tree = print.subject.dict(root, b"ParentTree").unwrap();
    for element in print.subject.array(tree, b"Nums").unwrap()[1]
        .as_array()
        .unwrap()
    {
        assert!(print.subject.resolve(element).is_some());
    }
    told_tree(&print, root.get(b"K").unwrap())
}

#[test]
fn elements_that_say_nothing_are_dissolved_and_lists_have_bodies() {
    let all: [(&str, usize, &[i64]); 8] = [
        ("Document", 0, &[]),
        ("NonStruct", 1, &[]),
        ("P", 2, &[]),
        ("NonStruct", 3, &[0, 1]),
        ("L", 1, &[]),
        ("LI", 5, &[]),
        ("Lbl", 6, &[2]),
        ("NonStruct", 6, &[3]),
    ];
    let told = tree_of(&all, |_, _| {});
    assert_eq!(told, "Document(P(0 1) L(LI(Lbl(2) LBody(NonStruct(3)))))");
}

#[test]
fn a_frame_around_pictures_is_no_picture_and_roles_are_known() {
    let all: [(&str, usize, &[i64]); 5] = [
        ("Document", 0, &[]),
        ("Figure", 1, &[]),
        ("Figure", 2, &[0]),
        ("Caption", 2, &[1]),
        ("Aside", 1, &[2]),
    ];
    let told = tree_of(&all, |_, _| {});
    assert_eq!(told, "Document(Div(Figure(0) Caption(1)) Aside(2))");
    let bytes = made("", |doc, page| drop(elements(doc, page, &all)));
    let print = mended(&bytes);
    let root = print
        .subject
        .dict(print.subject.catalog().unwrap(), b"StructTreeRoot");
    let roles = print.subject.dict(root.unwrap(), b"RoleMap").unwrap();
    assert_eq!(roles.get(b"Aside").unwrap().as_name().unwrap(), b"Sect");
}

#[test]
fn elements_without_end_stay_to_a_depth() {
    let mut all: Vec<(&str, usize, &[i64])> = vec![("Document", 0, &[])];
    all.extend((1..590).map(|above| ("BlockQuote", above, &[][..])));
    all.push(("P", 590, &[0]));
    let told = tree_of(&all, |_, _| {});
    assert_eq!(told.matches("BlockQuote").count(), 99);
    assert!(told.contains("BlockQuote(0)"));
}

#[test]
fn an_alternate_text_is_never_made_up() {
    let all: [(&str, usize, &[i64]); 3] =
        [("Document", 0, &[]), ("Figure", 1, &[0]), ("P", 1, &[1])];
    let bytes = made("", |doc, page| {
        let ids = elements(doc, page, &all);
        let element = doc.get_dictionary_mut(ids[1]).unwrap();
        element.set("Alt", Object::string_literal("  "));
        let element = doc.get_dictionary_mut(ids[2]).unwrap();
        element.set("Lang", Object::string_literal("zzzzzzzzzzzz"));
    });
    let print = mended(&bytes);
    let dicts = || {
        print
            .subject
            .doc
            .objects
            .values()
            .filter_map(|o| o.as_dict().ok())
    };
    assert!(!dicts().any(|d| d.has(b"Alt")));
    assert_eq!(
        dicts().filter(|d| d.has(b"Lang")).count(),
        1,
        "the catalog's"
    );
    assert_eq!(print.changes.get(&Change::Language), Some(&1));
}

#[test]
fn many_headings_become_groups() {
    let bytes = made("", |doc, page| {
        let root = doc.new_object_id();
        let ids: Vec<ObjectId> = (0..250).map(|_| doc.new_object_id()).collect();
        for (i, id) in ids.iter().enumerate() {
            let mut mark = dictionary! {
                "Title" => Object::string_literal(format!("R{i}")), "Parent" => root,
                "Dest" => vec![page.into(), "Fit".into()],
            };
            if let Some(next) = ids.get(i + 1) {
                mark.set("Next", *next);
            }
            doc.objects.insert(*id, mark.into());
        }
        let outlines = dictionary! { "First" => ids[0], "Last" => ids[249] };
        doc.objects.insert(root, outlines.into());
        doc.catalog_mut().unwrap().set("Outlines", root);
    });
    let print = mended(&bytes);
    let titles = print
        .subject
        .doc
        .objects
        .values()
        .filter_map(|o| print.text(o.as_dict().ok()?, b"Title"));
    let mut groups: Vec<String> = titles.filter(|title| title.contains('–')).collect();
    groups.sort();
    assert_eq!(groups, ["101–200", "1–100", "201–250"]);
}

#[test]
fn the_page_says_what_stood_above_it() {
    let bytes = made("", |_, _| {});
    let print = mended(&bytes);
    let pages = print.subject.pages();
    let page = pages.first().unwrap().dict;
    let sides = print.subject.array(page, b"MediaBox").unwrap();
    assert_eq!(sides.iter().map(|s| s.as_i64().unwrap()).sum::<i64>(), 200);
    assert!(page.has(b"Group"));
}

#[test]
fn memory_is_estimated_by_bytes_and_objects() {
    let bytes = made("", |_, _| {});
    let objects = 5;
    assert_eq!(memory(&bytes), 3 * bytes.len() as u64 + objects * OBJECT);
}

#[test]
fn the_language_is_the_pages_own_or_swedish() {
    let said = |lang: Option<&str>, given: Option<&str>| {
        let bytes = made("", |doc, _| {
            if let Some(lang) = lang {
                doc.catalog_mut()
                    .unwrap()
                    .set("Lang", Object::string_literal(lang));
            }
        });
        let mut options = options();
        options.language = given.map(str::to_owned);
        Print::open(&bytes).unwrap().own_language(&options)
    };
    assert_eq!(said(Some("en-gb"), Some("fi")), "en-GB");
    assert_eq!(said(Some("svenska språket"), Some("fi")), "fi");
    assert_eq!(said(None, Some("inte ett språk")), "sv");
}
