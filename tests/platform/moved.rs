//! What is put behind a password, and what is made a page of a post: a site of 250 posts on loopback.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use arkivd::platform::{self, By, Client, Doubt, Extent, Held, Memory, Polled, Presence, Question};
use arkivd::record::{Kind, NativeId, Platform, Visibility};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::server::{Asked, Reply, Server};
use super::{account, network};

#[derive(Clone)]
struct Entry {
    modified: i64,
    is_protected: bool,
}

#[derive(Clone)]
struct Site {
    posts: BTreeMap<u64, Entry>,
    /// Inner fields in `_fields`, as since 5.3.
    knows_inner: bool,
}

fn time(hours: i64) -> String {
    let begin = DateTime::from_timestamp(1_767_600_000, 0).unwrap();
    let at = begin + TimeDelta::hours(hours);
    at.format("%Y-%m-%dT%H:%M:%S").to_string()
}

impl Site {
    fn with_posts(posts: u64, knows_inner: bool) -> Self {
        let entry = |id: u64| Entry {
            modified: id.cast_signed(),
            is_protected: false,
        };
        Self {
            posts: (1..=posts).map(|id| (id, entry(id))).collect(),
            knows_inner,
        }
    }

    fn protect(&mut self, id: u64, is_protected: bool) {
        let newest = self.posts.values().map(|e| e.modified).max().unwrap();
        self.posts.insert(
            id,
            Entry {
                modified: newest + 1,
                is_protected,
            },
        );
    }

    fn told(&self, id: u64, in_brief: bool) -> Value {
        let entry = &self.posts[&id];
        let (date, modified) = (time(id.cast_signed()), time(entry.modified));
        let mut told = json!({"id": id, "date_gmt": date, "modified_gmt": modified});
        let rendered = if entry.is_protected { "" } else { "<p>x</p>" };
        match (in_brief, self.knows_inner) {
            (true, true) => told["content"] = json!({"protected": entry.is_protected}),
            (true, false) => {}
            (false, _) => {
                told["content"] = json!({"rendered": rendered, "protected": entry.is_protected});
                told["title"] = json!({"rendered": format!("Nr {id}")});
                told["link"] = json!(format!("/{id}"));
            }
        }
        told
    }

