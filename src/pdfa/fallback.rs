//! The fonts of the system: which there are, what characters each has, and which one stands in for a character
//! that the program's own lack.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use harfrust::font::{Blob, TableFunction};
use harfrust::{Font, Tag};
use unicode_script::{Script, UnicodeScript};

/// Where Debian's packages fonts-noto-core, fonts-noto-color-emoji, fonts-noto-cjk (Chinese, Japanese, Korean) and,
/// in its place, fonts-droid-fallback and fonts-nanum put their fonts.
pub const DEBIAN_FOLDERS: [&str; 4] = [
    "/usr/share/fonts/truetype/noto",
    "/usr/share/fonts/opentype/noto",
    "/usr/share/fonts/truetype/droid",
    "/usr/share/fonts/truetype/nanum",
];
/// A Debian package of fonts, scripts that it brings, and a character of each.
const PACKAGES: [(&str, &str, &str); 2] = [
    (
        "fonts-noto-core",
        "Arabic, Hebrew, Thai, Hindi, Tigrinya and other scripts",
        "\u{639}\u{5e9}\u{e01}\u{905}\u{1200}",
    ),
    (
        "fonts-noto-cjk",
        "Chinese, Japanese and Korean",
        "\u{6f22}\u{3042}\u{d55c}",
    ),
];

/// Packages whose scripts no font in the folders has, each with what is then drawn as boxes.
pub fn missing_packages(folders: &[PathBuf]) -> Vec<(&'static str, &'static str)> {
    let fonts = Fallback::scan(folders);
    let lacks = |characters: &str| {
        characters
            .chars()
            .any(|c| fonts.choose(&[c], false, &HashSet::new()).is_none())
    };
    let missing = PACKAGES.iter().filter(|(_, _, sample)| lacks(sample));
    missing
        .map(|(package, what, _)| (*package, *what))
        .collect()
}

/// The collection of fonts-noto-cjk, and which of its fonts is taken: Chinese in simplified writing. They share their
/// glyphs, and differ in what a character looks like to whom.
const COLLECTION: (&str, u32) = ("NotoSansCJK", 2);
/// A character map is far smaller; a broken file may say anything.
const LARGEST_TABLE: u32 = 4_000_000;
/// Tables that knowing a font's characters takes.
const TABLES_OF_A_SCAN: [&[u8; 4]; 5] = [b"cmap", b"head", b"maxp", b"hhea", b"post"];

/// A font of the system that could stand in.
pub struct Candidate {
    pub path: PathBuf,
    /// Which font of a collection.
    pub index: u32,
    /// File name without cut and ending: `NotoSansThai`.
    family: String,
    bold: bool,
    /// How plain a choice it is, the plainest first.
    rank: u8,
    /// Code points it has, as ordered ranges that do not touch.
    ranges: Vec<(u32, u32)>,
}

impl Candidate {
    /// The name it is called by in the file: `NotoSansThai-Bold`.
    pub fn name(&self) -> String {
        let stem = self.path.file_stem().unwrap_or_default().to_string_lossy();
        let plain = |c: &char| c.is_ascii_alphanumeric() || *c == '-';
        stem.chars().filter(plain).collect()
    }

    fn has(&self, c: char) -> bool {
        let code = u32::from(c);
        let after = self.ranges.partition_point(|(first, _)| *first <= code);
        let range = after.checked_sub(1).and_then(|i| self.ranges.get(i));
        range.is_some_and(|(_, last)| code <= *last)
    }

    fn is_for(&self, script: Script) -> bool {
        match script {
            Script::Han
            | Script::Hiragana
            | Script::Katakana
            | Script::Hangul
            | Script::Bopomofo => ["NotoSansCJK", "DroidSansFallback", "NanumGothic"]
                .iter()
                .any(|family| self.family.starts_with(family)),
            Script::Common | Script::Inherited | Script::Unknown => matches!(
                self.family.as_str(),
                "NotoSansSymbols" | "NotoSansSymbols2" | "NotoSansMath" | "NotoMusic"
            ),
            script => {
                let wanted = script.full_name().chars().filter(|c| *c != '_');
                let rest = ["NotoSans", "NotoSerif", "Noto"]
                    .into_iter()
                    .find_map(|prefix| self.family.strip_prefix(prefix));
                rest.is_some_and(|rest| wanted.eq(rest.chars()))
            }
        }
    }
}

