//! A fake of the part of Mastodon's documented API that arkivd reads, on loopback. It is not Mastodon.
//!
//! `cargo run --example fake_mastodon -- [--port 0] [--posts 60] [--numbers] [--limit 300]` prints where it listens.
//! Served: `/api/v1/accounts/lookup`, `/api/v1/accounts/:id/statuses` (max_id, Link), `/api/v1/statuses/:id` with
//! `/context` and `/history`, and `X-RateLimit-*`. What happens on it is told by addresses of its own:
//! `/fake/post?text=..[&to=ID][&by=anna][&visibility=direct]`, `/fake/edit?id=..&text=..`, `/fake/delete?id=..`.

// The tests include this file as a module.
#![cfg_attr(test, allow(dead_code))]

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};
use url::Url;

/// The account that is archived, and its access token.
pub const OWN: u64 = 109;
pub const TOKEN: &str = "fejk-fejk-fejk-token";

#[derive(Clone)]
pub struct Status {
    pub id: u64,
    pub by: u64,
    pub text: String,
    pub to: Option<u64>,
    pub at: DateTime<Utc>,
    pub edited: Option<DateTime<Utc>>,
    pub visibility: &'static str,
}

pub struct State {
    pub statuses: Vec<Status>,
    next: u64,
    /// Ids as numbers, as some servers have them.
    pub numbers: bool,
    /// Requests in each window, and its length.
    pub limit: Option<(u64, Duration)>,
    window: (Instant, u64),
    /// How many requests came in all, and how many more than the limit allows.
    pub asked: u64,
    pub exceeded: u64,
    /// Every answer of the API is this, as when the server is closed: status and body.
    pub closed: Option<(u16, &'static str)>,
    pub is_suspended: bool,
    /// Nobody boosts, so that a list which tells nothing new answers the same.
    pub is_still: bool,
    /// Done when a list's second page is asked for, before it is answered.
    pub meanwhile: Option<fn(&mut State)>,
}

impl State {
    pub fn with_posts(posts: u64) -> Self {
        let mut state = Self {
            statuses: Vec::new(),
            next: 113_000_000_000_000_001,
            numbers: false,
            limit: Some((300, Duration::from_secs(300))),
            window: (Instant::now(), 0),
            asked: 0,
            exceeded: 0,
            closed: None,
            is_suspended: false,
            is_still: false,
            meanwhile: None,
        };
        let begin = DateTime::from_timestamp(1_767_600_000, 0).unwrap_or_default();
        for n in 1..=posts {
            let text = format!("Inlägg {n}: snöröjningen börjar på cykelvägarna.");
            let id = state.post(OWN, &text, None, "public");
            if let Some(one) = state.get_mut(id) {
                one.at = begin + TimeDelta::hours(n.cast_signed());
            }
        }
        state
    }

    pub fn post(&mut self, by: u64, text: &str, to: Option<u64>, visibility: &'static str) -> u64 {
        let id = self.next;
        self.next += 1;
        let (text, at) = (text.to_owned(), Utc::now());
        self.statuses.push(Status {
            id,
            by,
            text,
            to,
            at,
            edited: None,
            visibility,
        });
        id
    }

    pub fn edit(&mut self, id: u64, text: &str) {
        if let Some(status) = self.get_mut(id) {
            status.text = text.to_owned();
            status.edited = Some(Utc::now());
        }
    }

    pub fn delete(&mut self, id: u64) {
        self.statuses.retain(|status| status.id != id);
    }

    fn get_mut(&mut self, id: u64) -> Option<&mut Status> {
        self.statuses.iter_mut().find(|status| status.id == id)
    }

    fn id(&self, id: u64) -> Value {
        if self.numbers {
            json!(id)
        } else {
            json!(id.to_string())
        }
    }

    fn account(&self, id: u64) -> Value {
        let (name, acct) = match id {
            OWN => ("Tibro kommun :tibro:", "kommun"),
            _ => ("Anna Ek", "anna@annan.example"),
        };
        json!({
            "id": self.id(id), "username": acct.split('@').next(), "acct": acct, "display_name": name,
            "note": "<p>Vi svarar vardagar 8–16.</p>", "url": format!("https://social.example/@{acct}"),
            "avatar": "https://social.example/a.png", "statuses_count": self.statuses.iter().filter(|s| s.by == id).count(),
            "fields": [{"name": "Webb", "value": "<a href=\"https://www.tibro.example\">tibro.example</a>"}],
            "suspended": self.is_suspended
        })
    }

