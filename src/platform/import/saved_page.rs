//! A page that a browser saved as HTML: its words, what it says of itself, the pictures that stand in it.

use html5gum::Token;
use url::Url;

use super::super::html;
use super::PageFault;
use crate::record::{Block, Content, Medium};

/// Elements that are read: each may become a block, and a file of a few bytes each holds millions.
const MOST_ELEMENTS: usize = 100_000;
/// Bytes of what a page shows: it is typeset, and a book has a million.
const MOST_TEXT: usize = 4_000_000;
/// Of a page without an address: only what is relative becomes odd by it, and no such thing can be fetched.
const NOWHERE: &str = "file:///";

/// A picture that came with the page.
#[derive(Debug, PartialEq, Eq)]
pub struct Enclosed {
    /// By which the page's media name it.
    pub address: Url,
    pub media_type: String,
    pub bytes: Vec<u8>,
}

/// What a saved page says.
#[derive(Debug, Default)]
pub struct SavedPage {
    pub title: Option<String>,
    /// Where it was, if it says so.
    pub address: Option<Url>,
    pub author: Option<String>,
    /// As it says, which may be anything.
    pub published: Option<String>,
    pub language: Option<String>,
    pub blocks: Vec<Block>,
    pub media: Vec<Medium>,
    /// Media that are here; the others did not come with the page.
    pub enclosed: Vec<Enclosed>,
}

/// Reads HTML as a browser saved it.
///
/// # Errors
/// [`PageFault`].
pub fn read_html(bytes: &[u8]) -> Result<SavedPage, PageFault> {
    let page = read_text(&decoded(bytes), None)?;
    match page.blocks.is_empty() && page.media.is_empty() {
        true => Err(PageFault::Empty),
        false => Ok(page),
    }
}

/// The same of text, with the address that its envelope gives.
pub(super) fn read_text(text: &str, at: Option<Url>) -> Result<SavedPage, PageFault> {
    let head = Head::of(text)?;
    let address = at.or_else(|| {
        let named = [&head.saved_from, &head.canonical, &head.shared_as];
        named.into_iter().flatten().find_map(|a| web_address(a))
    });
    let nowhere = Url::parse(NOWHERE).map_err(|_| PageFault::NoPage)?;
    let (body, enclosed) = html::saved(text, address.as_ref().unwrap_or(&nowhere));
    let shown = Content {
        body: body.blocks,
        ..Content::default()
    };
    let bytes = shown.plain_text().len();
    if bytes > MOST_TEXT {
        return Err(PageFault::TooMuchText {
            bytes,
            most: MOST_TEXT,
        });
    }
    Ok(SavedPage {
        title: head.title.or(head.shared_title),
        address,
        author: head.author,
        published: head.published,
        language: html::language(text),
        blocks: shown.body,
        media: body.media,
        enclosed,
    })
}

/// An address of the web without user or password.
pub(super) fn web_address(text: &str) -> Option<Url> {
    let url = Url::parse(text.trim()).ok()?;
    let open = url.username().is_empty() && url.password().is_none();
    (matches!(url.scheme(), "http" | "https") && url.has_host() && open).then_some(url)
}

/// As its byte order mark or its `<meta>` says, else UTF-8, else as the web's old pages are.
fn decoded(bytes: &[u8]) -> String {
    use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};
    let told = || {
        let head = bytes.get(..bytes.len().min(4096)).unwrap_or_default();
        let head = String::from_utf8_lossy(head).to_ascii_lowercase();
        let (_, after) = head.split_once("charset=")?;
        let name = after.trim_start_matches(['"', '\'', ' ']);
        let end = name.find(|c: char| !(c.is_ascii_alphanumeric() || "-_:.".contains(c)));
        let found = Encoding::for_label(name.get(..end.unwrap_or(name.len()))?.as_bytes())?;
        // What was read as ASCII to here is no UTF-16.
        Some(if found.is_ascii_compatible() {
            found
        } else {
            UTF_8
        })
    };
    let marked = Encoding::for_bom(bytes).map(|(encoding, _)| encoding);
    let encoding = marked.or_else(told).unwrap_or(UTF_8);
    let (text, used, broken) = encoding.decode(bytes);
    if broken && used == UTF_8 && marked.is_none() {
        return WINDOWS_1252.decode(bytes).0.into_owned();
    }
    text.into_owned()
}

/// What stands beside the words.
#[derive(Default)]
struct Head {
    title: Option<String>,
    shared_title: Option<String>,
    saved_from: Option<String>,
    canonical: Option<String>,
    shared_as: Option<String>,
    author: Option<String>,
    published: Option<String>,
}

