//! Words that rules ask for, found in a text whatever their number: all stand in one tree, and each word of the text is
//! walked through it once.
//!
//! A word is a run of letters and digits, or a sign such as an emoji. It is the same whatever its case, its way of
//! composing letters (NFC, NFD, full width), and invisible characters in it. `#ord` and `@namn` are found by what
//! stands after the sign too. A word with spaces or hyphens is several, one after the other.

use std::borrow::Cow;

use icu_normalizer::ComposingNormalizerBorrowed;
use icu_properties::CodePointSetData;
use icu_properties::props::DefaultIgnorableCodePoint;

const ROOT: u32 = 0;
/// Between two words of a phrase: no character is folded to it.
const GAP: u8 = 0;

/// The words of many owners; an owner is the index of a rule.
#[derive(Debug, Clone)]
pub(super) struct Words {
    nodes: Vec<Node>,
    /// The first step is taken for each word of a text.
    root: Box<[u32; 256]>,
}

#[derive(Debug, Clone, Default)]
struct Node {
    children: Vec<(u8, u32)>,
    /// Owners of the word that ends here.
    whole: Vec<usize>,
    /// Owners of what begins so: `hot*`.
    begins: Vec<usize>,
}

impl Words {
    pub(super) fn new<'w>(words: impl Iterator<Item = (usize, &'w str)>) -> Self {
        let mut all = Self {
            nodes: vec![Node::default()],
            root: Box::new([ROOT; 256]),
        };
        for (owner, word) in words {
            all.add(owner, word);
        }
        all
    }

    fn add(&mut self, owner: usize, word: &str) {
        let (word, begins) = match word.trim_end().strip_suffix('*') {
            Some(word) => (word, true),
            None => (word, false),
        };
        let mut path: Vec<u8> = Vec::new();
        let mut marked = false;
        for_each_word(word, |mark, word| {
            if !path.is_empty() {
                path.push(GAP);
            } else if let Some(mark) = mark {
                path.push(mark);
                marked = true;
            }
            path.extend_from_slice(word.as_bytes());
        });
        if path.len() <= usize::from(marked) {
            return;
        }
        let mut at = ROOT;
        for byte in path {
            at = match self.step(at, byte) {
                Some(next) => next,
                None => self.grow(at, byte),
            };
        }
        if let Some(node) = self.nodes.get_mut(at as usize) {
            let owners = match begins {
                true => &mut node.begins,
                false => &mut node.whole,
            };
            if !owners.contains(&owner) {
                owners.push(owner);
            }
        }
    }

    fn grow(&mut self, at: u32, byte: u8) -> u32 {
        // A plan is a file that a person loads; four thousand million letters do not come.
        let next = u32::try_from(self.nodes.len()).unwrap_or(ROOT);
        self.nodes.push(Node::default());
        if at == ROOT
            && let Some(slot) = self.root.get_mut(usize::from(byte))
        {
            *slot = next;
        }
        if let Some(node) = self.nodes.get_mut(at as usize) {
            node.children.push((byte, next));
        }
        next
    }

    fn step(&self, at: u32, byte: u8) -> Option<u32> {
        if at == ROOT {
            let next = self.root.get(usize::from(byte)).copied().unwrap_or(ROOT);
            return (next != ROOT).then_some(next);
        }
        let node = self.nodes.get(at as usize)?;
        let found = node.children.iter().find(|(b, _)| *b == byte);
        found.map(|(_, next)| *next)
    }

    /// Calls `found` with the owner of each word that stands in the text; an owner may come more than once.
    pub(super) fn find(&self, text: &str, found: &mut impl FnMut(usize)) {
        let mut waiting: Vec<u32> = Vec::new();
        let mut next: Vec<u32> = Vec::new();
        for_each_word(text, |mark, word| {
            next.clear();
            for from in &waiting {
                self.walk(*from, word, found, &mut next);
            }
            self.walk(ROOT, word, found, &mut next);
            if let Some(from) = mark.and_then(|mark| self.step(ROOT, mark)) {
                self.walk(from, word, found, &mut next);
            }
            std::mem::swap(&mut waiting, &mut next);
        });
    }

    fn walk(&self, from: u32, word: &str, found: &mut impl FnMut(usize), next: &mut Vec<u32>) {
        let mut at = from;
        for byte in word.as_bytes() {
            match self.step(at, *byte) {
                Some(step) => at = step,
                None => return,
            }
            if let Some(node) = self.nodes.get(at as usize) {
                node.begins.iter().for_each(|owner| found(*owner));
            }
        }
        if let Some(node) = self.nodes.get(at as usize) {
            node.whole.iter().for_each(|owner| found(*owner));
        }
        if let Some(step) = self.step(at, GAP) {
            next.push(step);
        }
    }
}

