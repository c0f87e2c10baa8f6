//! Direct questions: each record is asked for at the PDS that its author's identity names now.
//!
//! Tried against the reference PDS: a record that its author removed and one that an administrator took down both give
//! `400 RecordNotFound`, but only the latter still stands in the repository (com.atproto.sync.getRecord).

use std::collections::HashMap;

use super::car::holds_record;
use super::identity;
use super::name::RecordAddress;
use super::repository::{self, State};
use super::xrpc::{Refusal, Service};
use crate::platform::inquiry::{Answer, By, Doubt, Presence, Question};
use crate::platform::reading::Reading;
use crate::platform::{Error, client};
use crate::record::Request;

/// Controls tried for one repository: one of them may have gone away itself.
const CONTROLS: usize = 3;

/// What is known of a repository before its records are asked for.
enum Repository {
    /// It answers, and a control held.
    Open(Service),
    /// One answer for all its records.
    Shut(Answer),
}

pub(in crate::platform) async fn inquire(
    reading: &mut Reading<'_>,
    questions: &[Question],
    controls: &[Question],
) -> Vec<Answer> {
    let mut repositories: HashMap<String, Repository> = HashMap::new();
    let mut answers = Vec::with_capacity(questions.len());
    for question in questions {
        let Some(address) = RecordAddress::parse(&question.native_id.0) else {
            answers.push(unsettled(
                Doubt::NoSign,
                "its name is not one of Bluesky's",
                None,
            ));
            continue;
        };
        if !repositories.contains_key(&address.did) {
            let repository = open(reading, &address.did, controls).await;
            repositories.insert(address.did.clone(), repository);
        }
        let answer = match repositories.get(&address.did) {
            Some(Repository::Open(pds)) => ask(reading, pds, &address).await,
            Some(Repository::Shut(answer)) => answer.clone(),
            None => unsettled(Doubt::Unclear, "", None),
        };
        if answer.presence == Presence::Unsettled(Doubt::Throttled) {
            // Whoever asks for fewer requests gets none.
            repositories.insert(address.did, Repository::Shut(answer.clone()));
        }
        answers.push(answer);
    }
    answers
}

/// Finds the author's PDS, asks it for the state of the repository, and tries a control.
async fn open(reading: &mut Reading<'_>, did: &str, controls: &[Question]) -> Repository {
    let shut = |presence, told: String, request| {
        Repository::Shut(Answer {
            presence,
            told,
            request,
        })
    };
    let document = match identity::document(reading, did).await {
        Ok(document) => document,
        // A tombstone: whoever holds the identity's keys ended it (web.plc.directory, "deactivate").
        Err(Error::Status { status: 410, .. }) => {
            let by = Some(By::Author);
            return shut(
                Presence::Removed { by },
                "410: the identity is ended".to_owned(),
                None,
            );
        }
        Err(error) => return Repository::Shut(failed(&error)),
    };
    let pds = Service::named(&document.pds, &reading.account.address);
    let status = match repository::status(reading, &pds, did).await {
        Ok(status) => status,
        Err(error) => return Repository::Shut(failed(&error)),
    };
    let presence = match status.state {
        State::Active | State::Unknown => None,
        State::TakenDown => Some(Presence::Hidden {
            by: Some(By::Platform),
        }),
        State::Deactivated => Some(Presence::Hidden {
            by: Some(By::Author),
        }),
        // Whether its owner or whoever runs the server deleted it is not told.
        State::Deleted => Some(Presence::Removed { by: None }),
    };
    if let Some(presence) = presence {
        return shut(presence, status.told, Some(status.request));
    }
    let own: Vec<RecordAddress> = controls
        .iter()
        .filter_map(|control| RecordAddress::parse(&control.native_id.0))
        .filter(|address| address.did == did)
        .take(CONTROLS)
        .collect();
    for control in &own {
        match get(reading, &pds, control).await {
            Ok(answer) if answer.request.status == 200 => return Repository::Open(pds),
            Ok(_) => {}
            Err(error) => return Repository::Shut(failed(&error)),
        }
    }
    match (own.is_empty(), status.state) {
        // The server says that it holds the repository and shows it: that is as good as a record of it.
        (true, State::Active) => Repository::Open(pds),
        (true, _) => shut(
            Presence::Unsettled(Doubt::NoControl),
            status.told,
            Some(status.request),
        ),
        (false, _) => shut(
            Presence::Unsettled(Doubt::LoggedOut),
            "what was just seen is refused too".to_owned(),
            Some(status.request),
        ),
    }
}

