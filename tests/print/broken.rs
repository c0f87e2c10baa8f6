//! What no browser writes, or one that was taken over: a clear error or a conforming file, and never a panic.

use arkivd::pdfa::{Error, PrintLimits, conform};
use lopdf::{Dictionary, Document, Object, Stream, dictionary};

use crate::judged::{good, options};
use crate::kept::{ARTICLE, HOSTILE};

/// The article with a change to it.
fn changed(change: impl FnOnce(&mut Document)) -> Vec<u8> {
    let mut doc = Document::load_mem(ARTICLE).unwrap();
    change(&mut doc);
    let mut bytes = Vec::new();
    doc.save_to(&mut bytes).unwrap();
    bytes
}

fn first_page(doc: &Document) -> lopdf::ObjectId {
    doc.page_iter().next().unwrap()
}

/// What the page shows before its own content.
fn show(doc: &mut Document, content: &[u8]) {
    let page = first_page(doc);
    let old = doc
        .get_dictionary(page)
        .unwrap()
        .get(b"Contents")
        .unwrap()
        .clone();
    let new = doc.add_object(Stream::new(Dictionary::new(), content.to_vec()));
    let page = doc.get_dictionary_mut(page).unwrap();
    page.set("Contents", vec![new.into(), old]);
}

#[test]
fn what_is_no_print_is_told() {
    let told = |bytes: &[u8]| conform(bytes, &options()).unwrap_err();
    assert!(matches!(told(b""), Error::NoPdf));
    assert!(matches!(told(b"<!doctype html>"), Error::NoPdf));
    assert!(matches!(told(&ARTICLE[..40_000]), Error::Truncated));
    let limits = |change: fn(&mut PrintLimits)| {
        let mut options = options();
        change(&mut options.limits);
        conform(ARTICLE, &options).unwrap_err().to_string()
    };
    assert_eq!(
        limits(|l| l.pages = 1),
        "the print has 2 pages; it may have 1"
    );
    assert_eq!(
        limits(|l| l.bytes = 9),
        format!("the print has {} bytes; it may have 9", ARTICLE.len())
    );
    assert_eq!(
        limits(|l| l.memory = 9),
        format!(
            "the print has {} bytes of memory to be judged in; it may have 9",
            arkivd::pdfa::print_memory(ARTICLE)
        )
    );
}

#[test]
fn scripts_files_and_fields_are_left_out() {
    let bytes = changed(|doc| {
        let script =
            dictionary! { "S" => "JavaScript", "JS" => Object::string_literal("app.alert(1)") };
        let script = doc.add_object(script);
        let file = doc.add_object(Stream::new(
            dictionary! { "Type" => "EmbeddedFile" },
            b"MZ".to_vec(),
        ));
        let named = vec![
            Object::string_literal("a"),
            dictionary! { "EF" => dictionary! { "F" => file } }.into(),
        ];
        let page = first_page(doc);
        let rect = vec![0.into(), 0.into(), 99.into(), 99.into()];
        let field = doc.add_object(dictionary! {
            "Type" => "Annot", "Subtype" => "Widget", "FT" => "Btn", "Rect" => rect.clone(), "A" => script,
        });
        let launch = doc.add_object(dictionary! {
            "Type" => "Annot", "Subtype" => "Link", "Rect" => rect, "F" => 2,
            "A" => dictionary! { "S" => "Launch", "F" => Object::string_literal("calc.exe") },
        });
        let page = doc.get_dictionary_mut(page).unwrap();
        page.set("AA", dictionary! { "O" => script });
        let annotations = page.get_mut(b"Annots").unwrap().as_array_mut().unwrap();
        annotations.extend([field.into(), launch.into()]);
        let catalog = doc.catalog_mut().unwrap();
        catalog.set("OpenAction", script);
        catalog.set("AcroForm", dictionary! { "Fields" => vec![field.into()], "NeedAppearances" => true, "XFA" => file });
        catalog.set("Names", dictionary! {
            "JavaScript" => dictionary! { "Names" => vec![Object::string_literal("x"), script.into()] },
            "EmbeddedFiles" => dictionary! { "Names" => named },
        });
        catalog.set("Version", "2.0");
    });
    let printed = good("scripts", &bytes);
    let whole = String::from_utf8_lossy(&printed.bytes);
    for gone in [
        "JavaScript",
        "OpenAction",
        "Widget",
        "AcroForm",
        "EmbeddedFile",
        "Launch",
        "calc",
    ] {
        assert!(!whole.contains(gone), "{gone}");
    }
    let doc = Document::load_mem(&printed.bytes).unwrap();
    let dicts = doc.objects.values().filter_map(|o| o.as_dict().ok());
    assert_eq!(dicts.filter(|d| d.has(b"AA")).count(), 0);
    let told: Vec<String> = printed
        .changes
        .iter()
        .map(|(c, n)| format!("{n} {}", c.words()))
        .collect();
    assert_eq!(
        told,
        [
            "1 links to scripts, data or files lead nowhere",
            "1 things upon the page that are no links are left out"
        ]
    );
}

