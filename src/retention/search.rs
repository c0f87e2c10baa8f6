//! A saved search: a question to the records that is asked anew each time, as a hold does.

use std::sync::Arc;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::query::{Leaf, Node, Query};
use super::words::folded;
use crate::record::{AccountId, Kind, Platform};

/// What is searched for. All that is given must fit.
///
/// A hold asks it generously: words may stand anywhere, within other words and in another version each, and what must
/// not occur is not asked for. So a hold holds all that `arkivd search --search NAME` finds, and more: what is held too
/// much can be destroyed later.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedSearch {
    /// Each of them occurs in title, text or author of some version, also within a word. Letters are compared as rules
    /// compare them, so that a hold finds all that a rule finds.
    #[serde(default)]
    pub words: Vec<String>,
    /// A query as it was typed (saved from format 11 on).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<Platform>,
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
    /// Registered under this diarienummer, or in a removal case that is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case: Option<String>,
}

/// The words of a search, ready to be looked for.
#[derive(Debug, Clone)]
pub struct Needles {
    words: Vec<Needle>,
    asked: Arc<Asked>,
}

#[derive(Debug, Clone)]
enum Needle {
    /// Folded, one word after the other.
    Words(String),
    /// No word is in it: `§`. It is looked for as it is.
    Signs(String),
}

/// Which of the words must be found. What must not occur is not asked for.
#[derive(Debug, Clone)]
enum Asked {
    All(Vec<Asked>),
    Any(Vec<Asked>),
    /// By its number.
    Word(usize),
}

/// Which of the words were found so far: in this version or in another.
#[derive(Debug, Clone)]
pub struct FoundWords {
    words: Vec<bool>,
    asked: Arc<Asked>,
}

impl SavedSearch {
    /// Whether a record can be meant, its words aside. One whose day is not known is: what is held too much can be
    /// destroyed later.
    pub fn may_mean(
        &self,
        account: &str,
        committee: &str,
        platform: Platform,
        kind: Kind,
        day: Option<NaiveDate>,
    ) -> bool {
        (self.accounts.is_empty() || self.accounts.iter().any(|a| a.as_str() == account))
            && self.committee.as_deref().is_none_or(|c| c == committee)
            && self.platform.is_none_or(|p| p == platform)
            && self.kind.is_none_or(|k| k == kind)
            && day.is_none_or(|day| {
                self.from.is_none_or(|from| day >= from) && self.to.is_none_or(|to| day <= to)
            })
    }

    /// Whether a page capture can be meant: it is of no kind, and in no case.
    pub fn may_mean_page(
        &self,
        account: &str,
        committee: &str,
        platform: Platform,
        day: NaiveDate,
    ) -> bool {
        self.kind.is_none()
            && self.case.is_none()
            && self.may_mean(account, committee, platform, Kind::Page, Some(day))
    }

    /// What it looks for. A query that is not understood any more asks for nothing, and so finds all.
    pub fn needles(&self) -> Needles {
        let mut words: Vec<Needle> = self.words.iter().map(|word| needle(word)).collect();
        let mut asked: Vec<Asked> = (0..words.len()).map(Asked::Word).collect();
        let query = self.query.as_deref().map(Query::parse);
        if let Some(Ok(query)) = query {
            asked.extend(asked_by(&query.root, &mut words));
        }
        Needles {
            words,
            asked: Arc::new(Asked::All(asked)),
        }
    }

    /// What `arkivd search` asks for it: the query, and words that begin as those given.
    pub fn query(&self) -> Option<Query> {
        let words = Query::of_beginnings(self.words.iter().map(String::as_str));
        let query = self
            .query
            .as_deref()
            .and_then(|query| Query::parse(query).ok());
        match (words, query) {
            (Some(words), Some(query)) => Some(words.and(query)),
            (words, query) => words.or(query),
        }
    }
}

fn needle(word: &str) -> Needle {
    match folded(word) {
        folded if folded.is_empty() => Needle::Signs(word.trim().to_owned()),
        folded => Needle::Words(folded),
    }
}

/// Folded as holds fold it, without the signs that only searches know.
fn needle_of(leaf: &Leaf) -> Needle {
    let words = leaf.words.iter().map(|word| folded(word));
    let words: Vec<String> = words.filter(|word| !word.is_empty()).collect();
    match words.is_empty() {
        true => Needle::Signs(leaf.words.first().cloned().unwrap_or_default()),
        false => Needle::Words(words.join(" ")),
    }
}