    fn told(&self, status: &Status) -> Value {
        let time = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Millis, true);
        let to = status
            .to
            .and_then(|to| self.statuses.iter().find(|s| s.id == to));
        let replies = self.statuses.iter().filter(|s| s.to == Some(status.id));
        json!({
            "id": self.id(status.id), "created_at": time(status.at), "edited_at": status.edited.map(time),
            "in_reply_to_id": status.to.map(|to| self.id(to)),
            "in_reply_to_account_id": to.map(|to| self.id(to.by)),
            "sensitive": false, "spoiler_text": "", "visibility": status.visibility, "language": "sv",
            "url": format!("https://social.example/@kommun/{}", status.id), "reblog": null, "poll": null, "card": null,
            "content": format!("<p>{}</p>", status.text.replace('&', "&amp;").replace('<', "&lt;")),
            "account": self.account(status.by), "media_attachments": [], "mentions": [], "tags": [], "emojis": [],
            "replies_count": replies.count(), "reblogs_count": if self.is_still { 0 } else { self.asked % 7 }, "favourites_count": 0
        })
    }

    /// Everything below a status, in the order it was written.
    fn below(&self, id: u64) -> Vec<&Status> {
        let mut ids = vec![id];
        let mut found = Vec::new();
        for status in &self.statuses {
            if status.to.is_some_and(|to| ids.contains(&to)) {
                ids.push(status.id);
                found.push(status);
            }
        }
        found
    }

    /// Counts a request; the headers that tell of it, and whether it was one too many.
    fn count(&mut self) -> (String, bool) {
        self.asked += 1;
        let Some((limit, length)) = self.limit else {
            return (String::new(), false);
        };
        if self.window.0.elapsed() >= length {
            self.window = (Instant::now(), 0);
        }
        self.window.1 += 1;
        let over = self.window.1 > limit;
        self.exceeded += u64::from(over);
        let left = length.saturating_sub(self.window.0.elapsed());
        let reset = Utc::now() + TimeDelta::from_std(left).unwrap_or_default();
        let headers = format!(
            "X-RateLimit-Limit: {limit}\r\nX-RateLimit-Remaining: {}\r\nX-RateLimit-Reset: {}\r\n",
            limit.saturating_sub(self.window.1),
            reset.to_rfc3339_opts(SecondsFormat::Micros, true)
        );
        (headers, over)
    }
}

/// A running fake.
pub struct Fake {
    /// `http://127.0.0.1:PORT`
    pub address: String,
    pub state: Arc<Mutex<State>>,
}

impl Fake {
    pub fn start(port: u16, state: State) -> std::io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", port))?;
        let fake = Self {
            address: format!("http://{}", listener.local_addr()?),
            state: Arc::new(Mutex::new(state)),
        };
        let state = Arc::clone(&fake.state);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&state);
                std::thread::spawn(move || converse(stream, &state));
            }
        });
        Ok(fake)
    }

    pub fn with<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn converse(mut stream: TcpStream, state: &Mutex<State>) {
    let Ok(reading) = stream.try_clone() else {
        return;
    };
    let mut lines = BufReader::new(reading).lines();
    let first = lines.next().and_then(Result::ok).unwrap_or_default();
    let mut is_own = false;
    while let Some(Ok(line)) = lines.next() {
        if line.is_empty() {
            break;
        }
        is_own |= line.to_ascii_lowercase().starts_with("authorization:") && line.ends_with(TOKEN);
    }
    let target = first.split(' ').nth(1).unwrap_or("/").to_owned();
    let Ok(asked) = Url::parse("http://fake/").and_then(|base| base.join(&target)) else {
        return;
    };
    let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
    let reply = answer(&mut state, &asked, is_own);
    drop(state);
    let Reply {
        status,
        headers,
        media_type,
        body,
    } = reply;
    let head = format!(
        "HTTP/1.1 {status} X\r\nConnection: close\r\nContent-Type: {media_type}\r\nContent-Length: {}\r\n{headers}\r\n",
        body.len()
    );
    // Who has gone needs no answer.
    let _ = stream
        .write_all(head.as_bytes())
        .and_then(|()| stream.write_all(body.as_bytes()));
}

struct Reply {
    status: u16,
    headers: String,
    media_type: &'static str,
    body: String,
}

impl Reply {
    fn json(status: u16, value: &Value) -> Self {
        Self {
            status,
            headers: String::new(),
            media_type: "application/json; charset=utf-8",
            body: value.to_string(),
        }
    }

    fn not_found() -> Self {
        Self::json(404, &json!({"error": "Record not found"}))
    }
}

