//! A credential: how it is shown (never), where it may go, and how its values are taken out of answers.

use std::fmt;

use reqwest::header::{AUTHORIZATION, HeaderValue};
use serde::Deserialize;
use url::Url;
use url::form_urlencoded::byte_serialize;

use super::{Error, reach};
use crate::record::Platform;

/// A value that is never printed.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// The value itself; for the one place that sends it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// A user name and password; for WordPress an application password (Users, Profile, Application Passwords).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    pub user: String,
    pub password: Secret,
    /// The address whose origin alone gets it; without one, whichever account names it.
    pub address: Option<Url>,
}

impl Credential {
    /// Holds that the account is where the credential may be sent: who may change an account's address must not learn
    /// its password by it.
    ///
    /// # Errors
    /// [`Error::CredentialElsewhere`].
    pub fn check_address(&self, account: &Url) -> Result<(), Error> {
        match &self.address {
            Some(own) if own.origin() != account.origin() => Err(Error::CredentialElsewhere {
                address: account.to_string(),
                own: own.to_string(),
            }),
            _ => Ok(()),
        }
    }
}

/// What stands in an answer where a credential's value stood.
pub(super) const REPLACEMENT: &str = "[credential removed]";

/// The shortest password accepted: shorter ones would be found in, and torn out of, ordinary words.
const SHORTEST: usize = 8;

/// How an interface wants to be told who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scheme {
    /// User and password (RFC 7617).
    Basic,
    /// An access token, kept where others have a password (RFC 6750).
    Bearer,
}

impl Scheme {
    pub(super) fn of(platform: Platform) -> Self {
        match platform {
            Platform::Mastodon => Self::Bearer,
            _ => Self::Basic,
        }
    }
}

/// A credential made ready for one account.
pub(super) struct Prepared {
    header: HeaderValue,
    /// Every form its values may come back in, longest first.
    forms: Vec<String>,
}

impl Prepared {
    /// # Errors
    /// When the credential would cross a network in clear text, or its password is too short to be found again.
    pub(super) fn new(
        client: &reqwest::Client,
        credential: &Credential,
        account: &Url,
        scheme: Scheme,
    ) -> Result<Self, Error> {
        credential.check_address(account)?;
        if account.scheme() != "https" && !reach::is_loopback(account) {
            return Err(Error::CredentialInClear {
                address: account.to_string(),
            });
        }
        let password = credential.password.expose();
        let compact: String = password.split_whitespace().collect();
        if compact.len() < SHORTEST || credential.user.contains(':') {
            return Err(Error::Credential {
                address: account.to_string(),
                problem: if compact.len() < SHORTEST {
                    "its password has fewer than 8 characters"
                } else {
                    "its user name holds a colon, which HTTP Basic cannot send"
                },
            });
        }
        let value = |password: &str| match scheme {
            Scheme::Basic => basic(client, &credential.user, password),
            Scheme::Bearer => bearer(client, password),
        };
        let (header, compact_header) = (value(password), value(&compact));
        let (Some(header), Some(compact_header)) = (header, compact_header) else {
            return Err(Error::Credential {
                address: account.to_string(),
                problem: "it holds what cannot be sent in a header",
            });
        };
        let mut forms = Vec::new();
        for value in [password, compact.as_str()] {
            let form_encoded: String = byte_serialize(value.as_bytes()).collect();
            let json = serde_json::to_string(value).unwrap_or_default();
            let json = json.trim_matches('"').to_owned();
            forms.extend([
                value.to_owned(),
                form_encoded.replace('+', "%20"),
                form_encoded.to_ascii_lowercase().replace('+', "%20"),
                form_encoded,
                json.replace('/', "\\/"),
                escaped_units(&json).replace('/', "\\/"),
                escaped_units(&json),
                json,
                value
                    .replace('&', "&amp;")
                    .replace('<', "&lt;")
                    .replace('>', "&gt;")
                    .replace('"', "&quot;"),
            ]);
        }
        for value in [&header, &compact_header] {
            let token = value.to_str().unwrap_or_default();
            let token = token.split_once(' ').map_or(token, |(_, token)| token);
            let encoded: String = byte_serialize(token.as_bytes()).collect();
            forms.extend([
                token.to_owned(),
                token.trim_end_matches('=').to_owned(),
                encoded,
                token.replace('/', "\\/"),
            ]);
        }
        forms.retain(|form| form.len() >= SHORTEST);
        forms.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        forms.dedup();
        Ok(Self { header, forms })
    }

    pub(super) fn header(&self) -> HeaderValue {
        self.header.clone()
    }

    /// The body without the credential's values, and how many were replaced.
    pub(super) fn remove_from(&self, body: Vec<u8>) -> (Vec<u8>, u64) {
        let mut count = 0;
        let mut body = body;
        for form in &self.forms {
            let (replaced, n) = replace(&body, form.as_bytes());
            if let Some(replaced) = replaced {
                body = replaced;
                count += n;
            }
        }
        (body, count)
    }
}

/// `Authorization: Basic ...` (RFC 7617), made and marked sensitive by the client library.
fn basic(client: &reqwest::Client, user: &str, password: &str) -> Option<HeaderValue> {
    let request = client.get("https://arkivd.invalid/");
    let request = request.basic_auth(user, Some(password)).build().ok()?;
    request.headers().get(AUTHORIZATION).cloned()
}