/// Whether the word, or several one after the other, stands in the text as a rule would find it.
pub fn stands_in(word: &str, text: &str) -> bool {
    let mut found = false;
    Words::new(std::iter::once((0, word))).find(text, &mut |_| found = true);
    found
}

/// The words of a text as rules compare them, parted by a space.
pub fn folded(text: &str) -> String {
    let mut all = String::with_capacity(text.len());
    for_each_word(text, |_, word| {
        if !all.is_empty() {
            all.push(' ');
        }
        all.push_str(word);
    });
    all
}

/// Each word of the text, folded, with the `#` or `@` that stands before it.
fn for_each_word(text: &str, each: impl FnMut(Option<u8>, &str)) {
    for_each(text, is_sign, each);
}

/// The same as searches compare them: `§` is a word too.
pub fn for_each_sought(text: &str, each: impl FnMut(Option<u8>, &str)) {
    for_each(text, |c| c == '§' || is_sign(c), each);
}

/// Whether the character stands in words, or is passed over in them.
pub(super) fn is_of_words(c: char) -> bool {
    c.is_alphanumeric() || !c.is_ascii() && (is_ignored(c) || is_combining(c))
}

fn for_each(text: &str, is_sign: impl Fn(char) -> bool, mut each: impl FnMut(Option<u8>, &str)) {
    let composed = composed(text);
    let mut word = String::new();
    let mut mark = None;
    let mut before = None;
    for c in composed.chars() {
        if c.is_ascii() {
            if c.is_ascii_alphanumeric() {
                if word.is_empty() {
                    mark = before;
                }
                word.push(c.to_ascii_lowercase());
                continue;
            }
        } else if is_ignored(c) {
            continue;
        } else if c.is_alphanumeric() || is_combining(c) {
            if word.is_empty() {
                mark = before;
            }
            let folded = c.to_lowercase();
            word.extend(folded.map(|c| if c == 'ς' { 'σ' } else { c }));
            continue;
        }
        if !word.is_empty() {
            each(mark, &word);
            word.clear();
        }
        if is_sign(c) {
            each(None, c.encode_utf8(&mut [0; 4]));
        }
        before = match c {
            '#' => Some(b'#'),
            '@' => Some(b'@'),
            _ => None,
        };
    }
    if !word.is_empty() {
        each(mark, &word);
    }
}

/// Letters in one way of composing them. What a European keyboard writes is so already, and is not looked at twice.
fn composed(text: &str) -> Cow<'_, str> {
    let plain = |c: char| c < '\u{300}' && !matches!(c, '\u{a8}'..='\u{be}');
    // Bytes are looked at faster: 0xC2 begins U+0080 to U+00BF, 0xCC and above begin all from U+0300 on.
    let surely_plain = |byte: u8| !matches!(byte, 0xc2 | 0xcc..);
    let composing = ComposingNormalizerBorrowed::new_nfkc();
    if text.bytes().all(surely_plain) || text.chars().all(plain) {
        Cow::Borrowed(text)
    } else if text.chars().any(is_ignored) {
        // What is invisible may stand between a letter and its mark, and keep them apart.
        let seen: String = text.chars().filter(|c| !is_ignored(*c)).collect();
        Cow::Owned(composing.normalize(&seen).into_owned())
    } else {
        composing.normalize(text)
    }
}

