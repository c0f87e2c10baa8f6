//! What a post shows beside its text: pictures, film, a card for a link, another record.

use serde_json::Value;
use url::Url;

use super::name::RecordAddress;
use super::text::web_address;
use super::xrpc::Service;
use crate::record::{Block, Content, Medium, MediumKind, Span};

/// Where the media of a post are had.
#[derive(Clone, Copy)]
pub(super) enum Source<'a> {
    /// The account's own: as they were uploaded, from its PDS.
    Blobs { pds: &'a Service, did: &'a str },
    /// Another's: as the AppView shows them, by its own view of the same embed.
    View(&'a Value),
}

/// Adds an embed's media and words after the text. True when something of it cannot be kept this way: a film that the
/// AppView only streams.
pub(super) fn add(content: &mut Content, embed: &Value, source: Source<'_>) -> bool {
    let kind = word(embed, "$type").unwrap_or_default();
    match kind.split('#').next().unwrap_or_default() {
        "app.bsky.embed.images" => images(content, embed, source),
        "app.bsky.embed.video" => return video(content, embed, source),
        "app.bsky.embed.external" => external(content, embed, source),
        "app.bsky.embed.record" => record(content, embed.get("record")),
        "app.bsky.embed.recordWithMedia" => {
            // One level, as the schema has it: media that hold a record of their own are no media.
            let media = embed.get("media").filter(|m| {
                !word(m, "$type").is_some_and(|t| t.starts_with("app.bsky.embed.record"))
            });
            let inner = match source {
                Source::View(view) => view.get("media").map(Source::View),
                blobs @ Source::Blobs { .. } => Some(blobs),
            };
            let streamed = media
                .zip(inner)
                .is_some_and(|(media, inner)| add(content, media, inner));
            record(content, embed.pointer("/record/record"));
            return streamed;
        }
        _ => {}
    }
    false
}

fn images(content: &mut Content, embed: &Value, source: Source<'_>) {
    let images = embed.get("images").and_then(Value::as_array);
    for (at, image) in images.into_iter().flatten().enumerate() {
        let address = match source {
            Source::Blobs { pds, did } => image.get("image").and_then(|b| blob(pds, did, b)),
            Source::View(view) => view
                .get("images")
                .and_then(|all| all.get(at))
                .and_then(|one| shown(one, "fullsize").or_else(|| shown(one, "thumb"))),
        };
        if let Some(address) = address {
            put(
                content,
                address,
                MediumKind::Picture,
                word(image, "alt"),
                None,
            );
        }
    }
}

fn video(content: &mut Content, embed: &Value, source: Source<'_>) -> bool {
    let alt = word(embed, "alt");
    let (pds, did) = match source {
        Source::Blobs { pds, did } => (pds, did),
        Source::View(view) => {
            if let Some(address) = shown(view, "thumbnail") {
                put(content, address, MediumKind::Picture, alt, None);
            }
            return true;
        }
    };
    if let Some(address) = embed.get("video").and_then(|b| blob(pds, did, b)) {
        put(content, address, MediumKind::Film, alt, None);
    }
    let captions = embed.get("captions").and_then(Value::as_array);
    for caption in captions.into_iter().flatten() {
        let address = caption.get("file").and_then(|b| blob(pds, did, b));
        let language = word(caption, "lang").unwrap_or_default();
        if let Some(address) = address {
            let name = format!("Undertexter {language}").trim_end().to_owned();
            put(content, address, MediumKind::Document, None, Some(name));
        }
    }
    false
}

