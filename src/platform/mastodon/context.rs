//! What others answered to a status (`/context`).

use serde_json::Value;

use super::super::Error;
use super::super::client::Answer;
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
}

/// How the asking went.
#[derive(Default)]
pub(super) struct Told {
    /// What the server said, for the caller to keep; none where it could not be read.
    pub(super) raw: Option<Answer>,
    /// True when no more can be asked for now.
    pub(super) is_end: bool,
}

/// Reads the answers to one status.
pub(super) async fn read(
    reading: &mut Reading<'_>,
    of: &Status,
    own: &str,
    answers: &mut Answers,
) -> Result<Told, Error> {
    let not_read = |is_end| Told { raw: None, is_end };
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
        return Ok(not_read(true));
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
            return Ok(not_read(ends));
        }
    };
    let value = match json(&answer) {
        Ok(value) => value,
        Err(error) => {
            answers.missing.push(gap(error.gap()));
            return Ok(not_read(false));
        }
    };
    let found = value.get("descendants").and_then(Value::as_array);
    let Some(found) = found else {
        answers.missing.push(gap(GapReason::Malformed {
            detail: "without descendants".to_owned(),
        }));
        return Ok(not_read(false));
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
    Ok(Told {
        raw: Some(answer),
        is_end: false,
    })
}
