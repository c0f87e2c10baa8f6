//! The state of a whole repository, by com.atproto.sync.getRepoStatus: it answers also for what is taken down.

use serde_json::Value;

use super::xrpc::{Refusal, Service, json};
use crate::platform::Error;
use crate::platform::reading::Reading;
use crate::record::Request;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Active,
    /// By the platform, until it changes its mind: `takendown`, `suspended`.
    TakenDown,
    /// By its owner, who may come back.
    Deactivated,
    /// The server that the identity names holds no such repository any more.
    Deleted,
    /// The server says none of these.
    Unknown,
}

pub(super) struct Status {
    pub(super) state: State,
    /// In the server's own words.
    pub(super) told: String,
    pub(super) request: Request,
}

pub(super) async fn status(
    reading: &mut Reading<'_>,
    pds: &Service,
    did: &str,
) -> Result<Status, Error> {
    let method = "com.atproto.sync.getRepoStatus";
    let answer = pds.ask(reading, method, &[("did", did)]).await?;
    let (state, told) = match Refusal::of(&answer) {
        Some(refusal) => {
            let state = match refusal.name.as_str() {
                "RepoNotFound" => State::Deleted,
                "RepoTakendown" | "RepoSuspended" => State::TakenDown,
                "RepoDeactivated" => State::Deactivated,
                _ => State::Unknown,
            };
            (state, refusal.told())
        }
        None => judge(&json(&answer)?),
    };
    Ok(Status {
        state,
        told,
        request: answer.request,
    })
}

fn judge(body: &Value) -> (State, String) {
    let active = body.get("active").and_then(Value::as_bool);
    let word = body.get("status").and_then(Value::as_str);
    let state = match (active, word) {
        (Some(true), _) => State::Active,
        (Some(false), Some("takendown" | "suspended")) => State::TakenDown,
        (Some(false), Some("deactivated")) => State::Deactivated,
        (Some(false), Some("deleted")) => State::Deleted,
        _ => State::Unknown,
    };
    let told = match (active, word) {
        (Some(true), _) => "active".to_owned(),
        (_, Some(word)) => word.chars().filter(|c| !c.is_control()).take(40).collect(),
        _ => "no status".to_owned(),
    };
    (state, format!("200 {told}"))
}

impl State {
    /// For a person: what has become of the account.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Active => "is active, and its records are not shown",
            Self::TakenDown => "is taken down by the platform",
            Self::Deactivated => "is deactivated by its owner",
            Self::Deleted => "does not exist any more on the server that holds it",
            Self::Unknown => "is not shown",
        }
    }

    /// True when the platform itself says that nobody sees any of it.
    pub(super) fn is_away(self) -> bool {
        matches!(self, Self::TakenDown | Self::Deactivated | Self::Deleted)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_the_words_that_the_protocol_has_count() {
        for (body, state) in [
            (json!({"active": true, "rev": "3k"}), State::Active),
            (
                json!({"active": false, "status": "takendown"}),
                State::TakenDown,
            ),
            (
                json!({"active": false, "status": "suspended"}),
                State::TakenDown,
            ),
            (
                json!({"active": false, "status": "deactivated"}),
                State::Deactivated,
            ),
            (
                json!({"active": false, "status": "deleted"}),
                State::Deleted,
            ),
            (
                json!({"active": false, "status": "throttled"}),
                State::Unknown,
            ),
            (json!({"active": false}), State::Unknown),
            (json!({"active": "no", "status": "deleted"}), State::Unknown),
            (json!([]), State::Unknown),
        ] {
            assert_eq!(judge(&body).0, state, "{body}");
        }
    }
}
