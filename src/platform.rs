//! Platform: answers from the network become items and coverage.
//!
//! One file a platform ([`wordpress`], [`feed`], [`bluesky`], [`mastodon`]), each turning what a site says into [`Item`]s, and one client
//! under them that keeps the limits, checks every hop and never lets a credential out of its origin.
//! Nothing here touches a disk or the catalog: raw answers and media go to who asked, as they come.
//!
//! Unchanged content gives equal items at every reading; what a site adds of its own per request does not enter.

mod bluesky;
mod client;
mod credential;
mod download;
mod feed;
mod hide;
mod html;
pub mod import;
mod inquiry;
mod mastodon;
mod network;
mod poll;
pub(crate) mod reach;
mod reading;
mod without;
mod wordpress;

use std::io;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::record::{Account, Coverage, Covered, GapReason, Item, Platform, Request};

pub use client::Client;
pub use credential::{Credential, Secret};
pub use download::{Download, DownloadError, download};
pub use hide::{HideAnswer, hide};
pub use inquiry::{Answer, By, Doubt, Presence, Question, inquire};
pub use network::Network;
pub use poll::{Extent, Held, Memory, Polled, Window, poll};
use reading::Reading;
pub use without::{Gone, Without, without};

/// Why an account could not be read. Each names the address that was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the records of {platform} are not read yet: its page alone is captured")]
    NoInterface { platform: Platform },
    #[error("nothing can be hidden on {platform} by arkivd")]
    NoHiding { platform: Platform },
    #[error("[network] {key} = {value:?}: {problem}")]
    Configuration {
        key: &'static str,
        value: String,
        problem: String,
    },
    #[error("the network client could not be made")]
    Client(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("{address}: a credential is not sent over http, where anyone on the way can read it")]
    CredentialInClear { address: String },
    #[error("{address}: the credential is for {own}, and is sent nowhere else")]
    CredentialElsewhere { address: String, own: String },
    #[error("{address}: the credential cannot be used: {problem}")]
    Credential {
        address: String,
        problem: &'static str,
    },
    #[error("{address} refuses the connection or is not found: {detail}")]
    Connect {
        address: String,
        detail: String,
        #[source]
        source: reqwest::Error,
    },
    #[error("{address}: no safe connection (TLS): {detail}")]
    Tls {
        address: String,
        detail: String,
        #[source]
        source: reqwest::Error,
    },
    #[error("{address}: the connection broke before the answer was whole: {detail}")]
    Broken {
        address: String,
        detail: String,
        #[source]
        source: reqwest::Error,
    },
    #[error("{address} gave no whole answer within {seconds} s")]
    TimedOut { address: String, seconds: u64 },
    #[error("{address}: the listing was not done within {seconds} s")]
    ListingTimedOut { address: String, seconds: u64 },
    #[error("{address} redirects in a loop, back to {to}")]
    RedirectLoop { address: String, to: String },
    #[error("{address} redirects more than {limit} times")]
    TooManyRedirects { address: String, limit: u32 },
    #[error("{address} redirects to {to:?}, which is not an http(s) address")]
    RedirectNowhere { address: String, to: String },
    #[error("{address} leads to {to}, which lies inside the network")]
    InsideNetwork { address: String, to: String },
    #[error("{address} answers with more than {limit} bytes")]
    TooLarge { address: String, limit: u64 },
    #[error("{address} answers {status}")]
    Status { address: String, status: u16 },
    #[error("{address} answers {status}: it may be read only with a credential")]
    Unauthorised {
        address: String,
        status: u16,
        /// True when a credential was sent and not accepted.
        with_credential: bool,
    },
    #[error("{address} asks to wait {seconds} s before the next request")]
    Throttled {
        address: String,
        seconds: u64,
        limit: u64,
    },
    #[error("{address} names no account")]
    NotAnAccount { address: String },
    /// The platform was asked and knows no such account, or shows it to nobody.
    #[error("{address}: {detail}")]
    NoAccount { address: String, detail: String },
    #[error("{address} shows no WordPress REST interface")]
    NoRestInterface { address: String },
    #[error("{address} answers with {found} where JSON is expected")]
    NotJson { address: String, found: String },
    #[error("{address} answers with broken JSON")]
    MalformedJson {
        address: String,
        #[source]
        source: serde_json::Error,
    },
    #[error("{address} answers with JSON of another kind: {detail}")]
    WrongType { address: String, detail: String },
    #[error("{address} answers with a web page where a feed is expected")]
    PageNotFeed {
        address: String,
        /// The feed the page links to.
        feed: Option<String>,
    },
    #[error("{address} answers with what is not a feed: {detail}")]
    NotFeed { address: String, detail: String },
    #[error("{address}: the answer could not be kept")]
    Keep {
        address: String,
        #[source]
        source: io::Error,
    },
}

