//! A registered account: what the municipality's register says of one channel (TIB-1, FAL-4, LED-9, VAR-8).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use url::Url;

use super::{AccountId, Error};

/// The kinds of channel. Those without an interface that is read here are captured as pages alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Platform {
    /// A WordPress site, by its REST interface.
    WordPress,
    /// An RSS or Atom feed.
    Feed,
    Bluesky,
    Facebook,
    Instagram,
    LinkedIn,
    Mastodon,
    X,
    YouTube,
    /// Any other page on the web.
    Web,
}

impl Platform {
    pub const ALL: [Self; 10] = [
        Self::WordPress,
        Self::Feed,
        Self::Bluesky,
        Self::Facebook,
        Self::Instagram,
        Self::LinkedIn,
        Self::Mastodon,
        Self::X,
        Self::YouTube,
        Self::Web,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::WordPress => "wordpress",
            Self::Feed => "feed",
            Self::Bluesky => "bluesky",
            Self::Facebook => "facebook",
            Self::Instagram => "instagram",
            Self::LinkedIn => "linkedin",
            Self::Mastodon => "mastodon",
            Self::X => "x",
            Self::YouTube => "youtube",
            Self::Web => "web",
        }
    }

    /// The name a reader knows it by.
    pub fn label(self) -> &'static str {
        match self {
            Self::WordPress => "WordPress",
            Self::Feed => "RSS/Atom",
            Self::Bluesky => "Bluesky",
            Self::Facebook => "Facebook",
            Self::Instagram => "Instagram",
            Self::LinkedIn => "LinkedIn",
            Self::Mastodon => "Mastodon",
            Self::X => "X",
            Self::YouTube => "YouTube",
            Self::Web => "Webbsida",
        }
    }

    /// True when its records can be read by an interface.
    pub fn has_records(self) -> bool {
        matches!(
            self,
            Self::WordPress | Self::Feed | Self::Bluesky | Self::Mastodon
        )
    }

    /// True when its address shows people a page: a feed's shows a browser nothing.
    pub fn has_page(self) -> bool {
        self != Self::Feed
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Platform {
    type Err = Error;
    fn from_str(s: &str) -> Result<Self, Error> {
        Self::ALL
            .into_iter()
            .find(|p| p.as_str() == s)
            .ok_or_else(|| Error::Platform(s.to_owned()))
    }
}

/// One account in the register.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    pub id: AccountId,
    pub platform: Platform,
    /// Where the public finds it. Its origin may be reached wherever it lies, also inside the municipality.
    pub address: Url,
    /// The committee (nämnd) that is its arkivbildare.
    pub committee: String,
    pub purpose: String,
    pub audience: String,
    /// Persons responsible, in the order given.
    pub responsible: Vec<String>,
    pub substitute: Option<String>,
    /// The name of a credential in the configuration, never the secret itself.
    pub credential: Option<String>,
    /// The account above it in the organisation's tree (HAL-1).
    pub parent: Option<AccountId>,
}

impl Account {
    /// Checks what holds for every municipality; what a policy demands is the policy's to check.
    ///
    /// # Errors
    /// A field that is empty or holds a line end or another control character, or an address that is not an absolute http(s) address without user and password.
    pub fn check(&self) -> Result<(), Error> {
        let text = [
            ("committee", &self.committee),
            ("purpose", &self.purpose),
            ("audience", &self.audience),
        ];
        let people = self.responsible.iter().map(|p| ("responsible", p));
        let optional = [
            ("substitute", &self.substitute),
            ("credential", &self.credential),
        ];
        let optional = optional
            .iter()
            .filter_map(|(name, value)| value.as_ref().map(|v| (*name, v)));
        for (field, value) in text.into_iter().chain(people).chain(optional) {
            if value.trim().is_empty() {
                return Err(Error::Empty {
                    account: self.id.to_string(),
                    field,
                });
            }
            if value.chars().any(char::is_control) {
                return Err(Error::NotOneLine {
                    account: self.id.to_string(),
                    field,
                    value: value.clone(),
                });
            }
        }
        let problem = if !matches!(self.address.scheme(), "http" | "https") {
            "it must begin with https:// or http://"
        } else if !self.address.username().is_empty() || self.address.password().is_some() {
            "it holds a user name or password: keep them as a credential"
        } else {
            return Ok(());
        };
        Err(Error::Address {
            account: self.id.to_string(),
            address: without_secrets(&self.address),
            problem: problem.to_owned(),
        })
    }
}

/// The address without user name and password, fit for a message.
fn without_secrets(address: &Url) -> String {
    let mut address = address.clone();
    // Both fail only for addresses that cannot hold them.
    let _ = address.set_password(None);
    let _ = address.set_username("");
    address.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(address: &str) -> Account {
        Account {
            id: "blogg".parse().unwrap(),
            platform: Platform::WordPress,
            address: address.parse().unwrap(),
            committee: "Kommunstyrelsen".into(),
            purpose: "dialog".into(),
            audience: "invånare".into(),
            responsible: vec!["Anna Ek".into()],
            substitute: None,
            credential: None,
            parent: None,
        }
    }

    #[test]
    fn a_web_address_is_accepted_and_others_are_not() {
        assert_eq!(account("https://blogg.tibro.example/").check(), Ok(()));
        for bad in [
            "file:///etc/passwd",
            "ftp://a.example/",
            "mailto:a@b.example",
        ] {
            assert!(
                matches!(account(bad).check(), Err(Error::Address { .. })),
                "{bad}"
            );
        }
    }

    #[test]
    fn a_password_in_the_address_is_refused_and_not_repeated() {
        let message = account("https://me:hemligt@a.example/")
            .check()
            .unwrap_err()
            .to_string();
        assert!(!message.contains("hemligt"), "{message}");
        assert!(message.contains("credential"), "{message}");
    }

    #[test]
    fn a_field_of_two_lines_is_refused() {
        let mut a = account("https://a.example/");
        a.committee = "Kommun\nstyrelsen".into();
        let message = a.check().unwrap_err().to_string();
        assert!(
            message.contains("committee") && message.contains("\\n"),
            "{message}"
        );
    }

    #[test]
    fn an_empty_person_is_refused() {
        let mut a = account("https://a.example/");
        a.responsible.push(" ".into());
        assert!(matches!(
            a.check(),
            Err(Error::Empty {
                field: "responsible",
                ..
            })
        ));
    }
}
