//! What a text shares with others: runs of the same words, however they are written.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::ops::Range;

use super::find::merged;
use super::fold::{Break, letters, placed};

/// Words that must follow each other as they do in the other text. What is shorter is looked for as a whole.
const RUN: usize = 5;
/// Letters that a shorter one must have: `Ja!` is said by many.
const FEWEST: usize = 3;
/// The same to tell that a text shows a record.
const TELLING: usize = 10;

/// Texts whose words are looked for.
#[derive(Debug, Default)]
pub struct Phrases {
    /// By the number of words: hashes of runs.
    runs: HashMap<usize, HashSet<u64>>,
}

struct Word {
    hash: u64,
    letters: usize,
    at: Range<usize>,
}

fn words(text: &str) -> Vec<Word> {
    let mut out: Vec<Word> = Vec::new();
    let mut hasher = DefaultHasher::new();
    for letter in letters(&placed(text)) {
        let goes_on = matches!(letter.before, Break::No | Break::Hyphenated);
        match out.last_mut() {
            Some(word) if goes_on => {
                letter.letter.hash(&mut hasher);
                word.hash = hasher.finish();
                word.letters += 1;
                word.at.end = word.at.end.max(letter.at.end);
            }
            _ => {
                hasher = DefaultHasher::new();
                letter.letter.hash(&mut hasher);
                out.push(Word {
                    hash: hasher.finish(),
                    letters: 1,
                    at: letter.at,
                });
            }
        }
    }
    out
}

fn run(words: &[Word]) -> u64 {
    let mut hasher = DefaultHasher::new();
    words.iter().for_each(|word| word.hash.hash(&mut hasher));
    hasher.finish()
}

impl Phrases {
    /// Also looks for this text.
    pub fn add(&mut self, text: &str) {
        let words = words(text);
        let length = words.len().min(RUN);
        let letters: usize = words.iter().map(|w| w.letters).sum();
        if length < RUN && letters < FEWEST {
            return;
        }
        let runs = self.runs.entry(length).or_default();
        runs.extend(words.windows(length).map(run));
    }

    /// Of a text that others are looked for in.
    pub fn of(text: &str) -> Self {
        let words = words(text);
        let runs = (1..=RUN).map(|length| (length, words.windows(length).map(run).collect()));
        Self {
            runs: runs.collect(),
        }
    }

    /// Whether it shows a text, or a part of it.
    pub fn shows(&self, text: &str) -> bool {
        let words = words(text);
        let length = words.len().min(RUN);
        let letters: usize = words.iter().map(|w| w.letters).sum();
        let runs = self.runs.get(&length);
        (length == RUN || letters >= TELLING)
            && runs.is_some_and(|runs| {
                words
                    .windows(length.max(1))
                    .any(|some| runs.contains(&run(some)))
            })
    }

    /// Where a text says the same, in bytes, in order.
    pub fn shared(&self, text: &str) -> Vec<Range<usize>> {
        let words = words(text);
        let mut places = Vec::new();
        for (length, runs) in &self.runs {
            for some in words.windows(*length) {
                if runs.contains(&run(some))
                    && let (Some(first), Some(last)) = (some.first(), some.last())
                {
                    places.push(first.at.start..last.at.end);
                }
            }
        }
        merged(places)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found<'t>(of: &[&str], text: &'t str) -> Vec<&'t str> {
        let mut phrases = Phrases::default();
        of.iter().for_each(|one| phrases.add(one));
        let all = phrases.shared(text).into_iter();
        all.map(|range| &text[range]).collect()
    }

    #[test]
    fn a_text_that_is_shown_in_part_is_found_as_far_as_it_goes() {
        let said = "Min granne har satt upp ett plank som skymmer sikten för alla";
        assert_eq!(
            found(&[said], "Anna: MIN granne\nhar satt upp ett … Visa mer"),
            ["MIN granne\nhar satt upp ett"]
        );
        assert_eq!(
            found(&[said], "satt upp ett plank som skym\u{ad}mer sikten, ja"),
            ["satt upp ett plank som skym\u{ad}mer sikten"]
        );
        assert!(found(&[said], "Min granne har ett plank som skymmer").is_empty());
    }

    #[test]
    fn a_short_text_is_found_whole() {
        assert_eq!(found(&["Du ljuger!"], "Bo: du LJUGER. Ja"), ["du LJUGER"]);
        assert!(found(&["Du ljuger!"], "du säger att han ljuger").is_empty());
        assert!(found(&["", "🙂", "en"], "en text").is_empty());
    }

    #[test]
    fn a_page_shows_a_text_by_a_part_of_it() {
        let page = Phrases::of("Anna\nMin granne har satt upp … Visa mer\nHej!\nBo Ek ljuger");
        assert!(page.shows("Min granne har satt upp ett plank"));
        assert!(page.shows("bo ek LJUGER!"));
        assert!(!page.shows("Hej!") && !page.shows("") && !page.shows("Min granne har ett plank"));
    }
}
