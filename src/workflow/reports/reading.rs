//! Until when the posts of an account are known: what nobody read is not silent, and not unanswered either.

use chrono::{DateTime, NaiveDate, Utc};

use super::{Writing, monday_of};
use crate::calendar::local_date;
use crate::catalog::{AccountState, CaptureRow};
use crate::record::{Covered, Reason};
use crate::workflow::Error;

/// How an account stands that was not read lately.
pub(super) struct Unread {
    pub(super) account: String,
    /// The newest reading; `None` for never.
    pub(super) until: Option<NaiveDate>,
}

impl Writing<'_> {
    /// When the account's list of posts was last read, by a capture or by a look that was whole.
    pub(super) fn read_until(&self, state: &AccountState) -> Result<Option<DateTime<Utc>>, Error> {
        let watch = self.archive.catalog().watch(&state.account.id)?;
        let done = watch.and_then(|watch| watch.done);
        let read = state.last_read.as_ref();
        let whole = read.filter(|capture| saw_posts(capture));
        let newest = whole.map(|capture| capture.started).max(done);
        Ok(newest.or(read.map(|capture| capture.started)))
    }

    /// True when nothing is known of the newest whole week.
    pub(super) fn is_unread(&self, until: Option<DateTime<Utc>>) -> bool {
        let this_week = monday_of(self.today());
        let last_week = this_week - chrono::Days::new(7);
        until.is_none_or(|until| local_date(until) < last_week)
    }

    /// Those of the accounts asked for that were not read lately.
    pub(super) fn unread(&self, accounts: &[AccountState]) -> Result<Vec<Unread>, Error> {
        let mut unread = Vec::new();
        for state in accounts {
            let until = self.read_until(state)?;
            if self.is_unread(until) {
                unread.push(Unread {
                    account: state.account.id.to_string(),
                    until: until.map(local_date),
                });
            }
        }
        Ok(unread)
    }
}

/// A look that sealed something may have failed at the posts.
fn saw_posts(capture: &CaptureRow) -> bool {
    let gaps = |row: &crate::record::CoverageRow| {
        matches!(row.what, Covered::Posts | Covered::FeedEntries) && !row.missing.is_empty()
    };
    capture.reason != Reason::Watch || !capture.coverage.rows.iter().any(gaps)
}

/// `last read 2026-11-22; later posts are not known`.
pub(super) fn last_read(until: DateTime<Utc>) -> (String, String) {
    let day = local_date(until);
    (
        format!("last read {day}; later posts are not known"),
        format!("Senast läst {day}; senare inlägg är inte kända."),
    )
}

/// What a reader of the whole must know of accounts that were not read lately; none where all were.
pub(super) fn note(unread: &[Unread]) -> Option<(String, String)> {
    if unread.is_empty() {
        return None;
    }
    let named = |last: &str, never: &str| {
        let told = unread.iter().map(|u| match u.until {
            Some(day) => format!("{} ({last} {day})", u.account),
            None => format!("{} ({never})", u.account),
        });
        told.collect::<Vec<_>>().join(", ")
    };
    Some((
        format!(
            "not read lately, and what was written since is not known: {}",
            named("last read", "never read")
        ),
        format!(
            "Inte lästa på sistone, och det som skrivits sedan dess är inte känt: {}.",
            named("senast läst", "aldrig läst")
        ),
    ))
}
