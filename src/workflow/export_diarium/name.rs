//! Names of files that unpack and open on Windows too, and tell what is in them.

use crate::record::composed;

/// Letters of a name's part that tells.
const LONGEST: usize = 44;

/// Names that Windows keeps for devices, with any ending.
const DEVICES: [&str; 24] = [
    "con", "prn", "aux", "nul", "com0", "com1", "com2", "com3", "com4", "com5", "com6", "com7",
    "com8", "com9", "lpt0", "lpt1", "lpt2", "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9",
];

/// Words as a part of a file's name: letters and digits, with `-` between words, whole words up to [`LONGEST`]. Who is
/// spoken to with `@` is left out. Empty when nothing can be kept.
pub(in crate::workflow) fn telling(words: &str) -> String {
    let composed = composed(words);
    let mut name = String::new();
    for word in composed.split_whitespace() {
        if word.starts_with('@') || word.contains("://") {
            continue;
        }
        let mut kept = String::new();
        for c in word.chars() {
            match c {
                c if c.is_alphanumeric() && !is_wide(c) => kept.push(c),
                '-' | '_' | '/' | '.' | ',' | ':' | '\u{2010}'..='\u{2015}'
                    if !kept.is_empty() && !kept.ends_with('-') =>
                {
                    kept.push('-');
                }
                _ => {}
            }
        }
        let kept = kept.trim_matches('-');
        if kept.is_empty() {
            continue;
        }
        let letters = name.chars().count();
        if letters == 0 {
            name.extend(kept.chars().take(LONGEST));
        } else if letters + 1 + kept.chars().count() <= LONGEST {
            name.push('-');
            name.push_str(kept);
        } else {
            break;
        }
    }
    let mut name = name.trim_matches('-').to_owned();
    if DEVICES.contains(&name.to_lowercase().as_str()) {
        name.push('_');
    }
    name
}

/// Letters outside the first plane, which older programs show as boxes.
fn is_wide(c: char) -> bool {
    u32::from(c) > 0xffff
}

/// The ending of a file of that media type, or of that name.
pub(in crate::workflow) fn ending(media_type: &str, path: &str) -> String {
    let kind = media_type.split(';').next().unwrap_or_default().trim();
    let known = match kind.to_ascii_lowercase().as_str() {
        "image/jpeg" | "image/jpg" => "jpg",
        "image/png" => "png",
        "image/gif" => "gif",
        "image/webp" => "webp",
        "image/svg+xml" => "svg",
        "image/avif" => "avif",
        "image/heic" => "heic",
        "image/tiff" => "tif",
        "image/bmp" => "bmp",
        "video/mp4" => "mp4",
        "video/webm" => "webm",
        "video/quicktime" => "mov",
        "audio/mpeg" => "mp3",
        "audio/mp4" => "m4a",
        "audio/ogg" => "ogg",
        "audio/wav" | "audio/x-wav" => "wav",
        "application/pdf" => "pdf",
        "application/zip" => "zip",
        "text/plain" => "txt",
        "text/html" => "html",
        _ => "",
    };
    if !known.is_empty() {
        return known.to_owned();
    }
    let own = path
        .rsplit('/')
        .next()
        .and_then(|name| name.rsplit_once('.'));
    let own = own.map(|(_, ending)| ending.to_ascii_lowercase());
    own.filter(|e| (1..=5).contains(&e.len()) && e.bytes().all(|b| b.is_ascii_alphanumeric()))
        // What Windows would run is never opened by a click.
        .filter(|e| !RUNS.contains(&e.as_str()))
        .unwrap_or_else(|| "bin".to_owned())
}

const RUNS: [&str; 20] = [
    "bat", "cmd", "com", "cpl", "exe", "hta", "inf", "js", "jse", "jar", "lnk", "msi", "pif",
    "ps1", "reg", "scr", "url", "vbe", "vbs", "wsf",
];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_become_names() {
        for (words, name) in [
            ("Snön röjs sent!", "Snön-röjs-sent"),
            ("CON", "CON_"),
            ("nul", "nul_"),
            ("🎉🎉", ""),
            ("Fest 🎉 i parken", "Fest-i-parken"),
            ("@kalle.karlsson varför?", "varför"),
            ("slut...", "slut"),
            ("a/b\\c:d*e?f\"g<h>i|j", "a-bc-defghij"),
            ("Torget 5–6 december", "Torget-5-6-december"),
            ("e\u{301}tude", "étude"),
            ("../../etc/passwd", "etc-passwd"),
            ("se https://exempel.se/x", "se"),
        ] {
            assert_eq!(telling(words), name, "{words}");
        }
        assert_eq!(telling(&"å".repeat(300)).chars().count(), LONGEST);
    }

    #[test]
    fn endings_are_the_media_types_own() {
        assert_eq!(ending("image/jpeg", "data/media/0001-x"), "jpg");
        assert_eq!(ending("video/x-own", "data/media/0001-x.MKV"), "mkv");
        assert_eq!(ending("application/octet-stream", "a/b.exe"), "bin");
        assert_eq!(ending("", "a/b"), "bin");
    }

    proptest! {
        #[test]
        fn every_name_is_safe(words in "\\PC{0,80}") {
            let name = telling(&words);
            prop_assert!(name.chars().count() <= LONGEST + 1);
            prop_assert!(!name.contains(['/', '\\', ':', '*', '?', '"', '<', '>', '|', '.', ' ', '%']));
            prop_assert!(!name.chars().any(char::is_control));
            prop_assert!(!DEVICES.contains(&name.to_lowercase().as_str()));
        }
    }
}
