//! Difference: what changed between two versions of a record, in words.

use std::time::Duration;

use similar::{ChangeTag, TextDiff};

use super::{Author, Content, Medium};

/// Texts that are not alike at all are not compared for longer.
const LONGEST: Duration = Duration::from_millis(500);

/// What changed from one version to the next.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Difference {
    /// Title and author before and after, where they changed.
    pub title: Option<(Option<String>, Option<String>)>,
    pub author: Option<(Option<String>, Option<String>)>,
    /// The words, all of them; empty where none changed.
    pub words: Vec<Piece>,
    pub media_added: Vec<Medium>,
    pub media_removed: Vec<Medium>,
    /// Media whose text for those who cannot see them, or whose caption, changed: before and after.
    pub media_told_anew: Vec<(Medium, Medium)>,
    /// True when only what does not stand in words changed: links, emphasis, headings.
    pub form_alone: bool,
}

/// A run of words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    Kept(String),
    Removed(String),
    Added(String),
}

impl Difference {
    pub fn between(before: &Content, after: &Content) -> Self {
        let name = |author: &Option<Author>| author.as_ref().map(|a| a.name.clone());
        let changed = |a: Option<String>, b: Option<String>| (a != b).then_some((a, b));
        let of = |content: &Content, medium: &Medium| -> Option<Medium> {
            let mut media = content.media.iter();
            media.find(|m| m.address == medium.address).cloned()
        };
        let missing = |from: &Content, to: &Content| -> Vec<Medium> {
            let media = from.media.iter();
            media.filter(|m| of(to, m).is_none()).cloned().collect()
        };
        let told_anew = before
            .media
            .iter()
            .filter_map(|m| of(after, m).map(|n| (m.clone(), n)));
        let mut difference = Self {
            title: changed(before.title.clone(), after.title.clone()),
            author: changed(name(&before.author), name(&after.author)),
            words: compared_words(&before.plain_text(), &after.plain_text()),
            media_added: missing(after, before),
            media_removed: missing(before, after),
            media_told_anew: told_anew.filter(|(m, n)| m != n).collect(),
            form_alone: false,
        };
        difference.form_alone = before != after && difference == Self::default();
        difference
    }
}

/// The words of two texts, all of them; empty where none changed.
pub fn compared_words(before: &str, after: &str) -> Vec<Piece> {
    if before == after {
        return Vec::new();
    }
    let diff = TextDiff::configure()
        .timeout(LONGEST)
        .diff_unicode_words(before, after);
    let mut pieces: Vec<Piece> = Vec::new();
    for change in diff.iter_all_changes() {
        let text = change.value();
        match (change.tag(), pieces.last_mut()) {
            (ChangeTag::Equal, Some(Piece::Kept(run)))
            | (ChangeTag::Delete, Some(Piece::Removed(run)))
            | (ChangeTag::Insert, Some(Piece::Added(run))) => run.push_str(text),
            (ChangeTag::Equal, _) => pieces.push(Piece::Kept(text.to_owned())),
            (ChangeTag::Delete, _) => pieces.push(Piece::Removed(text.to_owned())),
            (ChangeTag::Insert, _) => pieces.push(Piece::Added(text.to_owned())),
        }
    }
    joined(pieces)
}

/// A space alone between two changes belongs to them: `[-den 25-]{+på måndag+}`, not word by word.
fn joined(pieces: Vec<Piece>) -> Vec<Piece> {
    let mut out: Vec<Piece> = Vec::with_capacity(pieces.len());
    let (mut removed, mut added) = (String::new(), String::new());
    let mut rest = pieces.into_iter().peekable();
    while let Some(piece) = rest.next() {
        match piece {
            Piece::Removed(text) => removed.push_str(&text),
            Piece::Added(text) => added.push_str(&text),
            Piece::Kept(text)
                if !(removed.is_empty() && added.is_empty())
                    && text.chars().all(|c| c == ' ')
                    && rest.peek().is_some() =>
            {
                removed.push_str(&text);
                added.push_str(&text);
            }
            kept @ Piece::Kept(_) => {
                close(&mut out, &mut removed, &mut added);
                out.push(kept);
            }
        }
    }
    close(&mut out, &mut removed, &mut added);
    out
}

fn close(out: &mut Vec<Piece>, removed: &mut String, added: &mut String) {
    for (text, piece) in [
        (removed, Piece::Removed as fn(String) -> Piece),
        (added, Piece::Added),
    ] {
        if !text.trim().is_empty() {
            out.push(piece(std::mem::take(text)));
        } else {
            text.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Block, MediumKind, Span};

    fn content(text: &str) -> Content {
        Content {
            title: Some("Badhuset".into()),
            body: vec![Block::Paragraph {
                spans: vec![Span::plain(text)],
            }],
            ..Content::default()
        }
    }

    fn shown(before: &str, after: &str) -> String {
        let words = Difference::between(&content(before), &content(after)).words;
        words
            .iter()
            .map(|piece| match piece {
                Piece::Kept(text) => text.clone(),
                Piece::Removed(text) => format!("[-{text}-]"),
                Piece::Added(text) => format!("{{+{text}+}}"),
            })
            .collect()
    }

    #[test]
    fn words_are_compared_and_not_letters() {
        assert_eq!(
            shown(
                "Vi stänger onsdagen den 25 november.",
                "Vi stänger torsdagen den 26 november."
            ),
            "Vi stänger [-onsdagen-]{+torsdagen+} den [-25-]{+26+} november."
        );
        assert_eq!(shown("a b c d", "a x y d"), "a [-b c-]{+x y+} d");
        assert_eq!(shown("Öppet", "Öppet i dag"), "Öppet{+ i dag+}");
        assert_eq!(shown("lika", "lika"), "");
        assert_eq!(shown("", "nytt"), "{+nytt+}");
    }

    #[test]
    fn what_stands_in_no_word_is_told() {
        let mut linked = content("Läs mer");
        linked.body = vec![Block::Paragraph {
            spans: vec![Span {
                link: Some("https://a.example/".into()),
                ..Span::plain("Läs mer")
            }],
        }];
        assert!(Difference::between(&content("Läs mer"), &linked).form_alone);
        assert!(!Difference::between(&linked, &linked).form_alone);
        let picture = |alt: Option<&str>| Medium {
            address: "https://a.example/1.jpg".parse().unwrap(),
            kind: MediumKind::Picture,
            alt: alt.map(Into::into),
            caption: None,
        };
        let with = |alt| Content {
            media: vec![picture(alt)],
            ..content("Läs mer")
        };
        let added = Difference::between(&content("Läs mer"), &with(None));
        assert_eq!((added.media_added.len(), added.media_removed.len()), (1, 0));
        let told = Difference::between(&with(None), &with(Some("Badhuset")));
        assert_eq!(
            told.media_told_anew,
            [(picture(None), picture(Some("Badhuset")))]
        );
    }
}