/// What the folders hold, read when a character first asks for it.
pub struct Fallback {
    pub candidates: Vec<Candidate>,
}

impl Fallback {
    /// Looks at every font in the folders; what cannot be read is as if it were not there.
    pub fn scan(folders: &[PathBuf]) -> Self {
        let mut candidates = Vec::new();
        for folder in folders {
            let Ok(entries) = std::fs::read_dir(folder) else {
                continue;
            };
            let mut paths: Vec<PathBuf> = entries.flatten().map(|e| e.path()).collect();
            // The order of a folder is chance; the same fonts must give the same document.
            paths.sort();
            candidates.extend(paths.into_iter().filter_map(|path| candidate(&path)));
        }
        Self { candidates }
    }

    /// The best font that has all these characters, save the ones that are known to be broken.
    pub fn choose(
        &self,
        characters: &[char],
        bold: bool,
        broken: &HashSet<usize>,
    ) -> Option<usize> {
        let script = characters
            .iter()
            .map(|c| c.script())
            .find(|s| !matches!(s, Script::Common | Script::Inherited))
            // Punctuation of one script family is of common script, and says whose it is.
            .or_else(|| {
                let extension = characters.first()?.script_extension();
                extension
                    .iter()
                    .find(|s| matches!(s, Script::Han | Script::Arabic | Script::Devanagari))
            })
            .unwrap_or(Script::Common);
        let has_all = |c: &Candidate| characters.iter().all(|ch| c.has(*ch));
        self.candidates
            .iter()
            .enumerate()
            .filter(|(i, c)| !broken.contains(i) && has_all(c))
            .min_by_key(|(i, c)| (!c.is_for(script), c.rank, c.bold != bold, *i))
            .map(|(i, _)| i)
    }
}

fn candidate(path: &Path) -> Option<Candidate> {
    let ending = path.extension()?.to_str()?.to_ascii_lowercase();
    let stem = path.file_stem()?.to_str()?;
    let (family, bold) = match stem.rsplit_once('-') {
        Some((family, "Regular")) => (family, false),
        Some((family, "Bold")) => (family, true),
        Some(_) => return None,
        None => match stem.strip_suffix("Bold") {
            Some(family) => (family, true),
            None => (stem, false),
        },
    };
    let index = match ending.as_str() {
        "ttf" => 0,
        "ttc" if family == COLLECTION.0 => COLLECTION.1,
        _ => return None,
    };
    let ranges = coverage(path, index).ok()?;
    Some(Candidate {
        path: path.to_owned(),
        index,
        family: family.to_owned(),
        bold,
        rank: rank(family),
        ranges,
    })
}

/// Text faces of plain form come before those that are special in form or purpose.
fn rank(family: &str) -> u8 {
    const SPECIAL: [&str; 13] = [
        "Display",
        "Mono",
        "UI",
        "Looped",
        "Rashi",
        "Kufi",
        "Nastaliq",
        "Traditional",
        "Unjoined",
        "Supplement",
        "Tifinagh",
        "Siyaq",
        "Math",
    ];
    let special = SPECIAL.iter().any(|s| family.contains(s)) && family != "NotoSansTifinagh";
    let kind = match family {
        _ if family.starts_with("NotoSans") => 0,
        _ if family.starts_with("NotoSerif") => 2,
        _ if family.starts_with("Noto") => 1,
        _ => 3,
    };
    kind + if special { 4 } else { 0 }
}

/// Where one table lies in a file: offset and length.
type Directory = HashMap<[u8; 4], (u32, u32)>;

