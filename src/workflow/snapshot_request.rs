//! What a snapshot is asked to take.

use url::Url;

use super::look::PageRequest;
use crate::browser::Cookie;
use crate::catalog::Settles;
use crate::policy::{Schedule, Task};
use crate::record::{Account, AccountId, Reason};

/// What to take.
#[derive(Debug, Clone)]
pub struct SnapshotRequest {
    pub account: AccountId,
    pub reason: Reason,
    /// Read its records by the platform's interface.
    pub records: bool,
    /// Look at this page with a browser.
    pub page: Option<PageRequest>,
    /// Seal all that is seen, not only what is new or changed.
    pub entire: bool,
    /// What it counts for in the timetable, unless it fails.
    pub settles: Option<Settles>,
}

impl SnapshotRequest {
    /// What the schedule asks of the account. `login` is for its page.
    pub fn scheduled(
        account: &Account,
        schedule: &Schedule,
        login: impl FnOnce(&Url) -> Result<Vec<Cookie>, String>,
        settles: Settles,
    ) -> Self {
        let page = schedule.what == Task::Page;
        Self {
            account: account.id.clone(),
            reason: Reason::Scheduled,
            records: !page,
            page: page.then(|| PageRequest {
                login: login(&account.address),
                address: account.address.clone(),
                own_comment: false,
            }),
            entire: schedule.full,
            settles: Some(settles),
        }
    }
}
