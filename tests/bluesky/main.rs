//! Bluesky from outside: against a real PDS (scripts/pds), a small fake of the AppView, and servers that mean ill.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod appview;
mod changes;
mod gone;
mod hostile;
mod pds;
mod snapshot;
#[path = "../support/mod.rs"]
mod support;
mod whole;

use std::collections::BTreeMap;
use std::sync::Mutex;

use arkivd::platform::{
    self, Client, Error, Fetched, Held, Memory, Network, Polled, Presence, Question, RawAnswer,
};
use arkivd::record::{Account, Coverage, Covered, GapReason, Item, Platform};

/// Short limits, and the directory and AppView of the test.
pub fn network(plc: &str, appview: &str) -> Network {
    Network {
        retries: 0,
        max_wait_seconds: 2,
        max_answer_bytes: 4 << 20,
        plc_directory: plc.to_owned(),
        bluesky_appview: appview.to_owned(),
        ..Network::default()
    }
}

pub fn account(address: &str) -> Account {
    Account {
        id: "prov".parse().unwrap(),
        platform: Platform::Bluesky,
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

/// Fetches as the workflow does, on another task: the future must be `Send`.
pub async fn fetch(network: &Network, address: &str) -> Result<Fetched, Error> {
    fetch_with(network, address, |_| {}).await.0
}

pub async fn fetch_with(
    network: &Network,
    address: &str,
    told: impl Fn(u64) + Send + Sync + 'static,
) -> (Result<Fetched, Error>, Vec<RawAnswer>) {
    let (network, account) = (network.clone(), account(address));
    let task = tokio::spawn(async move {
        let client = Client::new(&network).unwrap();
        let raw = Mutex::new(Vec::new());
        let mut keep = |answer| {
            raw.lock().unwrap().push(answer);
            Ok(())
        };
        let progress = |progress: platform::Progress| told(progress.done);
        let fetched = platform::fetch(&client, &account, None, &mut keep, &progress).await;
        (fetched, raw.into_inner().unwrap())
    });
    let (fetched, raw) = task.await.unwrap();
    let mut names: Vec<&str> = raw.iter().map(|answer| answer.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), raw.len(), "two raw answers of one name");
    (fetched, raw)
}

/// Polls with what the last poll left, as the watch does; all is current to it.
pub async fn poll(network: &Network, address: &str, memory: &Memory) -> Polled {
    let (network, account, memory) = (network.clone(), account(address), memory.clone());
    let task = tokio::spawn(async move {
        let client = Client::new(&network).unwrap();
        let held = Held {
            memory: &memory,
            is_current: &|_, _| true,
        };
        platform::poll(&client, &account, None, held, &mut |_| Ok(())).await
    });
    task.await.unwrap().unwrap()
}

/// Asks about items, with others as controls: the presence and the platform's own words.
pub async fn ask(
    network: &Network,
    address: &str,
    items: &[&Item],
    controls: &[&Item],
) -> Vec<(Presence, String)> {
    let question = |item: &&Item| Question {
        native_id: item.native_id.clone(),
        kind: item.kind,
        permalink: item.permalink.clone(),
        parent: item.parent.clone(),
        visibility: item.visibility,
    };
    let questions: Vec<Question> = items.iter().map(question).collect();
    let controls: Vec<Question> = controls.iter().map(question).collect();
    let (network, account) = (network.clone(), account(address));
    let task = tokio::spawn(async move {
        let client = Client::new(&network).unwrap();
        platform::inquire(&client, &account, None, &questions, &controls).await
    });
    let answers = task.await.unwrap().unwrap();
    assert_eq!(answers.len(), items.len());
    answers.into_iter().map(|a| (a.presence, a.told)).collect()
}

/// The items by their text.
pub fn by_text(items: &[Item]) -> BTreeMap<String, &Item> {
    items
        .iter()
        .map(|item| (item.content.plain_text(), item))
        .collect()
}

/// What a sort of thing lacks, in words.
pub fn missing(coverage: &Coverage, what: Covered) -> Vec<String> {
    let row = coverage.rows.iter().find(|row| row.what == what).unwrap();
    let reason = |reason: &GapReason| reason.to_string();
    row.missing
        .iter()
        .map(|gap| format!("{}: {}", gap.what, reason(&gap.reason)))
        .collect()
}
