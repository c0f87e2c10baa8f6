//! Manifests (RFC 8493 section 2.1.3): one line a file, its SHA-256, two spaces, its path; sorted by path.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use crate::record::Digest;

use super::fault::Fault;
use super::payload_path;

/// The manifest's text. The paths have been checked, so none needs escaping.
pub(super) fn render<'a>(files: impl IntoIterator<Item = (&'a str, Digest)>) -> String {
    let sorted: BTreeMap<_, _> = files.into_iter().collect();
    sorted
        .iter()
        .map(|(path, digest)| format!("{digest}  {path}\n"))
        .collect()
}

/// The files that the manifest names, and what is wrong with its lines.
pub(super) fn parse(name: &str, bytes: &[u8]) -> (BTreeMap<String, Digest>, Vec<Fault>) {
    let mut files = BTreeMap::new();
    let mut faults = Vec::new();
    // A file that ends in a newline has no line after it.
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    if bytes.is_empty() {
        return (files, faults);
    }
    for (number, line) in bytes.split(|&b| b == b'\n').enumerate() {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let bad = |problem| Fault::BadManifestLine {
            path: name.to_owned(),
            line: number as u64 + 1,
            text: String::from_utf8_lossy(line).chars().take(200).collect(),
            problem,
        };
        let Some((digest, path)) = std::str::from_utf8(line).ok().and_then(split) else {
            faults.push(bad("it is not a SHA-256, spaces, and a path"));
            continue;
        };
        if !payload_path::stays_inside(&path) {
            faults.push(Fault::UnsafePath { path });
        } else if let Entry::Vacant(free) = files.entry(path) {
            free.insert(digest);
        } else {
            faults.push(bad("the path is named twice"));
        }
    }
    (files, faults)
}

fn split(line: &str) -> Option<(Digest, String)> {
    let (digest, path) = line.split_once([' ', '\t'])?;
    let path = path.trim_start_matches([' ', '\t']);
    let digest = digest.to_ascii_lowercase().parse().ok()?;
    (!path.is_empty()).then(|| (digest, payload_path::decode(path)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_sorted_and_read_back() {
        let (a, b) = (Digest::of(b"a"), Digest::of(b"b"));
        let text = render([("data/b", b), ("data/a", a)]);
        assert_eq!(text, format!("{a}  data/a\n{b}  data/b\n"));
        let (files, faults) = parse("manifest-sha256.txt", text.as_bytes());
        assert_eq!(
            files.into_iter().collect::<Vec<_>>(),
            [("data/a".into(), a), ("data/b".into(), b)]
        );
        assert!(faults.is_empty());
    }

    #[test]
    fn a_bad_line_is_named_by_its_number_and_the_others_count() {
        let d = Digest::of(b"");
        let text =
            format!("{d}  data/a\r\nnonsense\n{d}  data/a\n{d}  data/../x\n\n{d}\tdata/100%25");
        let (files, faults) = parse("manifest-sha256.txt", text.as_bytes());
        assert_eq!(
            files.into_keys().collect::<Vec<_>>(),
            ["data/100%", "data/a"]
        );
        let told: Vec<_> = faults.iter().map(ToString::to_string).collect();
        assert_eq!(told.len(), 4, "{told:#?}");
        assert!(told[0].contains("line 2") && told[0].contains("nonsense"));
        assert!(told[1].contains("line 3") && told[1].contains("twice"));
        assert!(told[2].contains("data/../x"));
        assert!(told[3].contains("line 5"));
    }
}
