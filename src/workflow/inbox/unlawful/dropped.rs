//! What was dropped: a link of Windows or macOS, a text with addresses or with what was written, a picture.

use std::io::{Read as _, Seek as _, SeekFrom};

use url::Url;

use super::super::Found;
use super::super::folder::Folder;
use crate::platform::import::{HEAD, kind_of};
use crate::record::AccountId;

/// What a file holds, and what it says of itself.
pub(super) struct Dropped {
    pub(super) content: Content,
    pub(super) account: Option<AccountId>,
    pub(super) category: Option<String>,
}

pub(super) enum Content {
    /// Addresses, and what else the text says.
    Addresses {
        addresses: Vec<Url>,
        words: Option<String>,
    },
    Words,
    /// A picture, a PDF, a saved page.
    Picture,
}

impl Content {
    /// True when the file itself becomes a record.
    pub(super) fn is_brought(&self) -> bool {
        match self {
            Self::Addresses { words, .. } => words.is_some(),
            Self::Words | Self::Picture => true,
        }
    }
}

/// Bytes of a text, and addresses in it.
const MOST_BYTES: u64 = 1 << 20;
const MOST_ADDRESSES: usize = 50;
/// Letters beside addresses that are worth keeping: fewer are labels.
const WORTH_KEEPING: usize = 15;

/// Reads what was dropped; or why it cannot be, in Swedish.
pub(super) fn read(folder: &Folder, found: &Found) -> Result<Dropped, String> {
    let unread = |error: std::io::Error| format!("filen kunde inte läsas ({error})");
    let mut file = folder.open(found).map_err(unread)?;
    let name = found.told().to_lowercase();
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    if ["url", "webloc", "txt", "text", "website", "desktop"].contains(&ending) {
        let mut bytes = Vec::new();
        file.take(MOST_BYTES)
            .read_to_end(&mut bytes)
            .map_err(unread)?;
        return of_text(&decoded(&bytes), ending != "txt" && ending != "text");
    }
    file.seek(SeekFrom::Start(0)).map_err(unread)?;
    let mut head = Vec::new();
    file.take(HEAD as u64)
        .read_to_end(&mut head)
        .map_err(unread)?;
    match kind_of(&head) {
        Ok(_) => Ok(Dropped {
            content: Content::Picture,
            account: None,
            category: None,
        }),
        Err(_) => {
            Err("filen är varken en länk, en text, en bild, en PDF eller en sparad sida".to_owned())
        }
    }
}

/// Text of a file: UTF-8, what Windows calls Unicode, or what is older.
pub(super) fn decoded(bytes: &[u8]) -> String {
    let wide = |rest: &[u8], big: bool| {
        let units = rest.chunks_exact(2).map(|pair| match pair {
            [a, b] if big => u16::from_be_bytes([*a, *b]),
            [a, b] => u16::from_le_bytes([*a, *b]),
            _ => 0,
        });
        char::decode_utf16(units)
            .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect::<String>()
    };
    match bytes {
        [0xff, 0xfe, rest @ ..] => wide(rest, false),
        [0xfe, 0xff, rest @ ..] => wide(rest, true),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        _ => match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            Err(_) => bytes.iter().map(|b| char::from(*b)).collect(),
        },
    }
}

