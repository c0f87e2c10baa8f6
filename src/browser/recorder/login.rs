//! What a page shows to a login and would open it to others: taken out of the record, every byte in its place.
//!
//! Only where a page is looked at with a login. The values of its cookies, and what addresses and data name as a token
//! or a password, are overwritten with `x`: lengths, places and links between records stay as they were, and digests
//! are of what then stands there. What anyone sees is recorded as anyone sees it.

use std::fmt;

use crate::warc::{Body, Error};

/// Shorter ones are words such as `sv-SE`, and stand everywhere.
const SHORTEST: usize = 8;

/// Bytes that are looked at together across the borders of pieces; a token is shorter.
const OVERLAP: usize = 8 << 10;

/// Names of what is as good as a login, in lower case without `-`, `_` and `.`.
const NAMES: &[&str] = &[
    "accesskey",
    "accesstoken",
    "apikey",
    "authtoken",
    "clientsecret",
    "csrf",
    "csrftoken",
    "fbdtsg",
    "idtoken",
    "jsessionid",
    "jwt",
    "oauthtoken",
    "password",
    "passwd",
    "phpsessid",
    "pwd",
    "refreshtoken",
    "secret",
    "session",
    "sessionid",
    "sessionkey",
    "sessiontoken",
    "sid",
    "token",
    "xsrf",
    "xsrftoken",
];

/// The longest of them as written.
const NAME: usize = 20;

/// The cookies of a login by their values; none for what anyone sees.
#[derive(Clone, Default)]
pub struct Login {
    /// In each form that data has them in, by their first byte.
    values: Vec<Vec<u8>>,
    is_some: bool,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Login({} values)", self.values.len())
    }
}

impl Login {
    /// Of the cookies with these values.
    pub fn of<'a>(cookies: impl IntoIterator<Item = &'a str>) -> Self {
        let mut login = Self::default();
        for value in cookies {
            login.is_some = true;
            let pair = format!("x={}", value.replace('+', "%2B").replace('&', "%26"));
            let decoded = url::form_urlencoded::parse(pair.as_bytes()).next();
            let decoded = decoded.map(|(_, v)| v.into_owned()).unwrap_or_default();
            let coded: String = url::form_urlencoded::byte_serialize(value.as_bytes()).collect();
            for form in [value, &decoded, &coded] {
                for form in [form.to_owned(), form.replace('/', "\\/")] {
                    login.values.push(form.into_bytes());
                }
            }
        }
        login
            .values
            .retain(|v| (SHORTEST..OVERLAP).contains(&v.len()));
        // The longest first: one may begin as another does.
        login
            .values
            .sort_by(|a, b| b.len().cmp(&a.len()).then(a.cmp(b)));
        login.values.dedup();
        login
    }

    /// True where there is a login at all.
    pub(in crate::browser) fn is_some(&self) -> bool {
        self.is_some
    }

    /// A text without them, and how many there were.
    pub(in crate::browser) fn text(&self, text: &str) -> (String, u64) {
        if !self.is_some {
            return (text.to_owned(), 0);
        }
        let mut bytes = text.as_bytes().to_vec();
        let end = bytes.len();
        let found = self.overwrite(&mut bytes, end);
        (String::from_utf8_lossy(&bytes).into_owned(), found)
    }

    /// Takes them out of a body.
    pub(super) fn clean(&self, body: &mut Body) -> Result<u64, Error> {
        if !self.is_some {
            return Ok(0);
        }
        let mut clean = body.fresh();
        let mut waiting: Vec<u8> = Vec::new();
        let mut found = 0;
        body.read(|piece| {
            waiting.extend_from_slice(piece);
            if waiting.len() < 4 * OVERLAP {
                return Ok(());
            }
            let done = waiting.len() - OVERLAP;
            found += self.overwrite(&mut waiting, done);
            // The name of what begins here stays in sight.
            let done = done.saturating_sub(NAME + 16);
            clean.push(waiting.get(..done).unwrap_or_default())?;
            waiting.drain(..done);
            Ok(())
        })?;
        let end = waiting.len();
        found += self.overwrite(&mut waiting, end);
        clean.push(&waiting)?;
        *body = clean;
        Ok(found)
    }

    /// Those that begin before `end`.
    fn overwrite(&self, bytes: &mut [u8], end: usize) -> u64 {
        let mut firsts = [false; 256];
        for first in self.values.iter().filter_map(|v| v.first()) {
            firsts[usize::from(*first)] = true;
        }
        let mut found = 0;
        let mut at = 0;
        while at < end {
            let Some(rest) = bytes.get(at..) else { break };
            let Some(first) = rest.first() else { break };
            let value = match firsts[usize::from(*first)] {
                true => self.values.iter().find(|v| rest.starts_with(v)),
                false => None,
            };
            let hit = value.map(|v| 0..v.len()).or_else(|| named(rest));
            let Some(hit) = hit else {
                at += 1;
                continue;
            };
            let covered = bytes
                .get_mut(at + hit.start..at + hit.end)
                .unwrap_or_default();
            // What was covered when it was the end of a piece is not counted again.
            found += u64::from(covered.iter().any(|b| *b != b'x'));
            covered.fill(b'x');
            at += hit.end.max(1);
        }
        found
    }
}

