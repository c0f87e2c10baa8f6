//! What an item says: title, author, a body of blocks, and the media it shows.
//!
//! One model for every platform: a blog's HTML, a feed's, a plain text with links all become blocks.

use serde::{Deserialize, Serialize};
use url::Url;

use super::Digest;

/// What was said, as it stood at one time. Two contents with the same digest are one version.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Content {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<Author>,
    /// The language that title and body are in, as the platform says it: a tag of BCP 47, if it says it well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    #[serde(default)]
    pub body: Vec<Block>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub media: Vec<Medium>,
}

/// Who wrote it, as the platform shows them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Author {
    pub name: String,
    /// On the web; for what was brought, [`Author::OWN`] or [`Author::OTHERS`], if that was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
}

impl Author {
    /// The municipality's own side of the account, by the word of who brought it.
    pub const OWN: &'static str = "urn:arkivd:author:own";
    /// Someone else, whatever they are called, by the word of who brought it.
    pub const OTHERS: &'static str = "urn:arkivd:author:others";
}

/// One block of the body, in reading order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Block {
    Paragraph {
        spans: Vec<Span>,
    },
    /// `level` 1 to 6 as in HTML.
    Heading {
        level: u8,
        spans: Vec<Span>,
    },
    /// `depth` 0 is the outermost list; `number` is set in ordered lists.
    ListItem {
        depth: u8,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        number: Option<u32>,
        spans: Vec<Span>,
    },
    Quote {
        spans: Vec<Span>,
    },
    /// Line ends and runs of space are as written.
    Preformatted {
        text: String,
    },
    TableRow {
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        header: bool,
        cells: Vec<Vec<Span>>,
    },
    /// The medium stands here: `medium` is its index in [`Content::media`].
    Medium {
        medium: usize,
    },
    Rule,
}

/// A run of text of one style. `\n` in `text` is a forced line break.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Span {
    pub text: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub bold: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub italic: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
}

impl Span {
    pub fn plain(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            ..Self::default()
        }
    }
}

/// A picture, film, sound or document that belongs to the item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Medium {
    pub address: Url,
    pub kind: MediumKind,
    /// What the platform gives for those who cannot see it; `None` where it gives nothing (VAR-9).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alt: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caption: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MediumKind {
    Picture,
    Film,
    Sound,
    Document,
}

impl Content {
    /// The version's digest: SHA-256 of the canonical JSON (RFC 8785) of the content.
    ///
    /// # Errors
    /// Never for contents made of these types; the signature is honest about JSON.
    pub fn digest(&self) -> Result<Digest, serde_json::Error> {
        Digest::of_canonical_json(self)
    }

    /// What was written, block by block: no pictures, no marks of lists. None is empty.
    pub fn passages(&self) -> impl Iterator<Item = String> + '_ {
        let said = |block: &Block| match block {
            Block::Paragraph { spans }
            | Block::Heading { spans, .. }
            | Block::ListItem { spans, .. }
            | Block::Quote { spans } => joined(spans),
            Block::Preformatted { text } => text.clone(),
            Block::TableRow { cells, .. } => {
                let cells: Vec<String> = cells.iter().map(|cell| joined(cell)).collect();
                cells.join(" ")
            }
            Block::Medium { .. } | Block::Rule => String::new(),
        };
        let passages = self.body.iter().map(said);
        passages.filter(|passage| !passage.trim().is_empty())
    }

    /// What it concerns, by its own words: what was written; where nothing was, what is said of the first medium for
    /// those who cannot see it. The title is not among it.
    pub fn gist(&self) -> String {
        let written: Vec<String> = self.passages().collect();
        if !written.is_empty() {
            return written.join("\n");
        }
        // A file that was brought has a caption of arkivd's, and no words of its own.
        let media = self.media.iter().filter(|m| m.address.scheme() != "urn");
        let mut told = media.filter_map(|m| m.alt.as_deref().or(m.caption.as_deref()));
        told.find(|told| !told.trim().is_empty())
            .unwrap_or_default()
            .to_owned()
    }

    /// The words alone, a line a block: what is searched and what `record show` prints. A file that was brought has
    /// no place on the web and is no words: its bag names it.
    pub fn plain_text(&self) -> String {
        let mut out = String::new();
        for block in &self.body {
            if let Block::Medium { medium } = block
                && let Some(m) = self.media.get(*medium)
                && m.address.scheme() == "urn"
            {
                continue;
            }
            if !out.is_empty() {
                out.push('\n');
            }
            match block {
                Block::Paragraph { spans }
                | Block::Heading { spans, .. }
                | Block::Quote { spans } => push_spans(&mut out, spans),
                Block::ListItem {
                    depth,
                    number,
                    spans,
                } => {
                    out.extend(std::iter::repeat_n("  ", usize::from(*depth)));
                    match number {
                        Some(n) => out.push_str(&format!("{n}. ")),
                        None => out.push_str("• "),
                    }
                    push_spans(&mut out, spans);
                }
                Block::Preformatted { text } => out.push_str(text),
                Block::TableRow { cells, .. } => {
                    for (i, cell) in cells.iter().enumerate() {
                        if i > 0 {
                            out.push_str(" | ");
                        }
                        push_spans(&mut out, cell);
                    }
                }
                Block::Medium { medium } => {
                    if let Some(m) = self.media.get(*medium) {
                        let name = m.alt.as_deref().or(m.caption.as_deref()).unwrap_or("");
                        out.push_str(&format!("[{name}] {}", m.address));
                    }
                }
                Block::Rule => out.push_str("---"),
            }
        }
        out
    }
}

