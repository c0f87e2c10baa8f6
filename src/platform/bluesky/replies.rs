//! Which threads are asked for: those that the AppView counts replies in, and what lies deeper in them.

use std::collections::{BTreeMap, VecDeque};

use serde_json::Value;

use super::gate::Hidden;
use super::thread::{DEPTH, Replies, count};
use super::xrpc::{Refusal, Service, json};
use crate::platform::Error;
use crate::platform::client::Answer;
use crate::platform::reading::Reading;
use crate::record::{Covered, Gap, GapReason};

/// The most addresses that one question of `app.bsky.feed.getPosts` may hold.
const AT_ONCE: usize = 25;

/// How many direct replies the AppView counts under each post that it knows, by address.
pub(super) async fn counts(
    reading: &mut Reading<'_>,
    appview: &Service,
    uris: &[String],
) -> Result<BTreeMap<String, u64>, Error> {
    let mut counts = BTreeMap::new();
    for some in uris.chunks(AT_ONCE) {
        let parameters: Vec<_> = some.iter().map(|uri| ("uris", uri.as_str())).collect();
        let method = "app.bsky.feed.getPosts";
        let answer = appview.ask(reading, method, &parameters).await?;
        reading.check(&answer)?;
        let body = json(&answer)?;
        reading.requests.push(answer.request);
        let posts = body.get("posts").and_then(Value::as_array);
        for post in posts.into_iter().flatten() {
            if let Some(uri) = post.get("uri").and_then(Value::as_str) {
                counts.insert(uri.to_owned(), count(Some(post)));
            }
        }
    }
    Ok(counts)
}

/// Reads all threads of the account's posts: `uris` are its own, those that begin threads before its replies.
pub(super) async fn read_all(
    reading: &mut Reading<'_>,
    appview: &Service,
    own: &str,
    uris: &[String],
    hidden: &Hidden,
) -> Result<Replies, Error> {
    let mut replies = Replies::default();
    let counted = match counts(reading, appview, uris).await {
        Ok(counted) => counted,
        Err(error) => {
            replies.missing.push(refused(reading, error)?);
            return Ok(replies);
        }
    };
    let unknown = uris
        .iter()
        .filter(|uri| !counted.contains_key(*uri))
        .count();
    if unknown > 0 {
        replies.missing.push(Gap {
            what: format!("{unknown} replies to posts"),
            reason: GapReason::NotCaptured {
                detail: "the AppView does not know these posts".to_owned(),
            },
        });
    }
    let mut number = 0;
    for uri in uris {
        let count = counted.get(uri).copied().unwrap_or(0);
        if count == 0 || replies.has_all(uri, count) {
            continue;
        }
        match thread(reading, appview, own, uri, &mut replies).await {
            Ok(answers) => keep(reading, answers, &mut number, hidden)?,
            Err(error) => {
                replies.missing.push(refused(reading, error)?);
                break;
            }
        }
        reading.tell(Covered::Comments, replies.read.len() as u64, None);
    }
    Ok(replies)
}

/// Keeps a thread's answers, each with a number of its own.
pub(super) fn keep(
    reading: &mut Reading<'_>,
    answers: Vec<Answer>,
    number: &mut u32,
    hidden: &Hidden,
) -> Result<(), Error> {
    for answer in answers {
        *number += 1;
        let apart = hidden.stands_in(&answer);
        reading.keep_apart(format!("thread-{number:05}"), "json", answer, apart)?;
    }
    Ok(())
}

/// Reads one thread to its end, in as many answers as it takes; they are given back to be kept.
pub(super) async fn thread(
    reading: &mut Reading<'_>,
    appview: &Service,
    own: &str,
    uri: &str,
    replies: &mut Replies,
) -> Result<Vec<Answer>, Error> {
    let mut answers = Vec::new();
    let mut waiting = VecDeque::from([uri.to_owned()]);
    while let Some(uri) = waiting.pop_front() {
        if reading.is_at_page_limit() {
            replies.missing.push(Gap {
                what: uri,
                reason: GapReason::LimitReached {
                    limit: "max_pages".to_owned(),
                },
            });
            break;
        }
        let method = "app.bsky.feed.getPostThread";
        let parameters = [
            ("uri", uri.as_str()),
            ("depth", DEPTH),
            ("parentHeight", "0"),
        ];
        let answer = appview.ask(reading, method, &parameters).await?;
        if Refusal::of(&answer).is_some_and(|r| matches!(r.status, 400 | 404)) {
            // The post went away between the count and the question, or its thread is shut.
            replies.missing.push(Gap {
                what: uri,
                reason: GapReason::NotCaptured {
                    detail: "the AppView does not show the thread".to_owned(),
                },
            });
            reading.requests.push(answer.request);
            continue;
        }
        reading.check(&answer)?;
        let now = answer.request.started;
        match json(&answer) {
            Ok(body) => replies.add(&body, &uri, own, now),
            Err(error) => replies.missing.push(Gap {
                what: uri,
                reason: error.gap(),
            }),
        }
        waiting.extend(replies.deeper.drain(..));
        answers.push(answer);
    }
    Ok(answers)
}

/// A failing AppView is a gap, told to a person: the account's own records were read without it.
pub(super) fn refused(reading: &mut Reading<'_>, error: Error) -> Result<Gap, Error> {
    if matches!(error, Error::Keep { .. } | Error::Configuration { .. }) {
        return Err(error);
    }
    reading.warnings.push(format!("others' replies: {error}"));
    Ok(Gap {
        what: "others' replies".to_owned(),
        reason: error.gap(),
    })
}

/// What an account without an AppView lacks.
pub(super) fn without_appview() -> Gap {
    Gap {
        what: "others' replies".to_owned(),
        reason: GapReason::NotCaptured {
            detail: "no AppView is set: bluesky_appview is empty".to_owned(),
        },
    }
}

/// What the AppView counts and does not show, as one gap.
pub(super) fn held_back(replies: &Replies) -> Option<Gap> {
    (replies.unshown > 0).then(|| Gap {
        what: format!("{} replies", replies.unshown),
        reason: GapReason::NotCaptured {
            detail: "the AppView counts them and does not show them".to_owned(),
        },
    })
}