/// `Authorization: Bearer ...` (RFC 6750).
fn bearer(client: &reqwest::Client, token: &str) -> Option<HeaderValue> {
    let request = client.get("https://arkivd.invalid/");
    let request = request.bearer_auth(token).build().ok()?;
    request.headers().get(AUTHORIZATION).cloned()
}

/// JSON as PHP writes it: every character outside ASCII as `\uXXXX`.
fn escaped_units(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if c.is_ascii() {
            out.push(c);
        } else {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    out
}

fn replace(body: &[u8], form: &[u8]) -> (Option<Vec<u8>>, u64) {
    let Some(first) = form.first() else {
        return (None, 0);
    };
    let mut out: Option<Vec<u8>> = None;
    let (mut kept, mut at, mut count) = (0, 0, 0);
    while let Some(rest) = body.get(at..) {
        let Some(step) = rest.iter().position(|b| b == first) else {
            break;
        };
        at += step;
        if body.get(at..).is_some_and(|rest| rest.starts_with(form)) {
            let out = out.get_or_insert_default();
            out.extend_from_slice(body.get(kept..at).unwrap_or_default());
            out.extend_from_slice(REPLACEMENT.as_bytes());
            at += form.len();
            kept = at;
            count += 1;
        } else {
            at += 1;
        }
    }
    if let Some(out) = &mut out {
        out.extend_from_slice(body.get(kept..).unwrap_or_default());
    }
    (out, count)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prepared(user: &str, password: &str, account: &str) -> Result<Prepared, Error> {
        let credential = Credential {
            user: user.into(),
            password: Secret::new(password),
            address: None,
        };
        let network = super::super::Network::default();
        let client = super::super::Client::new(&network)?;
        let account = account.parse().unwrap();
        Prepared::new(client.plain(), &credential, &account, Scheme::Basic)
    }

    #[test]
    fn a_credential_goes_to_its_own_address_alone() {
        let credential = Credential {
            user: "redaktor".into(),
            password: Secret::new("hemligt lösenord"),
            address: Some("https://a.example/blogg/".parse().unwrap()),
        };
        let fits = |account: &str| credential.check_address(&account.parse().unwrap());
        assert!(fits("https://a.example/").is_ok());
        for elsewhere in [
            "https://b.example/",
            "https://a.example:8443/",
            "http://a.example/",
        ] {
            let refused = fits(elsewhere).unwrap_err().to_string();
            assert!(
                refused.contains(elsewhere) && refused.contains("a.example/blogg"),
                "{refused}"
            );
        }
    }

    #[test]
    fn a_secret_is_never_printed() {
        let credential = Credential {
            user: "redaktor".into(),
            password: Secret::new("hemligt lösenord"),
            address: None,
        };
        assert!(!format!("{credential:?}").contains("hemligt"));
        let header = prepared("redaktor", "hemligt lösenord", "https://a.example/")
            .unwrap()
            .header();
        assert!(!format!("{header:?}").contains("aGVt"), "{header:?}");
    }

    #[test]
    fn an_access_token_is_sent_as_one_and_taken_out_of_answers() {
        let credential = Credential {
            user: "kommun".into(),
            password: Secret::new("ZA-Yj3aBD8U8Cm7lKUp"),
            address: None,
        };
        let network = super::super::Network::default();
        let client = super::super::Client::new(&network).unwrap();
        let account = "https://social.example/@kommun".parse().unwrap();
        let p = Prepared::new(client.plain(), &credential, &account, Scheme::Bearer);
        let p = p.ok().unwrap();
        assert_eq!(p.header(), "Bearer ZA-Yj3aBD8U8Cm7lKUp");
        let (clean, count) = p.remove_from(b"token=ZA-Yj3aBD8U8Cm7lKUp;".to_vec());
        assert_eq!(clean, format!("token={REPLACEMENT};").into_bytes());
        assert_eq!(count, 1);
    }

    #[test]
    fn clear_text_is_refused_but_to_loopback() {
        let refused = prepared("u", "hemligt lösenord", "http://a.example/");
        assert!(matches!(refused, Err(Error::CredentialInClear { .. })));
        for fine in [
            "https://a.example/",
            "http://127.0.0.1:8/",
            "http://localhost/",
        ] {
            assert!(prepared("u", "hemligt lösenord", fine).is_ok(), "{fine}");
        }
        assert!(prepared("u", "kort", "https://a.example/").is_err());
    }

    #[test]
    fn every_form_of_the_value_is_taken_out_and_counted() {
        let p = prepared("redaktör", "åbcd efgh/ijkl", "https://a.example/").unwrap();
        let token = p.header().to_str().unwrap().replace("Basic ", "");
        let body = [
            "åbcd efgh/ijkl",
            "åbcdefgh/ijkl",
            "%C3%A5bcd+efgh%2Fijkl",
            "%c3%a5bcd%20efgh%2fijkl",
            r"\u00e5bcd efgh\/ijkl",
            &token,
            "kvar",
        ]
        .join("|");
        let (clean, count) = p.remove_from(body.into_bytes());
        let clean = String::from_utf8(clean).unwrap();
        assert_eq!(
            clean,
            format!("{}kvar", format!("{REPLACEMENT}|").repeat(6))
        );
        assert_eq!(count, 6);
    }

    #[test]
    fn a_body_without_them_is_untouched() {
        let p = prepared("redaktor", "demo demo demo demo", "https://a.example/").unwrap();
        let body = b"demo demo demo dem".to_vec();
        assert_eq!(p.remove_from(body.clone()), (body, 0));
    }
}
