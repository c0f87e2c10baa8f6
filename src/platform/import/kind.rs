//! What a file is, by its first bytes: names lie.

/// A kind of file that becomes a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    Png,
    Jpeg,
    WebP,
    Pdf,
    Html,
    Mhtml,
}

/// A file that does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotTaken {
    Empty,
    /// A picture of a kind that is not taken, by its name.
    Picture(&'static str),
    /// A document of a word processor or spreadsheet, or of its sort.
    Office,
    Zip,
    Film,
    Text,
    Unknown,
}

/// Bytes from the start that tell the kind.
pub const HEAD: usize = 8 << 10;

impl FileKind {
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::WebP => "image/webp",
            Self::Pdf => "application/pdf",
            Self::Html => "text/html",
            Self::Mhtml => "multipart/related",
        }
    }

    pub fn is_picture(self) -> bool {
        matches!(self, Self::Png | Self::Jpeg | Self::WebP)
    }

    /// As people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Png => "PNG",
            Self::Jpeg => "JPEG",
            Self::WebP => "WebP",
            Self::Pdf => "PDF",
            Self::Html => "HTML",
            Self::Mhtml => "MHTML",
        }
    }

    /// The kind that a name's ending says.
    pub fn by_name(name: &str) -> Option<Self> {
        let (_, ending) = name.rsplit_once('.')?;
        Some(match ending.to_ascii_lowercase().as_str() {
            "png" => Self::Png,
            "jpg" | "jpeg" | "jpe" | "jfif" => Self::Jpeg,
            "webp" => Self::WebP,
            "pdf" => Self::Pdf,
            "html" | "htm" | "xhtml" => Self::Html,
            "mhtml" | "mht" => Self::Mhtml,
            _ => return None,
        })
    }

    /// The ending that its names have.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpg",
            Self::WebP => "webp",
            Self::Pdf => "pdf",
            Self::Html => "html",
            Self::Mhtml => "mhtml",
        }
    }
}

/// What the file is that begins so; `head` holds its first [`HEAD`] bytes, or all of it.
///
/// # Errors
/// What else it is.
pub fn kind_of(head: &[u8]) -> Result<FileKind, NotTaken> {
    let from = |at: usize| head.get(at..).unwrap_or_default();
    match head {
        [] => return Err(NotTaken::Empty),
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => return Ok(FileKind::Png),
        [0xff, 0xd8, 0xff, ..] => return Ok(FileKind::Jpeg),
        [b'R', b'I', b'F', b'F', ..] => {
            return match from(8).get(..4) {
                Some(b"WEBP") => Ok(FileKind::WebP),
                _ => Err(NotTaken::Film),
            };
        }
        [b'G', b'I', b'F', b'8', ..] => return Err(NotTaken::Picture("GIF")),
        [b'B', b'M', _, _, _, _, 0, 0, 0, 0, ..] => return Err(NotTaken::Picture("BMP")),
        [b'I', b'I', 42 | 43, 0, ..] | [b'M', b'M', 0, 42 | 43, ..] => {
            return Err(NotTaken::Picture("TIFF"));
        }
        [0, 0, 1, 0, ..] => return Err(NotTaken::Picture("ICO")),
        [0xff, 0x0a, ..] | [0, 0, 0, 12, b'J', b'X', b'L', b' ', ..] => {
            return Err(NotTaken::Picture("JPEG XL"));
        }
        [0xd0, 0xcf, 0x11, 0xe0, ..] => return Err(NotTaken::Office),
        [0x1a, 0x45, 0xdf, 0xa3, ..] => return Err(NotTaken::Film),
        _ => {}
    }
    if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
        let office = [
            &b"word/"[..],
            b"xl/",
            b"ppt/",
            b"[Content_Types].xml",
            b"mimetypeapplication/vnd.oasis",
        ];
        let holds = |needle: &&[u8]| head.windows(needle.len()).any(|w| w == *needle);
        return Err(match office.iter().any(holds) {
            true => NotTaken::Office,
            false => NotTaken::Zip,
        });
    }
    if from(4).starts_with(b"ftyp") {
        return Err(match from(8).get(..4) {
            Some(b"avif" | b"avis") => NotTaken::Picture("AVIF"),
            Some(b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"mif1" | b"msf1") => {
                NotTaken::Picture("HEIC")
            }
            _ => NotTaken::Film,
        });
    }
    // As the readers of PDF do: some programs write a line before it.
    let begin = head.get(..1024).unwrap_or(head);
    if begin.windows(5).any(|w| w == b"%PDF-") {
        return Ok(FileKind::Pdf);
    }
    if head.starts_with(b"{\\rtf") {
        return Err(NotTaken::Office);
    }
    text_kind(head)
}

