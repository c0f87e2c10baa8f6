//! What an author is known by: their name and its parts, their address, their handle.

use icu_normalizer::ComposingNormalizerBorrowed;
use url::Url;

use super::find::Sought;
use super::fold::{is_accent, is_invisible};
use crate::record::Content;

/// Letters of a name's part, or of a handle, that is masked on its own.
const SHORTEST: usize = 3;
/// Parts of an address that name no one.
const COMMON: [&str; 18] = [
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
    "web",
];

/// Everything that names the authors of these versions.
pub(super) fn sought(versions: &[&Content]) -> Vec<Sought> {
    let mut names: Vec<(String, bool)> = Vec::new();
    let mut add = |name: &str, whole: bool| {
        let name = name.trim().trim_start_matches('@');
        if !name.is_empty() && !names.iter().any(|(n, _)| n == name) {
            names.push((name.to_owned(), whole));
        }
    };
    for author in versions.iter().filter_map(|v| v.author.as_ref()) {
        // A name whose accents stand by themselves is not cut at them.
        let name = ComposingNormalizerBorrowed::new_nfc().normalize(&author.name);
        // A name of one or two letters would be found in half the words.
        add(&name, name.trim().chars().count() <= SHORTEST);
        for part in parts(&name) {
            add(part, true);
        }
        if let Some(address) = &author.address {
            handles(address).iter().for_each(|handle| add(handle, true));
        }
    }
    // A name that has no letter cannot be looked for; where it stands as the author it goes all the same.
    names
        .iter()
        .filter_map(|(name, whole)| Sought::words(name, *whole).ok())
        .collect()
}

/// First and last names; of a double name also each half.
fn parts(name: &str) -> Vec<&str> {
    let is_hyphen = |c: char| matches!(c, '-' | '\u{2010}' | '\u{2011}' | '\u{2013}');
    let long = |part: &&str| part.chars().count() >= SHORTEST;
    let cut = |c: char| !(c.is_alphanumeric() || is_hyphen(c) || is_part(c));
    let mut all: Vec<&str> = Vec::new();
    for part in name.split(cut).filter(long) {
        all.push(part);
        if part.contains(is_hyphen) {
            all.extend(part.split(is_hyphen).filter(long));
        }
    }
    all
}

/// Belongs to the letter before it: an accent that has no letter of its own, a soft hyphen.
fn is_part(c: char) -> bool {
    is_accent(c) || is_invisible(c)
}

/// What an address calls its owner: `@anna`, `anna.example`, the number of a profile.
fn handles(address: &str) -> Vec<String> {
    let mut all = vec![address.trim_start_matches("mailto:").to_owned()];
    let mut add = |part: &str| {
        let part = part.trim_start_matches('@');
        if part.chars().count() >= SHORTEST && !COMMON.contains(&part.to_ascii_lowercase().as_str())
        {
            all.push(part.to_owned());
        }
    };
    match Url::parse(address) {
        Ok(url) if url.has_host() => {
            let mut segments: Vec<String> = Vec::new();
            for segment in url
                .path_segments()
                .into_iter()
                .flatten()
                .filter(|s| !s.is_empty())
            {
                let placed = super::fold::placed(segment);
                let read = super::fold::decoded(&placed);
                segments.push(read.unwrap_or(placed).into_iter().map(|(c, _)| c).collect());
            }
            if let Some(last) = segments
                .iter()
                .rfind(|s| !COMMON.contains(&s.to_ascii_lowercase().as_str()))
            {
                add(last);
                // anna.bsky.social is called anna.
                if let Some((first, _)) = last.trim_start_matches('@').split_once(['.', '@']) {
                    add(first);
                }
            } else if segments.is_empty() {
                add(url
                    .host_str()
                    .unwrap_or_default()
                    .trim_start_matches("www."));
            }
            for (_, value) in url.query_pairs() {
                add(&value);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_parts() {
        assert_eq!(
            parts("Åsa Öberg-Lindqvist, Bo"),
            ["Åsa", "Öberg-Lindqvist", "Öberg", "Lindqvist"]
        );
        assert_eq!(
            parts("q\u{30c}uist Li\u{ad}nd"),
            ["q\u{30c}uist", "Li\u{ad}nd"]
        );
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
    }
}
