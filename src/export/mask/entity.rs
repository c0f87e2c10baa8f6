//! Characters that a platform escaped twice, so that the text itself says `&Aring;` or `&#197;`.

use html5gum::{Token, Tokenizer};

use super::fold::Placed;

/// The longest name of a character has 31.
const LONGEST: usize = 33;

/// The text with such characters read. `None` where there are none.
pub(super) fn unescaped(text: &[Placed]) -> Option<Vec<Placed>> {
    let mut out = Vec::with_capacity(text.len());
    let mut found = false;
    let mut rest = text;
    while let Some((first, after)) = rest.split_first() {
        if first.0 == '&'
            && let Some((read, after, end)) = escaped(after)
        {
            let at = first.1.start..end;
            out.extend(read.chars().map(|c| (c, at.clone())));
            (found, rest) = (true, after);
            continue;
        }
        out.push(first.clone());
        rest = after;
    }
    found.then_some(out)
}

/// What stands after an ampersand: the character, what follows, and where it ends.
fn escaped(text: &[Placed]) -> Option<(String, &[Placed], usize)> {
    let length = text
        .iter()
        .take(LONGEST)
        .position(|(c, _)| !c.is_ascii_alphanumeric() && *c != '#')?;
    let (name, rest) = text.split_at_checked(length)?;
    let ((_, last), rest) = rest.split_first().filter(|((c, _), _)| *c == ';')?;
    let name: String = name.iter().map(|(c, _)| *c).collect();
    let written = format!("&{name};");
    let mut read = String::new();
    for token in Tokenizer::new(written.as_str()) {
        if let Ok(Token::String(part)) = token {
            read.push_str(&String::from_utf8_lossy(&part));
        }
    }
    (!read.is_empty() && read != written).then_some((read, rest, last.end))
}

#[cfg(test)]
mod tests {
    use super::super::fold::placed;
    use super::*;

    #[test]
    fn what_was_escaped_twice_is_read() {
        let read = |text: &str| -> Option<String> {
            let read = unescaped(&placed(text))?;
            Some(read.into_iter().map(|(c, _)| c).collect())
        };
        assert_eq!(
            read("&Aring;ke &Ouml;stb&#101;r&#x67;").as_deref(),
            Some("Åke Östberg")
        );
        assert_eq!(read("x &amp;Aring;").as_deref(), Some("x &Aring;"));
        assert_eq!(read("bröd & smör; &slut; &"), None);
        let text = "x&Aring;y";
        let places = unescaped(&placed(text)).unwrap();
        assert_eq!(text.get(places[1].1.clone()), Some("&Aring;"));
    }
}
