//! MHTML (RFC 2557): a page with its pictures in one file, as Chromium and others save it.

use std::collections::HashMap;

use mail_parser::{Message, MessageParser, MessagePart, MimeHeaders as _, PartType};
use url::Url;

use super::PageFault;
use super::saved_page::{Enclosed, SavedPage, read_text, web_address};

/// Parts that hold parts: saved pages have one or two, and a file of a few megabytes could have a hundred thousand.
const MOST_MULTIPARTS: usize = 50;

/// Refuses what the reader could not bear: mail within mail becomes a tree that overflows the stack when it goes,
/// and encoded mail hides more of it. No browser saves a page so.
fn bearable(bytes: &[u8]) -> Result<(), PageFault> {
    const NAME: &[u8] = b"content-type";
    let mut multiparts = 0;
    let mut lines = bytes.split(|b| *b == b'\n').peekable();
    while let Some(line) = lines.next() {
        let starts = |b: &u8| !b.is_ascii_whitespace() && *b != b':';
        let from = line.iter().position(starts).unwrap_or(line.len());
        let line = line.get(from..).unwrap_or_default();
        let (name, value) = line.split_at(NAME.len().min(line.len()));
        if !name.eq_ignore_ascii_case(NAME) {
            continue;
        }
        let mut value = value.to_ascii_lowercase();
        // Folded lines go on.
        while let Some(more) = lines.next_if(|l| l.starts_with(b" ") || l.starts_with(b"\t")) {
            value.extend(more.to_ascii_lowercase());
        }
        let says = |word: &[u8]| value.windows(word.len()).any(|w| w == word);
        let mail = [&b"rfc822"[..], b"global", b"digest"];
        if says(b"message") && mail.iter().any(|kind| says(kind))
            || says(b"multipart") && says(b"digest")
        {
            return Err(PageFault::Mail);
        }
        multiparts += usize::from(says(b"multipart"));
    }
    match multiparts > MOST_MULTIPARTS {
        true => Err(PageFault::TooDeep {
            parts: multiparts,
            most: MOST_MULTIPARTS,
        }),
        false => Ok(()),
    }
}

/// Reads MHTML: the first page in it, with the pictures that its media name.
///
/// # Errors
/// [`PageFault`].
pub fn read_mhtml(bytes: &[u8]) -> Result<SavedPage, PageFault> {
    bearable(bytes)?;
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
    fn mail_within_mail_is_refused_before_it_is_read() {
        let nest = |header: &str| {
            let mut mail = b"MIME-Version: 1.0\r\n".to_vec();
            for _ in 0..50_000 {
                mail.extend(format!("{header}\r\n\r\n").as_bytes());
            }
            mail.extend(b"Content-Type: text/html\r\n\r\n<p>hej</p>");
            mail
        };
        for header in [
            "Content-Type: message/rfc822",
            "CONTENT-TYPE:\r\n\tMESSAGE/RFC822",
            "content-type : message\r\n /\r\n global",
            ": Content-Type: (x) message/rfc822",
        ] {
            assert_eq!(
                read_mhtml(&nest(header)).unwrap_err(),
                PageFault::Mail,
                "{header}"
            );
        }
        let deep: String = (0..20_000)
            .map(|n| format!("Content-Type: multipart/related; boundary=b{n}\r\n\r\n--b{n}\r\n"))
            .collect();
        assert!(matches!(
            read_mhtml(deep.as_bytes()),
            Err(PageFault::TooDeep { .. })
        ));
        let digest = "Content-Type: multipart/digest; boundary=b\r\n\r\n--b\r\n\r\nhej";
        assert_eq!(read_mhtml(digest.as_bytes()).unwrap_err(), PageFault::Mail);
    }

    #[test]
    fn what_holds_no_page_is_refused() {
        let cut = SAVED.split("----B--").next().unwrap();
        assert!(read_mhtml(cut.as_bytes()).is_err());
        assert!(read_mhtml(b"").is_err());
    }
}
