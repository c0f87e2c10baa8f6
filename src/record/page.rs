//! A page as a browser showed it: how the look at it ended, what was done to bring it to its whole, and what came of it.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{CoverageRow, Covered, Digest, Gap, GapReason};

/// How one look at a page ended. Only the first two seal it: what a server shows instead of a page, a login form say,
/// is never kept as if it were the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PageOutcome {
    /// Brought to its whole.
    Captured,
    /// Captured, and not whole: the gaps say what is lacking.
    Partial,
    /// 404, or a page that says so whatever its status.
    NotFound,
    /// 410, or a page that says the account was closed.
    Gone,
    /// 429, or a page that says so.
    TooManyRequests,
    /// 5xx, or a page that says that something went wrong.
    ServerError,
    /// Another status that means no, or a page that says so.
    Refused,
    /// DNS knows no such name.
    NameNotFound,
    /// The certificate is not to be trusted.
    CertificateError,
    /// No connection, or it broke before the page was there.
    Unreachable,
    /// The page, or what it redirects to, lies inside the municipality's network.
    InsideNetwork,
    /// Redirected in a loop or too many times.
    Redirects,
    /// Shown only to who has logged in.
    LoginWall,
    /// A page that asks for consent stands before it, and would not go by a no.
    ConsentWall,
    /// It wants proof that a person looks.
    Captcha,
    /// It came and shows nothing.
    EmptyShell,
    /// The address leads to a file, not to a page.
    NotAPage,
    /// The page crashed its process, for want of memory or by a fault of the browser.
    Crashed,
    /// The page answered nothing within its time.
    TimedOut,
    /// The browser ended in the middle.
    BrowserGone,
    /// No browser is installed, or it cannot be started.
    NoBrowser,
}

impl PageOutcome {
    pub const ALL: [Self; 21] = [
        Self::Captured,
        Self::Partial,
        Self::NotFound,
        Self::Gone,
        Self::TooManyRequests,
        Self::ServerError,
        Self::Refused,
        Self::NameNotFound,
        Self::CertificateError,
        Self::Unreachable,
        Self::InsideNetwork,
        Self::Redirects,
        Self::LoginWall,
        Self::ConsentWall,
        Self::Captcha,
        Self::EmptyShell,
        Self::NotAPage,
        Self::Crashed,
        Self::TimedOut,
        Self::BrowserGone,
        Self::NoBrowser,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Captured => "captured",
            Self::Partial => "partial",
            Self::NotFound => "not-found",
            Self::Gone => "gone",
            Self::TooManyRequests => "too-many-requests",
            Self::ServerError => "server-error",
            Self::Refused => "refused",
            Self::NameNotFound => "name-not-found",
            Self::CertificateError => "certificate-error",
            Self::Unreachable => "unreachable",
            Self::InsideNetwork => "inside-network",
            Self::Redirects => "redirects",
            Self::LoginWall => "login-wall",
            Self::ConsentWall => "consent-wall",
            Self::Captcha => "captcha",
            Self::EmptyShell => "empty-shell",
            Self::NotAPage => "not-a-page",
            Self::Crashed => "crashed",
            Self::TimedOut => "timed-out",
            Self::BrowserGone => "browser-gone",
            Self::NoBrowser => "no-browser",
        }
    }

    /// True when there is a page to seal.
    pub fn is_captured(self) -> bool {
        matches!(self, Self::Captured | Self::Partial)
    }

    /// True when the same look a little later may end otherwise.
    pub fn may_pass(self) -> bool {
        matches!(
            self,
            Self::TooManyRequests
                | Self::ServerError
                | Self::NameNotFound
                | Self::Unreachable
                | Self::Crashed
                | Self::TimedOut
                | Self::BrowserGone
        )
    }
}