/// A link's card: its title, which leads there, what it says, and its picture.
fn external(content: &mut Content, embed: &Value, source: Source<'_>) {
    let Some(card) = embed.get("external") else {
        return;
    };
    let link = word(card, "uri").and_then(|uri| web_address(&uri));
    let title = word(card, "title").or_else(|| link.clone());
    let thumb = match source {
        Source::Blobs { pds, did } => card.get("thumb").and_then(|b| blob(pds, did, b)),
        Source::View(view) => view.get("external").and_then(|v| shown(v, "thumb")),
    };
    if let Some(address) = thumb {
        // The card's own title stands for its picture: who posts it can write no other.
        put(content, address, MediumKind::Picture, title.clone(), None);
    }
    let mut spans = Vec::new();
    if let Some(title) = title {
        spans.push(Span {
            text: title,
            bold: true,
            link,
            ..Span::default()
        });
    }
    if let Some(description) = word(card, "description") {
        let line_end = if spans.is_empty() { "" } else { "\n" };
        spans.push(Span::plain(format!("{line_end}{description}")));
    }
    if !spans.is_empty() {
        content.body.push(Block::Quote { spans });
    }
}

/// A record that is quoted: what it is, and where. Its words are another's, and stand in their own record.
fn record(content: &mut Content, reference: Option<&Value>) {
    let uri = reference.and_then(|r| word(r, "uri"));
    let Some(uri) = uri.filter(|uri| uri.starts_with("at://") && uri.len() <= 1_000) else {
        return;
    };
    let address = RecordAddress::parse(&uri);
    let what = match address.as_ref().map(|a| a.collection.as_str()) {
        Some("app.bsky.feed.post") => "Citerat inlägg: ",
        Some("app.bsky.feed.generator") => "Bifogat flöde: ",
        Some("app.bsky.graph.list") => "Bifogad lista: ",
        Some("app.bsky.graph.starterpack") => "Bifogat startpaket: ",
        _ => "Bifogad post: ",
    };
    let link = address.and_then(|a| a.page());
    content.body.push(Block::Quote {
        spans: vec![
            Span::plain(what),
            Span {
                text: link.clone().unwrap_or(uri),
                link,
                ..Span::default()
            },
        ],
    });
}

/// The address of a blob at the PDS, by either form of its reference (atproto.com/specs/data-model).
pub(super) fn blob(pds: &Service, did: &str, blob: &Value) -> Option<Url> {
    let cid = blob
        .pointer("/ref/$link")
        .or_else(|| blob.get("cid"))?
        .as_str()?;
    let is_cid = (8..=128).contains(&cid.len()) && cid.bytes().all(|b| b.is_ascii_alphanumeric());
    is_cid.then(|| pds.address("com.atproto.sync.getBlob", &[("did", did), ("cid", cid)]))
}

/// An address that the AppView shows.
fn shown(view: &Value, key: &str) -> Option<Url> {
    let address = Url::parse(view.get(key)?.as_str()?).ok()?;
    (matches!(address.scheme(), "http" | "https") && address.has_host()).then_some(address)
}

fn put(
    content: &mut Content,
    address: Url,
    kind: MediumKind,
    alt: Option<String>,
    caption: Option<String>,
) {
    content.body.push(Block::Medium {
        medium: content.media.len(),
    });
    content.media.push(Medium {
        address,
        kind,
        alt,
        caption,
    });
}

