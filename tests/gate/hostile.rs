//! Files that mean harm: an answer in bounded time and memory, and no panic.

use std::io::Write as _;
use std::time::{Duration, Instant};

use arkivd::pdfa::{Level, check, declared};
use lopdf::{Document, Object, Stream, dictionary};
use proptest::prelude::*;

use super::samples;

/// A document with this content on its one page, whatever else it lacks.
fn with_content(stream: Stream) -> (Document, lopdf::ObjectId) {
    let mut doc = Document::with_version("1.4");
    let content = doc.add_object(stream);
    let pages = doc.new_object_id();
    let page = doc.add_object(dictionary! {
        "Type" => "Page", "Parent" => pages, "Contents" => content, "StructParents" => 0,
        "MediaBox" => vec![0.into(), 0.into(), 9.into(), 9.into()],
    });
    let tree = dictionary! { "Type" => "Pages", "Kids" => vec![page.into()], "Count" => 1 };
    doc.objects.insert(pages, tree.into());
    let catalog = doc.add_object(dictionary! { "Type" => "Catalog", "Pages" => pages });
    doc.trailer.set("Root", catalog);
    (doc, page)
}

/// Judged at all levels, within this time; what the answer is does not matter here.
fn survives(name: &str, bytes: &[u8]) {
    let start = Instant::now();
    for level in Level::ALL {
        let _ = check(bytes, level);
    }
    let _ = declared(bytes);
    // Generous: a debug build on a busy machine.
    assert!(start.elapsed() < Duration::from_secs(120), "{name}");
}

#[test]
fn circles_are_walked_once() {
    let (mut doc, page) = with_content(Stream::new(
        dictionary! {},
        b"/F Do /P scn /T 1 Tf".to_vec(),
    ));
    let form = doc.new_object_id();
    let itself = dictionary! { "F" => form };
    let circle =
        dictionary! { "XObject" => itself.clone(), "Pattern" => itself.clone(), "Font" => itself };
    doc.get_dictionary_mut(page)
        .unwrap()
        .set("Resources", circle.clone());
    let content = b"/F Do /F scn /F 1 Tf /F Do".to_vec();
    let stream = Stream::new(
        dictionary! { "Subtype" => "Form", "Resources" => circle, "CharProcs" => dictionary! { "a" => form } },
        content,
    );
    doc.objects.insert(form, stream.into());
    // Structure elements and a parent tree that hold themselves; a page tree too.
    let element = doc.new_object_id();
    let holds_itself = dictionary! {
        "S" => "P", "K" => vec![element.into(), element.into()], "Kids" => vec![element.into()],
        "Nums" => vec![0.into(), element.into()], "P" => element,
    };
    doc.objects.insert(element, holds_itself.into());
    let tree = dictionary! { "K" => element, "ParentTree" => element };
    let catalog = doc.catalog_mut().unwrap();
    catalog.set("StructTreeRoot", tree);
    let a = doc.new_object_id();
    doc.objects.insert(a, Object::Reference(a));
    doc.catalog_mut().unwrap().set("Metadata", a);
    survives("circles", &samples::saved(&mut doc));
}

#[test]
fn deep_nests_end() {
    let deep = 50_000;
    for (open, close) in [("[", "]"), ("<<", ">>"), ("(", ")"), ("<</A ", ">>")] {
        let content = format!("{} 1 {} foo", open.repeat(deep), close.repeat(deep));
        let (mut doc, _) = with_content(Stream::new(dictionary! {}, content.clone().into_bytes()));
        survives(open, &samples::saved(&mut doc));
        let object = format!(
            "%PDF-1.4\n1 0 obj\n{content}\nendobj\ntrailer<</Root 1 0 R>>\nstartxref\n9\n%%EOF"
        );
        survives(open, object.as_bytes());
    }
    let marks = b"/P <</MCID 0>> BDC 0 0 m S ".repeat(100_000);
    let (mut doc, _) = with_content(Stream::new(dictionary! {}, marks));
    survives("marks", &samples::saved(&mut doc));
}

#[test]
fn a_bomb_is_not_unpacked() {
    let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    let zeros = vec![b' '; 1 << 20];
    for _ in 0..600 {
        packed.write_all(&zeros).unwrap();
    }
    let bomb = Stream::new(
        dictionary! { "Filter" => "FlateDecode" },
        packed.finish().unwrap(),
    );
    let (mut doc, _) = with_content(bomb);
    let bytes = samples::saved(&mut doc);
    let error = check(&bytes, Level::A1b).unwrap_err().to_string();
    assert!(
        error.contains("limit") || error.contains("too much"),
        "{error}"
    );
}

#[test]
fn many_objects_are_read() {
    let (mut doc, _) = with_content(Stream::new(dictionary! {}, Vec::new()));
    for _ in 0..100_000 {
        doc.add_object(Object::Null);
    }
    survives("objects", &samples::saved(&mut doc));
}

/// Where and how a file is changed.
#[derive(Debug, Clone)]
enum Change {
    Set(prop::sample::Index, u8),
    Drop(prop::sample::Index, usize),
    Repeat(prop::sample::Index, usize),
    Insert(prop::sample::Index, &'static str),
}

fn any_change() -> impl Strategy<Value = Change> {
    let words = prop::sample::select(vec![
        "<<",
        ">>",
        "[",
        "(",
        "/",
        "9999999999",
        "-1",
        "1 0 R",
        "stream\n",
        "endobj",
        "/Length 0",
        "/Kids",
        "/W [0 65535 1]",
        "null",
    ]);
    prop_oneof![
        4 => (any::<prop::sample::Index>(), any::<u8>()).prop_map(|(at, b)| Change::Set(at, b)),
        1 => (any::<prop::sample::Index>(), 1..400_usize).prop_map(|(at, n)| Change::Drop(at, n)),
        1 => (any::<prop::sample::Index>(), 1..400_usize).prop_map(|(at, n)| Change::Repeat(at, n)),
        2 => (any::<prop::sample::Index>(), words).prop_map(|(at, word)| Change::Insert(at, word)),
    ]
}

fn changed(mut bytes: Vec<u8>, changes: &[Change]) -> Vec<u8> {
    for change in changes {
        if bytes.is_empty() {
            return bytes;
        }
        let len = bytes.len();
        match change {
            Change::Set(at, byte) => bytes[at.index(len)] = *byte,
            Change::Drop(at, n) => {
                let at = at.index(len);
                bytes.drain(at..len.min(at + n));
            }
            Change::Repeat(at, n) => {
                let at = at.index(len);
                let again = bytes[at..len.min(at + n)].to_vec();
                bytes.splice(at..at, again);
            }
            Change::Insert(at, word) => {
                let at = at.index(len);
                bytes.splice(at..at, word.bytes());
            }
        }
    }
    bytes
}

/// A small conforming file, uncompressed so that changes hit what is read.
fn small() -> &'static [u8] {
    static SMALL: std::sync::OnceLock<Vec<u8>> = std::sync::OnceLock::new();
    SMALL.get_or_init(|| {
        let mut doc = samples::at(Level::Ua1, &samples::typeset());
        doc.decompress();
        samples::saved(&mut doc)
    })
}

proptest! {
    #![proptest_config(ProptestConfig {
        // scripts/soak sets PROPTEST_CASES.
        cases: std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(24),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn changed_bytes_are_judged_without_a_panic(changes in prop::collection::vec(any_change(), 1..12)) {
        let bytes = changed(small().to_vec(), &changes);
        for level in [Level::A1b, Level::Ua1] {
            let _ = check(&bytes, level);
        }
        let _ = declared(&bytes);
    }
}
