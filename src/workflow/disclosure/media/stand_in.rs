//! What stands in a document for a medium: the file as it is handed out, or words. What the record itself says of a
//! medium is said, whether the medium is handed out or not.

use std::collections::HashMap;

use crate::pdfa::MediumState;
use crate::record::{Block, Content, Medium, MediumKind, Span};

/// What stands for a medium in the document.
#[derive(Debug, Clone)]
pub(super) enum Stands {
    /// The file, and what is told below it.
    As(MediumState, Option<String>),
    /// Words, and then caption and description.
    Words(String),
    /// Words alone.
    Sign(String),
}

/// Puts words where a medium is not handed out, and gives the states of those that are.
pub(super) fn set(content: &mut Content, stands: Vec<Stands>) -> Vec<MediumState> {
    let mut states = Vec::new();
    let mut media = Vec::new();
    let mut places: HashMap<usize, Place> = HashMap::new();
    for (at, (medium, stands)) in content.media.drain(..).zip(stands).enumerate() {
        let place = match stands {
            Stands::As(state, told) => {
                let now = media.len();
                media.push(medium);
                states.push(state);
                Place {
                    medium: Some(now),
                    below: told.map(said).into_iter().collect(),
                }
            }
            Stands::Words(told) => Place {
                medium: None,
                below: std::iter::once(said(told)).chain(words(&medium)).collect(),
            },
            Stands::Sign(told) => Place {
                medium: None,
                below: vec![said(told)],
            },
        };
        places.insert(at, place);
    }
    content.media = media;
    let mut stood: Vec<usize> = Vec::new();
    let mut body = Vec::with_capacity(content.body.len());
    for block in content.body.drain(..) {
        let Block::Medium { medium } = block else {
            body.push(block);
            continue;
        };
        // One that the platform gave no medium for is a place without anything.
        if let Some(place) = places.get(&medium) {
            stood.push(medium);
            body.extend(place.blocks());
        }
    }
    let mut left: Vec<(&usize, &Place)> = places
        .iter()
        .filter(|(at, _)| !stood.contains(at))
        .collect();
    left.sort_by_key(|(at, _)| **at);
    // A medium that is placed nowhere is set below the text by itself.
    body.extend(left.into_iter().flat_map(|(_, place)| place.below.clone()));
    content.body = body;
    states
}

struct Place {
    /// Its place among the media that are left.
    medium: Option<usize>,
    below: Vec<Block>,
}

impl Place {
    fn blocks(&self) -> impl Iterator<Item = Block> {
        let medium = self.medium.map(|medium| Block::Medium { medium });
        medium.into_iter().chain(self.below.clone())
    }
}

/// What the record says of the medium.
fn words(medium: &Medium) -> impl Iterator<Item = Block> {
    let filled = |text: &Option<String>| {
        let text = text.as_deref().map(str::trim);
        text.filter(|t| !t.is_empty()).map(str::to_owned)
    };
    let (caption, alt) = (filled(&medium.caption), filled(&medium.alt));
    let alt = alt.filter(|alt| caption.as_ref() != Some(alt));
    let (under, described) = match medium.kind {
        MediumKind::Picture => ("Bildtext", "Bildbeskrivning"),
        MediumKind::Film | MediumKind::Sound | MediumKind::Document => {
            ("Text till filen", "Beskrivning")
        }
    };
    let line = |label: &str, text: String| Block::Paragraph {
        spans: vec![Span::plain(format!("{label}: {text}"))],
    };
    let caption = caption.map(|text| line(under, text));
    caption
        .into_iter()
        .chain(alt.map(|text| line(described, text)))
}

fn said(text: String) -> Block {
    Block::Paragraph {
        spans: vec![Span {
            italic: true,
            ..Span::plain(text)
        }],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pdfa::MediumState;
    use crate::record::GapReason;

    fn medium(kind: MediumKind, caption: &str, alt: &str) -> Medium {
        let filled = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Medium {
            address: url::Url::parse("https://a.example/1").unwrap(),
            kind,
            alt: filled(alt),
            caption: filled(caption),
        }
    }

    fn lines(content: &Content) -> Vec<String> {
        let line = |block: &Block| match block {
            Block::Medium { medium } => format!("<{medium}>"),
            Block::Paragraph { spans } => spans.iter().map(|s| s.text.as_str()).collect(),
            other => format!("{other:?}"),
        };
        content.body.iter().map(line).collect()
    }

    #[test]
    fn what_a_record_says_of_its_media_stays() {
        let paragraph = |text: &str| Block::Paragraph {
            spans: vec![Span::plain(text)],
        };
        let mut content = Content {
            body: vec![
                Block::Medium { medium: 0 },
                paragraph("Mellan"),
                Block::Medium { medium: 1 },
                Block::Medium { medium: 1 },
                Block::Medium { medium: 9 },
            ],
            media: vec![
                medium(MediumKind::Film, "Så plogas Storgatan", "En plog"),
                medium(MediumKind::Picture, "", "Anna"),
                medium(MediumKind::Picture, "Samma", "Samma"),
            ],
            ..Content::default()
        };
        let missing = || MediumState::Missing(GapReason::Redirects);
        let states = set(
            &mut content,
            vec![
                Stands::Words("[Inte på papper.]".to_owned()),
                Stands::As(missing(), Some("[Hel bredvid.]".to_owned())),
                Stands::Words("[Inte.]".to_owned()),
            ],
        );
        assert_eq!(states, [missing()]);
        assert_eq!(
            lines(&content),
            [
                "[Inte på papper.]",
                "Text till filen: Så plogas Storgatan",
                "Beskrivning: En plog",
                "Mellan",
                "<0>",
                "[Hel bredvid.]",
                "<0>",
                "[Hel bredvid.]",
                "[Inte.]",
                "Bildtext: Samma",
            ]
        );
    }

    #[test]
    fn what_was_not_looked_at_is_not_described() {
        let mut content = Content {
            media: vec![medium(MediumKind::Picture, "Anna", "Anna i rött")],
            ..Content::default()
        };
        let states = set(&mut content, vec![Stands::Sign("[Inte.]".to_owned())]);
        assert!(states.is_empty() && content.media.is_empty());
        assert_eq!(lines(&content), ["[Inte.]"]);
    }
}
