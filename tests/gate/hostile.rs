//! Files that mean harm: an answer in bounded time and memory, and no panic.

use std::io::Write as _;
use std::time::{Duration, Instant};

use arkivd::pdfa::{Level, check, check_all, declared};
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

/// Judged at all levels, within this time; what the answer is does not matter here, but it is the same one by one.
fn survives(name: &str, bytes: &[u8]) {
    let start = Instant::now();
    let together = check_all(bytes, &Level::ALL);
    for (i, level) in Level::ALL.into_iter().enumerate() {
        match (&together, check(bytes, level)) {
            (Ok(all), Ok(alone)) => assert_eq!(all[i].1, alone, "{name} at {level}"),
            (Err(_), _) => {}
            (Ok(_), Err(error)) => panic!("{name} at {level}: {error}"),
        }
    }
    let _ = declared(bytes);
    // Generous: a debug build on a busy machine.
    assert!(start.elapsed() < Duration::from_secs(120), "{name}");
    note_memory();
}

/// Where a process that another one watches says how much memory it took.
const MEMORY: &str = "ARKIVD_TEST_MEMORY";

/// The most that this process ever took, in kB.
fn note_memory() {
    let Some(file) = std::env::var_os(MEMORY) else {
        return;
    };
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    std::fs::write(file, peak.unwrap().trim().trim_end_matches(" kB")).unwrap();
}

/// Every test here but this one, one at a time, in a process of its own.
#[test]
fn hostile_files_take_less_than_512_mb() {
    if std::env::var_os(MEMORY).is_some() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("kB");
    let child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["hostile::", "--test-threads=1"])
        .env(MEMORY, &file)
        .output()
        .unwrap();
    assert!(child.status.success(), "{child:?}");
    let peak: u64 = std::fs::read_to_string(&file).unwrap().parse().unwrap();
    println!("told: {} MB at most", peak / 1000);
    assert!(peak > 5_000 && peak < 512_000, "{peak} kB");
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
    note_memory();
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
/// A stream that only some levels ask about is found damaged at each.
#[test]
fn a_damaged_profile_is_found_at_each_level() {
    let mut doc = Document::load_mem(&samples::tagged()).unwrap();
    let profile = doc
        .catalog()
        .and_then(|c| c.get(b"OutputIntents")?.as_array())
        .and_then(|intents| doc.dereference(&intents[0])?.1.as_dict())
        .and_then(|intent| intent.get(b"DestOutputProfile")?.as_reference())
        .unwrap();
    let stream = doc
        .get_object_mut(profile)
        .unwrap()
        .as_stream_mut()
        .unwrap();
    let half = stream.content.len() / 2;
    stream.content[half] ^= 0x55;
    let bytes = samples::saved(&mut doc);
    survives("a damaged profile", &bytes);
    for (level, found) in check_all(&bytes, &Level::ALL).unwrap() {
        let told = found.iter().any(|v| v.to_string().contains("damaged"));
        assert!(told, "{level}: {found:?}");
    }
}

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

/// What is typeset, as it is and uncompressed, so that changes hit what is read.
fn typeset(plain: bool) -> &'static [u8] {
    static TYPESET: std::sync::OnceLock<[Vec<u8>; 2]> = std::sync::OnceLock::new();
    let [packed, unpacked] = TYPESET.get_or_init(|| {
        let packed = samples::tagged();
        let mut doc = Document::load_mem(&packed).unwrap();
        doc.decompress();
        [packed, samples::saved(&mut doc)]
    });
    if plain { unpacked } else { packed }
}

proptest! {
    #![proptest_config(ProptestConfig {
        // scripts/soak sets PROPTEST_CASES.
        cases: std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(12),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn changed_bytes_are_judged_without_a_panic(
        plain in prop::bool::weighted(0.8),
        changes in prop::collection::vec(any_change(), 1..12),
    ) {
        let bytes = changed(typeset(plain).to_vec(), &changes);
        survives("changed bytes", &bytes);
    }
}