impl Error {
    /// What a person can do about it.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NoInterface { .. } => "take its page: arkivd snapshot ID --only page".to_owned(),
            Self::NoHiding { .. } => {
                "hide it on the platform yourself, and note it: arkivd removal mark N hidden".to_owned()
            }
            Self::Configuration { key, .. } => {
                format!("correct {key} under [network] in arkivd.toml")
            }
            Self::Client(_) => return None,
            Self::CredentialInClear { address } => format!(
                "register the account with its https address instead of {address}, or without a credential"
            ),
            Self::CredentialElsewhere { .. } => {
                "correct the account's address, or the credential's in arkivd.toml".to_owned()
            }
            Self::Credential { .. } => {
                "make an application password in WordPress (Users, Profile), or an access token in Mastodon (Preferences, Development), and keep that".to_owned()
            }
            Self::Connect { .. } => {
                "check the address in a browser on this machine; if the way out goes by a proxy, set proxy under [network]".to_owned()
            }
            Self::Tls { .. } => {
                "check the site's certificate; an own certificate authority is added with update-ca-certificates".to_owned()
            }
            Self::Broken { .. } => "try again later; the server or the way to it is unsteady".to_owned(),
            Self::TimedOut { .. } => {
                "try again later, or raise answer_timeout_seconds under [network]".to_owned()
            }
            Self::ListingTimedOut { .. } => {
                "raise capture_timeout_seconds under [network] if the account is that large".to_owned()
            }
            Self::RedirectLoop { .. } | Self::TooManyRedirects { .. } => {
                "open the address in a browser and register the one it ends at".to_owned()
            }
            Self::RedirectNowhere { .. } => "the site is misconfigured: tell whoever runs it".to_owned(),
            Self::InsideNetwork { to, .. } => format!(
                "if that is meant, register the account under that address, or add the host of {to} to allow under [network]"
            ),
            Self::TooLarge { .. } => {
                "if the site is right, raise max_answer_bytes under [network]".to_owned()
            }
            Self::Status { status, .. } => match status {
                404 | 410 => "check the address: the server knows no such page".to_owned(),
                500.. => "the fault is the server's: try again later".to_owned(),
                _ => "open the address in a browser to see what it says".to_owned(),
            },
            Self::Unauthorised { with_credential: false, .. } => {
                "name a credential for the account: arkivd account edit ID --credential NAME".to_owned()
            }
            Self::Unauthorised { .. } => {
                "check user and application password (Mastodon: the access token); the site may also refuse Basic authorisation".to_owned()
            }
            Self::Throttled { limit, .. } => format!(
                "try again after that time, or raise max_wait_seconds under [network] (now {limit})"
            ),
            Self::NotAnAccount { .. } => {
                "register the account's own page: https://server/@name".to_owned()
            }
            Self::NoAccount { .. } => {
                "open the address in a browser; if the account has changed its name, correct the address with arkivd account edit ID --address"
                    .to_owned()
            }
            Self::NoRestInterface { .. } => {
                "check that the address is the site's start page and runs WordPress; else register its feed with --platform feed".to_owned()
            }
            Self::NotJson { .. } => {
                "a login page, a firewall or a plugin may stand before the REST interface: open the address in a browser".to_owned()
            }
            Self::MalformedJson { .. } | Self::WrongType { .. } => {
                "try again; if it stays, a plugin of the site disturbs its REST interface".to_owned()
            }
            Self::PageNotFeed { feed: Some(feed), .. } => {
                format!("register the feed that the page links to: {feed}")
            }
            Self::PageNotFeed { feed: None, .. } => {
                "the page links to no feed; if it runs WordPress, register it with --platform wordpress".to_owned()
            }
            Self::NotFeed { .. } => "check the address: RSS, Atom and JSON Feed can be read".to_owned(),
            Self::Keep { .. } => "check that the archive's disk has room and can be written".to_owned(),
        })
    }

    /// True when trying again soon will not help: a person has to change something here or on the site first.
    ///
    /// The others pass by themselves: the network, a busy or broken server, a full disk.
    pub fn lasts(&self) -> bool {
        match self {
            Self::NoInterface { .. }
            | Self::NoHiding { .. }
            | Self::Configuration { .. }
            | Self::Client(_)
            | Self::CredentialInClear { .. }
            | Self::CredentialElsewhere { .. }
            | Self::Credential { .. }
            | Self::Tls { .. }
            | Self::RedirectLoop { .. }
            | Self::TooManyRedirects { .. }
            | Self::RedirectNowhere { .. }
            | Self::InsideNetwork { .. }
            | Self::TooLarge { .. }
            | Self::Unauthorised { .. }
            | Self::NotAnAccount { .. }
            | Self::NoAccount { .. }
            | Self::NoRestInterface { .. }
            | Self::NotJson { .. }
            | Self::WrongType { .. }
            | Self::PageNotFeed { .. }
            | Self::NotFeed { .. } => true,
            Self::Status { status, .. } => !matches!(status, 408 | 425 | 429 | 500..),
            Self::Connect { .. }
            | Self::Broken { .. }
            | Self::TimedOut { .. }
            | Self::ListingTimedOut { .. }
            | Self::Throttled { .. }
            // An answer cut off in its midst is broken JSON too.
            | Self::MalformedJson { .. }
            | Self::Keep { .. } => false,
        }
    }

    /// How long the server asks to be left alone.
    pub fn wait(&self) -> Option<Duration> {
        match self {
            Self::Throttled { seconds, .. } => Some(Duration::from_secs(*seconds)),
            _ => None,
        }
    }

    /// The same as a reason in coverage, where only one thing of many failed.
    pub(crate) fn gap(&self) -> GapReason {
        match self {
            Self::TimedOut { seconds, .. } => GapReason::TimedOut { seconds: *seconds },
            Self::ListingTimedOut { .. } => GapReason::LimitReached {
                limit: "capture_timeout_seconds".to_owned(),
            },
            Self::RedirectLoop { .. } | Self::TooManyRedirects { .. } => GapReason::Redirects,
            Self::InsideNetwork { .. } => GapReason::InsideNetwork,
            Self::TooLarge { limit, .. } => GapReason::TooLarge { limit: *limit },
            Self::Status { status, .. } => GapReason::Refused { status: *status },
            Self::Unauthorised { .. } => GapReason::NeedsCredential,
            Self::Throttled { .. } => GapReason::Refused { status: 429 },
            Self::Connect { detail, .. }
            | Self::Tls { detail, .. }
            | Self::Broken { detail, .. } => GapReason::Unreachable {
                detail: detail.clone(),
            },
            other => GapReason::Malformed {
                detail: other.to_string(),
            },
        }
    }
}

