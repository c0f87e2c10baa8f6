//! What an author is known by: their name and its parts, their address, their handle.

use icu_normalizer::ComposingNormalizerBorrowed;
use url::Url;

use super::find::{Sought, Where};
use super::fold::{is_accent, is_invisible};
use crate::record::Content;

/// Letters of a name's part, or of a handle, that is masked on its own.
const SHORTEST: usize = 3;
/// Parts of an address that name no one.
const COMMON: [&str; 30] = [
    "www",
    "profile",
    "profile.php",
    "people",
    "user",
    "users",
    "author",
    "authors",
    "in",
    "channel",
    "home",
    "about",
    "groups",
    "photo",
    "page",
    "pages",
    "index.html",
    "index.php",
    "web",
    "blog",
    "blogg",
    "hem",
    "om",
    "start",
    "social",
    "mastodon",
    "wordpress",
    "facebook",
    "instagram",
    "bluesky",
];
/// Whose values in an address name who it is of.
const NAMING: [&str; 8] = [
    "id", "u", "uid", "user", "user_id", "username", "author", "profile",
];

/// Everything that names the authors of these versions.
pub(super) fn sought(versions: &[&Content]) -> Vec<Sought> {
    let mut names: Vec<(String, Where)> = Vec::new();
    let mut add = |name: &str, stands: Where| {
        let name = name.trim().trim_start_matches('@');
        if !name.is_empty() && !names.iter().any(|(n, _)| n == name) {
            names.push((name.to_owned(), stands));
        }
    };
    for author in versions.iter().filter_map(|v| v.author.as_ref()) {
        // A name whose accents stand by themselves is not cut at them.
        let name = ComposingNormalizerBorrowed::new_nfc().normalize(&author.name);
        // A name of one or two letters would be found in half the words.
        add(
            &name,
            match name.trim().chars().count() <= SHORTEST {
                true => Where::Whole,
                false => Where::Anywhere,
            },
        );
        let address = author.address.as_deref().unwrap_or_default();
        for (part, stands) in parts(&name, address) {
            add(part, stands);
        }
        if !address.is_empty() {
            let handles = handles(address);
            handles.iter().for_each(|handle| add(handle, Where::Whole));
        }
    }
    // A name that has no letter cannot be looked for; where it stands as the author it goes all the same.
    names
        .iter()
        .filter_map(|(name, stands)| Sought::words(name, *stands).ok())
        .collect()
}

/// First and last names; of a double name also each half, of a handle what stands before its site.
fn parts<'n>(name: &'n str, address: &str) -> Vec<(&'n str, Where)> {
    let is_hyphen = |c: char| matches!(c, '-' | '\u{2010}' | '\u{2011}' | '\u{2013}');
    let cut = |c: char| !(c.is_alphanumeric() || is_hyphen(c) || is_part(c));
    let has_capital = name.contains(char::is_uppercase);
    let mut all = Vec::new();
    let mut add = |part: &'n str| {
        let letters = part.chars().filter(|c| !is_part(*c)).count();
        let begins_small = part.starts_with(char::is_lowercase);
        match letters {
            0 | 1 => {}
            // Of whom Anna von Platen and Eva de la Gardie are, neither von nor de la tells.
            2 | SHORTEST if has_capital && begins_small => {}
            2 => all.push((part, Where::Capital)),
            _ => all.push((part, Where::Whole)),
        }
    };
    for word in name.split_whitespace() {
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
        let word = match bare.split_once('@') {
            // anna@mastodon.example says nothing of mastodon.
            Some((handle, _)) => handle,
            None => match bare.split_once('.') {
                Some((first, _)) if is_handle(bare, address) => first,
                _ => word,
            },
        };
        for part in word.split(cut) {
            add(part);
            if part.contains(is_hyphen) {
                part.split(is_hyphen).for_each(&mut add);
            }
        }
    }
    all
}

/// Whether the address calls its owner so: `anna.bsky.social`.
fn is_handle(word: &str, address: &str) -> bool {
    let mut segments = address.split(['/', '?', '#', '=', '@']);
    segments.any(|segment| segment.eq_ignore_ascii_case(word))
}