    fn answer(&self, asked: &Asked) -> Reply {
        let target: url::Url = format!("http://a.example{}", asked.target).parse().unwrap();
        let of = |name: &str| {
            let mut pairs = target.query_pairs();
            pairs
                .find(|(key, _)| key == name)
                .map(|(_, v)| v.into_owned())
        };
        let Some(path) = target.path().strip_prefix("/wp-json/wp/v2/") else {
            return match target.path().starts_with("/wp-json") {
                true => Reply::json(r#"{"name":"T","namespaces":["wp/v2"],"gmt_offset":0}"#),
                false => Reply::html("<html>"),
            };
        };
        let id = path.strip_prefix("posts/").and_then(|id| id.parse().ok());
        if let Some(id) = id.filter(|id| self.posts.contains_key(id)) {
            return Reply::json(self.told(id, false).to_string());
        }
        if path.contains('/') {
            let body = r#"{"code":"rest_post_invalid_id"}"#;
            return Reply::status(404, "application/json", body);
        }
        if path != "posts" {
            return Reply::json("[]").header("X-WP-Total", "0");
        }
        let mut ids: Vec<u64> = self.posts.keys().copied().collect();
        if let Some(include) = of("include") {
            let include: BTreeSet<u64> = include.split(',').map(|i| i.parse().unwrap()).collect();
            ids.retain(|id| include.contains(id));
        }
        if of("orderby").as_deref() == Some("modified") {
            ids.sort_by_key(|id| self.posts[id].modified);
        }
        if of("order").as_deref() != Some("asc") {
            ids.reverse();
        }
        let page: usize = of("page").map_or(1, |page| page.parse().unwrap());
        let in_brief = of("_fields").is_some();
        let shown = ids.iter().skip((page - 1) * 100).take(100);
        let shown: Vec<Value> = shown.map(|id| self.told(*id, in_brief)).collect();
        Reply::json(Value::Array(shown).to_string()).header("X-WP-Total", ids.len().to_string())
    }
}

struct Looking {
    address: String,
    held: BTreeMap<NativeId, Option<DateTime<Utc>>>,
    memory: Memory,
}

impl Looking {
    async fn poll(&mut self) -> Polled {
        let (memory, items) = (self.memory.clone(), self.held.clone());
        let is_current =
            |id: &NativeId, edited: Option<DateTime<Utc>>| items.get(id) == Some(&edited);
        let held = Held {
            memory: &memory,
            is_current: &is_current,
        };
        let client = Client::new(&network()).unwrap();
        let account = account(Platform::WordPress, &self.address);
        let polled = platform::poll(&client, &account, None, held, &mut |_| Ok(())).await;
        let polled = polled.unwrap();
        self.memory = polled.memory.clone();
        for item in &polled.items {
            self.held.insert(item.native_id.clone(), item.edited);
        }
        polled
    }
}

fn native(id: u64) -> NativeId {
    NativeId(format!("post:{id}"))
}

fn question(id: u64) -> Question {
    Question {
        native_id: native(id),
        kind: Kind::Post,
        permalink: None,
        parent: None,
        visibility: Visibility::Public,
    }
}

#[tokio::test]
async fn what_is_put_behind_a_password_is_missed_once_and_found_hidden() {
    for knows_inner in [true, false] {
        let site = Arc::new(Mutex::new(Site::with_posts(250, knows_inner)));
        let theirs = Arc::clone(&site);
        let server = Server::start(move |asked| theirs.lock().unwrap().answer(asked)).await;
        let mut looking = Looking {
            address: server.address.clone(),
            held: BTreeMap::new(),
            memory: Memory::new(),
        };
        let first = looking.poll().await;
        assert!(matches!(first.windows[0].extent, Extent::Since(_)));

        for (young, old) in [(249, 3), (248, 4)] {
            for id in [young, old] {
                site.lock().unwrap().protect(id, true);
            }
            let second = looking.poll().await;
            let posts = &second.windows[0];
            // The old one lies far before the newest, and is missed too.
            assert_eq!(posts.extent, Extent::Whole);
            assert!(!posts.seen.contains(&native(young)) && !posts.seen.contains(&native(old)));
            assert!(posts.seen.contains(&native(5)) && posts.missing.is_empty());
            let asked = server.asked().len();
            let third = looking.poll().await;
            assert_eq!(third.windows[0].extent, Extent::Same);
            assert!(third.items.is_empty() && server.asked().len() - asked <= 5);
        }

        let client = Client::new(&network()).unwrap();
        let account = account(Platform::WordPress, &server.address);
        let about = [question(249), question(3), question(7)];
        let controls = [question(250)];
        let told = platform::inquire(&client, &account, None, &about, &controls).await;
        let told = told.unwrap();
        let hidden = Presence::Hidden {
            by: Some(By::Editor),
        };
        assert_eq!(told[0].presence, hidden);
        assert_eq!(told[0].told, "200, protected");
        assert_eq!(told[1].presence, hidden);
        assert_eq!(told[2].presence, Presence::There);

        // What else is new needs no whole list again.
        site.lock().unwrap().protect(7, false);
        let fourth = looking.poll().await;
        assert!(matches!(fourth.windows[0].extent, Extent::Since(_)));
        // Opened and closed again, it is missed again.
        site.lock().unwrap().protect(3, false);
        let fifth = looking.poll().await;
        assert!(fifth.items.iter().any(|item| item.native_id == native(3)));
        site.lock().unwrap().protect(3, true);
        let sixth = looking.poll().await;
        assert_eq!(sixth.windows[0].extent, Extent::Whole);
        assert!(!sixth.windows[0].seen.contains(&native(3)));
    }
}

#[tokio::test]
async fn a_post_that_is_made_a_page_is_not_removed() {
    let invalid = || {
        Reply::status(
            404,
            "application/json",
            r#"{"code":"rest_post_invalid_id"}"#,
        )
    };
    let forbidden = || Reply::status(401, "application/json", r#"{"code":"rest_forbidden"}"#);
    let no_route = || Reply::status(404, "application/json", r#"{"code":"rest_no_route"}"#);
    let refused = || Reply::status(401, "application/json", r#"{"code":"rest_closed"}"#);
    let server = Server::start(move |asked| match asked.target.as_str() {
        "/wp-json/wp/v2/posts/1" => Reply::json(r#"{"id":1}"#),
        "/wp-json/wp/v2/pages/2" => Reply::json(r#"{"id":2}"#),
        "/wp-json/wp/v2/pages/3" => forbidden(),
        "/wp-json/wp/v2/pages/4" => refused(),
        "/wp-json/wp/v2/pages/5" => Reply::status(503, "text/html", ""),
        "/wp-json/wp/v2/pages/7" => no_route(),
        target if target.starts_with("/wp-json/wp/v2/") => invalid(),
        _ => Reply::json(r#"{"name":"T","namespaces":["wp/v2"],"gmt_offset":0}"#),
    })
    .await;
    let hidden = Presence::Hidden {
        by: Some(By::Editor),
    };
    for (id, presence, part) in [
        (2, Presence::There, "; under pages: 200"),
        (3, hidden, "; under pages: 401 rest_forbidden"),
        (4, Presence::Unsettled(Doubt::LoggedOut), "rest_closed"),
        (
            5,
            Presence::Unsettled(Doubt::Unreachable),
            "under pages: 503",
        ),
        (
            6,
            Presence::Removed { by: None },
            "404 rest_post_invalid_id",
        ),
        (
            7,
            Presence::Removed { by: None },
            "404 rest_post_invalid_id",
        ),
    ] {
        let client = Client::new(&network()).unwrap();
        let account = account(Platform::WordPress, &server.address);
        let (about, controls) = ([question(id)], [question(1)]);
        let told = platform::inquire(&client, &account, None, &about, &controls).await;
        let told = told.unwrap();
        assert_eq!(told[0].presence, presence, "{id}: {}", told[0].told);
        assert!(told[0].told.contains(part), "{id}: {}", told[0].told);
    }
}
