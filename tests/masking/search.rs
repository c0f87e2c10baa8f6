//! Every byte of what is handed out, in every form that words may have there.

use std::io::{Cursor, Read};
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};

use super::support::judges::have;

/// A place with its bytes: a file, a stream of a PDF, a name.
struct Blob {
    place: String,
    bytes: Vec<u8>,
}

/// Where a secret can be read in the file, in words; empty where nowhere.
pub fn found(name: &str, bytes: &[u8], secrets: &[&str]) -> Vec<String> {
    let mut blobs = Vec::new();
    open(name, bytes, &mut blobs);
    let mut told = Vec::new();
    for secret in secrets {
        let forms = forms(secret);
        let letters = letters(secret);
        for blob in &blobs {
            if let Some((form, _)) = forms.iter().find(|(_, form)| holds(&blob.bytes, form)) {
                told.push(format!("{secret} in {} as {form}", blob.place));
            }
            if self::letters(&String::from_utf8_lossy(&blob.bytes)).contains(&letters) {
                told.push(format!("{secret} in {} by its letters", blob.place));
            }
        }
    }
    told
}

fn holds(bytes: &[u8], form: &[u8]) -> bool {
    !form.is_empty() && bytes.windows(form.len()).any(|w| w == form)
}

fn open(place: &str, bytes: &[u8], blobs: &mut Vec<Blob>) {
    let mut put = |place: String, bytes: Vec<u8>| blobs.push(Blob { place, bytes });
    put(format!("{place}, raw"), bytes.to_vec());
    put("a name".into(), place.as_bytes().to_vec());
    if bytes.starts_with(b"PK") {
        let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        assert!(zip.comment().is_empty());
        for at in 0..zip.len() {
            let mut entry = zip.by_index(at).unwrap();
            let name = entry.name().unwrap().into_owned();
            assert!(entry.comment().is_empty());
            let mut inner = Vec::new();
            entry.read_to_end(&mut inner).unwrap();
            open(&name, &inner, blobs);
        }
    } else if bytes.starts_with(b"%PDF") {
        open_pdf(place, bytes, blobs);
    }
}

fn open_pdf(place: &str, bytes: &[u8], blobs: &mut Vec<Blob>) {
    let pdf = lopdf::Document::load_mem(bytes).unwrap();
    for (id, object) in &pdf.objects {
        strings(&format!("{place} {id:?}"), object, blobs);
        if let Ok(stream) = object.as_stream() {
            let whole = stream
                .decompressed_content()
                .unwrap_or_else(|_| stream.content.clone());
            blobs.push(Blob {
                place: format!("{place} stream {id:?}"),
                bytes: whole,
            });
        }
    }
    let pages: Vec<u32> = pdf.get_pages().into_keys().collect();
    let text = pdf.extract_text(&pages).unwrap_or_default();
    blobs.push(Blob {
        place: format!("{place} text"),
        bytes: text.into_bytes(),
    });
    if have("pdftotext") {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("a.pdf");
        std::fs::write(&file, bytes).unwrap();
        for how in ["-layout", "-raw"] {
            let out = Command::new("pdftotext")
                .arg(how)
                .arg(&file)
                .arg("-")
                .output()
                .unwrap();
            assert!(!out.stdout.is_empty());
            blobs.push(Blob {
                place: format!("{place} pdftotext {how}"),
                bytes: out.stdout,
            });
        }
    }
}

/// Each string of an object as it stands, and as UTF-16.
fn strings(place: &str, object: &lopdf::Object, blobs: &mut Vec<Blob>) {
    use lopdf::Object;
    match object {
        Object::String(bytes, _) => {
            let units: Vec<u16> = bytes
                .as_chunks::<2>()
                .0
                .iter()
                .map(|c| u16::from_be_bytes(*c))
                .collect();
            let wide = String::from_utf16_lossy(&units).into_bytes();
            blobs.push(Blob {
                place: format!("{place} string"),
                bytes: bytes.clone(),
            });
            blobs.push(Blob {
                place: format!("{place} string, wide"),
                bytes: wide,
            });
        }
        Object::Array(all) => all.iter().for_each(|o| strings(place, o, blobs)),
        Object::Dictionary(dict) => dict.iter().for_each(|(_, o)| strings(place, o, blobs)),
        Object::Stream(stream) => stream
            .dict
            .iter()
            .for_each(|(_, o)| strings(place, o, blobs)),
        Object::Name(name) => blobs.push(Blob {
            place: format!("{place} name"),
            bytes: name.clone(),
        }),
        _ => {}
    }
}

