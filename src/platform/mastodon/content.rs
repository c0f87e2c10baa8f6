//! What a status says: its words, warning, choices, media, and whose post it shares.
//!
//! Custom emoji stay as the `:name:` they are written by.

use serde_json::Value;
use url::Url;

use super::super::html;
use super::status::text;
use crate::record::{Author, Block, Content, Medium, MediumKind, Span};

/// `shared` is the status that this one boosts; its words then follow those that say so.
pub(super) fn read(value: &Value, shared: Option<&Value>, base: &Url) -> Content {
    let said = shared.unwrap_or(value);
    let mut content = Content {
        title: text(said, "spoiler_text").map(|warning| html::line(&escaped(&warning))),
        author: author(value),
        language: text(said, "language"),
        ..Content::default()
    };
    if let Some(shared) = shared {
        content
            .body
            .push(attribution("Delar ett inlägg av ", shared));
    }
    let words = said.get("content").and_then(Value::as_str);
    let read = html::body(words.unwrap_or_default(), base);
    content.body.extend(read.blocks);
    content.media.extend(read.media);
    if let Some(poll) = said.get("poll").filter(|poll| poll.is_object()) {
        content.body.extend(choices(poll));
    }
    let quoted = said.pointer("/quote/quoted_status");
    if let Some(quoted) = quoted.filter(|quoted| quoted.is_object()) {
        content
            .body
            .push(attribution("Citerar ett inlägg av ", quoted));
        let words = quoted.get("content").and_then(Value::as_str);
        content.body.extend(
            html::body(words.unwrap_or_default(), base)
                .blocks
                .into_iter()
                .map(|block| match block {
                    Block::Paragraph { spans } => Block::Quote { spans },
                    other => other,
                })
                .filter(|block| !matches!(block, Block::Medium { .. })),
        );
    }
    if let Some(card) = said.get("card").filter(|card| card.is_object()) {
        content.body.extend(linked(card, base));
    }
    let media = attached(said, base);
    let sensitive = said.get("sensitive").and_then(Value::as_bool) == Some(true);
    if sensitive && content.title.is_none() && !media.is_empty() {
        content.body.push(Block::Paragraph {
            spans: vec![Span {
                italic: true,
                ..Span::plain("Bilder och film är märkta som känsligt innehåll.")
            }],
        });
    }
    for medium in media {
        let at = content.media.len();
        content.media.push(medium);
        content.body.push(Block::Medium { medium: at });
    }
    content
}

/// As the server shows it: the name chosen, else the name of the account.
fn author(value: &Value) -> Option<Author> {
    let account = value.get("account")?;
    let chosen = text(account, "display_name").map(|name| html::line(&escaped(&name)));
    let name = chosen.filter(|name| !name.is_empty());
    Some(Author {
        name: name.or_else(|| text(account, "acct"))?,
        address: text(account, "url"),
    })
}

/// "Delar ett inlägg av NAME (@acct)", linked to it.
fn attribution(words: &str, status: &Value) -> Block {
    let name = author(status).map(|author| author.name);
    let account = status.get("account");
    let handle = account.and_then(|account| text(account, "acct"));
    let name = match (name, handle) {
        (Some(name), Some(handle)) if name != handle => format!("{name} (@{handle})"),
        (Some(name), _) => name,
        (None, _) => "ett annat konto".to_owned(),
    };
    Block::Paragraph {
        spans: vec![
            Span {
                italic: true,
                ..Span::plain(words)
            },
            Span {
                italic: true,
                link: web(status, "url").or_else(|| web(status, "uri")),
                ..Span::plain(name)
            },
        ],
    }
}

/// The options of a poll. How many chose each changes while it runs, and is no words of anyone.
fn choices(poll: &Value) -> Vec<Block> {
    let several = poll.get("multiple").and_then(Value::as_bool) == Some(true);
    let head = if several {
        "Omröstning, flera svar får väljas:"
    } else {
        "Omröstning, ett svar får väljas:"
    };
    let mut blocks = vec![Block::Paragraph {
        spans: vec![Span {
            italic: true,
            ..Span::plain(head)
        }],
    }];
    let options = poll.get("options").and_then(Value::as_array);
    let titles = options
        .into_iter()
        .flatten()
        .filter_map(|o| text(o, "title"));
    blocks.extend(titles.map(|title| Block::ListItem {
        depth: 0,
        number: None,
        spans: vec![Span::plain(html::line(&escaped(&title)))],
    }));
    blocks
}

/// What the server says of a page that is linked to.
fn linked(card: &Value, base: &Url) -> Option<Block> {
    let to = base.join(&text(card, "url")?).ok()?;
    if !matches!(to.scheme(), "http" | "https") {
        return None;
    }
    let title = html::line(&escaped(&text(card, "title")?));
    Some(Block::Quote {
        spans: vec![Span {
            link: Some(to.into()),
            ..Span::plain(title)
        }],
    })
}