fn asked_by(node: &Node, words: &mut Vec<Needle>) -> Option<Asked> {
    let mut each = |nodes: &[Node]| -> Vec<Asked> {
        nodes
            .iter()
            .filter_map(|node| asked_by(node, words))
            .collect()
    };
    match node {
        Node::All(nodes) => Some(Asked::All(each(nodes))),
        Node::Any(nodes) => Some(Asked::Any(each(nodes))),
        Node::Not(_) => None,
        Node::Leaf(leaf) => {
            words.push(needle_of(leaf));
            Some(Asked::Word(words.len() - 1))
        }
    }
}

impl Asked {
    fn is_met(&self, found: &[bool]) -> bool {
        match self {
            Self::All(all) => all.iter().all(|asked| asked.is_met(found)),
            Self::Any(any) => any.iter().any(|asked| asked.is_met(found)),
            Self::Word(word) => found.get(*word).copied().unwrap_or_default(),
        }
    }
}

impl Needles {
    pub fn none_found(&self) -> FoundWords {
        FoundWords {
            words: vec![false; self.words.len()],
            asked: Arc::clone(&self.asked),
        }
    }

    /// Looks for the words that are not found yet.
    pub fn look(&self, text: &str, found: &mut FoundWords) {
        if found.all() {
            return;
        }
        let words = folded(text);
        for (needle, found) in self.words.iter().zip(&mut found.words) {
            *found = *found
                || match needle {
                    Needle::Words(sought) => words.contains(sought.as_str()),
                    Needle::Signs(sought) => text.contains(sought.as_str()),
                };
        }
    }
}

impl FoundWords {
    /// Whether all that is asked for is found.
    pub fn all(&self) -> bool {
        self.asked.is_met(&self.words)
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
            ..SavedSearch::default()
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

    fn holds(query: &str, texts: &[&str]) -> bool {
        let saved = SavedSearch {
            query: Some(query.to_owned()),
            ..SavedSearch::default()
        };
        let needles = saved.needles();
        let mut found = needles.none_found();
        texts.iter().for_each(|text| needles.look(text, &mut found));
        found.all()
    }

    #[test]
    fn a_query_is_held_generously() {
        assert!(holds("snö -is", &["snöröjning och is"]));
        assert!(holds("snö is", &["snö", "is"]), "each in a version");
        assert!(holds("snö OR is", &["is"]) && !holds("snö OR is", &["regn"]));
        assert!(holds("author:anna #snö", &["anna om snö"]));
        assert!(holds("\"1 § brb\"", &["16 kap. 1 § BrB"]) && !holds("§", &["BrB"]));
        assert!(holds("\"§ §\"", &["§§"]));
        assert!(
            holds("(", &["vad som helst"]),
            "what cannot be asked holds all"
        );
    }

    /// Queries of pieces that look alike, with all that a query is made of.
    fn queries() -> impl Strategy<Value = String> {
        let leaf = (pieces(), 0..6).prop_map(|(word, form)| match form {
            0 => format!("\"{word}\""),
            1 => format!("\"{word}\"*"),
            2 => format!("text:\"{word}\""),
            3 => format!("{word}*"),
            _ => word,
        });
        proptest::collection::vec(
            (
                leaf,
                proptest::sample::select(vec![" ", " OR ", " -", " AND "]),
            ),
            1..4,
        )
        .prop_map(|parts| {
            parts
                .into_iter()
                .map(|(leaf, join)| leaf + join)
                .collect::<String>()
                + "a"
        })
    }

    proptest! {
        #[test]
        fn what_a_query_finds_a_hold_finds(query in queries(), before in pieces(), after in pieces()) {
            if let Ok(understood) = Query::parse(&query) {
                let mut pieces = vec![before.clone(), after.clone(), format!("{before} {after}")];
                understood.root.for_each_leaf(false, &mut |leaf| {
                    pieces.push(format!("{before} {} {after} a", leaf.words.join(" ")));
                });
                for text in pieces {
                    if understood.fits(&crate::retention::Said::of("", &text, "")) {
                        prop_assert!(holds(&query, &[&text]), "{query:?} in {text:?}");
                    }
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
        let means = |kind, day| search.may_mean("a", "KS", Platform::Feed, kind, day);
        assert!(means(Kind::Comment, None));
        assert!(means(Kind::Comment, day("2026-12-31")));
        assert!(!means(Kind::Comment, day("2027-01-01")));
        assert!(!means(Kind::Post, None));
    }
}