/// HTML and MHTML, by their first words.
fn text_kind(head: &[u8]) -> Result<FileKind, NotTaken> {
    let words = words(head);
    let words = words.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
    let header = words.split_once(':').is_some_and(|(name, _)| {
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    });
    if header && words.contains("mime-version:") && words.contains("content-type:") {
        return Ok(FileKind::Mhtml);
    }
    let is_xml = words.starts_with("<?xml");
    if words.starts_with("<svg") || is_xml && words.contains("<svg") && !words.contains("<html") {
        return Err(NotTaken::Picture("SVG"));
    }
    let tags = ["<!doctype html", "<html", "<head", "<body"];
    let begins = words.starts_with('<');
    if begins && tags.iter().any(|tag| words.contains(tag)) {
        return Ok(FileKind::Html);
    }
    let is_text =
        !words.is_empty() && !words.contains(|c: char| c.is_control() && !c.is_whitespace());
    Err(match is_text && !words.contains('\u{fffd}') {
        true => NotTaken::Text,
        false => NotTaken::Unknown,
    })
}

/// The head in small letters, UTF-16 with a byte order mark too.
fn words(head: &[u8]) -> String {
    let (text, _, _) = encoding_rs::UTF_8.decode(head);
    // A letter cut in two at the end of the head is no fault.
    text.trim_end_matches('\u{fffd}').to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_what_their_bytes_say() {
        use FileKind::{Html, Jpeg, Mhtml, Pdf, Png, WebP};
        for (head, kind) in [
            (&b"\x89PNG\r\n\x1a\n\0\0"[..], Png),
            (b"\xff\xd8\xff\xe0\0\x10JFIF", Jpeg),
            (b"RIFF\x10\0\0\0WEBPVP8 ", WebP),
            (b"%PDF-1.7\n", Pdf),
            (b"\r\n%PDF-1.4", Pdf),
            (b"\xef\xbb\xbf<!DOCTYPE HTML>\n<html>", Html),
            (b"<!-- saved from url=(0019)https://x.example/ -->\n<HTML lang=sv>", Html),
            (b"\xff\xfe<\0h\0t\0m\0l\0>\0", Html),
            (b"From: <Saved by Blink>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related;\r\n", Mhtml),
        ] {
            assert_eq!(kind_of(head), Ok(kind), "{}", String::from_utf8_lossy(head));
        }
    }

    #[test]
    fn what_is_not_taken_is_named() {
        use NotTaken::{Empty, Film, Office, Picture, Text, Unknown, Zip};
        for (head, not) in [
            (&b""[..], Empty),
            (b"GIF89a", Picture("GIF")),
            (b"\0\0\0\x18ftypheic\0\0\0\0", Picture("HEIC")),
            (b"\0\0\0\x18ftypmp42\0\0\0\0", Film),
            (b"PK\x03\x04\x14\0\x06\0\x08\0[Content_Types].xml", Office),
            (b"PK\x03\x04\x14\0foto/a.jpg", Zip),
            (b"<svg xmlns='http://www.w3.org/2000/svg'>", Picture("SVG")),
            (b"Hej, kan ni spara det h\xc3\xa4r?", Text),
            (b"Subject: hej\r\n\r\nhej", Text),
            (b"\x7fELF\x02\x01\x01\0", Unknown),
        ] {
            assert_eq!(kind_of(head), Err(not), "{}", String::from_utf8_lossy(head));
        }
    }
}
