//! The platform room from outside: against the demo site, and against servers that mean ill.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod credential;
#[path = "../../examples/demo_site/main.rs"]
mod demo_site;
mod feed;
mod hostile;
mod media;
mod moved;
mod server;
mod watch;
mod wordpress;

use std::sync::Mutex;

use arkivd::platform::{self, Client, Credential, Error, Fetched, Network, RawAnswer, Secret};
use arkivd::record::{Account, Digest, Platform};

/// Short limits: no test waits longer than it must, and none depends on how fast the machine is.
pub fn network() -> Network {
    Network {
        retries: 0,
        max_wait_seconds: 2,
        max_answer_bytes: 4 << 20,
        max_medium_bytes: 4 << 20,
        ..Network::default()
    }
}

pub fn account(platform: Platform, address: &str) -> Account {
    Account {
        id: "prov".parse().unwrap(),
        platform,
        address: address.parse().unwrap(),
        committee: "Kommunstyrelsen".into(),
        purpose: "dialog".into(),
        audience: "invånare".into(),
        responsible: vec!["Anna Ek".into()],
        substitute: None,
        credential: None,
        parent: None,
    }
}

pub fn editor() -> Credential {
    Credential {
        user: "redaktor".into(),
        password: Secret::new("demo demo demo demo"),
        address: None,
    }
}

/// Fetches as the workflow does, on another task: the future must be `Send`.
pub async fn fetch_with(
    network: Network,
    account: Account,
    credential: Option<Credential>,
) -> (Result<Fetched, Error>, Vec<RawAnswer>) {
    let task = tokio::spawn(async move {
        let client = Client::new(&network).unwrap();
        let mut raw = Vec::new();
        let told = Mutex::new(0_u64);
        let fetched = platform::fetch(
            &client,
            &account,
            credential.as_ref(),
            &mut |answer| {
                raw.push(answer);
                Ok(())
            },
            &|progress| *told.lock().unwrap() = progress.done,
        )
        .await;
        (fetched, raw)
    });
    let (fetched, raw) = task.await.unwrap();
    let mut names: Vec<&str> = raw.iter().map(|answer| answer.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), raw.len(), "two raw answers of one name");
    for answer in &raw {
        assert_eq!(answer.request.sha256, Some(Digest::of(&answer.body)));
        assert_eq!(answer.request.file, None);
        assert_eq!(answer.restricted, answer.request.with_credential);
    }
    (fetched, raw)
}

pub async fn fetch(platform: Platform, address: &str) -> Result<Fetched, Error> {
    fetch_with(network(), account(platform, address), None)
        .await
        .0
}

/// The error of a fetch that must fail; it names the address and says what to do.
pub async fn refusal(platform: Platform, address: &str) -> Error {
    refusal_with(network(), platform, address).await
}

pub async fn refusal_with(network: Network, platform: Platform, address: &str) -> Error {
    let (fetched, _) = fetch_with(network, account(platform, address), None).await;
    let error = fetched.expect_err("the account was read");
    let message = error.to_string();
    let origin = address.trim_end_matches('/');
    assert!(message.contains(origin), "{message} does not name {origin}");
    assert!(
        error.hint().is_some_and(|hint| !hint.is_empty()),
        "{message}"
    );
    error
}
