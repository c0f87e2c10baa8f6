//! Where a feed goes on, and what its parser does not tell of the document.

use serde::Deserialize;
use url::Url;

use super::Parsed;

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// The document says that it is the whole (RFC 5005, 2).
    Complete,
    /// An archive of older entries (RFC 5005, 4): nothing is left out between them.
    Archive(Url),
    /// A further page (RFC 5005, 3): of no promised wholeness.
    Page(Url),
    /// WordPress' own paging, which no feed of it links to.
    WordPress(Url),
    None,
}

pub(super) fn next(parsed: &Parsed, at: &Url, page: u32) -> Next {
    if parsed.is_complete {
        return Next::Complete;
    }
    let link = |rel: &str| {
        let links = &parsed.feed.links;
        let link = links.iter().find(|link| link.rel.as_deref() == Some(rel))?;
        web(at.join(&link.href).ok()?)
    };
    if let Some(to) = link("prev-archive") {
        return Next::Archive(to);
    }
    let json = || web(at.join(parsed.next_url.as_deref()?).ok()?);
    if let Some(to) = link("next").or_else(json) {
        return Next::Page(to);
    }
    let generator = parsed.feed.generator.as_ref().is_some_and(|generator| {
        let uri = generator.uri.as_deref().unwrap_or_default();
        format!("{} {uri}", generator.content)
            .to_ascii_lowercase()
            .contains("wordpress")
    });
    if generator {
        return Next::WordPress(numbered(at, page + 1));
    }
    Next::None
}

fn web(to: Url) -> Option<Url> {
    (matches!(to.scheme(), "http" | "https") && to.has_host()).then_some(to)
}

/// The address with `paged=N` in place of the one it had.
fn numbered(at: &Url, page: u32) -> Url {
    let kept: Vec<(String, String)> = at
        .query_pairs()
        .filter(|(key, _)| key != "paged")
        .map(|(key, value)| (key.into_owned(), value.into_owned()))
        .collect();
    let mut to = at.clone();
    to.query_pairs_mut()
        .clear()
        .extend_pairs(&kept)
        .append_pair("paged", &page.to_string());
    to
}

/// True when the feed's head holds RFC 5005's `<fh:complete/>`, under whichever prefix.
pub(super) fn says_complete(body: &[u8]) -> bool {
    const NAMESPACE: &str = "http://purl.org/syndication/history/1.0";
    let text = String::from_utf8_lossy(body);
    let head = text
        .find("<entry")
        .into_iter()
        .chain(text.find("<item"))
        .min()
        .and_then(|end| text.get(..end))
        .unwrap_or(&text);
    head.match_indices(NAMESPACE).any(|(at, _)| {
        let before = head.get(..at).unwrap_or_default();
        let Some((_, prefix)) = before.rsplit_once("xmlns:") else {
            return false;
        };
        let prefix = prefix.trim_end_matches(['"', '\'', '=', ' ']);
        !prefix.is_empty() && head.contains(&format!("<{prefix}:complete"))
    })
}

pub(super) fn json_next(body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Paged {
        next_url: Option<String>,
    }
    serde_json::from_slice::<Paged>(body).ok()?.next_url
}

/// The parser follows groups of media by recursion: a document made to exhaust the stack is refused before.
pub(super) fn is_nested_too_deep(body: &[u8]) -> bool {
    const DEEPEST: usize = 64;
    let mut depth = 0_usize;
    // Zero bytes are skipped, so that UTF-16 reads as the ASCII it holds.
    let mut bytes = body.iter().copied().filter(|b| *b != 0).peekable();
    let mut name = Vec::new();
    while let Some(byte) = bytes.next() {
        if byte != b'<' {
            continue;
        }
        let closes = bytes.next_if_eq(&b'/').is_some();
        name.clear();
        while let Some(b) =
            bytes.next_if(|b| !b.is_ascii_whitespace() && !matches!(b, b'>' | b'/' | b'<'))
        {
            name.push(b);
        }
        let local = name.rsplit(|b| *b == b':').next().unwrap_or_default();
        if local != b"group" {
            continue;
        }
        depth = if closes {
            depth.saturating_sub(1)
        } else {
            depth + 1
        };
        if depth > DEEPEST {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_complete_feed_is_known_under_any_prefix_and_not_by_its_entries() {
        let ns = "http://purl.org/syndication/history/1.0";
        for (feed, expected) in [
            (
                format!("<feed xmlns:fh=\"{ns}\"><fh:complete/><entry/></feed>"),
                true,
            ),
            (
                format!("<feed xmlns:h='{ns}'><h:complete></h:complete></feed>"),
                true,
            ),
            (
                format!("<feed xmlns:fh=\"{ns}\"><entry>&lt;fh:complete/></entry></feed>"),
                false,
            ),
            ("<feed><fh:complete/></feed>".to_owned(), false),
            (
                format!("<feed xmlns:fh=\"{ns}\"><entry><![CDATA[<fh:complete/>]]></entry></feed>"),
                false,
            ),
        ] {
            assert_eq!(says_complete(feed.as_bytes()), expected, "{feed}");
        }
    }

    #[test]
    fn wordpress_pages_are_numbered_in_place() {
        let at = "https://a.example/?feed=rss2&paged=2".parse().unwrap();
        assert_eq!(
            numbered(&at, 3).as_str(),
            "https://a.example/?feed=rss2&paged=3"
        );
    }

    #[test]
    fn groups_nested_without_end_are_seen() {
        let nested = "<media:group>".repeat(70);
        assert!(is_nested_too_deep(nested.as_bytes()));
        let wide: Vec<u8> = nested.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert!(is_nested_too_deep(&wide));
        let flat = "<media:group a='1'></media:group>".repeat(70);
        assert!(!is_nested_too_deep(flat.as_bytes()));
    }
}