fn of_text(text: &str, is_link: bool) -> Result<Dropped, String> {
    let mut account = None;
    let mut category = None;
    let mut words = String::new();
    let mut addresses: Vec<Url> = Vec::new();
    for line in text.lines() {
        let said = |label: &str| {
            let (name, value) = line.split_once([':', '='])?;
            (name.trim().to_lowercase() == label).then(|| value.trim().trim_matches('"').to_owned())
        };
        if let Some(id) = said("konto").or_else(|| said("account")) {
            let parsed = id
                .parse()
                .map_err(|_| format!("{id:?} är inget kontos namn"))?;
            account = Some(parsed);
            continue;
        }
        if let Some(id) = said("kategori").or_else(|| said("category")) {
            category = Some(id).filter(|id| !id.is_empty());
            continue;
        }
        let mut rest = String::new();
        for word in line.split_inclusive(|c: char| c.is_whitespace() || "<>\"".contains(c)) {
            match address(word) {
                Some(address) if addresses.len() < MOST_ADDRESSES => {
                    if !addresses.contains(&address) {
                        addresses.push(address);
                    }
                }
                _ => rest.push_str(word),
            }
        }
        words.push_str(rest.trim_end());
        words.push('\n');
    }
    let letters = words.chars().filter(|c| c.is_alphanumeric()).count();
    let content = match (addresses.is_empty(), is_link) {
        (false, true) => Content::Addresses {
            // The plist of macOS names one of its own makers.
            addresses: addresses
                .into_iter()
                .filter(|a| a.host_str() != Some("www.apple.com"))
                .take(1)
                .collect(),
            words: None,
        },
        (false, false) => Content::Addresses {
            words: (letters >= WORTH_KEEPING).then_some(words),
            addresses,
        },
        (true, true) => return Err("länken leder till ingen sida på webben".to_owned()),
        (true, false) if letters == 0 => return Err("filen är tom".to_owned()),
        (true, false) => Content::Words,
    };
    if let Content::Addresses { addresses, .. } = &content
        && addresses.is_empty()
    {
        return Err("länken leder till ingen sida på webben".to_owned());
    }
    Ok(Dropped {
        content,
        account,
        category,
    })
}

/// An address in a word: after what stands before it, and without what ends a sentence.
fn address(word: &str) -> Option<Url> {
    let at = word.find("https://").or_else(|| word.find("http://"))?;
    let word = word.get(at..)?;
    let end = |c: char| c.is_whitespace() || c.is_control() || ".,;:!?)]}'\"<>”".contains(c);
    let mut url = Url::parse(word.trim_end_matches(end)).ok()?;
    url.host_str()?;
    // What a person pasted by mistake is kept nowhere.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    Some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(text: &str, is_link: bool) -> Vec<String> {
        match of_text(text, is_link).ok().unwrap().content {
            Content::Addresses { addresses, .. } => {
                addresses.into_iter().map(String::from).collect()
            }
            _ => Vec::new(),
        }
    }

    #[test]
    fn links_of_windows_and_of_macos_are_read() {
        let windows = "[{000214A0-0000-0000-C000-000000000046}]\r\nProp3=19,11\r\n[InternetShortcut]\r\nIDList=\r\nURL=https://www.facebook.com/vara/posts/7?comment_id=3\r\n";
        assert_eq!(
            addresses(windows, true),
            ["https://www.facebook.com/vara/posts/7?comment_id=3"]
        );
        let mac = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n<plist version=\"1.0\">\n<dict>\n\t<key>URL</key>\n\t<string>https://vara.example/7/#comment-3</string>\n</dict>\n</plist>\n";
        assert_eq!(addresses(mac, true), ["https://vara.example/7/#comment-3"]);
        assert!(of_text("URL=javascript:alert(1)", true).is_err());
        assert!(of_text("", true).is_err());
    }

    #[test]
    fn a_text_may_hold_addresses_labels_and_words() {
        let text = "Konto: webb\nkategori: hets\nSe (https://vara.example/a), och\nhttps://vara.example/b.\n";
        let dropped = of_text(text, false).ok().unwrap();
        assert_eq!(dropped.account.unwrap().as_str(), "webb");
        assert_eq!(dropped.category.as_deref(), Some("hets"));
        assert!(!dropped.content.is_brought());
        assert_eq!(
            addresses(text, false),
            ["https://vara.example/a", "https://vara.example/b"]
        );
        let words = of_text("Jag ska komma hem till dig i natt, Märta.", false)
            .ok()
            .unwrap();
        assert!(matches!(words.content, Content::Words) && words.content.is_brought());
        assert!(of_text("  \n\n", false).is_err());
        let both = "https://vara.example/a\nJag ska komma hem till dig i natt.";
        assert!(of_text(both, false).ok().unwrap().content.is_brought());
    }

    #[test]
    fn texts_of_any_age_are_read() {
        let wide: Vec<u8> = [0xff, 0xfe]
            .into_iter()
            .chain("Åsa".encode_utf16().flat_map(u16::to_le_bytes))
            .collect();
        assert_eq!(decoded(&wide), "Åsa");
        assert_eq!(decoded(b"\xef\xbb\xbf\xc3\x85sa"), "Åsa");
        assert_eq!(decoded(b"\xc5sa"), "Åsa");
        let _ = decoded(&[0xff, 0xfe, 0x00]);
    }
}