/// Invisible (soft hyphen, zero width, direction, variation of an emoji: Unicode's Default_Ignorable_Code_Point), or
/// the tone of an emoji's skin.
fn is_ignored(c: char) -> bool {
    c == '\u{ad}'
        || c >= '\u{300}'
            && (matches!(c, '\u{1f3fb}'..='\u{1f3ff}')
                || CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c))
}

fn is_combining(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{20d0}'..='\u{20ff}')
}

fn is_sign(c: char) -> bool {
    matches!(c, '\u{2190}'..='\u{2bff}' | '\u{1f000}'..='\u{1faff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(words: &[&str], text: &str) -> Vec<usize> {
        let words = Words::new(words.iter().copied().enumerate());
        let mut owners = Vec::new();
        words.find(text, &mut |owner| owners.push(owner));
        owners.sort_unstable();
        owners.dedup();
        owners
    }

    #[test]
    fn a_word_stands_whole_whatever_its_case() {
        let words = ["hot", "Ört", "å"];
        assert_eq!(found(&words, "HOT! Och ÖRT."), [0, 1]);
        assert_eq!(found(&words, "hotell, örter, blå"), [] as [usize; 0]);
        assert_eq!(found(&words, "å"), [2]);
        assert_eq!(found(&words, "(hot)"), [0]);
    }

    #[test]
    fn a_star_matches_what_goes_on_and_the_word_itself() {
        assert_eq!(found(&["hot*"], "hotell"), [0]);
        assert_eq!(found(&["hot*"], "hot"), [0]);
        assert_eq!(found(&["hot*"], "skjuthot"), [] as [usize; 0]);
        assert_eq!(found(&["fråga*", "frå*", "fr"], "frågan"), [0, 1]);
    }

    #[test]
    fn a_phrase_is_words_one_after_the_other() {
        let words = ["dra åt helvete", "e-post", "åt hel*"];
        assert_eq!(found(&words, "Dra, åt\nHELVETE!"), [0, 2]);
        assert_eq!(found(&words, "min e-post"), [1]);
        assert_eq!(found(&words, "dra helvete, e och post"), [] as [usize; 0]);
        assert_eq!(found(&["a b c", "b c d"], "a b c d"), [0, 1]);
    }

    #[test]
    fn a_hashtag_is_found_by_its_word_and_a_rule_may_ask_for_the_sign() {
        assert_eq!(found(&["#svara", "svara"], "vi ber er #Svara"), [0, 1]);
        assert_eq!(found(&["#svara", "svara"], "svara gärna"), [1]);
    }

    #[test]
    fn hiding_a_word_by_invisible_or_strange_letters_does_not_hide_it() {
        for text in ["ho\u{200b}t", "ho\u{ad}t", "ho\u{202e}t", "ｈｏｔ", "𝐡𝐨𝐭"] {
            assert_eq!(found(&["hot"], text), [0], "{text}");
        }
        assert_eq!(found(&["o\u{308}rt"], "Ört"), [0]);
        assert_eq!(found(&["ört"], "O\u{308}RT"), [0]);
        assert_eq!(found(&["ört"], "o\u{ad}\u{308}rt"), [0]);
        assert_eq!(found(&["❤"], "tack ❤\u{fe0f}!"), [0]);
        assert_eq!(found(&["👍"], "👍\u{1f3fd}"), [0]);
    }

    #[test]
    fn what_is_no_word_is_never_found() {
        for word in ["", "*", "  ", "!!!", "#", "."] {
            assert_eq!(found(&[word], "vad ! # . *"), [] as [usize; 0], "{word:?}");
        }
    }
}