impl fmt::Display for PageOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What a look at a page found, whatever came of it. Stands in capture.json of the bag that holds the page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Page {
    /// As asked for.
    pub address: String,
    pub outcome: PageOutcome,
    /// What the outcome is about: a status, a name, what the browser said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// What is lacking from a page that was captured.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gaps: Vec<Gap>,
    pub started: DateTime<Utc>,
    pub finished: DateTime<Utc>,
    /// Where it was at the end, redirects and the page's own changes followed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub final_address: Option<String>,
    /// On the way from `address` to the document.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redirects: Vec<Redirect>,
    /// HTTP status of the document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<Certificate>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// As the document says it: `sv`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// `Chrome/148.0.7778.96`; empty when none was started.
    pub browser: String,
    pub user_agent: String,
    /// Of the whole, in pixels as captured (1 CSS pixel each).
    pub width: u32,
    pub height: u32,
    /// What was done to bring it to its whole, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<Action>,
    /// Requests that the page made, and bytes that came.
    pub requests: u64,
    pub bytes: u64,
    /// True when it was looked at with a login of the municipality's.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub logged_in: bool,
    /// What the recording of the traffic holds; `None` where none was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warc: Option<WarcSummary>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redirect {
    /// What answered with the redirect.
    pub address: String,
    pub status: u16,
}

/// The document's certificate as the browser accepted it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    pub subject: String,
    pub issuer: String,
    pub valid_from: DateTime<Utc>,
    pub valid_to: DateTime<Utc>,
    /// `TLS 1.3`.
    pub protocol: String,
    /// Of the certificate as it was sent (DER).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<Digest>,
}

/// One thing done to the page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Action {
    /// Milliseconds since the look began.
    pub at: u64,
    pub what: ActionKind,
    /// The rule of page-rules.toml that asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// How many times, or how many elements.
    pub count: u64,
    /// What the button said, what the dialog asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ActionKind {
    /// A consent overlay was answered no.
    ConsentDeclined,
    /// A consent overlay offered no other answer than yes, and the rule allows it.
    ConsentAccepted,
    /// An overlay was taken away without an answer.
    OverlayHidden,
    /// Menus and notifications of the platform's own were hidden.
    ElementHidden,
    Scrolled,
    /// More text, comments or posts were asked for.
    Expanded,
    /// Pictures that wait to be seen were asked for.
    LazyLoaded,
    AnimationStopped,
    /// Fixed and sticky elements were put where they stand.
    Unfixed,
    DialogAnswered,
    DownloadDenied,
    /// A script that would not end was ended.
    ScriptEnded,
}

/// What capture.warc.gz holds.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct WarcSummary {
    /// WARC records, of all types.
    pub records: u64,
    pub responses: u64,
    /// Responses whose body is not there or is cut, and says so (`WARC-Truncated`).
    pub truncated: u64,
    /// Header lines taken out because they are a login: Cookie, Set-Cookie, Authorization.
    pub headers_removed: u64,
}

impl Page {
    /// A look that has just begun, with nothing found yet.
    pub fn begun(address: &str, started: DateTime<Utc>) -> Self {
        Self {
            address: address.to_owned(),
            outcome: PageOutcome::Captured,
            detail: None,
            gaps: Vec::new(),
            started,
            finished: started,
            final_address: None,
            redirects: Vec::new(),
            status: None,
            media_type: None,
            certificate: None,
            title: None,
            language: None,
            browser: String::new(),
            user_agent: String::new(),
            width: 0,
            height: 0,
            actions: Vec::new(),
            requests: 0,
            bytes: 0,
            logged_in: false,
            warc: None,
        }
    }

    /// A look that ended before there was anything to see.
    pub fn without(
        address: &str,
        outcome: PageOutcome,
        detail: impl Into<String>,
        started: DateTime<Utc>,
        finished: DateTime<Utc>,
    ) -> Self {
        Self {
            outcome,
            detail: Some(detail.into()),
            finished,
            ..Self::begun(address, started)
        }
    }

    /// What coverage says of it.
    pub fn coverage(&self) -> CoverageRow {
        let missing = match self.outcome.is_captured() {
            true => self.gaps.clone(),
            false => vec![Gap {
                what: self.address.clone(),
                reason: GapReason::PageEnded {
                    outcome: self.outcome,
                    detail: self.detail.clone(),
                },
            }],
        };
        CoverageRow {
            what: Covered::Screen,
            expected: Some(1),
            captured: u64::from(self.outcome.is_captured()),
            missing,
        }
    }
}
