//! What stands in the head of an answer, and what may stand in an address.

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use reqwest::Response;
use reqwest::header::{HeaderMap, LOCATION, RETRY_AFTER};
use url::Url;

/// Where the answer redirects to, as written.
pub(super) fn redirect(response: &Response) -> Option<String> {
    let redirects = matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308);
    let to = response.headers().get(LOCATION).filter(|_| redirects)?;
    Some(String::from_utf8_lossy(to.as_bytes()).into_owned())
}

/// Without user, password and fragment: they are not sent, kept or shown.
pub(super) fn cleaned(address: &Url) -> Url {
    let mut address = address.clone();
    // Both fail only for addresses that cannot hold them.
    let _ = address.set_password(None);
    let _ = address.set_username("");
    address.set_fragment(None);
    address
}

/// How long the server asks to wait, in seconds or until a date (RFC 9110, 10.2.3).
pub(super) fn retry_after(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    let value = header(headers, RETRY_AFTER.as_str())?;
    if let Ok(seconds) = value.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = DateTime::parse_from_rfc2822(value.trim()).ok()?;
    Some((until.to_utc() - now).to_std().unwrap_or_default())
}

/// A header's value as text.
pub(in crate::platform) fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    let value = headers.get(name)?;
    Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
}

/// What has passed since, for [`Request::milliseconds`](crate::record::Request).
pub(in crate::platform) fn milliseconds(begun: Instant) -> u64 {
    u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait(value: &str) -> Option<u64> {
        let now = "2026-11-21T12:00:00Z".parse().unwrap();
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, value.parse().unwrap());
        retry_after(&headers, now).map(|d| d.as_secs())
    }

    #[test]
    fn retry_after_is_read_in_both_forms() {
        assert_eq!(wait("7"), Some(7));
        assert_eq!(wait("Sat, 21 Nov 2026 12:01:30 GMT"), Some(90));
        assert_eq!(wait("Sat, 21 Nov 2026 11:00:00 GMT"), Some(0));
        assert_eq!(wait("soon"), None);
    }

    #[test]
    fn an_address_loses_its_secrets() {
        let address = "https://me:hemligt@a.example/x?y=1#z".parse().unwrap();
        assert_eq!(cleaned(&address).as_str(), "https://a.example/x?y=1");
    }
}