fn joined(spans: &[Span]) -> String {
    let mut out = String::new();
    push_spans(&mut out, spans);
    out
}

fn push_spans(out: &mut String, spans: &[Span]) {
    spans.iter().for_each(|s| out.push_str(&s.text));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content() -> Content {
        Content {
            title: Some("Snö".into()),
            author: Some(Author {
                name: "Anna".into(),
                address: None,
            }),
            language: None,
            body: vec![
                Block::Paragraph {
                    spans: vec![
                        Span::plain("Vi "),
                        Span {
                            bold: true,
                            ..Span::plain("plogar")
                        },
                    ],
                },
                Block::ListItem {
                    depth: 1,
                    number: None,
                    spans: vec![Span::plain("först cykelvägar")],
                },
            ],
            media: vec![],
        }
    }

    #[test]
    fn the_text_reads_as_a_person_would_write_it() {
        assert_eq!(content().plain_text(), "Vi plogar\n  • först cykelvägar");
    }

    #[test]
    fn a_file_that_was_brought_is_no_words() {
        let medium = |address: &str| Medium {
            address: Url::parse(address).unwrap(),
            kind: MediumKind::Picture,
            alt: None,
            caption: Some("Inlämnad fil: a.png.".into()),
        };
        let mut content = content();
        content.media = vec![medium("urn:sha256:00"), medium("https://x.example/b.png")];
        content
            .body
            .extend((0..2).map(|medium| Block::Medium { medium }));
        assert_eq!(
            content.plain_text(),
            "Vi plogar\n  • först cykelvägar\n[Inlämnad fil: a.png.] https://x.example/b.png"
        );
    }

    #[test]
    fn a_changed_word_or_style_is_another_version() {
        let one = content();
        let mut other = content();
        if let Block::Paragraph { spans } = &mut other.body[0] {
            spans[1].bold = false;
        }
        assert_eq!(one.plain_text(), other.plain_text());
        assert_ne!(one.digest().unwrap(), other.digest().unwrap());
        assert_eq!(one.digest().unwrap(), content().digest().unwrap());
    }

    #[test]
    fn a_language_is_told_only_where_it_is_known() {
        let json = serde_json::to_string(&content()).unwrap();
        assert!(
            !json.contains("language"),
            "digests are as before there was one"
        );
        let finnish = Content {
            language: Some("fi".into()),
            ..content()
        };
        let json = serde_json::to_string(&finnish).unwrap();
        assert_eq!(serde_json::from_str::<Content>(&json).unwrap(), finnish);
    }

    #[test]
    fn content_survives_json() {
        let json = serde_json::to_string(&content()).unwrap();
        assert_eq!(serde_json::from_str::<Content>(&json).unwrap(), content());
    }

    #[test]
    fn what_begins_with_a_picture_concerns_what_it_says() {
        let picture = |alt: Option<&str>| Medium {
            address: "https://x.example/b.jpg".parse().unwrap(),
            kind: MediumKind::Picture,
            alt: alt.map(str::to_owned),
            caption: None,
        };
        let mut content = content();
        content.media = vec![picture(Some("En plog")), picture(None)];
        content.body.insert(0, Block::Medium { medium: 0 });
        assert_eq!(content.gist(), "Vi plogar\nförst cykelvägar");
        content.body.truncate(1);
        assert_eq!(content.gist(), "En plog");
        content.media.reverse();
        assert_eq!(content.gist(), "En plog");
        content.media.truncate(1);
        assert_eq!(content.gist(), "");
        let words = Block::Paragraph {
            spans: vec![Span::plain(" ")],
        };
        content.body.push(words);
        assert_eq!(content.passages().count(), 0);
    }
}
