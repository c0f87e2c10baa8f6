//! The language of words that are not Swedish, as the structure tree says it.

use std::rc::Rc;

use icu_locale_core::LanguageIdentifier;

/// The tag in its regular form, if it is one (BCP 47; ISO 32000-1, 14.9.2) and says more than the document does.
pub fn stated(tag: &str) -> Option<Rc<str>> {
    let stated = regular(tag)?;
    let known = matches!(stated.as_str(), "sv" | "sv-SE");
    (!known).then(|| stated.into())
}

/// The tag in its regular form, if it is that of a language.
pub fn regular(tag: &str) -> Option<String> {
    let read = LanguageIdentifier::try_from_locale_bytes(tag.trim().as_bytes()).ok()?;
    (!read.language.is_unknown()).then(|| read.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_tags_of_languages_are_stated() {
        for (tag, expected) in [
            ("fi", Some("fi")),
            (" EN-gb ", Some("en-GB")),
            ("zh-hant-TW", Some("zh-Hant-TW")),
            ("sv-FI", Some("sv-FI")),
            ("sv", None),
            ("sv-se", None),
            ("und", None),
            ("", None),
            ("finska språket", None),
            ("fi)/Alt(x", None),
        ] {
            assert_eq!(stated(tag).as_deref(), expected, "{tag}");
        }
    }
}
