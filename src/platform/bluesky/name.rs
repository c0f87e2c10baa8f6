//! Names: whom an address means, at:// addresses of records, and what a record key says of its time.

use chrono::{DateTime, Utc};
use url::Url;

/// Whom a registered address means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Actor {
    Did(String),
    /// In lower case, without `@`.
    Handle(String),
}

impl Actor {
    /// From `https://bsky.app/profile/NAME` and the like at any host, from `?repo=NAME`, and from the bare address of
    /// a handle of one's own (`https://tibro.example/`).
    pub(super) fn of(address: &Url) -> Option<Self> {
        let segments: Vec<&str> = address
            .path_segments()
            .map(|all| all.filter(|s| !s.is_empty()).collect())
            .unwrap_or_default();
        let after_profile = segments
            .iter()
            .position(|s| *s == "profile")
            .and_then(|at| segments.get(at + 1));
        if let Some(name) = after_profile {
            return Self::named(name);
        }
        let asked = address
            .query_pairs()
            .find(|(key, _)| matches!(key.as_ref(), "repo" | "actor" | "did" | "handle"));
        if let Some((_, name)) = asked {
            return Self::named(&name);
        }
        match segments.as_slice() {
            // Whoever registers the service's own front page means none of its accounts.
            [] => Self::named(
                address
                    .domain()
                    .filter(|host| *host != "bsky.app" && *host != "bsky.social")?,
            ),
            [name] => Self::named(name),
            _ => None,
        }
    }

    fn named(name: &str) -> Option<Self> {
        let name = name.replace("%3A", ":").replace("%3a", ":");
        let name = name.trim().trim_start_matches('@');
        if name.starts_with("did:") {
            return is_did(name).then(|| Self::Did(name.to_owned()));
        }
        let handle = name.to_ascii_lowercase();
        is_handle(&handle).then_some(Self::Handle(handle))
    }
}

/// The two methods that AT Protocol knows: `did:plc` and `did:web` with a host alone.
pub(super) fn is_did(text: &str) -> bool {
    let rest = text.strip_prefix("did:plc:").map(|id| {
        id.bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
            && !id.is_empty()
    });
    let host = text.strip_prefix("did:web:").map(|host| {
        let (name, port) = host.split_once("%3A").unwrap_or((host, "1"));
        let is_name = name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.');
        is_name && (name.contains('.') || name == "localhost") && port.parse::<u16>().is_ok()
    });
    text.len() <= 300 && rest.or(host).unwrap_or(false)
}

/// A domain name of at least two labels (atproto.com/specs/handle).
pub(super) fn is_handle(text: &str) -> bool {
    let labels: Vec<&str> = text.split('.').collect();
    let is_label = |label: &&str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    let last_is_name = labels
        .last()
        .is_some_and(|l| l.starts_with(|c: char| c.is_ascii_alphabetic()));
    text.len() <= 253 && labels.len() >= 2 && last_is_name && labels.iter().all(is_label)
}

/// `at://DID/COLLECTION/RKEY`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RecordAddress {
    pub(super) did: String,
    pub(super) collection: String,
    pub(super) key: String,
}

impl RecordAddress {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.strip_prefix("at://")?.split('/');
        let (did, collection, key) = (parts.next()?, parts.next()?, parts.next()?);
        let is_name = |text: &str, more: &str| {
            (1..=512).contains(&text.len())
                && text
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || more.contains(c))
        };
        let holds = parts.next().is_none()
            && is_did(did)
            && is_name(collection, ".-")
            && is_name(key, "._~:-");
        holds.then(|| Self {
            did: did.to_owned(),
            collection: collection.to_owned(),
            key: key.to_owned(),
        })
    }

    /// Where people see it; `None` for kinds that have no page.
    pub(super) fn page(&self) -> Option<String> {
        let Self {
            did,
            collection,
            key,
        } = self;
        let sort = match collection.as_str() {
            "app.bsky.feed.post" => "post",
            "app.bsky.feed.generator" => "feed",
            "app.bsky.graph.list" => "lists",
            "app.bsky.graph.starterpack" => {
                return Some(format!("https://bsky.app/starter-pack/{did}/{key}"));
            }
            _ => return None,
        };
        Some(format!("https://bsky.app/profile/{did}/{sort}/{key}"))
    }
}