fn answer(state: &mut State, asked: &Url, is_own: bool) -> Reply {
    let parts: Vec<&str> = asked
        .path()
        .split('/')
        .filter(|part| !part.is_empty())
        .collect();
    let parameter = |name: &str| {
        let found = asked.query_pairs().find(|(key, _)| key == name);
        found.map(|(_, value)| value.into_owned())
    };
    let number = |name: &str| parameter(name).and_then(|value| value.parse::<u64>().ok());
    if let ["fake", what] = parts.as_slice() {
        let text = parameter("text").unwrap_or_default();
        let id = number("id").unwrap_or_default();
        let by = if parameter("by").is_some() { 7 } else { OWN };
        let visibility = match parameter("visibility").as_deref() {
            Some("direct") => "direct",
            Some("private") => "private",
            _ => "public",
        };
        let id = match *what {
            "post" => state.post(by, &text, number("to"), visibility),
            "edit" => {
                state.edit(id, &text);
                id
            }
            "delete" => {
                state.delete(id);
                id
            }
            _ => return Reply::not_found(),
        };
        return Reply::json(200, &json!({"id": id.to_string()}));
    }
    if parts.first() != Some(&"api") {
        return Reply {
            status: 200,
            headers: String::new(),
            media_type: "text/html; charset=utf-8",
            body: "<!doctype html><title>Fejk</title><p>Detta är inte Mastodon utan en fejk av en del av dess API.".to_owned(),
        };
    }
    let (headers, over) = state.count();
    let mut reply = if over {
        Reply::json(429, &json!({"error": "Too many requests"}))
    } else if let Some((status, body)) = state.closed {
        let media_type = if body.starts_with('<') {
            "text/html"
        } else {
            "application/json"
        };
        Reply {
            status,
            headers: String::new(),
            media_type,
            body: body.to_owned(),
        }
    } else {
        api(state, &parts, &parameter, is_own)
    };
    reply.headers.push_str(&headers);
    reply
}

fn api(
    state: &mut State,
    parts: &[&str],
    parameter: &dyn Fn(&str) -> Option<String>,
    is_own: bool,
) -> Reply {
    let shown = |status: &Status| is_own || matches!(status.visibility, "public" | "unlisted");
    match parts {
        ["api", "v1", "accounts", "lookup"] => match parameter("acct").as_deref() {
            Some("kommun") => Reply::json(200, &state.account(OWN)),
            _ => Reply::not_found(),
        },
        ["api", "v1", "accounts", id, "statuses"] => {
            if id.parse() != Ok(OWN) {
                return Reply::not_found();
            }
            let below: u64 = parameter("max_id")
                .and_then(|id| id.parse().ok())
                .unwrap_or(u64::MAX);
            if below < u64::MAX
                && let Some(meanwhile) = state.meanwhile.take()
            {
                meanwhile(state);
            }
            let limit: usize = parameter("limit")
                .and_then(|n| n.parse().ok())
                .unwrap_or(20)
                .min(40);
            let mut page: Vec<&Status> = state
                .statuses
                .iter()
                .filter(|s| s.by == OWN && s.id < below && shown(s))
                .collect();
            page.sort_by_key(|status| std::cmp::Reverse(status.id));
            page.truncate(limit);
            let told: Vec<Value> = page.iter().map(|status| state.told(status)).collect();
            let mut reply = Reply::json(200, &Value::Array(told));
            if let (Some(first), Some(last)) = (page.first(), page.last()) {
                let at = format!("/api/v1/accounts/{OWN}/statuses?limit={limit}");
                reply.headers = format!(
                    "Link: <{at}&max_id={}>; rel=\"next\", <{at}&min_id={}>; rel=\"prev\"\r\n",
                    last.id, first.id
                );
            }
            reply
        }
        ["api", "v1", "statuses", id, rest @ ..] => {
            let status = state
                .statuses
                .iter()
                .find(|s| Ok(s.id) == id.parse() && shown(s));
            let Some(status) = status else {
                return Reply::not_found();
            };
            match rest {
                [] => Reply::json(200, &state.told(status)),
                ["context"] => {
                    let below = state.below(status.id);
                    let below: Vec<Value> = below
                        .into_iter()
                        .filter(|s| shown(s))
                        .map(|s| state.told(s))
                        .collect();
                    Reply::json(200, &json!({"ancestors": [], "descendants": below}))
                }
                ["history"] => Reply::json(200, &json!([state.told(status)])),
                _ => Reply::not_found(),
            }
        }
        _ => Reply::not_found(),
    }
}

fn main() -> ExitCode {
    let (mut port, mut posts, mut limit, mut numbers) = (0, 60, 300, false);
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        let mut value = || arguments.next().and_then(|value| value.parse::<u64>().ok());
        let known = match name.as_str() {
            "--port" => value()
                .and_then(|n| u16::try_from(n).ok())
                .map(|n| port = n),
            "--posts" => value().map(|n| posts = n),
            "--limit" => value().map(|n| limit = n),
            "--numbers" => {
                numbers = true;
                Some(())
            }
            _ => None,
        };
        if known.is_none() {
            eprintln!(
                "usage: fake_mastodon [--port PORT] [--posts NUMBER] [--limit NUMBER] [--numbers]"
            );
            return ExitCode::from(2);
        }
    }
    let mut state = State::with_posts(posts);
    state.numbers = numbers;
    state.limit = Some((limit, Duration::from_secs(300)));
    match Fake::start(port, state) {
        Ok(fake) => {
            println!("this is not Mastodon, but a fake of a part of its API");
            println!("listening on {}/@kommun", fake.address);
            loop {
                std::thread::park();
            }
        }
        Err(error) => {
            eprintln!("fake_mastodon: {error}");
            ExitCode::FAILURE
        }
    }
}