/// What the account says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Profile {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Where it says that it lives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub home: Option<String>,
    /// BCP 47, as told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// The address of its icon or logotype.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture: Option<String>,
}

/// One answer as it came, for `data/raw/`.
#[derive(Debug)]
pub struct RawAnswer {
    /// `posts-page-0001`: unique within the capture, safe as a file name.
    pub name: String,
    /// `json`, `xml` or `html`.
    pub extension: &'static str,
    /// True for what was not public: it belongs in the restricted bag.
    pub restricted: bool,
    /// How it was had; its digest is of `body` as it stands here, `file` is the receiver's to set.
    pub request: Request,
    /// The body with the values of our own credentials replaced.
    pub body: Vec<u8>,
}

/// What one reading of an account gave.
#[derive(Debug)]
pub struct Fetched {
    pub profile: Profile,
    /// Posts, pages, comments, in that order, each sort in the order the platform numbers them.
    pub items: Vec<Item>,
    /// All rows but that of media.
    pub coverage: Coverage,
    /// Requests whose answers were not kept: refusals and searches that found nothing.
    pub requests: Vec<Request>,
    /// What a person should know and what is no gap.
    pub warnings: Vec<String>,
}

/// How far a reading has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    pub what: Covered,
    pub done: u64,
    /// `None` where the platform does not say.
    pub expected: Option<u64>,
}

/// Reads an account to its end: profile, items and coverage. Media are downloaded apart, with [`download`].
///
/// Every kept answer goes to `raw` at once, in the order of asking. A refusal that concerns one sort of thing
/// (comments are closed) is a gap in the coverage; anything that makes the whole untrustworthy is an error.
///
/// # Errors
/// See [`Error`]; an error of `raw` ends the reading.
pub async fn fetch(
    client: &Client,
    account: &Account,
    credential: Option<&Credential>,
    raw: &mut (dyn FnMut(RawAnswer) -> io::Result<()> + Send),
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<Fetched, Error> {
    let mut reading = Reading::begin(client, account, credential, raw, progress)?;
    match account.platform {
        Platform::WordPress => wordpress::read(&mut reading).await,
        Platform::Feed => feed::read(&mut reading).await,
        Platform::Bluesky => bluesky::read(&mut reading).await,
        Platform::Mastodon => mastodon::read(&mut reading).await,
        platform => Err(Error::NoInterface { platform }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_person_must_mend_lasts_and_the_rest_passes() {
        let address = || "https://blogg.example/".to_owned();
        let status = |status| Error::Status {
            address: address(),
            status,
        };
        for lasting in [404, 410, 400, 451] {
            assert!(status(lasting).lasts(), "{lasting}");
        }
        for passing in [408, 429, 500, 503, 599] {
            assert!(!status(passing).lasts(), "{passing}");
        }
        let throttled = Error::Throttled {
            address: address(),
            seconds: 90,
            limit: 60,
        };
        assert!(!throttled.lasts());
        assert_eq!(throttled.wait(), Some(Duration::from_secs(90)));
        assert_eq!(status(503).wait(), None);
        let unauthorised = Error::Unauthorised {
            address: address(),
            status: 403,
            with_credential: true,
        };
        assert!(unauthorised.lasts());
    }
}