#[test]
fn what_leads_round_in_a_circle_ends() {
    let bytes = changed(|doc| {
        let pages = doc.catalog().unwrap().get(b"Pages").unwrap().clone();
        let tree = pages.as_reference().unwrap();
        let kids = doc
            .get_dictionary_mut(tree)
            .unwrap()
            .get_mut(b"Kids")
            .unwrap();
        kids.as_array_mut().unwrap().push(pages);
        let elements: Vec<lopdf::ObjectId> = doc
            .objects
            .iter()
            .filter(|(_, o)| o.as_dict().is_ok_and(|d| d.has(b"K") && d.has(b"P")))
            .map(|(id, _)| *id)
            .collect();
        let (first, last) = (elements[0], *elements.last().unwrap());
        doc.get_dictionary_mut(last)
            .unwrap()
            .set("K", vec![first.into(), last.into()]);
        let marks: Vec<lopdf::ObjectId> = doc
            .objects
            .iter()
            .filter(|(_, o)| o.as_dict().is_ok_and(|d| d.has(b"Dest") && d.has(b"Title")))
            .map(|(id, _)| *id)
            .collect();
        for mark in &marks {
            doc.get_dictionary_mut(*mark).unwrap().set("Next", marks[0]);
        }
        let form = doc.new_object_id();
        let own = dictionary! { "XObject" => dictionary! { "Me" => form } };
        let dict = dictionary! {
            "Type" => "XObject", "Subtype" => "Form", "Resources" => own.clone(),
            "BBox" => vec![0.into(), 0.into(), 9.into(), 9.into()],
        };
        doc.objects
            .insert(form, Stream::new(dict, b"/Me Do".to_vec()).into());
        let page = first_page(doc);
        doc.get_dictionary_mut(page).unwrap().set("Resources", own);
        show(doc, b"q /Me Do Q");
    });
    // It may be a file or an error; what matters is that it comes.
    if let Err(error) = conform(&bytes, &options()) {
        assert!(!error.to_string().is_empty());
    }
}

#[test]
fn content_that_is_none_is_no_file() {
    let contents: [&[u8]; 6] = [
        b"1 2 3 nonsense",
        b"q q q",
        b"BT /F4 9 Tf (a) Tj",
        b"/Missing Do",
        b"0.1 0.2 0.3 0.4 k 0 0 9 9 re f",
        b"EMC EMC Q Q ET",
    ];
    for content in contents {
        let bytes = changed(|doc| show(doc, content));
        let error = conform(&bytes, &options()).unwrap_err();
        let Error::NoLevel { reasons } = &error else {
            panic!("{}: {error}", String::from_utf8_lossy(content));
        };
        assert!(reasons.iter().any(|r| r.level == arkivd::pdfa::Level::A2b));
        assert!(error.to_string().contains("ISO 19005-2"), "{error}");
    }
    let many = b"1 ".repeat(300_000);
    let error = conform(&changed(|doc| show(doc, &many)), &options()).unwrap_err();
    assert!(matches!(error, Error::Broken(_)), "{error}");
}

#[test]
fn a_print_in_any_state_is_a_file_or_an_error() {
    let mut unpacked = Document::load_mem(HOSTILE).unwrap();
    unpacked.decompress();
    let mut open = Vec::new();
    unpacked.save_to(&mut open).unwrap();
    let mut seed = 7_u64;
    let mut next = |below: usize| {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).unwrap() % below
    };
    let (mut files, mut errors) = (0, 0);
    let rounds = std::env::var("ARKIVD_ROUNDS").map_or(40, |n| n.parse().unwrap());
    for round in 0..rounds {
        let from = [ARTICLE, &open][round % 2];
        let mut bytes = from.to_vec();
        for _ in 0..1 + next(6) {
            let at = next(bytes.len());
            match next(4) {
                0 => bytes[at] = u8::try_from(next(256)).unwrap(),
                1 => drop(bytes.drain(at..(at + next(40)).min(from.len() - 400).max(at))),
                2 => drop(bytes.splice(at..at, *b" 0 R ")),
                _ => {
                    let copied = bytes[at..(at + 60).min(from.len() - 400).max(at)].to_vec();
                    let to = next(bytes.len());
                    bytes.splice(to..to, copied);
                }
            }
        }
        match conform(&bytes, &options()) {
            Ok(_) => files += 1,
            Err(_) => errors += 1,
        }
    }
    println!("{files} files, {errors} errors");
    assert!(files > 0 && errors > 0);
}
