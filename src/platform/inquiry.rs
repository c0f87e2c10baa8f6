//! Inquiry: the platform is asked directly about items that a reading missed, for absence is not removal (design, section 3).
//!
//! Only an answer that the platform gives for what is removed or hidden counts, and only while a control of the same
//! kind, about an item known to be there, succeeds. All else settles nothing, and is told with its reason.

mod asked;
mod controlled;

use std::fmt;

use super::reading::Reading;
use super::{Client, Credential, Error, bluesky, feed, mastodon, wordpress};
use crate::record::{Account, Kind, NativeId, Platform, Request, Visibility};

/// An item that a reading missed, or one that it saw, for a control.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    pub native_id: NativeId,
    pub kind: Kind,
    pub permalink: Option<String>,
    /// What it answers.
    pub parent: Option<NativeId>,
    /// As it was last seen.
    pub visibility: Visibility,
}

/// What the platform says of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Presence {
    /// It is there, whatever the list lacked.
    There,
    /// It exists, and the public cannot see it.
    Hidden {
        by: Option<By>,
    },
    Removed {
        by: Option<By>,
    },
    /// Nothing is known.
    Unsettled(Doubt),
}

/// Who removed or hid it, where the platform tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Who wrote it.
    Author,
    /// Who administers the account.
    Editor,
    /// The platform itself.
    Platform,
}

/// Why an answer settles nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doubt {
    /// The platform asks for fewer requests.
    Throttled,
    /// The control failed too: the credential, the account or the interface is refused as a whole.
    LoggedOut,
    TimedOut,
    /// No connection, or the server's own fault.
    Unreachable,
    /// An answer that says neither that it is there nor that it is gone.
    Unclear,
    /// The platform gives no sure sign for items of this kind.
    NoSign,
    /// Nothing known to be there could be asked for as a control.
    NoControl,
}

/// The answer to one question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub presence: Presence,
    /// The platform's own words: `404 rest_post_invalid_id`. Nothing that anyone posted.
    pub told: String,
    /// How it was asked, where it was.
    pub request: Option<Request>,
}

/// Asks about each of the questions; an answer a question, in their order.
///
/// `controls` are items that the reading just saw. Throttling and refusals are answers here, not errors.
///
/// # Errors
/// What keeps any question from being asked: a credential that cannot be used, a platform without an interface.
pub async fn inquire(
    client: &Client,
    account: &Account,
    credential: Option<&Credential>,
    questions: &[Question],
    controls: &[Question],
) -> Result<Vec<Answer>, Error> {
    let nowhere = &mut |_| Ok(());
    let mut reading = Reading::begin(client, account, credential, nowhere, &|_| {})?;
    match account.platform {
        Platform::WordPress => Ok(wordpress::inquire(&mut reading, questions, controls).await),
        Platform::Feed => Ok(feed::inquire(&mut reading, questions, controls).await),
        Platform::Mastodon => Ok(mastodon::inquire(&mut reading, questions, controls).await),
        Platform::Bluesky => Ok(bluesky::inquire(&mut reading, questions, controls).await),
        platform => Err(Error::NoInterface { platform }),
    }
}

pub(super) use asked::{Asked, code, doubt, settle_none};
pub(super) use controlled::{Way, controlled};

impl By {
    pub const ALL: [Self; 3] = [Self::Author, Self::Editor, Self::Platform];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Author => "author",
            Self::Editor => "editor",
            Self::Platform => "platform",
        }
    }
}

impl Doubt {
    pub const ALL: [Self; 7] = [
        Self::Throttled,
        Self::LoggedOut,
        Self::TimedOut,
        Self::Unreachable,
        Self::Unclear,
        Self::NoSign,
        Self::NoControl,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Throttled => "throttled",
            Self::LoggedOut => "logged-out",
            Self::TimedOut => "timed-out",
            Self::Unreachable => "unreachable",
            Self::Unclear => "unclear",
            Self::NoSign => "no-sign",
            Self::NoControl => "no-control",
        }
    }
}

impl fmt::Display for By {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