/// Belongs to the letter before it: an accent that has no letter of its own, a soft hyphen.
fn is_part(c: char) -> bool {
    is_accent(c) || is_invisible(c)
}

/// What an address calls its owner: `@anna`, `anna.example`, the number of a profile.
fn handles(address: &str) -> Vec<String> {
    let mut all = vec![address.trim_start_matches("mailto:").to_owned()];
    let is_common = |part: &str| COMMON.contains(&part.to_ascii_lowercase().as_str());
    let mut add = |part: &str| {
        let part = part.trim_start_matches('@');
        if part.chars().count() >= SHORTEST && !is_common(part) {
            all.push(part.to_owned());
        }
    };
    match Url::parse(address) {
        Ok(url) if url.has_host() => {
            let segments = url.path_segments().into_iter().flatten();
            let segments: Vec<String> = segments.filter(|s| !s.is_empty()).map(read).collect();
            let mut is_named = false;
            if let Some(last) = segments.iter().rfind(|s| !is_common(s)) {
                is_named = true;
                add(last);
                // anna.bsky.social is called anna.
                if let Some((first, _)) = last.trim_start_matches('@').split_once(['.', '@']) {
                    add(first);
                }
            }
            for (_, value) in url
                .query_pairs()
                .filter(|(key, _)| NAMING.contains(&key.to_ascii_lowercase().as_str()))
            {
                is_named = true;
                add(&value);
            }
            // Where nothing else names who it is, the site does.
            if !is_named {
                add(url
                    .host_str()
                    .unwrap_or_default()
                    .trim_start_matches("www."));
            }
        }
        _ => {
            let bare = address
                .trim_start_matches("mailto:")
                .trim_start_matches('@');
            if let Some((first, _)) = bare.split_once(['@', '.']) {
                add(first);
            }
        }
    }
    all
}

/// A part of an address, with what is escaped in it read.
fn read(segment: &str) -> String {
    let placed = super::fold::placed(segment);
    let read = super::fold::decoded(&placed).unwrap_or(placed);
    read.into_iter().map(|(c, _)| c).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_parts() {
        let whole = |name, address| -> Vec<&str> {
            let all = parts(name, address).into_iter();
            all.filter(|(_, stands)| *stands == Where::Whole)
                .map(|(part, _)| part)
                .collect()
        };
        assert_eq!(
            whole("Åsa Öberg-Lindqvist, Bo", ""),
            ["Åsa", "Öberg-Lindqvist", "Öberg", "Lindqvist"]
        );
        assert_eq!(
            whole("q\u{30c}uist Li\u{ad}nd", ""),
            ["q\u{30c}uist", "Li\u{ad}nd"]
        );
        assert_eq!(whole("Anna von Platen", ""), ["Anna", "Platen"]);
        assert_eq!(
            whole("Anna (@anna_s@mastodon.social)", ""),
            ["Anna", "anna"]
        );
        assert_eq!(
            whole(
                "anna.bsky.social",
                "https://bsky.app/profile/anna.bsky.social"
            ),
            ["anna"]
        );
        assert_eq!(
            whole("Anna.Svensson", "https://x.example/"),
            ["Anna", "Svensson"]
        );
        let short = [("Bo", Where::Capital), ("Ek", Where::Capital)];
        assert_eq!(parts("Bo E. Ek", ""), short);
    }

    #[test]
    fn an_address_names_its_owner() {
        let named = |address| handles(address).split_off(1);
        assert_eq!(named("https://mastodon.example/@anna_s"), ["anna_s"]);
        assert_eq!(
            named("https://bsky.app/profile/anna.bsky.social"),
            ["anna.bsky.social", "anna"]
        );
        assert_eq!(named("https://fb.example/profile.php?id=10001"), ["10001"]);
        assert_eq!(named("mailto:anna@x.example"), ["anna"]);
        assert_eq!(named("https://www.anna.example/"), ["anna.example"]);
        assert_eq!(named("https://anna.example/blogg"), ["anna.example"]);
        assert_eq!(named("https://x.example/anna?lang=sv-se"), ["anna"]);
    }
}