impl Head {
    fn of(text: &str) -> Result<Self, PageFault> {
        let mut head = Self::default();
        let mut elements = 0;
        let mut in_title = false;
        for token in html::tokens(text) {
            match token {
                Token::Comment(comment) => {
                    let words = String::from_utf8_lossy(&comment);
                    if head.saved_from.is_none() && words.contains("saved from url=") {
                        head.saved_from = words
                            .split_once(')')
                            .map(|(_, address)| address.trim().to_owned());
                    }
                }
                Token::StartTag(tag) => {
                    elements += 1;
                    let named = |name| html::attribute(&tag, name);
                    match tag.name.as_slice() {
                        b"title" => in_title = head.title.is_none(),
                        b"link" => {
                            let rel = named("rel").unwrap_or_default().to_ascii_lowercase();
                            if rel.split_whitespace().any(|word| word == "canonical") {
                                head.canonical = head.canonical.or(named("href"));
                            }
                        }
                        b"meta" => {
                            let key = named("property").or(named("name")).unwrap_or_default();
                            let slot = match key.to_ascii_lowercase().as_str() {
                                "og:url" => &mut head.shared_as,
                                "og:title" => &mut head.shared_title,
                                "author" => &mut head.author,
                                "article:published_time" => &mut head.published,
                                _ => continue,
                            };
                            if slot.is_none() {
                                *slot = named("content").map(|c| html::line_of_text(&c));
                                slot.take_if(|value| value.is_empty());
                            }
                        }
                        _ => {}
                    }
                }
                Token::String(words) if in_title => {
                    let line = html::line_of_text(&String::from_utf8_lossy(&words));
                    head.title = Some(line).filter(|line| !line.is_empty());
                    in_title = false;
                }
                Token::EndTag(_) => in_title = false,
                _ => {}
            }
        }
        match elements > MOST_ELEMENTS {
            true => Err(PageFault::TooManyElements {
                tags: elements,
                most: MOST_ELEMENTS,
            }),
            false => Ok(head),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_saved_page_tells_its_words_and_where_it_was() {
        let html = "<!DOCTYPE html><!-- saved from url=(0033)https://blogg.example/inlagg/?p=7 -->\
            <html lang=sv><head><title>Snö &amp; is</title><meta name=author content='Anna Ek'>\
            <script>alert('nej')</script></head><body><h1>Snö</h1><p>Plogbilen går.\
            <img src='data:image/png;base64,iVBORw0KGgo=' alt=Plog><img src='./snö_files/b.jpg'></body>";
        let page = read_html(html.as_bytes()).unwrap();
        assert_eq!(page.title.as_deref(), Some("Snö & is"));
        assert_eq!(page.author.as_deref(), Some("Anna Ek"));
        assert_eq!(page.language.as_deref(), Some("sv"));
        assert_eq!(
            page.address.unwrap().as_str(),
            "https://blogg.example/inlagg/?p=7"
        );
        assert_eq!(page.media.len(), 2);
        assert_eq!(page.enclosed.len(), 1);
        assert_eq!(page.enclosed[0].address, page.media[0].address);
        assert_eq!(page.enclosed[0].bytes, b"\x89PNG\r\n\x1a\n");
        assert!(
            page.media[1]
                .address
                .as_str()
                .starts_with("https://blogg.example/inlagg/sn")
        );
        let words = format!("{:?}", page.blocks);
        assert!(
            words.contains("Plogbilen") && !words.contains("alert"),
            "{words}"
        );
    }

    #[test]
    fn old_pages_are_read_in_their_own_letters() {
        let latin = b"<html><meta charset=\"iso-8859-1\"><p>r\xe4ksm\xf6rg\xe5s</p>";
        let page = read_html(latin).unwrap();
        assert!(format!("{:?}", page.blocks).contains("räksmörgås"));
        let untold = b"<html><p>r\xe4ksm\xf6rg\xe5s</p>";
        assert!(format!("{:?}", read_html(untold).unwrap().blocks).contains("räksmörgås"));
    }

    #[test]
    fn more_words_than_are_typeset_are_refused() {
        let long = |bytes| format!("<html><p>{}", "x".repeat(bytes));
        assert!(read_html(long(MOST_TEXT).as_bytes()).is_ok());
        assert_eq!(
            read_html(long(MOST_TEXT + 1).as_bytes()).unwrap_err(),
            PageFault::TooMuchText {
                bytes: MOST_TEXT + 1,
                most: MOST_TEXT
            }
        );
    }

    #[test]
    fn a_bomb_is_refused_and_an_empty_page_too() {
        let bomb = format!("<html>{}", "<p>a".repeat(200_000));
        assert!(matches!(
            read_html(bomb.as_bytes()),
            Err(PageFault::TooManyElements { .. })
        ));
        assert_eq!(
            read_html(b"<html><body></body>").unwrap_err(),
            PageFault::Empty
        );
    }
}