fn number<const N: usize>(file: &mut File) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn directory(file: &mut File, index: u32) -> io::Result<Directory> {
    let mut kind = number(file)?;
    if &kind == b"ttcf" {
        let at = 12 + 4 * u64::from(index);
        file.seek(SeekFrom::Start(at))?;
        let at = u32::from_be_bytes(number(file)?);
        file.seek(SeekFrom::Start(u64::from(at)))?;
        kind = number(file)?;
    }
    if kind != [0, 1, 0, 0] && &kind != b"OTTO" {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let tables = u16::from_be_bytes(number(file)?);
    number::<6>(file)?;
    (0..tables)
        .map(|_| {
            let tag = number::<4>(file)?;
            number::<4>(file)?;
            let at = u32::from_be_bytes(number(file)?);
            Ok((tag, (at, u32::from_be_bytes(number(file)?))))
        })
        .collect()
}

/// The code points of a font, read from its character map alone: a scan opens some three hundred files.
fn coverage(path: &Path, index: u32) -> io::Result<Vec<(u32, u32)>> {
    let mut file = File::open(path)?;
    let directory = directory(&mut file, index)?;
    let outlines = [b"glyf", b"CFF "];
    if !outlines.iter().any(|o| directory.contains_key(*o)) || directory.contains_key(b"fvar") {
        return Err(io::ErrorKind::Unsupported.into());
    }
    let file = Mutex::new(file);
    let table = move |tag: Tag| -> Option<Blob> {
        let (at, length) = *directory.get(&tag.to_be_bytes())?;
        if length > LARGEST_TABLE || !TABLES_OF_A_SCAN.contains(&&tag.to_be_bytes()) {
            return None;
        }
        let mut file = file.lock().ok()?;
        file.seek(SeekFrom::Start(u64::from(at))).ok()?;
        let mut bytes = Vec::new();
        (&mut *file)
            .take(u64::from(length))
            .read_to_end(&mut bytes)
            .ok()?;
        Some(bytes.into())
    };
    let font = Font::new(TableFunction::new(Arc::new(table)), 0)
        .ok_or(io::Error::from(io::ErrorKind::InvalidData))?;
    let mut codes: Vec<u32> = font.charmap().unicodes().map(|(code, _)| code).collect();
    codes.sort_unstable();
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for code in codes {
        match ranges.last_mut() {
            Some((_, last)) if code <= last.saturating_add(1) => *last = code,
            _ => ranges.push((code, code)),
        }
    }
    ranges.shrink_to_fit();
    Ok(ranges)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(family: &str, bold: bool, ranges: &[(u32, u32)]) -> Candidate {
        Candidate {
            path: format!(
                "/fonts/{family}-{}.ttf",
                if bold { "Bold" } else { "Regular" }
            )
            .into(),
            index: 0,
            family: family.to_owned(),
            bold,
            rank: rank(family),
            ranges: ranges.to_vec(),
        }
    }

    #[test]
    fn where_there_are_no_fonts_each_package_is_missing() {
        let empty = tempfile::tempdir().unwrap();
        let missing = missing_packages(&[empty.path().to_owned()]);
        let names: Vec<&str> = missing.iter().map(|(package, _)| *package).collect();
        assert_eq!(names, ["fonts-noto-core", "fonts-noto-cjk"]);
    }

    #[test]
    fn the_font_of_the_script_comes_first_in_the_cut_that_is_wanted() {
        let arabic = [(0x600, 0x6ff)];
        let fallback = Fallback {
            candidates: vec![
                made("NotoSansMath", false, &[(0x627, 0x64a), (0x2190, 0x21ff)]),
                made("NotoKufiArabic", false, &arabic),
                made("NotoSansArabic", true, &arabic),
                made("NotoSansArabic", false, &arabic),
                made("NotoSansAdlam", false, &[(0x60c, 0x60c)]),
            ],
        };
        let choose = |of: &[char], bold| fallback.choose(of, bold, &HashSet::new());
        assert_eq!(choose(&['ب'], false), Some(3));
        let broken = HashSet::from([3]);
        assert_eq!(fallback.choose(&['ب'], false, &broken), Some(2));
        assert_eq!(choose(&['ب'], true), Some(2));
        assert_eq!(choose(&['→'], true), Some(0), "only a regular one");
        assert_eq!(choose(&['،'], false), Some(3), "the comma of Arabic");
        assert_eq!(choose(&['،', '→'], false), None, "never half a cluster");
    }

    #[test]
    fn what_is_no_font_is_passed_over() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("Noto-Regular.ttf"), b"no font").unwrap();
        std::fs::write(dir.path().join("Half-Regular.ttf"), b"\0\x01\0\0\0\x02").unwrap();
        let folders = [dir.path().to_owned(), dir.path().join("none")];
        assert!(Fallback::scan(&folders).candidates.is_empty());
    }
}
