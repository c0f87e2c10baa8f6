//! Words that a person typed, in one way of composing their letters.

use std::borrow::Cow;

use icu_normalizer::ComposingNormalizerBorrowed;

/// A text with each letter in one piece (Unicode's NFC): some systems give `å` as an `a` and a ring, and what looks the
/// same is then compared as the same.
pub fn composed(text: &str) -> Cow<'_, str> {
    ComposingNormalizerBorrowed::new_nfc().normalize(text)
}

#[cfg(test)]
mod tests {
    use super::composed;

    #[test]
    fn a_letter_and_its_mark_are_one() {
        assert_eq!(composed("pa\u{30a}-sta\u{308}llet"), "på-stället");
        assert_eq!(composed("på-stället"), "på-stället");
    }
}
