//! A capture: one look at one account, its reason and outcome, and the requests it made.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Digest, Platform};

/// Why the capture was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    Scheduled,
    /// The channel went through a larger change (VAR-1).
    Change,
    /// The account is about to be closed (VAR-5, HAL-3).
    Closing,
    Manual,
    /// Something new, edited or gone was found between snapshots.
    Watch,
    /// A person brought it: a screenshot, an export.
    Import,
}

impl Reason {
    pub const ALL: [Self; 6] = [
        Self::Scheduled,
        Self::Change,
        Self::Closing,
        Self::Manual,
        Self::Watch,
        Self::Import,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::Change => "change",
            Self::Closing => "closing",
            Self::Manual => "manual",
            Self::Watch => "watch",
            Self::Import => "import",
        }
    }
}

impl Reason {
    /// The way in for what such a capture holds: the platform's own, or by people's hands.
    pub fn door(self, platform: Platform) -> &'static str {
        match self {
            Self::Import => IMPORT_DOOR,
            _ => platform.as_str(),
        }
    }
}

/// The door of what people bring: pictures of what a platform shows, whose versions never stand before its own.
pub const IMPORT_DOOR: &str = "import";

/// How the capture ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Bags were sealed.
    Sealed,
    /// All was as the last time: a row, no bag.
    Unchanged,
    /// The platform was read and holds nothing: a row, no bag.
    Empty,
    /// The platform could not be read; nothing was sealed.
    Failed,
}

impl Outcome {
    pub const ALL: [Self; 4] = [Self::Sealed, Self::Unchanged, Self::Empty, Self::Failed];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sealed => "sealed",
            Self::Unchanged => "unchanged",
            Self::Empty => "empty",
            Self::Failed => "failed",
        }
    }
}

/// What a bag holds; each kind has a retention of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BagKind {
    /// Records that the public could see.
    Records,
    /// Messages, held and hidden comments: for those who may.
    RecordsRestricted,
    /// The page as a browser showed it.
    Page,
}

impl BagKind {
    /// Those that hold records.
    pub const OF_RECORDS: [Self; 2] = [Self::Records, Self::RecordsRestricted];

    pub const ALL: [Self; 3] = [Self::Records, Self::RecordsRestricted, Self::Page];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Records => "records",
            Self::RecordsRestricted => "records-restricted",
            Self::Page => "page",
        }
    }
}

/// The program that made something, as it names itself in what it makes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Software {
    pub name: String,
    pub version: String,
}

/// Name and version, as exports keep them.
impl fmt::Display for Software {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.version)
    }
}

impl Software {
    /// This build of arkivd.
    pub fn this() -> Self {
        Self {
            name: "arkivd".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }
}

/// One request that was made for a capture, and how it was answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    pub address: String,
    /// The addresses it was redirected to, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redirects: Vec<String>,
    /// HTTP status of the last answer.
    pub status: u16,
    pub started: DateTime<Utc>,
    /// From the first byte sent to the last received.
    pub milliseconds: u64,
    /// Content-Type as the server gave it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// Bytes of the body after content encodings were undone.
    pub bytes: u64,
    /// Digest of the body as kept; `None` where it was not kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<Digest>,
    /// The file in the bag that holds the body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// How many times a value of our own credentials was replaced in the body.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub credential_values_replaced: u64,
    /// True when it was asked with a credential.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub with_credential: bool,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde's signature
fn is_zero(n: &u64) -> bool {
    *n == 0
}

macro_rules! display_as_str {
    ($($name:ident),*) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }
    )*};
}
display_as_str!(Reason, Outcome, BagKind);
