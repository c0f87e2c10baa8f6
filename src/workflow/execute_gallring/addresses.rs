//! Addresses of what is destroyed, found whole wherever they stand. Pure.

use std::collections::{BTreeSet, HashSet};

use aho_corasick::{AhoCorasick, BuildError, MatchKind};

/// Addresses that tell of what goes, and of nothing that stays.
#[derive(Debug)]
pub(super) struct Addresses {
    all: Vec<String>,
    patterns: Option<AhoCorasick>,
    common: HashSet<usize>,
    /// Where something that stays stands itself.
    shared: HashSet<usize>,
}

impl Addresses {
    pub(super) fn of(addresses: BTreeSet<String>) -> Result<Self, BuildError> {
        let all: Vec<String> = addresses.into_iter().collect();
        let patterns = match all.is_empty() {
            true => None,
            false => Some(
                AhoCorasick::builder()
                    .match_kind(MatchKind::Standard)
                    .build(&all)?,
            ),
        };
        Ok(Self {
            all,
            patterns,
            common: HashSet::new(),
            shared: HashSet::new(),
        })
    }

    /// Notes what something that stays leads to, shows, or stands at.
    pub(super) fn are_also_in(&mut self, text: &str) {
        let found: Vec<usize> = self.found(text).collect();
        self.common.extend(found);
    }

    /// Notes that something that stays stands at that address, and not only below it or beside a link to it.
    pub(super) fn is_also_at(&mut self, address: &str) {
        self.shared.extend(self.place(address));
    }

    /// Whether nothing but what goes stands at that address.
    pub(super) fn is_its_own(&self, address: &str) -> bool {
        let place = self.place(address);
        place.is_some_and(|n| !self.shared.contains(&n))
    }

    fn place(&self, address: &str) -> Option<usize> {
        let place = self.all.binary_search_by(|a| a.as_str().cmp(address));
        place.ok()
    }

    pub(super) fn contains(&self, address: &str) -> bool {
        let place = self.place(address);
        place.is_some_and(|n| !self.common.contains(&n))
    }

    /// Whether one of them stands in the text, and does not go on into a longer one.
    pub(super) fn stand_in(&self, text: &str) -> bool {
        self.found(text).any(|n| !self.common.contains(&n))
    }

    fn found<'t>(&'t self, text: &'t str) -> impl Iterator<Item = usize> + 't {
        let patterns = self.patterns.iter();
        patterns
            .flat_map(move |p| p.find_overlapping_iter(text))
            .filter(move |m| ends(text.get(m.end()..).unwrap_or_default()))
            .map(|m| m.pattern().as_usize())
    }
}

/// Whether an address that ends here could not go on: what follows is none of its letters (RFC 3986), or a sign that
/// ends a sentence before a space.
fn ends(rest: &str) -> bool {
    let mut rest = rest.chars();
    let goes_on = |c: char| c.is_alphanumeric() || "-_~%/?=&+@:$!*'".contains(c);
    match rest.next() {
        None => true,
        Some('.' | ',' | ';' | ')') => !rest.next().is_some_and(|c| c.is_alphanumeric()),
        // A place on the page is the page still.
        Some('#') => true,
        Some(c) => !goes_on(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(addresses: &[&str]) -> Addresses {
        Addresses::of(addresses.iter().map(|a| (*a).to_owned()).collect()).unwrap()
    }

    #[test]
    fn an_address_is_found_whole_and_not_as_the_beginning_of_another() {
        let gone = of(&["https://a.example/?p=1", "https://a.example/"]);
        for text in [
            "https://a.example/?p=1",
            "{\"what\":\"https://a.example/?p=1\"}",
            "it led to https://a.example/?p=1, and on",
            "https://a.example/?p=1#comment-2",
            "see https://a.example/.",
        ] {
            assert!(gone.stand_in(text), "{text}");
        }
        for text in [
            "https://a.example/?p=13x.png",
            "https://a.example/p/2",
            "https://a.example",
            "",
        ] {
            assert!(!gone.stand_in(text), "{text}");
        }
    }

    #[test]
    fn what_stays_below_it_does_not_stand_at_it() {
        let mut gone = of(&["https://a.example/p/1/", "https://a.example/p/2/"]);
        for stays in ["https://a.example/p/1/#comment-2", "https://a.example/p/2/"] {
            gone.are_also_in(stays);
            gone.is_also_at(stays);
        }
        assert!(
            gone.is_its_own("https://a.example/p/1/") && !gone.contains("https://a.example/p/1/")
        );
        assert!(
            !gone.is_its_own("https://a.example/p/2/") && !gone.is_its_own("https://b.example/")
        );
    }

    #[test]
    fn what_stays_has_its_addresses() {
        let mut gone = of(&["https://a.example/", "https://a.example/b.png"]);
        gone.are_also_in("{\"link\":\"https://a.example/\"}");
        assert!(!gone.stand_in("https://a.example/") && !gone.contains("https://a.example/"));
        assert!(
            gone.stand_in("x https://a.example/b.png") && gone.contains("https://a.example/b.png")
        );
    }
}
