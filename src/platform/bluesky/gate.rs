//! Replies that the account has hidden under its own posts (app.bsky.feed.threadgate, `hiddenReplies`). The apps show
//! them only to who asks for them: it is how an editor hides a comment here.

use std::collections::BTreeSet;

use serde_json::Value;

use super::identity::Identity;
use super::listing;
use crate::platform::Error;
use crate::platform::client::Answer;
use crate::platform::reading::Reading;
use crate::record::{Item, Visibility};

const COLLECTION: &str = "app.bsky.feed.threadgate";

/// The addresses of hidden replies, and the answers that told of them.
#[derive(Default)]
pub(super) struct Hidden {
    replies: BTreeSet<String>,
    answers: Vec<Answer>,
}

/// Reads at most so many pages, the newest first.
///
/// # Errors
/// As for any list: replies must not be taken for shown because the question failed.
pub(super) async fn read(
    reading: &mut Reading<'_>,
    identity: &Identity,
    most: usize,
) -> Result<Hidden, Error> {
    let mut hidden = Hidden::default();
    let mut cursor: Option<String> = None;
    while hidden.answers.len() < most && !reading.is_at_page_limit() {
        let page = listing::page(reading, identity, COLLECTION, false, cursor.as_deref()).await?;
        for gate in &page.records {
            let list = gate
                .pointer("/value/hiddenReplies")
                .and_then(Value::as_array);
            let uris = list.into_iter().flatten().filter_map(Value::as_str);
            hidden.replies.extend(uris.map(str::to_owned));
        }
        let next = page.next().filter(|n| cursor.as_deref() != Some(*n));
        let next = next.map(str::to_owned);
        hidden.answers.push(page.answer);
        match next {
            Some(next) => cursor = Some(next),
            None => break,
        }
    }
    Ok(hidden)
}

impl Hidden {
    /// The item, hidden if it is one of them.
    pub(super) fn marked(&self, item: Item) -> Item {
        let visibility = match self.replies.contains(&item.native_id.0) {
            true => Visibility::Hidden,
            false => item.visibility,
        };
        Item { visibility, ..item }
    }

    /// True when one of them stands in the answer: its words go where the reply goes.
    pub(super) fn stands_in(&self, answer: &Answer) -> bool {
        self.replies.iter().any(|uri| {
            let uri = uri.as_bytes();
            !uri.is_empty() && answer.body.windows(uri.len()).any(|at| at == uri)
        })
    }

    /// Keeps the answers that told of them, where there are any.
    pub(super) fn keep(&mut self, reading: &mut Reading<'_>) -> Result<(), Error> {
        for (at, answer) in std::mem::take(&mut self.answers).into_iter().enumerate() {
            if self.replies.is_empty() {
                reading.requests.push(answer.request);
            } else {
                reading.keep(format!("hidden-replies-{:04}", at + 1), "json", answer)?;
            }
        }
        Ok(())
    }

    /// All of them, a line each.
    pub(super) fn lines(&self) -> String {
        let all: Vec<&str> = self.replies.iter().map(String::as_str).collect();
        all.join("\n")
    }
}