/// A text that is not empty.
fn word(value: &Value, key: &str) -> Option<String> {
    let text = value.get(key)?.as_str()?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const CID: &str = "bafkreia7ua42utvsxbp3fgfief73celiurg4vafasigjpvlthmcuqnxw2y";

    fn own(embed: Value) -> Content {
        let pds = Service::given(&"https://pds.example/".parse().unwrap());
        let mut content = Content::default();
        let source = Source::Blobs {
            pds: &pds,
            did: "did:plc:abc",
        };
        assert!(!add(&mut content, &embed, source));
        content
    }

    fn a_blob(kind: &str) -> Value {
        json!({"$type": "blob", "ref": {"$link": CID}, "mimeType": kind, "size": 1})
    }

    #[test]
    fn own_pictures_are_had_as_uploaded_with_their_alt_text() {
        let content = own(json!({"$type": "app.bsky.embed.images", "images": [
            {"alt": "En plog", "image": a_blob("image/jpeg")},
            {"alt": "", "image": {"cid": CID, "mimeType": "image/png"}},
            {"alt": "utan bild"},
            {"alt": "fel", "image": {"ref": {"$link": "../../x"}}},
        ]}));
        let address = format!(
            "https://pds.example/xrpc/com.atproto.sync.getBlob?did=did%3Aplc%3Aabc&cid={CID}"
        );
        let media: Vec<_> = content
            .media
            .iter()
            .map(|m| (m.address.as_str(), m.alt.as_deref()))
            .collect();
        assert_eq!(
            media,
            [(address.as_str(), Some("En plog")), (&address, None)]
        );
    }

    #[test]
    fn a_film_a_card_and_a_quote_are_told() {
        let film = own(
            json!({"$type": "app.bsky.embed.video", "video": a_blob("video/mp4"), "alt": "Plogning",
            "captions": [{"lang": "sv", "file": a_blob("text/vtt")}]}),
        );
        assert_eq!(film.media[0].kind, MediumKind::Film);
        assert_eq!(film.media[1].caption.as_deref(), Some("Undertexter sv"));
        let card = own(json!({"$type": "app.bsky.embed.external", "external": {
            "uri": "https://tibro.example/sno", "title": "Snö", "description": "Så plogar vi", "thumb": a_blob("image/png")}}));
        assert!(
            card.plain_text().contains("Snö\nSå plogar vi"),
            "{}",
            card.plain_text()
        );
        assert_eq!(card.media[0].alt.as_deref(), Some("Snö"));
        let quote = own(json!({"$type": "app.bsky.embed.recordWithMedia",
            "record": {"$type": "app.bsky.embed.record", "record": {"uri": "at://did:plc:x/app.bsky.feed.post/3k", "cid": "b"}},
            "media": {"$type": "app.bsky.embed.images", "images": [{"alt": "a", "image": a_blob("image/png")}]}}));
        assert_eq!(quote.media.len(), 1);
        assert!(
            quote
                .plain_text()
                .ends_with("Citerat inlägg: https://bsky.app/profile/did:plc:x/post/3k")
        );
    }

    #[test]
    fn what_is_no_embed_adds_nothing() {
        for odd in [
            json!(7),
            json!({"$type": 3}),
            json!({"$type": "app.bsky.embed.images", "images": {"a": 1}}),
            json!({"$type": "app.bsky.embed.external", "external": "x"}),
            json!({"$type": "app.bsky.embed.record", "record": {"uri": "javascript:x"}}),
            json!({"$type": "app.bsky.embed.recordWithMedia", "media": {"$type": "app.bsky.embed.recordWithMedia"}}),
            json!({"$type": "example.other"}),
        ] {
            let content = own(odd.clone());
            assert_eq!(content, Content::default(), "{odd}");
        }
    }

    #[test]
    fn anothers_media_are_those_that_the_appview_shows() {
        let mut content = Content::default();
        let embed = json!({"$type": "app.bsky.embed.images", "images": [{"alt": "a", "image": a_blob("image/png")}]});
        let view = json!({"$type": "app.bsky.embed.images#view", "images": [
            {"fullsize": "https://cdn.example/f.jpg", "thumb": "file:///etc/passwd"}]});
        assert!(!add(&mut content, &embed, Source::View(&view)));
        assert_eq!(
            content.media[0].address.as_str(),
            "https://cdn.example/f.jpg"
        );
        let embed = json!({"$type": "app.bsky.embed.video", "video": a_blob("video/mp4")});
        let view =
            json!({"playlist": "https://v.example/p.m3u8", "thumbnail": "https://v.example/t.jpg"});
        assert!(
            add(&mut content, &embed, Source::View(&view)),
            "the film itself is not kept"
        );
        assert_eq!(content.media[1].kind, MediumKind::Picture);
    }
}