/// The words in the bytes that they may be written as.
fn forms(secret: &str) -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    let composed = ComposingNormalizerBorrowed::new_nfc()
        .normalize(secret)
        .into_owned();
    let decomposed = DecomposingNormalizerBorrowed::new_nfd()
        .normalize(secret)
        .into_owned();
    for (form, text) in [("NFC", composed), ("NFD", decomposed)] {
        for (case, text) in [
            ("", text.clone()),
            (" small", text.to_lowercase()),
            (" large", text.to_uppercase()),
        ] {
            let mut add =
                |how: &str, bytes: Vec<u8>| all.push((format!("{form}{case} {how}"), bytes));
            add("UTF-8", text.clone().into_bytes());
            add(
                "UTF-16BE",
                text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
            );
            add(
                "UTF-16LE",
                text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            );
            if text.chars().all(|c| u32::from(c) < 256) {
                add(
                    "Latin-1",
                    text.chars().map(|c| u32::from(c) as u8).collect(),
                );
            }
            let hex: String = text.bytes().map(|b| format!("{b:02x}")).collect();
            add("hexadecimal", hex.clone().into_bytes());
            add("large hexadecimal", hex.to_uppercase().into_bytes());
            let escaped = |b: u8| match b {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(b).to_string(),
                b => format!("%{b:02X}"),
            };
            add(
                "percent",
                text.bytes().map(escaped).collect::<String>().into_bytes(),
            );
            for shift in 0..3 {
                let mut padded = vec![b'x'; shift];
                padded.extend(text.bytes());
                // What its neighbours do not change.
                let whole = STANDARD.encode(&padded);
                let from = (shift * 8).div_ceil(6);
                let to = padded.len() * 8 / 6;
                add("base64", whole.as_bytes()[from..to].to_vec());
            }
        }
    }
    all
}

/// Letters alone, small, without accents: words are seen through all that parts them in a text. What no text has stays
/// between them: in compressed bytes five letters come together by chance, once in some thousand files.
fn letters(text: &str) -> String {
    let seen: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let decomposed = DecomposingNormalizerBorrowed::new_nfkd()
        .normalize(&seen)
        .into_owned();
    let small = decomposed.chars().flat_map(char::to_lowercase);
    let of_no_text = |c: char| c.is_control() || c == char::REPLACEMENT_CHARACTER;
    small
        .filter(|c| c.is_alphanumeric() || of_no_text(*c))
        .collect()
}

#[test]
fn the_search_finds_what_is_there() {
    let secret = "Qvarnström Zäther";
    for bytes in [
        secret.as_bytes().to_vec(),
        "qvarnstro\u{308}m za\u{308}ther".as_bytes().to_vec(),
        secret.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        STANDARD.encode(format!("ab{secret}cd")).into_bytes(),
        b"Qvarnstr%C3%B6m%20Z%C3%A4ther".to_vec(),
        "Qvarn-\nstr\u{ad}öm\u{a0}Zäther".as_bytes().to_vec(),
    ] {
        assert!(
            !found("a", &bytes, &[secret]).is_empty(),
            "{}",
            String::from_utf8_lossy(&bytes)
        );
    }
    assert!(!found("Qvarnström_Zäther.pdf", b"", &[secret]).is_empty());
    assert!(found("a", b"Qvarn", &[secret]).is_empty());
    let by_chance = b"Qvarn\x01str\xffom\x00Zather";
    assert!(found("a", by_chance, &[secret]).is_empty());
}