async fn get(
    reading: &mut Reading<'_>,
    pds: &Service,
    address: &RecordAddress,
) -> Result<client::Answer, Error> {
    let parameters = [
        ("repo", address.did.as_str()),
        ("collection", &address.collection),
        ("rkey", &address.key),
    ];
    pds.ask(reading, "com.atproto.repo.getRecord", &parameters)
        .await
}

async fn ask(reading: &mut Reading<'_>, pds: &Service, address: &RecordAddress) -> Answer {
    let answer = match get(reading, pds, address).await {
        Ok(answer) => answer,
        Err(error) => return failed(&error),
    };
    let body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let request = Some(answer.request.clone());
    let Some(refusal) = Refusal::of(&answer) else {
        let is_record = body.get("value").is_some_and(serde_json::Value::is_object);
        return if is_record {
            Answer {
                presence: Presence::There,
                told: answer.request.status.to_string(),
                request,
            }
        } else {
            unsettled(Doubt::Unclear, "an answer without a record", request)
        };
    };
    let told = refusal.told();
    if refusal.status != 400 || refusal.name != "RecordNotFound" {
        return unsettled(Doubt::Unclear, &told, request);
    }
    stands_in_repository(reading, pds, address, told, request).await
}

/// Who made a record go: what its author removed stands in the repository no more.
async fn stands_in_repository(
    reading: &mut Reading<'_>,
    pds: &Service,
    address: &RecordAddress,
    told: String,
    request: Option<Request>,
) -> Answer {
    let parameters = [
        ("did", address.did.as_str()),
        ("collection", &address.collection),
        ("rkey", &address.key),
    ];
    let method = "com.atproto.sync.getRecord";
    let answer = match pds.ask_for_blocks(reading, method, &parameters).await {
        Ok(answer) => answer,
        Err(error) => return failed(&error),
    };
    let settled = |presence, more: &str| Answer {
        presence,
        told: format!("{told}; {more}"),
        request: request.clone(),
    };
    let refusal = Refusal::of(&answer);
    let holds = match &refusal {
        None => holds_record(&answer.body),
        Some(refusal) if refusal.name == "RecordNotFound" => Some(false),
        Some(_) => None,
    };
    match (holds, refusal) {
        (Some(true), _) => settled(
            Presence::Hidden {
                by: Some(By::Platform),
            },
            "it still stands in the repository: taken down",
        ),
        (Some(false), _) => settled(
            Presence::Removed {
                by: Some(By::Author),
            },
            "it stands in the repository no more",
        ),
        (None, Some(refusal)) => settled(
            Presence::Removed { by: None },
            &format!("the repository is not shown: {}", refusal.told()),
        ),
        (None, None) => unsettled(Doubt::Unclear, &told, request.clone()),
    }
}

fn unsettled(doubt: Doubt, told: &str, request: Option<Request>) -> Answer {
    Answer {
        presence: Presence::Unsettled(doubt),
        told: told.to_owned(),
        request,
    }
}

/// A failure settles nothing.
fn failed(error: &Error) -> Answer {
    let (doubt, told) = match error {
        Error::Throttled { seconds, .. } => {
            (Doubt::Throttled, format!("asked to wait {seconds} s"))
        }
        Error::Status { status: 429, .. } => (Doubt::Throttled, "429".to_owned()),
        Error::TimedOut { seconds, .. } | Error::ListingTimedOut { seconds, .. } => {
            (Doubt::TimedOut, format!("no answer within {seconds} s"))
        }
        Error::Connect { detail, .. }
        | Error::Tls { detail, .. }
        | Error::Broken { detail, .. } => (Doubt::Unreachable, detail.clone()),
        Error::Status { status, .. } if *status >= 500 => (Doubt::Unreachable, status.to_string()),
        Error::Status { status, .. } | Error::Unauthorised { status, .. } => {
            (Doubt::Unclear, status.to_string())
        }
        Error::InsideNetwork { .. } => (
            Doubt::Unreachable,
            "its server lies inside the network".to_owned(),
        ),
        _ => (
            Doubt::Unclear,
            "an answer that could not be read".to_owned(),
        ),
    };
    unsettled(doubt, &told, None)
}
