//! Every byte of an archive, looked through for words: plain, as JSON writes them, and inflated.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::support::files;

/// The files that hold one of the words.
pub fn holding(archive: &Path, words: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for file in files(archive) {
        let bytes = fs::read(&file).unwrap();
        let mut all = inflated(&bytes);
        all.push(bytes);
        let holds = |bytes: &Vec<u8>| {
            words.iter().any(|word| {
                let utf16: Vec<u8> = word.encode_utf16().flat_map(u16::to_be_bytes).collect();
                has(bytes, word.as_bytes()) || has(bytes, &utf16)
            })
        };
        if all.iter().any(holds) {
            found.push(file);
        }
    }
    found
}

fn has(bytes: &[u8], word: &[u8]) -> bool {
    bytes.windows(word.len()).any(|part| part == word)
}

/// What deflate hides, from every place where a stream may begin.
fn inflated(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for at in 0..bytes.len().saturating_sub(2) {
        let zlib = bytes[at] == 0x78 && matches!(bytes[at + 1], 0x01 | 0x5e | 0x9c | 0xda);
        let gzip = bytes[at] == 0x1f && bytes[at + 1] == 0x8b;
        let mut out = Vec::new();
        if zlib {
            let _ = flate2::read::ZlibDecoder::new(&bytes[at..]).read_to_end(&mut out);
        } else if gzip {
            let _ = flate2::read::GzDecoder::new(&bytes[at..]).read_to_end(&mut out);
        }
        if !out.is_empty() {
            all.push(out);
        }
    }
    all
}
