//! An item as a platform tells it, before it is matched with the records we hold.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Content, NativeId};

/// One post, page, comment or message as the platform told it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    pub native_id: NativeId,
    pub kind: Kind,
    /// What it answers: the comment above it, else the post. `None` for posts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<NativeId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permalink: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published: Option<DateTime<Utc>>,
    /// When the platform says it was last changed; not part of the version's digest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited: Option<DateTime<Utc>>,
    pub visibility: Visibility,
    pub content: Content,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    Post,
    /// A standing page beside the flow of posts.
    Page,
    Comment,
    Message,
}

impl Kind {
    pub const ALL: [Self; 4] = [Self::Post, Self::Page, Self::Comment, Self::Message];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Post => "post",
            Self::Page => "page",
            Self::Comment => "comment",
            Self::Message => "message",
        }
    }
}

/// Who could see it. What was not public goes to a bag of its own, restricted until assessed (OSL 5:5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Visibility {
    Public,
    /// Waiting for an editor's approval.
    Held,
    /// Hidden by an editor or by the platform.
    Hidden,
    /// Sent to the municipality alone.
    Private,
}

impl Visibility {
    pub const ALL: [Self; 4] = [Self::Public, Self::Held, Self::Hidden, Self::Private];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Held => "held",
            Self::Hidden => "hidden",
            Self::Private => "private",
        }
    }

    pub fn is_restricted(self) -> bool {
        self != Self::Public
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Display for Visibility {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
