//! What others answered to a status (`/context`).

use serde_json::Value;

use super::super::Error;
use super::super::reading::{Access, Reading};
use super::super::wordpress::json;
use super::status::{self, Status, id};
use super::{JSON, account};
use crate::record::{Gap, GapReason, Item};

/// The most answers that a server shows to who is not logged in (Mastodon's own limit).
const SHOWN: usize = 60;

/// Answers to all statuses that were asked about.
#[derive(Default)]
pub(super) struct Answers {
    pub(super) items: Vec<Item>,
    pub(super) missing: Vec<Gap>,
    /// How many statuses have more direct answers, by the server's count, than it showed.
    pub(super) fewer: u64,
    asked: u32,
    /// Of the raw answers.
    name: Option<String>,
}

impl Answers {
    /// Answers to one status alone, whose raw answer is named by it.
    pub(super) fn named(id: &str) -> Self {
        Self {
            name: Some(id.to_owned()),
            ..Self::default()
        }
    }
}

/// Reads the answers to one status. False when no more can be asked for now.
pub(super) async fn read(
    reading: &mut Reading<'_>,
    of: &Status,
    own: &str,
    answers: &mut Answers,
) -> Result<bool, Error> {
    let gap = |reason| Gap {
        what: format!("replies to {}", of.item.native_id),
        reason,
    };
    if reading.is_at_page_limit() {
        let limit = "max_pages".to_owned();
        answers.missing.push(Gap {
            what: "replies".to_owned(),
            reason: GapReason::LimitReached { limit },
        });
        return Ok(false);
    }
    let address = account::route(reading, &["statuses", &of.id, "context"])?;
    let access = if of.item.visibility.is_restricted() {
        Access::WithCredential
    } else {
        Access::Anonymous
    };
    let told = reading.ask(&address, JSON, access).await;
    let told = told.and_then(|answer| reading.check(&answer).map(|()| answer));
    let answer = match told {
        Ok(answer) => answer,
        Err(error @ Error::Keep { .. }) => return Err(error),
        Err(error) => {
            answers.missing.push(gap(error.gap()));
            let ends = matches!(
                error,
                Error::ListingTimedOut { .. } | Error::Throttled { .. } | Error::Connect { .. }
            );
            return Ok(!ends);
        }
    };
    let value = match json(&answer) {
        Ok(value) => value,
        Err(error) => {
            answers.missing.push(gap(error.gap()));
            return Ok(true);
        }
    };
    let found = value.get("descendants").and_then(Value::as_array);
    let Some(found) = found else {
        answers.missing.push(gap(GapReason::Malformed {
            detail: "without descendants".to_owned(),
        }));
        return Ok(true);
    };
    let mut direct = 0_u64;
    for value in found {
        let to = value.get("in_reply_to_id").and_then(id);
        direct += u64::from(to.as_deref() == Some(of.id.as_str()));
        match status::read(value, own, &address) {
            Ok(status) => answers.items.push(status.item),
            Err(reason) => answers.missing.push(gap(reason)),
        }
    }
    let shown = found.len();
    if shown >= SHOWN && !answer.request.with_credential {
        let limit = format!("the server shows {SHOWN} replies to who is not logged in");
        answers.missing.push(gap(GapReason::LimitReached { limit }));
    } else if direct < of.answers {
        answers.fewer += 1;
    }
    answers.asked += 1;
    let name = match &answers.name {
        Some(name) => format!("context-{name}"),
        None => format!("context-{:04}", answers.asked),
    };
    reading.keep(name, "json", answer)?;
    Ok(true)
}