/// Where the value lies, if a name and its value begin here: `&token=...`, `"token":"..."` and the like.
fn named(bytes: &[u8]) -> Option<std::ops::Range<usize>> {
    let opening = *bytes.first()?;
    let in_address = matches!(opening, b'?' | b'&' | b';' | b'#');
    if !in_address && !matches!(opening, b'"' | b'\'') {
        return None;
    }
    let is_name = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    let rest = bytes.get(1..)?;
    let length = rest
        .iter()
        .take(NAME + 1)
        .take_while(|b| is_name(b))
        .count();
    let (name, mut rest) = rest.split_at_checked(length)?;
    let plain = name.iter().filter(|b| b.is_ascii_alphanumeric());
    let plain: Vec<u8> = plain.map(u8::to_ascii_lowercase).collect();
    if !NAMES.iter().any(|n| n.as_bytes() == plain) {
        return None;
    }
    let mut start = 1 + length;
    if in_address {
        start += 1;
        rest = rest.strip_prefix(b"=")?;
    } else {
        // A quote may be escaped, as in JSON that stands in a script.
        let gap = rest
            .iter()
            .take(12)
            .take_while(|b| matches!(b, b'\\' | b'"' | b'\'' | b' ' | b':' | b'\t'));
        let gap = gap.count();
        let (between, after) = rest.split_at_checked(gap)?;
        let quotes = between.iter().filter(|b| matches!(b, b'"' | b'\'')).count();
        if quotes < 2 || !between.contains(&b':') {
            return None;
        }
        start += gap;
        rest = after;
    }
    let ends =
        |b: &u8| b.is_ascii_whitespace() || b.is_ascii_control() || b"&;#\"'<>\\".contains(b);
    let value = rest.iter().take_while(|b| !ends(b)).count();
    // Shorter ones are words, numbers and names in scripts.
    (value >= SHORTEST).then(|| start..start + value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn login() -> Login {
        Login::of(["12%3Ahemlig/värde", "sv-SE", "4711-4711-4711"])
    }

    #[test]
    fn values_go_in_every_form_and_lengths_stay() {
        for (text, clean, found) in [
            ("a 4711-4711-4711 b", "a xxxxxxxxxxxxxx b", 1),
            ("12:hemlig/värde", "xxxxxxxxxxxxxxxx", 1),
            ("\"12:hemlig\\/värde\"", "\"xxxxxxxxxxxxxxxxx\"", 1),
            ("lang sv-SE, 4711-4711-471", "lang sv-SE, 4711-4711-471", 0),
            (
                "https://h/a?q=1&access_token=EAAB%7C1&x=2",
                "https://h/a?q=1&access_token=xxxxxxxx&x=2",
                1,
            ),
            (
                "/?token=abcdefg1#sid=12345678&amp;sid=7",
                "/?token=xxxxxxxx#sid=xxxxxxxx&amp;sid=7",
                2,
            ),
            (
                "a?b=c&amp;session_id=abcdefgh\"",
                "a?b=c&amp;session_id=xxxxxxxx\"",
                1,
            ),
            (
                "{\"accessToken\": \"EAAB12345\", \"token\":7}",
                "{\"accessToken\": \"xxxxxxxxx\", \"token\":7}",
                1,
            ),
            (
                "'{\\\"csrf_token\\\":\\\"abcdefgh\\\"}'",
                "'{\\\"csrf_token\\\":\\\"xxxxxxxx\\\"}'",
                1,
            ),
            (
                "x.token=window.token; \"tokens\": \"abcdefgh\"",
                "x.token=window.token; \"tokens\": \"abcdefgh\"",
                0,
            ),
        ] {
            assert_eq!(login().text(text), (clean.to_owned(), found), "{text}");
            assert_eq!(clean.len(), text.len());
            assert_eq!(Login::default().text(text), (text.to_owned(), 0));
        }
        assert_eq!(format!("{:?}", login()).find("hemlig"), None);
    }

    /// Wherever the borders of the pieces fall.
    #[test]
    fn a_body_is_clean_from_end_to_end() {
        for before in [
            0,
            1,
            32_755,
            32_768 - 7,
            24_576 - 7,
            24_576 - 30,
            24_560,
            100_000,
        ] {
            let mut bytes = vec![b'.'; before];
            bytes.extend_from_slice(b"4711-4711-4711 \"token\":\"abcdefghij\"");
            bytes.resize(200_000, b'.');
            let mut body = Body::default();
            body.push(&bytes).unwrap();
            assert_eq!(login().clean(&mut body).unwrap(), 2, "{before}");
            let mut clean = Vec::new();
            let read = body.read(|piece| {
                clean.extend_from_slice(piece);
                Ok(())
            });
            read.unwrap();
            let mut expected = vec![b'.'; before];
            expected.extend_from_slice(b"xxxxxxxxxxxxxx \"token\":\"xxxxxxxxxx\"");
            expected.resize(200_000, b'.');
            assert!(clean == expected, "{before}");
            assert_eq!(body.digest(), Body::whole(&expected).unwrap().digest());
        }
    }
}
