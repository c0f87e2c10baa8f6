//! What a look between snapshots came to.

use chrono::{DateTime, Utc};

use super::missing::{Noticed, What};
use super::{Retry, SnapshotReport};
use crate::record::{AccountId, Outcome};

/// How a look ended.
#[derive(Debug)]
pub struct WatchReport {
    pub account: AccountId,
    /// The capture that keeps what was found; `None` when nothing was.
    pub capture: Option<SnapshotReport>,
    pub noticed: Vec<Noticed>,
    /// True when each list was read as far as asked.
    pub whole: bool,
    /// Why the account could not be looked at.
    pub error: Option<String>,
    pub hint: Option<String>,
    pub retry: Option<Retry>,
    pub next_look: Option<DateTime<Utc>>,
    pub warnings: Vec<String>,
    pub seconds: f64,
}

impl WatchReport {
    /// True when something was found and not all of it could be kept or settled.
    pub fn is_partial(&self) -> bool {
        !self.whole
            || self
                .capture
                .as_ref()
                .is_some_and(SnapshotReport::is_partial)
            || self
                .noticed
                .iter()
                .any(|n| matches!(n.what, What::NotSeen { .. }))
    }

    pub fn outcome(&self) -> Outcome {
        match (&self.capture, &self.error) {
            (_, Some(_)) => Outcome::Failed,
            (Some(capture), None) => capture.outcome,
            (None, None) => Outcome::Unchanged,
        }
    }
}
