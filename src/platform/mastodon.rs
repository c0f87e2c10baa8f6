//! Mastodon by its REST interface (api/v1): the account, its statuses, and what others answered to them.
//!
//! The same interface is spoken by Pleroma, GoToSocial and others, which bend it: ids are strings or numbers, and what is
//! left out is not told. A boost is told as what it is, a post that shares another's. Counts of votes, favourites and
//! boosts are left out: they change without anyone saying anything new.

mod account;
mod content;
mod context;
mod inquiry;
mod list;
mod poll;
mod status;
mod threads;

use std::collections::BTreeSet;

use super::reading::{Access, Reading};
use super::{Error, Fetched};
use crate::record::{Coverage, CoverageRow, Covered, Item, Kind};
pub(super) use inquiry::{Inquiry, inquire};
pub(super) use poll::poll;

const JSON: &str = "application/json";

pub(super) async fn read(reading: &mut Reading<'_>) -> Result<Fetched, Error> {
    let told = account::ask(reading).await?;
    let account::Account { id, profile, .. } = told.account;
    reading.keep("account".to_owned(), "json", told.answer)?;
    let mut found = list::read(reading, &id, Access::Anonymous).await?;
    if reading.has_credential() && !found.with_credential {
        // Who is logged in is also told of what is for followers, or for one reader.
        let all = list::read(reading, &id, Access::WithCredential).await?;
        found.join(all);
    }
    let mut answers = context::Answers::default();
    let with_answers = found.statuses.iter().filter(|s| s.answers > 0);
    for (n, status) in with_answers.enumerate() {
        let told = context::read(reading, status, &id, &mut answers).await?;
        if let Some(raw) = told.raw {
            reading.keep(format!("context-{:04}", n + 1), "json", raw)?;
        }
        if told.is_end {
            break;
        }
    }
    if answers.fewer > 0 {
        reading.warnings.push(format!(
            "{} posts have more replies, by the server's count, than it shows",
            answers.fewer
        ));
    }
    let (items, rows) = rows(found, answers);
    Ok(Fetched {
        profile,
        items,
        coverage: Coverage { rows },
        requests: std::mem::take(&mut reading.requests),
        warnings: std::mem::take(&mut reading.warnings),
    })
}

/// Items in the order they are told, posts first, and a row for each sort.
fn rows(found: list::Found, answers: context::Answers) -> (Vec<Item>, Vec<CoverageRow>) {
    let mut seen = BTreeSet::new();
    let own = found.statuses.into_iter().map(|status| status.item);
    let (mut posts, mut comments) = (Vec::new(), Vec::new());
    for item in own.chain(answers.items) {
        if seen.insert(item.native_id.clone()) {
            if item.kind == Kind::Comment {
                comments.push(item);
            } else {
                posts.push(item);
            }
        }
    }
    let row = |what, items: &[Item], missing| CoverageRow {
        what,
        expected: None,
        captured: items.len() as u64,
        missing,
    };
    let rows = vec![
        row(Covered::Posts, &posts, found.missing),
        row(Covered::Comments, &comments, answers.missing),
    ];
    posts.append(&mut comments);
    (posts, rows)
}
