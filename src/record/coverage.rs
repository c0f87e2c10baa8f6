//! What a capture set out to get, what it got, and what is missing and why (design, invariant 5).

use std::fmt;

use serde::{Deserialize, Serialize};

use super::PageOutcome;

/// The account of a capture's completeness: a row for each thing that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Coverage {
    pub rows: Vec<CoverageRow>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoverageRow {
    pub what: Covered,
    /// How many the platform says there are; `None` where it does not say.
    pub expected: Option<u64>,
    pub captured: u64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<Gap>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Covered {
    Posts,
    Pages,
    Comments,
    HeldComments,
    FeedEntries,
    Media,
    /// The account's page as a browser shows it.
    Screen,
    /// What people brought.
    Files,
}

/// One thing, or one sort of thing, that was not captured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// An address, a native id, or the sort of thing.
    pub what: String,
    #[serde(flatten)]
    pub reason: GapReason,
}

/// Why something is missing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "kebab-case")]
pub enum GapReason {
    /// The server answered with a status that means no.
    Refused { status: u16 },
    /// The body was larger than the limit, in bytes.
    TooLarge { limit: u64 },
    /// No whole answer within the time, in seconds.
    TimedOut { seconds: u64 },
    /// Redirected in a loop or too many times.
    Redirects,
    /// The address lies inside the municipality's network and content led there.
    InsideNetwork,
    /// No connection, or it broke; `detail` says what the network said.
    Unreachable { detail: String },
    /// The answer was not what it should be.
    Malformed { detail: String },
    /// The source shows only its newest items: older ones, if any, cannot be read here.
    WindowOnly,
    /// Only the newest were asked for, between snapshots.
    NewestOnly,
    /// The list changed while it was read, and did so again on the second reading.
    ChangedWhileRead,
    /// Readable only with a credential, and none was given or it was not accepted.
    NeedsCredential,
    /// Protected by a password of its own.
    PasswordProtected,
    /// A configured limit ended the capture before it was whole.
    LimitReached { limit: String },
    /// A look at the page ended otherwise than with the page.
    PageEnded {
        outcome: PageOutcome,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        detail: Option<String>,
    },
    /// An overlay asked for consent and would not go; it covers the page.
    ConsentWall,
    /// Asked for, and still on its way when the capture went on, after so many seconds.
    Stuck { seconds: u64 },
    /// A part of the page could not be captured; `detail` says why.
    NotCaptured { detail: String },
}

impl Coverage {
    /// True when every row got all that was there.
    pub fn is_complete(&self) -> bool {
        self.rows.iter().all(CoverageRow::is_complete)
    }
}

impl CoverageRow {
    pub fn is_complete(&self) -> bool {
        self.missing.is_empty() && self.expected.is_none_or(|n| n == self.captured)
    }
}

impl Covered {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Posts => "posts",
            Self::Pages => "pages",
            Self::Comments => "comments",
            Self::HeldComments => "held comments",
            Self::FeedEntries => "feed entries",
            Self::Media => "media",
            Self::Screen => "page as shown",
            Self::Files => "files brought",
        }
    }
}

impl fmt::Display for GapReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused { status } => write!(f, "the server answered {status}"),
            Self::TooLarge { limit } => write!(f, "larger than the limit of {limit} bytes"),
            Self::TimedOut { seconds } => write!(f, "no whole answer within {seconds} s"),
            Self::Redirects => f.write_str("redirected in a loop or too many times"),
            Self::InsideNetwork => f.write_str("lies inside the network, and content led there"),
            Self::Unreachable { detail } => write!(f, "could not be reached: {detail}"),
            Self::Malformed { detail } => write!(f, "malformed: {detail}"),
            Self::WindowOnly => f.write_str("the source shows only its newest items"),
            Self::NewestOnly => f.write_str("only the newest were asked for"),
            Self::ChangedWhileRead => f.write_str("the list changed while it was read"),
            Self::NeedsCredential => f.write_str("needs a credential that is accepted"),
            Self::PasswordProtected => f.write_str("protected by a password of its own"),
            Self::LimitReached { limit } => write!(f, "the limit {limit} was reached"),
            Self::PageEnded { outcome, detail } => match detail {
                Some(detail) => write!(f, "{outcome}: {detail}"),
                None => write!(f, "{outcome}"),
            },
            Self::ConsentWall => f.write_str("an overlay asked for consent and would not go"),
            Self::Stuck { seconds } => write!(f, "still on its way after {seconds} s"),
            Self::NotCaptured { detail } => write!(f, "not captured: {detail}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(expected: Option<u64>, captured: u64) -> CoverageRow {
        CoverageRow {
            what: Covered::Posts,
            expected,
            captured,
            missing: vec![],
        }
    }

    #[test]
    fn complete_means_all_that_was_promised_and_no_gap() {
        assert!(row(Some(3), 3).is_complete());
        assert!(row(None, 3).is_complete());
        assert!(!row(Some(4), 3).is_complete());
        let mut gap = row(None, 3);
        gap.missing.push(Gap {
            what: "post:4".into(),
            reason: GapReason::PasswordProtected,
        });
        assert!(!gap.is_complete());
        assert!(
            !Coverage {
                rows: vec![row(None, 1), gap]
            }
            .is_complete()
        );
    }

    #[test]
    fn a_gap_reads_flat_in_json() {
        let gap = Gap {
            what: "post:4".into(),
            reason: GapReason::Refused { status: 403 },
        };
        let json = serde_json::json!({"what": "post:4", "reason": "refused", "status": 403});
        assert_eq!(serde_json::to_value(&gap).unwrap(), json);
        assert_eq!(serde_json::from_value::<Gap>(json).unwrap(), gap);
    }
}