/// Where people see an account.
pub(super) fn profile_page(actor: &str) -> String {
    format!("https://bsky.app/profile/{actor}")
}

/// The time a record key was made, where it is a TID: 53 bits of microseconds and 10 of a clock's id in
/// base32-sortable (atproto.com/specs/tid). It is the writer's own clock, as `createdAt` is.
pub(super) fn key_time(key: &str) -> Option<DateTime<Utc>> {
    const LETTERS: &str = "234567abcdefghijklmnopqrstuvwxyz";
    if key.len() != 13 {
        return None;
    }
    let mut number = 0_u64;
    for letter in key.chars() {
        let value = LETTERS.find(letter)? as u64;
        number = number.checked_mul(32)?.checked_add(value)?;
    }
    let micros = i64::try_from(number >> 10).ok()?;
    let at = DateTime::from_timestamp_micros(micros)?;
    // The protocol is from November 2022: an earlier key is counted wrongly, not old.
    (at.timestamp() >= 1_667_260_800).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(address: &str) -> Option<Actor> {
        Actor::of(&address.parse().unwrap())
    }

    #[test]
    fn the_forms_that_people_register_are_read() {
        let handle = |h: &str| Some(Actor::Handle(h.into()));
        let did = Some(Actor::Did("did:plc:ewvi7nxzyoun6zhxrhs64oiz".into()));
        assert_eq!(
            of("https://bsky.app/profile/Tibro.bsky.social"),
            handle("tibro.bsky.social")
        );
        assert_eq!(
            of("https://bsky.app/profile/tibro.example/post/3kabc?ref=x"),
            handle("tibro.example")
        );
        assert_eq!(
            of("https://main.bsky.dev/profile/@tibro.example/"),
            handle("tibro.example")
        );
        assert_eq!(of("https://tibro.example"), handle("tibro.example"));
        assert_eq!(
            of("https://bsky.app/profile/did:plc:ewvi7nxzyoun6zhxrhs64oiz"),
            did
        );
        assert_eq!(
            of("https://bsky.app/profile/did%3Aplc%3Aewvi7nxzyoun6zhxrhs64oiz"),
            did
        );
        assert_eq!(
            of(
                "https://pds.example/xrpc/com.atproto.repo.listRecords?repo=did:plc:ewvi7nxzyoun6zhxrhs64oiz"
            ),
            did
        );
        assert_eq!(
            of("https://pds.example/profile/did:web:tibro.example"),
            Some(Actor::Did("did:web:tibro.example".into()))
        );
        for none in [
            "http://127.0.0.1:2583/",
            "http://localhost:2583/",
            "https://bsky.app/",
            "https://bsky.app/profile/",
            "https://bsky.app/profile/anna",
            "https://bsky.app/profile/did:key:z6Mk",
            "https://bsky.app/profile/did:web:a/b",
            "https://a.example/b/c",
        ] {
            assert_eq!(of(none), None, "{none}");
        }
    }

    #[test]
    fn a_records_address_has_three_parts_and_no_more() {
        let one = RecordAddress::parse("at://did:plc:abc/app.bsky.feed.post/3kabc").unwrap();
        assert_eq!(
            one.page().as_deref(),
            Some("https://bsky.app/profile/did:plc:abc/post/3kabc")
        );
        for bad in [
            "",
            "https://a.example/b/c",
            "at://did:plc:abc/app.bsky.feed.post",
            "at://did:plc:abc/app.bsky.feed.post/x/y",
            "at://anna.example/app.bsky.feed.post/x",
            "at://did:plc:abc/app.bsky.feed.post/x y",
            "at://did:plc:abc/app.bsky.feed.post/../../x",
            "at://did:plc:abc//x",
        ] {
            assert_eq!(RecordAddress::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_key_tells_its_time_and_odd_keys_tell_none() {
        let at = key_time("3n2uri2inss2d").unwrap();
        assert_eq!(at.format("%Y-%m-%d").to_string(), "2026-11-22");
        for odd in [
            "self",
            "2222222222222",
            "3N2URI2INSS2D",
            "zzzzzzzzzzzzz0",
            "ååååååå",
        ] {
            assert_eq!(key_time(odd), None, "{odd}");
        }
        // The largest a key can hold is far away, and does not overflow.
        let _ = key_time("zzzzzzzzzzzzz");
    }
}