fn attached(value: &Value, base: &Url) -> Vec<Medium> {
    let media = value.get("media_attachments").and_then(Value::as_array);
    media
        .into_iter()
        .flatten()
        .filter_map(|medium| {
            // Not yet fetched from where it was published: then that is where it is.
            let address = text(medium, "url").or_else(|| text(medium, "remote_url"))?;
            let address = base.join(&address).ok()?;
            if !matches!(address.scheme(), "http" | "https") {
                return None;
            }
            let kind = match medium.get("type").and_then(Value::as_str) {
                Some("image") => MediumKind::Picture,
                Some("video" | "gifv") => MediumKind::Film,
                Some("audio") => MediumKind::Sound,
                _ => html::kind_by_name(address.path()).unwrap_or(MediumKind::Document),
            };
            Some(Medium {
                address,
                kind,
                alt: text(medium, "description"),
                caption: None,
            })
        })
        .collect()
}

fn web(value: &Value, key: &str) -> Option<String> {
    let address: Url = text(value, key)?.parse().ok()?;
    matches!(address.scheme(), "http" | "https").then(|| address.into())
}

/// Plain text as HTML, for what reads lines of it.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn base() -> Url {
        "https://social.example/@kommun/1".parse().unwrap()
    }

    fn said(value: &Value) -> String {
        let shared = value.get("reblog").filter(|shared| shared.is_object());
        read(value, shared, &base()).plain_text()
    }

    #[test]
    fn a_boost_tells_whose_post_it_shares() {
        let value = json!({
            "account": {"display_name": "Kommunen", "acct": "kommun"},
            "content": "", "spoiler_text": "",
            "reblog": {
                "url": "https://annan.example/@lans/7",
                "account": {"display_name": "Länsstyrelsen", "acct": "lans@annan.example"},
                "content": "<p>Eldningsförbud</p>"
            }
        });
        let content = read(&value, value.get("reblog"), &base());
        assert_eq!(content.author.as_ref().unwrap().name, "Kommunen");
        assert_eq!(
            content.plain_text(),
            "Delar ett inlägg av Länsstyrelsen (@lans@annan.example)\nEldningsförbud"
        );
        let Some(Block::Paragraph { spans }) = content.body.first() else {
            panic!("{content:?}");
        };
        assert_eq!(
            spans[1].link.as_deref(),
            Some("https://annan.example/@lans/7")
        );
    }

    #[test]
    fn warnings_choices_media_and_cards_are_told_and_counts_are_not() {
        let value = |votes: u64| {
            json!({
                "account": {"display_name": "A <b> & B :tibro:", "acct": "kommun"},
                "spoiler_text": "Om olyckan <E20>", "sensitive": true, "language": "sv",
                "content": "<p>Hej <a href=\"https://social.example/@anna\">@anna</a> :hjarta:</p>",
                "favourites_count": votes, "reblogs_count": votes, "replies_count": votes,
                "poll": {"multiple": false, "votes_count": votes, "expired": votes > 1,
                    "options": [{"title": "Ja", "votes_count": votes}, {"title": "Nej", "votes_count": null}]},
                "media_attachments": [
                    {"type": "image", "url": "https://social.example/b.png", "description": "En bro"},
                    {"type": "unknown", "url": null, "remote_url": "https://annan.example/c.pdf"},
                    {"type": "video", "url": "javascript:alert(1)"}
                ],
                "card": {"url": "https://tibro.example/bron", "title": "Om bron"}
            })
        };
        let content = read(&value(1), None, &base());
        assert_eq!(content.title.as_deref(), Some("Om olyckan <E20>"));
        assert_eq!(content.author.as_ref().unwrap().name, "A <b> & B :tibro:");
        assert_eq!(content.language.as_deref(), Some("sv"));
        let text = content.plain_text();
        for part in ["@anna :hjarta:", "• Ja", "• Nej", "[En bro]", "Om bron"] {
            assert!(text.contains(part), "{text}");
        }
        assert_eq!(content.media.len(), 2);
        assert_eq!(content.media[0].alt.as_deref(), Some("En bro"));
        assert_eq!(content.media[1].kind, MediumKind::Document);
        assert_eq!(
            content.digest().unwrap(),
            read(&value(9), None, &base()).digest().unwrap(),
            "counts make no version"
        );
    }

    #[test]
    fn what_is_marked_sensitive_without_a_word_is_told() {
        let value = json!({
            "account": {"acct": "kommun"}, "content": "", "sensitive": true,
            "media_attachments": [{"type": "image", "url": "/b.png"}]
        });
        assert!(said(&value).contains("känsligt"), "{}", said(&value));
        let none = json!({"account": {"acct": "kommun"}, "content": "<p>x</p>", "sensitive": true});
        assert_eq!(said(&none), "x");
    }
}
