//! Names as addresses and handles spell them: `ake-ostberg`, `aakeoestberg` and `ke-stberg` are all Åke Östberg.
//!
//! A false hit costs a link there, not a word of the text, so that more counts as the same than elsewhere.

use std::ops::Range;

use icu_normalizer::ComposingNormalizerBorrowed;

use super::fold::{Letter, Placed, is_invisible, letters, placed};

/// Letters that must be left of a name that lost all that are not in ASCII.
const FEWEST_LEFT: usize = 4;

/// A way to spell words; true where it is found only as whole words.
#[derive(Debug, Clone)]
pub(super) struct Spelling {
    pub(super) letters: Vec<Letter>,
    pub(super) whole: bool,
}

/// All ways in which an address may spell the words.
pub(super) fn spellings(text: &str, whole: bool) -> Vec<Spelling> {
    let seen: String = text.chars().filter(|c| !is_invisible(*c)).collect();
    let small = ComposingNormalizerBorrowed::new_nfkc()
        .normalize(&seen)
        .to_lowercase();
    let mut all: Vec<(String, bool)> = Vec::new();
    let mut add = |spelt: String, whole: bool| {
        if !all.iter().any(|(other, _)| *other == spelt) {
            all.push((spelt, whole));
        }
    };
    for way in 0..8 {
        let two = |bit: u8| way & bit != 0;
        add(small.chars().map(|c| spelt(c, two)).collect(), whole);
    }
    // Who is masked as Oestberg is Östberg too.
    let short = [("aa", "a"), ("ae", "a"), ("oe", "o"), ("ue", "u")];
    let plain = small.chars().map(|c| spelt(c, |_| false));
    let plain = plain.collect::<String>();
    add(
        short
            .iter()
            .fold(plain, |t, (two, one)| t.replace(two, one)),
        whole,
    );
    let left: String = small
        .chars()
        .filter(|c| c.is_ascii() || !c.is_alphanumeric())
        .collect();
    if left.chars().filter(char::is_ascii_alphanumeric).count() >= FEWEST_LEFT {
        add(left, true);
    }
    let read = |(spelt, whole): &(String, bool)| Spelling {
        letters: plain_letters(&placed(spelt)),
        whole: *whole,
    };
    let all = all.iter().map(read);
    all.filter(|s| !s.letters.is_empty()).collect()
}

/// å, ä and ö with one letter or two, each in its own way; what is akin to them goes with them.
fn spelt(c: char, two: impl Fn(u8) -> bool) -> String {
    let pick = |one: &str, pair: &str, bit| if two(bit) { pair } else { one }.to_owned();
    match c {
        'å' => pick("a", "aa", 1),
        'ä' | 'æ' => pick("a", "ae", 2),
        'ö' | 'ø' | 'œ' => pick("o", "oe", 4),
        'ü' => pick("u", "ue", 4),
        'þ' => "th".to_owned(),
        c => c.to_string(),
    }
}

/// The letters of a text that is an address, those that it may do without as what they become.
pub(super) fn plain_letters(text: &[Placed]) -> Vec<Letter> {
    let mut all = letters(text);
    for letter in &mut all {
        letter.letter = match letter.letter {
            'å' | 'ä' | 'æ' => 'a',
            'ö' | 'ø' | 'œ' => 'o',
            'đ' | 'ð' => 'd',
            'ł' => 'l',
            'ħ' => 'h',
            'ŧ' => 't',
            other => other,
        };
    }
    all
}

/// Where a text has addresses, handles, hashtags and names of sites, in bytes.
pub(super) fn addresses(text: &str) -> Vec<Range<usize>> {
    let mut all = Vec::new();
    let mut at = 0;
    for word in text.split(char::is_whitespace) {
        if is_address(word) {
            all.push(at..at + word.len());
        }
        at += word.len();
        at += text
            .get(at..)
            .and_then(|rest| rest.chars().next())
            .map_or(0, char::len_utf8);
    }
    all
}

fn is_address(word: &str) -> bool {
    let signs = |c: char| matches!(c, '@' | '#' | '_' | '＠' | '＃' | '﹫' | '﹟');
    let parts = || {
        let mut rest = word.chars().skip_while(|c| *c != '.').skip(1);
        rest.next().is_some_and(char::is_alphanumeric)
    };
    word.contains(signs) || word.contains("://") || word.contains('.') && parts()
}

/// Of a way to read a text, its addresses alone.
pub(super) fn within(way: &[Placed], addresses: &[Range<usize>]) -> Vec<Placed> {
    let inside = |at: &Range<usize>| {
        let next = addresses.partition_point(|a| a.end <= at.start);
        addresses.get(next).is_some_and(|a| a.start <= at.start)
    };
    let each = way.iter();
    each.map(|(c, at)| (if inside(at) { *c } else { ' ' }, at.clone()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_spelt_as_addresses_do() {
        let all: Vec<String> = spellings("A\u{30a}ke Östberg", false)
            .iter()
            .map(|s| s.letters.iter().map(|l| l.letter).collect())
            .collect();
        for way in [
            "akeostberg",
            "aakeostberg",
            "akeoestberg",
            "aakeoestberg",
            "kestberg",
        ] {
            assert!(all.iter().any(|a| a == way), "{way}: {all:?}");
        }
        assert_eq!(spellings("Bo", false).len(), 1);
    }

    #[test]
    fn addresses_in_a_text_are_known() {
        let text = "Läs @akeo, (#Vann) på x.se/a. Mejla a.o@x.se nu. Bra.\nJa";
        let told: Vec<&str> = addresses(text).into_iter().map(|r| &text[r]).collect();
        assert_eq!(told, ["@akeo,", "(#Vann)", "x.se/a.", "a.o@x.se"]);
    }
}
