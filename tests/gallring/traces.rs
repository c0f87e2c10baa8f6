//! What is left of words in a folder: every byte of every file, whatever it is packed in.

use std::io::Read;
use std::path::Path;

use crate::support::judges::have;
use crate::support::{files, run};

/// Where the words stand below the folder, by path and word; their case does not matter. `but` names what is passed by.
pub fn traces(folder: &Path, words: &[&str], but: &dyn Fn(&Path) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    for file in files(folder) {
        if but(&file) {
            continue;
        }
        let name = file.strip_prefix(folder).unwrap().display().to_string();
        let bytes = std::fs::read(&file).unwrap();
        look(
            &format!("{name} (its name)"),
            name.as_bytes(),
            words,
            &mut found,
        );
        unpack(&name, &bytes, words, &mut found, 0);
        if bytes.starts_with(b"%PDF-") && have("pdftotext") {
            let text = run(std::process::Command::new("pdftotext")
                .args(["-q", "-enc", "UTF-8"])
                .arg(&file)
                .arg("-"));
            look(
                &format!("{name} (as read)"),
                text.stdout.as_bytes(),
                words,
                &mut found,
            );
        }
    }
    found
}

fn unpack(name: &str, bytes: &[u8], words: &[&str], found: &mut Vec<String>, depth: u8) {
    look(name, bytes, words, found);
    if depth > 3 {
        return;
    }
    if bytes.starts_with(b"\x1f\x8b") {
        let mut inside = Vec::new();
        // What ends early is looked at as far as it goes.
        let _ = flate2::read::MultiGzDecoder::new(bytes).read_to_end(&mut inside);
        unpack(&format!("{name}!gz"), &inside, words, found, depth + 1);
    }
    if bytes.starts_with(b"PK\x03\x04") {
        let mut zip = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
        for n in 0..zip.len() {
            let mut inside = Vec::new();
            let mut entry = zip.by_index(n).unwrap();
            let inner = format!("{name}!{}", entry.name().unwrap());
            entry.read_to_end(&mut inside).unwrap();
            unpack(&inner, &inside, words, found, depth + 1);
        }
    }
    if bytes.starts_with(b"%PDF-") {
        let mut rest = bytes;
        while let Some(at) = rest.windows(6).position(|w| w == b"stream") {
            rest = &rest[at + 6..];
            let data = rest
                .strip_prefix(b"\r\n")
                .or_else(|| rest.strip_prefix(b"\n"));
            let Some(data) = data else { continue };
            let mut inside = Vec::new();
            let _ = flate2::read::ZlibDecoder::new(data).read_to_end(&mut inside);
            unpack(&format!("{name}!stream"), &inside, words, found, depth + 1);
        }
    }
}

fn look(name: &str, bytes: &[u8], words: &[&str], found: &mut Vec<String>) {
    let low = bytes.to_ascii_lowercase();
    for word in words {
        for spelled in spellings(word) {
            if low.windows(spelled.len()).any(|w| w == spelled) {
                found.push(format!("{word} in {name}"));
            }
        }
    }
}

/// In the encodings of text, of JSON and of hexadecimal strings in PDF.
fn spellings(word: &str) -> Vec<Vec<u8>> {
    let units: Vec<u16> = word.encode_utf16().collect();
    let wide =
        |bytes: fn(u16) -> [u8; 2]| units.iter().flat_map(|u| bytes(*u)).collect::<Vec<u8>>();
    let json: String = word
        .chars()
        .map(|c| match c.is_ascii() {
            true => c.to_string(),
            false => format!("\\u{:04x}", u32::from(c)),
        })
        .collect();
    let big = wide(u16::to_be_bytes);
    let hex: String = big.iter().map(|b| format!("{b:02x}")).collect();
    let mut all = vec![
        word.as_bytes().to_vec(),
        big,
        wide(u16::to_le_bytes),
        hex.into_bytes(),
    ];
    if json != word {
        all.push(json.into_bytes());
    }
    all
}
