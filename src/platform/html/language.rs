//! The language that a whole piece of HTML says it is in.

use html5gum::Token;

use super::{attribute, tokens};

/// The `lang` that all of the outermost elements have, as written; `None` when there is anything outside them, or
/// when one says otherwise (HTML, 3.2.6.2).
pub fn language(html: &str) -> Option<String> {
    let mut language: Option<String> = None;
    // The outermost element that stands open, and how deep others of its name stand in it.
    let mut open: Option<(Vec<u8>, usize)> = None;
    for token in tokens(html) {
        match (token, &mut open) {
            (Token::String(text), None) if !text.trim_ascii().is_empty() => return None,
            (Token::StartTag(tag), None) if is_wordless(&tag.name) => {}
            (Token::StartTag(tag), open) => {
                if let Some((name, depth)) = open {
                    // A paragraph or an item ends where the next begins.
                    let ends_it = *depth == 1 && matches!(name.as_slice(), b"p" | b"li");
                    if *name != tag.name.to_vec() {
                        continue;
                    }
                    if !ends_it {
                        *depth += 1;
                        continue;
                    }
                }
                let own = attribute(&tag, "lang")?.trim().to_owned();
                if own.is_empty() || language.as_ref().is_some_and(|l| *l != own) {
                    return None;
                }
                language = Some(own);
                *open = Some((tag.name.to_vec(), 1));
            }
            (Token::EndTag(tag), Some((name, depth))) if *name == tag.name.to_vec() => {
                *depth -= 1;
                if *depth == 0 {
                    open = None;
                }
            }
            _ => {}
        }
    }
    language
}

/// Elements without an end that hold no words.
fn is_wordless(name: &[u8]) -> bool {
    matches!(name, b"br" | b"hr" | b"img" | b"wbr")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_holds_for_the_whole_is_told() {
        for (html, told) in [
            (
                "<div lang=\"fi\"><p>Hei</p><div>a</div></div>\n",
                Some("fi"),
            ),
            (
                "<!-- wp --> <p lang=fi>Hei <b>sinä</b></p><hr><p lang='fi'>Hei</p>",
                Some("fi"),
            ),
            ("<p lang=fi>Hei<p lang=fi>hei", Some("fi")),
            ("<p lang=fi>Hei</p><p>Hej</p>", None),
            ("<p lang=fi>Hei<p>Hej", None),
            ("<p lang=fi>Hei</p><p lang=en>Hi</p>", None),
            ("<p>Hej <i lang=fi>hei</i></p>", None),
            ("Hej <p lang=fi>hei</p>", None),
            ("<p lang=fi>hei</p> hej", None),
            ("<p lang=''>hej</p>", None),
            ("</p>", None),
            ("", None),
        ] {
            assert_eq!(language(html).as_deref(), told, "{html}");
        }
    }
}
