//! MHTML (RFC 2557): a page with its pictures in one file, as Chromium and others save it.

use std::collections::HashMap;

use mail_parser::{Message, MessageParser, MessagePart, MimeHeaders as _, PartType};
use url::Url;

use super::PageFault;
use super::saved_page::{Enclosed, SavedPage, read_text, web_address};

/// Reads MHTML: the first page in it, with the pictures that its media name.
///
/// # Errors
/// [`PageFault`].
pub fn read_mhtml(bytes: &[u8]) -> Result<SavedPage, PageFault> {
    let message = MessageParser::default()
        .parse(bytes)
        .ok_or(PageFault::NotMhtml)?;
    let (text, part) = first_page(&message).ok_or(PageFault::NoPage)?;
    let at = part.content_location().and_then(web_address);
    let at = at.or_else(|| snapshot_of(&message));
    let mut page = read_text(text, at)?;
    let mut by_address: HashMap<Url, &MessagePart<'_>> = HashMap::new();
    for part in &message.parts {
        for name in names(part) {
            by_address.entry(name).or_insert(part);
        }
    }
    let mut taken: Vec<Url> = page.enclosed.iter().map(|e| e.address.clone()).collect();
    for medium in &page.media {
        let Some(part) = by_address.get(&medium.address) else {
            continue;
        };
        if taken.contains(&medium.address) {
            continue;
        }
        taken.push(medium.address.clone());
        page.enclosed.push(Enclosed {
            address: medium.address.clone(),
            media_type: media_type(part),
            bytes: part.contents().to_vec(),
        });
    }
    match page.blocks.is_empty() && page.media.is_empty() {
        true => Err(PageFault::Empty),
        false => Ok(page),
    }
}

fn first_page<'m>(message: &'m Message<'_>) -> Option<(&'m str, &'m MessagePart<'m>)> {
    message.parts.iter().find_map(|part| match &part.body {
        PartType::Html(text) => Some((text.as_ref(), part)),
        _ => None,
    })
}

/// Where Chromium says that the page was.
fn snapshot_of(message: &Message<'_>) -> Option<Url> {
    let told = message.header("Snapshot-Content-Location")?;
    web_address(told.as_text()?)
}

/// What the page may call the part by.
fn names(part: &MessagePart<'_>) -> impl Iterator<Item = Url> {
    let location = part
        .content_location()
        .and_then(|at| Url::parse(at.trim()).ok());
    let id = part.content_id().map(|id| id.trim_matches(['<', '>']));
    let id = id.and_then(|id| Url::parse(&format!("cid:{id}")).ok());
    location.into_iter().chain(id)
}

fn media_type(part: &MessagePart<'_>) -> String {
    let Some(told) = part.content_type() else {
        return String::new();
    };
    match told.subtype() {
        Some(sub) => format!("{}/{sub}", told.ctype()),
        None => told.ctype().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAVED: &str = "From: <Saved by Blink>\r\n\
Snapshot-Content-Location: https://blogg.example/a\r\n\
Subject: hej\r\n\
MIME-Version: 1.0\r\n\
Content-Type: multipart/related; type=\"text/html\"; boundary=\"--B--\"\r\n\r\n\r\n\
----B--\r\n\
Content-Type: text/html\r\n\
Content-ID: <frame-1@mhtml.blink>\r\n\
Content-Transfer-Encoding: quoted-printable\r\n\
Content-Location: https://blogg.example/a\r\n\r\n\
<!DOCTYPE html><html><head><meta charset=3D\"utf-8\"></head><body><p>Sn=C3=B6 och =\r\n\
is</p><img src=3D\"https://blogg.example/b.png\"><img src=3D\"cid:c@x\"></body></html>\r\n\
----B--\r\n\
Content-Type: image/png\r\n\
Content-Transfer-Encoding: base64\r\n\
Content-Location: https://blogg.example/b.png\r\n\r\n\
iVBORw0KGgo=\r\n\
----B--\r\n\
Content-Type: image/gif\r\n\
Content-ID: <c@x>\r\n\
Content-Transfer-Encoding: base64\r\n\r\n\
R0lGODlh\r\n\
----B----\r\n";

    #[test]
    fn a_page_comes_with_its_pictures() {
        let page = read_mhtml(SAVED.as_bytes()).unwrap();
        assert_eq!(page.address.unwrap().as_str(), "https://blogg.example/a");
        assert!(
            format!("{:?}", page.blocks).contains("Snö och is"),
            "{:?}",
            page.blocks
        );
        let types: Vec<_> = page
            .enclosed
            .iter()
            .map(|e| e.media_type.as_str())
            .collect();
        assert_eq!(types, ["image/png", "image/gif"]);
        assert_eq!(page.enclosed[0].bytes, b"\x89PNG\r\n\x1a\n");
    }

    #[test]
    fn what_holds_no_page_is_refused() {
        let cut = SAVED.split("----B--").next().unwrap();
        assert!(read_mhtml(cut.as_bytes()).is_err());
        assert!(read_mhtml(b"").is_err());
    }
}
