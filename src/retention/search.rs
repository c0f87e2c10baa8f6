//! A saved search: a question to the records that is asked anew each time, as a hold does.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::words::folded;
use crate::record::{AccountId, Kind};

/// What is searched for. All that is given must fit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedSearch {
    /// Each of them occurs in title, text or author of some version, also within a word. Letters are compared as rules
    /// compare them, so that a hold finds all that a rule finds.
    pub words: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accounts: Vec<AccountId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub committee: Option<String>,
    /// Published on this Swedish day or later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<NaiveDate>,
    /// Published on this Swedish day or before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<NaiveDate>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<Kind>,
}

/// The words of a search, ready to be looked for.
#[derive(Debug, Clone)]
pub struct Needles(Vec<Needle>);

#[derive(Debug, Clone)]
enum Needle {
    /// Folded, one word after the other.
    Words(String),
    /// No word is in it: `§`. It is looked for as it is.
    Signs(String),
}

/// Which of the words were found so far: in this version or in another.
#[derive(Debug, Clone)]
pub struct FoundWords(Vec<bool>);

impl SavedSearch {
    /// Whether a record can be meant, its words aside. One whose day is not known is: what is held too much can be
    /// destroyed later.
    pub fn may_mean(
        &self,
        account: &str,
        committee: &str,
        kind: Kind,
        day: Option<NaiveDate>,
    ) -> bool {
        (self.accounts.is_empty() || self.accounts.iter().any(|a| a.as_str() == account))
            && self.committee.as_deref().is_none_or(|c| c == committee)
            && self.kind.is_none_or(|k| k == kind)
            && day.is_none_or(|day| {
                self.from.is_none_or(|from| day >= from) && self.to.is_none_or(|to| day <= to)
            })
    }

    pub fn needles(&self) -> Needles {
        let needle = |word: &String| match folded(word) {
            folded if folded.is_empty() => Needle::Signs(word.trim().to_owned()),
            folded => Needle::Words(folded),
        };
        Needles(self.words.iter().map(needle).collect())
    }
}

impl Needles {
    pub fn none_found(&self) -> FoundWords {
        FoundWords(vec![false; self.0.len()])
    }

    /// Looks for the words that are not found yet.
    pub fn look(&self, text: &str, found: &mut FoundWords) {
        if found.all() {
            return;
        }
        let words = folded(text);
        for (needle, found) in self.0.iter().zip(&mut found.0) {
            *found = *found
                || match needle {
                    Needle::Words(sought) => words.contains(sought.as_str()),
                    Needle::Signs(sought) => text.contains(sought.as_str()),
                };
        }
    }
}

impl FoundWords {
    pub fn all(&self) -> bool {
        self.0.iter().all(|found| *found)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::retention::stands_in;

    fn search(words: &[&str]) -> SavedSearch {
        SavedSearch {
            words: words.iter().map(|w| (*w).to_owned()).collect(),
            accounts: vec![],
            committee: None,
            from: None,
            to: None,
            kind: None,
        }
    }

    fn finds(words: &[&str], texts: &[&str]) -> bool {
        let needles = search(words).needles();
        let mut found = needles.none_found();
        texts.iter().for_each(|text| needles.look(text, &mut found));
        found.all()
    }

    #[test]
    fn all_words_occur_whatever_their_case_and_form() {
        assert!(finds(&["snöröjning"], &["SNÖRÖJNINGEN är sen"]));
        assert!(finds(&["sno\u{308}"], &["Snö"]), "composed and not");
        assert!(finds(&["Anna", "skolan"], &["Anna Ek", "om Skolan"]));
        assert!(finds(&["två ord"], &["två\n  ord"]));
        assert!(!finds(&["anna", "bo"], &["Anna Ek"]));
        assert!(finds(&["§"], &["16 kap. 1 § BrB"]));
        assert!(!finds(&["§"], &["16 kap. BrB"]));
    }

    #[test]
    fn letters_that_are_hidden_or_strange_are_found() {
        let brand = ["brandstation"];
        assert!(finds(&brand, &["Zebrafink\u{ad}arnas brand\u{ad}station"]));
        assert!(finds(&brand, &["ＢＲＡＮＤstationen"]));
        assert!(finds(&["brand\u{200b}station"], &["Brandstationen"]));
        assert!(finds(&["e-post"], &["min e‑postlåda"]));
        assert!(finds(&["dra åt hel"], &["Dra, åt\nhelvete"]));
    }

    /// Pieces of which words and texts are made; many that look alike to a rule.
    fn pieces() -> impl Strategy<Value = String> {
        let piece = proptest::sample::select(vec![
            "a",
            "A",
            "ａ",
            "ö",
            "o",
            "\u{308}",
            "Ö",
            "ß",
            "ﬁ",
            "f",
            "i",
            "½",
            "1",
            "σ",
            "ς",
            "Σ",
            "İ",
            "-",
            " ",
            "\n",
            "#",
            "@",
            "*",
            "§",
            "\u{ad}",
            "\u{200b}",
            "\u{202e}",
            "\u{fe0f}",
            "❤",
            "👍",
            "\u{1f3fd}",
            "ᄀ",
            "ᅡ",
        ]);
        proptest::collection::vec(piece, 1..7).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn what_a_rule_finds_a_hold_finds(word in pieces(), before in pieces(), after in pieces(), other in pieces()) {
            for text in [format!("{before} {word} {after}"), format!("{before}{word}{after}"), other] {
                if stands_in(&word, &text) {
                    prop_assert!(finds(&[&word], &[&text]), "{word:?} in {text:?}");
                }
            }
        }
    }

    #[test]
    fn a_record_without_a_day_is_meant() {
        let day = |text: &str| Some(text.parse().unwrap());
        let search = SavedSearch {
            from: day("2026-01-01"),
            to: day("2026-12-31"),
            kind: Some(Kind::Comment),
            ..search(&["x"])
        };
        let means = |kind, day| search.may_mean("a", "KS", kind, day);
        assert!(means(Kind::Comment, None));
        assert!(means(Kind::Comment, day("2026-12-31")));
        assert!(!means(Kind::Comment, day("2027-01-01")));
        assert!(!means(Kind::Post, None));
    }
}
