//! A small fake of Bluesky's AppView, which cannot be had as a server: `app.bsky.feed.getPosts`, `getPostThread` and
//! `com.atproto.identity.resolveHandle` as they are documented, over the posts that stand in the real PDS when asked.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::pds::{Account, Pds};
use super::support::hostile::{http, serve};

#[derive(Clone, Default)]
pub struct State {
    /// DID and handle of those whose posts it has seen.
    accounts: Vec<(String, String)>,
    /// Posts that it shows to nobody: blocked.
    pub blocked: Vec<String>,
    /// Answers nothing but this status.
    pub refuses: Option<u16>,
    /// What it was asked for, in order.
    pub asked: Vec<String>,
}

pub struct AppView {
    pub address: String,
    pub state: Arc<Mutex<State>>,
}

impl AppView {
    pub fn over(pds: &Pds, accounts: &[&Account]) -> AppView {
        let accounts = accounts.iter().map(|a| (a.did.clone(), a.handle.clone()));
        let state = Arc::new(Mutex::new(State {
            accounts: accounts.collect(),
            ..State::default()
        }));
        let (pds, shared) = (pds.clone(), Arc::clone(&state));
        let address = serve(move |target| {
            let state = {
                let mut state = shared.lock().unwrap();
                state.asked.push(target.to_owned());
                state.clone()
            };
            let (status, body) = answer(&pds, &state, target);
            http(&status.to_string(), "application/json", &body.to_string())
        });
        AppView {
            address: address.trim_end_matches('/').to_owned(),
            state,
        }
    }

    /// How many questions of that method came since the last time.
    pub fn asked(&self, method: &str) -> usize {
        let mut state = self.state.lock().unwrap();
        let asked = std::mem::take(&mut state.asked);
        asked
            .iter()
            .filter(|target| target.contains(method))
            .count()
    }
}

fn answer(pds: &Pds, state: &State, target: &str) -> (u16, Value) {
    if let Some(status) = state.refuses {
        return (status, json!({"error": "Refused", "message": "nej"}));
    }
    let address: url::Url = format!("http://a.example{target}").parse().unwrap();
    let values = |key: &str| -> Vec<String> {
        let pairs = address.query_pairs().filter(|(k, _)| k == key);
        pairs.map(|(_, value)| value.into_owned()).collect()
    };
    let posts = posts(pds, state);
    let method = address.path().rsplit('/').next().unwrap();
    match method {
        "com.atproto.identity.resolveHandle" => {
            let handle = values("handle");
            match state.accounts.iter().find(|(_, h)| *h == handle[0]) {
                Some((did, _)) => (200, json!({"did": did})),
                None => (
                    400,
                    json!({"error": "InvalidRequest", "message": "Unable to resolve handle"}),
                ),
            }
        }
        "app.bsky.feed.getPosts" => {
            let uris = values("uris");
            assert!(uris.len() <= 25, "the AppView takes 25 at once");
            let found: Vec<Value> = uris
                .iter()
                .filter_map(|uri| view(pds, &posts, uri))
                .collect();
            (200, json!({"posts": found}))
        }
        "app.bsky.feed.getPostThread" => {
            let uri = &values("uri")[0];
            let depth: usize = values("depth")[0].parse().unwrap();
            if !posts.contains_key(uri) {
                return (
                    400,
                    json!({"error": "NotFound", "message": format!("Post not found: {uri}")}),
                );
            }
            (200, json!({"thread": node(pds, state, &posts, uri, depth)}))
        }
        other => panic!("the AppView is not to be asked for {other}"),
    }
}

/// The posts as they stand in the PDS, with their author's DID and handle.
type Posts = BTreeMap<String, (Value, String, String)>;

fn posts(pds: &Pds, state: &State) -> Posts {
    let mut posts = Posts::new();
    for (did, handle) in &state.accounts {
        let mut cursor = String::new();
        loop {
            let path = format!(
                "com.atproto.repo.listRecords?repo={did}&collection=app.bsky.feed.post&limit=100&cursor={cursor}"
            );
            let page = pds.get(&path);
            let records = page["records"].as_array().unwrap();
            for record in records {
                let uri = record["uri"].as_str().unwrap().to_owned();
                posts.insert(uri, (record.clone(), did.clone(), handle.clone()));
            }
            match page["cursor"].as_str().filter(|_| records.len() == 100) {
                Some(next) => cursor = next.to_owned(),
                None => break,
            }
        }
    }
    posts
}

fn parent(record: &Value) -> Option<&str> {
    record["value"]["reply"]["parent"]["uri"].as_str()
}

fn children<'p>(posts: &'p Posts, uri: &str) -> Vec<&'p str> {
    let below = posts
        .iter()
        .filter(|(_, (record, ..))| parent(record) == Some(uri));
    below.map(|(child, _)| child.as_str()).collect()
}

fn view(pds: &Pds, posts: &Posts, uri: &str) -> Option<Value> {
    let (record, did, handle) = posts.get(uri)?;
    let mut view = json!({
        "$type": "app.bsky.feed.defs#postView", "uri": uri, "cid": record["cid"], "record": record["value"],
        "author": {"did": did, "handle": handle, "displayName": "Namn som byts 🎃"},
        "replyCount": children(posts, uri).len(), "likeCount": 3, "indexedAt": record["value"]["createdAt"],
    });
    if let Some(images) = record["value"]["embed"]["images"].as_array() {
        let images: Vec<Value> = images
            .iter()
            .map(|image| {
                let cid = image["image"]["ref"]["$link"].as_str().unwrap();
                let address = format!(
                    "{}/xrpc/com.atproto.sync.getBlob?did={did}&cid={cid}",
                    pds.address
                );
                json!({"fullsize": address, "thumb": address, "alt": image["alt"]})
            })
            .collect();
        view["embed"] = json!({"$type": "app.bsky.embed.images#view", "images": images});
    }
    Some(view)
}

fn node(pds: &Pds, state: &State, posts: &Posts, uri: &str, depth: usize) -> Value {
    if state.blocked.iter().any(|blocked| blocked == uri) {
        return json!({"$type": "app.bsky.feed.defs#blockedPost", "uri": uri, "blocked": true});
    }
    let mut node =
        json!({"$type": "app.bsky.feed.defs#threadViewPost", "post": view(pds, posts, uri)});
    if depth > 0 {
        let below = children(posts, uri).into_iter();
        node["replies"] = below
            .map(|child| self::node(pds, state, posts, child, depth - 1))
            .collect();
    }
    node
}
